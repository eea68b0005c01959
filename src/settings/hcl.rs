//! HCL: Terraform's files and variables, and settings in the same language. Reads a value at a path and changes it, with every other byte
//! kept.
//!
//! A path's steps are names of attributes, types and labels of blocks, and keys of objects: `[module, collector, telemetry_enabled]` is
//! `telemetry_enabled` in `module "collector" { … }`.
//!
//! Promises: no input makes it panic, hang or grow without bound; what the language's own reader refuses is refused; a value that has to be
//! computed is never taken for a plain one; an edit is exactly the one change that was asked for, proved by reading both texts again, or it
//! is refused.
//!
//! Deliberately absent: evaluation, new blocks (whether one has labels is not in the text), JSON in HCL's place.

mod edit;
mod part;
mod read;
#[cfg(test)]
mod tests;
mod ways;

pub use crate::settings::hcl::edit::{remove, set};
pub use crate::settings::hcl::read::{Labelled, Looked, Refers, blocks, fields, gathered, length, line_of, look};

/// Largest file that is read, in bytes.
pub const LIMIT: usize = 256 * 1024;
