//! Reports of losses: what a destination that asks for it is told of them, with a payload that is sent anyway.
//!
//! Promises: a loss is told once: while a payload that tells of losses is under way no other one does, and what was taken is kept
//! before the payload counts as settled. Nothing is told of what was lost before the latest yes, or before the destination asked.
//! Absent: the form of a report (`payload/`); a request for its own sake.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::actions::context::Tool;
use crate::destination::told::{self, Found, Known};
use crate::host::clock::Timestamp;
use crate::host::files::FileError;
use crate::manifest::destinations::Destination;
use crate::queue::drop::{self, Loss};
use crate::queue::segment::Kept;
use crate::queue::settle::Progress;
use crate::queue::told::{Due, Told, why};

/// Counts what a destination's progress through a batch lost and nobody is known to have counted, and gives it. Only for who holds
/// the flush lock.
///
/// # Errors
/// It cannot be counted.
pub fn owed(tool: &Tool, progress: &mut Progress, now: Timestamp) -> Result<BTreeMap<Loss, u64>, FileError> {
    let Some((name, lost)) = progress.owed() else { return Ok(BTreeMap::new()) };
    drop::count_once(&tool.places.losses(), &name, lost.clone(), now)?;
    progress.count().map(|()| lost)
}

/// The status of a server that has no time: what it refuses so is none of its refusals.
const NO_TIME: u16 = 429;

/// Where it is kept what a destination was told; nowhere for one that does not ask.
fn path(tool: &Tool, destination: &Destination) -> Option<PathBuf> {
    destination.form.reports().then(|| tool.places.told(&destination.name))
}

/// The counts as they stand.
fn counted(tool: &Tool, refused: u64) -> Told {
    let sum = drop::losses(&tool.places.losses());
    let mut counts = sum.counts;
    counts.retain(|loss, _| why(*loss).is_some());
    // What other destinations refused is nothing to this one.
    counts.remove(&Loss::Refused);
    counts.extend((refused > 0).then_some((Loss::Refused, refused)));
    Told { since_ms: sum.since.map(Timestamp::ms), counts }
}

/// Whether what is kept still says where to go on: it is from after the latest yes, and the losses are still the same count.
fn goes_on(known: &Known, counted: &Told, yes: Option<Timestamp>) -> bool {
    yes.is_none_or(|yes| known.at >= yes) && (known.told.since_ms.is_none() || known.told.since_ms == counted.since_ms)
}

/// Begins to tell a destination, from now on, where nothing is kept that says where to go on.
///
/// # Errors
/// It cannot be kept.
pub fn begin(tool: &Tool, destination: &Destination, yes: Option<Timestamp>, now: Timestamp) -> Result<(), FileError> {
    let Some(path) = path(tool, destination) else { return Ok(()) };
    let refused = match told::read(&path) {
        Found::Foreign => return Ok(()),
        Found::Nothing => 0,
        Found::Known(known) if goes_on(&known, &counted(tool, known.refused), yes) => return Ok(()),
        Found::Known(known) => known.refused,
    };
    told::keep(&path, &Known { at: now, refused, told: counted(tool, refused) })
}

/// What the next payload to `destination` may tell of losses; `batches` are all that hold payloads.
#[must_use]
pub fn due(tool: &Tool, destination: &Destination, batches: &[Kept], yes: Option<Timestamp>) -> Option<Due> {
    let Found::Known(known) = told::read(&path(tool, destination)?) else { return None };
    let told = counted(tool, known.refused);
    let lost = told.beyond(&known.told);
    let new = goes_on(&known, &told, yes) && !lost.is_empty() && !is_under_way(destination, batches);
    new.then_some(Due { told, lost })
}

/// Whether a payload that tells of losses waits for its answer. One that cannot be read may.
fn is_under_way(destination: &Destination, batches: &[Kept]) -> bool {
    batches.iter().filter(|batch| batch.claimed).any(|batch| {
        let progress = match Progress::read(&batch.progress(destination.name.as_str())) {
            Ok(None) => return false,
            Ok(Some(progress)) => progress,
            Err(_) => return true,
        };
        let tells =
            |open| progress.sealed(open).map_or(true, |sealed| sealed.is_some_and(|sealed| sealed.told.is_some()));
        progress.unsettled().iter().any(tells)
    })
}

/// Keeps what a destination was told by a payload that it took.
///
/// # Errors
/// It cannot be kept.
pub fn taken(tool: &Tool, destination: &Destination, told: Option<&Told>, now: Timestamp) -> Result<(), FileError> {
    let Some((told, path)) = told.zip(path(tool, destination)) else { return Ok(()) };
    match told::read(&path) {
        Found::Known(known) => told::keep(&path, &Known { at: now, told: told.clone(), ..known }),
        Found::Nothing | Found::Foreign => Ok(()),
    }
}

/// Counts events that a destination refused with this status.
///
/// # Errors
/// It cannot be kept.
pub fn refused(
    tool: &Tool,
    destination: &Destination,
    status: Option<u16>,
    events: u64,
    now: Timestamp,
) -> Result<(), FileError> {
    let Some(path) = path(tool, destination).filter(|_| status != Some(NO_TIME)) else { return Ok(()) };
    match told::read(&path) {
        Found::Known(known) => {
            let refused = known.refused.saturating_add(events);
            told::keep(&path, &Known { at: now, refused, ..known })
        }
        Found::Nothing | Found::Foreign => Ok(()),
    }
}
