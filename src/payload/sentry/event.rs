//! Items of type `event`: an error, and a deletion order.
//!
//! Promises: neither `message` nor `sdk.settings`, for which Bugsink drops an event that it has answered 200. Absent: stack traces.

use serde::{Serialize, Serializer};

use crate::manifest::forms::sentry::{ErrorForm, Saying, SentryForm};
use crate::manifest::forms::wrap::{FACT, RESERVED};
use crate::manifest::tool::Fact;
use crate::payload::deletion::{Named, Order};
use crate::payload::protocol::Document;
use crate::payload::said::Said;
use crate::payload::sentry::envelope::{event_id, header, item};
use crate::payload::sentry::values::{field_of, plain, release, system};

/// Facts with a place of their own in an event.
const PLACED: &[Fact] = &[Fact::Os, Fact::OsRelease, Fact::Arch, Fact::Version];

/// The document of an event that is an error.
pub(super) fn event(options: &SentryForm, said: Said<'_>, form: &ErrorForm) -> Document {
    let event_id = event_id(&said.event.id);
    let exception = Exception {
        kind: text(said, form.kind.as_ref()).unwrap_or_else(|| said.event.name.clone()),
        value: text(said, form.message.as_ref()),
        mechanism: Mechanism { kind: "generic", handled: true },
    };
    let event = ErrorEvent {
        event_id: &event_id,
        timestamp: said.event.time.rfc3339(),
        platform: "other",
        level: "error",
        release: release(options, said),
        environment: options.environment.as_deref(),
        transaction: &said.event.name,
        exception: Exceptions { values: [exception] },
        tags: Tags { said, form },
        contexts: Contexts::of(said),
        user: User::of(said.user(), options.ip),
        sdk: SDK,
    };
    let shared = header(Some(&event_id));
    Document { shared, bytes: item("event", &event), alone: true }
}

/// What an order says, for people.
const ORDER: &str = "telemetry deletion requested";

/// An `event` of level info under a fingerprint of its own, so that all orders are one issue; it stands under the first user id, and
/// names every id.
pub(super) fn order(order: &Order) -> Vec<u8> {
    let event_id = event_id(&order.request_id);
    let user = order.ids.iter().find(|named| named.kind == "user").map(|named| named.id.as_str());
    let event = OrderEvent {
        event_id: &event_id,
        timestamp: order.time.rfc3339(),
        platform: "other",
        level: "info",
        logentry: Formatted { message: ORDER, formatted: ORDER },
        fingerprint: ["telemetry_deletion_request"],
        user: User::of(user, false),
        extra: Asked { request_id: &order.request_id, tool: &order.tool, ids: &order.ids },
        sdk: SDK,
    };
    [header(Some(&event_id)), item("event", &event)].concat()
}

/// What is said of an error; nothing where that is withheld or was not given.
fn text(said: Said<'_>, saying: Option<&Saying>) -> Option<String> {
    match saying? {
        Saying::Text(text) => Some(text.clone()),
        Saying::Field(field) => field_of(said, field.as_str()).map(plain),
    }
}

#[derive(Serialize)]
struct ErrorEvent<'a> {
    event_id: &'a str,
    timestamp: String,
    platform: &'static str,
    level: &'static str,
    release: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    transaction: &'a str,
    exception: Exceptions,
    tags: Tags<'a>,
    #[serde(skip_serializing_if = "Contexts::is_empty")]
    contexts: Contexts<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User<'a>>,
    sdk: Sdk,
}

#[derive(Serialize)]
struct Exceptions {
    values: [Exception; 1],
}

#[derive(Serialize)]
struct Exception {
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    mechanism: Mechanism,
}

#[derive(Serialize)]
struct Mechanism {
    #[serde(rename = "type")]
    kind: &'static str,
    handled: bool,
}

