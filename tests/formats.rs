//! Every file that an earlier program stored still opens and still works: the fixtures are never rewritten, only added to.
//!
//! Promises: each fixture is laid in a home as that version left it, and used. Absent: broken files (`hostile`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use telemetry::consent::policy::{self, Policy};
use telemetry::identity::profile::{self, Profile, Tracking};
use telemetry::payload::digest::Digest;

use crate::sandbox::acme::{NOES, STORED, bounded, fixture, ids, json, lay, stored};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

const STATUS: &[&str] = &["status", "acme", "--json", "--explain"];

fn asked(home: &Home, words: &[&str]) -> serde_json::Value {
    json(&bounded(home, words, &[]).expect(0))
}

#[test]
fn every_fixture_has_its_place_and_every_stored_form_its_fixture() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1");
    let there: BTreeSet<String> = fs::read_dir(folder)
        .expect("fixtures")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    let listed = STORED.iter().chain(NOES).map(|(name, _)| (*name).to_owned());
    assert_eq!(there, listed.chain(["policy.yml".to_owned()]).collect());
    // And what a home of today keeps has a name in that table, or is a lock or a file of a destination.
    let home = stored();
    bounded(&home, &["track", "acme", "work", "--start"], &[]).expect(0);
    bounded(&home, &["show-payload", "acme"], &[]).expect(0);
    bounded(&home, &["flush", "acme", "--now"], &[]).expect(0);
    bounded(&home, &["forget", "acme", "--yes"], &[]).expect(0);
    let name = |path: &str| -> String {
        let last = path.rsplit('/').next().unwrap_or_default();
        last.chars().filter(|c| !c.is_ascii_digit()).take_while(|c| *c != '-').collect()
    };
    let known: BTreeSet<String> = STORED.iter().chain(NOES).map(|(_, place)| name(place)).collect();
    for path in home.list().iter().filter(|path| path.starts_with(".acme/") && !path.ends_with('/')) {
        let ours = path.ends_with(".lock")
            || ["out.jsonl", "spare.jsonl", "orders.jsonl"].iter().any(|own| path.ends_with(own));
        let uuid = path.contains("/pairs/") || path.contains("/deletion/");
        assert!(ours || uuid || known.contains(&name(path)), "{path} is a stored form without a fixture");
    }
}

#[test]
fn status_reads_all_of_it() {
    let home = stored();
    let status = asked(&home, STATUS);
    assert_eq!((status["state"].as_str(), status["agreed"]["how"].as_str()), (Some("on"), Some("enable")));
    assert_eq!(status["user_id"], "468d5a8ff8f0414a9dc8bdc308618363");
    assert_eq!(status["project"]["id"], "xyz123");
    // Of the batch two, of the segment one, and the active one.
    assert_eq!((status["queue"]["waiting"].as_u64(), status["queue"]["local"].as_u64()), (Some(4), Some(1)));
    let lost: u64 =
        status["queue"]["lost"].as_array().expect("losses").iter().filter_map(|row| row["events"].as_u64()).sum();
    assert_eq!(lost, 6, "what was counted aside is counted");
    let spare = status["destinations"].as_array().expect("two").last().expect("one").clone();
    assert_eq!(
        (spare["trouble"]["why"].as_str(), spare["trouble"]["attempts"].as_u64()),
        (Some("it answered 503"), Some(2))
    );
    assert_eq!(status["deletion_requests"][0]["states"][0], "requested");
    assert_eq!(status["last_receipt"]["outcome"], "accepted", "the word of an earlier program");
    assert_eq!(status["unreadable"].as_array().map(Vec::len), Some(0));
    let log = asked(&home, &["log", "acme", "--verify", "--json"]);
    assert_eq!((log["verified"]["verified"].as_u64(), log["unreadable"].as_u64()), (Some(4), Some(0)));
    let kept = &log["kept"][0];
    assert_eq!(
        (kept["days"].as_u64(), kept["bytes"].as_u64(), kept["removed"].as_u64()),
        (Some(3650), Some(50_000_000), Some(15))
    );
}

#[test]
fn what_was_sealed_is_shown_and_sent_as_it_was() {
    let home = stored();
    let sealed = fixture(&home, "progress.jsonl");
    let line: serde_json::Value = serde_json::from_str(sealed.lines().nth(1).expect("sealed")).expect("JSON");
    let shown = asked(&home, &["show-payload", "acme", "--destination", "main", "--json"]);
    let payload = shown["payloads"][0].clone();
    assert_eq!((payload["which"].as_str(), &payload["digest"]), (Some("sealed"), &line["digest"]));
    assert_eq!(payload["body"], line["body"]);

    bounded(&home, &["flush", "acme"], &[]).expect(0);
    let out = home.read(".acme/telemetry/out.jsonl");
    assert!(out.starts_with(line["body"].as_str().expect("a body")), "{out}");
    for name in ["out.jsonl", "spare.jsonl"] {
        let bytes = fs::read(home.at(format!(".acme/telemetry/{name}"))).expect("sent");
        let arrived: BTreeMap<String, usize> = ids([bytes.as_slice()]);
        assert!(arrived.len() == 4 && arrived.values().all(|times| *times == 1), "{name}: {arrived:?}");
    }
    let status = asked(&home, STATUS);
    assert_eq!((status["queue"]["waiting"].as_u64(), status["queue"]["local"].as_u64()), (Some(0), Some(1)));
    assert!(status["destinations"][1]["trouble"].is_null(), "the trouble ended");
    assert_eq!(status["deletion_requests"][0]["states"][0], "delivered");
    assert!(home.read(".acme/telemetry/orders.jsonl").contains("468d5a8ff8f0414a9dc8bdc308618363"));
    let log = asked(&home, &["log", "acme", "--verify", "--json"]);
    assert_eq!((log["verified"]["mismatched"].as_u64(), log["unreadable"].as_u64()), (Some(0), Some(0)));
    // The ids that went out before are still known, for a request to come.
    let ledger: serde_json::Value = serde_json::from_str(&home.read(".acme/telemetry/ledger.json")).expect("JSON");
    assert_eq!(ledger["sent"][0]["first_ms"], 1_795_237_731_320_i64);
}

