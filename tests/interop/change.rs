//! Files of another program, changed by a command that is killed at every call, or is refused one: all of them change, or none.
//!
//! Run for every call that changes something; with `FULL=1` for every call there is, with every error. Absent: power cuts.

use std::fs;

use telemetry::actions::foreign::change::{Change, FileChange, carry_out};
use telemetry::actions::foreign::mend::mend;
use telemetry::identity::names::ToolName;

use crate::sandbox::home::Home;
use crate::strace::{Call, Fault, calls, each, everything, run};

const WORDS: &str = "undo other --yes";
const NAMES: [&str; 5] =
    ["other/settings.yml", "other/mirror.json", "other/new/profile.yml", "other/gone.json", "other/queue.json"];
const BEFORE: [Option<&str>; 5] =
    [Some("send: true\n"), Some("{\"send\": true}"), None, Some("{\"id\": 1}"), Some("{\"events\": [1, 2, 3]}")];
const AFTER: [Option<&str>; 5] =
    [Some("send: false\n"), Some("{\"send\": false}"), Some("send: false\n"), None, Some("{\"events\": []}")];

/// What the files say, and what else lies beside them.
type World = (Vec<Option<String>>, usize);

fn world(home: &Home) -> World {
    let texts = NAMES.map(|name| fs::read_to_string(home.at(name)).ok()).to_vec();
    // In our own folder, what was never begun goes with the next change.
    let beside = |name: &&String| name.ends_with(".tmp") && !name.starts_with(".telemetry/");
    (texts, home.list().iter().filter(beside).count())
}

fn wanted(texts: [Option<&str>; 5]) -> World {
    (texts.map(|text| text.map(str::to_owned)).to_vec(), 0)
}

fn tool() -> ToolName {
    ToolName::new("other").expect("a name")
}

/// A home in which the tool was disabled, so that undoing that is a yes; or enabled, so that it is a no.
fn laid(no: bool) -> Home {
    let home = Home::new();
    let (from, to) = if no { (AFTER, BEFORE) } else { (BEFORE, AFTER) };
    home.folder("other");
    let bytes = |text: &str| text.as_bytes().to_vec();
    let mut files = Vec::new();
    for ((name, from), to) in NAMES.into_iter().zip(from).zip(to) {
        from.iter().for_each(|text| drop(home.write(name, text)));
        let file = FileChange::new(&home.at(name), from.map(bytes), to.map(bytes));
        files.push(if name.ends_with("queue.json") { file.in_place() } else { file });
    }
    let change = if no { Change::yes(tool(), files) } else { Change::no(tool(), files) };
    carry_out(&home.context(), &change).expect("changed");
    home
}

fn words() -> Vec<String> {
    WORDS.split(' ').map(str::to_owned).collect()
}

/// The calls of the command, from the first on that has to do with what is kept of the tool.
fn traced(no: bool) -> Vec<Call> {
    let home = laid(no);
    let all = calls(&home, &words());
    assert_eq!(world(&home), wanted(if no { AFTER } else { BEFORE }), "undone");
    all
}

/// What the files are to be before the command, and after it.
fn ends(no: bool) -> (World, World) {
    if no { (wanted(BEFORE), wanted(AFTER)) } else { (wanted(AFTER), wanted(BEFORE)) }
}

#[test]
fn killed_at_every_call_all_files_change_or_none() {
    for no in [true, false] {
        let all: Vec<Call> = traced(no).into_iter().filter(|call| everything() || call.changes()).collect();
        let (before, after) = ends(no);
        let seen = each(&all, |_, call| {
            let home = laid(no);
            let ran = run(&home, &words(), call, Fault::Kill);
            let between = !matches!(world(&home), ref world if *world == before || *world == after);
            let mended = mend(&home.context(), &tool()).expect("mended");
            let end = world(&home);
            let what = format!("a {} killed at {}", if no { "no" } else { "yes" }, call.words());
            assert!(end == before || end == after, "{what}: {end:?}");
            // Whatever was begun, a no is done and a yes is not.
            assert!(mended.is_empty() || (end == after) == no, "{what}: {mended:?}");
            assert!(mended.iter().all(|one| one.left.is_empty()), "{what}: {mended:?}");
            (usize::from(ran.hit.is_some()), usize::from(between), mended.len())
        });
        let sum = |of: fn(&(usize, usize, usize)) -> usize| seen.iter().map(of).sum::<usize>();
        let (hit, between, mended) = (sum(|one| one.0), sum(|one| one.1), sum(|one| one.2));
        println!("no: {no}: killed at {hit} calls of {}, {between} in between, {mended} mended", all.len());
        assert!(between >= 3 && mended > between, "kills that fell on no change prove nothing");
    }
}

