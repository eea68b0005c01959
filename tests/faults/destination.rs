//! Destinations that do everything wrong: what waits is kept or set aside as the table says, and a flush ends in time.
//!
//! Promises: after any trouble a good answer settles everything once; what may have arrived twice says so. Absent: the network
//! client itself (`http`).

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use telemetry::actions::summary::{Options, Summary};
use telemetry::destination::receipts::{self, Receipt};
use telemetry::queue::drop::Loss;

use crate::sandbox::acme::{bounded, fixture, ids, json, manifest, record, sending, sending_to, within};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Recorded, Server};

/// Budget of a flush against a destination that never answers, and the most that may pass beside it on a busy machine.
const BUDGET: Duration = Duration::from_secs(1);
const BESIDE: Duration = Duration::from_secs(8);

fn flush(home: &Home) -> Summary {
    let options = Options { budget: BUDGET, anyway: true };
    let flushed = || telemetry::actions::flush::flush(&home.context(), &home.tool("acme"), options);
    within(BUDGET + BESIDE, flushed).expect("flushed")
}

fn log(home: &Home) -> Vec<Receipt> {
    receipts::read(&home.tool("acme").places.receipts(), 99).expect("a log").receipts
}

fn bodies(requests: &[Recorded]) -> Vec<&[u8]> {
    requests.iter().map(|request| request.body.as_slice()).collect()
}

/// What is to become of a payload of two events that is answered so.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Then {
    /// It is done.
    Settled,
    /// The same bytes go out again, and the second receipt says whether the first ones may have arrived.
    Again(bool),
    /// It is set aside for good.
    Aside,
}

fn row(what: &str, answer: Answer, then: Then) {
    let server = Server::start([answer, Answer::status(200)]);
    let home = sending_to(&server.url("/v1"));
    let wanted = record(&home, 2);
    let first = flush(&home);
    let waits = if matches!(then, Then::Again(_)) { 2 } else { 0 };
    assert_eq!(first.waiting, waits, "{what}: {first:?}");
    assert_eq!(server.requests().len(), 1, "{what}: one attempt a flush");
    let sent = first.destinations.first().expect("a destination");
    assert_eq!(sent.trouble.is_some(), waits > 0, "{what}: {sent:?}");
    let second = flush(&home);
    let requests = server.requests();
    assert_eq!(second.waiting, 0, "{what}");
    match then {
        Then::Settled => assert_eq!((requests.len(), sent.events), (1, 2), "{what}: {sent:?}"),
        Then::Aside => {
            assert_eq!((requests.len(), sent.refused), (1, 2), "{what}: {sent:?}");
            assert_eq!(first.dropped, [(Loss::Refused, 2)], "{what}");
            assert_eq!(log(&home).len(), 1, "{what}: what was refused is in the log");
        }
        Then::Again(maybe) => {
            assert_eq!(requests.len(), 2, "{what}");
            assert!(bodies(&requests).windows(2).all(|pair| pair.first() == pair.last()), "{what}: the same bytes");
            let keys: Vec<_> = requests.iter().map(|request| request.header("idempotency-key")).collect();
            assert!(keys.first() == keys.last() && !keys.contains(&None), "{what}: the same key");
            let last = log(&home).pop().expect("a receipt");
            assert_eq!((last.outcome.as_str(), last.maybe_twice), ("delivered", maybe), "{what}");
        }
    }
    let arrived = ids(bodies(&requests).last().copied());
    assert!(wanted.iter().all(|id| arrived.contains_key(id)), "{what}");
}

