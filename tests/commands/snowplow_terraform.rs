//! Terraform around Snowplow's modules: the telemetry module called by itself, variables that more than one module uses, and programs whose
//! settings stand in base64 on the line that starts them.
//!
//! Promises: a module that has no switch is on wherever it is called; what a change of a variable touches elsewhere is named; what is read
//! out of base64 is read and never changed. Absent: Terraform itself.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Value, json};

use crate::commands::given::{document, members, text};
use crate::commands::show_payload_snowplow::opened;
use crate::commands::status_components::{ENRICH, MACHINE, MODULE, SNOWBRIDGE};
use crate::sandbox::home::Home;

const TELEMETRY: &str = r#"module "t" {
  source = "snowplow-devops/telemetry/snowplow"
  version = "0.6.2"

  user_provided_id = "R&D <ops@acme.example>"
  cloud            = "aws"
  region           = "eu-central-1"
  app_name         = "stream-collector"
  app_version      = "3.4.0"
  module_name      = "collector-kinesis-ec2"
  module_version   = "0.10.1"
}
"#;

fn one(home: &Home, words: &[&str]) -> Value {
    let tree = document(&home.run([&["status", "snowplow", "--json"], words].concat()), "components-status");
    let [one] = members(&tree, "components") else { panic!("{tree:#}") };
    one.clone()
}

fn with(line: &str) -> String {
    TELEMETRY.replace("\n  version", &format!("\n  {line}\n  version"))
}

#[test]
fn the_telemetry_module_is_on_wherever_it_is_called() {
    let home = Home::new();
    for (module, state) in [
        (TELEMETRY.to_owned(), "on"),
        (with("count = 1"), "on"),
        (with("count = 2"), "on"),
        (with("count = 0"), "off"),
        (with("count = \"0\""), "off"),
        (with("count = null"), "on"),
        (with("count = var.telemetry_enabled ? 1 : 0"), "unknown"),
        (with("for_each = {}"), "unknown"),
    ] {
        home.write("work/main.tf", &module);
        let found = one(&home, &["main.tf"]);
        assert_eq!((text(&found, "component"), text(&found, "state")), ("terraform-telemetry t", state), "{module}");
    }
    home.write("work/main.tf", with("count = 1"));
    home.run(["disable", "snowplow", "main.tf"]).expect(0);
    assert_eq!(home.read("work/main.tf"), with("count = 0"));
    // What has no count would break what refers to its outputs.
    home.write("work/main.tf", TELEMETRY);
    let ran = home.run(["disable", "snowplow", "main.tf"]).expect(1);
    assert!(ran.stderr.contains("by hand: take the module's block away"), "{}", ran.stderr);
    assert_eq!(home.read("work/main.tf"), TELEMETRY);
}

#[test]
fn the_telemetry_module_sends_what_its_provider_sent() {
    let home = Home::new();
    home.write("work/main.tf", TELEMETRY);
    let rows: Vec<Value> = serde_json::from_str(include_str!("../fixtures/snowplow/captured.json")).expect("JSON");
    let same = |row: &&Value| row["of"] == "module" && row["version"] == "0.7.4" && row["id"] != "";
    let captured: Vec<&Value> = rows.iter().filter(same).collect();
    assert_eq!(captured.len(), 3);
    for row in captured {
        let given = "auto-generated-id=5f9b2c7a1d3e4f60718293a4b5c6d7e8";
        let words = ["show-payload", "snowplow", "main.tf", "--raw", "--given", given, "--event", text(row, "event")];
        let shown = opened(&home.run(words).expect(0).stdout);
        // But for the event's id and the times, which stand at the same places.
        let (mut shown, mut sent) = (shown.split("\"?\""), opened(text(row, "body")));
        let mut parts = 0;
        for part in shown.by_ref() {
            let at = sent.find(part).unwrap_or_else(|| panic!("{part} in {sent}"));
            assert!(at == 0 || (parts > 0 && at <= 38), "{at} {part}");
            sent.replace_range(..at + part.len(), "");
            parts += 1;
        }
        assert_eq!((parts, sent.as_str()), (4, ""));
    }
}

