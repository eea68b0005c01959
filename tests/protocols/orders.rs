//! A deletion order as an event of Segment, Amplitude and PostHog, through the real program.
//!
//! Promises: it stands under the id that the vendor's own tools delete by, and carries nothing but ids. Absent: other protocols.

use serde_json::{Value, json};

use crate::commands::given::{EVENTS, first, text};
use crate::protocols::way::speaking;
use crate::sandbox::server::Answer;

#[test]
fn an_order_stands_under_the_id_that_is_to_go() {
    for (keys, list, ids, name) in [
        ("protocol: segment, key: k", "batch", ["userId", "anonymousId"], "Telemetry Deletion Requested"),
        ("protocol: amplitude, key: k", "events", ["user_id", "device_id"], "telemetry_deletion_request"),
        ("protocol: posthog, key: k", "batch", ["distinct_id", "distinct_id"], "telemetry_deletion_request"),
        (
            "protocol: posthog, key: k, form: events",
            "batch",
            ["distinct_id", "distinct_id"],
            "telemetry_deletion_request",
        ),
    ] {
        let acme = speaking(keys, [Answer::status(200)]);
        let web = format!("  web: {{url: '{}', {keys}}}\n", acme.server.url(""));
        acme.home.manifest("acme", &format!("{EVENTS}destinations:\n{web}deletion:\n  - event: web\n"));
        acme.track(1);
        acme.run(["flush", "acme"]).expect(0);
        let id = text(&acme.json(&["id", "acme"], "id"), "user_id").to_owned();
        acme.run(["forget", "acme", "--yes"]).expect(0);
        let request = acme.server.requests().pop().expect("an order");
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        let event = first(&body, list);
        for key in ids {
            assert_eq!(text(event, key), id, "{keys}");
        }
        let said = event.get("properties").or_else(|| event.get("event_properties")).expect("properties");
        assert_eq!((&said["tool"], &said["ids"]), (&json!("acme"), &json!([{"kind": "user", "id": id}])), "{keys}");
        let named = event.get("event").or_else(|| event.get("event_type"));
        assert_eq!(named, Some(&json!(name)), "{keys}");
        assert!(!String::from_utf8_lossy(&request.body).contains("build"), "nothing of what was recorded");
    }
}
