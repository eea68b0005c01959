//! While telemetry is off, no command makes a network socket or looks a name up, also with events waiting.
//!
//! Promises: every command stands in the table, every way of being off beside it, and a flush that is on shows that all this is seen.

use std::fs;
use std::path::Path;

use telemetry::cli::commands::COMMANDS;

use crate::sandbox::home::{Home, Run};
use crate::sandbox::server::{Answer, Server};
use crate::{PROGRAM, manifest, need_strace};

/// Every invocation that says something about the tool, by its command; the arguments after the command's own word.
const INVOCATIONS: &[(&str, &[&[&str]])] = &[
    ("status", &[&[], &["acme"], &["acme", "--explain", "--json"]]),
    ("disable", &[&["acme"], &[], &["acme", "--project"]]),
    ("enable", &[&["--json"], &["acme"], &["acme", "--local"]]),
    ("show-payload", &[&["acme"], &["acme", "--raw", "--destination", "main"], &["acme", "--json"]]),
    ("log", &[&["acme", "--verify"]]),
    ("export", &[&[], &["acme"], &["acme", "--output", "out.json"]]),
    ("forget", &[&["acme", "--dry-run"], &["acme", "--status"]]),
    ("id", &[&["acme"], &["acme", "renew"], &["acme", "--provide", "a@b.example", "--yes"], &["acme", "--withdraw"]]),
    ("list", &[&[]]),
    ("track", &[&["acme", "command", "name=build"], &["acme", "command", "name=nothing"]]),
    ("run", &[&["acme", "--event", "job", "--", "true"], &["acme", "--", "true"]]),
    ("flush", &[&["acme"], &["acme", "--now"], &["acme", "--dry-run"]]),
    ("init", &[&["acme", "--dry-run"], &["acme", "--timer"]]),
    ("manifest", &[&["check", "../.config/telemetry/tools/acme.yml"]]),
    ("undo", &[&["--list"], &["acme"]]),
    ("doctor", &[&["--pseudonym", "ada", "--salt-variable", "HOME"]]),
    ("tour", &[&[]]),
    ("completions", &[&["bash"]]),
    ("man", &[&["status"]]),
];

/// Every way of being off: a file that is written behind the program's back, so that the events still wait, or a variable.
const OFF: &[(&str, Off)] = &[
    ("marker", Off::File(".acme/telemetry/no", "no\n")),
    ("no for all", Off::File(".telemetry/no", "no\n")),
    ("profile", Off::File(".acme/profile.yml", "anonymous_tracking: false\n")),
    ("broken profile", Off::File(".acme/profile.yml", "anonymous_tr")),
    ("project", Off::File("work/.acme/config.yml", "telemetry: {id: ''}\n")),
    ("agreement", Off::File(".acme/telemetry/agreement.json", "{")),
    ("DO_NOT_TRACK", Off::Variable("DO_NOT_TRACK", "1")),
    ("its own variable", Off::Variable("ACME_TELEMETRY", "0")),
    ("CI", Off::Variable("CI", "true")),
];

#[derive(Clone, Copy)]
enum Off {
    File(&'static str, &'static str),
    Variable(&'static str, &'static str),
}

/// What a run did towards the network: sockets of any kind, names and addresses on the wire, and the files that a look-up reads.
fn network(home: &Home, words: &[&str], vary: impl FnOnce(Run) -> Run) -> Vec<String> {
    traced(home, "strace", &[], words, vary)
}

