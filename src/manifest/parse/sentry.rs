//! What a destination of protocol `sentry` says of events holds: each is an error or a session, and the fields it names are there.
//!
//! Promises: an event that goes there is one of both; what would not be kept as a tag is a problem. Absent: shapes (`forms/sentry.rs`).

use crate::manifest::problem::Problems;
use crate::manifest::template::{Reference, Word, word};
use crate::manifest::written::destination::{WrittenDestination, WrittenSession};
use crate::manifest::written::{Written, WrittenEvent, WrittenField};

/// Longest name of a tag, characters.
const LONGEST_TAG: usize = 32;
/// Longest value of a tag, characters.
const LONGEST_VALUE: usize = 200;

/// Types of fields that a key takes.
type Kinds = &'static [&'static str];

/// Holds all destinations of this protocol against the events that go there.
pub(super) fn sentry(problems: &mut Problems, written: &Written) {
    for (name, destination) in written.destinations.iter().filter(|(_, one)| one.protocol.as_deref() == Some("sentry"))
    {
        let goes = |event: &WrittenEvent| event.destinations.as_ref().is_none_or(|to| to.iter().any(|one| one == name));
        let here = |event: &str| written.events.get(event).filter(|event| goes(event));
        problems.at("destinations", |problems| {
            problems.at(name, |problems| {
                problems.at("errors", |problems| errors(problems, destination, &here));
                problems.at("sessions", |problems| sessions(problems, destination, &here));
            });
        });
        for (event, declared) in written.events.iter().filter(|(_, event)| goes(event)) {
            problems.at("events", |problems| {
                problems.at(event, |problems| belongs(problems, name, destination, (event, declared)));
            });
        }
    }
}

/// The event, where it goes there.
type Here<'a> = &'a dyn Fn(&str) -> Option<&'a WrittenEvent>;

fn errors(problems: &mut Problems, destination: &WrittenDestination, here: Here<'_>) {
    for (event, error) in destination.errors.iter() {
        problems.at(event, |problems| {
            let Some(declared) = here(event) else { return problems.say("no event of this name goes there") };
            if declared.lifecycle == Some(true) {
                problems.say("a lifecycle event is a session, and no error: it comes twice");
            }
            for (key, text) in [("type", &error.kind), ("message", &error.message)] {
                named(problems, key, text.as_deref(), declared, None);
            }
        });
    }
}

fn sessions(problems: &mut Problems, destination: &WrittenDestination, here: Here<'_>) {
    for (event, session) in destination.sessions.iter() {
        problems.at(event, |problems| {
            let Some(declared) = here(event) else { return problems.say("no event of this name goes there") };
            if destination.errors.get(event).is_some() {
                problems.say("it is an error already");
            }
            named(problems, "duration", session.duration.as_deref(), declared, Some(&["duration"]));
            named(problems, "errors", session.errors.as_deref(), declared, Some(&["integer"]));
            let status = named(problems, "status", session.status.as_deref(), declared, Some(&["enum", "boolean"]));
            means(problems, session, status);
        });
    }
}

/// The field that a reference at `key` names; a problem where the event has none, or one of another type.
fn named<'e>(
    problems: &mut Problems,
    key: &str,
    text: Option<&str>,
    event: &'e WrittenEvent,
    kinds: Option<Kinds>,
) -> Option<&'e WrittenField> {
    let Word::Reference(Reference::Field(name)) = word(text?) else { return None };
    let Some(field) = event.fields.get(name).or_else(|| event.outcome.get(name)) else {
        problems.say_at(key, format!("the event has no field {name:?}"));
        return None;
    };
    if let Some(kinds) = kinds.filter(|kinds| !kinds.contains(&field.kind.as_str())) {
        problems.say_at(key, format!("the field {name} is of type {}, and not {}", field.kind, kinds.join(" or ")));
    }
    Some(field)
}

