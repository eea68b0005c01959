//! The clock as a value, and moments in milliseconds since 1970-01-01T00:00:00Z.
//!
//! Promises: any `i64` is a moment that can be printed. Absent: the local time zone.

use std::time::{SystemTime, UNIX_EPOCH};

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// Milliseconds of one day.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A moment: milliseconds since the epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `ms` milliseconds after the epoch.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// This moment moved by `ms` milliseconds, held at the ends of the range.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The start of the unit of `unit_ms` milliseconds that this moment lies in.
    #[must_use]
    pub const fn floor_to(self, unit_ms: i64) -> Self {
        if unit_ms <= 0 {
            return self;
        }
        Self(self.0.saturating_sub(self.0.rem_euclid(unit_ms)))
    }

    /// RFC 3339 in UTC with milliseconds, such as `2026-11-21T02:00:00.000Z`. Years that RFC 3339 cannot write become the
    /// number of milliseconds.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let whole = OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1000));
        match whole {
            Ok(at) if (0..=9999).contains(&at.year()) => {
                let mut text = String::with_capacity(24);
                let mut put = |number: i64, digits: u32, after: char| {
                    for place in (0..digits).rev() {
                        let digit = u8::try_from(number / 10_i64.pow(place) % 10).unwrap_or(0);
                        text.push(char::from(b'0' + digit));
                    }
                    text.push(after);
                };
                put(at.year().into(), 4, '-');
                put(u8::from(at.month()).into(), 2, '-');
                put(at.day().into(), 2, 'T');
                put(at.hour().into(), 2, ':');
                put(at.minute().into(), 2, ':');
                put(at.second().into(), 2, '.');
                put(self.0.rem_euclid(1000), 3, 'Z');
                text
            }
            Ok(_) | Err(_) => self.0.to_string(),
        }
    }

    /// For tables, such as `2026-11-21 02:00Z`.
    #[must_use]
    pub fn minute(self) -> String {
        let whole = self.rfc3339();
        match (whole.get(..10), whole.get(11..16)) {
            (Some(date), Some(time)) => format!("{date} {time}Z"),
            (None, _) | (_, None) => whole,
        }
    }

    /// The date part, such as `2026-11-21`.
    #[must_use]
    pub fn date(self) -> String {
        self.rfc3339().chars().take_while(|c| *c != 'T').collect()
    }

    /// Reads RFC 3339 with any offset; nothing that UTC would have to write with another year than RFC 3339 has.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        at.checked_to_offset(UtcOffset::UTC).filter(|utc| (0..=9999).contains(&utc.year()))?;
        i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).ok().map(Self)
    }
}

/// Where the time comes from.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still, for tests and examples.
    At(Timestamp),
}

impl Clock {
    /// The time now.
    #[must_use]
    pub fn now(self) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::System => {
                let ms = match SystemTime::now().duration_since(UNIX_EPOCH) {
                    Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
                    Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
                };
                Timestamp(ms)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_print_and_read_back() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_226_400_000, "2026-11-21T02:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (4_102_444_800_123, "2100-01-01T00:00:00.123Z"),
        ] {
            assert_eq!(Timestamp::from_ms(ms).rfc3339(), text);
            assert_eq!(Timestamp::parse(text), Some(Timestamp::from_ms(ms)));
        }
        assert_eq!(Timestamp::from_ms(1_795_226_400_000).minute(), "2026-11-21 02:00Z");
        assert_eq!(Timestamp::from_ms(i64::MAX).rfc3339(), i64::MAX.to_string());
        for none in ["yesterday", "0000-01-01T00:00:00.999+23:59", "9999-12-31T23:59:59-00:01"] {
            assert_eq!(Timestamp::parse(none), None, "{none}");
        }
    }

    #[test]
    fn moments_are_coarsened_downwards() {
        let at = Timestamp::from_ms(1_795_226_400_123);
        assert_eq!(at.floor_to(1000).ms(), 1_795_226_400_000);
        assert_eq!(Timestamp::from_ms(-1).floor_to(DAY_MS).ms(), -DAY_MS);
        assert_eq!(at.floor_to(0), at);
    }
}
