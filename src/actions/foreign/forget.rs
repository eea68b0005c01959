//! Forget of a foreign tool: its own no, the request on record, then its ids renewed and its queues emptied, in its own files.
//!
//! Promises: the no lands first and stays, whatever goes wrong after it; the ids are on record before any of them is touched; killed
//! anywhere, the next `forget` (or `forget --status`) goes on; afterwards no copy of ours keeps an old id but the request. Absent: asking;
//! what only the tool's server can do, which is said.

use std::path::PathBuf;
use std::time::Duration;

use crate::actions::context::{Context, Tool};
use crate::actions::deletion::{self, Deleting, Step};
use crate::actions::foreign::change::{Change, carry_out};
use crate::actions::foreign::ids::{self, Asked, Ids, Is};
use crate::actions::foreign::journal;
use crate::actions::foreign::kept::Copies;
use crate::actions::foreign::look::{Looked, look};
use crate::actions::foreign::mend;
use crate::actions::foreign::overrides::Override;
use crate::actions::foreign::plan::{self, PlanError};
use crate::actions::foreign::renewal::{self, Left, Renewal, Renewed, Wish};
use crate::actions::foreign::steps::ChangeError;
use crate::actions::foreign::switch::{self, SwitchError};
use crate::actions::foreign::texts;
use crate::actions::forget;
use crate::host::files::FileError;
use crate::host::{locks, random, writes};
use crate::identity::foreign_places::ForeignPlaces;
use crate::manifest::foreign::layers::{Queue, Scope};
use crate::manifest::versions::Version;
use crate::payload::deletion::Named;
use crate::queue::limits::{FLUSH, LEFT_BEHIND};

/// How long another of us is waited for.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// How often it is worked out again when a program wrote a file in between.
pub const AGAIN: usize = 5;

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

/// What is wanted.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Ids that everybody of a project shares as well.
    pub project: bool,
    /// Ids in files of earlier runs as well.
    pub reports: bool,
    /// Whether ids stay in the request when it is final.
    pub keep_evidence: bool,
    /// What the running server answers.
    pub asked: Asked<'a>,
    /// The version that it says it is.
    pub version: Option<&'a Version>,
}

impl Wanted<'_> {
    fn wish(&self) -> Wish {
        Wish { project: self.project, reports: self.reports, queues: true }
    }

    /// As it is kept in a request.
    fn also(&self) -> Vec<String> {
        let words = [(self.project, PROJECT), (self.reports, REPORTS)];
        words.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.to_owned()).collect()
    }
}

const PROJECT: &str = "project";
const REPORTS: &str = "reports";

/// What `forget` would do.
#[derive(Debug)]
pub struct Plan {
    /// The tool as it is.
    pub looked: Looked,
    /// Its ids.
    pub ids: Ids,
    /// What changes for the no.
    pub off: plan::Plan,
    /// What changes of the ids, and with it all files as they would be after both.
    pub renewal: Renewal,
    /// The request as it would be recorded.
    pub request: Deleting,
}

/// What was done.
#[derive(Debug)]
pub struct Forgotten {
    /// The tool as it is now.
    pub looked: Looked,
    /// What changed of the ids, and what did not.
    pub renewed: Vec<Renewed>,
    /// The ids that stay.
    pub left: Vec<Left>,
    /// The files that changed.
    pub files: Vec<PathBuf>,
    /// All requests.
    pub requests: Vec<Deleting>,
    /// Copies of earlier changes that were let go of, because they held an old id.
    pub copies: usize,
    /// What still says something else than no.
    pub overrides: Vec<Override>,
    /// Whether a place of an id cannot be read: one may stay there.
    pub unread: bool,
}

/// Every id that the tool has or had, each once.
#[must_use]
pub fn named(ids: &Ids) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    let known = ids.ids.iter().filter_map(|found| Some((found.declared.name.as_str(), found.is.known()?)));
    for (kind, id) in known.chain(ids.old.iter().map(|old| (old.name.as_str(), old.id.as_str()))) {
        if all.iter().all(|named| named.id != id) {
            all.push(Named { kind: kind.to_owned(), id: id.to_owned() });
        }
    }
    all
}

