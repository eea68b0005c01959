//! HCL: Terraform's files and variables, and settings in the same language. Reads a value at a path and changes it, with every other byte
//! kept.
//!
//! A path's steps are names of attributes, types and labels of blocks, and keys of objects: `[module, collector, telemetry_enabled]` is
//! `telemetry_enabled` in `module "collector" { … }`.
//!
//! Promises: no input makes it panic, hang or grow without bound; what the language's own reader refuses is refused; a value that has to be
//! computed is never taken for a plain one; an edit is exactly the one change that was asked for, proved by reading both texts again, or it
//! is refused.
//!
//! Deliberately absent: evaluation, new blocks (whether one has labels is not in the text), JSON in HCL's place.

mod edit;
mod number;
mod part;
mod read;
mod ways;

pub use crate::settings::hcl::edit::{remove, set};
pub use crate::settings::hcl::number::number_text;
pub use crate::settings::hcl::read::{
    LIMIT, Labelled, Looked, Refers, blocks, fields, gathered, length, line_of, look,
};

#[cfg(test)]
mod tests {
    use crate::settings::format::Format;
    use crate::settings::hcl::{LIMIT, Labelled, Refers, blocks, fields, gathered, length, line_of, look};
    use crate::settings::promises;
    use crate::settings::value::{Field, Language, ReadErrorKind, Refusal, Root, Scalar, Value};

    const SYNTAX: ReadErrorKind = ReadErrorKind::Syntax(Language::Hcl);
    const NO: Value<'_> = Value::Bool(false);
    const FORMAT: Format = Format::Hcl;

    fn text(text: &str) -> Field {
        Field::Present(Scalar::Text(text.to_owned()))
    }

    fn number(text: &str) -> Field {
        Field::Present(Scalar::Number(text.to_owned()))
    }

    const OTHER: Field = Field::Present(Scalar::Other);
    const YES: Field = Field::Present(Scalar::Bool(true));

    #[test]
    fn scalars_keep_their_class_and_their_text() {
        let table = [
            ("id = true", YES),
            ("\u{feff}id=true // c\r\n", YES),
            ("/* id = false\n*/ id = true", YES),
            ("id = (true)", YES),
            ("id = \"${true}\"", YES),
            ("id = \"true\"", text("true")),
            ("id = \"a\\n\\u00e9 $${x} %%{y} $5 é✓\"", text("a\né ${x} %{y} $5 é✓")),
            ("id = -1.50e+3", number("-1.50e+3")),
            ("id = - 7", number("-7")),
            ("id = 123456789012345678901234567890", number("123456789012345678901234567890")),
            ("id = null", Field::Present(Scalar::Null)),
            ("id = <<E\ndisable = true\nE\n", text("disable = true\n")),
            ("x = <<E\nid = true\nE\n", Field::Absent),
            ("id = <<-E\n    a\n  b\n  E\n", text("  a\nb\n")),
            ("id = <<-E\r\n  a\r\n  E\r\n", text("a\r\n")),
            ("id = <<-E\r\n  a\n  E\r\n", OTHER),
            ("id = <<E\n${var.x}\nE\n", OTHER),
            ("id = \"x${var.x}\"", OTHER),
            ("id = var.x", OTHER),
            ("id = yes", OTHER),
            ("id = !true", OTHER),
            ("id = 1 + 1", OTHER),
            ("id = true ? false : true", OTHER),
            ("id = tobool(\"true\")", OTHER),
            ("id = [for a in b : a]", OTHER),
            ("id = []", OTHER),
            ("id = {}", OTHER),
            ("id {}", OTHER),
            ("id \"a\" {}\nid \"b\" {}", OTHER),
            ("id = 1\nid {}", OTHER),
            ("# id = true\n", Field::Absent),
            ("", Field::Absent),
        ];
        promises::read(FORMAT, &["id"], table);
        assert_eq!(fields(b"# c\n", LIMIT, &[]).expect("readable").root(), Root::Empty);
        assert_eq!(fields(b"a {}\n", LIMIT, &[]).expect("readable").root(), Root::Mapping);
    }

