//! Every answer in every protocol, through the real program: what becomes of the events, of the destination and of the receipt.
//!
//! The tables are written from the protocols' own documents, apart from `payload/retries.rs`: data before code.
//!
//! Promises: each protocol has its row, and each form of a partial answer. Absent: how a cell is held (`cells`).

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::protocols::cells::{EVENTS, OURS, Protocol, Then, cell, hold};
use crate::sandbox::acme::{json as document, record};
use crate::sandbox::server::{Answer, Recorded, Server};

fn fine(body: &'static str) -> Answer {
    Answer::status(200).body(body)
}

/// Section 9 of the reference: a webhook; 410 stops for good, which is the user's to see, 501 and 505 are no trouble that passes.
fn web_hook() -> Protocol {
    Protocol {
        destination: |url| format!("url: '{url}v1', batch: array"),
        healthy: (fine("{\"accepted\":true}"), "delivered"),
        //         2xx  3xx  400-404 408-422 429 500 501 502-504 505 507 599
        statuses: "DDDD MMMM RMMM LMSRR L L R LLL R L L",
        own: vec![
            cell("named", fine("{\"id\":\"abc\"}"), Then::Taken("acknowledged")),
            cell("counted", fine("{\"accepted\":4}"), Then::Taken("acknowledged")),
            cell("counted anew", Answer::made(counted), Then::Taken("acknowledged")),
            cell("fewer", fine("{\"accepted\":3}"), Then::Taken("delivered")),
            cell("more", fine("{\"accepted\":99999999999999999999}"), Then::Taken("delivered")),
            cell("an id that is none", fine("{\"id\":7}"), Then::Taken("delivered")),
            cell("named, and in trouble", Answer::status(503).body("{\"id\":\"abc\"}"), Then::Later(OURS, false)),
            cell("too large to the last", Answer::status(413), Then::Crumbled),
        ],
    }
}

/// How many documents came.
fn counted(request: &Recorded) -> Answer {
    let documents: Vec<Value> = serde_json::from_slice(&request.body).expect("an array");
    Answer::status(200).body(format!("{{\"accepted\":{}}}", documents.len()))
}

#[test]
fn json() {
    hold(&web_hook());
}

#[test]
fn silence_holds_up_nobody() {
    let (silent, healthy) = (Server::start([Answer::stall()]), Server::start([Answer::status(200)]));
    let dribbling = Server::start([Answer::status(200).dribbled(Duration::from_millis(400))]);
    let line = |name: &str, server: &Server| format!("{name}: {{{}}}", (web_hook().destination)(&server.url("/")));
    let lines = [line("a", &silent), line("b", &dribbling), line("c", &healthy)];
    let home = crate::sandbox::acme::sending(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    record(&home, EVENTS);
    let begin = Instant::now();
    let flushed = document(&home.run(["flush", "acme", "--json", "--budget", "3"]));
    assert!(begin.elapsed() < Duration::from_secs(9), "{:?}", begin.elapsed());
    let told: Vec<_> = flushed["destinations"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| (row["events"].as_u64(), row["trouble"].is_null()))
        .collect();
    assert_eq!(told, [(Some(0), false), (Some(0), false), (Some(4), true)], "{flushed}");
    assert_eq!(healthy.requests().len(), 1);
}
