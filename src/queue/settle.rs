//! Settle: one destination's progress through one batch, in `batch-…/to-DESTINATION.jsonl`, appended to by the one flusher.
//!
//! Its lines are specified in [`crate::queue::sealed`].
//!
//! Promises: a line counts only when it is whole; every event of a batch is sealed at most once at a time. Absent: what to seal.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::host::writes;
use crate::payload::digest::Digest;
use crate::queue::drop::{Loss, tally};
use crate::queue::sealed::{Line, Outcome, Sealed, SealedLine, VERSION};

/// No batch has so many payloads, each with an event: a number above is damage, and counting on from it would run out of numbers.
const MOST_PAYLOADS: u32 = 1 << 30;

/// A payload that is not settled yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Its number.
    pub number: u32,
    /// Whether it may have reached its destination already.
    pub tried: bool,
    /// How often it was tried.
    pub attempts: u32,
    /// The digest that its body should have.
    pub digest: Option<Digest>,
    events: Vec<String>,
    offset: u64,
    length: usize,
}

/// One destination's progress through one batch.
#[derive(Debug)]
pub struct Progress {
    file: File,
    path: PathBuf,
    size: u64,
    next: u32,
    open: Vec<Open>,
    mentioned: HashSet<String>,
    /// A seal that is written together with what comes of it: until then nobody has seen it.
    unwritten: Vec<u8>,
    /// What was lost and is not known to be counted.
    owed: BTreeMap<Loss, u64>,
    /// How often that was counted before.
    counted: u32,
}

