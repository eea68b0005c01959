//! Seal: a body is built once, from the events of a batch that one destination may have.
//!
//! Promises: an event is in one sealed payload at a time; a payload holds events of one project, so that one project's no
//! touches nobody else's; what is decided about an event is handed in. Absent: consent, sending.

use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;

use crate::consent::answer::Withheld;
use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::manifest::addresses::FilePlace;
use crate::manifest::destinations::{Address, Destination};
use crate::manifest::tool::Manifest;
use crate::payload::digest::Digest;
use crate::payload::event::Who;
use crate::payload::protocol::{Document, Made};
use crate::payload::protocols;
use crate::payload::said::Said;
use crate::queue::basis::{Basis, basis_part};
use crate::queue::drop::Loss;
use crate::queue::entry::{Entries, Entry};
use crate::queue::sealed::{EventRef, Request, Sealed};
use crate::queue::segment::Kept;
use crate::queue::settle::Progress;
use crate::queue::told::Due;

/// What is to happen to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It goes out, about this person, without what is withheld.
    Send {
        /// Who it is about.
        who: Who,
        /// What is left out.
        withheld: Withheld,
    },
    /// It waits on.
    Hold,
    /// It goes nowhere, for this reason's code.
    Drop(&'static str, Loss),
}

/// What was sealed or dropped before.
pub trait Done {
    /// Whether this event was.
    fn mentions(&self, id: &str) -> bool;
    /// The number of the next payload.
    fn next_number(&self) -> u32;
}

impl Done for Progress {
    fn mentions(&self, id: &str) -> bool {
        self.has(id)
    }

    fn next_number(&self) -> u32 {
        self.next()
    }
}

/// Nothing was sealed before: for a look at what would be.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Done for Nothing {
    fn mentions(&self, _id: &str) -> bool {
        false
    }

    fn next_number(&self) -> u32 {
        0
    }
}

/// Seals the events of one batch for one destination, one payload after the other.
pub struct Sealer<'a> {
    manifest: &'a Manifest,
    destination: &'a Destination,
    own_folder: PathBuf,
    entries: Entries<File>,
    basis: Basis,
    path: PathBuf,
    carried: Option<(Entry, Who, Withheld)>,
    dropped: Vec<(String, &'static str, Loss)>,
    held: u64,
    strays: u64,
    at_end: bool,
    report: Option<Due>,
}

/// Documents on their way into a body.
struct Gathered {
    documents: Vec<Document>,
    bytes: usize,
    events: Vec<EventRef>,
    oldest: Option<Timestamp>,
    newest: Timestamp,
    project: Option<PathBuf>,
    basis: Vec<String>,
    /// What the last part of the basis was made of: event after event hangs on the same.
    last: Option<(String, Who, Withheld)>,
}

impl<'a> Sealer<'a> {
    /// Begins at the first event of `batch`; `own_folder` is the tool's telemetry folder, where a file destination lies.
    ///
    /// # Errors
    /// The batch cannot be read.
    pub fn new(
        manifest: &'a Manifest,
        destination: &'a Destination,
        batch: &Kept,
        own_folder: PathBuf,
    ) -> Result<Self, FileError> {
        let path = batch.events();
        let missing = || FileError::system(&path, std::io::ErrorKind::NotFound.into());
        let entries = Entries::new(files::open_read(&path)?.ok_or_else(missing)?);
        Ok(Self {
            manifest,
            destination,
            own_folder,
            entries,
            basis: Basis::of(destination),
            path,
            carried: None,
            dropped: Vec::new(),
            held: 0,
            strays: 0,
            at_end: false,
            report: None,
        })
    }

    /// Has the next payload tell of losses, where its protocol can.
    pub fn tell(&mut self, report: Option<Due>) {
        self.report = report;
    }

    /// What no payload told of.
    pub const fn untold(&mut self) -> Option<Due> {
        self.report.take()
    }

