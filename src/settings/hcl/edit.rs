//! Editing: one attribute or key is set or removed, and every other byte stays.
//!
//! Promises: the new text reads as the old one with exactly that change; otherwise the edit is refused with words on what to do by
//! hand. What is computed stays.
//!
//! Deliberately absent: making or removing blocks, and lists by anything but an empty one.

use crate::settings::hcl::part::sorted;
use crate::settings::hcl::read::{LIMIT, line_of, parsed};
use crate::settings::hcl::ways::{quoted, ways_to_remove, ways_to_set};
use crate::settings::text::{Splices, first_exact};
use crate::settings::tree::{DEEPEST_PATH, Tree, with, without};
use crate::settings::value::{EditError, Refusal, Value};

/// `source` with what is at `path` set to `value`.
///
/// A missing attribute or key is put into the block or object that is there. If the value is there already, the source comes back as it
/// is.
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
    let tree = document.tree();
    let wanted = with(&tree, path, &Tree::from(*value)).map_err(|why| match why {
        // What is tagged here is computed.
        Refusal::Marked => refuse(Refusal::Computed),
        why => refuse(why),
    })?;
    if wanted == tree {
        return Ok(source.to_vec());
    }
    let wanted = ordered(wanted);
    let edits = ways_to_set(&document, path, &spelled).map_err(refuse)?;
    let check = |new: &str, _: &Splices| parsed(new.as_bytes(), LIMIT).is_ok_and(|new| new.tree() == wanted);
    first_exact(source, document.text, edits, LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled))
}

/// `source` without the attribute or key at `path`; the source as it is if it is not there.
///
/// A comment on its own line goes with it. A block or object that is left empty stays.
pub fn remove(source: &[u8], path: &[&str]) -> Result<Vec<u8>, EditError> {
    let refuse = |why| {
        let by_hand = format!("remove {}", path.join("."));
        EditError::Refused { why, line: line_of(source, path), by_hand }
    };
    if path.is_empty() || path.len() > DEEPEST_PATH {
        return Err(refuse(Refusal::Unwritable));
    }
    let document = parsed(source, LIMIT)?;
    let Some(wanted) = without(&document.tree(), path, true) else {
        return Ok(source.to_vec());
    };
    let edits = ways_to_remove(&document, path).map_err(refuse)?;
    let check = |new: &str, _: &Splices| parsed(new.as_bytes(), LIMIT).is_ok_and(|new| new.tree() == wanted);
    first_exact(source, document.text, edits, LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled))
}

/// A tree with its keys in their order by name: a new one was put at the end.
fn ordered(tree: Tree<'_>) -> Tree<'_> {
    match tree {
        Tree::Mapping(entries) => sorted(entries.into_iter().map(|(key, value)| (key, ordered(value))).collect()),
        other => other,
    }
}
