//! dotenv: what a line `NAME=value` says to the program that reads it, and how it is changed.
//!
//! There is no one format: each reader has its own. Three are known here, with the releases of them that differ: the Rust crate dotenvy,
//! PyPI's python-dotenv and npm's dotenv. A table of what the real ones say of many texts is kept and compared.
//!
//! Promises: no input makes it panic, hang or grow without bound; an edit is exactly the one change that was asked for, read again by every
//! reader, or it is refused.
//!
//! Deliberately absent: the environment, finding files, and other readers of such files (shells, docker, systemd).

mod dialect;
mod dotenvy;
mod edit;
mod lines;
mod npm;
mod npm_lines;
mod python;
mod read;
mod values;
mod walk;

pub use crate::settings::dotenv::dialect::{Dialect, LIMIT, Reader};
pub use crate::settings::dotenv::edit::{remove, set};
pub use crate::settings::dotenv::lines::Wins;
pub use crate::settings::dotenv::read::{Reading, read, read_all};
