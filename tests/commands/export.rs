//! `telemetry export`: everything that is kept and what waits, whole, as it was sent; a secret and what is damaged are named.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::commands::given::{Acme, digest, document, files, first, members, number, refused, text};
use crate::sandbox::acme::{STORED, fixture, lay, stored};
use crate::sandbox::home::Home;
use crate::sandbox::server::Answer;

/// The one tool of a document.
fn tool(tree: &Value) -> &Value {
    first(tree, "tools")
}

#[test]
fn what_was_sent_and_what_waits_is_in_it_byte_for_byte() {
    let acme = Acme::answering([Answer::status(200).body("thanks"), Answer::status(503)]);
    acme.run(["track", "acme", "command", "name=build", "host=h"]).expect(0);
    acme.run(["flush", "acme"]).expect(0);
    acme.track(2);
    acme.run(["flush", "acme"]).expect(3);
    acme.track(1);
    acme.run(["track", "acme", "job", "--start"]).expect(0);
    let before = files(&acme.home);
    let ran = acme.run(["export", "acme"]).expect(0);
    assert_eq!((files(&acme.home), ran.stderr.as_str()), (before, ""), "nothing is written");
    let tree = document(&ran, "export");
    assert_eq!((&tree["complete"], members(&tree, "tools").len()), (&json!(true), 1));
    let all = tool(&tree);

    let log = acme.json(&["log", "acme", "--verify", "--bodies"], "log");
    let shown = |one: &Value| ["at", "outcome", "digest", "check", "body"].map(|key| one[key].clone());
    let (kept, listed) = (members(all, "receipts"), members(&log, "receipts"));
    assert_eq!(kept.iter().map(shown).collect::<Vec<_>>(), listed.iter().map(shown).collect::<Vec<_>>());
    let sent = acme.received();
    let bodies: Vec<&[u8]> = kept.iter().map(|one| text(one, "body").as_bytes()).collect();
    assert_eq!(bodies, sent, "what was received is what is exported");
    assert!(kept.iter().zip(&sent).all(|(one, body)| text(one, "digest") == digest(body)));

    let sealed = first(all, "sealed");
    assert_eq!((text(sealed, "state"), number(sealed, "attempts")), ("sealed", 1));
    assert_eq!((text(sealed, "body").as_bytes(), text(sealed, "digest")), (&sent[1][..], digest(&sent[1]).as_str()));
    let waiting = members(all, "waiting");
    let events: Vec<&str> = waiting.iter().map(|one| text(&one["event"], "event")).collect();
    assert_eq!(events, ["command", "job", "command", "command"], "the active segment, then the batch");
    let line = acme.home.read(".acme/telemetry/queue/active.jsonl");
    assert!(ran.stdout.contains(line.lines().next().expect("an event")), "as it stands");
    assert_eq!(text(&first(all, "started")["event"], "phase"), "started");

    let salt = acme.home.read(".acme/telemetry/salt");
    assert!(text(first(all, "withheld"), "file").ends_with("/salt") && !ran.stdout.contains(salt.trim()));
    let status = acme.json(&["status", "acme"], "tool-status");
    assert_eq!(all["profile"]["user_id"], status["user_id"]);
    assert_eq!(all["from"]["receipts"], listed[0]["at"]);
    assert_eq!(all["agreement"]["how"], "enable");
    assert_eq!(first(&all["ledger"], "sent")["address"], json!(acme.server.url("/events")));
}

#[test]
fn it_speaks_for_all_tools_that_are_used_also_while_they_are_off() {
    let acme = Acme::on();
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    acme.track(1);
    acme.run(["enable", "tool"]).expect(0);
    acme.home.write(".gone/telemetry/no", "no\n");
    acme.home.folder(".gone/telemetry/receipts");
    acme.home.write(".telemetry/no", "no for all tools, since then\n");
    let tree = document(&acme.command(["export"]).env("DO_NOT_TRACK", "1").run().expect(0), "export");
    let names: Vec<&str> = members(&tree, "tools").iter().map(|one| text(one, "tool")).collect();
    assert_eq!(names, ["acme", "gone", "tool"], "without a manifest as well");
    assert_eq!(text(&tree["no_for_all"], "text"), "no for all tools, since then");
    assert_eq!(text(&members(&tree, "tools")[1]["no"], "text"), "no");
    assert_eq!(members(tool(&tree), "waiting").len(), 1, "a variable holds what waits");
    assert_eq!(acme.received().len(), 1);
    assert_eq!(members(&document(&Home::new().run(["export"]).expect(0), "export"), "tools").len(), 0);
}

