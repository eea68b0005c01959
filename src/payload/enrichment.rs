//! What the pseudonymisation of somebody else's pipeline makes of a value or of an event: the rule of Snowplow's PII enrichment, so that
//! people can see what would be stored.
//!
//! A pseudonym is the lower-case hex of a digest over the value's UTF-8 with the salt's behind it, under one of six algorithms. It is given
//! to fields of an enriched event that hold text, and to what a JSONPath finds in its self-describing parts: text, and text that stands
//! directly in a list. Null stays null, a number stays a number. Fields come first, then the event's own data, its contexts and the
//! contexts that the pipeline derived, each in the order of the settings; what is named twice is digested twice.
//!
//! Read off `snowplow/enrich`, `modules/common/…/registry/pii/`, 0.33 to 6.9. Of JSONPath: names, lists of names, indices, `*`, and `..name`;
//! a path with more is not followed and said so, never guessed. Promises: a salt is in no text that this makes. Absent: the validation of
//! settings by their published schema, which the pipeline does first; keeping anything safe.

mod apply;
pub mod event;
mod hash;
pub mod path;
pub mod settings;

pub use crate::payload::enrichment::apply::{Change, Kept, Outcome, apply};
pub use crate::payload::enrichment::hash::{HashFunction, Salt, pseudonym};
pub use crate::payload::enrichment::settings::Enrichment;
