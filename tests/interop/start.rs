//! A flush is started only when it is due, telemetry is on and something may be sent: seen from outside, by the programs executed.

use std::fs;

use crate::need_strace;
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

/// How many flushes of their own one `track` starts.
fn started(home: &Home, variables: &[(&str, &str)]) -> usize {
    let trace = home.at("trace");
    let output = trace.display().to_string();
    let strace = ["-f", "-qq", "-e", "trace=execve", "-o", &output, crate::PROGRAM, "track", "acme", "command"];
    let mut run = home.program("strace", strace);
    for (name, value) in variables {
        run = run.env(name, value);
    }
    run.run().expect(0);
    let text = fs::read_to_string(&trace).expect("a trace");
    text.lines().filter(|line| line.contains("execve(") && line.contains("\"--detached\"")).count()
}

/// A home in which telemetry is on, with one event that waits and this schedule.
fn home(server: &Server, schedule: &str) -> Home {
    let home = Home::new();
    let text = crate::manifest(server).replace("  away: {url: 'https://telemetry.acme.example/v1'}\n", "");
    home.manifest("acme", &format!("{text}schedule: {schedule}\n"));
    home.run(["enable", "acme"]).expect(0);
    // Recorded long ago: only the schedule stands against sending it.
    home.write(".acme/telemetry/schedule.json", "{\"version\":2}");
    home.run(["track", "acme", "command"]).expect(0);
    fs::remove_file(home.at(".acme/telemetry/schedule.json")).expect("removed");
    home
}

#[test]
fn only_what_is_due_is_started() {
    need_strace();
    let server = Server::start([Answer::status(200)]);
    let due = "{interval: 0s}";
    type Change = fn(&Home);
    let nothing: Change = |_| {};
    let trouble: Change = |home| {
        home.write(
            ".acme/telemetry/backoff/main.json",
            format!(
                "{{\"version\":1,\"not_before_ms\":{},\"attempts\":1,\"why\":\"503\"}}",
                telemetry::host::clock::Clock::System.now().ms() + 3_600_000
            ),
        );
    };
    let local: Change = |home| {
        home.run(["disable", "acme"]).expect(0);
        home.run(["enable", "acme", "--local"]).expect(0);
    };
    let marker: Change = |home| {
        home.write(".acme/telemetry/no", "no\n");
    };
    let all: Change = |home| {
        home.write(".telemetry/no", "no\n");
    };
    let profile: Change = |home| {
        home.write(".acme/profile.yml", "anonymous_tracking: false\n");
    };
    let off: &[(&str, &str)] = &[("DO_NOT_TRACK", "1")];
    for (name, schedule, change, variables, wanted) in [
        ("the baseline", due, nothing, &[][..], 1),
        ("enough events", "{interval: 0s, events: 2}", nothing, &[], 1),
        ("too few events", "{interval: 0s, events: 3}", nothing, &[], 0),
        ("not due", "{interval: 1h}", nothing, &[], 0),
        ("never", "{interval: never}", nothing, &[], 0),
        ("every destination in trouble", due, trouble, &[], 0),
        ("kept local", due, local, &[], 0),
        ("off by a variable", due, nothing, off, 0),
        ("off by the marker", due, marker, &[], 0),
        ("off for all", due, all, &[], 0),
        ("off by the profile", due, profile, &[], 0),
    ] {
        let home = home(&server, schedule);
        change(&home);
        assert_eq!(started(&home, variables), wanted, "{name}");
    }
    assert_eq!(server.requests().len(), 2, "the two that were started");
}
