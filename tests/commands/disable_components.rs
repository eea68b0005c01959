//! `telemetry disable|enable snowplow PATH…`: the switch goes where the component reads it, every other byte stays, and all files change
//! together or none.

use crate::commands::given::document;
use crate::commands::status_components::{COLLECTOR, ENRICH, MODULE, SNOWBRIDGE};
use crate::sandbox::home::Home;

/// The one file after `disable`, which `undo` makes what it was.
#[track_caller]
fn disabled(name: &str, text: &str) -> String {
    let (home, file) = (Home::new(), format!("work/{name}"));
    home.write(&file, text);
    home.run(["disable", "snowplow", name]).expect(0);
    let after = home.read(&file);
    let told = document(&home.run(["status", "snowplow", name, "--json"]), "components-status");
    assert_eq!(told["components"][0]["state"], "off", "{after}");
    let again = home.run(["disable", "snowplow", name]).expect(0);
    assert!(again.stderr.contains("off already"), "{}", again.stderr);
    assert_eq!(home.read(&file), after);
    home.run(["undo", "snowplow", "--yes"]).expect(0);
    assert_eq!(home.read(&file), text);
    after
}

#[test]
fn the_switch_goes_into_the_block_that_is_there() {
    for (name, before, after) in [
        ("c", "collector { port = 80 }\n", "collector { port = 80 }\ncollector.telemetry.disable = true\n"),
        (
            "c",
            "collector {\n  port = 80\n  telemetry {\n    interval = 5 minutes # ours\n  }\n}\n",
            "collector {\n  port = 80\n  telemetry {\n    interval = 5 minutes # ours\n    disable = true\n  }\n}\n",
        ),
        (
            "c",
            "collector.port = 80 // ours\ntelemetry.disable = false // yes\n",
            "collector.port = 80 // ours\ntelemetry.disable = true // yes\n",
        ),
        (
            "c",
            "collector { port = 80, telemetry { disable = false } }\ntelemetry.disable = true\n",
            "collector { port = 80, telemetry { disable = true } }\ntelemetry.disable = true\n",
        ),
        ("e", ENRICH, &ENRICH.replace("\n}\n", "\n  \"telemetry\".\"disable\": true\n}\n")),
        ("s.hcl", SNOWBRIDGE, &format!("disable_telemetry = true\n\n{SNOWBRIDGE}")),
        (
            "s.hcl",
            "disable_telemetry = false # to disable\nsource {\n}\n",
            "disable_telemetry = true # to disable\nsource {\n}\n",
        ),
        (
            "m.tf",
            MODULE,
            "module \"c\" {\n  source = \"snowplow-devops/collector-kinesis-ec2/aws\"\n  telemetry_enabled = false\n}\n",
        ),
        ("v.tfvars", "telemetry_enabled = \"true\" # a\n", "telemetry_enabled = false # a\n"),
    ] {
        assert_eq!(disabled(name, before), after);
    }
}

#[test]
fn a_value_that_keeps_it_from_starting_becomes_one_that_does_not() {
    for value in ["yes", "\"true\"", "null", "${?SP_OFF}"] {
        let text = format!("{COLLECTOR}telemetry.disable = {value}\n");
        assert_eq!(disabled("c.hocon", &text), format!("{COLLECTOR}telemetry.disable = true\n"));
    }
}

