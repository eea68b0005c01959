//! Up to where a destination was told of losses, kept in `~/.TOOL/telemetry/told/DESTINATION.json`; for one that asks to be told.
//!
//! Version 1: one JSON object without spaces and without a newline at its end. `at_ms`: when it was last written, milliseconds since
//! 1970; `refused`: how many events this destination refused, but for those it had no time for (429); `told`: the counts that it was
//! told up to, in the form of `losses.json` ([`crate::queue::drop`]) with what this destination refused as `refused`, and `since_ms`, when
//! the losses began to be counted (left out where none were).
//!
//! ```json
//! {"version":1,"at_ms":1795237731999,"refused":3,"told":{"since_ms":1795237731000,"counts":{"count":2,"age":3,"refused":1}}}
//! ```
//!
//! One that is none is begun anew, as the first one is: with all counts as they stand, so that nothing is told twice. Under one of
//! another version nothing is told, and it is left as it is.
//!
//! Promises: what a destination took is kept before its payload counts as settled. Absent: what is due (`actions/losses.rs`).

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::queue::told::Told;

/// The version of the stored form.
const VERSION: u32 = 1;
/// Largest file, bytes.
const LIMIT: usize = 4096;

/// What is kept of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// When it was last written.
    pub at: Timestamp,
    /// How many events the destination refused.
    pub refused: u64,
    /// What it was told.
    pub told: Told,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing that can be read.
    Nothing,
    /// What is kept.
    Known(Known),
    /// A file of another version, or one that cannot be looked at.
    Foreign,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    at_ms: i64,
    refused: u64,
    told: Told,
}

#[derive(Deserialize)]
struct OnlyVersion {
    version: u32,
}

/// What is kept at `path`.
#[must_use]
pub fn read(path: &Path) -> Found {
    let bytes = match files::read(path, LIMIT) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Found::Nothing,
        Err(_) => return Found::Foreign,
    };
    if serde_json::from_slice::<OnlyVersion>(&bytes).is_ok_and(|only| only.version != VERSION) {
        return Found::Foreign;
    }
    let known =
        |stored: Stored| Known { at: Timestamp::from_ms(stored.at_ms), refused: stored.refused, told: stored.told };
    serde_json::from_slice::<Stored>(&bytes).map_or(Found::Nothing, |stored| Found::Known(known(stored)))
}

/// Keeps it.
///
/// # Errors
/// It cannot be written.
pub fn keep(path: &Path, known: &Known) -> Result<(), FileError> {
    if let Some(folder) = path.parent() {
        writes::private_folder(folder)?;
    }
    let stored = Stored { version: VERSION, at_ms: known.at.ms(), refused: known.refused, told: known.told.clone() };
    writes::write_whole(path, &serde_json::to_vec(&stored).unwrap_or_default(), PRIVATE_FILE)
}
