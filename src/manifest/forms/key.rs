//! Keys by which receivers know whose events they get.
//!
//! Promises: a key stands in a header and in JSON as it is: no quotes, no blanks, nothing that ends a line. Absent: secrets: a key in
//! a manifest is public, and may only write.

use crate::manifest::problem::Problems;
use crate::manifest::written::destination::WrittenDestination;

/// Longest key, characters: the longest that is known (Jitsu's, an id and a word) has some 70.
const LONGEST: usize = 200;
/// How keys begin that read or administer: they are somebody's secret, and a manifest is published.
const SECRET: [&str; 3] = ["phx_", "phs_", "sgp_"];

/// A key that may only write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(String);

/// A text that is no such key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not of the form.
    #[error("not a key: it takes 1 to 200 of A-Z a-z 0-9 _ - . :")]
    Form,
    /// It opens more than the receiver's door for events.
    #[error("a secret key, which may do more than write: a manifest is public")]
    Secret,
}

impl PublicKey {
    /// Takes `text` if it is of the form.
    ///
    /// # Errors
    /// It is not, or it is known to be a secret.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        let form = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b));
        if !form || !(1..=LONGEST).contains(&text.len()) {
            return Err(KeyError::Form);
        }
        if SECRET.iter().any(|start| text.starts_with(start)) {
            return Err(KeyError::Secret);
        }
        Ok(Self(text.to_owned()))
    }

    /// Reads the one at `key`, which has to be there.
    pub(crate) fn read(problems: &mut Problems, written: &WrittenDestination) -> Option<Self> {
        let Some(key) = &written.key else {
            problems.say("the key is missing: the public one, with which the receiver takes events");
            return None;
        };
        problems.value_at("key", Self::new(key))
    }

    /// As it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_plain_and_no_secret() {
        for good in ["WRITEKEY", "phc_abc", "0f3c2c9e8c9d4d0e9a577a8f7d9a6f11", "id:word", &"a".repeat(200)] {
            assert!(PublicKey::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a\nb", "a\r", "a\"", "a\\", "é", "a/b", &"a".repeat(201)] {
            assert_eq!(PublicKey::new(bad), Err(KeyError::Form), "{bad:?}");
        }
        for secret in ["phx_abc", "phs_abc", "sgp_abc"] {
            assert_eq!(PublicKey::new(secret), Err(KeyError::Secret), "{secret}");
        }
    }
}
