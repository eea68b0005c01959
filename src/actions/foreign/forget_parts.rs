//! Forget of a family of programs: the no of all that was pointed at, one request with every id of theirs, then those ids taken out of their
//! files.
//!
//! Promises: as `forget`: the no lands first and stays; the ids are on record before any of them is touched; all files of the ids change
//! together or none; afterwards no copy of ours keeps an old id but the request. Absent: asking; what no file keeps, which is said.

use crate::actions::context::{Context, Tool};
use crate::actions::deletion::{self, Deleting, Step};
use crate::actions::foreign::change::{Change, FileChange, carry_out};
use crate::actions::foreign::forget::{AGAIN, ForgetError, PATIENCE, let_go, named};
use crate::actions::foreign::ids::{self, Ids, Is};
use crate::actions::foreign::kept::Copies;
use crate::actions::foreign::look::{Looked, look_over};
use crate::actions::foreign::mend;
use crate::actions::foreign::plan;
use crate::actions::foreign::renewal::{self, Left, Renewed, Wish};
use crate::actions::foreign::steps::ChangeError;
use crate::actions::foreign::together::{self, Together, add, over};
use crate::actions::forget;
use crate::consent::effective::State;
use crate::host::{locks, random, writes};
use crate::manifest::foreign::layers::Scope;
use crate::payload::deletion::Named;
use crate::queue::limits::{FLUSH, LEFT_BEHIND};

const OFF: plan::Wish = plan::Wish { on: false, scope: Scope::User };
/// The person's own, all of it: there is nothing that is shared.
const WISH: Wish = Wish { project: true, reports: false, queues: true };

/// What would be done.
#[derive(Debug)]
pub struct Whole {
    /// What changes for the no.
    pub off: Together,
    /// The files as they would be after both.
    pub files: Vec<FileChange>,
    /// The ids that change.
    pub renewed: Vec<Renewed>,
    /// The ids that stay.
    pub left: Vec<Left>,
    /// Whether a place of an id cannot be read: one may stay there.
    pub unread: bool,
    /// The request.
    pub request: Deleting,
}

/// What was done.
#[derive(Debug)]
pub struct Done {
    /// What was planned, with what became of it.
    pub whole: Whole,
    /// All requests.
    pub requests: Vec<Deleting>,
    /// Whether each component that has a switch is off now.
    pub off: bool,
}

/// Works out what `forget` would do; `keep_evidence`: ids stay in the request when it is final.
///
/// # Errors
/// It cannot be worked out.
pub fn plan(context: &Context, parts: &[Tool], keep_evidence: bool) -> Result<Whole, ForgetError> {
    let Some(tool) = parts.first() else { return Err(ForgetError::NoSwitch("nothing".to_owned())) };
    let switched = switched(parts);
    let off = match switched.is_empty() {
        true => Together { plans: Vec::new(), change: Change::no(tool.manifest.tool.clone(), Vec::new()) },
        false => together::planned(context, &switched, OFF)?,
    };
    let mut files = off.change.files.clone();
    let (mut renewed, mut left, mut all, mut unread) = (Vec::new(), Vec::new(), Vec::<Named>::new(), false);
    for part in parts {
        let (looked, ids) = read(context, part, &files)?;
        unread |= ids.ids.iter().any(|id| matches!(id.is, Is::Unknown(_)));
        let renewal = renewal::renewal(&looked, &ids, WISH, &|_| true, &[])?;
        renewal.files.iter().for_each(|file| add(&mut files, file));
        renewed.extend(renewal.renewed);
        stay(&mut left, renewal.left);
        for one in named(&ids) {
            if all.iter().all(|there| there.id != one.id) {
                all.push(one);
            }
        }
    }
    let request = Deleting::new(tool, random::uuid(), context.clock.now(), all, Vec::new(), keep_evidence);
    Ok(Whole { off, files, renewed, left, unread, request })
}

