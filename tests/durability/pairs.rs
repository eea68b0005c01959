//! Pairs that a kill left half-way, made by hand: the queue says what they are, and what it said stays when the events are gone.
//!
//! Promises: every state that a kill may leave, beside one that it did not touch. Absent: kills (`interop/pairs`, `interop/runs`).

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use telemetry::actions::enable::enable;
use telemetry::actions::track::{Recorded, Recorder, TrackError};
use telemetry::host::clock::Timestamp;
use telemetry::identity::ids::Id;

use crate::commands::run::RUNS;
use crate::sandbox::home::Home;

/// Every name that a pair's file may have, with its end.
const STAGES: [&str; 3] = ["begins", "json", "ends"];

fn on(more: &str) -> Home {
    let home = Home::new();
    home.manifest("acme", &format!("{RUNS}{more}"));
    enable(&home.context(), &home.tool("acme"), false).expect("a yes");
    home
}

fn recorder(home: &Home) -> Recorder {
    Recorder::new(&home.context(), &home.tool("acme"), None).expect("a recorder")
}

fn started(home: &Home) -> String {
    match recorder(home).start("run", &[]).expect("started") {
        Recorded::Stored { pair: Some(pair), .. } => pair.to_string(),
        other => panic!("{other:?}"),
    }
}

fn complete(home: &Home, pair: &str) -> Result<Recorded, TrackError> {
    let outcome = [("outcome".to_owned(), "completed".to_owned())];
    recorder(home).complete("run", &Id::new(pair).expect("an id"), &outcome)
}

fn path(home: &Home, pair: &str, stage: &str) -> std::path::PathBuf {
    home.at(format!(".acme/telemetry/pairs/{pair}.{stage}"))
}

fn becomes(home: &Home, pair: &str, stage: &str) {
    fs::rename(path(home, pair, "json"), path(home, pair, stage)).expect("renamed");
}

/// What stands in the folder of pairs, the names' ends beside the pairs'.
fn stages(home: &Home, pairs: &[&String]) -> Vec<Vec<&'static str>> {
    pairs.iter().map(|pair| STAGES.into_iter().filter(|stage| path(home, pair, stage).exists()).collect()).collect()
}

fn open(home: &Home) -> BTreeSet<String> {
    let status: Value = serde_json::from_str(&home.run(["status", "acme", "--json"]).expect(0).stdout).expect("JSON");
    let open = status["started"].as_array().expect("a list").iter();
    open.map(|one| one["pair"].as_str().expect("an id").to_owned()).collect()
}

/// A start that is queued and one that is not, an end that is queued and one that is not, and a pair that nothing happened to.
fn half_way(home: &Home) -> [String; 5] {
    let pairs = [(); 5].map(|()| started(home));
    let [begun, never, ended, not_ended, _] = &pairs;
    let text = fs::read_to_string(path(home, ended, "json")).expect("a pair");
    complete(home, ended).expect("completed");
    fs::write(path(home, ended, "ends"), text).expect("written");
    becomes(home, begun, "begins");
    becomes(home, never, "begins");
    becomes(home, not_ended, "ends");
    let active = ".acme/telemetry/queue/active.jsonl";
    let lines: Vec<String> =
        home.read(active).lines().filter(|line| !line.contains(never.as_str())).map(str::to_owned).collect();
    home.write(active, format!("{}\n", lines.join("\n")));
    pairs
}

