//! Retention: how long receipts stay, and what was let go of.
//!
//! `receipts/retention.json`, version 1, is the user's word (`telemetry log TOOL --keep 30d --keep-size 5MB`); without it receipts
//! stay for 90 days and up to 20 MB. A key that is left out leaves that bound as it is:
//!
//! ```json
//! {"version":1,"days":30,"bytes":5000000}
//! ```
//!
//! `receipts/removed.json`, version 1, counts what went: how many by age, how many by size, when the newest of them was written;
//! `file` and `bytes` name the last file that was shortened or removed, as it was before, so that a kill counts nothing twice:
//!
//! ```json
//! {"version":1,"age":12,"size":0,"newest_ms":1787461731321,"file":"receipts-1787461700000.jsonl","bytes":4096}
//! ```
//!
//! As long as `retention.json` cannot be read, or is of another version, nothing goes; `log` tells. A `removed.json` that cannot
//! be read is begun anew; one of another version is left as it is, and what goes is not counted.
//!
//! The order: whole receipts, oldest first, by age and then by size, in the files' order. The newest receipt stays, and so does
//! every receipt of what is not final yet: a payload that waits for an answer, a deletion order that is open. A file is shortened
//! by replacing it, so a receipt is there whole or not at all; where a receipt shares its body with one that goes, it gets the body.
//!
//! Absent: who calls this (`actions/kept.rs`).

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value as Tree;

use crate::destination::receipts::{LIMIT, Receipt, files_of};
use crate::host::clock::{DAY_MS, Timestamp};
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::payload::digest::Digest;
use crate::queue::limits::{RECEIPTS_BYTES, RECEIPTS_DAYS};

/// The version of both stored forms.
const VERSION: u32 = 1;
/// Largest of both files, bytes.
const SMALL: usize = 4096;

/// How long receipts stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

impl Retention {
    /// As the user said; `None` leaves a bound as it is without a word.
    #[must_use]
    pub const fn new(days: Option<u32>, bytes: Option<u64>) -> Self {
        Self { version: VERSION, days, bytes }
    }

    /// Days, where the user said so.
    #[must_use]
    pub const fn said_days(&self) -> Option<u32> {
        self.days
    }

    /// Bytes, where the user said so.
    #[must_use]
    pub const fn said_bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// Days.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.days.unwrap_or(RECEIPTS_DAYS)
    }

    /// Most bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.unwrap_or(RECEIPTS_BYTES)
    }

    /// What the user said, or nothing; the error says in words why that cannot be known.
    ///
    /// # Errors
    /// The file is there and cannot be read, or is of another version.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let Some(bytes) = files::read(path, SMALL)? else { return Ok(Self::new(None, None)) };
        let wrong = |why: String| FileError::system(path, std::io::Error::other(why));
        let read: Self = serde_json::from_slice(&bytes).map_err(|_| wrong("it is no retention".to_owned()))?;
        if read.version == VERSION {
            Ok(read)
        } else {
            Err(wrong(format!("of version {}, and this program knows version {VERSION}", read.version)))
        }
    }

    /// Keeps what the user said.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), FileError> {
        if let Some(folder) = path.parent() {
            writes::private_folder(folder)?;
        }
        writes::write_durable(path, &serde_json::to_vec(self).unwrap_or_default(), PRIVATE_FILE)
    }

    fn cutoff(&self, now: Timestamp) -> Timestamp {
        now.plus_ms(i64::from(self.days()).saturating_mul(DAY_MS).saturating_neg())
    }
}

/// What was let go of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    version: u32,
    /// Receipts that were too old.
    pub age: u64,
    /// Receipts that were too many.
    pub size: u64,
    newest_ms: i64,
    file: String,
    bytes: u64,
}

impl Removed {
    /// What was counted so far.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let stored = files::read(path, SMALL).ok().flatten().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        stored.unwrap_or_default()
    }

    /// When the newest of them was written; `None` when none went.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        (self.age > 0 || self.size > 0).then_some(Timestamp::from_ms(self.newest_ms))
    }
}