fn looked_at(context: &Context, tool: &Tool, version: Option<&Version>) -> Result<Looked, ForgetError> {
    look(context, tool, version).ok_or_else(|| ForgetError::NoSwitch(tool.manifest.tool.to_string()))
}

const OFF: plan::Wish = plan::Wish { on: false, scope: Scope::User };

/// Works out what `forget` would do.
///
/// # Errors
/// It cannot be worked out.
pub fn plan(context: &Context, tool: &Tool, wanted: &Wanted<'_>) -> Result<Plan, ForgetError> {
    let looked = looked_at(context, tool, wanted.version)?;
    let ids = ids::read(context, &looked, wanted.asked);
    let off = plan::plan(&looked, &tool.manifest.tool, OFF)?;
    let renewal = renewal::renewal(&looked, &ids, wanted.wish(), &|_| true, &off.change.files)?;
    let now = context.clock.now();
    let request = Deleting::new(tool, random::uuid(), now, named(&ids), Vec::new(), wanted.keep_evidence);
    Ok(Plan { looked, ids, off, renewal, request })
}

/// Says no, records the request, renews the ids, and goes on with requests that were begun before.
///
/// # Errors
/// A step failed; what was done stays done, and the next `forget` goes on from there.
pub fn forget(context: &Context, tool: &Tool, wanted: &Wanted<'_>) -> Result<Forgotten, ForgetError> {
    mend::mend(context, &tool.manifest.tool)?;
    // Read before anything changes: a queue that the no empties is counted, and no id can get lost by it.
    let before = plan(context, tool, wanted)?;
    let switched = switch::switch(context, tool, OFF)?;
    writes::private_folder(tool.places.telemetry())?;
    let Some(_held) = locks::lock(&tool.places.flush_lock(), PATIENCE)? else {
        return Err(ForgetError::Busy(tool.manifest.tool.to_string()));
    };
    let (mut requests, _) = deletion::all(tool)?;
    let mut request = before.request;
    let known = |named: &Named| {
        requests.iter().any(|request| request.step < Step::Closed && request.ids.iter().any(|one| one.id == named.id))
    };
    request.ids.retain(|named| !known(named));
    if !request.ids.is_empty() || requests.is_empty() {
        let ids = request.ids;
        let (id, now) = (request.request_id, context.clock.now());
        let mut new = Deleting::new(tool, id, now, ids, Vec::new(), wanted.keep_evidence);
        new.purged = waiting(&before.looked);
        new.also = wanted.also();
        new.keep(tool)?;
        requests.push(new);
    }
    let mut done = go_on_held(context, tool, requests, wanted, true)?;
    done.overrides = switched.plan.overrides;
    Ok(done)
}

/// Goes on with what was begun, and delivers what is open.
///
/// # Errors
/// As [`forget()`].
pub fn go_on(context: &Context, tool: &Tool) -> Result<Forgotten, ForgetError> {
    mend::mend(context, &tool.manifest.tool)?;
    let requests = deletion::all(tool)?.0;
    let wanted = Wanted { project: false, reports: false, keep_evidence: false, asked: None, version: None };
    // What is only looked at needs no lock, and makes no folder.
    let _held = match requests.is_empty() {
        true => None,
        false => Some(
            locks::lock(&tool.places.flush_lock(), PATIENCE)?
                .ok_or_else(|| ForgetError::Busy(tool.manifest.tool.to_string()))?,
        ),
    };
    // The files of a family of programs are known to who points at them: its ids are taken out by `forget TOOL PATH` alone.
    let begun = !is_family(tool) && requests.iter().any(|request| request.step < Step::Rotated);
    go_on_held(context, tool, requests, &wanted, begun)
}

