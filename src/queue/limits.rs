//! All bounds of queueing, trying again and keeping, each with its reason.
//!
//! Promises: no other number of this kind stands elsewhere. Absent: what a manifest may set (`manifest/tool.rs`).

use std::time::Duration;

use crate::host::clock::DAY_MS;

/// A segment holds at most this part of the queue's bounds: small enough that dropping the oldest one loses little, large
/// enough that a full queue is a handful of files.
pub const SEGMENTS: u64 = 8;
/// Longest that recording waits for a lock: below what anybody feels, and the field's `track` has nothing to do but this.
pub const APPEND_PATIENCE: Duration = Duration::from_millis(10);
/// Longest line of an event that is read, bytes: 64 fields of 4 KiB.
pub const LONGEST_LINE: usize = 256 * 1024;
/// Longest that `disable` waits for the request under way: a person waits for the command.
pub const DISABLE_PATIENCE: Duration = Duration::from_secs(2);

/// Longest that a flusher waits for a process that appends: that takes microseconds, unless somebody stopped it.
pub const CLAIM_PATIENCE: Duration = Duration::from_millis(200);

/// Longest that a flush waits for another to end: a program that was just starting children may hold a lock for as long as they
/// take to begin.
pub const FLUSH_PATIENCE: Duration = Duration::from_millis(250);

/// Longest for connecting: an address that does not answer in five seconds will not.
pub const CONNECT: Duration = Duration::from_secs(5);
/// Longest for one request: twice what the slowest healthy receivers take (.NET and Segment wait 10 s).
pub const REQUEST: Duration = Duration::from_secs(10);
/// Longest for one flush that nobody bounded: a person at a terminal gives up after half a minute.
pub const FLUSH: Duration = Duration::from_secs(30);

/// Longest that a flush lives which nobody waits for: twice its budget, for what the budget does not bound (a disk that hangs, a
/// name that is looked up).
pub const DETACHED_LIFE: Duration = Duration::from_secs(60);

/// Least time in which a request is begun: a healthy receiver at the other end of the world answers within it, a new connection
/// and TLS included. Begun with less, it would be cut off by ourselves, and then nobody knows whether it arrived.
pub const LEAST_REQUEST: Duration = Duration::from_millis(500);

/// Whether too little is left of `budget` to begin a request. Of a small budget the first half is enough.
#[must_use]
pub fn is_too_late(left: Duration, budget: Duration) -> bool {
    left.is_zero() || left < LEAST_REQUEST.min(budget / 2)
}

/// First wait after trouble, milliseconds; it doubles with every further trouble.
pub const BACKOFF_FIRST_MS: i64 = 30_000;
/// Longest wait after trouble, milliseconds: a destination that comes back is found within a quarter of a day.
pub const BACKOFF_MOST_MS: i64 = 6 * 60 * 60 * 1000;
/// Wait after an answer that says that the destination itself is wrong (401, 404, a redirect): asking again soon is useless.
pub const MISCONFIGURED_MS: i64 = DAY_MS;
/// Longest wait that a server may ask for, milliseconds: a day, so that a wrong header cannot silence a destination.
pub const RETRY_AFTER_MOST_MS: i64 = DAY_MS;

/// Age from which a half-written file is what a kill left behind: no write of ours takes a minute.
pub const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// How many days receipts are kept unless the user says otherwise: a quarter, the longest that a question about them takes.
pub const RECEIPTS_DAYS: u32 = 90;
/// Most bytes of receipts unless the user says otherwise: twice the queue.
pub const RECEIPTS_BYTES: u64 = 20_000_000;
/// Bytes after which a new file of receipts is begun: a twentieth of what is kept.
pub const RECEIPTS_FILE_BYTES: u64 = 1_000_000;
/// Most bytes of an answer that a receipt keeps: a reason, not a page.
pub const RECEIPT_ANSWER: usize = 2048;

/// How often a receiver may divide what it is sent within one flush: halving 500 events down to single ones takes nine.
pub const MOST_ROUNDS: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_begun_only_with_time_for_an_answer() {
        let ms = Duration::from_millis;
        for (left, budget, late) in [
            (30_000, 30_000, false),
            (500, 30_000, false),
            (499, 30_000, true),
            (0, 30_000, true),
            (600, 600, false),
            (300, 600, false),
            (299, 600, true),
            (0, 0, true),
        ] {
            assert_eq!(is_too_late(ms(left), ms(budget)), late, "{left} ms of {budget} ms");
        }
    }
}
