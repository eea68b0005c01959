//! Other people's programs: looked at, changed and shown as their manifests describe them.
//!
//! Promises: what one program needs stands in its manifest, never here; of its files either all that belong together change or none,
//! and what stood there can be put back. Absent: words for people (`cli`).

pub mod change;
pub mod edits;
pub mod journal;
pub mod kept;
pub mod ids;
pub mod capture;
pub mod endpoint;
pub mod look;
pub mod mend;
pub mod overrides;
pub mod places;
pub mod plan;
pub mod status;
pub mod steps;
pub mod switch;
#[cfg(feature = "http")]
pub mod server;
pub mod put_back;
pub mod texts;
pub mod traces;
pub mod version;
