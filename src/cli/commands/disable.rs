//! `telemetry disable [TOOL]`: a no, kept at once, for one tool or for all.

use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::disable::{self, DisableError, ProfileChange};
use crate::actions::foreign::switch::{self, Found};
use crate::actions::list;
use crate::actions::purge::{self, Purged};
use crate::cli::commands::components_switch;
use crate::cli::commands::foreign_switch::{self, Asked, Switched};
use crate::cli::commands::pointed::{self, PointedArguments};
use crate::cli::diff::unified;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::{Session, is_unknown, tool_name};
use crate::identity::places::Places;
use crate::identity::project::{self, Change, Project};
use crate::queue::drop::Loss;
use crate::queue::limits::DISABLE_PATIENCE;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool; without it, all tools
    pub tool: Option<String>,
    /// Write the no into the project's config, for everybody who works on it
    #[arg(long, requires = "tool")]
    pub project: bool,
    /// Show what would change in files of a project or of another program, and write nothing
    #[arg(long, requires = "tool")]
    pub dry_run: bool,
    /// Without TOOL: change the settings of other programs as well, without asking
    #[arg(long)]
    pub yes: bool,
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
    kept_in: Vec<String>,
    dropped: u64,
    under_way: Vec<String>,
    others: Vec<Switched>,
}

/// Runs it.
///
/// # Errors
/// The no did not land, in whole or in part.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    match &arguments.tool {
        None => all(session, &arguments),
        Some(name) => match session.tool(Some(name)) {
            Ok(tool) if tool.manifest.foreign.is_some() => {
                let Arguments { project, dry_run, json, .. } = arguments;
                let asked = Asked { on: false, project, dry_run, json };
                components_switch::switched(session, &tool, &arguments.pointed, asked)
            }
            Ok(tool) if !arguments.pointed.paths.is_empty() => {
                pointed::parts(session, &tool, &arguments.pointed, "disable").map(|_| Exit::Usage)
            }
            // A no of ours is none to programs that are pointed at: their own files have it, or nothing.
            Err(error) if !arguments.pointed.paths.is_empty() => Err(error),
            Ok(_) | Err(_) if arguments.project => in_project(session, name, &arguments),
            Ok(_) | Err(_) if arguments.dry_run => {
                let message = "--dry-run shows changes of files: of another program's, or with --project";
                Err(Failure::new(Exit::Usage, message).into())
            }
            Ok(_) | Err(_) => one(session, name, arguments.json),
        },
    }
}

fn one(session: &Session, name: &str, as_json: bool) -> anyhow::Result<Exit> {
    let tool_name = tool_name(name)?;
    // A no is kept for a tool whose manifest is broken; for a name that nobody knows it is a typing mistake.
    let tool: Option<Tool> = match session.tool(Some(name)) {
        Ok(tool) => Some(tool),
        Err(error) if is_unknown(&error) && !list::is_used(&Places::of(&session.context.paths, &tool_name)) => {
            return Err(error);
        }
        Err(_) => None,
    };
    let done = disable::disable(&session.context, &tool_name, tool.as_ref(), Loss::No)?;
    let dropped = match done.purged {
        Purged::Dropped(number) => number,
        Purged::LeftToFlusher => 0,
    };
    let under_way: Vec<String> = done.under_way.into_iter().collect();
    let exit = if under_way.is_empty() { Exit::Done } else { Exit::Partly };
    if as_json {
        let kept_in = vec![done.marker.display().to_string()];
        json::print(
            &session.ui,
            "disabled",
            &Document { tool: Some(name.to_owned()), kept_in, dropped, under_way, others: Vec::new() },
        )?;
        return Ok(exit);
    }
    session.ui.talk(&format!("{name} is off. Your no is kept in {}.", done.marker.display()));
    if tool.is_none() {
        session.ui.warn(&format!(
            "Its manifest cannot be read: if {name} is somebody else's program, its own settings were not changed."
        ));
    }
    if let ProfileChange::LeftUnreadable(why) = done.profile {
        session.ui.talk(&format!("The profile cannot be read ({why}) and was left as it is. That is a no too."));
    }
    tell_dropped(session, dropped);
    for request in &under_way {
        session.ui.warn(&format!("This request was under way and may still arrive: {request}"));
    }
    Ok(exit)
}

