//! Headers that a manifest or a variable may set.
//!
//! Promises: a header that the program sets itself, that belongs to one connection, or that tells more than was declared is refused; a
//! value can smuggle no line. Absent: whether a value is a secret.

/// Headers that are set here, belong to one connection, or tell more than the manifest does.
const OURS: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "idempotency-key",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-for",
];

/// Whether a header can have this name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Why a header cannot be set, where it cannot; `longest` is in characters. The value is never part of it.
#[must_use]
pub fn trouble(name: &str, value: &str, longest: usize) -> Option<String> {
    let plain = value.bytes().all(|b| (0x20..0x7f).contains(&b)) && value.trim() == value;
    if !is_name(name) {
        Some(format!("{name:?} is not the name of a header: 1 to 64 letters, digits and -"))
    } else if !plain || value.len() > longest {
        Some(format!("a header's value is at most {longest} printable ASCII characters, without blanks around it"))
    } else if OURS.contains(&name.to_ascii_lowercase().as_str()) {
        Some("telemetry sets this header itself, or never sends it".to_owned())
    } else {
        None
    }
}
