//! The commands that a host or a person starts, against a process that does nothing.
//!
//! Absent: what the network does meanwhile (`delay.rs`).

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use crate::rounds::{self, Case};
use crate::sandbox::home::{Home, RUN, TRACK};
use crate::sandbox::noop::noop;
use crate::sandbox::server::Server;
use crate::table;

pub(crate) const MANIFESTS: usize = 150;

pub(crate) fn process(server: &Server) {
    let plain = Home::new(server, 1);
    let noop = noop(plain.path());
    plain.telemetry(["enable", "bench"]);
    let off = Home::new(server, 1);
    off.telemetry(["disable", "bench"]);
    let silent = Home::new(server, 1);
    let many = Home::new(server, MANIFESTS);
    many.telemetry(["enable", "bench"]);
    many.track();
    // A tool that nobody touched costs less to look at than one that was used: both are shown.
    let used = Home::new(server, MANIFESTS);
    used.touch_all();
    let all_on = Home::new(server, MANIFESTS);
    all_on.enable_all();
    // Nobody accepts on one, the other's name has no address: neither may be felt by who records.
    let stalls = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let stalled = Home::at_address(&format!("http://{}/", stalls.local_addr().expect("an address")), "array", 1);
    let nowhere = Home::at_address("https://telemetry.invalid/", "array", 1);
    let track = |home: &Home| home.command(TRACK);
    for home in [&stalled, &nowhere] {
        home.telemetry(["enable", "bench"]);
    }
    let (running, not_running) = (Home::running(server), Home::running(server));
    not_running.telemetry(["disable", "bench"]);
    let run = |home: &Home| {
        let mut command = home.command(RUN);
        command.arg("--").arg(&noop);
        command
    };
    let mut by_env = Command::new("/usr/bin/env");
    by_env.env_clear().arg(&noop);
    let mut alone = Command::new(&noop);
    alone.env_clear();
    let mut again = Command::new(&noop);
    again.env_clear();
    let mut cases = [
        Case::new("no-op", alone, None),
        Case::new("no-op again: the noise", again, None),
        Case::new("track, on, to a queue", track(&plain), Some(2.0)),
        Case::new("track, off by disable", track(&off), Some(2.0)),
        Case::new("track, no answer yet", track(&silent), Some(2.0)),
        Case::new("track, destination accepts and stalls", track(&stalled), Some(2.0)),
        Case::new("track, destination has no address", track(&nowhere), Some(2.0)),
        Case::new("track, among 150 manifests", track(&many), Some(2.0)),
        Case::new("env, of the no-op", by_env, None),
        Case::new("run, on, of the no-op", run(&running), Some(4.0)),
        Case::new("run, off by disable, of the no-op", run(&not_running), Some(3.0)),
        Case::new("status, 150 manifests, 1 tool used", many.command(["status"]), Some(5.0)),
        Case::new("status, 150 manifests, all used", used.command(["status"]), Some(5.0)),
        Case::new("status, 150 manifests, all on", all_on.command(["status"]), Some(5.0)),
        Case::new("status TOOL", many.command(["status", "bench"]), None),
    ];
    rounds::run(&mut cases, Duration::from_secs(20));
    let floor = cases.first().map_or(f64::NAN, Case::median);
    table::group("process", &format!("a program that does nothing takes {:.3} ms", floor * 1e3));
    for case in cases.iter().skip(1) {
        let ratio = case.median() / floor;
        match case.goal {
            Some(most) => table::held(case.name, &table::times(ratio), &format!("<= {most:.0} x"), ratio <= most),
            None => table::shown(case.name, &table::times(ratio)),
        }
    }
}
