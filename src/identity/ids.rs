//! Pseudonymous ids of installations and projects.
//!
//! Promises: an id matches `[A-Za-z0-9_-]{1,64}`; a fresh one is a random UUID as 32 lower-case hex digits. Absent: ids
//! derived from the machine, the user or a repository's address, which could be guessed by trying.

use std::fmt;

use crate::host::random;

/// Longest id, characters.
pub const LONGEST: usize = 64;
/// Longest id that a person provides, characters (an e-mail address by RFC 5321).
pub const LONGEST_PROVIDED: usize = 254;

/// A text that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: it takes 1 to 64 of A-Z a-z 0-9 _ -")]
pub struct IdError;

/// The id of an installation or of a project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

impl Id {
    /// Takes `text` if it is of the form.
    ///
    /// # Errors
    /// It is not.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let form = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if form && (1..=LONGEST).contains(&text.len()) { Ok(Self(text.to_owned())) } else { Err(IdError) }
    }

    /// A fresh random one.
    #[must_use]
    pub fn fresh() -> Self {
        Self(random::hex32())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An e-mail address or a UUID that a person chose to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvidedId(String);

impl ProvidedId {
    /// Takes a UUID, or what has the outer form of an e-mail address (one `@` with something on both sides); no white
    /// space, quotes or control characters, 254 characters at most.
    ///
    /// # Errors
    /// It is neither.
    pub fn new(text: &str) -> Result<Self, ProvidedIdError> {
        let plain = text.chars().all(|c| c.is_ascii_graphic() && !"'\"\\<>,;:()[]".contains(c));
        let mail = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.contains('@')
        });
        let uuid = uuid::Uuid::try_parse(text).is_ok();
        if plain && text.len() <= LONGEST_PROVIDED && (mail || uuid) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProvidedIdError)
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is neither an e-mail address nor a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither an e-mail address nor a UUID")]
pub struct ProvidedIdError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_one_form() {
        for good in ["abc123", "4b7c", "xyz_-9", &"a".repeat(64)] {
            assert!(Id::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "ü", "a\n", &"a".repeat(65)] {
            assert!(Id::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Id::fresh().as_str().len(), 32);
        assert_ne!(Id::fresh(), Id::fresh());
    }

    #[test]
    fn a_provided_id_is_a_mail_address_or_a_uuid() {
        for good in ["ada@example.org", "a.b+c@x.example", "63da4e74-c000-4879-aa4f-0b58d1884301"] {
            assert!(ProvidedId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "ada", "@x.y", "a@b", "a@b@c.d", "a b@c.d", "a'@c.d", "a\u{7}@c.d"] {
            assert!(ProvidedId::new(bad).is_err(), "{bad:?}");
        }
    }
}
