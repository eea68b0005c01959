//! `telemetry run` where it is off, or something of ours is wrong, or it is killed: the command runs, and is as without us.
//!
//! Promises: what is not recorded is counted as none beside a run that is. Absent: what is right (`run`).

use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

use serde_json::json;

use crate::commands::given::{files, silence};
use crate::commands::run::{BEATS, RUNS, line, on, piped, program, queued, told};
use crate::sandbox::acme::json;
use crate::sandbox::home::{Home, Ran};

#[test]
fn off_the_command_takes_our_place_and_nothing_is_written() {
    let home = Home::new();
    home.manifest("acme", RUNS);
    let run = |variable: (&str, &str)| {
        let mut command = program(&home, &["run", "acme", "--", "sh", "-c", "echo $$; exit 4"]);
        let child =
            command.env(variable.0, variable.1).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        let pid = child.id();
        let output = child.wait_with_output().expect("its end");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        assert_eq!((output.status.code(), text(output.stderr).as_str()), (Some(4), ""), "{variable:?}");
        text(output.stdout).trim() == pid.to_string()
    };
    assert!(run(("A", "b")), "nobody was asked");
    assert_eq!(home.list().iter().filter(|name| name.starts_with(".acme")).count(), 0);
    home.run(["enable", "acme"]).expect(0);
    let before = files(&home);
    for variable in [("DO_NOT_TRACK", "1"), ("ACME_TELEMETRY", "0"), ("ACME_TELEMETRY", "perhaps"), ("CI", "true")] {
        assert!(run(variable), "{variable:?}");
    }
    assert_eq!(files(&home), before);
    home.run(["disable", "acme"]).expect(0);
    let before = files(&home);
    assert!(run(("A", "b")), "disabled");
    assert_eq!(files(&home), before);
    home.run(["enable", "acme"]).expect(0);
    assert!(!run(("A", "b")), "on, we stay beside it");
    assert_eq!(queued(&home).len(), 2);
}

#[test]
fn a_problem_of_ours_is_one_line_and_the_command_runs() {
    let home = on(RUNS);
    let script = ["--", "sh", "-c", "echo data; exit 5"];
    let says = |ran: Ran, what: &str| {
        assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.lines().count()), (5, "data\n", 1), "{}", ran.stderr);
        assert!(ran.stderr.starts_with("telemetry run: not recorded: ") && ran.stderr.contains(what), "{}", ran.stderr);
    };
    let silent = || Ran { status: 5, stdout: "data\n".to_owned(), stderr: String::new() };
    let cases: [(&[&str], &str); 12] = [
        (&["nobody"], "nobody"),
        (&["meltano"], "somebody else's program"),
        (&["No Tool"], "No Tool"),
        (&["acme", "--event", "nothing"], "\"nothing\" is not declared"),
        (&["acme", "--event", "alive"], "lifecycle"),
        (&["acme", "--set", "name=deploy"], "build, test"),
        (&["acme", "--set", "user=ada"], "no field \"user\""),
        (&["acme", "--set", "name"], "FIELD=VALUE"),
        (&["acme", "--set", "outcome=failed"], "no field \"outcome\""),
        (&["acme", "--tool-version", "newest"], "newest"),
        (&["acme", "--runtime", "python"], "python"),
        (&["acme", "--heartbeat", "soon"], "--heartbeat"),
    ];
    for (words, what) in cases {
        says(home.run([&["run"], words, &script[..]].concat()), what);
        assert_eq!(home.run([&["run", "--best-effort"], words, &script[..]].concat()), silent(), "{words:?}");
        assert_eq!(home.run([&["--quiet", "run"], words, &script[..]].concat()), silent(), "{words:?}");
    }
    says(home.run([&["run"][..], &script].concat()), "no tool was named");
    assert_eq!(queued(&home), [json!(null); 0]);
    // A heartbeat that is not declared is said; the run itself is recorded.
    says(home.run([&["run", "acme", "--heartbeat", "1h"][..], &script].concat()), "no heartbeat");
    assert_eq!(queued(&home).len(), 2);
    home.write(".config/telemetry/tools/acme.yml", RUNS);
    says(home.run([&["run", "acme"][..], &script].concat()), "acme.yml");
    home.manifest("acme", RUNS);
    fs::remove_dir_all(home.at(".acme/telemetry/queue")).expect("gone");
    home.write(".acme/telemetry/queue", "a file where the queue should be");
    says(home.run([&["run", "acme"][..], &script].concat()), "not stored");
    home.write(".acme/profile.yml", "anonymous_tr");
    assert_eq!(home.run([&["run", "acme"][..], &script].concat()), silent(), "unreadable is a no, as for track");
    for place in ["relative", "/nonexistent/home"] {
        let ran = home.command([&["run", "acme", "--manifest", "x"][..], &script].concat()).env("HOME", place).run();
        assert_eq!((ran.status, ran.stdout.as_str()), (5, "data\n"), "{}", ran.stderr);
        assert!(ran.stderr.lines().count() <= 1, "{}", ran.stderr);
    }
}

