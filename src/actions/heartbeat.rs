//! Heartbeat: a server says that it started, from time to time that it runs, and that it ends, as its manifest declares it.
//!
//! Promises: each beat is an event like any other, asked about when it is due, so that a no stops the next one; beats are at fixed
//! distances from the start, by a clock that nobody sets; a machine that slept makes up for none of them; who ends it is not waited for
//! in turns: the thread that beats sleeps until the next beat is due or the end is told. Absent: the notice, which the program gives;
//! time that a machine sleeps, on systems whose clock stands still then.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::actions::context::Context;
use crate::actions::start;
use crate::actions::track::{Recorded, Recorder, TrackError};
use crate::manifest::runs::{Beat, First, HeartbeatRule, Outcome};
use crate::manifest::tool::Manifest;

/// Why there are no beats.
#[derive(Debug, thiserror::Error)]
pub enum HeartbeatError {
    /// The manifest declares none.
    #[error("the manifest declares no heartbeat")]
    NotDeclared,
    /// The manifest refuses what they would say.
    #[error(transparent)]
    Track(#[from] TrackError),
    /// The system grants no thread.
    #[error("no thread for the heartbeat: {0}")]
    System(io::Error),
}

/// What is said, and how often.
#[derive(Debug, Clone)]
pub struct Beats {
    rule: HeartbeatRule,
    every: Duration,
    fields: Vec<(String, String)>,
    flush: Option<(PathBuf, Vec<OsString>)>,
}

impl Beats {
    /// As the manifest declares it.
    ///
    /// # Errors
    /// It declares none.
    pub fn declared(manifest: &Manifest) -> Result<Self, HeartbeatError> {
        let rule = manifest.heartbeat.clone().ok_or(HeartbeatError::NotDeclared)?;
        Ok(Self { every: span(rule.every_ms), rule, fields: Vec::new(), flush: None })
    }

    /// So often, whatever the manifest says.
    #[must_use]
    pub const fn every(mut self, every: Duration) -> Self {
        self.every = every;
        self
    }

    /// With these fields in every beat.
    #[must_use]
    pub fn with(mut self, fields: Vec<(String, String)>) -> Self {
        self.fields = fields;
        self
    }

    /// With a flush after a beat where one is due: `program` is a `telemetry`, or a program that has its commands after the words in
    /// `before` ([`start::flush_if_due`]).
    #[must_use]
    pub fn flushing(mut self, program: PathBuf, before: Vec<OsString>) -> Self {
        self.flush = Some((program, before));
        self
    }

    /// What one beat says.
    fn said(&self, beat: Beat, running: Duration, outcome: Option<Outcome>) -> Vec<(String, String)> {
        let mut fields = self.fields.clone();
        fields.push((self.rule.kind.to_string(), beat.as_str().to_owned()));
        fields.extend(self.rule.duration.iter().map(|name| (name.to_string(), running.as_millis().to_string())));
        let outcome = self.rule.outcome.iter().zip(outcome);
        fields.extend(outcome.map(|(name, outcome)| (name.to_string(), outcome.as_str().to_owned())));
        fields
    }

    fn ticks(&self) -> Ticks {
        let first = match self.rule.first {
            First::Start => Duration::ZERO,
            First::Interval => self.every,
            First::After(ms) => span(ms),
        };
        Ticks { first, every: self.every }
    }
}

fn span(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}

/// When beats are due, counted from the start.
#[derive(Debug, Clone, Copy)]
struct Ticks {
    first: Duration,
    every: Duration,
}

impl Ticks {
    /// The first one after `now`: those that were slept through are not made up for, and none comes off its place.
    fn after(self, now: Duration) -> Duration {
        if now < self.first {
            return self.first;
        }
        let every = self.every.as_nanos().max(1);
        let since = now.saturating_sub(self.first).as_nanos();
        let next = (since / every).saturating_add(1).saturating_mul(every);
        self.first.saturating_add(Duration::from_nanos(u64::try_from(next).unwrap_or(u64::MAX)))
    }
}

/// What became of the beats.
#[derive(Debug)]
pub struct Told {
    /// The recorder, to go on with.
    pub recorder: Recorder,
    /// How many were recorded.
    pub stored: u64,
    /// Why the latest of those that should have been recorded was not.
    pub trouble: Option<TrackError>,
}

/// How it is to end.
#[derive(Debug, Clone, Copy)]
enum End {
    Shutdown(Outcome),
    /// Nobody said how: as after a kill, there is no last beat.
    Dropped,
}

type Ending = Arc<(Mutex<Option<End>>, Condvar)>;

/// A heartbeat. Dropped without [`Heartbeat::shutdown`], it stops, and its last event is as after a kill: there is none.
#[derive(Debug)]
pub struct Heartbeat {
    ending: Ending,
    thread: Option<JoinHandle<Told>>,
    first: Option<Recorded>,
}

impl Heartbeat {
    /// Starts it: the first beat, where it comes with the start, is on disk when this comes back.
    ///
    /// # Errors
    /// The manifest refuses what the beats would say, or there is no thread. That the first one is not recorded is no error here: the
    /// next one may be ([`Heartbeat::first`], [`Told::trouble`]).
    pub fn start(context: &Context, recorder: Recorder, beats: Beats) -> Result<Self, HeartbeatError> {
        Beating::begin(context, recorder, beats)?.go_on()
    }

    /// What became of the first beat; of one that comes later, what would become of it now: `None` is a yes. Off and a notice that is due
    /// are asked about again with every beat.
    #[must_use]
    pub const fn first(&self) -> Option<&Recorded> {
        self.first.as_ref()
    }

