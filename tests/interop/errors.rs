//! The system refuses one call, whichever: nothing acknowledged is lost, no "done" is said without a no, no fault makes a yes.
//!
//! Run with one of the errors that a call may have, another for each call; with `FULL=1` with all of them. A write that
//! is cut short comes from a bound on the size of files, as the system itself cuts it. Absent: faults of the network (`faults`).

use std::fs;
use std::process::{Command, Stdio};

use telemetry::actions::enable::enable;

use crate::kill::lifecycle;
use crate::recovery::{Before, Seen, UNDER_FAULT, recover};
use crate::sandbox::acme::{bounded, ids, json, record, sending_to, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};
use crate::strace::{Call, Fault, Faulted, calls, each, everything, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_telemetry");
const MANIFEST: &str = ".config/telemetry/tools/acme.yml";
/// Files that say whether something may be recorded: when one cannot be read, nothing is.
const CONSENT: &[&str] =
    &["policy.yml", ".telemetry/no", ".telemetry/withdrawn", "/no\"", "profile.yml", "agreement.json", "config.yml"];

/// What there is before the program runs: a server that takes everything, a home, and the ids of what waits.
struct Laid {
    server: Server,
    home: Home,
    ids: Vec<String>,
}

type Lay<'a> = &'a (dyn Fn() -> Laid + Sync);
/// Says what is wrong after a fault, whose name is given.
type Check<'a> = &'a (dyn Fn(&Laid, &Faulted, &str) -> Seen + Sync);

fn laid(prepare: impl Fn(&Home) -> Vec<String>) -> Laid {
    let server = Server::start([Answer::status(200)]);
    let home = sending_to(&server.url("/v1"));
    let ids = prepare(&home);
    Laid { server, home, ids }
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn state(home: &Home) -> String {
    text(&json(&bounded(home, &["status", "acme", "--json"], &[]).expect(0)), "/state")
}

fn waiting(home: &Home) -> u64 {
    json(&bounded(home, &["status", "acme", "--json"], &[]))["queue"]["waiting"].as_u64().expect("a number")
}

/// Calls on files of the tool, or that change something; all of them where everything is wanted.
fn ours(call: &Call) -> bool {
    everything() || call.changes() || call.line.contains("/.acme/telemetry/")
}

/// The faults of a run: every call that `which` takes, with every error that it may have or with one, in turn.
fn faults(home: &Home, line: &str, which: impl Fn(&Call) -> bool) -> Vec<(Call, &'static str)> {
    let mut faults = Vec::new();
    for (at, call) in calls(home, &words(line)).into_iter().filter(|call| which(call)).enumerate() {
        let errors = call.errors();
        let turn = errors.get(at % errors.len().max(1)).copied();
        let chosen = if everything() { errors.to_vec() } else { turn.into_iter().collect() };
        faults.extend(chosen.into_iter().map(|error| (call.clone(), error)));
    }
    faults
}

/// What is wrong with how a command ended, whatever it was.
fn ended(ran: &Faulted) -> Option<String> {
    let said = !ran.stderr.trim().is_empty() || !ran.stdout.trim().is_empty();
    let mute = ran.hit.as_ref().is_some_and(|line| line.starts_with("write(1<") || line.starts_with("write(2<"));
    match ran.code {
        Some(0) => None,
        // Where the words themselves cannot be written, the code alone says it.
        Some(1..=5) if (said || mute) && !ran.stderr.contains("panicked") => None,
        code => Some(format!("it ended with {code:?}, saying {:?} {:?}", ran.stdout, ran.stderr)),
    }
}

fn seen(name: &str, wrong: impl IntoIterator<Item = String>) -> Seen {
    Seen { runs: 1, wrong: wrong.into_iter().map(|wrong| format!("{name}: {wrong}")).collect(), ..Seen::default() }
}

/// Runs a command with each of its faults, in a home of its own each, and has `check` say what is wrong then.
fn sweep(what: &str, line: &str, lay: Lay<'_>, which: impl Fn(&Call) -> bool, check: Check<'_>) {
    let faults = faults(&lay().home, line, which);
    let seen = each(&faults, |_, (call, error)| {
        let laid = lay();
        let ran = run(&laid.home, &words(line), call, Fault::Error(error));
        let name = format!("{what}, {error} at {}", call.words());
        let mut seen = check(&laid, &ran, &name);
        seen.wrong.extend(ended(&ran).map(|wrong| format!("{name}: {wrong}")));
        Seen { unreached: usize::from(ran.hit.is_none()), ..seen }
    });
    seen.into_iter().fold(Seen::default(), Seen::add).tell(what);
}

fn every(_: &Call) -> bool {
    true
}

/// After a track: whoever was told that the event is stored finds it delivered; who was not is told why, or telemetry was off.
fn tracked(laid: &Laid, ran: &Faulted, name: &str) -> Seen {
    // A start says the id of its pair when, and only when, it is stored.
    let acknowledged = ran.code == Some(0) && ran.stdout.trim().len() == 32;
    let before = Before { acknowledged: laid.ids.clone(), under_fault: acknowledged, ..Before::default() };
    let mut seen = recover(&laid.home, &laid.server, &before, name);
    let hit = ran.hit.as_deref().unwrap_or_default();
    // Above a missing file is the home: when that cannot be asked, the absence is not sure.
    let above = [laid.home.path(), laid.home.work(), laid.home.at(".acme"), laid.home.at(".acme/telemetry")];
    let above = above.into_iter().chain([laid.home.at("work/.acme"), laid.home.at(".telemetry")]);
    let unsure =
        above.into_iter().any(|path| hit.contains(&format!("\"{}\"", path.display()))) || hit.contains("\"/etc");
    let off = unsure || CONSENT.iter().any(|file| hit.contains(file)) || hit.starts_with("getcwd");
    if ran.code == Some(0) && !acknowledged && !off {
        seen.wrong.push(format!("{name}: silently not recorded: {hit}"));
    }
    seen
}

#[test]
fn recording_is_refused_or_acknowledged_and_kept() {
    let line = format!("track acme run n={UNDER_FAULT} --start");
    let first: Lay<'_> = &|| {
        laid(|home| {
            lifecycle(home);
            vec![]
        })
    };
    sweep("the first event", &line, first, every, &tracked);
    let full: Lay<'_> = &|| {
        laid(|home| {
            lifecycle(home);
            home.manifest("acme", &home.read(MANIFEST).replace("\n...", "\nlimits: {events: 16}\n..."));
            record_pairs(home, 4)
        })
    };
    sweep(
        "an event that begins a segment",
        &line,
        full,
        |call| call.changes() || call.line.contains("queue"),
        &tracked,
    );
}

