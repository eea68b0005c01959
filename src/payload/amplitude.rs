//! Protocol `amplitude`: batch event upload, or HTTP V2, of one form.
//!
//! A document is `{"user_id","device_id","event_type","time","insert_id","app_version","os_name","os_version","ip","event_properties",
//! "$skip_user_properties_sync"}`, keys without a value left out. Both `user_id` and `device_id` are the user id: Amplitude deletes by the
//! first and drops repeats (`insert_id`) by the second. Without a user id the event's own id is the device, so that nothing joins two events.
//!
//! Promises: no profile of a person is built and no address looked at, unless the manifest allows it; no text is longer than the 1024
//! characters that are taken (the longest of a manifest is 256). Absent: compression, which no document of theirs mentions.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value as Tree};

use crate::manifest::forms::amplitude::{AmplitudeForm, Interface};
use crate::manifest::forms::wrap::Allowance;
use crate::manifest::forms::{Form, ProtocolName};
use crate::manifest::tool::Fact;
use crate::payload::answer::{Answer, Meaning, Parts, Reading};
use crate::payload::deletion::{self, Asked, Order};
use crate::payload::frame::Frame;
use crate::payload::protocol::{BodyLimits, Document, Protocol};
use crate::payload::retries;
use crate::payload::said::{Flat, Said};

/// Most bytes of a body: of HTTP V2 it has to be under 1 MB; of a batch 20 MB are taken, and a lost one would be dear.
const MOST_BYTES: usize = 950_000;
/// Most events of a batch: what one id may send in a second (2000 are taken).
const MOST_IN_BATCH: usize = 1000;
/// Most events of a request of HTTP V2: what Amplitude advises (under 2000 are taken).
const MOST_IN_REQUEST: usize = 10;
/// How long an id that sends too fast waits, milliseconds: the rate is taken over half a minute.
const THROTTLED_MS: i64 = 30_000;
/// How long an id that sent too much waits, milliseconds: its day rolls on hour by hour.
const OVER_QUOTA_MS: i64 = 60 * 60 * 1000;
/// Facts with a place of their own.
const PLACED: &[Fact] = &[Fact::Version, Fact::Os, Fact::OsRelease];
/// Ids that are refused, in any case, of those that an id can be: programs that lost theirs send them.
const NOBODY: [&str; 10] = [
    "anonymous",
    "nil",
    "none",
    "null",
    "na",
    "undefined",
    "unknown",
    "00000000-0000-0000-0000-000000000000",
    "lmy47d",
    "0",
];

/// The protocol.
#[derive(Debug, Clone)]
pub struct Amplitude<'a> {
    options: &'a AmplitudeForm,
    form: &'a Form,
    frame: Frame,
}

impl<'a> Amplitude<'a> {
    /// The protocol in this form.
    #[must_use]
    pub fn new(options: &'a AmplitudeForm, form: &'a Form) -> Self {
        let before = format!("{{\"api_key\":\"{}\",\"events\":[", options.key.as_str());
        // Ids of a profile may be shorter than the five characters that are wanted otherwise: those would be dropped without a word.
        Self { options, form, frame: Frame::new(before, "],\"options\":{\"min_id_length\":1}}".to_owned()) }
    }
}

#[derive(Serialize)]
struct Upload<'a, P> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    device_id: &'a str,
    event_type: &'a str,
    time: i64,
    insert_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    os_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    os_version: Option<&'a str>,
    /// Only this word makes Amplitude look at where a request comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<&'static str>,
    event_properties: P,
    #[serde(rename = "$skip_user_properties_sync", skip_serializing_if = "std::ops::Not::not")]
    skip_profile: bool,
}

/// An id that is taken.
fn known(id: &str) -> bool {
    id != "-1" && !NOBODY.iter().any(|nobody| nobody.eq_ignore_ascii_case(id))
}

