//! A foreign tool: somebody else's program, whose real settings are read and changed as its manifest describes them.
//!
//! Promises: all that is known of such a program is data. Absent: code for one program; reading (`actions/foreign`).

pub mod files;
pub mod ids;
pub mod layers;
pub mod truths;

use crate::identity::names::ToolName;
use crate::manifest::foreign::files::ForeignFile;
use crate::manifest::foreign::ids::{ForeignId, Trace};
use crate::manifest::foreign::layers::{Dead, Endpoint, Layer, Mirror, Queue, Residual, Usual};
use crate::manifest::versions::Version;

/// How a project of the tool is found, from the working directory upwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectMark {
    /// Paths below a project's folder, any of which marks it.
    pub marks: Vec<String>,
    /// A variable that names the folder.
    pub variable: Option<String>,
}

/// How the installed version is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionSource {
    /// The Python distribution of this name beside the program on PATH.
    Python(String),
    /// The npm package of this name, in the project.
    Npm(String),
    /// A key in a file.
    Key {
        /// The file's name.
        file: String,
        /// The keys from the root.
        key: Vec<String>,
    },
    /// What the running server answers.
    Answer {
        /// The path of the request.
        path: String,
        /// The keys from the root.
        key: Vec<String>,
    },
}

/// A foreign tool.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Foreign {
    /// Other names that it goes by.
    pub also: Vec<ToolName>,
    /// Programs that are looked for.
    pub programs: Vec<String>,
    /// How a project is found.
    pub project: Option<ProjectMark>,
    /// How the version is found; the first that answers.
    pub version: Vec<VersionSource>,
    /// Its files.
    pub files: Vec<ForeignFile>,
    /// What it asks, in its order.
    pub layers: Vec<Layer>,
    /// What holds where no layer speaks.
    pub defaults: Vec<Usual>,
    /// What has to change together with the layers.
    pub mirrors: Vec<Mirror>,
    /// What nothing asks.
    pub dead: Vec<Dead>,
    /// What waits.
    pub queues: Vec<Queue>,
    /// Its ids.
    pub ids: Vec<ForeignId>,
    /// Files that keep ids of earlier runs.
    pub found: Vec<Trace>,
    /// What leaves beside the events.
    pub residual: Vec<Residual>,
    /// The settings that point it elsewhere.
    pub endpoints: Vec<Endpoint>,
    /// Why it cannot be pointed elsewhere, where that is so.
    pub no_endpoint: Option<String>,
    /// Which of its digests can be guessed, in sentences.
    pub guessable: Vec<String>,
    /// What has to be done so that a change is seen by a program that runs.
    pub after: Option<String>,
}

impl Foreign {
    /// The file of this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&ForeignFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The id of this name.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<&ForeignId> {
        self.ids.iter().find(|id| id.name == name)
    }

    /// The versions at which anything about consent changes, in order: with the very first, which is not listed, they stand for all.
    #[must_use]
    pub fn turning_points(&self) -> Vec<&Version> {
        let layers = self.layers.iter().map(|layer| &layer.versions);
        let mut points: Vec<&Version> = layers
            .chain(self.defaults.iter().map(|default| &default.versions))
            .flat_map(crate::manifest::versions::Versions::bounds)
            .collect();
        points.sort_unstable();
        points.dedup();
        points
    }

    /// What holds in `version` where no layer speaks; `None` for a version stands for the very first.
    #[must_use]
    pub fn default_in(&self, version: Option<&Version>) -> Option<bool> {
        self.defaults.iter().find(|default| default.versions.has(version)).map(|default| default.on)
    }
}
