//! YAML: reads a value at a key and changes it, with every other byte kept.
//!
//! Promises: no input makes it panic, hang or grow without bound; a duplicate key is an error, not a guess; an edit
//! is either exactly the one change that was asked for, proved by reading both texts again, or it is refused.
//!
//! Two parsers check each other: one says what the text means, the other where its parts stand. No text is ever
//! written from a tree, so no comment, spelling or line ending can be lost.
//!
//! Deliberately absent: several documents in one file, writing sequences or numbers, editing through aliases,
//! creating a file.

mod edit;
mod locate;
mod plain;
mod read;
#[cfg(feature = "foreign")]
pub(super) mod several;
mod tree;
mod typed;
mod ways;

pub use crate::settings::yaml::edit::{remove, set};
pub use crate::settings::yaml::locate::{line_of, lines_of};
pub use crate::settings::yaml::read::{fields, is_whole, read};
#[cfg(feature = "foreign")]
pub use crate::settings::yaml::several::{gathered, length};
pub use crate::settings::yaml::tree::LIMIT;

#[cfg(test)]
#[cfg(feature = "foreign")]
mod tests {
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    use crate::settings::format::Format;
    use crate::settings::promises;
    use crate::settings::value::{EditError, Field, Language, ReadErrorKind, Refusal, Root, Scalar, Step, Value};
    use crate::settings::yaml::{LIMIT, fields, line_of, lines_of, read, remove, set};

    const FORMAT: Format = Format::Yaml;
    const SYNTAX: ReadErrorKind = ReadErrorKind::Syntax(Language::Yaml);

    fn kind(source: &[u8]) -> ReadErrorKind {
        fields(source, LIMIT, &[]).expect_err("unreadable").kind
    }

    fn one(source: &str, path: &[&str]) -> Field {
        fields(source.as_bytes(), LIMIT, &[path]).expect("readable").field(0).clone()
    }

    #[test]
    fn scalars_keep_their_class_and_their_text() {
        let digits = "12345678901234567890123456789012";
        let float = "123456e89";
        let long = "1".repeat(60);
        let table = [
            ("user_id: abc", Scalar::Text("abc".into())),
            ("user_id: 'true'", Scalar::Text("true".into())),
            ("user_id: true", Scalar::Bool(true)),
            ("user_id: False", Scalar::Bool(false)),
            ("user_id: no", Scalar::Text("no".into())),
            ("user_id:", Scalar::Null),
            ("user_id: ~ # none", Scalar::Null),
            ("user_id: ''", Scalar::Text(String::new())),
            ("user_id: 007", Scalar::Text("007".into())),
            ("user_id: 123456e8901234567890123456789012", Scalar::Text("123456e8901234567890123456789012".into())),
            ("user_id: 0x1F", Scalar::Number("0x1F".into())),
            ("user_id: -1.50", Scalar::Number("-1.50".into())),
            ("user_id: [a]", Scalar::Other),
            ("user_id: {a: 1}", Scalar::Other),
            ("user_id: !secret a", Scalar::Other),
            ("user_id: &x abc", Scalar::Text("abc".into())),
            ("\"user_id\":\t\"a\\tb\"", Scalar::Text("a\tb".into())),
            ("{user_id: abc, anonymous_tracking: true}", Scalar::Text("abc".into())),
            ("b: &x 5.0\nuser_id: *x", Scalar::Number("5.0".into())),
            ("\u{feff}a: 1\r\nuser_id: abc\r\n", Scalar::Text("abc".into())),
            ("d: &d {user_id: x}\n<<: *d", Scalar::Text("x".into())),
            ("d: &d {user_id: x}\n<<: [*d]\nuser_id: own", Scalar::Text("own".into())),
        ];
        promises::read(FORMAT, &["user_id"], table.map(|(source, wanted)| (source, Field::Present(wanted))));
        for number in [digits, float, long.as_str()] {
            let source = format!("a: [1, {{b: 2}}]\nuser_id: {number} # mine\n");
            assert_eq!(one(&source, &["user_id"]), Field::Present(Scalar::Number(number.to_owned())), "{source}");
        }
    }

