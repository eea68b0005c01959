//! A foreign tool as a document of `telemetry status TOOL`: all that is told of it, for people and for programs.
//!
//! Absent: showing it (`foreign_status`).

use std::collections::BTreeSet;

use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::foreign::ids::{self, FoundId};
use crate::actions::foreign::look::{Looked, look};
use crate::actions::foreign::mend;
use crate::actions::foreign::status::{ForeignStatus, status};
use crate::cli::commands::foreign_tells::{Setting, tells};
use crate::cli::commands::foreign_words::{believed, place, shown, traps, why};
use crate::cli::commands::pointed::{component, started_by};
use crate::cli::session::Session;
use crate::consent::effective::{Said, Winner};
use crate::identity::foreign_places::ForeignPlaces;
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::layers::Layer;
use crate::manifest::foreign::truths::Word;
use crate::manifest::versions::Version;

#[derive(Serialize)]
pub(super) struct Document {
    pub(super) tool: String,
    pub(super) component: Option<String>,
    /// By what it is told apart from others of its kind.
    #[serde(skip)]
    pub(super) apart: Option<String>,
    pub(super) title: String,
    pub(super) files: Vec<String>,
    pub(super) started_by: Option<String>,
    pub(super) state: &'static str,
    pub(super) why: String,
    pub(super) here: bool,
    pub(super) tool_version: Option<String>,
    pub(super) tool_version_from: String,
    pub(super) program: Option<String>,
    pub(super) project: Option<String>,
    pub(super) by_version: Vec<Stretch>,
    pub(super) layers: Vec<Row>,
    pub(super) usual: Option<&'static str>,
    pub(super) believed_off: Vec<String>,
    pub(super) dead_switches: Vec<Noted>,
    pub(super) mirrors_that_differ: Vec<Noted>,
    pub(super) hidden_lines: Vec<String>,
    pub(super) interrupted: bool,
    pub(super) ids: Vec<IdRow>,
    pub(super) files_with_old_ids: usize,
    pub(super) waiting: Vec<Waiting>,
    pub(super) still_leaves: Vec<Leaves>,
    pub(super) guessable: Vec<String>,
    pub(super) unreadable: Vec<String>,
    pub(super) after_a_change: Option<String>,
    pub(super) settings: Vec<Setting>,
    pub(super) by_hand: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Stretch {
    pub(super) from: Option<String>,
    pub(super) state: &'static str,
}

#[derive(Serialize)]
pub(super) struct Row {
    pub(super) place: String,
    pub(super) value: Option<String>,
    pub(super) says: &'static str,
    pub(super) why: Option<String>,
    pub(super) versions: Option<String>,
    pub(super) wins: bool,
    #[serde(skip)]
    pub(super) rare: bool,
}

#[derive(Serialize)]
pub(super) struct Noted {
    pub(super) place: String,
    pub(super) says: String,
}

#[derive(Serialize)]
pub(super) struct Waiting {
    pub(super) file: String,
    pub(super) events: Option<usize>,
}

#[derive(Serialize)]
pub(super) struct IdRow {
    pub(super) name: String,
    pub(super) id: Option<String>,
    pub(super) place: Option<String>,
    pub(super) shared: bool,
    pub(super) can_be_guessed: bool,
}

#[derive(Serialize)]
pub(super) struct Leaves {
    pub(super) what: String,
    pub(super) stop: Option<String>,
}

/// All that is told of a tool; nothing of one that has no switch.
pub(super) fn gathered(session: &Session, tool: &Tool, version: Option<&Version>) -> Option<Document> {
    let looked = look(&session.context, tool, version)?;
    let found = ids::read(&session.context, &looked, None);
    let status = status(looked);
    let mut document = document(tool, &status);
    document.ids = found.ids.iter().map(id_row).collect();
    document.files_with_old_ids = found.old.iter().flat_map(|old| &old.files).collect::<BTreeSet<_>>().len();
    let places = ForeignPlaces::of(&session.context.paths, &tool.manifest.tool);
    document.interrupted = mend::open(&places).map_or(true, |open| !open.is_empty());
    Some(document)
}

fn document(tool: &Tool, status: &ForeignStatus) -> Document {
    let looked = &status.looked;
    let (foreign, effective) = (&looked.foreign, &looked.effective);
    let version = looked.installed.version.as_ref();
    let path = |path: &std::path::PathBuf| path.display().to_string();
    Document {
        tool: tool.manifest.tool.to_string(),
        component: component(tool),
        apart: looked.given.apart.clone(),
        title: tool.manifest.title.clone(),
        files: looked.given.paths.iter().map(|(_, file)| path(file)).collect(),
        started_by: started_by(tool),
        state: effective.state.as_str(),
        why: why(looked),
        here: looked.given.component.is_some() || looked.is_here(),
        tool_version: version.map(ToString::to_string),
        tool_version_from: looked.installed.how.clone(),
        program: looked.installed.program.as_ref().map(path),
        project: looked.project.as_ref().map(path),
        by_version: effective
            .by_version
            .iter()
            .map(|(from, state)| Stretch { from: from.as_ref().map(ToString::to_string), state: state.as_str() })
            .collect(),
        layers: foreign.layers.iter().enumerate().map(|(index, layer)| row(looked, index, layer)).collect(),
        usual: foreign.default_in(version).map(|on| if on { "on" } else { "off" }),
        believed_off: status.believed.iter().filter_map(|one| believed(looked, *one)).chain(traps(looked)).collect(),
        dead_switches: status
            .dead
            .iter()
            .map(|dead| Noted { place: place(looked, &dead.source), says: dead.says.clone() })
            .collect(),
        mirrors_that_differ: status
            .differing
            .iter()
            .map(|mirror| {
                let source = Source::Key { file: mirror.file.clone(), key: mirror.key.clone() };
                Noted { place: place(looked, &source), says: mirror.differs.clone() }
            })
            .collect(),
        hidden_lines: status
            .hidden
            .iter()
            .map(|(file, line, lines)| {
                let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
                format!(
                    "{}:{line} cannot be read, so nothing after it counts: line {}",
                    file.display(),
                    lines.join(", ")
                )
            })
            .collect(),
        interrupted: false,
        ids: Vec::new(),
        files_with_old_ids: 0,
        waiting: status.waiting.iter().map(|one| Waiting { file: path(&one.path), events: one.events }).collect(),
        still_leaves: status
            .residual
            .iter()
            .map(|one| Leaves { what: one.says.clone(), stop: one.stop.clone() })
            .collect(),
        guessable: foreign.guessable.clone(),
        unreadable: status.unreadable.iter().map(|(file, why)| format!("{}: {why}", file.display())).collect(),
        after_a_change: foreign.after.clone(),
        settings: tells(looked),
        by_hand: foreign.by_hand.clone(),
    }
}

fn id_row(found: &FoundId) -> IdRow {
    let line = found.line.map(|line| format!(":{line}")).unwrap_or_default();
    IdRow {
        name: found.declared.name.clone(),
        id: found.is.known().map(str::to_owned),
        place: found.file.as_ref().map(|file| format!("{}{line}", file.display())),
        shared: found.declared.shared,
        can_be_guessed: found.guessable,
    }
}

fn row(looked: &Looked, index: usize, layer: &Layer) -> Row {
    let seen = looked.seen.get(index);
    let (says, why) = match looked.effective.said.get(index) {
        Some(Said::Word(Word::On)) => ("on", None),
        Some(Said::Word(Word::Off)) => ("off", None),
        Some(Said::Word(Word::Crash)) => ("crash", Some("the program does not start".to_owned())),
        Some(Said::Word(Word::Pass)) => ("-", None),
        Some(Said::Unreadable(why)) => ("unreadable", Some(why.clone())),
        Some(Said::NotAsked) | None => ("not asked", None),
    };
    Row {
        place: place(looked, &layer.source),
        value: seen.and_then(shown),
        says,
        why: why.or_else(|| layer.says.clone()),
        versions: (!layer.versions.is_all()).then(|| layer.versions.to_string()),
        wins: looked.effective.winner == Winner::Layer(index),
        rare: layer.rare,
    }
}
