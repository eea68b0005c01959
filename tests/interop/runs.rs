//! `telemetry run` under load: a thousand runs, eight at a time, some of them killed; the queue has what was said, once, and so has the
//! receiver. And at a terminal.
//!
//! Promises: who is killed, and when, is given by its number; with `FULL=1` ten times as many are. Absent: one run (`commands/run`), a
//! kill between every two of its calls (`pairs`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use telemetry::actions::enable::enable;

use crate::PROGRAM;
use crate::sandbox::acme::full;
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

/// How many run, how many at a time, and of how many the command outlives its kill.
const RUNS: u64 = 1000;
const AT_ONCE: usize = 8;
const KILLED: u64 = 100;
/// Runs beyond those that are killed while they begin.
const EARLY: u64 = 100;
/// Runs beyond those that are killed about when they end by themselves.
const RACING: u64 = 100;

/// How many times each of these.
fn times() -> u64 {
    if full() { 10 } else { 1 }
}

/// A tool that says which run it is.
pub(crate) fn manifest(server: &Server) -> String {
    format!(
        "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nids: [user]\nevents:\n  run:\n    description: A command ran\n    \
         purpose: product-improvement\n    lifecycle: true\n    fields:\n      n: {{type: integer, description: Which}}\n    outcome:\n      \
         outcome: {{type: enum, values: [completed, failed, aborted], description: How it ended}}\n      \
         duration: {{type: duration, description: How long it ran}}\nrun: {{event: run}}\ndestinations:\n  main: {{url: '{}', batch: array}}\n\
         schedule: {{interval: never}}\n",
        server.url("/events")
    )
}

/// A spread of numbers, the same in every run.
const fn chance(number: u64, below: u64) -> u64 {
    number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407).rotate_right(29) % below
}

fn start(home: &Home, number: u64, script: &str) -> Child {
    let mut command = Command::new(PROGRAM);
    let set = format!("n={number}");
    command.args(["run", "acme", "--set", &set, "--", "sh", "-c", script, "sh", &number.to_string()]);
    command.env_clear().env("HOME", home.path()).env("PATH", std::env::var_os("PATH").expect("a path"));
    command.current_dir(home.work()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("started")
}

/// Kills a child so many microseconds after `since` is so, unless it has ended before.
fn kill_after(mut child: Child, since: impl Fn() -> bool, micros: u64) -> ExitStatus {
    // What its command reads ends when this function does, so that none is left behind.
    let _input = child.stdin.take();
    let (mut begin, moment) = (None, Duration::from_micros(micros));
    while begin.is_none_or(|begin: Instant| begin.elapsed() < moment) {
        if let Some(status) = child.try_wait().expect("asked") {
            return status;
        }
        if begin.is_none() && since() {
            begin = Some(Instant::now());
        }
        std::thread::yield_now();
    }
    child.kill().expect("killed");
    child.wait().expect("its end")
}

/// What one run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// It ended by itself, which it says only once that is recorded.
    Ended,
    /// It was killed while its command ran, or before.
    Killed,
    /// It was killed while it began, or its command did.
    Early,
    /// It was killed about when it would have ended.
    Raced,
}

/// Runs number `number`, which is killed if it is one of those.
fn one(home: &Home, number: u64, lasts: u64) -> Came {
    // `began` is there once the command begins.
    let begin = ": > \"began/$1\"; ";
    let waits = format!("{begin} read line");
    let times = times();
    if number >= (RUNS + EARLY) * times {
        let began = home.work().join(format!("began/{number}"));
        let status = kill_after(start(home, number, begin), || began.exists(), chance(number, lasts / 2));
        return if status.success() { Came::Ended } else { Came::Raced };
    }
    if number >= RUNS * times {
        let status = kill_after(start(home, number, &waits), || true, chance(number, lasts));
        assert_eq!(status.signal(), Some(9), "its command waits for us");
        return Came::Early;
    }
    if number * KILLED / RUNS != (number + 1) * KILLED / RUNS {
        let status = kill_after(start(home, number, &waits), || true, chance(number, lasts * 8));
        assert_eq!(status.signal(), Some(9), "its command waits for us");
        return Came::Killed;
    }
    let status = start(home, number, begin).wait().expect("its end");
    assert!(status.success(), "{status}");
    Came::Ended
}

