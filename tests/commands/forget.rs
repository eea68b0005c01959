//! `telemetry forget`: asks for deletion of what was sent, step by step, and starts anew.

use std::fs;

use serde_json::{Value, json};

use crate::commands::given::{Acme, EVENTS, deletion, document, files, first, members, number, refused, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

/// The user id of `acme`.
fn user_id(acme: &Acme) -> String {
    text(&acme.json(&["id", "acme"], "id"), "user_id").to_owned()
}

/// The first order of the first request of the first tool.
fn order(tree: &Value) -> &Value {
    first(first(first(tree, "tools"), "requests"), "orders")
}

/// `acme` is on, and two events of it were sent.
fn sent(script: impl IntoIterator<Item = Answer>) -> Acme {
    let acme = Acme::answering([Answer::status(200)].into_iter().chain(script));
    acme.track(2);
    acme.run(["flush", "acme"]).expect(0);
    acme
}

#[test]
fn a_dry_run_shows_the_order_and_changes_nothing() {
    let acme = sent([Answer::status(200)]);
    acme.track(1);
    let before = files(&acme.home);
    let told = acme.run(["forget", "acme", "--dry-run"]).expect(0);
    let id = user_id(&acme);
    for part in [id.as_str(), &acme.server.url("/events"), &acme.server.url("/delete"), "1 event that waits"] {
        assert!(told.stdout.contains(part), "{part}: {}", told.stdout);
    }
    let tree = acme.json(&["forget", "acme", "--dry-run", "--yes"], "forget");
    let row = first(&tree, "tools");
    assert_eq!((&row["dry_run"], &row["ids"]), (&json!(true), &json!([{"kind": "user", "id": id}])));
    assert_eq!((&row["destinations"], number(row, "waiting")), (&json!([acme.server.url("/events")]), 1));
    assert_eq!((text(order(&tree), "state"), text(order(&tree), "method")), ("requested", "endpoint"));
    assert!(text(row, "order").contains(&id));
    assert_eq!(files(&acme.home), before);
    assert_eq!(acme.at("/delete").len(), 0);
}

#[test]
fn without_a_terminal_and_without_yes_nothing_changes() {
    let acme = sent([Answer::status(200)]);
    let before = files(&acme.home);
    let ran = acme.run(["forget", "acme"]).expect(1);
    assert!(
        ran.stderr.contains("nothing was changed") && ran.stderr.ends_with("hint: telemetry forget acme --yes\n"),
        "{}",
        ran.stderr
    );
    refused(acme.run(["forget", "acme", "--json"]), 1, &["nothing was changed"], Some("telemetry forget acme --yes"));
    assert_eq!(files(&acme.home), before);
    assert_eq!(acme.run(["status", "acme", "--exit-code"]).status, 0, "still on");
}

#[test]
fn on_yes_the_order_is_delivered_and_all_starts_anew() {
    let acme = sent([Answer::status(202)]);
    acme.run(["track", "acme", "command", "name=test", "host=h"]).expect(0);
    acme.run(["track", "acme", "job", "--start"]).expect(0);
    let (old, salt) = (user_id(&acme), acme.home.read(".acme/telemetry/salt"));
    let tree = acme.json(&["forget", "acme", "--yes"], "forget");
    let request = first(first(&tree, "tools"), "requests");
    assert_eq!((text(order(&tree), "state"), number(request, "purged")), ("delivered", 2));

    let order = acme.at("/delete").remove(0);
    let told: Value = serde_json::from_slice(&order.body).expect("an order");
    assert_eq!(told["ids"], json!([{"kind": "user", "id": old}]));
    assert_eq!((text(&told, "type"), text(&told, "request_id")), ("deletion_request", text(request, "request_id")));
    assert_eq!(order.header("idempotency-key"), told["request_id"].as_str());

    assert_ne!(user_id(&acme), old);
    for gone in ["salt", "first.json", "ledger.json", "agreement.json", "queue/active.jsonl", "pairs"] {
        assert!(!acme.home.at(".acme/telemetry").join(gone).exists(), "{gone}");
    }
    for (name, bytes) in files(&acme.home) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&old) && !text.contains(&salt), "{name} still holds the old id or salt");
    }
    let status = acme.json(&["status", "acme"], "tool-status");
    assert_eq!((text(&status, "state"), text(&status, "reason")), ("off", "marker.no"), "it stays off");
    assert_eq!(status["queue"]["lost"], json!([{"why": "forgotten", "events": 2}]));
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!((acme.received().len(), acme.at("/delete").len()), (1, 1), "nothing more is said");
}

