//! Every answer in every protocol, through the real program: what becomes of the events, of the destination and of the receipt.
//!
//! The tables are written from the protocols' own documents, apart from `payload/retries.rs`: data before code.
//!
//! Promises: each protocol has its row, and each form of a partial answer. Absent: how a cell is held (`cells`).

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::protocols::cells::{EVENTS, OURS, Protocol, Then, cell, hold, then};
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

/// Section 3: what Segment's own library tries again, RudderStack's 413, and the counts and names of Jitsu.
fn segment() -> Protocol {
    Protocol {
        destination: |url| format!("url: '{url}', protocol: segment, key: WRITEKEY"),
        healthy: (fine("{\"success\":true}"), "delivered"),
        //         2xx  3xx  400-404 408-422 429 500 501 502-504 505 507 599
        statuses: "DDDD MMMM RMMM LLSRR L L R LLL R L L",
        own: vec![
            cell("counted", fine("{\"ok\":true,\"receivedEvents\":4,\"okEvents\":4}"), Then::Taken("acknowledged")),
            cell("of another count", fine("{\"receivedEvents\":5,\"okEvents\":5}"), Then::Taken("delivered")),
            cell("more than came", fine("{\"receivedEvents\":4,\"okEvents\":5}"), Then::Taken("delivered")),
            cell("none", fine("{\"receivedEvents\":4,\"okEvents\":0,\"errors\":[]}"), Then::Refused),
            cell("one is named", Answer::made(one_is_named), Then::Part { refused: 1, again: 0, later: 0, wait: None }),
            cell("too large to the last", Answer::status(413), Then::Crumbled),
        ],
    }
}

/// Jitsu blames the first event by its id.
fn one_is_named(request: &Recorded) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    let events = body["batch"].as_array().expect("a batch");
    let (id, sent) = (events[0]["messageId"].as_str().expect("an id"), events.len());
    let taken = sent - 1;
    Answer::status(200).body(format!(
        "{{\"ok\":false,\"receivedEvents\":{sent},\"okEvents\":{taken},\"errors\":[\"Message ID: {id}: too large\"]}}"
    ))
}

/// Section 4: a 400 names what is wrong by its place and took nothing of the rest, a 429 what is over its rate: 30 s for those.
fn amplitude() -> Protocol {
    let throttled = (30_000, 30_000);
    Protocol {
        destination: |url| format!("url: '{url}', protocol: amplitude, key: APIKEY"),
        healthy: (Answer::made(ingested), "acknowledged"),
        //         2xx  3xx  400-404 408-422 429 500 501 502-504 505 507 599
        statuses: "DDDD MMMM RMMM LRSRR T L L LLL L L L",
        own: vec![
            cell("counted", Answer::made(ingested), Then::Taken("acknowledged")),
            cell("more than came", fine("{\"code\":200,\"events_ingested\":5}"), Then::Taken("delivered")),
            cell(
                "places",
                Answer::status(400).body("{\"code\":400,\"events_with_invalid_fields\":{\"time\":[1]}}"),
                Then::Part { refused: 1, again: 3, later: 0, wait: None },
            ),
            cell(
                "all places, and some that are none",
                Answer::status(400).body("{\"events_with_missing_fields\":{\"a\":[0,1,-1,99],\"b\":[3,2,2]}}"),
                Then::Refused,
            ),
            cell("a key that is none", Answer::status(400).body("{\"error\":\"Invalid API key: x\"}"), then('M')),
            cell(
                "over the rate",
                Answer::status(429).body("{\"throttled_events\":[0,3]}"),
                Then::Part { refused: 0, again: 2, later: 2, wait: Some(throttled) },
            ),
            cell(
                "over the rate, all",
                Answer::status(429).body("{\"throttled_events\":[0,1,2,3]}"),
                Then::Later(throttled, false),
            ),
            cell(
                "over the rate, with a wait",
                Answer::status(429).header("Retry-After", "90").body("{\"throttled_events\":[0,3]}"),
                Then::Later((90_000, 90_000), false),
            ),
            cell("too large to the last", Answer::status(413), Then::Crumbled),
        ],
    }
}

fn ingested(request: &Recorded) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    let events = body["events"].as_array().expect("events").len();
    Answer::status(200).body(format!("{{\"code\":200,\"events_ingested\":{events}}}"))
}

