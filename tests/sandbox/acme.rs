//! The tool `acme` in a temporary home: with a server of ours as its destination, or as version 1 of every stored file left it.
//!
//! Promises: one table names every stored file with its place. Absent: what is expected of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use telemetry::actions::enable::enable;
use telemetry::actions::track::{Recorded, Recorder};

use crate::sandbox::home::{Home, Ran};

/// Every stored file of version 1: its name among the fixtures, and where it lies in a home.
pub(crate) const STORED: &[(&str, &str)] = &[
    ("acme.yml", ".config/telemetry/tools/acme.yml"),
    ("profile.yml", ".acme/profile.yml"),
    ("config.yml", "work/.acme/config.yml"),
    ("agreement.json", ".acme/telemetry/agreement.json"),
    ("active.jsonl", ".acme/telemetry/queue/active.jsonl"),
    ("local.jsonl", ".acme/telemetry/queue/local.jsonl"),
    ("segment.jsonl", ".acme/telemetry/queue/segment-1795237731400-1-0a1b2c3d.jsonl"),
    ("events.jsonl", ".acme/telemetry/queue/batch-1795237731364-2-79b2c0b2/events.jsonl"),
    ("progress.jsonl", ".acme/telemetry/queue/batch-1795237731364-2-79b2c0b2/to-main.jsonl"),
    ("pair.json", ".acme/telemetry/pairs/7ac97fde8887456ab1f127f8744c04e5.json"),
    ("receipts.jsonl", ".acme/telemetry/receipts/receipts-1795237731321.jsonl"),
    ("receipts-again.jsonl", ".acme/telemetry/receipts/receipts-1795237741000.jsonl"),
    ("retention.json", ".acme/telemetry/receipts/retention.json"),
    ("removed.json", ".acme/telemetry/receipts/removed.json"),
    ("ledger.json", ".acme/telemetry/ledger.json"),
    ("first.json", ".acme/telemetry/first.json"),
    ("last-seen", ".acme/telemetry/last-seen"),
    ("salt", ".acme/telemetry/salt"),
    ("losses.json", ".acme/telemetry/losses.json"),
    ("losses-aside.json", ".acme/telemetry/losses-0a1b2c3d.json"),
    ("backoff.json", ".acme/telemetry/backoff/spare.json"),
    ("schedule.json", ".acme/telemetry/schedule.json"),
    ("told.json", ".acme/telemetry/told/spare.json"),
    ("deletion.json", ".acme/telemetry/deletion/9dc1b92c-b8e6-49fa-b965-fa45e617391b.json"),
];

/// Stored files that say no, and are therefore not part of a home in which everything says yes.
pub(crate) const NOES: &[(&str, &str)] = &[("no", ".acme/telemetry/no"), ("no-for-all", ".telemetry/no")];

/// A fixture's text for this home.
pub(crate) fn fixture(home: &Home, name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.replace("@HOME@", &home.path().display().to_string())
}

/// A home with every stored file of version 1 that says yes.
pub(crate) fn stored() -> Home {
    let home = Home::new();
    lay(&home);
    home
}

/// Lays the stored files anew, and takes away what else lies in the tool's folder.
pub(crate) fn lay(home: &Home) {
    for name in [".acme", ".telemetry", "work/.acme", ".config"] {
        let path = home.at(name);
        match fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_dir() => fs::remove_dir_all(&path).expect("gone"),
            Ok(_) => fs::remove_file(&path).expect("gone"),
            Err(_) => {}
        }
    }
    for (name, place) in STORED {
        match place.strip_prefix(".config/telemetry/tools/") {
            Some(_) => home.manifest("acme", &fixture(home, name)),
            None => home.write(place, fixture(home, name)),
        };
    }
}

/// The manifest of `acme` with these destinations, one a line.
pub(crate) fn manifest(destinations: &[&str]) -> String {
    let destinations: Vec<String> = destinations.iter().map(|line| format!("  {line}\n")).collect();
    format!(
        "manifest: 1\ntool: acme\ntitle: A tool under fault\nconsent: opt-in\nswitches:\n  environment:\n    - {{name: \
         ACME_TELEMETRY, on: ['1'], off: ['0']}}\nfacts: [version, initial_version, first_seen, last_seen]\nids: \
         [user, project, provided]\nevents:\n  \
         run:\n    description: A command ran\n    purpose: product-improvement\n    fields:\n      n: {{type: integer, \
         description: A number}}\n      host: {{type: hashed, description: The host as a salted digest}}\n    example: \
         {{n: 1, host: example}}\ndestinations:\n{}deletion:\n  - file: orders.jsonl\n...\n",
        destinations.concat()
    )
}

