//! Ids of a foreign tool replaced or taken away, in memory: each in the way that its manifest says the tool does not undo.
//!
//! Promises: what everybody of a project shares is changed only where that was asked for; a file that is removed goes first, so that
//! nothing remembers the old id when the new one appears; what cannot be changed from here is named. Absent: writing (`change`).

use std::path::{Path, PathBuf};

use crate::actions::foreign::change::FileChange;
use crate::actions::foreign::edits;
use crate::actions::foreign::found::Content;
use crate::actions::foreign::ids::{FoundId, Ids, Is};
use crate::actions::foreign::inputs::Place;
use crate::actions::foreign::journal::LIMIT;
use crate::actions::foreign::look::Looked;
use crate::actions::foreign::plan::PlanError;
use crate::actions::foreign::texts;
use crate::host::files;
use crate::manifest::foreign::files::{Kept, Source};
use crate::manifest::foreign::ids::{Forgetting, IdSource};
use crate::manifest::foreign::truths::Literal;

/// Which ids are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Those of a project that everybody shares as well.
    pub project: bool,
    /// Those in files of earlier runs as well.
    pub reports: bool,
    /// What waits is dropped as well.
    pub queues: bool,
}

/// An id that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// Its name.
    pub name: String,
    /// What it was.
    pub old: String,
    /// What it becomes; none where it is taken away.
    pub new: Option<String>,
    /// Where.
    pub file: PathBuf,
    /// How.
    pub how: Forgetting,
    /// What a person has to do by hand all the same, such as where another copy is.
    pub advice: Option<String>,
}

/// An id that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its name.
    pub name: String,
    /// The id, where only a person can take it out.
    pub id: Option<String>,
    /// The file in which it stands.
    pub file: Option<PathBuf>,
    /// Why, in words.
    pub why: String,
    /// What to do by hand.
    pub advice: Option<String>,
}

/// What changes.
#[derive(Debug, Default)]
pub struct Renewal {
    /// The files, in the order in which they change.
    pub files: Vec<FileChange>,
    /// The ids that change.
    pub renewed: Vec<Renewed>,
    /// The ids that stay.
    pub left: Vec<Left>,
    /// How many events wait and are dropped; more where a queue cannot be counted.
    pub dropped: u64,
    /// Files of earlier runs that lose their ids.
    pub reports: usize,
}

/// Works out what changes, on top of the changes in `base`; of ids only those that `is_meant` names.
///
/// # Errors
/// A file cannot be read, or not be changed with care.
pub fn renewal(
    looked: &Looked,
    ids: &Ids,
    wish: Wish,
    is_meant: &dyn Fn(&str) -> bool,
    base: &[FileChange],
) -> Result<Renewal, PlanError> {
    let mut work = Work { looked, all: Renewal { files: base.to_vec(), ..Renewal::default() } };
    for found in &ids.ids {
        work.id(found, wish, is_meant)?;
    }
    if wish.queues {
        work.queues()?;
    }
    if wish.reports {
        work.reports(ids, is_meant)?;
    }
    let mut all = work.all;
    all.files.retain(|file| file.texts.before != file.texts.after);
    // Those under their program's lock come last by themselves (`steps`).
    all.files.sort_by_key(|file| file.texts.after.is_some());
    Ok(all)
}

struct Work<'l> {
    looked: &'l Looked,
    all: Renewal,
}

