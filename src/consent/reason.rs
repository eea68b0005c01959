//! Reasons: a closed list, each with a stable code, a sentence and what changes it.
//!
//! Promises: a code never changes its meaning; scripts may go by it. Absent: anything of a file's content.

use crate::host::clock::Timestamp;
use crate::identity::names::ToolName;

/// Who was asked, in the order of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// 1.
    Policy,
    /// 2.
    DoNotTrack,
    /// 3.
    Variables,
    /// 4.
    Ci,
    /// 5.
    NoForAll,
    /// 6.
    Marker,
    /// 7.
    Profile,
    /// 8.
    Project,
    /// 9.
    Notice,
    /// 10.
    Agreement,
    /// The last rule: under opt-in without a yes, no.
    Consent,
}

impl Source {
    /// All sources, in order.
    pub const ALL: [Self; 11] = [
        Self::Policy,
        Self::DoNotTrack,
        Self::Variables,
        Self::Ci,
        Self::NoForAll,
        Self::Marker,
        Self::Profile,
        Self::Project,
        Self::Notice,
        Self::Agreement,
        Self::Consent,
    ];

    /// Its stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::DoNotTrack => "do-not-track",
            Self::Variables => "variables",
            Self::Ci => "ci",
            Self::NoForAll => "user",
            Self::Marker => "marker",
            Self::Profile => "profile",
            Self::Project => "project",
            Self::Notice => "notice",
            Self::Agreement => "agreement",
            Self::Consent => "consent",
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Policy => "machine policy",
            Self::DoNotTrack => "DO_NOT_TRACK",
            Self::Variables => "the tool's variables",
            Self::Ci => "CI",
            Self::NoForAll => "your no for all tools",
            Self::Marker => "your no for this tool",
            Self::Profile => "profile",
            Self::Project => "project",
            Self::Notice => "notice",
            Self::Agreement => "agreement",
            Self::Consent => "yes or silence",
        }
    }
}

/// Why the answer is no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The policy does not allow the tool.
    PolicyTool,
    /// The policy does not allow this purpose.
    PolicyPurpose(String),
    /// The policy does not allow this destination.
    PolicyDestination(String),
    /// The policy cannot be read.
    PolicyUnreadable(String),
    /// `DO_NOT_TRACK` is set.
    DoNotTrack,
    /// This variable says off.
    VariableOff(String),
    /// This variable has a value that the manifest does not declare.
    VariableUndeclared(String),
    /// This variable, which the destination follows, has a value that cannot be followed, for this reason.
    VariableUnfit(String, String),
    /// This is a CI run, recognised by this variable.
    Ci(String),
    /// The user's no for all tools.
    UserNo,
    /// The user's no for all tools cannot be asked for.
    UserUnknown(String),
    /// The tool's marker.
    ToolNo,
    /// The tool's marker cannot be asked for.
    ToolUnknown(String),
    /// The profile says false.
    ProfileNo,
    /// The profile says something other than true.
    ProfileOther,
    /// The profile does not say.
    ProfileSilent,
    /// The profile cannot be read.
    ProfileUnreadable(String),
    /// The home belongs to another user.
    HomeOfAnother,
    /// The home cannot be asked for.
    HomeUnknown(String),
    /// The project has no telemetry id.
    ProjectNoId,
    /// The project's config cannot be read.
    ProjectUnreadable(String),
    /// The project that an event was recorded in is gone.
    ProjectGone,
    /// Nobody was told yet.
    NoticePending,
    /// What was agreed to cannot be read.
    AgreementUnreadable(String),
    /// This event is not in what was agreed.
    AgreementEvent(String),
    /// This purpose is not in what was agreed.
    AgreementPurpose(String),
    /// This destination, or its address, is not in what was agreed.
    AgreementDestination(String),
    /// Opt-in without a yes.
    NotAsked,
    /// The mode is local: recorded and shown, never sent.
    Local,
    /// Recorded while the mode was local.
    RecordedLocal,
    /// Recorded before the latest yes, which dates from then.
    BeforeYes(Timestamp),
    /// There is no home to keep consent in.
    NoHome,
}

