//! Flush: everything that waits and may go is sealed, sent, and settled by its answer.
//!
//! One flusher at a time per tool. For every destination, batch by batch: what was sealed before goes first, then the rest is sealed
//! and sent payload by payload. Consent is asked again right before each request, under a lock that `disable` waits for.
//!
//! Promises: nothing is sent without a Permit; one destination's trouble holds up no other; retries are the same bytes; a payload
//! whose answer a kill swallowed is sent again and its receipt says that it may have arrived twice. Absent: waiting between
//! attempts: the next flush goes on where this one ended.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::actions::ask::{Asker, Where};
use crate::actions::context::{Context, Tool};
use crate::actions::ledger::Ledger;
use crate::actions::purge::{self, unanswered};
use crate::consent::decide::{Decision, Permit};
use crate::consent::reason::{Effect, Reason};
use crate::destination::answers::Meaning;
use crate::destination::backoff;
use crate::destination::deliver::{Answered, Outlet};
use crate::destination::receipts::{Kind, Receipt, Writer};
use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::host::writes;
use crate::host::{locks, random};
use crate::identity::names::DestinationName;
use crate::identity::profile::{self, Profile, ProfileError};
use crate::manifest::destinations::Destination;
use crate::manifest::tool::IdKind;
use crate::queue::claim;
use crate::queue::drop::{self, Loss};
use crate::queue::entry::Entry;
use crate::queue::limits::{DISABLE_PATIENCE, LEFT_BEHIND, REQUEST};
use crate::queue::seal::{Fate, Sealer, basis, basis_part, rebuild};
use crate::queue::segment::{self, Kept};
use crate::queue::settle::{EventRef, Open, Outcome, Progress, Sealed};

/// How a flush is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Longest for all of it.
    pub budget: Duration,
    /// Try destinations that asked to be left alone, or that were in trouble, all the same.
    pub anyway: bool,
}

/// What a flush did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// By destination.
    pub destinations: Vec<Sent>,
    /// Events that were dropped, by reason.
    pub dropped: Vec<(Loss, u64)>,
    /// Why nothing may go out, where that is so.
    pub off: Option<Reason>,
    /// Events that wait on.
    pub waiting: u64,
    /// The budget ended before the work did.
    pub out_of_time: bool,
}

/// What one destination was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The destination.
    pub name: DestinationName,
    /// Where it is.
    pub address: String,
    /// Payloads that were accepted.
    pub payloads: u64,
    /// Their events.
    pub events: u64,
    /// Events that were refused for good.
    pub refused: u64,
    /// Why it waits, and until when.
    pub trouble: Option<(String, Timestamp)>,
    /// Events that may not go there now, and why.
    pub held: Option<(Reason, u64)>,
}

