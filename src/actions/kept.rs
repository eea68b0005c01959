//! Kept: receipts stay for as long as the user wants, and what goes is counted.
//!
//! Promises: a receipt of what is not final yet stays; while telemetry is off the bounds hold as well. Absent: the order in which
//! receipts go (`destination/retention.rs`).

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use crate::actions::context::Tool;
use crate::actions::deletion;
use crate::destination::keep::{Attempt, Begun, Writer};
use crate::destination::receipts::Receipt;
use crate::destination::retention::{self, Pruning, Removed, Retention};
use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::host::locks;
use crate::identity::places::Places;
use crate::payload::digest::Digest;
use crate::queue::segment;
use crate::queue::settle::Progress;

/// How long receipts of a tool are kept, from when they are there, and what went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The user's word, or what holds without one; why it cannot be read, and so nothing goes.
    pub retention: Result<Retention, String>,
    /// The oldest receipt's time.
    pub since: Option<Timestamp>,
    /// What went.
    pub removed: Removed,
}

/// How long receipts of these places are kept.
///
/// # Errors
/// They cannot be listed.
pub fn kept(places: &Places) -> Result<Kept, FileError> {
    Ok(Kept {
        retention: Retention::read(&places.retention()).map_err(|error| error.to_string()),
        since: retention::since(&places.receipts())?,
        removed: Removed::read(&places.removed()),
    })
}

/// Lets go of what is over the bounds, if no flusher is at work.
///
/// # Errors
/// Receipts cannot be read or removed.
pub fn trim(tool: &Tool, now: Timestamp) -> Result<(), FileError> {
    let Some(retention) = due(tool, now)? else { return Ok(()) };
    match locks::lock(&tool.places.flush_lock(), Duration::ZERO)? {
        Some(_held) => prune(tool, retention, now, None),
        None => Ok(()),
    }
}

/// Receipts as one flush writes them. Only for who holds the flush lock.
#[derive(Debug)]
pub struct Receipting {
    writer: Writer,
    /// Digests of what was not final when this flush began its first file, and of what it found to be not final since. They are
    /// gathered once: what waits is as long as the backlog, and is read for every file otherwise.
    open: Option<HashSet<Digest>>,
}

impl Receipting {
    /// Of this tool.
    #[must_use]
    pub fn new(places: &Places) -> Self {
        Self { writer: Writer::new(places.receipts()), open: None }
    }

    /// Writes a receipt after so many attempts; where it begins a file, what is over the bounds goes.
    ///
    /// # Errors
    /// It cannot be written, or others not be read or removed.
    pub fn write(&mut self, tool: &Tool, receipt: &Receipt, attempts: u32) -> Result<(), FileError> {
        if self.writer.write(receipt, Attempt::after(attempts))? == Begun::Nothing {
            return Ok(());
        }
        if self.open.is_none() {
            self.open = open(tool).ok();
        }
        // What cannot be read may not be final: then nothing goes.
        let Some(open) = &self.open else { return Ok(()) };
        match due(tool, receipt.at)? {
            Some(retention) => prune(tool, retention, receipt.at, Some(open)),
            None => Ok(()),
        }
    }

    /// What has this digest is tried again: its receipts stay.
    pub fn stays(&mut self, digest: &Digest) {
        if let Some(open) = &mut self.open {
            open.insert(digest.clone());
        }
    }
}

/// The bounds, where something is over them. A word that cannot be read lets nothing go.
fn due(tool: &Tool, now: Timestamp) -> Result<Option<Retention>, FileError> {
    let receipts = tool.places.receipts();
    if !files::exists(&receipts)? {
        return Ok(None);
    }
    let Ok(retention) = Retention::read(&tool.places.retention()) else { return Ok(None) };
    Ok(retention::is_due(&receipts, &retention, now)?.then_some(retention))
}

/// Lets go of what is over the bounds; a flush that still writes gives what it knows to be open.
fn prune(tool: &Tool, retention: Retention, now: Timestamp, known: Option<&HashSet<Digest>>) -> Result<(), FileError> {
    let (folder, removed) = (tool.places.receipts(), tool.places.removed());
    let gathered = if known.is_some() { Ok(HashSet::new()) } else { open(tool) };
    // What cannot be read may not be final: then nothing goes.
    let (Ok(gathered), writing) = (gathered, known.is_some()) else { return Ok(()) };
    let open = known.unwrap_or(&gathered);
    retention::prune(&Pruning { folder: &folder, removed: &removed, retention, open, writing, now })
}

/// Digests of what is not final yet: sealed payloads that wait for an answer, deletion orders that are open.
fn open(tool: &Tool) -> Result<HashSet<Digest>, FileError> {
    let mut open = HashSet::new();
    for batch in segment::kept(&tool.places.queue())?.iter().filter(|one| one.claimed) {
        for name in files::list(&batch.path)?.iter().filter(|name| name.starts_with("to-")) {
            open.extend(unsettled(&batch.path.join(name))?);
        }
    }
    let (requests, _) = deletion::all(tool)?;
    let orders = requests.iter().flat_map(|request| &request.orders).filter(|order| !order.state.is_final());
    open.extend(orders.filter_map(|order| Digest::parse(order.digest.as_deref()?)));
    Ok(open)
}

fn unsettled(path: &Path) -> Result<Vec<Digest>, FileError> {
    let Some(progress) = Progress::read(path)? else { return Ok(Vec::new()) };
    Ok(progress.unsettled().into_iter().filter_map(|open| open.digest).collect())
}

/// Keeps the user's word; what is over it goes with the next flush.
///
/// # Errors
/// The word that stands there cannot be read, or the new one not be written.
pub fn say(places: &Places, days: Option<Option<u32>>, bytes: Option<Option<u64>>) -> Result<Retention, FileError> {
    // A word that cannot be read is replaced only by one that says all of it.
    let before = match (days, bytes) {
        (Some(_), Some(_)) => Retention::new(None, None),
        (Some(_), None) | (None, _) => Retention::read(&places.retention())?,
    };
    let said = Retention::new(days.unwrap_or(before.said_days()), bytes.unwrap_or(before.said_bytes()));
    said.write(&places.retention())?;
    Ok(said)
}

/// Whether any receipt is there or went.
#[must_use]
pub fn is_any(kept: &Kept) -> bool {
    kept.since.is_some() || kept.removed.newest().is_some()
}
