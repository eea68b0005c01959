//! Closed types as JSON Schema.
//!
//! Promises: whatever a field's type sends is valid, and a value of another type or beyond its bounds is not; of a pattern that
//! other programs read in another way, only the length stays. Absent: which fields there are.

use serde_json::{Map, Value as Tree, json};

use crate::identity::ids::{LONGEST, LONGEST_PROVIDED};
use crate::manifest::events::{Algorithm, Kind};
use crate::manifest::schema::pattern::whole;
use crate::manifest::tool::Fact;

/// Longest duration, milliseconds: see [`crate::manifest::values::milliseconds`].
const LONGEST_DURATION: i64 = 320_000_000_000_000;
/// Longest version: 64 characters, and a `v`.
const LONGEST_VERSION: usize = 65;
/// Longest fact, characters; of runtimes, the longest of all, there are eight with names and versions.
const LONGEST_FACT: usize = 255;
const LONGEST_RUNTIMES: usize = 1024;

/// A field's type.
#[must_use]
pub fn kind(kind: &Kind, description: &str) -> Tree {
    let tree = match kind {
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Integer { range, buckets } => integer(*range, buckets),
        Kind::Number { range } => {
            let mut tree = Map::from_iter([("type".to_owned(), "number".into())]);
            // An open end is no bound: other programs read the largest number there is as infinite.
            let ends = [("minimum", range.0, f64::MIN), ("maximum", range.1, f64::MAX)];
            for (key, end, _) in ends.into_iter().filter(|(_, end, open)| end.to_bits() != open.to_bits()) {
                tree.insert(key.to_owned(), end.into());
            }
            Tree::Object(tree)
        }
        Kind::Enum { values } => return one_of(&values.iter().map(String::as_str).collect::<Vec<_>>(), description),
        Kind::Version => json!({
            "type": "string",
            "maxLength": LONGEST_VERSION,
            "pattern": "^v?[0-9][0-9A-Za-z]*([.+_~-][0-9A-Za-z]+)*$",
        }),
        Kind::Duration { buckets } => integer((0, LONGEST_DURATION), buckets),
        Kind::Timestamp { .. } => return moment(description),
        Kind::Hashed { algorithm, .. } => {
            let digits = match algorithm {
                Algorithm::Sha256 => 64,
                Algorithm::Md5 => 32,
            };
            json!({"type": "string", "minLength": digits, "maxLength": digits, "pattern": "^[0-9a-f]+$"})
        }
        Kind::Text { pattern, longest } => {
            let mut tree = json!({"type": "string", "maxLength": longest});
            if let (Some(pattern), Some(tree)) = (whole(pattern.source()), tree.as_object_mut()) {
                tree.insert("pattern".to_owned(), pattern.into());
            }
            tree
        }
    };
    with(tree, description)
}

fn integer(range: (i64, i64), buckets: &[i64]) -> Tree {
    if buckets.is_empty() {
        json!({"type": "integer", "minimum": range.0, "maximum": range.1})
    } else {
        json!({"type": "integer", "enum": buckets})
    }
}

/// A fact: a text that nothing more is known of.
#[must_use]
pub fn fact(fact: Fact) -> Tree {
    let longest = if fact == Fact::Runtime { LONGEST_RUNTIMES } else { LONGEST_FACT };
    with(json!({"type": "string", "maxLength": longest}), fact.words())
}

/// An id of ours.
#[must_use]
pub fn id(description: &str) -> Tree {
    let tree = json!({"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[A-Za-z0-9_-]+$"});
    with(tree, description)
}

/// An id that a person gave.
#[must_use]
pub fn provided(description: &str) -> Tree {
    with(json!({"type": "string", "minLength": 1, "maxLength": LONGEST_PROVIDED}), description)
}

/// A UUID.
#[must_use]
pub fn uuid(description: &str) -> Tree {
    with(json!({"type": "string", "format": "uuid", "minLength": 36, "maxLength": 36}), description)
}

/// A moment.
#[must_use]
pub fn moment(description: &str) -> Tree {
    with(json!({"type": "string", "format": "date-time", "maxLength": 24}), description)
}

/// One of these words.
#[must_use]
pub fn one_of(words: &[&str], description: &str) -> Tree {
    let longest = words.iter().map(|word| word.chars().count()).max().unwrap_or(0);
    with(json!({"type": "string", "enum": words, "maxLength": longest}), description)
}

/// A mapping of these parts and no others.
#[must_use]
pub fn object<N: Into<String>, T: Into<Tree>>(
    parts: Vec<(N, T)>,
    required: &[&str],
    description: &str,
) -> Map<String, Tree> {
    let properties: Map<String, Tree> = parts.into_iter().map(|(name, part)| (name.into(), part.into())).collect();
    let mut tree = Map::new();
    if !description.is_empty() {
        tree.insert("description".to_owned(), description.into());
    }
    tree.insert("type".to_owned(), "object".into());
    tree.insert("properties".to_owned(), Tree::Object(properties));
    // Draft 4 knows no empty list of required parts.
    if !required.is_empty() {
        tree.insert("required".to_owned(), json!(required));
    }
    tree.insert("additionalProperties".to_owned(), false.into());
    tree
}

fn with(mut tree: Tree, description: &str) -> Tree {
    if let Some(tree) = tree.as_object_mut() {
        tree.insert("description".to_owned(), description.into());
    }
    tree
}
