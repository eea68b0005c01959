//! `telemetry forget snowplow PATH…`: off first, one request with every id that was found, the ids out of their files, and what no file keeps
//! is said.

use std::time::Duration;

use telemetry::host::locks;
use telemetry::identity::foreign_places::ForeignPlaces;
use telemetry::identity::names::ToolName;

use crate::commands::given::document;
use crate::commands::status_components::{COLLECTOR, SNOWBRIDGE};
use crate::sandbox::home::Home;

/// `printf 123456789012 | sha256sum`.
const DIGEST: &str = "2a33349e7e606a8ad2e30e3c84521f9377450cf09083e162e0a9b1480ce0f972";
const GENERATED: &str = "0123456789abcdef0123456789abcdef";

fn given() -> Home {
    let home = Home::new();
    home.write("work/c.hocon", format!("{COLLECTOR}collector.telemetry.userProvidedId = \"ada@example.org\"\n"));
    home.write("work/s.hcl", format!("user_provided_id = \"bob@example.org\" # ours\n{SNOWBRIDGE}"));
    let state = format!(
        "{{\"version\": 4, \"terraform_version\": \"1.9.0\", \"resources\": [\
         {{\"type\": \"random_id\", \"name\": \"auto_generated_id\", \"instances\": [{{\"attributes\": {{\"hex\": \"{GENERATED}\"}}}}]}},\
         {{\"type\": \"random_bytes\", \"name\": \"secret\", \"instances\": [{{\"attributes\": {{\"hex\": \"5ec2e7\"}}}}]}}]}}"
    );
    home.write("work/terraform.tfstate", state);
    home
}

#[test]
fn every_id_is_asked_for_once_and_taken_out() {
    let home = given();
    let state = home.read("work/terraform.tfstate");
    let shown = home.run(["forget", "snowplow", ".", "--dry-run"]).expect(0);
    for words in
        ["ada@example.org", "bob@example.org", GENERATED, "Subject: Deletion request", "snowplow.io/contact-us"]
    {
        assert!(shown.stdout.contains(words), "{words}: {}", shown.stdout);
    }
    assert!(!shown.stdout.contains("5ec2e7"), "a secret of another resource");
    assert!(home.read("work/c.hocon").contains("ada@"), "nothing was done");
    home.run(["forget", "snowplow", "."]).expect(1);
    assert!(home.read("work/c.hocon").contains("ada@"), "nobody said yes");
    home.run(["forget", "snowplow", ".", "--yes"]).expect(3);
    assert_eq!(home.read("work/c.hocon"), format!("{COLLECTOR}collector.telemetry.disable = true\n"));
    assert_eq!(home.read("work/s.hcl"), format!("disable_telemetry = true\n{SNOWBRIDGE}"));
    assert_eq!(home.read("work/terraform.tfstate"), state, "what Terraform keeps is Terraform's");
    // Asked again, nothing is asked twice.
    let told = document(&home.run(["forget", "--status", "--json"]), "forget");
    let requests = told["tools"][0]["requests"].as_array().expect("requests").len();
    home.run(["forget", "snowplow", ".", "--yes"]).expect(3);
    let again = document(&home.run(["forget", "--status", "--json"]), "forget");
    assert_eq!(again["tools"][0]["requests"].as_array().expect("requests").len(), requests);
    // An id that still stands where only a person can take it out does not end in silence; what is gone is kept no longer.
    let kept = |id: &str| {
        let ours = home.list().into_iter().filter(|kept| kept.starts_with(".telemetry/"));
        let has = |kept: &String| {
            std::fs::read(home.at(kept)).unwrap_or_default().windows(id.len()).any(|part| part == id.as_bytes())
        };
        ours.filter(has).collect::<Vec<_>>()
    };
    for words in [&["forget", "snowplow", "--status", "--sent"][..], &["forget", "snowplow", "--status"]] {
        let sent = home.run(words).expect(4);
        assert!(sent.stdout.contains("still there") && sent.stdout.contains(GENERATED), "{}", sent.stdout);
        assert!(sent.stdout.contains("terraform.tfstate"), "{}", sent.stdout);
    }
    assert!(kept("ada@").is_empty() && kept("bob@").is_empty() && kept(GENERATED).len() == 1);
    home.write("work/terraform.tfstate", "{\"version\": 4, \"terraform_version\": \"1.9.0\", \"resources\": []}");
    home.run(["forget", "snowplow", ".", "--yes"]).expect(0);
    home.run(["forget", "snowplow", "--status"]).expect(0);
    assert!(kept(GENERATED).is_empty());
}

