//! Ways to make an edit: which bytes to replace by what.
//!
//! Promises: nothing but the entry itself, its comma and its line break is ever in a replaced range; line endings and
//! indentation are those of the text.
//!
//! Deliberately absent: trust in any of this. Whoever applies a way reads the outcome again.

use std::ops::Range;

use yaml_edit::{Mapping, YamlNode};

use crate::settings::text::{Splices, appended, blanks, eol, indent, is_line_over, line_end, whole_lines};
use crate::settings::value::Refusal;
use crate::settings::yaml::locate::{Kind, Place, file, range, top};
use crate::settings::yaml::tree::{Duplicates, parse};

/// What can be done to set a key.
pub(super) enum Ways {
    /// Nothing: it is so already.
    Same,
    /// One of these, in the order of preference.
    Edits(Vec<Splices>),
}

pub(super) fn ways_to_set(old: &str, path: &[&str], spelled: &str) -> Result<Ways, Refusal> {
    let mut mapping = file(old).and_then(|file| top(&file)).ok_or(Refusal::Entangled)?;
    let mut path = path;
    while let Some((key, rest)) = path.split_first() {
        let Some(entry) = mapping.find_entry_by_key(*key) else {
            return insert(old, &mapping, path, spelled).map(Ways::Edits).ok_or(Refusal::Entangled);
        };
        let place = Place::of(old, &entry).ok_or(Refusal::Entangled)?;
        if rest.is_empty() {
            return replace(old, &place, spelled);
        }
        let inner = entry.value_node().and_then(|node| node.as_mapping().cloned());
        match (place.kind, inner) {
            (_, Some(inner)) => mapping = inner,
            (Kind::Bare | Kind::Scalar, None) => {
                let edit = fill(old, &place, mapping.is_flow_style(), rest, spelled);
                return edit.map(|edit| Ways::Edits(vec![edit])).ok_or(Refusal::Entangled);
            }
            (Kind::Large, None) => return Err(Refusal::NotAMapping),
            (Kind::Marked, None) => return Err(Refusal::Marked),
        }
        path = rest;
    }
    Err(Refusal::Unwritable)
}

/// Replaces a scalar, or puts one after a bare key.
fn replace(old: &str, place: &Place, spelled: &str) -> Result<Ways, Refusal> {
    match place.kind {
        Kind::Bare if place.colon == place.key.end => Err(Refusal::Entangled),
        Kind::Bare => Ok(Ways::Edits(vec![vec![(place.value.clone(), format!(" {spelled}"))]])),
        Kind::Scalar => {
            let now = old.get(place.value.clone()).unwrap_or_default();
            if is_same(now, spelled) {
                return Ok(Ways::Same);
            }
            let space = if place.colon == place.value.start { " " } else { "" };
            Ok(Ways::Edits(vec![vec![(place.value.clone(), format!("{space}{spelled}"))]]))
        }
        Kind::Large => Err(Refusal::NotAScalar),
        Kind::Marked => Err(Refusal::Marked),
    }
}

/// Whether a scalar is what would be written, in a spelling that all readers take for it.
fn is_same(now: &str, spelled: &str) -> bool {
    let read = |text| parse(text, Duplicates::Refused).ok();
    let safe = now.starts_with(['\'', '"']) || is_word(now) || spelled == now.to_ascii_lowercase();
    safe && read(now) == read(spelled)
}

/// Makes a null parent a mapping.
fn fill(old: &str, parent: &Place, flow: bool, path: &[&str], spelled: &str) -> Option<Splices> {
    if flow {
        return Some(vec![(parent.colon..parent.end(), format!(" {{{}}}", flow_entry(path, spelled)))]);
    }
    let outer = indent(old, parent.key.start)?;
    let end = line_end(old, parent.end());
    let lines = block_lines(path, spelled, &format!("{outer}  "), eol(old));
    Some(vec![(parent.colon..parent.end(), String::new()), (end..end, format!("{}{lines}", eol(old)))])
}

/// Puts a new entry behind the last one of a mapping.
fn insert(old: &str, mapping: &Mapping, path: &[&str], spelled: &str) -> Option<Vec<Splices>> {
    let node = YamlNode::Mapping(mapping.clone());
    let whole = range(&node);
    let places: Option<Vec<Place>> = mapping.entries().map(|entry| Place::of(old, &entry)).collect();
    let places = places?;
    if mapping.is_flow_style() {
        return Some(vec![insert_flow(old, &whole, places.last(), &flow_entry(path, spelled))]);
    }
    let lines = block_lines(path, spelled, indent(old, places.first()?.key.start)?, eol(old));
    let written = old.get(..whole.end)?.trim_end().len();
    let after_text = line_end(old, written);
    let mut edits = vec![vec![(after_text..after_text, format!("{}{lines}", eol(old)))]];
    // Blank lines may belong to a block scalar: then the new entry has to come behind them.
    if old.get(..whole.end)?.ends_with('\n') {
        edits.push(vec![(whole.end..whole.end, format!("{lines}{}", eol(old)))]);
    }
    Some(edits)
}

