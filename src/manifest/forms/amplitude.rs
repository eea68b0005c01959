//! Options of protocol `amplitude`: the project's key, and which of its two interfaces is spoken to.
//!
//! Promises: without a key there is no such form. Absent: the secret key, which reads and deletes: only the project's owner has it.

use crate::manifest::forms::key::PublicKey;
use crate::manifest::problem::Problems;
use crate::manifest::written::destination::WrittenDestination;

/// Which interface is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// Batch event upload: for queues, a thousand events a second from one id.
    Batch,
    /// HTTP V2: for single events as they happen, thirty a second from one id.
    HttpApi,
}

impl Interface {
    /// The word in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::HttpApi => "httpapi",
        }
    }
}

/// Options of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmplitudeForm {
    /// The project's key.
    pub key: PublicKey,
    /// Which interface is spoken to.
    pub interface: Interface,
}

impl AmplitudeForm {
    /// Reads them.
    pub(crate) fn read(problems: &mut Problems, written: &WrittenDestination) -> Option<Self> {
        let words = [Interface::Batch, Interface::HttpApi].map(|one| (one.as_str(), one));
        let interface = problems.choice("form", written.form.as_deref().unwrap_or("batch"), &words);
        let key = PublicKey::read(problems, written);
        Some(Self { key: key?, interface: interface? })
    }

    /// The path at which receivers listen.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        match self.interface {
            Interface::Batch => "/batch",
            Interface::HttpApi => "/2/httpapi",
        }
    }

    /// They as texts, to be told from any others.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        vec![self.interface.as_str().to_owned(), format!("key {}", self.key.as_str())]
    }
}
