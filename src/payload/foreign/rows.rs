//! A body for reading, value by value, and its bytes.
//!
//! Promises: what is never shown is stars in both. Absent: words for people (`cli`).

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::manifest::foreign::requests::Style;
use crate::payload::foreign::built::{Built, Is, Mark};

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
        Is::Raw(text) => of_text(text, path.clone(), built, 0, all),
        Is::List(items) if items.is_empty() => all.push(row("[]".to_owned())),
        Is::Map(pairs) if pairs.is_empty() => all.push(row("{}".to_owned())),
        Is::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(item, format!("{path}[{index}]"), all));
        }
        Is::Map(pairs) => pairs.iter().for_each(|(name, item)| walk(item, below(name), all)),
        Is::Base64 { of, .. } => walk(of, below("(base64)"), all),
    }
}

/// Deepest nesting of a file's JSON that is taken apart; what is deeper is one value.
const DEEPEST: usize = 32;

/// The pairs of a mapping as they are written, repeated keys too.
struct Pairs(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Pairs;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(Each)
    }
}

/// The values of JSON as it stands in a file, numbers as they are written.
fn of_text(text: &str, path: String, built: &Built, depth: usize, all: &mut Vec<Row>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let first = if depth < DEEPEST { text.trim_start().chars().next() } else { None };
    match first {
        Some('[') => {
            if let Ok(items) = serde_json::from_str::<Vec<Box<RawValue>>>(text)
                && !items.is_empty()
            {
                let items = items.iter().enumerate();
                items.for_each(|(index, item)| of_text(item.get(), format!("{path}[{index}]"), built, depth + 1, all));
                return;
            }
        }
        Some('{') => {
            if let Ok(Pairs(pairs)) = serde_json::from_str(text)
                && !pairs.is_empty()
            {
                pairs.iter().for_each(|(name, item)| of_text(item.get(), below(name), built, depth + 1, all));
                return;
            }
        }
        _ => {}
    }
    // A text in another spelling of the same letters is shown in the plain one.
    let plain = serde_json::from_str::<String>(text).ok().and_then(|text| serde_json::to_string(&text).ok());
    let value = plain.unwrap_or_else(|| text.trim().to_owned());
    all.push(Row { path, value, mark: built.mark.clone(), from: built.from.clone() });
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
