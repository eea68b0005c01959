//! Files of a foreign tool: where each lies, and how it is kept.
//!
//! Promises: a path of a manifest stays below its beginning (the home, the project, …). Absent: reading them.

use crate::settings::dotenv::Dialect;

/// Where a file's path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// The home.
    Home,
    /// The user's folder of configs (`$XDG_CONFIG_HOME`).
    Config,
    /// The project's folder.
    Project,
    /// The first folder from the working directory upwards in which it is.
    Above,
    /// The working directory.
    Here,
}

impl Begin {
    /// All, with their keys.
    pub const ALL: [(&'static str, Self); 5] = [
        ("home", Self::Home),
        ("config", Self::Config),
        ("project", Self::Project),
        ("above", Self::Above),
        ("here", Self::Here),
    ];
}

/// How a file is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// JSON with comments and trailing commas.
    Jsonc,
    /// TOML.
    Toml,
    /// INI.
    Ini,
    /// Lines of `NAME=value`.
    Dotenv(Dialect),
    /// An SQLite database.
    Sqlite,
}

impl Kept {
    /// All but dotenv, with their words.
    pub const PLAIN: [(&'static str, Self); 6] = [
        ("yaml", Self::Yaml),
        ("json", Self::Json),
        ("jsonc", Self::Jsonc),
        ("toml", Self::Toml),
        ("ini", Self::Ini),
        ("sqlite", Self::Sqlite),
    ];
}

/// A folder of a file's path that a variable moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The folder, as the path begins with it.
    pub path: String,
    /// The variable that names another one.
    pub variable: String,
    /// A dotenv file of the manifest in which the variable may stand as well.
    pub file: Option<String>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignFile {
    /// Its name in the manifest.
    pub name: String,
    /// Where its path begins.
    pub begin: Begin,
    /// Its path, without `..`.
    pub path: String,
    /// A variable that names another file instead.
    pub variable: Option<String>,
    /// A folder of the path that a variable moves.
    pub moved: Option<Moved>,
    /// How it is kept.
    pub kept: Kept,
    /// Whether it is shared with others through a repository.
    pub committed: bool,
    /// Keys whose values are never shown.
    pub secret: Vec<Vec<String>>,
}

/// Where a value is read: a variable, or a key in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An environment variable.
    Variable(String),
    /// A key in a file of the manifest.
    Key {
        /// The file's name.
        file: String,
        /// The keys from the root; `*` stands for each item.
        key: Vec<String>,
    },
}
