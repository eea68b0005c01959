//! What starts a program: units of systemd, services of compose files, and the environment here.
//!
//! Promises: a value that follows another environment is not known. Absent: the grammars (`settings`).

use std::path::Path;

use crate::actions::foreign::given::{Launcher, Set};
use crate::host::env::Env;
use crate::manifest::foreign::truths::Seen;

/// One start of one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The image, without its tag.
    pub image: Option<String>,
    /// The words of its command.
    pub words: Vec<Set>,
    /// Whether the paths in it are paths of this machine.
    pub here: bool,
    /// What it sets.
    pub launcher: Launcher,
}

/// The starts in a file, where it is one that starts programs.
#[must_use]
pub fn read(_: &Path, _: &[u8]) -> Option<Result<Vec<Start>, String>> {
    None
}

/// A property that the environment here would give every Java machine.
#[must_use]
pub fn property_here(_: &Env, _: &str) -> Seen {
    Seen::Absent
}