#[test]
fn it_is_acknowledged_when_the_answer_names_the_request() {
    let acme = sent([Answer::status(503)]);
    acme.run(["forget", "acme", "--yes"]).expect(3);
    let id = text(
        first(first(&acme.json_at(3, &["forget", "acme", "--status"], "forget"), "tools"), "requests"),
        "request_id",
    )
    .to_owned();
    drop(acme.server);
    let again = Server::start([Answer::status(200).body(format!("{{\"deleting\":\"{id}\"}}"))]);
    let folder = acme.home.at(".acme/telemetry/deletion");
    for file in fs::read_dir(folder).expect("a folder") {
        let path = file.expect("a file").path();
        let mut tree: Value = serde_json::from_slice(&fs::read(&path).expect("bytes")).expect("a request");
        tree["orders"][0]["address"] = json!(again.url("/delete"));
        fs::write(path, tree.to_string()).expect("written");
    }
    let ran = acme.home.run(["forget", "acme", "--status", "--json"]).expect(0);
    assert_eq!(text(order(&document(&ran, "forget")), "state"), "acknowledged");
}

#[test]
fn offline_it_is_kept_and_status_or_flush_delivers_it() {
    for arguments in [["forget", "acme", "--status"].as_slice(), &["forget", "--status"], &["flush", "acme"]] {
        let acme = sent([Answer::close(), Answer::status(503), Answer::status(200)]);
        let tree = acme.json_at(3, &["forget", "acme", "--yes"], "forget");
        assert_eq!(text(order(&tree), "state"), "requested");
        assert_eq!(acme.run(["status", "acme", "--exit-code"]).status, 3, "off all the same");
        acme.run(arguments).expect(3);
        acme.run(arguments).expect(0);
        let bodies: Vec<_> = acme.at("/delete").into_iter().map(|request| request.body).collect();
        assert_eq!(bodies, vec![bodies[0].clone(); 3], "{arguments:?}: the same order on every attempt");
        let tree = acme.json(&["forget", "acme", "--status"], "forget");
        assert_eq!((text(order(&tree), "state"), number(order(&tree), "attempts")), ("delivered", 3));
        assert_eq!(acme.at("/delete").len(), 3, "what is done is not asked for again");
        acme.track(1);
        assert_eq!(acme.received().len(), 1, "and nothing is switched on");
    }
}

#[test]
fn a_refusal_is_told_as_failed() {
    let acme = sent([Answer::status(422)]);
    let tree = acme.json(&["forget", "acme", "--yes"], "forget");
    assert_eq!((text(order(&tree), "state"), text(order(&tree), "answer")), ("failed", "it answered 422"));
}

#[test]
fn a_mail_and_a_form_are_sent_by_hand() {
    let acme = Acme::new([Answer::status(200)]);
    let ways = "deletion:\n  - mail: privacy@acme.example\n  - form: https://acme.example/forget\n";
    let text_of = crate::commands::given::manifest(&acme.server).replace(&deletion(&acme.server), ways);
    acme.home.manifest("acme", &text_of);
    acme.run(["enable", "acme"]).expect(0);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    let id = user_id(&acme);
    let ran = acme.run(["forget", "acme", "--yes"]).expect(3);
    for part in ["privacy@acme.example", "https://acme.example/forget", "by hand", "Subject: Deletion request", &id] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(ran.stderr.contains("telemetry forget acme --status --sent"), "{}", ran.stderr);
    acme.run(["forget", "acme", "--status"]).expect(3);
    let tree = acme.json(&["forget", "acme", "--status", "--sent"], "forget");
    let orders = members(first(first(&tree, "tools"), "requests"), "orders");
    assert_eq!(orders.iter().map(|order| text(order, "state")).collect::<Vec<_>>(), ["delivered"; 2]);
    assert_eq!(orders.iter().map(|order| text(order, "answer")).collect::<Vec<_>>(), ["stated by the user"; 2]);
    assert!(!acme.run(["forget", "acme", "--status"]).expect(0).stdout.contains(&id), "final: the id is a digest");
    assert_eq!(acme.server.requests().len(), 1);
}

