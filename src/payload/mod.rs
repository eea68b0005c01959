//! WHAT IS SAID: from events to the exact bytes of a body. Pure.
//!
//! Promises: the same events, ids and withheld parts give the same bytes; nothing known only at sending goes in. Absent: files,
//! sockets, the clock.

pub mod answer;
pub mod deletion;
pub mod digest;
pub mod event;
pub mod fill;
pub mod given;
pub mod json;
pub mod opened;
pub mod protocol;
pub mod protocols;
pub mod pseudonym;
pub mod retries;
pub mod said;
pub mod sentry;
