//! What stands in `tests/fixtures/traps` of each file, seen with the real programs.
//!
//! Promises: a verdict is what two runs in the same home did; `FULL=1` starts every program as a person would, else the
//! slow ones are warm, and older versions of Meltano get every eighth of the traps that all versions do alike;
//! `TRAP=WORDS` tries those with these words in their names. Absent: what we make of them (`tests/traps.rs`).

use std::io::Write;

use crate::real::{Real, Warm, recorder};
use crate::sandbox::home::Home;
use crate::sandbox::traps::{Does, Trap, traps};

/// Asks the real program.
fn seen(real: &Real, trap: &Trap, mut warm: Option<&mut Warm>) -> (Does, String) {
    let (home, server) = (Home::new(), recorder());
    trap.lay(&home);
    let directory = home.folder(&trap.directory);
    let mut told = Vec::new();
    // All but Meltano do the same each time.
    for _ in 0..if real.tool == "meltano" { 2 } else { 1 } {
        let asked = real.usual(&home, &server).directory(&directory);
        let asked = trap.variables.iter().fold(asked, |asked, (name, value)| asked.env(name, value));
        told.push(real.said(&home, &server, asked, warm.as_deref_mut()));
    }
    let farewell = |name: &String| name.starts_with("telemetry_state_change_event");
    // An empty request and an error's are told apart from events: no switch stops them.
    let events: Vec<Vec<&String>> = told
        .iter()
        .map(|said| said.events.iter().filter(|name| !["nothing", "sentry"].contains(&name.as_str())).collect())
        .collect();
    let does = if told.iter().any(|said| said.ran.status != 0) {
        Does::Crashes
    } else if events.iter().all(Vec::is_empty) {
        Does::Silent
    } else if events[0].iter().all(|name| farewell(name)) && events[1..].iter().all(Vec::is_empty) {
        Does::Farewell
    } else {
        Does::Sends
    };
    let last = told.iter().map(|said| said.ran.stderr.lines().last().unwrap_or_default()).collect::<Vec<_>>();
    (does, format!("{events:?} {last:?}"))
}

fn hold(tool: &str) {
    let full = std::env::var_os("FULL").is_some();
    let named = std::env::var("TRAP").ok();
    let mut wrong = Vec::new();
    for real in Real::all(tool) {
        let newest = Real::all(tool).last().expect("a version").version;
        let mut warm = if full { None } else { Warm::start(real) };
        for (at, trap) in traps(tool).iter().enumerate() {
            let Some(does) = trap.does.get(real.version) else { continue };
            if named.as_ref().is_some_and(|named| !trap.name.contains(named.as_str())) {
                continue;
            }
            // Where the versions differ each is tried; where they do not, the older ones get every eighth.
            let alike = trap.does.values().all(|other| other == does);
            if tool == "meltano" && !full && alike && real.version != newest && at % 8 != 0 {
                continue;
            }
            let (seen, why) = seen(real, trap, warm.as_mut());
            if seen != *does {
                let told =
                    format!("{tool} {}: {}: {does:?} is written, {seen:?} is done: {why}", real.version, trap.name);
                // At once, too, for it takes minutes.
                writeln!(std::io::stderr(), "{told}").expect("a standard error");
                wrong.push(told);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn meltano_does_what_is_written() {
    hold("meltano");
}

#[test]
fn piperider_does_what_is_written() {
    hold("piperider");
}

#[test]
fn grouparoo_does_what_is_written() {
    hold("grouparoo");
}

#[test]
fn what_openobserve_is_made_of_does_what_is_written() {
    hold("zincobserve");
}
