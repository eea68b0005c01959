//! Killed at any moment: what was acknowledged arrives, and what may have arrived twice says so.
//!
//! Promises: every kill is at a point given by its number, so that a failure can be run again. Absent: power cuts.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::sandbox::acme::{bounded, ids, json, record, sending_to, start};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Recorded, Server};

/// Kills a child after so many microseconds, unless it has ended before; its exit code if so.
fn kill_after(mut child: Child, micros: u64) -> Option<i32> {
    let (begin, moment) = (Instant::now(), Duration::from_micros(micros));
    while begin.elapsed() < moment {
        if let Some(status) = child.try_wait().expect("asked") {
            return status.code();
        }
        std::thread::yield_now();
    }
    child.kill().expect("killed");
    child.wait().expect("its end").code()
}

/// A spread of moments over the life of a short process.
fn moment(number: u64, most: u64) -> u64 {
    number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407).rotate_right(29) % most
}

/// How long a run of these words takes here, so that kills fall into it.
fn lasts(home: &Home, words: &[&str]) -> u64 {
    let begin = Instant::now();
    bounded(home, words, &[]);
    u64::try_from(begin.elapsed().as_micros()).expect("short")
}

fn bodies(requests: &[Recorded]) -> BTreeMap<String, usize> {
    ids(requests.iter().map(|request| request.body.as_slice()))
}

#[test]
fn a_killed_track_either_acknowledged_and_is_there_or_did_not() {
    let server = Server::start([Answer::status(200)]);
    let home = sending_to(&server.url("/v1"));
    let most = lasts(&home, &["track", "acme", "run", "n=1000"]) * 2;
    let mut acknowledged = BTreeSet::from([1000]);
    for number in 0..60 {
        let n = format!("n={number}");
        let child = start(&home, &["track", "acme", "run", &n], &[]);
        if kill_after(child, moment(number, most)) == Some(0) {
            acknowledged.insert(number);
        }
    }
    bounded(&home, &["flush", "acme"], &[]).expect(0);
    let mut seen = BTreeMap::new();
    for request in server.requests() {
        let events: Vec<serde_json::Value> = serde_json::from_slice(&request.body).expect("JSON");
        for event in events {
            *seen.entry(event["fields"]["n"].as_u64().expect("a number")).or_insert(0) += 1;
        }
    }
    let lost: Vec<_> = acknowledged.iter().filter(|number| !seen.contains_key(number)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(seen.values().all(|times| *times == 1), "{seen:?}");
    assert!(seen.len() > 1, "no kill came late enough to mean anything");
}

#[test]
fn a_killed_flush_sends_again_what_had_no_answer_and_says_so() {
    let server = Server::start([Answer::status(200)]);
    let home = sending_to(&server.url("/v1"));
    let most = lasts(&home, &["flush", "acme"]) * 3;
    let mut wanted = BTreeSet::new();
    for number in 0..60 {
        wanted.extend(record(&home, 3));
        kill_after(start(&home, &["flush", "acme", "--now"], &[]), moment(number, most));
    }
    bounded(&home, &["flush", "acme", "--now"], &[]).expect(0);
    let requests = server.requests();
    let arrived = bodies(&requests);
    let lost: Vec<_> = wanted.iter().filter(|id| !arrived.contains_key(*id)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(arrived.len(), wanted.len());

    // Of every body that came more than once, a receipt says that it may have.
    let log = json(&bounded(&home, &["log", "acme", "--json", "--verify", "-n", "999", "--bodies"], &[]));
    let rows = log["receipts"].as_array().expect("receipts").clone();
    let flagged: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row["maybe_twice"] == true || row["outcome"] == "unanswered")
        .filter_map(|row| row["body"].as_str())
        .collect();
    let flagged = ids(flagged.into_iter().map(str::as_bytes));
    let unsaid: Vec<_> = arrived.iter().filter(|(id, times)| **times > 1 && !flagged.contains_key(*id)).collect();
    assert!(unsaid.is_empty(), "twice, and the log does not say so: {unsaid:?}");
    let status = json(&bounded(&home, &["status", "acme", "--json"], &[]).expect(0));
    assert_eq!(
        (status["queue"]["waiting"].as_u64(), status["queue"]["lost"].as_array().map(Vec::len)),
        (Some(0), Some(0))
    );
}

#[test]
fn a_killed_show_payload_leaves_what_it_sealed_to_the_next_flush() {
    let server = Server::start([Answer::status(200)]);
    let home = sending_to(&server.url("/v1"));
    let most = lasts(&home, &["show-payload", "acme"]) * 2;
    let mut wanted = 0;
    for number in 0..20 {
        wanted += record(&home, 2).len();
        kill_after(start(&home, &["show-payload", "acme"], &[]), moment(number, most));
    }
    bounded(&home, &["flush", "acme"], &[]).expect(0);
    let arrived = bodies(&server.requests());
    assert_eq!((arrived.len(), arrived.values().sum::<usize>()), (wanted, wanted));
}

#[test]
fn a_killed_disable_is_repeated_and_a_killed_enable_leaves_no_half_yes() {
    for number in 0..20 {
        let home = Home::new();
        home.manifest("acme", &crate::sandbox::acme::manifest(&["main: {file: out.jsonl, batch: lines}"]));
        let words: &[&str] = if number % 2 == 0 { &["enable", "acme", "--local"] } else { &["enable", "acme"] };
        kill_after(start(&home, words, &[]), moment(number, 30_000));
        let status = json(&bounded(&home, &["status", "acme", "--json"], &[]).expect(0));
        let state = status["state"].as_str().expect("a state");
        assert!(state != "on" || number % 2 == 1, "--local, killed, is {state}");
        let before = home.at(".acme/telemetry/no").exists();
        assert!(!before, "no marker yet");
        kill_after(start(&home, &["disable", "acme"], &[]), moment(number + 7, 30_000));
        if home.at(".acme/telemetry/no").exists() {
            let status = json(&bounded(&home, &["status", "acme", "--json"], &[]).expect(0));
            assert_eq!(status["state"], "off");
        }
        bounded(&home, &["disable", "acme"], &[]).expect(0);
        let profile = home.read(".acme/profile.yml");
        assert!(profile.contains("anonymous_tracking: false"), "{profile}");
    }
}

#[test]
fn half_written_files_of_the_killed_do_not_pile_up() {
    let home = sending_to("http://127.0.0.1:9/");
    // As a kill leaves them: long ago, and just now by somebody who is still at work.
    for folder in
        ["", "telemetry/", "telemetry/queue/", "telemetry/receipts/", "telemetry/pairs/", "telemetry/deletion/"]
    {
        let path = home.write(format!(".acme/{folder}.telemetry-old.tmp"), "user_id: secret\n");
        let old =
            Command::new("touch").args(["-t", "202001010000"]).arg(&path).stdin(Stdio::null()).status().expect("touch");
        assert!(old.success());
    }
    let young = home.write(".acme/telemetry/.telemetry-young.tmp", "half");
    record(&home, 1);
    bounded(&home, &["flush", "acme", "--budget", "1"], &[]);
    let left: Vec<String> = home.list().into_iter().filter(|name| name.ends_with("old.tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(young.exists(), "what may be in use stays");
}
