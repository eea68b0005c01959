//! `telemetry status snowplow PATH…`: each file is known by what stands in it, what starts a component comes before its file, and what is not
//! surely off is never called off.

use serde_json::{Value, json};

use crate::commands::given::document;
use crate::contracts::keys;
use crate::sandbox::home::Home;

pub(crate) const COLLECTOR: &str = "collector {\n  interface = \"0.0.0.0\"\n  streams { good { name = g } }\n}\n";
pub(crate) const ENRICH: &str =
    "{\n  \"input\": { \"streamName\": \"raw\" }\n  \"output\": { \"good\": { \"streamName\": \"e\" } }\n}\n";
const LOADER: &str = "input { topicName = a }\noutput.good { location = \"s3a://x\" }\n";
const RDB: &str = "storage { type = redshift }\nmessageQueue = q\n";
pub(crate) const SNOWBRIDGE: &str = "source {\n  use \"stdin\" {}\n}\n";
pub(crate) const MODULE: &str = "module \"c\" {\n  source = \"snowplow-devops/collector-kinesis-ec2/aws\"\n}\n";
pub(crate) const MACHINE: &str = "#!/bin/bash\nreadonly B=/usr/local/bin/snowplow-tracking-cli\n# iglu:com.snowplowanalytics.oss/oss_context/jsonschema/1-0-0\n";
const USER_DATA: &str = "#!/bin/sh\nsudo systemctl enable snowplow-telemetry-start.service\n";

/// The components that are found in these files, each with its state.
#[track_caller]
fn states(files: &[(&str, &str)], more: &[&str]) -> Vec<(String, String)> {
    let told = told(files, more);
    let all = told["components"].as_array().expect("components").iter();
    all.map(|one| {
        (one["component"].as_str().expect("a name").to_owned(), one["state"].as_str().expect("a state").to_owned())
    })
    .collect()
}

#[track_caller]
fn told(files: &[(&str, &str)], more: &[&str]) -> Value {
    let home = Home::new();
    for (name, text) in files {
        home.write(format!("work/{name}"), text);
    }
    let paths: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let ran = home.run([&["status", "snowplow", "--json"], paths.as_slice(), more].concat());
    document(&ran, "components-status")
}

#[track_caller]
pub(crate) fn is(files: &[(&str, &str)], more: &[&str], wanted: &[(&str, &str)]) {
    let wanted: Vec<(String, String)> =
        wanted.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect();
    assert_eq!(states(files, more), wanted, "{files:?}");
}

#[test]
fn a_component_is_known_by_what_stands_in_its_file() {
    for (name, text, component, state) in [
        ("a.conf", COLLECTOR, "collector", "on"),
        ("a.conf", "streams { good { name = g }, bad {} }\nport = 80\n", "collector", "on"),
        ("b", ENRICH, "enrich", "on"),
        ("b", "snowplow { input {}, output { good {} } }", "enrich", "on"),
        ("c.hocon", LOADER, "loader", "on"),
        ("d.txt", RDB, "rdb-loader", "on"),
        ("e.hcl", SNOWBRIDGE, "snowbridge", "on"),
        ("f.tf", MODULE, "terraform-module c", "on"),
        ("g.tfvars", "telemetry_enabled = true\n", "terraform-variables", "on"),
        ("h", MACHINE, "machine", "on"),
        ("i.sh", USER_DATA, "machine", "on"),
    ] {
        is(&[(name, text)], &[], &[(component, state)]);
    }
}

