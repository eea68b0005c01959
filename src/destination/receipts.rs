//! Receipts: what went out, byte for byte, with its digest and the answer, in `~/.TOOL/telemetry/receipts/receipts-MS.jsonl`.
//!
//! Version 1, one JSON object a line: `{"version","at_ms","kind","destination","method","address","headers","digest","parent","events","outcome",
//! "status","answer","maybe_twice","body"}`; `body64` where the body is not text, neither where it was forgotten. `kind` is `events` or
//! `deletion`; `events` is how many; `parent` is the digest of the payload it was split from.
//!
//! Promises: written after the answer, never before; kept for 90 days and 20 MB. Absent: deciding anything.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::locks;
use crate::host::writes;
use crate::payload::digest::Digest;
use crate::queue::limits::{RECEIPTS_AGE_MS, RECEIPTS_BYTES, RECEIPTS_FILE_BYTES};

/// The version of the stored form.
const VERSION: u32 = 1;
/// Largest file of receipts that is read, bytes: one more body than a file is begun for.
const LIMIT: usize = 64 * 1024 * 1024;
/// How long another who writes is waited for.
const PATIENCE: Duration = Duration::from_millis(500);

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
    /// `accepted`, `refused`, …: what the answer means.
    pub outcome: String,
    /// The status, where a server answered.
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub answer: String,
    /// An earlier attempt had no answer and may have arrived too.
    pub maybe_twice: bool,
    /// The bytes; `None` when they were forgotten.
    pub body: Option<Vec<u8>>,
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
    /// The bytes have another digest.
    Mismatch,
    /// The bytes were forgotten.
    Forgotten,
}

impl Receipt {
    /// Recomputes the digest over the kept bytes.
    #[must_use]
    pub fn check(&self) -> Check {
        match &self.body {
            None => Check::Forgotten,
            Some(body) if Digest::of(body) == self.digest => Check::Verified,
            Some(_) => Check::Mismatch,
        }
    }

    fn to_stored(&self) -> Stored {
        let text = self.body.as_ref().and_then(|body| String::from_utf8(body.clone()).ok());
        let body64 = if text.is_none() { self.body.as_ref().map(|body| STANDARD.encode(body)) } else { None };
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
            body: text,
            body64,
        }
    }

    fn from_line(line: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(line).ok()?;
        let body = match (stored.body, stored.body64) {
            (Some(text), None) => Some(text.into_bytes()),
            (None, Some(coded)) => Some(STANDARD.decode(coded).ok()?),
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
            body,
        })
    }
}

fn files_of(folder: &Path) -> Result<Vec<(i64, PathBuf)>, FileError> {
    let parse = |name: &String| {
        Some((name.strip_prefix("receipts-")?.strip_suffix(".jsonl")?.parse().ok()?, folder.join(name)))
    };
    let mut found: Vec<(i64, PathBuf)> = files::list(folder)?.iter().filter_map(parse).collect();
    found.sort();
    Ok(found)
}

/// Writes receipts, keeping the file open between them.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    open: Option<(PathBuf, std::fs::File, u64)>,
}

impl Writer {
    /// Into this folder.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder, open: None }
    }

    /// Writes one receipt, and lets go of what is older or more than is kept.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, receipt: &Receipt) -> Result<(), FileError> {
        let mut line = serde_json::to_vec(&receipt.to_stored()).unwrap_or_default();
        line.push(b'\n');
        let (path, file, size) = match self.open.take() {
            Some(open) if open.2 < RECEIPTS_FILE_BYTES => open,
            Some(_) | None => self.newest(receipt.at)?,
        };
        if !locks::lock_open(&file, &path, PATIENCE)? {
            return Err(FileError::system(&path, std::io::ErrorKind::WouldBlock.into()));
        }
        let written = (&file).write_all(&line).map_err(|error| FileError::system(&path, error));
        file.unlock().map_err(|error| FileError::system(&path, error))?;
        written?;
        self.open = Some((path, file, size.saturating_add(u64::try_from(line.len()).unwrap_or(0))));
        Ok(())
    }

    fn newest(&self, now: Timestamp) -> Result<(PathBuf, std::fs::File, u64), FileError> {
        writes::private_folder(&self.folder)?;
        prune(&self.folder, now)?;
        let path = match files_of(&self.folder)?.pop() {
            Some((_, path)) if files::size(&path)?.unwrap_or(0) < RECEIPTS_FILE_BYTES => path,
            Some((last, _)) => self.folder.join(format!("receipts-{:013}.jsonl", now.ms().max(last.saturating_add(1)))),
            None => self.folder.join(format!("receipts-{:013}.jsonl", now.ms().max(0))),
        };
        let file = writes::open_append(&path)?;
        let size = file.metadata().map_err(|error| FileError::system(&path, error))?.len();
        if size > 0 {
            mend(&file, &path, size)?;
        }
        Ok((path, file, size))
    }
}

