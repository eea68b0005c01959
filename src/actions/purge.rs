//! Purge: everything that waits is dropped, counted, and what may have left already gets its receipt.
//!
//! Promises: nothing that was dropped is sent later; a request whose answer never came is in the log. Absent: deciding that it
//! has to go.

use std::path::Path;
use std::time::Duration;

use crate::actions::context::Tool;
use crate::actions::losses;
use crate::actions::receipt::unanswered;
use crate::consent::decide::Decision;
use crate::consent::reason::Reason;
use crate::destination::keep::{Attempt, Writer};
use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::host::locks;
use crate::host::writes;
use crate::manifest::destinations::Destination;
use crate::queue::claim;
use crate::queue::drop::{self, Loss};
use crate::queue::entry::Entry;
use crate::queue::limits::{APPEND_PATIENCE, CLAIM_PATIENCE};
use crate::queue::seal::{Fate, Sealer};
use crate::queue::segment::{self, Kept, Lane};
use crate::queue::settle::Progress;

/// What was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purged {
    /// So many events.
    Dropped(u64),
    /// A flusher is at work: it sees the no before its next request and drops what waits itself.
    LeftToFlusher,
}

/// Drops what waits, if no flusher is at work, or ends its work within `patience`.
///
/// # Errors
/// The queue cannot be read or removed.
pub fn purge(tool: &Tool, loss: Loss, patience: Duration, now: Timestamp) -> Result<Purged, FileError> {
    if !files::exists(&tool.places.queue())? {
        return Ok(Purged::Dropped(0));
    }
    match locks::lock(&tool.places.flush_lock(), patience)? {
        None => Ok(Purged::LeftToFlusher),
        Some(_held) => purge_within(tool, loss, patience, now).map(Purged::Dropped),
    }
}

/// Drops what a no in files drops, for who finds it before a flush does: taken back by hand, it would else have dropped nothing.
/// Nobody is waited for.
///
/// # Errors
/// The queue cannot be read or removed.
pub fn purge_found(tool: &Tool, decision: &Decision, project: Option<&Path>, now: Timestamp) -> Result<(), FileError> {
    match (decision.dropping(), project) {
        (None, _) | (Some(Reason::ProjectNoId), None) => Ok(()),
        // Whatever says no for more than the project is asked before it.
        (Some(Reason::ProjectNoId), Some(root)) => purge_project(tool, root, Duration::ZERO, now).map(|_| ()),
        (Some(_), _) => purge(tool, Loss::No, Duration::ZERO, now).map(|_| ()),
    }
}

/// Drops what waits at a yes, if no flusher is at work; what was recorded to be shown only stays to be shown. A flusher sees the
/// new yes before its next request, and goes by the times.
///
/// # Errors
/// The queue cannot be read or removed.
pub fn purge_before_yes(tool: &Tool, patience: Duration, now: Timestamp) -> Result<Purged, FileError> {
    if !files::exists(&tool.places.queue())? {
        return Ok(Purged::Dropped(0));
    }
    let Some(_held) = locks::lock(&tool.places.flush_lock(), patience)? else { return Ok(Purged::LeftToFlusher) };
    let dropped = purge_waiting(tool, patience, now)?;
    writes::remove_folder(&tool.places.pairs())?;
    drop::count(&tool.places.losses(), Loss::BeforeYes, dropped, now)?;
    Ok(Purged::Dropped(dropped))
}

/// Drops what waits, and what is kept to be shown only. Only for who holds the flush lock.
///
/// # Errors
/// The queue cannot be read or removed.
pub fn purge_held(tool: &Tool, loss: Loss, now: Timestamp) -> Result<u64, FileError> {
    purge_within(tool, loss, CLAIM_PATIENCE, now)
}

fn purge_within(tool: &Tool, loss: Loss, patience: Duration, now: Timestamp) -> Result<u64, FileError> {
    let mut dropped = purge_waiting(tool, patience, now)?;
    for path in segment::local(&tool.places.queue())? {
        dropped = dropped.saturating_add(segment::count(&path)?);
        writes::remove(&path)?;
    }
    writes::remove_folder(&tool.places.pairs())?;
    drop::count(&tool.places.losses(), loss, dropped, now)?;
    Ok(dropped)
}

/// How long a purge waits for a process that appends: a host that finds a no waits no longer than for an append of its own.
fn for_appending(patience: Duration) -> Duration {
    patience.clamp(APPEND_PATIENCE, CLAIM_PATIENCE)
}

fn purge_waiting(tool: &Tool, patience: Duration, now: Timestamp) -> Result<u64, FileError> {
    let queue = tool.places.queue();
    let mut dropped = 0_u64;
    for batch in claim::claim(&queue, now, for_appending(patience))? {
        receipt_unanswered(tool, &batch, now)?;
        dropped = dropped.saturating_add(remaining(tool, &batch));
        batch.finish()?;
    }
    // A segment whose writer was stopped half-way keeps its lock; it goes all the same, the no is worth more.
    let active = queue.join(Lane::Waiting.file());
    dropped = dropped.saturating_add(segment::count(&active)?);
    writes::remove(&active)?;
    Ok(dropped)
}

