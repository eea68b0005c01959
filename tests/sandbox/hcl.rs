//! What hashicorp/hcl made of a text, and where ours makes something else of it.
//!
//! Promises: every attribute, block, key and item is compared; a value that has to be computed is nothing to either. Absent: running it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use telemetry::settings::hcl::{LIMIT, fields, gathered, length};
use telemetry::settings::value::{Field, ReadErrorKind, Scalar};

/// Where the texts and the verdicts are.
pub(crate) const FOLDER: &str = "tests/fixtures/hcl";

/// A value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Value {
    pub(crate) kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) items: Vec<Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) entries: BTreeMap<String, Value>,
    /// Of a key that stands twice the last one counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) twice: bool,
}

/// A block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Block {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) labels: Vec<String>,
    pub(crate) body: Body,
}

/// What stands between braces, or the whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Body {
    pub(crate) attributes: BTreeMap<String, Value>,
    pub(crate) blocks: Vec<Block>,
}

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Verdict {
    pub(crate) broken: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Body>,
    /// What each attribute at the top is where a boolean is wanted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) bools: BTreeMap<String, String>,
}

/// The verdicts of two readers on one text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Verdicts {
    /// hashicorp/hcl.
    pub(crate) hashicorp: Verdict,
    /// python-hcl2: what is at the top, as JSON; null where it cannot read.
    pub(crate) python: serde_json::Value,
}

pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(name)
}

/// The names of all texts.
pub(crate) fn names() -> Vec<String> {
    let entries = std::fs::read_dir(path("")).expect("the fixtures");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name().into_string();
    let mut names: Vec<String> =
        entries.map(|entry| name(entry).expect("a name")).filter(|name| !name.ends_with(".json")).collect();
    names.sort();
    names
}

/// Whether an object in it has a key twice.
pub(crate) fn twice(body: &Body) -> bool {
    fn in_value(value: &Value) -> bool {
        value.twice || value.items.iter().any(in_value) || value.entries.values().any(in_value)
    }
    body.attributes.values().any(in_value) || body.blocks.iter().any(|block| twice(&block.body))
}

fn has_an_empty_heredoc(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    lines.windows(2).any(|two| {
        let mark = two[0].rsplit_once("<<").map(|(_, mark)| mark.trim_start_matches('-'));
        mark.is_some_and(|mark| !mark.is_empty() && two[1].trim() == mark)
    })
}

/// What our reading of a text has that the real one has not, or the other way round.
pub(crate) fn difference(source: &[u8], verdict: &Verdict) -> Option<String> {
    let shown = String::from_utf8_lossy(source);
    let mut wanted = Vec::new();
    match (fields(source, LIMIT, &[]), &verdict.body) {
        (Err(_), None) => return None,
        // The parser does not take the last of two keys, and nobody means both.
        (Err(error), Some(body)) if error.kind == ReadErrorKind::DuplicateKey && twice(body) => return None,
        // The parser takes the end of an empty heredoc for its first line.
        (Err(_), Some(_)) if has_an_empty_heredoc(&shown) => return None,
        (Err(error), Some(_)) => return Some(format!("{shown:?}: it {error}, but the real one reads it")),
        (Ok(_), None) => return Some(format!("{shown:?}: it is read, but the real one refuses it")),
        (Ok(_), Some(body)) => in_body(body, &[], &mut wanted),
    }
    for (path, value) in &wanted {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let field = fields(source, LIMIT, &[&path]).expect("readable").field(0).clone();
        let same = match (value.map(|value| (value.kind.as_str(), value)), &field) {
            (None | Some(("computed" | "object", _)), Field::Present(Scalar::Other)) => true,
            (Some(("list", value)), Field::Present(Scalar::Other)) => {
                length(source, LIMIT, &path) == Some(value.items.len())
            }
            (Some(("null", _)), Field::Present(Scalar::Null)) => true,
            (Some(("bool", value)), Field::Present(Scalar::Bool(found))) => value.text == found.to_string(),
            (Some(("number", value)), Field::Present(Scalar::Number(found))) => {
                value.text.parse::<f64>().ok() == found.parse::<f64>().ok()
            }
            (Some(("text", value)), Field::Present(Scalar::Text(found))) => value.text == *found,
            _ => false,
        };
        if !same {
            return Some(format!("{shown:?}: {path:?}: {field:?}, but the real one {value:?}"));
        }
    }
    // Nothing stands there that the real one does not see.
    let tops: BTreeSet<&str> = wanted.iter().filter_map(|(path, _)| path.first()).map(String::as_str).collect();
    let all = gathered(source, LIMIT, &["*"]).expect("readable").len();
    (all != tops.len()).then(|| format!("{shown:?}: {all} names, but the real one {tops:?}"))
}

/// What is to stand at which path; no value where it is a block, or several things at once.
type Wanted<'v> = Vec<(Vec<String>, Option<&'v Value>)>;

fn below(path: &[String], step: &str) -> Vec<String> {
    path.iter().cloned().chain([step.to_owned()]).collect()
}

fn in_body<'v>(body: &'v Body, path: &[String], wanted: &mut Wanted<'v>) {
    let kinds: BTreeSet<&str> = body.blocks.iter().map(|block| block.kind.as_str()).collect();
    for (name, value) in &body.attributes {
        if kinds.contains(name.as_str()) {
            wanted.push((below(path, name), None));
        } else {
            in_value(value, below(path, name), wanted);
        }
    }
    for kind in kinds.iter().filter(|kind| !body.attributes.contains_key(**kind)) {
        let blocks: Vec<&Block> = body.blocks.iter().filter(|block| block.kind == *kind).collect();
        in_blocks(&blocks, 0, &below(path, kind), wanted);
    }
}

fn in_blocks<'v>(blocks: &[&'v Block], used: usize, path: &[String], wanted: &mut Wanted<'v>) {
    wanted.push((path.to_vec(), None));
    if let [block] = blocks
        && block.labels.len() == used
    {
        return in_body(&block.body, path, wanted);
    }
    if blocks.iter().all(|block| block.labels.len() > used) {
        let labels: BTreeSet<&str> = blocks.iter().map(|block| block.labels[used].as_str()).collect();
        for label in labels {
            let same: Vec<&Block> = blocks.iter().filter(|block| block.labels[used] == label).copied().collect();
            in_blocks(&same, used + 1, &below(path, label), wanted);
        }
    }
}

fn in_value<'v>(value: &'v Value, path: Vec<String>, wanted: &mut Wanted<'v>) {
    if !value.twice {
        for (key, value) in &value.entries {
            in_value(value, below(&path, key), wanted);
        }
    }
    wanted.push((path, Some(value)));
}
