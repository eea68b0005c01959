//! A manifest that changes: what was sealed is sealed anew for each of its keys, and another account at the same address is agreed to
//! anew.
//!
//! Promises: each key of each protocol is changed in turn. Absent: what a changed address means (`commands`), variables that are
//! followed (`otel_variables`).

use std::collections::HashMap;

use serde_json::Value;
use telemetry::manifest::destinations::Destination;
use telemetry::manifest::parse;

use crate::commands::given::{Acme, EVENTS, document, first, members, number, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

/// Of each protocol: keys, and these with one changed; `!` before one is another destination for who agreed.
const CHANGES: &[(&str, &[&str])] = &[
    (
        "url: 'https://t.example/'",
        &[
            "!url: 'https://t.example/v2'",
            "url: 'https://t.example/', method: PUT",
            "url: 'https://t.example/', headers: {x-a: b}",
            "url: 'https://t.example/', headers: {x-a: c}",
            "url: 'https://t.example/', headers: {x-a: b, x-c: d}",
            "url: 'https://t.example/', batch: lines",
            "url: 'https://t.example/', batch: single",
            "url: 'https://t.example/', compression: gzip",
            "url: 'https://t.example/', document: {a: $event}",
            "url: 'https://t.example/', document: {a: $id}",
            "url: 'https://t.example/', document: [$event]",
        ],
    ),
    (
        "url: 'https://t.example/in', protocol: snowplow, schemas: {run: 'iglu:com.a/run/jsonschema/1-0-0'}",
        &[
            "!url: 'https://t.example/in', protocol: snowplow, headers: {x-a: b}, schemas: {run: 'iglu:com.a/run/jsonschema/1-0-0'}",
            "!url: 'https://t.example/in', protocol: snowplow, headers: {x-a: c}, schemas: {run: 'iglu:com.a/run/jsonschema/1-0-0'}",
            "url: 'https://t.example/in', protocol: snowplow, schemas: {run: 'iglu:com.a/run/jsonschema/1-0-1'}",
            "url: 'https://t.example/in', protocol: snowplow, app: b, schemas: {run: 'iglu:com.a/run/jsonschema/1-0-0'}",
            "url: 'https://t.example/in', protocol: snowplow, encoding: plain, schemas: {run: 'iglu:com.a/run/jsonschema/1-0-0'}",
            "url: 'https://t.example/in', protocol: snowplow, entities: [{schema: 'iglu:com.a/h/jsonschema/1-0-0', data: $facts}], schemas: {run: 'iglu:com.a/run/jsonschema/1-0-0'}",
            "url: 'https://t.example/in', protocol: snowplow, entities: [{schema: 'iglu:com.a/i/jsonschema/1-0-0', data: $facts}], schemas: {run: 'iglu:com.a/run/jsonschema/1-0-0'}",
            "url: 'https://t.example/in', protocol: snowplow, entities: [{schema: 'iglu:com.a/h/jsonschema/1-0-0', data: {a: $event}}], schemas: {run: 'iglu:com.a/run/jsonschema/1-0-0'}",
            "!url: 'https://t.example/in', protocol: snowplow, allow: [ip], schemas: {run: 'iglu:com.a/run/jsonschema/1-0-0'}",
            "!url: 'https://t.example/in', protocol: snowplow, form: webhook, schemas: {run: 'iglu:com.a/run/jsonschema/1-0-0'}",
        ],
    ),
    (
        "url: 'https://t.example/in', protocol: segment, key: k",
        &[
            "!url: 'https://t.example/in', protocol: segment, key: other",
            "!url: 'https://t.example/in', protocol: segment, key: k, headers: {x-a: b}",
            "!url: 'https://t.example/in', protocol: segment, key: k, allow: [ip]",
            "url: 'https://t.example/in', protocol: segment, key: k, batch: single",
            "url: 'https://t.example/in', protocol: segment, key: k, app: b",
            "url: 'https://t.example/in', protocol: segment, key: k, compression: gzip",
            "url: 'https://t.example/in', protocol: segment, key: k, names: {run: b}",
        ],
    ),
    (
        "url: 'https://t.example/in', protocol: amplitude, key: k",
        &[
            "!url: 'https://t.example/in', protocol: amplitude, key: other",
            "!url: 'https://t.example/in', protocol: amplitude, key: k, headers: {x-a: b}",
            "!url: 'https://t.example/in', protocol: amplitude, key: k, allow: [ip]",
            "!url: 'https://t.example/in', protocol: amplitude, key: k, allow: [profiles]",
            "url: 'https://t.example/in', protocol: amplitude, key: k, form: httpapi",
            "url: 'https://t.example/in', protocol: amplitude, key: k, names: {run: b}",
        ],
    ),
    (
        "url: 'https://t.example/in', protocol: posthog, key: k",
        &[
            "!url: 'https://t.example/in', protocol: posthog, key: other",
            "!url: 'https://t.example/in', protocol: posthog, key: k, headers: {x-a: b}",
            "!url: 'https://t.example/in', protocol: posthog, key: k, allow: [geo]",
            "!url: 'https://t.example/in', protocol: posthog, key: k, allow: [profiles]",
            "url: 'https://t.example/in', protocol: posthog, key: k, form: events",
            "url: 'https://t.example/in', protocol: posthog, key: k, app: b",
            "url: 'https://t.example/in', protocol: posthog, key: k, compression: gzip",
            "url: 'https://t.example/in', protocol: posthog, key: k, names: {run: b}",
        ],
    ),
    (
        "dsn: 'https://k@t.example/1', protocol: sentry, errors: {run: {type: a =b, message: c}}, sessions: {beat: {}}",
        &[
            "!dsn: 'https://other@t.example/1', protocol: sentry, errors: {run: {type: a =b, message: c}}, sessions: {beat: {}}",
            "!dsn: 'https://k@t.example/2', protocol: sentry, errors: {run: {type: a =b, message: c}}, sessions: {beat: {}}",
            "!dsn: 'https://k@t.example/1', protocol: sentry, headers: {x-a: b}, errors: {run: {type: a =b, message: c}}, sessions: {beat: {}}",
            "!dsn: 'https://k@t.example/1', protocol: sentry, allow: [ip], errors: {run: {type: a =b, message: c}}, sessions: {beat: {}}",
            "!dsn: 'https://k@t.example/1', protocol: sentry, allow: [profiles], errors: {run: {type: a =b, message: c}}, sessions: {beat: {}}",
            "!dsn: 'https://k@t.example/1', protocol: sentry, reports: true, errors: {run: {type: a =b, message: c}}, sessions: {beat: {}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, errors: {run: {type: a, message: b =c}}, sessions: {beat: {}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, errors: {run: {type: $field.word, message: c}}, sessions: {beat: {}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, errors: {run: {message: c}}, sessions: {beat: {}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, errors: {beat: {type: a =b, message: c}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, app: b, errors: {run: {type: a =b, message: c}}, sessions: {beat: {}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, environment: b, errors: {run: {type: a =b, message: c}}, sessions: {beat: {}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, compression: gzip, errors: {run: {type: a =b, message: c}}, sessions: {beat: {}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, errors: {run: {type: a =b, message: c}}, sessions: {beat: {duration: $field.took}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, errors: {run: {type: a =b, message: c}}, sessions: {beat: {errors: $field.count}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, errors: {run: {type: a =b, message: c}}, sessions: {beat: {status: $field.word}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, errors: {run: {type: a =b, message: c}}, sessions: {beat: {status: $field.word, means: {w: crashed}}}",
            "dsn: 'https://k@t.example/1', protocol: sentry, errors: {run: {type: a =b, message: c}}, sessions: {beat: {status: $field.word, means: {w: errored}}}",
        ],
    ),
    (
        "url: 'https://t.example/in', protocol: otlp",
        &[
            "!url: 'https://t.example/in', protocol: otlp, headers: {x-a: b}",
            "!url: 'https://t.example/in', protocol: otlp, headers: {x-a: c}",
            "url: 'https://t.example/in', protocol: otlp, app: b",
            "url: 'https://t.example/in', protocol: otlp, compression: gzip",
            "url: 'https://t.example/in', protocol: otlp, names: {run: b}",
            "url: 'https://t.example/in', protocol: otlp, names: {beat: b}",
        ],
    ),
    (
        "url: 'https://t.example/in', protocol: cloudevents",
        &[
            "!url: 'https://t.example/in', protocol: cloudevents, headers: {x-a: b}",
            "!url: 'https://t.example/in', protocol: cloudevents, headers: {x-a: c}",
            "url: 'https://t.example/in', protocol: cloudevents, method: PUT",
            "url: 'https://t.example/in', protocol: cloudevents, batch: array",
            "url: 'https://t.example/in', protocol: cloudevents, source: /b",
            "url: 'https://t.example/in', protocol: cloudevents, prefix: b",
            "url: 'https://t.example/in', protocol: cloudevents, names: {run: b}",
            "url: 'https://t.example/in', protocol: cloudevents, schemas: {run: 'https://t.example/s'}",
        ],
    ),
];

fn destination(keys: &str) -> Destination {
    let event = |name: &str| {
        format!(
            "  {name}:\n    description: d\n    purpose: product\n    destinations: [{}]\n    fields: {{word: {{type: enum, values: [w], \
             description: d}}, took: {{type: duration, description: d}}, count: {{type: integer, description: d}}}}\n",
            if keys.contains("protocol: snowplow") && name == "beat" { "e" } else { "d" }
        )
    };
    let source = format!(
        "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nfacts: [os]\nevents:\n{}{}destinations: {{d: {{{keys}}}, e: {{file: e.jsonl}}}}\n",
        event("run"),
        event("beat")
    );
    let manifest = parse::manifest(source.as_bytes()).unwrap_or_else(|problems| panic!("{keys}: {problems:?}"));
    manifest.destinations.into_iter().next().expect("a destination")
}

#[test]
fn a_key_that_changes_makes_what_was_sealed_another_and_an_account_is_agreed_to() {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for (base, changes) in CHANGES {
        let agreed = destination(base);
        assert_eq!(seen.insert(agreed.fingerprint(), base), None, "{base}");
        for change in *changes {
            let (keys, another) = change.strip_prefix('!').map_or((*change, false), |keys| (keys, true));
            let changed = destination(keys);
            assert_eq!(seen.insert(changed.fingerprint(), keys), None, "{keys}");
            assert_eq!(changed.declared() != agreed.declared(), another, "{keys}: {}", changed.declared());
        }
    }
}

#[test]
fn who_agreed_sees_whose_account_it_is() {
    for (keys, declared) in [
        // Agreements that stand.
        ("url: 'https://t.example/in', headers: {x-a: b}", "https://t.example/in"),
        ("file: out.jsonl, protocol: otlp", "file:out.jsonl"),
        ("url: 'https://t.example/in', protocol: otlp", "https://t.example/in"),
        ("url: 'https://t.example/in', protocol: segment, key: k", "https://t.example/in (under the key k)"),
        (
            "dsn: 'https://k:secret@t.example/1', protocol: sentry, allow: [ip], reports: true",
            "https://t.example/api/1/envelope/ (under the key k; may use: ip; is told how many events were lost)",
        ),
        (
            "url: 'https://t.example/in', protocol: posthog, key: k, headers: {X-B: s3cret, x-a: b}",
            "https://t.example/in (under the key k; with the headers x-b, x-a, of digest 0)",
        ),
    ] {
        let shown = destination(keys).declared();
        let shown = shown.split("of digest ").map(|part| match part.split_once(')') {
            Some((digest, "")) if digest.len() == 32 => "0)",
            _ => part,
        });
        assert_eq!(shown.collect::<Vec<_>>().join("of digest "), declared);
    }
}

/// `acme` with these keys beside its address, its yes kept.
fn declare(home: &Home, server: &Server, keys: &str) {
    home.manifest("acme", &format!("{EVENTS}destinations:\n  web: {{url: '{}', {keys}}}\n", server.url("/in")));
}

#[test]
fn another_account_at_the_same_address_gets_nothing_that_was_not_agreed_to() {
    for (agreed, other) in [
        ("protocol: segment, key: ours", "protocol: segment, key: theirs"),
        ("protocol: amplitude, key: ours", "protocol: amplitude, key: theirs"),
        ("protocol: posthog, key: ours", "protocol: posthog, key: theirs"),
        ("protocol: otlp, headers: {x-key: ours}", "protocol: otlp, headers: {x-key: theirs}"),
        ("protocol: cloudevents, headers: {x-key: ours}", "protocol: cloudevents, headers: {x-key: theirs}"),
    ] {
        let (home, server) = (Home::new(), Server::start([Answer::status(200)]));
        declare(&home, &server, agreed);
        let acme = Acme { home, server };
        acme.run(["enable", "acme"]).expect(0);
        acme.track(2);
        // Sealed for the one that was agreed to, or not sealed yet: neither goes to the other one.
        acme.run(["show-payload", "acme"]).expect(0);
        declare(&acme.home, &acme.server, other);
        let flushed = acme.json(&["flush", "acme"], "flushed");
        assert_eq!((number(&flushed, "waiting"), acme.server.requests().len()), (2, 0), "{other}: {flushed:#}");
        let shown = acme.json(&["show-payload", "acme"], "payload");
        assert_eq!(text(first(&shown, "payloads"), "which"), "withheld", "{other}");
        // The baseline: to the one that was agreed to it goes.
        declare(&acme.home, &acme.server, agreed);
        acme.run(["flush", "acme"]).expect(0);
        let requests = acme.server.requests();
        assert!(!requests.is_empty(), "{agreed}");
        assert!(requests.iter().all(|request| !String::from_utf8_lossy(&request.body).contains("theirs")));
    }
}

#[test]
fn in_every_protocol_and_packing_what_is_shown_is_sent_is_kept() {
    let iglu = "schemas: {command: 'iglu:com.a/command/jsonschema/1-0-0', job: 'iglu:com.a/job/jsonschema/1-0-0'}";
    let (home, server) = (Home::new(), Server::start([Answer::status(200)]));
    let dsn = server.url("/1").replace("://", "://public@");
    let shapes = [
        "batch: array".to_owned(),
        "batch: lines, compression: gzip, method: PUT, headers: {x-a: 'a b'}".to_owned(),
        "batch: single, document: {a: $fields}".to_owned(),
        format!("protocol: snowplow, {iglu}"),
        format!("protocol: snowplow, encoding: plain, allow: [ip], {iglu}"),
        format!("protocol: snowplow, form: webhook, {iglu}"),
        "protocol: segment, key: k, compression: gzip".to_owned(),
        "protocol: segment, key: k, batch: single".to_owned(),
        "protocol: amplitude, key: k".to_owned(),
        "protocol: amplitude, key: k, form: httpapi".to_owned(),
        "protocol: posthog, key: k".to_owned(),
        "protocol: posthog, key: k, form: events, compression: gzip".to_owned(),
        format!("dsn: '{dsn}', protocol: sentry"),
        format!("dsn: '{dsn}', protocol: sentry, compression: gzip, errors: {{command: {{message: $field.name}}}}"),
        "protocol: otlp, compression: gzip".to_owned(),
        "protocol: cloudevents".to_owned(),
        "protocol: cloudevents, batch: array, headers: {x-a: b}".to_owned(),
    ];
    let lines = shapes.iter().enumerate().map(|(at, keys)| {
        let url =
            if keys.contains("dsn") { String::new() } else { format!("url: '{}', ", server.url(&format!("/{at}"))) };
        format!("  d{at}: {{{url}{keys}}}\n")
    });
    home.manifest("acme", &format!("{EVENTS}destinations:\n{}", lines.collect::<String>()));
    let acme = Acme { home, server };
    acme.run(["enable", "acme"]).expect(0);
    acme.track(1);
    let shown = acme.json(&["show-payload", "acme"], "payload");
    let payloads = members(&shown, "payloads");
    assert_eq!((payloads.len(), acme.server.requests().len()), (shapes.len(), 0));
    acme.run(["flush", "acme"]).expect(0);
    let log = acme.json(&["log", "acme", "--verify", "--bodies"], "log");
    let exported = document(&acme.run(["export", "acme"]).expect(0), "export");
    for payload in payloads {
        let name = text(payload, "destination");
        assert_eq!(text(payload, "which"), "sealed", "{name}");
        assert!(
            payload.get("decoded").is_some_and(|decoded| !decoded.is_null()),
            "{name} is shown as a person reads it"
        );
        let requests = acme.server.requests();
        let mut sent = requests.iter().filter(|request| {
            text(payload, "address") == acme.server.url(&request.path)
                && text(payload, "digest") == crate::commands::given::digest(&request.body)
        });
        let request = sent.next().unwrap_or_else(|| panic!("{name}: no request has these bytes: {payload:#}"));
        let framing = ["host", "content-length"];
        let lower = request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        let lower: Vec<(String, String)> = lower.filter(|(name, _)| !framing.contains(&name.as_str())).collect();
        let wanted: Vec<(String, String)> = serde_json::from_value(payload["headers"].clone()).expect("headers");
        assert_eq!(lower, wanted, "{name}: the headers shown and no others");
        let receipt = members(&log, "receipts").iter().find(|receipt| text(receipt, "destination") == name);
        let receipt = receipt.unwrap_or_else(|| panic!("{name} has a receipt"));
        assert_eq!(text(receipt, "check"), "verified", "{name}");
        for key in ["digest", "body", "body_base64", "address", "method"] {
            let of = |document: &Value| document.get(key).cloned().unwrap_or(Value::Null);
            assert_eq!(of(receipt), of(payload), "{name}: {key}");
        }
        let mut kept = members(first(&exported, "tools"), "receipts").iter();
        let kept = kept.find(|one| text(one, "destination") == name).expect("it is exported");
        assert_eq!(kept["headers"], payload["headers"], "{name}: the headers kept");
    }
}
