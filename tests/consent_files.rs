//! Facts as they are read from real files, variables and folders, in every broken form that a home can have.
//!
//! Promises: what is not exactly a yes is a no with its reason; a program that runs on sees a no at its next event.
//! Absent: the rules themselves (`consent`).

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use telemetry::actions::ask::Asker;
use telemetry::actions::context::{Context, Tool};
use telemetry::actions::enable::enable;
use telemetry::actions::gather::Where;
use telemetry::consent::decide::Decision;
use telemetry::consent::reason::{Effect, Reason};
use telemetry::host::clock::Timestamp;
use telemetry::host::files;
use telemetry::identity::places::Places;

use self::Deed::{Folder, Gone, Link, Mode, Move, Policy, Replace, Write};
use crate::sandbox::home::Home;

const MANIFEST: &str = "
manifest: 1
tool: acme
title: An example
consent: opt-in
switches:
  environment:
    - {name: ACME_TELEMETRY, on: ['1'], off: ['0', '']}
facts: [os, arch]
events:
  command:
    description: A command ended
    purpose: product-improvement
    fields:
      ok: {type: boolean, description: Whether it succeeded}
      plan: {type: enum, values: [free, paid], purpose: marketing, description: Which plan}
    example: {ok: true, plan: free}
destinations:
  main: {url: 'https://t.acme.example/v1'}
";

/// A home in which everything says yes.
fn agreed() -> Home {
    let home = silent();
    enable(&home.context(), &home.tool("acme"), false).expect("a yes");
    home
}

/// A home in which nobody was asked.
fn silent() -> Home {
    let home = Home::new();
    home.manifest("acme", MANIFEST);
    home
}

fn ask(home: &Home, context: &Context) -> Decision {
    let tool = home.tool("acme");
    let places = Places::of(&context.paths, &tool.manifest.tool);
    answer(&Asker::new(context, &Tool { places, ..tool }, &Where::Here))
}

/// The decision about sending its one event to its one destination.
fn answer(asker: &Asker) -> Decision {
    let manifest = &asker.tool().manifest;
    let decision = asker.decide(manifest.event("command"), manifest.destinations.first());
    assert_eq!(decision.permit().is_some(), decision.reason().is_none());
    decision
}

fn codes(decision: &Decision) -> String {
    decision.reasons().map(Reason::code).collect::<Vec<_>>().join(" ")
}

fn not_text() -> OsString {
    OsString::from_vec(vec![b'0', 0xff])
}

#[test]
fn do_not_track_is_a_no_unless_it_is_empty_0_or_false() {
    let home = agreed();
    assert_eq!(codes(&ask(&home, &home.context())), "");
    for value in ["", "0", "false"] {
        assert_eq!(codes(&ask(&home, &home.context_with([("DO_NOT_TRACK", value)]))), "", "{value:?}");
    }
    for value in ["1", "true", "no", "off", "False", "FALSE", "00", " ", " 0", "0 ", "0\n"] {
        let decision = ask(&home, &home.context_with([("DO_NOT_TRACK", value)]));
        assert_eq!(codes(&decision), "do-not-track.set", "{value:?}");
        assert_eq!(decision.effect(), Some(Effect::Hold));
    }
    assert_eq!(codes(&ask(&home, &home.context_with([("DO_NOT_TRACK", not_text())]))), "do-not-track.set");
}

