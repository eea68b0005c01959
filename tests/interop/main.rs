//! While telemetry is off, no command makes a network socket or looks a name up: seen from outside, under `strace`.
//!
//! Run by `.ci/interop`, which installs strace; where it is missing this fails, it is never skipped.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../sandbox/home.rs"]
#[expect(dead_code, reason = "shared with the other tests, which use the rest")]
mod home;
mod instructions;
#[path = "../sandbox/server.rs"]
#[expect(dead_code, reason = "shared with the other tests, which use the rest")]
mod server;
mod start;
mod timer;
/// The benches' homes and server.
#[path = "../../benches/sandbox"]
mod sandbox {
    #[expect(dead_code, reason = "shared with the benches, which use the rest")]
    pub(crate) mod home;
    pub(crate) mod noop;
    #[expect(dead_code, reason = "shared with the benches, which use the rest")]
    pub(crate) mod server;
}

use std::fs;
use std::path::Path;

use home::Home;
use server::{Answer, Server};
use telemetry::cli::commands::COMMANDS;

const PROGRAM: &str = env!("CARGO_BIN_EXE_telemetry");

fn manifest(server: &Server) -> String {
    format!(
        "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nevents:\n  command:\n    description: A command\n    \
         purpose: product-improvement\n    fields:\n      name: {{type: enum, values: [build], description: Which}}\n    \
         example: {{name: build}}\ndestinations:\n  main: {{url: '{}'}}\n  away: {{url: 'https://telemetry.acme.example/v1'}}\n\
         deletion:\n  - endpoint: {}\n",
        server.url("/events"),
        server.url("/deletion"),
    )
}

/// Every invocation that says something about the tool, by its command; the arguments after the command's own word.
const INVOCATIONS: &[(&str, &[&[&str]])] = &[
    ("status", &[&[], &["acme"], &["acme", "--explain", "--json"]]),
    ("disable", &[&["acme"], &[]]),
    ("enable", &[&["--json"]]),
    ("show-payload", &[&["acme"], &["acme", "--raw", "--destination", "main"], &["acme", "--json"]]),
    ("log", &[&["acme", "--verify"]]),
    ("export", &[&[], &["acme"], &["acme", "--output", "out.json"]]),
    ("forget", &[&["acme", "--dry-run"]]),
    ("id", &[&["acme"], &["acme", "renew"], &["acme", "--provide", "a@b.example", "--yes"], &["acme", "--withdraw"]]),
    ("list", &[&[]]),
    ("track", &[&["acme", "command", "name=build"], &["acme", "command", "name=nothing"]]),
    ("flush", &[&["acme"], &["acme", "--now"], &["acme", "--dry-run"]]),
    ("init", &[&["acme", "--dry-run"]]),
    ("manifest", &[&["check", ".config/telemetry/tools/acme.yml"]]),
    ("tour", &[&[]]),
    ("completions", &[&["bash"]]),
    ("man", &[&["status"]]),
];

/// What a run did on the network: sockets of IPv4 and IPv6, and whatever asks for a name.
fn network(home: &Home, words: &[&str], variables: &[(&str, &str)]) -> Vec<String> {
    let trace = home.at("trace");
    let output = trace.display().to_string();
    let strace = ["-f", "-qq", "-e", "trace=network", "-o", &output, PROGRAM];
    let mut run = home.program("strace", strace.iter().copied().chain(words.iter().copied())).directory(home.path());
    for (name, value) in variables {
        run = run.env(name, value);
    }
    run.run();
    let text = fs::read_to_string(&trace).expect("a trace");
    let signs = ["AF_INET", "nscd", "resolve", "sin_port", "sendto(", "sendmsg("];
    text.lines().filter(|line| signs.iter().any(|sign| line.contains(sign))).map(str::to_owned).collect()
}

/// A home in which events wait, one payload sealed among them, and telemetry is on.
fn waiting(server: &Server) -> Home {
    let home = Home::new();
    home.manifest("acme", &manifest(server));
    home.run(["enable", "acme"]).expect(0);
    home.run(["track", "acme", "command", "name=build"]).expect(0);
    home.run(["show-payload", "acme"]).expect(0);
    home.run(["track", "acme", "command", "name=build"]).expect(0);
    home
}

fn need_strace() {
    let found = std::process::Command::new("strace").arg("-V").output();
    assert!(found.is_ok_and(|output| output.status.success()), "strace is needed: apt-get install strace");
}

#[test]
fn the_baseline_is_seen() {
    need_strace();
    let server = Server::start([Answer::status(200)]);
    let home = waiting(&server);
    let seen = network(&home, &["flush", "acme"], &[]);
    assert!(seen.iter().any(|line| line.contains("socket(AF_INET")), "a flush that is on is seen: {seen:?}");
    assert!(!server.requests().is_empty());
}

#[test]
fn off_makes_no_socket_and_asks_for_no_name_in_any_command() {
    need_strace();
    let listed: Vec<&str> = INVOCATIONS.iter().map(|(command, _)| *command).collect();
    assert!(COMMANDS.iter().all(|entry| listed.contains(&entry.name)), "every command stands in the table");
    let server = Server::start([Answer::status(200)]);
    for (command, invocations) in INVOCATIONS {
        for arguments in *invocations {
            let words: Vec<&str> = std::iter::once(*command).chain(arguments.iter().copied()).collect();
            for off in ["marker", "variable", "all"] {
                let home = waiting(&server);
                turn_off(&home, off);
                let variables: &[_] = if off == "variable" { &[("DO_NOT_TRACK", "1")] } else { &[] };
                let seen = network(&home, &words, variables);
                assert!(seen.is_empty(), "{words:?}, off by {off}: {seen:#?}");
            }
        }
    }
    assert!(server.requests().is_empty());
}

/// Turned off behind the program's back, so that the events still wait.
fn turn_off(home: &Home, off: &str) {
    let write = |path: &Path| {
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, "no\n").expect("a no");
    };
    match off {
        "marker" => write(&home.at(".acme/telemetry/no")),
        "all" => write(&home.at(".telemetry/no")),
        _ => {}
    }
}

#[test]
fn recording_and_showing_make_no_socket_when_on() {
    need_strace();
    let server = Server::start([Answer::status(200)]);
    let home = waiting(&server);
    for words in [
        &["track", "acme", "command", "name=build"][..],
        &["show-payload", "acme"],
        &["status", "acme"],
        &["log", "acme"],
        &["export"],
    ] {
        let seen = network(&home, words, &[]);
        assert!(seen.is_empty(), "{words:?}: {seen:#?}");
    }
}
