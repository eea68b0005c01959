//! Claim: segments become batches, which belong to the one flusher until every destination has settled them.
//!
//! A segment is claimed by renaming it into a folder of its own, the active one under its lock. A settled batch is renamed
//! to `done-…` before it is removed, so that a kill half-way brings nothing back.
//!
//! Promises: an event is in exactly one place at any time; what a kill left behind is found and finished; names that are not
//! ours are left alone. Absent: what happens to a batch (`seal`, `settle`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::host::{locks, random};
use crate::queue::append::{self, Lane};

/// How long the flusher waits for a process that appends.
const CLAIM_PATIENCE: Duration = Duration::from_millis(200);

/// A segment or a batch: when it began, how many events it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it is.
    pub path: PathBuf,
    /// When it was put aside.
    pub since: Timestamp,
    /// How many events it holds.
    pub count: u64,
    /// Whether it was claimed.
    pub claimed: bool,
}

impl Kept {
    /// The name of a segment that is put aside now.
    #[must_use]
    pub fn segment_name(now: Timestamp, count: u64) -> String {
        format!("segment-{}.jsonl", tag(now, count))
    }

    fn parse(queue: &Path, name: &str) -> Option<Self> {
        let (tag, claimed) = match (
            name.strip_prefix("segment-").and_then(|rest| rest.strip_suffix(".jsonl")),
            name.strip_prefix("batch-"),
        ) {
            (Some(tag), _) => (tag, false),
            (None, Some(tag)) => (tag, true),
            (None, None) => return None,
        };
        let mut parts = tag.splitn(3, '-');
        let since = Timestamp::from_ms(parts.next()?.parse().ok()?);
        let count = parts.next()?.parse().ok()?;
        parts.next()?;
        Some(Self { path: queue.join(name), since, count, claimed })
    }

    /// The file with its events.
    #[must_use]
    pub fn events(&self) -> PathBuf {
        if self.claimed { self.path.join("events.jsonl") } else { self.path.clone() }
    }

    /// The file in which a destination's progress through a batch is kept.
    #[must_use]
    pub fn progress(&self, destination: &str) -> PathBuf {
        self.path.join(format!("to-{destination}.jsonl"))
    }

    /// Bytes of its events.
    ///
    /// # Errors
    /// It cannot be asked for.
    pub fn bytes(&self) -> Result<u64, FileError> {
        Ok(files::size(&self.events())?.unwrap_or(0))
    }

    /// Takes it out of the queue for good; `false` when it is in a flusher's hands.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn take_away(&self) -> Result<bool, FileError> {
        if !self.claimed {
            return files::remove(&self.path).map(|()| true);
        }
        let flush_lock = self.path.parent().and_then(Path::parent).map(|telemetry| telemetry.join("flush.lock"));
        let Some(lock) = flush_lock else { return Ok(false) };
        match locks::lock(&lock, Duration::ZERO)? {
            Some(_held) => self.finish().map(|()| true),
            None => Ok(false),
        }
    }

    /// Removes a batch: out of sight first, then from the disk. Only for who holds the flush lock.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn finish(&self) -> Result<(), FileError> {
        let done = self.path.with_file_name(format!("done-{}", random::hex32()));
        files::rename(&self.path, &done)?;
        files::remove_folder(&done)
    }
}

fn tag(now: Timestamp, count: u64) -> String {
    let random: String = random::hex32().chars().take(8).collect();
    format!("{:013}-{count}-{random}", now.ms().max(0))
}

/// Segments and batches, oldest first.
///
/// # Errors
/// The queue cannot be listed.
pub fn kept(queue: &Path) -> Result<Vec<Kept>, FileError> {
    let mut kept: Vec<Kept> = files::list(queue)?.iter().filter_map(|name| Kept::parse(queue, name)).collect();
    kept.sort_by(|a, b| (a.since, &a.path).cmp(&(b.since, &b.path)));
    Ok(kept)
}

/// Claims every segment, finishes what a kill left behind, and gives all batches, oldest first. Only for who holds the flush lock.
///
/// # Errors
/// The queue cannot be read or written.
pub fn claim(queue: &Path, now: Timestamp) -> Result<Vec<Kept>, FileError> {
    for name in files::list(queue)?.iter().filter(|name| name.starts_with("done-")) {
        files::remove_folder(&queue.join(name))?;
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
            files::remove_folder(&one.path)?;
        }
    }
    Ok(batches)
}

fn claim_active(queue: &Path, now: Timestamp) -> Result<(), FileError> {
    let path = queue.join(Lane::Waiting.file());
    let Some(file) = files::open_read(&path)? else { return Ok(()) };
    // Somebody who appends and was stopped keeps the lock: the segment waits for the next flush.
    if !locks::lock_open(&file, &path, CLAIM_PATIENCE)? || !files::is_current(&file, &path)? {
        return Ok(());
    }
    let count = append::count(&path)?;
    if count > 0 {
        files::rename(&path, &queue.join(Kept::segment_name(now, count)))?;
    }
    Ok(())
}

fn into_batch(queue: &Path, segment: &Path, since: Timestamp, count: u64) -> Result<Kept, FileError> {
    let batch = Kept { path: queue.join(format!("batch-{}", tag(since, count))), since, count, claimed: true };
    files::private_folder(&batch.path)?;
    files::rename(segment, &batch.events())?;
    Ok(batch)
}

/// How many events wait in all.
///
/// # Errors
/// The queue cannot be read.
pub fn waiting(queue: &Path) -> Result<u64, FileError> {
    let active = append::count(&queue.join(Lane::Waiting.file()))?;
    Ok(kept(queue)?.iter().fold(active, |sum, one| sum.saturating_add(one.count)))
}

/// The files of events recorded while collection was local.
///
/// # Errors
/// The queue cannot be listed.
pub fn local(queue: &Path) -> Result<Vec<PathBuf>, FileError> {
    let names = files::list(queue)?;
    let ours = names.iter().filter(|name| name.starts_with("local") && name.ends_with(".jsonl"));
    Ok(ours.map(|name| queue.join(name)).collect())
}
