//! References in documents lead to something that the events of their destination have.
//!
//! Promises: what cannot have a value in any event is a problem. Absent: which of several events has it: where a reference has
//! no value, it is left out.

use crate::manifest::problem::Problems;
use crate::manifest::template::{Reference, Template, Word, word};
use crate::manifest::tool::IdKind;
use crate::manifest::written::{Written, WrittenEvent};

/// What a destination's events have.
struct Goes<'a> {
    written: &'a Written,
    events: Vec<&'a WrittenEvent>,
}

/// The documents of all destinations.
pub(super) fn documents(problems: &mut Problems, written: &Written) {
    for (name, destination) in written.destinations.iter() {
        let here = |event: &&WrittenEvent| match &event.destinations {
            Some(named) => named.iter().any(|there| there == name),
            None => true,
        };
        let events = written.events.iter().map(|(_, event)| event).filter(here).collect();
        let goes = Goes { written, events };
        problems.at(name, |problems| {
            if let Some(document) = &destination.document {
                problems.at("document", |problems| walk(problems, document, &goes));
            }
            for (index, entity) in destination.entities.iter().enumerate() {
                let data =
                    |problems: &mut Problems| problems.at("data", |problems| walk(problems, &entity.data, &goes));
                problems.at("entities", |problems| problems.at_item(index, data));
            }
        });
    }
}

fn walk(problems: &mut Problems, template: &Template, goes: &Goes<'_>) {
    match template {
        Template::Null | Template::Bool(_) | Template::Number(_) => {}
        Template::Text(text) => {
            let trouble = match word(text) {
                Word::Plain(_) => None,
                Word::Unknown => Some("refers to nothing (write $$ for a dollar sign)"),
                Word::Reference(reference) => goes.lacks(reference),
            };
            if let Some(trouble) = trouble {
                problems.say(format!("{text:?} {trouble}"));
            }
        }
        Template::List(items) => {
            for (index, item) in items.iter().enumerate() {
                problems.at_item(index, |problems| walk(problems, item, goes));
            }
        }
        Template::Map(pairs) => {
            for (key, item) in pairs {
                problems.at(key, |problems| walk(problems, item, goes));
            }
        }
    }
}

impl Goes<'_> {
    /// What is missing for this reference ever to have a value.
    fn lacks(&self, reference: Reference<'_>) -> Option<&'static str> {
        let field = |name: &str| {
            self.events.iter().any(|event| event.fields.get(name).or_else(|| event.outcome.get(name)).is_some())
        };
        let (there, trouble) = match reference {
            Reference::Id | Reference::Event | Reference::Purpose | Reference::Time | Reference::Tool => return None,
            Reference::Phase | Reference::Pair => (
                self.events.iter().any(|event| event.lifecycle == Some(true)),
                "refers to a lifecycle event, and none goes there",
            ),
            Reference::UserId => (self.id(IdKind::User), "refers to the id user, which is not declared"),
            Reference::ProjectId => (self.id(IdKind::Project), "refers to the id project, which is not declared"),
            Reference::ProvidedId => (self.id(IdKind::Provided), "refers to the id provided, which is not declared"),
            Reference::Fields => (
                self.events.iter().any(|event| !event.fields.is_empty() || !event.outcome.is_empty()),
                "refers to fields, and no event that goes there has any",
            ),
            Reference::Facts => (!self.written.facts.is_empty(), "refers to facts, and none are declared"),
            Reference::Field(name) => (field(name), "refers to a field that no event has that goes there"),
            Reference::Fact(name) => {
                (self.written.facts.iter().any(|fact| fact == name), "refers to a fact that is not declared")
            }
        };
        (!there).then_some(trouble)
    }

    fn id(&self, kind: IdKind) -> bool {
        self.written.ids.as_ref().is_none_or(|ids| ids.iter().any(|id| id == kind.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::tests::hold;

    #[test]
    fn problems_of_documents() {
        hold(&[
            (
                "who: $user_id",
                "who: $me",
                &["line 61: destinations.web.document.who: \"$me\" refers to nothing (write $$ for a dollar sign)"],
            ),
            ("who: $user_id", "who: $$me", &[]),
            (
                "who: $user_id",
                "who: $project_id",
                &[
                    "line 61: destinations.web.document.who: \"$project_id\" refers to the id project, which is not declared",
                ],
            ),
            (
                "who: $user_id",
                "who:\n        - {a: $provided_id}",
                &[
                    "line 62: destinations.web.document.who[0].a: \"$provided_id\" refers to the id provided, which is not declared",
                ],
            ),
            (
                "ids: [user]",
                "ids: []",
                &["line 61: destinations.web.document.who: \"$user_id\" refers to the id user, which is not declared"],
            ),
            (
                "$field.count",
                "$field.moon",
                &[
                    "line 62: destinations.web.document.what[1]: \"$field.moon\" refers to a field that no event has that goes there",
                ],
            ),
            (
                "$fact.os",
                "$fact.version",
                &[
                    "line 62: destinations.web.document.what[2]: \"$fact.version\" refers to a fact that is not declared",
                ],
            ),
            (
                "facts: [os, arch]\n",
                "",
                &["line 61: destinations.web.document.what[2]: \"$fact.os\" refers to a fact that is not declared"],
            ),
            ("who: $user_id", "who: [$id, $event, $time, $tool, $phase, $pair, $fields, $facts]", &[]),
            ("batch: lines", "batch: lines\n    document: [$id, $event, $user_id, $facts, 1, null, true, a]", &[]),
            (
                "batch: lines\n",
                "batch: lines\n    document: $id\n",
                &["line 66: destinations.disk.document: a document is a mapping or a list"],
            ),
            (
                "batch: lines\n",
                "batch: lines\n    document:\n",
                &["line 66: destinations.disk.document: a document is a mapping or a list"],
            ),
        ]);
        // The event with fields goes to `web` alone, as it says, so nothing that goes to `disk` has any.
        let document = "batch: lines\n    document: [$phase, $fields, $field.count]\n";
        hold(&[(
            "batch: lines\n",
            document,
            &[
                "line 66: destinations.disk.document[0]: \"$phase\" refers to a lifecycle event, and none goes there",
                "line 66: destinations.disk.document[1]: \"$fields\" refers to fields, and no event that goes there has any",
                "line 66: destinations.disk.document[2]: \"$field.count\" refers to a field that no event has that goes there",
            ],
        )]);
        let deep: &'static str =
            Box::leak(format!("batch: lines\n    document: {}{}\n", "[".repeat(33), "]".repeat(33)).into_boxed_str());
        hold(&[("batch: lines\n", deep, &["line 66: destinations.disk.document: it is nested too deeply"])]);
    }
}
