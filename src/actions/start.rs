//! Start: a flush that nobody asked for, when it is due, as a process of its own.
//!
//! Promises: nothing is started while telemetry is off, when nothing waits that may be sent, while another flush is at work, or
//! before the schedule says so; of many that find one due, one starts it; who records waits for none of it. Absent: what that process
//! does (`flush`); asking on the network.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use crate::actions::context::{Context, Tool};
use crate::destination::backoff;
use crate::host::clock::Timestamp;
use crate::host::files::FileError;
use crate::host::{detached, locks, random};
use crate::queue::schedule::{self, Due};
use crate::queue::segment;

/// Why a flush that is due was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The schedule, or the queue.
    #[error(transparent)]
    File(#[from] FileError),
    /// The system cannot start a process.
    #[error("a flush cannot be started: {0}")]
    System(io::Error),
}

/// Starts a flush of `tool` when it is due. Only for who was just told that an event is stored: consent is not asked again here,
/// but by that flush. `program` is a `telemetry`, or a program that has its commands after the words in `before`.
///
/// The child is nobody's to wait for. A program that goes on running may keep it and call `try_wait` later, so that its entry in the
/// table of processes goes.
///
/// # Errors
/// The schedule cannot be kept, or the process not be started; the event is stored all the same.
pub fn flush_if_due(
    context: &Context,
    tool: &Tool,
    program: &Path,
    before: &[OsString],
) -> Result<Option<Child>, StartError> {
    let now = context.clock.now();
    if due(tool, now)? == Due::No {
        return Ok(None);
    }
    // Who holds this lock flushes, or starts a flush.
    let Some(held) = locks::lock(&tool.places.flush_lock(), Duration::ZERO)? else { return Ok(None) };
    let due = due(tool, now)?;
    if due != Due::No {
        schedule::put_off(&tool.places.schedule(), &tool.manifest.schedule, now, random::below)?;
    }
    drop(held);
    if due != Due::Start {
        return Ok(None);
    }
    let mut arguments = before.to_vec();
    arguments.extend(["flush", tool.manifest.tool.as_str(), "--detached"].map(OsString::from));
    if let (Some(manifest), Some(directory)) = (&context.manifest, &context.directory) {
        // The child works elsewhere.
        arguments.extend(["--manifest".into(), directory.join(manifest).into_os_string()]);
    }
    detached::start(program, arguments).map(Some).map_err(StartError::System)
}

fn due(tool: &Tool, now: Timestamp) -> Result<Due, FileError> {
    let next = schedule::read(&tool.places.schedule())?;
    let due = schedule::due(next, &tool.manifest.schedule, now, || segment::waiting(&tool.places.queue()))?;
    let held = |name| backoff::read(&tool.places.backoff(name)).is_some_and(|trouble| trouble.holds(now));
    let all_in_trouble = || tool.manifest.destinations.iter().all(|destination| held(&destination.name));
    Ok(if due == Due::Start && all_in_trouble() { Due::No } else { due })
}
