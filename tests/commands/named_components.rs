//! What a person points at of a family of programs, as the commands name it: apart from others of its kind, by its own form, in lines that fit.

use crate::commands::given::document;
use crate::commands::status_components::{COLLECTOR, SNOWBRIDGE};
use crate::sandbox::home::Home;

#[test]
fn several_of_a_kind_are_told_apart_by_their_files() {
    let home = Home::new();
    home.write("work/a.hocon", COLLECTOR);
    home.write("work/b.hocon", COLLECTOR);
    home.write("work/s.hcl", SNOWBRIDGE);
    let compose = "services:\n  good:\n    image: snowplow/scala-stream-collector-kinesis:3.4.0\n    command: --config /c/a.hocon\n    volumes: [./a.hocon:/c/a.hocon]\n";
    home.write("work/compose.yml", compose);
    let names = [
        "snowplow collector a.hocon, started by compose.yml (good)",
        "snowplow collector b.hocon",
        "snowplow snowbridge",
    ];
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    // To a pipe, too: each payload stands below the name of what it is of.
    let status = lines(&home.run(["status", "snowplow", "."]).expect(0).stdout);
    let payload = lines(&home.run(["show-payload", "snowplow", "."]).expect(0).stdout);
    let ids = lines(&home.run(["id", "snowplow", "."]).expect(0).stdout);
    let forget = home.run(["forget", "snowplow", ".", "--dry-run"]).expect(0).stdout;
    let disable = home.run(["disable", "snowplow", ".", "--dry-run"]).expect(0).stderr;
    for name in names {
        assert!(status.iter().any(|line| line.starts_with(&format!("{name}: on,"))), "{name}: {status:?}");
        assert!(payload.contains(&name.to_owned()) && ids.contains(&name.to_owned()), "{name}: {payload:?} {ids:?}");
        assert!(forget.split_whitespace().collect::<Vec<_>>().join(" ").contains(&format!("of {name}")), "{forget}");
        assert!(disable.contains(&format!("{name} would be off.")), "{disable}");
    }
    // One alone needs no more than its name.
    let alone = home.run(["status", "snowplow", "b.hocon"]).expect(0);
    assert!(alone.stdout.starts_with("snowplow collector: on,"), "{}", alone.stdout);
    let compose = format!("{} (good)", home.at("work/compose.yml").display());
    let file = |name: &str| home.at(format!("work/{name}")).display().to_string();
    let wanted = [vec![file("a.hocon"), compose], vec![file("b.hocon")], vec![file("s.hcl")]];
    for (verb, kind) in [("disable", "components-switched"), ("forget", "components-forget"), ("id", "components-id")] {
        let dry: &[&str] = if verb == "id" { &[] } else { &["--dry-run"] };
        let tree = document(&home.run([&[verb, "snowplow", ".", "--json"], dry].concat()), kind);
        let components = tree["components"].as_array().expect("components");
        let named: Vec<Vec<String>> =
            components.iter().map(|one| serde_json::from_value(one["named"].clone()).expect("files")).collect();
        assert_eq!(named, wanted, "{verb}");
    }
}

#[test]
fn what_is_not_recognised_is_said_by_its_own_form() {
    let home = Home::new();
    home.write("work/empty.conf", "\n");
    home.write("work/broken.hocon", "telemetry { disable = \n");
    home.write("work/v.tfvars", "telemetry_enabled = \n");
    for (name, why) in [
        ("empty.conf", "it is empty"),
        ("broken.hocon", "(it is not valid HOCON, line 2)"),
        ("v.tfvars", "(it is not valid HCL, line 1)"),
    ] {
        let told = home.run(["status", "snowplow", name]).expect(1).stderr;
        assert!(told.contains(why) && !told.contains("JSON"), "{told}");
        assert!(told.contains("hint: telemetry status snowplow PATH --component NAME"), "{told}");
    }
    // What is not there, or is no file, is none with --component either.
    std::fs::create_dir(home.at("work/none")).expect("a folder");
    std::os::unix::fs::symlink("gone", home.at("work/link.hocon")).expect("a link");
    for name in ["none", "link.hocon"] {
        let told = home.run(["status", "snowplow", name]).expect(1).stderr;
        assert!(told.contains(name) && told.contains(&format!("hint: ls -ld {name}")), "{told}");
    }
    std::fs::remove_file(home.at("work/link.hocon")).expect("it is there");
    let all = home.run(["status", "snowplow", "."]).expect(1).stderr;
    assert!(all.contains("broken.hocon") && all.contains("v.tfvars") && !all.contains("empty.conf"), "{all}");
}

