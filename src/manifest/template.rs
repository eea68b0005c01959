//! The form of a document, written in the manifest as the document itself with references in it.
//!
//! A text that is exactly `$name` stands for a value: `$id`, `$event`, `$phase`, `$pair`, `$time`, `$tool`,
//! `$user_id`, `$project_id`, `$provided_id`, `$fields` (all as a mapping), `$facts` (likewise), `$field.NAME`, `$fact.NAME`. `$$` at
//! the start stands for one dollar sign; every other text stands for itself. A list's element, or a mapping's key, in which a
//! reference has no value is left out whole.
//!
//! Promises: a reference to what is not declared is an error of the manifest. Absent: expressions, conditions, text around
//! references.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// Deepest nesting of a document.
const DEEPEST: usize = 32;

/// A document with references.
#[derive(Debug, Clone, PartialEq)]
pub enum Template {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text or a reference, as written.
    Text(String),
    /// A list.
    List(Vec<Template>),
    /// A mapping, in order.
    Map(Vec<(String, Template)>),
}

/// What a reference stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference<'a> {
    /// The event's id.
    Id,
    /// The event's name.
    Event,
    /// What it is collected for.
    Purpose,
    /// `started` or `completed`, of a lifecycle event.
    Phase,
    /// The id that a started and a completed event share.
    Pair,
    /// When it was recorded, RFC 3339.
    Time,
    /// The tool's name.
    Tool,
    /// The user id.
    UserId,
    /// The project's id.
    ProjectId,
    /// What the person chose to give.
    ProvidedId,
    /// All fields.
    Fields,
    /// All facts.
    Facts,
    /// One field.
    Field(&'a str),
    /// One fact.
    Fact(&'a str),
}

/// A text of a document: itself, or a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word<'a> {
    /// The text itself.
    Plain(&'a str),
    /// A value that stands in for it.
    Reference(Reference<'a>),
    /// A dollar sign with a name that means nothing.
    Unknown,
}

/// Reads a text of a document.
#[must_use]
pub fn word(text: &str) -> Word<'_> {
    let Some(name) = text.strip_prefix('$') else { return Word::Plain(text) };
    if name.starts_with('$') {
        return Word::Plain(name);
    }
    Word::Reference(match name {
        "id" => Reference::Id,
        "event" => Reference::Event,
        "purpose" => Reference::Purpose,
        "phase" => Reference::Phase,
        "pair" => Reference::Pair,
        "time" => Reference::Time,
        "tool" => Reference::Tool,
        "user_id" => Reference::UserId,
        "project_id" => Reference::ProjectId,
        "provided_id" => Reference::ProvidedId,
        "fields" => Reference::Fields,
        "facts" => Reference::Facts,
        _ => match (name.strip_prefix("field."), name.strip_prefix("fact.")) {
            (Some(field), _) => Reference::Field(field),
            (None, Some(fact)) => Reference::Fact(fact),
            (None, None) => return Word::Unknown,
        },
    })
}

impl Template {
    /// Whether this reference stands anywhere in it.
    #[must_use]
    pub fn refers(&self, reference: Reference<'_>) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
            Self::Text(text) => word(text) == Word::Reference(reference),
            Self::List(items) => items.iter().any(|item| item.refers(reference)),
            Self::Map(pairs) => pairs.iter().any(|(_, item)| item.refers(reference)),
        }
    }

    /// How deep it is nested.
    #[must_use]
    pub fn too_deep(&self) -> bool {
        self.depth() > DEEPEST
    }

    fn depth(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => 0,
            Self::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Map(pairs) => 1 + pairs.iter().map(|(_, item)| item.depth()).max().unwrap_or(0),
        }
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyTemplate)
    }
}

struct AnyTemplate;

impl<'de> Visitor<'de> for AnyTemplate {
    type Value = Template;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document")
    }

    fn visit_unit<E: Error>(self) -> Result<Template, E> {
        Ok(Template::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Template, E> {
        Ok(Template::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Template, E> {
        Ok(Template::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Template, E> {
        Ok(Template::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Template, E> {
        serde_json::Number::from_f64(value).map(Template::Number).ok_or_else(|| E::custom("a number that JSON has not"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Template, E> {
        Ok(Template::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Template, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Template::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Template, A::Error> {
        let mut pairs: Vec<(String, Template)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if pairs.iter().any(|(there, _)| *there == key) {
                return Err(A::Error::custom(format_args!("the key {key:?} stands twice")));
            }
            let value = map.next_value()?;
            pairs.push((key, value));
        }
        Ok(Template::Map(pairs))
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(value) => to.serialize_bool(*value),
            Self::Number(value) => value.serialize(to),
            Self::Text(text) => to.serialize_str(text),
            Self::List(items) => to.collect_seq(items),
            Self::Map(pairs) => {
                let mut map = to.serialize_map(Some(pairs.len()))?;
                for (key, value) in pairs {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dollar_sign_means_a_reference() {
        assert_eq!(word("plain $x"), Word::Plain("plain $x"));
        assert_eq!(word("$$x"), Word::Plain("$x"));
        assert_eq!(word("$user_id"), Word::Reference(Reference::UserId));
        assert_eq!(word("$field.a.b"), Word::Reference(Reference::Field("a.b")));
        assert_eq!(word("$nothing"), Word::Unknown);
    }

    #[test]
    fn a_document_keeps_its_order_and_refuses_repeats() {
        let text = r#"{"b":[1,null,true,1.5,"$id"],"a":{"c":"x"}}"#;
        let template: Template = serde_json::from_str(text).expect("a document");
        assert_eq!(serde_json::to_string(&template).expect("text"), text);
        assert!(serde_json::from_str::<Template>(r#"{"a":1,"a":2}"#).is_err());
    }
}
