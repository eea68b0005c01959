//! HOCON: reads a value at a key and changes it, with every other byte kept.
//!
//! Promises: what the real library (lightbend/config) refuses is an error here; what it reads is read alike, or said not to be known; no
//! input makes this panic, hang or grow without bound; an edit is exactly the one change that was asked for, proved by reading both
//! texts again, or it is refused.
//!
//! Deliberately absent: reading what is included, replacing objects, halves of surrogate pairs.

mod edit;
mod graph;
mod head;
mod look;
mod scan;
mod solve;
mod syntax;
mod ways;

pub use crate::settings::hocon::edit::{remove, set};
pub use crate::settings::hocon::look::{LIMIT, Looked, fields, gathered, includes, length, line_of, look};
pub use crate::settings::hocon::solve::Told;
pub use crate::settings::hocon::syntax::{Include, Source};

#[cfg(test)]
mod tests {
    use crate::settings::format::Format;
    use crate::settings::hocon::{LIMIT, Looked, Source, Told, fields, gathered, includes, length, line_of, look};
    use crate::settings::promises;
    use crate::settings::value::{Field, Language, ReadErrorKind, Refusal, Root, Scalar, Value};

    const SYNTAX: ReadErrorKind = ReadErrorKind::Syntax(Language::Hocon);
    const NO: Value<'_> = Value::Bool(false);
    const FORMAT: Format = Format::Hocon;
    const ID: &[&str] = &["t", "id"];

    fn env(name: &str) -> Told {
        match name {
            "SET" => Told::Set("yes".to_owned()),
            "UNSET" => Told::Unset,
            _ => Told::Unknown,
        }
    }

    fn looked(source: &str, path: &[&str]) -> Looked {
        look(source.as_bytes(), path, &env).expect(source)
    }

    #[test]
    fn scalars_keep_their_class_and_their_text() {
        let text = |text: &str| Field::Present(Scalar::Text(text.to_owned()));
        let number = |text: &str| Field::Present(Scalar::Number(text.to_owned()));
        let yes = Field::Present(Scalar::Bool(true));
        let table = [
            ("t { id = true } # {", yes.clone()),
            ("{\"t\": {\"id\": true,},}", yes.clone()),
            ("t.id : true // c", yes.clone()),
            ("\u{feff}t\r\n{\r\n\"id\"\r\n=\r\ntrue\r\n}\r\n", yes.clone()),
            ("t.id=false, t { id : true }", yes.clone()),
            ("t.id=true\nt = { x : 1 }", yes.clone()),
            ("t.id = \"true\"", text("true")),
            ("t.id = yes", text("yes")),
            ("t.id = truex", text("truex")),
            ("t.id = a  b # c", text("a  b")),
            ("t.id = \"\\u00e9\\n\\ud83d\\ude00\"", text("é\n😀")),
            ("t.id = \"\"\"\na\"b\"\"\"\"", text("\na\"b\"")),
            ("t.id = -1.50e3", number("-1.50e3")),
            ("t.id = 007", number("007")),
            ("t.id = 0x1F", text("0x1F")),
            ("t.id = 99999999999999999999", text("99999999999999999999")),
            ("t.id = null", Field::Present(Scalar::Null)),
            ("t.id += 1", Field::Present(Scalar::Other)),
            ("t.id = true, t.id { x = 1 }", Field::Present(Scalar::Other)),
            ("t.id = ${a}\na = true", yes.clone()),
            ("t = ${a}\na { id = true }", yes.clone()),
            ("t = ${a} { x = 1 }\na { id = true }", yes.clone()),
            ("t.id = ${?UNSETTLED.x}true", yes),
            ("t.id = 1\nt.id = ${t.id}2", text("12")),
            ("t.other = 1", Field::Absent),
            ("\"t.id\" = 1", Field::Absent),
            ("t = 1", Field::UnderOther),
            ("t { id = 1 }\nt = null", Field::UnderNull),
            ("t = [{ id = 1 }]", Field::UnderOther),
            ("", Field::Absent),
        ];
        for (source, wanted) in table {
            let found = fields(source.as_bytes(), LIMIT, &[ID]).expect(source);
            assert_eq!((found.field(0), looked(source, ID).field), (&wanted, wanted.clone()), "{source}");
            assert_eq!(found.root(), if source.is_empty() { Root::Empty } else { Root::Mapping }, "{source}");
        }
    }

