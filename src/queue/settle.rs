//! Settle: one destination's progress through one batch, in `batch-…/to-DESTINATION.jsonl`, appended to by the one flusher.
//!
//! Its lines are specified in [`crate::queue::sealed`].
//!
//! Promises: a line counts only when it is whole; every event of a batch is sealed at most once at a time. Absent: what to seal.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::host::writes;
use crate::payload::digest::Digest;
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
        Self { file, path: path.into(), size: 0, next: 0, open: vec![], mentioned: HashSet::new(), unwritten: vec![] }
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
            Line::Dropped { events, .. } => self.mentioned.extend(events),
            Line::Try { number, .. } => self.mark(number, true),
            Line::Later { number, .. } => self.mark(number, false),
            Line::Settled { number, .. } => self.open.retain(|open| open.number != number),
            Line::Unsealed { number, .. } => self.forget(number),
        }
        Ok(())
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

    /// Keeps that these events go nowhere.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn drop_events(&mut self, events: Vec<String>, why: &str) -> Result<(), FileError> {
        self.mentioned.extend(events.iter().cloned());
        self.write(&[Line::Dropped { events, why: why.to_owned() }])
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

    /// Keeps how a payload was settled.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn settle(&mut self, number: u32, outcome: Outcome, at: Timestamp) -> Result<(), FileError> {
        self.open.retain(|open| open.number != number);
        self.write(&[Line::Settled { number, outcome, at_ms: at.ms() }])
    }

    /// Takes a seal back: its events will be sealed anew.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn unseal(&mut self, number: u32, why: &str) -> Result<(), FileError> {
        self.forget(number);
        self.write(&[Line::Unsealed { number, why: why.to_owned() }])
    }

    /// Keeps what of a payload goes on in others and what goes nowhere for the reason with the code `why`: either all of it counts or
    /// none. What the payload may have carried away, they may carry again.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn split(
        &mut self,
        parent: &Open,
        children: &[Sealed],
        gone: (Vec<String>, &str),
        at: Timestamp,
    ) -> Result<(), FileError> {
        let mut lines: Vec<Line> = children.iter().map(|child| Line::Sealed(Box::new(SealedLine::of(child)))).collect();
        let (events, why) = gone;
        if !events.is_empty() {
            lines.push(Line::Dropped { events, why: why.to_owned() });
        }
        if parent.tried {
            lines.extend(children.iter().map(|child| Line::Try { number: child.number, at_ms: at.ms() }));
        }
        lines.push(Line::Settled { number: parent.number, outcome: Outcome::Split, at_ms: at.ms() });
        self.write(&lines)?;
        // Splits are rare: reading all back is simpler than keeping count of the offsets.
        Self::open(&self.path).map(|progress| *self = progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::sealed::{EventRef, Request};

    fn sealed(number: u32, ids: &[&str]) -> Sealed {
        let body = format!("{{\"payload\":{number}}}").into_bytes();
        let event = |id: &&str| EventRef { id: (*id).to_owned(), event: "e".to_owned() };
        Sealed {
            number,
            digest: Digest::of(&body),
            parent: None,
            basis: "b".to_owned(),
            oldest: Timestamp::from_ms(1),
            project: None,
            told: None,
            events: ids.iter().map(event).collect(),
            request: Request { method: "POST".to_owned(), address: "http://127.0.0.1/".to_owned(), headers: vec![] },
            body,
        }
    }

    #[test]
    fn progress_survives_being_cut_anywhere() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("main.jsonl");
        let at = Timestamp::from_ms(9);
        let mut progress = Progress::open(&path).expect("begun");
        progress.seal(&sealed(0, &["a", "b"])).expect("sealed");
        progress.drop_events(vec!["c".to_owned()], "user.no").expect("dropped");
        progress.tried(0, at).expect("tried");
        progress.settle(0, Outcome::Accepted, at).expect("settled");
        progress.seal(&sealed(1, &["d"])).expect("sealed");
        let whole = std::fs::read(&path).expect("bytes");
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).expect("cut");
            let mut cut = Progress::open(&path).expect("opens");
            for open in cut.unsettled() {
                assert!(cut.sealed(&open).expect("readable").is_some(), "cut to {length}");
            }
            let number = cut.next();
            let open = cut.seal(&sealed(number, &["z"])).expect("sealed after a cut");
            assert_eq!(cut.sealed(&open).expect("readable"), Some(sealed(number, &["z"])), "cut to {length}");
            let again = Progress::read(&path).expect("readable").expect("there");
            assert!(again.has("z"), "cut to {length}");
            assert_eq!(again.unsettled().len(), cut.unsettled().len(), "cut to {length}");
        }
    }

    #[test]
    fn a_payload_whose_bytes_changed_is_not_what_was_sealed() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("main.jsonl");
        let mut progress = Progress::open(&path).expect("begun");
        let open = progress.seal(&sealed(0, &["a"])).expect("sealed");
        let text = std::fs::read_to_string(&path).expect("text");
        std::fs::write(&path, text.replace("payload", "Payload")).expect("changed");
        assert_eq!(Progress::open(&path).expect("opens").sealed(&open).expect("readable"), None);
    }

    #[test]
    fn a_damaged_number_is_never_one_that_another_payload_has() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("main.jsonl");
        let mut progress = Progress::open(&path).expect("begun");
        progress.seal(&sealed(0, &["a"])).expect("sealed");
        progress.seal(&sealed(1, &["b"])).expect("sealed");
        let whole = std::fs::read_to_string(&path).expect("text");
        for wrong in ["0", "4294967295", "4294967294", "1073741824"] {
            let damaged = whole.replace("\"number\":1", &format!("\"number\":{wrong}"));
            std::fs::write(&path, damaged).expect("damaged");
            let mut progress = Progress::open(&path).expect("opens");
            assert!(progress.has("a") && !progress.has("b"), "{wrong}: what is passed over is sealed anew");
            progress.seal(&sealed(progress.next(), &["b"])).expect("sealed");
            progress.settle(0, Outcome::Accepted, Timestamp::from_ms(9)).expect("settled");
            let again = Progress::read(&path).expect("readable").expect("there");
            let open = again.unsettled();
            assert_eq!(open.iter().map(|open| open.number).collect::<Vec<_>>(), [1], "{wrong}");
            assert!(again.has("b"), "{wrong}");
        }
    }
}
