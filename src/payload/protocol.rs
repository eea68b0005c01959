//! What every protocol has to say: a document of each event, a body of many documents, and what an answer to it means.
//!
//! Promises: one file a protocol behind one trait, all of it pure. Absent: which statuses mean what (`retries`), for all of them in
//! one table.

use serde_json::Value as Tree;

use crate::host::clock::Timestamp;
use crate::manifest::forms::ProtocolName;
use crate::payload::answer::{Answer, Reading};
use crate::payload::deletion::Order;
use crate::payload::digest::Digest;
use crate::payload::lost::Lost;
use crate::payload::retries;
use crate::payload::said::Said;

/// What one event says, ready to stand in a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// What it shares with its neighbours and a body says once; empty where the protocol has no such thing.
    pub shared: Vec<u8>,
    /// The document itself.
    pub bytes: Vec<u8>,
    /// It stands in a body of its own.
    pub alone: bool,
}

impl Document {
    /// A document that shares nothing.
    #[must_use]
    pub const fn of(bytes: Vec<u8>) -> Self {
        Self { shared: Vec::new(), bytes, alone: false }
    }
}

/// Bounds of one body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// Most documents.
    pub documents: usize,
    /// Most bytes before any compression; a single document may be larger, it cannot be split.
    pub bytes: usize,
}

/// What is known of a body when its request is made.
#[derive(Debug, Clone, Copy)]
pub struct Made<'a> {
    /// The body's digest, as on the wire.
    pub digest: &'a Digest,
    /// When the youngest of its events was recorded; the epoch for a body without any.
    pub newest: Timestamp,
}

/// A protocol: documents in, bodies out; an answer in, what it means for each of them out.
pub trait Protocol {
    /// Its name: the row of the retry table.
    fn name(&self) -> ProtocolName;
    /// Bounds of one body.
    fn limits(&self) -> BodyLimits;
    /// The document of one event.
    fn document(&self, said: Said<'_>) -> Document;
    /// Bytes that a body has beside the bytes of its documents, for so many of them; what they share is counted by [`Self::body`]'s caller.
    fn overhead(&self, documents: usize) -> usize;
    /// The body of these documents, in their order.
    fn body(&self, documents: &[Document]) -> Vec<u8>;
    /// The media type of the body.
    fn content_type(&self) -> &'static str;

    /// Headers beside those that all requests have; names in lower case.
    fn headers(&self, _made: Made<'_>) -> Vec<(String, String)> {
        Vec::new()
    }

    /// What an answer means; `events` are the ids of what was in the body, in its order.
    fn read(&self, answer: &Answer<'_>, _events: &[&str]) -> Reading {
        Reading::of(retries::meaning(self.name(), answer.status))
    }

    /// The body as a person reads it, with all that is coded within it opened; `None` where it is not what this protocol makes.
    fn opened(&self, body: &[u8]) -> Option<Tree> {
        serde_json::from_slice(body).ok()
    }

    /// A further document of a body whose youngest event was recorded at `newest`: what was lost; `None` where the receiver is not
    /// told.
    fn report(&self, _lost: &Lost, _newest: Timestamp) -> Option<Document> {
        None
    }

    /// The body of a deletion order as an event of this protocol; `None` where a receiver of it could not tell it from others.
    fn order(&self, _order: &Order) -> Option<Vec<u8>> {
        None
    }
}
