//! Other people's programs: looked at, changed and shown as their manifests describe them.
//!
//! Promises: what one program needs stands in its manifest, never here; of its files either all that belong together change or none,
//! and what stood there can be put back. Absent: words for people (`cli`).

pub mod apart;
pub mod bound;
pub mod capture;
pub mod change;
pub mod drop_ins;
pub mod edits;
pub mod endpoint;
pub mod forget;
pub mod forget_ids;
pub mod found;
pub mod given;
pub mod ids;
pub mod inputs;
pub mod journal;
pub mod kept;
pub mod launchers;
pub mod look;
pub mod mend;
pub mod modules;
pub mod named;
pub mod names;
pub mod overrides;
pub mod payload;
pub mod places;
pub mod plan;
pub mod pointed;
pub mod provide;
pub mod put_back;
pub mod reading;
pub mod referred;
pub mod renewal;
#[cfg(feature = "http")]
pub mod server;
pub mod sight;
pub mod status;
pub mod steps;
pub mod switch;
pub mod texts;
pub mod together;
pub mod traces;
pub mod version;
