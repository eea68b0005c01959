//! The shapes of OTLP's JSON: a resource, a record, an attribute; and the names of facts in the semantic conventions.
//!
//! Promises: numbers of 64 bits are texts, as the form demands. Absent: bodies (`otlp.rs`).

use std::borrow::Cow;
use std::fmt::Display;

use serde::{Serialize, Serializer};

use crate::host::clock::Timestamp;
use crate::manifest::tool::Fact;
use crate::payload::said::Scalar;

/// Severity `INFO`.
pub(super) const INFO: u8 = 9;
/// Facts that the semantic conventions have names for.
pub(super) const PLACED: [Fact; 6] = [Fact::Version, Fact::Os, Fact::OsRelease, Fact::Arch, Fact::Cloud, Fact::Region];

#[derive(Serialize)]
pub(super) struct Resource<'a> {
    pub(super) attributes: Vec<Attribute<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record<'a> {
    #[serde(serialize_with = "nanoseconds")]
    pub(super) time_unix_nano: Timestamp,
    #[serde(serialize_with = "nanoseconds")]
    pub(super) observed_time_unix_nano: Timestamp,
    pub(super) severity_number: u8,
    pub(super) event_name: &'a str,
    pub(super) attributes: Vec<Attribute<'a>>,
}

#[derive(Serialize)]
pub(super) struct Attribute<'a> {
    pub(super) key: Cow<'a, str>,
    pub(super) value: Any<'a>,
}

#[derive(Serialize)]
pub(super) enum Any<'a> {
    #[serde(rename = "stringValue")]
    Text(&'a str),
    #[serde(rename = "boolValue")]
    Bool(bool),
    #[serde(rename = "intValue", serialize_with = "in_text")]
    Integer(i64),
    #[serde(rename = "doubleValue")]
    Number(f64),
    #[serde(rename = "arrayValue")]
    List { values: Vec<Any<'a>> },
}

impl<'a> Attribute<'a> {
    pub(super) fn text(key: &'static str, text: &'a str) -> Self {
        Self { key: key.into(), value: Any::Text(text) }
    }
}

impl<'a> From<Scalar<'a>> for Any<'a> {
    fn from(value: Scalar<'a>) -> Self {
        match value {
            Scalar::Bool(value) => Self::Bool(value),
            Scalar::Integer(value) => Self::Integer(value),
            Scalar::Number(value) => Self::Number(value),
            Scalar::Text(text) => Self::Text(text),
        }
    }
}

fn in_text<S: Serializer>(value: &impl Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// Nanoseconds since 1970; 0, which means unknown, for what is before.
fn nanoseconds<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&u64::try_from(time.ms()).unwrap_or(0).saturating_mul(1_000_000))
}

/// Name and value of a fact by the semantic conventions.
pub(super) fn placed(fact: Fact, value: &str) -> Attribute<'_> {
    match fact {
        Fact::Version => Attribute::text("service.version", value),
        Fact::Os => Attribute::text("os.type", if value == "macos" { "darwin" } else { value }),
        Fact::OsRelease => Attribute::text("os.version", value),
        Fact::Arch => Attribute::text("host.arch", arch(value)),
        Fact::Cloud => Attribute::text("cloud.provider", value),
        Fact::Region => Attribute::text("cloud.region", value),
        other => Attribute { key: other.as_str().into(), value: Any::Text(value) },
    }
}

/// A processor's architecture in the words of the semantic conventions, where they have one.
fn arch(value: &str) -> &str {
    match value {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}
