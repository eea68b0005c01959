//! WHAT IS DECLARED: everything that is known about a tool, as data.
//!
//! Promises: a manifest that exists is valid; there is no code for one particular tool. Absent: what a person has
//! answered, and anything read from the working directory.

pub mod catalog;
pub mod check;
pub mod declaration;
pub mod destinations;
pub mod events;
pub mod ordered;
pub mod parse;
pub mod problem;
pub mod sensitive;
pub mod switches;
pub mod template;
pub mod tool;
pub mod written;
