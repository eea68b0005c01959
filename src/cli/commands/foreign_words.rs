//! Words for what a foreign tool's layers say: why its state is what it is, a value as it stands, where it stands.

use crate::actions::foreign::look::Looked;
use crate::cli::secrets::without_logins;
use crate::consent::effective::{Believed, Effective, Said, State, Winner};
use crate::manifest::foreign::files::{Begin, Source};
use crate::manifest::foreign::truths::{Seen, Word, plain_sense};
use crate::settings::value::Scalar;

/// Longest value that is shown, characters.
const LONGEST: usize = 60;

/// Why the state is what it is, in a sentence.
#[must_use]
pub fn why(looked: &Looked) -> String {
    let Effective { state, winner, said, .. } = &looked.effective;
    match (winner, state) {
        (Winner::Layer(index), _) => {
            let Some(layer) = looked.foreign.layers.get(*index) else { return String::new() };
            let place = place(looked, &layer.source);
            match said.get(*index) {
                Some(Said::Unreadable(why)) => format!("{place} cannot be read: {why}"),
                _ => format!("{place} {}", value_words(looked.seen.get(*index))),
            }
        }
        (Winner::Usual, State::On) => "nothing says no, and then it is on".to_owned(),
        (Winner::Usual, State::Unknown) => "no project of it is found from here, and a project may say yes".to_owned(),
        (Winner::Usual, _) => quiet(looked).unwrap_or_else(|| "nothing says yes, and then it is off".to_owned()),
        (Winner::Version, _) => {
            format!("it depends on the version, which is not known ({}): --as VERSION", looked.installed.how)
        }
    }
}

/// Of a tool that is off because nothing after its switch says yes: that switch.
fn quiet(looked: &Looked) -> Option<String> {
    let layers = looked.foreign.layers.iter().zip(&looked.seen).zip(&looked.effective.said);
    let mut off = layers
        .filter(|((layer, seen), said)| **said == Said::Word(Word::Pass) && plain_sense(seen) == Some(layer.inverse));
    let ((layer, seen), _) = off.next()?;
    let place = place(looked, &layer.source);
    Some(format!("{place} {}, and nothing after it says yes", value_words(Some(seen))))
}

fn value_words(seen: Option<&Seen>) -> String {
    match seen {
        Some(Seen::Missing) | None => "is not there".to_owned(),
        Some(Seen::Empty) => "has nothing in it".to_owned(),
        Some(Seen::Absent) => "is missing".to_owned(),
        Some(Seen::Under) => "stands below nothing".to_owned(),
        Some(Seen::Broken(_)) => "cannot be read".to_owned(),
        Some(seen @ (Seen::Null | Seen::Value(_))) => {
            format!("is {}", shown(seen).unwrap_or_else(|| "a list".to_owned()))
        }
    }
}

/// A value as it stands, texts in quotes, bounded.
#[must_use]
pub fn shown(seen: &Seen) -> Option<String> {
    let text: String = match seen {
        Seen::Value(Scalar::Text(text)) => format!("{text:?}"),
        other => other.text()?,
    };
    let text = without_logins(&text);
    Some(if text.chars().count() > LONGEST {
        format!("{}…", text.chars().take(LONGEST).collect::<String>())
    } else {
        text
    })
}

/// What starts it, where that was pointed at.
fn started(looked: &Looked) -> String {
    looked.given.launcher.as_ref().map_or_else(String::new, |launcher| format!("{} ", launcher.path.display()))
}

/// Where a source stands, with its line.
#[must_use]
pub fn place(looked: &Looked, source: &Source) -> String {
    match source {
        Source::Variable(name) => format!("{}${name}", started(looked)),
        Source::Property(name) => format!("{}-D{name}", started(looked)),
        Source::Key { file, key } => {
            if let Some(inside) = looked.foreign.file(file).and_then(|file| file.inside.as_ref()) {
                let outer = Source::Key { file: inside.file.clone(), key: inside.key.clone() };
                return format!("{}: {}", place(looked, &outer), key.join("."));
            }
            let path = looked.file(file).and_then(|found| found.path.as_ref());
            let below = || {
                looked.foreign.file(file).map_or_else(
                    || file.clone(),
                    |file| match file.begin {
                        Begin::Project => format!("PROJECT/{}", file.path),
                        Begin::Given => format!("its {}", file.name),
                        _ => file.path.clone(),
                    },
                )
            };
            let path = path.map_or_else(below, |path| path.display().to_string());
            let line = looked.line(source).map(|line| format!(":{line}")).unwrap_or_default();
            let from = looked.stands_elsewhere(source).map_or_else(String::new, |(path, line)| {
                format!(" ({}{})", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())
            });
            format!("{path}{line} {}{from}", key.join("."))
        }
    }
}

/// A place that looks like a no and is none, in a sentence.
#[must_use]
pub fn believed(looked: &Looked, one: Believed) -> Option<String> {
    let (index, overruled) = match one {
        Believed::Misread(index) => (index, false),
        Believed::Overruled(index) => (index, true),
    };
    let layer = looked.foreign.layers.get(index)?;
    let place = place(looked, &layer.source);
    let value = shown(looked.seen.get(index)?)?;
    let state = looked.effective.state;
    Some(match (overruled, state) {
        (true, _) => format!("{place} is {value}, which says off, and something before it wins"),
        (false, State::Crash) => {
            format!("{place} is {value}: that does not mean off, the program does not start with it")
        }
        (false, _) if looked.effective.said.get(index) == Some(&Said::Word(Word::Pass)) => {
            format!("{place} is {value}: that alone is not off, something else says yes")
        }
        (false, _) => format!("{place} is {value}: that looks like off, and the tool does not take it for that"),
    })
}

/// Values that people take for a no, for a reason that the manifest knows.
pub fn traps(looked: &Looked) -> impl Iterator<Item = String> {
    let layers = looked.foreign.layers.iter().zip(&looked.seen).zip(&looked.effective.said);
    layers.filter_map(|((layer, seen), said)| {
        let (trap, Seen::Value(value)) = (layer.trap.as_ref()?, seen) else { return None };
        let caught = *said != Said::NotAsked && trap.values.iter().any(|literal| literal.is(value));
        let value = shown(seen).unwrap_or_default();
        caught.then(|| format!("{} is {value}: {}", place(looked, &layer.source), trap.says))
    })
}