impl Protocol for Amplitude<'_> {
    fn name(&self) -> ProtocolName {
        ProtocolName::Amplitude
    }

    fn limits(&self) -> BodyLimits {
        let documents = match self.options.interface {
            Interface::Batch => MOST_IN_BATCH,
            Interface::HttpApi => MOST_IN_REQUEST,
        };
        BodyLimits { documents, bytes: MOST_BYTES }
    }

    fn document(&self, said: Said<'_>) -> Document {
        let user = said.user().filter(|id| known(id));
        let upload = Upload {
            user_id: user,
            device_id: user.unwrap_or(&said.event.id),
            event_type: self.form.name_of(&said.event.name),
            time: said.event.time.ms(),
            insert_id: &said.event.id,
            app_version: said.fact(Fact::Version),
            os_name: said.fact(Fact::Os),
            os_version: said.fact(Fact::OsRelease),
            ip: self.form.allows(Allowance::Ip).then_some("$remote"),
            event_properties: Flat { said, placed: PLACED },
            skip_profile: !self.form.allows(Allowance::Profiles),
        };
        Document::of(serde_json::to_vec(&upload).unwrap_or_default())
    }

    fn overhead(&self, documents: usize) -> usize {
        self.frame.overhead(documents)
    }

    fn body(&self, documents: &[Document]) -> Vec<u8> {
        self.frame.around(documents)
    }

    fn content_type(&self) -> &'static str {
        "application/json"
    }

    /// A yes counts what was taken. Of a 400 the events that are named are refused, and of a 429 they wait; in both cases nothing was
    /// taken, and the others go out again without them.
    fn read(&self, answer: &Answer<'_>, events: &[&str]) -> Reading {
        let reading = Reading::of(retries::meaning(self.name(), answer.status));
        let said = match answer.json() {
            Some(Tree::Object(said)) => said,
            Some(_) | None => Map::new(),
        };
        match answer.status {
            200..=299 => counted(&said, events.len()).unwrap_or(reading),
            400 => invalid(&said, events.len()).unwrap_or(reading),
            429 => throttled(&said, events.len()),
            _ => reading,
        }
    }

    fn order(&self, order: &Order) -> Option<Vec<u8>> {
        let user = order.user().filter(|id| known(id));
        let upload: Upload<'_, Asked<'_>> = Upload {
            user_id: user,
            device_id: user.unwrap_or(&order.request_id),
            event_type: deletion::EVENT,
            time: order.time.ms(),
            insert_id: &order.request_id,
            app_version: None,
            os_name: None,
            os_version: None,
            ip: None,
            event_properties: order.asked(),
            skip_profile: true,
        };
        Some(self.body(&[Document::of(serde_json::to_vec(&upload).unwrap_or_default())]))
    }
}

fn counted(said: &Map<String, Tree>, all: usize) -> Option<Reading> {
    let taken = said.get("events_ingested")?.as_u64()?;
    let rejected = u64::try_from(all).ok()?.checked_sub(taken)?;
    Some(Reading { rejected, ..Reading::of(Meaning::Acknowledged) })
}

fn invalid(said: &Map<String, Tree>, all: usize) -> Option<Reading> {
    let error = said.get("error").and_then(Tree::as_str).unwrap_or_default();
    let missing = said.get("missing_field").and_then(Tree::as_str).unwrap_or_default();
    if missing == "api_key" || error.to_ascii_lowercase().starts_with("invalid api key") {
        return Some(Reading::of(Meaning::Misconfigured));
    }
    let mut refused = places(said.get("silenced_events"), all);
    for key in ["events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths"] {
        let fields = said.get(key).and_then(Tree::as_object).into_iter().flat_map(Map::values);
        refused.extend(fields.flat_map(|field| places(Some(field), all)));
    }
    let later = places(said.get("throttled_events"), all);
    if refused.is_empty() && later.is_empty() {
        // It names none: nothing says that any of them would be taken.
        return None;
    }
    Some(shared(refused, later, all, THROTTLED_MS))
}

