//! `switches` as they are written.
//!
//! Promises: a key that is there has a value. Absent: what they mean (`parse/foreign`).

use serde::{Deserialize, Serialize};

use crate::manifest::ordered::Ordered;
use crate::manifest::template::Template;
use crate::manifest::written::destination::given;
use crate::manifest::written::layers::{
    WrittenDead, WrittenDefault, WrittenEndpoint, WrittenInside, WrittenLayer, WrittenMirror, WrittenQueue,
    WrittenResidual, WrittenSign, WrittenStarted, WrittenTell, WrittenTruth,
};

/// `switches`: `environment` alone for a native tool; for a foreign one either that or all the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with environment, or layers and more")]
pub(crate) struct WrittenSwitches {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) environment: Vec<WrittenVariable>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) also: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) programs: Vec<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<WrittenMark>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) version: Vec<WrittenVersion>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) files: Ordered<WrittenFile>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) truths: Ordered<WrittenTruth>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) layers: Vec<WrittenLayer>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) default: Vec<WrittenDefault>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) mirrors: Vec<WrittenMirror>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) dead: Vec<WrittenDead>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) queues: Vec<WrittenQueue>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ids: Vec<WrittenId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) found: Vec<WrittenTrace>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) residual: Vec<WrittenResidual>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) endpoint: Vec<WrittenEndpoint>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) no_endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) guessable: Vec<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) requests: Option<WrittenRequests>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tells: Vec<WrittenTell>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) by_hand: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) nowhere: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) components: Vec<WrittenComponent>,
}

/// One of `switches.components`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with name, title, recognise and switches")]
pub(crate) struct WrittenComponent {
    pub(crate) name: String,
    pub(crate) title: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) recognise: Vec<WrittenSign>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) started: Vec<WrittenStarted>,
    pub(crate) switches: WrittenSwitches,
}

/// `switches.requests`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with parts and events")]
pub(crate) struct WrittenRequests {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) asks: Vec<WrittenAsk>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) parts: Ordered<Template>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) events: Vec<WrittenRequest>,
}

/// One of `switches.requests.asks`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with name, form and says")]
pub(crate) struct WrittenAsk {
    pub(crate) name: String,
    pub(crate) form: String,
    pub(crate) says: String,
}

/// One of `switches.requests.events`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with event, address, headers and body")]
pub(crate) struct WrittenRequest {
    pub(crate) event: String,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) says: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) versions: Option<String>,
    pub(crate) address: Template,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) headers: Ordered<Template>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) style: Option<String>,
    pub(crate) body: Template,
}

/// One of `switches.environment`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with name, on and off")]
pub(crate) struct WrittenVariable {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) on: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) off: Vec<String>,
}

/// One of `holds` of a project.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with file and key")]
pub(crate) struct WrittenHolds {
    pub(crate) file: String,
    pub(crate) key: Vec<String>,
}

/// `switches.project`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with marker, holds and variable")]
pub(crate) struct WrittenMark {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) marker: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) holds: Vec<WrittenHolds>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) variable: Option<String>,
}

/// One of `switches.version`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with one of python, npm, file and key, answer and key")]
pub(crate) struct WrittenVersion {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) python: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) npm: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) key: Vec<String>,
}

/// `folder` of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with path, variable and file")]
pub(crate) struct WrittenFolder {
    pub(crate) path: String,
    pub(crate) variable: String,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
}

/// One of `switches.files`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a mapping with one of home, config, project, above, here, given, beside, inside, and format"
)]
pub(crate) struct WrittenFile {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) home: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) config: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) above: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) here: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) given: Option<bool>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) beside: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) inside: Option<WrittenInside>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) variable: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) folder: Option<WrittenFolder>,
    pub(crate) format: String,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) dialect: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) committed: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) overridden: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) secret: Vec<Vec<String>>,
}

/// One of `switches.ids`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with name, form, forget and where it comes from")]
pub(crate) struct WrittenId {
    pub(crate) name: String,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) key: Vec<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) table: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<String>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    #[serde(rename = "where")]
    pub(crate) filter: Ordered<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) each: Vec<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) provided: Option<bool>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) given: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) variable: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) property: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) of: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) template: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) git_remote: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) derive: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) form: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) prefix: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) shared: Option<bool>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) forget: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) removed: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) versions: Option<String>,
}

/// One of `switches.found`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with files, key and id")]
pub(crate) struct WrittenTrace {
    pub(crate) files: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) key: Vec<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) says: Option<String>,
}
