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
    use crate::settings::format::Format;
    use crate::settings::ini::{LIMIT, fields, gathered, line_of};
    use crate::settings::promises;
    use crate::settings::value::{Field, Language, ReadErrorKind, Refusal, Root, Scalar, Value};

    const SYNTAX: ReadErrorKind = ReadErrorKind::Syntax(Language::Ini);
    const NO: Value<'_> = Value::Bool(false);
    const FORMAT: Format = Format::Ini;

    fn one(source: &str, path: &[&str]) -> Field {
        fields(source.as_bytes(), LIMIT, &[path]).expect(source).field(0).clone()
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
        promises::read(FORMAT, &["t", "id"], table);
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
        promises::unreadable(FORMAT, path, table);
        assert!(fields(b"[t]\nid = 1\n[u]\nx = 1\nx = 2\n", LIMIT, &[path]).is_ok());
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
        promises::too_often(FORMAT, &"a = 1\n".repeat(5000), &["*"]);
    }

    #[test]
    fn setting_changes_one_place() {
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
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
        promises::set(FORMAT, table);
    }

    #[test]
    fn editing_is_refused_rather_than_guessed() {
        let t: &[&str] = &["t", "id"];
        let table: [(_, &[&str], _); 9] = [
            ("[t]\nid = a\n  b\n", t, Refusal::NotAScalar),
            ("[t]\nid = a ; c\n", t, Refusal::Entangled),
            ("[t]\nx = 1\ry\nid = a\n", t, Refusal::LineBreaks),
            ("", &[""], Refusal::Unwritable),
            ("", &["a", "b", "c"], Refusal::Unwritable),
            ("", &["a]", "b"], Refusal::Unwritable),
            ("", &["a", "b=c"], Refusal::Unwritable),
            ("", &["[a"], Refusal::Unwritable),
            ("", &["a\nb"], Refusal::Unwritable),
        ];
        promises::not_set(FORMAT, table);
        promises::not_removed(FORMAT, [("[t]\nid = a\n  b\n", t, Refusal::NotAScalar)]);
        let words =
            "cannot hold this key or text; change it by hand: choose a key and a text that stand on a line as they are";
        promises::says(FORMAT, "", t, Value::EmptyList, words);
        for text in ["a\nb", " a", "a ; b", "'a'", "#"] {
            promises::says(FORMAT, "", t, Value::Text(text), words);
        }
        let words =
            "cannot be changed there without touching something else (line 2); change it by hand: set t.id to false";
        promises::says(FORMAT, "[t]\nid = hunter2 ; c\n", t, NO, words);
    }

    #[test]
    fn removing_takes_one_line() {
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
            ("b = 1\r\nA = 1 ; c\r\n[t]\r\na = 2", a, "b = 1\r\n[t]\r\na = 2"),
            ("\u{feff}[t]\nid = 1", t, "\u{feff}[t]"),
            ("[t]\n; c\nid = 1\nx = 2\n", t, "[t]\n; c\nx = 2\n"),
            ("[t]\nx = 2\n", t, "[t]\nx = 2\n"),
            ("id = 1\n", t, "id = 1\n"),
        ];
        promises::removed(FORMAT, table);
    }

    #[test]
    fn hostile_texts_end_quickly() {
        let table = ["[", "[a]\n", "a=\n", "a\n b\n", "=", "\r", " ", "[a]]"];
        promises::ends(FORMAT, table.map(|piece| piece.repeat(LIMIT / piece.len())));
    }
}
