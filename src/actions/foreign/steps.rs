//! The steps of a change that is kept: look at every file, make the new texts beside them, put them in place one after another.
//!
//! Promises: nothing of the tool's is touched before everything is ready; files that a program locks are written last, under its lock,
//! which is held while the others are put in place and no longer; a file that changed meanwhile stops the change. The same steps
//! go forward and back, at once and after a kill. Absent: what to change (`change`), and when (`mend`).

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::actions::foreign::journal::{Journal, LIMIT};
use crate::actions::foreign::kept::{Kept, Texts, Way};
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::locks::lock_open;
use crate::host::stamps::stamp;
use crate::host::standing::{self, Refusal, Standing};
use crate::host::swap::{self, Prepared, Shall};
use crate::host::writes;
use crate::payload::digest::Digest;

/// How long a program's own lock is waited for: PipeRider holds its for the time of one write.
pub const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// Folders that are made for a file that all may read; and for a private one.
const FOLDERS: (u32, u32) = (0o755, 0o700);

/// Why files were not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// One of them is not to be changed.
    #[error("nothing was changed: {0}")]
    Refused(#[from] Refusal),
    /// Somebody else changed one.
    #[error("nothing was changed: {} changed since it was read", .0.display())]
    Changed(PathBuf),
    /// Its program holds it.
    #[error("nothing was changed: {} is locked by its program", .0.display())]
    Locked(PathBuf),
    /// Another of us is at work.
    #[error("nothing was changed: another telemetry is changing files of {0} right now")]
    Busy(String),
    /// It could not be kept what stood there, or not be written what shall.
    #[error("nothing was changed: {0}")]
    File(#[from] FileError),
    /// It could not be taken back.
    #[error("half of it is done, and the next telemetry command that changes this tool mends it: {why}; {back}")]
    Half {
        /// Why it was not done.
        why: Box<ChangeError>,
        /// Why it was not taken back.
        back: Box<ChangeError>,
    },
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To what shall stand there.
    Forward,
    /// To what stood there.
    Back,
}

/// Where a file is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    After,
    /// Written in place and cut off.
    Half,
    /// Somebody else's.
    Other,
}

fn place(file: &Kept, texts: &Texts, stands: &Standing) -> Place {
    let content = stands.content.as_ref();
    let digest = content.map(|content| Digest::of(&content.bytes));
    let digest = digest.as_ref().map(Digest::as_str);
    let mode = |mode: Option<u32>| content.map(|content| content.mode) == mode;
    let (after, before) = (digest == file.after.as_deref(), digest == file.before.as_deref());
    let cut = |text: &Option<Vec<u8>>| {
        content.is_some_and(|content| text.as_ref().is_some_and(|text| text.starts_with(&content.bytes)))
    };
    match (after, before) {
        // Only its mode changes.
        (true, true) => {
            if mode(file.mode_after) {
                Place::After
            } else {
                Place::Before
            }
        }
        (true, false) => Place::After,
        (false, true) => Place::Before,
        (false, false) if file.way == Way::InPlace && (cut(&texts.after) || cut(&texts.before)) => Place::Half,
        (false, false) => Place::Other,
    }
}

/// A file that is to be changed.
#[derive(Debug)]
struct Step<'a> {
    number: usize,
    file: &'a Kept,
    stands: Standing,
    /// What is to stand there, and its mode.
    text: Option<&'a [u8]>,
    mode: u32,
}

/// What there is to do, in its order.
#[derive(Debug)]
pub struct Work<'a> {
    journal: &'a Journal,
    direction: Direction,
    steps: Vec<Step<'a>>,
    /// Files that somebody else changed.
    pub left: Vec<PathBuf>,
}

impl<'a> Work<'a> {
    /// Looks at every file of a change.
    ///
    /// # Errors
    /// One is not to be changed.
    pub fn look(journal: &'a Journal, texts: &'a [Texts], direction: Direction) -> Result<Self, ChangeError> {
        let (mut steps, mut left) = (Vec::new(), Vec::new());
        for (number, (file, texts)) in journal.index.files.iter().zip(texts).enumerate() {
            let stands = standing::look(Path::new(&file.path), LIMIT)?;
            let is = if stands.target == file.target() { place(file, texts, &stands) } else { Place::Other };
            let (text, mode) = match direction {
                Direction::Forward => (texts.after.as_deref(), file.mode_after),
                Direction::Back => (texts.before.as_deref(), file.mode),
            };
            match (is, direction) {
                (Place::Other, _) => left.push(stands.target),
                (Place::After, Direction::Forward) | (Place::Before, Direction::Back) => {
                    swap::discard(&stands.target, &journal.beside(number));
                    if stands.content.is_none() && direction == Direction::Back {
                        swap::remove_folders(&stands.target, file.made);
                    }
                }
                (Place::Before | Place::After | Place::Half, _) => {
                    steps.push(Step { number, file, stands, text, mode: mode.unwrap_or(PRIVATE_FILE) });
                }
            }
        }
        if direction == Direction::Back {
            steps.reverse();
        }
        steps.sort_by_key(|step| step.file.way == Way::InPlace);
        Ok(Self { journal, direction, steps, left })
    }

