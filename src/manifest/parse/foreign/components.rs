//! `components` of a foreign tool, and what `status` tells of them.
//!
//! Promises: a component has a name and signs of its own; what all share (truths, parts of requests) is written once. Absent: reading.

use crate::manifest::foreign::components::{Blocks, Sign, Started, Tell};
use crate::manifest::foreign::files::{Begin, ForeignFile, Kept};
use crate::manifest::foreign::{Component, Foreign};
use crate::manifest::parse::foreign::files::{key, known, source};
use crate::manifest::parse::foreign::layers::{named, versions};
use crate::manifest::problem::Problems;
use crate::manifest::switches::is_variable;
use crate::manifest::written::layers::{WrittenSign, WrittenStarted};
use crate::manifest::written::switches::{WrittenComponent, WrittenSwitches};

/// How the switches of one program are read.
pub(super) type Single<'s> = &'s dyn Fn(&mut Problems, &WrittenSwitches) -> Foreign;

/// The components.
pub(super) fn components(problems: &mut Problems, switches: &WrittenSwitches, single: Single<'_>) -> Vec<Component> {
    problems.at("components", |problems| {
        let names: Vec<String> = switches.components.iter().map(|one| one.name.clone()).collect();
        problems.once(&names);
        let all = switches.components.iter().enumerate();
        all.filter_map(|(index, one)| problems.at_item(index, |problems| component(problems, switches, one, single)))
            .collect()
    })
}

fn component(
    problems: &mut Problems,
    shared: &WrittenSwitches,
    one: &WrittenComponent,
    single: Single<'_>,
) -> Option<Component> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if one.name.is_empty() || one.name.len() > 64 || !one.name.chars().all(plain) {
        problems.say_at("name", format!("{:?} is not a name of small letters, digits and -", one.name));
    }
    let title = problems.text("title", &one.title, 200);
    let foreign: Foreign = problems.at("switches", |problems| {
        if !one.switches.components.is_empty() {
            problems.say_at("components", "a component has none");
        }
        if one.switches.layers.is_empty() && one.switches.ids.is_empty() {
            problems.say("it has neither layers nor ids");
        }
        single(problems, &with_shared(&one.switches, shared))
    });
    let recognise = problems.at("recognise", |problems| {
        let all = one.recognise.iter().enumerate();
        all.map(|(index, sign)| problems.at_item(index, |problems| self::sign(problems, sign, &foreign.files)))
            .collect()
    });
    let started = problems.at("started", |problems| {
        let all = one.started.iter().enumerate();
        all.map(|(index, one)| problems.at_item(index, |problems| self::started(problems, one, &foreign.files)))
            .collect()
    });
    if one.recognise.is_empty() && one.started.is_empty() {
        problems.say("nothing recognises it: neither `recognise` nor `started`");
    }
    Some(Component { name: one.name.clone(), title, recognise, started, foreign })
}

/// A component's switches with what all share before its own.
fn with_shared(own: &WrittenSwitches, shared: &WrittenSwitches) -> WrittenSwitches {
    let mut all = own.clone();
    all.truths = shared.truths.followed_by(&own.truths);
    if let (Some(requests), Some(shared)) = (&mut all.requests, &shared.requests) {
        requests.parts = shared.parts.followed_by(&requests.parts);
    }
    all
}

fn sign(problems: &mut Problems, one: &WrittenSign, files: &[ForeignFile]) -> Sign {
    known(problems, "file", &one.file, files);
    let file = files.iter().find(|file| file.name == one.file);
    if file.is_some_and(|file| file.begin != Begin::Given) {
        problems.say_at("file", "it is a file that is `given`");
    }
    if one.any.is_empty() && one.all.is_empty() && one.block.is_none() {
        problems.say("a name alone tells nothing: it is recognised by `any`, `all` or `block`");
    }
    for (at, keys) in [("any", &one.any), ("all", &one.all), ("none", &one.none)] {
        problems.at(at, |problems| {
            for (index, one) in keys.iter().enumerate() {
                problems.at_item(index, |problems| key(problems, one, false));
            }
        });
    }
    let block = one.block.as_ref().map(|block| {
        problems.at("block", |problems| {
            if file.is_some_and(|file| file.kept != Kept::Hcl) {
                problems.say("only HCL has blocks");
            }
            if block.holds.is_empty() || block.kind.is_empty() || block.attribute.is_empty() {
                problems.say("it has a `kind`, an `attribute`, and what that `holds`");
            }
        });
        Blocks { kind: block.kind.clone(), attribute: block.attribute.clone(), holds: block.holds.clone() }
    });
    Sign {
        file: one.file.clone(),
        named: one.named.clone(),
        any: one.any.clone(),
        all: one.all.clone(),
        none: one.none.clone(),
        block,
    }
}

fn started(problems: &mut Problems, one: &WrittenStarted, files: &[ForeignFile]) -> Started {
    if one.images.is_empty() && one.programs.is_empty() {
        problems.say("it names neither `images` nor `programs`");
    }
    if let Some(file) = &one.file {
        known(problems, "file", file, files);
    }
    if (!one.options.is_empty() || one.variable.is_some()) && one.file.is_none() {
        problems.say("`options` and `variable` name a `file`");
    }
    if one.base64 == Some(true) && one.options.is_empty() {
        problems.say_at("base64", "it stands behind one of `options`");
    }
    if let Some(name) = one.variable.as_deref().filter(|name| !is_variable(name)) {
        problems.say_at("variable", format!("{name:?} is not the name of a variable"));
    }
    Started {
        images: one.images.clone(),
        programs: one.programs.clone(),
        file: one.file.clone(),
        options: one.options.clone(),
        base64: one.base64.unwrap_or(false),
        variable: one.variable.clone(),
    }
}

/// What is told beside the switch.
pub(super) fn tells(problems: &mut Problems, switches: &WrittenSwitches, files: &[ForeignFile]) -> Vec<Tell> {
    let mut all = Vec::new();
    for (index, one) in switches.tells.iter().enumerate() {
        problems.at_item(index, |problems| {
            let name = problems.text("name", &one.name, 64);
            let usual = one.usual.as_deref().map(|text| problems.text("usual", text, 500));
            let from = problems.at("from", |problems| {
                let from = one.from.iter().enumerate();
                from.filter_map(|(index, one)| {
                    problems.at_item(index, |problems| {
                        let places = named(&one.variable, &one.property, &one.file);
                        source(problems, places, &one.key, (files, false))
                    })
                })
                .collect()
            });
            if usual.is_none() && one.from.is_empty() {
                problems.say("it says neither `from` where it is read, nor what is `usual`");
            }
            all.push(Tell { name, from, usual, versions: versions(problems, one.versions.as_deref()) });
        });
    }
    all
}
