//! Documents of an author's own: a template with its references filled in.
//!
//! Promises: a reference without a value leaves out the key, or within a list the item, that it stands in. Absent: whether a
//! reference can have a value at all (`manifest/parse/documents.rs`).

use serde_json::{Map, Value as Tree};

use crate::manifest::template::{Reference, Template, Word, word};
use crate::payload::said::{Said, tree};

/// The document with its references filled in; `None` where one has no value. A key whose value has none is left out; within a list's
/// element (`whole`) the element is left out instead.
#[must_use]
pub fn fill(template: &Template, said: Said<'_>, whole: bool) -> Option<Tree> {
    Some(match template {
        Template::Null => Tree::Null,
        Template::Bool(value) => Tree::Bool(*value),
        Template::Number(value) => Tree::Number(value.clone()),
        Template::Text(text) => match word(text) {
            Word::Plain(plain) => Tree::String(plain.to_owned()),
            Word::Reference(reference) => return resolve(reference, said),
            Word::Unknown => return None,
        },
        Template::List(items) => Tree::Array(items.iter().filter_map(|item| fill(item, said, true)).collect()),
        Template::Map(pairs) => {
            let mut filled = Map::new();
            for (key, item) in pairs {
                match fill(item, said, whole) {
                    Some(value) => {
                        filled.insert(key.clone(), value);
                    }
                    None if whole => return None,
                    None => {}
                }
            }
            Tree::Object(filled)
        }
    })
}

/// Whether the document has references.
#[must_use]
pub fn refers(template: &Template) -> bool {
    match template {
        Template::Null | Template::Bool(_) | Template::Number(_) => false,
        Template::Text(text) => !matches!(word(text), Word::Plain(_)),
        Template::List(items) => items.iter().any(refers),
        Template::Map(pairs) => pairs.iter().any(|(_, item)| refers(item)),
    }
}

/// Whether one of its references has a value.
#[must_use]
pub fn holds(template: &Template, said: Said<'_>) -> bool {
    match template {
        Template::Null | Template::Bool(_) | Template::Number(_) => false,
        Template::Text(_) => refers(template) && fill(template, said, false).is_some(),
        Template::List(items) => items.iter().any(|item| holds(item, said)),
        Template::Map(pairs) => pairs.iter().any(|(_, item)| holds(item, said)),
    }
}

/// What a reference stands for; `None` where it has no value.
#[must_use]
pub fn resolve(reference: Reference<'_>, said: Said<'_>) -> Option<Tree> {
    let text = |text: &str| Tree::String(text.to_owned());
    match reference {
        Reference::Id => Some(text(&said.event.id)),
        Reference::Event => Some(text(&said.event.name)),
        Reference::Purpose => said.purpose().map(text),
        Reference::Phase => said.phase().map(text),
        Reference::Pair => said.pair().map(text),
        Reference::Time => Some(text(&said.event.time.rfc3339())),
        Reference::Tool => Some(text(said.manifest.tool.as_str())),
        Reference::UserId => said.user().map(text),
        Reference::ProjectId => said.project().map(text),
        Reference::ProvidedId => said.provided().map(text),
        Reference::Fields => object(said.fields().map(|(name, value)| (name.to_owned(), tree(value))).collect()),
        Reference::Facts => object(said.facts().map(|(fact, value)| (fact.as_str().to_owned(), text(value))).collect()),
        Reference::Field(name) => said.fields().find(|(there, _)| *there == name).map(|(_, value)| tree(value)),
        Reference::Fact(name) => said.facts().find(|(there, _)| there.as_str() == name).map(|(_, value)| text(value)),
    }
}

fn object(pairs: Map<String, Tree>) -> Option<Tree> {
    (!pairs.is_empty()).then_some(Tree::Object(pairs))
}
