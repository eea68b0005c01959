//! `telemetry track TOOL EVENT [key=value …]`: records an event; `telemetry track TOOL --lines` records one a line.

use std::io::Read;

use clap::{ArgMatches, Args, FromArgMatches};

use crate::actions::start;
use crate::actions::track::{Recorded, Recorder, TrackError};
use crate::cli::commands::track_lines;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::notice;
use crate::cli::session::{Session, native};
use crate::host::detached;
use crate::identity::ids::Id;
use crate::payload::event::Phase;
use crate::payload::given;

/// Largest JSON document on the command line or on standard input, bytes: all fields at their longest.
const LIMIT: u64 = 256 * 1024;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool and the event, then fields as key=value; the tool may be left out when TELEMETRY_TOOL names it
    #[arg(required_unless_present = "lines", value_name = "TOOL EVENT [KEY=VALUE]")]
    pub words: Vec<String>,
    /// Fields as a JSON object; - reads it from standard input
    #[arg(long, value_name = "OBJECT")]
    pub json: Option<String>,
    /// Record one event a line of standard input, such as {"event":"run","fields":{"ok":true}}
    #[arg(long, conflicts_with_all = ["json", "start", "complete"])]
    pub lines: bool,
    /// The version of the tool that records
    #[arg(long, value_name = "VERSION")]
    pub tool_version: Option<String>,
    /// What the tool runs on, such as python/3.12.1; may be repeated
    #[arg(long, value_name = "NAME/VERSION")]
    pub runtime: Vec<String>,
    /// The event starts here: prints the id that --complete takes
    #[arg(long, conflicts_with = "complete")]
    pub start: bool,
    /// The event that started under this id ends here; fields are its outcome
    #[arg(long, value_name = "ID")]
    pub complete: Option<String>,
    /// Never fail and never say anything
    #[arg(long)]
    pub best_effort: bool,
}

/// Runs it.
///
/// # Errors
/// The manifest refuses the event, or it is not stored.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    if arguments.lines {
        return lines(session, &arguments);
    }
    let (names, fields): (Vec<&String>, Vec<&String>) = arguments.words.iter().partition(|word| !word.contains('='));
    let (tool, event) = match names.as_slice() {
        [event] => (native(session.tool_or_variable(None)?)?, *event),
        [tool, event] => (native(session.tool(Some(tool))?)?, *event),
        _ => {
            let message = format!(
                "track takes a tool, an event and fields as key=value, and got {} words without =",
                names.len()
            );
            return Err(Failure::new(Exit::Usage, message).hint("telemetry track TOOL EVENT key=value").into());
        }
    };
    let mut given: Vec<(String, String)> = fields
        .iter()
        .filter_map(|word| word.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    if let Some(json) = &arguments.json {
        given.extend(from_json(json)?);
    }
    let recorder = Recorder::new(&session.context, &tool, arguments.tool_version.as_deref())?;
    let mut recorder = recorder.with_runtimes(&arguments.runtime)?;
    let recorded = match (&arguments.complete, arguments.start) {
        // A start that was off printed no id: its completion is nothing either, but it is refused as ever.
        (Some(pair), _) if pair.is_empty() => {
            recorder.check(event, Some(Phase::Completed), &given)?;
            return Ok(Exit::Done);
        }
        (Some(pair), _) => {
            let pair = Id::new(pair).map_err(|_| TrackError::UnknownPair(crate::payload::event::shortened(pair)))?;
            recorder.complete(event, &pair, &given)?
        }
        (None, true) => recorder.start(event, &given)?,
        (None, false) => recorder.record(event, &given)?,
    };
    match recorded {
        Recorded::Stored { pair, .. } => {
            if let Some(pair) = pair.filter(|_| arguments.start) {
                session.ui.data(pair.as_str())?;
            }
            if recorder.notice_is_wider() {
                notice::give(session, &tool, arguments.best_effort)?;
            }
            // The event is stored, and that is what the host asked for: what becomes of the flush is in `status`.
            if let Ok(program) = detached::program() {
                start::flush_if_due(&session.context, &tool, &program, &[]).ok();
            }
        }
        Recorded::NoticeDue => drop(notice::give(session, &tool, arguments.best_effort)?),
        Recorded::Off(_) => {}
    }
    Ok(Exit::Done)
}

fn lines(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let tool = match arguments.words.as_slice() {
        [] => native(session.tool_or_variable(None)?)?,
        [tool] if !tool.contains('=') => native(session.tool(Some(tool))?)?,
        _ => {
            let failure =
                Failure::new(Exit::Usage, "with --lines, track takes a tool; events and fields stand in the lines");
            return Err(failure.hint("telemetry track TOOL --lines").into());
        }
    };
    let recorder = Recorder::new(&session.context, &tool, arguments.tool_version.as_deref())?;
    track_lines::run(session, &tool, recorder.with_runtimes(&arguments.runtime)?, arguments.best_effort)
}

fn from_json(argument: &str) -> anyhow::Result<Vec<(String, String)>> {
    let text = if argument == "-" {
        let mut text = String::new();
        std::io::stdin().lock().take(LIMIT.saturating_add(1)).read_to_string(&mut text)?;
        text
    } else {
        argument.to_owned()
    };
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > LIMIT {
        return Err(Failure::new(Exit::Failed, format!("the JSON object is larger than {LIMIT} bytes")).into());
    }
    let bad =
        |what: String| Failure::new(Exit::Failed, what).hint("telemetry track TOOL EVENT --json '{\"key\":\"value\"}'");
    let tree: crate::manifest::ordered::Ordered<serde_json::Value> =
        serde_json::from_str(&text).map_err(|error| bad(format!("--json is not a JSON object: {error}")))?;
    Ok(given::fields(&tree).map_err(|error| bad(error.to_string()))?)
}
