//! `layers` and what goes with them: mirrors, dead switches, queues, residual traffic, endpoints.
//!
//! Promises: what a layer writes, its truth takes for the same. Absent: judgement of whether a program really does so.

use crate::manifest::foreign::files::{ForeignFile, Kept, Source};
use crate::manifest::foreign::ids::{Form, FormKind};
use crate::manifest::foreign::layers::{
    Dead, Endpoint, Layer, Mirror, New, Only, Queue, Residual, Scope, Trap, When, Write,
};
use crate::manifest::foreign::truths::{Literal, Seen, Truth, Word};
use crate::manifest::parse::foreign::files::{key, known, source};
use crate::manifest::parse::foreign::truths::literal;
use crate::manifest::problem::Problems;
use crate::manifest::switches::is_variable;
use crate::manifest::template::Template;
use crate::manifest::versions::Versions;
use crate::manifest::written::layers::{WrittenEndpoint, WrittenLayer, WrittenTrap, WrittenWrite};
use crate::manifest::written::switches::WrittenSwitches;
use crate::settings::value::Scalar;

/// Where something may stand, by name.
pub(super) fn named<'n>(
    variable: &'n Option<String>,
    property: &'n Option<String>,
    file: &'n Option<String>,
) -> [Option<&'n str>; 3] {
    [variable, property, file].map(Option::as_deref)
}

/// A range at `versions`; all of them where it is not given.
pub(super) fn versions(problems: &mut Problems, text: Option<&str>) -> Versions {
    let read = text.map(Versions::new);
    read.and_then(|read| problems.value_at("versions", read)).unwrap_or_default()
}

/// The layers.
pub(super) fn layers(
    problems: &mut Problems,
    switches: &WrittenSwitches,
    files: &[ForeignFile],
    truths: &[(String, Truth)],
) -> Vec<Layer> {
    let all = switches.layers.iter().enumerate();
    all.filter_map(|(index, one)| problems.at_item(index, |problems| layer(problems, one, files, truths))).collect()
}

fn layer(
    problems: &mut Problems,
    one: &WrittenLayer,
    files: &[ForeignFile],
    truths: &[(String, Truth)],
) -> Option<Layer> {
    let source = source(problems, named(&one.variable, &one.property, &one.file), &one.key, (files, false))?;
    let truth = truths.iter().find(|(name, _)| *name == one.truth).map(|(_, truth)| truth.clone());
    if truth.is_none() {
        problems.say_at("truth", format!("{:?} is not one of `truths`", one.truth));
    }
    let (truth, versions) = (truth?, versions(problems, one.versions.as_deref()));
    let write =
        one.write.as_ref().and_then(|write| problems.at("write", |problems| written(problems, write, &source, &truth)));
    let says = one.says.as_deref().map(|text| problems.text("says", text, 500));
    let trap = one.trap.as_ref().map(|trap| problems.at("trap", |problems| self::trap(problems, trap)));
    Some(Layer {
        source,
        truth,
        versions,
        inverse: one.inverse.unwrap_or(false),
        write,
        says,
        trap,
        rare: one.rare.unwrap_or(false),
    })
}

fn trap(problems: &mut Problems, one: &WrittenTrap) -> Trap {
    let values = one.values.iter().enumerate();
    let values = values.filter_map(|(index, value)| {
        problems.at("values", |problems| problems.at_item(index, |problems| literal(problems, value)))
    });
    Trap { values: values.collect(), says: problems.text("says", &one.says, 500) }
}

fn written(problems: &mut Problems, one: &WrittenWrite, source: &Source, truth: &Truth) -> Option<Write> {
    if !matches!(source, Source::Key { .. }) {
        problems.say("only a key in a file can be written");
    }
    let scope = problems.choice("scope", &one.scope, &Scope::ALL);
    let only = problems.choice("only", one.only.as_deref().unwrap_or("always"), &Only::ALL);
    let mut side = |name: &str, given: Option<&Template>, not: Word| {
        let given = given?;
        problems.at(name, |problems| {
            let new = new(problems, given)?;
            // What is written must not say the contrary.
            if let New::Value(value) = &new
                && truth.said(&seen(value)) == Ok(not)
            {
                problems.say(format!("its truth takes that for {}", not.as_str()));
            }
            Some(new)
        })
    };
    let (on, off) = (side("on", one.on.as_ref(), Word::Off), side("off", one.off.as_ref(), Word::On));
    if one.on.is_none() && one.off.is_none() {
        problems.say("it writes neither on nor off");
    }
    Some(Write { scope: scope?, on, off, only: only? })
}

fn seen(value: &Literal) -> Seen {
    Seen::Value(match value {
        Literal::Bool(value) => Scalar::Bool(*value),
        Literal::Number(number) => Scalar::Number(number.clone()),
        Literal::Text(text) => Scalar::Text(text.clone()),
    })
}

/// A value, `{fresh: FORM}`, or null, which takes the key out.
fn new(problems: &mut Problems, given: &Template) -> Option<New> {
    match given {
        Template::Null => Some(New::Removed),
        Template::Map(pairs) => match pairs.as_slice() {
            [(name, Template::Text(form))] if name == "fresh" => {
                let kind = problems.choice("fresh", form, &FormKind::ALL)?;
                Some(New::Fresh(Form { kind, prefix: String::new() }))
            }
            _ => {
                problems.say("it is a value, null, or {fresh: FORM}");
                None
            }
        },
        Template::Bool(_) | Template::Number(_) | Template::Text(_) | Template::List(_) => {
            literal(problems, given).map(New::Value)
        }
    }
}

