//! Forget of a foreign tool, one program or several of a family: their own no, the request on record, then their ids renewed or taken out and
//! their queues emptied, in their own files.
//!
//! Promises: the no lands first and stays, whatever goes wrong after it; the ids, and the files that hold them, are on record before any of
//! them is touched; killed anywhere, the next `forget` of these files goes on, and a request is done only when its own files are; afterwards
//! no copy of ours keeps an old id but the request. Absent: asking; what only the tool's server can do, and what no file keeps, which is said.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::actions::context::{Context, Tool};
use crate::actions::deletion::{self, Deleting, Stays, Step};
use crate::actions::foreign::change::Change;
use crate::actions::foreign::forget_ids::{self, ForgetError, Part, Said, read, take};
use crate::actions::foreign::ids::Is;
use crate::actions::foreign::kept::Copies;
use crate::actions::foreign::look::{Looked, look};
use crate::actions::foreign::mend;
use crate::actions::foreign::plan;
use crate::actions::foreign::renewal::{Renewal, Wish};
use crate::actions::foreign::together::{self, Together};
use crate::actions::forget;
use crate::consent::effective::State;
use crate::host::files;
use crate::host::{locks, random, writes};
use crate::manifest::foreign::layers::Scope;
use crate::payload::deletion::Named;
use crate::queue::limits::{FLUSH, LEFT_BEHIND};

/// How long another of us is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is wanted.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Ids that everybody of a project shares as well.
    pub project: bool,
    /// Ids in files of earlier runs as well.
    pub reports: bool,
    /// Whether ids stay in the request when it is final.
    pub keep_evidence: bool,
    /// What the running server says.
    pub said: Said<'a>,
}

/// The person's own ids, as `forget --status` means them.
const OWN: Wanted<'static> = Wanted { project: false, reports: false, keep_evidence: false, said: Said::NOTHING };

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
    /// Each program as it is, with its ids.
    pub parts: Vec<Part>,
    /// What changes for the no.
    pub off: Together,
    /// What changes of the ids, and with it all files as they would be after both.
    pub renewal: Renewal,
    /// The request as it would be recorded.
    pub request: Deleting,
}

/// What was done.
#[derive(Debug)]
pub struct Forgotten {
    /// Each program as it is now.
    pub looked: Vec<Looked>,
    /// What was changed for the no.
    pub off: Together,
    /// What changed of the ids, and what did not.
    pub renewal: Renewal,
    /// What this run asked for, and what of earlier requests is not closed.
    pub requests: Vec<Deleting>,
    /// Copies of earlier changes that were let go of, because they held an old id.
    pub copies: usize,
    /// Whether a place of an id cannot be read: one may stay there.
    pub unread: bool,
}

impl Plan {
    /// How many events wait in the programs' queues, as far as that can be told.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.parts.iter().map(|part| forget_ids::waiting(&part.looked)).sum()
    }

    /// The files that change for the ids, beyond what changes for the no.
    fn files(&self) -> Vec<String> {
        let off = &self.off.change.files;
        let own = self.renewal.files.iter().filter(|file| !off.contains(file));
        own.map(|file| file.path.display().to_string()).collect()
    }
}

impl Forgotten {
    /// Whether one of the programs has a switch.
    #[must_use]
    pub fn has_switch(&self) -> bool {
        self.looked.iter().any(|looked| looked.foreign.has_switch())
    }

    /// Whether each program that has a switch is off now.
    #[must_use]
    pub fn is_off(&self) -> bool {
        let mut switched = self.looked.iter().filter(|looked| looked.foreign.has_switch());
        switched.all(|looked| looked.effective.state == State::Off)
    }
}

fn name(parts: &[Tool]) -> Result<&Tool, ForgetError> {
    parts.first().ok_or_else(|| ForgetError::NoSwitch("nothing".to_owned()))
}

const OFF: plan::Wish = plan::Wish { on: false, scope: Scope::User };

/// Works out what `forget` would do: `parts` is one program, or those of a family that were pointed at.
///
/// # Errors
/// It cannot be worked out.
pub fn plan(context: &Context, parts: &[Tool], wanted: &Wanted<'_>) -> Result<Plan, ForgetError> {
    let tool = name(parts)?;
    let switched = switched(parts);
    let mut off = match switched.is_empty() {
        true => Together { plans: Vec::new(), change: Change::no(tool.manifest.tool.clone(), Vec::new()) },
        false => together::planned(context, &switched, OFF)?,
    };
    // Of several, one that cannot be switched keeps none of the others back.
    if !is_family(tool)
        && let Some(error) = off.plans.pop_if(|plan| plan.is_err()).and_then(Result::err)
    {
        return Err(error.into());
    }
    let all: Result<Vec<Part>, _> = parts.iter().map(|part| read(context, part, wanted.said, &[])).collect();
    let all = all?;
    let renewal = take(context, parts, wanted.said, (wanted.wish(), &|_| true), &off.change.files)?;
    let (now, ids) = (context.clock.now(), forget_ids::named(&all));
    let request = Deleting::new(tool, random::uuid(), now, ids, Vec::new(), wanted.keep_evidence);
    Ok(Plan { parts: all, off, renewal, request })
}

