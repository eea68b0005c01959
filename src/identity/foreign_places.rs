//! Where we keep what we keep of a foreign tool: `~/.telemetry/foreign/TOOL`, private, never in the tool's own folder.
//!
//! Promises: one small value that creates nothing. Absent: the tool's own files (its manifest names them).

use std::path::{Path, PathBuf};

use crate::host::paths::Paths;
use crate::identity::names::ToolName;

/// The places of one foreign tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignPlaces {
    folder: PathBuf,
}

impl ForeignPlaces {
    /// The places of `tool` below the home of `paths`.
    #[must_use]
    pub fn of(paths: &Paths, tool: &ToolName) -> Self {
        Self { folder: Self::all(paths).join(tool.as_str()) }
    }

    /// Where the folders of all of them stand.
    #[must_use]
    pub fn all(paths: &Paths) -> PathBuf {
        paths.home().join(".telemetry/foreign")
    }

    /// `~/.telemetry/foreign/TOOL`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Held while files of the tool are changed.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// One folder for each change, with what stood there before.
    #[must_use]
    pub fn undo(&self) -> PathBuf {
        self.folder.join("undo")
    }
}
