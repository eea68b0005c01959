//! Changing other people's files: several together, or none.
//!
//! Promises: what stands there is what was read when the change was planned, or nothing is done; what stood there is kept before
//! anything is touched; a failure half-way puts everything back; a kill is mended by the next change of the tool. Absent: working out
//! what to change; a change that changes nothing is not kept.

use std::path::{Path, PathBuf};

use crate::actions::context::Context;
use crate::actions::foreign::journal::{self, Journal, LIMIT};
use crate::actions::foreign::kept::{Copies, Index, Interrupted, Kept, Texts, Verb, Way};
use crate::actions::foreign::mend::{self, Mended};
use crate::actions::foreign::steps::{self, ChangeError, Direction, Work};
use crate::host::clock::Timestamp;
use crate::host::files::PRIVATE_FILE;
use crate::host::standing::{self, Standing};
use crate::host::swap;
use crate::identity::foreign_places::ForeignPlaces;
use crate::identity::names::ToolName;
use crate::payload::digest::Digest;

/// The mode of a file after the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As it was; a new one only its owner may read.
    Kept,
    /// As it was, but nobody else may read or write it: for a file with secrets.
    Private,
    /// This one.
    Exactly(u32),
}

/// A file that is to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The file, absolute.
    pub path: PathBuf,
    /// What stood there when the change was planned, and what shall.
    pub texts: Texts,
    /// How it is written.
    pub way: Way,
    /// Its mode afterwards.
    pub mode: Mode,
    /// Owner and group of a file that is made; the folder's where none is given.
    pub owner: Option<(u32, u32)>,
    /// Keys whose values are not shown.
    pub secret: Vec<Vec<String>>,
}

impl FileChange {
    /// A file that is replaced, made, or removed, with its mode kept.
    #[must_use]
    pub fn new(path: &Path, before: Option<Vec<u8>>, after: Option<Vec<u8>>) -> Self {
        let texts = Texts { before, after };
        let path = path.to_path_buf();
        Self { path, texts, way: Way::Replace, mode: Mode::Kept, owner: None, secret: Vec::new() }
    }

    /// The same, written in place under its program's lock.
    #[must_use]
    pub fn in_place(self) -> Self {
        Self { way: Way::InPlace, ..self }
    }

    /// The same with this mode.
    #[must_use]
    pub fn with_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// The same with keys whose values are not shown.
    #[must_use]
    pub fn with_secret(self, secret: Vec<Vec<String>>) -> Self {
        Self { secret, ..self }
    }

    fn mode_after(&self, before: Option<u32>) -> u32 {
        match self.mode {
            Mode::Kept => before.unwrap_or(PRIVATE_FILE),
            Mode::Private => before.map_or(PRIVATE_FILE, |mode| mode & !0o077),
            Mode::Exactly(mode) => mode,
        }
    }
}

/// Files of a tool that change together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose files.
    pub tool: ToolName,
    /// What it is.
    pub verb: Verb,
    /// What becomes of it after a kill.
    pub interrupted: Interrupted,
    /// Whether it can be undone.
    pub copies: Copies,
    /// The change that it undoes.
    pub undoes: Option<String>,
    /// In the order in which they change; those that are written in place come last.
    pub files: Vec<FileChange>,
}

impl Change {
    /// A no, which is finished after a kill and can be undone.
    #[must_use]
    pub const fn no(tool: ToolName, files: Vec<FileChange>) -> Self {
        let (interrupted, copies) = (Interrupted::Finish, Copies::Kept);
        Self { tool, verb: Verb::Disable, interrupted, copies, undoes: None, files }
    }

    /// A yes, which is taken back after a kill and can be undone.
    #[must_use]
    pub const fn yes(tool: ToolName, files: Vec<FileChange>) -> Self {
        let (interrupted, copies) = (Interrupted::TakeBack, Copies::Kept);
        Self { tool, verb: Verb::Enable, interrupted, copies, undoes: None, files }
    }

    /// Ids renewed or removed: finished after a kill, and no old id is kept.
    #[must_use]
    pub const fn forget(tool: ToolName, files: Vec<FileChange>) -> Self {
        let (interrupted, copies) = (Interrupted::Finish, Copies::None);
        Self { tool, verb: Verb::Forget, interrupted, copies, undoes: None, files }
    }
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Under which it is kept; none where nothing had to change.
    pub id: Option<String>,
    /// The files that changed.
    pub files: Vec<PathBuf>,
    /// What was cut off before, and is mended now.
    pub mended: Vec<Mended>,
}

