//! `telemetry disable TOOL` and `enable TOOL` for somebody else's program: what changes in its files, and what still overrides.

use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::disable;
use crate::actions::foreign::change::FileChange;
use crate::actions::foreign::look::Looked;
use crate::actions::foreign::mend::Mended;
use crate::actions::foreign::overrides::Override;
use crate::actions::foreign::plan::{Plan, Wish};
use crate::actions::foreign::referred::Shared;
use crate::actions::foreign::switch::{self, Found, SwitchError};
use crate::cli::changed::of_file;
use crate::cli::commands::pointed::{component, label, named};
use crate::cli::commands::undo::say_mended;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::prompt::{Reply, confirm};
use crate::cli::session::Session;
use crate::consent::effective::State;
use crate::manifest::foreign::layers::{Scope, When};
use crate::manifest::foreign::truths::Word;

/// A switch as a document.
#[derive(Serialize)]
pub struct Switched {
    tool: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    named: Vec<String>,
    wanted: &'static str,
    done: bool,
    before: &'static str,
    after: Option<&'static str>,
    files: Vec<File>,
    overrides: Vec<Overriding>,
    /// Variables whose value changes and that others use as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shared: Vec<SharedValue>,
    error: Option<String>,
}

#[derive(Serialize)]
struct SharedValue {
    variable: String,
    file: String,
    places: Vec<String>,
}

impl Switched {
    /// With the variables that others use as well.
    pub(super) fn with_shared(mut self, shared: Vec<Shared>) -> Self {
        let one = |shared: Shared| SharedValue {
            variable: shared.variable,
            file: shared.changed.display().to_string(),
            places: shared.places,
        };
        self.shared = shared.into_iter().map(one).collect();
        self
    }
}

#[derive(Serialize)]
struct File {
    file: String,
    diff: String,
}

#[derive(Serialize)]
struct Overriding {
    what: String,
    shell: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Telemetry on, or off.
    pub on: bool,
    /// In the project's files.
    pub project: bool,
    /// Shown only.
    pub dry_run: bool,
    /// As a document.
    pub json: bool,
}

impl Asked {
    pub(super) const fn wish(self) -> Wish {
        Wish { on: self.on, scope: if self.project { Scope::Project } else { Scope::User } }
    }
}

/// Switches one tool, or shows what that would be.
///
/// # Errors
/// Nothing was changed, or what was written is not so.
pub fn one(session: &Session, tool: &Tool, asked: Asked) -> anyhow::Result<Exit> {
    if asked.dry_run {
        let (plan, looked) = switch::planned(&session.context, tool, asked.wish())?;
        if asked.json {
            json::print(&session.ui, "switched", &document(tool, &plan, false))?;
        } else {
            show(session, &plan)?;
            say_overrides(session, tool, &plan);
            if plan.after.state == State::Off {
                leaves(&looked)
                    .for_each(|says| session.ui.talk(&session.ui.prose(&format!("Still leaves: {says}."), &[])));
            }
        }
        return Ok(exit(&plan));
    }
    let done = switch::switch(&session.context, tool, asked.wish())?;
    mended(session, tool, &done.mended);
    if asked.json {
        json::print(&session.ui, "switched", &document(tool, &done.plan, true))?;
    } else {
        say_done(session, tool, &done.plan, &done.looked);
    }
    Ok(exit(&done.plan))
}

fn exit(plan: &Plan) -> Exit {
    if plan.overrides.is_empty() { Exit::Done } else { Exit::Partly }
}

pub(super) fn mended(session: &Session, tool: &Tool, mended: &[Mended]) {
    say_mended(session, &tool.manifest.tool, mended);
}