/// A home in which `acme` has a yes and sends to this address.
pub(crate) fn sending_to(url: &str) -> Home {
    sending(&[&format!("main: {{url: '{url}', batch: array}}")])
}

/// A home in which `acme` has a yes and these destinations.
pub(crate) fn sending(destinations: &[&str]) -> Home {
    let home = Home::new();
    home.manifest("acme", &manifest(destinations));
    enable(&home.context(), &home.tool("acme"), false).expect("a yes");
    home
}

/// Records so many events in this process and gives their ids.
pub(crate) fn record(home: &Home, count: usize) -> Vec<String> {
    let mut recorder = Recorder::new(&home.context(), &home.tool("acme"), None).expect("a recorder");
    (0..count).map(|n| record_one(&mut recorder, n)).collect()
}

/// Records one event and gives its id.
#[track_caller]
pub(crate) fn record_one(recorder: &mut Recorder, n: usize) -> String {
    match recorder.record("run", &[("n".to_owned(), n.to_string())]).expect("recorded") {
        Recorded::Stored { id, .. } => id,
        other @ (Recorded::Off(_) | Recorded::NoticeDue) => panic!("{other:?}"),
    }
}

/// A JSON document that a command printed.
#[track_caller]
pub(crate) fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{}\n{}", ran.stdout, ran.stderr))
}

/// The text at this pointer of a document; empty where there is none.
pub(crate) fn text(document: &serde_json::Value, pointer: &str) -> String {
    document.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

/// How often each event id stands in these bodies (arrays, lines or single documents).
pub(crate) fn ids<'a>(bodies: impl IntoIterator<Item = &'a [u8]>) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for body in bodies {
        for document in serde_json::Deserializer::from_slice(body).into_iter::<serde_json::Value>() {
            let document = document.expect("JSON");
            let events = document.as_array().cloned().unwrap_or_else(|| vec![document.clone()]);
            for event in events {
                let id = event.get("id").and_then(|id| id.as_str()).expect("an id").to_owned();
                *found.entry(id).or_insert(0) += 1;
            }
        }
    }
    found
}

/// Starts the program, to be waited for or killed; nobody reads what it prints.
pub(crate) fn start(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
    command.args(arguments).env_clear().current_dir(home.work()).env("HOME", home.path());
    command.envs(variables.iter().copied()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("started")
}

/// Runs `deed` and checks that it ended within `bound`.
#[track_caller]
pub(crate) fn within<T>(bound: Duration, deed: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let done = deed();
    let took = begin.elapsed();
    assert!(took < bound, "it took {took:?} of {bound:?}");
    done
}

/// Runs the program to its end, or fails when it has not ended after twenty seconds.
#[track_caller]
pub(crate) fn bounded(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
    command.args(arguments).env_clear().current_dir(home.work()).env("HOME", home.path());
    command.envs(variables.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("started");
    let pid = child.id().to_string();
    let (ended, end) = std::sync::mpsc::channel();
    let waiting = std::thread::spawn(move || ended.send(child.wait_with_output().expect("its end")).ok());
    let Ok(output) = end.recv_timeout(Duration::from_secs(20)) else {
        Command::new("kill").args(["-9", &pid]).status().expect("killed");
        panic!("it hangs: {arguments:?}");
    };
    waiting.join().expect("the end");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let status = output.status.code().unwrap_or_else(|| panic!("{arguments:?}: {}\n{stderr}", output.status));
    assert!(!matches!(status, 101 | 134), "it panicked: {arguments:?}\n{stderr}");
    Ran { status, stdout, stderr }
}

/// Whether the long counts are wanted: `FULL` is set in the environment.
pub(crate) fn full() -> bool {
    std::env::var_os("FULL").is_some()
}
