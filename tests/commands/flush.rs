//! `telemetry flush`: what waits goes out once, trouble is waited out, and what was done is told.

use serde_json::{Value, json};

use crate::commands::given::{Acme, EVENTS, digest, document, first, members, number, refused, silence, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

/// How many events a body holds.
fn events(body: &[u8]) -> usize {
    serde_json::from_slice::<Vec<Value>>(body).expect("an array of events").len()
}

#[test]
fn what_waits_goes_out_once() {
    let acme = Acme::on();
    acme.track(3);
    let ran = acme.run(["flush", "acme"]).expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("web: 3 events in 1 payload delivered\n", ""));
    let again = acme.run(["flush", "acme"]).expect(0);
    assert!(!again.stdout.contains("3 events"), "{}", again.stdout);
    assert_eq!(acme.received().iter().map(|body| events(body)).collect::<Vec<_>>(), [3]);
    let request = acme.at("/events").remove(0);
    assert_eq!((request.method.as_str(), request.header("content-type")), ("POST", Some("application/json")));
    assert_eq!(request.header("cookie"), None);
}

#[test]
fn its_document_tells_what_was_done() {
    let acme = Acme::on();
    acme.track(2);
    let tree = acme.json(&["flush", "acme"], "flushed");
    assert_eq!((text(&tree, "tool"), number(&tree, "waiting")), ("acme", 0));
    assert_eq!((&tree["off"], &tree["out_of_time"], &tree["dropped"]), (&Value::Null, &json!(false), &json!([])));
    let web = first(&tree, "destinations");
    assert_eq!((text(web, "name"), text(web, "address")), ("web", acme.server.url("/events").as_str()));
    let numbers = ["payloads", "events", "refused", "held"].map(|key| number(web, key));
    assert_eq!((numbers, &web["trouble"], &web["not_before"]), ([1, 2, 0, 0], &Value::Null, &Value::Null));
}

#[test]
fn nothing_waits_is_done_and_off_is_told() {
    let acme = Acme::new([Answer::status(200)]);
    let off = acme.run(["flush", "acme"]).expect(0);
    assert!(off.stdout.contains("acme is off, nothing was sent"), "{}", off.stdout);
    acme.run(["enable", "acme"]).expect(0);
    let nothing = acme.run(["flush", "acme"]).expect(0);
    assert_eq!((nothing.stdout.as_str(), nothing.stderr.as_str()), ("", "Nothing waits.\n"));
    assert_eq!(acme.run(["flush", "acme", "--quiet"]), silence());
    acme.track(1);
    let held = acme.command(["flush", "acme", "--json"]).env("DO_NOT_TRACK", "1").run().expect(0);
    let tree = document(&held, "flushed");
    assert_eq!((text(&tree, "off"), text(&tree, "why_off")), ("do-not-track.set", "DO_NOT_TRACK is set"));
    assert_eq!((number(&tree, "waiting"), acme.server.requests().len()), (1, 0), "a variable holds what waits");
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(acme.received().len(), 1);
}

#[test]
fn a_dry_run_sends_nothing_and_tells_what_would_go() {
    let acme = Acme::on();
    acme.track(2);
    let tree = acme.json(&["flush", "acme", "--dry-run"], "flush-dry-run");
    assert_eq!((text(&tree, "state"), number(&tree, "waiting")), ("on", 2));
    let next = first(&tree, "next");
    assert_eq!((text(next, "destination"), text(next, "which"), number(next, "events")), ("web", "sealed", 2));
    let told = acme.run(["flush", "acme", "--dry-run"]).expect(0);
    assert!(
        told.stdout.contains("acme is on; 2 events wait") && told.stdout.contains(text(next, "digest")),
        "{}",
        told.stdout
    );
    assert_eq!(acme.server.requests().len(), 0);
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(acme.received().iter().map(|body| digest(body)).collect::<Vec<_>>(), [text(next, "digest")]);
}