fn throttled(said: &Map<String, Tree>, all: usize) -> Reading {
    let over = ["exceeded_daily_quota_users", "exceeded_daily_quota_devices"];
    let over = over.iter().filter_map(|key| said.get(*key)?.as_object()).any(|ids| !ids.is_empty());
    let later = places(said.get("throttled_events"), all);
    let later = if later.is_empty() { (0..all).collect() } else { later };
    shared(BTreeSet::new(), later, all, if over { OVER_QUOTA_MS } else { THROTTLED_MS })
}

/// What becomes of a body of which some events are refused, some wait for `wait_ms`, and the rest was not taken for their sake.
fn shared(refused: BTreeSet<usize>, later: BTreeSet<usize>, all: usize, wait_ms: i64) -> Reading {
    let asked_ms = (!later.is_empty()).then_some(wait_ms);
    if refused.len() == all {
        return Reading::of(Meaning::Refused);
    }
    if later.len() == all {
        return Reading { asked_ms, ..Reading::of(Meaning::Later) };
    }
    let again = (0..all).filter(|place| !refused.contains(place) && !later.contains(place)).collect();
    let parts = Parts { refused: refused.into_iter().collect(), again, later: later.into_iter().collect() };
    Reading { asked_ms, ..Reading::part(parts) }
}

