//! Filling: from a document with places in it to values.
//!
//! Promises: what is not known stands in the body as words in angle brackets and is marked, never made up; a digest says of what it is.
//! Absent: reading anything of the machine ([`Machine`] is told).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::identity::derived;
use crate::identity::shapes::Shape;
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::requests::{Digested, Filled, MachineFact, Style};
use crate::manifest::versions::{Version, Versions};
use crate::payload::digest::hex;
use crate::payload::foreign::built::{Built, Is, Mark};

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
    /// The tool's version, and its text; without one it is taken for the newest.
    fn version(&self) -> Option<&Version>;
    /// What a person told under this name.
    fn told(&self, name: &str) -> Given;
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
        Filled::Version => Some(match machine.version() {
            Some(version) => Built {
                from: Some("the version".to_owned()),
                ..Built::plain(Value::String(version.to_string()), Mark::Exact)
            },
            None => Built::unknown("its version"),
        }),
        Filled::Nothing => None,
        Filled::Given(name) => given(machine.told(name)),
        Filled::Case { of, is } => case(&inner(of)?, is, &inner),
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
        Filled::In { versions, value } => has(versions, machine).then(|| inner(value)).flatten(),
    }
}

fn has(versions: &Versions, machine: &dyn Machine) -> bool {
    machine.version().map_or(versions.has_newest(), |version| versions.has(Some(version)))
}

/// The value for the first text that it is; what it comes from goes with it.
fn case(of: &Built, is: &[(String, Filled)], inner: &dyn Fn(&Filled) -> Option<Built>) -> Option<Built> {
    if let Mark::Unknown(what) = of.worst() {
        return Some(Built { open: of.open, ..Built::unknown(&what) });
    }
    let text = of.text();
    let Some((_, value)) = is.iter().find(|(pattern, _)| fits(pattern, &text)) else {
        return Some(Built::unknown(&format!("what {text:?} means to it")));
    };
    let built = inner(value)?;
    Some(Built {
        from: built.from.clone().or_else(|| of.from.clone()),
        mark: of.worst().worse(built.mark.clone()),
        ..built
    })
}

/// Whether a text is what a pattern with one `*` at most says.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => text.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
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