#[test]
fn a_variable_that_others_use_is_named_before_and_after() {
    let home = Home::new();
    let module = MODULE.replace("}\n", "  telemetry_enabled = var.t\n}\n");
    home.write("work/main.tf", &module);
    home.write("work/terraform.tfvars", "t = true\n");
    let alone = home.run(["disable", "snowplow", "main.tf", "--dry-run"]).expect(0);
    assert!(!alone.stderr.contains("places"), "{}", alone.stderr);
    home.write("work/dns.tf", "# var.t\nresource \"x\" \"y\" {\n  count = var.t ? 1 : 0\n  other = var.t2\n}\n");
    let words = "is used in 2 places, and all of them follow it: dns.tf:3, main.tf:3";
    let before = home.run(["disable", "snowplow", "main.tf", "--dry-run"]).expect(0);
    assert!(before.stderr.contains(words) && before.stderr.contains("would be changed"), "{}", before.stderr);
    let tree = document(&home.run(["disable", "snowplow", "main.tf", "--dry-run", "--json"]), "components-switched");
    let shared = &members(&tree, "components")[0]["shared"];
    assert_eq!((&shared[0]["variable"], &shared[0]["places"]), (&json!("t"), &json!(["dns.tf:3", "main.tf:3"])));
    let after = home.run(["disable", "snowplow", "main.tf"]).expect(0);
    assert!(after.stderr.contains(words) && after.stderr.contains("is changed"), "{}", after.stderr);
    assert_eq!(home.read("work/terraform.tfvars"), "t = false\n");
    // Nothing is changed any more, so nothing follows.
    assert!(!home.run(["disable", "snowplow", "main.tf"]).expect(0).stderr.contains("places"));
}

#[test]
fn a_variable_of_an_id_that_others_use_is_named_before_anybody_is_asked() {
    let home = Home::new();
    let module = MODULE.replace("}\n", "  telemetry_enabled = var.t\n  user_provided_id = var.u\n}\n");
    home.write("work/main.tf", format!("{module}{}", module.replace("\"c\"", "\"d\"")));
    home.write("work/terraform.tfvars", "t = false\nu = \"me\"\n");
    let shown = home.run(["forget", "snowplow", "main.tf", "--dry-run"]).expect(0).stdout;
    let flat: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("changes too var.u is used in main.tf:4, main.tf:9"), "{shown}");
    // What is off already is not changed.
    assert!(!flat.contains("var.t is used"), "{shown}");
}

#[test]
fn settings_in_base64_on_the_line_that_starts_it_are_read_and_not_changed() {
    let off = format!("{ENRICH}telemetry.disable = true\n").replacen("}\ntelemetry", "  telemetry", 1);
    let off = if off.ends_with("}\n") { off } else { format!("{off}}}\n") };
    let rdb = "storage { type = redshift }\nmessageQueue = q\ntelemetry { userProvidedId = \"me\" }\n";
    let compose = |image: &str, words: &str| format!("services:\n  s:\n    image: {image}\n    command: [{words}]\n");
    let enrich = "snowplow/snowplow-enrich-kinesis:5.0.0";
    for (image, words, state) in [
        (enrich, format!("--config, {}", STANDARD.encode(&off)), "off"),
        (enrich, format!("-c, {}", STANDARD_NO_PAD.encode(&off)), "off"),
        (enrich, format!("--config={}", STANDARD.encode(ENRICH)), "on"),
        (enrich, format!("--config, {}, --enrichments, x", STANDARD.encode("telemetry.disable = \"yes\"")), "crash"),
        ("snowplow/rdb-loader-redshift:6.1.5", format!("--config, {}", STANDARD.encode(rdb)), "on"),
        // Base64 of something else, and a path that could be base64, are paths.
        (enrich, format!("--config, {}", STANDARD.encode("telemetry {")), "unknown"),
        (enrich, "--config, /etc/enrich".to_owned(), "unknown"),
        // A program that takes a path only.
        ("snowplow/lake-loader-aws:0.9.0", format!("--config, {}", STANDARD.encode(&off)), "unknown"),
    ] {
        let home = Home::new();
        let source = compose(image, &words);
        home.write("work/compose.yml", &source);
        let found = one(&home, &["compose.yml"]);
        assert_eq!(text(&found, "state"), state, "{words}: {found:#}");
        if state == "on" {
            let ran = home.run(["disable", "snowplow", "compose.yml"]).expect(1);
            assert!(ran.stderr.contains("base64"), "{}", ran.stderr);
            assert_eq!(home.read("work/compose.yml"), source);
        }
        if image.contains("rdb") {
            let shown = home.run(["show-payload", "snowplow", "compose.yml", "--raw"]).expect(0).stdout;
            assert!(opened(&shown).contains("\"userProvidedId\":\"me\""), "{}", opened(&shown));
            let left = home.run(["forget", "snowplow", "compose.yml", "--dry-run"]).expect(0).stdout;
            let left = left.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(left.contains("stays user provided id: it stands in no file of its own"), "{left}");
            assert_eq!(found["ids"].as_array().expect("a list").iter().filter(|id| id["id"] == "me").count(), 1);
        }
    }
}

#[test]
fn null_is_sent_as_null() {
    let home = Home::new();
    let collector = "collector {\n  streams { good { name = g } }\n  telemetry { userProvidedId = null }\n}\n";
    home.write("work/c.hocon", format!("{collector}telemetry.userProvidedId = \"below\"\n"));
    let shown = home.run(["show-payload", "snowplow", "c.hocon", "--raw", "--as", "3.4.0"]).expect(0).stdout;
    assert!(opened(&shown).contains("\"userProvidedId\":null,"), "{}", opened(&shown));
    home.write("work/main.tf", TELEMETRY.replace("\"R&D <ops@acme.example>\"", "null"));
    let shown = home.run(["show-payload", "snowplow", "main.tf", "--raw"]).expect(0).stdout;
    assert!(opened(&shown).contains("\"userProvidedId\":null}"), "{}", opened(&shown));
}

