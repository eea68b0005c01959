//! A real server of Sentry's protocol: Bugsink, asked through its database what it kept.
//!
//! Promises: it listens on loopback alone, calls nobody, holds every event against the schema of events, and keeps its files in a
//! folder that goes with it; when it is dropped, it has ended. What it kept is there before its answer. Absent: asking its pages.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::python::{folder, printed, python, script};
use crate::wire::post;

/// Gives every row of a query as an object, one a line.
const ROWS: &str = "import json, sqlite3, sys\n\
    database = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)\n\
    database.row_factory = sqlite3.Row\n\
    for row in database.execute(sys.argv[2]):\n    print(json.dumps(dict(row), default=bytes.decode))\n";

/// Changes its database.
const CHANGE: &str = "import sqlite3, sys\n\
    with sqlite3.connect(sys.argv[1], timeout=60) as database:\n    assert database.execute(sys.argv[2]).rowcount == 1\n";

/// The server; it lives as long as this value.
pub(crate) struct Bugsink {
    address: SocketAddr,
    folder: tempfile::TempDir,
    program: Child,
}

impl Bugsink {
    /// Starts one with a project and nothing else in it. It listens already: who asks too early waits.
    pub(crate) fn start() -> Bugsink {
        Bugsink::start_as(|command| command)
    }

    /// The same with these of its settings, lines of Python that change the dictionary `BUGSINK`.
    pub(crate) fn start_with(settings: &str) -> Bugsink {
        Bugsink::started(settings, |command| command)
    }

    /// The same, by another command that starts this one.
    pub(crate) fn start_as(started: impl FnOnce(Command) -> Command) -> Bugsink {
        Bugsink::started("", started)
    }

    fn started(settings: &str, started: impl FnOnce(Command) -> Command) -> Bugsink {
        let files = tempfile::tempdir().expect("a temporary folder");
        for name in ["bugsink_conf.py", "db.sqlite3", "snappea.sqlite3"] {
            let from = folder("bugsink").join("empty").join(name);
            std::fs::copy(&from, files.path().join(name)).unwrap_or_else(|why| panic!("{}: {why}", from.display()));
        }
        let conf = files.path().join("bugsink_conf.py");
        let mut conf = std::fs::OpenOptions::new().append(true).open(conf).expect("its settings");
        conf.write_all(settings.as_bytes()).expect("written");
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = socket.local_addr().expect("an address");
        let log = std::fs::File::create(files.path().join("log")).expect("a log");
        // The socket is its input, so that no port can be lost between choosing and listening; a group of its own, to end as one.
        let mut command = python("bugsink");
        command.args(["-m", "gunicorn", "--bind", "fd://0", "--workers", "1", "--no-control-socket", "bugsink.wsgi"]);
        let program = started(command)
            .current_dir(files.path())
            .stdin(Stdio::from(OwnedFd::from(socket)))
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .process_group(0)
            .spawn()
            .expect("python");
        Bugsink { address, folder: files, program }
    }

    /// The key of its project, which is its first, `1`.
    pub(crate) fn key(&self) -> String {
        let rows = self.rows("select sentry_key from projects_project");
        rows[0]["sentry_key"].as_str().expect("a key").replace('-', "")
    }

    /// Its address with the key before it; the DSN is this and `/1`.
    pub(crate) fn origin(&self) -> String {
        self.origin_with(&self.key())
    }

    /// The same with any key.
    pub(crate) fn origin_with(&self, key: &str) -> String {
        format!("http://{key}@{}", self.address)
    }

