//! What every format promises of reading and changing, held to texts of each.
//!
//! Promises: a promise that several formats give is stated here once; each gives the texts. Absent: what only one of them says.

use std::time::{Duration, Instant};

use crate::settings::format::Format;
use crate::settings::value::{EditError, Field, ReadErrorKind, Refusal, Value};

type Path = &'static [&'static str];

const NO: Value<'_> = Value::Bool(false);

fn text(new: Result<Vec<u8>, EditError>) -> Result<String, EditError> {
    new.map(|bytes| String::from_utf8(bytes).expect("text"))
}

/// Why it is refused.
fn why(new: Result<Vec<u8>, EditError>) -> Refusal {
    match text(new).expect_err("refused") {
        EditError::Refused { why, by_hand, .. } => {
            assert!(!by_hand.is_empty());
            why
        }
        EditError::Unreadable(error) => panic!("unreadable: {error}"),
    }
}

/// A path has in each text what is said to be there.
pub(super) fn read(format: Format, path: &[&str], table: impl IntoIterator<Item = (&'static str, Field)>) {
    for (source, wanted) in table {
        let found = format.read(source.as_bytes(), &[path]).expect(source);
        assert_eq!(*found.field(0), wanted, "{format:?}: {source:?}");
    }
}

/// What cannot be read says its kind and line, and nothing of what it holds; it is not changed, and has neither lines nor items.
pub(super) fn unreadable<'t>(
    format: Format,
    path: &[&str],
    table: impl IntoIterator<Item = (&'t [u8], ReadErrorKind, Option<u32>)>,
) {
    let held = |source: &[u8], kind, line| {
        let head = String::from_utf8_lossy(source.get(..60).unwrap_or(source));
        let error = format.read(source, &[path]).expect_err(&head);
        assert_eq!((error.kind, error.line), (kind, line), "{format:?}: {head:?}");
        assert!(!error.to_string().contains("hunter"), "{format:?}: {error}");
        // No bytes at all are a new file.
        let new = format.set(source, path, &NO);
        assert!(source.is_empty() || matches!(new, Err(EditError::Unreadable(_))), "{format:?}: {head:?}");
        let new = format.remove(source, path);
        assert!(matches!(new, Err(EditError::Unreadable(_))), "{format:?}: {head:?}");
        assert_eq!((format.line_of(source, path), format.length(source, path)), (None, None), "{format:?}: {head:?}");
    };
    table.into_iter().for_each(|(source, kind, line)| held(source, kind, line));
    held(b"\n\xff", ReadErrorKind::NotUtf8, Some(2));
    held(&vec![b' '; format.limit() + 1], ReadErrorKind::TooLarge, None);
}

/// What is set is set in one place, and twice is once.
pub(super) fn set(format: Format, table: impl IntoIterator<Item = (&'static str, Path, Value<'static>, &'static str)>) {
    for (source, path, value, wanted) in table {
        for source in [source, wanted] {
            let new = text(format.set(source.as_bytes(), path, &value));
            assert_eq!(new.as_deref(), Ok(wanted), "{format:?}: {source:?}");
        }
    }
}

/// What cannot be set to `false` with care is refused, and so is a path that nobody writes.
pub(super) fn not_set(format: Format, table: impl IntoIterator<Item = (&'static str, Path, Refusal)>) {
    let always: [(_, Path, _); 2] = [("", &[], Refusal::Unwritable), ("", &["a"; 33], Refusal::Unwritable)];
    for (source, path, wanted) in table.into_iter().chain(always) {
        assert_eq!(why(format.set(source.as_bytes(), path, &NO)), wanted, "{format:?}: {source:?}");
    }
}

/// A refusal has these words.
pub(super) fn says(format: Format, source: &str, path: Path, value: Value<'_>, words: &str) {
    let error = format.set(source.as_bytes(), path, &value).expect_err("refused");
    assert_eq!(error.to_string(), words, "{format:?}: {source:?}");
}

/// What is removed is gone with its line or its comma, and nothing else is.
pub(super) fn removed(format: Format, table: impl IntoIterator<Item = (&'static str, Path, &'static str)>) {
    for (source, path, wanted) in table {
        let new = text(format.remove(source.as_bytes(), path));
        assert_eq!(new.as_deref(), Ok(wanted), "{format:?}: {source:?}");
    }
}

/// What cannot be removed with care is refused, and so is a path that nobody writes.
pub(super) fn not_removed(format: Format, table: impl IntoIterator<Item = (&'static str, Path, Refusal)>) {
    let always: [(_, Path, _); 2] = [("", &[], Refusal::Unwritable), ("", &["a"; 33], Refusal::Unwritable)];
    for (source, path, wanted) in table.into_iter().chain(always) {
        assert_eq!(why(format.remove(source.as_bytes(), path)), wanted, "{format:?}: {source:?}");
    }
}

/// More values than anybody reads are an error.
pub(super) fn too_often(format: Format, source: &str, path: &[&str]) {
    let error = format.gathered(source.as_bytes(), path).expect_err("too many");
    assert_eq!(error.kind, ReadErrorKind::TooOften, "{format:?}");
}

/// Whatever a text holds, asking it ends; and what cannot be read is neither changed nor has anything.
pub(super) fn ends(format: Format, texts: impl IntoIterator<Item = String>) {
    let path: Path = &["a", "a"];
    // The parser of HCL is slow without optimisation.
    let most = Duration::from_secs(if format == Format::Hcl { 60 } else { 20 });
    for source in texts {
        let (start, head, source) = (Instant::now(), source.chars().take(20).collect::<String>(), source.as_bytes());
        let read = format.read(source, &[path]).is_ok();
        // In INI it is an error where it is asked for only.
        let found = format.gathered(source, &["*", "*", "a"]);
        assert!(read || found.is_err() || format == Format::Ini, "{format:?}: {head}");
        assert_eq!((format.line_of(source, &["q"]), format.length(source, &["q"])), (None, None), "{format:?}: {head}");
        assert!(read || format.set(source, path, &NO).is_err(), "{format:?}: {head}");
        assert!(read || format.remove(source, path).is_err(), "{format:?}: {head}");
        assert!(start.elapsed() < most, "{format:?}: {head}: {:?}", start.elapsed());
    }
}

const A: Path = &["a"];
const T: Path = &["t", "id"];

/// An entry on a line of its own.
const LINES: [Format; 4] = [Format::Toml, Format::Hcl, Format::Hocon, Format::Ini];

/// Entries between braces on one line, and lists.
const BRACES: [Format; 3] = [Format::Toml, Format::Hcl, Format::Hocon];

#[test]
fn entries_on_lines_of_their_own_are_changed_alike() {
    let changed = [
        ("", A, NO, "a = false\n"),
        ("# c", A, NO, "# c\na = false"),
        ("\u{feff}# c\r\n", A, NO, "\u{feff}# c\r\na = false\r\n"),
        ("b = 1", A, NO, "b = 1\na = false"),
        ("b = 1\r\na=true\r\nc = 1.50", A, Value::Number(-3), "b = 1\r\na=-3\r\nc = 1.50"),
        ("# a = true\na = false\n", A, NO, "# a = true\na = false\n"),
    ];
    let gone = [
        ("", A, ""),
        ("b = 1\n", A, "b = 1\n"),
        ("a = 1\n", A, ""),
        ("b = 1\r\na = 1 # mine\r\nc = 1.50\r\n", A, "b = 1\r\nc = 1.50\r\n"),
        ("\u{feff}b = 1\na = 1", A, "\u{feff}b = 1"),
    ];
    for format in LINES {
        set(format, changed);
        removed(format, gone);
    }
}

#[test]
fn entries_between_braces_are_changed_alike() {
    let changed = [
        ("t = {}\n", T, NO, "t = { id = false }\n"),
        ("t = { x = 1 } # c\n", T, NO, "t = { x = 1, id = false } # c\n"),
        ("t = { id = 1, x = 2 }\n", T, NO, "t = { id = false, x = 2 }\n"),
        ("a = [1,\n  2 # c\n]\nb=1", A, Value::EmptyList, "a = []\nb=1"),
        ("a = false # so\n", A, NO, "a = false # so\n"),
    ];
    let gone = [
        ("a = [1,\n  2,\n]\nb = 1\n", A, "b = 1\n"),
        ("t = {id = 1, x = 2}\n", T, "t = {x = 2}\n"),
        ("t = { x = 2, id = 1 }\n", T, "t = { x = 2 }\n"),
        ("t = { id = 1 }\n", T, "t = {  }\n"),
        ("t = 5\n", T, "t = 5\n"),
    ];
    for format in BRACES {
        set(format, changed);
        removed(format, gone);
        not_set(format, [("a = [1]", A, Refusal::NotAScalar), ("t = 1", T, Refusal::NotAMapping)]);
    }
}

#[test]
fn hostile_assignments_end_quickly() {
    let deep = |open: &str, close: &str| format!("a = {}{}", open.repeat(30_000), close.repeat(30_000));
    for format in BRACES {
        let most = format.limit() / if format == Format::Hcl { 8 } else { 2 };
        let texts = [
            deep("[", "]"),
            deep("[", ""),
            deep("{a = ", "}"),
            deep("{a = ", ""),
            format!("a = {}", "9".repeat(most)),
            format!("a = [{}]", "1,".repeat(most - 5)),
            (0..10_000).map(|at| format!("k{at} = 1\n")).collect::<String>(),
            "\"\\".repeat(most),
            "a".repeat(format.limit()),
        ];
        ends(format, texts);
    }
}
