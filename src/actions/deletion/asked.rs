//! One way of asking for deletion: where, with which bytes, and what became of it.
//!
//! Promises: what goes as an event is fixed when it is asked for, address, headers and body, whatever the manifest says later. Absent:
//! the request as a whole (`deletion`), whose keys are specified there. One with an event:
//!
//! ```json
//! {
//!   "version": 2,
//!   "request_id": "9dc1b92c-b8e6-49fa-b965-fa45e617391b",
//!   "created_ms": 1795237757317,
//!   "tool": "acme",
//!   "step": "rotated",
//!   "ids": [
//!     {
//!       "kind": "user",
//!       "id": "468d5a8ff8f0414a9dc8bdc308618363"
//!     }
//!   ],
//!   "destinations": [
//!     "https://acme.example/v1"
//!   ],
//!   "purged": 4,
//!   "orders": [
//!     {
//!       "method": "event",
//!       "destination": "web",
//!       "address": "https://acme.example/v1",
//!       "digest": "sha256:d2f39802898800e1a5cd9a2575cb69337a627e1e543cc6e89285cdcd887f9822",
//!       "request": {
//!         "protocol": "json",
//!         "method": "POST",
//!         "headers": [
//!           [
//!             "content-type",
//!             "application/json"
//!           ],
//!           [
//!             "idempotency-key",
//!             "d2f39802898800e1a5cd9a2575cb69337a627e1e543cc6e89285cdcd887f9822"
//!           ]
//!         ],
//!         "body": "[{\"type\":\"deletion_request\",\"version\":1,\"request_id\":\"9dc1b92c-b8e6-49fa-b965-fa45e617391b\",\"tool\":\"acme\",\"time\":\"2026-11-21T05:09:17.317Z\",\"ids\":[{\"kind\":\"user\",\"id\":\"468d5a8ff8f0414a9dc8bdc308618363\"}],\"destinations\":[\"https://acme.example/v1\"]}]"
//!       },
//!       "state": "requested",
//!       "attempts": 1,
//!       "last_ms": 1795237757400,
//!       "not_before_ms": 1795237817400,
//!       "answer": "it answered 503"
//!     }
//!   ],
//!   "keep_evidence": false
//! }
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::actions::context::Tool;
use crate::destination::deliver::Answered;
use crate::destination::order::OrderRequest;
use crate::host::clock::Timestamp;
use crate::manifest::addresses::{FilePlace, WebAddress};
use crate::manifest::destinations::{Deletion, Destination};
use crate::manifest::forms::ProtocolName;
use crate::payload::answer::{Answer, Meaning, Reading};
use crate::payload::deletion::Order;
use crate::payload::{protocols, retries};
use crate::queue::limits::RETRY_AFTER_MOST_MS;
use crate::queue::sealed::Request;

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Not delivered yet.
    Requested,
    /// The receiver took it, and said nothing about it.
    Delivered,
    /// The receiver named or counted it in its answer.
    Acknowledged,
    /// The receiver refused it.
    Failed,
    /// A person has to send it.
    ByHand,
}

impl State {
    /// The word that tables use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Delivered => "delivered",
            Self::Acknowledged => "acknowledged",
            Self::Failed => "failed",
            Self::ByHand => "by hand",
        }
    }

    /// Whether nothing more will come of it by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Requested)
    }
}

/// One way of asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// `endpoint`, `file`, `event`, `mail` or `form`.
    pub method: String,
    /// The destination, of an `event`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Where.
    pub address: String,
    /// The digest of the order's body, where a body is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What is sent, of an `event`; left out once the request is closed, unless the evidence is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<Bytes>,
    /// What became of it.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was tried last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ms: Option<i64>,
    /// Before when the receiver asked not to be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before_ms: Option<i64>,
    /// What was answered, shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// The bytes of an order that goes as an event, fixed when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bytes {
    protocol: String,
    method: String,
    headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body64: Option<String>,
}

impl Bytes {
    fn of(order: &OrderRequest, protocol: ProtocolName) -> Self {
        let body = String::from_utf8(order.body().to_vec()).ok();
        Self {
            protocol: protocol.as_str().to_owned(),
            method: order.request().method.clone(),
            headers: order.request().headers.clone(),
            body64: body.is_none().then(|| STANDARD.encode(order.body())),
            body,
        }
    }

