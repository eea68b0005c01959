//! Our program sends the one event that the official senders send: the same name, fields, user, time and id.
//!
//! Promises: the whole way is gone, from `track` to `flush`; only the event's id, which nobody can choose, is put into the queue by
//! hand. Absent: comparing.

use std::net::SocketAddr;

use crate::PROGRAM;
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Recorded, Server};

/// As `senders/event.py` has them.
const USER: &str = "0f3c2c9e8c9d4d0e9a577a8f7d9a6f11";
const ID: &str = "63da4e74-c000-4879-aa4f-0b58d1884301";
const BEFORE: &str = "2026-11-21 01:59:59";
const TIME: &str = "2026-11-21 02:00:00";

/// What the tool says: its destination, its events, and what `track` is given.
pub(crate) struct Ours<'a> {
    /// The destination, a flow map without braces, `HOST` where the server's host and port go: `url: 'http://HOST', protocol: segment`.
    pub(crate) destination: &'a str,
    /// Facts that it gathers.
    pub(crate) facts: &'a str,
    /// Whole events of the manifest beside `command`.
    pub(crate) events: &'a str,
    /// What `track` is given after the tool, one event after the other; the first gets the known id.
    pub(crate) tracked: &'a [&'a [&'a str]],
}

/// The event as all official senders of usage have it.
pub(crate) const fn usage(destination: &str) -> Ours<'_> {
    Ours {
        destination,
        facts: "version",
        events: "",
        tracked: &[&["command", "name=sync", "ok=true", "duration_ms=412"]],
    }
}

impl Ours<'_> {
    fn manifest(&self, host: SocketAddr) -> String {
        format!(
            "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nfacts: [{}]\nids: [user]\nevents:\n  command:\n    \
             description: A command ended\n    purpose: product-improvement\n    fields:\n      name: {{type: enum, values: \
             [sync], description: Which}}\n      ok: {{type: boolean, description: Whether}}\n      duration_ms: {{type: integer, \
             description: How long}}\n    example: {{name: sync, ok: true, duration_ms: 412}}\n{}destinations:\n  main: {{{}}}\n",
            self.facts,
            self.events,
            self.destination.replace("HOST", &host.to_string()),
        )
    }

    /// A home in which the events wait for this server.
    pub(crate) fn waiting(&self, host: SocketAddr) -> Home {
        let home = Home::new();
        home.manifest("acme", &self.manifest(host));
        home.write(".acme/profile.yml", format!("user_id: '{USER}'\nanonymous_tracking: true\n"));
        let at = |time: &str, words: &[&str]| {
            home.program("faketime", ["-f", time, PROGRAM].iter().chain(words)).env("TZ", "UTC").run().expect(0);
        };
        at(BEFORE, &["enable", "acme"]);
        for words in self.tracked {
            at(TIME, &[&["track", "acme", "--tool-version", "1.4.2"], *words].concat());
        }
        let queue = home.read(".acme/telemetry/queue/active.jsonl");
        let first = queue.lines().next().expect("an event");
        let entry: serde_json::Value = serde_json::from_str(first).expect("JSON");
        home.write(".acme/telemetry/queue/active.jsonl", queue.replace(entry["id"].as_str().expect("an id"), ID));
        home
    }

    /// What it sends to a recorder that takes it.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        let server = Server::start([Answer::status(200)]);
        let home = self.waiting(SocketAddr::from(([127, 0, 0, 1], server.port())));
        home.run(["flush", "acme", "--now"]).expect(0);
        server.requests()
    }
}

#[test]
fn it_is_the_same_event() {
    let said = crate::senders::decoded(&usage("url: 'http://HOST/v1', protocol: json").requests());
    let is = |path: &str, value: serde_json::Value| assert_eq!(said.get(path), Some(&value), "{path}: {said:#?}");
    is("0.id", ID.into());
    is("0.event", "command".into());
    is("0.user_id", USER.into());
    is("0.time", "2026-11-21T02:00:00.000Z".into());
    is("0.fields.name", "sync".into());
    is("0.fields.ok", true.into());
    is("0.fields.duration_ms", 412.into());
    is("0.facts.version", "1.4.2".into());
}
