//! Editing: one key is set or removed, and every other byte stays.
//!
//! Promises: the new text reads as the old one with exactly that change; otherwise the edit is refused with words on what to do by
//! hand.
//!
//! Deliberately absent: values in quotes of ours (many readers would keep them), lists.

use std::ops::Range;

use crate::settings::ini::lines::{Entry, Ini, LIMIT, Place, line_of, parsed};
use crate::settings::text::{Splices, eol, first_exact, has_lone_returns, indent, line_end, whole_lines};
use crate::settings::value::{EditError, Refusal, Scalar, Value};

/// `source` with the key at `path` set to `value`.
///
/// A missing section is created. If the value is there already, the source comes back as it is.
pub fn set(source: &[u8], path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let spelled = match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => (*text).to_owned(),
        Value::EmptyList => "[]".to_owned(),
    };
    let refuse = |why| {
        let by_hand = format!("set {} to {spelled}", path.join("."));
        EditError::Refused { why, line: line_of(source, path), by_hand }
    };
    if !is_writable(path) || *value == Value::EmptyList || !is_plain(&spelled) {
        let by_hand = "choose a key and a text that stand on a line as they are".to_owned();
        return Err(EditError::Refused { why: Refusal::Unwritable, line: None, by_hand });
    }
    let old = parsed(source, LIMIT)?;
    if has_lone_returns(old.text) {
        return Err(refuse(Refusal::LineBreaks));
    }
    let (key, section) = (path.last().copied().unwrap_or_default(), path.len() > 1);
    let line = if spelled.is_empty() { format!("{key} =") } else { format!("{key} = {spelled}") };
    let edit = match old.find(path)? {
        Place::Section(_, Some(entry)) if entry.goes_on => return Err(refuse(Refusal::NotAScalar)),
        Place::Section(_, Some(entry)) => {
            let written = entry.value.clone().and_then(|value| old.text.get(value));
            if entry.scalar(old.text) == Scalar::Text(spelled.clone()) && written.is_some() {
                return Ok(source.to_vec());
            }
            // Some readers see a comment there, and some a part of the value.
            if written.is_some_and(has_comment) {
                return Err(refuse(Refusal::Entangled));
            }
            replace(&old, entry, &spelled)
        }
        Place::Section(header, None) => add(&old, header.map(|header| header.place.end), &line),
        Place::NoSection => new_section(old.text, path.first().copied().unwrap_or_default(), &line),
        Place::Elsewhere => return Err(refuse(Refusal::Unwritable)),
    };
    let others = others(&old, path);
    let check = |new: &str, _: &Splices| {
        let Ok(new) = parsed(new.as_bytes(), LIMIT) else { return false };
        let there = match new.find(path) {
            Ok(Place::Section(header, Some(entry))) => {
                header.is_some() == section && entry.scalar(new.text) == Scalar::Text(spelled.clone())
            }
            Ok(Place::Section(_, None) | Place::NoSection | Place::Elsewhere) | Err(_) => false,
        };
        there && others == self::others(&new, path)
    };
    first_exact(source, old.text, vec![edit], LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled))
}

/// `source` without the key at `path`; the source as it is if the key is not there.
///
/// A section that is left without keys stays.
pub fn remove(source: &[u8], path: &[&str]) -> Result<Vec<u8>, EditError> {
    let refuse = |why| {
        let by_hand = format!("remove {}", path.join("."));
        EditError::Refused { why, line: line_of(source, path), by_hand }
    };
    let old = parsed(source, LIMIT)?;
    let Place::Section(_, Some(entry)) = old.find(path)? else { return Ok(source.to_vec()) };
    if has_lone_returns(old.text) {
        return Err(refuse(Refusal::LineBreaks));
    }
    if entry.goes_on {
        return Err(refuse(Refusal::NotAScalar));
    }
    let edit = vec![(whole_lines(old.text, entry.place.clone()), String::new())];
    let others = others(&old, path);
    let check = |new: &str, _: &Splices| {
        parsed(new.as_bytes(), LIMIT).is_ok_and(|new| {
            let gone = matches!(new.find(path), Ok(Place::Section(_, None)));
            gone && others == self::others(&new, path)
        })
    };
    first_exact(source, old.text, vec![edit], LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled))
}