#[test]
fn that_the_mail_was_sent_ends_no_request_that_was_cut_off() {
    let acme = Acme::new([Answer::status(200)]);
    let text_of = crate::commands::given::manifest(&acme.server)
        .replace(&deletion(&acme.server), "deletion:\n  - mail: privacy@acme.example\n");
    acme.home.manifest("acme", &text_of);
    acme.run(["enable", "acme"]).expect(0);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    let id = user_id(&acme);
    acme.run(["forget", "acme", "--yes"]).expect(3);
    // As a kill leaves it right after the record.
    let name =
        files(&acme.home).into_iter().map(|(name, _)| name).find(|name| name.contains("/deletion/")).expect("one");
    let profile = acme.home.read(".acme/profile.yml").replace(&user_id(&acme), &id);
    acme.home.write(".acme/profile.yml", profile);
    acme.home.write(&name, acme.home.read(&name).replace("\"rotated\"", "\"recorded\""));
    acme.run(["forget", "acme", "--status", "--sent"]).expect(0);
    assert_ne!(user_id(&acme), id);
    assert!(acme.home.read(&name).contains("\"closed\""));
}

#[test]
fn bodies_and_ids_go_when_it_is_final_unless_they_are_to_be_kept() {
    for keep in [false, true] {
        let acme = sent([Answer::status(503), Answer::status(200)]);
        let old = user_id(&acme);
        let held = |name: &str| {
            let named = files(&acme.home).into_iter().filter(|(path, _)| path.contains(name));
            named.map(|(_, bytes)| String::from_utf8_lossy(&bytes).contains(&old)).collect::<Vec<_>>()
        };
        let more: &[&str] = if keep { &["--keep-evidence"] } else { &[] };
        acme.run([["forget", "acme", "--yes"].as_slice(), more].concat()).expect(3);
        assert_eq!((held("receipts/"), held("deletion/")), (vec![true], vec![true]), "as long as it is open");
        acme.run(["forget", "acme", "--status"]).expect(0);
        assert_eq!((held("receipts/"), held("deletion/")), (vec![keep], vec![keep]));
        let log = acme.json(&["log", "acme", "--verify"], "log");
        let verified = ["verified", "mismatched", "forgotten"].map(|key| number(&log["verified"], key));
        assert_eq!(verified, if keep { [3, 0, 0] } else { [0, 0, 3] }, "digests stay");
    }
}

#[test]
fn what_was_killed_half_way_goes_on_where_it_ended() {
    for step in ["recorded", "purged", "rotated"] {
        let acme = sent([Answer::status(200)]);
        let old = user_id(&acme);
        acme.home.write(".acme/telemetry/no", "no\n");
        let request = json!({"version": 1, "request_id": "4b7c", "created_ms": 1, "tool": "acme", "step": step,
            "ids": [{"kind": "user", "id": old}], "destinations": [acme.server.url("/events")], "purged": 0,
            "orders": [{"method": "endpoint", "address": acme.server.url("/delete"), "state": "requested", "attempts": 0}],
            "keep_evidence": false});
        acme.home.write(".acme/telemetry/deletion/4b7c.json", request.to_string());
        let tree = acme.json(&["forget", "acme", "--yes"], "forget");
        assert_eq!(members(first(&tree, "tools"), "requests").len(), 1, "{step}: it is one request");
        assert_eq!(text(order(&tree), "state"), "delivered");
        let told: Value = serde_json::from_slice(&acme.at("/delete").remove(0).body).expect("an order");
        assert_eq!((text(&told, "request_id"), acme.at("/delete").len()), ("4b7c", 1));
        assert_eq!(user_id(&acme) != old, step != "rotated", "{step}");
        assert!(!acme.home.at(".acme/telemetry/queue/active.jsonl").exists(), "{step}");
    }
}

