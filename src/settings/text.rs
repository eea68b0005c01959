//! The bytes of a file as text, places in it, and splices that several formats share.
//!
//! Promises: line ends are those of the text, and a missing final newline stays missing.
//!
//! Deliberately absent: any format.

use std::ops::Range;

use crate::settings::value::{ReadError, ReadErrorKind};

/// The text behind `source`: within the limit, UTF-8, without a leading byte order mark.
pub(super) fn decoded(source: &[u8], limit: usize) -> Result<&str, ReadError> {
    if source.len() > limit {
        return Err(ReadErrorKind::TooLarge.at(None));
    }
    let bare = source.strip_prefix("\u{feff}".as_bytes()).unwrap_or(source);
    std::str::from_utf8(bare).map_err(|error| ReadErrorKind::NotUtf8.at(line_at(bare, error.valid_up_to())))
}

/// The line, from 1, of the byte at `at`.
pub(super) fn line_at(bytes: &[u8], at: usize) -> Option<u32> {
    let newlines = bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
    u32::try_from(newlines + 1).ok()
}

/// The end of the line on which `at` stands, before its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    at + line.strip_suffix('\r').unwrap_or(line).len()
}

/// The start of the line on which `at` stands.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// What stands before `at` on its line, if that is blanks only.
pub(super) fn indent(text: &str, at: usize) -> Option<&str> {
    let before = text.get(line_start(text, at)..at)?;
    before.chars().all(|c| matches!(c, ' ' | '\t')).then_some(before)
}

/// How many blanks stand at `at`.
pub(super) fn blanks(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.len() - rest.trim_start_matches([' ', '\t']).len()
}

/// Whether only blanks, or a comment behind `#`, follow on the line.
pub(super) fn is_line_over(text: &str, at: usize) -> bool {
    let rest = text.get(at..line_end(text, at)).unwrap_or_default().trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// The indentation of what is put on lines of its own into something that begins at `at`.
#[cfg(feature = "foreign")]
pub(super) fn inner_indent(text: &str, at: usize) -> String {
    let start = line_start(text, at);
    let outer = text.get(start..start + blanks(text, start)).unwrap_or_default();
    format!("{outer}{}", if outer.starts_with('\t') { "\t" } else { "  " })
}

/// The lines on which `range` stands, with one line break: the one behind them, or, where there is none, the one before.
pub(super) fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let (start, end) = (line_start(text, range.start), line_end(text, range.end));
    let rest = text.get(end..).unwrap_or_default();
    let newline = rest.find('\n').map_or(0, |at| at + 1);
    let before = text.get(..start).unwrap_or_default();
    let start = match newline {
        0 => before.strip_suffix("\r\n").or(before.strip_suffix('\n')).unwrap_or(before).len(),
        _ => start,
    };
    start..end + newline
}

/// The line ending of the text: that of its first line.
pub(super) fn eol(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text.get(..at).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        _ => "\n",
    }
}

/// Whether a carriage return stands somewhere by itself: some readers see a line break there and others do not.
pub(super) fn has_lone_returns(text: &str) -> bool {
    text.split("\r\n").any(|piece| piece.contains('\r'))
}

/// Replacements of byte ranges, in ascending order and apart from each other.
pub(super) type Splices = Vec<(Range<usize>, String)>;

/// The line put behind all that is there; a text without a final newline stays so.
pub(super) fn appended(old: &str, line: &str) -> Splices {
    let eol = eol(old);
    let text = if old.is_empty() || old.ends_with('\n') { format!("{line}{eol}") } else { format!("{eol}{line}") };
    vec![(old.len()..old.len(), text)]
}

/// The line put below what stands at `range`, indented as that is.
#[cfg(feature = "foreign")]
pub(super) fn below(old: &str, range: Range<usize>, line: &str) -> Splices {
    let at = line_end(old, range.end);
    vec![(at..at, format!("{}{}{line}", eol(old), indent(old, range.start).unwrap_or_default()))]
}

/// A text in double quotes on one line, with escapes that JSON, TOML, HOCON and HCL have alike.
#[cfg(feature = "foreign")]
pub(super) fn quoted(text: &str) -> String {
    let mut spelled = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => spelled.extend(['\\', c]),
            '\n' => spelled.push_str("\\n"),
            '\r' => spelled.push_str("\\r"),
            '\t' => spelled.push_str("\\t"),
            c if c.is_control() => spelled.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => spelled.push(c),
        }
    }
    spelled + "\""
}

/// Ways to take what stands at `place` out of a list with commas on one line, with the comma before or behind it.
#[cfg(feature = "foreign")]
pub(super) fn out_of_list(old: &str, place: Range<usize>) -> Vec<Splices> {
    let mut ways = Vec::new();
    let comma = place.end + blanks(old, place.end);
    if old.get(comma..).is_some_and(|after| after.starts_with(',')) {
        ways.push(vec![(place.start..comma + 1 + blanks(old, comma + 1), String::new())]);
    }
    let before = old.get(..place.start).unwrap_or_default().trim_end_matches([' ', '\t']);
    if before.ends_with(',') {
        ways.push(vec![(before.len() - 1..place.end, String::new())]);
    }
    ways.push(vec![(place, String::new())]);
    ways
}
