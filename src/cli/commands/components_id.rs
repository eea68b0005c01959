//! `telemetry id TOOL PATH…` for a family of programs: the ids in the files that were pointed at, and the one that a person gives.

use serde::Serialize;

use crate::actions::foreign::provide;
use crate::cli::changed::of_file;
use crate::cli::commands::foreign_id::{self, Document};
use crate::cli::commands::foreign_switch::what;
use crate::cli::commands::pointed::{Parts, label};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::prompt::{Reply, confirm};
use crate::cli::session::Session;
use crate::identity::ids::ProvidedId;

#[derive(Serialize)]
struct Whole {
    tool: String,
    components: Vec<Document>,
}

/// What is wanted.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// The id that is given.
    pub(super) provide: Option<&'a str>,
    /// Whether what was given is withdrawn.
    pub(super) withdraw: bool,
    /// The answer.
    pub(super) yes: bool,
    /// As a document.
    pub(super) json: bool,
}

/// Gives, withdraws, and shows.
///
/// # Errors
/// The value is none, nobody said yes, or a file cannot be changed.
pub(super) fn run(session: &Session, parts: &Parts, wanted: &Wanted<'_>) -> anyhow::Result<Exit> {
    if let Some(value) = wanted.provide {
        give(session, parts, value, wanted.yes)?;
    }
    if wanted.withdraw {
        withdraw(session, parts)?;
    }
    let documents: Vec<Document> = parts.tools.iter().filter_map(|tool| foreign_id::of_part(session, tool)).collect();
    if wanted.json {
        let tool = parts.tools.first().map(|tool| tool.manifest.tool.to_string()).unwrap_or_default();
        json::print(&session.ui, "components-id", &Whole { tool, components: documents })?;
    } else {
        for (at, (tool, document)) in parts.tools.iter().zip(&documents).enumerate() {
            if at > 0 {
                session.ui.data("")?;
            }
            session.ui.data(&session.ui.bold(&label(tool)))?;
            foreign_id::show(session, document)?;
        }
        parts.warn(session);
    }
    Ok(parts.exit(Exit::Done))
}

fn give(session: &Session, parts: &Parts, value: &str, yes: bool) -> anyhow::Result<()> {
    let given = ProvidedId::new(value).map_err(|error| Failure::new(Exit::Usage, format!("the value is {error}")))?;
    let planned = provide::planned(&session.context, &parts.tools, Some(&given))?;
    if planned.files.is_empty() {
        session.ui.talk("It stands there already: nothing had to change.");
        return Ok(());
    }
    let name = &planned.tool;
    planned.files.iter().for_each(|file| session.ui.talk(of_file(file).trim_end()));
    match confirm(&session.ui, yes, &format!("What {name} sends will carry {} from now on. Go on?", given.as_str())) {
        Reply::Yes => {}
        Reply::No => return Err(Failure::new(Exit::Failed, "nothing was changed").into()),
        Reply::Nobody => {
            let hint = format!("telemetry id {name} PATH --user-provided-id VALUE --yes");
            return Err(Failure::new(Exit::Failed, "nobody could be asked, so nothing was changed").hint(hint).into());
        }
    }
    let done = provide::provide(&session.context, &parts.tools, Some(&given))?;
    done.files.iter().for_each(|file| session.ui.talk(&format!("{} {}", what(file), file.path.display())));
    session.ui.talk(&format!("To take it back: telemetry undo {name}"));
    Ok(())
}

fn withdraw(session: &Session, parts: &Parts) -> anyhow::Result<()> {
    let done = provide::provide(&session.context, &parts.tools, None)?;
    if done.files.is_empty() {
        if provide::is_unread(&session.context, &parts.tools) {
            let message = "nothing was changed: whether you gave an id cannot be read";
            let name = &done.tool;
            return Err(Failure::new(Exit::Failed, message).hint(format!("telemetry id {name} PATH")).into());
        }
        session.ui.talk("You gave nothing, so there is nothing to withdraw.");
        return Ok(());
    }
    done.files.iter().for_each(|file| session.ui.talk(&format!("{} {}", what(file), file.path.display())));
    session.ui.talk(&format!(
        "What you gave is withdrawn, here alone. In place of this, telemetry forget {} PATH takes it out and asks for its \
         deletion where it went, as long as it stands there.",
        done.tool
    ));
    Ok(())
}
