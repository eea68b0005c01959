//! Protocol `json`: one document an event, alone, in an array, or one a line.
//!
//! The usual document is `{"id","event","purpose","phase","pair","time","tool","user_id","project_id","provided_id","fields","facts"}`, keys without a
//! value left out; a manifest may give its own (see `manifest/template.rs`).
//!
//! Promises: keys come in the order written here or in the manifest. Absent: pretty printing.

use serde::{Serialize, Serializer};
use serde_json::Value as Tree;

use crate::manifest::forms::ProtocolName;
use crate::manifest::forms::json::JsonForm;
use crate::manifest::forms::wrap::Batch;
use crate::payload::answer::{Answer, Meaning, Reading};
use crate::payload::deletion::Order;
use crate::payload::fill::fill;
use crate::payload::opened::opened;
use crate::payload::protocol::{BodyLimits, Document, Protocol};
use crate::payload::retries;
use crate::payload::said::{Said, Scalar};

/// Most documents in one body: small enough that a refused body costs little, large enough that the request's own cost is
/// spread over many.
const MOST_DOCUMENTS: usize = 500;
/// Most bytes in one body: under the 1 MB that common web servers take by default.
const MOST_BYTES: usize = 500_000;

/// The protocol.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a> {
    form: &'a JsonForm,
}

impl<'a> Json<'a> {
    /// The protocol in this form.
    #[must_use]
    pub const fn new(form: &'a JsonForm) -> Self {
        Self { form }
    }
}

impl Protocol for Json<'_> {
    fn name(&self) -> ProtocolName {
        ProtocolName::Json
    }

    fn limits(&self) -> BodyLimits {
        match self.form.batch {
            Batch::Single => BodyLimits { documents: 1, bytes: MOST_BYTES },
            Batch::Array | Batch::Lines => BodyLimits { documents: MOST_DOCUMENTS, bytes: MOST_BYTES },
        }
    }

    fn document(&self, said: Said<'_>) -> Document {
        Document::of(match &self.form.document {
            Some(template) => {
                let tree = fill(template, said, false).unwrap_or(Tree::Null);
                serde_json::to_vec(&tree).unwrap_or_default()
            }
            None => usual(said),
        })
    }

    fn overhead(&self, documents: usize) -> usize {
        match self.form.batch {
            Batch::Single => 0,
            Batch::Array => documents.saturating_add(1),
            Batch::Lines => documents,
        }
    }

    fn body(&self, documents: &[Document]) -> Vec<u8> {
        let all = || documents.iter().map(|document| document.bytes.as_slice());
        match self.form.batch {
            Batch::Single => all().collect::<Vec<_>>().concat(),
            Batch::Array => [b"[".as_slice(), &all().collect::<Vec<_>>().join(&b','), b"]"].concat(),
            Batch::Lines => all().flat_map(|bytes| [bytes, b"\n"]).collect::<Vec<_>>().concat(),
        }
    }

    fn content_type(&self) -> &'static str {
        match self.form.batch {
            Batch::Single | Batch::Array => "application/json",
            Batch::Lines => "application/x-ndjson",
        }
    }

    /// A receiver that answers with how many it took, or with an id of its own, has acknowledged; any other yes is a delivery.
    fn read(&self, answer: &Answer<'_>, events: &[&str]) -> Reading {
        let reading = Reading::of(retries::meaning(self.name(), answer.status));
        let Some(Tree::Object(said)) = answer.json().filter(|_| reading.meaning.is_taken()) else { return reading };
        let all = u64::try_from(events.len()).ok();
        let named = said.get("id").is_some_and(Tree::is_string);
        let counted = all.is_some() && said.get("accepted").and_then(Tree::as_u64) == all;
        if named || counted { Reading::of(Meaning::Acknowledged) } else { reading }
    }

    /// The order's own document, wrapped as events are.
    fn order(&self, order: &Order) -> Option<Vec<u8>> {
        Some(self.body(&[Document::of(order.body())]))
    }

    fn opened(&self, body: &[u8]) -> Option<Tree> {
        match self.form.batch {
            Batch::Single | Batch::Array => serde_json::from_slice(body).ok().map(opened),
            Batch::Lines => {
                let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                lines.map(|line| serde_json::from_slice(line).ok().map(opened)).collect::<Option<_>>().map(Tree::Array)
            }
        }
    }
}

/// The usual document, written without a tree of it: it is most of what a flush does.
#[derive(Serialize)]
struct Usual<'a> {
    id: &'a str,
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    time: String,
    tool: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provided_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Fields<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Facts<'a>>,
}

struct Fields<'a>(Said<'a>);
struct Facts<'a>(Said<'a>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.fields().map(|(name, value)| (name, Scalar::of(value))))
    }
}

