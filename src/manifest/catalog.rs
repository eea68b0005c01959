//! Where manifests come from: a file that was named, the user's folder, the system's folders, the built-in catalog.
//!
//! The built-in catalog is compiled into one indexed form, `catalog/compiled`, which is committed and compared by a test: a
//! first line `telemetry-catalog 1`, then a line `NAME OFFSET LENGTH` for every tool in order of names, an empty line, and
//! the manifests as JSON, one after the other; an offset counts bytes from the end of the empty line.
//!
//! Promises: first found wins; a folder or a file that others may write is refused; one tool is found without parsing the rest.
//! Absent: the working directory.

use std::path::{Path, PathBuf};

use crate::host::files::{self, FileError};
use crate::host::paths::Paths;
use crate::identity::names::ToolName;
use crate::manifest::parse::{self, Problem, Written};
use crate::manifest::tool::Manifest;

static COMPILED: &[u8] = include_bytes!("catalog/compiled");
const HEAD: &str = "telemetry-catalog 1\n";
/// The sources of the built-in catalog, by name.
pub const SOURCES: &[(&str, &str)] = &[("tool", include_str!("catalog/tool.yml"))];

/// Where a manifest was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Named on the command line or by the program.
    Named(PathBuf),
    /// In the user's folder.
    User(PathBuf),
    /// In a system's folder.
    System(PathBuf),
    /// Built in.
    BuiltIn,
}

impl Origin {
    /// The file, where there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Named(path) | Self::User(path) | Self::System(path) => Some(path),
            Self::BuiltIn => None,
        }
    }

    /// In a word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Named(_) => "named",
            Self::User(_) => "user",
            Self::System(_) => "system",
            Self::BuiltIn => "built-in",
        }
    }
}

/// A manifest with where it was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The manifest.
    pub manifest: Manifest,
    /// Where it was found.
    pub origin: Origin,
}

/// Why there is no manifest to go by.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// No manifest of this name anywhere.
    #[error("nothing is known by the name {0}")]
    Unknown(ToolName),
    /// The file that was named is not there.
    #[error("{}: no such file", .0.display())]
    NoFile(PathBuf),
    /// It cannot be read, or others may write it.
    #[error("the manifest is refused: {0}")]
    File(#[from] FileError),
    /// It is not a valid manifest.
    #[error("{}: not a valid manifest", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Every problem, at least one.
        problems: Vec<Problem>,
    },
    /// The file's name and the tool's differ.
    #[error("{}: it declares the tool {declared}, so its name has to be {declared}.yml", path.display())]
    OtherName {
        /// The file.
        path: PathBuf,
        /// The tool that it declares.
        declared: ToolName,
    },
}

/// Reads the manifest at `path`, which somebody named.
///
/// # Errors
/// It is missing, refused or invalid.
pub fn named(path: &Path) -> Result<Found, CatalogError> {
    let absent = || CatalogError::NoFile(path.to_path_buf());
    Ok(Found { manifest: open(path)?.ok_or_else(absent)?, origin: Origin::Named(path.to_path_buf()) })
}

/// Finds the manifest of `tool`: the user's, then the system's, then the built-in one.
///
/// # Errors
/// There is none, or the first that is found is refused or invalid (a later one does not stand in for it).
pub fn find(paths: &Paths, tool: &ToolName) -> Result<Found, CatalogError> {
    for (index, folder) in paths.tool_folders().iter().enumerate() {
        let path = folder.join(format!("{tool}.yml"));
        if let Some(manifest) = open(&path)? {
            if manifest.tool != *tool {
                return Err(CatalogError::OtherName { path, declared: manifest.tool });
            }
            let origin = if index == 0 { Origin::User(path) } else { Origin::System(path) };
            return Ok(Found { manifest, origin });
        }
    }
    match built_in(tool) {
        Some(manifest) => Ok(Found { manifest, origin: Origin::BuiltIn }),
        None => Err(CatalogError::Unknown(tool.clone())),
    }
}

/// The names of all tools that manifests are found for, in order, each with where it would be found. Nothing is parsed.
///
/// # Errors
/// A folder of manifests cannot be listed.
pub fn names(paths: &Paths) -> Result<Vec<(ToolName, Origin)>, CatalogError> {
    let mut all: Vec<(ToolName, Origin)> = Vec::new();
    for (index, folder) in paths.tool_folders().iter().enumerate() {
        for name in files::list(folder)? {
            let Some(tool) = name.strip_suffix(".yml").and_then(|stem| ToolName::new(stem).ok()) else { continue };
            if all.iter().any(|(there, _)| *there == tool) {
                continue;
            }
            let path = folder.join(&name);
            all.push((tool, if index == 0 { Origin::User(path) } else { Origin::System(path) }));
        }
    }
    for tool in index().filter_map(|(name, _)| ToolName::new(name).ok()) {
        if !all.iter().any(|(there, _)| *there == tool) {
            all.push((tool, Origin::BuiltIn));
        }
    }
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(all)
}

fn open(path: &Path) -> Result<Option<Manifest>, CatalogError> {
    let Some(source) = files::read(path, parse::LIMIT)? else { return Ok(None) };
    files::only_we_write(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    files::only_we_write(folder)?;
    let invalid = |problems| CatalogError::Invalid { path: path.to_path_buf(), problems };
    parse::manifest(&source).map(Some).map_err(invalid)
}

/// The built-in manifest of `tool`.
#[must_use]
pub fn built_in(tool: &ToolName) -> Option<Manifest> {
    let (_, json) = index().find(|(name, _)| *name == tool.as_str())?;
    let written: Written = serde_json::from_slice(json).ok()?;
    parse::check(&written).ok()
}

/// Names and bytes of the built-in manifests.
fn index() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let text = COMPILED.strip_prefix(HEAD.as_bytes()).unwrap_or_default();
    let end = text.windows(2).position(|pair| pair == b"\n\n").unwrap_or(text.len());
    let (lines, rest) = text.split_at_checked(end).unwrap_or_default();
    let bodies = rest.strip_prefix(b"\n\n").unwrap_or_default();
    std::str::from_utf8(lines).unwrap_or_default().lines().filter_map(move |line| {
        let mut words = line.split(' ');
        let name = words.next()?;
        let start: usize = words.next()?.parse().ok()?;
        let length: usize = words.next()?.parse().ok()?;
        Some((name, bodies.get(start..start.checked_add(length)?)?))
    })
}

/// Compiles the sources of a catalog into its indexed form.
///
/// # Errors
/// The problems of the first source that is not a valid manifest of its name.
pub fn compile(sources: &[(&str, &str)]) -> Result<Vec<u8>, Vec<Problem>> {
    let mut sorted = sources.to_vec();
    sorted.sort_unstable();
    let (mut head, mut bodies) = (HEAD.to_owned(), String::new());
    for (name, source) in sorted {
        let problem = |what: String| vec![Problem { path: vec![name.to_owned()], line: None, what }];
        let manifest = parse::manifest(source.as_bytes())?;
        if manifest.tool.as_str() != name {
            return Err(problem(format!("it declares the tool {}", manifest.tool)));
        }
        let written = parse::written(source.as_bytes()).map_err(|problem| vec![problem])?;
        let json = serde_json::to_string(&written).map_err(|error| problem(error.to_string()))?;
        head.push_str(&format!("{name} {} {}\n", bodies.len(), json.len()));
        bodies.push_str(&json);
    }
    Ok(format!("{head}\n{bodies}").into_bytes())
}
