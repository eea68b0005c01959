//! WHAT IS SAID: from events to the exact bytes of a body. Pure.
//!
//! Promises: the same events, ids and withheld parts give the same bytes; nothing known only at sending goes in. Absent: files,
//! sockets, the clock.

pub mod deletion;
pub mod digest;
pub mod event;
pub mod json;
pub mod protocol;
pub mod protocols;
pub mod pseudonym;
