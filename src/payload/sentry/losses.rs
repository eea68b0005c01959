//! Items of type `client_report`: how many events were lost, and why, in Sentry's closed list of reasons.
//!
//! Promises: some hundred bytes, where Sentry takes 4 KiB. Absent: what is told to nobody (`payload/lost.rs`).

use serde::Serialize;

use crate::host::clock::Timestamp;
use crate::manifest::forms::sentry::SentryForm;
use crate::payload::lost::{Lost, Why};
use crate::payload::protocol::Document;
use crate::payload::sentry::envelope::item;

#[derive(Serialize)]
struct Discards<'a> {
    timestamp: String,
    discarded_events: Vec<Discarded<'a>>,
}

#[derive(Serialize)]
struct Discarded<'a> {
    reason: &'static str,
    category: &'a str,
    quantity: u64,
}

/// The document of a report. Its time is that of the youngest event beside it, so that the body depends on no time of sending.
pub(super) fn report(options: &SentryForm, lost: &Lost, newest: Timestamp) -> Document {
    // Which events were lost is counted nowhere: where some may have been errors, all are told as such.
    let category = if options.errors.is_empty() { "session" } else { "error" };
    let discarded = |(why, quantity): (&Why, &u64)| Discarded { reason: reason(*why), category, quantity: *quantity };
    let report = Discards { timestamp: newest.rfc3339(), discarded_events: lost.iter().map(discarded).collect() };
    Document::of(item("client_report", &report))
}

const fn reason(why: Why) -> &'static str {
    match why {
        Why::Full => "queue_overflow",
        Why::Torn => "internal_sdk_error",
        // The tool itself took it back.
        Why::Undeclared => "event_processor",
        Why::Refused => "send_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::protocol::Protocol;
    use crate::payload::sentry::Sentry;
    use crate::payload::sentry::event::tests::{form, manifest};

    #[test]
    fn a_report_rides_in_an_envelope_where_it_is_asked_for() {
        let (silent, told) = (manifest(""), manifest("    reports: true\n"));
        let lost = Lost::from([(Why::Full, 7), (Why::Torn, 2), (Why::Undeclared, 3), (Why::Refused, 4)]);
        let newest = Timestamp::from_ms(1_795_226_400_000);
        assert_eq!(Sentry::new(form(&silent)).report(&lost, newest), None);
        let report = |form: &SentryForm| {
            let document = Sentry::new(form).report(&lost, newest).expect("a report");
            String::from_utf8(document.bytes).expect("text")
        };
        assert_eq!(
            report(form(&told)),
            concat!(
                r#"{"type":"client_report","length":302}"#,
                "\n",
                r#"{"timestamp":"2026-11-21T02:00:00.000Z","discarded_events":[{"reason":"queue_overflow","category":"error","quantity":7},{"reason":"internal_sdk_error","category":"error","quantity":2},{"reason":"event_processor","category":"error","quantity":3},{"reason":"send_error","category":"error","quantity":4}]}"#,
                "\n"
            )
        );
        let sessions = SentryForm { errors: Vec::new(), ..form(&told).clone() };
        assert!(report(&sessions).contains("\"category\":\"session\""), "{}", report(&sessions));
    }
}
