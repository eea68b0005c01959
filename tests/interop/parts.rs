//! Killed, or failed by the disk, at every call of a flush whose receiver takes some of a body, refuses some and puts some off.
//!
//! Promises: each event is taken once, or taken again and listed as that, or refused and counted once; which of these is said by the
//! bodies that arrived. Run for the calls that change something, with `FULL=1` for every call, error and receiver. Absent: answers for a whole body.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use telemetry::destination::receipts;

use crate::recovery::Seen;
use crate::sandbox::acme::{bounded, json as said, record, sending, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Recorded, Server};
use crate::strace::{Call, Fault, calls, each, everything, run};

/// Every second of four numbers is refused, every third put off for as long as it stands beside others.
const EVENTS: usize = 6;
const FLUSH: &[&str] = &["flush", "acme", "--now"];

/// How an event fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fare {
    Taken,
    Refused,
    Later,
    /// Nothing is said of it, and it was not taken.
    Again,
}

/// A receiver: what a manifest says of it, where its events stand, and how each of a body fares.
struct Receiver {
    name: &'static str,
    keys: &'static str,
    list: &'static str,
    id: &'static str,
    fields: &'static str,
    fares: fn(&[u64]) -> Vec<Fare>,
    answer: fn(&Recorded) -> Answer,
}

const POSTHOG: Receiver = Receiver {
    name: "PostHog",
    keys: "protocol: posthog, key: phc_KEY, form: events",
    list: "batch",
    id: "uuid",
    fields: "properties",
    fares: |numbers| fares(numbers, Fare::Taken),
    answer: |request| {
        let results = POSTHOG.fared(&request.body).into_iter().map(|(id, fare)| {
            let word = ["ok", "drop", "retry"][fare as usize];
            (id, json!({ "result": word }))
        });
        let results: serde_json::Map<String, Value> = results.collect();
        Answer::status(200).body(json!({ "results": results }).to_string())
    },
};

const AMPLITUDE: Receiver = Receiver {
    name: "Amplitude",
    keys: "protocol: amplitude, key: KEY",
    list: "events",
    id: "insert_id",
    fields: "event_properties",
    // Of a body with an event that it refuses or puts off it takes nothing; what it refuses it says first.
    fares: |numbers| {
        let refuses = numbers.iter().any(|n| n % 4 == 1);
        let fare = |fare| match fare {
            Fare::Later if refuses => Fare::Again,
            fare => fare,
        };
        let all = fares(numbers, Fare::Again).into_iter().map(fare).collect::<Vec<_>>();
        if all.iter().all(|fare| *fare == Fare::Again) { vec![Fare::Taken; numbers.len()] } else { all }
    },
    answer: |request| {
        let fares: Vec<Fare> = AMPLITUDE.fared(&request.body).into_iter().map(|(_, fare)| fare).collect();
        let places = |wanted| -> Vec<usize> { (0..fares.len()).filter(|at| fares[*at] == wanted).collect() };
        let (refused, later) = (places(Fare::Refused), places(Fare::Later));
        let (status, body) = match (refused.is_empty(), later.is_empty()) {
            (false, _) => (400, json!({ "code": 400, "events_with_invalid_fields": { "time": refused } })),
            (true, false) => (429, json!({ "code": 429, "throttled_events": later })),
            (true, true) => (200, json!({ "code": 200, "events_ingested": fares.len() })),
        };
        Answer::status(status).body(body.to_string())
    },
};

const JITSU: Receiver = Receiver {
    name: "Jitsu",
    keys: "protocol: segment, key: KEY",
    list: "batch",
    id: "messageId",
    fields: "properties",
    fares: |numbers| numbers.iter().map(|n| if n % 4 == 1 { Fare::Refused } else { Fare::Taken }).collect(),
    answer: |request| {
        let all = JITSU.fared(&request.body);
        let refused = all.iter().filter(|(_, fare)| *fare == Fare::Refused);
        let errors: Vec<String> = refused.map(|(id, _)| format!("Message ID: {id}: no")).collect();
        let ok = all.len() - errors.len();
        let body = json!({ "ok": errors.is_empty(), "receivedEvents": all.len(), "okEvents": ok, "errors": errors });
        Answer::status(200).body(body.to_string())
    },
};

/// By number: one in four is refused, one in four put off unless all are of that kind, and the others are `else_`.
fn fares(numbers: &[u64], else_: Fare) -> Vec<Fare> {
    let alone = numbers.iter().all(|n| n % 4 == 2);
    let fare = |n: &u64| match n % 4 {
        1 => Fare::Refused,
        2 if !alone => Fare::Later,
        _ => else_,
    };
    numbers.iter().map(fare).collect()
}

impl Receiver {
    /// The events of a body, and how each fares.
    fn fared(&self, body: &[u8]) -> Vec<(String, Fare)> {
        let body: Value = serde_json::from_slice(body).expect("JSON");
        let events = body[self.list].as_array().expect("events").clone();
        let numbers: Vec<u64> =
            events.iter().map(|event| event[self.fields]["n"].as_u64().expect("a number")).collect();
        let ids = events.iter().map(|event| text(event, &format!("/{}", self.id)));
        ids.zip((self.fares)(&numbers)).collect()
    }

    fn home(&self) -> (Server, Home) {
        let server = Server::start([Answer::made(self.answer)]);
        let home = sending(&[&format!("main: {{url: '{}', {}}}", server.url(""), self.keys)]);
        (server, home)
    }

