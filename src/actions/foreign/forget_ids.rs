//! Ids out of the files of foreign programs: of one, or of several together; and the copies of ours that hold them let go of.
//!
//! Promises: all files change together or none; what one program's change leaves in a file is what the next one sees. Absent: the no before it,
//! and the request (`forget`).

use std::path::PathBuf;

use crate::actions::context::{Context, Tool};
use crate::actions::foreign::change::{Change, FileChange, carry_out};
use crate::actions::foreign::ids::{self, Asked, Ids, Is};
use crate::actions::foreign::inputs::Over;
use crate::actions::foreign::journal;
use crate::actions::foreign::kept::Copies;
use crate::actions::foreign::look::{Looked, look_over};
use crate::actions::foreign::mend;
use crate::actions::foreign::plan::PlanError;
use crate::actions::foreign::renewal::{self, Left, Renewal, Wish};
use crate::actions::foreign::steps::ChangeError;
use crate::actions::foreign::switch::{AGAIN, SwitchError};
use crate::actions::foreign::texts;
use crate::actions::foreign::together::over;
use crate::actions::forget;
use crate::host::files::FileError;
use crate::identity::foreign_places::ForeignPlaces;
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::ids::IdSource;
use crate::manifest::foreign::layers::Queue;
use crate::manifest::versions::Version;
use crate::payload::deletion::Named;

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// The tool has no switches that are described.
    #[error("no switch of {0} is known")]
    NoSwitch(String),
    /// The no did not land.
    #[error(transparent)]
    Switch(#[from] SwitchError),
    /// What to change cannot be worked out.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The files could not be changed; telemetry is off and the request is on record.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// What we keep.
    #[error(transparent)]
    File(#[from] FileError),
    /// What we keep of earlier requests.
    #[error(transparent)]
    Request(#[from] forget::ForgetError),
    /// Another of us, or the tool, is at work and does not end.
    #[error("another telemetry, or {0} itself, is at work and does not end")]
    Busy(String),
}

/// What a running server says of itself.
#[derive(Clone, Copy)]
pub struct Said<'a> {
    /// What it answers.
    pub asked: Asked<'a>,
    /// Its version.
    pub version: Option<&'a Version>,
}

impl Said<'_> {
    /// Nobody asked it.
    pub const NOTHING: Self = Self { asked: None, version: None };

    /// Its version alone.
    #[must_use]
    pub const fn of_version(self) -> Self {
        Self { asked: None, ..self }
    }
}

/// One program, with its ids.
#[derive(Debug)]
pub struct Part {
    /// The program as it is.
    pub looked: Looked,
    /// Its ids.
    pub ids: Ids,
}

impl Part {
    /// The files in which its ids stand, or would, and can be read.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let looked = &self.looked;
        let mut all: Vec<PathBuf> = looked.files.iter().filter_map(|file| file.path.clone()).collect();
        for id in &looked.foreign.ids {
            if let IdSource::Key { file, key } = &id.source {
                let source = Source::Key { file: file.clone(), key: key.clone() };
                all.extend(looked.elsewhere(&source).map(|(place, _)| place.path));
            }
        }
        all.extend(self.ids.traces.iter().flat_map(|traced| &traced.files).cloned());
        let unread = |path: &PathBuf| {
            let mut unknown = self.ids.ids.iter().filter(|id| matches!(id.is, Is::Unknown(_)));
            unknown.any(|id| id.file.as_ref() == Some(path))
        };
        all.retain(|path| !unread(path));
        all
    }
}

/// Reads one, as if these files had these bytes already.
///
/// # Errors
/// Nothing is known of its files.
pub fn read(context: &Context, part: &Tool, said: Said<'_>, over: &Over) -> Result<Part, ForgetError> {
    let looked = look_over(context, part, said.version, over)
        .ok_or_else(|| ForgetError::NoSwitch(part.manifest.tool.to_string()))?;
    let ids = ids::read(context, &looked, said.asked);
    Ok(Part { looked, ids })
}

/// Every id that the programs have or had, each once.
#[must_use]
pub fn named(parts: &[Part]) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    for ids in parts.iter().map(|part| &part.ids) {
        let known = ids.ids.iter().filter_map(|found| Some((found.declared.name.as_str(), found.is.known()?)));
        for (kind, id) in known.chain(ids.old.iter().map(|old| (old.name.as_str(), old.id.as_str()))) {
            if !id.is_empty() && all.iter().all(|named| named.id != id) {
                all.push(Named { kind: kind.to_owned(), id: id.to_owned() });
            }
        }
    }
    all
}

/// How many events wait in its queues, as far as that can be told.
#[must_use]
pub fn waiting(looked: &Looked) -> u64 {
    let count = |queue: &Queue| {
        let kept = looked.foreign.file(&queue.file)?.kept;
        texts::length(kept, looked.bytes(&queue.file)?, &queue.key)
    };
    looked.foreign.queues.iter().filter_map(count).map(|number| number as u64).sum()
}

/// Which ids are meant: of which kinds, and whether one of them is.
pub type Meant<'a> = (Wish, &'a dyn Fn(&str) -> bool);