/// Starts so many events and gives their ids.
fn record_pairs(home: &Home, count: usize) -> Vec<String> {
    use telemetry::actions::track::{Recorded, Recorder};
    let mut recorder = Recorder::new(&home.context(), &home.tool("acme"), None).expect("a recorder");
    let mut start = |_| match recorder.start("run", &[]).expect("started") {
        Recorded::Stored { id, .. } => id,
        other => panic!("{other:?}"),
    };
    (0..count).map(&mut start).collect()
}

/// Three events, two of them sealed.
fn partly_sealed() -> Laid {
    laid(|home| {
        let mut ids = record(home, 2);
        bounded(home, &["show-payload", "acme"], &[]).expect(0);
        ids.extend(record(home, 1));
        ids
    })
}

/// After a flush or a preview: what waited arrives.
fn nothing_lost(laid: &Laid, _: &Faulted, name: &str) -> Seen {
    let before = Before { acknowledged: laid.ids.clone(), ..Before::default() };
    recover(&laid.home, &laid.server, &before, name)
}

#[test]
fn flushing_and_looking_lose_nothing() {
    sweep("a flush", "flush acme --now", &partly_sealed, ours, &nothing_lost);
    sweep("a preview", "show-payload acme", &partly_sealed, ours, &nothing_lost);
    sweep("a status", "status acme", &partly_sealed, ours, &nothing_lost);
    sweep("an export", "log acme --verify", &partly_sealed, ours, &nothing_lost);
}

/// After a `disable`: it says done only when the no is there; when it did not land, it says so; a second one lands.
fn refused(laid: &Laid, ran: &Faulted, name: &str, again: &[&str]) -> Seen {
    let mut wrong = Vec::new();
    let home = &laid.home;
    let off = || state(home) == "off";
    if ran.code == Some(0) && !off() {
        wrong.push(format!("it said done and the state is {}", state(home)));
    }
    let there = [".acme/telemetry/no", ".telemetry/no"].iter().any(|marker| home.at(marker).exists());
    if there && (!off() || ran.stderr.contains("not kept")) {
        wrong.push(format!("the no is there, the state is {} and it says: {}", state(home), ran.stderr));
    }
    if ran.stderr.contains("did not confirm") && again.len() > 1 && waiting(home) != 0 {
        wrong.push("the no is there, and what waited still waits".to_owned());
    }
    let done = ran.code == Some(0);
    if done {
        bounded(home, &["flush", "acme", "--now"], &[]);
        if !laid.server.requests().is_empty() {
            wrong.push("it said done, and then something was sent".to_owned());
        }
    }
    let second = bounded(home, again, &[]);
    if second.status != 0 || !off() {
        wrong.push(format!("the second gave {}: {}", second.status, second.stderr));
    }
    bounded(home, &["flush", "acme", "--now"], &[]);
    if waiting(home) != 0 || !laid.server.requests().is_empty() {
        wrong.push(format!("after the no {} wait, {} requests came", waiting(home), laid.server.requests().len()));
    }
    seen(name, wrong)
}

