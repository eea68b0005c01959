//! Protocol `sentry`: envelopes of items, an error as an `event` alone, other events as `session`s, many in one.
//!
//! An envelope is a line of JSON, then for each item a line that says its type and its exact length in bytes, and its JSON. It says
//! nothing of when it is sent. An error has its type, its message, and as tags what else its event says; a session is the usage
//! counter: that it was, when, for how long, how it ended, and of which release.
//!
//! Promises: no path, no local, no argument, no stack, no name of a machine and no list of modules, for nothing here has them; a
//! session names nobody unless the manifest allows profiles. Absent: which events are which (`manifest/forms/sentry.rs`).

mod envelope;
mod event;
mod losses;
mod session;
mod values;

use serde_json::Value as Tree;

use crate::host::clock::Timestamp;
use crate::manifest::forms::ProtocolName;
use crate::manifest::forms::sentry::SentryForm;
use crate::payload::answer::{Answer, Meaning, Reading};
use crate::payload::deletion::Order;
use crate::payload::lost::Lost;
use crate::payload::protocol::{BodyLimits, Document, Made, Protocol};
use crate::payload::retries;
use crate::payload::said::Said;
use crate::payload::sentry::envelope::event_id;

/// Most sessions in one envelope: Sentry takes no more.
const MOST_DOCUMENTS: usize = 100;
/// Most bytes of an envelope: Sentry takes 1 MiB of an event, the tightest of its bounds on what we send.
const MOST_BYTES: usize = 1024 * 1024;
/// How long to keep away after a 429 that does not say, milliseconds: Sentry's own rule.
const USUAL_LIMIT_MS: i64 = 60_000;
/// The protocol.
#[derive(Debug, Clone, Copy)]
pub struct Sentry<'a> {
    form: &'a SentryForm,
}

impl<'a> Sentry<'a> {
    /// The protocol in this form.
    #[must_use]
    pub const fn new(form: &'a SentryForm) -> Self {
        Self { form }
    }

    /// How long the receiver is to be left alone by what goes there from here, milliseconds: the longest of its limits on that.
    fn limited(&self, limits: &str) -> Option<i64> {
        let ours = |category: &str| match category {
            "" | "session" => true,
            "default" | "error" => !self.form.errors.is_empty(),
            // Its receivers may name what nobody here has heard of.
            _ => false,
        };
        let limit = |limit: &str| {
            let mut parts = limit.trim().split(':');
            let seconds = parts.next()?.trim();
            let whole = seconds.split_once('.').map_or(seconds, |(whole, _)| whole);
            let seconds = whole.parse::<i64>().ok().filter(|seconds| *seconds > 0)?;
            let categories = parts.next().unwrap_or_default();
            categories.split(';').any(|category| ours(category.trim())).then(|| seconds.saturating_mul(1000))
        };
        limits.split(',').filter_map(limit).max()
    }
}

impl Protocol for Sentry<'_> {
    fn name(&self) -> ProtocolName {
        ProtocolName::Sentry
    }

    fn limits(&self) -> BodyLimits {
        BodyLimits { documents: MOST_DOCUMENTS, bytes: MOST_BYTES }
    }

    fn document(&self, said: Said<'_>) -> Document {
        match self.form.error(&said.event.name) {
            Some(form) => event::event(self.form, said, form),
            None => session::session(self.form, said),
        }
    }

    /// All of it stands in the documents, and in what they share.
    fn overhead(&self, _documents: usize) -> usize {
        0
    }

    fn body(&self, documents: &[Document]) -> Vec<u8> {
        let header = documents.first().map(|first| first.shared.as_slice());
        header
            .into_iter()
            .chain(documents.iter().map(|document| document.bytes.as_slice()))
            .collect::<Vec<_>>()
            .concat()
    }

    fn content_type(&self) -> &'static str {
        "application/x-sentry-envelope"
    }

    fn headers(&self, _made: Made<'_>) -> Vec<(String, String)> {
        let client = concat!("telemetry/", env!("CARGO_PKG_VERSION"));
        let auth = |key| format!("Sentry sentry_version=7, sentry_client={client}, sentry_key={key}");
        self.form.key.as_ref().map(|key| ("x-sentry-auth".to_owned(), auth(key))).into_iter().collect()
    }

    /// A receiver that repeats an event's id has taken that event; of sessions it says nothing. Its limits may come with any status.
    fn read(&self, answer: &Answer<'_>, events: &[&str]) -> Reading {
        let mut reading = Reading::of(retries::meaning(self.name(), answer.status));
        if reading.meaning.is_taken() && repeats(answer, events) {
            reading.meaning = Meaning::Acknowledged;
        }
        reading.asked_ms = answer.header("x-sentry-rate-limits").and_then(|limits| self.limited(limits));
        reading.usual_ms = (answer.status == 429).then_some(USUAL_LIMIT_MS);
        reading
    }

    fn opened(&self, body: &[u8]) -> Option<Tree> {
        envelope::opened(body)
    }

    fn report(&self, lost: &Lost, newest: Timestamp) -> Option<Document> {
        self.form.reports.then(|| losses::report(self.form, lost, newest))
    }

    fn order(&self, order: &Order) -> Option<Vec<u8>> {
        Some(event::order(order))
    }
}

