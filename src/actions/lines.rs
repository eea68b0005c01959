//! Lines: many events of one stream, one a line, each checked and recorded by itself.
//!
//! Promises: a line is on disk before the next one is read; one that is refused touches no other; memory does not grow with the
//! stream: a line has a bound, and so have the pairs that are open. Absent: words for people; what a line looks like
//! (`payload/given`).

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead};

use crate::actions::track::{Recorded, Recorder, TrackError};
use crate::identity::ids::Id;
use crate::payload::event::Phase;
use crate::payload::given::{self, GivenError};

/// Longest line, bytes: as long as an object on the command line may be, more than all fields at their longest.
pub const LONGEST: usize = 256 * 1024;
/// Most pairs that are remembered as open in one stream: some 200 bytes each.
pub const MOST_OPEN: usize = 10_000;

/// Why a line is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is longer than any line may be.
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    /// It is not of the form.
    #[error(transparent)]
    Form(#[from] GivenError),
    /// The manifest refuses it, or it is not stored.
    #[error(transparent)]
    Track(#[from] TrackError),
    /// A pair of this name started before, and did not complete.
    #[error("the pair {0} is open already")]
    Open(Id),
    /// A pair is completed by the event that started it.
    #[error("the pair {0} was started by another event")]
    Other(Id),
}

/// A line of a stream.
#[derive(Debug)]
pub struct Numbered<'a> {
    /// Its number, from 1; blank lines count.
    pub number: u64,
    /// Its bytes, without the newline.
    pub line: Result<&'a [u8], LineError>,
}

/// The lines of a stream, numbered from 1, blank ones passed over.
#[derive(Debug)]
pub struct Lines<R> {
    source: R,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads from `source`, no further than a buffer beyond the line that is given.
    pub const fn new(source: R) -> Self {
        Self { source, line: Vec::new(), number: 0 }
    }

    /// The next line with its number; what is too long is passed over and said to be so. The last one need not end in a newline.
    ///
    /// # Errors
    /// The stream cannot be read.
    pub fn advance(&mut self) -> io::Result<Option<Numbered<'_>>> {
        loop {
            self.line.clear();
            let Some(fits) = self.read_line()? else { return Ok(None) };
            self.number = self.number.saturating_add(1);
            if !fits {
                return Ok(Some(Numbered { number: self.number, line: Err(LineError::TooLong) }));
            }
            // Some programs begin a stream with a byte order mark.
            let first = if self.number == 1 { b"\xef\xbb\xbf".as_slice() } else { b"" };
            let start = if self.line.starts_with(first) { first.len() } else { 0 };
            if self.line.iter().skip(start).any(|byte| !byte.is_ascii_whitespace()) {
                return Ok(Some(Numbered {
                    number: self.number,
                    line: Ok(self.line.get(start..).unwrap_or_default()),
                }));
            }
        }
    }

    /// Reads up to a newline, keeping what may be a line; `false` when it is too long, `None` at the end.
    fn read_line(&mut self) -> io::Result<Option<bool>> {
        let mut any = false;
        let mut fits = true;
        loop {
            let chunk = match self.source.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                return Ok(any.then_some(fits));
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            fits = fits && self.line.len().saturating_add(part.len()) <= LONGEST;
            if fits {
                self.line.extend_from_slice(part);
            }
            let used = end.map_or(chunk.len(), |end| end.saturating_add(1));
            self.source.consume(used);
            if end.is_some() {
                return Ok(Some(fits));
            }
        }
    }
}

/// Records lines, remembering which pairs are open.
#[derive(Debug)]
pub struct LineRecorder {
    recorder: Recorder,
    open: Pairs,
}

impl LineRecorder {
    /// With this recorder.
    #[must_use]
    pub fn new(recorder: Recorder) -> Self {
        Self { recorder, open: Pairs::default() }
    }

    /// The recorder.
    pub const fn recorder(&mut self) -> &mut Recorder {
        &mut self.recorder
    }

    /// Records what a line says; `None` where there is nothing to record: the completion of what started while it was off, or of what
    /// went with a no since.
    ///
    /// # Errors
    /// It is no line, the manifest refuses it, or it is not stored.
    pub fn record(&mut self, line: &[u8]) -> Result<Option<Recorded>, LineError> {
        let line = given::line(line)?;
        let (event, fields) = (line.event.as_str(), line.fields.as_slice());
        let Some((phase, name)) = line.pair else { return Ok(Some(self.recorder.record(event, fields)?)) };
        match (phase, self.open.get(&name, event, phase)?) {
            (Phase::Started, Some(_)) => Err(LineError::Open(name)),
            (Phase::Started, None) => {
                let recorded = self.recorder.start(event, fields)?;
                let pair = match &recorded {
                    Recorded::Stored { pair, .. } => pair.clone(),
                    Recorded::Off(_) | Recorded::NoticeDue => None,
                };
                self.open.put(name, event, pair);
                Ok(Some(recorded))
            }
            (Phase::Completed, Some(None)) => {
                self.recorder.check(event, Some(Phase::Completed), fields)?;
                self.open.remove(&name);
                Ok(None)
            }
            (Phase::Completed, Some(Some(pair))) => {
                let recorded = match self.recorder.complete(event, pair, fields) {
                    // It did start, and a no took it away: that is not the host's mistake.
                    Err(TrackError::UnknownPair(_)) => None,
                    recorded => Some(recorded?),
                };
                self.open.remove(&name);
                Ok(recorded)
            }
            // What another process started goes by the id that this was told.
            (Phase::Completed, None) => Ok(Some(self.recorder.complete(event, &name, fields)?)),
        }
    }

