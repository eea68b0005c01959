//! Enable: a yes, kept with what was shown; the marker goes last, so that a failure half-way leaves the no.
//!
//! Promises: a yes covers what is declared now and nothing wider; what waited before it is dropped, whatever the clock says; what
//! a newer program agreed to is not written over; without a tool it only withdraws the no for all tools. Absent: asking.

use std::path::PathBuf;

use crate::actions::context::{Context, Tool};
use crate::actions::gather::{self, Where};
use crate::actions::purge;
use crate::consent::agreement::{self, Agreement, How};
use crate::consent::answer::Question;
use crate::consent::decide::{Decision, decide};
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::identity::profile::{self, Profile, ProfileError};
use crate::manifest::declaration::Declaration;
use crate::queue::limits::DISABLE_PATIENCE;

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
    /// The agreement is a newer program's: what it says of a no is not known here.
    #[error("the yes is not kept: {} is of version {version}, which this program does not know", path.display())]
    Newer {
        /// The agreement.
        path: PathBuf,
        /// Its version.
        version: u32,
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
    if let Ok(Some(bytes)) = files::read(&tool.places.agreement(), agreement::LIMIT)
        && let Some(version) = Agreement::newer(&bytes)
    {
        return Err(EnableError::Newer { path: tool.places.agreement(), version });
    }
    writes::private_folder(tool.places.telemetry())?;
    purge::purge_before_yes(tool, DISABLE_PATIENCE, context.clock.now())?;
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
    // Without waiting for the disk: a power cut can only bring the no back, and a yes that is reported as failed must not stand.
    writes::remove(&tool.places.no())?;
    let facts = gather::facts(context, &tool.manifest, &tool.places, &Where::Here);
    Ok(decide(&facts, Question { manifest: &tool.manifest, event: None, destination: None, recorded: None }))
}

/// Withdraws the no for all tools; what still waited of `tools` is dropped. `false` when there was none.
///
/// # Errors
/// It is there and cannot be removed.
pub fn enable_all(context: &Context, tools: &[Tool]) -> Result<bool, EnableError> {
    let file = context.paths.no_for_all();
    let there = files::exists(&file)?;
    if there {
        for tool in tools {
            // One tool whose files are broken does not keep the others off: what it has waiting is from before the time below.
            purge::purge_before_yes(tool, DISABLE_PATIENCE, context.clock.now()).ok();
        }
        // First the time, then the withdrawal: what was recorded before the no stays here, whatever waited through it.
        let now = context.clock.now().rfc3339();
        writes::write_durable(&context.paths.withdrawn(), format!("{now}\n").as_bytes(), PRIVATE_FILE)?;
    }
    writes::remove(&file)?;
    Ok(there)
}