fn insert_flow(old: &str, whole: &Range<usize>, last: Option<&Place>, entry: &str) -> Splices {
    let Some(last) = last else {
        return vec![(whole.start + 1..whole.start + 1, entry.to_owned())];
    };
    let rest = old.get(last.end()..whole.end).unwrap_or_default();
    // On a line of its own if the last one has one, and no comment stands behind it.
    let own_line = old.get(whole.clone()).is_some_and(|text| text.contains('\n'))
        && rest.trim_start_matches([' ', '\t', ',']).starts_with(['\n', '\r']);
    let gap = match indent(old, last.key.start) {
        Some(indent) if own_line => format!("{}{indent}", eol(old)),
        _ => " ".to_owned(),
    };
    let blanks = rest.len() - rest.trim_start().len();
    let (at, comma) = match rest.trim_start().starts_with(',') {
        true => (last.end() + blanks + 1, ""),
        false => (last.end(), ","),
    };
    vec![(at..at, format!("{comma}{gap}{entry}"))]
}

/// Puts the entry behind all that is there: blanks and comments only.
pub(super) fn append(old: &str, path: &[&str], spelled: &str) -> Splices {
    appended(old, &block_lines(path, spelled, "", eol(old)))
}

pub(super) fn ways_to_remove(old: &str, path: &[&str]) -> Result<Vec<Splices>, Refusal> {
    let mut mapping = file(old).and_then(|file| top(&file)).ok_or(Refusal::Entangled)?;
    let (last, parents) = path.split_last().ok_or(Refusal::Unwritable)?;
    for key in parents {
        let node = mapping.find_entry_by_key(*key).and_then(|entry| entry.value_node());
        mapping = node.and_then(|node| node.as_mapping().cloned()).ok_or(Refusal::Marked)?;
    }
    let entry = mapping.find_entry_by_key(*last).ok_or(Refusal::Marked)?;
    let place = Place::of(old, &entry).ok_or(Refusal::Entangled)?;
    match place.kind {
        Kind::Bare | Kind::Scalar => {}
        Kind::Large => return Err(Refusal::NotAScalar),
        Kind::Marked => return Err(Refusal::Marked),
    }
    let mut edits = Vec::new();
    if mapping.is_flow_style() {
        let after = place.end() + blanks(old, place.end()) + 1;
        let comma = old.get(after - 1..).unwrap_or_default().starts_with(',');
        let before = old.get(..place.key.start).unwrap_or_default().trim_end();
        if comma && indent(old, place.key.start).is_some() && is_line_over(old, after) {
            edits.push(whole_line(old, &place));
        }
        if comma {
            edits.push(vec![(place.key.start..after + blanks(old, after), String::new())]);
        }
        if before.ends_with(',') {
            edits.push(vec![(before.len() - 1..place.end(), String::new())]);
        }
        edits.push(vec![(place.key.start..place.end(), String::new())]);
    } else if indent(old, place.key.start).is_some() && is_line_over(old, place.end()) {
        edits.push(whole_line(old, &place));
    }
    Ok(edits)
}

/// Takes out the line of an entry, with one line break.
fn whole_line(old: &str, place: &Place) -> Splices {
    vec![(whole_lines(old, place.key.start..place.end()), String::new())]
}

/// Text in single quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether readers of YAML 1.1 and 1.2 take these plain letters for a text.
fn is_word(text: &str) -> bool {
    const NOT_TEXT: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && !NOT_TEXT.contains(&text.to_ascii_lowercase().as_str())
}

fn key(text: &str) -> String {
    if is_word(text) { text.to_owned() } else { quoted(text) }
}

/// `a:`, `b: value` on lines of their own, without a line break at the end.
fn block_lines(path: &[&str], spelled: &str, indent: &str, eol: &str) -> String {
    let (mut lines, mut indent) = (String::new(), indent.to_owned());
    for (at, name) in path.iter().enumerate() {
        if at > 0 {
            lines.push_str(eol);
            indent.push_str("  ");
        }
        lines.push_str(&format!("{indent}{}:", key(name)));
    }
    format!("{lines} {spelled}")
}

/// `a: {b: value}`.
fn flow_entry(path: &[&str], spelled: &str) -> String {
    match path.split_first() {
        None => spelled.to_owned(),
        Some((name, [])) => format!("{}: {spelled}", key(name)),
        Some((name, rest)) => format!("{}: {{{}}}", key(name), flow_entry(rest, spelled)),
    }
}
