//! The lines of an INI text, and what stands at a section and a key.
//!
//! Promises: one look at each line; places are bytes of the text.
//!
//! Deliberately absent: changes.

use std::ops::Range;

use crate::settings::text::{decoded, line_at};
use crate::settings::value::{EVERY, Field, Fields, Language, MOST, ReadError, ReadErrorKind, Root, Scalar};

/// Largest file that is read, in bytes: a settings file is some lines.
pub const LIMIT: usize = 256 * 1024;

/// One key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'t> {
    /// The number of its section's header, from 1; 0 before the first.
    pub(super) header: usize,
    pub(super) key: &'t str,
    /// Where the key begins, and where its line or the last line of its value ends, before the line break.
    pub(super) place: Range<usize>,
    /// Where the value stands, without blanks around it; none without a sign before it.
    pub(super) value: Option<Range<usize>>,
    /// Whether lines follow that some readers take for a part of the value.
    pub(super) goes_on: bool,
}

impl Entry<'_> {
    /// The value in its text, without quotes around it.
    pub(super) fn scalar(&self, text: &str) -> Scalar {
        let written = self.value.clone().and_then(|value| text.get(value));
        match written {
            _ if self.goes_on => Scalar::Other,
            None => Scalar::Null,
            Some(written) => Scalar::Text(unquoted(written).to_owned()),
        }
    }
}

fn unquoted(written: &str) -> &str {
    let within = |quote: char| written.strip_prefix(quote)?.strip_suffix(quote).filter(|inner| !inner.contains(quote));
    within('"').or_else(|| within('\'')).unwrap_or(written)
}

/// A section's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header<'t> {
    pub(super) name: &'t str,
    pub(super) place: Range<usize>,
}

/// All that a text says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ini<'t> {
    pub(super) text: &'t str,
    pub(super) headers: Vec<Header<'t>>,
    pub(super) entries: Vec<Entry<'t>>,
}

/// Reads the lines of a text.
pub(super) fn parsed(source: &[u8], limit: usize) -> Result<Ini<'_>, ReadError> {
    let text = decoded(source, limit)?;
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    if let Some(at) = text.find(control) {
        return Err(ReadErrorKind::Binary.at(line_at(text.as_bytes(), at)));
    }
    let mut ini = Ini { text, ..Ini::default() };
    let (mut at, mut indent) = (0, None);
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\n', '\r']);
        let bare = line.trim();
        let start = at + line.len() - line.trim_start().len();
        let place = start..start + bare.len();
        let deeper = indent.is_some_and(|indent| start - at > indent);
        if bare.is_empty() || bare.starts_with([';', '#']) {
            // Nothing is said.
        } else if let (true, Some(last)) = (deeper, ini.entries.last_mut()) {
            last.goes_on = true;
            last.place.end = place.end;
        } else if let Some(rest) = bare.strip_prefix('[') {
            let syntax = || ReadErrorKind::Syntax(Language::Ini).at(line_at(text.as_bytes(), at));
            let (name, rest) = rest.split_once(']').ok_or_else(syntax)?;
            if !rest.trim().is_empty() && !rest.trim().starts_with([';', '#']) {
                return Err(syntax());
            }
            ini.headers.push(Header { name: name.trim(), place });
            indent = None;
        } else {
            indent = Some(start - at);
            ini.entries.push(entry(bare, place, ini.headers.len()));
        }
        at += whole.len();
    }
    Ok(ini)
}

fn entry(bare: &str, place: Range<usize>, header: usize) -> Entry<'_> {
    let Some((key, value)) = bare.split_once(['=', ':']) else {
        return Entry { header, key: bare, place, value: None, goes_on: false };
    };
    let start = place.end - value.trim_start().len();
    Entry { header, key: key.trim_end(), value: Some(start..place.end), place, goes_on: false }
}

/// What a path names.
pub(super) enum Place<'i, 't> {
    /// No such section.
    NoSection,
    /// A section (none: the text before the first), and its entry with the key if there is one.
    Section(Option<&'i Header<'t>>, Option<&'i Entry<'t>>),
    /// Something that this format has not.
    Elsewhere,
}

