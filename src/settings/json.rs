//! JSON, with or without comments: reads values at keys and changes them, with every other byte kept.
//!
//! Promises: no input makes it panic, hang or grow without bound; a key that stands twice on a wanted path is an error, not a
//! guess; an edit is exactly the one change that was asked for, proved by reading both texts again, or it is refused.
//!
//! Two parsers check each other: serde_json says what is there and where, jsonc-parser that an edit changed nothing else. No text is
//! ever written from a tree, so no comment, spelling of a number or line ending can be lost. What is not on a wanted path is
//! passed over without keeping it, so that reports of megabytes can be asked for an id.
//!
//! Deliberately absent: single quotes, keys without quotes and other liberties of JSON5; replacing an object.

mod blank;
mod edit;
mod part;
mod read;
mod ways;

pub use crate::settings::json::blank::Grammar;
pub use crate::settings::json::edit::{EDIT_LIMIT, remove, set};
pub use crate::settings::json::read::{LIMIT, fields, gathered, length, line_of, parts};

#[cfg(test)]
mod tests {
    use crate::settings::format::Format;
    use crate::settings::json::{EDIT_LIMIT, Grammar, LIMIT, fields, gathered, length, line_of, parts, remove, set};
    use crate::settings::promises;
    use crate::settings::value::{EditError, Field, Language, ReadErrorKind, Refusal, Root, Scalar, Value};

    const SYNTAX: ReadErrorKind = ReadErrorKind::Syntax(Language::Json);
    const NO: Value<'_> = Value::Bool(false);

