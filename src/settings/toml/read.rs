//! Reading: some scalars out of a text, their lines, and how many items a list has.
//!
//! Promises: the bounds on size are checked before reading, and the parser bounds the depth; a key that stands twice anywhere is an
//! error, as TOML demands.
//!
//! Deliberately absent: dates as anything but something that no scalar holds.

use toml_edit::{Document, Item, Value as Node};

use crate::settings::text::{decoded, line_at};
use crate::settings::tree::{self, Tree};
use crate::settings::value::{Fields, Language, ReadError, ReadErrorKind, Root, Scalar, Step};

/// Largest file that is read, in bytes: a settings file is some lines, and each value takes some hundred bytes of memory.
pub const LIMIT: usize = 256 * 1024;

/// The text with its syntax.
pub(super) fn parsed(source: &[u8], limit: usize) -> Result<Document<&str>, ReadError> {
    let text = decoded(source, limit)?;
    Document::parse(text).map_err(|error| {
        let kind = match error.message() {
            words if words.starts_with("duplicate key") => ReadErrorKind::DuplicateKey,
            words if words.contains("recursion limit") => ReadErrorKind::TooDeep,
            _ => ReadErrorKind::Syntax(Language::Toml),
        };
        let line = error.span().and_then(|span| line_at(text.as_bytes(), span.start));
        ReadError { kind, line, column: None, detail: error.message().to_owned() }
    })
}

/// Reads `source`, at most `limit` bytes, and returns what stands at each of the `wanted` paths.
pub fn fields(source: &[u8], limit: usize, wanted: &[&[&str]]) -> Result<Fields, ReadError> {
    let document = parsed(source, limit)?;
    let root = if document.as_table().is_empty() { Root::Empty } else { Root::Mapping };
    let tree = of(&document);
    Ok(Fields::new(root, wanted.iter().map(|path| tree::field(&tree, path)).collect()))
}

/// The line, from 1, of the key at `path`, for messages. None if there is none, or the text cannot be read.
pub fn line_of(source: &[u8], path: &[&str]) -> Option<u32> {
    let document = parsed(source, LIMIT).ok()?;
    let way: Vec<Step> = path.iter().map(|key| Step::Key((*key).to_owned())).collect();
    line(&document, &way)
}

/// The line of the last step's key or item.
fn line(document: &Document<&str>, way: &[Step]) -> Option<u32> {
    let (mut part, mut at) = (Part::Item(document.as_item()), None);
    for step in way {
        (part, at) = part.below(step)?;
    }
    at.and_then(|at| line_at(document.raw().as_bytes(), at))
}

/// A table, or a value within one.
#[derive(Clone, Copy)]
enum Part<'d> {
    Item(&'d Item),
    Node(&'d Node),
    Table(&'d toml_edit::Table),
}

impl<'d> Part<'d> {
    /// The part behind a step, and where its key or it itself begins.
    fn below(self, step: &Step) -> Option<(Part<'d>, Option<usize>)> {
        match (self, step) {
            (Part::Item(Item::Table(table)) | Part::Table(table), Step::Key(key)) => {
                let (key, item) = table.get_key_value(key)?;
                Some((Part::Item(item), key.span().map(|span| span.start)))
            }
            (
                Part::Item(Item::Value(Node::InlineTable(table))) | Part::Node(Node::InlineTable(table)),
                Step::Key(key),
            ) => {
                let (key, value) = table.get_key_value(key)?;
                Some((Part::Item(value), key.span().map(|span| span.start)))
            }
            (Part::Item(Item::Value(Node::Array(items))) | Part::Node(Node::Array(items)), Step::Item(at)) => {
                let item = items.get(*at)?;
                Some((Part::Node(item), item.span().map(|span| span.start)))
            }
            (Part::Item(Item::ArrayOfTables(tables)), Step::Item(at)) => {
                let table = tables.get(*at)?;
                Some((Part::Table(table), table.span().map(|span| span.start)))
            }
            _ => None,
        }
    }
}

/// What stands at a path of which a step may be `*`, each with the line of its key or item. What is not there gives nothing.
pub fn gathered(source: &[u8], limit: usize, path: &[&str]) -> Result<Vec<(Scalar, Option<u32>)>, ReadError> {
    let document = parsed(source, limit)?;
    let found = tree::gathered(&of(&document), path)?;
    Ok(found.into_iter().map(|(scalar, way)| (scalar, line(&document, &way))).collect())
}

/// How many items the array at `path` has; none where there is no array, or the text cannot be read.
pub fn length(source: &[u8], limit: usize, path: &[&str]) -> Option<usize> {
    tree::length(&of(&parsed(source, limit).ok()?), path)
}

/// The text as a tree.
pub(super) fn of<'d>(document: &'d Document<&'d str>) -> Tree<'d> {
    item(document.as_item(), document.raw())
}

fn item<'d>(part: &'d Item, text: &'d str) -> Tree<'d> {
    match part {
        Item::None => Tree::Null,
        Item::Value(value) => node(value, text),
        Item::Table(inner) => table(inner, text),
        Item::ArrayOfTables(tables) => Tree::Sequence(tables.iter().map(|inner| table(inner, text)).collect()),
    }
}

fn table<'d>(table: &'d toml_edit::Table, text: &'d str) -> Tree<'d> {
    Tree::Mapping(table.iter().map(|(key, value)| (Tree::Text(key.into()), item(value, text))).collect())
}

fn node<'d>(node: &'d Node, text: &'d str) -> Tree<'d> {
    let written = || node.span().and_then(|span| text.get(span)).unwrap_or_default();
    match node {
        Node::String(value) => Tree::Text(value.value().into()),
        Node::Integer(_) | Node::Float(_) => Tree::Number(written().into()),
        Node::Boolean(value) => Tree::Bool(*value.value()),
        Node::Datetime(_) => Tree::Tagged("date".to_owned(), Box::new(Tree::Text(written().into()))),
        Node::Array(items) => Tree::Sequence(items.iter().map(|item| self::node(item, text)).collect()),
        Node::InlineTable(table) => {
            let entry = |(key, value): (&'d str, &'d Node)| (Tree::Text(key.into()), self::node(value, text));
            Tree::Mapping(table.iter().map(entry).collect())
        }
    }
}
