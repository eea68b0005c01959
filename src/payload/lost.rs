//! What was lost on the way, as a receiver may be told it.
//!
//! Promises: that somebody said no, or asked to be forgotten, cannot be said here. Absent: which loss is which (`queue/told.rs`), forms.

use std::collections::BTreeMap;

/// Why events were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The queue was full, or they waited in it for too long.
    Full,
    /// They could not be read.
    Torn,
    /// They are no longer declared.
    Undeclared,
    /// The receiver refused them for good.
    Refused,
}

/// How many events were lost, by reason; no reason without events.
pub type Lost = BTreeMap<Why, u64>;
