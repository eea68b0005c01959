//! A real receiver of OTLP: rotel, which prints every log record that it takes.
//!
//! Promises: it listens on loopback alone and hands nothing on (its exporter is a black hole); when it is dropped, it has ended.
//! Absent: its other signals.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, park_timeout};
use std::time::{Duration, Instant};

use crate::python::{folder, printed, python, script};
use crate::sandbox::home::Home;
use crate::wire::post;

/// Longest for it to listen, or to print what it took.
const SOON: Duration = Duration::from_secs(30);

/// A log record as rotel prints it: the words before the colon, attributes by their names, those of the resource after `resource.`.
pub(crate) type Record = BTreeMap<String, String>;

/// The receiver; it lives as long as this value.
pub(crate) struct Rotel {
    address: SocketAddr,
    program: Child,
    lines: Receiver<String>,
}

impl Rotel {
    /// Starts one and waits until it listens.
    pub(crate) fn start() -> Rotel {
        Rotel::start_as(|command| command)
    }

    /// The same, by another command that starts this one.
    pub(crate) fn start_as(started: impl FnOnce(Command) -> Command) -> Rotel {
        let (http, grpc) = (free(), free());
        let package = printed(python("senders").args(["-c", "import rotel; print(*rotel.__path__)"]));
        let agent = std::path::PathBuf::from(String::from_utf8_lossy(&package).trim()).join("rotel-agent");
        assert!(agent.starts_with(folder("senders").join("lib")), "{}: not ours", agent.display());
        let mut command = Command::new(&agent);
        command
            .args(["start", "--exporter", "blackhole", "--disable-batching"])
            .args(["--debug-log", "logs", "--debug-log-verbosity", "detailed"])
            .args(["--otlp-http-endpoint", &http.to_string(), "--otlp-grpc-endpoint", &grpc.to_string()])
            .env_clear();
        let mut program = started(command)
            .stdin(Stdio::null())
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", agent.display()));
        let output = BufReader::new(program.stdout.take().expect("a pipe"));
        let (send, lines) = channel();
        // Ends with the program, whose output ends then.
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let begin = Instant::now();
        while TcpStream::connect(http).is_err() {
            assert!(begin.elapsed() < SOON, "it does not listen");
            assert!(program.try_wait().expect("asked").is_none(), "it ended");
            park_timeout(Duration::from_millis(2));
        }
        Rotel { address: http, program, lines }
    }

    /// Its host and port for HTTP.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Posts a body and gives the status and the answer.
    pub(crate) fn post(&self, content: &[(&str, &str)], body: &[u8]) -> (u16, String) {
        post(self.address, "/v1/logs", content, body)
    }

    /// The next log records that it took, as many as are asked for.
    #[track_caller]
    pub(crate) fn records(&self, count: usize) -> Vec<Record> {
        let (mut all, mut resource, mut scope, mut record) = (Vec::new(), Record::new(), String::new(), None);
        while all.len() < count {
            let line = self.lines.recv_timeout(SOON).unwrap_or_else(|_| panic!("{} of {count}: {all:?}", all.len()));
            let line = line.trim();
            let (name, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
            match (name, &mut record) {
                (start, None) if start.starts_with("ResourceLog #") => resource.clear(),
                (start, None) if start.starts_with("InstrumentationScope") => scope = start.to_owned(),
                (start, None) if start.starts_with("LogRecord #") => {
                    let more = [("scope".to_owned(), scope.clone())];
                    record = Some(resource.clone().into_iter().chain(more).collect::<Record>());
                }
                ("Flags", Some(_)) => all.extend(record.take()),
                (name, None) => {
                    let name = name.strip_prefix("-> ").map(|name| format!("resource.{name}"));
                    resource.extend(name.map(|name| (name, value.to_owned())));
                }
                (name, Some(record)) => {
                    record.insert(name.trim_start_matches("-> ").trim().to_owned(), value.to_owned());
                }
            }
        }
        all
    }
}

impl Drop for Rotel {
    fn drop(&mut self) {
        // As a group of its own, with what started it. A test that failed must not fail again here.
        Command::new("kill").args(["-KILL", "--", &format!("-{}", self.program.id())]).status().ok();
        self.program.wait().ok();
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port")
}

#[test]
fn it_prints_what_the_official_exporter_sends() {
    let rotel = Rotel::start();
    let address = format!("http://{}", rotel.address());
    printed(python("senders").arg(script("senders/otlp.py")).arg(address));
    let record = rotel.records(1).remove(0);
    let says = |name: &str| record.get(name).map_or("", String::as_str);
    assert_eq!(says("EventName"), "command", "{record:?}");
    assert_eq!(says("resource.service.instance.id"), "Str(0f3c2c9e8c9d4d0e9a577a8f7d9a6f11)");
    assert_eq!((says("name"), says("ok"), says("duration_ms")), ("Str(sync)", "Bool(true)", "Int(412)"));
    let (status, _) = rotel.post(&[("Content-Type", "application/json")], b"{\"resourceLogs\":[{]}");
    assert_eq!(status, 400, "it does read what it is given");
}

#[test]
fn it_prints_what_the_program_sends() {
    let (rotel, home) = (Rotel::start(), Home::new());
    let manifest = "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nfacts: [os, version]\nevents:\n  command:\n    \
        description: A command\n    purpose: product\n    fields:\n      name: {type: enum, values: [sync], description: Which}\n      \
        ok: {type: boolean, description: How}\n      duration_ms: {type: integer, description: How long}\n\
        destinations:\n";
    let to =
        |name: &str, more: &str| format!("  {name}: {{url: 'http://{}', protocol: otlp{more}}}\n", rotel.address());
    home.manifest(
        "acme",
        &format!(
            "{manifest}{}{}deletion:\n  - event: plain\n",
            to("plain", ""),
            to("packed", ", compression: gzip, app: Packed")
        ),
    );
    home.run(["enable", "acme"]).expect(0);
    for _ in 0..3 {
        let event = ["track", "acme", "--tool-version", "1.4.2", "command", "name=sync", "ok=true", "duration_ms=412"];
        home.run(event).expect(0);
    }
    let flushed = home.run(["flush", "acme"]).expect(0).stdout;
    assert_eq!(
        flushed.lines().filter(|line| line.ends_with("3 events in 1 payload delivered")).count(),
        2,
        "{flushed}"
    );
    let records = rotel.records(6);
    for (record, service) in records.iter().zip(["acme", "acme", "acme", "Packed", "Packed", "Packed"]) {
        let says = |name: &str| record.get(name).map_or("", String::as_str);
        assert_eq!((says("EventName"), says("name"), says("duration_ms")), ("command", "Str(sync)", "Int(412)"));
        assert_eq!((says("ok"), says("purpose")), ("Bool(true)", "Str(product)"), "{record:?}");
        assert_eq!(says("resource.service.name"), format!("Str({service})"));
        assert_eq!((says("resource.service.version"), says("resource.os.type")), ("Str(1.4.2)", "Str(linux)"));
        assert!(says("log.record.uid").len() > 36 && says("resource.service.instance.id").len() > 32, "{record:?}");
    }
    let user = records[0]["resource.service.instance.id"].clone();
    home.run(["forget", "acme", "--yes"]).expect(0);
    let order = rotel.records(1).remove(0);
    let (says, listed) = (|name: &str| order.get(name).map_or("", String::as_str), format!("Slice({user})"));
    assert_eq!(says("EventName"), "acme.telemetry.deletion_request.v1", "{order:?}");
    assert_eq!((says("resource.service.instance.id"), says("user_ids")), (user.as_str(), listed.as_str()), "{order:?}");
}
