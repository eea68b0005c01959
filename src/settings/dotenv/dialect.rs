//! The programs that read dotenv files, and which of several lines of one name they take.
//!
//! Promises: a dialect is a program's own reading, by its name; what no two of them read alike has no dialect in common.
//!
//! Deliberately absent: the shell, docker and systemd, which read such files by rules of their own.

use crate::settings::dotenv::lines::{Lines, Stop, Wins};
use crate::settings::dotenv::values::Room;
use crate::settings::dotenv::{dotenvy, npm, npm_lines, python};
use crate::settings::value::{ReadError, ReadErrorKind};

/// Largest file that is read, in bytes: such a file is some lines.
pub const LIMIT: usize = 64 * 1024;

/// A program that reads dotenv files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reader {
    /// The Rust crate dotenvy 0.15: a line that it cannot read hides all lines after it.
    Dotenvy,
    /// PyPI's python-dotenv from 1.2.3 on.
    Python,
    /// PyPI's python-dotenv up to 1.2.2.
    PythonBefore,
    /// npm's dotenv 16.
    Npm,
    /// npm's dotenv 15.
    Npm15,
    /// npm's dotenv up to 14: line by line, a comment behind a value is a part of it.
    Npm14,
}

/// How a program reads a dotenv file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// Who reads.
    pub reader: Reader,
    /// Which of several lines of one name counts.
    pub wins: Wins,
}

impl Dialect {
    /// The dialects by the names that manifests use.
    pub const NAMED: [(&'static str, Dialect); 7] = [
        ("dotenvy", Dialect { reader: Reader::Dotenvy, wins: Wins::First }),
        ("dotenvy-override", Dialect { reader: Reader::Dotenvy, wins: Wins::Last }),
        ("python-dotenv", Dialect { reader: Reader::Python, wins: Wins::Last }),
        ("python-dotenv-1.2.2", Dialect { reader: Reader::PythonBefore, wins: Wins::Last }),
        ("node-dotenv", Dialect { reader: Reader::Npm, wins: Wins::Last }),
        ("node-dotenv-15", Dialect { reader: Reader::Npm15, wins: Wins::Last }),
        ("node-dotenv-14", Dialect { reader: Reader::Npm14, wins: Wins::Last }),
    ];

    /// The dialect of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Dialect> {
        Dialect::NAMED.iter().find(|(known, _)| *known == name).map(|(_, dialect)| *dialect)
    }

    /// Other releases of the same reader, where the version of the tool does not say which one it has.
    pub(super) fn siblings(self) -> &'static [Reader] {
        match self.reader {
            Reader::Python => &[Reader::PythonBefore],
            Reader::PythonBefore => &[Reader::Python],
            Reader::Dotenvy | Reader::Npm | Reader::Npm15 | Reader::Npm14 => &[],
        }
    }

    /// All that this dialect reads in a file.
    pub(super) fn lines(self, source: &[u8]) -> Result<Lines, ReadError> {
        if source.len() > LIMIT {
            return Err(ReadErrorKind::TooLarge.at(None));
        }
        if let Some(at) = source.iter().position(|byte| *byte == 0) {
            return Err(ReadErrorKind::Binary.at(Some(line_of(source, at))));
        }
        let bare = source.strip_prefix(MARK).unwrap_or(source);
        let broken = std::str::from_utf8(bare).err().map(|error| error.valid_up_to());
        let room = &mut Room::new();
        let lines = match (self.reader, broken) {
            (Reader::Dotenvy, None) => dotenvy::lines(text(bare), true, self.wins, room),
            (Reader::Dotenvy, Some(at)) => {
                // The line that is no text cannot be read; those before it are.
                let valid = text(bare.get(..at).unwrap_or_default());
                let lines = valid.rfind('\n').map_or("", |newline| valid.get(..=newline).unwrap_or_default());
                dotenvy::lines(lines, false, self.wins, room)
            }
            (Reader::Python | Reader::PythonBefore, Some(at)) => {
                return Err(ReadErrorKind::NotUtf8.at(Some(line_of(bare, at))));
            }
            (Reader::Python, None) => python::lines(text(bare), python::Release::Now, room),
            (Reader::PythonBefore, None) => {
                let mark = if bare.len() < source.len() { "\u{feff}" } else { "" };
                python::lines(&[mark, text(bare)].concat(), python::Release::Before, room)
                    .map(|lines| after(lines, mark.len()))
            }
            (Reader::Npm, _) => Some(npm::lines(&String::from_utf8_lossy(bare), npm::Release::Sixteen)),
            (Reader::Npm15, _) => Some(npm::lines(&String::from_utf8_lossy(bare), npm::Release::Fifteen)),
            (Reader::Npm14, _) => Some(npm_lines::lines(&String::from_utf8_lossy(bare))),
        };
        lines.ok_or_else(|| ReadErrorKind::TooOften.at(None))
    }
}

/// The byte order mark.
pub(super) const MARK: &[u8] = "\u{feff}".as_bytes();

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// The lines of a text that begins so many bytes later.
fn after(mut lines: Lines, mark: usize) -> Lines {
    for assignment in &mut lines.assignments {
        assignment.name_at = assignment.name_at.saturating_sub(mark);
        let at = &assignment.value_at;
        assignment.value_at = at.start.saturating_sub(mark)..at.end.saturating_sub(mark);
    }
    lines.stop = lines.stop.map(|stop| Stop { at: stop.at.saturating_sub(mark) });
    lines
}

/// Where the lines of a file start: `\r\n`, `\n` and a lone `\r` end one.
pub(super) struct Starts(Vec<usize>);

impl Starts {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let next = bytes.iter().skip(1).map(Some).chain([None]);
        let ends = bytes.iter().zip(next).enumerate();
        let ends = ends.filter(|(_, (byte, next))| **byte == b'\n' || (**byte == b'\r' && *next != Some(&b'\n')));
        Self(ends.map(|(at, _)| at + 1).collect())
    }

    /// The line, from 1, on which a byte stands.
    pub(super) fn line(&self, at: usize) -> u32 {
        u32::try_from(self.0.partition_point(|start| *start <= at) + 1).unwrap_or(u32::MAX)
    }
}

/// The line, from 1, on which a byte stands.
pub(super) fn line_of(bytes: &[u8], at: usize) -> u32 {
    Starts::of(bytes).line(at)
}
