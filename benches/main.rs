//! The program's numbers: `cargo bench`, or `cargo bench -- processes record depth flush memory` for some of them.
//!
//! Processes are measured as ratios to a program that does nothing, compiled on the spot, started in shuffled order in the same run,
//! as medians, so that what else the machine does cancels out; the second no-op shows what noise is left.
//!
//! Promises: homes in a temporary folder, a cleared environment, loopback only; each line says the goal and whether it is met.
//! Absent: other people's programs.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed, and prints")]

mod sandbox {
    pub(crate) mod home;
    pub(crate) mod noop;
    pub(crate) mod server;
}

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use telemetry::actions::track::{Recorded, Recorder};

use crate::sandbox::home::{Home, PROGRAM, TRACK};
use crate::sandbox::noop::noop;
use crate::sandbox::server::{Server, post};

const DEPTHS: [u64; 4] = [0, 10_000, 100_000, 1_000_000];
const MANIFESTS: usize = 150;
const FIELDS: [(&str, &str); 3] = [("name", "build"), ("ok", "true"), ("duration", "850ms")];

fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|one| one == name);
    let server = Server::start();
    println!("{:54}{:>24}   goal", "", "measured");
    if wanted("processes") {
        processes(&server);
    }
    if wanted("record") {
        record(&server);
    }
    if wanted("depth") || wanted("memory") {
        let homes: Vec<(u64, Home)> = DEPTHS.into_iter().map(|depth| (depth, Home::deep(&server, depth))).collect();
        if wanted("depth") {
            depth(&homes);
        }
        if wanted("memory") {
            memory(&homes);
        }
    }
    if wanted("flush") {
        flush(&server, "array", 100_000);
        flush(&server, "single", 4_000);
    }
    let bytes = fs::metadata(PROGRAM).expect("the program").len();
    say("release binary", &format!("{bytes} B"), "<= 8 MiB", Some(bytes <= 8 << 20));
}

fn say(what: &str, measured: &str, goal: &str, met: Option<bool>) {
    let met = match met {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "",
    };
    println!("{what:54}{measured:>24}   {goal:28}{met}");
}

/// Processes against a no-op.
fn processes(server: &Server) {
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
    let mut cases = vec![
        Case::new("no-op", Command::new(&noop), None),
        Case::new("no-op again: the noise", Command::new(&noop), None),
        Case::new("track, on, to a queue", track(&plain), Some(2.0)),
        Case::new("track, off by disable", track(&off), Some(2.0)),
        Case::new("track, no answer yet", track(&silent), Some(2.0)),
        Case::new("track, its destination accepts and stalls", track(&stalled), Some(2.0)),
        Case::new("track, its destination has no address", track(&nowhere), Some(2.0)),
        Case::new("track, among 150 manifests", track(&many), Some(2.0)),
        Case::new("status, 150 manifests, 1 tool used", many.command(["status"]), Some(5.0)),
        Case::new("status, 150 manifests, all tools used", used.command(["status"]), Some(5.0)),
        Case::new("status, 150 manifests, all tools on", all_on.command(["status"]), Some(5.0)),
        Case::new("status TOOL", many.command(["status", "bench"]), None),
    ];
    run_shuffled(&mut cases, Duration::from_secs(20));
    let floor = cases.first().map_or(f64::NAN, Case::median);
    say("no-op process", &format!("{:.3} ms", floor * 1e3), "", None);
    for case in cases.iter().skip(1) {
        let ratio = case.median() / floor;
        let goal = case.goal.map_or_else(String::new, |most| format!("<= {most} x no-op"));
        say(case.name, &format!("{ratio:.2} x"), &goal, case.goal.map(|most| ratio <= most));
    }
}

struct Case {
    name: &'static str,
    command: Command,
    goal: Option<f64>,
    seconds: Vec<f64>,
}

impl Case {
    fn new(name: &'static str, mut command: Command, goal: Option<f64>) -> Self {
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(home) = command.get_current_dir().and_then(Path::parent).map(Path::to_path_buf) {
            command.env("HOME", home);
        }
        Self { name, command, goal, seconds: Vec::new() }
    }

    fn median(&self) -> f64 {
        percentile(&self.seconds, 50)
    }
}

/// Starts each case once a round, in another order each round.
fn run_shuffled(cases: &mut [Case], longest: Duration) {
    let (start, mut random) = (Instant::now(), 0x9e37_79b9_7f4a_7c15_u64);
    let mut order: Vec<usize> = (0..cases.len()).collect();
    for round in 0_u32.. {
        if start.elapsed() > longest || round > 1000 {
            return;
        }
        for last in (1..order.len()).rev() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let other = usize::try_from(random % u64::try_from(last + 1).expect("small")).expect("small");
            order.swap(last, other);
        }
        for index in &order {
            let Some(case) = cases.get_mut(*index) else { continue };
            let start = Instant::now();
            let status = case.command.status().expect("it starts");
            case.seconds.push(start.elapsed().as_secs_f64());
            assert!(status.success(), "{}: {status}", case.name);
        }
    }
}

