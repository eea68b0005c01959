//! One service of Compose as a file has it, and how it is laid over the one that it extends.
//!
//! Promises: what is not read may set anything. Absent: which service that is (`compose`).

use std::path::PathBuf;

use crate::settings::compose::text::{split, text};
use crate::settings::docker::{assign, mount};
use crate::settings::launch::{At, Given, Launch, Mount, Sight, Variable, VariableFile, Word};
use crate::settings::tree::Tree;
use crate::settings::value::Step;

/// Deepest chain of merge keys that is followed.
const MERGES: usize = 8;

/// A key of a service: whether it stands there, and what it does to that of the service below.
#[derive(Debug, Clone, Default)]
enum Key<T> {
    #[default]
    Absent,
    /// `!reset`: nothing, and nothing of what is below.
    Reset,
    Set(T),
    /// `!override`: nothing of what is below.
    Instead(T),
}

impl<T> Key<T> {
    fn over(self, below: Self, join: impl FnOnce(T, T) -> T) -> Self {
        match (self, below) {
            (Key::Absent, below) => below,
            (Key::Set(over), Key::Set(below) | Key::Instead(below)) => Key::Set(join(below, over)),
            (over, _) => over,
        }
    }

    fn get(self) -> Option<T> {
        match self {
            Key::Set(value) | Key::Instead(value) => Some(value),
            Key::Absent | Key::Reset => None,
        }
    }

    fn map<U>(self, deed: impl FnOnce(T) -> U) -> Key<U> {
        match self {
            Key::Absent => Key::Absent,
            Key::Reset => Key::Reset,
            Key::Set(value) => Key::Set(deed(value)),
            Key::Instead(value) => Key::Instead(deed(value)),
        }
    }
}

/// A service.
#[derive(Debug, Clone)]
pub(super) struct Part {
    image: Key<Given>,
    entrypoint: Key<Vec<Word>>,
    command: Key<Vec<Word>>,
    variables: Key<Vec<Variable>>,
    files: Key<Vec<VariableFile>>,
    folder: Key<Given>,
    mounts: Key<Vec<Mount>>,
    /// Where it begins.
    pub(super) at: At,
    /// The service that it extends, and the file of that one where it is another.
    pub(super) extends: Option<(Given, Option<Given>)>,
}

impl Part {
    /// This laid over another, as Compose lays it.
    pub(super) fn over(self, below: Self) -> Self {
        let later = |_, over| over;
        Self {
            image: self.image.over(below.image, later),
            entrypoint: self.entrypoint.over(below.entrypoint, |_, over| over),
            command: self.command.over(below.command, |_, over| over),
            variables: self.variables.over(below.variables, |mut all, over| {
                all.retain(|below| over.iter().all(|over| over.name != below.name));
                all.extend(over);
                all
            }),
            files: self.files.over(below.files, |mut all, over| {
                let same = |below: &VariableFile| over.iter().any(|over| over.path == below.path && !over.wins);
                all.retain(|below| !same(below));
                all.extend(over);
                all
            }),
            folder: self.folder.over(below.folder, |_, over| over),
            mounts: self.mounts.over(below.mounts, |below, over| below.into_iter().chain(over).collect()),
            at: self.at,
            extends: self.extends,
        }
    }

    /// What it is started with.
    pub(super) fn launch(self, name: &str) -> Launch {
        let mut words = self.entrypoint.get().unwrap_or_default();
        let begins = !words.is_empty();
        words.extend(self.command.get().unwrap_or_default());
        Launch {
            service: Some(name.to_owned()),
            image: self.image.get(),
            words,
            begins,
            variables: self.variables.get().unwrap_or_default(),
            files: self.files.get().unwrap_or_default(),
            sight: Sight { folder: self.folder.get(), mounts: self.mounts.get().unwrap_or_default(), by: None },
            at: self.at,
        }
    }
}

/// A way into the text, and what stands there.
type Found<'t> = (Vec<Step>, &'t Tree<'static>);

/// Reads the services of one file; lines are looked up at the end for all of them, and until then a place holds the number of its way.
#[derive(Debug)]
pub(super) struct Reader {
    /// The file's number.
    pub(super) file: usize,
    /// The folder to which its paths are relative, from the one of the first file.
    pub(super) folder: PathBuf,
    /// The ways.
    pub(super) ways: Vec<Vec<Step>>,
}

impl Reader {
    fn at(&mut self, way: Vec<Step>) -> At {
        let line = u32::try_from(self.ways.len()).ok();
        self.ways.push(way);
        At { file: self.file, line }
    }

    /// A path of this file, from the folder of the first file.
    pub(super) fn within(&self, path: Given) -> Given {
        let folder = self.folder.display().to_string();
        let join = |path: String| if folder.is_empty() { path } else { format!("{folder}/{path}") };
        match path {
            Given::Set(path) if path.starts_with('/') => Given::Set(path),
            Given::Set(path) => Given::Set(join(path)),
            Given::Follows { written, of } => Given::Follows { written: join(written), of },
            Given::Unknown => Given::Unknown,
        }
    }

