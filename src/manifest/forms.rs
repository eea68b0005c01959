//! How events become bodies: the protocol of a destination, with what it needs to know.
//!
//! Promises: each protocol's options are its own type, in a file of its own; a key that means nothing for a protocol is a problem.
//! Absent: bytes (`payload/`).

pub mod amplitude;
pub mod cloudevents;
pub mod follow;
pub mod iglu;
pub mod json;
pub mod key;
pub mod otlp;
pub mod posthog;
pub mod segment;
pub mod sentry;
pub mod snowplow;
pub mod wrap;

use crate::identity::names::EventName;
use crate::manifest::forms::amplitude::AmplitudeForm;
use crate::manifest::forms::cloudevents::CloudEventsForm;
use crate::manifest::forms::follow::Following;
use crate::manifest::forms::json::JsonForm;
use crate::manifest::forms::otlp::OtlpForm;
use crate::manifest::forms::posthog::PostHogForm;
use crate::manifest::forms::segment::SegmentForm;
use crate::manifest::forms::sentry::SentryForm;
use crate::manifest::forms::snowplow::SnowplowForm;
use crate::manifest::forms::wrap::{Allowance, Compression};
use crate::manifest::template::Reference;

/// The form of a destination.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// The protocol and its options.
    pub speech: Speech,
    /// How a body is packed.
    pub compression: Compression,
    /// What the receiver is let do beside taking the events; nothing unless said.
    pub allowed: Vec<Allowance>,
    /// What the receiver calls an event, where that is not its name.
    pub names: Vec<(EventName, String)>,
}

impl Form {
    /// Of these options, and nothing beside them.
    #[must_use]
    pub const fn plain(speech: Speech) -> Self {
        Self { speech, compression: Compression::None, allowed: Vec::new(), names: Vec::new() }
    }

    /// All of it as texts, to be told from any other form. What is as usual is left out, so that a key which a later program knows
    /// leaves every form without it as it was.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let mut parts = vec![self.speech.protocol().as_str().to_owned()];
        parts.extend(self.speech.parts());
        if self.compression == Compression::Gzip {
            parts.push("gzip".to_owned());
        }
        parts.extend(self.allowed.iter().map(|allowance| format!("allow {}", allowance.as_str())));
        parts.extend(self.names.iter().map(|(event, theirs)| format!("name {event} {theirs}")));
        parts
    }

    /// Why no deletion order can go as an event of this form, where none can.
    #[must_use]
    pub const fn no_order(&self) -> Option<&'static str> {
        self.speech.no_order()
    }

    /// Whether the receiver is told how many events were lost.
    #[must_use]
    pub const fn reports(&self) -> bool {
        matches!(&self.speech, Speech::Sentry(form) if form.reports)
    }

    /// Whether events that go there may say this id at all.
    #[must_use]
    pub fn says(&self, id: Reference<'_>) -> bool {
        match &self.speech {
            Speech::Json(form) => form.document.as_ref().is_none_or(|document| document.refers(id)),
            Speech::Sentry(form) => !form.errors.is_empty() || (id == Reference::UserId && form.profiles),
            Speech::Snowplow(_)
            | Speech::Segment(_)
            | Speech::Amplitude(_)
            | Speech::PostHog(_)
            | Speech::Otlp(_)
            | Speech::CloudEvents(_) => true,
        }
    }

    /// Whether the receiver is let do this.
    #[must_use]
    pub fn allows(&self, allowance: Allowance) -> bool {
        self.allowed.contains(&allowance)
    }

    /// What the receiver calls the event of this name.
    #[must_use]
    pub fn name_of<'a>(&'a self, event: &'a str) -> &'a str {
        self.names.iter().find(|(name, _)| name.as_str() == event).map_or(event, |(_, theirs)| theirs)
    }
}

/// A protocol with its options.
#[derive(Debug, Clone, PartialEq)]
pub enum Speech {
    /// `json`.
    Json(JsonForm),
    /// `sentry`.
    Sentry(SentryForm),
    /// `segment`.
    Segment(SegmentForm),
    /// `amplitude`.
    Amplitude(AmplitudeForm),
    /// `posthog`.
    PostHog(PostHogForm),
    /// `snowplow`.
    Snowplow(SnowplowForm),
    /// `otlp`.
    Otlp(OtlpForm),
    /// `cloudevents`.
    CloudEvents(CloudEventsForm),
}

