//! `telemetry forget TOOL PATH…` for a family of programs: what is asked of whom, what is taken out of its files, what no file keeps.
//!
//! Promises: all of it is shown before anybody is asked. Absent: requests that were made before (`forget --status`).

use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::foreign::change::FileChange;
use crate::actions::foreign::forget::{self, Forgotten, Plan, Wanted};
use crate::actions::foreign::forget_ids::Said;
use crate::actions::foreign::plan::PlanError;
use crate::actions::foreign::renewal::{self, Renewal};
use crate::actions::foreign::together::Together;
use crate::cli::changed::of_file;
use crate::cli::commands::components_switch::{leaves_of, shared_of};
use crate::cli::commands::foreign_forget::{how, word};
use crate::cli::commands::foreign_switch::what;
use crate::cli::commands::forget_shown::{
    self, File, LeftId, Named, Renewed, Request, left, request, show_requests, verbatim, which,
};
use crate::cli::commands::pointed::{Parts, component, label, named};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::prompt::{self, Reply};
use crate::cli::session::Session;
use crate::cli::ui::clean;

/// One that was pointed at.
#[derive(Serialize)]
struct Component {
    component: Option<String>,
    named: Vec<String>,
}

#[derive(Serialize)]
struct Document {
    tool: String,
    components: Vec<Component>,
    dry_run: bool,
    ids: Vec<Named>,
    off: bool,
    files: Vec<File>,
    renewed: Vec<Renewed>,
    left: Vec<LeftId>,
    kept_nowhere: Vec<String>,
    not_switched: Vec<String>,
    requests: Vec<Request>,
    order: Option<String>,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    /// Ids stay in the request.
    pub(super) keep_evidence: bool,
    /// Shown only.
    pub(super) dry_run: bool,
    /// The answer.
    pub(super) yes: bool,
    /// As a document.
    pub(super) json: bool,
}

/// Forgets, or shows what that would be.
///
/// # Errors
/// Nobody said yes, or a step failed.
pub(super) fn run(session: &Session, parts: &Parts, asked: &Asked) -> anyhow::Result<Exit> {
    let Some(tool) = parts.tools.first() else { return Ok(Exit::Failed) };
    // What the person gave is their own, all of it: there is nothing that is shared.
    let wanted = Wanted { project: true, reports: false, keep_evidence: asked.keep_evidence, said: Said::NOTHING };
    let plan = forget::plan(&session.context, &parts.tools, &wanted)?;
    if !asked.json {
        show(session, parts, &plan, asked.dry_run)?;
    }
    if asked.dry_run {
        if asked.json {
            json::print(&session.ui, "components-forget", &document(parts, &plan, None))?;
        } else {
            session.ui.talk(forget_shown::nothing_done(&plan.request));
        }
        return Ok(parts.exit(Exit::Done));
    }
    let name = &tool.manifest.tool;
    match prompt::confirm(&session.ui, asked.yes, &format!("Forget {name}?")) {
        Reply::Yes => {}
        Reply::No => return Err(Failure::new(Exit::Failed, "nothing was changed").into()),
        Reply::Nobody => {
            let hint = format!("telemetry forget {name} PATH --yes");
            return Err(Failure::new(Exit::Failed, "nobody could be asked, so nothing was changed").hint(hint).into());
        }
    }
    let done = forget::forget(&session.context, &parts.tools, &wanted)?;
    let exit = if !done.is_off() || done.unread { Exit::Partly } else { forget_shown::exit(done.requests.iter()) };
    if asked.json {
        json::print(&session.ui, "components-forget", &document(parts, &plan, Some(&done)))?;
        return Ok(parts.exit(exit));
    }
    say(session, tool, &done)?;
    for part in &parts.tools {
        if let Some(after) = part.manifest.foreign.as_ref().and_then(|foreign| foreign.after.as_ref()) {
            let name = label(part);
            let says = format!("For {name} that runs: {after}.");
            session.ui.talk(&session.ui.prose(&says, &[name]));
        }
    }
    Ok(parts.exit(exit))
}

