//! A no beside many who read and many who start: nobody ever sees half of a write, and the end is off, with one id.
//!
//! Promises: every read is looked at. `FULL` set in the environment makes of a hundred thousand reads a million, and of 20 rounds of
//! starts a thousand. Absent: the order of two deeds (`no`, `model`).

use std::sync::atomic::{AtomicBool, Ordering};

use telemetry::actions::disable::disable;
use telemetry::actions::status::decision;
use telemetry::identity::profile::{self, Profile, Tracking};
use telemetry::queue::drop::Loss;

use crate::sandbox::acme::{bounded, full, json, sending, start};
use crate::sandbox::home::Home;

fn of(few: usize, all: usize) -> usize {
    if full() { all } else { few }
}

/// Who looks, in threads of its own.
const READERS: usize = 4;

/// Looks so often, while the program edits other keys of the profile and says no again and again; gives what was no no.
fn looked(home: &Home, times: usize, again: &[&str], look: impl Fn() -> Option<String> + Sync) -> Vec<String> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let words: [&[&str]; 4] = [
                &["id", "acme", "--provide", "ada@example.org", "--yes"],
                again,
                &["id", "acme", "--withdraw"],
                &["id", "acme", "renew"],
            ];
            let mut edits = 0;
            while !done.load(Ordering::Acquire) || edits < 20 {
                bounded(home, words[edits % 4], &[]).expect(0);
                edits += 1;
            }
            edits
        });
        let read = || (0..times / READERS).filter_map(|_| look()).collect::<Vec<String>>();
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(read)).collect();
        let wrong = readers.into_iter().flat_map(|reader| reader.join().expect("a reader")).collect();
        done.store(true, Ordering::Release);
        assert!(writer.join().expect("the writer") >= 20);
        wrong
    })
}

#[test]
fn nobody_ever_reads_anything_but_no_while_a_no_is_written_again_and_other_keys_are_edited() {
    let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
    let (context, tool) = (home.context(), home.tool("acme"));
    let is_no =
        |profile: &Profile| matches!(profile, Profile::Present(said) if matches!(said.tracking, Tracking::False(_)));
    let look = || {
        let profile = profile::read(&tool.places.profile());
        (!is_no(&profile)).then(|| format!("{profile:?}"))
    };
    assert!(look().is_some(), "before the no it is a yes");
    disable(&context, &tool.manifest.tool, Some(&tool), Loss::No).expect("a no");
    let wrong = looked(&home, of(100_000, 1_000_000), &["disable", "acme"], look);
    assert!(wrong.is_empty(), "{} of the reads: {:?}", wrong.len(), wrong.first());
}

#[test]
fn every_decision_is_no_while_a_no_by_hand_is_edited_beside() {
    let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
    let (context, tool) = (home.context(), home.tool("acme"));
    let look = || decision(&context, &tool).is_yes().then(|| "a yes".to_owned());
    assert!(look().is_some(), "before the no it is a yes");
    // No marker, and a yes that still stands: the one key of the profile is all that says no.
    home.write(".acme/profile.yml", home.read(".acme/profile.yml").replace("true", "false"));
    let wrong = looked(&home, of(10_000, 100_000), &["show-payload", "acme"], look);
    assert!(wrong.is_empty(), "{} of the looks", wrong.len());
    assert!(!home.at(".acme/telemetry/no").exists(), "the profile alone said no");
}

#[test]
fn a_no_among_sixty_four_first_starts_is_the_end_and_there_is_one_id_at_most() {
    const STARTS: usize = 64;
    let rounds = of(20, 1_000);
    let mut with_id = 0;
    for round in 0..rounds {
        let home = Home::new();
        let words = ["track", "tool", "command", "name=build"];
        let variables = [("TOOL_TELEMETRY", "1")];
        // The no falls in at another place every time.
        let before = round * 7 % STARTS;
        let mut children: Vec<_> = (0..before).map(|_| start(&home, &words, &variables)).collect();
        let mut no = start(&home, &["disable", "tool"], &variables);
        children.extend((before..STARTS).map(|_| start(&home, &words, &variables)));
        assert_eq!(no.wait().expect("its end").code(), Some(0), "round {round}: the no landed");
        for mut child in children {
            assert_eq!(child.wait().expect("its end").code(), Some(0), "round {round}");
        }
        let status = json(&bounded(&home, &["status", "tool", "--json"], &variables).expect(0));
        assert_eq!(status["state"], "off", "round {round}");
        let profile = home.read(".tool/profile.yml");
        assert!(profile.contains("anonymous_tracking: false") && !profile.contains("true"), "round {round}: {profile}");
        assert!(profile.matches("user_id").count() <= 1, "round {round}: {profile}");
        with_id += profile.matches("user_id").count();
        bounded(&home, &["flush", "tool"], &variables).expect(0);
        assert!(!home.at(".tool/telemetry/outbox.jsonl").exists(), "round {round}: nothing goes out");
    }
    assert!(with_id > 0, "in no round did anybody record before the no: there was no race");
}
