//! When a server wants to be asked again, as its `Retry-After` header has it.
//!
//! Promises: both forms of the header and all three forms of a date are read; what is neither is nothing.
//! Absent: the clock, and any judgement on how long is too long.

use time::{Date, Month, Time};

/// When a server wants to be asked again (RFC 9110, 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// So many seconds from the answer on.
    Seconds(u64),
    /// At this moment, in milliseconds since 1970-01-01T00:00:00Z.
    At(i64),
}

/// Seconds or a date (RFC 9110, 10.2.3); nothing for anything else. More seconds than fit are the most that fit.
#[must_use]
pub fn parse_retry_after(value: &str) -> Option<RetryAfter> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(RetryAfter::Seconds(value.parse().unwrap_or(u64::MAX)));
    }
    parse_http_date(value).map(RetryAfter::At)
}

/// The three forms of RFC 9110, 5.6.7, which differ in punctuation, the length of the year and the place of the day:
/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
fn parse_http_date(value: &str) -> Option<i64> {
    let mut words = value.split([' ', ',', '-']).filter(|word| !word.is_empty());
    let mut word = || words.next();
    let (_weekday, first, second, third, fourth) = (word()?, word()?, word()?, word()?, word()?);
    let (day, month, year, clock) = match word() {
        Some("GMT") => (first, second, third, fourth),
        None => (second, first, fourth, third),
        Some(_) => return None,
    };
    let year: i32 = match year.len() {
        // The rule is "not more than 50 years ahead"; a fixed pivot needs no clock and holds until 2050.
        2 => year.parse::<i32>().ok().map(|year| if year < 70 { year + 2000 } else { year + 1900 })?,
        4 => year.parse().ok()?,
        _ => return None,
    };
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = u8::try_from(names.iter().position(|name| *name == month)? + 1).ok()?;
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day.parse().ok()?).ok()?;
    let mut parts = clock.split(':').map(|part| part.parse::<u8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    // 60 is a leap second.
    let time = Time::from_hms(hour, minute, if second == 60 { 59 } else { second }).ok()?;
    let seconds = date.with_time(time).assume_utc().unix_timestamp();
    parts.next().is_none().then(|| seconds.saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_in_one_of_three_forms() {
        let cases = [
            ("0", Some(RetryAfter::Seconds(0))),
            (" 120 ", Some(RetryAfter::Seconds(120))),
            ("99999999999999999999999", Some(RetryAfter::Seconds(u64::MAX))),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(RetryAfter::At(784_111_777_000))),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(RetryAfter::At(784_111_777_000))),
            ("Sun Nov  6 08:49:37 1994", Some(RetryAfter::At(784_111_777_000))),
            ("Sat, 31 Dec 2016 23:59:60 GMT", Some(RetryAfter::At(1_483_228_799_000))),
            ("Wed, 31 Dec 1969 23:59:59 GMT", Some(RetryAfter::At(-1_000))),
        ];
        for (value, expected) in cases {
            assert_eq!(parse_retry_after(value), expected, "{value:?}");
        }
        let garbage =
            ["", "-1", "+1", "1.5", "3s", "soon", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 2024 08:49:37 GMT"];
        for value in garbage.into_iter().chain(["Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 8:9:7:6 GMT", "٣"]) {
            assert_eq!(parse_retry_after(value), None, "{value:?}");
        }
    }
}
