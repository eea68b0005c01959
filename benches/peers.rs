//! The peers that are crates: what one event costs in their process, how many arrive in a second, and what a kill leaves of them.
//!
//! Promises: they are built on demand below `target`, each as a program of its own (`benches/peers`); the one address that they are
//! given is a server on loopback that was started before them. Absent: whatever they do that `record` and `flush` do not.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use telemetry::actions::track::Recorder;

use crate::in_process::{here, recorded};
use crate::npm;
use crate::sandbox::home::{Home, PROGRAM};
use crate::sandbox::server::Server;
use crate::table::{self, marks, median, per_second, percentile, times};

/// The argument with which this program is a host that ends.
pub(crate) const LEAVE: &str = "leave";

/// The crate, and the feature and program that uses it.
const CRATES: [(&str, &str); 4] = [
    ("telemetry-kit", "telemetry-kit"),
    ("snowplow_tracker", "snowplow"),
    ("sentry", "sentry"),
    ("posthog-rs", "posthog"),
];
/// Events to record, to deliver, and to be in a program that ends.
const RECORDED: u64 = 5_000;
const DELIVERED: u64 = 20_000;
const HELD: u64 = 20;
/// A host that has not ended by then is killed.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn peers() {
    let server = Server::start();
    npm::npm(&server);
    crates(&server);
}

/// Where they are installed.
pub(crate) fn folder() -> PathBuf {
    // target/release/telemetry
    Path::new(PROGRAM).ancestors().nth(2).expect("a folder").join("peers")
}

/// Runs a command for what it makes; else the first of its errors.
pub(crate) fn said(name: &str, command: &mut Command) -> Result<Output, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let named = |line: &&str| line.starts_with("error") || line.starts_with("npm error");
    let mut why: Vec<&str> = errors.lines().filter(named).take(2).collect();
    if why.is_empty() {
        why.extend(errors.lines().last());
    }
    output.status.success().then_some(output).ok_or_else(|| format!("{name}: {}", why.join("; ")))
}

/// What was measured of one.
struct Numbers {
    /// Microseconds of an event, median and 99 of 100.
    record: [f64; 2],
    /// Events in a second, delivered.
    rate: f64,
    lost: u64,
    /// Seconds from a host's start to its end, while its destination stalls; nothing when it was killed.
    end: Option<f64>,
    /// How many of [`HELD`] arrived after a kill and another start.
    after_kill: u64,
}

fn crates(server: &Server) {
    let own = ours(server);
    let found: Vec<(&str, Result<Numbers, String>)> =
        CRATES.iter().map(|(name, program)| (*name, build(program).and_then(|path| theirs(server, &path)))).collect();
    let troubles = found.iter().filter_map(|(name, found)| found.as_ref().err().map(|why| (name, why)));
    let measured = || found.iter().filter_map(|(name, found)| found.as_ref().ok().map(|found| (*name, found)));
    let [own_half, own_most] = own.record;
    table::group("peers, one event in the host", "p50 and p99; ours is on disk then");
    table::shown("telemetry", &format!("{own_half:.1} us, {own_most:.1} us"));
    for (name, Numbers { record: [half, most], .. }) in measured() {
        table::shown(name, &format!("{half:.1} us, {most:.1} us: {} ours", times(half / own_half)));
    }
    for (name, why) in troubles {
        table::missing(name, why);
    }
    table::group("peers, delivered", &format!("`flush` alone {:.0} events/s", own.rate));
    for (name, Numbers { rate, lost, .. }) in measured() {
        let lost = if *lost > 0 { format!(", {lost} lost") } else { String::new() };
        let ratio = own.rate / rate;
        table::held(name, &format!("{rate:.0}/s{lost}; ours {}", times(ratio)), "ours >= 5 x", ratio >= 5.0);
    }
    table::group("peers, a host from start to end", &format!("{HELD} events, destination accepts and stalls"));
    for (name, Numbers { end, .. }) in std::iter::once(("telemetry", &own)).chain(measured()) {
        let late = || format!("killed after {} s", PATIENCE.as_secs());
        table::shown(name, &end.map_or_else(late, |seconds| format!("{seconds:.3} s")));
    }
    table::group("peers, survives a kill", &format!("{HELD} events offline, kill -9, started again online"));
    let says = |after: u64| format!("{}: {after} of {HELD} arrive", if after == HELD { "yes" } else { "no" });
    table::held("telemetry", &says(own.after_kill), "all", own.after_kill == HELD);
    for (name, Numbers { after_kill, .. }) in measured() {
        table::shown(name, &says(*after_kill));
    }
}

