//! The JSON Schemas that bodies are held against, and that they refuse what a receiver would.
//!
//! Promises: each rule that a receiver has is broken once here, and is told. Absent: our own bodies, which are held against them where
//! they are made.

use serde_json::{Value, json};

use crate::sandbox::schema::Schema;

/// The value with a part of it replaced, or taken away.
fn changed(whole: &Value, at: &str, to: Option<Value>) -> Value {
    let mut whole = whole.clone();
    let (parent, name) = at.rsplit_once('/').expect("a path");
    let parent = whole.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    match to {
        Some(value) => parent.insert(name.to_owned(), value),
        None => parent.remove(name),
    };
    whole
}

/// The good one holds, and none of the others.
#[track_caller]
fn holds_only(schema: &str, good: &Value, breaks: &[(&str, Option<Value>)]) {
    let schema = Schema::named(schema);
    assert_eq!(schema.wrong(good), None);
    for (at, to) in breaks {
        let bad = changed(good, at, to.clone());
        assert!(schema.wrong(&bad).is_some(), "{at} may not be {to:?}: {bad}");
    }
}

#[test]
fn a_body_for_snowplow_says_everything_in_texts() {
    let good = json!({"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": [
        {"e": "ue", "p": "app", "tv": "telemetry-0.1.0", "eid": "63da4e74-c000-4879-aa4f-0b58d1884301",
         "ttm": "1795226400000", "ue_pr": "{}"}]});
    let breaks = [
        ("/schema", Some(json!("iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-3"))),
        ("/data", Some(json!([]))),
        ("/data", None),
        ("/more", Some(json!(1))),
        ("/data/0/e", None),
        ("/data/0/p", None),
        ("/data/0/tv", None),
        ("/data/0/ttm", Some(json!(1_795_226_400_000_u64))),
        ("/data/0/aid", Some(json!(null))),
        ("/data/0/sent", Some(json!("1"))),
    ];
    holds_only("payload_data-1-0-4.json", &good, &breaks);
}

#[test]
fn what_a_body_for_snowplow_wraps_names_its_schema() {
    let said = json!({"schema": "iglu:com.acme/command/jsonschema/1-0-0", "data": {"name": "sync"}});
    let event = json!({"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": said});
    let breaks = [
        ("/schema", Some(json!("iglu:com.acme/command/jsonschema/1-0-0"))),
        ("/data", Some(json!([said]))),
        ("/data/schema", Some(json!("com.acme/command/jsonschema/1-0-0"))),
        ("/data/schema", Some(json!("iglu:com.acme/command/jsonschema/1-0"))),
        ("/data/schema", None),
        ("/data/data", Some(json!("{}"))),
    ];
    holds_only("self_describing.json", &event, &breaks);
    let entities = json!({"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1", "data": [said]});
    let breaks =
        [("/data", Some(json!([]))), ("/data", Some(said)), ("/data/0/schema", Some(json!("iglu:com.acme/command")))];
    holds_only("self_describing.json", &entities, &breaks);
}

#[test]
fn a_cloud_event_keeps_to_its_rules() {
    let good = json!({"specversion": "1.0", "id": "63da4e74-c000-4879-aa4f-0b58d1884301",
        "source": "urn:uuid:0f3c2c9e-8c9d-4d0e-9a57-7a8f7d9a6f11", "type": "com.acme.command", "purpose": "product",
        "time": "2026-11-21T02:00:00Z", "datacontenttype": "application/json", "data": {"name": "sync"}});
    let breaks = [
        ("/specversion", Some(json!("1.1"))),
        ("/specversion", None),
        ("/id", Some(json!(""))),
        ("/id", None),
        ("/source", Some(json!("a b"))),
        ("/source", Some(json!(""))),
        ("/source", None),
        ("/type", None),
        ("/time", Some(json!("2026-11-21 02:00"))),
        ("/time", Some(json!(1_795_226_400))),
        ("/subject", Some(json!(""))),
        ("/dataschema", Some(json!("schema.json"))),
        ("/data_base64", Some(json!("e30="))),
        ("/user_id", Some(json!("a"))),
        ("/userId", Some(json!("a"))),
        ("/abcdefghijklmnopqrstu", Some(json!("a"))),
        ("/count", Some(json!(2_147_483_648_u64))),
        ("/count", Some(json!(1.5))),
        ("/count", Some(json!({"a": 1}))),
    ];
    holds_only("cloudevents-1.0.json", &good, &breaks);
    let batch = json!({"batch": [good, good]});
    let schema = Schema::named("cloudevents-1.0.json");
    assert_eq!((schema.wrong(&batch["batch"]), schema.wrong(&json!([]))), (None, None));
    assert!(schema.wrong(&json!([good, changed(&good, "/id", None)])).is_some(), "one bad event");
    assert!(schema.wrong(&json!([[good]])).is_some(), "a batch in a batch");
}