#[test]
fn an_end_that_cannot_be_stored_changes_nothing_either() {
    let home = on(RUNS);
    let queue = home.at(".acme/telemetry/queue").display().to_string();
    let script = "rm -r \"$0\" && echo > \"$0\"; exit 7";
    let ran = home.run(["run", "acme", "--", "sh", "-c", script, &queue]).expect(7);
    assert_eq!((ran.stdout.as_str(), ran.stderr.lines().count()), ("", 1), "{}", ran.stderr);
    assert!(ran.stderr.contains("not stored"), "{}", ran.stderr);
}

#[test]
fn what_is_no_command_line_runs_nothing() {
    let home = on(RUNS);
    let cases: [&[&str]; 5] = [
        &[],
        &["acme"],
        &["acme", "--"],
        &["acme", "--dry-run", "--", "touch", "ran"],
        &["acme", "other", "--", "touch", "ran"],
    ];
    for words in cases {
        let ran = home.run([&["run"], words].concat()).expect(2);
        assert!(ran.stdout.is_empty() && ran.stderr.starts_with("error: "), "{words:?}: {}", ran.stderr);
    }
    assert!(home.run(["run", "--help"]).expect(0).stdout.contains("none of its words is recorded"));
    assert!(!home.at("work/ran").exists());
    // Who said that nothing of ours may matter has a command that runs.
    let ran = home.run(["run", "acme", "--best-effort", "--no-such-option", "--", "sh", "-c", "echo ran; exit 8"]);
    assert_eq!(ran, Ran { status: 8, stdout: "ran\n".to_owned(), stderr: String::new() });
    // Behind the dashes it is the command's own word.
    let ran = home.run(["run", "acme", "--no-such-option", "--", "touch", "ran", "--best-effort"]).expect(2);
    assert!(ran.stderr.starts_with("error: "));
}

#[test]
fn the_notice_comes_first() {
    let home = Home::new();
    let opt_out = RUNS.replace("opt-in", "opt-out");
    home.manifest("acme", &opt_out);
    let run = ["run", "acme", "--", "true"];
    assert_eq!(home.run(run), silence());
    assert_eq!(home.run(run), silence(), "nobody saw it");
    assert_eq!(home.list().iter().filter(|name| name.starts_with(".acme")).count(), 0, "no id before the notice");
    home.manifest("acme", &format!("{opt_out}notice: log\n"));
    let first = home.run(run).expect(0);
    assert!(first.stdout.is_empty() && first.stderr.contains("telemetry disable acme"), "{}", first.stderr);
    assert_eq!(queued(&home), [json!(null); 0], "the run that tells records nothing");
    assert_eq!(home.run(run), silence(), "it is told once");
    assert_eq!(queued(&home).len(), 2);
}

#[test]
fn a_wider_notice_comes_first_too_also_for_beats_that_were_told_before() {
    let home = Home::new();
    let opt_out = RUNS.replace("opt-in", "opt-out") + BEATS + "notice: log\n";
    let (before, rest) = opt_out.split_once("  run:\n").expect("an event");
    let (_, after) = rest.split_once("  job:\n").expect("the next");
    home.manifest("acme", &format!("{before}  job:\n{}", after.replace("run: {event: run, exit_code: code}\n", "")));
    let run = ["run", "acme", "--", "true"];
    assert!(home.run(run).expect(0).stderr.contains("telemetry disable acme"));
    assert_eq!(home.run(run), silence());
    assert_eq!(queued(&home).len(), 2, "startup and shutdown");
    home.manifest("acme", &opt_out);
    assert!(home.run(run).expect(0).stderr.contains("telemetry disable acme"));
    assert_eq!(queued(&home).len(), 2, "the run that tells of more records nothing");
    assert_eq!(home.run(run), silence());
    assert_eq!(queued(&home).len(), 6);
}