#[test]
fn ids_of_what_starts_it_are_asked_for_too() {
    let home = Home::new();
    home.write(
        "work/c.yml",
        "services:\n  s:\n    image: snowplow/snowbridge:2.1.0\n    environment: [USER_PROVIDED_ID=eve@example.org]\n",
    );
    let unit = "[Service]\nExecStart=/usr/bin/java -Dcollector.telemetry.userProvidedId=zoe@example.org -jar stream-collector.jar --config /c\n";
    home.write("work/c.service", unit);
    let shown = home.run(["forget", "snowplow", "c.yml", "c.service", "--dry-run"]).expect(0);
    assert!(shown.stdout.contains("eve@") && shown.stdout.contains("zoe@"), "{}", shown.stdout);
}

#[test]
fn a_diff_shows_no_line_of_others() {
    let home = Home::new();
    home.write("work/c.hocon", format!("{COLLECTOR}db {{\n  password = \"\"\"TOP\nSECRET\"\"\"\n}}\n"));
    let shown = home.run(["disable", "snowplow", "c.hocon", "--dry-run"]).expect(0);
    assert!(shown.stdout.contains("disable = true"), "{}", shown.stdout);
    let secret = |text: &str| text.contains("TOP") || text.contains("SECRET");
    assert!(!secret(&shown.stdout), "{}", shown.stdout);
    let dry = ["disable", "snowplow", "c.hocon", "--dry-run", "--json"];
    assert!(
        !secret(&home.run(dry).expect(0).stdout)
            && !secret(&home.run(["forget"].iter().chain(&dry[1..])).expect(0).stdout)
    );
    home.run(["disable", "snowplow", "c.hocon"]).expect(0);
    // What is put back is shown in the same way.
    let undo = home.run(["undo", "snowplow", "--dry-run"]).expect(0);
    assert!(undo.stdout.contains("-collector.telemetry.disable = true") && !secret(&undo.stdout), "{}", undo.stdout);
    let document = home.run(["undo", "snowplow", "--dry-run", "--json"]).expect(0);
    assert!(document.stdout.contains("disable = true") && !secret(&document.stdout), "{}", document.stdout);
}

#[test]
fn a_state_alone_is_enough() {
    let home = given();
    let shown = home.run(["forget", "snowplow", "terraform.tfstate", "--dry-run"]).expect(0);
    assert!(shown.stdout.contains(GENERATED) && shown.stderr.contains("in earnest"), "{shown:?}");
    let done = home.run(["forget", "snowplow", "terraform.tfstate", "--yes"]).expect(3);
    assert!(done.stderr.contains("nothing was switched off") && !done.stderr.contains("All of it is off"), "{done:?}");
}

#[test]
fn what_was_asked_for_before_is_no_part_of_it() {
    let home = given();
    home.run(["forget", "snowplow", "c.hocon", "--yes"]).expect(3);
    home.run(["forget", "snowplow", "--status", "--sent"]).expect(0);
    let shown = home.run(["forget", "snowplow", "c.hocon", "--dry-run"]).expect(0);
    assert!(shown.stderr.contains("Nothing was done.") && !shown.stderr.contains("in earnest"), "{shown:?}");
    let done = home.run(["forget", "snowplow", "c.hocon", "--yes"]).expect(0);
    assert!(!done.stdout.contains("request ") && done.stderr.contains("Nobody is asked"), "{done:?}");
    assert!(home.run(["forget", "snowplow", "--status"]).expect(0).stdout.contains("request "));
}

#[test]
fn what_no_file_keeps_is_said() {
    let home = given();
    let shown = home.run(["forget", "snowplow", ".", "--dry-run"]).expect(0);
    for words in ["appGeneratedId", "installationId", "the IP address", "--given account-id="] {
        assert!(
            shown.stdout.split_whitespace().collect::<Vec<_>>().join(" ").contains(words),
            "{words}: {}",
            shown.stdout
        );
    }
}

