//! Destinations and ways to ask for deletion, as declared.
//!
//! Promises: what makes a sealed body, and what a person agrees to, is told from any other. Absent: opening anything.

use sha2::{Digest, Sha256};

use crate::identity::names::DestinationName;
use crate::manifest::addresses::{FilePlace, WebAddress};
use crate::manifest::forms::{Form, Speech};

/// A destination.
#[derive(Debug, Clone, PartialEq)]
pub struct Destination {
    /// Its name within the manifest.
    pub name: DestinationName,
    /// Where it is.
    pub address: Address,
    /// How events become bodies.
    pub form: Form,
}

/// Where a destination is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A server that takes requests.
    Http {
        /// The whole address.
        url: WebAddress,
        /// How it is asked.
        method: Method,
        /// Headers beside those that the form brings, in order; names in lower case.
        headers: Vec<(String, String)>,
    },
    /// A local file that bodies are appended to.
    File(FilePlace),
}

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// POST.
    Post,
    /// PUT.
    Put,
}

impl Method {
    /// As it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

impl Address {
    /// The same, on the web with this path where it has none of its own.
    #[must_use]
    pub fn or_path(self, path: Option<&str>) -> Self {
        match (self, path) {
            (Self::Http { url, method, headers }, Some(path)) => Self::Http { url: url.or_path(path), method, headers },
            (address, _) => address,
        }
    }

    /// The same, on the web with these pairs in its query where it has none of its own.
    #[must_use]
    pub fn or_query(self, pairs: &[(&str, &str)]) -> Self {
        match self {
            Self::Http { url, method, headers } => Self::Http { url: url.or_query(pairs), method, headers },
            address @ Self::File(_) => address,
        }
    }

    /// What a person is shown, a policy allows and an agreement holds: another one under the same name is another destination.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Http { url, .. } => url.as_str().to_owned(),
            Self::File(place) => format!("file:{}", place.as_str()),
        }
    }

    /// What a policy's list of destinations is compared with: an origin, or `file`.
    #[must_use]
    pub fn origin(&self) -> String {
        match self {
            Self::Http { url, .. } => url.origin(),
            Self::File(_) => "file".to_owned(),
        }
    }
}

impl Destination {
    /// What a person agrees to: the address, whose account it is there, what the receiver is let do beside taking the events, and what else
    /// it is told.
    #[must_use]
    pub fn declared(&self) -> String {
        let key = self.form.speech.key().map(|key| format!("under the key {key}"));
        let allowed: Vec<&str> = self.form.allowed.iter().map(|allowance| allowance.as_str()).collect();
        let allowed = (!allowed.is_empty()).then(|| format!("may use: {}", allowed.join(", ")));
        let told = self.form.reports().then(|| "is told how many events were lost".to_owned());
        let beside: Vec<String> = key.into_iter().chain(self.with_headers()).chain(allowed).chain(told).collect();
        let address = self.address.shown();
        if beside.is_empty() { address } else { format!("{address} ({})", beside.join("; ")) }
    }

    /// The headers by which a receiver may tell one account from another, the values as a digest: they are long, and not for reading.
    fn with_headers(&self) -> Option<String> {
        if let Some(variable) = self.form.speech.following().and_then(|following| following.secrets) {
            // The operator may exchange a token: whose account it is, is theirs to say.
            return Some(format!("with the headers of {variable}"));
        }
        match (&self.address, &self.form.speech) {
            // Agreements to web hooks say nothing of headers, and they stand.
            (_, Speech::Json(_)) | (Address::File(_), _) => None,
            (Address::Http { headers, .. }, _) if headers.is_empty() => None,
            (Address::Http { headers, .. }, _) => {
                let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
                let digest = digest(headers.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]));
                Some(format!("with the headers {}, of digest {digest}", names.join(", ")))
            }
        }
    }

    /// A digest over all that makes a sealed body: when it differs, what was sealed is sealed anew.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut parts = vec![self.address.shown()];
        if let Address::Http { method, headers, .. } = &self.address {
            parts.push(method.as_str().to_owned());
            parts.extend(headers.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
        }
        parts.extend(self.form.parts());
        digest(parts.iter().map(String::as_str))
    }
}

/// The first half of a digest over texts, in hex digits: two lists of texts that differ have different ones.
fn digest<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in parts {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    let nibbles = hash.finalize().into_iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| char::from_digit(u32::from(nibble), 16)).collect()
}

/// A way to ask for deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deletion {
    /// A server that takes a JSON document.
    Endpoint(WebAddress),
    /// A local file that the document is appended to.
    File(FilePlace),
    /// An event of its own to this destination, in the destination's protocol.
    Event(DestinationName),
    /// A person writes a mail to this address.
    Mail(String),
    /// A person fills in the form at this address.
    Form(WebAddress),
}
