//! A flush that nobody asked for: started by `track` when it is due, felt by nobody.
//!
//! That nothing is started while off, or when there is nothing to send, is seen from outside: `tests/interop/start.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::sandbox::acme::{ids, manifest, text, within};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Recorded, Server};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// A home in which `acme` says yes, sends to this server, and has this schedule.
fn home(server: &Server, schedule: &str) -> Home {
    let home = Home::new();
    let text = manifest(&[&format!("main: {{url: '{}', batch: array}}", server.url("/events"))]);
    home.manifest("acme", &text.replace("\n...\n", &format!("\nschedule: {schedule}\n...\n")));
    home.run(["enable", "acme"]).expect(0);
    home
}

fn bodies(requests: &[Recorded]) -> impl Iterator<Item = &[u8]> {
    requests.iter().map(|request| request.body.as_slice())
}

#[test]
fn what_is_recorded_arrives_without_a_flush_by_hand() {
    let server = Server::start([Answer::status(200)]);
    let home = home(&server, "{interval: 0s}");
    home.run(["track", "acme", "run", "n=1"]).expect(0);
    let requests = server.wait_for(1, LONG);
    assert_eq!(ids(bodies(&requests)).len(), 1);
}

#[test]
fn the_first_flush_comes_an_interval_after_the_first_event() {
    let server = Server::start([Answer::status(200)]);
    let home = home(&server, "{interval: 1h}");
    let before = telemetry::host::clock::Clock::System.now().ms();
    home.run(["track", "acme", "run", "n=1"]).expect(0);
    let kept: serde_json::Value =
        serde_json::from_str(&home.read(".acme/telemetry/schedule.json")).expect("a JSON document");
    let wait = kept.get("not_before_ms").and_then(serde_json::Value::as_i64).expect("a time") - before;
    // An hour, ten minutes of jitter, and however long the command took.
    assert!((3_600_000..4_200_000 + 20_000).contains(&wait), "{wait}");
    let status = home.run(["status", "acme", "--json"]).expect(0);
    let status: serde_json::Value = serde_json::from_str(&status.stdout).expect("JSON");
    assert_eq!(text(&status, "/queue/next_flush"), "with-an-event");
    home.run(["track", "acme", "run", "n=2"]).expect(0);
    assert_eq!(server.connections(), 0);
    // Due: by the clock of somebody who comes back later.
    home.write(".acme/telemetry/schedule.json", "{\"version\":1,\"not_before_ms\":1}");
    home.run(["track", "acme", "run", "n=3"]).expect(0);
    assert_eq!(ids(bodies(&server.wait_for(1, LONG))).len(), 3);
}

#[test]
fn a_flush_by_hand_counts_as_one() {
    let server = Server::start([Answer::status(200)]);
    let home = home(&server, "{interval: 1h}");
    home.run(["track", "acme", "run", "n=1"]).expect(0);
    home.write(".acme/telemetry/schedule.json", "{\"version\":1,\"not_before_ms\":1}");
    home.run(["flush", "acme"]).expect(0);
    assert!(!home.read(".acme/telemetry/schedule.json").ends_with(":1}"));
    assert_eq!(server.connections(), 1);
}

#[test]
fn many_that_find_one_due_deliver_each_event_once() {
    let server = Server::start([Answer::status(200)]);
    let home = home(&server, "{interval: 0s}");
    std::thread::scope(|scope| {
        for n in 0..24 {
            let home = &home;
            scope.spawn(move || home.run(["track", "acme", "run", &format!("n={n}")]).expect(0));
        }
    });
    // Whoever is still at it ends; what came after the last claim goes now.
    within(LONG, || while home.run(["flush", "acme"]).status != 0 {});
    let found = ids(bodies(&server.requests()));
    assert_eq!((found.len(), found.values().max()), (24, Some(&1)));
}

/// Processes that run in this home and were started apart.
#[cfg(target_os = "linux")]
fn apart(home: &Home) -> Vec<PathBuf> {
    let own = format!("HOME={}", home.path().display());
    let has = |path: &Path, name: &str, words: &str| {
        let bytes = fs::read(path.join(name)).unwrap_or_default();
        bytes.split(|byte| *byte == 0).any(|word| word == words.as_bytes())
    };
    let all = fs::read_dir("/proc").expect("the processes");
    let paths = all.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| has(path, "environ", &own) && has(path, "cmdline", "--detached")).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_is_apart_from_whoever_started_it() {
    let server = Server::start([Answer::stall()]);
    let home = home(&server, "{interval: 0s}");
    // A host that hands down a file, and waits for the end of all that writes to its pipes.
    let program = env!("CARGO_BIN_EXE_telemetry");
    let script = format!("exec 7>handed-down; '{program}' track acme run n=1");
    within(LONG, || home.program("sh", ["-c", &script]).run().expect(0));
    assert_eq!(server.wait_for(1, LONG).len(), 1, "it is at its request, which nobody answers");
    let [process] = <[PathBuf; 1]>::try_from(apart(&home)).expect("one process");
    assert_eq!(fs::read_link(process.join("cwd")).expect("a folder"), Path::new("/"));
    let own = home.at(".acme/telemetry");
    for entry in fs::read_dir(process.join("fd")).expect("its descriptors") {
        let leads = fs::read_link(entry.expect("an entry").path()).expect("a link");
        let text = leads.display().to_string();
        let inherited = !(leads == Path::new("/dev/null")
            || leads.starts_with(&own)
            || text.starts_with("socket:")
            || text.starts_with("anon_inode:"));
        assert!(!inherited, "{text}");
    }
    let stat = fs::read_to_string(process.join("stat")).expect("its state");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let pid = process.file_name().and_then(|name| name.to_str()).expect("a number");
    assert_eq!((fields[3], fields[4], fields[16]), (pid, "0", "10"), "a session of its own, no terminal, nice 10");
    // A second one that is due finds it at work, and is nobody's trouble.
    home.run(["track", "acme", "run", "n=2"]).expect(0);
    assert_eq!(server.connections(), 1);
    // And a no reaches it as it reaches any flush: named, because its request is under way.
    let no = home.run(["disable", "acme"]).expect(4);
    assert!(no.stderr.contains("under way"), "{}", no.stderr);
}

#[test]
fn a_schedule_of_a_newer_version_starts_nothing_and_stays() {
    let server = Server::start([Answer::status(200)]);
    let home = home(&server, "{interval: 0s}");
    let newer = "{\"version\":2,\"next\":\"soon\"}";
    home.write(".acme/telemetry/schedule.json", newer);
    home.run(["track", "acme", "run", "n=1"]).expect(0);
    assert_eq!((server.connections(), home.read(".acme/telemetry/schedule.json")), (0, newer.to_owned()));
    home.run(["flush", "acme"]).expect(0);
    assert_eq!((server.connections(), home.read(".acme/telemetry/schedule.json")), (1, newer.to_owned()));
    let status = home.run(["status", "acme"]).expect(0).stdout;
    assert!(status.contains("its schedule is unreadable, or a newer version's"), "{status}");
}