#[test]
fn answers_keep_settle_or_set_aside() {
    for status in [200, 202, 204, 299] {
        row(&status.to_string(), Answer::status(status), Then::Settled);
    }
    for status in [400, 409, 415, 422, 418, 501] {
        row(&status.to_string(), Answer::status(status).body("no"), Then::Aside);
    }
    for status in [300, 304, 401, 403, 404, 407, 408, 410, 425, 429, 500, 502, 503, 504, 599] {
        row(&status.to_string(), Answer::status(status).body("not now"), Then::Again(false));
    }
    // The status came: what else was to come says nothing about the payload.
    row("endless", Answer::endless(), Then::Settled);
    row("cut after the status", Answer::status(200).body("half").truncated(), Then::Settled);
    row("503 cut", Answer::status(503).body("half").truncated(), Then::Again(false));
    row("reset", Answer::reset(), Then::Again(true));
    row("closed", Answer::close(), Then::Again(true));
    row("garbage", Answer::garbage(), Then::Again(true));
}

#[test]
fn silence_ends_with_the_budget() {
    row("silence", Answer::stall(), Then::Again(true));
}

#[test]
fn an_answer_that_dribbles_ends_with_the_budget() {
    row("a dribbled head", Answer::status(200).dribbled(Duration::from_millis(500)), Then::Again(true));
}

#[test]
fn a_refused_connection_keeps_all_and_doubts_nothing() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let home = sending_to(&format!("http://{closed}/v1"));
    record(&home, 3);
    assert_eq!(flush(&home).waiting, 3);
    assert!(log(&home).is_empty(), "nothing left the machine");
    let ran = bounded(&home, &["flush", "acme", "--budget", "2", "--now"], &[]);
    assert_eq!(ran.status, 3, "{}", ran.stdout);
}

#[test]
fn a_redirect_is_not_followed() {
    let target = Server::start([Answer::status(200)]);
    for status in [301, 302, 303, 307, 308] {
        let server = Server::start([Answer::status(status).header("Location", &target.url("/v1"))]);
        let home = sending_to(&server.url("/v1"));
        record(&home, 1);
        assert_eq!(flush(&home).waiting, 1, "{status}");
        assert_eq!(server.requests().len(), 1, "{status}");
    }
    assert_eq!(target.connections(), 0, "nothing reached where the redirects led");
}

#[test]
fn what_is_too_large_goes_out_in_halves_that_name_their_parent() {
    let server = Server::start([Answer::status(413), Answer::status(413), Answer::status(200)]);
    let home = sending_to(&server.url("/v1"));
    let wanted = record(&home, 4);
    let summary = flush(&home);
    // 4 are too many, 2 are too many; then 1, 1 and the other 2.
    let requests = server.requests();
    assert_eq!((requests.len(), summary.waiting), (5, 0));
    let arrived = ids(bodies(&requests).into_iter().skip(2));
    assert!(wanted.iter().all(|id| arrived.get(id) == Some(&1)) && arrived.len() == 4, "{arrived:?}");
    let log = log(&home);
    assert_eq!(log.iter().filter(|receipt| receipt.parent.is_some()).count(), 4);
    // One that is too large alone is refused for good.
    let stubborn = Server::start([Answer::status(413)]);
    let home = sending_to(&stubborn.url("/v1"));
    record(&home, 2);
    assert_eq!(flush(&home).dropped, [(Loss::Refused, 1), (Loss::Refused, 1)]);
}

#[test]
fn a_doubt_is_not_forgotten_over_a_plain_refusal() {
    let server = Server::start([Answer::close(), Answer::status(503), Answer::status(200)]);
    let home = sending_to(&server.url("/v1"));
    record(&home, 1);
    for _ in 0..3 {
        flush(&home);
    }
    let last = log(&home).pop().expect("a receipt");
    assert_eq!((last.outcome.as_str(), last.maybe_twice), ("delivered", true), "the first attempt may have arrived");
}

