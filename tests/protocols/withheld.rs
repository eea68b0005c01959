//! What is withheld is in nothing that is made, whatever the protocol: a body without leave to say something is the body of who does not
//! have it.
//!
//! Promises: one table of all protocols and packings; each field, fact and id is withheld in turn. Absent: who withholds what
//! (`consent.rs`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use telemetry::consent::answer::Withheld;
use telemetry::host::clock::Timestamp;
use telemetry::identity::ids::{Id, ProvidedId};
use telemetry::identity::names::FieldName;
use telemetry::manifest::events::Value;
use telemetry::manifest::parse;
use telemetry::manifest::problem::Problem;
use telemetry::manifest::tool::{Fact, IdKind, Manifest};
use telemetry::payload::digest::Digest;
use telemetry::payload::event::{Event, Phase, Who};
use telemetry::payload::protocol::{Document, Made};
use telemetry::payload::protocols;
use telemetry::payload::said::Said;

/// Each protocol in each of its shapes: what it is, its keys, and whether it says all that an event has.
const SHAPES: &[(&str, &str, bool)] = &[
    ("json", "url: 'https://t.example'", true),
    ("json lines", "url: 'https://t.example', batch: lines, compression: gzip", true),
    (
        "json document",
        "url: 'https://t.example', batch: single, document: {a: $fields, b: $facts, c: [$user_id, $project_id, $provided_id]}",
        true,
    ),
    (
        "snowplow",
        "url: 'https://t.example', protocol: snowplow, schemas: {run: 'iglu:com.acme/run/jsonschema/1-0-0'}",
        true,
    ),
    (
        "snowplow plain",
        "url: 'https://t.example', protocol: snowplow, encoding: plain, schemas: {run: 'iglu:com.acme/run/jsonschema/1-0-0'}, \
         entities: [{schema: 'iglu:com.acme/host/jsonschema/1-0-0', data: $facts}, {schema: 'iglu:com.acme/who/jsonschema/1-0-0', \
         data: {who: $user_id, where: $project_id, kind: $field.kind}}]",
        true,
    ),
    (
        "snowplow webhook",
        "url: 'https://t.example', protocol: snowplow, form: webhook, schemas: {run: 'iglu:com.acme/run/jsonschema/1-0-0'}",
        true,
    ),
    ("segment", "url: 'https://t.example', protocol: segment, key: k", true),
    (
        "segment single",
        "url: 'https://t.example', protocol: segment, key: k, batch: single, compression: gzip, allow: [ip]",
        true,
    ),
    ("amplitude", "url: 'https://t.example', protocol: amplitude, key: k", true),
    (
        "amplitude http",
        "url: 'https://t.example', protocol: amplitude, key: k, form: httpapi, allow: [ip, profiles]",
        true,
    ),
    ("posthog", "url: 'https://t.example', protocol: posthog, key: k, allow: [geo, profiles]", true),
    ("posthog events", "url: 'https://t.example', protocol: posthog, key: k, form: events, compression: gzip", true),
    (
        "sentry error",
        "dsn: 'https://abc@s.example/1', protocol: sentry, allow: [ip, profiles], errors: {run: {type: $field.kind, message: $field.what}}",
        true,
    ),
    (
        "sentry session",
        "dsn: 'https://abc@s.example/1', protocol: sentry, reports: true, allow: [profiles], sessions: {run: {duration: $field.took, \
         status: $field.kind, errors: $field.count, means: {broken: crashed}}}",
        false,
    ),
    ("otlp", "url: 'https://t.example', protocol: otlp, compression: gzip", true),
    ("cloudevents", "url: 'https://t.example', protocol: cloudevents", true),
    ("cloudevents batch", "url: 'https://t.example', protocol: cloudevents, batch: array, source: /acme", true),
];

fn manifest(keys: &str) -> Manifest {
    beside(keys, "also").unwrap_or_else(|problems| panic!("{keys}: {problems:?}"))
}

/// The manifest whose event has one more field, of this name.
fn beside(keys: &str, name: &str) -> Result<Manifest, Vec<Problem>> {
    let facts: Vec<&str> = Fact::ALL.iter().map(|fact| fact.as_str()).collect();
    let source = format!(
        "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nfacts: [{}]\nids: [user, project, provided]\nevents:\n  run:\n    \
         description: A run\n    purpose: product\n    {}\n    fields:\n      kind: {{type: enum, values: [broken], description: d}}\n      \
         what: {{type: text, pattern: '[a-z ]+', longest: 40, description: d}}\n      took: {{type: duration, description: d}}\n      \
         count: {{type: integer, description: d}}\n      ratio: {{type: number, description: d}}\n      \
         ok: {{type: boolean, description: d}}\n      '{name}': {{type: integer, description: d}}\ndestinations: {{d: {{{keys}}}}}\n",
        facts.join(", "),
        // What comes twice is no error.
        if keys.contains("errors: {") { "" } else { "lifecycle: true" },
    );
    parse::manifest(source.as_bytes())
}

