//! Ids that other programs derive from a value: whoever guesses the value has the id.
//!
//! Promises: the same value gives the same id as the program makes of it. Absent: salts (none of these has one), where the value
//! comes from (`remote`, or a file).

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::identity::shapes::Shape;

/// The SHA-256 of `value`, in small hex digits.
#[must_use]
pub fn sha256(value: &str) -> String {
    Sha256::digest(value.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every second hex digit of the SHA-256 of `value`, as a UUID.
#[must_use]
pub fn uuid_of_sha256(value: &str) -> String {
    // Of each byte the first digit.
    let digits = Sha256::digest(value.as_bytes()).iter().fold(0_u128, |bits, byte| bits << 4 | u128::from(byte >> 4));
    let hex = format!("{digits:032x}");
    let mut text = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

/// A UUID as it is (lower-case, with dashes); of any other text every second hex digit of its SHA-256, as a UUID.
#[must_use]
pub fn uuid_or_sha256(value: &str) -> String {
    match Shape::Uuid.fits(value) {
        true => value.to_ascii_lowercase(),
        false => uuid_of_sha256(value),
    }
}

/// The name-based UUID (version 5, URLs) of `value`, as 32 hex digits.
#[must_use]
pub fn uuid5_of_url(value: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, value.as_bytes()).simple().to_string()
}

/// A text with the values of other ids in it: `{project id}_CI`. `None` where one of them is not known, or a brace stays open.
#[must_use]
pub fn filled(template: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(&value(name)?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// The names in such a text, in their order.
#[must_use]
pub fn names(template: &str) -> Vec<&str> {
    template.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_are_those_that_the_programs_make() {
        // Recorded from Meltano 4.4.1 and PipeRider 0.41.0.
        assert_eq!(uuid_of_sha256("my-project"), "17d4c8d8-943f-2418-0c76-cb17c5ed4610");
        assert_eq!(uuid_or_sha256("my-project"), "17d4c8d8-943f-2418-0c76-cb17c5ed4610");
        assert_eq!(uuid5_of_url("https://example.invalid/acme/secret-project.git"), "ce848ae64091546b975ec03a8d134da9");
        assert_eq!(uuid_or_sha256("01A1FBD1-AED9-7949-ACE8-C3BA37C08849"), "01a1fbd1-aed9-7949-ace8-c3ba37c08849");
    }

    #[test]
    fn a_text_is_filled_or_not_known() {
        let value = |name: &str| (name == "project id").then(|| "{x}".to_owned());
        assert_eq!(filled("{project id}_CI", value).as_deref(), Some("{x}_CI"));
        assert_eq!(filled("plain", value).as_deref(), Some("plain"));
        for none in ["{other}_CI", "{project id", "{project id}{other}"] {
            assert_eq!(filled(none, value), None, "{none}");
        }
        assert_eq!(names("{project id}_{b}"), ["project id", "b"]);
    }
}
