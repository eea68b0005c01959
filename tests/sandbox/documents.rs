//! Random documents in several formats, and for each a reader that is not the one that is tried.
//!
//! Promises: a reader gives none where it cannot tell for sure what a document says. Absent: HOCON and HCL, which are compared with what
//! their own readers made of a folder of texts.

use proptest::prelude::{Strategy, any, prop};
use serde_json::{Map, Value as Tree, json};

/// The ends of lines, the mark before them and the last newline.
fn dressed(text: &str, crlf: bool, bom: bool, end: bool) -> String {
    let text = if end && !text.is_empty() { format!("{text}\n") } else { text.to_owned() };
    let text = if crlf { text.replace('\n', "\r\n") } else { text };
    format!("{}{text}", if bom { "\u{feff}" } else { "" })
}

fn some(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(words)
}

const JSON: &[&str] = &[
    "true",
    "null",
    "1.50",
    "\"x // y\"",
    "\"a\\\"}\"",
    "[]",
    "[1, {\"id\": 2}]",
    "{}",
    "{\"id\": null}",
    "{ \"id\" : 1 }",
    "{\"id\":\"x\",\"b\":2}",
    "{\"b\": 1, \"in\": {\"id\": 1}}",
    "-1e5",
    "{\n    \"id\": true,\n    \"b\": {}\n  }",
    "{\n  }",
];

/// Comments as `json_tree` knows them.
const NOTES: &[&str] = &["", "", " /*c*/", " /*,*/ ", " //c\n"];

pub(crate) fn json(loose: bool) -> impl Strategy<Value = String> {
    let key = some(&["k", "t", "a", "b", "t"]);
    let entry = (key, some(&[": ", ":", " : "]), some(JSON), some(NOTES), some(NOTES));
    let gaps = some(&["\n  ", " ", "", "\n\t"]);
    (prop::collection::vec(entry, 0..5), gaps, any::<(bool, bool, bool, bool)>()).prop_map(
        move |(entries, gap, (crlf, bom, end, last))| {
            let mut seen = Vec::new();
            let mut text = String::from("{");
            let mut first = true;
            for (key, colon, value, before, after) in entries {
                if seen.contains(&key) {
                    continue;
                }
                seen.push(key);
                let (before, after) = if loose { (before, after) } else { ("", "") };
                text += &format!("{}{before}{gap}\"{key}\"{colon}{value}{after}", if first { "" } else { "," });
                first = false;
            }
            text += if loose && last && !first { "," } else { "" };
            text += if gap.starts_with('\n') { "\n}" } else { "}" };
            dressed(&text, crlf, bom, end)
        },
    )
}

pub(crate) fn json_tree(text: &str) -> Option<Tree> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()
}

/// Without the comments that were put in, and the last comma of all or of the object within.
pub(crate) fn jsonc_tree(text: &str) -> Option<Tree> {
    let bare: String = text.trim_start_matches('\u{feff}').replace("/*c*/", "").replace("/*,*/", "").replace("//c", "");
    let mut kept = String::new();
    for c in bare.chars() {
        if c == '}' {
            let end = kept.trim_end();
            if end.ends_with(',') {
                kept.truncate(end.len() - 1);
            }
        }
        kept.push(c);
    }
    serde_json::from_str(&kept).ok()
}

const TOML: &[&str] = &[
    "true",
    "1_000",
    "-1.50",
    "'x # y'",
    "\"a\\n\"",
    "[]",
    "[1, 2]",
    "{}",
    "{ id = 1 }",
    "{id=1, b='}'}",
    "{ in = { id = true } }",
];

pub(crate) fn toml() -> impl Strategy<Value = String> {
    let line = (
        some(&["", "", "", "# c\n", "\n", "[t]\n", "[u]\n", "[t.in]\n"]),
        some(&["k", "a", "b", "id", "t.b", "x.y"]),
        some(&[" = ", "=", "  =  "]),
        some(TOML),
        some(&["", "", " # c", "\t#"]),
        some(&["", "", "  "]),
    );
    (prop::collection::vec(line, 0..6), any::<(bool, bool, bool)>()).prop_map(|(lines, (crlf, bom, end))| {
        let line = |(before, key, sign, value, after, indent)| format!("{before}{indent}{key}{sign}{value}{after}");
        let text = lines.into_iter().map(line).collect::<Vec<String>>().join("\n");
        dressed(&text, crlf, bom, end)
    })
}

