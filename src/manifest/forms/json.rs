//! Options of protocol `json`: how many documents a body has, and what a document is.
//!
//! Promises: a document is a mapping or a list, not too deep. Absent: where its references lead (`parse/documents.rs`).

use crate::manifest::forms::wrap::Batch;
use crate::manifest::problem::Problems;
use crate::manifest::template::Template;
use crate::manifest::written::destination::WrittenDestination;

/// Options of the protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonForm {
    /// How many documents a body has.
    pub batch: Batch,
    /// The document of one event; `None` is the usual one.
    pub document: Option<Template>,
}

impl JsonForm {
    /// Reads them.
    pub(crate) fn read(problems: &mut Problems, written: &WrittenDestination) -> Option<Self> {
        let batch = written.batch.as_deref().unwrap_or("array");
        let words = [("single", Batch::Single), ("array", Batch::Array), ("lines", Batch::Lines)];
        let batch = problems.choice("batch", batch, &words);
        if let Some(document) = &written.document {
            if !matches!(document, Template::Map(_) | Template::List(_)) {
                problems.say_at("document", "a document is a mapping or a list");
            }
            if document.too_deep() {
                problems.say_at("document", "it is nested too deeply");
            }
        }
        Some(Self { batch: batch?, document: written.document.clone() })
    }

    /// They as texts, to be told from any others.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let document = self.document.as_ref().and_then(|document| serde_json::to_string(document).ok());
        std::iter::once(self.batch.as_str().to_owned()).chain(document).collect()
    }
}
