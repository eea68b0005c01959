//! A request of somebody else's program, built from its manifest and from what is on the machine: its bytes, and of each value how sure
//! it is.
//!
//! Promises: what is not known stands in the body as words in angle brackets and is marked, never made up; a digest says of what it is;
//! what is made of something unsure is unsure itself. Absent: reading anything of the machine; sending.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::identity::derived;
use crate::identity::shapes::Shape;
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::requests::{Digested, Filled, MachineFact, Style};
use crate::manifest::versions::Version;
use crate::payload::digest::hex;

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

    fn worse(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }
}

/// What is known of a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// A value, and where it is from.
    Value(Value, String),
    /// There is none.
    Absent,
    /// Nobody asked; whom.
    NotAsked(String),
    /// It cannot be told; why.
    Unknown(String),
}

/// Where values come from.
pub trait Machine {
    /// The tool's version, and its text.
    fn version(&self) -> &Version;
    /// An id of the manifest.
    fn id(&self, name: &str) -> Given;
    /// A fact.
    fn fact(&self, fact: MachineFact) -> Given;
    /// What stands at a setting.
    fn setting(&self, source: &Source) -> Given;
    /// The bytes at a key of a JSON file.
    fn raw(&self, file: &str, key: &[String]) -> Result<Option<Box<RawValue>>, String>;
    /// The layer that decides: its index; `None` where no layer speaks.
    fn winner(&self) -> Result<Option<usize>, String>;
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

    fn plain(value: Value, mark: Mark) -> Self {
        Self { is: Is::Plain(value), mark, from: None, secret: false, open: false }
    }