/// Whether receipts are as new and as few as they should be; a look at names and sizes.
///
/// # Errors
/// The folder cannot be listed.
pub fn is_due(folder: &Path, retention: &Retention, now: Timestamp) -> Result<bool, FileError> {
    let found = files_of(folder)?;
    let mut total = 0_u64;
    for (_, path) in &found {
        total = total.saturating_add(files::size(path)?.unwrap_or(0));
    }
    let old = found.first().is_some_and(|(first, _)| Timestamp::from_ms(*first) < retention.cutoff(now));
    Ok(old || total > retention.bytes())
}

/// What a call of [`prune`] is given.
pub struct Pruning<'a> {
    /// The folder of receipts.
    pub folder: &'a Path,
    /// Where what goes is counted.
    pub removed: &'a Path,
    /// How long they stay.
    pub retention: Retention,
    /// Digests of what is not final yet.
    pub open: &'a HashSet<Digest>,
    /// Whether somebody still writes into the newest file, so that it stays as it is.
    pub writing: bool,
    /// Now.
    pub now: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Age,
    Size,
}

/// Lets go of receipts that are too old or too many. Only for who holds the flush lock.
///
/// # Errors
/// A file cannot be read, written or removed.
pub fn prune(pruning: &Pruning<'_>) -> Result<(), FileError> {
    let cutoff = pruning.retention.cutoff(pruning.now);
    let found = files_of(pruning.folder)?;
    for (index, (first, path)) in found.iter().enumerate() {
        let last = index.saturating_add(1) == found.len();
        if Timestamp::from_ms(*first) >= cutoff || last && pruning.writing {
            break;
        }
        shorten(pruning, path, last, Why::Age, &mut |line| line.at < cutoff)?;
    }
    let mut total = 0_u64;
    let found = files_of(pruning.folder)?;
    for (_, path) in &found {
        total = total.saturating_add(files::size(path)?.unwrap_or(0));
    }
    for (index, (_, path)) in found.iter().enumerate() {
        let last = index.saturating_add(1) == found.len();
        if total <= pruning.retention.bytes() || last && pruning.writing {
            break;
        }
        let before = files::size(path)?.unwrap_or(0);
        let mut over = total.saturating_sub(pruning.retention.bytes());
        // Whole files go; of the last one only what is too much.
        shorten(pruning, path, last, Why::Size, &mut |line| {
            let goes = !last || over > 0;
            over = over.saturating_sub(line.bytes);
            goes
        })?;
        total = total.saturating_sub(before).saturating_add(files::size(path)?.unwrap_or(0));
    }
    Ok(())
}

/// What decides about a line.
struct Line {
    at: Timestamp,
    bytes: u64,
}

fn shorten(
    pruning: &Pruning<'_>,
    path: &Path,
    last: bool,
    why: Why,
    goes: &mut dyn FnMut(&Line) -> bool,
) -> Result<(), FileError> {
    let Some(bytes) = files::read(path, LIMIT)? else { return Ok(()) };
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let receipts: Vec<Option<Receipt>> = lines.iter().map(|line| Receipt::from_line(line)).collect();
    let newest = if last { receipts.iter().rposition(Option::is_some) } else { None };
    let (mut kept, mut gone, mut newest_gone) = (Vec::new(), 0_u64, 0_i64);
    // What is no receipt goes with the one before it, or else with the last.
    let mut stays = true;
    for (index, (line, receipt)) in lines.iter().zip(&receipts).enumerate() {
        if let Some(receipt) = receipt {
            let size = u64::try_from(line.len()).unwrap_or(u64::MAX).saturating_add(1);
            let goes = goes(&Line { at: receipt.at, bytes: size });
            stays = !goes || pruning.open.contains(&receipt.digest) || newest == Some(index);
            if !stays {
                gone = gone.saturating_add(1);
                newest_gone = newest_gone.max(receipt.at.ms());
            }
        }
        if stays {
            kept.push(index);
        }
    }
    if kept.len() == lines.len() {
        return Ok(());
    }
    count(pruning, path, why, gone, newest_gone, u64::try_from(bytes.len()).unwrap_or(0))?;
    if !kept.iter().any(|index| receipts.get(*index).is_some_and(Option::is_some)) {
        return writes::remove(path);
    }
    let left = with_bodies(&kept, &lines, &receipts);
    writes::write_durable(path, &left, PRIVATE_FILE)?;
    let oldest = kept.iter().filter_map(|index| receipts.get(*index)?.as_ref()).map(|receipt| receipt.at.ms()).min();
    rename(pruning.folder, path, oldest)
}

