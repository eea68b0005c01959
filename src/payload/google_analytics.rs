//! What Google Analytics would be told: views, which are shown and never sent.
//!
//! Two forms: `google_analytics` is the Measurement Protocol of Google Analytics 4, `universal_analytics` the one before it (version 1),
//! which the tools of its time spoke and which no server takes any more. Neither is a protocol of a destination: the first needs a
//! secret that would ship to every user, and both answer 2xx to whatever they then drop, so that no receipt would mean anything.
//!
//! Promises: bounds of the receiver are kept as a sender would have to. Absent: any address that is asked.

use serde_json::{Map, Value as Tree, json};
use url::form_urlencoded::{Serializer, parse};

use crate::manifest::events::Value;
use crate::payload::said::Said;

/// Most events in a request, most parameters of an event, longest name and longest value of Google Analytics 4.
const EVENTS: usize = 25;
const PARAMETERS: usize = 25;
const NAME: usize = 40;
const VALUE: usize = 100;
/// Names that begin so are Google's own.
const RESERVED: [&str; 5] = ["_", "firebase_", "ga_", "google_", "gtag."];
/// Most hits in a batch and the longest label, bytes, of the protocol before it.
const HITS: usize = 20;
const LABEL: usize = 500;

/// A form in which Google Analytics would be told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Google Analytics 4.
    Measurement,
    /// Universal Analytics, switched off in 2023.
    Universal,
}

impl View {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Measurement, Self::Universal];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Measurement => "google_analytics",
            Self::Universal => "universal_analytics",
        }
    }

    /// Where it would go, with stand-ins for what only a property's owner has.
    #[must_use]
    pub const fn address(self) -> &'static str {
        match self {
            Self::Measurement => {
                "https://www.google-analytics.com/mp/collect?measurement_id=G-XXXXXXXXXX&api_secret=SECRET"
            }
            Self::Universal => "https://www.google-analytics.com/batch",
        }
    }

    /// What of it stands in for something.
    #[must_use]
    pub const fn stand_ins(self) -> &'static [&'static str] {
        match self {
            Self::Measurement => &["measurement_id", "api_secret"],
            Self::Universal => &["tid"],
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Measurement => "application/json",
            Self::Universal => "application/x-www-form-urlencoded",
        }
    }

    /// The body that tells of these events, as many as one request takes.
    #[must_use]
    pub fn body(self, events: &[Said<'_>]) -> Vec<u8> {
        match self {
            Self::Measurement => measurement(events),
            Self::Universal => {
                let hits: Vec<String> = events.iter().take(HITS).map(|said| hit(*said)).collect();
                hits.join("\n").into_bytes()
            }
        }
    }

    /// How many of so many events are in that body.
    #[must_use]
    pub fn taken(self, events: usize) -> usize {
        events.min(match self {
            Self::Measurement => EVENTS,
            Self::Universal => HITS,
        })
    }

    /// The body as a person reads it.
    #[must_use]
    pub fn opened(self, body: &[u8]) -> Option<Tree> {
        match self {
            Self::Measurement => serde_json::from_slice(body).ok(),
            Self::Universal => {
                let hit = |line: &[u8]| {
                    let pairs = parse(line).map(|(key, value)| (key.into_owned(), Tree::String(value.into_owned())));
                    Tree::Object(pairs.collect())
                };
                Some(Tree::Array(body.split(|byte| *byte == b'\n').map(hit).collect()))
            }
        }
    }
}

/// One request is about one client: events about somebody else would stand in another.
fn measurement(events: &[Said<'_>]) -> Vec<u8> {
    let client = events.first().map_or_else(String::new, |said| said.somebody().to_owned());
    let event = |said: &Said<'_>| {
        let params: Map<String, Tree> = said
            .properties(&[])
            .into_iter()
            .take(PARAMETERS)
            .map(|(name, value)| (named(&name), parameter(value)))
            .collect();
        let micros = said.event.time.ms().saturating_mul(1000);
        json!({"name": named(&said.event.name), "timestamp_micros": micros, "params": params})
    };
    let events: Vec<Tree> = events.iter().take(EVENTS).map(event).collect();
    let consent = json!({"ad_user_data": "DENIED", "ad_personalization": "DENIED"});
    let body = json!({"client_id": client, "non_personalized_ads": true, "consent": consent, "events": events});
    serde_json::to_vec(&body).unwrap_or_default()
}

/// A name as it takes them: a letter, then letters, digits and `_`.
fn named(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let lead =
        !plain.starts_with(|c: char| c.is_ascii_alphabetic()) || RESERVED.iter().any(|own| name.starts_with(own));
    let name = if lead { format!("x_{plain}") } else { plain };
    name.chars().take(NAME).collect()
}

/// Numbers as they are, everything else as a text of the length that is kept.
fn parameter(value: Tree) -> Tree {
    match value {
        Tree::Number(number) => Tree::Number(number),
        Tree::String(text) => Tree::String(text.chars().take(VALUE).collect()),
        other => Tree::String(other.to_string()),
    }
}

