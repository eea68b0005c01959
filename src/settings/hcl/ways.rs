//! Ways to make an edit: which bytes to replace by what.
//!
//! Promises: nothing but the entry itself, its comma, its line break and blanks beside it is ever in a replaced range; line ends and
//! indentation are those of the text, and signs of equality stand below each other where they did.
//!
//! Deliberately absent: trust in any of this. Whoever applies a way reads the outcome again.

use std::ops::Range;

use hcl_edit::expr::{Expression, Object, ObjectKey, ObjectValueAssignment, ObjectValueTerminator};
use hcl_edit::structure::{Attribute, Block, Body};
use hcl_edit::{Ident, Span};

use crate::settings::hcl::part::{Part, bare};
use crate::settings::hcl::read::Document;
use crate::settings::text::{self, Splices, appended, below, eol, indent, line_end, out_of_list, whole_lines};
use crate::settings::value::Refusal;

/// Ways to set what is at `path`, the best first.
pub(super) fn ways_to_set(document: &Document<'_>, path: &[&str], spelled: &str) -> Result<Vec<Splices>, Refusal> {
    let (old, mut part, mut rest) = (document.text, document.top(), path);
    while let Some((key, below)) = rest.split_first() {
        match part.entry(key, old) {
            Some(entry) => (part, rest) = (entry.part, below),
            None if !below.is_empty() => return Err(Refusal::NoBlock),
            None => return missing(old, &part, key, spelled),
        }
    }
    match part {
        Part::Value(value) => Ok(value.span().map(|span| vec![(span, spelled.to_owned())]).into_iter().collect()),
        Part::Body(_) | Part::Blocks(..) | Part::Mixed => Err(Refusal::NotAScalar),
    }
}

/// Ways to put a key where it is not.
fn missing(old: &str, part: &Part<'_>, key: &str, spelled: &str) -> Result<Vec<Splices>, Refusal> {
    if let Part::Value(value) = part {
        let Expression::Object(object) = bare(value) else { return Err(Refusal::NotAMapping) };
        let span = bare(value).span().unwrap_or_default();
        return Ok(into_object(old, object, span, key, spelled));
    }
    let (body, block) = part.body().ok_or(Refusal::NoBlock)?;
    if Ident::try_new(key).is_err() {
        return Err(Refusal::Unwritable);
    }
    Ok(into_body(old, body, block, key, spelled))
}

fn into_body(old: &str, body: &Body, block: Option<&Block>, key: &str, spelled: &str) -> Vec<Splices> {
    let (eol, mut edits) = (eol(old), Vec::new());
    let attributes: Vec<(Range<usize>, Range<usize>)> = body.attributes().filter_map(places).collect();
    // A comment over several lines may stand behind the last one.
    for (name, value) in attributes.iter().rev().take(2) {
        if indent(old, name.start).is_some() {
            edits.push(below(old, name.start..value.end, &like(old, name, value, key, spelled)));
        }
    }
    let entry = format!("{key} = {spelled}");
    match block {
        None if body.is_empty() => edits.push(appended(old, &entry)),
        None => edits.push(vec![(0..0, format!("{entry}{eol}{eol}"))]),
        Some(block) => edits.extend(into_block(old, block, &attributes, &entry)),
    }
    edits
}

/// Puts an attribute at the beginning of a block, or opens one that stands on one line.
fn into_block(old: &str, block: &Block, attributes: &[(Range<usize>, Range<usize>)], entry: &str) -> Option<Splices> {
    let (eol, whole) = (eol(old), block.span()?);
    let outer = indent(old, whole.start).unwrap_or_default();
    if let Some(inside) = block.body.span() {
        let first = block.body.iter().next().and_then(Span::span);
        let indent = first.and_then(|first| indent(old, first.start)).map_or(format!("{outer}  "), str::to_owned);
        // The body begins before the line break behind the brace.
        return Some(vec![(inside.start..inside.start, format!("{eol}{indent}{entry}"))]);
    }
    let close = whole.end.checked_sub(1)?;
    let blanks = |text: &str| text.chars().all(|c| matches!(c, ' ' | '\t'));
    let open = |before: usize| {
        let blank = old.get(..before)?.trim_end_matches([' ', '\t']);
        blank.ends_with('{').then_some(blank.len())
    };
    match attributes {
        [] => Some(vec![(open(close)?..close, format!(" {entry} "))]),
        [(name, value)] if blanks(old.get(value.end..close)?) => Some(vec![
            (open(name.start)?..name.start, format!("{eol}{outer}  ")),
            (value.end..close, format!("{eol}{outer}  {entry}{eol}{outer}")),
        ]),
        _ => None,
    }
}

