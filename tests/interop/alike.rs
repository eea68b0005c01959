//! The one event as we send it beside the same event as the official sender sends it, protocol by protocol.
//!
//! Promises: every difference is on a list here, with its reason, and every line of a list is needed: what is new on either side
//! fails. Absent: `json` and `cloudevents`, which have no official sender.

use crate::differences::{Difference, Side, only_ours, only_theirs, unlisted};
use crate::ours::{Ours, usage};
use crate::senders::{Sender, decoded};

/// Our name where receivers ask who sends, as JSON.
const WE: &str = "\"telemetry\"";
const VERSION: &str = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");
const WE_AND_VERSION: &str = concat!("\"telemetry/", env!("CARGO_PKG_VERSION"), "\"");
const OURSELVES: &str = "we are another sender";
const UTC: &str = "the same moment, written in another way";
const NO_SENDING: &str = "a sealed body says nothing of when it is sent";
const NOBODY_ASKED: &str = "no manifest lists it, and nobody agreed to it";

/// A line for what both say, each in its way.
const fn both(path: &'static str, ours: &'static str, theirs: &'static str, why: &'static str) -> Difference {
    Difference { path, ours: Side::Is(ours), theirs: Side::Is(theirs), why }
}

/// A line for what ours says once and for all, and theirs in another way each time or with each version.
const fn other(path: &'static str, ours: &'static str, why: &'static str) -> Difference {
    Difference { path, ours: Side::Is(ours), theirs: Side::Any, why }
}

/// Lines of every protocol; `purpose` is where each event says what it was collected for.
const fn always(purpose: &'static str) -> [Difference; 3] {
    [
        other("header:user-agent", WE_AND_VERSION, OURSELVES),
        only_ours("header:idempotency-key", "the digest, by which a request that comes twice can be told"),
        only_ours(purpose, "the purpose that people agreed to goes with each event"),
    ]
}

#[track_caller]
fn alike(ours: &Ours<'_>, sender: &str, purpose: &'static str, own: &[Difference]) {
    let (ours, theirs) = (decoded(&ours.requests()), Sender::named(sender).said());
    let said = theirs.values().filter(|value| value.is_string()).count();
    assert!(said > 8 && theirs.contains_key("path"), "{sender} says something: {theirs:#?}");
    let wrong = unlisted(&ours, &theirs, &[&always(purpose), own].concat());
    assert!(wrong.is_empty(), "{sender}:\n{}", wrong.join("\n"));
}

/// What differs from Snowplow's tracker, in base64 and in plain JSON.
const SNOWPLOW: [Difference; 4] = [
    other(
        "data.0.dtm",
        "\"1795226400000\"",
        "ours is when the event was recorded, as is `ttm`; theirs, when it was handed over",
    ),
    only_theirs("data.0.stm", NO_SENDING),
    other("data.0.tv", concat!("\"telemetry-", env!("CARGO_PKG_VERSION"), "\""), OURSELVES),
    only_ours("header:sp-anonymous", "the collector is asked to keep no address and to make up no id"),
];

#[test]
fn snowplow() {
    for (encoding, sender, purpose) in [
        ("base64", "snowplow", "data.0.ue_px.data.data.purpose"),
        ("plain", "snowplow-plain", "data.0.ue_pr.data.data.purpose"),
    ] {
        let destination = format!(
            "url: 'http://HOST', protocol: snowplow, schemas: {{command: 'iglu:com.acme/command/jsonschema/1-0-0'}}, \
             entities: [{{schema: 'iglu:com.acme/version/jsonschema/1-0-0', data: {{version: $fact.version}}}}], \
             encoding: {encoding}"
        );
        alike(&usage(&destination), sender, purpose, &SNOWPLOW);
    }
}

/// What differs from Segment's and RudderStack's senders alike.
const SEGMENT: [Difference; 6] = [
    both(
        "batch.0.anonymousId",
        "\"0f3c2c9e8c9d4d0e9a577a8f7d9a6f11\"",
        "null",
        "a source deletes by it; without a user id it is the event's own",
    ),
    both("batch.0.context.library.name", WE, "\"analytics-python\"", OURSELVES),
    other("batch.0.context.library.version", VERSION, OURSELVES),
    only_ours("header:x-ip-policy", "Jitsu is asked not to keep the address"),
    only_theirs("sentAt", NO_SENDING),
    only_theirs("batch.0.integrations*", "what goes on to whom is the receiver's own setting"),
];

