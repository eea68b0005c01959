//! Started: events that started and have not completed, as a kill leaves them, and as work that is under way does.
//!
//! Promises: work under way by `telemetry run` is told from work that ended without a word, as its process holds the file for as long as
//! it lives; of work that another program started, nobody knows. What a kill cut short counts as the queue has it (`queue/open`). Absent: letting go of what is too old (`flush`).

use crate::actions::context::Tool;
use crate::host::clock::Timestamp;
use crate::host::files::FileError;
use crate::host::locks;
use crate::identity::ids::Id;
use crate::payload::event::Phase;
use crate::queue::entry::Entry;
use crate::queue::open::{self, Open};

/// An event that started, and has not completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Its name.
    pub event: String,
    /// The id of the pair.
    pub pair: Id,
    /// When it started.
    pub at: Timestamp,
    /// Whether the process that started it still runs, as far as that is known.
    pub runs: bool,
}

/// All of them, the oldest first. What is no event of ours is passed over.
///
/// # Errors
/// They cannot be listed.
pub fn started(tool: &Tool) -> Result<Vec<Started>, FileError> {
    let mut all = Vec::new();
    for Open { path, entry: Entry { event, .. } } in open::all(&tool.places.queue(), &tool.places.pairs())? {
        if let Some((Phase::Started, pair)) = event.pair {
            all.push(Started { event: event.name, pair, at: event.time, runs: locks::is_held(&path) });
        }
    }
    all.sort_by(|one, other| (one.at, &one.event).cmp(&(other.at, &other.event)));
    Ok(all)
}
