//! When a destination may be tried again, kept across processes in `~/.TOOL/telemetry/backoff/DESTINATION.json`.
//!
//! Version 1: one JSON object without spaces and without a newline at its end. `not_before_ms`: milliseconds since 1970; `attempts`:
//! how often in vain; `why`: in words.
//!
//! ```json
//! {"version":1,"not_before_ms":1795237731999,"attempts":2,"why":"it answered 503"}
//! ```
//!
//! What cannot be read, or is of another version, is no trouble: the destination is asked, and the next trouble replaces the file.
//!
//! Promises: the wait doubles with every trouble, with full jitter, and is never shorter than what the server asked for (up to a
//! day); a clock that was set back does not silence a destination for longer than the wait itself. Absent: waiting.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::queue::limits::{BACKOFF_FIRST_MS, BACKOFF_MOST_MS, MISCONFIGURED_MS, RETRY_AFTER_MOST_MS};

/// Largest file, bytes.
const LIMIT: usize = 4096;

/// A destination's trouble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backoff {
    version: u32,
    not_before_ms: i64,
    attempts: u32,
    why: String,
}

impl Backoff {
    /// When it may be tried again.
    #[must_use]
    pub const fn not_before(&self) -> Timestamp {
        Timestamp::from_ms(self.not_before_ms)
    }

    /// How often it was tried in vain.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Why, in words of ours.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }

    /// Whether it has to wait at `now`. A wait longer than any that we set comes from a clock that was wrong.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        let wait = self.not_before_ms.saturating_sub(now.ms());
        0 < wait && wait <= MISCONFIGURED_MS.max(RETRY_AFTER_MOST_MS)
    }
}

/// The trouble that stands, if any.
#[must_use]
pub fn read(path: &Path) -> Option<Backoff> {
    let bytes = files::read(path, LIMIT).ok().flatten()?;
    serde_json::from_slice::<Backoff>(&bytes).ok().filter(|backoff| backoff.version == 1)
}

/// The wait after one more trouble. `asked` is what the server asked for, in milliseconds from now; `jitter` gives a number
/// from 0 up to and without its argument.
#[must_use]
pub fn after(
    before: Option<&Backoff>,
    now: Timestamp,
    asked: Option<i64>,
    misconfigured: bool,
    why: &str,
    jitter: impl FnOnce(u64) -> u64,
) -> Backoff {
    let attempts = before.map_or(0, Backoff::attempts).saturating_add(1);
    let doubled =
        BACKOFF_FIRST_MS.saturating_mul(1_i64.checked_shl(attempts.saturating_sub(1).min(30)).unwrap_or(i64::MAX));
    let most = if misconfigured { MISCONFIGURED_MS } else { doubled.min(BACKOFF_MOST_MS) };
    // Full jitter over the upper half: processes spread, and nobody asks again at once.
    let half = most / 2;
    let jittered =
        half.saturating_add(i64::try_from(jitter(u64::try_from(half).unwrap_or(0).saturating_add(1))).unwrap_or(0));
    let asked = asked.map_or(0, |asked| asked.clamp(1000, RETRY_AFTER_MOST_MS));
    // Where the destination itself is wrong, ours is the longer wait as a rule; never less than was asked for.
    let wait = if asked > 0 && !misconfigured { asked } else { jittered.max(asked) };
    Backoff { version: 1, not_before_ms: now.plus_ms(wait).ms(), attempts, why: why.to_owned() }
}

/// Keeps one more trouble, and gives it: what stands at `path` counts as the one before ([`after`]).
///
/// # Errors
/// It cannot be written.
pub fn more(
    path: &Path,
    now: Timestamp,
    asked: Option<i64>,
    misconfigured: bool,
    why: &str,
    jitter: impl FnOnce(u64) -> u64,
) -> Result<Backoff, FileError> {
    let trouble = after(read(path).as_ref(), now, asked, misconfigured, why, jitter);
    keep(path, &trouble).map(|()| trouble)
}

/// Keeps a trouble.
///
/// # Errors
/// It cannot be written.
pub fn keep(path: &Path, backoff: &Backoff) -> Result<(), FileError> {
    if let Some(folder) = path.parent() {
        writes::private_folder(folder)?;
    }
    writes::write_whole(path, &serde_json::to_vec(backoff).unwrap_or_default(), PRIVATE_FILE)
}

/// Ends a trouble.
///
/// # Errors
/// It cannot be written.
pub fn end(path: &Path) -> Result<(), FileError> {
    writes::remove(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_with_jitter_up_to_a_bound() {
        let now = Timestamp::from_ms(1_000_000);
        let (mut shortest, mut longest) = (None, None);
        let mut waits = Vec::new();
        for _ in 0..20 {
            let low = after(shortest.as_ref(), now, None, false, "503", |_| 0);
            let high = after(longest.as_ref(), now, None, false, "503", |bound| bound - 1);
            waits.push((low.not_before().ms() - now.ms(), high.not_before().ms() - now.ms()));
            (shortest, longest) = (Some(low), Some(high));
        }
        assert_eq!(&waits[..3], [(15_000, 30_000), (30_000, 60_000), (60_000, 120_000)]);
        assert_eq!(waits.last(), Some(&(BACKOFF_MOST_MS / 2, BACKOFF_MOST_MS)));
    }

    #[test]
    fn a_server_is_given_the_time_it_asks_for_up_to_a_day() {
        let now = Timestamp::from_ms(0);
        let wait = |asked| after(None, now, Some(asked), false, "429", |_| 0).not_before().ms();
        assert_eq!((wait(3000), wait(0), wait(i64::MAX)), (3000, 1000, RETRY_AFTER_MOST_MS));
        let wrong = |asked| after(None, now, Some(asked), true, "403", |_| 0).not_before().ms();
        assert_eq!((wrong(3000), wrong(i64::MAX)), (MISCONFIGURED_MS / 2, RETRY_AFTER_MOST_MS));
    }

    #[test]
    fn a_clock_that_was_wrong_does_not_silence_a_destination() {
        let future = after(None, Timestamp::from_ms(4_102_444_800_000), None, false, "reset", |_| 0);
        assert!(!future.holds(Timestamp::from_ms(1_795_226_400_000)));
        assert!(after(None, Timestamp::from_ms(0), None, false, "reset", |_| 0).holds(Timestamp::from_ms(1)));
    }
}
