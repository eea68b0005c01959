//! Protocol `snowplow`: the tracker protocol (`tp2`) of Snowplow's collector, or its Iglu webhook.
//!
//! The tracker's body is `{"schema":"iglu:…/payload_data/jsonschema/1-0-4","data":[…]}`; every value of an item is a text:
//!
//! | key | value |
//! |---|---|
//! | `e` `p` `tv` `tna` `aid` | `ue` (self-describing), `app`, this program with its version, `telemetry`, the application's name |
//! | `eid` | the event's id, a UUID, the same on every attempt |
//! | `uid` | the user id: the column that an erasure job selects by |
//! | `dtm` `ttm` | when it was recorded, milliseconds since 1970, twice |
//! | `ue_px` or `ue_pr` | the event with its schema, in base64 or as it is |
//! | `cx` or `co` | the entities with theirs, likewise |
//!
//! `stm`, the time of sending, is not in it: a sealed body depends on nothing known only at sending. Without both `stm` and `dtm` Enrich
//! takes the collector's time for the derived one, which for what waited is hours late; `ttm`, where given, is taken for it as it is.
//! `dtm` has no part in that, and is there for the column `dvce_created_tstamp`, by which warehouse models sort and find what came
//! late. The clock of the machine therefore counts as it is: no receiver can correct it.
//!
//! The webhook's body is one self-describing document. Enrich takes nothing of an event from anywhere else but the address, so the
//! event's id, its time and the user id stand within the data.
//!
//! Promises: what a text carries is opened for reading; a deletion order stands in an event of its own schema. Absent:
//! *acknowledged*: a collector says `ok` to any bytes, and what fails later nobody hears of. Absent, too: compression, which a
//! collector does not undo.

pub mod item;

use serde_json::Value as Tree;

use crate::manifest::forms::ProtocolName;
use crate::manifest::forms::iglu::IgluAddress;
use crate::manifest::forms::snowplow::{ANONYMOUS, Door, Entity, SnowplowForm};
use crate::manifest::tool::Fact;
use crate::payload::deletion::Order;
use crate::payload::fill::{fill, holds, refers};
use crate::payload::protocol::{BodyLimits, Document, Made, Protocol};
use crate::payload::said::{Flat, Said};
use crate::payload::snowplow::item::{Head, InData, SelfDescribing, bytes, item, open};

/// Most events in one body: one that fails its schema fails the whole body, so that few share its fate.
const MOST_EVENTS: usize = 100;
/// Most bytes in one body: what Snowplow's own trackers keep to. A collector says yes to more than 1 MiB and drops it.
const MOST_BYTES: usize = 40_000;

const OPEN: &str = r#"{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":["#;
const CLOSE: &str = "]}";

/// The protocol.
#[derive(Debug, Clone)]
pub struct Snowplow<'a> {
    form: &'a SnowplowForm,
    /// Whether the collector may keep the address that a request comes from.
    keeps_address: bool,
    /// Facts that an entity says.
    placed: Vec<Fact>,
}

impl<'a> Snowplow<'a> {
    /// The protocol in this form; `keeps_address`: the collector may keep the address that a request comes from.
    #[must_use]
    pub fn new(form: &'a SnowplowForm, keeps_address: bool) -> Self {
        let placed = Fact::ALL.into_iter().filter(|fact| form.says(fact.as_str())).collect();
        Self { form, keeps_address, placed }
    }

    fn app<'s>(&'s self, tool: &'s str) -> &'s str {
        self.form.app.as_deref().unwrap_or(tool)
    }
}

