//! dotenv as PyPI's python-dotenv reads it.
//!
//! Promises: the same lines and values as that package, in both of its ways with quotes, which a table of its own verdicts holds; a line
//! that it cannot read is skipped, and what a quote swallowed on the way with it.
//!
//! Deliberately absent: the environment. A variable that the file does not set counts as not set.

use std::collections::HashMap;

use crate::settings::dotenv::lines::{Assignment, Lines};
use crate::settings::dotenv::values::Room;
use crate::settings::dotenv::walk::{Normal, at, between, skip};

/// The releases that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Release {
    /// Up to 1.2.2.
    Before,
    /// From 1.2.3 on: no byte order mark in the first name, `\\` before a quote, a comment after `= `.
    Now,
}

/// Reads a text.
pub(super) fn lines(source: &str, release: Release, room: &mut Room) -> Option<Lines> {
    let normal = Normal::new(source);
    let mut reader = Reader { text: &normal.text, at: 0, release };
    let mut lines = Lines::default();
    let mut known = HashMap::new();
    while reader.at < reader.text.len() {
        let Some(found) = reader.binding() else {
            reader.at = skip(reader.text, reader.at, |c| c != '\n');
            reader.at = skip_one(reader.text, reader.at, '\n');
            continue;
        };
        let Some(found) = found else { continue };
        let (value, follows) = match &found.value {
            None => (None, false),
            Some(raw) => interpolated(raw, &known, room).map(|(value, follows)| (Some(value), follows))?,
        };
        known.insert(found.name.to_owned(), value.clone());
        let value_at = normal.source(found.value_at.start)..normal.source(found.value_at.end);
        let (name, name_at) = (found.name.to_owned(), normal.source(found.name_at));
        lines.assignments.push(Assignment { name, value, name_at, value_at, follows });
    }
    Some(lines)
}

/// What Python's `\s` takes.
fn space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

/// The same within a line.
fn blank(c: char) -> bool {
    space(c) && c != '\n'
}

fn skip_one(text: &str, place: usize, c: char) -> usize {
    if at(text, place) == Some(c) { place + c.len_utf8() } else { place }
}

struct Binding<'t> {
    name: &'t str,
    name_at: usize,
    value: Option<String>,
    value_at: std::ops::Range<usize>,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    release: Release,
}

