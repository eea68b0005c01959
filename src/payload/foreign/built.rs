//! A value of somebody else's request: what it is, how sure it is, and its JSON as its program writes it.
//!
//! Promises: what is made of something unsure is unsure itself. Absent: where a value comes from (`fill`).

use serde_json::Value;

use crate::manifest::foreign::requests::Style;

/// How sure a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// It is what would be sent.
    Exact,
    /// Probably; why it is not sure.
    Reconstructed(String),
    /// Nobody here can know it; what it is.
    Unknown(String),
}

impl Mark {
    /// In a word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Reconstructed(_) => "reconstructed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Why it is not exact.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Exact => None,
            Self::Reconstructed(why) | Self::Unknown(why) => Some(why),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Exact => 0,
            Self::Reconstructed(_) => 1,
            Self::Unknown(_) => 2,
        }
    }

    pub(super) fn worse(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }
}

/// A value as it was built.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// What it is.
    pub is: Is,
    /// How sure.
    pub mark: Mark,
    /// Where it is from, or what was hashed.
    pub from: Option<String>,
    /// Whether it is never shown.
    pub secret: bool,
    /// Whether something else may stand in its place: there is none yet, or nobody asked.
    pub open: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Is {
    /// A value without others in it.
    Plain(Value),
    /// JSON as it stands in a file.
    Raw(String),
    /// A list.
    List(Vec<Built>),
    /// A mapping.
    Map(Vec<(String, Built)>),
    /// Base64 of a text, or of a document's JSON.
    Base64 {
        /// What is in it.
        of: Box<Built>,
        /// Its text.
        text: String,
    },
}

impl Built {
    /// Nothing at all.
    #[must_use]
    pub fn nothing() -> Self {
        Self::plain(Value::Null, Mark::Exact)
    }

    pub(super) fn plain(value: Value, mark: Mark) -> Self {
        Self { is: Is::Plain(value), mark, from: None, secret: false, open: false }
    }

    pub(super) fn unknown(what: &str) -> Self {
        Self::plain(Value::String(format!("<{what}>")), Mark::Unknown(what.to_owned()))
    }

    /// The text, where it is one value; numbers as they are written.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.is {
            Is::Plain(Value::String(text)) | Is::Raw(text) | Is::Base64 { text, .. } => text.clone(),
            Is::Plain(value) => value.to_string(),
            Is::List(_) | Is::Map(_) => String::new(),
        }
    }

    /// The JSON, as its program writes it.
    #[must_use]
    pub fn json(&self, style: Style) -> String {
        let mut out = String::new();
        self.write(style, &mut out);
        out
    }

    fn write(&self, style: Style, out: &mut String) {
        let (comma, colon) = match style {
            Style::Compact | Style::Escaped => (",", ":"),
            Style::Spaced => (", ", ": "),
        };
        match &self.is {
            // Words that stand for what is not known are nobody's bytes.
            Is::Plain(value) if style == Style::Escaped && matches!(self.mark, Mark::Unknown(_)) => {
                out.push_str(&scalar(value, Style::Compact));
            }
            Is::Plain(value) => out.push_str(&scalar(value, style)),
            Is::Raw(text) => out.push_str(text),
            Is::Base64 { text, .. } => out.push_str(&scalar(&Value::String(text.clone()), style)),
            Is::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { comma } else { "" });
                    item.write(style, out);
                }
                out.push(']');
            }
            Is::Map(pairs) => {
                out.push('{');
                for (index, (name, item)) in pairs.iter().enumerate() {
                    out.push_str(if index > 0 { comma } else { "" });
                    out.push_str(&scalar(&Value::String(name.clone()), style));
                    out.push_str(colon);
                    item.write(style, out);
                }
                out.push('}');
            }
        }
    }

    /// The worst mark in it.
    pub(super) fn worst(&self) -> Mark {
        let inner: Vec<Mark> = match &self.is {
            Is::Plain(_) | Is::Raw(_) => Vec::new(),
            Is::List(items) => items.iter().map(Self::worst).collect(),
            Is::Map(pairs) => pairs.iter().map(|(_, item)| item.worst()).collect(),
            Is::Base64 { of, .. } => vec![of.worst()],
        };
        inner.into_iter().fold(self.mark.clone(), Mark::worse)
    }

    pub(super) fn holds_secret(&self) -> bool {
        self.secret
            || match &self.is {
                Is::Plain(_) | Is::Raw(_) => false,
                Is::List(items) => items.iter().any(Self::holds_secret),
                Is::Map(pairs) => pairs.iter().any(|(_, item)| item.holds_secret()),
                Is::Base64 { of, .. } => of.holds_secret(),
            }
    }
}

/// A value without others in it, as JSON.
fn scalar(value: &Value, style: Style) -> String {
    let text = value.to_string();
    match style {
        Style::Compact => return text,
        Style::Escaped => return escaped(text),
        Style::Spaced if text.is_ascii() => return text,
        Style::Spaced => {}
    }
    let mut units = [0_u16; 2];
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c.is_ascii() {
            true => out.push(c),
            false => c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out
}

/// What could be taken for HTML, and two ends of lines of JavaScript's, as Go's library escapes them.
fn escaped(text: String) -> String {
    let odd = |c: char| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    if !text.contains(odd) {
        return text;
    }
    text.chars().map(|c| if odd(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}