#[test]
fn old_ids_are_asked_for_too() {
    let acme = sent([Answer::status(200)]);
    let old = user_id(&acme);
    acme.run(["id", "acme", "renew"]).expect(0);
    acme.run(["id", "acme", "--provide", "ada@example.org", "--yes"]).expect(0);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    let new = user_id(&acme);
    acme.run(["forget", "acme", "--yes"]).expect(0);
    let told: Value = serde_json::from_slice(&acme.at("/delete").remove(0).body).expect("an order");
    for id in [old, new, "ada@example.org".to_owned()] {
        assert!(members(&told, "ids").iter().any(|named| named["id"] == json!(id)), "{id} is not in {told}");
    }
    assert_eq!(acme.json(&["id", "acme"], "id")["provided_id"], Value::Null);
}

#[test]
fn an_id_that_nobody_ever_sent_is_nobodys_business() {
    let acme = sent([Answer::status(200)]);
    acme.run(["forget", "acme", "--yes"]).expect(0);
    let fresh = user_id(&acme);
    acme.run(["forget", "acme", "--yes"]).expect(0);
    assert_eq!(acme.at("/delete").len(), 1, "the fresh id is not told");
    assert!(!String::from_utf8_lossy(&acme.at("/delete").remove(0).body).contains(&fresh));
}

#[test]
fn a_projects_id_is_shared_and_changes_only_when_asked_to() {
    let acme = Acme::on();
    acme.run(["init", "acme"]).expect(0);
    let config = acme.home.read("work/.acme/config.yml");
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    let told = acme.run(["forget", "acme", "--yes"]).expect(0);
    assert!(told.stdout.contains("which is shared"), "{}", told.stdout);
    assert_eq!(acme.home.read("work/.acme/config.yml"), config);
    acme.run(["forget", "acme", "--project", "--yes"]).expect(0);
    assert_ne!(acme.home.read("work/.acme/config.yml"), config);
}

#[test]
fn for_all_tools_at_once() {
    let acme = sent([Answer::status(200)]);
    acme.run(["enable", "tool"]).expect(0);
    let tree = acme.json(&["forget", "--all", "--yes"], "forget");
    assert_eq!(members(&tree, "tools").iter().map(|row| text(row, "tool")).collect::<Vec<_>>(), ["acme", "tool"]);
    assert_eq!(acme.at("/delete").len(), 1);
    for tool in ["acme", "tool"] {
        assert_eq!(acme.run(["status", tool, "--exit-code"]).status, 3);
    }
}

#[test]
fn for_all_tools_where_none_was_used() {
    let home = Home::new();
    let ran = home.run(["forget", "--all"]).expect(0);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("nothing to forget"), "{ran:?}");
    home.run(["enable", "tool"]).expect(0);
    assert!(home.run(["forget", "--all"]).expect(1).stderr.ends_with("hint: telemetry forget --all --yes\n"));
}

#[test]
fn a_tool_whose_manifest_is_refused_is_not_left_out_in_silence() {
    let home = Home::new();
    home.manifest("bad", "manifest: 1\n  [");
    home.run(["disable", "bad"]).expect(0);
    assert!(home.run(["forget", "--all", "--dry-run"]).expect(0).stderr.contains("bad is left out: "));
}

#[test]
fn good_and_bad_words() {
    let (home, server) = (Home::new(), Server::start([Answer::status(200)]));
    refused(
        home.run(["forget", "nobody", "--yes"]),
        5,
        &["nothing is known by the name nobody"],
        Some("telemetry list"),
    );
    let wrong: [&[&str]; 5] = [
        &["forget"],
        &["forget", "tool", "--all"],
        &["forget", "tool", "--sent"],
        &["forget", "tool", "--status", "--dry-run"],
        &["forget", "tool", "--status", "--project"],
    ];
    for arguments in wrong {
        let ran = home.run(arguments).expect(2);
        assert!(ran.stdout.is_empty() && ran.stderr.starts_with("error: "), "{ran:?}");
    }
    assert_eq!(home.list(), [""; 0]);
    home.manifest("acme", &format!("{EVENTS}destinations:\n  web: {{url: '{}'}}\n", server.url("/events")));
    let ran = home.run(["forget", "acme", "--status"]).expect(0);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("No deletion was asked for acme yet."), "{ran:?}");
}
