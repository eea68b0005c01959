//! `telemetry id TOOL [renew]`: which ids there are, a new one, and one that you choose to give.

use clap::{ArgMatches, Args, FromArgMatches, ValueEnum};
use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::id::{self, Ids};
use crate::actions::list;
use crate::cli::commands::foreign_id;
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
    /// What to do with the id; without it, it is shown
    pub verb: Option<Verb>,
    /// Give an e-mail address or a UUID of your own, to be sent with events
    #[arg(long, value_name = "VALUE", requires = "tool", conflicts_with_all = ["verb", "withdraw"])]
    pub provide: Option<String>,
    /// Withdraw what you gave
    #[arg(long, requires = "tool", conflicts_with = "verb")]
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

/// What to do with an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Verb {
    /// Replace the user id by a fresh one
    Renew,
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
    if !tool.manifest.is_native() {
        if arguments.provide.is_some() || arguments.withdraw {
            return Err(id::IdError::NotTaken(tool.manifest.tool).into());
        }
        let renew = arguments.verb == Some(Verb::Renew);
        return foreign_id::run(session, &tool, renew, arguments.url.as_deref(), arguments.json);
    }
    if arguments.url.is_some() {
        return Err(Failure::new(Exit::Usage, "--url is for somebody else's tool that has a server").into());
    }
    let mut old = None;
    if arguments.verb == Some(Verb::Renew) {
        let (before, new) = id::renew(&tool)?;
        session.ui.talk(&format!("The user id is {new} now. What waits goes out under it."));
        old = Some(before.to_string());
    }
    if let Some(value) = &arguments.provide {
        provide(session, &tool, value, arguments.yes)?;
    }
    if arguments.withdraw {
        let there = id::show(&session.context, &tool).provided.is_some();
        id::provide(&tool, None)?;
        if !there {
            session.ui.talk("You gave nothing, so there is nothing to withdraw.");
            return show(session, &tool, old, arguments.json);
        }
        session.ui.talk("What you gave is withdrawn. To have it deleted where it went: telemetry forget");
    }
    show(session, &tool, old, arguments.json)
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
            .hint(format!("telemetry id {} --provide VALUE --yes", tool.manifest.tool))
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
