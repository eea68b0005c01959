//! Options of protocol `otlp`: what the service is called, and whether the operator's variables are followed.
//!
//! Promises: nothing is followed unless the manifest says so. Absent: reading variables (`manifest/follow.rs`).

use crate::manifest::forms::follow::Following;
use crate::manifest::problem::Problems;
use crate::manifest::written::destination::WrittenDestination;

/// Longest name of a service, characters: as people see it in a table.
const LONGEST_APP: usize = 100;

/// Options of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtlpForm {
    /// `service.name`; the tool's name without it.
    pub app: Option<String>,
    /// What the variables of OpenTelemetry say, where they are followed.
    pub follow: Option<Following>,
}

impl OtlpForm {
    /// Reads them.
    pub(crate) fn read(problems: &mut Problems, written: &WrittenDestination) -> Option<Self> {
        let app = written.app.as_deref().map(|app| problems.text("app", app, LONGEST_APP));
        let follow = match &written.follow {
            None => None,
            Some(word) => {
                if written.file.is_some() {
                    problems.say_at("follow", "it means nothing for a file");
                }
                Some(problems.choice("follow", word, &[("otel", ())]).map(|()| Following::default())?)
            }
        };
        Some(Self { app, follow })
    }

    /// They as texts, to be told from any others. What is followed changes the address, the headers and the packing, which are
    /// told from others anyway.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        self.app.iter().map(|app| format!("app {app}")).collect()
    }
}
