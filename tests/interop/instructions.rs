//! The price of the program that users run, in instructions (callgrind) and system calls (strace), as ratios to a process that does
//! nothing, counted in the same run: clocks are noise, counts are not.
//!
//! Callgrind sees our own side of the kernel's door only, strace the calls through it: a price that is moved from one to the other
//! is seen by one of them. What a disk or a page fault costs is in neither; `cargo bench` measures that.
//!
//! Run by `.ci/interop`, which installs both and the release; where one is missing this fails, it is never skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::bench::home::{Home, RUN, TRACK};
use crate::bench::noop::noop;
use crate::bench::server::Server;

/// What `.ci/interop` installs.
const INSTALLED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/installed/bin/telemetry");
const MANIFESTS: usize = 150;

/// Most that a case may cost: instructions as a multiple of the no-op's, and system calls beyond the no-op's. Each is some
/// three hundredths above what it was when it was written down: another machine's paths and variables cost up to half of one. Who lowers the
/// price lowers them.
struct Most {
    times: f64,
    calls: usize,
}

struct Counted {
    instructions: f64,
    calls: usize,
}

/// A command of `home`, in the environment that the benches give it.
fn under(tool: &str, options: &[&str], home: &Path, program: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(tool);
    command.args(options).arg(program).args(arguments);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", home);
    let output = command.current_dir(home.join("work")).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{tool} is needed: {error}"));
    // 127: the command that a run was given is nowhere.
    assert!(matches!(output.status.code(), Some(0 | 127)), "{tool} {arguments:?}: {output:?}");
    output
}

fn count(home: &Path, program: &Path, arguments: &[&str]) -> Counted {
    let calls = calls(home, program, arguments);
    let options = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let output = under("valgrind", &options, home, program, arguments);
    let said = String::from_utf8(output.stderr).expect("text");
    let collected = said.lines().find_map(|line| line.split_once("Collected : ")).expect("a count").1;
    Counted { instructions: collected.trim().parse().expect("a number"), calls }
}

/// How many system calls a program and its children make.
fn calls(home: &Path, program: &Path, arguments: &[&str]) -> usize {
    let trace = home.join("trace");
    under("strace", &["-f", "-qq", "-o", trace.to_str().expect("text")], home, program, arguments);
    let lines = fs::read_to_string(&trace).expect("a trace");
    // A call that another thread's interrupts stands on two lines.
    lines.lines().filter(|line| !line.contains(" resumed>") && !line.contains(" --- ")).count()
}

/// The program that users run.
fn installed() -> PathBuf {
    let program = PathBuf::from(INSTALLED);
    assert!(program.exists(), "{INSTALLED} is needed: .ci/interop installs it");
    program
}

#[test]
fn the_price_does_not_creep_up() {
    let (server, telemetry) = (Server::start(), installed());
    let home = |manifests| Home::new(&server, manifests);
    let (on, off, silent) = (home(1), home(1), home(1));
    on.telemetry(["enable", "bench"]);
    off.telemetry(["disable", "bench"]);
    let (one, used, all) = (home(MANIFESTS), home(MANIFESTS), home(MANIFESTS));
    one.telemetry(["enable", "bench"]);
    used.touch_all();
    all.enable_all();
    // The first event makes the queue and begins the schedule.
    for home in [&on, &one] {
        home.track();
    }
    let nothing = noop(on.path());
    let nothing_words = nothing.to_str().expect("text");
    let run: Vec<&str> = RUN.into_iter().chain(["--", nothing_words]).collect();
    let nowhere: Vec<&str> = RUN.into_iter().chain(["--", "/nowhere"]).collect();
    let (running, not_running) = (Home::running(&server), Home::running(&server));
    running.telemetry(["run", "bench", "--event", "run", "--", "true"]);
    not_running.telemetry(["disable", "bench"]);
    let floor = count(on.path(), &nothing, &[]);
    let status: &[&str] = &["status"];
    // Seven calls and a twentieth of the instructions of a start are the loader's: SQLite brings libm. An overview parses the manifests
    // of the four programs that are built in, to see whether they are here.
    // A run's calls are its command's as well, the no-op's, and a hundred by which the C library starts a process. Where a run is off its
    // command takes our place, and callgrind's count goes with that: it is counted up to a command that is nowhere.
    let cases: [(&str, &Home, &[&str], Most); 9] = [
        ("track, on", &on, &TRACK, Most { times: 4.2, calls: 75 }),
        ("track, off", &off, &TRACK, Most { times: 3.9, calls: 57 }),
        ("track, no answer yet", &silent, &TRACK, Most { times: 3.9, calls: 57 }),
        ("track among 150 manifests", &one, &TRACK, Most { times: 4.2, calls: 75 }),
        ("run, on", &running, &run, Most { times: 4.9, calls: 370 }),
        ("run, off, up to its command", &not_running, &nowhere, Most { times: 4.3, calls: 63 }),
        ("status, 150 manifests, 1 used", &one, status, Most { times: 62.0, calls: 970 }),
        ("status, 150 manifests, all used", &used, status, Most { times: 181.0, calls: 2800 }),
        ("status, 150 manifests, all on", &all, status, Most { times: 208.0, calls: 3420 }),
    ];
    let mut over = Vec::new();
    for (name, home, arguments, most) in cases {
        let counted = count(home.path(), &telemetry, arguments);
        let times = counted.instructions / floor.instructions;
        let calls = counted.calls.saturating_sub(floor.calls);
        let line = format!(
            "{name:34} {:>10} instructions, {times:6.2} x no-op (at most {}); {calls:5} calls more (at most {})",
            counted.instructions, most.times, most.calls
        );
        println!("{line}");
        // A program that did nothing at all would be cheap too.
        assert!(counted.instructions > floor.instructions && calls > 0, "{line}");
        if times > most.times || calls > most.calls {
            over.push(line);
        }
    }
    assert!(over.is_empty(), "the price went up:\n{}", over.join("\n"));
}

/// System calls of a flush for one payload more: of two flushes, what the longer one makes more.
#[test]
fn a_payload_costs_no_more_calls_than_it_did() {
    const FEW: u64 = 20;
    const MANY: u64 = 120;
    const MOST: u64 = 22;
    let (server, telemetry) = (Server::start(), installed());
    let home = Home::at_address(&server.address(), "single", 1);
    home.telemetry(["enable", "bench"]);
    let flush = |events: u64| {
        home.fill(events);
        let calls = calls(home.path(), &telemetry, &["flush", "bench"]);
        assert_eq!(server.requests().len(), usize::try_from(events).expect("few"), "each event is a payload");
        u64::try_from(calls).expect("few")
    };
    // The first one makes files that the others find.
    flush(1);
    let (few, many) = (flush(FEW), flush(MANY));
    let each = many.saturating_sub(few).div_ceil(MANY - FEW);
    println!("flush, one event a payload: {each} calls each (at most {MOST})");
    assert!((1..=MOST).contains(&each), "{few} calls for {FEW} payloads, {many} for {MANY}");
}
