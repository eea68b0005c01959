//! Editing: one attribute or key is set or removed, and every other byte stays.
//!
//! Promises: the new text reads as the old one with exactly that change; otherwise the edit is refused with words on what to do by
//! hand. What is computed stays.
//!
//! Deliberately absent: making or removing blocks, and lists by anything but an empty one.

use crate::settings::edit::{Change, first_exact};
use crate::settings::hcl::part::sorted;
use crate::settings::hcl::read::{LIMIT, line_of, parsed};
use crate::settings::hcl::ways::{quoted, ways_to_remove, ways_to_set};
use crate::settings::tree::{Tree, with, without};
use crate::settings::value::{EditError, Refusal, Value};

/// `source` with what is at `path` set to `value`.
///
/// A missing attribute or key is put into the block or object that is there. If the value is there already, the source comes back as it
/// is.
pub fn set(source: &[u8], path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let change = Change::set(path, value, quoted);
    let new = change.made(|spelled| {
        let document = parsed(source, LIMIT)?;
        let tree = document.tree();
        // What is tagged here is computed.
        let tagged = |why| if why == Refusal::Marked { Refusal::Computed } else { why };
        let wanted = with(&tree, path, &Tree::from(*value)).map_err(tagged)?;
        if wanted == tree {
            return Ok(source.to_vec());
        }
        let (wanted, ways) = (ordered(wanted), ways_to_set(&document, path, spelled)?);
        first_exact(source, document.text, ways, LIMIT, |new, _| says(new, &wanted))
    });
    new.map_err(|stop| change.told(stop, || line_of(source, path)))
}

/// `source` without the attribute or key at `path`; the source as it is if it is not there.
///
/// A comment on its own line goes with it. A block or object that is left empty stays.
pub fn remove(source: &[u8], path: &[&str]) -> Result<Vec<u8>, EditError> {
    let change = Change::remove(path);
    let new = change.made(|_| {
        let document = parsed(source, LIMIT)?;
        let Some(wanted) = without(&document.tree(), path, true) else { return Ok(source.to_vec()) };
        let ways = ways_to_remove(&document, path)?;
        first_exact(source, document.text, ways, LIMIT, |new, _| says(new, &wanted))
    });
    new.map_err(|stop| change.told(stop, || line_of(source, path)))
}

/// Whether a text says the tree.
fn says(new: &[u8], wanted: &Tree<'_>) -> bool {
    parsed(new, LIMIT).is_ok_and(|new| new.tree() == *wanted)
}

/// A tree with its keys in their order by name: a new one was put at the end.
fn ordered(tree: Tree<'_>) -> Tree<'_> {
    match tree {
        Tree::Mapping(entries) => sorted(entries.into_iter().map(|(key, value)| (key, ordered(value))).collect()),
        other => other,
    }
}
