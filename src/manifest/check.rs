//! Advice on a manifest that is valid: what its readers would miss.
//!
//! Promises: advice never makes a manifest invalid. Absent: errors (`parse`).

use crate::manifest::events::{Algorithm, Kind};
use crate::manifest::tool::{Consent, IdKind, Manifest};

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
