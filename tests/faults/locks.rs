//! Locks in the hands of somebody who was stopped: recording goes on, a no lands, a flush says that it cannot.
//!
//! Promises: nobody waits for longer than the bound that the product names. Absent: who is killed (`durability`).

use std::fs::{self, File, OpenOptions};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use telemetry::actions::track::{Recorded, Recorder};

use crate::sandbox::acme::{bounded, ids, json, manifest, record, sending, sending_to, start, text, within};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

/// Far more than 10 ms and a start take, far less than any other bound.
const SOON: Duration = Duration::from_millis(1500);
/// The two seconds for a request, the two for a flusher, and a busy machine.
const PATIENT: Duration = Duration::from_secs(10);

/// Holds the lock of a file in the tool's folder, as a process that was stopped would.
fn hold(home: &Home, name: &str) -> File {
    let path = home.at(".acme/telemetry").join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    let file = OpenOptions::new().read(true).append(true).create(true).open(path).expect("a file");
    file.lock().expect("locked");
    file
}

fn track(home: &Home) -> i32 {
    within(SOON, || bounded(home, &["track", "acme", "run", "n=1"], &[]).status)
}

fn waiting(home: &Home) -> u64 {
    let status = json(&bounded(home, &["status", "acme", "--json"], &[]).expect(0));
    status.pointer("/queue/waiting").and_then(serde_json::Value::as_u64).expect("a number")
}

fn is_off(home: &Home) -> bool {
    text(&json(&bounded(home, &["status", "acme", "--json"], &[]).expect(0)), "/state") == "off"
}

#[test]
fn recording_does_not_wait_and_loses_nothing() {
    for name in ["queue/active.jsonl", "flush.lock", "request.lock", "profile.lock", "losses.lock"] {
        let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
        // Without an id, so that the profile has to be written as well.
        home.write(".acme/profile.yml", "anonymous_tracking: true\n");
        let mut wanted = 1;
        if name.starts_with("queue") {
            wanted += record(&home, 1).len();
        }
        let held = hold(&home, name);
        assert_eq!(track(&home), 0, "{name}");
        assert_eq!(waiting(&home), u64::try_from(wanted).expect("few"), "{name}");
        drop(held);
        bounded(&home, &["flush", "acme"], &[]).expect(0);
        let out = fs::read(home.at(".acme/telemetry/out.jsonl")).expect("sent");
        assert_eq!(ids([out.as_slice()]).len(), wanted, "{name}");
    }
}

#[test]
fn a_full_queue_does_not_wait_for_who_counts() {
    let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
    home.manifest(
        "acme",
        &manifest(&["main: {file: out.jsonl, batch: lines}"]).replace("...\n", "limits: {events: 8}\n...\n"),
    );
    let held = hold(&home, "losses.lock");
    for _ in 0..20 {
        assert_eq!(track(&home), 0);
    }
    drop(held);
    assert!((1..=8).contains(&waiting(&home)), "the queue is bounded all the same: {}", waiting(&home));
}

#[test]
fn a_no_lands_whoever_holds_what() {
    for (name, status) in [
        ("queue/active.jsonl", &[0][..]),
        ("flush.lock", &[0]),
        ("losses.lock", &[0]),
        ("profile.lock", &[1]),
        ("request.lock", &[4]),
    ] {
        let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
        record(&home, 2);
        let held = hold(&home, name);
        let ran = within(PATIENT, || bounded(&home, &["disable", "acme"], &[]));
        assert!(status.contains(&ran.status), "{name}: exit {}: {}", ran.status, ran.stderr);
        assert!(home.at(".acme/telemetry/no").exists() && is_off(&home), "{name}");
        drop(held);
        bounded(&home, &["flush", "acme"], &[]).expect(0);
        assert!(!home.at(".acme/telemetry/out.jsonl").exists(), "{name}: nothing went out");
        assert_eq!(waiting(&home), 0, "{name}");
    }
}

