//! Where manifests come from: a file that was named, the user's folder, the system's folders, what is built in.
//!
//! Promises: first found wins; a folder or a file that others may write is refused; one tool is found without parsing the rest.
//! Absent: the working directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::host::files::{self, FileError};
use crate::host::paths::Paths;
use crate::identity::names::ToolName;
use crate::manifest::built_in::{self, built_in};
use crate::manifest::parse;
use crate::manifest::problem::Problem;
use crate::manifest::tool::Manifest;
use crate::manifest::written;

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
    Ok(Found { manifest: Reader::default().open(path)?.ok_or_else(absent)?, origin: Origin::Named(path.to_path_buf()) })
}

/// Finds the manifest of `tool`: the user's, then the system's, then the built-in one.
///
/// # Errors
/// There is none, or the first that is found is refused or invalid (a later one does not stand in for it).
pub fn find(paths: &Paths, tool: &ToolName) -> Result<Found, CatalogError> {
    for (index, folder) in paths.tool_folders().iter().enumerate() {
        let path = folder.join(format!("{tool}.yml"));
        let origin = if index == 0 { Origin::User(path) } else { Origin::System(path) };
        if let Some(found) = Reader::default().found(origin, tool)? {
            return Ok(found);
        }
    }
    match built_in(tool) {
        Some(manifest) => Ok(Found { manifest, origin: Origin::BuiltIn }),
        None => Err(CatalogError::Unknown(tool.clone())),
    }
}

/// Reads manifests. One that was made for all folders looks at each of them once, not once for each manifest.
#[derive(Debug, Default)]
pub struct Reader {
    /// Folders that only we may write.
    ours: Vec<PathBuf>,
}

impl Reader {
    /// For many manifests.
    #[must_use]
    pub fn of(paths: &Paths) -> Self {
        let ours = paths.tool_folders().iter().filter(|folder| files::only_we_write(folder).is_ok());
        Self { ours: ours.cloned().collect() }
    }

    /// The manifest of `tool` where [`names`] found it.
    ///
    /// # Errors
    /// It is gone, refused or invalid.
    pub fn read(&self, origin: &Origin, tool: &ToolName) -> Result<Found, CatalogError> {
        let unknown = || CatalogError::Unknown(tool.clone());
        match origin {
            Origin::BuiltIn => {
                built_in(tool).map(|manifest| Found { manifest, origin: Origin::BuiltIn }).ok_or_else(unknown)
            }
            Origin::Named(_) | Origin::User(_) | Origin::System(_) => {
                self.found(origin.clone(), tool)?.ok_or_else(unknown)
            }
        }
    }

    fn found(&self, origin: Origin, tool: &ToolName) -> Result<Option<Found>, CatalogError> {
        let Some(path) = origin.path() else { return Ok(None) };
        match self.open(path)? {
            None => Ok(None),
            Some(manifest) if manifest.tool == *tool => Ok(Some(Found { manifest, origin })),
            Some(manifest) => Err(CatalogError::OtherName { path: path.to_path_buf(), declared: manifest.tool }),
        }
    }

