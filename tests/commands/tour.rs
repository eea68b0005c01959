//! `telemetry tour`: the whole way once, whatever the environment says, and nothing of it stays.

use std::path::Path;

use crate::commands::given::files;
use crate::sandbox::home::Home;

#[test]
fn the_digest_that_is_shown_is_the_digest_that_is_kept() {
    let home = Home::new();
    let ran = home.run(["tour"]).expect(0);
    let digest = ran
        .stdout
        .lines()
        .last()
        .and_then(|line| line.strip_prefix("Shown, sent and kept are one: "))
        .expect("a proof");
    assert!(digest.len() == 71 && ran.stdout.matches(digest).count() >= 3, "{}", ran.stdout);
    for command in ["status", "track", "show-payload", "enable", "flush", "log", "disable", "forget"] {
        assert!(ran.stdout.contains(&format!("$ telemetry {command} ")), "{command}");
    }
    assert!(ran.stderr.is_empty() && !ran.stdout.contains('\u{1b}'), "{}", ran.stderr);
}

#[test]
fn it_works_with_telemetry_off_and_touches_nothing_of_the_user() {
    let home = Home::new();
    home.write(".tool/profile.yml", "anonymous_tracking: false\n");
    home.write("tmp/keep", "");
    home.run(["disable"]).expect(0);
    let before = files(&home);
    let command = home.command(["tour"]).env("TMPDIR", home.at("tmp"));
    let command = ["DO_NOT_TRACK", "CI"].into_iter().fold(command, |command, name| command.env(name, "1"));
    command.env("TOOL_TELEMETRY", "off").env("TELEMETRY_HOME", home.path()).run().expect(0);
    assert_eq!(files(&home), before, "its own home is gone too");
}

#[test]
fn its_home_may_be_kept() {
    let home = Home::new();
    let ran = home.command(["tour", "--keep"]).env("TMPDIR", home.folder("tmp")).run().expect(0);
    let kept = ran.stdout.lines().last().and_then(|line| line.strip_prefix("The tour's home: ")).expect("its home");
    assert!(Path::new(kept).join(".tool/telemetry/no").is_file(), "{kept}");
    assert_eq!(home.run(["tour", "acme"]).expect(2).stdout, "");
}
