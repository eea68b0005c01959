//! `telemetry show-payload TOOL --capture -- COMMAND`: what a real run of somebody else's program sends, on our own receiver.
//!
//! Promises: standard output is what came and nothing else, the command's own goes to standard error. Absent: running it elsewhere than
//! here (`actions/foreign/capture`).

use std::ffi::OsString;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::foreign::capture::{self, CaptureError, Captured, Wanted};
use crate::actions::foreign::endpoint::NoWay;
use crate::actions::foreign::put_back::Restored;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::consent::effective::State;
use crate::host::children::Ended;
use crate::manifest::versions::Version;
use crate::payload::foreign::breaches_of;
use crate::receiver::decode::node::Node;
use crate::receiver::decode::{Body, Decoded, decode};
use crate::receiver::listen::Came;

/// Arguments of a capture.
#[derive(Debug, Args)]
pub struct CaptureArguments {
    /// Run COMMAND against a receiver on this machine, and show what it really sends
    #[arg(long, requires = "command", conflicts_with = "destination")]
    pub capture: bool,
    /// With --capture: only the request of this number
    #[arg(long, value_name = "NUMBER", requires = "capture")]
    pub request: Option<usize>,
    /// With --capture: how long to wait, after the command's end, for what it left behind
    #[arg(long, value_name = "SECONDS", requires = "capture", default_value = "5", value_parser = clap::value_parser!(u16).range(0..=600))]
    pub timeout: u16,
    /// With --capture: the command of the tool, after `--`
    #[arg(last = true, value_name = "COMMAND", requires = "capture")]
    pub command: Vec<OsString>,
}

/// How it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    People,
    /// A document.
    Json,
    /// A body alone.
    Raw,
}

#[derive(Serialize)]
struct Document {
    tool: String,
    tool_version: Option<String>,
    state: &'static str,
    variables: Vec<(String, String)>,
    exit_code: Option<i32>,
    complete: bool,
    requests: Vec<Shown>,
    not_requests: Vec<String>,
    nothing: Option<String>,
    put_back: Vec<String>,
    not_put_back: Vec<Left>,
    beside: Vec<String>,
}

/// A file that is not as it was.
#[derive(Serialize)]
struct Left {
    path: String,
    why: String,
}

/// A request, as in a document.
#[derive(Serialize)]
struct Shown {
    number: usize,
    at: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    size: usize,
    digest: String,
    query: Option<Node>,
    decoded: Option<Node>,
    text: Option<String>,
    masked: bool,
    notes: Vec<String>,
    breaks: Vec<String>,
    body_base64: Option<String>,
}

/// Runs it.
///
/// # Errors
/// The run cannot be pointed at us for certain, or not be started.
pub fn run(
    session: &Session,
    tool: &Tool,
    arguments: &CaptureArguments,
    version: Option<&Version>,
    form: Form,
) -> anyhow::Result<Exit> {
    let patience = Duration::from_secs(arguments.timeout.into());
    let wanted = Wanted { command: &arguments.command, patience, version };
    let captured = capture::capture(&session.context, tool, &wanted).map_err(|error| refused(tool, error))?;
    let numbered = captured.kept.requests.iter().enumerate().map(|(index, came)| (index.saturating_add(1), came));
    let chosen: Vec<(usize, &Came)> =
        numbered.filter(|(number, _)| arguments.request.is_none_or(|wanted| wanted == *number)).collect();
    tell(session, tool, &captured);
    match form {
        Form::Json => json::print(&session.ui, "capture", &document(tool, &captured, &chosen))?,
        Form::Raw => raw(session, &chosen)?,
        Form::People => {
            for (number, came) in &chosen {
                show(session, *number, came)?;
            }
        }
    }
    if let (Some(number), true) = (arguments.request, chosen.is_empty()) {
        let count = captured.kept.requests.len();
        return Err(Failure::new(Exit::Failed, format!("there is no request {number}: {count} came")).into());
    }
    Ok(if captured.is_whole() { Exit::Done } else { Exit::Partly })
}

/// A run that was not started.
fn refused(tool: &Tool, error: CaptureError) -> anyhow::Error {
    let failure = Failure::new(Exit::Failed, format!("{}: {error}", tool.manifest.tool));
    match error {
        CaptureError::Native | CaptureError::NoWay(NoWay::None(_) | NoWay::NotDeclared) => {
            failure.hint("telemetry show-payload TOOL").into()
        }
        CaptureError::NoWay(NoWay::Version(_)) => {
            failure.hint("telemetry show-payload TOOL --as VERSION --capture -- COMMAND").into()
        }
        CaptureError::NoWay(_) => failure.hint("telemetry status TOOL --explain").into(),
        CaptureError::Receiver(_) | CaptureError::Start { .. } => error.into(),
    }
}

/// The body and nothing else, so that its digest can be checked from outside.
fn raw(session: &Session, chosen: &[(usize, &Came)]) -> anyhow::Result<()> {
    match chosen {
        [] => Ok(()),
        [(_, one)] => Ok(session.ui.raw(&one.request.body)?),
        many => {
            let message = format!("--raw prints one body, and {} requests came", many.len());
            Err(Failure::new(Exit::Failed, message)
                .hint("telemetry show-payload TOOL --capture --raw --request 1 -- COMMAND")
                .into())
        }
    }
}

