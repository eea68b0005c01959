//! Look: everything that a foreign tool's manifest names, read once: its files, variables, version, and what follows from them.
//!
//! Promises: nothing is written, run or asked on a network; what is weighed again after a planned change is weighed by the same rule
//! over the same reading. Absent: words for people; changing anything.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::actions::context::{Context, Tool};
use crate::actions::foreign::found::{Content, Found};
use crate::actions::foreign::given::{Given, Launcher, Set};
use crate::actions::foreign::inputs;
use crate::actions::foreign::launchers;
use crate::actions::foreign::places::{self, LIMIT};
use crate::actions::foreign::texts;
use crate::actions::foreign::version::{self, Installed};
use crate::consent::effective::{Effective, State, Winner, weigh};
use crate::host::env::Var;
use crate::host::files;
use crate::identity::profile::error_words;
use crate::manifest::foreign::Foreign;
use crate::manifest::foreign::files::{ForeignFile, Inside, Kept, Source};
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
pub fn look_over(
    context: &Context,
    tool: &Tool,
    version: Option<&Version>,
    over: &[(PathBuf, Option<Vec<u8>>)],
) -> Option<Looked> {
    let foreign = tool.manifest.foreign.as_deref()?.clone();
    let project = places::project(context, &foreign);
    let given = tool.given.clone();
    let mut files: Vec<Found> = Vec::new();
    for file in &foreign.files {
        let one = match &file.inside {
            None => laid_over(found(context, (&foreign, &given), file, project.as_deref()), over),
            Some(inside) => within(&foreign, &files, file, inside),
        };
        files.push(one);
    }
    let installed = version::installed((context, &given), &foreign, project.as_deref(), &files, version);
    let seen: Vec<Seen> =
        foreign.layers.iter().map(|layer| at((context, &given), &foreign, &files, &layer.source)).collect();
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

fn laid_over(found: Found, over: &[(PathBuf, Option<Vec<u8>>)]) -> Found {
    match over.iter().find(|(path, _)| Some(path) == found.path.as_ref()) {
        None => found,
        Some((_, bytes)) => Found { content: bytes.clone().map_or(Content::Missing, Content::Bytes), ..found },
    }
}

fn found(context: &Context, (foreign, given): (&Foreign, &Given), file: &ForeignFile, project: Option<&Path>) -> Found {
    let path = places::path(context, (foreign, given), file, project);
    let content = match path.as_deref() {
        None => given.unseen(&file.name).map_or(Content::Missing, |why| Content::Unseen(why.to_owned())),
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

/// A file that stands inside another one.
fn within(foreign: &Foreign, files: &[Found], file: &ForeignFile, inside: &Inside) -> Found {
    let outer = files.iter().find(|found| found.name == inside.file);
    let kept = foreign.file(&inside.file).map(|file| file.kept);
    let content = match (outer.map(|outer| &outer.content), kept) {
        (Some(Content::Bytes(bytes)), Some(kept)) => match texts::seen(kept, bytes, &inside.key) {
            Seen::Value(Scalar::Text(text)) if text.is_empty() => Content::Missing,
            Seen::Value(Scalar::Text(text)) if inside.base64 => {
                let packed: String = text.split_ascii_whitespace().collect();
                match STANDARD.decode(packed) {
                    Ok(bytes) if bytes.len() <= LIMIT => Content::Bytes(bytes),
                    Ok(_) | Err(_) => Content::Unseen("it is no base64".to_owned()),
                }
            }
            Seen::Value(Scalar::Text(text)) => Content::Bytes(text.into_bytes()),
            Seen::Missing | Seen::Empty | Seen::Absent | Seen::Under | Seen::Null => Content::Missing,
            Seen::Value(_) => Content::Unseen("what it is made of is not looked into".to_owned()),
            Seen::Broken(why) => Content::Unseen(why),
        },
        (Some(Content::Missing) | None, _) | (_, None) => Content::Missing,
        (Some(Content::Other | Content::Unreadable(_) | Content::Unseen(_)), Some(_)) => {
            Content::Unseen("what it stands in cannot be read".to_owned())
        }
    };
    Found { name: file.name.clone(), path: None, content }
}

/// A variable: what starts the program sets it, where that was pointed at.
fn variable(context: &Context, given: &Given, name: &str) -> Seen {
    if let Some(launcher) = &given.launcher {
        return set(&launcher.variables, launcher, name);
    }
    match context.env.get(name) {
        Var::Unset => Seen::Absent,
        Var::Text(text) => Seen::Value(Scalar::Text(text.to_owned())),
        Var::NotText => Seen::Broken("it is not text".to_owned()),
    }
}

fn set(all: &[(String, Set)], launcher: &Launcher, name: &str) -> Seen {
    match (all.iter().find(|(one, _)| one == name).map(|(_, set)| set), &launcher.more) {
        (Some(Set::To(text)), _) => Seen::Value(Scalar::Text(text.clone())),
        (Some(Set::Unknown(why)), _) | (None, Some(why)) => Seen::Broken(why.clone()),
        (None, None) => Seen::Absent,
    }
}

/// A property of the Java machine.
fn property(context: &Context, given: &Given, name: &str) -> Seen {
    match &given.launcher {
        Some(launcher) => set(&launcher.properties, launcher, name),
        None => launchers::property_here(&context.env, name),
    }
}

/// What stands at one place.
fn at((context, given): (&Context, &Given), foreign: &Foreign, files: &[Found], source: &Source) -> Seen {
    match source {
        Source::Variable(name) => variable(context, given, name),
        Source::Property(name) => property(context, given, name),
        Source::Key { file, key } => {
            let (Some(declared), Some(found)) = (foreign.file(file), files.iter().find(|found| found.name == *file))
            else {
                return Seen::Missing;
            };
            referred((context, given), declared, found, key)
        }
    }
}

/// What stands at a key of a file, or what the variable has that stands there.
fn referred((context, given): (&Context, &Given), declared: &ForeignFile, found: &Found, key: &[String]) -> Seen {
    let refers = match &found.content {
        Content::Bytes(bytes) => texts::refers(declared.kept, bytes, key),
        Content::Missing | Content::Other | Content::Unreadable(_) | Content::Unseen(_) => None,
    };
    match refers {
        None => in_file(declared, found, key),
        Some((name, false)) => inputs::value(context, given, &name),
        Some((name, true)) => match inputs::value(context, given, &name) {
            Seen::Value(Scalar::Bool(value)) => Seen::Value(Scalar::Bool(!value)),
            Seen::Broken(why) => Seen::Broken(why),
            _ => Seen::Broken(format!("it is the contrary of var.{name}, which is no boolean here")),
        },
    }
}

fn in_file(declared: &ForeignFile, found: &Found, key: &[String]) -> Seen {
    match &found.content {
        Content::Missing => Seen::Missing,
        Content::Bytes(bytes) => texts::seen(declared.kept, bytes, key),
        Content::Other => Seen::Broken("it is no text of settings".to_owned()),
        Content::Unreadable(error) => Seen::Broken(error_words(error)),
        Content::Unseen(why) => Seen::Broken(why.clone()),
    }
}

impl Looked {
    /// What stands at `source`.
    #[must_use]
    pub fn at(&self, source: &Source) -> Seen {
        at((&self.context, &self.given), &self.foreign, &self.files, source)
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
    pub fn weighed_with(&self, changes: &[(&str, Option<&[u8]>)]) -> Effective {
        let seen: Vec<Seen> = self.foreign.layers.iter().map(|layer| self.at_with(changes, &layer.source)).collect();
        weigh(&self.foreign, &seen, self.installed.version.as_ref())
    }

    /// What would stand at `source` then.
    fn at_with(&self, changes: &[(&str, Option<&[u8]>)], source: &Source) -> Seen {
        let Source::Key { file, key } = source else { return self.at(source) };
        let Some(declared) = self.foreign.file(file) else { return Seen::Missing };
        let outer = declared.inside.as_ref().map_or(file, |inside| &inside.file);
        let Some((_, bytes)) = changes.iter().find(|(name, _)| self.same_file(name, outer)) else {
            return self.at(source);
        };
        let content = bytes.map_or(Content::Missing, |bytes| Content::Bytes(bytes.to_vec()));
        let changed = Found { name: outer.clone(), path: None, content };
        match &declared.inside {
            None => referred((&self.context, &self.given), declared, &changed, key),
            Some(inside) => in_file(declared, &within(&self.foreign, &[changed], declared, inside), key),
        }
    }

    /// Whether two names of the manifest are one file on disk, read in two ways.
    #[must_use]
    pub fn same_file(&self, one: &str, other: &str) -> bool {
        let path = |name: &str| self.file(name).and_then(|found| found.path.as_ref());
        one == other || path(one).is_some_and(|here| path(other) == Some(here))
    }
}