    fn open(&self, path: &Path) -> Result<Option<Manifest>, CatalogError> {
        let source = match files::read_ours(path, written::LIMIT) {
            // A home that is no folder (`/dev/null`) holds no manifests; consent finds its own words for it.
            Err(FileError::System { source, .. }) if source.kind() == std::io::ErrorKind::NotADirectory => None,
            read => read?,
        };
        let Some(source) = source else { return Ok(None) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        if !self.ours.iter().any(|ours| ours == folder) {
            files::only_we_write(folder)?;
        }
        let invalid = |problems| CatalogError::Invalid { path: path.to_path_buf(), problems };
        parse::file(&source).map(Some).map_err(invalid)
    }
}

/// The names of all tools that manifests are found for, in order, each with where it would be found. Nothing is parsed.
///
/// # Errors
/// A folder of manifests cannot be listed.
pub fn names(paths: &Paths) -> Result<Vec<(ToolName, Origin)>, CatalogError> {
    let mut all: BTreeMap<ToolName, Origin> = BTreeMap::new();
    for (index, folder) in paths.tool_folders().iter().enumerate() {
        for name in files::list(folder)? {
            let Some(tool) = name.strip_suffix(".yml").and_then(|stem| ToolName::new(stem).ok()) else { continue };
            let path = || folder.join(&name);
            all.entry(tool).or_insert_with(|| if index == 0 { Origin::User(path()) } else { Origin::System(path()) });
        }
    }
    for tool in built_in::names() {
        all.entry(tool).or_insert(Origin::BuiltIn);
    }
    Ok(all.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::env::Env;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A home, and a system's folder, with nothing in them.
    struct Machine {
        root: tempfile::TempDir,
        paths: Paths,
    }

    impl Machine {
        fn new() -> Self {
            let root = tempfile::tempdir().expect("a temporary folder");
            let (home, system) = (root.path().join("home"), root.path().join("system"));
            let paths = Paths::from_env(&Env::of([("HOME", &home), ("XDG_DATA_DIRS", &system)])).expect("a home");
            for folder in paths.tool_folders() {
                fs::create_dir_all(folder).expect("a folder");
                mode(folder, 0o755);
            }
            Self { root, paths }
        }

        fn user(&self) -> &Path {
            &self.paths.tool_folders()[0]
        }

        fn system(&self) -> &Path {
            &self.paths.tool_folders()[1]
        }

        fn find(&self, tool: &str) -> Result<Found, CatalogError> {
            find(&self.paths, &name(tool))
        }
    }

    fn name(tool: &str) -> ToolName {
        ToolName::new(tool).expect("a name")
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    }

    fn text(tool: &str, title: &str) -> String {
        format!(
            "manifest: 1\ntool: {tool}\ntitle: {title}\nconsent: opt-in\n\
             switches: {{environment: [{{name: A, off: ['0']}}]}}\n...\n"
        )
    }

    fn write(folder: &Path, file: &str, content: &str) -> PathBuf {
        let path = folder.join(file);
        fs::write(&path, content).expect("written");
        mode(&path, 0o644);
        path
    }

    #[test]
    fn the_users_comes_before_the_systems_before_the_built_in() {
        let machine = Machine::new();
        let origin = |tool: &str| machine.find(tool).map(|found| (found.origin, found.manifest.title));
        assert!(matches!(origin("tool"), Ok((Origin::BuiltIn, _))));
        assert!(matches!(origin("acme"), Err(CatalogError::Unknown(tool)) if tool == name("acme")));
        for tool in ["tool", "acme"] {
            let path = write(machine.system(), &format!("{tool}.yml"), &text(tool, "the system's"));
            assert_eq!(origin(tool).expect("found"), (Origin::System(path), "the system's".to_owned()));
            let path = write(machine.user(), &format!("{tool}.yml"), &text(tool, "the user's"));
            assert_eq!(origin(tool).expect("found"), (Origin::User(path), "the user's".to_owned()));
        }
        write(machine.system(), "other.yml", "not looked at");
        write(machine.user(), "Not A Name.yml", "");
        let all = names(&machine.paths).expect("listed");
        let own = |tool: &ToolName| ["acme", "other", "tool"].contains(&tool.as_str());
        let all: Vec<_> =
            all.iter().filter(|(tool, _)| own(tool)).map(|(tool, origin)| (tool.as_str(), origin.as_str())).collect();
        assert_eq!(all, [("acme", "user"), ("other", "system"), ("tool", "user")]);
    }

    #[test]
    fn a_first_one_that_is_no_good_is_not_stood_in_for() {
        let machine = Machine::new();
        write(machine.system(), "tool.yml", &text("tool", "the system's"));
        let path = write(machine.user(), "tool.yml", "manifest: 1\ntool: tool\n");
        let Err(CatalogError::Invalid { path: at, problems }) = machine.find("tool") else { panic!("it is invalid") };
        assert_eq!((at, problems.len()), (path.clone(), 1));
        write(machine.user(), "tool.yml", &text("acme", "another"));
        let Err(CatalogError::OtherName { path: at, declared }) = machine.find("tool") else { panic!("another name") };
        assert_eq!((at, declared), (path.clone(), name("acme")));
        fs::remove_file(&path).expect("removed");
        fs::create_dir(&path).expect("a folder");
        assert!(matches!(machine.find("tool"), Err(CatalogError::File(FileError::NotAFile { .. }))));
        fs::remove_dir(&path).expect("removed");
        symlink(machine.root.path().join("gone.yml"), &path).expect("a link");
        assert!(matches!(machine.find("tool"), Err(CatalogError::File(_))), "a link to nothing is not an absence");
    }

    #[test]
    fn what_others_may_write_is_refused() {
        let machine = Machine::new();
        write(machine.system(), "acme.yml", &text("acme", "the system's"));
        let path = write(machine.user(), "acme.yml", &text("acme", "the user's"));
        let refused = || matches!(machine.find("acme"), Err(CatalogError::File(FileError::OthersMayWrite { .. })));
        mode(&path, 0o646);
        assert!(refused(), "a file");
        mode(&path, 0o644);
        assert!(!refused());
        mode(machine.user(), 0o757);
        assert!(refused(), "a folder");
        assert!(matches!(named(&path), Err(CatalogError::File(FileError::OthersMayWrite { .. }))), "by its name");
        mode(machine.user(), 0o755);
        assert_eq!(named(&path).expect("fine again").origin, Origin::Named(path));
    }

    #[test]
    fn a_link_is_followed_and_what_it_leads_to_is_held_to_the_same() {
        let machine = Machine::new();
        let target = write(machine.root.path(), "kept elsewhere.yml", &text("acme", "linked"));
        symlink(&target, machine.user().join("acme.yml")).expect("a link");
        assert_eq!(machine.find("acme").expect("found").manifest.title, "linked");
        mode(&target, 0o666);
        assert!(matches!(machine.find("acme"), Err(CatalogError::File(FileError::OthersMayWrite { .. }))));
    }

    #[test]
    fn nothing_comes_from_the_working_directory() {
        let here = tempfile::tempdir_in(".").expect("a temporary folder");
        let tools = here.path().join("telemetry/tools");
        fs::create_dir_all(&tools).expect("folders");
        write(&tools, "acme.yml", &text("acme", "a cloned repository's"));
        let relative = Path::new(here.path().file_name().expect("a name"));
        let env =
            Env::of([("HOME", Path::new("/nowhere")), ("XDG_CONFIG_HOME", relative), ("XDG_DATA_DIRS", relative)]);
        let found = find(&Paths::from_env(&env).expect("a home"), &name("acme"));
        assert!(matches!(found, Err(CatalogError::Unknown(_))), "{found:?}");
        let gone = named(Path::new("acme.yml"));
        assert!(matches!(gone, Err(CatalogError::NoFile(path)) if path == Path::new("acme.yml")));
    }
}