/// Section 5: the old interface says nothing of what it drops, but for a quota; a 429 that asks for nothing is one, and waits an hour.
fn posthog() -> Protocol {
    Protocol {
        destination: |url| format!("url: '{url}', protocol: posthog, key: phc_key"),
        healthy: (fine("{\"status\":\"Ok\"}"), "delivered"),
        //         2xx  3xx  400-404 408-422 429 500 501 502-504 505 507 599
        statuses: "DDDD MMMM RMMM LRSRR H L R LLL R L L",
        own: vec![
            cell("over a quota", fine("{\"status\":1,\"quota_limited\":[\"events\"]}"), Then::Refused),
            cell("over another's", fine("{\"quota_limited\":[\"recordings\"]}"), Then::Taken("delivered")),
            cell("too large to the last", Answer::status(413), Then::Crumbled),
        ],
    }
}

/// Section 2: the collector's `ok` says that it has the bytes; 410 and what it does not know are the destination's.
fn snowplow() -> Protocol {
    Protocol {
        destination: |url| {
            let schema = "iglu:com.acme/run/jsonschema/1-0-0";
            format!("url: '{url}', protocol: snowplow, schemas: {{run: '{schema}'}}")
        },
        healthy: (fine("ok"), "delivered"),
        //         2xx  3xx  400-404 408-422 429 500 501 502-504 505 507 599
        statuses: "DDDD MMMM RMMM LMSRR L L L LLL L L L",
        own: vec![cell("too large to the last", Answer::status(413), Then::Crumbled)],
    }
}

#[test]
fn snowplows_collector() {
    hold(&snowplow());
}

/// Section 8: 429, 502, 503 and 504 are tried again and nothing else; a partial success counts what it did not take.
fn otlp() -> Protocol {
    Protocol {
        destination: |url| format!("url: '{url}', protocol: otlp"),
        healthy: (fine("{}"), "delivered"),
        //         2xx  3xx  400-404 408-422 429 500 501 502-504 505 507 599
        statuses: "DDDD MMMM RRRR RRSRR L R R LLL R R R",
        own: vec![
            cell("one rejected", fine("{\"partialSuccess\":{\"rejectedLogRecords\":\"1\"}}"), Then::TakenBut(1)),
            cell("all rejected", fine("{\"partialSuccess\":{\"rejectedLogRecords\":4}}"), Then::Refused),
            cell("more than came", fine("{\"partialSuccess\":{\"rejectedLogRecords\":99}}"), Then::Refused),
            cell("none, and a word", fine("{\"partialSuccess\":{\"errorMessage\":\"hm\"}}"), Then::Taken("delivered")),
            cell("fewer than none", fine("{\"partialSuccess\":{\"rejectedLogRecords\":-1}}"), Then::Taken("delivered")),
            cell("too large to the last", Answer::status(413), Then::Crumbled),
        ],
    }
}

#[test]
fn opentelemetrys_logs() {
    hold(&otlp());
}

/// Section 10: as a web hook; 410 is for good, 415 a wrong form, and no redirect is followed.
fn cloudevents() -> Protocol {
    Protocol {
        destination: |url| format!("url: '{url}', protocol: cloudevents, batch: array"),
        healthy: (fine(""), "delivered"),
        //         2xx  3xx  400-404 408-422 429 500 501 502-504 505 507 599
        statuses: "DDDD MMMM RMMM LMSRR L L R LLL R L L",
        own: vec![cell("too large to the last", Answer::status(413), Then::Crumbled)],
    }
}

#[test]
fn cloudevents_in_a_batch() {
    hold(&cloudevents());
}

/// Section 7: only the network is tried again; any 429 is a wait, of a minute unless it says for how long.
fn sentry() -> Protocol {
    Protocol {
        destination: |url| format!("dsn: '{}1', protocol: sentry", url.replace("//", "//key@")),
        healthy: (fine("{}"), "delivered"),
        //         2xx  3xx  400-404 408-422 429 500 501 502-504 505 507 599
        statuses: "DDDD MMMM RMMM RRRRR B R R RRR R R R",
        own: vec![cell(
            "limits on a yes",
            fine("{}").header("X-Sentry-Rate-Limits", "120:default;session:organization"),
            Then::TakenAndLater((120_000, 120_000)),
        )],
    }
}

#[test]
fn a_web_hook() {
    hold(&web_hook());
}

#[test]
fn segments_interface() {
    hold(&segment());
}

#[test]
fn amplitudes_interface() {
    hold(&amplitude());
}

#[test]
fn posthogs_interface() {
    hold(&posthog());
}

#[test]
fn sentrys_envelopes() {
    hold(&sentry());
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
