//! `telemetry forget TOOL` for somebody else's program: what is asked of whom, and what changes in its files.
//!
//! Promises: all of it is shown before anybody is asked. Absent: requests of all tools (`forget_shown`).

use crate::actions::context::Tool;
use crate::actions::deletion::{self, Deleting};
use crate::actions::foreign::forget::{self, Forgotten, Plan, Wanted};
use crate::actions::foreign::forget_ids::Said;
use crate::actions::foreign::look::Looked;
use crate::actions::foreign::overrides::Override;
use crate::actions::foreign::renewal;
use crate::actions::foreign::together::Together;
use crate::cli::changed::of_file;
use crate::cli::commands::foreign_id::Server;
use crate::cli::commands::forget_shown::{
    self, Changes, Document, File, Named, OldId, Renewed, Row, left, request, show_requests, verbatim, which,
};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::prompt::{self, Reply};
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::consent::effective::State;
use crate::manifest::foreign::ids::Forgetting;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    /// Ids of the project as well.
    pub(super) project: bool,
    /// Ids in reports as well.
    pub(super) reports: bool,
    /// Ids stay in the request.
    pub(super) keep_evidence: bool,
    /// The server that is asked.
    pub(super) url: Option<String>,
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
pub(super) fn run(session: &Session, tool: &Tool, asked: &Asked) -> anyhow::Result<Exit> {
    let server = Server::ask(tool, asked.url.as_deref())?;
    let at = |path: &str, key: &[String]| server.at(path, key);
    let version = server.version(tool);
    let wanted = Wanted {
        project: asked.project,
        reports: asked.reports,
        keep_evidence: asked.keep_evidence,
        said: Said { asked: asked.url.is_some().then_some(&at), version: version.as_ref() },
    };
    let parts = std::slice::from_ref(tool);
    let plan = forget::plan(&session.context, parts, &wanted)?;
    if asked.dry_run && asked.json {
        json::print(&session.ui, "forget", &Document { tools: vec![planned(tool, &plan)] })?;
        return Ok(Exit::Done);
    }
    if !asked.json {
        show_plan(session, tool, &plan, asked.dry_run)?;
    }
    if asked.dry_run {
        session.ui.talk(forget_shown::nothing_done(&plan.request));
        return Ok(Exit::Done);
    }
    let name = &tool.manifest.tool;
    match prompt::confirm(&session.ui, asked.yes, &format!("Forget {name}?")) {
        Reply::Yes => {}
        Reply::No => return Err(Failure::new(Exit::Failed, "nothing was changed").into()),
        Reply::Nobody => {
            let hint = format!("telemetry forget {name} --yes");
            return Err(Failure::new(Exit::Failed, "nobody could be asked, so nothing was changed").hint(hint).into());
        }
    }
    let done = forget::forget(&session.context, parts, &wanted)?;
    let exit = exit(&done);
    if asked.json {
        json::print(&session.ui, "forget", &Document { tools: vec![done_row(tool, &plan, &done)] })?;
        return Ok(exit);
    }
    show_done(session, tool, &done)?;
    Ok(exit)
}

fn exit(done: &Forgotten) -> Exit {
    // What cannot be read may be an id that stays.
    if !done.is_off() || done.unread { Exit::Partly } else { forget_shown::exit(done.requests.iter()) }
}

/// Whether deletion was asked for of this tool.
pub(super) fn has_requests(tool: &Tool) -> bool {
    deletion::all(tool).map_or(true, |(known, unreadable)| !known.is_empty() || !unreadable.is_empty())
}

/// Goes on with what was begun, and gives all requests.
///
/// # Errors
/// A step failed.
pub(super) fn follow(session: &Session, tool: &Tool) -> anyhow::Result<Vec<Deleting>> {
    Ok(forget::go_on(&session.context, tool)?)
}

pub(super) fn how(how: Forgetting) -> &'static str {
    match how {
        Forgetting::Rotate => "renewed",
        Forgetting::Remove => "removed",
        Forgetting::RemoveFile => "removed with its file",
        Forgetting::Empty => "emptied",
        Forgetting::Leave => "left",
    }
}

fn renewed(one: &renewal::Renewed, known: bool) -> Renewed {
    Renewed {
        name: one.name.clone(),
        old: one.old.clone(),
        // What is only planned is made anew when it is done.
        new: one.new.clone().filter(|_| known),
        file: one.file.display().to_string(),
        how: how(one.how),
        advice: one.advice.clone(),
    }
}

