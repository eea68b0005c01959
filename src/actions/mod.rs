//! DO: one verb a file, each from a [`context::Context`] to a value that says what was done.
//!
//! Promises: nothing is printed and nothing asked here. Absent: words for people (`cli/`).

pub mod ask;
pub mod budget;
pub mod context;
pub mod deletion;
pub mod deliver;
pub mod disable;
pub mod enable;
pub mod examples;
pub mod export;
pub mod facts;
pub mod flush;
#[cfg(feature = "foreign")]
pub mod foreign;
pub mod forget;
pub mod gate;
pub mod gather;
pub mod heartbeat;
pub mod id;
pub mod init;
pub mod kept;
pub mod ledger;
pub mod lines;
pub mod list;
pub mod losses;
pub mod notice;
pub mod preview;
pub mod purge;
pub mod receipt;
pub mod request_lock;
pub mod reseal;
#[cfg(feature = "foreign")]
pub mod run;
pub mod salt;
pub mod schema;
pub mod seen;
pub mod start;
pub mod started;
pub mod status;
pub mod summary;
pub mod timer;
pub mod track;
#[cfg(feature = "foreign")]
pub mod undo;
