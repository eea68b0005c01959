//! What every protocol has to say: a document of each event, and a body of many documents.
//!
//! Promises: one file a protocol behind one trait, all of it pure. Absent: answers (`destination/answers.rs`).

use crate::consent::answer::Withheld;
use crate::identity::names::ToolName;
use crate::payload::event::{Event, Who};

/// What one document is made from.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// The tool.
    pub tool: &'a ToolName,
    /// The event.
    pub event: &'a Event,
    /// Who it is about.
    pub who: &'a Who,
    /// What is left out.
    pub withheld: &'a Withheld,
}

/// Bounds of one body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// Most documents.
    pub documents: usize,
    /// Most bytes; a single document may be larger, it cannot be split.
    pub bytes: usize,
}

/// A protocol: documents in, bodies out.
pub trait Protocol {
    /// Bounds of one body.
    fn limits(&self) -> BodyLimits;
    /// The document of one event.
    fn document(&self, said: Said<'_>) -> Vec<u8>;
    /// Bytes that a body has beside its documents, for so many of them.
    fn overhead(&self, documents: usize) -> usize;
    /// The body of these documents.
    fn body(&self, documents: &[Vec<u8>]) -> Vec<u8>;
    /// The media type of the body.
    fn content_type(&self) -> &'static str;
}
