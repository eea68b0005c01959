//! What Snowplow's own programs sent and decided when they were run, beside what is shown and told here.
//!
//! The texts in `fixtures/snowplow/captured.json` and `decided.json` are what a receiver on loopback got and what was read off their own
//! loading of settings: Snowbridge at the tags 1.0.0, 2.0.0, 2.0.1, 2.1.0, 2.4.2, 3.0.0 and v5.1.1 (with hcl 2.14.1 and go-cty 1.12.1), the
//! Terraform provider at v0.4.0 and v0.7.4 with the values that the module `telemetry` gives it, and the script of a machine of that module
//! at v0.1.0 and v0.6.2 with tracking-cli 0.4.0 and 0.7.0. Only the address was another, and the metadata service answered `i-0abc123`.
//!
//! Promises: bodies are the same byte for byte but for what is random (ids and times), which is shown as unknown; a verdict is the same, or
//! `unknown` where `told` says so, and never off where the program was on. Absent: the programs themselves; TLS.

use std::fmt::Write;

use regex_lite::Regex;
use serde_json::{Value, json};

use crate::commands::given::{document, members, text};
use crate::commands::show_payload_snowplow::opened;
use crate::sandbox::home::Home;

const CAPTURED: &str = include_str!("../fixtures/snowplow/captured.json");
const DECIDED: &str = include_str!("../fixtures/snowplow/decided.json");
const MODULE: &str = include_str!("../fixtures/snowplow/main.tf");
const SCRIPT: &str = include_str!("../fixtures/snowplow/snowplow-track-vm-telemetry");

fn rows(source: &str) -> Vec<Value> {
    serde_json::from_str(source).expect("JSON")
}

/// A body as it was sent, with what is in base64 opened, and with a question mark for what is random.
fn without_chance(body: &str) -> String {
    let random = r#""([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|1[0-9]{12}|i-0abc123)""#;
    Regex::new(random).expect("a pattern").replace_all(&opened(body), "\"?\"").into_owned()
}

#[test]
fn what_is_shown_is_what_was_sent() {
    let home = Home::new();
    for row in rows(CAPTURED) {
        let (of, id) = (text(&row, "of"), text(&row, "id"));
        let (file, content, words): (_, _, &[&str]) = match of {
            "snowbridge" => {
                let quoted = id.replace('"', "\\\"");
                ("s.hcl", format!("user_provided_id = \"{quoted}\"\n"), &["--as", text(&row, "version")])
            }
            "module" => {
                let given = &[
                    "--given",
                    "region=eu-central-1",
                    "--given",
                    "auto-generated-id=5f9b2c7a1d3e4f60718293a4b5c6d7e8",
                ];
                ("main.tf", MODULE.replace("ops@acme.example", id), given)
            }
            "machine" => {
                let release = format!("snowplow-tracking-cli/releases/download/{}/", text(&row, "version"));
                let script = SCRIPT.replace("ops@acme.example", id).replace("snowplow-tracking-cli 0.7.0", &release);
                ("script", script, &[])
            }
            other => panic!("{other}"),
        };
        home.write(format!("work/{file}"), content);
        let line = format!("{of} {} {}", row["version"], row["event"]);
        let show = |more: &str| {
            let fixed = ["show-payload", "snowplow", file, "--event", text(&row, "event"), more];
            home.run([&fixed[..], words].concat()).expect(0)
        };
        let shown = opened(&show("--raw").stdout);
        assert!(without_chance(&shown) == shown, "what is random is not made up: {line}");
        let mut wanted = without_chance(text(&row, "body"));
        if let Some(tracker) = row["tracker_is_guessed"].as_str() {
            let was = wanted.clone();
            wanted = wanted.replace(tracker, "golang-2.4.1");
            assert_ne!(was, wanted, "{line}");
        }
        assert_eq!(shown, wanted, "{line}");
        let tree = document(&show("--json"), "components-payload");
        let one = &members(&tree, "components")[0];
        assert!(text(&one["address"], "value").ends_with(text(&row, "path")), "{line}");
        assert_eq!(text(&members(one, "headers")[0], "value"), text(&row, "content_type"), "{line}");
    }
}

/// The rows' files and the units that start each of them, with the states of all of these starts.
fn states(home: &Home, rows: &[Value], version: &str) -> Vec<Value> {
    let mut units = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let mut unit = "[Service]\n".to_owned();
        let mut set = |name: &str, value: &str| writeln!(unit, "Environment=\"{name}={value}\"").expect("a text");
        for (name, value) in row["variables"].as_object().expect("a mapping") {
            set(name, value.as_str().expect("a text"));
        }
        if let Some(file) = row["file"].as_str() {
            set("SNOWBRIDGE_CONFIG_FILE", &home.write(format!("work/{index}.hcl"), file).display().to_string());
        }
        unit.push_str("ExecStart=/opt/snowbridge\n");
        home.write(format!("work/{index:03}.service"), unit);
        units.push(format!("{index:03}.service"));
    }
    let mut words = vec!["status", "snowplow", "--json", "--as", version];
    words.extend(units.iter().map(String::as_str));
    members(&document(&home.run(words), "components-status"), "components").to_vec()
}

