//! `telemetry undo [TOOL [PATH]]`: the latest change of a foreign tool's files put back.

use std::path::PathBuf;

use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::foreign::change::carry_out;
use crate::actions::foreign::kept::{Copies, Interrupted};
use crate::actions::foreign::mend::{self, Mended};
use crate::actions::undo::{self, KeptChange, Plan};
use crate::cli::changed::of_file;
use crate::cli::commands::pointed::is_family;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::prompt::{Reply, confirm};
use crate::cli::session::{Session, tool_name};
use crate::identity::names::ToolName;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool; without it, whichever was changed last
    pub tool: Option<String>,
    /// The latest change of this file, or of what lies in this folder; without it, the tool's latest
    #[arg(value_name = "PATH", conflicts_with = "list")]
    pub path: Option<PathBuf>,
    /// Show what is kept of earlier changes, and change nothing
    #[arg(long, conflicts_with_all = ["dry_run", "yes"])]
    pub list: bool,
    /// Show what would be put back and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(long)]
    pub yes: bool,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Document {
    tool: Option<String>,
    undoes: Option<&'static str>,
    at: Option<String>,
    done: bool,
    may_turn_on: bool,
    files: Vec<File>,
    left: Vec<LeftFile>,
}

#[derive(Serialize)]
struct File {
    file: String,
    diff: String,
}

#[derive(Serialize)]
struct LeftFile {
    file: String,
    why: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    changes: Vec<ListedChange>,
    unreadable: Vec<LeftFile>,
}

#[derive(Serialize)]
struct ListedChange {
    tool: String,
    verb: &'static str,
    at: String,
    id: String,
    undoes: Option<String>,
    files: Vec<String>,
    can_be_undone: bool,
    cut_off: bool,
}

/// Runs it.
///
/// # Errors
/// There is nothing to undo, or it could not be done.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let tool = named(session, arguments.tool.as_deref())?;
    if arguments.list {
        return list(session, tool.as_ref(), arguments.json);
    }
    if !arguments.dry_run {
        for tool in cut_off(session, tool.as_ref())? {
            say_mended(session, &tool, &mend::mend(&session.context, &tool)?);
        }
    }
    let within = arguments.path.as_ref().map(|path| match &session.context.directory {
        Some(here) => here.join(path),
        None => path.clone(),
    });
    let plan = match undo::plan(&session.context, tool.as_ref(), within.as_deref()) {
        Ok(plan) => plan,
        Err(undo::UndoError::Nothing) if let Some(path) = within => {
            let message = format!("no change of {} is kept that could be undone", path.display());
            return Err(Failure::new(Exit::Failed, message).hint("telemetry undo --list").into());
        }
        Err(undo::UndoError::Nothing) => return nothing(session, tool.as_ref(), arguments.json),
        Err(error) => return Err(error.into()),
    };
    let exit = if plan.left.iter().any(|left| left.why.is_some()) { Exit::Partly } else { Exit::Done };
    if arguments.dry_run {
        show(session, &plan, false, arguments.json)?;
        return Ok(exit);
    }
    if !arguments.json {
        show(session, &plan, false, false)?;
    }
    if plan.change.files.is_empty() {
        session.ui.talk("Nothing is put back.");
        others(session, &plan)?;
        return if arguments.json { show(session, &plan, false, true).map(|()| exit) } else { Ok(exit) };
    }
    let question = format!("Put back {}?", files(plan.change.files.len()));
    match confirm(&session.ui, arguments.yes, &question) {
        Reply::Yes => {}
        Reply::No => return Err(Failure::new(Exit::Failed, "nothing was changed").into()),
        Reply::Nobody => {
            if arguments.json {
                show(session, &plan, false, true)?;
            }
            let path = if arguments.path.is_some() { " PATH" } else { "" };
            let hint = format!("telemetry undo {}{path} --yes", plan.of.tool);
            return Err(Failure::new(Exit::Failed, "nobody could be asked, so nothing was changed").hint(hint).into());
        }
    }
    let done = carry_out(&session.context, &plan.change)?;
    say_mended(session, &plan.of.tool, &done.mended);
    if arguments.json {
        show(session, &plan, true, true)?;
        return Ok(exit);
    }
    session.ui.talk(&format!(
        "{} put back. To do the change again: telemetry undo {}",
        files(done.files.len()),
        plan.of.tool
    ));
    Ok(exit)
}

fn files(number: usize) -> String {
    if number == 1 { "1 file".to_owned() } else { format!("{number} files") }
}

/// Where the latest change cannot be undone: how to get at the older ones.
fn others(session: &Session, plan: &Plan) -> anyhow::Result<()> {
    let kept = undo::list(&session.context, Some(&plan.of.tool))?.changes;
    let other = |change: &KeptChange| change.journal.id != plan.of.journal.id && listed(change).can_be_undone;
    if kept.iter().any(other) {
        let tool = &plan.of.tool;
        session.ui.warn(&format!(
            "Another change of {tool} is put back by its file: telemetry undo {tool} PATH\nTo see them: telemetry undo {tool} --list"
        ));
    }
    Ok(())
}

/// The tool of this name: one that is known, or of which a change is kept.
fn named(session: &Session, name: Option<&str>) -> anyhow::Result<Option<ToolName>> {
    let Some(name) = name else { return Ok(None) };
    let tool = tool_name(name)?;
    let kept = undo::list(&session.context, Some(&tool))?;
    if kept.changes.is_empty() && kept.unreadable.is_empty() {
        return Ok(Some(session.tool(Some(name))?.manifest.tool));
    }
    Ok(Some(tool))
}

