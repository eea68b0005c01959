//! HOCON: what the real library made of a corpus, against ours; and what becomes of a switch in the layers of Snowplow's components.
//!
//! Promises: the verdicts are the real library's own (`tests/interop/hocon.rs` makes them). Absent: the library; texts made at random.

use std::collections::BTreeMap;

use serde_json::{Value as Tree, json};
use telemetry::settings::hocon::{Told, look, remove, set};
use telemetry::settings::value::{Field, Scalar, Value};

use crate::sandbox::hocon::{LOADS, Loaded, TABLE, Verdict, corpus, difference, env, with};
use crate::sandbox::source::repository;

/// Files that the real library reads and ours does not, and why.
const STRICTER: [(&str, &str); 2] = [
    ("values-surrogate.conf", "half of a pair is no character"),
    ("values-sign-in-hex.conf", "a sign is no digit; newer JSON readers refuse it"),
];

fn table() -> BTreeMap<String, Verdict> {
    let table = std::fs::read(repository().join(TABLE)).expect("the table");
    serde_json::from_slice(&table).expect("the table")
}

#[test]
fn the_corpus_is_read_as_the_real_library_reads_it() {
    let (table, corpus) = (table(), corpus());
    assert!(
        table.keys().eq(corpus.iter().map(|(name, _)| name)),
        "the table is of other files: GENERATE=1 .ci/interop"
    );
    let (mut troubles, mut read, mut refused) = (Vec::new(), 0, 0);
    for (name, text) in &corpus {
        let (verdict, found) = (&table[name], difference(text, &table[name], false));
        match STRICTER.iter().find(|(file, _)| file == name) {
            Some((_, why)) => {
                assert!(found.is_some() && look(text, &["a"], &env).is_err(), "{name} is read now: {why}")
            }
            None => troubles.extend(found.map(|what| format!("{name}: {what}"))),
        }
        match verdict {
            Verdict::Value(_) => read += 1,
            Verdict::Error(_) => refused += 1,
        }
    }
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
    assert!(read >= 70 && refused >= 25, "{read} read, {refused} refused");
}

#[test]
fn every_file_of_the_corpus_is_changed_exactly_or_stays() {
    let (table, mut changed, mut stays) = (table(), 0, 0);
    for (name, text) in corpus() {
        let verdict = &table[&name];
        for path in [&["telemetry", "disable"][..], &["collector", "telemetry", "disable"]] {
            let new = match (set(&text, path, &Value::Bool(true)), verdict) {
                (Ok(new), Verdict::Value(_)) => new,
                // What an include or a variable has to bring is not known to be missing.
                (Ok(new), Verdict::Error(class)) if class == "IO" || class == "UnresolvedSubstitution" => new,
                (Ok(_), Verdict::Error(class)) => panic!("{name}: changed, and the real library refuses it: {class}"),
                (Err(_), _) => continue,
            };
            changed += usize::from(new != text);
            let env = |name: &str| if matches!(verdict, Verdict::Value(_)) { env(name) } else { Told::Unknown };
            let found = look(&new, path, &env).expect("readable");
            assert_eq!((found.field, found.unknown), (Field::Present(Scalar::Bool(true)), false), "{name}");
            if let Verdict::Value(tree) = verdict {
                let after = Verdict::Value(with(tree, path, &json!(true)));
                assert_eq!(difference(&new, &after, false), None, "{name}");
            }
            // What another key brings stays.
            let Ok(bare) = remove(&new, path) else {
                stays += 1;
                continue;
            };
            let field = look(&bare, path, &env).expect("readable").field;
            assert!(matches!(field, Field::Absent | Field::UnderNull), "{name}: {field:?}");
            let again = set(&new, path, &Value::Bool(true)).expect("the same");
            assert!(again == new, "{name}: twice is once");
        }
    }
    assert!(changed > 100 && stays < 5, "{changed} changed, {stays} not removed");
}

/// What becomes of `telemetry.disable`: the properties over the file, the block over the rest, the component's own `false` last; none
/// where the component does not start for its layers alone.
fn effective(case: &Loaded) -> Option<Tree> {
    let namespace = case.load.namespace.as_deref();
    let property = |name: &str| case.load.properties.get(name).map(|value| json!(value));
    let blocks: Vec<Vec<&str>> =
        namespace.into_iter().flat_map(|name| [vec![name, name], vec![name]]).chain([Vec::new()]).collect();
    for block in &blocks {
        let disable = property(&[block.as_slice(), &["telemetry", "disable"]].concat().join("."));
        if disable.is_some() {
            return disable;
        }
    }
    for block in &blocks {
        let field = |path: &[&str]| {
            let path = [block.as_slice(), path].concat();
            Some(look(case.text.as_bytes(), &path, &env).ok()?.field)
        };
        match (field(&["telemetry", "disable"])?, field(&["telemetry"])?, field(&[])?) {
            (Field::Present(Scalar::Bool(value)), ..) => return Some(json!(value)),
            (Field::Present(Scalar::Text(text)), ..) => return Some(json!(text)),
            (Field::Present(_), ..) => return Some(Tree::Null),
            // A block that is nothing is as if it were not there; what is another thing hides the rest.
            (_, _, Field::Present(Scalar::Null)) => {}
            (_, Field::Present(Scalar::Null | Scalar::Text(_)), _) => return Some(Tree::Null),
            (_, _, Field::Present(Scalar::Text(_))) => return None,
            _ => {}
        }
    }
    Some(json!(false))
}

#[test]
fn layers_decide_in_the_order_of_the_real_library() {
    let kept = std::fs::read(repository().join(LOADS)).expect("the table");
    let cases: Vec<Loaded> = serde_json::from_slice(&kept).expect("the table");
    let mut seen = BTreeMap::new();
    for case in cases.iter().filter(|case| !case.load.properties.contains_key("telemetry")) {
        let shown = || format!("{:?} {:?} {:?}", case.text, case.load.namespace, case.load.properties);
        let theirs = match case.verdict.as_ref().expect("a verdict") {
            Verdict::Error(_) => None,
            Verdict::Value(tree) => Some(tree["o"]["telemetry"]["o"]["disable"].clone()),
        };
        assert_eq!(effective(case), theirs, "{}", shown());
        *seen.entry(theirs.map(|tree| tree.to_string())).or_insert(0) += 1;
    }
    assert!(cases.len() >= 70 && seen.len() >= 6, "{seen:?}");
}