/// Why a flush could not be done.
#[derive(Debug, thiserror::Error)]
pub enum FlushError {
    /// Another flusher is at work.
    #[error("another flush of {0} is at work")]
    Busy(String),
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// The profile, which needs a user id.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// Flushes one tool.
///
/// # Errors
/// Another flusher is at work, or the disk fails.
pub fn flush(context: &Context, tool: &Tool, options: Options) -> Result<Summary, FlushError> {
    let mut asker = Asker::new(context, tool, &Where::Nowhere);
    let decision = asker.decide(None, None);
    let queue = tool.places.queue();
    if !files::exists(&queue)? {
        return Ok(Summary { off: decision.reason().cloned(), ..Summary::default() });
    }
    if decision.effect() == Some(Effect::Hold) {
        return Ok(Summary {
            off: decision.reason().cloned(),
            waiting: segment::waiting(&queue)?,
            ..Summary::default()
        });
    }
    let Some(_held) = locks::lock(&tool.places.flush_lock(), Duration::ZERO)? else {
        return Err(FlushError::Busy(tool.manifest.tool.to_string()));
    };
    if let Some(reason) = decision.dropping() {
        return Ok(dropped_all(tool, reason, context.clock.now())?);
    }
    writes::sweep(tool.places.folder(), LEFT_BEHIND)?;
    writes::sweep(tool.places.telemetry(), LEFT_BEHIND)?;
    let nameless = !matches!(&asker.facts().profile, Profile::Present(contents) if contents.user_id.is_some());
    if nameless && tool.manifest.ids.contains(&IdKind::User) && segment::waiting(&queue)? > 0 {
        profile::ensure_user_id(&tool.places, DISABLE_PATIENCE)?;
        asker.reread();
    }
    // From here on for every request: what changed since the first look is seen now.
    asker.refresh();
    let mut run = Run::new(context, tool, asker, options)?;
    let batches = claim::claim(&queue, context.clock.now())?;
    let mut finished = vec![true; batches.len()];
    for destination in &tool.manifest.destinations {
        run.destination(destination, &batches, &mut finished)?;
    }
    for (batch, _) in batches.iter().zip(&finished).filter(|(_, finished)| **finished) {
        let (torn, strays) = run.lost.get(&batch.path).copied().unwrap_or((0, 0));
        let strays = if tool.manifest.destinations.is_empty() { batch.count } else { strays };
        run.lose(Loss::Torn, torn)?;
        run.lose(Loss::Undeclared, strays)?;
        batch.finish()?;
    }
    if let Some(reason) = run.stopped.clone().filter(|reason| reason.effect() == Effect::Drop) {
        let all = dropped_all(tool, &reason, context.clock.now())?;
        run.summary.dropped.extend(all.dropped);
        run.summary.off = Some(reason);
    }
    clean_pairs(tool, context.clock.now())?;
    run.summary.waiting = waiting(tool)?;
    Ok(run.summary)
}

fn dropped_all(tool: &Tool, reason: &Reason, now: Timestamp) -> Result<Summary, FileError> {
    let number = purge::purge_held(tool, Loss::No, now)?;
    Ok(Summary { dropped: vec![(Loss::No, number)], off: Some(reason.clone()), ..Summary::default() })
}

/// How many events wait for some destination.
///
/// # Errors
/// The queue cannot be read.
pub fn waiting(tool: &Tool) -> Result<u64, FileError> {
    let queue = tool.places.queue();
    let mut sum = crate::queue::segment::count(&queue.join(crate::queue::segment::Lane::Waiting.file()))?;
    for one in segment::kept(&queue)? {
        sum = sum.saturating_add(if one.claimed { purge::remaining(tool, &one)? } else { one.count });
    }
    Ok(sum)
}

/// Started events that were never completed within the queue's age are let go: what they said is in the queue.
fn clean_pairs(tool: &Tool, now: Timestamp) -> Result<(), FileError> {
    let folder = tool.places.pairs();
    for name in files::list(&folder)? {
        let path = folder.join(name);
        let entry = files::read(&path, crate::queue::limits::LONGEST_LINE)?.and_then(|bytes| Entry::parse(&bytes));
        if entry.is_some_and(|entry| entry.event.time.plus_ms(tool.manifest.limits.age_ms) < now) {
            writes::remove(&path)?;
        }
    }
    Ok(())
}

/// Whether to go on with a destination.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Go {
    On,
    Stop,
}

struct Run<'a> {
    context: &'a Context,
    tool: &'a Tool,
    asker: Asker,
    outlet: Outlet,
    receipts: Writer,
    ledger: Ledger,
    request_lock: File,
    request_lock_path: PathBuf,
    start: Instant,
    options: Options,
    /// Decisions by project, event and destination, as long as no file changes; only for events after the latest yes.
    decisions: HashMap<(Option<PathBuf>, String, String), Decision>,
    stopped: Option<Reason>,
    /// By batch: lines that are no events, and events whose destinations are gone.
    lost: HashMap<PathBuf, (u64, u64)>,
    summary: Summary,
}

impl<'a> Run<'a> {
    fn new(context: &'a Context, tool: &'a Tool, asker: Asker, options: Options) -> Result<Self, FileError> {
        let request_lock_path = tool.places.request_lock();
        Ok(Self {
            context,
            tool,
            asker,
            outlet: Outlet::new(&context.env),
            receipts: Writer::new(tool.places.receipts()),
            ledger: Ledger::read(&tool.places.ledger())?,
            request_lock: writes::open_append(&request_lock_path)?,
            request_lock_path,
            start: Instant::now(),
            options,
            decisions: HashMap::new(),
            stopped: None,
            lost: HashMap::new(),
            summary: Summary::default(),
        })
    }

    fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    fn left(&self) -> Duration {
        self.options.budget.saturating_sub(self.start.elapsed())
    }

    /// Whether the time is up; the summary says so.
    fn is_late(&mut self) -> bool {
        let late = self.left().is_zero();
        self.summary.out_of_time |= late;
        late
    }