/// Ours: `record`, and a `flush` as a process.
fn ours(server: &Server) -> Numbers {
    let home = Home::new(server, 1);
    home.telemetry(["enable", "bench"]);
    let times = recorded(&mut home.recorder(), RECORDED);
    home.telemetry(["flush", "bench", "--budget", "60"]);
    recorded(&mut home.recorder(), DELIVERED);
    server.requests();
    let start = Instant::now();
    home.telemetry(["flush", "bench", "--budget", "60"]);
    let arrived = events(&server.requests());
    let rate = per_second(arrived, start.elapsed().as_secs_f64());

    let stalls = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let home = Home::at_address(&at(&stalls), "array", 1);
    home.telemetry(["enable", "bench"]);
    let own = std::env::current_exe().expect("this program");
    let end = ended(home.run(&own).args([LEAVE, "end"])).expect("ours ends");

    let home = Home::new(server, 1);
    home.telemetry(["enable", "bench"]);
    kill(home.run(&own).args([LEAVE, "hold"])).expect("ours holds");
    home.telemetry(["flush", "bench", "--budget", "60"]);
    let after_kill = events(&server.requests());
    let lost = DELIVERED.saturating_sub(arrived);
    Numbers { record: [median(&times), percentile(&times, 99)], rate, lost, end, after_kill }
}

/// How many of our events were sent.
fn events(requests: &[Vec<u8>]) -> u64 {
    let of = |request: &Vec<u8>| String::from_utf8_lossy(request).matches("\"event\":\"command\"").count();
    u64::try_from(requests.iter().map(of).sum::<usize>()).unwrap_or(u64::MAX)
}

/// The program of a peer, built, or why it is not.
pub(crate) fn build(program: &str) -> Result<PathBuf, String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/Cargo.toml");
    let target = folder().join("crates");
    // All of them share what they need; where one cannot be built, the others are built without it.
    let mut result = Err(String::new());
    for features in ["--all-features", &format!("--features={program}")] {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--release", "--locked", features, "--bin", program]);
        result = said("cargo", cargo.arg("--manifest-path").arg(&manifest).arg("--target-dir").arg(&target));
        if result.is_ok() {
            break;
        }
    }
    result.map(|_| target.join("release").join(program))
}

/// A peer's command.
fn run(program: &Path, verb: &str, address: &str, events: u64, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.args([verb, address, &events.to_string()]).arg(home);
    command.env_clear().env("HOME", home).current_dir(home);
    command
}

/// What a peer says of what it did with so many events.
fn numbers(server: &Server, program: &Path, verb: &str, events: u64) -> Result<Vec<f64>, String> {
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let output = said(verb, &mut run(program, verb, &server.address(), events, home.path()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.split_whitespace().filter_map(|word| word.parse().ok()).collect())
}

/// Has a peer record and deliver events: how many it recorded and how many arrived, the seconds, and the bytes.
pub(crate) fn delivered(server: &Server, program: &Path, events: u64) -> Result<(u64, u64, f64, usize), String> {
    server.requests();
    let [recorded, seconds] = numbers(server, program, "deliver", events)?[..] else {
        return Err("deliver says nothing".to_owned());
    };
    let requests = server.requests();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of events")]
    let recorded = recorded as u64;
    Ok((recorded, marks(&requests), seconds, requests.iter().map(Vec::len).sum()))
}

fn theirs(server: &Server, program: &Path) -> Result<Numbers, String> {
    let run = |verb, address: &str, events, home: &Path| run(program, verb, address, events, home);
    let [_, half, most] = numbers(server, program, "record", RECORDED)?[..] else {
        return Err("record says nothing".to_owned());
    };
    let (recorded, arrived, seconds, _) = delivered(server, program, DELIVERED)?;
    let lost = recorded.saturating_sub(arrived);
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let stalls = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let end = ended(&mut run("leave", &at(&stalls), HELD, home.path()))?;
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    kill(&mut run("hold", &closed(), HELD, home.path()))?;
    said("resume", &mut run("resume", &server.address(), 0, home.path()))?;
    let after_kill = marks(&server.requests());
    Ok(Numbers { record: [half, most], rate: per_second(arrived, seconds), lost, end, after_kill })
}

/// An address on loopback where nobody listens.
pub(crate) fn closed() -> String {
    at(&TcpListener::bind("127.0.0.1:0").expect("loopback"))
}

/// The address of one that accepts, as the system does that for it, and never answers.
fn at(listener: &TcpListener) -> String {
    format!("http://{}/", listener.local_addr().expect("an address"))
}

/// Ours as a host: it records and ends, or it waits to be killed.
pub(crate) fn leave(how: &str) {
    let (context, tool) = here();
    recorded(&mut Recorder::new(&context, &tool, None).expect("a recorder"), HELD);
    if how == "hold" {
        println!("held");
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).expect("standard input");
    }
}

/// Seconds to the end of a program; nothing when it had to be killed.
fn ended(command: &mut Command) -> Result<Option<f64>, String> {
    let start = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    while start.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            let seconds = start.elapsed().as_secs_f64();
            return status.success().then_some(Some(seconds)).ok_or_else(|| format!("its end: {status}"));
        }
        park_timeout(Duration::from_millis(1));
    }
    child.kill().and_then(|()| child.wait()).map_err(|error| error.to_string())?;
    Ok(None)
}

/// Kills a program with SIGKILL as soon as it has said something.
fn kill(command: &mut Command) -> Result<(), String> {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
    }
    child.kill().map_err(|error| error.to_string())?;
    child.wait().map_err(|error| error.to_string())?;
    if line.trim() == "held" { Ok(()) } else { Err(format!("it said {line:?} instead of recording")) }
}