impl Serialize for Facts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.facts().map(|(fact, value)| (fact.as_str(), value)))
    }
}

fn usual(said: Said<'_>) -> Vec<u8> {
    let document = Usual {
        id: &said.event.id,
        event: &said.event.name,
        purpose: said.purpose(),
        phase: said.phase(),
        pair: said.pair(),
        time: said.event.time.rfc3339(),
        tool: said.manifest.tool.as_str(),
        user_id: said.user(),
        project_id: said.project(),
        provided_id: said.provided(),
        fields: said.fields().next().map(|_| Fields(said)),
        facts: said.facts().next().map(|_| Facts(said)),
    };
    serde_json::to_vec(&document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::answer::Withheld;
    use crate::host::clock::Timestamp;
    use crate::identity::ids::Id;
    use crate::identity::names::FieldName;
    use crate::manifest::events::Value;
    use crate::manifest::forms::Speech;
    use crate::manifest::parse;
    use crate::manifest::tool::{Fact, IdKind, Manifest};
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

    fn manifest() -> Manifest {
        let source = "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\ndestinations: {d: {file: d.jsonl}}\n\
            events: {command: {description: A command, purpose: product, fields: {name: {type: boolean, description: d}}}}\n";
        parse::manifest(source.as_bytes()).expect("valid")
    }

    fn rendered(form: &JsonForm, withheld: &Withheld) -> String {
        let who = Who { user: Id::new("tcs_0f3c").ok(), ..Who::default() };
        let said = Said { manifest: &manifest(), event: &event(), who: &who, withheld };
        let document = Json::new(form).document(said);
        String::from_utf8(Json::new(form).body(&[document])).expect("text")
    }

    #[test]
    fn the_usual_document_leaves_out_what_has_no_value() {
        let form = JsonForm { batch: Batch::Array, document: None };
        assert_eq!(
            rendered(&form, &Withheld::default()),
            r#"[{"id":"63da4e74-c000-4879-aa4f-0b58d1884301","event":"command","purpose":"product","time":"2026-11-21T02:00:00.000Z","tool":"acme","user_id":"tcs_0f3c","fields":{"name":"sync","count":1},"facts":{"os":"linux"}}]"#
        );
    }

    #[test]
    fn what_is_withheld_is_in_no_form() {
        let form = JsonForm { batch: Batch::Lines, document: None };
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
                let said = Said { manifest: &manifest, event: &event, who: &who, withheld: &Withheld::default() };
                let Speech::Json(form) = &destination.form.speech else { panic!("another protocol") };
                let document = Json::new(form).document(said);
                String::from_utf8(Json::new(form).body(&[document])).expect("text")
            })
            .collect();
        assert_eq!(
            bodies,
            [
                r#"{"id":"4b7c","name":"beacon","trigger":"start","metrics":[{"collection":"cluster","topic":"os","aggregation":"exact","value":"linux"},{"collection":"cluster","topic":"version","aggregation":"exact","value":"1.2.3"},{"collection":"cluster","topic":"database","aggregation":"exact","value":"sqlite"}]}"#,
                r#"{"id":"4b7c","name":"beacon","trigger":"timer","metrics":[{"collection":"cluster","topic":"os","aggregation":"exact","value":"linux"},{"collection":"cluster","topic":"version","aggregation":"exact","value":"1.2.3"},{"collection":"watcher","topic":"watcher","aggregation":"count","count":10},{"collection":"deploy","topic":"deploy","aggregation":"count","count":1}]}"#,
                r#"{"id":"4b7c","name":"beacon","trigger":"alive","metrics":[{"collection":"cluster","topic":"os","aggregation":"exact","value":"linux"},{"collection":"cluster","topic":"version","aggregation":"exact","value":"1.2.3"},{"collection":"cluster","topic":"alive","aggregation":"exact","value":"shutdown"}]}"#,
            ]
        );
    }

    #[test]
    fn grouparoos_form_can_be_written_as_a_template() {
        let template = r#"{"id":"$user_id","name":"My Cluster","trigger":"cli_run","metrics":[
            {"collection":"cluster","topic":"os","aggregation":"exact","value":"$fact.os"},
            {"collection":"cluster","topic":"arch","aggregation":"exact","value":"$fact.arch"},
            {"collection":"cli","topic":"$field.name","aggregation":"count","count":"$field.count"}]}"#;
        let form = JsonForm { batch: Batch::Single, document: serde_json::from_str(template).ok() };
        assert_eq!(
            rendered(&form, &Withheld::default()),
            r#"{"id":"tcs_0f3c","name":"My Cluster","trigger":"cli_run","metrics":[{"collection":"cluster","topic":"os","aggregation":"exact","value":"linux"},{"collection":"cli","topic":"sync","aggregation":"count","count":1}]}"#
        );
    }
}
