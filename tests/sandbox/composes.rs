//! Compose files that are put together of several, what Docker Compose made of them, and how ours is put beside it.
//!
//! Promises: every value is compared, and what Compose refuses is what ours refuses. Absent: running Compose. Absent as well: `!override` in a service that
//! another one extends, of which Compose 2.40.3 says now one thing and now another.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use telemetry::settings::compose::launches;
use telemetry::settings::launch::{Given, Launch};

/// The verdicts.
pub(crate) const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/compose/verdicts.json");

/// What Compose starts a service with.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) image: Option<String>,
    pub(crate) entrypoint: Vec<String>,
    pub(crate) command: Vec<String>,
    /// A name without a value is handed on.
    pub(crate) environment: BTreeMap<String, Option<String>>,
    pub(crate) files: Vec<String>,
}

/// All cases, by their names; nothing where Compose refuses them.
pub(crate) type Verdicts = BTreeMap<String, Option<BTreeMap<String, Service>>>;

/// A case: its name, and its files, the first of which is pointed at.
pub(crate) type Case = (&'static str, &'static [(&'static str, &'static str)]);

const BASE: &str = "services:\n  x:\n    image: i:1\n    command: [a, b]\n    entrypoint: e f\n    env_file: one.env\n    \
    environment: [A=1, B=2]\n";

