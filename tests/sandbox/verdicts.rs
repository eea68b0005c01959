//! What readers of dotenv files made of a text, and where ours makes something else of it.
//!
//! Promises: every name that either of them sets is compared, and where it stopped. Absent: running any reader.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use telemetry::settings::dotenv::{Dialect, read_all};
use telemetry::settings::value::ReadErrorKind;

/// The table of the real readers' verdicts.
pub(crate) const TABLE: &str = "tests/fixtures/dotenv/verdicts.json";

/// A text, and what each reader made of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Case {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// In its place where it is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<Vec<u8>>,
    pub(crate) verdicts: BTreeMap<String, Verdict>,
}

/// What one reader made of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Verdict {
    /// `whole`, `stopped` at a line that cannot be read, or `crash`.
    pub(crate) end: String,
    pub(crate) values: BTreeMap<String, Option<String>>,
}

impl Case {
    pub(crate) fn source(&self) -> Vec<u8> {
        self.bytes.clone().unwrap_or_else(|| self.text.clone().expect("a text").into_bytes())
    }
}

/// What our reading of a text has that the real one has not, or the other way round.
pub(crate) fn difference(source: &[u8], reader: &str, verdict: &Verdict) -> Option<String> {
    let dialect = Dialect::named(reader).unwrap_or_else(|| panic!("{reader} is no dialect"));
    let names: BTreeSet<&str> = verdict.values.keys().map(String::as_str).chain(["X", "Y", "A"]).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let shown = String::from_utf8_lossy(source);
    let readings = match read_all(source, dialect, &names) {
        Ok(readings) => readings,
        // No file that anybody wrote holds one, and what the readers do with it, no two programs survive alike.
        Err(error) if error.kind == ReadErrorKind::Binary && source.contains(&0) => return None,
        Err(error) if error.kind == ReadErrorKind::NotUtf8 && verdict.end == "crash" => return None,
        Err(error) => return Some(format!("{reader}: {shown:?}: it {error}")),
    };
    let stopped = readings.iter().any(|reading| reading.stopped_at.is_some());
    let ours: BTreeMap<&str, &str> =
        names.iter().zip(&readings).filter_map(|(name, reading)| Some((*name, reading.value.as_deref()?))).collect();
    let theirs: BTreeMap<&str, &str> =
        verdict.values.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?))).collect();
    let same = ours == theirs && verdict.end == if stopped { "stopped" } else { "whole" };
    (!same).then(|| format!("{reader}: {shown:?}: {ours:?}, but the real one {theirs:?}, {}", verdict.end))
}