    #[test]
    fn parents_are_told_apart() {
        let path: &[&str] = &["telemetry", "id"];
        let table = [
            ("", Field::Absent, Root::Empty),
            ("# only\n---\n# comments\n...\n", Field::Absent, Root::Empty),
            ("\u{feff}", Field::Absent, Root::Empty),
            ("a: 1", Field::Absent, Root::Mapping),
            ("{}", Field::Absent, Root::Mapping),
            ("telemetry:\n", Field::UnderNull, Root::Mapping),
            ("telemetry: {}\n", Field::Absent, Root::Mapping),
            ("telemetry: off\n", Field::UnderOther, Root::Mapping),
            ("telemetry: [id]\n", Field::UnderOther, Root::Mapping),
            ("telemetry: !x {id: a}\n", Field::UnderOther, Root::Mapping),
            ("telemetry: {id: }\n", Field::Present(Scalar::Null), Root::Mapping),
            ("telemetry:\n  id: x\n", Field::Present(Scalar::Text("x".into())), Root::Mapping),
            ("~\n", Field::UnderNull, Root::Other),
            ("hello\n", Field::UnderOther, Root::Other),
            ("- telemetry\n", Field::UnderOther, Root::Other),
        ];
        for (source, field, root) in table {
            let found = fields(source.as_bytes(), LIMIT, &[path]).expect(source);
            assert_eq!((found.field(0), found.root()), (&field, root), "{source}");
            assert_eq!(found.field(7), &Field::Absent);
        }
    }

    #[test]
    fn what_cannot_be_read_says_its_kind_and_line() {
        let nested = "a: ".to_owned() + &"[".repeat(30) + &"]".repeat(30);
        assert_eq!(one(&nested, &["a"]), Field::Present(Scalar::Other));
        let table: [(&[u8], ReadErrorKind, Option<u32>); 14] = [
            (b"token: hunter2\ntoken: [hunter3", SYNTAX, Some(3)),
            (b"a: 1\nb: [\n", SYNTAX, Some(3)),
            (b"a: 1\n\tb: 2\n", SYNTAX, Some(2)),
            (b"a: *nobody\n", SYNTAX, Some(1)),
            (b"a: \x00", ReadErrorKind::Binary, Some(1)),
            (b"a: 1\nb: \x1b[0m", ReadErrorKind::Binary, Some(2)),
            (b"\xff\xfea\x00", ReadErrorKind::NotUtf8, Some(1)),
            (b"a: 1\nb: \xff", ReadErrorKind::NotUtf8, Some(2)),
            (b"a: 1\n---\nb: 2\n", ReadErrorKind::SeveralDocuments, None),
            (b"--- \n---\n", ReadErrorKind::SeveralDocuments, None),
            (b"a: 1\nb: 2\n'a': 3\n", ReadErrorKind::DuplicateKey, Some(3)),
            (b"a: &x\n  - *x\n", ReadErrorKind::TooDeep, Some(1)),
            (b"{a: 1} }\n", SYNTAX, Some(1)),
            (b"\x7fELF\x01", ReadErrorKind::Binary, Some(1)),
        ];
        promises::unreadable(FORMAT, &["z"], table);
    }

    #[test]
    fn duplicates_matter_on_the_wanted_paths() {
        let source = b"a:\n  x: 1\n  x: 2\nb:\n  y: 1\n";
        assert!(fields(source, LIMIT, &[&["b", "y"]]).is_ok());
        let error = fields(source, LIMIT, &[&["b", "y"], &["a", "z"]]).expect_err("on the path");
        assert_eq!((error.kind, error.line), (ReadErrorKind::DuplicateKey, Some(3)));
        let error = read::<BTreeMap<String, BTreeMap<String, u8>>>(source, LIMIT).expect_err("anywhere");
        assert_eq!((error.kind, error.line), (ReadErrorKind::DuplicateKey, Some(3)));
    }

