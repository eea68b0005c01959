//! A YAML text as a tree.
//!
//! Promises: the bounds on size, depth and repetition are checked before or while reading, so hostile input ends in
//! an error quickly; a number of any length is kept as its text.
//!
//! Deliberately absent: the style of a scalar, comments, anchors (an alias is read as what it stands for).

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use crate::settings::text::{decoded, line_at};
use crate::settings::tree::Tree;
use crate::settings::value::{Language, ReadError, ReadErrorKind};

/// Largest file that is read, in bytes: a settings file is some lines, and the parser is quadratic on nesting.
pub const LIMIT: usize = 64 * 1024;

/// Deepest nesting of collections. People write up to ten; the parser itself gives up at 128.
const DEPTH: usize = 64;

/// Nodes allowed for each byte of the text, and on top of that. Without aliases a text has at most one node a byte;
/// the rest is room for honest aliases.
const NODES_PER_BYTE: usize = 4;
const NODES_AT_LEAST: usize = 1024;

/// Not YAML.
const SYNTAX: ReadErrorKind = ReadErrorKind::Syntax(Language::Yaml);

/// An error of this kind with the parser's sentence and position.
pub(super) fn because(kind: ReadErrorKind, error: &serde_yaml::Error) -> ReadError {
    let place = error.location();
    ReadError {
        kind,
        line: place.as_ref().and_then(|place| u32::try_from(place.line()).ok()),
        column: place.and_then(|place| u32::try_from(place.column()).ok()),
        detail: error.to_string(),
    }
}

/// Whether duplicate keys end the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicates {
    /// They are an error, with its line.
    Refused,
    /// All of them are kept, for the caller to judge.
    Kept,
}

/// The text behind `source`: within the limit, without a leading byte order mark, without characters or nesting
/// that would trouble the parser.
pub(super) fn text(source: &[u8], limit: usize) -> Result<&str, ReadError> {
    let text = decoded(source, limit)?;
    let bare = text.as_bytes();
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    if let Some(at) = text.find(control) {
        return Err(ReadErrorKind::Binary.at(line_at(bare, at)));
    }
    if let Some(line) = other_version(text) {
        return Err(ReadErrorKind::OtherVersion.at(u32::try_from(line).ok()));
    }
    match too_deep(bare) {
        Some(at) => Err(ReadErrorKind::TooDeep.at(line_at(bare, at))),
        None => Ok(text),
    }
}

/// The line of a directive for a YAML other than 1.2: there `yes` and `on` are booleans, and whoever heeds it reads another value.
fn other_version(text: &str) -> Option<usize> {
    let mut before = text.lines().take_while(|line| !line.starts_with("---"));
    let other = |line: &str| line.strip_prefix("%YAML").is_some_and(|rest| !matches!(rest.trim(), "1.2"));
    before.position(other).map(|line| line + 1)
}

/// Where brackets or dashes open more levels than are allowed, by a look at the bytes alone. It may overlook levels
/// (the parser's own bound then ends them) and counts brackets in prose, hence the generous bound.
fn too_deep(bytes: &[u8]) -> Option<usize> {
    let (mut brackets, mut dashes) = (0_usize, 0_usize);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'[' | b'{' => brackets += 1,
            b']' | b'}' => brackets = brackets.saturating_sub(1),
            b'-' | b'?' => dashes += 1,
            b' ' | b'\t' => {}
            _ => dashes = 0,
        }
        // A ruler of dashes in a comment is one run without blanks; count runs with a blank after each only.
        if matches!(byte, b'-' | b'?') && !matches!(bytes.get(at + 1), Some(b' ' | b'\t')) {
            dashes = 0;
        }
        if brackets > 4 * DEPTH || dashes > DEPTH {
            return Some(at);
        }
    }
    None
}

/// Reads the one document of `text`, which came from [`text`](fn@text). Duplicate keys are refused; numbers are spelled anew.
pub(super) fn parse_respelled(text: &str) -> Result<Tree<'static>, ReadError> {
    document(text, &Reading::new(text, Duplicates::Refused), None)
}

/// Reads the one document of `text`, which came from [`text`](fn@text).
pub(super) fn parse(text: &str, duplicates: Duplicates) -> Result<Tree<'static>, ReadError> {
    let reading = Reading::new(text, duplicates);
    let tree = document(text, &reading, None)?;
    if !reading.numbers.get() {
        return Ok(tree);
    }
    // The parser hands out either the class of a plain scalar or its text: the first look tells which are numbers,
    // the second one asks those for their text.
    let again = Reading::new(text, Duplicates::Kept);
    document(text, &again, Some(&tree))
}

