//! WHAT IS SAID: from events to the exact bytes of a body. Pure.
//!
//! Promises: the same events, ids and withheld parts give the same bytes; nothing known only at sending goes in; an answer is read by the
//! protocol that made the question. Absent: files, sockets, the clock.

pub mod amplitude;
pub mod answer;
pub mod cloudevents;
pub mod deletion;
pub mod digest;
#[cfg(feature = "foreign")]
pub mod enrichment;
pub mod event;
pub mod fill;
pub mod foreign;
pub mod frame;
pub mod given;
pub mod google_analytics;
pub mod json;
pub mod lost;
pub mod opened;
pub mod otlp;
pub mod posthog;
pub mod protocol;
pub mod protocols;
pub mod pseudonym;
pub mod retries;
pub mod said;
#[cfg(test)]
pub(crate) mod sample;
pub mod segment;
pub mod sentry;
pub mod snowplow;
