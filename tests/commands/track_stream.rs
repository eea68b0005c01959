//! `telemetry track TOOL --lines` with an input that stays open: what is on disk by when, what a no does meanwhile, what it costs.
//!
//! Promises: a line is known to be read by what is said of the refused one after it, never by waiting. Absent: lines by themselves
//! (`track_lines`).

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::commands::given::{Acme, EVENTS, document};
use crate::commands::track_lines::{GOOD, LINES, stored};
use crate::sandbox::acme::within;
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

/// A stream that stays open.
struct Open {
    child: Child,
    stdin: ChildStdin,
    stderr: BufReader<ChildStderr>,
}

impl Open {
    fn new(home: &Home, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
        command.args(arguments).env_clear().current_dir(home.work()).env("HOME", home.path());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let stdin = child.stdin.take().expect("a pipe");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        Self { child, stdin, stderr }
    }

    fn write(&mut self, text: &str) {
        writeln!(self.stdin, "{text}").expect("written");
    }

    /// Waits until all that was written is read: by a line that is refused, and what is said of it.
    fn settle(&mut self) -> String {
        self.write("refuse me");
        let mut said = String::new();
        self.stderr.read_line(&mut said).expect("said");
        assert!(said.ends_with(": it is not a JSON object\n"), "{said}");
        said
    }

    fn end(self) -> i32 {
        drop(self.stdin);
        let mut child = self.child;
        child.wait().expect("its end").code().expect("a code")
    }
}

#[test]
fn a_line_is_on_disk_before_the_next_is_read() {
    let acme = Acme::on();
    let mut open = Open::new(&acme.home, &LINES);
    for number in 1..=3 {
        open.write(GOOD);
        assert!(open.settle().starts_with(&format!("error: line {}:", number * 2)));
        assert_eq!(stored(&acme.home).len(), number);
    }
    open.child.kill().expect("killed");
    open.child.wait().expect("its end");
    assert_eq!(stored(&acme.home).len(), 3, "what was read survives a kill");
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(acme.received().len(), 1);
}

#[test]
fn a_no_counts_for_the_next_line_and_a_yes_too() {
    let acme = Acme::on();
    let mut open = Open::new(&acme.home, &LINES);
    open.write(GOOD);
    open.settle();
    assert_eq!(stored(&acme.home).len(), 1);
    acme.run(["disable", "acme"]).expect(0);
    open.write(GOOD);
    open.write(r#"{"event":"job","phase":"started","pair":"a"}"#);
    open.settle();
    assert_eq!(stored(&acme.home), [Value::Null; 0]);
    acme.run(["enable", "acme"]).expect(0);
    open.write(r#"{"event":"job","phase":"completed","pair":"a","fields":{"result":"ok"}}"#);
    open.write(GOOD);
    open.settle();
    let events: Vec<Value> = stored(&acme.home).into_iter().map(|event| event["event"].clone()).collect();
    assert_eq!(events, ["command"], "what started while it was off is not told when it completes");
    // What started before a no goes with it, and its completion is nobody's mistake.
    open.write(r#"{"event":"job","phase":"started","pair":"b"}"#);
    open.settle();
    assert_eq!(stored(&acme.home).len(), 2);
    acme.run(["disable", "acme"]).expect(0);
    acme.run(["enable", "acme"]).expect(0);
    open.write(r#"{"event":"job","phase":"completed","pair":"b","fields":{"result":"ok"}}"#);
    assert!(open.settle().starts_with("error: line 12:"), "nothing was said of line 11");
    assert_eq!(stored(&acme.home), [Value::Null; 0]);
    assert_eq!(open.end(), 4);
}

/// The most memory that a process held, KiB.
#[cfg(target_os = "linux")]
fn most_memory(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("its state");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a number");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_lines_take_the_memory_of_ten() {
    let server = Server::start([Answer::status(200)]);
    let home = Home::new();
    let destination =
        format!("destinations:\n  web: {{url: '{}'}}\nschedule: {{interval: never}}\n", server.url("/events"));
    home.manifest("acme", &format!("{EVENTS}{destination}"));
    home.run(["enable", "acme"]).expect(0);
    let mut open = Open::new(&home, &LINES);
    for _ in 0..10 {
        open.write(GOOD);
    }
    open.settle();
    let before = most_memory(&open.child);
    let input = format!("{GOOD}\n").repeat(10_000);
    within(Duration::from_secs(60), || {
        open.stdin.write_all(input.as_bytes()).expect("written");
        // A line without an end is not kept, either.
        let long = vec![b'x'; 1 << 20];
        for _ in 0..32 {
            open.stdin.write_all(&long).expect("written");
        }
        open.write("");
        let mut said = String::new();
        open.stderr.read_line(&mut said).expect("said");
        assert_eq!(said, "error: line 10012: it is longer than 262144 bytes\n");
    });
    let after = most_memory(&open.child);
    assert!(after < before + 4096, "{before} KiB, then {after} KiB");
    assert_eq!(open.end(), 4);
    let status = document(&home.run(["status", "acme", "--json"]).expect(0), "tool-status");
    assert_eq!(status["queue"]["waiting"], 10_010);
}

#[test]
fn who_writes_is_never_cut_off() {
    let acme = Acme::on();
    let input = format!("{GOOD}\n").repeat(20_000);
    for (arguments, home) in [
        (&["track", "nobody", "--lines"][..], None),
        (&["track", "nobody", "--lines", "--best-effort"], None),
        (&["track", "acme", "--lines", "--no-such-option", "--best-effort"], None),
        (&["track", "acme", "--lines", "--tool-version", "newest"], None),
        (&["track", "acme", "--lines"], Some("relative")),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
        command.args(arguments).env_clear().current_dir(acme.home.work()).env("HOME", acme.home.path());
        home.map(|home| command.env("HOME", home));
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
        drop(stdin);
        child.wait().expect("its end");
    }
    assert_eq!(stored(&acme.home), [Value::Null; 0]);
}

#[test]
fn a_stream_starts_the_flush_that_is_due() {
    let server = Server::start([Answer::status(200)]);
    let home = Home::new();
    let destination =
        format!("destinations:\n  web: {{url: '{}'}}\nschedule: {{interval: 0s}}\n", server.url("/events"));
    home.manifest("acme", &format!("{EVENTS}{destination}"));
    home.run(["enable", "acme"]).expect(0);
    let mut open = Open::new(&home, &LINES);
    open.write(GOOD);
    assert_eq!(server.wait_for(1, Duration::from_secs(20)).len(), 1, "while the stream is open");
    open.settle();
    assert_eq!(open.end(), 4);
}