/// Those that have a switch.
fn switched(parts: &[Tool]) -> Vec<Tool> {
    let has = |part: &&Tool| part.manifest.foreign.as_ref().is_some_and(|foreign| foreign.has_switch());
    parts.iter().filter(has).cloned().collect()
}

fn is_family(tool: &Tool) -> bool {
    tool.manifest.foreign.as_ref().is_some_and(|foreign| foreign.is_family()) || tool.given.component.is_some()
}

/// What becomes of copies of earlier changes: those of other files of a family stay, but for those that hold an id.
fn copies_of(tool: &Tool) -> Copies {
    if is_family(tool) { Copies::Withheld } else { Copies::None }
}

/// Says no, records the request, renews the ids or takes them out, and goes on with requests that were begun before.
///
/// # Errors
/// A step failed; what was done stays done, and the next `forget` goes on from there.
pub fn forget(context: &Context, parts: &[Tool], wanted: &Wanted<'_>) -> Result<Forgotten, ForgetError> {
    let tool = name(parts)?;
    mend::mend(context, &tool.manifest.tool)?;
    // Read before anything changes: a queue that the no empties is counted, and no id can get lost by it.
    let before = plan(context, parts, wanted)?;
    let switched = switched(parts);
    let off = if switched.is_empty() { None } else { Some(together::switch(context, &switched, OFF)?.together) };
    writes::private_folder(tool.places.telemetry())?;
    let Some(_held) = locks::lock(&tool.places.flush_lock(), PATIENCE)? else {
        return Err(ForgetError::Busy(tool.manifest.tool.to_string()));
    };
    let mut requests = record(context, tool, wanted, &before)?;
    // What was over before is no part of this.
    requests.retain(|request| request.step < Step::Closed);
    let (renewal, copies) = renew(context, parts, wanted, &requests)?;
    let mut unread = false;
    for part in parts {
        let ids = read(context, part, wanted.said.of_version(), &[])?.ids.ids;
        unread |= ids.iter().any(|id| matches!(id.is, Is::Unknown(_)));
    }
    let here = here(context, parts, wanted)?;
    for request in requests.iter_mut().filter(|request| request.step < Step::Closed) {
        let stays = stays(request, &renewal, &here);
        if stays != request.stays {
            request.stays = stays;
            request.keep(tool)?;
        }
    }
    settle(context, tool, &mut requests, &here)?;
    let looked: Option<Vec<Looked>> = parts.iter().map(|part| look(context, part, wanted.said.version)).collect();
    let looked = looked.ok_or_else(|| ForgetError::NoSwitch(tool.manifest.tool.to_string()))?;
    Ok(Forgotten { looked, off: off.unwrap_or(before.off), renewal, requests, copies, unread })
}

/// Puts the ids on record that no open request has, and the files in which they stand; gives all requests.
fn record(context: &Context, tool: &Tool, wanted: &Wanted<'_>, before: &Plan) -> Result<Vec<Deleting>, ForgetError> {
    let (mut requests, _) = deletion::all(tool)?;
    let has = |request: &Deleting, named: &Named| {
        request.step < Step::Closed && request.ids.iter().any(|one| one.id == named.id)
    };
    let asked = &before.request;
    let known = |named: &&Named| requests.iter().any(|request| has(request, named));
    let ids: Vec<Named> = asked.ids.iter().filter(|named| !known(named)).cloned().collect();
    let files = before.files();
    // What is asked for already may stand in other files than those that are on record.
    for request in requests.iter_mut().filter(|request| asked.ids.iter().any(|named| has(request, named))) {
        let more: Vec<String> = files.iter().filter(|file| !request.files.contains(file)).cloned().collect();
        if !more.is_empty() {
            request.files.extend(more);
            request.step = Step::Recorded;
            request.keep(tool)?;
        }
    }
    if !ids.is_empty() || requests.is_empty() {
        let (id, now) = (asked.request_id.clone(), context.clock.now());
        let mut new = Deleting::new(tool, id, now, ids, Vec::new(), wanted.keep_evidence);
        new.purged = before.waiting();
        new.also = wanted.also();
        new.files = files;
        new.stays = stays(&new, &before.renewal, &[]);
        new.keep(tool)?;
        requests.push(new);
    }
    Ok(requests)
}

