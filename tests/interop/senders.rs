//! What the official senders say of one event, decoded into a flat map, so that it can be compared field by field.
//!
//! Promises: a sender gets one address, a server on loopback that records; a body is decoded whatever wraps it (gzip, base64, an
//! envelope, protobuf); two senders of one protocol give the same paths where they say the same. Absent: comparing.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use prost::Message;
use serde_json::{Map, Value};

use crate::python::{printed, python, script};
use crate::sandbox::schema::Schema;
use crate::sandbox::server::{Answer, Recorded, Server};

/// Every value of a request by its path: `method`, `path`, `header:NAME`, then the body's as `batch.0.properties.name`.
pub(crate) type Flat = BTreeMap<String, Value>;

/// An official sender.
pub(crate) struct Sender {
    /// Its script, and what it is called here.
    pub(crate) name: &'static str,
    /// What its script gets after the address.
    mode: &'static [&'static str],
    /// Paths whose values are another one each time, or on each machine; a `*` at the end stands for anything.
    pub(crate) volatile: &'static [&'static str],
}

/// All of them.
pub(crate) const SENDERS: &[Sender] = &[
    Sender { name: "snowplow", mode: &[], volatile: &["data.0.dtm", "data.0.stm"] },
    Sender { name: "snowplow-plain", mode: &["1", "plain"], volatile: &["data.0.dtm", "data.0.stm"] },
    Sender { name: "segment", mode: &[], volatile: &["sentAt"] },
    Sender { name: "rudder", mode: &[], volatile: &["sentAt"] },
    Sender { name: "amplitude", mode: &[], volatile: &["header:user-agent"] },
    Sender { name: "amplitude-httpapi", mode: &["1", "httpapi"], volatile: &["header:user-agent"] },
    Sender {
        name: "posthog",
        mode: &[],
        volatile: &["sent_at", "batch.0.properties.$os*", "batch.0.properties.$python*"],
    },
    Sender {
        name: "posthog-v1",
        mode: &["1", "v1"],
        volatile: &[
            "created_at",
            "header:posthog-request-id",
            "header:posthog-request-timestamp",
            "batch.0.properties.$os*",
            "batch.0.properties.$python*",
        ],
    },
    Sender {
        name: "sentry",
        mode: &[],
        volatile: &[
            "envelope.sent_at",
            "envelope.trace.trace_id",
            "event.contexts.runtime.*",
            "event.contexts.trace.*",
            "event.exception.values.0.stacktrace.*",
            "event.extra.sys.argv.*",
            "event.modules.*",
            "event.sdk.integrations.*",
            "event.server_name",
            "session.sid",
            "session.started",
            "session.timestamp",
        ],
    },
    Sender { name: "otlp", mode: &[], volatile: &[] },
];

/// Headers that every library for HTTP adds by itself, and those that only repeat the body.
const NO_WORDS: [&str; 5] = ["host", "content-length", "connection", "accept-encoding", "transfer-encoding"];

/// What suits all of them as an answer; the newer endpoint of PostHog wants a word for each event.
const ANSWER: &str =
    r#"{"code":200,"success":true,"status":1,"results":{"63da4e74-c000-4879-aa4f-0b58d1884301":{"result":"ok"}}}"#;

impl Sender {
    /// The one of this name.
    pub(crate) fn named(name: &str) -> &'static Sender {
        SENDERS.iter().find(|sender| sender.name == name).unwrap_or_else(|| panic!("no sender {name}"))
    }

    /// A recorder with the answer that it waits for.
    pub(crate) fn server(&self) -> Server {
        // OpenTelemetry's reads an answer as protobuf, unless there is none.
        let answer = if self.name == "otlp" { "" } else { ANSWER };
        Server::start([Answer::status(200).header("Content-Type", "application/json").body(answer)])
    }

    /// It, to send the one event to this address.
    pub(crate) fn command(&self, to: SocketAddr) -> Command {
        let key = if self.name == "sentry" { "PUBLICKEY@" } else { "" };
        let file = self.name.split('-').next().expect("a name");
        let mut command = python("senders");
        command.arg(script(&format!("senders/{file}.py"))).arg(format!("http://{key}{to}")).args(self.mode);
        command
    }

    /// Runs it against a recorder and gives its requests.
    #[track_caller]
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        let server = self.server();
        let seconds = printed(&mut self.command(SocketAddr::from(([127, 0, 0, 1], server.port()))));
        let seconds = String::from_utf8_lossy(&seconds).trim().parse::<f64>();
        assert!(seconds.is_ok_and(|seconds| seconds > 0.0), "{} says how long it took", self.name);
        server.requests()
    }

    /// What it says of the one event.
    #[track_caller]
    pub(crate) fn said(&self) -> Flat {
        decoded(&self.requests())
    }
}

/// What these requests say together.
#[track_caller]
pub(crate) fn decoded(requests: &[Recorded]) -> Flat {
    assert!(!requests.is_empty(), "there was a request");
    let mut all = Flat::new();
    for request in requests {
        all.insert("method".to_owned(), request.method.clone().into());
        all.insert("path".to_owned(), request.path.clone().into());
        for (name, value) in &request.headers {
            let name = name.to_lowercase();
            if !NO_WORDS.contains(&name.as_str()) {
                all.insert(format!("header:{name}"), value.clone().into());
            }
        }
        flatten("", &body(request), &mut all);
    }
    all
}

