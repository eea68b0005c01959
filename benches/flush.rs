//! A whole flush as a process, against a client that posts the same bytes.
//!
//! Absent: other people's clients (`peers.rs`).

use std::time::Instant;

use crate::sandbox::home::Home;
use crate::sandbox::server::{Server, post};
use crate::table::{self, median, per_second};

pub(crate) fn flush(server: &Server) {
    table::group("flush", "a process, against a bare client that posts the same bytes");
    for (form, events) in [("array", 100_000), ("single", 4_000)] {
        let home = Home::at_address(&server.address(), form, 1);
        home.telemetry(["enable", "bench"]);
        let (mut rates, mut shares) = (Vec::new(), Vec::new());
        let mut payloads = 0;
        for _ in 0..5 {
            home.fill(events);
            server.requests();
            let start = Instant::now();
            home.telemetry(["flush", "bench", "--budget", "60"]);
            let ours = start.elapsed().as_secs_f64();
            let requests = server.requests();
            payloads = requests.len();
            let start = Instant::now();
            post(server, &requests);
            let bare = start.elapsed().as_secs_f64();
            rates.push(per_second(events, ours));
            shares.push(100.0 * bare / ours);
        }
        let what = format!("{form}: {events} events in {payloads} payloads");
        table::shown(&what, &format!("{:.0} events/s", median(&rates)));
        let share = median(&shares);
        table::held(&format!("{form}: share of the bare client"), &format!("{share:.0} %"), ">= 80 %", share >= 80.0);
    }
}
