//! HOCON: reads a value at a key and changes it, with every other byte kept.
//!
//! Promises: what the real library (lightbend/config) refuses is an error here; what it reads is read alike, or said not to be known; no
//! input makes this panic, hang or grow without bound; an edit is exactly the one change that was asked for, proved by reading both
//! texts again, or it is refused.
//!
//! Deliberately absent: reading what is included, replacing objects, halves of surrogate pairs.

mod edit;
mod graph;
mod look;
mod scan;
mod solve;
mod syntax;
mod ways;

pub use crate::settings::hocon::edit::{remove, set};
pub use crate::settings::hocon::look::{LIMIT, Looked, fields, gathered, includes, length, line_of, look};
pub use crate::settings::hocon::solve::Told;
pub use crate::settings::hocon::syntax::{Include, Source};
