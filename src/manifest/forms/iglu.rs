//! Addresses of schemas in an Iglu registry: `iglu:VENDOR/NAME/jsonschema/MODEL-REVISION-ADDITION`.
//!
//! Promises: an address is of the one form that Snowplow's core library takes, and its parts are safe as names of folders. Absent:
//! looking one up.

use std::fmt;

/// What an address begins with.
const SCHEME: &str = "iglu:";
/// The only format of schemas that Snowplow's pipeline validates against.
pub const FORMAT: &str = "jsonschema";
/// Longest address, characters.
const LONGEST: usize = 256;

/// An address of a schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IgluAddress(String);

/// A text that is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a schema's address such as iglu:com.acme/command/jsonschema/1-0-0")]
pub struct IgluError;

impl IgluAddress {
    /// Takes an address.
    ///
    /// # Errors
    /// It is none.
    pub fn new(text: &str) -> Result<Self, IgluError> {
        let parts: Vec<&str> = text.strip_prefix(SCHEME).ok_or(IgluError)?.split('/').collect();
        let [vendor, name, format, version] = parts.as_slice() else { return Err(IgluError) };
        let fine = is_vendor(vendor) && is_word(name) && *format == FORMAT && is_version(version);
        if fine && text.len() <= LONGEST { Ok(Self(text.to_owned())) } else { Err(IgluError) }
    }

    /// The first version of a vendor's schema.
    ///
    /// # Errors
    /// One of the names is none.
    pub fn first(vendor: &str, name: &str) -> Result<Self, IgluError> {
        Self::new(&format!("{SCHEME}{vendor}/{name}/{FORMAT}/1-0-0"))
    }

    /// As it stands in payloads.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it lies in a static registry, below its folder `schemas`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.strip_prefix(SCHEME).unwrap_or_default()
    }

    /// Whose it is, such as `com.acme`.
    #[must_use]
    pub fn vendor(&self) -> &str {
        self.part(0)
    }

    /// What it is of, such as `command`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.part(1)
    }

    /// Which one it is, such as `1-0-0`.
    #[must_use]
    pub fn version(&self) -> &str {
        self.part(3)
    }

    fn part(&self, place: usize) -> &str {
        self.path().split('/').nth(place).unwrap_or_default()
    }
}

impl fmt::Display for IgluAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Words with dots between them, so that no vendor is `..`.
fn is_vendor(text: &str) -> bool {
    text.split('.').all(is_word)
}

/// A model from 1, a revision and an addition from 0, without leading zeros.
fn is_version(text: &str) -> bool {
    let numbers: Vec<&str> = text.split('-').collect();
    let plain = |number: &&str| {
        number.bytes().all(|b| b.is_ascii_digit())
            && (1..=9).contains(&number.len())
            && (*number == "0" || !number.starts_with('0'))
    };
    numbers.len() == 3 && numbers.iter().all(plain) && numbers.first() != Some(&"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_one_form() {
        let address = IgluAddress::new("iglu:com.acme-x.cli/command_ended/jsonschema/12-0-3").expect("an address");
        assert_eq!(
            (address.vendor(), address.name(), address.version()),
            ("com.acme-x.cli", "command_ended", "12-0-3")
        );
        assert_eq!(address.path(), "com.acme-x.cli/command_ended/jsonschema/12-0-3");
        assert_eq!(
            IgluAddress::first("com.acme", "a").expect("an address").as_str(),
            "iglu:com.acme/a/jsonschema/1-0-0"
        );
        for bad in [
            "",
            "com.acme/a/jsonschema/1-0-0",
            "iglu:com.acme/a/jsonschema/1-0",
            "iglu:com.acme/a/jsonschema/0-0-0",
            "iglu:com.acme/a/jsonschema/1-00-0",
            "iglu:com.acme/a/jsonschema/1-0-0-0",
            "iglu:com.acme/a/jsonschema/1-+0-0",
            "iglu:com.acme/a/avro/1-0-0",
            "iglu:com.acme/a.b/jsonschema/1-0-0",
            "iglu:com.acme//jsonschema/1-0-0",
            "iglu:../a/jsonschema/1-0-0",
            "iglu:.com/a/jsonschema/1-0-0",
            "iglu:com.acme/a/jsonschema/1-0-0/x",
            "iglu:com.äcme/a/jsonschema/1-0-0",
            "iglu:com.acme/a/jsonschema/1-0-0\n",
            &format!("iglu:com.acme/{}/jsonschema/1-0-0", "a".repeat(256)),
        ] {
            assert_eq!(IgluAddress::new(bad), Err(IgluError), "{bad:?}");
        }
    }
}