/// The value below which so many of a hundred lie.
fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// Microseconds of so many events, recorded one by one.
fn recorded(recorder: &mut Recorder, number: usize) -> Vec<f64> {
    let given: Vec<(String, String)> = FIELDS.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    (0..number)
        .map(|_| {
            let start = Instant::now();
            let recorded = recorder.record("command", &given).expect("recorded");
            assert!(matches!(recorded, Recorded::Stored { .. }), "{recorded:?}");
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect()
}

/// One event after the other in one process.
fn record(server: &Server) {
    let home = Home::new(server, 1);
    home.telemetry(["enable", "bench"]);
    let times = recorded(&mut home.recorder(), 20_000);
    for (percent, most) in [(50, 15.0), (99, 100.0)] {
        let at = percentile(&times, percent);
        say(
            &format!("record in a process, p{percent}"),
            &format!("{at:.1} us"),
            &format!("<= {most} us"),
            Some(at <= most),
        );
    }
}

/// The cost of recording against what waits already.
fn depth(homes: &[(u64, Home)]) {
    const NAMES: [&str; DEPTHS.len()] = ["0 events", "10,000 events", "100,000 events", "1,000,000 events"];
    let mut cases: Vec<Case> =
        homes.iter().zip(NAMES).map(|((_, home), name)| Case::new(name, home.command(TRACK), None)).collect();
    run_shuffled(&mut cases, Duration::from_secs(8));
    let mut recorders: Vec<(Recorder, Vec<f64>)> =
        homes.iter().map(|(_, home)| (home.recorder(), Vec::new())).collect();
    for _ in 0..40 {
        for (recorder, times) in &mut recorders {
            times.extend(recorded(recorder, 50));
        }
    }
    let floor = cases.first().map_or(f64::NAN, Case::median);
    for case in &cases {
        let ratio = case.median() / floor;
        say(&format!("track, {} wait", case.name), &format!("{ratio:.2} x"), "<= 1.1 x empty", Some(ratio <= 1.1));
    }
    let floor = recorders.first().map_or(f64::NAN, |(_, times)| percentile(times, 50));
    for ((_, times), name) in recorders.iter().zip(NAMES) {
        let ratio = percentile(times, 50) / floor;
        say(&format!("record, {name} wait"), &format!("{ratio:.2} x"), "<= 1.2 x empty", Some(ratio <= 1.2));
    }
}

/// Peak memory with the deepest queue.
fn memory(homes: &[(u64, Home)]) {
    let Some((_, home)) = homes.last() else { return };
    for arguments in
        [&["status"][..], &["status", "bench"], &["flush", "bench", "--budget", "60"], &["status", "bench"]]
    {
        let kib = peak_kib(home.command(arguments));
        let what = format!("{}, 1,000,000 events: peak", arguments.get(..2).unwrap_or(arguments).join(" "));
        let mib = format!("{:.1} MiB", f64::from(kib) / 1024.0);
        say(&what, &mib, "<= 32 MiB", Some(kib <= 32 * 1024));
    }
}

/// Most memory that a process had, KiB, by Linux's /proc: what it prints does not fit its pipe, so that it is there to be looked at.
fn peak_kib(mut command: Command) -> u32 {
    const PIPE: usize = 64 * 1024;
    let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(&[0; PIPE]).expect("a full pipe");
    let mut child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::null()).spawn().expect("it starts");
    drop(command);
    let path = format!("/proc/{}/status", child.id());
    let (mut peak, mut still) = (0, 0);
    // Half a second asleep at one stretch: it waits for us to read.
    while still < 500 && child.try_wait().expect("a child").is_none() {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let of = |name| text.lines().find_map(|line: &str| line.strip_prefix(name)).unwrap_or_default().trim();
        peak = peak.max(of("VmHWM:").trim_end_matches(" kB").parse().unwrap_or(0));
        still = if of("State:").starts_with('S') { still + 1 } else { 0 };
        park_timeout(Duration::from_millis(1));
    }
    std::io::copy(&mut reader, &mut std::io::sink()).expect("its output");
    end(child, "what was measured");
    peak
}

fn end(mut child: Child, what: &str) {
    let status = child.wait().expect("its end");
    assert!(status.success(), "{what}: {status}");
}

/// A whole flush as a process, against a client that posts the same bytes.
fn flush(server: &Server, form: &'static str, events: u64) {
    let home = Home::at_address(&server.address(), form, 1);
    home.telemetry(["enable", "bench"]);
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    let mut payloads = 0;
    for _ in 0..5 {
        home.fill(events);
        server.requests();
        let start = Instant::now();
        home.telemetry(["flush", "bench", "--budget", "60"]);
        let ours = start.elapsed().as_secs_f64();
        let requests = server.requests();
        payloads = requests.len();
        let start = Instant::now();
        post(server.socket, &requests);
        let bare = start.elapsed().as_secs_f64();
        rates.push(events_per_second(events, ours));
        ratios.push(100.0 * bare / ours);
    }
    let rate = percentile(&rates, 50);
    say(&format!("flush, {form}: {events} events, {payloads} payloads"), &format!("{rate:.0} events/s"), "", None);
    let ratio = percentile(&ratios, 50);
    say(&format!("flush, {form}: share of a bare client"), &format!("{ratio:.0} %"), ">= 80 %", Some(ratio >= 80.0));
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn events_per_second(events: u64, seconds: f64) -> f64 {
    events as f64 / seconds
}
