//! `telemetry init TOOL`: a telemetry id for the project here.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::init::{self, Plan};
use crate::actions::timer::{self, Timer};
use crate::cli::commands::disable::show_change;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::{Session, native};
use crate::cli::ui::clean;
use crate::host::files;
use crate::host::{detached, random, writes};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool
    pub tool: String,
    /// Show the change and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// For a server: print a systemd timer and a line for cron that flush by the manifest's schedule
    #[arg(long, conflicts_with = "dry_run")]
    pub timer: bool,
    /// Write the units of --timer into this folder, such as ~/.config/systemd/user, instead of printing them
    #[arg(long, requires = "timer", value_name = "FOLDER")]
    pub into: Option<PathBuf>,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Units {
    tool: String,
    service_name: String,
    service: String,
    timer_name: String,
    timer: String,
    cron: String,
    variables: Vec<String>,
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
    let tool = native(session.tool(Some(&arguments.tool))?)?;
    if arguments.timer {
        return timer(session, &tool, &arguments);
    }
    let (found, id, changed) = match init::plan(&session.context, &tool)? {
        Plan::There(found, id) => (found, id, false),
        Plan::Change(found, _, change) if arguments.dry_run => {
            show_change(session, &arguments.tool, &found, &change, arguments.json)?;
            return Ok(Exit::Done);
        }
        Plan::Change(found, id, change) => {
            init::apply(&session.context, &tool, &found, &change)?;
            (found, id, true)
        }
    };
    let config = found.config().display().to_string();
    if arguments.json {
        let document = Document { tool: arguments.tool, project_id: id.to_string(), config, changed };
        json::print(&session.ui, "init", &document)?;
    } else if changed {
        session.ui.talk(&format!("The project takes part as {id} ({config})."));
        let command = session.command(&format!("telemetry disable {} --project", arguments.tool));
        session.ui.talk(&format!("To take it out again: {command}"));
    } else {
        session.ui.talk(&format!("The project takes part already, as {id} ({config})."));
    }
    Ok(Exit::Done)
}

/// Largest unit that is compared with ours, bytes.
const UNIT: usize = 64 * 1024;

fn timer(session: &Session, tool: &Tool, arguments: &Arguments) -> anyhow::Result<Exit> {
    let timer = timer::timer(&session.context, tool, &detached::program()?, (random::below(24), random::below(60)));
    if let Some(folder) = &arguments.into {
        write_units(folder, &timer)?;
    }
    if arguments.json {
        let Timer { service_name, service, timer_name, timer, cron, variables } = timer;
        let tool = arguments.tool.clone();
        let document = Units { tool, service_name, service, timer_name, timer, cron, variables };
        json::print(&session.ui, "timer", &document)?;
        return Ok(Exit::Done);
    }
    let ui = &session.ui;
    match &arguments.into {
        Some(folder) => {
            let folder = ui.short(&clean(&folder.display().to_string()));
            ui.talk(&format!("{} and {} are in {folder}.", timer.service_name, timer.timer_name));
        }
        None => {
            let part = |name: &str, text: &str| format!("# {name}\n{text}");
            ui.data(&part(&timer.service_name, &timer.service))?;
            ui.data(&part(&timer.timer_name, &timer.timer))?;
            ui.data(&part("or a line for crontab -e", &timer.cron))?;
            let command = format!("telemetry init {} --timer --into ~/.config/systemd/user", arguments.tool);
            ui.talk(&format!("To write both units: {}", session.command(&command)));
        }
    }
    ui.talk(&format!("To begin: systemctl --user enable --now {}", timer.timer_name));
    ui.talk("For a service of the system, with User= in its unit: /etc/systemd/system, and without --user.");
    if !timer.variables.is_empty() {
        let names = timer.variables.join(", ");
        ui.talk(&format!("A yes that is said only by {names} has to be said to the service as well: Environment=."));
    }
    Ok(Exit::Done)
}

/// Both units, or none: one that somebody changed is not written over.
fn write_units(folder: &Path, timer: &Timer) -> anyhow::Result<()> {
    let units = [(&timer.service_name, &timer.service), (&timer.timer_name, &timer.timer)];
    if !files::exists(folder)? {
        let folder = folder.display();
        let message = format!("there is no folder {folder}");
        return Err(Failure::new(Exit::Failed, message).hint(format!("mkdir -p '{folder}'")).into());
    }
    let mut missing = Vec::new();
    for (name, text) in units {
        let path = folder.join(name);
        match files::read(&path, UNIT)? {
            Some(bytes) if bytes == text.as_bytes() => {}
            Some(_) => {
                let message = format!("{} is there already, and says something else", path.display());
                return Err(Failure::new(Exit::Failed, message)
                    .hint(format!("mv {0} {0}.before", path.display()))
                    .into());
            }
            None => missing.push((path, text)),
        }
    }
    for (path, text) in missing {
        writes::write_whole(&path, text.as_bytes(), files::SHARED_FILE)?;
    }
    Ok(())
}