    /// The service of this name.
    pub(super) fn service(&mut self, name: &str, service: &Tree<'static>) -> Part {
        let way = vec![Step::Key("services".to_owned()), Step::Key(name.to_owned())];
        let all = |key: &str| match under(service, key, &way, MERGES) {
            None => Key::Absent,
            Some((way, Tree::Tagged(tag, inner))) => match tag.as_str() {
                "reset" => Key::Reset,
                "override" => Key::Instead((way, inner.as_ref())),
                // A text with a tag is that text.
                _ => Key::Set((way, inner.as_ref())),
            },
            Some(found) => Key::Set(found),
        };
        // A list that is nothing brings nothing; a command that is nothing is the image's.
        let list = |key: &str| match all(key) {
            Key::Set((_, Tree::Null)) => Key::Absent,
            found => found,
        };
        let extends = all("extends").get().map(|(way, extends)| match extends {
            Tree::Mapping(_) => (
                under(extends, "service", &way, MERGES).map_or(Given::Unknown, |(_, name)| text(name)),
                under(extends, "file", &way, MERGES).map(|(_, file)| self.within(text(file))),
            ),
            other => (text(other), None),
        });
        Part {
            at: self.at(way.clone()),
            image: list("image").map(|(_, image)| text(image)),
            entrypoint: all("entrypoint").map(|(way, words)| self.words(words, &way)),
            command: all("command").map(|(way, words)| self.words(words, &way)),
            variables: list("environment").map(|(way, environment)| {
                let mut variables = Vec::new();
                self.variables(&mut variables, environment, &way, MERGES);
                variables
            }),
            files: list("env_file").map(|(way, named)| {
                let mut files = Vec::new();
                self.files(&mut files, named, way);
                files
            }),
            folder: list("working_dir").map(|(_, folder)| text(folder)),
            mounts: list("volumes").map(|(_, volumes)| self.mounts(volumes)),
            extends,
        }
    }

    fn mounts(&self, volumes: &Tree<'static>) -> Vec<Mount> {
        let Tree::Sequence(items) = volumes else { return Vec::new() };
        let one = |item: &Tree<'static>| {
            let Mount { source, target } = match item {
                Tree::Mapping(_) => {
                    let target = text(item.own("target")?).set()?.trim_end_matches('/').to_owned();
                    Mount { source: text(item.own("source")?), target }
                }
                other => mount(&text(other))?,
            };
            // Without a sign of a path it is the name of a volume.
            let is_path = source.set().is_some_and(|source| source.starts_with('.'));
            Some(Mount { source: if is_path { self.within(source) } else { source }, target })
        };
        items.iter().filter_map(one).collect()
    }

    fn files(&mut self, files: &mut Vec<VariableFile>, tree: &Tree<'static>, way: Vec<Step>) {
        match tree {
            Tree::Null => {}
            Tree::Sequence(items) => {
                for (number, item) in items.iter().enumerate() {
                    self.files(files, item, onward(&way, Step::Item(number)));
                }
            }
            Tree::Mapping(_) => {
                let path = tree.own("path").map_or(Given::Unknown, |path| self.within(text(path)));
                let optional = tree.own("required") == Some(&Tree::Bool(false));
                files.push(VariableFile { path, optional, wins: false, at: self.at(way) });
            }
            other => {
                let path = self.within(text(other));
                files.push(VariableFile { path, optional: false, wins: false, at: self.at(way) });
            }
        }
    }

    fn variables(&mut self, variables: &mut Vec<Variable>, tree: &Tree<'static>, way: &[Step], merges: usize) {
        match tree {
            Tree::Mapping(entries) => {
                // What is merged is weaker than what stands here, and the first of several is the strongest.
                for (way, merged) in merged(tree, way).into_iter().rev().filter(|_| merges > 0) {
                    self.variables(variables, merged, &way, merges - 1);
                }
                for (key, value) in entries {
                    let Tree::Text(name) = key else { continue };
                    if name == "<<" {
                        continue;
                    }
                    let at = self.at(onward(way, Step::Key(name.to_string())));
                    let value = match value {
                        Tree::Null => Given::Follows { written: String::new(), of: vec![name.to_string()] },
                        value => text(value),
                    };
                    variables.retain(|known| known.name != *name);
                    variables.push(Variable { name: name.to_string(), value, at });
                }
            }
            Tree::Sequence(items) => {
                for (number, item) in items.iter().enumerate() {
                    let at = self.at(onward(way, Step::Item(number)));
                    assign(variables, &text(item), at);
                }
            }
            Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::Tagged(..) => {}
        }
    }

    fn words(&mut self, tree: &Tree<'static>, way: &[Step]) -> Vec<Word> {
        match tree {
            Tree::Null => Vec::new(),
            Tree::Sequence(items) => {
                let word = |(number, item)| Word { text: text(item), at: self.at(onward(way, Step::Item(number))) };
                items.iter().enumerate().map(word).collect()
            }
            other => {
                let at = self.at(way.to_vec());
                split(&text(other)).into_iter().map(|text| Word { text, at }).collect()
            }
        }
    }
}

fn onward(way: &[Step], step: Step) -> Vec<Step> {
    way.iter().cloned().chain([step]).collect()
}

/// What a mapping takes over by its merge key, the strongest first.
fn merged<'t>(tree: &'t Tree<'static>, way: &[Step]) -> Vec<Found<'t>> {
    let way = onward(way, Step::Key("<<".to_owned()));
    match tree.own("<<") {
        Some(Tree::Sequence(items)) => {
            items.iter().enumerate().map(|(number, item)| (onward(&way, Step::Item(number)), item)).collect()
        }
        Some(other) => vec![(way, other)],
        None => Vec::new(),
    }
}

/// The value of a key, also one that is merged in.
pub(super) fn under<'t>(tree: &'t Tree<'static>, key: &str, way: &[Step], merges: usize) -> Option<Found<'t>> {
    match tree.own(key) {
        Some(value) => Some((onward(way, Step::Key(key.to_owned())), value)),
        None if merges == 0 => None,
        None => merged(tree, way).into_iter().find_map(|(way, tree)| under(tree, key, &way, merges - 1)),
    }
}
