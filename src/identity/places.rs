//! Every path of one native tool, as one small value that creates nothing.
//!
//! `first.json`, version 1, is written once (`initial_version` may be null); one that is none, or of another version, says nothing
//! and is left as it is. `last-seen` is a day in UTC, ten bytes such as `2026-11-21`; anything else is replaced.
//!
//! ```json
//! {"version":1,"first_seen":"2026-11-21","initial_version":"1.0.0"}
//! ```
//!
//! Promises: all that `telemetry` keeps of a tool lies in `~/.TOOL/telemetry`, but for the profile, which is the tool's own.
//! Absent: reading or writing.

use std::path::{Path, PathBuf};

use crate::host::paths::Paths;
use crate::identity::foreign_places::ForeignPlaces;
use crate::identity::names::{DestinationName, ToolName};

/// The places of one tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    folder: PathBuf,
    telemetry: PathBuf,
}

impl Places {
    /// The places of `tool` below the home of `paths`.
    #[must_use]
    pub fn of(paths: &Paths, tool: &ToolName) -> Self {
        let folder = paths.home().join(format!(".{tool}"));
        let telemetry = folder.join("telemetry");
        Self { folder, telemetry }
    }

    /// The places of a foreign `tool`: what we keep of it never lies in its own folder, so both are ours.
    #[must_use]
    pub fn of_foreign(paths: &Paths, tool: &ToolName) -> Self {
        let folder = ForeignPlaces::of(paths, tool).folder().to_path_buf();
        Self { telemetry: folder.clone(), folder }
    }

    /// `~/.TOOL`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `~/.TOOL/profile.yml`: user id and consent.
    #[must_use]
    pub fn profile(&self) -> PathBuf {
        self.folder.join("profile.yml")
    }

    /// `~/.TOOL/telemetry`: all below is ours, private.
    #[must_use]
    pub fn telemetry(&self) -> &Path {
        &self.telemetry
    }

    /// The marker: its existence is a no.
    #[must_use]
    pub fn no(&self) -> PathBuf {
        self.telemetry.join("no")
    }

    /// What was agreed to, when and how.
    #[must_use]
    pub fn agreement(&self) -> PathBuf {
        self.telemetry.join("agreement.json")
    }

    /// Held while our own writes read, change and replace the profile.
    #[must_use]
    pub fn profile_lock(&self) -> PathBuf {
        self.telemetry.join("profile.lock")
    }

    /// The salt of pseudonyms; it never leaves the machine.
    #[must_use]
    pub fn salt(&self) -> PathBuf {
        self.telemetry.join("salt")
    }

    /// First seen and initial version.
    #[must_use]
    pub fn first(&self) -> PathBuf {
        self.telemetry.join("first.json")
    }

    /// Its modification time is when the tool was last seen.
    #[must_use]
    pub fn last_seen(&self) -> PathBuf {
        self.telemetry.join("last-seen")
    }

    /// Ids that went out, where and when: what a deletion request has to name.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.telemetry.join("ledger.json")
    }

    /// The queue.
    #[must_use]
    pub fn queue(&self) -> PathBuf {
        self.telemetry.join("queue")
    }

    /// Started events whose completion is still awaited, one file each.
    #[must_use]
    pub fn pairs(&self) -> PathBuf {
        self.telemetry.join("pairs")
    }

    /// What was lost, by reason.
    #[must_use]
    pub fn losses(&self) -> PathBuf {
        self.telemetry.join("losses.json")
    }

    /// Receipts.
    #[must_use]
    pub fn receipts(&self) -> PathBuf {
        self.telemetry.join("receipts")
    }

    /// How long the user wants receipts to be kept.
    #[must_use]
    pub fn retention(&self) -> PathBuf {
        self.receipts().join("retention.json")
    }

    /// How many receipts were let go of.
    #[must_use]
    pub fn removed(&self) -> PathBuf {
        self.receipts().join("removed.json")
    }

    /// Deletion requests.
    #[must_use]
    pub fn deletion(&self) -> PathBuf {
        self.telemetry.join("deletion")
    }

    /// Held by the one flusher.
    #[must_use]
    pub fn flush_lock(&self) -> PathBuf {
        self.telemetry.join("flush.lock")
    }

    /// Held from the check of consent to the answer of a request; names the request under way.
    #[must_use]
    pub fn request_lock(&self) -> PathBuf {
        self.telemetry.join("request.lock")
    }

    /// When the next flush is due that nobody asks for.
    #[must_use]
    pub fn schedule(&self) -> PathBuf {
        self.telemetry.join("schedule.json")
    }

    /// Every folder that files are written in.
    #[must_use]
    pub fn written(&self) -> Vec<PathBuf> {
        let own = ["queue", "pairs", "receipts", "deletion", "backoff", "told"].map(|name| self.telemetry.join(name));
        [self.folder.clone(), self.telemetry.clone()].into_iter().chain(own).collect()
    }

    /// Up to where a destination was told of losses.
    #[must_use]
    pub fn told(&self, destination: &DestinationName) -> PathBuf {
        self.telemetry.join("told").join(format!("{destination}.json"))
    }

    /// When a destination may be tried again.
    #[must_use]
    pub fn backoff(&self, destination: &DestinationName) -> PathBuf {
        self.telemetry.join("backoff").join(format!("{destination}.json"))
    }
}
