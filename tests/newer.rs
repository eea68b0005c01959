//! A home that a newer version of this program left: what is not known means no, and is there unharmed after the way back.
//!
//! Promises: no command but `forget` takes away what it does not know. Absent: older versions (`formats`), damage (`hostile`).

use std::fs;

use crate::sandbox::acme::{bounded, fixture, ids, json, record, sending, stored, text};
use crate::sandbox::home::Home;

const PROFILE: &str = ".acme/profile.yml";
const AGREEMENT: &str = ".acme/telemetry/agreement.json";
const OUT: &str = ".acme/telemetry/out.jsonl";

fn state(home: &Home) -> (String, String) {
    let shown = json(&bounded(home, &["status", "acme", "--json"], &[]).expect(0));
    (text(&shown, "/state"), text(&shown, "/reason"))
}

/// How many events wait, and how many were lost.
fn queue(home: &Home) -> (u64, usize) {
    let shown = json(&bounded(home, &["status", "acme", "--json"], &[]).expect(0));
    let lost = shown["queue"]["lost"].as_array().expect("losses").len();
    (shown["queue"]["waiting"].as_u64().expect("a number"), lost)
}

fn arrived(home: &Home) -> usize {
    let bytes = fs::read(home.at(OUT)).unwrap_or_default();
    let ids = ids([bytes.as_slice()]);
    assert!(ids.values().all(|times| *times == 1), "{ids:?}");
    ids.len()
}

#[test]
fn an_agreement_of_a_newer_version_is_a_no_and_is_written_over_by_nobody() {
    let home = stored();
    let whole = home.read(AGREEMENT);
    for newer in [
        whole.replace("\"version\": 1", "\"version\": 2"),
        whole.replace("\"version\": 1,", "\"version\": 2, \"regions\": {\"eu\": false},"),
        "{\"version\": 7}".to_owned(),
    ] {
        home.write(AGREEMENT, &newer);
        assert_ne!(newer, whole);
        for (words, status) in [
            (&["track", "acme", "run"][..], 0),
            (&["show-payload", "acme"], 0),
            (&["flush", "acme"], 0),
            (&["enable", "acme"], 1),
            (&["enable"], 0),
            (&["id", "acme", "--provide", "ada@example.org", "--yes"], 0),
            (&["disable", "acme"], 0),
            (&["enable", "acme"], 1),
        ] {
            let ran = bounded(&home, words, &[]);
            assert_eq!(ran.status, status, "{words:?}: {}", ran.stderr);
            assert!(status == 0 || ran.stderr.contains("of version"), "{}", ran.stderr);
            assert_eq!(home.read(AGREEMENT), newer, "{words:?}");
            assert_eq!(state(&home).0, "off", "{words:?}");
        }
        assert_eq!(state(&home).1, "marker.no", "the no outlives the yes that was refused");
        fs::remove_file(home.at(".acme/telemetry/no")).expect("gone");
    }
    home.write(AGREEMENT, whole);
    home.write(PROFILE, fixture(&home, "profile.yml"));
    assert_eq!(state(&home).0, "on", "and back");
}

#[test]
fn a_profile_keeps_what_a_newer_version_wrote_into_it() {
    let home = stored();
    let newer = "version: 2\n".to_owned() + &fixture(&home, "profile.yml") + "consent: {eu: no, since: 2031}\n";
    home.write(PROFILE, &newer);
    assert_eq!(state(&home).0, "on", "a key that is nobody's says nothing");
    bounded(&home, &["disable", "acme"], &[]).expect(0);
    assert_eq!(home.read(PROFILE), newer.replace("tracking: true", "tracking: false"));
    bounded(&home, &["enable", "acme"], &[]).expect(0);
    assert_eq!(home.read(PROFILE), newer, "and back");
    // A key of ours with a value that this version does not know.
    for unknown in ["collection: 'regional'\n", "collection: {eu: local}\n", "user_provided_id: [a@b.example]\n"] {
        let text = fixture(&home, "profile.yml") + unknown;
        home.write(PROFILE, &text);
        for words in [&["track", "acme", "run"][..], &["flush", "acme"], &["disable", "acme"], &["enable", "acme"]] {
            bounded(&home, words, &[]);
            assert_eq!((state(&home).0.as_str(), home.read(PROFILE)), ("off", text.clone()), "{unknown}: {words:?}");
        }
    }
}

