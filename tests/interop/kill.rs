//! Killed between every two calls of recording, sealing, flushing, settling and recovering: nothing acknowledged is lost, and what
//! came twice is listed as such.
//!
//! Run for every call that changes something outside the process; between two of these a kill leaves the same behind. With
//! `FULL=1` for every call there is. Absent: power cuts.

use std::fs::{self, File, OpenOptions};

use telemetry::actions::enable::enable;
use telemetry::actions::track::{Recorded, Recorder};

use crate::recovery::{Before, Seen, UNDER_FAULT, recover};
use crate::sandbox::acme::{bounded, record, sending};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};
use crate::strace::{Call, Fault, calls, each, everything, run};

/// What there is before the program runs under fault: ids that were acknowledged, and the words to run.
struct Laid {
    before: Before,
    words: Vec<String>,
    /// A lock that somebody else holds meanwhile.
    held: Option<File>,
}

/// A way of laying it.
type Lay<'a> = &'a (dyn Fn(&Home) -> Laid + Sync);

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn laid(acknowledged: Vec<String>, line: &str) -> Laid {
    Laid { before: Before { acknowledged, ..Before::default() }, words: words(line), held: None }
}

fn track() -> String {
    format!("track acme run n={UNDER_FAULT}")
}

/// A home whose only destination is the server, with these answers, or the file.
fn home(script: &[u16], destination: &str) -> (Server, Home) {
    let server = Server::start(script.iter().map(|status| Answer::status(*status)));
    let home = sending(&[&destination.replace("URL", &server.url("/v1"))]);
    (server, home)
}

const ARRAY: &str = "main: {url: 'URL', batch: array}";

/// Kills the program at each of its calls, each time in a home of its own.
fn sweep(what: &str, script: &[u16], destination: &str, lay: Lay<'_>) {
    let (_server, traced) = home(script, destination);
    let first = lay(&traced);
    let all = calls(&traced, &first.words);
    let wanted: Vec<Call> = all.into_iter().filter(|call| everything() || call.changes()).collect();
    let seen = each(&wanted, |_, call| {
        let (server, home) = home(script, destination);
        let Laid { mut before, words, held } = lay(&home);
        let ran = run(&home, &words, call, Fault::Kill);
        drop(held);
        before.under_fault = words[0] == "track" && ran.code == Some(0);
        before.not_taken = script.iter().filter(|status| **status >= 300).count();
        let seen = recover(&home, &server, &before, &format!("{what}, killed at {}", call.words()));
        Seen { unreached: usize::from(ran.hit.is_none()), ..seen }
    });
    seen.into_iter().fold(Seen::default(), Seen::add).tell(what);
}

#[test]
fn a_kill_falls_before_its_call_happens() {
    let (_server, home) = home(&[200], ARRAY);
    let words = words(&track());
    record(&home, 1);
    let all = calls(&home, &words);
    let active = home.at(".acme/telemetry/queue/active.jsonl");
    let size = || fs::metadata(&active).map_or(0, |meta| meta.len());
    let write = all.iter().find(|call| call.name == "write" && call.line.contains("active.jsonl")).expect("a write");
    let next = all.iter().skip_while(|call| call.line != write.line).nth(1).expect("a call after it");
    let before = size();
    assert!(run(&home, &words, write, Fault::Kill).code.is_none());
    assert_eq!(size(), before, "not written");
    assert!(run(&home, &words, next, Fault::Kill).code.is_none());
    assert!(size() > before, "written");
}

