//! Protocol `sentry` against a real server of it: what Bugsink keeps of errors, sessions, reports of losses and deletion orders.
//!
//! Promises: its database is asked, not its status: in strict mode it answers 200 to an event that it drops. Absent: what Bugsink does
//! not keep (sessions and reports; it takes them, and that is all it says).

use serde_json::{Value, json};

use crate::bugsink::Bugsink;
use crate::sandbox::home::Home;

fn manifest(dsn: &str, more: &str) -> String {
    format!(
        "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nfacts: [os, os_release, arch, cpu_count, memory_gib, version, first_seen, \
         ci]\ndestinations:\n  bugs:\n    dsn: {dsn}\n    protocol: sentry\n    environment: production\n    reports: true\n{more}    \
         errors:\n      failed: {{type: $field.kind, message: $field.what}}\ndeletion:\n  - event: bugs\nevents:\n  failed:\n    \
         description: It failed\n    purpose: product\n    fields:\n      kind: {{type: enum, values: [ConfigError], description: \
         Which}}\n      what: {{type: text, pattern: '[a-z ]+', longest: 60, description: What}}\n      count: {{type: integer, \
         description: How many}}\n      fatal: {{type: boolean, description: Whether}}\n  run: {{description: A run, purpose: product, \
         lifecycle: true}}\n"
    )
}

fn home(bugsink: &Bugsink, more: &str) -> Home {
    let home = Home::new();
    home.manifest("acme", &manifest(&format!("{}/1", bugsink.origin()), more));
    home.run(["enable", "acme"]).expect(0);
    home
}

const FAILED: [&str; 9] = [
    "track",
    "acme",
    "failed",
    "--tool-version",
    "1.4.2",
    "kind=ConfigError",
    "what=missing key region",
    "count=3",
    "fatal=true",
];

fn sent(home: &Home) -> Value {
    let shown = home.run(["flush", "acme", "--now", "--json"]).expect(0);
    serde_json::from_str::<Value>(&shown.stdout).expect("JSON")["destinations"][0].clone()
}

#[test]
fn it_keeps_our_errors_and_takes_the_rest() {
    let bugsink = Bugsink::start();
    for (number, more) in ["", "    compression: gzip\n", "    allow: [ip, profiles]\n"].into_iter().enumerate() {
        let home = home(&bugsink, more);
        home.run(FAILED).expect(0);
        home.run(["track", "acme", "run", "--start", "--tool-version", "1.4.2"]).expect(0);
        let did = sent(&home);
        // It repeats an event's id; of a session it says nothing.
        assert_eq!((&did["events"], &did["acknowledged"]), (&json!(2), &json!(1)), "{more}: {did}\n{}", bugsink.log());
        assert_eq!(bugsink.events().len(), number + 1, "{more}: {}", bugsink.log());
        // With a report of losses, the second time.
        home.write(".acme/telemetry/losses.json", "{\"version\":1,\"since_ms\":5,\"counts\":{\"bytes\":4}}");
        home.run(["track", "acme", "run", "--start", "--tool-version", "1.4.2"]).expect(0);
        let shown = home.run(["show-payload", "acme"]).expect(0).stdout;
        assert!(shown.contains("client_report"), "{shown}");
        assert_eq!(sent(&home)["events"], 1, "{more}: {}", bugsink.log());
    }
    let rows = bugsink.rows(
        "select calculated_type, calculated_value, platform, release, environment, server_name from events_event",
    );
    let kept = json!({"calculated_type": "ConfigError", "calculated_value": "missing key region", "platform": "other",
        "release": "acme@1.4.2", "environment": "production", "server_name": ""});
    assert_eq!(rows, vec![kept; 3]);
    for event in bugsink.events() {
        assert_eq!((&event["tags"]["count"], &event["tags"]["fatal"]), (&json!("3"), &json!("true")), "{event}");
        assert!(event["user"]["id"].is_string() && event["contexts"]["os"]["name"].is_string(), "{event}");
    }
}

#[test]
fn it_keeps_an_order_under_the_id() {
    let bugsink = Bugsink::start();
    let home = home(&bugsink, "");
    home.run(FAILED).expect(0);
    sent(&home);
    let id = bugsink.events()[0]["user"]["id"].clone();
    home.run(["forget", "acme", "--yes"]).expect(0);
    let events = bugsink.events();
    assert_eq!(events.len(), 2, "{}", bugsink.log());
    assert_eq!((&events[1]["level"], &events[1]["user"]["id"]), (&json!("info"), &id));
    assert_eq!(events[1]["fingerprint"], json!(["telemetry_deletion_request"]));
}

#[test]
fn a_key_that_it_does_not_know_is_a_trouble_of_the_destination() {
    let bugsink = Bugsink::start();
    let home = Home::new();
    let wrong = bugsink.origin().replace(&bugsink.key(), &"0".repeat(32));
    home.manifest("acme", &manifest(&format!("{wrong}/1"), ""));
    home.run(["enable", "acme"]).expect(0);
    home.run(FAILED).expect(0);
    let flushed = home.run(["flush", "acme", "--now", "--json"]);
    assert!(flushed.stdout.contains("it answered 403"), "{}", flushed.stdout);
    home.manifest("acme", &manifest(&format!("{}/1", bugsink.origin()), ""));
    assert_eq!(sent(&home)["acknowledged"], 1, "and what waited is there: {}", bugsink.log());
    assert_eq!(bugsink.events().len(), 1);
}
