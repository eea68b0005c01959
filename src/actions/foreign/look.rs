//! Look: everything that a foreign tool's manifest names, read once: its files, variables, version, and what follows from them.
//!
//! Promises: nothing is written, run or asked on a network; what is weighed again after a planned change is weighed by the same rule
//! over the same reading. Absent: words for people; changing anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::actions::context::{Context, Tool};
use crate::actions::foreign::found::{Content, Found};
use crate::actions::foreign::given::Given;
use crate::actions::foreign::inputs::{self, Over, Place};
use crate::actions::foreign::places::{self, LIMIT};
use crate::actions::foreign::reading::{self, Reading};
use crate::actions::foreign::texts;
use crate::actions::foreign::version::{self, Installed};
use crate::consent::effective::{Effective, State, Winner, weigh};
use crate::host::files;
use crate::manifest::foreign::Foreign;
use crate::manifest::foreign::files::{ForeignFile, Kept, Source};
use crate::manifest::foreign::truths::Seen;
use crate::manifest::versions::Version;

/// A tool as it was found.
#[derive(Debug)]
pub struct Looked {
    /// What its manifest declares.
    pub foreign: Arc<Foreign>,
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
    /// What was pointed at.
    pub given: Given,
    context: Context,
}

/// Looks at a foreign tool; `version` stands in for the one that is installed.
#[must_use]
pub fn look(context: &Context, tool: &Tool, version: Option<&Version>) -> Option<Looked> {
    look_over(context, tool, version, &[])
}

/// The same as if these files had these bytes already (`None`: the file is gone).
#[must_use]
pub fn look_over(context: &Context, tool: &Tool, version: Option<&Version>, over: &Over) -> Option<Looked> {
    let foreign = Arc::clone(tool.manifest.foreign.as_ref()?);
    let project = places::project(context, &foreign);
    let given = tool.given.clone();
    let mut files: Vec<Found> = Vec::new();
    for file in &foreign.files {
        let one = match &file.inside {
            None => laid_over(found(context, (&foreign, &given), file, project.as_deref()), over),
            Some(inside) => reading::within(&foreign, &files, file, inside),
        };
        files.push(one);
    }
    let installed = version::installed((context, &given), &foreign, project.as_deref(), &files, version);
    let reading = Reading { context, given: &given, foreign: &foreign, files: &files, over };
    let seen: Vec<Seen> = foreign.layers.iter().map(|layer| reading.of_layer(layer)).collect();
    let mut effective = weigh(&foreign, &seen, installed.version.as_ref());
    // What would say yes may stand in a project that is not found from here.
    if project.is_none()
        && foreign.project.is_some()
        && (effective.state, &effective.winner) == (State::Off, &Winner::Usual)
    {
        effective.state = State::Unknown;
    }
    Some(Looked { foreign, project, installed, files, seen, effective, given, context: context.clone() })
}

fn laid_over(found: Found, over: &Over) -> Found {
    match over.iter().find(|(path, _)| Some(path) == found.path.as_ref()) {
        None => found,
        Some((_, bytes)) => Found { content: bytes.clone().map_or(Content::Missing, Content::Bytes), ..found },
    }
}

fn found(context: &Context, (foreign, given): (&Foreign, &Given), file: &ForeignFile, project: Option<&Path>) -> Found {
    let path = places::path(context, (foreign, given), file, project);
    let content = match path.as_deref() {
        None => match (given.text(&file.name), given.unseen(&file.name)) {
            (Some(bytes), _) => Content::Bytes(bytes.to_vec()),
            (None, Some(why)) => Content::Unseen(why.to_owned()),
            (None, None) => Content::Missing,
        },
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

impl Looked {
    /// What stands at `source`.
    #[must_use]
    pub fn at(&self, source: &Source) -> Seen {
        self.reading(&[]).at(source)
    }

    /// All that stands at `source`, of which a step may be `*`.
    #[must_use]
    pub fn all_at(&self, source: &Source) -> Vec<Seen> {
        match source {
            Source::Variable(_) | Source::Property(_) => vec![self.at(source)],
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
            Content::Missing | Content::Other | Content::Unreadable(_) | Content::Unseen(_) => None,
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
            Content::Missing | Content::Other | Content::Unreadable(_) | Content::Unseen(_) => None,
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
    pub fn weighed_with(&self, over: &Over) -> Effective {
        let reading = self.reading(over);
        let seen: Vec<Seen> = self.foreign.layers.iter().map(|layer| reading.of_layer(layer)).collect();
        weigh(&self.foreign, &seen, self.installed.version.as_ref())
    }

    fn reading<'a>(&'a self, over: &'a Over) -> Reading<'a> {
        Reading { context: &self.context, given: &self.given, foreign: &self.foreign, files: &self.files, over }
    }

    /// Where the value at `source` really stands, where that is a variable of HCL; and whether it is the contrary there.
    #[must_use]
    pub fn elsewhere(&self, source: &Source) -> Option<(Place, bool)> {
        let Source::Key { file, key } = source else { return None };
        let (name, contrary) = texts::refers(self.foreign.file(file)?.kept, self.bytes(file)?, key)?;
        Some((inputs::place(&self.context, &self.given, &name)?, contrary))
    }

    /// The file and the line in which the value at `source` really stands, where that is a variable of HCL.
    #[must_use]
    pub fn stands_elsewhere(&self, source: &Source) -> Option<(PathBuf, Option<u32>)> {
        let (place, _) = self.elsewhere(source)?;
        let bytes = files::read(&place.path, LIMIT).ok().flatten().unwrap_or_default();
        Some((place.path, texts::line(place.kept, &bytes, &place.key)))
    }

    /// Whether two names of the manifest are one file on disk, read in two ways.
    #[must_use]
    pub fn same_file(&self, one: &str, other: &str) -> bool {
        let path = |name: &str| self.file(name).and_then(|found| found.path.as_ref());
        one == other || path(one).is_some_and(|here| path(other) == Some(here))
    }
}
