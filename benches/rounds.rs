//! Processes measured in rounds: each case once a round, in another order each round, so that what else the machine does hits all
//! alike.
//!
//! Promises: a case that fails ends the measurement. Absent: what the cases are.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::table::median;

/// A command, what it is called, and how long it took.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    command: Command,
    /// At most so many times the first case.
    pub(crate) goal: Option<f64>,
    seconds: Vec<f64>,
}

impl Case {
    /// Of the environment, `HOME` alone is kept, and what `command` sets itself.
    pub(crate) fn new(name: &'static str, mut command: Command, goal: Option<f64>) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { name, command, goal, seconds: Vec::new() }
    }

    pub(crate) fn median(&self) -> f64 {
        median(&self.seconds)
    }
}

/// Numbers that look like chance and are the same in every run.
pub(crate) struct Shuffle(u64);

impl Shuffle {
    pub(crate) const fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn shuffle<T>(&mut self, order: &mut [T]) {
        for last in (1..order.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            let other = usize::try_from(self.0 % u64::try_from(last + 1).expect("small")).expect("small");
            order.swap(last, other);
        }
    }
}

/// Starts each case once a round, until the time is over.
pub(crate) fn run(cases: &mut [Case], longest: Duration) {
    let (start, mut chance) = (Instant::now(), Shuffle::new());
    let mut order: Vec<usize> = (0..cases.len()).collect();
    for round in 0_u32.. {
        if start.elapsed() > longest || round > 1000 {
            return;
        }
        chance.shuffle(&mut order);
        for index in &order {
            let Some(case) = cases.get_mut(*index) else { continue };
            let start = Instant::now();
            let status = case.command.status().expect("it starts");
            case.seconds.push(start.elapsed().as_secs_f64());
            assert!(status.success(), "{}: {status}", case.name);
        }
    }
}

pub(crate) fn end(mut child: Child, what: &str) {
    let status = child.wait().expect("its end");
    assert!(status.success(), "{what}: {status}");
}
