//! The outline of every change, whatever the format: what is wanted is known before anything is written; ways to write it are tried in the
//! order of preference, each outcome is read again, and the first that says what was wanted is given out.
//!
//! Promises: bytes outside of a way stay as they are; nothing is given out that was not read again; where no way holds, or something
//! stands against it before, the change is refused with the reason, the line and words on what to do by hand.
//!
//! Deliberately absent: any format. What it finds, where that stands and how it is written is each format's own.

use crate::settings::text::Splices;
use crate::settings::tree::DEEPEST_PATH;
use crate::settings::value::{EditError, ReadError, Refusal, Value};

/// Why a change is not made.
#[derive(Debug)]
pub(super) enum Stop {
    /// The text cannot be read.
    Unreadable(ReadError),
    /// The text stands against it.
    Refused(Refusal),
    /// No text of this format can hold what is asked for: what to choose instead.
    Choose(&'static str),
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Unreadable(error)
    }
}

impl From<Refusal> for Stop {
    fn from(why: Refusal) -> Self {
        Self::Refused(why)
    }
}

/// What is asked for: a key, and what it is to be set to, as it is spelled; nothing where it is to be removed.
#[derive(Debug)]
pub(super) struct Change<'a> {
    path: &'a [&'a str],
    spelled: Option<String>,
}

impl<'a> Change<'a> {
    /// The key at `path` is set to `value`, of which a text is `quoted`.
    pub(super) fn set(path: &'a [&'a str], value: &Value<'_>, quoted: impl FnOnce(&str) -> String) -> Self {
        let spelled = match value {
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => quoted(text),
            Value::EmptyList => "[]".to_owned(),
        };
        Self { path, spelled: Some(spelled) }
    }

    /// The key at `path` is removed.
    pub(super) fn remove(path: &'a [&'a str]) -> Self {
        Self { path, spelled: None }
    }

    /// What `make` makes of the spelling, if the path is one that is followed.
    pub(super) fn made(&self, make: impl FnOnce(&str) -> Result<Vec<u8>, Stop>) -> Result<Vec<u8>, Stop> {
        match self.path.len() {
            1..=DEEPEST_PATH => make(self.spelled.as_deref().unwrap_or_default()),
            _ => Err(Stop::Choose("choose a key that is named, at most 32 names deep")),
        }
    }

    /// What is said of a change that is not made.
    pub(super) fn told(&self, stop: Stop, line: impl FnOnce() -> Option<u32>) -> EditError {
        let key = self.path.join(".");
        let by_hand = match &self.spelled {
            Some(spelled) => format!("set {key} to {spelled}"),
            None => format!("remove {key}"),
        };
        match stop {
            Stop::Unreadable(error) => EditError::Unreadable(error),
            Stop::Refused(why) => EditError::Refused { why, line: line(), by_hand },
            Stop::Choose(what) => EditError::Refused { why: Refusal::Unwritable, line: None, by_hand: what.to_owned() },
        }
    }
}

/// The outcome of the first way that passes the check; `old` is the text behind `source`.
pub(super) fn first_exact(
    source: &[u8],
    old: &str,
    ways: impl IntoIterator<Item = Splices>,
    limit: usize,
    check: impl Fn(&[u8], &Splices) -> bool,
) -> Result<Vec<u8>, Stop> {
    let mark = source.strip_suffix(old.as_bytes()).ok_or(Refusal::Entangled)?;
    let made = ways.into_iter().find_map(|way| {
        let new = spliced(mark, old, &way)?;
        (new.len() <= limit && check(&new, &way)).then_some(new)
    });
    made.ok_or(Stop::Refused(Refusal::Entangled))
}

fn spliced(mark: &[u8], old: &str, way: &Splices) -> Option<Vec<u8>> {
    let (mut new, mut at) = (Vec::with_capacity(mark.len() + old.len() + 64), 0);
    new.extend_from_slice(mark);
    for (range, text) in way {
        new.extend_from_slice(old.get(at..range.start)?.as_bytes());
        new.extend_from_slice(text.as_bytes());
        at = range.end;
    }
    new.extend_from_slice(old.get(at..)?.as_bytes());
    Some(new)
}
