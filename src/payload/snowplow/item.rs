//! One item of the tracker protocol, and data with their schema: the shapes alone.
//!
//! Promises: keys come in the order written here; no tree of them is made. Absent: what an event says (`said`).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value as Tree;

use crate::manifest::forms::snowplow::{Encoding, IN_DATA};
use crate::payload::said::Flat;

const EVENT: &str = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0";
const ENTITIES: &str = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1";

/// What an item says of its event outside of the event's own data.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The application.
    pub app: &'a str,
    /// The event's id.
    pub id: &'a str,
    /// The user id.
    pub user: Option<&'a str>,
    /// When it was recorded, milliseconds since 1970.
    pub time: i64,
}

/// Data with their schema.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SelfDescribing<'a, T> {
    /// The schema's address.
    pub schema: &'a str,
    /// The data.
    pub data: T,
}

/// The webhook's data: [`IN_DATA`], then what every protocol says.
#[derive(Debug, Clone, Copy)]
pub struct InData<'a>(pub Flat<'a>);

impl Serialize for InData<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let said = self.0.said;
        let time = said.event.time.rfc3339();
        let mut map = to.serialize_map(None)?;
        for (name, value) in IN_DATA.into_iter().zip([Some(said.event.id.as_str()), Some(&time), said.user()]) {
            if let Some(value) = value {
                map.serialize_entry(name, value)?;
            }
        }
        self.0.entries(&mut map)?;
        map.end()
    }
}

/// One of the tracker protocol's `data`: every value is a text.
#[derive(Serialize)]
struct Item<'a> {
    e: &'a str,
    p: &'a str,
    tv: &'a str,
    tna: &'a str,
    aid: &'a str,
    eid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'a str>,
    dtm: &'a str,
    ttm: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ue_px: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ue_pr: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cx: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    co: Option<&'a str>,
}

/// The item of an event with these entities.
#[must_use]
pub fn item<T: Serialize>(
    encoding: Encoding,
    head: Head<'_>,
    event: &SelfDescribing<'_, T>,
    entities: &[SelfDescribing<'_, Tree>],
) -> Vec<u8> {
    let event = text(encoding, &SelfDescribing { schema: EVENT, data: event });
    let entities = (!entities.is_empty()).then(|| text(encoding, &SelfDescribing { schema: ENTITIES, data: entities }));
    let time = head.time.to_string();
    let (base64, plain) = match encoding {
        Encoding::Base64 => ((Some(event.as_str()), entities.as_deref()), (None, None)),
        Encoding::Plain => ((None, None), (Some(event.as_str()), entities.as_deref())),
    };
    bytes(&Item {
        e: "ue",
        p: "app",
        tv: concat!("telemetry-", env!("CARGO_PKG_VERSION")),
        tna: "telemetry",
        aid: head.app,
        eid: head.id,
        uid: head.user,
        dtm: &time,
        ttm: &time,
        ue_px: base64.0,
        ue_pr: plain.0,
        cx: base64.1,
        co: plain.1,
    })
}

/// A value as JSON.
#[must_use]
pub fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    // Mappings with texts for keys, written into memory: it does not fail.
    serde_json::to_vec(value).unwrap_or_default()
}

fn text<T: Serialize>(encoding: Encoding, value: &T) -> String {
    match encoding {
        Encoding::Base64 => URL_SAFE.encode(bytes(value)),
        Encoding::Plain => serde_json::to_string(value).unwrap_or_default(),
    }
}

/// What stands coded at this key of an item, opened; both alphabets of base64 are in use.
#[must_use]
pub fn open(key: &str, text: &str) -> Option<Tree> {
    match key {
        "ue_px" | "cx" => {
            let bytes = URL_SAFE.decode(text).or_else(|_| STANDARD.decode(text)).ok()?;
            serde_json::from_slice(&bytes).ok()
        }
        "ue_pr" | "co" => serde_json::from_str(text).ok(),
        _ => None,
    }
}
