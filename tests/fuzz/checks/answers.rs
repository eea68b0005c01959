//! What a server answers, and single values: ids, names, addresses, moments, patterns.
//!
//! Promises: only a 2xx is taken for one; no answer makes a wait longer than a day or shorter than a second; a value that is accepted is
//! of its form. Absent: the wire.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use telemetry::destination::backoff;
use telemetry::destination::deliver::Answered;
use telemetry::destination::retry_after::{RetryAfter, parse_retry_after};
use telemetry::host::clock::{DAY_MS, Timestamp};
use telemetry::host::env::{
    Env, OTEL_COMPRESSION, OTEL_ENDPOINT, OTEL_HEADERS, OTEL_LOGS_ENDPOINT, OTEL_LOGS_EXPORTER, OTEL_PROTOCOL,
    OTEL_SDK_DISABLED, OTEL_TIMEOUT,
};
use telemetry::host::{cloud, time_zone};
use telemetry::identity::ids::{Id, ProvidedId};
use telemetry::identity::names::{EventName, ToolName};
use telemetry::manifest::addresses::{FilePlace, WebAddress};
use telemetry::manifest::destinations::Address;
use telemetry::manifest::events::{Accepted, Algorithm, Field, Kind, Pattern, Value};
use telemetry::manifest::follow;
use telemetry::manifest::forms::ProtocolName;
use telemetry::manifest::template::{Word, word};
use telemetry::manifest::tool::Manifest;
use telemetry::manifest::{parse, sensitive, values};
use telemetry::payload::answer::{Answer, Meaning, Reading};
use telemetry::payload::digest::Digest;
use telemetry::payload::{protocols, retries};

use super::declared::protected;
use super::is_id;

/// Variables that a destination may follow.
const OTEL: [&str; 8] = [
    OTEL_SDK_DISABLED,
    OTEL_LOGS_EXPORTER,
    OTEL_LOGS_ENDPOINT,
    OTEL_ENDPOINT,
    OTEL_HEADERS,
    OTEL_COMPRESSION,
    OTEL_TIMEOUT,
    OTEL_PROTOCOL,
];

/// An answer: a line with a status, a line with a `Retry-After`, then the body.
pub fn answer(bytes: &[u8]) -> bool {
    let now = Timestamp::from_ms(1_795_226_400_000);
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let mut line = || parts.next().unwrap_or_default();
    let (status, asked, body) = (line(), String::from_utf8_lossy(line()).into_owned(), line());
    // More digits than a status has are taken as they wrap: every number of 16 bits is asked for.
    let status = status.iter().fold(0_u16, |sum, byte| sum.wrapping_mul(10).wrapping_add(u16::from(byte & 15)));
    let retry_after = parse_retry_after(&asked);
    match retry_after {
        Some(RetryAfter::Seconds(seconds)) => {
            let digits = asked.trim().trim_start_matches('0');
            assert!(asked.trim().bytes().all(|b| b.is_ascii_digit()), "{asked:?}");
            assert!(seconds == u64::MAX || seconds.to_string() == digits || (seconds == 0 && digits.is_empty()));
        }
        Some(RetryAfter::At(at)) => {
            // Written in the form that servers use, it is the same moment.
            assert_eq!(at % 1000, 0);
            let year = Timestamp::from_ms(at).rfc3339().get(..4).map(str::to_owned).unwrap_or_default();
            assert!(at < 0 || year.parse::<u32>().is_ok_and(|year| year >= 1970), "{asked:?} is {at}");
            assert!(asked.bytes().any(|b| b.is_ascii_digit()) && asked.contains(':'), "{asked:?} is a moment");
        }
        None => {}
    }
    let answer = Answer { status, headers: &[], body };
    let reading = Reading::of(retries::meaning(ProtocolName::Json, status));
    let limits = [("x-sentry-rate-limits".to_owned(), asked.clone())];
    read(&Answer { headers: &limits, ..answer });
    let answered = Answered::server(&answer, reading, retry_after, now);
    assert_eq!(answered.meaning.is_taken(), (200..300).contains(&status), "{status}");
    assert!(!(500..600).contains(&status) || matches!(answered.meaning, Meaning::Later | Meaning::Refused));
    assert!(answered.text.len() <= 3 * 2048 && answered.status == Some(status) && !answered.unsure);
    let misconfigured = answered.meaning == Meaning::Misconfigured;
    let first = backoff::after(None, now, answered.asked_ms, misconfigured, &answered.text, |_| 0);
    let second = backoff::after(Some(&first), now, answered.asked_ms, misconfigured, "", |below| below - 1);
    for trouble in [&first, &second] {
        let wait = trouble.not_before().ms() - now.ms();
        assert!((1000..=DAY_MS).contains(&wait) && trouble.holds(now), "{asked:?}: {wait}");
    }
    retry_after.is_some()
}

