//! Protocol `otlp`: events as log records of OpenTelemetry (OTLP 1.x over HTTP, in JSON), `resourceLogs` by equal resource.
//!
//! | of an event | where it stands |
//! |---|---|
//! | its name, or what `names` says | `eventName`, which makes a record an event |
//! | its time | `timeUnixNano` and `observedTimeUnixNano`: it is its own observer |
//! | its id | attribute `log.record.uid`, by which a receiver tells repeats: duplicates are part of the protocol |
//! | fields, purpose, phase, pair, project's and provided id | attributes under their names |
//! | the user id | resource attribute `service.instance.id`, by which it can be found and erased |
//! | tool or `app`; facts `version`, `os`, `os_release`, `arch`, `cloud`, `region` | resource attributes `service.name`; `service.version`, `os.type`, `os.version`, `host.arch`, `cloud.provider`, `cloud.region` |
//! | other facts | attributes `fact_NAME` |
//!
//! Promises: records of equal resource share it, as long as no other stands between them; numbers of 64 bits are texts, as the form
//! demands. Absent: traces, the protobuf form, `telemetry.sdk.*`: this is no SDK of OpenTelemetry.

mod record;

use serde_json::Value as Tree;

use crate::manifest::forms::otlp::OtlpForm;
use crate::manifest::forms::wrap::RECORD;
use crate::manifest::forms::{Form, ProtocolName};
use crate::payload::answer::{Answer, Meaning, Reading};
use crate::payload::deletion::Order;
use crate::payload::otlp::record::{Any, Attribute, INFO, PLACED, Record, Resource, placed};
use crate::payload::protocol::{BodyLimits, Document, Protocol};
use crate::payload::retries;
use crate::payload::said::Said;

/// Most records in one body: as many as OpenTelemetry's own batch processors send at once.
const MOST_DOCUMENTS: usize = 512;
/// Most bytes in one body: what common web servers take by default, far below the 64 MiB that receivers should take.
const MOST_BYTES: usize = 1_000_000;

const HEAD: &[u8] = br#"{"resourceLogs":["#;
const TAIL: &[u8] = b"]}";
const GROUP_TAIL: &[u8] = b"]}]}";
/// What makes records of events.
const SCOPE: &str = concat!(
    r#","scopeLogs":[{"scope":{"name":"telemetry","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""},"logRecords":["#
);

/// The protocol.
#[derive(Debug, Clone, Copy)]
pub struct Otlp<'a> {
    form: &'a Form,
    options: &'a OtlpForm,
}

impl<'a> Otlp<'a> {
    /// The protocol with these options of its form.
    #[must_use]
    pub const fn new(form: &'a Form, options: &'a OtlpForm) -> Self {
        Self { form, options }
    }

    /// The beginning and the end of a group of records, up to its records and after them.
    fn group(&self, resource: &Resource<'_>) -> Vec<u8> {
        let resource = serde_json::to_vec(resource).unwrap_or_default();
        [br#"{"resource":"#.as_slice(), &resource, SCOPE.as_bytes(), GROUP_TAIL].concat()
    }

    fn service<'b>(&'b self, tool: &'b str) -> Attribute<'b> {
        Attribute::text("service.name", self.options.app.as_deref().unwrap_or(tool))
    }
}

impl Protocol for Otlp<'_> {
    fn name(&self) -> ProtocolName {
        ProtocolName::Otlp
    }

    fn limits(&self) -> BodyLimits {
        BodyLimits { documents: MOST_DOCUMENTS, bytes: MOST_BYTES }
    }