impl<'t> Reader<'t> {
    /// The next assignment; the outer `None` means a line that cannot be read, the inner one a comment or the end.
    fn binding(&mut self) -> Option<Option<Binding<'t>>> {
        let text = self.text;
        self.at = skip(text, self.at, space);
        if self.at == text.len() {
            return Some(None);
        }
        if let Some(rest) = text.get(self.at..).and_then(|rest| rest.strip_prefix("export")) {
            let after = text.len() - rest.len();
            let blanks = skip(text, after, blank);
            self.at = if blanks > after { blanks } else { self.at };
        }
        let mut name_at = self.at;
        let name = match at(text, self.at) {
            Some('#') => None,
            Some('\'') => {
                name_at += 1;
                let end = skip(text, name_at, |c| c != '\'');
                at(text, end).filter(|_| end > name_at)?;
                self.at = end + 1;
                Some(between(text, name_at, end))
            }
            _ => {
                self.at = skip(text, name_at, |c| !space(c) && !matches!(c, '=' | '#'));
                Some(between(text, name_at, self.at)).filter(|name| !name.is_empty()).map(Some)?
            }
        };
        let after_name = self.at;
        self.at = skip(text, self.at, blank);
        let (mut value, mut value_at) = (None, after_name..after_name);
        if at(text, self.at) == Some('=') {
            let equals = self.at + 1;
            self.at = skip(text, equals, blank);
            let start = self.at;
            let read = self.value(start > equals)?;
            value_at = if read.0.is_empty() && read.1 == start { equals..equals } else { start..read.1 };
            value = Some(read.0);
        }
        self.comment_and_end()?;
        Some(name.map(|name| Binding { name, name_at, value, value_at }))
    }

    fn comment_and_end(&mut self) -> Option<()> {
        self.at = skip(self.text, self.at, blank);
        if at(self.text, self.at) == Some('#') {
            self.at = skip(self.text, self.at, |c| c != '\n');
        }
        match at(self.text, self.at) {
            None => Some(()),
            Some('\n') => {
                self.at += 1;
                Some(())
            }
            Some(_) => None,
        }
    }

    /// A value, and where what is written of it ends.
    fn value(&mut self, blanks: bool) -> Option<(String, usize)> {
        match at(self.text, self.at) {
            None | Some('\n') => Some((String::new(), self.at)),
            Some('#') if blanks && self.release == Release::Now => Some((String::new(), self.at)),
            Some(quote @ ('\'' | '"')) => {
                let start = self.at + 1;
                let end = self.closing(start, quote)?;
                self.at = end + 1;
                Some((unescaped(between(self.text, start, end), quote), end + 1))
            }
            Some(_) => {
                let start = self.at;
                self.at = skip(self.text, start, |c| c != '\n');
                let line = between(self.text, start, self.at);
                let comment =
                    line.match_indices('#').map(|(at, _)| at).find(|at| between(line, 0, *at).ends_with(space));
                let value = between(line, 0, comment.unwrap_or(line.len())).trim_end_matches(space);
                Some((value.to_owned(), start + value.len()))
            }
        }
    }

    /// The quote that ends a value.
    fn closing(&self, start: usize, quote: char) -> Option<usize> {
        let rest = self.text.get(start..)?;
        let quotes = rest.match_indices(quote).map(|(at, _)| at);
        match self.release {
            Release::Before => {
                let (mut closing, mut escaped) = (None, None);
                for at in quotes {
                    if !between(rest, 0, at).ends_with('\\') {
                        closing = Some(at);
                        break;
                    }
                    escaped = Some(at);
                }
                closing.or(escaped).map(|at| start + at)
            }
            Release::Now => {
                let mut after_backslash = false;
                let found = rest.char_indices().find(|(_, c)| {
                    let ends = *c == quote && !after_backslash;
                    after_backslash = *c == '\\' && !after_backslash;
                    ends
                });
                found.map(|(at, _)| start + at)
            }
        }
    }
}

/// The text between quotes, with its escapes replaced.
fn unescaped(raw: &str, quote: char) -> String {
    let (mut out, mut rest) = (String::with_capacity(raw.len()), raw.chars().peekable());
    while let Some(c) = rest.next() {
        let escape = if c == '\\' { rest.peek().and_then(|next| escape(*next, quote)) } else { None };
        out.push(escape.unwrap_or(c));
        if escape.is_some() {
            rest.next();
        }
    }
    out
}

fn escape(c: char, quote: char) -> Option<char> {
    match c {
        '\\' | '\'' => Some(c),
        _ if quote == '\'' => None,
        '"' => Some('"'),
        'a' => Some('\x07'),
        'b' => Some('\x08'),
        'f' => Some('\x0c'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\x0b'),
        _ => None,
    }
}

/// The value with its `${NAME}` and `${NAME:-default}` replaced, and whether it has any.
fn interpolated(raw: &str, known: &HashMap<String, Option<String>>, room: &mut Room) -> Option<(String, bool)> {
    let (mut out, mut rest, mut follows) = (String::new(), raw, false);
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at_checked(at)?;
        out.push_str(before);
        if !from.contains('}') {
            rest = from;
            break;
        }
        let Some((name, default, after)) = variable(from) else {
            out.push('$');
            rest = from.get(1..)?;
            continue;
        };
        follows = true;
        let found = match known.get(name) {
            Some(value) => value.as_deref().unwrap_or_default(),
            None => default.unwrap_or_default(),
        };
        room.fits(out.len() + found.len())?;
        out.push_str(found);
        rest = after;
    }
    out.push_str(rest);
    room.take(out.len())?;
    Some((out, follows))
}

/// A variable at the start of a text: its name, its default, and what follows it.
fn variable(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let inner = text.strip_prefix("${")?;
    let (name, rest) = inner.split_at_checked(inner.find([':', '}'])?)?;
    if let Some(after) = rest.strip_prefix('}') {
        return Some((name, None, after));
    }
    let (default, after) = rest.strip_prefix(":-")?.split_once('}')?;
    Some((name, Some(default), after))
}
