//! Comments and last commas made blanks, so that a reader of plain JSON can follow, with every place where it was.
//!
//! Promises: the text has the same length and the same lines; plain JSON comes back as it is; nothing in a string is touched.
//!
//! Deliberately absent: whether the rest is JSON.

use std::borrow::Cow;
use std::ops::Range;

/// What a text may hold beside JSON itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grammar {
    /// Nothing.
    Json,
    /// Comments, and a comma after the last item.
    Jsonc,
}

/// The text without its comments and last commas.
pub(super) fn blanked(text: &str) -> Cow<'_, str> {
    let Marks { mut comments, commas } = marks(text);
    comments.extend(commas.into_iter().map(|at| at..at + 1));
    without(text, comments)
}

/// The text without its comments, the last commas still there.
pub(super) fn uncommented(text: &str) -> Cow<'_, str> {
    without(text, marks(text).comments)
}

fn without(text: &str, gone: Vec<Range<usize>>) -> Cow<'_, str> {
    if gone.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in gone {
        for byte in bytes.get_mut(range).into_iter().flatten().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
            *byte = b' ';
        }
    }
    // Whole characters were made blanks, so it is text still.
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The comments of a text, each with where it stands.
pub(super) fn comments(text: &str) -> Vec<(Range<usize>, &str)> {
    marks(text).comments.into_iter().filter_map(|range| Some((range.clone(), text.get(range)?))).collect()
}

/// What is not of plain JSON.
#[derive(Default)]
struct Marks {
    comments: Vec<Range<usize>>,
    commas: Vec<usize>,
}

fn marks(text: &str) -> Marks {
    let bytes = text.as_bytes();
    let (mut marks, mut comma, mut at) = (Marks::default(), None, 0);
    // What stood last before: a comma is one behind a value only.
    let mut before = b',';
    while let Some(byte) = bytes.get(at) {
        let end = match (byte, bytes.get(at + 1)) {
            (b'/', Some(next @ (b'/' | b'*'))) => {
                let end = comment_end(bytes, at, *next == b'*');
                // One that is never closed stays, and is no JSON then.
                marks.comments.extend(end.map(|end| at..end));
                at = end.unwrap_or(bytes.len());
                continue;
            }
            (b' ' | b'\t' | b'\r' | b'\n', _) => {
                at += 1;
                continue;
            }
            (b'"', _) => string_end(bytes, at),
            _ => at + 1,
        };
        let last = if matches!(byte, b']' | b'}') { comma } else { None };
        marks.commas.extend(last);
        comma = (*byte == b',' && !matches!(before, b'[' | b'{' | b',' | b':')).then_some(at);
        before = *byte;
        at = end;
    }
    marks
}

/// The place behind the string that begins at `at`.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    loop {
        match bytes.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') | None => return at + 1,
            Some(_) => at += 1,
        }
    }
}

/// The place behind the comment that begins at `at`; none if it is never closed. A comment of a line ends before its line break; where
/// it holds what only some readers take for one, nobody knows what it hides.
fn comment_end(bytes: &[u8], at: usize, block: bool) -> Option<usize> {
    let rest = bytes.get(at..)?;
    if block {
        return rest.windows(2).skip(2).position(|two| two == b"*/").map(|close| at + close + 4);
    }
    let line = rest.split(|byte| *byte == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let odd = line.contains(&b'\r') || line.windows(3).any(|three| matches!(three, [0xe2, 0x80, 0xa8 | 0xa9]));
    (!odd).then_some(at + line.len())
}
