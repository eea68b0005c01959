//! Track: one event, checked against the manifest, allowed by `decide`, on disk when it is acknowledged.
//!
//! Promises: what the manifest refuses is refused in every state; off writes nothing; a consent that changes is obeyed by the
//! next event of a program that runs on; no id, salt or date is made before the answer is yes. Absent: the network.

use crate::actions::ask::Asker;
use crate::actions::context::{Context, Tool};
use crate::actions::facts::{self, RuntimeError, Told};
use crate::actions::gather::Where;
use crate::actions::{notice, purge, salt};
use crate::consent::agreement::{How, State};
use crate::consent::answer::Withheld;
use crate::consent::decide::Decision;
use crate::host::clock::Timestamp;
use crate::host::files::FileError;
use crate::host::locks::Lock;
use crate::host::random;
use crate::identity::ids::Id;
use crate::identity::names::EventName;
use crate::identity::profile::{self, Profile, ProfileError};
use crate::manifest::events::{Event as Declared, Value};
use crate::manifest::switches::Said;
use crate::manifest::tool::{Fact, IdKind};
use crate::manifest::values;
use crate::payload::event::{Event, EventError, Given, Phase, accept, needs_salt, shortened, values};
use crate::queue::append::Appender;
use crate::queue::entry::Entry;
use crate::queue::limits::APPEND_PATIENCE;
use crate::queue::open;
use crate::queue::pairs;
use crate::queue::segment::Lane;

/// What became of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// It is on disk, under this id; `pair` is the id that its completion names.
    Stored {
        /// The event's id.
        id: String,
        /// The id of the pair.
        pair: Option<Id>,
    },
    /// The answer is no; nothing was written.
    Off(Box<Decision>),
    /// Nothing was written: the notice has to be given first.
    NoticeDue,
}