    fn body(&self) -> Option<Vec<u8>> {
        match (&self.body, &self.body64) {
            (Some(text), None) => Some(text.clone().into_bytes()),
            (None, Some(coded)) => STANDARD.decode(coded).ok(),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

impl Asked {
    /// The order by this way.
    #[must_use]
    pub(super) fn new(tool: &Tool, way: &Deletion, order: &Order) -> Self {
        let sent = |method: &str, order: &OrderRequest| Self {
            method: method.to_owned(),
            destination: None,
            address: order.request().address.clone(),
            digest: Some(order.digest().to_string()),
            request: None,
            state: State::Requested,
            attempts: 0,
            last_ms: None,
            not_before_ms: None,
            answer: None,
        };
        let by_hand = |method: &str, address: &str| Self {
            method: method.to_owned(),
            destination: None,
            address: address.to_owned(),
            digest: None,
            request: None,
            state: State::ByHand,
            attempts: 0,
            last_ms: None,
            not_before_ms: None,
            answer: None,
        };
        match way {
            Deletion::Endpoint(url) => sent("endpoint", &OrderRequest::endpoint(order, url)),
            Deletion::File(place) => sent("file", &OrderRequest::file(order, &file_path(tool, place))),
            Deletion::Mail(address) => by_hand("mail", address),
            Deletion::Form(url) => by_hand("form", url.as_str()),
            Deletion::Event(name) => {
                let destination = destination(tool, name.as_str());
                let made =
                    destination.and_then(|to| Some((to, OrderRequest::event(order, to, tool.places.telemetry())?)));
                let Some((destination, bytes)) = made else {
                    // A manifest that says so is none (`manifest/parse/deletion.rs`).
                    return Self { state: State::Failed, ..by_hand("event", name.as_str()) };
                };
                let request = Some(Bytes::of(&bytes, destination.form.speech.protocol()));
                Self { destination: Some(name.to_string()), request, ..sent("event", &bytes) }
            }
        }
    }

    /// What is sent; `None` where a person sends it, and where it is not what was asked for any more.
    #[must_use]
    pub fn request(&self, order: &Order) -> Option<OrderRequest> {
        match self.method.as_str() {
            "endpoint" => Some(OrderRequest::endpoint(order, &WebAddress::new(&self.address).ok()?)),
            "file" => Some(OrderRequest::file(order, &self.address)),
            "event" => {
                let bytes = self.request.as_ref()?;
                let (method, headers) = (bytes.method.clone(), bytes.headers.clone());
                let request = Request { method, address: self.address.clone(), headers };
                OrderRequest::kept(request, bytes.body()?, self.digest.as_deref()?)
            }
            _ => None,
        }
    }

    /// The body as a person reads it, with all that is coded within it opened; `None` where it cannot be.
    #[must_use]
    pub fn opened(&self, tool: &Tool, order: &Order) -> Option<serde_json::Value> {
        let request = self.request(order)?;
        match self.spoken_by(tool) {
            Some(destination) => protocols::of(destination).opened(request.body()),
            None => serde_json::from_slice(request.body()).ok(),
        }
    }

    /// The destination that it goes to as an event, as long as the manifest has it in the same protocol.
    fn spoken_by<'t>(&self, tool: &'t Tool) -> Option<&'t Destination> {
        let (name, bytes) = (self.destination.as_deref()?, self.request.as_ref()?);
        destination(tool, name).filter(|to| to.form.speech.protocol().as_str() == bytes.protocol)
    }

    /// What an answer means, as the protocol of the order reads it.
    #[must_use]
    pub(super) fn read(&self, tool: &Tool, answer: &Answer<'_>, request_id: &str) -> Reading {
        if let Some(destination) = self.spoken_by(tool) {
            return protocols::of(destination).read(answer, &[request_id]);
        }
        let said = self.request.as_ref().map_or("", |bytes| bytes.protocol.as_str());
        let protocol = ProtocolName::ALL.into_iter().find(|name| name.as_str() == said);
        Reading::of(retries::meaning(protocol.unwrap_or(ProtocolName::Json), answer.status))
    }

    /// Whether the receiver asked to be left alone for longer; a wait that nobody is granted comes from a clock that was wrong.
    #[must_use]
    pub(super) fn waits(&self, now: Timestamp) -> bool {
        self.not_before_ms.is_some_and(|at| (1..=RETRY_AFTER_MOST_MS).contains(&at.saturating_sub(now.ms())))
    }

    /// Keeps what came of one more attempt.
    pub(super) fn note(&mut self, answered: &Answered, request_id: &str, now: Timestamp) {
        self.attempts = self.attempts.saturating_add(1);
        self.last_ms = Some(now.ms());
        self.state = state_of(answered, request_id);
        self.answer = Some(answered.why());
        let asked = answered.asked_ms.filter(|_| self.state == State::Requested);
        self.not_before_ms = asked.map(|asked| now.plus_ms(asked.clamp(1000, RETRY_AFTER_MOST_MS)).ms());
    }

    /// Lets go of the bytes, which hold ids.
    pub(super) fn forget(&mut self) {
        self.request = None;
    }
}

fn destination<'t>(tool: &'t Tool, name: &str) -> Option<&'t Destination> {
    tool.manifest.destinations.iter().find(|destination| destination.name.as_str() == name)
}

fn file_path(tool: &Tool, place: &FilePlace) -> String {
    match place {
        FilePlace::Own(name) => tool.places.telemetry().join(name).display().to_string(),
        FilePlace::Absolute(path) => path.clone(),
    }
}

/// An order is one event alone, and patient: what is about the receiver and not about the order leaves it open, also where the
/// protocol lets go of an event.
fn state_of(answered: &Answered, request_id: &str) -> State {
    let parts = &answered.parts;
    match answered.meaning {
        Meaning::Delivered | Meaning::Acknowledged if answered.rejected > 0 => State::Failed,
        Meaning::Delivered if !answered.text.contains(request_id) => State::Delivered,
        Meaning::Part if parts.refused.contains(&0) => State::Failed,
        Meaning::Part if parts.later.contains(&0) || parts.again.contains(&0) => State::Requested,
        Meaning::Delivered | Meaning::Acknowledged | Meaning::Part => State::Acknowledged,
        Meaning::Refused if answered.status.is_some_and(is_about_the_receiver) => State::Requested,
        // A wrong address may be mended by an update of the receiver: it stays open, like trouble on the way.
        Meaning::Later | Meaning::Misconfigured => State::Requested,
        Meaning::Refused | Meaning::Split => State::Failed,
    }
}

const fn is_about_the_receiver(status: u16) -> bool {
    matches!(status, 401 | 403 | 404 | 405 | 407 | 408 | 425 | 429 | 500 | 502..=504 | 506..=599)
}
