//! Deletion requests as they are kept and followed up, in `~/.TOOL/telemetry/deletion/REQUEST.json`.
//!
//! Version 1, or 2 where an order goes as an event: one JSON object, two spaces of indentation, a newline at its end; every step is
//! synced to the disk before the next one begins. `request_id` is a UUID and the file's name; times are milliseconds since 1970; `step`: `recorded`, `purged`,
//! `rotated`, `closed` (then each id is a digest, unless `keep_evidence`); `purged`: how many events were dropped. Of each order
//! `method`: `endpoint`, `file`, `event`, `mail`, `form`; `digest` of its body (left out where a person sends it); `state`: `requested`,
//! `delivered`, `acknowledged`, `failed`, `by-hand`; `last_ms` and `answer` (left out before the first attempt); `not_before_ms` where
//! the receiver asked for a wait. Of an `event` also the `destination`, and the `request` as it was shown: `protocol`, `method`,
//! `headers` and `body`, or `body64` (base64, padded) where it is not UTF-8 (left out once it is closed, unless `keep_evidence`).
//!
//! ```json
//! {
//!   "version": 1,
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
//!       "method": "endpoint",
//!       "address": "https://acme.example/delete",
//!       "digest": "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",
//!       "state": "requested",
//!       "attempts": 1,
//!       "last_ms": 1795237757400,
//!       "answer": "it answered 503"
//!     }
//!   ],
//!   "keep_evidence": false
//! }
//! ```
//!
//! Of a foreign tool they lie in `~/.telemetry/foreign/TOOL/deletion`; `also` says then which ids were meant beside the person's own:
//! `project` (those that everybody of a project shares), `reports` (those in files of earlier runs); `files`: the programs' own files in
//! which they are still to be changed; it is `rotated` when there is none left; `stays`: ids that only a person can take out, and the file of
//! each: it is `closed` when there is none left. All are left out where none.
//!
//! A file that is none, or of another version, is left as it is and named (`status`).
//!
//! Promises: a request is its own type: it needs no Permit and switches nothing on; only `forget` and an explicit `flush` carry
//! it. Absent: deciding what is deleted (`forget`).

pub mod asked;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::actions::budget::Budget;
use crate::actions::context::{Context, Tool};
pub use crate::actions::deletion::asked::{Asked, State};
use crate::destination::deliver::{Answered, Outlet};
use crate::destination::keep::{Attempt, Writer};
use crate::destination::order::OrderRequest;
use crate::destination::receipts::{Kind, Receipt};
use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::payload::answer::Answer;
use crate::payload::deletion::{Named, Order};
use crate::payload::digest::Digest;
use crate::queue::limits::LEAST_REQUEST;

/// Largest request file, bytes.
const LIMIT: usize = 1024 * 1024;

/// How far `forget` came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The request is on disk, the ids in it.
    Recorded,
    /// What waited is gone.
    Purged,
    /// Ids and salt are new ones.
    Rotated,
    /// Final: ids and bodies are digests, unless the evidence is kept.
    Closed,
}

/// A deletion request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleting {
    version: u32,
    /// Its id.
    pub request_id: String,
    /// When it was made.
    pub created_ms: i64,
    /// The tool.
    pub tool: String,
    /// How far it came.
    pub step: Step,
    /// The ids; digests of them once it is closed.
    pub ids: Vec<Named>,
    /// Where they went.
    pub destinations: Vec<String>,
    /// How many waiting events were dropped.
    pub purged: u64,
    /// Who was asked.
    pub orders: Vec<Asked>,
    /// Whether ids and bodies stay in the receipts.
    pub keep_evidence: bool,
    /// What was asked for as well, of a foreign tool: `project`, `reports`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Files of a foreign tool in which the ids are still to be changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Ids that only a person can take out, and where each stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stays: Vec<Stays>,
}

/// An id that stands in a file of a foreign tool, from where only a person can take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stays {
    /// The id.
    pub id: String,
    /// The file.
    pub file: String,
}

impl Deleting {
    /// A new request for these ids.
    #[must_use]
    pub fn new(
        tool: &Tool,
        request_id: String,
        now: Timestamp,
        ids: Vec<Named>,
        destinations: Vec<String>,
        keep_evidence: bool,
    ) -> Self {
        let mut new = Self {
            version: 1,
            request_id,
            created_ms: now.ms(),
            tool: tool.manifest.tool.to_string(),
            step: Step::Recorded,
            ids,
            destinations,
            purged: 0,
            orders: Vec::new(),
            keep_evidence,
            also: Vec::new(),
            files: Vec::new(),
            stays: Vec::new(),
        };
        if new.ids.is_empty() {
            // There is nothing to ask anybody for.
            return new;
        }
        let order = new.order();
        new.orders = tool.manifest.deletion.iter().map(|way| Asked::new(tool, way, &order)).collect();
        // A program that knows version 1 alone would not know what to send.
        new.version = if new.orders.iter().any(|asked| asked.destination.is_some()) { 2 } else { 1 };
        new
    }

