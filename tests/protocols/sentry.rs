//! Protocol `sentry` through the program: errors and sessions, limits with any status, reports of losses; read by Sentry's own parser.
//!
//! Promises: what is shown arrives, and nothing that is kept or sent has a DSN's secret. Absent: a real receiver (`interop`).

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use sentry_types::protocol::v7::{Envelope, EnvelopeItem, SessionStatus};
use serde_json::{Value, json};
use telemetry::actions::track::Recorder;

use crate::sandbox::acme::{bounded, json, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Recorded, Server};

const TOLD: &str = ".acme/telemetry/told/bugs.json";
const LOSSES: &str = ".acme/telemetry/losses.json";

fn manifest(server: &Server, more: &str) -> String {
    format!(
        "manifest: 1
tool: acme
title: Acme
consent: opt-in
facts: [os, version]
destinations:
  bugs:
    dsn: http://abc:s3cret@127.0.0.1:{}/42
    protocol: sentry
    environment: production
    errors:
      failed: {{type: $field.kind, message: The configuration is wrong}}
    sessions:
      run: {{duration: $field.took, status: $field.result, means: {{bad: crashed}}}}
{more}deletion:
  - event: bugs
events:
  failed:
    description: It failed
    purpose: product
    fields:
      kind: {{type: enum, values: [ConfigError], description: Which}}
      count: {{type: integer, description: How many}}
  run:
    description: A run
    purpose: product
    lifecycle: true
    outcome:
      took: {{type: duration, description: How long}}
      result: {{type: enum, values: [ok, bad], description: How it ended}}
...
",
        server.port()
    )
}

fn sending(script: impl IntoIterator<Item = Answer>, more: &str) -> (Home, Server) {
    let (home, server) = (Home::new(), Server::start(script));
    home.manifest("acme", &manifest(&server, more));
    bounded(&home, &["enable", "acme"], &[]).expect(0);
    (home, server)
}

fn fail(home: &Home) {
    let words = ["track", "acme", "failed", "kind=ConfigError", "count=3", "--tool-version", "1.4.2"];
    bounded(home, &words, &[]).expect(0);
}

fn flush(home: &Home, status: i32) -> Value {
    let shown = json(&bounded(home, &["flush", "acme", "--now", "--json"], &[]).expect(status));
    shown["destinations"][0].clone()
}

/// What Sentry's own parser reads in a body that arrived.
fn items(request: &Recorded) -> Vec<EnvelopeItem> {
    let envelope = Envelope::from_slice(&request.body).expect("an envelope");
    envelope.into_items().collect()
}

/// The reasons and numbers of the report in a body; none where it has none.
fn reported(request: &Recorded) -> Option<Value> {
    let body = String::from_utf8(request.body.clone()).expect("text");
    Envelope::from_slice(&request.body).expect("an envelope");
    let report = body.lines().skip_while(|line| !line.contains("client_report")).nth(1)?;
    let report: Value = serde_json::from_str(report).expect("JSON");
    let pairs = report["discarded_events"].as_array().expect("a list").iter();
    Some(pairs.map(|one| (text(one, "/reason"), one["quantity"].clone())).collect::<serde_json::Map<_, _>>().into())
}

/// All that lies in a folder, but for manifests.
fn kept(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            kept(&path, all);
        } else if !path.ends_with("tools/acme.yml") {
            all.push_str(&String::from_utf8_lossy(&fs::read(&path).expect("read")));
        }
    }
}

