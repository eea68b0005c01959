//! `telemetry list`: the tools that a manifest is found for; one that is refused is listed as such.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::commands::given::{Acme, document, members, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::Answer;

#[test]
fn every_tool_with_its_manifest() {
    let acme = Acme::new([Answer::status(200)]);
    let tree = acme.json(&["list"], "list");
    let path = acme.home.at(".config/telemetry/tools/acme.yml");
    let row = json!({"tool": "acme", "title": "Acme", "kind": "native", "consent": "opt-in", "manifest": "user",
        "path": path, "used": false, "refused": null});
    assert!(members(&tree, "tools").contains(&row), "{tree:#}");
    let example = members(&tree, "tools").iter().find(|row| row["tool"] == json!("tool")).expect("the example");
    assert_eq!((text(example, "manifest"), &example["path"]), ("built-in", &Value::Null));
    acme.run(["enable", "acme"]).expect(0);
    let tree = acme.json(&["list"], "list");
    let used =
        |name: &str| members(&tree, "tools").iter().find(|row| row["tool"] == json!(name)).map(|row| &row["used"]);
    assert_eq!((used("acme"), used("tool")), (Some(&json!(true)), Some(&json!(false))));
    let told = acme.run(["list"]).expect(0);
    assert!(told.stdout.starts_with("TOOL ") && told.stdout.contains("Acme") && told.stderr.is_empty(), "{told:?}");
}

#[test]
fn the_names_alone() {
    let acme = Acme::new([Answer::status(200)]);
    let names = acme.run(["list", "--names"]).expect(0).stdout;
    assert!(names.lines().any(|name| name == "acme") && names.lines().any(|name| name == "tool"), "{names}");
    assert_eq!(acme.run(["list", "--names", "--json"]).status, 2);
}

#[test]
fn a_manifest_that_is_refused_is_listed_with_the_reason() {
    let acme = Acme::new([Answer::status(200)]);
    let path = acme.home.at(".config/telemetry/tools/acme.yml");
    for (text_of, mode, says) in [
        ("manifest: 1\n  [", 0o644, "not a valid manifest"),
        ("manifest: 99\ntool: acme\n", 0o644, "not a valid manifest"),
        ("", 0o666, "others may write it"),
    ] {
        acme.home.manifest("acme", text_of);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        let tree = acme.json(&["list"], "list");
        let row = members(&tree, "tools").iter().find(|row| row["tool"] == json!("acme")).expect("listed");
        assert!(text(row, "refused").contains(says), "{row:#}");
        assert_eq!((text(row, "kind"), &row["title"]), ("-", &Value::Null));
        assert!(acme.run(["list"]).expect(0).stdout.contains("refused"));
    }
}

#[test]
fn the_users_manifest_stands_before_the_systems_and_a_working_directory_has_none() {
    let home = Home::new();
    let own = "manifest: 1\ntool: tool\ntitle: Mine\nconsent: opt-in\nswitches: {environment: [{name: X, off: ['0']}]}\n...\n";
    home.write("share/telemetry/tools/tool.yml", own.replace("Mine", "System"));
    home.write("work/.config/telemetry/tools/tool.yml", own.replace("Mine", "Cloned"));
    home.write("work/tool.yml", own.replace("Mine", "Cloned"));
    let title = || {
        let ran = home.command(["list", "--json"]).env("XDG_DATA_DIRS", home.at("share")).run().expect(0);
        let tree = document(&ran, "list");
        let row = members(&tree, "tools").iter().find(|row| row["tool"] == json!("tool")).expect("listed").clone();
        (text(&row, "title").to_owned(), text(&row, "manifest").to_owned())
    };
    assert_eq!(title(), ("System".to_owned(), "system".to_owned()));
    home.manifest("tool", own);
    assert_eq!(title(), ("Mine".to_owned(), "user".to_owned()));
}

#[test]
fn with_a_named_manifest_its_tool_alone() {
    let acme = Acme::new([Answer::status(200)]);
    let path = acme.home.at(".config/telemetry/tools/acme.yml").display().to_string();
    let tree = acme.json(&["list", "--manifest", &path], "list");
    assert_eq!(members(&tree, "tools").iter().map(|row| text(row, "manifest")).collect::<Vec<_>>(), ["named"]);
    assert_eq!(acme.run(["list", "--no-such-option"]).expect(2).stdout, "");
}
