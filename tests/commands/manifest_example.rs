//! `telemetry manifest example`: what events look like on the wire, in their own protocols and in any other.

use std::fs;

use serde_json::{Value, json};
use telemetry::actions::heartbeat::{Beats, Heartbeat};
use telemetry::actions::track::{Recorded, Recorder};
use telemetry::manifest::runs::Outcome;

use crate::commands::given::{Acme, document, files, first, members, refused, text};
use crate::sandbox::home::{Home, Ran};
use crate::sandbox::server::Answer;

fn path(acme: &Acme) -> String {
    acme.home.at(".config/telemetry/tools/acme.yml").display().to_string()
}

fn example(acme: &Acme, words: &[&str]) -> Value {
    acme.json(&[&["manifest", "example", &path(acme)], words].concat(), "manifest-example")
}

#[test]
fn each_destination_is_shown_in_its_own_protocol() {
    let acme = Acme::on();
    let before = files(&acme.home);
    let tree = example(&acme, &[]);
    let one = first(&tree, "examples");
    assert_eq!((text(one, "protocol"), &one["stand_ins"], &one["view_only"]), ("json", &json!([]), &json!(false)));
    let payload = &one["payload"];
    assert_eq!((text(payload, "destination"), text(payload, "which")), ("web", "example"));
    assert_eq!(text(payload, "address"), acme.server.url("/events"));
    let events = payload["decoded"].as_array().expect("events");
    let said: Vec<_> = events.iter().map(|event| (text(event, "event"), text(event, "user_id"))).collect();
    // About nobody, although there is a user id here.
    let nobody = "0".repeat(32);
    assert_eq!(said, [("command", nobody.as_str()), ("job", nobody.as_str())]);
    let told = acme.run(["manifest", "example", &path(&acme)]).expect(0);
    assert!(told.stdout.contains("POST /events HTTP/1.1") && told.stdout.contains("[{\"id\":\"00000000-0000-"));
    assert_eq!((files(&acme.home), acme.server.requests().len()), (before, 0), "nothing is written, nothing sent");
}

#[test]
fn any_protocol_is_shown_with_stand_ins_that_are_named() {
    let acme = Acme::on();
    let tree = example(&acme, &["--protocol", "all"]);
    let told: Vec<&str> = members(&tree, "examples").iter().map(|one| text(one, "protocol")).collect();
    assert_eq!(
        told,
        [
            "json",
            "snowplow",
            "segment",
            "amplitude",
            "posthog",
            "sentry",
            "otlp",
            "cloudevents",
            "google_analytics",
            "universal_analytics"
        ]
    );
    for one in members(&tree, "examples") {
        let name = text(one, "protocol");
        assert_eq!(one["problems"], json!([]), "{name}");
        assert_eq!(one["stand_ins"] == json!([]), name == "json", "{name}: {}", one["stand_ins"]);
        assert_eq!(one["view_only"] == json!(true), name.ends_with("_analytics"), "{name}");
        let digest = one["payload"]["body"].as_str().map(|body| crate::commands::given::digest(body.as_bytes()));
        assert!(digest.is_none() || digest.as_deref() == one["payload"]["digest"].as_str(), "{name}");
        assert!(!one["payload"]["decoded"].is_null(), "{name}: it can be read");
    }
    assert_eq!(acme.server.requests().len(), 0);
    let told = acme.run(["manifest", "example", &path(&acme), "--protocol", "sentry"]).expect(0);
    assert!(told.stdout.contains("made up, as the manifest does not say it: dsn"), "{}", told.stdout);
}

#[test]
fn an_example_is_about_nobody_where_there_is_a_salt_too() {
    let acme = Acme::on();
    let source = acme.home.read(".config/telemetry/tools/acme.yml");
    acme.home.manifest("acme", &source.replace("facts: [first_seen]", "facts: [host_name]"));
    acme.run(["enable", "acme"]).expect(0);
    let host = || {
        let tree = example(&acme, &[]);
        let body: Value = serde_json::from_str(text(&first(&tree, "examples")["payload"], "body")).expect("JSON");
        body[0]["facts"]["host_name"].as_str().expect("a digest").to_owned()
    };
    assert!(!acme.home.at(".acme/telemetry/salt").exists());
    let before = host();
    acme.run(["track", "acme", "command", "name=build"]).expect(0);
    assert!(acme.home.at(".acme/telemetry/salt").exists());
    assert_eq!(host(), before, "an author publishes examples");
    // The baseline: what is sent from here says something else.
    let shown = acme.json(&["show-payload", "acme"], "payload");
    assert!(!text(first(&shown, "payloads"), "body").contains(&before));
}