    fn destination(
        &mut self,
        destination: &Destination,
        batches: &[Kept],
        finished: &mut [bool],
    ) -> Result<(), FileError> {
        let (name, address) = (destination.name.clone(), destination.address.shown());
        self.summary.destinations.push(Sent {
            name,
            address,
            payloads: 0,
            events: 0,
            refused: 0,
            trouble: None,
            held: None,
        });
        let standing = backoff::read(&self.tool.places.backoff(&destination.name));
        let mut go = Go::On;
        if let Some(trouble) = standing.filter(|trouble| !self.options.anyway && trouble.holds(self.now())) {
            self.sent(|sent| sent.trouble = Some((trouble.why().to_owned(), trouble.not_before())));
            go = Go::Stop;
        }
        for (batch, finished) in batches.iter().zip(finished) {
            if go == Go::On && self.is_late() {
                go = Go::Stop;
            }
            if go == Go::Stop || self.stopped.is_some() {
                *finished = *finished && purge::remaining_for(batch, destination.name.as_str())? == 0;
                continue;
            }
            let (done, next) = self.batch(destination, batch)?;
            *finished = *finished && done;
            go = next;
        }
        Ok(())
    }

    fn sent(&mut self, change: impl FnOnce(&mut Sent)) {
        if let Some(sent) = self.summary.destinations.last_mut() {
            change(sent);
        }
    }

    fn lose(&mut self, loss: Loss, number: u64) -> Result<(), FileError> {
        if number > 0 {
            self.summary.dropped.push((loss, number));
        }
        drop::count(&self.tool.places.losses(), loss, number, self.now())
    }

    /// Works through one batch for one destination; `true` when nothing of it is left for that destination.
    fn batch(&mut self, destination: &Destination, batch: &Kept) -> Result<(bool, Go), FileError> {
        let mut progress = Progress::open(&batch.progress(destination.name.as_str()))?;
        for open in progress.unsettled() {
            if self.is_late() || self.payload(destination, batch, &mut progress, &open, None)? == Go::Stop {
                return Ok((false, Go::Stop));
            }
        }
        let own = self.tool.places.telemetry().to_path_buf();
        let mut sealer = Sealer::new(&self.tool.manifest, destination, batch, own)?;
        loop {
            let mut held = None;
            let sealed = sealer.next(&progress, &mut |entry| self.fate(entry, destination, &mut held))?;
            for (loss, number) in sealer.drop_into(&mut progress)? {
                self.lose(loss, number)?;
            }
            if let Some((reason, number)) = held {
                self.sent(|sent| {
                    sent.held =
                        Some((reason, sent.held.as_ref().map_or(0, |(_, before)| *before).saturating_add(number)))
                });
            }
            let Some(sealed) = sealed else { break };
            let open = progress.seal(&sealed)?;
            if self.payload(destination, batch, &mut progress, &open, Some(sealed))? == Go::Stop {
                return Ok((false, Go::Stop));
            }
            if self.is_late() {
                return Ok((false, Go::Stop));
            }
        }
        let done = sealer.at_end() && sealer.held() == 0 && progress.unsettled().is_empty();
        if sealer.at_end() {
            self.lost.insert(batch.path.clone(), (sealer.torn(), sealer.strays()));
        }
        Ok((done, Go::On))
    }

    /// What is to happen to an event that waits.
    fn fate(&mut self, entry: &Entry, destination: &Destination, held: &mut Option<(Reason, u64)>) -> Fate {
        let Some(event) = self.tool.manifest.event(&entry.event.name) else {
            return Fate::Drop("event.undeclared", Loss::Undeclared);
        };
        if entry.event.time.plus_ms(self.tool.manifest.limits.age_ms) < self.now() {
            return Fate::Drop("queue.age", Loss::Age);
        }
        let decision = self.asker.decide_sending(entry.project.as_deref(), event, destination, entry.event.time);
        match (decision.reason(), decision.dropping()) {
            (None, _) => {
                Fate::Send { who: self.asker.who(entry.project.as_deref()), withheld: decision.withheld().clone() }
            }
            (Some(_), Some(reason @ Reason::BeforeYes(_))) => Fate::Drop(reason.code(), Loss::BeforeYes),
            (Some(_), Some(reason)) => Fate::Drop(reason.code(), Loss::No),
            (Some(reason), None) => {
                let number = held.as_ref().map_or(0, |(_, number)| *number).saturating_add(1);
                *held = Some((reason.clone(), number));
                Fate::Hold
            }
        }
    }

