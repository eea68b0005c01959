//! `telemetry track TOOL --lines`: many events over standard input, one JSON object a line.
//!
//! Promises: the input is read to its end whatever stands in it, so that who writes it is never cut off; a refused line is named by its
//! number and counts the same in every state. Absent: reading lines and pairs (`actions/lines`).

use std::process::Child;

use crate::actions::context::Tool;
use crate::actions::lines::{LineRecorder, Lines, Numbered};
use crate::actions::start;
use crate::actions::track::{Recorded, Recorder};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::notice;
use crate::cli::session::Session;
use crate::host::clock::Timestamp;
use crate::host::detached;
use crate::manifest::tool::NoticeRule;

/// Most refused lines that are named; all are counted.
const MOST_NAMED: u64 = 20;
/// How long until the schedule is looked at again, milliseconds: no flush is due more often than people would notice.
const LOOK_MS: i64 = 10_000;

/// A stream on its way.
struct Stream<'a> {
    session: &'a Session,
    tool: &'a Tool,
    recorder: LineRecorder,
    best_effort: bool,
    taken: u64,
    refused: u64,
    /// Whether the notice was tried: where nobody sees it, it is not tried with every line.
    tried: bool,
    /// Whether it was shown at a terminal: the run that shows it records nothing.
    shown: bool,
    /// Whether more is declared than an earlier notice said.
    wider: bool,
    look_at: Option<Timestamp>,
    /// Flushes that were started.
    flushes: Vec<Child>,
}

/// Records the lines of standard input.
///
/// # Errors
/// A line is refused or not stored, or the input cannot be read.
pub fn run(session: &Session, tool: &Tool, recorder: Recorder, best_effort: bool) -> anyhow::Result<Exit> {
    let mut stream = Stream {
        session,
        tool,
        recorder: LineRecorder::new(recorder),
        best_effort,
        taken: 0,
        refused: 0,
        tried: false,
        shown: false,
        wider: false,
        look_at: None,
        flushes: Vec::new(),
    };
    let mut lines = Lines::new(std::io::stdin().lock());
    let broken = loop {
        match lines.advance() {
            Ok(Some(Numbered { number, line })) => {
                let taken = line.map_err(anyhow::Error::from).and_then(|line| stream.take(line));
                stream.count(number, taken);
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    stream.end();
    let Stream { taken, refused, .. } = stream;
    let exit = if taken == 0 { Exit::Failed } else { Exit::Partly };
    if let Some(error) = broken {
        let total = taken.saturating_add(refused);
        return Err(Failure::new(exit, format!("standard input cannot be read beyond {total} lines: {error}")).into());
    }
    if refused > 0 {
        let message = format!("{refused} of {} lines were not taken", taken.saturating_add(refused));
        return Err(Failure::new(exit, message).hint(format!("telemetry show-payload {}", tool.manifest.tool)).into());
    }
    Ok(Exit::Done)
}

impl Stream<'_> {
    fn take(&mut self, line: &[u8]) -> anyhow::Result<()> {
        if self.shown {
            return Ok(self.recorder.check(line)?);
        }
        match self.recorder.record(line)? {
            Some(Recorded::Stored { .. }) => self.look(),
            Some(Recorded::NoticeDue) if !self.tried => {
                self.tried = true;
                let given = notice::give(self.session, self.tool, self.best_effort)?;
                self.shown = given && self.tool.manifest.notice == NoticeRule::Terminal;
                self.wider = self.wider && !given;
            }
            Some(Recorded::NoticeDue | Recorded::Off(_)) | None => {}
        }
        Ok(())
    }

    fn count(&mut self, number: u64, taken: anyhow::Result<()>) {
        match taken {
            Ok(()) => self.taken = self.taken.saturating_add(1),
            Err(error) => {
                self.refused = self.refused.saturating_add(1);
                if self.refused <= MOST_NAMED && !self.best_effort {
                    self.session.ui.warn(&format!("error: line {number}: {error}"));
                }
            }
        }
    }

    /// With the first event that is stored, and from time to time: whether a notice or a flush is due.
    fn look(&mut self) {
        let now = self.session.context.clock.now();
        if self.look_at.is_some_and(|at| now < at) {
            return;
        }
        if self.look_at.is_none() {
            self.wider = self.recorder.recorder().notice_is_wider();
            if self.tool.manifest.notice == NoticeRule::Log {
                self.give_wider();
            }
        }
        self.look_at = Some(now.plus_ms(LOOK_MS));
        self.flush();
    }

    /// What a wider manifest adds is recorded by no run that shows the notice of it at a terminal, so that comes last.
    fn end(&mut self) {
        self.give_wider();
        if self.look_at.is_some() {
            self.flush();
        }
    }

    /// The events are stored, and that is what the host asked for: a notice that cannot be kept is given again.
    fn give_wider(&mut self) {
        if std::mem::take(&mut self.wider) {
            notice::give(self.session, self.tool, self.best_effort).ok();
        }
    }

    /// Starts a flush that is due: what becomes of it is in `status`.
    fn flush(&mut self) {
        self.flushes.retain_mut(|flush| !matches!(flush.try_wait(), Ok(Some(_))));
        if let Ok(program) = detached::program() {
            let started = start::flush_if_due(&self.session.context, self.tool, &program, &[]);
            self.flushes.extend(started.ok().flatten());
        }
    }
}
