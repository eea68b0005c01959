//! Protocol `segment`: `track` calls of Segment's HTTP API, as RudderStack and Jitsu take them too.
//!
//! A document is `{"type","messageId","userId","anonymousId","event","timestamp","properties","context":{"library","app","os","timezone"}}`, keys without
//! a value left out. The write key stands in the body and in `authorization` at once: Jitsu reads either, RudderStack only the
//! header. `userId` and `anonymousId` are both the user id: by the first a workspace can delete, by the second a source. Without a user id the
//! event's own id is the anonymous one, so that nothing joins two events.
//!
//! Promises: Segment is not asked to take the address of the connection (`context.direct`), and Jitsu is asked to forget it, unless the
//! manifest allows it; nothing describes a person (no `traits`); `sentAt` is left out, the event's own time holds. Absent: other calls.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value as Tree;

use crate::manifest::forms::segment::SegmentForm;
use crate::manifest::forms::wrap::{Allowance, Batch};
use crate::manifest::forms::{Form, ProtocolName};
use crate::manifest::tool::Fact;
use crate::payload::answer::{Answer, Meaning, Parts, Reading};
use crate::payload::deletion::{Asked, Order};
use crate::payload::frame::Frame;
use crate::payload::protocol::{BodyLimits, Document, Made, Protocol};
use crate::payload::retries;
use crate::payload::said::{Flat, Said};

/// Most events in a body: what Segment's own libraries send (2500 are taken, and more answered with 200 and thrown away).
const MOST_EVENTS: usize = 100;
/// Most bytes of a body: what Segment's own libraries keep to, under the 500 KB above which it answers 400.
const MOST_BYTES: usize = 475_000;
/// Largest event that Segment takes, bytes: one that is larger travels alone, so that its 400 costs no other event.
const LARGEST_EVENT: usize = 32_000;
/// Facts with a place of their own.
const PLACED: &[Fact] = &[Fact::Version, Fact::Os, Fact::OsRelease, Fact::TimeZone];
/// What a deletion order is called: names of events are titles there.
const ORDER: &str = "Telemetry Deletion Requested";

/// The protocol.
#[derive(Debug, Clone)]
pub struct Segment<'a> {
    options: &'a SegmentForm,
    form: &'a Form,
    frame: Frame,
}

impl<'a> Segment<'a> {
    /// The protocol in this form.
    #[must_use]
    pub fn new(options: &'a SegmentForm, form: &'a Form) -> Self {
        let key = options.key.as_str();
        let frame = Frame::new("{\"batch\":[".to_owned(), format!("],\"writeKey\":\"{key}\"}}"));
        Self { options, form, frame }
    }

    /// What stands before the one event of a body, instead of the brace that opens it.
    fn opening(&self) -> String {
        format!("{{\"writeKey\":\"{}\",", self.options.key.as_str())
    }
}

/// A call as it stands in a body.
fn called<P: Serialize>(track: &Track<'_, P>) -> Document {
    let bytes = serde_json::to_vec(track).unwrap_or_default();
    Document { alone: bytes.len() > LARGEST_EVENT, ..Document::of(bytes) }
}

#[derive(Serialize)]
struct Track<'a, P> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "messageId")]
    id: &'a str,
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(rename = "anonymousId")]
    anonymous: &'a str,
    event: &'a str,
    timestamp: String,
    properties: P,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context<'a>>,
}

#[derive(Serialize)]
struct Context<'a> {
    library: Named<'a>,
    app: Named<'a>,
    #[serde(skip_serializing_if = "Named::is_empty")]
    os: Named<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone: Option<&'a str>,
}

#[derive(Serialize)]
struct Named<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
}

impl Named<'_> {
    const fn is_empty(&self) -> bool {
        self.name.is_none() && self.version.is_none()
    }
}