/// Drops what waits of one project, if no flusher is at work.
///
/// # Errors
/// The queue cannot be read or written.
pub fn purge_project(tool: &Tool, root: &Path, patience: Duration, now: Timestamp) -> Result<Purged, FileError> {
    if !files::exists(&tool.places.queue())? {
        return Ok(Purged::Dropped(0));
    }
    let Some(_held) = locks::lock(&tool.places.flush_lock(), patience)? else { return Ok(Purged::LeftToFlusher) };
    let mut dropped = 0_u64;
    for batch in claim::claim(&tool.places.queue(), now, for_appending(patience))? {
        let mut most = 0_u64;
        for destination in &tool.manifest.destinations {
            most = most.max(drop_project(tool, destination, &batch, root, now)?);
        }
        dropped = dropped.saturating_add(most);
    }
    drop::count(&tool.places.losses(), Loss::No, dropped, now)?;
    Ok(Purged::Dropped(dropped))
}

/// Drops what one destination still waits for of one project's events in one batch, and says how many.
fn drop_project(
    tool: &Tool,
    destination: &Destination,
    batch: &Kept,
    root: &Path,
    now: Timestamp,
) -> Result<u64, FileError> {
    let mut progress = Progress::open(&batch.progress(destination.name.as_str()))?;
    losses::owed(tool, &mut progress, now)?;
    for open in progress.unsettled() {
        let Some(sealed) = progress.sealed(&open)?.filter(|sealed| sealed.project.as_deref() == Some(root)) else {
            continue;
        };
        if open.tried {
            let mut writer = Writer::new(tool.places.receipts());
            writer.write(&unanswered(destination.name.as_str(), &sealed, now), Attempt::Again)?;
        }
        progress.unseal(open.number, "the project said no")?;
    }
    let mut sealer = Sealer::new(&tool.manifest, destination, batch, tool.places.telemetry().to_path_buf())?;
    let fate = &mut |entry: &Entry| match entry.project.as_deref() == Some(root) {
        true => Fate::Drop("project.no-id", Loss::No),
        false => Fate::Hold,
    };
    sealer.next(&progress, fate)?;
    let dropped = sealer.drop_into(&mut progress)?;
    // Its caller counts: an event that several destinations waited for is one.
    progress.count().map(|()| dropped)
}

/// How many events of a batch some destination still waits for.
#[must_use]
pub fn remaining(tool: &Tool, batch: &Kept) -> u64 {
    let mut most = 0_u64;
    for destination in &tool.manifest.destinations {
        most = most.max(remaining_for(batch, destination.name.as_str()));
    }
    most
}

/// How many events of a batch this destination still waits for: all of them where its progress cannot be read.
#[must_use]
pub fn remaining_for(batch: &Kept, destination: &str) -> u64 {
    match Progress::read(&batch.progress(destination)) {
        Ok(None) | Err(_) => batch.count,
        Ok(Some(progress)) => batch.count.saturating_sub(progress.mentioned()).saturating_add(progress.open_events()),
    }
}

/// Which batches' progress cannot be read, and why: what they hold waits until it can be, or until a no drops it.
///
/// # Errors
/// The queue cannot be listed.
pub fn unreadable(tool: &Tool) -> Result<Vec<String>, FileError> {
    let mut unreadable = Vec::new();
    for batch in segment::kept(&tool.places.queue())?.iter().filter(|one| one.claimed) {
        for destination in &tool.manifest.destinations {
            let path = batch.progress(destination.name.as_str());
            unreadable.extend(Progress::read(&path).err().map(|error| error.to_string()));
        }
    }
    Ok(unreadable)
}

/// Payloads that were tried and never answered may have arrived: they get a receipt that says so before they go. What was lost before
/// is counted as what it was.
fn receipt_unanswered(tool: &Tool, batch: &Kept, now: Timestamp) -> Result<(), FileError> {
    let mut writer = Writer::new(tool.places.receipts());
    for destination in &tool.manifest.destinations {
        // What cannot be read goes all the same: the no is worth more than its receipt.
        let Ok(Some(progress)) = Progress::read(&batch.progress(destination.name.as_str())) else { continue };
        if let Some((name, lost)) = progress.owed() {
            drop::count_once(&tool.places.losses(), &name, lost, now)?;
        }
        for open in progress.unsettled().iter().filter(|open| open.tried) {
            if let Some(sealed) = progress.sealed(open)? {
                writer.write(&unanswered(destination.name.as_str(), &sealed, now), Attempt::Again)?;
            }
        }
    }
    Ok(())
}
