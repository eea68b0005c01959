//! `telemetry doctor --pseudonym`: what a pipeline would store, and that a salt is in no output.
//!
//! Promises: values, settings and events as files, variables and standard input; refusals with exit code and hint. Absent: the digests
//! themselves (`payload/enrichment`), Java beside them (`tests/interop/pseudonyms.rs`).

use serde_json::{Value, json};

use crate::commands::given::document;
use crate::sandbox::home::{Home, Ran};

const SALT: &str = "pepper123";
/// SHA-256 of `john@acme.com` and that salt, as the pipeline's own specification has it.
const JOHN: &str = "7d8a4beae5bc9d314600667d2f410918f9af265017a6ade99f60a9c8f3aac6e9";

fn settings(change: impl FnOnce(&mut Value)) -> String {
    let mut tree = json!({
        "schema": "iglu:com.snowplowanalytics.snowplow.enrichments/pii_enrichment_config/jsonschema/2-0-1",
        "data": {"vendor": "com.snowplowanalytics.snowplow.enrichments", "name": "pii_enrichment_config",
            "emitEvent": false, "enabled": true, "anonymousOnly": false,
            "parameters": {
                "pii": [
                    {"pojo": {"field": "user_id"}},
                    {"pojo": {"field": "ip_domain"}},
                    {"json": {"field": "contexts", "schemaCriterion": "iglu:com.acme/mail/jsonschema/1-*-*",
                        "jsonPath": "$.to"}},
                ],
                "strategy": {"pseudonymize": {"hashFunction": "SHA-256", "salt": SALT}}}},
    });
    change(&mut tree);
    tree.to_string()
}

fn event() -> String {
    let mail =
        json!({"schema": "iglu:com.acme/mail/jsonschema/1-0-0", "data": {"to": ["hello\u{1b}[31m", 1, "world"]}});
    json!({"user_id": "john@acme.com", "ip_domain": null, "app_id": "ads",
        "contexts": {"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0", "data": [mail]}})
    .to_string()
}

pub(crate) fn home() -> Home {
    let home = Home::new();
    home.write("work/salt", format!("{SALT}\n"));
    home.write("work/pii.json", settings(|_| {}));
    home.write("work/event.json", event());
    home
}

/// What ran, with no salt in what it said.
fn secret(ran: Ran) -> Ran {
    assert!(!ran.stdout.contains(SALT) && !ran.stderr.contains(SALT), "{ran:?}");
    ran
}

#[test]
fn values_with_a_salt_from_a_file_a_variable_or_standard_input() {
    let home = home();
    let doctor = |words: &[&str]| home.command([["doctor", "--pseudonym"].as_slice(), words].concat());
    let ways = [
        doctor(&["john@acme.com", "--salt-file", "salt"]),
        doctor(&["john@acme.com", "--salt-variable", "PEPPER"]).env("PEPPER", SALT),
        doctor(&["john@acme.com", "--salt-file", "-"]).input(format!("{SALT}\r\n")),
        doctor(&["john@acme.com", "--enrichment", "pii.json"]),
        doctor(&["-", "--salt-file", "salt"]).input("john@acme.com\n"),
    ];
    for way in ways {
        let ran = secret(way.env("COLUMNS", "120").run().expect(0));
        let row = ran.stdout.lines().nth(1).unwrap_or_else(|| panic!("{ran:?}"));
        assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["john@acme.com", JOHN]);
        assert!(ran.stderr.contains("not anonymous") && ran.stderr.contains("IP address"), "{ran:?}");
    }
    assert_eq!(home.list(), home_files(), "nothing is written");
    let other =
        secret(doctor(&["abc", "--hash", "MD2", "--salt-variable", "NONE", "--json"]).env("NONE", "").run().expect(0));
    let tree = document(&other, "pseudonyms");
    assert_eq!(
        (&tree["hash"], &tree["pseudonyms"][0]["after"]),
        (&json!("MD2"), &json!("da853b0d3f88d99b30283a69e6ded6bb"))
    );
    assert!(tree["says"][0].as_str().is_some_and(|line| line.contains("salt is empty")), "{tree:#}");
}

fn home_files() -> Vec<String> {
    home().list()
}