/// The runs that have this phase in these events, each as often as it stands there.
fn of_phase(events: &[Value], phase: &str) -> BTreeMap<u64, usize> {
    let mut found = BTreeMap::new();
    for event in events.iter().filter(|event| event["phase"] == phase) {
        *found.entry(event["fields"]["n"].as_u64().expect("a number")).or_insert(0) += 1;
    }
    found
}

#[test]
fn of_a_thousand_runs_a_hundred_killed_each_has_what_it_said() {
    let server = Server::start([Answer::status(200)]);
    let home = Home::new();
    home.manifest("acme", &manifest(&server));
    enable(&home.context(), &home.tool("acme"), false).expect("a yes");
    fs::create_dir(home.work().join("began")).expect("a folder");
    let all = (RUNS + EARLY + RACING) * times();
    let begin = Instant::now();
    assert!(start(&home, all, ": > \"began/$1\"").wait().expect("its end").success());
    let lasts = u64::try_from(begin.elapsed().as_micros()).expect("short");
    let next = AtomicU64::new(0);
    let runner = || {
        let mut came = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= all {
                return came;
            }
            came.push((number, one(&home, number, lasts)));
        }
    };
    let begin = Instant::now();
    let mut came: BTreeMap<u64, Came> = std::thread::scope(|scope| {
        let runners: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(runner)).collect();
        runners.into_iter().flat_map(|runner| runner.join().expect("a runner")).collect()
    });
    came.insert(all, Came::Ended);
    let took = begin.elapsed();
    let of =
        |wanted: Came| -> BTreeSet<u64> { came.iter().filter(|(_, came)| **came == wanted).map(|(n, _)| *n).collect() };
    let (ended, killed, early, raced) = (of(Came::Ended), of(Came::Killed), of(Came::Early), of(Came::Raced));
    let many = |number: u64| usize::try_from(number * times()).expect("few");
    assert_eq!((killed.len(), early.len()), (many(KILLED), many(EARLY)));

    let queue = home.at(".acme/telemetry/queue");
    let mut events: Vec<Value> = Vec::new();
    for entry in fs::read_dir(&queue).expect("a queue") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a segment");
        events.extend(text.lines().filter_map(|line| serde_json::from_str(line).ok()));
    }
    let (started, completed) = (of_phase(&events, "started"), of_phase(&events, "completed"));
    assert!(started.values().chain(completed.values()).all(|times| *times == 1), "each once");
    let began: BTreeSet<u64> = fs::read_dir(home.work().join("began"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_str().expect("text").parse().expect("a number"))
        .collect();
    let unsaid: Vec<_> = began.iter().filter(|n| !started.contains_key(n)).collect();
    assert!(unsaid.is_empty(), "a command began and its start is not there: {unsaid:?}");
    let has = |set: &BTreeSet<u64>, map: &BTreeMap<u64, usize>| set.iter().filter(|n| map.contains_key(n)).count();
    assert_eq!((has(&ended, &started), has(&ended, &completed)), (ended.len(), ended.len()));
    assert_eq!(has(&killed, &completed) + has(&early, &completed), 0, "who was killed has no end");
    // What has no end is told, each of it once, and none of it is still at work.
    let pair = |event: &Value| event["pair"].as_str().expect("a pair").to_owned();
    let of =
        |phase: &str| -> BTreeSet<String> { events.iter().filter(|event| event["phase"] == phase).map(pair).collect() };
    let without: BTreeSet<String> = of("started").difference(&of("completed")).cloned().collect();
    let open = || {
        let status: Value =
            serde_json::from_str(&home.run(["status", "acme", "--json"]).expect(0).stdout).expect("JSON");
        let open = status["started"].as_array().expect("a list").clone();
        assert!(open.iter().all(|one| one["runs"] == false), "{open:?}");
        let pairs: BTreeSet<String> = open.iter().map(pair).collect();
        assert_eq!(pairs.len(), open.len(), "each once");
        pairs
    };
    let ends =
        |ending: &str| home.list().iter().filter(|name| name.contains("/pairs/") && name.ends_with(ending)).count();
    println!(
        "{} runs in {:.1} s, {lasts} us each alone: {} ended, {} killed ({} before their start was kept), {} killed early ({} so), \
         {} killed at their end ({} had kept it); {} began; {} started, {} completed, {} open; half-way: {} begins, {} ends",
        came.len(),
        took.as_secs_f64(),
        ended.len(),
        killed.len(),
        killed.len() - has(&killed, &started),
        early.len(),
        early.len() - has(&early, &started),
        raced.len(),
        has(&raced, &completed),
        began.len(),
        started.len(),
        completed.len(),
        without.len(),
        ends(".begins"),
        ends(".ends"),
    );
    assert!(has(&killed, &started) > 0 && !raced.is_empty(), "no kill came at a moment that means anything");
    assert!((1..early.len()).contains(&has(&early, &started)), "no kill came before a start, or none after it");
    assert_eq!(open(), without);

    // On a busy machine many of them take more than one flush its time.
    assert!((0..20).any(|_| home.run(["flush", "acme"]).status == 0), "delivered");
    let bodies =
        server.requests().into_iter().map(|request| serde_json::from_slice::<Vec<Value>>(&request.body).expect("JSON"));
    let arrived: Vec<Value> = bodies.flatten().collect();
    assert_eq!(arrived.len(), started.len() + completed.len());
    assert_eq!(
        (of_phase(&arrived, "started"), of_phase(&arrived, "completed")),
        (started, completed),
        "delivered once"
    );
    assert_eq!(open(), without, "what was open is open when the queue is empty");
}

