//! `telemetry manifest schema`: what the program says is valid against the schemas that it writes, and nothing else is.
//!
//! Promises: schemas are read by another's validator, by the rules of draft 4; what is held against them is what arrives. Absent: patterns
//! that other programs read in another way (`src/manifest/schema/pattern.rs`).

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::commands::given::{Acme, files, members, refused, text};
use crate::sandbox::home::Home;
use crate::sandbox::schema::Schema;
use crate::sandbox::server::Answer;

/// One of each type, a pair, and facts in an entity.
const KINDS: &str = "\
manifest: 1
tool: acme
title: Acme
consent: opt-in
facts: [first_seen, os]
events:
  kinds.all:
    description: One of each
    purpose: product
    fields:
      flag: {type: boolean, description: A flag, required: true}
      count: {type: integer, min: -3, max: 9, description: A count}
      any: {type: integer, description: A count}
      step: {type: integer, buckets: [0, 10], description: A count}
      ratio: {type: number, min: 0, max: 1.5, description: A ratio}
      big: {type: number, description: A number}
      word: {type: enum, values: [one, zwölf], description: A word}
      release: {type: version, description: A version}
      span: {type: duration, description: A span}
      coarse: {type: duration, buckets: [0, 100], description: A span}
      at: {type: timestamp, coarse: day, description: A moment}
      host: {type: hashed, description: A host}
      old: {type: hashed, algorithm: md5, unsalted_because: It is public, description: A host}
      code: {type: text, pattern: 'E[0-9]{1,3}', longest: 4, description: A code}
      own: {type: boolean, description: Asked for apart, purpose: other, required: true}
    example: {flag: 'true', own: 'true', count: '7', word: zwölf, release: 1.2.3, span: 2s, at: '2026-11-21T02:00:00Z', host: h, code: E42}
  job:
    description: A job
    purpose: product
    lifecycle: true
    fields: {kind: {type: enum, values: [full, part], description: Which kind, required: true}}
    outcome: {result: {type: enum, values: [ok], description: How it ended, required: true}}
    example: {kind: full, result: ok}
";
const SCHEMAS: &str = "{kinds.all: 'iglu:com.acme/kinds/jsonschema/1-0-0', job: 'iglu:com.acme/job/jsonschema/2-0-1'}";
const ENTITIES: &str = "    entities:
      - {schema: 'iglu:com.acme/host/jsonschema/1-0-0', data: {os: $fact.os, who: $user_id, kind: cli, more: [$time, 1]}}
      - {schema: 'iglu:com.acme/facts/jsonschema/1-0-0', data: $facts}
      - {schema: 'iglu:com.acme/fields/jsonschema/1-0-0', data: {flag: $field.flag}}
";

/// `acme` with a yes and a collector that takes everything, with these keys.
fn collector(keys: &str) -> Acme {
    let acme = Acme::new([Answer::status(200)]);
    let web = format!("    url: {}\n    protocol: snowplow\n    schemas: {SCHEMAS}\n{keys}", acme.server.url(""));
    acme.home.manifest("acme", &format!("{KINDS}destinations:\n  web:\n{web}deletion:\n  - event: web\n"));
    acme.run(["enable", "acme"]).expect(0);
    acme
}

fn path(acme: &Acme) -> String {
    acme.home.at(".config/telemetry/tools/acme.yml").display().to_string()
}

/// A schema as a validator reads it that knows the drafts, and not Iglu.
fn readable(schema: &Value) -> Schema {
    let mut schema = schema.clone();
    assert_eq!(
        schema["$schema"],
        "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
    );
    schema["$schema"] = json!("http://json-schema.org/draft-04/schema#");
    Schema::of(schema)
}

/// The schemas of the manifest, by address.
fn written(acme: &Acme) -> BTreeMap<String, Value> {
    let tree = acme.json(&["manifest", "schema", &path(acme)], "manifest-schema");
    let one = |one: &Value| (text(one, "address").to_owned(), one["schema"].clone());
    members(&tree, "schemas").iter().map(one).collect()
}

