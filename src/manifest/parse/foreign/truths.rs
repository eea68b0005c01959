//! `truths`, and values with their types.
//!
//! Promises: a value means one thing. Absent: what a value looks like to a person (`foreign/truths`).

use crate::manifest::foreign::truths::{Literal, Truth, Word};
use crate::manifest::problem::Problems;
use crate::manifest::template::Template;
use crate::manifest::written::layers::WrittenTruth;
use crate::manifest::written::switches::WrittenSwitches;

/// All ideas of truth, by name.
pub(super) fn truths(problems: &mut Problems, switches: &WrittenSwitches) -> Vec<(String, Truth)> {
    let all = switches.truths.iter();
    all.filter_map(|(name, one)| Some((name.to_owned(), problems.at(name, |problems| truth(problems, one))?))).collect()
}

fn truth(problems: &mut Problems, one: &WrittenTruth) -> Option<Truth> {
    let mut values: Vec<(Literal, Word)> = Vec::new();
    let lists = [
        ("on", &one.on, Word::On),
        ("off", &one.off, Word::Off),
        ("crash", &one.crash, Word::Crash),
        ("pass", &one.pass, Word::Pass),
    ];
    for (key, list, word) in lists {
        problems.at(key, |problems| {
            for (index, value) in list.iter().enumerate() {
                problems.at_item(index, |problems| {
                    let Some(literal) = literal(problems, value) else { return };
                    if values.iter().any(|(before, _)| *before == literal) {
                        problems.say("it stands twice");
                    }
                    values.push((literal, word));
                });
            }
        });
    }
    let other = match one.other.as_deref() {
        Some("unknown") => None,
        Some(given) => Some(problems.choice("other", given, &Word::CHOICES)?),
        None => {
            problems.say("it does not say what any `other` value means");
            return None;
        }
    };
    let mut word = |key: &str, given: Option<&str>| problems.choice(key, given.unwrap_or("pass"), &Word::CHOICES);
    Some(Truth {
        values,
        ignore_case: one.ignore_case.unwrap_or(false),
        null: word("nothing", one.nothing.as_deref())?,
        absent: word("absent", one.absent.as_deref())?,
        under: word("under", one.under.as_deref())?,
        missing: word("missing", one.missing.as_deref())?,
        empty: word("empty", one.empty.as_deref())?,
        broken: match one.broken.as_deref() {
            None => None,
            Some(given) => Some(word("broken", Some(given))?),
        },
        number: match one.number.as_deref() {
            None => other,
            Some("unknown") => None,
            given => Some(word("number", given)?),
        },
        many: match one.many.as_deref() {
            None => other,
            Some("unknown") => None,
            given => Some(word("many", given)?),
        },
        other,
    })
}

/// A value that is one scalar.
pub(super) fn literal(problems: &mut Problems, value: &Template) -> Option<Literal> {
    match value {
        Template::Bool(value) => Some(Literal::Bool(*value)),
        Template::Number(number) => Some(Literal::Number(number.to_string())),
        Template::Text(text) => {
            problems.plain(text, 256);
            Some(Literal::Text(text.clone()))
        }
        Template::Null | Template::List(_) | Template::Map(_) => {
            problems.say("it is a boolean, a number or a text");
            None
        }
    }
}