impl Speech {
    /// The path at which its receivers listen, for an address that has none.
    #[must_use]
    pub const fn path(&self) -> Option<&'static str> {
        match self {
            // The whole address of Sentry's is made from the DSN.
            Self::Json(_) | Self::Sentry(_) | Self::CloudEvents(_) => None,
            Self::Snowplow(form) => Some(form.path()),
            Self::Segment(form) => Some(form.path()),
            Self::Amplitude(form) => Some(form.path()),
            Self::PostHog(form) => Some(form.path()),
            Self::Otlp(_) => Some("/v1/logs"),
        }
    }

    /// What its receivers are told in the address of this tool's destination, where that tells nothing itself.
    #[must_use]
    pub fn query<'a>(&'a self, tool: &'a str) -> Vec<(&'static str, &'a str)> {
        match self {
            Self::Snowplow(form) => form.query(tool),
            Self::Json(_)
            | Self::Segment(_)
            | Self::Amplitude(_)
            | Self::PostHog(_)
            | Self::Sentry(_)
            | Self::Otlp(_)
            | Self::CloudEvents(_) => Vec::new(),
        }
    }

    /// What the operator's variables say of it, where it follows them.
    #[must_use]
    pub const fn following(&self) -> Option<&Following> {
        match self {
            Self::Otlp(form) => form.follow.as_ref(),
            Self::Json(_)
            | Self::Snowplow(_)
            | Self::Segment(_)
            | Self::Amplitude(_)
            | Self::PostHog(_)
            | Self::Sentry(_)
            | Self::CloudEvents(_) => None,
        }
    }

    /// The public key by which its receivers know whose events they get: under another one, others get them at the same address.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Segment(form) => Some(form.key.as_str()),
            Self::Amplitude(form) => Some(form.key.as_str()),
            Self::PostHog(form) => Some(form.key.as_str()),
            Self::Sentry(form) => form.key.as_deref(),
            Self::Json(_) | Self::Snowplow(_) | Self::Otlp(_) | Self::CloudEvents(_) => None,
        }
    }

    /// Why no deletion order can go as an event in it, where none can: the protocol's `order` gives nothing then.
    const fn no_order(&self) -> Option<&'static str> {
        match self {
            // The order would name ids to whoever a variable names by then.
            Self::Otlp(form) if form.follow.is_some() => {
                Some("it follows variables, so that an order could go where no event went")
            }
            Self::Snowplow(form) => form.no_order(),
            Self::Json(_)
            | Self::Segment(_)
            | Self::Amplitude(_)
            | Self::PostHog(_)
            | Self::Sentry(_)
            | Self::Otlp(_)
            | Self::CloudEvents(_) => None,
        }
    }

    /// Headers that it sets itself, in lower case: a manifest that had one too would send it twice.
    #[must_use]
    pub const fn headers(&self) -> &'static [&'static str] {
        match self {
            // Snowplow's form tells of its own, with what leaves it out.
            Self::Json(_) | Self::Snowplow(_) | Self::Amplitude(_) | Self::Otlp(_) | Self::CloudEvents(_) => &[],
            Self::Segment(_) => &["authorization", "x-ip-policy"],
            Self::PostHog(form) => form.headers(),
            Self::Sentry(_) => &["x-sentry-auth"],
        }
    }

    fn parts(&self) -> Vec<String> {
        match self {
            Self::Json(form) => form.parts(),
            Self::Sentry(form) => form.parts(),
            Self::Segment(form) => form.parts(),
            Self::Amplitude(form) => form.parts(),
            Self::PostHog(form) => form.parts(),
            Self::Snowplow(form) => form.parts(),
            Self::Otlp(form) => form.parts(),
            Self::CloudEvents(form) => form.parts(),
        }
    }

    /// Which protocol it is.
    #[must_use]
    pub const fn protocol(&self) -> ProtocolName {
        match self {
            Self::Json(_) => ProtocolName::Json,
            Self::Sentry(_) => ProtocolName::Sentry,
            Self::Segment(_) => ProtocolName::Segment,
            Self::Amplitude(_) => ProtocolName::Amplitude,
            Self::PostHog(_) => ProtocolName::PostHog,
            Self::Snowplow(_) => ProtocolName::Snowplow,
            Self::Otlp(_) => ProtocolName::Otlp,
            Self::CloudEvents(_) => ProtocolName::CloudEvents,
        }
    }
}

/// A protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProtocolName {
    /// A webhook that takes JSON documents.
    Json,
    /// The tracker protocol of Snowplow's collector, or its Iglu webhook.
    Snowplow,
    /// Segment's HTTP API, as RudderStack and Jitsu take it too.
    Segment,
    /// Amplitude's HTTP V2 and batch API.
    Amplitude,
    /// PostHog's capture API.
    PostHog,
    /// Sentry's envelopes.
    Sentry,
    /// OpenTelemetry logs over HTTP.
    Otlp,
    /// CloudEvents over HTTP.
    CloudEvents,
}

