//! Protocol `json`: one document an event, alone, in an array, or one a line.
//!
//! The usual document is `{"id","event","phase","pair","time","tool","user_id","project_id","provided_id","fields","facts"}`, keys without a
//! value left out; a manifest may give its own (see `manifest/template.rs`).
//!
//! Promises: keys come in the order written here or in the manifest. Absent: pretty printing.

use serde_json::{Map, Value as Tree};

use crate::manifest::destinations::{Batch, Form};
use crate::manifest::events::Value;
use crate::manifest::template::{Reference, Template, Word, word};
use crate::manifest::tool::{Fact, IdKind};
use crate::payload::event::Phase;
use crate::payload::protocol::{BodyLimits, Protocol, Said};

/// Most documents in one body: small enough that a refused body costs little, large enough that the request's own cost is
/// spread over many.
const MOST_DOCUMENTS: usize = 500;
/// Most bytes in one body: under the 1 MB that common web servers take by default.
const MOST_BYTES: usize = 500_000;

/// The protocol.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a> {
    form: &'a Form,
}

impl<'a> Json<'a> {
    /// The protocol in this form.
    #[must_use]
    pub const fn new(form: &'a Form) -> Self {
        Self { form }
    }
}

impl Protocol for Json<'_> {
    fn limits(&self) -> BodyLimits {
        match self.form.batch {
            Batch::Single => BodyLimits { documents: 1, bytes: MOST_BYTES },
            Batch::Array | Batch::Lines => BodyLimits { documents: MOST_DOCUMENTS, bytes: MOST_BYTES },
        }
    }

    fn document(&self, said: Said<'_>) -> Vec<u8> {
        let tree = match &self.form.document {
            Some(template) => fill(template, said, false).unwrap_or(Tree::Null),
            None => usual(said),
        };
        serde_json::to_vec(&tree).unwrap_or_default()
    }

    fn overhead(&self, documents: usize) -> usize {
        match self.form.batch {
            Batch::Single => 0,
            Batch::Array => documents.saturating_add(1),
            Batch::Lines => documents,
        }
    }

    fn body(&self, documents: &[Vec<u8>]) -> Vec<u8> {
        match self.form.batch {
            Batch::Single => documents.concat(),
            Batch::Array => [b"[".as_slice(), &documents.join(&b','), b"]"].concat(),
            Batch::Lines => documents.iter().flat_map(|document| document.iter().copied().chain([b'\n'])).collect(),
        }
    }

    fn content_type(&self) -> &'static str {
        match self.form.batch {
            Batch::Single | Batch::Array => "application/json",
            Batch::Lines => "application/x-ndjson",
        }
    }
}

