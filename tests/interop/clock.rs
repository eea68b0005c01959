//! A no at a clock that is wrong: 1970, 2100, and back. The real program, told the time by `faketime`.
//!
//! Promises: no clock makes a yes of a no, or sends what was recorded before the latest yes. Absent: sequences (`durability/model`).

use crate::PROGRAM;
use crate::sandbox::home::{Home, Ran};
use crate::sandbox::server::{Answer, Server};

const CLOCKS: [&str; 2] = ["1970-01-02 00:00:00", "2100-01-01 00:00:00"];

/// The same minute, after: every start of a program begins at the time that it is told.
fn later(clock: Option<&'static str>) -> Option<&'static str> {
    clock.map(|clock| if clock == CLOCKS[0] { "1970-01-02 00:01:00" } else { "2100-01-01 00:01:00" })
}

/// The program at this time, or at the machine's own.
fn at(home: &Home, clock: Option<&str>, words: &[&str]) -> Ran {
    match clock {
        None => home.run(words),
        Some(clock) => home.program("faketime", ["-f", &format!("@{clock}"), PROGRAM].iter().chain(words)).run(),
    }
}

fn on(server: &Server) -> Home {
    let home = Home::new();
    home.manifest("acme", &crate::manifest(server).replace("  away: {url: 'https://telemetry.acme.example/v1'}\n", ""));
    home.run(["enable", "acme"]).expect(0);
    home
}

const TRACK: &[&str] = &["track", "acme", "command", "name=build"];
const ASK: &[&str] = &["status", "acme", "--exit-code"];

#[test]
fn a_no_holds_at_every_clock_whenever_it_was_said() {
    let server = Server::start([Answer::status(200)]);
    for clock in CLOCKS {
        let year = clock.get(..4).expect("a year");
        for (said, asked) in [(None, Some(clock)), (Some(clock), None), (Some(clock), Some(clock))] {
            let home = on(&server);
            assert_eq!(at(&home, asked, ASK).status, 0, "it is on, {said:?} {asked:?}");
            at(&home, said, TRACK).expect(0);
            at(&home, said, &["disable", "acme"]).expect(0);
            let marker = home.read(".acme/telemetry/no");
            assert_eq!(marker.contains(year), said.is_some(), "the time was another: {marker}");
            assert_eq!(at(&home, asked, ASK).status, 3, "said {said:?}, asked {asked:?}");
            at(&home, asked, TRACK).expect(0);
            at(&home, asked, &["flush", "acme", "--now"]).expect(0);
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn what_was_recorded_at_a_wrong_clock_before_a_yes_is_not_sent_after_it() {
    let clocks = [None, Some(CLOCKS[0]), Some(CLOCKS[1])];
    for recorded in clocks {
        for agreed in clocks {
            let server = Server::start([Answer::status(200)]);
            let home = on(&server);
            at(&home, recorded, &["enable", "acme"]).expect(0);
            at(&home, later(recorded), TRACK).expect(0);
            at(&home, later(recorded), &["show-payload", "acme"]).expect(0);
            at(&home, later(recorded), TRACK).expect(0);
            at(&home, agreed, &["enable", "acme"]).expect(0);
            at(&home, agreed, &["flush", "acme", "--now"]).expect(0);
            assert!(server.requests().is_empty(), "recorded {recorded:?}, agreed {agreed:?}");
            at(&home, later(agreed), TRACK).expect(0);
            at(&home, later(agreed), &["flush", "acme", "--now"]).expect(0);
            assert_eq!(server.requests().len(), 1, "recorded {recorded:?}, agreed {agreed:?}: what came after the yes");
        }
    }
}