fn say_done(session: &Session, tool: &Tool, plan: &Plan, looked: &Looked) {
    let (ui, name) = (&session.ui, &tool.manifest.tool);
    let state = looked.effective.state.as_str();
    let files = &plan.change.files;
    if files.is_empty() && plan.overrides.is_empty() {
        ui.talk(&format!("{name} is {state} already: nothing had to change."));
    } else if plan.overrides.is_empty() {
        ui.talk(&format!("{name} is {state}."));
    }
    for file in files {
        ui.talk(&format!("{} {}", what(file), file.path.display()));
    }
    say_overrides(session, tool, plan);
    if looked.effective.state == State::Off {
        for says in leaves(looked) {
            ui.talk(&ui.prose(&format!("Still leaves: {says}."), &[]));
        }
    }
    if plan.wish.on && disable::is_disabled_for_all(&session.context) {
        ui.talk(&format!(
            "You said no for all tools. That holds for what records through telemetry; {name} sends by itself."
        ));
    }
    if files.is_empty() {
        return;
    }
    if let Some(after) = &looked.foreign.after {
        ui.talk(&ui.prose(&format!("For programs that run: {after}."), &[]));
    }
    ui.talk(&format!("To take it back: telemetry undo {name}"));
}

/// What leaves all the same.
pub(super) fn leaves(looked: &Looked) -> impl Iterator<Item = &str> {
    let now = |when| matches!(when, When::Off | When::Always);
    let all = looked.foreign.residual.iter();
    let all = all.filter(move |one| now(one.when) && looked.installed.may_be_in(&one.versions));
    all.map(|one| one.says.as_str())
}

pub(super) fn what(file: &FileChange) -> &'static str {
    match (&file.texts.before, &file.texts.after) {
        (None, _) => "made:",
        (Some(_), Some(_)) => "changed:",
        (Some(_), None) => "removed:",
    }
}

fn show(session: &Session, plan: &Plan) -> anyhow::Result<()> {
    for file in &plan.change.files {
        session.ui.data(&of_file(file))?;
    }
    if plan.change.files.is_empty() {
        session.ui.talk(&format!("{}: nothing has to change.", plan.change.tool));
    }
    Ok(())
}

pub(super) fn say_overrides(session: &Session, tool: &Tool, plan: &Plan) {
    if plan.overrides.is_empty() {
        return;
    }
    let (name, wanted) = (label(tool), plan.wish.state().as_str());
    let state = plan.after.state.as_str();
    session.ui.warn(&format!("{name} is not surely {wanted} ({state}):"));
    for one in &plan.overrides {
        session.ui.warn(&session.ui.short(&format!("  {}", words(one, tool, plan.wish))));
        if let Some(line) = one.shell_line() {
            session.ui.warn(&format!("    {line}"));
        }
    }
}

fn words(one: &Override, tool: &Tool, wish: Wish) -> String {
    let name = &tool.manifest.tool;
    match one {
        Override::Variable { name, value, place: Some(place), .. } => {
            let value = value.as_deref().unwrap_or_default();
            format!("{}: the variable {name}={value} wins. There:", place.display())
        }
        Override::Property { name, value, place } => {
            let value = value.as_deref().unwrap_or_default();
            let place = place.as_ref().map_or_else(|| "the environment".to_owned(), |path| path.display().to_string());
            format!("{place}: -D{name}={value} wins; take it out there")
        }
        Override::Variable { name, value, place: None, .. } => {
            let value = value.as_deref().unwrap_or_default();
            format!("the variable {name}={value} wins. In this shell, and in the file that starts it:")
        }
        Override::Key { path, line, key, word, scope, says } => {
            let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
            let said = match word {
                Word::On => "says on",
                Word::Off => "says off",
                Word::Crash => "keeps the program from starting",
                Word::Pass => "says nothing",
            };
            let says = says.as_ref().map(|says| format!(" ({says})")).unwrap_or_default();
            let what = format!("{}{line}: {key} {said}, and that wins{says}.", path.display());
            let verb = if wish.on { "enable" } else { "disable" };
            match (scope, wish.scope) {
                (Some(Scope::User), Scope::Project) => format!("{what} It is your own: telemetry {verb} {name}"),
                (Some(Scope::Project), Scope::User) => {
                    format!(
                        "{what} It is the project's; for everybody who works on it: telemetry {verb} {name} --project"
                    )
                }
                (Some(Scope::User), Scope::User) | (Some(Scope::Project), Scope::Project) | (None, _) => what,
            }
        }
        Override::Unreadable { place, why } => format!("{place} cannot be read: {why}"),
        Override::Version(how) => format!("it depends on the version, which is not known: {how}"),
        Override::Usual => {
            format!("no setting says so, and {name} is {} unless one does", if wish.on { "off" } else { "on" })
        }
    }
}

