//! Destinations: where each is, and the form of what it gets.
//!
//! Promises: a header that may not be set is a problem. Absent: whether a header's value is a secret: what is in a manifest is its
//! author's to publish.

use crate::identity::names::{DestinationName, EventName};
use crate::manifest::addresses::{FilePlace, WebAddress};
use crate::manifest::destinations::{Address, Destination, Method};
use crate::manifest::forms::ProtocolName::{
    self, Amplitude, CloudEvents, Json, Otlp, PostHog, Segment, Sentry, Snowplow,
};
use crate::manifest::forms::amplitude::AmplitudeForm;
use crate::manifest::forms::cloudevents::CloudEventsForm;
use crate::manifest::forms::json::JsonForm;
use crate::manifest::forms::otlp::OtlpForm;
use crate::manifest::forms::posthog::PostHogForm;
use crate::manifest::forms::segment::SegmentForm;
use crate::manifest::forms::sentry::SentryForm;
use crate::manifest::forms::snowplow::SnowplowForm;
use crate::manifest::forms::wrap::{Allowance, Compression};
use crate::manifest::forms::{Form, Speech};
use crate::manifest::headers;
use crate::manifest::ordered::Ordered;
use crate::manifest::problem::Problems;
use crate::manifest::written::destination::WrittenDestination;

/// Most headers: servers take some 8 KB of them.
const MOST_HEADERS: usize = 32;
/// Longest value of a header, characters.
const LONGEST_HEADER: usize = 1024;
/// Why Google Analytics can be no destination.
const GOOGLE: &str = "it is shown only (telemetry manifest example): its secret would ship to every user, and it answers 2xx to \
    what it drops";
/// Longest name by which a receiver knows an event, characters: PostHog's bound, the tightest of all.
const LONGEST_NAME: usize = 200;

/// Whether a key stands in a destination.
type Stands = fn(&WrittenDestination) -> bool;

/// Keys of some protocols only. What is not listed is for all.
const KEYS: &[(&str, Stands, &[ProtocolName])] = &[
    ("method", |written| written.method.is_some(), &[Json, CloudEvents]),
    ("batch", |written| written.batch.is_some(), &[Json, Segment, CloudEvents]),
    ("document", |written| written.document.is_some(), &[Json]),
    ("compression", |written| written.compression.is_some(), &[Json, Segment, PostHog, Sentry, Otlp]),
    ("names", |written| !written.names.is_empty(), &[Segment, Amplitude, PostHog, Otlp, CloudEvents]),
    ("key", |written| written.key.is_some(), &[Segment, Amplitude, PostHog]),
    ("form", |written| written.form.is_some(), &[Snowplow, Amplitude, PostHog]),
    ("app", |written| written.app.is_some(), &[Snowplow, Segment, PostHog, Sentry, Otlp]),
    ("schemas", |written| !written.schemas.is_empty(), &[Snowplow, CloudEvents]),
    ("encoding", |written| written.encoding.is_some(), &[Snowplow]),
    ("entities", |written| !written.entities.is_empty(), &[Snowplow]),
    ("follow", |written| written.follow.is_some(), &[Otlp]),
    ("source", |written| written.source.is_some(), &[CloudEvents]),
    ("prefix", |written| written.prefix.is_some(), &[CloudEvents]),
    ("dsn", |written| written.dsn.is_some(), &[Sentry]),
    ("environment", |written| written.environment.is_some(), &[Sentry]),
    ("errors", |written| !written.errors.is_empty(), &[Sentry]),
    ("sessions", |written| !written.sessions.is_empty(), &[Sentry]),
    ("reports", |written| written.reports.is_some(), &[Sentry]),
];

/// What may be allowed in each protocol: what is not listed its receivers never do, or do with what else is allowed, or cannot be asked not
/// to do. (Who may keep the address finds the place by it: but for PostHog, no receiver tells the two apart.)
const ALLOWANCES: &[(Allowance, &[ProtocolName])] = &[
    (Allowance::Ip, &[Snowplow, Segment, Amplitude, Sentry]),
    (Allowance::Geo, &[PostHog]),
    (Allowance::Profiles, &[Amplitude, PostHog, Sentry]),
];

