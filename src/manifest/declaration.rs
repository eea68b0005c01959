//! What a manifest declares in sum, so that an answer can be held against it later.
//!
//! Promises: everything that could leave the machine has one key here. Absent: how things are worded or described.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::manifest::tool::Manifest;

/// The sum of a manifest, and the stored form of what was agreed to (version 1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// `EVENT/` and `EVENT/FIELD`, `fact:NAME` and `id:NAME`, each with how exact it is: a digest that becomes the value itself, or a bucket
    /// that becomes the number, is another field.
    pub fields: BTreeMap<String, String>,
    /// Purposes.
    pub purposes: BTreeSet<String>,
    /// Destinations with their addresses, under which key or with which headers events go there, and what their receivers are let do.
    pub destinations: BTreeMap<String, String>,
}

/// How exact an event itself is.
pub const EVENT: &str = "event";
/// How exact a fact is.
pub const FACT: &str = "fact";
/// How exact an id is.
pub const ID: &str = "id";

/// The key of an event's field; of the event itself with an empty field.
#[must_use]
pub fn field_key(event: &str, field: &str) -> String {
    format!("{event}/{field}")
}

/// The key of a fact.
#[must_use]
pub fn fact_key(fact: &str) -> String {
    format!("fact:{fact}")
}

/// The key of an id.
#[must_use]
pub fn id_key(id: &str) -> String {
    format!("id:{id}")
}

impl Declaration {
    /// The sum of `manifest`.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        let mut sum = Self::default();
        for event in &manifest.events {
            // The event itself has a key, so that one without fields is not agreed to unseen.
            sum.fields.insert(field_key(event.name.as_str(), ""), EVENT.to_owned());
            sum.purposes.insert(event.purpose.to_string());
            for field in event.all_fields() {
                sum.fields.insert(field_key(event.name.as_str(), field.name.as_str()), field.kind.exactness());
                sum.purposes.extend(field.purpose.as_ref().map(ToString::to_string));
            }
        }
        sum.fields.extend(manifest.facts.iter().map(|fact| (fact_key(fact.as_str()), FACT.to_owned())));
        sum.fields.extend(manifest.ids.iter().map(|id| (id_key(id.as_str()), ID.to_owned())));
        for destination in &manifest.destinations {
            sum.destinations.insert(destination.name.to_string(), destination.declared());
        }
        sum
    }

    /// Whether this has the key, and just as exact.
    #[must_use]
    pub fn covers(&self, key: &str, exactness: &str) -> bool {
        self.fields.get(key).is_some_and(|agreed| agreed == exactness)
    }

    /// What `wider` declares and this does not, as keys in words: for the question that follows a wider manifest.
    #[must_use]
    pub fn missing(&self, wider: &Self) -> Vec<String> {
        let fields = wider.fields.iter().filter(|(key, exactness)| !self.covers(key, exactness));
        let fields = fields.map(|(key, exactness)| format!("{} ({exactness})", key.trim_end_matches('/')));
        let purposes = wider.purposes.difference(&self.purposes).map(|purpose| format!("purpose {purpose}"));
        let destinations = wider
            .destinations
            .iter()
            .filter(|(name, address)| self.destinations.get(*name) != Some(*address))
            .map(|(name, address)| format!("destination {name} ({address})"));
        fields.chain(purposes).chain(destinations).collect()
    }
}
