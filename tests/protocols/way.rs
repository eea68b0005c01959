//! The whole way of an event in some protocol: shown, sent, kept.
//!
//! Promises: what is shown, what arrives and what is kept are compared byte for byte. Absent: what stands in a body.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::commands::given::{Acme, EVENTS, digest, first, members, number, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Recorded, Server};

/// `acme` with a yes, whose one destination has these keys beside its `url`, which has no path.
pub(crate) fn speaking(keys: &str, script: impl IntoIterator<Item = Answer>) -> Acme {
    let (home, server) = (Home::new(), Server::start(script));
    home.manifest("acme", &format!("{EVENTS}destinations:\n  web: {{url: '{}', {keys}}}\n", server.url("")));
    let acme = Acme { home, server };
    acme.run(["enable", "acme"]).expect(0);
    acme
}

/// What would be sent next.
pub(crate) fn shown(acme: &Acme) -> Value {
    first(&acme.json(&["show-payload", "acme"], "payload"), "payloads").clone()
}

/// Flushes, whatever was asked for before, to this exit code; gives how many events the receiver has, how many of these it said to have
/// taken, how many were refused, and how many wait.
#[track_caller]
pub(crate) fn flushed(acme: &Acme, status: i32) -> (u64, u64, u64, u64) {
    let flushed = acme.json_at(status, &["flush", "acme", "--now"], "flushed");
    let sent = first(&flushed, "destinations");
    let waiting = number(&flushed, "waiting");
    (number(sent, "events"), number(sent, "acknowledged"), number(sent, "refused"), waiting)
}

/// The outcomes in the log, oldest first; each receipt is verified.
#[track_caller]
pub(crate) fn outcomes(acme: &Acme) -> Vec<String> {
    let log = acme.json(&["log", "acme", "--verify"], "log");
    let receipts = members(&log, "receipts");
    assert!(receipts.iter().all(|receipt| text(receipt, "check") == "verified"), "{log:#}");
    receipts.iter().map(|receipt| text(receipt, "outcome").to_owned()).collect()
}

/// The documents of a body at this key, and their ids at another.
pub(crate) fn documents(body: &[u8], list: &str, id: &str) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).expect("JSON");
    members(&body, list).iter().map(|document| text(document, id).to_owned()).collect()
}

/// Records an event and follows it to its receipt; gives what arrived, and the body opened.
#[track_caller]
pub(crate) fn whole(acme: &Acme, outcome: &str) -> (Recorded, Value) {
    acme.run(["track", "acme", "command", "name=build", "count=3"]).expect(0);
    let payload = shown(acme);
    assert_eq!(text(&payload, "which"), "sealed");
    assert_eq!(acme.server.requests().len(), 0, "showing sends nothing");
    acme.run(["flush", "acme"]).expect(0);
    let request = acme.server.requests().remove(0);
    let body = match payload.get("body").and_then(Value::as_str) {
        Some(body) => body.as_bytes().to_vec(),
        None => STANDARD.decode(text(&payload, "body_base64")).expect("base64"),
    };
    assert_eq!(request.body, body, "what is sent is what was shown");
    assert_eq!(text(&payload, "digest"), digest(&request.body));
    assert_eq!(text(&payload, "address"), acme.server.url(&request.path));
    for header in members(&payload, "headers") {
        assert_eq!(request.header(header[0].as_str().expect("a name")), header[1].as_str(), "{header}");
    }
    let mut plain = Vec::new();
    match request.header("content-encoding") {
        Some("gzip") => GzDecoder::new(body.as_slice()).read_to_end(&mut plain).map(drop).expect("gzip"),
        _ => plain = body,
    }
    let opened: Value = serde_json::from_slice(&plain).expect("JSON");
    assert_eq!(payload["decoded"], opened, "the decoded view is the body");
    let log = acme.json(&["log", "acme", "--verify", "--bodies"], "log");
    let receipt = first(&log, "receipts");
    assert_eq!((text(receipt, "outcome"), text(receipt, "check")), (outcome, "verified"));
    for key in ["digest", "body", "body_base64"] {
        assert_eq!(receipt.get(key).unwrap_or(&Value::Null), payload.get(key).unwrap_or(&Value::Null), "{key} is kept");
    }
    assert_eq!(log["verified"], json!({"verified": 1, "mismatched": 0, "forgotten": 0}));
    (request, opened)
}