pub(crate) fn toml_tree(text: &str) -> Option<Tree> {
    basic_toml::from_str(&text.trim_start_matches('\u{feff}').replace("\r\n", "\n")).ok()
}

pub(crate) fn ini() -> impl Strategy<Value = String> {
    let line = (
        some(&["", "", "", "; c\n", "# c\n", "\n", "[t]\n", "[u] ; c\n"]),
        some(&["k", "a", "ID", "id", "t"]),
        some(&[" = ", "=", ": "]),
        some(&["true", "x y", "", "a=b", "1;2", "é"]),
    );
    (prop::collection::vec(line, 0..6), any::<(bool, bool, bool)>()).prop_map(|(lines, (crlf, bom, end))| {
        let line = |(before, key, sign, value)| format!("{before}{key}{sign}{value}");
        let text = lines.into_iter().map(line).collect::<Vec<String>>().join("\n");
        dressed(&text, crlf, bom, end)
    })
}

/// Sections as objects; none where something stands twice. Keys before the first section are beside them.
pub(crate) fn ini_tree(text: &str) -> Option<Tree> {
    let mut tree = Map::new();
    let mut section = None;
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name.split(']').next()?.to_owned();
            if tree.insert(name.clone(), json!({})).is_some() {
                return None;
            }
            section = Some(name);
            continue;
        }
        let (key, value) = line.split_once(['=', ':'])?;
        let map = match &section {
            Some(name) => tree.get_mut(name)?.as_object_mut()?,
            None => &mut tree,
        };
        if map.insert(key.trim().to_ascii_lowercase(), json!(value.trim())).is_some() {
            return None;
        }
    }
    Some(Tree::Object(tree))
}

/// Entries of a document in YAML, `@` for the key, and what may stand between them.
const YAML: &[&str] = &[
    "# comment",
    "",
    "  # indented, comment",
    "@: true",
    "@: 'x # y' # why",
    "@:",
    "@: ~ # none",
    "@: 12345678901234567890123456789012",
    "@: {}",
    "@: {id: 1, b: [2, 3]} # flow",
    "@:\n  id: x # in\n  b: 2",
    "@:\n    # in\n    id:",
    "@: |\n  text\n  # text",
    "@: >-\n  text\n\n  more",
    "@: |+\n  keep\n",
    "@:\n- 1\n- id: 2",
    "@: one\n  two",
    "\"@\" : \"é\\n\"",
    "@: && 1",
    "@: {\n  id: 1, # c\n  }",
    "@: [1,\n  2]",
    "? @\n: 5",
    "@: \"#\"",
];

pub(crate) fn yaml() -> impl Strategy<Value = String> {
    let lines = prop::collection::vec((some(YAML), some(&["k", "t", "", ""])), 0..6);
    (lines, any::<(bool, bool, bool, bool)>()).prop_map(|(lines, (crlf, bom, start, end))| {
        let line = |(at, (piece, key)): (usize, &(&str, &str))| match *key {
            "" => piece.replace('@', &format!("a{at}")),
            key => piece.replace('@', key),
        };
        let text = lines.iter().enumerate().map(line).collect::<Vec<String>>().join("\n").replace("&&", "&x");
        dressed(&format!("{}{text}", if start { "---\n" } else { "" }), crlf, bom, end)
    })
}

/// Nothing at all is a document without keys.
pub(crate) fn yaml_tree(text: &str) -> Option<Tree> {
    let value: serde_yaml::Value = serde_yaml::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let tree = serde_json::to_value(value).ok()?;
    Some(if tree.is_null() { json!({}) } else { tree })
}