    #[test]
    fn what_hangs_on_the_environment_is_told() {
        let table = [
            ("t.id = true\nt.id = ${?UNSET}", Some(Scalar::Bool(true)), Some(1), vec!["UNSET"], false),
            ("t.id = true\nt.id = ${?SET}", Some(Scalar::Text("yes".into())), Some(2), vec!["SET"], false),
            ("t.id = true\nt.id = ${?X}", Some(Scalar::Other), Some(2), vec!["X"], true),
            ("t.id = ${?X}\nt.id = true", Some(Scalar::Bool(true)), Some(2), vec![], false),
            ("t.id = ${?UNSET}", None, None, vec!["UNSET"], false),
            ("t = ${?X}\nt { id = true }", Some(Scalar::Bool(true)), Some(2), vec![], false),
            ("t.id = a${?X}", Some(Scalar::Other), Some(1), vec!["X"], true),
            ("t { id = true }\nt = ${?X}", Some(Scalar::Other), Some(2), vec!["X"], true),
            ("t.id = ${a}\na = ${X}", Some(Scalar::Other), Some(1), vec!["X"], true),
            ("t.id = ${?A.B}\nx = ${X}", None, None, vec![], false),
            ("X = 1\nt.id = ${X}", Some(Scalar::Number("1".into())), Some(2), vec![], false),
        ];
        for (source, value, line, variables, unknown) in table {
            let found = looked(source, ID);
            assert_eq!(found.field, value.map_or(Field::Absent, Field::Present), "{source}");
            assert_eq!(
                (found.line, found.variables, found.unknown),
                (line, variables.iter().map(|name| (*name).to_owned()).collect(), unknown),
                "{source}"
            );
            let read = fields(source.as_bytes(), LIMIT, &[ID]).expect(source);
            let named = found.unknown || !variables.is_empty();
            assert_eq!(read.scalar(0) == Some(&Scalar::Other), named, "{source}");
        }
        let error = look(b"a = 1\nb = ${UNSET}", ID, &env).expect_err("it leads nowhere");
        assert_eq!((error.kind, error.line), (ReadErrorKind::Unresolved, Some(2)));
        assert!(fields(b"b = ${UNSET}", LIMIT, &[ID]).is_ok(), "it may be set");
    }

    #[test]
    fn includes_that_can_change_an_answer_are_told() {
        let table: [(&str, &[&str]); 10] = [
            ("include \"x\"\nt.id = true", &[]),
            ("t.id = true\ninclude \"x\"", &["x"]),
            ("t { id = true, include file(\"x\") }", &["x"]),
            ("t { include \"x\", id = true }\ninclude url(\"y\")", &["y"]),
            ("u { include \"x\" }\nt.id = true", &[]),
            ("include \"x\"\nt.other = true", &["x"]),
            ("include \"x\"\nt { other = true }\nt.id = 1", &[]),
            ("t.id = ${u}\nu = true\ninclude \"x\"", &["x"]),
            ("include \"x\"\ninclude required(classpath(\"y\"))\nt.id = ${?u}", &["x", "y"]),
            ("include \"x\"\nt { include \"y\" }", &["x", "y"]),
        ];
        for (source, wanted) in table {
            let found = looked(source, ID);
            assert_eq!(
                found.includes.iter().map(|include| include.name.as_str()).collect::<Vec<_>>(),
                wanted,
                "{source}"
            );
            let read = fields(source.as_bytes(), LIMIT, &[ID]).expect(source);
            assert_eq!(read.scalar(0) == Some(&Scalar::Other), !wanted.is_empty(), "{source}");
        }
        let all = includes(b"a { include required( file( \"x\" ) ) }\n\ninclude \"y\"").expect("readable");
        let kinds: Vec<_> = all.iter().map(|include| (include.source, include.required, include.line)).collect();
        assert_eq!(kinds, [(Source::File, true, Some(1)), (Source::Name, false, Some(3))]);
    }

    #[test]
    fn what_cannot_be_read_says_its_kind_and_line() {
        let table: [(&[u8], ReadErrorKind, Option<u32>); 23] = [
            (b"a = 1\nb = \n", SYNTAX, Some(3)),
            (b"{\n a = 1\n}\nb = 2", SYNTAX, Some(4)),
            (b"a = 1\n}", SYNTAX, Some(2)),
            (b"{ a = 1", SYNTAX, Some(1)),
            (b"a = [1,,2]", SYNTAX, Some(1)),
            (b"a = 1,,b = 2", SYNTAX, Some(1)),
            (b"a = \"x", SYNTAX, Some(1)),
            (b"a = \"x\ny\"", SYNTAX, Some(1)),
            (b"a = \"\\x\"", SYNTAX, Some(1)),
            (b"a = \"\"\"x\"\"", SYNTAX, Some(1)),
            (b"a..b = 1", SYNTAX, Some(1)),
            (b"a = ${b", SYNTAX, Some(1)),
            (b"a = $b", SYNTAX, Some(1)),
            (b"a = x {b = 1}", SYNTAX, Some(1)),
            (b"a = [{b += 1}]", SYNTAX, Some(1)),
            (b"a = http://x", SYNTAX, Some(1)),
            (b"include = 1", SYNTAX, Some(1)),
            (b"include file (\"x\")", SYNTAX, Some(1)),
            (b"[1]", ReadErrorKind::Shape, Some(1)),
            (b"a = 1\nb = ${b}", ReadErrorKind::Unresolved, Some(2)),
            (b"a = 1\nb = ${c.d}", ReadErrorKind::Unresolved, Some(2)),
            (b"a = 1\nb = \xff", ReadErrorKind::NotUtf8, Some(2)),
            (b"token = \"hunter2", SYNTAX, Some(1)),
        ];
        promises::unreadable(FORMAT, &["z"], table);
    }

