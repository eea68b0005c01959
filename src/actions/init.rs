//! Init: a telemetry id for the project here.
//!
//! Promises: an id that stands is left as it is; what waited through a project's no is dropped before the id is written. Absent:
//! consent: a project can only say no.

use std::path::Path;

use crate::actions::context::{Context, Tool};
use crate::actions::gather::{self, Where};
use crate::actions::purge;
use crate::host::files::{self, FileError};
use crate::host::folders;
use crate::identity::ids::Id;
use crate::identity::project::{self, Change, Project, ProjectError, Word};
use crate::queue::limits::DISABLE_PATIENCE;

/// What `init` would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// The project has an id already.
    There(Project, Id),
    /// The config would be changed so.
    Change(Project, Id, Change),
}

/// Why a project gets no id.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There is no working directory.
    #[error("the working directory is gone")]
    NoDirectory,
    /// The home is no project.
    #[error("the home directory is no project: go to the project's own folder")]
    Home,
    /// The config cannot be read.
    #[error("{path}: {why}")]
    Unreadable {
        /// The config.
        path: String,
        /// In words.
        why: String,
    },
    /// The config cannot be changed.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// What the project recorded before its no could not be dropped.
    #[error("what waited of the project could not be dropped: {0}")]
    Purge(FileError),
}

/// Works out a project's id: of the project here, or of the working directory where there is none.
///
/// # Errors
/// There is no place for it, or the config cannot be changed safely.
pub fn plan(context: &Context, tool: &Tool) -> Result<Plan, InitError> {
    let facts = gather::facts(context, &tool.manifest, &tool.places, &Where::Here);
    let here = match facts.project {
        Some((project, Word::Id(id))) => return Ok(Plan::There(project, id)),
        Some((project, Word::Unreadable { why, .. })) => {
            return Err(InitError::Unreadable { path: project.config().display().to_string(), why });
        }
        Some((project, Word::NoId(_) | Word::Gone)) => project,
        None => {
            let directory = context.directory.as_deref().ok_or(InitError::NoDirectory)?;
            if is_home(directory, context.paths.home()) {
                return Err(InitError::Home);
            }
            // A project in a folder that others may write is never found again.
            if folders::look(directory).map_err(ProjectError::File)?.others_may_write {
                return Err(ProjectError::File(FileError::OthersMayWrite { path: directory.to_path_buf() }).into());
            }
            Project::at(directory, &tool.manifest.tool)
        }
    };
    let id = Id::fresh();
    let change = project::plan(&here, Some(&id))?;
    Ok(Plan::Change(here, id, change))
}

/// Carries out a change: a config that stands without an id was a no, so that what the project recorded before goes nowhere.
///
/// # Errors
/// What waits could not be dropped, or the config not be written.
pub fn apply(context: &Context, tool: &Tool, found: &Project, change: &Change) -> Result<(), InitError> {
    if files::exists(found.config()).map_err(ProjectError::File)? {
        purge::purge_project(tool, found.root(), DISABLE_PATIENCE, context.clock.now()).map_err(InitError::Purge)?;
    }
    Ok(project::apply(found, change)?)
}

/// Whether this is the home itself, also where one of the two is named through a link.
fn is_home(directory: &Path, home: &Path) -> bool {
    match (folders::look(directory), folders::look(home)) {
        (Ok(directory), Ok(home)) => directory.same(&home),
        (Ok(_) | Err(_), _) => directory == home,
    }
}
