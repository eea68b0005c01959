//! Edits of random documents in JSON, JSON with comments, TOML, INI and YAML: each is refused, or exactly the one change.
//!
//! Promises: what an edit made is read by a reader that did not make it (serde_json over texts whose comments are known, basic-toml,
//! serde_yaml, a few lines for INI); every other line stays, and so do line ends, byte order mark and final newline. `FULL=1` tries many
//! more. Absent: dotenv, HCL and HOCON, which are compared with their real readers.

use std::cell::Cell;

use proptest::prelude::{ProptestConfig, Strategy, proptest};
use serde_json::{Map, Value as Tree, json as tree};

use telemetry::settings::format::Format;
use telemetry::settings::value::{EditError, Field, Scalar, Value};

use crate::sandbox::documents::{ini, ini_tree, json, json_tree, jsonc_tree, toml, toml_tree, yaml, yaml_tree};

fn cases() -> u32 {
    if std::env::var_os("FULL").is_some() { 100_000 } else { 1024 }
}

const FORMATS: [Format; 7] =
    [Format::Yaml, Format::Json, Format::Jsonc, Format::Toml, Format::Ini, Format::Hcl, Format::Hocon];

const PATHS: [&[&str]; 6] = [&["k"], &["t"], &["t", "id"], &["new"], &["new", "id"], &["t", "in", "id"]];

/// The lines of `old` that are not in `new`, those that both begin and end with aside; blank ones do not count.
fn lost<'t>(old: &'t str, new: &'t str) -> Vec<&'t str> {
    let lines = |text: &'t str| text.trim_start_matches('\u{feff}').lines().collect::<Vec<_>>();
    let (mut old, mut new) = (lines(old), lines(new));
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    (old, new) = (old.split_off(same), new.split_off(same));
    while old.last().is_some_and(|line| new.last() == Some(line)) {
        old.pop();
        new.pop();
    }
    old.retain(|line| !line.trim().is_empty());
    old
}

/// What stays in any edit, whatever the format; `most` lines may be another or gone.
fn stays(old: &str, new: &str, most: usize) {
    assert!(lost(old, new).len() <= most, "{old:?} -> {new:?}");
    assert_eq!(old.starts_with('\u{feff}'), new.starts_with('\u{feff}'), "{old:?} -> {new:?}");
    let bare = old.trim_start_matches('\u{feff}');
    // Where the last line goes, a blank one before it is the new end.
    let same_end = old.ends_with('\n') == new.ends_with('\n') || old.starts_with(new);
    assert!(bare.is_empty() || same_end, "{old:?} -> {new:?}");
    let ends = |text: &str| (text.matches('\n').count(), text.matches("\r\n").count());
    if bare.contains('\n') && ends(old).0 == ends(old).1 {
        assert_eq!(ends(new).0, ends(new).1, "{old:?} -> {new:?}");
    }
}

fn with(tree: &Tree, path: &[&str], leaf: &Tree) -> Tree {
    let Some((key, rest)) = path.split_first() else { return leaf.clone() };
    let mut map = tree.as_object().cloned().unwrap_or_else(Map::new);
    let below = with(map.get(*key).unwrap_or(&Tree::Null), rest, leaf);
    map.insert((*key).to_owned(), below);
    Tree::Object(map)
}

/// Without the key; a parent that is left without keys becomes this, or goes.
fn without(tree: &Tree, path: &[&str], left: Option<&Tree>) -> Tree {
    let (Some((key, rest)), Some(map)) = (path.split_first(), tree.as_object()) else { return tree.clone() };
    let mut map = map.clone();
    if rest.is_empty() {
        map.shift_remove(*key);
    } else if let Some(inner) = map.get(*key) {
        let inner = without(inner, rest, left);
        let kept = if inner.as_object().is_some_and(Map::is_empty) { left.cloned() } else { Some(inner) };
        match kept {
            Some(inner) => map.insert((*key).to_owned(), inner),
            None => map.shift_remove(*key),
        };
    }
    Tree::Object(map)
}

fn leaf(value: &Value<'_>) -> Tree {
    match value {
        Value::Bool(value) => tree!(value),
        Value::Text(text) => tree!(text),
        Value::Number(number) => tree!(number),
        Value::EmptyList => tree!([]),
    }
}

/// One random edit and its opposite, read by another reader. Whether it was made.
fn edit(format: Format, old: &str, path: &[&str], value: &Value<'_>, read: fn(&str) -> Option<Tree>) -> bool {
    let before = read(old).unwrap_or_else(|| panic!("the other reader cannot read {old:?}"));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    if let Ok(new) = format.remove(old.as_bytes(), path).map(text) {
        let after = read(&new);
        let left = [Some(tree!({})), None, Some(Tree::Null)];
        let wanted = left.map(|left| without(&before, path, left.as_ref()));
        assert!(after.is_some_and(|after| wanted.contains(&after)), "{path:?}: {old:?} -> {new:?}");
        // The lines of the largest value, and the line whose comma goes.
        stays(old, &new, if path.len() == 1 { 5 } else { 2 });
    }
    let new = match format.set(old.as_bytes(), path, value).map(text) {
        Ok(new) => new,
        Err(EditError::Refused { by_hand, .. }) => {
            assert!(!by_hand.is_empty());
            return false;
        }
        Err(EditError::Unreadable(error)) => panic!("{error}: {old:?}"),
    };
    assert_eq!(read(&new), Some(with(&before, path, &leaf(value))), "{path:?}: {old:?} -> {new:?}");
    stays(old, &new, 1);
    assert_eq!(format.set(new.as_bytes(), path, value).map(text).as_deref(), Ok(new.as_str()), "twice");
    let there = format.read(new.as_bytes(), &[path]).expect("readable");
    assert!(matches!(there.field(0), Field::Present(found) if *found != Scalar::Null), "{new:?}");
    true
}

