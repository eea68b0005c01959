//! An event that is ready to be said: checked against the manifest, pseudonyms made.
//!
//! Promises: an event has only declared fields, each with a value of its type. Absent: who it is about; that is added when a
//! body is made, so that a renewed id reaches what waits.

use crate::host::clock::Timestamp;
use crate::identity::ids::{Id, ProvidedId};
use crate::manifest::events::{Accepted, Event as Declared, Field, Refusal, Value};
use crate::manifest::tool::Fact;
use crate::payload::pseudonym::pseudonym;

/// Which half of a lifecycle pair an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// On disk before the work begins.
    Started,
    /// Repeats the started event and adds the outcome.
    Completed,
}

impl Phase {
    /// As it is said.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
        }
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id, a UUID: the same on every attempt, so that a receiver can tell repeats.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was recorded.
    pub time: Timestamp,
    /// Which half of a pair.
    pub pair: Option<(Phase, Id)>,
    /// Its fields, in the order of the manifest.
    pub fields: Vec<(String, Value)>,
    /// Its facts.
    pub facts: Vec<(Fact, String)>,
}

/// Who an event is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// The user id.
    pub user: Option<Id>,
    /// The project's id.
    pub project: Option<Id>,
    /// What the person chose to give.
    pub provided: Option<ProvidedId>,
}

/// Why an event is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The manifest does not declare it.
    #[error("the event {given:?} is not declared; declared are: {declared}")]
    Unknown {
        /// What was given, shortened.
        given: String,
        /// What is declared.
        declared: String,
    },
    /// A field that the event does not have.
    #[error("the event {event} has no field {given:?}; it has: {declared}")]
    UnknownField {
        /// The event.
        event: String,
        /// What was given, shortened.
        given: String,
        /// What is declared.
        declared: String,
    },
    /// A field that was given twice.
    #[error("the field {0} was given twice")]
    Twice(String),
    /// A field that is required and was not given.
    #[error("the event {event} needs the field {field}: {allowed}")]
    Missing {
        /// The event.
        event: String,
        /// The field.
        field: String,
        /// What it takes.
        allowed: String,
    },
    /// A value that its field does not take.
    #[error(transparent)]
    Value(#[from] Refusal),
    /// A lifecycle event needs to be said which half it is, and no other event may.
    #[error("{0}")]
    Phase(String),
}

/// Fields as given: names and texts.
pub type Given = [(String, String)];

/// Accepts the fields of an event, in the order of the manifest; values to be hashed are not hashed yet.
///
/// # Errors
/// A field is unknown, given twice, missing, or its value is refused.
pub fn accept(declared: &Declared, phase: Option<Phase>, given: &Given) -> Result<Vec<(String, Accepted)>, EventError> {
    match (declared.lifecycle, phase) {
        (true, None) => {
            return Err(EventError::Phase(format!(
                "the event {} comes as a pair: say --start, then --complete ID",
                declared.name
            )));
        }
        (false, Some(_)) => return Err(EventError::Phase(format!("the event {} is not a pair", declared.name))),
        (true, Some(_)) | (false, None) => {}
    }
    let fields: Vec<&Field> = match phase {
        None | Some(Phase::Started) => declared.fields.iter().collect(),
        // What `completed` repeats of `started` was accepted then.
        Some(Phase::Completed) => declared.outcome.iter().collect(),
    };
    for (index, (name, _)) in given.iter().enumerate() {
        if !fields.iter().any(|field| field.name.as_str() == name) {
            let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            let declared_names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(EventError::UnknownField {
                event: declared.name.to_string(),
                given: shortened(name),
                declared: declared_names,
            });
        }
        if given.iter().take(index).any(|(other, _)| other == name) {
            return Err(EventError::Twice(name.clone()));
        }
    }
    let mut accepted = Vec::new();
    for field in fields {
        match given.iter().find(|(name, _)| field.name.as_str() == name) {
            Some((name, text)) => accepted.push((name.clone(), field.accept(text)?)),
            None if field.required => {
                return Err(EventError::Missing {
                    event: declared.name.to_string(),
                    field: field.name.to_string(),
                    allowed: field.kind.allowed(),
                });
            }
            None => {}
        }
    }
    Ok(accepted)
}

/// Something that was given, short enough for a message.
#[must_use]
pub fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Whether any accepted value needs the installation's salt.
#[must_use]
pub fn needs_salt(accepted: &[(String, Accepted)]) -> bool {
    accepted.iter().any(|(_, accepted)| matches!(accepted, Accepted::ToHash { salted: true, .. }))
}

/// The values themselves, pseudonyms made with `salt`.
#[must_use]
pub fn values(accepted: Vec<(String, Accepted)>, salt: Option<&str>) -> Vec<(String, Value)> {
    let value = |accepted| match accepted {
        Accepted::Value(value) => value,
        Accepted::ToHash { text, algorithm, salted } => {
            Value::Text(pseudonym(algorithm, salt.filter(|_| salted), &text))
        }
    };
    accepted.into_iter().map(|(name, accepted)| (name, value(accepted))).collect()
}