    fn unknown(what: &str) -> Self {
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
            Style::Compact => (",", ":"),
            Style::Spaced => (", ", ": "),
        };
        match &self.is {
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
    fn worst(&self) -> Mark {
        let inner: Vec<Mark> = match &self.is {
            Is::Plain(_) | Is::Raw(_) => Vec::new(),
            Is::List(items) => items.iter().map(Self::worst).collect(),
            Is::Map(pairs) => pairs.iter().map(|(_, item)| item.worst()).collect(),
            Is::Base64 { of, .. } => vec![of.worst()],
        };
        inner.into_iter().fold(self.mark.clone(), Mark::worse)
    }

    fn holds_secret(&self) -> bool {
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
    if style == Style::Compact || text.is_ascii() {
        return text;
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

/// Fills a document; `None` where it has no value.
#[must_use]
pub fn build(filled: &Filled, machine: &dyn Machine, style: Style) -> Option<Built> {
    let inner = |filled: &Filled| build(filled, machine, style);
    let exact = |value: Value| Some(Built::plain(value, Mark::Exact));
    match filled {
        Filled::Null => exact(Value::Null),
        Filled::Bool(value) => exact(Value::Bool(*value)),
        Filled::Number(number) => exact(Value::Number(number.clone())),
        Filled::Text(text) => exact(Value::String(text.clone())),
        Filled::List(items) => Some(Built {
            is: Is::List(items.iter().filter_map(inner).collect()),
            ..Built::plain(Value::Null, Mark::Exact)
        }),
        Filled::Map(pairs) => Some(Built {
            is: Is::Map(pairs.iter().filter_map(|(name, item)| Some((name.clone(), inner(item)?))).collect()),
            ..Built::plain(Value::Null, Mark::Exact)
        }),
        Filled::Version => Some(Built {
            from: Some("the version".to_owned()),
            ..Built::plain(Value::String(machine.version().to_string()), Mark::Exact)
        }),
        Filled::Id(name) => Some(match given(machine.id(name)) {
            Some(built) => built,
            None => Built { open: true, ..Built::unknown(&format!("{name}: there is none yet")) },
        }),
        Filled::Fact(fact) => given(machine.fact(*fact)),
        Filled::Setting(source) => given(machine.setting(source)),
        Filled::Raw { file, key } => match machine.raw(file, key) {
            Ok(found) => found.map(|raw| Built {
                is: Is::Raw(raw.get().to_owned()),
                from: Some(format!("the file {file}, byte for byte")),
                ..Built::plain(Value::Null, Mark::Exact)
            }),
            Err(why) => Some(Built::unknown(&why)),
        },
        Filled::Flag { any, of, omit } => flag(&any.iter().filter_map(inner).collect::<Vec<_>>(), of, *omit),
        Filled::Winner { layers, usual } => Some(match machine.winner() {
            Err(why) => Built::unknown(&why),
            Ok(index) => {
                let word = index.and_then(|index| layers.get(index)).unwrap_or(usual);
                Built {
                    from: Some("the layer that decides".to_owned()),
                    ..Built::plain(Value::String(word.clone()), Mark::Exact)
                }
            }
        }),
        Filled::First(all) => {
            let all: Vec<Built> = all.iter().filter_map(inner).collect();
            let found = all.iter().find(|built| !built.open).or(all.first());
            found.cloned()
        }
        Filled::IsUuid { of, then } => is_uuid(inner(of), then),
        Filled::Join(all) => joined(&all.iter().filter_map(inner).collect::<Vec<_>>()),
        Filled::Digest(digest, of) => digested(*digest, &inner(of)?),
        Filled::Base64 { url, of } => Some(base64(inner(of)?, *url, style)),
        Filled::Guess { value, because } => {
            let mut built = inner(value)?;
            built.mark = Mark::Reconstructed(because.clone()).worse(built.mark);
            Some(built)
        }
        Filled::Unknown(what) => Some(Built::unknown(what)),
        Filled::Secret(of) => Some(Built { secret: true, ..inner(of)? }),
        Filled::In { versions, value } => versions.has(Some(machine.version())).then(|| inner(value)).flatten(),
    }
}

fn is_uuid(of: Option<Built>, [yes, no, none]: &[String; 3]) -> Option<Built> {
    let word = |word: &String, from: Option<String>| {
        Some(Built { from, ..Built::plain(Value::String(word.clone()), Mark::Exact) })
    };
    match of {
        Some(built) if built.mark == Mark::Exact => {
            word(if Shape::Uuid.fits(&built.text()) { yes } else { no }, built.from.clone())
        }
        Some(built) if !built.open => Some(Built::unknown(&format!("{yes}, {no} or {none}"))),
        Some(_) | None => word(none, None),
    }
}

fn given(given: Given) -> Option<Built> {
    match given {
        Given::Value(value, from) => Some(Built { from: Some(from), ..Built::plain(value, Mark::Exact) }),
        Given::Absent => None,
        Given::NotAsked(whom) => Some(Built { open: true, ..Built::unknown(&whom) }),
        Given::Unknown(why) => Some(Built::unknown(&why)),
    }
}

fn flag(all: &[Built], of: &[String], omit: bool) -> Option<Built> {
    if all.is_empty() && omit {
        return None;
    }
    let value = all.iter().any(|built| of.contains(&built.text().to_lowercase()));
    let mark = all.iter().map(Built::worst).fold(Mark::Exact, Mark::worse);
    Some(Built { from: all.iter().find_map(|built| built.from.clone()), ..Built::plain(Value::Bool(value), mark) })
}

fn joined(all: &[Built]) -> Option<Built> {
    let text: String = all.iter().map(Built::text).collect();
    let mark = all.iter().map(Built::worst).fold(Mark::Exact, Mark::worse);
    let mut from: Vec<&str> = all.iter().filter_map(|built| built.from.as_deref()).collect();
    from.dedup();
    Some(Built {
        from: (!from.is_empty()).then(|| from.join(", ")),
        secret: all.iter().any(Built::holds_secret),
        open: all.iter().any(|built| built.open),
        ..Built::plain(Value::String(text), mark)
    })
}

fn digested(digest: Digested, of: &Built) -> Option<Built> {
    let text = of.text();
    let value = match digest {
        Digested::Sha256 => hex(&Sha256::digest(text.as_bytes())),
        Digested::UuidOfSha256 => derived::uuid_of_sha256(&text),
        Digested::Uuid5Url => derived::uuid5_of_url(&text),
    };
    let mark = of.worst();
    if let Mark::Unknown(what) = &mark {
        return Some(Built::unknown(&format!("{} of {what}", digest.words())));
    }
    let shown = if of.holds_secret() { "what is not shown".to_owned() } else { format!("{text:?}") };
    let from = of.from.as_ref().map_or_else(String::new, |from| format!(" ({from})"));
    Some(Built {
        from: Some(format!("{} of {shown}{from}", digest.words())),
        ..Built::plain(Value::String(value), mark)
    })
}

fn base64(of: Built, url: bool, style: Style) -> Built {
    let inner = match &of.is {
        Is::Plain(Value::String(text)) => text.clone(),
        _ => of.json(style),
    };
    let text = if url { URL_SAFE.encode(inner) } else { STANDARD.encode(inner) };
    let (mark, secret) = (of.worst(), of.holds_secret());
    Built { is: Is::Base64 { of: Box::new(of), text }, mark, from: None, secret, open: false }
}

/// A value in a body, for reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Keys from the root; `[0]` for an item, `(base64)` for what stands in a text.
    pub path: String,
    /// Its JSON; stars where it is never shown.
    pub value: String,
    /// How sure.
    pub mark: Mark,
    /// Where it is from, or what was hashed.
    pub from: Option<String>,
}

/// What stands for a value that is never shown.
pub const HIDDEN: &str = "***";

/// All values of a body, decoded, in order.
#[must_use]
pub fn rows(built: &Built) -> Vec<Row> {
    let mut all = Vec::new();
    walk(built, String::new(), &mut all);
    all
}

fn walk(built: &Built, path: String, all: &mut Vec<Row>) {
    let row = |value: String| Row { path: path.clone(), value, mark: built.mark.clone(), from: built.from.clone() };
    if built.secret {
        all.push(row(HIDDEN.to_owned()));
        return;
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match &built.is {
        Is::Plain(value) => all.push(row(value.to_string())),
        Is::Raw(text) => match serde_json::from_str::<Value>(text) {
            Ok(value) => of_value(&value, path.clone(), built, all),
            Err(_) => all.push(row(text.clone())),
        },
        Is::List(items) if items.is_empty() => all.push(row("[]".to_owned())),
        Is::Map(pairs) if pairs.is_empty() => all.push(row("{}".to_owned())),
        Is::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(item, format!("{path}[{index}]"), all));
        }
        Is::Map(pairs) => pairs.iter().for_each(|(name, item)| walk(item, below(name), all)),
        Is::Base64 { of, .. } => walk(of, below("(base64)"), all),
    }
}

/// The values of JSON that stands in a file.
fn of_value(value: &Value, path: String, built: &Built, all: &mut Vec<Row>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(index, item)| of_value(item, format!("{path}[{index}]"), built, all));
        }
        Value::Object(pairs) if !pairs.is_empty() => {
            pairs.iter().for_each(|(name, item)| of_value(item, below(name), built, all));
        }
        _ => all.push(Row { path, value: value.to_string(), mark: built.mark.clone(), from: built.from.clone() }),
    }
}

/// The body's bytes; what is never shown is stars in them, too.
#[must_use]
pub fn bytes(built: &Built, style: Style) -> Vec<u8> {
    masked(built).json(style).into_bytes()
}

/// The same with stars for what is never shown.
fn masked(built: &Built) -> Built {
    if built.secret {
        return Built { is: Is::Plain(Value::String(HIDDEN.to_owned())), ..built.clone() };
    }
    let is = match &built.is {
        Is::Plain(_) | Is::Raw(_) => built.is.clone(),
        Is::List(items) => Is::List(items.iter().map(masked).collect()),
        Is::Map(pairs) => Is::Map(pairs.iter().map(|(name, item)| (name.clone(), masked(item))).collect()),
        Is::Base64 { .. } => built.is.clone(),
    };
    Built { is, ..built.clone() }
}