#[test]
fn what_is_told_is_what_was_decided() {
    let home = Home::new();
    let rows = rows(DECIDED);
    for (version, real) in [("2.4.2", "before_3"), ("5.1.1", "from_3")] {
        let found = states(&home, &rows, version);
        assert_eq!(found.len(), rows.len());
        for (row, one) in rows.iter().zip(&found) {
            let (was, told) = (&row[real][0], &one["state"]);
            let wanted = if row["told"].is_null() { was } else { &row["told"] };
            assert_eq!(told, wanted, "{version}: {row}");
            assert!((told, was) != (&json!("off"), &json!("on")), "{version}: {row}");
        }
    }
}

#[test]
fn an_id_is_shown_as_its_program_made_it_or_as_not_known() {
    let home = Home::new();
    let mut known = 0;
    for row in rows(DECIDED) {
        let (Some(file), Some(id)) = (row["file"].as_str(), row["from_3"][1].as_str()) else { continue };
        if !file.contains("user_provided_id") || row["variables"].as_object().is_some_and(|all| !all.is_empty()) {
            continue;
        }
        home.write("work/s.hcl", file);
        let tree =
            document(&home.run(["show-payload", "snowplow", "s.hcl", "--json", "--as", "5.1.1"]), "components-payload");
        let values = members(&members(&tree, "components")[0], "decoded").iter();
        let mut ids = values.filter(|value| text(value, "path").ends_with("userProvidedId"));
        match ids.next() {
            None => assert_eq!(id, "", "{row}"),
            Some(shown) if shown["mark"] == "unknown" => {
                let why = text(shown, "why");
                assert!(why.contains("computed when it is read") || why.contains("puts them together"), "{shown}");
            }
            Some(shown) => {
                assert_eq!(shown["value"], *id, "{row}");
                known += 1;
            }
        }
    }
    assert!(known >= 8, "{known}");
}

#[test]
fn a_program_that_was_renamed_reads_the_variable_of_its_name() {
    let state = |unit: &str, version: &str| {
        let home = Home::new();
        let off = home.write("work/off.hcl", "disable_telemetry = true\n");
        let unit = unit.replace("OFF", &off.display().to_string());
        home.write("work/s.service", format!("[Service]\n{unit}"));
        let tree =
            document(&home.run(["status", "snowplow", "s.service", "--json", "--as", version]), "components-status");
        members(&tree, "components")[0]["state"].clone()
    };
    let old = "Environment=STREAM_REPLICATOR_CONFIG_FILE=OFF\n";
    let new = "Environment=SNOWBRIDGE_CONFIG_FILE=OFF\n";
    // What each of them decided: at 2.0.0 and at 2.0.1.
    assert_eq!(state(&format!("{old}ExecStart=/opt/stream-replicator\n"), "2.0.0"), "off");
    assert_eq!(state(&format!("{new}ExecStart=/opt/snowbridge\n"), "2.0.1"), "off");
    // At both it was on; which of the names a program bears is not to be seen for certain from its path.
    assert_eq!(state(&format!("{new}ExecStart=/opt/stream-replicator\n"), "2.0.0"), "unknown");
    assert_eq!(state(&format!("{old}ExecStart=/opt/snowbridge\n"), "2.0.1"), "unknown");
    let both = format!("{old}Environment=DISABLE_TELEMETRY=true\nExecStart=/opt/snowbridge\n");
    assert_eq!(state(&both, "1.0.0"), "unknown");
    // A file that is on another machine may say anything.
    let gone = "Environment=SNOWBRIDGE_CONFIG_FILE=/nowhere/s.hcl DISABLE_TELEMETRY=true\nExecStart=/opt/snowbridge\n";
    assert_eq!(state(gone, "2.4.2"), "unknown");
    let image = |name: &str, variable: &str| {
        let home = Home::new();
        home.write("work/s.hcl", "disable_telemetry = true\n");
        let compose = format!(
            "services:\n  s:\n    image: {name}\n    environment: ['{variable}=/c/s.hcl']\n    volumes: ['./s.hcl:/c/s.hcl']\n"
        );
        home.write("work/compose.yml", compose);
        let ran = home.run(["status", "snowplow", "s.hcl", "compose.yml", "--json"]);
        let tree = document(&ran, "components-status");
        members(&tree, "components").iter().map(|one| one["state"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(image("snowplow/snowbridge:2.4.2", "SNOWBRIDGE_CONFIG_FILE"), ["off"]);
    assert_eq!(image("snowplow/stream-replicator-aws:2.0.0", "STREAM_REPLICATOR_CONFIG_FILE"), ["off"]);
    // There the file counts for nothing; whether it does is not asked of the version.
    assert_eq!(image("snowplow/snowbridge:2.4.2", "STREAM_REPLICATOR_CONFIG_FILE"), ["unknown", "off"]);
}
