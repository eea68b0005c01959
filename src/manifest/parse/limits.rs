//! `limits`: how much may wait, and for how long.
//!
//! Promises: a bound that is none, or out of reach, is a problem. Absent: defaults (`manifest/tool.rs`).

use crate::host::clock::DAY_MS;
use crate::manifest::problem::Problems;
use crate::manifest::tool::Limits;
use crate::manifest::written::WrittenLimits;

/// The bounds that are declared.
pub(super) fn limits(problems: &mut Problems, written: Option<&WrittenLimits>) -> Limits {
    let usual = Limits::default();
    let Some(written) = written else { return usual };
    let mut within = |key: &str, given: Option<u64>, usual: u64, lowest: u64, highest: u64| {
        let value = given.unwrap_or(usual);
        if !(lowest..=highest).contains(&value) {
            problems.say_at(key, format!("it lies from {lowest} to {highest}"));
        }
        value
    };
    let bytes = within("bytes", written.bytes, usual.bytes, 10_000, 10_000_000_000);
    let events = within("events", written.events, usual.events, 1, 100_000_000);
    let usual_days = u64::try_from(usual.age_ms / DAY_MS).unwrap_or_default();
    let days = within("days", written.days.map(u64::from), usual_days, 1, 3650);
    Limits { bytes, events, age_ms: i64::try_from(days).unwrap_or_default().saturating_mul(DAY_MS) }
}
