//! The retry table: what each status means in each protocol, as data.
//!
//! Sources: Snowplow's collector (408, 413 and 200 in its documentation) and the list of statuses that its trackers do not retry;
//! Segment's Node library (4xx again only for 408, 410, 429; 5xx again but for 501 and 505); Amplitude's HTTP V2 reference; PostHog's
//! capture service and libraries; Sentry's specification of offline caching (only a network error is tried again); the
//! OpenTelemetry protocol (429, 502, 503 and 504 again, nothing else); the CloudEvents web hook specification (no redirects, 410 for
//! good, 415 for a wrong form). Where none of them speaks, common practice.
//!
//! Promises: every status has a meaning in every protocol. Absent: what a body says beyond its status (each protocol's own file).

use crate::manifest::forms::ProtocolName;
use crate::payload::answer::Meaning;

/// One protocol.
struct Row {
    protocol: ProtocolName,
    /// Statuses that mean something else here than for all.
    own: &'static [(u16, Meaning)],
    /// What a 5xx that nothing is said about means.
    trouble: Meaning,
}

/// What holds unless a protocol says otherwise: the destination is wrong, not the payload; too large; wait.
const ALL: &[(u16, Meaning)] = &[
    (401, Meaning::Misconfigured),
    (403, Meaning::Misconfigured),
    (404, Meaning::Misconfigured),
    (405, Meaning::Misconfigured),
    (407, Meaning::Misconfigured),
    (408, Meaning::Later),
    (410, Meaning::Refused),
    (413, Meaning::Split),
    (414, Meaning::Misconfigured),
    (425, Meaning::Later),
    (429, Meaning::Later),
];

const ROWS: [Row; 8] = [
    Row {
        protocol: ProtocolName::Json,
        own: &[(410, Meaning::Misconfigured), (501, Meaning::Refused), (505, Meaning::Refused)],
        trouble: Meaning::Later,
    },
    Row { protocol: ProtocolName::Snowplow, own: &[(410, Meaning::Misconfigured)], trouble: Meaning::Later },
    Row {
        protocol: ProtocolName::Segment,
        own: &[(410, Meaning::Later), (501, Meaning::Refused), (505, Meaning::Refused)],
        trouble: Meaning::Later,
    },
    Row { protocol: ProtocolName::Amplitude, own: &[], trouble: Meaning::Later },
    Row {
        protocol: ProtocolName::PostHog,
        own: &[(501, Meaning::Refused), (505, Meaning::Refused)],
        trouble: Meaning::Later,
    },
    Row {
        protocol: ProtocolName::Sentry,
        own: &[(408, Meaning::Refused), (413, Meaning::Refused), (425, Meaning::Refused), (429, Meaning::Refused)],
        trouble: Meaning::Refused,
    },
    Row {
        protocol: ProtocolName::Otlp,
        own: &[
            (401, Meaning::Refused),
            (403, Meaning::Refused),
            (404, Meaning::Refused),
            (408, Meaning::Refused),
            (425, Meaning::Refused),
            (502, Meaning::Later),
            (503, Meaning::Later),
            (504, Meaning::Later),
        ],
        trouble: Meaning::Refused,
    },
    Row {
        protocol: ProtocolName::CloudEvents,
        own: &[(410, Meaning::Misconfigured), (501, Meaning::Refused), (505, Meaning::Refused)],
        trouble: Meaning::Later,
    },
];

/// What `status` means for a payload of this protocol, as far as a status can tell.
#[must_use]
pub fn meaning(protocol: ProtocolName, status: u16) -> Meaning {
    let row = ROWS.iter().find(|row| row.protocol == protocol);
    let own = row.map_or(&[][..], |row| row.own);
    if let Some((_, meaning)) = own.iter().chain(ALL).find(|(listed, _)| *listed == status) {
        return *meaning;
    }
    match status {
        200..=299 => Meaning::Delivered,
        // Never followed: a body is not posted to where the user was not shown.
        300..=399 => Meaning::Misconfigured,
        400..=499 => Meaning::Refused,
        500..=599 => row.map_or(Meaning::Later, |row| row.trouble),
        // No status at all: nobody said that it was taken.
        _ => Meaning::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Statuses in columns: the table of the protocols' documents, row by row, written apart from the code above.
    const STATUSES: [u16; 27] = [
        200, 202, 204, 299, 301, 304, 307, 400, 401, 403, 404, 408, 409, 410, 413, 415, 422, 425, 429, 500, 501, 502,
        503, 504, 505, 520, 599,
    ];

    #[test]
    fn the_table_cell_by_cell() {
        for (protocol, cells) in [
            (ProtocolName::Json, "DDDD MMM RMMM LRM SRR LL LR LLL R LL"),
            (ProtocolName::Snowplow, "DDDD MMM RMMM LRM SRR LL LL LLL L LL"),
            (ProtocolName::Segment, "DDDD MMM RMMM LRL SRR LL LR LLL R LL"),
            (ProtocolName::Amplitude, "DDDD MMM RMMM LRR SRR LL LL LLL L LL"),
            (ProtocolName::PostHog, "DDDD MMM RMMM LRR SRR LL LR LLL R LL"),
            (ProtocolName::Sentry, "DDDD MMM RMMM RRR RRR RR RR RRR R RR"),
            (ProtocolName::Otlp, "DDDD MMM RRRR RRR SRR RL RR LLL R RR"),
            (ProtocolName::CloudEvents, "DDDD MMM RMMM LRM SRR LL LR LLL R LL"),
        ] {
            let cells: Vec<char> = cells.chars().filter(|c| *c != ' ').collect();
            assert_eq!(cells.len(), STATUSES.len());
            for (status, cell) in STATUSES.into_iter().zip(cells) {
                let expected = match cell {
                    'D' => Meaning::Delivered,
                    'M' => Meaning::Misconfigured,
                    'R' => Meaning::Refused,
                    'S' => Meaning::Split,
                    _ => Meaning::Later,
                };
                assert_eq!(meaning(protocol, status), expected, "{protocol:?} {status}");
            }
        }
    }

    #[test]
    fn what_is_no_status_was_not_taken() {
        for protocol in ProtocolName::ALL {
            for status in [0, 100, 101, 199, 600, 999] {
                assert_eq!(meaning(protocol, status), Meaning::Later, "{protocol:?} {status}");
            }
        }
    }
}