#[test]
fn all_change_together_or_none() {
    let home = Home::new();
    home.write("work/c.hocon", COLLECTOR);
    home.write("work/e.hocon", ENRICH);
    home.write("work/s.hcl", SNOWBRIDGE);
    let ran = home.run(["disable", "snowplow", ".", "--dry-run"]).expect(0);
    assert_eq!((home.read("work/c.hocon"), home.read("work/e.hocon")), (COLLECTOR.to_owned(), ENRICH.to_owned()));
    assert_eq!(ran.stdout.matches("\n+++ ").count(), 3, "{}", ran.stdout);
    home.run(["disable", "snowplow", "."]).expect(0);
    for name in ["c.hocon", "e.hocon", "s.hcl"] {
        assert!(home.read(format!("work/{name}")).contains("true"), "{name}");
    }
    home.run(["undo", "snowplow", "--yes"]).expect(0);
    assert_eq!(
        [home.read("work/c.hocon"), home.read("work/e.hocon"), home.read("work/s.hcl")],
        [COLLECTOR.to_owned(), ENRICH.to_owned(), SNOWBRIDGE.to_owned()]
    );
    // One that cannot be put in place takes the others back.
    home.write("elsewhere/e.hocon", ENRICH);
    std::fs::remove_file(home.at("work/e.hocon")).expect("removed");
    std::fs::hard_link(home.at("elsewhere/e.hocon"), home.at("work/e.hocon")).expect("a second name");
    home.run(["disable", "snowplow", "."]).expect(1);
    assert_eq!((home.read("work/c.hocon"), home.read("work/s.hcl")), (COLLECTOR.to_owned(), SNOWBRIDGE.to_owned()));
}

#[test]
fn two_modules_of_one_file_are_one_change() {
    let home = Home::new();
    let two = format!("{MODULE}\n{}", MODULE.replace("\"c\"", "\"d\"").replace("collector", "enrich"));
    home.write("work/main.tf", &two);
    home.run(["disable", "snowplow", "main.tf"]).expect(0);
    assert_eq!(home.read("work/main.tf").matches("telemetry_enabled = false").count(), 2);
    home.run(["undo", "snowplow", "--yes"]).expect(0);
    assert_eq!(home.read("work/main.tf"), two);
}

#[test]
fn a_variable_is_changed_where_it_has_its_value() {
    let module = MODULE.replace("}\n", "  telemetry_enabled = var.t\n}\n");
    for (files, changed, after) in [
        (vec![("terraform.tfvars", "t = true\n")], "terraform.tfvars", "t = false\n"),
        (vec![("a.auto.tfvars", "t = true\n"), ("terraform.tfvars", "t = true\n")], "a.auto.tfvars", "t = false\n"),
        (
            vec![("variables.tf", "variable \"t\" {\n  default = true\n}\n")],
            "variables.tf",
            "variable \"t\" {\n  default = false\n}\n",
        ),
    ] {
        let home = Home::new();
        home.write("work/main.tf", &module);
        for (name, text) in &files {
            home.write(format!("work/{name}"), text);
        }
        home.run(["disable", "snowplow", "main.tf"]).expect(0);
        assert_eq!(
            (home.read("work/main.tf"), home.read(format!("work/{changed}"))),
            (module.clone(), after.to_owned())
        );
        home.run(["enable", "snowplow", "main.tf"]).expect(0);
        assert_eq!(home.read(format!("work/{changed}")), after.replace("false", "true"));
    }
    // Where nobody can tell, nothing is changed.
    let home = Home::new();
    home.write("work/main.tf", &module);
    home.run(["disable", "snowplow", "main.tf"]).expect(1);
    assert_eq!(home.read("work/main.tf"), module);
}

#[test]
fn local_is_not_taken_for_a_yes() {
    let home = Home::new();
    home.write("work/c.hocon", COLLECTOR);
    home.run(["disable", "snowplow", "c.hocon"]).expect(0);
    let off = home.read("work/c.hocon");
    let ran = home.run(["enable", "snowplow", "c.hocon", "--local"]).expect(2);
    assert!(ran.stderr.contains("it cannot be made to keep its events here"), "{}", ran.stderr);
    assert_eq!(home.read("work/c.hocon"), off);
    home.run(["enable", "snowplow", "c.hocon"]).expect(0);
    assert_ne!(home.read("work/c.hocon"), off);
}

#[test]
fn what_still_overrides_is_said() {
    let home = Home::new();
    home.write("work/c.hocon", COLLECTOR);
    home.write(
        "work/c.service",
        "[Service]\nEnvironment=JAVA_OPTS=-Dtelemetry.disable=false\nExecStart=/opt/snowplow-stream-collector --config c.hocon\n",
    );
    let ran = home.run(["disable", "snowplow", "c.hocon", "c.service"]).expect(4);
    assert!(home.read("work/c.hocon").contains("disable = true"));
    assert!(ran.stderr.contains("not surely off"), "{}", ran.stderr);
}

