//! `telemetry init`: the project here gets an id once, and its config keeps every other byte.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::commands::given::{document, files, refused, silence, text};
use crate::sandbox::home::Home;

#[test]
fn a_project_gets_an_id_once() {
    let home = Home::new();
    let tree = document(&home.run(["init", "tool", "--json"]).expect(0), "init");
    let config = home.at("work/.tool/config.yml");
    assert_eq!((text(&tree, "tool"), &tree["config"], &tree["changed"]), ("tool", &json!(config), &json!(true)));
    let id = text(&tree, "project_id");
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(home.read("work/.tool/config.yml"), format!("telemetry:\n  id: '{id}'\n"));
    let again = document(&home.run(["init", "tool", "--json"]).expect(0), "init");
    assert_eq!((text(&again, "project_id"), &again["changed"]), (id, &json!(false)));
    let told = home.run(["init", "tool"]).expect(0);
    assert!(told.stdout.is_empty() && told.stderr.contains(id), "{told:?}");
    assert_eq!(home.run(["init", "tool", "--quiet"]), silence());
    let below = home.folder("work/src/deep");
    let ran = home.command(["init", "tool", "--json"]).directory(below).run().expect(0);
    assert_eq!(text(&document(&ran, "init"), "project_id"), id, "the project is found from below");
    assert!(!home.at(".tool").exists(), "it is no yes and makes no user id");
}

#[test]
fn a_config_keeps_every_other_byte() {
    for (before, after) in [
        (
            "# shared\r\ndataSources: []  # none\r\n",
            "# shared\r\ndataSources: []  # none\r\ntelemetry:\r\n  id: 'ID'\r\n",
        ),
        ("telemetry: {id: ''} # ours\nother: 'x'\n", "telemetry: {id: 'ID'} # ours\nother: 'x'\n"),
        ("telemetry:\n  # ours\n  id:\nother: x", "telemetry:\n  # ours\n  id: 'ID'\nother: x"),
    ] {
        let home = Home::new();
        home.write("work/.tool/config.yml", before);
        let tree = document(&home.run(["init", "tool", "--json"]).expect(0), "init");
        assert_eq!(home.read("work/.tool/config.yml"), after.replace("ID", text(&tree, "project_id")));
    }
}

#[test]
fn a_dry_run_shows_the_change_and_writes_nothing() {
    let home = Home::new();
    home.write("work/.tool/config.yml", "a: 1\ntelemetry:\n  id: ''\nb: 2\n");
    let before = files(&home);
    let ran = home.run(["init", "tool", "--dry-run"]).expect(0);
    let path = home.at("work/.tool/config.yml").display().to_string();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let head = [format!("--- {path}"), format!("+++ {path}"), "@@ -1,4 +1,4 @@".to_owned()];
    assert_eq!(lines[..6], [&head[0], &head[1], &head[2], " a: 1", " telemetry:", "-  id: ''"]);
    assert!(lines.len() == 8 && lines[6].starts_with("+  id: '") && lines[7] == " b: 2", "{lines:?}");
    assert_eq!((files(&home), ran.stderr.as_str()), (before, ""));
}

#[test]
fn a_dry_run_is_a_document_too() {
    let home = Home::new();
    let tree = document(&home.run(["init", "tool", "--dry-run", "--json"]).expect(0), "change");
    assert_eq!(tree["file"], json!(home.at("work/.tool/config.yml")));
    assert!(text(&tree, "diff").contains("+telemetry:\n+  id: '"), "{tree:#}");
}

#[test]
fn a_config_that_cannot_be_read_is_left_as_it_is() {
    let home = Home::new();
    for broken in ["telemetry: [", "telemetry: yes please\n", "telemetry:\n  id: a b c\n", "- x\n"] {
        let path = home.write("work/.tool/config.yml", broken).display().to_string();
        refused(home.run(["init", "tool"]), 1, &[&path], None);
        assert_eq!(home.read("work/.tool/config.yml"), broken);
    }
}

#[test]
fn the_home_is_no_project() {
    let home = Home::new();
    let ran = home.command(["init", "tool"]).directory(home.path()).run();
    refused(ran, 1, &["the home directory is no project"], Some("cd PROJECT"));
    assert_eq!(home.list(), [""; 0]);
}