#[test]
fn hints_name_the_files_and_what_cannot_be_done_is_said() {
    let home = Home::new();
    home.write("work/c.hocon", COLLECTOR);
    home.write("work/s.hcl", SNOWBRIDGE);
    home.write("work/machine", include_str!("../fixtures/snowplow/snowplow-track-vm-telemetry"));
    for (words, status, says, hint) in [
        (&["flush", "snowplow"][..], 1, "records nothing", "telemetry status snowplow PATH"),
        (
            &["id", "snowplow", "machine", "--user-provided-id", "x@y.example"],
            1,
            "takes an id of",
            "telemetry id snowplow PATH",
        ),
        (&["id", "snowplow", "s.hcl", "--url", "http://127.0.0.1:1"], 2, "has no server", "telemetry id snowplow PATH"),
        (
            &["show-payload", "snowplow", "s.hcl", "--destination", "x"],
            2,
            "no destination",
            "telemetry show-payload snowplow PATH",
        ),
        (&["id", "snowplow", "renew"], 2, "makes no id", "telemetry id snowplow PATH --withdraw"),
        (&["id", "snowplow", "c.hocon", "renew"], 2, "makes no id", "telemetry id snowplow PATH --withdraw"),
        (
            &["show-payload", "snowplow", "s.hcl", "--capture", "--", "true"],
            2,
            "none of them is run",
            "telemetry show-payload snowplow PATH",
        ),
        (&["show-payload", "snowplow", "c.hocon", "--as", "2.0.0"], 5, "known: 3.0.0 and later", ""),
    ] {
        let told = home.run(words).expect(status).stderr;
        assert!(told.contains(says), "{words:?}: {told}");
        assert!(hint.is_empty() || told.lines().any(|line| line == format!("hint: {hint}")), "{words:?}: {told}");
    }
}

#[test]
fn prose_fits_and_nothing_else_is_broken() {
    let home = Home::new();
    for name in
        ["collector.hocon", "enrich.hocon", "lake-loader.hocon", "rdb-loader.hocon", "snowbridge.hcl", "main.tf"]
    {
        let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/snowplow").join(name);
        home.write(format!("work/{name}"), std::fs::read(from).expect("a sample"));
    }
    let long = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.chars().count() > 80);
        // A word that is longer is whole.
        lines.filter(|line| line.split(' ').all(|word| word.chars().count() < 40)).map(str::to_owned).collect()
    };
    assert_eq!(long(&home.run(["status", "snowplow", "."]).expect(0).stdout), [""; 0]);
    assert_eq!(long(&home.run(["show-payload", "snowplow", "."]).expect(0).stderr), [""; 0]);
    assert_eq!(long(&home.run(["disable", "snowplow", "."]).stderr), [""; 0]);
    // A command that is pasted is one.
    home.write("work/machine", include_str!("../fixtures/snowplow/snowplow-track-vm-telemetry"));
    let units = ["start.service", "stop.service", "heartbeat.timer"].map(|unit| format!("snowplow-telemetry-{unit}"));
    let command = format!("sudo systemctl disable --now {}", units.join(" "));
    for words in [&["status", "snowplow", "machine"][..], &["forget", "snowplow", "machine", "--dry-run"]] {
        let told = home.run(words).expect(0).stdout;
        assert!(told.lines().any(|line| line.ends_with(&command)), "{told}");
    }
}
