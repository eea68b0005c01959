//! Editing: one key is set or removed, and every other byte stays.
//!
//! Promises: the new text reads as the old one with exactly that change; otherwise the edit is refused with words on what to do by
//! hand.
//!
//! Deliberately absent: values in quotes of ours (many readers would keep them), lists.

use crate::settings::edit::{Change, Stop, first_exact};
use crate::settings::ini::lines::{Entry, Ini, LIMIT, Place, line_of, parsed};
use crate::settings::text::{Splices, appended, below, eol, has_lone_returns, line_end, whole_lines};
use crate::settings::value::{EditError, Refusal, Scalar, Value};

/// `source` with the key at `path` set to `value`.
///
/// A missing section is created. If the value is there already, the source comes back as it is.
pub fn set(source: &[u8], path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let change = Change::set(path, value, str::to_owned);
    let new = change.made(|spelled| {
        if !is_writable(path) || *value == Value::EmptyList || !is_plain(spelled) {
            return Err(Stop::Choose("choose a key and a text that stand on a line as they are"));
        }
        let old = parsed(source, LIMIT)?;
        if has_lone_returns(old.text) {
            return Err(Refusal::LineBreaks.into());
        }
        let key = path.last().copied().unwrap_or_default();
        let line = if spelled.is_empty() { format!("{key} =") } else { format!("{key} = {spelled}") };
        let wanted = Scalar::Text(spelled.to_owned());
        let way = match old.find(path)? {
            Place::Section(_, Some(entry)) if entry.goes_on => return Err(Refusal::NotAScalar.into()),
            Place::Section(_, Some(entry)) => {
                let written = entry.value.clone().and_then(|value| old.text.get(value));
                if entry.scalar(old.text) == wanted && written.is_some() {
                    return Ok(source.to_vec());
                }
                // Some readers see a comment there, and some a part of the value.
                if written.is_some_and(has_comment) {
                    return Err(Refusal::Entangled.into());
                }
                replace(&old, entry, spelled)
            }
            Place::Section(header, None) => add(&old, header.map(|header| header.place.end), &line),
            Place::NoSection => new_section(old.text, path.first().copied().unwrap_or_default(), &line),
            Place::Elsewhere => return Err(Refusal::Unwritable.into()),
        };
        let others = others(&old, path);
        let check = |new: &Ini<'_>| {
            let there = match new.find(path) {
                Ok(Place::Section(header, Some(entry))) => {
                    header.is_some() == (path.len() > 1) && entry.scalar(new.text) == wanted
                }
                Ok(Place::Section(_, None) | Place::NoSection | Place::Elsewhere) | Err(_) => false,
            };
            there && others == self::others(new, path)
        };
        first_exact(source, old.text, [way], LIMIT, |new, _| parsed(new, LIMIT).is_ok_and(|new| check(&new)))
    });
    new.map_err(|stop| change.told(stop, || line_of(source, path)))
}

/// `source` without the key at `path`; the source as it is if the key is not there.
///
/// A section that is left without keys stays.
pub fn remove(source: &[u8], path: &[&str]) -> Result<Vec<u8>, EditError> {
    let change = Change::remove(path);
    let new = change.made(|_| {
        let old = parsed(source, LIMIT)?;
        let Place::Section(_, Some(entry)) = old.find(path)? else { return Ok(source.to_vec()) };
        if has_lone_returns(old.text) {
            return Err(Refusal::LineBreaks.into());
        }
        if entry.goes_on {
            return Err(Refusal::NotAScalar.into());
        }
        let way = vec![(whole_lines(old.text, entry.place.clone()), String::new())];
        let others = others(&old, path);
        let check =
            |new: &Ini<'_>| matches!(new.find(path), Ok(Place::Section(_, None))) && others == self::others(new, path);
        first_exact(source, old.text, [way], LIMIT, |new, _| parsed(new, LIMIT).is_ok_and(|new| check(&new)))
    });
    new.map_err(|stop| change.told(stop, || line_of(source, path)))
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
    match (last, header) {
        (Some(last), _) => below(old.text, last.place.clone(), line),
        (None, Some(end)) => {
            let at = line_end(old.text, end);
            vec![(at..at, format!("{eol}{line}"))]
        }
        (None, None) if !old.headers.is_empty() => vec![(0..0, format!("{line}{eol}{eol}"))],
        (None, None) => appended(old.text, line),
    }
}

/// Puts a section behind all that is there.
fn new_section(old: &str, name: &str, line: &str) -> Splices {
    let eol = eol(old);
    let gap = if old.is_empty() { "" } else { eol };
    appended(old, &format!("{gap}[{name}]{eol}{line}"))
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