#[test]
fn at_a_terminal_the_command_has_it_and_its_keys_reach_it_once() {
    let server = Server::start([Answer::status(200)]);
    let home = Home::new();
    home.manifest("acme", &manifest(&server));
    enable(&home.context(), &home.tool("acme"), false).expect("a yes");
    // Ctrl-C goes to the whole group. A signal that we are sent after it is passed on: had Ctrl-C been, it would have come before.
    let script = "trap 'count=$((count + 1)); kill -USR1 $PPID' INT; trap 'told=1' USR1; count=0; told=0; \
                  test -t 0 && test -t 1 && test -t 2 && echo terminal; \
                  while [ $told -eq 0 ]; do sleep 0.01; done; echo \"count $count\"; exit 7";
    // A shell that a Ctrl-C ends says nothing more.
    let run = format!("trap : INT; {PROGRAM} run acme -- sh -c '{}'; echo is $?", script.replace('\'', "'\\''"));
    let mut command = Command::new("script");
    command.args(["-qec", &run, "/dev/null"]).env_clear().env("HOME", home.path()).env("SHELL", "/bin/sh");
    command.env("PATH", std::env::var_os("PATH").expect("a path")).current_dir(home.work());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script is needed: apt-get install bsdutils");
    let (mut keys, out) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(out));
    let mut until = |wanted: &str| {
        let mut seen = Vec::new();
        for line in lines.by_ref() {
            let line = line.expect("text");
            seen.push(line.clone());
            if line.contains(wanted) {
                return line.trim().to_owned();
            }
        }
        panic!("{wanted:?} never came: {seen:?}");
    };
    until("terminal");
    std::io::Write::write_all(&mut keys, b"\x03").expect("keys");
    assert!(until("count").ends_with("count 1"));
    assert_eq!(until("is "), "is 7");
    child.wait().expect("its end");
    let events = fs::read_to_string(home.at(".acme/telemetry/queue/active.jsonl")).expect("a queue");
    assert!(events.lines().count() == 2 && events.contains("\"outcome\":\"aborted\""), "{events}");
}

#[test]
fn as_a_containers_first_process_it_says_by_its_code_what_no_signal_can_do_to_it() {
    let server = Server::start([Answer::status(200)]);
    let home = Home::new();
    home.manifest("acme", &manifest(&server));
    enable(&home.context(), &home.tool("acme"), false).expect("a yes");
    for signal in [9, 15, 11] {
        let script = format!("ulimit -c 0; kill -{signal} $$");
        let ran = home.program("unshare", ["-p", "-f", PROGRAM, "run", "acme", "--", "sh", "-c", &script]).run();
        assert_eq!(
            (ran.status, ran.stderr.as_str()),
            (128 + signal, ""),
            "unshare is needed: apt-get install util-linux"
        );
    }
}
