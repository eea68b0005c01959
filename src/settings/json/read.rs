//! Reading: some scalars out of a text, their lines, how many items a list has, and the bytes of its parts.
//!
//! Promises: time and memory are bounded by the size of the text times the length of a path; a key that stands twice in an object
//! on a wanted path, or at the top, is an error; nothing of the rest is kept.
//!
//! Deliberately absent: an opinion on keys that stand twice elsewhere.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::settings::json::blank::{Grammar, blanked};
use crate::settings::json::part::{Kind, Next, Part};
use crate::settings::text::decoded;
use crate::settings::value::{EVERY, Field, Fields, MOST, ReadError, ReadErrorKind, Root, Scalar};

/// Largest file that is read, in bytes: reports of other programs have megabytes.
pub const LIMIT: usize = 16 * 1024 * 1024;

/// The text as plain JSON, with every place where it was.
pub(super) fn plain(source: &[u8], limit: usize, grammar: Grammar) -> Result<Cow<'_, str>, ReadError> {
    let text = decoded(source, limit)?;
    Ok(match grammar {
        Grammar::Json => Cow::Borrowed(text),
        Grammar::Jsonc => blanked(text),
    })
}

/// Whether nothing but JSON's own blanks is there: other alphabets have more of them, which not every reader takes.
pub(super) fn is_blank(plain: &str) -> bool {
    plain.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Reads `source`, at most `limit` bytes, and returns what stands at each of the `wanted` paths.
///
/// With comments allowed, a text without a value is an empty document; in plain JSON it is a fault.
pub fn fields(source: &[u8], limit: usize, grammar: Grammar, wanted: &[&[&str]]) -> Result<Fields, ReadError> {
    let text = plain(source, limit, grammar)?;
    if grammar == Grammar::Jsonc && is_blank(&text) {
        return Ok(Fields::new(Root::Empty, vec![Field::Absent; wanted.len()]));
    }
    let whole = Part::whole(&text)?;
    if whole.kind() == Kind::Object {
        entry(whole, "")?;
    }
    let root = if whole.kind() == Kind::Object { Root::Mapping } else { Root::Other };
    let values: Result<_, _> = wanted.iter().map(|path| field(whole, path)).collect();
    Ok(Fields::new(root, values?))
}

fn field(part: Part<'_>, path: &[&str]) -> Result<Field, ReadError> {
    let Some((key, rest)) = path.split_first() else {
        return Ok(Field::Present(part.scalar()));
    };
    Ok(match part.kind() {
        Kind::Object => match entry(part, key)? {
            Some((_, value)) => field(value, rest)?,
            None => Field::Absent,
        },
        Kind::Null => Field::UnderNull,
        Kind::Array | Kind::Scalar => Field::UnderOther,
    })
}

/// The entry of an object with this key: its key and its value, where each stands. A key that stands twice is an error.
pub(super) fn entry<'t>(object: Part<'t>, wanted: &str) -> Result<Option<(Part<'t>, Part<'t>)>, ReadError> {
    let (mut found, mut twice) = (None, None);
    let mut seen = HashSet::new();
    object.entries(|key, value| {
        let Some(name) = key.string() else { return Next::More };
        if name == wanted {
            found = Some((key, value));
        }
        if seen.insert(name) {
            return Next::More;
        }
        twice = Some(key);
        Next::Enough
    });
    match twice {
        Some(key) => Err(ReadErrorKind::DuplicateKey.at(key.line())),
        None => Ok(found),
    }
}

/// The line, from 1, of the key at `path`, for messages. None if there is none, or the text cannot be read.
pub fn line_of(source: &[u8], grammar: Grammar, path: &[&str]) -> Option<u32> {
    let text = plain(source, LIMIT, grammar).ok()?;
    let mut at = None;
    let mut part = Part::whole(&text).ok()?;
    for key in path {
        let (key, value) = entry(part, key).ok().flatten()?;
        (at, part) = (key.line(), value);
    }
    at
}

/// The values at a path of which a step may be [`EVERY`]: every item of an array or every value of an object, in their order.
fn every<'t>(whole: Part<'t>, path: &[&str]) -> Result<Vec<(Part<'t>, Part<'t>)>, ReadError> {
    let mut parts = vec![(whole, whole)];
    for step in path {
        let mut next = Vec::new();
        for (_, part) in parts {
            if *step == EVERY {
                let mut take = |at, value| {
                    next.push((at, value));
                    if next.len() > MOST { Next::Enough } else { Next::More }
                };
                part.entries(&mut take);
                part.items(|item| take(item, item));
            } else if let Some(found) = entry(part, step)? {
                next.push(found);
            }
            if next.len() > MOST {
                return Err(ReadErrorKind::TooOften.at(None));
            }
        }
        parts = next;
    }
    Ok(parts)
}

/// What stands at a path of which a step may be [`EVERY`], each with the line of its key or item. What is not there gives nothing.
pub fn gathered(
    source: &[u8],
    limit: usize,
    grammar: Grammar,
    path: &[&str],
) -> Result<Vec<(Scalar, Option<u32>)>, ReadError> {
    let text = plain(source, limit, grammar)?;
    let parts = every(Part::whole(&text)?, path)?;
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    Ok(parts.into_iter().map(|(at, value)| (value.scalar(), Some(lines.of(at.range().start)))).collect())
}

/// Counts lines onward: the parts of a text stand in their order.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn of(&mut self, at: usize) -> u32 {
        let between = self.text.get(self.at..at).unwrap_or_default();
        let newlines = between.iter().filter(|byte| **byte == b'\n').count();
        self.at = self.at.max(at);
        self.line = self.line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        self.line
    }
}

/// How many items the array at `path` has; none where there is no array, or the text cannot be read.
pub fn length(source: &[u8], limit: usize, grammar: Grammar, path: &[&str]) -> Option<usize> {
    let text = plain(source, limit, grammar).ok()?;
    let mut part = Part::whole(&text).ok()?;
    for key in path {
        part = entry(part, key).ok().flatten()?.1;
    }
    let mut count = 0;
    part.items(|_| {
        count += 1;
        Next::More
    });
    (part.kind() == Kind::Array).then_some(count)
}

/// The bytes, as they stand, of what is at a path of which a step may be [`EVERY`]. What is not there gives nothing.
pub fn parts<'s>(source: &'s [u8], limit: usize, grammar: Grammar, path: &[&str]) -> Result<Vec<&'s [u8]>, ReadError> {
    let text = plain(source, limit, grammar)?;
    let bytes = source.get(source.len() - text.len()..).unwrap_or_default();
    let parts = every(Part::whole(&text)?, path)?;
    Ok(parts.into_iter().filter_map(|(_, part)| bytes.get(part.range())).collect())
}
