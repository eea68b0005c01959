//! WHAT WAITS: events between recording and the answer of every destination.
//!
//! Below `~/.TOOL/telemetry/queue` (all private, all JSON lines, each file's form said in the module that owns it):
//!
//! ```text
//! active.jsonl                        events, appended to under a lock                       append
//! local.jsonl  local-old.jsonl        events recorded while collection is local: never sent  append
//! segment-MS-COUNT-RANDOM.jsonl       a full active, or one process's own                    append
//! batch-MS-COUNT-RANDOM/events.jsonl  a claimed segment                                      claim
//! batch-…/to-DESTINATION.jsonl        what was sealed from it, tried and settled             settle
//! done-…/                             a settled batch on its way out                         claim
//! ```
//!
//! Promises: an acknowledged event survives kill -9 anywhere; nothing is removed before every destination has answered, or
//! it is counted as lost with its reason. Absent: consent (it is handed in), the network.

pub mod append;
pub mod claim;
pub mod drop;
pub mod entry;
pub mod limits;
pub mod lines;
pub mod look;
pub mod schedule;
pub mod seal;
pub mod sealed;
pub mod segment;
pub mod settle;
