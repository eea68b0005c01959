//! Files of Docker Compose: what each service is started with.
//!
//! Promises: what Compose puts in from its environment (`${X}`, a name without a value) is never taken for plain text; `$$` is one sign; merge
//! keys, `extends` and `include` are followed as Compose 2 follows them, by its rules for what is laid over what; where they lead nowhere, in a
//! circle, or to where nobody can look from here, there is an error; so there is for a file that is not YAML.
//!
//! Deliberately absent: files that Compose lays over by its own (`compose.override.yml`), profiles, what is in the image.

mod part;
mod text;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::settings::compose::part::{Part, Reader};
use crate::settings::compose::text::text;
use crate::settings::launch::{At, Given, Launch};
use crate::settings::tree::Tree;
use crate::settings::value::{ReadError, ReadErrorKind, Step};
use crate::settings::yaml;
use crate::settings::yaml::several::whole;

/// Most files that are put together, and longest chain of services that extend each other.
const MOST: usize = 64;

/// Reads a file that is named, by its path from the folder of the first one, or by an absolute one; else it says why not.
pub type Read<'r> = &'r dyn Fn(&Path) -> Result<Vec<u8>, String>;

/// What a file of Compose comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Every service, those of the file first, in the order of the texts.
    pub launches: Vec<Launch>,
    /// The files by their numbers; the first one has no name here.
    pub files: Vec<PathBuf>,
}

/// Why nobody knows what a file of Compose comes to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The first file.
    #[error("it {}", .0.kind)]
    First(ReadError),
    /// Another one.
    #[error("{} {}", file.display(), error.kind)]
    Other {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        error: ReadError,
    },
    /// Another one cannot be read.
    #[error("{} is put together with it, and {why}", file.display())]
    Unread {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// A service that is extended is not there.
    #[error("its service {0} extends one that is not there")]
    Missing(String),
    /// What is extended or included is known where it is started, or is none.
    #[error("what its {0} leads to is not to be seen here")]
    Unknown(String),
    /// A circle, or more than anybody writes.
    #[error("{0} leads back to itself, or too far")]
    Circle(String),
    /// A service stands in two files that are put together: Compose 2 refuses that, and later ones lay it over the other.
    #[error("its service {0} stands in a file that it includes as well")]
    Twice(String),
}

/// Every service of `source`, with what it extends and includes.
///
/// # Errors
/// It cannot be read, or not be put together.
pub fn launches(source: &[u8], read: Read<'_>) -> Result<Whole, ComposeError> {
    let mut files = Files { read, all: Vec::new(), readers: Vec::new() };
    files.put(PathBuf::new(), PathBuf::new(), source.to_vec())?;
    let parts = files.services(0, &mut Vec::new())?;
    let mut launches: Vec<Launch> = parts.into_iter().map(|(name, part)| part.launch(&name)).collect();
    let lines = files.lines();
    let line = |at: &mut At| {
        let way = at.line.and_then(|number| usize::try_from(number).ok());
        at.line = way.and_then(|way| lines.get(at.file)?.get(way).copied().flatten());
    };
    for launch in &mut launches {
        line(&mut launch.at);
        launch.words.iter_mut().for_each(|word| line(&mut word.at));
        launch.variables.iter_mut().for_each(|variable| line(&mut variable.at));
        launch.files.iter_mut().for_each(|file| line(&mut file.at));
    }
    Ok(Whole { launches, files: files.all.iter().map(|file| file.path.clone()).collect() })
}

/// A file that was read.
struct File {
    path: PathBuf,
    folder: PathBuf,
    source: Vec<u8>,
    tree: Tree<'static>,
}

/// The files that are put together.
struct Files<'r> {
    read: Read<'r>,
    all: Vec<Rc<File>>,
    readers: Vec<Reader>,
}