/// The mirrors.
pub(super) fn mirrors(problems: &mut Problems, switches: &WrittenSwitches, files: &[ForeignFile]) -> Vec<Mirror> {
    let mut all = Vec::new();
    for (index, one) in switches.mirrors.iter().enumerate() {
        problems.at_item(index, |problems| {
            known(problems, "file", &one.file, files);
            key(problems, &one.key, false);
            let on = problems.at("on", |problems| literal(problems, &one.on));
            let off = problems.at("off", |problems| literal(problems, &one.off));
            let differs = problems.text("differs", &one.differs, 500);
            let versions = versions(problems, one.versions.as_deref());
            if let (Some(on), Some(off)) = (on, off) {
                all.push(Mirror { file: one.file.clone(), key: one.key.clone(), on, off, differs, versions });
            }
        });
    }
    all
}

/// The dead switches.
pub(super) fn dead(problems: &mut Problems, switches: &WrittenSwitches, files: &[ForeignFile]) -> Vec<Dead> {
    let mut all = Vec::new();
    for (index, one) in switches.dead.iter().enumerate() {
        problems.at_item(index, |problems| {
            let source = source(problems, named(&one.variable, &None, &one.file), &one.key, (files, true));
            let off = one.off.iter().enumerate();
            let off = off
                .filter_map(|(index, value)| {
                    problems.at("off", |problems| problems.at_item(index, |problems| literal(problems, value)))
                })
                .collect();
            let says = problems.text("says", &one.says, 500);
            let versions = versions(problems, one.versions.as_deref());
            all.extend(source.map(|source| Dead { source, off, says, versions }));
        });
    }
    all
}

/// The queues.
pub(super) fn queues(problems: &mut Problems, switches: &WrittenSwitches, files: &[ForeignFile]) -> Vec<Queue> {
    let mut all = Vec::new();
    for (index, one) in switches.queues.iter().enumerate() {
        problems.at_item(index, |problems| {
            known(problems, "file", &one.file, files);
            if files.iter().any(|file| file.name == one.file && file.kept != Kept::Json) {
                problems.say_at("file", "a queue is a file of JSON");
            }
            key(problems, &one.key, false);
            let lock = one.lock.as_deref().unwrap_or("none");
            let locked = problems.choice("lock", lock, &[("none", false), ("flock", true)]).unwrap_or(false);
            problems.text("empty", &one.empty, 1000);
            all.push(Queue { file: one.file.clone(), key: one.key.clone(), empty: one.empty.clone(), locked });
        });
    }
    all
}

/// What leaves beside the events.
pub(super) fn residual(problems: &mut Problems, switches: &WrittenSwitches) -> Vec<Residual> {
    let mut all = Vec::new();
    for (index, one) in switches.residual.iter().enumerate() {
        problems.at_item(index, |problems| {
            let says = problems.text("says", &one.says, 500);
            let when = problems.choice("when", &one.when, &When::ALL);
            let stop = one.stop.as_deref().map(|text| problems.text("stop", text, 500));
            let versions = versions(problems, one.versions.as_deref());
            all.extend(when.map(|when| Residual { says, when, stop, versions }));
        });
    }
    all
}

/// The endpoints.
pub(super) fn endpoints(problems: &mut Problems, switches: &WrittenSwitches, files: &[ForeignFile]) -> Vec<Endpoint> {
    let all = switches.endpoint.iter().enumerate();
    all.filter_map(|(index, one)| problems.at_item(index, |problems| endpoint(problems, one, files))).collect()
}

fn endpoint(problems: &mut Problems, one: &WrittenEndpoint, files: &[ForeignFile]) -> Option<Endpoint> {
    if !is_variable(&one.variable) {
        problems.say_at("variable", format!("{:?} is not the name of a variable", one.variable));
    }
    if !one.value.contains("{origin}") && !one.value.contains("{address}") {
        let words = "it has neither {origin}, which stands for http://127.0.0.1:PORT, nor {address}, which stands for 127.0.0.1:PORT";
        problems.say_at("value", words);
    }
    for (name, _) in one.with.iter().filter(|(name, _)| !is_variable(name)) {
        problems.say_at("with", format!("{name:?} is not the name of a variable"));
    }
    let over = one.overridden.iter().enumerate();
    let overridden = over
        .filter_map(|(index, over)| {
            problems.at("overridden", |problems| {
                problems.at_item(index, |problems| {
                    source(problems, named(&over.variable, &over.property, &over.file), &over.key, (files, false))
                })
            })
        })
        .collect();
    for option in one.not_with.iter().filter(|option| !option.starts_with("--") || option.contains([' ', '='])) {
        problems.say_at("not_with", format!("{option:?} is not an option such as --cwd"));
    }
    let (status, body) = one
        .answer
        .as_ref()
        .map_or((200, String::new()), |answer| (answer.status, answer.body.clone().unwrap_or_default()));
    if !(200..=599).contains(&status) {
        problems.at("answer", |problems| problems.say_at("status", "it is a status from 200 to 599"));
    }
    Some(Endpoint {
        variable: one.variable.clone(),
        value: one.value.clone(),
        overridden,
        not_with: one.not_with.clone(),
        with: one.with.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect(),
        status,
        body,
        versions: versions(problems, one.versions.as_deref()),
    })
}
