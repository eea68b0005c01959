//! A value whose key is there.
//!
//! Promises: a bare key is not taken for an absent one. Absent: what values there are.

use serde::{Deserialize, Deserializer};

/// A value whose key is there. An `Option` by itself would take a bare key for an absent one, and a file that was cut short
/// ends in a bare key.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
