//! Run: a command of somebody's, with its start on disk before it begins and its end after it.
//!
//! Promises: what cannot be recorded keeps no command from running, and changes nothing of how it ends; where the start is not recorded,
//! neither is the end. No word of the command is recorded, nor anything of its environment. Absent: words for people; what the command
//! leaves behind.

use std::ffi::{OsStr, OsString};
use std::io;
use std::time::{Duration, Instant};

use crate::actions::context::{Context, Tool};
use crate::actions::heartbeat::{Beating, Beats, Heartbeat, HeartbeatError};
use crate::actions::start::flush_if_due;
use crate::actions::track::{Recorded, Recorder, TrackError};
use crate::host::children::{Ended, Order, Running};
use crate::host::detached;
use crate::identity::ids::Id;
use crate::manifest::events::Event;
use crate::manifest::runs::{Outcome, RunFields, run_misfits};
use crate::payload::event::shortened;

/// Signals by which somebody ends a program: HUP, INT, QUIT, KILL, PIPE (its reader left), TERM. Any other is a failure of its own.
const ENDING: [i32; 6] = [1, 2, 3, 9, 13, 15];

/// What is wanted of a run.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// The event, where it is not the one that the manifest's `run` names.
    pub event: Option<&'a str>,
    /// Fields: each goes to the events that declare it.
    pub fields: Vec<(String, String)>,
    /// How often there is a beat; `None`: as the manifest says, zero: never.
    pub every: Option<Duration>,
}

/// Why a run is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing says which event it is.
    #[error("the manifest declares neither run nor heartbeat, and no event was named")]
    Nothing,
    /// The event that was named cannot say how a command ended.
    #[error("{0}")]
    Misfit(String),
    /// The event that was named is none.
    #[error("the event {0:?} is not declared")]
    Unknown(String),
    /// A beat.
    #[error(transparent)]
    Heartbeat(#[from] HeartbeatError),
    /// The pair.
    #[error(transparent)]
    Track(#[from] TrackError),
}

/// What is known of a run before its command begins.
#[derive(Debug)]
pub struct Begun {
    /// What is to be recorded further; `None`: nothing is.
    pub recording: Option<Recording>,
    /// Whether the notice has to be given, before anything or again.
    pub notice: bool,
    /// Why something that should be recorded is not.
    pub trouble: Option<RunError>,
}

/// A run that is recorded.
#[derive(Debug)]
pub struct Recording {
    context: Context,
    heartbeat: Option<Heartbeat>,
    pair: Option<Pair>,
}

/// The half that is on disk.
#[derive(Debug)]
struct Pair {
    event: String,
    fields: RunFields,
    id: Id,
    /// It holds the pair for as long as we run, so that a start without an end can be told from one that is still at work.
    recorder: Recorder,
}

/// How a command ended.
#[derive(Debug, Clone, Copy)]
pub struct End {
    /// In a word.
    pub outcome: Outcome,
    /// The exit code.
    pub code: i32,
    /// How long it ran.
    pub took: Duration,
}

/// The pair's event with its fields, and those of the given fields that it is told; the rest is the heartbeat's.
type Paired<'e> = Option<(&'e Event, RunFields, Vec<(String, String)>)>;

/// Records that a command is about to begin, with recorders of `tool` that are told of its version and what it runs on.
#[must_use]
pub fn begin(
    context: &Context,
    tool: &Tool,
    recorder: impl Fn() -> Result<Recorder, TrackError>,
    wanted: &Wanted<'_>,
) -> Begun {
    let mut begun = Begun { recording: None, notice: false, trouble: None };
    let mut recording = Recording { context: context.clone(), pair: None, heartbeat: None };
    let done = recording.start(tool, &recorder, wanted, &mut begun.notice).and_then(|()| {
        // The run that is told of the notice records nothing.
        if begun.notice && recording.pair.is_none() {
            return Ok(());
        }
        recording.beat(tool, &recorder, wanted, &mut begun.notice)
    });
    begun.trouble = done.err();
    begun.recording = (recording.pair.is_some() || recording.heartbeat.is_some()).then_some(recording);
    begun
}