/// One hit: what of the event has a place goes there, the rest is its label.
fn hit(said: Said<'_>) -> String {
    let fields: Vec<String> = said.fields().map(|(name, value)| format!("{name}={}", text(value))).collect();
    let mut label = fields.join("; ");
    while label.len() > LABEL {
        label.pop();
    }
    let number = said.fields().find_map(|(_, value)| match value {
        Value::Integer(number) if *number >= 0 => Some(number.to_string()),
        Value::Integer(_) | Value::Bool(_) | Value::Number(_) | Value::Text(_) => None,
    });
    let version = said.fact(crate::manifest::tool::Fact::Version);
    let mut hit = Serializer::new(String::new());
    // Any value of `aip` asks for the address to be shortened, and of `npa` for no advertisements.
    hit.append_pair("v", "1").append_pair("tid", "UA-XXXXXXXX-1").append_pair("cid", &hyphenated(said.somebody()));
    hit.append_pair("t", "event").append_pair("ec", said.manifest.tool.as_str()).append_pair("ea", &said.event.name);
    hit.append_pair("el", &label);
    if let Some(number) = number {
        hit.append_pair("ev", &number);
    }
    hit.append_pair("an", said.manifest.tool.as_str());
    if let Some(version) = version {
        hit.append_pair("av", version);
    }
    hit.append_pair("ds", "cli").append_pair("aip", "1").append_pair("npa", "1");
    hit.finish()
}

fn text(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::Text(text) => text.clone(),
    }
}

/// 32 hex digits as the UUID that a client id is; anything else as it is.
fn hyphenated(id: &str) -> String {
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| id.get(group));
    let hex = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex { groups.into_iter().flatten().collect::<Vec<_>>().join("-") } else { id.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::answer::Withheld;
    use crate::host::clock::Timestamp;
    use crate::identity::ids::Id;
    use crate::manifest::parse;
    use crate::manifest::tool::Fact;
    use crate::payload::event::{Event, Who};

    const SOURCE: &str = "manifest: 1\ntool: acme\ntitle: A\nconsent: opt-in\nfacts: [version]\nevents:\n  ga_run.done:\n    \
        description: E\n    purpose: p\n    fields:\n      n: {type: integer, description: N}\n      ok: {type: boolean, \
        description: O}\n      note: {type: text, pattern: '.*', longest: 200, description: T}\ndestinations: {d: {file: d.jsonl}}\n";

    fn bodies(note: &str) -> [String; 2] {
        let manifest = parse::manifest(SOURCE.as_bytes()).expect("valid");
        let fields = [("n", Value::Integer(7)), ("ok", Value::Bool(true)), ("note", Value::Text(note.to_owned()))];
        let event = Event {
            id: "63da4e74-0000-4000-8000-000000000000".to_owned(),
            name: "ga_run.done".to_owned(),
            time: Timestamp::from_ms(1_795_226_400_000),
            pair: None,
            fields: fields.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            facts: vec![(Fact::Version, "1.2.3".to_owned())],
        };
        let who = Who { user: Id::new("0f3c2c9e8c9d4d0e9a577a8f7d9a6f11").ok(), ..Who::default() };
        let said = Said { manifest: &manifest, event: &event, who: &who, withheld: &Withheld::default() };
        View::ALL.map(|view| String::from_utf8(view.body(&[said])).expect("text"))
    }

    #[test]
    fn both_forms_byte_for_byte() {
        let [four, one] = bodies("a b & c");
        assert_eq!(
            four,
            r#"{"client_id":"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11","non_personalized_ads":true,"consent":{"ad_user_data":"DENIED","ad_personalization":"DENIED"},"events":[{"name":"x_ga_run_done","timestamp_micros":1795226400000000,"params":{"n":7,"ok":"true","note":"a b & c","purpose":"p","fact_version":"1.2.3"}}]}"#
        );
        assert_eq!(
            one,
            "v=1&tid=UA-XXXXXXXX-1&cid=0f3c2c9e-8c9d-4d0e-9a57-7a8f7d9a6f11&t=event&ec=acme&ea=ga_run.done&el=n%3D7%3B+ok%3Dtrue%3B+note%3Da+b+%26+c&ev=7&an=acme&av=1.2.3&ds=cli&aip=1&npa=1"
        );
        let opened = View::Universal.opened(one.as_bytes()).expect("opened");
        assert_eq!(
            (&opened[0]["el"], &opened[0]["cid"]),
            (&json!("n=7; ok=true; note=a b & c"), &json!("0f3c2c9e-8c9d-4d0e-9a57-7a8f7d9a6f11"))
        );
    }

    #[test]
    fn bounds_are_kept() {
        let [four, one] = bodies(&"ä".repeat(300));
        let four: Tree = serde_json::from_str(&four).expect("JSON");
        assert_eq!(four["events"][0]["params"]["note"].as_str().map(|text| text.chars().count()), Some(VALUE));
        let label = View::Universal.opened(one.as_bytes()).expect("opened")[0]["el"].as_str().map(str::len);
        assert!(label.is_some_and(|length| (LABEL - 4..=LABEL).contains(&length)), "{label:?}");
        assert_eq!((View::Measurement.taken(99), View::Universal.taken(99), View::Universal.taken(3)), (25, 20, 3));
        assert_eq!(
            (named("1st"), named("a-b.c"), named(&"a".repeat(99)).len()),
            ("x_1st".to_owned(), "a_b_c".to_owned(), 40)
        );
    }
}