    #[test]
    fn blocks_and_objects_are_steps_of_a_path() {
        let table: [(&str, &[&str], Field); 20] = [
            ("t {\n  id = true\n}", &["t", "id"], YES),
            ("t { id = true }", &["t", "id"], YES),
            ("t \"a\" \"b\" { id = true }", &["t", "a", "b", "id"], YES),
            ("t a \"b\" { id = true }", &["t", "a", "b", "id"], YES),
            ("t \"a\" {}\nt \"b\" { id = true }", &["t", "b", "id"], YES),
            ("t \"a\" {\n u {\n id = true\n }\n}", &["t", "a", "u", "id"], YES),
            ("t \"a\" { id = true }", &["t", "id"], Field::Absent),
            ("t = { id = true }", &["t", "id"], YES),
            ("t = { \"id\" : true, x = 1 }", &["t", "id"], YES),
            ("t = {\n x = 1\n true = true\n}", &["t", "true"], YES),
            ("t = [{ id = true }]", &["t", "id"], Field::UnderOther),
            ("t = { (var.k) = 1, id = true }", &["t", "id"], Field::UnderOther),
            ("t = { id = false, \"id\" = true }", &["t", "id"], Field::UnderOther),
            ("t = merge({ id = true }, {})", &["t", "id"], Field::UnderOther),
            ("t {\n id = true\n}\nt {\n}", &["t", "id"], Field::UnderOther),
            ("t \"a\" { id = true }\nt \"a\" {}", &["t", "a", "id"], Field::UnderOther),
            ("t { id = true }\nt \"a\" {}", &["t", "id"], Field::UnderOther),
            ("t = 1\nt { id = true }", &["t", "id"], Field::UnderOther),
            ("t = null", &["t", "id"], Field::UnderNull),
            ("t = 1", &["t", "id"], Field::UnderOther),
        ];
        for (source, path, wanted) in table {
            promises::read(FORMAT, path, [(source, wanted)]);
        }
    }

    #[test]
    fn what_cannot_be_read_says_its_kind_and_line() {
        let deep = format!("\na = {}1{}", "[".repeat(65), "]".repeat(65));
        let table: [(&[u8], ReadErrorKind, Option<u32>); 19] = [
            (b"a = 1\nb = \n", SYNTAX, Some(2)),
            (b"a = 1\na = 2", ReadErrorKind::DuplicateKey, Some(2)),
            (b"t {\n a = 1\n a = 2\n}", ReadErrorKind::DuplicateKey, Some(3)),
            (b"a = {\n b = 1\n b = 2\n}", ReadErrorKind::DuplicateKey, Some(3)),
            (b"a = 1\n\nb = \"\x00\"", ReadErrorKind::Binary, Some(3)),
            (b"a = 1\nb = \"\xff\"", ReadErrorKind::NotUtf8, Some(2)),
            (b"a = 1\rb = 2", SYNTAX, None),
            (b"a = 1\nb = \"x\ny\"", SYNTAX, Some(2)),
            (b"a = \"${x}\n\"", SYNTAX, Some(1)),
            (b"t \"a\nb\" {}", SYNTAX, Some(1)),
            (b"a = <<E\nx\nE", SYNTAX, Some(1)),
            (b"a = <<E\nE\nb = 1\nE\n", SYNTAX, Some(1)),
            (b"\na = [<<E\nx\nE, 1]\n", SYNTAX, Some(2)),
            (b"a = 'x'", SYNTAX, Some(1)),
            (b"a = 0x1F", SYNTAX, Some(1)),
            (b"a = 1, b = 2", SYNTAX, Some(1)),
            (b"t {\n a = 1", SYNTAX, Some(2)),
            (deep.as_bytes(), ReadErrorKind::TooDeep, Some(2)),
            (b"token = hunter2 hunter3", SYNTAX, Some(1)),
        ];
        assert!(table.iter().all(|(source, ..)| look(source, &["a"]).is_err() && blocks(source, "t").is_err()));
        promises::unreadable(FORMAT, &["a"], table);
        let many = "a = 1 # =\n".repeat(5001);
        assert_eq!(fields(many.as_bytes(), LIMIT, &[]).map_err(|error| error.kind), Err(ReadErrorKind::TooOften));
    }

