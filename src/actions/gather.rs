//! Gather: the facts that a decision is made from, read once.
//!
//! Promises: what cannot be read becomes a fact that says so. Absent: asking again when a file changed (`ask`); the rules
//! (`consent/decide.rs`).

use std::path::{Path, PathBuf};

use crate::actions::context::Context;
use crate::consent::agreement::{self, Agreement};
use crate::consent::facts::{Asked, DoNotTrack, Facts, Home, Shown};
use crate::consent::policy::{self, Policy};
use crate::host::clock::Timestamp;
use crate::host::env::{DO_NOT_TRACK, Var};
use crate::host::facts::{self, Ci};
use crate::host::files;
use crate::identity::places::Places;
use crate::identity::profile::{self, error_words};
use crate::identity::project::{self, Above, Project, Walk, Word};
use crate::manifest::tool::Manifest;
use crate::settings::yaml;

/// Where an event was, or is, recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// At the working directory.
    Here,
    /// In the project with this folder.
    Project(PathBuf),
    /// In no project.
    Nowhere,
}

/// What is the same for all tools, gathered once.
#[derive(Debug, Clone)]
pub struct Machine {
    policy: Policy,
    do_not_track: DoNotTrack,
    ci: Option<Ci>,
    no_for_all: Asked,
    withdrawn: Option<Timestamp>,
    home: Home,
    above: Above,
}

impl Machine {
    /// As it stands now.
    #[must_use]
    pub fn of(context: &Context) -> Self {
        Self::below(context, above(context, &Where::Here))
    }

    pub(super) fn below(context: &Context, above: Above) -> Self {
        let (no_for_all, withdrawn) = no_for_all(&context.paths.no_for_all(), &context.paths.withdrawn());
        Self {
            policy: read_policy(context.paths.policy()),
            do_not_track: do_not_track(context.env.get(DO_NOT_TRACK)),
            ci: facts::ci(&context.env),
            no_for_all,
            withdrawn,
            home: ownership(context.paths.home()),
            above,
        }
    }

    /// All facts about a tool.
    #[must_use]
    pub fn facts(&self, context: &Context, manifest: &Manifest, places: &Places) -> Facts {
        self.facts_in(context, manifest, places, self.above.walk(&manifest.tool).project)
    }

    pub(super) fn facts_in(
        &self,
        context: &Context,
        manifest: &Manifest,
        places: &Places,
        project: Option<Project>,
    ) -> Facts {
        let shown = shown(context, places);
        let variables = manifest
            .variables
            .iter()
            .map(|variable| (variable.name.clone(), variable.said(context.env.get(&variable.name))));
        Facts {
            policy: self.policy.clone(),
            do_not_track: self.do_not_track,
            variables: variables.collect(),
            ci: self.ci,
            no_for_all: self.no_for_all.clone(),
            withdrawn: self.withdrawn,
            marker: asked_marker(places),
            profile: profile::read(&shown.profile),
            home: self.home.clone(),
            project: project.map(|project| {
                let word = project_word(&project);
                (project, word)
            }),
            agreement: read_agreement(&shown.agreement),
            shown,
        }
    }
}

/// Gathers all facts about a tool.
#[must_use]
pub fn facts(context: &Context, manifest: &Manifest, places: &Places, place: &Where) -> Facts {
    let above = above(context, place);
    let walk = walk(&above, manifest, place);
    Machine::below(context, above).facts_in(context, manifest, places, walk.project)
}

/// The folders that are looked through for a project.
pub(super) fn above(context: &Context, place: &Where) -> Above {
    match (place, context.directory.as_deref()) {
        (Where::Here, Some(directory)) => Above::of(directory, context.paths.home()),
        (Where::Here, None) | (Where::Project(_) | Where::Nowhere, _) => Above::default(),
    }
}

pub(super) fn walk(above: &Above, manifest: &Manifest, place: &Where) -> Walk {
    match place {
        Where::Project(root) => Walk { project: Some(Project::at(root, &manifest.tool)), passed: Vec::new() },
        Where::Here | Where::Nowhere => above.walk(&manifest.tool),
    }
}

