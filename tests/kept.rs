//! Receipts stay for as long as the user wants, and no longer; what goes is counted; a body that goes out again is kept once.
//!
//! Promises: every bound is reached by the program itself, over receipts whose recorded times are old. Absent: what a receipt says
//! (`commands/log`), broken receipts (`hostile`).

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use telemetry::destination::receipts::{Kind, Receipt};
use telemetry::host::clock::{Clock, DAY_MS, Timestamp};
use telemetry::payload::digest::Digest;

use crate::commands::given::{Acme, first, members, number, refused, text};
use crate::sandbox::server::Answer;

fn days_ago(days: i64) -> Timestamp {
    Clock::System.now().plus_ms(-days * DAY_MS)
}

fn receipt(at: Timestamp, body: &[u8]) -> Receipt {
    Receipt {
        at,
        kind: Kind::Events,
        destination: "web".to_owned(),
        method: "POST".to_owned(),
        address: "http://127.0.0.1/".to_owned(),
        headers: Vec::new(),
        digest: Digest::of(body),
        parent: None,
        events: 1,
        outcome: "delivered".to_owned(),
        status: Some(200),
        answer: String::new(),
        maybe_twice: false,
        again: false,
        body: Some(body.into()),
    }
}

/// Lays one file of receipts, named by its first.
fn lay(acme: &Acme, receipts: &[Receipt]) -> PathBuf {
    let lines: Vec<u8> = receipts.iter().flat_map(Receipt::to_line).collect();
    acme.home.write(format!(".acme/telemetry/receipts/receipts-{:013}.jsonl", receipts[0].at.ms()), lines)
}

fn kept(acme: &Acme) -> Value {
    first(&acme.json(&["log", "acme"], "log"), "kept").clone()
}

/// The bodies that the log still has, oldest first, all of which verify.
fn bodies(acme: &Acme) -> Vec<String> {
    let log = acme.json(&["log", "acme", "--verify", "--bodies", "-n", "1000"], "log");
    members(&log, "receipts").iter().map(|one| text(one, "body").to_owned()).collect()
}