/// Ends a line that a kill cut short.
fn mend(file: &std::fs::File, path: &Path, size: u64) -> Result<(), FileError> {
    use std::os::unix::fs::FileExt;
    let mut last = [0_u8];
    file.read_exact_at(&mut last, size.saturating_sub(1)).map_err(|error| FileError::system(path, error))?;
    if last != *b"\n" {
        (&mut &*file).write_all(b"\n").map_err(|error| FileError::system(path, error))?;
    }
    Ok(())
}

fn prune(folder: &Path, now: Timestamp) -> Result<(), FileError> {
    let found = files_of(folder)?;
    let mut sizes = Vec::new();
    for (_, path) in &found {
        sizes.push(files::size(path)?.unwrap_or(0));
    }
    let mut total: u64 = sizes.iter().sum();
    for (index, ((_, path), size)) in found.iter().zip(&sizes).enumerate() {
        // A file's last receipt is as old as the next file's name; the newest file stays.
        let Some((next, _)) = found.get(index.saturating_add(1)) else { break };
        let old = Timestamp::from_ms(*next).plus_ms(RECEIPTS_AGE_MS) < now;
        if old || total > RECEIPTS_BYTES {
            writes::remove(path)?;
            total = total.saturating_sub(*size);
        }
    }
    Ok(())
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
    let mut log = Log::default();
    for (_, path) in files_of(folder)?.into_iter().rev() {
        if log.receipts.len() >= most {
            break;
        }
        let bytes = files::read(&path, LIMIT)?.unwrap_or_default();
        for line in bytes.split(|byte| *byte == b'\n').rev().filter(|line| !line.is_empty()) {
            match Receipt::from_line(line) {
                Some(receipt) if log.receipts.len() < most => log.receipts.push(receipt),
                Some(_) => break,
                None => log.unreadable = log.unreadable.saturating_add(1),
            }
        }
    }
    log.receipts.reverse();
    Ok(log)
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
            let bare = Receipt { body: None, answer: String::new(), ..receipt };
            kept.extend(serde_json::to_vec(&bare.to_stored()).unwrap_or_default());
            kept.push(b'\n');
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
            outcome: "accepted".to_owned(),
            status: Some(200),
            answer: "ok".to_owned(),
            maybe_twice: false,
            body: Some(body.to_vec()),
        }
    }

    #[test]
    fn receipts_read_back_and_a_changed_byte_shows() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let mut writer = Writer::new(root.path().to_path_buf());
        for (at, body) in [(1, &b"{\"a\":1}"[..]), (2, b"\xff\x00binary")] {
            writer.write(&receipt(at, body)).expect("written");
        }
        let log = read(root.path(), 10).expect("readable");
        assert_eq!(log.receipts, [receipt(1, b"{\"a\":1}"), receipt(2, b"\xff\x00binary")]);
        assert!(log.receipts.iter().all(|receipt| receipt.check() == Check::Verified));
        let changed = Receipt { body: Some(b"{\"a\":2}".to_vec()), ..receipt(1, b"{\"a\":1}") };
        assert_eq!(changed.check(), Check::Mismatch);
        assert_eq!(forget_bodies(root.path()).expect("forgotten"), 2);
        assert!(
            read(root.path(), 10).expect("readable").receipts.iter().all(|receipt| receipt.check() == Check::Forgotten)
        );
    }

    #[test]
    fn receipts_are_bounded_by_size_and_age() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let mut writer = Writer::new(root.path().to_path_buf());
        let body = vec![b'x'; 300_000];
        for at in 0..120 {
            writer.write(&receipt(at, &body)).expect("written");
        }
        let size = || {
            files_of(root.path())
                .expect("listed")
                .iter()
                .map(|(_, path)| std::fs::metadata(path).expect("there").len())
                .sum::<u64>()
        };
        assert!(size() <= RECEIPTS_BYTES + 2 * RECEIPTS_FILE_BYTES, "{}", size());
        Writer::new(root.path().to_path_buf()).write(&receipt(2 * RECEIPTS_AGE_MS, b"new")).expect("written");
        let log = read(root.path(), 1000).expect("readable");
        assert!(log.receipts.len() < 10, "{}", log.receipts.len());
    }
}
