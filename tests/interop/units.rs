//! systemd's own reading of the units among the fixtures: the verdicts that `cargo test` goes by.
//!
//! Promises: the verdicts are what systemd says today; `GENERATE=1` writes them. Absent: starting any unit.

use std::os::unix::fs::{PermissionsExt, chown};
use std::process::{Command, Stdio};

use crate::sandbox::units::{Unit, Verdicts, names, path};

/// Somebody who is not root: systemd tests as nobody else.
const NOBODY: u32 = 65534;

/// The words of a command line as systemd prints it: between double quotes where there is need, with escapes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            '\\' => word.get_or_insert_default().push(match chars.next().expect("an escape") {
                'n' => '\n',
                't' => '\t',
                c => c,
            }),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// What systemd makes of one unit; nothing where it does not load it.
fn asked(name: &str) -> Option<Unit> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("readable");
    std::fs::copy(path(name), folder.path().join(name)).expect("copied");
    let run = folder.path().join("run");
    std::fs::create_dir(&run).expect("a folder");
    std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o700)).expect("private");
    let root = rustix::process::geteuid().is_root();
    let mut command = if root {
        chown(&run, Some(NOBODY), Some(NOBODY)).expect("given away");
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "/lib/systemd/systemd"]);
        command
    } else {
        Command::new("/lib/systemd/systemd")
    };
    // The last colon: and wherever units lie otherwise.
    let units = format!("{}:", folder.path().display());
    command.args(["--test", "--user", "--unit", name]).env_clear().stdin(Stdio::null());
    command.env("HOME", &run).env("XDG_RUNTIME_DIR", &run).env("SYSTEMD_UNIT_PATH", units);
    command.env("SYSTEMD_LOG_TARGET", "console");
    let output = command.output().expect("systemd is needed: apt-get install systemd");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let Some((_, part)) = said.split_once(&format!("-> Unit {name}:")) else {
        assert!(said.contains("failed to load properly") || said.contains("has fatal error"), "{name}: {said}");
        return None;
    };
    let part = part.split("\n\t-> Unit ").next().expect("a part");
    let all = |key: &str| {
        let key = format!("{key}: ");
        part.lines().filter_map(|line| line.trim_start().strip_prefix(&key).map(str::to_owned)).collect::<Vec<_>>()
    };
    Some(Unit {
        environment: all("Environment"),
        files: all("EnvironmentFile"),
        passed: all("PassEnvironment"),
        unset: all("UnsetEnvironment"),
        commands: all("Command Line").iter().map(|line| words(line)).collect(),
    })
}

#[test]
fn the_verdicts_are_what_systemd_says() {
    let verdicts: Verdicts = names().into_iter().map(|name| (name.clone(), asked(&name))).collect();
    let made = serde_json::to_string_pretty(&verdicts).expect("JSON") + "\n";
    let kept = path("verdicts.json");
    if std::env::var_os("GENERATE").is_some() {
        std::fs::write(&kept, made).expect("written");
    } else {
        assert!(
            std::fs::read_to_string(&kept).expect("verdicts") == made,
            "systemd says otherwise: GENERATE=1\n{made}"
        );
    }
}
