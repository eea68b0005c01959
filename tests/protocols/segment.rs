//! Protocol `segment`, through the real program: Segment's and RudderStack's yes is a delivery, Jitsu's names and counts.
//!
//! Promises: one request is valid for all three. Absent: exact bodies (`src/payload/segment.rs`).

use crate::protocols::way::{documents, flushed, outcomes, shown, speaking, whole};
use crate::sandbox::server::Answer;

const KEYS: &str = "protocol: segment, key: WRITEKEY";

#[test]
fn what_is_shown_is_sent_and_kept_and_a_bare_yes_is_a_delivery() {
    let acme = speaking(KEYS, [Answer::status(200).body(r#"{"success":true}"#)]);
    let (request, body) = whole(&acme, "delivered");
    assert_eq!(request.path, "/v1/batch");
    assert_eq!(request.header("authorization"), Some("Basic V1JJVEVLRVk6"));
    assert_eq!(request.header("x-ip-policy"), Some("remove"));
    let event = &body["batch"][0];
    assert_eq!((&event["userId"], body["writeKey"].as_str()), (&event["anonymousId"], Some("WRITEKEY")));
    assert!(body.get("sentAt").is_none() && event["context"].get("direct").is_none());
}

#[test]
fn one_event_in_a_body_packed() {
    let keys = format!("{KEYS}, batch: single, compression: gzip, allow: [ip]");
    let acme = speaking(&keys, [Answer::status(200).body("OK")]);
    let (request, body) = whole(&acme, "delivered");
    assert_eq!((request.path.as_str(), request.header("x-ip-policy")), ("/v1/track", None));
    assert_eq!((body["type"].as_str(), body["writeKey"].as_str()), (Some("track"), Some("WRITEKEY")));
}

#[test]
fn what_is_counted_is_acknowledged_and_what_is_named_is_refused() {
    let jitsu = |sent, ok, errors: &str| {
        Answer::status(200)
            .body(format!(r#"{{"ok":{},"receivedEvents":{sent},"okEvents":{ok},"errors":[{errors}]}}"#, sent == ok))
    };
    let acme = speaking(KEYS, [jitsu(3, 3, "")]);
    acme.track(3);
    assert_eq!(flushed(&acme, 0), (3, 3, 0, 0));
    acme.track(3);
    let ids = documents(shown(&acme)["body"].as_str().expect("text").as_bytes(), "batch", "messageId");
    acme.server.go_on([jitsu(3, 2, &format!("\"Message ID: {}: event error\"", ids[1]))]);
    assert_eq!(flushed(&acme, 4), (2, 2, 1, 0));
    assert_eq!(acme.server.requests().len(), 2, "nothing is sent again");
    assert_eq!(outcomes(&acme), ["acknowledged", "part"]);
}

#[test]
fn a_hundred_events_fill_a_body_and_too_large_a_one_is_halved() {
    let acme = speaking(KEYS, [Answer::status(200).body("OK")]);
    let lines = "{\"event\":\"command\",\"fields\":{\"name\":\"build\"}}\n".repeat(101);
    acme.command(["track", "acme", "--lines"]).input(lines).run().expect(0);
    assert_eq!(flushed(&acme, 0), (101, 0, 0, 0));
    let sizes = |from: usize| -> Vec<usize> {
        let requests = acme.server.requests();
        requests[from..].iter().map(|request| documents(&request.body, "batch", "messageId").len()).collect()
    };
    assert_eq!(sizes(0), [100, 1]);
    acme.server.go_on([Answer::status(413), Answer::status(200).body("OK")]);
    acme.track(3);
    assert_eq!(flushed(&acme, 0), (3, 0, 0, 0));
    assert_eq!(sizes(2), [3, 2, 1]);
}
