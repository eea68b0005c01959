//! What started and has not completed, in `telemetry status TOOL`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::actions::started::Started;
use crate::host::clock::Timestamp;

/// An event that has not completed, as in a document.
#[derive(Serialize)]
pub(crate) struct Open {
    event: String,
    at: String,
    pair: String,
    runs: bool,
}

impl Open {
    /// As it is told.
    pub(crate) fn of(one: &Started) -> Self {
        Self { event: one.event.clone(), at: one.at.rfc3339(), pair: one.pair.to_string(), runs: one.runs }
    }
}

/// What has not completed, by event: what still runs, and what does not, or not as far as anybody knows.
pub(crate) fn started_words(started: &[Started]) -> Vec<String> {
    let mut all: BTreeMap<(&str, bool), (u64, Timestamp)> = BTreeMap::new();
    for one in started {
        let (count, _) = all.entry((&one.event, !one.runs)).or_insert((0, one.at));
        *count = count.saturating_add(1);
    }
    let words = |((event, ended), (count, since)): ((&str, bool), (u64, Timestamp))| {
        let what = if ended { "not completed: killed, or still at work elsewhere" } else { "still at work" };
        format!("{count} of {event}, since {}, {what}", since.minute())
    };
    all.into_iter().map(words).collect()
}
