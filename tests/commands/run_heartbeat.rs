//! The heartbeat of `telemetry run`, and of a server in Rust that embeds us: startup, heartbeat, shutdown.
//!
//! Promises: nobody sleeps: a command ends when it has seen the beats that it waits for, and none are counted beside another tool's that
//! are some. Absent: where beats are due after a sleep of the machine (`actions/heartbeat`).

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use telemetry::actions::heartbeat::{Beats, Heartbeat, HeartbeatError};
use telemetry::actions::track::{Recorded, Recorder};
use telemetry::manifest::runs::Outcome;

use crate::commands::given::silence;
use crate::commands::run::{BEATS, RUNS, on, program, queued};
use crate::sandbox::home::Home;

/// A shell's function that waits until so many beats of this kind stand in a tool's queue.
const SEEN: &str = "seen() { left=2000; until [ \"$(cat \"$HOME/.$1/telemetry/queue/\"*.jsonl 2>/dev/null | grep -c \"\\\"kind\\\":\\\"$2\\\"\")\" -ge \"$3\" ]; do \
    left=$((left - 1)); [ $left -gt 0 ] || exit 99; sleep 0.01; done; }; ";

/// A home in which the tool is on, and beats.
fn beating(beats: &str) -> Home {
    on(&format!("{RUNS}{beats}"))
}

