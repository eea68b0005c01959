//! A text of any format as a tree that keeps what was written: the raw text of numbers, the order of keys, every key.
//!
//! Promises: a change of a tree is exactly the one that was asked for; what an editor made of a text is compared with it.
//!
//! Deliberately absent: the style of a scalar, comments, positions.

use std::borrow::Cow;
use std::collections::HashSet;

#[cfg(feature = "foreign")]
use crate::settings::value::{EVERY, Field, MOST, ReadError, ReadErrorKind, Step};
use crate::settings::value::{Refusal, Scalar, Value};

/// Longest path that is followed for an edit: nobody nests settings so deeply, and each step is a call.
pub(super) const DEEPEST_PATH: usize = 32;

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

    /// The text that this is.
    #[cfg(feature = "foreign")]
    fn as_text(&self) -> Option<&str> {
        match self {
            Tree::Text(text) => Some(text),
            Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Sequence(_) | Tree::Mapping(_) | Tree::Tagged(..) => {
                None
            }
        }
    }

    /// The value of a key.
    #[cfg(feature = "foreign")]
    pub(super) fn own(&self, key: &str) -> Option<&Self> {
        match self {
            Tree::Mapping(entries) => entries.iter().find(|(known, _)| known.is_text(key)).map(|(_, value)| value),
            Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::Sequence(_) | Tree::Tagged(..) => None,
        }
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

/// What stands at the path, by a look-up of keys.
#[cfg(feature = "foreign")]
pub(super) fn field(tree: &Tree<'_>, path: &[&str]) -> Field {
    let Some((key, rest)) = path.split_first() else {
        return Field::Present(tree.scalar());
    };
    match tree {
        Tree::Mapping(_) => tree.own(key).map_or(Field::Absent, |value| field(value, rest)),
        Tree::Null => Field::UnderNull,
        Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::Sequence(_) | Tree::Tagged(..) => Field::UnderOther,
    }
}

/// What stands at a path of which a step may be [`EVERY`], and the way to each.
#[cfg(feature = "foreign")]
pub(super) fn gathered(tree: &Tree<'_>, path: &[&str]) -> Result<Vec<(Scalar, Vec<Step>)>, ReadError> {
    let mut parts = vec![(tree, Vec::new())];
    for step in path {
        let mut next = Vec::new();
        for (part, way) in parts {
            let onward = |step: Step| way.iter().cloned().chain([step]).collect::<Vec<_>>();
            match part {
                Tree::Mapping(entries) if *step == EVERY => {
                    let named = entries.iter().filter_map(|(key, value)| Some((key.as_text()?, value)));
                    next.extend(named.take(MOST + 1).map(|(key, value)| (value, onward(Step::Key(key.to_owned())))));
                }
                Tree::Sequence(items) if *step == EVERY => {
                    next.extend(
                        items.iter().take(MOST + 1).enumerate().map(|(at, item)| (item, onward(Step::Item(at)))),
                    );
                }
                _ => next.extend(part.own(step).map(|value| (value, onward(Step::Key((*step).to_owned()))))),
            }
            if next.len() > MOST {
                return Err(ReadErrorKind::TooOften.at(None));
            }
        }
        parts = next;
    }
    Ok(parts.into_iter().map(|(part, way)| (part.scalar(), way)).collect())
}

/// How many items the sequence at the path has.
#[cfg(feature = "foreign")]
pub(super) fn length(tree: &Tree<'_>, path: &[&str]) -> Option<usize> {
    let found = path.iter().try_fold(tree, |part, key| part.own(key))?;
    match found {
        Tree::Sequence(items) => Some(items.len()),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::Mapping(_) | Tree::Tagged(..) => None,
    }
}

/// The tree with the leaf at the path.
pub(super) fn with<'t>(tree: &Tree<'t>, path: &[&str], leaf: &Tree<'t>) -> Result<Tree<'t>, Refusal> {
    let Some((key, rest)) = path.split_first() else {
        return match tree {
            same if same == leaf => Ok(leaf.clone()),
            // A list may be emptied: nothing in it needs to be known.
            Tree::Sequence(_) if matches!(leaf, Tree::Sequence(_)) => Ok(leaf.clone()),
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

/// The tree without the key at the path, and without the mappings that are left empty by that; none if it is not there.
#[cfg(feature = "foreign")]
pub(super) fn pruned<'t>(tree: &Tree<'t>, path: &[&str]) -> Option<Tree<'t>> {
    let gone = without(tree, path, true)?;
    let (_, parents) = path.split_last()?;
    let left = parents.iter().try_fold(&gone, |part, key| part.own(key))?;
    match left {
        Tree::Mapping(entries) if entries.is_empty() && !parents.is_empty() => pruned(&gone, parents),
        _ => Some(gone),
    }
}