#[test]
fn segment() {
    let ours = usage("url: 'http://HOST', protocol: segment, key: WRITEKEY");
    let time = "\"2026-11-21T02:00:00.000+00:00\"";
    let own = [both("batch.0.timestamp", "\"2026-11-21T02:00:00.000Z\"", time, UTC)];
    alike(&ours, "segment", "batch.0.properties.purpose", &[&SEGMENT[..], &own].concat());
}

#[test]
fn rudder() {
    let ours = usage("url: 'http://HOST', protocol: segment, key: WRITEKEY, compression: gzip");
    let own = [
        both("batch.0.timestamp", "\"2026-11-21T02:00:00.000Z\"", "\"2026-11-21T02:00:00+00:00\"", UTC),
        only_ours("writeKey", "Segment wants it in the body, RudderStack in the header: both have both"),
        only_theirs("batch.0.channel", "it says server, which a program on somebody's machine is not"),
    ];
    alike(&ours, "rudder", "batch.0.properties.purpose", &[&SEGMENT[..], &own].concat());
}

#[test]
fn amplitude() {
    let own = [
        only_ours("events.0.$skip_user_properties_sync", "no profile of a person is made"),
        only_ours("events.0.device_id", "repeats are told by it; without one Amplitude makes one of the user id"),
        only_theirs("events.0.library", "who sends stands in the header alone"),
        both(
            "header:content-type",
            "\"application/json\"",
            "\"application/json; charset=UTF-8\"",
            "JSON has no other alphabet",
        ),
        only_ours("options.min_id_length", "ids that a profile already has may be short, and would be dropped"),
    ];
    for (form, sender) in [("batch", "amplitude"), ("httpapi", "amplitude-httpapi")] {
        let destination = format!("url: 'http://HOST', protocol: amplitude, key: APIKEY, form: {form}");
        alike(&usage(&destination), sender, "events.0.event_properties.purpose", &own);
    }
}

/// With what PostHog's sender says of the machine by itself.
const fn with_system(destination: &str) -> Ours<'_> {
    Ours { facts: "version, os, os_release", ..usage(destination) }
}

/// What differs in both interfaces of PostHog.
const POSTHOG: [Difference; 8] = [
    only_ours("batch.0.properties.$app_name", "the tool, which their sender was not told"),
    only_ours("batch.0.properties.$app_version", "a version has a name of PostHog's own"),
    only_theirs("batch.0.properties.version", "the same, as an author may name it"),
    only_theirs("batch.0.properties.$is_server", "a program on somebody's machine is no server"),
    Difference {
        path: "batch.0.properties.$os_version",
        ours: Side::Any,
        theirs: Side::Any,
        why: "ours is the kernel's release, theirs the distribution's version",
    },
    only_theirs("batch.0.properties.$os_distro", NOBODY_ASKED),
    only_theirs("batch.0.properties.$python*", NOBODY_ASKED),
    both("batch.0.timestamp", "\"2026-11-21T02:00:00.000Z\"", "\"2026-11-21T02:00:00+00:00\"", UTC),
];

#[test]
fn posthog() {
    let ours = with_system("url: 'http://HOST', protocol: posthog, key: phc_PROJECTKEY");
    let own = [
        both("batch.0.properties.$lib", WE, "\"posthog-python\"", OURSELVES),
        other("batch.0.properties.$lib_version", VERSION, OURSELVES),
        only_theirs("sent_at", NO_SENDING),
        only_theirs("historical_migration", "false, as it is without it"),
    ];
    alike(&ours, "posthog", "batch.0.properties.purpose", &[&POSTHOG[..], &own].concat());
}