    /// Sends one sealed payload and everything that it is split into.
    fn payload(
        &mut self,
        destination: &Destination,
        batch: &Kept,
        progress: &mut Progress,
        open: &Open,
        sealed: Option<Sealed>,
    ) -> Result<Go, FileError> {
        let sealed = match sealed {
            Some(sealed) => sealed,
            None => match progress.sealed(open)? {
                Some(sealed) => sealed,
                None => {
                    progress.unseal(open.number, "unreadable")?;
                    return Ok(Go::On);
                }
            },
        };
        if !locks::lock_open(&self.request_lock, &self.request_lock_path, DISABLE_PATIENCE)? {
            return Ok(Go::Stop);
        }
        let asked = self.send(destination, progress, open, &sealed);
        self.request_lock.unlock().map_err(|error| FileError::system(&self.request_lock_path, error))?;
        match asked? {
            None => Ok(if self.stopped.is_some() { Go::Stop } else { Go::On }),
            Some(answered) => self.settle(destination, batch, progress, open, &sealed, &answered),
        }
    }

    /// Asks consent again, and sends; `None` when it may not go as it was sealed. The request lock is held.
    fn send(
        &mut self,
        destination: &Destination,
        progress: &mut Progress,
        open: &Open,
        sealed: &Sealed,
    ) -> Result<Option<Answered>, FileError> {
        if self.asker.refresh() {
            self.decisions.clear();
        }
        let Some(permit) = self.permit(destination, sealed) else {
            let decision = self.asker.decide(None, Some(destination));
            if decision.dropping().is_some() {
                self.stopped = decision.dropping().cloned();
            }
            if open.tried {
                self.receipts.write(&unanswered(destination.name.as_str(), sealed, self.now()))?;
            }
            progress.unseal(open.number, "consent, an id or the destination changed")?;
            return Ok(None);
        };
        let who = self.asker.who(sealed.project.as_deref());
        if self.ledger.note(&who, &destination.address.shown(), self.now()) {
            self.ledger.write(&self.tool.places.ledger())?;
        }
        self.name_request(destination, sealed)?;
        progress.tried(open.number, self.now())?;
        Ok(Some(self.outlet.deliver(permit, sealed, REQUEST.min(self.left()), self.now())))
    }

    /// Leave to send exactly what was sealed: every event of it may go, as it was sealed.
    fn permit(&mut self, destination: &Destination, sealed: &Sealed) -> Option<Permit> {
        let who = self.asker.who(sealed.project.as_deref());
        let mut parts = Vec::new();
        let mut permit = None;
        let mut names: Vec<&str> = sealed.events.iter().map(|event| event.event.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let key = (sealed.project.clone(), name.to_owned(), destination.name.to_string());
            if !self.decisions.contains_key(&key) {
                let event = self.tool.manifest.event(name)?;
                let decision = self.asker.decide_sending(
                    sealed.project.as_deref(),
                    event,
                    destination,
                    Timestamp::from_ms(i64::MAX),
                );
                self.decisions.insert(key.clone(), decision);
            }
            let decision = self.decisions.get(&key)?;
            permit = Some(decision.permit()?);
            parts.push(basis_part(name, &who, decision.withheld()));
        }
        let since = match &self.asker.facts().agreement {
            crate::consent::agreement::State::Given(agreement) => Some(agreement.since),
            crate::consent::agreement::State::Absent | crate::consent::agreement::State::Unreadable(_) => None,
        };
        let fresh = since.is_none_or(|since| sealed.oldest >= since);
        permit.filter(|_| fresh && basis(destination, parts) == sealed.basis)
    }

    /// Writes into the lock which request is under way, so that `disable` can name it.
    fn name_request(&mut self, destination: &Destination, sealed: &Sealed) -> Result<(), FileError> {
        let fail = |error| FileError::system(&self.request_lock_path, error);
        self.request_lock.set_len(0).map_err(fail)?;
        let text = format!("{} {} {}\n", destination.name, destination.address.shown(), sealed.digest);
        (&self.request_lock).write_all(text.as_bytes()).map_err(fail)
    }

