//! `telemetry run`: the command is as without us, its start is on disk before it, its end after it.
//!
//! Promises: every exit code and stream is compared with the command's own. Absent: what goes wrong (`run_troubled`), heartbeats (`run_heartbeat`), load
//! (`durability/runs`).

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::commands::given::files;
use crate::sandbox::home::Home;

/// A tool that declares a run and a heartbeat.
pub(crate) const RUNS: &str = "\
manifest: 1
tool: acme
title: Acme
consent: opt-in
switches:
  environment:
    - {name: ACME_TELEMETRY, on: ['1'], off: ['0']}
ids: [user]
events:
  run:
    description: A command ran
    purpose: product-improvement
    lifecycle: true
    fields:
      name: {type: enum, values: [build, test], description: Which command}
    outcome:
      outcome: {type: enum, values: [completed, failed, aborted], description: How it ended, required: true}
      duration: {type: duration, description: How long it ran}
      code: {type: integer, min: 0, max: 255, description: Its exit code}
  job:
    description: Another pair
    purpose: product-improvement
    lifecycle: true
    outcome:
      outcome: {type: enum, values: [completed, failed, aborted, unknown], description: How it ended}
      duration: {type: duration, description: How long it ran, buckets: [0, 3600000]}
      code: {type: integer, description: Its exit code}
  alive:
    description: The server runs
    purpose: product-improvement
    fields:
      kind: {type: enum, values: [startup, heartbeat, shutdown], description: Which beat, required: true}
      up: {type: duration, description: How long it has been running}
      how: {type: enum, values: [completed, failed, aborted], description: How it ended}
      database: {type: enum, values: [sqlite, postgres], description: What it keeps its data in}
run: {event: run, exit_code: code}
destinations:
  main: {file: out.jsonl, batch: lines}
";

/// The declaration of its heartbeat.
pub(crate) const BEATS: &str = "heartbeat: {event: alive, duration: up, outcome: how, every: 1h}\n";

/// A home in which the tool of this manifest has a yes.
pub(crate) fn on(manifest: &str) -> Home {
    let home = Home::new();
    home.manifest("acme", manifest);
    home.run(["enable", "acme"]).expect(0);
    home
}

/// Every event in the queue, in order.
pub(crate) fn queued(home: &Home) -> Vec<Value> {
    let mut events = Vec::new();
    for name in home.list().iter().filter(|name| name.starts_with(".acme/telemetry/queue/") && name.ends_with(".jsonl"))
    {
        events.extend(home.read(name).lines().map(|line| serde_json::from_str::<Value>(line).expect("an event")));
    }
    events.sort_by_key(|event| event["time_ms"].as_i64());
    events
}

/// Phase and fields of each.
pub(crate) fn told(home: &Home) -> Vec<(String, Value)> {
    let phase = |event: &Value| event["phase"].as_str().unwrap_or_default().to_owned();
    queued(home).iter().map(|event| (phase(event), event["fields"].clone())).collect()
}

/// The program with these words, in this home, to be given streams.
pub(crate) fn program(home: &Home, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
    command.args(words).env_clear().env("HOME", home.path()).env("PATH", std::env::var_os("PATH").expect("a path"));
    command.current_dir(home.work());
    command
}

/// The same, started with pipes.
pub(crate) fn piped(home: &Home, words: &[&str]) -> Child {
    let mut command = program(home, words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started")
}

pub(crate) fn line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("text");
    line
}

