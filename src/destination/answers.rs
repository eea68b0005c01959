//! What an answer means for a payload: the retry table, as data.
//!
//! Source: the common practice of webhook receivers and the CloudEvents web hook specification (no redirects, 410 for
//! good, 415 for a wrong form, 429 with Retry-After), as collected for this project; the cells are tested one by one.
//!
//! Promises: every status has a meaning; nothing in a body is taken as an instruction. Absent: waiting.

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It was taken.
    Accepted,
    /// Not now: the same bytes again later, no sooner than the server asks.
    Later,
    /// Too large: two halves instead.
    Split,
    /// This payload is refused for good: it is set aside, and the next one goes out.
    Refused,
    /// The destination itself is wrong (an address, a key, a redirect): everything waits, and the user is told.
    Misconfigured,
}

impl Meaning {
    /// The word that receipts and tables use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Later => "later",
            Self::Split => "split",
            Self::Refused => "refused",
            Self::Misconfigured => "misconfigured",
        }
    }
}

/// Statuses with a meaning of their own, of protocol `json`.
const JSON: &[(u16, Meaning)] = &[
    (400, Meaning::Refused),
    (401, Meaning::Misconfigured),
    (403, Meaning::Misconfigured),
    (404, Meaning::Misconfigured),
    (405, Meaning::Misconfigured),
    (407, Meaning::Misconfigured),
    (408, Meaning::Later),
    (409, Meaning::Refused),
    (410, Meaning::Misconfigured),
    (411, Meaning::Refused),
    (413, Meaning::Split),
    (414, Meaning::Misconfigured),
    (415, Meaning::Refused),
    (422, Meaning::Refused),
    (425, Meaning::Later),
    (429, Meaning::Later),
    (501, Meaning::Refused),
    (505, Meaning::Refused),
];

/// What `status` means for a payload.
#[must_use]
pub fn meaning(status: u16) -> Meaning {
    if let Some((_, meaning)) = JSON.iter().find(|(own, _)| *own == status) {
        return *meaning;
    }
    match status {
        200..=299 => Meaning::Accepted,
        300..=399 => Meaning::Misconfigured,
        400..=499 => Meaning::Refused,
        // 5xx, and what is no status at all: nobody said that it was taken.
        _ => Meaning::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_cell_by_cell() {
        for (statuses, expected) in [
            (&[200, 201, 202, 204, 299][..], Meaning::Accepted),
            (&[301, 302, 303, 307, 308, 304, 401, 403, 404, 410], Meaning::Misconfigured),
            (&[400, 409, 415, 422, 418, 451, 501, 505], Meaning::Refused),
            (&[408, 425, 429, 500, 502, 503, 504, 520, 599, 0, 999, 100], Meaning::Later),
            (&[413], Meaning::Split),
        ] {
            for status in statuses {
                assert_eq!(meaning(*status), expected, "{status}");
            }
        }
    }
}
