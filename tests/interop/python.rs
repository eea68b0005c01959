//! Python, and all else, with other people's packages in it, as `.ci/interop` installs them below `target/interop`.
//!
//! Promises: nothing of this machine's environment is handed on, no proxy is asked, nothing is written beside the sources; what is
//! missing fails and says how to get it. Absent: installing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::PROGRAM;

/// Where the packages of this set are.
pub(crate) fn folder(set: &str) -> PathBuf {
    // target/debug/telemetry
    let folder = Path::new(PROGRAM).ancestors().nth(2).expect("a target").join("interop").join(set);
    let listed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(set);
    let same = |name: &str| std::fs::read(folder.join(name)).ok() == std::fs::read(listed.join(name)).ok();
    // What Cargo builds has its own list, and is built again whenever that changes.
    let whole = ["requirements.txt", "package-lock.json", "prepare"].into_iter().all(same) && folder.exists();
    assert!(whole, "{set} is not what it should be: run .ci/interop");
    folder
}

/// Its Python, to be given arguments.
pub(crate) fn python(set: &str) -> Command {
    let mut command = Command::new(folder(set).join("bin/python"));
    command.arg("-B").env_clear().env("no_proxy", "*").env("HOME", "/nonexistent").stdin(Stdio::null());
    command
}

/// A file among the tests.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(name)
}

/// Runs a command to its end and gives what it printed.
#[track_caller]
pub(crate) fn printed(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