/// What a variable holds that tells a fact about the machine.
fn of_machine(text: &str) {
    let name = |b: u8| b.is_ascii_alphanumeric() || b"/_+-".contains(&b);
    let nowhere = Path::new("/nonexistent");
    if let Some(zone) = time_zone::time_zone(&Env::of([("TZ", text)]), nowhere) {
        assert!(zone.len() <= 40 && zone.bytes().all(name) && !zone.contains("//") && zone.matches('/').count() <= 2);
    }
    for variable in ["FLY_REGION", "REGION_NAME"] {
        let found = cloud::cloud(&Env::of([(variable, text), ("WEBSITE_SITE_NAME", "x")]), nowhere);
        let region = found.and_then(|found| found.region).unwrap_or_default();
        assert!(
            region.len() <= 32 && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        );
    }
    if let Some((runtime, version)) = values::runtime(text) {
        assert!(is_id(runtime) && values::is_version(version) && format!("{runtime}/{version}") == text);
    }
}

/// One destination of each protocol.
const SPEAKING: &str = "manifest: 1\ntool: a\ntitle: A\nconsent: opt-in\nevents: {e: {description: E, purpose: p}}\n\
    destinations:\n  json: {url: 'https://t.example'}\n  otlp: {url: 'https://t.example', protocol: otlp, follow: otel}\n  \
    cloudevents: {url: 'https://t.example', protocol: cloudevents}\n  segment: {url: 'https://t.example', protocol: segment, key: k}\n  \
    amplitude: {url: 'https://t.example', protocol: amplitude, key: k}\n  posthog: {url: 'https://t.example', protocol: posthog, key: k}\n  \
    events: {url: 'https://t.example', protocol: posthog, key: k, form: events}\n  sentry: {dsn: 'https://k@t.example/1', protocol: sentry}\n";

fn speaking() -> &'static Manifest {
    static MANIFEST: OnceLock<Manifest> = OnceLock::new();
    MANIFEST.get_or_init(|| parse::manifest(SPEAKING.as_bytes()).expect("valid"))
}

/// In every protocol an answer speaks of the events that were sent and of no others, and only a 2xx says that one of them was taken.
fn read(answer: &Answer<'_>) {
    let events = ["e0", "e1", "e2"];
    for destination in &speaking().destinations {
        let Reading { meaning, parts, rejected, asked_ms, .. } = protocols::of(destination).read(answer, &events);
        let named = || parts.refused.iter().chain(&parts.again).chain(&parts.later);
        assert!(named().all(|place| *place < events.len()), "{}: {parts:?}", destination.name);
        assert_eq!(meaning == Meaning::Part, named().next().is_some(), "{}", destination.name);
        assert!(rejected <= 3 && asked_ms.is_none_or(|ms| 0 <= ms), "{}: {asked_ms:?}", destination.name);
        let all: BTreeSet<_> = named().collect();
        let yes = (200..300).contains(&answer.status);
        assert!(yes || !meaning.is_taken() && (meaning != Meaning::Part || all.len() == 3), "{}", destination.name);
    }
}

