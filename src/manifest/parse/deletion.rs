//! Ways to ask for deletion.
//!
//! Promises: each way is one of five and stands once; an order that goes as an event goes where events of this manifest go, in a
//! protocol whose receiver can tell it from others. Absent: asking.

use crate::identity::ids::ProvidedId;
use crate::manifest::addresses::{FilePlace, WebAddress};
use crate::manifest::destinations::{Deletion, Destination};
use crate::manifest::forms::Speech;
use crate::manifest::problem::Problems;
use crate::manifest::written::{Written, WrittenDeletion};

/// The ways of `deletion`, in order.
pub(super) fn deletion(problems: &mut Problems, written: &Written, destinations: &[Destination]) -> Vec<Deletion> {
    let mut ways: Vec<Deletion> = Vec::new();
    for (index, one) in written.deletion.iter().enumerate() {
        problems.at_item(index, |problems| match way(problems, one, written, destinations) {
            Some(way) if ways.contains(&way) => problems.say("it stands twice"),
            found => ways.extend(found),
        });
    }
    ways
}

fn way(
    problems: &mut Problems,
    one: &WrittenDeletion,
    written: &Written,
    destinations: &[Destination],
) -> Option<Deletion> {
    match (&one.endpoint, &one.file, &one.event, &one.mail, &one.form) {
        (Some(url), None, None, None, None) => {
            problems.value_at("endpoint", WebAddress::new(url)).map(Deletion::Endpoint)
        }
        (None, Some(path), None, None, None) => problems.value_at("file", FilePlace::new(path)).map(Deletion::File),
        (None, None, Some(name), None, None) => event(problems, name, written, destinations),
        (None, None, None, Some(mail), None) => {
            // What a person may provide is an address or a UUID; nobody can write a mail to the latter.
            let address = ProvidedId::new(mail).ok().filter(|mail| mail.as_str().contains('@'));
            let address = problems.value_at("mail", address.ok_or("it is not an e-mail address"));
            address.map(|mail| Deletion::Mail(mail.as_str().to_owned()))
        }
        (None, None, None, None, Some(url)) => problems.value_at("form", WebAddress::new(url)).map(Deletion::Form),
        _ => {
            problems.say("a way to ask for deletion is one of: endpoint, file, event, mail, form");
            None
        }
    }
}

/// An order as an event of this destination.
fn event(problems: &mut Problems, name: &str, written: &Written, destinations: &[Destination]) -> Option<Deletion> {
    if written.destinations.get(name).is_none() {
        problems.say_at("event", format!("no destination has the name {name:?}"));
        return None;
    }
    // One with problems of its own has them said where it stands.
    let destination = destinations.iter().find(|destination| destination.name.as_str() == name)?;
    if let Some(why) = destination.form.no_order() {
        let goes = |to: Option<&Vec<String>>| to.is_none_or(|to| to.iter().any(|one| one == name));
        let any = written.events.iter().any(|(_, event)| goes(event.destinations.as_ref()));
        // Where events go without schemas, that is said where the schemas should stand.
        if any && matches!(destination.form.speech, Speech::Snowplow(_)) {
            return None;
        }
        problems.say_at("event", why);
        return None;
    }
    Some(Deletion::Event(destination.name.clone()))
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::tests::{hold, problems};

    #[test]
    fn a_receiver_without_schemas_is_a_problem_once() {
        let text = "manifest: 1\ntool: acme\ntitle: t\nconsent: opt-in\nevents:\n  a: {description: d, purpose: p}\ndestinations:\n  snow: {protocol: snowplow, url: 'https://snow.example'}\ndeletion: [{event: snow}]\n...\n";
        assert_eq!(
            problems(text.as_bytes()),
            ["line 8: destinations.snow.schemas: the event a goes there and has no schema"]
        );
    }

    #[test]
    fn problems_of_deletion() {
        hold(&[
            (
                "endpoint: https",
                "endpoint: http",
                &["line 67: deletion[0].endpoint: it is neither https nor on a loopback address"],
            ),
            (
                "file: deletion.jsonl",
                "file: a/b",
                &[
                    "line 68: deletion[1].file: not a file's path: absolute and without `.`, `..` and `//`, or a name such as events.jsonl",
                ],
            ),
            (
                "mail: privacy@acme.example",
                "mail: 63da4e74-c000-4879-aa4f-0b58d1884301",
                &["line 69: deletion[2].mail: it is not an e-mail address"],
            ),
            (
                "form: https://acme.example/forget",
                "form: forget",
                &[
                    "line 70: deletion[3].form: not an address such as https://telemetry.example/v1: relative URL without a base",
                ],
            ),
            (
                "form: https://acme.example/forget",
                "endpoint: https://t.acme.example/delete",
                &["line 70: deletion[3]: it stands twice"],
            ),
            (
                "form: https://acme.example/forget",
                "form: https://acme.example/forget\n    mail: a@acme.example",
                &["line 70: deletion[3]: a way to ask for deletion is one of: endpoint, file, event, mail, form"],
            ),
            (
                "form: https://acme.example/forget",
                "event: moon",
                &["line 70: deletion[3].event: no destination has the name \"moon\""],
            ),
            ("form: https://acme.example/forget", "event: web", &[]),
            ("form: https://acme.example/forget", "event: disk", &[]),
            (
                "form: https://acme.example/forget",
                "event: web\n  - event: web",
                &["line 71: deletion[4]: it stands twice"],
            ),
            (
                "form: https://acme.example/forget",
                "{}",
                &["line 70: deletion[3]: a way to ask for deletion is one of: endpoint, file, event, mail, form"],
            ),
        ]);
    }
}
