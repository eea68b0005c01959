//! `telemetry manifest check FILE`: every problem of a manifest, with its line, and advice; its other verbs have files of their own.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, FromArgMatches, Subcommand};
use serde::Serialize;

use crate::cli::commands::manifest_example;
use crate::cli::commands::manifest_file;
use crate::cli::commands::manifest_schema;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::manifest::{check, parse};

/// Arguments.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do with a manifest.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Print every problem with its line, and advice
    Check {
        /// The manifest
        file: PathBuf,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print its events as they look on the wire, in its own protocols or in any other; without FILE, a manifest to begin with
    Example(manifest_example::Arguments),
    /// Print or write a JSON Schema for each event, as a static Iglu registry holds them
    Schema(manifest_schema::Arguments),
}

#[derive(Serialize)]
struct Document {
    file: String,
    valid: bool,
    tool: Option<String>,
    problems: Vec<Problem>,
    advice: Vec<String>,
}

#[derive(Serialize)]
struct Problem {
    line: Option<u32>,
    path: String,
    what: String,
}

/// Runs it.
///
/// # Errors
/// The file cannot be read.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    match Arguments::from_arg_matches(matches)?.verb {
        Verb::Check { file, json } => run_check(session, &file, json),
        Verb::Example(arguments) => manifest_example::run(session, &arguments),
        Verb::Schema(arguments) => manifest_schema::run(session, &arguments),
    }
}

fn run_check(session: &Session, file: &Path, as_json: bool) -> anyhow::Result<Exit> {
    let source = manifest_file::source(file)?;
    let (tool, problems, advice) = match parse::file(&source) {
        Ok(manifest) => (Some(manifest.tool.to_string()), Vec::new(), check::advice(&manifest)),
        Err(problems) => (None, problems, Vec::new()),
    };
    let valid = tool.is_some();
    if as_json {
        let problem =
            |problem: parse::Problem| Problem { line: problem.line, path: problem.path.join("."), what: problem.what };
        let problems = problems.into_iter().map(problem).collect();
        json::print(
            &session.ui,
            "manifest-check",
            &Document { file: file.display().to_string(), valid, tool, problems, advice },
        )?;
    } else {
        let name = file.display();
        for problem in &problems {
            session.ui.data(&clean(&format!("{name}: {problem}")))?;
        }
        for advice in &advice {
            session.ui.data(&clean(&format!("{name}: advice: {advice}")))?;
        }
        match &tool {
            Some(tool) => session.ui.talk(&format!("{name} is a valid manifest of {tool}.")),
            None => session.ui.talk(&format!("{name} is not a valid manifest: {} problem(s).", problems.len())),
        }
    }
    Ok(if valid { Exit::Done } else { Exit::Failed })
}