impl Work<'_> {
    fn id(&mut self, found: &FoundId, wish: Wish, is_meant: &dyn Fn(&str) -> bool) -> Result<(), PlanError> {
        let declared = &found.declared;
        let IdSource::Key { file, key } = &declared.source else {
            // What derives from another goes with it.
            let stands = matches!(
                declared.source,
                IdSource::Row { .. } | IdSource::Answer { .. } | IdSource::Items { .. } | IdSource::Started(_)
            );
            if stands && found.is.known().is_some_and(is_meant) {
                self.leave(found, "it cannot be changed from here");
            }
            return Ok(());
        };
        let old = match &found.is {
            Is::Known(id) if is_meant(id) => id.clone(),
            // Without one the program makes another of what everybody can guess: an empty one stops that.
            Is::None if declared.forget == Forgetting::Empty && wish.project => return self.empty(file, key),
            Is::Known(_) | Is::None | Is::NotAsked => return Ok(()),
            Is::Unknown(why) => {
                self.leave(found, why);
                return Ok(());
            }
        };
        if declared.forget == Forgetting::Leave {
            self.leave(found, "it cannot be changed from here");
            return Ok(());
        }
        // A variable's value is emptied where that one has it: others may use it as well.
        let source = Source::Key { file: file.clone(), key: key.clone() };
        if let Some((place, false)) = self.looked.elsewhere(&source) {
            return self.input(found, &old, &place);
        }
        let Some((at, kept)) = self.file(file)? else {
            self.leave(
                found,
                "it stands in no file of its own, but in what starts the program: make that anew without it",
            );
            return Ok(());
        };
        let gone = self.all.files.get(at).is_some_and(|file| file.texts.after.is_none());
        if declared.shared && !wish.project && !gone {
            self.leave(found, "everybody who works on the project has it: it is changed with --project");
            // That it stays is what was asked for.
            if let Some(left) = self.all.left.last_mut() {
                left.id = None;
            }
            return Ok(());
        }
        let new = match declared.forget {
            Forgetting::Rotate => Some(edits::fresh(&declared.form)),
            Forgetting::Empty | Forgetting::Remove | Forgetting::RemoveFile | Forgetting::Leave => None,
        };
        let Some(change) = self.all.files.get_mut(at) else { return Ok(()) };
        let path = change.path.clone();
        let source = change.texts.after.clone();
        change.texts.after = match (declared.forget, source) {
            (_, None) | (Forgetting::RemoveFile, _) => None,
            (Forgetting::Remove, Some(source)) => Some(edit(&path, edits::remove(kept, &source, key))?),
            (Forgetting::Rotate | Forgetting::Empty | Forgetting::Leave, Some(source)) => {
                let value = Literal::Text(new.clone().unwrap_or_default());
                Some(edit(&path, edits::set(kept, &source, key, &value))?)
            }
        };
        let (name, advice) = (declared.name.clone(), declared.advice.clone());
        self.all.renewed.push(Renewed { name, old, new, file: path, how: declared.forget, advice });
        Ok(())
    }

    fn input(&mut self, found: &FoundId, old: &str, place: &Place) -> Result<(), PlanError> {
        let path = place.path.clone();
        let at = match self.all.files.iter().position(|file| file.path == path) {
            Some(at) => at,
            None => {
                let Some(bytes) = files::read(&path, LIMIT).map_err(PlanError::Unreadable)? else { return Ok(()) };
                self.all.files.push(FileChange::new(&path, Some(bytes.clone()), Some(bytes)));
                self.all.files.len().saturating_sub(1)
            }
        };
        let Some(change) = self.all.files.get_mut(at) else { return Ok(()) };
        let source = change.texts.after.clone().unwrap_or_default();
        let emptied = edits::set(place.kept, &source, &place.key, &Literal::Text(String::new()));
        change.texts.after = Some(edit(&path, emptied)?);
        let (name, advice) = (found.declared.name.clone(), found.declared.advice.clone());
        let how = Forgetting::Empty;
        self.all.renewed.push(Renewed { name, old: old.to_owned(), new: None, file: path, how, advice });
        Ok(())
    }

    /// An empty id where there is none, in a file that is there.
    fn empty(&mut self, file: &str, key: &[String]) -> Result<(), PlanError> {
        let Some((at, kept)) = self.file(file)? else { return Ok(()) };
        let Some(change) = self.all.files.get_mut(at) else { return Ok(()) };
        let Some(source) = change.texts.after.clone() else { return Ok(()) };
        let path = change.path.clone();
        change.texts.after = Some(edit(&path, edits::set(kept, &source, key, &Literal::Text(String::new())))?);
        Ok(())
    }

    fn leave(&mut self, found: &FoundId, why: &str) {
        let (name, advice) = (found.declared.name.clone(), found.declared.advice.clone());
        let id = found.is.known().map(str::to_owned);
        self.all.left.push(Left { name, id, file: found.file.clone(), why: why.to_owned(), advice });
    }

    /// The change of a file that is there, by its name in the manifest.
    fn file(&mut self, name: &str) -> Result<Option<(usize, Kept)>, PlanError> {
        let (Some(declared), Some(found)) = (self.looked.foreign.file(name), self.looked.file(name)) else {
            return Ok(None);
        };
        let Some(path) = &found.path else { return Ok(None) };
        let at = match self.all.files.iter().position(|file| file.path == *path) {
            Some(at) => at,
            None => {
                let bytes = match &found.content {
                    Content::Missing => return Ok(None),
                    Content::Bytes(bytes) => bytes.clone(),
                    Content::Other | Content::Unreadable(_) | Content::Unseen(_) => {
                        let read = files::read(path, LIMIT).map_err(PlanError::Unreadable)?;
                        let Some(bytes) = read else { return Ok(None) };
                        bytes
                    }
                };
                let change = FileChange::new(path, Some(bytes.clone()), Some(bytes));
                self.all.files.push(change.with_secret(declared.secret.clone()));
                self.all.files.len().saturating_sub(1)
            }
        };
        Ok(Some((at, declared.kept)))
    }

    fn queues(&mut self) -> Result<(), PlanError> {
        for queue in &self.looked.foreign.queues {
            let Some((at, kept)) = self.file(&queue.file)? else { continue };
            let Some(change) = self.all.files.get_mut(at) else { continue };
            let waits = change.texts.before.as_deref().and_then(|before| texts::length(kept, before, &queue.key));
            if waits == Some(0) {
                continue;
            }
            change.texts.after = Some(queue.empty.clone().into_bytes());
            if queue.locked {
                *change = change.clone().in_place();
            }
            self.all.dropped = self.all.dropped.saturating_add(waits.map_or(0, |waits| waits as u64));
        }
        Ok(())
    }

    /// Ids in files of earlier runs become empty: a key that is gone could make the program stumble.
    fn reports(&mut self, ids: &Ids, is_meant: &dyn Fn(&str) -> bool) -> Result<(), PlanError> {
        for traced in &ids.traces {
            for (path, id) in traced.ids.iter().filter(|(_, id)| is_meant(id)) {
                let at = match self.all.files.iter().position(|file| file.path == *path) {
                    Some(at) => at,
                    None => {
                        let Some(bytes) = files::read(path, LIMIT).map_err(PlanError::Unreadable)? else { continue };
                        self.all.files.push(FileChange::new(path, Some(bytes.clone()), Some(bytes)));
                        self.all.reports = self.all.reports.saturating_add(1);
                        self.all.files.len().saturating_sub(1)
                    }
                };
                let Some(change) = self.all.files.get_mut(at) else { continue };
                let source = change.texts.after.clone().unwrap_or_default();
                match edits::set(Kept::Json, &source, &traced.trace.key, &Literal::Text(String::new())) {
                    Ok(after) => change.texts.after = Some(after),
                    Err(error) => {
                        let name = path.display().to_string();
                        self.all.left.push(Left {
                            name,
                            id: Some(id.clone()),
                            file: Some(path.clone()),
                            why: error.to_string(),
                            advice: None,
                        });
                    }
                }
            }
        }
        Ok(())
    }
}

fn edit(path: &Path, result: Result<Vec<u8>, crate::settings::value::EditError>) -> Result<Vec<u8>, PlanError> {
    result.map_err(|source| PlanError::Edit { path: path.to_path_buf(), source })
}