    #[test]
    fn what_is_computed_says_what_it_is_made_of() {
        let variable = |name: &str| Some(Refers::Variable(name.to_owned()));
        let table = [
            ("var.x", variable("x")),
            ("(var.x)", variable("x")),
            ("\"${var.x}\"", variable("x")),
            ("\"${(!var.x)}\"", Some(Refers::Not("x".to_owned()))),
            ("!var.x", Some(Refers::Not("x".to_owned()))),
            ("!!var.x", Some(Refers::Expression)),
            ("var.x.y", Some(Refers::Expression)),
            ("var.x[0]", Some(Refers::Expression)),
            ("var", Some(Refers::Expression)),
            ("local.x", Some(Refers::Expression)),
            ("-var.x", Some(Refers::Expression)),
            ("\"a${var.x}\"", Some(Refers::Expression)),
            ("var.x ? true : false", Some(Refers::Expression)),
            ("true", None),
            ("[var.x]", None),
        ];
        for (value, wanted) in table {
            let source = format!("\n\nmodule \"a\" {{\n  on = {value}\n}}\n");
            let looked = look(source.as_bytes(), &["module", "a", "on"]).expect("readable");
            assert_eq!((looked.refers, looked.line), (wanted, Some(4)), "{value}");
        }
        let looked = look(b"a = 1", &["b"]).expect("readable");
        assert_eq!((looked.field, looked.line, looked.refers), (Field::Absent, None, None));
    }

    const MODULES: &str = "\u{feff}# the pipeline\r\nmodule \"collector\" {\r\n  source  = \"a/b\"\r\n  version = \"0.5.0\"\r\n\r\n  \
                           telemetry_enabled = var.on\r\n}\r\nvariable \"on\" { default = false }\r\nmodule \"enrich\" {\r\n  source = \"a/c\"\r\n}\r\n\
                           ids = [1,\r\n  2, \"x\"]\r\n";

    #[test]
    fn many_values_are_gathered_with_their_lines() {
        let source = MODULES.as_bytes();
        let all = |path: &[&str]| gathered(source, LIMIT, path).expect("readable");
        let text = |text: &str| Scalar::Text(text.to_owned());
        assert_eq!(all(&["module", "*", "source"]), [(text("a/b"), Some(3)), (text("a/c"), Some(10))]);
        assert_eq!(all(&["module", "*", "telemetry_enabled"]), [(Scalar::Other, Some(6))]);
        assert_eq!(all(&["*", "on", "default"]), [(Scalar::Bool(false), Some(8))]);
        let ids =
            [(Scalar::Number("1".into()), Some(12)), (Scalar::Number("2".into()), Some(13)), (text("x"), Some(13))];
        assert_eq!(all(&["ids", "*"]), ids);
        assert_eq!((length(source, LIMIT, &["ids"]), length(source, LIMIT, &["module"])), (Some(3), None));
        assert_eq!(line_of(source, &["module", "enrich"]), Some(9));
        assert_eq!((line_of(source, &["module", "x"]), line_of(source, &[])), (None, None));
        let labelled = |label: &str, line| Labelled { labels: vec![label.to_owned()], line };
        assert_eq!(blocks(source, "module"), Ok(vec![labelled("collector", 2), labelled("enrich", 9)]));
        assert_eq!(blocks(source, "ids"), Ok(Vec::new()));
        let twice = b"t \"a\" { id = 1 }\nt \"a\" { id = 2 }\nt \"b\" { id = 3 }";
        assert_eq!(blocks(twice, "t").expect("readable").len(), 3);
        let ids = |path: &[&str]| gathered(twice, LIMIT, path).expect("readable").len();
        assert_eq!((ids(&["t", "*", "id"]), ids(&["t", "a", "*", "id"])), (1, 2));
        let many = format!("a = [{}]", vec!["1"; 5000].join(","));
        promises::too_often(FORMAT, &many, &["a", "*"]);
        let error = blocks("a {}\n".repeat(5000).as_bytes(), "a").expect_err("too many");
        assert_eq!(error.kind, ReadErrorKind::TooOften);
    }

