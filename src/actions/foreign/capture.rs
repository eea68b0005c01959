//! Capture: a foreign tool's real command run against our own receiver, what it sent, and its files as they were.
//!
//! Promises: nothing is started unless the run is pointed at us for certain, as far as the manifest knows; what came is kept to the byte;
//! the files are put back also when the command fails, is killed, or a signal comes. Absent: what a command sends beside the setting
//! that the manifest names; a kill of this process.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::actions::context::{Context, Tool};
use crate::actions::foreign::endpoint::{self, NoWay, Way};
use crate::actions::foreign::look::{self, Looked};
use crate::actions::foreign::put_back::{self, Restored};
use crate::consent::effective::State;
use crate::host::children::{Ended, Order, Output, Running};
use crate::manifest::foreign::Foreign;
use crate::manifest::foreign::layers::When;
use crate::manifest::versions::{Version, Versions};
use crate::receiver::limits::Limits;
use crate::receiver::listen::{Expected, Kept, Receiver};

/// How long is waited after a signal for who is still at it.
const AFTER_SIGNAL: Duration = Duration::from_secs(1);

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The command: its program and its arguments.
    pub command: &'a [OsString],
    /// How long is waited after the command's end for requests under way and for processes that it left behind.
    pub patience: Duration,
    /// The version, where it is not the installed one that counts.
    pub version: Option<&'a Version>,
}

/// Why nothing was captured.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The tool is none whose settings we know.
    #[error(
        "it is no foreign tool: what it sends goes through telemetry itself, so that the payload shown without --capture is what is sent"
    )]
    Native,
    /// It cannot be pointed at us.
    #[error("{0}")]
    NoWay(#[from] NoWay),
    /// The receiver cannot listen.
    #[error("no receiver on this machine")]
    Receiver(#[source] io::Error),
    /// The command cannot be started.
    #[error("{command}: it cannot be started")]
    Start {
        /// The program.
        command: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// What a run sent, and what became of it.
#[derive(Debug)]
pub struct Captured {
    /// The tool as it was found before.
    pub looked: Looked,
    /// How the run was pointed at us.
    pub way: Way,
    /// The variables that it had besides its own.
    pub variables: Vec<(String, String)>,
    /// How the command ended; `None` where nobody can tell.
    pub ended: Option<Ended>,
    /// The last signal that came meanwhile.
    pub signal: Option<i32>,
    /// Whether nobody was at it any more when the receiver stopped.
    pub complete: bool,
    /// What came.
    pub kept: Kept,
    /// The files that changed.
    pub files: Vec<Restored>,
}

/// Runs a command of the tool and keeps what it sends.
///
/// # Errors
/// It cannot be pointed at us for certain, or not be started; then nothing of the tool's ran.
pub fn capture(context: &Context, tool: &Tool, wanted: &Wanted<'_>) -> Result<Captured, CaptureError> {
    let Some(foreign) = tool.manifest.foreign.as_deref() else { return Err(CaptureError::Native) };
    let context = &nearest(context, foreign, wanted.command);
    let looked = look::look(context, tool, wanted.version).ok_or(CaptureError::Native)?;
    let way = endpoint::way(&looked, &context.env, wanted.command)?;
    let files = put_back::look(&looked);
    let receiver =
        Receiver::start(way.answer.clone(), context.clock, Limits::usual()).map_err(CaptureError::Receiver)?;
    let variables = way.variables(&receiver.origin(), &receiver.address());
    let running = start(wanted.command, &way, &variables)?;
    let ended = running.wait().ok();
    let complete = settle(&receiver, &running, wanted.patience);
    let kept = receiver.stop();
    let is = look::look(context, tool, wanted.version);
    let files = is.map_or_else(Vec::new, |is| files.put_back(&looked, &is));
    Ok(Captured { signal: running.signal(), looked, way, variables, ended, complete, kept, files })
}

/// The context in which the program that is named is the one that is looked at, and not another of its name on PATH.
fn nearest(context: &Context, foreign: &Foreign, command: &[OsString]) -> Context {
    let named = command.first().map(Path::new);
    let own = named.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| foreign.programs.iter().any(|program| program == name))
    });
    let folder = own.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
    let here = context.directory.as_deref();
    match folder.and_then(|folder| here.map(|here| here.join(folder))) {
        Some(folder) => {
            let mut path = folder.into_os_string();
            if let Some(rest) = context.env.raw("PATH") {
                path.push(":");
                path.push(rest);
            }
            Context { env: context.env.with("PATH", path), ..context.clone() }
        }
        None => context.clone(),
    }
}

fn start(command: &[OsString], way: &Way, variables: &[(String, String)]) -> Result<Running, CaptureError> {
    let (program, arguments) =
        command.split_first().map_or((OsString::new(), &[][..]), |(first, rest)| (first.clone(), rest));
    let order = Order::new(&program, arguments).output(Output::ToError).gathering();
    let order = way.without.iter().fold(order, |order, name| order.without(name));
    let order = variables.iter().fold(order, |order, (name, value)| order.with(name, value));
    order.start().map_err(|source| CaptureError::Start { command: program.to_string_lossy().into_owned(), source })
}

/// Waits for who is still at it.
fn settle(receiver: &Receiver, running: &Running, patience: Duration) -> bool {
    let mut signalled = None;
    receiver.quiet(patience, || {
        let left = running.left();
        if running.signal().is_some() {
            let since = *signalled.get_or_insert_with(std::time::Instant::now);
            if since.elapsed() >= AFTER_SIGNAL {
                return Expected::GiveUp;
            }
        }
        if left { Expected::Somebody } else { Expected::Nobody }
    })
}

impl Captured {
    /// What leaves beside what can be captured, in sentences.
    pub fn beside(&self) -> impl Iterator<Item = &str> {
        let (version, off) = (self.looked.installed.version.as_ref(), self.looked.effective.state == State::Off);
        let now = move |when: When| match when {
            When::Always => true,
            When::On => !off,
            When::Off => off,
        };
        let holds = move |versions: &Versions| version.is_none() || versions.has(version);
        // What a variable of this run stops does not leave now.
        let stopped = move |stop: &str| self.variables.iter().any(|(name, _)| stop.contains(name.as_str()));
        let all = self.looked.foreign.residual.iter().filter(move |one| now(one.when) && holds(&one.versions));
        all.filter(move |one| !one.stop.as_deref().is_some_and(stopped)).map(|one| one.says.as_str())
    }

    /// Whether all of it is done: the command went well, nobody was cut off, and the files are as they were.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let well = self.ended == Some(Ended::Code(0));
        well && self.complete && self.kept.troubles.is_empty() && self.files.iter().all(|file| file.left.is_none())
    }
}
