//! `telemetry track`: kind to its host, strict with its author.

use serde_json::{Value, json};

use crate::commands::given::{Acme, EVENTS, files, refused, silence};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

/// The fields of the events that would go out next.
fn fields(acme: &Acme) -> Vec<Value> {
    events(acme).iter().map(|event| event["fields"].clone()).collect()
}

/// The events that would go out next.
fn events(acme: &Acme) -> Vec<Value> {
    let ran = acme.run(["show-payload", "acme", "--raw"]).expect(0);
    serde_json::from_str(&ran.stdout).expect("an array of events")
}

#[test]
fn an_event_is_recorded_without_a_word() {
    let acme = Acme::on();
    let arguments = ["track", "acme", "command", "name=build", "ok=true", "count=3", "note=a=b c", "--quiet"];
    refused(acme.run(arguments), 1, &["note"], Some("telemetry show-payload acme"));
    let arguments = ["track", "acme", "count=3", "command", "name=build", "ok=false", "note=all well"];
    assert_eq!(acme.run(arguments), silence());
    assert_eq!(fields(&acme), [json!({"name": "build", "ok": false, "count": 3, "note": "all well"})]);
}

#[test]
fn fields_come_as_pairs_as_an_object_or_over_standard_input() {
    let acme = Acme::on();
    let object = r#"{"name": "test", "ok": true, "count": 7, "note": null}"#;
    assert_eq!(acme.run(["track", "acme", "command", "name=test", "ok=true", "count=7"]), silence());
    assert_eq!(acme.run(["track", "acme", "command", "--json", object]), silence());
    assert_eq!(acme.command(["track", "acme", "command", "--json", "-"]).input(object).run(), silence());
    assert_eq!(
        acme.run(["track", "acme", "command", "name=test", "--json", r#"{"ok":"true","count":"7"}"#]),
        silence()
    );
    let same = json!({"name": "test", "ok": true, "count": 7});
    assert_eq!(fields(&acme), [same.clone(), same.clone(), same.clone(), same]);
}

#[test]
fn what_the_manifest_refuses_is_refused_in_every_state() {
    let cases: &[(&[&str], &str)] = &[
        (&["nothing"], "\"nothing\" is not declared; declared are: command, job"),
        (&["command"], "needs the field name: one of: build, test"),
        (&["command", "name=deploy"], "field \"name\": it takes one of: build, test"),
        (&["command", "name=build", "user=ada"], "no field \"user\"; it has: name, ok, count, note, host"),
        (&["command", "name=build", "name=build"], "the field name was given twice"),
        (&["command", "name=build", "--json", r#"{"name":"test"}"#], "the field name was given twice"),
        (&["command", "--json", r#"{"name":"build","name":"test"}"#], "stands twice"),
        (&["command", "name=build", "ok=yes"], "\"ok\""),
        (&["command", "name=build", "count=1.5"], "\"count\""),
        (&["command", "name=build", "note=Mail me"], "\"note\""),
        (&["command", "name=bu\u{1b}[31mild"], "control character"),
        (&["command", "--json", r#"{"name":["build"]}"#], "a list or an object"),
        (&["command", "--json", r#"["name"]"#], "not a JSON object"),
        (&["command", "--json", r#"{"name":"#], "not a JSON object"),
        (&["command", "name=build", "--tool-version", "newest"], "\"newest\" is not a version"),
        (&["command", "name=build", "--start"], "not a pair"),
        (&["job"], "comes as a pair"),
        (&["job", "--start", "result=ok"], "no field \"result\"; it has: kind"),
        (&["job", "--complete", "4b7c", "result=fine"], "field \"result\": it takes one of: ok, failed"),
    ];
    let acme = Acme::new([Answer::status(200)]);
    for state in ["nobody was asked", "off by a variable", "off", "on"] {
        match state {
            "on" => drop(acme.run(["enable", "acme"]).expect(0)),
            "off" => drop(acme.run(["disable", "acme"]).expect(0)),
            _ => {}
        }
        let before = files(&acme.home);
        for (arguments, says) in cases {
            let value = if state == "off by a variable" { "0" } else { "" };
            let command = acme.command([&["track", "acme"], *arguments].concat());
            let command = if value.is_empty() { command } else { command.env("ACME_TELEMETRY", value) };
            let ran = command.run();
            assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{state}, {arguments:?}: {}", ran.stderr);
            assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(says), "{says:?}: {}", ran.stderr);
            assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
        }
        assert_eq!(files(&acme.home), before, "{state}");
    }
}

#[test]
fn large_values_are_refused_and_not_repeated() {
    let acme = Acme::on();
    let long = "a ".repeat(50_000);
    let megabyte = json!({"name": "build", "note": "a".repeat(1_000_000)}).to_string();
    for ran in [
        acme.run(["track", "acme", "command", "name=build", &format!("note={long}")]),
        acme.run(["track", "acme", "command", "name=build", &format!("{long}=1")]),
        acme.run(["track", "acme", &long]),
        acme.command(["track", "acme", "command", "--json", "-"]).input(megabyte).run(),
        acme.command(["track", "acme", "command", "--json", "-"]).input(b"{\"name\":\"\xff\"}".as_slice()).run(),
    ] {
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        assert!(ran.stderr.len() < 500, "{} bytes", ran.stderr.len());
    }
    assert_eq!(
        acme.run(["status", "acme"]).expect(0).stdout.lines().filter(|line| line.contains("0 events")).count(),
        1
    );
}

#[test]
fn what_is_no_command_line_is_usage() {
    let acme = Acme::on();
    let cases: [&[&str]; 6] = [
        &["track"],
        &["track", "acme", "command", "build"],
        &["track", "name=build"],
        &["track", "command", "name=build"],
        &["track", "acme", "job", "--start", "--complete", "x"],
        &["track", "acme", "command", "--no-such-option"],
    ];
    for arguments in cases {
        let ran = acme.run(arguments);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    }
    refused(
        acme.run(["track", "nobody", "command"]),
        5,
        &["nothing is known by the name nobody"],
        Some("telemetry list"),
    );
    refused(acme.run(["track", "No Tool", "command"]), 5, &["\"No Tool\""], Some("telemetry list"));
}

#[test]
fn the_tool_may_come_from_a_variable_or_a_named_manifest() {
    let acme = Acme::on();
    let named = acme.home.at(".config/telemetry/tools/acme.yml").display().to_string();
    let command = acme.command(["track", "command", "name=build"]);
    assert_eq!(command.env("TELEMETRY_TOOL", "acme").run(), silence());
    assert_eq!(acme.run(["track", "command", "name=build", "--manifest", &named]), silence());
    let command = acme.command(["track", "acme", "command", "name=build"]);
    assert_eq!(command.env("TELEMETRY_TOOL", "tool").run(), silence(), "a named tool counts for more");
    assert_eq!(events(&acme).len(), 3);
    refused(
        acme.command(["track", "command"]).env("TELEMETRY_TOOL", "nobody").run(),
        5,
        &["nobody"],
        Some("telemetry list"),
    );
}

#[test]
fn a_named_manifest_counts_for_more_than_the_variable() {
    let acme = Acme::on();
    let named = acme.home.at(".config/telemetry/tools/acme.yml").display().to_string();
    let command = acme.command(["track", "command", "name=build", "--manifest", &named]);
    assert_eq!(command.env("TELEMETRY_TOOL", "tool").run(), silence());
    assert_eq!(events(&acme).len(), 1);
}

#[test]
fn off_is_silent_and_writes_nothing() {
    let acme = Acme::new([Answer::status(200)]);
    let event = ["track", "acme", "command", "name=build", "host=h"];
    assert_eq!(acme.run(event), silence(), "nobody was asked");
    for (name, value) in [("ACME_TELEMETRY", "0"), ("ACME_TELEMETRY", "perhaps"), ("DO_NOT_TRACK", "1"), ("CI", "true")]
    {
        let ran = acme
            .command(event)
            .env(name, value)
            .env("ACME_TELEMETRY", if name == "ACME_TELEMETRY" { value } else { "1" });
        assert_eq!(ran.run(), silence(), "{name}={value}");
    }
    let start = acme.run(["track", "acme", "job", "--start"]);
    assert_eq!(start, silence(), "a start that is off has no id");
    assert_eq!(acme.run(["track", "acme", "job", "--complete", "", "result=ok"]), silence());
    assert_eq!(acme.run(["track", "acme", "job", "--complete", "4b7c", "result=ok"]), silence());
    assert_eq!(acme.home.list().iter().filter(|name| name.starts_with(".acme")).count(), 0);
    acme.run(["enable", "acme"]).expect(0);
    for arguments in [["disable", "acme"].as_slice(), &["disable"]] {
        acme.run(arguments).expect(0);
        let before = files(&acme.home);
        assert_eq!(acme.run(event), silence(), "{arguments:?}");
        assert_eq!(acme.run(["track", "acme", "job", "--start"]), silence(), "{arguments:?}");
        assert_eq!(files(&acme.home), before, "{arguments:?}");
    }
    for home in ["/nonexistent/home", "relative"] {
        let ran = acme.command(["track", "tool", "command", "name=build"]).env("HOME", home).run();
        assert_eq!(ran, silence(), "without a home");
    }
}

#[test]
fn a_pair_starts_and_completes() {
    let acme = Acme::on();
    let started = acme.run(["track", "acme", "job", "--start", "kind=full"]).expect(0);
    let id = started.stdout.strip_suffix('\n').expect("a line").to_owned();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id:?}");
    assert_eq!(started.stderr, "");
    let killed = acme.run(["track", "acme", "job", "--start", "kind=part"]).expect(0).stdout;
    assert_eq!(acme.run(["track", "acme", "job", "--complete", &id, "result=ok"]), silence());
    let events = events(&acme);
    let told: Vec<_> = events.iter().map(|event| (&event["phase"], &event["fields"])).collect();
    let (full, part) = (json!({"kind": "full"}), json!({"kind": "part"}));
    let (started, completed) = (json!("started"), json!("completed"));
    let whole = json!({"kind": "full", "result": "ok"});
    assert_eq!(told, [(&started, &full), (&started, &part), (&completed, &whole)], "the second was killed");
    assert_eq!(events[0]["pair"], events[2]["pair"]);
    assert_eq!((events[0]["pair"].as_str(), events[1]["pair"].as_str()), (Some(id.as_str()), Some(killed.trim())));
    assert_ne!(events[0]["id"], events[2]["id"], "each is an event of its own");
}

#[test]
fn a_pair_completes_once_and_only_what_started() {
    let acme = Acme::on();
    let id = acme.run(["track", "acme", "job", "--start"]).expect(0).stdout.trim().to_owned();
    acme.run(["track", "acme", "job", "--complete", &id, "result=ok"]).expect(0);
    let unknown = "4b7c4b7c4b7c4b7c4b7c4b7c4b7c4b7c";
    for wrong in [id.as_str(), unknown, "../../profile", "a b\u{1b}"] {
        let ran = acme.run(["track", "acme", "job", "--complete", wrong, "result=ok"]);
        assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
        refused(ran, 1, &["no started event waits under the id"], None);
    }
    assert_eq!(acme.run(["track", "acme", "job", "--complete", "", "result=ok"]), silence(), "a start that was off");
    assert_eq!(events(&acme).len(), 2);
}

#[test]
fn a_completion_without_an_id_is_refused_as_ever() {
    let acme = Acme::new([Answer::status(200)]);
    refused(
        acme.run(["track", "acme", "job", "--complete", "", "result=fine"]),
        1,
        &["\"result\""],
        Some("telemetry show-payload acme"),
    );
    refused(
        acme.run(["track", "acme", "jobs", "--complete", "", "result=ok"]),
        1,
        &["\"jobs\""],
        Some("telemetry show-payload acme"),
    );
}

#[test]
fn best_effort_never_fails_and_never_speaks() {
    let acme = Acme::on();
    let cases: [&[&str]; 8] = [
        &["track", "--best-effort"],
        &["track", "acme", "a", "b", "--best-effort"],
        &["track", "acme", "command", "--best-effort", "--no-such-option"],
        &["track", "acme", "command", "name=deploy", "--best-effort"],
        &["track", "acme", "nothing", "--best-effort"],
        &["track", "nobody", "command", "--best-effort"],
        &["track", "acme", "command", "--json", "{", "--best-effort"],
        &["track", "acme", "job", "--complete", "4b7c", "result=ok", "--best-effort"],
    ];
    for arguments in cases {
        assert_eq!(acme.run(arguments), silence(), "{arguments:?}");
    }
    assert_eq!(acme.command(["track", "acme", "command", "--best-effort"]).env("HOME", "relative").run(), silence());
    assert_eq!(acme.run(["track", "acme", "command", "name=build", "--best-effort"]), silence());
    assert_eq!(events(&acme).len(), 1, "what is right is recorded");
}

#[test]
fn best_effort_holds_behind_global_options() {
    let acme = Acme::on();
    let cases: [&[&str]; 3] = [
        &["--quiet", "track", "--best-effort"],
        &["-q", "track", "acme", "command", "name=deploy", "--best-effort"],
        &["-q", "track", "nobody", "command", "--best-effort"],
    ];
    for arguments in cases {
        assert_eq!(acme.run(arguments), silence(), "{arguments:?}");
    }
}

#[test]
fn what_is_not_stored_is_an_error() {
    let acme = Acme::on();
    acme.home.write(".acme/telemetry/queue", "a file where the queue should be");
    let event = ["track", "acme", "command", "name=build"];
    refused(acme.run(event), 1, &["the event is not stored", "queue"], None);
    assert_eq!(acme.run([event.as_slice(), &["--best-effort"]].concat()), silence());
}

#[test]
fn a_hashed_value_stands_nowhere() {
    let acme = Acme::on();
    acme.run(["track", "acme", "command", "name=build", "host=kitchen-laptop"]).expect(0);
    let told = fields(&acme);
    assert!(told[0]["host"].as_str().is_some_and(|host| host.len() == 64), "{told:?}");
    acme.run(["flush", "acme"]).expect(0);
    for (name, bytes) in files(&acme.home) {
        assert!(!String::from_utf8_lossy(&bytes).contains("kitchen"), "{name}");
    }
}

#[test]
fn without_a_terminal_nobody_is_told_so_nothing_is_recorded() {
    let (home, server) = (Home::new(), Server::start([Answer::status(200)]));
    let opt_out = EVENTS.replace("opt-in", "opt-out");
    let destination = format!("destinations:\n  web: {{url: '{}'}}\n", server.url("/events"));
    home.manifest("acme", &format!("{opt_out}{destination}"));
    let event = ["track", "acme", "command", "name=build"];
    assert_eq!(home.run(event), silence());
    assert_eq!(home.run(event), silence());
    assert_eq!(home.list().iter().filter(|name| name.starts_with(".acme")).count(), 0, "no id before the notice");

    home.manifest("acme", &format!("{opt_out}notice: log\n{destination}"));
    let first = home.run(event).expect(0);
    assert!(
        first.stderr.contains(&server.url("/events")) && first.stderr.contains("telemetry disable acme"),
        "{}",
        first.stderr
    );
    assert!(home.run(["show-payload", "acme"]).stderr.contains("example"), "the run that tells records nothing");
    assert_eq!(home.run(event), silence(), "it is told once");
    assert!(home.run(["show-payload", "acme"]).stderr.contains("sealed: "), "and from then on it is recorded");
}
