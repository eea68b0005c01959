//! `telemetry id TOOL [renew]`: which ids there are, a new one, and one that you choose to give.

use clap::{ArgMatches, Args, FromArgMatches, ValueEnum};
use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::id;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::prompt::{self, Reply};
use crate::cli::session::Session;
use crate::identity::ids::ProvidedId;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool
    pub tool: String,
    /// What to do with the id; without it, it is shown
    pub verb: Option<Verb>,
    /// Give an e-mail address or a UUID of your own, to be sent with events
    #[arg(long, value_name = "VALUE", conflicts_with_all = ["verb", "withdraw"])]
    pub provide: Option<String>,
    /// Withdraw what you gave
    #[arg(long, conflicts_with = "verb")]
    pub withdraw: bool,
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
    let tool = session.tool(Some(&arguments.tool))?;
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
        id::provide(&tool, None)?;
        session.ui.talk("What you gave is withdrawn. To have it deleted where it went: telemetry forget");
    }
    show(session, &tool, old, arguments.json)
}

fn provide(session: &Session, tool: &Tool, value: &str, yes: bool) -> anyhow::Result<()> {
    let provided =
        ProvidedId::new(value).map_err(|error| Failure::new(Exit::Usage, format!("the value is {error}")))?;
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
    let project_id = ids.project.as_ref().and_then(|(_, id)| id.as_ref()).map(ToString::to_string);
    let document = Document {
        tool: tool.manifest.tool.to_string(),
        user_id: ids.user.as_ref().map(ToString::to_string),
        provided_id: ids.provided.as_ref().map(|id| id.as_str().to_owned()),
        project_id: project_id.clone(),
        profile: ids.profile.display().to_string(),
        project: ids.project.as_ref().map(|(config, _)| config.display().to_string()),
        old_user_id: old,
    };
    if as_json {
        json::print(&session.ui, "id", &document)?;
        return Ok(Exit::Done);
    }
    let none = || "none yet".to_owned();
    let mut pairs = vec![("user id", document.user_id.unwrap_or_else(none)), ("profile", document.profile)];
    pairs.extend(document.provided_id.map(|id| ("you gave", id)));
    if let Some(config) = document.project {
        pairs.push(("project id", project_id.unwrap_or_else(|| "none: the project does not take part".to_owned())));
        pairs.push(("config", config));
    }
    pairs.extend(ids.unreadable.map(|why| ("unreadable", why)));
    session.ui.data(&session.ui.pairs(&pairs))?;
    Ok(Exit::Done)
}
