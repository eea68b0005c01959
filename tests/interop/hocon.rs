//! HOCON: the real library, on the corpus, on texts made at random and on what edits make of them, and on layers laid as Snowplow's
//! components lay them.
//!
//! Promises: the table is what the library says today; ours says the same, or that it does not know; an edit is, to the real library,
//! exactly the change. `GENERATE=1` writes the tables; `HOCON_TEXTS` says how many texts are made. Absent: newer releases of it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Tree, json};
use telemetry::settings::hocon::{remove, set};
use telemetry::settings::value::{EditError, Value};
use tempfile::TempDir;

use crate::hocon_texts::{Dice, text};
use crate::python::{python, script};
use crate::sandbox::hocon::{ASKED, ENV, LOADS, Loaded, TABLE, Verdict, corpus, difference, object, with};

/// Where Debian keeps the library.
const LIBRARY: &str = "/usr/share/java/typesafe-config.jar";

/// The table of where pyhocon differs.
const PYHOCON: &str = "tests/fixtures/hocon/pyhocon.json";

/// The program, compiled once.
fn classes() -> &'static Path {
    static CLASSES: OnceLock<TempDir> = OnceLock::new();
    CLASSES
        .get_or_init(|| {
            let folder = TempDir::new().expect("a folder");
            let mut javac = Command::new("javac");
            let status =
                javac.args(["-cp", LIBRARY, "-d"]).arg(folder.path()).arg(script("hocon/Verdicts.java")).status();
            assert!(status.expect("run .ci/interop first").success(), "{LIBRARY}: run .ci/interop first");
            folder
        })
        .path()
}

/// What the real library says of each case. It runs in an empty folder, but for one text that may be included.
fn verdicts(cases: &[Tree], included: &str) -> Vec<Verdict> {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("inc.conf"), included).expect("written");
    let path = std::env::join_paths([Path::new(LIBRARY), classes(), &script("hocon/path")]).expect("a path");
    let mut java = Command::new("java");
    java.arg("-cp").arg(path).arg("Verdicts").current_dir(folder.path()).env_clear().envs(ENV);
    java.env("PATH", std::env::var_os("PATH").expect("a path"));
    let mut child = java.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("run .ci/interop first");
    let mut input = child.stdin.take().expect("its input");
    let given = serde_json::to_vec(&json!({ "cases": cases })).expect("JSON");
    let writing = std::thread::spawn(move || input.write_all(&given).expect("it reads"));
    let output = child.wait_with_output().expect("it ends");
    writing.join().expect("written");
    assert!(output.status.success(), "{java:?}");
    let verdicts: Vec<Verdict> = serde_json::from_slice(&output.stdout).expect("verdicts");
    assert_eq!(verdicts.len(), cases.len());
    verdicts
}

fn plain(texts: &[String]) -> Vec<Tree> {
    texts.iter().map(|text| json!({ "text": text })).collect()
}

fn count() -> usize {
    std::env::var("HOCON_TEXTS").map_or(500, |texts| texts.parse().expect("a number"))
}

/// Compares a table with what it should be, or writes it.
#[track_caller]
fn table(name: &str, lines: &[String], ends: [&str; 2]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let made = format!("{}\n{}\n{}\n", ends[0], lines.join(",\n"), ends[1]);
    if std::env::var_os("GENERATE").is_some() {
        std::fs::write(&path, made).expect("written");
    } else {
        let kept = std::fs::read_to_string(&path).expect("the table");
        assert!(made == kept, "{name} is not what the library says: GENERATE=1");
    }
}