#[test]
fn an_error_and_a_run_arrive_as_they_were_shown() {
    let named = Answer::status(200).body("{\"id\":\"0\"}");
    let (home, server) = sending([named], "");
    fail(&home);
    let start = ["track", "acme", "run", "--start", "--tool-version", "1.4.2"];
    let pair = bounded(&home, &start, &[]).expect(0).stdout.trim().to_owned();
    bounded(&home, &["track", "acme", "run", "--complete", &pair, "took=400", "result=bad"], &[]).expect(0);
    let shown = json(&bounded(&home, &["show-payload", "acme", "--json"], &[]).expect(0));
    let payload = &shown["payloads"][0];
    assert_eq!(payload["which"], "sealed");
    assert_eq!(payload["address"], format!("http://127.0.0.1:{}/api/42/envelope/", server.port()));
    assert_eq!(payload["decoded"]["items"][0]["payload"]["exception"]["values"][0]["type"], "ConfigError");
    let raw = bounded(&home, &["show-payload", "acme", "--raw"], &[]).expect(0);

    let sent = flush(&home, 0);
    let requests = server.requests();
    assert_eq!((requests.len(), &sent["events"], &sent["acknowledged"]), (2, &json!(3), &json!(0)), "{sent}");
    assert_eq!(requests[0].body, raw.stdout.as_bytes(), "what is shown is what is sent");
    assert_eq!(requests[0].path, "/api/42/envelope/");
    let auth = "Sentry sentry_version=7, sentry_client=telemetry/0.1.0, sentry_key=abc";
    assert_eq!(requests[0].header("x-sentry-auth"), Some(auth));
    assert_eq!(requests[0].header("content-type"), Some("application/x-sentry-envelope"));

    let first = items(&requests[0]);
    let [EnvelopeItem::Event(event)] = first.as_slice() else { panic!("{first:?}") };
    assert_eq!((event.release.as_deref(), event.environment.as_deref()), (Some("acme@1.4.2"), Some("production")));
    assert_eq!(event.exception.values[0].value.as_deref(), Some("The configuration is wrong"));
    assert_eq!(event.tags.get("count").map(String::as_str), Some("3"));
    assert!(event.user.as_ref().is_some_and(|user| user.id.is_some() && user.ip_address.is_none()), "{event:?}");
    assert!(event.server_name.is_none() && event.modules.is_empty() && event.stacktrace.is_none(), "{event:?}");
    let second = items(&requests[1]);
    let [EnvelopeItem::SessionUpdate(begun), EnvelopeItem::SessionUpdate(ended)] = second.as_slice() else {
        panic!("{second:?}")
    };
    assert_eq!((begun.session_id, begun.init, begun.status), (ended.session_id, true, SessionStatus::Ok));
    assert_eq!((ended.init, ended.status, ended.errors, ended.duration), (false, SessionStatus::Crashed, 1, Some(0.4)));
    assert_eq!((&begun.distinct_id, &ended.distinct_id), (&None, &None));
    let mut wrong = requests[1].body.clone();
    wrong.truncate(wrong.len() - 9);
    assert!(Envelope::from_slice(&wrong).is_err(), "it does not take just anything");

    let log = json(&bounded(&home, &["log", "acme", "--verify", "--json"], &[]).expect(0));
    assert_eq!((&log["verified"]["verified"], &log["verified"]["mismatched"]), (&json!(2), &json!(0)));
    let mut all = String::new();
    kept(home.path().as_path(), &mut all);
    for said in [&shown.to_string(), &raw.stdout, &log.to_string(), &all] {
        assert!(!said.contains("s3cret"), "{said}");
    }
    assert!(all.contains("sentry_key=abc"), "a baseline: what is kept was looked at");
}

#[test]
fn who_repeats_the_id_has_acknowledged_and_an_order_is_an_event() {
    let (home, server) = sending([Answer::status(200)], "");
    fail(&home);
    let raw = bounded(&home, &["show-payload", "acme", "--raw"], &[]).expect(0).stdout;
    let header: Value = serde_json::from_str(raw.lines().next().expect("a header")).expect("JSON");
    drop(server);
    let answer = Answer::status(200).body(json!({"id": header["event_id"]}).to_string());
    let server = Server::start([answer, Answer::status(200)]);
    home.manifest("acme", &manifest(&server, ""));
    bounded(&home, &["enable", "acme"], &[]).expect(0);
    fail(&home);
    assert_eq!(server.requests().len(), 0);
    let user = text(&json(&bounded(&home, &["id", "acme", "--json"], &[]).expect(0)), "/user_id");
    // The address is another one now, so what waited was agreed to for nobody; the new one has its own id.
    let sent = flush(&home, 0);
    assert_eq!(sent["events"].as_u64().map(|events| events > 0), Some(true), "{sent}");
    bounded(&home, &["forget", "acme", "--yes"], &[]).expect(0);
    let order = server.requests().pop().expect("an order");
    let order = items(&order);
    let [EnvelopeItem::Event(event)] = order.as_slice() else { panic!("{order:?}") };
    assert_eq!(event.user.as_ref().and_then(|asked| asked.id.clone()), Some(user));
    assert_eq!(event.fingerprint.as_ref(), ["telemetry_deletion_request"]);
}

#[test]
fn a_limit_is_kept_to_with_any_status() {
    for (status, limits, left, waits) in [
        (200, Some("60::key"), 1, true),
        (200, Some("60:session:key"), 1, true),
        (200, Some("86400:transaction;span:organization"), 0, false),
        (429, Some("60::key"), 1, true),
        (429, None, 1, true),
        (503, None, 0, false),
    ] {
        let answer =
            limits.iter().fold(Answer::status(status), |answer, one| answer.header("X-Sentry-Rate-Limits", one));
        let (home, server) = sending([answer], "");
        fail(&home);
        fail(&home);
        // Each error is a request of its own: who was asked to wait has one left.
        let sent = json(&bounded(&home, &["flush", "acme", "--json"], &[]));
        assert_eq!(server.requests().len(), 2 - left, "{status} {limits:?}: {sent}");
        let backoff = home.at(".acme/telemetry/backoff/bugs.json");
        assert_eq!(backoff.exists(), waits, "{status} {limits:?}");
        bounded(&home, &["flush", "acme"], &[]);
        assert_eq!(server.requests().len(), 2 - left, "{status} {limits:?}: it is left alone");
        let shown = json(&bounded(&home, &["status", "acme", "--json"], &[]).expect(0));
        assert_eq!(shown["queue"]["waiting"].as_u64(), Some(left as u64), "{status} {limits:?}");
        let why = format!("it answered {status}, and asks to be left alone");
        assert_eq!(shown["destinations"][0]["trouble"]["why"].as_str(), waits.then_some(why.as_str()));
    }
}

