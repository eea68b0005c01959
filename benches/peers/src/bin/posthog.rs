//! The crate posthog-rs: ten thousand events in memory, posted by hundreds from a thread of its own.

use std::path::Path;

use peers::Peer;
use posthog_rs::{Client, ClientOptionsBuilder, Event};

struct PostHog {
    client: Client,
}

impl Peer for PostHog {
    const ROOM: u64 = 10_000;

    fn open(address: &str, _: &Path) -> Self {
        let options = ClientOptionsBuilder::default().api_key("phc_bench".to_owned()).host(address).build();
        Self { client: posthog_rs::client(options.expect("options")) }
    }

    fn record(&mut self, mark: &str) {
        let mut event = Event::new("command", "bench");
        event.insert_prop("name", "build").expect("a property");
        event.insert_prop("ok", true).expect("a property");
        event.insert_prop("duration", 850).expect("a property");
        event.insert_prop("mark", mark).expect("a property");
        self.client.capture(event);
    }

    fn deliver(&mut self) {
        self.client.flush();
    }

    fn close(self) {
        self.client.shutdown();
    }
}

fn main() {
    peers::run::<PostHog>();
}
