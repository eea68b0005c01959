//! What the receipt of a payload says: the bytes as sealed, and what came of them.
//!
//! Promises: an attempt that may have carried the bytes away is told as that. Absent: writing it (`kept`).

use crate::destination::deliver::Answered;
use crate::destination::receipts::{Kind, Receipt};
use crate::host::clock::Timestamp;
use crate::queue::sealed::Sealed;

/// The receipt of a payload whose answer never came.
#[must_use]
pub fn unanswered(destination: &str, sealed: &Sealed, now: Timestamp) -> Receipt {
    Receipt {
        at: now,
        kind: Kind::Events,
        destination: destination.to_owned(),
        method: sealed.request.method.clone(),
        address: sealed.request.address.clone(),
        headers: sealed.request.headers.clone(),
        digest: sealed.digest.clone(),
        parent: sealed.parent.clone(),
        events: u64::try_from(sealed.events.len()).unwrap_or(0),
        outcome: "unanswered".to_owned(),
        status: None,
        answer: "no answer came; it may have arrived".to_owned(),
        maybe_twice: false,
        again: false,
        body: Some(sealed.body.as_slice().into()),
    }
}

/// The receipt of a payload that was answered; `tried` says whether an earlier attempt may have arrived.
#[must_use]
pub fn answered(destination: &str, sealed: &Sealed, answered: &Answered, tried: bool, now: Timestamp) -> Receipt {
    Receipt {
        outcome: answered.meaning.as_str().to_owned(),
        status: answered.status,
        answer: answered.text.clone(),
        maybe_twice: tried,
        ..unanswered(destination, sealed, now)
    }
}