#[test]
fn a_no_in_another_spelling_is_left_as_it_is() {
    let home = Home::new();
    for (line, variables) in [
        ("telemetry_enabled = \"false\"", ""),
        ("telemetry_enabled = \"0\"", ""),
        ("telemetry_enabled = false", ""),
        ("telemetry_enabled = var.t", "t = \"false\"\n"),
    ] {
        let module = MODULE.replace("}\n", &format!("  {line}\n}}\n"));
        home.write("work/main.tf", &module);
        home.write("work/terraform.tfvars", variables);
        assert_eq!(text(&one(&home, &["main.tf"]), "state"), "off", "{line}");
        let ran = home.run(["disable", "snowplow", "main.tf", "--dry-run"]).expect(0);
        assert!(ran.stderr.contains("nothing has to change") && ran.stdout.is_empty(), "{line} {ran:?}");
    }
    // What its program does not take for that is written anew.
    home.write("work/main.tf", MODULE.replace("}\n", "  telemetry_enabled = \"no\"\n}\n"));
    home.run(["disable", "snowplow", "main.tf"]).expect(0);
    assert_eq!(home.read("work/main.tf"), MODULE.replace("}\n", "  telemetry_enabled = false\n}\n"));
}

#[test]
fn a_value_of_a_variable_is_told_with_the_file_in_which_it_stands() {
    let home = Home::new();
    let module = MODULE.replace("}\n", "  telemetry_enabled = var.t\n  user_provided_id = var.u\n}\n");
    home.write("work/main.tf", &module);
    home.write("work/terraform.tfvars", "t = true\nu = \"me@acme.example\"\n");
    let found = one(&home, &["main.tf"]);
    assert!(text(&found, "why").contains("terraform.tfvars:1)"), "{found:#}");
    let shown = home.run(["id", "snowplow", "main.tf"]).expect(0).stdout;
    assert!(shown.contains("terraform.tfvars, line 2") && !shown.contains("main.tf, line"), "{shown}");
}

#[test]
fn what_the_change_itself_sends_is_told_before_and_after() {
    let home = Home::new();
    let told = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").contains("sends module_delete once");
    home.write("work/main.tf", MODULE);
    assert!(told(&home.run(["disable", "snowplow", "main.tf", "--dry-run"]).expect(0).stderr));
    assert!(told(&home.run(["forget", "snowplow", "main.tf", "--dry-run"]).expect(0).stdout));
    assert!(!told(&home.run(["enable", "snowplow", "main.tf", "--dry-run"]).expect(0).stderr));
    assert!(told(&home.run(["disable", "snowplow", "main.tf"]).expect(0).stderr));
}

#[test]
fn what_cannot_be_switched_is_told_as_status_tells_it() {
    let home = Home::new();
    home.write("work/main.tf", MODULE);
    home.write("work/snowplow-track-vm-telemetry", MACHINE);
    let tree = document(&home.run(["status", "snowplow", ".", "--json"]), "components-status");
    let status = members(&tree, "components")
        .iter()
        .map(|one| (text(one, "component").to_owned(), text(one, "state").to_owned()));
    let status: Vec<(String, String)> = status.collect();
    let tree = document(&home.run(["disable", "snowplow", ".", "--dry-run", "--json"]), "components-switched");
    let before = members(&tree, "components")
        .iter()
        .map(|one| (text(one, "component").to_owned(), text(one, "before").to_owned()));
    assert_eq!(before.collect::<Vec<_>>(), status);
    assert!(status.contains(&("machine".to_owned(), "on".to_owned())), "{status:?}");
}

#[test]
fn a_component_that_is_told_of_a_folder_is_not_every_file_in_it() {
    let home = Home::new();
    home.write("work/snowbridge.hcl", SNOWBRIDGE);
    home.write("work/nomad.hcl", "job \"x\" {\n}\n");
    home.write("work/other.tf", "variable \"x\" {\n}\n");
    home.run(["disable", "snowplow", ".", "--component", "snowbridge"]).expect(0);
    assert!(home.read("work/snowbridge.hcl").contains("disable_telemetry"));
    assert_eq!(home.read("work/nomad.hcl") + &home.read("work/other.tf"), "job \"x\" {\n}\nvariable \"x\" {\n}\n");
    // What is named by itself is what it is told to be.
    home.run(["disable", "snowplow", "nomad.hcl", "--component", "snowbridge"]).expect(0);
    assert!(home.read("work/nomad.hcl").contains("disable_telemetry = true"));
}
