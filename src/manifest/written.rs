//! A manifest as it is written: its shapes, and nothing of what they mean.
//!
//! Promises: an unknown key, a repeated key and a value of another kind are a problem with its line; a version newer than ours
//! is said as such, whatever else is in it; a key that is there has a value. Absent: what is allowed beyond shapes (`parse`).

pub(crate) mod destination;
pub(crate) mod layers;
pub(crate) mod runs;
pub(crate) mod switches;

use serde::{Deserialize, Serialize};

use crate::manifest::ordered::Ordered;
use crate::manifest::problem::Problem;
use crate::manifest::template::Template;
use crate::manifest::written::destination::{WrittenDestination, given};
use crate::manifest::written::runs::{WrittenHeartbeat, WrittenRun};
use crate::manifest::written::switches::WrittenSwitches;
use crate::settings::value::{ReadError, ReadErrorKind, Step};
use crate::settings::yaml::{self, lines_of};

/// The version of the manifest language that this program knows.
pub const VERSION: u64 = 1;
/// Largest manifest, bytes: a thousand events of some fields each.
pub const LIMIT: usize = 256 * 1024;

/// A manifest as it is written: shapes only.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with manifest, tool, title, consent and more")]
pub struct Written {
    pub(crate) manifest: u64,
    pub(crate) tool: String,
    pub(crate) title: String,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) controller: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) privacy: Option<String>,
    pub(crate) consent: String,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) ci: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) notice: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) switches: Option<WrittenSwitches>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) facts: Vec<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) ids: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) events: Ordered<WrittenEvent>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) destinations: Ordered<WrittenDestination>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) deletion: Vec<WrittenDeletion>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) limits: Option<WrittenLimits>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) schedule: Option<WrittenSchedule>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<WrittenRun>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) heartbeat: Option<WrittenHeartbeat>,
}

/// One of `events`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with description, purpose and more")]
pub(crate) struct WrittenEvent {
    pub(crate) description: String,
    pub(crate) purpose: String,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) lifecycle: Option<bool>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) fields: Ordered<WrittenField>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) outcome: Ordered<WrittenField>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) destinations: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) example: Ordered<Template>,
}

/// One of an event's `fields` or its `outcome`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with type, description and more")]
pub(crate) struct WrittenField {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) description: String,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) purpose: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) required: Option<bool>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) values: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<serde_json::Number>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<serde_json::Number>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) buckets: Option<Vec<i64>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) coarse: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) algorithm: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) unsalted_because: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) longest: Option<usize>,
}

/// One of `deletion`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with one of endpoint, file, event, mail, form")]
pub(crate) struct WrittenDeletion {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) mail: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) form: Option<String>,
}

/// `limits`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with bytes, events or days")]
pub(crate) struct WrittenLimits {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) events: Option<u64>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) days: Option<u32>,
}

/// `schedule`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with interval, jitter or events")]
pub(crate) struct WrittenSchedule {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) interval: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) jitter: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) events: Option<u64>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping with manifest, tool, title, consent and more")]
struct OnlyVersion {
    manifest: Option<u64>,
}

/// Reads the text of a manifest as it is written.
///
/// # Errors
/// The first thing that is not of a manifest's shape.
pub fn read(source: &[u8]) -> Result<Written, Problem> {
    yaml::read::<Written>(source, LIMIT).map_err(|error| {
        // A newer language has keys and types that we do not know: say that, not the first stumble over one.
        if let Ok(OnlyVersion { manifest: Some(version) }) = yaml::read::<OnlyVersion>(source, LIMIT)
            && version > VERSION
        {
            let line = lines_of(source, LIMIT, &[&[Step::Key("manifest".to_owned())]]).first().copied().flatten();
            return Problem { path: vec!["manifest".to_owned()], line, what: newer(version) };
        }
        unreadable(source, &error)
    })
}

/// What to say of a version that is newer than ours.
#[must_use]
pub fn newer(version: u64) -> String {
    format!(
        "it is of version {version} of the manifest language, and this program knows version {VERSION}: update telemetry"
    )
}

