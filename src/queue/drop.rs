//! Drop: what is lost is counted by reason, in `~/.TOOL/telemetry/losses.json`.
//!
//! Version 1: one JSON object without spaces and without a newline at its end. `since_ms` is when counting began, milliseconds
//! since 1970; `last` (left out where there is none) names what a flush counted last, so that after a kill it is not counted again; `counts` has the reasons that occurred, in the order of the closed list [`Loss`], in lower case with hyphens:
//!
//! ```json
//! {"version":1,"since_ms":1795237731000,"counts":{"bytes":5,"count":2,"age":3,"torn":1,"no":1,"before-yes":4,"undeclared":1,"refused":2,"forget":1}}
//! ```
//!
//! Where somebody else counts for longer than 10 ms, or the file is of another version, the count goes aside into a file of the
//! same form, `losses-` and 8 hex digits and `.json`; the next who counts adds it in. A file of another version is left as it is,
//! and told (`status`, `export`); one that is no count is begun anew.
//!
//! Promises: every loss has a reason and is shown by `status`; nobody waits for a count. Absent: what was lost.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::{locks, random, writes};

/// The version of the stored form.
const VERSION: u32 = 1;
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
    /// What a flush counted last.
    pub last: Option<String>,
}

impl Losses {
    fn add(&mut self, more: &Self) {
        self.since = match (self.since, more.since) {
            (Some(since), Some(other)) => Some(since.min(other)),
            (since, other) => since.or(other),
        };
        tally(&mut self.counts, &more.counts);
        if more.last.is_some() {
            self.last.clone_from(&more.last);
        }
    }

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    counts: BTreeMap<Loss, u64>,
}

#[derive(Deserialize)]
struct OnlyVersion {
    version: u32,
}

/// Adds losses to a sum.
pub fn tally(sum: &mut BTreeMap<Loss, u64>, more: &BTreeMap<Loss, u64>) {
    for (loss, number) in more {
        let sum = sum.entry(*loss).or_insert(0);
        *sum = sum.saturating_add(*number);
    }
}

/// The losses counted so far, those aside among them; none where no file is a count.
#[must_use]
pub fn losses(path: &Path) -> Losses {
    let mut sum = counted(path).unwrap_or_default();
    for aside in asides(path).unwrap_or_default() {
        sum.add(&counted(&aside).unwrap_or_default());
    }
    sum
}

/// How many were lost in all, for an overview: one look where nothing was. What went aside is seen once there is a count, which
/// whoever was in its way writes.
#[must_use]
pub fn total(path: &Path) -> u64 {
    match files::size(path) {
        Ok(None) => 0,
        Ok(Some(_)) | Err(_) => losses(path).total(),
    }
}

/// Counts that went aside.
///
/// # Errors
/// The folder cannot be listed.
pub fn asides(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let Some(folder) = path.parent() else { return Ok(Vec::new()) };
    let ours = |name: &&String| name.strip_prefix("losses-").and_then(|rest| rest.strip_suffix(".json")).is_some();
    Ok(files::list(folder)?.iter().filter(ours).map(|name| folder.join(name)).collect())
}

/// Why the count cannot be read, where it is there and is none of version 1.
#[must_use]
pub fn unreadable(path: &Path) -> Option<String> {
    match files::read(path, LIMIT) {
        Ok(None) => None,
        Ok(Some(bytes)) => match serde_json::from_slice::<OnlyVersion>(&bytes) {
            Ok(OnlyVersion { version: VERSION }) if counted(path).is_some() => None,
            Ok(OnlyVersion { version }) if version != VERSION => {
                Some(format!("of version {version}, and this program knows version {VERSION}"))
            }
            Ok(_) | Err(_) => Some("no count".to_owned()),
        },
        Err(error) => Some(error.to_string()),
    }
}

fn counted(path: &Path) -> Option<Losses> {
    let bytes = files::read(path, LIMIT).ok().flatten()?;
    let stored = serde_json::from_slice::<Stored>(&bytes).ok().filter(|stored| stored.version == VERSION)?;
    Some(Losses { since: Some(Timestamp::from_ms(stored.since_ms)), counts: stored.counts, last: stored.last })
}

/// Whether the file is there and says another version: it is not ours to write.
fn is_of_another_version(path: &Path) -> bool {
    let bytes = files::read(path, LIMIT).ok().flatten().unwrap_or_default();
    serde_json::from_slice::<OnlyVersion>(&bytes).is_ok_and(|only| only.version != VERSION)
}

/// Counts `number` more losses. When somebody else counts for too long, these go aside rather than wait.
///
/// # Errors
/// The count cannot be written.
pub fn count(path: &Path, loss: Loss, number: u64, now: Timestamp) -> Result<(), FileError> {
    if number == 0 {
        return Ok(());
    }
    add(path, &Losses { counts: BTreeMap::from([(loss, number)]), ..Losses::default() }, now)
}

