//! Protocol `posthog`: the capture interfaces v0 (`/batch/`) and v1 (`/i/v1/analytics/events`).
//!
//! A document is `{"timestamp","uuid","event","distinct_id","properties"}`, and has `options` in v1. The
//! user id is `distinct_id`; without one it is the event's own id, so that nothing joins two events. (Words that PostHog takes for
//! nobody's, such as `user`, it takes all the same and makes no profile of.)
//!
//! Promises: no profile of a person is made and no place looked up, unless the manifest allows it; the event's own time holds: v0 gets
//! no `sent_at`, and v1, which wants the time of the request in a header, is told not to correct by it. `posthog-attempt` is always 1: a
//! request is sealed, so it cannot count. Absent: `$ip` and `$set`. That the address of a connection is not kept, a project's owner sets.

mod properties;
pub mod results;

use serde::Serialize;
use serde_json::Value as Tree;

use crate::manifest::forms::posthog::{Interface, PostHogForm};
use crate::manifest::forms::wrap::Allowance;
use crate::manifest::forms::{Form, ProtocolName};
use crate::manifest::tool::Fact;
use crate::payload::answer::{Answer, Meaning, Reading};
use crate::payload::deletion::{self, Order};
use crate::payload::digest::Digest;
use crate::payload::frame::Frame;
use crate::payload::posthog::properties::{Ordered, Properties, Switches, system};
use crate::payload::posthog::results::named;
use crate::payload::protocol::{BodyLimits, Document, Made, Protocol};
use crate::payload::retries;
use crate::payload::said::{Flat, Said};

/// Most events of a body: an answer of v1 names each in some hundred bytes, and 64 KiB of an answer are read.
const MOST_EVENTS: usize = 500;
/// Most bytes of a body: of one event 1 MB is taken, of a batch 20 MB, and a lost one would be dear.
const MOST_BYTES: usize = 950_000;
/// Facts with a place of their own.
const PLACED: &[Fact] = &[Fact::Version, Fact::Os, Fact::OsRelease, Fact::TimeZone];
/// How a document of v1 begins: a body says when the youngest was made.
const TIMED: &[u8] = b"{\"timestamp\":\"";
/// Bytes of a time such as `2026-11-21T02:00:00.000Z`.
const TIME: usize = 24;
/// How long to wait after a 429 that asks for nothing, milliseconds: a full quota lasts, and the libraries give up at once.
const LIMITED_MS: i64 = 60 * 60 * 1000;
/// The program, as `NAME/VERSION`.
const PROGRAM: &str = concat!("telemetry/", env!("CARGO_PKG_VERSION"));

/// The protocol.
#[derive(Debug, Clone)]
pub struct PostHog<'a> {
    options: &'a PostHogForm,
    form: &'a Form,
    frame: Frame,
}

impl<'a> PostHog<'a> {
    /// The protocol in this form.
    #[must_use]
    pub fn new(options: &'a PostHogForm, form: &'a Form) -> Self {
        Self { options, form, frame: framed(options, &"0".repeat(TIME)) }
    }

    /// Of v1: whether a profile may be made.
    fn told(&self, profile: bool) -> Option<Told> {
        let told = Told { process_person_profile: (!profile).then_some(false), disable_skew_correction: true };
        (self.options.interface == Interface::Events).then_some(told)
    }

    /// What stands among the properties, in either interface or in v0 alone.
    fn asked_not(&self, profile: bool, geo: bool) -> Switches {
        let alone = self.options.interface == Interface::Batch;
        Switches {
            profile: (alone && !profile).then_some(false),
            no_place: (!geo).then_some(true),
            library: alone.then_some("telemetry"),
            version: alone.then_some(env!("CARGO_PKG_VERSION")),
        }
    }
}

fn framed(options: &PostHogForm, newest: &str) -> Frame {
    let before = match options.interface {
        Interface::Batch => format!("{{\"api_key\":\"{}\",\"batch\":[", options.key.as_str()),
        Interface::Events => format!("{{\"created_at\":\"{newest}\",\"batch\":["),
    };
    Frame::new(before, "]}".to_owned())
}

#[derive(Serialize)]
struct Captured<'a, P> {
    /// First, so that a body can say when its youngest was made.
    timestamp: String,
    uuid: &'a str,
    event: &'a str,
    distinct_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Told>,
    properties: P,
}

/// Options of v1.
#[derive(Serialize)]
struct Told {
    #[serde(skip_serializing_if = "Option::is_none")]
    process_person_profile: Option<bool>,
    disable_skew_correction: bool,
}

fn captured<P: Serialize>(event: &Captured<'_, P>) -> Document {
    Document::of(serde_json::to_vec(event).unwrap_or_default())
}