fn unreadable(source: &[u8], error: &ReadError) -> Problem {
    let whole = |what| Problem { path: Vec::new(), line: error.line, what };
    match error.kind {
        ReadErrorKind::Shape => {
            let (place, what) = shape(&error.detail);
            Problem { path: place.map(str::to_owned).into_iter().collect(), line: error.line, what }
        }
        ReadErrorKind::TooLarge => whole(format!("it {}: the limit is {LIMIT} bytes", error.kind)),
        ReadErrorKind::Syntax(_) => whole(format!("it {}: {}", error.kind, error.detail)),
        ReadErrorKind::DuplicateKey => match key_at(source, error) {
            Some(key) => whole(format!("the key {key:?} stands twice")),
            None => whole(format!("it {}", error.kind)),
        },
        ReadErrorKind::NotUtf8
        | ReadErrorKind::Binary
        | ReadErrorKind::TooDeep
        | ReadErrorKind::TooOften
        | ReadErrorKind::Unresolved
        | ReadErrorKind::OtherVersion
        | ReadErrorKind::SeveralDocuments => whole(format!("it {}", error.kind)),
    }
}

/// The place and the words of a parser's sentence `PLACE: WORDS at line 1 column 2`, in the words of manifests: a field is an
/// event's, and a mapping has keys.
fn shape(detail: &str) -> (Option<&str>, String) {
    let sentence = detail.rsplit_once(" at line ").map_or(detail, |(sentence, _)| sentence);
    let (place, words) = match sentence.split_once(": ") {
        Some((place, words)) if !place.contains(char::is_whitespace) => (Some(place), words),
        _ => (None, sentence),
    };
    let words = if let Some(rest) = words.strip_prefix("unknown field ") {
        format!("unknown key {rest}")
    } else if let Some(rest) = words.strip_prefix("missing field ") {
        format!("missing key {rest}")
    } else {
        let numbers = ["expected u64", "expected usize", "expected u32", "expected i64"];
        let plain = words.replace("unit value", "null");
        numbers.iter().fold(plain, |words, number| words.replace(number, "expected a whole number"))
    };
    (place, words)
}