#[test]
fn saying_no_lands_or_is_loud() {
    sweep("disable", "disable acme", &partly_sealed, every, &|laid, ran, name| {
        refused(laid, ran, name, &["disable", "acme"])
    });
    sweep("disable for all", "disable", &partly_sealed, every, &|laid, ran, name| {
        refused(laid, ran, name, &["disable"])
    });
}

#[test]
fn a_yes_that_failed_is_none() {
    let off: Lay<'_> = &|| {
        let laid = partly_sealed();
        bounded(&laid.home, &["disable", "acme"], &[]).expect(0);
        laid
    };
    let check: Check<'_> = &|laid, ran, name| {
        let state = state(&laid.home);
        // Beside a yes that is kept, what could not be read when it was shown is a no of its own, and said.
        let failed = ran.code == Some(1) && ran.stderr.contains("not kept");
        let wrong = (failed && state == "on").then(|| format!("it failed and the state is {state}: {}", ran.stderr));
        let none = (ran.code == Some(0) && state != "on")
            .then(|| format!("it said done and the state is {state}: {}", ran.stderr));
        seen(name, wrong.into_iter().chain(none))
    };
    sweep("enable", "enable acme", off, every, check);
    sweep("enable --local", "enable acme --local", off, every, &|laid, ran, name| {
        let state = state(&laid.home);
        seen(name, (state == "on").then(|| format!("exit {:?}, and what was to stay here may be sent", ran.code)))
    });
}

/// After a `forget`: what it said is gone is gone, and a second one finishes the work of one that failed.
fn forgotten(laid: &Laid, ran: &Faulted, name: &str) -> Seen {
    let (home, old) = (&laid.home, laid.ids.last().cloned().unwrap_or_default());
    let mut wrong = Vec::new();
    let mut gone = |when: &str| {
        if state(home) != "off" {
            wrong.push(format!("{when}: the state is {}", state(home)));
        }
        for file in home.list().iter().filter(|name| name.starts_with(".acme/") && !name.ends_with('/')) {
            let text = String::from_utf8_lossy(&fs::read(home.at(file)).unwrap_or_default()).into_owned();
            // What was asked of others names the id that they are to forget.
            let asked = file.contains("orders.jsonl");
            if laid.ids.iter().any(|id| text.contains(id.as_str())) && !asked {
                wrong.push(format!("{when}: {file} still holds {text}"));
            }
        }
    };
    if ran.code == Some(0) {
        gone("it said done");
    }
    let second = bounded(home, &["forget", "acme", "--yes"], &[]);
    gone("after the second");
    if second.status != 0 {
        wrong.push(format!("the second gave {}: {}{}", second.status, second.stdout, second.stderr));
    }
    let orders = fs::read_to_string(home.at(".acme/telemetry/orders.jsonl")).unwrap_or_default();
    if !orders.contains(&old) {
        wrong.push(format!("nobody was asked to forget {old}: {orders}"));
    }
    enable(&home.context(), &home.tool("acme"), false).expect("a yes");
    let before = laid.server.requests().len();
    bounded(home, &["flush", "acme", "--now"], &[]);
    let sent = ids(laid.server.requests().iter().skip(before).map(|request| request.body.as_slice()));
    if !sent.is_empty() {
        wrong.push(format!("after a new yes {sent:?} went out"));
    }
    seen(name, wrong)
}

#[test]
fn forgetting_is_finished_by_the_next_one() {
    // What must be gone: the event that was sent, two that wait, and the user's id, which comes last.
    let lay: Lay<'_> = &|| {
        laid(|home| {
            let mut ids = record(home, 1);
            bounded(home, &["flush", "acme"], &[]).expect(0);
            ids.extend(record(home, 2));
            ids.push(
                json(&bounded(home, &["id", "acme", "--json"], &[]).expect(0))["user_id"]
                    .as_str()
                    .expect("an id")
                    .to_owned(),
            );
            ids
        })
    };
    let own = |call: &Call| {
        everything() || call.changes() || call.line.contains("profile.yml") || call.line.contains("ledger")
    };
    sweep("forget", "forget acme --yes", lay, own, &forgotten);
}

