//! `telemetry status`: what is on, what is off, and why; nothing is written for it.

use serde_json::{Value, json};

use crate::commands::given::{Acme, document, files, first, members, number, refused, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::Answer;

/// The rows of the table of all tools: name, state and reason.
fn rows(tree: &Value) -> Vec<(&str, &str, Option<&str>)> {
    members(tree, "tools").iter().map(|row| (text(row, "tool"), text(row, "state"), row["reason"].as_str())).collect()
}

#[test]
fn all_tools_in_one_table() {
    let home = Home::new();
    for words in [[].as_slice(), &["status"]] {
        let ran = home.run(words).expect(0);
        assert!(
            ran.stdout.is_empty() && ran.stderr.contains("telemetry tour"),
            "the example speaks once it is used: {ran:?}"
        );
    }
    let acme = Acme::on();
    acme.home.manifest("bad", "manifest: 1\n  [");
    acme.track(2);
    let tree = acme.json(&["status"], "status");
    assert_eq!(rows(&tree), [("acme", "on", None), ("bad", "off", Some("manifest.refused"))]);
    assert_eq!((&tree["disabled_for_all"], number(first(&tree, "tools"), "waiting")), (&json!(false), 2));
    acme.run(["enable", "tool"]).expect(0);
    acme.run(["disable"]).expect(0);
    let tree = acme.json(&["status"], "status");
    let off = Some("user.no");
    assert_eq!(rows(&tree), [("acme", "off", off), ("bad", "off", Some("manifest.refused")), ("tool", "off", off)]);
    assert_eq!(tree["disabled_for_all"], json!(true));
    let bare = acme.run([] as [&str; 0]).expect(0);
    assert_eq!(bare, acme.command(["status"]).env("TELEMETRY_TOOL", "tool").run(), "a variable narrows nothing");
    assert!(bare.stderr.contains("You said no for all tools") && bare.stdout.starts_with("TOOL "), "{bare:?}");
    assert_eq!(acme.run(["--quiet"]).expect(0).stderr, "");
}

#[test]
fn one_tool_in_full() {
    let acme = Acme::on();
    acme.run(["init", "acme"]).expect(0);
    acme.track(2);
    acme.run(["flush", "acme"]).expect(0);
    acme.track(1);
    let tree = acme.json(&["status", "acme"], "tool-status");
    assert_eq!((text(&tree, "state"), text(&tree, "why"), &tree["reason"]), ("on", "you said yes", &Value::Null));
    assert_eq!((text(&tree, "consent"), text(&tree["agreed"], "how")), ("opt-in", "enable"));
    assert_eq!((number(&tree["queue"], "waiting"), number(&tree["queue"], "local")), (1, 0));
    let web = first(&tree, "destinations");
    let address = acme.server.url("/events");
    assert_eq!(
        (text(web, "name"), text(web, "address"), text(web, "state"), number(web, "waiting")),
        ("web", address.as_str(), "on", 1)
    );
    assert_eq!((text(&web["last_receipt"], "outcome"), number(&web["last_receipt"], "events")), ("delivered", 2));
    assert_eq!(tree["project"]["config"], json!(acme.home.at("work/.acme/config.yml")));
    let told = acme.command(["status", "acme"]).env("COLUMNS", "140").run().expect(0);
    for part in ["acme: on, you said yes", text(&tree, "user_id"), &address, "1 event", "delivered"] {
        assert!(told.stdout.contains(part), "{part}: {}", told.stdout);
    }
    assert!(told.stderr.contains("IP address"), "{}", told.stderr);
    acme.home.write("work/.acme/config.yml", "telemetry: {}\n");
    let tree = acme.json(&["status", "acme"], "tool-status");
    assert_eq!((text(&tree, "reason"), text(&tree, "change")), ("project.no-id", "telemetry init acme"));
}

#[test]
fn every_source_in_order_its_place_and_the_one_that_won() {
    let acme = Acme::on();
    acme.home.write(".acme/profile.yml", "# mine\nuser_id: abc\nanonymous_tracking: false\n");
    acme.run(["disable"]).expect(0);
    let ran = acme.command(["status", "acme", "--explain", "--json"]).env("ACME_TELEMETRY", "1").run().expect(0);
    let tree = document(&ran, "tool-status");
    let told: Vec<_> = members(&tree, "sources").iter().map(|one| (text(one, "source"), text(one, "says"))).collect();
    let expected = [
        ("policy", "-"),
        ("do-not-track", "-"),
        ("variables", "yes"),
        ("ci", "-"),
        ("user", "no"),
        ("marker", "-"),
        ("profile", "no"),
        ("project", "-"),
        ("notice", "-"),
        ("agreement", "yes"),
        ("consent", "-"),
    ];
    assert_eq!(told, expected);
    let winners: Vec<_> = members(&tree, "sources").iter().filter(|one| one["wins"] == json!(true)).collect();
    assert_eq!((winners.len(), text(winners[0], "reason")), (1, "user.no"));
    let place = |at: usize| text(&members(&tree, "sources")[at], "place");
    assert_eq!(place(2), "$ACME_TELEMETRY");
    assert_eq!(place(6), format!("{}:3", acme.home.at(".acme/profile.yml").display()), "file and line");
    let told = acme.run(["status", "acme", "--explain"]).expect(0).stdout;
    assert!(told.contains("no *") && told.contains("SOURCE"), "{told}");
}

#[test]
fn scripts_get_an_exit_code() {
    let acme = Acme::new([Answer::status(200)]);
    assert_eq!(acme.run(["status", "acme"]).status, 0);
    assert_eq!(acme.run(["status", "acme", "--exit-code"]).status, 3, "nobody was asked");
    acme.run(["enable", "acme"]).expect(0);
    assert_eq!(acme.run(["status", "acme", "--exit-code"]).status, 0);
    for (name, value, status) in [
        ("DO_NOT_TRACK", "1", 3),
        ("DO_NOT_TRACK", "", 0),
        ("DO_NOT_TRACK", "0", 0),
        ("DO_NOT_TRACK", "false", 0),
        ("DO_NOT_TRACK", "no", 3),
        ("CI", "true", 3),
        ("ACME_TELEMETRY", "0", 3),
        ("ACME_TELEMETRY", "1", 0),
        ("ACME_TELEMETRY", "", 3),
        ("ACME_TELEMETRY", "yes", 3),
    ] {
        let ran = acme.command(["status", "acme", "--exit-code"]).env(name, value).run();
        assert_eq!(ran.status, status, "{name}={value:?}: {}", ran.stdout);
    }
}

#[test]
fn looking_changes_nothing() {
    let acme = Acme::on();
    acme.track(1);
    let before = files(&acme.home);
    for arguments in [
        ["status"].as_slice(),
        &["status", "acme"],
        &["status", "acme", "--explain"],
        &["list"],
        &["log"],
        &["id", "acme"],
    ] {
        acme.run(arguments).expect(0);
        acme.run([arguments, &["--json"]].concat()).expect(0);
    }
    assert_eq!(files(&acme.home), before);
    assert_eq!(acme.server.requests().len(), 0);
}

#[test]
fn tables_fit_eighty_columns_and_have_no_colour_in_a_pipe() {
    let acme = Acme::on();
    acme.run(["init", "acme"]).expect(0);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    for arguments in [["status"].as_slice(), &["status", "acme", "--explain"], &["list"]] {
        for columns in ["80", "60", "not a number"] {
            let width = columns.parse().unwrap_or(80);
            let out = acme.command(arguments).env("COLUMNS", columns).run().expect(0).stdout;
            let wide: Vec<&str> =
                out.lines().filter(|line| line.chars().count() > width && line.contains("  ")).collect();
            assert_eq!(wide, [""; 0], "{arguments:?} at {columns}");
            assert!(!out.contains('\u{1b}'));
        }
    }
}

#[test]
fn control_characters_of_files_are_escaped() {
    let acme = Acme::on();
    acme.home.write("work/.acme/config.yml", "telemetry:\n  id: \"a\\e[31mb\"\n");
    acme.home.manifest("bad", "manifest: 1\n\"\\e[31m\\u202E\": x\n");
    for arguments in
        [["status", "acme", "--explain"].as_slice(), &["list"], &["status"], &["id", "acme"], &["status", "bad"]]
    {
        let ran = acme.run(arguments);
        assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{:?}", ran.stdout);
        assert!(!ran.stderr.contains(['\u{1b}', '\u{202e}']), "{:?}", ran.stderr);
    }
}

#[test]
fn good_and_bad_words() {
    let home = Home::new();
    refused(home.run(["status", "nobody"]), 5, &["nothing is known by the name nobody"], Some("telemetry list"));
    refused(home.run(["status", "\u{1b}[31mx"]), 5, &["\\u{1b}[31mx"], Some("telemetry list"));
    for arguments in
        [["status", "--explain"].as_slice(), &["status", "--exit-code"], &["state"], &["status", "tool", "b"]]
    {
        assert!(home.run(arguments).expect(2).stderr.starts_with("error: "));
    }
    let missing = home.at("missing.yml").display().to_string();
    refused(home.run(["status", "acme", "--manifest", &missing]), 5, &[&missing], Some(&format!("ls {missing}")));
    let hint = "export HOME=/absolute/path";
    refused(home.command(["status"]).env("HOME", "relative").run(), 1, &["relative"], Some(hint));
    assert_eq!(home.list(), [""; 0]);
}

#[test]
fn it_is_said_what_is_collected_for_what() {
    let acme = Acme::on();
    let text = acme.home.read(".config/telemetry/tools/acme.yml");
    let own = text.replace("longest: 100, description: A note", "longest: 100, purpose: research, description: A note");
    assert_ne!(own, text);
    acme.home.manifest("acme", &own);
    let told = acme.run(["enable", "acme"]).expect(0).stderr;
    assert!(told.contains("for product-improvement, research, to"), "{told}");
    let status = acme.run(["status", "acme"]).expect(0).stdout;
    assert!(
        status.contains("product-improvement: command, job") && status.contains("research: command.note"),
        "{status}"
    );
    let job = acme.run(["track", "acme", "job", "--start"]).expect(0);
    assert_eq!(job.stderr, "");
    let shown = acme.run(["show-payload", "acme"]).expect(0).stderr;
    assert!(shown.contains("collected for product-improvement: job\n") && !shown.contains("research"), "{shown}");
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    acme.track(1);
    let payload = acme.json(&["show-payload", "acme"], "payload")["payloads"][0]["collected_for"].clone();
    let expected = [("product-improvement", "command"), ("research", "command.note")];
    let expected = expected.map(|(purpose, what)| serde_json::json!({"purpose": purpose, "what": [what]}));
    assert_eq!(payload, serde_json::json!(expected));
}
