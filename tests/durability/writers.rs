//! Many processes that record at once, while flushes go on: no event is lost, none is torn, each arrives once.
//!
//! Sixteen processes with 500 events each; with `FULL=1` sixty-four with 10,000. Absent: kills (`kill`).

use std::collections::HashSet;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use telemetry::actions::context::Context;
use telemetry::actions::track::Recorder;
use telemetry::host::env::Env;
use telemetry::identity::names::ToolName;

use crate::sandbox::acme::{bounded, full, json, manifest, record_one};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

/// For a process of ours that records: how many events, and with which number they begin.
const SHARE: &str = "TELEMETRY_MANY_SHARE";

/// This binary again, running [`a_process_records_its_share`] alone.
fn writer(home: &Home, count: usize, number: usize) -> Child {
    let program = std::env::current_exe().expect("this binary");
    let mut command = Command::new(program);
    command.args(["durability::writers::a_process_records_its_share", "--exact"]);
    command.env_clear().env("HOME", home.path()).env(SHARE, format!("{count} {}", count * number));
    command.current_dir(home.work()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    command.spawn().expect("started")
}

fn records(context: &Context, count: usize, first: usize) {
    let tool = context.tool(&ToolName::new("acme").expect("a name")).expect("a manifest");
    let mut recorder = Recorder::new(context, &tool, None).expect("a recorder");
    for n in first..first + count {
        record_one(&mut recorder, n);
    }
}

#[test]
fn a_process_records_its_share() {
    if let Some(share) = Env::of_process().text(SHARE) {
        let (count, first) = share.split_once(' ').expect("two numbers");
        let number = |text: &str| text.parse().expect("a number");
        return records(&Context::of_process().expect("a home"), number(count), number(first));
    }
    // Run with the others, it is its own smallest case.
    let home = home("http://127.0.0.1:9/");
    assert!(writer(&home, 3, 0).wait().expect("its end").success());
    let status = json(&bounded(&home, &["status", "acme", "--json"], &[]).expect(0));
    assert_eq!(status["queue"]["waiting"], 3);
}

/// A home with a yes, whose queue holds all there is.
fn home(url: &str) -> Home {
    let home = Home::new();
    let limits = "limits: {events: 100000000, bytes: 10000000000}\n...\n";
    home.manifest("acme", &manifest(&[&format!("main: {{url: '{url}', batch: array}}")]).replace("...\n", limits));
    telemetry::actions::enable::enable(&home.context(), &home.tool("acme"), false).expect("a yes");
    home
}

/// The numbers that arrived; a body that is torn or an event that came twice is a failure.
fn arrived(server: &Server) -> HashSet<u64> {
    let mut numbers = HashSet::new();
    let mut ids = HashSet::new();
    for request in server.requests() {
        let events: Vec<serde_json::Value> = serde_json::from_slice(&request.body).expect("what arrives is whole");
        for event in events {
            assert!(ids.insert(event["id"].as_str().expect("an id").to_owned()), "twice: {event}");
            assert!(numbers.insert(event["fields"]["n"].as_u64().expect("a number")), "twice: {event}");
        }
    }
    numbers
}

#[test]
fn nothing_is_lost_between_many_writers_and_flushes() {
    let (processes, count) = if full() { (64, 10_000) } else { (16, 500) };
    let server = Server::start([Answer::status(200)]);
    let home = home(&server.url("/v1"));
    let (done, begin) = (AtomicBool::new(false), Instant::now());
    let flushes = std::thread::scope(|scope| {
        let flusher = scope.spawn(|| {
            let mut flushes = 0_usize;
            while !done.load(Ordering::Acquire) {
                let ran = home.run(["flush", "acme", "--now", "--budget", "10"]);
                assert!(matches!(ran.status, 0 | 3 | 4), "{}{}", ran.stdout, ran.stderr);
                flushes += 1;
            }
            flushes
        });
        let writers: Vec<Child> = (0..processes).map(|number| writer(&home, count, number)).collect();
        let codes: Vec<_> = writers.into_iter().map(|mut writer| writer.wait().expect("its end").code()).collect();
        done.store(true, Ordering::Release);
        assert!(codes.iter().all(|code| *code == Some(0)), "{codes:?}");
        flusher.join().expect("the flusher")
    });
    let (recorded, before) = (begin.elapsed(), server.requests().len());
    for _ in 0..100 {
        if home.run(["flush", "acme", "--now", "--budget", "60"]).status == 0 {
            break;
        }
    }
    server.wait_for(1, Duration::from_secs(5));
    let numbers = arrived(&server);
    let wanted = processes * count;
    println!(
        "{processes} processes x {count} events in {recorded:?} beside {flushes} flushes ({before} requests), {:?} in all: \
         {} arrived once, {} lost",
        begin.elapsed(),
        numbers.len(),
        wanted - numbers.len()
    );
    assert_eq!(numbers.len(), wanted, "every event arrives");
    assert!(before > 0, "flushes fell in between");
    let status = json(&bounded(&home, &["status", "acme", "--json"], &[]).expect(0));
    assert_eq!(status["queue"]["waiting"], 0);
    assert_eq!(status["queue"]["lost"].as_array().map(Vec::len), Some(0), "{}", status["queue"]);
}