#[test]
fn the_tool_and_the_event_may_be_named_elsewhere() {
    let home = on(RUNS);
    let command = home.command(["run", "--", "true"]).env("TELEMETRY_TOOL", "acme");
    assert_eq!(command.run(), silence());
    let manifest = home.at(".config/telemetry/tools/acme.yml").display().to_string();
    assert_eq!(home.run(["--manifest", &manifest, "run", "--event", "job", "--", "true"]), silence());
    let events = queued(&home);
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().expect("a name")).collect();
    assert_eq!(names, ["run", "run", "job", "job"]);
    assert_eq!(
        events[3]["fields"],
        json!({"outcome": "completed", "duration": 0, "code": 0}),
        "in buckets, as declared"
    );
}

#[test]
fn a_killed_run_has_started_and_not_completed_and_its_command_goes_on() {
    let home = on(RUNS);
    let mut child = piped(&home, &["run", "acme", "--", "sh", "-c", "echo ready; read line; echo \"went on $line\""]);
    assert_eq!(line(&mut child), "ready\n");
    let open = || json(&home.run(["status", "acme", "--json"]).expect(0))["started"].clone();
    let running = open();
    assert_eq!((running.as_array().map(Vec::len), &running[0]["runs"]), (Some(1), &json!(true)), "{running}");
    assert!(home.run(["status", "acme"]).expect(0).stdout.contains("1 of run, since"));
    // To wait for it closes what it was given.
    let mut stdin = child.stdin.take().expect("a pipe");
    child.kill().expect("killed");
    let status: ExitStatus = child.wait().expect("its end");
    assert_eq!(status.signal(), Some(9));
    stdin.write_all(b"alone\n").expect("read");
    let mut rest = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut rest).expect("text");
    assert_eq!(rest, "went on alone\n");
    assert_eq!(told(&home), [("started".to_owned(), json!({}))]);
    let killed = open();
    assert_eq!((&killed[0]["runs"], &killed[0]["pair"]), (&json!(false), &running[0]["pair"]));
    assert!(home.run(["status", "acme"]).expect(0).stdout.contains("not completed: killed"));
    // One that ends in order is not among them.
    home.run(["run", "acme", "--", "true"]).expect(0);
    assert_eq!(open(), killed);
}

#[test]
fn a_no_while_it_runs_takes_the_run_away() {
    let home = on(RUNS);
    let script = format!("{} disable acme >&2", env!("CARGO_BIN_EXE_telemetry"));
    let ran = home.run(["run", "acme", "--", "sh", "-c", &script]).expect(0);
    assert!(!ran.stderr.contains("telemetry run"), "{}", ran.stderr);
    assert_eq!(queued(&home), [json!(null); 0]);
    // Said again, what started before it has no end to tell.
    home.run(["enable", "acme"]).expect(0);
    let script = format!("{script}; {} enable acme >&2", env!("CARGO_BIN_EXE_telemetry"));
    let ran = home.run(["run", "acme", "--", "sh", "-c", &script]).expect(0);
    assert!(!ran.stderr.contains("telemetry run"), "{}", ran.stderr);
    assert_eq!(queued(&home), [json!(null); 0]);
}

#[test]
fn a_run_that_outlives_the_queues_age_is_not_let_go_while_it_runs() {
    let home = on(&format!("{RUNS}limits: {{days: 1}}\n"));
    // Its start is put back by years, in the file that is held; then somebody flushes.
    let script = "for pair in \"$HOME\"/.acme/telemetry/pairs/*; do \
                  old=$(sed 's/\"time_ms\":[0-9]*/\"time_ms\":1000/' \"$pair\"); printf %s \"$old\" > \"$pair\"; done; \
                  \"$0\" flush acme > /dev/null; ls \"$HOME/.acme/telemetry/pairs\" | wc -l; kill -9 $PPID";
    let program = env!("CARGO_BIN_EXE_telemetry");
    let child = piped(&home, &["run", "acme", "--", "sh", "-c", script, program]);
    let said = child.wait_with_output().expect("its end");
    assert_eq!((said.status.signal(), String::from_utf8_lossy(&said.stdout).trim()), (Some(9), "1"));
    home.run(["flush", "acme"]).expect(0);
    assert_eq!(home.list().iter().filter(|name| name.contains("/pairs/") && name.ends_with(".json")).count(), 0);
}
