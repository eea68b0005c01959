//! A project and its word: `<project>/.TOOL/config.yml` with `telemetry: { id: … }`.
//!
//! Promises: a project's file can only say no; it is looked for upwards from the working directory, below the home and never
//! past a folder that others may write. Absent: destinations, switches and anything else that a repository could decide.

use std::path::{Path, PathBuf};

use crate::host::files::{self, FileError, SHARED_FILE};
use crate::host::folders;
use crate::host::writes;
use crate::identity::ids::Id;
use crate::identity::names::ToolName;
use crate::identity::profile::error_words;
use crate::settings::value::{EditError, Root, Scalar, Value};
use crate::settings::yaml;

const ID: &[&str] = &["telemetry", "id"];
const TELEMETRY: &[&str] = &["telemetry"];

/// Deepest working directory that is walked up, folders.
const DEEPEST: usize = 128;

/// Where a project's config stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Project {
    root: PathBuf,
    config: PathBuf,
}

impl Project {
    /// The project of `tool` whose folder is `root`.
    #[must_use]
    pub fn at(root: &Path, tool: &ToolName) -> Self {
        Self { root: root.to_path_buf(), config: root.join(format!(".{tool}")).join("config.yml") }
    }

    /// The project's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The config.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }
}

/// What a project says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// It takes part under this id.
    Id(Id),
    /// It says no: the config has no id, on this line where known.
    NoId(Option<u32>),
    /// The config cannot be read: a no.
    Unreadable {
        /// In words, without anything of the file's content.
        why: String,
        /// The line, where known.
        line: Option<u32>,
    },
    /// There is no config (any more).
    Gone,
}

/// What a walk upwards found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    /// The nearest project.
    pub project: Option<Project>,
    /// Configs that would be nearer, or would be the first, if they were there: for who watches.
    pub passed: Vec<PathBuf>,
}

/// The folders from a working directory upwards that may hold a project, looked at once for all tools.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Above {
    folders: Vec<PathBuf>,
    /// A folder that cannot be asked, above the others: it may hold a project that says no.
    closed: Option<PathBuf>,
}

impl Above {
    /// From `from` upwards, below `home` and not past a folder that others may write.
    #[must_use]
    pub fn of(from: &Path, home: &Path) -> Self {
        let home = folders::look(home).ok();
        let mut above = Self::default();
        for root in from.ancestors().take(DEEPEST) {
            match folders::look(root) {
                Ok(folder) if folder.others_may_write || home.is_some_and(|home| home.same(&folder)) => break,
                Err(_) => {
                    above.closed = Some(root.to_path_buf());
                    break;
                }
                Ok(_) => above.folders.push(root.to_path_buf()),
            }
        }
        above
    }

    /// The nearest project of `tool`, with the configs that were looked for in vain.
    #[must_use]
    pub fn walk(&self, tool: &ToolName) -> Walk {
        let mut walk = Walk::default();
        for root in &self.folders {
            let project = Project::at(root, tool);
            // Where the tool has no folder, one look tells; what cannot be asked may be a project that says no.
            let none = |path: &Path| matches!(files::stands(path), Ok(false));
            let passed =
                project.config.parent().is_some_and(none) || matches!(files::exists(&project.config), Ok(false));
            if !passed {
                walk.project = Some(project);
                return walk;
            }
            walk.passed.push(project.config);
        }
        walk.project = self.closed.as_ref().map(|root| Project::at(root, tool));
        walk
    }
}

/// The nearest project of `tool` at or above `from`.
#[must_use]
pub fn find(from: &Path, home: &Path, tool: &ToolName) -> Option<Project> {
    Above::of(from, home).walk(tool).project
}

/// What the project says now.
#[must_use]
pub fn read(project: &Project) -> Word {
    match files::read(&project.config, yaml::LIMIT) {
        Ok(None) => Word::Gone,
        Ok(Some(source)) => parse(&source),
        Err(error) => Word::Unreadable { why: error_words(&error), line: None },
    }
}