fn everything() -> (Event, Who) {
    let fields = [
        ("kind", Value::Text("broken".to_owned())),
        ("what", Value::Text("zqwhat".to_owned())),
        ("took", Value::Integer(424_201)),
        ("count", Value::Integer(424_202)),
        ("ratio", Value::Number(0.424_203)),
        ("ok", Value::Bool(true)),
    ];
    let event = Event {
        id: "63da4e74-c000-4879-aa4f-0b58d1884301".to_owned(),
        name: "run".to_owned(),
        time: Timestamp::from_ms(1_795_226_400_000),
        pair: Id::new("7ac97fde8887456ab1f127f8744c04e5").ok().map(|id| (Phase::Completed, id)),
        fields: fields.map(|(name, value)| (name.to_owned(), value)).into(),
        facts: Fact::ALL.map(|fact| (fact, format!("zq-{}", fact.as_str()))).into(),
    };
    let who = Who {
        user: Id::new("0f3c2c9e8c9d4d0e9a577a8f7d9a6f11").ok(),
        project: Id::new("zqproject").ok(),
        provided: ProvidedId::new("zqada@example.org").ok(),
    };
    (event, who)
}

/// All that is made of an event for the one destination: its document with what it shares, the body, the headers, the address.
fn made(manifest: &Manifest, event: &Event, who: &Who, withheld: &Withheld) -> (Document, Vec<u8>, String) {
    let destination = manifest.destinations.first().expect("a destination");
    let spoken = protocols::of(destination);
    let document = spoken.document(Said { manifest, event, who, withheld });
    let body = spoken.body(std::slice::from_ref(&document));
    let made = Made { digest: &Digest::of(&body), newest: event.time };
    let around = format!("{:?} {}", spoken.headers(made), destination.address.shown());
    (document, body, around)
}

/// Each thing that can be withheld, with the event and the person that never had it.
fn each() -> Vec<(String, Withheld, Event, Who)> {
    let (event, who) = everything();
    let mut all = Vec::new();
    for (name, _) in &event.fields {
        let mut without = event.clone();
        without.fields.retain(|(other, _)| other != name);
        let withheld = Withheld { fields: vec![FieldName::new(name).expect("a name")], ..Withheld::default() };
        all.push((name.clone(), withheld, without, who.clone()));
    }
    for fact in Fact::ALL {
        let mut without = event.clone();
        without.facts.retain(|(other, _)| *other != fact);
        let withheld = Withheld { facts: vec![fact], ..Withheld::default() };
        all.push((fact.as_str().to_owned(), withheld, without, who.clone()));
    }
    for id in IdKind::ALL {
        let mut without = who.clone();
        match id {
            IdKind::User => without.user = None,
            IdKind::Project => without.project = None,
            IdKind::Provided => without.provided = None,
        }
        let withheld = Withheld { ids: vec![id], ..Withheld::default() };
        all.push((id.as_str().to_owned(), withheld, event.clone(), without));
    }
    all
}

#[test]
fn what_is_withheld_is_as_if_it_had_never_been() {
    let (event, who) = everything();
    for (shape, keys, says_all) in SHAPES {
        let manifest = manifest(keys);
        let whole = made(&manifest, &event, &who, &Withheld::default());
        let mut told = 0;
        for (name, withheld, without, nobody) in each() {
            let left_out = made(&manifest, &event, &who, &withheld);
            assert_eq!(left_out, made(&manifest, &without, &nobody, &Withheld::default()), "{shape}: {name}");
            // The baseline: with leave it is said.
            told += usize::from(left_out.1 != whole.1);
            assert!(!says_all || left_out.1 != whole.1, "{shape} never says {name}");
        }
        // A session says its release, who it was about, how long it took, how it ended and how many errors it had.
        assert!(told >= 5, "{shape}: {told}");
    }
}

