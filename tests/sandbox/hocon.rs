//! HOCON: texts, what the real library makes of them, and where ours makes something else of one.
//!
//! Promises: every key that either of them has is compared, with its type; ours may say that it does not know only where the environment or
//! an include decides. Absent: running the real library.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Tree};
use telemetry::settings::hocon::{LIMIT, Told, fields, gathered, includes, length, look};
use telemetry::settings::value::{Field, ReadError, ReadErrorKind, Scalar};

/// The folder of the corpus.
pub(crate) const CORPUS: &str = "tests/fixtures/hocon";

/// The table of the real library's verdicts, in the corpus.
pub(crate) const TABLE: &str = "tests/fixtures/hocon/verdicts.json";

/// The table of what becomes of texts in the layers of Snowplow's components.
pub(crate) const LOADS: &str = "tests/fixtures/hocon/loads.json";

/// A text in those layers, and what becomes of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Loaded {
    pub(crate) text: String,
    pub(crate) load: Layers,
    pub(crate) verdict: Option<Verdict>,
}

/// The block that is unwrapped, and the properties of the JVM.
#[derive(Serialize, Deserialize)]
pub(crate) struct Layers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
    pub(crate) properties: BTreeMap<String, String>,
}

/// The texts of the corpus, each with the name of its file, in their order.
pub(crate) fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(CORPUS);
    let entries = std::fs::read_dir(folder).expect("the corpus").map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
    let mut all: Vec<_> = entries.map(|path| (name(&path), std::fs::read(&path).expect("a text"))).collect();
    all.retain(|(name, _)| !CORPUS_TABLES.contains(&name.as_str()));
    all.sort();
    all
}

/// What else lies in the folder.
const CORPUS_TABLES: [&str; 3] = ["verdicts.json", "loads.json", "pyhocon.json"];

/// The variables that are set where the real library runs.
pub(crate) const ENV: [(&str, &str); 3] = [("SET", "text"), ("ON", "true"), ("NUMBER", "5")];

/// What the real library made of a text: the class of its exception, or all that is there. A tree is null, a boolean, a text, a list,
/// `{"n": "NUMBER"}` or `{"o": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Error(String),
    Value(Tree),
}

/// What of the environment our reader is told.
pub(crate) fn env(name: &str) -> Told {
    let found = ENV.iter().find(|(known, _)| *known == name);
    found.map_or(Told::Unset, |(_, text)| Told::Set((*text).to_owned()))
}

/// Paths that are asked for in every text.
pub(crate) const ASKED: [&[&str]; 12] = [
    &["telemetry", "disable"],
    &["collector", "telemetry", "disable"],
    &["snowplow", "telemetry", "disable"],
    &["telemetry", "userProvidedId"],
    &["a"],
    &["b"],
    &["a", "b"],
    &["a", "b", "c"],
    &["b", "c"],
    &["t", "on"],
    &["x y"],
    &["t", "a", "b"],
];

/// The keys of a tree, if it is an object.
pub(crate) fn object(tree: &Tree) -> Option<&Map<String, Tree>> {
    tree.get("o")?.as_object()
}

/// The path of everything that is not in a list.
pub(crate) fn paths(tree: &Tree) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for (key, value) in object(tree).into_iter().flatten() {
        all.push(vec![key.clone()]);
        all.extend(paths(value).into_iter().map(|path| [vec![key.clone()], path].concat()));
    }
    all
}

fn same_number(ours: &str, theirs: &str) -> bool {
    let whole = |text: &str| text.parse::<i64>().ok();
    match (whole(ours), whole(theirs)) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => ours.parse::<f64>().ok() == theirs.parse::<f64>().ok(),
    }
}

fn same(ours: &Scalar, theirs: &Tree) -> bool {
    match (ours, theirs) {
        (Scalar::Null, theirs) => theirs.is_null(),
        (Scalar::Bool(value), theirs) => theirs.as_bool() == Some(*value),
        (Scalar::Text(text), theirs) => theirs.as_str() == Some(text),
        (Scalar::Number(text), theirs) => theirs["n"].as_str().is_some_and(|theirs| same_number(text, theirs)),
        (Scalar::Other, theirs) => theirs.is_array() || object(theirs).is_some(),
    }
}

/// Whether ours is what stands at a path of theirs.
fn stands(ours: &Field, theirs: &Tree, path: &[&str]) -> bool {
    let Some((key, rest)) = path.split_first() else {
        return matches!(ours, Field::Present(scalar) if same(scalar, theirs));
    };
    match (object(theirs), theirs.is_null()) {
        (Some(entries), _) => match entries.get(*key) {
            Some(value) => stands(ours, value, rest),
            None => *ours == Field::Absent,
        },
        (None, true) => *ours == Field::UnderNull,
        (None, false) => *ours == Field::UnderOther,
    }
}

