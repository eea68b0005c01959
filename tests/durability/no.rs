//! A no that comes while others run: obeyed by the next event, by the next request, by everybody who starts meanwhile.
//!
//! Promises: no interleaving makes a yes of a no. Absent: damaged files (`hostile`), many at once (`many`), sequences (`model`).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use telemetry::actions::flush::flush;
use telemetry::actions::summary::Options;
use telemetry::actions::track::{Recorded, Recorder};

use crate::sandbox::acme::{bounded, ids, json, record, record_one, sending, sending_to, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

fn state(home: &Home) -> String {
    text(&json(&bounded(home, &["status", "acme", "--json"], &[]).expect(0)), "/state")
}

/// A way of saying no, in words.
type No<'a> = (&'a str, &'a dyn Fn(&Home));

#[test]
fn a_running_recorder_obeys_the_next_event() {
    let noes: [No<'_>; 7] = [
        ("disable", &|home| drop(bounded(home, &["disable", "acme"], &[]).expect(0))),
        ("disable for all", &|home| drop(bounded(home, &["disable"], &[]).expect(0))),
        ("an edited profile", &|home| {
            let text = home.read(".acme/profile.yml").replace("true", "false");
            home.write(".acme/profile.yml", text);
        }),
        ("a marker by hand", &|home| drop(home.write(".acme/telemetry/no", ""))),
        ("a marker that leads nowhere", &|home| drop(home.link(".acme/telemetry/no", "nothing"))),
        ("a broken agreement", &|home| drop(home.write(".acme/telemetry/agreement.json", "{"))),
        ("a project that does not take part", &|home| drop(home.write("work/.acme/config.yml", "sources: []\n"))),
    ];
    for (what, say) in noes {
        let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
        let mut recorder = Recorder::new(&home.context(), &home.tool("acme"), None).expect("a recorder");
        record_one(&mut recorder, 1);
        say(&home);
        let next = recorder.record("run", &[]).expect("accepted");
        assert!(matches!(next, Recorded::Off(_)), "{what}: {next:?}");
    }
}

#[test]
fn a_no_that_falls_into_a_start_is_not_missed() {
    // The moment between reading a file and remembering its stamp is short, so it is tried often.
    let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
    let (context, tool) = (home.context(), home.tool("acme"));
    let (round, ready) = (AtomicUsize::new(0), AtomicUsize::new(0));
    const ROUNDS: usize = 1500;
    let turn = |counter: &AtomicUsize, wanted: usize| {
        while counter.load(Ordering::Acquire) < wanted {
            std::thread::yield_now();
        }
    };
    // Told after the other thread ended, which waits for this one's next round.
    let missed: Vec<usize> = std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..=ROUNDS {
                turn(&round, number);
                for _ in 0..(number % 97) * 40 {
                    std::hint::spin_loop();
                }
                std::fs::write(tool.places.no(), "").expect("a no");
                ready.store(number, Ordering::Release);
            }
        });
        let miss = |number: &usize| {
            std::fs::remove_file(tool.places.no()).ok();
            round.store(*number, Ordering::Release);
            let recorder = Recorder::new(&context, &tool, None);
            turn(&ready, *number);
            !matches!(recorder.map(|mut recorder| recorder.record("run", &[])), Ok(Ok(Recorded::Off(_))))
        };
        (1..=ROUNDS).filter(miss).collect()
    });
    assert!(missed.is_empty(), "of {ROUNDS} rounds a no was missed in {missed:?}");
}

#[test]
fn the_flusher_stops_at_the_next_request_and_drops_what_waits() {
    for by_hand in [true, false] {
        let server = Server::start([Answer::status(200)]);
        let home = sending(&[&format!("main: {{url: '{}', batch: single}}", server.url("/v1"))]);
        record(&home, 300);
        let options = Options { budget: Duration::from_secs(30), anyway: true };
        std::thread::scope(|scope| {
            let flushed = || flush(&home.context(), &home.tool("acme"), options);
            let flusher = scope.spawn(move || flushed().expect("flushed"));
            server.wait_for(3, Duration::from_secs(20));
            let before = if by_hand {
                let text = home.read(".acme/profile.yml").replace("true", "false");
                // As editors do it: half a profile would only hold what waits.
                home.write(".acme/edited", text);
                std::fs::rename(home.at(".acme/edited"), home.at(".acme/profile.yml")).expect("edited");
                server.requests().len()
            } else {
                bounded(&home, &["disable", "acme"], &[]).expect(0);
                server.requests().len()
            };
            let summary = flusher.join().expect("a flusher");
            let after = server.requests().len();
            // By hand, one request may have begun before the words were on disk; `disable` waits for that one.
            assert!(after <= before + usize::from(by_hand), "{before} before the no, {after} after");
            assert!(after < 300, "the no came in between");
            assert_eq!(summary.waiting, 0, "what waited was dropped");
        });
        let arrived = ids(server.requests().iter().map(|request| request.body.as_slice()));
        assert!(arrived.values().all(|times| *times == 1));
        assert_eq!(state(&home), "off");
        assert_eq!(json(&bounded(&home, &["status", "acme", "--json"], &[]))["queue"]["waiting"], 0);
    }
}

#[test]
fn events_from_before_the_latest_yes_are_never_sent() {
    let server = Server::start([Answer::status(200)]);
    let home = sending_to(&server.url("/v1"));
    record(&home, 2);
    bounded(&home, &["show-payload", "acme"], &[]).expect(0);
    bounded(&home, &["enable", "acme", "--local"], &[]).expect(0);
    record(&home, 2);
    bounded(&home, &["enable", "acme"], &[]).expect(0);
    let wanted = record(&home, 1);
    bounded(&home, &["flush", "acme"], &[]).expect(0);
    let arrived = ids(server.requests().iter().map(|request| request.body.as_slice()));
    assert_eq!(arrived.into_keys().collect::<Vec<_>>(), wanted);
}