impl Protocol for Segment<'_> {
    fn name(&self) -> ProtocolName {
        ProtocolName::Segment
    }

    fn limits(&self) -> BodyLimits {
        let documents = if self.options.batch == Batch::Single { 1 } else { MOST_EVENTS };
        BodyLimits { documents, bytes: MOST_BYTES }
    }

    fn document(&self, said: Said<'_>) -> Document {
        let app = self.options.app.as_deref().unwrap_or_else(|| said.manifest.tool.as_str());
        called(&Track {
            kind: "track",
            id: &said.event.id,
            user: said.user(),
            anonymous: said.somebody(),
            event: self.form.name_of(&said.event.name),
            timestamp: said.event.time.rfc3339(),
            properties: Flat { said, placed: PLACED },
            context: Some(Context {
                library: Named { name: Some("telemetry"), version: Some(env!("CARGO_PKG_VERSION")) },
                app: Named { name: Some(app), version: said.fact(Fact::Version) },
                os: Named { name: said.fact(Fact::Os), version: said.fact(Fact::OsRelease) },
                timezone: said.fact(Fact::TimeZone),
            }),
        })
    }

    fn overhead(&self, documents: usize) -> usize {
        match self.options.batch {
            Batch::Single => self.opening().len().saturating_sub(1),
            Batch::Array | Batch::Lines => self.frame.overhead(documents),
        }
    }

    fn body(&self, documents: &[Document]) -> Vec<u8> {
        match self.options.batch {
            Batch::Single => {
                let event = documents.first().and_then(|document| document.bytes.split_first());
                event.map(|(_, rest)| [self.opening().as_bytes(), rest].concat()).unwrap_or_default()
            }
            Batch::Array | Batch::Lines => self.frame.around(documents),
        }
    }

    fn content_type(&self) -> &'static str {
        "application/json"
    }

    fn headers(&self, _made: Made<'_>) -> Vec<(String, String)> {
        // A user name with an empty password, as Segment's own libraries send it; Jitsu takes its keys, ID:WORD, in this form too.
        let basic = STANDARD.encode(format!("{}:", self.options.key.as_str()));
        let mut headers = vec![("authorization".to_owned(), format!("Basic {basic}"))];
        if !self.form.allows(Allowance::Ip) {
            headers.push(("x-ip-policy".to_owned(), "remove".to_owned()));
        }
        headers
    }

    /// Segment says yes to whatever it can read, RudderStack too: delivered. Jitsu counts what it took and names what it did not.
    fn read(&self, answer: &Answer<'_>, events: &[&str]) -> Reading {
        let reading = Reading::of(retries::meaning(self.name(), answer.status));
        let Some(Tree::Object(said)) = answer.json().filter(|_| reading.meaning.is_taken()) else { return reading };
        let number = |key: &str| usize::try_from(said.get(key)?.as_u64()?).ok();
        let Some(taken) = number("okEvents").filter(|taken| *taken <= events.len()) else { return reading };
        if number("receivedEvents") != Some(events.len()) {
            return reading;
        }
        let lost = events.len().saturating_sub(taken);
        if lost == 0 || taken == 0 {
            return Reading::of(if lost == 0 { Meaning::Acknowledged } else { Meaning::Refused });
        }
        let errors = said.get("errors").and_then(Tree::as_array).map(Vec::as_slice).unwrap_or_default();
        let named: Vec<&str> = errors.iter().filter_map(|error| blamed(error.as_str()?)).collect();
        let refused: Vec<usize> = (0..).zip(events).filter(|(_, id)| named.contains(id)).map(|(at, _)| at).collect();
        if refused.len() == lost {
            Reading::part(Parts { refused, ..Parts::default() })
        } else {
            // It counts, and does not name: which ones it took nobody knows.
            Reading { rejected: u64::try_from(lost).unwrap_or(0), ..Reading::of(Meaning::Acknowledged) }
        }
    }

    fn order(&self, order: &Order) -> Option<Vec<u8>> {
        let track: Track<'_, Asked<'_>> = Track {
            kind: "track",
            id: &order.request_id,
            user: order.user(),
            anonymous: order.user().unwrap_or(&order.request_id),
            event: ORDER,
            timestamp: order.time.rfc3339(),
            properties: order.asked(),
            context: None,
        };
        Some(self.body(&[called(&track)]))
    }
}