#[test]
fn its_start_is_on_disk_before_the_command_and_its_end_after_it() {
    let home = on(RUNS);
    let script = "cat \"$HOME/.acme/telemetry/queue/active.jsonl\"; ls \"$HOME/.acme/telemetry/pairs\"; exit 3";
    let ran = home.run(["run", "acme", "--set", "name=build", "--", "sh", "-c", script, "zq-word"]).expect(3);
    let (event, pair) = ran.stdout.split_once('\n').expect("lines");
    let event: Value = serde_json::from_str(event).expect("an event");
    assert_eq!((&event["phase"], &event["fields"]), (&json!("started"), &json!({"name": "build"})));
    assert_eq!(pair.trim(), format!("{}.json", event["pair"].as_str().expect("an id")));
    let events = queued(&home);
    let [started, completed] = events.as_slice() else { panic!("{events:#?}") };
    assert_eq!(started["id"], event["id"]);
    assert_eq!((&completed["pair"], &completed["phase"]), (&event["pair"], &json!("completed")));
    let fields = &completed["fields"];
    assert_eq!((&fields["name"], &fields["outcome"], &fields["code"]), (&json!("build"), &json!("failed"), &json!(3)));
    assert!(fields["duration"].as_u64().is_some_and(|ms| ms < 60_000), "{fields}");
    for (name, bytes) in files(&home) {
        assert!(!String::from_utf8_lossy(&bytes).contains("zq-word"), "a word of the command is in {name}");
    }
}

#[test]
fn how_it_ends_is_how_the_command_ends() {
    let home = on(RUNS);
    let script = home.write("work/bare", "exit 9\n");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a mode");
    home.write("work/text", "exit 9\n");
    // The shell's own verdict beside ours, of the command alone.
    for (command, code, outcome) in [
        ("true", 0, "completed"),
        ("false", 1, "failed"),
        ("sh -c 'exit 200'", 200, "failed"),
        ("sh -c 'exit 3'", 3, "failed"),
        ("sh -c 'kill -9 $$'", 137, "aborted"),
        ("sh -c 'kill -15 $$'", 143, "aborted"),
        ("sh -c 'kill -2 $$'", 130, "aborted"),
        ("sh -c 'kill -6 $$'", 134, "failed"),
        ("sh -c 'kill -11 $$'", 139, "failed"),
        ("./bare", 9, "failed"),
        ("no-such-program", 127, "failed"),
        ("./no-such-program", 127, "failed"),
        ("./text", 126, "failed"),
        ("/", 126, "failed"),
    ] {
        for off in ["", "ACME_TELEMETRY=0 "] {
            let shell = |before: &str| {
                let line = format!("ulimit -c 0; {before}{command} 2>&1; echo \"is $?\"");
                home.program("sh", ["-c", &line]).run().stdout.lines().last().unwrap_or_default().to_owned()
            };
            let ours = shell(&format!("{off}{} run acme -- ", env!("CARGO_BIN_EXE_telemetry")));
            assert_eq!(
                (ours.as_str(), shell("").as_str()),
                (&*format!("is {code}"), &*format!("is {code}")),
                "{command}"
            );
        }
        let fields = queued(&home).pop().expect("an event")["fields"].clone();
        assert_eq!((&fields["outcome"], &fields["code"]), (&json!(outcome), &json!(code)), "{command}");
    }
    assert_eq!(queued(&home).len(), 2 * 14, "each once, and none while it was off");
    assert_eq!(queued(&home).iter().filter(|event| event["phase"] == "started").count(), 14);
}

#[test]
fn who_waits_for_us_sees_the_signal_that_ended_the_command() {
    let home = on(RUNS);
    for signal in [9, 15, 2, 11] {
        let script = format!("ulimit -c 0; kill -{signal} $$");
        let status = program(&home, &["run", "acme", "--", "sh", "-c", &script]).status().expect("its end");
        assert_eq!((status.signal(), status.code()), (Some(signal), None));
        assert!(!status.core_dumped());
    }
}