#[test]
fn only_declared_values_of_a_variable_say_anything_but_no() {
    let (agreed, silent) = (agreed(), silent());
    for (value, told, untold) in [
        (Some("1".into()), "", ""),
        (None, "", "consent.not-asked consent.not-asked"),
        (Some("0".into()), "variable.off", "variable.off consent.not-asked consent.not-asked"),
        (Some("".into()), "variable.off", "variable.off consent.not-asked consent.not-asked"),
        (Some("true".into()), "variable.undeclared", "variable.undeclared consent.not-asked consent.not-asked"),
        (Some("1 ".into()), "variable.undeclared", "variable.undeclared consent.not-asked consent.not-asked"),
        (Some(not_text()), "variable.undeclared", "variable.undeclared consent.not-asked consent.not-asked"),
    ] {
        let set = |home: &Home| home.context_with(value.clone().map(|value: OsString| ("ACME_TELEMETRY", value)));
        assert_eq!(codes(&ask(&agreed, &set(&agreed))), told, "{value:?}");
        assert_eq!(codes(&ask(&silent, &set(&silent))), untold, "{value:?}");
    }
    assert_eq!(codes(&ask(&agreed, &agreed.context_with([("CI", not_text())]))), "ci.detected");
}

/// What is done to a home in which everything says yes; what stood at the path goes first.
enum Deed {
    Gone(&'static str),
    Write(&'static str, &'static str),
    Folder(&'static str),
    Link(&'static str, &'static str),
    Replace(&'static str, &'static str, &'static str),
    Move(&'static str, &'static str),
    Mode(&'static str, u32),
    Policy(&'static str),
}

fn clear(path: &Path) {
    let standing = fs::symlink_metadata(path);
    match standing.map(|meta| meta.is_dir()) {
        Ok(true) => fs::remove_dir_all(path).expect("gone"),
        Ok(false) => fs::remove_file(path).expect("gone"),
        Err(_) => {}
    }
}

fn perform(home: &Home, deeds: &[Deed]) {
    for deed in deeds {
        match deed {
            Gone(path) => clear(&home.at(path)),
            Write(path, text) => {
                clear(&home.at(path));
                home.write(path, text);
            }
            Folder(path) => {
                clear(&home.at(path));
                home.folder(path);
            }
            Link(path, target) => {
                clear(&home.at(path));
                home.link(path, target);
            }
            Replace(path, from, to) => {
                let before = home.read(path);
                assert!(before.contains(from), "{before}");
                home.write(path, before.replace(from, to));
            }
            Move(from, to) => fs::rename(home.at(from), home.at(to)).expect("moved"),
            Mode(path, mode) => fs::set_permissions(home.at(path), fs::Permissions::from_mode(*mode)).expect("a mode"),
            Policy(text) => fs::write(home.policy(), text).expect("a policy"),
        }
    }
}

/// What is done, and the codes of the noes that come of it.
type Row = (&'static str, &'static [Deed], &'static str);

const FOLDER: &str = "marker.unknown profile.unreadable agreement.unreadable consent.not-asked";
const UNTOLD: &str = "agreement.unreadable consent.not-asked";
const UNASKED: &str = "consent.not-asked consent.not-asked";
const NO: &str = ".acme/telemetry/no";
const ALL: &str = ".telemetry/no";
const PROFILE: &str = ".acme/profile.yml";
const AGREEMENT: &str = ".acme/telemetry/agreement.json";
const CONFIG: &str = "work/p/.acme/config.yml";
const ABOVE: &str = "work/.acme/config.yml";

const FILES: &[Row] = &[
    ("nothing", &[], ""),
    ("no folder", &[Gone(".acme")], UNASKED),
    ("a file as the folder", &[Write(".acme", "")], FOLDER),
    ("a dangling link as the folder", &[Link(".acme", "away")], FOLDER),
    ("a link to itself as the folder", &[Link(".acme", ".acme")], FOLDER),
    ("a link to the folder", &[Move(".acme", "work/acme"), Link(".acme", "work/acme")], ""),
    ("an empty marker", &[Write(NO, "")], "marker.no"),
    ("a folder as the marker", &[Folder(NO)], "marker.no"),
    ("a dangling link as the marker", &[Link(NO, "away")], "marker.no"),
    ("a no for all, whatever it says", &[Write(ALL, "yes")], "user.no"),
    ("a folder as the no for all", &[Folder(ALL)], "user.no"),
    ("a dangling link as the no for all", &[Link(ALL, "away")], "user.no"),
    ("a file as the folder of the no for all", &[Write(".telemetry", "")], "user.unknown"),
    ("a dangling link as the folder of the no for all", &[Link(".telemetry", "away")], "user.unknown"),
    ("no profile", &[Gone(PROFILE)], ""),
    ("a dangling link as the profile", &[Link(PROFILE, "away")], "profile.unreadable"),
    ("a folder as the profile", &[Folder(PROFILE)], "profile.unreadable"),
    ("a device as the profile", &[Link(PROFILE, "/dev/null")], "profile.unreadable"),
    ("an empty profile", &[Write(PROFILE, "")], "profile.unreadable"),
    (
        "a profile of two minds",
        &[Write(PROFILE, "anonymous_tracking: true\nanonymous_tracking: true\n")],
        "profile.unreadable",
    ),
    ("a profile of false", &[Write(PROFILE, "anonymous_tracking: false\n")], "profile.no"),
    ("a profile of a word", &[Write(PROFILE, "anonymous_tracking: 'true'\n")], "profile.not-true"),
    ("a profile of yes", &[Write(PROFILE, "anonymous_tracking: yes\n")], "profile.not-true"),
    ("a profile that does not say", &[Write(PROFILE, "user_id: abc\n")], "profile.silent"),
    ("a local profile", &[Write(PROFILE, "anonymous_tracking: true\ncollection: local\n")], "mode.local"),
    ("a linked profile", &[Move(PROFILE, "kept"), Link(PROFILE, "../kept")], ""),
    ("no agreement", &[Gone(AGREEMENT)], UNASKED),
    ("an empty agreement", &[Write(AGREEMENT, "")], UNTOLD),
    ("a folder as the agreement", &[Folder(AGREEMENT)], UNTOLD),
    ("a dangling link as the agreement", &[Link(AGREEMENT, "away")], UNTOLD),
    ("a later version", &[Replace(AGREEMENT, "\"version\": 1", "\"version\": 2")], UNTOLD),
    ("another address", &[Replace(AGREEMENT, "t.acme.example", "u.acme.example")], "agreement.destination"),
    ("another purpose", &[Replace(AGREEMENT, "product-improvement", "other")], "agreement.purpose"),
    ("another event", &[Replace(AGREEMENT, "command/", "other/")], "agreement.event"),
];

#[test]
fn whatever_stands_in_a_files_place_is_no_yes() {
    for (what, deeds, expected) in FILES {
        let home = agreed();
        perform(&home, deeds);
        assert_eq!(codes(&ask(&home, &home.context())), *expected, "{what}");
    }
    let home = agreed();
    home.write(PROFILE, b"anonymous_tracking: true\n# \xff\n");
    assert_eq!(codes(&ask(&home, &home.context())), "profile.unreadable", "not text");
    home.write(PROFILE, format!("anonymous_tracking: true\n{}", "#\n".repeat(4 << 20)));
    assert_eq!(codes(&ask(&home, &home.context())), "profile.unreadable", "without end");
}

#[test]
fn a_home_that_is_not_ours_or_not_there_is_a_no() {
    let home = agreed();
    let at = |path: &Path| codes(&ask(&home, &home.context_with([("HOME", path)])));
    assert_eq!(at(&home.path()), "");
    assert_eq!(at(&home.at("missing")), format!("home.unknown {UNASKED}"));
    let link = home.link("work/loop", "loop");
    assert!(at(&link).contains("home.unknown"), "{}", at(&link));
    let file = home.write("work/file", "");
    assert_eq!(at(&file), format!("user.unknown {FOLDER}"));
    if files::acting_user() == 0 {
        chown(home.path(), Some(12_345), None).expect("another's");
        assert_eq!(at(&home.path()), "home.of-another");
    } else {
        let other = at(Path::new("/"));
        assert!(other.contains("home.of-another"), "{other}");
        let tool = home.tool("acme");
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o000)).expect("a mode");
        let decision = answer(&Asker::new(&home.context(), &tool, &Where::Nowhere));
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).expect("a mode");
        assert_eq!(codes(&decision), format!("user.unknown {FOLDER}"));
    }
}

const PROJECTS: &[Row] = &[
    ("no project", &[], ""),
    ("an id", &[Write(CONFIG, "telemetry: {id: xyz123}\n")], ""),
    ("no id", &[Write(CONFIG, "sources: []\n")], "project.no-id"),
    ("an empty id", &[Write(CONFIG, "telemetry: {id: ''}\n")], "project.no-id"),
    ("an empty config", &[Write(CONFIG, "")], "project.no-id"),
    ("no mapping", &[Write(CONFIG, "telemetry: on\n")], "project.unreadable"),
    ("cut short", &[Write(CONFIG, "telemetry: {id: 'xy")], "project.unreadable"),
    ("a folder", &[Folder(CONFIG)], "project.unreadable"),
    ("a dangling link", &[Link(CONFIG, "away")], "project.unreadable"),
    ("a file as the folder", &[Write("work/p/.acme", "")], "project.unreadable"),
    ("a dangling link as the folder", &[Link("work/p/.acme", "away")], "project.unreadable"),
    ("the nearest says no", &[Write(ABOVE, "telemetry: {id: xyz123}\n"), Write(CONFIG, "")], "project.no-id"),
    ("the nearest takes part", &[Write(ABOVE, ""), Write(CONFIG, "telemetry: {id: xyz123}\n")], ""),
    ("one above", &[Write(ABOVE, "")], "project.no-id"),
    ("the home is none", &[Write(".acme/config.yml", "")], ""),
    ("not past a folder of all", &[Write(ABOVE, ""), Mode("work/p", 0o777)], ""),
    ("another tool's", &[Write("work/p/.other/config.yml", "")], ""),
    (
        "it allows nothing",
        &[
            Write(CONFIG, "telemetry: {id: xyz123}\nanonymous_tracking: true\n"),
            Write(PROFILE, "anonymous_tracking: false\n"),
        ],
        "profile.no",
    ),
];

#[test]
fn a_project_is_found_upwards_and_can_only_say_no() {
    for (what, deeds, expected) in PROJECTS {
        let home = agreed();
        let directory = Some(home.folder("work/p/src/deep"));
        perform(&home, deeds);
        let decision = ask(&home, &Context { directory, ..home.context() });
        assert_eq!(codes(&decision), *expected, "{what}");
    }
}

#[test]
fn the_policy_allows_what_it_lists_and_nothing_when_broken() {
    let allow = |tool: &str, purpose: &str, destination: &str| {
        format!("allow:\n  tools: ['{tool}']\n  purposes: ['{purpose}']\n  destinations: ['{destination}']\n...\n")
    };
    let home = agreed();
    let whole = allow("acme", "product-improvement", "https://t.acme.example");
    for (text, expected) in [
        (whole.clone(), ""),
        (allow("*", "*", "*"), ""),
        (allow("acme", "product-improvement", "https://t.acme.example/v1"), ""),
        (allow("acme-tool", "*", "*"), "policy.tool"),
        (allow("acm", "*", "*"), "policy.tool"),
        (allow("*", "marketing", "*"), "policy.purpose"),
        (allow("*", "*", "file"), "policy.destination"),
        (allow("*", "*", "https://t.acme.example.org"), "policy.destination"),
        (allow("*", "*", "http://t.acme.example"), "policy.destination"),
        (allow("*", "*", "https://t.acme.example:8443"), "policy.destination"),
        (whole.replace("allow", "deny"), "policy.unreadable"),
        (whole.replace("...", ""), "policy.unreadable"),
        (String::new(), "policy.unreadable"),
    ] {
        fs::write(home.policy(), &text).expect("a policy");
        assert_eq!(codes(&ask(&home, &home.context())), expected, "{text}");
    }
    for broken in [home.work(), home.at("away"), "/dev/null".into()] {
        fs::remove_file(home.policy()).expect("gone");
        symlink(&broken, home.policy()).expect("a link");
        assert_eq!(codes(&ask(&home, &home.context())), "policy.unreadable", "{}", broken.display());
    }
}

#[test]
fn what_was_not_agreed_or_is_not_allowed_is_withheld_and_the_rest_goes_on() {
    let home = agreed();
    let file = ".acme/telemetry/agreement.json";
    let whole = home.read(file);
    let strike = |keys: &[&str]| {
        let kept = whole.lines().filter(|line| !keys.iter().any(|key| line.contains(key)));
        // The key that stood before a struck last one has lost its comma.
        home.write(
            file,
            kept.collect::<Vec<_>>().join("\n").replace(",\n    ]", "\n    ]").replace(",\n    }", "\n    }"),
        );
        let decision = ask(&home, &home.context());
        assert_eq!(codes(&decision), "");
        decision.withheld().words().join(", ")
    };
    assert_eq!(strike(&[]), "");
    assert_eq!(strike(&["command/ok"]), "field ok");
    assert_eq!(strike(&["\"marketing\""]), "field plan");
    assert_eq!(strike(&["fact:os", "command/plan"]), "field plan, fact os");
    let policy = "allow: {tools: ['*'], purposes: [product-improvement], destinations: ['*']}\n...\n";
    fs::write(home.policy(), policy).expect("a policy");
    assert_eq!(strike(&[]), "field plan", "its own purpose is not allowed");
}

const CHANGES: &[Row] = &[
    ("marker", &[Write(NO, "")], "marker.no"),
    ("no for all", &[Write(ALL, "")], "user.no"),
    ("profile", &[Write(PROFILE, "anonymous_tracking: false\n")], "profile.no"),
    ("profile of the same length", &[Replace(PROFILE, "tracking: true", "tracking: nope")], "profile.not-true"),
    ("agreement", &[Gone(AGREEMENT)], UNASKED),
    ("policy", &[Policy("")], "policy.unreadable"),
    ("config", &[Write(ABOVE, "telemetry: {id: ''}\n")], "project.no-id"),
    ("no config", &[Gone(ABOVE)], "project.gone"),
    ("no home", &[Move("", "../away")], "home.unknown project.gone consent.not-asked consent.not-asked"),
];

/// Programs that run on ask with one `Asker`, which reads a file again when its stamp changes.
#[test]
fn a_program_that_runs_on_sees_every_no_at_its_next_event() {
    for (what, deeds, expected) in CHANGES {
        let home = agreed();
        home.write(ABOVE, "telemetry: {id: xyz123}\n");
        let mut asker = Asker::new(&home.context(), &home.tool("acme"), &Where::Here);
        assert!(!asker.refresh(), "nothing changed yet");
        assert_eq!(codes(&answer(&asker)), "");
        perform(&home, deeds);
        assert!(asker.refresh(), "{what}");
        assert_eq!(codes(&answer(&asker)), *expected, "{what}");
    }
}

#[test]
fn nothing_recorded_before_the_latest_yes_is_sent_and_a_project_that_is_gone_holds() {
    let home = silent();
    let tool = home.tool("acme");
    let yes = Timestamp::from_ms(1_000_000);
    enable(&home.context_at(yes), &tool, false).expect("a yes");
    let mut asker = Asker::new(&home.context(), &tool, &Where::Nowhere);
    let (event, destination) =
        (tool.manifest.event("command").expect("an event"), tool.manifest.destinations.first().expect("a destination"));
    let mut sending = |project, recorded| {
        let decision = asker.decide_sending(project, event, destination, recorded);
        (codes(&decision), decision.effect())
    };
    assert_eq!(sending(None, yes), (String::new(), None));
    assert_eq!(sending(None, yes.plus_ms(-1)), ("recorded.before-yes".to_owned(), Some(Effect::Drop)));
    assert_eq!(sending(Some(&home.at("work/away")), yes), ("project.gone".to_owned(), Some(Effect::Hold)));
}
