//! `track --lines` at a terminal: the run that shows the notice records nothing more, and still refuses.
//!
//! Promises: the terminal is a real one, made by `script`. Absent: lines without a terminal (`tests/commands/track_lines.rs`).

use std::fs;

use crate::PROGRAM;
use crate::sandbox::home::{Home, Ran};

const GOOD: &str = r#"{"event":"command"}"#;
const MORE: &str = r#"{"event":"more"}"#;

/// Gives these lines to `track`, whose standard error is a terminal.
fn at_terminal(home: &Home, lines: &[&str]) -> Ran {
    let input = home.write("work/lines", lines.join("\n") + "\n").display().to_string();
    let command = format!("'{PROGRAM}' track acme --lines < '{input}'");
    home.program("script", ["-qefc", &command, "/dev/null"]).run()
}

fn stored(home: &Home) -> usize {
    fs::read_to_string(home.at(".acme/telemetry/queue/active.jsonl")).unwrap_or_default().lines().count()
}

fn manifest(more: &str) -> String {
    format!(
        "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-out\nevents:\n  command: {{description: A command, purpose: \
         product-improvement}}\n{more}destinations:\n  main: {{file: out.jsonl}}\nschedule: {{interval: never}}\n"
    )
}

#[test]
fn the_run_that_shows_the_notice_records_nothing_more() {
    let home = Home::new();
    home.manifest("acme", &manifest(""));
    let ran = at_terminal(&home, &[GOOD, GOOD, "no", GOOD]).expect(4);
    assert_eq!(ran.stdout.matches("Turn it off:  telemetry disable acme").count(), 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("error: line 3: it is not a JSON object"), "{}", ran.stdout);
    assert_eq!(stored(&home), 0);
    let ran = at_terminal(&home, &[GOOD, GOOD]).expect(0);
    assert_eq!((ran.stdout.as_str(), stored(&home)), ("", 2), "from then on it records");
    // A manifest that declares more has its notice given again, and that run records nothing of it.
    home.manifest("acme", &manifest("  more: {description: More, purpose: product-improvement}\n"));
    let ran = at_terminal(&home, &[MORE, MORE]).expect(0);
    assert_eq!(ran.stdout.matches("telemetry disable acme").count(), 1, "{}", ran.stdout);
    assert_eq!(stored(&home), 2);
    let ran = at_terminal(&home, &[GOOD, MORE]).expect(0);
    assert_eq!((ran.stdout.as_str(), stored(&home)), ("", 4));
    // Where only what was shown before is recorded, that goes on, and the notice comes last.
    home.manifest("acme", &manifest("  more: {description: More, purpose: product-improvement}\nfacts: [time_zone]\n"));
    let ran = at_terminal(&home, &[GOOD, GOOD]).expect(0);
    assert_eq!(ran.stdout.matches("telemetry disable acme").count(), 1, "{}", ran.stdout);
    assert_eq!(stored(&home), 6);
    assert!(!home.read(".acme/telemetry/queue/active.jsonl").contains("time_zone"));
    at_terminal(&home, &[GOOD]).expect(0);
    // Where both come, it is given once.
    let most = "  more: {description: More, purpose: product-improvement}\n  most: {description: Most, purpose: p}\nfacts: [os]\n";
    home.manifest("acme", &manifest(most));
    let ran = at_terminal(&home, &[GOOD, r#"{"event":"most"}"#, GOOD]).expect(0);
    assert_eq!(ran.stdout.matches("telemetry disable acme").count(), 1, "{}", ran.stdout);
    assert_eq!(stored(&home), 8);
    assert!(home.read(".acme/telemetry/queue/active.jsonl").contains("time_zone"));
}
