//! Id: which ids there are, a new one, and what a person chooses to give.
//!
//! Promises: looking makes no id; a renewed id reaches what waits (it is sealed anew). Absent: ids of other tools' files.

use std::path::PathBuf;

use crate::actions::context::{Context, Tool};
use crate::actions::gather::{self, Where};
use crate::identity::ids::{Id, ProvidedId};
use crate::identity::names::ToolName;
use crate::identity::profile::{self, Profile, ProfileError};
use crate::identity::project::Word;
use crate::manifest::tool::IdKind;

/// The ids of a tool here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// The profile.
    pub profile: PathBuf,
    /// The user id.
    pub user: Option<Id>,
    /// What the person chose to give.
    pub provided: Option<ProvidedId>,
    /// The project's config, and its id where it takes part.
    pub project: Option<(PathBuf, Option<Id>)>,
    /// Why the profile cannot be read.
    pub unreadable: Option<String>,
}

/// The ids as they stand.
#[must_use]
pub fn show(context: &Context, tool: &Tool) -> Ids {
    let facts = gather::facts(context, &tool.manifest, &tool.places, &Where::Here);
    let (user, provided, unreadable) = match facts.profile {
        Profile::Absent => (None, None, None),
        Profile::Present(contents) => (contents.user_id, contents.provided, None),
        Profile::Unreadable(unreadable) => (None, None, Some(unreadable.why)),
    };
    let project = facts.project.map(|(project, word)| {
        let id = match word {
            Word::Id(id) => Some(id),
            Word::NoId(_) | Word::Unreadable { .. } | Word::Gone => None,
        };
        (project.config().to_path_buf(), id)
    });
    Ids { profile: tool.places.profile(), user, provided, project, unreadable }
}

/// Why an id was not changed.
#[derive(Debug, thiserror::Error)]
pub enum IdError {
    /// There is none yet.
    #[error("there is no user id yet: it is made with the first yes")]
    None,
    /// The manifest does not ask for it, so it would go nowhere.
    #[error("{0} takes nothing of the kind: its manifest does not list `provided` under `ids`")]
    NotTaken(ToolName),
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The profile is broken: what it holds is not known.
    #[error("the profile {} cannot be read: {why}", path.display())]
    Unreadable {
        /// The profile.
        path: PathBuf,
        /// In words.
        why: String,
    },
}

/// Replaces the user id by a fresh one and gives old and new.
///
/// # Errors
/// There is none, or the profile cannot be changed.
pub fn renew(tool: &Tool) -> Result<(Id, Id), IdError> {
    match profile::read(&tool.places.profile()) {
        Profile::Present(contents) if contents.user_id.is_some() => {}
        Profile::Present(_) | Profile::Absent => return Err(IdError::None),
        Profile::Unreadable(unreadable) => {
            return Err(IdError::Unreadable { path: tool.places.profile(), why: unreadable.why });
        }
    }
    let (old, new) = profile::renew_user_id(&tool.places)?;
    Ok((old.ok_or(IdError::None)?, new))
}

/// Whether the tool's events may carry what a person chose to give.
///
/// # Errors
/// They may not.
pub fn takes_provided(tool: &Tool) -> Result<(), IdError> {
    let taken = tool.manifest.ids.contains(&IdKind::Provided);
    if taken { Ok(()) } else { Err(IdError::NotTaken(tool.manifest.tool.clone())) }
}

/// Keeps what the person chose to give, or withdraws it with `None`.
///
/// # Errors
/// The tool takes nothing of the kind, there is no profile yet, or it cannot be changed.
pub fn provide(tool: &Tool, id: Option<&ProvidedId>) -> Result<(), IdError> {
    if id.is_some() {
        takes_provided(tool)?;
    }
    match (profile::read(&tool.places.profile()), id) {
        (Profile::Absent, None) => Ok(()),
        (Profile::Absent, Some(_)) => Err(IdError::None),
        (Profile::Unreadable(unreadable), Some(_)) => {
            Err(IdError::Unreadable { path: tool.places.profile(), why: unreadable.why })
        }
        // Withdrawing what is not of the form of an id mends the profile.
        (Profile::Unreadable(_), None) | (Profile::Present(_), _) => Ok(profile::set_provided(&tool.places, id)?),
    }
}
