//! One command, one file.
//!
//! Promises: the table is the command line: help, completions and man pages are made from it. Absent: work.

pub mod capture;
pub mod completions;
mod components_forget;
mod components_id;
pub mod components_switch;
pub mod disable;
pub mod doctor;
pub mod enable;
pub mod export;
pub mod flush;
mod foreign_document;
mod foreign_forget;
mod foreign_id;
pub mod foreign_payload;
pub mod foreign_status;
pub mod foreign_switch;
mod foreign_tells;
pub mod foreign_words;
pub mod forget;
mod forget_shown;
pub mod id;
pub mod init;
pub mod list;
pub mod log;
pub mod man;
pub mod manifest;
pub mod manifest_example;
mod manifest_file;
pub mod manifest_schema;
mod orders;
pub mod pointed;
pub mod run;
pub mod show_payload;
mod started;
pub mod status;
pub mod table;
pub mod tool_status;
pub mod tour;
pub mod track;
pub mod track_lines;
pub mod undo;
pub mod words;

pub use crate::cli::commands::table::{COMMANDS, Entry, named};
