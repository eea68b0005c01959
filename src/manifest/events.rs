//! Events and the closed types of their fields.
//!
//! Promises: a value that a field accepts is one of the field's type and within its bounds; a refusal names the field and
//! what is allowed. Absent: free text.

use std::fmt;

use regex_lite::Regex;

use crate::host::clock::Timestamp;
use crate::identity::names::{DestinationName, EventName, FieldName, Purpose};
use crate::manifest::sensitive;
use crate::manifest::values::{is_version, milliseconds};

/// Longest input of any field, bytes: what is longer is refused before it is looked at.
pub const LONGEST_INPUT: usize = 4096;
/// Longest text that a field of type `text` may declare, characters.
pub const LONGEST_TEXT: usize = 256;

/// An event as declared.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name.
    pub name: EventName,
    /// What it tells, for people.
    pub description: String,
    /// What it is collected for.
    pub purpose: Purpose,
    /// Whether it comes as a pair, `started` and `completed`.
    pub lifecycle: bool,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Fields that only `completed` has: how it ended.
    pub outcome: Vec<Field>,
    /// Where it goes.
    pub destinations: Vec<DestinationName>,
    /// An example, field by field, as texts.
    pub example: Vec<(FieldName, String)>,
}

impl Event {
    /// Every field, those of the outcome last.
    pub fn all_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().chain(&self.outcome)
    }
}

/// A field as declared.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: FieldName,
    /// What it tells, for people.
    pub description: String,
    /// What it is collected for, where that is not the event's purpose.
    pub purpose: Option<Purpose>,
    /// Whether the event is refused without it.
    pub required: bool,
    /// Its type.
    pub kind: Kind,
}

/// The closed types.
#[derive(Debug, Clone)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number within bounds, sent as it is or as the lower end of its bucket.
    Integer {
        /// Smallest and largest that is accepted.
        range: (i64, i64),
        /// Lower ends of buckets, rising; none: sent as it is.
        buckets: Vec<i64>,
    },
    /// A number within bounds.
    Number {
        /// Smallest and largest that is accepted.
        range: (f64, f64),
    },
    /// One of these words.
    Enum {
        /// The words.
        values: Vec<String>,
    },
    /// A version such as `1.2.3-rc.1+x`.
    Version,
    /// A span of time, in milliseconds; given as a number of milliseconds or with a unit (`ms`, `s`, `m`, `h`).
    Duration {
        /// Lower ends of buckets in milliseconds, rising; none: sent as it is.
        buckets: Vec<i64>,
    },
    /// A moment, RFC 3339.
    Timestamp {
        /// Coarsened down to this many milliseconds; 1: not at all.
        unit_ms: i64,
    },
    /// A digest of what was given.
    Hashed {
        /// The algorithm.
        algorithm: Algorithm,
        /// Whether the installation's salt goes in first.
        salted: bool,
    },
    /// A text of this form.
    Text {
        /// The pattern that the whole text has to match.
        pattern: Pattern,
        /// Most characters.
        longest: usize,
    },
}

/// A digest's algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// MD5: shorter, and weaker.
    Md5,
}

/// A pattern that a whole text has to match.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    whole: Regex,
}

impl Pattern {
    /// Reads a pattern in the syntax of `regex-lite` (no Unicode classes).
    ///
    /// # Errors
    /// It is no pattern, in the words of `regex-lite`.
    pub fn new(source: &str) -> Result<Self, String> {
        // By itself first: `a)|(b` is a pattern only inside the brackets, and would match more than the whole.
        let read = |source: &str| Regex::new(source).map_err(|error| error.to_string());
        let whole = read(source).and_then(|_| read(&format!("^(?:{source})$")))?;
        Ok(Self { source: source.to_owned(), whole })
    }

    /// As written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// A value that a field accepted.
#[derive(Debug, Clone, PartialEq)]
pub enum Accepted {
    /// Ready to be sent.
    Value(Value),
    /// To be hashed first.
    ToHash {
        /// What was given.
        text: String,
        /// The algorithm.
        algorithm: Algorithm,
        /// Whether the installation's salt goes in first.
        salted: bool,
    },
}

/// A value of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number; finite.
    Number(f64),
    /// A text.
    Text(String),
}

/// Why a value is refused: never with the value itself, which may be private.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("field {field:?}: {why}")]
pub struct Refusal {
    /// The field.
    pub field: String,
    /// Why, and what is allowed.
    pub why: String,
}