    /// Seals the next payload, if there is one, of events that `done` does not know.
    ///
    /// # Errors
    /// The batch cannot be read.
    pub fn next(&mut self, done: &dyn Done, fate: &mut dyn FnMut(&Entry) -> Fate) -> Result<Option<Sealed>, FileError> {
        let protocol = protocols::of(self.destination);
        let limits = protocol.limits();
        let mut gathered = Gathered::new();
        while let Some((entry, who, withheld)) = self.advance(done, fate)? {
            let said = Said { manifest: self.manifest, event: &entry.event, who: &who, withheld: &withheld };
            let document = protocol.document(said);
            let size = gathered
                .bytes
                .saturating_add(gathered.weight(&document))
                .saturating_add(protocol.overhead(gathered.documents.len().saturating_add(1)));
            let full = gathered.documents.len() >= limits.documents || size > limits.bytes || document.alone;
            if !gathered.documents.is_empty() && (full || gathered.project != entry.project) {
                self.carried = Some((entry, who, withheld));
                break;
            }
            let alone = document.alone;
            gathered.take(self.manifest, &entry, &who, &withheld, document);
            if limits.documents == 1 || alone {
                break;
            }
        }
        Ok(self.finish(done.next_number(), gathered))
    }

    fn advance(
        &mut self,
        done: &dyn Done,
        fate: &mut dyn FnMut(&Entry) -> Fate,
    ) -> Result<Option<(Entry, Who, Withheld)>, FileError> {
        if let Some(carried) = self.carried.take() {
            return Ok(Some(carried));
        }
        let name = self.destination.name.as_str();
        while let Some(entry) = self.entries.advance().map_err(|error| FileError::system(&self.path, error))? {
            let declared =
                |to: &String| self.manifest.destinations.iter().any(|destination| destination.name.as_str() == to);
            if !entry.destinations.iter().any(declared) {
                self.strays = self.strays.saturating_add(1);
            }
            if !entry.destinations.iter().any(|to| to == name) || done.mentions(&entry.event.id) {
                continue;
            }
            match fate(&entry) {
                Fate::Send { who, withheld } => return Ok(Some((self.declared(entry), who, withheld))),
                Fate::Hold => self.held = self.held.saturating_add(1),
                Fate::Drop(why, loss) => self.dropped.push((entry.event.id, why, loss)),
            }
        }
        self.at_end = true;
        Ok(None)
    }

    /// The event without what the manifest no longer declares: nobody was asked about that.
    fn declared(&self, mut entry: Entry) -> Entry {
        if let Some(event) = self.manifest.event(&entry.event.name) {
            entry.event.fields.retain(|(name, _)| event.all_fields().any(|field| field.name.as_str() == name));
        }
        entry.event.facts.retain(|(fact, _)| self.manifest.facts.contains(fact));
        entry
    }

    fn finish(&mut self, number: u32, gathered: Gathered) -> Option<Sealed> {
        let oldest = gathered.oldest?;
        let (protocol, mut documents) = (protocols::of(self.destination), gathered.documents);
        let report = self.report.take();
        let told = report.and_then(|report| {
            documents.push(protocol.report(&report.lost, gathered.newest)?);
            Some(report.told)
        });
        let body = protocol.body(&documents);
        let digest = Digest::of(&body);
        let made = Made { digest: &digest, newest: gathered.newest };
        Some(Sealed {
            number,
            request: request(self.destination, &self.own_folder, made),
            digest,
            parent: None,
            basis: self.basis.over(gathered.basis),
            oldest,
            project: gathered.project,
            told,
            events: gathered.events,
            body,
        })
    }

    /// Writes down what was dropped so far, to be counted, and gives how many.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn drop_into(&mut self, progress: &mut Progress) -> Result<u64, FileError> {
        let mut sum = 0_u64;
        while let Some((why, loss)) = self.dropped.first().map(|(_, why, loss)| (*why, *loss)) {
            let (now, later): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.dropped).into_iter().partition(|(_, other, _)| *other == why);
            self.dropped = later;
            sum = sum.saturating_add(u64::try_from(now.len()).unwrap_or(u64::MAX));
            progress.drop_events(now.into_iter().map(|(id, _, _)| id).collect(), why, loss)?;
        }
        Ok(sum)
    }

    /// Whether every event was looked at.
    #[must_use]
    pub const fn at_end(&self) -> bool {
        self.at_end
    }

    /// Whether every event was looked at and none waits on; lines of a newer version do.
    #[must_use]
    pub const fn leaves_nothing(&self) -> bool {
        self.at_end && self.held == 0 && self.entries.newer == 0
    }

    /// Events whose destinations are no longer declared.
    #[must_use]
    pub const fn strays(&self) -> u64 {
        self.strays
    }

    /// Lines that were no events.
    #[must_use]
    pub const fn torn(&self) -> u64 {
        self.entries.torn
    }
}