#[test]
fn enable_local_that_fails_half_way_is_not_a_yes_to_sending() {
    let home = Home::new();
    home.manifest("acme", &manifest(&["main: {file: out.jsonl, batch: lines}"]));
    for profile in [None, Some("anonymous_tracking: true\n"), Some("user_id: abc\nanonymous_tracking: false\n")] {
        fs::remove_dir_all(home.at(".acme")).ok();
        if let Some(text) = profile {
            home.write(".acme/profile.yml", text);
        }
        let held = hold(&home, "profile.lock");
        let ran = within(PATIENT, || bounded(&home, &["enable", "acme", "--local"], &[]));
        let state = json(&bounded(&home, &["status", "acme", "--json"], &[]))["state"].clone();
        assert!(state != "on", "exit {}: {profile:?} is {state}: {}", ran.status, ran.stderr);
        drop(held);
    }
}

#[test]
fn a_flush_that_cannot_have_its_locks_says_so_in_time() {
    for name in ["flush.lock", "request.lock"] {
        let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
        record(&home, 2);
        let held = hold(&home, name);
        let ran = within(PATIENT, || bounded(&home, &["flush", "acme", "--budget", "2"], &[]));
        assert_eq!(ran.status, 3, "{name}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(waiting(&home), 2, "{name}");
        // Looking is possible all the same.
        bounded(&home, &["show-payload", "acme"], &[]).expect(0);
        drop(held);
        bounded(&home, &["flush", "acme"], &[]).expect(0);
        assert_eq!(waiting(&home), 0, "{name}");
    }
}

/// A child that goes with its test, also when that fails while the child is stopped.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn a_stopped_flusher_is_named_and_sends_nothing_after_the_no() {
    let server = Server::start([Answer::stall(), Answer::status(200)]);
    let home = sending_to(&server.url("/v1"));
    record(&home, 2);
    let mut flusher = Ends(start(&home, &["flush", "acme", "--budget", "60"], &[]));
    assert_eq!(server.wait_for(1, PATIENT).len(), 1, "the request is under way");
    let signal = |name: &str| {
        let pid = flusher.0.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().expect("kill").success());
    };
    signal("-STOP");
    assert_eq!(track(&home), 0, "recording does not wait for it");
    let ran = within(PATIENT, || bounded(&home, &["disable", "acme"], &[]));
    assert_eq!(ran.status, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains(&server.url("/v1")) && ran.stderr.contains("sha256:"), "{}", ran.stderr);
    assert!(is_off(&home));
    signal("-KILL");
    flusher.0.wait().expect("its end");
    bounded(&home, &["flush", "acme", "--now"], &[]).expect(0);
    assert_eq!(server.requests().len(), 1, "no further request began");
    assert_eq!(waiting(&home), 0, "what waited went nowhere");
    let log = json(&bounded(&home, &["log", "acme", "--json", "--verify"], &[]).expect(0));
    let row = log["receipts"].as_array().expect("receipts").last().expect("one").clone();
    assert_eq!((row["outcome"].as_str(), row["check"].as_str()), (Some("unanswered"), Some("verified")), "{row}");
}

#[test]
fn a_host_that_finds_a_no_waits_for_a_stopped_writer_no_longer_than_to_append() {
    // The shortest of five: what else the machine does can only add to it.
    let shortest = (0..5).map(|_| {
        let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
        record(&home, 1);
        let held = hold(&home, "queue/active.jsonl");
        home.write(".acme/telemetry/no", "no\n");
        let mut recorder = Recorder::new(&home.context(), &home.tool("acme"), None).expect("a recorder");
        let begin = Instant::now();
        let found = recorder.record("run", &[]).expect("no error");
        let took = begin.elapsed();
        assert!(matches!(found, Recorded::Off(_)), "{found:?}");
        assert_eq!(waiting(&home), 0, "what waits is dropped all the same");
        drop(held);
        took
    });
    let shortest = shortest.min().expect("five");
    assert!(shortest < Duration::from_millis(60), "{shortest:?}: 10 ms for the lock, and the dropping");
}