#[test]
fn refused_any_call_all_files_change_or_none() {
    for no in [true, false] {
        let (before, after) = ends(no);
        let mut faults = Vec::new();
        for (at, call) in traced(no).into_iter().filter(|call| everything() || call.changes()).enumerate() {
            let errors = call.errors();
            let turn = errors.get(at % errors.len().max(1)).copied();
            let chosen = if everything() { errors.to_vec() } else { turn.into_iter().collect() };
            faults.extend(chosen.into_iter().map(|error| (call.clone(), error)));
        }
        let seen = each(&faults, |_, (call, error)| {
            let home = laid(no);
            let ran = run(&home, &words(), call, Fault::Error(error));
            let end = world(&home);
            let what = format!("a {} with {error} at {}: {}", if no { "no" } else { "yes" }, call.words(), ran.stderr);
            let words = ran.stderr.contains("nothing was changed") || !ran.stderr.contains("put back.");
            match ran.code {
                Some(0) => assert_eq!(end, after, "{what}"),
                // What can be neither done nor taken back is said, and mended by the next command.
                Some(1) if ran.stderr.contains("half of it is done") => {}
                Some(1..=4) => assert!(end == before && words || end == after, "{what}: {end:?}"),
                code => panic!("{what}: it ended with {code:?}"),
            }
            mend(&home.context(), &tool()).expect("mended");
            let end = world(&home);
            assert!(end == before || end == after, "{what}: {end:?}");
            (usize::from(ran.hit.is_some()), usize::from(ran.code == Some(1)))
        });
        let (hit, failed) = seen.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        println!("no: {no}: {hit} calls refused of {}, {failed} of which it failed on", faults.len());
        assert!(failed > 5, "faults that nothing minded prove nothing");
    }
}

const PIPERIDER: [&str; 2] = [".piperider/profile.yml", ".piperider/.unsend_events.json"];

/// What a PipeRider's profile and queue say, and how much else lies beside them.
fn piperider(home: &Home) -> (Vec<String>, usize) {
    let beside = home.list().iter().filter(|name| name.ends_with(".tmp") && !name.starts_with(".telemetry/")).count();
    (PIPERIDER.map(|name| home.read(name)).to_vec(), beside)
}

#[test]
fn disable_killed_at_every_call_is_whole_or_nothing_and_the_next_one_is_whole() {
    let off = ["user_id: 'a'\nanonymous_tracking: false # mine\n", "{\"unsend_events\": []}"];
    let on = ["user_id: 'a'\nanonymous_tracking: true # mine\n", "{\"unsend_events\": [{\"a\": 1}]}"];
    let laid = || {
        let home = Home::new();
        PIPERIDER.into_iter().zip(on).for_each(|(name, text)| drop(home.write(name, text)));
        home
    };
    let line: Vec<String> = ["disable", "piperider"].map(str::to_owned).to_vec();
    let traced = laid();
    let all: Vec<Call> = calls(&traced, &line).into_iter().filter(|call| everything() || call.changes()).collect();
    let texts = |texts: [&str; 2]| (texts.map(str::to_owned).to_vec(), 0);
    assert_eq!(piperider(&traced), texts(off));
    let name = ToolName::new("piperider").expect("a name");
    let seen = each(&all, |_, call| {
        let home = laid();
        run(&home, &line, call, Fault::Kill);
        let killed = piperider(&home);
        let mended = mend(&home.context(), &name).expect("mended");
        let what = format!("killed at {}", call.words());
        let end = piperider(&home);
        assert!(end == texts(off) || end == texts(on), "{what}: {end:?}");
        assert!(mended.is_empty() || end == texts(off), "{what}: a no that was begun is done");
        home.run(["disable", "piperider"]).expect(0);
        assert_eq!(piperider(&home), texts(off), "{what}");
        usize::from(killed != texts(off) && killed != texts(on))
    });
    let between: usize = seen.iter().sum();
    println!("disable: killed at {} calls, {between} in between", all.len());
    assert!(between > 0, "kills that fell on no change prove nothing");
}
