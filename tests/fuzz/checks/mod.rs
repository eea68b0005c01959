//! What must hold for any bytes in the place of a file or of a server's answer, one check a parser.
//!
//! libFuzzer calls these with bytes of its own making (`targets/`), and the test command with the corpus in `tests/fixtures/fuzz` and
//! with random texts (`tests/hostile/fuzzed.rs`). A check panics where a promise is broken; it returns whether the bytes were
//! read as what they should be, so that a corpus can be seen to hold both kinds.
//!
//! Promises: deterministic; nothing is written outside of a temporary folder; no network. Absent: the wire itself (hyper reads
//! it; `tests/hostile/fuzzed.rs` sends raw answers over loopback).

mod answers;
mod declared;
mod dotenv;
mod formats;
mod lines;
mod settings;
mod stored;

pub use answers::{answer, values};
pub use declared::manifest;
pub use dotenv::dotenv;
pub use formats::{hcl, hocon, ini, json, toml};
pub use lines::line;
pub use settings::{config, edit, policy, profile};
pub use stored::{entry, progress, receipt, segment, stored};

/// A check: the name of its target and of its corpus, and the function.
pub type Check = (&'static str, fn(&[u8]) -> bool);

/// All checks.
pub const ALL: &[Check] = &[
    ("answer", answer),
    ("config", config),
    ("dotenv", dotenv),
    ("edit", edit),
    ("entry", entry),
    ("hcl", hcl),
    ("hocon", hocon),
    ("ini", ini),
    ("json", json),
    ("line", line),
    ("manifest", manifest),
    ("policy", policy),
    ("profile", profile),
    ("progress", progress),
    ("receipt", receipt),
    ("segment", segment),
    ("stored", stored),
    ("toml", toml),
    ("values", values),
];

/// A handful of lengths to cut `whole` to, the last ones among them: spread by its size, so that one input always gives the same.
pub(crate) fn cuts(whole: &[u8]) -> impl Iterator<Item = &[u8]> {
    let step = (whole.len() / 12).max(1);
    let spread = (whole.len() % step..whole.len()).step_by(step);
    let last = (1..=4).filter_map(|gone| whole.len().checked_sub(gone));
    spread.chain(last).filter_map(|length| whole.get(..length))
}

/// Whether a text has the form of an id.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
