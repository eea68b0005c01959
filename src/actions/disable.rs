//! Disable: the marker first, then the profile, both read back; then what waits is dropped.
//!
//! Promises: a no that did not land is an error; a profile that cannot be read is left as it is (it is a no already); a request
//! under way is waited for and then named. Absent: anything sent: no farewell.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::actions::context::{Context, Tool};
use crate::actions::flush;
use crate::actions::gather::{self, Where};
use crate::actions::purge::{self, Purged};
use crate::consent::agreement::{self, Agreement, How};
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::sign::{self, Signed};
use crate::host::writes;
use crate::identity::names::ToolName;
use crate::identity::places::Places;
use crate::identity::profile::{self, Profile, ProfileError, Tracking};
use crate::identity::project::{self, Change, Project, ProjectError};
use crate::queue::drop::Loss;
use crate::queue::limits::DISABLE_PATIENCE;

/// Why a no did not land.
#[derive(Debug, thiserror::Error)]
pub enum DisableError {
    /// The marker could not be made.
    #[error("the no is not kept: {0}")]
    Marker(FileError),
    /// The marker was made and is not there.
    #[error("the no is not kept: {} was written and is not there", .0.display())]
    NotThere(PathBuf),
    /// The marker is there and the profile still says yes.
    #[error("the no is kept by {}, but the profile still says yes: {source}", marker.display())]
    Profile {
        /// The marker, which holds.
        marker: PathBuf,
        /// Why the profile could not be changed.
        source: ProfileError,
    },
    /// The no is kept; what waits could not be dropped.
    #[error("the no is kept, but what waits could not be dropped: {0}")]
    Purge(FileError),
    /// The no is kept and all the rest is done; only the disk did not confirm it.
    #[error("the no holds, but the disk did not confirm it: a power cut may lose {}: {source}", marker.display())]
    Unconfirmed {
        /// The marker, which holds.
        marker: PathBuf,
        /// What the disk said.
        source: FileError,
    },
}

/// What became of the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileChange {
    /// It says false now.
    SaysNo,
    /// It cannot be read, which is a no, and was left as it is; in words.
    LeftUnreadable(String),
}

/// A no that landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disabled {
    /// The marker, read back.
    pub marker: PathBuf,
    /// The profile, read back.
    pub profile: ProfileChange,
    /// A request that was under way and did not end in two seconds: its destination, address and digest.
    pub under_way: Option<String>,
    /// What waited.
    pub purged: Purged,
}

/// Says no for one tool. It needs no manifest: a no for a tool whose manifest is broken is kept as well.
///
/// # Errors
/// The no did not land, in whole or in part; the error says which.
pub fn disable(context: &Context, name: &ToolName, tool: Option<&Tool>, loss: Loss) -> Result<Disabled, DisableError> {
    let places = Places::of(&context.paths, name);
    let marker = places.no();
    let text = format!("no, since {}\n", context.clock.now().rfc3339());
    let signed = sign(&marker, &text, Some(&places.agreement()))?;
    let profile = profile_says_no(&places);
    withdraw_yes(&places);
    // A profile that cannot be changed, as on a full disk, keeps nothing waiting: the marker holds.
    let dropped = drop_waiting(context, &places, tool, loss);
    let profile = profile.map_err(|source| DisableError::Profile { marker: marker.clone(), source })?;
    let (under_way, purged) = dropped.map_err(DisableError::Purge)?;
    confirmed(signed, &marker)?;
    Ok(Disabled { marker, profile, under_way, purged })
}

/// Makes a marker in its folder and looks whether it is there. One that is there counts, whatever failed, and so does one that was made
/// and cannot be looked at: what cannot be asked for is a no as well.
fn sign(marker: &Path, text: &str, instead: Option<&Path>) -> Result<Signed, DisableError> {
    let folder = marker.parent().map_or(Ok(()), writes::private_folder);
    let made = folder.and_then(|()| sign::create(marker, text, instead));
    match (made, files::exists(marker)) {
        (Ok(signed), Ok(true)) => Ok(signed),
        (Ok(_), Ok(false)) => Err(DisableError::NotThere(marker.to_path_buf())),
        (Ok(_), Err(error)) | (Err(error), Ok(true)) => Ok(Signed::Unconfirmed(error)),
        (Err(error), Ok(false) | Err(_)) => Err(DisableError::Marker(error)),
    }
}