pub(super) fn document(tool: &Tool, plan: &Plan, done: bool) -> Switched {
    let files = plan.change.files.iter();
    let files = files.map(|file| File { file: file.path.display().to_string(), diff: of_file(file) }).collect();
    let overrides = plan.overrides.iter();
    let overrides = overrides
        .map(|one| Overriding { what: words(one, tool, plan.wish), shell: one.shell_line().map(str::to_owned) })
        .collect();
    Switched {
        tool: tool.manifest.tool.to_string(),
        component: component(tool),
        named: named(tool),
        wanted: plan.wish.state().as_str(),
        done,
        before: plan.before.as_str(),
        after: Some(plan.after.state.as_str()),
        files,
        overrides,
        shared: Vec::new(),
        error: None,
    }
}

/// What could not be worked out, as a document.
pub(super) fn refused(tool: &Tool, wish: Wish, before: State, error: &str) -> Switched {
    Switched {
        tool: tool.manifest.tool.to_string(),
        component: component(tool),
        named: named(tool),
        wanted: wish.state().as_str(),
        done: false,
        before: before.as_str(),
        after: None,
        files: Vec::new(),
        overrides: Vec::new(),
        shared: Vec::new(),
        error: Some(error.to_owned()),
    }
}

fn failed(found: &Found, error: &SwitchError) -> Switched {
    Switched {
        tool: found.tool.manifest.tool.to_string(),
        component: None,
        named: Vec::new(),
        wanted: "off",
        done: false,
        before: found.state.as_str(),
        after: None,
        files: Vec::new(),
        overrides: Vec::new(),
        shared: Vec::new(),
        error: Some(error.to_string()),
    }
}

/// After a no for all: the foreign tools that are here and not off. Shown, asked for, and switched off if that is wanted.
///
/// # Errors
/// It cannot be printed.
pub fn all_others(
    session: &Session,
    found: Vec<Found>,
    yes: bool,
    as_json: bool,
) -> anyhow::Result<(Exit, Vec<Switched>)> {
    let ui = &session.ui;
    if found.is_empty() {
        return Ok((Exit::Done, Vec::new()));
    }
    let names: Vec<&str> = found.iter().map(|one| one.tool.manifest.tool.as_str()).collect();
    if !as_json {
        ui.talk(&format!("Other programs on this machine send by themselves: {}.", names.join(", ")));
        for one in &found {
            match &one.plan {
                Ok(plan) if !yes => show(session, plan)?,
                Ok(_) => {}
                Err(error) => ui.warn(&format!("{}: {error}", one.tool.manifest.tool)),
            }
        }
    }
    let question = format!("Change their settings too ({})?", names.join(", "));
    if confirm(ui, yes, &question) != Reply::Yes {
        let left = found.iter().map(|one| match &one.plan {
            Ok(plan) => document(&one.tool, plan, false),
            Err(error) => failed(one, error),
        });
        ui.warn("Their settings stay as they are. To change them too: telemetry disable --yes");
        return Ok((Exit::Partly, left.collect()));
    }
    let (mut exit, mut all) = (Exit::Done, Vec::new());
    let wish = Wish { on: false, scope: Scope::User };
    for one in &found {
        match switch::switch(&session.context, &one.tool, wish) {
            Ok(done) => {
                mended(session, &one.tool, &done.mended);
                if !as_json {
                    say_done(session, &one.tool, &done.plan, &done.looked);
                }
                if !done.plan.overrides.is_empty() {
                    exit = Exit::Partly;
                }
                all.push(document(&one.tool, &done.plan, true));
            }
            Err(error) => {
                exit = Exit::Partly;
                ui.warn(&format!("{}: {error}", one.tool.manifest.tool));
                all.push(failed(one, &error));
            }
        }
    }
    Ok((exit, all))
}
