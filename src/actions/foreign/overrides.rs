//! What still says something else when all was changed that could be, and what the person can do about it.
//!
//! Promises: everything that stands before the first that says what was wanted is named, in the tool's own order. Absent: doing it.

use std::path::PathBuf;

use crate::actions::foreign::edits;
use crate::actions::foreign::look::Looked;
use crate::consent::effective::{Effective, Said, Winner};
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::layers::{Layer, Scope};
use crate::manifest::foreign::truths::{Literal, Seen, Word};

/// Something that says something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Override {
    /// An environment variable.
    Variable {
        /// Its name.
        name: String,
        /// What it holds, as text.
        value: Option<String>,
        /// What to put into the shell, or into what starts it.
        line: String,
        /// What starts it, where that was pointed at.
        place: Option<PathBuf>,
    },
    /// A property of the Java machine.
    Property {
        /// Its name.
        name: String,
        /// What it holds, as text.
        value: Option<String>,
        /// What starts it, where that was pointed at.
        place: Option<PathBuf>,
    },
    /// A key in a file.
    Key {
        /// The file.
        path: PathBuf,
        /// Its line.
        line: Option<u32>,
        /// The keys from the root.
        key: String,
        /// What it says: on, off, or that the program does not start.
        word: Word,
        /// Whose it is to change, where it can be: the project's is with `--project` only.
        scope: Option<Scope>,
        /// What people should know of it.
        says: Option<String>,
    },
    /// Something that cannot be read.
    Unreadable {
        /// The file or variable.
        place: String,
        /// Why.
        why: String,
    },
    /// The version would decide, and is not known; why it is not.
    Version(String),
    /// Nothing speaks, and this is what is usual then.
    Usual,
}

impl Override {
    /// What to put into the shell, where that is what helps.
    #[must_use]
    pub fn shell_line(&self) -> Option<&str> {
        match self {
            Self::Variable { line, .. } => Some(line),
            Self::Key { .. } | Self::Property { .. } | Self::Unreadable { .. } | Self::Version(_) | Self::Usual => None,
        }
    }
}

/// All that stands before the first that says what is `wanted`.
#[must_use]
pub fn overrides(looked: &Looked, after: &Effective, wanted: Word) -> Vec<Override> {
    if after.winner == Winner::Version {
        let version = std::iter::once(Override::Version(looked.installed.how.clone()));
        return version.chain(variables(looked, wanted)).collect();
    }
    let mut all = Vec::new();
    for (layer, said) in looked.foreign.layers.iter().zip(&after.said) {
        match said {
            Said::Word(word) if *word == wanted => break,
            Said::NotAsked | Said::Word(Word::Pass) => {}
            Said::Word(word) => all.push(says(looked, layer, *word, wanted)),
            Said::Unreadable(why) => all.push(Override::Unreadable { place: place(looked, layer), why: why.clone() }),
        }
    }
    if all.is_empty() {
        all.push(Override::Usual);
    }
    // One file that cannot be read is one trouble, however many keys are asked in it.
    all.dedup();
    all
}

/// Variables that say something else in some version.
fn variables(looked: &Looked, wanted: Word) -> Vec<Override> {
    let mut all: Vec<Override> = Vec::new();
    for layer in looked.foreign.layers.iter().filter(|layer| matches!(layer.source, Source::Variable(_))) {
        let said = layer.truth.said(&looked.at(&layer.source));
        if let Ok(word) = said
            && word != Word::Pass
            && word != wanted
        {
            let one = says(looked, layer, word, wanted);
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    all
}

fn says(looked: &Looked, layer: &Layer, word: Word, wanted: Word) -> Override {
    if let Seen::Broken(why) = looked.at(&layer.source) {
        let why = if word == Word::Crash { format!("{why}; the program does not start with it") } else { why };
        return Override::Unreadable { place: place(looked, layer), why };
    }
    match &layer.source {
        Source::Variable(name) => {
            let value = looked.at(&layer.source).text();
            let place = launcher(looked);
            let mut line = line(name, layer, wanted);
            if place.is_some() {
                line = line.trim_start_matches("export ").to_owned();
            }
            Override::Variable { name: name.clone(), value, line, place }
        }
        Source::Property(name) => {
            Override::Property { name: name.clone(), value: looked.at(&layer.source).text(), place: launcher(looked) }
        }
        Source::Key { file, key } => Override::Key {
            path: path_of(looked, file),
            line: line_of(looked, &layer.source),
            key: key.join("."),
            word,
            scope: layer.write.as_ref().map(|write| write.scope),
            says: layer.says.clone(),
        },
    }
}

/// The file of what starts it.
fn launcher(looked: &Looked) -> Option<PathBuf> {
    looked.given.launcher.as_ref().map(|launcher| launcher.path.clone())
}

/// The path of a file, or of the one in which it stands.
fn path_of(looked: &Looked, file: &str) -> PathBuf {
    let outer = looked.foreign.file(file).and_then(|file| file.inside.as_ref()).map_or(file, |inside| &inside.file);
    looked.file(outer).and_then(|found| found.path.clone()).unwrap_or_default()
}

/// The line of a key; of one in a file inside another none counts there.
fn line_of(looked: &Looked, source: &Source) -> Option<u32> {
    let Source::Key { file, .. } = source else { return None };
    let inside = looked.foreign.file(file).is_some_and(|file| file.inside.is_some());
    looked.line(source).filter(|_| !inside)
}

fn place(looked: &Looked, layer: &Layer) -> String {
    match &layer.source {
        Source::Variable(name) => name.clone(),
        Source::Property(name) => format!("-D{name}"),
        Source::Key { file, .. } => path_of(looked, file).display().to_string(),
    }
}

/// What to put into the shell so that this variable says what is wanted.
fn line(name: &str, layer: &Layer, wanted: Word) -> String {
    let listed = layer.truth.values.iter().filter(|(_, word)| *word == wanted);
    let texts = listed.filter_map(|(value, _)| match value {
        Literal::Text(text) if !text.is_empty() => Some(text.clone()),
        Literal::Bool(_) | Literal::Number(_) => Some(edits::text(value)),
        Literal::Text(_) => None,
    });
    // The plainest of several spellings.
    let plain = if wanted == Word::On { "true" } else { "false" };
    let all: Vec<String> = texts.collect();
    let value = all.iter().find(|text| *text == plain).or(all.first()).cloned();
    match value.or_else(|| (layer.truth.other == Some(wanted)).then(|| plain.to_owned())) {
        Some(value) => format!("export {name}={value}"),
        None => format!("unset {name}"),
    }
}

/// What to put into the shell where no file can be changed: by the first variable that the tool asks.
#[must_use]
pub fn any_line(looked: &Looked, wanted: Word) -> Option<String> {
    let version = looked.installed.version.as_ref();
    let asked = looked.foreign.layers.iter().filter(|layer| version.is_none() || layer.versions.has(version));
    // Of several variables the switch is the one that a file may hold as well; others have a meaning of their own.
    let in_a_file = |name: &str| {
        looked.foreign.layers.iter().any(|layer| {
            layer.write.is_some()
                && matches!(&layer.source, Source::Key { key, .. } if key.last().is_some_and(|last| last == name))
        })
    };
    let lines = asked.filter_map(|layer| match &layer.source {
        Source::Variable(name) => Some((!in_a_file(name), line(name, layer, wanted))),
        Source::Key { .. } | Source::Property(_) => None,
    });
    lines.min_by_key(|(other, _)| *other).map(|(_, line)| line)
}
