//! A sealed payload, and the lines in which a destination's progress through a batch is kept.
//!
//! A progress is `batch-…/to-DESTINATION.jsonl`, appended to by the one flusher. Version 1: UTF-8, one JSON object on one line that
//! ends in a newline, without spaces between its parts, its keys in the order shown. The first line says the version; then a line for each thing that happened:
//!
//! | `kind` | what happened |
//! |---|---|
//! | `sealed` | a body was built: `number` from 0 within the batch; `digest` of the body's bytes; `parent`, the digest of what it was split from (left out where there is none); `basis`, 32 hex digits over all that the body hangs on beside its events ([`crate::queue::basis::Basis`]); `oldest_ms`, when the oldest of its events was recorded; `project`, its folder (left out where there is none); `told`, the counts of losses up to which it tells ([`crate::queue::told::Told`], left out where it tells of none); its `events`; `method`, `address` and `headers` of the request; the `body`, or `body64` (base64, padded) where it is not UTF-8 |
//! | `dropped` | these `events` go nowhere, and `why`: the code of a reason; `lost` as below |
//! | `try` | the payload of this `number` is about to be sent |
//! | `later` | it was tried, and surely did not arrive |
//! | `settled` | `outcome`: `accepted`, `refused`, or `split` into those that stand before this line; `lost`: how many events that lost, by reason, where it lost any and these are still to be counted |
//! | `counted` | what was lost up to here is in the count of losses |
//! | `unsealed` | the seal was taken back, and `why` in words: its events are sealed anew |
//!
//! ```json
//! {"kind":"progress","version":1}
//! {"kind":"sealed","number":0,"digest":"sha256:e10808d43975dc400731053386849f864f297e6c4f7519c380f3dbaf7067a840","basis":"34645aae41e62405387eca1e3ef48315","oldest_ms":1795237731339,"project":"/home/ada/work","events":[{"id":"0648bfa4-7185-4408-9726-1b59c3ed47f0","event":"run"}],"method":"POST","address":"https://acme.example/v1","headers":[["content-type","application/json"]],"body":"[{}]"}
//! {"kind":"try","number":0,"at_ms":1795237731400}
//! {"kind":"later","number":0,"at_ms":1795237731401}
//! {"kind":"try","number":0,"at_ms":1795237761400}
//! {"kind":"settled","number":0,"outcome":"accepted","at_ms":1795237761401}
//! {"kind":"dropped","events":["bad1ba4a-f4a0-4e74-945a-2d56b98ad9e0"],"why":"queue.age","lost":{"age":1}}
//! {"kind":"counted"}
//! {"kind":"sealed","number":1,"digest":"sha256:ea5dbf9596d187e9500f23e9a680109475341cf4e81f7e043f7d97152c10772f","basis":"34645aae41e62405387eca1e3ef48315","oldest_ms":1795237731354,"told":{"since_ms":1795237731000,"counts":{"count":2}},"events":[],"method":"APPEND","address":"/home/ada/out","headers":[],"body64":"/wA="}
//! {"kind":"unsealed","number":1,"why":"consent, an id or the destination changed"}
//! ```
//!
//! A payload whose last line is `try` may have reached its destination: its next receipt says so. A line without its newline was
//! cut by a kill: it never counted, and goes. A line that is none of these is passed over. Of another version in the first line
//! nothing is read, written or sent: the file stays, the flush fails and names it.
//!
//! Promises: the digest binds: a line whose bytes do not have it is no payload. Absent: files (`settle`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::host::clock::Timestamp;
use crate::payload::digest::Digest;
use crate::queue::drop::Loss;
use crate::queue::told::Told;

/// The version of the stored form.
pub const VERSION: u32 = 1;

