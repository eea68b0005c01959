//! Editing: one key is set or removed, and every other byte stays.
//!
//! Promises: the new text reads as the old one with exactly that change; otherwise the edit is refused with words on what to do by
//! hand.
//!
//! Deliberately absent: replacing or removing tables, and lists by anything but an empty one.

use crate::settings::text::{Splices, first_exact};
use crate::settings::toml::read::{LIMIT, line_of, of, parsed};
use crate::settings::toml::ways::{quoted, ways_to_remove, ways_to_set};
use crate::settings::tree::{DEEPEST_PATH, Tree, pruned, with, without};
use crate::settings::value::{EditError, Refusal, Value};

/// `source` with the key at `path` set to `value`.
///
/// Missing tables are created. If the value is there already, the source comes back as it is.
pub fn set(source: &[u8], path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let spelled = match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => quoted(text),
        Value::EmptyList => "[]".to_owned(),
    };
    let refuse = |why| {
        let by_hand = format!("set {} to {spelled}", path.join("."));
        EditError::Refused { why, line: line_of(source, path), by_hand }
    };
    if path.is_empty() || path.len() > DEEPEST_PATH {
        return Err(refuse(Refusal::Unwritable));
    }
    let document = parsed(source, LIMIT)?;
    let tree = of(&document);
    let wanted = with(&tree, path, &Tree::from(*value)).map_err(|why| match why {
        // What is tagged here is a date.
        Refusal::Marked => refuse(Refusal::NotAScalar),
        why => refuse(why),
    })?;
    if wanted == tree {
        return Ok(source.to_vec());
    }
    let check = |new: &str, _: &Splices| parsed(new.as_bytes(), LIMIT).is_ok_and(|new| same(&of(&new), &wanted));
    let edits = ways_to_set(&document, path, &spelled);
    first_exact(source, document.raw(), edits, LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled))
}

/// `source` without the key at `path`; the source as it is if the key is not there.
///
/// A comment on the key's own line goes with it. A table that is left without keys stays, unless nothing but the key made it.
pub fn remove(source: &[u8], path: &[&str]) -> Result<Vec<u8>, EditError> {
    let refuse = |why| {
        let by_hand = format!("remove {}", path.join("."));
        EditError::Refused { why, line: line_of(source, path), by_hand }
    };
    if path.is_empty() || path.len() > DEEPEST_PATH {
        return Err(refuse(Refusal::Unwritable));
    }
    let document = parsed(source, LIMIT)?;
    let tree = of(&document);
    let (Some(empty), Some(gone)) = (without(&tree, path, true), pruned(&tree, path)) else {
        return Ok(source.to_vec());
    };
    let edits = ways_to_remove(&document, path).map_err(refuse)?;
    let check = |new: &str, _: &Splices| {
        parsed(new.as_bytes(), LIMIT).is_ok_and(|new| {
            let new = of(&new);
            same(&new, &empty) || same(&new, &gone)
        })
    };
    first_exact(source, document.raw(), edits, LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled))
}

/// Whether two trees are the same, but for the order of keys: a table may be opened in several places.
fn same(one: &Tree<'_>, other: &Tree<'_>) -> bool {
    match (one, other) {
        (Tree::Mapping(one), Tree::Mapping(_)) => {
            let Tree::Mapping(others) = other else { return false };
            one.len() == others.len()
                && one.iter().zip(others).all(|((key, value), beside)| match beside {
                    (known, there) if known == key => same(value, there),
                    _ => others.iter().find(|(known, _)| known == key).is_some_and(|(_, there)| same(value, there)),
                })
        }
        (Tree::Sequence(one), Tree::Sequence(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        _ => one == other,
    }
}