/// Why an event is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum TrackError {
    /// The manifest refuses it.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The version is none.
    #[error("{0:?} is not a version such as 1.2.3")]
    Version(String),
    /// A runtime is none.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The completion of an event that was never started, or too long ago.
    #[error("no started event waits under the id {0}")]
    UnknownPair(String),
    /// It is not stored.
    #[error("the event is not stored: {0}")]
    File(#[from] FileError),
    /// The profile cannot be made or completed.
    #[error("the event is not stored: {0}")]
    Profile(#[from] ProfileError),
}

/// Facts that were gathered: on which day, without what, and what they were.
#[derive(Debug)]
struct Gathered {
    day: String,
    without: Vec<Fact>,
    facts: Vec<(Fact, String)>,
}

/// Records events of one tool; meant to be kept for as long as the program runs.
#[derive(Debug)]
pub struct Recorder {
    context: Context,
    asker: Asker,
    version: Option<String>,
    waiting: Appender,
    local: Appender,
    runtimes: Option<String>,
    facts: Option<Gathered>,
    salt: Option<String>,
    /// What started and is still at work.
    held: Option<Lock>,
    /// The event of which the answer is yes, as long as no file changes: a program repeats itself.
    allowed: Option<(EventName, Withheld)>,
}

impl Recorder {
    /// For `tool` in this version.
    ///
    /// # Errors
    /// The version is none.
    pub fn new(context: &Context, tool: &Tool, version: Option<&str>) -> Result<Self, TrackError> {
        if let Some(version) = version.filter(|version| !values::is_version(version)) {
            return Err(TrackError::Version(shortened(version)));
        }
        let appender = |lane| Appender::new(tool.places.queue(), tool.places.losses(), lane, tool.manifest.limits);
        Ok(Self {
            asker: Asker::later(context, tool, &Where::Here),
            context: context.clone(),
            version: version.map(str::to_owned),
            runtimes: None,
            waiting: appender(Lane::Waiting),
            local: appender(Lane::Local),
            facts: None,
            salt: None,
            held: None,
            allowed: None,
        })
    }

    /// The same for a tool that runs on these, each `NAME/VERSION` such as `python/3.12.1`: the fact `runtime`, where it is listed.
    ///
    /// # Errors
    /// One is not of that form or stands twice, or there are too many.
    pub fn with_runtimes<T: AsRef<str>>(self, given: &[T]) -> Result<Self, TrackError> {
        Ok(Self { runtimes: facts::runtimes(given)?, ..self })
    }

    /// The tool.
    #[must_use]
    pub const fn tool(&self) -> &Tool {
        self.asker.tool()
    }

    /// Records one event that is no pair.
    ///
    /// # Errors
    /// The manifest refuses it, or it is not stored.
    pub fn record(&mut self, event: &str, given: &Given) -> Result<Recorded, TrackError> {
        self.record_phase(event, None, given)
    }

    /// Records that something started. The id that comes back is for [`Recorder::complete`].
    ///
    /// # Errors
    /// The manifest refuses it, or it is not stored.
    pub fn start(&mut self, event: &str, given: &Given) -> Result<Recorded, TrackError> {
        let recorded = self.start_and_hold(event, given);
        self.held = None;
        recorded
    }

    /// The same, and for as long as this recorder lives others see that what started is still at work, where that can be said.
    ///
    /// # Errors
    /// As for [`Recorder::start`].
    pub fn start_and_hold(&mut self, event: &str, given: &Given) -> Result<Recorded, TrackError> {
        self.record_phase(event, Some(Phase::Started), given)
    }

    /// Records that what started under `pair` ended: the started event again, with the outcome.
    ///
    /// # Errors
    /// The manifest refuses it, nothing was started under that id, or it is not stored.
    pub fn complete(&mut self, event: &str, pair: &Id, outcome: &Given) -> Result<Recorded, TrackError> {
        let declared = self.declared(event)?;
        let accepted = accept(&declared, Some(Phase::Completed), outcome)?;
        if let Some(no) = self.may(&declared) {
            return Ok(no);
        }
        let (queue, pairs) = (self.tool().places.queue(), self.tool().places.pairs());
        // Of two who complete it at once the second finds nothing.
        let _alone = self.held.is_none().then(|| pairs::hold(&pairs, pair, APPEND_PATIENCE));
        let unknown = || TrackError::UnknownPair(pair.to_string());
        let started = open::one(&queue, &pairs, pair)?.ok_or_else(unknown)?;
        // What started before the latest yes is not told after it.
        let yes = self.asker.facts().latest_yes();
        let told = |entry: &Entry| entry.event.name == event && yes.is_none_or(|yes| entry.event.time >= yes);
        let mut completed = Some(started).filter(told).ok_or_else(unknown)?;
        let salt = self.salt(needs_salt(&accepted))?;
        completed.event.id = random::uuid();
        completed.event.time = self.context.clock.now();
        completed.event.pair = Some((Phase::Completed, pair.clone()));
        completed.event.fields.extend(values(accepted, salt.as_deref()));
        self.leave_out(&mut completed.event);
        let id = completed.event.id.clone();
        // Between the two the queue says which it is.
        pairs::end(&pairs, pair)?;
        if let Err(error) = self.append(&completed) {
            pairs::did_not_end(&pairs, pair)?;
            return Err(error);
        }
        pairs::has_ended(&pairs, pair)?;
        Ok(Recorded::Stored { id, pair: Some(pair.clone()) })
    }

    /// Checks an event, or one half of a pair: nothing is recorded. For what is not to be recorded, and refused as ever: the
    /// completion of an event whose start was off, and so has no id.
    ///
    /// # Errors
    /// The manifest refuses it.
    pub fn check(&self, event: &str, phase: Option<Phase>, given: &Given) -> Result<(), TrackError> {
        accept(&self.declared(event)?, phase, given)?;
        Ok(())
    }

    /// What stands against an event of this name; `None` where it would be recorded. Nothing is.
    ///
    /// # Errors
    /// The manifest does not declare it.
    pub fn no(&mut self, event: &str) -> Result<Option<Recorded>, TrackError> {
        let declared = self.declared(event)?;
        Ok(self.may(&declared))
    }

    fn declared(&self, event: &str) -> Result<Declared, EventError> {
        let manifest = &self.tool().manifest;
        manifest.event(event).cloned().ok_or_else(|| {
            let names: Vec<&str> = manifest.events.iter().map(|event| event.name.as_str()).collect();
            EventError::Unknown { given: shortened(event), declared: names.join(", ") }
        })
    }

    /// The answer when it is not a plain yes.
    fn may(&mut self, declared: &Declared) -> Option<Recorded> {
        let changed = self.asker.refresh();
        if changed {
            self.allowed = None;
        }
        if self.allowed.as_ref().is_some_and(|(name, _)| *name == declared.name) {
            return None;
        }
        let decision = self.asker.decide(Some(declared), None);
        self.allowed = decision.is_yes().then(|| (declared.name.clone(), decision.withheld().clone()));
        if changed {
            let project = self.asker.facts().project.as_ref().map(|(project, _)| project.root());
            purge::purge_found(self.tool(), &decision, project, self.context.clock.now()).ok();
        }
        if notice::is_due(&self.tool().manifest, &self.asker.facts().agreement, &decision) && !decision.is_yes() {
            return Some(Recorded::NoticeDue);
        }
        (!decision.is_yes()).then(|| Recorded::Off(Box::new(decision)))
    }

    /// Whether more is declared than the notice showed, so that it has to be given again.
    #[must_use]
    pub fn notice_is_wider(&mut self) -> bool {
        if self.allowed.is_none() {
            self.asker.refresh();
        }
        let decision = self.asker.decide(None, None);
        notice::is_due(&self.tool().manifest, &self.asker.facts().agreement, &decision)
    }

    fn record_phase(&mut self, event: &str, phase: Option<Phase>, given: &Given) -> Result<Recorded, TrackError> {
        let declared = self.declared(event)?;
        let accepted = accept(&declared, phase, given)?;
        if let Some(no) = self.may(&declared) {
            return Ok(no);
        }
        self.keep_variable()?;
        if self.tool().manifest.ids.contains(&IdKind::User) {
            self.ensure_user_id()?;
        }
        let salt = self.salt(needs_salt(&accepted))?;
        let time = self.context.clock.now();
        let pair = phase.map(|phase| (phase, Id::fresh()));
        let mut event = Event {
            id: random::uuid(),
            name: event.to_owned(),
            time,
            pair,
            fields: values(accepted, salt.as_deref()),
            facts: self.facts(time)?,
        };
        self.leave_out(&mut event);
        let project = self.asker.facts().project.as_ref().map(|(project, _)| project.root().to_path_buf());
        let destinations = declared.destinations.iter().map(ToString::to_string).collect();
        let entry = Entry { event, project, destinations };
        let pair = entry.event.pair.as_ref().map(|(_, id)| id.clone());
        match &pair {
            Some(pair) => self.append_start(pair, &entry)?,
            None => self.append(&entry)?,
        }
        Ok(Recorded::Stored { id: entry.event.id, pair })
    }

    /// What is withheld now is not even recorded: a later manifest may declare less, and would not know that it was.
    fn leave_out(&self, event: &mut Event) {
        if let Some((_, withheld)) = &self.allowed {
            event.fields.retain(|(name, _)| !withheld.fields.iter().any(|field| field.as_str() == name));
            event.facts.retain(|(fact, _)| !withheld.facts.contains(fact));
        }
    }

    fn append(&mut self, entry: &Entry) -> Result<(), TrackError> {
        let local = matches!(&self.asker.facts().profile, Profile::Present(contents) if contents.local);
        let lane = if local { &mut self.local } else { &mut self.waiting };
        Ok(lane.append(entry, self.context.clock.now())?)
    }

    /// Queues a start, whose pair is open once the queue has it: in between the queue says whether it is.
    fn append_start(&mut self, pair: &Id, entry: &Entry) -> Result<(), TrackError> {
        let folder = self.tool().places.pairs();
        pairs::begin(&folder, pair, entry)?;
        self.held = pairs::hold(&folder, pair, APPEND_PATIENCE);
        if let Err(error) = self.append(entry) {
            pairs::did_not_begin(&folder, pair)?;
            return Err(error);
        }
        Ok(pairs::has_begun(&folder, pair)?)
    }

    fn reread(&mut self) {
        self.asker.reread();
        self.allowed = None;
    }

    /// The first yes of a variable is kept, so that a wider manifest does not count as agreed to later.
    fn keep_variable(&mut self) -> Result<(), TrackError> {
        let facts = self.asker.facts();
        let on = facts.variables.iter().any(|(_, said)| *said == Said::On);
        if on && facts.agreement == State::Absent {
            notice::keep(&self.context, self.asker.tool(), How::Variable, &State::Absent)?;
            self.reread();
        }
        Ok(())
    }

    fn ensure_user_id(&mut self) -> Result<(), TrackError> {
        if !matches!(&self.asker.facts().profile, Profile::Present(contents) if contents.user_id.is_some()) {
            match profile::ensure_user_id(&self.asker.tool().places, APPEND_PATIENCE) {
                // Somebody else writes the profile: the event needs no id to be recorded, and the flusher makes sure of one.
                Ok(_) | Err(ProfileError::Held(_)) => self.reread(),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn salt(&mut self, needed: bool) -> Result<Option<String>, TrackError> {
        if needed && self.salt.is_none() {
            self.salt = Some(salt::ensure(self.asker.tool())?);
        }
        Ok(self.salt.clone())
    }

    /// The facts that the manifest lists and nobody withholds; gathered once a day in a program that runs on.
    fn facts(&mut self, now: Timestamp) -> Result<Vec<(Fact, String)>, TrackError> {
        let withheld = self.allowed.as_ref().map(|(_, withheld)| withheld.facts.as_slice()).unwrap_or_default();
        let (today, withheld) = (now.date(), withheld.to_vec());
        if let Some(gathered) = self.facts.as_ref().filter(|there| there.day == today && there.without == withheld) {
            return Ok(gathered.facts.clone());
        }
        let listed = self.tool().manifest.facts.iter().copied();
        let wanted: Vec<Fact> = listed.filter(|fact| !withheld.contains(fact)).collect();
        let told =
            Told { version: self.version.as_deref(), runtimes: self.runtimes.as_deref(), ci: self.asker.facts().ci };
        let facts = facts::gather(&self.context, self.tool(), &wanted, told, now)?;
        self.facts = Some(Gathered { day: today, without: withheld, facts: facts.clone() });
        Ok(facts)
    }
}

/// The values of an event's example, for a preview: pseudonyms are made with the salt there is, or with one of zeros.
#[must_use]
pub fn example(declared: &Declared, salt: Option<&str>) -> Vec<(String, Value)> {
    let nobodys = "0".repeat(64);
    let salt = salt.unwrap_or(&nobodys);
    let texts = &declared.example;
    let field = |name: &str| declared.all_fields().find(|field| field.name.as_str() == name);
    let accepted =
        texts.iter().filter_map(|(name, text)| Some((name.to_string(), field(name.as_str())?.accept(text).ok()?)));
    values(accepted.collect(), Some(salt))
}
