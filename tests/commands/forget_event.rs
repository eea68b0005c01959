//! `telemetry forget` where the order goes as an event of a destination, in the destination's protocol.
//!
//! Promises: what is shown is what arrives, also where the manifest changed in between. Absent: the other ways to ask (`forget`).

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::commands::given::{Acme, EVENTS, digest, first, members, number, read, text};
use crate::sandbox::server::{Answer, Server};

/// `acme` with `web` of this form, asked for deletion there; it is on, and one event of it was sent.
fn sent(form: &str, script: impl IntoIterator<Item = Answer>) -> Acme {
    let acme = Acme::new([Answer::status(200)].into_iter().chain(script));
    acme.home.manifest("acme", &manifest(&acme.server.url("/events"), form));
    acme.run(["enable", "acme"]).expect(0);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    acme
}

fn manifest(url: &str, form: &str) -> String {
    format!(
        "{EVENTS}destinations:\n  web:\n    url: {url}\n    headers: {{X-Key: abc}}\n{form}deletion:\n  - event: web\n"
    )
}

fn order(tree: &Value) -> &Value {
    first(first(first(tree, "tools"), "requests"), "orders")
}

/// What `forget --status` tells of the one order.
fn followed(acme: &Acme, exit: i32) -> Value {
    order(&acme.json_at(exit, &["forget", "acme", "--status"], "forget")).clone()
}

#[test]
fn the_order_is_an_event_in_the_form_of_its_destination() {
    for (form, wrap) in [("", ["[", "]"]), ("    batch: lines\n", ["", "\n"]), ("    batch: single\n", ["", ""])] {
        let acme = sent(form, [Answer::status(200)]);
        let id = text(&acme.json(&["id", "acme"], "id"), "user_id").to_owned();
        let told = acme.run(["forget", "acme", "--yes"]).expect(0);
        let request = acme.server.requests().pop().expect("an order");
        assert_eq!(acme.server.requests().len(), 2, "{form}: the event, and the order");
        let body = String::from_utf8(request.body.clone()).expect("text");
        assert!(told.stdout.contains(body.trim_end()), "{form}: {} shows {body}", told.stdout);
        assert!(told.stdout.contains(&format!("event to web, {}", acme.server.url("/events"))), "{}", told.stdout);
        let inner = body.strip_prefix(wrap[0]).and_then(|rest| rest.strip_suffix(wrap[1])).expect("wrapped");
        let document: Value = serde_json::from_str(inner).expect("an order");
        let order = followed(&acme, 0);
        assert_eq!(
            (text(&document, "type"), &document["ids"]),
            ("deletion_request", &json!([{"kind": "user", "id": id}]))
        );
        // As an event of this destination has them.
        assert_eq!(
            (request.header("x-key"), request.header("idempotency-key")),
            (Some("abc"), digest(&request.body).get(7..))
        );
        assert_eq!((text(&order, "method"), text(&order, "destination")), ("event", "web"));
        assert_eq!((text(&order, "digest"), text(&order, "state")), (digest(&request.body).as_str(), "delivered"));
        let log = acme.json(&["log", "acme", "--verify"], "log");
        let receipt = members(&log, "receipts").iter().find(|one| text(one, "what") == "deletion").expect("a receipt");
        assert_eq!((text(receipt, "destination"), text(receipt, "digest")), ("web", text(&order, "digest")));
        assert_eq!((number(&log["verified"], "mismatched"), text(receipt, "outcome")), (0, "delivered"));
        assert_eq!(acme.run(["status", "acme", "--exit-code"]).status, 3, "nothing is switched on");
        for (name, bytes) in crate::commands::given::files(&acme.home) {
            assert!(!String::from_utf8_lossy(&bytes).contains(&id), "{name} still holds the old id");
        }
    }
}

#[test]
fn the_order_is_shown_unfolded() {
    // Segment's name for it has spaces in it.
    let acme = sent("    protocol: segment\n    key: WRITE\n", [Answer::status(200)]);
    let told = acme.run(["forget", "acme", "--yes"]).expect(0).stdout;
    let body = String::from_utf8(acme.server.requests().pop().expect("an order").body).expect("text");
    assert!(body.contains("Telemetry Deletion Requested"), "{body}");
    assert!(told.lines().any(|line| line == body.trim_end()), "{told} shows {body}");
}