    /// Makes all texts beside their targets, then locks what is written in place.
    ///
    /// # Errors
    /// Any step failed, and nothing of the tool's was touched.
    pub fn prepare(self) -> Result<Ready<'a>, ChangeError> {
        let mut ready = Ready { work: self, next: 0, prepared: Vec::new(), locked: Vec::new() };
        let done = ready.beside().and_then(|()| ready.lock());
        match done {
            Ok(()) => Ok(ready),
            Err(error) => {
                ready.abandon();
                Err(error)
            }
        }
    }
}

/// Everything is ready to be put in place.
#[derive(Debug)]
pub struct Ready<'a> {
    work: Work<'a>,
    next: usize,
    /// Of each step that replaces a file its text; none where it is removed.
    prepared: Vec<Option<Prepared>>,
    /// Of each step that writes in place the locked file.
    locked: Vec<(File, PathBuf)>,
}

impl Ready<'_> {
    fn beside(&mut self) -> Result<(), ChangeError> {
        for step in self.work.steps.iter().filter(|step| step.file.way == Way::Replace) {
            let Some(bytes) = step.text else {
                self.prepared.push(None);
                continue;
            };
            let target = &step.stands.target;
            let folders = if step.mode & 0o077 == 0 { FOLDERS.1 } else { FOLDERS.0 };
            swap::make_folders(target, folders)?;
            let shall = Shall { bytes, mode: step.mode, owner: step.file.owner };
            self.prepared.push(Some(swap::prepare(target, &self.work.journal.beside(step.number), shall)?));
        }
        // What is given first is taken first.
        self.prepared.reverse();
        Ok(())
    }

    fn lock(&mut self) -> Result<(), ChangeError> {
        for step in self.work.steps.iter().filter(|step| step.file.way == Way::InPlace) {
            let target = &step.stands.target;
            let file = writes::open_there(target)?.ok_or_else(|| ChangeError::Changed(target.clone()))?;
            if !lock_open(&file, target, LOCK_PATIENCE)? {
                return Err(ChangeError::Locked(target.clone()));
            }
            let current = files::is_current(&file, target)?;
            self.locked.push((file, target.clone()));
            let now = standing::look(target, LIMIT)?.content.map(|now| now.bytes);
            if !current || now.as_ref() != step.stands.content.as_ref().map(|then| &then.bytes) {
                return Err(ChangeError::Changed(target.clone()));
            }
        }
        Ok(())
    }

    /// Puts the next file in place; `false` when there is none.
    ///
    /// # Errors
    /// It failed, and this file stands as it stood; those before it do not.
    pub fn put(&mut self) -> Result<bool, ChangeError> {
        let Some(step) = self.work.steps.get(self.next) else { return Ok(false) };
        let target = &step.stands.target;
        match step.file.way {
            Way::Replace => {
                if stamp(target) != step.stands.stamp {
                    return Err(ChangeError::Changed(target.clone()));
                }
                match self.prepared.pop().flatten() {
                    Some(prepared) => prepared.put()?,
                    None => writes::remove(target)?,
                }
            }
            Way::InPlace => {
                let file = self.locked.iter().find(|(_, path)| path == target);
                let (file, path) = file.ok_or_else(|| ChangeError::Changed(target.clone()))?;
                swap::write_over(file, path, step.text.unwrap_or_default())?;
            }
        }
        self.next = self.next.saturating_add(1);
        Ok(true)
    }

    /// Lets go of the locks and waits for the disk. Gives the files that somebody else changed.
    ///
    /// # Errors
    /// The disk did not confirm it.
    pub fn finish(mut self) -> Result<Vec<PathBuf>, ChangeError> {
        self.locked.iter().for_each(|(file, _)| drop(file.unlock()));
        for (file, path) in self.locked.drain(..) {
            file.sync_all().map_err(|error| FileError::system(&path, error))?;
        }
        for step in self.work.steps.iter().filter(|step| step.file.way == Way::Replace) {
            swap::confirm(&step.stands.target)?;
            if step.text.is_none() && self.work.direction == Direction::Back {
                swap::remove_folders(&step.stands.target, step.file.made);
            }
        }
        Ok(self.work.left)
    }

    /// Takes away what was prepared and not put in place.
    pub fn abandon(&self) {
        for step in self.work.steps.iter().skip(self.next).filter(|step| step.file.way == Way::Replace) {
            swap::discard(&step.stands.target, &self.work.journal.beside(step.number));
            if step.file.before.is_none() {
                swap::remove_folders(&step.stands.target, step.file.made);
            }
        }
    }
}

/// All steps in this direction. Gives the files that somebody else changed, which are left as they are.
///
/// # Errors
/// Any step failed; the files before it are done.
pub fn all(journal: &Journal, texts: &[Texts], direction: Direction) -> Result<Vec<PathBuf>, ChangeError> {
    let mut ready = Work::look(journal, texts, direction)?.prepare()?;
    loop {
        match ready.put() {
            Ok(true) => {}
            Ok(false) => return ready.finish(),
            Err(error) => {
                ready.abandon();
                return Err(error);
            }
        }
    }
}