fn cut_off(session: &Session, tool: Option<&ToolName>) -> anyhow::Result<Vec<ToolName>> {
    let open = undo::list(&session.context, tool)?.changes.into_iter().filter(|change| change.open);
    let mut tools: Vec<ToolName> = open.map(|change| change.tool).collect();
    tools.dedup();
    Ok(tools)
}

fn nothing(session: &Session, tool: Option<&ToolName>, as_json: bool) -> anyhow::Result<Exit> {
    let unreadable = undo::list(&session.context, tool)?.unreadable;
    let exit = if unreadable.is_empty() { Exit::Done } else { Exit::Partly };
    for (path, why) in &unreadable {
        session.ui.warn(&format!("{}: {why}, and is left as it is.", path.display()));
    }
    if as_json {
        let left = unreadable
            .into_iter()
            .map(|(path, why)| LeftFile { file: path.display().to_string(), why: Some(why) })
            .collect();
        let files = Vec::new();
        let document = Document { tool: None, undoes: None, at: None, done: false, may_turn_on: false, files, left };
        json::print(&session.ui, "undo", &document)?;
    } else {
        session.ui.talk("There is nothing to undo: no change of another program's files is kept.");
    }
    Ok(exit)
}

/// Says what a kill had cut off and what became of it.
pub fn say_mended(session: &Session, tool: &ToolName, mended: &[Mended]) {
    for one in mended {
        let how = match one.how {
            Interrupted::Finish => "was done to its end",
            Interrupted::TakeBack => "was taken back",
        };
        session.ui.warn(&format!("{tool}: an earlier {} had been cut off and {how}.", one.verb.as_str()));
        for path in &one.left {
            session.ui.warn(&format!("{} was changed since, and was left as it is.", path.display()));
        }
    }
}

fn show(session: &Session, plan: &Plan, done: bool, as_json: bool) -> anyhow::Result<()> {
    let index = &plan.of.journal.index;
    if as_json {
        let path = |path: &std::path::Path| path.display().to_string();
        let files = plan.change.files.iter().map(|file| File { file: path(&file.path), diff: of_file(file) }).collect();
        let left = plan.left.iter().map(|left| LeftFile { file: path(&left.path), why: left.why.clone() }).collect();
        let document = Document {
            tool: Some(plan.of.tool.to_string()),
            undoes: Some(index.verb.as_str()),
            at: Some(plan.of.journal.time().rfc3339()),
            done,
            may_turn_on: plan.may_turn_on(),
            files,
            left,
        };
        return json::print(&session.ui, "undo", &document);
    }
    let ui = &session.ui;
    ui.talk(&format!("{}: {}, of {}.", plan.of.tool, index.verb.as_str(), plan.of.journal.time().minute()));
    for file in &plan.change.files {
        let diff = of_file(file);
        match diff.is_empty() {
            true => ui.talk(&format!("The mode of {} is put back.", file.path.display())),
            false => ui.data(&diff)?,
        }
    }
    for left in &plan.left {
        match &left.why {
            Some(why) => ui.warn(&format!("{}: {why}, and is left as it is.", left.path.display())),
            None => ui.talk(&format!("{} stands already as it stood before.", left.path.display())),
        }
    }
    if plan.may_turn_on() && !plan.change.files.is_empty() {
        ui.warn(&format!(
            "This takes back a no: {} may send again.\nTo see: {}",
            plan.of.tool,
            status_hint(session, &plan.of.tool)
        ));
    }
    Ok(())
}

fn list(session: &Session, tool: Option<&ToolName>, as_json: bool) -> anyhow::Result<Exit> {
    let kept = undo::list(&session.context, tool)?;
    if as_json {
        let unreadable = kept.unreadable.iter();
        let unreadable = unreadable
            .map(|(path, why)| LeftFile { file: path.display().to_string(), why: Some(why.clone()) })
            .collect();
        let changes = kept.changes.iter().map(listed).collect();
        return json::print(&session.ui, "changes", &Listed { changes, unreadable }).map(|()| Exit::Done);
    }
    let ui = &session.ui;
    let rows = kept.changes.iter().map(|change| {
        let index = &change.journal.index;
        let how = match (change.open, index.copies) {
            (true, _) => " (cut off)",
            (false, Copies::None | Copies::Withheld) => " (cannot be undone)",
            (false, Copies::Kept) => "",
        };
        let files: Vec<&str> = index.files.iter().map(|file| file.path.as_str()).collect();
        let verb = format!("{}{how}", index.verb.as_str());
        vec![change.journal.time().minute(), change.tool.to_string(), verb, files.join(", ")]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        ui.talk("No change of another program's files is kept.");
    } else {
        ui.data(&ui.table(&["TIME", "TOOL", "CHANGE", "FILES"], rows))?;
    }
    for (path, why) in &kept.unreadable {
        ui.warn(&format!("{}: {why}, and is left as it is.", path.display()));
    }
    Ok(Exit::Done)
}

fn listed(change: &KeptChange) -> ListedChange {
    let index = &change.journal.index;
    ListedChange {
        tool: change.tool.to_string(),
        verb: index.verb.as_str(),
        at: change.journal.time().rfc3339(),
        id: change.journal.id.clone(),
        undoes: index.undoes.clone(),
        files: index.files.iter().map(|file| file.path.clone()).collect(),
        can_be_undone: index.copies == Copies::Kept && !change.open,
        cut_off: change.open,
    }
}

fn family(session: &Session, tool: &ToolName) -> bool {
    session.context.tool(tool).is_ok_and(|tool| is_family(&tool))
}

/// The command that shows the state of a tool.
fn status_hint(session: &Session, tool: &ToolName) -> String {
    format!("telemetry status {tool}{}", if family(session, tool) { " PATH" } else { "" })
}
