//! TOML: reads a value at a key and changes it, with every other byte kept.
//!
//! Promises: no input makes it panic, hang or grow without bound; an edit is exactly the one change that was asked for, proved by
//! reading both texts again, or it is refused. The text is never written from a tree: comments, line ends, a byte order mark, a
//! missing final newline and the spelling of numbers stay.
//!
//! Deliberately absent: writing tables of their own in braces, dates (they read as something else), replacing a table.

mod edit;
mod read;
mod ways;

pub use crate::settings::toml::edit::{remove, set};
pub use crate::settings::toml::read::{LIMIT, fields, gathered, length, line_of};

#[cfg(test)]
mod tests {
    use crate::settings::format::Format;
    use crate::settings::promises;
    use crate::settings::toml::{LIMIT, gathered, length, line_of};
    use crate::settings::value::{Field, Language, ReadErrorKind, Refusal, Scalar, Value};

    const SYNTAX: ReadErrorKind = ReadErrorKind::Syntax(Language::Toml);
    const NO: Value<'_> = Value::Bool(false);
    const FORMAT: Format = Format::Toml;

    #[test]
    fn scalars_keep_their_class_and_their_text() {
        let text = |text: &str| Field::Present(Scalar::Text(text.to_owned()));
        let number = |text: &str| Field::Present(Scalar::Number(text.to_owned()));
        let table = [
            ("[t]\nid = \"x\\n\"", text("x\n")),
            ("t.id = 'true'", text("true")),
            ("t = {id = true}", Field::Present(Scalar::Bool(true))),
            ("[t]\r\nid = 0x1F # c\r\n", number("0x1F")),
            ("[t]\nid = -1.50e+3", number("-1.50e+3")),
            ("[t]\nid = 1_000", number("1_000")),
            ("\u{feff}t.id = \"\"\"\na\"\"\"", text("a")),
            ("t.id = 2026-01-01", Field::Present(Scalar::Other)),
            ("t.id = []", Field::Present(Scalar::Other)),
            ("[t.id]", Field::Present(Scalar::Other)),
            ("[t.other]", Field::Absent),
            ("t = 1", Field::UnderOther),
            ("[[t]]\nid = 1", Field::UnderOther),
            ("# c\n", Field::Absent),
            ("", Field::Absent),
        ];
        promises::read(FORMAT, &["t", "id"], table);
    }

    #[test]
    fn what_cannot_be_read_says_its_kind_and_line() {
        let table: [(&[u8], ReadErrorKind, Option<u32>); 9] = [
            (b"a = 1\nb = \n", SYNTAX, Some(2)),
            (b"a = 1\na = 2", ReadErrorKind::DuplicateKey, Some(2)),
            (b"[a]\n[b]\n[a]", ReadErrorKind::DuplicateKey, Some(3)),
            (b"a = 1\n\nb = '\x00'", SYNTAX, Some(3)),
            (b"a = 1\nb = \xff", ReadErrorKind::NotUtf8, Some(2)),
            (b"a = 99999999999999999999999999999999999", SYNTAX, Some(1)),
            (b"a = yes", SYNTAX, Some(1)),
            (b"a = 1\rb = 2", SYNTAX, Some(1)),
            (b"token = hunter2", SYNTAX, Some(1)),
        ];
        promises::unreadable(FORMAT, &["a"], table);
    }

    #[test]
    fn many_values_are_gathered_with_their_lines() {
        let source =
            "\u{feff}a = [1,\n 2]\n[e.x]\nid = 'p'\n[e.y]\nid = true\n[[l]]\nid = 3\n[[l]]\n[[l]]\nid = {id = 4}\n"
                .as_bytes();
        let all = |path: &[&str]| gathered(source, LIMIT, path).expect("readable");
        let number = |text: &str| Scalar::Number(text.to_owned());
        assert_eq!(all(&["a", "*"]), [(number("1"), Some(1)), (number("2"), Some(2))]);
        assert_eq!(all(&["e", "*", "id"]), [(Scalar::Text("p".into()), Some(4)), (Scalar::Bool(true), Some(6))]);
        assert_eq!(all(&["l", "*", "id"]), [(number("3"), Some(8)), (Scalar::Other, Some(11))]);
        assert_eq!(all(&["l", "*"]).iter().map(|(_, line)| *line).collect::<Vec<_>>(), [Some(7), Some(9), Some(10)]);
        assert_eq!(all(&["l", "*", "*", "id"]), [(number("4"), Some(11))]);
        assert_eq!((length(source, LIMIT, &["a"]), length(source, LIMIT, &["l"])), (Some(2), Some(3)));
        assert_eq!(length(source, LIMIT, &["e"]), None);
        assert_eq!((line_of(source, &["e", "y", "id"]), line_of(source, &["e", "y"])), (Some(6), Some(5)));
        assert_eq!((line_of(source, &["e", "z"]), line_of(source, &[])), (None, None));
        let many = format!("a = [{}]", vec!["1"; 5000].join(","));
        promises::too_often(FORMAT, &many, &["a", "*"]);
    }

