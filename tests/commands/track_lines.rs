//! `telemetry track TOOL --lines`: many events over standard input, each checked and stored by itself.

use std::fs;

use serde_json::{Value, json};

use crate::commands::given::{Acme, EVENTS, files, refused, silence};
use crate::sandbox::home::{Home, Ran};
use crate::sandbox::server::{Answer, Server};

pub(crate) const LINES: [&str; 3] = ["track", "acme", "--lines"];
pub(crate) const GOOD: &str = r#"{"event":"command","fields":{"name":"build"}}"#;

/// Gives these lines to `track`.
fn take(acme: &Acme, lines: &[&str]) -> Ran {
    give(acme, lines.join("\n") + "\n")
}

fn give(acme: &Acme, input: impl Into<Vec<u8>>) -> Ran {
    acme.command(LINES).input(input).run()
}

/// The events that wait, as they are stored.
pub(crate) fn stored(home: &Home) -> Vec<Value> {
    let queue = fs::read_to_string(home.at(".acme/telemetry/queue/active.jsonl")).unwrap_or_default();
    queue.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn every_line_is_an_event() {
    let acme = Acme::on();
    let input = format!(
        "\u{feff}{GOOD}\n\n  \t\r\n{}\r\n{}\n{}",
        r#"{"event":"job","phase":"started","pair":"a","fields":{"kind":"full"}}"#,
        r#"  {"fields":{"name":"test","ok":true,"count":3,"note":"all well","host":null},"event":"command"}  "#,
        r#"{"event":"job","phase":"completed","pair":"a","fields":{"result":"ok"}}"#,
    );
    assert_eq!(give(&acme, input), silence(), "blank lines are passed over, and the last one needs no newline");
    let events = stored(&acme.home);
    let told: Vec<_> = events.iter().map(|event| (&event["event"], &event["phase"], &event["fields"])).collect();
    let (command, job, none) = (json!("command"), json!("job"), Value::Null);
    let (first, second) = (json!({"name":"build"}), json!({"name":"test","ok":true,"count":3,"note":"all well"}));
    let (start, whole) = (json!({"kind":"full"}), json!({"kind":"full","result":"ok"}));
    let expected = [
        (&command, &none, &first),
        (&job, &json!("started"), &start),
        (&command, &none, &second),
        (&job, &json!("completed"), &whole),
    ];
    assert_eq!(told, expected);
    assert_eq!(events[1]["pair"], events[3]["pair"]);
    assert_eq!(events[1]["pair"].as_str().map(str::len), Some(32), "its own name for the pair stays here");
    assert_eq!(give(&acme, ""), silence());
    assert_eq!(stored(&acme.home).len(), 4);
}

#[test]
fn a_refused_line_is_refused_alone_and_in_every_state() {
    let acme = Acme::new([Answer::status(200)]);
    let bad = [
        (r#"{"event":"command","fields":{"name":"deploy"}}"#, "field \"name\": it takes one of: build, test"),
        (r#"{"event":"nothing"}"#, "\"nothing\" is not declared; declared are: command, job"),
        (r#"{"event":"command","fields":{"name":"build","user":"ada"}}"#, "no field \"user\""),
        (r#"{"event":"command","fields":{"name":"build","name":"test"}}"#, "stands twice"),
        (r#"{"event":"command","fields":{"name":["build"]}}"#, "a list or an object"),
        (r#"{"event":"command","name":"build"}"#, "unknown field `name`"),
        (r#"{"event":"command","#, "it is not a JSON object"),
        (r#"{"event":"job","fields":{}}"#, "comes as a pair"),
        (r#"{"event":"job","phase":"started"}"#, "phase and pair"),
        (r#"{"event":"job","phase":"completed","pair":"x","fields":{"result":"fine"}}"#, "\"result\""),
        (r#"{"event":"command","phase":"started","pair":"x","fields":{"name":"build"}}"#, "is not a pair"),
    ];
    for state in ["nobody was asked", "on", "off"] {
        match state {
            "on" => drop(acme.run(["enable", "acme"]).expect(0)),
            "off" => drop(acme.run(["disable", "acme"]).expect(0)),
            _ => {}
        }
        let before = files(&acme.home);
        for (line, says) in bad {
            let ran = take(&acme, &[line]);
            refused(ran, 1, &["error: line 1: ", says, "error: 1 of 1 lines"], Some("telemetry show-payload acme"));
        }
        assert_eq!(files(&acme.home), before, "{state}: nothing is written");
        let mut all: Vec<&str> = bad.iter().map(|(line, _)| *line).collect();
        all.insert(3, GOOD);
        all.push(GOOD);
        let ran = take(&acme, &all).expect(4);
        for (number, (_, says)) in [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12].into_iter().zip(bad) {
            let told = |line: &str| line.starts_with(&format!("error: line {number}: ")) && line.contains(says);
            assert!(ran.stderr.lines().any(told), "{state}, line {number}, {says}: {}", ran.stderr);
        }
        assert!(ran.stderr.contains("error: 11 of 13 lines were not taken"), "{}", ran.stderr);
        assert_eq!(take(&acme, &[GOOD]), silence(), "{state}");
        let waits = if state == "on" { 3 } else { 0 };
        assert_eq!(stored(&acme.home).len(), waits, "{state}");
        if state != "on" {
            assert_eq!(files(&acme.home), before, "{state}");
        }
    }
}

#[test]
fn odd_bytes_and_long_lines_are_refused_alone() {
    let acme = Acme::on();
    let long = "x".repeat(300 * 1024);
    let mut input = format!("{GOOD}\n{{\"event\":\"{long}\"}}\n{GOOD}\n").into_bytes();
    input.extend(b"{\"event\":\"\xff\"}\n\0\0\n{\"event\":\"\x1b[31m\"}\n{\"ev\\u001b[31m\\nent\":1}\n");
    input.extend(format!("{GOOD}\n{}\n{long}", "[".repeat(100_000)).into_bytes());
    let ran = give(&acme, input).expect(4);
    assert!(!ran.stderr.contains('\u{1b}') && ran.stderr.len() < 2000, "{:?}", ran.stderr);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let says = [
        "line 2: it is longer than 262144 bytes",
        "line 4: it is not UTF-8",
        "line 5: it is not a JSON object",
        "line 6: it is not a JSON object: control character",
        "line 7: unknown field",
        "line 9: it is not a JSON object",
        "line 10: it is longer than 262144 bytes",
        "7 of 10 lines were not taken",
    ];
    for (line, says) in lines.iter().zip(says) {
        assert!(line.starts_with(&format!("error: {says}")), "{says}: {line}");
    }
    assert_eq!((lines.len(), stored(&acme.home).len()), (says.len() + 1, 3), "{}", ran.stderr);
}

#[test]
fn many_refusals_are_counted_and_twenty_are_named() {
    let acme = Acme::on();
    let ran = give(&acme, format!("{}{GOOD}\n", "no\n".repeat(500))).expect(4);
    assert_eq!(ran.stderr.lines().filter(|line| line.starts_with("error: line ")).count(), 20);
    assert!(ran.stderr.contains("error: 500 of 501 lines were not taken"), "{}", ran.stderr);
}

#[test]
fn best_effort_is_silent_whatever_comes() {
    let acme = Acme::on();
    let lines = [&LINES[..], &["--best-effort"]].concat();
    assert_eq!(acme.command(&lines).input(format!("no\n{GOOD}\n\u{ff}\n")).run(), silence());
    assert_eq!(stored(&acme.home).len(), 1);
    acme.home.write("manifest.yml", "no manifest");
    for more in [&["--no-such-option"][..], &["--tool-version", "newest"], &["a=b"], &["--manifest", "manifest.yml"]] {
        assert_eq!(acme.command([&lines, more].concat()).input(GOOD).run(), silence(), "{more:?}");
    }
}

#[test]
fn pairs_go_by_the_names_of_the_stream_or_by_ids() {
    let acme = Acme::on();
    let start = |name: &str| format!(r#"{{"event":"job","phase":"started","pair":"{name}"}}"#);
    let complete =
        |name: &str| format!(r#"{{"event":"job","phase":"completed","pair":"{name}","fields":{{"result":"ok"}}}}"#);
    let id = acme.run(["track", "acme", "job", "--start"]).expect(0).stdout.trim().to_owned();
    let lines = [start("a"), start("b"), complete("b"), complete(&id), start("b"), complete("b"), complete("a")];
    assert_eq!(give(&acme, lines.join("\n")), silence());
    let events = stored(&acme.home);
    let pairs: Vec<&str> = events.iter().filter_map(|event| event["pair"].as_str()).collect();
    let [first, a, b, b_ends, first_ends, again, again_ends, a_ends] = pairs.as_slice() else { panic!("{pairs:?}") };
    assert_eq!([first, a, b, again], [first_ends, a_ends, b_ends, again_ends]);
    assert!(*first == id && b != again && a != b);
    let ran = give(&acme, [start("a"), start("a"), complete("b"), complete("a"), complete("a")].join("\n")).expect(4);
    for says in [
        "line 2: the pair a is open already",
        "line 3: no started event waits under the id b",
        "line 5: no started event",
    ] {
        assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
    }
    assert_eq!(stored(&acme.home).len(), 10);
}

#[test]
fn a_pair_is_completed_by_the_event_that_started_it() {
    let acme = Acme::new([Answer::status(200)]);
    let text = acme.home.read(".config/telemetry/tools/acme.yml");
    let work = "  work:\n    description: Work\n    purpose: product-improvement\n    lifecycle: true\n";
    acme.home.manifest("acme", &text.replace("destinations:\n", &format!("{work}destinations:\n")));
    let lines = [
        r#"{"event":"work","phase":"started","pair":"a"}"#,
        r#"{"event":"job","phase":"completed","pair":"a","fields":{"result":"ok"}}"#,
    ];
    for state in ["off", "on"] {
        let ran = take(&acme, &lines).expect(4);
        assert!(ran.stderr.contains("line 2: the pair a was started by another event"), "{state}: {}", ran.stderr);
        acme.run(["enable", "acme"]).expect(0);
    }
}

#[test]
fn what_is_not_stored_is_told() {
    let acme = Acme::on();
    acme.home.write(".acme/telemetry/queue", "a file where the queue should be");
    refused(
        take(&acme, &[GOOD, GOOD]),
        1,
        &["line 2: the event is not stored", "2 of 2 lines"],
        Some("telemetry show-payload acme"),
    );
}

#[test]
fn what_is_no_command_line_is_usage() {
    let acme = Acme::on();
    for more in [&["command"][..], &["name=build"], &["--json", "{}"], &["--start"], &["--complete", "x"]] {
        let ran = acme.command([&LINES, more].concat()).input(GOOD).run();
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{more:?}: {}", ran.stderr);
    }
    let ran = acme.command(["track", "--lines"]).input(GOOD).run();
    refused(ran, 2, &["no tool was named"], Some("telemetry list"));
    assert_eq!(acme.command(["track", "--lines"]).env("TELEMETRY_TOOL", "acme").input(GOOD).run(), silence());
    refused(acme.command(["track", "nobody", "--lines"]).input(GOOD).run(), 5, &["nobody"], Some("telemetry list"));
    refused(
        acme.command(["track", "acme", "--lines", "--tool-version", "x"]).input(GOOD).run(),
        1,
        &["\"x\" is not a version"],
        None,
    );
    assert_eq!(stored(&acme.home).len(), 1);
}

#[test]
fn a_log_gets_the_notice_once_and_an_unseen_one_records_nothing() {
    let (home, server) = (Home::new(), Server::start([Answer::status(200)]));
    let opt_out = EVENTS.replace("opt-in", "opt-out");
    let destination = format!("destinations:\n  web: {{url: '{}'}}\n", server.url("/events"));
    home.manifest("acme", &format!("{opt_out}{destination}"));
    let three = format!("{GOOD}\n").repeat(3);
    assert_eq!(home.command(LINES).input(three.as_str()).run(), silence());
    assert_eq!(home.list().iter().filter(|name| name.starts_with(".acme")).count(), 0, "no id before the notice");
    home.manifest("acme", &format!("{opt_out}notice: log\n{destination}"));
    let ran = home.command(LINES).input(three.as_str()).run().expect(0);
    assert_eq!(ran.stderr.matches("telemetry disable acme").count(), 1, "{}", ran.stderr);
    assert_eq!(stored(&home).len(), 2, "the line that was about to be recorded is not");
    assert_eq!(home.command(LINES).input(three).run(), silence());
    assert_eq!(stored(&home).len(), 5);
}
