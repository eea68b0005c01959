//! `telemetry completions SHELL`: what a shell needs to complete the command line.

use clap::{ArgMatches, Args, FromArgMatches};
use clap_complete::Shell;

use crate::cli::exit::Exit;
use crate::cli::generate;
use crate::cli::session::Session;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    pub shell: Shell,
}

/// Runs it.
///
/// # Errors
/// The output cannot be written.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    session.ui.raw(&generate::completions(arguments.shell))?;
    Ok(Exit::Done)
}