/// The key that begins where `error` says.
fn key_at<'t>(source: &'t [u8], error: &ReadError) -> Option<&'t str> {
    let bare = source.strip_prefix("\u{feff}".as_bytes()).unwrap_or(source);
    let line = std::str::from_utf8(bare).ok()?.lines().nth(usize::try_from(error.line?).ok()?.checked_sub(1)?)?;
    let from = usize::try_from(error.column?).ok()?.checked_sub(1)?;
    let (start, _) = line.char_indices().nth(from)?;
    let key = line.get(start..)?.split(':').next()?.trim_end();
    Some(key.trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "manifest: 1\ntool: a\ntitle: A\nconsent: opt-in\n";

    fn problem(source: &[u8]) -> String {
        read(source).expect_err("not a manifest's shape").to_string()
    }

    #[test]
    fn problems_of_shape() {
        let event = "events:\n  e.x:\n    description: E\n    purpose: p\n";
        for (rest, wanted) in [
            (
                "moon: 1\n".to_owned(),
                "line 5: unknown key `moon`, expected one of `manifest`, `tool`, `title`, `controller`, `privacy`, `consent`, `ci`, `notice`, `switches`, `facts`, `ids`, `events`, `destinations`, `deletion`, `limits`, `schedule`, `run`, `heartbeat`",
            ),
            (
                format!("{event}    fields:\n      f:\n        type: boolean\n        moon: 1\n"),
                "line 12: events.e.x.fields.f: unknown key `moon`, expected one of `type`, `description`, `purpose`, `required`, `values`, `min`, `max`, `buckets`, `coarse`, `algorithm`, `unsalted_because`, `pattern`, `longest`",
            ),
            (
                format!("{event}    fields:\n      f:\n        type: boolean\n"),
                "line 11: events.e.x.fields.f: missing key `description`",
            ),
            (
                format!("{event}    fields:\n      f: boolean\n"),
                "line 10: events.e.x.fields.f: invalid type: string \"boolean\", expected a mapping with type, description and more",
            ),
            (
                format!("{event}    fields: [f]\n"),
                "line 9: events.e.x.fields: invalid type: sequence, expected a mapping",
            ),
            (
                format!("{event}    lifecycle: maybe\n"),
                "line 9: events.e.x.lifecycle: invalid type: string \"maybe\", expected a boolean",
            ),
            (
                "switches:\n  environment:\n    - name: A\n      no: 1\n".to_owned(),
                "line 8: switches.environment[0]: unknown key `no`, expected one of `name`, `on`, `off`",
            ),
            (
                "deletion:\n  - mail: a@b.example\n  - mial: a@b.example\n".to_owned(),
                "line 7: deletion[1]: unknown key `mial`, expected one of `endpoint`, `file`, `event`, `mail`, `form`",
            ),
            (
                "limits: {days: -1}\n".to_owned(),
                "line 5: limits.days: invalid type: integer `-1`, expected a whole number",
            ),
            ("events: ~\n".to_owned(), "line 5: events: invalid type: null, expected a mapping"),
            ("facts: os\n".to_owned(), "line 5: facts: invalid type: string \"os\", expected a sequence"),
            ("ci: no\n\"title\" : B\n".to_owned(), "line 6: the key \"title\" stands twice"),
            (
                format!("{event}    fields: {{f: {{type: boolean, description: F, type: text}}}}\n"),
                "line 9: the key \"type\" stands twice",
            ),
            (format!("---\n{HEAD}"), "it holds more than one document"),
            (
                "ci: 'no\n".to_owned(),
                "line 6: it is not valid YAML: found unexpected end of stream at line 6 column 1, while scanning a quoted scalar at line 5 column 5",
            ),
            ("ci: \u{7}\n".to_owned(), "line 5: it holds control characters"),
        ] {
            assert_eq!(problem(format!("{HEAD}{rest}").as_bytes()), wanted, "{rest}");
        }
    }

    #[test]
    fn what_is_no_mapping_is_no_manifest() {
        for (source, wanted) in [
            (&b""[..], "line 1: missing key `manifest`"),
            (b"# nothing\n", "line 2: missing key `manifest`"),
            (
                b"a",
                "line 1: invalid type: string \"a\", expected a mapping with manifest, tool, title, consent and more",
            ),
            (b"- a", "line 1: invalid type: sequence, expected a mapping with manifest, tool, title, consent and more"),
            (b"manifest: one\n", "line 1: manifest: invalid type: string \"one\", expected a whole number"),
            (b"\x7fELF\x02\x01\x00", "line 1: it holds control characters"),
            (b"manifest: 1\ntool: \xff\n", "line 2: it is not UTF-8 text"),
            (b"\x1f\x8b\x08\x00\x00\x00", "line 1: it is not UTF-8 text"),
        ] {
            assert_eq!(problem(source), wanted, "{source:?}");
        }
    }

    #[test]
    fn hostile_texts_end_in_a_problem() {
        let nested = format!(
            "{HEAD}destinations: {{d: {{file: d.jsonl, document: {}1{}}}}}\n",
            "[".repeat(200),
            "]".repeat(200)
        );
        assert_eq!(problem(nested.as_bytes()), "line 5: it is nested too deeply");
        let mut bomb = format!(
            "{HEAD}destinations:\n  d:\n    file: d.jsonl\n    document:\n      a: &a [x, x, x, x, x, x, x, x, x]\n"
        );
        for (this, before) in ('b'..='j').zip('a'..) {
            bomb.push_str(&format!(
                "      {this}: &{this} [*{before}, *{before}, *{before}, *{before}, *{before}, *{before}]\n"
            ));
        }
        assert!(problem(bomb.as_bytes()).ends_with("it repeats itself too often"), "{}", problem(bomb.as_bytes()));
        let many: String = (0..2000).map(|n| format!("  d{n}: {{file: d.jsonl}}\n")).collect();
        assert!(problem(format!("{HEAD}destinations:\n{many}").as_bytes()).ends_with("more than 1024 keys"));
    }
}