/// The same, where `program` with what stands `before` it starts the tracer.
fn traced(home: &Home, program: &str, before: &[&str], words: &[&str], vary: impl FnOnce(Run) -> Run) -> Vec<String> {
    let trace = home.at("trace");
    let output = trace.display().to_string();
    let strace = ["-f", "-qq", "-e", "trace=network,open,openat", "-o", &output, PROGRAM];
    vary(home.program(program, before.iter().chain(&strace).chain(words))).run();
    let text = fs::read_to_string(&trace).expect("a trace");
    // Inputs of `std` to its own children go through a pair of sockets that has no name: `socketpair`, not `socket`.
    let signs = ["socket(", "connect(", "AF_INET", "nscd", "resolve", "sin_port", "sendto(", "sendmsg("];
    let names = ["/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/hosts", "/etc/gai.conf"];
    // Who passes signals on wakes a thread of its own by the same pair: nothing that is sent without an address leaves the machine
    // unless there was a `connect`.
    let wakes = |line: &str| line.contains("sendto(") && line.contains("\"X\", 1, MSG_DONTWAIT, NULL, 0)");
    let tells = |line: &&str| !wakes(line) && signs.iter().chain(&names).any(|sign| line.contains(sign));
    text.lines().filter(tells).map(str::to_owned).collect()
}

/// A home in which events wait, one payload sealed among them, and telemetry is on.
fn waiting(server: &Server) -> Home {
    let home = Home::new();
    let text = manifest(server).replace("  away: {url: 'https://telemetry.acme.example/v1'}\n", "");
    let switches = "switches:\n  environment:\n    - {name: ACME_TELEMETRY, on: ['1'], off: ['0']}\nevents:\n  \
                    job: {description: A job, purpose: product-improvement, lifecycle: true, outcome: {\
                    outcome: {type: enum, values: [completed, failed, aborted], description: How}, \
                    duration: {type: duration, description: How long}}}";
    home.manifest("acme", &text.replacen("events:", switches, 1));
    home.write("work/.acme/config.yml", "telemetry: {id: xyz123}\n");
    home.run(["enable", "acme"]).expect(0);
    home.run(["track", "acme", "command", "name=build"]).expect(0);
    home.run(["show-payload", "acme"]).expect(0);
    home.run(["track", "acme", "command", "name=build"]).expect(0);
    home
}

#[test]
fn the_baseline_is_seen() {
    need_strace();
    let server = Server::start([Answer::status(200)]);
    let home = waiting(&server);
    let seen = network(&home, &["flush", "acme"], |run| run);
    assert!(seen.iter().any(|line| line.contains("socket(AF_INET")), "a flush that is on is seen: {seen:?}");
    assert!(!server.requests().is_empty());
    // A name that is nobody's, asked for where there is no network at all.
    let home = waiting(&server);
    let text = manifest(&server).replace("  main: {url: '", "  main: {url: 'https://telemetry.acme.example/v1'} # ");
    home.manifest("acme", &text.replace("  away: {url: 'https://telemetry.acme.example/v1'}\n", ""));
    home.run(["enable", "acme"]).expect(0);
    home.run(["track", "acme", "command", "name=build"]).expect(0);
    let seen = traced(&home, "unshare", &["-n", "strace"], &["flush", "acme", "--budget", "5"], |run| run);
    for name in ["/etc/resolv.conf", "/etc/hosts"] {
        assert!(seen.iter().any(|line| line.contains(name)), "a look-up is seen: {seen:?}");
    }
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
            for (what, off) in OFF {
                let home = waiting(&server);
                let seen = network(&home, &words, |run| match off {
                    Off::Variable(name, value) => run.env(name, value),
                    Off::File(path, text) => {
                        let path = home.at(path);
                        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("folders");
                        fs::write(path, text).expect("a no");
                        run
                    }
                });
                assert!(seen.is_empty(), "{words:?}, off by {what}: {seen:#?}");
            }
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn recording_and_showing_make_no_socket_when_on() {
    need_strace();
    let server = Server::start([Answer::status(200)]);
    let home = waiting(&server);
    for words in [
        &["track", "acme", "command", "name=build"][..],
        &["run", "acme", "--event", "job", "--", "true"],
        &["show-payload", "acme"],
        &["status", "acme"],
        &["log", "acme"],
    ] {
        let seen = network(&home, words, |run| run);
        assert!(seen.is_empty(), "{words:?}: {seen:#?}");
    }
    let status = home.run(["status", "acme", "--json"]).expect(0).stdout;
    assert!(status.contains("\"waiting\": 5") || status.contains("\"waiting\":5"), "the job among them: {status}");
}