/// Counts losses under a `name` of their own, unless that was counted last. Only for who holds the flush lock: nobody else counts by name.
///
/// # Errors
/// The count cannot be written.
pub fn count_once(path: &Path, name: &str, lost: BTreeMap<Loss, u64>, now: Timestamp) -> Result<(), FileError> {
    // Those aside first: one that is added in meanwhile is in the count that is read after it.
    let mut aside = asides(path)?.into_iter().filter_map(|aside| counted(&aside));
    let is_last = |losses: Losses| losses.last.as_deref() == Some(name);
    if lost.is_empty() || aside.any(is_last) || counted(path).is_some_and(is_last) {
        return Ok(());
    }
    add(path, &Losses { counts: lost, last: Some(name.to_owned()), since: None }, now)
}

fn add(path: &Path, more: &Losses, now: Timestamp) -> Result<(), FileError> {
    let held = locks::lock(&path.with_extension("lock"), PATIENCE)?;
    if held.is_none() {
        let random: String = random::hex32().chars().take(8).collect();
        return write(&path.with_file_name(format!("losses-{random}.json")), more, now);
    }
    if is_of_another_version(path) {
        let aside = path.with_file_name("losses-00000000.json");
        let mut losses = counted(&aside).unwrap_or_default();
        losses.add(more);
        return write(&aside, &losses, now);
    }
    let mut losses = counted(path).unwrap_or_default();
    losses.add(more);
    write(path, &losses, now)?;
    add_asides(path, losses, now)
}

/// Adds in what went aside, one file after the other. A kill between the two steps counts that file twice: told too much rather
/// than too little.
fn add_asides(path: &Path, mut losses: Losses, now: Timestamp) -> Result<(), FileError> {
    for aside in asides(path)? {
        if let Some(more) = counted(&aside) {
            losses.add(&more);
            write(path, &losses, now)?;
            writes::remove(&aside)?;
        }
    }
    Ok(())
}

fn write(path: &Path, losses: &Losses, now: Timestamp) -> Result<(), FileError> {
    let Losses { since, counts, last } = losses.clone();
    let stored = Stored { version: VERSION, since_ms: since.unwrap_or(now).ms(), last, counts };
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

    #[test]
    fn a_count_that_is_held_goes_aside_and_is_added_in() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("losses.json");
        count(&path, Loss::Age, 1, Timestamp::from_ms(5)).expect("counted");
        let held = locks::lock(&path.with_extension("lock"), Duration::ZERO).expect("lockable").expect("free");
        count(&path, Loss::Age, 2, Timestamp::from_ms(6)).expect("counted");
        count(&path, Loss::No, 3, Timestamp::from_ms(4)).expect("counted");
        assert_eq!(asides(&path).expect("listed").len(), 2);
        let all = Losses {
            since: Some(Timestamp::from_ms(4)),
            counts: BTreeMap::from([(Loss::Age, 3), (Loss::No, 3)]),
            last: None,
        };
        assert_eq!(losses(&path), all);
        drop(held);
        count(&path, Loss::No, 1, Timestamp::from_ms(9)).expect("counted");
        assert!(asides(&path).expect("listed").is_empty());
        assert_eq!((losses(&path).total(), losses(&path).since), (7, all.since));
    }

    #[test]
    fn what_has_a_name_is_counted_once_wherever_the_count_went() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("losses.json");
        let once = |name: &str| {
            count_once(&path, name, BTreeMap::from([(Loss::Refused, 2)]), Timestamp::from_ms(5)).expect("counted");
            losses(&path).total()
        };
        assert_eq!((once("a"), once("a"), once("b"), once("b")), (2, 2, 4, 4));
        count(&path, Loss::No, 1, Timestamp::from_ms(5)).expect("counted");
        assert_eq!((once("b"), once("c")), (5, 7));
        let held = locks::lock(&path.with_extension("lock"), Duration::ZERO).expect("lockable").expect("free");
        assert_eq!((once("c"), once("d"), once("d")), (7, 9, 9));
        drop(held);
        count(&path, Loss::No, 1, Timestamp::from_ms(5)).expect("counted");
        assert!(asides(&path).expect("listed").is_empty());
        assert_eq!(once("d"), 10);
        assert_eq!(once("e"), 12);
    }

    #[test]
    fn a_count_of_another_version_is_left_as_it_is_and_told() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("losses.json");
        assert_eq!(unreadable(&path), None);
        let newer = "{\"version\":2,\"since\":\"then\"}";
        std::fs::write(&path, newer).expect("written");
        count(&path, Loss::Age, 2, Timestamp::from_ms(6)).expect("counted");
        assert_eq!((std::fs::read_to_string(&path).expect("text"), losses(&path).total()), (newer.to_owned(), 2));
        assert!(unreadable(&path).is_some_and(|why| why.contains("version 2")));
    }
}