    #[test]
    fn setting_changes_one_place() {
        const ID: Value<'_> = Value::Text("\"é\"\n\\${x}%{y}$5");
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
            ("a = true # c", a, NO, "a = false # c"),
            ("a=1//c\r\nb = 1.50\r\n", a, Value::Number(-3), "a=-3//c\r\nb = 1.50\r\n"),
            ("a = 1\n", a, ID, "a = \"\\\"é\\\"\\n\\\\$${x}%%{y}$5\"\n"),
            ("a = <<E\nx\nE\n# c\n", a, NO, "a = false\n# c\n"),
            ("a = (\"${true}\") /* c */\n", a, NO, "a = false /* c */\n"),
            ("a = null\n", a, NO, "a = false\n"),
            // Behind the last one, as it is spelled.
            ("bcd = 1\n\nt {\n}\n", a, NO, "bcd = 1\na   = false\n\nt {\n}\n"),
            ("bcd=1 # c\nt {\n}", a, NO, "bcd=1 # c\na=false\nt {\n}"),
            ("b = 1\n", &["abc"], NO, "b = 1\nabc = false\n"),
            ("b = 1 /*\n*/\nt {}\n", a, NO, "a = false\n\nb = 1 /*\n*/\nt {}\n"),
            ("b   = [\n1]\n", a, NO, "b   = [\n1]\na = false\n"),
            // Before the first block.
            ("t {\n  x = 1\n}\n", a, NO, "a = false\n\nt {\n  x = 1\n}\n"),
            ("t {\n  x = 1\n}\nb = 1", a, NO, "t {\n  x = 1\n}\nb = 1\na = false"),
            // Into a block.
            ("t {\r\n\txy = 1 # c\r\n}\r\n", t, NO, "t {\r\n\txy = 1 # c\r\n\tid = false\r\n}\r\n"),
            ("t { # c\n}\n", t, NO, "t { # c\n  id = false\n}\n"),
            ("  t {\n    u {\n    }\n  }\n", t, NO, "  t {\n    id = false\n    u {\n    }\n  }\n"),
            ("t {}\n", t, NO, "t { id = false }\n"),
            ("t { }\n", t, NO, "t { id = false }\n"),
            ("t { x = 1 } # c\n", t, NO, "t {\n  x = 1\n  id = false\n} # c\n"),
            ("t { id = 1 }\n", t, NO, "t { id = false }\n"),
            ("t \"a\" {\n}\nt \"b\" {\n}", &["t", "b", "id"], NO, "t \"a\" {\n}\nt \"b\" {\n  id = false\n}"),
            // Into an object.
            ("t = { x = 1, }\n", t, NO, "t = { x = 1, id = false, }\n"),
            ("t = {\n  xyz = 1 # c\n}\n", t, NO, "t = {\n  xyz = 1 # c\n  id  = false\n}\n"),
            ("t = {\n  x = 1,\n}\n", t, NO, "t = {\n  x = 1,\n  id = false,\n}\n"),
            ("t = {\n  \"x\": 1,\n  \"y\": 2\n}\n", t, NO, "t = {\n  \"x\": 1,\n  \"y\": 2,\n  \"id\": false\n}\n"),
            ("t = { \"x\" : 1 }", t, NO, "t = { \"x\" : 1, \"id\": false }"),
            ("t = { x = 1 }", &["t", "a b"], NO, "t = { x = 1, \"a b\" = false }"),
            ("a = (false)\n", a, NO, "a = (false)\n"),
        ];
        promises::set(FORMAT, table);
    }

    #[test]
    fn editing_is_refused_rather_than_guessed() {
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
            ("a = var.x", a, Refusal::Computed),
            ("a = \"${var.x}y\"", a, Refusal::Computed),
            ("a {}", a, Refusal::NotAScalar),
            ("a = {}", a, Refusal::NotAScalar),
            ("a {}\na {}", a, Refusal::NotAScalar),
            ("a = 1\na {}", a, Refusal::Computed),
            ("t {}\nt {}", t, Refusal::NotAMapping),
            ("t = { (var.k) = 1 }", t, Refusal::Computed),
            ("t = merge({}, {})", t, Refusal::Computed),
            ("", t, Refusal::NoBlock),
            ("t \"a\" {}", t, Refusal::NoBlock),
            ("t \"a\" {}", &["t", "b", "id"], Refusal::NoBlock),
            ("", &["a b"], Refusal::Unwritable),
            ("t { /* c */ }", t, Refusal::Entangled),
        ];
        promises::not_set(FORMAT, table);
        let words = "computes the value there (line 2); change it by hand: set a to false";
        promises::says(FORMAT, "b = 1\na = var.x", a, NO, words);
        let table = [("a {}", a, Refusal::NotAScalar), ("/* c */ a = 1\n", a, Refusal::Entangled)];
        promises::not_removed(FORMAT, table);
    }

    #[test]
    fn removing_takes_one_line_or_one_entry() {
        let (a, t): (&[&str], &[&str]) = (&["a"], &["t", "id"]);
        let table = [
            ("a = var.x\n", a, ""),
            ("a = <<E\nx\nE\nb = 1\n", a, "b = 1\n"),
            ("t {\n# c\n  id = 1\n  x = 2\n}\n", t, "t {\n# c\n  x = 2\n}\n"),
            ("t {\n  id = 1\n}\n", t, "t {\n}\n"),
            ("t { id = 1 }\n", t, "t {  }\n"),
            ("t = {\n  id = 1, # c\n  x = 1\n}\n", t, "t = {\n  x = 1\n}\n"),
            ("t = {\n  x = 1\n  id = 1\n}\n", t, "t = {\n  x = 1\n}\n"),
        ];
        promises::removed(FORMAT, table);
    }

    #[test]
    fn hostile_texts_end_quickly() {
        let deep = |open: &str, close: &str| format!("a = {}{}", open.repeat(30_000), close.repeat(30_000));
        let table = [
            deep("(", ")"),
            deep("!", "a"),
            deep("-", "1"),
            deep("\"${", "}\""),
            deep("f(", ")"),
            format!("a = \"{}{}\"", "%{if a}".repeat(20_000), "%{endif}".repeat(10_000)),
            format!("a = x{}", ".a".repeat(25_000)),
            format!("a = x{}", "[0]".repeat(20_000)),
            format!("a = 1{}", "+1".repeat(25_000)),
            format!("a = 1{}", "?1:1".repeat(15_000)),
            "a {\n".repeat(LIMIT / 16),
            format!("a = {{{}}}", (0..9_999).map(|at| format!("k{at} = 1\n")).collect::<String>()),
            "a {}\n".repeat(LIMIT / 20),
            (0..15_000).map(|at| format!("a \"{at}\" {{}}\n")).collect::<String>(),
            format!("a{} {{}}", " b".repeat(25_000)),
            format!("a = <<E\n{}", "\nE ${".repeat(10_000)),
            "/*".repeat(LIMIT / 8),
            "a = <<E\n".repeat(LIMIT / 8),
        ];
        promises::ends(FORMAT, table);
    }
}