/// Reads the text of a config.
#[must_use]
pub fn parse(source: &[u8]) -> Word {
    let fields = match yaml::fields(source, yaml::LIMIT, &[ID, TELEMETRY]) {
        Ok(fields) => fields,
        Err(error) => return Word::Unreadable { why: error.kind.to_string(), line: error.line },
    };
    let unreadable =
        |path: &[&str], why: &str| Word::Unreadable { why: why.to_owned(), line: yaml::line_of(source, path) };
    match fields.root() {
        Root::Mapping => {}
        Root::Empty => return Word::NoId(None),
        Root::Other => return unreadable(&[], "not a mapping of keys to values"),
    }
    match fields.scalar(0) {
        Some(Scalar::Text(text) | Scalar::Number(text)) if !text.is_empty() => {
            Id::new(text).map_or_else(|_| unreadable(ID, "telemetry.id is not of the form of an id"), Word::Id)
        }
        Some(Scalar::Text(_) | Scalar::Number(_) | Scalar::Null | Scalar::Bool(false)) => {
            Word::NoId(yaml::line_of(source, ID))
        }
        Some(Scalar::Bool(true) | Scalar::Other) => unreadable(ID, "telemetry.id is not a text"),
        None => match fields.scalar(1) {
            None | Some(Scalar::Null | Scalar::Other) => Word::NoId(yaml::line_of(source, TELEMETRY)),
            Some(Scalar::Bool(_) | Scalar::Text(_) | Scalar::Number(_)) => {
                unreadable(TELEMETRY, "telemetry is not a mapping")
            }
        },
    }
}

/// A write that did not land.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// The text of the config cannot be changed safely.
    #[error("{path}: {source}")]
    Edit {
        /// The config.
        path: String,
        /// Why.
        source: EditError,
    },
}

/// The config's bytes as they stand, and as they would be with `telemetry.id` set to `id` (empty for a no).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As it stands; empty where there is no config.
    pub before: Vec<u8>,
    /// As it would be.
    pub after: Vec<u8>,
}

/// Works out the change that gives the project this id, or with `None` its no: an empty id, which every reader of this form
/// takes as a refusal (a bare `telemetry:` crashes PipeRider).
///
/// # Errors
/// The config cannot be read or changed safely.
pub fn plan(project: &Project, id: Option<&Id>) -> Result<Change, ProjectError> {
    let before = files::read(&project.config, yaml::LIMIT)?.unwrap_or_default();
    let text = Value::Text(id.map_or("", Id::as_str));
    let after = yaml::set(&before, ID, &text)
        .map_err(|source| ProjectError::Edit { path: project.config.display().to_string(), source })?;
    Ok(Change { before, after })
}

/// Carries out a planned change.
///
/// # Errors
/// The config cannot be written.
pub fn apply(project: &Project, change: &Change) -> Result<(), ProjectError> {
    if let Some(folder) = project.config.parent() {
        writes::shared_folder(folder)?;
    }
    Ok(writes::write_durable(&project.config, &change.after, SHARED_FILE)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn tool() -> ToolName {
        ToolName::new("tool").expect("a name")
    }

    #[test]
    fn a_config_says_an_id_or_no() {
        for (text, says) in [
            ("telemetry:\n  id: xyz123\n", Some("xyz123")),
            ("telemetry: {id: 'abc'}\n", Some("abc")),
            ("dataSources: []\n", None),
            ("telemetry:\n  id: ''\n", None),
            ("telemetry:\n  id:\n", None),
            ("telemetry:\n  id: ~\n", None),
            ("telemetry:\n  id: false\n", None),
            ("telemetry:\n", None),
            ("telemetry: {}\n", None),
            ("", None),
            ("# nothing\n", None),
        ] {
            match (parse(text.as_bytes()), says) {
                (Word::Id(id), Some(says)) => assert_eq!(id.as_str(), says),
                (Word::NoId(_), None) => {}
                (other, _) => panic!("{text:?}: {other:?}"),
            }
        }
        for text in [
            "telemetry:\n  id: true\n",
            "telemetry:\n  id: [a]\n",
            "telemetry: x\n",
            "telemetry:\n  id: a b\n",
            "- x\n",
            "a: [",
        ] {
            assert!(matches!(parse(text.as_bytes()), Word::Unreadable { .. }), "{text:?}");
        }
    }

    #[test]
    fn a_project_is_found_below_home_and_not_past_a_folder_of_others() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at("home/code/p/src")).expect("folders");
        fs::create_dir_all(at("home/code/p/.tool")).expect("folders");
        fs::create_dir_all(at("home/.tool")).expect("folders");
        fs::write(at("home/code/p/.tool/config.yml"), "a: b\n").expect("a config");
        fs::write(at("home/.tool/config.yml"), "a: b\n").expect("a config");
        let found = |from: &str| find(&at(from), &at("home"), &tool()).map(|project| project.root().to_path_buf());
        assert_eq!(found("home/code/p/src"), Some(at("home/code/p")));
        assert_eq!(found("home/code"), None, "the home itself is no project");
        fs::set_permissions(at("home/code/p/src"), fs::Permissions::from_mode(0o777)).expect("a mode");
        assert_eq!(found("home/code/p/src"), None, "others may write it");
    }
}
