//! Shapes of other programs' ids: whether a text is of one, and a fresh one.
//!
//! Promises: a fresh id is of its shape and hides nothing, neither a time nor a machine: all that its shape leaves open is
//! random. Absent: the times that ids hide (`hidden_times`), our own ids (`ids`).

use crate::host::random;

/// What an id is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A UUID as `8-4-4-4-12` hex digits, of any version.
    Uuid,
    /// 32 hex digits.
    Hex32,
    /// A positive number of 64 bits, in decimal.
    Snowflake,
    /// A ULID: 26 digits of Crockford's base 32.
    Ulid,
    /// Any text in one line.
    Text,
}

/// Crockford's digits.
pub(crate) const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Longest text of an id, bytes.
pub const LONGEST: usize = 512;

impl Shape {
    /// Whether `text` is of the shape.
    #[must_use]
    pub fn fits(self, text: &str) -> bool {
        match self {
            Self::Uuid => {
                text.len() == 36
                    && text.bytes().enumerate().all(|(at, byte)| match at {
                        8 | 13 | 18 | 23 => byte == b'-',
                        _ => byte.is_ascii_hexdigit(),
                    })
            }
            Self::Hex32 => text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
            Self::Snowflake => !text.starts_with(['+', '-']) && text.parse::<i64>().is_ok_and(|number| number > 0),
            Self::Ulid => {
                text.len() == 26
                    && text.bytes().all(|byte| CROCKFORD.contains(&byte.to_ascii_uppercase()))
                    && text.starts_with(|first: char| ('0'..='7').contains(&first))
            }
            Self::Text => (1..=LONGEST).contains(&text.len()) && !text.chars().any(char::is_control),
        }
    }

    /// A fresh one: a random UUID (version 4) with dashes or without, 63 or 128 random bits where a program would put its time,
    /// and for texts a random UUID.
    #[must_use]
    pub fn fresh(self) -> String {
        match self {
            Self::Uuid | Self::Text => random::uuid(),
            Self::Hex32 => random::hex32(),
            // The sign stays off, and no number is 0.
            Self::Snowflake => (((bits() as u64) >> 1) | 1).to_string(),
            Self::Ulid => {
                let bits = bits();
                let digit =
                    |place: u32| CROCKFORD.get((bits >> (5 * place)) as usize & 31).copied().map_or('0', char::from);
                (0..26).rev().map(digit).collect()
            }
        }
    }
}

/// 128 random bits: of two UUIDs, without the digits that say what they are.
fn bits() -> u128 {
    let (one, two) = (random::hex32(), random::hex32());
    let open = |text: &str| {
        text.chars().enumerate().filter(|(at, _)| !matches!(at, 12 | 16)).map(|(_, c)| c).collect::<String>()
    };
    let digits: String = open(&one).chars().chain(open(&two).chars()).take(32).collect();
    u128::from_str_radix(&digits, 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const ALL: [Shape; 5] = [Shape::Uuid, Shape::Hex32, Shape::Snowflake, Shape::Ulid, Shape::Text];

    #[test]
    fn a_text_is_of_a_shape_or_not() {
        for (shape, good, bad) in [
            (
                Shape::Uuid,
                &["01a1fbd1-aed9-7949-ace8-c3ba37c08849", "01A1FBD1-AED9-7949-ACE8-C3BA37C08849"] as &[&str],
                &[
                    "01a1fbd1aed97949ace8c3ba37c08849",
                    "01a1fbd1-aed9-7949-ace8-c3ba37c0884g",
                    "",
                    "01a1fbd1-aed9-7949-ace8-c3ba37c08849 ",
                ] as &[&str],
            ),
            (
                Shape::Hex32,
                &["468d5a8ff8f0414a9dc8bdc308618363"],
                &[
                    "468d5a8ff8f0414a9dc8bdc30861836",
                    "468d5a8f-f8f0-414a-9dc8-bdc308618363",
                    "468d5a8ff8f0414a9dc8bdc30861836ü",
                ],
            ),
            (
                Shape::Snowflake,
                &["7043454519337943041", "1"],
                &["0", "-1", "+1", "7043454519337943041a", "9223372036854775808", ""],
            ),
            (
                Shape::Ulid,
                &["01ARZ3NDEKTSV4RRFFQ69G5FAV", "01arz3ndektsv4rrffq69g5fav"],
                &["81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAU", "01ARZ3NDEKTSV4RRFFQ69G5FA"],
            ),
            (Shape::Text, &["my-project", "ü ö"], &["", "a\nb", "a\u{7}"]),
        ] {
            for text in good {
                assert!(shape.fits(text), "{shape:?} {text}");
            }
            for text in bad {
                assert!(!shape.fits(text), "{shape:?} {text}");
            }
        }
        assert!(!Shape::Text.fits(&"a".repeat(LONGEST + 1)));
    }

    #[test]
    fn a_fresh_one_is_of_its_shape_and_new() {
        for shape in ALL {
            let many: HashSet<String> = (0..200).map(|_| shape.fresh()).collect();
            assert_eq!(many.len(), 200, "{shape:?}");
            assert!(many.iter().all(|one| shape.fits(one)), "{shape:?} {many:?}");
        }
    }

    #[test]
    fn every_bit_that_a_shape_leaves_open_is_random() {
        // Of 400 draws a bit that is free stands once each way with all but 1 in 2^399.
        let numbers: Vec<u64> = (0..400).map(|_| Shape::Snowflake.fresh().parse().expect("a number")).collect();
        let (set, clear) = numbers.iter().fold((0, 0), |(set, clear), number| (set | number, clear | !number));
        assert_eq!(set & clear, u64::MAX >> 1 & !1, "all but the sign and the last");
        let ulids: Vec<String> = (0..800).map(|_| Shape::Ulid.fresh()).collect();
        for place in 0..26 {
            let seen: HashSet<char> = ulids.iter().filter_map(|ulid| ulid.chars().nth(place)).collect();
            assert_eq!(seen.len(), if place == 0 { 8 } else { 32 }, "place {place}");
        }
    }
}
