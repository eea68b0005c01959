//! The stored form of a change of a foreign tool's files; [`crate::actions::foreign::journal`] has it to the byte.
//!
//! Promises: what is of another version is not read. Absent: folders and copies.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// A no.
    Disable,
    /// A yes.
    Enable,
    /// Ids renewed or removed.
    Forget,
    /// An id of the person's own, given.
    Provide,
    /// The same, withdrawn.
    Withdraw,
    /// A change undone.
    Undo,
}

impl Verb {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Forget => "forget",
            Self::Provide => "id --user-provided-id",
            Self::Withdraw => "id --withdraw",
            Self::Undo => "undo",
        }
    }
}

/// What becomes of a change that was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interrupted {
    /// It is done to its end: a no.
    Finish,
    /// What was done of it is taken back: a yes.
    TakeBack,
}

impl Interrupted {
    /// Of the change that undoes it.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Finish => Self::TakeBack,
            Self::TakeBack => Self::Finish,
        }
    }
}

/// Whether what stood there is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Copies {
    /// None of what stood there; those of other changes stay.
    Withheld,
    /// It can be undone.
    Kept,
    /// It cannot, and what earlier changes of the tool kept goes with it: no old id is left.
    None,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Another file is put in its place.
    Replace,
    /// It is written over under its program's own lock (`flock`), after all others.
    InPlace,
}

/// A file of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// As it was named.
    pub path: String,
    /// Where links lead from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How it is written.
    pub way: Way,
    /// The digest of what stood there; none where nothing did.
    pub before: Option<String>,
    /// The digest of what shall stand there; none where nothing shall.
    pub after: Option<String>,
    /// The mode of what stood there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// Its owner and group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<(u32, u32)>,
    /// The mode that it has afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode_after: Option<u32>,
    /// Folders above it that were made for it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub made: usize,
    /// Keys whose values are not shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret: Vec<Vec<String>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Kept {
    /// The file itself.
    #[must_use]
    pub fn target(&self) -> &Path {
        Path::new(self.target.as_ref().unwrap_or(&self.path))
    }
}

/// A change as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Of this form.
    pub version: u32,
    /// Whose files.
    pub tool: String,
    /// What was done.
    pub verb: Verb,
    /// When.
    pub time_ms: i64,
    /// What becomes of it after a kill.
    pub interrupted: Interrupted,
    /// Whether it can be undone.
    pub copies: Copies,
    /// The change that this one undid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// The files, in the order in which they change.
    pub files: Vec<Kept>,
}

/// What stood in a file, and what shall; nothing where nothing does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// What stood there.
    pub before: Option<Vec<u8>>,
    /// What shall.
    pub after: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Index {
    /// Reads one.
    ///
    /// # Errors
    /// It is none, or of another version; in words.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let broken = |_| "it is no index of a change".to_owned();
        let Versioned { version } = serde_json::from_slice(bytes).map_err(broken)?;
        if version != 1 {
            return Err(format!("it is of version {version}, which this program does not know"));
        }
        serde_json::from_slice(bytes).map_err(broken)
    }

    /// As it is written.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}