/// What a no does to events that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// They wait on.
    Hold,
    /// They are dropped.
    Drop,
}

impl Reason {
    /// Its stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PolicyTool => "policy.tool",
            Self::PolicyPurpose(_) => "policy.purpose",
            Self::PolicyDestination(_) => "policy.destination",
            Self::PolicyUnreadable(_) => "policy.unreadable",
            Self::DoNotTrack => "do-not-track.set",
            Self::VariableOff(_) => "variable.off",
            Self::VariableUndeclared(_) => "variable.undeclared",
            Self::VariableUnfit(..) => "variable.unfit",
            Self::Ci(_) => "ci.detected",
            Self::UserNo => "user.no",
            Self::UserUnknown(_) => "user.unknown",
            Self::ToolNo => "marker.no",
            Self::ToolUnknown(_) => "marker.unknown",
            Self::ProfileNo => "profile.no",
            Self::ProfileOther => "profile.not-true",
            Self::ProfileSilent => "profile.silent",
            Self::ProfileUnreadable(_) => "profile.unreadable",
            Self::HomeOfAnother => "home.of-another",
            Self::HomeUnknown(_) => "home.unknown",
            Self::ProjectNoId => "project.no-id",
            Self::ProjectUnreadable(_) => "project.unreadable",
            Self::ProjectGone => "project.gone",
            Self::NoticePending => "notice.pending",
            Self::AgreementUnreadable(_) => "agreement.unreadable",
            Self::AgreementEvent(_) => "agreement.event",
            Self::AgreementPurpose(_) => "agreement.purpose",
            Self::AgreementDestination(_) => "agreement.destination",
            Self::NotAsked => "consent.not-asked",
            Self::Local => "mode.local",
            Self::RecordedLocal => "recorded.local",
            Self::BeforeYes(_) => "recorded.before-yes",
            Self::NoHome => "home.missing",
        }
    }

    /// In a sentence without its full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::PolicyTool => "the machine's policy does not allow this tool".to_owned(),
            Self::PolicyPurpose(purpose) => format!("the machine's policy does not allow the purpose {purpose}"),
            Self::PolicyDestination(address) => {
                format!("the machine's policy does not allow the destination {address}")
            }
            Self::PolicyUnreadable(why) => format!("the machine's policy cannot be read: {why}"),
            Self::DoNotTrack => "DO_NOT_TRACK is set".to_owned(),
            Self::VariableOff(name) => format!("{name} says off"),
            Self::VariableUndeclared(name) => format!("{name} has a value that means neither on nor off"),
            Self::VariableUnfit(name, why) => format!("{name} cannot be followed: {why}"),
            Self::Ci(variable) => format!("this is a CI run ({variable} is set)"),
            Self::UserNo => "you said no for all tools".to_owned(),
            Self::UserUnknown(why) => format!("whether you said no for all tools cannot be known: {why}"),
            Self::ToolNo => "you said no for this tool".to_owned(),
            Self::ToolUnknown(why) => format!("whether you said no for this tool cannot be known: {why}"),
            Self::ProfileNo => "the profile says anonymous_tracking: false".to_owned(),
            Self::ProfileOther => "the profile's anonymous_tracking is something other than true".to_owned(),
            Self::ProfileSilent => "the profile has no anonymous_tracking".to_owned(),
            Self::ProfileUnreadable(why) => format!("the profile cannot be read: {why}"),
            Self::HomeOfAnother => "the home belongs to another user (sudo?)".to_owned(),
            Self::HomeUnknown(why) => format!("the home cannot be asked for: {why}"),
            Self::ProjectNoId => "the project has no telemetry id, so it does not take part".to_owned(),
            Self::ProjectUnreadable(why) => format!("the project's config cannot be read: {why}"),
            Self::ProjectGone => "the project's config is gone, so the project cannot be asked".to_owned(),
            Self::NoticePending => "nobody was told yet that this tool has telemetry".to_owned(),
            Self::AgreementUnreadable(why) => format!("what was agreed to cannot be read: {why}"),
            Self::AgreementEvent(event) => format!("the event {event} is not in what was agreed"),
            Self::AgreementPurpose(purpose) => format!("the purpose {purpose} is not in what was agreed"),
            Self::AgreementDestination(address) => format!("the destination {address} is not in what was agreed"),
            Self::NotAsked => "it needs a yes, and nobody gave one".to_owned(),
            Self::Local => "collection is local: events are recorded and shown, never sent".to_owned(),
            Self::RecordedLocal => "it was recorded while collection was local".to_owned(),
            Self::BeforeYes(since) => format!("it was recorded before the latest yes ({})", since.rfc3339()),
            Self::NoHome => "there is no home directory to keep consent in".to_owned(),
        }
    }

    /// What changes it: a command where there is one.
    #[must_use]
    pub fn change(&self, tool: &ToolName) -> String {
        match self {
            Self::PolicyTool | Self::PolicyPurpose(_) | Self::PolicyDestination(_) | Self::PolicyUnreadable(_) => {
                "the administrator of this machine keeps the policy".to_owned()
            }
            Self::DoNotTrack => "unset DO_NOT_TRACK".to_owned(),
            Self::VariableOff(name)
            | Self::VariableUndeclared(name)
            | Self::VariableUnfit(name, _)
            | Self::Ci(name) => format!("unset {name}"),
            Self::UserNo => "telemetry enable".to_owned(),
            Self::UserUnknown(_) | Self::ToolUnknown(_) => "make the folder readable".to_owned(),
            Self::HomeUnknown(_) => "make sure that the home exists and can be read".to_owned(),
            Self::ToolNo
            | Self::ProfileNo
            | Self::ProfileOther
            | Self::ProfileSilent
            | Self::NoticePending
            | Self::AgreementUnreadable(_)
            | Self::AgreementEvent(_)
            | Self::AgreementPurpose(_)
            | Self::AgreementDestination(_)
            | Self::NotAsked
            | Self::Local => format!("telemetry enable {tool}"),
            Self::ProfileUnreadable(_) => format!("mend the profile, then telemetry enable {tool}"),
            Self::HomeOfAnother => "run it as the user whose home it is".to_owned(),
            Self::ProjectNoId => format!("telemetry init {tool}"),
            Self::ProjectUnreadable(_) => "mend the project's config".to_owned(),
            Self::ProjectGone => "bring the project back; the event waits until it is too old".to_owned(),
            Self::RecordedLocal | Self::BeforeYes(_) => "nothing: it is never sent".to_owned(),
            Self::NoHome => "set HOME or TELEMETRY_HOME".to_owned(),
        }
    }

    /// What it does to events that wait: a no that somebody wrote into a file drops them; variables, CI, the policy and what
    /// cannot be read hold them; what was recorded before the latest yes is never sent, so it need not wait.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        match self {
            Self::UserNo
            | Self::ToolNo
            | Self::ProfileNo
            | Self::ProfileOther
            | Self::ProfileSilent
            | Self::ProjectNoId
            | Self::BeforeYes(_) => Effect::Drop,
            Self::PolicyTool
            | Self::PolicyPurpose(_)
            | Self::PolicyDestination(_)
            | Self::PolicyUnreadable(_)
            | Self::DoNotTrack
            | Self::VariableOff(_)
            | Self::VariableUndeclared(_)
            | Self::VariableUnfit(..)
            | Self::Ci(_)
            | Self::UserUnknown(_)
            | Self::ToolUnknown(_)
            | Self::ProfileUnreadable(_)
            | Self::HomeOfAnother
            | Self::HomeUnknown(_)
            | Self::ProjectUnreadable(_)
            | Self::ProjectGone
            | Self::NoticePending
            | Self::AgreementUnreadable(_)
            | Self::AgreementEvent(_)
            | Self::AgreementPurpose(_)
            | Self::AgreementDestination(_)
            | Self::NotAsked
            | Self::Local
            | Self::RecordedLocal
            | Self::NoHome => Effect::Hold,
        }
    }
}
