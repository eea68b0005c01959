//! Look: everything that a foreign tool's manifest names, read once: its files, variables, version, and what follows from them.
//!
//! Promises: nothing is written, run or asked on a network; what is weighed again after a planned change is weighed by the same rule
//! over the same reading. Absent: words for people; changing anything.

use std::path::{Path, PathBuf};

use crate::actions::context::{Context, Tool};
use crate::actions::foreign::found::{Content, Found};
use crate::actions::foreign::places::{self, LIMIT};
use crate::actions::foreign::texts;
use crate::actions::foreign::version::{self, Installed};
use crate::consent::effective::{Effective, State, Winner, weigh};
use crate::host::env::Var;
use crate::host::files;
use crate::identity::profile::error_words;
use crate::manifest::foreign::Foreign;
use crate::manifest::foreign::files::{ForeignFile, Kept, Source};
use crate::manifest::foreign::truths::Seen;
use crate::manifest::versions::Version;
use crate::settings::value::Scalar;

/// A tool as it was found.
#[derive(Debug)]
pub struct Looked {
    /// What its manifest declares.
    pub foreign: Foreign,
    /// The project's folder.
    pub project: Option<PathBuf>,
    /// Its version.
    pub installed: Installed,
    /// Its files, in the manifest's order.
    pub files: Vec<Found>,
    /// What stands at each layer, in order.
    pub seen: Vec<Seen>,
    /// What follows.
    pub effective: Effective,
    context: Context,
}

/// Looks at a foreign tool; `version` stands in for the one that is installed.
#[must_use]
pub fn look(context: &Context, tool: &Tool, version: Option<&Version>) -> Option<Looked> {
    let foreign = tool.manifest.foreign.as_deref()?.clone();
    let project = places::project(context, &foreign);
    let files: Vec<Found> =
        foreign.files.iter().map(|file| found(context, &foreign, file, project.as_deref())).collect();
    let installed = version::installed(context, &foreign, project.as_deref(), &files, version);
    let seen: Vec<Seen> = foreign.layers.iter().map(|layer| at(context, &foreign, &files, &layer.source)).collect();
    let mut effective = weigh(&foreign, &seen, installed.version.as_ref());
    // What would say yes may stand in a project that is not found from here.
    if project.is_none()
        && foreign.project.is_some()
        && (effective.state, &effective.winner) == (State::Off, &Winner::Usual)
    {
        effective.state = State::Unknown;
    }
    Some(Looked { foreign, project, installed, files, seen, effective, context: context.clone() })
}

fn found(context: &Context, foreign: &Foreign, file: &ForeignFile, project: Option<&Path>) -> Found {
    let path = places::path(context, foreign, file, project);
    let content = match path.as_deref() {
        None => Content::Missing,
        Some(path) if file.kept == Kept::Sqlite => match files::exists(path) {
            Ok(true) => Content::Other,
            Ok(false) => Content::Missing,
            Err(error) => Content::Unreadable(error),
        },
        Some(path) => match files::read(path, LIMIT) {
            Ok(None) => Content::Missing,
            Ok(Some(bytes)) => Content::Bytes(bytes),
            Err(error) => Content::Unreadable(error),
        },
    };
    Found { name: file.name.clone(), path, content }
}

/// What stands at one place.
fn at(context: &Context, foreign: &Foreign, files: &[Found], source: &Source) -> Seen {
    match source {
        Source::Variable(name) => match context.env.get(name) {
            Var::Unset => Seen::Absent,
            Var::Text(text) => Seen::Value(Scalar::Text(text.to_owned())),
            Var::NotText => Seen::Broken("it is not text".to_owned()),
        },
        Source::Key { file, key } => {
            let (Some(declared), Some(found)) = (foreign.file(file), files.iter().find(|found| found.name == *file))
            else {
                return Seen::Missing;
            };
            match &found.content {
                Content::Missing => Seen::Missing,
                Content::Bytes(bytes) => texts::seen(declared.kept, bytes, key),
                Content::Other => Seen::Broken("it is no text of settings".to_owned()),
                Content::Unreadable(error) => Seen::Broken(error_words(error)),
            }
        }
    }
}

impl Looked {
    /// What stands at `source`.
    #[must_use]
    pub fn at(&self, source: &Source) -> Seen {
        at(&self.context, &self.foreign, &self.files, source)
    }

    /// All that stands at `source`, of which a step may be `*`.
    #[must_use]
    pub fn all_at(&self, source: &Source) -> Vec<Seen> {
        match source {
            Source::Variable(_) => vec![self.at(source)],
            Source::Key { file, key } => match (self.bytes(file), self.foreign.file(file)) {
                (Some(bytes), Some(declared)) => texts::all(declared.kept, bytes, key),
                (None, _) | (_, None) => Vec::new(),
            },
        }
    }

    /// The line at which `source` stands, where it is a key in a file and there.
    #[must_use]
    pub fn line(&self, source: &Source) -> Option<u32> {
        let Source::Key { file, key } = source else { return None };
        match &self.file(file)?.content {
            Content::Bytes(bytes) => texts::line(self.foreign.file(file)?.kept, bytes, key),
            Content::Missing | Content::Other | Content::Unreadable(_) => None,
        }
    }

    /// The file of this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&Found> {
        self.files.iter().find(|found| found.name == name)
    }

    /// The bytes of the file of this name, where it is there and a text.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        match &self.file(name)?.content {
            Content::Bytes(bytes) => Some(bytes),
            Content::Missing | Content::Other | Content::Unreadable(_) => None,
        }
    }

    /// Whether anything of the tool is on this machine: its program, a project here, or a file.
    #[must_use]
    pub fn is_here(&self) -> bool {
        let there = |found: &Found| !matches!(found.content, Content::Missing);
        let own = |found: &&Found| {
            let begin = self.foreign.file(&found.name).map(|file| file.begin);
            // A .env above the working directory is anybody's.
            begin.is_some_and(|begin| begin != crate::manifest::foreign::files::Begin::Above)
        };
        let layer = |source: &Source| self.at(source).is_there();
        self.installed.program.is_some()
            || self.project.is_some()
            || self.files.iter().filter(own).any(there)
            || self.foreign.layers.iter().any(|one| layer(&one.source))
    }

    /// What would hold if these files had these bytes (`None`: the file is gone).
    #[must_use]
    pub fn weighed_with(&self, changes: &[(&str, Option<&[u8]>)]) -> Effective {
        let seen: Vec<Seen> = self
            .foreign
            .layers
            .iter()
            .map(|layer| match &layer.source {
                Source::Key { file, key } => match changes.iter().find(|(name, _)| self.same_file(name, file)) {
                    Some((_, None)) => Seen::Missing,
                    Some((_, Some(bytes))) => {
                        self.foreign.file(file).map_or(Seen::Missing, |declared| texts::seen(declared.kept, bytes, key))
                    }
                    None => self.at(&layer.source),
                },
                Source::Variable(_) => self.at(&layer.source),
            })
            .collect();
        weigh(&self.foreign, &seen, self.installed.version.as_ref())
    }

    /// Whether two names of the manifest are one file on disk, read in two ways.
    #[must_use]
    pub fn same_file(&self, one: &str, other: &str) -> bool {
        let path = |name: &str| self.file(name).and_then(|found| found.path.as_ref());
        one == other || path(one).is_some_and(|here| path(other) == Some(here))
    }
}
