//! Protocol `snowplow` through the real program: what is shown arrives, a schema holds it, and the word for a yes is *delivered*.
//!
//! Promises: bodies are held against the rules of payload_data and of self-describing JSON by another's validator. Absent: each byte of
//! a body (`src/payload/snowplow.rs`), and what every status means (`src/payload/retries.rs`).

use serde_json::{Value, json};

use crate::commands::given::{Acme, EVENTS, deletion, first, members, number, text};
use crate::sandbox::schema::Schema;
use crate::sandbox::server::Answer;

/// `acme` with a yes, whose destination `web` is a collector with these keys.
fn collector(keys: &str) -> Acme {
    answered(keys, Answer::status(200).header("Set-Cookie", "sp=0f3c; Path=/").body("ok"))
}

/// The same, which answers so.
fn answered(keys: &str, answer: Answer) -> Acme {
    let acme = Acme::new([answer]);
    let schemas = "{command: 'iglu:com.acme/command/jsonschema/1-0-0', job: 'iglu:com.acme/job/jsonschema/2-0-1'}";
    let web = format!("url: {}\n    protocol: snowplow\n    schemas: {schemas}\n", acme.server.url(""));
    let facts = EVENTS.replace("[first_seen]", "[first_seen, os]");
    acme.home.manifest("acme", &format!("{facts}destinations:\n  web:\n    {web}{keys}{}", deletion(&acme.server)));
    acme.run(["enable", "acme"]).expect(0);
    acme
}

/// What is within each item: the event, and the entities where there are any.
fn within(item: &Value) -> impl Iterator<Item = &Value> {
    ["ue_px", "ue_pr", "cx", "co"].into_iter().filter_map(|key| item.get(key))
}

#[test]
fn what_is_shown_arrives_and_is_delivered() {
    for (keys, coded) in [
        ("    entities: [{schema: 'iglu:com.acme/host/jsonschema/1-0-0', data: {os: $fact.os}}]\n", ["ue_px", "cx"]),
        (
            "    encoding: plain\n    entities: [{schema: 'iglu:com.acme/host/jsonschema/1-0-0', data: {os: $fact.os}}]\n",
            ["ue_pr", "co"],
        ),
    ] {
        let acme = collector(keys);
        acme.track(2);
        let payload = first(&acme.json(&["show-payload", "acme"], "payload"), "payloads").clone();
        let body = text(&payload, "body");
        assert_eq!(acme.server.requests().len(), 0);
        let bare: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(Schema::named("payload_data-1-0-4.json").wrong(&bare), None);
        let said = Schema::named("self_describing.json");
        for item in members(&payload["decoded"], "data") {
            assert_eq!(within(item).count(), 2);
            assert!(within(item).all(|inner| said.wrong(inner).is_none()), "{item:#}");
            let [event, entities] = coded.map(|key| &item[key]["data"]);
            assert_eq!(text(event, "schema"), "iglu:com.acme/command/jsonschema/1-0-0");
            assert_eq!((&event["data"]["name"], event["data"].get("fact_os")), (&json!("build"), None));
            assert!(event["data"]["fact_first_seen"].is_string(), "{event:#}");
            assert_eq!(text(&entities[0]["data"], "os"), std::env::consts::OS);
            assert_eq!(item["dtm"], item["ttm"]);
        }
        let ran = acme.run(["show-payload", "acme"]).expect(0);
        let decoded = ran.stdout.split("decoded, for reading:\n").nth(1).expect("both are shown");
        assert!(ran.stdout.contains(body) && decoded.contains("\"name\": \"build\""), "{}", ran.stdout);

        let ran = acme.run(["flush", "acme"]).expect(0);
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(told.contains("delivered") && !told.contains("acknowledged"), "{told}");
        let requests = acme.at("/com.snowplowanalytics.snowplow/tp2");
        let [request] = requests.as_slice() else { panic!("{requests:?}") };
        assert_eq!(String::from_utf8_lossy(&request.body), body);
        assert_eq!(request.header("Content-Type"), Some("application/json; charset=utf-8"));
        assert_eq!((request.header("SP-Anonymous"), request.header("Content-Encoding")), (Some("*"), None));
        let log = acme.json(&["log", "acme", "--verify", "--bodies"], "log");
        let receipt = first(&log, "receipts");
        assert_eq!(
            (text(receipt, "outcome"), text(receipt, "check"), text(receipt, "body")),
            ("delivered", "verified", body)
        );
        // No cookie is kept: the next request says nothing of the last.
        acme.track(1);
        acme.run(["flush", "acme"]).expect(0);
        assert_eq!(acme.at("/com.snowplowanalytics.snowplow/tp2").last().expect("another").header("Cookie"), None);
    }
}

