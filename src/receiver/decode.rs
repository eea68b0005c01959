//! What a request says, for people: unpacked, and what is coded within it opened; no byte of the request changes by that.
//!
//! Promises: keys keep their order, numbers their spelling, keys that stand twice stand twice; what is a secret by its name is masked and
//! said to be; what cannot be opened is said to be so, and why; bounded, whatever came. Absent: what it means, and whether it is right.

pub mod node;
pub mod open;
pub mod secret;
pub mod sentry;
pub mod unpack;

use crate::payload::digest::Digest;
use crate::receiver::decode::node::Node;
use crate::receiver::decode::open::Opener;
use crate::receiver::decode::unpack::Unpacked;
use crate::receiver::request::Request;

/// A request for people.
#[derive(Debug)]
pub struct Decoded {
    /// Method and target, secrets of its query masked.
    pub line: (String, String),
    /// The headers, secrets masked.
    pub headers: Vec<(String, String)>,
    /// Bytes of the body as sent.
    pub size: usize,
    /// The digest of the body as sent.
    pub digest: Digest,
    /// The query, where there is one.
    pub query: Option<Node>,
    /// What the body is.
    pub body: Body,
    /// What was done to read it, what could not be, and what is masked.
    pub notes: Vec<String>,
    /// Whether something in the query or the body is masked.
    pub masked: bool,
}

/// A body for people.
#[derive(Debug)]
pub enum Body {
    /// None.
    Empty,
    /// A document.
    Tree(Node),
    /// A text that is no document that we know.
    Text(String),
    /// Bytes that are no text.
    Bytes,
}

/// Decodes a request.
#[must_use]
pub fn decode(request: &Request) -> Decoded {
    let mut opener = Opener::default();
    let (path, query) = match request.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (request.target.as_str(), None),
    };
    let query = query.filter(|query| !query.is_empty());
    let shown = query.map(|query| opener.form(query.as_bytes()));
    // The query stands in the line as it came, unless something in it is masked.
    let target = if opener.masked() { format!("{path}?…") } else { request.target.clone() };
    let body = body(request, path, &mut opener);
    let masked = opener.masked();
    Decoded {
        line: (request.method.clone(), target),
        headers: request.headers.iter().map(|(name, value)| (name.clone(), secret::header(name, value))).collect(),
        size: request.body.len(),
        digest: Digest::of(&request.body),
        query: shown,
        body,
        notes: opener.notes(),
        masked,
    }
}

fn body(request: &Request, path: &str, opener: &mut Opener) -> Body {
    if request.body.is_empty() {
        return Body::Empty;
    }
    let plain = match unpack::unpack(&request.body, request.header("Content-Encoding")) {
        Unpacked::As(bytes) => bytes.to_vec(),
        Unpacked::From(packing, bytes) => {
            opener.note(format!("the body was packed with {packing}: {} bytes unpacked", bytes.len()));
            bytes
        }
        Unpacked::Not(why) => {
            opener.note(why);
            return Body::Bytes;
        }
    };
    let kind = request.header("Content-Type").unwrap_or_default().to_ascii_lowercase();
    let is = |name: &str| kind.contains(name);
    if (is("sentry-envelope") || path.trim_end_matches('/').ends_with("/envelope"))
        && let Some(tree) = sentry::read(&plain, opener)
    {
        return Body::Tree(tree);
    }
    if let Some(tree) = opener.document(&plain) {
        return Body::Tree(tree);
    }
    if is("x-www-form-urlencoded") {
        return Body::Tree(opener.form(&plain));
    }
    match String::from_utf8(plain) {
        Ok(text) => Body::Text(text),
        Err(_) => Body::Bytes,
    }
}
