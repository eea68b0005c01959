//! Ways to ask for deletion.
//!
//! Promises: each way is one of four and stands once. Absent: asking.

use crate::identity::ids::ProvidedId;
use crate::manifest::destinations::{Deletion, FilePlace, WebAddress};
use crate::manifest::problem::Problems;
use crate::manifest::written::WrittenDeletion;

/// The ways of `deletion`, in order.
pub(super) fn deletion(problems: &mut Problems, written: &[WrittenDeletion]) -> Vec<Deletion> {
    let mut ways: Vec<Deletion> = Vec::new();
    for (index, one) in written.iter().enumerate() {
        problems.at_item(index, |problems| match way(problems, one) {
            Some(way) if ways.contains(&way) => problems.say("it stands twice"),
            found => ways.extend(found),
        });
    }
    ways
}

fn way(problems: &mut Problems, written: &WrittenDeletion) -> Option<Deletion> {
    match (&written.endpoint, &written.file, &written.mail, &written.form) {
        (Some(url), None, None, None) => problems.value_at("endpoint", WebAddress::new(url)).map(Deletion::Endpoint),
        (None, Some(path), None, None) => problems.value_at("file", FilePlace::new(path)).map(Deletion::File),
        (None, None, Some(mail), None) => {
            // What a person may provide is an address or a UUID; nobody can write a mail to the latter.
            let address = ProvidedId::new(mail).ok().filter(|mail| mail.as_str().contains('@'));
            let address = problems.value_at("mail", address.ok_or("it is not an e-mail address"));
            address.map(|mail| Deletion::Mail(mail.as_str().to_owned()))
        }
        (None, None, None, Some(url)) => problems.value_at("form", WebAddress::new(url)).map(Deletion::Form),
        _ => {
            problems.say("a way to ask for deletion is one of: endpoint, file, mail, form");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::tests::hold;

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
                &["line 70: deletion[3]: a way to ask for deletion is one of: endpoint, file, mail, form"],
            ),
            (
                "form: https://acme.example/forget",
                "{}",
                &["line 70: deletion[3]: a way to ask for deletion is one of: endpoint, file, mail, form"],
            ),
        ]);
    }
}
