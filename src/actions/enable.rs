//! Enable: a yes, kept with what was shown; the marker goes last, so that a failure half-way leaves the no.
//!
//! Promises: a yes covers what is declared now and nothing wider; without a tool it only withdraws the no for all tools.
//! Absent: asking.

use std::path::PathBuf;

use crate::actions::ask::{self, Where};
use crate::actions::context::{Context, Tool};
use crate::consent::agreement::{Agreement, How};
use crate::consent::answer::Question;
use crate::consent::decide::{Decision, decide};
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::identity::profile::{self, Profile, ProfileError};
use crate::manifest::declaration::Declaration;

/// Why a yes did not land.
#[derive(Debug, thiserror::Error)]
pub enum EnableError {
    /// The disk.
    #[error("the yes is not kept: {0}")]
    File(#[from] FileError),
    /// The profile.
    #[error("the yes is not kept: {0}")]
    Profile(#[from] ProfileError),
    /// Under sudo, a yes would be written into somebody else's home.
    #[error("the yes is not kept: the home {0} belongs to another user (sudo?)")]
    OfAnother(String),
    /// The profile is broken: a yes cannot be written into it.
    #[error("the yes is not kept: the profile {} cannot be read: {why}", path.display())]
    Unreadable {
        /// The profile.
        path: PathBuf,
        /// In words.
        why: String,
    },
}

/// Says yes for one tool. What comes back is the decision that holds now: something else may still say no.
///
/// # Errors
/// The yes did not land; what said no before still does.
pub fn enable(context: &Context, tool: &Tool, local: bool) -> Result<Decision, EnableError> {
    if let Profile::Unreadable(unreadable) = profile::read(&tool.places.profile()) {
        return Err(EnableError::Unreadable { path: tool.places.profile(), why: unreadable.why });
    }
    let home = context.paths.home();
    if files::exists(home)? && files::owner(home)? != files::acting_user() {
        return Err(EnableError::OfAnother(home.display().to_string()));
    }
    writes::private_folder(tool.places.telemetry())?;
    if local {
        // Before anything says yes, so that a failure half-way never sends what was meant to stay.
        profile::ensure_local(&tool.places)?;
    }
    let agreement =
        Agreement { how: How::Enable, since: context.clock.now(), declaration: Declaration::of(&tool.manifest) };
    writes::write_durable(&tool.places.agreement(), &agreement.to_bytes(), PRIVATE_FILE)?;
    profile::set_tracking(&tool.places, true)?;
    if !local {
        profile::set_local(&tool.places, false)?;
    }
    writes::remove_durable(&tool.places.no())?;
    let facts = ask::facts(context, &tool.manifest, &tool.places, &Where::Here);
    Ok(decide(&facts, Question { manifest: &tool.manifest, event: None, destination: None, recorded: None }))
}

/// Withdraws the no for all tools; `false` when there was none.
///
/// # Errors
/// It is there and cannot be removed.
pub fn enable_all(context: &Context) -> Result<bool, EnableError> {
    let file = context.paths.no_for_all();
    let there = files::exists(&file)?;
    if there {
        // First the time, then the withdrawal: what was recorded before the no stays here, whatever waited through it.
        let now = context.clock.now().rfc3339();
        writes::write_durable(&context.paths.withdrawn(), format!("{now}\n").as_bytes(), PRIVATE_FILE)?;
    }
    writes::remove_durable(&file)?;
    Ok(there)
}
