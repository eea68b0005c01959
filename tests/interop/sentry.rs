//! What the program flushes to a real server of Sentry's protocol, as that server's database has it.
//!
//! Promises: an event is kept with what it says and with nothing else; what the server refuses, or asks to wait with, is neither lost
//! unseen nor pressed on it. The server holds every event against its schema. Absent: its pages.

use serde_json::{Value, json};

use crate::PROGRAM;
use crate::bugsink::Bugsink;
use crate::sandbox::acme::{json, text};
use crate::sandbox::home::Home;

const LOSSES: &str = ".acme/telemetry/losses.json";
const TAGS: &str = "select k.key, v.value from tags_eventtag t join tags_tagvalue v on v.id = t.value_id \
                    join tags_tagkey k on k.id = v.key_id order by t.id";

fn manifest(origin: &str, more: &str) -> String {
    format!(
        "manifest: 1
tool: acme
title: Acme
consent: opt-in
facts: [os, os_release, arch, cpu_count, memory_gib, version, first_seen, ci]
ids: [user]
destinations:
  bugs:
    dsn: {origin}/1
    protocol: sentry
    environment: production
    errors: {{failed: {{type: $field.kind, message: $field.what}}}}
    sessions: {{run: {{duration: $field.took, status: $field.result}}}}
{more}deletion:
  - event: bugs
events:
  failed:
    description: It failed
    purpose: product
    fields:
      kind: {{type: enum, values: [ConfigError], description: Which}}
      what: {{type: text, pattern: '[a-z ]+', longest: 64, description: What is wrong}}
      command: {{type: text, pattern: '[a-z]+', longest: 200, description: Which command}}
      count: {{type: integer, description: How many}}
      fatal: {{type: boolean, description: Whether it ended}}
  run:
    description: A run
    purpose: product
    lifecycle: true
    outcome:
      took: {{type: duration, description: How long}}
      result: {{type: enum, values: [exited, crashed], description: How it ended}}
"
    )
}

/// A home with a yes that sends to this origin.
fn sending(origin: &str, more: &str) -> Home {
    let home = Home::new();
    home.manifest("acme", &manifest(origin, more));
    home.run(["enable", "acme"]).expect(0);
    home
}

fn fail(home: &Home, command: &str, count: usize) {
    let (command, count) = (format!("command={command}"), format!("count={count}"));
    let said = ["kind=ConfigError", "what=missing key region", "fatal=true", &command, &count];
    home.run([&["track", "acme", "failed", "--tool-version", "1.4.2"], &said[..]].concat()).expect(0);
}

fn flush(home: &Home, exit: i32) -> Value {
    let shown = json(&home.run(["flush", "acme", "--now", "--json"]).expect(exit));
    shown["destinations"][0].clone()
}

fn waiting(home: &Home) -> u64 {
    let status = json(&home.run(["status", "acme", "--json"]).expect(0));
    status["queue"]["waiting"].as_u64().expect("a number")
}

/// What an event says that hangs on the machine and the moment, taken out of it: it is there, and is no more than a word.
fn taken_out(event: &mut Value) {
    for (within, name) in [
        ("", "event_id"),
        ("", "timestamp"),
        ("/contexts/os", "kernel_version"),
        ("/tags", "fact_cpu_count"),
        ("/tags", "fact_memory_gib"),
        ("/tags", "fact_first_seen"),
    ] {
        let value = event.pointer_mut(within).and_then(|tree| tree.as_object_mut()?.remove(name)).unwrap_or_default();
        let word = value.as_str().is_some_and(|text| !text.is_empty() && text.len() < 100 && !text.contains('/'));
        assert!(word, "{within}/{name} is {value} of {event}");
    }
}

