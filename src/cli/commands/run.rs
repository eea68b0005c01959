//! `telemetry run [TOOL] -- COMMAND`: runs a command, with its start recorded before it and its end after it.
//!
//! Promises: the command runs whatever becomes of that, with our streams, and ends us as it ends: nothing of ours reaches standard
//! output, and what went wrong is one line on standard error. Where nothing is recorded, the command takes our place. Absent: the
//! command's words in any event.

use std::ffi::{OsStr, OsString};
use std::io;
use std::time::Duration;

use clap::{ArgMatches, Args, FromArgMatches};

use crate::actions::context::Tool;
use crate::actions::run::{self, Begun, Recording, Wanted};
use crate::actions::track::Recorder;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::notice;
use crate::cli::session::{Session, native};
use crate::cli::ui::Ui;
use crate::host::children::Ended;
use crate::host::instead;
use crate::manifest::schedule::LONGEST_MS;
use crate::manifest::values;

/// The word for no beats in this run.
const NEVER: &str = "never";
/// Of a command that is not found, by the convention of shells.
const NOT_FOUND: u8 = 127;
/// Of a command that is found and cannot be run, by the same.
const NOT_RUN: u8 = 126;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool; may be left out when TELEMETRY_TOOL or --manifest names it
    #[arg(value_name = "TOOL")]
    pub tool: Option<String>,
    /// The event that starts and completes, where it is not the one that the manifest's run names
    #[arg(long, value_name = "EVENT")]
    pub event: Option<String>,
    /// A field of the started event, or of each beat that declares it; may be repeated
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
    /// How often the manifest's heartbeat is recorded in this run, such as 15m; never leaves it out
    #[arg(long, value_name = "EVERY")]
    pub heartbeat: Option<String>,
    /// The version of the tool that runs
    #[arg(long, value_name = "VERSION")]
    pub tool_version: Option<String>,
    /// What the tool runs on, such as python/3.12.1; may be repeated
    #[arg(long, value_name = "NAME/VERSION")]
    pub runtime: Vec<String>,
    /// Never say anything, and run COMMAND whatever else stands before it
    #[arg(long)]
    pub best_effort: bool,
    /// The command, after --: its streams, signals and exit code are as without us (127: not found, 126: cannot be run), and none of
    /// its words is recorded
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Runs it.
///
/// # Errors
/// None that is not the command's own.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let silent = arguments.best_effort;
    let (tool, begun) = match begin(session, &arguments) {
        Ok(begun) => begun,
        Err(error) => {
            tell(&session.ui, silent, &error);
            return Ok(instead(&session.ui, &arguments.command));
        }
    };
    let Begun { recording, notice, trouble } = begun;
    let mut said = false;
    if let Some(trouble) = trouble {
        tell(&session.ui, silent, &trouble.into());
        said = true;
    }
    if notice && let Err(error) = notice::give(session, &tool, silent) {
        tell(&session.ui, silent || said, &error);
        said = true;
    }
    match recording {
        Some(recording) => Ok(beside(session, &tool, recording, &arguments.command, silent || said)),
        None => Ok(instead(&session.ui, &arguments.command)),
    }
}

/// Records the start.
fn begin(session: &Session, arguments: &Arguments) -> anyhow::Result<(Tool, Begun)> {
    let wanted = Wanted {
        event: arguments.event.as_deref(),
        fields: arguments.set.iter().map(|word| field(word)).collect::<anyhow::Result<_>>()?,
        every: arguments.heartbeat.as_deref().map(every).transpose()?,
    };
    let tool = native(session.tool_or_variable(arguments.tool.as_deref())?)?;
    let recorder = || {
        let recorder = Recorder::new(&session.context, &tool, arguments.tool_version.as_deref())?;
        recorder.with_runtimes(&arguments.runtime)
    };
    let begun = run::begin(&session.context, &tool, recorder, &wanted);
    Ok((tool, begun))
}

fn field(word: &str) -> anyhow::Result<(String, String)> {
    let pair = word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    pair.ok_or_else(|| Failure::new(Exit::Usage, "--set takes FIELD=VALUE").into())
}

fn every(text: &str) -> anyhow::Result<Duration> {
    if text == NEVER {
        return Ok(Duration::ZERO);
    }
    let ms =
        values::milliseconds(text).filter(|ms| (1..=LONGEST_MS).contains(ms)).and_then(|ms| u64::try_from(ms).ok());
    let wrong = || Failure::new(Exit::Usage, "--heartbeat takes a span such as 15m or 1h, 168h at most, or never");
    Ok(Duration::from_millis(ms.ok_or_else(wrong)?))
}

/// Runs the command beside us, and records its end.
fn beside(session: &Session, tool: &Tool, recording: Recording, command: &[OsString], silent: bool) -> Exit {
    let Some((program, arguments)) = command.split_first() else { return Exit::Usage };
    let (exit, end) = match run::start(program, arguments) {
        Ok(running) => {
            let (ended, end) = running.wait();
            (exit_of(ended), end)
        }
        Err(error) => {
            let code = refused(&session.ui, program, &error);
            (Exit::Commands(code), run::not_started(code.into()))
        }
    };
    if let Err(error) = recording.end(tool, end) {
        tell(&session.ui, silent, &error.into());
    }
    exit
}

/// Lets the command take our place.
fn instead(ui: &Ui, command: &[OsString]) -> Exit {
    let Some((program, arguments)) = command.split_first() else { return Exit::Usage };
    Exit::Commands(refused(ui, program, &instead::run(program, arguments)))
}

/// Without a home, or anything else of ours: the command alone.
pub fn alone(ui: &Ui, matches: &ArgMatches) -> Exit {
    match Arguments::from_arg_matches(matches) {
        Ok(arguments) => instead(ui, &arguments.command),
        Err(_) => Exit::Usage,
    }
}

/// The command that stands behind `--`, whatever stands before; `None` where there is none.
pub fn after_dashes(ui: &Ui, words: &[OsString]) -> Option<Exit> {
    let dashes = words.iter().position(|word| word == "--")?;
    let command = words.get(dashes.saturating_add(1)..).filter(|command| !command.is_empty())?;
    Some(instead(ui, command))
}

fn exit_of(ended: Option<Ended>) -> Exit {
    match ended {
        Some(Ended::Code(code)) => Exit::Commands(u8::try_from(code).unwrap_or(u8::MAX)),
        Some(Ended::Signal(signal)) => Exit::BySignal(signal),
        None => Exit::Failed,
    }
}

/// Says why a command did not start, as a shell does, and gives its exit code.
fn refused(ui: &Ui, program: &OsStr, error: &io::Error) -> u8 {
    ui.warn(&format!("telemetry run: {}: {error}", program.to_string_lossy()));
    if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_RUN }
}

/// Says in one line why this run is not recorded.
fn tell(ui: &Ui, silent: bool, error: &anyhow::Error) {
    if !silent {
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        let mut line = String::new();
        for cause in causes {
            // A cause that its error already quotes is not said twice.
            if !line.contains(&cause) {
                line.push_str(if line.is_empty() { "" } else { ": " });
                line.push_str(&cause);
            }
        }
        ui.talk(&format!("telemetry run: not recorded: {}", line.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
}
