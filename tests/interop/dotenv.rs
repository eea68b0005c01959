//! dotenv: the real readers, on the table of their verdicts that `cargo test` goes by, and on texts made at random.
//!
//! Promises: the table is what dotenvy, python-dotenv and npm's dotenv say today, in the releases that differ; ours says the same, also of
//! texts that nobody looked at. `GENERATE=1` writes the table; `DOTENV_TEXTS` says how many texts are made. Absent: edits.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::python::{folder, python, script};
use crate::sandbox::verdicts::{Case, TABLE, Verdict, difference};

/// The readers of one kind: a command, and the dialects that it speaks for.
struct Reader {
    command: Command,
    dialect: Option<&'static str>,
}

fn interop() -> PathBuf {
    folder("meltano-4.4").parent().expect("a target").to_owned()
}

fn readers() -> Vec<Reader> {
    let scripted = |set: &str, dialect| {
        let mut command = python(set);
        command.arg(script("dotenv/python.py"));
        Reader { command, dialect: Some(dialect) }
    };
    let npm = |package: &str, dialect| {
        let mut command = Command::new("node");
        let path = std::env::var_os("PATH").expect("a path");
        command.env_clear().env("PATH", path).arg(script("dotenv/npm.js"));
        command.arg(interop().join("grouparoo/node_modules").join(package));
        Reader { command, dialect: Some(dialect) }
    };
    let dotenvy = Command::new(interop().join("openobserve/debug/dotenv"));
    vec![
        Reader { command: dotenvy, dialect: None },
        scripted("meltano-4.4", "python-dotenv"),
        scripted("meltano-2.20", "python-dotenv-1.2.2"),
        npm("dotenv", "node-dotenv"),
        npm("dotenv-15", "node-dotenv-15"),
        npm("dotenv-10", "node-dotenv-14"),
        npm("dotenv-8", "node-dotenv-14"),
    ]
}

/// What all of them say of each text; two that speak for one dialect say the same.
fn verdicts(texts: &[Vec<u8>]) -> Vec<BTreeMap<String, Verdict>> {
    let given = serde_json::to_vec(texts).expect("JSON");
    let mut all = vec![BTreeMap::new(); texts.len()];
    for Reader { mut command, dialect } in readers() {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("run .ci/interop first");
        let mut input = child.stdin.take().expect("its input");
        let given = given.clone();
        let writing = std::thread::spawn(move || input.write_all(&given).expect("it reads"));
        let output = child.wait_with_output().expect("it ends");
        writing.join().expect("written");
        assert!(output.status.success(), "{command:?}");
        let readings: Vec<BTreeMap<String, Verdict>> = match dialect {
            None => serde_json::from_slice(&output.stdout).expect("verdicts"),
            Some(dialect) => {
                let verdicts: Vec<Verdict> = serde_json::from_slice(&output.stdout).expect("verdicts");
                verdicts.into_iter().map(|verdict| BTreeMap::from([(dialect.to_owned(), verdict)])).collect()
            }
        };
        assert_eq!(readings.len(), all.len(), "{command:?}");
        for (known, reading) in all.iter_mut().zip(readings) {
            for (dialect, verdict) in reading {
                let before = known.insert(dialect.clone(), verdict.clone());
                assert!(before.is_none_or(|before| before == verdict), "{dialect}: two releases differ: {verdict:?}");
            }
        }
    }
    all
}

#[test]
fn the_table_is_what_the_real_readers_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    let kept = std::fs::read_to_string(&path).expect("the table");
    let mut cases: Vec<Case> = serde_json::from_str(&kept).expect("the table");
    let texts: Vec<Vec<u8>> = cases.iter().map(Case::source).collect();
    for (case, verdicts) in cases.iter_mut().zip(verdicts(&texts)) {
        case.verdicts = verdicts;
    }
    let lines: Vec<String> = cases.iter().map(|case| serde_json::to_string(case).expect("JSON")).collect();
    let made = format!("[\n{}\n]\n", lines.join(",\n"));
    if std::env::var_os("GENERATE").is_some() {
        std::fs::write(&path, made).expect("written");
    } else {
        assert!(made == kept, "{TABLE} is not what the readers say: GENERATE=1");
    }
}

/// What texts are made of.
const PARTS: &[&str] = &[
    "X=",
    "Y=",
    "A=",
    "X = ",
    "export ",
    "export",
    "X",
    "Y: ",
    "A:",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "'",
    "\"",
    "`",
    "\\",
    "$",
    "${A}",
    "${Y:-d}",
    "$Y",
    "${",
    "}",
    "{",
    ":-",
    "#",
    " #",
    " ",
    "  ",
    "\t",
    "=",
    "false",
    "a b",
    "it's",
    "\\n",
    "\\r",
    "\\'",
    "\\\"",
    "\\\\",
    "\\ ",
    ".",
    "-",
    "1",
    "é",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{a0}",
    "\u{b}",
    "\u{c}",
    "\u{1c}",
    "X='a\nb'\n",
    "Y=\"1\"\n",
    "X=1\n",
];

#[test]
fn ours_says_of_texts_made_at_random_what_the_real_readers_say() {
    let many = std::env::var("DOTENV_TEXTS").map_or(500, |many| many.parse().expect("a number"));
    // A generator of its own, so that a text that differs comes again.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).expect("small")).expect("small")
    };
    let mut text = || {
        let parts: Vec<&str> = (0..1 + random(14)).map(|_| PARTS[random(PARTS.len())]).collect();
        parts.concat().into_bytes()
    };
    let texts: Vec<Vec<u8>> = (0..many).map(|_| text()).collect();
    let (mut troubles, mut compared) = (Vec::new(), 0);
    for (source, verdicts) in texts.iter().zip(verdicts(&texts)) {
        for (reader, verdict) in verdicts {
            compared += usize::from(!verdict.values.is_empty());
            troubles.extend(difference(source, &reader, &verdict));
        }
    }
    assert!(
        troubles.is_empty(),
        "{} of {compared}:\n{}",
        troubles.len(),
        troubles.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(compared > many, "{compared} readings of {many} texts set something");
}
