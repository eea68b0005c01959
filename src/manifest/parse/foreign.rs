//! `switches` of a foreign tool.
//!
//! Promises: every name that is referred to is declared; what a layer writes, its own truth takes for what it should say; what means
//! nothing beside events, or beside `environment`, is a problem. Absent: reading anything of the tool.

mod components;
mod files;
mod ids;
mod layers;
mod places;
mod requests;
mod truths;

use crate::identity::names::ToolName;
use crate::manifest::foreign::files::{Begin, ForeignFile, Source};
use crate::manifest::foreign::layers::{Layer, Usual};
use crate::manifest::foreign::truths::{Literal, Truth, Word};
use crate::manifest::foreign::{Foreign, ProjectMark, VersionSource};
use crate::manifest::parse::foreign::files::{answer_path, key, known, path};
use crate::manifest::parse::foreign::layers::versions;
use crate::manifest::problem::Problems;
use crate::manifest::switches::{Variable, is_variable};
use crate::manifest::versions::Versions;
use crate::manifest::written::Written;
use crate::manifest::written::switches::{WrittenSwitches, WrittenVersion};

/// The switches of a manifest without events.
pub(super) fn foreign(problems: &mut Problems, written: &Written, variables: &[Variable]) -> Option<Foreign> {
    let switches = written.switches.as_ref()?;
    if written.events.is_empty() && !switches.components.is_empty() {
        return Some(family(problems, written, switches));
    }
    if !written.events.is_empty() || switches.layers.is_empty() {
        let why = if written.events.is_empty() {
            "it means nothing without layers"
        } else {
            "it means nothing beside events"
        };
        for key in given(switches) {
            problems.say_at(key, why);
        }
        let on = written.consent == "opt-out";
        return written.events.is_empty().then(|| of_variables(variables, on));
    }
    if !switches.environment.is_empty() {
        problems.say_at("environment", "it means nothing beside layers: a variable is a layer there");
    }
    let foreign = single(problems, written, switches);
    if foreign.files.iter().any(|file| matches!(file.begin, Begin::Given | Begin::Beside)) {
        problems.say_at("files", "only a component's file is pointed at");
    }
    Some(foreign)
}

/// A family of programs: what is not theirs together stands in each of them.
fn family(problems: &mut Problems, written: &Written, switches: &WrittenSwitches) -> Foreign {
    for key in given(switches).filter(|key| !matches!(*key, "also" | "truths" | "requests" | "components")) {
        problems.say_at(key, "beside components it stands in each of them");
    }
    if !switches.environment.is_empty() {
        problems.say_at("environment", "it means nothing beside components");
    }
    if switches.requests.as_ref().is_some_and(|requests| !requests.events.is_empty()) {
        problems.say_at("requests", "beside components it has `parts` only");
    }
    let components = components::components(problems, switches, &|problems, own| single(problems, written, own));
    Foreign { also: also(problems, written, switches), components, ..Foreign::default() }
}

/// The switches of one program.
fn single(problems: &mut Problems, written: &Written, switches: &WrittenSwitches) -> Foreign {
    let files = problems.at("files", |problems| files::files(problems, switches));
    let truths = problems.at("truths", |problems| truths::truths(problems, switches));
    let foreign = Foreign {
        also: also(problems, written, switches),
        programs: programs(problems, switches),
        project: project(problems, switches),
        version: problems.at("version", |problems| version(problems, switches, &files)),
        layers: problems.at("layers", |problems| layers::layers(problems, switches, &files, &truths)),
        defaults: problems.at("default", |problems| defaults(problems, written, switches)),
        mirrors: problems.at("mirrors", |problems| layers::mirrors(problems, switches, &files)),
        dead: problems.at("dead", |problems| layers::dead(problems, switches, &files)),
        queues: problems.at("queues", |problems| layers::queues(problems, switches, &files)),
        ids: problems.at("ids", |problems| ids::ids(problems, switches, &files)),
        found: problems.at("found", |problems| ids::found(problems, switches)),
        residual: problems.at("residual", |problems| layers::residual(problems, switches)),
        endpoints: problems.at("endpoint", |problems| layers::endpoints(problems, switches, &files)),
        no_endpoint: switches.no_endpoint.as_deref().map(|text| problems.text("no_endpoint", text, 500)),
        guessable: sentences(problems, "guessable", &switches.guessable),
        after: switches.after.as_deref().map(|text| problems.text("after", text, 500)),
        requests: problems.at("requests", |problems| requests::requests(problems, switches, &files)),
        asks: problems.at("requests", |problems| places::asks(problems, switches)),
        tells: problems.at("tells", |problems| components::tells(problems, switches, &files)),
        by_hand: sentences(problems, "by_hand", &switches.by_hand),
        nowhere: sentences(problems, "nowhere", &switches.nowhere),
        components: Vec::new(),
        files,
    };
    if foreign.no_endpoint.is_some() && !foreign.endpoints.is_empty() {
        problems.say_at("no_endpoint", "it says why there is no endpoint, and there is one");
    }
    let needs_project = foreign.files.iter().any(|file| file.begin == Begin::Project);
    if needs_project && foreign.project.is_none() {
        problems.say("it has files of a project and no `project`, which says how one is found");
    }
    foreign
}

