//! Texts that are versions, spans of time and units.
//!
//! Promises: what is not of the form is nothing. Absent: which fields they belong to.

use crate::host::clock::DAY_MS;

/// Whether `text` is a version: numbers and words separated by dots, `-` or `+`, beginning with a number; 64 characters at most.
#[must_use]
pub fn is_version(text: &str) -> bool {
    let body = text.strip_prefix('v').unwrap_or(text);
    body.len() <= 64
        && body.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && body
            .split(['.', '-', '+', '_', '~'])
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// A runtime, `NAME/VERSION`, as its two parts: the name is a lower-case letter, then up to 31 of `a-z 0-9 _ -`.
#[must_use]
pub fn runtime(text: &str) -> Option<(&str, &str)> {
    let (name, version) = text.split_once('/')?;
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    let named =
        name.len() <= 32 && name.bytes().next().is_some_and(|b| b.is_ascii_lowercase()) && name.bytes().all(rest);
    (named && is_version(version)).then_some((name, version))
}

/// A span of time in milliseconds: a number of them, or a number with `ms`, `s`, `m`, `min` or `h`.
#[must_use]
pub fn milliseconds(text: &str) -> Option<i64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(split)?;
    let number: f64 = number.trim_end().parse().ok()?;
    let factor = match unit {
        "" | "ms" => 1.0,
        "s" => 1e3,
        "m" | "min" => 6e4,
        "h" => 3.6e6,
        _ => return None,
    };
    let ms = (number * factor).round();
    // Ten thousand years: longer is a mistake, and within it the conversion is exact.
    let longest = 3.2e14;
    #[expect(clippy::cast_possible_truncation, reason = "checked to lie between 0 and 3.2e14")]
    (ms.is_finite() && (0.0..=longest).contains(&ms)).then_some(ms as i64)
}

/// A unit that moments are coarsened to, in milliseconds.
#[must_use]
pub fn coarse_unit(name: &str) -> Option<i64> {
    match name {
        "second" => Some(1000),
        "minute" => Some(60_000),
        "hour" => Some(3_600_000),
        "day" => Some(DAY_MS),
        _ => None,
    }
}
