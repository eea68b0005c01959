//! The file of a manifest that a command is given.
//!
//! Promises: a file that is missing or no valid manifest is said in the same words wherever it is given. Absent: what is wrong with it:
//! `telemetry manifest check` says that.

use std::path::Path;

use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::host::files;
use crate::manifest::parse;
use crate::manifest::tool::Manifest;

/// Its bytes.
///
/// # Errors
/// It is not there, or cannot be read.
pub(super) fn source(file: &Path) -> anyhow::Result<Vec<u8>> {
    let missing = || Failure::new(Exit::Unknown, format!("{}: no such file", file.display()));
    Ok(files::read(file, parse::LIMIT)?.ok_or_else(missing)?)
}

/// The manifest that these are.
///
/// # Errors
/// They are none.
pub(super) fn valid(file: &Path, source: &[u8]) -> anyhow::Result<Manifest> {
    Ok(parse::file(source).map_err(|problems| invalid(file, problems.len()))?)
}

/// It has so many problems.
pub(super) fn invalid(file: &Path, problems: usize) -> Failure {
    let message = format!("{} is not a valid manifest: {problems} problem(s)", file.display());
    Failure::new(Exit::Failed, message).hint(format!("telemetry manifest check '{}'", file.display()))
}