/// Every document with a schema that arrived.
fn arrived(acme: &Acme) -> Vec<Value> {
    let mut all = Vec::new();
    for request in acme.server.requests() {
        let tree: Value = serde_json::from_slice(&request.body).expect("JSON");
        let Some(items) = tree["data"].as_array() else {
            all.push(tree);
            continue;
        };
        for item in items {
            let opened =
                |key: &str| item.get(key).map(|text| serde_json::from_str(text.as_str().expect("text")).expect("JSON"));
            all.extend(opened("ue_pr").map(|tree: Value| tree["data"].clone()));
            all.extend(opened("co").into_iter().flat_map(|tree: Value| members(&tree, "data").to_vec()));
        }
    }
    all
}

/// Records what the examples say and more, each half of a pair, and an order; everything goes out.
fn everything(acme: &Acme) {
    let kinds = |fields: Value| json!({"event": "kinds.all", "fields": fields}).to_string();
    let lines = [
        kinds(json!({"flag": true, "own": true})),
        kinds(
            json!({"flag": false, "own": false, "count": -3, "any": i64::MIN, "step": -5, "ratio": 0, "big": -1.5e300}),
        ),
        kinds(json!({"flag": true, "own": true, "count": 9, "any": i64::MAX, "step": 1000, "ratio": 1.5, "big": 1})),
        kinds(
            json!({"flag": true, "own": true, "word": "zwölf", "release": "v2.0.0-rc.1+x~1", "span": "88888h", "coarse": "1h"}),
        ),
        kinds(
            json!({"flag": true, "own": true, "at": "2026-11-21T02:34:56.789+01:00", "host": "é", "old": "", "code": "E1"}),
        ),
        json!({"event": "job", "phase": "started", "pair": "1", "fields": {"kind": "full"}}).to_string(),
        json!({"event": "job", "phase": "completed", "pair": "1", "fields": {"result": "ok"}}).to_string(),
    ];
    acme.command(["track", "acme", "--lines"]).input(lines.join("\n")).run().expect(0);
    acme.run(["flush", "acme"]).expect(0);
    acme.run(["forget", "acme", "--yes"]).expect(0);
}

#[test]
fn what_arrives_is_valid_against_the_schemas() {
    for (keys, addresses) in [
        (format!("    encoding: plain\n{ENTITIES}"), 5),
        ("    encoding: plain\n".to_owned(), 3),
        ("    form: webhook\n".to_owned(), 3),
    ] {
        let acme = collector(&keys);
        let schemas = written(&acme);
        assert_eq!(schemas.len(), addresses, "{:?}", schemas.keys());
        everything(&acme);
        let mut held: BTreeMap<String, usize> = BTreeMap::new();
        for one in arrived(&acme) {
            let address = text(&one, "schema");
            let Some(schema) = schemas.get(address) else {
                assert_eq!(address, "iglu:com.acme/fields/jsonschema/1-0-0", "only this one is not described");
                continue;
            };
            assert_eq!(readable(schema).wrong(&one["data"]), None, "{address}: {one:#}");
            *held.entry(address.to_owned()).or_default() += 1;
        }
        assert_eq!(held.len(), addresses, "each was held against something: {held:?}");
        assert_eq!(held["iglu:com.acme/kinds/jsonschema/1-0-0"], 5);
        assert_eq!(held["iglu:com.acme/telemetry_deletion_request/jsonschema/1-0-0"], 1);
    }
}

