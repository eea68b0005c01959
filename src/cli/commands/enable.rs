//! `telemetry enable [TOOL]`: a yes for one tool, or the no for all withdrawn.

use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::{disable, enable, init, list, notice, status};
use crate::cli::commands::components_switch;
use crate::cli::commands::foreign_switch::Asked;
use crate::cli::commands::pointed::{self, PointedArguments};
use crate::cli::commands::words::state;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::consent::decide::Decision;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool; without it, only the no for all tools is withdrawn
    pub tool: Option<String>,
    /// Record and show events, and never send them
    #[arg(long, requires = "tool")]
    pub local: bool,
    /// Let the project here take part: give it a telemetry id
    #[arg(long, requires = "tool", conflicts_with = "local")]
    pub project: bool,
    /// Show what would change in files of another program, and write nothing
    #[arg(long, requires = "tool", conflicts_with = "local")]
    pub dry_run: bool,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
    /// The files of a family of programs.
    #[command(flatten)]
    pub pointed: PointedArguments,
}

#[derive(Serialize)]
struct Document {
    tool: Option<String>,
    state: Option<&'static str>,
    reason: Option<&'static str>,
    why: Option<String>,
    withdrawn_no_for_all: bool,
}

/// Runs it.
///
/// # Errors
/// The tool is unknown, or the yes did not land.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    match &arguments.tool {
        None => all(session, arguments.json),
        Some(name) => {
            let tool = session.tool(Some(name))?;
            let Arguments { project, dry_run, json, local, .. } = arguments;
            match (tool.manifest.foreign.is_some(), project) {
                (true, _) if local => {
                    let message = format!("{name} sends by itself: it cannot be made to keep its events here");
                    Err(Failure::new(Exit::Usage, message).into())
                }
                (true, _) => {
                    let asked = Asked { on: true, project, dry_run, json };
                    components_switch::switched(session, &tool, &arguments.pointed, asked)
                }
                (false, _) if !arguments.pointed.paths.is_empty() => {
                    pointed::parts(session, &tool, &arguments.pointed, "enable").map(|_| Exit::Usage)
                }
                (false, _) if dry_run => {
                    Err(Failure::new(Exit::Usage, "--dry-run shows changes of another program's files").into())
                }
                (false, true) => in_project(session, name, json),
                (false, false) => one(session, name, &arguments),
            }
        }
    }
}

fn all(session: &Session, as_json: bool) -> anyhow::Result<Exit> {
    let used = list::list(&session.context)?.into_iter().filter(|listed| listed.used);
    let native = |tool: &Tool| tool.manifest.foreign.is_none();
    let tools: Vec<Tool> = used.filter_map(|listed| listed.tool.ok()).filter(native).collect();
    let there = enable::enable_all(&session.context, &tools)?;
    if as_json {
        let document = Document { tool: None, state: None, reason: None, why: None, withdrawn_no_for_all: there };
        json::print(&session.ui, "enabled", &document)?;
    } else if there {
        session.ui.talk("The no for all tools is withdrawn. Each tool is as it was before: telemetry status");
    } else {
        session.ui.talk("There was no no for all tools. To say yes for one: telemetry enable TOOL");
    }
    Ok(Exit::Done)
}

fn one(session: &Session, name: &str, arguments: &Arguments) -> anyhow::Result<Exit> {
    let tool = session.tool(Some(name))?;
    if !tool.manifest.is_native() {
        return Err(
            Failure::new(Exit::Failed, format!("{name} declares no events, so there is nothing to enable")).into()
        );
    }
    for line in notice::what(&tool.manifest) {
        session.ui.talk(&crate::cli::ui::clean(&line));
    }
    let decision = enable::enable(&session.context, &tool, arguments.local)?;
    let reason = decision.reason();
    if arguments.json {
        print(session, &tool, &decision)?;
    } else {
        session.ui.talk(&format!("{name}: your yes is kept."));
        match reason {
            Some(reason) => session.ui.warn(&format!(
                "It is still off: {}. To change that: {}",
                reason.sentence(),
                session.command(&reason.change(&tool.manifest.tool))
            )),
            None if decision.is_local() => session.ui.talk("Events are recorded here and never sent."),
            None => {
                let command = session.command(&format!("telemetry show-payload {name}"));
                session.ui.talk(&format!("To see what will be sent: {command}"));
            }
        }
    }
    Ok(if reason.is_some() { Exit::NotNow } else { Exit::Done })
}

fn in_project(session: &Session, name: &str, as_json: bool) -> anyhow::Result<Exit> {
    let tool = session.tool(Some(name))?;
    let plan = init::plan(&session.context, &tool)?;
    if let init::Plan::Change(found, _, change) = &plan {
        init::apply(&session.context, &tool, found, change)?;
    }
    if as_json {
        return print(session, &tool, &status::decision(&session.context, &tool)).map(|()| Exit::Done);
    }
    match &plan {
        init::Plan::There(found, id) => {
            session.ui.talk(&format!("The project takes part already, as {id} ({}).", found.config().display()));
        }
        init::Plan::Change(found, id, _) => {
            session.ui.talk(&format!("The project takes part as {id} ({}).", found.config().display()));
        }
    }
    if disable::is_disabled_for_all(&session.context) {
        session.ui.talk("You said no for all tools, and that holds here too.");
    }
    Ok(Exit::Done)
}

fn print(session: &Session, tool: &Tool, decision: &Decision) -> anyhow::Result<()> {
    let reason = decision.reason();
    let document = Document {
        tool: Some(tool.manifest.tool.to_string()),
        state: Some(state(decision)),
        reason: reason.map(crate::consent::reason::Reason::code),
        why: reason.map(crate::consent::reason::Reason::sentence),
        withdrawn_no_for_all: false,
    };
    json::print(&session.ui, "enabled", &document)
}
