//! When the next flush is due that nobody asked for, kept in `~/.TOOL/telemetry/schedule.json`.
//!
//! Version 1: one JSON object without spaces and without a newline at its end; milliseconds since 1970:
//!
//! ```json
//! {"version":1,"not_before_ms":1795237731999}
//! ```
//!
//! Promises: the first flush comes an interval after the first event, so that a person can look before anything leaves; a clock that
//! was wrong does not put a flush off for longer than the schedule itself would; what cannot be read as a time of ours, or is of a
//! newer version, starts nothing or begins anew. Absent: starting anything (`actions/start.rs`).

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::manifest::schedule::{FEWER_WAIT_MS, Schedule};

/// Largest file, bytes.
const LIMIT: usize = 1024;
/// The version that is written.
const VERSION: u32 = 1;

/// What is known about the next flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing yet: no event was recorded since the schedule is kept, or what was kept cannot be read.
    Unknown,
    /// Not before this time.
    NotBefore(Timestamp),
    /// A newer version keeps it: ours starts nothing.
    Newer,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    #[serde(default)]
    not_before_ms: Option<i64>,
}

/// What is known about the next flush.
///
/// # Errors
/// The file is there and cannot be read.
pub fn read(path: &Path) -> Result<Next, FileError> {
    let stored = files::read(path, LIMIT)?.and_then(|bytes| serde_json::from_slice::<Stored>(&bytes).ok());
    Ok(match stored {
        Some(Stored { version: VERSION, not_before_ms: Some(ms) }) => Next::NotBefore(Timestamp::from_ms(ms)),
        Some(Stored { version, .. }) if version > VERSION => Next::Newer,
        Some(_) | None => Next::Unknown,
    })
}

/// Puts the next flush off by an interval from `now`, unless a newer version keeps it, with `jitter(bound)` drawing from 0 up to and without `bound`.
///
/// # Errors
/// It cannot be written.
pub fn put_off(
    path: &Path,
    schedule: &Schedule,
    now: Timestamp,
    jitter: impl FnOnce(u64) -> u64,
) -> Result<(), FileError> {
    let Some(interval) = schedule.interval_ms else { return Ok(()) };
    if read(path)? == Next::Newer {
        return Ok(());
    }
    let drawn = jitter(u64::try_from(schedule.jitter_ms).unwrap_or(0).saturating_add(1));
    let wait = interval.saturating_add(i64::try_from(drawn).unwrap_or(0));
    let stored = Stored { version: VERSION, not_before_ms: Some(now.plus_ms(wait).ms()) };
    writes::write_whole(path, &serde_json::to_vec(&stored).unwrap_or_default(), PRIVATE_FILE)
}

/// What to do now, with so many events that wait; `waiting` is asked for only when it matters.
///
/// # Errors
/// What waits cannot be counted.
pub fn due(
    next: Next,
    schedule: &Schedule,
    now: Timestamp,
    waiting: impl FnOnce() -> Result<u64, FileError>,
) -> Result<Due, FileError> {
    let Some(interval) = schedule.interval_ms else { return Ok(Due::No) };
    let not_before = match next {
        Next::Newer => return Ok(Due::No),
        // Later than any that this schedule sets: a clock was wrong, or the schedule is another now.
        Next::NotBefore(at) if at > now.plus_ms(interval.saturating_add(schedule.jitter_ms)) => return Ok(Due::Begin),
        Next::NotBefore(at) => at,
        Next::Unknown if interval > 0 => return Ok(Due::Begin),
        Next::Unknown => now,
    };
    if now < not_before {
        return Ok(Due::No);
    }
    let waiting = waiting()?;
    let enough = waiting >= schedule.events || now >= not_before.plus_ms(FEWER_WAIT_MS);
    Ok(if waiting > 0 && enough { Due::Start } else { Due::No })
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    No,
    /// The schedule begins now: the first flush comes an interval later.
    Begin,
    /// A flush.
    Start,
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn when_a_flush_is_due() {
        let usual = Schedule::default();
        let ten = Schedule { events: 10, ..usual };
        let at_once = Schedule { interval_ms: Some(0), jitter_ms: 0, events: 1 };
        let never = Schedule { interval_ms: None, ..usual };
        let now = Timestamp::from_ms(1_000 * HOUR);
        let in_hours = |hours: i64| Next::NotBefore(now.plus_ms(hours * HOUR));
        for (next, schedule, waiting, wanted) in [
            (Next::Unknown, usual, 1, Due::Begin),
            (Next::Unknown, at_once, 1, Due::Start),
            (Next::Unknown, at_once, 0, Due::No),
            (in_hours(1), usual, 5, Due::No),
            (in_hours(0), usual, 1, Due::Start),
            (in_hours(0), usual, 0, Due::No),
            (in_hours(-1), ten, 9, Due::No),
            (in_hours(-1), ten, 10, Due::Start),
            (in_hours(-24), ten, 9, Due::Start),
            (in_hours(-24), ten, 0, Due::No),
            (in_hours(2), usual, 5, Due::Begin),
            (in_hours(900_000), usual, 5, Due::Begin),
            (in_hours(-1), never, 5, Due::No),
            (Next::Newer, usual, 5, Due::No),
            (Next::Newer, at_once, 5, Due::No),
        ] {
            let due = due(next, &schedule, now, || Ok(waiting)).expect("a number");
            assert_eq!(due, wanted, "{next:?} {schedule:?} {waiting}");
        }
    }

    #[test]
    fn what_is_kept_is_an_interval_and_a_drawn_part_of_the_jitter_away() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("schedule.json");
        let (now, usual) = (Timestamp::from_ms(5), Schedule::default());
        assert_eq!(read(&path).expect("read"), Next::Unknown);
        let mut bounds = Vec::new();
        for drawn in [0, 600_000] {
            let jitter = |bound| {
                bounds.push(bound);
                drawn
            };
            put_off(&path, &usual, now, jitter).expect("kept");
            let wanted = now.plus_ms(HOUR + i64::try_from(drawn).expect("small"));
            assert_eq!(read(&path).expect("read"), Next::NotBefore(wanted));
        }
        assert_eq!(bounds, [600_001, 600_001]);
        for (text, wanted) in
            [("{", Next::Unknown), ("{\"version\":1}", Next::Unknown), ("{\"version\":2}", Next::Newer)]
        {
            std::fs::write(&path, text).expect("a file");
            assert_eq!(read(&path).expect("read"), wanted, "{text}");
        }
    }
}
