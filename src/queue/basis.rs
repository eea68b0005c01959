//! Basis: all that a body hangs on beside its events. When it differs from what it was at sealing, the payload is sealed anew.
//!
//! Promises: the destination, the ids, what is declared and what is withheld are in it. Absent: the events: they do not change.

use sha2::{Digest as _, Sha256};

use crate::consent::answer::Withheld;
use crate::manifest::destinations::Destination;
use crate::manifest::events::Event;
use crate::manifest::tool::Manifest;
use crate::payload::digest::hex;
use crate::payload::event::Who;

/// What the documents of one event's name hang on beside the events.
#[must_use]
pub fn basis_part(manifest: &Manifest, event: &str, who: &Who, withheld: &Withheld) -> String {
    let id = |id: Option<&str>| id.unwrap_or("-").to_owned();
    let fields = manifest.event(event).into_iter().flat_map(Event::all_fields).map(|field| field.name.as_str());
    let facts = manifest.facts.iter().map(|fact| fact.as_str());
    let declared: Vec<&str> = fields.chain(facts).collect();
    let purpose = manifest.event(event).map_or("-", |event| event.purpose.as_str());
    format!(
        "{event}|{purpose}|{}|{}|{}|{}|{}",
        declared.join(","),
        id(who.user.as_ref().map(crate::identity::ids::Id::as_str)),
        id(who.project.as_ref().map(crate::identity::ids::Id::as_str)),
        id(who.provided.as_ref().map(crate::identity::ids::ProvidedId::as_str)),
        withheld.words().join(",")
    )
}

/// A digest of all that a body hangs on beside its events: the destination, the ids, what is withheld. When it differs from what
/// it was at sealing, the payload is sealed anew.
#[derive(Debug)]
pub struct Basis {
    fingerprint: String,
    /// The last one: payload after payload hangs on the same.
    last: Option<(Vec<String>, String)>,
}

impl Basis {
    /// For payloads to this destination.
    #[must_use]
    pub fn of(destination: &Destination) -> Self {
        Self { fingerprint: destination.fingerprint(), last: None }
    }

    /// For what these parts say, made by [`basis_part`].
    pub fn over(&mut self, mut parts: Vec<String>) -> String {
        parts.sort_unstable();
        parts.dedup();
        if let Some((_, digest)) = self.last.as_ref().filter(|(last, _)| *last == parts) {
            return digest.clone();
        }
        let mut hash = Sha256::new();
        hash.update(&self.fingerprint);
        for part in &parts {
            hash.update("\n");
            hash.update(part);
        }
        let digest = hex(hash.finalize().get(..16).unwrap_or_default());
        self.last = Some((parts, digest.clone()));
        digest
    }
}