#[test]
fn google_analytics_is_a_view() {
    let acme = Acme::on();
    let tree = example(&acme, &["--protocol", "google_analytics"]);
    let payload = &first(&tree, "examples")["payload"];
    assert!(text(payload, "address").starts_with("https://www.google-analytics.com/mp/collect?measurement_id=G-X"));
    let body: Value = serde_json::from_str(text(payload, "body")).expect("JSON");
    let names: Vec<&str> = members(&body, "events").iter().map(|event| text(event, "name")).collect();
    assert_eq!((names, text(&body, "client_id")), (vec!["command", "job"], "0".repeat(32).as_str()));
    let tree = example(&acme, &["--protocol", "universal_analytics"]);
    let payload = &first(&tree, "examples")["payload"];
    let hit = &payload["decoded"][0];
    assert_eq!((text(hit, "t"), text(hit, "ec"), text(hit, "ea"), text(hit, "aip")), ("event", "acme", "command", "1"));
    // And no destination can be of it.
    let source = acme
        .home
        .read(".config/telemetry/tools/acme.yml")
        .replace("    url:", "    protocol: google_analytics\n    url:");
    let bad = acme.home.write("bad.yml", source).display().to_string();
    let told = acme.run(["manifest", "check", &bad]).expect(1);
    assert!(
        told.stdout.contains("its secret would ship to every user, and it answers 2xx to what it drops"),
        "{told:?}"
    );
}

#[test]
fn a_manifest_that_cannot_be_told_so_says_why() {
    let acme = Acme::new([Answer::status(200)]);
    let source = acme.home.read(".config/telemetry/tools/acme.yml").replace("note:", "pair:");
    let path = acme.home.write("acme.yml", source).display().to_string();
    let ran = acme.run(["manifest", "example", &path, "--protocol", "sentry", "--json"]).expect(1);
    let tree = document(&ran, "manifest-example");
    let one = first(&tree, "examples");
    assert!(one["payload"].is_null() && one["problems"][0].as_str().is_some_and(|what| what.contains("pair")), "{one}");
}

#[test]
fn good_and_bad_words() {
    let acme = Acme::on();
    let file = path(&acme);
    refused(
        acme.run(["manifest", "example", &file, "--destination", "moon"]),
        5,
        &["acme has no destination moon; it has: web"],
        None,
    );
    refused(acme.run(["manifest", "example", "/nowhere.yml"]), 5, &["no such file"], None);
    let bad = acme.home.write("bad.yml", "manifest: 1\n").display().to_string();
    let hint = format!("telemetry manifest check '{bad}'");
    refused(acme.run(["manifest", "example", &bad]), 1, &["not a valid manifest"], Some(&hint));
    acme.run(["manifest", "example", &file, "--protocol", "smoke"]).expect(2);
    let tree = example(&acme, &["--destination", "web", "--protocol", "universal_analytics"]);
    assert_eq!(members(&tree, "examples").len(), 1);
}

#[test]
fn the_manifest_to_begin_with_runs_and_beats_as_it_stands() {
    let home = Home::new();
    let printed = home.run(["manifest", "example"]).expect(0);
    assert_eq!(printed.stderr, "");
    home.write("work/acmed.yml", &printed.stdout);
    let checked = home.run(["manifest", "check", "acmed.yml"]).expect(0);
    assert_eq!(checked.stdout, "", "nothing to advise");
    home.run(["manifest", "example", "acmed.yml"]).expect(0);
    let shown = home.run(["status", "acmed", "--manifest", "acmed.yml"]).expect(0);
    assert!(shown.stdout.contains("telemetry enable acmed --manifest acmed.yml"), "{}", shown.stdout);
    let enabled = home.run(["enable", "acmed", "--manifest", "acmed.yml"]).expect(0);
    assert!(enabled.stderr.contains("telemetry show-payload acmed --manifest acmed.yml"), "{}", enabled.stderr);
    let run = ["run", "acmed", "--manifest", "acmed.yml", "--heartbeat", "1h", "--", "sh", "-c", "exit 3"];
    assert_eq!(home.run(run).expect(3), Ran { status: 3, stdout: String::new(), stderr: String::new() });
    // Its destination is a file: what a flush of its own has sent meanwhile stands there.
    home.run(["flush", "acmed", "--manifest", "acmed.yml", "--now"]);
    let sent = home.read(".acmed/telemetry/sent.jsonl");
    let events: Vec<Value> = sent.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<(&str, &str)> = events
        .iter()
        .map(|event| {
            (text(event, "event"), event["phase"].as_str().or(event["fields"]["kind"].as_str()).expect("which"))
        })
        .collect();
    assert_eq!(told, [("run", "started"), ("alive", "startup"), ("alive", "shutdown"), ("run", "completed")]);
    assert_eq!(events[3]["fields"]["outcome"], "failed");
    // The crate's heartbeat by the same manifest.
    let manifest = home.at("work/acmed.yml");
    home.write(".config/telemetry/tools/acmed.yml", fs::read(manifest).expect("a manifest"));
    let (context, tool) = (home.context(), home.tool("acmed"));
    let beats = Beats::declared(&tool.manifest).expect("a heartbeat");
    let recorder = Recorder::new(&context, &tool, None).expect("a recorder");
    let heartbeat = Heartbeat::start(&context, recorder, beats).expect("it beats");
    assert!(matches!(heartbeat.first(), Some(Recorded::Stored { .. })), "{:?}", heartbeat.first());
    let told = heartbeat.shutdown(Outcome::Completed).expect("told");
    assert!(told.trouble.is_none(), "{told:?}");
}
