//! HCL: what its own readers made of a folder of texts, against ours; and edits that are exact or refused.
//!
//! Promises: the verdicts are the real ones (`tests/interop/hcl.rs` makes them). Absent: the programs.

use std::collections::BTreeMap;

use telemetry::settings::hcl::{LIMIT, fields};
use telemetry::settings::value::{Field, Scalar};

use crate::sandbox::hcl::{Verdicts, difference, names, path};

fn verdicts() -> BTreeMap<String, Verdicts> {
    let kept = std::fs::read_to_string(path("verdicts.json")).expect("the verdicts");
    serde_json::from_str(&kept).expect("the verdicts")
}

#[test]
fn texts_are_read_as_hashicorps_own_reader_reads_them() {
    let verdicts = verdicts();
    assert_eq!(verdicts.keys().cloned().collect::<Vec<_>>(), names());
    let read = |name: &str| std::fs::read(path(name)).expect("a text");
    let troubles: Vec<String> = verdicts
        .iter()
        .filter_map(|(name, both)| Some(format!("{name}: {}", difference(&read(name), &both.hashicorp)?)))
        .collect();
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
    let broken = verdicts.values().filter(|both| both.hashicorp.broken).count();
    assert!(verdicts.len() >= 40 && (15..verdicts.len() - 15).contains(&broken), "{broken} of {}", verdicts.len());
}

/// What it refuses; and what it takes where hashicorp/hcl does not, or our parser would read something else.
const PYTHON_IS_STRICT: [&str; 3] = ["blocks.hcl", "comments.hcl", "unicode.hcl"];
const PYTHON_IS_LAX: [&str; 10] = [
    "broken-brace-below.hcl",
    "broken-escape.hcl",
    "broken-half-line-block.hcl",
    "broken-label.hcl",
    "broken-return.hcl",
    "broken-string-lines.hcl",
    "broken-twice-in-block.hcl",
    "broken-twice.hcl",
    "empty-heredoc.hcl",
    "object-twice-same.hcl",
];

/// Plain values at the top; and what python-hcl2 cannot read and we can is known by name.
#[test]
fn plain_values_are_those_of_python_hcl2() {
    let mut compared = 0;
    let mut troubles = Vec::new();
    for (name, both) in verdicts() {
        let source = std::fs::read(path(&name)).expect("a text");
        let ours = fields(&source, LIMIT, &[]).is_ok();
        let known = if ours { PYTHON_IS_STRICT.as_slice() } else { &PYTHON_IS_LAX };
        if (ours == both.python.is_null()) != known.contains(&name.as_str()) {
            troubles.push(format!("{name}: {} by us, {}", if ours { "read" } else { "refused" }, both.python));
        }
        for (key, value) in both.python.as_object().filter(|_| ours).into_iter().flatten() {
            let wanted = match value {
                serde_json::Value::Bool(value) => Scalar::Bool(*value),
                serde_json::Value::String(text) => match text.strip_prefix('"').and_then(|text| text.strip_suffix('"'))
                {
                    Some(text) if !text.contains(['\\', '$', '%', '<']) => Scalar::Text(text.to_owned()),
                    _ => continue,
                },
                _ => continue,
            };
            compared += 1;
            let found = fields(&source, LIMIT, &[&[key]]).expect("readable").field(0).clone();
            if found != Field::Present(wanted) {
                troubles.push(format!("{name}: {key}: {found:?}, but {value}"));
            }
        }
    }
    assert!(troubles.is_empty() && compared > 15, "{compared}:\n{}", troubles.join("\n"));
}
