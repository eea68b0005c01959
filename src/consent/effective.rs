//! What a foreign tool does, given what its layers say: the pure rule behind `status`, `disable` and `enable` of such a tool.
//!
//! The layers are asked in the tool's own order; the first that does not pass decides, else what is usual in that version. Where the
//! version is not known, every version at which anything changes is weighed.
//!
//! Promises: what is not surely off is never called off: a layer that cannot be read, or a version that is not known and would
//! decide, makes the outcome unknown. Absent: reading; what ought to be.

use crate::manifest::foreign::Foreign;
use crate::manifest::foreign::layers::Layer;
use crate::manifest::foreign::truths::{Seen, Word, plain_sense};
use crate::manifest::versions::Version;

/// What telemetry of the tool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It sends.
    On,
    /// It does not.
    Off,
    /// The program does not start.
    Crash,
    /// Nobody can tell.
    Unknown,
}

impl State {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Crash => "crash",
            Self::Unknown => "unknown",
        }
    }
}

/// What decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Winner {
    /// The layer at this index.
    Layer(usize),
    /// No layer spoke.
    Usual,
    /// The version would, and is not known.
    Version,
}

/// What one layer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It is not asked in this version.
    NotAsked,
    /// A word.
    Word(Word),
    /// It cannot be read: why.
    Unreadable(String),
}

/// What holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The state.
    pub state: State,
    /// What decided.
    pub winner: Winner,
    /// What each layer says, in order.
    pub said: Vec<Said>,
    /// Where the version is not known and would decide: the first version of each stretch, with the state in it.
    pub by_version: Vec<(Option<Version>, State)>,
}

/// A place that looks like a no and is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Believed {
    /// The layer at this index reads like off, and the tool takes it for something else.
    Misread(usize),
    /// The layer at this index says off, and another one wins.
    Overruled(usize),
}

/// Weighs what was `seen` at each layer, in order.
#[must_use]
pub fn weigh(foreign: &Foreign, seen: &[Seen], version: Option<&Version>) -> Effective {
    if version.is_some() {
        return in_version(foreign, seen, version);
    }
    let points = std::iter::once(None).chain(foreign.turning_points().into_iter().map(Some));
    let all: Vec<(Option<&Version>, Effective)> =
        points.map(|point| (point, in_version(foreign, seen, point))).collect();
    let latest = all.last().map(|(_, effective)| effective.clone()).unwrap_or_else(|| in_version(foreign, seen, None));
    if all.iter().all(|(_, effective)| effective.state == latest.state) {
        return latest;
    }
    let mut by_version: Vec<(Option<Version>, State)> = Vec::new();
    for (point, effective) in &all {
        if by_version.last().is_none_or(|(_, before)| *before != effective.state) {
            by_version.push((point.cloned(), effective.state));
        }
    }
    Effective { state: State::Unknown, winner: Winner::Version, said: latest.said, by_version }
}

/// In one version; `None` is the very first.
fn in_version(foreign: &Foreign, seen: &[Seen], version: Option<&Version>) -> Effective {
    let absent = Seen::Absent;
    let said: Vec<Said> = foreign
        .layers
        .iter()
        .enumerate()
        .map(|(index, layer)| match layer.truth.said(seen.get(index).unwrap_or(&absent)) {
            _ if !layer.versions.has(version) => Said::NotAsked,
            Ok(word) => Said::Word(word),
            Err(why) => Said::Unreadable(why),
        })
        .collect();
    let decides = |said: &Said| !matches!(said, Said::NotAsked | Said::Word(Word::Pass));
    let (state, winner) = match said.iter().enumerate().find(|(_, said)| decides(said)) {
        Some((index, Said::Word(word))) => (state_of(*word), Winner::Layer(index)),
        Some((index, Said::NotAsked | Said::Unreadable(_))) => (State::Unknown, Winner::Layer(index)),
        None => match foreign.default_in(version) {
            Some(true) => (State::On, Winner::Usual),
            Some(false) => (State::Off, Winner::Usual),
            None => (State::Unknown, Winner::Usual),
        },
    };
    Effective { state, winner, said, by_version: Vec::new() }
}

const fn state_of(word: Word) -> State {
    match word {
        Word::On => State::On,
        Word::Off => State::Off,
        Word::Crash => State::Crash,
        // It never decides.
        Word::Pass => State::Unknown,
    }
}