#[test]
fn an_event_before_and_after() {
    let home = home();
    let words = ["doctor", "--pseudonym", "--enrichment", "pii.json", "--event", "event.json"];
    let ran = secret(home.command(words).env("COLUMNS", "160").run().expect(0));
    assert!(!ran.stdout.contains('\u{1b}') && ran.stdout.contains("hello\\u{1b}[31m"), "{ran:?}");
    for wanted in ["user_id", JOHN, "contexts.data[0].data.to[2]", "ip_domain", "null stays null"] {
        assert!(ran.stdout.contains(wanted), "{wanted}: {}", ran.stdout);
    }
    let ran = secret(home.command([words.as_slice(), &["--json"]].concat()).run().expect(0));
    let tree = document(&ran, "pseudonyms");
    let places: Vec<&Value> = tree["pseudonyms"].as_array().expect("a list").iter().map(|row| &row["place"]).collect();
    assert_eq!(places, ["user_id", "contexts.data[0].data.to[0]", "contexts.data[0].data.to[2]"]);
    let stored = &tree["stored"];
    assert_eq!(
        (&stored["user_id"], &stored["app_id"], &stored["ip_domain"]),
        (&json!(JOHN), &json!("ads"), &Value::Null)
    );
    assert_eq!(stored["contexts"]["data"][0]["data"]["to"][1], json!(1));
    let piped = home.command(["doctor", "--pseudonym", "--enrichment", "pii.json", "--event", "-", "--json"]);
    assert_eq!(document(&secret(piped.input(event()).run().expect(0)), "pseudonyms"), tree);
}

#[test]
fn what_the_settings_mean_is_said() {
    let home = home();
    let says = |change: fn(&mut Value), more: &[&str]| {
        home.write("work/pii.json", settings(change));
        let words = ["doctor", "--pseudonym", "--enrichment", "pii.json", "--event", "event.json", "--json"];
        let ran = secret(home.command([words.as_slice(), more].concat()).run());
        let tree = document(&ran, "pseudonyms");
        let changed = tree["pseudonyms"].as_array().map_or(0, Vec::len);
        (ran.status, changed, tree["says"].to_string())
    };
    let (status, changed, said) = says(|tree| tree["data"]["emitEvent"] = json!(true), &[]);
    assert!((status, changed) == (0, 3) && said.contains("originals are sent"), "{said}");
    let (status, changed, said) = says(|tree| tree["data"]["enabled"] = json!(false), &[]);
    assert!((status, changed) == (0, 0) && said.contains("not enabled"), "{said}");
    let (_, _, said) = says(
        |tree| {
            tree["data"]["enabled"] = json!(false);
            tree["data"]["emitEvent"] = json!(true);
        },
        &[],
    );
    assert!(!said.contains("originals") && !said.contains("Pseudonymous"), "what is off does nothing else: {said}");
    let only = |tree: &mut Value| tree["data"]["anonymousOnly"] = json!(true);
    let (status, changed, said) = says(only, &[]);
    assert!((status, changed) == (0, 0) && said.contains("SP-Anonymous"), "{said}");
    assert_eq!(says(only, &["--anonymous"]).1, 3);
    let (status, changed, _) =
        says(|tree| tree["data"]["parameters"]["pii"][2]["json"]["jsonPath"] = json!("$.to[?(@.x)]"), &[]);
    assert_eq!((status, changed), (4, 1), "a path that is not followed here is not taken for one that finds nothing");
}

#[test]
fn refusals() {
    let home = home();
    home.write(
        "work/old.json",
        settings(|tree| {
            tree["schema"] =
                json!("iglu:com.snowplowanalytics.snowplow.enrichments/pii_enrichment_config/jsonschema/1-0-0");
        }),
    );
    home.write("work/broken.json", format!("{{\"salt\": \"{SALT}\""));
    home.write("work/latin", "pepper\u{0}");
    std::fs::write(home.at("work/latin"), [b'p', 0xe9]).expect("a file");
    let table: &[(&[&str], i32, &str)] = &[
        (&["ada", "--salt-file", "salt"], 2, "--pseudonym"),
        (&["--pseudonym", "ada"], 2, "--salt-file"),
        (&["--pseudonym", "--salt-file", "salt"], 2, "VALUE"),
        (&["--pseudonym", "ada", "--salt-file", "salt", "--hash", "sha256"], 2, "SHA-256"),
        (&["--pseudonym", "ada", "--salt-file", "salt", "--enrichment", "pii.json"], 2, "cannot be used with"),
        (&["--pseudonym", "--event", "event.json"], 2, "--enrichment"),
        (&["--pseudonym", "--event", "event.json", "--salt-file", "salt"], 2, "cannot be used with"),
        (&["--pseudonym", "-", "--salt-file", "-"], 2, "one thing only"),
        (&["--pseudonym", "ada", "--salt-file", "gone"], 1, "hint: ls -l gone"),
        (&["--pseudonym", "ada", "--salt-file", "latin"], 1, "not UTF-8"),
        (&["--pseudonym", "ada", "--salt-variable", "GONE"], 1, "GONE is not set"),
        (&["--pseudonym", "ada", "--enrichment", "old.json"], 1, "2-0-*"),
        (&["--pseudonym", "ada", "--enrichment", "broken.json"], 1, "not valid JSON"),
        (&["--pseudonym", "--enrichment", "pii.json", "--event", "salt"], 1, "hint: "),
    ];
    for (words, exit, says) in table {
        let ran = secret(home.run([["doctor"].as_slice(), words].concat()));
        assert_eq!((ran.status, ran.stdout.as_str()), (*exit, ""), "{words:?}: {ran:?}");
        assert!(ran.stderr.contains(says), "{words:?}: {ran:?}");
    }
}