/// A payload whose bytes are settled: nothing about it changes until it is answered or unsealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its number within the batch.
    pub number: u32,
    /// The digest of the body.
    pub digest: Digest,
    /// The payload that it was split from.
    pub parent: Option<Digest>,
    /// A digest of all that the body hangs on beside the events.
    pub basis: String,
    /// When the oldest of its events was recorded.
    pub oldest: Timestamp,
    /// The project that its events were recorded in.
    pub project: Option<PathBuf>,
    /// The counts of losses up to which it tells.
    pub told: Option<Told>,
    /// Its events.
    pub events: Vec<EventRef>,
    /// Where and how it is sent.
    pub request: Request,
    /// The body as on the wire.
    pub body: Vec<u8>,
}

/// An event within a payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// Its id.
    pub id: String,
    /// Its name.
    pub event: String,
}

/// Where and how a payload is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST`, `PUT`, or `APPEND` for a file.
    pub method: String,
    /// The address: of the web, or the absolute path of a file.
    pub address: String,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
}

/// How a payload was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The destination took it.
    Accepted,
    /// The destination refused it for good; the receipt keeps it.
    Refused,
    /// It was too large and was split into others.
    Split,
}

/// A line of the progress.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Line {
    Progress {
        version: u32,
    },
    Sealed(Box<SealedLine>),
    Dropped {
        events: Vec<String>,
        why: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        lost: BTreeMap<Loss, u64>,
    },
    Try {
        number: u32,
        at_ms: i64,
    },
    Later {
        number: u32,
        at_ms: i64,
    },
    Settled {
        number: u32,
        outcome: Outcome,
        at_ms: i64,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        lost: BTreeMap<Loss, u64>,
    },
    Counted,
    Unsealed {
        number: u32,
        why: String,
    },
}

/// A sealed payload as a line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SealedLine {
    number: u32,
    digest: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    basis: String,
    oldest_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<Told>,
    events: Vec<EventRef>,
    method: String,
    address: String,
    headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body64: Option<String>,
}

impl SealedLine {
    /// The line of a payload.
    #[must_use]
    pub(crate) fn of(sealed: &Sealed) -> Self {
        let text = String::from_utf8(sealed.body.clone()).ok();
        let body64 = text.is_none().then(|| STANDARD.encode(&sealed.body));
        Self {
            number: sealed.number,
            digest: sealed.digest.to_string(),
            parent: sealed.parent.as_ref().map(ToString::to_string),
            basis: sealed.basis.clone(),
            oldest_ms: sealed.oldest.ms(),
            project: sealed.project.clone(),
            told: sealed.told.clone(),
            events: sealed.events.clone(),
            method: sealed.request.method.clone(),
            address: sealed.request.address.clone(),
            headers: sealed.request.headers.clone(),
            body: text,
            body64,
        }
    }

    /// The payload of the line; `None` when its bytes are not what was sealed.
    #[must_use]
    pub(crate) fn into_sealed(self) -> Option<Sealed> {
        let body = match (self.body, self.body64) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(coded)) => STANDARD.decode(coded).ok()?,
            (Some(_), Some(_)) | (None, None) => return None,
        };
        let digest = Digest::parse(&self.digest)?;
        let parent = match self.parent {
            Some(text) => Some(Digest::parse(&text)?),
            None => None,
        };
        // The digest binds: bytes that do not have it are not what was shown.
        (Digest::of(&body) == digest).then_some(Sealed {
            number: self.number,
            digest,
            parent,
            basis: self.basis,
            oldest: Timestamp::from_ms(self.oldest_ms),
            project: self.project,
            told: self.told,
            events: self.events,
            request: Request { method: self.method, address: self.address, headers: self.headers },
            body,
        })
    }

    /// The ids of the events in it.
    #[must_use]
    pub(crate) fn ids(&self) -> Vec<String> {
        self.events.iter().map(|event| event.id.clone()).collect()
    }

    /// The digest that its body should have.
    #[must_use]
    pub(crate) fn digest(&self) -> Option<Digest> {
        Digest::parse(&self.digest)
    }

    /// Its number.
    #[must_use]
    pub(crate) const fn number(&self) -> u32 {
        self.number
    }
}
