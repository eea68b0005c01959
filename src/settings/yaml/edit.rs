//! Editing: one key is set or removed, and every other byte stays.
//!
//! Promises: the new text reads as the old one with exactly that change, by two parsers; comments, the order of keys,
//! line endings, the byte order mark and a missing final newline stay; otherwise the edit is refused with words on
//! what to do by hand.
//!
//! Deliberately absent: writing anything but whole numbers, booleans, quoted text and empty lists, edits of anchored values, of aliases and of
//! values over several lines.

use std::ops::Range;

use crate::settings::text::{Splices, first_exact, has_lone_returns};
use crate::settings::tree::{Tree, with, without};
use crate::settings::value::{EditError, Refusal, Root, Value};
use crate::settings::yaml::locate::{comments, file, line_of};
use crate::settings::yaml::read::root;
use crate::settings::yaml::tree::{Duplicates, LIMIT, parse, text};
use crate::settings::yaml::ways::{Ways, append, quoted, ways_to_remove, ways_to_set};

/// `source` with the key at `path` set to `value`.
///
/// Missing and null parents are created. If the value is there already, the source comes back as it is.
pub fn set(source: &[u8], path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let spelled = match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::Text(text) => quoted(text),
        Value::EmptyList => "[]".to_owned(),
    };
    let refuse = |why| {
        let by_hand = format!("set {} to {spelled}", path.join("."));
        EditError::Refused { why, line: line_of(source, path), by_hand }
    };
    let unwritable = |text: &str| !text.chars().all(is_plain_char);
    let bad_key = |key: &&str| key.is_empty() || *key == "<<" || unwritable(key);
    if path.is_empty() || path.iter().any(bad_key) || matches!(value, Value::Text(text) if unwritable(text)) {
        let by_hand = "choose a key and a text without control characters".to_owned();
        return Err(EditError::Refused { why: Refusal::Unwritable, line: None, by_hand });
    }
    let old = text(source, LIMIT)?;
    let tree = parse(old, Duplicates::Refused)?;
    if has_odd_breaks(old) {
        return Err(refuse(Refusal::LineBreaks));
    }
    let leaf = Tree::from(*value);
    let root = root(old, &tree);
    if root == Root::Other {
        return Err(refuse(Refusal::NotAMapping));
    }
    let wanted = with(&tree, path, &leaf).map_err(refuse)?;
    // It says so already, whatever the second parser makes of the rest. A plain text may still want its quotes.
    if wanted == tree && !matches!(value, Value::Text(_)) {
        return Ok(source.to_vec());
    }
    let edits = if root == Root::Empty {
        vec![append(old, path, &spelled)]
    } else {
        match ways_to_set(old, path, &spelled).map_err(refuse)? {
            Ways::Same => return Ok(source.to_vec()),
            Ways::Edits(edits) => edits,
        }
    };
    let check = |new: &str, _: &Splices| reads_as(new, &[&wanted]) && keeps_comments(old, new, &[]);
    first_exact(source, old, edits, LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled))
}

/// `source` without the key at `path`; the source as it is if the key is not there.
///
/// A comment on the key's own line goes with it. A parent that is left without keys stays, as a null or `{}`.
pub fn remove(source: &[u8], path: &[&str]) -> Result<Vec<u8>, EditError> {
    let refuse = |why| {
        let by_hand = format!("remove {}", path.join("."));
        EditError::Refused { why, line: line_of(source, path), by_hand }
    };
    let old = text(source, LIMIT)?;
    let tree = parse(old, Duplicates::Refused)?;
    let (Some(empty), Some(null)) = (without(&tree, path, true), without(&tree, path, false)) else {
        return Ok(source.to_vec());
    };
    if has_odd_breaks(old) {
        return Err(refuse(Refusal::LineBreaks));
    }
    let edits = ways_to_remove(old, path).map_err(refuse)?;
    let check = |new: &str, edit: &Splices| {
        let gone: Vec<Range<usize>> = edit.iter().map(|(range, _)| range.clone()).collect();
        reads_as(new, &[&empty, &null]) && keeps_comments(old, new, &gone)
    };
    first_exact(source, old, edits, LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled))
}

/// Whether the text reads as one of the trees, and the second parser can follow it too.
fn reads_as(new: &str, wanted: &[&Tree]) -> bool {
    let tree = text(new.as_bytes(), LIMIT).and_then(|text| parse(text, Duplicates::Refused));
    tree.is_ok_and(|tree| wanted.contains(&&tree)) && file(new).is_some()
}

/// Whether all comments are still there, but for those within what was taken out.
fn keeps_comments(old: &str, new: &str, gone: &[Range<usize>]) -> bool {
    let (Some(old), Some(new)) = (file(old), file(new)) else {
        return false;
    };
    let inside = |at: &Range<usize>| gone.iter().any(|gone| gone.start <= at.start && at.end <= gone.end);
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