    fn settle(
        &mut self,
        destination: &Destination,
        batch: &Kept,
        progress: &mut Progress,
        open: &Open,
        sealed: &Sealed,
        answered: &Answered,
    ) -> Result<Go, FileError> {
        let events = u64::try_from(sealed.events.len()).unwrap_or(0);
        let trouble_path = self.tool.places.backoff(&destination.name);
        // The first attempt that may have carried the bytes away is receipted at once; the same bytes again are not.
        let left = answered.status.is_some() || answered.unsure || answered.meaning == Meaning::Accepted;
        if answered.meaning != Meaning::Later || (left && !open.tried) {
            self.receipts.write(&receipt(destination, sealed, answered, open.tried, self.now()))?;
        }
        match answered.meaning {
            Meaning::Accepted => {
                progress.settle(open.number, Outcome::Accepted, self.now())?;
                backoff::end(&trouble_path)?;
                self.sent(|sent| {
                    sent.payloads = sent.payloads.saturating_add(1);
                    sent.events = sent.events.saturating_add(events);
                });
                Ok(Go::On)
            }
            Meaning::Split if sealed.events.len() > 1 => self.split(destination, batch, progress, open, sealed),
            Meaning::Refused | Meaning::Split => {
                progress.settle(open.number, Outcome::Refused, self.now())?;
                self.sent(|sent| sent.refused = sent.refused.saturating_add(events));
                self.lose(Loss::Refused, events)?;
                Ok(Go::On)
            }
            Meaning::Later | Meaning::Misconfigured => {
                // An earlier attempt that nobody answered stays in doubt.
                if !answered.unsure && !open.tried {
                    progress.later(open.number, self.now())?;
                }
                let why =
                    answered.status.map_or_else(|| answered.text.clone(), |status| format!("it answered {status}"));
                let misconfigured = answered.meaning == Meaning::Misconfigured;
                let before = backoff::read(&trouble_path);
                let trouble =
                    backoff::after(before.as_ref(), self.now(), answered.asked_ms, misconfigured, &why, random::below);
                backoff::keep(&trouble_path, &trouble)?;
                self.sent(|sent| sent.trouble = Some((why, trouble.not_before())));
                Ok(Go::Stop)
            }
        }
    }

    /// Two halves instead of one that was too large; each names its parent's digest.
    fn split(
        &mut self,
        destination: &Destination,
        batch: &Kept,
        progress: &mut Progress,
        open: &Open,
        sealed: &Sealed,
    ) -> Result<Go, FileError> {
        let middle = sealed.events.len().div_ceil(2);
        let Some((front, back)) = sealed.events.split_at_checked(middle) else { return Ok(Go::On) };
        let mut children = Vec::new();
        for half in [front, back] {
            let number = progress.next().saturating_add(u32::try_from(children.len()).unwrap_or(0));
            children.extend(self.half(destination, batch, half, sealed, number)?);
        }
        progress.split(open.number, &children, self.now())?;
        for child in &children {
            let Some(open) = progress.unsettled().into_iter().find(|open| open.number == child.number) else {
                continue;
            };
            if self.is_late() || self.payload(destination, batch, progress, &open, None)? == Go::Stop {
                return Ok(Go::Stop);
            }
        }
        Ok(Go::On)
    }

    fn half(
        &mut self,
        destination: &Destination,
        batch: &Kept,
        events: &[EventRef],
        parent: &Sealed,
        number: u32,
    ) -> Result<Option<Sealed>, FileError> {
        let own = self.tool.places.telemetry().to_path_buf();
        let mut sealer = Sealer::new(&self.tool.manifest, destination, batch, own)?;
        let mut held = None;
        rebuild(&mut sealer, events, &parent.digest, number, &mut |entry| self.fate(entry, destination, &mut held))
    }
}

fn receipt(
    destination: &Destination,
    sealed: &Sealed,
    answered: &Answered,
    maybe_twice: bool,
    now: Timestamp,
) -> Receipt {
    Receipt {
        at: now,
        kind: Kind::Events,
        destination: destination.name.to_string(),
        method: sealed.request.method.clone(),
        address: sealed.request.address.clone(),
        headers: sealed.request.headers.clone(),
        digest: sealed.digest.clone(),
        parent: sealed.parent.clone(),
        events: u64::try_from(sealed.events.len()).unwrap_or(0),
        outcome: answered.meaning.as_str().to_owned(),
        status: answered.status,
        answer: answered.text.clone(),
        maybe_twice,
        body: Some(sealed.body.clone()),
    }
}

/// The request under way of `tool`, as its flusher names it; `None` when there is none, or it ended within `patience`.
///
/// # Errors
/// The lock cannot be asked for.
pub fn under_way(tool_request_lock: &Path, patience: Duration) -> Result<Option<String>, FileError> {
    if !files::exists(tool_request_lock)? {
        return Ok(None);
    }
    match locks::lock(tool_request_lock, patience)? {
        Some(_free) => Ok(None),
        None => {
            let bytes = files::read(tool_request_lock, 4096)?.unwrap_or_default();
            Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
        }
    }
}