#[test]
fn the_queue_says_what_a_kill_left_and_it_stays_said() {
    let home = on("");
    let pairs = half_way(&home);
    let all: Vec<&String> = pairs.iter().collect();
    let [begun, never, ended, not_ended, whole] = &pairs;
    let wanted = BTreeSet::from([begun, not_ended, whole].map(String::clone));
    let before = stages(&home, &all);
    assert_eq!(open(&home), wanted);
    assert_eq!(stages(&home, &all), before, "who looks changes nothing");
    // Of the start that never was, a flush that comes later lets go; the others are what they were, with an empty queue.
    home.run(["flush", "acme"]).expect(0);
    assert_eq!(stages(&home, &all), [vec!["json"], vec!["begins"], vec![], vec!["ends"], vec!["json"]]);
    let text = fs::read_to_string(path(&home, never, "begins")).expect("a pair");
    let (head, tail) = text.split_once("\"time_ms\":").expect("a time");
    let tail = tail.trim_start_matches(|c: char| c.is_ascii_digit());
    let ago = home.context().clock.now().plus_ms(-61_000).ms();
    fs::write(path(&home, never, "begins"), format!("{head}\"time_ms\":{ago}{tail}")).expect("written");
    home.run(["flush", "acme"]).expect(0);
    assert_eq!(stages(&home, &all), [vec!["json"], vec![], vec![], vec!["ends"], vec!["json"]]);
    assert_eq!(open(&home), wanted);
    for pair in [begun, not_ended, whole] {
        complete(&home, pair).expect("it is open");
        assert!(matches!(complete(&home, pair), Err(TrackError::UnknownPair(_))), "completed once");
    }
    for pair in [never, ended] {
        assert!(matches!(complete(&home, pair), Err(TrackError::UnknownPair(_))), "nothing is open");
    }
    assert_eq!((open(&home), home.run(["flush", "acme"]).status), (BTreeSet::new(), 0));
}

#[test]
fn before_any_flush_what_a_kill_left_completes_once_and_only_what_is_open() {
    let home = on("");
    let [begun, never, ended, not_ended, whole] = half_way(&home);
    for (pair, is_open) in [(begun, true), (never, false), (ended, false), (not_ended, true), (whole, true)] {
        assert_eq!(complete(&home, &pair).is_ok(), is_open, "{pair}");
        assert!(complete(&home, &pair).is_err(), "{pair} again");
    }
    let queue = home.read(".acme/telemetry/queue/active.jsonl");
    let of = |phase: &str| queue.lines().filter(|line| line.contains(&format!("\"phase\":\"{phase}\""))).count();
    assert_eq!((of("started"), of("completed"), open(&home).len()), (4, 4, 0));
}

#[test]
fn a_full_queue_takes_no_answer_away() {
    for local in [false, true] {
        let home = on("limits: {events: 16}\n");
        enable(&home.context(), &home.tool("acme"), local).expect("a yes");
        let file = |name: &str| home.at(format!(".acme/telemetry/queue/{name}"));
        let lane = if local { "local.jsonl" } else { "active.jsonl" };
        let pairs = [(); 2].map(|()| started(&home));
        let [begun, ended] = &pairs;
        let text = fs::read_to_string(path(&home, ended, "json")).expect("a pair");
        complete(&home, ended).expect("completed");
        fs::write(path(&home, ended, "ends"), text).expect("written");
        becomes(&home, begun, "begins");
        assert_eq!(open(&home), BTreeSet::from([begun.clone()]), "local: {local}");
        for _ in 0..40 {
            complete(&home, &started(&home)).expect("completed");
        }
        let queue = home.list();
        let mut names = queue.iter().filter(|name| name.contains("/queue/") && name.ends_with(".jsonl"));
        assert!(file(lane).exists() && names.all(|name| !home.read(name).contains(begun.as_str())));
        assert_eq!(open(&home), BTreeSet::from([begun.clone()]), "local: {local}");
        assert_eq!(stages(&home, &[begun, ended]), [vec!["json"], vec![]]);
    }
}

#[test]
fn what_is_too_old_is_let_go_at_every_stage() {
    let home = on("limits: {days: 1}\n");
    half_way(&home);
    let names = || home.list().iter().filter(|name| name.contains("/pairs/") && !name.ends_with('/')).count();
    assert_eq!(names(), 5);
    let folder = home.at(".acme/telemetry/pairs");
    for entry in fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a pair");
        let time = text.split_once("\"time_ms\":").expect("a time").1.split(',').next().expect("digits").to_owned();
        let old = Timestamp::from_ms(1000).ms().to_string();
        fs::write(&path, text.replace(&time, &old)).expect("written");
    }
    home.run(["flush", "acme"]).expect(0);
    assert_eq!(names(), 0);
}
