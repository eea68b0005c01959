//! The README's commands run, its manifest is valid, its tests are there.

use std::fs;
use std::path::Path;

use crate::sandbox::home::Home;

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("the README")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The blocks of the README in this language, in order.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            found.push(lines.by_ref().take_while(|line| *line != "```").collect::<Vec<_>>().join("\n"));
        }
    }
    found
}

/// The words of a command line without its comment.
fn words(line: &str) -> Vec<String> {
    let line = line.split(" #").next().unwrap_or(line);
    line.split_whitespace().skip(1).map(str::to_owned).collect()
}

#[test]
fn its_commands_run() {
    let home = Home::new();
    let manifest = blocks("yaml");
    fs::write(home.work().join("acme.yml"), manifest.first().expect("a manifest")).expect("a file");
    // A person has used the tool before.
    home.run(["enable", "tool"]).expect(0);
    home.run(["track", "tool", "command", "name=build"]).expect(0);
    let mut run = 0;
    for block in blocks("console") {
        for line in block.lines() {
            let words = words(line.strip_prefix("$ ").expect("a command"));
            home.run(&words).expect(0);
            run += 1;
        }
    }
    assert_eq!(run, 25, "every command line of the README");
}

#[test]
fn its_first_two_commands_are_what_ci_runs() {
    let commands = blocks("sh");
    assert_eq!(commands, ["cargo install --path . --locked && telemetry tour", "cargo test --locked"]);
    let ci = fs::read_to_string(root().join(".ci/run")).expect("the script");
    assert!(ci.lines().any(|line| line == "cargo test --locked"), "the test command");
    assert!(ci.contains("cargo install --path . --locked ") && ci.contains("telemetry tour"), "the install command");
}

#[test]
fn its_tests_are_there() {
    let text = readme();
    let mut named = 0;
    for path in text.split('`').filter(|word| word.starts_with("tests/")) {
        assert!(root().join(path).exists(), "{path}");
        named += 1;
    }
    assert!(named >= 10, "{named}");
}

#[test]
fn it_has_six_screens_at_most() {
    let lines = readme().lines().count();
    assert!(lines <= 6 * 30, "{lines} lines");
}
