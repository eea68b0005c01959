//! Protocol `otlp` through the whole program: what OpenTelemetry's own types read, partial success, limits, halves.
//!
//! Promises: what is shown, sent and kept are the same bytes, packed as they are on the wire. Absent: the operator's variables
//! (`otel_variables`).

use std::io::Read;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value as Any};
use serde_json::Value;
use telemetry::actions::track::Recorder;

use crate::commands::given::{Acme, EVENTS, digest, first, number, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

/// `acme`, switched on, whose destination `web` has these keys; `URL` in them is the server's address. What stands on more lines follows
/// the destinations.
pub(crate) fn speaking(keys: &str, script: impl IntoIterator<Item = Answer>) -> Acme {
    let (home, server) = (Home::new(), Server::start(script));
    let facts = EVENTS.replace("facts: [first_seen]", "facts: [os, arch, version, first_seen]");
    let (keys, deletion) = keys.split_once('\n').unwrap_or((keys, ""));
    let keys = keys.replace("URL", &server.url(""));
    home.manifest("acme", &format!("{facts}destinations:\n  web: {{{keys}}}\n{deletion}"));
    let acme = Acme { home, server };
    acme.run(["enable", "acme"]).expect(0);
    acme
}

/// Records so many events within this process.
pub(crate) fn record(acme: &Acme, count: usize) {
    let mut recorder = Recorder::new(&acme.home.context(), &acme.home.tool("acme"), Some("1.4.2")).expect("a recorder");
    for _ in 0..count {
        recorder.record("command", &[("name".to_owned(), "build".to_owned())]).expect("recorded");
    }
}

pub(crate) fn unpacked(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(body).read_to_end(&mut bytes).expect("gzip");
    bytes
}

fn read(body: &[u8]) -> ExportLogsServiceRequest {
    serde_json::from_slice(body).expect("a request of OpenTelemetry's own types")
}

fn attribute(all: &[KeyValue], key: &str) -> Option<Any> {
    let found: Vec<_> = all.iter().filter(|one| one.key == key).collect();
    assert!(found.len() <= 1, "{key} stands once");
    found.first().and_then(|one| one.value.clone()?.value)
}

fn said(value: &str) -> Option<Any> {
    Some(Any::StringValue(value.to_owned()))
}

/// Events in each request that came.
fn sizes(acme: &Acme) -> Vec<usize> {
    let events = |body: &[u8]| -> usize {
        let groups = read(body).resource_logs;
        groups.iter().flat_map(|group| &group.scope_logs).map(|scope| scope.log_records.len()).sum()
    };
    acme.at("/v1/logs").iter().map(|request| events(&request.body)).collect()
}

#[test]
fn what_is_shown_is_sent_and_kept_and_read_by_others() {
    let script = [Answer::status(200).body(r#"{"partialSuccess":null}"#)];
    let acme = speaking("url: 'URL', protocol: otlp, compression: gzip, names: {command: com.acme.command}", script);
    let fields = ["track", "acme", "--tool-version", "1.4.2", "command", "name=build", "ok=true", "count=412"];
    acme.run(fields).expect(0);
    let shown = acme.json(&["show-payload", "acme"], "payload");
    let payload = first(&shown, "payloads");
    assert_eq!((text(payload, "which"), text(payload, "address")), ("sealed", acme.server.url("/v1/logs").as_str()));
    acme.run(["flush", "acme"]).expect(0);

    let request = acme.at("/v1/logs").remove(0);
    assert_eq!(text(payload, "digest"), digest(&request.body));
    let headers = ["content-type", "content-encoding"].map(|name| request.header(name));
    assert_eq!(headers, [Some("application/json"), Some("gzip")]);
    let whole = unpacked(&request.body);
    assert_eq!(payload["decoded"], serde_json::from_slice::<Value>(&whole).expect("JSON"));

    let group = read(&whole).resource_logs.remove(0);
    let resource = group.resource.expect("a resource").attributes;
    let user = acme.home.read(".acme/profile.yml");
    let user = user.lines().find_map(|line| line.strip_prefix("user_id: ")).expect("an id").trim_matches('\'');
    for (key, value) in [
        ("service.name", "acme"),
        ("service.version", "1.4.2"),
        ("service.instance.id", user),
        ("os.type", if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS }),
    ] {
        assert_eq!(attribute(&resource, key), said(value), "{key}");
    }
    let record = group.scope_logs[0].log_records[0].clone();
    assert_eq!((record.event_name.as_str(), record.severity_number), ("com.acme.command", 9));
    assert!(
        record.time_unix_nano > 1_700_000_000_000_000_000 && record.time_unix_nano == record.observed_time_unix_nano
    );
    assert_eq!(attribute(&record.attributes, "name"), said("build"));
    assert_eq!(attribute(&record.attributes, "ok"), Some(Any::BoolValue(true)));
    assert_eq!(attribute(&record.attributes, "count"), Some(Any::IntValue(412)));
    assert_eq!(attribute(&record.attributes, "purpose"), said("product-improvement"));
    assert!(attribute(&record.attributes, "fact_first_seen").is_some() && attribute(&resource, "host.arch").is_some());
    let id = attribute(&record.attributes, "log.record.uid");
    assert!(matches!(&id, Some(Any::StringValue(id)) if id.len() == 36), "{id:?}");

    let log = acme.json(&["log", "acme", "--verify"], "log");
    let receipt = first(&log, "receipts");
    assert_eq!((text(receipt, "outcome"), text(receipt, "check")), ("delivered", "verified"));
    assert_eq!(receipt["digest"], payload["digest"]);
}

#[test]
fn what_was_rejected_in_part_is_counted_and_never_sent_again() {
    let partial = r#"{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}"#;
    let acme = speaking("url: 'URL', protocol: otlp", [Answer::status(200).body(partial)]);
    record(&acme, 5);
    let tree = acme.json_at(4, &["flush", "acme"], "flushed");
    let web = first(&tree, "destinations");
    assert_eq!(["events", "refused", "acknowledged"].map(|key| number(web, key)), [3, 2, 0]);
    let log = acme.json(&["log", "acme"], "log");
    let receipt = first(&log, "receipts");
    assert_eq!((text(receipt, "outcome"), text(receipt, "answer")), ("delivered", partial));
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(sizes(&acme), [5], "not sent again");
}

#[test]
fn bodies_end_at_the_limit_and_what_is_too_large_is_halved() {
    let acme = speaking("url: 'URL/otlp', protocol: otlp", [Answer::status(200).body("{}")]);
    record(&acme, 600);
    acme.run(["flush", "acme"]).expect(0);
    let paths: Vec<String> = acme.server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/otlp", "/otlp"], "an address with a path is as it is");

    let acme = speaking("url: 'URL', protocol: otlp", [Answer::status(413), Answer::status(200)]);
    record(&acme, 512);
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(sizes(&acme), [512, 256, 256]);
}

#[test]
fn only_four_statuses_are_tried_again() {
    for (status, waiting) in [(429, 1), (502, 1), (503, 1), (504, 1), (500, 0), (408, 0), (401, 0), (404, 0)] {
        let acme = speaking("url: 'URL', protocol: otlp", [Answer::status(status)]);
        record(&acme, 1);
        acme.run(["flush", "acme"]);
        let tree = acme.json(&["status", "acme"], "tool-status");
        assert_eq!(number(&tree["queue"], "waiting"), waiting, "{status}");
    }
}

#[test]
fn a_file_gets_one_body_a_line() {
    let acme = speaking("file: logs.jsonl, protocol: otlp", [Answer::status(500)]);
    for _ in 0..2 {
        record(&acme, 3);
        acme.run(["flush", "acme"]).expect(0);
    }
    let lines = acme.home.read(".acme/telemetry/logs.jsonl");
    let records: Vec<usize> =
        lines.lines().map(|line| read(line.as_bytes()).resource_logs[0].scope_logs[0].log_records.len()).collect();
    assert_eq!((records, acme.server.requests().len()), (vec![3, 3], 0));
}

#[test]
fn a_deletion_order_is_an_event_of_its_own() {
    let acme = speaking("url: 'URL', protocol: otlp\ndeletion:\n  - event: web\n", [Answer::status(200).body("{}")]);
    record(&acme, 1);
    acme.run(["flush", "acme"]).expect(0);
    let user = text(&acme.json(&["id", "acme"], "id"), "user_id").to_owned();
    acme.run(["forget", "acme", "--yes"]).expect(0);
    let [_, request] = <[_; 2]>::try_from(acme.at("/v1/logs")).expect("the event, and the order");
    let group = read(&request.body).resource_logs.remove(0);
    assert_eq!(attribute(&group.resource.expect("a resource").attributes, "service.instance.id"), said(&user));
    let record = &group.scope_logs[0].log_records[0];
    assert_eq!(record.event_name, "acme.telemetry.deletion_request.v1");
    let Some(Any::ArrayValue(ids)) = attribute(&record.attributes, "user_ids") else { panic!("{record:?}") };
    assert_eq!(ids.values.into_iter().map(|one| one.value).collect::<Vec<_>>(), [said(&user)]);
    let order = acme.json(&["forget", "acme", "--status"], "forget");
    assert_eq!(order["tools"][0]["requests"][0]["orders"][0]["state"], "delivered");
}
