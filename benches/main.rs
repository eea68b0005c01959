//! The program's numbers: `cargo bench`, or `cargo bench -- processes record depth flush memory` for some of them.
//!
//! Processes are measured as ratios to a program that does nothing, compiled on the spot, started in shuffled order in the same run,
//! as medians, so that what else the machine does cancels out; the second no-op shows what noise is left.
//!
//! Promises: homes in a temporary folder, a cleared environment, loopback only; each line says the goal and whether it is met.
//! Absent: other people's programs.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed, and prints")]

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use telemetry::actions::context::{Context, Tool};
use telemetry::actions::track::{Recorded, Recorder};
use telemetry::host::clock::Clock;
use telemetry::host::env::Env;
use telemetry::host::paths::Paths;
use telemetry::identity::names::ToolName;
use telemetry::queue::claim::Kept;
use telemetry::queue::limits::SEGMENTS;

const PROGRAM: &str = env!("CARGO_BIN_EXE_telemetry");
/// The queue's cap in events: a little above the deepest queue, so that measuring does not drop.
const CAP: u64 = 1_100_000;
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
        Case::new("status, 150 manifests", many.command(["status"]), Some(5.0)),
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

/// A program that does nothing, compiled as the release is.
fn noop(folder: &Path) -> PathBuf {
    let program = folder.join("no-op");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let options = ["-C", "opt-level=s", "-C", "lto=fat", "-C", "panic=abort", "-C", "strip=symbols", "-o"];
    let mut child =
        Command::new(compiler).args(options).arg(&program).arg("-").stdin(Stdio::piped()).spawn().expect("rustc");
    child.stdin.take().expect("a pipe").write_all(b"fn main() {}").expect("its source");
    end(child, "rustc");
    program
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
        std::thread::sleep(Duration::from_millis(1));
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

/// Posts requests over one connection, each after the answer to the one before.
fn post(socket: SocketAddr, requests: &[Vec<u8>]) {
    let mut stream = TcpStream::connect(socket).expect("loopback");
    stream.set_nodelay(true).expect("a socket");
    let mut answer = [0; ANSWER.len()];
    for request in requests {
        stream.write_all(request).expect("sent");
        stream.read_exact(&mut answer).expect("answered");
    }
}

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A server on loopback that says yes and keeps what it was sent.
struct Server {
    socket: SocketAddr,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let socket = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || answer(&stream, &kept));
            }
        });
        Self { socket, requests }
    }

    fn address(&self) -> String {
        format!("http://{}/", self.socket)
    }

    /// What was sent since the last look.
    fn requests(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.requests.lock().expect("no thread died"))
    }
}

