//! `telemetry show-payload TOOL` for somebody else's program: what it would send, each value with how sure it is.
//!
//! Promises: what is not known is shown as unknown; what is secret is stars, in `--raw` too. Absent: building (`actions/foreign/payload`).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::actions::context::Tool;
use crate::actions::foreign::payload::{self, ForeignPayload, PayloadError, decoded};
use crate::cli::commands::foreign_tells::{Setting, lines, tells};
use crate::cli::commands::pointed::{NotLookedAt, Parts, component, label, named, started_by};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::secrets::without_logins;
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::consent::effective::State;
use crate::payload::foreign::{Built, HIDDEN, Mark, Row, rows};

/// What is wanted of it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Which payload.
    pub payload: payload::Wanted<'a>,
    /// A JSON document.
    pub json: bool,
    /// The body's bytes alone.
    pub raw: bool,
}

/// What a person tells: a name and a value.
///
/// # Errors
/// It has no `=`.
pub fn told(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it is NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The payloads of several programs of a family.
#[derive(Serialize)]
struct Documents {
    tool: String,
    components: Vec<Document>,
    not_looked_at: Vec<NotLookedAt>,
}

/// What breaks a published table of fields.
#[derive(Serialize)]
struct Broken {
    path: String,
    schema: String,
    what: String,
}

#[derive(Serialize)]
struct Document {
    tool: String,
    component: Option<String>,
    files: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_by: Option<String>,
    tool_version: Option<String>,
    tool_version_from: String,
    state: &'static str,
    event: String,
    events: Vec<String>,
    says: Option<String>,
    method: &'static str,
    address: Shown,
    headers: Vec<Header>,
    elsewhere: Vec<String>,
    exact: usize,
    reconstructed: usize,
    unknown: usize,
    digest: String,
    body: String,
    breaks: Vec<Broken>,
    settings: Vec<Setting>,
    guessable: Vec<String>,
    decoded: Vec<Map<String, Value>>,
}

/// A value with how sure it is.
#[derive(Serialize)]
struct Shown {
    value: String,
    mark: &'static str,
    why: Option<String>,
}

#[derive(Serialize)]
struct Header {
    name: String,
    #[serde(flatten)]
    value: Shown,
}

/// What is said of a file that is read and sends nothing.
const SILENT: &str = "nothing is sent because of it alone: it holds values for others";

/// The names of what is asked for, and whether it sends nothing of its own.
fn asks(tool: &Tool) -> (Vec<String>, bool) {
    let foreign = tool.manifest.foreign.as_deref();
    let names = foreign.iter().flat_map(|foreign| &foreign.asks).map(|ask| ask.name.clone()).collect();
    (names, foreign.is_none_or(|foreign| foreign.requests.is_empty()))
}

/// Runs it.
///
/// # Errors
/// There is no such event or version, or the manifest does not say what is sent.
pub fn run(session: &Session, parts: &Parts, wanted: &Wanted<'_>) -> anyhow::Result<Exit> {
    let (silent, speaking): (Vec<&Tool>, Vec<&Tool>) = parts.tools.iter().partition(|tool| asks(tool).1);
    if let ([tool, ..], []) = (silent.as_slice(), speaking.as_slice()) {
        return Err(refused(tool, &PayloadError::NotDeclared).into());
    }
    taken(&speaking, wanted.payload.given, "show-payload")?;
    let mut made: Vec<(&Tool, ForeignPayload)> = Vec::new();
    for tool in &speaking {
        // Of several programs each takes what it asks for.
        let asked = |name: &String| asks(tool).0.contains(name);
        let given: Vec<_> = wanted.payload.given.iter().filter(|(name, _)| asked(name)).cloned().collect();
        let wanted = payload::Wanted { given: &given, ..wanted.payload };
        let one = payload::payload(&session.context, tool, &wanted).map_err(|error| refused(tool, &error))?;
        made.push((tool, one));
    }
    let silent = silent.iter().flat_map(|tool| files(tool)).map(|file| NotLookedAt { file, why: SILENT.to_owned() });
    let family = parts.tools.iter().any(|tool| tool.given.component.is_some());
    match (made.as_slice(), wanted.raw, wanted.json) {
        ([(_, one)], true, _) => session.ui.raw(&one.bytes)?,
        (_, true, _) => {
            let message = format!("--raw prints one body, and these are {}", made.len());
            return Err(Failure::new(Exit::Usage, message).hint("telemetry show-payload TOOL FILE --raw").into());
        }
        ([(tool, one)], false, true) if !family => json::print(&session.ui, "foreign-payload", &document(tool, one))?,
        (_, false, true) => {
            let components: Vec<Document> = made.iter().map(|(tool, one)| document(tool, one)).collect();
            let tool = components.first().map(|document| document.tool.clone()).unwrap_or_default();
            let not_looked_at = parts.not_looked_at().into_iter().chain(silent).collect();
            json::print(&session.ui, "components-payload", &Documents { tool, components, not_looked_at })?;
        }
        (_, false, false) => {
            for (index, (tool, one)) in made.iter().enumerate() {
                if index > 0 {
                    session.ui.data("")?;
                }
                // To a file or a program goes which of them it is, too.
                if made.len() > 1 {
                    session.ui.data(&session.ui.bold(&clean(&label(tool))))?;
                }
                show(session, tool, one)?;
            }
            session.ui.talk("Nothing was sent.");
            silent.for_each(|one| session.ui.talk(&format!("{}: {}", one.file, one.why)));
            parts.warn(session);
        }
    }
    Ok(parts.exit(Exit::Done))
}

/// Whether each of what a person tells is asked for by one of these programs, in the form that it has to have; `verb`: for the hint.
///
/// # Errors
/// None of them asks for it, or it is of another form.
pub(super) fn taken(tools: &[&Tool], given: &[(String, String)], verb: &str) -> anyhow::Result<()> {
    for (name, value) in given {
        let askers: Vec<&&Tool> = tools.iter().filter(|tool| asks(tool).0.contains(name)).collect();
        let one = [(name.clone(), value.clone())];
        for tool in &askers {
            let Some(foreign) = tool.manifest.foreign.as_deref() else { continue };
            payload::told(foreign, &one).map_err(|error| refused(tool, &error))?;
        }
        if askers.is_empty() {
            let mut known: Vec<String> = tools.iter().flat_map(|tool| asks(tool).0).collect();
            known.sort();
            known.dedup();
            return Err(not_asked(tools, name, &known, verb).into());
        }
    }
    Ok(())
}

fn not_asked(tools: &[&Tool], name: &str, known: &[String], verb: &str) -> Failure {
    let whom = match tools {
        [tool] => label(tool),
        [tool, ..] => format!("what was named of {}", tool.manifest.tool),
        [] => "what was named".to_owned(),
    };
    let what = if known.is_empty() { "nothing".to_owned() } else { known.join(" and ") };
    let message = format!("{whom} asks for {what}, not for {name:?}");
    let failure = Failure::new(Exit::Unknown, clean(&message));
    let tool = tools.first().map(|tool| tool.manifest.tool.as_str()).unwrap_or_default();
    let path = if tools.iter().any(|tool| tool.given.component.is_some()) { " PATH" } else { "" };
    match known.first() {
        Some(known) => failure.hint(format!("telemetry {verb} {tool}{path} --given {known}=VALUE")),
        None => failure.hint(format!("telemetry {verb} {tool}{path}")),
    }
}

/// Why a payload cannot be told, with a hint.
fn refused(tool: &Tool, error: &PayloadError) -> Failure {
    // Of a family of programs the files are named as well.
    let path = if tool.given.component.is_some() { " PATH" } else { "" };
    let name = format!("{}{path}", tool.manifest.tool);
    let failure = Failure::new(Exit::Unknown, format!("{}: {}", label(tool), clean(&error.to_string())));
    match error {
        // What nobody asks for is refused before (`taken`).
        PayloadError::NotDeclared | PayloadError::OtherVersion { .. } | PayloadError::NotAsked { .. } => failure,
        PayloadError::NoVersion(_) => failure.hint(format!("telemetry show-payload {name} --as VERSION")),
        PayloadError::NoEvent { known, .. } => {
            let event = known.first().map_or("NAME", String::as_str);
            failure.hint(format!("telemetry show-payload {name} --event {event}"))
        }
        PayloadError::Form { .. } => Failure { exit: Exit::Usage, ..failure },
    }
}

/// A value of the head, with stars for what is secret.
fn head(built: &Built) -> Shown {
    let value = if built.secret { HIDDEN.to_owned() } else { without_logins(&built.text()) };
    Shown { value, mark: built.mark.as_str(), why: built.mark.why().map(str::to_owned) }
}

fn count(rows: &[Row]) -> [usize; 3] {
    let of = |rank: fn(&Mark) -> bool| rows.iter().filter(|row| rank(&row.mark)).count();
    [
        of(|mark| matches!(mark, Mark::Exact)),
        of(|mark| matches!(mark, Mark::Reconstructed(_))),
        of(|mark| matches!(mark, Mark::Unknown(_))),
    ]
}

fn document(tool: &Tool, shown: &ForeignPayload) -> Document {
    let [exact, reconstructed, unknown] = count(&rows(&shown.body));
    Document {
        tool: tool.manifest.tool.to_string(),
        component: component(tool),
        files: files(tool),
        started_by: started_by(tool),
        tool_version: shown.version.as_ref().map(ToString::to_string),
        tool_version_from: shown.looked.installed.how.clone(),
        state: shown.looked.effective.state.as_str(),
        event: shown.request.event.clone(),
        events: shown.events.clone(),
        says: shown.request.says.clone(),
        method: "POST",
        address: head(&shown.address),
        headers: shown.headers.iter().map(|(name, value)| Header { name: name.clone(), value: head(value) }).collect(),
        elsewhere: shown.elsewhere.clone(),
        exact,
        reconstructed,
        unknown,
        digest: shown.digest.to_string(),
        body: String::from_utf8_lossy(&shown.bytes).into_owned(),
        breaks: shown
            .breaches
            .iter()
            .map(|one| Broken { path: one.path.clone(), schema: one.schema.clone(), what: one.what.clone() })
            .collect(),
        settings: tells(&shown.looked),
        guessable: guessable(tool),
        decoded: decoded(shown),
    }
}

/// The files that were pointed at.
fn files(tool: &Tool) -> Vec<String> {
    tool.given.paths.iter().map(|(_, path)| path.display().to_string()).collect()
}

/// What who knows the likely values can find by trying.
fn guessable(tool: &Tool) -> Vec<String> {
    tool.manifest.foreign.iter().flat_map(|foreign| foreign.guessable.clone()).collect()
}

/// Of what it is, to standard error.
fn head_of(session: &Session, tool: &Tool, shown: &ForeignPayload) {
    let ui = &session.ui;
    let says = shown.request.says.as_deref().map_or_else(String::new, |says| format!(": {says}"));
    let how = &shown.looked.installed.how;
    let version = match &shown.version {
        Some(version) => format!("{version} ({how})"),
        None => format!("in its newest version, for its own is not known ({how}; --as VERSION)"),
    };
    let of = component(tool).map_or_else(String::new, |component| format!(", {component}"));
    ui.talk(&ui.prose(&format!("{}{of} {version}", tool.manifest.title), &[]));
    ui.talk(&ui.prose(&format!("Event {}{says}", shown.request.event), &[]));
    for file in named(tool) {
        ui.talk(&format!("As {file} says."));
    }
}

fn show(session: &Session, tool: &Tool, shown: &ForeignPayload) -> anyhow::Result<()> {
    let ui = &session.ui;
    let all = rows(&shown.body);
    let [exact, reconstructed, unknown] = count(&all);
    head_of(session, tool, shown);
    ui.talk(match shown.looked.effective.state {
        State::On => "Telemetry is on: this is what it sends.",
        State::Off => "Telemetry is off: this is what it would send if it were on.",
        State::Crash => "The program does not start with these settings: this is what it would send if it did.",
        State::Unknown => "Whether telemetry is on cannot be told: this is what it sends if it is.",
    });
    for place in &shown.elsewhere {
        ui.talk(&format!("{} points it elsewhere than to the address that its makers chose.", clean(place)));
    }
    let others: Vec<&str> =
        shown.events.iter().filter(|event| **event != shown.request.event).map(String::as_str).collect();
    if !others.is_empty() {
        ui.talk(&format!("Other events (--event): {}", others.join(", ")));
    }
    ui.talk("");
    ui.data(&format!("POST {}{}", clean(&head(&shown.address).value), note(&shown.address.mark, None)))?;
    for (name, value) in &shown.headers {
        ui.data(&format!("{name}: {}{}", clean(&head(value).value), note(&value.mark, None)))?;
    }
    ui.data("")?;
    for row in &all {
        let value = if row.value == HIDDEN { HIDDEN.to_owned() } else { row.value.clone() };
        ui.data(&format!("{} = {}{}", clean(&row.path), clean(&value), note(&row.mark, row.from.as_deref())))?;
    }
    ui.talk("");
    ui.talk(&format!(
        "{exact} values exact, {reconstructed} reconstructed, {unknown} unknown; {} bytes.",
        shown.bytes.len()
    ));
    for one in &shown.breaches {
        ui.talk(&format!("{} breaks {}: {}.", clean(&one.path), clean(&one.schema), clean(&one.what)));
    }
    for (name, line) in lines(&tells(&shown.looked)) {
        ui.talk(&ui.prose(&format!("{name}: {line}"), &files(tool)));
    }
    for sentence in guessable(tool) {
        ui.talk(&ui.prose(&format!("Can be guessed: {sentence}."), &[]));
    }
    Ok(())
}

/// What stands behind a value: how sure it is, and where it is from.
fn note(mark: &Mark, from: Option<&str>) -> String {
    let from = from.map_or_else(String::new, |from| format!("; {}", clean(from)));
    match mark {
        Mark::Exact if from.is_empty() => String::new(),
        Mark::Exact => format!("   [exact{from}]"),
        Mark::Reconstructed(why) => format!("   [reconstructed: {}{from}]", clean(why)),
        Mark::Unknown(_) => format!("   [unknown{from}]"),
    }
}
