//! What a decision is made from, as plain values.
//!
//! Promises: every source that can say no has a field here. Absent: gathering them (`actions/ask.rs`).

use std::path::PathBuf;

use crate::consent::agreement;
use crate::consent::policy::Policy;
use crate::host::clock::Timestamp;
use crate::host::facts::Ci;
use crate::identity::profile::Profile;
use crate::identity::project::{Project, Word};
use crate::manifest::switches::Said;

/// Whether a file whose existence is a no is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It is not there.
    Absent,
    /// It is there.
    There,
    /// It cannot be asked for; in words.
    Unknown(String),
}

/// Whose home it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// The acting user's.
    Ours,
    /// Another user's, as under sudo.
    OfAnother,
    /// It cannot be asked for; in words.
    Unknown(String),
}

/// What `DO_NOT_TRACK` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoNotTrack {
    /// Unset, or set to the empty string, `0` or `false`.
    Silent,
    /// Set to anything else.
    Set,
}

/// Where the files stand that the facts were read from: for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The machine's policy.
    pub policy: PathBuf,
    /// The user's no for all tools.
    pub no_for_all: PathBuf,
    /// The home.
    pub home: PathBuf,
    /// The tool's marker.
    pub marker: PathBuf,
    /// The tool's profile.
    pub profile: PathBuf,
    /// The tool's agreement.
    pub agreement: PathBuf,
}

/// All that a decision hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// 1: the machine's policy.
    pub policy: Policy,
    /// 2: `DO_NOT_TRACK`.
    pub do_not_track: DoNotTrack,
    /// 3: the tool's own variables, with their names.
    pub variables: Vec<(String, Said)>,
    /// 4: the CI that this run belongs to.
    pub ci: Option<Ci>,
    /// 5: the user's no for all tools.
    pub no_for_all: Asked,
    /// 5: when that was withdrawn last, if it ever was; what cannot be read as a time makes the no for all tools unknown.
    pub withdrawn: Option<Timestamp>,
    /// 6: the tool's marker.
    pub marker: Asked,
    /// 7: the tool's profile.
    pub profile: Profile,
    /// 7: whose home the profile lies in.
    pub home: Home,
    /// 8: the project, with its word.
    pub project: Option<(Project, Word)>,
    /// 9 and 10: what was shown and agreed to.
    pub agreement: agreement::State,
    /// Where all this was read.
    pub shown: Shown,
}

impl Facts {
    /// The latest yes that is kept, be it for this tool or the withdrawal of a no for all: nothing recorded before is ever sent.
    #[must_use]
    pub fn latest_yes(&self) -> Option<Timestamp> {
        let agreed = match &self.agreement {
            agreement::State::Given(agreement) => Some(agreement.since),
            agreement::State::Absent | agreement::State::Unreadable(_) => None,
        };
        agreed.max(self.withdrawn)
    }
}