fn means(problems: &mut Problems, session: &WrittenSession, status: Option<&WrittenField>) {
    if session.means.is_empty() {
        return;
    }
    let Some(status) = status else { return problems.say_at("means", "it means nothing without a status") };
    let boolean = ["true".to_owned(), "false".to_owned()];
    let values = status.values.as_deref().unwrap_or(&boolean);
    problems.at("means", |problems| {
        for (value, _) in session.means.iter() {
            if !values.iter().any(|one| one == value) {
                problems.say_at(value, format!("it is not one of: {}", values.join(", ")));
            }
        }
    });
}

/// An event is an error or a session, and what of an error becomes a tag can be one.
fn belongs(
    problems: &mut Problems,
    name: &str,
    destination: &WrittenDestination,
    (event, declared): (&str, &WrittenEvent),
) {
    let Some(error) = destination.errors.get(event) else {
        if !destination.sessions.is_empty() && destination.sessions.get(event).is_none() {
            problems.say(format!("{name}, where it goes, names its sessions, and it is none of them and no error"));
        }
        return;
    };
    let placed = [&error.kind, &error.message].map(|text| text.as_deref().map(word));
    for (field, declared) in declared.fields.iter() {
        if placed.contains(&Some(Word::Reference(Reference::Field(field)))) {
            continue;
        }
        problems.at("fields", |problems| {
            problems.at(field, |problems| {
                if field.chars().count() > LONGEST_TAG {
                    problems.say(format!(
                        "it is a tag at {name}, and the name of a tag has at most {LONGEST_TAG} characters"
                    ));
                }
                if declared.longest.is_some_and(|longest| longest > LONGEST_VALUE) {
                    problems.say_at(
                        "longest",
                        format!("it is a tag at {name}, and a tag has at most {LONGEST_VALUE} characters"),
                    );
                }
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::manifest;

    const WHOLE: &str = include_str!("sentry.yml");

    fn problems(source: &str) -> Vec<String> {
        manifest(source.as_bytes()).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn hold(cases: &[(&str, &str, &[&str])]) {
        for (old, new, wanted) in cases {
            assert_eq!(WHOLE.matches(old).count(), 1, "{old:?} stands once in the manifest");
            assert_eq!(problems(&WHOLE.replace(old, new)), *wanted, "{old:?} -> {new:?}");
        }
    }

    #[test]
    fn problems_of_where_it_goes() {
        hold(&[
            ("tool: acme", "tool: acme", &[]),
            ("dsn: https://abc:s3cret@sentry.example/42", "dsn: https://abc@sentry.example/42", &[]),
            ("dsn: https://abc:s3cret@sentry.example/42", "dsn: http://abc@127.0.0.1:8071/a/b/c", &[]),
            (
                "dsn: https://abc:s3cret@sentry.example/42",
                "file: envelopes.jsonl",
                &[
                    "line 12: destinations.bugs.headers: it means nothing for a file",
                    "line 14: destinations.bugs.compression: it means nothing for a file",
                ],
            ),
            (
                "dsn: https://abc:s3cret@sentry.example/42",
                "dsn: https://abc:s3cret@sentry.example/42\n    file: x.jsonl",
                &[
                    "line 7: destinations.bugs: a destination has either a dsn or a file",
                    "line 15: destinations.bugs.compression: it means nothing for a file",
                ],
            ),
            (
                "dsn: https://abc:s3cret@sentry.example/42",
                "url: https://sentry.example/42",
                &["line 8: destinations.bugs.url: a server of the protocol sentry is named by its dsn"],
            ),
            (
                "dsn: https://abc:s3cret@sentry.example/42",
                "dsn: https://abc:s3cret@sentry.example/42\n    url: https://sentry.example/42",
                &["line 9: destinations.bugs.url: a server of the protocol sentry is named by its dsn"],
            ),
            (
                "    dsn: https://abc:s3cret@sentry.example/42\n",
                "",
                &["line 7: destinations.bugs: a destination has either a dsn or a file"],
            ),
            (
                "dsn: https://abc:s3cret@sentry.example/42",
                "dsn: https://abc:s3cret@sentry.example",
                &["line 8: destinations.bugs.dsn: a DSN ends with its project's id: 1 to 64 letters, digits, - and _"],
            ),
            (
                "dsn: https://abc:s3cret@sentry.example/42",
                "dsn: https://abc:s3cret@sentry.example/42/",
                &["line 8: destinations.bugs.dsn: a DSN ends with its project's id: 1 to 64 letters, digits, - and _"],
            ),
            (
                "dsn: https://abc:s3cret@sentry.example/42",
                "dsn: https://:s3cret@sentry.example/42",
                &[
                    "line 8: destinations.bugs.dsn: the public key of a DSN (https://KEY@…) is 1 to 64 letters, digits, - and _",
                ],
            ),
            (
                "dsn: https://abc:s3cret@sentry.example/42",
                "dsn: https://a%0d%0aX-Evil%3a:s3cret@sentry.example/42",
                &[
                    "line 8: destinations.bugs.dsn: the public key of a DSN (https://KEY@…) is 1 to 64 letters, digits, - and _",
                ],
            ),
            (
                "dsn: https://abc:s3cret@sentry.example/42",
                "dsn: http://abc:s3cret@sentry.example/42",
                &["line 8: destinations.bugs.dsn: it is neither https nor on a loopback address"],
            ),
            (
                "dsn: https://abc:s3cret@sentry.example/42",
                "dsn: abc:s3cret@sentry.example/42",
                &["line 8: destinations.bugs.dsn: not a DSN such as https://KEY@sentry.example/1"],
            ),
            (
                "dsn: https://abc:s3cret@sentry.example/42",
                "dsn: 'https://abc:s3cret@sentry example/42'",
                &["line 8: destinations.bugs.dsn: not a DSN such as https://KEY@sentry.example/1"],
            ),
            (
                "protocol: sentry",
                "protocol: json",
                &[
                    "line 8: destinations.bugs.dsn: it means nothing for the protocol json",
                    "line 10: destinations.bugs.environment: it means nothing for the protocol json",
                    "line 11: destinations.bugs.app: it means nothing for the protocol json",
                    "line 13: destinations.bugs.allow[0]: it means nothing for the protocol json",
                    "line 13: destinations.bugs.allow[1]: it means nothing for the protocol json",
                    "line 15: destinations.bugs.reports: it means nothing for the protocol json",
                    "line 16: destinations.bugs.errors: it means nothing for the protocol json",
                    "line 18: destinations.bugs.sessions: it means nothing for the protocol json",
                ],
            ),
            (
                "headers: {X-Key: abc}",
                "headers: {x-sentry-AUTH: abc}",
                &["line 12: destinations.bugs.headers.x-sentry-AUTH: the protocol sets this header itself"],
            ),
            (
                "[ip, profiles]",
                "[ip, geo]",
                &["line 13: destinations.bugs.allow[1]: it means nothing for the protocol sentry"],
            ),
            (
                "environment: production",
                "environment: on site",
                &[
                    "line 10: destinations.bugs.environment: Sentry takes no name with a blank, /, \\ or @, and not the names . .. None",
                ],
            ),
            ("app: acme-cli", "app: ''", &["line 11: destinations.bugs.app: it is empty"]),
            (
                "app: acme-cli",
                "app: a/b",
                &[
                    "line 11: destinations.bugs.app: Sentry takes no name with a blank, /, \\ or @, and not the names . .. None",
                ],
            ),
            (
                "reports: true",
                "reports: often",
                &["line 15: destinations.bugs.reports: invalid type: string \"often\", expected a boolean"],
            ),
        ]);
    }

    #[test]
    fn problems_of_its_events() {
        hold(&[
            ("$field.kind", "$field.command", &[]),
            (
                "$field.kind",
                "$field.moon",
                &["line 17: destinations.bugs.errors.failed.type: the event has no field \"moon\""],
            ),
            (
                "$field.kind",
                "$event",
                &[
                    "line 17: destinations.bugs.errors.failed.type: \"$event\" is no text and no $field.NAME (write $$ for a dollar sign)",
                ],
            ),
            ("message: It failed", "message: ''", &["line 17: destinations.bugs.errors.failed.message: it is empty"]),
            (
                "message: It failed",
                "text: It failed",
                &["line 17: destinations.bugs.errors.failed: unknown key `text`, expected `type` or `message`"],
            ),
            (
                "      failed: {type: $field.kind, message: It failed}",
                "      run: {}",
                &[
                    "line 17: destinations.bugs.errors.run: a lifecycle event is a session, and no error: it comes twice",
                    "line 19: destinations.bugs.sessions.run: it is an error already",
                    "line 27: events.failed: bugs, where it goes, names its sessions, and it is none of them and no error",
                ],
            ),
            (
                "      failed: {type: $field.kind, message: It failed}",
                "      local: {}",
                &[
                    "line 17: destinations.bugs.errors.local: no event of this name goes there",
                    "line 27: events.failed: bugs, where it goes, names its sessions, and it is none of them and no error",
                ],
            ),
            (
                "      run:\n        duration: $field.took",
                "      failed: {}\n      run:\n        duration: $field.took",
                &["line 19: destinations.bugs.sessions.failed: it is an error already"],
            ),
            (
                "      run:\n        duration: $field.took",
                "      lcoal: {}\n      run:\n        duration: $field.took",
                &["line 19: destinations.bugs.sessions.lcoal: no event of this name goes there"],
            ),
            (
                "duration: $field.took",
                "duration: $field.problems",
                &[
                    "line 20: destinations.bugs.sessions.run.duration: the field problems is of type integer, and not duration",
                ],
            ),
            (
                "duration: $field.took",
                "duration: 400",
                &["line 20: destinations.bugs.sessions.run.duration: \"400\" is no $field.NAME"],
            ),
            (
                "errors: $field.problems",
                "errors: $field.took",
                &[
                    "line 22: destinations.bugs.sessions.run.errors: the field took is of type duration, and not integer",
                ],
            ),
            (
                "status: $field.result",
                "status: $field.took",
                &[
                    "line 21: destinations.bugs.sessions.run.status: the field took is of type duration, and not enum or boolean",
                    "line 23: destinations.bugs.sessions.run.means.bad: it is not one of: true, false",
                ],
            ),
            (
                "        status: $field.result\n",
                "",
                &["line 22: destinations.bugs.sessions.run.means: it means nothing without a status"],
            ),
            (
                "{bad: errored}",
                "{worse: errored}",
                &["line 23: destinations.bugs.sessions.run.means.worse: it is not one of: ok, bad"],
            ),
            (
                "{bad: errored}",
                "{bad: wrong}",
                &[
                    "line 23: destinations.bugs.sessions.run.means.bad: \"wrong\" is not one of: exited, errored, crashed, abnormal",
                ],
            ),
            (
                ", destinations: [disk]",
                "",
                &[
                    "line 41: events.local: bugs, where it goes, names its sessions, and it is none of them and no error",
                ],
            ),
            (
                "      command:",
                "      a_name_that_is_longer_than_a_tag_can_be:",
                &[
                    "line 32: events.failed.fields.a_name_that_is_longer_than_a_tag_can_be: it is a tag at bugs, and the name of a tag has at most 32 characters",
                ],
            ),
            (
                "longest: 9",
                "longest: 201",
                &[
                    "line 32: events.failed.fields.command.longest: it is a tag at bugs, and a tag has at most 200 characters",
                ],
            ),
        ]);
    }
}