/// A variable's text: what is followed is protected, and what is secret in it is not told.
fn followed(text: &str) {
    for name in OTEL {
        let address = (OTEL_ENDPOINT, if name == OTEL_ENDPOINT { text } else { "https://o.example" });
        let env = Env::of([address, (name, text)]);
        for destination in follow::manifest(speaking().clone(), &env).destinations {
            let Address::Http { url, headers, .. } = &destination.address else { panic!("on the web") };
            protected(url.as_str());
            for (header, value) in headers {
                let secret = follow::secret(&env, value.trim_start_matches('$'), header).expect("a value");
                assert!(secret.bytes().all(|b| (0x20..0x7f).contains(&b)) && value.starts_with("$OTEL_"), "{value}");
            }
        }
    }
}

/// Single values: what is accepted is of its form, and reads back as itself.
pub fn values(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut taken = false;
    if let Ok(id) = Id::new(text) {
        assert!(is_id(id.as_str()));
        taken = true;
    }
    let name = |name: &str| {
        assert!(is_id(&name.replace('.', "_")) && !name.starts_with(['.', '-', '_']) && name == name.to_lowercase());
    };
    ToolName::new(text).map(|tool| name(tool.as_str())).ok();
    EventName::new(text).map(|event| name(event.as_str())).ok();
    if let Ok(provided) = ProvidedId::new(text) {
        assert!(provided.as_str().bytes().all(|b| b.is_ascii_graphic() && !b"'\"\\<>".contains(&b)));
    }
    if let Ok(address) = WebAddress::new(text) {
        protected(address.as_str());
        assert_eq!(WebAddress::new(address.as_str()).as_ref(), Ok(&address), "as it is asked it is the same");
        assert!(address.as_str().starts_with(&address.origin()) && !address.host().contains('@'));
        taken = true;
    }
    if let Ok(place) = FilePlace::new(text) {
        assert!(place.as_str() == text && !text.split('/').any(|part| part == ".." || part == "."));
        taken = true;
    }
    if let Some(at) = Timestamp::parse(text) {
        assert_eq!(Timestamp::parse(&at.rfc3339()), Some(at), "{text:?}");
        assert!(at.floor_to(DAY_MS) <= at);
        taken = true;
    }
    of_machine(text);
    taken |= Digest::parse(text).is_some_and(|digest| digest.as_str() == text);
    assert_eq!(matches!(word(text), Word::Plain(_)), !text.starts_with('$') || text.starts_with("$$"));
    fields(text);
    followed(text);
    taken
}

/// The first line is a pattern, the rest a text.
fn fields(text: &str) {
    let (source, input) = text.split_once('\n').unwrap_or(("[a-z]{1,9}", text));
    let mut kinds = vec![
        Kind::Boolean,
        Kind::Integer { range: (-7, 1000), buckets: vec![0, 10] },
        Kind::Integer { range: (i64::MIN, i64::MAX), buckets: vec![] },
        Kind::Number { range: (-1.0, 1.0) },
        Kind::Version,
        Kind::Duration { buckets: vec![] },
        Kind::Timestamp { unit_ms: 3_600_000 },
        Kind::Hashed { algorithm: Algorithm::Sha256, salted: true },
    ];
    if source.len() <= 500 {
        kinds.extend(Pattern::new(source).ok().map(|pattern| Kind::Text { pattern, longest: 64 }));
    }
    for kind in kinds {
        let name = telemetry::identity::names::FieldName::new("f").expect("a name");
        let field = Field { name, description: String::new(), purpose: None, required: false, kind };
        match (field.accept(input), &field.kind) {
            (Ok(Accepted::Value(Value::Text(text))), Kind::Text { .. }) => {
                assert!(text == input && text.chars().count() <= 64 && sensitive::looks(&text).is_none());
            }
            (Ok(Accepted::Value(Value::Integer(number))), Kind::Integer { buckets, .. }) if !buckets.is_empty() => {
                assert!(buckets.contains(&number));
            }
            (Ok(Accepted::Value(Value::Integer(number))), Kind::Duration { .. }) => assert!(number >= 0),
            (Ok(Accepted::Value(Value::Number(number))), _) => assert!((-1.0..=1.0).contains(&number)),
            (Ok(_), _) => assert!(!input.chars().any(char::is_control)),
            (Err(refusal), _) => assert!(!refusal.why.is_empty()),
        }
    }
}