fn old(plan: &Plan) -> Vec<OldId> {
    let files = |files: &[std::path::PathBuf]| files.iter().map(|file| file.display().to_string()).collect();
    let one = |old: &crate::actions::foreign::ids::OldId| OldId {
        name: old.name.clone(),
        id: old.id.clone(),
        files: files(&old.files),
    };
    plan.parts.iter().flat_map(|part| &part.ids.old).map(one).collect()
}

fn overrides(off: &Together) -> impl Iterator<Item = &Override> {
    off.plans.iter().flatten().flat_map(|plan| &plan.overrides)
}

fn states(looked: &[Looked]) -> &'static str {
    looked.first().map_or("unknown", |looked| looked.effective.state.as_str())
}

pub(super) fn word(one: &Override) -> String {
    match one {
        Override::Variable { name, line, .. } => format!("the variable {name} in your shell; put there: {line}"),
        Override::Property { name, .. } => format!("-D{name}, which starts it"),
        Override::Key { path, key, .. } => format!("{key} in {}", path.display()),
        Override::Unreadable { place, why } => format!("{place} cannot be read: {why}"),
        Override::Version(why) => format!("the version would decide, and {why}"),
        Override::Usual => "nothing says no, and on is usual".to_owned(),
    }
}

fn named(named: &[crate::payload::deletion::Named]) -> Vec<Named> {
    named.iter().map(|named| Named { kind: named.kind.clone(), id: named.id.clone() }).collect()
}

fn planned(tool: &Tool, plan: &Plan) -> Row {
    let files = plan.renewal.files.iter();
    Row {
        tool: tool.manifest.tool.to_string(),
        dry_run: true,
        ids: named(&plan.request.ids),
        destinations: Vec::new(),
        waiting: plan.waiting(),
        requests: vec![request(tool, &plan.request)],
        unreadable: None,
        project: plan.parts.iter().find_map(|part| part.looked.project.as_ref()).map(|path| path.display().to_string()),
        order: Some(plan.request.order().letter()),
        foreign: Some(Changes {
            state: plan.off.plans.iter().flatten().next().map_or("unknown", |off| off.after.state.as_str()),
            files: files
                .map(|file| File { file: file.path.display().to_string(), diff: Some(of_file(file)) })
                .collect(),
            renewed: plan.renewal.renewed.iter().map(|one| renewed(one, false)).collect(),
            left: plan.renewal.left.iter().map(left).collect(),
            old: old(plan),
            overrides: overrides(&plan.off).map(word).collect(),
            undo_copies_removed: 0,
        }),
    }
}

fn done_row(tool: &Tool, plan: &Plan, done: &Forgotten) -> Row {
    let ids: Vec<_> = done.requests.iter().flat_map(|request| request.ids.clone()).collect();
    let changed = done.renewal.files.iter();
    Row {
        dry_run: false,
        ids: named(&ids),
        waiting: 0,
        requests: done.requests.iter().map(|one| request(tool, one)).collect(),
        order: None,
        foreign: Some(Changes {
            state: states(&done.looked),
            files: changed.map(|file| File { file: file.path.display().to_string(), diff: None }).collect(),
            renewed: done.renewal.renewed.iter().map(|one| renewed(one, true)).collect(),
            left: done.renewal.left.iter().map(left).collect(),
            old: old(plan),
            overrides: overrides(&done.off).map(word).collect(),
            undo_copies_removed: done.copies,
        }),
        ..planned(tool, plan)
    }
}

