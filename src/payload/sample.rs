//! For tests of protocols: a tool with one destination, an event with everything, and one with almost nothing.
//!
//! Promises: nothing of it hangs on the machine. Absent: from the program: it is there in tests only.

use crate::consent::answer::Withheld;
use crate::host::clock::Timestamp;
use crate::identity::ids::{Id, ProvidedId};
use crate::identity::names::FieldName;
use crate::manifest::events::Value;
use crate::manifest::parse;
use crate::manifest::tool::{Fact, IdKind, Manifest};
use crate::payload::answer::{Answer, Reading};
use crate::payload::deletion::{Named, Order};
use crate::payload::digest::Digest;
use crate::payload::event::{Event, Phase, Who};
use crate::payload::protocol::Made;
use crate::payload::protocols;
use crate::payload::said::Said;

/// The tool `acme` whose one destination is written like this, in one line of YAML without its braces.
pub(crate) fn manifest(destination: &str) -> Manifest {
    let source = format!(
        "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nfacts: [os, os_release, arch, time_zone, version]\ndestinations: {{d: {{{destination}}}}}\n\
         events:\n  build:\n    description: A build\n    purpose: product\n    lifecycle: true\n    fields:\n      \
         count: {{type: integer, description: d}}\n      ok: {{type: boolean, description: d}}\n      \
         ratio: {{type: number, description: d}}\n      word: {{type: enum, description: d, values: ['say \"é\"']}}\n"
    );
    parse::manifest(source.as_bytes()).expect("a valid manifest")
}

/// An event with everything.
pub(crate) fn everything() -> (Event, Who, Withheld) {
    let fields = [
        ("count", Value::Integer(-7)),
        ("ok", Value::Bool(true)),
        ("ratio", Value::Number(0.5)),
        ("word", Value::Text("say \"é\"".to_owned())),
    ];
    let facts = [
        (Fact::Os, "linux"),
        (Fact::OsRelease, "6.1"),
        (Fact::Arch, "x86_64"),
        (Fact::TimeZone, "Europe/Vienna"),
        (Fact::Version, "1.4.2"),
    ];
    let event = Event {
        id: "63da4e74-c000-4879-aa4f-0b58d1884301".to_owned(),
        name: "build".to_owned(),
        time: Timestamp::from_ms(1_795_226_400_123),
        pair: Some((Phase::Completed, Id::new("p1").expect("an id"))),
        fields: fields.map(|(name, value)| (name.to_owned(), value)).into(),
        facts: facts.map(|(fact, value)| (fact, value.to_owned())).into(),
    };
    let who = Who {
        user: Id::new("0f3c2c9e8c9d4d0e9a577a8f7d9a6f11").ok(),
        project: Id::new("xyz123").ok(),
        provided: ProvidedId::new("ada@example.org").ok(),
    };
    (event, who, Withheld::default())
}

/// The same with all withheld that can be.
pub(crate) fn withheld() -> (Event, Who, Withheld) {
    let (event, who, _) = everything();
    let fields = event.fields.iter().map(|(name, _)| FieldName::new(name).expect("a name")).collect();
    let facts = event.facts.iter().map(|(fact, _)| *fact).collect();
    (event, who, Withheld { fields, facts, ids: IdKind::ALL.into() })
}

/// The body of so many copies of an event for this destination.
pub(crate) fn body(destination: &str, (event, who, withheld): &(Event, Who, Withheld), count: usize) -> String {
    let manifest = manifest(destination);
    let spoken = protocols::of(manifest.destinations.first().expect("a destination"));
    let document = spoken.document(Said { manifest: &manifest, event, who, withheld });
    let documents = vec![document; count];
    let body = spoken.body(&documents);
    let bytes: usize = documents.iter().map(|document| document.bytes.len()).sum();
    assert_eq!(body.len(), bytes + spoken.overhead(count), "the overhead is what a body has beside its documents");
    serde_json::from_slice::<serde_json::Value>(&body).expect("a body is JSON");
    String::from_utf8(body).expect("a body is text")
}

/// The headers of a request to this destination, the media type first; each beside it is one that no manifest may set.
pub(crate) fn headers(destination: &str, body: &[u8]) -> Vec<(String, String)> {
    let manifest = manifest(destination);
    let destination = manifest.destinations.first().expect("a destination");
    let made = Made { digest: &Digest::of(body), newest: Timestamp::from_ms(1_795_226_400_123) };
    let headers = protocols::of(destination).headers(made);
    let own = destination.form.speech.headers();
    assert!(headers.iter().skip(1).all(|(name, _)| name == "content-encoding" || own.contains(&name.as_str())));
    headers
}

/// What an answer to a body of the events `e0`, `e1`, … means for this destination.
pub(crate) fn read(destination: &str, status: u16, body: &str, events: usize) -> Reading {
    let manifest = manifest(destination);
    let ids: Vec<String> = (0..events).map(|n| format!("e{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let answer = Answer { status, headers: &[], body: body.as_bytes() };
    protocols::of(manifest.destinations.first().expect("a destination")).read(&answer, &ids)
}

/// A deletion order for two user ids and a project's.
pub(crate) fn order() -> Order {
    let ids = [("project", "xyz123"), ("user", "0f3c2c9e"), ("user", "0ld1d0ld")];
    Order {
        request_id: "a9b0f7a2-6a55-4c39-8b1e-2f4d5e6a7b80".to_owned(),
        tool: "acme".to_owned(),
        time: Timestamp::from_ms(1_795_226_700_000),
        ids: ids.map(|(kind, id)| Named { kind: kind.to_owned(), id: id.to_owned() }).into(),
        destinations: vec!["https://t.example/v1".to_owned()],
    }
}
