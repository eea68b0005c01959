//! Deliver: one flush's way through destinations and batches, payload by payload, each settled by its answer.
//!
//! Promises: consent is asked right before each request, under a lock that `disable` waits for; the receipt is written after
//! the answer and before the payload counts as settled. Absent: taking locks of the queue (`flush`), deciding (`gate`).

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::actions::ask::Asker;
use crate::actions::budget::Budget;
use crate::actions::context::{Context, Tool};
use crate::actions::gate::{Gate, Verdict};
use crate::actions::kept::Receipting;
use crate::actions::ledger::Ledger;
use crate::actions::losses;
use crate::actions::purge;
use crate::actions::receipt;
use crate::actions::request_lock::RequestLock;
use crate::actions::reseal::{Groups, reseal};
use crate::actions::summary::{Options, Sent, Summary};
use crate::consent::reason::Reason;
use crate::destination::backoff;
use crate::destination::deliver::{Answered, Outlet};
use crate::host::clock::Timestamp;
use crate::host::files::FileError;
use crate::host::random;
use crate::manifest::destinations::Destination;
use crate::payload::answer::Meaning;
use crate::queue::drop::{self, Loss};
use crate::queue::limits::MOST_ROUNDS;
use crate::queue::seal::{Fate, Sealer};
use crate::queue::sealed::{Outcome, Sealed};
use crate::queue::segment::Kept;
use crate::queue::settle::{Open, Progress};
use crate::queue::told::Due;

/// Whether to go on with a destination.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Go {
    On,
    Stop,
}

/// One flush at work. Only for who holds the flush lock.
pub struct Run<'a> {
    context: &'a Context,
    tool: &'a Tool,
    gate: Gate,
    outlet: Outlet,
    receipts: Receipting,
    ledger: Ledger,
    request_lock: RequestLock,
    budget: Budget,
    options: Options,
    stopped: Option<Reason>,
    /// How many destinations come after this one.
    others: usize,
    /// How often what is being sent was divided.
    rounds: u32,
    /// By batch: lines that are no events, and events whose destinations are gone.
    lost: HashMap<PathBuf, (u64, u64)>,
    /// What the next payload to the destination at hand may tell of losses.
    report: Option<Due>,
    summary: Summary,
}

impl<'a> Run<'a> {
    /// Begins, with leave asked through `asker`.
    ///
    /// # Errors
    /// The ledger cannot be read, or the lock not be opened.
    pub fn new(context: &'a Context, tool: &'a Tool, asker: Asker, options: Options) -> Result<Self, FileError> {
        Ok(Self {
            context,
            tool,
            gate: Gate::new(asker),
            outlet: Outlet::new(&context.env),
            receipts: Receipting::new(&tool.places),
            ledger: Ledger::read(&tool.places.ledger())?,
            request_lock: RequestLock::open(tool.places.request_lock())?,
            budget: Budget::new(options.budget),
            options,
            stopped: None,
            others: 0,
            rounds: 0,
            lost: HashMap::new(),
            report: None,
            summary: Summary::default(),
        })
    }

    fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    /// Whether too little time is left to begin a request; the summary says so.
    fn is_late(&mut self) -> bool {
        let late = self.budget.is_late();
        self.summary.out_of_time |= late;
        late
    }

    /// Sends what waits to one destination, with so many `others` after it; `finished`: of every batch, that nothing is left so far.
    ///
    /// # Errors
    /// The disk fails.
    pub fn destination(
        &mut self,
        (destination, others): (&Destination, usize),
        batches: &[Kept],
        finished: &mut [bool],
    ) -> Result<(), FileError> {
        self.others = others;
        self.summary.destinations.push(Sent::nothing(destination.name.clone(), destination.address.shown()));
        let standing = backoff::read(&self.tool.places.backoff(&destination.name));
        let mut go = Go::On;
        if let Some(trouble) = standing.filter(|trouble| !self.options.anyway && trouble.holds(self.now())) {
            self.sent(|sent| sent.trouble = Some((trouble.why().to_owned(), trouble.not_before())));
            go = Go::Stop;
        }
        let yes = self.gate.asker().facts().latest_yes();
        losses::begin(self.tool, destination, yes, self.now())?;
        self.report = losses::due(self.tool, destination, batches, yes);
        for (batch, finished) in batches.iter().zip(finished) {
            if go == Go::Stop || self.stopped.is_some() || self.is_late() {
                go = Go::Stop;
                *finished = *finished && purge::remaining_for(batch, destination.name.as_str()) == 0;
                if *finished {
                    self.owe(&mut Progress::open(&batch.progress(destination.name.as_str()))?)?;
                }
                continue;
            }
            let (done, next) = match self.batch(destination, batch) {
                // One batch that cannot be read or written holds up no other.
                Err(error) if error.path().starts_with(&batch.path) => {
                    self.summary.leave(error.path(), error.to_string());
                    (false, Go::On)
                }
                done => done?,
            };
            *finished = *finished && done;
            go = next;
        }
        Ok(())
    }