    #[test]
    fn setting_changes_one_place() {
        const ID: Value<'_> = Value::Text("\"é\"\n\u{7f}");
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
            ("", t, NO, "[t]\nid = false\n"),
            ("", &["x y", ""], NO, "[\"x y\"]\n\"\" = false\n"),
            ("a = true # c", a, ID, "a = \"\\\"é\\\"\\n\\u007F\" # c"),
            ("a=1_0 # c\r\nb = 1.50\r\n", a, Value::Number(-3), "a=-3 # c\r\nb = 1.50\r\n"),
            ("a = '''\nx\n''' # c\n", a, NO, "a = false # c\n"),
            ("b = 1\n\n[t]\nx = 1\n", a, NO, "b = 1\na = false\n\n[t]\nx = 1\n"),
            ("[t]\nx = 1\n", a, NO, "a = false\n\n[t]\nx = 1\n"),
            ("[t]\n  x = 1 # c\n\n# u\n[u]\n", t, NO, "[t]\n  x = 1 # c\n  id = false\n\n# u\n[u]\n"),
            ("[t] # c\r\n[u]\r\n", t, NO, "[t] # c\r\nid = false\r\n[u]\r\n"),
            ("[t]", t, NO, "[t]\nid = false"),
            ("[t.x]\ny = 1\n", t, NO, "[t.x]\ny = 1\n\n[t]\nid = false\n"),
            ("[u]\nx = 1", t, NO, "[u]\nx = 1\n\n[t]\nid = false"),
            ("t.x = 1\nb = 2\n", t, NO, "t.x = 1\nb = 2\nt.id = false\n"),
            ("[a.t]\nx = [\n 1,\n]\n", &["a", "t", "id"], NO, "[a.t]\nx = [\n 1,\n]\nid = false\n"),
            ("a = 'x'\n", a, Value::Text("x"), "a = 'x'\n"),
        ];
        promises::set(FORMAT, table);
    }

    #[test]
    fn editing_is_refused_rather_than_guessed() {
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
            ("[a]\nx = 1", a, Refusal::NotAScalar),
            ("[[a]]\nx = 1", a, Refusal::NotAScalar),
            ("a = 2026-01-01", a, Refusal::NotAScalar),
            ("[[t]]\nx = 1", t, Refusal::NotAMapping),
        ];
        promises::not_set(FORMAT, table);
        let words =
            "has a value there that is more than one line or one scalar (line 2); change it by hand: set a to false";
        promises::says(FORMAT, "b = 1\na = 2026-01-01", a, NO, words);
        let words =
            "cannot hold this key or text; change it by hand: choose a key that is named, at most 32 names deep";
        promises::says(FORMAT, "", &[], NO, words);
        let table = [
            ("[a]\nx = 1", a, Refusal::NotAScalar),
            ("[[a]]\nx = 1", a, Refusal::NotAScalar),
            ("a.x = 1", a, Refusal::NotAScalar),
        ];
        promises::not_removed(FORMAT, table);
    }

    #[test]
    fn removing_takes_one_line_or_one_entry() {
        let t: &[&str] = &["t", "id"];
        let table = [
            ("[t]\n# c\nid = 1\nx = 2\n", t, "[t]\n# c\nx = 2\n"),
            ("[t]\nid = 1\n", t, "[t]\n"),
            ("t.id = 1\nb = 1\n", t, "b = 1\n"),
        ];
        promises::removed(FORMAT, table);
    }

    #[test]
    fn hostile_texts_end_quickly() {
        let table = [
            format!("a{} = 1", ".a".repeat(30_000)),
            format!("[a{}]", ".a".repeat(30_000)),
            "[[a]]\n".repeat(LIMIT / 6),
            "[[a]]\n[a.b]\n".repeat(LIMIT / 12),
            (0..8_000).map(|at| format!("[a.b.c.d.e.k{at}]\n")).collect::<String>(),
        ];
        promises::ends(FORMAT, table);
    }
}
