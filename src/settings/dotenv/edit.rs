//! Editing: a name is set or removed, and every other byte stays.
//!
//! Promises: the new text is read again by every reader before it is given out. The one that it is written for reads what was asked for,
//! from every line of the name that it comes to, and reads every other name as before; the others read every other name as before, too,
//! and of this one what was asked for or what they read before. Otherwise the edit is refused with words on what to do by hand.
//!
//! Deliberately absent: values over several lines, and mending a line that cannot be read.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::settings::dotenv::dialect::{Dialect, LIMIT, MARK, Reader, line_of};
use crate::settings::dotenv::lines::{Lines, Wins};
use crate::settings::edit::first_exact;
use crate::settings::text::{Splices, eol, line_start};
use crate::settings::value::{EditError, ReadErrorKind, Refusal};

/// Longest name and longest value that are written, in bytes.
const LONGEST: usize = 4096;

/// Readers that an edit must not surprise: a file is often read by more than the program that it was written for.
const READERS: [Dialect; 4] = [
    Dialect { reader: Reader::Dotenvy, wins: Wins::First },
    Dialect { reader: Reader::Dotenvy, wins: Wins::Last },
    Dialect { reader: Reader::Python, wins: Wins::Last },
    Dialect { reader: Reader::Npm, wins: Wins::Last },
];

/// `source` with `name` set to `value`, on every line that sets it; on a line of its own where there is none.
///
/// If every line that is read says so already, the source comes back as it is.
pub fn set(source: &[u8], dialect: Dialect, name: &str, value: &str) -> Result<Vec<u8>, EditError> {
    if !(is_name(name) && value.len() <= LONGEST && !value.chars().any(char::is_control)) {
        let by_hand = "choose a name of letters, digits and _ and a value of one line".to_owned();
        return Err(EditError::Refused { why: Refusal::Unwritable, line: None, by_hand });
    }
    let file = Text::new(source, dialect, name)?;
    if file.agrees(source, Some(value)) {
        return Ok(source.to_vec());
    }
    let spellings = [value.to_owned(), format!("'{value}'"), format!("\"{value}\"")];
    let bare = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:@%+,".contains(&byte));
    let ways = spellings.iter().skip(usize::from(!bare)).flat_map(|spelled| file.ways_to_set(spelled));
    first_exact(source, file.bare, ways, LIMIT, |new, _| file.agrees(new, Some(value))).map_err(|_| {
        let by_hand = format!("set {name}={value} on a line of its own, where the program reads it");
        EditError::Refused { why: Refusal::Entangled, line: file.line(), by_hand }
    })
}

/// `source` without the lines that set `name`; the source as it is where there are none.
pub fn remove(source: &[u8], dialect: Dialect, name: &str) -> Result<Vec<u8>, EditError> {
    let file = Text::new(source, dialect, name)?;
    let ways = [true, false].into_iter().map(|hidden| file.way_to_remove(hidden)).filter(|way| !way.is_empty());
    match first_exact(source, file.bare, ways, LIMIT, |new, _| file.agrees(new, None)) {
        Ok(new) => Ok(new),
        Err(_) if file.agrees(source, None) => Ok(source.to_vec()),
        Err(_) => {
            let by_hand = format!("remove the lines that set {name}");
            Err(EditError::Refused { why: Refusal::Entangled, line: file.line(), by_hand })
        }
    }
}

/// A name that every reader and every shell takes.
fn is_name(name: &str) -> bool {
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    first && name.len() <= LONGEST && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A file that is to be changed, as its readers read it before.
struct Text<'s> {
    bare: &'s str,
    dialect: Dialect,
    name: &'s str,
    own: Lines,
    /// The other releases of the same reader.
    siblings: Vec<(Dialect, Lines)>,
    /// Other readers, where they can read it.
    readers: Vec<(Dialect, Lines)>,
}

impl<'s> Text<'s> {
    fn new(source: &'s [u8], dialect: Dialect, name: &'s str) -> Result<Self, EditError> {
        let own = dialect.lines(source)?;
        let bytes = source.strip_prefix(MARK).unwrap_or(source);
        let not_text =
            |error: std::str::Utf8Error| ReadErrorKind::NotUtf8.at(Some(line_of(bytes, error.valid_up_to())));
        let bare = std::str::from_utf8(bytes).map_err(not_text)?;
        let read = |dialect: Dialect| dialect.lines(source).ok().map(|lines| (dialect, lines));
        let siblings = dialect.siblings().iter().map(|reader| Dialect { reader: *reader, ..dialect });
        let siblings: Vec<(Dialect, Lines)> = siblings.filter_map(read).collect();
        let readers = READERS.into_iter().filter(|reader| *reader != dialect).filter_map(read).collect();
        Ok(Self { bare, dialect, name, own, siblings, readers })
    }

    /// The line to look at: that of the name, or the one that cannot be read.
    fn line(&self) -> Option<u32> {
        let at = self.own.effective(self.name, self.dialect.wins).map(|found| found.name_at);
        at.or(self.own.stop.map(|stop| stop.at)).map(|at| line_of(self.bare.as_bytes(), at))
    }

