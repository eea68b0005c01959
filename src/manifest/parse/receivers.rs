//! What destinations say of events leads to events that go there, and no field has a name that a protocol uses itself.
//!
//! Promises: a misspelled event is a problem, and so is a field that would be overwritten on its way. Absent: documents, which say
//! where each value stands (`documents.rs`).

use crate::manifest::forms::snowplow::IN_DATA;
use crate::manifest::forms::wrap::{FACT, RECORD, RESERVED};
use crate::manifest::problem::Problems;
use crate::manifest::written::destination::WrittenDestination;
use crate::manifest::written::{Written, WrittenEvent};

/// Holds all destinations against the events that go there.
pub(super) fn receivers(problems: &mut Problems, written: &Written) {
    for (name, destination) in written.destinations.iter() {
        let goes = |event: &WrittenEvent| event.destinations.as_ref().is_none_or(|to| to.iter().any(|one| one == name));
        let known = |problems: &mut Problems, key: &str, event: &str| {
            if !written.events.get(event).is_some_and(goes) {
                problems.at(key, |problems| problems.say_at(event, "no event of this name goes there"));
            }
        };
        problems.at("destinations", |problems| {
            problems.at(name, |problems| {
                for (event, _) in destination.names.iter() {
                    known(problems, "names", event);
                }
                for (event, _) in destination.schemas.iter() {
                    known(problems, "schemas", event);
                }
                let bare = |event: &&str| destination.schemas.get(event).is_none();
                if destination.protocol.as_deref() == Some("snowplow") {
                    let going = written.events.iter().filter(|(_, event)| goes(event)).map(|(event, _)| event);
                    for event in going.filter(bare) {
                        problems.say_at("schemas", format!("the event {event} goes there and has no schema"));
                    }
                }
            });
        });
        let protocol = destination.protocol.as_deref().unwrap_or("json");
        if protocol == "json" {
            continue;
        }
        for (event, declared) in written.events.iter().filter(|(_, event)| goes(event)) {
            let fields = declared.fields.iter().map(|one| ("fields", one.0));
            for (key, field) in fields.chain(declared.outcome.iter().map(|one| ("outcome", one.0))) {
                if RESERVED.contains(&field) || field.starts_with(FACT) || own(destination).contains(&field) {
                    let what =
                        format!("the protocol {protocol}, in which {name} is told, has this name for something else");
                    let at = |problems: &mut Problems| problems.at(key, |problems| problems.say_at(field, what));
                    problems.at("events", |problems| problems.at(event, at));
                }
            }
        }
    }
}

/// Names that a form of one protocol uses itself, beside those of all.
fn own(destination: &WrittenDestination) -> &'static [&'static str] {
    match (destination.protocol.as_deref(), destination.form.as_deref()) {
        (Some("snowplow"), Some("webhook")) => &IN_DATA,
        (Some("otlp"), _) => &[RECORD],
        _ => &[],
    }
}
