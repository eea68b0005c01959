//! The six digests, over a value and then its salt.
//!
//! Promises: a salt shows in no debug output. Absent: keys (it is no HMAC), prefixes.

use std::fmt;

use md2::Md2;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::payload::digest::hex;

/// A digest, by the name that the settings give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashFunction {
    /// MD2.
    Md2,
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashFunction {
    /// All, the weakest first.
    pub const ALL: [Self; 6] = [Self::Md2, Self::Md5, Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md2 => "MD2",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// The one of this name, exactly.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.as_str() == name)
    }
}

/// What stands behind every value before it is digested: a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt(String);

impl Salt {
    /// This text, every character of it.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(***)")
    }
}

/// The pseudonym of `value`.
#[must_use]
pub fn pseudonym(function: HashFunction, salt: &Salt, value: &str) -> String {
    fn over<D: Digest>(value: &str, salt: &Salt) -> String {
        let mut hash = D::new();
        hash.update(value);
        hash.update(&salt.0);
        hex(&hash.finalize())
    }
    match function {
        HashFunction::Md2 => over::<Md2>(value, salt),
        HashFunction::Md5 => over::<Md5>(value, salt),
        HashFunction::Sha1 => over::<Sha1>(value, salt),
        HashFunction::Sha256 => over::<Sha256>(value, salt),
        HashFunction::Sha384 => over::<Sha384>(value, salt),
        HashFunction::Sha512 => over::<Sha512>(value, salt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_digests() {
        let none = Salt::new(String::new());
        let abc = [
            ("MD2", "da853b0d3f88d99b30283a69e6ded6bb"),
            ("MD5", "900150983cd24fb0d6963f7d28e17f72"),
            ("SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "SHA-384",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                "SHA-512",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ];
        assert_eq!(abc.map(|(name, _)| HashFunction::named(name)), HashFunction::ALL.map(Some));
        for (name, wanted) in abc {
            let function = HashFunction::named(name).expect("a function");
            assert_eq!(pseudonym(function, &none, "abc"), wanted, "{name}");
            // The salt comes behind the value.
            assert_eq!(pseudonym(function, &Salt::new("bc".to_owned()), "a"), wanted, "{name}");
        }
        assert_eq!(HashFunction::named("sha-256"), None, "the real one knows exact names only");
        assert_eq!(format!("{:?}", Salt::new("pepper".to_owned())), "Salt(***)");
    }
}