/// The body as one tree.
#[track_caller]
fn body(request: &Recorded) -> Value {
    let bytes = match request.header("Content-Encoding") {
        Some("gzip") => unzipped(&request.body),
        Some(other) => panic!("{other} is decoded nowhere"),
        None => request.body.clone(),
    };
    let kind = request.header("Content-Type").and_then(|kind| kind.split(';').next()).unwrap_or_default();
    match kind {
        "application/x-sentry-envelope" => envelope(&bytes),
        "application/x-protobuf" => logs(&ExportLogsServiceRequest::decode(bytes.as_slice()).expect("protobuf")),
        _ => {
            let tree: Value = serde_json::from_slice(&bytes).expect("JSON");
            match tree.get("resourceLogs") {
                Some(_) => logs(&serde_json::from_value(tree).expect("logs")),
                None => tree,
            }
        }
    }
}

fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut all).expect("gzip");
    all
}

/// The envelope's own header below `envelope`, each item below its type.
fn envelope(bytes: &[u8]) -> Value {
    sentry_types::protocol::v7::Envelope::from_slice(bytes).expect("Sentry's own parser takes it");
    let text = std::str::from_utf8(bytes).expect("text");
    let mut lines = text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).expect("JSON"));
    let mut all = Map::new();
    all.insert("envelope".to_owned(), lines.next().expect("a header"));
    while let (Some(header), Some(item)) = (lines.next(), lines.next()) {
        let header: Value = header;
        all.insert(header["type"].as_str().expect("a type").to_owned(), item);
    }
    Value::Object(all)
}

/// What OpenTelemetry's own types hold, so that JSON and protobuf give the same.
fn logs(request: &ExportLogsServiceRequest) -> Value {
    serde_json::to_value(request).expect("JSON")
}

/// Every value by its path. Lists of `{key, value}` go by their keys; JSON in Snowplow's texts, base64 or not, is taken apart.
fn flatten(path: &str, tree: &Value, all: &mut Flat) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match tree {
        Value::Object(map) if !map.is_empty() => map.iter().for_each(|(name, item)| match (name.as_str(), item) {
            ("ue_px" | "cx", Value::String(text)) => {
                let bytes = URL_SAFE.decode(text).expect("padded base64 for URLs");
                flatten(&below(name), &serde_json::from_slice(&bytes).expect("JSON"), all);
            }
            ("ue_pr" | "co", Value::String(text)) => {
                flatten(&below(name), &serde_json::from_str(text).expect("JSON"), all);
            }
            _ => flatten(&below(name), item, all),
        }),
        Value::Array(items) if !items.is_empty() => items.iter().enumerate().for_each(|(at, item)| match item {
            Value::Object(pair) if pair.contains_key("key") && pair.contains_key("value") => {
                flatten(&below(pair["key"].as_str().expect("a key")), &pair["value"], all);
            }
            _ => flatten(&below(&at.to_string()), item, all),
        }),
        leaf => drop(all.insert(path.to_owned(), leaf.clone())),
    }
}

/// Whether a path is this one, or begins with what stands before a `*` at the end.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == path, |start| path.starts_with(start))
}

/// One value a line; what is another one each time is told by its pattern alone.
fn written(sender: &Sender, said: &Flat) -> String {
    let mut lines: Vec<String> = said
        .iter()
        .map(|(path, value)| match sender.volatile.iter().find(|pattern| fits(pattern, path)) {
            Some(pattern) => format!("{pattern} …"),
            None => format!("{path} {value}"),
        })
        .collect();
    lines.dedup();
    lines.join("\n") + "\n"
}

#[test]
fn the_official_senders_say_what_is_written_down() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/senders");
    let mut wrong = Vec::new();
    for sender in SENDERS {
        let said = sender.said();
        for pattern in sender.volatile {
            assert!(said.keys().any(|path| fits(pattern, path)), "{}: nothing is {pattern}", sender.name);
        }
        let (path, text) = (folder.join(format!("{}.txt", sender.name)), written(sender, &said));
        if std::env::var_os("GENERATE").is_some() {
            std::fs::create_dir_all(&folder).expect("the folder");
            std::fs::write(&path, &text).expect("written");
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        if there != text {
            wrong.push(format!("{}: is\n{text}\nwas\n{there}", sender.name));
        }
    }
    assert!(wrong.is_empty(), "GENERATE=1 cargo test --test interop senders\n{}", wrong.join("\n"));
}

#[test]
fn what_the_official_tracker_sends_holds_against_the_schemas() {
    let requests = Sender::named("snowplow").requests();
    let whole: Value = serde_json::from_slice(&requests[0].body).expect("JSON");
    assert_eq!(Schema::named("payload_data-1-0-4.json").wrong(&whole), None);
    let wrapped = Schema::named("self_describing.json");
    for name in ["ue_px", "cx"] {
        let text = whole["data"][0][name].as_str().expect("a text");
        let said = serde_json::from_slice(&URL_SAFE.decode(text).expect("base64")).expect("JSON");
        assert_eq!(wrapped.wrong(&said), None, "{name}");
    }
}