pub(super) fn shown(context: &Context, places: &Places) -> Shown {
    Shown {
        policy: context.paths.policy().to_path_buf(),
        no_for_all: context.paths.no_for_all(),
        home: context.paths.home().to_path_buf(),
        marker: places.no(),
        profile: places.profile(),
        agreement: places.agreement(),
    }
}

pub(super) fn project_word(project: &Project) -> Word {
    // The queue keeps the folder as text; one that is not text could not be asked again.
    if project.root().to_str().is_none() {
        return Word::Unreadable { why: "its path is not text".to_owned(), line: None };
    }
    project::read(project)
}

fn asked(path: &Path) -> Asked {
    match files::exists(path) {
        Ok(true) => Asked::There,
        Ok(false) => Asked::Absent,
        Err(error) => Asked::Unknown(error_words(&error)),
    }
}

/// The no for all tools, and when it was withdrawn last. Where that time cannot be read nobody knows what may go: that holds
/// everything, and drops nothing.
fn no_for_all(path: &Path, withdrawn: &Path) -> (Asked, Option<Timestamp>) {
    let time = |bytes: Vec<u8>| String::from_utf8(bytes).ok().and_then(|text| Timestamp::parse(text.trim()));
    let time = match files::read(withdrawn, 64) {
        Ok(None) => Ok(None),
        Ok(Some(bytes)) => time(bytes).map(Some).ok_or_else(|| "it is no time".to_owned()),
        Err(error) => Err(error_words(&error)),
    };
    match (asked(path), time) {
        (Asked::Absent, Err(why)) => (Asked::Unknown(format!("{}: {why}", withdrawn.display())), None),
        (asked, time) => (asked, time.ok().flatten()),
    }
}

/// Behind a link, the marker of another place would be asked for.
fn asked_marker(places: &Places) -> Asked {
    match files::is_own_folder(places.telemetry()) {
        Ok(None) => Asked::Absent,
        Ok(Some(false)) => Asked::Unknown(format!("{} is a link", places.telemetry().display())),
        Ok(Some(true)) => match files::stands(&places.no()) {
            Ok(true) => Asked::There,
            Ok(false) => Asked::Absent,
            Err(error) => Asked::Unknown(error_words(&error)),
        },
        Err(error) => Asked::Unknown(error_words(&error)),
    }
}

fn do_not_track(value: Var<'_>) -> DoNotTrack {
    match value {
        Var::Unset | Var::Text("" | "0" | "false") => DoNotTrack::Silent,
        Var::Text(_) | Var::NotText => DoNotTrack::Set,
    }
}

fn ownership(path: &Path) -> Home {
    match files::owner(path) {
        Ok(owner) if owner == files::acting_user() => Home::Ours,
        Ok(_) => Home::OfAnother,
        // Nothing is kept in a home that is not there, and nobody's answer can be read from it.
        Err(error) => Home::Unknown(match files::exists(path) {
            Ok(false) => "it is not there".to_owned(),
            Ok(true) => error_words(&error),
            Err(error) => error_words(&error),
        }),
    }
}

/// The machine's policy as it stands.
#[must_use]
pub fn read_policy(path: &Path) -> Policy {
    match files::read(path, yaml::LIMIT) {
        Ok(None) => Policy::Absent,
        Ok(Some(source)) => policy::parse(&source),
        Err(error) => Policy::Unreadable { why: error_words(&error), line: None },
    }
}

fn read_agreement(path: &Path) -> agreement::State {
    match files::read(path, agreement::LIMIT) {
        Ok(None) => agreement::State::Absent,
        Ok(Some(source)) => {
            Agreement::from_bytes(&source).map_or_else(agreement::State::Unreadable, agreement::State::Given)
        }
        Err(error) => agreement::State::Unreadable(error_words(&error)),
    }
}
