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
    /// `EVENT.FIELD`, `fact:NAME` and `id:NAME`.
    pub fields: BTreeSet<String>,
    /// Purposes.
    pub purposes: BTreeSet<String>,
    /// Destinations with their addresses.
    pub destinations: BTreeMap<String, String>,
}

/// The key of an event's field.
#[must_use]
pub fn field_key(event: &str, field: &str) -> String {
    format!("{event}.{field}")
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
            sum.fields.insert(field_key(event.name.as_str(), ""));
            sum.purposes.insert(event.purpose.to_string());
            for field in event.all_fields() {
                sum.fields.insert(field_key(event.name.as_str(), field.name.as_str()));
                sum.purposes.extend(field.purpose.as_ref().map(ToString::to_string));
            }
        }
        sum.fields.extend(manifest.facts.iter().map(|fact| fact_key(fact.as_str())));
        sum.fields.extend(manifest.ids.iter().map(|id| id_key(id.as_str())));
        for destination in &manifest.destinations {
            sum.destinations.insert(destination.name.to_string(), destination.address.shown());
        }
        sum
    }

    /// What `wider` declares and this does not, as keys in words: for the question that follows a wider manifest.
    #[must_use]
    pub fn missing(&self, wider: &Self) -> Vec<String> {
        let fields = wider.fields.difference(&self.fields).map(|key| format!("field {}", key.trim_end_matches('.')));
        let purposes = wider.purposes.difference(&self.purposes).map(|purpose| format!("purpose {purpose}"));
        let destinations = wider
            .destinations
            .iter()
            .filter(|(name, address)| self.destinations.get(*name) != Some(*address))
            .map(|(name, address)| format!("destination {name} ({address})"));
        fields.chain(purposes).chain(destinations).collect()
    }
}
