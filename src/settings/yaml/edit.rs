//! Editing: one key is set or removed, and every other byte stays.
//!
//! Promises: the new text reads as the old one with exactly that change, by two parsers; comments, the order of keys,
//! line endings, the byte order mark and a missing final newline stay; otherwise the edit is refused with words on
//! what to do by hand.
//!
//! Deliberately absent: writing anything but whole numbers, booleans, quoted text and empty lists, edits of anchored values, of aliases and of
//! values over several lines.

use std::ops::Range;

use crate::settings::edit::{Change, Stop, first_exact};
use crate::settings::text::{Splices, has_lone_returns};
use crate::settings::tree::{Tree, with, without};
use crate::settings::value::{EditError, ReadError, Refusal, Root, Value};
use crate::settings::yaml::locate::{comments, file, line_of};
use crate::settings::yaml::read::root;
use crate::settings::yaml::tree::{Duplicates, LIMIT, parse, text};
use crate::settings::yaml::ways::{Ways, append, quoted, ways_to_remove, ways_to_set};

/// `source` with the key at `path` set to `value`.
///
/// Missing and null parents are created. If the value is there already, the source comes back as it is.
pub fn set(source: &[u8], path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let change = Change::set(path, value, quoted);
    let new = change.made(|spelled| {
        let unwritable = |text: &str| !text.chars().all(is_plain_char);
        let bad_key = |key: &&str| key.is_empty() || *key == "<<" || unwritable(key);
        if path.iter().any(bad_key) || matches!(value, Value::Text(text) if unwritable(text)) {
            return Err(Stop::Choose("choose a key and a text without control characters"));
        }
        let (old, tree) = parsed(source)?;
        if has_odd_breaks(old) {
            return Err(Refusal::LineBreaks.into());
        }
        let root = root(old, &tree);
        if root == Root::Other {
            return Err(Refusal::NotAMapping.into());
        }
        let wanted = with(&tree, path, &Tree::from(*value))?;
        // It says so already, whatever the second parser makes of the rest. A plain text may still want its quotes.
        if wanted == tree && !matches!(value, Value::Text(_)) {
            return Ok(source.to_vec());
        }
        let ways = match root {
            Root::Empty => Ways::Edits(vec![append(old, path, spelled)]),
            Root::Mapping | Root::Other => ways_to_set(old, path, spelled)?,
        };
        let Ways::Edits(ways) = ways else { return Ok(source.to_vec()) };
        first_exact(source, old, ways, LIMIT, |new, _| says(new, &[&wanted], old, &Vec::new()))
    });
    new.map_err(|stop| change.told(stop, || line_of(source, path)))
}

/// `source` without the key at `path`; the source as it is if the key is not there.
///
/// A comment on the key's own line goes with it. A parent that is left without keys stays, as a null or `{}`.
pub fn remove(source: &[u8], path: &[&str]) -> Result<Vec<u8>, EditError> {
    let change = Change::remove(path);
    let new = change.made(|_| {
        let (old, tree) = parsed(source)?;
        let (Some(empty), Some(null)) = (without(&tree, path, true), without(&tree, path, false)) else {
            return Ok(source.to_vec());
        };
        if has_odd_breaks(old) {
            return Err(Refusal::LineBreaks.into());
        }
        let ways = ways_to_remove(old, path)?;
        first_exact(source, old, ways, LIMIT, |new, way| says(new, &[&empty, &null], old, way))
    });
    new.map_err(|stop| change.told(stop, || line_of(source, path)))
}

/// The text behind `source`, and all that it says.
fn parsed(source: &[u8]) -> Result<(&str, Tree<'static>), ReadError> {
    let text = text(source, LIMIT)?;
    Ok((text, parse(text, Duplicates::Refused)?))
}

/// Whether a text says one of the trees, the second parser can follow it too, and all comments of the old one are there, but for those
/// within what was taken out.
fn says(new: &[u8], wanted: &[&Tree], old: &str, gone: &Splices) -> bool {
    let Some((new, _)) = parsed(new).ok().filter(|(_, tree)| wanted.contains(&tree)) else { return false };
    let (Some(old), Some(new)) = (file(old), file(new)) else { return false };
    let inside = |at: &Range<usize>| gone.iter().any(|(gone, _)| gone.start <= at.start && at.end <= gone.end);
    let old = comments(&old).into_iter().filter(|(at, _)| !inside(at)).map(|(_, text)| text);
    old.eq(comments(&new).into_iter().map(|(_, text)| text))
}

/// Line breaks that are breaks in YAML 1.1 or 1.2 only, or only to some readers.
fn has_odd_breaks(text: &str) -> bool {
    has_lone_returns(text) || text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
}

/// Characters that stand in single quotes on one line as they are, for every reader.
fn is_plain_char(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
