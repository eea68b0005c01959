//! `telemetry disable`: a no is kept at once, whatever else is broken, and nothing of a user's file but the one key changes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::commands::given::{Acme, document, files, first, number, read, refused, silence, text};
use crate::sandbox::home::{Home, Ran};
use crate::sandbox::server::Answer;

/// The state and the reason of a tool.
fn state(home: &Home, tool: &str) -> (String, Option<String>) {
    let tree = document(&home.run(["status", tool, "--json"]).expect(0), "tool-status");
    (text(&tree, "state").to_owned(), tree.get("reason").and_then(Value::as_str).map(str::to_owned))
}

fn off(reason: &str) -> (String, Option<String>) {
    ("off".to_owned(), Some(reason.to_owned()))
}

#[test]
fn a_no_is_kept_by_a_marker_and_in_the_profile() {
    let acme = Acme::on();
    let ran = acme.run(["disable", "acme"]).expect(0);
    assert_eq!(ran.stdout, "", "talk is no data");
    assert!(ran.stderr.contains("acme is off"), "{}", ran.stderr);
    assert_eq!(state(&acme.home, "acme"), off("marker.no"));
    assert!(acme.home.read(".acme/profile.yml").contains("anonymous_tracking: false"));
    fs::remove_file(acme.home.at(".acme/profile.yml")).expect("removed");
    assert_eq!(state(&acme.home, "acme"), off("marker.no"), "the marker holds alone");
    assert_eq!(acme.run(["disable", "acme", "--quiet"]), silence(), "again is no trouble");
    assert_eq!(acme.server.requests().len(), 0, "no farewell");
}

#[test]
fn its_document_says_where_the_no_is_kept_and_what_it_dropped() {
    let acme = Acme::on();
    acme.track(2);
    let tree = acme.json(&["disable", "acme"], "disabled");
    assert_eq!((text(&tree, "tool"), number(&tree, "dropped")), ("acme", 2));
    assert_eq!(tree["kept_in"], json!([acme.home.at(".acme/telemetry/no")]));
    assert_eq!(tree["under_way"], json!([]));
    let tree = acme.json(&["disable"], "disabled");
    assert_eq!((&tree["tool"], &tree["kept_in"]), (&Value::Null, &json!([acme.home.at(".telemetry/no")])));
}

#[test]
fn without_a_tool_it_is_off_for_all_and_a_variable_does_not_narrow_it() {
    for word in ["disable", "off"] {
        let acme = Acme::on();
        acme.run(["enable", "tool"]).expect(0);
        acme.track(1);
        let ran = acme.command([word]).env("TELEMETRY_TOOL", "acme").run().expect(0);
        assert_eq!(ran.stdout, "");
        assert!(ran.stderr.contains("acme: 1 event that waited went nowhere."), "{}", ran.stderr);
        for tool in ["acme", "tool"] {
            assert_eq!(state(&acme.home, tool), off("user.no"));
        }
        assert!(!acme.home.at(".acme/telemetry/no").exists(), "it is not the tool's own no");
    }
    let acme = Acme::on();
    acme.run(["off", "acme"]).expect(0);
    assert_eq!(state(&acme.home, "acme"), off("marker.no"));
}

/// A profile of somebody who writes comments, has Windows line endings and keys that are not ours.
const PROFILE: &str = "# mine, with 'quotes'\r\nuser_id: '4b7c4b7c4b7c4b7c4b7c4b7c4b7c4b7c'\r\n\r\n\
    anonymous_tracking: true   # yes\r\napi_token: sekrit-123\r\nextra: {a: [1, 2], b: \"x\"}\r\n";