/// Which event is the pair.
fn paired<'e>(tool: &'e Tool, wanted: &Wanted<'_>) -> Result<Paired<'e>, RunError> {
    let manifest = &tool.manifest;
    let (name, fields) = match (wanted.event, &manifest.run) {
        (Some(name), Some(rule)) => (name, rule.fields.clone()),
        (Some(name), None) => (name, RunFields::usual().map_err(|error| RunError::Misfit(error.to_string()))?),
        (None, Some(rule)) => (rule.event.as_str(), rule.fields.clone()),
        (None, None) if manifest.heartbeat.is_some() => return Ok(None),
        (None, None) => return Err(RunError::Nothing),
    };
    let Some(event) = manifest.event(name) else { return Err(RunError::Unknown(shortened(name))) };
    if let Some((_, why)) = run_misfits(event, &fields).into_iter().next() {
        return Err(RunError::Misfit(why));
    }
    let beat = manifest.heartbeat.as_ref().and_then(|rule| manifest.event(rule.event.as_str()));
    let ours = |name: &str| has(event, name) || !beat.is_some_and(|beat| has(beat, name));
    let given = wanted.fields.iter().filter(|(name, _)| ours(name)).cloned().collect();
    Ok(Some((event, fields, given)))
}

fn has(event: &Event, field: &str) -> bool {
    event.fields.iter().any(|declared| declared.name.as_str() == field)
}

/// The heartbeat that is wanted and declared.
fn beats(tool: &Tool, wanted: &Wanted<'_>) -> Result<Option<Beats>, HeartbeatError> {
    if wanted.every == Some(Duration::ZERO) || (wanted.every.is_none() && tool.manifest.heartbeat.is_none()) {
        return Ok(None);
    }
    let beats = Beats::declared(&tool.manifest)?;
    let beats = wanted.every.iter().fold(beats, |beats, every| beats.every(*every));
    let event = tool.manifest.heartbeat.as_ref().and_then(|rule| tool.manifest.event(rule.event.as_str()));
    let paired = wanted.event.is_some() || tool.manifest.run.is_some();
    let ours = |name: &str| !paired || event.is_some_and(|event| has(event, name));
    let beats = beats.with(wanted.fields.iter().filter(|(name, _)| ours(name)).cloned().collect());
    Ok(Some(match detached::program() {
        Ok(program) => beats.flushing(program, Vec::new()),
        Err(_) => beats,
    }))
}

impl Recording {
    /// Records the start, unless only beats are told.
    fn start(
        &mut self,
        tool: &Tool,
        recorder: impl Fn() -> Result<Recorder, TrackError>,
        wanted: &Wanted<'_>,
        notice: &mut bool,
    ) -> Result<(), RunError> {
        let Some((event, fields, given)) = paired(tool, wanted)? else { return Ok(()) };
        let mut recorder = recorder()?;
        match recorder.start_and_hold(event.name.as_str(), &given)? {
            Recorded::Stored { pair: Some(id), .. } => {
                *notice = recorder.notice_is_wider();
                self.pair = Some(Pair { event: event.name.to_string(), fields, id, recorder });
            }
            Recorded::NoticeDue => *notice = true,
            Recorded::Stored { .. } | Recorded::Off(_) => {}
        }
        Ok(())
    }

    /// Starts the heartbeat, unless there is none, or what is to be its first beat may not be recorded.
    fn beat(
        &mut self,
        tool: &Tool,
        recorder: impl Fn() -> Result<Recorder, TrackError>,
        wanted: &Wanted<'_>,
        notice: &mut bool,
    ) -> Result<(), RunError> {
        let Some(beats) = beats(tool, wanted)? else { return Ok(()) };
        let mut beating = Beating::begin(&self.context, recorder()?, beats)?;
        match beating.stands()? {
            None => self.heartbeat = Some(beating.go_on()?),
            Some(Recorded::NoticeDue) => *notice = true,
            Some(Recorded::Off(_) | Recorded::Stored { .. }) => {}
        }
        Ok(())
    }

