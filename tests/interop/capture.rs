//! Other people's programs run by `show-payload --capture`: what is shown is what they say without it, and they say it to nobody else.
//!
//! Promises: a zero at the usual address counts only beside a run of the same home that was not zero there. Absent: Grouparoo before
//! 0.9.0, of which only what reads the settings is here.

use std::fs;
use std::os::unix::fs::MetadataExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::PROGRAM;
use crate::loops::Loop;
use crate::real::{Asked, Real, events};
use crate::sandbox::home::Ran;
use crate::sandbox::server::Recorded;

/// A capture of this run; OpenObserve tells no version before it runs.
fn capture(all: &Loop, asked: Asked) -> Ran {
    let mut words = vec!["show-payload", all.real.tool, "--capture", "--json"];
    if all.real.tool == "zincobserve" {
        words.extend(["--as", all.real.version]);
    }
    words.push("--");
    asked.through(PROGRAM, &words).run(&all.home)
}

/// What it sends with its telemetry on.
fn usual(all: &Loop) -> Asked {
    if all.real.tool == "grouparoo" {
        let asked = all.real.command(&all.home, &all.server, &["run"]);
        return asked.env("GROUPAROO_TELEMETRY_ENABLED", "true").env("SERVER_TOKEN", "x");
    }
    all.real.usual(&all.home, &all.server)
}

/// The requests of a document as the recorder would have them.
fn requests(ran: &Ran) -> Vec<Recorded> {
    let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|why| panic!("{why}: {ran:?}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |request: &Value| Recorded {
        method: text(&request["method"]),
        path: text(&request["target"]),
        headers: Vec::new(),
        head: String::new(),
        body: STANDARD.decode(text(&request["body_base64"])).expect("base64"),
        reused: false,
    };
    document["requests"].as_array().expect("requests").iter().map(one).collect()
}

/// The files of these programs, each with its bytes and all that is told of it but for what replacing it changes.
fn files(all: &Loop) -> Vec<(&'static str, Vec<u8>, u32, i64, i64)> {
    let names = ["meltano.yml", ".meltano/analytics.json", ".env", ".local/user.json"];
    let there = names.into_iter().map(|name| (name, all.home.at("work").join(name))).filter(|(_, path)| path.exists());
    there
        .map(|(name, path)| {
            let meta = fs::metadata(&path).expect("a file");
            (name, fs::read(&path).expect("a file"), meta.mode(), meta.mtime(), meta.mtime_nsec())
        })
        .collect()
}

fn names(requests: &[Recorded]) -> Vec<String> {
    requests.iter().flat_map(events).collect()
}

fn is_as_without(real: &Real) {
    let all = Loop::start(real);
    if real.tool == "grouparoo" {
        let plugins =
            r#""dependencies": {"@grouparoo/core": "0.9.0"}, "grouparoo": {"plugins": ["@grouparoo/sqlite"]}"#;
        all.home.write("work/package.json", format!("{{\"name\": \"p\", \"version\": \"1.0.0\", {plugins}}}"));
        all.home.write("work/.local/user.json", r#"{"customerId": "tcs_1b4e28ba-2fa1-4d2b-9bd4-3b1b2d5e6f70"}"#);
    }
    let before = all.real.said(&all.home, &all.server, usual(&all), None);
    assert!(before.ran.status == 0 && !before.events.is_empty(), "{real:?}: {before:?}");
    let (heard, stood) = (all.server.requests().len(), files(&all));
    assert!(!stood.is_empty(), "{real:?}");
    let ran = capture(&all, usual(&all)).expect(0);
    assert_eq!(names(&requests(&ran)), before.events, "{real:?}: {}", ran.stderr);
    assert_eq!(all.server.requests().len(), heard, "{real:?}: nothing at the usual address");
    assert_eq!(files(&all), stood, "{real:?}");
    let after = all.real.said(&all.home, &all.server, usual(&all), None);
    assert_eq!(after.events, before.events, "{real:?}: as if it had not been run");
}

#[test]
fn what_meltano_sends_is_captured() {
    Real::all("meltano").for_each(is_as_without);
}

#[test]
fn what_openobserve_sends_is_captured() {
    Real::all("zincobserve").for_each(is_as_without);
}

#[test]
fn what_grouparoo_sends_is_captured() {
    is_as_without(&Real::of("grouparoo", "0.9.0"));
}

#[test]
fn meltanos_farewell_is_captured_and_its_memory_put_back() {
    for real in Real::all("meltano") {
        let all = Loop::start(real);
        assert!(!all.said().events.is_empty());
        let (heard, stood) = (all.server.requests().len(), files(&all));
        for _ in 0..2 {
            let ran = capture(&all, usual(&all).env("MELTANO_SEND_ANONYMOUS_USAGE_STATS", "false")).expect(0);
            assert_eq!(names(&requests(&ran)), ["telemetry_state_change_event"], "{real:?}: {}", ran.stderr);
            assert!(ran.stderr.contains("put back as it was: ~/work/.meltano/analytics.json"), "{}", ran.stderr);
            assert_eq!(files(&all), stood, "{real:?}");
        }
        assert_eq!(all.server.requests().len(), heard, "{real:?}");
    }
}

#[test]
fn a_file_that_names_another_address_refuses_the_run() {
    let elsewhere = "http://127.0.0.1:9";
    for real in Real::all("meltano").copied().chain([Real::of("zincobserve", "0.14.0")]) {
        let traps = |all: &Loop| -> Vec<(&'static str, String)> {
            let url = all.server.url("").trim_end_matches('/').to_owned();
            let block = format!("env:\n  MELTANO_SNOWPLOW_COLLECTOR_ENDPOINTS: '[\"{url}\"]'\n");
            match real.tool {
                "meltano" => {
                    all.home.write("work/included.yml", &block);
                    vec![("meltano.yml", block), ("meltano.yml", "include_paths: [./included.yml]\n".to_owned())]
                }
                _ => vec![(".env", format!("ZO_TELEMETRY_URL={url}\n"))],
            }
        };
        let count = traps(&Loop::start(&real)).len();
        for index in 0..count {
            let all = Loop::start(&real);
            let (name, text) = traps(&all).swap_remove(index);
            let name = format!("work/{name}");
            all.home.write(&name, format!("{}{text}", all.home.read(&name)));
            let asked = || {
                let elsewhere_list = format!("[\"{elsewhere}\"]");
                usual(&all)
                    .env("MELTANO_SNOWPLOW_COLLECTOR_ENDPOINTS", &elsewhere_list)
                    .env("ZO_TELEMETRY_URL", elsewhere)
            };
            let heard = all.real.said(&all.home, &all.server, asked(), None).requests.len();
            assert_eq!(heard, 1, "{real:?} {text}: the file beats the variable");
            let ran = capture(&all, asked()).expect(1);
            assert!(ran.stderr.contains("can beat the variable"), "{real:?} {text}: {}", ran.stderr);
            assert_eq!(all.server.requests().len(), heard, "{real:?} {text}");
        }
    }
}