#[test]
fn a_profile_keeps_every_other_byte_and_its_mode() {
    let home = Home::new();
    let path = home.write(".tool/profile.yml", PROFILE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("a mode");
    let ran = home.run(["disable", "tool"]).expect(0);
    assert_eq!(
        home.read(".tool/profile.yml"),
        PROFILE.replace("anonymous_tracking: true ", "anonymous_tracking: false ")
    );
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
    home.run(["enable", "tool"]).expect(0);
    assert_eq!(home.read(".tool/profile.yml"), PROFILE, "and back");
    assert!(!ran.stderr.contains("sekrit"));
}

#[test]
fn a_linked_profile_stays_a_link() {
    let home = Home::new();
    home.write("dotfiles/profile.yml", "anonymous_tracking: true\n");
    let link = home.link(".tool/profile.yml", home.at("dotfiles/profile.yml"));
    home.run(["disable", "tool"]).expect(0);
    assert!(link.is_symlink());
    assert_eq!(home.read("dotfiles/profile.yml"), "anonymous_tracking: false\n");
}

#[test]
fn a_broken_profile_is_left_as_it_is_and_nothing_of_it_is_printed() {
    let broken: [&[u8]; 5] = [
        b"api_token: sekrit-123\n  : [}\nanonymous_tracking: true",
        b"api_token: 'sekrit-123",
        b"api_token: sekrit-123\nanonymous_tracking: true\nanonymous_tracking: true\n",
        b"- sekrit-123\n",
        b"sekrit-123: \xff\xfe\n",
    ];
    for source in broken {
        let home = Home::new();
        home.write(".tool/profile.yml", source);
        let ran = home.run(["disable", "tool"]).expect(0);
        assert!(ran.stderr.contains("as it is"), "{}", ran.stderr);
        assert_eq!(read(&home, ".tool/profile.yml"), source);
        assert_eq!(state(&home, "tool"), off("marker.no"));
        for arguments in
            [["status", "tool", "--explain"].as_slice(), &["enable", "tool"], &["id", "tool"], &["id", "tool", "renew"]]
        {
            let Ran { stdout, stderr, .. } = home.run(arguments);
            assert!(!stdout.contains("sekrit") && !stderr.contains("sekrit"), "{arguments:?}: {stdout}{stderr}");
        }
        assert_eq!(read(&home, ".tool/profile.yml"), source);
        assert_eq!(state(&home, "tool"), off("marker.no"), "a yes that did not land leaves the no");
    }
}

#[test]
fn a_broken_manifest_is_no_way_around_a_no() {
    let home = Home::new();
    for text in ["manifest: 1\ntool: acme\n  [", "manifest: 99\ntool: acme\n", "", "manifest: 1\ntool: other\n"] {
        home.manifest("acme", text);
        fs::remove_dir_all(home.folder(".acme")).expect("removed");
        let ran = home.run(["disable", "acme"]).expect(0);
        assert!(ran.stderr.contains("acme is off"), "{}", ran.stderr);
        assert!(ran.stderr.contains("its own settings were not changed"), "{}", ran.stderr);
        assert!(home.at(".acme/telemetry/no").is_file());
    }
    fs::set_permissions(home.at(".config/telemetry/tools/acme.yml"), fs::Permissions::from_mode(0o666))
        .expect("a mode");
    home.run(["disable", "acme"]).expect(0);
    let all = home.run(["disable"]).expect(0);
    assert!(all.stderr.contains("are off"), "{}", all.stderr);
}

#[test]
fn an_unknown_name_is_a_typing_mistake() {
    let home = Home::new();
    refused(home.run(["disable", "nobody"]), 5, &["nothing is known by the name nobody"], Some("telemetry list"));
    refused(home.run(["disable", "../x"]), 5, &["is not a name of a tool"], Some("telemetry list"));
    assert_eq!(home.list(), [""; 0], "nothing was made for it");
    for arguments in [["disable", "--project"].as_slice(), &["disable", "tool", "--dry-run"], &["disable", "tool", "b"]]
    {
        assert_eq!(home.run(arguments).status, 2, "{arguments:?}");
    }
}

#[test]
fn a_no_that_does_not_land_is_an_error() {
    let home = Home::new();
    home.write(".tool", "a file where the folder should be");
    refused(home.run(["disable", "tool"]), 1, &["the no is not kept"], Some("export DO_NOT_TRACK=1"));
    home.write(".telemetry", "a file where the folder should be");
    refused(home.run(["disable"]), 1, &["the no is not kept"], Some("export DO_NOT_TRACK=1"));
}

#[test]
fn what_waited_goes_nowhere_also_after_a_later_yes() {
    for arguments in [["disable", "acme"].as_slice(), &["disable"]] {
        let acme = Acme::on();
        acme.track(2);
        let ran = acme.run(arguments).expect(0);
        assert!(ran.stderr.contains("2 events that waited went nowhere."), "{}", ran.stderr);
        acme.run(["enable"]).expect(0);
        acme.run(["enable", "acme"]).expect(0);
        acme.run(["flush", "acme"]).expect(0);
        assert_eq!(acme.server.requests().len(), 0);
        acme.track(1);
        acme.run(["flush", "acme"]).expect(0);
        assert_eq!(acme.received().len(), 1, "what came after the yes");
        let status = acme.json(&["status", "acme"], "tool-status");
        assert_eq!(status["queue"]["lost"], json!([{"why": "somebody said no", "events": 2}]));
    }
}

#[test]
fn what_was_tried_and_dropped_has_a_receipt() {
    let acme = Acme::answering([Answer::close()]);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(3);
    acme.run(["disable", "acme"]).expect(0);
    let log = acme.json(&["log", "acme"], "log");
    let outcomes: Vec<_> =
        log["receipts"].as_array().expect("receipts").iter().map(|one| text(one, "outcome")).collect();
    assert_eq!(outcomes, ["later", "unanswered"], "it may have arrived");
}

#[test]
fn a_request_under_way_is_waited_for_and_then_named() {
    let Acme { home, server } = Acme::answering([Answer::stall(), Answer::status(200)]);
    home.run(["track", "acme", "command", "name=build"]).expect(0);
    let flush = home.command(["flush", "acme"]);
    let flusher = std::thread::spawn(move || flush.run());
    assert_eq!(server.wait_for(1, Duration::from_secs(20)).len(), 1);
    let busy = home.run(["flush", "acme"]);
    refused(busy, 3, &["another flush of acme is at work"], Some("telemetry status acme"));
    let tree = document(&home.run(["disable", "acme", "--json"]).expect(4), "disabled");
    let named = first(&tree, "under_way").as_str().expect("a request").to_owned();
    assert!(named.contains(&server.url("/events")) && named.contains("sha256:"), "{named}");
    assert_eq!(state(&home, "acme"), off("marker.no"));
    assert_eq!(server.requests().len(), 1, "and no other begins");
    drop(server);
    assert_ne!(flusher.join().expect("the flush").status, 101);
    home.run(["flush", "acme"]).expect(0);
    let status = document(&home.run(["status", "acme", "--json"]).expect(0), "tool-status");
    assert_eq!(status["queue"]["waiting"], json!(0), "the flusher drops what waited");
}

#[test]
fn a_project_is_taken_out_for_everybody() {
    let acme = Acme::on();
    let config = "# shared\r\ntelemetry: {id: 'abc'}  # ours\r\nother: 1\r\n";
    acme.home.write("work/.acme/config.yml", config);
    let below = acme.home.folder("work/src/deep");
    let before = files(&acme.home);
    let dry = acme.command(["disable", "acme", "--project", "--dry-run"]).directory(&below).run().expect(0);
    assert!(
        dry.stdout.contains("-telemetry: {id: 'abc'}  # ours") && dry.stdout.contains("+telemetry: {id: ''}  # ours"),
        "{}",
        dry.stdout
    );
    assert_eq!((files(&acme.home), dry.stderr.as_str()), (before, ""), "a dry run writes nothing");
    let ran = acme.command(["disable", "acme", "--project"]).directory(&below).run().expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.contains("does not take part")), ("", true), "{}", ran.stderr);
    assert_eq!(acme.home.read("work/.acme/config.yml"), config.replace("'abc'", "''"));
    assert_eq!(state(&acme.home, "acme"), off("project.no-id"));
    let elsewhere = acme.home.folder("elsewhere");
    let ran = acme.command(["status", "acme", "--exit-code"]).directory(elsewhere).run();
    assert_eq!(ran.status, 0, "elsewhere it is on: {}", ran.stdout);
}