#[test]
fn an_error_is_kept_with_what_it_says_and_nothing_else() {
    let bugsink = Bugsink::start();
    let version = env!("CARGO_PKG_VERSION");
    let (os, arch) = (json!({"name": "Linux"}), json!({"arch": std::env::consts::ARCH}));
    let whole = json!({"platform": "other", "level": "error", "release": "acme@1.4.2", "environment": "production",
        "transaction": "failed", "exception": {"values": [{"type": "ConfigError", "value": "missing key region",
        "mechanism": {"type": "generic", "handled": true}}]},
        "tags": {"command": "sync", "count": "3", "fatal": "true", "purpose": "product"},
        "contexts": {"os": os, "device": arch}, "sdk": {"name": "telemetry", "version": version}});
    for (more, address) in [
        ("", None),
        ("    compression: gzip\n", None),
        // Its owner may keep where a request comes from only if the manifest says so; the server fills the word in, or does not.
        ("    allow: [ip, profiles]\n", Some("{{auto}}")),
    ] {
        let home = sending(&bugsink.origin(), more);
        fail(&home, "sync", 3);
        let mut user = json!({"id": text(&json(&home.run(["id", "acme", "--json"]).expect(0)), "/user_id")});
        address.into_iter().for_each(|address| user["ip_address"] = json!(address));
        let before = bugsink.events().len();
        let sent = flush(&home, 0);
        assert_eq!((&sent["events"], &sent["acknowledged"]), (&json!(1), &json!(1)), "{more}: {sent}");
        assert_eq!(bugsink.events().len(), before + 1, "{more}: {}", bugsink.log());
        let mut event = bugsink.events().pop().expect("an event");
        taken_out(&mut event);
        let mut whole = whole.clone();
        whole["user"] = user;
        assert_eq!(event, whole, "{more}");
    }
    let columns = "calculated_type, calculated_value, level, platform, release, environment, \"transaction\", server_name, \
                   logger, dist, sdk_name, sdk_version, last_frame_filename, last_frame_module, last_frame_function";
    let kept = json!({"calculated_type": "ConfigError", "calculated_value": "missing key region", "level": "error",
        "platform": "other", "release": "acme@1.4.2", "environment": "production", "transaction": "failed",
        "server_name": "", "logger": "", "dist": "", "sdk_name": "telemetry", "sdk_version": version,
        "last_frame_filename": "", "last_frame_module": "", "last_frame_function": ""});
    assert_eq!(bugsink.rows(&format!("select {columns} from events_event")), vec![kept; 3]);
    let tags: Vec<String> = bugsink.rows(TAGS).iter().map(|row| text(row, "/key")).collect();
    for tag in ["command", "count", "fatal", "purpose", "fact_cpu_count", "user.id", "release", "environment"] {
        assert!(tags.iter().any(|there| there == tag), "one can search by {tag}: {tags:?}");
    }
}

#[test]
fn sessions_and_reports_are_taken_and_an_order_is_kept() {
    let bugsink = Bugsink::start();
    let home = sending(&bugsink.origin(), "    compression: gzip\n    reports: true\n");
    let lost = |bytes| home.write(LOSSES, json!({"version": 1, "since_ms": 5, "counts": {"bytes": bytes}}).to_string());
    lost(1);
    fail(&home, "sync", 3);
    let start = ["track", "acme", "run", "--start", "--tool-version", "1.4.2"];
    let pair = home.run(start).expect(0).stdout.trim().to_owned();
    home.run(["track", "acme", "run", "--complete", &pair, "took=400", "result=crashed"]).expect(0);
    let user = text(&json(&home.run(["id", "acme", "--json"]).expect(0)), "/user_id");
    let sent = flush(&home, 0);
    // Of sessions it says nothing, so that only the error is acknowledged.
    let said = (&sent["payloads"], &sent["events"], &sent["acknowledged"], &sent["trouble"]);
    assert_eq!(said, (&json!(2), &json!(3), &json!(1), &Value::Null), "{sent}\n{}", bugsink.log());
    let envelopes = bugsink.envelopes();
    let has = |at: usize, kind: &str| envelopes[at].contains(&format!("{{\"type\":\"{kind}\",\"length\":"));
    assert_eq!(envelopes.len(), 2, "what came packed is unpacked: {envelopes:?}");
    assert!(has(0, "event") && has(1, "session"), "{envelopes:?}");

    // A second flush tells of what was lost since the first one.
    lost(3);
    fail(&home, "init", 1);
    flush(&home, 0);
    let told = bugsink.envelopes().pop().expect("an envelope");
    assert!(told.contains("{\"reason\":\"queue_overflow\",\"category\":\"error\",\"quantity\":2}"), "{told}");
    assert_eq!(bugsink.events().len(), 2, "the event beside the report is kept: {}", bugsink.log());

    home.run(["forget", "acme", "--yes"]).expect(0);
    let rows = bugsink.rows("select calculated_type, calculated_value, data from events_event where level = 'info'");
    let said = |row: &Value| [text(row, "/calculated_type"), text(row, "/calculated_value")];
    assert_eq!(rows.iter().map(said).collect::<Vec<_>>(), [["Log Message", "telemetry deletion requested"]]);
    let order: Value = serde_json::from_str(&text(&rows[0], "/data")).expect("JSON");
    assert_eq!(
        (&order["user"], &order["extra"]["ids"]),
        (&json!({"id": user}), &json!([{"kind": "user", "id": user}]))
    );
    assert_eq!(order["fingerprint"], json!(["telemetry_deletion_request"]));
    let followed = json(&home.run(["forget", "acme", "--status", "--json"]).expect(0));
    let followed = &followed["tools"][0]["requests"][0]["orders"][0];
    assert_eq!(followed["state"], "acknowledged", "{followed}");
}

