//! `telemetry show-payload`: what is shown is what is sent is what is kept, and showing changes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::commands::given::{Acme, EVENTS, deletion, digest, document, files, first, members, number, refused, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

/// The payload that is shown for the only destination.
fn shown(acme: &Acme) -> Value {
    first(&acme.json(&["show-payload", "acme"], "payload"), "payloads").clone()
}

#[test]
fn what_is_shown_is_what_is_sent_is_what_is_kept() {
    let acme = Acme::on();
    acme.track(2);
    let payload = shown(&acme);
    assert_eq!((text(&payload, "which"), number(&payload, "events")), ("sealed", 2));
    let raw = acme.run(["show-payload", "acme", "--raw"]).expect(0).stdout;
    assert_eq!((text(&payload, "body"), text(&payload, "digest")), (raw.as_str(), digest(raw.as_bytes()).as_str()));
    acme.track(1);
    assert_eq!(shown(&acme), payload, "sealed: what comes later changes nothing of it");
    assert_eq!(acme.server.requests().len(), 0, "showing sends nothing");

    acme.run(["flush", "acme"]).expect(0);
    let request = acme.at("/events").remove(0);
    assert_eq!(String::from_utf8(request.body).expect("text"), raw, "the server got these bytes");
    for header in payload["headers"].as_array().expect("headers") {
        let name = header[0].as_str().expect("a name");
        assert_eq!(
            request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()),
            header[1].as_str()
        );
    }
    let log = acme.json(&["log", "acme", "--verify", "--bodies"], "log");
    let receipt = first(&log, "receipts");
    assert_eq!((&receipt["digest"], &receipt["body"]), (&payload["digest"], &payload["body"]));
    assert_eq!(text(receipt, "check"), "verified");
}

#[test]
fn the_head_that_is_shown_is_the_head_on_the_wire() {
    let acme = Acme::on();
    acme.track(1);
    let ran = acme.run(["show-payload", "acme"]).expect(0);
    acme.run(["flush", "acme"]).expect(0);
    let request = acme.at("/events").remove(0);
    let whole = format!("{}{}", request.head.replace("\r\n", "\n"), String::from_utf8_lossy(&request.body));
    let tree: Value = serde_json::from_slice(&request.body).expect("JSON");
    let readable = format!("decoded, for reading:\n{}\n", serde_json::to_string_pretty(&tree).expect("text"));
    assert_eq!(ran.stdout, format!("{}\n{whole}\n\n{readable}", acme.server.url("/events")));
    assert!(ran.stderr.contains("web: sealed: ") && ran.stderr.contains("Nothing was sent."), "{}", ran.stderr);
    assert!(ran.stderr.contains(&digest(&request.body)), "{}", ran.stderr);
    assert_eq!(acme.run(["show-payload", "acme", "--quiet"]).expect(0).stderr, "");
}

#[test]
fn an_example_makes_no_id_and_writes_nothing() {
    let acme = Acme::new([Answer::status(200)]);
    let before = files(&acme.home);
    let payload = shown(&acme);
    assert_eq!((text(&payload, "which"), number(&payload, "events"), &payload["reason"]), ("example", 2, &Value::Null));
    let events: Value = serde_json::from_str(text(&payload, "body")).expect("events");
    assert_eq!((&events[0]["fields"], &events[0]["user_id"]), (&json!({"name": "build"}), &json!("0".repeat(32))));
    acme.run(["show-payload", "acme"]).expect(0);
    acme.run(["show-payload", "acme", "--raw"]).expect(0);
    assert_eq!(files(&acme.home), before);
    assert_eq!(acme.server.requests().len(), 0);
}

#[test]
fn what_a_no_withholds_is_shown_with_the_reason() {
    let acme = Acme::on();
    acme.track(1);
    let sealed = shown(&acme);
    let ran = acme.command(["show-payload", "acme", "--json"]).env("DO_NOT_TRACK", "1").run().expect(0);
    let payload = first(&document(&ran, "payload"), "payloads").clone();
    assert_eq!((text(&payload, "which"), text(&payload, "reason")), ("withheld", "do-not-track.set"));
    assert_eq!((text(&payload, "why"), &payload["body"]), ("DO_NOT_TRACK is set", &sealed["body"]));
    let ran = acme.command(["show-payload", "acme"]).env("ACME_TELEMETRY", "0").run().expect(0);
    assert!(ran.stderr.contains("withheld") && ran.stderr.contains("ACME_TELEMETRY says off"), "{}", ran.stderr);
    acme.run(["disable", "acme"]).expect(0);
    assert_eq!(text(&shown(&acme), "which"), "example", "a no of the user's drops what waits");
}