/// The destination `name` of `tool`.
pub(super) fn destination(
    problems: &mut Problems,
    tool: &str,
    name: &str,
    written: &WrittenDestination,
) -> Option<Destination> {
    let name = problems.value(DestinationName::new(name));
    let words = ProtocolName::ALL.map(|protocol| (protocol.as_str(), protocol));
    let protocol = match written.protocol.as_deref() {
        Some("google_analytics" | "universal_analytics") => {
            problems.say_at("protocol", GOOGLE);
            return None;
        }
        word => problems.choice("protocol", word.unwrap_or("json"), &words),
    };
    if let Some(protocol) = protocol {
        for (key, _, protocols) in KEYS.iter().filter(|(_, stands, _)| stands(written)) {
            if !protocols.contains(&protocol) {
                problems.say_at(key, format!("it means nothing for the protocol {}", protocol.as_str()));
            }
        }
    }
    let address = address(problems, protocol.unwrap_or(Json), written);
    let form = form(problems, protocol?, written)?;
    let own = |header: &&str| form.speech.headers().contains(&header.to_ascii_lowercase().as_str());
    for header in written.headers.iter().map(|(header, _)| header).filter(own) {
        problems.at("headers", |problems| problems.say_at(header, "the protocol sets this header itself"));
    }
    let address = address?.or_path(form.speech.path()).or_query(&form.speech.query(tool));
    Some(Destination { name: name?, address, form })
}

fn form(problems: &mut Problems, protocol: ProtocolName, written: &WrittenDestination) -> Option<Form> {
    let packed = [("none", Compression::None), ("gzip", Compression::Gzip)];
    let compression = problems.choice("compression", written.compression.as_deref().unwrap_or("none"), &packed);
    if written.file.is_some() && compression == Some(Compression::Gzip) {
        problems.say_at("compression", "it means nothing for a file");
    }
    let allowed = allowed(problems, protocol, &written.allow);
    let names = problems.at("names", |problems| names(problems, &written.names));
    let speech = speech(problems, protocol, written);
    Some(Form { speech: speech?, compression: compression?, allowed, names })
}

fn speech(problems: &mut Problems, protocol: ProtocolName, written: &WrittenDestination) -> Option<Speech> {
    match protocol {
        Json => JsonForm::read(problems, written).map(Speech::Json),
        Snowplow => SnowplowForm::read(problems, written).map(Speech::Snowplow),
        Segment => SegmentForm::read(problems, written).map(Speech::Segment),
        Amplitude => AmplitudeForm::read(problems, written).map(Speech::Amplitude),
        PostHog => PostHogForm::read(problems, written).map(Speech::PostHog),
        Sentry => SentryForm::read(problems, written).map(Speech::Sentry),
        Otlp => OtlpForm::read(problems, written).map(Speech::Otlp),
        CloudEvents => CloudEventsForm::read(problems, written).map(Speech::CloudEvents),
    }
}

/// What the receiver is let do, each once.
fn allowed(problems: &mut Problems, protocol: ProtocolName, given: &[String]) -> Vec<Allowance> {
    problems.at("allow", |problems| problems.once(given));
    let words = Allowance::ALL.map(|one| (one.as_str(), one));
    let mut allowed = Vec::new();
    let takes = |protocols: &[ProtocolName]| protocols.contains(&protocol);
    for (index, word) in given.iter().enumerate() {
        let Some(one) = problems.choice("allow", word, &words) else { continue };
        if !ALLOWANCES.iter().any(|(there, protocols)| *there == one && takes(protocols)) {
            let what = format!("it means nothing for the protocol {}", protocol.as_str());
            problems.at("allow", |problems| problems.at_item(index, |problems| problems.say(what)));
        }
        allowed.push(one);
    }
    allowed
}

fn names(problems: &mut Problems, names: &Ordered<String>) -> Vec<(EventName, String)> {
    let name = |(event, theirs): (&str, &String)| {
        let event = problems.value_at(event, EventName::new(event));
        let said = problems.text(event.as_ref().map_or("", EventName::as_str), theirs, LONGEST_NAME);
        Some((event?, said))
    };
    names.iter().filter_map(name).collect()
}

fn address(problems: &mut Problems, protocol: ProtocolName, destination: &WrittenDestination) -> Option<Address> {
    let web = match (&destination.url, &destination.dsn, protocol) {
        (Some(_), _, Sentry) => {
            problems.say_at("url", "a server of the protocol sentry is named by its dsn");
            return None;
        }
        (Some(url), _, _) => Some(("url", WebAddress::new(url).map_err(|error| error.to_string()))),
        (None, Some(dsn), Sentry) => {
            Some(("dsn", dsn.parts().map(|(address, _)| address).map_err(|error| error.to_string())))
        }
        // What a DSN means elsewhere is told already.
        (None, Some(_), _) => return None,
        (None, None, _) => None,
    };
    match (web, &destination.file) {
        (Some((key, url)), None) => {
            let method = destination.method.as_deref().unwrap_or("POST");
            let method = problems.choice("method", method, &[("POST", Method::Post), ("PUT", Method::Put)]);
            let headers = problems.at("headers", |problems| given_headers(problems, &destination.headers));
            let url = problems.value_at(key, url);
            url.zip(method).map(|(url, method)| Address::Http { url, method, headers })
        }
        (None, Some(file)) => {
            for (key, given) in [("method", destination.method.is_some()), ("headers", !destination.headers.is_empty())]
            {
                if given {
                    problems.say_at(key, "it means nothing for a file");
                }
            }
            problems.value_at("file", FilePlace::new(file)).map(Address::File)
        }
        (Some(_), Some(_)) | (None, None) => {
            let place = if protocol == Sentry { "dsn" } else { "url" };
            problems.say(format!("a destination has either a {place} or a file"));
            None
        }
    }
}