    #[test]
    fn scalars_keep_their_class_and_their_text() {
        let text = |text: &str| Field::Present(Scalar::Text(text.to_owned()));
        let number = |text: &str| Field::Present(Scalar::Number(text.to_owned()));
        let table = [
            (r#"{"a": "x"}"#, text("x")),
            (r#"{"\u0061": "\u00e9\n"}"#, text("é\n")),
            (r#"{"a": true}"#, Field::Present(Scalar::Bool(true))),
            (r#"{"a": "true"}"#, text("true")),
            (r#"{"a": null}"#, Field::Present(Scalar::Null)),
            (r#"{"a": -1.50e+999}"#, number("-1.50e+999")),
            (r#"{"a": 12345678901234567890123456789012}"#, number("12345678901234567890123456789012")),
            (r#"{"a": {"a": 1}}"#, Field::Present(Scalar::Other)),
            (r#"{"a": []}"#, Field::Present(Scalar::Other)),
            (r#"{"a": "\ud800"}"#, Field::Present(Scalar::Other)),
            (r#"{"\ud800": 1, "\ud800": 2}"#, Field::Absent),
            ("\u{feff}{\"a\": \"x\"}", text("x")),
            ("{}", Field::Absent),
            ("[1]", Field::UnderOther),
            ("null", Field::UnderNull),
            ("1", Field::UnderOther),
        ];
        for (source, wanted) in table {
            promises::read(Format::Json, &["a"], [(source, wanted.clone())]);
            promises::read(Format::Jsonc, &["a"], [(source, wanted)]);
        }
        for (source, wanted) in [
            ("// \"a\": 1\n{/*[*/\"a\"/* } */: \"//\" // ,\n,}", text("//")),
            ("{\"b\": [1, /* , */ ], \"a\": \"/*\\\"\",\r\n // c\r\n }//", text("/*\"")),
            ("// only\n", Field::Absent),
            ("", Field::Absent),
        ] {
            promises::read(Format::Jsonc, &["a"], [(source, wanted)]);
            assert!(fields(source.as_bytes(), LIMIT, Grammar::Json, &[]).is_err(), "{source}");
        }
        let found =
            fields(b"{\"t\": null, \"n\": {\"b\": 2}}", LIMIT, Grammar::Json, &[&["t", "x"], &["n", "b"], &["n"]]);
        let found = found.expect("readable");
        assert_eq!((found.field(0), found.field(2)), (&Field::UnderNull, &Field::Present(Scalar::Other)));
        assert_eq!((found.scalar(1), found.root()), (Some(&Scalar::Number("2".into())), Root::Mapping));
    }

    #[test]
    fn what_cannot_be_read_says_its_kind_and_line() {
        let table: [(&[u8], ReadErrorKind, Option<u32>); 14] = [
            (b"{\"token\": hunter2}", SYNTAX, Some(1)),
            (b"", SYNTAX, Some(1)),
            (b"\xef\xbb\xbf", SYNTAX, Some(1)),
            (b"{\"a\": 1,\n}", SYNTAX, Some(2)),
            (b"{\n\n'a': 1}", SYNTAX, Some(3)),
            (b"{\"a\": NaN}", SYNTAX, Some(1)),
            (b"{\"a\": 01}", SYNTAX, Some(1)),
            (b"{} {}", SYNTAX, Some(1)),
            (b"{\"a\": \"\x00\"}", SYNTAX, Some(1)),
            (b"{\"a\": \x00}", SYNTAX, Some(1)),
            (b"{\"a\":\n \"\xff\"}", ReadErrorKind::NotUtf8, Some(2)),
            (b"{\"a\": 1,\n\"b\": 2,\n\"\\u0061\": 3}", ReadErrorKind::DuplicateKey, Some(3)),
            (b"{\"a\": \"\\x\"}", SYNTAX, Some(1)),
            (b"{\"a\": 1", SYNTAX, Some(1)),
        ];
        promises::unreadable(Format::Json, &["a"], table);
        for source in
            ["{/* }", "{// a\r\"a\": 1}", "{// a\u{2028}\"a\": 1\n}", "{'a': 1}", "{a: 1}", "[,]", "{\"a\": 1,,}"]
        {
            assert!(fields(source.as_bytes(), LIMIT, Grammar::Jsonc, &[]).is_err(), "{source}");
        }
    }

    #[test]
    fn duplicates_matter_on_the_wanted_paths() {
        let source = b"{\"a\": {\"x\": 1,\n\"x\": 2}, \"b\": {\"y\": 1}}";
        assert!(fields(source, LIMIT, Grammar::Json, &[&["b", "y"]]).is_ok());
        let error = fields(source, LIMIT, Grammar::Json, &[&["b", "y"], &["a", "z"]]).expect_err("on the path");
        assert_eq!((error.kind, error.line), (ReadErrorKind::DuplicateKey, Some(2)));
        assert!(matches!(set(source, Grammar::Json, &["a", "x"], &NO), Err(EditError::Unreadable(_))));
        assert!(matches!(remove(source, Grammar::Json, &["a", "x"]), Err(EditError::Unreadable(_))));
        assert!(set(source, Grammar::Json, &["b", "y"], &NO).is_ok());
        assert!(gathered(source, LIMIT, Grammar::Json, &["a", "x"]).is_err());
    }

    #[test]
    fn many_values_are_gathered_with_their_lines() {
        let source =
            "\u{feff}{\"e\": [\n{\"id\": \"x\"},\n{\"no\": 1}, {\"id\": 2}],\n\"m\": {\"k\":\n{\"id\": null}}}"
                .as_bytes();
        let all = |path: &[&str]| gathered(source, LIMIT, Grammar::Json, path).expect("readable");
        let number = Scalar::Number("2".into());
        assert_eq!(all(&["e", "*", "id"]), [(Scalar::Text("x".into()), Some(2)), (number, Some(3))]);
        assert_eq!(all(&["*", "*", "id"]).len(), 3);
        assert_eq!(all(&["m", "*", "id"]), [(Scalar::Null, Some(5))]);
        assert_eq!(all(&["m", "*"]), [(Scalar::Other, Some(4))]);
        assert_eq!(all(&["m", "id"]), []);
        assert_eq!(length(source, LIMIT, Grammar::Json, &["e"]), Some(3));
        assert_eq!(length(source, LIMIT, Grammar::Json, &["m"]), None);
        assert_eq!(length(b"[[], []", LIMIT, Grammar::Json, &[]), None);
        assert_eq!(length(b"[ ]", LIMIT, Grammar::Json, &[]), Some(0));
        let parts = |path: &[&str]| parts(source, LIMIT, Grammar::Json, path).expect("readable");
        assert_eq!(parts(&["e", "*"]), [&b"{\"id\": \"x\"}"[..], b"{\"no\": 1}", b"{\"id\": 2}"]);
        assert_eq!(parts(&["m", "k"]), [b"{\"id\": null}"]);
        assert_eq!(parts(&["e", "k"]), [b""; 0]);
        let many = format!("[{}]", vec!["1"; 5000].join(","));
        promises::too_often(Format::Json, &many, &["*"]);
        assert_eq!(line_of(source, Grammar::Json, &["m", "k", "id"]), Some(5));
        assert_eq!(line_of(source, Grammar::Json, &["m", "x"]), None);
        assert_eq!(line_of(source, Grammar::Json, &[]), None);
    }

    #[test]
    fn setting_changes_one_place() {
        const ID: Value<'_> = Value::Text("\"é\"\n");
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
            ("", a, NO, "{\"a\": false}\n"),
            ("\u{feff}", t, NO, "\u{feff}{\"t\": {\"id\": false}}\n"),
            ("// c", a, NO, "// c\n{\"a\": false}"),
            ("// c\r\n", a, NO, "// c\r\n{\"a\": false}\r\n"),
            ("{}", a, ID, "{\"a\": \"\\\"é\\\"\\n\"}"),
            ("{ }\n", t, NO, "{\"t\": {\"id\": false} }\n"),
            ("{\n}\n", a, NO, "{\n  \"a\": false\n}\n"),
            ("{\r\n  // c\r\n}\r\n", a, NO, "{\r\n  \"a\": false\r\n  // c\r\n}\r\n"),
            ("{\"a\":true}", a, NO, "{\"a\":false}"),
            ("{\"a\": [1, {}], \"b\": 1.50}", a, Value::EmptyList, "{\"a\": [], \"b\": 1.50}"),
            ("{\"b\":1}", a, NO, "{\"b\":1, \"a\":false}"),
            ("{\"b\": 1,\"c\": 2}", a, Value::Number(-5), "{\"b\": 1,\"c\": 2,\"a\": -5}"),
            ("{ \"b\" : 1.0, \"c\" : 2 }", a, NO, "{ \"b\" : 1.0, \"c\" : 2, \"a\" : false }"),
            ("{\n\t\"b\": 1e5\n}", a, NO, "{\n\t\"b\": 1e5,\n\t\"a\": false\n}"),
            ("{\r\n  \"b\": 1\r\n}", a, NO, "{\r\n  \"b\": 1,\r\n  \"a\": false\r\n}"),
            ("{\n  \"b\": 1, // c\n}", a, NO, "{\n  \"b\": 1, // c\n  \"a\": false,\n}"),
            ("{\n  \"b\": 1 // c\n  // d\n}", a, NO, "{\n  \"b\": 1, // c\n  \"a\": false\n  // d\n}"),
            ("{\"b\": 1 // c\n}", a, NO, "{\"b\": 1, \"a\": false // c\n}"),
            ("{\"b\": 1 /* ,\n */ }", a, NO, "{\"b\": 1, \"a\": false /* ,\n */ }"),
            ("{\"t\": null}", t, NO, "{\"t\": {\"id\": false}}"),
            ("{\"t\": {}}", t, NO, "{\"t\": {\"id\": false}}"),
            ("{\n \"t\": {\n  \"x\": 1\n }\n}", t, NO, "{\n \"t\": {\n  \"x\": 1,\n  \"id\": false\n }\n}"),
            ("{\"a\": false /* so */}", a, NO, "{\"a\": false /* so */}"),
            ("{\"a\": \"\\u0078\"}", a, Value::Text("x"), "{\"a\": \"\\u0078\"}"),
        ];
        promises::set(Format::Jsonc, table);
    }

    #[test]
    fn editing_is_refused_rather_than_guessed() {
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
            ("{\"a\": {}}", a, Refusal::NotAScalar),
            ("{\"a\": [1]}", a, Refusal::NotAScalar),
            ("{\"t\": 1}", t, Refusal::NotAMapping),
            ("{\"t\": [1]}", t, Refusal::NotAMapping),
            ("[1]", a, Refusal::NotAMapping),
            ("null", a, Refusal::NotAMapping),
            // Half a pair elsewhere: the second parser cannot follow, so nothing is changed.
            ("{\"a\": true, \"b\": \"\\ud800\"}", a, Refusal::Entangled),
        ];
        promises::not_set(Format::Jsonc, table);
        let words =
            "has a value there that is more than one line or one scalar (line 2); change it by hand: set a to \"new\"";
        promises::says(Format::Jsonc, "{\n\"a\": {\"k\": \"hunter2\"}}", a, Value::Text("new"), words);
        let large = format!("{{\"a\": true, \"b\": \"{}\"}}", "x".repeat(EDIT_LIMIT));
        for source in ["\u{2028}", "\u{a0} // c\n", "\u{b}", "\u{feff}\u{feff}", &large] {
            let new = set(source.as_bytes(), Grammar::Jsonc, a, &NO);
            assert!(matches!(new, Err(EditError::Unreadable(_))), "{:.20}", source);
        }
    }

    #[test]
    fn removing_takes_one_line_or_one_entry() {
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
            ("{}", a, "{}"),
            ("{\"a\": 1}", a, "{}"),
            ("{\"a\": 1, \"b\": 2.0}", a, "{\"b\": 2.0}"),
            ("{\"b\": 2, \"a\": 1 }", a, "{\"b\": 2 }"),
            ("{\"b\": 2, \"a\": [1,\n2], \"c\": 3}", a, "{\"b\": 2, \"c\": 3}"),
            ("{\n  \"a\": 1, // c\n  \"b\": 2\n}\n", a, "{\n  \"b\": 2\n}\n"),
            ("{\r\n  \"b\": 2, // c\r\n  \"a\": 1\r\n}", a, "{\r\n  \"b\": 2 // c\r\n}"),
            ("{\n  \"b\": 2,\n  // d\n  \"a\": 1,\n}", a, "{\n  \"b\": 2,\n  // d\n}"),
            ("{\n  \"a\": 1\n}", a, "{\n}"),
            ("{\"b\": 1, /* c */ \"a\": 1}", a, "{\"b\": 1 /* c */ }"),
            ("{\"t\": {\"id\": 1}, \"b\": 2}", t, "{\"t\": {}, \"b\": 2}"),
            ("{\"t\": null}", t, "{\"t\": null}"),
            ("{\"t\": 5}", t, "{\"t\": 5}"),
        ];
        promises::removed(Format::Jsonc, table);
    }

    #[test]
    fn hostile_texts_end_quickly() {
        let open = "[".repeat(100_000);
        let closed = format!("{{\"a\": {open}{}}}", "]".repeat(100_000));
        let deep = "{\"a\":".repeat(100_000);
        let mega = 400_000;
        let table = [
            open,
            closed,
            deep,
            format!("{{\"a\": {}}}", "9".repeat(200_000)),
            format!("[{}1]", "1,".repeat(mega / 2)),
            format!("{{{}\"z\":1}}", (0..30_000).map(|at| format!("\"{at}\":1,")).collect::<String>()),
            "/*".repeat(mega / 2),
            format!("[{}", "/**/".repeat(mega / 4)),
            ",".repeat(mega),
            "\"\\".repeat(100_000),
        ];
        promises::ends(Format::Json, table.clone());
        promises::ends(Format::Jsonc, table);
    }
}
