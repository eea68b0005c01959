//! Options of protocol `segment`: the write key, one event or many in a body, the application's name.
//!
//! Promises: without a write key there is no such form. Absent: the other calls of the API (identify, group): they describe persons.

use crate::manifest::forms::key::PublicKey;
use crate::manifest::forms::wrap::Batch;
use crate::manifest::problem::Problems;
use crate::manifest::written::destination::WrittenDestination;

/// Longest name of an application, characters.
const LONGEST_NAME: usize = 200;

/// Options of the protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentForm {
    /// The write key.
    pub key: PublicKey,
    /// One event in a body, or many as an array.
    pub batch: Batch,
    /// The application's name at the receiver; without it the tool's.
    pub app: Option<String>,
}

impl SegmentForm {
    /// Reads them.
    pub(crate) fn read(problems: &mut Problems, written: &WrittenDestination) -> Option<Self> {
        let words = [("single", Batch::Single), ("array", Batch::Array)];
        let batch = problems.choice("batch", written.batch.as_deref().unwrap_or("array"), &words);
        let app = written.app.as_deref().map(|app| problems.text("app", app, LONGEST_NAME));
        let key = PublicKey::read(problems, written);
        Some(Self { key: key?, batch: batch?, app })
    }

    /// The path at which receivers listen.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        match self.batch {
            Batch::Single => "/v1/track",
            Batch::Array | Batch::Lines => "/v1/batch",
        }
    }

    /// They as texts, to be told from any others.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let app = self.app.iter().map(|app| format!("app {app}"));
        [self.batch.as_str().to_owned(), format!("key {}", self.key.as_str())].into_iter().chain(app).collect()
    }
}
