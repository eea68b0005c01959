//! A request of somebody else's program, built from its manifest and from what is on the machine: its bytes, and of each value how sure
//! it is.
//!
//! Promises: what is not known stands in the body as words in angle brackets and is marked, never made up; a digest says of what it is;
//! what is made of something unsure is unsure itself. Absent: reading anything of the machine; sending.

mod built;
mod fill;
mod rows;
mod tables;

pub use crate::payload::foreign::built::{Built, Is, Mark};
pub use crate::payload::foreign::fill::{Given, Machine, build};
pub use crate::payload::foreign::rows::{HIDDEN, Row, bytes, rows};
pub use crate::payload::foreign::tables::{Breach, breaches, breaches_of};

#[cfg(test)]
mod tests {
    use base64::Engine;
    use serde_json::value::RawValue;
    use serde_json::{Value, json};

    use crate::manifest::foreign::files::Source;
    use crate::manifest::foreign::requests::{Digested, Filled, MachineFact, Style};
    use crate::manifest::versions::{Version, Versions};
    use crate::payload::foreign::{Built, Given, Machine, Mark, build, bytes, rows};

    /// A machine that knows a few things.
    struct Told(Option<Version>);

    impl Machine for Told {
        fn version(&self) -> Option<&Version> {
            self.0.as_ref()
        }

        fn told(&self, name: &str) -> Given {
            match name {
                "account" => Given::Value(json!("123456789012"), "you".to_owned()),
                _ => Given::Unknown(format!("{name}, which is not given")),
            }
        }

        fn id(&self, name: &str) -> Given {
            match name {
                "client" => Given::Value(json!("c-1"), "the client".to_owned()),
                "server" => Given::NotAsked("server: not asked".to_owned()),
                "broken" => Given::Unknown("broken: it is not valid YAML".to_owned()),
                _ => Given::Absent,
            }
        }

        fn fact(&self, _: MachineFact) -> Given {
            Given::Value(json!(7), "this machine".to_owned())
        }

        fn setting(&self, source: &Source) -> Given {
            match source {
                Source::Variable(name) if name == "CI" => Given::Value(json!("TRUE"), "CI".to_owned()),
                Source::Variable(_) | Source::Property(_) | Source::Key { .. } => Given::Absent,
            }
        }

        fn raw(&self, file: &str, _: &[String]) -> Result<Option<Box<RawValue>>, String> {
            match file {
                "queue" => Ok(RawValue::from_string("[1.50,  {\"a\": 1}]".to_owned()).ok()),
                "none" => Ok(None),
                _ => Err("it cannot be read".to_owned()),
            }
        }

        fn winner(&self) -> Result<Option<usize>, String> {
            Ok(Some(1))
        }
    }

    fn made(filled: &Filled) -> Option<Built> {
        build(filled, &Told(Some(Version::new("2.1.0").expect("a version"))), Style::Spaced)
    }

    fn text(text: &str) -> Filled {
        Filled::Text(text.to_owned())
    }

    fn id(name: &str) -> Filled {
        Filled::Id(name.to_owned())
    }

    fn variable(name: &str) -> Filled {
        Filled::Setting(Source::Variable(name.to_owned()))
    }

    fn unknown(what: &str) -> Filled {
        Filled::Unknown(what.to_owned())
    }

    fn sha256(of: Filled) -> Filled {
        Filled::Digest(Digested::Sha256, Box::new(of))
    }

    fn in_versions(range: &str, value: Filled) -> Filled {
        Filled::In { versions: Versions::new(range).expect("a range"), value: Box::new(value) }
    }