/// The time with which a document begins; none of another length than usual, which is no moment of this age.
fn time_of(document: &[u8]) -> Option<&str> {
    let time = document.strip_prefix(TIMED)?.get(..TIME)?;
    std::str::from_utf8(time).ok().filter(|time| time.ends_with('Z'))
}

/// The id of a request, a UUID made from the body's digest (version 8): the same on every attempt.
fn request_id(digest: &Digest) -> String {
    let hex = digest.as_str().rsplit(':').next().unwrap_or_default();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}

impl Protocol for PostHog<'_> {
    fn name(&self) -> ProtocolName {
        ProtocolName::PostHog
    }

    fn limits(&self) -> BodyLimits {
        BodyLimits { documents: MOST_EVENTS, bytes: MOST_BYTES }
    }

    fn document(&self, said: Said<'_>) -> Document {
        let profile = self.form.allows(Allowance::Profiles);
        captured(&Captured {
            timestamp: said.event.time.rfc3339(),
            uuid: &said.event.id,
            event: self.form.name_of(&said.event.name),
            distinct_id: said.somebody(),
            options: self.told(profile),
            properties: Properties {
                said: Flat { said, placed: PLACED },
                app: self.options.app.as_deref().unwrap_or_else(|| said.manifest.tool.as_str()),
                version: said.fact(Fact::Version),
                os: said.fact(Fact::Os).map(system),
                os_release: said.fact(Fact::OsRelease),
                time_zone: said.fact(Fact::TimeZone),
                switches: self.asked_not(profile, self.form.allows(Allowance::Geo)),
            },
        })
    }

    fn overhead(&self, documents: usize) -> usize {
        self.frame.overhead(documents)
    }

    fn body(&self, documents: &[Document]) -> Vec<u8> {
        match self.options.interface {
            Interface::Batch => self.frame.around(documents),
            Interface::Events => {
                let newest = documents.iter().filter_map(|document| time_of(&document.bytes)).max();
                framed(self.options, newest.unwrap_or("1970-01-01T00:00:00.000Z")).around(documents)
            }
        }
    }

    fn content_type(&self) -> &'static str {
        "application/json"
    }

    fn headers(&self, made: Made<'_>) -> Vec<(String, String)> {
        match self.options.interface {
            Interface::Batch => Vec::new(),
            Interface::Events => [
                ("authorization", format!("Bearer {}", self.options.key.as_str())),
                ("posthog-sdk-info", PROGRAM.to_owned()),
                ("posthog-attempt", "1".to_owned()),
                ("posthog-request-id", request_id(made.digest)),
                ("posthog-request-timestamp", made.newest.rfc3339()),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        }
    }

    /// v0 says yes to whatever it can read; a project that is over its quota it tells so at most in that yes, and keeps nothing. v1
    /// names each event. A 429 waits as long as it says, or as long as after any trouble: that it is the month's quota is no reason to ask
    /// more often, and none to throw away what the next month takes.
    fn read(&self, answer: &Answer<'_>, events: &[&str]) -> Reading {
        let mut reading = Reading::of(retries::meaning(self.name(), answer.status));
        reading.usual_ms = (answer.status == 429).then_some(LIMITED_MS);
        let Some(Tree::Object(said)) = answer.json().filter(|_| reading.meaning.is_taken()) else { return reading };
        match self.options.interface {
            Interface::Batch => {
                let limited = said.get("quota_limited").and_then(Tree::as_array);
                let ours = limited.is_some_and(|what| what.iter().any(|one| one == "events"));
                if ours { Reading::of(Meaning::Refused) } else { reading }
            }
            Interface::Events => said
                .get("results")
                .and_then(Tree::as_object)
                .and_then(|results| named(results, events))
                .unwrap_or(reading),
        }
    }

    fn order(&self, order: &Order) -> Option<Vec<u8>> {
        let document = captured(&Captured {
            timestamp: order.time.rfc3339(),
            uuid: &order.request_id,
            event: deletion::EVENT,
            distinct_id: order.user().unwrap_or(&order.request_id),
            options: self.told(false),
            properties: Ordered { asked: order.asked(), switches: self.asked_not(false, false) },
        });
        Some(self.body(&[document]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::clock::Timestamp;
    use crate::payload::{protocols, sample};

    const BATCH: &str =
        "url: 'https://t.example', protocol: posthog, key: phc_KEY, app: Acme CLI, names: {build: build done}";
    const EVENTS: &str = "url: 'https://t.example', protocol: posthog, key: phc_KEY, form: events";
    const BATCH_ALL: &str = "url: 'https://t.example', protocol: posthog, key: phc_KEY, allow: [geo, profiles]";
    const EVENTS_ALL: &str =
        "url: 'https://t.example', protocol: posthog, key: phc_KEY, form: events, allow: [profiles, geo]";

    #[test]
    fn an_event_with_everything_and_one_with_almost_nothing() {
        for (destination, event, body) in [
            (
                BATCH,
                sample::everything(),
                r#"{"api_key":"phc_KEY","batch":[{"timestamp":"2026-11-21T02:00:00.123Z","uuid":"63da4e74-c000-4879-aa4f-0b58d1884301","event":"build done","distinct_id":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","properties":{"count":-7,"ok":true,"ratio":0.5,"word":"say \"é\"","purpose":"product","phase":"completed","pair":"p1","project_id":"xyz123","provided_id":"ada@example.org","fact_arch":"x86_64","$app_name":"Acme CLI","$app_version":"1.4.2","$os":"Linux","$os_version":"6.1","$timezone":"Europe/Vienna","$process_person_profile":false,"$geoip_disable":true,"$lib":"telemetry","$lib_version":"%V"}}]}"#,
            ),
            (
                EVENTS,
                sample::everything(),
                r#"{"created_at":"2026-11-21T02:00:00.123Z","batch":[{"timestamp":"2026-11-21T02:00:00.123Z","uuid":"63da4e74-c000-4879-aa4f-0b58d1884301","event":"build","distinct_id":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","options":{"process_person_profile":false,"disable_skew_correction":true},"properties":{"count":-7,"ok":true,"ratio":0.5,"word":"say \"é\"","purpose":"product","phase":"completed","pair":"p1","project_id":"xyz123","provided_id":"ada@example.org","fact_arch":"x86_64","$app_name":"acme","$app_version":"1.4.2","$os":"Linux","$os_version":"6.1","$timezone":"Europe/Vienna","$geoip_disable":true}}]}"#,
            ),
            (
                BATCH_ALL,
                sample::everything(),
                r#"{"api_key":"phc_KEY","batch":[{"timestamp":"2026-11-21T02:00:00.123Z","uuid":"63da4e74-c000-4879-aa4f-0b58d1884301","event":"build","distinct_id":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","properties":{"count":-7,"ok":true,"ratio":0.5,"word":"say \"é\"","purpose":"product","phase":"completed","pair":"p1","project_id":"xyz123","provided_id":"ada@example.org","fact_arch":"x86_64","$app_name":"acme","$app_version":"1.4.2","$os":"Linux","$os_version":"6.1","$timezone":"Europe/Vienna","$lib":"telemetry","$lib_version":"%V"}}]}"#,
            ),
            (
                EVENTS_ALL,
                sample::everything(),
                r#"{"created_at":"2026-11-21T02:00:00.123Z","batch":[{"timestamp":"2026-11-21T02:00:00.123Z","uuid":"63da4e74-c000-4879-aa4f-0b58d1884301","event":"build","distinct_id":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","options":{"disable_skew_correction":true},"properties":{"count":-7,"ok":true,"ratio":0.5,"word":"say \"é\"","purpose":"product","phase":"completed","pair":"p1","project_id":"xyz123","provided_id":"ada@example.org","fact_arch":"x86_64","$app_name":"acme","$app_version":"1.4.2","$os":"Linux","$os_version":"6.1","$timezone":"Europe/Vienna"}}]}"#,
            ),
            (
                BATCH,
                sample::withheld(),
                r#"{"api_key":"phc_KEY","batch":[{"timestamp":"2026-11-21T02:00:00.123Z","uuid":"63da4e74-c000-4879-aa4f-0b58d1884301","event":"build done","distinct_id":"63da4e74-c000-4879-aa4f-0b58d1884301","properties":{"purpose":"product","phase":"completed","pair":"p1","$app_name":"Acme CLI","$process_person_profile":false,"$geoip_disable":true,"$lib":"telemetry","$lib_version":"%V"}}]}"#,
            ),
        ] {
            assert_eq!(sample::body(destination, &event, 1), body.replace("%V", env!("CARGO_PKG_VERSION")));
        }
    }

    #[test]
    fn a_request_of_v1_depends_on_nothing_but_its_body_and_its_events() {
        let expected = [
            ("content-type", "application/json"),
            ("authorization", "Bearer phc_KEY"),
            ("posthog-sdk-info", PROGRAM),
            ("posthog-attempt", "1"),
            ("posthog-request-id", "e3b0c442-98fc-81c1-a49a-fbf4c8996fb9"),
            ("posthog-request-timestamp", "2026-11-21T02:00:00.123Z"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(sample::headers(EVENTS, b""), expected);
        assert_ne!(sample::headers(EVENTS, b"a"), expected);
        assert_eq!(sample::headers(BATCH, b""), expected[..1]);
        assert!(uuid::Uuid::try_parse(&request_id(&Digest::of(b"a"))).is_ok());
    }

    #[test]
    fn a_body_of_v1_is_as_young_as_its_youngest_event() {
        let manifest = sample::manifest(EVENTS);
        let spoken = protocols::of(&manifest.destinations[0]);
        let (mut event, who, withheld) = sample::everything();
        let mut at = |ms| {
            event.time = Timestamp::from_ms(ms);
            spoken.document(Said { manifest: &manifest, event: &event, who: &who, withheld: &withheld })
        };
        let (old, young, none) = (at(0), at(86_400_000), at(i64::MAX));
        for (documents, created) in [
            (vec![old.clone(), young.clone(), old.clone()], "1970-01-02T00:00:00.000Z"),
            (vec![young, none.clone()], "1970-01-02T00:00:00.000Z"),
            (vec![none], "1970-01-01T00:00:00.000Z"),
        ] {
            let body = String::from_utf8(spoken.body(&documents)).expect("text");
            assert!(body.starts_with(&format!("{{\"created_at\":\"{created}\",\"batch\":[")), "{body}");
        }
    }

    #[test]
    fn what_a_yes_of_v0_means() {
        for (body, meaning) in [
            (r#"{"status":1}"#, Meaning::Delivered),
            (r#"{"status":1,"quota_limited":["events"]}"#, Meaning::Refused),
            (r#"{"status":1,"quota_limited":["recordings"]}"#, Meaning::Delivered),
            (r#"{"status":1,"quota_limited":"events"}"#, Meaning::Delivered),
            ("", Meaning::Delivered),
        ] {
            assert_eq!(sample::read(BATCH, 200, body, 2), Reading::of(meaning), "{body}");
        }
    }

    #[test]
    fn what_a_yes_of_v1_means() {
        for (body, meaning) in [
            (r#"{"results":{"e0":{"result":"ok"},"e1":{"result":"warning"}}}"#, Meaning::Acknowledged),
            (r#"{"results":{"e0":{"result":"ok"},"e1":{"result":"drop"}}}"#, Meaning::Part),
            (r#"{"results":[{"result":"drop"}]}"#, Meaning::Delivered),
            (r#"{"status":1,"quota_limited":["events"]}"#, Meaning::Delivered),
            ("", Meaning::Delivered),
        ] {
            assert_eq!(sample::read(EVENTS, 200, body, 2).meaning, meaning, "{body}");
        }
    }

    #[test]
    fn a_no_is_no_yes_whatever_it_says() {
        let yes = r#"{"status":1,"results":{"e0":{"result":"ok"}}}"#;
        for (status, meaning) in [(401, Meaning::Misconfigured), (413, Meaning::Split), (429, Meaning::Later)] {
            let usual_ms = (status == 429).then_some(3_600_000);
            for destination in [BATCH, EVENTS] {
                let reading = Reading { usual_ms, ..Reading::of(meaning) };
                assert_eq!(sample::read(destination, status, yes, 1), reading, "{status}");
            }
        }
    }

    #[test]
    fn a_deletion_order_is_an_event_of_its_own() {
        for (destination, body) in [
            (
                BATCH_ALL,
                r#"{"api_key":"phc_KEY","batch":[{"timestamp":"2026-11-21T02:05:00.000Z","uuid":"a9b0f7a2-6a55-4c39-8b1e-2f4d5e6a7b80","event":"telemetry_deletion_request","distinct_id":"0f3c2c9e","properties":{"request_id":"a9b0f7a2-6a55-4c39-8b1e-2f4d5e6a7b80","tool":"acme","ids":[{"kind":"project","id":"xyz123"},{"kind":"user","id":"0f3c2c9e"},{"kind":"user","id":"0ld1d0ld"}],"$process_person_profile":false,"$geoip_disable":true,"$lib":"telemetry","$lib_version":"%V"}}]}"#,
            ),
            (
                EVENTS_ALL,
                r#"{"created_at":"2026-11-21T02:05:00.000Z","batch":[{"timestamp":"2026-11-21T02:05:00.000Z","uuid":"a9b0f7a2-6a55-4c39-8b1e-2f4d5e6a7b80","event":"telemetry_deletion_request","distinct_id":"0f3c2c9e","options":{"process_person_profile":false,"disable_skew_correction":true},"properties":{"request_id":"a9b0f7a2-6a55-4c39-8b1e-2f4d5e6a7b80","tool":"acme","ids":[{"kind":"project","id":"xyz123"},{"kind":"user","id":"0f3c2c9e"},{"kind":"user","id":"0ld1d0ld"}],"$geoip_disable":true}}]}"#,
            ),
        ] {
            let manifest = sample::manifest(destination);
            let order = protocols::of(&manifest.destinations[0]).order(&sample::order()).expect("an order");
            let order = String::from_utf8(order).expect("text");
            assert_eq!(order, body.replace("%V", env!("CARGO_PKG_VERSION")));
        }
    }
}
