//! Pseudonyms: a digest of a value, salted by the installation unless the manifest says why not.
//!
//! The pseudonym is the lower-case hex of the algorithm over the salt's 64 ASCII hex digits, where there is one, followed by the
//! value; `printf %s%s "$(cat salt)" VALUE | sha256sum` checks it.
//!
//! The salt is `~/.TOOL/telemetry/salt`: 64 lower-case hex digits, 32 bytes of the system's random source, without a newline. What is
//! not of that form is none: an event that needs one is refused, loudly, and the file is left as it is.
//!
//! Promises: without the salt nobody can try values. Absent: reversing it.

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::manifest::events::Algorithm;
use crate::payload::digest::hex;

/// The pseudonym of `value`.
#[must_use]
pub fn pseudonym(algorithm: Algorithm, salt: Option<&str>, value: &str) -> String {
    fn over<D: Digest>(salt: &str, value: &str) -> String {
        let mut hash = D::new();
        hash.update(salt);
        hash.update(value);
        hex(&hash.finalize())
    }
    let salt = salt.unwrap_or_default();
    match algorithm {
        Algorithm::Sha256 => over::<Sha256>(salt, value),
        Algorithm::Md5 => over::<Md5>(salt, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_are_plain_digests_of_salt_and_value() {
        assert_eq!(pseudonym(Algorithm::Md5, None, "abc"), "900150983cd24fb0d6963f7d28e17f72");
        let whole = pseudonym(Algorithm::Sha256, None, "saltvalue");
        assert_eq!(pseudonym(Algorithm::Sha256, Some("salt"), "value"), whole);
        assert_ne!(pseudonym(Algorithm::Sha256, Some("other"), "value"), whole);
    }
}