#[test]
fn the_example_of_each_event_is_valid_and_a_wrong_value_is_not() {
    let acme = collector("    encoding: plain\n");
    let schemas = written(&acme);
    let shown = acme.json(&["show-payload", "acme"], "payload");
    let decoded = &shown["payloads"][0]["decoded"];
    assert_eq!(shown["payloads"][0]["which"], "example");
    let examples: Vec<&Value> = members(decoded, "data").iter().map(|item| &item["ue_pr"]["data"]).collect();
    assert_eq!(examples.len(), 2);
    for example in &examples {
        assert_eq!(readable(&schemas[text(example, "schema")]).wrong(&example["data"]), None, "{example:#}");
    }
    let schema = readable(&schemas["iglu:com.acme/kinds/jsonschema/1-0-0"]);
    let good = &examples[0]["data"];
    for (key, wrong) in [
        ("flag", json!("true")),
        ("flag", Value::Null),
        ("count", json!(10)),
        ("count", json!(-4)),
        ("count", json!(1.5)),
        ("any", json!("1")),
        ("any", json!(1e30)),
        ("step", json!(5)),
        ("ratio", json!(1.6)),
        ("ratio", json!(-0.1)),
        ("big", json!("1")),
        ("word", json!("two")),
        ("release", json!("latest")),
        ("release", json!("1..2")),
        ("release", json!(format!("1{}", "0".repeat(65)))),
        ("span", json!(-1)),
        ("span", json!("2s")),
        ("coarse", json!(99)),
        ("at", json!("yesterday")),
        ("host", json!("example-host")),
        ("host", json!("0f".repeat(16))),
        ("old", json!("0f".repeat(32))),
        ("code", json!("E")),
        ("code", json!("xE42")),
        ("code", json!("E1234")),
        ("own", json!(1)),
        ("purpose", json!("advertising")),
        ("project_id", json!("a b")),
        ("provided_id", json!("x".repeat(255))),
        ("fact_os", json!(1)),
        ("fact_arch", json!("arm")),
        ("phase", json!("started")),
        ("event_id", json!("63da4e74-c000-4879-aa4f-0b58d1884301")),
        ("more", json!(1)),
    ] {
        let mut bad = good.clone();
        bad[key] = wrong.clone();
        assert!(schema.wrong(&bad).is_some(), "{key} may not be {wrong}");
    }
    // What nothing can withhold by itself is required; a field of a purpose of its own is not.
    for (key, required) in [("flag", true), ("purpose", true), ("own", false), ("count", false), ("fact_os", false)] {
        let mut bare = good.clone();
        assert!(bare.as_object_mut().expect("an object").remove(key).is_some(), "{key} is in the example");
        assert_eq!(schema.wrong(&bare).is_some(), required, "{key}");
    }
    // Every text has a length, from which loaders make their columns.
    for schema in schemas.values() {
        lengths(schema);
    }
}

fn lengths(schema: &Value) {
    if schema["type"] == "string" {
        assert!(schema["maxLength"].as_u64().is_some_and(|length| (1..=1024).contains(&length)), "{schema:#}");
    }
    let inner = schema.as_object().into_iter().flatten().map(|(_, inner)| inner);
    inner.chain(schema.as_array().into_iter().flatten()).for_each(lengths);
}

#[test]
fn schemas_are_written_in_the_folders_of_a_static_registry() {
    let acme = collector(ENTITIES);
    let (manifest, registry) = (path(&acme), acme.home.folder("registry"));
    let into = registry.display().to_string();
    let write = |words: &[&str]| acme.run([&["manifest", "schema", &manifest, "--into", &into], words].concat());
    let there = || files(&acme.home).into_iter().filter(|(name, _)| name.starts_with("registry/")).collect::<Vec<_>>();
    let dry = write(&["--dry-run"]).expect(0);
    assert_eq!((there(), dry.stdout.matches(": would be written (").count()), (Vec::new(), 5), "{dry:?}");
    let ran = write(&[]).expect(0);
    assert_eq!(ran.stdout.matches(": written (").count(), 5, "{ran:?}");
    assert!(ran.stderr.contains("iglu:com.acme/fields/jsonschema/1-0-0 is not described"), "{}", ran.stderr);
    let names: Vec<String> = there().into_iter().map(|(name, _)| name).collect();
    let below = "registry/schemas/com.acme";
    assert_eq!(
        names,
        [
            "facts/jsonschema/1-0-0",
            "host/jsonschema/1-0-0",
            "job/jsonschema/2-0-1",
            "kinds/jsonschema/1-0-0",
            "telemetry_deletion_request/jsonschema/1-0-0"
        ]
        .map(|name| format!("{below}/{name}"))
    );
    for (name, bytes) in there() {
        let schema: Value = serde_json::from_slice(&bytes).expect("JSON");
        let own = |key| text(&schema["self"], key);
        let place = format!("{}/{}/{}/{}", own("vendor"), own("name"), own("format"), own("version"));
        assert_eq!(name, format!("registry/schemas/{place}"));
        assert_eq!(written(&acme)[&format!("iglu:{place}")], schema);
    }
    assert_eq!(write(&[]).expect(0).stdout.matches(": unchanged (").count(), 5);

    // One was changed, another is missing: neither is touched, unless that is asked for.
    let job = acme.home.write(format!("{below}/job/jsonschema/2-0-1"), "{\"mine\": true}\n");
    fs::remove_file(acme.home.at(format!("{below}/kinds/jsonschema/1-0-0"))).expect("removed");
    let before = there();
    let hint = format!("telemetry manifest schema '{manifest}' --into '{into}' --force");
    let says = [job.display().to_string(), "something else in it".to_owned(), "nothing was written".to_owned()];
    refused(write(&[]), 1, &says.each_ref().map(String::as_str), Some(&hint));
    assert_eq!(there(), before);
    assert!(write(&["--force", "--dry-run"]).expect(0).stdout.contains(": would be replaced ("));
    assert_eq!(there(), before);
    let ran = write(&["--force"]).expect(0);
    assert!(
        ran.stdout.contains(": replaced (event job)") && ran.stdout.contains(": written (event kinds.all)"),
        "{ran:?}"
    );
    assert_eq!(there().len(), 5);
    let tree = acme.json(&["manifest", "schema", &manifest, "--into", &into], "manifest-schema");
    assert!(members(&tree, "schemas").iter().all(|one| one["found"] == "same"), "{tree:#}");

    let nowhere = acme.home.at("nowhere").display().to_string();
    refused(
        acme.run(["manifest", "schema", &manifest, "--into", &nowhere]),
        1,
        &["there is no folder"],
        Some(&format!("mkdir -p '{nowhere}'")),
    );
}

