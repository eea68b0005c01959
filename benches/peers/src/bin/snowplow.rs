//! The crate snowplow_tracker: events in memory, posted by fifties from a thread of its own.

use std::path::Path;

use peers::Peer;
use snowplow_tracker::{BatchEmitter, SelfDescribingEvent, Tracker};

struct Snowplow {
    address: String,
    tracker: Option<Tracker>,
}

fn tracker(address: &str) -> Tracker {
    Tracker::new("bench", "bench", BatchEmitter::new(address.trim_end_matches('/')), None)
}

impl Peer for Snowplow {
    const ROOM: u64 = 10_000;

    fn open(address: &str, _: &Path) -> Self {
        Self { address: address.to_owned(), tracker: Some(tracker(address)) }
    }

    fn record(&mut self, mark: &str) {
        let data = serde_json::json!({"name": "build", "ok": true, "duration": 850, "mark": mark});
        let event =
            SelfDescribingEvent::builder().schema("iglu:com.example/command/jsonschema/1-0-0").data(data).build();
        self.tracker.as_mut().expect("open").track(event.expect("an event"), None).expect("tracked");
    }

    /// Its `flush` waits for nothing; its end does.
    fn deliver(&mut self) {
        let mut old = self.tracker.take().expect("open");
        // An error says that nothing waits.
        let _ = old.flush();
        old.close_emitter().expect("closed");
        drop(old);
        self.tracker = Some(tracker(&self.address));
    }

    fn close(mut self) {
        let mut tracker = self.tracker.take().expect("open");
        // As above.
        let _ = tracker.flush();
        tracker.close_emitter().expect("closed");
    }
}

fn main() {
    peers::run::<Snowplow>();
}