fn given_headers(problems: &mut Problems, given: &Ordered<String>) -> Vec<(String, String)> {
    let mut kept: Vec<(String, String)> = Vec::new();
    for (name, value) in given.iter() {
        let lower = name.to_ascii_lowercase();
        if let Some(what) = headers::trouble(name, value, LONGEST_HEADER) {
            problems.say_at(name, what);
        } else if kept.iter().any(|(there, _)| *there == lower) {
            problems.say_at(name, "it stands twice: headers do not tell upper and lower case apart");
        } else {
            kept.push((lower, value.clone()));
        }
    }
    if kept.len() > MOST_HEADERS {
        problems.say(format!("there are at most {MOST_HEADERS} headers"));
    }
    kept
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::tests::hold;

    #[test]
    fn problems_of_destinations() {
        hold(&[
            (
                "  disk:\n",
                "  Disk:\n",
                &[
                    "line 63: destinations.Disk: \"Disk\" is not a name of a destination: it takes a lower-case letter or digit, then up to 63 of a-z 0-9 _ -",
                ],
            ),
            (
                "protocol: json",
                "protocol: xml",
                &[
                    "line 56: destinations.web.protocol: \"xml\" is not one of: json, snowplow, segment, amplitude, posthog, sentry, otlp, cloudevents",
                ],
            ),
            (
                "protocol: json",
                "protocol: google_analytics",
                &[
                    "line 56: destinations.web.protocol: it is shown only (telemetry manifest example): its secret would ship to every user, and it answers 2xx to what it drops",
                ],
            ),
            ("method: PUT", "method: GET", &["line 57: destinations.web.method: \"GET\" is not one of: POST, PUT"]),
            (
                "batch: single",
                "batch: none",
                &["line 59: destinations.web.batch: \"none\" is not one of: single, array, lines"],
            ),
            (
                "https://t.acme.example/v1",
                "t.acme.example",
                &[
                    "line 55: destinations.web.url: not an address such as https://telemetry.example/v1: relative URL without a base",
                ],
            ),
            (
                "https://t.acme.example/v1",
                "https://me:pw@t.acme.example/",
                &["line 55: destinations.web.url: it carries a user name or a password"],
            ),
            (
                "https://t.acme.example/v1",
                "https://t.acme.example/#v1",
                &["line 55: destinations.web.url: it has a fragment (#…), which is never sent"],
            ),
            (
                "file: events.jsonl",
                "file: ../events.jsonl",
                &[
                    "line 64: destinations.disk.file: not a file's path: absolute and without `.`, `..` and `//`, or a name such as events.jsonl",
                ],
            ),
            ("file: events.jsonl", "batch: lines", &["line 65: the key \"batch\" stands twice"]),
            ("    file: events.jsonl\n", "", &["line 63: destinations.disk: a destination has either a url or a file"]),
            (
                "method: PUT",
                "file: events.jsonl",
                &["line 54: destinations.web: a destination has either a url or a file"],
            ),
            (
                "file: events.jsonl",
                "file: events.jsonl\n    method: POST\n    headers: {a: b}",
                &[
                    "line 65: destinations.disk.method: it means nothing for a file",
                    "line 66: destinations.disk.headers: it means nothing for a file",
                ],
            ),
            (
                "{X-Key: abc}",
                "{X_Key: abc}",
                &[
                    "line 58: destinations.web.headers.X_Key: \"X_Key\" is not the name of a header: 1 to 64 letters, digits and -",
                ],
            ),
            (
                "{X-Key: abc}",
                "{X-Key: 'ä'}",
                &[
                    "line 58: destinations.web.headers.X-Key: a header's value is at most 1024 printable ASCII characters, without blanks around it",
                ],
            ),
            (
                "{X-Key: abc}",
                "{Content-Type: text/plain}",
                &[
                    "line 58: destinations.web.headers.Content-Type: telemetry sets this header itself, or never sends it",
                ],
            ),
            (
                "{X-Key: abc}",
                "{X-Key: abc,\n      x-key: d}",
                &[
                    "line 59: destinations.web.headers.x-key: it stands twice: headers do not tell upper and lower case apart",
                ],
            ),
        ]);
        let headers: String = (0..33).map(|n| format!("X-{n}: a, ")).collect();
        let headers: &'static str = Box::leak(format!("{{{headers}}}").into_boxed_str());
        hold(&[("{X-Key: abc}", headers, &["line 58: destinations.web.headers: there are at most 32 headers"])]);
    }
}