/// Where the name and the value of an attribute stand.
fn places(attribute: &Attribute) -> Option<(Range<usize>, Range<usize>)> {
    Some((attribute.key.span()?, attribute.value.span()?))
}

/// An entry as the one above it is spelled: the sign of equality below the other where that can be.
fn like(old: &str, name: &Range<usize>, value: &Range<usize>, key: &str, spelled: &str) -> String {
    let between = old.get(name.end..value.start).unwrap_or_default();
    let one_line = old.get(value.clone()).is_some_and(|text| !text.contains('\n'));
    match between.split_once(['=', ':']) {
        Some((before, after)) if one_line && [before, after].iter().all(|part| part.chars().all(|c| c == ' ')) => {
            let sign = if between.contains('=') { "=" } else { ":" };
            let width = old.get(name.clone()).unwrap_or_default().chars().count() + before.len();
            let gap = if before.is_empty() { 0 } else { width.saturating_sub(key.chars().count()).max(1) };
            format!("{key}{}{sign}{after}{spelled}", " ".repeat(gap))
        }
        _ => format!("{key} = {spelled}"),
    }
}

/// Puts an entry into an object: on a line of its own where the last one has one, else behind it.
fn into_object(old: &str, object: &Object, whole: Range<usize>, key: &str, spelled: &str) -> Vec<Splices> {
    let items: Vec<_> = object.iter().collect();
    let quotes = items.iter().any(|(key, _)| matches!(key, ObjectKey::Expression(Expression::String(_))));
    let key = if quotes || Ident::try_new(key).is_err() { quoted(key) } else { key.to_owned() };
    let Some((last, value)) = items.last() else {
        let inside = whole.start + 1..whole.end.saturating_sub(1);
        let blank = old.get(inside.clone()).is_some_and(|text| text.trim().is_empty());
        return if blank { vec![vec![(inside, format!(" {key} = {spelled} "))]] } else { Vec::new() };
    };
    let (Some(name), Some(place)) = (last.span(), value.expr().span()) else { return Vec::new() };
    let entry = like(old, &name, &place, &key, spelled);
    let mut edits = Vec::new();
    if let Some(indent) = indent(old, name.start) {
        let at = line_end(old, place.end);
        let is_comma = |terminator| terminator == ObjectValueTerminator::Comma;
        let commas = items.iter().any(|(_, value)| is_comma(value.terminator()));
        let last = is_comma(value.terminator());
        let line = format!("{}{indent}{entry}{}", eol(old), if last { "," } else { "" });
        if commas && !last {
            edits.push(vec![(place.end..place.end, ",".to_owned()), (at..at, line.clone())]);
        }
        edits.push(vec![(at..at, line)]);
    }
    let sign = if value.assignment() == ObjectValueAssignment::Colon { ":" } else { " =" };
    edits.push(vec![(place.end..place.end, format!(", {key}{sign} {spelled}"))]);
    edits
}

/// Ways to remove what is at `path`, the best first.
pub(super) fn ways_to_remove(document: &Document<'_>, path: &[&str]) -> Result<Vec<Splices>, Refusal> {
    let old = document.text;
    let (last, parents) = path.split_last().ok_or(Refusal::Unwritable)?;
    let mut part = document.top();
    for key in parents {
        part = part.entry(key, old).ok_or(Refusal::NotAMapping)?.part;
    }
    let entry = part.entry(last, old).ok_or(Refusal::NotAMapping)?;
    let Part::Value(value) = entry.part else { return Err(Refusal::NotAScalar) };
    let place = entry.at..value.span().map_or(entry.at, |span| span.end);
    let over = old.get(place.end..line_end(old, place.end)).unwrap_or_default().trim_start();
    let in_object = matches!(part, Part::Value(_));
    let over = if in_object { over.strip_prefix(',').unwrap_or(over).trim_start() } else { over };
    let alone = over.is_empty() || over.starts_with('#') || over.starts_with("//");
    let mut edits = Vec::new();
    if alone && indent(old, place.start).is_some() {
        edits.push(vec![(whole_lines(old, place.clone()), String::new())]);
    }
    if in_object {
        edits.extend(out_of_list(old, place));
    } else if part.body().is_some_and(|(body, _)| body.span().is_none()) {
        edits.push(vec![(place, String::new())]);
    }
    Ok(edits)
}

/// A text in double quotes on one line, in which nothing is computed.
pub(super) fn quoted(text: &str) -> String {
    text::quoted(text).replace("${", "$${").replace("%{", "%%{")
}
