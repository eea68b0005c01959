//! Killed between every two calls of starting, completing and flushing: what `status` counts as started and not completed is what the
//! queue and the receiver have, no more and no less.
//!
//! Run for every call that changes something outside the process; with `FULL=1` for every call there is. Absent: kills under load
//! (`runs`).

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use telemetry::actions::enable::enable;
use telemetry::actions::track::{Recorded, Recorder};

use crate::runs::manifest;
use crate::sandbox::acme::bounded;
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};
use crate::strace::{Call, Fault, calls, each, everything, run};

const PAIRS: &str = ".acme/telemetry/pairs";

fn on() -> (Server, Home) {
    let server = Server::start([Answer::status(200)]);
    let home = Home::new();
    home.manifest("acme", &manifest(&server));
    enable(&home.context(), &home.tool("acme"), false).expect("a yes");
    (server, home)
}

fn started(home: &Home) -> String {
    let mut recorder = Recorder::new(&home.context(), &home.tool("acme"), None).expect("a recorder");
    match recorder.start("run", &[]).expect("started") {
        Recorded::Stored { pair: Some(pair), .. } => pair.to_string(),
        other => panic!("{other:?}"),
    }
}

/// The events that arrived, and those that wait.
fn events(home: &Home, server: &Server) -> Vec<Value> {
    let bodies = server.requests().into_iter();
    let mut all: Vec<Value> =
        bodies.flat_map(|request| serde_json::from_slice::<Vec<Value>>(&request.body).expect("JSON")).collect();
    let waits = |name: &&String| {
        name.starts_with(".acme/telemetry/queue/") && !name.contains("/to-") && name.ends_with(".jsonl")
    };
    for name in home.list().iter().filter(waits) {
        all.extend(home.read(name).lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()));
    }
    all
}

/// The pairs that started and did not complete, by their events.
fn by_events(home: &Home, server: &Server) -> BTreeSet<String> {
    let events = events(home, server);
    let of = |phase: &str| -> BTreeSet<String> {
        let pair = |event: &Value| event["pair"].as_str().expect("a pair").to_owned();
        events.iter().filter(|event| event["phase"] == phase).map(pair).collect()
    };
    of("started").difference(&of("completed")).cloned().collect()
}

/// The same, as `status` counts them.
fn by_status(home: &Home) -> BTreeSet<String> {
    let status: Value =
        serde_json::from_str(&bounded(home, &["status", "acme", "--json"], &[]).expect(0).stdout).expect("JSON");
    let open = status["started"].as_array().expect("a list");
    assert!(open.iter().all(|one| one["runs"] == false), "{open:?}");
    let pairs: BTreeSet<String> = open.iter().map(|one| one["pair"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(pairs.len(), open.len(), "each counts once");
    pairs
}

/// Kills the program at each of its calls, each time in a home of its own; `open`: what is open all the while, where that is given.
fn sweep(what: &str, lay: &(dyn Fn(&Home) -> (String, Option<BTreeSet<String>>) + Sync)) {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (_server, traced) = on();
    let all = calls(&traced, &words(&lay(&traced).0));
    let wanted: Vec<Call> = all.into_iter().filter(|call| everything() || call.changes()).collect();
    let seen = each(&wanted, |_, call| {
        let (server, home) = on();
        let (line, given) = lay(&home);
        let hit = run(&home, &words(&line), call, Fault::Kill).hit.is_some();
        let at = format!("{what}, killed at {}", call.words());
        let open = given.unwrap_or_else(|| by_events(&home, &server));
        assert_eq!(by_status(&home), open, "{at}");
        // What says so leaves the queue; what it said stays.
        bounded(&home, &["flush", "acme", "--now"], &[]).expect(0);
        assert_eq!(by_status(&home), open, "{at}, after a flush");
        assert!(!home.list().iter().any(|name| name.starts_with(".acme/telemetry/queue/batch-")), "{at}");
        (usize::from(hit), open.len())
    });
    let (hit, open) = seen.iter().fold((0, 0), |(hit, open), one| (hit + one.0, open + one.1));
    println!("{what}: killed at {hit} of {} calls, {open} open", wanted.len());
    assert!(hit * 2 > wanted.len() && open > 0, "no kill came at a moment that means anything");
}

#[test]
fn killed_while_starting() {
    sweep("a run", &|_| ("run acme -- true".to_owned(), None));
    sweep("a start", &|_| ("track acme run --start".to_owned(), None));
}

#[test]
fn killed_while_completing() {
    let words = "track acme run outcome=completed duration=1 --complete";
    sweep("an end", &|home| (format!("{words} {}", started(home)), None));
    sweep("an end that a kill cut short", &|home| {
        let pair = started(home);
        let at = |ending: &str| home.at(format!("{PAIRS}/{pair}.{ending}"));
        fs::rename(at("json"), at("ends")).expect("renamed");
        (format!("{words} {pair}"), None)
    });
}

#[test]
fn killed_while_flushing_beside_what_kills_left() {
    sweep("a flush", &|home| {
        let at = |pair: &str, ending: &str| home.at(format!("{PAIRS}/{pair}.{ending}"));
        let [begun, ended, not_ended] = [started(home), started(home), started(home)];
        let text = fs::read_to_string(at(&ended, "json")).expect("a pair");
        let words = ["track", "acme", "run", "outcome=completed", "duration=1", "--complete", &ended];
        bounded(home, &words, &[]).expect(0);
        fs::write(at(&ended, "ends"), &text).expect("written");
        fs::write(at("never", "begins"), text.replace(&ended, "never")).expect("written");
        fs::rename(at(&begun, "json"), at(&begun, "begins")).expect("renamed");
        fs::rename(at(&not_ended, "json"), at(&not_ended, "ends")).expect("renamed");
        ("flush acme --now".to_owned(), Some(BTreeSet::from([begun, not_ended])))
    });
}
