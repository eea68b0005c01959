//! Protocol `amplitude`, through the real program: what is taken is counted, what is not is named by its place.
//!
//! Promises: of a body that is not taken for the sake of some events the others arrive, once. Absent: exact bodies
//! (`src/payload/amplitude.rs`).

use crate::protocols::way::{documents, flushed, outcomes, shown, speaking, whole};
use crate::sandbox::server::Answer;

const KEYS: &str = "protocol: amplitude, key: 0f3c2c9e8c9d4d0e9a577a8f7d9a6f11";

fn taken(events: usize) -> Answer {
    Answer::status(200).body(format!(r#"{{"code":200,"events_ingested":{events}}}"#))
}

#[test]
fn what_is_shown_is_sent_and_kept_and_a_count_acknowledges() {
    let acme = speaking(KEYS, [taken(1)]);
    let (request, body) = whole(&acme, "acknowledged");
    assert_eq!(request.path, "/batch");
    let event = &body["events"][0];
    assert_eq!((&event["user_id"], &event["$skip_user_properties_sync"]), (&event["device_id"], &true.into()));
    assert!(event.get("ip").is_none() && event["user_id"].is_string(), "{event}");
    let acme = speaking(&format!("{KEYS}, form: httpapi, allow: [profiles, ip]"), [Answer::status(200)]);
    let (request, body) = whole(&acme, "delivered");
    assert_eq!((request.path.as_str(), body["events"][0]["ip"].as_str()), ("/2/httpapi", Some("$remote")));
}

#[test]
fn what_a_400_names_is_refused_and_the_rest_goes_out_again() {
    let first = r#"{"code":400,"events_with_invalid_fields":{"time":[1]},"events_with_missing_fields":{"x":[9]}}"#;
    let second = r#"{"code":400,"silenced_events":[0]}"#;
    let acme = speaking(KEYS, [Answer::status(400).body(first), Answer::status(400).body(second), taken(2)]);
    acme.track(4);
    let ids = documents(shown(&acme)["body"].as_str().expect("text").as_bytes(), "events", "insert_id");
    assert_eq!(flushed(&acme, 4), (2, 2, 2, 0));
    let requests = acme.server.requests();
    let sent: Vec<_> = requests.iter().map(|request| documents(&request.body, "events", "insert_id")).collect();
    assert_eq!(sent, [ids.clone(), [&ids[..1], &ids[2..]].concat(), ids[2..].to_vec()]);
    assert_eq!(outcomes(&acme), ["part", "part", "acknowledged"]);
}

#[test]
fn a_receiver_that_refuses_one_after_the_other_is_asked_no_longer_than_a_flush() {
    let acme = speaking(KEYS, [Answer::status(400).body(r#"{"code":400,"silenced_events":[0]}"#)]);
    acme.track(30);
    let (taken, _, refused, waiting) = flushed(&acme, 4);
    assert_eq!((taken, refused + waiting), (0, 30));
    assert!(waiting > 0 && acme.server.requests().len() < 20, "{waiting} wait");
    // Nothing was taken: the trouble goes on, and the waits with it.
    flushed(&acme, 4);
    let trouble = acme.home.read(".acme/telemetry/backoff/web.json");
    assert!(trouble.contains("\"attempts\":2"), "{trouble}");
}

#[test]
fn what_a_429_names_waits_and_the_rest_goes_out_at_once() {
    let named = r#"{"code":429,"throttled_devices":{"d":31},"throttled_events":[0,2]}"#;
    let acme = speaking(KEYS, [Answer::status(429).body(named), taken(1)]);
    acme.track(3);
    let ids = documents(shown(&acme)["body"].as_str().expect("text").as_bytes(), "events", "insert_id");
    assert_eq!(flushed(&acme, 4), (1, 1, 0, 2));
    let last = acme.server.requests().pop().expect("a request");
    assert_eq!(documents(&last.body, "events", "insert_id"), ids[1..2]);
    let before = acme.server.requests().len();
    acme.run(["flush", "acme"]).expect(3);
    assert_eq!(acme.server.requests().len(), before, "it is left alone for half a minute");
    acme.server.go_on([taken(2)]);
    assert_eq!(flushed(&acme, 0), (2, 2, 0, 0));
    let last = acme.server.requests().pop().expect("a request");
    assert_eq!(documents(&last.body, "events", "insert_id"), [ids[0].as_str(), ids[2].as_str()]);
}

#[test]
fn a_wrong_key_refuses_nothing() {
    let acme = speaking(KEYS, [Answer::status(400).body(r#"{"code":400,"error":"Invalid API key: 0f3c"}"#), taken(2)]);
    acme.track(2);
    assert_eq!(flushed(&acme, 3), (0, 0, 0, 2));
    assert_eq!(flushed(&acme, 0), (2, 2, 0, 0));
    assert_eq!(outcomes(&acme), ["misconfigured", "acknowledged"]);
}
