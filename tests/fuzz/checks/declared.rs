//! What an author declares: the manifest, and what events become by it.
//!
//! Promises: what is accepted can be said; cut short it is no other manifest. Absent: the compiled catalog.

use telemetry::consent::answer::Withheld;
use telemetry::host::clock::Timestamp;
use telemetry::identity::ids::Id;
use telemetry::manifest::declaration::Declaration;
use telemetry::manifest::destinations::{Address, Destination};
use telemetry::manifest::events::{Event as Declared, Kind, Value};
use telemetry::manifest::forms::ProtocolName;
use telemetry::manifest::tool::{IdKind, Manifest};
use telemetry::manifest::{check, parse, schema, sensitive};
use telemetry::payload::event::{Event, Phase, Who, accept, values};
use telemetry::payload::protocols;
use telemetry::payload::said::Said;

use super::cuts;

/// A manifest: every problem is named; one that is valid makes bodies that can be read, and none of them holds what is withheld.
pub fn manifest(bytes: &[u8]) -> bool {
    let manifest = match parse::manifest(bytes) {
        Ok(manifest) => manifest,
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            assert!(problems.iter().all(|problem| problem.line != Some(0) && !problem.to_string().is_empty()));
            assert!(parse::file(bytes).is_err());
            return false;
        }
    };
    let words = format!("{manifest:?}");
    if parse::file(bytes).is_ok() {
        let text = std::str::from_utf8(bytes).expect("a manifest is text").trim_end();
        let tail = (0..text.len().min(20)).filter_map(|gone| bytes.get(..text.len() - gone));
        for cut in cuts(bytes).chain(tail) {
            if let Ok(cut) = parse::file(cut) {
                assert_eq!(format!("{cut:?}"), words, "cut short it is another manifest");
            }
        }
    }
    assert!(check::advice(&manifest).iter().all(|advice| !advice.is_empty()));
    assert_eq!(Declaration::of(&manifest), Declaration::of(&manifest));
    for vendor in [None, Some("com.acme")] {
        let described = schema::schemas(&manifest, vendor);
        for one in described.iter().flat_map(|schemas| &schemas.all) {
            assert!(
                one.tree["self"]["vendor"] == one.address.vendor() && one.tree["properties"].is_object(),
                "{one:?}"
            );
            let parts = one.address.path().split('/').collect::<Vec<_>>();
            assert!(parts.len() == 4 && parts.iter().all(|part| !matches!(*part, "" | "." | "..")), "{parts:?}");
        }
    }
    for destination in &manifest.destinations {
        if let Address::Http { url, .. } = &destination.address {
            protected(url.as_str());
        }
        for declared in &manifest.events {
            said(&manifest, declared, destination);
        }
    }
    let probes = ["", "true", "-1", "1e300", "2026-11-21T02:34:56+01:00", "1.2.3", "a b", "/etc/passwd", "9h", "é"];
    for field in manifest.events.iter().flat_map(Declared::all_fields) {
        for probe in probes.iter().copied().chain(std::str::from_utf8(bytes).ok()) {
            let taken = field.accept(probe).is_ok();
            assert!(!(taken && matches!(field.kind, Kind::Text { .. }) && sensitive::looks(probe).is_some()));
        }
    }
    true
}

/// An address is `https`, or this machine's.
pub(crate) fn protected(address: &str) {
    let rest = address.strip_prefix("http://").map(|rest| rest.split(['/', '?', ':']).next().unwrap_or_default());
    // Of an IPv6 address the first part is a bracket: the whole of it is looked at by the crate's own tests.
    let here = rest.is_none_or(|host| host.starts_with("127.") || host == "localhost" || host.starts_with('['));
    assert!(here && (rest.is_some() || address.starts_with("https://")), "{address}");
    assert!(!address.contains('#'), "{address}");
}

/// The event with what its example gives, and with nothing, as this destination is told of it.
fn said(manifest: &Manifest, declared: &Declared, destination: &Destination) {
    let example: Vec<(String, String)> =
        declared.example.iter().map(|(name, text)| (name.to_string(), text.clone())).collect();
    let (phase, given): (_, Vec<_>) = if declared.lifecycle {
        let own = |name: &String| declared.fields.iter().any(|field| field.name.as_str() == name);
        (Some(Phase::Started), example.into_iter().filter(|(name, _)| own(name)).collect())
    } else {
        (None, example)
    };
    let Ok(accepted) = accept(declared, phase, &given) else { return };
    let event = Event {
        id: "63da4e74-c000-4879-aa4f-0b58d1884301".to_owned(),
        name: declared.name.to_string(),
        time: Timestamp::from_ms(1_795_226_400_000),
        pair: phase.map(|phase| (phase, Id::new("p1").expect("an id"))),
        fields: values(accepted, Some("salt")),
        facts: manifest.facts.iter().map(|fact| (*fact, "fact-0".to_owned())).collect(),
    };
    assert!(event.fields.iter().all(|(_, value)| !matches!(value, Value::Number(number) if !number.is_finite())));
    let user = "withheld-user-id-4b7c";
    let who = Who { user: Some(Id::new(user).expect("an id")), ..Who::default() };
    let withheld = Withheld { ids: vec![IdKind::User], ..Withheld::default() };
    let protocol = protocols::of(destination);
    for withheld in [&Withheld::default(), &withheld] {
        let document = protocol.document(Said { manifest, event: &event, who: &who, withheld });
        // In base64 nothing would be seen: what a person is shown is looked at, too.
        let opened = protocol.opened(&protocol.body(std::slice::from_ref(&document))).map(|tree| tree.to_string());
        assert!(opened.is_some(), "what is made is read again");
        let text = String::from_utf8_lossy(&[document.shared, document.bytes.clone()].concat()).into_owned();
        for text in [text.as_str()].into_iter().chain(opened.as_deref()) {
            assert!(withheld.ids.is_empty() || !text.contains(user), "what is withheld is said: {text}");
        }
        // An item of Sentry's has a line before it.
        if destination.form.speech.protocol() != ProtocolName::Sentry {
            serde_json::from_slice::<serde_json::Value>(&document.bytes).expect("a document is JSON");
            assert!(!text.contains('\n'), "a document is one line");
        }
    }
}
