//! Homes that are missing, unwritable, full or somebody else's: off or loud, and nothing that was acknowledged is lost.
//!
//! Promises: recording never costs its host more than an exit code. Absent: homes that hold nonsense (`hostile`).
//! Rows that need another user's rights are left out, with a line that says so, where this is not root.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use telemetry::actions::flush::flush;
use telemetry::actions::summary::Options;
use telemetry::destination::receipts;

use crate::sandbox::acme::{ids, json, manifest, record, sending, sending_to};
use crate::sandbox::home::{Home, Ran, Run};
use crate::sandbox::server::{Answer, Server};

const PROGRAM: &str = env!("CARGO_BIN_EXE_telemetry");
/// The user that owns nothing, on Linux and macOS.
const NOBODY: u32 = 65534;
const TRACK: &[&str] = &["track", "acme", "run", "n=1"];
const STATUS: &[&str] = &["status", "acme", "--json", "--explain"];

fn is_root() -> bool {
    telemetry::host::files::acting_user() == 0
}

/// The program as the user that owns nothing, where this is root.
#[expect(clippy::print_stdout, reason = "a row that is left out is said")]
fn as_nobody(home: &Home, arguments: &[&str]) -> Option<Run> {
    if !is_root() || !Path::new("/usr/bin/setpriv").exists() {
        println!("left out: this takes root and setpriv");
        return None;
    }
    let root = home.path().parent().expect("the temporary folder").to_path_buf();
    let program = root.join("telemetry");
    if !program.exists() {
        // By a program of its own: a file that this one had open for writing could be busy in a child that just forks.
        let copied = std::process::Command::new("cp").arg(PROGRAM).arg(&program).status().expect("cp");
        assert!(copied.success(), "a copy that anybody may run");
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    let user = ["--reuid", "65534", "--regid", "65534", "--clear-groups"].map(PathBuf::from);
    let words = user.into_iter().chain([program]).chain(arguments.iter().map(PathBuf::from));
    Some(home.program("setpriv", words))
}

/// Changes all below the home.
fn each(home: &Home, deed: impl Fn(&Path)) {
    let mut all: Vec<PathBuf> =
        home.list().iter().map(|name| home.at(name)).chain([home.work(), home.path()]).collect();
    all.sort_by_key(|path| std::cmp::Reverse(path.as_os_str().len()));
    all.iter().for_each(|path| deed(path));
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

fn says(ran: &Ran) -> (String, String) {
    let shown = json(ran);
    let text = |key: &str| shown[key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("reason"))
}

#[test]
fn without_a_home_everything_is_off_and_tracking_says_nothing() {
    for (name, value, status) in
        [("HOME", "relative/home", 1), ("HOME", ".", 1), ("TELEMETRY_HOME", "relative", 1), ("HOME", "/dev/null", 1)]
    {
        let home = Home::new();
        let track = home.command(["track", "tool", "command", "name=build"]);
        let ran = track.env(name, value).env("TOOL_TELEMETRY", "1").run().expect(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{name}={value}");
        let ran = home.command(["status", "tool", "--json"]).env(name, value).env("TOOL_TELEMETRY", "1").run();
        assert_eq!(ran.status, status, "{name}={value}: {}", ran.stderr);
        assert!(status != 0 || says(&ran).0 == "off", "{name}={value}: {}", ran.stdout);
        for arguments in [&["disable", "tool"][..], &["enable", "tool"], &["disable"]] {
            let ran = home.command(arguments).env(name, value).run();
            assert_eq!(ran.status, 1, "{name}={value}: {arguments:?}: what did not land is loud");
        }
        assert!(home.list().is_empty(), "{name}={value}: {:?}", home.list());
    }
}

#[test]
fn a_home_that_is_not_there_is_not_made_by_recording() {
    let home = Home::new();
    let missing = home.at("not/there");
    let run = |words: &[&str]| home.command(words).env("HOME", &missing).env("TOOL_TELEMETRY", "1").run();
    run(&["track", "tool", "command", "name=build"]).expect(0);
    let ran = run(&["status", "tool", "--json"]).expect(0);
    assert_eq!(says(&ran), ("off".to_owned(), "home.unknown".to_owned()));
    run(&["flush", "tool"]).expect(0);
    assert!(!missing.exists());
    if let Some(unset) = as_nobody(&home, &["track", "tool", "command", "name=build"]) {
        unset.without("HOME").env("TOOL_TELEMETRY", "1").run().expect(0);
        let ran = as_nobody(&home, &["status", "tool", "--json"]).expect("root").without("HOME").run();
        assert!(ran.status == 1 || says(&ran).0 == "off", "{}", ran.stdout);
    }
}

#[test]
fn a_home_of_somebody_else_is_off() {
    let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
    record(&home, 1);
    if !is_root() {
        println!("left out: giving a home away takes root");
        return;
    }
    chown(home.path(), Some(NOBODY), None).expect("given away");
    let before = home.list();
    home.run(TRACK).expect(0);
    home.run(["flush", "acme"]).expect(0);
    assert_eq!(home.list(), before, "nothing is written");
    assert_eq!(says(&home.run(STATUS)), ("off".to_owned(), "home.of-another".to_owned()));
    // A no is taken from anybody; what is made belongs to whose home it is.
    chown(home.at(".acme/telemetry"), Some(NOBODY), Some(NOBODY)).expect("given away");
    home.run(["disable", "acme"]).expect(0);
    let owner = telemetry::host::files::owner(&home.at(".acme/telemetry/no")).expect("the no");
    assert_eq!(owner, NOBODY, "or its owner could never withdraw it");
}

#[test]
fn a_home_that_cannot_be_written_is_read() {
    let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
    record(&home, 2);
    let Some(_) = as_nobody(&home, STATUS) else { return };
    each(&home, |path| chown(path, Some(NOBODY), Some(NOBODY)).expect("given away"));
    each(&home, |path| mode(path, if path.is_dir() { 0o500 } else { 0o400 }));
    let run = |words: &[&str]| as_nobody(&home, words).expect("root").run();
    assert_eq!(says(&run(STATUS)).0, "on");
    let shown = json(&run(&["show-payload", "acme", "--json"]).expect(0));
    assert_eq!(
        (shown["payloads"][0]["which"].as_str(), shown["payloads"][0]["events"].as_u64()),
        (Some("next"), Some(2))
    );
    let ran = run(TRACK).expect(1);
    assert!(ran.stderr.contains("not stored"), "{}", ran.stderr);
    let quiet = run(&["track", "acme", "run", "n=1", "--best-effort"]).expect(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    for words in [&["disable", "acme"][..], &["disable"], &["flush", "acme"], &["id", "acme", "renew"]] {
        let ran = run(words).expect(1);
        assert!(!ran.stderr.is_empty(), "{words:?} is loud");
    }
    each(&home, |path| mode(path, if path.is_dir() { 0o700 } else { 0o600 }));
    run(&["flush", "acme"]).expect(0);
    let out = fs::read(home.at(".acme/telemetry/out.jsonl")).expect("sent");
    assert_eq!(ids([out.as_slice()]).len(), 2);
}

#[test]
fn a_folder_that_cannot_be_entered_is_a_no() {
    for folder in [".acme", ".acme/telemetry", ".telemetry", "."] {
        let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
        home.folder(".telemetry");
        let named = home.write("acme.yml", manifest(&["main: {file: out.jsonl, batch: lines}"]));
        let Some(_) = as_nobody(&home, STATUS) else { return };
        each(&home, |path| chown(path, Some(NOBODY), Some(NOBODY)).expect("given away"));
        let elsewhere = home.path().parent().expect("a folder").join("acme.yml");
        fs::copy(&named, &elsewhere).expect("a copy");
        let place = elsewhere.display().to_string();
        let status = ["status", "acme", "--json", "--manifest", &place];
        let before = as_nobody(&home, &status).expect("root").directory("/").run().expect(0);
        assert_eq!(says(&before).0, "on", "{folder}, entered");
        mode(&home.at(folder), 0);
        let ran = as_nobody(&home, &status).expect("root").directory("/").run();
        assert!(ran.status == 1 || says(&ran).0 == "off", "{folder}: {}{}", ran.stdout, ran.stderr);
        let track = ["track", "acme", "run", "--manifest", &place];
        as_nobody(&home, &track).expect("root").directory("/").env("ACME_TELEMETRY", "1").run().expect(0);
        mode(&home.at(folder), 0o700);
    }
}

/// The program in a process whose files may grow to so many blocks and no further: a disk that is full for it.
fn full(home: &Home, blocks: usize, words: &[&str]) -> Ran {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let fixed = ["-c".to_owned(), script, PROGRAM.to_owned()];
    home.program("sh", fixed.into_iter().chain(words.iter().map(ToString::to_string))).run()
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged_and_keeps_a_no() {
    let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
    record(&home, 3);
    let active = home.at(".acme/telemetry/queue/active.jsonl");
    let before = fs::read(&active).expect("a segment");
    let ran = full(&home, 0, TRACK).expect(1);
    assert!(ran.stderr.contains("not stored"), "{}", ran.stderr);
    full(&home, 0, &["track", "acme", "run", "--best-effort"]).expect(0);
    assert_eq!(fs::read(&active).expect("a segment"), before, "half a line was taken back");
    assert_eq!(says(&full(&home, 0, STATUS)).0, "on");
    // A small disk takes some of many, and every one that it took is there.
    let stored = (0..40).filter(|_| full(&home, 4, TRACK).status == 0).count();
    assert!(stored < 40, "the disk was never full");
    home.run(["flush", "acme"]).expect(0);
    let out = fs::read(home.at(".acme/telemetry/out.jsonl")).expect("sent");
    assert_eq!(ids([out.as_slice()]).len(), 3 + stored);
    let lost = telemetry::queue::drop::losses(&home.tool("acme").places.losses());
    assert_eq!(lost.total(), 0, "no half line is left to be counted");

    let ran = full(&home, 0, &["disable", "acme"]).expect(1);
    assert!(ran.stderr.contains("telemetry/no"), "it names the no that holds: {}", ran.stderr);
    assert_eq!(says(&home.run(STATUS)), ("off".to_owned(), "marker.no".to_owned()));
    full(&home, 0, &["disable"]);
    assert!(home.at(".telemetry/no").exists(), "the no for all as well");
}

#[test]
fn a_disk_that_fills_up_during_a_flush_sends_everything_and_says_what_may_be_twice() {
    for blocks in [0, 1, 2, 3, 4, 6, 8] {
        let server = Server::start([Answer::status(200)]);
        let home = sending_to(&server.url("/v1"));
        let wanted = record(&home, 6);
        for _ in 0..2 {
            full(&home, blocks, &["flush", "acme", "--budget", "5"]);
        }
        let options = Options { budget: Duration::from_secs(20), anyway: true };
        let summary = flush(&home.context(), &home.tool("acme"), options).expect("flushed");
        assert_eq!(summary.waiting, 0, "{blocks}");
        let requests = server.requests();
        let arrived: BTreeMap<String, usize> = ids(requests.iter().map(|request| request.body.as_slice()));
        assert!(wanted.iter().all(|id| arrived.contains_key(id)), "{blocks}: {arrived:?}");
        let log = receipts::read(&home.tool("acme").places.receipts(), 99).expect("a log").receipts;
        let twice = arrived.values().any(|times| *times > 1);
        assert!(!twice || log.last().is_some_and(|receipt| receipt.maybe_twice), "{blocks}: {arrived:?} {log:?}");
    }
}