#[test]
fn without_a_collector_a_vendor_names_them() {
    let home = Home::new();
    let manifest = |name: &str, rest: &str| home.write(name, format!("{KINDS}{rest}...\n")).display().to_string();
    let plain = manifest("plain.yml", "destinations: {web: {file: events.jsonl}}\n");
    let hint = format!("telemetry manifest schema '{plain}' --vendor com.acme");
    refused(home.run(["manifest", "schema", &plain]), 2, &["nothing names a vendor"], Some(&hint));
    for vendor in ["", "../..", "com/acme", "com..acme"] {
        refused(home.run(["manifest", "schema", &plain, "--vendor", vendor]), 2, &["is not a vendor"], None);
    }
    let ran = home.run(["manifest", "schema", &plain, "--vendor", "com.acme"]).expect(0);
    for name in ["kinds_all", "job", "telemetry_deletion_request"] {
        assert!(ran.stdout.contains(&format!("# schemas/com.acme/{name}/jsonschema/1-0-0 (")), "{}", ran.stdout);
    }
    let web = |schemas: &str| format!("{{url: 'https://c.example', protocol: snowplow, schemas: {schemas}}}");
    let own = manifest("own.yml", &format!("destinations: {{web: {}}}\n", web(SCHEMAS)));
    refused(home.run(["manifest", "schema", &own, "--vendor", "com.acme"]), 2, &["a vendor means nothing"], None);
    let twice = web(&SCHEMAS.replace("job/jsonschema/2-0-1", "kinds/jsonschema/1-0-0"));
    let twice = manifest("twice.yml", &format!("destinations: {{web: {twice}}}\n"));
    let says = "iglu:com.acme/kinds/jsonschema/1-0-0 is the schema of two that differ: event kinds.all and event job";
    refused(home.run(["manifest", "schema", &twice]), 1, &[says], None);
    // One event at two collectors has one schema, as long as both are told the same.
    let both = format!("destinations: {{web: {0}, other: {0}}}\n", web(SCHEMAS));
    let both = manifest("both.yml", &both.replacen("c.example", "d.example", 1));
    home.run(["manifest", "schema", &both]).expect(0);

    let foreign =
        "manifest: 1\ntool: a\ntitle: A\nconsent: opt-in\nswitches: {environment: [{name: A, off: ['0']}]}\n...\n";
    let foreign = home.write("a.yml", foreign).display().to_string();
    refused(home.run(["manifest", "schema", &foreign, "--vendor", "com.acme"]), 1, &["it declares no events"], None);
    let broken = home.write("broken.yml", "manifest: 1\n").display().to_string();
    let hint = format!("telemetry manifest check '{broken}'");
    refused(home.run(["manifest", "schema", &broken]), 1, &["is not a valid manifest"], Some(&hint));
    refused(home.run(["manifest", "schema", "missing.yml"]), 5, &["no such file"], None);
    for words in [["--force"].as_slice(), &["--dry-run"], &["--vendor"]] {
        assert_eq!(home.run([["manifest", "schema", &plain].as_slice(), words].concat()).expect(2).stdout, "");
    }
}
