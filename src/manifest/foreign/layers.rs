//! Layers: what a foreign tool asks for consent, in its own order, and how each is changed.
//!
//! Promises: a change that a manifest declares has one scope; what is not declared is not changed. Absent: weighing
//! (`consent/effective`).

use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::ids::Form;
use crate::manifest::foreign::truths::{Literal, Truth};
use crate::manifest::versions::Versions;

/// Whose file a change is made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The person's own.
    User,
    /// The project's, shared with others.
    Project,
}

impl Scope {
    /// All, with their words.
    pub const ALL: [(&'static str, Self); 2] = [("user", Self::User), ("project", Self::Project)];
}

/// When a key is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// Always.
    Always,
    /// Where it is there.
    There,
    /// Where it is missing or null.
    Absent,
    /// Where it is there; and where none is that suffices, in the one of these of which most keys are there already.
    Else,
}

impl Only {
    /// All, with their words.
    pub const ALL: [(&'static str, Self); 4] =
        [("always", Self::Always), ("there", Self::There), ("absent", Self::Absent), ("else", Self::Else)];
}

/// What is written at a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum New {
    /// This value.
    Value(Literal),
    /// A fresh id of this form.
    Fresh(Form),
    /// The key is taken out.
    Removed,
}

/// How a layer is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Whose file it is.
    pub scope: Scope,
    /// What says on.
    pub on: Option<New>,
    /// What says off.
    pub off: Option<New>,
    /// When.
    pub only: Only,
}

/// A layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Where it stands.
    pub source: Source,
    /// What its values mean.
    pub truth: Truth,
    /// In which versions it is asked.
    pub versions: Versions,
    /// Whether a plain yes means off, as in `DISABLE_X=1`.
    pub inverse: bool,
    /// How it is changed.
    pub write: Option<Write>,
    /// What people should know of it.
    pub says: Option<String>,
    /// Values that people take for a no, for a reason.
    pub trap: Option<Trap>,
    /// Whether it is shown only where something stands there.
    pub rare: bool,
}

/// Values that people take for a no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    /// The values.
    pub values: Vec<Literal>,
    /// Why they do, and what holds.
    pub says: String,
}

/// What holds where no layer speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usual {
    /// Whether telemetry is on.
    pub on: bool,
    /// In which versions.
    pub versions: Versions,
}

/// A value that has to change together with the layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// The file's name.
    pub file: String,
    /// The keys from the root.
    pub key: Vec<String>,
    /// What stands for on.
    pub on: Literal,
    /// What stands for off.
    pub off: Literal,
    /// What happens where it differs.
    pub differs: String,
    /// In which versions.
    pub versions: Versions,
}

/// A switch that people believe in and that nothing asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// Where it stands.
    pub source: Source,
    /// Values that people set to switch telemetry off; any where none is listed.
    pub off: Vec<Literal>,
    /// Why it does nothing.
    pub says: String,
    /// In which versions.
    pub versions: Versions,
}

/// What waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The file's name.
    pub file: String,
    /// Where the list of events stands in it.
    pub key: Vec<String>,
    /// The whole file when nothing waits.
    pub empty: String,
    /// Whether its program locks it (`flock`), so that it is changed in place under the same lock.
    pub locked: bool,
}

/// When something leaves that no switch stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Also when telemetry is off.
    Off,
    /// While it is on, beside the events.
    On,
    /// Whatever the switch says.
    Always,
}

impl When {
    /// All, with their words.
    pub const ALL: [(&'static str, Self); 3] = [("off", Self::Off), ("on", Self::On), ("always", Self::Always)];
}

/// What leaves beside the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residual {
    /// What, in a sentence.
    pub says: String,
    /// When.
    pub when: When,
    /// What stops it, where something does.
    pub stop: Option<String>,
    /// In which versions.
    pub versions: Versions,
}

/// The setting that points the program elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The variable.
    pub variable: String,
    /// Its value, with `{origin}` for `http://127.0.0.1:PORT`.
    pub value: String,
    /// Keys whose presence beats the variable.
    pub overridden: Vec<Source>,
    /// Options of the program that lead it to other files than those that are looked at, such as `--cwd`.
    pub not_with: Vec<String>,
    /// Further variables for such a run.
    pub with: Vec<(String, String)>,
    /// The status that the real receiver answers with.
    pub status: u16,
    /// The body of that answer.
    pub body: String,
    /// In which versions.
    pub versions: Versions,
}
