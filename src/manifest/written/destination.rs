//! A destination as it is written: the keys of all protocols side by side.
//!
//! Promises: a key that is there has a value. Absent: which of them mean something for which protocol (`parse/destinations.rs`).

use serde::{Deserialize, Deserializer, Serialize};

use crate::manifest::dsn::Dsn;
use crate::manifest::ordered::Ordered;
use crate::manifest::template::Template;

/// One of `destinations`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with url or file and more")]
pub(crate) struct WrittenDestination {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) form: Option<String>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) headers: Ordered<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) batch: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<Template>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) compression: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) allow: Vec<String>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) names: Ordered<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) app: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) dsn: Option<Dsn>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) environment: Option<String>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) errors: Ordered<WrittenError>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) sessions: Ordered<WrittenSession>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) reports: Option<bool>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) schemas: Ordered<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) encoding: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) entities: Vec<WrittenEntity>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) prefix: Option<String>,
}

/// One of a destination's `errors`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with type and message")]
pub(crate) struct WrittenError {
    #[serde(rename = "type", default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

/// One of a destination's `sessions`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with duration, status, means and errors")]
pub(crate) struct WrittenSession {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) duration: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) means: Ordered<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) errors: Option<String>,
}

/// One of a destination's `entities`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with schema and data")]
pub(crate) struct WrittenEntity {
    pub(crate) schema: String,
    pub(crate) data: Template,
}

/// A value whose key is there. An `Option` by itself would take a bare key for an absent one, and a file that was cut short
/// ends in a bare key.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
