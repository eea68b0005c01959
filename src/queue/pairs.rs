//! Pairs: what started and has not completed, one file each, in step with the queue.
//!
//! A file's name says how far its pair is:
//!
//! ```text
//! PAIR.begins   its start is about to be queued: it started once the queue has that
//! PAIR.json     it started
//! PAIR.ends     its end is about to be queued: it has not completed until the queue has that
//! ```
//!
//! A kill may leave the first and the last. Then the queue decides, and before an event leaves the queue, what it says of them is made
//! true of the file's name ([`settle`]), so that no flush and no full queue takes the answer away.
//!
//! Promises: a start that never came into the queue is none, and a pair whose end did is not open, whenever a kill came. Absent: what
//! stands in such a file (`entry`); whether a pair may be completed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::locks::{self, Lock};
use crate::host::writes;
use crate::identity::ids::Id;
use crate::payload::event::Phase;
use crate::queue::entry::Entry;
use crate::queue::lines::{Line, Lines};

/// How far a pair is, as its file's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Its start is about to be queued.
    Begins,
    /// It started.
    Started,
    /// Its end is about to be queued.
    Ends,
}

impl Stage {
    /// In the order in which a pair goes through them.
    pub const ALL: [Self; 3] = [Self::Begins, Self::Started, Self::Ends];

    const fn ending(self) -> &'static str {
        match self {
            Self::Begins => "begins",
            Self::Started => "json",
            Self::Ends => "ends",
        }
    }

    /// The file of this pair.
    #[must_use]
    pub fn path(self, pairs: &Path, pair: &Id) -> PathBuf {
        pairs.join(format!("{pair}.{}", self.ending()))
    }

    /// The pair of the file of this name, where it is one of ours.
    #[must_use]
    pub fn named(name: &str) -> Option<(Id, Self)> {
        let (pair, ending) = name.rsplit_once('.')?;
        let stage = Self::ALL.into_iter().find(|stage| stage.ending() == ending)?;
        Some((Id::new(pair).ok()?, stage))
    }
}

/// Keeps a start that is about to be queued.
///
/// # Errors
/// It cannot be written.
pub fn begin(pairs: &Path, pair: &Id, entry: &Entry) -> Result<(), FileError> {
    writes::private_folder(pairs)?;
    let bytes = format!("{{{}", entry.to_rest());
    writes::write_whole(&Stage::Begins.path(pairs, pair), bytes.as_bytes(), PRIVATE_FILE)
}

/// Says, for as long as the value lives, that somebody works on this pair: whatever its file is called meanwhile. `None` where that
/// cannot be said, or somebody else says it for all of `patience`.
#[must_use]
pub fn hold(pairs: &Path, pair: &Id, patience: Duration) -> Option<Lock> {
    let path = Stage::ALL.iter().map(|stage| stage.path(pairs, pair)).find(|path| files::exists(path).unwrap_or(false));
    locks::hold(&path?, patience)
}

/// Says that the start is queued. Where somebody else said it already, or a no took it away, nothing is done.
///
/// # Errors
/// The file cannot be renamed.
pub fn has_begun(pairs: &Path, pair: &Id) -> Result<(), FileError> {
    writes::rename_if_there(&Stage::Begins.path(pairs, pair), &Stage::Started.path(pairs, pair)).map(|_| ())
}

/// Takes back a start that could not be queued.
///
/// # Errors
/// It cannot be removed.
pub fn did_not_begin(pairs: &Path, pair: &Id) -> Result<(), FileError> {
    writes::remove(&Stage::Begins.path(pairs, pair))
}

/// Says that the end of a pair is about to be queued.
///
/// # Errors
/// The file cannot be renamed.
pub fn end(pairs: &Path, pair: &Id) -> Result<(), FileError> {
    writes::rename_if_there(&Stage::Started.path(pairs, pair), &Stage::Ends.path(pairs, pair)).map(|_| ())
}

/// Says that the end of a pair is queued.
///
/// # Errors
/// The file cannot be removed.
pub fn has_ended(pairs: &Path, pair: &Id) -> Result<(), FileError> {
    writes::remove(&Stage::Ends.path(pairs, pair))
}

/// Takes back an end that could not be queued.
///
/// # Errors
/// The file cannot be renamed.
pub fn did_not_end(pairs: &Path, pair: &Id) -> Result<(), FileError> {
    writes::rename_if_there(&Stage::Ends.path(pairs, pair), &Stage::Started.path(pairs, pair)).map(|_| ())
}

/// Pairs of which a file of this kind is the word that is missing, if it has it.
pub type Hanging = BTreeMap<Id, Stage>;

/// The pairs that a kill left half-way, and those that are half-way now.
///
/// # Errors
/// They cannot be listed.
pub fn hanging(pairs: &Path) -> Result<Hanging, FileError> {
    let named = files::list(pairs)?.into_iter().filter_map(|name| Stage::named(&name));
    Ok(named.filter(|(_, stage)| *stage != Stage::Started).collect())
}

/// Those of `hanging` of which the event that they wait for stands in this file of events.
///
/// # Errors
/// It cannot be read.
pub fn said(hanging: &Hanging, file: &Path) -> Result<Vec<(Id, Stage)>, FileError> {
    let mut said = Vec::new();
    let Some(mut lines) = Lines::open(file)? else { return Ok(said) };
    while let Some((_, line)) = lines.advance()? {
        // A line of which only the newline is missing is an event: the next one that is appended ends it.
        let (Line::Whole(line) | Line::Cut(line)) = line else { continue };
        // Of a line that names none of them nothing has to be known.
        if !named_in(line).is_some_and(|pair| hanging.keys().any(|one| one.as_str() == pair)) {
            continue;
        }
        let Some((phase, pair)) = Entry::parse(line).and_then(|entry| entry.event.pair) else { continue };
        let stage = if phase == Phase::Started { Stage::Begins } else { Stage::Ends };
        if hanging.get(&pair) == Some(&stage) {
            said.push((pair, stage));
        }
    }
    Ok(said)
}

/// The pair in a line, as it stands there: no value can hold these bytes, its quotes would be escaped.
fn named_in(line: &[u8]) -> Option<&str> {
    let (_, rest) = std::str::from_utf8(line).ok()?.split_once("\"pair\":\"")?;
    rest.split_once('"').map(|(pair, _)| pair)
}

/// Makes true of the pairs' files what this file of events says of them: before its events leave the queue.
///
/// # Errors
/// It cannot be read, or a pair's file not be changed.
pub fn settle(pairs: &Path, file: &Path) -> Result<(), FileError> {
    let hanging = hanging(pairs)?;
    if hanging.is_empty() {
        return Ok(());
    }
    said(&hanging, file)?.iter().try_for_each(|(pair, stage)| match stage {
        Stage::Begins => has_begun(pairs, pair),
        Stage::Ends => has_ended(pairs, pair),
        Stage::Started => Ok(()),
    })
}
