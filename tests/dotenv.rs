//! dotenv: what real readers made of many texts, against ours; and edits of them, read again by every reader.
//!
//! Promises: the verdicts are the real programs' own (`tests/interop/dotenv.rs` makes them); an edit is exact or refused, and says what is
//! effective afterwards. Absent: the programs.

use proptest::prelude::{ProptestConfig, Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use telemetry::settings::dotenv::{Dialect, LIMIT, Reading, read, read_all, remove, set};
use telemetry::settings::value::{EditError, ReadErrorKind, Refusal};

use crate::sandbox::source::repository;
use crate::sandbox::verdicts::{Case, TABLE, difference};

fn dialect(name: &str) -> Dialect {
    Dialect::named(name).unwrap_or_else(|| panic!("{name} is no dialect"))
}

#[test]
fn every_reader_reads_as_the_real_one() {
    let table = std::fs::read_to_string(repository().join(TABLE)).expect("the table");
    let cases: Vec<Case> = serde_json::from_str(&table).expect("the table");
    let (mut troubles, mut compared) = (Vec::new(), 0);
    for case in cases {
        let source = case.source();
        assert_eq!(case.verdicts.len(), Dialect::NAMED.len(), "{:?}", String::from_utf8_lossy(&source));
        for (reader, verdict) in &case.verdicts {
            compared += usize::from(!verdict.values.is_empty());
            troubles.extend(difference(&source, reader, verdict));
        }
    }
    assert!(troubles.is_empty(), "{} of {compared}:\n{}", troubles.len(), troubles.join("\n"));
    assert!(compared > 1000, "{compared} readings set something");
}

const NO: &str = "false";

fn set_text(source: &str, reader: &str, value: &str) -> Result<String, EditError> {
    set(source.as_bytes(), dialect(reader), "X", value).map(|new| String::from_utf8(new).expect("text"))
}

#[test]
fn setting_changes_the_value_and_nothing_else() {
    let table = [
        ("dotenvy", "", "X=false\n"),
        ("dotenvy", "\u{feff}", "\u{feff}X=false\n"),
        ("dotenvy", "Y=1", "Y=1\nX=false\n"),
        ("dotenvy", "Y=1\r\nZ=2", "Y=1\r\nZ=2\r\nX=false\r\n"),
        ("dotenvy", "# c\n", "# c\nX=false\n"),
        ("dotenvy", "\u{feff}export X = true # why\r\nY=1\r\n", "\u{feff}export X = false # why\r\nY=1\r\n"),
        ("dotenvy", "X=true\nY=1\nX='yes'\n", "X=false\nY=1\nX=false\n"),
        ("dotenvy", "X=false\nX=true\n", "X=false\nX=false\n"),
        ("dotenvy-override", "X=false\nX=true\n", "X=false\nX=false\n"),
        ("dotenvy", "X=\"a\nb\"\nY=1\n", "X=false\nY=1\n"),
        ("dotenvy", "X=#c\n", "X=false #c\n"),
        ("dotenvy", "X=$Y\n", "X=false\n"),
        // A broken line hides what follows: the change stands before it, and the hidden line says the same.
        ("dotenvy", "Y=1\nMOTD=hello there\nX=true\n", "Y=1\nX=false\nMOTD=hello there\nX=false\n"),
        ("dotenvy-override", "Y=1\r\nbroken line\r\n", "Y=1\r\nX=false\r\nbroken line\r\n"),
        ("dotenvy", "X=a b\nY=1\n", "X=false\nX=a b\nY=1\n"),
        ("dotenvy", "Y=1\nZ='open\nX=true\n", "Y=1\nX=false\nZ='open\nX=false\n"),
        ("dotenvy", "X=true\nbroken line\nX=true\n", "X=false\nbroken line\nX=false\n"),
        ("python-dotenv", "Y=1\nbroken line\nX=yes # c\n", "Y=1\nbroken line\nX=false # c\n"),
        ("python-dotenv", "X\n", "X=false\n"),
        ("python-dotenv", "export X=a b\n", "export X=false\n"),
        ("node-dotenv", "X=`a` # c\nY=1\n", "X=false # c\nY=1\n"),
        // Older releases take the mark for a part of the name.
        ("python-dotenv", "\u{feff}X=1\nY=1\n", "\u{feff}X=false\nY=1\nX=false\n"),
        ("node-dotenv", "Y=1\n???\n X = 'true'\n", "Y=1\n???\n X = false\n"),
        // Here the comment is a part of the value.
        ("node-dotenv-14", "X=true # c\nY=1\n", "X=false\nY=1\n"),
        ("node-dotenv-14", "export X=true\n", "export X=false\nX=false\n"),
    ];
    for (reader, source, wanted) in table {
        let new = set_text(source, reader, NO).unwrap_or_else(|error| panic!("{reader}: {source:?}: {error}"));
        assert_eq!(new, wanted, "{reader}: {source:?}");
        assert_eq!(set_text(&new, reader, NO).as_ref(), Ok(&new), "twice is once");
    }
}

#[test]
fn quotes_are_written_where_a_reader_needs_them() {
    let table = [
        ("true", "X=true\n"),
        ("", "X=\n"),
        ("a b", "X='a b'\n"),
        ("a#b", "X='a#b'\n"),
        ("it's", "X=\"it's\"\n"),
        ("[\"http://127.0.0.1:9\"]", "X='[\"http://127.0.0.1:9\"]'\n"),
        ("$5", "X='$5'\n"),
        ("http://127.0.0.1:9", "X=http://127.0.0.1:9\n"),
    ];
    for (value, wanted) in table {
        for reader in ["dotenvy", "dotenvy-override", "python-dotenv", "node-dotenv"] {
            assert_eq!(set_text("", reader, value).as_deref(), Ok(wanted), "{reader}: {value}");
        }
    }
    for value in ["it's \"it\"", "${HOME}", "a\nb", "\u{1b}[0m"] {
        assert!(matches!(set_text("", "python-dotenv", value), Err(EditError::Refused { .. })), "{value:?}");
    }
}

#[test]
fn what_cannot_be_changed_with_care_is_refused_with_words() {
    let why = |source: &[u8], reader: &str| match set(source, dialect(reader), "X", NO) {
        Ok(new) => panic!("{:?}", String::from_utf8_lossy(&new)),
        Err(EditError::Refused { why, line, by_hand }) => {
            assert!(by_hand.contains("X=false"), "{by_hand}");
            (why, line)
        }
        Err(EditError::Unreadable(error)) => panic!("{error}"),
    };
    // Another name's value is made of it.
    assert_eq!(why(b"Y=1\nX=true\nMSG=telemetry:$X\n", "dotenvy"), (Refusal::Entangled, Some(2)));
    // To another reader of the file it is the inside of another value.
    assert_eq!(why(b"A='\nX=true\n'\n", "node-dotenv-14"), (Refusal::Entangled, Some(2)));
    for (source, kind) in [
        (&b"X=a\0b\n"[..], ReadErrorKind::Binary),
        (b"X=true\n# caf\xe9\n", ReadErrorKind::NotUtf8),
        (&[b'#'; LIMIT + 1], ReadErrorKind::TooLarge),
    ] {
        for (reader, dialect) in Dialect::NAMED {
            let error = set(source, dialect, "X", NO).expect_err("refused");
            assert!(matches!(error, EditError::Unreadable(error) if error.kind == kind), "{reader}");
        }
    }
    // Older releases would take the mark for a part of the next name.
    let refused = remove("\u{feff}X=1\nY=1\n".as_bytes(), dialect("python-dotenv"), "X");
    assert!(matches!(refused, Err(EditError::Refused { why: Refusal::Entangled, line: Some(1), .. })), "{refused:?}");
    for name in ["", "1X", "X-Y", "X Y", "é"] {
        let refused = set(b"", dialect("dotenvy"), name, NO);
        assert!(matches!(refused, Err(EditError::Refused { why: Refusal::Unwritable, .. })), "{name}");
    }
}

#[test]
fn removing_takes_every_line_of_the_name() {
    let table = [
        ("dotenvy", "Y=1\nX=true # c\nZ=2\nX=false\n", "Y=1\nZ=2\n"),
        ("dotenvy", "Y=1\nbroken line\nX=true\n", "Y=1\nbroken line\n"),
        ("dotenvy", "X=a b\nY=1\n", "X=a b\nY=1\n"),
        ("python-dotenv", "\u{feff}# c\r\nX=\"a\r\nb\"\r\nY=1\r\n", "\u{feff}# c\r\nY=1\r\n"),
        ("node-dotenv", "Y=1\nexport X=1", "Y=1\n"),
        ("node-dotenv", "Y=1\n", "Y=1\n"),
    ];
    for (reader, source, wanted) in table {
        let new = remove(source.as_bytes(), dialect(reader), "X");
        let new = new.map(|new| String::from_utf8_lossy(&new).into_owned());
        assert_eq!(new.as_deref(), Ok(wanted), "{reader}: {source:?}");
    }
}

#[test]
fn lines_and_what_stands_in_the_way_are_told() {
    let whole = "\u{feff}# c\r\nX=1\r\nY=$X\r\nX=2\r\nMOTD=hello there\r\n  export X = 3\r\nXX=1\r\n";
    let first = read(whole.as_bytes(), dialect("dotenvy"), "X").expect("readable");
    let wanted = Reading {
        value: Some("1".into()),
        line: Some(2),
        duplicates: vec![2, 4],
        stopped_at: Some(5),
        hidden: vec![6],
        follows: false,
        differs: false,
    };
    assert_eq!(first, wanted);
    let last = read(whole.as_bytes(), dialect("dotenvy-override"), "X").expect("readable");
    assert_eq!(last, Reading { value: Some("2".into()), line: Some(4), ..wanted });
    let python = read(whole.as_bytes(), dialect("python-dotenv"), "X").expect("readable");
    assert_eq!((python.value.as_deref(), python.line, python.stopped_at), (Some("3"), Some(6), None));
    assert!(read(whole.as_bytes(), dialect("dotenvy"), "Y").expect("readable").follows);
    // A first line behind a mark: older releases take the mark for a part of the name.
    let marked = read("\u{feff}X=1\n".as_bytes(), dialect("python-dotenv"), "X").expect("readable");
    assert_eq!((marked.value.as_deref(), marked.differs), (Some("1"), true));
}

#[test]
fn hostile_texts_end_quickly() {
    let doubling: String = (0..40).map(|step| format!("A{}=${{A{step}}}${{A{step}}}\n", step + 1)).collect();
    let texts = [
        format!("A0=xxxxxxxx\n{doubling}"),
        "A='".repeat(LIMIT / 3),
        "A='\n".repeat(LIMIT / 4),
        format!("A='{}", "\\'".repeat(LIMIT / 3)),
        "\n".repeat(LIMIT),
        " \n#".repeat(LIMIT / 3),
        format!("A=\"{}\"", "'a\n".repeat(LIMIT / 4)),
        format!("A={}", "${".repeat(LIMIT / 3)),
        format!("A={}", "${a:".repeat(LIMIT / 5)),
        format!("A={}", "$".repeat(LIMIT - 9)),
        "A=\\\n".repeat(LIMIT / 4),
        "X=true\n".repeat(LIMIT / 7),
        "export\n".repeat(LIMIT / 7),
        "X:\n".repeat(LIMIT / 3),
    ];
    for text in texts {
        for (reader, dialect) in Dialect::NAMED {
            let start = std::time::Instant::now();
            let readable = read(text.as_bytes(), dialect, "X");
            let edited = set(text.as_bytes(), dialect, "X", NO);
            let head: String = text.chars().take(20).collect();
            if let (Ok(_), Ok(new)) = (readable, edited) {
                assert_eq!(
                    read(&new, dialect, "X").expect("readable").value.as_deref(),
                    Some(NO),
                    "{reader}: {head:?}"
                );
            }
            assert!(start.elapsed().as_secs() < 20, "{reader}: {head:?}: {:?}", start.elapsed());
        }
    }
}

/// Texts of the parts that matter.
fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => prop::sample::select(vec!["X=", "Y=", "A=", "X=true", "Y=1", "export ", "X", "Y: ", "\n", "\n", "\n", "\r\n"]),
        4 => prop::sample::select(vec!["'", "\"", "`", "\\", "$", "${A}", "$Y", "#", " ", " # c", "\t", "=", "false", "a b", "it's", "${X:-d}"]),
        1 => prop::sample::select(vec!["\u{feff}", "é", "\u{85}", "\u{2028}", "\r", "\\n", "\\'", "\u{a0}", "\0", "X=\"a\nb\"\n", "broken line\n"]),
    ];
    prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat())
}