fn is_family(tool: &Tool) -> bool {
    tool.manifest.foreign.as_ref().is_some_and(|foreign| foreign.is_family())
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

fn go_on_held(
    context: &Context,
    tool: &Tool,
    requests: Vec<Deleting>,
    wanted: &Wanted<'_>,
    renewing: bool,
) -> Result<Forgotten, ForgetError> {
    let looked = looked_at(context, tool, wanted.version)?;
    let (renewed, left, files) = (Vec::new(), Vec::new(), Vec::new());
    let unread = ids::read(context, &looked, None).ids.iter().any(|id| matches!(id.is, Is::Unknown(_)));
    let mut done = Forgotten { looked, renewed, left, files, requests, copies: 0, overrides: Vec::new(), unread };
    if renewing {
        renew(context, tool, wanted, &mut done)?;
    }
    for request in &mut done.requests {
        if request.step < Step::Rotated {
            if is_family(tool) {
                continue;
            }
            request.step = Step::Rotated;
            request.keep(tool)?;
        }
        deletion::deliver(context, tool, request, FLUSH)?;
        forget::close(tool, request)?;
    }
    // What a kill left half-written may hold an id.
    for folder in tool.places.written() {
        writes::sweep(&folder, LEFT_BEHIND)?;
    }
    done.looked = looked_at(context, tool, wanted.version)?;
    Ok(done)
}

/// Renews the ids that are on record in a request, and lets go of copies that hold them.
fn renew(context: &Context, tool: &Tool, wanted: &Wanted<'_>, done: &mut Forgotten) -> Result<(), ForgetError> {
    let open = || done.requests.iter().filter(|request| request.step < Step::Closed);
    let begun = |word: &str| {
        let mut begun = open().filter(|request| request.step < Step::Rotated);
        begun.any(|request| request.also.iter().any(|also| also == word))
    };
    let wish =
        Wish { project: wanted.project || begun(PROJECT), reports: wanted.reports || begun(REPORTS), queues: true };
    let copies = copies(context, tool)?;
    let on_record: Vec<String> = open().flat_map(|request| &request.ids).map(|named| named.id.clone()).collect();
    for again in 1.. {
        let looked = looked_at(context, tool, wanted.version)?;
        let ids = ids::read(context, &looked, wanted.asked);
        let renewal = renewal::renewal(&looked, &ids, wish, &|id| on_record.iter().any(|one| one == id), &[])?;
        match carry_out(context, &Change::forget(tool.manifest.tool.clone(), renewal.files)) {
            Ok(changed) => {
                (done.files, done.renewed, done.left) = (changed.files, renewal.renewed, renewal.left);
                break;
            }
            Err(ChangeError::Changed(_)) if again < AGAIN => {}
            Err(error) => return Err(error.into()),
        }
    }
    let_go(context, tool, &on_record)?;
    // Those that the change itself let go of count as well.
    done.copies = copies.saturating_sub(self::copies(context, tool)?);
    Ok(())
}

/// How many earlier changes can be undone.
fn copies(context: &Context, tool: &Tool) -> Result<usize, FileError> {
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

/// Renews the ids that are not shared, without asking anybody for deletion: for `id TOOL renew`.
///
/// # Errors
/// The files cannot be changed.
pub fn renew_ids(context: &Context, tool: &Tool) -> Result<(Renewal, Vec<PathBuf>), ForgetError> {
    mend::mend(context, &tool.manifest.tool)?;
    for again in 1.. {
        let looked = looked_at(context, tool, None)?;
        let ids = ids::read(context, &looked, None);
        let wish = Wish { project: false, reports: false, queues: false };
        let mut renewal = renewal::renewal(&looked, &ids, wish, &|_| true, &[])?;
        let files = std::mem::take(&mut renewal.files);
        match carry_out(context, &Change::forget(tool.manifest.tool.clone(), files)) {
            Ok(changed) => return Ok((renewal, changed.files)),
            Err(ChangeError::Changed(_)) if again < AGAIN => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ForgetError::Busy(tool.manifest.tool.to_string()))
}
