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
mod tests {
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};

    use crate::settings::value::{EditError, Field, Language, ReadErrorKind, Refusal, Root, Scalar, Step, Value};
    use crate::settings::yaml::{LIMIT, fields, line_of, lines_of, read, remove, set};

    const SYNTAX: ReadErrorKind = ReadErrorKind::Syntax(Language::Yaml);

    fn kind(source: &[u8]) -> ReadErrorKind {
        fields(source, LIMIT, &[]).expect_err("unreadable").kind
    }

    fn one(source: &str, path: &[&str]) -> Field {
        fields(source.as_bytes(), LIMIT, &[path]).expect("readable").field(0).clone()
    }

    fn set_text(source: &str, path: &[&str], value: &Value<'_>) -> Result<String, EditError> {
        set(source.as_bytes(), path, value).map(|bytes| String::from_utf8(bytes).expect("text"))
    }

    fn why(result: Result<Vec<u8>, EditError>) -> Refusal {
        match result.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).expect_err("refused") {
            EditError::Refused { why, .. } => why,
            EditError::Unreadable(error) => panic!("unreadable: {error}"),
        }
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
        for (source, wanted) in table {
            assert_eq!(one(source, &["user_id"]), Field::Present(wanted), "{source}");
        }
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
        let table: [(&[u8], ReadErrorKind, Option<u32>); 13] = [
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
        for (source, kind, line) in table {
            let error = fields(source, LIMIT, &[]).expect_err(&String::from_utf8_lossy(source));
            assert_eq!((error.kind, error.line), (kind, line), "{:?}", String::from_utf8_lossy(source));
        }
        let secret = "token: hunter2\ntoken: [hunter3";
        let error = fields(secret.as_bytes(), LIMIT, &[]).expect_err("broken");
        assert!(!error.to_string().contains("hunter"), "{error}");
        let large = format!("a: 1\n#{}", "x".repeat(LIMIT));
        assert_eq!(kind(large.as_bytes()), ReadErrorKind::TooLarge);
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
        for (source, path, value, wanted) in table {
            assert_eq!(set_text(source, path, &value).as_deref(), Ok(wanted), "{source:?}");
            assert_eq!(set_text(wanted, path, &value).as_deref(), Ok(wanted), "twice: {source:?}");
        }
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
        for (source, path, wanted) in table {
            assert_eq!(why(set(source.as_bytes(), path, &Value::Bool(false))), wanted, "{source:?}");
        }
        for source in ["a: 1\na: 2\n", "b:\n  a: 1\n  a: 2\n", "a: 1\n---\nb: 1\n", "a: [", "a: \u{0}"] {
            let result = set(source.as_bytes(), id, &Value::Bool(false));
            assert!(matches!(result, Err(EditError::Unreadable(_))), "{source:?}");
            assert!(matches!(remove(source.as_bytes(), id), Err(EditError::Unreadable(_))), "{source:?}");
        }
        for (path, text) in [(&[][..], "a"), (&[""][..], "a"), (&["<<"][..], "a"), (&["a\nb"][..], "a"), (id, "a\nb")] {
            assert_eq!(why(set(b"", path, &Value::Text(text))), Refusal::Unwritable, "{path:?}");
        }
        let error = set(b"a: 1\nuser_id: &x hunter2\n", id, &Value::Text("new")).expect_err("marked");
        let words = "has an anchor, an alias or a tag there (line 2); change it by hand: set user_id to 'new'";
        assert_eq!(error.to_string(), words);
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
        for (source, path, wanted) in table {
            let found = remove(source.as_bytes(), path).map(|bytes| String::from_utf8(bytes).expect("text"));
            assert_eq!(found.as_deref(), Ok(wanted), "{source:?}");
        }
        let table = [
            ("user_id: &x 1\nb: *x\n", id, Refusal::Marked),
            ("user_id: |\n  a\nb: 1\n", id, Refusal::NotAScalar),
            ("user_id:\n  a: 1\n", id, Refusal::NotAScalar),
            ("telemetry: &a\n  id: 1\n  x: 1\nb: *a\n", t, Refusal::Entangled),
        ];
        for (source, path, wanted) in table {
            assert_eq!(why(remove(source.as_bytes(), path)), wanted, "{source:?}");
        }
    }

    /// One top-level entry or filler of a random document, without its line break.
    fn piece() -> impl Strategy<Value = &'static str> {
        prop_oneof![
            Just("# comment"),
            Just(""),
            Just("  # indented, comment"),
            Just("@: true"),
            Just("@: 'x # y' # why"),
            Just("@:"),
            Just("@: ~ # none"),
            Just("@: 12345678901234567890123456789012"),
            Just("@: {}"),
            Just("@: {id: 1, b: [2, 3]} # flow"),
            Just("@:\n  id: x # in\n  b: 2"),
            Just("@:\n    # in\n    id:"),
            Just("@: |\n  text\n  # text"),
            Just("@: >-\n  text\n\n  more"),
            Just("@: |+\n  keep\n"),
            Just("@:\n- 1\n- id: 2"),
            Just("@: one\n  two"),
            Just("\"@\" : \"é\\n\""),
            Just("@: && 1"),
            Just("@: {\n  id: 1, # c\n  }"),
            Just("@: [1,\n  2]"),
            Just("? @\n: 5"),
            Just("@: \"#\""),
        ]
    }

    fn document() -> impl Strategy<Value = String> {
        let lines = prop::collection::vec((piece(), 0..4_usize), 0..6);
        (lines, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
            |(lines, crlf, bom, start, end)| {
                let name =
                    |at: usize, key: usize| ["user_id", "t"].get(key).map_or(format!("k{at}"), |&name| name.into());
                let spelled = |(at, (piece, key)): (usize, &(&str, usize))| piece.replace('@', &name(at, *key));
                let body = lines.iter().enumerate().map(spelled).collect::<Vec<_>>().join("\n").replace("&&", "&x");
                let whole = format!("{}{body}{}", if start { "---\n" } else { "" }, if end { "\n" } else { "" });
                let whole = if crlf { whole.replace('\n', "\r\n") } else { whole };
                format!("{}{whole}", if bom { "\u{feff}" } else { "" })
            },
        )
    }

    /// The lines of `old` between those that `new` begins with and those that it ends with, blank ones
    /// aside: where the last line goes and there is no final newline, a blank line before it is the new end.
    fn lost<'t>(old: &'t str, new: &'t str) -> Vec<&'t str> {
        let lines = |text: &'t str| text.trim_start_matches('\u{feff}').lines().collect::<Vec<_>>();
        let (mut old, mut new) = (lines(old), lines(new));
        let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        (old, new) = (old.split_off(same), new.split_off(same));
        while old.last().is_some_and(|line| new.last() == Some(line)) {
            old.pop();
            new.pop();
        }
        old.retain(|line| !line.is_empty());
        old
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_edit_is_exact_or_refused(
            source in document(), nested: bool, key in 0..3_usize, text in "[ -~é✓]{0,12}", bool: Option<bool>,
        ) {
            let name = ["user_id", "t", "new"][key];
            let path: &[&str] = if nested { &[name, "id"] } else { &[name] };
            let value = bool.map_or(Value::Text(&text), Value::Bool);
            if let Ok(new) = set_text(&source, path, &value) {
                let wanted = match value {
                    Value::Bool(value) => Scalar::Bool(value),
                    Value::Text(text) => Scalar::Text(text.to_owned()),
                    Value::Number(number) => Scalar::Number(number.to_string()),
                    Value::EmptyList => Scalar::Other,
                };
                prop_assert_eq!(one(&new, path), Field::Present(wanted));
                assert!(lost(&source, &new).len() <= 1, "{source:?} -> {new:?}");
                assert_eq!(source.starts_with('\u{feff}'), new.starts_with('\u{feff}'));
                assert!(source.is_empty() || source == "\u{feff}" || source.ends_with('\n') == new.ends_with('\n'));
                let crlf = source.matches('\n').count() == source.matches("\r\n").count() && source.contains('\n');
                assert!(!crlf || new.matches('\n').count() == new.matches("\r\n").count(), "{source:?} -> {new:?}");
                prop_assert_eq!(set_text(&new, path, &value), Ok(new.clone()));
                let gone = remove(new.as_bytes(), path).map(|new| String::from_utf8(new).expect("text"));
                if let Ok(gone) = gone {
                    let left = one(&gone, path);
                    assert!(matches!(left, Field::Absent | Field::UnderNull), "{new:?} -> {gone:?}");
                    assert!(lost(&new, &gone).len() <= 1, "{new:?} -> {gone:?}");
                }
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, text in "[-:{}\\[\\],#&*!|>'\"%@`?~ \\n\\r\\ta01]{0,40}") {
            for source in [bytes.as_slice(), text.as_bytes()] {
                let read = fields(source, LIMIT, &[&["a"], &["a", "a"]]);
                let changed = set(source, &["a"], &Value::Bool(true));
                assert!(read.is_ok() || changed.is_err());
                let removed = remove(source, &["a", "a"]);
                assert!(read.is_ok() || removed.is_err());
                assert!(line_of(source, &["a"]) != Some(0));
            }
        }
    }
}
