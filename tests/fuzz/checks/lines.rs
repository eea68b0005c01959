//! Lines of a stream that a host writes.
//!
//! Promises: lines are cut where newlines are, however they arrive; what is read as an event says what was written; what is not is
//! refused shortly and without control characters of its own. Absent: what a manifest makes of them.

use std::io::BufReader;

use serde_json::{Map, Value, json};

use telemetry::actions::lines::{Lines, Numbered};
use telemetry::payload::given::{self, Line};

use super::is_id;

/// A stream, each of its lines one event.
pub fn line(bytes: &[u8]) -> bool {
    let all: Vec<&[u8]> = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).split(|byte| *byte == b'\n').collect();
    let expected: Vec<(u64, Vec<u8>)> = (1..)
        .zip(all)
        .filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace))
        .map(|(number, line)| (number, line.to_vec()))
        .collect();
    let mut taken = false;
    for buffer in [1, 7, 8192] {
        let mut lines = Lines::new(BufReader::with_capacity(buffer, bytes));
        let mut found = Vec::new();
        while let Some(Numbered { number, line }) = lines.advance().expect("readable") {
            found.push((number, line.expect("short enough").to_vec()));
        }
        assert_eq!(found, expected, "by {buffer}");
    }
    for (_, line) in &expected {
        match given::line(line) {
            Ok(line) => {
                same(&line);
                taken = true;
            }
            Err(error) => {
                let text = error.to_string();
                assert!(text.chars().count() < 250 && !text.chars().any(char::is_control), "{text:?}");
            }
        }
    }
    taken
}

/// Written again, it is read as the same.
fn same(line: &Line) {
    let fields: Map<String, Value> =
        line.fields.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str()))).collect();
    assert_eq!(fields.len(), line.fields.len(), "no field stands twice");
    let mut tree = json!({"event": line.event, "fields": fields});
    if let Some((phase, pair)) = &line.pair {
        assert!(is_id(pair.as_str()));
        tree["phase"] = Value::from(phase.as_str());
        tree["pair"] = Value::from(pair.as_str());
    }
    assert_eq!(given::line(tree.to_string().as_bytes()).as_ref(), Ok(line));
}
