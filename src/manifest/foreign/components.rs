//! Components: the programs of a family that share a name, such as `snowplow`, each with switches of its own, found in the files that a
//! person points at.
//!
//! Promises: a file is one component's by what stands in it, never by its name alone; the first of the manifest's components that
//! recognises a file has it. Absent: reading (`actions/foreign/pointed`).

use crate::manifest::foreign::files::Source;
use crate::manifest::versions::Versions;

/// In a key: the label of the block that was recognised.
pub const BLOCK: &str = "{block}";

/// How a file is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sign {
    /// The file of the component's `files` that it is then.
    pub file: String,
    /// Ends of its name, any of which it has; any name where none is listed.
    pub named: Vec<String>,
    /// Keys of which one has to stand in it; texts, where it is one.
    pub any: Vec<Vec<String>>,
    /// Keys that all have to.
    pub all: Vec<Vec<String>>,
    /// Keys of which none may.
    pub none: Vec<Vec<String>>,
    /// Blocks of HCL, each of which is one of the component.
    pub block: Option<Blocks>,
}

/// Blocks of HCL with a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    /// Their type, such as `module`.
    pub kind: String,
    /// An attribute of theirs.
    pub attribute: String,
    /// Texts of which one stands in it.
    pub holds: Vec<String>,
}

/// One way to start a component, and how it is recognised: in a unit of systemd, a service of a compose file. A program that was renamed
/// has another way for each of its names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Started {
    /// Beginnings of the image's name, without its registry.
    pub images: Vec<String>,
    /// Texts of which one stands in a word of the command.
    pub programs: Vec<String>,
    /// The file of the component's `files` that the start names.
    pub file: Option<String>,
    /// Options before the file's path.
    pub options: Vec<String>,
    /// Whether the file itself, in base64, may stand where its path does.
    pub base64: bool,
    /// A variable that is the file's path.
    pub variable: Option<String>,
}

/// Something that `status` tells beside the switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tell {
    /// What it is.
    pub name: String,
    /// Where it stands; the first that has it.
    pub from: Vec<Source>,
    /// What holds otherwise.
    pub usual: Option<String>,
    /// In which versions.
    pub versions: Versions,
}