/// What our reading of a text has that the real one has not, or the other way round. `included` says that the includes held something.
pub(crate) fn difference(source: &[u8], verdict: &Verdict, included: bool) -> Option<String> {
    let shown = String::from_utf8_lossy(source);
    let differs = |what: String| Some(format!("{shown:?}: {what}"));
    let theirs = match (verdict, look(source, &["a"], &env)) {
        (Verdict::Error(_), Err(_)) => return None,
        (Verdict::Error(class), Ok(_)) => {
            // What an include brings may be what is missed; and what is broken in the real library is its own.
            let open = includes(source).is_ok_and(|all| !all.is_empty());
            let fine =
                class == "BugOrBroken" || open && (included || class == "IO" || class == "UnresolvedSubstitution");
            return if fine { None } else { differs(format!("ours reads it, the real one: {class}")) };
        }
        (Verdict::Value(_), Err(error)) if is_stricter(&error) => return None,
        (Verdict::Value(_), Err(error)) => return differs(format!("ours: {error}, the real one reads it")),
        (Verdict::Value(tree), Ok(_)) => tree,
    };
    let own = paths(theirs);
    let own = own.iter().map(|path| path.iter().map(String::as_str).collect::<Vec<_>>());
    for path in own.chain(ASKED.iter().map(|path| path.to_vec())) {
        let looked = look(source, &path, &env).expect("readable");
        let open = looked.unknown || included && !looked.includes.is_empty();
        if !open && !stands(&looked.field, theirs, &path) {
            return differs(format!("{path:?}: ours {looked:?}, the real one has {theirs}"));
        }
        if looked.unknown && looked.field != Field::Present(Scalar::Other) {
            return differs(format!("{path:?}: not known, and yet {looked:?}"));
        }
        // Where nobody knows the environment, nothing that hangs on it is told.
        let blind = look(source, &path, &|_| Told::Unknown).expect("readable");
        if !blind.unknown && (blind.field, &blind.includes) != (looked.field, &looked.includes) {
            return differs(format!("{path:?}: told without the environment"));
        }
        let read = fields(source, LIMIT, &[&path]).expect("readable");
        let plain = read.field(0) != &Field::Present(Scalar::Other);
        if plain && (blind.unknown || !blind.includes.is_empty() || !stands(read.field(0), theirs, &path)) {
            return differs(format!("{path:?}: read as {:?}", read.field(0)));
        }
        let trouble = if open { None } else { list(source, theirs, &path) };
        if let Some(trouble) = trouble {
            return differs(trouble);
        }
    }
    None
}

/// Where lists differ.
fn list(source: &[u8], theirs: &Tree, path: &[&str]) -> Option<String> {
    let there = path.iter().try_fold(theirs, |tree, key| object(tree)?.get(*key)).and_then(Tree::as_array);
    let ours = length(source, LIMIT, path)?;
    let Some(there) = there else { return Some(format!("{path:?}: a list of {ours}")) };
    let items = gathered(source, LIMIT, &[path, &["*"]].concat()).expect("readable");
    let alike = |(ours, theirs): (&(Scalar, Option<u32>), &Tree)| ours.0 == Scalar::Other || same(&ours.0, theirs);
    let fine =
        there.len() == ours && (path.contains(&"*") || items.len() == ours && items.iter().zip(there).all(alike));
    (!fine).then(|| format!("{path:?}: ours {items:?}, the real one {there:?}"))
}

/// Where ours is stricter: what nests or repeats without bound, circles that the real library breaks at one place or another by the order in
/// which it comes to them, objects joined with lists.
fn is_stricter(error: &ReadError) -> bool {
    matches!(error.kind, ReadErrorKind::TooDeep | ReadErrorKind::TooOften | ReadErrorKind::Shape)
}

/// The tree with a leaf at a path; none where something else stands in the way.
pub(crate) fn with(tree: &Tree, path: &[&str], leaf: &Tree) -> Tree {
    let Some((key, rest)) = path.split_first() else { return leaf.clone() };
    let mut entries = object(tree).cloned().unwrap_or_default();
    let below = with(entries.get(*key).unwrap_or(&Tree::Null), rest, leaf);
    entries.insert((*key).to_owned(), below);
    serde_json::json!({ "o": entries })
}
