//! `telemetry manifest check`: every problem with its line.

use serde_json::{Value, json};

use crate::commands::given::{Acme, document, members, refused, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::Answer;

#[test]
fn a_valid_manifest_is_said_to_be_one() {
    let acme = Acme::new([Answer::status(200)]);
    let path = acme.home.at(".config/telemetry/tools/acme.yml").display().to_string();
    let ran = acme.run(["manifest", "check", &path]).expect(0);
    assert!(ran.stderr.contains("is a valid manifest of acme"), "{ran:?}");
    let tree = acme.json(&["manifest", "check", &path], "manifest-check");
    assert_eq!((text(&tree, "file"), text(&tree, "tool"), &tree["valid"]), (path.as_str(), "acme", &json!(true)));
    assert_eq!(tree["problems"], json!([]));
    assert_eq!(acme.run(["manifest", "check", &path, "--quiet"]).expect(0).stderr, "");
}

#[test]
fn every_problem_is_told_with_its_line() {
    let acme = Acme::new([Answer::status(200)]);
    let source = acme.home.read(".config/telemetry/tools/acme.yml");
    let source =
        source.replace("opt-in", "perhaps").replace("type: boolean", "type: bool").replace("http://", "ftp://");
    let path = acme.home.write("acme.yml", &source).display().to_string();
    let tree = acme.json_at(1, &["manifest", "check", &path], "manifest-check");
    assert_eq!((&tree["valid"], &tree["tool"]), (&json!(false), &Value::Null));
    let line = |part: &str| source.lines().position(|line| line.contains(part)).map(|at| at + 1);
    let told: Vec<_> = members(&tree, "problems").iter().map(|one| (text(one, "path"), one["line"].as_u64())).collect();
    let at = |part: &str| line(part).and_then(|line| u64::try_from(line).ok());
    for expected in [
        ("consent", at("perhaps")),
        ("events.command.fields.ok.type", at("type: bool")),
        ("destinations.web.url", at("ftp://")),
    ] {
        assert!(told.contains(&expected), "{expected:?} is not in {told:?}");
    }
    let ran = acme.run(["manifest", "check", &path]).expect(1);
    assert!(
        ran.stdout.lines().all(|line| line.starts_with(&path)) && ran.stdout.contains("consent: \"perhaps\""),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("is not a valid manifest"), "{}", ran.stderr);
}

#[test]
fn what_is_not_yaml_is_told_and_control_characters_are_escaped() {
    let home = Home::new();
    for source in ["tool: [", "\u{1b}[31m: x\n", "manifest: 1\nmanifest: 1\n", "", "- a\n", "a: &a [*a]\n"] {
        let path = home.write("acme.yml", source).display().to_string();
        let ran = home.run(["manifest", "check", &path]).expect(1);
        assert!(!ran.stdout.is_empty() && !ran.stdout.contains('\u{1b}'), "{source:?}: {ran:?}");
        let tree = document(&home.run(["manifest", "check", &path, "--json"]).expect(1), "manifest-check");
        assert!(!members(&tree, "problems").is_empty());
    }
}

#[test]
fn good_and_bad_words() {
    let home = Home::new();
    let missing = home.at("missing.yml").display().to_string();
    refused(home.run(["manifest", "check", &missing]), 5, &[&missing, "no such file"], None);
    let folder = home.work().display().to_string();
    assert_eq!(home.run(["manifest", "check", &folder]).expect(1).stdout, "");
    for arguments in [["manifest"].as_slice(), &["manifest", "check"], &["manifest", "mend", "x"]] {
        assert_eq!(home.run(arguments).expect(2).stdout, "");
    }
}
