//! `telemetry status snowplow` of Terraform's files and of the machines that they make.

use crate::commands::given::document;
use crate::commands::status_components::{MACHINE, is};
use crate::sandbox::home::Home;

#[test]
fn a_module_follows_its_variable_and_the_override_wins_over_its_switch() {
    use base64::Engine;
    let encoded = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let module =
        |lines: &str| format!("module \"c\" {{\n  source = \"snowplow-devops/collector-kinesis-ec2/aws\"\n{lines}}}\n");
    let off = encoded("collector { telemetry { disable = true } }");
    let silent = encoded("collector { port = 80 }");
    for (lines, variables, state) in [
        ("", "", "on"),
        ("  telemetry_enabled = false\n", "", "off"),
        ("  telemetry_enabled = \"0\"\n", "", "off"),
        ("  telemetry_enabled = \"no\"\n", "", "crash"),
        ("  telemetry_enabled = var.t\n", "t = false\n", "off"),
        ("  telemetry_enabled = !var.t\n", "t = true\n", "off"),
        ("  telemetry_enabled = var.t\n", "t = true\n", "on"),
        ("  telemetry_enabled = var.t\n", "", "unknown"),
        ("  telemetry_enabled = var.a && var.t\n", "t = false\n", "unknown"),
        (&format!("  telemetry_enabled = false\n  config_override_b64 = \"{off}\"\n"), "", "off"),
        (&format!("  telemetry_enabled = false\n  config_override_b64 = \"{silent}\"\n"), "", "on"),
        (&format!("  telemetry_enabled = true\n  config_override_b64 = \"{off}\"\n"), "", "on"),
        ("  telemetry_enabled = false\n  config_override_b64 = \"\"\n", "", "off"),
        ("  telemetry_enabled = false\n  config_override_b64 = \"***\"\n", "", "unknown"),
        ("  telemetry_enabled = false\n  config_override_b64 = filebase64(\"c\")\n", "", "unknown"),
    ] {
        let home = Home::new();
        home.write("work/main.tf", module(lines));
        home.write("work/terraform.tfvars", variables);
        let ran = home.run(["status", "snowplow", ".", "--json"]);
        let told = document(&ran, "components-status");
        assert_eq!(told["components"][0]["state"], state, "{lines} {variables}: {told}");
        assert_eq!(told["components"].as_array().expect("a list").len(), 1, "{told}");
    }
    // What a run may be given beside the files.
    let follows = module("  telemetry_enabled = var.t\n");
    let home = Home::new();
    home.write("work/main.tf", &follows);
    home.write("work/terraform.tfvars", "t = false\n");
    let state = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = home.command([&["status", "snowplow", "--json"][..], arguments].concat());
        for (name, value) in variables {
            command = command.env(name, value);
        }
        document(&command.run(), "components-status")["components"][0]["state"].clone()
    };
    assert_eq!(state(&["."], &[]), "off");
    assert_eq!(state(&["."], &[("TF_CLI_ARGS_apply", "-var t=true")]), "unknown");
    home.write("work/prod.tfvars", "t = true\n");
    assert_eq!(state(&["."], &[]), "unknown");
    assert_eq!(state(&[".", "prod.tfvars"], &[]), "on");
    // What Terraform lays over the file, and its JSON, is not looked into: nothing is off for it.
    for (name, text, state) in [
        ("x_override.tf", "module \"c\" {\n  telemetry_enabled = true\n}\n", "unknown"),
        ("override.tf.json", "{\"module\": {\"c\": {\"telemetry_enabled\": true}}}", "unknown"),
        ("x_override.tf", "module \"other\" {}\n", "off"),
    ] {
        let home = Home::new();
        home.write("work/main.tf", module("  telemetry_enabled = false\n"));
        home.write(format!("work/{name}"), text);
        let told = document(&home.run(["status", "snowplow", "main.tf", "--json"]), "components-status");
        assert_eq!(told["components"][0]["state"], state, "{name}");
    }
    let json = "{\"module\": {\"d\": {\"source\": \"snowplow-devops/enrich-kinesis-ec2/aws\"}}}";
    is(&[("d.tf.json", json)], &[], &[("terraform-module", "unknown")]);
    // A module of somebody else's, or one of theirs without the switch, is none.
    for source in ["terraform-aws-modules/vpc/aws", "snowplow-devops/service-ec2/aws"] {
        let home = Home::new();
        home.write("work/main.tf", format!("module \"v\" {{\n  source = \"{source}\"\n}}\n"));
        home.run(["status", "snowplow", "main.tf"]).expect(1);
    }
}

