//! A command that runs in our place: signals, streams and what it leaves behind, as this binary runs it again in a process of its own.
//!
//! Absent: keys at a terminal, which signal the whole group.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use telemetry::host::children::{Order, Output};
use telemetry::host::env::Env;

/// For a process of ours that runs a command: the script.
const SCRIPT: &str = "TELEMETRY_CHILDREN_SCRIPT";
/// How long is waited for what should be there at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// This binary again, running [`a_process_runs_a_command`] alone, below a shell that prepares it.
fn runner(script: &str, before: &str) -> Child {
    let program = std::env::current_exe().expect("this binary");
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before} exec \"$0\" children::a_process_runs_a_command --exact --nocapture")]);
    command.arg(program).env(SCRIPT, script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("started")
}

/// Reads its lines up to and with the one that says `wanted`.
fn until(reader: &mut impl BufRead, wanted: &str) -> Vec<String> {
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line: &String| !line.contains(wanted)) {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).expect("text") > 0, "it ended: {lines:?}");
        lines.push(line.trim_end().to_owned());
    }
    lines
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("sent");
}

#[test]
fn a_process_runs_a_command() {
    let env = Env::of_process();
    let Some(script) = env.text(SCRIPT) else {
        // Run with the others, it is its own smallest case.
        let mut child = runner("exit 5", "");
        let mut said = String::new();
        child.stdout.take().expect("a pipe").read_to_string(&mut said).expect("text");
        assert!(said.contains("ended 5 left false signal None"), "{said}");
        assert!(child.wait().expect("its end").success());
        return;
    };
    let order = Order::new("sh", ["-c", script]).output(Output::ToError).gathering().with("OURS", "yes");
    let running = order.start().expect("sh");
    let ended = running.wait().expect("its end");
    let start = Instant::now();
    let first = running.left();
    while running.signal().is_some() && running.left() && start.elapsed() < PATIENCE {
        std::thread::park_timeout(Duration::from_millis(1));
    }
    println!("ended {} left {} signal {:?} first {first}", ended.code(), running.left(), running.signal());
}

#[test]
fn signals_reach_the_command_and_we_outlive_it() {
    for (name, sent, code) in
        [("TERM", Signal::TERM, 33), ("INT", Signal::INT, 33), ("HUP", Signal::HUP, 33), ("USR1", Signal::USR1, 33)]
    {
        let mut child = runner(&format!("trap 'echo got; exit {code}' {name}; sleep 60 & echo ready; wait"), "");
        let mut errors = BufReader::new(child.stderr.take().expect("a pipe"));
        until(&mut errors, "ready");
        signal(&child, sent);
        until(&mut errors, "got");
        let mut said = String::new();
        child.stdout.take().expect("a pipe").read_to_string(&mut said).expect("text");
        // The sleep was left behind and was told to end.
        assert!(said.contains(&format!("ended {code} left false signal Some")), "{name}: {said}");
        assert!(child.wait().expect("its end").success());
    }
}

#[test]
fn a_command_that_dies_of_a_signal_is_told_by_its_number() {
    let mut child = runner("echo ready; exec sleep 60", "");
    until(&mut BufReader::new(child.stderr.take().expect("a pipe")), "ready");
    signal(&child, Signal::TERM);
    let mut said = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert!(said.contains("ended 143 left false signal Some(15)"), "{said}");
    child.wait().expect("its end");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_ignored_stays_ignored_and_what_is_left_is_known() {
    let mut child = runner("kill -HUP $PPID; kill -HUP $$; echo \"alive $OURS\"; sleep 0.2 &", "trap '' HUP;");
    let mut errors = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("text");
    assert_eq!(errors.trim(), "alive yes");
    let mut said = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert!(said.contains("ended 0 left true signal None first true"), "{said}");
    child.wait().expect("its end");
}
