//! What is lost is counted by its reason and shown: every reason, brought about through the program, under small bounds.
//!
//! Promises: what was recorded is waiting, lost or sent, never nowhere; a count is the same in every place that shows it. Absent:
//! counts that are broken (`queue/drop.rs`).

use std::fs;

use serde_json::{Value, json};
use telemetry::host::clock::{Clock, DAY_MS};

use crate::commands::given::{Acme, EVENTS, first, manifest, members, number, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::Answer;

const ACTIVE: &str = ".acme/telemetry/queue/active.jsonl";

/// `acme` with these bounds, and a yes.
fn bounded(limits: &str, script: &[u16]) -> Acme {
    let acme = Acme::new(script.iter().copied().map(Answer::status));
    acme.home.manifest("acme", &format!("{}limits: {{{limits}}}\n", manifest(&acme.server)));
    acme.run(["enable", "acme"]).expect(0);
    acme
}

/// Fails unless exactly these losses are told, in `status TOOL`, its document, the overview and the export.
#[track_caller]
fn lost(home: &Home, expected: &[(&str, u64)]) {
    let json = |words: &[&str]| -> Value { serde_json::from_str(&home.run(words).expect(0).stdout).expect("JSON") };
    let status = json(&["status", "acme", "--json"]);
    let told: Vec<(&str, u64)> =
        members(&status["queue"], "lost").iter().map(|one| (text(one, "why"), number(one, "events"))).collect();
    assert_eq!(told, expected);
    let all: u64 = expected.iter().map(|(_, number)| number).sum();
    let overview = json(&["status", "--json"]);
    let row = members(&overview, "tools").iter().find(|row| row["tool"] == "acme").expect("acme");
    assert_eq!(number(row, "lost"), all);
    let exported = json(&["export", "acme"]);
    let counts = first(&exported, "tools")["losses"]["counts"].as_object().cloned().unwrap_or_default();
    assert_eq!(counts.values().filter_map(Value::as_u64).sum::<u64>(), all);
    let (words, overview) = (home.run(["status", "acme"]).expect(0).stdout, home.run(["status"]).expect(0).stdout);
    assert_eq!(status["queue"]["lost_since"].is_null(), expected.is_empty());
    for (why, number) in expected {
        assert!(words.contains(&format!("{number}: {why}, since 20")), "{words}");
    }
    assert_eq!(overview.contains(&format!("; {all} lost")), all > 0, "{overview}");
}

fn waiting(acme: &Acme) -> u64 {
    number(&acme.json(&["status", "acme"], "tool-status")["queue"], "waiting")
}

fn days_ago(days: i64) -> i64 {
    Clock::System.now().plus_ms(-days * DAY_MS).ms()
}

/// The yes was given long ago.
fn since_long_ago(home: &Home) {
    let name = ".acme/telemetry/agreement.json";
    let mut tree: Value = serde_json::from_str(&home.read(name)).expect("an agreement");
    tree["since_ms"] = json!(days_ago(1000));
    home.write(name, serde_json::to_string(&tree).expect("JSON"));
}

/// Makes the recorded times in a file of the queue so many days older.
fn older(home: &Home, name: &str, days: i64) {
    let mut lines = Vec::new();
    for line in home.read(name).lines() {
        let mut tree: Value = serde_json::from_str(line).expect("a line");
        for key in ["time_ms", "oldest_ms"] {
            if let Some(ms) = tree.get(key).and_then(Value::as_i64) {
                tree[key] = json!(ms - days * DAY_MS);
            }
        }
        lines.push(serde_json::to_string(&tree).expect("JSON") + "\n");
    }
    home.write(name, lines.concat());
}

#[test]
fn what_is_too_many() {
    let acme = bounded("events: 16", &[200]);
    lost(&acme.home, &[]);
    acme.track(30);
    let waits = waiting(&acme);
    assert!((14..=16).contains(&waits), "{waits}: the bound is a bound, and what fits is kept");
    lost(&acme.home, &[("the queue was full (events)", 30 - waits)]);
    acme.run(["flush", "acme"]).expect(0);
    let sent: Vec<Value> =
        acme.received().iter().flat_map(|body| serde_json::from_slice::<Vec<Value>>(body).expect("events")).collect();
    assert_eq!(u64::try_from(sent.len()).expect("few"), waits, "the newest");
}

#[test]
fn what_is_too_large() {
    let acme = bounded("bytes: 10000", &[200]);
    acme.track(80);
    let (waits, line) = (waiting(&acme), acme.home.read(ACTIVE).lines().next().expect("an event").len());
    assert!(usize::try_from(waits).expect("few") * line <= 10_000, "{waits} of {line} bytes");
    lost(&acme.home, &[("the queue was full (bytes)", 80 - waits)]);
}

#[test]
fn what_is_too_large_and_never_sent() {
    let acme = bounded("bytes: 10000", &[200]);
    acme.run(["enable", "acme", "--local"]).expect(0);
    acme.track(40);
    let kept = number(&acme.json(&["status", "acme"], "tool-status")["queue"], "local");
    assert!(kept > 4, "{kept}");
    lost(&acme.home, &[("the queue was full (bytes)", 40 - kept)]);
}

#[test]
fn what_waited_for_too_long() {
    let acme = bounded("days: 2", &[503, 200]);
    // In the active segment, in one that was put aside, and sealed.
    acme.track(3);
    acme.run(["show-payload", "acme"]).expect(0);
    acme.track(2);
    since_long_ago(&acme.home);
    let aside = format!(".acme/telemetry/queue/segment-{:013}-1-0a1b2c3d.jsonl", days_ago(5));
    acme.home.write(&aside, acme.home.read(ACTIVE).lines().next().expect("an event").replace("84e", "84f") + "\n");
    acme.run(["flush", "acme"]).expect(3);
    assert_eq!(waiting(&acme), 6, "they are young: the server says when");
    for name in acme.home.list().iter().filter(|name| name.contains("/queue/") && name.ends_with(".jsonl")) {
        older(&acme.home, name, 3);
    }
    acme.track(1);
    acme.run(["flush", "acme", "--now"]).expect(0);
    lost(&acme.home, &[("waited for too long", 6)]);
    let sent = acme.received();
    let events = |body: &Vec<u8>| serde_json::from_slice::<Vec<Value>>(body).expect("events").len();
    assert_eq!(sent.iter().map(events).collect::<Vec<_>>(), [1, 1], "what was tried is not sent again");
}

#[test]
fn what_waited_for_too_long_goes_without_a_flush() {
    let acme = bounded("days: 2, events: 16", &[200]);
    acme.track(1);
    let line = acme.home.read(ACTIVE);
    acme.home.write(format!(".acme/telemetry/queue/segment-{:013}-1-0a1b2c3d.jsonl", days_ago(3)), line);
    acme.track(2);
    lost(&acme.home, &[("waited for too long", 1)]);
    assert_eq!(waiting(&acme), 3);
}

#[test]
fn what_could_not_be_read() {
    let acme = Acme::on();
    acme.track(2);
    let events = acme.home.read(ACTIVE);
    acme.home.write(ACTIVE, format!("torn\n{events}{}", "\0".repeat(600)));
    acme.run(["flush", "acme"]).expect(0);
    lost(&acme.home, &[("could not be read", 2)]);
}

#[test]
fn what_somebody_said_no_to_and_what_was_forgotten() {
    let acme = Acme::on();
    acme.track(2);
    acme.run(["disable", "acme"]).expect(0);
    lost(&acme.home, &[("somebody said no", 2)]);
    acme.run(["enable", "acme"]).expect(0);
    acme.track(3);
    acme.run(["forget", "acme", "--yes"]).expect(0);
    lost(&acme.home, &[("somebody said no", 2), ("forgotten", 3)]);
}

#[test]
fn what_is_older_than_the_latest_yes() {
    let acme = Acme::on();
    acme.track(2);
    acme.home.write(".telemetry/no", "no\n");
    acme.run(["enable"]).expect(0);
    acme.run(["flush", "acme"]).expect(0);
    lost(&acme.home, &[("recorded before the latest yes", 2)]);
    assert_eq!(acme.received().len(), 0);
}

#[test]
fn what_is_declared_no_more_and_what_was_refused() {
    let acme = Acme::answering([Answer::status(400)]);
    acme.track(2);
    acme.run(["flush", "acme"]).expect(4);
    acme.track(1);
    let other = manifest(&acme.server).replace("  command:\n", "  order:\n");
    assert!(EVENTS.contains("  command:\n"));
    acme.home.manifest("acme", &other);
    acme.run(["flush", "acme"]);
    lost(&acme.home, &[("no longer declared", 1), ("refused by the destination", 2)]);
}

#[test]
fn a_newer_versions_event_waits_for_that_version() {
    let acme = Acme::on();
    acme.track(3);
    let newer = acme.home.read(ACTIVE).replacen("\"version\":1", "\"version\":2,\"more\":{}", 1);
    acme.home.write(ACTIVE, &newer);
    for _ in 0..2 {
        acme.run(["flush", "acme"]).expect(0);
    }
    assert_eq!((waiting(&acme), acme.received().len()), (1, 1), "what is ours goes, once");
    let status = acme.json(&["status", "acme"], "tool-status");
    assert_eq!((&status["queue"]["lost"], &status["queue"]["waiting"]), (&json!([]), &json!(1)));
    let batch = fs::read_dir(acme.home.at(".acme/telemetry/queue"))
        .expect("listed")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.is_dir())
        .expect("a batch");
    assert_eq!(fs::read_to_string(batch.join("events.jsonl")).expect("events"), newer, "as that version left it");
}