    #[test]
    fn many_values_are_gathered_with_their_lines() {
        let source =
            "\u{feff}z = [1,\n 2]\ne.x { id = p }\nd = [${?X}]\ne.y.id = true\nl = [{id = 3}\n{}\n]\n".as_bytes();
        let all = |path: &[&str]| gathered(source, LIMIT, path).expect("readable");
        let number = |text: &str| Scalar::Number(text.to_owned());
        assert_eq!(all(&["z", "*"]), [(number("1"), Some(1)), (number("2"), Some(2))]);
        assert_eq!(all(&["e", "*", "id"]), [(Scalar::Text("p".into()), Some(3)), (Scalar::Bool(true), Some(5))]);
        assert_eq!(all(&["l", "*", "id"]), [(number("3"), Some(6))]);
        assert_eq!(all(&["*"]).iter().map(|(_, line)| *line).collect::<Vec<_>>(), [1, 3, 4, 6].map(Some));
        assert_eq!((length(source, LIMIT, &["z"]), length(source, LIMIT, &["l"])), (Some(2), Some(2)));
        assert_eq!((length(source, LIMIT, &["e"]), length(source, LIMIT, &["d"])), (None, None));
        assert_eq!((line_of(source, &["e", "y", "id"]), line_of(source, &["e", "q"])), (Some(5), None));
        let many = format!("a = [{}]", vec!["1"; 5000].join(","));
        promises::too_often(FORMAT, &many, &["a", "*"]);
    }

    #[test]
    fn setting_changes_one_place() {
        const TEXT: Value<'_> = Value::Text("\"é\"\n\u{7f}${x}");
        let deep: &[&str] = &["c", "t", "id"];
        let table = [
            ("", ID, NO, "t.id = false\n"),
            ("t.id = true # c", ID, TEXT, "t.id = \"\\\"é\\\"\\n\\u007F${x}\" # c"),
            ("t { id:yes }", ID, NO, "t { id:false }"),
            ("t.id = a ${?X} b // c\n", ID, NO, "t.id = false // c\n"),
            ("t.id = true\nt.id = ${?X}\n", ID, NO, "t.id = true\nt.id = false\n"),
            ("t.id = true\nt { id = yes }\n", ID, Value::Number(-3), "t.id = true\nt { id = -3 }\n"),
            ("t {\n  # c }\n  x = 1 # }\n}\n", ID, NO, "t {\n  # c }\n  x = 1 # }\n  id = false\n}\n"),
            ("t {\r\n\tx : 1\r\n}", ID, NO, "t {\r\n\tx : 1\r\n\tid : false\r\n}"),
            ("t {}\n", ID, NO, "t { id = false }\n"),
            ("c {\n  t {\n  }\n}\n", deep, NO, "c {\n  t {\n    id = false\n  }\n}\n"),
            ("t { x = 1 } # c\n", ID, NO, "t { x = 1, id = false } # c\n"),
            ("t { x = 1, }\n", ID, NO, "t { x = 1, id = false, }\n"),
            ("t = ${a} { x = 1 }\na.b = 1", ID, NO, "t = ${a} { x = 1, id = false }\na.b = 1"),
            ("c {\n  x = 1\n}\n", deep, NO, "c {\n  x = 1\n}\nc.t.id = false\n"),
            ("{\n  c: 1,\n  x: 1 # c\n}\n", ID, NO, "{\n  c: 1,\n  x: 1, # c\n  t.id: false\n}\n"),
            ("{\"t\": {\"x\": 1}}\n", ID, NO, "{\"t\": {\"x\": 1, \"id\": false}}\n"),
            ("{\n  \"t\": {\n    \"x\": 1\n  }\n}", ID, NO, "{\n  \"t\": {\n    \"x\": 1,\n    \"id\": false\n  }\n}"),
            ("t.id = true\ninclude \"x\"\n", ID, NO, "t.id = true\ninclude \"x\"\nt.id = false\n"),
            ("t = null\n", ID, NO, "t = null\nt.id = false\n"),
            ("x = 1", &["a b", "include"], NO, "x = 1\n\"a b\".\"include\" = false"),
            ("t.id = ${f}\nf = false\n", ID, NO, "t.id = ${f}\nf = false\n"),
        ];
        promises::set(FORMAT, table);
    }

