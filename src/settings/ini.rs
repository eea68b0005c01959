//! INI: reads a value at a section and a key and changes it, with every other byte kept.
//!
//! A path is a key before the first section, or a section and a key in it. Keys are the same in any case of letters, sections are
//! not. A value is a text, whatever stands there, without the quotes around it; a key without a value is null.
//!
//! Promises: no input makes it panic, hang or grow without bound; where readers of INI disagree (a key or a section that stands
//! twice, a value over several lines, a comment behind a value) a wanted place is an error or an edit is refused, never a guess.
//!
//! Deliberately absent: escapes, interpolation, sections within sections.

mod edit;
mod lines;

pub use crate::settings::ini::edit::{remove, set};
pub use crate::settings::ini::lines::{LIMIT, fields, gathered, line_of};

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::settings::ini::{LIMIT, fields, gathered, line_of, remove, set};
    use crate::settings::value::{EditError, Field, Language, ReadErrorKind, Refusal, Root, Scalar, Value};

    const SYNTAX: ReadErrorKind = ReadErrorKind::Syntax(Language::Ini);
    const NO: Value<'_> = Value::Bool(false);

    fn one(source: &str, path: &[&str]) -> Field {
        fields(source.as_bytes(), LIMIT, &[path]).expect(source).field(0).clone()
    }

    fn why<T: std::fmt::Debug>(result: Result<T, EditError>) -> Refusal {
        match result.expect_err("refused") {
            EditError::Refused { why, .. } => why,
            EditError::Unreadable(error) => panic!("unreadable: {error}"),
        }
    }

    #[test]
    fn values_are_texts_as_they_stand() {
        let text = |text: &str| Field::Present(Scalar::Text(text.to_owned()));
        let table = [
            ("[t]\nid = x y \n", text("x y")),
            ("[t]\r\nid:x\r\n", text("x")),
            ("\u{feff}[ t ] ; c\n\tID = 'x'\n", text("x")),
            ("[t]\nid = \"a = b\"\n", text("a = b")),
            ("[t]\nid = \"a\" \"b\"\n", text("\"a\" \"b\"")),
            ("[t]\nid = no ; not sure\n", text("no ; not sure")),
            ("[t]\nid =\n[u]\n", text("")),
            ("[t]\nid\n", Field::Present(Scalar::Null)),
            ("[t]\nid = a\n  b\n", Field::Present(Scalar::Other)),
            ("[t]\n  id = a\n  b = 2\n", text("a")),
            ("[t]\nid = a\n\n# c\n", text("a")),
            ("[t]\n;id = a\n", Field::Absent),
            ("[T]\nid = a\n", Field::Absent),
            ("id = a\n[t]\n", Field::Absent),
            ("", Field::Absent),
        ];
        for (source, wanted) in table {
            assert_eq!(one(source, &["t", "id"]), wanted, "{source:?}");
        }
        let source = "top = 1\n[t]\ntop = 2\n";
        assert_eq!((one(source, &["top"]), one(source, &["t", "top"])), (text("1"), text("2")));
        assert_eq!(
            (one(source, &["t"]), one(source, &[])),
            (Field::Present(Scalar::Other), Field::Present(Scalar::Other))
        );
        assert_eq!(one(source, &["t", "top", "x"]), Field::Absent);
        assert_eq!(fields(b"; c\n", LIMIT, &[]).expect("readable").root(), Root::Empty);
    }

    #[test]
    fn what_cannot_be_read_says_its_kind_and_line() {
        let path: &[&str] = &["t", "id"];
        let table: [(&[u8], ReadErrorKind, Option<u32>); 6] = [
            (b"[t]\n\n[t\nid = 1", SYNTAX, Some(3)),
            (b"[t] x\nid = 1", SYNTAX, Some(1)),
            (b"[t]\nid = \x00", ReadErrorKind::Binary, Some(2)),
            (b"[t]\nid = \xff", ReadErrorKind::NotUtf8, Some(2)),
            (b"[t]\nid = 1\nx = 2\nId = 1", ReadErrorKind::DuplicateKey, Some(4)),
            (b"[t]\nid = 1\n[u]\n[t]\n", ReadErrorKind::DuplicateKey, Some(4)),
        ];
        for (source, kind, line) in table {
            let error = fields(source, LIMIT, &[path]).expect_err("unreadable");
            assert_eq!((error.kind, error.line), (kind, line), "{:?}", String::from_utf8_lossy(source));
            assert!(matches!(set(source, path, &NO), Err(EditError::Unreadable(_))));
            assert!(matches!(remove(source, path), Err(EditError::Unreadable(_))));
            assert_eq!(line_of(source, path), None);
        }
        assert!(fields(b"[t]\nid = 1\n[u]\nx = 1\nx = 2\n", LIMIT, &[path]).is_ok());
        let long = vec![b'a'; LIMIT + 1];
        assert_eq!(fields(&long, LIMIT, &[]).expect_err("long").kind, ReadErrorKind::TooLarge);
    }

    #[test]
    fn many_values_are_gathered_with_their_lines() {
        let source = b"k = 1\n[a]\nid = x\n\n[b]\nID = y\nother = z\n";
        let all = |path: &[&str]| gathered(source, LIMIT, path).expect("readable");
        let text = |text: &str| Scalar::Text(text.to_owned());
        assert_eq!(all(&["*", "id"]), [(text("x"), Some(3)), (text("y"), Some(6))]);
        assert_eq!(all(&["b", "*"]), [(text("y"), Some(6)), (text("z"), Some(7))]);
        assert_eq!(all(&["*"]), [(text("1"), Some(1))]);
        assert_eq!(all(&["a", "b", "c"]), []);
        assert_eq!((line_of(source, &["b", "id"]), line_of(source, &["b"])), (Some(6), Some(5)));
        assert_eq!(line_of(source, &["b", "no"]), None);
        let error = gathered("a = 1\n".repeat(5000).as_bytes(), LIMIT, &["*"]).expect_err("too many");
        assert_eq!(error.kind, ReadErrorKind::TooOften);
    }

    #[test]
    fn setting_changes_one_place() {
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
            ("", a, NO, "a = false\n"),
            ("", t, NO, "[t]\nid = false\n"),
            ("; c", a, NO, "; c\na = false"),
            ("\u{feff}; c\r\n", t, NO, "\u{feff}; c\r\n\r\n[t]\r\nid = false\r\n"),
            ("[t]\nID:yes\n; c\nx=1\n", t, NO, "[t]\nID:false\n; c\nx=1\n"),
            ("[t]\nid = 'yes'  \nx", t, Value::Text("a b"), "[t]\nid = a b  \nx"),
            ("[t]\nid =\n", t, NO, "[t]\nid = false\n"),
            ("[t]\nid=\n", t, NO, "[t]\nid=false\n"),
            ("[t]\nid\n", t, Value::Number(-7), "[t]\nid = -7\n"),
            ("[t]\nid = 1\n", t, Value::Text(""), "[t]\nid = \n"),
            ("[t]\r\n\tx = 1\r\n\r\n; u\r\n[u]\r\n", t, NO, "[t]\r\n\tx = 1\r\n\tid = false\r\n\r\n; u\r\n[u]\r\n"),
            ("[t]\nx = 1\n  2\n[u]", t, NO, "[t]\nx = 1\n  2\nid = false\n[u]"),
            ("[t]", t, NO, "[t]\nid = false"),
            ("[u]\nid = 1", t, NO, "[u]\nid = 1\n\n[t]\nid = false"),
            ("[t]\na = 1\n", a, NO, "a = false\n\n[t]\na = 1\n"),
            ("b = 1\n[t]\n", a, NO, "b = 1\na = false\n[t]\n"),
            ("[t]\nid = \"false\"\n", t, NO, "[t]\nid = \"false\"\n"),
        ];
        for (source, path, value, wanted) in table {
            let set_text =
                |source: &str| set(source.as_bytes(), path, &value).map(|new| String::from_utf8(new).expect("text"));
            assert_eq!(set_text(source).as_deref(), Ok(wanted), "{source:?}");
            assert_eq!(set_text(wanted).as_deref(), Ok(wanted), "twice: {source:?}");
        }
    }

    #[test]
    fn editing_is_refused_rather_than_guessed() {
        let t: &[&str] = &["t", "id"];
        let table = [
            ("[t]\nid = a\n  b\n", Refusal::NotAScalar),
            ("[t]\nid = a ; c\n", Refusal::Entangled),
            ("[t]\nx = 1\ry\nid = a\n", Refusal::LineBreaks),
        ];
        for (source, wanted) in table {
            assert_eq!(why(set(source.as_bytes(), t, &NO)), wanted, "{source:?}");
        }
        assert_eq!(why(remove(b"[t]\nid = a\n  b\n", t)), Refusal::NotAScalar);
        for text in ["a\nb", " a", "a ; b", "'a'", "#"] {
            assert_eq!(why(set(b"", t, &Value::Text(text))), Refusal::Unwritable, "{text:?}");
        }
        for path in [&[][..], &[""], &["a", "b", "c"], &["a]", "b"], &["a", "b=c"], &["[a"], &["a\nb"]] {
            assert_eq!(why(set(b"", path, &NO)), Refusal::Unwritable, "{path:?}");
        }
        assert_eq!(why(set(b"", t, &Value::EmptyList)), Refusal::Unwritable);
        let error = set(b"[t]\nid = hunter2 ; c\n", t, &NO).expect_err("a comment");
        let words =
            "cannot be changed there without touching something else (line 2); change it by hand: set t.id to false";
        assert_eq!(error.to_string(), words);
    }

    #[test]
    fn removing_takes_one_line() {
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
            ("", a, ""),
            ("a = 1\n", a, ""),
            ("b = 1\r\nA = 1 ; c\r\n[t]\r\na = 2", a, "b = 1\r\n[t]\r\na = 2"),
            ("\u{feff}[t]\nid = 1", t, "\u{feff}[t]"),
            ("[t]\n; c\nid = 1\nx = 2\n", t, "[t]\n; c\nx = 2\n"),
            ("[t]\nx = 2\n", t, "[t]\nx = 2\n"),
            ("id = 1\n", t, "id = 1\n"),
        ];
        for (source, path, wanted) in table {
            let found = remove(source.as_bytes(), path).map(|bytes| String::from_utf8(bytes).expect("text"));
            assert_eq!(found.as_deref(), Ok(wanted), "{source:?}");
        }
    }

    #[test]
    fn hostile_texts_end_quickly() {
        let table = ["[", "[a]\n", "a=\n", "a\n b\n", "=", "\r", " ", "[a]]"];
        for piece in table {
            let source = piece.repeat(LIMIT / piece.len());
            let start = Instant::now();
            let read = fields(source.as_bytes(), LIMIT, &[&["a", "a"]]).is_ok();
            assert_eq!(line_of(source.as_bytes(), &["q"]), None, "{piece:?}");
            assert!(read || set(source.as_bytes(), &["a", "a"], &NO).is_err(), "{piece:?}");
            assert!(read || remove(source.as_bytes(), &["a", "a"]).is_err(), "{piece:?}");
            assert!(start.elapsed() < Duration::from_secs(20), "{piece:?}: {:?}", start.elapsed());
        }
    }
}
