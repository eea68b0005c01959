//! What a person points at when a tool is a family of programs: the files of one of them, and what starts it.
//!
//! Promises: what starts a program and cannot be told here is not known, never absent. Absent: recognising it (`pointed`).

use std::path::{Path, PathBuf};

use crate::settings::launch::Launch;

/// The files of one component, and what starts it; nothing for a tool that is found by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The component's name.
    pub component: Option<String>,
    /// Files by their names in the manifest.
    pub paths: Vec<(String, PathBuf)>,
    /// Files that stand in what starts it, by their names in the manifest.
    pub texts: Vec<(String, Vec<u8>)>,
    /// Files that what starts it names, and that are not seen from here: name, and why.
    pub unseen: Vec<(String, String)>,
    /// What starts it.
    pub launcher: Option<Launcher>,
    /// By what it is told apart, where others of its kind were pointed at as well: its file, what starts it.
    pub apart: Option<String>,
    /// The label of its block, where one file has several.
    pub block: Option<String>,
    /// Files of values for variables that its file refers to.
    pub inputs: Vec<PathBuf>,
    /// What the person tells, by the names of what is asked.
    pub told: Vec<(String, String)>,
}

/// What starts a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    /// The file in which it stands.
    pub path: PathBuf,
    /// The unit, or the service in a compose file.
    pub name: String,
    /// The version of its image.
    pub version: Option<String>,
    /// Other files of which its file is put together.
    pub more: Vec<PathBuf>,
    /// What it gives the program.
    pub launch: Launch,
}

/// One start of one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The image, without its tag.
    pub image: Option<String>,
    /// Whether the paths in it are paths of this machine.
    pub here: bool,
    /// What it sets.
    pub launcher: Launcher,
}

impl Given {
    /// The path of the file of this name.
    #[must_use]
    pub fn path(&self, file: &str) -> Option<&Path> {
        self.paths.iter().find(|(name, _)| name == file).map(|(_, path)| path.as_path())
    }

    /// The file of this name, where it stands in what starts the component.
    #[must_use]
    pub fn text(&self, file: &str) -> Option<&[u8]> {
        self.texts.iter().find(|(name, _)| name == file).map(|(_, bytes)| bytes.as_slice())
    }

    /// Why the file of this name is not seen.
    #[must_use]
    pub fn unseen(&self, file: &str) -> Option<&str> {
        self.unseen.iter().find(|(name, _)| name == file).map(|(_, why)| why.as_str())
    }

    /// The folder of what was pointed at.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.paths.first().and_then(|(_, path)| path.parent())
    }
}