#[test]
fn the_id_that_a_person_gives_is_set_shown_and_withdrawn() {
    for (name, text, line) in [
        ("c.hocon", COLLECTOR, "userProvidedId = \"ada@example.org\""),
        ("e.hocon", ENRICH, "\"ada@example.org\""),
        ("s.hcl", SNOWBRIDGE, "user_provided_id = \"ada@example.org\""),
        ("m.tf", MODULE, "user_provided_id = \"ada@example.org\""),
    ] {
        let (home, file) = (Home::new(), format!("work/{name}"));
        home.write(&file, text);
        let give = ["id", "snowplow", name, "--user-provided-id", "ada@example.org"];
        home.run(give).expect(1);
        assert_eq!(home.read(&file), text, "nobody said yes");
        home.run([&give[..], &["--yes"]].concat()).expect(0);
        assert!(home.read(&file).contains(line), "{}", home.read(&file));
        let told = document(&home.run(["id", "snowplow", name, "--json"]), "components-id");
        let ids = told["components"][0]["ids"].as_array().expect("ids");
        let given: Vec<_> = ids.iter().filter(|id| id["id"] == "ada@example.org").collect();
        assert_eq!(given.len(), 1, "{told}");
        home.run(["id", "snowplow", name, "--withdraw"]).expect(0);
        assert!(!home.read(&file).contains("ada@"), "{}", home.read(&file));
        // No copy of ours keeps it.
        for kept in home.list().iter().filter(|kept| kept.starts_with(".telemetry/")) {
            assert!(!std::fs::read(home.at(kept)).unwrap_or_default().windows(4).any(|part| part == b"ada@"), "{kept}");
        }
    }
    let home = Home::new();
    home.write("work/c.hocon", COLLECTOR);
    home.run(["id", "snowplow", "c.hocon", "--user-provided-id", "not one", "--yes"]).expect(2);
    home.run(["id", "snowplow", "c.hocon", "--user-provided-id", "a@b.example", "--withdraw"]).expect(2);
    assert_eq!(home.read("work/c.hocon"), COLLECTOR);
}

#[test]
fn a_link_and_its_file_are_one_and_copies_are_nobody_s() {
    let home = Home::new();
    home.write("work/c.hocon", COLLECTOR);
    home.write("work/c.hocon.bak", COLLECTOR);
    home.write("work/m.tf.orig", MODULE);
    std::os::unix::fs::symlink("c.hocon", home.at("work/current.hocon")).expect("a link");
    home.run(["disable", "snowplow", "."]).expect(0);
    assert!(home.read("work/c.hocon").contains("disable = true"));
    assert_eq!((home.read("work/c.hocon.bak"), home.read("work/m.tf.orig")), (COLLECTOR.to_owned(), MODULE.to_owned()));
    home.run(["undo", "snowplow", "--yes"]).expect(0);
    home.run(["disable", "snowplow", "c.hocon", "current.hocon"]).expect(0);
    assert!(home.read("work/c.hocon").contains("disable = true"));
}

