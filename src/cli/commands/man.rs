//! `telemetry man [COMMAND]`: a man page.

use clap::{ArgMatches, Args, FromArgMatches};

use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::generate;
use crate::cli::session::Session;
use crate::cli::ui::clean;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The command; without it, the page of telemetry itself
    pub command: Option<String>,
}

/// Runs it.
///
/// # Errors
/// There is no such command.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let name = match &arguments.command {
        None => "telemetry.1".to_owned(),
        Some(command) => format!("telemetry-{command}.1"),
    };
    let page = generate::man_pages()?.into_iter().find(|(there, _)| *there == name);
    let (_, page) = page.ok_or_else(|| {
        Failure::new(
            Exit::Unknown,
            format!("there is no command {}", clean(arguments.command.as_deref().unwrap_or_default())),
        )
        .hint("telemetry --help")
    })?;
    session.ui.raw(&page)?;
    Ok(Exit::Done)
}