fn value<'a>(kind: u8, text: &'a str) -> Value<'a> {
    match kind {
        0 => Value::Bool(true),
        1 => Value::Bool(false),
        2 => Value::Number(-7),
        3 => Value::EmptyList,
        _ => Value::Text(text),
    }
}

/// Tries `format` on documents that the other reader can read, and sees that enough of them were changed.
fn tried(format: Format, documents: impl Strategy<Value = String>, read: fn(&str) -> Option<Tree>, paths: usize) {
    let (all, made) = (Cell::new(0_u32), Cell::new(0_u32));
    let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(old in documents, path in 0..paths, kind in 0..7_u8, text in "[ -~é✓]{0,12}")| {
        // The other reader of comments takes what looks like one out of strings, too.
        let text = if format == Format::Jsonc { text.replace([',', '/'], "-") } else { text };
        let value = value(kind, &text);
        if read(&old).is_some() && format.read(old.as_bytes(), &[PATHS[path]]).is_ok() {
            all.set(all.get() + 1);
            made.set(made.get() + u32::from(edit(format, &old, PATHS[path], &value, read)));
        }
    });
    assert!(all.get() > cases() / 8 && made.get() > all.get() / 4, "{} of {} were changed", made.get(), all.get());
}

#[test]
fn an_edit_of_json_is_exact_or_refused() {
    tried(Format::Json, json(false), json_tree, PATHS.len());
}

#[test]
fn an_edit_of_json_with_comments_is_exact_or_refused() {
    tried(Format::Jsonc, json(true), jsonc_tree, PATHS.len());
}

#[test]
fn an_edit_of_toml_is_exact_or_refused() {
    tried(Format::Toml, toml(), toml_tree, PATHS.len());
}

#[test]
fn an_edit_of_yaml_is_exact_or_refused() {
    tried(Format::Yaml, yaml(), yaml_tree, PATHS.len());
}

/// INI has texts only: what is written is read as its text.
#[test]
fn an_edit_of_ini_is_exact_or_refused() {
    fn texts(tree: Tree) -> Tree {
        match tree {
            Tree::Object(map) => Tree::Object(map.into_iter().map(|(key, value)| (key, texts(value))).collect()),
            Tree::String(text) => tree!(text),
            other => tree!(other.to_string()),
        }
    }
    let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    let made = Cell::new(0_u32);
    proptest!(config, |(old in ini(), path in 0..5_usize, kind in 0..7_u8, text in "[ -~é✓]{0,12}")| {
        let (path, value) = (PATHS[path], value(kind, &text));
        // A key and a section of one name are two things in INI, and one in the tree.
        let Some(before) = ini_tree(&old) else { return Ok(()) };
        if path.len() == 1 && before.get(path[0]).is_some_and(Tree::is_object) { return Ok(()) }
        if path.len() == 2 && before.get(path[0]).is_some_and(|value| !value.is_object()) { return Ok(()) }
        if let Ok(new) = Format::Ini.set(old.as_bytes(), path, &value) {
            let new = String::from_utf8(new).expect("text");
            assert_eq!(ini_tree(&new), Some(with(&before, path, &texts(leaf(&value)))), "{path:?}: {old:?} -> {new:?}");
            stays(&old, &new, 1);
            made.set(made.get() + 1);
        }
        if let Ok(new) = Format::Ini.remove(old.as_bytes(), path) {
            let new = String::from_utf8(new).expect("text");
            assert_eq!(ini_tree(&new), Some(without(&before, path, Some(&tree!({})))), "{path:?}: {old:?} -> {new:?}");
            stays(&old, &new, 1);
        }
    });
    assert!(made.get() > cases() / 8, "{} were changed", made.get());
}

#[test]
fn no_bytes_make_a_format_panic() {
    let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(bytes: Vec<u8>, text in "[-:{}\\[\\],#;/*=.'\"\\\\$+&!|>%@`?~ \\n\\r\\ta01]{0,40}")| {
        for format in FORMATS {
            for source in [bytes.as_slice(), text.as_bytes()] {
                let read = format.read(source, &[&["a"], &["a", "a"]]);
                let changed = format.set(source, &["a"], &Value::Bool(true));
                assert!(read.is_ok() || changed.is_err() || source.is_empty());
                let removed = format.remove(source, &["a", "a"]);
                assert!(read.is_ok() || removed.is_err() || matches!(format, Format::Ini));
                assert!(format.line_of(source, &["a"]) != Some(0));
                let _found = (format.gathered(source, &["*", "a"]), format.length(source, &["a"]), format.parts(source, &["a", "*"]));
            }
        }
    });
}