impl Field {
    /// Accepts what was given for this field, or says why not.
    ///
    /// # Errors
    /// It is not of the field's type or not within its bounds.
    pub fn accept(&self, input: &str) -> Result<Accepted, Refusal> {
        let refuse = |why: String| Refusal { field: self.name.to_string(), why };
        if input.len() > LONGEST_INPUT {
            return Err(refuse(format!(
                "{} bytes are more than the {LONGEST_INPUT} that any field takes",
                input.len()
            )));
        }
        if input.chars().any(char::is_control) {
            return Err(refuse("a control character is in it".to_owned()));
        }
        self.kind.accept(input).ok_or_else(|| refuse(self.kind.why_not(input)))
    }
}

impl Kind {
    fn accept(&self, input: &str) -> Option<Accepted> {
        let value = match self {
            Self::Boolean => Value::Bool(input.parse().ok()?),
            Self::Integer { range, buckets } => {
                let number: i64 = input.parse().ok()?;
                Value::Integer(bucket((range.0..=range.1).contains(&number).then_some(number)?, buckets))
            }
            Self::Number { range } => {
                let number: f64 = input.parse().ok()?;
                Value::Number((number.is_finite() && range.0 <= number && number <= range.1).then_some(number)?)
            }
            Self::Enum { values } => Value::Text(values.iter().find(|value| *value == input)?.clone()),
            Self::Version => Value::Text(is_version(input).then(|| input.to_owned())?),
            Self::Duration { buckets } => Value::Integer(bucket(milliseconds(input)?, buckets)),
            Self::Timestamp { unit_ms } => Value::Text(Timestamp::parse(input)?.floor_to(*unit_ms).rfc3339()),
            Self::Hashed { algorithm, salted } => {
                return Some(Accepted::ToHash { text: input.to_owned(), algorithm: *algorithm, salted: *salted });
            }
            Self::Text { pattern, longest } => {
                let fits = input.chars().count() <= *longest && pattern.whole.is_match(input);
                Value::Text((fits && sensitive::looks(input).is_none()).then(|| input.to_owned())?)
            }
        };
        Some(Accepted::Value(value))
    }

    fn why_not(&self, input: &str) -> String {
        match (self, sensitive::looks(input)) {
            (Self::Text { .. }, Some(looks)) => format!("it looks like {}, which no text may carry", looks.words()),
            _ => format!("it takes {}", self.allowed()),
        }
    }

    /// What is allowed, in words.
    #[must_use]
    pub fn allowed(&self) -> String {
        match self {
            Self::Boolean => "true or false".to_owned(),
            Self::Integer { range, .. } => format!("a whole number{}", within(range.0, i64::MIN, range.1, i64::MAX)),
            Self::Number { range } => format!("a number{}", within(range.0, f64::MIN, range.1, f64::MAX)),
            Self::Enum { values } => format!("one of: {}", values.join(", ")),
            Self::Version => "a version such as 1.2.3 or 2.0.0-rc.1".to_owned(),
            Self::Duration { .. } => "a duration such as 850ms, 1.5s, 2m or 1h, or a number of milliseconds".to_owned(),
            Self::Timestamp { .. } => "a moment in RFC 3339, such as 2026-11-21T02:00:00Z".to_owned(),
            Self::Hashed { .. } => "any text; only its digest is kept".to_owned(),
            Self::Text { pattern, longest } => {
                format!("at most {longest} characters that match {}", pattern.source())
            }
        }
    }

    /// How exact what is sent is: what of the type a person agreed to. Bounds and allowed words are not in it: they may change without
    /// telling more.
    #[must_use]
    pub fn exactness(&self) -> String {
        match self {
            Self::Integer { buckets, .. } | Self::Duration { buckets } if !buckets.is_empty() => {
                let ends: Vec<String> = buckets.iter().map(ToString::to_string).collect();
                format!("{} in buckets from {}", self.name(), ends.join(", "))
            }
            Self::Timestamp { unit_ms } => format!("timestamp to {unit_ms} ms"),
            Self::Hashed { algorithm, salted } => {
                let algorithm = if *algorithm == Algorithm::Md5 { "MD5" } else { "SHA-256" };
                format!("{algorithm}, {}", if *salted { "salted" } else { "without a salt" })
            }
            Self::Boolean
            | Self::Integer { .. }
            | Self::Number { .. }
            | Self::Enum { .. }
            | Self::Version
            | Self::Duration { .. }
            | Self::Text { .. } => self.name().to_owned(),
        }
    }

