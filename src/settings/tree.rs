//! A text of any format as a tree that keeps what was written: the raw text of numbers, the order of keys, every key.
//!
//! Promises: a change of a tree is exactly the one that was asked for; what an editor made of a text is compared with it.
//!
//! Deliberately absent: the style of a scalar, comments, positions.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::settings::value::{Refusal, Scalar, Value};

/// A node as it was written, with aliases replaced by what they stand for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Tree<'t> {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// The text of a number.
    Number(Cow<'t, str>),
    /// Any other scalar.
    Text(Cow<'t, str>),
    /// Items in their order.
    Sequence(Vec<Tree<'t>>),
    /// Keys and values in their order.
    Mapping(Vec<(Tree<'t>, Tree<'t>)>),
    /// A node with a tag of its own.
    Tagged(String, Box<Tree<'t>>),
}

impl<'t> From<Value<'t>> for Tree<'t> {
    fn from(value: Value<'t>) -> Self {
        match value {
            Value::Bool(value) => Tree::Bool(value),
            Value::Text(text) => Tree::Text(text.into()),
            Value::Number(number) => Tree::Number(number.to_string().into()),
            Value::EmptyList => Tree::Sequence(Vec::new()),
        }
    }
}

impl Tree<'_> {
    /// Whether this is the text `key`.
    pub(super) fn is_text(&self, key: &str) -> bool {
        matches!(self, Tree::Text(text) if *text == key)
    }

    /// Whether this is a mapping that has a key twice.
    pub(super) fn has_duplicates(&self) -> bool {
        let Tree::Mapping(entries) = self else {
            return false;
        };
        let mut seen = HashSet::new();
        !entries.iter().all(|(key, _)| seen.insert(key))
    }

    /// The class of this value, with its text.
    pub(super) fn scalar(&self) -> Scalar {
        match self {
            Tree::Null => Scalar::Null,
            Tree::Bool(value) => Scalar::Bool(*value),
            Tree::Number(text) => Scalar::Number(text.as_ref().to_owned()),
            Tree::Text(text) => Scalar::Text(text.as_ref().to_owned()),
            Tree::Sequence(_) | Tree::Mapping(_) | Tree::Tagged(..) => Scalar::Other,
        }
    }
}

/// The tree with the leaf at the path.
pub(super) fn with<'t>(tree: &Tree<'t>, path: &[&str], leaf: &Tree<'t>) -> Result<Tree<'t>, Refusal> {
    let Some((key, rest)) = path.split_first() else {
        return match tree {
            same if same == leaf => Ok(leaf.clone()),
            Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) => Ok(leaf.clone()),
            Tree::Sequence(_) | Tree::Mapping(_) => Err(Refusal::NotAScalar),
            Tree::Tagged(..) => Err(Refusal::Marked),
        };
    };
    let mut entries = match tree {
        Tree::Mapping(entries) => entries.clone(),
        Tree::Null => Vec::new(),
        Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::Sequence(_) => return Err(Refusal::NotAMapping),
        Tree::Tagged(..) => return Err(Refusal::Marked),
    };
    match entries.iter_mut().find(|(known, _)| known.is_text(key)) {
        Some((_, value)) => *value = with(value, rest, leaf)?,
        None => entries.push((Tree::Text((*key).to_owned().into()), with(&Tree::Null, rest, leaf)?)),
    }
    Ok(Tree::Mapping(entries))
}

/// The tree without the key at the path; none if it is not there. A mapping that gets empty is left so or null.
pub(super) fn without<'t>(tree: &Tree<'t>, path: &[&str], keep_empty: bool) -> Option<Tree<'t>> {
    let (key, rest) = path.split_first()?;
    let Tree::Mapping(entries) = tree else {
        return None;
    };
    let at = entries.iter().position(|(known, _)| known.is_text(key))?;
    let mut entries = entries.clone();
    if rest.is_empty() {
        entries.remove(at);
        return Some(if entries.is_empty() && !keep_empty { Tree::Null } else { Tree::Mapping(entries) });
    }
    let (_, value) = entries.get_mut(at)?;
    *value = without(value, rest, keep_empty)?;
    Some(Tree::Mapping(entries))
}

/// The line, from 1, of the byte at `at`.
pub(super) fn line_at(bytes: &[u8], at: usize) -> Option<u32> {
    let newlines = bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
    u32::try_from(newlines + 1).ok()
}
