//! What a host program feels of the network: the whole of it, from its start to the end of what it prints, in each state.
//!
//! Promises: the states take turns, in another order each round; what is compared with online is compared within a round. Absent:
//! what makes the states (`network.rs`).

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use telemetry::actions::start;
use telemetry::actions::track::Recorder;

use crate::in_process::{here, recorded};
use crate::network::{self, Network, State};
use crate::rounds::Shuffle;
use crate::sandbox::home::{Home, PROGRAM, TRACK};
use crate::table::{self, doubt, median, quartiles, times};

/// The argument with which this program is a host.
pub(crate) const HOST: &str = "host";

const ALONE: &str = "alone";
const TRACKS: &str = "track";
const RECORDS: &str = "record";
/// So many events does a host record that keeps a recorder.
const EVENTS: u64 = 100;

/// No more than this is a difference, seconds: a tenth of what the smallest process takes.
const SAME: f64 = 0.000_1;
/// A median that is not known better than this says nothing.
const BUSY: f64 = 0.000_5;
const LONGEST: Duration = Duration::from_secs(50);
const ROUNDS: usize = 150;

/// A host: does nothing but what its kind says.
pub(crate) fn host(kind: &str) {
    match kind {
        ALONE => {}
        TRACKS => {
            let status = Command::new(PROGRAM).args(TRACK).status().expect("it starts");
            assert!(status.success(), "{status}");
        }
        RECORDS => {
            let (context, tool) = here();
            recorded(&mut Recorder::new(&context, &tool, Some("1.2.3")).expect("a recorder"), EVENTS);
            start::flush_if_due(&context, &tool, Path::new(PROGRAM), &[]).expect("started");
        }
        other => println!("no host is called {other}"),
    }
}

/// The process in which one state is set up.
pub(crate) fn answer(state: &str, apart: &str) {
    let own = std::env::current_exe().expect("this program");
    let make = |home: &Home, kind: &str| {
        let mut command = home.run(&own);
        command.args([HOST, kind]);
        command
    };
    network::answer(state, apart, make, |kind| kind != ALONE);
}

/// A state, and the seconds and flushes of the hosts in it, by kind.
struct Lane {
    state: State,
    network: Network,
    seconds: [Vec<f64>; 2],
    flushed: [usize; 2],
}

const KINDS: [&str; 2] = [TRACKS, RECORDS];

/// Hosts with and without us in each state of the network.
pub(crate) fn delay() {
    let (mut lanes, mut troubles) = (Vec::new(), Vec::new());
    let apart = network::apart();
    for state in State::ALL {
        match Network::start(state, apart) {
            Ok(network) => lanes.push(Lane { state, network, seconds: [const { Vec::new() }; 2], flushed: [0; 2] }),
            Err(why) => troubles.push((state, why)),
        }
    }
    let (start, mut chance, mut alone) = (Instant::now(), Shuffle::new(), Vec::new());
    let mut order: Vec<usize> = (0..lanes.len()).collect();
    while start.elapsed() < LONGEST && alone.len() < ROUNDS {
        chance.shuffle(&mut order);
        for index in &order {
            let Some(lane) = lanes.get_mut(*index) else { continue };
            if lane.state == State::Online {
                alone.push(lane.network.ask(ALONE).seconds);
            }
            for (kind, (seconds, flushed)) in KINDS.iter().zip(lane.seconds.iter_mut().zip(&mut lane.flushed)) {
                let took = lane.network.ask(kind);
                seconds.push(took.seconds);
                *flushed += usize::from(took.flushed);
            }
        }
    }
    let floor = median(&alone);
    let against = format!("the host alone takes {:.2} ms; {} rounds", floor * 1e3, alone.len());
    table::group("host delay", &against);
    for (index, kind) in KINDS.iter().enumerate() {
        rows(&lanes, index, kind, floor);
        for (state, why) in &troubles {
            table::missing(&format!("{kind}, {}", state.name()), why);
        }
    }
}

/// The rows of one kind of host.
fn rows(lanes: &[Lane], index: usize, kind: &str, floor: f64) {
    let seconds = |lane: &Lane| lane.seconds.get(index).cloned().unwrap_or_default();
    let online = lanes.iter().find(|lane| lane.state == State::Online).map(seconds).unwrap_or_default();
    let (mut started, mut hosts) = (0, 0);
    for lane in lanes {
        let own = seconds(lane);
        let ratio = times(median(&own) / floor);
        let what = format!("{kind}, {}", lane.state.name());
        started += lane.flushed.get(index).copied().unwrap_or_default();
        hosts += own.len();
        if lane.state == State::Online {
            table::shown(&what, &format!("{ratio}, iqr {:.3} ms", quartiles(&own) * 1e3));
            continue;
        }
        let more: Vec<f64> = own.iter().zip(&online).map(|(own, online)| own - online).collect();
        let (by, noise) = (median(&more), doubt(&more));
        let measured = format!("{ratio}, {:+.3} ms, iqr {:.3}", by * 1e3, quartiles(&more) * 1e3);
        match by.abs() <= SAME.max(noise) {
            // What differs by less cannot be seen here, and more is not the same.
            true if noise > BUSY => table::undecided(&what, &measured, "as online"),
            same => table::held(&what, &measured, "as online", same),
        }
    }
    let what = format!("{kind}: a flush left behind met its network");
    table::held(&what, &format!("{started} of {hosts}"), "all", started == hosts);
}