    #[test]
    fn types_are_read_with_the_place_of_a_misfit() {
        type Map = BTreeMap<String, String>;
        let digits = "12345678901234567890123456789012";
        let map: Map = read(format!("\u{feff}a: {digits}\nb: x\n").as_bytes(), LIMIT).expect("readable");
        assert_eq!(map.get("a").map(String::as_str), Some(digits));
        let error = read::<Map>(b"a: b\nc: [1]\n", LIMIT).expect_err("misfit");
        assert_eq!((error.kind, error.line), (ReadErrorKind::Shape, Some(2)));
        assert_eq!(read::<Option<u8>>(b"# nothing\n", LIMIT), Ok(None));
    }

    #[test]
    fn hostile_texts_end_quickly() {
        let mut laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (new, old) in "bcdefghij".chars().zip("abcdefghi".chars()) {
            laughs += &format!("{new}: &{new} [{}]\n", vec![format!("*{old}"); 10].join(", "));
        }
        let wide = format!("a: &a [{}]\nb: [{}]\n", vec!["1"; 10_000].join(","), vec!["*a"; 10_000].join(","));
        let half = LIMIT / 2;
        let stairs = (0..350).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>();
        let table: [(String, ReadErrorKind); 12] = [
            (laughs, ReadErrorKind::TooOften),
            (wide, ReadErrorKind::TooOften),
            ("[".repeat(100_000), ReadErrorKind::TooLarge),
            ("[".repeat(LIMIT), ReadErrorKind::TooDeep),
            ("{a: ".repeat(LIMIT / 4), ReadErrorKind::TooDeep),
            ("[\"]\",".repeat(LIMIT / 5), ReadErrorKind::TooDeep),
            ("- ".repeat(half), ReadErrorKind::TooDeep),
            ("? ".repeat(half), ReadErrorKind::TooDeep),
            ("-\t".repeat(half), ReadErrorKind::TooDeep),
            ("[".repeat(65) + &"]".repeat(65), ReadErrorKind::TooDeep),
            (stairs, ReadErrorKind::TooDeep),
            ("!a ".repeat(LIMIT / 3), SYNTAX),
        ];
        for (source, wanted) in table {
            let start = Instant::now();
            let head: String = source.chars().take(40).collect();
            assert_eq!(kind(source.as_bytes()), wanted, "{head}");
            assert!(read::<BTreeMap<String, String>>(source.as_bytes(), LIMIT).is_err(), "{head}");
            assert!(set(source.as_bytes(), &["a"], &Value::Bool(false)).is_err(), "{head}");
            assert_eq!(line_of(source.as_bytes(), &["zz"]), None, "{head}");
            assert!(start.elapsed() < Duration::from_secs(20), "{head}: {:?}", start.elapsed());
        }
    }

    #[test]
    fn lines_of_keys() {
        let source = "\u{feff}# head\r\na: 1\r\n\"t\":\r\n  # in\r\n  id : x\r\nf: {q:\r\n  1}\r\n".as_bytes();
        let table: [(&[&str], Option<u32>); 6] = [
            (&["a"], Some(2)),
            (&["t"], Some(3)),
            (&["t", "id"], Some(5)),
            (&["f", "q"], Some(6)),
            (&["t", "no"], None),
            (&[], None),
        ];
        for (path, line) in table {
            assert_eq!(line_of(source, path), line, "{path:?}");
        }
    }

    #[test]
    fn lines_of_items_and_of_what_is_nearest() {
        let source =
            "\u{feff}a:\r\n  # in\r\n  - x\r\n\r\n  - b: 1\r\n    c:\r\n      - [1,\r\n        2]\r\n".as_bytes();
        let (key, item) = (|key: &str| Step::Key(key.to_owned()), Step::Item);
        let table = [
            (vec![key("a"), item(0)], Some(3)),
            (vec![key("a"), item(1)], Some(5)),
            (vec![key("a"), item(1), key("b")], Some(5)),
            (vec![key("a"), item(1), key("c"), item(0), item(1)], Some(8)),
            (vec![key("a"), item(1), key("c"), item(7)], Some(6)),
            (vec![key("a"), item(1), key("z")], Some(5)),
            (vec![key("a"), key("z")], Some(1)),
            (vec![key("z"), item(0)], None),
            (vec![], None),
        ];
        let paths: Vec<&[Step]> = table.iter().map(|(path, _)| path.as_slice()).collect();
        let wanted: Vec<Option<u32>> = table.iter().map(|(_, line)| *line).collect();
        assert_eq!(lines_of(source, LIMIT, &paths), wanted);
        assert_eq!(lines_of(b"a: [", LIMIT, &[&[key("a")]]), [None]);
        assert_eq!(lines_of(source, 10, &[&[key("a")]]), [None]);
    }

