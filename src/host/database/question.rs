//! One question to one SQLite database, as it lies there.
//!
//! Promises: only a plain table and its stored columns are asked, so that nothing in the file is run; names are checked and texts
//! bound; no lock is waited for longer than a second, and no search takes longer than two. Absent: which way a file may be
//! opened without a trace (`database`).

use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use url::Url;

use crate::host::files;

/// Longest value, bytes.
const LONGEST: i32 = 1 << 20;
/// Longest row and statement that SQLite takes into memory, bytes.
const MEMORY: i32 = 16 << 20;
/// How long a lock of the program is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long one search may take.
const SEARCH: Duration = Duration::from_secs(2);

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// Columns with the texts that they hold in that row.
    pub filter: &'a [(&'a str, &'a str)],
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is no such file.
    NoFile,
    /// No row is like that.
    NoRow,
    /// The value is null.
    Null,
    /// The value, as text.
    Text(String),
}

/// Why a database gives no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Another kind of file.
    #[error("not an SQLite database")]
    NotOne,
    /// No plain table of that name.
    #[error("has no table {0:?}")]
    NoTable(String),
    /// No column of that name.
    #[error("its table has no column {0:?}")]
    NoColumn(String),
    /// A name that is none of a table or column.
    #[error("{0:?} is not the name of a table or column")]
    Name(String),
    /// Which row is meant is not clear.
    #[error("several rows are like that")]
    Several,
    /// A value that is neither a text nor a whole number.
    #[error("the value is not a text")]
    NotText,
    /// A value that is too long.
    #[error("the value is longer than 1 MiB")]
    TooLong,
    /// Its program keeps it locked, or writes all the time.
    #[error("its program is busy with it: try again, or while that is stopped")]
    Busy,
    /// Its program was stopped in the midst of writing.
    #[error("its program was stopped in the midst of writing and has to put it right first")]
    Unfinished,
    /// A part of the file is missing.
    #[error("the file is cut short")]
    Cut,
    /// The search took too long.
    #[error("the search took too long and was given up")]
    TooSlow,
    /// Too large to be read without a trace.
    #[error("too large to be copied, and it has a log of writes that no program has open")]
    TooLarge,
    /// Anything else that SQLite says.
    #[error("{0}")]
    Other(String),
}

impl From<rusqlite::Error> for Why {
    fn from(error: rusqlite::Error) -> Self {
        let unfinished = [rusqlite::ffi::SQLITE_READONLY_ROLLBACK, rusqlite::ffi::SQLITE_READONLY_RECOVERY];
        match error.sqlite_error().map(|error| (error.code, error.extended_code)) {
            Some((_, code)) if unfinished.contains(&code) => Self::Unfinished,
            Some((ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _)) => Self::Busy,
            Some((ErrorCode::NotADatabase, _)) => Self::NotOne,
            Some((ErrorCode::OperationInterrupted, _)) => Self::TooSlow,
            Some((ErrorCode::TooBig, _)) => Self::TooLong,
            // What SQLite says of a file is about its form, never its content.
            Some(_) | None => Self::Other(error.to_string()),
        }
    }
}

/// How a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Under the lock for readers: all of it is in the one file for as long as we look.
    Locked,
    /// Without a lock: nobody is writing.
    Alone,
    /// While its program has it open with a log.
    Open,
    /// A copy of ours.
    Copy,
}