#[test]
fn no_fault_makes_a_yes_of_a_no() {
    type Say = fn(&Home);
    let noes: [(&str, Say); 6] = [
        ("the marker", |home| drop(home.write(".acme/telemetry/no", ""))),
        ("the no for all", |home| drop(home.write(".telemetry/no", ""))),
        ("the profile", |home| drop(home.write(".acme/profile.yml", "anonymous_tracking: false\n"))),
        ("a broken profile", |home| drop(home.write(".acme/profile.yml", "anonymous_tracking: [\n"))),
        ("the project", |home| drop(home.write("work/.acme/config.yml", "sources: []\n"))),
        ("a broken agreement", |home| drop(home.write(".acme/telemetry/agreement.json", "{"))),
    ];
    for (what, say) in noes {
        let lay: Lay<'_> = &|| {
            laid(|home| {
                lifecycle(home);
                let ids = record_pairs(home, 1);
                say(home);
                ids
            })
        };
        let line = format!("track acme run n={UNDER_FAULT} --start");
        sweep(&format!("a track despite {what}"), &line, lay, Call::looks, &|laid, ran, name| {
            let stored = laid.home.list().iter().filter(|name| name.ends_with(".jsonl")).any(|name| {
                fs::read_to_string(laid.home.at(name)).is_ok_and(|text| text.contains(&format!("\"n\":{UNDER_FAULT}")))
            });
            seen(name, (stored || !ran.stdout.is_empty()).then(|| format!("it was recorded: {}", ran.stdout)))
        });
        // A project's no holds for what is recorded there; of the others two show it, unless all are wanted.
        if what == "the project" || (!everything() && !["the marker", "the profile"].contains(&what)) {
            continue;
        }
        sweep(&format!("a flush despite {what}"), "flush acme --now", lay, Call::looks, &|laid, _, name| {
            seen(name, laid.server.requests().first().map(|request| format!("it was sent: {}", request.head)))
        });
        sweep(&format!("a status despite {what}"), "status acme --json", lay, Call::looks, &|_, ran, name| {
            seen(name, ran.stdout.contains("\"state\": \"on\"").then(|| format!("it says on: {}", ran.stdout)))
        });
    }
}

/// Runs the program with a bound on the size of the files that it writes: a write beyond it is cut short, the next one fails.
fn short(home: &Home, line: &str, bound: usize) -> Faulted {
    let script = "trap '' XFSZ; limit=$1; shift; exec prlimit --fsize=$limit \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", &bound.to_string(), PROGRAM]).args(words(line));
    command.env_clear().current_dir(home.work()).env("HOME", home.path()).stdin(Stdio::null());
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    let output = command.output().expect("sh and prlimit (util-linux)");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let hit = output.status.code().filter(|code| *code != 0).map(|code| format!("exit {code}"));
    Faulted { code: output.status.code(), stdout: said(&output.stdout), stderr: said(&output.stderr), hit }
}

fn short_sweep(what: &str, line: &str, lay: Lay<'_>, check: Check<'_>) {
    let step = if everything() { 1 } else { 31 };
    let bounds: Vec<usize> = (0..1300).step_by(step).collect();
    let seen = each(&bounds, |_, bound| {
        let laid = lay();
        let ran = short(&laid.home, line, *bound);
        let name = format!("{what}, files of {bound} bytes at most");
        let mut seen = check(&laid, &ran, &name);
        seen.wrong.extend(ended(&ran).map(|wrong| format!("{name}: {wrong}")));
        Seen { unreached: usize::from(ran.hit.is_none()) / 3, ..seen }
    });
    seen.into_iter().fold(Seen::default(), Seen::add).tell(what);
}

#[test]
fn writes_that_are_cut_short_count_whole_or_not_at_all() {
    let track = format!("track acme run n={UNDER_FAULT} --start");
    let lay: Lay<'_> = &|| {
        laid(|home| {
            lifecycle(home);
            record_pairs(home, 2)
        })
    };
    short_sweep("a track with short writes", &track, lay, &tracked);
    short_sweep("a flush with short writes", "flush acme --now", &partly_sealed, &nothing_lost);
    short_sweep("a preview with short writes", "show-payload acme", &partly_sealed, &nothing_lost);
    short_sweep("a disable with short writes", "disable acme", &partly_sealed, &|laid, ran, name| {
        refused(laid, ran, name, &["disable", "acme"])
    });
}
