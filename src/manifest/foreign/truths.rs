//! Ideas of truth: which exact values mean on, off, or keep a program from starting.
//!
//! Promises: a value means what its manifest lists, by its type and spelling; what cannot be read says so and is never taken for a
//! word. Absent: reading (`actions/foreign/look`), weighing (`consent/effective`).

use crate::settings::value::Scalar;

/// What stands in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The file is not there.
    Missing,
    /// The file has nothing in it.
    Empty,
    /// The key, or the variable, is not there.
    Absent,
    /// A key above it has nothing or something else than keys below it.
    Under,
    /// The key is there, with null.
    Null,
    /// A value.
    Value(Scalar),
    /// It cannot be read; why, in words without its content.
    Broken(String),
}

impl Seen {
    /// The value as text, where it is one.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Value(Scalar::Text(text) | Scalar::Number(text)) => Some(text.clone()),
            Self::Value(Scalar::Bool(value)) => Some(value.to_string()),
            Self::Null => Some("null".to_owned()),
            Self::Value(Scalar::Null | Scalar::Other)
            | Self::Missing
            | Self::Empty
            | Self::Absent
            | Self::Under
            | Self::Broken(_) => None,
        }
    }

    /// Whether something stands there that a person may have put there.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        matches!(self, Self::Null | Self::Value(_))
    }
}

/// What a place says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Telemetry is on.
    On,
    /// Telemetry is off.
    Off,
    /// The program does not start.
    Crash,
    /// Nothing: the next is asked.
    Pass,
}

impl Word {
    /// The words of manifests.
    pub const CHOICES: [(&'static str, Self); 4] =
        [("on", Self::On), ("off", Self::Off), ("crash", Self::Crash), ("pass", Self::Pass)];

    /// The word in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Crash => "crash",
            Self::Pass => "pass",
        }
    }
}

/// A value with its type, as a manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A text.
    Text(String),
}

/// Why a value says nothing that counts.
const NOT_KNOWN: &str = "what the program makes of this value is not known";

/// An idea of truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Values that mean something.
    pub values: Vec<(Literal, Word)>,
    /// Whether large and small letters of texts are the same.
    pub ignore_case: bool,
    /// Any other value; none where nobody can tell.
    pub other: Option<Word>,
    /// Any other number; none where nobody can tell.
    pub number: Option<Word>,
    /// A list or a mapping; none where nobody can tell, as of other files that it names.
    pub many: Option<Word>,
    /// Null.
    pub null: Word,
    /// The key or variable is not there.
    pub absent: Word,
    /// A key above is null or holds something else.
    pub under: Word,
    /// The file is not there.
    pub missing: Word,
    /// The file has nothing in it.
    pub empty: Word,
    /// The file cannot be parsed; not known unless said.
    pub broken: Option<Word>,
}

impl Truth {
    /// What `seen` says.
    ///
    /// # Errors
    /// It cannot be read, and the manifest does not say what its program makes of that.
    pub fn said(&self, seen: &Seen) -> Result<Word, String> {
        Ok(match seen {
            Seen::Missing => self.missing,
            Seen::Empty => self.empty,
            Seen::Absent => self.absent,
            Seen::Under => self.under,
            Seen::Null | Seen::Value(Scalar::Null) => self.null,
            Seen::Value(value) => {
                let listed = self.values.iter().find(|(literal, _)| self.is(literal, value)).map(|(_, word)| *word);
                let other = match value {
                    Scalar::Number(_) => self.number.ok_or(NOT_KNOWN),
                    Scalar::Other => self.many.ok_or("what it names is not looked into"),
                    Scalar::Null | Scalar::Bool(_) | Scalar::Text(_) => self.other.ok_or(NOT_KNOWN),
                };
                match listed {
                    Some(word) => word,
                    None => other.map_err(str::to_owned)?,
                }
            }
            Seen::Broken(why) => return self.broken.ok_or_else(|| why.clone()),
        })
    }

    fn is(&self, literal: &Literal, value: &Scalar) -> bool {
        match (literal, value) {
            (Literal::Text(literal), Scalar::Text(value)) if self.ignore_case => literal.eq_ignore_ascii_case(value),
            (Literal::Bool(_) | Literal::Number(_) | Literal::Text(_), _) => literal.is(value),
        }
    }

    /// Whether what stands there has the sense of `value`, be it in another spelling, and the program takes it for the same.
    #[must_use]
    pub fn is_said(&self, seen: &Seen, value: &Literal) -> bool {
        let written = Seen::Value(value.scalar());
        let said = |seen: &Seen| self.said(seen).ok();
        let (sense, word) = (plain_sense(seen), said(seen));
        sense.is_some() && word.is_some() && (sense, word) == (plain_sense(&written), said(&written))
    }
}

impl Literal {
    /// The same as it is read out of a file.
    #[must_use]
    pub fn scalar(&self) -> Scalar {
        match self {
            Self::Bool(value) => Scalar::Bool(*value),
            Self::Number(text) => Scalar::Number(text.clone()),
            Self::Text(text) => Scalar::Text(text.clone()),
        }
    }

    /// Whether `value` is this, by its type and spelling.
    #[must_use]
    pub fn is(&self, value: &Scalar) -> bool {
        match (self, value) {
            (Self::Bool(literal), Scalar::Bool(value)) => literal == value,
            (Self::Number(literal), Scalar::Number(value)) | (Self::Text(literal), Scalar::Text(value)) => {
                literal == value
            }
            (Self::Bool(_) | Self::Number(_) | Self::Text(_), _) => false,
        }
    }
}

/// What a person would take a value for who knows nothing of the program: on, off, or neither.
#[must_use]
pub fn plain_sense(seen: &Seen) -> Option<bool> {
    const ON: &[&str] = &["1", "true", "yes", "on", "y", "t", "enable", "enabled"];
    const OFF: &[&str] = &["0", "false", "no", "off", "n", "f", "disable", "disabled", "never", "none"];
    let text = seen.text()?.trim().to_ascii_lowercase();
    match (ON.contains(&text.as_str()), OFF.contains(&text.as_str())) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}
