//! dotenv: what real readers made of many texts, against ours; and edits of them, read again by every reader.
//!
//! Promises: the verdicts are the real programs' own (`tests/interop/dotenv.rs` makes them); an edit is exact or refused, and says what is
//! effective afterwards. Absent: the programs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::{ProptestConfig, Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde::Deserialize;
use telemetry::settings::dotenv::{Dialect, LIMIT, Reading, read, read_all, remove, set};
use telemetry::settings::value::{EditError, ReadErrorKind, Refusal};

/// A text, and what each reader made of it.
#[derive(Deserialize)]
struct Case {
    text: Option<String>,
    bytes: Option<Vec<u8>>,
    verdicts: BTreeMap<String, Verdict>,
}

#[derive(Deserialize)]
struct Verdict {
    /// `whole`, `stopped` at a line that cannot be read, or `crash`.
    end: String,
    values: BTreeMap<String, Option<String>>,
}

impl Case {
    fn source(&self) -> Vec<u8> {
        self.bytes.clone().unwrap_or_else(|| self.text.clone().expect("a text").into_bytes())
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("fixtures/dotenv/verdicts.json")).expect("the table")
}

fn dialect(name: &str) -> Dialect {
    Dialect::named(name).unwrap_or_else(|| panic!("{name} is no dialect"))
}

#[test]
fn every_reader_reads_as_the_real_one() {
    let (mut troubles, mut compared, mut alike) = (Vec::new(), 0, BTreeSet::new());
    for case in cases() {
        let source = case.source();
        let shown = String::from_utf8_lossy(&source).into_owned();
        assert_eq!(case.verdicts.len(), Dialect::NAMED.len(), "{shown:?}");
        let all = case.verdicts.values().flat_map(|verdict| verdict.values.keys().map(String::as_str));
        let names: Vec<&str> = all.chain(["X", "Y", "A"]).collect::<BTreeSet<_>>().into_iter().collect();
        for (reader, verdict) in &case.verdicts {
            compared += 1;
            let readings = match read_all(&source, dialect(reader), &names) {
                Ok(readings) => readings,
                // No file that anybody wrote holds one, and what the readers do with it, no program survives alike.
                Err(error) if error.kind == ReadErrorKind::Binary && source.contains(&0) => continue,
                Err(error) if verdict.end == "crash" => {
                    assert_eq!(error.kind, ReadErrorKind::NotUtf8, "{shown:?}");
                    continue;
                }
                Err(error) => panic!("{reader}: {error}: {shown:?}"),
            };
            let stops = readings.iter().any(|reading| reading.stopped_at.is_some());
            let ours: BTreeMap<&str, &str> = names
                .iter()
                .zip(&readings)
                .filter_map(|(name, reading)| Some((*name, reading.value.as_deref()?)))
                .collect();
            let theirs: BTreeMap<&str, &str> =
                verdict.values.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?))).collect();
            if ours != theirs || stops != (verdict.end == "stopped") || verdict.end == "crash" {
                troubles.push(format!("{reader}: {shown:?}: {ours:?}, but the real one {theirs:?}, {}", verdict.end));
            }
            if verdict.end == "stopped" || !theirs.is_empty() {
                alike.insert(reader.clone());
            }
        }
    }
    assert!(troubles.is_empty(), "{} of {compared}:\n{}", troubles.len(), troubles.join("\n"));
    assert!(compared > 1000 && alike.len() == Dialect::NAMED.len(), "{compared} readings compared");
}
