//! Advice on a manifest that is valid: what its readers would miss.
//!
//! Promises: advice never makes a manifest invalid. Absent: errors (`parse`).

use crate::manifest::events::{Algorithm, Kind};
use crate::manifest::forms::Speech;
use crate::manifest::tool::{CiRule, Consent, Fact, IdKind, Manifest};

/// Advice, each in a sentence.
#[must_use]
pub fn advice(manifest: &Manifest) -> Vec<String> {
    let mut advice = Vec::new();
    if !manifest.is_native() {
        return advice;
    }
    if manifest.deletion.is_empty() {
        advice.push(
            "no way to ask for deletion is declared: `telemetry forget` can only delete what is on the machine"
                .to_owned(),
        );
    }
    if manifest.controller.is_none() {
        advice.push("no controller is declared: nobody is told who receives the events".to_owned());
    }
    if manifest.consent == Consent::OptOut && manifest.ids.contains(&IdKind::User) {
        advice.push(
            "opt-out with a user id: where the GDPR holds, that may need a yes first (consent: opt-in)".to_owned(),
        );
    }
    if manifest.ci == CiRule::Tag && !manifest.facts.contains(&Fact::Ci) {
        advice.push("ci: tag without the fact ci: nobody can tell events of a CI service from the others".to_owned());
    }
    advice.extend(manifest.facts.iter().filter_map(|fact| telling(*fact)).map(str::to_owned));
    for destination in &manifest.destinations {
        if !manifest.events.iter().any(|event| event.destinations.contains(&destination.name)) {
            advice.push(format!("no event goes to {}: the notice names it for nothing", destination.name));
        }
    }
    for destination in &manifest.destinations {
        if let Speech::Snowplow(form) = &destination.form.speech
            && let Some(order) = form.order()
        {
            let name = &destination.name;
            advice.push(format!(
                "what goes to {name} fails there, unnoticed, until its schemas are published, {order} for deletion requests among them: `telemetry manifest schema` writes them"
            ));
        }
    }
    for event in &manifest.events {
        if event.example.is_empty() && event.all_fields().next().is_some() {
            advice.push(format!("the event {} has no example: nobody can preview it before it happens", event.name));
        }
        for field in event.all_fields() {
            if let Kind::Hashed { algorithm, salted } = &field.kind {
                if !salted {
                    advice.push(format!(
                        "{}.{} is hashed without a salt: who knows the likely values can try them",
                        event.name, field.name
                    ));
                }
                if *algorithm == Algorithm::Md5 {
                    advice.push(format!("{}.{} is hashed with MD5: sha256 is stronger", event.name, field.name));
                }
            }
        }
    }
    advice
}

/// What a fact tells that its reader may not expect.
const fn telling(fact: Fact) -> Option<&'static str> {
    match fact {
        Fact::TimeZone => {
            Some("the fact time_zone tells roughly where somebody lives: ask for it only if you need that")
        }
        Fact::HostName => {
            Some("the fact host_name joins all events of a machine until `telemetry forget`, whatever ids says")
        }
        Fact::Os
        | Fact::OsRelease
        | Fact::Arch
        | Fact::CpuCount
        | Fact::MemoryGib
        | Fact::Cloud
        | Fact::Region
        | Fact::Runtime
        | Fact::Version
        | Fact::InitialVersion
        | Fact::FirstSeen
        | Fact::LastSeen
        | Fact::Ci => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse;

    fn advice_on(source: &str) -> Vec<String> {
        advice(&parse::manifest(source.as_bytes()).expect("valid"))
    }

    #[test]
    fn the_documented_manifests_leave_little_to_advise() {
        assert_eq!(advice_on(include_str!("examples/acme.yml")), [""; 0]);
        // A server's id is no person's, which nothing in a manifest can say; the example says it beside its ids.
        assert_eq!(
            advice_on(include_str!("examples/beacon.yml")),
            ["opt-out with a user id: where the GDPR holds, that may need a yes first (consent: opt-in)"]
        );
    }

    #[test]
    fn each_advice_is_given_once_for_what_it_is_about() {
        let source = "manifest: 1\ntool: a\ntitle: A\nconsent: opt-out\nci: tag\nids: [user]\nfacts: [os, time_zone, host_name]\ndestinations: {d: {file: d.jsonl}, idle: {file: i.jsonl}}\nevents:\n  \
            e:\n    description: E\n    purpose: p\n    destinations: [d]\n    fields:\n      \
            f: {type: hashed, algorithm: md5, unsalted_because: It is public, description: F}\n";
        assert_eq!(
            advice_on(source),
            [
                "no way to ask for deletion is declared: `telemetry forget` can only delete what is on the machine",
                "no controller is declared: nobody is told who receives the events",
                "opt-out with a user id: where the GDPR holds, that may need a yes first (consent: opt-in)",
                "ci: tag without the fact ci: nobody can tell events of a CI service from the others",
                "the fact time_zone tells roughly where somebody lives: ask for it only if you need that",
                "the fact host_name joins all events of a machine until `telemetry forget`, whatever ids says",
                "no event goes to idle: the notice names it for nothing",
                "the event e has no example: nobody can preview it before it happens",
                "e.f is hashed without a salt: who knows the likely values can try them",
                "e.f is hashed with MD5: sha256 is stronger",
            ]
        );
        let source = "manifest: 1\ntool: a\ntitle: A\ncontroller: A Ltd\nconsent: opt-in\ndestinations:\n  \
            d: {url: 'https://c.example', protocol: snowplow, schemas: {e: 'iglu:com.a/e/jsonschema/1-0-0'}}\n\
            deletion: [{event: d}]\nevents: {e: {description: E, purpose: p}}\n";
        assert_eq!(
            advice_on(source),
            [
                "what goes to d fails there, unnoticed, until its schemas are published, iglu:com.a/telemetry_deletion_request/jsonschema/1-0-0 for deletion requests among them: `telemetry manifest schema` writes them"
            ]
        );
        let foreign =
            "manifest: 1\ntool: a\ntitle: A\nconsent: opt-in\nswitches: {environment: [{name: A, off: ['0']}]}\n";
        assert_eq!(advice_on(foreign), [""; 0]);
    }
}
