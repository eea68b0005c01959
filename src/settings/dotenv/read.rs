//! Reading: what a name says in a dotenv file, and what stands in its way.
//!
//! Promises: what is read is what the program reads where no other variable is set; a line that it never comes to is told, not read.
//!
//! Deliberately absent: the environment, which may win over the file or be mixed into it: that is for who asks.

use crate::settings::dotenv::dialect::{Dialect, MARK, Starts};
use crate::settings::dotenv::lines::{Lines, Wins};
use crate::settings::value::{Field, ReadError, Scalar};

/// What a dotenv file says of one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What the name is set to; none where it is not set.
    pub value: Option<String>,
    /// The line of the assignment that counts, from 1.
    pub line: Option<u32>,
    /// The lines of all its assignments that are read, where there are several.
    pub duplicates: Vec<u32>,
    /// The line that cannot be read and hides all lines after it.
    pub stopped_at: Option<u32>,
    /// Lines that look as if they set the name, and are never read.
    pub hidden: Vec<u32>,
    /// Whether other variables are mixed into the value: it may be another where they are set.
    pub follows: bool,
    /// Whether another release of the same reader reads something else here.
    pub differs: bool,
}

impl Reading {
    /// The same in the words of all formats: a text, or absent.
    #[must_use]
    pub fn field(&self) -> Field {
        self.value.as_ref().map_or(Field::Absent, |value| Field::Present(Scalar::Text(value.clone())))
    }
}

/// What `source` says of each of the names, in their order.
pub fn read_all(source: &[u8], dialect: Dialect, names: &[&str]) -> Result<Vec<Reading>, ReadError> {
    let own = dialect.lines(source)?;
    let siblings: Vec<Option<Lines>> =
        dialect.siblings().iter().map(|reader| lines(source, Dialect { reader: *reader, ..dialect })).collect();
    let reading = |name: &&str| Reading {
        differs: differs(&own, &siblings, name, dialect.wins),
        ..reading(source, &own, name, dialect.wins)
    };
    Ok(names.iter().map(reading).collect())
}

/// What `source` says of one name.
pub fn read(source: &[u8], dialect: Dialect, name: &str) -> Result<Reading, ReadError> {
    read_all(source, dialect, &[name]).map(|all| all.into_iter().next().unwrap_or_default())
}

fn lines(source: &[u8], dialect: Dialect) -> Option<Lines> {
    dialect.lines(source).ok()
}

fn differs(own: &Lines, siblings: &[Option<Lines>], name: &str, wins: Wins) -> bool {
    let value = |lines: &Lines| lines.effective(name, wins).and_then(|assignment| assignment.value.clone());
    siblings.iter().any(|lines| lines.as_ref().is_none_or(|lines| value(lines) != value(own)))
}

fn reading(source: &[u8], lines: &Lines, name: &str, wins: Wins) -> Reading {
    let bare = source.strip_prefix(MARK).unwrap_or(source);
    let starts = Starts::of(bare);
    let effective = lines.effective(name, wins);
    let all: Vec<u32> = lines.of(name).map(|assignment| starts.line(assignment.name_at)).collect();
    Reading {
        value: effective.and_then(|assignment| assignment.value.clone()),
        line: effective.map(|assignment| starts.line(assignment.name_at)),
        duplicates: if all.len() > 1 { all } else { Vec::new() },
        stopped_at: lines.stop.map(|stop| starts.line(stop.at)),
        hidden: lines.stop.map_or_else(Vec::new, |stop| alike(bare, stop.at, name).map(|at| starts.line(at)).collect()),
        follows: effective.is_some_and(|assignment| assignment.follows),
        differs: false,
    }
}

/// The starts of lines from `from` on that look as if they set the name.
fn alike<'b>(bytes: &'b [u8], from: usize, name: &'b str) -> impl Iterator<Item = usize> + 'b {
    let mut start = from;
    let lines = bytes.get(from..).unwrap_or_default().split_inclusive(|byte| *byte == b'\n');
    let starts = lines.map(move |line| {
        let at = start;
        start += line.len();
        (at, line)
    });
    starts.filter(|(_, line)| sets(line, name)).map(|(at, _)| at)
}

fn sets(line: &[u8], name: &str) -> bool {
    let line = line.trim_ascii_start();
    let exported = line.strip_prefix(b"export").filter(|rest| rest.first().is_some_and(u8::is_ascii_whitespace));
    let rest = exported.unwrap_or(line).trim_ascii_start().strip_prefix(name.as_bytes());
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
}
