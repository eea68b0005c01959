//! One value out of another program's SQLite database, while that program may be running.
//!
//! | the database | how it is read |
//! |---|---|
//! | with a rollback journal | where it lies, under SQLite's own lock for readers |
//! | with a write-ahead log that is not there or empty | where it lies, without locks: all of it is in the one file |
//! | with a write-ahead log | a private copy of both: reading them where they lie would write beside them |
//! | the same, too large to copy | where it lies, if its program has it open, so that nothing new comes to lie there |
//! | after a crash, with a journal to roll back | a private copy of both |
//!
//! A copy is whole: the log is copied after the database, and only if nothing in between began the log anew. Then every page that
//! was moved into the database meanwhile stands in the copied log, too, and the log wins.
//!
//! Promises: the folder has the same files afterwards, and the database the same bytes; only a plain table is asked, so that nothing in
//! the file is run; nobody waits longer than a second for a lock, and no search takes longer than two. Absent: writing, values
//! that are no text or number.

mod question;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::host::database::question::{Way, question_at};
use crate::host::files::{self, FileError};
use crate::host::writes;

pub use crate::host::database::question::{Answer, Question, Why};

/// Largest database that is copied, bytes.
const COPY: u64 = 256 << 20;
/// How often a copy is tried while the program is busy with it.
const TRIES: usize = 20;
/// What a database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database.
    #[error("{}: {why}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        why: Why,
    },
}

fn at(path: &Path, why: Why) -> DatabaseError {
    DatabaseError::Database { path: path.to_path_buf(), why }
}

/// Asks the database at `path`.
///
/// # Errors
/// See [`DatabaseError`].
pub fn ask(path: &Path, question: &Question<'_>) -> Result<Answer, DatabaseError> {
    for name in question.filter.iter().map(|(column, _)| *column).chain([question.table, question.column]) {
        let form = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !form || name.is_empty() || name.len() > 64 || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(at(path, Why::Name(name.to_owned())));
        }
    }
    if !files::exists(path)? {
        return Ok(Answer::NoFile);
    }
    // What lies beside it lies beside what a link leads to.
    let real = fs::canonicalize(path).map_err(|error| FileError::system(path, error))?;
    for _ in 0..TRIES {
        match attempt(&real, question) {
            Ok(Some(answer)) => return Ok(answer),
            // The program went on meanwhile: once more.
            Ok(None) => {}
            Err(error) => return Err(error),
        }
    }
    Err(at(&real, Why::Busy))
}

/// One attempt; `None` where the files changed meanwhile.
fn attempt(path: &Path, question: &Question<'_>) -> Result<Option<Answer>, DatabaseError> {
    let Some(state) = State::of(path)? else { return Ok(Some(Answer::NoFile)) };
    let in_place = |way| question_at(path, way, question);
    match state.kind {
        Kind::Empty => Err(at(path, Why::NoTable(question.table.to_owned()))),
        Kind::NotOne => Err(at(path, Why::NotOne)),
        Kind::Rollback => match in_place(Way::Locked) {
            Err(Why::Unfinished) => copied(path, "-journal", &state, question),
            other => other.map(Some).map_err(|why| at(path, why)),
        },
        Kind::Log if state.log.is_none() => {
            let answer = in_place(Way::Alone);
            // Only what did not change was read whole.
            if State::of(path)?.as_ref() != Some(&state) {
                return Ok(None);
            }
            answer.map(Some).map_err(|why| at(path, why))
        }
        Kind::Log if state.length <= COPY => copied(path, "-wal", &state, question),
        Kind::Log if files::exists(&beside(path, "-shm"))? => {
            in_place(Way::Open).map(Some).map_err(|why| at(path, why))
        }
        Kind::Log => Err(at(path, Why::TooLarge)),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Empty,
    NotOne,
    Rollback,
    Log,
}

/// What the files are like, to be told from what they are like later.
#[derive(Debug, PartialEq, Eq)]
struct State {
    kind: Kind,
    inode: u64,
    length: u64,
    /// Seconds and nanoseconds of the last change; where there is a log, the database may change beneath it.
    changed: (i64, i64),
    /// The first bytes of the log, among them what makes each new beginning of it another one.
    log: Option<Vec<u8>>,
}

impl State {
    fn of(path: &Path) -> Result<Option<Self>, DatabaseError> {
        let Some(file) = files::open_regular(path)? else { return Ok(None) };
        let meta = file.metadata().map_err(|error| FileError::system(path, error))?;
        let head = head(&file, path, 20)?;
        let kind = match (head.get(..16), head.get(18..20)) {
            (None, _) if head.is_empty() => Kind::Empty,
            (Some(magic), Some([1, 1])) if magic == MAGIC => Kind::Rollback,
            (Some(magic), Some([2, 2])) if magic == MAGIC => Kind::Log,
            _ => Kind::NotOne,
        };
        let beside = beside(path, "-wal");
        let log = match files::open_regular(&beside)? {
            Some(log) if kind == Kind::Log => Some(head_of_log(&log, &beside)?).filter(|head| !head.is_empty()),
            Some(_) | None => None,
        };
        let changed = (meta.mtime(), meta.mtime_nsec());
        Ok(Some(Self { kind, inode: meta.ino(), length: meta.len(), changed, log }))
    }
}

fn head_of_log(log: &File, path: &Path) -> Result<Vec<u8>, DatabaseError> {
    head(log, path, 32)
}

fn head(file: &File, path: &Path, length: u64) -> Result<Vec<u8>, DatabaseError> {
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(|error| FileError::system(path, error))?;
    Ok(bytes)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Asks a private copy of the database and of the file beside it; `None` where they do not belong together.
fn copied(path: &Path, suffix: &str, before: &State, question: &Question<'_>) -> Result<Option<Answer>, DatabaseError> {
    if before.length > COPY {
        return Err(at(path, Why::TooLarge));
    }
    let folder = writes::temporary_folder("telemetry-database-")?;
    let copy = folder.path().join("database");
    copy_file(path, &copy)?;
    copy_file(&beside(path, suffix), &beside(&copy, suffix))?;
    let after = State::of(path)?;
    let same = after.as_ref().is_some_and(|after| match before.kind {
        Kind::Log => after.inode == before.inode && after.log == before.log,
        Kind::Rollback | Kind::Empty | Kind::NotOne => after == before,
    });
    if !same {
        return Ok(None);
    }
    question_at(&copy, Way::Copy, question).map(Some).map_err(|why| at(path, why))
}

fn copy_file(from: &Path, to: &Path) -> Result<(), DatabaseError> {
    // It may be gone: then what is read later is of another state.
    let Some(file) = files::open_regular(from)? else { return Ok(()) };
    let mut out = writes::open_append(to)?;
    let fail = |error| FileError::system(from, error);
    // It may grow while it is copied.
    if io::copy(&mut file.take(2 * COPY), &mut out).map_err(fail)? >= 2 * COPY {
        return Err(at(from, Why::TooLarge));
    }
    Ok(())
}