#[test]
fn recording_goes_on_where_it_was() {
    let home = stored();
    bounded(&home, &["track", "acme", "run", "host=h", "--tool-version", "1.1.0"], &[]).expect(0);
    let pair = "7ac97fde8887456ab1f127f8744c04e5";
    bounded(&home, &["track", "acme", "work", "--complete", pair, "result=ok"], &[]).expect(0);
    let active = home.read(".acme/telemetry/queue/active.jsonl");
    let events: Vec<serde_json::Value> = active.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let numbers: Vec<_> = events.iter().map(|event| event["n"].as_u64()).collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
    // The same installation: its salt, its first day, its pair.
    let known = fixture(&home, "receipts.jsonl");
    let host = events[1]["fields"]["host"].as_str().expect("a digest").to_owned();
    assert!(known.contains(&host), "the same host under the same salt is the same pseudonym");
    assert_eq!(events[1]["facts"]["first_seen"], "2026-11-21");
    assert_eq!((events[2]["pair"].as_str(), events[2]["phase"].as_str()), (Some(pair), Some("completed")));
}

#[test]
fn a_no_of_version_1_is_a_no() {
    let home = stored();
    for (name, place) in NOES {
        lay(&home);
        home.write(place, fixture(&home, name));
        assert_eq!(asked(&home, STATUS)["state"], "off", "{name}");
    }
    lay(&home);
    for (text, reason) in [
        ("user_id: 468d5a8ff8f0414a9dc8bdc308618363\nanonymous_tracking: false\n", "profile.no"),
        ("anonymous_tracking: false\nuser_id: '468d5a8ff8f0414a9dc8bdc308618363'\n", "profile.no"),
    ] {
        home.write(".acme/profile.yml", text);
        assert_eq!(asked(&home, STATUS)["reason"], reason, "{text}");
    }
    lay(&home);
    home.write("work/.acme/config.yml", "telemetry:\n  id: ''\n");
    assert_eq!(asked(&home, STATUS)["reason"], "project.no-id");
}

#[test]
fn a_profile_of_piperider_and_a_policy_are_read_as_they_stand() {
    let home = stored();
    let text = fixture(&home, "profile.yml");
    let Profile::Present(contents) = profile::parse(text.as_bytes()) else { panic!("{text}") };
    assert_eq!((contents.tracking, contents.local, contents.provided), (Tracking::True, false, None));
    // A change of one key keeps the rest of it, byte for byte.
    bounded(&home, &["disable", "acme"], &[]).expect(0);
    assert_eq!(home.read(".acme/profile.yml"), text.replace("true", "false"));
    let policy = fixture(&home, "policy.yml");
    let Policy::Allows(allowed) = policy::parse(policy.as_bytes()) else { panic!("{policy}") };
    assert!(allowed.tool("acme") && !allowed.tool("tool") && allowed.purpose("product-improvement"));
}

#[test]
fn an_order_of_version_2_goes_as_it_was_asked_for() {
    let (home, server) = (stored(), Server::start([Answer::status(200)]));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v2/deletion.json");
    let text = fs::read_to_string(path).expect("a fixture").replace("@URL@", &server.url("/v1"));
    let kept: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(kept["version"], 2);
    home.write(".acme/telemetry/deletion/9dc1b92c-b8e6-49fa-b965-fa45e617391b.json", &text);
    assert_eq!(asked(&home, STATUS)["deletion_requests"][0]["states"][0], "requested");
    // Where it goes and what it says was fixed then: its destination is in no manifest any more.
    bounded(&home, &["flush", "acme"], &[]).expect(0);
    assert_eq!(asked(&home, STATUS)["deletion_requests"][0]["states"][0], "delivered");
    let (order, requests) = (&kept["orders"][0], server.requests());
    assert_eq!((requests.len(), requests[0].method.as_str(), requests[0].path.as_str()), (1, "POST", "/v1"));
    assert_eq!(Some(requests[0].body.as_slice()), order["request"]["body"].as_str().map(str::as_bytes));
    assert_eq!(Digest::of(&requests[0].body).as_str(), order["digest"]);
    for header in order["request"]["headers"].as_array().expect("headers") {
        assert_eq!(requests[0].header(header[0].as_str().expect("a name")), header[1].as_str());
    }
}

#[test]
fn a_change_of_another_programs_files_of_version_1_is_undone() {
    let home = Home::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/change");
    for name in ["index.json", "0.before", "1.before"] {
        let text = fs::read_to_string(folder.join(name)).expect("a fixture");
        let text = text.replace("@HOME@", &home.path().display().to_string());
        home.write(format!(".telemetry/foreign/piperider/undo/1795237731320-1/{name}"), text);
    }
    home.write(".piperider/profile.yml", "api_token: abc\nuser_id: a\nanonymous_tracking: false\n");
    home.write(".piperider/.unsend_events.json", "{\"unsend_events\": []}");
    bounded(&home, &["undo", "--yes"], &[]).expect(0);
    assert_eq!(home.read(".piperider/profile.yml"), "api_token: abc\nuser_id: a\nanonymous_tracking: true\n");
    assert_eq!(home.read(".piperider/.unsend_events.json"), "{\"unsend_events\": [1]}");
}
