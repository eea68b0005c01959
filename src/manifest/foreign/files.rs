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
    /// What the person points at.
    Given,
    /// The folder of what the person points at.
    Beside,
    /// A value of another file.
    Inside,
}

impl Begin {
    /// All, with their keys.
    pub const ALL: [(&'static str, Self); 8] = [
        ("home", Self::Home),
        ("config", Self::Config),
        ("project", Self::Project),
        ("above", Self::Above),
        ("here", Self::Here),
        ("given", Self::Given),
        ("beside", Self::Beside),
        ("inside", Self::Inside),
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
    /// HOCON.
    Hocon,
    /// HCL: Terraform's language, and files of variables.
    Hcl,
    /// Any text: a key is a text that stands in it somewhere.
    Text,
    /// An SQLite database.
    Sqlite,
}

impl Kept {
    /// All but dotenv, with their words.
    pub const PLAIN: [(&'static str, Self); 9] = [
        ("yaml", Self::Yaml),
        ("json", Self::Json),
        ("jsonc", Self::Jsonc),
        ("toml", Self::Toml),
        ("ini", Self::Ini),
        ("hocon", Self::Hocon),
        ("hcl", Self::Hcl),
        ("text", Self::Text),
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

/// A value of another file that is a file itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// The other file's name.
    pub file: String,
    /// The keys from its root.
    pub key: Vec<String>,
    /// Whether the value is base64 of the file, not the file as it is.
    pub base64: bool,
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
    /// Where it stands inside another file.
    pub inside: Option<Inside>,
    /// How it is kept.
    pub kept: Kept,
    /// Whether it is shared with others through a repository.
    pub committed: bool,
    /// Ends of names of files beside it that may say otherwise of the same block.
    pub overridden: Vec<String>,
    /// Keys whose values are never shown.
    pub secret: Vec<Vec<String>>,
}

/// Where a value is read: a variable, or a key in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An environment variable.
    Variable(String),
    /// A property of a Java machine, as `-DNAME=VALUE` sets it.
    Property(String),
    /// A key in a file of the manifest.
    Key {
        /// The file's name.
        file: String,
        /// The keys from the root; `*` stands for each item.
        key: Vec<String>,
    },
}
