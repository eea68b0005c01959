//! States that a network can be in. Each is a process of ours that sets its state up around itself, in namespaces of its own where
//! the system lets it, and starts hosts there.
//!
//! Promises: nothing but loopback is reachable in any of them; all are set up alike, so that they differ in their state alone; a
//! flush that a host left behind has met the network before the next host starts, and does not live beside it. Absent: what the
//! hosts do, and what their times mean (`delay.rs`).

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::sandbox::home::Home;
use crate::sandbox::server::Server;

/// The argument with which this program sets one up.
pub(crate) const NETWORK: &str = "network";

/// How long the slow one takes to answer.
const SLOW: Duration = Duration::from_secs(5);
/// How long a flush is waited for that was not seen yet, and one that has not met the network yet or that ends by itself.
const BEGIN: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(20);

/// A state.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Online,
    /// Online once more: what differs between the two is noise.
    Again,
    Offline,
    BlackHole,
    Refused,
    Tarpit,
    Slow,
}

impl State {
    pub(crate) const ALL: [Self; 7] =
        [Self::Online, Self::Again, Self::Offline, Self::BlackHole, Self::Refused, Self::Tarpit, Self::Slow];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Again => "online again",
            Self::Offline => "offline",
            Self::BlackHole => "DNS black hole",
            Self::Refused => "refused",
            Self::Tarpit => "tarpit",
            Self::Slow => "answer after 5 s",
        }
    }

    /// Whether a flush would stay for longer than it is waited for.
    const fn holds(self) -> bool {
        matches!(self, Self::BlackHole | Self::Tarpit | Self::Slow)
    }
}

