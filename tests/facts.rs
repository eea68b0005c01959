//! Facts: an event carries what the manifest lists of the machine, and nothing else of it.
//!
//! That nothing more is read, and nothing asked for over a network, is seen from outside, in `tests/interop/facts.rs`. Absent: how each
//! fact is found (`host` has that beside it).

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use telemetry::actions::context::Context;
use telemetry::actions::enable::enable;
use telemetry::actions::preview::preview;
use telemetry::actions::track::{Recorded, Recorder, TrackError};
use telemetry::host::facts;
use telemetry::manifest::tool::Fact;

use crate::commands::given::{Acme, EVENTS, files, refused, silence};
use crate::sandbox::home::Home;

/// A home whose tool lists these facts and has a yes, and a machine made of files below `machine`.
fn home(listed: &str) -> Home {
    let home = Home::new();
    let events = EVENTS.replace("facts: [first_seen]", &format!("facts: [{listed}]"));
    home.manifest("acme", &format!("{events}destinations:\n  main: {{file: out.jsonl, batch: lines}}\n"));
    enable(&home.context(), &home.tool("acme"), false).expect("a yes");
    for (name, bytes) in [
        ("proc/meminfo", "MemTotal:       16284092 kB\n"),
        ("etc/timezone", "Asia/Tokyo\n"),
        ("run/cloud-init/instance-data.json", r#"{"v1":{"cloud_id":"aws","region":"eu-west-1"}}"#),
    ] {
        home.write(format!("work/machine/{name}"), bytes);
    }
    home
}

/// The context in which that machine is asked.
fn context(home: &Home, variables: &[(&str, &str)]) -> Context {
    let context = home.context_with(variables.iter().copied());
    Context { paths: context.paths.clone().with_root(home.at("work/machine")), ..context }
}

/// The facts of the last event that waits.
fn waiting(home: &Home) -> Map<String, Value> {
    let queue = home.read(".acme/telemetry/queue/active.jsonl");
    let line: Value = serde_json::from_str(queue.lines().last().expect("an event")).expect("JSON");
    line["facts"].as_object().expect("facts").clone()
}

fn record(recorder: &mut Recorder) {
    let recorded = recorder.record("command", &[("name".into(), "build".into())]).expect("recorded");
    assert!(matches!(recorded, Recorded::Stored { .. }), "{recorded:?}");
}

fn every() -> String {
    Fact::ALL.map(Fact::as_str).join(", ")
}

#[test]
fn every_fact_is_told_in_its_form() {
    let home = home(&every());
    let context = context(&home, &[("CI", "")]);
    let recorder = Recorder::new(&context, &home.tool("acme"), Some("1.2.3")).expect("a recorder");
    let mut recorder = recorder.with_runtimes(&["python/3.12.1", "node/22.1.0"]).expect("runtimes");
    record(&mut recorder);
    let told = waiting(&home);
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let names: Vec<&str> = told.keys().map(String::as_str).collect();
    let listed: Vec<&str> = Fact::ALL.map(Fact::as_str).into_iter().filter(|name| *name != "ci").collect();
    assert_eq!(names, listed, "all but the CI, which there is none");
    for (name, value) in [
        ("memory_gib", "16"),
        ("time_zone", "Asia/Tokyo"),
        ("cloud", "aws"),
        ("region", "eu-west-1"),
        ("runtime", "node/22.1.0 python/3.12.1"),
        ("version", "1.2.3"),
        ("initial_version", "1.2.3"),
    ] {
        assert_eq!(text(name), value, "{name}");
    }
    assert!(text("cpu_count").parse::<usize>().is_ok_and(|count| count > 0), "{told:?}");
    let salt = home.read(".acme/telemetry/salt");
    let name = facts::host_name().expect("a name");
    assert_eq!(text("host_name"), hex(&Sha256::digest(salt + name.to_hash())), "the salt's digits, then the name");
}

#[test]
fn what_is_not_known_is_left_out_and_a_variable_is_asked_first() {
    let home = home("memory_gib, time_zone, cloud, region, runtime, version");
    let nowhere = home.context_with([("TZ", "CET-1CEST"), ("AWS_REGION", "eu-west-1")]);
    let nowhere = Context { paths: nowhere.paths.clone().with_root(home.at("work/nothing")), ..nowhere };
    record(&mut Recorder::new(&nowhere, &home.tool("acme"), None).expect("a recorder"));
    assert_eq!(waiting(&home), Map::new());
    let variables = context(&home, &[("TZ", "Europe/Berlin"), ("FLY_REGION", "ams")]);
    record(&mut Recorder::new(&variables, &home.tool("acme"), None).expect("a recorder"));
    let told: Vec<(String, Value)> = waiting(&home).into_iter().filter(|(name, _)| name != "memory_gib").collect();
    let expected = [("time_zone", "Europe/Berlin"), ("cloud", "fly"), ("region", "ams")];
    assert_eq!(told, expected.map(|(name, value)| (name.to_owned(), Value::from(value))));
    // Whatever stands in a variable, only what reads as a region and as a zone's name goes out.
    let odd = context(&home, &[("TZ", "Europe/zq ada"), ("FLY_REGION", "ZQ ada's flat")]);
    record(&mut Recorder::new(&odd, &home.tool("acme"), None).expect("a recorder"));
    let told: Vec<String> = waiting(&home).into_iter().map(|(name, _)| name).collect();
    assert_eq!(told, ["memory_gib", "cloud"]);
    assert!(!home.read(".acme/telemetry/queue/active.jsonl").contains("ada"));
}

#[test]
fn what_is_not_listed_is_not_told_and_makes_nothing() {
    let home = home("os");
    let context = context(&home, &[]);
    let recorder = Recorder::new(&context, &home.tool("acme"), Some("1.2.3")).expect("a recorder");
    record(&mut recorder.with_runtimes(&["python/3.12.1"]).expect("runtimes"));
    assert_eq!(waiting(&home).keys().collect::<Vec<_>>(), ["os"]);
    assert!(!home.at(".acme/telemetry/salt").exists(), "no salt is made for nothing");
}

#[test]
fn a_fact_that_nobody_agreed_to_is_not_gathered() {
    let home = home("os");
    let text = home.read(".config/telemetry/tools/acme.yml");
    home.manifest("acme", &text.replace("facts: [os]", "facts: [os, host_name, time_zone]"));
    let context = context(&home, &[]);
    let mut recorder = Recorder::new(&context, &home.tool("acme"), None).expect("a recorder");
    record(&mut recorder);
    assert_eq!(waiting(&home).keys().collect::<Vec<_>>(), ["os"]);
    assert!(!home.at(".acme/telemetry/salt").exists());
    // A yes to all of it counts for the next event of a program that runs on.
    enable(&home.context(), &home.tool("acme"), false).expect("a yes");
    record(&mut recorder);
    assert_eq!(waiting(&home).keys().collect::<Vec<_>>(), ["os", "host_name", "time_zone"]);
}

#[test]
fn a_preview_shows_the_facts_and_makes_nothing() {
    let home = home(&every());
    let context = context(&home, &[]);
    let tool = home.tool("acme");
    let shown = || {
        let preview = preview(&context, &tool, tool.manifest.destinations.first().expect("one")).expect("a preview");
        let line = String::from_utf8(preview.body).expect("text").lines().next().expect("an event").to_owned();
        let event: Value = serde_json::from_str(&line).expect("JSON");
        event["facts"].clone()
    };
    let before = files(&home);
    let facts_shown = shown();
    assert_eq!(files(&home), before);
    assert_eq!(facts_shown["time_zone"], "Asia/Tokyo");
    assert_eq!(facts_shown["runtime"], "example/0.0.0");
    let unsalted = |name: &str| hex(&Sha256::digest("0".repeat(64) + name));
    assert_eq!(facts_shown["host_name"], unsalted("example-host").as_str(), "nobody can try names against zeros");
    record(&mut Recorder::new(&context, &tool, None).expect("a recorder"));
    let recorded = waiting(&home)["host_name"].clone();
    assert_eq!(shown()["host_name"], recorded, "it is sealed now");
}

#[test]
fn the_hosts_name_stands_nowhere() {
    let acme = Acme::on();
    let text = acme.home.read(".config/telemetry/tools/acme.yml");
    acme.home.manifest("acme", &text.replace("facts: [first_seen]", "facts: [host_name, os_release]"));
    let mut said = String::new();
    for words in [
        &["enable", "acme"][..],
        &["show-payload", "acme"],
        &["track", "acme", "command", "name=build"],
        &["show-payload", "acme"],
        &["flush", "acme"],
        &["status", "acme"],
        &["log", "acme", "--bodies", "--json"],
        &["export"],
    ] {
        let ran = acme.run(words).expect(0);
        said += &ran.stdout;
        said += &ran.stderr;
    }
    let sent = String::from_utf8(acme.received().concat()).expect("text");
    let kept: String =
        files(&acme.home).iter().map(|(name, bytes)| format!("{name}\n{}", String::from_utf8_lossy(bytes))).collect();
    let name = facts::host_name().expect("a name");
    let salt = fs::read_to_string(acme.home.at(".acme/telemetry/salt")).expect("a salt");
    let digest = hex(&Sha256::digest(salt + name.to_hash()));
    for (where_, text) in [("said", &said), ("sent", &sent), ("kept", &kept)] {
        assert!(text.contains(&digest), "{where_}: {text}");
        let spoken =
            if name.to_hash().len() > 4 { name.to_hash().to_owned() } else { format!("\"{}\"", name.to_hash()) };
        assert!(!text.contains(&spoken), "{where_}");
    }
}

#[test]
fn runtimes_come_by_the_command_line() {
    let acme = Acme::on();
    let text = acme.home.read(".config/telemetry/tools/acme.yml");
    acme.home.manifest("acme", &text.replace("facts: [first_seen]", "facts: [runtime]"));
    acme.run(["enable", "acme"]).expect(0);
    let event = ["track", "acme", "command", "name=build"];
    let with = |more: &[&str]| acme.run([event.as_slice(), more].concat());
    assert_eq!(with(&["--runtime", "python/3.12.1", "--runtime", "node/v22.1.0"]), silence());
    assert_eq!(waiting(&acme.home)["runtime"], "node/v22.1.0 python/3.12.1");
    assert_eq!(with(&[]), silence());
    assert_eq!(waiting(&acme.home), Map::new());
    let recorded = acme.home.read(".acme/telemetry/queue/active.jsonl");
    let odd = "\u{1b}[31m".to_owned() + &"x".repeat(100_000);
    for bad in ["python", "python/newest", "Python/3", "/home/ada/bin/python/3.12", "ada@example.org/1", &odd] {
        let ran = with(&["--runtime", bad]);
        assert!(!ran.stderr.contains('\u{1b}') && ran.stderr.len() < 500, "{:?}", ran.stderr);
        refused(ran, 1, &["is not a runtime such as python/3.12.1"], None);
        assert_eq!(with(&["--runtime", bad, "--best-effort"]), silence(), "{bad:?}");
    }
    refused(with(&["--runtime", "node/1", "--runtime", "node/2"]), 1, &["the runtime node was given twice"], None);
    acme.run(["disable", "acme"]).expect(0);
    refused(with(&["--runtime", "python"]), 1, &["is not a runtime"], None);
    assert!(recorded.lines().count() == 2, "{recorded}");
}

#[test]
fn a_recorder_refuses_runtimes_that_are_none() {
    let home = home("runtime");
    let recorder = Recorder::new(&home.context(), &home.tool("acme"), None).expect("a recorder");
    assert!(matches!(recorder.with_runtimes(&["python 3"]), Err(TrackError::Runtime(_))));
}

#[test]
fn a_manifest_that_lists_telling_facts_is_advised() {
    let home = home("time_zone, host_name, cpu_count");
    let path = home.at(".config/telemetry/tools/acme.yml").display().to_string();
    let said = home.run(["manifest", "check", &path]).expect(0);
    let all = said.stdout + &said.stderr;
    assert!(all.contains("the fact time_zone tells") && all.contains("the fact host_name joins"), "{all}");
    assert!(!all.contains("cpu_count"), "{all}");
}

#[test]
fn the_notice_says_what_every_event_carries() {
    let home = home("time_zone, host_name");
    let said = home.run(["enable", "acme"]).expect(0).stderr;
    let words = [Fact::TimeZone.words(), Fact::HostName.words(), "a random user id", "the project's id"];
    for words in words {
        assert!(said.contains(words), "{words}: {said}");
    }
    let text = home.read(".config/telemetry/tools/acme.yml");
    home.manifest("acme", &text.replace("facts: [time_zone, host_name]\nids: [user, project, provided]", "ids: []"));
    let said = home.run(["enable", "acme"]).expect(0).stderr;
    assert!(said.contains("reports how it is used") && !said.contains("carries"), "{said}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_fact_is_documented() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manifest/mod.rs");
    let source = fs::read_to_string(path).expect("a source");
    let rows: Vec<&str> = source.lines().skip_while(|line| !line.contains("## Facts")).collect();
    for fact in Fact::ALL {
        let name = format!("`{}`", fact.as_str());
        let first = |line: &&&str| line.split('|').nth(1).is_some_and(|cell| cell.contains(&name));
        assert_eq!(rows.iter().filter(first).count(), 1, "{name}");
    }
}