/// Places of events in a list, of those that there are.
fn places(list: Option<&Tree>, all: usize) -> BTreeSet<usize> {
    let list = list.and_then(Tree::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|place| usize::try_from(place.as_u64()?).ok()).filter(|place| *place < all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::ids::Id;
    use crate::payload::{protocols, sample};

    const BATCH: &str = "url: 'https://t.example', protocol: amplitude, key: APIKEY, names: {build: build done}";
    const HTTP: &str =
        "url: 'https://t.example', protocol: amplitude, key: APIKEY, form: httpapi, allow: [ip, profiles]";

    #[test]
    fn an_event_with_everything_and_one_with_almost_nothing() {
        for (destination, event, count, body) in [
            (
                BATCH,
                sample::everything(),
                1,
                r#"{"api_key":"APIKEY","events":[{"user_id":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","device_id":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","event_type":"build done","time":1795226400123,"insert_id":"63da4e74-c000-4879-aa4f-0b58d1884301","app_version":"1.4.2","os_name":"linux","os_version":"6.1","event_properties":{"count":-7,"ok":true,"ratio":0.5,"word":"say \"é\"","purpose":"product","phase":"completed","pair":"p1","project_id":"xyz123","provided_id":"ada@example.org","fact_arch":"x86_64","fact_time_zone":"Europe/Vienna"},"$skip_user_properties_sync":true}],"options":{"min_id_length":1}}"#,
            ),
            (
                HTTP,
                sample::everything(),
                1,
                r#"{"api_key":"APIKEY","events":[{"user_id":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","device_id":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","event_type":"build","time":1795226400123,"insert_id":"63da4e74-c000-4879-aa4f-0b58d1884301","app_version":"1.4.2","os_name":"linux","os_version":"6.1","ip":"$remote","event_properties":{"count":-7,"ok":true,"ratio":0.5,"word":"say \"é\"","purpose":"product","phase":"completed","pair":"p1","project_id":"xyz123","provided_id":"ada@example.org","fact_arch":"x86_64","fact_time_zone":"Europe/Vienna"}}],"options":{"min_id_length":1}}"#,
            ),
            (
                BATCH,
                sample::withheld(),
                2,
                r#"{"api_key":"APIKEY","events":[{"device_id":"63da4e74-c000-4879-aa4f-0b58d1884301","event_type":"build done","time":1795226400123,"insert_id":"63da4e74-c000-4879-aa4f-0b58d1884301","event_properties":{"purpose":"product","phase":"completed","pair":"p1"},"$skip_user_properties_sync":true},{"device_id":"63da4e74-c000-4879-aa4f-0b58d1884301","event_type":"build done","time":1795226400123,"insert_id":"63da4e74-c000-4879-aa4f-0b58d1884301","event_properties":{"purpose":"product","phase":"completed","pair":"p1"},"$skip_user_properties_sync":true}],"options":{"min_id_length":1}}"#,
            ),
        ] {
            assert_eq!(sample::body(destination, &event, count), body);
        }
    }

    #[test]
    fn an_id_that_is_refused_is_nobodys() {
        for nobody in ["unknown", "NULL", "-1", "0", "Anonymous", "00000000-0000-0000-0000-000000000000"] {
            let (event, mut who, withheld) = sample::everything();
            who.user = Id::new(nobody).ok();
            let body = sample::body(BATCH, &(event, who, withheld), 1);
            assert!(body.contains(r#"[{"device_id":"63da4e74-c000-4879-aa4f-0b58d1884301","event_type""#), "{body}");
        }
        let (event, mut who, withheld) = sample::everything();
        who.user = Id::new("abc").ok();
        let body = sample::body(BATCH, &(event, who, withheld), 1);
        assert!(body.contains(r#"[{"user_id":"abc","device_id":"abc","#), "{body}");
    }

    #[test]
    fn a_body_is_cut_where_its_interface_wants_it() {
        for (destination, documents) in [(BATCH, 1000), (HTTP, 10)] {
            let manifest = sample::manifest(destination);
            let limits = protocols::of(&manifest.destinations[0]).limits();
            assert_eq!(limits, BodyLimits { documents, bytes: 950_000 });
        }
    }

    /// A reading of parts: what is refused, what goes out again, what waits for how long.
    fn part(refused: &[usize], again: &[usize], later: &[usize], asked_ms: Option<i64>) -> Reading {
        let parts = Parts { refused: refused.into(), again: again.into(), later: later.into() };
        Reading { asked_ms, ..Reading::part(parts) }
    }

    fn wait(asked_ms: i64) -> Reading {
        Reading { asked_ms: Some(asked_ms), ..Reading::of(Meaning::Later) }
    }

    #[test]
    fn what_a_yes_means() {
        let counted = |rejected| Reading { rejected, ..Reading::of(Meaning::Acknowledged) };
        for (body, reading) in [
            (r#"{"code":200,"events_ingested":4,"payload_size_bytes":9,"server_upload_time":1}"#, counted(0)),
            (r#"{"code":200,"events_ingested":3}"#, counted(1)),
            (r#"{"code":200,"events_ingested":5}"#, Reading::of(Meaning::Delivered)),
            (r#"{"code":200,"events_ingested":-1}"#, Reading::of(Meaning::Delivered)),
            (r#"{"code":200,"events_ingested":"4"}"#, Reading::of(Meaning::Delivered)),
            (r#"{"code":200}"#, Reading::of(Meaning::Delivered)),
            ("success", Reading::of(Meaning::Delivered)),
        ] {
            assert_eq!(sample::read(BATCH, 200, body, 4), reading, "{body}");
        }
    }

    #[test]
    fn of_a_400_what_is_named_is_refused_and_the_rest_goes_out_again() {
        for (body, reading) in [
            (r#"{"code":400,"error":"Invalid API key: APIKEY"}"#, Reading::of(Meaning::Misconfigured)),
            (
                r#"{"code":400,"error":"Request missing required field","missing_field":"api_key"}"#,
                Reading::of(Meaning::Misconfigured),
            ),
            (
                r#"{"code":400,"events_with_invalid_fields":{"time":[1,1],"ip":[3]},"events_with_missing_fields":{"event_type":[1]}}"#,
                part(&[1, 3], &[0, 2], &[], None),
            ),
            (r#"{"code":400,"events_with_invalid_id_lengths":{"user_id":[0]}}"#, part(&[0], &[1, 2, 3], &[], None)),
            (
                r#"{"code":400,"error":"Events silenced for device_id","silenced_events":[2],"throttled_events":[3]}"#,
                part(&[2], &[0, 1], &[3], Some(30_000)),
            ),
            (r#"{"code":400,"silenced_events":[3,2,1,0]}"#, Reading::of(Meaning::Refused)),
            // It names none, or none that there is.
            (r#"{"code":400,"error":"Bad Request"}"#, Reading::of(Meaning::Refused)),
            (
                r#"{"code":400,"events_with_invalid_fields":{"time":[4,99999999999999999999,-1,1.5,"1",null,[1]]}}"#,
                Reading::of(Meaning::Refused),
            ),
            (
                r#"{"code":400,"events_with_invalid_fields":[1],"events_with_missing_fields":{"a":1}}"#,
                Reading::of(Meaning::Refused),
            ),
            ("[]", Reading::of(Meaning::Refused)),
            ("<html>", Reading::of(Meaning::Refused)),
        ] {
            assert_eq!(sample::read(BATCH, 400, body, 4), reading, "{body}");
        }
        let deep = format!("{{\"silenced_events\":{}", "[".repeat(60_000));
        assert_eq!(sample::read(BATCH, 400, &deep, 4), Reading::of(Meaning::Refused));
    }

    #[test]
    fn of_a_429_what_is_named_waits_and_the_rest_goes_out_again() {
        for (body, reading) in [
            (
                r#"{"code":429,"throttled_devices":{"d":31},"throttled_events":[1,2]}"#,
                part(&[], &[0, 3], &[1, 2], Some(30_000)),
            ),
            (r#"{"code":429,"throttled_events":[0,1,2,3]}"#, wait(30_000)),
            (r#"{"code":429,"throttled_events":[0,1,2,3],"exceeded_daily_quota_users":{"u":500200}}"#, wait(3_600_000)),
            (r#"{"code":429,"exceeded_daily_quota_devices":{"d":500900}}"#, wait(3_600_000)),
            (r#"{"code":429,"exceeded_daily_quota_devices":{},"throttled_events":[9]}"#, wait(30_000)),
            (r#"{"code":429,"throttled_events":{"0":0},"exceeded_daily_quota_users":7}"#, wait(30_000)),
            ("", wait(30_000)),
        ] {
            assert_eq!(sample::read(BATCH, 429, body, 4), reading, "{body}");
        }
    }

    #[test]
    fn other_noes_are_what_their_status_says() {
        let named = r#"{"events_ingested":4,"throttled_events":[1],"silenced_events":[2]}"#;
        for (status, meaning) in
            [(403, Meaning::Misconfigured), (413, Meaning::Split), (422, Meaning::Refused), (503, Meaning::Later)]
        {
            assert_eq!(sample::read(HTTP, status, named, 4), Reading::of(meaning), "{status}");
        }
    }

    #[test]
    fn a_deletion_order_is_an_event_of_its_own() {
        let manifest = sample::manifest(HTTP);
        let order = protocols::of(&manifest.destinations[0]).order(&sample::order()).expect("an order");
        assert_eq!(
            String::from_utf8(order).expect("text"),
            r#"{"api_key":"APIKEY","events":[{"user_id":"0f3c2c9e","device_id":"0f3c2c9e","event_type":"telemetry_deletion_request","time":1795226700000,"insert_id":"a9b0f7a2-6a55-4c39-8b1e-2f4d5e6a7b80","event_properties":{"request_id":"a9b0f7a2-6a55-4c39-8b1e-2f4d5e6a7b80","tool":"acme","ids":[{"kind":"project","id":"xyz123"},{"kind":"user","id":"0f3c2c9e"},{"kind":"user","id":"0ld1d0ld"}]},"$skip_user_properties_sync":true}],"options":{"min_id_length":1}}"#
        );
    }
}
