//! Which protocol a destination speaks, and how its bodies are packed.
//!
//! Promises: one row a protocol; the same documents give the same packed bytes. Absent: the protocols themselves.

use std::io::{Read, Write};

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value as Tree;

use crate::host::clock::Timestamp;
use crate::manifest::destinations::Destination;
use crate::manifest::forms::Speech;
use crate::manifest::forms::wrap::{Allowance, Compression};
use crate::payload::amplitude::Amplitude;
use crate::payload::answer::{Answer, Reading};
use crate::payload::cloudevents::CloudEvents;
use crate::payload::deletion::Order;
use crate::payload::json::Json;
use crate::payload::lost::Lost;
use crate::payload::otlp::Otlp;
use crate::payload::posthog::PostHog;
use crate::payload::protocol::{BodyLimits, Document, Made, Protocol};
use crate::payload::said::Said;
use crate::payload::segment::Segment;
use crate::payload::sentry::Sentry;
use crate::payload::snowplow::Snowplow;

/// Most bytes that a body is unpacked to, to be looked at: far above any limit of a protocol.
const UNPACKED: u64 = 64 * 1024 * 1024;

/// A destination's protocol, with its packing.
pub struct Spoken<'a> {
    protocol: Box<dyn Protocol + 'a>,
    compression: Compression,
}

/// What a destination is spoken to in.
#[must_use]
pub fn of(destination: &Destination) -> Spoken<'_> {
    let form = &destination.form;
    let protocol: Box<dyn Protocol> = match &form.speech {
        Speech::Json(options) => Box::new(Json::new(options)),
        Speech::Sentry(options) => Box::new(Sentry::new(options)),
        Speech::Segment(options) => Box::new(Segment::new(options, form)),
        Speech::Amplitude(options) => Box::new(Amplitude::new(options, form)),
        Speech::PostHog(options) => Box::new(PostHog::new(options, form)),
        Speech::Snowplow(options) => Box::new(Snowplow::new(options, form.allows(Allowance::Ip))),
        Speech::Otlp(options) => Box::new(Otlp::new(form, options)),
        Speech::CloudEvents(options) => Box::new(CloudEvents::new(form, options)),
    };
    Spoken { protocol, compression: form.compression }
}

impl Spoken<'_> {
    /// Bounds of one body.
    #[must_use]
    pub fn limits(&self) -> BodyLimits {
        self.protocol.limits()
    }

    /// The document of one event.
    #[must_use]
    pub fn document(&self, said: Said<'_>) -> Document {
        self.protocol.document(said)
    }

    /// Bytes of a body beside its documents' own and what they share.
    #[must_use]
    pub fn overhead(&self, documents: usize) -> usize {
        self.protocol.overhead(documents)
    }

    /// The body of these documents as on the wire.
    #[must_use]
    pub fn body(&self, documents: &[Document]) -> Vec<u8> {
        self.packed(self.protocol.body(documents))
    }

    /// The body of a deletion order as on the wire; `None` where the protocol has none.
    #[must_use]
    pub fn order(&self, order: &Order) -> Option<Vec<u8>> {
        self.protocol.order(order).map(|body| self.packed(body))
    }

    /// A further document of a body, that tells what was lost.
    #[must_use]
    pub fn report(&self, lost: &Lost, newest: Timestamp) -> Option<Document> {
        self.protocol.report(lost, newest)
    }

    /// Headers that the form of the body brings, the media type first.
    #[must_use]
    pub fn headers(&self, made: Made<'_>) -> Vec<(String, String)> {
        let mut headers = vec![("content-type".to_owned(), self.protocol.content_type().to_owned())];
        if self.compression == Compression::Gzip {
            headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
        }
        headers.extend(self.protocol.headers(made));
        headers
    }

    /// What an answer means; `events` are the ids of what was in the body, in its order.
    #[must_use]
    pub fn read(&self, answer: &Answer<'_>, events: &[&str]) -> Reading {
        self.protocol.read(answer, events)
    }

    /// The body as a person reads it: unpacked, and all that is coded within it opened.
    #[must_use]
    pub fn opened(&self, body: &[u8]) -> Option<Tree> {
        match self.compression {
            Compression::None => self.protocol.opened(body),
            Compression::Gzip => self.protocol.opened(&unpacked(body)?),
        }
    }

    fn packed(&self, body: Vec<u8>) -> Vec<u8> {
        match self.compression {
            Compression::None => body,
            Compression::Gzip => {
                // No name and no time in its head: the same body packs to the same bytes.
                let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::default());
                let packed = packer.write_all(&body).and_then(|()| packer.finish());
                // Writing into memory does not fail.
                packed.unwrap_or_default()
            }
        }
    }
}

fn unpacked(body: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    MultiGzDecoder::new(body).take(UNPACKED).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::manifest::forms::ProtocolName;
    use crate::payload::sample;

    #[test]
    fn a_form_without_an_order_is_one_whose_protocol_has_none() {
        let schemas = "schemas: {build: 'iglu:com.acme/build/jsonschema/1-0-0'}";
        let snowplow = format!("protocol: snowplow, {schemas}");
        let webhook = format!("protocol: snowplow, form: webhook, {schemas}");
        let (mut seen, mut without) = (BTreeSet::new(), 0);
        for keys in [
            "protocol: json",
            "protocol: json, batch: single",
            "protocol: json, batch: lines, compression: gzip",
            "protocol: sentry",
            "protocol: segment, key: k",
            "protocol: segment, key: k, batch: single",
            "protocol: amplitude, key: k",
            "protocol: amplitude, key: k, form: batch",
            "protocol: posthog, key: k",
            "protocol: posthog, key: k, form: events",
            &snowplow,
            &webhook,
            "protocol: otlp",
            "protocol: otlp, follow: otel",
            "protocol: cloudevents",
            "protocol: cloudevents, batch: single",
        ] {
            let address =
                if keys.contains("sentry") { "dsn: 'https://k@t.example/1'" } else { "url: 'https://t.example'" };
            let manifest = sample::manifest(&format!("{address}, {keys}"));
            let mut destination = manifest.destinations.first().expect("a destination").clone();
            let mut agree = |destination: &Destination| {
                let order = of(destination).order(&sample::order());
                assert_eq!(order.is_none(), destination.form.no_order().is_some(), "{keys}");
                without += usize::from(order.is_none());
            };
            agree(&destination);
            // Where no event goes.
            if let Speech::Snowplow(form) = &mut destination.form.speech {
                form.schemas.clear();
                agree(&destination);
            }
            seen.insert(destination.form.speech.protocol().as_str());
        }
        assert_eq!((seen.len(), without), (ProtocolName::ALL.len(), 3));
    }
}