/// Places that a person takes for a no, while the tool is not off.
#[must_use]
pub fn believed(foreign: &Foreign, seen: &[Seen], effective: &Effective) -> Vec<Believed> {
    // Where the version would decide, that is what there is to say.
    if effective.state == State::Off || effective.winner == Winner::Version {
        return Vec::new();
    }
    let first = |index: usize, layer: &Layer| {
        foreign
            .layers
            .iter()
            .zip(&effective.said)
            .take(index)
            .all(|(other, said)| other.source != layer.source || *said == Said::NotAsked)
    };
    let all = foreign.layers.iter().zip(seen).zip(&effective.said).enumerate();
    all.filter_map(|(index, ((layer, seen), said))| {
        // One value that several versions read differently is one place.
        if *said == Said::NotAsked || !first(index, layer) {
            return None;
        }
        let looks_off = plain_sense(seen) == Some(layer.inverse);
        match said {
            Said::Word(Word::Off) => Some(Believed::Overruled(index)),
            Said::Word(Word::On | Word::Crash | Word::Pass) | Said::NotAsked if looks_off => {
                Some(Believed::Misread(index))
            }
            Said::Word(Word::On | Word::Crash | Word::Pass) | Said::NotAsked | Said::Unreadable(_) => None,
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse;
    use crate::settings::value::Scalar;

    const TOOL: &str = "manifest: 1
tool: a
title: A
consent: opt-out
switches:
  files: {env: {here: .env, format: dotenv, dialect: dotenvy}}
  truths:
    old: {off: ['false', '0'], other: 'on'}
    new: {'on': ['true', '1'], other: 'off'}
    strict: {'on': ['true'], 'off': ['false'], other: crash}
  layers:
    - {variable: OVER, truth: strict, versions: '>=2'}
    - {variable: A, truth: old, versions: '<0.8.2'}
    - {variable: A, truth: new, versions: '>=0.8.2'}
    - {file: env, key: [A], truth: new}
  default: [{'on': true, versions: '<0.8.2'}, {'on': false, versions: '>=0.8.2'}]
";

    fn tool() -> Foreign {
        std::sync::Arc::unwrap_or_clone(parse::manifest(TOOL.as_bytes()).expect("valid").foreign.expect("foreign"))
    }

    fn text(text: &str) -> Seen {
        Seen::Value(Scalar::Text(text.to_owned()))
    }

    #[test]
    fn the_first_that_speaks_decides() {
        let foreign = tool();
        let see = |over: Seen, a: Seen, file: Seen| vec![over, a.clone(), a, file];
        let nothing = || Seen::Absent;
        for (seen, version, state, winner) in [
            (see(nothing(), nothing(), nothing()), "0.8.1", State::On, Winner::Usual),
            (see(nothing(), nothing(), Seen::Missing), "0.9", State::Off, Winner::Usual),
            (see(nothing(), text("no"), nothing()), "0.8.1", State::On, Winner::Layer(1)),
            (see(nothing(), text("no"), nothing()), "0.8.2", State::Off, Winner::Layer(2)),
            (see(text("no"), text("1"), nothing()), "1.0", State::On, Winner::Layer(2)),
            (see(text("no"), text("1"), nothing()), "2.0", State::Crash, Winner::Layer(0)),
            (see(nothing(), nothing(), text("true")), "0.9", State::On, Winner::Layer(3)),
            (see(nothing(), nothing(), Seen::Broken("x".into())), "0.9", State::Unknown, Winner::Layer(3)),
            (see(nothing(), text("true"), Seen::Broken("x".into())), "0.9", State::On, Winner::Layer(2)),
        ] {
            let effective = weigh(&foreign, &seen, Some(&Version::new(version).expect(version)));
            assert_eq!((effective.state, effective.winner), (state, winner), "{seen:?} {version}");
        }
    }

    #[test]
    fn a_version_that_would_decide_and_is_not_known_is_no_off() {
        let foreign = tool();
        let seen = vec![Seen::Absent, text("no"), text("no"), Seen::Absent];
        let effective = weigh(&foreign, &seen, None);
        assert_eq!((effective.state, effective.winner), (State::Unknown, Winner::Version));
        let states: Vec<State> = effective.by_version.iter().map(|(_, state)| *state).collect();
        assert_eq!(states, [State::On, State::Off]);
        // What means the same in all versions needs none.
        let seen = vec![Seen::Absent, text("false"), text("false"), Seen::Absent];
        assert_eq!(weigh(&foreign, &seen, None).state, State::Off);
    }

    #[test]
    fn what_looks_like_a_no_and_is_none_is_told() {
        let foreign = tool();
        let version = Version::new("0.8.1").expect("a version");
        let seen = vec![Seen::Absent, text("no"), text("no"), text("false")];
        let effective = weigh(&foreign, &seen, Some(&version));
        assert_eq!(believed(&foreign, &seen, &effective), [Believed::Misread(1), Believed::Overruled(3)]);
        let seen = vec![Seen::Absent, text("false"), Seen::Absent, Seen::Absent];
        assert_eq!(believed(&foreign, &seen, &weigh(&foreign, &seen, Some(&version))), []);
    }
}