/// What no file keeps, of all components that were pointed at.
fn nowhere(parts: &Parts) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let told = |sentence: &str| {
        let mut told = parts.tools.iter().flat_map(|tool| &tool.given.told);
        told.any(|(name, _)| sentence.contains(&format!("--given {name}=")))
    };
    for sentence in parts.tools.iter().filter_map(|tool| tool.manifest.foreign.as_ref()).flat_map(|one| &one.nowhere) {
        if !all.contains(sentence) && !told(sentence) {
            all.push(sentence.clone());
        }
    }
    all
}

/// Components that cannot be switched from here: why, and what to do by hand.
fn not_switched(parts: &Parts, off: &Together) -> Vec<String> {
    let switched = parts.tools.iter().filter(|tool| tool.manifest.foreign.as_ref().is_some_and(|one| one.has_switch()));
    let mut all = Vec::new();
    for (tool, plan) in switched.zip(&off.plans) {
        match plan {
            Ok(plan) => all.extend(plan.overrides.iter().map(|one| format!("{}: {}", label(tool), word(one)))),
            Err(PlanError::Nowhere { why, .. }) => all.push(format!("{}: {why}", label(tool))),
            Err(error) => all.push(format!("{}: {error}", label(tool))),
        }
        if plan.is_err() {
            let by_hand = tool.manifest.foreign.iter().flat_map(|foreign| &foreign.by_hand);
            all.extend(by_hand.map(|command| format!("{}: by hand: {command}", label(tool))));
        }
    }
    all
}

fn show(session: &Session, parts: &Parts, plan: &Plan, letter: bool) -> anyhow::Result<()> {
    let ui = &session.ui;
    let Some(tool) = parts.tools.first() else { return Ok(()) };
    ui.data(&format!("{}: what is to be asked for and done", ui.bold(tool.manifest.tool.as_str())))?;
    let mut pairs: Vec<(&str, String)> = Vec::new();
    pairs.extend(parts.tools.iter().map(|tool| ("of", label(tool))));
    let ids = &plan.request.ids;
    pairs.extend(ids.iter().map(|named| ("asked for", format!("deletion of {} {}", named.title(), named.id))));
    if ids.is_empty() {
        pairs.push(("asked for", "nothing: no id is found in what was named".to_owned()));
    }
    let orders = request(tool, &plan.request).orders;
    pairs.extend(orders.iter().map(|order| ("is asked", order.whom())));
    if orders.is_empty() {
        pairs.push(("is asked", "nobody: there is nothing to ask for".to_owned()));
    }
    let one = |one: &renewal::Renewed| format!("{} {}, in {}", one.name, one.old, one.file.display());
    pairs.extend(plan.renewal.renewed.iter().map(|renewed| (how(renewed.how), one(renewed))));
    let changed: Vec<FileChange> = plan.off.change.files.iter().chain(&plan.renewal.files).cloned().collect();
    let follow = parts.tools.iter().flat_map(|tool| shared_of(session, tool, &changed));
    let mut follow: Vec<String> =
        follow.map(|one| format!("var.{} is used in {}", one.variable, one.places.join(", "))).collect();
    follow.dedup();
    pairs.extend(follow.into_iter().map(|one| ("changes too", one)));
    pairs.extend(plan.renewal.left.iter().map(|left| ("stays", format!("{}: {}", which(left), left.why))));
    pairs.extend(plan.renewal.left.iter().filter_map(|left| Some(("by hand", left.advice.clone()?))));
    let switched = parts.tools.iter().filter(|tool| tool.manifest.foreign.as_ref().is_some_and(|one| one.has_switch()));
    let off = switched.zip(&plan.off.plans).filter_map(|(tool, plan)| Some((tool, plan.as_ref().ok()?)));
    let mut leaves: Vec<String> = off.flat_map(|(tool, plan)| leaves_of(session, tool, plan)).collect();
    leaves.dedup();
    pairs.extend(leaves.into_iter().map(|says| ("still leaves", says)));
    pairs.extend(nowhere(parts).into_iter().map(|sentence| ("kept nowhere", sentence)));
    pairs.extend(not_switched(parts, &plan.off).into_iter().map(|why| ("still on", why)));
    let by_hand = parts.tools.iter().filter_map(|tool| tool.manifest.foreign.as_ref());
    let by_hand: Vec<String> = by_hand.flat_map(|foreign| foreign.by_hand.clone()).collect();
    ui.data(&ui.pairs_around(&pairs, &by_hand))?;
    for file in plan.renewal.files.iter().filter(|_| letter) {
        ui.data("")?;
        ui.data(clean(&of_file(file)).trim_end())?;
    }
    if letter && !orders.is_empty() {
        verbatim(session, "the request", &plan.request.order().letter())?;
    }
    parts.warn(session);
    Ok(())
}

