//! What a reader makes of a dotenv file: its assignments, and the line at which it stops.
//!
//! Promises: positions are those of the source without its byte order mark, so a change can be put exactly there.
//!
//! Deliberately absent: how any reader comes to its lines.

use std::collections::BTreeMap;
use std::ops::Range;

/// One assignment, as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) name: String,
    /// What the name says after it; none where python-dotenv reads a name without `=`.
    pub(super) value: Option<String>,
    /// Where its name stands.
    pub(super) name_at: usize,
    /// What is replaced to change its value, quotes and all.
    pub(super) value_at: Range<usize>,
    /// Whether other variables are read for it.
    pub(super) follows: bool,
}

/// A line that a reader cannot read, and reads nothing after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stop {
    /// Where the line starts.
    pub(super) at: usize,
}

/// All that a reader reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) assignments: Vec<Assignment>,
    pub(super) stop: Option<Stop>,
}

/// Which of several assignments of one name counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wins {
    /// The first: what is set already is not set again.
    First,
    /// The last.
    Last,
}

impl Lines {
    /// The assignments of a name, in their order.
    pub(super) fn of<'l>(&'l self, name: &'l str) -> impl DoubleEndedIterator<Item = &'l Assignment> {
        self.assignments.iter().filter(move |assignment| assignment.name == name)
    }

    /// The assignment of a name that counts.
    pub(super) fn effective<'l>(&'l self, name: &'l str, wins: Wins) -> Option<&'l Assignment> {
        match wins {
            Wins::First => self.of(name).next(),
            Wins::Last => self.of(name).next_back(),
        }
    }

    /// What every name says but one. A name behind a byte order mark is none that a program asks for.
    pub(super) fn others(&self, name: &str, wins: Wins) -> BTreeMap<&str, Option<&str>> {
        let mut all = BTreeMap::new();
        for assignment in self
            .assignments
            .iter()
            .filter(|assignment| assignment.name != name && !assignment.name.starts_with('\u{feff}'))
        {
            let value = assignment.value.as_deref();
            match wins {
                Wins::First => {
                    all.entry(assignment.name.as_str()).or_insert(value);
                }
                Wins::Last => {
                    all.insert(assignment.name.as_str(), value);
                }
            }
        }
        all
    }
}
