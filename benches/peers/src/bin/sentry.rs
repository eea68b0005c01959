//! The crate sentry: thirty events in memory, one request for each from a thread of its own.

use std::path::Path;
use std::time::Duration;

use peers::Peer;
use sentry::protocol::{Event, Value};

struct Sentry {
    guard: sentry::ClientInitGuard,
}

impl Peer for Sentry {
    const ROOM: u64 = 30;

    fn open(address: &str, _: &Path) -> Self {
        let dsn = format!("http://key@{}/1", address.trim_start_matches("http://").trim_end_matches('/'));
        let mut options = sentry::ClientOptions::default();
        options.release = Some("bench@1.2.3".into());
        Self { guard: sentry::init((dsn, options)) }
    }

    fn record(&mut self, mark: &str) {
        let mut event = Event { message: Some("command".into()), ..Default::default() };
        let extra: [(&str, Value); 4] =
            [("name", "build".into()), ("ok", true.into()), ("duration", 850.into()), ("mark", mark.into())];
        event.extra.extend(extra.map(|(name, value)| (name.to_owned(), value)));
        sentry::capture_event(event);
    }

    fn deliver(&mut self) {
        assert!(self.guard.flush(Some(Duration::from_secs(60))), "not delivered in time");
    }

    fn close(self) {
        drop(self.guard);
    }
}

fn main() {
    peers::run::<Sentry>();
}