/// The id in Jitsu's `Message ID: ID: REASON`.
fn blamed(error: &str) -> Option<&str> {
    error.strip_prefix("Message ID: ")?.split(": ").next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::{protocols, sample};

    const ARRAY: &str =
        "url: 'https://t.example', protocol: segment, key: WRITEKEY, app: Acme CLI, names: {build: Build Done}";
    const SINGLE: &str = "url: 'https://t.example', protocol: segment, key: WRITEKEY, batch: single, allow: [ip]";

    #[test]
    fn an_event_with_everything_and_one_with_almost_nothing() {
        for (destination, event, count, body) in [
            (
                ARRAY,
                sample::everything(),
                1,
                r#"{"batch":[{"type":"track","messageId":"63da4e74-c000-4879-aa4f-0b58d1884301","userId":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","anonymousId":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","event":"Build Done","timestamp":"2026-11-21T02:00:00.123Z","properties":{"count":-7,"ok":true,"ratio":0.5,"word":"say \"é\"","purpose":"product","phase":"completed","pair":"p1","project_id":"xyz123","provided_id":"ada@example.org","fact_arch":"x86_64"},"context":{"library":{"name":"telemetry","version":"%V"},"app":{"name":"Acme CLI","version":"1.4.2"},"os":{"name":"linux","version":"6.1"},"timezone":"Europe/Vienna"}}],"writeKey":"WRITEKEY"}"#,
            ),
            (
                SINGLE,
                sample::everything(),
                1,
                r#"{"writeKey":"WRITEKEY","type":"track","messageId":"63da4e74-c000-4879-aa4f-0b58d1884301","userId":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","anonymousId":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","event":"build","timestamp":"2026-11-21T02:00:00.123Z","properties":{"count":-7,"ok":true,"ratio":0.5,"word":"say \"é\"","purpose":"product","phase":"completed","pair":"p1","project_id":"xyz123","provided_id":"ada@example.org","fact_arch":"x86_64"},"context":{"library":{"name":"telemetry","version":"%V"},"app":{"name":"acme","version":"1.4.2"},"os":{"name":"linux","version":"6.1"},"timezone":"Europe/Vienna"}}"#,
            ),
            (
                ARRAY,
                sample::withheld(),
                2,
                r#"{"batch":[{"type":"track","messageId":"63da4e74-c000-4879-aa4f-0b58d1884301","anonymousId":"63da4e74-c000-4879-aa4f-0b58d1884301","event":"Build Done","timestamp":"2026-11-21T02:00:00.123Z","properties":{"purpose":"product","phase":"completed","pair":"p1"},"context":{"library":{"name":"telemetry","version":"%V"},"app":{"name":"Acme CLI"}}},{"type":"track","messageId":"63da4e74-c000-4879-aa4f-0b58d1884301","anonymousId":"63da4e74-c000-4879-aa4f-0b58d1884301","event":"Build Done","timestamp":"2026-11-21T02:00:00.123Z","properties":{"purpose":"product","phase":"completed","pair":"p1"},"context":{"library":{"name":"telemetry","version":"%V"},"app":{"name":"Acme CLI"}}}],"writeKey":"WRITEKEY"}"#,
            ),
        ] {
            assert_eq!(sample::body(destination, &event, count), body.replace("%V", env!("CARGO_PKG_VERSION")));
        }
    }

    #[test]
    fn the_key_stands_in_a_header_too_and_the_address_is_forgotten() {
        for (destination, policy) in [(ARRAY, Some("remove")), (SINGLE, None)] {
            let headers = sample::headers(destination, b"");
            let header =
                |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
            assert_eq!(header("content-type"), Some("application/json"));
            assert_eq!(header("authorization"), Some("Basic V1JJVEVLRVk6"));
            assert_eq!(header("x-ip-policy"), policy);
        }
    }

    #[test]
    fn an_event_that_is_too_large_costs_no_other() {
        let (mut event, who, withheld) = sample::everything();
        let manifest = sample::manifest(ARRAY);
        let spoken = protocols::of(&manifest.destinations[0]);
        assert_eq!(spoken.limits(), BodyLimits { documents: 100, bytes: 475_000 });
        let one = sample::manifest(SINGLE);
        assert_eq!(protocols::of(&one.destinations[0]).limits().documents, 1);
        let mut length = |long: usize| {
            event.fields = vec![("word".to_owned(), crate::manifest::events::Value::Text("x".repeat(long)))];
            let document = spoken.document(Said { manifest: &manifest, event: &event, who: &who, withheld: &withheld });
            (document.bytes.len(), document.alone)
        };
        let (rest, _) = length(0);
        assert_eq!(length(32_000 - rest), (32_000, false));
        assert_eq!(length(32_001 - rest), (32_001, true));
    }

    #[test]
    fn what_a_yes_means() {
        let part = |refused: &[usize]| Reading::part(Parts { refused: refused.to_vec(), ..Parts::default() });
        let counted = |rejected| Reading { rejected, ..Reading::of(Meaning::Acknowledged) };
        let delivered = Reading::of(Meaning::Delivered);
        for (body, reading) in [
            // Segment, RudderStack.
            (r#"{"success":true}"#, delivered.clone()),
            ("OK", delivered.clone()),
            ("", delivered.clone()),
            // Jitsu.
            (r#"{"ok":true,"receivedEvents":3,"okEvents":3}"#, counted(0)),
            (
                r#"{"ok":false,"receivedEvents":3,"okEvents":2,"errors":["Message ID: e1: event error: 'event' property is required"]}"#,
                part(&[1]),
            ),
            (
                r#"{"ok":false,"receivedEvents":3,"okEvents":1,"errors":["Message ID: e2: x","Message ID: e0: Message ID: e1: y"]}"#,
                part(&[0, 2]),
            ),
            (
                r#"{"ok":false,"receivedEvents":3,"okEvents":0,"errors":["Message ID: e0: x","Message ID: e1: x","Message ID: e2: x"]}"#,
                Reading::of(Meaning::Refused),
            ),
            // It counts, and names others than it counts.
            (r#"{"ok":false,"receivedEvents":3,"okEvents":2,"errors":["Message ID: e9: x"]}"#, counted(1)),
            (r#"{"ok":false,"receivedEvents":3,"okEvents":1,"errors":["Message ID: e1: x"]}"#, counted(2)),
            (
                r#"{"ok":false,"receivedEvents":3,"okEvents":2,"errors":["Message ID: e1","Message ID: e1: a","e0: b"]}"#,
                part(&[1]),
            ),
            (r#"{"ok":false,"receivedEvents":3,"okEvents":0}"#, Reading::of(Meaning::Refused)),
            // Of something else.
            (r#"{"ok":true,"receivedEvents":2,"okEvents":2}"#, delivered.clone()),
            (r#"{"ok":true,"receivedEvents":3,"okEvents":4}"#, delivered.clone()),
            (r#"{"ok":true,"receivedEvents":"3","okEvents":3}"#, delivered.clone()),
            (r#"{"ok":true,"receivedEvents":3,"okEvents":-1}"#, delivered.clone()),
            (r#"{"ok":true,"receivedEvents":3,"okEvents":1e400}"#, delivered.clone()),
            (r#"{"ok":false,"receivedEvents":3,"okEvents":2,"errors":{"Message ID: e1: x":1}}"#, counted(1)),
            (r#"{"ok":false,"receivedEvents":3,"okEvents":2,"errors":[7,null,["Message ID: e1: x"]]}"#, counted(1)),
            (r#"[{"ok":true,"receivedEvents":3,"okEvents":3}]"#, delivered.clone()),
        ] {
            assert_eq!(sample::read(ARRAY, 200, body, 3), reading, "{body}");
        }
        let deep = format!("{{\"receivedEvents\":{}", "[".repeat(60_000));
        assert_eq!(sample::read(ARRAY, 200, &deep, 3), delivered);
    }

    #[test]
    fn a_no_is_no_yes_whatever_it_says() {
        let yes = r#"{"ok":true,"receivedEvents":3,"okEvents":3}"#;
        for (status, meaning) in [
            (400, Meaning::Refused),
            (401, Meaning::Misconfigured),
            (404, Meaning::Misconfigured),
            (413, Meaning::Split),
            (429, Meaning::Later),
            (503, Meaning::Later),
        ] {
            assert_eq!(sample::read(ARRAY, status, yes, 3), Reading::of(meaning), "{status}");
        }
    }

    #[test]
    fn a_deletion_order_is_an_event_of_its_own() {
        for (destination, body) in [
            (
                ARRAY,
                r#"{"batch":[{"type":"track","messageId":"a9b0f7a2-6a55-4c39-8b1e-2f4d5e6a7b80","userId":"0f3c2c9e","anonymousId":"0f3c2c9e","event":"Telemetry Deletion Requested","timestamp":"2026-11-21T02:05:00.000Z","properties":{"request_id":"a9b0f7a2-6a55-4c39-8b1e-2f4d5e6a7b80","tool":"acme","ids":[{"kind":"project","id":"xyz123"},{"kind":"user","id":"0f3c2c9e"},{"kind":"user","id":"0ld1d0ld"}]}}],"writeKey":"WRITEKEY"}"#,
            ),
            (
                SINGLE,
                r#"{"writeKey":"WRITEKEY","type":"track","messageId":"a9b0f7a2-6a55-4c39-8b1e-2f4d5e6a7b80","userId":"0f3c2c9e","anonymousId":"0f3c2c9e","event":"Telemetry Deletion Requested","timestamp":"2026-11-21T02:05:00.000Z","properties":{"request_id":"a9b0f7a2-6a55-4c39-8b1e-2f4d5e6a7b80","tool":"acme","ids":[{"kind":"project","id":"xyz123"},{"kind":"user","id":"0f3c2c9e"},{"kind":"user","id":"0ld1d0ld"}]}}"#,
            ),
        ] {
            let manifest = sample::manifest(destination);
            let order = protocols::of(&manifest.destinations[0]).order(&sample::order()).expect("an order");
            assert_eq!(String::from_utf8(order).expect("text"), body);
        }
    }
}