#[test]
fn the_webhook_gets_one_document_a_request_and_may_keep_the_address_where_that_was_agreed() {
    // A yes is a delivery, whatever is said with it: a collector looks at nothing.
    let yes = r#"{"accepted":1,"id":"63da4e74-c000-4879-aa4f-0b58d1884301","status":"acknowledged"}"#;
    let acme = answered("    form: webhook\n    app: acme cli\n    allow: [ip]\n", Answer::status(200).body(yes));
    let told = acme.home.read(".acme/telemetry/agreement.json");
    assert!(told.contains("(may use: ip)"), "{told}");
    acme.track(2);
    let raw = acme.run(["show-payload", "acme", "--raw"]).expect(0).stdout;
    acme.run(["flush", "acme"]).expect(0);
    let requests = acme.at("/com.snowplowanalytics.iglu/v1?aid=acme+cli&p=app");
    assert_eq!((requests.len(), acme.server.requests().len()), (2, 2), "{:?}", acme.server.requests());
    assert_eq!(String::from_utf8_lossy(&requests[0].body), raw);
    let log = acme.json(&["log", "acme"], "log");
    assert!(members(&log, "receipts").iter().all(|one| text(one, "outcome") == "delivered"), "{log:#}");
    for request in &requests {
        assert_eq!((request.header("Content-Type"), request.header("SP-Anonymous")), (Some("application/json"), None));
        let tree: Value = serde_json::from_slice(&request.body).expect("JSON");
        assert_eq!(text(&tree, "schema"), "iglu:com.acme/command/jsonschema/1-0-0");
        assert!(tree["data"]["event_id"].is_string() && tree["data"]["user_id"].is_string(), "{tree:#}");
    }
}

#[test]
fn a_body_is_cut_at_forty_thousand_bytes() {
    let schema = Schema::named("payload_data-1-0-4.json");
    let acme = collector("    encoding: plain\n");
    let (line, events) = ("{\"event\":\"command\",\"fields\":{\"name\":\"build\"}}\n", 200);
    acme.command(["track", "acme", "--lines"]).input(line.repeat(events)).run().expect(0);
    acme.run(["flush", "acme"]).expect(0);
    let bodies: Vec<Vec<u8>> = acme.server.requests().into_iter().map(|request| request.body).collect();
    let mut left = events;
    for (index, body) in bodies.iter().enumerate() {
        let tree: Value = serde_json::from_slice(body).expect("JSON");
        assert_eq!(schema.wrong(&tree), None);
        let count = members(&tree, "data").len();
        left -= count;
        assert!(count <= 100 && body.len() <= 40_000, "{count} events, {} bytes", body.len());
        let one_more = body.len() + body.len() / count;
        assert!(index + 1 == bodies.len() || one_more > 40_000, "{count} events, {} bytes", body.len());
    }
    assert_eq!((left, bodies.len()), (0, 3));
    let log = acme.json(&["log", "acme"], "log");
    assert_eq!(members(&log, "receipts").iter().map(|one| number(one, "events")).sum::<u64>(), 200);
}
