//! What a document is made from, less what is withheld.
//!
//! Promises: what is withheld is in nothing that is made from here; values keep the order of the manifest. Absent: forms.

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Tree};

use crate::consent::answer::Withheld;
use crate::manifest::events::Value;
use crate::manifest::forms::wrap::{FACT, RESERVED};
use crate::manifest::tool::{Fact, IdKind, Manifest};
use crate::payload::event::{Event, Phase, Who};

/// What one document is made from.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// What its tool declares.
    pub manifest: &'a Manifest,
    /// The event.
    pub event: &'a Event,
    /// Who it is about.
    pub who: &'a Who,
    /// What is left out.
    pub withheld: &'a Withheld,
}

impl<'a> Said<'a> {
    fn carries(&self, kind: IdKind) -> bool {
        !self.withheld.ids.contains(&kind)
    }

    /// The user id.
    #[must_use]
    pub fn user(&self) -> Option<&'a str> {
        self.who.user.as_ref().filter(|_| self.carries(IdKind::User)).map(|id| id.as_str())
    }

    /// The user id; else the event's own id, for receivers that take no event without somebody: nothing joins two of these.
    #[must_use]
    pub fn somebody(&self) -> &'a str {
        self.user().unwrap_or(&self.event.id)
    }

    /// The project's id.
    #[must_use]
    pub fn project(&self) -> Option<&'a str> {
        self.who.project.as_ref().filter(|_| self.carries(IdKind::Project)).map(|id| id.as_str())
    }

    /// What the person chose to give.
    #[must_use]
    pub fn provided(&self) -> Option<&'a str> {
        self.who.provided.as_ref().filter(|_| self.carries(IdKind::Provided)).map(|id| id.as_str())
    }

    /// What the event is collected for.
    #[must_use]
    pub fn purpose(&self) -> Option<&'a str> {
        Some(self.manifest.event(&self.event.name)?.purpose.as_str())
    }

    /// `started` or `completed`, of a lifecycle event.
    #[must_use]
    pub fn phase(&self) -> Option<&'static str> {
        self.event.pair.as_ref().map(|(phase, _): &(Phase, _)| phase.as_str())
    }

    /// The id that a started and a completed event share.
    #[must_use]
    pub fn pair(&self) -> Option<&'a str> {
        self.event.pair.as_ref().map(|(_, pair)| pair.as_str())
    }

    /// Its fields.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let withheld = self.withheld;
        let kept = move |name: &str| !withheld.fields.iter().any(|field| field.as_str() == name);
        self.event.fields.iter().filter(move |(name, _)| kept(name)).map(|(name, value)| (name.as_str(), value))
    }

    /// Its facts.
    pub fn facts(&self) -> impl Iterator<Item = (Fact, &'a str)> {
        let withheld = self.withheld;
        let kept = self.event.facts.iter().filter(move |(fact, _)| !withheld.facts.contains(fact));
        kept.map(|(fact, value)| (*fact, value.as_str()))
    }

    /// One of its facts.
    #[must_use]
    pub fn fact(&self, wanted: Fact) -> Option<&'a str> {
        self.facts().find(|(fact, _)| *fact == wanted).map(|(_, value)| value)
    }

    /// All that an event says, for receivers that take one flat mapping: its fields under their names, then [`RESERVED`] where they have a
    /// value, then the facts under `fact_NAME` that have no place of their own in the protocol (`placed`).
    pub fn pairs(&self, placed: &'a [Fact]) -> impl Iterator<Item = (Cow<'a, str>, Scalar<'a>)> {
        let fields = self.fields().map(|(name, value)| (Cow::Borrowed(name), Scalar::of(value)));
        let reserved = [self.purpose(), self.phase(), self.pair(), self.project(), self.provided()];
        let reserved = RESERVED.into_iter().zip(reserved);
        let reserved = reserved.filter_map(|(name, value)| Some((Cow::Borrowed(name), Scalar::Text(value?))));
        let facts = self.facts().filter(|(fact, _)| !placed.contains(fact));
        let facts = facts.map(|(fact, value)| (Cow::Owned(format!("{FACT}{}", fact.as_str())), Scalar::Text(value)));
        fields.chain(reserved).chain(facts)
    }

    /// The same as a tree.
    #[must_use]
    pub fn properties(&self, placed: &'a [Fact]) -> Map<String, Tree> {
        self.pairs(placed).map(|(name, value)| (name.into_owned(), value.tree())).collect()
    }
}