impl ProtocolName {
    /// All of them, as manifests name them.
    pub const ALL: [Self; 8] = [
        Self::Json,
        Self::Snowplow,
        Self::Segment,
        Self::Amplitude,
        Self::PostHog,
        Self::Sentry,
        Self::Otlp,
        Self::CloudEvents,
    ];

    /// The word in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Snowplow => "snowplow",
            Self::Segment => "segment",
            Self::Amplitude => "amplitude",
            Self::PostHog => "posthog",
            Self::Sentry => "sentry",
            Self::Otlp => "otlp",
            Self::CloudEvents => "cloudevents",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::tests::{Case, hold};

    /// A destination of the manifest that is changed.
    const WEB: &str = "    protocol: json\n    method: PUT\n    headers: {X-Key: abc}\n    batch: single\n    document:\n      \
        who: $user_id\n      what: [$event, $field.count, $fact.os]\n";

    /// Holds the problems of a destination that has these lines instead.
    fn told(lines: &[&str], problems: &'static [&'static str]) {
        let lines: String = lines.iter().map(|line| format!("    {line}\n")).collect();
        let case: Case = (WEB, Box::leak(lines.into_boxed_str()), problems);
        hold(&[case]);
    }

    #[test]
    fn a_key_is_needed_and_plain() {
        let missing =
            &["line 54: destinations.web: the key is missing: the public one, with which the receiver takes events"];
        for protocol in ["protocol: segment", "protocol: amplitude", "protocol: posthog"] {
            told(&[protocol], missing);
            told(&[protocol, "key: K_1-2.3:4"], &[]);
            for key in ["'a b'", "\"a\\nb: c\"", "'a\"}'", "''"] {
                let form = &["line 57: destinations.web.key: not a key: it takes 1 to 200 of A-Z a-z 0-9 _ - . :"];
                told(&[protocol, &format!("key: {key}")], form);
            }
        }
        told(
            &["protocol: posthog", "key: phx_abc"],
            &["line 57: destinations.web.key: a secret key, which may do more than write: a manifest is public"],
        );
    }

    #[test]
    fn words_are_those_of_their_protocol() {
        told(&["protocol: segment", "key: k", "batch: array", "app: A", "compression: gzip", "allow: [ip]"], &[]);
        told(&["protocol: segment", "key: k", "names: {run: A Title}"], &[]);
        told(&["protocol: amplitude", "key: k", "form: httpapi", "allow: [profiles, ip]"], &[]);
        told(&["protocol: posthog", "key: k", "form: events", "app: A", "compression: gzip", "allow: [geo]"], &[]);
        told(
            &["protocol: segment", "key: k", "batch: lines", "allow: [geo]", "form: batch"],
            &[
                "line 58: destinations.web.batch: \"lines\" is not one of: single, array",
                "line 59: destinations.web.allow[0]: it means nothing for the protocol segment",
                "line 60: destinations.web.form: it means nothing for the protocol segment",
            ],
        );
        told(
            &["protocol: amplitude", "key: k", "form: events", "compression: gzip", "app: A", "batch: single"],
            &[
                "line 58: destinations.web.form: \"events\" is not one of: batch, httpapi",
                "line 59: destinations.web.compression: it means nothing for the protocol amplitude",
                "line 60: destinations.web.app: it means nothing for the protocol amplitude",
                "line 61: destinations.web.batch: it means nothing for the protocol amplitude",
            ],
        );
        told(
            &["protocol: posthog", "key: k", "allow: [ip, ip]", "form: httpapi", "app: ''"],
            &[
                "line 58: destinations.web.allow[1]: \"ip\" stands twice",
                "line 58: destinations.web.allow[0]: it means nothing for the protocol posthog",
                "line 58: destinations.web.allow[1]: it means nothing for the protocol posthog",
                "line 59: destinations.web.form: \"httpapi\" is not one of: batch, events",
                "line 60: destinations.web.app: it is empty",
            ],
        );
    }

    #[test]
    fn a_header_of_the_protocols_own_is_not_an_authors() {
        told(
            &["protocol: segment", "key: k", "headers: {Authorization: a, x-ip-policy: b, X-Other: c}"],
            &[
                "line 58: destinations.web.headers.Authorization: the protocol sets this header itself",
                "line 58: destinations.web.headers.x-ip-policy: the protocol sets this header itself",
            ],
        );
        told(&["protocol: posthog", "key: k", "headers: {Authorization: a}"], &[]);
        told(
            &["protocol: posthog", "key: k", "form: events", "headers: {PostHog-Attempt: '2'}"],
            &["line 59: destinations.web.headers.PostHog-Attempt: the protocol sets this header itself"],
        );
    }
}