#[test]
fn a_server_is_left_alone_for_as_long_as_it_asks() {
    let server = Server::start([Answer::status(429).header("Retry-After", "600"), Answer::status(200)]);
    let home = sending_to(&server.url("/v1"));
    record(&home, 1);
    flush(&home);
    let ran = bounded(&home, &["flush", "acme", "--json"], &[]);
    let shown = json(&ran);
    assert_eq!((ran.status, shown["waiting"].as_u64(), server.requests().len()), (3, Some(1), 1), "{}", ran.stdout);
    assert_eq!(bounded(&home, &["flush", "acme", "--now"], &[]).status, 0);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn one_destinations_trouble_holds_up_no_other_and_is_counted_once() {
    let later = [500, 500, 500, 200].map(Answer::status);
    let (bad, good) = (Server::start(later), Server::start([Answer::status(200)]));
    let (first, second) = (format!("bad: {{url: '{}', batch: array}}", bad.url("/")), good.url("/"));
    let home = sending(&[&first, &format!("good: {{url: '{second}', batch: single}}")]);
    let wanted = record(&home, 3);
    let active = home.at(".acme/telemetry/queue/active.jsonl");
    let text = fs::read_to_string(&active).expect("a segment");
    fs::write(&active, format!("torn\n{text}")).expect("written");
    for _ in 0..3 {
        flush(&home);
    }
    let arrived = ids(bodies(&good.requests()));
    assert!(arrived.len() == 3 && wanted.iter().all(|id| arrived.get(id) == Some(&1)), "{arrived:?}");
    let status = json(&bounded(&home, &["status", "acme", "--json"], &[]));
    let waiting: Vec<_> =
        status["destinations"].as_array().expect("two").iter().map(|one| one["waiting"].as_u64()).collect();
    assert_eq!(waiting, [Some(3), Some(0)], "of the torn line nothing waits");
    assert_eq!(flush(&home).waiting, 0);
    let losses = telemetry::queue::drop::losses(&home.tool("acme").places.losses());
    assert_eq!((losses.total(), losses.counts.get(&Loss::Torn)), (1, Some(&1)), "four flushes saw one torn line");
}

#[test]
fn an_event_whose_destination_is_declared_no_more_is_counted() {
    let server = Server::start([Answer::status(200)]);
    let home = sending(&["old: {file: out.jsonl, batch: lines}"]);
    record(&home, 3);
    home.manifest("acme", &manifest(&[&format!("new: {{url: '{}', batch: array}}", server.url("/"))]));
    let summary = flush(&home);
    assert_eq!((summary.dropped, summary.waiting), (vec![(Loss::Undeclared, 3)], 0));
    assert_eq!(server.connections(), 0);
}

#[test]
fn many_payloads_and_deletion_orders_keep_to_the_budget() {
    let slow = Server::start([Answer::status(200).dribbled(Duration::from_millis(10))]);
    let home = sending(&[&format!("main: {{url: '{}', batch: single}}", slow.url("/"))]);
    let wanted = record(&home, 40);
    let ran = within(BUDGET + BESIDE, || bounded(&home, &["flush", "acme", "--budget", "1", "--json"], &[]));
    let shown = json(&ran);
    let left = shown["waiting"].as_u64().expect("a number");
    assert!(left > 0 && matches!(ran.status, 3 | 4), "{}", ran.stdout);
    assert!(slow.requests().len() < wanted.len(), "it ended before its work did");

    let silent = Server::start([Answer::stall()]);
    let order = fixture(&home, "deletion.json").replace("\"file\"", "\"endpoint\"");
    let own = format!("{}/.acme/telemetry/orders.jsonl", home.path().display());
    home.write(
        ".acme/telemetry/deletion/9dc1b92c-b8e6-49fa-b965-fa45e617391b.json",
        order.replace(&own, &silent.url("/delete")),
    );
    fs::remove_dir_all(home.at(".acme/telemetry/queue")).expect("gone");
    let ran = within(BUDGET + BESIDE, || bounded(&home, &["flush", "acme", "--budget", "1"], &[]));
    assert_eq!((ran.status, silent.requests().len()), (3, 1), "{}", ran.stdout);
}