#[test]
fn a_withdrawal_is_made_where_the_value_is_and_keeps_what_others_can_undo() {
    let home = Home::new();
    let module = MODULE.replace("}\n", "  user_provided_id = var.u\n}\n");
    home.write("work/main.tf", &module);
    home.write("work/terraform.tfvars", "u = \"ada@example.org\"\n");
    home.write("work/c.hocon", COLLECTOR);
    home.run(["disable", "snowplow", "c.hocon"]).expect(0);
    home.run(["id", "snowplow", "main.tf", "--user-provided-id", "bob@example.org", "--yes"]).expect(0);
    assert_eq!(home.read("work/terraform.tfvars"), "u = \"bob@example.org\"\n");
    home.run(["id", "snowplow", "main.tf", "--withdraw"]).expect(0);
    assert_eq!(
        (home.read("work/main.tf"), home.read("work/terraform.tfvars")),
        (module.clone(), "u = \"\"\n".to_owned())
    );
    for kept in home.list().iter().filter(|kept| kept.starts_with(".telemetry/")) {
        let bytes = std::fs::read(home.at(kept)).unwrap_or_default();
        assert!(!bytes.windows(4).any(|part| part == b"bob@" || part == b"ada@"), "{kept}");
    }
    // The change of the other file is still kept.
    assert!(home.run(["undo", "--list"]).expect(0).stdout.contains("c.hocon"));
    // forget does the same.
    home.write("work/terraform.tfvars", "u = \"ada@example.org\"\n");
    home.run(["forget", "snowplow", "main.tf", "--yes"]).expect(3);
    assert_eq!(home.read("work/terraform.tfvars"), "u = \"\"\n");
}

#[test]
fn an_id_that_cannot_be_read_is_not_said_to_be_none() {
    let home = Home::new();
    let text = format!("{COLLECTOR}include file(\"other.conf\")\n");
    home.write("work/c.hocon", &text);
    let ran = home.run(["id", "snowplow", "c.hocon", "--withdraw"]).expect(1);
    assert!(ran.stderr.contains("cannot be read"), "{}", ran.stderr);
    assert_eq!(home.read("work/c.hocon"), text);
}

#[test]
fn a_change_that_was_cut_off_is_said() {
    use telemetry::actions::foreign::change::{Change, FileChange, begin};
    use telemetry::identity::foreign_places::ForeignPlaces;
    let home = Home::new();
    home.write("work/c.hocon", COLLECTOR);
    home.write("work/d.hocon", COLLECTOR);
    let said = |words: &[&str]| home.run([&["status", "snowplow", "."], words].concat()).expect(0).stdout;
    assert!(!said(&[]).contains("cut off"));
    assert_eq!(
        document(&home.run(["status", "snowplow", ".", "--json"]), "components-status")["components"][0]["interrupted"],
        false
    );
    let name = telemetry::identity::names::ToolName::new("snowplow").expect("a name");
    let places = ForeignPlaces::of(&home.context().paths, &name);
    let after = format!("{COLLECTOR}collector.telemetry.disable = true\n");
    let file = |name: &str| FileChange::new(&home.at(name), Some(COLLECTOR.into()), Some(after.clone().into_bytes()));
    let change = Change::no(name, vec![file("work/c.hocon"), file("work/d.hocon")]);
    begin(&places, home.context().clock.now(), &change).expect("kept").expect("a change");
    home.write("work/c.hocon", &after);
    let whole = said(&[]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(whole.contains("was cut off; the next one mends that: telemetry disable snowplow PATH"), "{whole}");
    let told = document(&home.run(["status", "snowplow", ".", "--json"]), "components-status");
    assert!(told["components"].as_array().expect("a list").iter().all(|one| one["interrupted"] == true), "{told:#}");
    // And what it says to do does it.
    home.run(["disable", "snowplow", "c.hocon"]).expect(0);
    assert!(!said(&[]).contains("cut off"), "{}", said(&[]));
    assert_eq!(home.read("work/d.hocon"), after);
}

#[test]
fn where_the_manifest_cannot_be_looked_for_no_file_of_ours_is_said_to_help() {
    let home = Home::new();
    home.write("work/s.hcl", SNOWBRIDGE);
    // A file of the person's own that is none stands before the one that is built in.
    home.write(".config/telemetry/tools/snowplow.yml", "manifest: 1\n");
    let before = home.list();
    let told = home.run(["disable", "snowplow", "s.hcl"]);
    assert!(told.status == 1 && !told.stderr.contains("DO_NOT_TRACK"), "{told:?}");
    assert!(told.stderr.contains("snowplow.yml"), "{told:?}");
    assert_eq!(home.list(), before, "no file of ours that Snowplow's programs never read");
}