    /// Checks what a line says, and records nothing.
    ///
    /// # Errors
    /// It is no line, or the manifest refuses it.
    pub fn check(&mut self, line: &[u8]) -> Result<(), LineError> {
        let line = given::line(line)?;
        let phase = line.pair.as_ref().map(|(phase, _)| *phase);
        self.recorder.check(&line.event, phase, &line.fields)?;
        let Some((phase, name)) = line.pair else { return Ok(()) };
        match (phase, self.open.get(&name, &line.event, phase)?) {
            (Phase::Started, Some(_)) => return Err(LineError::Open(name)),
            (Phase::Started, None) => self.open.put(name, &line.event, None),
            (Phase::Completed, _) => self.open.remove(&name),
        }
        Ok(())
    }
}

/// Pairs that started in a stream and did not complete, by the stream's own names: with their ids, or without one where the start was
/// off. What never completes gives way, the oldest first, to what starts.
#[derive(Debug, Default)]
struct Pairs {
    by_name: HashMap<Id, Pair>,
    by_age: BTreeMap<u64, Id>,
    next: u64,
}

#[derive(Debug)]
struct Pair {
    age: u64,
    event: String,
    id: Option<Id>,
}

impl Pairs {
    /// The pair of this name, which only the event that started it completes.
    fn get(&self, name: &Id, event: &str, phase: Phase) -> Result<Option<Option<&Id>>, LineError> {
        match self.by_name.get(name) {
            Some(pair) if phase == Phase::Completed && pair.event != event => Err(LineError::Other(name.clone())),
            pair => Ok(pair.map(|pair| pair.id.as_ref())),
        }
    }

    fn put(&mut self, name: Id, event: &str, id: Option<Id>) {
        if self.by_age.len() >= MOST_OPEN
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.by_name.remove(&oldest);
        }
        self.by_age.insert(self.next, name.clone());
        self.by_name.insert(name, Pair { age: self.next, event: event.to_owned(), id });
        self.next = self.next.saturating_add(1);
    }

    fn remove(&mut self, name: &Id) {
        if let Some(pair) = self.by_name.remove(name) {
            self.by_age.remove(&pair.age);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn lines(source: &[u8], buffer: usize) -> Vec<(u64, Option<String>)> {
        let mut lines = Lines::new(BufReader::with_capacity(buffer, source));
        let mut found = Vec::new();
        while let Some(Numbered { number, line }) = lines.advance().expect("readable") {
            found.push((number, line.ok().map(|line| String::from_utf8_lossy(line).into_owned())));
        }
        found
    }

    #[test]
    fn lines_have_numbers_and_a_bound() {
        let text = |text: &str| Some(text.to_owned());
        for buffer in [1, 3, 4096] {
            assert_eq!(lines(b"", buffer), []);
            assert_eq!(lines(b"\n \r\n\n", buffer), []);
            assert_eq!(lines(b"a\n\n b\r\nc", buffer), [(1, text("a")), (3, text(" b\r")), (4, text("c"))]);
            assert_eq!(lines(b"\xef\xbb\xbfa\n\xef\xbb\xbfb", buffer), [(1, text("a")), (2, text("\u{feff}b"))]);
        }
        let (fits, long) = ("x".repeat(LONGEST), "x".repeat(LONGEST + 1));
        let source = format!("{fits}\n{long}\n{long}{long}\nb\n{long}");
        let found = lines(source.as_bytes(), 4096);
        assert_eq!(found, [(1, Some(fits)), (2, None), (3, None), (4, text("b")), (5, None)]);
    }
    #[test]
    fn what_never_completes_gives_way_to_what_starts() {
        let name = |number: usize| Id::new(&format!("n{number}")).expect("a name");
        let mut open = Pairs::default();
        for number in 0..MOST_OPEN {
            open.put(name(number), "job", None);
        }
        open.remove(&name(1));
        open.put(name(MOST_OPEN), "job", Some(name(7)));
        let there = |open: &Pairs, number| {
            open.get(&name(number), "job", Phase::Completed).expect("its own").map(Option::<&Id>::cloned)
        };
        assert_eq!(there(&open, 0), Some(None), "one completed, so there is room");
        open.put(name(MOST_OPEN + 1), "job", None);
        assert_eq!((there(&open, 0), there(&open, 2)), (None, Some(None)), "the oldest goes");
        assert_eq!(there(&open, MOST_OPEN), Some(Some(name(7))));
        assert!(matches!(open.get(&name(2), "other", Phase::Completed), Err(LineError::Other(_))));
        open.remove(&name(0));
        assert_eq!((open.by_name.len(), open.by_age.len()), (MOST_OPEN, MOST_OPEN));
    }
}
