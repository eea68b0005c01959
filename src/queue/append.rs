//! Append: an event is on disk, whole, before it is acknowledged.
//!
//! Lock the segment, check that it is still the current one, mend a torn tail with a newline, write the line in one call. A lock
//! that is held for longer than 10 ms is not waited for: the event goes into a segment of its own, written whole and renamed.
//!
//! Promises: an acknowledged event survives kill -9 (not a power cut: events are not synced); the cost does not grow with the
//! queue; what does not fit the bounds is dropped oldest first and counted. Absent: reading events.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::host::{locks, random};
use crate::manifest::tool::Limits;
use crate::queue::drop::{self, Loss};
use crate::queue::entry::Entry;
use crate::queue::limits::{APPEND_PATIENCE, SEGMENTS};
use crate::queue::segment::{self, Kept, Lane, Tail, tail_of};

/// How often a segment may be taken away between opening and locking before we give up on it.
const ATTEMPTS: u32 = 16;

/// Appends to one lane of one queue, keeping the segment open between events.
#[derive(Debug)]
pub struct Appender {
    queue: PathBuf,
    losses: PathBuf,
    lane: Lane,
    limits: Limits,
    open: Option<File>,
    /// The end of the open segment as our last append left it: as long as it has this size, nobody else appended.
    end: Option<Tail>,
}

impl Appender {
    /// For the queue in this folder; `losses` is where what is dropped is counted.
    #[must_use]
    pub const fn new(queue: PathBuf, losses: PathBuf, lane: Lane, limits: Limits) -> Self {
        Self { queue, losses, lane, limits, open: None, end: None }
    }

    /// The lane.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        self.lane
    }

    /// Appends one event.
    ///
    /// # Errors
    /// It is not stored: the disk is full, the folder cannot be written.
    pub fn append(&mut self, entry: &Entry, now: Timestamp) -> Result<(), FileError> {
        let rest = entry.to_rest();
        let path = self.queue.join(self.lane.file());
        for _ in 0..ATTEMPTS {
            let file = match self.open.take() {
                Some(file) => file,
                None => {
                    self.end = None;
                    self.open_segment(&path)?
                }
            };
            if !locks::lock_open(&file, &path, APPEND_PATIENCE)? {
                return self.own_segment(&rest, now);
            }
            let done = self.append_locked(&file, &path, &rest, now);
            file.unlock().map_err(|error| FileError::system(&path, error))?;
            match done? {
                Step::Stored => {
                    self.open = Some(file);
                    return Ok(());
                }
                Step::Again => {}
            }
        }
        self.own_segment(&rest, now)
    }

    fn open_segment(&self, path: &Path) -> Result<File, FileError> {
        writes::private_folder(&self.queue)?;
        writes::open_append(path)
    }

    fn append_locked(&mut self, file: &File, path: &Path, rest: &str, now: Timestamp) -> Result<Step, FileError> {
        let end = self.end.take();
        let Some(now_size) = files::current_size(file, path)? else { return Ok(Step::Again) };
        let tail = match end.filter(|end| end.size == now_size) {
            Some(end) => end,
            None => tail_of(file, path, now_size)?,
        };
        let count = tail.count.saturating_add(1);
        let line = format!("{}{{\"n\":{count},{rest}\n", if tail.torn { "\n" } else { "" });
        let size = u64::try_from(line.len()).unwrap_or(u64::MAX);
        let full = tail.size.saturating_add(size) > self.limits.bytes / SEGMENTS
            || tail.count >= self.limits.events.div_ceil(SEGMENTS);
        if tail.size > 0 && full {
            self.roll(path, tail.count, now)?;
            return Ok(Step::Again);
        }
        if let Err(error) = (&mut &*file).write_all(line.as_bytes()) {
            // A full disk may have taken half of it: give the half back, or the next append mends it.
            file.set_len(tail.size).ok();
            return Err(FileError::system(path, error));
        }
        self.end = Some(Tail { size: tail.size.saturating_add(size), count, torn: false });
        Ok(Step::Stored)
    }

    /// Puts a full segment aside and drops what is over the bounds.
    fn roll(&self, path: &Path, count: u64, now: Timestamp) -> Result<(), FileError> {
        match self.lane {
            Lane::Local => self.roll_local(path, now),
            Lane::Waiting => {
                writes::rename(path, &self.queue.join(Kept::segment_name(now, count)))?;
                self.bound(now)
            }
        }
    }

    /// One full segment beside the one that is begun is what is shown; what is older is dropped.
    fn roll_local(&self, path: &Path, now: Timestamp) -> Result<(), FileError> {
        for old in segment::local(&self.queue)?.iter().filter(|old| *old != path) {
            let (count, size) = (segment::count(old)?, files::size(old)?.unwrap_or(0));
            let loss = if size.saturating_mul(2) > self.limits.bytes / SEGMENTS { Loss::Bytes } else { Loss::Count };
            segment::settle_pairs(&self.queue, old)?;
            writes::remove(old)?;
            drop::count(&self.losses, loss, count, now)?;
        }
        writes::rename(path, &self.queue.join("local-old.jsonl"))
    }

    fn bound(&self, now: Timestamp) -> Result<(), FileError> {
        let kept = segment::kept(&self.queue)?;
        let (mut bytes, mut events) = (0_u64, 0_u64);
        for one in &kept {
            bytes = bytes.saturating_add(one.bytes()?);
            events = events.saturating_add(one.count);
        }
        let most_bytes = self.limits.bytes.saturating_sub(self.limits.bytes / SEGMENTS);
        let most_events = self.limits.events.saturating_sub(self.limits.events.div_ceil(SEGMENTS));
        for one in &kept {
            let loss = if one.since.plus_ms(self.limits.age_ms) < now {
                Loss::Age
            } else if bytes > most_bytes {
                Loss::Bytes
            } else if events > most_events {
                Loss::Count
            } else {
                continue;
            };
            let size = one.bytes()?;
            if one.take_away()? {
                bytes = bytes.saturating_sub(size);
                events = events.saturating_sub(one.count);
                drop::count(&self.losses, loss, one.count, now)?;
            }
        }
        Ok(())
    }

    /// A segment with one event, for when the lock is held: written whole, then renamed to where a flush finds it.
    fn own_segment(&self, rest: &str, now: Timestamp) -> Result<(), FileError> {
        let line = format!("{{\"n\":1,{rest}\n");
        let name = match self.lane {
            Lane::Waiting => Kept::segment_name(now, 1),
            Lane::Local => format!("local-{}.jsonl", random::hex32()),
        };
        writes::private_folder(&self.queue)?;
        writes::write_whole(&self.queue.join(name), line.as_bytes(), PRIVATE_FILE)
    }
}

enum Step {
    Stored,
    Again,
}