impl Progress {
    /// Opens the progress at `path`, beginning it where there is none, and mends a line that a kill cut short.
    ///
    /// # Errors
    /// It cannot be read or written, or is of a newer version.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let file = writes::open_append(path)?;
        let mut progress = Self::of(file, path);
        let orphans = progress.replay()?;
        // What a kill cut short never counted: it goes, so that a newline does not make it whole.
        progress.file.set_len(progress.size).map_err(|error| progress.fail(error))?;
        if progress.size == 0 {
            progress.write(&[Line::Progress { version: VERSION }])?;
        }
        for number in orphans {
            progress.write(&[Line::Unsealed { number, why: "a kill cut its split short".to_owned() }])?;
        }
        Ok(progress)
    }

    /// Reads the progress at `path` without writing; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read, or is of a newer version.
    pub fn read(path: &Path) -> Result<Option<Self>, FileError> {
        let Some(file) = files::open_read(path)? else { return Ok(None) };
        let mut progress = Self::of(file, path);
        progress.replay().map(|_| Some(progress))
    }

    fn of(file: File, path: &Path) -> Self {
        Self {
            file,
            path: path.to_path_buf(),
            size: 0,
            next: 0,
            open: Vec::new(),
            mentioned: HashSet::new(),
            unwritten: Vec::new(),
            owed: BTreeMap::new(),
            counted: 0,
        }
    }

    fn fail(&self, error: std::io::Error) -> FileError {
        FileError::system(&self.path, error)
    }

    fn replay(&mut self) -> Result<Vec<u32>, FileError> {
        let file = self.file.try_clone().map_err(|error| self.fail(error))?;
        let (mut lines, mut line) = (BufReader::new(file), Vec::new());
        loop {
            line.clear();
            let read = lines.read_until(b'\n', &mut line).map_err(|error| self.fail(error))?;
            // A line without its newline was cut by a kill: it never counted.
            if read == 0 || line.last() != Some(&b'\n') {
                return Ok(self.take_back());
            }
            let offset = self.size;
            self.size = self.size.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
            // What is no line of ours is passed over.
            if let Ok(parsed) = serde_json::from_slice::<Line>(&line) {
                self.apply(parsed, offset, read)?;
            }
        }
    }

    /// A kill within a split leaves parts of a payload that is still whole: they are taken back, and their numbers given.
    fn take_back(&mut self) -> Vec<u32> {
        let mut seen = HashSet::new();
        let twice = |open: &&Open| !open.events.iter().all(|id| seen.insert(id.clone()));
        let orphans: Vec<u32> = self.open.iter().filter(twice).map(|open| open.number).collect();
        orphans.iter().for_each(|number| self.forget(*number));
        orphans
    }

    fn apply(&mut self, line: Line, offset: u64, length: usize) -> Result<(), FileError> {
        match line {
            Line::Progress { version } if version != VERSION => {
                let newer = format!("of version {version}, and this program knows version {VERSION}");
                return Err(self.fail(std::io::Error::other(newer)));
            }
            Line::Progress { .. } => {}
            Line::Sealed(sealed) => {
                // Ours rise: one answer would settle both of two payloads under one number. What is passed over is sealed anew.
                if !(self.next..MOST_PAYLOADS).contains(&sealed.number()) {
                    return Ok(());
                }
                self.next = sealed.number().saturating_add(1);
                let (number, digest, events) = (sealed.number(), sealed.digest(), sealed.ids());
                self.mentioned.extend(events.iter().cloned());
                self.open.push(Open { number, tried: false, attempts: 0, digest, events, offset, length });
            }
            Line::Dropped { events, lost, .. } => {
                self.mentioned.extend(events);
                tally(&mut self.owed, &lost);
            }
            Line::Try { number, .. } => self.mark(number, true),
            Line::Later { number, .. } => self.mark(number, false),
            Line::Settled { number, lost, .. } => {
                self.open.retain(|open| open.number != number);
                tally(&mut self.owed, &lost);
            }
            Line::Counted => self.is_counted(),
            Line::Unsealed { number, .. } => self.forget(number),
        }
        Ok(())
    }

    fn is_counted(&mut self) {
        self.owed.clear();
        self.counted = self.counted.saturating_add(1);
    }

    fn mark(&mut self, number: u32, tried: bool) {
        for open in self.open.iter_mut().filter(|open| open.number == number) {
            open.tried = tried;
            open.attempts = open.attempts.saturating_add(u32::from(tried));
        }
    }

    fn forget(&mut self, number: u32) {
        let (gone, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.open).into_iter().partition(|open| open.number == number);
        self.open = kept;
        let elsewhere: HashSet<&String> = self.open.iter().flat_map(|open| &open.events).collect();
        for id in gone.iter().flat_map(|open| &open.events).filter(|id| !elsewhere.contains(id)) {
            self.mentioned.remove(id);
        }
    }

    fn write(&mut self, lines: &[Line]) -> Result<(), FileError> {
        let mut bytes = std::mem::take(&mut self.unwritten);
        for line in lines {
            self.put(&mut bytes, line)?;
        }
        (&self.file).write_all(&bytes).map_err(|error| self.fail(error))?;
        self.size = self.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    fn put(&self, bytes: &mut Vec<u8>, line: &Line) -> Result<(), FileError> {
        serde_json::to_writer(&mut *bytes, line).map_err(|error| self.fail(error.into()))?;
        bytes.push(b'\n');
        Ok(())
    }

    /// The number of the next payload.
    #[must_use]
    pub const fn next(&self) -> u32 {
        self.next
    }

    /// Whether this event was sealed or dropped.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.mentioned.contains(id)
    }

    /// How many events were sealed or dropped.
    #[must_use]
    pub fn mentioned(&self) -> u64 {
        u64::try_from(self.mentioned.len()).unwrap_or(u64::MAX)
    }

    /// How many events are sealed and not settled.
    #[must_use]
    pub fn open_events(&self) -> u64 {
        self.open.iter().fold(0, |sum, open| sum.saturating_add(u64::try_from(open.events.len()).unwrap_or(0)))
    }

    /// Payloads that are not settled, oldest first.
    #[must_use]
    pub fn unsettled(&self) -> Vec<Open> {
        self.open.clone()
    }

    /// Keeps a sealed payload.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn seal(&mut self, sealed: &Sealed) -> Result<Open, FileError> {
        let open = self.seal_for_sending(sealed)?;
        self.write(&[]).map(|()| open)
    }

    /// The same for a payload that is sent at once: its seal is written together with the try, or with what came instead of it.
    ///
    /// # Errors
    /// What was sealed before cannot be written.
    pub fn seal_for_sending(&mut self, sealed: &Sealed) -> Result<Open, FileError> {
        self.write(&[])?;
        let mut bytes = Vec::new();
        self.put(&mut bytes, &Line::Sealed(Box::new(SealedLine::of(sealed))))?;
        let (offset, length) = (self.size, bytes.len());
        self.unwritten = bytes;
        let events: Vec<_> = sealed.events.iter().map(|event| event.id.clone()).collect();
        self.mentioned.extend(events.iter().cloned());
        let (number, digest) = (sealed.number, Some(sealed.digest.clone()));
        self.next = self.next.max(number.saturating_add(1));
        let open = Open { number, tried: false, attempts: 0, digest, events, offset, length };
        self.open.push(open.clone());
        Ok(open)
    }

    /// The payload that is kept under `open`; `None` when its line is no longer whole.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn sealed(&self, open: &Open) -> Result<Option<Sealed>, FileError> {
        let mut bytes = vec![0_u8; open.length];
        self.file.read_exact_at(&mut bytes, open.offset).map_err(|error| self.fail(error))?;
        match serde_json::from_slice::<Line>(&bytes) {
            Ok(Line::Sealed(line)) => Ok(line.into_sealed()),
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// Keeps that these events go nowhere, each of them a loss.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn drop_events(&mut self, events: Vec<String>, why: &str, loss: Loss) -> Result<(), FileError> {
        self.mentioned.extend(events.iter().cloned());
        let lost = BTreeMap::from([(loss, u64::try_from(events.len()).unwrap_or(u64::MAX))]);
        tally(&mut self.owed, &lost);
        self.write(&[Line::Dropped { events, why: why.to_owned(), lost }])
    }

    /// What was lost and is not known to be counted, and the name under which it is counted once.
    #[must_use]
    pub fn owed(&self) -> Option<(String, BTreeMap<Loss, u64>)> {
        let name = |path: &Path| path.file_name().map(|name| name.display().to_string()).unwrap_or_default();
        let (batch, file) = (self.path.parent().map(name).unwrap_or_default(), name(&self.path));
        (!self.owed.is_empty()).then(|| (format!("{batch}/{file} {}", self.counted), self.owed.clone()))
    }

    /// Keeps that what was lost is counted.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn count(&mut self) -> Result<(), FileError> {
        if self.owed.is_empty() {
            return Ok(());
        }
        self.is_counted();
        self.write(&[Line::Counted])
    }

    /// Keeps that a payload is about to be sent.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn tried(&mut self, number: u32, at: Timestamp) -> Result<(), FileError> {
        self.mark(number, true);
        self.write(&[Line::Try { number, at_ms: at.ms() }])
    }

    /// Keeps that a payload that was tried surely did not arrive.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn later(&mut self, number: u32, at: Timestamp) -> Result<(), FileError> {
        self.mark(number, false);
        self.write(&[Line::Later { number, at_ms: at.ms() }])
    }

    /// Keeps how a payload was settled, and how many of its events are lost as refused.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn settle(&mut self, number: u32, outcome: Outcome, refused: u64, at: Timestamp) -> Result<(), FileError> {
        self.open.retain(|open| open.number != number);
        let lost = BTreeMap::from_iter((refused > 0).then_some((Loss::Refused, refused)));
        tally(&mut self.owed, &lost);
        self.write(&[Line::Settled { number, outcome, at_ms: at.ms(), lost }])
    }

    /// Takes a seal back: its events will be sealed anew.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn unseal(&mut self, number: u32, why: &str) -> Result<(), FileError> {
        self.forget(number);
        self.write(&[Line::Unsealed { number, why: why.to_owned() }])
    }

    /// Keeps what of a payload goes on in others, what was refused by name, and how many events that loses: either all of it counts
    /// or none. What the payload may have carried away, they may carry again.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn split(
        &mut self,
        parent: &Open,
        children: &[Sealed],
        (refused, lost): (Vec<String>, BTreeMap<Loss, u64>),
        at: Timestamp,
    ) -> Result<(), FileError> {
        self.write(&[])?;
        let (mut bytes, mut lines, mut open) = (Vec::new(), Vec::new(), Vec::new());
        for child in children {
            let begin = bytes.len();
            self.put(&mut bytes, &Line::Sealed(Box::new(SealedLine::of(child))))?;
            let offset = self.size.saturating_add(u64::try_from(begin).unwrap_or(u64::MAX));
            let (number, tried, length) = (child.number, parent.tried, bytes.len().saturating_sub(begin));
            let events = child.events.iter().map(|event| event.id.clone()).collect();
            let digest = Some(child.digest.clone());
            open.push(Open { number, tried, attempts: u32::from(tried), digest, events, offset, length });
            lines.extend(tried.then_some(Line::Try { number, at_ms: at.ms() }));
        }
        if !refused.is_empty() {
            let none = BTreeMap::new();
            lines.push(Line::Dropped { events: refused, why: "destination.refused".to_owned(), lost: none });
        }
        let (number, outcome) = (parent.number, Outcome::Split);
        lines.push(Line::Settled { number, outcome, at_ms: at.ms(), lost: lost.clone() });
        self.unwritten = bytes;
        self.write(&lines)?;
        // Only now: what could not be written did not happen.
        self.open.retain(|open| open.number != number);
        self.next = open.iter().fold(self.next, |next, open| next.max(open.number.saturating_add(1)));
        self.open.extend(open);
        tally(&mut self.owed, &lost);
        Ok(())
    }
}
