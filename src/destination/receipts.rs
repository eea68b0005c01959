//! Receipts: what went out, byte for byte, with its digest and the answer, in `~/.TOOL/telemetry/receipts/receipts-MS.jsonl`.
//!
//! Version 1. A file is named by the time of its first receipt, in milliseconds since 1970, at least 13 digits, and is appended to
//! until it has 1 MB. It is UTF-8; each receipt is one JSON object on one line that ends in a newline, without spaces between its
//! parts, its keys in this order:
//!
//! | key | what | left out |
//! |---|---|---|
//! | `version` | `1` | |
//! | `at_ms` | when the answer came, milliseconds since 1970 | |
//! | `kind` | `"events"`, or `"deletion"` for a deletion order | |
//! | `destination` | its name; of an order the method, such as `"endpoint"` | |
//! | `method` | `"POST"`, `"PUT"`, or `"APPEND"` for a file | |
//! | `address` | the URL, or the path of the file | |
//! | `headers` | a list of `[NAME,VALUE]`, names in lower case, in the order of the request | |
//! | `digest` | `"sha256:"` and 64 lower-case hex digits, of the body's bytes | |
//! | `parent` | the digest of the payload that it was split from | where there is none |
//! | `events` | how many events are in it | |
//! | `outcome` | `"acknowledged"`: the receiver named or counted what it took; `"delivered"`: it has the bytes and says no more; `"part"`: its events fared differently, and some may stand in later receipts that name this digest; `"refused"`, `"split"`, `"later"`, `"misconfigured"`, or `"unanswered"` | |
//! | `status` | the status, where a server answered | where none did |
//! | `answer` | the first 2,048 bytes of the answer, or what went wrong | |
//! | `maybe_twice` | `true`: an earlier attempt had no answer and may have arrived too | where it is not so |
//! | `again` | `true`: an earlier line of this file has this digest and the body, which is kept once | where it is not so |
//! | `body` | the body, where it is UTF-8 | otherwise |
//! | `body64` | the body in base64 (RFC 4648, section 4, padded), where it is not | otherwise |
//!
//! Every attempt that may have carried the bytes away has its line. A line with neither `again` nor a body was forgotten (`forget`).
//! So it is written:
//!
//! ```json
//! {"version":1,"at_ms":1795237731321,"kind":"events","destination":"main","method":"POST","address":"https://acme.example/v1","headers":[["content-type","application/json"]],"digest":"sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945","events":1,"outcome":"later","status":503,"answer":"busy","body":"[]"}
//! {"version":1,"at_ms":1795237761321,"kind":"events","destination":"main","method":"POST","address":"https://acme.example/v1","headers":[["content-type","application/json"]],"digest":"sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945","events":1,"outcome":"delivered","status":200,"answer":"","again":true}
//! ```
//! A key that is not known is passed over, and stays where a file is shortened. A line that is not of this form, or of another
//! version, is no receipt: it is left as it is, counted as unreadable (`log`), named (`export`), and goes with its neighbours.
//!
//! Promises: what was written reads back; a changed byte shows. Absent: writing (`keep`), how long they stay (`retention`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::payload::digest::Digest;

/// The version of the stored form.
const VERSION: u32 = 1;
/// Largest file of receipts that is read, bytes: one more body than a file is begun for.
pub const LIMIT: usize = 64 * 1024 * 1024;
/// How often a list of files is looked up anew when one of them went meanwhile.
const LOOKS: u32 = 4;

/// What went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A payload of events.
    Events,
    /// A deletion order.
    Deletion,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// When the answer came.
    pub at: Timestamp,
    /// What went out.
    pub kind: Kind,
    /// The destination's name.
    pub destination: String,
    /// `POST`, `PUT`, or `APPEND` for a file.
    pub method: String,
    /// Where it went.
    pub address: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The digest that was shown before.
    pub digest: Digest,
    /// The payload that it was split from.
    pub parent: Option<Digest>,
    /// How many events.
    pub events: u64,
    /// `delivered`, `refused`, …: what the answer means.
    pub outcome: String,
    /// The status, where a server answered.
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub answer: String,
    /// An earlier attempt had no answer and may have arrived too.
    pub maybe_twice: bool,
    /// The bytes stand in an earlier receipt of the same file.
    pub again: bool,
    /// The bytes; `None` when they were forgotten, or stand in an earlier receipt that is not at hand.
    pub body: Option<Arc<[u8]>>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    at_ms: i64,
    kind: Kind,
    destination: String,
    method: String,
    address: String,
    headers: Vec<(String, String)>,
    digest: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    events: u64,
    outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    answer: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    maybe_twice: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    again: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body64: Option<String>,
}

