//! Ways to make an edit: which bytes to replace by what.
//!
//! Promises: nothing but the entry itself, its comma and its line break is ever in a replaced range; line ends and indentation are
//! those of the text.
//!
//! Deliberately absent: trust in any of this. Whoever applies a way reads the outcome again.

use toml_edit::{Document, InlineTable, Item, Key, Table, Value as Node};

use crate::settings::text::{Splices, appended, below, eol, is_line_over, line_end, out_of_list, quoted, whole_lines};
use crate::settings::value::Refusal;

/// Ways to set the key at `path`, the best first.
pub(super) fn ways_to_set(document: &Document<&str>, path: &[&str], spelled: &str) -> Vec<Splices> {
    let old = document.raw();
    // The innermost table with a body of its own on the way, and the rest of the path from there.
    let (mut body, mut from_body) = (document.as_table(), path);
    let (mut table, mut rest, mut is_dotted) = (body, path, false);
    while let Some((key, below)) = rest.split_first() {
        match table.get(key) {
            None => break,
            Some(Item::Table(inner)) => {
                (table, rest, is_dotted) = (inner, below, is_dotted || inner.is_dotted());
                if !inner.is_implicit() && !inner.is_dotted() {
                    (body, from_body) = (inner, below);
                }
            }
            Some(Item::Value(value)) => return within(old, value, below, spelled),
            Some(Item::None | Item::ArrayOfTables(_)) => return Vec::new(),
        }
    }
    let line = |path: &[&str]| format!("{} = {spelled}", dotted(path));
    let mut edits = Vec::new();
    if from_body.len() == 1 {
        edits.extend(into_body(old, document, body, &line(from_body)));
    }
    // Below a table that dotted keys made, only newer readers take a header.
    if let Some((last, parents)) = path.split_last().filter(|(_, parents)| !parents.is_empty() && !is_dotted) {
        edits.push(new_table(old, parents, &line(&[last])));
    }
    edits.extend(into_body(old, document, body, &line(from_body)));
    edits
}

/// Ways to set something in a value.
fn within(old: &str, value: &Node, path: &[&str], spelled: &str) -> Vec<Splices> {
    let Some((key, rest)) = path.split_first() else {
        return value.span().map(|span| vec![(span, spelled.to_owned())]).into_iter().collect();
    };
    let Node::InlineTable(table) = value else { return Vec::new() };
    match table.get(key) {
        Some(inner) => within(old, inner, rest, spelled),
        None => into_braces(old, table, &format!("{} = {spelled}", dotted(path))).into_iter().collect(),
    }
}

/// Puts a line behind the last one of a table's body.
fn into_body(old: &str, document: &Document<&str>, table: &Table, line: &str) -> Option<Splices> {
    let eol = eol(old);
    let entries = entries(table);
    if let Some((key, end)) = entries.iter().max_by_key(|(_, end)| *end) {
        return Some(below(old, *key..*end, line));
    }
    if std::ptr::eq(table, document.as_table()) {
        // Behind a header a key would be another table's.
        if !table.is_empty() {
            return Some(vec![(0..0, format!("{line}{eol}{eol}"))]);
        }
        return Some(appended(old, line));
    }
    let at = line_end(old, table.span()?.end);
    Some(vec![(at..at, format!("{eol}{line}"))])
}

/// Where the entries in a table's body begin and end; dotted keys are among them.
fn entries(table: &Table) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (keys, value) in table.get_values() {
        let start = keys.first().and_then(|key| key.span());
        if let (Some(start), Some(end)) = (start, value.span()) {
            found.push((start.start, end.end));
        }
    }
    found
}

/// Puts a new table behind all that is there.
fn new_table(old: &str, parents: &[&str], line: &str) -> Splices {
    let eol = eol(old);
    let gap = if old.is_empty() { "" } else { eol };
    appended(old, &format!("{gap}[{}]{eol}{line}", dotted(parents)))
}

/// Puts an entry into a table in braces.
fn into_braces(old: &str, table: &InlineTable, entry: &str) -> Option<Splices> {
    let whole = table.span()?;
    let last = table.get_values().into_iter().filter_map(|(_, value)| value.span()).map(|span| span.end).max();
    let Some(last) = last else {
        let inner = whole.start + 1..whole.end.checked_sub(1)?;
        let blank = old.get(inner.clone())?.chars().all(|c| matches!(c, ' ' | '\t'));
        return blank.then(|| vec![(inner, format!(" {entry} "))]);
    };
    Some(vec![(last..last, format!(", {entry}"))])
}

/// Ways to remove the key at `path`, the best first.
pub(super) fn ways_to_remove(document: &Document<&str>, path: &[&str]) -> Result<Vec<Splices>, Refusal> {
    let old = document.raw();
    let (last, parents) = path.split_last().ok_or(Refusal::Unwritable)?;
    let mut item = document.as_item();
    for key in parents {
        let table = item.as_table_like().ok_or(Refusal::NotAMapping)?;
        item = table.get(key).ok_or(Refusal::NotAMapping)?;
    }
    let table = item.as_table_like().ok_or(Refusal::NotAMapping)?;
    let (key, value) = table.get_key_value(last).ok_or(Refusal::NotAMapping)?;
    let span = |key: &Key, value: &Node| Some(key.span()?.start..value.span()?.end);
    let place = value.as_value().and_then(|value| span(key, value)).ok_or(Refusal::NotAScalar)?;
    match item.as_inline_table() {
        Some(braces) if !braces.is_dotted() => Ok(out_of_list(old, place)),
        _ => {
            let lines = is_line_over(old, place.end).then(|| vec![(whole_lines(old, place), String::new())]);
            Ok(lines.into_iter().collect())
        }
    }
}

/// Keys with dots between them, each as it may be written.
fn dotted(path: &[&str]) -> String {
    let bare =
        |key: &str| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let key = |key: &&str| if bare(key) { (*key).to_owned() } else { quoted(key) };
    path.iter().map(key).collect::<Vec<_>>().join(".")
}
