//! Other programs' databases: one value, also while the program runs or after it was killed, and no trace of the reading.
//!
//! Promises: names and bytes of all files in the folder are compared before and after. Absent: which value of which program.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use telemetry::host::database::{Answer, DatabaseError, Question, Why, ask};

const META: &str = "CREATE TABLE meta (id INTEGER PRIMARY KEY, module TEXT, key1 TEXT, key2 TEXT, value);";
const INSTANCE: Question<'static> =
    Question { table: "meta", column: "value", filter: &[("module", "instance"), ("key1", "")] };

fn make(path: &Path, journal: &str) -> Connection {
    let database = Connection::open(path).expect("a database");
    database.pragma_update(None, "journal_mode", journal).expect("a journal");
    database.pragma_update(None, "wal_autocheckpoint", 0).expect("a number");
    database.execute_batch(META).expect("a table");
    database
}

fn put(database: &Connection, value: &dyn rusqlite::ToSql) {
    let insert = "INSERT INTO meta (module, key1, key2, value) VALUES ('instance', '', '', ?1)";
    database.execute(insert, [value]).expect("a row");
}

/// All files of a folder with their bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let all = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    all.map(|path| (path.clone(), fs::read(&path).unwrap_or_default())).collect()
}

/// Asks, and finds the folder as it was.
#[track_caller]
fn asked(path: &Path, question: &Question<'_>) -> Result<Answer, DatabaseError> {
    let folder = path.parent().expect("a folder");
    let before = files(folder);
    let answer = ask(path, question);
    assert!(files(folder) == before, "reading left a trace: {:?}", files(folder).keys());
    answer
}

#[track_caller]
fn why(path: &Path, question: &Question<'_>) -> Why {
    match asked(path, question).expect_err("no answer") {
        DatabaseError::Database { why, .. } => why,
        DatabaseError::File(error) => panic!("{error}"),
    }
}

fn text(text: &str) -> Answer {
    Answer::Text(text.to_owned())
}

#[test]
fn a_value_is_read_whatever_the_journal_and_leaves_no_trace() {
    for journal in ["delete", "persist", "truncate", "wal"] {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("odd ?name=#%41.sqlite");
        let database = make(&path, journal);
        put(&database, &"7043454519337943041");
        assert_eq!(asked(&path, &INSTANCE).expect("while it is open"), text("7043454519337943041"), "{journal}");
        drop(database);
        assert_eq!(asked(&path, &INSTANCE).expect("once it is closed"), text("7043454519337943041"), "{journal}");
        let link = root.path().join("link");
        symlink(&path, &link).expect("a link");
        assert_eq!(asked(&link, &INSTANCE).expect("through a link"), text("7043454519337943041"), "{journal}");
    }
}

#[test]
fn sqlite_itself_would_leave_a_trace() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let path = root.path().join("db");
    drop(make(&path, "wal"));
    let before = files(root.path());
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(&path, flags).expect("a database");
    let rows: i64 = database.query_row("SELECT count(*) FROM meta", [], |row| row.get(0)).expect("a number");
    assert_eq!(rows, 0);
    assert!(files(root.path()).len() > before.len(), "else the copies are not needed: {before:?}");
}

/// What a kill leaves: the files as they are now, in another folder.
fn killed(from: &Path) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    for (path, bytes) in files(from) {
        let name = path.file_name().expect("a name");
        if !name.to_string_lossy().ends_with("-shm") {
            fs::write(root.path().join(name), bytes).expect("a file");
        }
    }
    root
}

#[test]
fn what_a_killed_program_wrote_last_is_read() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let database = make(&root.path().join("db"), "wal");
    put(&database, &"before");
    database.pragma_update(None, "wal_checkpoint", "TRUNCATE").expect("moved");
    database.execute("UPDATE meta SET value = 'last'", []).expect("changed");
    let after = killed(root.path());
    assert!(after.path().join("db-wal").metadata().expect("a log").len() > 0);
    assert_eq!(asked(&after.path().join("db"), &INSTANCE).expect("an answer"), text("last"));
    // Without its log the file alone says what was before.
    fs::remove_file(after.path().join("db-wal")).expect("removed");
    assert_eq!(asked(&after.path().join("db"), &INSTANCE).expect("an answer"), text("before"));
}

