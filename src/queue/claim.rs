//! Claim: segments become batches, which belong to the one flusher until every destination has settled them.
//!
//! A segment is claimed by renaming it into a folder of its own, the active one under its lock. A settled batch is renamed
//! to `done-…` before it is removed, so that a kill half-way brings nothing back.
//!
//! Promises: an event is in exactly one place at any time; what a kill left behind is found and finished; what is not ours is left
//! alone. Absent: what happens to a batch (`seal`, `settle`).

use std::path::Path;
use std::time::Duration;

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::host::locks;
use crate::host::writes;
use crate::queue::segment::{self, Kept, Lane, kept, tag};

/// Claims every segment, finishes what a kill left behind, and gives all batches, oldest first; whoever appends is waited for no
/// longer than `patience`. Only for who holds the flush lock.
///
/// # Errors
/// The queue cannot be read or written.
pub fn claim(queue: &Path, now: Timestamp, patience: Duration) -> Result<Vec<Kept>, FileError> {
    for path in segment::done(queue)? {
        writes::remove_folder(&path)?;
    }
    claim_active(queue, now, patience)?;
    let mut batches = Vec::new();
    for one in kept(queue)? {
        if !one.claimed {
            batches.extend(into_batch(queue, &one.path, one.since, one.count)?);
        } else if files::exists(&one.events())? {
            batches.push(one);
        } else {
            // Killed between making the folder and moving the segment in: it is empty. What is not empty is not ours.
            writes::remove_empty_folder(&one.path).ok();
        }
    }
    Ok(batches)
}

fn claim_active(queue: &Path, now: Timestamp, patience: Duration) -> Result<(), FileError> {
    let path = queue.join(Lane::Waiting.file());
    let Some(file) = writes::open_there(&path)? else { return Ok(()) };
    // Somebody who appends and was stopped keeps the lock: the segment waits for the next flush.
    if !locks::lock_open(&file, &path, patience)? || !files::is_current(&file, &path)? {
        return Ok(());
    }
    let count = segment::count(&path)?;
    if count > 0 {
        writes::rename(&path, &queue.join(Kept::segment_name(now, count)))?;
    }
    Ok(())
}

/// `None` when whoever records dropped the segment meanwhile, as the queue was full: it counted it.
fn into_batch(queue: &Path, segment: &Path, since: Timestamp, count: u64) -> Result<Option<Kept>, FileError> {
    let batch = Kept { path: queue.join(format!("batch-{}", tag(since, count))), since, count, claimed: true };
    writes::private_folder(&batch.path)?;
    if writes::rename_if_there(segment, &batch.events())? {
        return Ok(Some(batch));
    }
    writes::remove_empty_folder(&batch.path)?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_that_was_dropped_meanwhile_is_no_batch_and_counts_once() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let queue = root.path();
        let (now, segment) = (Timestamp::from_ms(7), queue.join(Kept::segment_name(Timestamp::from_ms(7), 3)));
        std::fs::write(&segment, "").expect("a segment");
        let listed = kept(queue).expect("listed");
        let [one] = listed.as_slice() else { panic!("{listed:?}") };
        assert!(one.take_away().expect("dropped") && !one.take_away().expect("gone"), "of two who drop it one counts");
        assert_eq!(into_batch(queue, &segment, now, 3).expect("no error"), None);
        assert_eq!(files::list(queue).expect("listed"), [""; 0], "nothing is left behind");
    }

    #[test]
    fn what_is_not_of_the_kind_that_its_name_says_is_passed_over_and_named() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let queue = root.path();
        let tag = "0000000000007-3-0a1b2c3d";
        let done = format!("done-{}", "0".repeat(32));
        std::fs::create_dir(queue.join(format!("segment-{tag}.jsonl"))).expect("a folder");
        for name in [&format!("batch-{tag}"), &done, "done-x", "batch-x", "notes.txt"] {
            std::fs::write(queue.join(name), "x").expect("a file");
        }
        assert_eq!(claim(queue, Timestamp::from_ms(9), Duration::ZERO).expect("claimed"), []);
        let named = segment::misfits(queue).expect("listed");
        assert_eq!(
            named,
            [format!("batch-{tag}"), done, format!("segment-{tag}.jsonl")].map(|name| queue.join(name)),
            "what bears no name of ours is not even named"
        );
        assert_eq!(files::list(queue).expect("listed").len(), 6, "all is left as it is");
    }
}