fn answer(stream: &TcpStream, kept: &Mutex<Vec<Vec<u8>>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut lines = BufReader::with_capacity(64 * 1024, stream);
    loop {
        let (mut request, mut length) = (Vec::new(), 0);
        loop {
            let start = request.len();
            lines.read_until(b'\n', &mut request).ok().filter(|read| *read > 0)?;
            let line = std::str::from_utf8(request.get(start..)?).ok()?.to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let head = request.len();
        request.resize(head.checked_add(length)?, 0);
        lines.read_exact(request.get_mut(head..)?).ok()?;
        (&mut &*stream).write_all(ANSWER).ok()?;
        let mut kept = kept.lock().ok()?;
        // Enough to post again; a million events are not kept.
        if kept.len() < 10_000 && kept.iter().map(Vec::len).sum::<usize>() < 100_000_000 {
            kept.push(request);
        }
    }
}

const TRACK: [&str; 6] = ["track", "bench", "command", "name=build", "ok=true", "duration=850ms"];

/// A home of its own, with manifests in the user's folder.
struct Home {
    root: tempfile::TempDir,
}

impl Home {
    fn new(server: &Server, manifests: usize) -> Self {
        Self::at_address(&server.address(), "array", manifests)
    }

    fn at_address(address: &str, form: &str, manifests: usize) -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let home = Self { root };
        let folder = home.path().join(".config/telemetry/tools");
        for folder in [&folder, &home.path().join("work")] {
            fs::create_dir_all(folder).expect("folders");
        }
        let names = (1..manifests).map(|number| format!("tool-{number}")).chain(["bench".to_owned()]);
        for name in names {
            let path = folder.join(format!("{name}.yml"));
            fs::write(&path, manifest(&name, address, form)).expect("a manifest");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("a mode");
        home
    }

    /// A home in which so many events wait.
    fn deep(server: &Server, depth: u64) -> Self {
        let home = Self::new(server, 1);
        home.telemetry(["enable", "bench"]);
        home.fill(depth);
        home
    }

    fn path(&self) -> &Path {
        self.root.path()
    }

    fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env_clear().env("HOME", self.path()).current_dir(self.path().join("work"));
        command
    }

    fn telemetry<const N: usize>(&self, arguments: [&str; N]) {
        let output = self.command(arguments).stdin(Stdio::null()).output().expect("it starts");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn track(&self) {
        self.telemetry(TRACK);
    }

    fn context(&self) -> Context {
        let env = Env::of([("HOME", self.path())]);
        let paths = Paths::from_env(&env).expect("a home");
        Context { env, clock: Clock::System, paths, directory: Some(self.path().join("work")), manifest: None }
    }

    fn tool(&self) -> Tool {
        self.context().tool(&ToolName::new("bench").expect("a name")).expect("a manifest")
    }

    fn recorder(&self) -> Recorder {
        Recorder::new(&self.context(), &self.tool(), Some("1.2.3")).expect("a recorder")
    }

    /// Lets so many events wait, in segments as recording them one by one would leave them: one is recorded, and repeated under
    /// other ids.
    fn fill(&self, events: u64) {
        let queue = self.tool().places.queue();
        let active = queue.join("active.jsonl");
        if events == 0 {
            return;
        }
        self.track();
        let line = fs::read_to_string(&active).expect("an event");
        let (_, rest) = line.split_once(',').expect("a number first");
        let (before, after) = rest.split_once("\"id\":\"").expect("an id");
        let (_, after) = after.split_once('"').expect("an id's end");
        fs::remove_file(&active).expect("removed");
        let most = CAP.div_ceil(SEGMENTS);
        let mut left = events;
        while left > 0 {
            let count = left.min(most);
            let path = match left > most {
                true => queue.join(Kept::segment_name(Clock::System.now(), count)),
                false => active.clone(),
            };
            let mut text = String::new();
            for n in 1..=count {
                let id = format!("{:08x}-0000-4000-8000-{n:012x}", left);
                text.push_str(&format!("{{\"n\":{n},{before}\"id\":\"{id}\"{after}"));
            }
            fs::write(&path, text).expect("a segment");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
            left = left.saturating_sub(count);
        }
    }
}

fn manifest(tool: &str, address: &str, form: &str) -> String {
    format!(
        r#"# A manifest of ordinary size.
manifest: 1
tool: {tool}
title: A tool to measure with
controller: Example
consent: opt-in
switches:
  environment:
    - name: BENCH_TELEMETRY
      on: ["1", "true"]
      off: ["0", "false"]
facts: [os, arch, version]
events:
  command:
    description: A command ended
    purpose: product-improvement
    fields:
      name:
        type: enum
        values: [build, check, run, test]
        description: Which command
        required: true
      ok:
        type: boolean
        description: Whether it succeeded
      duration:
        type: duration
        buckets: [0, 100, 1000, 10000, 60000]
        description: How long it took, rounded down
      version:
        type: version
        description: Which compiler
    example: {{name: build, ok: true, duration: 850ms}}
  build:
    description: A build, from its start to its end
    purpose: product-improvement
    lifecycle: true
    fields:
      crates:
        type: integer
        min: 0
        buckets: [0, 1, 10, 100]
        description: How many crates are built, rounded down
    outcome:
      result:
        type: enum
        values: [ok, failed, aborted]
        description: How it ended
        required: true
    example: {{crates: 12, result: ok}}
destinations:
  main:
    url: {address}
    batch: {form}
deletion:
  - mail: privacy@example.com
limits:
  events: {CAP}
  bytes: 900000000
"#
    )
}