fn show_plan(session: &Session, tool: &Tool, plan: &Plan, letter: bool) -> anyhow::Result<()> {
    let ui = &session.ui;
    ui.data(&format!("{}: what is to be asked for and done", ui.bold(tool.manifest.tool.as_str())))?;
    let asked = &plan.request.ids;
    let mut pairs: Vec<(&str, String)> =
        asked.iter().map(|named| ("asked for", format!("deletion of {} {}", named.title(), named.id))).collect();
    let unknown = plan.parts.iter().flat_map(|part| &part.ids.ids).filter_map(|found| match &found.is {
        crate::actions::foreign::ids::Is::Unknown(why) => Some(format!("the {}: {why}", found.declared.name)),
        _ => None,
    });
    pairs.extend(unknown.map(|why| ("not known", why)));
    if asked.is_empty() {
        pairs.push(("asked for", "nothing: no id is found here".to_owned()));
    }
    let orders = || request(tool, &plan.request).orders;
    pairs.extend(orders().iter().map(|order| ("is asked", order.whom())));
    if orders().is_empty() {
        let why = if asked.is_empty() { "there is nothing to ask for" } else { "no way to ask is known" };
        pairs.push(("is asked", format!("nobody: {why}")));
    }
    let waiting = plan.waiting();
    pairs.push(("dropped", format!("{waiting} event{} that wait", if waiting == 1 { "" } else { "s" })));
    pairs.extend(plan.off.plans.iter().flatten().map(|off| match off.before {
        State::Off => ("kept", "the no: it is off".to_owned()),
        before => ("first", format!("telemetry is switched off (it is {} now)", before.as_str())),
    }));
    let what = |one: &renewal::Renewed| format!("{} {}, in {}", one.name, one.old, one.file.display());
    pairs.extend(plan.renewal.renewed.iter().map(|one| (how(one.how), what(one))));
    pairs.extend(plan.renewal.renewed.iter().filter_map(|one| Some(("by hand", one.advice.clone()?))));
    pairs.extend(plan.renewal.left.iter().map(|one| ("stays", format!("{}: {}", which(one), one.why))));
    pairs.extend(plan.renewal.left.iter().filter_map(|one| Some(("by hand", one.advice.clone()?))));
    let reports = |old: &crate::actions::foreign::ids::OldId| {
        format!("{} {} in {} file(s) of earlier runs", old.name, old.id, old.files.len())
    };
    let ids = || plan.parts.iter().map(|part| &part.ids);
    pairs.extend(ids().flat_map(|ids| &ids.old).map(|old| ("old", reports(old))));
    let mut shown: Vec<&str> = Vec::new();
    for traced in ids().flat_map(|ids| &ids.traces).filter(|traced| !traced.files.is_empty()) {
        // Several ids stand in one file.
        if shown.contains(&traced.trace.files.as_str()) {
            continue;
        }
        shown.push(&traced.trace.files);
        let says = traced.trace.says.as_deref().map(|says| format!(": {says}")).unwrap_or_default();
        let more = if traced.more { " or more" } else { "" };
        let number = traced.files.len();
        pairs.push(("reports", format!("{number}{more} of {}{says}", traced.trace.files)));
    }
    pairs.extend(overrides(&plan.off).map(|one| ("still on", word(one))));
    ui.data(&ui.pairs(&pairs))?;
    let could = plan.renewal.reports == 0 && ids().flat_map(|ids| &ids.traces).any(|traced| !traced.ids.is_empty());
    if could {
        ui.talk("The ids in reports stay, unless you ask with --reports.");
    }
    // In earnest a fresh id is another one, which is told afterwards.
    for file in plan.renewal.files.iter().filter(|_| letter) {
        ui.data("")?;
        ui.data(clean(&of_file(file)).trim_end())?;
    }
    // In earnest the one with its own id is shown afterwards.
    if letter && !asked.is_empty() && !orders().is_empty() {
        verbatim(session, "the request", &plan.request.order().letter())?;
    }
    Ok(())
}

fn show_done(session: &Session, tool: &Tool, done: &Forgotten) -> anyhow::Result<()> {
    let ui = &session.ui;
    ui.talk(&format!("{} is {}.", tool.manifest.tool, states(&done.looked)));
    for one in &done.renewal.renewed {
        let new = one.new.as_deref().map(|new| format!(": {new}")).unwrap_or_default();
        ui.talk(&format!("{}: {}{new} ({})", one.name, how(one.how), one.file.display()));
        one.advice.iter().for_each(|advice| ui.talk(&format!("  {advice}")));
    }
    for one in &done.renewal.left {
        ui.talk(&format!("{} stays: {}", which(one), one.why));
        one.advice.iter().for_each(|advice| ui.talk(&format!("  {advice}")));
    }
    for one in overrides(&done.off) {
        ui.warn(&format!("Not surely off: {}", word(one)));
    }
    if done.copies > 0 {
        ui.talk("Earlier changes cannot be undone any more: their copies held the old ids.");
    }
    for after in done.looked.iter().filter_map(|looked| looked.foreign.after.as_ref()) {
        ui.talk(&ui.prose(&format!("For programs that run: {after}."), &[]));
    }
    show_requests(session, tool, &done.requests)
}