fn repeats(answer: &Answer<'_>, events: &[&str]) -> bool {
    let said = answer.json();
    let id = said.as_ref().and_then(|said| said.get("id")?.as_str());
    id.is_some_and(|id| events.iter().any(|event| event_id(event) == event_id(id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::answer::Withheld;
    use crate::payload::digest::Digest;
    use crate::payload::event::Phase;
    use crate::payload::sentry::event::tests::{SESSIONS, body, documents, failed, form, half, manifest};

    #[test]
    fn errors_stand_alone_and_sessions_together() {
        let manifest = manifest(SESSIONS);
        let events = [failed(), half(Phase::Started, &[])];
        let all = documents(&manifest, &events, &Withheld::default());
        assert_eq!(all.iter().map(|document| document.alone).collect::<Vec<_>>(), [true, false]);
        assert_eq!(Sentry::new(form(&manifest)).limits().documents, 100);
    }

    fn read(form: &SentryForm, status: u16, limits: Option<&str>, body: &str) -> Reading {
        let headers: Vec<_> =
            limits.map(|limits| ("x-sentry-rate-limits".to_owned(), limits.to_owned())).into_iter().collect();
        let answer = Answer { status, headers: &headers, body: body.as_bytes() };
        Sentry::new(form).read(&answer, &["63da4e74-c000-4879-aa4f-0b58d1884301"])
    }

    #[test]
    fn who_repeats_the_id_has_acknowledged() {
        let manifest = manifest("");
        for (status, body, wanted) in [
            (200, r#"{"id":"63da4e74c0004879aa4f0b58d1884301"}"#, Meaning::Acknowledged),
            (200, r#"{"id":"63DA4E74-C000-4879-AA4F-0B58D1884301"}"#, Meaning::Acknowledged),
            (200, r#"{"id":"63da4e74c0004879aa4f0b58d1884302"}"#, Meaning::Delivered),
            (200, r#"{"id":1}"#, Meaning::Delivered),
            (200, r#"{"id":""}"#, Meaning::Delivered),
            (200, "[[[[", Meaning::Delivered),
            (200, "", Meaning::Delivered),
            (400, r#"{"id":"63da4e74c0004879aa4f0b58d1884301"}"#, Meaning::Refused),
            (401, "", Meaning::Misconfigured),
            (403, "", Meaning::Misconfigured),
            (404, "", Meaning::Misconfigured),
            (413, "", Meaning::Refused),
            (429, "", Meaning::Refused),
            (500, "", Meaning::Refused),
            (503, "", Meaning::Refused),
        ] {
            assert_eq!(read(form(&manifest), status, None, body).meaning, wanted, "{status} {body}");
        }
        let deep = format!("{{\"id\":{}", "[".repeat(100_000));
        assert_eq!(read(form(&manifest), 200, None, &deep).meaning, Meaning::Delivered);
    }

    #[test]
    fn limits_of_what_is_sent_are_kept_to_with_any_status() {
        let all = manifest("");
        for (limits, wanted) in [
            ("60::key", Some(60_000)),
            ("60", Some(60_000)),
            ("60:error:organization", Some(60_000)),
            ("60:default;error:organization:reason", Some(60_000)),
            ("2700:session:organization, 60:error:key", Some(2_700_000)),
            (" 60 : session : key ", Some(60_000)),
            ("1.5:error:key", Some(1000)),
            ("86400:transaction;span:organization", None),
            ("60:moon:key", None),
            ("0::key", None),
            ("-5::key", None),
            ("soon::key", None),
            ("", None),
            (",,::,:", None),
            ("99999999999999999999::key", None),
            ("9223372036854775807::key", Some(i64::MAX)),
        ] {
            for status in [200, 429, 503] {
                let reading = read(form(&all), status, Some(limits), "");
                assert_eq!(reading.asked_ms, wanted, "{status} {limits}");
                assert_eq!(reading.usual_ms, (status == 429).then_some(60_000), "{status} {limits}");
            }
        }
        assert_eq!(read(form(&all), 200, None, "").asked_ms, None);
    }

    #[test]
    fn a_receiver_of_sessions_alone_is_not_held_up_by_a_limit_on_errors() {
        let manifest = manifest("");
        let sessions = SentryForm { errors: Vec::new(), ..form(&manifest).clone() };
        for (limits, wanted) in [("60:error:key", None), ("60:default:key", None), ("60:session:key", Some(60_000))] {
            assert_eq!(read(&sessions, 200, Some(limits), "").asked_ms, wanted, "{limits}");
        }
    }

    #[test]
    fn the_key_goes_into_a_header_and_nowhere_else() {
        let manifest = manifest("");
        let digest = Digest::of(b"");
        let made = Made { digest: &digest, newest: Timestamp::from_ms(0) };
        let auth = "Sentry sentry_version=7, sentry_client=telemetry/0.1.0, sentry_key=abc";
        assert_eq!(Sentry::new(form(&manifest)).headers(made), [("x-sentry-auth".to_owned(), auth.to_owned())]);
        assert!(!format!("{manifest:?}").contains("s3cret"), "the secret is kept");
        let shown = manifest.destinations.first().map(|destination| destination.address.shown());
        assert_eq!(shown.as_deref(), Some("https://sentry.example/api/42/envelope/"));
    }

    #[test]
    fn a_wrong_length_makes_it_no_envelope() {
        let manifest = manifest(SESSIONS);
        let good = body(&manifest, &[half(Phase::Started, &[])], &Withheld::default());
        let opened = |text: &str| Sentry::new(form(&manifest)).opened(text.as_bytes());
        assert!(opened(&good).is_some());
        for wrong in [
            good.replace(":182}", ":181}"),
            good.replace(":182}", ":184}"),
            good.replace(":182}", ":18446744073709551615}"),
            good.replace(":182}", ":-1}"),
            good.replace("{}\n", ""),
        ] {
            assert_ne!(wrong, good);
            assert_eq!(opened(&wrong), None, "{wrong}");
        }
        for wrong in ["", "\n", "{}", "[]\n", "{}\n{}\n", "{}\n{\"length\":0}\n\n"] {
            assert!(opened(wrong).is_none(), "{wrong:?}");
        }
    }
}
