//! Protocol `posthog`, through the real program: v0 only says yes, v1 says of each event what became of it.
//!
//! Promises: what is put off arrives later, what is dropped is not sent again. Absent: exact bodies (`src/payload/posthog.rs`).

use crate::commands::given::first;
use crate::protocols::way::{documents, flushed, outcomes, shown, speaking, whole};
use crate::sandbox::server::Answer;

const V0: &str = "protocol: posthog, key: phc_KEY, compression: gzip";
const V1: &str = "protocol: posthog, key: phc_KEY, form: events";

#[test]
fn what_is_shown_is_sent_and_kept_and_a_yes_of_v0_is_a_delivery() {
    let acme = speaking(V0, [Answer::status(200).body(r#"{"status":1}"#)]);
    let (request, body) = whole(&acme, "delivered");
    assert_eq!((request.path.as_str(), body["api_key"].as_str()), ("/batch/", Some("phc_KEY")));
    let properties = &body["batch"][0]["properties"];
    assert_eq!((&properties["$process_person_profile"], &properties["$geoip_disable"]), (&false.into(), &true.into()));
    assert!(body.get("sent_at").is_none());
}

#[test]
fn a_request_of_v1_is_sealed_with_its_headers() {
    let acme = speaking(V1, [Answer::status(503), Answer::status(200).body("{}")]);
    acme.track(1);
    let payload = shown(&acme);
    assert_eq!(flushed(&acme, 3), (0, 0, 0, 1));
    assert_eq!(flushed(&acme, 0), (1, 0, 0, 0), "an answer that names nothing is a delivery");
    let requests = acme.server.requests();
    assert_eq!((requests.len(), requests[0].path.as_str()), (2, "/i/v1/analytics/events"));
    let body: serde_json::Value = serde_json::from_slice(&requests[0].body).expect("JSON");
    for request in &requests {
        assert_eq!(request.header("authorization"), Some("Bearer phc_KEY"));
        assert_eq!(request.header("posthog-attempt"), Some("1"));
        assert_eq!(request.header("posthog-request-timestamp"), body["created_at"].as_str());
        assert_eq!(request.header("posthog-request-id"), requests[0].header("posthog-request-id"));
        assert_eq!(request.body, requests[0].body, "the same bytes again");
    }
    assert_eq!(body["batch"][0]["options"]["disable_skew_correction"], true);
    assert_eq!(payload["body"].as_str().map(str::as_bytes), Some(requests[0].body.as_slice()));
}

#[test]
fn each_event_fares_as_v1_says() {
    let acme = speaking(V1, [Answer::status(200)]);
    acme.track(4);
    let ids = documents(shown(&acme)["body"].as_str().expect("text").as_bytes(), "batch", "uuid");
    let results = |said: &[(&String, &str)]| {
        let said: Vec<String> = said.iter().map(|(id, result)| format!(r#""{id}":{{"result":"{result}"}}"#)).collect();
        Answer::status(200).body(format!(r#"{{"results":{{{}}}}}"#, said.join(",")))
    };
    let mixed = [(&ids[0], "ok"), (&ids[1], "retry"), (&ids[2], "drop"), (&ids[3], "warning")];
    acme.server.go_on([results(&mixed).header("Retry-After", "1")]);
    assert_eq!(flushed(&acme, 4), (2, 2, 1, 1));
    acme.server.go_on([results(&[(&ids[1], "retry")]), results(&[(&ids[1], "ok")])]);
    assert_eq!(flushed(&acme, 3), (0, 0, 0, 1));
    assert_eq!(flushed(&acme, 0), (1, 1, 0, 0));
    let requests = acme.server.requests();
    let sent: Vec<_> = requests.iter().map(|request| documents(&request.body, "batch", "uuid")).collect();
    assert_eq!(sent, [ids.clone(), ids[1..2].to_vec(), ids[1..2].to_vec()]);
    assert_eq!(outcomes(&acme), ["part", "later", "acknowledged"]);
}

#[test]
fn what_a_full_quota_throws_away_is_refused() {
    let acme = speaking(V0, [Answer::status(200).body(r#"{"status":1,"quota_limited":["events"]}"#)]);
    acme.track(2);
    assert_eq!(flushed(&acme, 4), (0, 0, 2, 0));
    assert_eq!(outcomes(&acme), ["refused"]);
}

#[test]
fn an_answer_that_takes_no_event_ends_no_trouble() {
    let acme = speaking(V1, [Answer::status(503)]);
    acme.track(2);
    let ids = documents(shown(&acme)["body"].as_str().expect("text").as_bytes(), "batch", "uuid");
    let attempts = || {
        let status = acme.json(&["status", "acme"], "tool-status");
        first(&status, "destinations")["trouble"]["attempts"].as_u64()
    };
    assert_eq!((flushed(&acme, 3), attempts()), ((0, 0, 0, 2), Some(1)));
    let results = |said: &str| Answer::status(200).body(format!(r#"{{"results":{{{said}}}}}"#));
    let (drop, retry) = (r#"{"result":"drop"}"#, r#"{"result":"retry"}"#);
    acme.server.go_on([results(&format!(r#""{}":{drop},"{}":{retry}"#, ids[0], ids[1]))]);
    assert_eq!((flushed(&acme, 4), attempts()), ((0, 0, 1, 1), Some(2)), "it waits longer and longer");
    acme.server.go_on([results(&format!(r#""{}":{{"result":"ok"}}"#, ids[1]))]);
    assert_eq!((flushed(&acme, 0), attempts()), ((1, 1, 0, 0), None));
}