/// All that is said beside a path: the sections' names with the keys and values in each, in their order.
fn others<'t>(ini: &Ini<'t>, path: &[&str]) -> Vec<(&'t str, Option<(&'t str, Scalar)>)> {
    let name = |number: usize| ini.headers.get(number.wrapping_sub(1)).map_or("", |header| header.name);
    let aside = |entry: &&Entry<'_>| match path {
        [key] => entry.header == 0 && entry.key.eq_ignore_ascii_case(key),
        [section, key] => entry.header > 0 && name(entry.header) == *section && entry.key.eq_ignore_ascii_case(key),
        _ => false,
    };
    let entries = ini.entries.iter().filter(|entry| !aside(entry));
    let said = entries.map(|entry| (name(entry.header), Some((entry.key, entry.scalar(ini.text)))));
    let made = |name: &str| matches!(path, [section, _] if *section == name);
    let headers = ini.headers.iter().filter(|header| !made(header.name));
    said.chain(headers.map(|header| (header.name, None))).collect()
}

/// Puts a value in the place of one.
fn replace(old: &Ini<'_>, entry: &Entry<'_>, spelled: &str) -> Splices {
    match &entry.value {
        None => vec![(entry.place.end..entry.place.end, format!(" = {spelled}"))],
        Some(value) => {
            let before = old.text.get(..value.start).unwrap_or_default();
            // A sign with nothing behind it has blanks before it or none: the new value gets as many.
            let spaced = before.strip_suffix(['=', ':']).is_some_and(|before| before.ends_with(' '));
            let blank = if value.is_empty() && spaced && !spelled.is_empty() { " " } else { "" };
            vec![(value.clone(), format!("{blank}{spelled}"))]
        }
    }
}

/// Puts a line behind the last one of a section, or before the first section.
fn add(old: &Ini<'_>, header: Option<usize>, line: &str) -> Splices {
    let eol = eol(old.text);
    let number = header.map_or(0, |end| old.headers.iter().take_while(|header| header.place.end <= end).count());
    let last = old.entries.iter().rfind(|entry| entry.header == number);
    let put = |at: usize, indent: &str| vec![(at..at, format!("{eol}{indent}{line}"))];
    match (last, header) {
        (Some(last), _) => {
            put(line_end(old.text, last.place.end), indent(old.text, last.place.start).unwrap_or_default())
        }
        (None, Some(end)) => put(line_end(old.text, end), ""),
        (None, None) if !old.headers.is_empty() => vec![(0..0, format!("{line}{eol}{eol}"))],
        (None, None) => append(old.text, line),
    }
}

/// Puts a section behind all that is there.
fn new_section(old: &str, name: &str, line: &str) -> Splices {
    let eol = eol(old);
    let gap = if old.is_empty() { "" } else { eol };
    append(old, &format!("{gap}[{name}]{eol}{line}"))
}

fn append(old: &str, lines: &str) -> Splices {
    let eol = eol(old);
    let text = if old.is_empty() || old.ends_with('\n') { format!("{lines}{eol}") } else { format!("{eol}{lines}") };
    let end: Range<usize> = old.len()..old.len();
    vec![(end, text)]
}

/// Whether these can be a section and a key on lines of their own.
fn is_writable(path: &[&str]) -> bool {
    let plain = |name: &str| !name.is_empty() && name.trim() == name && !name.chars().any(char::is_control);
    let key = |key: &str| plain(key) && !key.contains(['=', ':']) && !key.starts_with([';', '#', '[']);
    match path {
        [name] => key(name),
        [section, name] => plain(section) && !section.contains([']', '[']) && key(name),
        _ => false,
    }
}

/// Whether every reader takes this text for itself when it stands behind a sign.
fn is_plain(text: &str) -> bool {
    let quoted = text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']);
    text.trim() == text && !quoted && !has_comment(text) && !text.chars().any(char::is_control)
}

/// Whether some readers would see a comment in this value.
fn has_comment(text: &str) -> bool {
    text.contains([';', '#'])
}