#[test]
fn a_home_that_cannot_be_written_shows_what_is_next() {
    let acme = Acme::on();
    acme.track(1);
    let folder = acme.home.at(".acme/telemetry");
    // Root may write everywhere, so a folder stands where the lock would be made as well.
    fs::remove_file(acme.home.at(".acme/telemetry/flush.lock")).expect("made by the first event");
    acme.home.folder(".acme/telemetry/flush.lock");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).expect("a mode");
    let before = files(&acme.home);
    let payload = shown(&acme);
    assert_eq!(files(&acme.home), before);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("a mode");
    assert_eq!((text(&payload, "which"), number(&payload, "events")), ("next", 1));
    assert_eq!(text(&payload, "digest"), digest(text(&payload, "body").as_bytes()));
}

#[test]
fn each_destination_is_shown_and_raw_takes_one() {
    let acme = Acme::new([Answer::status(200)]);
    let destinations = format!(
        "destinations:\n  web: {{url: '{}'}}\n  lines: {{file: lines.jsonl, batch: lines}}\n",
        acme.server.url("/events")
    );
    acme.home.manifest("acme", &format!("{EVENTS}{destinations}{}", deletion(&acme.server)));
    acme.run(["enable", "acme"]).expect(0);
    acme.track(2);
    let tree = acme.json(&["show-payload", "acme"], "payload");
    let told: Vec<_> =
        members(&tree, "payloads").iter().map(|one| (text(one, "destination"), text(one, "method"))).collect();
    assert_eq!(told, [("web", "POST"), ("lines", "APPEND")]);
    let raw = acme.run(["show-payload", "acme", "--raw", "--destination", "lines"]).expect(0).stdout;
    assert_eq!(raw.lines().count(), 2);
    assert_eq!(json!(raw), members(&tree, "payloads")[1]["body"]);
    let hint = "telemetry show-payload acme --raw --destination web";
    refused(acme.run(["show-payload", "acme", "--raw"]), 2, &["there are 2 destinations"], Some(hint));
    refused(
        acme.run(["show-payload", "acme", "--destination", "x"]),
        5,
        &["no destination x; it has: web, lines"],
        None,
    );
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(acme.home.read(".acme/telemetry/lines.jsonl"), raw);
}

#[test]
fn base64_in_a_body_is_decoded() {
    let (home, server) = (Home::new(), Server::start([Answer::status(200)]));
    let inner = "eyJzY2hlbWEiOiJpZ2x1OnRlc3QiLCJkYXRhIjoxfQ==";
    let destination = format!(
        "  web:\n    url: '{}'\n    batch: single\n    document: {{e: $event, px: {inner}}}\n",
        server.url("/")
    );
    home.manifest("acme", &format!("{EVENTS}destinations:\n{destination}"));
    let tree = document(&home.run(["show-payload", "acme", "--json"]).expect(0), "payload");
    let decoded = json!({"e": "command", "px": {"schema": "iglu:test", "data": 1}});
    assert_eq!(first(&tree, "payloads")["decoded"], decoded);
}

#[test]
fn good_and_bad_words() {
    let home = Home::new();
    refused(home.run(["show-payload", "nobody"]), 5, &["nothing is known by the name nobody"], Some("telemetry list"));
    refused(home.run(["show-payload"]), 2, &["no tool was named"], Some("telemetry list"));
    let ran = home.command(["show-payload"]).env("TELEMETRY_TOOL", "tool").run();
    assert_eq!(ran.status, 2, "the variable is for who records and sends");
    assert_eq!(home.run(["show-payload", "tool", "--raw", "--json"]).status, 2);
    assert_eq!(home.list(), [""; 0]);
}