impl Files<'_> {
    fn put(&mut self, path: PathBuf, folder: PathBuf, source: Vec<u8>) -> Result<usize, ComposeError> {
        let number = self.all.len();
        let wrong = |error| match number {
            0 => ComposeError::First(error),
            _ => ComposeError::Other { file: path.clone(), error },
        };
        let tree = whole(&source, yaml::LIMIT).map_err(wrong)?;
        if !matches!(tree.own("services"), Some(Tree::Mapping(_) | Tree::Null) | None) {
            return Err(wrong(ReadErrorKind::Shape.at(yaml::line_of(&source, &["services"]))));
        }
        self.readers.push(Reader { file: number, folder: folder.clone(), ways: Vec::new() });
        self.all.push(Rc::new(File { path, folder, source, tree }));
        Ok(number)
    }

    /// The number of the file at this path, whose own paths are relative to `folder`.
    fn file(&mut self, path: &Path, folder: &Path) -> Result<usize, ComposeError> {
        if let Some(known) = self.all.iter().skip(1).position(|file| file.path == path && file.folder == folder) {
            return Ok(known + 1);
        }
        if self.all.len() >= MOST {
            return Err(ComposeError::Circle(path.display().to_string()));
        }
        let unread = |why| ComposeError::Unread { file: path.to_path_buf(), why };
        let source = (self.read)(path).map_err(unread)?;
        self.put(path.to_path_buf(), folder.to_path_buf(), source)
    }

    fn lines(&self) -> Vec<Vec<Option<u32>>> {
        let of = |(file, reader): (&Rc<File>, &Reader)| {
            let ways: Vec<&[Step]> = reader.ways.iter().map(Vec::as_slice).collect();
            yaml::lines_of(&file.source, yaml::LIMIT, &ways)
        };
        self.all.iter().zip(&self.readers).map(of).collect()
    }

    /// All services of a file, with those that it includes; `chain`: the files that include it.
    fn services(&mut self, number: usize, chain: &mut Vec<PathBuf>) -> Result<Vec<(String, Part)>, ComposeError> {
        let mut parts = Vec::new();
        for name in self.names(number) {
            if let Some(part) = self.service(number, &name, &mut Vec::new())? {
                parts.push((name, part));
            }
        }
        for include in self.includes(number)? {
            let Some(main) = include.paths.first() else { continue };
            if chain.contains(main) || chain.len() >= MOST {
                return Err(ComposeError::Circle(main.display().to_string()));
            }
            chain.push(main.clone());
            let main = self.file(main, &include.folder)?;
            let mut brought = self.services(main, chain)?;
            for over in include.paths.iter().skip(1) {
                let over = self.file(over, &include.folder)?;
                for (name, part) in self.services(over, chain)? {
                    match brought.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, below)) => *below = part.over(below.clone()),
                        None => brought.push((name, part)),
                    }
                }
            }
            chain.pop();
            for (name, part) in brought {
                if parts.iter().any(|(known, _)| *known == name) {
                    return Err(ComposeError::Twice(name));
                }
                parts.push((name, part));
            }
        }
        Ok(parts)
    }

    fn names(&self, number: usize) -> Vec<String> {
        let services = self.all.get(number).and_then(|file| match file.tree.own("services") {
            Some(Tree::Mapping(services)) => Some(services),
            Some(_) | None => None,
        });
        let name = |(name, service): &(Tree<'_>, Tree<'_>)| match (name, service) {
            // What is taken away is not there.
            (Tree::Text(_), Tree::Tagged(tag, _)) if tag == "reset" => None,
            (Tree::Text(name), _) => Some(name.to_string()),
            (_, _) => None,
        };
        services.into_iter().flatten().filter_map(name).collect()
    }

    /// A service with all that it extends; `chain`: those that extend it.
    fn service(
        &mut self,
        number: usize,
        name: &str,
        chain: &mut Vec<(usize, String)>,
    ) -> Result<Option<Part>, ComposeError> {
        let link = (number, name.to_owned());
        if chain.contains(&link) || chain.len() >= MOST {
            return Err(ComposeError::Circle(format!("the service {name}")));
        }
        let Some(file) = self.all.get(number).cloned() else { return Ok(None) };
        let service = match file.tree.own("services").and_then(|services| services.own(name)) {
            Some(Tree::Tagged(tag, inner)) if tag == "override" => inner.as_ref(),
            Some(service) => service,
            None => return Ok(None),
        };
        if !matches!(service, Tree::Mapping(_)) {
            return Ok(None);
        }
        let Some(reader) = self.readers.get_mut(number) else { return Ok(None) };
        let part = reader.service(name, service);
        let Some((extended, elsewhere)) = part.extends.clone() else { return Ok(Some(part)) };
        let unknown = || ComposeError::Unknown(format!("service {name}, or what it extends,"));
        let extended = extended.set().ok_or_else(unknown)?.to_owned();
        let from = match elsewhere {
            None => number,
            Some(path) => {
                let path = here(&path).ok_or_else(unknown)?;
                let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
                self.file(&path, &folder)?
            }
        };
        chain.push(link);
        let below = self.service(from, &extended, chain)?;
        chain.pop();
        below.map(|below| Some(part.over(below))).ok_or_else(|| ComposeError::Missing(name.to_owned()))
    }

    fn includes(&self, number: usize) -> Result<Vec<Include>, ComposeError> {
        let unknown = || ComposeError::Unknown("include".to_owned());
        let (Some(file), Some(reader)) = (self.all.get(number), self.readers.get(number)) else {
            return Ok(Vec::new());
        };
        let items = match file.tree.own("include") {
            None | Some(Tree::Null) => return Ok(Vec::new()),
            Some(Tree::Sequence(items)) => items,
            Some(_) => return Err(unknown()),
        };
        let path = |tree: &Tree<'static>| here(&reader.within(text(tree))).ok_or_else(unknown);
        let include = |item: &Tree<'static>| {
            let paths = match item {
                Tree::Mapping(_) => match item.own("path") {
                    Some(Tree::Sequence(paths)) => paths.iter().map(path).collect::<Result<Vec<_>, _>>()?,
                    Some(one) => vec![path(one)?],
                    None => return Err(unknown()),
                },
                other => vec![path(other)?],
            };
            let folder = match item.own("project_directory") {
                Some(folder) => path(folder)?,
                None => paths.first().and_then(|path| path.parent()).map(Path::to_path_buf).unwrap_or_default(),
            };
            Ok(Include { paths, folder })
        };
        items.iter().map(include).collect()
    }
}

/// Files that are included: the first, and what is laid over it; and what their paths are relative to.
struct Include {
    paths: Vec<PathBuf>,
    folder: PathBuf,
}

/// A path that is one of this disk: neither known elsewhere only, nor an address.
fn here(path: &Given) -> Option<PathBuf> {
    let path = path.set().filter(|path| !path.is_empty() && !path.contains("://") && !path.starts_with("git@"))?;
    Some(PathBuf::from(path))
}
