//! `telemetry show-payload` for other people's programs: what they would send, and how sure each value is.
//!
//! Promises: what the real program sent on a recorded run is what is shown, key by key; nothing unknown is made up; secrets are stars.
//! Absent: the programs (`tests/interop`).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;

use crate::sandbox::home::{Home, Ran};

const CLIENT: &str = "01a1fbd1-aed9-7949-ace8-c3ba37c08849";
const MY_PROJECT: &str = "17d4c8d8-943f-2418-0c76-cb17c5ed4610";

fn meltano(home: &Home) {
    home.write("p/meltano.yml", "default_environment: dev\nproject_id: my-project\n");
    let analytics = format!(
        "{{\"client_id\": \"{CLIENT}\", \"project_id\": \"{MY_PROJECT}\", \"send_anonymous_usage_stats\": true}}"
    );
    home.write("p/.meltano/analytics.json", analytics);
}

/// Runs it in the project.
fn shown(home: &Home, arguments: &[&str]) -> Ran {
    let all = ["show-payload"].iter().chain(arguments);
    home.command(all).directory(home.at("p")).run()
}

fn document(home: &Home, arguments: &[&str]) -> Value {
    let ran = shown(home, &[arguments, &["--json"]].concat()).expect(0);
    let whole: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    whole
}

/// The rows of a document: path, value, mark.
fn rows(document: &Value) -> Vec<(String, Value, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let all = document["decoded"].as_array().expect("rows");
    all.iter().map(|row| (text(row, "path"), row["value"].clone(), text(row, "mark"))).collect()
}

fn row<'r>(rows: &'r [(String, Value, String)], path: &str) -> (&'r Value, &'r str) {
    let found = rows.iter().find(|(known, ..)| known == path);
    let (_, value, mark) = found.unwrap_or_else(|| panic!("{path} is not in {rows:?}"));
    (value, mark)
}

/// All values of a recorded document, by the same paths.
fn flat(value: &Value, path: &str, all: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(pairs) if !pairs.is_empty() => {
            for (name, item) in pairs {
                flat(item, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, all);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, item)| flat(item, &format!("{path}[{at}]"), all));
        }
        _ => all.push((path.to_owned(), value.clone())),
    }
}

#[test]
fn what_meltano_sent_is_what_is_shown() {
    let home = Home::new();
    meltano(&home);
    let document = document(&home, &["meltano", "--as", "4.4.1"]);
    let shown = rows(&document);
    let recorded: Value =
        serde_json::from_str(include_str!("../fixtures/foreign/meltano-4.4.1-environment-list.json")).expect("JSON");
    let mut sent = Vec::new();
    flat(&recorded, "", &mut sent);
    let paths = |all: Vec<&String>| all.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(
        paths(shown.iter().map(|(path, ..)| path).collect()),
        paths(sent.iter().map(|(path, _)| path).collect()),
        "the same keys in the same order"
    );
    // What differs from machine to machine is compared by its type.
    let of_machine = |path: &str| {
        ["system_", "machine", "freedesktop", "num_cpu", "python_version", ".tz"].iter().any(|part| path.contains(part))
    };
    let mut exact = 0;
    for ((path, value, mark), (_, there)) in shown.iter().zip(&sent) {
        if mark == "unknown" || of_machine(path) {
            continue;
        }
        assert_eq!(value, there, "{path}");
        exact += usize::from(mark == "exact");
    }
    assert!(exact > 30, "{exact} exact values");
    assert_eq!(row(&shown, "data[0].cx.(base64).data[1].data.project_uuid"), (&Value::from(MY_PROJECT), "exact"));
    assert_eq!(row(&shown, "data[0].cx.(base64).data[1].data.client_uuid"), (&Value::from(CLIENT), "exact"));
    // The bytes are the same document, with its two texts in base64.
    let body: Value = serde_json::from_str(document["body"].as_str().expect("a body")).expect("JSON");
    let inner = URL_SAFE.decode(body["data"][0]["ue_px"].as_str().expect("a text")).expect("base64");
    assert_eq!(
        String::from_utf8(inner).expect("text"),
        "{\"schema\": \"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0\", \"data\": {\"schema\": \
         \"iglu:com.meltano/cli_event/jsonschema/1-0-1\", \"data\": {\"event\": \"started\"}}}"
    );
}

