//! Ask: decides about one tool again and again, and gathers its facts anew when a file changed.
//!
//! Promises: a file that appears, goes or changes is seen before the next decision (its inode, size and change time are compared,
//! not its content). Absent: how they are read (`gather`); the rules (`consent/decide.rs`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::actions::context::{Context, Tool};
use crate::actions::gather::{Machine, Where, above, project_word, shown, walk};
use crate::consent::agreement::{self};
use crate::consent::answer::Question;
use crate::consent::decide::{Decision, decide};
use crate::consent::facts::{Asked, DoNotTrack, Facts, Home, Shown};
use crate::consent::policy::Policy;
use crate::host::clock::Timestamp;
use crate::host::stamps::{Stamp, stamp};
use crate::identity::ids::Id;
use crate::identity::names::DestinationName;
use crate::identity::profile::Profile;
use crate::identity::project::{Project, Word};
use crate::manifest::destinations::Destination;
use crate::manifest::events::Event;
use crate::manifest::tool::{IdKind, Manifest};
use crate::payload::event::Who;

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
        let changed = self.stamps.iter().any(|(path, before)| match (before, stamp(path)) {
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
            watched.chain(config).map(|path| (stamp(&path), path)).map(|(stamp, path)| (path, stamp)).collect();
        // What was passed and stands there now came in between: all is read again at the next look.
        stamps.extend(walk.passed.into_iter().map(|path| match stamp(&path) {
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
            let stamp = (project.config().to_path_buf(), stamp(project.config()));
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
