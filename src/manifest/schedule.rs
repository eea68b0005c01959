//! When a flush is started without anybody asking for it, as a manifest declares it.
//!
//! Promises: every default stands here with its reason. Absent: when it was started last (`queue/schedule.rs`).

use crate::host::clock::DAY_MS;

/// Usual time between two flushes, milliseconds. An hour: whoever looks with `show-payload` after a command finds it there still;
/// a server sees a day's use on that day; and no machine asks for more than 24 requests a day.
const INTERVAL_MS: i64 = 60 * 60 * 1000;
/// What chance adds to the interval at most, milliseconds. Machines that a cron job or a morning wakes together are spread over
/// a sixth of the hour, so that a receiver never sees all of them in one minute.
const JITTER_MS: i64 = 10 * 60 * 1000;
/// Fewest events that are worth a request. One: a tool that is used once a week has no others to wait for.
const EVENTS: u64 = 1;

/// Longest interval and jitter, milliseconds: a week, as the rarest senders of the field (Go) have it.
pub const LONGEST_MS: i64 = 7 * DAY_MS;
/// How long fewer events than are worth a request wait after the interval, milliseconds: they are sent the next day, and never
/// dropped for their age while a flush could have taken them.
pub const FEWER_WAIT_MS: i64 = DAY_MS;

/// When a flush is started without anybody asking for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Time from one flush to the next, milliseconds; `None` when only a person or a timer flushes.
    pub interval_ms: Option<i64>,
    /// What chance adds at most, milliseconds.
    pub jitter_ms: i64,
    /// Fewest events that are worth a request.
    pub events: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { interval_ms: Some(INTERVAL_MS), jitter_ms: JITTER_MS, events: EVENTS }
    }
}

impl Schedule {
    /// Time from one flush to the next for who flushes by a timer: the declared one, or else the usual one.
    #[must_use]
    pub fn timer_ms(&self) -> i64 {
        self.interval_ms.unwrap_or(INTERVAL_MS)
    }
}