/// Goes on with what was begun, and delivers what is open.
///
/// # Errors
/// As [`forget()`].
pub fn go_on(context: &Context, tool: &Tool) -> Result<Vec<Deleting>, ForgetError> {
    mend::mend(context, &tool.manifest.tool)?;
    let mut requests = deletion::all(tool)?.0;
    // What is only looked at needs no lock, and makes no folder.
    if requests.is_empty() {
        return Ok(requests);
    }
    let Some(_held) = locks::lock(&tool.places.flush_lock(), PATIENCE)? else {
        return Err(ForgetError::Busy(tool.manifest.tool.to_string()));
    };
    // The files of a family of programs are known to who points at them: its ids are taken out by `forget TOOL PATH` alone.
    let mut here_now = Vec::new();
    if !is_family(tool) && requests.iter().any(|request| request.step < Step::Rotated) {
        let parts = std::slice::from_ref(tool);
        renew(context, parts, &OWN, &requests)?;
        here_now = here(context, parts, &OWN)?;
    }
    settle(context, tool, &mut requests, &here_now)?;
    Ok(requests)
}

/// The files in which ids of these programs stand, or would.
fn here(context: &Context, parts: &[Tool], wanted: &Wanted<'_>) -> Result<Vec<PathBuf>, ForgetError> {
    let mut all = Vec::new();
    for part in parts {
        all.extend(read(context, part, wanted.said.of_version(), &[])?.files());
    }
    Ok(all)
}

/// Delivers the requests whose files, of which those in `here` are done, hold none of their ids any more; and closes what is final.
fn settle(context: &Context, tool: &Tool, requests: &mut [Deleting], here: &[PathBuf]) -> Result<(), ForgetError> {
    for request in requests {
        if request.step < Step::Rotated {
            let files = left(request, here);
            if !files.is_empty() {
                if files.len() < request.files.len() {
                    request.files = files;
                    request.keep(tool)?;
                }
                continue;
            }
            request.files = files;
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
    Ok(())
}

/// The files of a request that are neither among those `here` nor gone.
fn left(request: &Deleting, here: &[PathBuf]) -> Vec<String> {
    request.files.iter().filter(|file| is_left(file, here)).cloned().collect()
}

/// Whether a file is neither among those `here` nor gone.
fn is_left(file: &str, here: &[PathBuf]) -> bool {
    !here.iter().any(|path| path.display().to_string() == file) && files::exists(Path::new(file)).unwrap_or(true)
}

/// Which ids of a request stay, and where: what is not `here` and not gone stays as it was told.
fn stays(request: &Deleting, renewal: &Renewal, here: &[PathBuf]) -> Vec<Stays> {
    let mut all: Vec<Stays> = request.stays.iter().filter(|one| is_left(&one.file, here)).cloned().collect();
    for left in &renewal.left {
        let (Some(id), Some(file)) = (&left.id, &left.file) else { continue };
        let one = Stays { id: id.clone(), file: file.display().to_string() };
        if request.ids.iter().any(|named| named.id == *id) && !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// Renews the ids that are on record in a request, and lets go of copies that hold them; how many copies those were.
fn renew(
    context: &Context,
    parts: &[Tool],
    wanted: &Wanted<'_>,
    requests: &[Deleting],
) -> Result<(Renewal, usize), ForgetError> {
    let tool = name(parts)?;
    let here = here(context, parts, wanted)?;
    // What was asked for beside the ids of somewhere else is not meant here.
    let of_here =
        |request: &&Deleting| request.files.is_empty() || left(request, &here).len() < left(request, &[]).len();
    let begun: Vec<&Deleting> =
        requests.iter().filter(|request| request.step < Step::Rotated).filter(of_here).collect();
    let also = |word: &str| begun.iter().any(|request| request.also.iter().any(|also| also == word));
    let wish =
        Wish { project: wanted.project || also(PROJECT), reports: wanted.reports || also(REPORTS), queues: true };
    let open = requests.iter().filter(|request| request.step < Step::Closed);
    let on_record: Vec<String> = open.flat_map(|request| &request.ids).map(|named| named.id.clone()).collect();
    let copies = forget_ids::copies(context, tool)?;
    let meant = |id: &str| on_record.iter().any(|one| one == id);
    let renewal = forget_ids::renew(context, parts, wanted.said, (wish, &meant), copies_of(tool))?;
    forget_ids::let_go(context, tool, &on_record)?;
    // Those that the change itself let go of count as well.
    Ok((renewal, copies.saturating_sub(forget_ids::copies(context, tool)?)))
}