#[test]
fn the_tables_are_what_the_library_says() {
    let corpus = corpus();
    let texts: Vec<String> = corpus.iter().map(|(_, text)| String::from_utf8(text.clone()).expect("text")).collect();
    let lines: Vec<String> = corpus
        .iter()
        .zip(verdicts(&plain(&texts), ""))
        .map(|((name, _), verdict)| format!("{}: {}", json!(name), json!(verdict)))
        .collect();
    table(TABLE, &lines, ["{", "}"]);
    let kept = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(LOADS)).expect("the table");
    let mut loads: Vec<Loaded> = serde_json::from_slice(&kept).expect("the table");
    let cases: Vec<Tree> = loads.iter().map(|case| json!({ "text": case.text, "load": case.load })).collect();
    for (case, verdict) in loads.iter_mut().zip(verdicts(&cases, "")) {
        case.verdict = Some(verdict);
    }
    let lines: Vec<String> = loads.iter().map(|case| serde_json::to_string(case).expect("JSON")).collect();
    table(LOADS, &lines, ["[", "]"]);
}

/// What a file is to pyhocon, where that is another thing than to the real library, and why.
#[derive(Serialize, Deserialize)]
struct Other {
    why: String,
    verdict: Option<Verdict>,
}

#[test]
fn where_pyhocon_differs_is_known_with_the_reason() {
    let corpus = corpus();
    let texts: Vec<&str> = corpus.iter().map(|(_, text)| std::str::from_utf8(text).expect("text")).collect();
    let folder = TempDir::new().expect("a folder");
    let given = folder.path().join("given");
    std::fs::write(&given, serde_json::to_vec(&texts).expect("JSON")).expect("written");
    let mut pyhocon = python("hocon");
    pyhocon.arg(script("hocon/pyhocon_verdicts.py")).envs(ENV).current_dir(folder.path());
    let output = pyhocon.stdin(std::fs::File::open(&given).expect("given")).output().expect("run .ci/interop first");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: Vec<Verdict> = serde_json::from_slice(&output.stdout).expect("verdicts");
    let read = |name: &str| std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("the table");
    let real: BTreeMap<String, Verdict> = serde_json::from_slice(&read(TABLE)).expect("the table");
    let mut known: BTreeMap<String, Other> = serde_json::from_slice(&read(PYHOCON)).expect("the table");
    let mut differ = Vec::new();
    for ((name, _), verdict) in corpus.iter().zip(theirs) {
        let same = match (&real[name], &verdict) {
            (Verdict::Error(_), Verdict::Error(_)) => true,
            (Verdict::Value(real), Verdict::Value(other)) => alike(real, other),
            _ => false,
        };
        if !same {
            differ.push(name.as_str());
            known.entry(name.clone()).or_insert(Other { why: "?".to_owned(), verdict: None }).verdict = Some(verdict);
        }
    }
    assert!(known.keys().eq(&differ), "{differ:?}");
    assert!(known.values().all(|other| other.why.len() > 5), "each has a reason");
    let lines: Vec<String> = known.iter().map(|(name, other)| format!("{}: {}", json!(name), json!(other))).collect();
    table(PYHOCON, &lines, ["{", "}"]);
    assert!(corpus.len() - differ.len() >= 60, "{} of {} alike", corpus.len() - differ.len(), corpus.len());
}

/// Whether trees are the same, their numbers by value.
fn alike(one: &Tree, other: &Tree) -> bool {
    match (one, other) {
        (Tree::Object(one), Tree::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| {
                    other.get(key).is_some_and(|beside| match (value, beside) {
                        (Tree::String(one), Tree::String(other)) if key == "n" => {
                            one.parse::<f64>().ok() == other.parse().ok()
                        }
                        (value, beside) => alike(value, beside),
                    })
                })
        }
        (Tree::Array(one), Tree::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        _ => one == other,
    }
}

/// What includes bring where they bring something: a value for most of the keys that texts are made of.
const INCLUDED: &str = "a.b = from, b.c = from, c = from, t.on = from, on = from, \"x y\" = from";

#[test]
fn random_texts_are_read_alike() {
    let mut dice = Dice::new(7);
    let texts: Vec<String> = (0..count()).map(|_| text(&mut dice)).collect();
    let mut readable = 0;
    for included in ["", INCLUDED] {
        let mut troubles = Vec::new();
        for (text, verdict) in texts.iter().zip(verdicts(&plain(&texts), included)) {
            readable += usize::from(matches!(verdict, Verdict::Value(_)));
            troubles.extend(difference(text.as_bytes(), &verdict, !included.is_empty()));
        }
        assert!(
            troubles.is_empty(),
            "{}:\n{}",
            troubles.len(),
            troubles.iter().take(15).cloned().collect::<Vec<_>>().join("\n")
        );
    }
    println!("{readable} of {} readings", 2 * texts.len());
    assert!(readable > texts.len() / 2, "{readable} of {}", texts.len());
}

