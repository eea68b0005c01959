//! `telemetry init TOOL`: a telemetry id for the project here.

use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::init::{self, Plan};
use crate::cli::commands::disable::show_change;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::identity::project;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool
    pub tool: String,
    /// Show the change and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Document {
    tool: String,
    project_id: String,
    config: String,
    changed: bool,
}

/// Runs it.
///
/// # Errors
/// There is no place for an id, or the config cannot be changed.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let tool = session.tool(Some(&arguments.tool))?;
    let (found, id, changed) = match init::plan(&session.context, &tool)? {
        Plan::There(found, id) => (found, id, false),
        Plan::Change(found, _, change) if arguments.dry_run => {
            show_change(session, &arguments.tool, &found, &change, arguments.json)?;
            return Ok(Exit::Done);
        }
        Plan::Change(found, id, change) => {
            project::apply(&found, &change)?;
            (found, id, true)
        }
    };
    let config = found.config().display().to_string();
    if arguments.json {
        let document = Document { tool: arguments.tool, project_id: id.to_string(), config, changed };
        json::print(&session.ui, "init", &document)?;
    } else if changed {
        session.ui.talk(&format!("The project takes part as {id} ({config})."));
        session.ui.talk(&format!("To take it out again: telemetry disable {} --project", arguments.tool));
    } else {
        session.ui.talk(&format!("The project takes part already, as {id} ({config})."));
    }
    Ok(Exit::Done)
}
