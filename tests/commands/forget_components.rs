//! `telemetry forget snowplow PATH…`: off first, one request with every id that was found, the ids out of their files, and what no file keeps
//! is said.

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
    home.run(["forget", "snowplow", "--status", "--sent"]).expect(0);
    for kept in home.list().iter().filter(|kept| kept.starts_with(".telemetry/")) {
        let bytes = std::fs::read(home.at(kept)).unwrap_or_default();
        assert!(!bytes.windows(4).any(|part| part == b"ada@" || part == b"bob@"), "{kept}");
    }
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
    assert!(!shown.stdout.contains("TOP") && !shown.stdout.contains("SECRET"), "{}", shown.stdout);
}

#[test]
fn a_state_alone_is_enough() {
    let home = given();
    let shown = home.run(["forget", "snowplow", "terraform.tfstate", "--dry-run"]).expect(0);
    assert!(shown.stdout.contains(GENERATED), "{}", shown.stdout);
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
fn a_request_whose_files_are_not_named_stays_open() {
    let home = given();
    home.run(["forget", "snowplow", "c.hocon", "--yes"]).expect(3);
    let file =
        home.list().into_iter().find(|name| name.contains("/deletion/") && name.ends_with(".json")).expect("a request");
    let text = home.read(&file);
    // As a kill leaves it between the record and the files.
    home.write(&file, text.replace("\"step\": \"rotated\"", "\"step\": \"recorded\""));
    home.write("work/c.hocon", format!("{COLLECTOR}collector.telemetry.userProvidedId = \"ada@example.org\"\n"));
    home.run(["forget", "--status"]).expect(3);
    assert!(home.read(&file).contains("\"recorded\""), "{}", home.read(&file));
    home.run(["forget", "snowplow", "c.hocon", "--yes"]).expect(3);
    assert!(!home.read("work/c.hocon").contains("ada@") && home.read(&file).contains("\"rotated\""));
}