#[test]
fn signals_reach_the_command_and_its_end_is_recorded() {
    for (name, signal) in [("TERM", Signal::TERM), ("INT", Signal::INT), ("HUP", Signal::HUP), ("USR1", Signal::USR1)] {
        let home = on(RUNS);
        let trap = format!("trap 'echo got; exit 33' {name}; echo ready; while :; do read line; done");
        let mut child = piped(&home, &["run", "acme", "--", "sh", "-c", &trap]);
        assert_eq!(line(&mut child), "ready\n");
        kill_process(Pid::from_child(&child), signal).expect("sent");
        let mut rest = String::new();
        child.stdout.take().expect("a pipe").read_to_string(&mut rest).expect("text");
        let status = child.wait().expect("its end");
        assert_eq!((rest.as_str(), status.code()), ("got\n", Some(33)), "{name}");
        let outcome = if name == "USR1" { "failed" } else { "aborted" };
        assert_eq!(told(&home).pop().expect("an event").1["outcome"], json!(outcome), "{name}");
    }
}

#[test]
fn a_command_that_a_signal_of_ours_ends_ends_us_by_it_once_it_is_recorded() {
    let home = on(RUNS);
    let mut child = piped(&home, &["run", "acme", "--", "sh", "-c", "echo ready; exec cat"]);
    assert_eq!(line(&mut child), "ready\n");
    // To wait closes what the command would end by.
    let _open = child.stdin.take();
    kill_process(Pid::from_child(&child), Signal::TERM).expect("sent");
    assert_eq!(child.wait().expect("its end").signal(), Some(15));
    let events = queued(&home);
    assert_eq!(
        (events.len(), &events[1]["fields"]["outcome"], &events[1]["fields"]["code"]),
        (2, &json!("aborted"), &json!(143))
    );
}

#[cfg(target_os = "linux")]
#[test]
fn where_ends_of_children_are_ignored_the_commands_is_known_all_the_same() {
    let home = on(RUNS);
    let words = ["--ignore-signal=CHLD", env!("CARGO_BIN_EXE_telemetry"), "run", "acme", "--", "sh", "-c", "exit 7"];
    home.program("env", words).run().expect(7);
    assert_eq!(told(&home).pop().expect("an event").1["code"], json!(7));
}

#[test]
fn streams_go_through_untouched() {
    let home = on(RUNS);
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut child = piped(&home, &["run", "acme", "--", "sh", "-c", "tee /dev/stderr"]);
    let (mut stdin, mut out, mut err) = (
        child.stdin.take().expect("a pipe"),
        child.stdout.take().expect("a pipe"),
        child.stderr.take().expect("a pipe"),
    );
    std::thread::scope(|scope| {
        scope.spawn(|| {
            stdin.write_all(&bytes).expect("taken");
            drop(stdin);
        });
        let errors = scope.spawn(move || {
            let mut all = Vec::new();
            err.read_to_end(&mut all).expect("read");
            all
        });
        let mut all = Vec::new();
        out.read_to_end(&mut all).expect("read");
        assert!(all == bytes, "{} bytes of {}", all.len(), bytes.len());
        let errors = errors.join().expect("read");
        assert!(errors == bytes, "{} bytes of {}", errors.len(), bytes.len());
    });
    assert!(child.wait().expect("its end").success());
    assert_eq!(queued(&home).len(), 2);
}

#[test]
fn full_and_closed_streams_are_the_commands_own_trouble() {
    let home = on(RUNS);
    for (command, streams) in [
        ("sh -c 'echo x'", ">/dev/full"),
        ("sh -c 'echo x; exit 5'", ">/dev/full 2>/dev/full"),
        ("sh -c 'exit 6'", ">&- 2>&- <&-"),
        ("sh -c 'yes; echo unreached'", "| head -c 3 >/dev/null"),
    ] {
        let ended = |before: &str| {
            let line = format!("({before}{command}; echo $? > code) {streams}; cat code");
            home.program("sh", ["-c", &line]).run().stdout
        };
        let ours = ended(&format!("{} run acme -- ", env!("CARGO_BIN_EXE_telemetry")));
        assert_eq!(ours, ended(""), "{command} {streams}");
    }
    assert_eq!(queued(&home).len(), 8);
}