#[test]
fn what_a_killed_program_did_not_finish_is_not_read() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let database = make(&root.path().join("db"), "delete");
    put(&database, &"whole");
    // Large enough that SQLite writes into the database before the end.
    database.pragma_update(None, "cache_size", 1).expect("a number");
    database.execute_batch("BEGIN; UPDATE meta SET value = 'half';").expect("begun");
    for _ in 0..40 {
        database.execute("INSERT INTO meta (module, value) VALUES ('x', zeroblob(4000))", []).expect("a row");
    }
    let after = killed(root.path());
    assert!(after.path().join("db-journal").is_file());
    let bytes = fs::read(after.path().join("db")).expect("the file");
    assert!(bytes.windows(4).any(|at| at == b"half"), "else nothing is to be rolled back");
    assert_eq!(asked(&after.path().join("db"), &INSTANCE).expect("an answer"), text("whole"));
}

#[test]
fn a_lock_is_waited_for_a_second_and_then_said() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let path = root.path().join("db");
    let database = make(&path, "delete");
    put(&database, &"x");
    database.execute_batch("BEGIN EXCLUSIVE").expect("locked");
    let start = Instant::now();
    assert_eq!(why(&path, &INSTANCE), Why::Busy);
    assert!((Duration::from_millis(900)..Duration::from_secs(10)).contains(&start.elapsed()), "{:?}", start.elapsed());
    database.execute_batch("COMMIT").expect("let go");
    assert_eq!(asked(&path, &INSTANCE).expect("an answer"), text("x"));
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn no_answer_is_half_of_one_while_the_program_writes() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let path = root.path().join("db");
    let database = make(&path, "wal");
    put(&database, &"0".repeat(50_000));
    database.pragma_update(None, "wal_autocheckpoint", 40).expect("a number");
    database.pragma_update(None, "synchronous", "off").expect("a word");
    let (done, mut answers, mut busy, mut different) = (AtomicBool::new(false), 0, 0, 0);
    let stop = &done;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for round in 1_u32.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let digit = char::from_digit(round % 10, 10).expect("a digit").to_string();
                database.execute("UPDATE meta SET value = ?1", [digit.repeat(50_000)]).expect("changed");
            }
        });
        // Also when an answer is wrong, else the other thread would never end.
        let _stop = Stop(stop);
        let mut last = String::new();
        // As often as it takes on a busy machine, where the other thread holds the file for longer.
        while (answers < 75 || different <= 10) && busy < 10_000 {
            match ask(&path, &INSTANCE) {
                Ok(Answer::Text(text)) => {
                    let first = text.chars().next().expect("a digit");
                    assert!(text.len() == 50_000 && text.chars().all(|c| c == first), "half of one");
                    different += usize::from(text != last);
                    last = text;
                    answers += 1;
                }
                Err(DatabaseError::Database { why: Why::Busy, .. }) => busy += 1,
                other => panic!("{other:?}"),
            }
        }
    });
    assert!(answers >= 75 && different > 10, "{answers} answers, {different} different, {busy} busy");
}