/// Works out what changes in the files of all `parts`, on top of the changes in `base`.
///
/// # Errors
/// A file cannot be read, or not be changed with care.
pub fn take(
    context: &Context,
    parts: &[Tool],
    said: Said<'_>,
    (wish, is_meant): Meant<'_>,
    base: &[FileChange],
) -> Result<Renewal, ForgetError> {
    let mut all = Renewal { files: base.to_vec(), ..Renewal::default() };
    let mut changed = Vec::new();
    for part in parts {
        let Part { looked, ids } = read(context, part, said, &changed)?;
        let one = renewal::renewal(&looked, &ids, wish, is_meant, &all.files)?;
        changed = over(&one.files);
        all.files = one.files;
        all.renewed.extend(one.renewed);
        // An id that stays for one reason is told once.
        let left: Vec<_> = one.left.into_iter().filter(|left| !all.left.contains(left)).collect();
        all.left.extend(left);
        all.dropped = all.dropped.saturating_add(one.dropped);
        all.reports = all.reports.saturating_add(one.reports);
    }
    let still = still(&all);
    all.left.extend(still);
    Ok(all)
}

/// Ids that were taken out of their key and stand in the file all the same: what the key referred to, or a comment.
fn still(renewal: &Renewal) -> Vec<Left> {
    let mut all: Vec<Left> = Vec::new();
    for one in &renewal.renewed {
        let change = renewal.files.iter().find(|file| file.path == one.file);
        let Some(line) = change.and_then(|change| line_of(change.texts.after.as_deref()?, &one.old)) else { continue };
        let mut known = renewal.left.iter().chain(&all);
        if !known.any(|left| left.file.as_ref() == Some(&one.file) && left.name == one.name) {
            let why = format!("it still stands in line {line}, which is not where the program keeps it");
            let file = Some(one.file.clone());
            all.push(Left { name: one.name.clone(), id: Some(one.old.clone()), file, why, advice: None });
        }
    }
    all
}

/// Shortest id that is looked for: others stand in any text.
const SHORTEST: usize = 4;

/// The line, from 1, in which `id` stands as a word of its own.
fn line_of(text: &[u8], id: &str) -> Option<usize> {
    let within =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let is_word = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        !within(before) && !within(text.get(at.saturating_add(id.len())))
    };
    let mut found = text.windows(id.len().max(SHORTEST)).enumerate().filter(|(_, there)| *there == id.as_bytes());
    let at = found.find(|(at, _)| is_word(*at))?.0;
    Some(text.iter().take(at).filter(|byte| **byte == b'\n').count().saturating_add(1))
}

/// Renews the ids that are meant, or takes them out.
///
/// # Errors
/// The files cannot be changed.
pub fn renew(
    context: &Context,
    parts: &[Tool],
    said: Said<'_>,
    meant: Meant<'_>,
    copies: Copies,
) -> Result<Renewal, ForgetError> {
    let name = parts.first().map(|part| &part.manifest.tool);
    let Some(name) = name else { return Err(ForgetError::NoSwitch("nothing".to_owned())) };
    for again in 1.. {
        let renewal = take(context, parts, said, meant, &[])?;
        match carry_out(context, &Change { copies, ..Change::forget(name.clone(), renewal.files.clone()) }) {
            Ok(_) => return Ok(renewal),
            Err(ChangeError::Changed(_)) if again < AGAIN => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ForgetError::Busy(name.to_string()))
}

/// Renews the ids that are not shared, without asking anybody for deletion: for `id TOOL renew`.
///
/// # Errors
/// The files cannot be changed.
pub fn renew_own(context: &Context, tool: &Tool) -> Result<Renewal, ForgetError> {
    mend::mend(context, &tool.manifest.tool)?;
    let wish = Wish { project: false, reports: false, queues: false };
    renew(context, std::slice::from_ref(tool), Said::NOTHING, (wish, &|_| true), Copies::None)
}

/// How many earlier changes can be undone.
///
/// # Errors
/// They cannot be read.
pub fn copies(context: &Context, tool: &Tool) -> Result<usize, FileError> {
    let undo = ForeignPlaces::of(&context.paths, &tool.manifest.tool).undo();
    Ok(journal::read(&undo)?.known.iter().filter(|one| one.index.copies == Copies::Kept).count())
}

/// Copies that hold one of the ids would bring it back.
///
/// # Errors
/// They cannot be read, or one cannot be removed.
pub fn let_go(context: &Context, tool: &Tool, ids: &[String]) -> Result<(), ForgetError> {
    let places = ForeignPlaces::of(&context.paths, &tool.manifest.tool);
    let _held = mend::hold(&places, &tool.manifest.tool)?;
    for journal in journal::read(&places.undo())?.known.into_iter().filter(|one| one.index.copies == Copies::Kept) {
        // What is no copy any more puts nothing back, and may hold an id all the same.
        let holds = (0..journal.index.files.len()).any(|number| match journal.before(number) {
            Ok(before) => before.is_some_and(|before| ids.iter().any(|id| has(&before, id.as_bytes()))),
            Err(_) => true,
        });
        if holds {
            journal.discard()?;
        }
    }
    Ok(())
}

fn has(text: &[u8], id: &[u8]) -> bool {
    !id.is_empty() && text.windows(id.len()).any(|at| at == id)
}
