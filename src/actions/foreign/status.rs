//! Status of a foreign tool: what holds, what looks otherwise, what waits, and what leaves all the same.
//!
//! Promises: nothing is written, run or asked on a network; what is not surely off is not called off. Absent: words for people beyond
//! the manifest's own.

use std::path::PathBuf;

use crate::actions::foreign::found::Content;
use crate::actions::foreign::look::Looked;
use crate::actions::foreign::texts;
use crate::consent::effective::{Believed, State, believed};
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::layers::{Dead, Mirror, Residual, When};
use crate::manifest::foreign::truths::{Seen, plain_sense};
use crate::settings::value::Scalar;

/// A queue of a foreign tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its file.
    pub path: PathBuf,
    /// How many events wait; `None` where that cannot be told.
    pub events: Option<usize>,
}

/// The state of a foreign tool.
#[derive(Debug)]
pub struct ForeignStatus {
    /// What was found.
    pub looked: Looked,
    /// Places that look like a no and are none.
    pub believed: Vec<Believed>,
    /// Mirrors that differ from what holds.
    pub differing: Vec<Mirror>,
    /// Dead switches that are set.
    pub dead: Vec<Dead>,
    /// Lines that are never read: their file, the line that hides them, and they.
    pub hidden: Vec<(PathBuf, u32, Vec<u32>)>,
    /// What waits.
    pub waiting: Vec<Waiting>,
    /// What leaves beside the events.
    pub residual: Vec<Residual>,
    /// Files of the manifest that are there and cannot be read: where, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// The status of what was found.
#[must_use]
pub fn status(looked: Looked) -> ForeignStatus {
    let foreign = &looked.foreign;
    let state = looked.effective.state;
    let differing = foreign
        .mirrors
        .iter()
        .filter(|mirror| looked.installed.may_be_in(&mirror.versions) && differs(&looked, mirror));
    let dead = foreign.dead.iter().filter(|dead| looked.installed.may_be_in(&dead.versions) && is_set(&looked, dead));
    let residual = foreign.residual.iter().filter(|one| {
        let now = match one.when {
            When::Always => true,
            When::Off => state == State::Off,
            When::On => state != State::Off,
        };
        now && looked.installed.may_be_in(&one.versions)
    });
    let unreadable = looked.files.iter().filter_map(|found| {
        let path = found.path.clone()?;
        match &found.content {
            Content::Unreadable(error) => Some((path, crate::identity::profile::error_words(error))),
            Content::Bytes(bytes) => texts::fault(foreign.file(&found.name)?.kept, bytes).map(|why| (path, why)),
            Content::Unseen(why) => Some((path, why.clone())),
            Content::Missing | Content::Other => None,
        }
    });
    let mut hidden: Vec<(PathBuf, u32, Vec<u32>)> = Vec::new();
    for layer in foreign.layers.iter().filter(|layer| looked.installed.may_be_in(&layer.versions)) {
        let Source::Key { file, key } = &layer.source else { continue };
        let (Some(found), Some(declared)) = (looked.file(file), foreign.file(file)) else { continue };
        let (Some(path), Content::Bytes(bytes)) = (&found.path, &found.content) else { continue };
        if let Some((line, lines)) = texts::hidden(declared.kept, bytes, key)
            && hidden.iter().all(|(known, ..)| known != path)
        {
            hidden.push((path.clone(), line, lines));
        }
    }
    ForeignStatus {
        hidden,
        believed: believed(foreign, &looked.seen, &looked.effective),
        differing: differing.cloned().collect(),
        dead: dead.cloned().collect(),
        waiting: waiting(&looked),
        residual: residual.cloned().collect(),
        unreadable: unreadable.collect(),
        looked,
    }
}

/// How many events wait, as far as that can be told.
#[must_use]
pub fn events(looked: &Looked) -> u64 {
    waiting(looked).iter().filter_map(|one| u64::try_from(one.events?).ok()).sum()
}

fn waiting(looked: &Looked) -> Vec<Waiting> {
    let mut waiting: Vec<Waiting> = Vec::new();
    for queue in &looked.foreign.queues {
        let Some(found) = looked.file(&queue.file) else { continue };
        let (Some(path), Content::Bytes(bytes)) = (&found.path, &found.content) else { continue };
        if waiting.iter().all(|one| one.path != *path) {
            let events = looked.foreign.file(&queue.file).and_then(|file| texts::length(file.kept, bytes, &queue.key));
            waiting.push(Waiting { path: path.clone(), events });
        }
    }
    waiting
}

/// Whether a mirror is there and says something else than what holds.
fn differs(looked: &Looked, mirror: &Mirror) -> bool {
    let expected = match looked.effective.state {
        State::On => &mirror.on,
        State::Off => &mirror.off,
        State::Crash | State::Unknown => return false,
    };
    let source = Source::Key { file: mirror.file.clone(), key: mirror.key.clone() };
    match looked.at(&source) {
        Seen::Value(value) => !expected.is(&value),
        Seen::Missing | Seen::Empty | Seen::Absent | Seen::Under | Seen::Null | Seen::Broken(_) => false,
    }
}

/// Whether a dead switch is set as people set it who mean off.
fn is_set(looked: &Looked, dead: &Dead) -> bool {
    looked.all_at(&dead.source).iter().any(|seen| match seen {
        Seen::Value(value) if dead.off.is_empty() => {
            plain_sense(seen) != Some(false) && *value != Scalar::Text(String::new())
        }
        Seen::Value(value) => dead.off.iter().any(|literal| literal.is(value)),
        Seen::Missing | Seen::Empty | Seen::Absent | Seen::Under | Seen::Null | Seen::Broken(_) => false,
    })
}
