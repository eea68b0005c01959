//! Parts of a manifest that need each other, or may not be the same.
//!
//! Promises: what means nothing where it stands is a problem. Absent: what is in a part.

use crate::manifest::destinations::{Address, Deletion, Destination};
use crate::manifest::problem::Problems;
use crate::manifest::written::Written;

/// Parts that mean nothing without another part.
pub(super) fn parts(problems: &mut Problems, written: &Written) {
    if written.events.is_empty() {
        if written.switches.is_none() {
            problems.say("it declares neither events nor switches");
        }
        let idle = [
            ("facts", !written.facts.is_empty()),
            ("ids", written.ids.is_some()),
            ("destinations", !written.destinations.is_empty()),
            ("limits", written.limits.is_some()),
            ("schedule", written.schedule.is_some()),
            ("run", written.run.is_some()),
            ("heartbeat", written.heartbeat.is_some()),
        ];
        for (key, _) in idle.iter().filter(|(_, given)| *given) {
            problems.say_at(key, "it means nothing without events");
        }
    } else if written.destinations.is_empty() {
        problems.say("it declares events and no destination");
    }
}

/// Two that append to one file would break each other's lines, or mix events with orders.
pub(super) fn files(problems: &mut Problems, destinations: &[Destination], deletion: &[Deletion]) {
    let mut taken: Vec<(&str, &str)> = Vec::new();
    for destination in destinations {
        let Address::File(place) = &destination.address else { continue };
        let name = destination.name.as_str();
        match taken.iter().find(|(file, _)| *file == place.as_str()) {
            Some((_, other)) => problems.at("destinations", |problems| {
                problems.at(name, |problems| problems.say_at("file", format!("it is the file of {other} as well")));
            }),
            None => taken.push((place.as_str(), name)),
        }
    }
    for (index, way) in deletion.iter().enumerate() {
        let Deletion::File(place) = way else { continue };
        if let Some((_, other)) = taken.iter().find(|(file, _)| *file == place.as_str()) {
            problems.at("deletion", |problems| {
                problems.at_item(index, |problems| problems.say(format!("it is the file of {other} as well")));
            });
        }
    }
}