/// Waits for the request under way, then drops what waits.
fn drop_waiting(
    context: &Context,
    places: &Places,
    tool: Option<&Tool>,
    loss: Loss,
) -> Result<(Option<String>, Purged), FileError> {
    let under_way = flush::under_way(&places.request_lock(), DISABLE_PATIENCE)?;
    let purged = match tool {
        Some(tool) => purge::purge(tool, loss, patience(under_way.as_ref()), context.clock.now())?,
        None => Purged::LeftToFlusher,
    };
    Ok((under_way, purged))
}

/// A no that is there counts, so this comes last: all else is done by then.
fn confirmed(signed: Signed, marker: &Path) -> Result<(), DisableError> {
    match signed {
        Signed::Durably => Ok(()),
        Signed::Unconfirmed(source) => Err(DisableError::Unconfirmed { marker: marker.to_path_buf(), source }),
    }
}

fn profile_says_no(places: &Places) -> Result<ProfileChange, ProfileError> {
    if let Profile::Unreadable(unreadable) = profile::read(&places.profile()) {
        return Ok(ProfileChange::LeftUnreadable(unreadable.why));
    }
    profile::set_tracking(places, false)?;
    match profile::read(&places.profile()) {
        Profile::Present(contents) if matches!(contents.tracking, Tracking::False(_)) => Ok(ProfileChange::SaysNo),
        Profile::Unreadable(unreadable) => Ok(ProfileChange::LeftUnreadable(unreadable.why)),
        Profile::Present(_) | Profile::Absent => Err(ProfileError::Held(places.profile().display().to_string())),
    }
}

/// Who waited for a request in vain waits no longer: its flusher drops what is left.
const fn patience(under_way: Option<&String>) -> Duration {
    if under_way.is_some() { Duration::ZERO } else { DISABLE_PATIENCE }
}

/// A yes that was withdrawn is no yes any more, even if somebody removes the marker: that they were told is what is left of it.
/// The marker holds the no, so that a failure here loses nothing.
fn withdraw_yes(places: &Places) {
    let Ok(Some(bytes)) = files::read(&places.agreement(), agreement::LIMIT) else { return };
    if let Ok(given) = Agreement::from_bytes(&bytes)
        && matches!(given.how, How::Enable | How::Variable)
    {
        let told = Agreement { how: How::Notice, ..given };
        writes::write_durable(&places.agreement(), &told.to_bytes(), PRIVATE_FILE).ok();
    }
}

/// A no for all tools that landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisabledAll {
    /// The file whose existence is the no.
    pub file: PathBuf,
    /// Events that were dropped, by tool.
    pub dropped: Vec<(ToolName, u64)>,
    /// Requests that were under way and did not end in two seconds, by tool.
    pub under_way: Vec<(ToolName, String)>,
}

/// Says no for all tools; what waits of `tools` is dropped.
///
/// # Errors
/// The no did not land.
pub fn disable_all(context: &Context, tools: &[Tool]) -> Result<DisabledAll, DisableError> {
    let file = context.paths.no_for_all();
    let text = format!("no for all tools, since {}\n", context.clock.now().rfc3339());
    let signed = sign(&file, &text, None)?;
    let (mut dropped, mut under_way, mut failed) = (Vec::new(), Vec::new(), Ok(()));
    for tool in tools {
        let name = tool.manifest.tool.clone();
        match drop_waiting(context, &tool.places, Some(tool), Loss::No) {
            Ok((request, purged)) => {
                under_way.extend(request.map(|request| (name.clone(), request)));
                if let Purged::Dropped(number) = purged {
                    dropped.push((name, number));
                }
            }
            // One tool whose files are broken does not keep what the others have waiting.
            Err(error) => failed = failed.and(Err(DisableError::Purge(error))),
        }
    }
    failed?;
    confirmed(signed, &file)?;
    Ok(DisabledAll { file, dropped, under_way })
}

/// Whether the user said no for all tools.
#[must_use]
pub fn is_disabled_for_all(context: &Context) -> bool {
    files::exists(&context.paths.no_for_all()).unwrap_or(true)
}

/// Works out the project's no: an empty telemetry id in the config of the project here.
///
/// # Errors
/// There is no project here, or its config cannot be changed safely.
pub fn plan_project(context: &Context, tool: &Tool) -> Result<(Project, Change), ProjectNoError> {
    let facts = gather::facts(context, &tool.manifest, &tool.places, &Where::Here);
    let Some((found, _)) = facts.project else { return Err(ProjectNoError::NoProject) };
    let change = project::plan(&found, None)?;
    Ok((found, change))
}

/// Why a project's no cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ProjectNoError {
    /// There is no project here.
    #[error("no project of this tool at or above the working directory")]
    NoProject,
    /// Its config.
    #[error(transparent)]
    Project(#[from] ProjectError),
}
