//! `telemetry man`: each page, as it is committed.

use std::fs;
use std::path::Path;

use telemetry::cli::commands::COMMANDS;

use crate::commands::given::refused;
use crate::sandbox::home::Home;

#[test]
fn every_command_has_its_page() {
    let home = Home::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    let page = |name: &str| fs::read_to_string(folder.join(name)).expect("a page");
    assert_eq!(home.run(["man"]).expect(0).stdout, page("telemetry.1"));
    for command in COMMANDS {
        let ran = home.run(["man", command.name]).expect(0);
        assert_eq!(ran.stdout, page(&format!("telemetry-{}.1", command.name)));
        assert!(ran.stdout.contains("Exit codes:") && ran.stderr.is_empty(), "{}", command.name);
    }
    assert_eq!(home.list(), [""; 0]);
}

#[test]
fn an_unknown_command_has_none() {
    let home = Home::new();
    refused(home.run(["man", "sell"]), 5, &["there is no command sell"], Some("telemetry --help"));
    refused(home.run(["man", "\u{1b}[31m"]), 5, &["there is no command \\u{1b}[31m"], Some("telemetry --help"));
    assert_eq!(home.run(["man", "id", "list"]).status, 2);
}