#[test]
fn trouble_is_not_now_and_retry_after_holds_across_processes() {
    let busy = Answer::status(503).header("Retry-After", "7200");
    let acme = Acme::answering([busy, Answer::status(200)]);
    acme.track(1);
    let tree = document(&acme.run(["flush", "acme", "--json"]).expect(3), "flushed");
    let web = first(&tree, "destinations");
    assert_eq!((text(web, "trouble"), number(&tree, "waiting")), ("it answered 503", 1));
    let not_before = text(web, "not_before").to_owned();
    let status = acme.json(&["status", "acme"], "tool-status");
    let trouble = &first(&status, "destinations")["trouble"];
    assert_eq!((text(trouble, "not_before"), number(trouble, "attempts")), (not_before.as_str(), 1));

    let again = acme.run(["flush", "acme"]).expect(3);
    assert!(again.stdout.contains("it answered 503") && again.stdout.contains("waiting: 1"), "{}", again.stdout);
    assert_eq!(acme.received().len(), 1, "another process asks no sooner");

    let now = acme.run(["flush", "acme", "--now"]).expect(0);
    assert_eq!(now.stdout, "web: 1 event in 1 payload delivered\n");
    let bodies = acme.received();
    assert_eq!((bodies.len(), &bodies[0]), (2, &bodies[1]), "the same bytes");
    let keys: Vec<_> = acme.at("/events").iter().map(|one| one.header("idempotency-key").map(str::to_owned)).collect();
    assert_eq!(keys[0], keys[1]);
    let status = acme.json(&["status", "acme"], "tool-status");
    assert_eq!(first(&status, "destinations")["trouble"], Value::Null, "the trouble is over");
}

#[test]
fn the_wait_that_a_server_asks_for_is_as_long_as_it_says_up_to_a_day() {
    use telemetry::host::clock::{Clock, Timestamp};
    for (asked, least, most) in [("7200", 7_190_000, 7_200_000), ("999999999", 86_390_000, 86_400_000)] {
        let acme = Acme::answering([Answer::status(429).header("Retry-After", asked)]);
        acme.track(1);
        let tree = document(&acme.run(["flush", "acme", "--json"]).expect(3), "flushed");
        let not_before = Timestamp::parse(text(first(&tree, "destinations"), "not_before")).expect("a time");
        let wait = not_before.ms() - Clock::System.now().ms();
        assert!((least..=most).contains(&wait), "{asked}: {wait}");
    }
}

#[test]
fn what_is_refused_for_good_is_set_aside() {
    let acme = Acme::answering([Answer::status(400).body("no"), Answer::status(200)]);
    acme.track(2);
    let ran = acme.run(["flush", "acme"]).expect(4);
    assert!(ran.stdout.contains("2 refused for good"), "{}", ran.stdout);
    acme.track(1);
    assert_eq!(acme.run(["flush", "acme"]).expect(0).stdout, "web: 1 event in 1 payload delivered\n");
    assert_eq!(acme.received().iter().map(|body| events(body)).collect::<Vec<_>>(), [2, 1]);
    let status = acme.json(&["status", "acme"], "tool-status");
    assert_eq!(status["queue"]["lost"], json!([{"why": "refused by the destination", "events": 2}]));
    let log = acme.json(&["log", "acme"], "log");
    let told: Vec<_> =
        members(&log, "receipts").iter().map(|one| (text(one, "outcome"), number(one, "status"))).collect();
    assert_eq!(told, [("refused", 400), ("delivered", 200)]);
    assert_eq!(text(first(&log, "receipts"), "answer"), "no");
    assert!(acme.run(["log", "acme"]).expect(0).stdout.contains("\n  it said: no\n"), "flush says to look there");
}

#[test]
fn what_is_too_large_goes_in_halves_that_name_their_parent() {
    let acme = Acme::answering([Answer::status(413), Answer::status(200)]);
    acme.track(3);
    let ran = acme.run(["flush", "acme"]).expect(0);
    assert_eq!(ran.stdout, "web: 3 events in 2 payloads delivered\n");
    let bodies = acme.received();
    assert_eq!(bodies.iter().map(|body| events(body)).collect::<Vec<_>>(), [3, 2, 1]);
    let whole: Vec<Value> = serde_json::from_slice(&bodies[0]).expect("events");
    let halves = bodies[1..].iter().flat_map(|body| serde_json::from_slice::<Vec<Value>>(body).expect("events"));
    assert_eq!(halves.collect::<Vec<_>>(), whole, "nothing but the cut is different");

    let log = acme.json(&["log", "acme", "--verify"], "log");
    let parent = json!(digest(&bodies[0]));
    let told: Vec<_> =
        members(&log, "receipts").iter().map(|one| (text(one, "outcome"), &one["digest"], &one["parent"])).collect();
    let (front, back) = (json!(digest(&bodies[1])), json!(digest(&bodies[2])));
    assert_eq!(told, [("split", &parent, &Value::Null), ("delivered", &front, &parent), ("delivered", &back, &parent)]);
}

