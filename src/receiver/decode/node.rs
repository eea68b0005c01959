//! A document of JSON as it was written: the order of keys, keys that stand twice, the spelling of numbers.
//!
//! Promises: what is no JSON is no node; deep nesting costs no stack. Absent: looking things up.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// How deep is read; what lies deeper stays a text as it was written. Documents of telemetry have some ten levels.
const DEPTH: usize = 64;

/// A part of a document.
#[derive(Debug)]
pub enum Node {
    /// An object: its pairs in order.
    Object(Vec<(String, Node)>),
    /// A list.
    List(Vec<Node>),
    /// A text.
    Text(String),
    /// Anything else, as it was written.
    Raw(Box<RawValue>),
}

impl Node {
    /// Reads a document.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        // All of it is checked here; `tree` looks at parts that are known to be whole.
        serde_json::from_slice::<&RawValue>(bytes).ok().and_then(|raw| tree(raw, DEPTH))
    }

    /// The same for what is an object or a list: a lone number is seldom meant as a document.
    #[must_use]
    pub fn read_nested(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes).filter(|node| matches!(node, Self::Object(_) | Self::List(_)))
    }

    /// The text at a key of an object.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        let Self::Object(pairs) = self else { return None };
        pairs.iter().find(|(name, _)| name == key).and_then(|(_, node)| match node {
            Self::Text(text) => Some(text.as_str()),
            Self::Object(_) | Self::List(_) | Self::Raw(_) => None,
        })
    }

    /// The whole number at a key of an object.
    #[must_use]
    pub fn length(&self, key: &str) -> Option<usize> {
        let Self::Object(pairs) = self else { return None };
        pairs.iter().find(|(name, _)| name == key).and_then(|(_, node)| match node {
            Self::Raw(raw) => raw.get().parse().ok(),
            Self::Object(_) | Self::List(_) | Self::Text(_) => None,
        })
    }
}

fn tree(raw: &RawValue, depth: usize) -> Option<Node> {
    match (raw.get().as_bytes().first(), depth.checked_sub(1)) {
        (Some(b'{'), Some(depth)) => {
            let Pairs(pairs) = serde_json::from_str(raw.get()).ok()?;
            pairs.into_iter().map(|(key, raw)| Some((key, tree(raw, depth)?))).collect::<Option<_>>().map(Node::Object)
        }
        (Some(b'['), Some(depth)) => {
            let items: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
            items.into_iter().map(|raw| tree(raw, depth)).collect::<Option<_>>().map(Node::List)
        }
        // A lone surrogate is JSON and no text: it stays as it was written.
        (Some(b'"'), _) => Some(serde_json::from_str(raw.get()).map_or_else(|_| Node::Raw(raw.to_owned()), Node::Text)),
        _ => Some(Node::Raw(raw.to_owned())),
    }
}

/// The pairs of an object, in order, also those of one key.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(All)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                for (key, node) in pairs {
                    map.serialize_entry(key, node)?;
                }
                map.end()
            }
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Text(text) => serializer.serialize_str(text),
            Self::Raw(raw) => raw.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> Option<String> {
        Node::read(text.as_bytes()).map(|node| serde_json::to_string(&node).expect("JSON"))
    }

    #[test]
    fn documents_stay_as_they_were_written() {
        for text in [
            r#"{"z":1.0,"a":1e5,"z":[123456789012345678901234567890,-0,true,null],"é":"\u0007"}"#,
            "[]",
            "0.10",
            r#""\ud800""#,
        ] {
            assert_eq!(again(text).as_deref(), Some(text));
        }
        for text in ["", "{", "{} {}", "nul", "{'a': 1}", "[1,]"] {
            assert_eq!(again(text), None, "{text}");
        }
        assert_eq!(again("{ \"a\" : [ 1 ] }").as_deref(), Some("{\"a\":[1]}"));
    }

    #[test]
    fn deep_documents_are_read_to_a_bound() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(again(&deep), Some(deep));
    }
}
