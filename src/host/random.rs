//! Randomness from the system's source, for ids and salts.
//!
//! Promises: 122 random bits a draw (a version 4 UUID of the `uuid` crate, which asks the kernel). Absent: seeds.

use uuid::Uuid;

/// A fresh random UUID as 32 lower-case hex digits.
#[must_use]
pub fn hex32() -> String {
    Uuid::new_v4().simple().to_string()
}

/// A fresh random UUID in its usual form, `8-4-4-4-12`.
#[must_use]
pub fn uuid() -> String {
    Uuid::new_v4().to_string()
}

/// A salt: 64 hex digits that carry 244 random bits.
#[must_use]
pub fn salt() -> String {
    format!("{}{}", hex32(), hex32())
}

/// A number from 0 up to and without `bound`; 0 where `bound` is 0. For jitter, not for secrets.
#[must_use]
pub fn below(bound: u64) -> u64 {
    let (high, low) = Uuid::new_v4().as_u64_pair();
    (high ^ low).checked_rem(bound).unwrap_or(0)
}