#[test]
fn a_file_is_private_and_whole() {
    let acme = Acme::on();
    acme.track(1);
    let path = acme.home.work().join("mine.json");
    fs::write(&path, "before").expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
    let ran = acme.run(["export", "--output", "mine.json"]).expect(0);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("", "Everything that is kept of 1 tool is in mine.json.\n")
    );
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    let written = fs::read_to_string(&path).expect("text");
    let direct = acme.run(["export"]).expect(0).stdout;
    let without_time =
        |text: &str| text.lines().filter(|line| !line.contains("\"at\":")).collect::<Vec<_>>().join("\n");
    assert_eq!(without_time(&written), without_time(&direct));
    assert_eq!(acme.run(["export", "-q", "-o", "mine.json"]).expect(0).stderr, "");
    refused(acme.run(["export", "-o", "nowhere/mine.json"]), 1, &["nowhere/mine.json"], None);
    refused(acme.run(["export", "-o", "."]), 1, &["not a regular file"], Some("ls -ld ."));
    assert_eq!(fs::read_dir(acme.home.work()).expect("listed").count(), 1, "nothing half-written is left");
}

#[test]
fn every_stored_file_is_in_it_or_named() {
    let home = stored();
    let whole = document(&home.run(["export", "acme"]).expect(0), "export");
    let all = tool(&whole);
    assert_eq!((members(all, "waiting").len(), members(all, "local").len()), (4, 1));
    assert_eq!(
        (members(all, "receipts").len(), members(all, "sealed").len(), members(all, "started").len()),
        (4, 1, 1)
    );
    assert_eq!((members(all, "deletion_requests").len(), members(all, "backoff").len()), (1, 1));
    assert_eq!(members(all, "progress").len(), 1);
    // Cut before the middle (what is no text of its own form there), each is named with its reason, and all the rest is there.
    let elsewhere = ["acme.yml", "config.yml", "last-seen", "salt", "profile.yml"];
    for (name, place) in STORED.iter().filter(|(name, _)| !elsewhere.contains(name)) {
        lay(&home);
        let text_of = fixture(&home, name);
        let half: Vec<u8> = text_of.bytes().take(text_of.len() / 5 * 2).collect();
        let path = home.write(place, half).display().to_string();
        let ran = home.run(["export", "acme"]);
        assert_eq!(ran.status, 4, "{name}");
        let tree = document(&ran, "export");
        let named: Vec<&str> = members(tool(&tree), "unreadable").iter().map(|one| text(one, "file")).collect();
        assert!(named.contains(&path.as_str()), "{name}: {named:?}");
        assert!(ran.stderr.contains(&format!("damaged or unreadable: {path}")), "{name}: {}", ran.stderr);
        assert_eq!(tree["complete"], json!(false));
        let lengths = |all: &Value| {
            ["waiting", "local", "receipts", "sealed", "started"]
                .map(|key| members(all, key).len())
                .iter()
                .sum::<usize>()
        };
        assert!(lengths(tool(&tree)) + 2 >= lengths(all), "{name}: only what is damaged is missing");
    }
}

#[test]
fn what_is_of_another_version_or_changed_is_named() {
    let home = stored();
    let changes: BTreeMap<&str, (&str, &str, &str)> = BTreeMap::from([
        ("active.jsonl", ("\"version\":1", "\"version\":9", "of version 9")),
        ("progress.jsonl", ("\"version\":1", "\"version\":9", "of version 9")),
        ("agreement.json", ("\"version\": 1", "\"version\": 9", "of version 9")),
        ("receipts.jsonl", ("7b5ae4a1", "7b5ae4a2", "its bytes do not have its digest")),
    ]);
    for (name, place) in STORED {
        let Some((old, new, why)) = changes.get(name) else { continue };
        lay(&home);
        let path = home.write(place, fixture(&home, name).replacen(old, new, 1)).display().to_string();
        let tree = document(&home.run(["export", "acme"]).expect(4), "export");
        let named = members(tool(&tree), "unreadable");
        let found = named.iter().any(|one| text(one, "file") == path && text(one, "why").contains(why));
        assert!(found, "{name}: {named:?}");
    }
}

#[test]
fn good_and_bad_words() {
    let home = Home::new();
    refused(home.run(["export", "nobody"]), 5, &["nothing is known by the name nobody"], Some("telemetry list"));
    assert!(home.run(["export", "a", "b"]).expect(2).stderr.starts_with("error: "));
    let acme = Acme::on();
    acme.track(40);
    let piped = acme.home.program("sh", ["-c", &format!("{} export | head -c 1", env!("CARGO_BIN_EXE_telemetry"))]);
    let ran = piped.run().expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("{", ""), "a closed pipe is no error");
}
