//! What a flush is asked for, and what it did.
//!
//! Promises: every event that left the queue is counted once. Absent: words for people.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::consent::reason::Reason;
use crate::host::clock::Timestamp;
use crate::identity::names::DestinationName;
use crate::queue::drop::Loss;

/// How a flush is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Longest for all of it.
    pub budget: Duration,
    /// Try destinations that asked to be left alone, or that were in trouble, all the same.
    pub anyway: bool,
}

/// What a flush did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// By destination.
    pub destinations: Vec<Sent>,
    /// Events that were dropped, by reason.
    pub dropped: Vec<(Loss, u64)>,
    /// Why nothing may go out, where that is so.
    pub off: Option<Reason>,
    /// Events that wait on.
    pub waiting: u64,
    /// The budget ended before the work did.
    pub out_of_time: bool,
    /// What was left untouched as it is not what its name says, is newer or cannot be read: where, and why. The rest went on.
    pub set_aside: Vec<(PathBuf, String)>,
}

impl Summary {
    /// Names what is left untouched, once.
    pub fn leave(&mut self, path: &Path, why: String) {
        if !self.set_aside.iter().any(|(other, _)| other == path) {
            self.set_aside.push((path.to_path_buf(), why));
        }
    }
}

/// What one destination was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The destination.
    pub name: DestinationName,
    /// Where it is.
    pub address: String,
    /// Payloads that the receiver has, or has some events of.
    pub payloads: u64,
    /// Events that it has.
    pub events: u64,
    /// Those among them that it said to have taken, by name or in sum; the others are delivered, and no more is known.
    pub acknowledged: u64,
    /// Events that were refused for good.
    pub refused: u64,
    /// Why it waits, and until when.
    pub trouble: Option<(String, Timestamp)>,
    /// Events that may not go there now, and why.
    pub held: Option<(Reason, u64)>,
}

impl Sent {
    /// Nothing yet.
    #[must_use]
    pub const fn nothing(name: DestinationName, address: String) -> Self {
        Self { name, address, payloads: 0, events: 0, acknowledged: 0, refused: 0, trouble: None, held: None }
    }

    /// Adds a payload that was taken: events that the receiver has, and others of it that it rejected.
    pub fn take(&mut self, events: u64, rejected: u64, acknowledged: bool) {
        self.payloads = self.payloads.saturating_add(u64::from(events > 0));
        self.events = self.events.saturating_add(events);
        self.refused = self.refused.saturating_add(rejected);
        if acknowledged {
            self.acknowledged = self.acknowledged.saturating_add(events);
        }
    }

    /// How long it is left alone from now on, milliseconds, where a trouble of this flush says so.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Option<i64> {
        let (_, until) = self.trouble.as_ref()?;
        Some(until.ms().saturating_sub(now.ms())).filter(|left| *left > 0)
    }

    /// Adds events that may not go there now; the latest reason is said.
    pub fn hold(&mut self, reason: Reason, number: u64) {
        let before = self.held.as_ref().map_or(0, |(_, before)| *before);
        self.held = Some((reason, before.saturating_add(number)));
    }
}
