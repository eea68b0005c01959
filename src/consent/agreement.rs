//! What a person was told and agreed to, as `~/.TOOL/telemetry/agreement.json` keeps it.
//!
//! Version 1: one JSON object, two spaces of indentation, a newline at its end. `how`: `enable`, `variable`, `notice` or `log`;
//! `since_ms`: milliseconds since 1970, before which nothing is ever sent; `declaration`: what was shown ([`Declaration`]), names
//! in order: `EVENT/` and `EVENT/FIELD`, `fact:FACT`, `id:KIND`, each with its kind; purposes; destinations with their addresses.
//!
//! ```json
//! {
//!   "version": 1,
//!   "how": "enable",
//!   "since_ms": 1795237731246,
//!   "declaration": {
//!     "fields": {
//!       "id:user": "id",
//!       "run/": "event",
//!       "run/n": "integer"
//!     },
//!     "purposes": [
//!       "product-improvement"
//!     ],
//!     "destinations": {
//!       "main": "https://acme.example/v1"
//!     }
//!   }
//! }
//! ```
//!
//! A key that is not known, another version, or a byte less is no agreement: it is told, it is left as it is, and it means no
//! until `enable`.
//!
//! Promises: a file that is cut, changed in form or newer than ours is not an agreement. Absent: reading and writing it.

use serde::{Deserialize, Serialize};

use crate::host::clock::Timestamp;
use crate::manifest::declaration::Declaration;

/// The version of the stored form.
pub const VERSION: u32 = 1;
/// Largest file, bytes.
pub const LIMIT: usize = 512 * 1024;

/// How it came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// `telemetry enable TOOL`: a yes.
    Enable,
    /// A variable with a value declared as on, when its first event was recorded: a yes as long as it stands.
    Variable,
    /// The notice was shown at a terminal: no yes, but nobody can say that nobody was told.
    Notice,
    /// The notice was printed to a server's log.
    Log,
}

impl How {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Variable => "variable",
            Self::Notice => "notice",
            Self::Log => "log",
        }
    }
}

/// An agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// How it came to be.
    pub how: How,
    /// Since when: nothing recorded before is ever sent.
    pub since: Timestamp,
    /// What was shown.
    pub declaration: Declaration,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    how: How,
    since_ms: i64,
    declaration: Declaration,
}

#[derive(Deserialize)]
struct OnlyVersion {
    version: u32,
}

/// The agreement of one tool as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nobody was told yet.
    Absent,
    /// This was agreed to.
    Given(Agreement),
    /// The file is there and cannot be read.
    Unreadable(String),
}

impl Agreement {
    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let stored = Stored {
            version: VERSION,
            how: self.how,
            since_ms: self.since.ms(),
            declaration: self.declaration.clone(),
        };
        let mut bytes = serde_json::to_vec_pretty(&stored).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// The version of a stored form that a newer program wrote: it says more than this one knows, and is not written over.
    #[must_use]
    pub fn newer(bytes: &[u8]) -> Option<u32> {
        let only = serde_json::from_slice::<OnlyVersion>(bytes).ok();
        only.map(|only| only.version).filter(|version| *version > VERSION)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// In words, why it is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        if let Some(version) = Self::newer(bytes) {
            return Err(format!("of version {version}, and this program knows version {VERSION}"));
        }
        let stored: Stored =
            serde_json::from_slice(bytes).map_err(|error| format!("line {}: not an agreement", error.line()))?;
        if stored.version != VERSION {
            return Err(format!("of version {}, and this program knows version {VERSION}", stored.version));
        }
        Ok(Self { how: stored.how, since: Timestamp::from_ms(stored.since_ms), declaration: stored.declaration })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agreement_reads_back_and_a_cut_one_is_none() {
        let mut declaration = Declaration::default();
        declaration.purposes.insert("product-improvement".to_owned());
        let agreement = Agreement { how: How::Enable, since: Timestamp::from_ms(5), declaration };
        let bytes = agreement.to_bytes();
        assert_eq!(Agreement::from_bytes(&bytes), Ok(agreement));
        for length in 0..bytes.len() - 1 {
            assert!(Agreement::from_bytes(&bytes[..length]).is_err(), "cut to {length}");
        }
        let newer = String::from_utf8(bytes).expect("text").replace("\"version\": 1", "\"version\": 2");
        assert!(Agreement::from_bytes(newer.as_bytes()).expect_err("newer").contains("version 2"));
    }
}
