//! SAY: the command line: arguments in, words and documents out.
//!
//! Promises: stdout is data, stderr is talk; a question is asked at a terminal only and always has a flag that answers it.
//! Absent: rules: everything that is decided or done is decided and done in the rooms above.

pub mod changed;
pub mod commands;
pub mod diff;
pub mod error;
pub mod exit;
pub mod generate;
pub mod json;
pub mod notice;
pub mod prompt;
pub mod run;
pub mod secrets;
pub mod session;
pub mod shell;
pub mod ui;
