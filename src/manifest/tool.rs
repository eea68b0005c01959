//! One tool, as its manifest declares it.
//!
//! Promises: what is here was checked by `parse`. Absent: where the manifest came from (`catalog`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::host::clock::DAY_MS;
use crate::identity::names::{DestinationName, ToolName};
use crate::manifest::destinations::{Deletion, Destination};
use crate::manifest::events::Event;
use crate::manifest::foreign::Foreign;
use crate::manifest::runs::{HeartbeatRule, RunRule};
use crate::manifest::schedule::Schedule;
use crate::manifest::switches::Variable;

/// A tool.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Its name.
    pub tool: ToolName,
    /// What it is, in a line.
    pub title: String,
    /// Who receives the events.
    pub controller: Option<String>,
    /// Where its privacy page is.
    pub privacy: Option<String>,
    /// Whether a yes is needed first.
    pub consent: Consent,
    /// What happens in CI.
    pub ci: CiRule,
    /// How the notice is given.
    pub notice: NoticeRule,
    /// Variables that say on or off, of a native tool.
    pub variables: Vec<Variable>,
    /// What a foreign tool's switches are; `None` for a native one.
    pub foreign: Option<Arc<Foreign>>,
    /// Facts about the machine that events carry.
    pub facts: Vec<Fact>,
    /// Ids that events carry.
    pub ids: Vec<IdKind>,
    /// Events; none for a foreign tool.
    pub events: Vec<Event>,
    /// Where events go.
    pub destinations: Vec<Destination>,
    /// How to ask for deletion.
    pub deletion: Vec<Deletion>,
    /// Bounds of the queue.
    pub limits: Limits,
    /// When a flush is started without anybody asking for it.
    pub schedule: Schedule,
    /// Which event says that a command ran, and how it ended.
    pub run: Option<RunRule>,
    /// Which event says that a server runs, and how often.
    pub heartbeat: Option<HeartbeatRule>,
}

impl Manifest {
    /// Whether it records through us.
    #[must_use]
    pub fn is_native(&self) -> bool {
        !self.events.is_empty()
    }

    /// The event of this name.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.name.as_str() == name)
    }

    /// What the events that are `wanted` are collected for: each purpose with its events and, where a field has a purpose of its own,
    /// `EVENT.FIELD`.
    #[must_use]
    pub fn collected(&self, wanted: impl Fn(&Event) -> bool) -> BTreeMap<String, Vec<String>> {
        let mut collected: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for event in self.events.iter().filter(|event| wanted(event)) {
            collected.entry(event.purpose.to_string()).or_default().push(event.name.to_string());
            for field in event.all_fields() {
                if let Some(purpose) = field.purpose.as_ref().filter(|purpose| **purpose != event.purpose) {
                    collected.entry(purpose.to_string()).or_default().push(format!("{}.{}", event.name, field.name));
                }
            }
        }
        collected
    }

    /// The destination of this name.
    #[must_use]
    pub fn destination(&self, name: &DestinationName) -> Option<&Destination> {
        self.destinations.iter().find(|destination| destination.name == *name)
    }
}

/// Whether silence is a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Nothing is recorded without a yes.
    OptIn,
    /// Events are recorded after the notice until somebody says no.
    OptOut,
}

impl Consent {
    /// The word in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptIn => "opt-in",
            Self::OptOut => "opt-out",
        }
    }
}

/// What happens in CI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CiRule {
    /// Nothing is recorded.
    No,
    /// Events are recorded and carry the CI's name.
    Tag,
}

/// How the notice is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeRule {
    /// At a terminal; that run records nothing.
    Terminal,
    /// For a server: printed to its log at one start.
    Log,
}

/// A fact about the machine or the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// The operating system's family.
    Os,
    /// The kernel's release.
    OsRelease,
    /// The processor's architecture.
    Arch,
    /// How many processors there are to use.
    CpuCount,
    /// The memory in GiB, to the nearest power of two.
    MemoryGib,
    /// The name of the time zone.
    TimeZone,
    /// A salted digest of the host's name.
    HostName,
    /// The cloud, from a closed list.
    Cloud,
    /// The cloud's region.
    Region,
    /// The runtimes that the tool names, with their versions.
    Runtime,
    /// The tool's version.
    Version,
    /// The version that was first seen here.
    InitialVersion,
    /// The day on which the tool was first seen here.
    FirstSeen,
    /// The day on which the tool was last seen before this event.
    LastSeen,
    /// The CI's name, from a closed list.
    Ci,
}

impl Fact {
    /// All facts.
    pub const ALL: [Self; 15] = [
        Self::Os,
        Self::OsRelease,
        Self::Arch,
        Self::CpuCount,
        Self::MemoryGib,
        Self::TimeZone,
        Self::HostName,
        Self::Cloud,
        Self::Region,
        Self::Runtime,
        Self::Version,
        Self::InitialVersion,
        Self::FirstSeen,
        Self::LastSeen,
        Self::Ci,
    ];

    /// The word in a manifest and in a payload.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Os => "os",
            Self::OsRelease => "os_release",
            Self::Arch => "arch",
            Self::CpuCount => "cpu_count",
            Self::MemoryGib => "memory_gib",
            Self::TimeZone => "time_zone",
            Self::HostName => "host_name",
            Self::Cloud => "cloud",
            Self::Region => "region",
            Self::Runtime => "runtime",
            Self::Version => "version",
            Self::InitialVersion => "initial_version",
            Self::FirstSeen => "first_seen",
            Self::LastSeen => "last_seen",
            Self::Ci => "ci",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Os => "the operating system's family",
            Self::OsRelease => "the kernel's release",
            Self::Arch => "the processor's architecture",
            Self::CpuCount => "how many processors the tool may use",
            Self::MemoryGib => "the memory in GiB, to the nearest power of two",
            Self::TimeZone => "the time zone's name",
            Self::HostName => "a salted digest of the host's name",
            Self::Cloud => "the cloud it runs in",
            Self::Region => "the cloud's region",
            Self::Runtime => "the runtimes and their versions that the tool names",
            Self::Version => "the tool's version",
            Self::InitialVersion => "the version first seen on this machine",
            Self::FirstSeen => "the day the tool was first seen on this machine",
            Self::LastSeen => "the day the tool was last seen on this machine",
            Self::Ci => "the name of the CI service, in CI",
        }
    }

    /// The fact of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.as_str() == name)
    }
}

/// An id that events carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    /// The user id of the profile.
    User,
    /// The project's id.
    Project,
    /// What the person chose to give.
    Provided,
}

impl IdKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::User, Self::Project, Self::Provided];

    /// The word in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Project => "project",
            Self::Provided => "provided",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::User => "a random user id",
            Self::Project => "the project's id",
            Self::Provided => "what you gave with telemetry id, if you did",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Bounds of a tool's queue. What does not fit is dropped, oldest first, and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes that wait.
    pub bytes: u64,
    /// Most events that wait.
    pub events: u64,
    /// Longest that an event waits, milliseconds.
    pub age_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        // 10 MB as .NET's channel, a tenth of what Firefox keeps; 30 days outlast a holiday and Go's 21; 100,000 events
        // of 100 bytes fill the 10 MB.
        Self { bytes: 10_000_000, events: 100_000, age_ms: 30 * DAY_MS }
    }
}
