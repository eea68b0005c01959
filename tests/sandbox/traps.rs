//! Files of other people's tools, many of which mean something else than they seem to, with what the real program does with them.
//!
//! Promises: what stands in `tests/fixtures/traps/TOOL.yml` was seen; `tests/interop/traps.rs` sees it again with the real programs.
//! Absent: what we make of them.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::Deserialize;

use crate::sandbox::home::Home;

/// What the real program does, asked twice in the same home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Does {
    /// It sends, both times.
    Sends,
    /// It tells once that it is off from now on.
    Farewell,
    /// It sends nothing.
    Silent,
    /// It does not start.
    Crashes,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Trap {
    /// What it is about.
    pub(crate) name: String,
    /// The environment, beside the home.
    pub(crate) variables: BTreeMap<String, String>,
    /// Where the program is started, in the home.
    pub(crate) directory: String,
    /// By the program's version.
    pub(crate) does: BTreeMap<String, Does>,
    files: BTreeMap<String, String>,
    modes: BTreeMap<String, u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Those that every trap is tried with, if it does not say otherwise.
    versions: Vec<String>,
    /// In every home.
    #[serde(default)]
    files: BTreeMap<String, String>,
    traps: Vec<WrittenTrap>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTrap {
    name: String,
    /// A file of every home that is null here is not there.
    #[serde(default)]
    files: BTreeMap<String, Option<String>>,
    /// In octal, as text.
    #[serde(default)]
    modes: BTreeMap<String, String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default = "work")]
    directory: String,
    does: WrittenDoes,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenDoes {
    Always(Does),
    By(BTreeMap<String, Does>),
}

fn work() -> String {
    "work".to_owned()
}

impl Trap {
    /// Its files, in this home.
    pub(crate) fn lay(&self, home: &Home) {
        for (name, text) in &self.files {
            home.write(name, text);
        }
        for (name, mode) in &self.modes {
            fs::set_permissions(home.at(name), Permissions::from_mode(*mode)).expect("a mode");
        }
    }
}

/// All of a tool's.
pub(crate) fn traps(tool: &str) -> Vec<Trap> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/traps").join(format!("{tool}.yml"));
    let text = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let tree = serde_yaml::from_str(&text).and_then(|mut tree: serde_yaml::Value| tree.apply_merge().map(|()| tree));
    let written = tree.and_then(serde_yaml::from_value);
    let written: Written = written.unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let whole = |trap: WrittenTrap| {
        let mut files = written.files.clone();
        for (name, text) in trap.files {
            match text {
                Some(text) => drop(files.insert(name, text)),
                None => assert!(files.remove(&name).is_some(), "{}: {name} is not there anyway", trap.name),
            }
        }
        let does = match trap.does {
            WrittenDoes::Always(does) => written.versions.iter().map(|version| (version.clone(), does)).collect(),
            WrittenDoes::By(does) => does,
        };
        let mode = |text: &str| u32::from_str_radix(text, 8).expect("a mode in octal");
        let modes = trap.modes.iter().map(|(name, text)| (name.clone(), mode(text))).collect();
        Trap { name: trap.name, variables: trap.variables, directory: trap.directory, does, files, modes }
    };
    written.traps.into_iter().map(whole).collect()
}

#[test]
fn every_trap_is_told_once_and_every_outcome_is_there() {
    for tool in ["meltano", "piperider", "grouparoo", "zincobserve"] {
        let all = traps(tool);
        let mut names: Vec<&str> = all.iter().map(|trap| trap.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len(), "{tool}: a name stands twice");
        // A verdict that never comes up could not be told from one that is never reached.
        for wanted in [Does::Sends, Does::Silent] {
            assert!(all.iter().any(|trap| trap.does.values().any(|does| *does == wanted)), "{tool}: {wanted:?}");
        }
        let home = Home::new();
        all.iter().for_each(|trap| trap.lay(&home));
    }
}