/// The keys of a foreign tool that are given.
fn given(switches: &WrittenSwitches) -> impl Iterator<Item = &'static str> {
    [
        ("also", !switches.also.is_empty()),
        ("programs", !switches.programs.is_empty()),
        ("project", switches.project.is_some()),
        ("version", !switches.version.is_empty()),
        ("files", !switches.files.is_empty()),
        ("truths", !switches.truths.is_empty()),
        ("layers", !switches.layers.is_empty()),
        ("default", !switches.default.is_empty()),
        ("mirrors", !switches.mirrors.is_empty()),
        ("dead", !switches.dead.is_empty()),
        ("queues", !switches.queues.is_empty()),
        ("ids", !switches.ids.is_empty()),
        ("found", !switches.found.is_empty()),
        ("residual", !switches.residual.is_empty()),
        ("endpoint", !switches.endpoint.is_empty()),
        ("no_endpoint", switches.no_endpoint.is_some()),
        ("guessable", !switches.guessable.is_empty()),
        ("after", switches.after.is_some()),
        ("requests", switches.requests.is_some()),
        ("tells", !switches.tells.is_empty()),
        ("by_hand", !switches.by_hand.is_empty()),
        ("nowhere", !switches.nowhere.is_empty()),
        ("components", !switches.components.is_empty()),
    ]
    .into_iter()
    .filter_map(|(key, given)| given.then_some(key))
}

/// A foreign tool of which only variables are known: a value that is not listed means nothing that anybody knows.
fn of_variables(variables: &[Variable], on: bool) -> Foreign {
    let layer = |variable: &Variable| Layer {
        source: Source::Variable(variable.name.clone()),
        truth: Truth {
            values: [(&variable.on, Word::On), (&variable.off, Word::Off)]
                .into_iter()
                .flat_map(|(values, word)| values.iter().map(move |value| (Literal::Text(value.clone()), word)))
                .collect(),
            ignore_case: false,
            other: Some(Word::Pass),
            number: Some(Word::Pass),
            many: Some(Word::Pass),
            null: Word::Pass,
            absent: Word::Pass,
            under: Word::Pass,
            missing: Word::Pass,
            empty: Word::Pass,
            broken: None,
        },
        versions: Versions::default(),
        inverse: false,
        write: None,
        says: None,
        trap: None,
        rare: false,
    };
    Foreign {
        layers: variables.iter().map(layer).collect(),
        defaults: vec![Usual { on, versions: Versions::default() }],
        ..Foreign::default()
    }
}

fn also(problems: &mut Problems, written: &Written, switches: &WrittenSwitches) -> Vec<ToolName> {
    problems.at("also", |problems| {
        problems.once(&switches.also);
        let names = switches.also.iter().enumerate();
        names
            .filter_map(|(index, name)| {
                problems.at_item(index, |problems| {
                    if *name == written.tool {
                        problems.say("it is the tool's own name");
                    }
                    problems.value(ToolName::new(name))
                })
            })
            .collect()
    })
}