    /// The order that is sent.
    #[must_use]
    pub fn order(&self) -> Order {
        Order {
            request_id: self.request_id.clone(),
            tool: self.tool.clone(),
            time: Timestamp::from_ms(self.created_ms),
            ids: self.ids.clone(),
            destinations: self.destinations.clone(),
        }
    }

    /// Lets go of what names ids: those that stay nowhere become digests, and the bytes that hold them go.
    pub fn forget_ids(&mut self) {
        let stays = &self.stays;
        let known = |id: &str| !id.starts_with("sha256:") && stays.iter().all(|one| one.id != id);
        for named in self.ids.iter_mut().filter(|named| known(&named.id)) {
            named.id = Digest::of(named.id.as_bytes()).to_string();
        }
        self.orders.iter_mut().for_each(Asked::forget);
    }

    /// Whether some order is still to be delivered.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.orders.iter().any(|order| !order.state.is_final())
    }

    /// Keeps it durably.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self, tool: &Tool) -> Result<(), FileError> {
        let folder = tool.places.deletion();
        writes::private_folder(&folder)?;
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        writes::write_durable(&folder.join(format!("{}.json", self.request_id)), &bytes, PRIVATE_FILE)
    }
}

/// All requests of a tool, oldest first. A file that cannot be read as a request is left as it is and named.
///
/// # Errors
/// The folder cannot be listed.
pub fn all(tool: &Tool) -> Result<(Vec<Deleting>, Vec<String>), FileError> {
    let folder = tool.places.deletion();
    let (mut requests, mut unreadable) = (Vec::new(), Vec::new());
    for name in files::list(&folder)?.into_iter().filter(|name| name.ends_with(".json")) {
        match read(&folder.join(&name)) {
            // Its id names its file: anything else would be written elsewhere.
            Some(request) if name == format!("{}.json", request.request_id) => requests.push(request),
            Some(_) | None => unreadable.push(folder.join(name).display().to_string()),
        }
    }
    requests.sort_by_key(|request| request.created_ms);
    Ok((requests, unreadable))
}

fn read(path: &std::path::Path) -> Option<Deleting> {
    let bytes = files::read(path, LIMIT).ok()??;
    serde_json::from_slice::<Deleting>(&bytes).ok().filter(|request| (1..=2).contains(&request.version))
}

/// Delivers what is open of a request, and keeps what came of it. The caller holds the flush lock.
///
/// # Errors
/// The request cannot be written.
pub fn deliver(context: &Context, tool: &Tool, request: &mut Deleting, budget: Duration) -> Result<(), FileError> {
    let budget = Budget::new(budget);
    if !request.is_open() {
        return Ok(());
    }
    let outlet = Outlet::new(&context.env);
    let order = request.order();
    let mut others = request.orders.iter().filter(|asked| !asked.state.is_final()).count();
    for index in 0..request.orders.len() {
        let Some(asked) = request.orders.get_mut(index).filter(|asked| !asked.state.is_final()) else { continue };
        if budget.left() < LEAST_REQUEST {
            break;
        }
        let now = context.clock.now();
        // What is not what was asked for any more is left as it is, and open.
        let Some(bytes) = asked.request(&order).filter(|_| !asked.waits(now)) else { continue };
        let read = |answer: &Answer<'_>| asked.read(tool, answer, &order.request_id);
        others = others.saturating_sub(1);
        let answered = outlet.order(&bytes, &read, budget.patience(others), now);
        asked.note(&answered, &order.request_id, now);
        if answered.status.is_some() || answered.unsure || answered.meaning.is_taken() {
            let attempt = Attempt::after(asked.attempts.saturating_sub(1));
            Writer::new(tool.places.receipts()).write(&receipt(asked, &bytes, &answered, now), attempt)?;
        }
        request.keep(tool)?;
    }
    Ok(())
}

fn receipt(asked: &Asked, bytes: &OrderRequest, answered: &Answered, now: Timestamp) -> Receipt {
    let wire = bytes.request();
    Receipt {
        at: now,
        kind: Kind::Deletion,
        destination: asked.destination.as_ref().unwrap_or(&asked.method).clone(),
        method: wire.method.clone(),
        address: wire.address.clone(),
        headers: wire.headers.clone(),
        digest: bytes.digest().clone(),
        parent: None,
        events: 0,
        outcome: answered.meaning.as_str().to_owned(),
        status: answered.status,
        answer: answered.text.clone(),
        maybe_twice: asked.attempts > 1,
        again: false,
        body: Some(bytes.body().to_vec().into()),
    }
}
