//! See, control and prove what tools send home; add telemetry that people can trust.

pub mod host;
pub mod settings;
pub mod identity;
pub mod manifest;
pub mod consent;
pub mod payload;
pub mod queue;
pub mod destination;
