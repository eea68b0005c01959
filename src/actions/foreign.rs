//! Other people's programs: looked at, changed and shown as their manifests describe them.
//!
//! Promises: what one program needs stands in its manifest, never here. Absent: words for people (`cli`).

pub mod look;
pub mod places;
pub mod status;
pub mod texts;
pub mod version;
