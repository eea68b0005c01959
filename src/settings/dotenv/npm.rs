//! dotenv as npm's dotenv reads it, from 15 on.
//!
//! Promises: the same lines and values as that package, which a table of its own verdicts holds. It is one pattern, tried from each line's
//! start; here it is walked without the pattern's steps backwards, so no text takes long.
//!
//! Deliberately absent: variables in values, which that package does not know.

use crate::settings::dotenv::lines::{Assignment, Lines};
use crate::settings::dotenv::walk::{Normal, at, between, skip};

/// The releases that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Release {
    /// 15.0.0: no backticks, and nothing between quotes leaves the quotes.
    Fifteen,
    /// 16.
    Sixteen,
}

/// Reads a text.
pub(super) fn lines(source: &str, release: Release) -> Lines {
    let normal = Normal::new(source);
    let text: &str = &normal.text;
    let mut lines = Lines::default();
    let mut from = 0;
    while let Some(start) = line_start(text, from) {
        // All starts within these blanks lead to the same place.
        let first = skip(text, start, space);
        match found(text, first, release) {
            Some(found) => {
                let value_at = normal.source(found.value_at.start)..normal.source(found.value_at.end);
                let value = Some(value(between(text, found.value_at.start, found.value_at.end), release));
                let (name, name_at) = (found.name.to_owned(), normal.source(found.name_at));
                lines.assignments.push(Assignment { name, value, name_at, value_at, follows: false });
                from = found.end;
            }
            None if first == text.len() => break,
            None => from = first + 1,
        }
    }
    lines
}

/// What JavaScript's `\s` takes.
pub(super) fn space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// What JavaScript's `.` does not take, and `^` and `$` stand beside.
pub(super) fn breaks(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// What a name is made of.
pub(super) fn of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// The first start of a line from `from` on.
fn line_start(text: &str, from: usize) -> Option<usize> {
    let mut from = from;
    while !text.is_char_boundary(from) {
        from += 1;
    }
    if from == 0 || between(text, 0, from).ends_with(breaks) {
        return (from < text.len()).then_some(from);
    }
    let rest = text.get(from..)?;
    let (offset, c) = rest.char_indices().find(|(_, c)| breaks(*c))?;
    let start = from + offset + c.len_utf8();
    (start < text.len()).then_some(start)
}

struct Found<'t> {
    name: &'t str,
    name_at: usize,
    /// The value with its quotes and without blanks around it.
    value_at: std::ops::Range<usize>,
    end: usize,
}

fn found(text: &str, first: usize, release: Release) -> Option<Found<'_>> {
    let exported = text.get(first..)?.strip_prefix("export").and_then(|rest| {
        let after = text.len() - rest.len();
        let name_at = skip(text, after, space);
        (name_at > after).then_some(name_at)
    });
    let named = |name_at: usize| {
        let end = skip(text, name_at, of_name);
        let after = if end > name_at { equals(text, end)? } else { return None };
        Some((name_at, end, after))
    };
    let (name_at, name_end, after) = exported.and_then(named).or_else(|| named(first))?;
    let group_end = quoted(text, after, release).unwrap_or_else(|| skip(text, after, |c| !matches!(c, '#' | '\n')));
    let group = between(text, after, group_end);
    let value_start = group_end - group.trim_start_matches(space).len();
    let value = group.trim_matches(space);
    let value_at = if value.is_empty() { after..after } else { value_start..value_start + value.len() };
    Some(Found { name: between(text, name_at, name_end), name_at, value_at, end: end(text, group_end)? })
}

/// The place behind `=`, or behind a colon and one blank.
fn equals(text: &str, name_end: usize) -> Option<usize> {
    let sign = skip(text, name_end, space);
    if at(text, sign) == Some('=') {
        return Some(sign + 1);
    }
    let blank = text.get(name_end..)?.strip_prefix(':')?.chars().next().filter(|c| space(*c))?;
    Some(name_end + 1 + blank.len_utf8())
}

/// The end of a quoted value after which nothing but a comment stands on the line.
fn quoted(text: &str, after: usize, release: Release) -> Option<usize> {
    let open = skip(text, after, space);
    let quote = at(text, open).filter(|c| matches!(c, '\'' | '"') || (*c == '`' && release == Release::Sixteen))?;
    let start = open + 1;
    let rest = text.get(start..)?;
    let mut candidates = Vec::new();
    for (offset, _) in rest.match_indices(quote) {
        candidates.push(start + offset + 1);
        if !between(rest, 0, offset).ends_with('\\') {
            break;
        }
    }
    candidates.into_iter().rev().find(|end| self::end(text, *end).is_some())
}

/// Where a match ends whose value ends at `place`: behind blanks and a comment, at the last end of a line among them.
fn end(text: &str, place: usize) -> Option<usize> {
    let blanks = skip(text, place, space);
    match at(text, blanks) {
        None => Some(blanks),
        Some('#') => Some(skip(text, blanks, |c| !breaks(c))),
        Some(_) => between(text, place, blanks).rfind(breaks).map(|offset| place + offset),
    }
}

/// The value of a trimmed text.
fn value(trimmed: &str, release: Release) -> String {
    let bare = unquoted(trimmed, release);
    if trimmed.starts_with('"') { bare.replace("\\n", "\n").replace("\\r", "\r") } else { bare }
}

/// Without the quotes around it, or around some of its lines: the pattern is tried at the start of each line.
fn unquoted(text: &str, release: Release) -> String {
    let (mut out, mut kept) = (String::new(), 0);
    let ends = |at: &usize| text.get(at + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with(breaks));
    let last = |quote: char| text.rmatch_indices(quote).map(|(at, _)| at).find(ends);
    let closings = [('\'', last('\'')), ('"', last('"')), ('`', last('`').filter(|_| release == Release::Sixteen))];
    let least = if release == Release::Fifteen { 2 } else { 1 };
    let mut next = Some(0);
    while let Some(start) = next {
        let first = at(text, start);
        let closing = closings.iter().find(|(quote, _)| first == Some(*quote)).and_then(|(_, closing)| *closing);
        let from = match closing.filter(|closing| *closing >= start + least) {
            Some(closing) => {
                out.push_str(between(text, kept, start));
                out.push_str(between(text, start + 1, closing));
                kept = closing + 1;
                kept
            }
            None => start + first.map_or(1, char::len_utf8),
        };
        next = if from > text.len() { None } else { line_start(text, from) };
    }
    out.push_str(between(text, kept, text.len()));
    out
}