#[test]
fn a_digest_says_of_what_it_is() {
    let home = Home::new();
    meltano(&home);
    let ran = shown(&home, &["meltano", "--as", "4.4.1", "--event", "run"]).expect(0);
    let line = |part: &str| {
        let found = ran.stdout.lines().find(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("no {part} in {}", ran.stdout)).to_owned()
    };
    let environment = line("environment_name_hash");
    assert!(environment.contains("ef260e9aa3c673af240d17a2660480361a8e081d1ffeca2a5ed0e3219fc18567"), "{environment}");
    assert!(environment.contains("SHA-256 of \"dev\" (default_environment in settings)"), "{environment}");
    assert!(line("options.blocks").contains("SHA-256 of \"('tap-x', 'target-x')\""));
    assert!(line("context_uuid").contains("[unknown]"));
    assert!(ran.stderr.contains("Nothing was sent."), "{}", ran.stderr);
}

#[test]
fn the_queue_of_piperider_is_the_payload() {
    let home = Home::new();
    let events = "[{\"user_id\":   \"é\", \"time\": 1.50}, {\"event_type\": \"usage\"}]";
    home.write("p/.piperider/config.yml", "telemetry:\n  id: ''\n");
    home.write(".piperider/profile.yml", "user_id: '468d5a8ff8f0414a9dc8bdc308618363'\nanonymous_tracking: false\n");
    let empty = shown(&home, &["piperider", "--as", "0.41.0", "--raw"]).expect(0);
    assert_eq!(empty.stdout, "{\"api_key\": \"***\", \"events\": []}");
    home.write(".piperider/.unsend_events.json", format!("{{\"unsend_events\": {events}}}"));
    let raw = shown(&home, &["piperider", "--as", "0.41.0", "--raw"]).expect(0);
    assert_eq!(raw.stdout, format!("{{\"api_key\": \"***\", \"events\": {events}}}"));
    let people = shown(&home, &["piperider", "--as", "0.41.0"]).expect(0);
    assert!(people.stdout.contains("events[0].user_id = \"é\"   [exact; the file queue, byte for byte]"));
    assert!(people.stderr.contains("Telemetry is off"), "{}", people.stderr);
    // Before 0.27.0 each project had a queue of its own.
    home.write("p/.piperider/.unsend_events.json", "{\"unsend_events\": [1]}");
    let before = shown(&home, &["piperider", "--as", "0.26.0", "--raw"]).expect(0);
    assert_eq!(before.stdout, "{\"api_key\": \"***\", \"events\": [1]}");
    // A queue that cannot be read is not an empty one.
    home.write(".piperider/.unsend_events.json", "garbage");
    let broken = shown(&home, &["piperider", "--as", "0.41.0"]).expect(0);
    assert!(broken.stdout.contains("events = \"<the file queue has nothing like that in it>\"   [unknown]"));
    let usage = document(&home, &["piperider", "--as", "0.41.0", "--event", "usage"]);
    let usage = rows(&usage);
    let (id, mark) = row(&usage, "events[0].user_id");
    assert_eq!((id, mark), (&Value::from("468d5a8ff8f0414a9dc8bdc308618363"), "reconstructed"));
    assert_eq!(row(&usage, "events[0].ip"), (&Value::from("$remote"), "exact"));
}