/// What checking a receipt found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The bytes have the digest.
    Verified,
    /// The bytes have another digest, or are gone although nobody asked for that.
    Mismatch,
    /// The bytes were forgotten.
    Forgotten,
}

impl Check {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Mismatch => "mismatch",
            Self::Forgotten => "forgotten",
        }
    }
}

impl Receipt {
    /// Recomputes the digest over the kept bytes.
    #[must_use]
    pub fn check(&self) -> Check {
        match &self.body {
            None if self.again => Check::Mismatch,
            None => Check::Forgotten,
            Some(body) if Digest::of(body) == self.digest => Check::Verified,
            Some(_) => Check::Mismatch,
        }
    }

    /// Its line, with the newline; without the body where it is there already.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(&self.to_stored()).unwrap_or_default();
        line.push(b'\n');
        line
    }

    fn to_stored(&self) -> Stored {
        let kept = self.body.as_ref().filter(|_| !self.again);
        let text = kept.and_then(|body| std::str::from_utf8(body).ok()).map(str::to_owned);
        let body64 = if text.is_none() { kept.map(|body| STANDARD.encode(body)) } else { None };
        Stored {
            version: VERSION,
            at_ms: self.at.ms(),
            kind: self.kind,
            destination: self.destination.clone(),
            method: self.method.clone(),
            address: self.address.clone(),
            headers: self.headers.clone(),
            digest: self.digest.to_string(),
            parent: self.parent.as_ref().map(ToString::to_string),
            events: self.events,
            outcome: self.outcome.clone(),
            status: self.status,
            answer: self.answer.clone(),
            maybe_twice: self.maybe_twice,
            again: self.again,
            body: text,
            body64,
        }
    }

    /// Reads a line; `None` when it is no receipt of version 1.
    #[must_use]
    pub fn from_line(line: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(line).ok()?;
        let body = match (stored.body, stored.body64) {
            (Some(text), None) => Some(text.into_bytes().into()),
            (None, Some(coded)) => Some(STANDARD.decode(coded).ok()?.into()),
            (None, None) => None,
            (Some(_), Some(_)) => return None,
        };
        (stored.version == VERSION).then_some(())?;
        let parent = match stored.parent {
            Some(text) => Some(Digest::parse(&text)?),
            None => None,
        };
        Some(Self {
            at: Timestamp::from_ms(stored.at_ms),
            kind: stored.kind,
            destination: stored.destination,
            method: stored.method,
            address: stored.address,
            headers: stored.headers,
            digest: Digest::parse(&stored.digest)?,
            parent,
            events: stored.events,
            outcome: stored.outcome,
            status: stored.status,
            answer: stored.answer,
            maybe_twice: stored.maybe_twice,
            again: stored.again && body.is_none(),
            body,
        })
    }
}

/// The files of receipts, oldest first, each with the time in its name.
///
/// # Errors
/// The folder cannot be listed.
pub fn files_of(folder: &Path) -> Result<Vec<(i64, PathBuf)>, FileError> {
    let parse = |name: &String| {
        Some((name.strip_prefix("receipts-")?.strip_suffix(".jsonl")?.parse().ok()?, folder.join(name)))
    };
    let mut found: Vec<(i64, PathBuf)> = files::list(folder)?.iter().filter_map(parse).collect();
    found.sort();
    Ok(found)
}

/// What one file of receipts holds, and how many lines of it are no receipts.
#[derive(Debug, Default)]
pub struct Log {
    /// The receipts, oldest first.
    pub receipts: Vec<Receipt>,
    /// Lines that are none.
    pub unreadable: u64,
}

/// Reads receipts, the newest `most` of them, oldest first.
///
/// # Errors
/// A file cannot be read.
pub fn read(folder: &Path, most: usize) -> Result<Log, FileError> {
    for _ in 1..LOOKS {
        if let Some(log) = read_once(folder, most, false)? {
            return Ok(log);
        }
    }
    Ok(read_once(folder, most, true)?.unwrap_or_default())
}

/// `None` when a file that was listed is gone, unless that is to be passed over.
fn read_once(folder: &Path, most: usize, pass_over: bool) -> Result<Option<Log>, FileError> {
    let mut log = Log::default();
    for (_, path) in files_of(folder)?.into_iter().rev() {
        if log.receipts.len() >= most {
            break;
        }
        let bytes = match files::read(&path, LIMIT)? {
            Some(bytes) => bytes,
            None if pass_over => continue,
            None => return Ok(None),
        };
        let from = log.receipts.len();
        for line in bytes.split(|byte| *byte == b'\n').rev().filter(|line| !line.is_empty()) {
            match Receipt::from_line(line) {
                Some(receipt) if log.receipts.len() < most => log.receipts.push(receipt),
                Some(_) => break,
                None => log.unreadable = log.unreadable.saturating_add(1),
            }
        }
        give_bodies(log.receipts.get_mut(from..).unwrap_or_default(), &bytes);
    }
    log.receipts.reverse();
    Ok(Some(log))
}