    #[test]
    fn setting_changes_one_place() {
        const ID: Value<'_> = Value::Text("it's");
        const NO: Value<'_> = Value::Bool(false);
        let (id, t): (&[&str], &[&str]) = (&["user_id"], &["telemetry", "id"]);
        let table = [
            ("", id, ID, "user_id: 'it''s'\n"),
            ("", t, NO, "telemetry:\n  id: false\n"),
            ("\u{feff}", id, NO, "\u{feff}user_id: false\n"),
            ("# c", id, NO, "# c\nuser_id: false"),
            ("# c\r\n", t, NO, "# c\r\ntelemetry:\r\n  id: false\r\n"),
            ("---\n# c\n", id, NO, "---\n# c\nuser_id: false\n"),
            ("a: 1", id, NO, "a: 1\nuser_id: false"),
            ("a: 1\n", id, NO, "a: 1\nuser_id: false\n"),
            ("a: 1\n\n# end\n", id, NO, "a: 1\n\n# end\nuser_id: false\n"),
            ("a: 1 # c\r\n", id, NO, "a: 1 # c\r\nuser_id: false\r\n"),
            ("---\na: 1\n...\n", id, NO, "---\na: 1\nuser_id: false\n...\n"),
            ("  a: 1\n", id, NO, "  a: 1\n  user_id: false\n"),
            ("user_id: true # why\n", id, NO, "user_id: false # why\n"),
            ("user_id: true # why", id, ID, "user_id: 'it''s' # why"),
            ("user_id: \"a # b\"   # why\r\nb: 1\r\n", id, ID, "user_id: 'it''s'   # why\r\nb: 1\r\n"),
            ("user_id:\nb: 1\n", id, ID, "user_id: 'it''s'\nb: 1\n"),
            ("user_id:   # c\n", id, ID, "user_id: 'it''s'   # c\n"),
            ("user_id:\t12345678901234567890123456789012\n", id, NO, "user_id:\tfalse\n"),
            (
                "a: 12345678901234567890123456789012\nuser_id: 1\n",
                id,
                NO,
                "a: 12345678901234567890123456789012\nuser_id: false\n",
            ),
            ("\u{feff}user_id: 1\nb: \"é\"\n", id, NO, "\u{feff}user_id: false\nb: \"é\"\n"),
            ("{user_id: abc, anonymous_tracking: true}\n", id, NO, "{user_id: false, anonymous_tracking: true}\n"),
            ("{}", id, NO, "{user_id: false}"),
            ("{}\n", t, ID, "{telemetry: {id: 'it''s'}}\n"),
            ("{a: 1}", id, NO, "{a: 1, user_id: false}"),
            ("{a: 1,}", id, NO, "{a: 1, user_id: false}"),
            ("{\n  \"a\": 1,\n  \"b\": 2\n}\n", id, NO, "{\n  \"a\": 1,\n  \"b\": 2,\n  user_id: false\n}\n"),
            ("{\n  a: 1, # c\n  b: 2 # d\n}\n", id, NO, "{\n  a: 1, # c\n  b: 2, user_id: false # d\n}\n"),
            ("{\"user_id\":true}", id, NO, "{\"user_id\": false}"),
            ("{user_id: , b: 1}", id, NO, "{user_id: false , b: 1}"),
            ("telemetry:\n", t, NO, "telemetry:\n  id: false\n"),
            ("telemetry:", t, NO, "telemetry:\n  id: false"),
            ("telemetry: # c\r\nb: 1\r\n", t, NO, "telemetry: # c\r\n  id: false\r\nb: 1\r\n"),
            ("telemetry: ~ # c\nb: 1\n", t, NO, "telemetry: # c\n  id: false\nb: 1\n"),
            ("telemetry: {}\n", t, NO, "telemetry: {id: false}\n"),
            ("{telemetry: null}\n", t, NO, "{telemetry: {id: false}}\n"),
            ("telemetry:\n    a: 1\n    # c\nb: 2\n", t, NO, "telemetry:\n    a: 1\n    id: false\n    # c\nb: 2\n"),
            ("telemetry:\n  id: 5 # c\n", t, NO, "telemetry:\n  id: false # c\n"),
            ("a: |\n  x\n\n# c\n", id, NO, "a: |\n  x\n\n# c\nuser_id: false\n"),
            ("a: |+\n  x\n\n", id, NO, "a: |+\n  x\n\nuser_id: false\n"),
            ("user_id: it\\'s\n", id, ID, "user_id: 'it''s'\n"),
            ("user_id: \"it's\"\n", id, ID, "user_id: \"it's\"\n"),
            ("user_id: False\n", id, NO, "user_id: False\n"),
            ("user_id: &x false\n", id, NO, "user_id: &x false\n"),
            ("a: !&!\nuser_id: false\n", id, NO, "a: !&!\nuser_id: false\n"),
            ("user_id: 'false'\n", id, NO, "user_id: false\n"),
            ("user_id: no\n", id, Value::Text("no"), "user_id: 'no'\n"),
            ("user_id: abc\n", id, Value::Text("abc"), "user_id: abc\n"),
            ("user_id: 07\n", id, Value::Number(-7), "user_id: -7\n"),
            ("{user_id: true, b: 1}\n", id, Value::EmptyList, "{user_id: [], b: 1}\n"),
            ("user_id: [] # none\n", id, Value::EmptyList, "user_id: [] # none\n"),
            ("a: 1\n", t, Value::EmptyList, "a: 1\ntelemetry:\n  id: []\n"),
            ("d: &d {x: 1}\nuser_id: 1\ne: *d\n", id, NO, "d: &d {x: 1}\nuser_id: false\ne: *d\n"),
            ("api_token: 's#cret'\nuser_id: 1\n", id, NO, "api_token: 's#cret'\nuser_id: false\n"),
            ("%YAML 1.2\n---\na: 1\n", id, NO, "%YAML 1.2\n---\na: 1\nuser_id: false\n"),
        ];
        promises::set(FORMAT, table);
    }

