//! `schedule`: when a flush is started without anybody asking for it.
//!
//! Promises: a span that is none is a problem; what means nothing beside `interval: never` is one too. Absent: defaults
//! (`manifest/schedule.rs`).

use crate::manifest::problem::Problems;
use crate::manifest::schedule::{LONGEST_MS, Schedule};
use crate::manifest::values;
use crate::manifest::written::WrittenSchedule;

/// The word for an interval after which nothing is started.
const NEVER: &str = "never";

/// The schedule that is declared.
pub(super) fn schedule(problems: &mut Problems, written: Option<&WrittenSchedule>) -> Schedule {
    let usual = Schedule::default();
    let Some(written) = written else { return usual };
    if written.interval.as_deref() == Some(NEVER) {
        for (key, given) in [("jitter", written.jitter.is_some()), ("events", written.events.is_some())] {
            if given {
                problems.say_at(key, "it means nothing where the interval is never");
            }
        }
        return Schedule { interval_ms: None, ..usual };
    }
    let mut span = |key: &str, given: Option<&str>, usual: i64, also: &str| match given.map(values::milliseconds) {
        None => usual,
        Some(Some(ms)) if ms <= LONGEST_MS => ms,
        Some(_) => {
            problems.say_at(key, format!("it is a span such as 30s, 15m or 24h, 168h at most{also}"));
            usual
        }
    };
    let interval = span("interval", written.interval.as_deref(), usual.interval_ms.unwrap_or_default(), ", or never");
    // An author who shortens the interval did not ask for a spread that is longer than it.
    let jitter = span("jitter", written.jitter.as_deref(), usual.jitter_ms.min(interval), "");
    let events = written.events.unwrap_or(usual.events);
    if !(1..=100_000).contains(&events) {
        problems.say_at("events", "it lies from 1 to 100000");
    }
    Schedule { interval_ms: Some(interval), jitter_ms: jitter, events }
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::manifest;
    use crate::manifest::parse::tests::hold;
    use crate::manifest::schedule::Schedule;

    const HEAD: &str = "manifest: 1\ntool: a\ntitle: A\nconsent: opt-in\nevents: {e: {description: E, purpose: p}}\ndestinations: {d: {file: d.jsonl}}\n";

    #[test]
    fn what_is_declared_and_what_is_usual() {
        let hour = 3_600_000;
        for (text, interval_ms, jitter_ms, events) in [
            ("", Some(hour), hour / 6, 1),
            ("schedule: {interval: 24h}", Some(24 * hour), hour / 6, 1),
            ("schedule: {interval: 30s}", Some(30_000), 30_000, 1),
            ("schedule: {interval: 0s}", Some(0), 0, 1),
            ("schedule: {jitter: 0s, events: 20}", Some(hour), 0, 20),
            ("schedule: {interval: never}", None, hour / 6, 1),
        ] {
            let schedule = manifest(format!("{HEAD}{text}\n").as_bytes()).expect("valid").schedule;
            assert_eq!(schedule, Schedule { interval_ms, jitter_ms, events }, "{text}");
        }
    }

    #[test]
    fn problems_of_schedules() {
        hold(&[
            (
                "interval: 2h",
                "interval: daily",
                &["line 76: schedule.interval: it is a span such as 30s, 15m or 24h, 168h at most, or never"],
            ),
            (
                "jitter: 5m",
                "jitter: 169h",
                &["line 77: schedule.jitter: it is a span such as 30s, 15m or 24h, 168h at most"],
            ),
            ("events: 9", "events: 0", &["line 78: schedule.events: it lies from 1 to 100000"]),
            (
                "interval: 2h",
                "interval: never",
                &[
                    "line 77: schedule.jitter: it means nothing where the interval is never",
                    "line 78: schedule.events: it means nothing where the interval is never",
                ],
            ),
        ]);
    }
}
