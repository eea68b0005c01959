//! What is a secret by its name, and how it is shown.
//!
//! Promises: of a secret only its length is shown; the user of a Basic authorization is shown, as it may be the id of an installation.
//! Absent: guessing from a value whether it is a secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Names of fields that hold secrets, in small letters without `-` and `_`.
const FIELDS: [&str; 16] = [
    "apikey",
    "apitoken",
    "apisecret",
    "accesstoken",
    "authtoken",
    "refreshtoken",
    "authorization",
    "clientsecret",
    "password",
    "passwd",
    "privatekey",
    "secret",
    "secretkey",
    "sentrykey",
    "token",
    "writekey",
];
/// Parts of names of headers that hold secrets.
const HEADERS: [&str; 7] = ["auth", "cookie", "token", "secret", "password", "api-key", "apikey"];

/// Whether a field of this name holds a secret.
#[must_use]
pub fn is_field(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect();
    FIELDS.contains(&plain.as_str())
}

/// What stands in the place of a secret.
#[must_use]
pub fn masked(value: &str) -> String {
    match value.chars().count() {
        0 => "(empty)".to_owned(),
        1 => "(masked: 1 character)".to_owned(),
        count => format!("(masked: {count} characters)"),
    }
}

/// The value of a header as it is shown.
#[must_use]
pub fn header(name: &str, value: &str) -> String {
    let name = name.to_ascii_lowercase();
    if !HEADERS.iter().any(|part| name.contains(part)) {
        return value.to_owned();
    }
    // A scheme is a word; the first of several cookies is none.
    let word = |scheme: &str| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let Some((scheme, rest)) = value.split_once(' ').filter(|(scheme, _)| word(scheme)) else { return masked(value) };
    if !scheme.eq_ignore_ascii_case("basic") {
        return format!("{scheme} {}", masked(rest));
    }
    let opened = STANDARD.decode(rest.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match opened.as_deref().and_then(|text| text.split_once(':')) {
        Some((user, password)) => format!("{scheme} (user {user}, password {})", masked(password)),
        None => format!("{scheme} {}", masked(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_the_user_is_shown() {
        let basic = |text: &str| header("authorization", &format!("Basic {}", STANDARD.encode(text)));
        assert_eq!(basic("7138640000000000000:"), "Basic (user 7138640000000000000, password (empty))");
        assert_eq!(basic("root:Complexpass"), "Basic (user root, password (masked: 11 characters))");
        assert_eq!(basic("no colon"), "Basic (masked: 12 characters)");
        assert_eq!(header("Authorization", "Bearer abc"), "Bearer (masked: 3 characters)");
        assert_eq!(header("X-Api-Key", "abc"), "(masked: 3 characters)");
        assert_eq!(header("Cookie", "a=b; c=d"), "(masked: 8 characters)");
        assert_eq!(header("User-Agent", "curl/8"), "curl/8");
        assert!(is_field("api_key") && is_field("writeKey") && !is_field("key"));
    }
}