    /// Where the name is set, by its own reader first, then by others: the place of its name and that of its value.
    fn places(&self, hidden: bool) -> Vec<(usize, Range<usize>)> {
        let all = [&self.own].into_iter().chain(self.siblings.iter().chain(&self.readers).map(|(_, lines)| lines));
        let end = self.own.stop.map_or(usize::MAX, |stop| if hidden { usize::MAX } else { stop.at });
        let mut places: BTreeMap<usize, Range<usize>> = BTreeMap::new();
        for found in all.flat_map(|lines| lines.of(self.name)).filter(|found| found.name_at < end) {
            let before = places.range(..=found.value_at.end).next_back();
            if before.is_none_or(|(_, value)| value.end < found.name_at) {
                places.insert(found.name_at, found.value_at.clone());
            }
        }
        places.into_iter().collect()
    }

    fn ways_to_set(&self, spelled: &str) -> Vec<Splices> {
        let mut ways = Vec::new();
        for hidden in [true, false] {
            let replaced: Splices =
                self.places(hidden).into_iter().map(|(_, value)| self.replaced(value, spelled)).collect();
            if self.own.of(self.name).next().is_some() {
                ways.push(replaced.clone());
            }
            let stop = self.own.stop.map(|stop| stop.at);
            for at in [stop.unwrap_or(self.bare.len()), 0] {
                let mut splices = replaced.clone();
                splices.push((at..at, self.line_at(at, spelled)));
                splices.sort_by_key(|(range, _)| range.start);
                ways.push(splices);
            }
        }
        ways
    }

    /// A value in the place of another. A comment right behind it stays one, and a name without `=` gets it.
    fn replaced(&self, value: Range<usize>, spelled: &str) -> (Range<usize>, String) {
        let byte = |at: usize| self.bare.as_bytes().get(at).copied();
        let sign = if value.is_empty()
            && !value.start.checked_sub(1).and_then(byte).is_some_and(|b| matches!(b, b'=' | b' ' | b':'))
        {
            "="
        } else {
            ""
        };
        let space = if byte(value.end) == Some(b'#') { " " } else { "" };
        (value, format!("{sign}{spelled}{space}"))
    }

    /// The assignment as a line that is put in at `at`.
    fn line_at(&self, at: usize, spelled: &str) -> String {
        let end = eol(self.bare);
        let before = self.bare.get(..at).unwrap_or_default();
        let start = if before.is_empty() || before.ends_with('\n') { "" } else { end };
        format!("{start}{}={spelled}{end}", self.name)
    }

    /// The lines that set the name taken out, those that its own reader does not come to among them or not.
    fn way_to_remove(&self, hidden: bool) -> Splices {
        let mut splices: Splices = Vec::new();
        for (name_at, value_at) in self.places(hidden) {
            let lines = self.whole_lines(name_at, value_at.end);
            match splices.last_mut() {
                Some((last, _)) if lines.start < last.end => last.end = last.end.max(lines.end),
                _ => splices.push((lines, String::new())),
            }
        }
        splices
    }

    /// The lines from one place to another, with their end.
    fn whole_lines(&self, from: usize, to: usize) -> Range<usize> {
        let rest = self.bare.get(to..).unwrap_or_default();
        line_start(self.bare, from)..rest.find('\n').map_or(self.bare.len(), |newline| to + newline + 1)
    }

    /// Whether all readers agree with the new text.
    fn agrees(&self, new: &[u8], wanted: Option<&str>) -> bool {
        let own = [(self.dialect, &self.own)].into_iter();
        let strict = own.chain(self.siblings.iter().map(|(dialect, lines)| (*dialect, lines)));
        strict.into_iter().all(|(dialect, old)| self.exact(dialect, old, new, wanted))
            && self.readers.iter().all(|(dialect, old)| self.unsurprised(*dialect, old, new, wanted))
    }

    /// Whether a reader that it is written for reads exactly what is wanted, on every line of the name, and all else as before.
    fn exact(&self, dialect: Dialect, old: &Lines, new: &[u8], wanted: Option<&str>) -> bool {
        let Ok(lines) = dialect.lines(new) else { return false };
        let mut all = lines.of(self.name).peekable();
        let there = all.peek().is_some() == wanted.is_some();
        there
            && all.all(|found| found.value.as_deref() == wanted && !found.follows)
            && lines.others(self.name, dialect.wins) == old.others(self.name, dialect.wins)
            && lines.stop.is_some() == old.stop.is_some()
    }

    /// Whether another reader reads of the name what is wanted or what it read before, and all other names as before.
    fn unsurprised(&self, dialect: Dialect, old: &Lines, new: &[u8], wanted: Option<&str>) -> bool {
        let Ok(lines) = dialect.lines(new) else { return false };
        fn value<'l>(lines: &'l Lines, name: &'l str, wins: Wins) -> Option<&'l str> {
            lines.effective(name, wins).and_then(|found| found.value.as_deref())
        }
        let now = value(&lines, self.name, dialect.wins);
        let (before, after) = (old.others(self.name, dialect.wins), lines.others(self.name, dialect.wins));
        (now == wanted || now == value(old, self.name, dialect.wins))
            && before.iter().all(|(name, value)| after.get(name) == Some(value))
            && (lines.stop.is_none() || old.stop.is_some())
    }
}
