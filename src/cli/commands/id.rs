//! `telemetry id TOOL [renew]`: which ids there are, a new one, and one that you choose to give.

use std::path::PathBuf;

use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::id::{self, Ids};
use crate::actions::list;
use crate::cli::commands::components_id;
use crate::cli::commands::foreign_id;
use crate::cli::commands::pointed::{self, PointedArguments, is_family};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::prompt::{self, Reply};
use crate::cli::session::Session;
use crate::identity::ids::ProvidedId;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool; without it, the ids of all tools that were used here are shown
    pub tool: Option<String>,
    /// `renew` replaces the user id by a fresh one; of a family of programs such as snowplow: their files, or folders of these
    #[arg(value_name = "renew|PATH")]
    pub rest: Vec<PathBuf>,
    /// What PATH is, where that cannot be told from what stands in it
    #[arg(long, value_name = "NAME", requires = "rest")]
    pub component: Option<String>,
    /// Give an e-mail address or a UUID of your own, to be sent with events
    #[arg(long, alias = "provide", value_name = "VALUE", requires = "tool", conflicts_with = "withdraw")]
    pub user_provided_id: Option<String>,
    /// Withdraw what you gave
    #[arg(long, requires = "tool")]
    pub withdraw: bool,
    /// Of somebody else's tool: ask its server on this machine for its id, such as http://127.0.0.1:5080
    #[arg(long, value_name = "ADDRESS", requires = "tool")]
    pub url: Option<String>,
    /// Answer the question with yes
    #[arg(long, short)]
    pub yes: bool,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Document {
    tool: String,
    user_id: Option<String>,
    provided_id: Option<String>,
    project_id: Option<String>,
    profile: String,
    project: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_user_id: Option<String>,
}

/// Runs it.
///
/// # Errors
/// The tool is unknown, or the profile cannot be changed.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let Some(name) = &arguments.tool else { return all(session, arguments.json) };
    let tool = session.tool(Some(name))?;
    if is_family(&tool) {
        if arguments.url.is_some() {
            let message = format!("{name} has no server that could be asked: its ids stand in its files");
            return Err(Failure::new(Exit::Usage, message).hint(format!("telemetry id {name} PATH")).into());
        }
        return in_files(session, &tool, &arguments);
    }
    let renew = renew(name, &arguments.rest)?;
    if renew && (arguments.user_provided_id.is_some() || arguments.withdraw) {
        let message = "renew stands alone: what you gave is another id";
        return Err(Failure::new(Exit::Usage, message).hint(format!("telemetry id {name} renew")).into());
    }
    if !tool.manifest.is_native() {
        if arguments.user_provided_id.is_some() || arguments.withdraw {
            return Err(id::IdError::NotTaken(tool.manifest.tool).into());
        }
        return foreign_id::run(session, &tool, renew, arguments.url.as_deref(), arguments.json);
    }
    if arguments.url.is_some() {
        return Err(Failure::new(Exit::Usage, "--url is for somebody else's tool that has a server").into());
    }
    let mut old = None;
    if renew {
        let (before, new) = id::renew(&tool)?;
        session.ui.talk(&format!("The user id is {new} now. What waits goes out under it."));
        old = Some(before.to_string());
    }
    if let Some(value) = &arguments.user_provided_id {
        provide(session, &tool, value, arguments.yes)?;
    }
    if arguments.withdraw {
        let there = id::show(&session.context, &tool).provided.is_some();
        id::provide(&tool, None)?;
        if !there {
            session.ui.talk("You gave nothing, so there is nothing to withdraw.");
            return show(session, &tool, old, arguments.json);
        }
        let command = session.command(&format!("telemetry forget {name}"));
        session.ui.talk(&format!("What you gave is withdrawn. To have it deleted where it went: {command}"));
    }
    show(session, &tool, old, arguments.json)
}

/// Whether the ids are to be renewed.
fn renew(tool: &str, rest: &[PathBuf]) -> anyhow::Result<bool> {
    match rest {
        [] => Ok(false),
        [word] if word.as_os_str() == "renew" => Ok(true),
        _ => {
            let message = format!("{tool} is found by itself: beside it stands `renew`, or nothing");
            Err(Failure::new(Exit::Usage, message).hint(format!("telemetry id {tool}")).into())
        }
    }
}

