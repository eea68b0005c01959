//! Which events say that a command runs, and which of their fields say how: what `telemetry run` and a server's heartbeat fill in.
//!
//! Promises: an event that fits takes what will be given, so that no run ends in a refusal. Absent: when it is given
//! (`actions/run`, `actions/heartbeat`).

use crate::identity::names::{EventName, FieldName, NameError};
use crate::manifest::events::{Event, Field, Kind};

/// Usual name of the field that says how it ended.
const OUTCOME: &str = "outcome";
/// Usual name of the field that says how long it ran.
const DURATION: &str = "duration";
/// Usual name of the field that says which beat it is.
const KIND: &str = "kind";

/// Usual time between two beats, milliseconds: an hour, as Snowplow's servers have it; a day's use is seen on that day.
pub const EVERY_MS: i64 = 60 * 60 * 1000;
/// Shortest time between two beats that a manifest may declare, milliseconds: what is shorter is monitoring, and not telemetry.
pub const SHORTEST_MS: i64 = 60 * 1000;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was asked for: exit code 0.
    Completed,
    /// It says itself that it did not.
    Failed,
    /// Somebody ended it.
    Aborted,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Completed, Self::Failed, Self::Aborted];

    /// The word in an event.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// Which beat it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// The first one.
    Startup,
    /// It still runs.
    Heartbeat,
    /// The last one: it ends in order.
    Shutdown,
}

impl Beat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Startup, Self::Heartbeat, Self::Shutdown];

    /// The word in an event.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Heartbeat => "heartbeat",
            Self::Shutdown => "shutdown",
        }
    }
}

/// The fields that say how a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFields {
    /// An [`Outcome`].
    pub outcome: FieldName,
    /// How long it ran.
    pub duration: FieldName,
    /// Its exit code, 128 and the signal's number where a signal ended it.
    pub exit_code: Option<FieldName>,
}

impl RunFields {
    /// Under their usual names, which the author need not write.
    ///
    /// # Errors
    /// None: the usual names are names.
    pub fn usual() -> Result<Self, NameError> {
        Ok(Self { outcome: FieldName::new(OUTCOME)?, duration: FieldName::new(DURATION)?, exit_code: None })
    }
}

/// Which event says that a command ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRule {
    /// The event: a pair.
    pub event: EventName,
    /// The fields of its outcome.
    pub fields: RunFields,
}

/// When the first beat comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// With the start.
    Start,
    /// An interval after the start.
    Interval,
    /// So many milliseconds after the start.
    After(i64),
}

/// Which event says that a server runs, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatRule {
    /// The event, which is no pair.
    pub event: EventName,
    /// A [`Beat`].
    pub kind: FieldName,
    /// How it ended, an [`Outcome`]: at shutdown only.
    pub outcome: Option<FieldName>,
    /// How long it has been running.
    pub duration: Option<FieldName>,
    /// When the first one comes.
    pub first: First,
    /// From one to the next, milliseconds.
    pub every_ms: i64,
}

impl HeartbeatRule {
    /// The usual name of the field that says which beat it is.
    ///
    /// # Errors
    /// None: it is a name.
    pub fn usual_kind() -> Result<FieldName, NameError> {
        FieldName::new(KIND)
    }
}

/// Why an event does not fit: the key of the rule, and what is wrong there.
pub type Misfit = (&'static str, String);

/// Why `event` cannot say how a command ended through these fields; nothing where it can.
#[must_use]
pub fn run_misfits(event: &Event, fields: &RunFields) -> Vec<Misfit> {
    if !event.lifecycle {
        return vec![("event", format!("the event {} is no pair: it needs lifecycle: true", event.name))];
    }
    let words = Outcome::ALL.map(Outcome::as_str);
    let mut misfits = Vec::new();
    let outcome = |name: &FieldName| event.outcome.iter().find(|field| field.name == *name);
    if !outcome(&fields.outcome).is_some_and(|field| has(field, &words)) {
        misfits.push(("outcome", lacks(event, "outcome", &fields.outcome, &enum_of(&words))));
    }
    if !outcome(&fields.duration).is_some_and(|field| matches!(field.kind, Kind::Duration { .. })) {
        misfits.push(("duration", lacks(event, "outcome", &fields.duration, "of type duration")));
    }
    if let Some(name) = &fields.exit_code
        && !outcome(name)
            .is_some_and(|field| matches!(field.kind, Kind::Integer { range, .. } if range.0 <= 0 && range.1 >= 255))
    {
        misfits.push(("exit_code", lacks(event, "outcome", name, "of type integer that takes 0 to 255")));
    }
    let given = [Some(&fields.outcome), Some(&fields.duration), fields.exit_code.as_ref()];
    let never = event.outcome.iter().filter(|field| field.required && !given.contains(&Some(&field.name)));
    misfits.extend(never.map(|field| {
        ("event", format!("the field {} of {}'s outcome is required, and nobody gives it", field.name, event.name))
    }));
    misfits
}

/// Why `event` cannot be the beat of `rule`; nothing where it can.
#[must_use]
pub fn heartbeat_misfits(event: &Event, rule: &HeartbeatRule) -> Vec<Misfit> {
    if event.lifecycle {
        return vec![("event", format!("the event {} is a pair, and a beat is none", event.name))];
    }
    let field = |name: &FieldName| event.fields.iter().find(|field| field.name == *name);
    let beats = Beat::ALL.map(Beat::as_str);
    let mut misfits = Vec::new();
    if !field(&rule.kind).is_some_and(|field| has(field, &beats)) {
        misfits.push(("kind", lacks(event, "fields", &rule.kind, &enum_of(&beats))));
    }
    let words = Outcome::ALL.map(Outcome::as_str);
    if let Some(name) = &rule.outcome {
        match field(name) {
            Some(field) if has(field, &words) && field.required => {
                misfits.push((
                    "outcome",
                    format!("the field {name} of {} is required, and only shutdown has it", event.name),
                ));
            }
            Some(field) if has(field, &words) => {}
            Some(_) | None => misfits.push(("outcome", lacks(event, "fields", name, &enum_of(&words)))),
        }
    }
    if let Some(name) = &rule.duration
        && !field(name).is_some_and(|field| matches!(field.kind, Kind::Duration { .. }))
    {
        misfits.push(("duration", lacks(event, "fields", name, "of type duration")));
    }
    misfits
}

/// Whether a field takes all of these words.
fn has(field: &Field, words: &[&str]) -> bool {
    matches!(&field.kind, Kind::Enum { values } if words.iter().all(|word| values.iter().any(|value| value == word)))
}

fn enum_of(words: &[&str]) -> String {
    format!("of type enum with the values {}", words.join(", "))
}

fn lacks(event: &Event, part: &str, field: &FieldName, kind: &str) -> String {
    format!("the event {} has no field {field} among its {part} that is {kind}", event.name)
}
