//! The machine's word: `/etc/telemetry/policy.yml`, which lists what is allowed.
//!
//! ```yaml
//! allow:
//!   tools: ["*"]
//!   purposes: [product-improvement]
//!   destinations: [file, "https://telemetry.acme.example"]
//! ...
//! ```
//! All three lists are needed; `"*"` allows all. A destination is allowed by its origin (scheme, host and port), by its whole
//! address, or, for local files, by `file`. The last line is YAML's end mark `...`: a policy that was cut short has lost it
//! and allows nothing, so that cutting it never allows more (`acme-tool` cut to `acme` would).
//!
//! Promises: what cannot be read allows nothing. Absent: anything that allows more than a person agreed to.

use serde::Deserialize;

use crate::settings::yaml;

/// A policy as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// There is none: no opinion.
    Absent,
    /// It allows this and nothing else.
    Allows(Allowed),
    /// It is there and cannot be read: it allows nothing.
    Unreadable {
        /// In words.
        why: String,
        /// The line, where known.
        line: Option<u32>,
    },
}

/// What a policy allows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    tools: Vec<String>,
    purposes: Vec<String>,
    destinations: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    allow: Allowed,
}

/// Reads the text of a policy.
#[must_use]
pub fn parse(source: &[u8]) -> Policy {
    if !yaml::is_whole(source) {
        return Policy::Unreadable {
            why: "its last line is not the end mark `...`, so it may have been cut short".to_owned(),
            line: None,
        };
    }
    match yaml::read::<Written>(source, yaml::LIMIT) {
        Ok(written) => Policy::Allows(written.allow),
        Err(error) => Policy::Unreadable { why: error.kind.to_string(), line: error.line },
    }
}

impl Allowed {
    /// Whether the tool is allowed.
    #[must_use]
    pub fn tool(&self, tool: &str) -> bool {
        lists(&self.tools, tool)
    }

    /// Whether the purpose is allowed.
    #[must_use]
    pub fn purpose(&self, purpose: &str) -> bool {
        lists(&self.purposes, purpose)
    }

    /// Whether a destination with this origin and whole address is allowed.
    #[must_use]
    pub fn destination(&self, origin: &str, address: &str) -> bool {
        lists(&self.destinations, origin) || lists(&self.destinations, address)
    }
}

fn lists(allowed: &[String], name: &str) -> bool {
    allowed.iter().any(|entry| entry == "*" || entry == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "# the machine's word\nallow:\n  tools: [acme, acme-tool]\n  purposes: ['*']\n  destinations: [file, 'https://t.example']\n...\n";

    #[test]
    fn a_policy_allows_what_it_lists() {
        let Policy::Allows(allowed) = parse(WHOLE.as_bytes()) else { panic!("unreadable") };
        assert!(
            allowed.tool("acme") && allowed.tool("acme-tool") && !allowed.tool("other") && allowed.purpose("anything")
        );
        assert!(
            allowed.destination("https://t.example", "https://t.example/v1")
                && !allowed.destination("https://u.example", "https://u.example/")
        );
    }

    #[test]
    fn every_truncation_only_forbids_more() {
        for length in 0..WHOLE.len() - 1 {
            let cut = parse(&WHOLE.as_bytes()[..length]);
            assert!(matches!(cut, Policy::Unreadable { .. }), "cut to {length}: {cut:?}");
        }
    }

    #[test]
    fn a_policy_that_says_something_else_allows_nothing() {
        for text in [
            "",
            "...",
            "allow: {tools: ['*']}\n...\n",
            "allow: {tools: ['*'], purposes: ['*'], destinations: ['*'], also: 1}\n...\n",
            "- a\n...\n",
        ] {
            assert!(matches!(parse(text.as_bytes()), Policy::Unreadable { .. }), "{text:?}");
        }
    }
}