    #[test]
    fn setting_is_refused_rather_than_guessed() {
        let (id, t): (&[&str], &[&str]) = (&["user_id"], &["telemetry", "id"]);
        let table = [
            ("user_id: &x true\nb: *x\n", id, Refusal::Marked),
            ("user_id: &x true\n", id, Refusal::Marked),
            ("b: &x true\nuser_id: *x\n", id, Refusal::Marked),
            ("user_id: !!str true\n", id, Refusal::Marked),
            ("user_id: !mine true\n", id, Refusal::Marked),
            ("user_id: |\n  text\n", id, Refusal::NotAScalar),
            ("user_id: >-\n  text\n", id, Refusal::NotAScalar),
            ("user_id: one\n  two\n", id, Refusal::NotAScalar),
            ("user_id:\n  one\n", id, Refusal::NotAScalar),
            ("user_id: [1]\n", id, Refusal::NotAScalar),
            ("user_id:\n  a: 1\n", id, Refusal::NotAScalar),
            ("telemetry: off\n", t, Refusal::NotAMapping),
            ("telemetry: [1]\n", t, Refusal::NotAMapping),
            ("telemetry: &a\n  id: 1\nb: *a\n", t, Refusal::Entangled),
            ("a: &a {id: 1}\ntelemetry: *a\n", t, Refusal::Marked),
            ("- a\n", id, Refusal::NotAMapping),
            ("text\n", id, Refusal::NotAMapping),
            ("~\n", id, Refusal::NotAMapping),
            ("a: 1\rb: 2\r", id, Refusal::LineBreaks),
            ("a: \"x\u{2028}y\"\n", id, Refusal::LineBreaks),
            ("---\n# c\n...\n", id, Refusal::Entangled),
            ("a: |\n  x", id, Refusal::Entangled),
            ("? user_id\n: 1\n", id, Refusal::NotAScalar),
        ];
        promises::not_set(FORMAT, table);
        for source in ["a: 1\na: 2\n", "b:\n  a: 1\n  a: 2\n", "a: 1\n---\nb: 1\n", "a: [", "a: \u{0}"] {
            let result = set(source.as_bytes(), id, &Value::Bool(false));
            assert!(matches!(result, Err(EditError::Unreadable(_))), "{source:?}");
            assert!(matches!(remove(source.as_bytes(), id), Err(EditError::Unreadable(_))), "{source:?}");
        }
        let words =
            "cannot hold this key or text; change it by hand: choose a key and a text without control characters";
        for (path, text) in [(&[""][..], "a"), (&["<<"][..], "a"), (&["a\nb"][..], "a"), (id, "a\nb")] {
            promises::says(FORMAT, "", path, Value::Text(text), words);
        }
        let words = "has an anchor, an alias or a tag there (line 2); change it by hand: set user_id to 'new'";
        promises::says(FORMAT, "a: 1\nuser_id: &x hunter2\n", id, Value::Text("new"), words);
    }

