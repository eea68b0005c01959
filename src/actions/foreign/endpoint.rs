//! Where a foreign tool is pointed for one run: at our own receiver, by the setting that its manifest names, or the run is refused.
//!
//! Promises: what could lead the run to the real address, as far as the manifest knows, is taken away or refuses it: a key in a file that
//! beats the variable, a file that cannot be read, a version that is not known to ask for the variable, a proxy. Absent: starting it.

use std::ffi::{OsStr, OsString};

use crate::actions::foreign::look::Looked;
use crate::host::env::{Env, Var};
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::layers::Endpoint;
use crate::manifest::foreign::truths::Seen;
use crate::manifest::versions::Version;
use crate::receiver::answer::Answer;

/// Variables that name who is spoken to without a proxy: else requests to this machine could go through one, wherever it is set.
const DIRECTLY: [&str; 2] = ["no_proxy", "NO_PROXY"];
/// This machine, as `NO_PROXY` has it.
const HERE: &str = "127.0.0.1,localhost";

/// Why a run cannot be pointed at us for certain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWay {
    /// The program has no such setting.
    #[error("{0}")]
    None(String),
    /// The manifest names none.
    #[error("the manifest names no setting for the address that it sends to (`switches.endpoint`)")]
    NotDeclared,
    /// The version asks for none.
    #[error("version {0} asks for no variable with the address that it sends to")]
    NotInVersion(Version),
    /// The version is not known, and not all ask for the same variable.
    #[error(
        "not every version asks for a variable with the address that it sends to, and which one is installed is not known: {0}"
    )]
    Version(String),
    /// A key in a file beats the variable.
    #[error("{file}{}: {key} can beat the variable {variable}, so that the command could send to another address", .line.map(|line| format!(":{line}")).unwrap_or_default())]
    Overridden {
        /// The file.
        file: String,
        /// The line of the key.
        line: Option<u32>,
        /// The key, with dots.
        key: String,
        /// The variable.
        variable: String,
    },
    /// An option leads it to files that are not looked at.
    #[error("with {0} it reads other files, which may name another address: run it where they are instead")]
    Option(String),
    /// A file that may beat the variable cannot be read.
    #[error("{file}: {why}; it may name another address than the variable {variable}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        why: String,
        /// The variable.
        variable: String,
    },
}

/// How a run is pointed at us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The variable.
    pub variable: String,
    /// Its value, with `{origin}` and `{address}` in it.
    value: String,
    /// Further variables.
    with: Vec<(String, String)>,
    /// Variables that are taken away.
    pub without: Vec<String>,
    /// What our receiver answers.
    pub answer: Answer,
    /// What a person should know.
    pub notes: Vec<String>,
}

impl Way {
    /// The variables for a receiver there: `http://127.0.0.1:PORT` and `127.0.0.1:PORT`.
    #[must_use]
    pub fn variables(&self, origin: &str, address: &str) -> Vec<(String, String)> {
        let filled = |text: &str| text.replace("{origin}", origin).replace("{address}", address);
        let own = std::iter::once((self.variable.clone(), filled(&self.value)));
        own.chain(self.with.iter().map(|(name, value)| (name.clone(), filled(value)))).collect()
    }
}

/// How a run of the tool is pointed at us.
///
/// # Errors
/// It cannot be, for certain.
pub fn way(looked: &Looked, env: &Env, command: &[OsString]) -> Result<Way, NoWay> {
    let all = candidates(looked)?;
    let mut options = all.iter().flat_map(|one| &one.not_with);
    if let Some(option) = options.find(|option| command.iter().any(|word| is_option(word, option))) {
        return Err(NoWay::Option(option.clone()));
    }
    // Those of later versions stand last: what is not known to be old is taken for new.
    let Some(endpoint) = all.last() else { return Err(NoWay::NotDeclared) };
    let mut without = Vec::new();
    for one in &all {
        for source in &one.overridden {
            match source {
                Source::Variable(name) => without.push(name.clone()),
                // A capture starts no Java machine's properties away: none is declared so.
                Source::Property(_) => {}
                Source::Key { file, key } => refuse(looked, source, file, key, &endpoint.variable)?,
            }
        }
    }
    let mut with = endpoint.with.clone();
    for name in DIRECTLY {
        let before = env.text(name).map(|before| format!("{before},")).unwrap_or_default();
        with.push((name.to_owned(), format!("{before}{HERE}")));
    }
    let mut notes = Vec::new();
    if all.iter().any(|other| other.value != endpoint.value) {
        notes.push(format!("the version is not known: {} is set as the latest one reads it", endpoint.variable));
    }
    if env.get(&endpoint.variable) != Var::Unset {
        notes.push(format!("{} is set to another address here; for this run it is ours", endpoint.variable));
    }
    for name in without.iter().filter(|name| env.get(name) != Var::Unset) {
        notes.push(format!("{name} would beat {}; it is taken away for this run", endpoint.variable));
    }
    let body = endpoint.body.clone().into_bytes();
    let json = matches!(body.first(), Some(b'{' | b'['));
    let kind = json.then(|| ("Content-Type".to_owned(), "application/json".to_owned()));
    let answer = Answer { status: endpoint.status, headers: kind.into_iter().collect(), body };
    Ok(Way { variable: endpoint.variable.clone(), value: endpoint.value.clone(), with, without, answer, notes })
}

/// Whether `word` is this option, also with its value.
fn is_option(word: &OsStr, option: &str) -> bool {
    word.to_str()
        .and_then(|word| word.strip_prefix(option))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

/// The endpoints that may hold: the one of the version, or all where that is not known.
fn candidates(looked: &Looked) -> Result<Vec<&Endpoint>, NoWay> {
    let endpoints = &looked.foreign.endpoints;
    if endpoints.is_empty() {
        return Err(looked.foreign.no_endpoint.clone().map_or(NoWay::NotDeclared, NoWay::None));
    }
    if let Some(version) = &looked.installed.version {
        let fits = endpoints.iter().find(|endpoint| endpoint.versions.has(Some(version)));
        return fits.map(|one| vec![one]).ok_or_else(|| NoWay::NotInVersion(version.clone()));
    }
    let points = endpoints.iter().flat_map(|endpoint| endpoint.versions.bounds()).map(Some);
    let covered =
        std::iter::once(None).chain(points).all(|point| endpoints.iter().any(|endpoint| endpoint.versions.has(point)));
    let one = endpoints.windows(2).all(|pair| matches!(pair, [one, other] if one.variable == other.variable));
    if covered && one { Ok(endpoints.iter().collect()) } else { Err(NoWay::Version(looked.installed.how.clone())) }
}

/// Refuses where a key stands that beats the variable, and where that cannot be told.
fn refuse(looked: &Looked, source: &Source, file: &str, key: &[String], variable: &str) -> Result<(), NoWay> {
    let path = looked.file(file).and_then(|found| found.path.as_ref());
    let file = path.map_or_else(|| file.to_owned(), |path| path.display().to_string());
    let variable = variable.to_owned();
    match looked.at(source) {
        Seen::Missing | Seen::Empty | Seen::Absent | Seen::Under => Ok(()),
        Seen::Null | Seen::Value(_) => {
            Err(NoWay::Overridden { file, line: looked.line(source), key: key.join("."), variable })
        }
        Seen::Broken(why) => Err(NoWay::Unreadable { file, why, variable }),
    }
}