/// How a process gets a network and mounts of its own: as root, else as a user who is root there; nothing where neither works.
pub(crate) fn apart() -> Option<&'static str> {
    let works = |options: &&str| {
        let mut command = Command::new("unshare");
        command.args([options, "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    ["-mn", "-rmn"].into_iter().find(works)
}

/// A process that has set a state up.
pub(crate) struct Network {
    child: Child,
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// What came of a host.
pub(crate) struct Took {
    pub(crate) seconds: f64,
    /// Whether a flush was left behind that met the network.
    pub(crate) flushed: bool,
}

impl Network {
    /// Sets one up, or says why that cannot be.
    pub(crate) fn start(state: State, apart: Option<&str>) -> Result<Self, String> {
        let own = std::env::current_exe().expect("this program");
        let mut command = Command::new(if apart.is_some() { Path::new("unshare") } else { &own });
        if let Some(options) = apart {
            command.arg(options).arg(&own);
        }
        command.args([NETWORK, state.name(), if apart.is_some() { "apart" } else { "here" }]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let asks = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut network = Self { child, asks, answers };
        match network.line().as_str() {
            "ready" => Ok(network),
            why => Err(why.to_owned()),
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
        line.trim_end().to_owned()
    }

    /// Has one host of this kind run in it.
    pub(crate) fn ask(&mut self, kind: &str) -> Took {
        let asks = self.asks.as_mut().expect("open until it is dropped");
        writeln!(asks, "{kind}").expect("asked");
        let line = self.line();
        let (seconds, flushed) = line.split_once(' ').expect("two words");
        Took { seconds: seconds.parse().expect("seconds"), flushed: flushed == "true" }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // It ends with what it reads.
        drop(self.asks.take());
        self.child.wait().expect("its end");
    }
}

/// The process that sets one up: says that it is ready, then runs a host for each line that it reads. `make` makes one for a
/// home, which leaves a flush behind or not.
pub(crate) fn answer(state: &str, apart: &str, make: impl Fn(&Home, &str) -> Command, leaves: impl Fn(&str) -> bool) {
    let state = State::ALL.into_iter().find(|one| one.name() == state).expect("a state");
    let met = Arc::new(AtomicU64::new(0));
    let address = match set_up(state, apart == "apart", &met) {
        Ok(address) => address,
        Err(why) => return println!("{why}"),
    };
    let template = Home::due(&address);
    println!("ready");
    for kind in std::io::stdin().lines() {
        let (kind, home) = (kind.expect("a line"), template.copy());
        let mut command = make(&home, &kind);
        command.stdin(Stdio::null());
        let before = met.load(Ordering::SeqCst);
        let start = Instant::now();
        // To the end of what it prints, as a shell waits: a flush that kept the pipe would be waited for, too.
        let output = command.output().expect("it starts");
        let seconds = start.elapsed().as_secs_f64();
        assert!(output.status.success(), "{kind}: {output:?}");
        let flushed = || met.load(Ordering::SeqCst) > before || home.has_backed_off();
        if leaves(&kind) {
            settle(state, &home, flushed);
        }
        let flushed = flushed();
        println!("{seconds} {flushed}");
    }
}

/// Sets the state up and gives the address of a destination in it.
fn set_up(state: State, apart: bool, met: &Arc<AtomicU64>) -> Result<String, String> {
    if apart && state != State::Offline {
        ran(Command::new("ip").args(["link", "set", "lo", "up"]))?;
    }
    let name = "https://telemetry.example/".to_owned();
    let listener = TcpListener::bind("127.0.0.1:0");
    match state {
        // Here, no packet leaves for a broadcast address: the system refuses to connect.
        State::Offline => return Ok(if apart { name } else { "https://255.255.255.255/".to_owned() }),
        State::BlackHole if !apart => {
            return Err("a resolver of its own takes a mount namespace, and `unshare -mn` is refused here".to_owned());
        }
        State::BlackHole => {
            let socket = UdpSocket::bind("127.0.0.1:53").map_err(|error| error.to_string())?;
            let met = Arc::clone(met);
            std::thread::spawn(move || {
                while socket.recv(&mut [0; 512]).is_ok() {
                    met.fetch_add(1, Ordering::SeqCst);
                }
            });
            let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
            fs::write(file.path(), "nameserver 127.0.0.1\n").map_err(|error| error.to_string())?;
            ran(Command::new("mount").arg("--bind").arg(file.path()).arg("/etc/resolv.conf"))?;
            return Ok(name);
        }
        State::Online | State::Again | State::Refused | State::Tarpit | State::Slow => {}
    }
    let listener = listener.map_err(|error| error.to_string())?;
    let address = format!("http://{}/", listener.local_addr().map_err(|error| error.to_string())?);
    let met = Arc::clone(met);
    match state {
        State::Online | State::Again => drop(Server::counting(listener, Server::YES, met)),
        State::Tarpit => accept(listener, met, |mut stream| while stream.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {}),
        State::Slow => accept(listener, met, |mut stream| {
            while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                let start = Instant::now();
                while start.elapsed() < SLOW {
                    park_timeout(SLOW);
                }
                if stream.write_all(&Server::said(Server::YES)).is_err() {
                    return;
                }
            }
        }),
        // Its listener goes with this function.
        State::Refused | State::Offline | State::BlackHole => {}
    }
    Ok(address)
}

fn ran(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    let why = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
    output.status.success().then_some(()).ok_or_else(why)
}

fn accept(listener: TcpListener, met: Arc<AtomicU64>, each: fn(TcpStream)) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            met.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || each(stream));
        }
    });
}

/// Waits for the flush that a host left behind; one that the network holds is ended once it has met it.
fn settle(state: State, home: &Home, met: impl Fn() -> bool) {
    let start = Instant::now();
    loop {
        // A process that just begins has no environment yet: until it has met the network, none seen is not none there.
        let (met, flushes) = (met(), flushes(home.path()));
        let late = start.elapsed() > PATIENCE;
        if flushes.is_empty() && (met || start.elapsed() > BEGIN) {
            return;
        }
        if late || (state.holds() && met) {
            for flush in flushes {
                // It may have ended meanwhile.
                kill_process(flush, Signal::KILL).ok();
            }
        }
        park_timeout(Duration::from_millis(1));
    }
}

/// The processes that flush in this home, which nobody else has.
fn flushes(home: &Path) -> Vec<Pid> {
    let home = format!("HOME={}", home.display());
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok()));
    let ours = |pid: &i32| {
        let variables = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        variables.split(|byte| *byte == 0).any(|variable| variable == home.as_bytes())
    };
    pids.filter(ours).filter_map(Pid::from_raw).collect()
}