#[test]
fn each_version_has_its_own_form() {
    let home = Home::new();
    home.write(
        "p/node_modules/@grouparoo/core/package.json",
        "{\"name\": \"@grouparoo/core\", \"version\": \"0.9.0\"}",
    );
    home.write("p/.local/user.json", "{\"customerId\": \"tcs_7b6c1c5e-2f33-4c7e-9f57-6a4a3d2a8a01\"}");
    home.write("p/.env", "GROUPAROO_TELEMETRY_ENABLED=true\nGROUPAROO_CLOUD=yes\n");
    let keys = |version: &str| {
        let raw = shown(&home, &["grouparoo", "--as", version, "--raw"]).expect(0).stdout;
        let body: Value = serde_json::from_str(&raw).expect("JSON");
        body.as_object().expect("a mapping").keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys("0.1.22"), "name guid license metrics");
    assert_eq!(keys("0.2.12"), "name id license metrics");
    assert_eq!(keys("0.5.1"), "name id trigger license metrics");
    assert_eq!(keys("0.9.0"), "name id trigger metrics");
    let document = document(&home, &["grouparoo"]);
    assert_eq!((&document["tool_version"], &document["state"]), (&Value::from("0.9.0"), &Value::from("on")));
    let rows = rows(&document);
    assert_eq!(row(&rows, "id"), (&Value::from("tcs_7b6c1c5e-2f33-4c7e-9f57-6a4a3d2a8a01"), "exact"));
    let cloud = rows.iter().position(|(_, value, _)| value == "GROUPAROO_CLOUD").expect("the metric");
    assert_eq!(rows[cloud + 3].1, "yes", "the file says so");
    assert!(rows.iter().any(|(_, value, mark)| value == "<a count in its database>" && mark == "unknown"));
    let moved = home.command(["show-payload", "grouparoo", "--as", "0.1.22", "--json"]);
    let moved = moved.directory(home.at("p")).env("GROUPAROO_TELEMETRY_URL", "http://127.0.0.1:9/x").run().expect(0);
    let moved: Value = serde_json::from_str(&moved.stdout).expect("JSON");
    assert_eq!(moved["address"]["value"], "http://127.0.0.1:9/x");
    assert_eq!(moved["elsewhere"][0], "the variable GROUPAROO_TELEMETRY_URL");
}

#[test]
fn a_secret_is_stars_everywhere() {
    let home = Home::new();
    home.write("p/.env", "ZO_INSTANCE_NAME=kitchen\nZO_TELEMETRY_URL=http://127.0.0.1:9\n");
    let instance = "7043540325056503809";
    database(&home, instance);
    for arguments in [&["zincobserve", "--as", "0.14.0"][..], &["openobserve", "--as", "0.14.0", "--json"]] {
        let ran = shown(&home, arguments).expect(0);
        assert!(ran.stdout.contains(instance), "the id is shown: {}", ran.stdout);
        assert!(!ran.stdout.contains(&STANDARD.encode(format!("{instance}:"))), "{}", ran.stdout);
        assert!(ran.stdout.contains("***") && ran.stdout.contains("kitchen"), "{}", ran.stdout);
    }
    let name = |version: &str| {
        let document = document(&home, &["zincobserve", "--as", version, "--event", "start"]);
        document["body"].as_str().expect("a body").to_owned()
    };
    assert!(name("0.4.5").contains("\"event\":\"ZincObserve - Starting server\""));
    assert!(name("0.4.6").contains("\"event\":\"OpenObserve - Starting server\""));
    assert!(name("0.1.7").contains("\"root_user\":\"***\"") && !name("0.3.0").contains("root_user"));
}

/// The database of a server with this instance id.
fn database(home: &Home, instance: &str) {
    let path = home.folder("p/data/openobserve/db").join("metadata.sqlite");
    let database = rusqlite::Connection::open(path).expect("a database");
    let table = "CREATE TABLE meta (id INTEGER PRIMARY KEY, module TEXT, key1 TEXT, key2 TEXT, start_dt, value TEXT);";
    database.execute_batch(table).expect("a table");
    let row = "INSERT INTO meta (module, key1, key2, value) VALUES ('instance', '', '', ?1)";
    database.execute(row, [instance]).expect("a row");
}

#[test]
fn what_is_not_known_is_said_with_a_hint() {
    let home = Home::new();
    meltano(&home);
    let ran = shown(&home, &["meltano"]);
    assert_eq!(ran.status, 5, "{}", ran.stderr);
    assert!(ran.stderr.contains("its version is not known") && ran.stderr.contains("--as VERSION"), "{}", ran.stderr);
    let ran = shown(&home, &["meltano", "--as", "4.4.1", "--event", "nothing"]);
    assert_eq!(ran.status, 5, "{}", ran.stderr);
    assert!(ran.stderr.contains("cli_event, run, telemetry_state_change_event"), "{}", ran.stderr);
    assert_eq!(shown(&home, &["meltano", "--as", "1.105.0"]).status, 5);
    assert_eq!(shown(&home, &["meltano", "--as", "not a version"]).status, 2);
    assert_eq!(shown(&home, &["tool", "--as", "1.0"]).status, 2);
    assert_eq!(home.list().len(), 4, "nothing was written: {:?}", home.list());
}
