//! Open: the pairs that started and have not completed, as the queue and their files say together.
//!
//! Promises: each counts once, whatever a kill cut short; who only looks writes nothing; the queue is read only where a pair is half-way.
//! Absent: the names of the files (`pairs`); who still works (`actions/started`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::host::{locks, writes};
use crate::identity::ids::Id;
use crate::queue::entry::Entry;
use crate::queue::limits::{LEFT_BEHIND, LONGEST_LINE};
use crate::queue::pairs::{self, Hanging, Stage};
use crate::queue::segment;

/// A pair that is open: its file, and what started.
#[derive(Debug)]
pub struct Open {
    /// The file.
    pub path: PathBuf,
    /// The started event.
    pub entry: Entry,
}

/// All of them, in the order of their ids. What is no event of ours is passed over.
///
/// # Errors
/// They cannot be listed, or the queue not be read.
pub fn all(queue: &Path, folder: &Path) -> Result<Vec<Open>, FileError> {
    let said = said(queue, &pairs::hanging(folder)?)?;
    // Listed only now, so that who went on meanwhile stands there as what it is.
    let mut ids: Vec<Id> =
        files::list(folder)?.iter().filter_map(|name| Stage::named(name)).map(|(id, _)| id).collect();
    ids.dedup();
    let open = |pair: &Id| {
        Stage::ALL.into_iter().find_map(|stage| {
            let counts = match stage {
                Stage::Begins => said.contains(&(pair.clone(), Stage::Begins)),
                Stage::Started => true,
                Stage::Ends => !said.contains(&(pair.clone(), Stage::Ends)),
            };
            let path = stage.path(folder, pair);
            let bytes = counts.then(|| files::read(&path, LONGEST_LINE).ok().flatten()).flatten();
            Some(Open { entry: Entry::parse(&bytes?)?, path })
        })
    };
    Ok(ids.iter().filter_map(open).collect())
}

fn said(queue: &Path, hanging: &Hanging) -> Result<Vec<(Id, Stage)>, FileError> {
    let mut said = Vec::new();
    if !hanging.is_empty() {
        segment::each_file(queue, &mut |file| {
            said.extend(pairs::said(hanging, file)?);
            Ok(())
        })?;
    }
    Ok(said)
}

/// The started event of this open pair, also of one that a kill left half-way; `None` where it is not open.
///
/// # Errors
/// It cannot be read.
pub fn one(queue: &Path, folder: &Path, pair: &Id) -> Result<Option<Entry>, FileError> {
    let read = |stage: Stage| files::read(&stage.path(folder, pair), LONGEST_LINE);
    let mut bytes = read(Stage::Started)?;
    if bytes.is_none() {
        settle(queue, folder)?;
        bytes = match read(Stage::Started)? {
            None => read(Stage::Ends)?,
            bytes => bytes,
        };
    }
    Ok(bytes.and_then(|bytes| Entry::parse(&bytes)))
}

/// Makes true of the files of pairs what the queue says of them.
fn settle(queue: &Path, folder: &Path) -> Result<(), FileError> {
    segment::each_file(queue, &mut |file| pairs::settle(folder, file))
}

/// Lets go of what never completed within `age`, and of what a kill kept from ever starting; not of what is still at work.
///
/// # Errors
/// A file cannot be read or removed.
pub fn clean(queue: &Path, folder: &Path, age: i64, now: Timestamp) -> Result<(), FileError> {
    settle(queue, folder)?;
    let long = |stage: Stage| if stage == Stage::Begins { age.min(ms(LEFT_BEHIND)) } else { age };
    for name in files::list(folder)? {
        let path = folder.join(&name);
        let stage = Stage::named(&name).map_or(Stage::Started, |(_, stage)| stage);
        let entry = files::read(&path, LONGEST_LINE)?.and_then(|bytes| Entry::parse(&bytes));
        let aged = entry.is_some_and(|entry| entry.event.time.plus_ms(long(stage)) < now);
        if aged && !locks::is_held(&path) {
            writes::remove(&path)?;
        }
    }
    Ok(())
}

fn ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