#[test]
fn a_machine_is_on_while_its_units_are_enabled() {
    let home = Home::new();
    home.write("vm/usr/local/bin/snowplow-track-vm-telemetry", MACHINE);
    let script = home.at("vm/usr/local/bin/snowplow-track-vm-telemetry");
    let script = script.to_str().expect("text");
    let state = || {
        let told = document(&home.run(["status", "snowplow", script, "--json"]), "components-status");
        told["components"][0]["state"].clone()
    };
    assert_eq!(state(), "on", "whether it is installed cannot be told");
    home.write("vm/etc/systemd/system/snowplow-telemetry-heartbeat.timer", "[Timer]\n");
    assert_eq!(state(), "off");
    home.write("vm/etc/systemd/system/timers.target.wants/snowplow-telemetry-heartbeat.timer", "[Timer]\n");
    assert_eq!(state(), "on");
    let ran = home.run(["disable", "snowplow", script]).expect(1);
    assert!(ran.stderr.contains("sudo systemctl disable --now snowplow-telemetry-start.service"), "{}", ran.stderr);
    let ran = home.run(["enable", "snowplow", script]);
    assert!(!ran.stderr.contains("systemctl disable"), "{}", ran.stderr);
}

const FOLLOWS: &str =
    "module \"c\" {\n  source = \"snowplow-devops/collector-kinesis-ec2/aws\"\n  telemetry_enabled = var.t\n}\n";

#[test]
fn what_terraform_lays_over_a_variable_counts_in_whatever_order_the_files_stand() {
    let default = |value: &str| format!("variable \"t\" {{ default = {value} }}\n");
    for (name, text, state) in [
        ("b_override.tf", default("true"), "on"),
        ("z_override.tf", default("true"), "on"),
        ("override.tf", default("true"), "on"),
        ("b_override.tf", default("false"), "off"),
        ("b_override.tf", "variable \"t\" { type = bool }\n".to_owned(), "off"),
        ("b_override.tf", default("null"), "crash"),
        (".main.tf", default("true"), "off"),
        (".b_override.tf", default("true"), "off"),
        ("b_override.tf", default("local.x"), "unknown"),
        ("b_override.tf", format!("variable \"t\" {{ type = bool }}\n{}", default("true")), "unknown"),
        ("b_override.tf", "variable \"t\" {".to_owned(), "unknown"),
        ("b_override.tf.json", "{\"variable\": {\"t\": {\"default\": true}}}".to_owned(), "unknown"),
    ] {
        let home = Home::new();
        home.write("work/main.tf", format!("{FOLLOWS}{}", default("false")));
        home.write(format!("work/{name}"), &text);
        let told = document(&home.run(["status", "snowplow", "main.tf", "--json"]), "components-status");
        assert_eq!(told["components"][0]["state"], state, "{name} {text}: {told}");
    }
}

#[test]
fn a_hidden_file_of_terraform_says_nothing() {
    let home = Home::new();
    home.write("work/main.tf", format!("{FOLLOWS}variable \"t\" {{ default = true }}\n"));
    for name in [".b_override.tf", ".main.tf"] {
        home.write(format!("work/{name}"), "variable \"t\" { default = false }\n");
        let told = document(&home.run(["status", "snowplow", "main.tf", "--json"]), "components-status");
        assert_eq!(told["components"][0]["state"], "on", "{name}: {told}");
    }
}

#[test]
fn a_folder_that_another_one_calls_as_a_module_is_not_off_by_its_own_default() {
    let child = format!("{FOLLOWS}variable \"t\" {{ default = false }}\n");
    let call = |source: &str| format!("module \"m\" {{\n  source = \"{source}\"\n  t = true\n}}\n");
    let json = "{\"module\": {\"m\": {\"source\": \"./a/child\", \"t\": true}}}".to_owned();
    for (name, text, state) in [
        ("a/main.tf", call("./child"), "unknown"),
        ("main.tf", call("./a/child"), "unknown"),
        ("envs/prod/main.tf", call("../../a/child/"), "unknown"),
        ("main.tf.json", json, "unknown"),
        ("a/main.tf", call("./other"), "off"),
        ("a/main.tf", call("child/registry/aws"), "off"),
    ] {
        let home = Home::new();
        home.write("work/a/child/main.tf", &child);
        home.write(format!("work/{name}"), &text);
        let told = document(&home.run(["status", "snowplow", "a/child", "--json"]), "components-status");
        assert_eq!(told["components"][0]["state"], state, "{name} {text}: {told}");
    }
    // From the other end: the module that is called is named, and not taken for looked into.
    let home = Home::new();
    home.write("work/child/main.tf", &child);
    home.write("work/vpc/main.tf", "resource \"x\" \"y\" {}\n");
    home.write("work/main.tf", format!("{}{}", call("./child"), call("./vpc").replace("\"m\"", "\"v\"")));
    let words = "main.tf calls it as a module, and it is not looked into: name it as well";
    let ran = home.run(["status", "snowplow", "."]).expect(1);
    assert!(ran.stderr.contains("work/child: ") && ran.stderr.contains(words), "{}", ran.stderr);
    assert!(!ran.stderr.contains("vpc"), "{}", ran.stderr);
    home.run(["status", "snowplow", ".", "child"]).expect(0);
    home.write("work/own.tf", FOLLOWS.replace("var.t", "false"));
    let ran = home.run(["status", "snowplow", "."]).expect(4);
    assert!(ran.stderr.contains(words) && ran.stdout.contains("off"), "{} {}", ran.stdout, ran.stderr);
}