    fn document(&self, said: Said<'_>) -> Document {
        let mut resource = vec![self.service(said.manifest.tool.as_str())];
        resource.extend(said.user().map(|user| Attribute::text("service.instance.id", user)));
        let facts = PLACED.iter().filter_map(|fact| Some(placed(*fact, said.fact(*fact)?)));
        resource.extend(facts);
        let mut attributes = vec![Attribute::text(RECORD, &said.event.id)];
        attributes.extend(said.pairs(&PLACED).map(|(key, value)| Attribute { key, value: value.into() }));
        let record = Record {
            time_unix_nano: said.event.time,
            observed_time_unix_nano: said.event.time,
            severity_number: INFO,
            event_name: self.form.name_of(&said.event.name),
            attributes,
        };
        let bytes = serde_json::to_vec(&record).unwrap_or_default();
        Document { shared: self.group(&Resource { attributes: resource }), bytes, alone: false }
    }

    /// A comma between any two, and what stands around all: what a group has around its records is what they share.
    fn overhead(&self, documents: usize) -> usize {
        HEAD.len().saturating_add(TAIL.len()).saturating_add(documents.saturating_sub(1))
    }

    fn body(&self, documents: &[Document]) -> Vec<u8> {
        let mut body = HEAD.to_vec();
        let mut group: Option<&[u8]> = None;
        for document in documents {
            if group == Some(&document.shared) {
                body.push(b',');
            } else {
                if group.is_some() {
                    body.extend_from_slice(GROUP_TAIL);
                    body.push(b',');
                }
                body.extend_from_slice(document.shared.strip_suffix(GROUP_TAIL).unwrap_or_default());
                group = Some(&document.shared);
            }
            body.extend_from_slice(&document.bytes);
        }
        if group.is_some() {
            body.extend_from_slice(GROUP_TAIL);
        }
        body.extend_from_slice(TAIL);
        body
    }

    fn content_type(&self) -> &'static str {
        "application/json"
    }

    /// What was accepted in part is never sent again (the specification's partial success): a receiver says how many it rejected, and not
    /// which. Nothing rejected, however that is written, is a delivery: a collector passes on what it took, and counts nothing.
    fn read(&self, answer: &Answer<'_>, events: &[&str]) -> Reading {
        let reading = Reading::of(retries::meaning(self.name(), answer.status));
        let Some(said) = answer.json().filter(|_| reading.meaning.is_taken()) else { return reading };
        let rejected = said.pointer("/partialSuccess/rejectedLogRecords").map_or(0, count);
        let all = u64::try_from(events.len()).unwrap_or(u64::MAX);
        if rejected > 0 && rejected >= all {
            return Reading::of(Meaning::Refused);
        }
        Reading { rejected, ..reading }
    }

    fn order(&self, order: &Order) -> Option<Vec<u8>> {
        if self.options.follow.is_some() {
            return None;
        }
        let ids = |kind: &str| -> Vec<Any<'_>> {
            order.ids.iter().filter(|named| named.kind == kind).map(|named| Any::Text(&named.id)).collect()
        };
        let mut resource = vec![self.service(&order.tool)];
        let user = order.ids.iter().find(|named| named.kind == "user");
        resource.extend(user.map(|named| Attribute::text("service.instance.id", &named.id)));
        let mut attributes = vec![Attribute::text(RECORD, &order.request_id)];
        for (key, kind) in [("user_ids", "user"), ("project_ids", "project"), ("provided_ids", "provided")] {
            let values = ids(kind);
            if !values.is_empty() {
                attributes.push(Attribute { key: key.into(), value: Any::List { values } });
            }
        }
        let record = Record {
            time_unix_nano: order.time,
            observed_time_unix_nano: order.time,
            severity_number: INFO,
            event_name: &format!("{}.telemetry.deletion_request.v1", order.tool),
            attributes,
        };
        let bytes = serde_json::to_vec(&record).ok()?;
        Some(self.body(&[Document { shared: self.group(&Resource { attributes: resource }), bytes, alone: true }]))
    }
}