#[test]
fn what_is_none_is_said_and_in_a_folder_passed_over() {
    let home = Home::new();
    home.write("work/notes.txt", "nothing\n");
    home.write("work/broken.hocon", "collector { streams {\n");
    for (name, words) in [("notes.txt", "nothing that is known"), ("broken.hocon", "line"), ("gone", "is not there")] {
        let ran = home.run(["status", "snowplow", name]).expect(1);
        assert!(ran.stderr.contains(words), "{name}: {}", ran.stderr);
    }
    // One that cannot be read is no reason to say nothing of the others.
    home.write("work/c.hocon", COLLECTOR);
    let ran = home.run(["status", "snowplow", "c.hocon", "notes.txt"]).expect(4);
    assert!(ran.stdout.contains("snowplow collector: on") && ran.stderr.contains("notes.txt"), "{}", ran.stderr);
    let ran = home.run(["status", "snowplow", "."]).expect(4);
    assert!(ran.stderr.contains("broken.hocon") && !ran.stderr.contains("notes.txt"), "{}", ran.stderr);
    // Whose file it is can be said; broken it stays unknown.
    let ran = home.run(["status", "snowplow", "broken.hocon", "--component", "collector"]).expect(0);
    assert!(ran.stdout.contains("collector: unknown"), "{}", ran.stdout);
    for (arguments, words) in [
        (&["status", "snowplow"][..], "name those files"),
        (&["status", "snowplow", "c.hocon", "--component", "none"], "it has: "),
        (&["status", "meltano", "c.hocon"], "it takes no PATH"),
        (&["status", "tool", "c.hocon"], "it takes no PATH"),
    ] {
        let ran = home.run(arguments).expect(2);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn the_collector_s_block_wins_over_the_top() {
    for (add, state) in [
        ("telemetry.disable = true", "off"),
        ("collector.telemetry.disable = true", "off"),
        ("telemetry.disable = true\ncollector.telemetry.disable = false", "on"),
        ("telemetry.disable = false\ncollector.telemetry.disable = true", "off"),
        ("telemetry.disable = true\ntelemetry.disable = false", "on"),
        ("telemetry { disable = false }\ntelemetry { disable = true }", "off"),
        // What circe does not decode keeps the Collector from starting.
        ("telemetry.disable = yes", "crash"),
        ("telemetry.disable = \"true\"", "crash"),
        ("telemetry.disable = 1", "crash"),
        ("telemetry.disable = null", "crash"),
        ("telemetry = off", "crash"),
        ("collector.telemetry = null\ntelemetry.disable = true", "crash"),
        // What an environment decides that nobody sees here.
        ("telemetry.disable = true\ntelemetry.disable = ${?SP_OFF}", "unknown"),
        ("telemetry.disable = ${?SP_OFF}\ntelemetry.disable = true", "off"),
        ("telemetry.disable = true\ninclude file(\"other.conf\")", "unknown"),
        // It may bring the block, which wins.
        ("include file(\"other.conf\")\ntelemetry.disable = true", "unknown"),
        ("# telemetry.disable = true", "on"),
        ("collector.collector.telemetry.disable = false\ntelemetry.disable = true", "on"),
    ] {
        is(&[("c.hocon", &format!("{COLLECTOR}{add}\n"))], &[], &[("collector", state)]);
    }
}

fn unit(lines: &str) -> String {
    format!("[Service]\n{lines}\nExecStart=/opt/bin/snowplow-stream-collector-kinesis --config /etc/c.hocon\n")
}

#[test]
fn what_starts_it_comes_before_its_file() {
    let off = format!("{COLLECTOR}telemetry.disable = true\n");
    let on = COLLECTOR.to_owned();
    for (file, lines, version, state) in [
        (&off, "", "3.2.0", "off"),
        (&off, "Environment=\"JAVA_OPTS=-Xmx1g -Dtelemetry.disable=false\"", "3.2.0", "crash"),
        (&off, "Environment=JAVA_OPTS=-Dcollector.telemetry.disable=false", "2.9.0", "on"),
        (&on, "Environment=JAVA_OPTS=-Dcollector.telemetry.disable=true", "2.9.0", "off"),
        (&on, "Environment=JAVA_OPTS=-Dcollector.telemetry.disable=yes", "2.9.0", "unknown"),
        (&off, "Environment=JDK_JAVA_OPTIONS=-Dconfig.override_with_env_vars=true", "3.2.0", "unknown"),
        (&off, "EnvironmentFile=/etc/none-of-ours", "3.2.0", "unknown"),
        (&off, "EnvironmentFile=-/etc/none-of-ours", "3.2.0", "off"),
        (&on, "Environment=JAVA_OPTS=-Dconfig.file=/etc/x.conf", "3.2.0", "unknown"),
        (&off, "Environment=JAVA_OPTS=-Dconfig.file=/etc/x.conf", "3.2.0", "off"),
    ] {
        let files = [("c.hocon", file.as_str()), ("c.service", &unit(lines))];
        is(&files, &["--as", version], &[("collector", state)]);
    }
    // The value that follows the environment is the one that the unit sets: a text.
    let follows = format!("{COLLECTOR}telemetry.disable = true\ntelemetry.disable = ${{?SP_OFF}}\n");
    is(&[("c.hocon", &follows), ("c.service", &unit(""))], &[], &[("collector", "off")]);
    is(&[("c.hocon", &follows), ("c.service", &unit("Environment=SP_OFF=false"))], &[], &[("collector", "crash")]);
    // What a shell is given to run is not looked into.
    let shell = "[Service]\nExecStart=/bin/sh -c 'java -Dtelemetry.disable=false -jar snowplow-stream-collector.jar --config c.hocon'\n";
    is(
        &[("c.hocon", off.as_str()), ("c.service", shell)],
        &["--as", "2.9.0"],
        &[("collector", "unknown"), ("collector", "off")],
    );
    // A version that decides and is not known is no off.
    let files = [("c.hocon", on.as_str()), ("c.service", &unit("Environment=JAVA_OPTS=-Dtelemetry.disable=true"))];
    is(&files, &[], &[("collector", "unknown")]);
}

#[test]
fn what_is_laid_over_a_unit_counts_and_another_file_is_another() {
    let state = |home: &Home, more: &[&str]| {
        let told = document(
            &home.run([&["status", "snowplow", "--json", "--as", "2.9.0"][..], more].concat()),
            "components-status",
        );
        let all = told["components"].as_array().expect("components").iter();
        all.map(|one| one["state"].as_str().expect("a state").to_owned()).collect::<Vec<_>>()
    };
    let home = Home::new();
    let (off, on) = (
        home.write("work/off.hocon", format!("{COLLECTOR}telemetry.disable = true\n")),
        home.write("work/on.hocon", COLLECTOR),
    );
    let exec =
        |file: &std::path::Path| format!("ExecStart=/opt/snowplow-stream-collector --config {}\n", file.display());
    home.write("work/c.service", format!("[Service]\n{}", exec(&off)));
    assert_eq!(state(&home, &["c.service"]), ["off"]);
    home.write("work/c.service.d/a.conf", "[Service]\nEnvironment=JAVA_TOOL_OPTIONS=-Dtelemetry.disable=false\n");
    assert_eq!(state(&home, &["c.service"]), ["on"]);
    home.write("work/c.service.d/a.conf", format!("[Service]\nExecStart=\n{}", exec(&on)));
    assert_eq!(state(&home, &["c.service"]), ["on"]);
    // The unit starts one, and the other was named: two, of which each is what it is.
    assert_eq!(state(&home, &["off.hocon", "c.service"]), ["on", "off"]);
}

#[test]
fn the_environment_here_reaches_a_java_machine_too() {
    let home = Home::new();
    home.write("work/c.hocon", format!("{COLLECTOR}telemetry.disable = true\n"));
    let state = |name: &str, value: &str| {
        let ran = home.command(["status", "snowplow", "c.hocon", "--json", "--as", "3.0.0"]).env(name, value).run();
        document(&ran, "components-status")["components"][0]["state"].clone()
    };
    assert_eq!(state("JAVA_OPTS", "-Xmx1g"), json!("off"));
    assert_eq!(state("JAVA_OPTS", "-Dtelemetry.disable=false"), json!("crash"));
    assert_eq!(state("JAVA_TOOL_OPTIONS", "-Dcollector.telemetry.disable=false"), json!("crash"));
}

#[test]
fn a_compose_file_tells_the_version_and_the_variables() {
    let compose =
        |image: &str, lines: &str| format!("services:\n  s:\n    image: {image}\n{lines}  db:\n    image: postgres\n");
    let environment = "    environment:\n      DISABLE_TELEMETRY: 'true'\n";
    for (image, lines, state) in [
        ("snowplow/snowbridge:2.4.2-aws", environment, "off"),
        ("snowplow/snowbridge:3.0.0", environment, "on"),
        ("registry.example:5000/snowplow/snowbridge:2.1.0", environment, "off"),
        ("snowplow/snowbridge", environment, "unknown"),
        ("snowplow/snowbridge:2.4.2", "    environment:\n      DISABLE_TELEMETRY: 'ja'\n", "crash"),
        ("snowplow/snowbridge:2.4.2", "    environment: [DISABLE_TELEMETRY]\n", "unknown"),
        ("snowplow/snowbridge:2.4.2", "    environment: ['DISABLE_TELEMETRY=${OFF}']\n", "unknown"),
        // The file, where one is named, is all that is asked; it is not seen from here.
        (
            "snowplow/snowbridge:2.4.2",
            "    environment: [DISABLE_TELEMETRY=1, SNOWBRIDGE_CONFIG_FILE=/c.hcl]\n",
            "unknown",
        ),
        ("snowplow/snowplow-enrich-kinesis:6.1.0", "    command: [--config, /c.hocon]\n", "unknown"),
    ] {
        let name = if image.contains("enrich") { "enrich" } else { "snowbridge" };
        is(&[("docker-compose.yml", &compose(image, lines))], &[], &[(name, state)]);
    }
    let told = told(&[("docker-compose.yml", &compose("snowplow/snowbridge:2.4.2-aws", environment))], &[]);
    assert_eq!(told["components"][0]["tool_version"], "2.4.2");
}

#[test]
fn what_compose_lays_over_or_mounts_elsewhere_is_no_off() {
    let off = format!("{COLLECTOR}telemetry.disable = true\n");
    let compose = |more: &str| {
        format!(
            "services:\n  c:\n    image: snowplow/stream-collector:3.0.0\n    command: [--config, /s/off.hocon]\n{more}"
        )
    };
    let state = |files: &[(&str, &str)]| {
        let home = Home::new();
        files.iter().for_each(|(name, text)| drop(home.write(format!("work/{name}"), text)));
        let told = document(&home.run(["status", "snowplow", ".", "--json"]), "components-status");
        let all = told["components"].as_array().expect("components").iter();
        let states: Vec<String> = all.map(|one| one["state"].as_str().expect("a state").to_owned()).collect();
        (states, told["not_looked_at"].as_array().expect("a list").len())
    };
    let is = |more: &str, states: &[&str]| {
        assert_eq!(state(&[("off.hocon", &off), ("compose.yml", &compose(more))]).0, states, "{more}");
    };
    is("", &["off"]);
    is("    volumes: ['./off.hocon:/s/off.hocon:ro']\n", &["off"]);
    is("    volumes: ['./on.hocon:/s/off.hocon']\n", &["unknown", "off"]);
    is("    volumes:\n      - {type: bind, source: ./on.hocon, target: /s/off.hocon}\n", &["unknown", "off"]);
    is("    entrypoint: [sh, -c, 'exec collector --config /s/off.hocon']\n", &["unknown"]);
    let over = [("off.hocon", off.as_str()), ("compose.yml", &compose("")), ("compose.override.yml", "services: {}\n")];
    assert_eq!(state(&over).1, 1);
}

#[test]
fn what_lies_beside_is_not_what_a_start_reads_that_names_none() {
    let compose = ("compose.yml", "services: {b: {image: 'snowplow/snowbridge:3.0.0'}}\n");
    let file = format!("{SNOWBRIDGE}disable_telemetry = true\n");
    is(&[compose, ("s.hcl", &file)], &[], &[("snowbridge", "on"), ("snowbridge", "off")]);
}

#[test]
fn what_compose_extends_and_includes_counts_and_what_cannot_be_followed_is_not_known() {
    let base = "services:\n  c:\n    image: snowplow/scala-stream-collector-kinesis:3.2.0\n    \
                command: [--config, /s/c.hocon]\n    environment: {JAVA_TOOL_OPTIONS: -Dtelemetry.disable=true}\n";
    let extends = "services:\n  c:\n    extends: {file: base/common.yml, service: c}\n";
    let include = "include:\n  - path: base/common.yml\n";
    for (text, state) in [
        // A property is a text, which the program does not take.
        (extends, "crash"),
        (include, "crash"),
        (&format!("{extends}    environment: {{JAVA_TOOL_OPTIONS: -Da=b}}\n"), "on"),
        (&format!("{extends}    environment: !override {{A: b}}\n"), "on"),
        // As far as anybody can tell it starts with anything.
        (&extends.replace("common", "missing"), "unknown"),
        (&extends.replace("common", "${X}"), "unknown"),
        (&extends.replace("service: c", "service: d"), "unknown"),
        (&include.replace("common", "missing"), "unknown"),
        ("include: [compose.yaml]\nservices: {d: {image: x}}\n", "unknown"),
        ("services: {c: {extends: d}, d: {extends: c}}\n", "unknown"),
        ("services: [", "unknown"),
    ] {
        let home = Home::new();
        home.write("work/c.hocon", COLLECTOR);
        home.write("work/base/common.yml", base);
        home.write("work/compose.yaml", text);
        let ran = home.run(["status", "snowplow", "--json", "c.hocon", "compose.yaml"]);
        let told = document(&ran, "components-status");
        let all = told["components"].as_array().expect("components");
        assert_eq!((all.len(), all[0]["state"].as_str()), (1, Some(state)), "{text}{told}");
        // A no of its file holds whatever starts it, only where that is known.
        home.write("work/c.hocon", COLLECTOR.replace("collector {", "collector {\n  telemetry.disable = true"));
        let ran = home.run(["status", "snowplow", "--json", "c.hocon", "compose.yaml"]);
        let state = if state == "on" { "off" } else { state };
        assert_eq!(document(&ran, "components-status")["components"][0]["state"], state, "{text}");
        assert_eq!(ran.status == 0, state != "unknown", "{}", ran.stderr);
    }
}

#[test]
fn snowbridge_takes_what_its_library_converts() {
    for (line, state) in [
        ("disable_telemetry = true", "off"),
        ("disable_telemetry = \"true\"", "off"),
        ("disable_telemetry = \"1\"", "off"),
        ("disable_telemetry = false", "on"),
        ("disable_telemetry = \"yes\"", "crash"),
        ("disable_telemetry = 1", "crash"),
        ("disable_telemetry = env.OFF", "unknown"),
        ("# disable_telemetry = true", "on"),
        ("note = <<E\ndisable_telemetry = true\nE", "on"),
        ("disable_telemetry = true\ndisable_telemetry = false", ""),
    ] {
        let text = format!("{SNOWBRIDGE}{line}\n");
        if state.is_empty() {
            // A key that stands twice is refused by the language.
            let home = Home::new();
            home.write("work/s.hcl", text);
            home.run(["status", "snowplow", "s.hcl"]).expect(1);
            continue;
        }
        is(&[("s.hcl", &text)], &[], &[("snowbridge", state)]);
    }
}

#[test]
fn the_vendor_s_own_line_is_told_to_keep_it_on() {
    let text = format!("{SNOWBRIDGE}# to disable telemetry\ndisable_telemetry = false\n");
    let told = told(&[("s.hcl", &text)], &[]);
    let one = &told["components"][0];
    assert_eq!(one["state"], "on");
    let words = one["believed_off"][0].as_str().expect("told");
    assert!(words.contains("s.hcl:5") && words.contains("a page of Snowplow's"), "{words}");
}

#[test]
fn what_is_sent_where_and_when_is_told() {
    let text = format!(
        "{COLLECTOR}collector.telemetry {{ interval = 5 minutes, url = t.example, userProvidedId = \"a@b.example\" }}\n"
    );
    let told = told(&[("c.hocon", &text)], &[]);
    let one = &told["components"][0];
    let setting = |name: &str| {
        let all = one["settings"].as_array().expect("a list");
        all.iter().find(|setting| setting["name"] == name).map(|setting| setting["value"].clone())
    };
    assert_eq!(setting("endpoint"), Some(json!("\"t.example\"")));
    assert_eq!(
        one["settings"].as_array().expect("a list").iter().filter(|setting| setting["name"] == "endpoint").count(),
        1
    );
    assert_eq!(setting("interval"), Some(json!("\"5 minutes\"")));
    assert_eq!(setting("first heartbeat"), Some(json!("after one interval")));
    assert_eq!(one["ids"][0]["id"], "a@b.example");
}

#[test]
fn documents_have_their_keys() {
    let home = Home::new();
    home.write("work/c.hocon", COLLECTOR);
    home.write("work/x", "x");
    let told = "tool components components[].tool components[].component components[].title components[].files \
        components[].started_by components[].state components[].why components[].here components[].tool_version \
        components[].tool_version_from components[].program components[].project components[].by_version components[].layers \
        components[].layers[].place components[].layers[].value components[].layers[].says components[].layers[].why \
        components[].layers[].versions components[].layers[].wins components[].usual components[].believed_off \
        components[].dead_switches components[].mirrors_that_differ components[].hidden_lines components[].interrupted \
        components[].ids components[].ids[].name components[].ids[].id components[].ids[].place components[].ids[].shared \
        components[].ids[].can_be_guessed components[].files_with_old_ids components[].waiting components[].still_leaves \
        components[].still_leaves[].what components[].still_leaves[].stop \
        components[].guessable components[].unreadable components[].after_a_change components[].settings \
        components[].settings[].name components[].settings[].value components[].settings[].place components[].settings[].why \
        components[].by_hand not_looked_at not_looked_at[].file not_looked_at[].why";
    keys("components-status", &[home.run(["status", "snowplow", "c.hocon", "x", "--json"])], told);
}
