//! Status: what holds for one tool, and why.
//!
//! Promises: nothing is written and nothing asked on the network. Absent: words for people.

use std::path::PathBuf;

use crate::actions::context::{Context, Tool};
use crate::actions::deletion::{self, Deleting};
use crate::actions::gather::{self, Machine, Where};
use crate::actions::id::{self, Ids};
use crate::actions::ledger::Ledger;
use crate::actions::purge;
use crate::actions::started::{self, Started};
use crate::consent::agreement::{How, State};
use crate::consent::answer::Question;
use crate::consent::decide::{Decision, decide};
use crate::consent::facts::Facts;
use crate::destination::backoff::{self, Backoff};
use crate::destination::receipts::{self, Receipt};
use crate::host::clock::Timestamp;
use crate::host::files::FileError;
use crate::manifest::declaration::Declaration;
use crate::manifest::destinations::Destination;
use crate::queue::drop::{self, Losses};
use crate::queue::schedule::{self, Next};
use crate::queue::segment;

/// The state of one tool.
#[derive(Debug)]
pub struct Status {
    /// What is decided about recording here and now.
    pub decision: Decision,
    /// The facts it was decided from.
    pub facts: Facts,
    /// How it was agreed, and since when.
    pub agreed: Option<(How, Timestamp)>,
    /// What is declared beyond what was agreed, in words; it is withheld.
    pub beyond: Vec<String>,
    /// The ids.
    pub ids: Ids,
    /// What waits.
    pub queue: Queue,
    /// What started and has not completed.
    pub started: Vec<Started>,
    /// By destination.
    pub destinations: Vec<Reach>,
    /// The last receipt.
    pub last_receipt: Option<Receipt>,
    /// Deletion requests.
    pub deletions: Vec<Deleting>,
    /// Files of ours that cannot be read.
    pub unreadable: Vec<String>,
}

/// What waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Where.
    pub folder: PathBuf,
    /// Events that some destination waits for.
    pub waiting: u64,
    /// Events that were recorded while collection was local.
    pub local: u64,
    /// What was lost.
    pub losses: Losses,
    /// When what waits is flushed without anybody asking; `None` when only a person or a timer flushes.
    pub next: Option<Next>,
}

/// A destination, as far as this tool can reach it.
#[derive(Debug)]
pub struct Reach {
    /// The destination.
    pub destination: Destination,
    /// What is decided about sending there.
    pub decision: Decision,
    /// Events that wait for it.
    pub waiting: u64,
    /// Its trouble.
    pub trouble: Option<Backoff>,
    /// The last receipt from there.
    pub last_receipt: Option<Receipt>,
}

/// The decision about a tool here and now: the short form of [`status`].
#[must_use]
pub fn decision(context: &Context, tool: &Tool) -> Decision {
    decision_on(&Machine::of(context), context, tool)
}

/// The same where the machine was asked before.
#[must_use]
pub fn decision_on(machine: &Machine, context: &Context, tool: &Tool) -> Decision {
    let facts = machine.facts(context, &tool.manifest, &tool.places);
    decide(&facts, Question { manifest: &tool.manifest, event: None, destination: None, recorded: None })
}

/// How many events wait, cheaply: what is being settled counts whole.
#[must_use]
pub fn waiting(tool: &Tool) -> u64 {
    segment::waiting(&tool.places.queue()).unwrap_or(0)
}

/// Everything about one tool.
///
/// # Errors
/// The queue or the receipts cannot be read.
pub fn status(context: &Context, tool: &Tool) -> Result<Status, FileError> {
    let facts = gather::facts(context, &tool.manifest, &tool.places, &Where::Here);
    let question = Question { manifest: &tool.manifest, event: None, destination: None, recorded: None };
    let decision = decide(&facts, question);
    let log = receipts::read(&tool.places.receipts(), 200)?;
    let (agreed, beyond) = match &facts.agreement {
        State::Given(agreement) => {
            (Some((agreement.how, agreement.since)), agreement.declaration.missing(&Declaration::of(&tool.manifest)))
        }
        State::Absent | State::Unreadable(_) => (None, Vec::new()),
    };
    let mut destinations = Vec::new();
    for destination in &tool.manifest.destinations {
        let name = destination.name.as_str();
        destinations.push(Reach {
            decision: decide(&facts, Question { destination: Some(destination), ..question }),
            waiting: waiting_for(tool, name)?,
            trouble: backoff::read(&tool.places.backoff(&destination.name)),
            last_receipt: log.receipts.iter().rev().find(|receipt| receipt.destination == name).cloned(),
            destination: destination.clone(),
        });
    }
    let (deletions, mut unreadable) = deletion::all(tool)?;
    let count = drop::unreadable(&tool.places.losses());
    unreadable.extend(count.map(|why| format!("{}: {why}", tool.places.losses().display())));
    unreadable.extend(Ledger::read(&tool.places.ledger()).err().map(|error| error.to_string()));
    unreadable.extend(purge::unreadable(tool)?);
    unreadable.extend(segment::misfits(&tool.places.queue())?.iter().map(|path| path.display().to_string()));
    Ok(Status {
        decision,
        agreed,
        beyond,
        ids: id::show(context, tool),
        queue: queue(tool)?,
        started: started::started(tool)?,
        destinations,
        last_receipt: log.receipts.last().cloned(),
        deletions,
        unreadable,
        facts,
    })
}

fn queue(tool: &Tool) -> Result<Queue, FileError> {
    let folder = tool.places.queue();
    let mut local = 0_u64;
    for path in segment::local(&folder)? {
        local = local.saturating_add(segment::count(&path)?);
    }
    let next = schedule::read(&tool.places.schedule());
    Ok(Queue {
        waiting: crate::actions::flush::waiting(tool)?,
        local,
        losses: drop::losses(&tool.places.losses()),
        // What cannot be read starts nothing, as what a newer version keeps.
        next: tool.manifest.schedule.interval_ms.map(|_| next.unwrap_or(Next::Newer)),
        folder,
    })
}

fn waiting_for(tool: &Tool, destination: &str) -> Result<u64, FileError> {
    segment::waiting_by(&tool.places.queue(), |batch| purge::remaining_for(batch, destination))
}