/// One look at the text.
fn document(text: &str, reading: &Reading, shape: Option<&Tree<'static>>) -> Result<Tree<'static>, ReadError> {
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let Some(first) = documents.next() else {
        return Ok(Tree::Null);
    };
    let node = Node { reading, depth: 0, shape, seen: None };
    let tree = node.deserialize(first).map_err(|error| reading.explain(&error))?;
    match documents.next().map(IgnoredAny::deserialize) {
        None => Ok(tree),
        Some(Ok(_)) => Err(ReadErrorKind::SeveralDocuments.at(None)),
        Some(Err(error)) => Err(because(SYNTAX, &error)),
    }
}

/// What one reading shares among its nodes.
#[derive(Debug)]
struct Reading {
    duplicates: Duplicates,
    /// Nodes that may still be made.
    nodes: Cell<usize>,
    /// Whether a number was met.
    numbers: Cell<bool>,
    /// Our own reason, when it is not the parser's.
    fault: Cell<Option<ReadErrorKind>>,
}

impl Reading {
    fn new(text: &str, duplicates: Duplicates) -> Self {
        let nodes = Cell::new(text.len() * NODES_PER_BYTE + NODES_AT_LEAST);
        Self { duplicates, nodes, numbers: Cell::new(false), fault: Cell::new(None) }
    }

    fn explain(&self, error: &serde_yaml::Error) -> ReadError {
        let parser = || match error.to_string() {
            words if words.contains("repetition limit exceeded") => ReadErrorKind::TooOften,
            words if words.contains("recursion limit exceeded") => ReadErrorKind::TooDeep,
            _ => SYNTAX,
        };
        because(self.fault.get().unwrap_or_else(parser), error)
    }

    fn fail<T, E: Error>(&self, kind: ReadErrorKind) -> Result<T, E> {
        self.fault.set(Some(kind));
        Err(E::custom(kind))
    }
}

/// Reads one node; `shape` is what the first look found there, `seen` the keys before this one.
#[derive(Debug, Clone, Copy)]
struct Node<'a> {
    reading: &'a Reading,
    depth: usize,
    shape: Option<&'a Tree<'static>>,
    seen: Option<&'a RefCell<HashSet<Tree<'static>>>>,
}

impl<'a> Node<'a> {
    /// A node one level down.
    fn below<E: Error>(self) -> Result<Node<'a>, E> {
        if self.depth >= DEPTH {
            return self.reading.fail(ReadErrorKind::TooDeep);
        }
        Ok(Node { depth: self.depth + 1, shape: None, seen: None, ..self })
    }

    /// Checks a finished node, here so that an error bears the node's own position.
    fn done<E: Error>(self, tree: Tree<'static>) -> Result<Tree<'static>, E> {
        let Some(left) = self.reading.nodes.get().checked_sub(1) else {
            return self.reading.fail(ReadErrorKind::TooOften);
        };
        self.reading.nodes.set(left);
        match self.seen {
            Some(seen) if !seen.borrow_mut().insert(tree.clone()) => self.reading.fail(ReadErrorKind::DuplicateKey),
            _ => Ok(tree),
        }
    }

    fn number<E: Error>(self, text: String) -> Result<Tree<'static>, E> {
        self.reading.numbers.set(true);
        self.done(Tree::Number(text.into()))
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Tree<'static>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree<'static>, D::Error> {
        match self.shape {
            Some(Tree::Number(_)) => deserializer.deserialize_str(self),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Tree<'static>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("YAML")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree<'static>, E> {
        self.done(Tree::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Tree<'static>, E> {
        self.done(Tree::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree<'static>, E> {
        self.done(Tree::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree<'static>, E> {
        self.number(value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree<'static>, E> {
        self.number(value.to_string())
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Tree<'static>, E> {
        self.number(value.to_string())
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Tree<'static>, E> {
        self.number(value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree<'static>, E> {
        self.number(format!("{value:?}"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Tree<'static>, E> {
        match self.shape {
            Some(Tree::Number(_)) => self.done(Tree::Number(value.to_owned().into())),
            _ => self.done(Tree::Text(value.to_owned().into())),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree<'static>, A::Error> {
        let below = self.below()?;
        let mut found = Vec::new();
        loop {
            let shape = match self.shape {
                Some(Tree::Sequence(shapes)) => shapes.get(found.len()),
                _ => None,
            };
            match items.next_element_seed(Node { shape, ..below })? {
                Some(item) => found.push(item),
                None => return self.done(Tree::Sequence(found)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree<'static>, A::Error> {
        let below = self.below()?;
        let keys = RefCell::new(HashSet::new());
        let seen = (self.reading.duplicates == Duplicates::Refused).then_some(&keys);
        let mut found = Vec::new();
        loop {
            let shape = match self.shape {
                Some(Tree::Mapping(shapes)) => shapes.get(found.len()),
                _ => None,
            };
            let key = Node { shape: shape.map(|(key, _)| key), seen, ..below };
            let Some(key) = entries.next_key_seed(key)? else {
                return self.done(Tree::Mapping(found));
            };
            let value = Node { shape: shape.map(|(_, value)| value), ..below };
            found.push((key, entries.next_value_seed(value)?));
        }
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Tree<'static>, A::Error> {
        let shape = match self.shape {
            Some(Tree::Tagged(_, inner)) => Some(&**inner),
            _ => None,
        };
        let (tag, inner) = tagged.variant::<String>()?;
        let inner = inner.newtype_variant_seed(Node { shape, ..self.below()? })?;
        self.done(Tree::Tagged(tag, Box::new(inner)))
    }
}
