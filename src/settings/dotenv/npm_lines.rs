//! dotenv as npm's dotenv reads it up to 14: line by line.
//!
//! Promises: the same lines and values as that package, which a table of its own verdicts holds: no `export`, no comment behind a value, no
//! value of several lines.
//!
//! Deliberately absent: variables in values, which that package does not know.

use crate::settings::dotenv::lines::{Assignment, Lines};
use crate::settings::dotenv::npm::{breaks, of_name, space};
use crate::settings::dotenv::walk::{at, between, skip};

/// Reads a text.
pub(super) fn lines(text: &str) -> Lines {
    let mut lines = Lines::default();
    let mut start = 0;
    for line in text.split(['\n', '\r']) {
        lines.assignments.extend(assignment(line, start));
        start += line.len() + 1;
    }
    lines
}

fn assignment(line: &str, start: usize) -> Option<Assignment> {
    let name_at = skip(line, 0, space);
    let name_end = skip(line, name_at, of_name);
    let sign = skip(line, name_end, space);
    if name_end == name_at || at(line, sign) != Some('=') {
        return None;
    }
    let value_start = skip(line, sign + 1, space);
    let value_end = skip(line, value_start, |c| !breaks(c));
    if skip(line, value_end, space) != line.len() {
        return None;
    }
    let raw = between(line, value_start, value_end);
    let trimmed = raw.trim_matches(space);
    let in_quotes = |quote: char| raw.starts_with(quote) && raw.ends_with(quote);
    let value = match raw {
        // A quote by itself: its start and its end change places.
        "'" | "\"" => raw.to_owned(),
        _ if in_quotes('\'') => between(raw, 1, raw.len() - 1).to_owned(),
        _ if in_quotes('"') => between(raw, 1, raw.len() - 1).replace("\\n", "\n"),
        _ => trimmed.to_owned(),
    };
    let value_at = match trimmed.is_empty() {
        true => start + sign + 1..start + sign + 1,
        false => start + value_start..start + value_start + trimmed.len(),
    };
    let name = between(line, name_at, name_end).to_owned();
    Some(Assignment { name, value: Some(value), name_at: start + name_at, value_at, follows: false })
}
