//! dotenv as the Rust crate dotenvy 0.15 reads it.
//!
//! Promises: the same lines, the same values and the same end as the crate, which a table of its own verdicts holds; a line that it cannot
//! read ends all reading, without a word where the program does not ask.
//!
//! Deliberately absent: the environment. A variable that the file does not set counts as not set.

use std::collections::HashMap;

use crate::settings::dotenv::lines::{Assignment, Lines, Stop, Wins};
use crate::settings::dotenv::values::Room;

/// Reads a text; `whole` says that nothing of the file is missing at its end.
pub(super) fn lines(text: &str, whole: bool, wins: Wins, room: &mut Room) -> Option<Lines> {
    let mut lines = Lines::default();
    let mut known = Known { wins, environment: HashMap::new(), stored: HashMap::new() };
    let mut at = 0;
    loop {
        match logical(text, at, whole) {
            Logical::End => return Some(lines),
            Logical::Broken => {
                lines.stop = Some(Stop { at });
                return Some(lines);
            }
            Logical::Line { content, next } => {
                match assignment(content, at, &known, room)? {
                    Ok(None) => {}
                    Ok(Some(found)) => {
                        known.learn(&found);
                        lines.assignments.push(found);
                    }
                    Err(Broken) => {
                        lines.stop = Some(Stop { at });
                        return Some(lines);
                    }
                }
                at = next;
            }
        }
    }
}

/// What a substitution finds.
struct Known {
    wins: Wins,
    /// What the crate has put into the environment so far.
    environment: HashMap<String, String>,
    /// What the reader itself remembers: the last value of each name.
    stored: HashMap<String, String>,
}

impl Known {
    fn learn(&mut self, assignment: &Assignment) {
        let value = assignment.value.clone().unwrap_or_default();
        if self.wins == Wins::Last || !self.environment.contains_key(&assignment.name) {
            self.environment.insert(assignment.name.clone(), value.clone());
        }
        self.stored.insert(assignment.name.clone(), value);
    }

    fn value(&self, name: &str) -> &str {
        self.environment.get(name).or_else(|| self.stored.get(name)).map_or("", String::as_str)
    }
}

enum Logical<'t> {
    End,
    Broken,
    /// A line, or several that a quote holds together, without its comment and line end; and where the next one starts.
    Line {
        content: &'t str,
        next: usize,
    },
}

/// Where a character leaves the reader that looks for the end of a line.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Complete,
    Escape,
    Strong,
    StrongEscape,
    Weak,
    WeakEscape,
    Blank,
}

/// The line that starts at `start`.
fn logical(text: &str, start: usize, whole: bool) -> Logical<'_> {
    let mut state = State::Complete;
    let mut at = start;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        if rest.is_empty() {
            return if whole && state == State::Complete { Logical::End } else { Logical::Broken };
        }
        let next = at + rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        let so_far = text.get(start..next).unwrap_or_default();
        if so_far.trim_start().starts_with('#') {
            return Logical::Line { content: "", next };
        }
        for (offset, c) in rest.get(..next - at).unwrap_or_default().char_indices() {
            state = match (state, c) {
                (State::Blank, '#') => {
                    return Logical::Line { content: text.get(start..at + offset).unwrap_or_default(), next };
                }
                (State::Complete | State::Blank, '\\') => State::Escape,
                (State::Complete | State::Blank, '"') => State::Weak,
                (State::Complete | State::Blank, '\'') => State::Strong,
                (State::Complete, c) if c.is_whitespace() && c != '\n' && c != '\r' => State::Blank,
                (State::Complete | State::Blank | State::Escape, _) => State::Complete,
                (State::Weak, '\\') => State::WeakEscape,
                (State::Weak, '"') | (State::Strong, '\'') => State::Complete,
                (State::Weak | State::WeakEscape, _) => State::Weak,
                (State::Strong, '\\') => State::StrongEscape,
                (State::Strong | State::StrongEscape, _) => State::Strong,
            };
        }
        if state == State::Complete {
            let content = so_far.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
            return Logical::Line { content: content.unwrap_or(so_far), next };
        }
        at = next;
    }
}

/// A line that the crate refuses.
struct Broken;

