//! WHERE IT GOES: out to a server or into a file, when to try again, and the receipt.
//!
//! Promises: nothing goes out without a Permit, but for a deletion order; a receipt is written after the answer. Absent:
//! deciding, and the queue.

#[cfg(feature = "http")]
pub mod addresses;
pub mod backoff;
pub mod deliver;
pub mod file;
#[cfg(feature = "http")]
pub mod http;
pub mod keep;
pub mod order;
#[cfg(feature = "http")]
pub mod proxies;
pub mod receipts;
pub mod retention;
pub mod retry_after;
pub mod told;
