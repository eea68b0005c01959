//! See, control and prove what tools send home; add telemetry that people can trust.

pub mod actions;
#[cfg(feature = "cli")]
pub mod cli;
pub mod consent;
pub mod destination;
pub mod host;
pub mod identity;
pub mod manifest;
pub mod payload;
pub mod queue;
pub mod settings;
