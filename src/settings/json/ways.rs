//! Ways to make an edit: which bytes to replace by what.
//!
//! Promises: nothing but the entry itself, its comma and its line break is ever in a replaced range; line ends, indentation and the
//! blanks around a colon are those of the text.
//!
//! Deliberately absent: trust in any of this. Whoever applies a way reads the outcome again.

use std::ops::Range;

use crate::settings::json::part::{Kind, Next, Part};
use crate::settings::json::read::entry;
use crate::settings::text::{Splices, appended, blanks, eol, indent, inner_indent, line_end, quoted, whole_lines};

/// Where one entry of an object stands.
#[derive(Debug, Clone)]
struct Place {
    key: Range<usize>,
    value: Range<usize>,
}

impl Place {
    fn of((key, value): (Part<'_>, Part<'_>)) -> Self {
        Self { key: key.range(), value: value.range() }
    }
}

/// The place of an object's last entry.
fn last(object: Part<'_>) -> Option<Place> {
    let mut last = None;
    object.entries(|key, value| {
        last = Some((key, value));
        Next::More
    });
    last.map(Place::of)
}

/// Ways to set the key at `path`, the best first. `bare` is `old` with blanks for comments.
pub(super) fn ways_to_set(
    old: &str,
    bare: &str,
    whole: Part<'_>,
    path: &[&str],
    spelled: &str,
) -> Option<Vec<Splices>> {
    let (mut object, mut path) = (whole, path);
    loop {
        let (key, rest) = path.split_first()?;
        let Some((_, value)) = entry(object, key).ok()? else {
            return Some(insert(old, bare, object, path, spelled));
        };
        match value.kind() {
            Kind::Object if !rest.is_empty() => (object, path) = (value, rest),
            Kind::Null | Kind::Scalar | Kind::Array | Kind::Object => {
                return Some(vec![vec![(value.range(), nested(rest, spelled))]]);
            }
        }
    }
}

/// Ways to begin a text that has no value yet: blanks and comments only.
pub(super) fn ways_to_begin(old: &str, path: &[&str], spelled: &str) -> Vec<Splices> {
    vec![appended(old, &nested(path, spelled))]
}

/// `{"a": {"b": value}}`.
fn nested(path: &[&str], spelled: &str) -> String {
    match path.split_first() {
        None => spelled.to_owned(),
        Some((name, rest)) => format!("{{{}: {}}}", quoted(name), nested(rest, spelled)),
    }
}

/// Puts a new entry behind the last one of an object.
fn insert(old: &str, bare: &str, object: Part<'_>, path: &[&str], spelled: &str) -> Vec<Splices> {
    let whole = object.range();
    let (name, rest) = path.split_first().map_or(("", path), |(name, rest)| (*name, rest));
    let value = nested(rest, spelled);
    let Some(last) = last(object) else {
        return vec![begin(old, &whole, &format!("{}: {value}", quoted(name)))];
    };
    let new = format!("{}{}{value}", quoted(name), colon(old, &last));
    let after = bare.get(last.value.end..whole.end).unwrap_or_default();
    let has_lines = old.get(whole.clone()).is_some_and(|text| text.contains('\n'));
    let gap = match indent(old, last.key.start) {
        Some(indent) if has_lines => format!("{}{indent}", eol(old)),
        _ => gap(old, &whole, &last),
    };
    let end = last.value.end;
    let comma = after.trim_start().starts_with(',').then(|| after.len() - after.trim_start().len());
    let (at, splice, tail) = match comma {
        Some(comma) => (end + comma + 1, None, ","),
        None => (end, Some((end..end, ",".to_owned())), ""),
    };
    let line = line_end(old, at);
    let behind_comments: Splices = splice.into_iter().chain([(line..line, format!("{gap}{new}{tail}"))]).collect();
    let comma = if comma.is_some() { "" } else { "," };
    let at_once = vec![(at..at, format!("{comma}{gap}{new}{tail}"))];
    if line < whole.end && line > at { vec![behind_comments, at_once] } else { vec![at_once] }
}

/// What stands between key and value.
fn colon<'t>(old: &'t str, place: &Place) -> &'t str {
    let between = old.get(place.key.end..place.value.start).unwrap_or_default();
    if between.chars().all(|c| matches!(c, ':' | ' ' | '\t')) { between } else { ": " }
}

/// What stands before the last key of an object on one line.
fn gap(old: &str, whole: &Range<usize>, last: &Place) -> String {
    let before = old.get(whole.start..last.key.start).unwrap_or_default();
    let blanks = before.get(before.trim_end_matches([' ', '\t']).len()..).unwrap_or_default();
    // In the braces the first has the blanks of a brace, which a comma may not have.
    let only = before.trim_end() == "{";
    if only || blanks.len() > 1 { " ".to_owned() } else { blanks.to_owned() }
}

/// Puts an entry into an empty object.
fn begin(old: &str, whole: &Range<usize>, new: &str) -> Splices {
    let inner = old.get(whole.start + 1..whole.end.saturating_sub(1)).unwrap_or_default();
    let at = whole.start + 1;
    if !inner.contains('\n') {
        return vec![(at..at, new.to_owned())];
    }
    vec![(at..at, format!("{}{}{new}", eol(old), inner_indent(old, whole.start)))]
}

/// Ways to remove the key at `path`, the best first; none if it is not there.
pub(super) fn ways_to_remove(old: &str, bare: &str, whole: Part<'_>, path: &[&str]) -> Option<Vec<Splices>> {
    let (name, parents) = path.split_last()?;
    let mut object = whole;
    for key in parents {
        object = entry(object, key).ok().flatten()?.1;
    }
    let place = Place::of(entry(object, name).ok().flatten()?);
    let mut edits = Vec::new();
    let (start, end) = (place.key.start, place.value.end);
    let before = bare.get(..start).unwrap_or_default().trim_end();
    let comma_before = before.ends_with(',').then(|| before.len() - 1..before.len());
    let after = bare.get(end..).unwrap_or_default();
    let comma_after = after.trim_start().starts_with(',').then(|| end + after.len() - after.trim_start().len());
    let own_lines = |end: usize| {
        let over = bare.get(end..line_end(old, end)).is_some_and(|rest| rest.trim().is_empty());
        (over && indent(old, start).is_some()).then(|| (whole_lines(old, start..end), String::new()))
    };
    match (comma_after, comma_before) {
        (Some(comma), _) => {
            edits.extend(own_lines(comma + 1).map(|lines| vec![lines]));
            edits.push(vec![(start..comma + 1 + blanks(old, comma + 1), String::new())]);
            edits.push(vec![(start..end, String::new()), (comma..comma + 1, String::new())]);
        }
        (None, Some(comma)) => {
            edits.extend(own_lines(end).map(|lines| vec![(comma.clone(), String::new()), lines]));
            // A comment between the comma and the key is another's.
            let together = old.get(comma.end..start).is_some_and(|between| between.trim().is_empty());
            edits.extend(together.then(|| vec![(comma.start..end, String::new())]));
            edits.push(vec![(comma, String::new()), (start..end, String::new())]);
        }
        (None, None) => {
            edits.extend(own_lines(end).map(|lines| vec![lines]));
            edits.push(vec![(start..end, String::new())]);
        }
    }
    Some(edits)
}