fn programs(problems: &mut Problems, switches: &WrittenSwitches) -> Vec<String> {
    problems.at("programs", |problems| {
        problems.once(&switches.programs);
        for (index, name) in switches.programs.iter().enumerate() {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            if name.is_empty() || name.len() > 64 || name.starts_with('.') || !name.chars().all(plain) {
                problems.at_item(index, |problems| problems.say(format!("{name:?} is not the name of a program")));
            }
        }
        switches.programs.clone()
    })
}

fn project(problems: &mut Problems, switches: &WrittenSwitches) -> Option<ProjectMark> {
    let mark = switches.project.as_ref()?;
    problems.at("project", |problems| {
        if mark.marker.is_empty() && mark.holds.is_empty() {
            problems.say("it names no marker: a path below a project's folder that every project has");
        }
        for (index, one) in mark.holds.iter().enumerate() {
            problems.at("holds", |problems| {
                problems.at_item(index, |problems| {
                    problems.at("file", |problems| path(problems, &one.file));
                    key(problems, &one.key, false);
                });
            });
        }
        problems.at("marker", |problems| {
            for (index, one) in mark.marker.iter().enumerate() {
                problems.at_item(index, |problems| path(problems, one));
            }
        });
        variable(problems, mark.variable.as_deref());
    });
    let holds = mark.holds.iter().map(|one| (one.file.clone(), one.key.clone())).collect();
    Some(ProjectMark { marks: mark.marker.clone(), holds, variable: mark.variable.clone() })
}

/// The name of a variable at `variable`.
fn variable(problems: &mut Problems, name: Option<&str>) {
    if let Some(name) = name.filter(|name| !is_variable(name)) {
        problems.say_at("variable", format!("{name:?} is not the name of a variable"));
    }
}

fn version(problems: &mut Problems, switches: &WrittenSwitches, files: &[ForeignFile]) -> Vec<VersionSource> {
    let mut all = Vec::new();
    for (index, one) in switches.version.iter().enumerate() {
        problems.at_item(index, |problems| {
            let source = match one {
                WrittenVersion { python: Some(name), npm: None, file: None, answer: None, .. }
                    if one.key.is_empty() =>
                {
                    VersionSource::Python(name.clone())
                }
                WrittenVersion { python: None, npm: Some(name), file: None, answer: None, .. }
                    if one.key.is_empty() =>
                {
                    VersionSource::Npm(name.clone())
                }
                WrittenVersion { python: None, npm: None, file: Some(file), answer: None, .. } => {
                    known(problems, "file", file, files);
                    key(problems, &one.key, false);
                    VersionSource::Key { file: file.clone(), key: one.key.clone() }
                }
                WrittenVersion { python: None, npm: None, file: None, answer: Some(path), .. } => {
                    key(problems, &one.key, false);
                    answer_path(problems, path);
                    VersionSource::Answer { path: path.clone(), key: one.key.clone() }
                }
                WrittenVersion { .. } => {
                    problems.say("it is one of: python, npm, file with key, answer with key");
                    return;
                }
            };
            all.push(source);
        });
    }
    all
}

fn defaults(problems: &mut Problems, written: &Written, switches: &WrittenSwitches) -> Vec<Usual> {
    let mut all: Vec<Usual> = Vec::new();
    for (index, one) in switches.default.iter().enumerate() {
        problems.at_item(index, |problems| {
            if all.last().is_some_and(|before| before.versions.is_all()) {
                problems.say("the one before holds for all versions");
            }
            all.push(Usual { on: one.on, versions: versions(problems, one.versions.as_deref()) });
        });
    }
    if all.is_empty() {
        all.push(Usual { on: written.consent == "opt-out", versions: Versions::default() });
    }
    all
}

/// Sentences for people at `key`.
fn sentences(problems: &mut Problems, key: &str, all: &[String]) -> Vec<String> {
    problems.at(key, |problems| {
        problems.once(all);
        for (index, one) in all.iter().enumerate() {
            problems.at_item(index, |problems| problems.plain(one, 500));
        }
        all.to_vec()
    })
}