/// All that an error's event says and that has no other place. A tag is a text: Bugsink keeps no event with a tag that is a number.
struct Tags<'a> {
    said: Said<'a>,
    form: &'a ErrorForm,
}

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (said, form) = (self.said, self.form);
        let placed = |name: &str| {
            [&form.kind, &form.message]
                .iter()
                .any(|one| matches!(one, Some(Saying::Field(field)) if field.as_str() == name))
        };
        let fields =
            said.fields().filter(|(name, _)| !placed(name)).map(|(name, value)| (name.to_owned(), plain(value)));
        let ours =
            RESERVED.into_iter().zip([said.purpose(), said.phase(), said.pair(), said.project(), said.provided()]);
        let ours = ours.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        let facts = said.facts().filter(|(fact, _)| !PLACED.contains(fact));
        let facts = facts.map(|(fact, value)| (format!("{FACT}{}", fact.as_str()), value.to_owned()));
        serializer.collect_map(fields.chain(ours).chain(facts).filter(|(_, value)| !value.is_empty()))
    }
}

#[derive(Serialize)]
struct Contexts<'a> {
    #[serde(skip_serializing_if = "System::is_empty")]
    os: System<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Device<'a>>,
}

#[derive(Serialize)]
struct System<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel_version: Option<&'a str>,
}

#[derive(Serialize)]
struct Device<'a> {
    arch: &'a str,
}

impl<'a> Contexts<'a> {
    fn of(said: Said<'a>) -> Self {
        let os = System { name: said.fact(Fact::Os).map(system), kernel_version: said.fact(Fact::OsRelease) };
        Self { os, device: said.fact(Fact::Arch).map(|arch| Device { arch }) }
    }

    const fn is_empty(&self) -> bool {
        self.os.is_empty() && self.device.is_none()
    }
}

impl System<'_> {
    const fn is_empty(&self) -> bool {
        self.name.is_none() && self.kernel_version.is_none()
    }
}

#[derive(Serialize)]
struct User<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<&'static str>,
}

impl<'a> User<'a> {
    /// Without the word for it, Sentry keeps no address of an event of platform `other`.
    fn of(id: Option<&'a str>, ip: bool) -> Option<Self> {
        let ip_address = ip.then_some("{{auto}}");
        (id.is_some() || ip).then_some(Self { id, ip_address })
    }
}

#[derive(Serialize)]
struct Sdk {
    name: &'static str,
    version: &'static str,
}

const SDK: Sdk = Sdk { name: "telemetry", version: env!("CARGO_PKG_VERSION") };

#[derive(Serialize)]
struct OrderEvent<'a> {
    event_id: &'a str,
    timestamp: String,
    platform: &'static str,
    level: &'static str,
    logentry: Formatted,
    fingerprint: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User<'a>>,
    extra: Asked<'a>,
    sdk: Sdk,
}

#[derive(Serialize)]
struct Formatted {
    message: &'static str,
    formatted: &'static str,
}