fn all(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    // The no first; only then is anything looked at that could fail.
    let unconfirmed = match disable::disable_all(&session.context, &[]) {
        Ok(_) => None,
        Err(error @ DisableError::Unconfirmed { .. }) => Some(error),
        Err(error) => return Err(error.into()),
    };
    let tools: Vec<Tool> = list::list(&session.context)?
        .into_iter()
        .filter(|listed| listed.used)
        .filter_map(|listed| listed.tool.ok())
        .filter(|tool| tool.manifest.foreign.is_none())
        .collect();
    let done = disable::disable_all(&session.context, &tools)?;
    if let Some(error) = unconfirmed {
        return Err(error.into());
    }
    let dropped = done.dropped.iter().map(|(_, number)| number).sum();
    let under_way: Vec<String> = done.under_way.iter().map(|(tool, request)| format!("{tool}: {request}")).collect();
    let exit = if under_way.is_empty() { Exit::Done } else { Exit::Partly };
    if arguments.json {
        let kept_in = vec![done.file.display().to_string()];
        let (others_exit, others) = foreign_switch::all_others(session, others(session)?, arguments.yes, true)?;
        json::print(&session.ui, "disabled", &Document { tool: None, kept_in, dropped, under_way, others })?;
        return Ok(exit.max(others_exit));
    }
    session
        .ui
        .talk(&format!("All tools that record through telemetry are off. Your no is kept in {}.", done.file.display()));
    for (tool, number) in done.dropped.iter().filter(|(_, number)| *number > 0) {
        session
            .ui
            .talk(&format!("{tool}: {number} event{} that waited went nowhere.", if *number == 1 { "" } else { "s" }));
    }
    for request in &under_way {
        session.ui.warn(&format!("This request was under way and may still arrive: {request}"));
    }
    let (others_exit, _) = foreign_switch::all_others(session, others(session)?, arguments.yes, false)?;
    Ok(exit.max(others_exit))
}

/// Other people's programs that are here and not off: asked for only now that the no is kept.
fn others(session: &Session) -> anyhow::Result<Vec<Found>> {
    let tools = list::list(&session.context)?.into_iter().filter_map(|listed| listed.tool.ok());
    Ok(switch::not_off(&session.context, tools.filter(|tool| tool.manifest.foreign.is_some()).collect()))
}

fn in_project(session: &Session, name: &str, arguments: &Arguments) -> anyhow::Result<Exit> {
    let tool = session.tool(Some(name))?;
    let (found, change) = disable::plan_project(&session.context, &tool)?;
    if arguments.dry_run {
        show_change(session, name, &found, &change, arguments.json)?;
        return Ok(Exit::Done);
    }
    project::apply(&found, &change)?;
    let dropped = match purge::purge_project(&tool, found.root(), DISABLE_PATIENCE, session.context.clock.now())? {
        Purged::Dropped(number) => number,
        Purged::LeftToFlusher => 0,
    };
    if arguments.json {
        let kept_in = vec![found.config().display().to_string()];
        let document =
            Document { tool: Some(name.to_owned()), kept_in, dropped, under_way: Vec::new(), others: Vec::new() };
        json::print(&session.ui, "disabled", &document)?;
        return Ok(Exit::Done);
    }
    session.ui.talk(&format!("This project does not take part any more ({}).", found.config().display()));
    tell_dropped(session, dropped);
    Ok(Exit::Done)
}

fn tell_dropped(session: &Session, dropped: u64) {
    if dropped > 0 {
        session.ui.talk(&format!("{dropped} event{} that waited went nowhere.", if dropped == 1 { "" } else { "s" }));
    }
}

#[derive(Serialize)]
struct Planned<'a> {
    tool: &'a str,
    file: String,
    diff: String,
}

/// Shows what would change in a project's config.
///
/// # Errors
/// It cannot be printed.
pub fn show_change(
    session: &Session,
    tool: &str,
    found: &Project,
    change: &Change,
    as_json: bool,
) -> anyhow::Result<()> {
    let file = found.config().display().to_string();
    // What has nothing in it may not be there.
    let before = Some(change.before.as_slice()).filter(|before| !before.is_empty());
    let diff = unified(&file, before, Some(&change.after), &[]);
    if as_json {
        return json::print(&session.ui, "change", &Planned { tool, file, diff });
    }
    Ok(session.ui.data(&diff)?)
}
