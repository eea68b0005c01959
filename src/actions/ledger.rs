//! The ledger: which ids went out, where and when, so that a deletion request can name them, old ones too.
//!
//! `~/.TOOL/telemetry/ledger.json`, version 1: one JSON object, two spaces of indentation, no newline at its end. A row for each id
//! and address: `kind` is `user`, `project` or `provided`; `address` a URL, or `file:` and a path; the times are milliseconds since
//! 1970, the last one to the day. No payloads.
//!
//! ```json
//! {
//!   "version": 1,
//!   "sent": [
//!     {
//!       "kind": "user",
//!       "id": "468d5a8ff8f0414a9dc8bdc308618363",
//!       "address": "https://acme.example/v1",
//!       "first_ms": 1795237731320,
//!       "last_ms": 1795237731320
//!     }
//!   ]
//! }
//! ```
//!
//! One that cannot be read, or is of another version, is never written over: nothing is sent, and the flush names it.
//!
//! Promises: an id is in it before the first payload that carries it leaves. Absent: counting events.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::host::clock::{DAY_MS, Timestamp};
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::manifest::template::Reference;
use crate::manifest::tool::IdKind;
use crate::payload::event::Who;

/// Largest ledger, bytes.
const LIMIT: usize = 4 * 1024 * 1024;

/// An id that went to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// `user`, `project` or `provided`.
    pub kind: String,
    /// The id.
    pub id: String,
    /// Where it went.
    pub address: String,
    /// When first.
    pub first_ms: i64,
    /// When last, to the day.
    pub last_ms: i64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Stored {
    version: u32,
    sent: Vec<Sent>,
}

/// A ledger in memory.
#[derive(Debug, Default)]
pub struct Ledger {
    sent: Vec<Sent>,
}

impl Ledger {
    /// Reads the ledger; an empty one where there is none.
    ///
    /// # Errors
    /// It is there and cannot be read: what it holds must not be overwritten.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let Some(bytes) = files::read(path, LIMIT)? else { return Ok(Self::default()) };
        let unreadable = || FileError::system(path, std::io::Error::other("it is no ledger of version 1"));
        let stored: Stored = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
        if stored.version == 1 { Ok(Self { sent: stored.sent }) } else { Err(unreadable()) }
    }

    /// What went out.
    #[must_use]
    pub fn sent(&self) -> &[Sent] {
        &self.sent
    }

    /// Notes that those of these ids that are said there go to `address`; `true` when that is news for the file: a new id, or a new day.
    pub fn note(&mut self, who: &Who, address: &str, says: impl Fn(Reference<'_>) -> bool, now: Timestamp) -> bool {
        let ids = [
            (IdKind::User, Reference::UserId, who.user.as_ref().map(crate::identity::ids::Id::as_str)),
            (IdKind::Project, Reference::ProjectId, who.project.as_ref().map(crate::identity::ids::Id::as_str)),
            (
                IdKind::Provided,
                Reference::ProvidedId,
                who.provided.as_ref().map(crate::identity::ids::ProvidedId::as_str),
            ),
        ];
        let mut news = false;
        // An id that no event says there is not asked to be deleted there: that would be the first to name it.
        let said = ids.into_iter().filter(|(_, reference, _)| says(*reference));
        for (kind, id) in said.filter_map(|(kind, _, id)| Some((kind.as_str(), id?))) {
            match self.sent.iter_mut().find(|sent| sent.kind == kind && sent.id == id && sent.address == address) {
                Some(sent) => {
                    news |= day(sent.last_ms) != day(now.ms());
                    sent.last_ms = now.ms();
                }
                None => {
                    news = true;
                    let (kind, id, address) = (kind.to_owned(), id.to_owned(), address.to_owned());
                    self.sent.push(Sent { kind, id, address, first_ms: now.ms(), last_ms: now.ms() });
                }
            }
        }
        news
    }

    /// Writes the ledger durably.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), FileError> {
        let stored = Stored { version: 1, sent: self.sent.clone() };
        writes::write_durable(path, &serde_json::to_vec_pretty(&stored).unwrap_or_default(), PRIVATE_FILE)
    }
}

/// The day that a moment lies in.
fn day(ms: i64) -> i64 {
    ms.div_euclid(DAY_MS)
}
