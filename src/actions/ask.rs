//! Ask: gathers the facts that a decision is made from, and asks again when a file changed.
//!
//! Promises: a file that appears, goes or changes is seen before the next decision (its inode, size and change time are compared,
//! not its content); what cannot be read becomes a fact that says so. Absent: the rules (`consent/decide.rs`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::actions::context::{Context, Tool};
use crate::consent::agreement::{self, Agreement};
use crate::consent::answer::Question;
use crate::consent::decide::{Decision, decide};
use crate::consent::facts::{Asked, DoNotTrack, Facts, Home, Shown};
use crate::consent::policy::{self, Policy};
use crate::host::clock::Timestamp;
use crate::host::env::{DO_NOT_TRACK, Var};
use crate::host::facts::{self, Ci};
use crate::host::files::{self, Stamp};
use crate::identity::ids::Id;
use crate::identity::names::DestinationName;
use crate::identity::places::Places;
use crate::identity::profile::{self, Profile, error_words};
use crate::identity::project::{self, Above, Project, Walk, Word};
use crate::manifest::destinations::Destination;
use crate::manifest::events::Event;
use crate::manifest::tool::{IdKind, Manifest};
use crate::payload::event::Who;
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

    fn below(context: &Context, above: Above) -> Self {
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

    fn facts_in(&self, context: &Context, manifest: &Manifest, places: &Places, project: Option<Project>) -> Facts {
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
fn above(context: &Context, place: &Where) -> Above {
    match (place, context.directory.as_deref()) {
        (Where::Here, Some(directory)) => Above::of(directory, context.paths.home()),
        (Where::Here, None) | (Where::Project(_) | Where::Nowhere, _) => Above::default(),
    }
}

fn walk(above: &Above, manifest: &Manifest, place: &Where) -> Walk {
    match place {
        Where::Project(root) => Walk { project: Some(Project::at(root, &manifest.tool)), passed: Vec::new() },
        Where::Here | Where::Nowhere => above.walk(&manifest.tool),
    }
}

fn shown(context: &Context, places: &Places) -> Shown {
    Shown {
        policy: context.paths.policy().to_path_buf(),
        no_for_all: context.paths.no_for_all(),
        home: context.paths.home().to_path_buf(),
        marker: places.no(),
        profile: places.profile(),
        agreement: places.agreement(),
    }
}

fn project_word(project: &Project) -> Word {
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

fn read_policy(path: &Path) -> Policy {
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

/// Asks about one tool again and again, reading only what changed.
#[derive(Debug)]
pub struct Asker {
    context: Context,
    tool: Tool,
    place: Where,
    facts: Facts,
    stamps: Vec<(PathBuf, Stamp)>,
    projects: HashMap<PathBuf, Facts>,
}

impl Asker {
    /// About `tool`, from where `place` is.
    #[must_use]
    pub fn new(context: &Context, tool: &Tool, place: &Where) -> Self {
        let mut asker = Self::later(context, tool, place);
        asker.refresh();
        asker
    }

    /// The same, before anything is asked: a no until the first [`Asker::refresh`], which reads all.
    #[must_use]
    pub fn later(context: &Context, tool: &Tool, place: &Where) -> Self {
        let why = || "not asked yet".to_owned();
        let facts = Facts {
            policy: Policy::Unreadable { why: why(), line: None },
            do_not_track: DoNotTrack::Set,
            variables: Vec::new(),
            ci: None,
            no_for_all: Asked::Unknown(why()),
            withdrawn: None,
            marker: Asked::Unknown(why()),
            profile: Profile::Absent,
            home: Home::Unknown(why()),
            project: None,
            agreement: agreement::State::Unreadable(why()),
            shown: shown(context, &tool.places),
        };
        Self {
            context: context.clone(),
            tool: tool.clone(),
            place: place.clone(),
            facts,
            stamps: vec![never()],
            projects: HashMap::new(),
        }
    }

    /// The tool.
    #[must_use]
    pub const fn tool(&self) -> &Tool {
        &self.tool
    }

    /// The facts as they were read last.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Looks whether any file changed, and reads all anew if so; `true` when it did. The home is watched for its owner only: its
    /// own change time moves with every file made in it.
    pub fn refresh(&mut self) -> bool {
        let home = &self.facts.shown.home;
        let changed = self.stamps.iter().any(|(path, before)| match (before, files::stamp(path)) {
            (Stamp::File(device, inode, ..), Stamp::File(device_now, inode_now, ..)) if path == home => {
                (*device, *inode) != (device_now, inode_now)
            }
            (before, now) => *before != now,
        });
        if changed {
            let before = self.facts.project.as_ref().map(|(project, _)| project.root().to_path_buf());
            self.look(&self.place.clone());
            // A project whose config went while we ran is gone, not refuted: it can no longer be asked.
            if let Some(root) = before.filter(|_| self.facts.project.is_none()) {
                self.look(&Where::Project(root));
            }
        }
        changed
    }

    /// Reads all anew.
    fn look(&mut self, place: &Where) {
        let Self { context, tool, .. } = self;
        // Stamps before content: what changes in between differs from its stamp and is read again at the next look.
        let above = above(context, place);
        let walk = walk(&above, &tool.manifest, place);
        let Shown { policy, no_for_all, home, marker, profile, agreement } = shown(context, &tool.places);
        let config = walk.project.as_ref().map(|project| project.config().to_path_buf());
        let watched = [policy, no_for_all, context.paths.withdrawn(), home, marker, profile, agreement].into_iter();
        let mut stamps: Vec<(PathBuf, Stamp)> =
            watched.chain(config).map(|path| (files::stamp(&path), path)).map(|(stamp, path)| (path, stamp)).collect();
        // What was passed and stands there now came in between: all is read again at the next look.
        stamps.extend(walk.passed.into_iter().map(|path| match files::stamp(&path) {
            Stamp::File(..) => (path, never().1),
            nothing @ Stamp::Nothing(_) => (path, nothing),
        }));
        self.facts = Machine::below(context, above).facts_in(context, &tool.manifest, &tool.places, walk.project);
        self.stamps = stamps;
        self.projects.clear();
    }

    /// Reads all anew, whatever the stamps say: for when we ourselves wrote.
    pub fn reread(&mut self) {
        self.stamps = vec![never()];
        self.refresh();
    }

    /// Decides about recording here.
    #[must_use]
    pub fn decide(&self, event: Option<&Event>, destination: Option<&Destination>) -> Decision {
        decide(&self.facts, Question { manifest: &self.tool.manifest, event, destination, recorded: None })
    }

    /// Decides about sending an event that was recorded in `project` at `recorded`.
    pub fn decide_sending(
        &mut self,
        project: Option<&Path>,
        event: &Event,
        destination: &Destination,
        recorded: Timestamp,
    ) -> Decision {
        self.at_project(project);
        let question = Question {
            manifest: &self.tool.manifest,
            event: Some(event),
            destination: Some(destination),
            recorded: Some(recorded),
        };
        decide(self.facts_at(project), question)
    }

    fn at_project(&mut self, project: Option<&Path>) {
        let Some(root) = project else { return };
        if !self.projects.contains_key(root) {
            let project = Project::at(root, &self.tool.manifest.tool);
            let stamp = (project.config().to_path_buf(), files::stamp(project.config()));
            let word = project_word(&project);
            self.projects.insert(root.to_path_buf(), Facts { project: Some((project, word)), ..self.facts.clone() });
            self.stamps.push(stamp);
        }
    }

    fn facts_at(&self, project: Option<&Path>) -> &Facts {
        project.and_then(|root| self.projects.get(root)).unwrap_or(&self.facts)
    }

    /// Who an event that was recorded in `project` is about.
    pub fn who(&mut self, project: Option<&Path>) -> Who {
        self.at_project(project);
        who(self.facts_at(project), &self.tool.manifest)
    }

    /// The destination of this name.
    #[must_use]
    pub fn destination(&self, name: &DestinationName) -> Option<&Destination> {
        self.tool.manifest.destination(name)
    }
}

/// What differs from every stamp.
fn never() -> (PathBuf, Stamp) {
    (PathBuf::new(), Stamp::Nothing(i32::MIN))
}

/// Who an event is about, as far as the manifest's events carry ids.
#[must_use]
pub fn who(facts: &Facts, manifest: &Manifest) -> Who {
    let carries = |kind| manifest.ids.contains(&kind);
    let contents = match &facts.profile {
        Profile::Present(contents) => Some(contents),
        Profile::Absent | Profile::Unreadable(_) => None,
    };
    Who {
        user: contents.and_then(|contents| contents.user_id.clone()).filter(|_| carries(IdKind::User)),
        project: project_id(facts).filter(|_| carries(IdKind::Project)),
        provided: contents.and_then(|contents| contents.provided.clone()).filter(|_| carries(IdKind::Provided)),
    }
}

fn project_id(facts: &Facts) -> Option<Id> {
    match &facts.project {
        Some((_, Word::Id(id))) => Some(id.clone()),
        Some((_, Word::NoId(_) | Word::Unreadable { .. } | Word::Gone)) | None => None,
    }
}