/// Reads one line. The outer `None` means that there is no room.
fn assignment(line: &str, start: usize, known: &Known, room: &mut Room) -> Option<Result<Option<Assignment>, Broken>> {
    let text = line.trim_end();
    let blank = |at: usize| at + text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start().len());
    let begins = |at: usize, c: char| text.get(at..).is_some_and(|rest| rest.starts_with(c));
    let mut name_at = blank(0);
    if name_at == text.len() || begins(name_at, '#') {
        return Some(Ok(None));
    }
    let Some(mut name) = key(text, name_at) else { return Some(Err(Broken)) };
    let mut at = blank(name_at + name.len());
    if name == "export" && !begins(at, '=') {
        let Some(second) = key(text, at) else { return Some(Err(Broken)) };
        (name_at, name) = (at, second);
        at = blank(name_at + name.len());
    }
    if !begins(at, '=') {
        return Some(Err(Broken));
    }
    let equals = at + 1;
    at = blank(equals);
    let made = |value: String, value_at: std::ops::Range<usize>, follows| Assignment {
        name: name.to_owned(),
        value: Some(value),
        name_at: start + name_at,
        value_at: start + value_at.start..start + value_at.end,
        follows,
    };
    if at == text.len() || begins(at, '#') {
        return Some(Ok(Some(made(String::new(), equals..equals, false))));
    }
    let mut value = Value { out: String::new(), name: None, follows: false, known, room };
    let Some(length) = value.read(text.get(at..).unwrap_or_default())? else { return Some(Err(Broken)) };
    let (out, follows) = (value.out, value.follows);
    Some(Ok(Some(made(out, at..at + length, follows))))
}

fn key(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_').then_some(())?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
    rest.get(..end.unwrap_or(rest.len()))
}

/// The name of a variable that is being read: in braces, or up to the first character that is no letter and no digit.
struct Name {
    braces: bool,
    text: String,
}

struct Value<'k> {
    out: String,
    name: Option<Name>,
    follows: bool,
    known: &'k Known,
    room: &'k mut Room,
}

impl Value<'_> {
    /// Reads a value and gives its length; the inner `None` is one that the crate refuses, the outer one that there is no room.
    fn read(&mut self, text: &str) -> Option<Option<usize>> {
        let (mut strong, mut weak, mut escaped) = (false, false, false);
        let mut end = None;
        for (at, c) in text.char_indices() {
            if end.is_some() {
                match c {
                    ' ' | '\t' => {}
                    '#' => break,
                    _ => return Some(None),
                }
            } else if escaped {
                match c {
                    '\\' | '\'' | '"' | '$' | ' ' => self.out.push(c),
                    'n' => self.out.push('\n'),
                    _ => return Some(None),
                }
                escaped = false;
            } else if strong {
                if c == '\'' { strong = false } else { self.out.push(c) }
            } else if self.name.is_some() {
                // Also a quote that ends here goes into the value: so the crate does it.
                self.substitute(c)?;
            } else {
                match c {
                    '$' => self.open(),
                    '"' => weak = !weak,
                    '\\' => escaped = true,
                    '\'' if !weak => strong = true,
                    ' ' | '\t' if !weak => end = Some(at),
                    _ => self.out.push(c),
                }
            }
        }
        if strong || weak || self.name.as_ref().is_some_and(|name| name.braces) {
            return Some(None);
        }
        self.apply()?;
        self.room.take(self.out.len())?;
        Some(Some(end.unwrap_or(text.len())))
    }

    fn open(&mut self) {
        self.follows = true;
        self.name = Some(Name { braces: false, text: String::new() });
    }

    fn substitute(&mut self, c: char) -> Option<()> {
        let name = self.name.as_mut()?;
        match (name.braces, c) {
            (_, c) if c.is_alphanumeric() => name.text.push(c),
            (true, '}') => self.apply()?,
            (true, c) => name.text.push(c),
            (false, '{') if name.text.is_empty() => name.braces = true,
            (false, c) => {
                self.apply()?;
                if c == '$' { self.open() } else { self.out.push(c) }
            }
        }
        Some(())
    }

    fn apply(&mut self) -> Option<()> {
        if let Some(name) = self.name.take() {
            let found = self.known.value(&name.text);
            self.room.fits(self.out.len() + found.len())?;
            self.out.push_str(found);
        }
        Some(())
    }
}