/// The tree without a path; where `prune` is said, without objects that are left empty.
fn without(tree: &Tree, path: &[&str], prune: bool) -> Tree {
    let (Some((key, rest)), Some(entries)) = (path.split_first(), object(tree)) else { return tree.clone() };
    let mut entries = entries.clone();
    if rest.is_empty() {
        entries.remove(*key);
    } else if let Some(inner) = entries.get(*key) {
        let inner = without(inner, rest, prune);
        if prune && object(&inner).is_some_and(Map::is_empty) {
            entries.remove(*key);
        } else {
            entries.insert((*key).to_owned(), inner);
        }
    }
    json!({ "o": entries })
}

/// What an edit is to do.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Bool(bool),
    Text(&'static str),
    Remove,
}

impl Edit {
    fn made(self, source: &str, path: &[&str]) -> Result<String, EditError> {
        let new = match self {
            Edit::Bool(value) => set(source.as_bytes(), path, &Value::Bool(value)),
            Edit::Text(text) => set(source.as_bytes(), path, &Value::Text(text)),
            Edit::Remove => remove(source.as_bytes(), path),
        };
        new.map(|new| String::from_utf8(new).expect("text"))
    }

    /// What the real library may say afterwards.
    fn wanted(self, tree: &Tree, path: &[&str]) -> Vec<Tree> {
        match self {
            Edit::Bool(value) => vec![with(tree, path, &json!(value))],
            Edit::Text(text) => vec![with(tree, path, &json!(text))],
            Edit::Remove => {
                let bare = without(tree, path, true);
                // A null that stood there before the key made it an object.
                let nulls = (1..path.len()).map(|end| with(&bare, &path[..end], &Tree::Null));
                nulls.chain([without(tree, path, false), bare.clone()]).collect()
            }
        }
    }
}

#[test]
fn random_edits_are_exact_to_the_real_library() {
    let mut dice = Dice::new(11);
    let texts: Vec<String> = (0..count()).map(|_| text(&mut dice)).collect();
    for included in ["", INCLUDED] {
        let (mut edits, mut refused, mut changed) = (Vec::new(), 0, 0);
        for (text, verdict) in texts.iter().zip(verdicts(&plain(&texts), included)) {
            let Verdict::Value(tree) = verdict else { continue };
            for _ in 0..3 {
                let path = ASKED[dice.below(ASKED.len())];
                let edit =
                    [Edit::Bool(true), Edit::Bool(false), Edit::Text("x \"\n\u{e9}"), Edit::Remove][dice.below(4)];
                match edit.made(text, path) {
                    Ok(new) => {
                        changed += usize::from(new != *text);
                        edits.push((text, new, tree.clone(), edit, path));
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        let news: Vec<String> = edits.iter().map(|(_, new, ..)| new.clone()).collect();
        let mut troubles = Vec::new();
        for ((old, new, tree, edit, path), verdict) in edits.iter().zip(verdicts(&plain(&news), included)) {
            // What an included text brings is not removed from here.
            let blind = !included.is_empty() && matches!(edit, Edit::Remove) && old.contains("include");
            let fine = matches!(&verdict, Verdict::Value(found) if blind || edit.wanted(tree, path).contains(found));
            if !fine {
                troubles.push(format!("{edit:?} {path:?}:\n{old:?}\n{new:?}\nwas {tree}\nis  {verdict:?}"));
            }
        }
        println!("{changed} changes, {refused} refused");
        assert!(
            troubles.is_empty(),
            "{}:\n{}",
            troubles.len(),
            troubles.iter().take(10).cloned().collect::<Vec<_>>().join("\n")
        );
        assert!(changed > 2 * refused && changed > texts.len() / 2, "{changed} changed, {refused} refused");
    }
}
