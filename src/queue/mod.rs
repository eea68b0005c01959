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
//! `MS` is when it was put aside, milliseconds since 1970, at least 13 digits; `COUNT` how many lines it has; `RANDOM` 8 lower-case
//! hex digits. Every other name is somebody else's and is left alone, but for `.telemetry-*.tmp`, which a kill left half-written:
//! a flush removes it a minute later. `local-` and 32 hex digits is what one process recorded aside.
//!
//! # Disks
//!
//! What a kill does and what a power cut does are two things. Everything here is written into the kernel before it counts, so a kill
//! at any moment loses nothing that was acknowledged (tested: `tests/durability`, kills at random moments and between steps; cut
//! and zero-filled files: `tests/hostile`). Only consent, ids, deletion requests and the ledger are synced to the disk (written beside,
//! `fsync`, renamed, the folder synced), so only they survive a power cut; of events, progress and receipts the last seconds may be
//! gone, cut, or zeros, and what then reads as no line is counted. Sent and not yet known as sent is sent again under the same ids;
//! nothing says in that case that it may be there twice. No power was ever cut in a test: the bytes that one may leave are written
//! by hand.
//!
//! Locks are `flock`, on files that stay. On a local disk, and on NFS where one machine uses a home, all of this holds as far as
//! the file system keeps its word about `rename` and locks. On NFS with several machines at once it does not: Linux turns `flock`
//! there into a lock on the server (not with `nolock` or `local_lock`, where each machine locks for itself), but attributes are
//! cached for up to a minute, so an event may be appended to a segment that another machine has claimed and finished already, and
//! is lost uncounted; two flushes may send the same payload; and a no reaches programs on other machines as late as that cache
//! says. A home that several machines share is better given a `TELEMETRY_HOME` for each. Where a file system cannot lock at all,
//! nothing is recorded and `track` says so. None of this is tested on NFS.
//!
//! Promises: an acknowledged event survives kill -9 anywhere; nothing is removed before every destination has answered, or
//! it is counted as lost with its reason. Absent: consent (it is handed in), the network.

pub mod append;
pub mod basis;
pub mod claim;
pub mod drop;
pub mod entry;
pub mod limits;
pub mod lines;
pub mod look;
pub mod open;
pub mod pairs;
pub mod schedule;
pub mod seal;
pub mod sealed;
pub mod segment;
pub mod settle;
pub mod told;
