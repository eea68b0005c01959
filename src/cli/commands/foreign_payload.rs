//! `telemetry show-payload TOOL` for somebody else's program: what it would send, each value with how sure it is.
//!
//! Promises: what is not known is shown as unknown; what is secret is stars, in `--raw` too. Absent: building (`actions/foreign/payload`).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::actions::context::Tool;
use crate::actions::foreign::payload::{self, ForeignPayload, PayloadError, decoded};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::secrets::without_logins;
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::consent::effective::State;
use crate::manifest::versions::Version;
use crate::payload::foreign::{Built, HIDDEN, Mark, Row, rows};

/// What is wanted of it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The version in the place of the one that is installed.
    pub version: Option<&'a Version>,
    /// The event.
    pub event: Option<&'a str>,
    /// A JSON document.
    pub json: bool,
    /// The body's bytes alone.
    pub raw: bool,
}

#[derive(Serialize)]
struct Document {
    tool: String,
    tool_version: String,
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

/// Runs it.
///
/// # Errors
/// There is no such event or version, or the manifest does not say what is sent.
pub fn run(session: &Session, tool: &Tool, wanted: Wanted<'_>) -> anyhow::Result<Exit> {
    let made = payload::payload(&session.context, tool, wanted.event, wanted.version);
    let shown = made.map_err(|error| refused(tool, &error))?;
    if wanted.raw {
        session.ui.raw(&shown.bytes)?;
    } else if wanted.json {
        json::print(&session.ui, "foreign-payload", &document(tool, &shown))?;
    } else {
        show(session, tool, &shown)?;
    }
    Ok(Exit::Done)
}

fn refused(tool: &Tool, error: &PayloadError) -> Failure {
    let name = &tool.manifest.tool;
    let failure = Failure::new(Exit::Unknown, format!("{name}: {}", clean(&error.to_string())));
    match error {
        PayloadError::NotDeclared | PayloadError::OtherVersion(_) => failure,
        PayloadError::NoVersion(_) => failure.hint(format!("telemetry show-payload {name} --as VERSION")),
        PayloadError::NoEvent { known, .. } => {
            let event = known.first().map_or("NAME", String::as_str);
            failure.hint(format!("telemetry show-payload {name} --event {event}"))
        }
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
        tool_version: shown.version.to_string(),
        tool_version_from: shown.how.clone(),
        state: shown.state.as_str(),
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
        decoded: decoded(shown),
    }
}

fn show(session: &Session, tool: &Tool, shown: &ForeignPayload) -> anyhow::Result<()> {
    let ui = &session.ui;
    let all = rows(&shown.body);
    let [exact, reconstructed, unknown] = count(&all);
    let says = shown.request.says.as_deref().map_or_else(String::new, |says| format!(": {says}"));
    ui.talk(&format!("{} {} ({}), event {}{says}", tool.manifest.title, shown.version, shown.how, shown.request.event));
    ui.talk(match shown.state {
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
    ui.talk("Nothing was sent.");
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