/// Receipts of one file whose bytes stand in an earlier line of it share them.
fn give_bodies(receipts: &mut [Receipt], file: &[u8]) {
    let without = |receipt: &Receipt| receipt.again && receipt.body.is_none();
    if !receipts.iter().any(without) {
        return;
    }
    let wanted = receipts.iter().filter(|receipt| without(receipt)).map(|receipt| (receipt.digest.clone(), None));
    let mut bodies: HashMap<Digest, Option<Arc<[u8]>>> = wanted.collect();
    for line in file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        if let Some(Receipt { digest, body: Some(body), .. }) = Receipt::from_line(line)
            && let Some(found) = bodies.get_mut(&digest)
        {
            found.get_or_insert(body);
        }
    }
    for receipt in receipts.iter_mut().filter(|receipt| without(receipt)) {
        receipt.body = bodies.get(&receipt.digest).cloned().flatten();
    }
}

/// Takes the bytes out of all receipts and leaves their digests.
///
/// # Errors
/// A file cannot be read or written.
pub fn forget_bodies(folder: &Path) -> Result<u64, FileError> {
    let mut forgotten = 0_u64;
    for (_, path) in files_of(folder)? {
        let bytes = files::read(&path, LIMIT)?.unwrap_or_default();
        let mut kept = Vec::with_capacity(bytes.len());
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            // A line that is no receipt may still hold an id: it goes.
            let Some(receipt) = Receipt::from_line(line) else { continue };
            forgotten = forgotten.saturating_add(u64::from(receipt.body.is_some()));
            kept.extend(Receipt { again: false, body: None, answer: String::new(), ..receipt }.to_line());
        }
        writes::write_durable(&path, &kept, PRIVATE_FILE)?;
    }
    Ok(forgotten)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(at: i64, body: &[u8]) -> Receipt {
        Receipt {
            at: Timestamp::from_ms(at),
            kind: Kind::Events,
            destination: "main".to_owned(),
            method: "POST".to_owned(),
            address: "http://127.0.0.1/".to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            digest: Digest::of(body),
            parent: None,
            events: 1,
            outcome: "delivered".to_owned(),
            status: Some(200),
            answer: "ok".to_owned(),
            maybe_twice: false,
            again: false,
            body: Some(body.into()),
        }
    }

    fn file(root: &Path, receipts: &[Receipt]) {
        let lines: Vec<u8> = receipts.iter().flat_map(Receipt::to_line).collect();
        std::fs::write(root.join("receipts-0000000000001.jsonl"), lines).expect("written");
    }

    #[test]
    fn receipts_read_back_and_a_changed_byte_shows() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let all = [receipt(1, b"{\"a\":1}"), receipt(2, b"\xff\x00binary")];
        file(root.path(), &all);
        let log = read(root.path(), 10).expect("readable");
        assert_eq!(log.receipts, all);
        assert!(log.receipts.iter().all(|receipt| receipt.check() == Check::Verified));
        let changed = Receipt { body: Some((*b"{\"a\":2}").into()), ..receipt(1, b"{\"a\":1}") };
        assert_eq!(changed.check(), Check::Mismatch);
        assert_eq!(forget_bodies(root.path()).expect("forgotten"), 2);
        assert!(
            read(root.path(), 10).expect("readable").receipts.iter().all(|receipt| receipt.check() == Check::Forgotten)
        );
    }

    #[test]
    fn an_attempt_shares_the_body_of_the_one_before_it() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let (first, again) = (receipt(1, b"[1]"), Receipt { again: true, ..receipt(3, b"[1]") });
        file(root.path(), &[first.clone(), receipt(2, b"[2]"), again.clone()]);
        for most in [1, 3] {
            let log = read(root.path(), most).expect("readable");
            assert_eq!(log.receipts.last(), Some(&again), "of {most}");
            assert!(log.receipts.iter().all(|receipt| receipt.check() == Check::Verified), "of {most}");
        }
        let text = std::fs::read_to_string(root.path().join("receipts-0000000000001.jsonl")).expect("text");
        assert_eq!(text.matches("\"[1]\"").count(), 1, "{text}");
        // Its bytes are gone, and nobody asked for that.
        file(root.path(), std::slice::from_ref(&again));
        assert_eq!(read(root.path(), 9).expect("readable").receipts[0].check(), Check::Mismatch);
        file(root.path(), &[first, again]);
        assert_eq!(forget_bodies(root.path()).expect("forgotten"), 1);
        let log = read(root.path(), 9).expect("readable");
        assert!(log.receipts.iter().all(|receipt| receipt.check() == Check::Forgotten), "{log:?}");
    }
}