    /// How often each event that arrived fared so.
    fn arrived(&self, server: &Server) -> BTreeMap<String, Vec<Fare>> {
        let mut all = BTreeMap::<String, Vec<Fare>>::new();
        for (id, fare) in server.requests().iter().flat_map(|request| self.fared(&request.body)) {
            all.entry(id).or_default().push(fare);
        }
        all
    }
}

/// How many events wait, and how many were lost by reason.
fn queue(home: &Home) -> (u64, BTreeMap<String, u64>) {
    let status = said(&bounded(home, &["status", "acme", "--json"], &[]).expect(0));
    let lost = status["queue"]["lost"].as_array().into_iter().flatten();
    let lost = lost.map(|one| (text(one, "/why"), one["events"].as_u64().expect("a number"))).collect();
    (status["queue"]["waiting"].as_u64().expect("a number"), lost)
}

/// Flushes until nothing waits, and lays what arrived beside what is kept.
fn recover(receiver: &Receiver, (server, home): (&Server, &Home), ids: &[String], what: &str) -> Seen {
    let (mut wrong, mut rounds) = (Vec::new(), 0);
    while queue(home).0 > 0 && rounds < 12 {
        bounded(home, FLUSH, &[]);
        rounds += 1;
    }
    let (waiting, sent) = (queue(home).0, server.requests().len());
    bounded(home, FLUSH, &[]).expect(0);
    let lost = queue(home).1;
    if waiting > 0 || server.requests().len() != sent {
        wrong.push(format!("after {rounds} flushes {waiting} wait"));
    }
    bounded(home, &["log", "acme", "--verify"], &[]).expect(0);
    let log = receipts::read(&home.at(".acme/telemetry/receipts"), 999).expect("a log").receipts;
    let flagged = log.iter().filter(|receipt| receipt.maybe_twice || receipt.outcome == "unanswered");
    let listed: BTreeSet<String> = flagged
        .flat_map(|receipt| receiver.fared(receipt.body.as_deref().expect("a body")))
        .map(|(id, _)| id)
        .collect();
    let arrived = receiver.arrived(server);
    let mut seen = Seen { runs: 1, acknowledged: ids.len(), ..Seen::default() };
    let mut refused = 0;
    for (n, id) in ids.iter().enumerate() {
        let fares = arrived.get(id).map_or(&[][..], Vec::as_slice);
        let times = |wanted| fares.iter().filter(|fare| **fare == wanted).count();
        let (taken, named) = (times(Fare::Taken), times(Fare::Refused));
        refused += u64::from(n % 4 == 1);
        seen.delivered += usize::from(taken > 0);
        let as_said = if n % 4 == 1 { taken == 0 && named > 0 } else { taken > 0 && named == 0 };
        seen.lost += usize::from(taken + named == 0);
        if !as_said {
            wrong.push(format!("{id} (n={n}) fared {fares:?}"));
        }
        if taken + named > 1 {
            let said = listed.contains(id);
            seen.twice_listed += usize::from(said);
            seen.twice_unlisted += usize::from(!said);
            if !said {
                wrong.push(format!("{id} (n={n}) fared {fares:?}, and the log does not say so"));
            }
        }
    }
    if lost != BTreeMap::from([("refused by the destination".to_owned(), refused)]) {
        wrong.push(format!("{refused} were refused, and counted: {lost:?}"));
    }
    Seen { wrong: wrong.into_iter().map(|wrong| format!("{what}: {wrong}")).collect(), ..seen }
}

/// The faults of a call that are tried.
fn faults(call: &Call, errors: bool) -> Vec<Fault> {
    match errors {
        false => vec![Fault::Kill],
        true => call.errors().iter().take(if everything() { 9 } else { 1 }).map(|error| Fault::Error(error)).collect(),
    }
}

/// A fault at each call of a flush, each time in a home of its own.
fn sweep(receiver: &Receiver, errors: bool) {
    let flush: Vec<String> = FLUSH.iter().map(|word| (*word).to_owned()).collect();
    let (_server, traced) = receiver.home();
    record(&traced, EVENTS);
    let all = calls(&traced, &flush);
    let wanted = all.into_iter().filter(|call| everything() || call.changes());
    let wanted: Vec<(Call, Fault)> =
        wanted.flat_map(|call| faults(&call, errors).into_iter().map(move |fault| (call.clone(), fault))).collect();
    let seen = each(&wanted, |_, (call, fault)| {
        let (server, home) = receiver.home();
        let ids = record(&home, EVENTS);
        let ran = run(&home, &flush, call, *fault);
        let seen =
            recover(receiver, (&server, &home), &ids, &format!("{}, {fault:?} at {}", receiver.name, call.words()));
        Seen { unreached: usize::from(ran.hit.is_none()), ..seen }
    });
    let what = if errors { "its disk failed" } else { "killed" };
    seen.into_iter().fold(Seen::default(), Seen::add).tell(&format!("{}, {what}", receiver.name));
}

#[test]
fn killed_while_a_receiver_takes_parts() {
    sweep(&POSTHOG, false);
    sweep(&AMPLITUDE, false);
    if everything() {
        sweep(&JITSU, false);
    }
}

#[test]
fn failed_by_the_disk_while_a_receiver_takes_parts() {
    sweep(&POSTHOG, true);
}
