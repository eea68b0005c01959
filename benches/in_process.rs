//! Recording in a process: what one event costs, and what that costs with a deep queue.
//!
//! Absent: delivering.

use std::time::{Duration, Instant};

use telemetry::actions::context::{Context, Tool};
use telemetry::actions::track::{Recorded, Recorder};
use telemetry::identity::names::ToolName;

use crate::rounds::{self, Case};
use crate::sandbox::home::{Home, TRACK};
use crate::sandbox::server::Server;
use crate::table::{self, median, percentile};

/// How many events wait in the homes that are given to [`depth`] and to the group on memory.
pub(crate) const DEPTHS: [u64; 4] = [0, 10_000, 100_000, 1_000_000];
const FIELDS: [(&str, &str); 3] = [("name", "build"), ("ok", "true"), ("duration", "850ms")];

/// The tool, in the home that this process has.
pub(crate) fn here() -> (Context, Tool) {
    let context = Context::of_process().expect("a home");
    let tool = context.tool(&ToolName::new("bench").expect("a name")).expect("a manifest");
    (context, tool)
}

/// Microseconds of so many events, recorded one by one.
pub(crate) fn recorded(recorder: &mut Recorder, number: u64) -> Vec<f64> {
    let given: Vec<(String, String)> = FIELDS.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    (0..number)
        .map(|_| {
            let start = Instant::now();
            let recorded = recorder.record("command", &given).expect("recorded");
            assert!(matches!(recorded, Recorded::Stored { .. }), "{recorded:?}");
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect()
}

/// One event after the other in one process.
pub(crate) fn in_process(server: &Server) {
    let home = Home::new(server, 1);
    home.telemetry(["enable", "bench"]);
    let times = recorded(&mut home.recorder(), 20_000);
    table::group("in-process", "`record`, on disk when it returns");
    for (percent, most) in [(50, 15.0), (99, 100.0)] {
        let at = percentile(&times, percent);
        let (what, goal) = (format!("record, p{percent}"), format!("<= {most:.0} us"));
        table::held(&what, &format!("{at:.1} us"), &goal, at <= most);
    }
}

/// The cost of recording against what waits already.
pub(crate) fn depth(homes: &[(u64, Home)]) {
    const NAMES: [&str; DEPTHS.len()] = ["0 wait", "10,000 wait", "100,000 wait", "1,000,000 wait"];
    let mut cases: Vec<Case> =
        homes.iter().zip(NAMES).map(|((_, home), name)| Case::new(name, home.command(TRACK), None)).collect();
    rounds::run(&mut cases, Duration::from_secs(8));
    let mut recorders: Vec<(Recorder, Vec<f64>)> =
        homes.iter().map(|(_, home)| (home.recorder(), Vec::new())).collect();
    for _ in 0..40 {
        for (recorder, times) in &mut recorders {
            times.extend(recorded(recorder, 50));
        }
    }
    let of_processes = cases.iter().map(Case::median).collect();
    let of_events = recorders.iter().map(|(_, times)| median(times)).collect();
    let rows: [(&str, f64, Vec<f64>); 2] = [("track", 1.1, of_processes), ("record", 1.2, of_events)];
    table::group("depth", "against an empty queue");
    for (what, most, medians) in rows {
        let floor = medians.first().copied().unwrap_or(f64::NAN);
        for (name, ratio) in NAMES.iter().zip(&medians).skip(1).map(|(name, median)| (name, median / floor)) {
            table::held(&format!("{what}, {name}"), &table::times(ratio), &format!("<= {most} x"), ratio <= most);
        }
    }
}
