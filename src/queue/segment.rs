//! Segments and batches by their names, and how many events each holds.
//!
//! Promises: counting does not read a segment, only its end, unless a kill cut that short; names that are not ours are passed
//! over, and what bears a name of ours without being of its kind is left untouched and named. Absent: moving anything but out of
//! the queue for good.

use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError, Kind};
use crate::host::{locks, random, writes};
use crate::queue::limits::LONGEST_LINE;
use crate::queue::pairs;

/// How much of a segment's end is read to find its last line: more than almost every line has.
const TAIL: usize = 2048;
/// No event's line is shorter, bytes: its id alone has 36, its keys some 80.
const SHORTEST_LINE: u64 = 100;

/// Where an event goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// To be sent.
    Waiting,
    /// To be shown and never sent.
    Local,
}

impl Lane {
    /// The file that is appended to.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Waiting => "active.jsonl",
            Self::Local => "local.jsonl",
        }
    }
}

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
    /// The name of its file or folder: no other has it.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().map(|name| name.display().to_string()).unwrap_or_default()
    }

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

    /// Takes it out of the queue for good; `false` when it is in a flusher's hands, or somebody else took it.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn take_away(&self) -> Result<bool, FileError> {
        if !self.claimed {
            self.settle_pairs()?;
            return writes::remove_if_there(&self.path);
        }
        let flush_lock = self.path.parent().and_then(Path::parent).map(|telemetry| telemetry.join("flush.lock"));
        let Some(lock) = flush_lock else { return Ok(false) };
        match locks::lock(&lock, Duration::ZERO)? {
            Some(_held) => self.finish(),
            None => Ok(false),
        }
    }

    /// Removes a batch: out of sight first, then from the disk; `false` when it was gone already. Only for who holds the flush lock.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn finish(&self) -> Result<bool, FileError> {
        self.settle_pairs()?;
        let done = self.path.with_file_name(format!("{DONE}{}", random::hex32()));
        let there = writes::rename_if_there(&self.path, &done)?;
        writes::remove_folder(&done)?;
        Ok(there)
    }

    /// What its events say of pairs that are half-way is not lost with them.
    fn settle_pairs(&self) -> Result<(), FileError> {
        self.path.parent().map_or(Ok(()), |queue| settle_pairs(queue, &self.events()))
    }
}

/// Makes true of the pairs what this file of events says of them, before it leaves the queue.
///
/// # Errors
/// It cannot be read, or a pair not be changed.
pub fn settle_pairs(queue: &Path, events: &Path) -> Result<(), FileError> {
    queue.parent().map_or(Ok(()), |telemetry| pairs::settle(&telemetry.join("pairs"), events))
}

/// Gives every file of events to `each`, in the order in which events move: what moves meanwhile may be given twice, never not at all.
///
/// # Errors
/// The queue cannot be listed, or `each` fails.
pub fn each_file(queue: &Path, each: &mut dyn FnMut(&Path) -> Result<(), FileError>) -> Result<(), FileError> {
    each(&queue.join(Lane::Waiting.file()))?;
    for claimed in [false, true] {
        for one in kept(queue)?.iter().filter(|one| one.claimed == claimed) {
            each(&one.events())?;
        }
    }
    local(queue)?.iter().try_for_each(|path| each(path))
}

/// What a batch is called from when it is settled until it is gone, with 32 hex digits.
const DONE: &str = "done-";