impl Protocol for Snowplow<'_> {
    fn name(&self) -> ProtocolName {
        ProtocolName::Snowplow
    }

    fn limits(&self) -> BodyLimits {
        let documents = match self.form.door {
            Door::Tracker { .. } => MOST_EVENTS,
            Door::Webhook => 1,
        };
        BodyLimits { documents, bytes: MOST_BYTES }
    }

    fn document(&self, said: Said<'_>) -> Document {
        let schema = self.form.schema_of(&said.event.name);
        let schema = schema.as_deref().map_or("", IgluAddress::as_str);
        let data = Flat { said, placed: &self.placed };
        Document::of(match &self.form.door {
            Door::Webhook => bytes(&SelfDescribing { schema, data: InData(data) }),
            Door::Tracker { encoding, entities } => {
                let head = Head {
                    app: self.app(said.manifest.tool.as_str()),
                    id: &said.event.id,
                    user: said.user(),
                    time: said.event.time.ms(),
                };
                let entities: Vec<Filled<'_>> = entities.iter().filter_map(|entity| filled(entity, said)).collect();
                item(*encoding, head, &SelfDescribing { schema, data }, &entities)
            }
        })
    }

    fn overhead(&self, documents: usize) -> usize {
        match self.form.door {
            Door::Tracker { .. } => OPEN.len().saturating_add(CLOSE.len()).saturating_add(documents.saturating_sub(1)),
            Door::Webhook => 0,
        }
    }

    fn body(&self, documents: &[Document]) -> Vec<u8> {
        let all = documents.iter().map(|document| document.bytes.as_slice()).collect::<Vec<_>>();
        match self.form.door {
            Door::Tracker { .. } => [OPEN.as_bytes(), &all.join(&b','), CLOSE.as_bytes()].concat(),
            Door::Webhook => all.concat(),
        }
    }

    /// Exactly one of the few that Enrich takes: with any other a collector says yes, and every event fails.
    fn content_type(&self) -> &'static str {
        match self.form.door {
            Door::Tracker { .. } => "application/json; charset=utf-8",
            Door::Webhook => "application/json",
        }
    }

    fn headers(&self, _made: Made<'_>) -> Vec<(String, String)> {
        let asked = (!self.keeps_address).then(|| (ANONYMOUS.to_owned(), "*".to_owned()));
        asked.into_iter().collect()
    }

    fn opened(&self, body: &[u8]) -> Option<Tree> {
        let mut tree: Tree = serde_json::from_slice(body).ok()?;
        if let Some(items) = tree.get_mut("data").and_then(Tree::as_array_mut) {
            for item in items.iter_mut().filter_map(Tree::as_object_mut) {
                for (key, value) in item.iter_mut() {
                    let opened = value.as_str().and_then(|text| open(key, text));
                    *value = opened.unwrap_or_else(|| value.take());
                }
            }
        }
        Some(tree)
    }

    fn order(&self, order: &Order) -> Option<Vec<u8>> {
        let schema = self.form.order()?;
        let event = SelfDescribing { schema: schema.as_str(), data: order.asked() };
        let Door::Tracker { encoding, .. } = &self.form.door else { return Some(bytes(&event)) };
        let head =
            Head { app: self.app(&order.tool), id: &order.request_id, user: order.user(), time: order.time.ms() };
        Some(self.body(&[Document::of(item(*encoding, head, &event, &[]))]))
    }
}

type Filled<'a> = SelfDescribing<'a, Tree>;

