//! Drop: what is lost is counted by reason, in `~/.TOOL/telemetry/losses.json`.
//!
//! `{"version":1,"since_ms","counts":{REASON: NUMBER}}`, reasons from the closed list [`Loss`].
//!
//! Promises: every loss has a reason and is shown by `status`. Absent: what was lost.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::locks;
use crate::host::writes;

/// Largest file of counts, bytes.
const LIMIT: usize = 16 * 1024;
/// How long counting waits for another who counts.
const PATIENCE: Duration = Duration::from_millis(10);

/// Why an event was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// The queue held too many bytes.
    Bytes,
    /// The queue held too many events.
    Count,
    /// It waited for too long.
    Age,
    /// A line could not be read as an event.
    Torn,
    /// Somebody said no.
    No,
    /// It was recorded before the latest yes.
    BeforeYes,
    /// Its event or its destination is no longer declared.
    Undeclared,
    /// The destination refused it for good.
    Refused,
    /// `forget` dropped it.
    Forget,
}

impl Loss {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Bytes => "the queue was full (bytes)",
            Self::Count => "the queue was full (events)",
            Self::Age => "waited for too long",
            Self::Torn => "could not be read",
            Self::No => "somebody said no",
            Self::BeforeYes => "recorded before the latest yes",
            Self::Undeclared => "no longer declared",
            Self::Refused => "refused by the destination",
            Self::Forget => "forgotten",
        }
    }
}

/// Losses by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses {
    /// Since when they are counted.
    pub since: Option<Timestamp>,
    /// How many.
    pub counts: BTreeMap<Loss, u64>,
}

impl Losses {
    /// How many in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    since_ms: i64,
    counts: BTreeMap<Loss, u64>,
}

/// The losses counted so far; none where the file is missing or is no count.
#[must_use]
pub fn losses(path: &Path) -> Losses {
    let stored =
        files::read(path, LIMIT).ok().flatten().and_then(|bytes| serde_json::from_slice::<Stored>(&bytes).ok());
    match stored {
        Some(stored) if stored.version == 1 => {
            Losses { since: Some(Timestamp::from_ms(stored.since_ms)), counts: stored.counts }
        }
        Some(_) | None => Losses::default(),
    }
}

/// Counts `number` more losses. When somebody else counts for too long, these go uncounted rather than wait.
///
/// # Errors
/// The count cannot be written.
pub fn count(path: &Path, loss: Loss, number: u64, now: Timestamp) -> Result<(), FileError> {
    if number == 0 {
        return Ok(());
    }
    let Some(_held) = locks::lock(&path.with_extension("lock"), PATIENCE)? else { return Ok(()) };
    let mut losses = losses(path);
    let sum = losses.counts.entry(loss).or_insert(0);
    *sum = sum.saturating_add(number);
    let stored = Stored { version: 1, since_ms: losses.since.unwrap_or(now).ms(), counts: losses.counts };
    writes::write_whole(path, &serde_json::to_vec(&stored).unwrap_or_default(), PRIVATE_FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_add_up_and_survive_a_broken_file() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("losses.json");
        count(&path, Loss::Age, 3, Timestamp::from_ms(5)).expect("counted");
        count(&path, Loss::Age, 4, Timestamp::from_ms(9)).expect("counted");
        count(&path, Loss::No, 1, Timestamp::from_ms(9)).expect("counted");
        let found = losses(&path);
        assert_eq!((found.since, found.total()), (Some(Timestamp::from_ms(5)), 8));
        std::fs::write(&path, "{").expect("broken");
        assert_eq!(losses(&path), Losses::default());
    }
}
