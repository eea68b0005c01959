//! Look: a destination's progress through a batch as it stands, line by line, for who shows all of it and changes nothing.
//!
//! Promises: nothing is written; memory is bounded by one payload and a number for each. Absent: `settle`, which works with it.

use std::collections::HashMap;
use std::path::Path;

use crate::host::files::FileError;
use crate::queue::lines::{self, Lines};
use crate::queue::sealed::{Line, Outcome, Sealed, VERSION};

/// What stands in a line.
#[derive(Debug)]
pub enum Piece<'a> {
    /// A payload, how far it came, and how often it was tried.
    Payload(Box<Sealed>, State, u32),
    /// Another line of ours, as it stands.
    Other(&'a [u8]),
    /// The line of this number cannot be read, in words.
    Unreadable(u64, String),
}

/// How far a payload came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits.
    Sealed,
    /// It went out, and no answer came: it may have arrived.
    Tried,
    /// It is settled.
    Settled(Outcome),
    /// Its events are sealed anew.
    Unsealed,
}

impl State {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Tried => "tried",
            Self::Settled(Outcome::Accepted) => "accepted",
            Self::Settled(Outcome::Refused) => "refused",
            Self::Settled(Outcome::Split) => "split",
            Self::Unsealed => "unsealed",
        }
    }

    /// Whether its bytes still wait to be sent.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Sealed | Self::Tried)
    }
}

/// Gives every line of the progress at `path` to `each`; nothing where there is none.
///
/// # Errors
/// It cannot be read, or `each` fails.
pub fn progress<E: From<FileError>>(path: &Path, each: &mut dyn FnMut(Piece<'_>) -> Result<(), E>) -> Result<(), E> {
    let states = states(path)?;
    let Some(mut lines) = Lines::open(path)? else { return Ok(()) };
    while let Some((number, line)) = lines.advance()? {
        each(match line {
            lines::Line::Whole(line) => piece(number, line, &states),
            lines::Line::Cut(_) => Piece::Unreadable(number, "cut short: it never counted".to_owned()),
            lines::Line::TooLong => Piece::Unreadable(number, "longer than any line of ours".to_owned()),
        })?;
    }
    Ok(())
}

fn piece<'a>(number: u64, line: &'a [u8], states: &HashMap<u32, (State, u32)>) -> Piece<'a> {
    match serde_json::from_slice::<Line>(line) {
        Ok(Line::Progress { version }) if version != VERSION => {
            Piece::Unreadable(number, format!("of version {version}, and this program knows version {VERSION}"))
        }
        Ok(Line::Sealed(sealed)) => {
            let (state, attempts) = states.get(&sealed.number()).copied().unwrap_or((State::Sealed, 0));
            match sealed.into_sealed() {
                Some(sealed) => Piece::Payload(Box::new(sealed), state, attempts),
                None => Piece::Unreadable(number, "its bytes do not have its digest".to_owned()),
            }
        }
        Ok(
            Line::Progress { .. }
            | Line::Dropped { .. }
            | Line::Try { .. }
            | Line::Later { .. }
            | Line::Settled { .. }
            | Line::Counted
            | Line::Unsealed { .. },
        ) => Piece::Other(line),
        Err(_) => Piece::Unreadable(number, "no line of ours".to_owned()),
    }
}

/// How far each payload came, by its number.
fn states(path: &Path) -> Result<HashMap<u32, (State, u32)>, FileError> {
    let mut states = HashMap::new();
    let Some(mut lines) = Lines::open(path)? else { return Ok(states) };
    while let Some((_, line)) = lines.advance()? {
        let lines::Line::Whole(line) = line else { continue };
        // The body is by far the longest part, and says nothing here.
        let mut set = |number: u32, state: State| states.entry(number).or_insert((state, 0)).0 = state;
        match serde_json::from_slice::<Line>(line) {
            Ok(Line::Sealed(sealed)) => set(sealed.number(), State::Sealed),
            Ok(Line::Later { number, .. }) => set(number, State::Sealed),
            Ok(Line::Settled { number, outcome, .. }) => set(number, State::Settled(outcome)),
            Ok(Line::Unsealed { number, .. }) => set(number, State::Unsealed),
            Ok(Line::Try { number, .. }) => {
                let (state, attempts) = states.entry(number).or_insert((State::Tried, 0));
                (*state, *attempts) = (State::Tried, attempts.saturating_add(1));
            }
            Ok(Line::Progress { .. } | Line::Dropped { .. } | Line::Counted) | Err(_) => {}
        }
    }
    Ok(states)
}
