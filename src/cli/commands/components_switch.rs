//! `telemetry disable TOOL PATH…` and `enable TOOL PATH…` for a family of programs: the files of all that were pointed at, together.

use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::foreign::change::FileChange;
use crate::actions::foreign::look::{Looked, look};
use crate::actions::foreign::plan::{Plan, PlanError};
use crate::actions::foreign::referred::{Shared, shared};
use crate::actions::foreign::together::{self, Together};
use crate::cli::changed::of_file;
use crate::cli::commands::foreign_switch::{
    self, Asked, Switched, document, leaves, mended, refused, say_overrides, what,
};
use crate::cli::commands::pointed::{self, NotLookedAt, Parts, PointedArguments, label};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::consent::effective::State;

#[derive(Serialize)]
struct Document {
    tool: String,
    components: Vec<Switched>,
    not_looked_at: Vec<NotLookedAt>,
}

/// Switches somebody else's program, or all that was pointed at of a family of them; or shows what that would be.
///
/// # Errors
/// Nothing was changed, or what was written is not so.
pub fn switched(session: &Session, tool: &Tool, pointed: &PointedArguments, asked: Asked) -> anyhow::Result<Exit> {
    if !pointed::is_family(tool) && pointed.paths.is_empty() {
        return foreign_switch::one(session, tool, asked);
    }
    let verb = if asked.on { "enable" } else { "disable" };
    all(session, &pointed::parts(session, tool, pointed, verb)?, asked)
}

fn all(session: &Session, parts: &Parts, asked: Asked) -> anyhow::Result<Exit> {
    if asked.project {
        let message = "--project is for the shared files of a tool's project: what is pointed at is changed without it";
        return Err(Failure::new(Exit::Usage, message).into());
    }
    let (context, wish) = (&session.context, asked.wish());
    let (together, looked) = if asked.dry_run {
        (together::planned(context, &parts.tools, wish)?, Vec::new())
    } else {
        let done = together::switch(context, &parts.tools, wish)?;
        if let Some(tool) = parts.tools.first() {
            mended(session, tool, &done.mended);
        }
        (done.together, done.looked)
    };
    // Where nothing can be done at all, that is the answer.
    if together.plans.iter().all(Result::is_err) {
        parts.tools.iter().for_each(|tool| by_hand(session, tool, asked));
        return match together.plans.into_iter().find_map(Result::err) {
            Some(error) => Err(error.into()),
            None => Ok(Exit::Failed),
        };
    }
    let exit = exit(&together);
    if asked.json {
        json::print(&session.ui, "components-switched", &whole(session, parts, &together, asked))?;
        return Ok(parts.exit(exit));
    }
    if asked.dry_run {
        together.change.files.iter().try_for_each(|file| session.ui.data(&of_file(file)))?;
    }
    for (at, (tool, plan)) in parts.tools.iter().zip(&together.plans).enumerate() {
        match plan {
            Ok(plan) => say(session, tool, plan, looked.get(at)),
            Err(error) => {
                let name = label(tool);
                session.ui.warn(&session.ui.prose(&format!("{name}: {error}"), &[name]));
                by_hand(session, tool, asked);
            }
        }
    }
    if !asked.dry_run && !together.change.files.is_empty() {
        together
            .change
            .files
            .iter()
            .for_each(|file| session.ui.talk(&format!("{} {}", what(file), file.path.display())));
        session.ui.talk(&format!("To take it back: telemetry undo {}", together.change.tool));
    }
    parts.warn(session);
    Ok(parts.exit(exit))
}

fn exit(together: &Together) -> Exit {
    let whole = |plan: &Result<Plan, PlanError>| plan.as_ref().is_ok_and(|plan| plan.overrides.is_empty());
    if together.plans.iter().all(whole) { Exit::Done } else { Exit::Partly }
}

/// One component: `looked` is how it is now, where something was done.
fn say(session: &Session, tool: &Tool, plan: &Plan, looked: Option<&Looked>) {
    let (ui, name) = (&session.ui, label(tool));
    if plan.overrides.is_empty() {
        let state = plan.after.state.as_str();
        match (plan.change.files.is_empty(), looked.is_some()) {
            (true, true) => ui.talk(&format!("{name} is {state} already: nothing had to change.")),
            (true, false) => ui.talk(&format!("{name}: nothing has to change.")),
            (false, true) => ui.talk(&format!("{name} is {state}.")),
            (false, false) => ui.talk(&format!("{name} would be {state}.")),
        }
    }
    say_overrides(session, tool, plan);
    for one in shared_of(session, tool, &plan.change.files) {
        let (count, places) = (one.places.len(), one.places.join(", "));
        let (verb, file) = (if looked.is_some() { "is" } else { "would be" }, one.changed.display());
        let value = format!("var.{}, whose value {verb} changed in {file}", one.variable);
        ui.warn(&format!("{name}: {value}, is used in {count} places, and all of them follow it: {places}"));
    }
    leaves_of(session, tool, plan).iter().for_each(|says| ui.talk(&ui.prose(&format!("Still leaves: {says}."), &[])));
    let Some(looked) = looked else { return };
    if let (Some(after), false) = (&looked.foreign.after, plan.change.files.is_empty()) {
        ui.talk(&ui.prose(&format!("For {name} that runs: {after}."), &[name]));
    }
}

/// What leaves all the same once a component is off as it was planned.
pub(super) fn leaves_of(session: &Session, tool: &Tool, plan: &Plan) -> Vec<String> {
    let looked = look(&session.context, tool, None).filter(|_| plan.after.state == State::Off);
    looked.iter().flat_map(leaves).map(str::to_owned).collect()
}

/// The variables that get another value, and that more than this uses.
pub(super) fn shared_of(session: &Session, tool: &Tool, files: &[FileChange]) -> Vec<Shared> {
    look(&session.context, tool, None).map(|looked| shared(&looked, files)).unwrap_or_default()
}

fn by_hand(session: &Session, tool: &Tool, asked: Asked) {
    // The commands are those that switch it off.
    if asked.on {
        return;
    }
    for command in tool.manifest.foreign.iter().flat_map(|foreign| &foreign.by_hand) {
        session.ui.warn(&format!("There, by hand: {command}"));
    }
}

fn whole(session: &Session, parts: &Parts, together: &Together, asked: Asked) -> Document {
    let one = |(tool, plan): (&Tool, &Result<Plan, PlanError>)| match plan {
        Ok(plan) => document(tool, plan, !asked.dry_run).with_shared(shared_of(session, tool, &plan.change.files)),
        Err(error) => {
            let before = look(&session.context, tool, None).map_or(State::Unknown, |looked| looked.effective.state);
            refused(tool, asked.wish(), before, &error.to_string())
        }
    };
    Document {
        tool: together.change.tool.to_string(),
        components: parts.tools.iter().zip(&together.plans).map(one).collect(),
        not_looked_at: parts.not_looked_at(),
    }
}