#[test]
fn one_event_that_is_too_large_is_refused_for_good() {
    let acme = Acme::answering([Answer::status(413)]);
    acme.track(2);
    let tree = document(&acme.run(["flush", "acme", "--json"]).expect(4), "flushed");
    assert_eq!((number(first(&tree, "destinations"), "refused"), number(&tree, "waiting")), (2, 0));
    assert_eq!(acme.received().len(), 3, "the whole and two halves, each once");
    let log = acme.json(&["log", "acme"], "log");
    let told: Vec<_> = members(&log, "receipts").iter().map(|one| text(one, "outcome")).collect();
    assert_eq!(told, ["split", "refused", "refused"], "one event is not split");
}

/// `acme` with a second destination that stands first and is down.
fn two_destinations(acme: &Acme, down: &Server) {
    let destinations = format!(
        "destinations:\n  down: {{url: '{}'}}\n  web: {{url: '{}'}}\n",
        down.url("/events"),
        acme.server.url("/events")
    );
    acme.home.manifest("acme", &format!("{EVENTS}{destinations}"));
}

#[test]
fn one_destination_in_trouble_holds_up_no_other() {
    let acme = Acme::new([Answer::status(200)]);
    let down = Server::start([Answer::close(), Answer::status(503), Answer::status(200)]);
    two_destinations(&acme, &down);
    acme.run(["enable", "acme"]).expect(0);
    acme.track(2);
    let tree = document(&acme.run(["flush", "acme", "--json"]).expect(4), "flushed");
    let told: Vec<_> =
        members(&tree, "destinations").iter().map(|one| (text(one, "name"), number(one, "events"))).collect();
    assert_eq!(told, [("down", 0), ("web", 2)]);
    assert_eq!((number(&tree, "waiting"), acme.received().len()), (2, 1), "they wait for the other one");
    acme.run(["flush", "acme", "--now"]).expect(3);
    acme.run(["flush", "acme", "--now"]).expect(0);
    assert_eq!(acme.received().len(), 1, "what was taken is not sent again");
    let bodies: Vec<_> = down.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, vec![acme.received().remove(0); 3], "the same bytes on every attempt");
    let status = acme.json(&["status", "acme"], "tool-status");
    assert_eq!(status["queue"]["waiting"], json!(0));
}

#[test]
fn a_wrong_destination_is_not_followed_elsewhere() {
    let other = Server::start([Answer::status(200)]);
    let acme = Acme::answering([Answer::redirect(&other.url("/events")), Answer::status(401)]);
    acme.track(1);
    for says in ["it answered 307", "it answered 401"] {
        let ran = acme.run(["flush", "acme", "--now"]).expect(3);
        assert!(ran.stdout.contains(says), "{}", ran.stdout);
    }
    assert_eq!(other.requests().len(), 0);
}

#[test]
fn a_body_waits_for_its_answer_and_no_longer_than_its_budget() {
    let acme = Acme::answering([Answer::stall(), Answer::status(200)]);
    acme.track(1);
    acme.run(["flush", "acme", "--budget", "1"]).expect(3);
    let log = acme.json(&["log", "acme"], "log");
    assert_eq!(text(first(&log, "receipts"), "outcome"), "later", "it may have arrived, so there is a receipt");
    acme.run(["flush", "acme", "--now"]).expect(0);
    let log = acme.json(&["log", "acme"], "log");
    assert_eq!(members(&log, "receipts").last().map(|last| &last["maybe_twice"]), Some(&json!(true)));
    let bodies = acme.received();
    assert_eq!(bodies[0], bodies[1]);
}

#[test]
fn the_tool_may_come_from_a_variable_and_has_to_be_known() {
    let acme = Acme::on();
    acme.track(1);
    acme.command(["flush"]).env("TELEMETRY_TOOL", "acme").run().expect(0);
    assert_eq!(acme.received().len(), 1);
    refused(acme.run(["flush"]), 2, &["no tool was named"], Some("telemetry list"));
    refused(acme.run(["flush", "nobody"]), 5, &["nothing is known by the name nobody"], Some("telemetry list"));
    for arguments in
        [["flush", "acme", "--budget", "0"].as_slice(), &["flush", "acme", "--budget", "x"], &["flush", "a", "b"]]
    {
        let ran = acme.run(arguments).expect(2);
        assert!(ran.stdout.is_empty() && ran.stderr.starts_with("error: "), "{ran:?}");
    }
}

#[test]
fn a_file_takes_events_too() {
    let home = Home::new();
    home.run(["enable", "tool"]).expect(0);
    home.run(["track", "tool", "command", "name=check"]).expect(0);
    let shown = home.run(["show-payload", "tool", "--raw"]).expect(0).stdout;
    assert_eq!(home.run(["flush", "tool"]).expect(0).stdout, "local: 1 event in 1 payload delivered\n");
    assert_eq!(home.read(".tool/telemetry/outbox.jsonl"), shown);
}
