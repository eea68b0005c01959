//! The table: one line a row, 80 columns wide, with what was measured, the goal, and whether it is met.
//!
//! Promises: a row that could not be measured stands there with its reason. Absent: measuring.

use std::collections::BTreeSet;

/// What a row and its number take together; then the goal, then the verdict.
const LEFT: usize = 56;
const GOAL: usize = 15;
const WIDTH: usize = 80;

/// The name of a group, and what its numbers are to be compared with.
pub(crate) fn group(name: &str, against: &str) {
    let line = format!("{name}{}{against}", if against.is_empty() { "" } else { ": " });
    assert!(line.len() <= WIDTH, "{line:?} is wider than {WIDTH}");
    println!("\n{line}");
}

pub(crate) fn head() {
    println!("{:>LEFT$}  {:GOAL$} met?", "measured", "goal");
}

/// A row without a goal.
pub(crate) fn shown(what: &str, measured: &str) {
    line(what, measured, "", "");
}

/// A row with one.
pub(crate) fn held(what: &str, measured: &str, goal: &str, met: bool) {
    line(what, measured, goal, if met { "met" } else { "MISSED" });
}

/// A row with a goal, on a machine that is too busy to tell.
pub(crate) fn undecided(what: &str, measured: &str, goal: &str) {
    line(what, measured, goal, "noisy");
}

/// A row that could not be measured.
pub(crate) fn missing(what: &str, why: &str) {
    line(what, "not measured", "", "");
    let mut text = String::from("     ");
    for word in why.split_whitespace() {
        if text.len() + 1 + word.len() > WIDTH {
            println!("{text}");
            text = String::from("     ");
        }
        text.push(' ');
        text.push_str(word);
    }
    println!("{text}");
}

fn line(what: &str, measured: &str, goal: &str, verdict: &str) {
    let room = LEFT.saturating_sub(what.len() + 2);
    let line = format!("  {what}{measured:>room$}  {goal:GOAL$} {verdict}");
    let line = line.trim_end();
    assert!(line.len() <= WIDTH, "{line:?} is wider than {WIDTH}");
    println!("{line}");
}

/// A ratio, with as many digits as say something.
pub(crate) fn times(ratio: f64) -> String {
    match ratio {
        few if few < 10.0 => format!("{few:.2} x"),
        some if some < 100.0 => format!("{some:.1} x"),
        many => format!("{many:.0} x"),
    }
}

/// The value below which so many of a hundred lie.
pub(crate) fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 50)
}

/// From the lower quartile to the upper.
pub(crate) fn quartiles(values: &[f64]) -> f64 {
    percentile(values, 75) - percentile(values, 25)
}

/// What noise leaves open about a median: three times its standard error, so that of a dozen rows none is missed by chance.
#[expect(clippy::cast_precision_loss, reason = "a number of rounds")]
pub(crate) fn doubt(values: &[f64]) -> f64 {
    // Of a normal distribution: a median's error is 1.253 deviations by the root of the number, the quartiles are 1.349 apart.
    3.0 * 1.253 / 1.349 * quartiles(values) / (values.len() as f64).sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
pub(crate) fn per_second(events: u64, seconds: f64) -> f64 {
    events as f64 / seconds
}

/// Numbers that stand between `mark-` and `-` in what was sent, each counted once.
pub(crate) fn marks(requests: &[Vec<u8>]) -> u64 {
    let mut seen = BTreeSet::new();
    for request in requests {
        let text = String::from_utf8_lossy(request);
        for after in text.split("mark-").skip(1) {
            seen.extend(after.split_once('-').and_then(|(number, _)| number.parse::<u64>().ok()));
        }
    }
    u64::try_from(seen.len()).unwrap_or(u64::MAX)
}