    /// Lets go of a batch that every destination has settled, and counts what of it was lost.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn finish(&mut self, batch: &Kept) -> Result<(), FileError> {
        let (torn, strays) = self.lost.get(&batch.path).copied().unwrap_or((0, 0));
        let strays = if self.tool.manifest.destinations.is_empty() { batch.count } else { strays };
        let lost = [(Loss::Torn, torn), (Loss::Undeclared, strays)].into_iter().filter(|(_, number)| *number > 0);
        let lost = BTreeMap::from_iter(lost);
        drop::count_once(&self.tool.places.losses(), &batch.name(), lost.clone(), self.now())?;
        self.summary.dropped.extend(lost);
        batch.finish().map(std::mem::drop)
    }

    /// The no that stopped the flush, if one did.
    #[must_use]
    pub const fn stopped(&self) -> Option<&Reason> {
        self.stopped.as_ref()
    }

    /// What was done.
    #[must_use]
    pub fn into_summary(self) -> Summary {
        self.summary
    }

    fn sent(&mut self, change: impl FnOnce(&mut Sent)) {
        if let Some(sent) = self.summary.destinations.last_mut() {
            change(sent);
        }
    }

    /// Counts what was lost: of this flush, and of one that a kill cut short.
    fn owe(&mut self, progress: &mut Progress) -> Result<(), FileError> {
        self.summary.dropped.extend(losses::owed(self.tool, progress, self.now())?);
        Ok(())
    }

    /// Works through one batch for one destination; `true` when nothing of it is left for that destination.
    fn batch(&mut self, destination: &Destination, batch: &Kept) -> Result<(bool, Go), FileError> {
        let mut progress = Progress::open(&batch.progress(destination.name.as_str()))?;
        self.owe(&mut progress)?;
        for open in progress.unsettled() {
            if self.is_late() || self.payload(destination, batch, &mut progress, &open, None)? == Go::Stop {
                return Ok((false, Go::Stop));
            }
        }
        let mut sealer =
            Sealer::new(&self.tool.manifest, destination, batch, self.tool.places.telemetry().to_path_buf())?;
        sealer.tell(self.report.take());
        loop {
            let (now, mut held) = (self.now(), None::<(Reason, u64)>);
            let sealed = sealer.next(&progress, &mut |entry| {
                let Verdict { fate, reason } = self.gate.verdict(entry, destination, now);
                if let (Fate::Hold, Some(reason)) = (&fate, reason) {
                    held = Some((reason, held.as_ref().map_or(0, |(_, number)| *number).saturating_add(1)));
                }
                fate
            })?;
            sealer.drop_into(&mut progress)?;
            self.owe(&mut progress)?;
            if let Some((reason, number)) = held {
                self.sent(|sent| sent.hold(reason, number));
            }
            let Some(sealed) = sealed else { break };
            let open = progress.seal_for_sending(&sealed)?;
            if self.payload(destination, batch, &mut progress, &open, Some(sealed))? == Go::Stop || self.is_late() {
                return Ok((false, Go::Stop));
            }
        }
        self.report = sealer.untold();
        let done = sealer.leaves_nothing() && progress.unsettled().is_empty();
        if sealer.at_end() {
            self.lost.insert(batch.path.clone(), (sealer.torn(), sealer.strays()));
        }
        Ok((done, Go::On))
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
        let Some(sealed) = sealed.map_or_else(|| progress.sealed(open), |sealed| Ok(Some(sealed)))? else {
            progress.unseal(open.number, "unreadable")?;
            return Ok(Go::On);
        };
        if !self.request_lock.lock()? {
            let trouble = Some(("an earlier request holds the lock".to_owned(), self.now()));
            self.sent(|sent| sent.trouble = trouble);
            return Ok(Go::Stop);
        }
        let asked = self.send(destination, progress, open, &sealed);
        self.request_lock.unlock()?;
        match asked? {
            None => Ok(if self.stopped.is_some() || self.summary.out_of_time { Go::Stop } else { Go::On }),
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
        self.gate.refresh();
        let Some(permit) = self.gate.permit(destination, sealed, self.now()) else {
            let decision = self.gate.asker().decide(None, Some(destination));
            self.stopped = decision.dropping().cloned().or(self.stopped.take());
            if open.tried {
                let none = receipt::unanswered(destination.name.as_str(), sealed, self.now());
                self.receipts.write(self.tool, &none, open.attempts)?;
            }
            progress.unseal(open.number, "consent, an id or the destination changed")?;
            return Ok(None);
        };
        // The lock may have been waited for: a request that there is no time for is not begun.
        if self.is_late() {
            return Ok(None);
        }
        let (who, address) = (self.gate.who(sealed.project.as_deref()), destination.address.shown());
        if self.ledger.note(&who, &address, |id| destination.form.says(id), self.now()) {
            self.ledger.write(&self.tool.places.ledger())?;
        }
        self.request_lock.name(&format!("{} {address} {}\n", destination.name, sealed.digest))?;
        progress.tried(open.number, self.now())?;
        Ok(Some(self.outlet.deliver(permit, destination, sealed, self.budget.patience(self.others), self.now())))
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
        // Every attempt that may have carried the bytes away is receipted at once.
        if answered.meaning != Meaning::Later || answered.status.is_some() || answered.unsure {
            let receipt = receipt::answered(destination.name.as_str(), sealed, answered, open.tried, self.now());
            self.receipts.write(self.tool, &receipt, open.attempts)?;
        }
        let stop = match answered.meaning {
            Meaning::Delivered | Meaning::Acknowledged => {
                losses::taken(self.tool, destination, sealed.told.as_ref(), self.now())?;
                let rejected = answered.rejected.min(events);
                progress.settle(open.number, Outcome::Accepted, rejected, self.now())?;
                self.taken(answered, events, rejected, &trouble_path)?;
                self.owe(progress)?;
                None
            }
            Meaning::Split if sealed.events.len() > 1 => {
                let groups = Groups::halves(&sealed.events);
                return self.divide(destination, batch, progress, open, sealed, &groups).map(|(go, _)| go);
            }
            Meaning::Part => {
                let groups = Groups::of(&sealed.events, &answered.parts);
                let (wanted, refused) = groups.counts();
                self.taken(answered, events.saturating_sub(wanted), refused, &trouble_path)?;
                let (go, waits) = self.divide(destination, batch, progress, open, sealed, &groups)?;
                if !waits {
                    return Ok(go);
                }
                Some("it put some events off".to_owned())
            }
            Meaning::Refused | Meaning::Split => {
                progress.settle(open.number, Outcome::Refused, events, self.now())?;
                losses::refused(self.tool, destination, answered.status, events, self.now())?;
                self.sent(|sent| sent.refused = sent.refused.saturating_add(events));
                self.owe(progress)?;
                None
            }
            Meaning::Later | Meaning::Misconfigured => {
                self.receipts.stays(&sealed.digest);
                // An earlier attempt that nobody answered stays in doubt.
                if !answered.unsure && !open.tried {
                    progress.later(open.number, self.now())?;
                }
                Some(answered.why())
            }
        };
        let asked = answered.asked_ms.map(|_| format!("{}, and asks to be left alone", answered.why()));
        let Some(why) = stop.or(asked) else { return Ok(Go::On) };
        self.trouble(&trouble_path, answered.asked_ms, answered.meaning == Meaning::Misconfigured, why)
    }

    /// Leaves the destination alone for a while; what was asked of this flush before stands, for another part of the same payload.
    fn trouble(&mut self, path: &Path, asked: Option<i64>, wrong: bool, why: String) -> Result<Go, FileError> {
        let now = self.now();
        let asked = asked.max(self.summary.destinations.last().and_then(|sent| sent.left(now)));
        let trouble = backoff::more(path, now, asked, wrong, &why, random::below)?;
        self.sent(|sent| sent.trouble = Some((why, trouble.not_before())));
        Ok(Go::Stop)
    }

    /// Counts events that a receiver has, less those that it rejected.
    fn taken(&mut self, answered: &Answered, events: u64, rejected: u64, trouble: &Path) -> Result<(), FileError> {
        // A trouble ends with the first event that is taken: a receiver that only divides what it is sent is asked less and less often.
        if events > rejected && self.summary.destinations.last().is_some_and(|sent| sent.payloads == 0) {
            backoff::end(trouble)?;
        }
        self.sent(|sent| sent.take(events.saturating_sub(rejected), rejected, answered.meaning != Meaning::Delivered));
        Ok(())
    }

    /// Seals anew what of a payload goes on, and sends what may go at once; says whether some of it waits.
    fn divide(
        &mut self,
        destination: &Destination,
        batch: &Kept,
        progress: &mut Progress,
        open: &Open,
        sealed: &Sealed,
        groups: &Groups,
    ) -> Result<(Go, bool), FileError> {
        let now = self.now();
        let who = (self.tool, &mut self.gate);
        let children = reseal(who, (destination, batch), (sealed, groups), progress.next(), now)?;
        let refused = groups.refused.iter().map(|event| event.id.clone()).collect();
        // What may have arrived whole may arrive again in parts.
        progress.split(open, &children.all(), (refused, children.lost), now)?;
        self.owe(progress)?;
        if self.rounds == MOST_ROUNDS {
            // A receiver that divides what it was sent again and again is left to a later flush.
            let (path, why) =
                (self.tool.places.backoff(&destination.name), "it divides again and again what it is sent");
            return Ok((self.trouble(&path, None, false, why.to_owned())?, false));
        }
        self.rounds = self.rounds.saturating_add(1);
        let go = self.children((destination, batch), progress, &children.now);
        self.rounds = self.rounds.saturating_sub(1);
        Ok((go?, children.later.is_some()))
    }

    fn children(&mut self, to: (&Destination, &Kept), at: &mut Progress, all: &[Sealed]) -> Result<Go, FileError> {
        let is_child = |open: &Open| all.iter().any(|child| child.number == open.number);
        for open in at.unsettled().into_iter().filter(is_child) {
            if self.is_late() || self.payload(to.0, to.1, at, &open, None)? == Go::Stop {
                return Ok(Go::Stop);
            }
        }
        Ok(Go::On)
    }
}
