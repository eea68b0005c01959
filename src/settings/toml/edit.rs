//! Editing: one key is set or removed, and every other byte stays.
//!
//! Promises: the new text reads as the old one with exactly that change; otherwise the edit is refused with words on what to do by
//! hand.
//!
//! Deliberately absent: replacing or removing tables, and lists by anything but an empty one.

use crate::settings::edit::{Change, first_exact};
use crate::settings::text::quoted;
use crate::settings::toml::read::{LIMIT, line_of, of, parsed};
use crate::settings::toml::ways::{ways_to_remove, ways_to_set};
use crate::settings::tree::{Tree, pruned, with, without};
use crate::settings::value::{EditError, Refusal, Value};

/// `source` with the key at `path` set to `value`.
///
/// Missing tables are created. If the value is there already, the source comes back as it is.
pub fn set(source: &[u8], path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let change = Change::set(path, value, quoted);
    let new = change.made(|spelled| {
        let document = parsed(source, LIMIT)?;
        let tree = of(&document);
        // What is tagged here is a date.
        let tagged = |why| if why == Refusal::Marked { Refusal::NotAScalar } else { why };
        let wanted = with(&tree, path, &Tree::from(*value)).map_err(tagged)?;
        if wanted == tree {
            return Ok(source.to_vec());
        }
        let ways = ways_to_set(&document, path, spelled);
        first_exact(source, document.raw(), ways, LIMIT, |new, _| says(new, &[&wanted]))
    });
    new.map_err(|stop| change.told(stop, || line_of(source, path)))
}

/// `source` without the key at `path`; the source as it is if the key is not there.
///
/// A comment on the key's own line goes with it. A table that is left without keys stays, unless nothing but the key made it.
pub fn remove(source: &[u8], path: &[&str]) -> Result<Vec<u8>, EditError> {
    let change = Change::remove(path);
    let new = change.made(|_| {
        let document = parsed(source, LIMIT)?;
        let tree = of(&document);
        let (Some(empty), Some(gone)) = (without(&tree, path, true), pruned(&tree, path)) else {
            return Ok(source.to_vec());
        };
        let ways = ways_to_remove(&document, path)?;
        first_exact(source, document.raw(), ways, LIMIT, |new, _| says(new, &[&empty, &gone]))
    });
    new.map_err(|stop| change.told(stop, || line_of(source, path)))
}

/// Whether a text says one of the trees.
fn says(new: &[u8], wanted: &[&Tree<'_>]) -> bool {
    parsed(new, LIMIT).is_ok_and(|new| wanted.iter().any(|wanted| same(&of(&new), wanted)))
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
