//! Words for a decision that several commands use.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::actions::context::Tool;
use crate::consent::answer::{Place, Says};
use crate::consent::decide::Decision;

/// `on`, `off` or `local`.
#[must_use]
pub fn state(decision: &Decision) -> &'static str {
    match (decision.is_yes(), decision.is_local()) {
        (true, false) => "on",
        (true, true) => "local",
        (false, _) => "off",
    }
}

/// Why it is so, in a sentence.
#[must_use]
pub fn why(decision: &Decision, tool: &Tool) -> String {
    match decision.reason() {
        Some(reason) => reason.sentence(),
        None if decision.is_local() => "recorded and shown, never sent".to_owned(),
        None if decision.answers().iter().any(|answer| answer.says == Says::Yes) => "you said yes".to_owned(),
        None => format!("nobody said no ({})", tool.manifest.consent.as_str()),
    }
}

/// What is collected for one purpose: events, and `EVENT.FIELD` where a field has a purpose of its own.
#[derive(Debug, Serialize)]
pub struct Collected {
    purpose: String,
    what: Vec<String>,
}

impl Collected {
    /// One for each purpose.
    #[must_use]
    pub fn of(collected: BTreeMap<String, Vec<String>>) -> Vec<Self> {
        collected.into_iter().map(|(purpose, what)| Self { purpose, what }).collect()
    }

    /// In a line.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}: {}", self.purpose, self.what.join(", "))
    }
}

/// Where a source says something, in words.
#[must_use]
pub fn place(place: Option<&Place>) -> String {
    match place {
        None => String::new(),
        Some(Place::Variable(name)) => format!("${name}"),
        Some(Place::File(path, None)) => path.display().to_string(),
        Some(Place::File(path, Some(line))) => format!("{}:{line}", path.display()),
    }
}
