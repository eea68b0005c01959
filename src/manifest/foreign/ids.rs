//! Ids of a foreign tool: where they live, what they derive from, and what happens when one is taken away.
//!
//! Promises: an id whose removal turns telemetry on is rotated, because its manifest says so. Absent: making one
//! (`identity/hidden_times`).

use crate::manifest::foreign::files::Source;
use crate::manifest::versions::Versions;

/// The form of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What it is made of.
    pub kind: FormKind,
    /// What stands before it, such as `tcs_`.
    pub prefix: String,
}

/// What an id is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    /// A UUID with dashes.
    Uuid,
    /// A UUID as 32 hexadecimal digits.
    Hex32,
    /// A number that begins with milliseconds since 1970, shifted by 22 bits.
    Snowflake,
    /// Any text.
    Text,
}

impl FormKind {
    /// All, with their words.
    pub const ALL: [(&'static str, Self); 4] =
        [("uuid", Self::Uuid), ("hex32", Self::Hex32), ("snowflake", Self::Snowflake), ("text", Self::Text)];
}

/// How an id follows from another value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derivation {
    /// The UUID itself, or else every second hexadecimal digit of the SHA-256 of the text as a UUID.
    UuidOfSha256,
    /// The name-based UUID (version 5, URLs) as 32 hexadecimal digits.
    Uuid5Url,
    /// The SHA-256 in hexadecimal digits.
    Sha256,
}

impl Derivation {
    /// All, with their words.
    pub const ALL: [(&'static str, Self); 3] =
        [("uuid-of-sha256", Self::UuidOfSha256), ("uuid5-url", Self::Uuid5Url), ("sha256", Self::Sha256)];
}

/// Where an id comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdSource {
    /// A key in a file.
    Key {
        /// The file's name.
        file: String,
        /// The keys from the root.
        key: Vec<String>,
    },
    /// Items of a list in a file of JSON, each of which may have one.
    Items {
        /// The file's name.
        file: String,
        /// The keys of the list from the root.
        each: Vec<String>,
        /// Keys of an item with the texts they hold.
        filter: Vec<(String, String)>,
        /// The keys from the item; `*` stands for each.
        key: Vec<String>,
    },
    /// A variable or a property of what starts the program.
    Started(Source),
    /// A row of a database.
    Row {
        /// The file's name.
        file: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Columns with the texts they hold.
        filter: Vec<(String, String)>,
    },
    /// What the running server answers.
    Answer {
        /// The path of the request.
        path: String,
        /// The keys from the root.
        key: Vec<String>,
    },
    /// Another id of the manifest.
    Of {
        /// Its name.
        id: String,
        /// How it follows.
        derivation: Derivation,
    },
    /// What a person tells, one of `asks`.
    Given {
        /// Its name.
        ask: String,
        /// How it follows.
        derivation: Derivation,
    },
    /// Other ids with text around: `{project id}_CI`.
    Template(String),
    /// The address of this remote of the project's git repository.
    GitRemote {
        /// The remote's name.
        remote: String,
        /// How it follows.
        derivation: Derivation,
    },
}

/// What `forget` does with an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgetting {
    /// A fresh one takes its place.
    Rotate,
    /// Its key is taken out.
    Remove,
    /// Its file is removed.
    RemoveFile,
    /// Its value becomes the empty text.
    Empty,
    /// Nothing can be done from here.
    Leave,
}

impl Forgetting {
    /// All, with their words.
    pub const ALL: [(&'static str, Self); 5] = [
        ("rotate", Self::Rotate),
        ("remove", Self::Remove),
        ("remove-file", Self::RemoveFile),
        ("empty", Self::Empty),
        ("leave", Self::Leave),
    ];
}

/// An id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignId {
    /// Its name, for people.
    pub name: String,
    /// Where it comes from.
    pub source: IdSource,
    /// Its form.
    pub form: Form,
    /// Whether everybody who works on the project has the same.
    pub shared: bool,
    /// Whether a person gives it, of their own.
    pub provided: bool,
    /// What `forget` does.
    pub forget: Forgetting,
    /// What the program does when it is taken away.
    pub removed: Option<String>,
    /// What to do by hand, where nothing can be done from here.
    pub advice: Option<String>,
    /// In which versions.
    pub versions: Versions,
}

/// Files that keep ids of earlier runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The path below the project, with `*` for one folder or file.
    pub files: String,
    /// The keys from the root of JSON; none where the whole file is only counted.
    pub key: Vec<String>,
    /// Which id it is.
    pub id: Option<String>,
    /// What people should know of it.
    pub says: Option<String>,
}