#[test]
fn all_that_is_withheld_leaves_no_trace() {
    let (event, who) = everything();
    for (shape, keys, _) in SHAPES {
        let manifest = manifest(keys);
        let spoken = protocols::of(manifest.destinations.first().expect("a destination"));
        let mut withheld = Withheld::default();
        for (_, one, ..) in each() {
            withheld.fields.extend(one.fields);
            withheld.facts.extend(one.facts);
            withheld.ids.extend(one.ids);
        }
        let text = |withheld: &Withheld| {
            let (document, body, around) = made(&manifest, &event, &who, withheld);
            let opened = spoken.opened(&body).map(|tree| tree.to_string());
            let shared = String::from_utf8_lossy(&document.shared).into_owned();
            [opened.unwrap_or_else(|| panic!("{shape} opens")), shared, around].concat()
        };
        let markers = ["zq", "4242", "broken", "0f3c2c9e", "8c9d4d0e9a577a8f7d9a6f11"];
        assert!(markers[1..].iter().any(|marker| text(&Withheld::default()).contains(marker)), "{shape}: the baseline");
        for marker in markers {
            assert!(!text(&withheld).contains(marker), "{shape}: {marker} in {}", text(&withheld));
        }
    }
}

/// JSON in which no mapping has a key twice; with all keys and texts in it.
struct Once(Vec<String>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Once;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Once, A::Error> {
                let (mut own, mut below) = (Vec::new(), Vec::new());
                while let Some((key, Once(inner))) = map.next_entry::<String, Once>()? {
                    if own.contains(&key) {
                        return Err(A::Error::custom(format!("{key} stands twice")));
                    }
                    own.push(key);
                    below.extend(inner);
                }
                own.extend(below);
                Ok(Once(own))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Once, A::Error> {
                let mut all = Vec::new();
                while let Some(Once(inner)) = list.next_element::<Once>()? {
                    all.extend(inner);
                }
                Ok(Once(all))
            }

            // What stands coded in a text is looked at as well.
            fn visit_str<E: Error>(self, text: &str) -> Result<Once, E> {
                let decoded = URL_SAFE.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let inner = decoded.as_deref().unwrap_or(text);
                if inner.starts_with("{\"") {
                    serde_json::from_str(inner).map_err(E::custom)
                } else {
                    Ok(Once(vec![text.to_owned()]))
                }
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Once, E> {
                Ok(Once(Vec::new()))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Once, E> {
                Ok(Once(Vec::new()))
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Once, E> {
                Ok(Once(Vec::new()))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Once, E> {
                Ok(Once(Vec::new()))
            }

            fn visit_unit<E: Error>(self) -> Result<Once, E> {
                Ok(Once(Vec::new()))
            }
        }
        from.deserialize_any(Keys)
    }
}

#[test]
fn no_field_takes_the_place_of_what_a_protocol_says_itself() {
    let (event, who) = everything();
    let body = |keys: &str, manifest: &Manifest, event: &Event| {
        let plain = keys.replace("compression: gzip", "compression: none");
        assert_eq!(plain, *keys, "unpacked");
        let body = made(manifest, event, &who, &Withheld::default()).1;
        String::from_utf8(body).expect("text").lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let shapes: Vec<(&str, String)> =
        SHAPES.iter().map(|(shape, keys, _)| (*shape, keys.replace(", compression: gzip", ""))).collect();
    let (mut taken, mut refused) = (0, 0);
    for (shape, keys) in &shapes {
        let mut words = Vec::new();
        for line in body(keys, &manifest(keys), &event) {
            let Once(found) = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{shape}: {error}"));
            words.extend(found);
        }
        words.retain(|word| FieldName::new(word).is_ok() && event.fields.iter().all(|(name, _)| name != word));
        words.sort();
        words.dedup();
        assert!(words.len() > 4, "{shape}: {words:?}");
        for word in words {
            let Ok(manifest) = beside(keys, &word) else {
                refused += 1;
                continue;
            };
            taken += 1;
            let mut event = event.clone();
            event.fields.push((word.clone(), Value::Integer(424_299)));
            for line in body(keys, &manifest, &event) {
                let once: Result<Once, _> = serde_json::from_str(&line);
                assert!(once.is_ok(), "{shape}, a field {word}: {:?}\n{line}", once.err());
                let tree: serde_json::Value = serde_json::from_str(&line).expect("JSON");
                unlike(&tree, &format!("{shape}, a field {word}"));
            }
        }
    }
    assert!(taken > 100 && refused > 100, "{taken} {refused}");
}

/// Holds that no list of attributes has one twice.
fn unlike(tree: &serde_json::Value, what: &str) {
    let items: Vec<&serde_json::Value> = match tree {
        serde_json::Value::Array(items) => items.iter().collect(),
        serde_json::Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    };
    let keys: Vec<&serde_json::Value> =
        if tree.is_array() { items.iter().filter_map(|item| item.get("key")).collect() } else { Vec::new() };
    for (at, key) in keys.iter().enumerate() {
        assert!(!keys[..at].contains(key), "{what}: {key} stands twice");
    }
    for item in items {
        unlike(item, what);
    }
}