impl Gathered {
    const fn new() -> Self {
        Self {
            documents: Vec::new(),
            bytes: 0,
            events: Vec::new(),
            oldest: None,
            newest: Timestamp::from_ms(0),
            project: None,
            basis: Vec::new(),
            last: None,
        }
    }

    /// Bytes that a document adds: its own, and what it shares with no neighbour before it.
    fn weight(&self, document: &Document) -> usize {
        let shares = self.documents.last().is_some_and(|last| last.shared == document.shared);
        document.bytes.len().saturating_add(if shares { 0 } else { document.shared.len() })
    }

    fn take(&mut self, manifest: &Manifest, entry: &Entry, who: &Who, withheld: &Withheld, document: Document) {
        self.bytes = self.bytes.saturating_add(self.weight(&document));
        self.documents.push(document);
        self.oldest = Some(self.oldest.map_or(entry.event.time, |oldest| oldest.min(entry.event.time)));
        self.newest = self.newest.max(entry.event.time);
        self.project.clone_from(&entry.project);
        let event = EventRef { id: entry.event.id.clone(), event: entry.event.name.clone() };
        let same =
            |(name, last, left): &(String, Who, Withheld)| *name == event.event && last == who && left == withheld;
        if !self.last.as_ref().is_some_and(same) {
            self.basis.push(basis_part(manifest, &event.event, who, withheld));
            self.last = Some((event.event.clone(), who.clone(), withheld.clone()));
        }
        self.events.push(event);
    }
}

/// The request of a body.
#[must_use]
pub fn request(destination: &Destination, own_folder: &std::path::Path, made: Made<'_>) -> Request {
    match &destination.address {
        Address::File(place) => {
            let path = match place {
                FilePlace::Own(name) => own_folder.join(name),
                FilePlace::Absolute(path) => PathBuf::from(path),
            };
            Request { method: "APPEND".to_owned(), address: path.display().to_string(), headers: Vec::new() }
        }
        Address::Http { url, method, headers } => {
            let ours = [
                ("user-agent", concat!("telemetry/", env!("CARGO_PKG_VERSION"))),
                ("accept", "*/*"),
                // The digest without its prefix: the same on every attempt, another for every other body.
                ("idempotency-key", made.digest.as_str().rsplit(':').next().unwrap_or_default()),
            ];
            let mut all = protocols::of(destination).headers(made);
            all.splice(1..1, ours.map(|(name, value)| (name.to_owned(), value.to_owned())));
            all.extend(headers.iter().cloned());
            Request { method: method.as_str().to_owned(), address: url.as_str().to_owned(), headers: all }
        }
    }
}

/// Makes the payload of just these events of a batch, for the halves of one that was too large; `None` when none of them may
/// go out any more.
///
/// # Errors
/// The batch cannot be read.
pub fn rebuild(
    sealer: &mut Sealer<'_>,
    wanted: &[EventRef],
    parent: &Digest,
    number: u32,
    fate: &mut dyn FnMut(&Entry) -> Fate,
) -> Result<Option<Sealed>, FileError> {
    let protocol = protocols::of(sealer.destination);
    let mut gathered = Gathered::new();
    let mut left: HashSet<&str> = wanted.iter().map(|event| event.id.as_str()).collect();
    // No further than the last of them: a receiver may divide every payload of a long batch.
    while !left.is_empty() {
        let entry = sealer.entries.advance().map_err(|error| FileError::system(&sealer.path, error))?;
        let Some(entry) = entry else { break };
        if !left.remove(entry.event.id.as_str()) {
            continue;
        }
        if let Fate::Send { who, withheld } = fate(&entry) {
            let entry = sealer.declared(entry);
            let said = Said { manifest: sealer.manifest, event: &entry.event, who: &who, withheld: &withheld };
            let document = protocol.document(said);
            gathered.take(sealer.manifest, &entry, &who, &withheld, document);
        }
    }
    Ok(sealer.finish(number, gathered).map(|sealed| Sealed { parent: Some(parent.clone()), ..sealed }))
}
