//! Options of protocol `posthog`: the project's key, which of its two interfaces is spoken to, the application's name.
//!
//! Promises: without a key there is no such form. Absent: personal keys, which read and delete: they are a secret.

use crate::manifest::forms::key::PublicKey;
use crate::manifest::problem::Problems;
use crate::manifest::written::destination::WrittenDestination;

/// Longest name of an application, characters.
const LONGEST_NAME: usize = 200;

/// Which interface is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// Capture v0: every server has it; its yes says nothing of single events.
    Batch,
    /// Capture v1: it says of each event what became of it.
    Events,
}

impl Interface {
    /// The word in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Events => "events",
        }
    }
}

/// Options of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostHogForm {
    /// The project's key.
    pub key: PublicKey,
    /// Which interface is spoken to.
    pub interface: Interface,
    /// The application's name at the receiver; without it the tool's.
    pub app: Option<String>,
}

impl PostHogForm {
    /// Reads them.
    pub(crate) fn read(problems: &mut Problems, written: &WrittenDestination) -> Option<Self> {
        let words = [Interface::Batch, Interface::Events].map(|one| (one.as_str(), one));
        let interface = problems.choice("form", written.form.as_deref().unwrap_or("batch"), &words);
        let app = written.app.as_deref().map(|app| problems.text("app", app, LONGEST_NAME));
        let key = PublicKey::read(problems, written);
        Some(Self { key: key?, interface: interface?, app })
    }

    /// The path at which receivers listen.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        match self.interface {
            Interface::Batch => "/batch/",
            Interface::Events => "/i/v1/analytics/events",
        }
    }

    /// Headers that requests bring.
    #[must_use]
    pub const fn headers(&self) -> &'static [&'static str] {
        match self.interface {
            Interface::Batch => &[],
            Interface::Events => &[
                "authorization",
                "posthog-sdk-info",
                "posthog-attempt",
                "posthog-request-id",
                "posthog-request-timestamp",
            ],
        }
    }

    /// They as texts, to be told from any others.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let app = self.app.iter().map(|app| format!("app {app}"));
        [self.interface.as_str().to_owned(), format!("key {}", self.key.as_str())].into_iter().chain(app).collect()
    }
}
