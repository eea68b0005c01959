//! Deletion orders as they are shown: whom they ask, and the bytes that go there.
//!
//! Promises: the bytes are those that are sent, with the digest that the receipt will have. Absent: what is done (`forget`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::deletion::{Asked, Deleting};
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::destination::deliver;
use crate::destination::order::OrderRequest;
use crate::host::clock::Timestamp;

/// One order, as in a JSON document.
#[derive(Serialize)]
pub(crate) struct Order {
    method: String,
    /// The destination that an event goes to.
    pub(crate) destination: Option<String>,
    address: String,
    state: &'static str,
    attempts: u32,
    last: Option<String>,
    answer: Option<String>,
    digest: Option<String>,
    http_method: Option<String>,
    headers: Option<Vec<(String, String)>>,
    /// The body, where it is text.
    pub(crate) body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    /// The body as a person reads it, of an event.
    pub(crate) decoded: Option<serde_json::Value>,
    #[serde(skip)]
    head: Option<String>,
}

impl Order {
    /// Who is asked, and how.
    pub(crate) fn whom(&self) -> String {
        let to = self.destination.as_ref().map(|name| format!(" to {name},")).unwrap_or_default();
        format!("{}{to} {}", self.method, self.address)
    }
}

/// An order of this request; its bytes only as long as they are those that were asked for.
pub(crate) fn order(tool: &Tool, deleting: &Deleting, asked: &Asked) -> Order {
    let order = deleting.order();
    let known = |request: &OrderRequest| asked.digest.as_deref() == Some(request.digest().as_str());
    let sent = asked.request(&order).filter(known);
    let wire = sent.as_ref().map(OrderRequest::request);
    let bytes = sent.as_ref().map(OrderRequest::body);
    let body = bytes.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    let event = asked.destination.is_some() && sent.is_some();
    Order {
        method: asked.method.clone(),
        destination: asked.destination.clone(),
        address: asked.address.clone(),
        state: asked.state.as_str(),
        attempts: asked.attempts,
        last: asked.last_ms.map(|ms| Timestamp::from_ms(ms).rfc3339()),
        answer: asked.answer.clone(),
        digest: asked.digest.clone(),
        http_method: wire.map(|wire| wire.method.clone()),
        headers: wire.map(|wire| wire.headers.clone()),
        body_base64: bytes.filter(|_| body.is_none()).map(|bytes| STANDARD.encode(bytes)),
        body,
        decoded: event.then(|| asked.opened(tool, &order)).flatten(),
        head: wire.zip(bytes).and_then(|(wire, bytes)| deliver::head(wire, bytes)),
    }
}

/// Each order as it stands on the wire.
pub(crate) fn show<'a>(session: &Session, orders: impl Iterator<Item = &'a Order>) -> anyhow::Result<()> {
    let ui = &session.ui;
    for order in orders {
        let Some(method) = &order.http_method else { continue };
        ui.data("")?;
        ui.data(&clean(&format!("{}, digest {}", order.whom(), order.digest.as_deref().unwrap_or_default())))?;
        let head = order.head.as_ref().map(|head| head.trim_end().replace("\r\n", "\n"));
        ui.data(&clean(&head.unwrap_or_else(|| format!("{method} {}", order.address))))?;
        ui.data("")?;
        match &order.body {
            Some(body) => ui.data(clean(body).trim_end_matches('\n'))?,
            None => ui.data(&format!("(not text; base64) {}", order.body_base64.as_deref().unwrap_or_default()))?,
        }
        if let Some(decoded) = &order.decoded {
            ui.data(&format!("\ndecoded, for reading:\n{}", clean(&serde_json::to_string_pretty(decoded)?)))?;
        }
    }
    Ok(())
}