#[test]
fn any_edit_is_exact_or_refused() {
    let cases = if std::env::var_os("FULL").is_some() { 1_000_000 } else { 2_000 };
    let landed = std::cell::Cell::new(0_u32);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(text in texts(), reader in prop::sample::select(Dialect::NAMED.to_vec()), value in prop::sample::select(vec!["false", "", "a b", "it's", "$A"]))| {
        let (_, dialect) = reader;
        let others = |source: &[u8]| read_all(source, dialect, &["Y", "A", "XX"]).expect("readable").into_iter().map(|reading| reading.value).collect::<Vec<_>>();
        if let Ok(new) = set(text.as_bytes(), dialect, "X", value) {
            landed.set(landed.get() + 1);
            let now = read(&new, dialect, "X").expect("readable");
            prop_assert_eq!(now.value.as_deref(), Some(value));
            prop_assert!(!now.follows && !now.differs);
            prop_assert_eq!(others(&new), others(text.as_bytes()));
            prop_assert_eq!(set(&new, dialect, "X", value), Ok(new.clone()));
            if let Ok(gone) = remove(&new, dialect, "X") {
                prop_assert_eq!(read(&gone, dialect, "X").expect("readable").value, None);
                prop_assert_eq!(others(&gone), others(text.as_bytes()));
            }
        }
    });
    assert!(landed.get() > cases / 2, "{} of {cases} edits landed", landed.get());
}
