//! Protocol `cloudevents`: CloudEvents 1.0 over HTTP in JSON, one event a request (structured mode) or many (batched mode).
//!
//! | attribute | what it is |
//! |---|---|
//! | `id` | the event's id; with `source` it tells repeats |
//! | `source` | the manifest's; else `urn:uuid:` and the user id, or `urn:telemetry:TOOL:ID` for an id that is no UUID, or `urn:telemetry:TOOL` for nobody |
//! | `type` | what `names` says; else the manifest's `prefix`, or the tool, and the event's name |
//! | `subject` | the user id, where `source` is the manifest's |
//! | `time`, `dataschema` | the event's time, its schema |
//! | `data` | fields, purpose, phase, pair, project's and provided id, and facts as `fact_NAME` |
//!
//! Promises: batches only where the manifest asks for them: a sender must not use them unless the receiver does. Absent: the binary
//! mode, the handshake of web hooks.

use std::borrow::Cow;

use serde::Serialize;

use crate::manifest::forms::cloudevents::CloudEventsForm;
use crate::manifest::forms::wrap::Batch;
use crate::manifest::forms::{Form, ProtocolName};
use crate::payload::deletion::{Named, Order};
use crate::payload::protocol::{BodyLimits, Document, Protocol};
use crate::payload::said::{Flat, Said};

/// Most events in one body: as in `json`, small enough that a refused body costs little.
const MOST_DOCUMENTS: usize = 500;
/// Most bytes in one body: under the 1 MB that common web servers take by default.
const MOST_BYTES: usize = 500_000;
/// Most bytes of a body of one event: what everything between has to pass on, by the specification.
const MOST_ALONE: usize = 65_536;

/// The protocol.
#[derive(Debug, Clone, Copy)]
pub struct CloudEvents<'a> {
    form: &'a Form,
    options: &'a CloudEventsForm,
}

#[derive(Serialize)]
struct CloudEvent<'a, D: Serialize> {
    specversion: &'static str,
    id: &'a str,
    source: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    time: String,
    datacontenttype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataschema: Option<&'a str>,
    data: D,
}

/// What a deletion order says.
#[derive(Serialize)]
struct Ids<'a> {
    ids: &'a [Named],
}

impl<'a> CloudEvents<'a> {
    /// The protocol with these options of its form.
    #[must_use]
    pub const fn new(form: &'a Form, options: &'a CloudEventsForm) -> Self {
        Self { form, options }
    }

    fn source<'b>(&'b self, tool: &str, user: Option<&str>) -> Cow<'b, str> {
        match (&self.options.source, user) {
            (Some(source), _) => Cow::Borrowed(source),
            (None, Some(user)) => Cow::Owned(source_of(tool, user)),
            (None, None) => Cow::Owned(format!("urn:telemetry:{tool}")),
        }
    }

    fn kind<'b>(&'b self, tool: &str, name: &str) -> Cow<'b, str> {
        let prefix = self.options.prefix.as_deref().unwrap_or(tool);
        Cow::Owned(format!("{prefix}.{name}"))
    }

    /// The user id, where the source does not say it.
    fn subject<'b>(&self, user: Option<&'b str>) -> Option<&'b str> {
        user.filter(|_| self.options.source.is_some())
    }

    fn event<D: Serialize>(&self, event: &CloudEvent<'_, D>) -> Vec<u8> {
        serde_json::to_vec(event).unwrap_or_default()
    }
}

/// A reference that names the source by a user id.
fn source_of(tool: &str, user: &str) -> String {
    uuid(user).map_or_else(|| format!("urn:telemetry:{tool}:{user}"), |uuid| format!("urn:uuid:{uuid}"))
}

