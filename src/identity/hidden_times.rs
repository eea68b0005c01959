//! The times that other programs' ids hide: whoever is given the id is given the moment when it was made.
//!
//! | id | what it hides |
//! |---|---|
//! | UUID version 1 and 6 | 100 ns since 1582-10-15, and often the address of a network card |
//! | UUID version 7 | milliseconds since 1970 |
//! | ULID | milliseconds since 1970 |
//! | snowflake | milliseconds since 1970, shifted by 22 bits |
//!
//! Promises: what lies outside of the years 2000 to 2099 is no time of an id, so that random digits are hardly ever taken for one.
//! Absent: snowflakes that count from another year; shapes without a time (`shapes`).

use crate::host::clock::Timestamp;
use crate::identity::shapes::{CROCKFORD, Shape};

/// What an id hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hidden {
    /// When it was made.
    pub at: Timestamp,
    /// What kind of id hides it.
    pub kind: Kind,
}

/// A kind of id that hides a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Version 1 or 6; whether a network card's address stands in it, too.
    UuidOfClock {
        /// The version.
        version: u8,
        /// Whether the address is a card's own and not a random one.
        network_card: bool,
    },
    /// Version 7.
    Uuid7,
    /// A ULID.
    Ulid,
    /// A snowflake.
    Snowflake,
}

impl Kind {
    /// Its name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UuidOfClock { version: 1, network_card: true } => {
                "UUID version 1, with the address of a network card"
            }
            Self::UuidOfClock { version: 1, network_card: false } => "UUID version 1",
            Self::UuidOfClock { network_card: true, .. } => "UUID version 6, with the address of a network card",
            Self::UuidOfClock { network_card: false, .. } => "UUID version 6",
            Self::Uuid7 => "UUID version 7",
            Self::Ulid => "ULID",
            Self::Snowflake => "snowflake",
        }
    }
}

/// 2000-01-01 and 2100-01-01, milliseconds since 1970.
const YEARS: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;
/// From 1582-10-15 to 1970-01-01, in 100 ns.
const GREGORIAN: u64 = 122_192_928_000_000_000;

/// What an id of this shape hides.
#[must_use]
pub fn hidden(shape: Shape, text: &str) -> Option<Hidden> {
    if !shape.fits(text) {
        return None;
    }
    match shape {
        Shape::Uuid | Shape::Hex32 => in_uuid(text),
        Shape::Snowflake => {
            let number: i64 = text.parse().ok()?;
            of_ms(number >> 22, Kind::Snowflake)
        }
        Shape::Ulid => in_ulid(text),
        // A text may be an id of any shape that says what it is; a number alone does not.
        Shape::Text => [Shape::Uuid, Shape::Hex32, Shape::Ulid]
            .into_iter()
            .find(|shape| shape.fits(text))
            .and_then(|shape| hidden(shape, text)),
    }
}

fn of_ms(ms: i64, kind: Kind) -> Option<Hidden> {
    YEARS.contains(&ms).then_some(Hidden { at: Timestamp::from_ms(ms), kind })
}

fn in_uuid(text: &str) -> Option<Hidden> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let bits = u128::from_str_radix(&digits, 16).ok()?;
    // The variant of RFC 9562: only there the version means something.
    if bits >> 62 & 3 != 2 {
        return None;
    }
    let (first, version) = ((bits >> 80) as u64, (bits >> 76 & 15) as u8);
    let last = (bits >> 64 & 0xfff) as u64;
    let ticks = match version {
        1 => last << 48 | (first & 0xffff) << 32 | first >> 16,
        6 => first << 12 | last,
        7 => return of_ms(i64::try_from(first).ok()?, Kind::Uuid7),
        _ => return None,
    };
    let since = ticks.checked_sub(GREGORIAN)?;
    // The lowest bit of the first byte of an address that is no card's is set.
    let network_card = bits >> 40 & 1 == 0;
    of_ms(i64::try_from(since / 10_000).ok()?, Kind::UuidOfClock { version, network_card })
}

fn in_ulid(text: &str) -> Option<Hidden> {
    let mut ms: i64 = 0;
    for byte in text.bytes().take(10) {
        let digit = CROCKFORD.iter().position(|one| *one == byte.to_ascii_uppercase())?;
        ms = ms.checked_mul(32)?.checked_add(i64::try_from(digit).ok()?)?;
    }
    of_ms(ms, Kind::Ulid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_in_an_id_is_the_one_that_its_specification_gives() {
        // The UUIDs are the examples of RFC 9562, appendix A; the ULID is its specification's; the snowflake OpenObserve's documentation's.
        let card = |version| Kind::UuidOfClock { version, network_card: false };
        for (shape, text, at, kind) in [
            (Shape::Uuid, "C232AB00-9414-11EC-B3C8-9F6BDECED846", "2022-02-22T19:22:22.000Z", card(1)),
            (Shape::Uuid, "1EC9414C-232A-6B00-B3C8-9F6BDECED846", "2022-02-22T19:22:22.000Z", card(6)),
            (Shape::Uuid, "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "2022-02-22T19:22:22.000Z", Kind::Uuid7),
            (Shape::Hex32, "017f22e279b07cc398c4dc0c0c07398f", "2022-02-22T19:22:22.000Z", Kind::Uuid7),
            (Shape::Text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "2022-02-22T19:22:22.000Z", Kind::Uuid7),
            (Shape::Ulid, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "2016-07-30T23:54:10.259Z", Kind::Ulid),
            (Shape::Snowflake, "7043454519337943041", "2023-03-20T05:33:38.467Z", Kind::Snowflake),
        ] {
            let found = hidden(shape, text).unwrap_or_else(|| panic!("{text} hides nothing"));
            assert_eq!((found.at.rfc3339().as_str(), found.kind), (at, kind), "{text}");
        }
    }

    #[test]
    fn a_network_cards_address_is_told_from_a_random_one() {
        let kind = |text: &str| hidden(Shape::Uuid, text).map(|found| found.kind);
        let clock = |network_card| Some(Kind::UuidOfClock { version: 1, network_card });
        assert_eq!(kind("c232ab00-9414-11ec-b3c8-001122334455"), clock(true));
        assert_eq!(kind("c232ab00-9414-11ec-b3c8-011122334455"), clock(false));
    }

    #[test]
    fn what_hides_no_time_gives_none() {
        for (shape, text) in [
            (Shape::Uuid, "63da4e74-c000-4879-aa4f-0b58d1884301"),
            (Shape::Uuid, "17d4c8d8-943f-2418-0c76-cb17c5ed4610"),
            // Of another variant, and of a year that no id is from.
            (Shape::Uuid, "017f22e2-79b0-7cc3-18c4-dc0c0c07398f"),
            (Shape::Uuid, "ffffffff-ffff-7fff-bfff-ffffffffffff"),
            (Shape::Uuid, "00000000-0000-1000-8000-000000000000"),
            (Shape::Hex32, "468d5a8ff8f0414a9dc8bdc308618363"),
            (Shape::Ulid, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"),
            (Shape::Snowflake, "1"),
            (Shape::Snowflake, "3900000000000000000"),
            (Shape::Text, "7043454519337943041"),
            (Shape::Text, "my-project"),
        ] {
            assert_eq!(hidden(shape, text), None, "{text}");
        }
    }
}
