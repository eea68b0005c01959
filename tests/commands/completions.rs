//! `telemetry completions`: what each shell needs, as it is committed.

use std::fs;
use std::path::Path;

use telemetry::cli::generate::SHELLS;

use crate::sandbox::home::Home;

#[test]
fn each_shell_gets_the_committed_file() {
    let home = Home::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, file) in SHELLS {
        let ran = home.run(["completions", &shell.to_string()]).expect(0);
        assert_eq!(ran.stdout, fs::read_to_string(folder.join(file)).expect("a file"), "{file}");
        assert!(ran.stderr.is_empty() && ran.stdout.contains("show-payload"), "{file}");
    }
    assert_eq!(home.list(), [""; 0]);
}

#[test]
fn an_unknown_shell_is_usage_and_the_known_ones_are_named() {
    let home = Home::new();
    let ran = home.run(["completions", "csh"]).expect(2);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("bash, elvish, fish, powershell, zsh"), "{ran:?}");
    assert_eq!(home.run(["completions"]).expect(2).stdout, "");
}
