//! TOML: reads a value at a key and changes it, with every other byte kept.
//!
//! Promises: no input makes it panic, hang or grow without bound; an edit is exactly the one change that was asked for, proved by
//! reading both texts again, or it is refused. The text is never written from a tree: comments, line ends, a byte order mark, a
//! missing final newline and the spelling of numbers stay.
//!
//! Deliberately absent: writing tables of their own in braces, dates (they read as something else), replacing a table.

mod edit;
mod read;
mod ways;

pub use crate::settings::toml::edit::{remove, set};
pub use crate::settings::toml::read::{LIMIT, fields, gathered, length, line_of};
