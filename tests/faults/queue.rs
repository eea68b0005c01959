//! Foreign and odd things in the queue's folder: they are left untouched and hold up nothing else.
//!
//! Promises: what bears a name of ours without being of its kind is named; what bears none is not looked at. Absent: damaged
//! lines (`hostile`), faults of the disk (`interop`).

use std::fs;

use crate::sandbox::acme::{bounded, ids, json, record, sending_to};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

const QUEUE: &str = ".acme/telemetry/queue";
const TAG: &str = "1795237731364-2-79b2c0b2";

/// What may stand in the folder: its name in the queue, what is in it, and whether it has a name of ours.
fn odd() -> Vec<(String, &'static str, bool)> {
    vec![
        (format!("done-{}", "0a".repeat(16)), "a file", true),
        (format!("batch-{TAG}"), "a file", true),
        (format!("segment-{TAG}.jsonl/inner"), "in a folder", true),
        ("done-x/inner".to_owned(), "in a folder", false),
        ("done-y".to_owned(), "a file", false),
        ("batch-x".to_owned(), "a file", false),
        ("segment-x.jsonl".to_owned(), "a file", false),
        ("notes.txt".to_owned(), "a file", false),
    ]
}

/// The part of the name that lies in the queue's own folder.
fn entry(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}

/// Lays one odd thing after the other; `check` is asked after each.
fn with_each(check: impl Fn(&Home, &str, bool)) {
    for (name, text, ours) in odd() {
        let home = sending_to("http://127.0.0.1:9/");
        let path = home.write(format!("{QUEUE}/{name}"), text);
        check(&home, entry(&name), ours);
        assert_eq!(fs::read_to_string(path).expect("still there"), text, "{name} was touched");
    }
}

#[test]
fn one_odd_entry_holds_up_nothing_else() {
    for (name, text, ours) in odd() {
        let server = Server::start([Answer::status(200)]);
        let home = sending_to(&server.url("/v1"));
        let path = home.write(format!("{QUEUE}/{name}"), text);
        let wanted = record(&home, 2);
        let ran = bounded(&home, &["flush", "acme", "--json"], &[]);
        let shown = json(&ran);
        assert_eq!(ran.status, if ours { 4 } else { 0 }, "{name}: {}{}", ran.stdout, ran.stderr);
        let named: Vec<&str> =
            shown["set_aside"].as_array().expect("a list").iter().filter_map(|one| one["path"].as_str()).collect();
        let own = home.at(QUEUE).join(entry(&name)).display().to_string();
        assert_eq!(named, if ours { vec![own.as_str()] } else { vec![] }, "{name}");
        let arrived = ids(server.requests().iter().map(|request| request.body.as_slice()));
        assert!(arrived.len() == 2 && wanted.iter().all(|id| arrived.get(id) == Some(&1)), "{name}: {arrived:?}");
        assert_eq!(fs::read_to_string(path).expect("still there"), text, "{name} was touched");
        let said = bounded(&home, &["flush", "acme"], &[]).stderr;
        assert_eq!(said.contains(&own), ours, "{name}: {said}");
    }
}

#[test]
fn looking_recording_and_saying_no_go_on_beside_an_odd_entry() {
    with_each(|home, name, ours| {
        bounded(home, &["track", "acme", "run", "n=1"], &[]).expect(0);
        let status = json(&bounded(home, &["status", "acme", "--json"], &[]).expect(0));
        assert_eq!(status["queue"]["waiting"], 1, "{name}");
        assert_eq!(status["unreadable"].to_string().contains(name), ours, "{name}: {}", status["unreadable"]);
        let shown = json(&bounded(home, &["show-payload", "acme", "--json"], &[]).expect(0));
        assert_eq!(shown["payloads"][0]["which"], "sealed", "{name}");
        bounded(home, &["disable", "acme"], &[]).expect(0);
        assert_eq!(json(&bounded(home, &["status", "acme", "--json"], &[]))["queue"]["waiting"], 0, "{name}");
    });
}

#[test]
fn a_full_queue_drops_its_own_segments_beside_an_odd_entry() {
    with_each(|home, name, _| {
        let small = home.read(".config/telemetry/tools/acme.yml").replace("\n...", "\nlimits: {events: 8}\n...");
        home.manifest("acme", &small);
        record(home, 20);
        let status = json(&bounded(home, &["status", "acme", "--json"], &[]).expect(0));
        let waiting = status["queue"]["waiting"].as_u64().expect("a number");
        let lost: u64 =
            status["queue"]["lost"].as_array().expect("a list").iter().filter_map(|one| one["events"].as_u64()).sum();
        assert!((1..=8).contains(&waiting) && waiting + lost == 20, "{name}: {waiting} wait, {lost} are lost");
    });
}

#[test]
fn a_progress_that_cannot_be_read_sets_its_batch_aside_until_it_can() {
    let server = Server::start([Answer::status(200)]);
    let newer = "{\"kind\":\"progress\",\"version\":2}\n";
    for what in ["newer", "a folder", "a link"] {
        let home = sending_to(&server.url("/v1"));
        let first = record(&home, 2);
        bounded(&home, &["show-payload", "acme"], &[]).expect(0);
        let batch = fs::read_dir(home.at(QUEUE)).expect("a queue").next().expect("a batch").expect("listed").path();
        let (progress, kept) = (batch.join("to-main.jsonl"), home.at("kept"));
        fs::rename(&progress, &kept).expect("moved");
        match what {
            "newer" => fs::write(&progress, newer).expect("a file"),
            "a folder" => fs::create_dir(&progress).expect("a folder"),
            _ => std::os::unix::fs::symlink(&kept, &progress).expect("a link"),
        }
        let second = record(&home, 1);
        let before = server.requests().len();
        let ran = bounded(&home, &["flush", "acme", "--json"], &[]);
        let shown = json(&ran);
        assert_eq!((ran.status, shown["waiting"].as_u64()), (4, Some(2)), "{what}: {}{}", ran.stdout, ran.stderr);
        assert!(shown["set_aside"].to_string().contains("to-main.jsonl"), "{what}: {}", ran.stdout);
        let arrived = |from: usize| ids(server.requests().iter().skip(from).map(|request| request.body.as_slice()));
        assert_eq!(arrived(before).into_keys().collect::<Vec<_>>(), second, "{what}: the rest goes on");
        if what == "newer" {
            assert_eq!(fs::read_to_string(&progress).expect("text"), newer, "left as it is");
            fs::remove_file(&progress).expect("gone");
        } else if what == "a folder" {
            fs::remove_dir(&progress).expect("gone");
        } else {
            fs::remove_file(&progress).expect("gone");
        }
        fs::rename(&kept, &progress).expect("moved back");
        bounded(&home, &["flush", "acme"], &[]).expect(0);
        let all = arrived(before);
        assert!(first.iter().chain(&second).all(|id| all.get(id) == Some(&1)) && all.len() == 3, "{what}: {all:?}");
    }
}