/// The same as [`Said::properties`], to be written without a tree of it: it is made for every event of a queue.
#[derive(Debug, Clone, Copy)]
pub struct Flat<'a> {
    /// The event.
    pub said: Said<'a>,
    /// Facts that have a place of their own.
    pub placed: &'a [Fact],
}

impl Flat<'_> {
    /// Writes its entries into a mapping that may hold others.
    ///
    /// # Errors
    /// Those of the mapping.
    pub fn entries<M: SerializeMap>(&self, into: &mut M) -> Result<(), M::Error> {
        for (name, value) in self.said.pairs(self.placed) {
            into.serialize_entry(&name, &value)?;
        }
        Ok(())
    }
}

impl Serialize for Flat<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.entries(&mut map)?;
        map.end()
    }
}

/// A value as JSON.
#[must_use]
pub fn tree(value: &Value) -> Tree {
    Scalar::of(value).tree()
}

/// A value, lent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Scalar<'a> {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Number(f64),
    /// A text.
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    /// The value, lent.
    #[must_use]
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Integer(value) => Self::Integer(*value),
            Value::Number(value) => Self::Number(*value),
            Value::Text(text) => Self::Text(text),
        }
    }

    fn tree(self) -> Tree {
        match self {
            Self::Bool(value) => Tree::Bool(value),
            Self::Integer(value) => Tree::Number(value.into()),
            Self::Number(value) => serde_json::Number::from_f64(value).map_or(Tree::Null, Tree::Number),
            Self::Text(text) => Tree::String(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::clock::Timestamp;
    use crate::identity::ids::{Id, ProvidedId};
    use crate::manifest::parse;

    #[test]
    fn what_is_written_without_a_tree_is_what_the_tree_says() {
        let source = "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\ndestinations: {d: {file: d.jsonl}}\n\
            events: {e: {description: d, purpose: product, fields: {f: {type: boolean, description: d}}}}\n";
        let manifest = &parse::manifest(source.as_bytes()).expect("valid");
        let value = |name: &str, value| (name.to_owned(), value);
        let event = &Event {
            id: "63da4e74-c000-4879-aa4f-0b58d1884301".to_owned(),
            name: "e".to_owned(),
            time: Timestamp::from_ms(0),
            pair: Id::new("p1").ok().map(|id| (Phase::Started, id)),
            fields: vec![
                value("f", Value::Bool(true)),
                value("a", Value::Integer(i64::MIN)),
                value("n", Value::Number(-1.5e300)),
                value("t", Value::Text("\"é\u{2028}".to_owned())),
            ],
            facts: vec![(Fact::Os, "linux".to_owned()), (Fact::Arch, "arm".to_owned())],
        };
        let all = Who {
            user: Id::new("4b7c").ok(),
            project: Id::new("x1").ok(),
            provided: ProvidedId::new("ada@example.org").ok(),
        };
        let withheld = Withheld { facts: vec![Fact::Os], ids: vec![IdKind::Project], ..Withheld::default() };
        for (who, withheld) in [(&all, &Withheld::default()), (&all, &withheld), (&Who::default(), &withheld)] {
            for placed in [[].as_slice(), &[Fact::Arch]] {
                let said = Said { manifest, event, who, withheld };
                let written = serde_json::to_string(&Flat { said, placed }).expect("written");
                assert_eq!(written, Tree::Object(said.properties(placed)).to_string());
            }
        }
    }
}
