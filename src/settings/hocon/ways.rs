//! Ways to make an edit: which bytes to replace by what.
//!
//! Promises: nothing but the entry itself, its comma and its line break is ever in a replaced range; line ends, indentation, the sign
//! between key and value, and commas are those of the entries beside it.
//!
//! Deliberately absent: trust in any of this. Whoever applies a way reads the outcome again.

use std::ops::Range;

use crate::settings::hocon::look::Document;
use crate::settings::hocon::scan::{Sign, tokens};
use crate::settings::hocon::syntax::{Entry, Expr, Field, Kind, Object};
use crate::settings::text::{
    Splices, appended, blanks, eol, indent, inner_indent, line_end, line_start, quoted, whole_lines,
};

/// Most places of one kind that are tried: each is read again.
const TRIES: usize = 4;

/// The places that have to do with a path, in the order of the text.
#[derive(Default)]
struct Places<'o, 'p> {
    /// Entries for the path itself: the object they stand in, and which of its entries each is.
    assigned: Vec<(&'o Object, usize)>,
    /// Objects on the way, and what is left of the path in each.
    around: Vec<(&'o Object, &'p [&'p str])>,
}

impl<'o, 'p> Places<'o, 'p> {
    fn collect(&mut self, object: &'o Object, rest: &'p [&'p str]) {
        self.around.push((object, rest));
        for (at, entry) in object.entries.iter().enumerate() {
            let Entry::Field(field) = entry else { continue };
            let Some(below) = after(rest, &field.path) else { continue };
            if below.is_empty() {
                self.assigned.push((object, at));
                continue;
            }
            for inner in objects(&field.value) {
                self.collect(inner, below);
            }
        }
    }
}

/// What is left of a path behind its first keys.
fn after<'p>(path: &'p [&'p str], keys: &[String]) -> Option<&'p [&'p str]> {
    let (first, rest) = path.split_at_checked(keys.len())?;
    first.iter().zip(keys).all(|(one, other)| one == other).then_some(rest)
}

/// The objects that stand in a value.
fn objects(value: &Expr) -> Vec<&Object> {
    match &value.kind {
        Kind::Object(object) => vec![object],
        Kind::Several(parts) => parts.iter().flat_map(objects).collect(),
        Kind::Word(_) | Kind::List(_) | Kind::Follow(_) => Vec::new(),
    }
}

/// Ways to set the key at `path`, the best first.
pub(super) fn ways_to_set(document: &Document<'_>, path: &[&str], spelled: &str) -> Vec<Splices> {
    let mut places = Places::default();
    places.collect(&document.root, path);
    let mut edits = Vec::new();
    for (object, at) in places.assigned.iter().rev().take(TRIES) {
        let Some(Entry::Field(field)) = object.entries.get(*at) else { continue };
        if !field.append && objects(&field.value).is_empty() {
            edits.push(vec![(field.value.range.clone(), spelled.to_owned())]);
        }
    }
    let old = document.text;
    let blocks = || places.around.iter().skip(1).rev();
    let near = blocks().filter(|(_, rest)| rest.len() == 1).take(TRIES);
    edits.extend(near.map(|(object, rest)| insert(old, object, rest, spelled)));
    edits.push(insert(old, &document.root, path, spelled));
    let far = blocks().filter(|(_, rest)| rest.len() > 1).take(TRIES);
    edits.extend(far.map(|(object, rest)| insert(old, object, rest, spelled)));
    edits
}

/// The last entry of an object that has a sign between its key and its value.
fn sibling(object: &Object) -> Option<&Field> {
    object.entries.iter().rev().find_map(|entry| match entry {
        Entry::Field(field) if !field.append && objects(&field.value).is_empty() => Some(field),
        _ => None,
    })
}

/// A key and its value, in the style of the entries beside.
fn entry(old: &str, object: &Object, path: &[&str], spelled: &str) -> String {
    let quotes = has_quotes(old, object);
    let beside = sibling(object).and_then(|field| old.get(field.key.end..field.value.range.start));
    let sign = beside.filter(|sign| sign.chars().all(|c| matches!(c, ' ' | '\t' | ':' | '=')));
    let sign = sign.unwrap_or(if quotes { ": " } else { " = " });
    let keys: Vec<String> =
        path.iter().map(|key| if quotes || !is_bare(key) { quoted(key) } else { (*key).to_owned() }).collect();
    format!("{}{sign}{spelled}", keys.join("."))
}

fn is_bare(key: &str) -> bool {
    let all = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    all && key != "include" && key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Whether the last key is in quotes, as in JSON.
fn has_quotes(old: &str, object: &Object) -> bool {
    let last = object.entries.iter().rev().find_map(|entry| match entry {
        Entry::Field(field) => old.get(field.key.clone()),
        Entry::Include(..) => None,
    });
    last.is_some_and(|key| key.starts_with('"'))
}

/// The places of the commas in a range, in which no value stands.
fn comma(old: &str, range: Range<usize>) -> Option<Range<usize>> {
    let tokens = tokens(old.get(range.clone())?).ok()?;
    let comma = tokens.into_iter().find(|token| token.sign == Sign::Comma)?;
    Some(range.start + comma.range.start..range.start + comma.range.end)
}

/// Where the inside of an object ends.
fn inside_end(object: &Object) -> usize {
    if object.braced { object.range.end.saturating_sub(1) } else { object.range.end }
}

/// Puts an entry behind the last one of an object.
fn insert(old: &str, object: &Object, path: &[&str], spelled: &str) -> Splices {
    let (eol, new) = (eol(old), entry(old, object, path, spelled));
    if !object.braced {
        return appended(old, &new);
    }
    let close = inside_end(object);
    let Some(last) = object.entries.last().map(Entry::range) else { return begin(old, object, &new) };
    let trailing = comma(old, last.end..close);
    let end = trailing.as_ref().map_or(last.end, |comma| comma.end);
    let line = line_end(old, end);
    let own_line = indent(old, last.start).filter(|_| line <= close);
    let Some(indent) = own_line else {
        let (before, tail) = if trailing.is_some() { (" ", ",") } else { (", ", "") };
        return vec![(end..end, format!("{before}{new}{tail}"))];
    };
    let tail = if trailing.is_some() { "," } else { "" };
    let text = format!("{eol}{indent}{new}{tail}");
    let comma = (trailing.is_none() && has_commas(old, object)).then(|| (last.end..last.end, ",".to_owned()));
    match comma {
        Some((at, comma)) if line == at.end => vec![(at, format!("{comma}{text}"))],
        comma => comma.into_iter().chain([(line..line, text)]).collect(),
    }
}

/// Whether the entries of an object have commas between them.
fn has_commas(old: &str, object: &Object) -> bool {
    let mut last = object.entries.iter().rev().map(Entry::range);
    match (last.next(), last.next()) {
        (Some(last), Some(before)) => comma(old, before.end..last.start).is_some(),
        _ => has_quotes(old, object),
    }
}

/// Puts an entry into an object that has none.
fn begin(old: &str, object: &Object, new: &str) -> Splices {
    let (start, close) = (object.range.start + 1, inside_end(object));
    let inner = old.get(start..close).unwrap_or_default();
    if !inner.contains('\n') {
        return vec![(start..close, format!(" {new} "))];
    }
    let at = line_start(old, close);
    vec![(at..at, format!("{}{new}{}", inner_indent(old, object.range.start), eol(old)))]
}

/// Ways to remove the key at `path` wherever it stands, the best first.
pub(super) fn ways_to_remove(document: &Document<'_>, path: &[&str]) -> Vec<Splices> {
    let mut places = Places::default();
    places.collect(&document.root, path);
    let old = document.text;
    let mut ways = Vec::new();
    for tidy in [true, false] {
        let mut all: Splices = places.assigned.iter().flat_map(|(object, at)| out(old, object, *at, tidy)).collect();
        all.sort_by_key(|(range, _)| range.start);
        ways.push(all);
    }
    ways
}

/// Takes one entry out of an object.
fn out(old: &str, object: &Object, at: usize, tidy: bool) -> Splices {
    let range = |at: usize| object.entries.get(at).map(Entry::range);
    let Some(place) = range(at) else { return Vec::new() };
    let next = range(at + 1);
    let before = at.checked_sub(1).and_then(range);
    let inside = if object.braced { object.range.start + 1 } else { 0 };
    let after = comma(old, place.end..next.as_ref().map_or(inside_end(object), |next| next.start));
    let comma_before = comma(old, before.map_or(inside, |before| before.end)..place.start);
    let gone = |range: Range<usize>| (range, String::new());
    // With the last entry goes the comma before it.
    let last = comma_before.filter(|_| after.is_none() && next.is_none() && tidy);
    let end = after.as_ref().map_or(place.end, |comma| comma.end);
    let rest = old.get(end..line_end(old, end)).unwrap_or_default();
    let alone = tokens(rest).is_ok_and(|tokens| tokens.iter().all(|token| token.sign == Sign::Blank));
    if alone && indent(old, place.start).is_some() {
        return last.map(gone).into_iter().chain([gone(whole_lines(old, place.start..end))]).collect();
    }
    if let Some(comma) = last {
        let together = old.get(comma.end..place.start).is_some_and(|between| between.trim().is_empty());
        return if together { vec![gone(comma.start..place.end)] } else { vec![gone(comma), gone(place)] };
    }
    match after {
        Some(comma) if old.get(place.end..comma.start).is_some_and(|between| between.trim().is_empty()) => {
            vec![gone(place.start..comma.end + blanks(old, comma.end))]
        }
        Some(comma) => vec![gone(place), gone(comma)],
        None => vec![gone(place)],
    }
}