#[test]
fn posthogs_newer_interface() {
    let ours = with_system("url: 'http://HOST', protocol: posthog, key: phc_PROJECTKEY, form: events");
    let time = "\"2026-11-21T02:00:00.000Z\"";
    let own = [
        only_ours("batch.0.options.disable_skew_correction", "the event's own time holds, whenever it is sent"),
        other("created_at", time, NO_SENDING),
        other("header:posthog-request-timestamp", time, NO_SENDING),
        Difference {
            path: "header:posthog-request-id",
            ours: Side::Any,
            theirs: Side::Any,
            why: "ours is made of the digest, so that a request that comes again is the same",
        },
        other("header:posthog-sdk-info", WE_AND_VERSION, OURSELVES),
    ];
    alike(&ours, "posthog-v1", "batch.0.properties.purpose", &[&POSTHOG[..], &own].concat());
}

/// An error, and a run that had one: what the official sender makes of one exception.
pub(crate) const FAILED: Ours<'_> = Ours {
    destination: "dsn: 'http://PUBLICKEY@HOST/1', protocol: sentry, environment: production, compression: gzip, \
                  allow: [profiles], errors: {command: {type: ConfigError, message: missing key region}}, \
                  sessions: {run: {errors: $field.problems}}",
    facts: "version",
    events: "  run:\n    description: A run\n    purpose: product-improvement\n    fields:\n      problems: {type: integer, \
             description: How many}\n    example: {problems: 1}\n",
    tracked: &[&["command", "name=sync", "ok=true", "duration_ms=412"], &["run", "problems=1"]],
};

#[test]
fn sentry() {
    let time = "\"2026-11-21T02:00:00.000Z\"";
    let never = "what is on the machine, which we have no words for";
    let own = [
        only_theirs("envelope.sent_at", NO_SENDING),
        only_theirs("envelope.trace.*", "nothing is traced"),
        only_theirs("event.contexts.trace.*", "nothing is traced"),
        only_theirs("event.breadcrumbs.values", "nothing is noted down on the way to an error"),
        only_theirs("event.contexts.runtime.*", NOBODY_ASKED),
        only_theirs("event.exception.values.0.module", "a type is declared, and of no module"),
        only_theirs("event.exception.values.0.stacktrace.*", never),
        only_theirs("event.extra.sys.argv.*", never),
        only_theirs("event.modules.*", never),
        only_theirs("event.server_name", never),
        both(
            "event.platform",
            "\"other\"",
            "\"python\"",
            "the tool's language is not known, and Sentry's list has no Rust",
        ),
        both("event.sdk.name", WE, "\"sentry.python\"", OURSELVES),
        other("event.sdk.version", VERSION, OURSELVES),
        only_theirs("event.sdk.integrations.*", OURSELVES),
        only_theirs("event.sdk.packages.*", OURSELVES),
        both("event.timestamp", time, "\"2026-11-21T02:00:00+00:00\"", UTC),
        only_ours("event.transaction", "the event's own name"),
        only_theirs("event.transaction_info", "empty"),
        only_ours("header:accept", "as the library for HTTP has it"),
        other(
            "header:x-sentry-auth",
            concat!(
                "\"Sentry sentry_version=7, sentry_client=telemetry/",
                env!("CARGO_PKG_VERSION"),
                ", sentry_key=PUBLICKEY\""
            ),
            OURSELVES,
        ),
        Difference { path: "session.sid", ours: Side::Any, theirs: Side::Any, why: "each its own" },
        other("session.started", time, "theirs takes no time from outside"),
        other("session.timestamp", time, "theirs takes no time from outside"),
    ];
    alike(&FAILED, "sentry", "event.tags.purpose", &own);
}

#[test]
fn otlp() {
    let own = [
        both(
            "header:content-type",
            "\"application/json\"",
            "\"application/x-protobuf\"",
            "the other of the protocol's two forms",
        ),
        both("resourceLogs.0.scopeLogs.0.logRecords.0.body", "null", "{}", "no body, as protobuf and JSON say it"),
        other("resourceLogs.0.scopeLogs.0.scope.version", VERSION, OURSELVES),
    ];
    let purpose = "resourceLogs.0.scopeLogs.0.logRecords.0.attributes.purpose.stringValue";
    alike(&usage("url: 'http://HOST', protocol: otlp"), "otlp", purpose, &own);
}