    /// The type's name in a manifest.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer { .. } => "integer",
            Self::Number { .. } => "number",
            Self::Enum { .. } => "enum",
            Self::Version => "version",
            Self::Duration { .. } => "duration",
            Self::Timestamp { .. } => "timestamp",
            Self::Hashed { .. } => "hashed",
            Self::Text { .. } => "text",
        }
    }
}

fn within<T: PartialEq + fmt::Display>(low: T, lowest: T, high: T, highest: T) -> String {
    match (low == lowest, high == highest) {
        (true, true) => String::new(),
        (false, true) => format!(" from {low}"),
        (true, false) => format!(" up to {high}"),
        (false, false) => format!(" from {low} to {high}"),
    }
}

/// The lower end of the bucket that `number` lies in; below the first bucket, the first.
fn bucket(number: i64, buckets: &[i64]) -> i64 {
    let lower = buckets.iter().rev().find(|low| **low <= number).or_else(|| buckets.first());
    lower.copied().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: Kind) -> Field {
        let name = FieldName::new("f").expect("a name");
        Field { name, description: String::new(), purpose: None, required: false, kind }
    }

    fn value(kind: &Kind, input: &str) -> Option<Value> {
        match field(kind.clone()).accept(input) {
            Ok(Accepted::Value(value)) => Some(value),
            Ok(Accepted::ToHash { text, .. }) => Some(Value::Text(format!("hash of {text}"))),
            Err(_) => None,
        }
    }

    fn text(text: &str) -> Option<Value> {
        Some(Value::Text(text.to_owned()))
    }

    #[test]
    fn each_type_takes_its_own_and_nothing_else() {
        let integer = Kind::Integer { range: (0, 1000), buckets: vec![] };
        let bucketed = Kind::Integer { range: (-5, 1000), buckets: vec![0, 10, 100] };
        let duration = Kind::Duration { buckets: vec![] };
        let word = Kind::Text { pattern: Pattern::new("[a-z .]+").expect("a pattern"), longest: 8 };
        let hour = Kind::Timestamp { unit_ms: 3_600_000 };
        let number = Kind::Number { range: (0.0, 1.0) };
        let list = Kind::Enum { values: vec!["run".to_owned(), "sync".to_owned()] };
        let hashed = Kind::Hashed { algorithm: Algorithm::Sha256, salted: true };
        for (kind, input, expected) in [
            (&Kind::Boolean, "true", Some(Value::Bool(true))),
            (&Kind::Boolean, "yes", None),
            (&integer, "7", Some(Value::Integer(7))),
            (&integer, "1001", None),
            (&integer, "-1", None),
            (&integer, "7.5", None),
            (&integer, "99999999999999999999", None),
            (&bucketed, "99", Some(Value::Integer(10))),
            (&bucketed, "100", Some(Value::Integer(100))),
            (&bucketed, "-3", Some(Value::Integer(0))),
            (&number, "0.5", Some(Value::Number(0.5))),
            (&number, "NaN", None),
            (&number, "inf", None),
            (&list, "sync", text("sync")),
            (&list, "SYNC", None),
            (&Kind::Version, "1.2.3-rc.1+b7", text("1.2.3-rc.1+b7")),
            (&Kind::Version, "1..2", None),
            (&Kind::Version, "latest", None),
            (&duration, "1.5s", Some(Value::Integer(1500))),
            (&duration, "2m", Some(Value::Integer(120_000))),
            (&duration, "850", Some(Value::Integer(850))),
            (&duration, "-1s", None),
            (&duration, "1 fortnight", None),
            (&hour, "2026-11-21T02:34:56+01:00", text("2026-11-21T01:00:00.000Z")),
            (&hour, "yesterday", None),
            (&hashed, "host-7", text("hash of host-7")),
            (&word, "a b", text("a b")),
            (&word, "abcdefghi", None),
            (&word, "A", None),
        ] {
            assert_eq!(value(kind, input), expected, "{} {input:?}", kind.name());
        }
    }

    #[test]
    fn a_refusal_names_the_field_and_what_is_allowed_and_not_the_value() {
        let list = field(Kind::Enum { values: vec!["run".to_owned()] });
        let refusal = list.accept("secret").expect_err("refused").to_string();
        assert_eq!(refusal, "field \"f\": it takes one of: run");
        assert!(list.accept(&"x".repeat(1_000_000)).expect_err("refused").to_string().contains("1000000 bytes"));
        assert!(list.accept("run\u{1b}").is_err());
        let any = field(Kind::Text { pattern: Pattern::new(".*").expect("a pattern"), longest: 200 });
        assert!(any.accept("/etc/passwd").expect_err("refused").to_string().contains("looks like a path"));
    }
}