#[test]
fn a_dry_run_prints_the_request_as_it_stands_on_the_wire() {
    let acme = sent("    compression: gzip\n", [Answer::status(200)]);
    let dry = acme.json(&["forget", "acme", "--dry-run"], "forget");
    let shown = acme.run(["forget", "acme", "--dry-run"]).expect(0).stdout;
    assert!(shown.contains("POST /events HTTP/1.1\n") && shown.contains("content-encoding: gzip\n"), "{shown}");
    assert!(shown.contains("(not text; base64) ") && shown.contains("\"type\": \"deletion_request\""), "{shown}");
    assert_eq!(acme.server.requests().len(), 1, "nothing was sent");
    acme.run(["forget", "acme", "--yes"]).expect(0);
    let request = acme.server.requests().pop().expect("an order");
    let mut unpacked = String::new();
    GzDecoder::new(request.body.as_slice()).read_to_string(&mut unpacked).expect("gzip");
    let arrived: Value = serde_json::from_str(&unpacked).expect("an order");
    // The same but for the request's own id and time.
    let same = |tree: &Value| {
        let mut tree = tree[0].clone();
        tree["request_id"].take();
        tree["time"].take();
        tree
    };
    let decoded = &order(&dry)["decoded"];
    assert_eq!(same(decoded), same(&arrived));
    assert_eq!(text(&decoded[0], "request_id"), text(first(first(&dry, "tools"), "requests"), "request_id"));
    let names = |headers: &[Value]| {
        headers.iter().map(|pair| pair[0].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    for name in names(members(order(&dry), "headers")) {
        assert!(request.header(&name).is_some(), "{name}");
    }
}

#[test]
fn the_answer_is_read_as_the_protocol_reads_it() {
    for (answer, exit, state, told) in [
        (Answer::status(200).body("{\"accepted\":1}"), 0, "acknowledged", "it answered 200"),
        (Answer::status(200).body("{\"accepted\":2}"), 0, "delivered", "it answered 200"),
        (Answer::status(204), 0, "delivered", "it answered 204"),
        (Answer::status(400), 0, "failed", "it answered 400"),
        (Answer::status(413), 0, "failed", "it answered 413"),
        (Answer::status(410), 3, "requested", "it answered 410"),
        (Answer::status(403), 3, "requested", "it answered 403"),
        (Answer::status(503), 3, "requested", "it answered 503"),
        (Answer::redirect("http://127.0.0.1:9/"), 3, "requested", "it answered 307"),
    ] {
        let acme = sent("", [answer]);
        let order = order(&acme.json_at(exit, &["forget", "acme", "--yes"], "forget")).clone();
        assert_eq!((text(&order, "state"), text(&order, "answer")), (state, told));
    }
}

#[test]
fn offline_the_order_waits_and_goes_where_it_was_shown_to() {
    let acme = sent("", [Answer::reset(), Answer::status(503), Answer::status(202)]);
    let tree = acme.json_at(3, &["forget", "acme", "--yes"], "forget");
    let shown = order(&tree).clone();
    assert_eq!(text(&shown, "state"), "requested");
    // Another address, another form and another header: the order is what it was.
    let other = Server::start([Answer::status(200)]);
    acme.home.manifest("acme", &manifest(&other.url("/other"), "    batch: lines\n").replace("abc", "def"));
    acme.run(["flush", "acme"]).expect(3);
    // And no such destination at all.
    acme.home.manifest("acme", &manifest(&other.url("/other"), "").replace("web", "net"));
    acme.run(["forget", "acme", "--status"]).expect(0);
    assert_eq!(other.requests().len(), 0, "nothing went where it was not shown to");
    let orders = acme.server.requests().split_off(1);
    let bodies: Vec<&[u8]> = orders.iter().map(|request| request.body.as_slice()).collect();
    assert_eq!(bodies, vec![text(&shown, "body").as_bytes(); 3], "the same bytes on every attempt");
    assert!(orders.iter().all(|request| request.path == "/events" && request.header("x-key") == Some("abc")));
    let order = followed(&acme, 0);
    assert_eq!((text(&order, "state"), number(&order, "attempts")), ("delivered", 3));
    assert_eq!((&order["body"], text(&order, "digest")), (&Value::Null, text(&shown, "digest")), "its bytes are gone");
    let log = acme.json(&["log", "acme", "--verify"], "log");
    assert_eq!(number(&log["verified"], "mismatched"), 0);
}

#[test]
fn a_receiver_that_asks_for_a_wait_is_left_alone() {
    let acme = sent("", [Answer::status(503).header("Retry-After", "3600")]);
    acme.run(["forget", "acme", "--yes"]).expect(3);
    for _ in 0..2 {
        assert_eq!(number(&followed(&acme, 3), "attempts"), 1);
    }
    assert_eq!(acme.server.requests().len(), 2);
}

#[test]
fn bytes_that_changed_since_they_were_shown_are_not_sent() {
    let acme = sent("", [Answer::status(503)]);
    acme.run(["forget", "acme", "--yes"]).expect(3);
    let id = text(
        first(first(&acme.json_at(3, &["forget", "acme", "--status"], "forget"), "tools"), "requests"),
        "request_id",
    )
    .to_owned();
    let path = format!(".acme/telemetry/deletion/{id}.json");
    let kept = acme.home.read(&path);
    assert_eq!(kept.matches("deletion_request").count(), 1);
    acme.home.write(&path, kept.replace("deletion_request", "something_else"));
    let before = acme.server.requests().len();
    acme.run(["forget", "acme", "--status"]).expect(3);
    assert_eq!(acme.server.requests().len(), before);
}

#[test]
fn a_file_takes_the_order_in_the_form_of_its_events() {
    let acme = Acme::new([Answer::status(200)]);
    acme.home.manifest(
        "acme",
        &format!("{EVENTS}destinations:\n  disk:\n    file: out.jsonl\n    batch: lines\ndeletion:\n  - event: disk\n"),
    );
    acme.run(["enable", "acme"]).expect(0);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    acme.run(["forget", "acme", "--yes"]).expect(0);
    let out = String::from_utf8(read(&acme.home, ".acme/telemetry/out.jsonl")).expect("text");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((text(&lines[0], "event"), text(&lines[1], "type"), lines.len()), ("command", "deletion_request", 2));
}

#[test]
fn a_receiver_that_was_told_no_id_is_named_none() {
    let acme = Acme::new([Answer::status(200)]);
    let bare = format!("  bare:\n    url: {}\n    document: {{what: $event}}\n", acme.server.url("/bare"));
    let whole = manifest(&acme.server.url("/events"), "").replace("deletion:", &format!("{bare}deletion:"));
    acme.home.manifest("acme", &whole);
    acme.run(["enable", "acme"]).expect(0);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!((acme.at("/events").len(), acme.at("/bare").len()), (1, 1), "both have the event");
    let told = acme.run(["forget", "acme", "--dry-run"]).expect(0).stdout;
    assert!(told.contains(&format!("was sent to  {}", acme.server.url("/events"))), "{told}");
    assert!(!told.contains(&acme.server.url("/bare")), "it would be the first to name the id there: {told}");
}