#[test]
fn a_marker_is_a_no_whatever_a_newer_version_writes_into_it() {
    let home = stored();
    for (name, reason) in [(".acme/telemetry/no", "marker.no"), (".telemetry/no", "user.no")] {
        for text in ["{\"version\": 2, \"no\": false}\n", "yes\n", "until 2001-01-01\n"] {
            let path = home.write(name, text);
            assert_eq!(state(&home), ("off".to_owned(), reason.to_owned()), "{text}");
            bounded(&home, &["disable", "acme"], &[]).expect(0);
            bounded(&home, &["disable"], &[]).expect(0);
            assert_eq!(fs::read_to_string(&path).expect("there"), text, "a no that stands is left as it is");
            fs::remove_file(home.at(".acme/telemetry/no")).expect("gone");
            fs::remove_file(home.at(".telemetry/no")).expect("gone");
            bounded(&home, &["enable", "acme"], &[]).expect(0);
        }
    }
    assert_eq!(state(&home).0, "on", "nothing else said no");
}

#[test]
fn events_of_a_newer_version_wait_for_the_program_that_knows_them() {
    let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
    record(&home, 3);
    let active = home.at(".acme/telemetry/queue/active.jsonl");
    let text = fs::read_to_string(&active).expect("three lines");
    let lines: Vec<&str> = text.lines().collect();
    let newer = lines[1].replace("\"version\":1", "\"version\":2,\"shape\":[1]");
    fs::write(&active, format!("{}\n{newer}\n{}\n", lines[0], lines[2])).expect("written");
    for round in 0..3 {
        bounded(&home, &["flush", "acme", "--now"], &[]);
        assert_eq!(
            (arrived(&home), queue(&home)),
            (2, (1, 0)),
            "{round}: it is neither sent, nor lost, nor sent twice"
        );
        bounded(&home, &["show-payload", "acme"], &[]).expect(0);
    }
    // The newer program comes back, and finds it byte for byte.
    let events = home.list().into_iter().find(|name| name.ends_with("/events.jsonl")).expect("a batch");
    assert!(home.read(&events).contains(&newer), "{}", home.read(&events));
    home.write(&events, home.read(&events).replace(&newer, lines[1]));
    bounded(&home, &["flush", "acme", "--now"], &[]).expect(0);
    assert_eq!((arrived(&home), queue(&home)), (3, (0, 0)));
    // A no drops them as any other.
    record(&home, 1);
    fs::write(&active, fs::read_to_string(&active).expect("a line").replace("\"version\":1", "\"version\":2"))
        .expect("newer");
    bounded(&home, &["disable", "acme"], &[]).expect(0);
    assert_eq!(queue(&home).0, 0);
}

#[test]
fn sealed_payloads_of_a_newer_version_are_not_sent_and_a_no_drops_them_as_any_other() {
    for drops in ["disable", "enable"] {
        let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
        record(&home, 2);
        bounded(&home, &["show-payload", "acme"], &[]).expect(0);
        let progress = home.list().into_iter().find(|name| name.ends_with("/to-main.jsonl")).expect("sealed");
        let known = home.read(&progress);
        let newer = known.replace("\"kind\":\"progress\",\"version\":1", "\"kind\":\"progress\",\"version\":2");
        assert_ne!(newer, known);
        home.write(&progress, &newer);
        // It is set aside, which is said, and the rest goes.
        record(&home, 1);
        let ran = bounded(&home, &["flush", "acme", "--now"], &[]).expect(4);
        assert!(ran.stdout.contains("version 2") || ran.stderr.contains("version 2"), "{ran:?}");
        assert_eq!((home.read(&progress), arrived(&home)), (newer.clone(), 1));
        // A no, or a later yes, is worth more than what a newer program knew of it: all that waits goes, and is never sent.
        bounded(&home, &[drops, "acme"], &[]).expect(0);
        assert!(!home.at(&progress).exists(), "{drops}");
        bounded(&home, &["enable", "acme"], &[]).expect(0);
        bounded(&home, &["flush", "acme", "--now"], &[]).expect(0);
        assert_eq!((arrived(&home), queue(&home).0), (1, 0), "{drops}");
    }
}