#[test]
fn what_is_no_text_is_told() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let path = root.path().join("db");
    let database = make(&path, "delete");
    assert_eq!(asked(&path, &INSTANCE).expect("an answer"), Answer::NoRow);
    let set = |value: &dyn rusqlite::ToSql| {
        database.execute("DELETE FROM meta", []).expect("emptied");
        put(&database, value);
        asked(&path, &INSTANCE)
    };
    assert_eq!(set(&rusqlite::types::Null).expect("an answer"), Answer::Null);
    assert_eq!(set(&7_043_454_519_337_943_041_i64).expect("an answer"), text("7043454519337943041"));
    assert_eq!(set(&"").expect("an answer"), text(""));
    assert_eq!(set(&"a".repeat(1 << 20)).expect("an answer"), text(&"a".repeat(1 << 20)));
    let is = |answer: Result<Answer, DatabaseError>, wanted: &Why| match answer {
        Err(DatabaseError::Database { why, .. }) => assert_eq!(&why, wanted),
        other => panic!("{other:?}"),
    };
    is(set(&1.5), &Why::NotText);
    is(set(&vec![1_u8, 2]), &Why::NotText);
    is(set(&"a".repeat((1 << 20) + 1)), &Why::TooLong);
    is(set(&"a".repeat(17 << 20)), &Why::TooLong);
    set(&"x").expect("an answer");
    database.execute("UPDATE meta SET value = CAST(x'ff' AS TEXT)", []).expect("changed");
    assert_eq!(why(&path, &INSTANCE), Why::NotText);
    put(&database, &"y");
    assert_eq!(why(&path, &INSTANCE), Why::Several);
}

#[test]
fn only_a_plain_table_is_asked() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let path = root.path().join("db");
    let database = make(&path, "delete");
    put(&database, &"x");
    let more = "CREATE VIEW seen AS SELECT * FROM meta; ALTER TABLE meta ADD made TEXT AS (upper(value));";
    database.execute_batch(more).expect("more");
    let of = |table, column| Question { table, column, ..INSTANCE };
    assert_eq!(asked(&path, &of("META", "Value")).expect("SQLite's names"), text("x"));
    assert_eq!(why(&path, &of("none", "value")), Why::NoTable("none".to_owned()));
    assert_eq!(why(&path, &of("seen", "value")), Why::NoTable("seen".to_owned()));
    assert_eq!(why(&path, &of("meta", "made")), Why::NoColumn("made".to_owned()));
    let filter = Question { filter: &[("none", "x")], ..INSTANCE };
    assert_eq!(why(&path, &filter), Why::NoColumn("none".to_owned()), "a name in quotes is never taken for a text");
    for name in ["", "a b", "meta\"; DROP TABLE meta; --", "1a", "ä", "sqlite_schema\0", &"a".repeat(65)] {
        assert_eq!(why(&path, &of(name, "value")), Why::Name(name.to_owned()));
        assert_eq!(why(&path, &of("meta", name)), Why::Name(name.to_owned()));
    }
    let bound = Question { filter: &[("module", "' OR '1' = '1")], ..INSTANCE };
    assert_eq!(asked(&path, &bound).expect("an answer"), Answer::NoRow);
}

#[test]
fn what_is_no_database_is_told() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| root.path().join(name);
    assert_eq!(asked(&at("none"), &INSTANCE).expect("an answer"), Answer::NoFile);
    fs::write(at("empty"), "").expect("a file");
    assert_eq!(why(&at("empty"), &INSTANCE), Why::NoTable("meta".to_owned()));
    for (name, bytes) in [("text", &b"hello, this is no database at all"[..]), ("short", b"SQLite format 3\0")] {
        fs::write(at(name), bytes).expect("a file");
        assert_eq!(why(&at(name), &INSTANCE), Why::NotOne, "{name}");
    }
    let database = make(&at("db"), "delete");
    put(&database, &"x");
    drop(database);
    let whole = fs::read(at("db")).expect("the file");
    for length in [100, 512, 4096, 5000, whole.len() - 1] {
        fs::write(at("cut"), whole.get(..length).expect("a part")).expect("a file");
        assert!(asked(&at("cut"), &INSTANCE).is_err(), "{length}");
    }
    fs::create_dir(at("folder")).expect("a folder");
    symlink(at("gone"), at("dangling")).expect("a link");
    assert!(asked(&at("folder"), &INSTANCE).is_err() && asked(&at("dangling"), &INSTANCE).is_err());
}
