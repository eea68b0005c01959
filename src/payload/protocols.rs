//! Which protocol a destination speaks.
//!
//! Promises: one row a protocol. Absent: the protocols themselves.

use crate::manifest::destinations::Form;
use crate::payload::json::Json;
use crate::payload::protocol::Protocol;

/// The protocol of a destination.
#[must_use]
pub fn of(form: &Form) -> impl Protocol + '_ {
    Json::new(form)
}