fn is_done(name: &str) -> bool {
    name.strip_prefix(DONE).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What the name of a segment or a batch is told apart by: when, how many, and chance.
#[must_use]
pub fn tag(now: Timestamp, count: u64) -> String {
    let random: String = random::hex32().chars().take(8).collect();
    format!("{:013}-{count}-{random}", now.ms().max(0))
}

/// Segments and batches, oldest first.
///
/// # Errors
/// The queue cannot be listed.
pub fn kept(queue: &Path) -> Result<Vec<Kept>, FileError> {
    Ok(sorted(queue, &files::list_kinds(queue)?))
}

fn sorted(queue: &Path, listed: &[(String, Kind)]) -> Vec<Kept> {
    let ours = |(name, kind): &(String, Kind)| Kept::parse(queue, name).filter(|kept| kind_of(kept.claimed) == *kind);
    let mut kept: Vec<Kept> = listed.iter().filter_map(ours).collect();
    kept.sort_by(|a, b| (a.since, &a.path).cmp(&(b.since, &b.path)));
    kept
}

const fn kind_of(claimed: bool) -> Kind {
    if claimed { Kind::Folder } else { Kind::File }
}

/// Settled batches that a kill kept from being removed.
///
/// # Errors
/// The queue cannot be listed.
pub fn done(queue: &Path) -> Result<Vec<PathBuf>, FileError> {
    let listed = files::list_kinds(queue)?.into_iter();
    Ok(listed.filter(|(name, kind)| is_done(name) && *kind == Kind::Folder).map(|(name, _)| queue.join(name)).collect())
}

/// What bears a name of ours and is not of its kind, such as a folder in a segment's place: nobody touches it.
///
/// # Errors
/// The queue cannot be listed.
pub fn misfits(queue: &Path) -> Result<Vec<PathBuf>, FileError> {
    let wrong = |(name, kind): &(String, Kind)| {
        let wanted = Kept::parse(queue, name).map(|kept| kind_of(kept.claimed));
        wanted.or(is_done(name).then_some(Kind::Folder)).is_some_and(|wanted| wanted != *kind)
    };
    let listed = files::list_kinds(queue)?.into_iter();
    Ok(listed.filter(|entry| wrong(entry)).map(|(name, _)| queue.join(name)).collect())
}

/// How many events wait in all.
///
/// # Errors
/// The queue cannot be read.
pub fn waiting(queue: &Path) -> Result<u64, FileError> {
    waiting_by(queue, |batch| batch.count)
}

/// How many events wait, where `left` says how many of a batch still do.
///
/// # Errors
/// The queue cannot be read.
pub fn waiting_by(queue: &Path, left: impl Fn(&Kept) -> u64) -> Result<u64, FileError> {
    let listed = files::list_kinds(queue)?;
    let mut sum = 0_u64;
    if listed.iter().any(|(name, _)| name == Lane::Waiting.file()) {
        sum = count(&queue.join(Lane::Waiting.file()))?;
    }
    for one in sorted(queue, &listed) {
        sum = sum.saturating_add(if one.claimed { left(&one) } else { one.count });
    }
    Ok(sum)
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

/// The end of a segment.
#[derive(Debug, Clone, Copy)]
pub struct Tail {
    /// Bytes.
    pub size: u64,
    /// Events.
    pub count: u64,
    /// Whether the last line was cut short.
    pub torn: bool,
}

/// Looks at the end of a segment.
///
/// # Errors
/// It cannot be read.
pub fn tail(file: &File, path: &Path) -> Result<Tail, FileError> {
    let size = file.metadata().map_err(|error| FileError::system(path, error))?.size();
    tail_of(file, path, size)
}

/// The same of a segment of this size.
///
/// # Errors
/// It cannot be read.
pub fn tail_of(file: &File, path: &Path, size: u64) -> Result<Tail, FileError> {
    let fail = |error| FileError::system(path, error);
    if size == 0 {
        return Ok(Tail { size, count: 0, torn: false });
    }
    let mut buffer = [0_u8; TAIL];
    let start = size.saturating_sub(u64::try_from(TAIL).unwrap_or(u64::MAX));
    let length = usize::try_from(size.saturating_sub(start)).unwrap_or(TAIL);
    let window = buffer.get_mut(..length).unwrap_or_default();
    file.read_exact_at(window, start).map_err(fail)?;
    if let Some(body) = window.strip_suffix(b"\n") {
        let line_start = body.iter().rposition(|byte| *byte == b'\n').map(|at| at.saturating_add(1));
        let line = match line_start {
            Some(at) => body.get(at..),
            None if start == 0 => Some(body),
            None => None,
        };
        // A number that so few bytes cannot hold is damage: believed, it would make the whole queue too full.
        if let Some(count) = line.and_then(number).filter(|count| *count <= size / SHORTEST_LINE) {
            return Ok(Tail { size, count, torn: false });
        }
    }
    let torn = window.last() != Some(&b'\n');
    let count = count_lines(file, path)?.saturating_add(u64::from(torn));
    Ok(Tail { size, count, torn })
}

/// The `n` that a line begins with.
fn number(line: &[u8]) -> Option<u64> {
    let digits = line.strip_prefix(b"{\"n\":")?;
    let end = digits.iter().position(|byte| *byte == b',')?;
    std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
}

/// How many lines a segment has, for when its last line does not say.
fn count_lines(file: &File, path: &Path) -> Result<u64, FileError> {
    let mut buffer = vec![0_u8; LONGEST_LINE];
    let (mut at, mut count) = (0_u64, 0_u64);
    loop {
        let read = file.read_at(&mut buffer, at).map_err(|error| FileError::system(path, error))?;
        if read == 0 {
            return Ok(count);
        }
        let lines = buffer.iter().take(read).filter(|byte| **byte == b'\n').count();
        count = count.saturating_add(u64::try_from(lines).unwrap_or(0));
        at = at.saturating_add(u64::try_from(read).unwrap_or(0));
    }
}

/// How many events a segment that is being appended to holds.
///
/// # Errors
/// It cannot be read.
pub fn count(path: &Path) -> Result<u64, FileError> {
    match files::open_read(path)? {
        Some(file) => tail(&file, path).map(|tail| tail.count),
        None => Ok(0),
    }
}