    #[test]
    fn editing_is_refused_rather_than_guessed() {
        let table = [
            ("t.id { x = 1 }", ID, Refusal::NotAScalar),
            ("t.id = [1]", ID, Refusal::NotAScalar),
            ("t.id += 1", ID, Refusal::NotAScalar),
            ("t.id = true\nx = ${t.id}", ID, Refusal::Entangled),
            ("t.id = true\nx = ${?X}${t.id}", ID, Refusal::Entangled),
            ("t.id = true\nx = ${t.id}\nx = ${?X}", ID, Refusal::Entangled),
            ("t = ${a}\na { id = true }\nt = ${?X}", ID, Refusal::Entangled),
            // It would hide what an include may have for another key.
            ("include \"x\"\ny = ${?t.id.on}", ID, Refusal::Entangled),
            ("include \"x\"\ny.z = ${t.id.on}", ID, Refusal::Entangled),
        ];
        promises::not_set(FORMAT, table);
        let words =
            "has a value there that is more than one line or one scalar (line 2); change it by hand: set t.id to false";
        promises::says(FORMAT, "b = 1\nt.id = [1]", ID, NO, words);
        let table =
            [("t = ${a}\na.id = 1", ID, Refusal::Entangled), ("t.id = 1\nx = ${?t.id}", ID, Refusal::Entangled)];
        promises::not_removed(FORMAT, table);
    }

    #[test]
    fn removing_takes_the_key_wherever_it_stands() {
        let table = [
            ("", ID, ""),
            ("t.id = 1\n", ID, ""),
            ("b = 1\r\nt.id = 1 # mine\r\nc = 1.50\r\n", ID, "b = 1\r\nc = 1.50\r\n"),
            ("t.id = 1\nb = 2\nt {\n  id = 3\n  x = 1\n}\nt.id = ${?X}\n", ID, "b = 2\nt {\n  x = 1\n}\n"),
            ("t { id = 1 }\n", ID, "t {  }\n"),
            ("t { id = 1, x = 2 }\n", ID, "t { x = 2 }\n"),
            ("t { x = 2, id = 1 }\n", ID, "t { x = 2 }\n"),
            ("{\"t\": {\n  \"x\": 2,\n  \"id\": \"\"\n}}", ID, "{\"t\": {\n  \"x\": 2\n}}"),
            ("t {\n  id = \"\"\"a\n b\"\"\"\n}\n", ID, "t {\n}\n"),
            ("include \"x\"\n", ID, "include \"x\"\n"),
            ("t = null\nt.id = 1\n", ID, "t = null\n"),
        ];
        promises::removed(FORMAT, table);
    }

    #[test]
    fn hostile_texts_end_quickly() {
        let chain = |count: usize, link: &str| -> String {
            (1..count).map(|at| format!("k{at} = {}\n", link.replace('@', &format!("k{}", at - 1)))).collect()
        };
        let table = [
            format!("a{} = 1", ".a".repeat(30_000)),
            format!("a = ${{a{}}}", ".a".repeat(30_000)),
            format!("a = {}", "${".repeat(30_000)),
            format!("a = {}", "9".repeat(LIMIT - 10)),
            format!("a = {}", "x ".repeat(LIMIT / 2 - 10)),
            format!("a = {}", "[1]".repeat(LIMIT / 3 - 10)),
            format!("a = {}", "{a=1}".repeat(LIMIT / 5 - 10)),
            "a=1\n".repeat(LIMIT / 4),
            "a.b=${?c}\n".repeat(LIMIT / 12),
            "a+=1\n".repeat(LIMIT / 6),
            "include\"x\"\na.a=1\n".repeat(LIMIT / 20),
            (0..10_000).map(|at| format!("a.k{at} = 1\n")).collect::<String>(),
            format!("k0 = x\n{}", chain(60, "${@}${@}")),
            format!("k0 = [x]\n{}", chain(60, "${@}${@}")),
            format!("k0 {{ x = 1 }}\n{}", chain(60, "{ a = ${@}, b = ${@} }")),
            format!("k0 = x\n{}", chain(9_000, "${@}")),
        ];
        promises::ends(FORMAT, table);
    }
}