fn in_files(session: &Session, tool: &Tool, arguments: &Arguments) -> anyhow::Result<Exit> {
    let word = arguments.rest.iter().any(|path| path.as_os_str() == "renew");
    if word && is_family(tool) {
        let name = &tool.manifest.tool;
        let message =
            format!("{name} makes no id that it could renew: what stands in its files, you gave; it is withdrawn");
        return Err(Failure::new(Exit::Usage, message).hint(format!("telemetry id {name} PATH --withdraw")).into());
    }
    let pointed = PointedArguments { paths: arguments.rest.clone(), component: arguments.component.clone() };
    let parts = pointed::all_parts(session, tool, &pointed, "id")?;
    let Arguments { withdraw, yes, json, .. } = *arguments;
    let provide = arguments.user_provided_id.as_deref();
    components_id::run(session, &parts, &components_id::Wanted { provide, withdraw, yes, json })
}

#[derive(Serialize)]
struct All {
    tools: Vec<Document>,
    foreign: Vec<foreign_id::Document>,
}

fn all(session: &Session, as_json: bool) -> anyhow::Result<Exit> {
    let (mut tools, mut foreign) = (Vec::new(), Vec::new());
    for listed in list::list(&session.context)? {
        match listed.tool {
            Ok(tool) if !tool.manifest.is_native() => foreign.extend(foreign_id::here(session, &tool)),
            Ok(tool) if listed.used => tools.push(document(&tool, &id::show(&session.context, &tool), None)),
            Ok(_) | Err(_) => {}
        }
    }
    if as_json {
        json::print(&session.ui, "ids", &All { tools, foreign })?;
        return Ok(Exit::Done);
    }
    if tools.is_empty() && foreign.is_empty() {
        session.ui.talk("No tool was used here yet, so there is no id.");
        return Ok(Exit::Done);
    }
    let cell = |id: Option<String>| id.unwrap_or_else(|| "-".to_owned());
    let row = |one: Document| vec![one.tool, cell(one.user_id), cell(one.project_id), cell(one.provided_id)];
    let rows: Vec<_> = tools.into_iter().map(row).collect();
    if !rows.is_empty() {
        session.ui.data(&session.ui.table(&["TOOL", "USER ID", "PROJECT ID HERE", "YOU GAVE"], rows))?;
    }
    let rows: Vec<_> = foreign.iter().flat_map(foreign_id::rows).collect();
    if !rows.is_empty() {
        session.ui.data(&session.ui.table(&["SOMEBODY ELSE'S", "WHICH", "ID"], rows))?;
    }
    Ok(Exit::Done)
}

fn document(tool: &Tool, ids: &Ids, old: Option<String>) -> Document {
    Document {
        tool: tool.manifest.tool.to_string(),
        user_id: ids.user.as_ref().map(ToString::to_string),
        provided_id: ids.provided.as_ref().map(|id| id.as_str().to_owned()),
        project_id: ids.project.as_ref().and_then(|(_, id)| id.as_ref()).map(ToString::to_string),
        profile: ids.profile.display().to_string(),
        project: ids.project.as_ref().map(|(config, _)| config.display().to_string()),
        old_user_id: old,
    }
}

fn provide(session: &Session, tool: &Tool, value: &str, yes: bool) -> anyhow::Result<()> {
    let provided =
        ProvidedId::new(value).map_err(|error| Failure::new(Exit::Usage, format!("the value is {error}")))?;
    id::takes_provided(tool)?;
    let question = format!("Events of {} will carry {} from now on. Go on?", tool.manifest.tool, provided.as_str());
    match prompt::confirm(&session.ui, yes, &question) {
        Reply::Yes => Ok(id::provide(tool, Some(&provided))?),
        Reply::No => Err(Failure::new(Exit::Failed, "nothing was changed").into()),
        Reply::Nobody => Err(Failure::new(Exit::Failed, "nobody could be asked, so nothing was changed")
            .hint(format!("telemetry id {} --user-provided-id VALUE --yes", tool.manifest.tool))
            .into()),
    }
}

fn show(session: &Session, tool: &Tool, old: Option<String>, as_json: bool) -> anyhow::Result<Exit> {
    let ids = id::show(&session.context, tool);
    let document = document(tool, &ids, old);
    if as_json {
        json::print(&session.ui, "id", &document)?;
        return Ok(Exit::Done);
    }
    let none = || "none yet".to_owned();
    let mut pairs = vec![("user id", document.user_id.unwrap_or_else(none)), ("profile", document.profile)];
    pairs.extend(document.provided_id.map(|id| ("you gave", id)));
    if let Some(config) = document.project {
        pairs.push((
            "project id",
            document.project_id.unwrap_or_else(|| "none: the project does not take part".to_owned()),
        ));
        pairs.push(("config", config));
    }
    pairs.extend(ids.unreadable.map(|why| ("unreadable", why)));
    session.ui.data(&session.ui.pairs(&pairs))?;
    Ok(Exit::Done)
}
