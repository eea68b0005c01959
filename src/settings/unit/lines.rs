//! The lines of a unit: sections, assignments, comments, and lines that go on.
//!
//! Promises: what systemd passes over with a warning is passed over; what it stops at is an error. Deliberately absent: what a key means.

use crate::settings::value::{Language, ReadError, ReadErrorKind};

/// A key that is given a value in a section.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) section: String,
    pub(super) key: String,
    pub(super) value: String,
    /// The first of its lines, from 1.
    pub(super) line: Option<u32>,
}

/// All assignments in their order.
pub(super) fn assignments(text: &str) -> Result<Vec<Assignment>, ReadError> {
    let (mut all, mut section) = (Vec::new(), String::new());
    let mut lines = text.split('\n').enumerate();
    while let Some((number, line)) = lines.next() {
        if is_comment(line) {
            continue;
        }
        let (mut whole, mut last) = (String::new(), line);
        // A line that goes on: its end is a blank, and comments between are none of it.
        loop {
            let piece = last.strip_suffix('\r').unwrap_or(last);
            let Some(more) = goes_on(piece) else {
                whole.push_str(piece);
                break;
            };
            whole.push_str(more);
            whole.push(' ');
            match lines.by_ref().map(|(_, line)| line).find(|line| !is_comment(line)) {
                Some(line) => last = line,
                None => break,
            }
        }
        let whole = whole.trim_matches(BLANKS);
        if let Some(name) = whole.strip_prefix('[') {
            let broken = || ReadErrorKind::Syntax(Language::Unit).at(u32::try_from(number + 1).ok());
            section = name.strip_suffix(']').ok_or_else(broken)?.to_owned();
        } else if let Some((key, value)) = whole.split_once('=') {
            all.push(Assignment {
                section: section.clone(),
                key: key.trim_matches(BLANKS).to_owned(),
                value: value.trim_matches(BLANKS).to_owned(),
                line: u32::try_from(number + 1).ok(),
            });
        }
    }
    Ok(all)
}

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

fn is_comment(line: &str) -> bool {
    line.trim_start_matches(BLANKS).starts_with(['#', ';'])
}

/// A line without the backslash at its end that no other one escapes.
fn goes_on(line: &str) -> Option<&str> {
    let more = line.strip_suffix('\\')?;
    let escaping = more.len() - more.trim_end_matches('\\').len();
    escaping.is_multiple_of(2).then_some(more)
}