    /// Records how the command ended, and starts a flush that is due.
    ///
    /// # Errors
    /// The end, or the latest beat, is not stored.
    pub fn end(self, tool: &Tool, end: End) -> Result<(), TrackError> {
        let Self { context, pair, heartbeat } = self;
        let told = heartbeat.and_then(|heartbeat| heartbeat.shutdown(end.outcome));
        let beat = told.and_then(|told| told.trouble);
        if let Some(mut pair) = pair {
            match pair.recorder.complete(&pair.event, &pair.id, &outcome(&pair.fields, end)) {
                // It did start, and a no took it away since.
                Ok(_) | Err(TrackError::UnknownPair(_)) => {}
                Err(error) => return Err(error),
            }
        }
        // What becomes of the flush is in `status`.
        if let Ok(program) = detached::program() {
            flush_if_due(&context, tool, &program, &[]).ok();
        }
        beat.map_or(Ok(()), Err)
    }
}

/// The outcome's fields.
fn outcome(fields: &RunFields, end: End) -> Vec<(String, String)> {
    let code = fields.exit_code.as_ref().map(|name| (name.to_string(), end.code.to_string()));
    [(fields.outcome.to_string(), end.outcome.as_str().to_owned())]
        .into_iter()
        .chain([(fields.duration.to_string(), end.took.as_millis().to_string())])
        .chain(code)
        .collect()
}

/// A command that runs beside us.
#[derive(Debug)]
pub struct Beside {
    running: Running,
    began: Instant,
}

/// Starts a command with our streams, and our signals passed on to it.
///
/// # Errors
/// The system does not start it: its reason.
pub fn start(program: &OsStr, arguments: &[OsString]) -> io::Result<Beside> {
    let began = Instant::now();
    let running = Order::new(program, arguments).regardless().start()?;
    Ok(Beside { running, began })
}

impl Beside {
    /// Waits for its end; `None` in place of how it ended where nobody can tell.
    #[must_use]
    pub fn wait(self) -> (Option<Ended>, End) {
        let ended = self.running.wait().ok();
        let asked = self.running.was_asked_to_end();
        (ended, end_of(ended, asked, self.began.elapsed()))
    }
}

/// The end of a command that was never started.
#[must_use]
pub const fn not_started(code: i32) -> End {
    End { outcome: Outcome::Failed, code, took: Duration::ZERO }
}

/// What to say of an end; `asked` says that somebody's signal to end came to us meanwhile.
fn end_of(ended: Option<Ended>, asked: bool, took: Duration) -> End {
    let outcome = match ended {
        Some(Ended::Code(0)) => Outcome::Completed,
        Some(Ended::Code(_)) | None => {
            if asked {
                Outcome::Aborted
            } else {
                Outcome::Failed
            }
        }
        Some(Ended::Signal(signal)) if ENDING.contains(&signal) => Outcome::Aborted,
        Some(Ended::Signal(_)) => Outcome::Failed,
    };
    End { outcome, code: ended.map_or(1, Ended::code), took }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_in_a_word() {
        for (ended, asked, outcome, code) in [
            (Some(Ended::Code(0)), false, Outcome::Completed, 0),
            // A server that was told to end and did.
            (Some(Ended::Code(0)), true, Outcome::Completed, 0),
            (Some(Ended::Code(7)), false, Outcome::Failed, 7),
            (Some(Ended::Code(130)), true, Outcome::Aborted, 130),
            (Some(Ended::Signal(9)), false, Outcome::Aborted, 137),
            (Some(Ended::Signal(15)), true, Outcome::Aborted, 143),
            (Some(Ended::Signal(11)), false, Outcome::Failed, 139),
            (None, false, Outcome::Failed, 1),
        ] {
            let end = end_of(ended, asked, Duration::ZERO);
            assert_eq!((end.outcome, end.code), (outcome, code), "{ended:?} {asked}");
        }
    }
}
