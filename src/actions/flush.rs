//! Flush: everything that waits and may go is sealed, sent, and settled by its answer.
//!
//! One flusher at a time per tool. For every destination, batch by batch: what was sealed before goes first, then the rest is sealed
//! and sent payload by payload. Consent is asked again right before each request, under a lock that `disable` waits for.
//!
//! Promises: nothing is sent without a Permit; one destination's trouble holds up no other; retries are the same bytes; a payload
//! whose answer a kill swallowed is sent again and its receipt says that it may have arrived twice. Absent: waiting between
//! attempts: the next flush goes on where this one ended.

use std::path::Path;
use std::time::Duration;

use crate::actions::ask::Asker;
use crate::actions::context::{Context, Tool};
use crate::actions::deliver::Run;
use crate::actions::gather::Where;
use crate::actions::kept;
use crate::actions::purge;
use crate::actions::summary::{Options, Summary};
use crate::consent::reason::{Effect, Reason};
use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::host::{locks, random, writes};
use crate::identity::profile::{self, Profile, ProfileError};
use crate::manifest::tool::IdKind;
use crate::queue::claim;
use crate::queue::drop::Loss;
use crate::queue::limits::{CLAIM_PATIENCE, DISABLE_PATIENCE, FLUSH_PATIENCE, LEFT_BEHIND};
use crate::queue::open;
use crate::queue::schedule;
use crate::queue::segment;

/// Why a flush could not be done.
#[derive(Debug, thiserror::Error)]
pub enum FlushError {
    /// Another flusher is at work.
    #[error("another flush of {0} is at work")]
    Busy(String),
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// The profile, which needs a user id.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// Flushes one tool, and lets go of receipts that are over their bounds.
///
/// # Errors
/// Another flusher is at work, or the disk fails.
pub fn flush(context: &Context, tool: &Tool, options: Options) -> Result<Summary, FlushError> {
    let summary = send(context, tool, options)?;
    kept::trim(tool, context.clock.now())?;
    Ok(summary)
}

fn send(context: &Context, tool: &Tool, options: Options) -> Result<Summary, FlushError> {
    let mut asker = Asker::new(context, tool, &Where::Nowhere);
    let decision = asker.decide(None, None);
    let queue = tool.places.queue();
    if !files::exists(&queue)? {
        return Ok(Summary { off: decision.reason().cloned(), ..Summary::default() });
    }
    if decision.effect() == Some(Effect::Hold) {
        return Ok(Summary {
            off: decision.reason().cloned(),
            waiting: segment::waiting(&queue)?,
            ..Summary::default()
        });
    }
    let Some(_held) = locks::lock(&tool.places.flush_lock(), FLUSH_PATIENCE)? else {
        return Err(FlushError::Busy(tool.manifest.tool.to_string()));
    };
    if let Some(reason) = decision.dropping() {
        return Ok(dropped_all(tool, reason, context.clock.now())?);
    }
    for folder in tool.places.written() {
        writes::sweep(&folder, LEFT_BEHIND)?;
    }
    let nameless = !matches!(&asker.facts().profile, Profile::Present(contents) if contents.user_id.is_some());
    if nameless && tool.manifest.ids.contains(&IdKind::User) && segment::waiting(&queue)? > 0 {
        profile::ensure_user_id(&tool.places, DISABLE_PATIENCE)?;
        asker.reread();
    }
    // From here on for every request: what changed since the first look is seen now.
    asker.refresh();
    let mut run = Run::new(context, tool, asker, options)?;
    let batches = claim::claim(&queue, context.clock.now(), CLAIM_PATIENCE)?;
    let mut finished = vec![true; batches.len()];
    let destinations = &tool.manifest.destinations;
    for (others, destination) in (0..destinations.len()).rev().zip(destinations) {
        run.destination((destination, others), &batches, &mut finished)?;
    }
    for (batch, _) in batches.iter().zip(&finished).filter(|(_, finished)| **finished) {
        run.finish(batch)?;
    }
    let stopped = run.stopped().filter(|reason| reason.effect() == Effect::Drop).cloned();
    let mut summary = run.into_summary();
    for path in segment::misfits(&queue)? {
        summary.leave(&path, format!("{}: not what its name says; it is left as it is", path.display()));
    }
    if let Some(reason) = stopped {
        summary.dropped.extend(dropped_all(tool, &reason, context.clock.now())?.dropped);
        summary.off = Some(reason);
    }
    // What started and never completed within the queue's age is let go: what it said is in the queue.
    open::clean(&queue, &tool.places.pairs(), tool.manifest.limits.age_ms, context.clock.now())?;
    // What was delivered is delivered, whether or not the next one is put off.
    schedule::put_off(&tool.places.schedule(), &tool.manifest.schedule, context.clock.now(), random::below).ok();
    summary.waiting = waiting(tool)?;
    // The last answer may have taken all the time there was.
    summary.out_of_time &= summary.waiting > 0;
    Ok(summary)
}

fn dropped_all(tool: &Tool, reason: &Reason, now: Timestamp) -> Result<Summary, FileError> {
    let number = purge::purge_held(tool, Loss::No, now)?;
    Ok(Summary { dropped: vec![(Loss::No, number)], off: Some(reason.clone()), ..Summary::default() })
}

/// How many events wait for some destination.
///
/// # Errors
/// The queue cannot be read.
pub fn waiting(tool: &Tool) -> Result<u64, FileError> {
    segment::waiting_by(&tool.places.queue(), |batch| purge::remaining(tool, batch))
}

/// The request under way of `tool`, as its flusher names it; `None` when there is none, or it ended within `patience`.
///
/// # Errors
/// The lock cannot be asked for.
pub fn under_way(tool_request_lock: &Path, patience: Duration) -> Result<Option<String>, FileError> {
    if !files::exists(tool_request_lock)? {
        return Ok(None);
    }
    match locks::lock(tool_request_lock, patience)? {
        Some(_free) => Ok(None),
        None => {
            let bytes = files::read(tool_request_lock, 4096)?.unwrap_or_default();
            Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
        }
    }
}
