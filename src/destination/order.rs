//! A deletion order as it goes out: to an endpoint, into a file, or as an event of a destination's protocol.
//!
//! Promises: it is made from an order, or is one that was made from it before and still has its digest; a payload of events is never
//! one. Absent: sending it (`deliver`), keeping it (`actions/deletion`).

use std::path::Path;

use crate::manifest::addresses::WebAddress;
use crate::manifest::destinations::Destination;
use crate::payload::deletion::Order;
use crate::payload::digest::Digest;
use crate::payload::protocol::Made;
use crate::payload::protocols;
use crate::queue::seal;
use crate::queue::sealed::Request;

/// A deletion order with where and how it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRequest {
    request: Request,
    body: Vec<u8>,
    digest: Digest,
}

impl OrderRequest {
    fn of(request: Request, body: Vec<u8>) -> Self {
        Self { request, digest: Digest::of(&body), body }
    }

    /// To a server that takes the order's own document.
    #[must_use]
    pub fn endpoint(order: &Order, endpoint: &WebAddress) -> Self {
        let headers = [
            ("content-type", "application/json"),
            ("user-agent", concat!("telemetry/", env!("CARGO_PKG_VERSION"))),
            ("accept", "*/*"),
            ("idempotency-key", order.request_id.as_str()),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let address = endpoint.as_str().to_owned();
        Self::of(Request { method: "POST".to_owned(), address, headers }, order.body())
    }

    /// Into a local file.
    #[must_use]
    pub fn file(order: &Order, path: &str) -> Self {
        let request = Request { method: "APPEND".to_owned(), address: path.to_owned(), headers: Vec::new() };
        Self::of(request, order.body())
    }

    /// As an event of this destination; `own_folder` is the tool's telemetry folder. `None` where its protocol has no such event.
    #[must_use]
    pub fn event(order: &Order, destination: &Destination, own_folder: &Path) -> Option<Self> {
        let body = protocols::of(destination).order(order)?;
        let digest = Digest::of(&body);
        let request = seal::request(destination, own_folder, Made { digest: &digest, newest: order.time });
        Some(Self { request, body, digest })
    }

    /// One that was kept; `None` where its bytes do not have the digest any more, or its address may not be asked.
    #[must_use]
    pub fn kept(request: Request, body: Vec<u8>, digest: &str) -> Option<Self> {
        let allowed = match request.method.as_str() {
            "APPEND" => Path::new(&request.address).is_absolute(),
            "POST" | "PUT" => WebAddress::new(&request.address).is_ok(),
            _ => false,
        };
        let order = Self::of(request, body);
        (allowed && order.digest.as_str() == digest).then_some(order)
    }

    /// Where and how it is sent.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// The body as on the wire.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body's digest.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_goes_out_only_as_it_was_shown() {
        let request = |method: &str, address: &str| Request {
            method: method.to_owned(),
            address: address.to_owned(),
            headers: Vec::new(),
        };
        let digest = Digest::of(b"[{}]").to_string();
        for (method, address, body, fine) in [
            ("POST", "https://t.example/v1", "[{}]", true),
            ("PUT", "http://127.0.0.1:9/", "[{}]", true),
            ("APPEND", "/home/ada/out.jsonl", "[{}]", true),
            ("POST", "https://t.example/v1", "[{ }]", false),
            ("POST", "http://t.example/v1", "[{}]", false),
            ("POST", "/home/ada/out.jsonl", "[{}]", false),
            ("APPEND", "https://t.example/v1", "[{}]", false),
            ("GET", "https://t.example/v1", "[{}]", false),
        ] {
            let kept = OrderRequest::kept(request(method, address), body.as_bytes().to_vec(), &digest);
            assert_eq!(kept.is_some(), fine, "{method} {address} {body}");
        }
    }
}
