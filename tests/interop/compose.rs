//! Docker Compose's own reading of files that are put together of several: the verdicts that `cargo test` goes by.
//!
//! Promises: the verdicts are what Compose says today; `GENERATE=1` writes them. Absent: starting anything; for this it needs no engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::python::folder;
use crate::sandbox::composes::{CASES, Case, KEPT, Service, Verdicts};

/// The files of a case, written in this folder.
fn lay(folder: &Path, case: &Case) {
    for (name, text) in case.1 {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|one| one.as_str().expect("text").to_owned()).collect()
}

/// What Compose makes of a case; nothing where it refuses it.
fn asked(case: &Case) -> Option<BTreeMap<String, Service>> {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path().canonicalize().expect("a path").join("project");
    lay(&root, case);
    let config = |more: &[&str]| {
        let mut command = Command::new(folder("compose").join("docker-compose"));
        command.args(["-f", case.1[0].0, "config", "--format", "json", "--no-env-resolution"]).args(more).env_clear();
        command.env("HOME", home.path()).current_dir(&root).stdin(Stdio::null());
        command.output().expect("Compose is needed: .ci/python compose")
    };
    // The first form has the words of a command, the second the files.
    let [output, files] = [config(&[]), config(&["--no-interpolate"])];
    assert_eq!(output.status.success(), files.status.success(), "{}", case.0);
    if !output.status.success() {
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{}: {output:?}", case.0);
        return None;
    }
    let of_files: Value = serde_json::from_slice(&files.stdout).expect("JSON");
    let model: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let file = |one: &Value| {
        let path = Path::new(one["path"].as_str().or(one.as_str()).expect("a path"));
        path.strip_prefix(&root).expect("a file of the case").display().to_string()
    };
    let service = |name: &str, one: &Value| Service {
        image: one["image"].as_str().map(str::to_owned),
        entrypoint: texts(&one["entrypoint"]),
        command: texts(&one["command"]),
        environment: one["environment"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.as_str().map(str::to_owned)))
            .collect(),
        files: of_files["services"][name]["env_file"].as_array().into_iter().flatten().map(file).collect(),
    };
    let services = model["services"].as_object().into_iter().flatten();
    Some(services.map(|(name, one)| (name.clone(), service(name, one))).collect())
}

#[test]
fn the_verdicts_are_what_compose_says() {
    let verdicts: Verdicts = CASES.iter().map(|case| (case.0.to_owned(), asked(case))).collect();
    let made = serde_json::to_string_pretty(&verdicts).expect("JSON") + "\n";
    if std::env::var_os("GENERATE").is_some() {
        std::fs::create_dir_all(Path::new(KEPT).parent().expect("a folder")).expect("a folder");
        std::fs::write(KEPT, made).expect("written");
    } else {
        assert!(std::fs::read_to_string(KEPT).expect("verdicts") == made, "Compose says otherwise: GENERATE=1\n{made}");
    }
}