#[test]
fn a_wrong_key_is_told_and_what_waits_waits_until_it_is_right() {
    let bugsink = Bugsink::start();
    let key = "0".repeat(32);
    let home = sending(&bugsink.origin_with(&key), "");
    fail(&home, "sync", 1);
    fail(&home, "init", 2);
    let sent = flush(&home, 3);
    assert_eq!((&sent["events"], &sent["refused"]), (&json!(0), &json!(0)), "{sent}");
    assert!(text(&sent, "/trouble").contains("403"), "{sent}");
    assert_eq!((waiting(&home), bugsink.events().len(), bugsink.envelopes().len()), (2, 0, 1), "it is asked once");
    let status = home.run(["status", "acme"]).expect(0).stdout;
    assert!(status.contains("it answered 403") && status.contains("misconfigured"), "{status}");
    // Another key in the manifest would be another account, to be agreed to anew: here it is the server that is put right.
    bugsink.change(&format!("update projects_project set sentry_key = '{key}'"));
    assert_eq!((&flush(&home, 0)["acknowledged"], waiting(&home)), (&json!(2), 0));
    assert_eq!(bugsink.events().len(), 2, "{}", bugsink.log());
}

#[test]
fn what_is_too_large_is_refused_alone() {
    let bugsink = Bugsink::start_with("BUGSINK['MAX_EVENT_SIZE'] = 750\n");
    let home = sending(&bugsink.origin(), "");
    fail(&home, &"a".repeat(200), 1);
    fail(&home, "sync", 2);
    let sent = flush(&home, 4);
    assert_eq!((&sent["events"], &sent["refused"], waiting(&home)), (&json!(1), &json!(1), 0), "{sent}");
    let kept: Vec<Value> = bugsink.events().iter().map(|event| event["tags"]["command"].clone()).collect();
    assert_eq!((kept, bugsink.envelopes().len()), (vec![json!("sync")], 2), "{}", bugsink.log());
    let log = home.run(["log", "acme"]).expect(0).stdout;
    assert!(log.contains("413"), "{log}");
    flush(&home, 0);
    assert_eq!(bugsink.envelopes().len(), 2, "it is not asked again");
}

#[test]
fn who_is_over_its_quota_is_left_alone_for_as_long_as_it_asks() {
    let bugsink = Bugsink::start_with("BUGSINK['MAX_EVENTS_PER_PROJECT_PER_5_MINUTES'] = 2\n");
    let home = sending(&bugsink.origin(), "");
    (0..4).for_each(|count| fail(&home, "sync", count));
    let at = |after: &str, exit| {
        let words = ["-f", after, PROGRAM, "flush", "acme", "--json"];
        let flushed = json(&home.program("faketime", words).run().expect(exit));
        (flushed["destinations"][0].clone(), bugsink.envelopes().len(), bugsink.events().len())
    };
    // The third is answered 429, which drops it, and asks for 60 seconds: the fourth is not even tried.
    let (sent, came, kept) = at("+0s", 4);
    assert_eq!((&sent["events"], &sent["refused"], came, kept), (&json!(2), &json!(1), 3, 2), "{sent}");
    assert!(text(&sent, "/trouble").contains("429") && sent["not_before"].is_string(), "{sent}");
    assert_eq!(waiting(&home), 1);
    let (held, came, _) = at("+20s", 3);
    assert_eq!((&held["events"], came), (&json!(0), 3), "{held}");
    bugsink.change("update projects_project set quota_exceeded_until = null");
    let (sent, came, kept) = at("+300s", 0);
    assert_eq!((&sent["events"], came, kept, waiting(&home)), (&json!(1), 4, 3, 0), "{sent}\n{}", bugsink.log());
}