/// An entity with its references filled in; `None` where it has some and none has a value.
fn filled<'a>(entity: &'a Entity, said: Said<'_>) -> Option<Filled<'a>> {
    let data = fill(&entity.data, said, false)?;
    let told = !refers(&entity.data) || holds(&entity.data, said);
    told.then(|| SelfDescribing { schema: entity.schema.as_str(), data })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::answer::Withheld;
    use crate::host::clock::Timestamp;
    use crate::identity::ids::{Id, ProvidedId};
    use crate::identity::names::FieldName;
    use crate::manifest::events::Value;
    use crate::manifest::forms::Speech;
    use crate::manifest::parse;
    use crate::manifest::tool::{IdKind, Manifest};
    use crate::payload::deletion::Named;
    use crate::payload::event::{Event, Phase, Who};
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE;

    const HEAD: &str = r#"{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[{"e":"ue","p":"app","tv":"telemetry-0.1.0","tna":"telemetry","aid":"#;

    fn manifest(keys: &str) -> Manifest {
        let source = format!(
            "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nfacts: [os, arch]\ndestinations:\n  d:\n    url: https://c.acme.example\n    \
             protocol: snowplow\n    schemas: {{job: 'iglu:com.acme/job/jsonschema/1-0-2'}}\n{keys}events:\n  job:\n    description: A job\n    \
             purpose: product\n    lifecycle: true\n    fields: {{name: {{type: boolean, description: d}}, count: {{type: integer, description: d}}}}\n"
        );
        parse::manifest(source.as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    fn with<T>(keys: &str, then: impl FnOnce(&Manifest, &Snowplow<'_>) -> T) -> T {
        let manifest = manifest(keys);
        let form = &manifest.destinations.first().expect("a destination").form;
        let Speech::Snowplow(options) = &form.speech else { panic!("not snowplow") };
        then(&manifest, &Snowplow::new(options, false))
    }

    /// The body of one event, with everything that there is, or with all withheld that can be.
    fn body(keys: &str, bare: bool) -> String {
        let event = Event {
            id: "63da4e74-c000-4879-aa4f-0b58d1884301".to_owned(),
            name: "job".to_owned(),
            time: Timestamp::from_ms(1_795_226_400_000),
            pair: Id::new("p1").ok().map(|id| (Phase::Completed, id)),
            fields: vec![("name".to_owned(), Value::Text("\"ä".to_owned())), ("count".to_owned(), Value::Integer(1))],
            facts: vec![(Fact::Os, "linux".to_owned()), (Fact::Arch, "arm".to_owned())],
        };
        let who = Who {
            user: Id::new("4b7c").ok(),
            project: Id::new("x1").ok(),
            provided: ProvidedId::new("ada@example.org").ok(),
        };
        let field = |name| FieldName::new(name).expect("a name");
        let all = Withheld {
            fields: vec![field("name"), field("count")],
            facts: vec![Fact::Os, Fact::Arch],
            ids: IdKind::ALL.to_vec(),
        };
        let withheld = &if bare { all } else { Withheld::default() };
        with(keys, |manifest, protocol| {
            let document = protocol.document(Said { manifest, event: &event, who: &who, withheld });
            let body = protocol.body(std::slice::from_ref(&document));
            assert_eq!(body.len(), document.bytes.len() + protocol.overhead(1));
            String::from_utf8(body).expect("text")
        })
    }

    const ENTITIES: &str = "    encoding: plain\n    app: acme-cli\n    entities:\n      - {schema: 'iglu:com.acme/host/jsonschema/1-0-0', data: {os: $fact.os, kind: cli}}\n      \
        - {schema: 'iglu:com.acme/all/jsonschema/1-0-0', data: {none: [$fact.os]}}\n      - {schema: 'iglu:com.acme/still/jsonschema/1-0-0', data: {a: 1}}\n";

    #[test]
    fn an_event_with_everything_in_plain_and_in_base64() {
        let plain = body(ENTITIES, false);
        assert_eq!(
            plain,
            [HEAD, r#""acme-cli","eid":"63da4e74-c000-4879-aa4f-0b58d1884301","uid":"4b7c","dtm":"1795226400000","ttm":"1795226400000","ue_pr":"{\"schema\":\"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0\",\"data\":{\"schema\":\"iglu:com.acme/job/jsonschema/1-0-2\",\"data\":{\"name\":\"\\\"ä\",\"count\":1,\"purpose\":\"product\",\"phase\":\"completed\",\"pair\":\"p1\",\"project_id\":\"x1\",\"provided_id\":\"ada@example.org\",\"fact_arch\":\"arm\"}}}","co":"{\"schema\":\"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1\",\"data\":[{\"schema\":\"iglu:com.acme/host/jsonschema/1-0-0\",\"data\":{\"os\":\"linux\",\"kind\":\"cli\"}},{\"schema\":\"iglu:com.acme/all/jsonschema/1-0-0\",\"data\":{\"none\":[\"linux\"]}},{\"schema\":\"iglu:com.acme/still/jsonschema/1-0-0\",\"data\":{\"a\":1}}]}"}]}"#].concat()
        );
        // The same in base64, told by another coder than ours: the texts are opened to what stands in the plain form.
        let coded = body(&ENTITIES.replace("plain", "base64"), false);
        assert!(coded.contains(r#""ue_px":"eyJzY2hlbWEiOiJpZ2x1OmNvbS5zbm93cGxvd2FuYWx5dGljcy5zbm93cGxvdy91bnN0cnVjdF9ldmVudC9qc29uc2NoZW1hLzEtMC0wIiwi"#), "{coded}");
        let opened = with(ENTITIES, |_, protocol| {
            (protocol.opened(coded.as_bytes()).expect("opened"), protocol.opened(plain.as_bytes()).expect("opened"))
        });
        let item = |tree: &Tree, keys: [&str; 2]| keys.map(|key| tree["data"][0][key]["data"].clone());
        assert_eq!(item(&opened.0, ["ue_px", "cx"]), item(&opened.1, ["ue_pr", "co"]));
        assert_eq!(opened.0["data"][0]["ue_px"]["data"]["data"]["name"], "\"ä");
    }

    #[test]
    fn an_event_with_almost_nothing() {
        assert_eq!(
            body("    encoding: plain\n    entities: [{schema: 'iglu:com.acme/host/jsonschema/1-0-0', data: $facts}]\n", true),
            [HEAD, r#""acme","eid":"63da4e74-c000-4879-aa4f-0b58d1884301","dtm":"1795226400000","ttm":"1795226400000","ue_pr":"{\"schema\":\"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0\",\"data\":{\"schema\":\"iglu:com.acme/job/jsonschema/1-0-2\",\"data\":{\"purpose\":\"product\",\"phase\":\"completed\",\"pair\":\"p1\"}}}"}]}"#].concat()
        );
        let none = body(ENTITIES, true);
        assert!(
            none.contains("com.acme/still/") && !none.contains("com.acme/host/") && !none.contains("com.acme/all/"),
            "{none}"
        );
    }

    #[test]
    fn the_webhook_says_in_its_data_what_it_has_no_other_place_for() {
        assert_eq!(
            body("    form: webhook\n", false),
            r#"{"schema":"iglu:com.acme/job/jsonschema/1-0-2","data":{"event_id":"63da4e74-c000-4879-aa4f-0b58d1884301","event_time":"2026-11-21T02:00:00.000Z","user_id":"4b7c","name":"\"ä","count":1,"purpose":"product","phase":"completed","pair":"p1","project_id":"x1","provided_id":"ada@example.org","fact_os":"linux","fact_arch":"arm"}}"#
        );
        assert_eq!(
            body("    form: webhook\n", true),
            r#"{"schema":"iglu:com.acme/job/jsonschema/1-0-2","data":{"event_id":"63da4e74-c000-4879-aa4f-0b58d1884301","event_time":"2026-11-21T02:00:00.000Z","purpose":"product","phase":"completed","pair":"p1"}}"#
        );
    }

    #[test]
    fn a_deletion_order_is_an_event_of_its_own_schema_with_ids_and_nothing_else() {
        let named = |kind: &str, id: &str| Named { kind: kind.to_owned(), id: id.to_owned() };
        let order = Order {
            request_id: "63da4e74-c000-4879-aa4f-0b58d1884302".to_owned(),
            tool: "acme".to_owned(),
            time: Timestamp::from_ms(5),
            ids: vec![named("project", "x1"), named("user", "4b7c"), named("user", "old")],
            destinations: vec!["https://c.acme.example/".to_owned()],
        };
        let data = r#"{"request_id":"63da4e74-c000-4879-aa4f-0b58d1884302","tool":"acme","ids":[{"kind":"project","id":"x1"},{"kind":"user","id":"4b7c"},{"kind":"user","id":"old"}]}"#;
        let event =
            format!(r#"{{"schema":"iglu:com.acme/telemetry_deletion_request/jsonschema/1-0-0","data":{data}}}"#);
        let said = |keys: &str| {
            with(keys, |_, protocol| String::from_utf8(protocol.order(&order).expect("an order")).expect("text"))
        };
        assert_eq!(said("    form: webhook\n"), event);
        let text = serde_json::to_string(&format!(
            r#"{{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":{event}}}"#
        ))
        .expect("text");
        let head = r#""acme","eid":"63da4e74-c000-4879-aa4f-0b58d1884302","uid":"4b7c","dtm":"5","ttm":"5","#;
        assert_eq!(said("    encoding: plain\n"), format!("{HEAD}{head}\"ue_pr\":{text}}}]}}"));
    }

    #[test]
    fn only_what_is_coded_is_opened() {
        with("", |_, protocol| {
            for (body, opened) in [
                (
                    r#"{"data":[{"uid":"e30=","cx":"e30=","ue_px":"e30","co":"{}","ue_pr":"{"}]}"#,
                    Some(r#"{"data":[{"uid":"e30=","cx":{},"ue_px":"e30","co":{},"ue_pr":"{"}]}"#),
                ),
                (r#"{"data":[1,[{"cx":"e30="}],{"cx":1}]}"#, Some(r#"{"data":[1,[{"cx":"e30="}],{"cx":1}]}"#)),
                ("[]", Some("[]")),
                ("{", None),
            ] {
                assert_eq!(protocol.opened(body.as_bytes()).map(|tree| tree.to_string()).as_deref(), opened);
            }
            // base64 of a JSON text that is nested too deeply for any reader.
            let deep = format!(r#"{{"data":[{{"cx":"{}"}}]}}"#, URL_SAFE.encode("[".repeat(100_000)));
            assert_eq!(protocol.opened(deep.as_bytes()).map(|tree| tree.to_string()), Some(deep));
        });
    }
}
