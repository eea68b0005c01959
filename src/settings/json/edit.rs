//! Editing: one key is set or removed, and every other byte stays.
//!
//! Promises: the new text reads as the old one with exactly that change, by a second parser for the whole and by the first for
//! the value; comments, order, indentation, line ends, the byte order mark and a missing final newline stay; otherwise the edit is
//! refused with words on what to do by hand.
//!
//! Deliberately absent: replacing an object, or a list by anything but an empty one.

use std::borrow::Cow;

use jsonc_parser::ast::{ObjectProp, Value as Node};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::settings::json::blank::{Grammar, comments, uncommented};
use crate::settings::json::part::Part;
use crate::settings::json::read::{fields, is_blank, line_of, plain};
use crate::settings::json::ways::{quoted, ways_to_begin, ways_to_remove, ways_to_set};
use crate::settings::text::{Splices, decoded, first_exact};
use crate::settings::tree::{DEEPEST_PATH, Tree, with, without};
use crate::settings::value::{EditError, Field, Refusal, Value};

/// Largest file that is changed, in bytes: an edit holds all of it as a tree, several times.
pub const EDIT_LIMIT: usize = 1024 * 1024;

/// `source` with the key at `path` set to `value`.
///
/// Missing and null parents are created, and an object in a source of no bytes at all. If the value is there already, the source
/// comes back as it is.
pub fn set(source: &[u8], grammar: Grammar, path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let leaf = Tree::from(*value);
    let spelled = match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => quoted(text),
        Value::EmptyList => "[]".to_owned(),
    };
    let refuse = |why| {
        let by_hand = format!("set {} to {spelled}", path.join("."));
        EditError::Refused { why, line: line_of(source, grammar, path), by_hand }
    };
    if path.is_empty() || path.len() > DEEPEST_PATH {
        return Err(refuse(Refusal::Unwritable));
    }
    let old = decoded(source, EDIT_LIMIT)?;
    let plain = plain(source, EDIT_LIMIT, grammar)?;
    let lands = |new: &str| {
        let there = fields(new.as_bytes(), EDIT_LIMIT, grammar, &[path]);
        there.is_ok_and(|there| *there.field(0) == Field::Present(leaf.scalar()))
    };
    if source.is_empty() || (grammar == Grammar::Jsonc && is_blank(&plain)) {
        let wanted = with(&Tree::Null, path, &leaf).map_err(&refuse)?;
        let edits = ways_to_begin(old, path, &spelled);
        let check =
            |new: &str, edit: &Splices| lands(new) && is_so(new, grammar, &[&wanted]) && keeps_comments(old, new, edit);
        return first_exact(source, old, edits, EDIT_LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled));
    }
    let whole = Part::whole(&plain)?;
    // A key that stands twice on the way has no one place.
    fields(source, EDIT_LIMIT, grammar, &[path])?;
    let tree = tree(old, grammar).ok_or_else(|| refuse(Refusal::Entangled))?;
    if !matches!(tree, Tree::Mapping(_)) {
        return Err(refuse(Refusal::NotAMapping));
    }
    let wanted = with(&tree, path, &leaf).map_err(&refuse)?;
    if wanted == tree {
        return Ok(source.to_vec());
    }
    let edits =
        ways_to_set(old, &bare(old, grammar), whole, path, &spelled).ok_or_else(|| refuse(Refusal::Entangled))?;
    let check =
        |new: &str, edit: &Splices| lands(new) && is_so(new, grammar, &[&wanted]) && keeps_comments(old, new, edit);
    first_exact(source, old, edits, EDIT_LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled))
}

/// `source` without the key at `path`, whatever its value; the source as it is if the key is not there.
///
/// A comment on the key's own line goes with it. A parent that is left without keys stays, as `{}`.
pub fn remove(source: &[u8], grammar: Grammar, path: &[&str]) -> Result<Vec<u8>, EditError> {
    let refuse = |why| {
        let by_hand = format!("remove {}", path.join("."));
        EditError::Refused { why, line: line_of(source, grammar, path), by_hand }
    };
    if path.is_empty() || path.len() > DEEPEST_PATH {
        return Err(refuse(Refusal::Unwritable));
    }
    let old = decoded(source, EDIT_LIMIT)?;
    let there = fields(source, EDIT_LIMIT, grammar, &[path])?;
    if !matches!(there.field(0), Field::Present(_)) {
        return Ok(source.to_vec());
    }
    let plain = plain(source, EDIT_LIMIT, grammar)?;
    let entangled = || refuse(Refusal::Entangled);
    let tree = tree(old, grammar).ok_or_else(entangled)?;
    let wanted = without(&tree, path, true).ok_or_else(entangled)?;
    let edits = ways_to_remove(old, &bare(old, grammar), Part::whole(&plain)?, path).ok_or_else(entangled)?;
    let check = |new: &str, edit: &Splices| {
        let there = fields(new.as_bytes(), EDIT_LIMIT, grammar, &[path]);
        let gone = there.is_ok_and(|there| *there.field(0) == Field::Absent);
        gone && is_so(new, grammar, &[&wanted]) && keeps_comments(old, new, edit)
    };
    first_exact(source, old, edits, EDIT_LIMIT, check).ok_or_else(entangled)
}

/// The text with blanks for comments.
fn bare(text: &str, grammar: Grammar) -> Cow<'_, str> {
    match grammar {
        Grammar::Json => Cow::Borrowed(text),
        Grammar::Jsonc => uncommented(text),
    }
}

/// Whether the text reads as one of the trees.
fn is_so(new: &str, grammar: Grammar, wanted: &[&Tree<'_>]) -> bool {
    tree(new, grammar).is_some_and(|tree| wanted.contains(&&tree))
}

/// Whether all comments are still there, but for those within what was taken out.
fn keeps_comments(old: &str, new: &str, edit: &Splices) -> bool {
    let inside = |at: usize| edit.iter().any(|(gone, _)| gone.contains(&at));
    let old = comments(old).into_iter().filter(|(range, _)| !inside(range.start)).map(|(_, text)| text);
    old.eq(comments(new).into_iter().map(|(_, text)| text))
}

/// The text as a tree, by the second parser.
fn tree(text: &str, grammar: Grammar) -> Option<Tree<'_>> {
    let loose = grammar == Grammar::Jsonc;
    let options = ParseOptions {
        allow_comments: loose,
        allow_trailing_commas: loose,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    Some(of(parse_to_ast(text, &CollectOptions::default(), &options).ok()?.value?))
}

/// The tree of a node. The parser bounds the depth.
fn of<'t>(node: Node<'t>) -> Tree<'t> {
    match node {
        Node::NullKeyword(_) => Tree::Null,
        Node::BooleanLit(literal) => Tree::Bool(literal.value),
        Node::NumberLit(literal) => Tree::Number(literal.value.into()),
        Node::StringLit(literal) => Tree::Text(literal.value),
        Node::Array(array) => Tree::Sequence(array.elements.into_iter().map(of).collect()),
        Node::Object(object) => {
            let entry = |property: ObjectProp<'t>| (Tree::Text(property.name.into_string().into()), of(property.value));
            Tree::Mapping(object.properties.into_iter().map(entry).collect())
        }
    }
}