/// All of them.
pub(crate) const CASES: &[Case] = &[
    (
        "extends of the same file, by its name alone",
        &[(
            "compose.yaml",
            "services:\n  x: {image: 'i:1', environment: {A: 1, B: 2}, command: [a, b]}\n  y: {extends: x, environment: {B: 3}}\n",
        )],
    ),
    (
        "extends of the same file, as a mapping",
        &[(
            "compose.yaml",
            "services:\n  y: {extends: {service: x}, environment: [B=3, C]}\n  x: {image: 'i:1', environment: {A: 1, B: 2}}\n",
        )],
    ),
    (
        "extends of another file in a folder",
        &[
            ("compose.yaml", "services:\n  y:\n    extends: {file: base/b.yml, service: x}\n    env_file: [two.env]\n"),
            ("base/b.yml", BASE),
            ("base/one.env", ""),
            ("two.env", ""),
        ],
    ),
    (
        "a command instead of the command",
        &[
            ("compose.yaml", "services:\n  y:\n    extends: {file: b.yml, service: x}\n    command: c d\n"),
            ("b.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "a command that is nothing",
        &[
            (
                "compose.yaml",
                "services:\n  y:\n    extends: {file: b.yml, service: x}\n    command: null\n    entrypoint:\n",
            ),
            ("b.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "a command that is empty",
        &[
            (
                "compose.yaml",
                "services:\n  y:\n    extends: {file: b.yml, service: x}\n    command: []\n    entrypoint: []\n",
            ),
            ("b.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "an entrypoint instead of the entrypoint",
        &[
            ("compose.yaml", "services:\n  y:\n    extends: {file: b.yml, service: x}\n    entrypoint: [g]\n"),
            ("b.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "a name without a value over one with it",
        &[
            ("compose.yaml", "services:\n  y:\n    extends: {file: b.yml, service: x}\n    environment: {A: null}\n"),
            ("b.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "an environment that is nothing, and no image",
        &[
            ("compose.yaml", "services:\n  y:\n    extends: {file: b.yml, service: x}\n    environment:\n    image:\n"),
            ("b.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "an environment that is empty",
        &[
            (
                "compose.yaml",
                "services:\n  y:\n    extends: {file: b.yml, service: x}\n    environment: {}\n    env_file: []\n",
            ),
            ("b.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "an image instead of the image",
        &[
            ("compose.yaml", "services:\n  y:\n    extends: {file: b.yml, service: x}\n    image: 'j:2'\n"),
            ("b.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "the same file of variables in both",
        &[
            (
                "compose.yaml",
                "services:\n  y:\n    extends: {file: b.yml, service: x}\n    env_file: [three.env, {path: ./one.env, required: false}]\n",
            ),
            ("b.yml", BASE),
            ("one.env", ""),
            ("three.env", ""),
        ],
    ),
    (
        "a chain through three files",
        &[
            ("compose.yaml", "services:\n  z:\n    extends: {file: one/c.yml, service: y}\n    environment: {C: 5}\n"),
            (
                "one/c.yml",
                "services:\n  y:\n    extends: {file: ../two/b.yml, service: x}\n    environment: {B: 4, C: 4}\n    env_file: c.env\n",
            ),
            ("two/b.yml", BASE),
            ("two/one.env", ""),
            ("one/c.env", ""),
        ],
    ),
    (
        "one that extends within the other file",
        &[
            ("compose.yaml", "services:\n  x: {image: no}\n  z:\n    extends: {file: c.yml, service: y}\n"),
            ("c.yml", "services:\n  y: {extends: x, environment: {B: 4}}\n  x: {image: 'i:1', environment: {A: 1}}\n"),
        ],
    ),
    (
        "extends by a merge key",
        &[(
            "compose.yaml",
            "x-all: &all\n  extends: x\n  environment: {B: 4}\nservices:\n  x: {image: 'i:1', environment: {A: 1}}\n  y:\n    <<: *all\n",
        )],
    ),
    (
        "an environment with a merge key over another",
        &[(
            "compose.yaml",
            "x-env: &env {A: 5, C: 6}\nservices:\n  x: {image: 'i:1', environment: {A: 1, B: 1}}\n  y:\n    extends: x\n    \
         environment: {<<: *env, C: 7}\n",
        )],
    ),
    ("what extends itself", &[("compose.yaml", "services:\n  x: {image: 'i:1', extends: x}\n")]),
    ("a circle of two", &[("compose.yaml", "services:\n  x: {image: 'i:1', extends: y}\n  y: {extends: x}\n")]),
    (
        "a circle of two files",
        &[
            ("compose.yaml", "services:\n  x: {image: 'i:1', extends: {file: b.yml, service: x}}\n"),
            ("b.yml", "services:\n  x: {extends: {file: compose.yaml, service: x}}\n"),
        ],
    ),
    ("a service that is not there", &[("compose.yaml", "services:\n  x: {image: 'i:1', extends: y}\n")]),
    (
        "a file that is not there",
        &[("compose.yaml", "services:\n  x: {image: 'i:1', extends: {file: b.yml, service: y}}\n")],
    ),
    (
        "a service that is not in the other file",
        &[("compose.yaml", "services:\n  x: {image: 'i:1', extends: {file: b.yml, service: y}}\n"), ("b.yml", BASE)],
    ),
    (
        "a file that is no YAML",
        &[
            ("compose.yaml", "services:\n  x: {image: 'i:1', extends: {file: b.yml, service: y}}\n"),
            ("b.yml", "services: ["),
        ],
    ),
    (
        "a list without what is below it",
        &[
            (
                "compose.yaml",
                "services:\n  y:\n    extends: {file: b.yml, service: x}\n    environment: !override {C: 1}\n    command: !reset null\n",
            ),
            ("b.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "no list at all",
        &[
            (
                "compose.yaml",
                "services:\n  y:\n    extends: {file: b.yml, service: x}\n    environment: !reset null\n    env_file: !reset []\n",
            ),
            ("b.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "an include",
        &[
            ("compose.yaml", "include: [sub/c.yml]\nservices:\n  y: {image: 'j:1'}\n"),
            ("sub/c.yml", BASE),
            ("sub/one.env", ""),
        ],
    ),
    (
        "an include and nothing else",
        &[("compose.yaml", "include:\n  - path: ./sub/c.yml\n"), ("sub/c.yml", BASE), ("sub/one.env", "")],
    ),
    (
        "an include from another folder",
        &[
            ("compose.yaml", "include:\n  - {path: sub/c.yml, project_directory: other}\nservices: {}\n"),
            ("sub/c.yml", "services:\n  z: {extends: {file: b.yml, service: x}}\n"),
            ("other/b.yml", BASE),
            ("other/one.env", ""),
        ],
    ),
    (
        "an include of two that lie over each other",
        &[
            ("compose.yaml", "include:\n  - path: [sub/c.yml, sub/over.yml]\n"),
            ("sub/c.yml", BASE),
            ("sub/over.yml", "services:\n  x: {environment: {B: 9}, env_file: o.env}\n"),
            ("sub/one.env", ""),
            ("sub/o.env", ""),
        ],
    ),
    (
        "an include in an include",
        &[
            ("compose.yaml", "include: [sub/c.yml]\n"),
            ("sub/c.yml", "include: [deep/d.yml]\nservices:\n  y: {image: 'j:1', env_file: y.env}\n"),
            ("sub/deep/d.yml", BASE),
            ("sub/deep/one.env", ""),
            ("sub/y.env", ""),
        ],
    ),
    ("an include of itself", &[("compose.yaml", "include: [compose.yaml]\nservices:\n  y: {image: 'j:1'}\n")]),
    (
        "a circle of includes",
        &[
            ("compose.yaml", "include: [c.yml]\nservices:\n  y: {image: 'j:1'}\n"),
            ("c.yml", "include: [compose.yaml]\nservices:\n  x: {image: 'j:1'}\n"),
        ],
    ),
    ("an include of one that is not there", &[("compose.yaml", "include: [c.yml]\nservices:\n  y: {image: 'j:1'}\n")]),
    (
        "an include that is no list",
        &[("compose.yaml", "include: c.yml\nservices:\n  y: {image: 'j:1'}\n"), ("c.yml", BASE), ("one.env", "")],
    ),
    (
        "a service in both",
        &[
            ("compose.yaml", "include: [c.yml]\nservices:\n  x: {environment: {B: 7, C: 8}}\n"),
            ("c.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "what is included extends",
        &[
            ("compose.yaml", "include: [sub/c.yml]\n"),
            ("sub/c.yml", "services:\n  z: {extends: {file: b.yml, service: x}, env_file: z.env}\n"),
            ("sub/b.yml", BASE),
            ("sub/one.env", ""),
            ("sub/z.env", ""),
        ],
    ),
    (
        "extends in a file that includes",
        &[
            ("compose.yaml", "services:\n  z: {image: k, extends: {file: b.yml, service: x}}\n"),
            ("b.yml", "include: [c.yml]\nservices:\n  q: {image: q}\n"),
            ("c.yml", BASE),
            ("one.env", ""),
        ],
    ),
    (
        "extends what is included",
        &[
            ("compose.yaml", "include: [sub/c.yml]\nservices:\n  z: {image: k, extends: x}\n"),
            ("sub/c.yml", BASE),
            ("sub/one.env", ""),
        ],
    ),
    (
        "a service that is taken away",
        &[("compose.yaml", "services:\n  x: {image: 'i:1'}\n  y: !reset {image: 'j:1'}\n")],
    ),
];

fn service(launch: &Launch) -> Service {
    let text = |given: &Given| match given {
        Given::Set(text) => text.clone(),
        Given::Follows { written, .. } => format!("~{written}"),
        Given::Unknown => "?".to_owned(),
    };
    let words: Vec<String> = launch.words.iter().map(|word| text(&word.text)).collect();
    Service {
        image: launch.image.as_ref().map(text),
        entrypoint: Vec::new(),
        command: words,
        environment: launch
            .variables
            .iter()
            .map(|one| (one.name.clone(), one.value.set().map(str::to_owned)))
            .collect(),
        files: launch.files.iter().map(|file| plain(Path::new(&text(&file.path)))).collect(),
    }
}

/// What ours has that the verdict has not, or the other way round.
pub(crate) fn difference(case: &Case, verdict: Option<&BTreeMap<String, Service>>) -> Option<String> {
    let read = |path: &Path| {
        let path = plain(path);
        let found = case.1.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| "is not there".to_owned())
    };
    let (ours, theirs) = match (launches(case.1[0].1.as_bytes(), &read), verdict) {
        (Err(_), None) => return None,
        (Ok(ours), Some(theirs)) => (ours.launches, theirs),
        (ours, theirs) => return Some(format!("{}: {ours:?}, but Compose {theirs:?}", case.0)),
    };
    let ours: BTreeMap<String, Service> =
        ours.iter().map(|launch| (launch.service.clone().expect("a name"), service(launch))).collect();
    // Ours has the words in one line.
    let line = |one: &Service| Service {
        image: one.image.clone(),
        entrypoint: Vec::new(),
        command: one.entrypoint.iter().chain(&one.command).cloned().collect(),
        environment: one.environment.clone(),
        files: one.files.clone(),
    };
    let theirs: BTreeMap<String, Service> = theirs.iter().map(|(name, one)| (name.clone(), line(one))).collect();
    (ours != theirs).then(|| format!("{}:\n  {ours:?}, but Compose\n  {theirs:?}", case.0))
}

/// A path without what goes back and forth.
fn plain(path: &Path) -> String {
    let mut parts: Vec<std::path::Component<'_>> = Vec::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.iter().collect::<PathBuf>().display().to_string()
}