/// The id with hyphens, where it is a UUID in lower case: only what reads back as it was written, so that who is asked for deletion
/// finds it.
fn uuid(user: &str) -> Option<String> {
    let digits = user.replace('-', "");
    let parts = [digits.get(..8)?, digits.get(8..12)?, digits.get(12..16)?, digits.get(16..20)?, digits.get(20..)?];
    let hyphenated = parts.join("-");
    let is_uuid = digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (is_uuid && (user == digits || user == hyphenated)).then_some(hyphenated)
}

impl Protocol for CloudEvents<'_> {
    fn name(&self) -> ProtocolName {
        ProtocolName::CloudEvents
    }

    fn limits(&self) -> BodyLimits {
        match self.options.batch {
            Batch::Single => BodyLimits { documents: 1, bytes: MOST_ALONE },
            Batch::Array | Batch::Lines => BodyLimits { documents: MOST_DOCUMENTS, bytes: MOST_BYTES },
        }
    }

    fn document(&self, said: Said<'_>) -> Document {
        let (tool, name) = (said.manifest.tool.as_str(), said.event.name.as_str());
        let theirs = self.form.names.iter().find(|(event, _)| event.as_str() == name);
        let kind = theirs.map_or_else(|| self.kind(tool, name), |(_, theirs)| Cow::Borrowed(theirs.as_str()));
        Document::of(self.event(&CloudEvent {
            specversion: "1.0",
            id: &said.event.id,
            source: self.source(tool, said.user()),
            kind,
            subject: self.subject(said.user()),
            time: said.event.time.rfc3339(),
            datacontenttype: "application/json",
            dataschema: self.options.schema_of(name),
            data: Flat { said, placed: &[] },
        }))
    }

    fn overhead(&self, documents: usize) -> usize {
        match self.options.batch {
            Batch::Single => 0,
            Batch::Array | Batch::Lines => documents.saturating_add(1),
        }
    }

    fn body(&self, documents: &[Document]) -> Vec<u8> {
        let all: Vec<&[u8]> = documents.iter().map(|document| document.bytes.as_slice()).collect();
        match self.options.batch {
            Batch::Single => all.concat(),
            Batch::Array | Batch::Lines => [b"[".as_slice(), &all.join(&b','), b"]"].concat(),
        }
    }

    fn content_type(&self) -> &'static str {
        match self.options.batch {
            Batch::Single => "application/cloudevents+json; charset=utf-8",
            Batch::Array | Batch::Lines => "application/cloudevents-batch+json; charset=utf-8",
        }
    }

    fn order(&self, order: &Order) -> Option<Vec<u8>> {
        let user = order.ids.iter().find(|named| named.kind == "user").map(|named| named.id.as_str());
        let bytes = self.event(&CloudEvent {
            specversion: "1.0",
            id: &order.request_id,
            source: self.source(&order.tool, user),
            kind: self.kind(&order.tool, "telemetry.deletion_request.v1"),
            subject: self.subject(user),
            time: order.time.rfc3339(),
            datacontenttype: "application/json",
            dataschema: None,
            data: Ids { ids: &order.ids },
        });
        Some(self.body(&[Document::of(bytes)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::answer::Withheld;
    use crate::host::clock::Timestamp;
    use crate::identity::ids::{Id, ProvidedId};
    use crate::identity::names::EventName;
    use crate::manifest::events::Value;
    use crate::manifest::forms::Speech;
    use crate::manifest::parse;
    use crate::manifest::tool::{Fact, IdKind, Manifest};
    use crate::payload::answer::{Answer, Meaning, Reading};
    use crate::payload::event::{Event, Phase, Who};

    fn manifest() -> Manifest {
        let source = "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nfacts: [os]\ndestinations: {d: {file: d.jsonl}}\n\
            events: {run: {description: A run, purpose: product}}\n";
        parse::manifest(source.as_bytes()).expect("valid")
    }

    fn usual() -> CloudEventsForm {
        CloudEventsForm { batch: Batch::Single, source: None, prefix: None, schemas: Vec::new() }
    }

    fn form(options: CloudEventsForm) -> Form {
        Form::plain(Speech::CloudEvents(options))
    }

    fn spoken(form: &Form) -> CloudEvents<'_> {
        let Speech::CloudEvents(options) = &form.speech else { panic!("of this protocol") };
        CloudEvents::new(form, options)
    }

    fn event() -> Event {
        Event {
            id: "63da4e74-c000-4879-aa4f-0b58d1884301".to_owned(),
            name: "run".to_owned(),
            time: Timestamp::from_ms(1_795_226_400_000),
            pair: Some((Phase::Started, Id::new("p1").expect("an id"))),
            fields: vec![
                ("ok".to_owned(), Value::Bool(false)),
                ("n".to_owned(), Value::Integer(-1)),
                ("ratio".to_owned(), Value::Number(0.5)),
                ("word".to_owned(), Value::Text("a\"é\n".to_owned())),
            ],
            facts: vec![(Fact::Os, "linux".to_owned())],
        }
    }

    fn who(user: &str) -> Who {
        Who { user: Id::new(user).ok(), project: Id::new("xyz").ok(), provided: ProvidedId::new("a@b.example").ok() }
    }

    fn body(form: &Form, who: &Who, withheld: &Withheld, times: usize) -> String {
        let event = event();
        let said = Said { manifest: &manifest(), event: &event, who, withheld };
        let documents: Vec<Document> = (0..times).map(|_| spoken(form).document(said)).collect();
        let body = spoken(form).body(&documents);
        assert!(
            body.len() <= documents.iter().map(|one| one.bytes.len()).sum::<usize>() + spoken(form).overhead(times)
        );
        String::from_utf8(body).expect("text")
    }

    #[test]
    fn an_event_with_everything() {
        let run = EventName::new("run").expect("a name");
        let options = CloudEventsForm {
            batch: Batch::Array,
            source: Some("https://acme.example/cli".to_owned()),
            schemas: vec![(run.clone(), "https://acme.example/run.json".to_owned())],
            prefix: Some("com.acme".to_owned()),
        };
        let one = r#"{"specversion":"1.0","id":"63da4e74-c000-4879-aa4f-0b58d1884301","source":"https://acme.example/cli","type":"com.acme.run","subject":"4b7c","time":"2026-11-21T02:00:00.000Z","datacontenttype":"application/json","dataschema":"https://acme.example/run.json","data":{"ok":false,"n":-1,"ratio":0.5,"word":"a\"é\n","purpose":"product","phase":"started","pair":"p1","project_id":"xyz","provided_id":"a@b.example","fact_os":"linux"}}"#;
        let form = form(options);
        assert_eq!(body(&form, &who("4b7c"), &Withheld::default(), 1), format!("[{one}]"));
        assert_eq!(body(&form, &who("4b7c"), &Withheld::default(), 2), format!("[{one},{one}]"));
        let named = Form { names: vec![(run, "org.other.ran.v2".to_owned())], ..form };
        let other = one.replace("com.acme.run", "org.other.ran.v2");
        assert_eq!(body(&named, &who("4b7c"), &Withheld::default(), 1), format!("[{other}]"));
    }

    #[test]
    fn what_is_withheld_is_nowhere() {
        let name = |name| crate::identity::names::FieldName::new(name).expect("a name");
        let withheld = Withheld {
            fields: ["ok", "n", "ratio", "word"].map(name).into(),
            facts: vec![Fact::Os],
            ids: IdKind::ALL.into(),
        };
        assert_eq!(
            body(&form(usual()), &who("4b7c"), &withheld, 1),
            r#"{"specversion":"1.0","id":"63da4e74-c000-4879-aa4f-0b58d1884301","source":"urn:telemetry:acme","type":"acme.run","time":"2026-11-21T02:00:00.000Z","datacontenttype":"application/json","data":{"purpose":"product","phase":"started","pair":"p1"}}"#
        );
    }

    #[test]
    fn the_source_holds_the_id_so_that_it_is_found_again() {
        for (user, source) in [
            ("4b7c9a0c1d2e3f405162738495a6b7c8", "urn:uuid:4b7c9a0c-1d2e-3f40-5162-738495a6b7c8"),
            ("4b7c9a0c-1d2e-3f40-5162-738495a6b7c8", "urn:uuid:4b7c9a0c-1d2e-3f40-5162-738495a6b7c8"),
            // Upper case would come back as another text.
            ("4B7C9A0C1D2E3F405162738495A6B7C8", "urn:telemetry:acme:4B7C9A0C1D2E3F405162738495A6B7C8"),
            ("tcs_0f3c-", "urn:telemetry:acme:tcs_0f3c-"),
            // So would hyphens elsewhere.
            ("4b7c9a0c1d2e-3f405162738495a6b7c8", "urn:telemetry:acme:4b7c9a0c1d2e-3f405162738495a6b7c8"),
        ] {
            let body = body(&form(usual()), &who(user), &Withheld::default(), 1);
            assert!(body.contains(&format!(r#""source":"{source}","type":"acme.run","time""#)), "{body}");
        }
    }

    #[test]
    fn one_event_a_request_unless_the_manifest_says_otherwise() {
        let (single, array) = (form(usual()), form(CloudEventsForm { batch: Batch::Array, ..usual() }));
        assert_eq!(spoken(&single).limits(), BodyLimits { documents: 1, bytes: 65_536 });
        assert_eq!(spoken(&single).content_type(), "application/cloudevents+json; charset=utf-8");
        assert_eq!(spoken(&array).limits(), BodyLimits { documents: 500, bytes: 500_000 });
        assert_eq!(spoken(&array).content_type(), "application/cloudevents-batch+json; charset=utf-8");
    }

    #[test]
    fn an_answer_is_its_status() {
        let form = form(usual());
        for body in ["", "{}", r#"{"id":"x","accepted":1}"#, "[[[", "\u{0}"] {
            for (status, meaning) in [
                (200, Meaning::Delivered),
                (201, Meaning::Delivered),
                (202, Meaning::Delivered),
                (204, Meaning::Delivered),
                (302, Meaning::Misconfigured),
                (410, Meaning::Misconfigured),
                (415, Meaning::Refused),
                (429, Meaning::Later),
            ] {
                let answer = Answer { status, headers: &[], body: body.as_bytes() };
                assert_eq!(spoken(&form).read(&answer, &["a"]), Reading::of(meaning), "{status} {body}");
            }
        }
    }

    #[test]
    fn an_order_names_ids_and_nothing_else() {
        let named = |kind: &str, id: &str| Named { kind: kind.to_owned(), id: id.to_owned() };
        let order = Order {
            request_id: "r".to_owned(),
            tool: "acme".to_owned(),
            time: Timestamp::from_ms(0),
            ids: vec![named("project", "p"), named("user", "u1")],
            destinations: vec!["https://t.example/v1".to_owned()],
        };
        let wanted = r#"{"specversion":"1.0","id":"r","source":"urn:telemetry:acme:u1","type":"acme.telemetry.deletion_request.v1","time":"1970-01-01T00:00:00.000Z","datacontenttype":"application/json","data":{"ids":[{"kind":"project","id":"p"},{"kind":"user","id":"u1"}]}}"#;
        let body = |form: &Form| String::from_utf8(spoken(form).order(&order).expect("an event")).expect("text");
        assert_eq!(body(&form(usual())), wanted);
        assert_eq!(body(&form(CloudEventsForm { batch: Batch::Array, ..usual() })), format!("[{wanted}]"));
        let sourced = form(CloudEventsForm { source: Some("/a".to_owned()), ..usual() });
        let other = wanted.replace(r#""source":"urn:telemetry:acme:u1""#, r#""source":"/a""#);
        assert_eq!(body(&sourced), other.replace(r#"v1","time"#, r#"v1","subject":"u1","time"#));
    }
}
