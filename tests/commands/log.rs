//! `telemetry log`: the receipts of what was sent, and whether they still are what was sent.

use std::fs;

use serde_json::{Value, json};

use crate::commands::given::{Acme, digest, document, files, first, members, number, refused, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::Answer;

#[test]
fn nothing_was_sent_yet() {
    let home = Home::new();
    let ran = home.run(["log"]).expect(0);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("Nothing was sent yet"), "{ran:?}");
    assert_eq!(home.run(["log", "--quiet"]).expect(0).stderr, "");
    let tree = document(&home.run(["log", "--json"]).expect(0), "log");
    assert_eq!((&tree["receipts"], &tree["unreadable"], tree.get("verified")), (&json!([]), &json!(0), None));
}

#[test]
fn a_receipt_tells_what_went_where_and_what_came_back() {
    let acme = Acme::answering([Answer::status(202).body("thanks")]);
    acme.track(2);
    acme.run(["flush", "acme"]).expect(0);
    let body = acme.received().remove(0);
    let tree = acme.json(&["log", "acme"], "log");
    let receipt = first(&tree, "receipts");
    let texts = ["tool", "what", "destination", "method", "address", "outcome", "answer", "digest"]
        .map(|key| text(receipt, key));
    let (address, digest) = (acme.server.url("/events"), digest(&body));
    assert_eq!(texts, ["acme", "events", "web", "POST", &address, "delivered", "thanks", &digest]);
    assert_eq!((number(receipt, "events"), number(receipt, "status")), (2, 202));
    assert_eq!((&receipt["maybe_twice"], &receipt["parent"]), (&json!(false), &Value::Null));
    assert_eq!((receipt.get("body"), receipt.get("check")), (None, None), "only when asked for");
    let told = acme.run(["log"]).expect(0).stdout;
    for part in ["acme", "delivered (202)", "2 events", &address, &digest] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let bodies = acme.run(["log", "--bodies"]).expect(0).stdout;
    assert!(bodies.contains(&String::from_utf8(body).expect("text")), "{bodies}");
}

#[test]
fn the_newest_are_shown_and_all_are_verified() {
    let acme = Acme::on();
    for _ in 0..3 {
        acme.track(1);
        acme.run(["flush", "acme"]).expect(0);
    }
    let all = acme.json(&["log", "acme"], "log");
    let last = acme.json(&["log", "acme", "--most", "1", "--verify"], "log");
    assert_eq!((members(&all, "receipts").len(), members(&last, "receipts").len()), (3, 1));
    assert_eq!(first(&last, "receipts")["digest"], members(&all, "receipts")[2]["digest"]);
    assert_eq!(last["verified"], json!({"verified": 3, "mismatched": 0, "forgotten": 0}));
    let times: Vec<_> = members(&all, "receipts").iter().map(|one| text(one, "at")).collect();
    assert!(times.is_sorted(), "oldest first: {times:?}");
    acme.run(["log", "acme", "-n", "2"]).expect(0);
}

#[test]
fn none_shown_is_not_none_sent() {
    let acme = Acme::on();
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    let ran = acme.run(["log", "acme", "--verify", "-n", "0"]).expect(0);
    assert_eq!(ran.stdout, "1 verified, 0 mismatched, 0 forgotten, 0 unreadable\n");
    assert!(ran.stderr.starts_with("acme: receipts are kept for 90 days and up to 20 MB, from 2"), "{}", ran.stderr);
}

#[test]
fn a_receipt_that_was_changed_or_cannot_be_read_does_not_verify() {
    let acme = Acme::on();
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    let (name, _) = files(&acme.home).into_iter().find(|(name, _)| name.contains("receipts/")).expect("a receipt");
    let kept = acme.home.read(&name);
    assert_eq!(
        acme.run(["log", "acme", "--verify"]).expect(0).stdout.lines().last(),
        Some("1 verified, 0 mismatched, 0 forgotten, 0 unreadable")
    );
    let mut receipt: Value = serde_json::from_str(kept.trim()).expect("a receipt");
    let other = format!("sha256:{}", "0".repeat(64));
    receipt["digest"] = json!(other);
    fs::write(acme.home.at(&name), format!("{receipt}\n")).expect("written");
    let tree = acme.json_at(1, &["log", "acme", "--verify"], "log");
    assert_eq!(tree["verified"], json!({"verified": 0, "mismatched": 1, "forgotten": 0}));
    assert_eq!(text(first(&tree, "receipts"), "check"), "mismatch");
    acme.run(["log", "acme"]).expect(0);
    fs::write(acme.home.at(&name), format!("{kept}{{\"version\":1,")).expect("written");
    let tree = acme.json_at(1, &["log", "acme", "--verify"], "log");
    assert_eq!((number(&tree, "unreadable"), &tree["verified"]["verified"]), (1, &json!(1)));
}

#[test]
fn receipts_are_read_without_a_manifest() {
    let acme = Acme::on();
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    for broken in [true, false] {
        let manifest = acme.home.manifest("acme", "manifest: 1\n  [");
        if !broken {
            std::fs::remove_file(manifest).expect("gone");
        }
        for words in [&["log", "--verify"][..], &["log", "acme", "--verify"]] {
            assert!(acme.run(words).expect(0).stdout.contains("1 verified"), "{words:?}");
        }
    }
    assert!(acme.run(["status"]).expect(0).stdout.contains("its manifest is not found"));
    acme.run(["disable", "acme"]).expect(0);
    assert!(acme.home.at(".acme/telemetry/no").exists(), "a no needs no manifest");
}

#[test]
fn control_characters_of_an_answer_are_escaped() {
    let acme = Acme::answering([Answer::status(400).body("\u{1b}[31mred\u{7}")]);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(4);
    let ran = acme.run(["log", "--bodies"]).expect(0);
    assert!(ran.stdout.contains("it said: \\u{1b}[31mred"), "{:?}", ran.stdout);
    assert!(!ran.stdout.contains(['\u{1b}', '\u{7}']), "{:?}", ran.stdout);
    assert_eq!(text(first(&acme.json(&["log"], "log"), "receipts"), "answer"), "\u{1b}[31mred\u{7}", "data is data");
}

#[test]
fn good_and_bad_words() {
    let home = Home::new();
    refused(home.run(["log", "nobody"]), 5, &["nothing is known by the name nobody"], Some("telemetry list"));
    for arguments in [["log", "-n", "x"].as_slice(), &["log", "a", "b"], &["log", "-n", "-1"]] {
        assert!(home.run(arguments).expect(2).stderr.starts_with("error: "));
    }
    assert_eq!(home.list(), [""; 0]);
}