#[test]
fn where_there_is_no_project_none_is_made() {
    let acme = Acme::on();
    let hint = Some("cd PROJECT, or leave out --project");
    refused(acme.run(["disable", "acme", "--project"]), 1, &["no project"], hint);
    assert!(!acme.home.at("work/.acme").exists());
}

#[test]
fn what_a_project_recorded_goes_nowhere_when_the_project_says_no() {
    let acme = Acme::on();
    acme.run(["init", "acme"]).expect(0);
    acme.track(2);
    let elsewhere = acme.home.folder("elsewhere");
    acme.command(["track", "acme", "command", "name=test"]).directory(&elsewhere).run().expect(0);
    let ran = acme.run(["disable", "acme", "--project"]).expect(0);
    assert!(ran.stderr.contains("2 events that waited went nowhere"), "{}", ran.stderr);
    let ran = acme.command(["flush", "acme", "--json"]).directory(elsewhere).run();
    let tree = document(&ran.expect(0), "flushed");
    assert_eq!((number(first(&tree, "destinations"), "events"), number(&tree, "waiting")), (1, 0), "{tree:#}");
    assert_eq!(tree["dropped"], json!([]));
}

#[test]
fn a_project_is_taken_out_in_a_document_too() {
    let acme = Acme::on();
    acme.run(["init", "acme"]).expect(0);
    let config = acme.home.at("work/.acme/config.yml").display().to_string();
    let tree = acme.json(&["disable", "acme", "--project", "--dry-run"], "change");
    assert_eq!((text(&tree, "tool"), text(&tree, "file")), ("acme", config.as_str()));
    assert!(text(&tree, "diff").contains("+  id: ''"), "{tree:#}");
    let tree = acme.json(&["disable", "acme", "--project"], "disabled");
    assert_eq!(tree["kept_in"], json!([config]));
}

