//! Events: what each has, where it goes, and its example.
//!
//! Promises: an example is an event that would be accepted. Absent: types of fields (`fields`).

use crate::identity::names::{DestinationName, EventName, FieldName, Purpose};
use crate::manifest::events::{Event, Field};
use crate::manifest::parse::fields;
use crate::manifest::problem::Problems;
use crate::manifest::template::Template;
use crate::manifest::written::{Written, WrittenEvent};

/// The event `name`.
pub(super) fn event(problems: &mut Problems, name: &str, event: &WrittenEvent, whole: &Written) -> Option<Event> {
    let name = problems.value(EventName::new(name));
    let description = problems.text("description", &event.description, 500);
    let purpose = problems.value_at("purpose", Purpose::new(&event.purpose));
    let lifecycle = event.lifecycle.unwrap_or(false);
    if !lifecycle && !event.outcome.is_empty() {
        problems.say_at("outcome", "only a lifecycle event has an outcome (lifecycle: true)");
    }
    let fields = fields::fields(problems, "fields", &event.fields);
    let outcome = fields::fields(problems, "outcome", &event.outcome);
    for twice in outcome.iter().filter(|field| fields.iter().any(|other| other.name == field.name)) {
        problems.at("outcome", |problems| problems.say_at(twice.name.as_str(), "it stands in fields and in outcome"));
    }
    let destinations = destinations(problems, event.destinations.as_deref(), whole);
    let all: Vec<&Field> = fields.iter().chain(&outcome).collect();
    let example = problems.at("example", |problems| example(problems, event, &all));
    Some(Event { name: name?, description, purpose: purpose?, lifecycle, fields, outcome, destinations, example })
}

fn destinations(problems: &mut Problems, named: Option<&[String]>, whole: &Written) -> Vec<DestinationName> {
    let all: Vec<String> = whole.destinations.iter().map(|(name, _)| name.to_owned()).collect();
    let Some(named) = named else { return all.iter().filter_map(|name| DestinationName::new(name).ok()).collect() };
    problems.at("destinations", |problems| {
        if named.is_empty() {
            problems.say("it goes nowhere: name a destination");
        }
        problems.once(named);
        for (index, name) in named.iter().enumerate().filter(|(_, name)| !all.contains(name)) {
            let what = format!("{name:?} is not a declared destination; declared are: {}", all.join(", "));
            problems.at_item(index, |problems| problems.say(what));
        }
    });
    named.iter().filter_map(|name| DestinationName::new(name).ok()).collect()
}

fn example(problems: &mut Problems, event: &WrittenEvent, fields: &[&Field]) -> Vec<(FieldName, String)> {
    let mut texts = Vec::new();
    for (name, value) in event.example.iter() {
        let text = match value {
            Template::Bool(value) => value.to_string(),
            Template::Number(value) => value.to_string(),
            Template::Text(text) => text.clone(),
            Template::Null | Template::List(_) | Template::Map(_) => {
                problems.say_at(name, "an example's value is a text, a number or a boolean");
                continue;
            }
        };
        match fields.iter().find(|field| field.name.as_str() == name) {
            // The field itself is a problem already.
            None if event.fields.get(name).or_else(|| event.outcome.get(name)).is_some() => {}
            None => {
                let declared: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                let what = format!("{name:?} is not a field of the event; it has: {}", declared.join(", "));
                problems.say_at(name, what);
            }
            Some(field) => match field.accept(&text) {
                Ok(_) => texts.push((field.name.clone(), text)),
                Err(refusal) => problems.say_at(name, refusal.to_string()),
            },
        }
    }
    if !event.example.is_empty() {
        for field in fields.iter().filter(|field| field.required && event.example.get(field.name.as_str()).is_none()) {
            problems.say(format!("it lacks {}, which is required", field.name));
        }
    }
    // An event has its fields in the order of its manifest, and so has its example.
    texts.sort_by_key(|(name, _)| fields.iter().position(|field| field.name == *name));
    texts
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::tests::hold;

    #[test]
    fn problems_of_events() {
        hold(&[
            (
                "  run:\n",
                "  Run:\n",
                &[
                    "line 19: events.Run: \"Run\" is not a name of an event: it takes a lower-case letter or digit, then up to 63 of a-z 0-9 _ - .",
                ],
            ),
            ("description: A beat", "description: ''", &["line 51: events.beat.description: it is empty"]),
            (
                "purpose: other",
                "purpose: All Of It",
                &[
                    "line 42: events.run.fields.word.purpose: \"All Of It\" is not a name of a purpose: it takes a lower-case letter or digit, then up to 63 of a-z 0-9 _ -",
                ],
            ),
            (
                "lifecycle: true",
                "lifecycle: false",
                &["line 43: events.run.outcome: only a lifecycle event has an outcome (lifecycle: true)"],
            ),
            ("      ok: {", "      flag: {", &["line 44: events.run.outcome.flag: it stands in fields and in outcome"]),
            (
                "destinations: [web]",
                "destinations:",
                &[
                    "line 45: events.run.destinations: it goes nowhere: name a destination",
                    "line 62: destinations.web.document.what[1]: \"$field.count\" refers to a field that no event has that goes there",
                ],
            ),
            (
                "destinations: [web]",
                "destinations: [web,\n      web, moon]",
                &[
                    "line 46: events.run.destinations[1]: \"web\" stands twice",
                    "line 46: events.run.destinations[2]: \"moon\" is not a declared destination; declared are: web, disk",
                ],
            ),
            ("      flag: true\n", "", &["line 46: events.run.example: it lacks flag, which is required"]),
            (
                "      count: 7\n",
                "      count: [7]\n",
                &["line 48: events.run.example.count: an example's value is a text, a number or a boolean"],
            ),
            (
                "      count: 7\n",
                "      count: 101\n",
                &["line 48: events.run.example.count: field \"count\": it takes a whole number from 0 to 100"],
            ),
            (
                "      command: build\n",
                "      moon: build\n",
                &[
                    "line 49: events.run.example.moon: \"moon\" is not a field of the event; it has: flag, count, ratio, command, version, time, at, host, word, ok",
                ],
            ),
        ]);
    }
}
