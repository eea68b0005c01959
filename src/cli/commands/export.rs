//! `telemetry export [TOOL]`: everything that is kept, and what waits, as one JSON document.

use std::path::PathBuf;

use clap::{ArgMatches, Args, FromArgMatches};

use crate::actions::export::damaged::Damaged;
use crate::actions::export::document::ExportError;
use crate::actions::export::export;
use crate::actions::list;
use crate::cli::exit::Exit;
use crate::cli::session::{Session, kept_tools};
use crate::host::writes;

/// How many damaged files are named to people; the document names them all.
const NAMED: usize = 10;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool; without it, all tools that are used
    pub tool: Option<String>,
    /// Write the document into this file, which only you may read, rather than to stdout
    #[arg(long, short = 'o', value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// The tool is unknown, or the document cannot be written.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let mut tools = kept_tools(session, arguments.tool.as_deref())?;
    if arguments.tool.is_none() {
        tools.retain(|(_, places)| list::is_used(places));
        tools.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    let context = &session.context;
    let written = match &arguments.output {
        None => session.ui.stream(|out| export(context, &tools, out)),
        Some(path) => writes::write_private(path, |out| export(context, &tools, out)),
    };
    let damaged = written.map_err(|error| match error {
        ExportError::File(error) => anyhow::Error::from(error),
        ExportError::Out(_) => error.into(),
    })?;
    // A reader who closed the pipe has what they wanted.
    let Some(damaged) = damaged else { return Ok(Exit::Done) };
    say(session, &arguments, tools.len(), &damaged);
    Ok(if damaged.is_empty() { Exit::Done } else { Exit::Partly })
}

fn say(session: &Session, arguments: &Arguments, tools: usize, damaged: &[Damaged]) {
    if let Some(path) = &arguments.output {
        let tools = if tools == 1 { "1 tool".to_owned() } else { format!("{tools} tools") };
        session.ui.talk(&format!("Everything that is kept of {tools} is in {}.", path.display()));
    }
    for one in damaged.iter().take(NAMED) {
        let line = one.line.map(|line| format!(":{line}")).unwrap_or_default();
        session.ui.warn(&format!("damaged or unreadable: {}{line}: {}", one.file, one.why));
    }
    if damaged.len() > NAMED {
        session.ui.warn(&format!("and {} more, which the document names", damaged.len().saturating_sub(NAMED)));
    }
}