/// A count, which JSON of protobuf writes as a text; numbers are taken, too. What is none counts as nothing.
fn count(value: &Tree) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(0)
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
    use crate::manifest::forms::follow::Following;
    use crate::manifest::parse;
    use crate::manifest::tool::{Fact, IdKind, Manifest};
    use crate::payload::deletion::Named;
    use crate::payload::event::{Event, Phase, Who};

    fn manifest() -> Manifest {
        let source = "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nfacts: [os, os_release, arch, version, ci]\n\
            destinations: {d: {url: 'https://t.example', protocol: otlp}}\nevents: {run: {description: A run, purpose: product}}\n";
        parse::manifest(source.as_bytes()).expect("valid")
    }

    fn form(app: Option<&str>) -> Form {
        Form::plain(Speech::Otlp(OtlpForm { app: app.map(str::to_owned), follow: None }))
    }

    fn otlp(form: &Form) -> Otlp<'_> {
        let Speech::Otlp(options) = &form.speech else { panic!("of this protocol") };
        Otlp::new(form, options)
    }

    fn event(fields: &[(&str, Value)], facts: &[(Fact, &str)]) -> Event {
        Event {
            id: "63da4e74-c000-4879-aa4f-0b58d1884301".to_owned(),
            name: "run".to_owned(),
            time: Timestamp::from_ms(1_795_226_400_001),
            pair: None,
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            facts: facts.iter().map(|(fact, value)| (*fact, (*value).to_owned())).collect(),
        }
    }

    fn document(form: &Form, event: &Event, who: &Who, withheld: &Withheld) -> Document {
        otlp(form).document(Said { manifest: &manifest(), event, who, withheld })
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("text")
    }

    const VERSION: &str = env!("CARGO_PKG_VERSION");

    #[test]
    fn an_event_with_everything() {
        let fields = [
            ("ok", Value::Bool(true)),
            ("n", Value::Integer(i64::MIN)),
            ("ratio", Value::Number(0.5)),
            ("word", Value::Text("a\"é\n".to_owned())),
        ];
        let facts = [(Fact::Os, "macos"), (Fact::OsRelease, "24.1"), (Fact::Arch, "x86_64"), (Fact::Version, "1.2.3")];
        let more = [(Fact::Cloud, "aws"), (Fact::Region, "eu-west-1"), (Fact::Ci, "github"), (Fact::CpuCount, "8")];
        let facts: Vec<_> = facts.into_iter().chain(more).collect();
        let pair = Some((Phase::Completed, Id::new("p1").expect("an id")));
        let event = Event { pair, ..event(&fields, &facts) };
        let who = Who {
            user: Id::new("4b7c").ok(),
            project: Id::new("xyz").ok(),
            provided: ProvidedId::new("a@b.example").ok(),
        };
        let form = Form {
            names: vec![(EventName::new("run").expect("a name"), "com.acme.run".to_owned())],
            ..form(Some("Acme CLI"))
        };
        let body = otlp(&form).body(&[document(&form, &event, &who, &Withheld::default())]);
        assert_eq!(
            text(body),
            format!(
                r#"{{"resourceLogs":[{{"resource":{{"attributes":[{}]}},"scopeLogs":[{{"scope":{{"name":"telemetry","version":"{VERSION}"}},"logRecords":[{{"timeUnixNano":"1795226400001000000","observedTimeUnixNano":"1795226400001000000","severityNumber":9,"eventName":"com.acme.run","attributes":[{}]}}]}}]}}]}}"#,
                [
                    r#"{"key":"service.name","value":{"stringValue":"Acme CLI"}}"#,
                    r#"{"key":"service.instance.id","value":{"stringValue":"4b7c"}}"#,
                    r#"{"key":"service.version","value":{"stringValue":"1.2.3"}}"#,
                    r#"{"key":"os.type","value":{"stringValue":"darwin"}}"#,
                    r#"{"key":"os.version","value":{"stringValue":"24.1"}}"#,
                    r#"{"key":"host.arch","value":{"stringValue":"amd64"}}"#,
                    r#"{"key":"cloud.provider","value":{"stringValue":"aws"}}"#,
                    r#"{"key":"cloud.region","value":{"stringValue":"eu-west-1"}}"#,
                ]
                .join(","),
                [
                    r#"{"key":"log.record.uid","value":{"stringValue":"63da4e74-c000-4879-aa4f-0b58d1884301"}}"#,
                    r#"{"key":"ok","value":{"boolValue":true}}"#,
                    r#"{"key":"n","value":{"intValue":"-9223372036854775808"}}"#,
                    r#"{"key":"ratio","value":{"doubleValue":0.5}}"#,
                    r#"{"key":"word","value":{"stringValue":"a\"é\n"}}"#,
                    r#"{"key":"purpose","value":{"stringValue":"product"}}"#,
                    r#"{"key":"phase","value":{"stringValue":"completed"}}"#,
                    r#"{"key":"pair","value":{"stringValue":"p1"}}"#,
                    r#"{"key":"project_id","value":{"stringValue":"xyz"}}"#,
                    r#"{"key":"provided_id","value":{"stringValue":"a@b.example"}}"#,
                    r#"{"key":"fact_ci","value":{"stringValue":"github"}}"#,
                    r#"{"key":"fact_cpu_count","value":{"stringValue":"8"}}"#,
                ]
                .join(",")
            )
        );
    }

    #[test]
    fn what_is_withheld_is_nowhere() {
        let name = crate::identity::names::FieldName::new("n").expect("a name");
        let withheld = Withheld { fields: vec![name], facts: vec![Fact::Os], ids: vec![IdKind::User] };
        let who = Who { user: Id::new("4b7c").ok(), ..Who::default() };
        let (form, event) = (form(None), event(&[("n", Value::Integer(7))], &[(Fact::Os, "linux")]));
        let whole = text(otlp(&form).body(&[document(&form, &event, &who, &Withheld::default())]));
        assert!(whole.contains("linux") && whole.contains("4b7c") && whole.contains(r#""intValue":"7""#), "{whole}");
        let body = otlp(&form).body(&[document(&form, &event, &who, &withheld)]);
        assert_eq!(
            text(body),
            format!(
                r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"acme"}}}}]}},"scopeLogs":[{{"scope":{{"name":"telemetry","version":"{VERSION}"}},"logRecords":[{{"timeUnixNano":"1795226400001000000","observedTimeUnixNano":"1795226400001000000","severityNumber":9,"eventName":"run","attributes":[{{"key":"log.record.uid","value":{{"stringValue":"63da4e74-c000-4879-aa4f-0b58d1884301"}}}},{{"key":"purpose","value":{{"stringValue":"product"}}}}]}}]}}]}}]}}"#
            )
        );
    }

    #[test]
    fn records_of_equal_resource_share_it_and_the_size_is_known_before() {
        let form = form(None);
        let of =
            |version| document(&form, &event(&[], &[(Fact::Version, version)]), &Who::default(), &Withheld::default());
        let protocol = otlp(&form);
        for versions in [&[][..], &["1"], &["1", "1", "1"], &["1", "1", "2", "2", "1"]] {
            let documents: Vec<Document> = versions.iter().map(|version| of(version)).collect();
            let body = protocol.body(&documents);
            let (mut size, mut last) = (protocol.overhead(documents.len()), None);
            for document in &documents {
                let shared = if last == Some(&document.shared) { 0 } else { document.shared.len() };
                size += document.bytes.len() + shared;
                last = Some(&document.shared);
            }
            assert_eq!(body.len(), size, "{versions:?}");
            let tree: Tree = serde_json::from_slice(&body).expect("JSON");
            let groups: Vec<usize> = tree["resourceLogs"]
                .as_array()
                .expect("groups")
                .iter()
                .map(|group| group["scopeLogs"][0]["logRecords"].as_array().expect("records").len())
                .collect();
            let mut runs: Vec<usize> = Vec::new();
            for (index, version) in versions.iter().enumerate() {
                match runs.last_mut() {
                    Some(run) if versions.get(index.wrapping_sub(1)) == Some(version) => *run += 1,
                    _ => runs.push(1),
                }
            }
            assert_eq!(groups, runs);
        }
    }

    #[test]
    fn answers() {
        let form = form(None);
        let read =
            |status, body: &str| otlp(&form).read(&Answer { status, headers: &[], body: body.as_bytes() }, &["a"; 5]);
        let delivered = |rejected| Reading { rejected, ..Reading::of(Meaning::Delivered) };
        let endless = "[".repeat(60_000);
        for (body, rejected) in [
            ("", 0),
            ("{}", 0),
            ("null", 0),
            (r#"{"partialSuccess":null}"#, 0),
            (r#"{"partialSuccess":{}}"#, 0),
            (r#"{"partialSuccess":{"errorMessage":"slow down"}}"#, 0),
            (r#"{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow down"}}"#, 0),
            (r#"{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"bad"}}"#, 3),
            (r#"{"partialSuccess":{"rejectedLogRecords":4}}"#, 4),
            // What is no count rejects nothing, whatever it is.
            (r#"{"partialSuccess":{"rejectedLogRecords":"-3"}}"#, 0),
            (r#"{"partialSuccess":{"rejectedLogRecords":-3}}"#, 0),
            (r#"{"partialSuccess":{"rejectedLogRecords":2.5}}"#, 0),
            (r#"{"partialSuccess":{"rejectedLogRecords":[3]}}"#, 0),
            (r#"{"partialSuccess":{"rejectedLogRecords":"99999999999999999999999999"}}"#, 0),
            (r#"{"partialSuccess":[{"rejectedLogRecords":3}]}"#, 0),
            (r#"{"partialSuccess":{"rejectedLogRecords":3}"#, 0),
            ("<html>", 0),
            (endless.as_str(), 0),
        ] {
            assert_eq!(read(200, body), delivered(rejected), "{body:.80}");
        }
        // All of it, or more than there was.
        for all in ["5", "6", "18446744073709551615"] {
            let body = format!(r#"{{"partialSuccess":{{"rejectedLogRecords":"{all}"}}}}"#);
            assert_eq!(read(200, &body), Reading::of(Meaning::Refused), "{all}");
        }
        // A body counts with a yes only.
        for (status, meaning) in [(400, Meaning::Refused), (429, Meaning::Later), (413, Meaning::Split)] {
            let body = r#"{"partialSuccess":{"rejectedLogRecords":"3"}}"#;
            assert_eq!(read(status, body), Reading::of(meaning), "{status}");
        }
    }

    #[test]
    fn an_order_names_ids_and_nothing_else() {
        let named = |kind: &str, id: &str| Named { kind: kind.to_owned(), id: id.to_owned() };
        let order = Order {
            request_id: "r".to_owned(),
            tool: "acme".to_owned(),
            time: Timestamp::from_ms(1),
            ids: vec![named("user", "u1"), named("project", "p"), named("user", "u0")],
            destinations: vec!["https://t.example/v1".to_owned()],
        };
        let following = OtlpForm { app: None, follow: Some(Following::default()) };
        assert_eq!(otlp(&Form::plain(Speech::Otlp(following))).order(&order), None);
        let body = otlp(&form(None)).order(&order).expect("an event");
        assert_eq!(
            text(body),
            format!(
                r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"acme"}}}},{{"key":"service.instance.id","value":{{"stringValue":"u1"}}}}]}},"scopeLogs":[{{"scope":{{"name":"telemetry","version":"{VERSION}"}},"logRecords":[{{"timeUnixNano":"1000000","observedTimeUnixNano":"1000000","severityNumber":9,"eventName":"acme.telemetry.deletion_request.v1","attributes":[{{"key":"log.record.uid","value":{{"stringValue":"r"}}}},{{"key":"user_ids","value":{{"arrayValue":{{"values":[{{"stringValue":"u1"}},{{"stringValue":"u0"}}]}}}}}},{{"key":"project_ids","value":{{"arrayValue":{{"values":[{{"stringValue":"p"}}]}}}}}}]}}]}}]}}]}}"#
            )
        );
    }
}