impl<'t> Ini<'t> {
    /// The place of a path. What stands twice is an error.
    pub(super) fn find(&self, path: &[&str]) -> Result<Place<'_, 't>, ReadError> {
        let (header, key) = match path {
            [key] => (None, key),
            [section, key] => {
                let mut found = self.headers.iter().enumerate().filter(|(_, header)| header.name == *section);
                let Some(first) = found.next() else { return Ok(Place::NoSection) };
                if let Some((_, second)) = found.next() {
                    return Err(self.twice(&second.place));
                }
                (Some(first), key)
            }
            _ => return Ok(Place::Elsewhere),
        };
        let number = header.map_or(0, |(at, _)| at + 1);
        let is_it = |entry: &&Entry<'_>| entry.header == number && entry.key.eq_ignore_ascii_case(key);
        let mut found = self.entries.iter().filter(is_it);
        let first = found.next();
        match found.next() {
            Some(second) => Err(self.twice(&second.place)),
            None => Ok(Place::Section(header.map(|(_, header)| header), first)),
        }
    }

    fn twice(&self, place: &Range<usize>) -> ReadError {
        ReadErrorKind::DuplicateKey.at(self.line(place))
    }

    fn line(&self, place: &Range<usize>) -> Option<u32> {
        line_at(self.text.as_bytes(), place.start)
    }

    fn field(&self, path: &[&str]) -> Result<Field, ReadError> {
        if let ([], _) | ([_], true) = (path, path.first().is_some_and(|name| self.is_section(name))) {
            return Ok(Field::Present(Scalar::Other));
        }
        Ok(match self.find(path)? {
            Place::Section(_, Some(entry)) => Field::Present(entry.scalar(self.text)),
            Place::Section(_, None) | Place::NoSection | Place::Elsewhere => Field::Absent,
        })
    }

    /// Whether a section has this name and no key before the first section has.
    fn is_section(&self, name: &str) -> bool {
        let is_key = |entry: &Entry<'_>| entry.header == 0 && entry.key.eq_ignore_ascii_case(name);
        self.headers.iter().any(|header| header.name == name) && !self.entries.iter().any(is_key)
    }
}

/// Reads `source`, at most `limit` bytes, and returns what stands at each of the `wanted` paths.
///
/// A key or a section on a wanted path that stands twice is an error.
pub fn fields(source: &[u8], limit: usize, wanted: &[&[&str]]) -> Result<Fields, ReadError> {
    let ini = parsed(source, limit)?;
    let root = if ini.headers.is_empty() && ini.entries.is_empty() { Root::Empty } else { Root::Mapping };
    let values: Result<_, _> = wanted.iter().map(|path| ini.field(path)).collect();
    Ok(Fields::new(root, values?))
}

/// The line, from 1, of the key or section at `path`, for messages. None if there is none, or the text cannot be read.
pub fn line_of(source: &[u8], path: &[&str]) -> Option<u32> {
    let ini = parsed(source, LIMIT).ok()?;
    if let Place::Section(_, Some(entry)) = ini.find(path).ok()? {
        return ini.line(&entry.place);
    }
    let [name] = path else { return None };
    ini.headers.iter().find(|header| header.name == *name).and_then(|header| ini.line(&header.place))
}

/// What stands at a path of which a step may be [`EVERY`], each with its line. What is not there gives nothing.
pub fn gathered(source: &[u8], limit: usize, path: &[&str]) -> Result<Vec<(Scalar, Option<u32>)>, ReadError> {
    let ini = parsed(source, limit)?;
    let name = |entry: &Entry<'_>| ini.headers.get(entry.header.wrapping_sub(1)).map(|header| header.name);
    let fits = |step: &str, name: &str, exact: bool| {
        step == EVERY || step == name || (!exact && step.eq_ignore_ascii_case(name))
    };
    let wanted = |entry: &&Entry<'_>| match (path, name(entry)) {
        ([key], None) => fits(key, entry.key, false),
        ([section, key], Some(name)) => fits(section, name, true) && fits(key, entry.key, false),
        _ => false,
    };
    let found: Vec<&Entry<'_>> = ini.entries.iter().filter(wanted).take(MOST + 1).collect();
    if found.len() > MOST {
        return Err(ReadErrorKind::TooOften.at(None));
    }
    let mut seen = (0, 1);
    let line = |entry: &Entry<'_>| {
        let between = ini.text.get(seen.0..entry.place.start).unwrap_or_default();
        seen = (entry.place.start, seen.1 + between.matches('\n').count());
        u32::try_from(seen.1).ok()
    };
    let lines: Vec<Option<u32>> = found.iter().copied().map(line).collect();
    Ok(found.iter().map(|entry| entry.scalar(ini.text)).zip(lines).collect())
}
