//! Our verdict on other people's files beside what their own programs do with them.
//!
//! Promises: every file of `tests/fixtures/traps`, at every version that it was tried with; where ours is not the program's, the
//! difference is written down here with its reason, and none of them is an off that sends. Absent: whether the programs really do that
//! (`tests/interop/traps.rs`).

use telemetry::actions::foreign::look::look;
use telemetry::actions::foreign::status::status;
use telemetry::consent::effective::State;
use telemetry::manifest::versions::Version;

use crate::sandbox::home::Home;
use crate::sandbox::traps::{Does, Trap, traps};

/// What we say of it, as `off`, or `off, farewell` where a mirror differs.
fn ours(tool: &str, trap: &Trap, version: &str) -> String {
    let home = Home::new();
    trap.lay(&home);
    let mut context = home.context_with(&trap.variables);
    context.directory = Some(home.folder(&trap.directory));
    let version = Version::new(version).expect("a version");
    let found = status(look(&context, &home.tool(tool), Some(&version)).expect("a foreign tool"));
    let state = found.looked.effective.state;
    let farewell = if found.differing.is_empty() || state != State::Off { "" } else { ", farewell" };
    format!("{}{farewell}", state.as_str())
}

/// What is right to say of it.
fn right(does: Does) -> &'static str {
    match does {
        Does::Sends => "on",
        Does::Farewell => "off, farewell",
        Does::Silent => "off",
        Does::Crashes => "crash",
    }
}

/// Where ours is another: the tool, the trap, what we say, and why.
const DIFFERENT: &[(&str, &str, &str, &str)] = &[
    ("meltano", "a no in a file that is included", "unknown", INCLUDED),
    ("meltano", "a yes in a file that is included, a no in the file", "unknown", INCLUDED),
    ("meltano", "a yes in the file, a no in a file that is included", "unknown", INCLUDED),
    ("meltano", "an env block in a file that is included, a no in the file", "unknown", INCLUDED),
    ("meltano", ".env with a value taken from another", "unknown", EXPANDED),
    ("meltano", "the file says «[]»", "on", MANY),
    ("meltano", "the file says «{}»", "on", MANY),
    ("piperider", "a project whose id is an empty list", "on", MANY),
    ("piperider", "tracking is «!!bool yes»", "crash", OTHER_YAML),
    ("piperider", "a directive for YAML 1.1, and «no» is one", "crash", OTHER_YAML),
    ("piperider", "a tab", "off", "our reader takes a blank where theirs ends; either way nothing is sent"),
    ("piperider", "an empty queue file", "on", QUEUE),
    ("piperider", "a queue file that is no JSON", "on", QUEUE),
    ("piperider", "a queue file cut short", "on", QUEUE),
    ("piperider", "a queue file of a list", "on", QUEUE),
    ("piperider", "a queue file of null", "on", QUEUE),
    (
        "grouparoo",
        ".env says that it is a test",
        "on",
        "which of two files and variables says so is not weighed for this one word",
    ),
    ("zincobserve", ".env: another variable", "unknown", EXPANDED),
    ("zincobserve", ".env: another variable in braces", "unknown", EXPANDED),
];
const INCLUDED: &str = "files that the project includes are not read, and beat its own: nothing is told for sure";
const EXPANDED: &str = "a value that is made of others is not worked out, and is no off";
const MANY: &str = "a list or a mapping is taken for what most of them are";
const OTHER_YAML: &str =
    "our reader takes YAML 1.2 without tags of its own: it says that the file cannot be read, and never off";
const QUEUE: &str = "whether the program can read its queue is not weighed";

#[test]
fn our_verdict_is_what_the_real_program_does() {
    let (mut wrong, mut met) = (Vec::new(), Vec::new());
    for tool in ["meltano", "piperider", "grouparoo", "zincobserve"] {
        for trap in traps(tool) {
            for (version, does) in &trap.does {
                let (ours, right) = (ours(tool, &trap, version), right(*does));
                let known =
                    DIFFERENT.iter().find(|(of, name, said, _)| *of == tool && *name == trap.name && *said == ours);
                if ours == right {
                    continue;
                }
                match known {
                    Some(known) => met.push(known),
                    None => wrong.push(format!("{tool} {version}: {}: {ours}, and it is {right}", trap.name)),
                }
                assert!(
                    *does != Does::Sends || !ours.starts_with("off"),
                    "{tool} {version}: {}: an off that sends",
                    trap.name
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    for different in DIFFERENT {
        assert!(met.contains(&different), "strike it out, it is right now: {different:?}");
    }
}