#[derive(Serialize)]
struct Asked<'a> {
    request_id: &'a str,
    tool: &'a str,
    ids: &'a [Named],
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::consent::answer::Withheld;
    use crate::host::clock::Timestamp;
    use crate::identity::ids::{Id, ProvidedId};
    use crate::identity::names::FieldName;
    use crate::manifest::events::Value;
    use crate::manifest::forms::Speech;
    use crate::manifest::parse;
    use crate::manifest::tool::{IdKind, Manifest};
    use crate::payload::event::{Event, Phase, Who};
    use crate::payload::protocol::Protocol;
    use crate::payload::sentry::Sentry;

    pub(crate) const MANIFEST: &str = "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nfacts: [os, os_release, arch, version, ci]\n\
        destinations:\n  d:\n    dsn: https://abc:s3cret@sentry.example/42\n    protocol: sentry\n\
        \x20   errors: {failed: {type: $field.kind, message: $field.what}, plain: {}}\n";
    pub(crate) const EVENTS: &str = "events:\n  failed:\n    description: It failed\n    purpose: product\n    fields:\n\
        \x20     kind: {type: enum, values: [ConfigError], description: d}\n\
        \x20     what: {type: text, pattern: '[a-z ]+', longest: 40, description: d}\n\
        \x20     command: {type: enum, values: [sync], description: d}\n\
        \x20     count: {type: integer, description: d}\n\
        \x20 plain: {description: p, purpose: product}\n\
        \x20 run:\n    description: A run\n    purpose: product\n    lifecycle: true\n    outcome:\n\
        \x20     took: {type: duration, description: d}\n\
        \x20     result: {type: enum, values: [ok, bad, broken, abnormal], description: d}\n\
        \x20     problems: {type: integer, description: d}\n";
    pub(crate) const SESSIONS: &str = "    sessions: {run: {duration: $field.took, status: $field.result, errors: $field.problems, means: {bad: errored, broken: crashed}}}\n";

    pub(crate) fn manifest(rest: &str) -> Manifest {
        parse::manifest(format!("{MANIFEST}{rest}{EVENTS}").as_bytes()).expect("valid")
    }

    pub(crate) fn form(manifest: &Manifest) -> &SentryForm {
        match manifest.destinations.first().map(|destination| &destination.form.speech) {
            Some(Speech::Sentry(form)) => form,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn event(name: &str, fields: &[(&str, Value)]) -> Event {
        Event {
            id: "63da4e74-c000-4879-aa4f-0b58d1884301".to_owned(),
            name: name.to_owned(),
            time: Timestamp::from_ms(1_795_226_400_000),
            pair: None,
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            facts: Vec::new(),
        }
    }

    pub(crate) fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    pub(crate) fn half(phase: Phase, fields: &[(&str, Value)]) -> Event {
        let pair = Id::new("7ac97fde8887456ab1f127f8744c04e5").expect("an id");
        Event { pair: Some((phase, pair)), ..event("run", fields) }
    }

    pub(crate) fn documents(manifest: &Manifest, events: &[Event], withheld: &Withheld) -> Vec<Document> {
        let who = Who {
            user: Id::new("0f3c2c9e").ok(),
            project: Id::new("xyz123").ok(),
            provided: ProvidedId::new("a@b.example").ok(),
        };
        let said = |event| Said { manifest, event, who: &who, withheld };
        events.iter().map(|event| Sentry::new(form(manifest)).document(said(event))).collect()
    }

    pub(crate) fn body(manifest: &Manifest, events: &[Event], withheld: &Withheld) -> String {
        let body = Sentry::new(form(manifest)).body(&documents(manifest, events, withheld));
        assert!(Sentry::new(form(manifest)).opened(&body).is_some());
        String::from_utf8(body).expect("text")
    }

    pub(crate) fn failed() -> Event {
        let fields = [
            ("kind", text("ConfigError")),
            ("what", text("missing key region")),
            ("command", text("sync")),
            ("count", Value::Integer(3)),
        ];
        let facts = [
            (Fact::Os, "linux"),
            (Fact::OsRelease, "6.1"),
            (Fact::Arch, "x86_64"),
            (Fact::Version, "1.4.2"),
            (Fact::Ci, "gitlab"),
        ];
        Event { facts: facts.map(|(fact, value)| (fact, value.to_owned())).to_vec(), ..event("failed", &fields) }
    }

    #[test]
    fn an_error_with_everything() {
        let manifest = manifest("    environment: production\n    app: acme-cli\n    allow: [ip]\n");
        assert_eq!(
            body(&manifest, &[failed()], &Withheld::default()),
            concat!(
                r#"{"event_id":"63da4e74c0004879aa4f0b58d1884301"}"#,
                "\n",
                r#"{"type":"event","length":627}"#,
                "\n",
                r#"{"event_id":"63da4e74c0004879aa4f0b58d1884301","timestamp":"2026-11-21T02:00:00.000Z","platform":"other","level":"error","release":"acme-cli@1.4.2","environment":"production","transaction":"failed","exception":{"values":[{"type":"ConfigError","value":"missing key region","mechanism":{"type":"generic","handled":true}}]},"#,
                r#""tags":{"command":"sync","count":"3","purpose":"product","project_id":"xyz123","provided_id":"a@b.example","fact_ci":"gitlab"},"contexts":{"os":{"name":"Linux","kernel_version":"6.1"},"device":{"arch":"x86_64"}},"user":{"id":"0f3c2c9e","ip_address":"{{auto}}"},"sdk":{"name":"telemetry","version":"0.1.0"}}"#,
                "\n"
            )
        );
    }

    #[test]
    fn an_error_with_almost_nothing() {
        let fields = ["kind", "what", "command", "count"].map(|name| FieldName::new(name).expect("a name")).to_vec();
        let facts = vec![Fact::Os, Fact::OsRelease, Fact::Arch, Fact::Version, Fact::Ci];
        let withheld = Withheld { fields, facts, ids: vec![IdKind::User, IdKind::Project, IdKind::Provided] };
        assert_eq!(
            body(&manifest(""), &[failed()], &withheld),
            concat!(
                r#"{"event_id":"63da4e74c0004879aa4f0b58d1884301"}"#,
                "\n",
                r#"{"type":"event","length":324}"#,
                "\n",
                r#"{"event_id":"63da4e74c0004879aa4f0b58d1884301","timestamp":"2026-11-21T02:00:00.000Z","platform":"other","level":"error","release":"acme","transaction":"failed","exception":{"values":[{"type":"failed","mechanism":{"type":"generic","handled":true}}]},"tags":{"purpose":"product"},"sdk":{"name":"telemetry","version":"0.1.0"}}"#,
                "\n"
            )
        );
    }

    #[test]
    fn an_id_that_is_no_uuid_still_makes_an_event_of_its_own() {
        let odd = |id: &str| {
            let event = Event { id: id.to_owned(), ..event("plain", &[]) };
            let said = body(&manifest(""), &[event], &Withheld::default());
            said.lines().next().unwrap_or_default().to_owned()
        };
        assert_eq!(odd("x\"\n{"), r#"{"event_id":"9911ed1f707a5453e4b4e6d1b3ebe7b0"}"#);
        assert_ne!(odd("x\"\n{"), odd("y"));
    }

    #[test]
    fn an_order_is_an_event_that_names_ids_and_nothing_else() {
        let named = |kind: &str, id: &str| Named { kind: kind.to_owned(), id: id.to_owned() };
        let order = Order {
            request_id: "9dc1b92c-b8e6-49fa-b965-fa45e617391b".to_owned(),
            tool: "acme".to_owned(),
            time: Timestamp::from_ms(0),
            ids: vec![named("project", "xyz"), named("user", "abc")],
            destinations: vec!["https://sentry.example/api/42/envelope/".to_owned()],
        };
        let manifest = manifest("");
        let body = Sentry::new(form(&manifest)).order(&order).expect("an order");
        assert_eq!(
            String::from_utf8(body).expect("text"),
            concat!(
                r#"{"event_id":"9dc1b92cb8e649fab965fa45e617391b"}"#,
                "\n",
                r#"{"type":"event","length":468}"#,
                "\n",
                r#"{"event_id":"9dc1b92cb8e649fab965fa45e617391b","timestamp":"1970-01-01T00:00:00.000Z","platform":"other","level":"info","logentry":{"message":"telemetry deletion requested","formatted":"telemetry deletion requested"},"fingerprint":["telemetry_deletion_request"],"user":{"id":"abc"},"extra":{"request_id":"9dc1b92c-b8e6-49fa-b965-fa45e617391b","tool":"acme","ids":[{"kind":"project","id":"xyz"},{"kind":"user","id":"abc"}]},"sdk":{"name":"telemetry","version":"0.1.0"}}"#,
                "\n"
            )
        );
    }
}