    /// What a query of its database gives.
    #[track_caller]
    pub(crate) fn rows(&self, query: &str) -> Vec<Value> {
        let database = self.folder.path().join("db.sqlite3");
        let text = printed(python("bugsink").args(["-c", ROWS]).arg(database).arg(query));
        let text = String::from_utf8(text).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Changes one row of its database, as its owner could.
    pub(crate) fn change(&self, update: &str) {
        let database = self.folder.path().join("db.sqlite3");
        printed(python("bugsink").args(["-c", CHANGE]).arg(database).arg(update));
    }

    /// The envelopes that came, unpacked, in order: those too that it did not take.
    pub(crate) fn envelopes(&self) -> Vec<String> {
        let rows = self.rows("select cast(data as text) as data from ingest_envelope order by id");
        rows.iter().map(|row| row["data"].as_str().expect("text").to_owned()).collect()
    }

    /// The events that it kept, each as it holds it, in order.
    pub(crate) fn events(&self) -> Vec<Value> {
        let rows = self.rows("select data from events_event order by digest_order");
        rows.iter().map(|row| serde_json::from_str(row["data"].as_str().expect("text")).expect("JSON")).collect()
    }

    /// Posts an envelope with the project's key and gives the status and the answer.
    pub(crate) fn post(&self, envelope: &[u8]) -> (u16, String) {
        let auth = format!("Sentry sentry_version=7, sentry_client=test/1, sentry_key={}", self.key());
        let headers = [("Content-Type", "application/x-sentry-envelope"), ("X-Sentry-Auth", auth.as_str())];
        post(self.address, "/api/1/envelope/", &headers, envelope)
    }

    /// What it said so far, for a failed test.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Bugsink {
    fn drop(&mut self) {
        // Its worker is of its group. A test that failed must not fail again here.
        Command::new("kill").args(["-KILL", "--", &format!("-{}", self.program.id())]).status().ok();
        self.program.wait().ok();
    }
}

/// An envelope of one event with these further members.
fn envelope(more: &str) -> Vec<u8> {
    let event = format!(
        "{{\"event_id\":\"63da4e74c0004879aa4f0b58d1884301\",\"timestamp\":\"2026-11-21T02:00:00Z\",\"platform\":\"other\"{more}}}"
    );
    let length = event.len();
    let header = "{\"event_id\":\"63da4e74c0004879aa4f0b58d1884301\"}";
    format!("{header}\n{{\"type\":\"event\",\"length\":{length}}}\n{event}\n").into_bytes()
}

#[test]
fn it_keeps_an_event_once_and_refuses_what_its_schema_does_not_know() {
    let bugsink = Bugsink::start();
    let error = ",\"exception\":{\"values\":[{\"type\":\"ConfigError\",\"value\":\"missing key region\"}]}";
    // Its schema is told only by what is not there: the answer is the same.
    for wrong in [
        ",\"message\":\"missing key region\"",
        ",\"level\":\"catastrophic\"",
        ",\"tags\":{\"duration_ms\":412}",
        ",\"sdk\":{\"name\":\"a\",\"version\":\"1\",\"settings\":{\"infer_ip\":\"never\"}}",
    ] {
        let (status, answer) = bugsink.post(&envelope(&format!("{error}{wrong}")));
        assert_eq!((status, bugsink.events().len()), (200, 0), "{wrong}: {answer}\n{}", bugsink.log());
    }
    for _ in 0..3 {
        assert_eq!(bugsink.post(&envelope(error)).0, 200, "{}", bugsink.log());
    }
    let rows = bugsink.rows("select calculated_type, calculated_value, platform, server_name from events_event");
    let kept = serde_json::json!({"calculated_type": "ConfigError", "calculated_value": "missing key region",
        "platform": "other", "server_name": ""});
    assert_eq!(rows, [kept]);
    let mut cut = envelope(error);
    cut.truncate(cut.len() - 9);
    assert_eq!(bugsink.post(&cut).0, 400, "{}", bugsink.log());
}

#[test]
fn it_keeps_what_the_official_sender_tells_of_the_machine() {
    let bugsink = Bugsink::start();
    printed(python("bugsink").arg(script("senders/sentry.py")).arg(bugsink.origin()));
    let rows = bugsink.rows("select calculated_type, release, server_name <> '' as named, data from events_event");
    assert_eq!(rows.len(), 1, "{}", bugsink.log());
    assert_eq!((&rows[0]["calculated_type"], &rows[0]["release"]), (&"ConfigError".into(), &"acme@1.4.2".into()));
    let data = rows[0]["data"].as_str().expect("text");
    // What ours must not say; that it can be seen here is what makes its absence worth something.
    for said in ["abs_path", "context_line", "vars", "sys.argv", "modules"] {
        assert!(data.contains(&format!("\"{said}\"")), "{said}: {data}");
    }
    assert_eq!(rows[0]["named"], 1, "the name of the host: {data}");
}