fn say(session: &Session, tool: &Tool, done: &Forgotten) -> anyhow::Result<()> {
    let ui = &session.ui;
    let name = &tool.manifest.tool;
    match done.is_off() {
        true if !done.has_switch() => ui.talk("What was named has ids and no switch: nothing was switched off."),
        true => ui.talk("All of it is off."),
        false => ui.talk(&format!("Not all of it is surely off. What is: telemetry status {name} PATH")),
    }
    let off = done.off.change.files.iter();
    let files = off.chain(&done.renewal.files);
    let mut shown = Vec::new();
    for file in files {
        if !shown.contains(&&file.path) {
            ui.talk(&format!("{} {}", what(file), file.path.display()));
            shown.push(&file.path);
        }
    }
    for one in &done.renewal.renewed {
        ui.talk(&format!("{}: {} ({})", one.name, how(one.how), one.file.display()));
    }
    for one in &done.renewal.left {
        ui.talk(&format!("{} stays: {}", which(one), one.why));
        one.advice.iter().for_each(|advice| ui.talk(&format!("  {advice}")));
    }
    if done.requests.is_empty() {
        ui.talk("Nobody is asked: no id is found in what was named.");
        return Ok(());
    }
    show_requests(session, tool, &done.requests)
}

fn document(parts: &Parts, plan: &Plan, done: Option<&Forgotten>) -> Document {
    let Some(tool) = parts.tools.first() else {
        return Document {
            tool: String::new(),
            components: Vec::new(),
            dry_run: true,
            ids: Vec::new(),
            off: false,
            files: Vec::new(),
            renewed: Vec::new(),
            left: Vec::new(),
            kept_nowhere: Vec::new(),
            not_switched: Vec::new(),
            requests: Vec::new(),
            order: None,
        };
    };
    let renewed = |one: &renewal::Renewed| Renewed {
        name: one.name.clone(),
        old: one.old.clone(),
        new: one.new.clone().filter(|_| done.is_some()),
        file: one.file.display().to_string(),
        how: how(one.how),
        advice: one.advice.clone(),
    };
    let changes: &Renewal = done.map_or(&plan.renewal, |done| &done.renewal);
    let requests = match done {
        Some(done) => done.requests.iter().map(|one| request(tool, one)).collect(),
        None => vec![request(tool, &plan.request)],
    };
    Document {
        tool: tool.manifest.tool.to_string(),
        components: parts
            .tools
            .iter()
            .map(|tool| Component { component: component(tool), named: named(tool) })
            .collect(),
        dry_run: done.is_none(),
        ids: plan.request.ids.iter().map(|named| Named { kind: named.kind.clone(), id: named.id.clone() }).collect(),
        off: done.is_some_and(|done| done.has_switch() && done.is_off()),
        files: changes
            .files
            .iter()
            .map(|file| File { file: file.path.display().to_string(), diff: done.is_none().then(|| of_file(file)) })
            .collect(),
        renewed: changes.renewed.iter().map(renewed).collect(),
        left: changes.left.iter().map(left).collect(),
        kept_nowhere: nowhere(parts),
        not_switched: not_switched(parts, done.map_or(&plan.off, |done| &done.off)),
        requests,
        order: done.is_none().then(|| plan.request.order().letter()),
    }
}
