//! Claim: segments become batches, which belong to the one flusher until every destination has settled them.
//!
//! A segment is claimed by renaming it into a folder of its own, the active one under its lock. A settled batch is renamed
//! to `done-…` before it is removed, so that a kill half-way brings nothing back.
//!
//! Promises: an event is in exactly one place at any time; what a kill left behind is found and finished; names that are not
//! ours are left alone. Absent: what happens to a batch (`seal`, `settle`).

use std::path::Path;
use std::time::Duration;

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::host::locks;
use crate::host::writes;
use crate::queue::segment::{self, Kept, Lane, kept, tag};

/// How long the flusher waits for a process that appends.
const CLAIM_PATIENCE: Duration = Duration::from_millis(200);

/// Claims every segment, finishes what a kill left behind, and gives all batches, oldest first. Only for who holds the flush lock.
///
/// # Errors
/// The queue cannot be read or written.
pub fn claim(queue: &Path, now: Timestamp) -> Result<Vec<Kept>, FileError> {
    for name in files::list(queue)?.iter().filter(|name| name.starts_with("done-")) {
        writes::remove_folder(&queue.join(name))?;
    }
    claim_active(queue, now)?;
    let mut batches = Vec::new();
    for one in kept(queue)? {
        if !one.claimed {
            batches.push(into_batch(queue, &one.path, one.since, one.count)?);
        } else if files::exists(&one.events())? {
            batches.push(one);
        } else {
            // Killed between making the folder and moving the segment in: it is empty.
            writes::remove_folder(&one.path)?;
        }
    }
    Ok(batches)
}

fn claim_active(queue: &Path, now: Timestamp) -> Result<(), FileError> {
    let path = queue.join(Lane::Waiting.file());
    let Some(file) = writes::open_there(&path)? else { return Ok(()) };
    // Somebody who appends and was stopped keeps the lock: the segment waits for the next flush.
    if !locks::lock_open(&file, &path, CLAIM_PATIENCE)? || !files::is_current(&file, &path)? {
        return Ok(());
    }
    let count = segment::count(&path)?;
    if count > 0 {
        writes::rename(&path, &queue.join(Kept::segment_name(now, count)))?;
    }
    Ok(())
}

fn into_batch(queue: &Path, segment: &Path, since: Timestamp, count: u64) -> Result<Kept, FileError> {
    let batch = Kept { path: queue.join(format!("batch-{}", tag(since, count))), since, count, claimed: true };
    writes::private_folder(&batch.path)?;
    writes::rename(segment, &batch.events())?;
    Ok(batch)
}