/// The kept lines; one that shares its body with a line that goes gets the body.
fn with_bodies(kept: &[usize], lines: &[&[u8]], receipts: &[Option<Receipt>]) -> Vec<u8> {
    let mut bodies = HashMap::new();
    for receipt in receipts.iter().flatten() {
        if let Some(body) = &receipt.body {
            bodies.entry(&receipt.digest).or_insert(body);
        }
    }
    let (mut left, mut there) = (Vec::new(), HashSet::new());
    for index in kept {
        let (Some(line), Some(receipt)) = (lines.get(*index), receipts.get(*index)) else { continue };
        match receipt {
            Some(receipt) if receipt.again && !there.contains(&receipt.digest) => {
                let body = bodies.get(&receipt.digest).map(|body| (*body).clone());
                there.insert(receipt.digest.clone());
                left.extend(filled(line, Receipt { again: body.is_none(), body, ..receipt.clone() }));
            }
            Some(_) | None => {
                there.extend(receipt.iter().filter(|one| one.body.is_some()).map(|one| one.digest.clone()));
                left.extend_from_slice(line);
                left.push(b'\n');
            }
        }
    }
    left
}

/// The line of `receipt`, with the keys of `line` that are not ours.
fn filled(line: &[u8], receipt: Receipt) -> Vec<u8> {
    let ours = receipt.to_line();
    let (Ok(Tree::Object(before)), Ok(Tree::Object(mut now))) =
        (serde_json::from_slice(line), serde_json::from_slice(&ours))
    else {
        return ours;
    };
    for (key, value) in before.into_iter().filter(|(key, _)| key != "again") {
        now.entry(key).or_insert(value);
    }
    let mut bytes = serde_json::to_vec(&now).unwrap_or(ours);
    bytes.push(b'\n');
    bytes
}

/// A shortened file is named by the oldest receipt in it, so that nobody has to look again before that one is due.
fn rename(folder: &Path, path: &Path, oldest: Option<i64>) -> Result<(), FileError> {
    let Some(oldest) = oldest else { return Ok(()) };
    let to = folder.join(format!("receipts-{:013}.jsonl", oldest.max(0)));
    let next = files_of(folder)?.into_iter().skip_while(|(_, other)| other != path).nth(1).map(|(next, _)| next);
    let between = next.is_none_or(|next| oldest < next);
    if to == path || !between || files::exists(&to)? {
        return Ok(());
    }
    writes::rename(path, &to)
}

/// Counts what goes from a file before it goes; what a kill left to be done was counted already.
fn count(
    pruning: &Pruning<'_>,
    path: &Path,
    why: Why,
    number: u64,
    newest_ms: i64,
    bytes: u64,
) -> Result<(), FileError> {
    let mut removed = Removed::read(pruning.removed);
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let counted = removed.file == file && removed.bytes == bytes;
    if counted || number == 0 || is_of_another_version(pruning.removed) {
        return Ok(());
    }
    let sum = match why {
        Why::Age => &mut removed.age,
        Why::Size => &mut removed.size,
    };
    *sum = sum.saturating_add(number);
    let removed = Removed { version: VERSION, newest_ms: removed.newest_ms.max(newest_ms), file, bytes, ..removed };
    writes::write_whole(pruning.removed, &serde_json::to_vec(&removed).unwrap_or_default(), PRIVATE_FILE)
}

fn is_of_another_version(path: &Path) -> bool {
    #[derive(Deserialize)]
    struct OnlyVersion {
        version: u32,
    }
    let bytes = files::read(path, SMALL).ok().flatten().unwrap_or_default();
    serde_json::from_slice::<OnlyVersion>(&bytes).is_ok_and(|only| only.version != VERSION)
}

/// From when receipts are there: the oldest one's time; `None` where there is none.
///
/// # Errors
/// A file cannot be read.
pub fn since(folder: &Path) -> Result<Option<Timestamp>, FileError> {
    for (_, path) in files_of(folder)? {
        if let Some(at) = oldest_of(&path)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn oldest_of(path: &Path) -> Result<Option<Timestamp>, FileError> {
    let bytes = files::read(path, LIMIT)?.unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines.filter_map(Receipt::from_line).map(|receipt| receipt.at).next())
}
