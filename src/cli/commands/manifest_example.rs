//! `telemetry manifest example [FILE]`: what its events look like on the wire, in its own protocols and in any other; without a file, a
//! manifest to begin with.
//!
//! Promises: what is made up is named; the manifest to begin with is valid, and `telemetry run` works with it as it stands. Absent: making it (`actions/examples`).

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::actions::examples::{self, Example, Tongue};
use crate::cli::commands::manifest_file;
use crate::cli::commands::show_payload::{self, Payload};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::manifest::written;

/// A manifest to begin with.
const BEGIN: &str = include_str!("../../manifest/examples/server.yml");

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The manifest; without one, a manifest to begin with is printed: a server's, with a run and a heartbeat
    pub file: Option<PathBuf>,
    /// As it would look in this protocol, or in all
    #[arg(long, value_name = "NAME", value_parser = Tongue::words(), requires = "file")]
    pub protocol: Option<String>,
    /// Only events that go to this destination
    #[arg(long, value_name = "NAME", requires = "file")]
    pub destination: Option<String>,
    /// Print a JSON document
    #[arg(long, requires = "file")]
    pub json: bool,
}

#[derive(Serialize)]
struct Document {
    file: String,
    tool: String,
    examples: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    protocol: &'static str,
    stand_ins: Vec<String>,
    view_only: bool,
    problems: Vec<String>,
    payload: Option<Payload>,
}

/// Runs it.
///
/// # Errors
/// The file cannot be read, is no manifest, or has no such destination.
pub fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(file) = arguments.file.as_deref() else {
        session.ui.data(BEGIN.trim_end())?;
        return Ok(Exit::Done);
    };
    let source = manifest_file::source(file)?;
    let manifest = manifest_file::valid(file, &source)?;
    let written = written::read(&source).map_err(|_| manifest_file::invalid(file, 1))?;
    let wanted = arguments.destination.as_deref();
    if let Some(name) = wanted
        && !manifest.destinations.iter().any(|destination| destination.name.as_str() == name)
    {
        let names: Vec<&str> = manifest.destinations.iter().map(|destination| destination.name.as_str()).collect();
        let message = format!("{} has no destination {}; it has: {}", manifest.tool, clean(name), names.join(", "));
        return Err(Failure::new(Exit::Unknown, message).into());
    }
    if !manifest.is_native() {
        let message = format!("{} declares no events, so there is nothing to show", manifest.tool);
        return Err(Failure::new(Exit::Unknown, message).into());
    }
    let tongue = arguments.protocol.as_deref().and_then(Tongue::named).unwrap_or(Tongue::Own);
    let examples = examples::examples(&session.context, &written, &manifest, tongue, wanted);
    let told = examples.iter().any(|example| example.payload.is_ok());
    if arguments.json {
        let (file, tool) = (file.display().to_string(), manifest.tool.to_string());
        let examples = examples.iter().map(row).collect();
        json::print(&session.ui, "manifest-example", &Document { file, tool, examples })?;
    } else {
        examples.iter().try_for_each(|example| show(session, example))?;
        session.ui.talk("\nMade from the manifest's examples, about nobody. Nothing was sent.");
    }
    Ok(if told { Exit::Done } else { Exit::Failed })
}

fn row(example: &Example) -> Row {
    let problems = example.payload.as_ref().err().map_or(&[][..], Vec::as_slice);
    Row {
        protocol: example.protocol,
        stand_ins: example.stand_ins.clone(),
        view_only: example.view_only,
        problems: problems.iter().map(ToString::to_string).collect(),
        payload: example.payload.as_ref().ok().map(show_payload::payload),
    }
}

fn show(session: &Session, example: &Example) -> anyhow::Result<()> {
    let ui = &session.ui;
    let name = match &example.payload {
        Ok(payload) if payload.destination != example.protocol => {
            format!("{}, {}", payload.destination, example.protocol)
        }
        Ok(_) | Err(_) => example.protocol.to_owned(),
    };
    ui.data(&ui.bold(&clean(&name)))?;
    if example.view_only {
        ui.data("a view: it can be no destination's, its secret would ship to users and its answers say nothing")?;
    }
    if !example.stand_ins.is_empty() {
        ui.data(&clean(&format!("made up, as the manifest does not say it: {}", example.stand_ins.join(", "))))?;
    }
    match &example.payload {
        Ok(payload) => show_payload::bytes(session, payload)?,
        Err(problems) => {
            for problem in problems {
                ui.data(&clean(&format!("it cannot be told so: {problem}")))?;
            }
        }
    }
    ui.data("")?;
    Ok(())
}
