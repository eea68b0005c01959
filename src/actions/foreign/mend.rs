//! Mending: a change that a kill cut off is done to its end where it is a no, and taken back where it is a yes.
//!
//! Promises: a file that somebody else changed since is left as it is and named; nobody mends what another is still at. Absent: changes
//! of a newer program, which are named and left.

use std::path::PathBuf;
use std::time::Duration;

use crate::actions::context::Context;
use crate::actions::foreign::journal::{self, Journal};
use crate::actions::foreign::kept::{Interrupted, Verb};
use crate::actions::foreign::steps::{self, ChangeError, Direction};
use crate::host::locks::{Lock, lock};
use crate::host::writes;
use crate::identity::foreign_places::ForeignPlaces;
use crate::identity::names::ToolName;

/// How long another of us is waited for: a change takes some tens of milliseconds, and two seconds for a lock of the tool's.
const PATIENCE: Duration = Duration::from_secs(5);

/// A change that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// What it was.
    pub verb: Verb,
    /// What was done about it.
    pub how: Interrupted,
    /// Files that somebody else changed since: they stand as they stood.
    pub left: Vec<PathBuf>,
}

/// Holds the tool's files against others of us.
///
/// # Errors
/// Another holds them, or the lock cannot be made.
pub fn hold(places: &ForeignPlaces, tool: &ToolName) -> Result<Lock, ChangeError> {
    writes::private_folder(places.folder())?;
    lock(&places.lock(), PATIENCE)?.ok_or_else(|| ChangeError::Busy(tool.to_string()))
}

/// Mends what was cut off of a tool. To be called before its files are looked at.
///
/// # Errors
/// It could not be mended, and is still to be.
pub fn mend(context: &Context, tool: &ToolName) -> Result<Vec<Mended>, ChangeError> {
    let places = ForeignPlaces::of(&context.paths, tool);
    if open(&places)?.is_empty() {
        return Ok(Vec::new());
    }
    let _held = hold(&places, tool)?;
    mend_held(&places)
}

/// The same for who holds them.
///
/// # Errors
/// It could not be mended, and is still to be.
pub fn mend_held(places: &ForeignPlaces) -> Result<Vec<Mended>, ChangeError> {
    open(places)?.iter().map(one).collect()
}

/// What is cut off of a tool, or under way.
///
/// # Errors
/// It cannot be asked for.
pub fn open(places: &ForeignPlaces) -> Result<Vec<Journal>, ChangeError> {
    let mut open = Vec::new();
    for journal in journal::read(&places.undo())?.known {
        if journal.is_open()? {
            open.push(journal);
        }
    }
    Ok(open)
}

fn one(journal: &Journal) -> Result<Mended, ChangeError> {
    let how = journal.index.interrupted;
    let texts = journal.texts()?;
    let left = match how {
        Interrupted::Finish => steps::all(journal, &texts, Direction::Forward)?,
        Interrupted::TakeBack => steps::all(journal, &texts, Direction::Back)?,
    };
    if how == Interrupted::TakeBack && left.is_empty() {
        journal.discard()?;
    } else {
        journal.close()?;
    }
    Ok(Mended { verb: journal.index.verb, how, left })
}
