//! A manifest as it would be if its events went to a receiver of another protocol, with stand-ins for what it does not say.
//!
//! Promises: a stand-in is named as one; addresses are the vendors' own or of `.example`, and nothing is ever sent there. Absent: bodies.

use serde_json::{Value as Tree, json};

use crate::manifest::forms::ProtocolName;
use crate::manifest::written::Written;
use crate::manifest::written::destination::WrittenDestination;

/// A manifest told in one protocol.
#[derive(Debug, Clone)]
pub struct Told {
    /// The manifest.
    pub written: Written,
    /// Keys of its destination that are stand-ins; none where the manifest has a destination of the protocol.
    pub stand_ins: Vec<String>,
}

/// The events of `source` that go to `destination` (all, where none is named), told in `protocol`: to the destinations that speak it, else
/// to one that stands in.
#[must_use]
pub fn told(source: &Written, protocol: ProtocolName, destination: Option<&str>) -> Told {
    let mut written = source.clone();
    written.deletion.clear();
    let speaks = |one: &WrittenDestination| one.protocol.as_deref().unwrap_or("json") == protocol.as_str();
    let wanted = |name: &str| destination.is_none_or(|wanted| wanted == name);
    if source.destinations.iter().any(|(name, one)| wanted(name) && speaks(one)) {
        return Told { written, stand_ins: Vec::new() };
    }
    let goes = |to: Option<&Vec<String>>| to.is_none_or(|to| to.iter().any(|name| wanted(name)));
    let events = source.events.iter().filter(|(_, event)| goes(event.destinations.as_ref()));
    written.events = events
        .map(|(name, event)| {
            let mut event = event.clone();
            event.destinations = None;
            (name.to_owned(), event)
        })
        .collect();
    let events: Vec<&str> = written.events.iter().map(|(name, _)| name).collect();
    let standing = standing(protocol, &events);
    let stand_ins = standing.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
    let mut destination: Option<WrittenDestination> = serde_json::from_value(standing).ok();
    if let Some(destination) = &mut destination {
        destination.protocol = Some(protocol.as_str().to_owned());
    }
    written.destinations = destination.map(|one| (protocol.as_str().to_owned(), one)).into_iter().collect();
    Told { written, stand_ins }
}

/// What a destination of this protocol needs.
fn standing(protocol: ProtocolName, events: &[&str]) -> Tree {
    match protocol {
        ProtocolName::Json => json!({"url": "https://telemetry.example/v1"}),
        ProtocolName::Snowplow => {
            let name = |event: &str| event.replace(['.', '-'], "_");
            let schema = |event: &&str| format!("iglu:com.example/{}/jsonschema/1-0-0", name(event));
            let schemas: serde_json::Map<String, Tree> =
                events.iter().map(|event| ((*event).to_owned(), Tree::String(schema(event)))).collect();
            json!({"url": "https://collector.example/", "schemas": schemas})
        }
        ProtocolName::Segment => json!({"url": "https://api.segment.io/", "key": "WRITE_KEY"}),
        ProtocolName::Amplitude => json!({"url": "https://api2.amplitude.com/", "key": "API_KEY"}),
        ProtocolName::PostHog => json!({"url": "https://us.i.posthog.com/", "key": "phc_PROJECT_KEY"}),
        ProtocolName::Sentry => json!({"dsn": "https://PUBLICKEY@sentry.example/1"}),
        ProtocolName::Otlp => json!({"url": "http://localhost:4318/"}),
        ProtocolName::CloudEvents => json!({"url": "https://events.example/"}),
    }
}