#[test]
fn an_id_that_follows_from_what_the_person_tells_is_asked_for() {
    let home = given();
    let tell = |account: &str| home.run(["forget", "snowplow", "c.hocon", "--dry-run", "--given", account]);
    let shown = tell("account-id=123456789012").expect(0);
    let words: Vec<&str> = shown.stdout.split_whitespace().collect();
    let found = words.iter().find(|word| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(found.copied(), Some(DIGEST), "{}", shown.stdout);
    tell("account-id=12").expect(2);
    tell("other=1").expect(5);
}

#[test]
fn what_is_told_goes_to_who_asks_for_it() {
    let home = given();
    home.write("work/c.hocon", include_str!("../fixtures/snowplow/collector.hocon"));
    for verb in [["forget", "snowplow", "--dry-run"], ["show-payload", "snowplow", "--json"]] {
        let run = |words: &[&str]| home.run([&verb, words].concat());
        // Snowbridge does not ask for it, whichever comes first.
        for files in [["s.hcl", "c.hocon"], ["c.hocon", "s.hcl"]] {
            let shown = run(&[files[0], files[1], "--given", "account-id=123456789012"]).expect(0);
            assert!(shown.stdout.contains(DIGEST), "{}", shown.stdout);
            let other = run(&[files[0], files[1], "--given", "other=1"]).expect(5);
            let hint = format!("hint: telemetry {} snowplow PATH --given account-id=VALUE", verb[0]);
            assert!(other.stderr.contains(&hint) && other.stderr.contains("\"other\""), "{}", other.stderr);
            run(&[files[0], files[1], "--given", "account-id=12"]).expect(2);
        }
        let alone = run(&["s.hcl", "--given", "account-id=123456789012"]).expect(5);
        assert!(alone.stderr.contains("snowbridge asks for nothing"), "{}", alone.stderr);
    }
}

#[test]
fn a_request_whose_files_are_not_named_stays_open() {
    let home = given();
    home.run(["forget", "snowplow", "c.hocon", "--yes"]).expect(3);
    let file =
        home.list().into_iter().find(|name| name.contains("/deletion/") && name.ends_with(".json")).expect("a request");
    killed(&home, &file, &["work/c.hocon"]);
    home.write("work/c.hocon", format!("{COLLECTOR}collector.telemetry.userProvidedId = \"ada@example.org\"\n"));
    home.run(["forget", "--status"]).expect(3);
    assert!(home.read(&file).contains("\"recorded\""), "{}", home.read(&file));
    home.run(["forget", "snowplow", "c.hocon", "--yes"]).expect(3);
    assert!(!home.read("work/c.hocon").contains("ada@") && home.read(&file).contains("\"rotated\""));
}

/// As a kill leaves a request between the record and these files.
fn killed(home: &Home, request: &str, files: &[&str]) {
    let mut tree: serde_json::Value = serde_json::from_str(&home.read(request)).expect("a request");
    assert_eq!(tree["step"], "rotated", "{tree}");
    tree["step"] = "recorded".into();
    tree["files"] = files.iter().map(|file| home.at(file).display().to_string()).collect();
    home.write(request, serde_json::to_string_pretty(&tree).expect("JSON"));
}

/// The request that asks for this id.
fn request_with(home: &Home, id: &str) -> String {
    let all = home.list().into_iter().filter(|name| name.contains("/deletion/") && name.ends_with(".json"));
    let mut with = all.filter(|name| home.read(name).contains(id));
    with.next().expect("a request")
}

#[test]
fn a_request_waits_for_its_own_files_whatever_else_is_forgotten() {
    let home = given();
    home.run(["disable", "snowplow", "c.hocon"]).expect(0);
    // It ends between the record and the files, as at a kill: another of us does not let go of them.
    let places = ForeignPlaces::of(&home.context().paths, &ToolName::new("snowplow").expect("a name"));
    let held = locks::lock(&places.lock(), Duration::ZERO).expect("a lock").expect("free");
    home.run(["forget", "snowplow", "c.hocon", "--yes"]).expect(1);
    drop(held);
    let file = request_with(&home, "ada@");
    assert!(home.read("work/c.hocon").contains("ada@") && home.read(&file).contains("\"recorded\""));
    // Other files are done, and asked for, and this one waits.
    let other = home.run(["forget", "snowplow", "s.hcl", "--yes"]).expect(3);
    assert!(!home.read("work/s.hcl").contains("bob@") && home.read("work/c.hocon").contains("ada@"));
    assert!(home.read(&file).contains("\"recorded\""), "{}", home.read(&file));
    assert!(home.read(request_with(&home, "bob@")).contains("\"rotated\""));
    assert!(other.stdout.contains("still to be done") && other.stdout.contains("c.hocon"), "{}", other.stdout);
    // That its letter was sent ends nothing: the ids are known until they are out of the file.
    for words in [&["export"][..], &["export", "snowplow"]] {
        let kept = home.run(words).expect(0).stdout;
        assert!(kept.contains("ada@") && kept.contains("bob@"), "all that is kept: {kept}");
    }
    let sent = home.run(["forget", "snowplow", "--status", "--sent", "--json"]).expect(3);
    let told = document(&sent, "forget");
    let waits: Vec<&str> = told["tools"][0]["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .flat_map(|request| request["still_in"].as_array().expect("files"))
        .filter_map(|file| file.as_str())
        .collect();
    assert!(matches!(waits.as_slice(), [file] if file.ends_with("work/c.hocon")), "{told}");
    home.run(["forget", "snowplow", "c.hocon", "--yes"]).expect(0);
    assert!(!home.read("work/c.hocon").contains("ada@"));
    let closed = home.read(&file);
    assert!(closed.contains("\"closed\"") && !closed.contains("ada@") && !closed.contains("c.hocon"), "{closed}");
}

#[test]
fn an_id_that_is_asked_for_already_is_taken_out_of_all_files_that_have_it() {
    let home = given();
    let id = "user_provided_id = \"ada@example.org\"\n";
    home.run(["forget", "snowplow", "c.hocon", "--yes"]).expect(3);
    let file = request_with(&home, "ada@");
    home.write("work/s.hcl", format!("{id}{SNOWBRIDGE}"));
    home.run(["forget", "snowplow", "s.hcl", "--yes"]).expect(3);
    assert!(!home.read("work/s.hcl").contains("ada@"));
    killed(&home, &file, &["work/c.hocon", "work/s.hcl"]);
    home.write("work/s.hcl", format!("{id}{SNOWBRIDGE}"));
    home.run(["forget", "snowplow", "c.hocon", "--yes"]).expect(3);
    assert!(home.read(&file).contains("\"recorded\""), "the other file has it still");
    // What is gone holds nothing.
    std::fs::remove_file(home.at("work/s.hcl")).expect("it is there");
    home.run(["forget", "--status"]).expect(3);
    assert!(home.read(&file).contains("\"rotated\""));
}

#[test]
fn an_id_that_its_key_only_referred_to_is_told_to_stand_there_still() {
    for (text, line) in [
        ("me = \"ada@example.org\"\ncollector.telemetry.userProvidedId = ${me}\n", Some(4 + 1)),
        ("collector.telemetry.userProvidedId = \"ada@example.org\" # not theada@example.org\n", None),
        ("# ada@example.org\ncollector.telemetry.userProvidedId = \"ada@example.org\"\n", Some(4 + 1)),
    ] {
        let home = Home::new();
        home.write("work/c.hocon", format!("{COLLECTOR}{text}"));
        let dry = home.run(["forget", "snowplow", "c.hocon", "--dry-run"]).expect(0);
        let stays = line.map(|line| format!("it still stands in line {line},"));
        let said = |out: &str| {
            stays.as_ref().is_none_or(|stays| out.split_whitespace().collect::<Vec<_>>().join(" ").contains(stays))
        };
        assert!(said(&dry.stdout) && dry.stdout.contains("still stands") == line.is_some(), "{}", dry.stdout);
        let done = home.run(["forget", "snowplow", "c.hocon", "--yes"]);
        assert!(said(&done.stderr), "{}", done.stderr);
    }
}