/// An id that stays for one reason is told once.
fn stay(all: &mut Vec<Left>, more: Vec<Left>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

/// Those that have a switch.
fn switched(parts: &[Tool]) -> Vec<Tool> {
    let has = |part: &&Tool| part.manifest.foreign.as_ref().is_some_and(|foreign| foreign.has_switch());
    parts.iter().filter(has).cloned().collect()
}

fn read(context: &Context, part: &Tool, files: &[FileChange]) -> Result<(Looked, Ids), ForgetError> {
    let looked = look_over(context, part, None, &over(files))
        .ok_or_else(|| ForgetError::NoSwitch(part.manifest.tool.to_string()))?;
    let ids = ids::read(context, &looked, None);
    Ok((looked, ids))
}

/// Says no, records the request, takes the ids out, and goes on with requests that were begun before.
///
/// # Errors
/// A step failed; what was done stays done, and the next `forget` goes on from there.
pub fn forget(context: &Context, parts: &[Tool], keep_evidence: bool) -> Result<Done, ForgetError> {
    let Some(tool) = parts.first() else { return Err(ForgetError::NoSwitch("nothing".to_owned())) };
    mend::mend(context, &tool.manifest.tool)?;
    let mut whole = plan(context, parts, keep_evidence)?;
    let switched = switched(parts);
    let off = if switched.is_empty() { None } else { Some(together::switch(context, &switched, OFF)?) };
    writes::private_folder(tool.places.telemetry())?;
    let Some(_held) = locks::lock(&tool.places.flush_lock(), PATIENCE)? else {
        return Err(ForgetError::Busy(tool.manifest.tool.to_string()));
    };
    let (mut requests, _) = deletion::all(tool)?;
    let known = |named: &Named| {
        requests.iter().any(|request| request.step < Step::Closed && request.ids.iter().any(|one| one.id == named.id))
    };
    let ids: Vec<Named> = whole.request.ids.iter().filter(|named| !known(named)).cloned().collect();
    if !ids.is_empty() || requests.is_empty() {
        let id = whole.request.request_id.clone();
        let new = Deleting::new(tool, id, context.clock.now(), ids, Vec::new(), keep_evidence);
        new.keep(tool)?;
        requests.push(new);
    }
    let on_record: Vec<String> = requests
        .iter()
        .filter(|one| one.step < Step::Closed)
        .flat_map(|one| &one.ids)
        .map(|one| one.id.clone())
        .collect();
    (whole.files, whole.renewed, whole.left) = renew(context, parts, &on_record)?;
    let_go(context, tool, &on_record)?;
    for request in &mut requests {
        if request.step < Step::Rotated {
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
    let off = off.is_none_or(|done| done.looked.iter().all(|looked| looked.effective.state == State::Off));
    Ok(Done { whole, requests, off })
}

/// What is taken out: the files, the ids that change, and those that stay.
type Taken = (Vec<FileChange>, Vec<Renewed>, Vec<Left>);

/// Takes the ids that are on record out of all files.
fn renew(context: &Context, parts: &[Tool], on_record: &[String]) -> Result<Taken, ForgetError> {
    let Some(tool) = parts.first() else { return Ok((Vec::new(), Vec::new(), Vec::new())) };
    for again in 1.. {
        let (mut files, mut renewed, mut left): Taken = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            let (looked, ids) = read(context, part, &files)?;
            let meant = |id: &str| on_record.iter().any(|one| one == id);
            let renewal = renewal::renewal(&looked, &ids, WISH, &meant, &[])?;
            renewal.files.iter().for_each(|file| add(&mut files, file));
            renewed.extend(renewal.renewed);
            stay(&mut left, renewal.left);
        }
        // Copies of other files stay, but for those that hold an id.
        let change = Change::forget(tool.manifest.tool.clone(), files.clone());
        match carry_out(context, &Change { copies: Copies::Withheld, ..change }) {
            Ok(_) => return Ok((files, renewed, left)),
            Err(ChangeError::Changed(_)) if again < AGAIN => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ForgetError::Busy(tool.manifest.tool.to_string()))
}