#[test]
fn what_a_project_recorded_is_dropped_at_its_no_and_not_by_the_next_flush() {
    let acme = Acme::on();
    acme.run(["init", "acme"]).expect(0);
    acme.track(1);
    acme.run(["disable", "acme", "--project"]).expect(0);
    acme.run(["init", "acme"]).expect(0);
    acme.run(["flush", "acme"]).expect(0);
    assert!(acme.received().is_empty());
}

#[test]
fn one_broken_tool_keeps_neither_the_no_nor_the_yes_of_the_others_from_landing() {
    let home = Home::new();
    for tool in ["aaa", "bbb", "ccc"] {
        home.manifest(
            tool,
            &format!(
                "manifest: 1\ntool: {tool}\ntitle: T\nconsent: opt-in\nevents: {{e: {{description: E, purpose: p}}}}\n\
                 destinations: {{d: {{file: d.jsonl}}}}\n"
            ),
        );
        home.run(["enable", tool]).expect(0);
        home.run(["track", tool, "e"]).expect(0);
    }
    let lock = home.at(".bbb/telemetry/flush.lock");
    fs::remove_file(&lock).expect("made by the first event");
    fs::create_dir(&lock).expect("a folder in its place");
    let ran = home.run(["disable"]).expect(1);
    assert!(ran.stderr.contains("hint: telemetry disable\n"), "it can be pasted: {}", ran.stderr);
    let waiting = |tool: &str| {
        let status = home.run(["status", tool, "--json"]).expect(0).stdout;
        let status: Value = serde_json::from_str(&status).expect("JSON");
        status["queue"]["waiting"].as_u64()
    };
    assert_eq!((waiting("aaa"), waiting("ccc")), (Some(0), Some(0)), "what comes after the broken one is dropped too");
    let ran = home.run(["disable", "bbb"]).expect(1);
    assert!(ran.stderr.contains("hint: telemetry disable bbb\n"), "{}", ran.stderr);
    home.run(["enable"]).expect(0);
    assert!(home.run(["status", "ccc"]).expect(0).stdout.starts_with("ccc: on"));
}