    /// Ends it: the last beat, which says how, is on disk when this comes back, if there was a first one. `None` where the thread broke.
    #[must_use]
    pub fn shutdown(mut self, outcome: Outcome) -> Option<Told> {
        self.end(End::Shutdown(outcome))
    }

    fn end(&mut self, end: End) -> Option<Told> {
        let thread = self.thread.take()?;
        let (told, wake) = &*self.ending;
        *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
        wake.notify_one();
        thread.join().ok()
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.end(End::Dropped);
    }
}

/// A heartbeat whose thread is yet to be started, and then what the thread has.
#[derive(Debug)]
pub(crate) struct Beating {
    context: Context,
    told: Told,
    began: Instant,
    beats: Beats,
    first: Option<Recorded>,
    /// Flushes that were started.
    flushes: Vec<Child>,
}

impl Beating {
    /// With the first beat, where it comes with the start.
    pub(crate) fn begin(context: &Context, mut recorder: Recorder, beats: Beats) -> Result<Self, HeartbeatError> {
        let event = beats.rule.event.as_str();
        recorder.check(event, None, &beats.said(Beat::Startup, Duration::ZERO, None))?;
        let at_once = beats.rule.first == First::Start;
        let first = if at_once { None } else { recorder.no(event)? };
        let told = Told { recorder, stored: 0, trouble: None };
        let (context, began) = (context.clone(), Instant::now());
        let mut beating = Self { context, told, began, beats, first, flushes: Vec::new() };
        if at_once {
            beating.first = beating.beat(Beat::Startup, None);
        }
        Ok(beating)
    }

    /// Whether beats are recorded as things stand; otherwise what stands against it, or why the first one is not stored.
    #[cfg(feature = "foreign")]
    pub(crate) fn stands(&mut self) -> Result<Option<&Recorded>, TrackError> {
        match self.told.trouble.take() {
            Some(trouble) => Err(trouble),
            None => Ok(self.first.as_ref().filter(|first| !matches!(first, Recorded::Stored { .. }))),
        }
    }

    /// Goes on in a thread of its own.
    pub(crate) fn go_on(mut self) -> Result<Heartbeat, HeartbeatError> {
        let ending: Ending = Arc::default();
        let (told, first) = (Arc::clone(&ending), self.first.take());
        let thread = std::thread::Builder::new().name("heartbeat".to_owned()).spawn(move || self.until(&told));
        Ok(Heartbeat { ending, thread: Some(thread.map_err(HeartbeatError::System)?), first })
    }

    fn until(mut self, ending: &(Mutex<Option<End>>, Condvar)) -> Told {
        let ticks = self.beats.ticks();
        let (mut next, mut due) = match self.beats.rule.first {
            First::Start => (Beat::Heartbeat, ticks.after(Duration::ZERO)),
            First::Interval | First::After(_) => (Beat::Startup, ticks.first),
        };
        loop {
            match self.wait(ending, due) {
                None => {
                    self.beat(next, None);
                    next = Beat::Heartbeat;
                    due = ticks.after(self.began.elapsed());
                }
                Some(End::Shutdown(outcome)) => {
                    if self.told.stored > 0 {
                        self.beat(Beat::Shutdown, Some(outcome));
                    }
                    return self.told;
                }
                Some(End::Dropped) => return self.told,
            }
        }
    }

    /// Sleeps until the end is told, or until it is `due`.
    fn wait(&self, (told, wake): &(Mutex<Option<End>>, Condvar), due: Duration) -> Option<End> {
        let mut end = told.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = due.saturating_sub(self.began.elapsed());
            if end.is_some() || left.is_zero() {
                return *end;
            }
            end = wake.wait_timeout(end, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn beat(&mut self, beat: Beat, outcome: Option<Outcome>) -> Option<Recorded> {
        let fields = self.beats.said(beat, self.began.elapsed(), outcome);
        match self.told.recorder.record(self.beats.rule.event.as_str(), &fields) {
            Ok(recorded) => {
                if matches!(recorded, Recorded::Stored { .. }) {
                    self.told.stored = self.told.stored.saturating_add(1);
                    self.flush();
                }
                Some(recorded)
            }
            Err(error) => {
                self.told.trouble = Some(error);
                None
            }
        }
    }

    /// Starts a flush that is due: what becomes of it is in `status`.
    fn flush(&mut self) {
        self.flushes.retain_mut(|flush| !matches!(flush.try_wait(), Ok(Some(_))));
        if let Some((program, before)) = &self.beats.flush {
            let started = start::flush_if_due(&self.context, self.told.recorder.tool(), program, before);
            self.flushes.extend(started.ok().flatten());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_keep_their_places_and_none_is_made_up_for() {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let hourly = Ticks { first: Duration::ZERO, every: minutes(60) };
        let late = Ticks { first: minutes(7), every: minutes(60) };
        for (ticks, now, wanted) in [
            (hourly, Duration::ZERO, minutes(60)),
            (hourly, minutes(59), minutes(60)),
            (hourly, minutes(60), minutes(120)),
            // Late by a little: the one after it is not.
            (hourly, minutes(60) + Duration::from_millis(3), minutes(120)),
            // A night's sleep.
            (hourly, minutes(60 * 9 + 5), minutes(60 * 10)),
            (late, Duration::ZERO, minutes(7)),
            (late, minutes(7), minutes(67)),
            (late, minutes(66), minutes(67)),
            (late, minutes(68), minutes(127)),
        ] {
            assert_eq!(ticks.after(now), wanted, "{ticks:?} at {now:?}");
        }
        let none = Ticks { first: Duration::ZERO, every: Duration::ZERO };
        assert!(none.after(Duration::from_secs(1)) > Duration::from_secs(1), "no busy loop, whatever is asked for");
    }
}
