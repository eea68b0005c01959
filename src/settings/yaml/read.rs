//! Reading: a whole text into a type, or some scalars out of a mapping.
//!
//! Promises: the same bounds and the same care about duplicate keys for both; the raw text of a number is kept, so an
//! identifier of digits is never rounded.
//!
//! Deliberately absent: an opinion about what a value means (`no` is the text "no" here).

use serde::de::DeserializeOwned;

use crate::settings::tree::Tree;
use crate::settings::value::{Field, Fields, ReadError, ReadErrorKind, Root};
use crate::settings::yaml::plain;
use crate::settings::yaml::tree::{Duplicates, because, parse, parse_respelled, text};

/// Reads `source`, at most `limit` bytes, as one document of type `T`.
///
/// Duplicate keys are an error at every level, also where `T` is a map. An empty text reads like null.
pub fn read<T: DeserializeOwned>(source: &[u8], limit: usize) -> Result<T, ReadError> {
    if let Some(Ok(value)) = plain_tree(source, limit).as_ref().map(T::deserialize) {
        return Ok(value);
    }
    let text = text(source, limit)?;
    // What the tree could hold within its bounds, `T` can hold too; parsing twice is for what the tree cannot say, and for errors.
    let tree = parse_respelled(text)?;
    if let Ok(value) = T::deserialize(&tree) {
        return Ok(value);
    }
    serde_yaml::from_str(text).map_err(|error| because(ReadErrorKind::Shape, &error))
}

/// The tree of a text that needs no parser.
fn plain_tree(source: &[u8], limit: usize) -> Option<Tree<'_>> {
    if source.len() <= limit { plain::tree(source) } else { None }
}

/// Whether the last line is YAML's end mark `...`: a text that was cut short has lost it. For files of which every line may be a no.
#[must_use]
pub fn is_whole(source: &[u8]) -> bool {
    let last = |text: &str| text.trim_end_matches(['\n', '\r']).rsplit('\n').next().map(str::trim_end) == Some(END);
    std::str::from_utf8(source).is_ok_and(last)
}

/// YAML's end mark.
const END: &str = "...";

/// Reads `source`, at most `limit` bytes, and returns what stands at each of the `wanted` paths.
///
/// A key that stands twice at the top level, or in a mapping on a wanted path, is an error; elsewhere it is not this
/// reader's business. A merge key (`<<`) is followed where a mapping has not the key itself.
pub fn fields(source: &[u8], limit: usize, wanted: &[&[&str]]) -> Result<Fields, ReadError> {
    if let Some(tree) = plain_tree(source, limit) {
        let root = if matches!(tree, Tree::Mapping(_)) { Root::Mapping } else { Root::Other };
        return Ok(Fields::new(root, wanted.iter().map(|path| field(&tree, path)).collect()));
    }
    let text = text(source, limit)?;
    let tree = parse(text, Duplicates::Kept)?;
    if tree.has_duplicates() || wanted.iter().any(|path| duplicates_on(&tree, path)) {
        // The strict reading ends at a duplicate and knows its line.
        parse(text, Duplicates::Refused)?;
    }
    let root = root(text, &tree);
    let empty = Tree::Mapping(Vec::new());
    let top = if root == Root::Empty { &empty } else { &tree };
    Ok(Fields::new(root, wanted.iter().map(|path| field(top, path)).collect()))
}

/// What the document is; an empty one is told from an explicit null by its text.
pub(super) fn root(text: &str, tree: &Tree) -> Root {
    let blank = |line: &str| {
        let line = line.trim();
        line.is_empty() || line.starts_with(['#', '%']) || line == "..." || {
            let rest = line.strip_prefix("---").map(str::trim_start);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
        }
    };
    match tree {
        Tree::Mapping(_) => Root::Mapping,
        Tree::Null if text.lines().all(blank) => Root::Empty,
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::Sequence(_) | Tree::Tagged(..) => {
            Root::Other
        }
    }
}

/// Whether a mapping on the path has a key twice.
fn duplicates_on(tree: &Tree, path: &[&str]) -> bool {
    match path.split_first() {
        None => false,
        Some((key, rest)) => tree.has_duplicates() || child(tree, key).is_some_and(|value| duplicates_on(value, rest)),
    }
}

/// The value of a key, its own or a merged one.
fn child<'t, 's>(tree: &'t Tree<'s>, key: &str) -> Option<&'t Tree<'s>> {
    let Tree::Mapping(entries) = tree else {
        return None;
    };
    let own = |wanted: &str| entries.iter().find(|(key, _)| key.is_text(wanted)).map(|(_, value)| value);
    own(key).or_else(|| match own("<<") {
        Some(Tree::Sequence(merged)) => merged.iter().find_map(|one| child(one, key)),
        Some(merged) => child(merged, key),
        None => None,
    })
}

/// What stands at the path.
fn field(tree: &Tree, path: &[&str]) -> Field {
    let Some((key, rest)) = path.split_first() else {
        return Field::Present(tree.scalar());
    };
    match tree {
        Tree::Mapping(_) => match child(tree, key) {
            Some(value) => field(value, rest),
            None => Field::Absent,
        },
        Tree::Null => Field::UnderNull,
        Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::Sequence(_) | Tree::Tagged(..) => Field::UnderOther,
    }
}
