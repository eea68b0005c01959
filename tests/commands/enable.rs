//! `telemetry enable`: a yes for one tool is kept with what was shown; it never sends what was recorded before it.

use serde_json::{Value, json};

use crate::commands::given::{Acme, EVENTS, document, first, manifest, number, refused, silence, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::Answer;

#[test]
fn a_yes_tells_what_it_is_for_and_is_kept() {
    let acme = Acme::new([Answer::status(200)]);
    let ran = acme.run(["enable", "acme"]).expect(0);
    assert_eq!(ran.stdout, "", "talk is no data");
    for part in
        ["product-improvement", "Acme Ltd", &acme.server.url("/events"), "IP address", "telemetry show-payload acme"]
    {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    assert_eq!(acme.run(["status", "acme", "--exit-code"]).status, 0);
    assert_eq!(acme.run(["on", "acme", "--quiet"]), silence(), "its other word");
    let tree = acme.json(&["enable", "acme"], "enabled");
    let rest = json!({"version": 1, "kind": "enabled", "tool": "acme", "state": "on", "reason": null, "why": null,
        "withdrawn_no_for_all": false});
    assert_eq!(tree, rest);
    assert_eq!(acme.server.requests().len(), 0);
}

#[test]
fn a_yes_that_something_else_overrules_says_so() {
    let acme = Acme::new([Answer::status(200)]);
    let ran = acme.command(["enable", "acme"]).env("DO_NOT_TRACK", "1").run().expect(3);
    assert!(
        ran.stderr.contains("still off: DO_NOT_TRACK is set. To change that: unset DO_NOT_TRACK"),
        "{}",
        ran.stderr
    );
    let quiet = acme.command(["enable", "acme", "--quiet"]).env("DO_NOT_TRACK", "1").run().expect(3);
    assert!(quiet.stderr.contains("still off"), "that has to be said: {}", quiet.stderr);
    acme.run(["disable"]).expect(0);
    let tree = document(&acme.run(["enable", "acme", "--json"]).expect(3), "enabled");
    assert_eq!((text(&tree, "state"), text(&tree, "reason")), ("off", "user.no"));
    assert_eq!(text(&tree, "why"), "you said no for all tools");
}

#[test]
fn without_a_tool_it_only_withdraws_the_no_for_all() {
    let acme = Acme::on();
    acme.run(["disable", "tool"]).expect(0);
    let nothing = acme.run(["enable"]).expect(0);
    assert!(nothing.stderr.contains("no no for all tools"), "{}", nothing.stderr);
    acme.run(["disable"]).expect(0);
    let tree = acme.json(&["on"], "enabled");
    assert_eq!((&tree["withdrawn_no_for_all"], &tree["tool"]), (&json!(true), &Value::Null));
    assert_eq!(acme.run(["status", "acme", "--exit-code"]).status, 0, "as it was before");
    assert_eq!(acme.run(["status", "tool", "--exit-code"]).status, 3, "as it was before");
    assert_eq!(acme.json(&["enable"], "enabled")["withdrawn_no_for_all"], json!(false));
}

#[test]
fn what_is_recorded_locally_is_never_sent() {
    let acme = Acme::new([Answer::status(200)]);
    let tree = acme.json(&["enable", "acme", "--local"], "enabled");
    assert_eq!(text(&tree, "state"), "local");
    acme.track(2);
    let shown = acme.json(&["show-payload", "acme"], "payload");
    assert_eq!(text(first(&shown, "payloads"), "which"), "withheld", "it is shown");
    assert_eq!(number(first(&shown, "payloads"), "events"), 2);
    acme.run(["flush", "acme"]).expect(0);
    acme.run(["enable", "acme"]).expect(0);
    acme.run(["flush", "acme", "--now"]).expect(0);
    assert_eq!(acme.server.requests().len(), 0, "also not after a later yes");
    let status = acme.json(&["status", "acme"], "tool-status");
    assert_eq!((text(&status, "state"), &status["queue"]["local"]), ("on", &json!(2)));
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    let bodies = acme.received();
    let events: Vec<Value> = serde_json::from_slice(&bodies[0]).expect("events");
    assert_eq!((bodies.len(), events.len()), (1, 1), "what came after it is sent");
}

#[test]
fn nothing_recorded_before_the_latest_yes_is_sent() {
    let acme = Acme::on();
    acme.track(2);
    acme.run(["show-payload", "acme"]).expect(0);
    acme.run(["enable", "acme"]).expect(0);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    let sent: Vec<Value> =
        acme.received().iter().flat_map(|body| serde_json::from_slice::<Vec<Value>>(body).expect("events")).collect();
    assert_eq!(sent.len(), 1);
    let status = acme.json(&["status", "acme"], "tool-status");
    assert_eq!(status["queue"]["lost"], json!([{"why": "recorded before the latest yes", "events": 2}]));
}

#[test]
fn a_yes_covers_what_was_declared_then_and_nothing_wider() {
    let acme = Acme::on();
    let wider = manifest(&acme.server)
        .replace("      ok: {", "      branch: {type: boolean, description: Whether on a branch}\n      ok: {");
    acme.home.manifest("acme", &wider);
    acme.run(["track", "acme", "command", "name=build", "branch=true"]).expect(0);
    let shown = acme.json(&["show-payload", "acme"], "payload");
    let left_out = first(&shown, "payloads")["withheld"].to_string();
    assert!(left_out.contains("branch"), "{left_out}");
    acme.run(["flush", "acme"]).expect(0);
    assert!(!String::from_utf8_lossy(&acme.received()[0]).contains("branch"));
    let elsewhere = format!("{EVENTS}destinations:\n  web: {{url: '{}'}}\n", acme.server.url("/elsewhere"));
    acme.home.manifest("acme", &elsewhere);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(acme.at("/elsewhere").len(), 0, "another address under the same name is another destination");
    acme.run(["enable", "acme"]).expect(0);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(acme.at("/elsewhere").len(), 1);
}

#[test]
fn a_yes_for_the_project_gives_it_an_id_and_nothing_else() {
    let acme = Acme::on();
    acme.home.write("work/.acme/config.yml", "telemetry:\n  id: ''\n");
    assert_eq!(acme.run(["status", "acme", "--exit-code"]).status, 3);
    let ran = acme.run(["enable", "acme", "--project"]).expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.contains("takes part as")), ("", true), "{}", ran.stderr);
    assert_eq!(acme.run(["status", "acme", "--exit-code"]).status, 0);
    acme.run(["disable", "acme"]).expect(0);
    acme.run(["enable", "acme", "--project"]).expect(0);
    assert_eq!(acme.run(["status", "acme", "--exit-code"]).status, 3, "a project can only say no");
}