/// The usual document, as a template.
const USUAL: &[(&str, Reference<'static>)] = &[
    ("id", Reference::Id),
    ("event", Reference::Event),
    ("phase", Reference::Phase),
    ("pair", Reference::Pair),
    ("time", Reference::Time),
    ("tool", Reference::Tool),
    ("user_id", Reference::UserId),
    ("project_id", Reference::ProjectId),
    ("provided_id", Reference::ProvidedId),
    ("fields", Reference::Fields),
    ("facts", Reference::Facts),
];

fn usual(said: Said<'_>) -> Tree {
    let pairs = USUAL.iter().filter_map(|(key, reference)| Some(((*key).to_owned(), resolve(*reference, said)?)));
    Tree::Object(pairs.collect())
}

/// The document with its references filled in; `None` where one has no value. A key whose value has none is left out; within a list's
/// element (`whole`) the element is left out instead.
fn fill(template: &Template, said: Said<'_>, whole: bool) -> Option<Tree> {
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

fn resolve(reference: Reference<'_>, said: Said<'_>) -> Option<Tree> {
    let Said { tool, event, who, withheld } = said;
    let text = |text: &str| Some(Tree::String(text.to_owned()));
    let carries = |kind: IdKind| !withheld.ids.contains(&kind);
    let field = |name: &str| !withheld.fields.iter().any(|field| field.as_str() == name);
    let fact = |fact: Fact| !withheld.facts.contains(&fact);
    match reference {
        Reference::Id => text(&event.id),
        Reference::Event => text(&event.name),
        Reference::Phase => text(event.pair.as_ref().map(|(phase, _): &(Phase, _)| phase.as_str())?),
        Reference::Pair => text(event.pair.as_ref()?.1.as_str()),
        Reference::Time => text(&event.time.rfc3339()),
        Reference::Tool => text(tool.as_str()),
        Reference::UserId => text(who.user.as_ref().filter(|_| carries(IdKind::User))?.as_str()),
        Reference::ProjectId => text(who.project.as_ref().filter(|_| carries(IdKind::Project))?.as_str()),
        Reference::ProvidedId => text(who.provided.as_ref().filter(|_| carries(IdKind::Provided))?.as_str()),
        Reference::Fields => {
            let kept = event.fields.iter().filter(|(name, _)| field(name));
            object(kept.map(|(name, value)| (name.clone(), tree(value))).collect())
        }
        Reference::Facts => {
            let kept = event.facts.iter().filter(|(name, _)| fact(*name));
            object(kept.map(|(name, value)| (name.as_str().to_owned(), Tree::String(value.clone()))).collect())
        }
        Reference::Field(name) => {
            event.fields.iter().find(|(there, _)| there == name && field(there)).map(|(_, value)| tree(value))
        }
        Reference::Fact(name) => {
            let found = event.facts.iter().find(|(there, _)| there.as_str() == name && fact(*there));
            found.map(|(_, value)| Tree::String(value.clone()))
        }
    }
}

fn object(pairs: Map<String, Tree>) -> Option<Tree> {
    (!pairs.is_empty()).then_some(Tree::Object(pairs))
}

fn tree(value: &Value) -> Tree {
    match value {
        Value::Bool(value) => Tree::Bool(*value),
        Value::Integer(value) => Tree::Number((*value).into()),
        Value::Number(value) => serde_json::Number::from_f64(*value).map_or(Tree::Null, Tree::Number),
        Value::Text(text) => Tree::String(text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::answer::Withheld;
    use crate::host::clock::Timestamp;
    use crate::identity::ids::Id;
    use crate::identity::names::{FieldName, ToolName};
    use crate::manifest::parse;
    use crate::payload::event::{Event, Who, accept, values};

    fn event() -> Event {
        Event {
            id: "63da4e74-c000-4879-aa4f-0b58d1884301".to_owned(),
            name: "command".to_owned(),
            time: Timestamp::from_ms(1_795_226_400_000),
            pair: None,
            fields: vec![("name".to_owned(), Value::Text("sync".to_owned())), ("count".to_owned(), Value::Integer(1))],
            facts: vec![(Fact::Os, "linux".to_owned())],
        }
    }

    fn rendered(form: &Form, withheld: &Withheld) -> String {
        let who = Who { user: Id::new("tcs_0f3c").ok(), ..Who::default() };
        let tool = ToolName::new("acme").expect("a name");
        let document = Json::new(form).document(Said { tool: &tool, event: &event(), who: &who, withheld });
        String::from_utf8(Json::new(form).body(&[document])).expect("text")
    }

    #[test]
    fn the_usual_document_leaves_out_what_has_no_value() {
        let form = Form { batch: Batch::Array, document: None };
        assert_eq!(
            rendered(&form, &Withheld::default()),
            r#"[{"id":"63da4e74-c000-4879-aa4f-0b58d1884301","event":"command","time":"2026-11-21T02:00:00.000Z","tool":"acme","user_id":"tcs_0f3c","fields":{"name":"sync","count":1},"facts":{"os":"linux"}}]"#
        );
    }

    #[test]
    fn what_is_withheld_is_in_no_form() {
        let form = Form { batch: Batch::Lines, document: None };
        let name = FieldName::new("name").expect("a name");
        let withheld = Withheld { fields: vec![name], facts: vec![Fact::Os], ids: vec![IdKind::User] };
        let text = rendered(&form, &withheld);
        assert!(!text.contains("sync") && !text.contains("linux") && !text.contains("tcs_"), "{text}");
        assert!(text.ends_with("\"fields\":{\"count\":1}}\n"), "{text}");
    }

    #[test]
    fn the_documented_server_says_what_grouparoo_says() {
        let source = include_str!("../manifest/examples/beacon.yml");
        let manifest = parse::manifest(source.as_bytes()).expect("valid");
        let destination = manifest.destinations.first().expect("a destination");
        let bodies: Vec<String> = manifest
            .events
            .iter()
            .map(|declared| {
                let given: Vec<(String, String)> =
                    declared.example.iter().map(|(name, text)| (name.to_string(), text.clone())).collect();
                let fields = values(accept(declared, None, &given).expect("accepted"), None);
                let facts = vec![(Fact::Os, "linux".to_owned()), (Fact::Version, "1.2.3".to_owned())];
                let event = Event { name: declared.name.to_string(), fields, facts, ..event() };
                let who = Who { user: Id::new("4b7c").ok(), ..Who::default() };
                let said = Said { tool: &manifest.tool, event: &event, who: &who, withheld: &Withheld::default() };
                let document = Json::new(&destination.form).document(said);
                String::from_utf8(Json::new(&destination.form).body(&[document])).expect("text")
            })
            .collect();
        assert_eq!(
            bodies,
            [
                r#"{"id":"4b7c","name":"beacon","trigger":"start","metrics":[{"collection":"cluster","topic":"os","aggregation":"exact","value":"linux"},{"collection":"cluster","topic":"version","aggregation":"exact","value":"1.2.3"},{"collection":"cluster","topic":"database","aggregation":"exact","value":"sqlite"}]}"#,
                r#"{"id":"4b7c","name":"beacon","trigger":"timer","metrics":[{"collection":"cluster","topic":"os","aggregation":"exact","value":"linux"},{"collection":"cluster","topic":"version","aggregation":"exact","value":"1.2.3"},{"collection":"watcher","topic":"watcher","aggregation":"count","count":10},{"collection":"deploy","topic":"deploy","aggregation":"count","count":1}]}"#,
            ]
        );
    }

    #[test]
    fn grouparoos_form_can_be_written_as_a_template() {
        let template = r#"{"id":"$user_id","name":"My Cluster","trigger":"cli_run","metrics":[
            {"collection":"cluster","topic":"os","aggregation":"exact","value":"$fact.os"},
            {"collection":"cluster","topic":"arch","aggregation":"exact","value":"$fact.arch"},
            {"collection":"cli","topic":"$field.name","aggregation":"count","count":"$field.count"}]}"#;
        let form = Form { batch: Batch::Single, document: serde_json::from_str(template).ok() };
        assert_eq!(
            rendered(&form, &Withheld::default()),
            r#"{"id":"tcs_0f3c","name":"My Cluster","trigger":"cli_run","metrics":[{"collection":"cluster","topic":"os","aggregation":"exact","value":"linux"},{"collection":"cli","topic":"sync","aggregation":"count","count":1}]}"#
        );
    }
}
