//! Undo: the files of the latest change put back, as far as they still are as that change left them.
//!
//! Promises: what somebody changed since is left as it is and named; an undo is a change itself, and undoing it does the change again;
//! what a `forget` removed cannot come back. Absent: asking.

use std::path::{Path, PathBuf};

use crate::actions::context::Context;
use crate::actions::foreign::change::{Change, FileChange, Mode};
use crate::actions::foreign::journal::{self, Journal, LIMIT};
use crate::actions::foreign::kept::{Copies, Interrupted, Kept, Verb, Way};
use crate::actions::foreign::steps::ChangeError;
use crate::actions::foreign::switch::{self, SwitchError};
use crate::host::files::{self, FileError};
use crate::host::standing::{self, Standing};
use crate::identity::foreign_places::ForeignPlaces;
use crate::identity::names::ToolName;
use crate::payload::digest::Digest;

/// Why nothing can be undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// No change is kept.
    #[error("no change is kept that could be undone")]
    Nothing,
    /// The latest change kept nothing of what stood there.
    #[error(
        "the latest change of {0} took ids out: nothing is kept of what stood there before, so it cannot be undone"
    )]
    Final(ToolName),
    /// What is kept cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The machine's policy does not allow the tool to be on again.
    #[error(transparent)]
    Policy(#[from] SwitchError),
    /// The files cannot be changed.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// A change that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptChange {
    /// Whose files.
    pub tool: ToolName,
    /// The change.
    pub journal: Journal,
    /// It was cut off, or is under way.
    pub open: bool,
}

/// All changes that are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptChanges {
    /// The latest first.
    pub changes: Vec<KeptChange>,
    /// What cannot be read, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// What is kept of this tool's changes, or of all tools'.
///
/// # Errors
/// A folder cannot be listed.
pub fn list(context: &Context, tool: Option<&ToolName>) -> Result<KeptChanges, FileError> {
    let tools = match tool {
        Some(tool) => vec![tool.clone()],
        None => {
            let names = files::list(&ForeignPlaces::all(&context.paths))?;
            names.iter().filter_map(|name| ToolName::new(name).ok()).collect()
        }
    };
    let mut all = KeptChanges::default();
    for tool in tools {
        let read = journal::read(&ForeignPlaces::of(&context.paths, &tool).undo())?;
        all.unreadable.extend(read.unreadable);
        for journal in read.known {
            let open = journal.is_open()?;
            all.changes.push(KeptChange { tool: tool.clone(), journal, open });
        }
    }
    // Of one tool they stand in their order already.
    all.changes.reverse();
    all.changes.sort_by_key(|change| std::cmp::Reverse(change.journal.index.time_ms));
    Ok(all)
}

/// A file that an undo leaves as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The file.
    pub path: PathBuf,
    /// Why, in words; none where it stands already as it stood before.
    pub why: Option<String>,
}

/// An undo that is worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it undoes.
    pub of: KeptChange,
    /// What is to be done, without the files that are left.
    pub change: Change,
    /// Files that are left.
    pub left: Vec<Left>,
}

impl Plan {
    /// Whether it takes back a no.
    #[must_use]
    pub fn may_turn_on(&self) -> bool {
        self.of.journal.index.interrupted == Interrupted::Finish
    }
}

/// Works out what undoes the latest change of this tool, or of all; of this file, or of what lies in this folder, where one is given. One
/// that was cut off has to be mended first.
///
/// # Errors
/// There is nothing to undo, or a file is not to be changed.
pub fn plan(context: &Context, tool: Option<&ToolName>, within: Option<&Path>) -> Result<Plan, UndoError> {
    let meant = |change: &KeptChange| {
        let lies = |file: &Kept| within.is_none_or(|within| Path::new(&file.path).starts_with(within));
        !change.open && change.journal.index.files.iter().any(lies)
    };
    let of = list(context, tool)?.changes.into_iter().find(meant).ok_or(UndoError::Nothing)?;
    if of.journal.index.interrupted == Interrupted::Finish && of.journal.index.copies == Copies::Kept {
        switch::allowed(context, &of.tool)?;
    }
    if of.journal.index.copies != Copies::Kept {
        return Err(UndoError::Final(of.tool));
    }
    let (mut files, mut left) = (Vec::new(), Vec::new());
    for (number, file) in of.journal.index.files.iter().enumerate().rev() {
        let path = PathBuf::from(&file.path);
        match standing::look(&path, LIMIT) {
            // Not that somebody changed it: it cannot be told, and without it the others would stand alone.
            Err(refusal) => return Err(ChangeError::Refused(refusal).into()),
            Ok(stands) => match back(&of.journal, number, file, stands)? {
                Back::Put(change) => files.push(*change),
                Back::Stands => left.push(Left { path, why: None }),
                Back::Left(why) => left.push(Left { path, why: Some(why) }),
            },
        }
    }
    // What changed together goes back together: a mirror without its switch would be heard.
    if left.iter().any(|left| left.why.is_some()) {
        let together = || Some("it changed together with what was changed since".to_owned());
        left.extend(files.drain(..).map(|file: FileChange| Left { path: file.path, why: together() }));
    }
    let change = Change {
        tool: of.tool.clone(),
        verb: Verb::Undo,
        interrupted: of.journal.index.interrupted.other(),
        copies: Copies::Kept,
        undoes: Some(of.journal.id.clone()),
        files,
    };
    Ok(Plan { of, change, left })
}

/// What is to be done about one file.
enum Back {
    Put(Box<FileChange>),
    /// It stands as it stood.
    Stands,
    /// Somebody changed it since; in words.
    Left(String),
}

/// What puts one file back.
///
/// # Errors
/// What stood there cannot be read.
fn back(journal: &Journal, number: usize, file: &Kept, stands: Standing) -> Result<Back, FileError> {
    if stands.target != file.target() {
        return Ok(Back::Left(format!("it leads to {} now", stands.target.display())));
    }
    let content = stands.content;
    let digest = content.as_ref().map(|content| Digest::of(&content.bytes).to_string());
    if digest == file.before && content.as_ref().map(|content| content.mode) == file.mode {
        return Ok(Back::Stands);
    }
    if digest != file.after {
        let gone = content.is_none();
        return Ok(Back::Left(if gone { "it is gone since" } else { "it was changed since" }.to_owned()));
    }
    let before = journal.before(number)?;
    // What is gone, or goes, is nothing that could be written in place.
    let way = if content.is_some() && before.is_some() { file.way } else { Way::Replace };
    let change = FileChange::new(Path::new(&file.path), content.map(|content| content.bytes), before);
    let mode = file.mode.map_or(Mode::Kept, Mode::Exactly);
    let change = FileChange { way, mode, owner: file.owner, secret: file.secret.clone(), ..change };
    Ok(Back::Put(Box::new(change)))
}