#[test]
fn the_home_is_no_project_under_another_name() {
    let home = Home::new();
    let link = home.link("work/link", home.path());
    let ran = home.command(["init", "tool"]).directory(home.path()).env("HOME", link).run();
    refused(ran, 1, &["the home directory is no project"], Some("cd PROJECT"));
    assert!(!home.at(".tool").exists());
}

#[test]
fn a_folder_that_others_may_write_is_no_project() {
    let home = Home::new();
    let folder = home.folder("shared");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).expect("a mode");
    let ran = home.command(["init", "tool"]).directory(&folder).run().expect(1);
    assert!(ran.stderr.contains("others may write it"), "{}", ran.stderr);
    assert!(!folder.join(".tool").exists());
}

#[test]
fn good_and_bad_words() {
    let home = Home::new();
    refused(home.run(["init", "nobody"]), 5, &["nothing is known by the name nobody"], Some("telemetry list"));
    for arguments in [["init"].as_slice(), &["init", "tool", "more"]] {
        assert!(home.run(arguments).expect(2).stderr.starts_with("error: "));
    }
    assert_eq!(home.list(), [""; 0]);
}

#[test]
fn a_timer_flushes_by_the_schedule_of_the_manifest() {
    let home = Home::new();
    let events = "manifest: 1\ntool: acme\ntitle: A\nconsent: opt-in\nevents: {e: {description: E, purpose: p}}\n\
                  destinations: {d: {file: d.jsonl}}\nschedule: {interval: 6h, jitter: 90s}\n";
    home.manifest("acme", events);
    let printed = home.run(["init", "acme", "--timer"]).expect(0);
    let program = env!("CARGO_BIN_EXE_telemetry");
    for line in [
        format!("ExecStart={program} --quiet flush acme"),
        "OnUnitActiveSec=21600s".to_owned(),
        "RandomizedDelaySec=90s".to_owned(),
        "SuccessExitStatus=3 4".to_owned(),
    ] {
        assert!(printed.stdout.lines().any(|printed| printed == line), "{line}\n{}", printed.stdout);
    }
    let cron = printed.stdout.lines().last().expect("a line");
    assert!(cron.ends_with(&format!(" */6 * * * {program} --quiet flush acme")), "{cron}");
    assert_eq!(files(&home).len(), 1, "it writes nothing: only the manifest is there");

    let folder = home.folder("units");
    let into = folder.display().to_string();
    let elsewhere = home.folder("a b");
    let moved = home.command(["init", "acme", "--timer", "--into", &into]).env("TELEMETRY_HOME", &elsewhere);
    // The manifest is looked for where the configuration is.
    moved.env("XDG_CONFIG_HOME", home.at(".config")).run().expect(0);
    let service = home.read("units/telemetry-acme.service");
    assert!(service.contains(&format!("Environment=\"TELEMETRY_HOME={}\"\n", elsewhere.display())), "{service}");
    let timer = home.read("units/telemetry-acme.timer");
    home.write("units/telemetry-acme.timer", format!("{timer}# mine\n"));
    let ran = home.run(["init", "acme", "--timer", "--into", &into]);
    let hint = format!("mv {0} {0}.before", folder.join("telemetry-acme.service").display());
    refused(ran, 1, &["telemetry-acme.service is there already, and says something else"], Some(&hint));
    assert!(home.read("units/telemetry-acme.timer").ends_with("# mine\n"));
}

#[test]
fn a_timer_needs_events_and_a_folder() {
    let home = Home::new();
    home.manifest(
        "other",
        "manifest: 1\ntool: other\ntitle: A\nconsent: opt-in\nswitches: {environment: [{name: A, off: ['0']}]}\n",
    );
    refused(
        home.run(["init", "other", "--timer"]),
        1,
        &["it records nothing through telemetry"],
        Some("telemetry status other"),
    );
    let nowhere = home.at("nowhere").display().to_string();
    let hint = format!("mkdir -p '{nowhere}'");
    refused(home.run(["init", "tool", "--timer", "--into", &nowhere]), 1, &["there is no folder"], Some(&hint));
    assert!(!home.at("nowhere").exists());
    home.run(["init", "tool", "--into", &nowhere]).expect(2);
}
