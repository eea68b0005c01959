//! What a peer is asked to do: `PEER record|deliver|leave|hold|resume ADDRESS EVENTS FOLDER`, with its answer as one line of numbers.
//!
//! Promises: the address is the only one that a peer is given, and it is given before the peer starts. Absent: any setting that a
//! peer's own example would not have, but for what keeps it on loopback.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A library that records events and delivers them.
pub trait Peer {
    /// How many events may wait in it: more are dropped, so that what it has is delivered first.
    const ROOM: u64;

    fn open(address: &str, folder: &Path) -> Self;

    /// Records one event of three fields. `mark` is in it, to be counted where it arrives.
    fn record(&mut self, mark: &str);

    /// Delivers what waits, and waits for the answer.
    fn deliver(&mut self);

    fn close(self);
}

/// A peer whose events cost milliseconds is not waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(5);

/// Does what the arguments say.
pub fn run<P: Peer>() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [verb, address, events, folder] = arguments.as_slice() else { panic!("{arguments:?}") };
    assert!(address.starts_with("http://127.0.0.1:"), "{address}: not on loopback");
    let (events, folder): (u64, _) = (events.parse().expect("a number"), PathBuf::from(folder));
    let mut peer = P::open(address, &folder);
    match verb.as_str() {
        "record" => {
            let mut times = record(&mut peer, events);
            times.sort_by(f64::total_cmp);
            say(&format!("{} {} {}", times.len(), at(&times, 50), at(&times, 99)));
            // What it does with the rest is not measured.
            std::process::exit(0);
        }
        "deliver" => {
            let (start, mut recorded) = (Instant::now(), 0);
            while recorded < events && start.elapsed() < PATIENCE {
                for _ in 0..P::ROOM.min(events - recorded) {
                    peer.record(&mark(recorded));
                    recorded += 1;
                    if start.elapsed() > PATIENCE {
                        break;
                    }
                }
                peer.deliver();
            }
            peer.close();
            say(&format!("{recorded} {}", start.elapsed().as_secs_f64()));
        }
        "hold" => {
            for number in 0..events {
                peer.record(&mark(number));
            }
            say("held");
            // Until it is killed.
            std::io::stdin().read_to_end(&mut Vec::new()).expect("standard input");
        }
        "leave" => {
            for number in 0..events {
                peer.record(&mark(number));
            }
            peer.close();
        }
        "resume" => {
            peer.deliver();
            peer.close();
            say("resumed");
        }
        other => panic!("{other}"),
    }
}

fn record<P: Peer>(peer: &mut P, events: u64) -> Vec<f64> {
    let begin = Instant::now();
    let mut times = Vec::new();
    for number in 0..events {
        let mark = mark(number);
        let start = Instant::now();
        peer.record(&mark);
        times.push(start.elapsed().as_secs_f64() * 1e6);
        if begin.elapsed() > PATIENCE {
            break;
        }
    }
    times
}

fn mark(number: u64) -> String {
    format!("mark-{number}-")
}

fn at(sorted: &[f64], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or(f64::NAN)
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("standard output");
}
