//! What is asked, and what each source answers.
//!
//! Promises: plain values. Absent: the rules (`decide`).

use std::path::PathBuf;

use crate::consent::reason::{Reason, Source};
use crate::host::clock::Timestamp;
use crate::identity::names::FieldName;
use crate::manifest::destinations::Destination;
use crate::manifest::events::Event;
use crate::manifest::tool::{Fact, IdKind, Manifest};

/// What is asked: may this tool record, may this event be recorded, may it go to this destination.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The tool.
    pub manifest: &'a Manifest,
    /// The event, if it is about one.
    pub event: Option<&'a Event>,
    /// The destination, if it is about sending.
    pub destination: Option<&'a Destination>,
    /// When it was recorded, if it was.
    pub recorded: Option<Timestamp>,
}

/// The answer of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Who was asked.
    pub source: Source,
    /// What it says.
    pub says: Says,
    /// Where it says so.
    pub place: Option<Place>,
}

/// What a source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// No, because.
    No(Reason),
    /// Nothing.
    NoOpinion,
    /// Yes.
    Yes,
}

/// Where a source says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file, on this line where known.
    File(PathBuf, Option<u32>),
    /// In a variable.
    Variable(String),
}

/// What is left out although the rest may go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withheld {
    /// Fields of the event.
    pub fields: Vec<FieldName>,
    /// Facts.
    pub facts: Vec<Fact>,
    /// Ids.
    pub ids: Vec<IdKind>,
}

impl Withheld {
    /// Whether nothing is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.facts.is_empty() && self.ids.is_empty()
    }

    /// Everything, in words.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let fields = self.fields.iter().map(|field| format!("field {field}"));
        let facts = self.facts.iter().map(|fact| format!("fact {}", fact.as_str()));
        fields.chain(facts).chain(self.ids.iter().map(|id| format!("id {}", id.as_str()))).collect()
    }
}