#[test]
fn a_yes_for_the_project_is_a_document_too() {
    let acme = Acme::on();
    acme.home.write("work/.acme/config.yml", "telemetry:\n  id: ''\n");
    let tree = acme.json(&["enable", "acme", "--project"], "enabled");
    assert_eq!((text(&tree, "tool"), text(&tree, "state")), ("acme", "on"));
}

#[test]
fn a_yes_that_does_not_land_leaves_the_no() {
    let home = Home::new();
    home.run(["disable", "tool"]).expect(0);
    home.write(".tool/profile.yml", "user_id: [");
    let ran = home.run(["enable", "tool"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr.contains("error: the yes is not kept") && !ran.stderr.contains("your yes is kept"),
        "{}",
        ran.stderr
    );
    assert_eq!(home.run(["status", "tool", "--exit-code"]).status, 3);
    assert_eq!(home.read(".tool/profile.yml"), "user_id: [");
}

#[test]
fn a_yes_that_does_not_land_names_the_profile() {
    let home = Home::new();
    let path = home.write(".tool/profile.yml", "user_id: [");
    assert!(home.run(["enable", "tool"]).expect(1).stderr.contains(&path.display().to_string()));
}

#[test]
fn good_and_bad_words() {
    let home = Home::new();
    refused(home.run(["enable", "nobody"]), 5, &["nothing is known by the name nobody"], Some("telemetry list"));
    for arguments in
        [["enable", "--local"].as_slice(), &["enable", "--project"], &["enable", "tool", "--local", "--project"]]
    {
        let ran = home.run(arguments).expect(2);
        assert!(ran.stdout.is_empty() && ran.stderr.starts_with("error: "), "{ran:?}");
    }
    assert_eq!(home.list(), [""; 0]);
}

#[test]
fn what_waited_through_a_no_for_all_is_never_sent() {
    let acme = Acme::on();
    acme.track(1);
    // While the manifest is broken, `disable` cannot find what waits; the no is none the less for it.
    let name = ".config/telemetry/tools/acme.yml";
    let whole = acme.home.read(name);
    acme.home.write(name, "manifest: 1\n");
    acme.run(["disable"]).expect(0);
    acme.home.write(name, whole);
    acme.run(["enable"]).expect(0);
    acme.run(["flush", "acme"]).expect(0);
    assert!(acme.received().is_empty());
    acme.track(2);
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(acme.received().len(), 1, "what came after is");
}
