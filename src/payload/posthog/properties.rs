//! What stands among the properties of an event, in the words of PostHog's own libraries.
//!
//! Promises: a name that begins with `$` is one that PostHog knows. Absent: the event around them (`posthog.rs`).

use serde::Serialize;

use crate::payload::deletion::Asked;
use crate::payload::said::Flat;

#[derive(Serialize)]
pub(super) struct Properties<'a> {
    #[serde(flatten)]
    pub(super) said: Flat<'a>,
    #[serde(rename = "$app_name")]
    pub(super) app: &'a str,
    #[serde(rename = "$app_version", skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a str>,
    #[serde(rename = "$os", skip_serializing_if = "Option::is_none")]
    pub(super) os: Option<&'a str>,
    #[serde(rename = "$os_version", skip_serializing_if = "Option::is_none")]
    pub(super) os_release: Option<&'a str>,
    #[serde(rename = "$timezone", skip_serializing_if = "Option::is_none")]
    pub(super) time_zone: Option<&'a str>,
    #[serde(flatten)]
    pub(super) switches: Switches,
}

/// What an order says.
#[derive(Serialize)]
pub(super) struct Ordered<'a> {
    #[serde(flatten)]
    pub(super) asked: Asked<'a>,
    #[serde(flatten)]
    pub(super) switches: Switches,
}

/// What PostHog is asked not to do, and by whom: v1 takes the latter from a header.
#[derive(Serialize)]
pub(super) struct Switches {
    #[serde(rename = "$process_person_profile", skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<bool>,
    #[serde(rename = "$geoip_disable", skip_serializing_if = "Option::is_none")]
    pub(super) no_place: Option<bool>,
    #[serde(rename = "$lib", skip_serializing_if = "Option::is_none")]
    pub(super) library: Option<&'static str>,
    #[serde(rename = "$lib_version", skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'static str>,
}

/// A system by the name that PostHog's libraries, and its browsers, give it: under another it would be a second one there.
pub(super) fn system(os: &str) -> &str {
    match os {
        "linux" => "Linux",
        "macos" => "Mac OS X",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_has_the_name_that_posthog_gives_it() {
        for (ours, theirs) in [("linux", "Linux"), ("macos", "Mac OS X"), ("freebsd", "freebsd"), ("", "")] {
            assert_eq!(system(ours), theirs);
        }
    }
}
