//! `telemetry status [TOOL]`: what is on, what is off, and why.

use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::context::Context;
use crate::actions::gather::Machine;
use crate::actions::list::{self, Listed};
use crate::actions::{disable, foreign, status};
use crate::cli::commands::foreign_status::show_foreign;
use crate::cli::commands::foreign_words;
use crate::cli::commands::pointed::{PointedArguments, parts};
use crate::cli::commands::tool_status::{Wanted, show_tool};
use crate::cli::commands::words::{state, why};
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::manifest::versions::Version;
use crate::queue::{drop, segment};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool; without it, all tools
    pub tool: Option<String>,
    /// Print every source in order, its answer, and where it stands
    #[arg(long, requires = "tool")]
    pub explain: bool,
    /// Exit with 3 when it is off
    #[arg(long, requires = "tool")]
    pub exit_code: bool,
    /// Of a foreign tool: what would hold in this version
    #[arg(long = "as", value_name = "VERSION", requires = "tool", value_parser = Version::new)]
    pub version: Option<Version>,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
    /// The files of a family of programs.
    #[command(flatten)]
    pub pointed: PointedArguments,
}

/// Runs it.
///
/// # Errors
/// The tool is unknown, or its files cannot be read.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    match &arguments.tool {
        None => all(session, arguments.json),
        Some(name) => {
            let Arguments { explain, exit_code, json, .. } = arguments;
            let (tool, wanted) = (session.tool(Some(name))?, Wanted { explain, exit_code, json });
            match &tool.manifest.foreign {
                Some(_) => {
                    let parts = parts(session, &tool, &arguments.pointed, "status")?;
                    show_foreign(session, &parts, arguments.version.as_ref(), wanted)
                }
                None if !arguments.pointed.paths.is_empty() => {
                    parts(session, &tool, &arguments.pointed, "status").map(|_| Exit::Usage)
                }
                None => show_tool(session, &tool, wanted),
            }
        }
    }
}

/// Runs it as bare `telemetry`.
///
/// # Errors
/// A folder of manifests cannot be listed.
pub fn bare(session: &Session) -> anyhow::Result<Exit> {
    all(session, false)
}

#[derive(Serialize)]
struct Overview {
    disabled_for_all: bool,
    tools: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    tool: String,
    state: &'static str,
    reason: Option<String>,
    why: String,
    waiting: u64,
    lost: u64,
}

fn all(session: &Session, as_json: bool) -> anyhow::Result<Exit> {
    let machine = Machine::of(&session.context);
    let mut tools: Vec<Row> = list::overview(&session.context, |one| overview(&session.context, &machine, &one))?;
    for (name, places) in list::orphans(&session.context)? {
        tools.push(Row {
            tool: name.to_string(),
            state: "off",
            reason: Some("manifest.missing".to_owned()),
            why: "its manifest is not found; what it recorded is still here".to_owned(),
            waiting: segment::waiting(&places.queue()).unwrap_or(0),
            lost: drop::total(&places.losses()),
        });
    }
    tools.sort_by(|a, b| a.tool.cmp(&b.tool));
    let disabled_for_all = disable::is_disabled_for_all(&session.context);
    if as_json {
        json::print(&session.ui, "status", &Overview { disabled_for_all, tools })?;
        return Ok(Exit::Done);
    }
    if disabled_for_all {
        session.ui.talk("You said no for all tools. To withdraw that: telemetry enable");
    }
    if tools.is_empty() {
        session.ui.talk("No tool is known here yet. To try one: telemetry tour");
        return Ok(Exit::Done);
    }
    let rows = tools
        .into_iter()
        .map(|row| vec![row.tool.clone(), row.state.to_owned(), row.why.clone(), waiting_words(&row)])
        .collect();
    session.ui.data(&session.ui.table(&["TOOL", "STATE", "WHY", "WAITING"], rows))?;
    Ok(Exit::Done)
}

/// What waits, and what was lost: `status TOOL` says why.
fn waiting_words(row: &Row) -> String {
    if row.lost > 0 { format!("{}; {} lost", row.waiting, row.lost) } else { row.waiting.to_string() }
}

fn overview(context: &Context, machine: &Machine, one: &list::Overview) -> Row {
    match one {
        list::Overview::Listed(listed) => row(context, machine, listed),
        list::Overview::Foreign(name, looked) => Row {
            tool: name.to_string(),
            state: looked.effective.state.as_str(),
            reason: None,
            why: foreign_words::why(looked),
            waiting: foreign::status::events(looked),
            lost: 0,
        },
        list::Overview::Untouched(name) => Row {
            tool: name.to_string(),
            state: "off",
            reason: Some("tool.untouched".to_owned()),
            why: "nobody was told or asked yet".to_owned(),
            waiting: 0,
            lost: 0,
        },
    }
}

fn row(context: &Context, machine: &Machine, listed: &Listed) -> Row {
    match &listed.tool {
        Ok(tool) => {
            let decision = status::decision_on(machine, context, tool);
            Row {
                tool: listed.name.to_string(),
                state: state(&decision),
                reason: decision.reason().map(|reason| reason.code().to_owned()),
                why: why(&decision, tool),
                waiting: status::waiting(tool),
                lost: drop::total(&tool.places.losses()),
            }
        }
        Err(error) => Row {
            tool: listed.name.to_string(),
            state: "off",
            reason: Some("manifest.refused".to_owned()),
            why: error.to_string(),
            waiting: 0,
            lost: 0,
        },
    }
}
