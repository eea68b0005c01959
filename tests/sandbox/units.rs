//! What systemd made of the units among the fixtures, and how ours is put beside it.
//!
//! Promises: every value is compared, and a unit that systemd does not load is one that ours refuses. Absent: running systemd.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use telemetry::settings::launch::Given;
use telemetry::settings::unit::launches;

/// Where the units and the verdicts are.
pub(crate) const FOLDER: &str = "tests/fixtures/units";

/// What systemd made of a unit.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unit {
    pub(crate) environment: Vec<String>,
    pub(crate) files: Vec<String>,
    pub(crate) passed: Vec<String>,
    pub(crate) unset: Vec<String>,
    pub(crate) commands: Vec<Vec<String>>,
}

/// All units, by their names.
pub(crate) type Verdicts = BTreeMap<String, Option<Unit>>;

pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(name)
}

/// The names of all units.
pub(crate) fn names() -> Vec<String> {
    let entries = std::fs::read_dir(path("")).expect("the fixtures");
    let name =
        |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name().into_string().expect("a name");
    let mut names: Vec<String> = entries.map(name).filter(|name| name.ends_with(".service")).collect();
    names.sort();
    names
}

/// What ours has that the verdict has not, or the other way round.
pub(crate) fn difference(name: &str, verdict: Option<&Unit>) -> Option<String> {
    let source = std::fs::read(path(name)).expect("a unit");
    let (ours, theirs) = match (launches(&[&source]), verdict) {
        (Err(_), None) => return None,
        (Ok(ours), Some(theirs)) => (ours, theirs),
        (ours, theirs) => return Some(format!("{name}: {ours:?}, but systemd {theirs:?}")),
    };
    let text = |given: &Given| match given {
        Given::Set(text) | Given::Follows { written: text, .. } => text.clone(),
        Given::Unknown => "?".to_owned(),
    };
    let commands: Vec<Vec<String>> =
        ours.iter().map(|launch| launch.words.iter().map(|word| text(&word.text)).collect()).collect();
    if commands != theirs.commands {
        return Some(format!("{name}: {commands:?}, but systemd {:?}", theirs.commands));
    }
    let launch = ours.first()?;
    let (mut environment, mut passed, mut files) = (Vec::new(), Vec::new(), Vec::new());
    for variable in &launch.variables {
        match &variable.value {
            Given::Set(text) => environment.push(format!("{}={text}", variable.name)),
            _ => passed.push(variable.name.clone()),
        }
    }
    for file in &launch.files {
        files.push(format!("{}{}", if file.optional { "-" } else { "" }, text(&file.path)));
    }
    let is_unset = |assignment: &&String| {
        let name = assignment.split('=').next().unwrap_or_default();
        !theirs.unset.iter().any(|unset| unset == name || unset == *assignment)
    };
    let mut wanted: Vec<String> = theirs.environment.iter().filter(is_unset).cloned().collect();
    // Which of two names comes first is of no consequence.
    wanted.sort();
    environment.sort();
    let same = environment == wanted && passed == theirs.passed && files == theirs.files;
    (!same).then(|| format!("{name}: {environment:?} {passed:?} {files:?}, but systemd {theirs:?}"))
}