/// Runs a script with a heartbeat of this interval.
fn run(home: &Home, every: &str, options: &[&str], script: &str, code: i32) {
    let script = format!("{SEEN}{script}");
    let words = [&["run", "acme", "--heartbeat", every], options, &["--", "sh", "-c", &script]].concat();
    let ran = home.run(words).expect(code);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

/// The fields of the beats, in order, checked: they are no pair.
fn beats(home: &Home) -> Vec<Value> {
    let alive = |event: &Value| event["event"] == "alive";
    let beats: Vec<Value> = queued(home).into_iter().filter(alive).collect();
    assert!(beats.iter().all(|event| event.get("pair").is_none()));
    beats.into_iter().map(|event| event["fields"].clone()).collect()
}

fn kinds(home: &Home) -> Vec<String> {
    beats(home).iter().map(|fields| fields["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// Looks until it is so.
#[track_caller]
fn until(so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed() < Duration::from_secs(20), "it never is");
        std::thread::yield_now();
    }
}

#[test]
fn it_says_that_it_starts_that_it_runs_and_that_it_ends() {
    let home = beating(BEATS);
    run(&home, "20ms", &["--set", "database=sqlite", "--set", "name=test"], "seen acme heartbeat 3; exit 6", 6);
    let beats = beats(&home);
    let (first, last) = (&beats[0], &beats[beats.len() - 1]);
    assert_eq!(first, &json!({"kind": "startup", "up": 0, "database": "sqlite"}));
    assert_eq!(
        (&last["kind"], &last["how"], &last["database"]),
        (&json!("shutdown"), &json!("failed"), &json!("sqlite"))
    );
    let between = &beats[1..beats.len() - 1];
    assert!(
        between.len() >= 3 && between.iter().all(|fields| fields["kind"] == "heartbeat" && fields.get("how").is_none())
    );
    // Each at its place, however late the one before it was.
    let up = |fields: &Value| fields["up"].as_u64().expect("a number");
    assert!(between.windows(2).all(|pair| up(&pair[0]) / 20 < up(&pair[1]) / 20), "{between:#?}");
    assert!(up(&between[0]) >= 20);
    let all = queued(&home);
    let runs: Vec<&Value> = all.iter().filter(|event| event["event"] == "run").collect();
    assert_eq!(
        (runs.len(), &runs[0]["fields"]),
        (2, &json!({"name": "test"})),
        "each field goes to the event that declares it"
    );
    assert_eq!((&all[0]["phase"], &all[1]["fields"]["kind"]), (&json!("started"), &json!("startup")));
}

#[test]
fn the_manifest_says_when_the_first_one_comes() {
    for (first, wanted) in [("start", &["startup", "shutdown"][..]), ("interval", &[]), ("1h", &[])] {
        let home = beating(&BEATS.replace("every", &format!("first: {first}, every")));
        assert_eq!(home.run(["run", "acme", "--", "true"]), silence());
        assert_eq!(kinds(&home), wanted, "{first}: what ends before its first beat has none");
        assert_eq!(queued(&home).len(), 2 + wanted.len());
    }
    for first in ["interval", "30ms"] {
        let home = beating(&BEATS.replace("every", &format!("first: {first}, every")));
        run(&home, "20ms", &[], "seen acme heartbeat 2", 0);
        let beats = beats(&home);
        let least = if first == "interval" { 20 } else { 30 };
        assert_eq!(beats[0]["kind"], "startup");
        assert!(beats[0]["up"].as_u64().is_some_and(|up| up >= least), "{first}: {}", beats[0]);
        assert_eq!(beats.iter().filter(|fields| fields["kind"] == "startup").count(), 1);
        assert_eq!(kinds(&home).last().map(String::as_str), Some("shutdown"));
    }
}

#[test]
fn a_run_may_leave_it_out_and_a_manifest_may_have_nothing_else() {
    let home = beating(BEATS);
    assert_eq!(home.run(["run", "acme", "--heartbeat", "never", "--", "true"]), silence());
    assert_eq!((kinds(&home).len(), queued(&home).len()), (0, 2));
    let alone = RUNS.replace("run: {event: run, exit_code: code}\n", "");
    let home = on(&format!("{alone}{BEATS}"));
    run(&home, "20ms", &["--set", "database=postgres"], "seen acme heartbeat 1", 0);
    assert!(beats(&home).iter().all(|fields| fields["database"] == "postgres"));
    assert_eq!(queued(&home).len(), beats(&home).len());
}

#[test]
fn beats_leave_while_it_runs() {
    let home = beating(&format!("{BEATS}schedule: {{interval: 0s, jitter: 0s}}\n"));
    let sent = "$HOME/.acme/telemetry/out.jsonl";
    let script = format!(
        "left=2000; until grep -q '\"heartbeat\"' \"{sent}\" 2>/dev/null; do \
         left=$((left - 1)); [ $left -gt 0 ] || exit 99; sleep 0.01; done"
    );
    run(&home, "20ms", &[], &script, 0);
}

#[test]
fn a_no_stops_the_next_beat_and_a_yes_after_it_begins_anew() {
    let home = beating(BEATS);
    let other = format!("{RUNS}{BEATS}").replace("acme", "zeta").replace("ACME", "ZETA");
    home.manifest("zeta", &other);
    home.run(["enable", "zeta"]).expect(0);
    let program = env!("CARGO_BIN_EXE_telemetry");
    // Five beats of another tool later, none of ours came.
    let script = format!(
        "seen acme heartbeat 2; {program} disable acme 2>/dev/null >&2; \
         {program} run zeta --heartbeat 20ms -- sh -c '{}seen zeta heartbeat 5'",
        SEEN.replace('\'', "'\\''")
    );
    run(&home, "20ms", &[], &script, 0);
    assert_eq!(queued(&home), [json!(null); 0], "what waited went with the no, and nothing came after it");
    assert!(home.read(".zeta/telemetry/queue/active.jsonl").contains("shutdown"));
    home.run(["enable", "acme"]).expect(0);
    run(&home, "20ms", &[], "seen acme heartbeat 1", 0);
    assert_eq!(kinds(&home).first().map(String::as_str), Some("startup"));
}

#[test]
fn a_run_that_begins_under_a_no_has_no_beats() {
    let home = Home::new();
    home.manifest("acme", &format!("{RUNS}{}", BEATS.replace("every", "first: 1m, every")));
    let mut command = program(&home, &["run", "acme", "--heartbeat", "20ms", "--", "sh", "-c", "echo $$"]);
    let child = command.stdout(Stdio::piped()).spawn().expect("started");
    let pid = child.id().to_string();
    let said = child.wait_with_output().expect("its end").stdout;
    assert_eq!(String::from_utf8(said).expect("text").trim(), pid, "the command took our place");
    assert_eq!(home.list().iter().filter(|name| name.starts_with(".acme")).count(), 0);
}

#[test]
fn a_server_that_embeds_us_beats_as_well() {
    let home = beating(BEATS);
    let (context, tool) = (home.context(), home.tool("acme"));
    let recorder = || Recorder::new(&context, &tool, Some("1.4.2")).expect("a recorder");
    let often = || Beats::declared(&tool.manifest).expect("declared").every(Duration::from_millis(5));
    let heartbeat = Heartbeat::start(&context, recorder(), often()).expect("started");
    assert!(matches!(heartbeat.first(), Some(Recorded::Stored { .. })));
    assert_eq!(kinds(&home)[0], "startup", "on disk before the work begins");
    until(|| kinds(&home).len() >= 3);
    let told = heartbeat.shutdown(Outcome::Completed).expect("its end");
    let kinds = kinds(&home);
    assert_eq!((told.stored, told.trouble.is_none()), (u64::try_from(kinds.len()).expect("few"), true));
    assert_eq!(kinds.last().map(String::as_str), Some("shutdown"));
    assert_eq!(beats(&home).last().expect("a beat")["how"], "completed");
    // The recorder goes on; one that is let go ends as after a kill.
    let before = queued(&home).len();
    let heartbeat = Heartbeat::start(&context, told.recorder, Beats::declared(&tool.manifest).expect("declared"));
    drop(heartbeat.expect("started"));
    assert_eq!(queued(&home).len(), before + 1, "its startup, and no shutdown");
    let wrong = Heartbeat::start(&context, recorder(), often().with(vec![("moon".into(), "1".into())]));
    assert!(matches!(wrong, Err(HeartbeatError::Track(_))), "what the manifest refuses is refused at once");
}

#[test]
fn a_server_that_starts_under_a_no_is_asked_again_with_every_beat() {
    let home = Home::new();
    home.manifest("acme", &format!("{RUNS}{BEATS}"));
    let (context, tool) = (home.context(), home.tool("acme"));
    let recorder = Recorder::new(&context, &tool, None).expect("a recorder");
    let beats = Beats::declared(&tool.manifest).expect("declared").every(Duration::from_millis(5));
    let heartbeat = Heartbeat::start(&context, recorder, beats).expect("started");
    assert!(matches!(heartbeat.first(), Some(Recorded::Off(_))));
    home.run(["enable", "acme"]).expect(0);
    until(|| !kinds(&home).is_empty());
    assert!(heartbeat.shutdown(Outcome::Aborted).expect("its end").stored > 1);
    assert_eq!(kinds(&home)[0], "heartbeat", "it does not start now");
}