    #[test]
    fn a_value_is_as_sure_as_what_it_is_made_of() {
        let case = |of| Filled::Case {
            of: Box::new(of),
            is: vec![
                ("exact".into(), Filled::Bool(true)),
                ("none".into(), Filled::Nothing),
                ("c-*".into(), text("begins")),
                ("*-1".into(), id("client")),
            ],
        };
        let guess = |value| Filled::Guess { value: Box::new(value), because: "it may differ".to_owned() };
        let table = [
            (text("a"), "\"a\"", "exact"),
            (id("client"), "\"c-1\"", "exact"),
            (id("nobody"), "\"<nobody: there is none yet>\"", "unknown"),
            (guess(id("client")), "\"c-1\"", "reconstructed"),
            (guess(unknown("x")), "\"<x>\"", "unknown"),
            (Filled::Join(vec![text("a-"), guess(id("client"))]), "\"a-c-1\"", "reconstructed"),
            (Filled::Join(vec![text("a-"), unknown("x")]), "\"a-<x>\"", "unknown"),
            (sha256(unknown("x")), "\"<SHA-256 of x>\"", "unknown"),
            (Filled::Base64 { url: false, of: Box::new(text("a:")) }, "\"YTo=\"", "exact"),
            (Filled::Winner { layers: vec!["a".into(), "b".into()], usual: "c".into() }, "\"b\"", "exact"),
            (Filled::Raw { file: "queue".into(), key: vec![] }, "[1.50,  {\"a\": 1}]", "exact"),
            (Filled::Raw { file: "broken".into(), key: vec![] }, "\"<it cannot be read>\"", "unknown"),
            (Filled::First(vec![variable("X"), id("server"), id("nobody"), id("client")]), "\"c-1\"", "exact"),
            // What cannot be read does not give way: it may be what counts.
            (Filled::First(vec![id("broken"), id("client")]), "\"<broken: it is not valid YAML>\"", "unknown"),
            (Filled::First(vec![id("server"), id("nobody")]), "\"<server: not asked>\"", "unknown"),
            (Filled::Flag { any: vec![variable("CI")], of: vec!["true".into()], omit: true }, "true", "exact"),
            (Filled::Flag { any: vec![variable("X")], of: vec!["true".into()], omit: false }, "false", "exact"),
            (
                Filled::List(vec![variable("X"), in_versions(">=2.0.0", text("a")), in_versions("<2.0.0", text("b"))]),
                "[\"a\"]",
                "exact",
            ),
            (text("é"), "\"\\u00e9\"", "exact"),
            (
                sha256(Filled::Given("account".into())),
                "\"2a33349e7e606a8ad2e30e3c84521f9377450cf09083e162e0a9b1480ce0f972\"",
                "exact",
            ),
            (sha256(Filled::Given("other".into())), "\"<SHA-256 of other, which is not given>\"", "unknown"),
            (case(id("client")), "\"begins\"", "exact"),
            (case(text("x-1")), "\"c-1\"", "exact"),
            (case(text("other")), "\"<what \\\"other\\\" means to it>\"", "unknown"),
            (case(unknown("x")), "\"<x>\"", "unknown"),
            (case(guess(text("exact"))), "true", "reconstructed"),
        ];
        for (filled, wanted, mark) in table {
            let built = made(&filled).unwrap_or_else(|| panic!("{filled:?}"));
            assert_eq!((built.json(Style::Spaced).as_str(), built.mark.as_str()), (wanted, mark), "{filled:?}");
        }
        for nothing in [
            variable("X"),
            Filled::Flag { any: vec![variable("X")], of: vec![], omit: true },
            sha256(variable("X")),
            case(variable("X")),
            case(text("none")),
            Filled::Nothing,
        ] {
            assert_eq!(made(&nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_version_that_is_not_known_is_taken_for_the_newest() {
        let newest = |filled: &Filled| build(filled, &Told(None), Style::Compact);
        assert_eq!(newest(&in_versions("<6.0.0", text("old"))), None);
        assert_eq!(newest(&in_versions(">=6.0.0", text("new"))).map(|built| built.text()), Some("new".to_owned()));
        assert_eq!(newest(&Filled::Version).map(|built| built.mark.as_str()), Some("unknown"));
    }

    #[test]
    fn what_go_escapes_is_escaped_within_base64_as_well() {
        let inner = Filled::Map(vec![("a<b".into(), text("é&\u{2028}"))]);
        let built = build(
            &Filled::List(vec![inner.clone(), Filled::Base64 { url: false, of: Box::new(inner) }]),
            &Told(None),
            Style::Escaped,
        );
        let json = "{\"a\\u003cb\":\"é\\u0026\\u2028\"}";
        let coded = base64::engine::general_purpose::STANDARD.encode(json);
        assert_eq!(built.expect("a value").json(Style::Escaped), format!("[{json},\"{coded}\"]"));
    }

    #[test]
    fn a_digest_says_of_what_it_is_and_not_of_what_is_secret() {
        let built = made(&sha256(id("client"))).expect("a value");
        assert_eq!(built.from.as_deref(), Some("SHA-256 of \"c-1\" (the client)"));
        let secret = made(&sha256(Filled::Secret(Box::new(id("client"))))).expect("a value");
        assert_eq!(secret.from.as_deref(), Some("SHA-256 of what is not shown (the client)"));
        let uuid = Filled::Digest(Digested::UuidOfSha256, Box::new(text("my-project")));
        assert_eq!(made(&uuid).expect("a value").text(), "17d4c8d8-943f-2418-0c76-cb17c5ed4610");
        let url = Filled::Digest(Digested::Uuid5Url, Box::new(text("https://example.invalid/acme/secret-project.git")));
        assert_eq!(made(&url).expect("a value").text(), "ce848ae64091546b975ec03a8d134da9");
    }

    #[test]
    fn rows_have_all_values_and_no_secret() {
        let inner = Filled::Map(vec![("x".into(), sha256(text("dev")))]);
        let body = Filled::Map(vec![
            ("key".into(), Filled::Secret(Box::new(text("hunter2")))),
            ("in".into(), Filled::Base64 { url: true, of: Box::new(inner) }),
            ("events".into(), Filled::Raw { file: "queue".into(), key: vec![] }),
            ("none".into(), Filled::Raw { file: "none".into(), key: vec![] }),
            ("empty".into(), Filled::List(vec![])),
        ]);
        let built = made(&body).expect("a body");
        let shown: Vec<(String, String)> = rows(&built).into_iter().map(|row| (row.path, row.value)).collect();
        let wanted = [
            ("key", "***"),
            ("in.(base64).x", "\"ef260e9aa3c673af240d17a2660480361a8e081d1ffeca2a5ed0e3219fc18567\""),
            ("events[0]", "1.50"),
            ("events[1].a", "1"),
            ("empty", "[]"),
        ];
        assert_eq!(shown.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect::<Vec<_>>(), wanted);
        let text = String::from_utf8(bytes(&built, Style::Compact)).expect("text");
        assert!(text.starts_with("{\"key\":\"***\",") && text.contains("\"events\":[1.50,  {\"a\": 1}]"), "{text}");
        assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        assert!(!rows(&built).iter().any(|row| matches!(row.mark, Mark::Unknown(_))));
    }
}