    #[test]
    fn removing_takes_one_line_or_one_item() {
        let (id, t): (&[&str], &[&str]) = (&["user_id"], &["telemetry", "id"]);
        let table = [
            ("", id, ""),
            ("# c\n", id, "# c\n"),
            ("a: 1\n", id, "a: 1\n"),
            ("user_id: 1\n", id, ""),
            ("---\nuser_id: 1\n# c\n", id, "---\n# c\n"),
            ("a: 1\nuser_id: 1 # mine\nb: 2\n", id, "a: 1\nb: 2\n"),
            ("a: 1\r\nuser_id: 1", id, "a: 1"),
            ("\u{feff}user_id: 1\r\nb: 2\r\n", id, "\u{feff}b: 2\r\n"),
            ("user_id:\nb: 2\n", id, "b: 2\n"),
            ("{user_id: abc, b: 1}\n", id, "{b: 1}\n"),
            ("{b: 1, user_id: abc}\n", id, "{b: 1}\n"),
            ("{b: 1, user_id: abc,}\n", id, "{b: 1, }\n"),
            ("{user_id: abc}\n", id, "{}\n"),
            ("{\n  \"user_id\": 1,\n  \"b\": 2\n}\n", id, "{\n  \"b\": 2\n}\n"),
            ("{\n  \"b\": 2, # c\n  \"user_id\": 1\n}\n", id, "{\n  \"b\": 2, # c\n  \n}\n"),
            ("{\n  \"b\": 2,\n  \"user_id\": 1\n}\n", id, "{\n  \"b\": 2\n}\n"),
            ("telemetry:\n  id: 1\nb: 2\n", t, "telemetry:\nb: 2\n"),
            ("telemetry:\n  # c\n  id: 1\n  x: 2\n", t, "telemetry:\n  # c\n  x: 2\n"),
            ("telemetry:\n", t, "telemetry:\n"),
            ("telemetry: off\n", t, "telemetry: off\n"),
            ("telemetry: {id: 1}\n", t, "telemetry: {}\n"),
        ];
        promises::removed(FORMAT, table);
        let table = [
            ("user_id: &x 1\nb: *x\n", id, Refusal::Marked),
            ("user_id: |\n  a\nb: 1\n", id, Refusal::NotAScalar),
            ("user_id:\n  a: 1\n", id, Refusal::NotAScalar),
            ("telemetry: &a\n  id: 1\n  x: 1\nb: *a\n", t, Refusal::Entangled),
        ];
        promises::not_removed(FORMAT, table);
    }
}