/// Makes a change: all of it or nothing.
///
/// # Errors
/// Nothing was changed, or (`Half`) what was could not be put back.
pub fn carry_out(context: &Context, change: &Change) -> Result<Changed, ChangeError> {
    let places = ForeignPlaces::of(&context.paths, &change.tool);
    let _held = mend::hold(&places, &change.tool)?;
    let mended = mend::mend_held(&places)?;
    let now = context.clock.now();
    let Some((journal, texts)) = begin(&places, now, change)? else {
        return Ok(Changed { id: None, files: Vec::new(), mended });
    };
    let done = forward(&journal, &texts);
    if let Err(why) = done {
        return Err(back(&journal, &texts, why));
    }
    // What is too much goes the next time, if not now.
    journal::prune(&places.undo(), now).ok();
    let files = journal.index.files.iter().map(|file| PathBuf::from(&file.path)).collect();
    Ok(Changed { id: Some(journal.id), files, mended })
}

fn forward(journal: &Journal, texts: &[Texts]) -> Result<(), ChangeError> {
    let work = Work::look(journal, texts, Direction::Forward)?;
    if let Some(path) = work.left.first() {
        return Err(ChangeError::Changed(path.clone()));
    }
    let mut ready = work.prepare()?;
    loop {
        match ready.put() {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                ready.abandon();
                return Err(error);
            }
        }
    }
    ready.finish()?;
    // A no whose files all stand as they shall is one, whether or not that is noted: the next command would note it.
    match journal.close() {
        Err(error) if journal.index.interrupted == Interrupted::TakeBack => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// After a failure: everything as it stood.
fn back(journal: &Journal, texts: &[Texts], why: ChangeError) -> ChangeError {
    // What somebody else changed meanwhile is left, and with it the copy of what stood there before.
    let end = |left: Vec<PathBuf>| if left.is_empty() { journal.discard() } else { journal.close() };
    match steps::all(journal, texts, Direction::Back).and_then(|left| Ok(end(left)?)) {
        Ok(()) => why,
        Err(back) => ChangeError::Half { why: Box::new(why), back: Box::new(back) },
    }
}

/// Looks whether all stands as it was read, and keeps the change; `None` where it changes nothing.
///
/// # Errors
/// It cannot be made, or not be kept.
pub fn begin(
    places: &ForeignPlaces,
    now: Timestamp,
    change: &Change,
) -> Result<Option<(Journal, Vec<Texts>)>, ChangeError> {
    let (mut files, mut texts) = (Vec::new(), Vec::new());
    for file in &change.files {
        let stands = standing::look(&file.path, LIMIT)?;
        if stands.content.as_ref().map(|content| &content.bytes) != file.texts.before.as_ref() {
            return Err(ChangeError::Changed(file.path.clone()));
        }
        if let Some(kept) = kept(file, &stands) {
            files.push(kept);
            texts.push(file.texts.clone());
        }
    }
    if files.is_empty() {
        return Ok(None);
    }
    let index = Index {
        version: 1,
        tool: change.tool.to_string(),
        verb: change.verb,
        time_ms: now.ms(),
        interrupted: change.interrupted,
        copies: change.copies,
        undoes: change.undoes.clone(),
        files,
    };
    Ok(Some((Journal::begin(&places.undo(), index, &texts)?, texts)))
}

/// A file as it is kept; `None` where nothing of it changes.
fn kept(file: &FileChange, stands: &Standing) -> Option<Kept> {
    let digest = |text: &Option<Vec<u8>>| text.as_ref().map(|text| Digest::of(text).to_string());
    let content = stands.content.as_ref();
    let mode = content.map(|content| content.mode);
    let mode_after = file.texts.after.as_ref().map(|_| match file.way {
        Way::Replace => file.mode_after(mode),
        Way::InPlace => mode.unwrap_or(PRIVATE_FILE),
    });
    if file.texts.before == file.texts.after && mode == mode_after {
        return None;
    }
    let text = |path: &Path| path.to_str().unwrap_or_default().to_owned();
    Some(Kept {
        path: text(&file.path),
        target: Some(text(&stands.target)).filter(|target| *target != text(&file.path)),
        way: file.way,
        before: digest(&file.texts.before),
        after: digest(&file.texts.after),
        mode,
        owner: content.map(|content| (content.uid, content.gid)).or(file.owner),
        mode_after,
        made: if content.is_none() { swap::missing_folders(&stands.target) } else { 0 },
        secret: file.secret.clone(),
    })
}
