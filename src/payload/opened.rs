//! What is coded within a body, opened for reading.
//!
//! Promises: only a text that is base64 of a JSON object or list is replaced, by that; everything else stays as it is. Absent: packing
//! (`protocols`).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value as Tree;

/// The same tree with its texts in base64 opened.
#[must_use]
pub fn opened(tree: Tree) -> Tree {
    match tree {
        Tree::String(text) => coded(&text).unwrap_or(Tree::String(text)),
        Tree::Array(items) => Tree::Array(items.into_iter().map(opened).collect()),
        Tree::Object(pairs) => Tree::Object(pairs.into_iter().map(|(key, item)| (key, opened(item))).collect()),
        plain @ (Tree::Null | Tree::Bool(_) | Tree::Number(_)) => plain,
    }
}

fn coded(text: &str) -> Option<Tree> {
    let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()?;
    serde_json::from_slice(&bytes).ok().filter(|tree: &Tree| tree.is_object() || tree.is_array())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_in_base64_are_opened_and_ids_are_not() {
        let inner = json!({"schema": "iglu:x", "data": [1]});
        let ids = json!(["4b7c9a0c1d2e3f405162738495a6b7c8", "MTIzNA==", "null", "e30"]);
        for coded in [URL_SAFE.encode(inner.to_string()), STANDARD.encode(inner.to_string())] {
            let tree = json!({"a": [{"ue_px": coded}], "ids": ids});
            assert_eq!(opened(tree), json!({"a": [{"ue_px": inner}], "ids": ids}));
        }
    }
}
