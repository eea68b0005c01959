//! Stopped at any call, with whatever locks it holds: no host waits for it longer than ten milliseconds, and nothing is lost.
//!
//! Promises: the shortest of a few waits is measured, so that a busy machine does not count. Absent: flushers and people who wait
//! for each other (`faults`).

use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use telemetry::actions::track::Recorder;

use crate::recovery::{Before, Seen, UNDER_FAULT, recover};
use crate::sandbox::acme::{record, record_one, sending_to};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};
use crate::strace::{Call, calls, start, trace};

/// Ten milliseconds for the lock, and what storing takes on a slow disk.
const BOUND: Duration = Duration::from_millis(15);
/// Longest for a process to come to its stop.
const SOON: Duration = Duration::from_secs(30);

/// A program that was started to be stopped; it goes with its test.
struct Stopped {
    strace: Child,
    program: Option<String>,
}

impl Stopped {
    /// Waits until the program has stopped itself; `false` when it ended instead.
    fn wait(&mut self, home: &Home) -> bool {
        let (begin, id) = (Instant::now(), self.strace.id());
        while begin.elapsed() < SOON {
            if fs::read_to_string(trace(home)).is_ok_and(|text| text.contains("stopped by SIGSTOP")) {
                let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
                self.program = children.split_whitespace().next().map(str::to_owned);
                return self.program.is_some();
            }
            if self.strace.try_wait().expect("asked").is_some() {
                return false;
            }
            std::thread::yield_now();
        }
        panic!("it neither stopped nor ended");
    }

    fn signal(&self, name: &str) {
        if let Some(program) = &self.program {
            Command::new("kill").args([name, program]).status().expect("kill");
        }
    }

    /// Lets it go on, to its end.
    fn go_on(mut self) -> Option<i32> {
        self.signal("-CONT");
        self.program = None;
        self.strace.wait().expect("its end").code()
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.signal("-KILL");
        self.strace.kill().ok();
        self.strace.wait().ok();
    }
}

/// Stops the program at each of its calls, records meanwhile, and gives the longest of the shortest waits.
fn sweep(what: &str, words: &[String], waiting: usize) -> (Seen, Duration) {
    let laid = || {
        let server = Server::start([Answer::status(200)]);
        let home = sending_to(&server.url("/v1"));
        let ids = record(&home, waiting);
        (server, home, ids)
    };
    let (_server, traced, _) = laid();
    let all: Vec<Call> = calls(&traced, words).into_iter().filter(Call::changes).collect();
    let (mut seen, mut longest) = (Seen::default(), Duration::ZERO);
    for call in all.iter().filter(|call| call.name != "exit_group") {
        let (server, home, mut ids) = laid();
        let mut stopped = Stopped { strace: start(&home, words, call), program: None };
        let there = stopped.wait(&home);
        let mut recorder = Recorder::new(&home.context(), &home.tool("acme"), None).expect("a recorder");
        let mut wait = |n| {
            let begin = Instant::now();
            ids.push(record_one(&mut recorder, n));
            begin.elapsed()
        };
        let shortest = (0..5).map(&mut wait).min().unwrap_or_default();
        longest = longest.max(shortest);
        let name = format!("{what}, stopped at {}", call.words());
        let code = stopped.go_on();
        let under_fault = words[0] == "track" && code == Some(0);
        let before = Before { acknowledged: ids, under_fault, ..Before::default() };
        let mut one = recover(&home, &server, &before, &name);
        if shortest > BOUND {
            one.wrong.push(format!("{name}: recording took {shortest:?}"));
        }
        if code != Some(0) {
            one.wrong.push(format!("{name}: it ended with {code:?}"));
        }
        seen = seen.add(Seen { unreached: usize::from(!there), ..one });
    }
    (seen, longest)
}

#[test]
fn a_stopped_process_delays_no_host() {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let held = Duration::from_millis(10);
    let (seen, longest) = sweep("a track", &words(&format!("track acme run n={UNDER_FAULT}")), 1);
    seen.tell("a stopped track");
    assert!(longest >= held, "it was stopped while it held the lock, and that was felt: {longest:?}");
    let (seen, longest) = sweep("a flush", &words("flush acme --now"), 2);
    seen.tell("a stopped flush");
    assert!(longest >= held, "it was stopped while it held the lock, and that was felt: {longest:?}");
}