/// Asks the database at `path`.
pub(super) fn question_at(path: &Path, way: Way, question: &Question<'_>) -> Result<Answer, Why> {
    let mut address = Url::from_file_path(path).map_err(|()| Why::NotOne)?;
    let (query, access) = match way {
        Way::Locked | Way::Open => ("mode=ro", OpenFlags::SQLITE_OPEN_READ_ONLY),
        Way::Alone => ("immutable=1", OpenFlags::SQLITE_OPEN_READ_ONLY),
        Way::Copy => ("mode=rw", OpenFlags::SQLITE_OPEN_READ_WRITE),
    };
    address.set_query(Some(query));
    let flags = access | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut database = Connection::open_with_flags(address.as_str(), flags)?;
    database.busy_timeout(PATIENCE)?;
    database.set_limit(Limit::SQLITE_LIMIT_LENGTH, MEMORY)?;
    let start = Instant::now();
    database.progress_handler(1000, Some(move || start.elapsed() > SEARCH))?;
    // One transaction: what is asked first and last is of one state.
    database.execute_batch("BEGIN")?;
    let answer = said(&database, question)?;
    // SQLite takes what is cut off for zeros; "no row" is said only of a whole file. Closing it lets go of our lock, so this is the end.
    if matches!(way, Way::Locked | Way::Alone) && !is_whole(path) {
        return Err(Why::Cut);
    }
    Ok(answer)
}

/// Whether the file has all the pages that it says it has.
fn is_whole(path: &Path) -> bool {
    let Ok(Some(file)) = files::open_regular(path) else { return false };
    let (Ok(meta), mut head) = (file.metadata(), [0; 100]) else { return false };
    if (&file).read_exact(&mut head).is_err() {
        return false;
    }
    let number = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
    let page = match head.get(16..18) {
        Some([0, 1]) => 65_536,
        Some([high, low]) => u64::from(*high) << 8 | u64::from(*low),
        _ => return false,
    };
    // The number of pages counts where the version that wrote it wrote last.
    let pages = if number(24) == number(92) { u64::from(number(28)) } else { 0 };
    page > 0 && meta.len() % page == 0 && meta.len() / page >= pages
}

fn said(database: &Connection, question: &Question<'_>) -> Result<Answer, Why> {
    let Question { table, column, filter } = question;
    let plain = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower(?1) AND rootpage > 0";
    if database.query_row(plain, [table], |row| row.get::<_, i64>(0))? != 1 {
        return Err(Why::NoTable((*table).to_owned()));
    }
    // A column whose value is worked out from others would run what stands in the file: `table_info` leaves those out.
    for name in filter.iter().map(|(column, _)| column).chain([column]) {
        let there = "SELECT count(*) FROM pragma_table_info(?1) WHERE lower(name) = lower(?2)";
        if database.query_row(there, [table, name], |row| row.get::<_, i64>(0))? != 1 {
            return Err(Why::NoColumn((*name).to_owned()));
        }
    }
    let wheres: Vec<String> =
        filter.iter().enumerate().map(|(at, (name, _))| format!("\"{name}\" = ?{}", at + 1)).collect();
    let wheres = if wheres.is_empty() { String::new() } else { format!(" WHERE {}", wheres.join(" AND ")) };
    let mut statement = database.prepare(&format!("SELECT \"{column}\" FROM \"{table}\"{wheres} LIMIT 2"))?;
    let mut rows = statement.query(params_from_iter(filter.iter().map(|(_, text)| text)))?;
    let answer = match rows.next()? {
        None => Ok(Answer::NoRow),
        Some(row) => answer(row.get_ref(0)?),
    };
    match rows.next()? {
        Some(_) => Err(Why::Several),
        None => answer,
    }
}

fn answer(value: ValueRef<'_>) -> Result<Answer, Why> {
    match value {
        ValueRef::Null => Ok(Answer::Null),
        ValueRef::Integer(number) => Ok(Answer::Text(number.to_string())),
        ValueRef::Text(bytes) if i32::try_from(bytes.len()).is_ok_and(|length| length <= LONGEST) => {
            let text = std::str::from_utf8(bytes).map_err(|_| Why::NotText)?;
            Ok(Answer::Text(text.to_owned()))
        }
        ValueRef::Text(_) => Err(Why::TooLong),
        ValueRef::Real(_) | ValueRef::Blob(_) => Err(Why::NotText),
    }
}