#[test]
fn losses_are_told_once_and_a_no_never() {
    let (home, server) = sending([Answer::status(200)], "    reports: true\n");
    let losses = |bytes, age, no| {
        let counts = json!({"version": 1, "since_ms": 5, "counts": {"bytes": bytes, "age": age, "no": no, "before-yes": no, "refused": 9, "forget": no}});
        home.write(LOSSES, counts.to_string());
    };
    let told = |expected: Option<Value>| {
        fail(&home);
        flush(&home, 0);
        assert_eq!(reported(&server.requests().pop().expect("a request")), expected);
    };
    losses(4, 1, 7);
    told(None);
    assert!(home.read(TOLD).contains("\"bytes\":4"), "what was lost before it asked is nothing to it");
    told(None);
    losses(6, 1, 9);
    let shown = json(&bounded(&home, &["status", "acme", "--json"], &[]).expect(0));
    assert!(shown["queue"]["lost"].as_array().is_some_and(|lost| lost.len() > 3), "a baseline: {shown}");
    told(Some(json!({"queue_overflow": 2})));
    told(None);
    losses(6, 4, 9);
    fail(&home);
    let raw = bounded(&home, &["show-payload", "acme", "--raw"], &[]).expect(0).stdout;
    assert!(raw.contains("\"client_report\""), "it is shown: {raw}");
    fail(&home);
    let before = server.requests().len();
    flush(&home, 0);
    let both: Vec<_> = server.requests().iter().skip(before).map(reported).collect();
    assert_eq!(both, [Some(json!({"queue_overflow": 3})), None], "one payload tells of it");
    // A count that is begun anew is another count.
    fs::remove_file(home.at(LOSSES)).expect("gone");
    home.write(LOSSES, "{\"version\":1,\"since_ms\":6,\"counts\":{\"bytes\":8}}");
    told(None);
    home.write(TOLD, "{\"version\":2}");
    home.write(LOSSES, "{\"version\":1,\"since_ms\":6,\"counts\":{\"bytes\":9}}");
    told(None);
    assert_eq!(home.read(TOLD), "{\"version\":2}");
}

#[test]
fn what_was_not_taken_is_told_again_and_what_came_from_before_a_yes_is_not() {
    let script = [200, 400, 429, 200, 200, 200].map(Answer::status);
    let (home, server) =
        sending(script.into_iter().chain([Answer::reset(), Answer::status(200)]), "    reports: true\n");
    let told = |status| {
        fail(&home);
        bounded(&home, &["flush", "acme", "--now"], &[]).expect(status);
        reported(&server.requests().pop().expect("a request"))
    };
    let losses =
        |bytes| home.write(LOSSES, format!("{{\"version\":1,\"since_ms\":5,\"counts\":{{\"bytes\":{bytes}}}}}"));
    losses(1);
    assert_eq!(told(0), None);
    losses(3);
    assert_eq!(told(4), Some(json!({"queue_overflow": 2})), "refused");
    assert_eq!(told(4), Some(json!({"queue_overflow": 2, "send_error": 1})), "no time for it");
    assert_eq!(
        told(0),
        Some(json!({"queue_overflow": 2, "send_error": 1})),
        "taken; what was answered 429 is not told"
    );
    assert_eq!(told(0), None);
    losses(4);
    bounded(&home, &["disable", "acme"], &[]).expect(0);
    bounded(&home, &["enable", "acme"], &[]).expect(0);
    assert_eq!(told(0), None, "it is from before the yes");
    losses(5);
    let lost = told(3);
    assert_eq!(lost, Some(json!({"queue_overflow": 1})));
    let first = server.requests().pop().expect("a request").body;
    bounded(&home, &["flush", "acme", "--now"], &[]).expect(0);
    assert_eq!(server.requests().pop().expect("a request").body, first, "the same bytes again");
    assert_eq!(told(0), None);
}

#[test]
fn a_hundred_sessions_go_together_and_no_more() {
    let (home, server) = sending([Answer::status(200)], "    compression: gzip\n");
    let mut recorder = Recorder::new(&home.context(), &home.tool("acme"), Some("1.4.2")).expect("a recorder");
    for _ in 0..101 {
        recorder.start("run", &[]).expect("recorded");
    }
    let shown = json(&bounded(&home, &["show-payload", "acme", "--json"], &[]).expect(0));
    assert_eq!(shown["payloads"][0]["decoded"]["items"].as_array().map(Vec::len), Some(100));
    assert_eq!(flush(&home, 0)["events"], 101);
    let counts: Vec<usize> = server
        .requests()
        .iter()
        .map(|request| {
            assert_eq!(request.header("content-encoding"), Some("gzip"));
            let mut body = Vec::new();
            GzDecoder::new(request.body.as_slice()).read_to_end(&mut body).expect("gzip");
            Envelope::from_slice(&body).expect("an envelope").into_items().count()
        })
        .collect();
    assert_eq!(counts, [100, 1]);
}
