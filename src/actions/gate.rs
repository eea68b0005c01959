//! The gate: what waits may go or not, asked anew whenever a file changed. Flush and preview pass through the same one.
//!
//! Promises: a Permit is for exactly what was sealed: every event of it may go, as it was sealed. Absent: the rules
//! (`consent/decide.rs`).

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::actions::ask::Asker;
use crate::consent::decide::{Decision, Permit};
use crate::consent::reason::Reason;
use crate::host::clock::Timestamp;
use crate::identity::names::DestinationName;
use crate::manifest::destinations::Destination;
use crate::manifest::events::Event;
use crate::payload::event::Who;
use crate::queue::basis::{Basis, basis_part};
use crate::queue::drop::Loss;
use crate::queue::entry::Entry;
use crate::queue::seal::Fate;
use crate::queue::sealed::Sealed;

/// Asks about what waits of one tool.
#[derive(Debug)]
pub struct Gate {
    asker: Asker,
    /// Decisions by project, event and destination, as long as no file changes; about events after the latest yes.
    decisions: HashMap<(Option<PathBuf>, String, String), Decision>,
    /// What payloads hang on, by destination.
    bases: HashMap<DestinationName, Basis>,
}

/// What is to happen to an event, and why it is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What is to happen.
    pub fate: Fate,
    /// Why it is held or dropped, where somebody said no.
    pub reason: Option<Reason>,
}

impl Gate {
    /// Asks through `asker`.
    #[must_use]
    pub fn new(asker: Asker) -> Self {
        Self { asker, decisions: HashMap::new(), bases: HashMap::new() }
    }

    /// Who asks.
    #[must_use]
    pub const fn asker(&self) -> &Asker {
        &self.asker
    }

    /// Looks whether any file changed.
    pub fn refresh(&mut self) {
        if self.asker.refresh() {
            self.decisions.clear();
        }
    }

    /// Who an event that was recorded in `project` is about.
    pub fn who(&mut self, project: Option<&Path>) -> Who {
        self.asker.who(project)
    }

    fn event(&self, name: &str) -> Option<Event> {
        self.asker.tool().manifest.event(name).cloned()
    }

    /// What is to happen to an event that waits.
    pub fn verdict(&mut self, entry: &Entry, destination: &Destination, now: Timestamp) -> Verdict {
        let drop = |code, loss| Verdict { fate: Fate::Drop(code, loss), reason: None };
        let (project, name, time) = (entry.project.as_deref(), entry.event.name.as_str(), entry.event.time);
        let aged = self.is_aged(time, now);
        let who = self.asker.who(project);
        // What was recorded before the latest yes needs a decision of its own; the rest share one.
        let decision = match self.since().is_some_and(|since| time < since) {
            true => self
                .event(name)
                .map(|event| self.asker.decide_sending(project, &event, destination, time))
                .map(Cow::Owned),
            false => self.decision(project, name, destination).map(Cow::Borrowed),
        };
        let Some(decision) = decision else { return drop("event.undeclared", Loss::Undeclared) };
        if aged {
            return drop("queue.age", Loss::Age);
        }
        let fate = match (decision.reason(), decision.dropping()) {
            (None, _) => Fate::Send { who, withheld: decision.withheld().clone() },
            (Some(_), Some(reason @ Reason::BeforeYes(_))) => Fate::Drop(reason.code(), Loss::BeforeYes),
            (Some(_), Some(reason)) => Fate::Drop(reason.code(), Loss::No),
            (Some(_), None) => Fate::Hold,
        };
        Verdict { fate, reason: decision.reason().cloned() }
    }

    fn is_aged(&self, time: Timestamp, now: Timestamp) -> bool {
        time.plus_ms(self.asker.tool().manifest.limits.age_ms) < now
    }

    /// The latest yes that is kept, be it for this tool or the withdrawal of a no for all.
    fn since(&self) -> Option<Timestamp> {
        self.asker.facts().latest_yes()
    }

    /// Leave to send exactly what was sealed; `None` when any event of it may not go, or not as it was sealed, or waited for too
    /// long.
    pub fn permit(&mut self, destination: &Destination, sealed: &Sealed, now: Timestamp) -> Option<Permit> {
        if self.is_aged(sealed.oldest, now) {
            return None;
        }
        let who = self.asker.who(sealed.project.as_deref());
        let mut names: Vec<&str> = sealed.events.iter().map(|event| event.event.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let (mut parts, mut permit) = (Vec::new(), None);
        for name in names {
            let decision = self.decision(sealed.project.as_deref(), name, destination)?;
            permit = Some(decision.permit()?);
            let withheld = decision.withheld().clone();
            parts.push(basis_part(&self.asker.tool().manifest, name, &who, &withheld));
        }
        let fresh = self.since().is_none_or(|since| sealed.oldest >= since);
        let basis = self.bases.entry(destination.name.clone()).or_insert_with(|| Basis::of(destination));
        permit.filter(|_| fresh && basis.over(parts) == sealed.basis)
    }

    /// The decision about an event of this name, whenever it was recorded.
    fn decision(&mut self, project: Option<&Path>, name: &str, destination: &Destination) -> Option<&Decision> {
        let key = (project.map(Path::to_path_buf), name.to_owned(), destination.name.to_string());
        if !self.decisions.contains_key(&key) {
            let event = self.event(name)?;
            let ever = Timestamp::from_ms(i64::MAX);
            let decision = self.asker.decide_sending(project, &event, destination, ever);
            self.decisions.insert(key.clone(), decision);
        }
        self.decisions.get(&key)
    }

    /// What is left out of a payload, in words.
    pub fn left_out(&mut self, destination: &Destination, sealed: &Sealed) -> Vec<String> {
        let mut words = Vec::new();
        for event in &sealed.events {
            let decision = self.decision(sealed.project.as_deref(), &event.event, destination);
            words.extend(decision.map(|decision| decision.withheld().words()).unwrap_or_default());
        }
        words.sort_unstable();
        words.dedup();
        words
    }
}
