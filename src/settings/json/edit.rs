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

use crate::settings::edit::{Change, first_exact};
use crate::settings::json::blank::{Grammar, comments, uncommented};
use crate::settings::json::part::Part;
use crate::settings::json::read::{fields, is_blank, line_of, plain};
use crate::settings::json::ways::{ways_to_begin, ways_to_remove, ways_to_set};
use crate::settings::text::{Splices, decoded, quoted};
use crate::settings::tree::{Tree, with, without};
use crate::settings::value::{EditError, Field, Refusal, Value};

/// Largest file that is changed, in bytes: an edit holds all of it as a tree, several times.
pub const EDIT_LIMIT: usize = 1024 * 1024;

/// `source` with the key at `path` set to `value`.
///
/// Missing and null parents are created, and an object in a source of no bytes at all. If the value is there already, the source
/// comes back as it is.
pub fn set(source: &[u8], grammar: Grammar, path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let change = Change::set(path, value, quoted);
    let new = change.made(|spelled| {
        let leaf = Tree::from(*value);
        let old = decoded(source, EDIT_LIMIT)?;
        let plain = plain(source, EDIT_LIMIT, grammar)?;
        let (wanted, ways) = if source.is_empty() || (grammar == Grammar::Jsonc && is_blank(&plain)) {
            (with(&Tree::Null, path, &leaf)?, ways_to_begin(old, path, spelled))
        } else {
            let whole = Part::whole(&plain)?;
            // A key that stands twice on the way has no one place.
            fields(source, EDIT_LIMIT, grammar, &[path])?;
            let tree = tree(old, grammar).ok_or(Refusal::Entangled)?;
            if !matches!(tree, Tree::Mapping(_)) {
                return Err(Refusal::NotAMapping.into());
            }
            let wanted = with(&tree, path, &leaf)?;
            if wanted == tree {
                return Ok(source.to_vec());
            }
            let ways = ways_to_set(old, &bare(old, grammar), whole, path, spelled);
            (wanted, ways.ok_or(Refusal::Entangled)?)
        };
        let wanted = Wanted { grammar, path, field: Field::Present(leaf.scalar()), tree: wanted };
        first_exact(source, old, ways, EDIT_LIMIT, |new, way| wanted.holds(new, old, way))
    });
    new.map_err(|stop| change.told(stop, || line_of(source, grammar, path)))
}

/// `source` without the key at `path`, whatever its value; the source as it is if the key is not there.
///
/// A comment on the key's own line goes with it. A parent that is left without keys stays, as `{}`.
pub fn remove(source: &[u8], grammar: Grammar, path: &[&str]) -> Result<Vec<u8>, EditError> {
    let change = Change::remove(path);
    let new = change.made(|_| {
        let old = decoded(source, EDIT_LIMIT)?;
        let there = fields(source, EDIT_LIMIT, grammar, &[path])?;
        if !matches!(there.field(0), Field::Present(_)) {
            return Ok(source.to_vec());
        }
        let plain = plain(source, EDIT_LIMIT, grammar)?;
        let tree = tree(old, grammar).ok_or(Refusal::Entangled)?;
        let tree = without(&tree, path, true).ok_or(Refusal::Entangled)?;
        let ways = ways_to_remove(old, &bare(old, grammar), Part::whole(&plain)?, path).ok_or(Refusal::Entangled)?;
        let wanted = Wanted { grammar, path, field: Field::Absent, tree };
        first_exact(source, old, ways, EDIT_LIMIT, |new, way| wanted.holds(new, old, way))
    });
    new.map_err(|stop| change.told(stop, || line_of(source, grammar, path)))
}

/// The text with blanks for comments.
fn bare(text: &str, grammar: Grammar) -> Cow<'_, str> {
    match grammar {
        Grammar::Json => Cow::Borrowed(text),
        Grammar::Jsonc => uncommented(text),
    }
}

/// What a text has to say: this at the path, by the first parser, and this as a whole, by the second.
struct Wanted<'w> {
    grammar: Grammar,
    path: &'w [&'w str],
    field: Field,
    tree: Tree<'w>,
}

impl Wanted<'_> {
    /// Whether a text says so, with all comments of the old one, but for those within what was taken out.
    fn holds(&self, new: &[u8], old: &str, way: &Splices) -> bool {
        let Ok(text) = decoded(new, EDIT_LIMIT) else { return false };
        let inside = |at: usize| way.iter().any(|(gone, _)| gone.contains(&at));
        let kept = comments(old).into_iter().filter(|(range, _)| !inside(range.start)).map(|(_, text)| text);
        fields(new, EDIT_LIMIT, self.grammar, &[self.path]).is_ok_and(|there| *there.field(0) == self.field)
            && tree(text, self.grammar).is_some_and(|tree| tree == self.tree)
            && kept.eq(comments(text).into_iter().map(|(_, text)| text))
    }
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