/// How the run went, to standard error: what it sent stands on standard output.
fn tell(session: &Session, tool: &Tool, captured: &Captured) {
    let ui = &session.ui;
    for note in &captured.way.notes {
        ui.talk(note);
    }
    match captured.ended {
        Some(Ended::Code(0)) => {}
        Some(Ended::Code(code)) => ui.warn(&format!("the command failed: exit code {code}")),
        Some(Ended::Signal(signal)) => ui.warn(&format!("the command was ended by signal {signal}")),
        None => ui.warn("nobody can tell how the command ended"),
    }
    if !captured.complete {
        ui.warn("somebody was still at it when the receiver stopped: what came after that is not here (--timeout)");
    }
    for trouble in &captured.kept.troubles {
        ui.warn(&format!("not a request: {trouble}"));
    }
    let count = captured.kept.requests.len();
    let bytes: usize = captured.kept.requests.iter().map(|came| came.request.body.len()).sum();
    let plural = if count == 1 { "" } else { "s" };
    match nothing(captured) {
        Some(why) => ui.talk(&format!("{}: nothing was sent: {why}", tool.manifest.tool)),
        None => ui.talk(&format!(
            "{}: {count} request{plural}, {bytes} bytes, to this machine and nowhere else",
            tool.manifest.tool
        )),
    }
    for file in &captured.files {
        let path = file.path.display();
        match &file.left {
            None => ui.talk(&format!("put back as it was: {path}")),
            Some(why) => ui.warn(&ui.short(&format!("not put back: {path}: {why}"))),
        }
    }
    for beside in captured.beside() {
        ui.talk(&format!("not captured: {beside}"));
    }
}

/// Why nothing came, where that is so.
fn nothing(captured: &Captured) -> Option<String> {
    if !captured.kept.requests.is_empty() {
        return None;
    }
    Some(match captured.looked.effective.state {
        State::Off => "telemetry is off".to_owned(),
        State::Crash => "a setting of its telemetry keeps the program from starting".to_owned(),
        State::Unknown => "whether telemetry is on here is not known".to_owned(),
        State::On => "telemetry is on, so this command has nothing to say, or did not get that far".to_owned(),
    })
}

fn document(tool: &Tool, captured: &Captured, chosen: &[(usize, &Came)]) -> Document {
    let path = |file: &Restored| file.path.display().to_string();
    Document {
        tool: tool.manifest.tool.to_string(),
        tool_version: captured.looked.installed.version.as_ref().map(ToString::to_string),
        state: captured.looked.effective.state.as_str(),
        variables: captured.variables.clone(),
        exit_code: captured.ended.map(Ended::code),
        complete: captured.complete,
        requests: chosen.iter().map(|(number, came)| shown(*number, came)).collect(),
        not_requests: captured.kept.troubles.clone(),
        nothing: nothing(captured),
        put_back: captured.files.iter().filter(|file| file.left.is_none()).map(path).collect(),
        not_put_back: captured
            .files
            .iter()
            .filter_map(|file| file.left.clone().map(|why| Left { path: path(file), why }))
            .collect(),
        beside: captured.beside().map(str::to_owned).collect(),
    }
}

fn shown(number: usize, came: &Came) -> Shown {
    let Decoded { line: (method, target), headers, size, digest, query, body, notes, masked } = decode(&came.request);
    let (decoded, text) = match body {
        Body::Tree(node) => (Some(node), None),
        Body::Text(text) => (None, Some(text)),
        Body::Empty | Body::Bytes => (None, None),
    };
    // What is masked in one form is not given away in another; --raw prints it.
    let body_base64 = (!masked && size > 0).then(|| STANDARD.encode(&came.request.body));
    let (at, digest) = (came.at.rfc3339(), digest.to_string());
    let tree = serde_json::from_slice(&came.request.body).unwrap_or_default();
    let breaks =
        breaches_of(&tree).iter().map(|one| format!("{} breaks {}: {}", one.path, one.schema, one.what)).collect();
    Shown {
        number,
        at,
        method,
        target,
        headers,
        size,
        digest,
        query,
        decoded,
        text,
        masked,
        notes,
        breaks,
        body_base64,
    }
}

fn show(session: &Session, number: usize, came: &Came) -> anyhow::Result<()> {
    let ui = &session.ui;
    let shown = shown(number, came);
    let head = format!("{number}. {} {}", shown.method, shown.target);
    ui.data(&ui.bold(&clean(&head)))?;
    ui.data(&format!("{}, {} bytes, digest {}", shown.at, shown.size, shown.digest))?;
    for (name, value) in &shown.headers {
        ui.data(&clean(&format!("{name}: {value}")))?;
    }
    for note in shown.notes.iter().chain(&shown.breaks) {
        ui.data(&clean(&format!("({note})")))?;
    }
    ui.data("")?;
    for tree in shown.query.iter().chain(&shown.decoded) {
        ui.data(&clean(&serde_json::to_string_pretty(tree)?))?;
    }
    match (&shown.decoded, &shown.text, &shown.body_base64) {
        (Some(_), ..) => {}
        (None, Some(text), _) => ui.data(clean(text).trim_end_matches('\n'))?,
        (None, None, Some(coded)) => ui.data(&format!("(not text; base64) {coded}"))?,
        (None, None, None) => {}
    }
    ui.data("")?;
    Ok(())
}
