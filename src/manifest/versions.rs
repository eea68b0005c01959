//! Versions of other people's programs, and ranges of them.
//!
//! A version is numbers with dots, then what marks a pre-release (`0.10.7-rc3`, `2.0.0rc1`, `0.8.2-alpha.2`); `+build` and a leading `v`
//! mean nothing. A range is comparisons with a comma between, of `<` and `>=` only: then every range begins at a version or at the
//! very first, and a version that is not known can be tried at each beginning.
//!
//! Promises: what is no version is none, never a guess; a pre-release comes before its release. Absent: wildcards, `~`, `^`.

use std::cmp::Ordering;
use std::fmt;

/// Longest text of a version, characters.
const LONGEST: usize = 64;

/// A version.
#[derive(Debug, Clone)]
pub struct Version {
    numbers: Vec<u64>,
    /// What marks a pre-release, in parts; empty for a release.
    pre: Vec<Part>,
    text: String,
}

/// A part of what marks a pre-release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Word(String),
}

/// Not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version such as 1.4 or 0.10.7-rc3")]
pub struct NoVersion(String);

impl Version {
    /// Reads a version.
    ///
    /// # Errors
    /// It is none.
    pub fn new(text: &str) -> Result<Self, NoVersion> {
        let none = || NoVersion(text.chars().take(LONGEST).collect());
        let bare = text.trim();
        let bare = bare.strip_prefix(['v', 'V']).unwrap_or(bare);
        let known = bare.split('+').next().unwrap_or(bare);
        if known.len() > LONGEST || !known.is_ascii() {
            return Err(none());
        }
        let end = known.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(known.len());
        let (numbers, pre) = known.split_at_checked(end).ok_or_else(none)?;
        // `2.0.0.rc1` and `2.0.0rc1` are the same.
        let numbers: Option<Vec<u64>> =
            numbers.trim_end_matches('.').split('.').map(|number| number.parse().ok()).collect();
        Ok(Self { numbers: numbers.ok_or_else(none)?, pre: parts(pre).ok_or_else(none)?, text: bare.to_owned() })
    }
}

/// `-rc3` as a word and a number.
fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if matches!(first, '-' | '.' | '_') {
            rest = rest.get(1..)?;
            continue;
        }
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits || !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (part, after) = rest.split_at_checked(end).filter(|(part, _)| !part.is_empty())?;
        parts.push(match digits {
            true => Part::Number(part.parse().ok()?),
            false => Part::Word(part.to_ascii_lowercase()),
        });
        rest = after;
    }
    // A text such as `1.4-` ends in nothing.
    (text.is_empty() || !parts.is_empty()).then_some(parts)
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let longest = self.numbers.len().max(other.numbers.len());
        let at = |version: &Self, index: usize| version.numbers.get(index).copied().unwrap_or(0);
        (0..longest).map(|index| at(self, index).cmp(&at(other, index))).find(|order| order.is_ne()).unwrap_or_else(
            || match (self.pre.is_empty(), other.pre.is_empty()) {
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (true, true) | (false, false) => self.pre.cmp(&other.pre),
            },
        )
    }
}

/// `1.4` and `1.4.0` are the same.
impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

/// A range of versions: all of them unless it has bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    from: Option<Version>,
    before: Option<Version>,
}

/// Not a range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a range such as '<0.27', '>=2.2.0' or '>=0.10.7-rc3, <0.14'")]
pub struct NoRange(String);

impl Versions {
    /// Reads a range.
    ///
    /// # Errors
    /// It is none, or nothing lies in it.
    pub fn new(text: &str) -> Result<Self, NoRange> {
        let none = || NoRange(text.chars().take(LONGEST).collect());
        let mut range = Self::default();
        for one in text.split(',').map(str::trim) {
            let (bound, version) = match (one.strip_prefix(">="), one.strip_prefix('<')) {
                (Some(version), _) => (&mut range.from, version),
                (None, Some(version)) => (&mut range.before, version),
                (None, None) => return Err(none()),
            };
            if bound.replace(Version::new(version).map_err(|_| none())?).is_some() {
                return Err(none());
            }
        }
        match (&range.from, &range.before) {
            (Some(from), Some(before)) if from >= before => Err(none()),
            _ => Ok(range),
        }
    }

    /// Whether `version` lies in it; `None` stands for the very first of all.
    #[must_use]
    pub fn has(&self, version: Option<&Version>) -> bool {
        let from = self.from.as_ref().is_none_or(|from| version.is_some_and(|version| version >= from));
        from && self.before.as_ref().is_none_or(|before| version.is_none_or(|version| version < before))
    }

    /// Whether it goes on for ever, so that the newest of all lies in it.
    #[must_use]
    pub const fn has_newest(&self) -> bool {
        self.before.is_none()
    }

    /// Whether it is all versions.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.from.is_none() && self.before.is_none()
    }

    /// Where something begins: its bounds.
    pub fn bounds(&self) -> impl Iterator<Item = &Version> {
        self.from.iter().chain(&self.before)
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.before) {
            (None, None) => f.write_str("all versions"),
            (Some(from), None) => write!(f, "{from} and later"),
            (None, Some(before)) => write!(f, "before {before}"),
            (Some(from), Some(before)) => write!(f, "{from} and later, before {before}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::new(text).expect(text)
    }

    #[test]
    fn versions_stand_in_their_order() {
        let order = [
            "0.1.6",
            "v0.8.1",
            "0.8.2-alpha.2",
            "0.8.2-rc1",
            "0.8.2-rc3",
            "0.8.2-rc10",
            "0.8.2",
            "0.10.7",
            "1.4",
            "2.0.0rc1",
            "2",
        ];
        for (index, one) in order.iter().enumerate() {
            for (other, two) in order.iter().enumerate() {
                assert_eq!(version(one).cmp(&version(two)), index.cmp(&other), "{one} {two}");
            }
        }
        assert_eq!(version("1.4").cmp(&version("1.4.0+x")), Ordering::Equal);
        for none in ["", "v", "x", "1..2", "1.4-", "1 2", "٣.1", "99999999999999999999"] {
            assert!(Version::new(none).is_err(), "{none:?}");
        }
    }

    #[test]
    fn ranges_have_what_lies_in_them() {
        for (range, inside, outside) in [
            ("<0.8.2", "0.8.2-alpha.1", "0.8.2"),
            (">=0.10.7-rc3", "0.10.7", "0.10.7-rc2"),
            (">=0.27, <0.37", "0.36.9", "0.37.0"),
        ] {
            let range = Versions::new(range).expect(range);
            assert!(range.has(Some(&version(inside))) && !range.has(Some(&version(outside))), "{range}");
        }
        assert!(Versions::new("<1").expect("one").has(None) && !Versions::new(">=1").expect("one").has(None));
        for none in ["", "1.0", ">1", "<=1", "<1,<2", ">=2,<1", ">=1,", "=1"] {
            assert!(Versions::new(none).is_err(), "{none:?}");
        }
    }
}