/// The receipts' files, in order.
fn files(acme: &Acme) -> Vec<(String, u64)> {
    let folder = acme.home.at(".acme/telemetry/receipts");
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
        .map(|entry| (entry.file_name().into_string().expect("text"), entry.metadata().expect("there").len()))
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_body_that_goes_out_again_is_kept_once() {
    let acme = Acme::answering([503, 503, 401, 200].map(Answer::status));
    acme.track(2);
    for status in [3, 3, 3, 0] {
        acme.run(["flush", "acme", "--now"]).expect(status);
    }
    let [name] = &files(&acme)[..] else { panic!("one file") };
    let stored = acme.home.read(format!(".acme/telemetry/receipts/{}", name.0));
    assert_eq!((stored.matches("\"body\":").count(), stored.matches("\"again\":true").count()), (1, 3), "{stored}");
    let log = acme.json(&["log", "acme", "--verify"], "log");
    assert_eq!(log["verified"], json!({"verified": 4, "mismatched": 0, "forgotten": 0}), "each attempt is listed");
    let told: Vec<_> = members(&log, "receipts").iter().map(|one| text(one, "outcome")).collect();
    assert_eq!(told, ["later", "later", "misconfigured", "delivered"]);
    let sent = String::from_utf8(acme.received().remove(0)).expect("text");
    assert_eq!(bodies(&acme), vec![sent; 4]);
}

#[test]
fn what_is_too_old_goes_with_the_next_flush_and_is_counted_once() {
    let acme = Acme::on();
    let old = [100, 99, 98].map(|days| receipt(days_ago(days), format!("old {days}").as_bytes()));
    let new = [20, 10].map(|days| receipt(days_ago(days), format!("new {days}").as_bytes()));
    lay(&acme, &[receipt(days_ago(120), b"oldest")]);
    let mixed = lay(&acme, &[old.as_slice(), new.as_slice()].concat());
    let before = fs::read(&mixed).expect("bytes");
    assert_eq!(bodies(&acme).len(), 6);
    let row = kept(&acme);
    assert_eq!((number(&row, "days"), number(&row, "bytes"), number(&row, "removed")), (90, 20_000_000, 0));
    for _ in 0..2 {
        acme.run(["flush", "acme"]).expect(0);
        let row = kept(&acme);
        assert_eq!((number(&row, "removed_by_age"), number(&row, "removed_by_size")), (4, 0), "{row}");
        assert_eq!(text(&row, "since"), new[0].at.rfc3339());
        assert_eq!(text(&row, "removed_until"), old[2].at.rfc3339());
    }
    assert_eq!(bodies(&acme), ["new 20", "new 10"]);
    let told = acme.run(["log", "acme"]).expect(0).stderr;
    assert!(told.contains("kept for 90 days and up to 20 MB, from ") && told.contains("; 4 went, up to "), "{told}");
    // A kill between counting and replacing: it is counted already.
    let after = acme.home.at(".acme/telemetry/receipts").join(&files(&acme)[0].0);
    fs::remove_file(after).expect("gone");
    fs::write(&mixed, before).expect("as it was");
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!((number(&kept(&acme), "removed_by_age"), bodies(&acme).len()), (4, 2), "counted once");
}

#[test]
fn what_is_too_much_goes_oldest_first() {
    let acme = Acme::on();
    let body = vec![b'x'; 900_000];
    for days in 1..=24 {
        lay(&acme, &[receipt(days_ago(days), &body)]);
    }
    acme.run(["disable", "acme"]).expect(0);
    acme.run(["flush", "acme"]).expect(0);
    let left: u64 = files(&acme).iter().map(|(_, size)| size).sum();
    assert!((19_000_000..=20_000_000).contains(&left), "{left}: also while it is off");
    let row = kept(&acme);
    assert_eq!((number(&row, "removed_by_size"), number(&row, "removed_by_age")), (2, 0));
    assert_eq!(files(&acme).len(), 22);
    assert!(text(&row, "since") > days_ago(23).rfc3339().as_str(), "the newest stay");
}

#[test]
fn the_user_says_how_long() {
    let acme = Acme::on();
    lay(&acme, &[40, 10, 2].map(|days| receipt(days_ago(days), format!("{days}").as_bytes())));
    let ran = acme.run(["log", "acme", "--keep", "30d"]).expect(0);
    assert!(ran.stdout.starts_with("acme: receipts are kept for 30 days and up to 20 MB"), "{}", ran.stdout);
    assert_eq!(bodies(&acme).len(), 3, "the next flush lets go of them");
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(bodies(&acme), ["10", "2"]);
    // One bound is said without losing the other; the newest receipt always stays.
    let row = acme.json(&["log", "acme", "--keep-size", "100"], "kept");
    assert_eq!((number(&row, "days"), number(&row, "bytes")), (30, 100));
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!((bodies(&acme), number(&kept(&acme), "removed_by_size")), (vec!["2".to_owned()], 1));
    let row = acme.json(&["log", "acme", "--keep", "1", "--keep-size", "default"], "kept");
    assert_eq!((number(&row, "days"), number(&row, "bytes")), (1, 20_000_000));
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(bodies(&acme), ["2"], "the newest stays");
    for wrong in [&["--keep", "0d"][..], &["--keep", "soon"], &["--keep-size", "5 MB"], &["--keep", "30d", "--verify"]]
    {
        acme.run([&["log", "acme"], wrong].concat()).expect(2);
    }
    acme.run(["log", "--keep", "30d"]).expect(2);
}

#[test]
fn a_word_that_cannot_be_read_lets_nothing_go() {
    let acme = Acme::on();
    lay(&acme, &[receipt(days_ago(400), b"old"), receipt(days_ago(1), b"new")]);
    for (broken, why) in [("{\"version\":1,\"da", "no retention"), ("{\"version\":2,\"days\":1}", "of version 2")] {
        acme.home.write(".acme/telemetry/receipts/retention.json", broken);
        acme.run(["flush", "acme"]).expect(0);
        assert_eq!(bodies(&acme).len(), 2);
        assert!(text(&kept(&acme), "unreadable").contains(why));
        assert!(acme.run(["log", "acme"]).expect(0).stderr.contains("all receipts are kept"));
        refused(acme.run(["log", "acme", "--keep", "5d"]), 1, &["retention.json", why], None);
        assert_eq!(acme.home.read(".acme/telemetry/receipts/retention.json"), broken);
    }
    acme.run(["log", "acme", "--keep", "5d", "--keep-size", "default"]).expect(0);
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(bodies(&acme), ["new"]);
}

#[test]
fn the_receipt_of_what_is_not_final_stays_and_is_never_half() {
    let acme = Acme::answering([503, 503, 200].map(Answer::status));
    acme.track(1);
    acme.run(["flush", "acme"]).expect(3);
    // The attempt is a hundred days old, and what it left for is still open.
    let [(name, _)] = &files(&acme)[..] else { panic!("one file") };
    let path = acme.home.at(".acme/telemetry/receipts").join(name);
    let text = fs::read_to_string(&path).expect("text");
    let (head, tail) = text.split_once("\"at_ms\":").expect("a time");
    let (_, rest) = tail.split_once(',').expect("more");
    let old = days_ago(100).ms();
    let aged = format!("{head}\"at_ms\":{old},\"later_key\":7,{rest}");
    fs::remove_file(&path).expect("gone");
    acme.home.write(format!(".acme/telemetry/receipts/receipts-{old:013}.jsonl"), aged);
    acme.run(["flush", "acme", "--now"]).expect(3);
    acme.run(["flush", "acme"]).expect(3);
    assert_eq!(bodies(&acme).len(), 2, "it waits still");
    acme.run(["flush", "acme", "--now"]).expect(0);
    let sent = String::from_utf8(acme.received().remove(0)).expect("text");
    assert_eq!(bodies(&acme), vec![sent; 2], "the old attempt went, and the bytes it held stand in the next");
    assert_eq!(number(&kept(&acme), "removed_by_age"), 1);
    let log = acme.json(&["log", "acme", "--verify"], "log");
    assert_eq!(log["verified"], json!({"verified": 2, "mismatched": 0, "forgotten": 0}));
}

#[test]
fn the_receipt_of_an_open_deletion_order_stays() {
    let acme = Acme::answering([200, 503, 503, 200].map(Answer::status));
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    acme.run(["forget", "acme", "--yes", "--keep-evidence"]).expect(3);
    let orders = || {
        let log = acme.json(&["log", "acme", "--verify"], "log");
        members(&log, "receipts").iter().filter(|one| text(one, "what") == "deletion").count()
    };
    assert_eq!(orders(), 1);
    acme.run(["log", "acme", "--keep-size", "100"]).expect(0);
    lay(&acme, &[receipt(days_ago(-1), b"new")]);
    acme.run(["flush", "acme"]).expect(3);
    assert_eq!(
        (orders(), number(&kept(&acme), "removed_by_size")),
        (2, 1),
        "what was accepted went, the order is open"
    );
    acme.run(["flush", "acme"]).expect(0);
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!((orders(), bodies(&acme).len()), (1, 1), "it is final, and the newest stays");
}