#[test]
fn killed_while_recording() {
    sweep("the first event", &[200], ARRAY, &|_| laid(vec![], &track()));
    sweep("a further event", &[200], ARRAY, &|home| laid(record(home, 2), &track()));
    sweep("an event that starts", &[200], ARRAY, &|home| {
        lifecycle(home);
        laid(vec![], &format!("{} --start", track()))
    });
    sweep("an event that completes", &[200], ARRAY, &|home| {
        lifecycle(home);
        let mut recorder = Recorder::new(&home.context(), &home.tool("acme"), None).expect("a recorder");
        match recorder.start("run", &[]).expect("started") {
            Recorded::Stored { id, pair: Some(pair) } => {
                laid(vec![id], &format!("track acme run m={UNDER_FAULT} --complete {pair}"))
            }
            other => panic!("{other:?}"),
        }
    });
    sweep("an event after a torn line", &[200], ARRAY, &|home| {
        let mut laid = laid(record(home, 2), &track());
        let active = home.at(".acme/telemetry/queue/active.jsonl");
        let text = fs::read_to_string(&active).expect("a segment");
        fs::write(&active, format!("{text}{}", text.chars().take(70).collect::<String>())).expect("torn");
        laid.before.torn = 1;
        laid
    });
    sweep("an event that begins a segment", &[200], ARRAY, &|home| {
        let text = home.read(".config/telemetry/tools/acme.yml").replace("\n...", "\nlimits: {events: 16}\n...");
        home.manifest("acme", &text);
        laid(record(home, 4), &track())
    });
    sweep("an event beside a held lock", &[200], ARRAY, &|home| {
        let mut laid = laid(record(home, 2), &track());
        let active = OpenOptions::new().append(true).open(home.at(".acme/telemetry/queue/active.jsonl"));
        let active = active.expect("a segment");
        active.lock().expect("locked");
        laid.held = Some(active);
        laid
    });
}

/// Makes a pair of the event, with an outcome, and agrees to it.
pub(crate) fn lifecycle(home: &Home) {
    let outcome = "    lifecycle: true\n    outcome:\n      m: {type: integer, description: Another number}\n    example: {n: 1, m: 1,";
    let text = home.read(".config/telemetry/tools/acme.yml").replace("    example: {n: 1,", outcome);
    home.manifest("acme", &text);
    enable(&home.context(), &home.tool("acme"), false).expect("a yes");
}

/// Three events, two of them sealed already.
fn partly_sealed(home: &Home) -> Vec<String> {
    let mut ids = record(home, 2);
    bounded(home, &["show-payload", "acme"], &[]).expect(0);
    ids.extend(record(home, 1));
    ids
}

#[test]
fn killed_while_sealing() {
    sweep("show-payload", &[200], ARRAY, &|home| laid(record(home, 3), "show-payload acme"));
}

#[test]
fn killed_while_flushing_and_settling() {
    let line = "flush acme --now";
    sweep("a flush", &[200], ARRAY, &|home| laid(partly_sealed(home), line));
    let single = "main: {url: 'URL', batch: single}";
    sweep("a flush of three payloads", &[200], single, &|home| laid(record(home, 3), line));
    sweep("a flush that is put off", &[503, 200], ARRAY, &|home| laid(record(home, 2), line));
    sweep("a flush that splits", &[413, 200], ARRAY, &|home| laid(record(home, 3), line));
    let file = "main: {file: out.jsonl, batch: lines}";
    sweep("a flush into a file", &[200], file, &|home| laid(partly_sealed(home), line));
}

#[test]
fn killed_while_recovering() {
    let line = "flush acme --now";
    let (_server, traced) = home(&[200], ARRAY);
    partly_sealed(&traced);
    let all = calls(&traced, &words(line));
    let at = |signs: &[&str]| {
        let all_signs = |call: &&Call| signs.iter().all(|sign| call.line.contains(sign));
        all.iter().find(all_signs).unwrap_or_else(|| panic!("no call with {signs:?}")).clone()
    };
    // Where the flush before was killed: with a folder made and nothing in it, a request tried, one answered, a batch put out of
    // sight, and one half removed.
    let folder = at(&["mkdir(", "batch-"]);
    let after_folder =
        all.iter().skip_while(|call| call.line != folder.line).find(|call| call.name.starts_with("rename"));
    let points = [
        ("an empty batch", after_folder.expect("the segment moves in").clone()),
        ("a payload that was tried", at(&["connect("])),
        ("a payload that was answered", at(&["write(", "settled"])),
        ("a batch that is done", at(&["unlinkat(", "done-"])),
    ];
    for (what, point) in points {
        sweep(&format!("a recovery of {what}"), &[200], ARRAY, &|home| {
            let ids = partly_sealed(home);
            assert!(run(home, &words(line), &point, Fault::Kill).hit.is_some(), "the kill before hit");
            laid(ids, line)
        });
    }
}
