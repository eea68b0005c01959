//! Forget: say no, snapshot the ids, record the request, purge, rotate, deliver; each step on disk before the next.
//!
//! Promises: it works offline; killed anywhere, the next `forget` goes on; the no comes first and stays; the old ids are kept
//! only as long as the request is open. Absent: any vendor's secret.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::actions::context::{Context, Tool};
use crate::actions::deletion::{self, Deleting, Step};
use crate::actions::disable::{self, DisableError};
use crate::actions::gather::{self, Where};
use crate::actions::ledger::Ledger;
use crate::actions::purge::{self, Purged};
use crate::destination::receipts;
use crate::host::files::FileError;
use crate::host::writes;
use crate::host::{locks, random};
use crate::identity::profile::{self, Profile, ProfileError};
use crate::identity::project::Word;
use crate::manifest::tool::IdKind;
use crate::payload::deletion::Named;
use crate::queue::drop::Loss;
use crate::queue::limits::{FLUSH, LEFT_BEHIND};

/// How long another flusher is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// What `forget` would do, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Ids that are asked to be deleted: those in use and those that ever went out.
    pub ids: Vec<Named>,
    /// Where they went.
    pub destinations: Vec<String>,
    /// Events that wait and would be dropped.
    pub waiting: u64,
    /// The order as it would be sent.
    pub request: Deleting,
    /// Why the profile cannot be read, where it cannot: its ids are not known, and stay in it.
    pub unreadable: Option<String>,
    /// The project whose id is shared through its config, if there is one here.
    pub project: Option<PathBuf>,
}

/// Why `forget` could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// The no did not land.
    #[error(transparent)]
    Disable(#[from] DisableError),
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A flusher is at work and does not end.
    #[error("a flush of {0} is at work and does not end")]
    Busy(String),
}

/// Works out what `forget` would do.
///
/// # Errors
/// The ledger or the queue cannot be read.
pub fn plan(context: &Context, tool: &Tool, keep_evidence: bool) -> Result<Plan, ForgetError> {
    let facts = gather::facts(context, &tool.manifest, &tool.places, &Where::Here);
    let (ledger, unread) = match Ledger::read(&tool.places.ledger()) {
        Ok(ledger) => (ledger, None),
        // What the disk does not give now it may give later: nothing is begun without it.
        Err(error) if error.is_the_systems() => return Err(error.into()),
        Err(error) => (Ledger::default(), Some(error.to_string())),
    };
    let mut ids: Vec<Named> =
        ledger.sent().iter().map(|sent| Named { kind: sent.kind.clone(), id: sent.id.clone() }).collect();
    // The id that an earlier `forget` made and nobody ever sent is nobody's business.
    let first = deletion::all(tool)?.0.is_empty();
    let profile = profile::read_or_fail(&tool.places.profile())?;
    if let Profile::Present(contents) = &profile
        && first
    {
        let named = |kind: IdKind, id: &str| Named { kind: kind.as_str().to_owned(), id: id.to_owned() };
        ids.extend(contents.user_id.as_ref().map(|id| named(IdKind::User, id.as_str())));
        ids.extend(contents.provided.as_ref().map(|id| named(IdKind::Provided, id.as_str())));
    }
    ids.sort_by(|a, b| (&b.kind, &a.id).cmp(&(&a.kind, &b.id)));
    ids.dedup();
    let mut destinations: Vec<String> = ledger.sent().iter().map(|sent| sent.address.clone()).collect();
    destinations.sort();
    destinations.dedup();
    let unreadable = match &profile {
        Profile::Unreadable(unreadable) => Some(unreadable.why.clone()),
        Profile::Absent | Profile::Present(_) => unread,
    };
    let waiting = crate::actions::flush::waiting(tool)?;
    let request =
        Deleting::new(tool, random::uuid(), context.clock.now(), ids.clone(), destinations.clone(), keep_evidence);
    let project = facts
        .project
        .filter(|(_, word)| matches!(word, Word::Id(_)))
        .map(|(project, _)| project.config().to_path_buf());
    Ok(Plan { ids, destinations, waiting, request, unreadable, project })
}

/// Carries out a plan, and goes on with requests that were begun before.
///
/// # Errors
/// A step failed; what was done stays done, and the next `forget` goes on from there.
pub fn forget(context: &Context, tool: &Tool, mut plan: Plan) -> Result<Vec<Deleting>, ForgetError> {
    let disabled = disable::disable(context, &tool.manifest.tool, Some(tool), Loss::Forget)?;
    if let Purged::Dropped(number) = disabled.purged {
        plan.request.purged = number;
    }
    // Ids that a killed `forget` already put on record are asked for once.
    let (mut requests, _) = deletion::all(tool)?;
    let begun = requests.iter().any(|request| request.step < Step::Rotated);
    let known =
        |named: &Named| requests.iter().any(|request| request.step < Step::Closed && request.ids.contains(named));
    let news = plan.ids.iter().any(|named| !known(named));
    if !begun && (news || requests.is_empty()) {
        plan.request.keep(tool)?;
        requests.push(plan.request);
    }
    // On record before anything can be in the way: who is stopped here goes on with `forget --status`.
    let Some(_held) = locks::lock(&tool.places.flush_lock(), PATIENCE)? else {
        return Err(ForgetError::Busy(tool.manifest.tool.to_string()));
    };
    for request in &mut requests {
        advance(context, tool, request, FLUSH)?;
    }
    for folder in tool.places.written() {
        writes::sweep(&folder, LEFT_BEHIND)?;
    }
    Ok(requests)
}

/// Takes a request as far as it goes now.
fn advance(context: &Context, tool: &Tool, request: &mut Deleting, budget: Duration) -> Result<(), ForgetError> {
    if request.step < Step::Purged {
        request.purged = request.purged.saturating_add(purge::purge_held(tool, Loss::Forget, context.clock.now())?);
        request.step = Step::Purged;
        request.keep(tool)?;
    }
    if request.step < Step::Rotated {
        rotate(tool, request)?;
        request.step = Step::Rotated;
        request.keep(tool)?;
    }
    deletion::deliver(context, tool, request, budget)?;
    close(tool, request)?;
    Ok(())
}

/// New id, no salt, nothing of first and last seen; the ids live on in the request only.
fn rotate(tool: &Tool, request: &Deleting) -> Result<(), ForgetError> {
    if let Profile::Present(contents) = profile::read_or_fail(&tool.places.profile())? {
        // Killed after rotating and before saying so, the id there is new already.
        let old = contents.user_id.filter(|id| request.ids.iter().any(|named| named.id == id.as_str()));
        if old.is_some() {
            profile::renew_user_id(&tool.places)?;
        }
        if contents.provided.is_some() {
            profile::set_provided(&tool.places, None)?;
        }
    }
    for path in [
        tool.places.salt(),
        tool.places.first(),
        tool.places.last_seen(),
        tool.places.schedule(),
        tool.places.agreement(),
        tool.places.ledger(),
    ] {
        writes::remove_durable(&path)?;
    }
    Ok(())
}

/// When nothing more will come, ids and bodies become digests, unless the evidence is to be kept; it is closed when no id stays.
///
/// # Errors
/// The request or a receipt cannot be written.
pub fn close(tool: &Tool, request: &mut Deleting) -> Result<(), FileError> {
    let by_hand = request.orders.iter().any(|order| order.state == deletion::State::ByHand);
    // What a kill left before its ids were renewed is still to be done, whatever became of the orders.
    if request.is_open() || by_hand || request.step != Step::Rotated {
        return Ok(());
    }
    if !request.keep_evidence {
        receipts::forget_bodies(&tool.places.receipts())?;
        request.forget_ids();
    }
    if request.stays.is_empty() {
        request.step = Step::Closed;
    }
    request.keep(tool)
}

/// Tries again what is open, for `forget --status` after trouble and for an explicit `flush`.
///
/// # Errors
/// A flusher is at work, or a request cannot be read or written.
pub fn deliver_open(context: &Context, tool: &Tool, budget: Duration) -> Result<Vec<Deleting>, ForgetError> {
    let start = Instant::now();
    let (mut requests, _) = deletion::all(tool)?;
    if requests.iter().any(|request| request.is_open() || request.step < Step::Rotated) {
        let Some(_held) = locks::lock(&tool.places.flush_lock(), PATIENCE.min(budget))? else {
            return Err(ForgetError::Busy(tool.manifest.tool.to_string()));
        };
        for request in &mut requests {
            advance(context, tool, request, budget.saturating_sub(start.elapsed()))?;
        }
    }
    Ok(requests)
}

/// A person says that the mail or the form was sent: the request is final.
///
/// # Errors
/// A request cannot be read or written.
pub fn sent_by_hand(context: &Context, tool: &Tool) -> Result<Vec<Deleting>, ForgetError> {
    let (mut requests, _) = deletion::all(tool)?;
    for request in &mut requests {
        for order in request.orders.iter_mut().filter(|order| order.state == deletion::State::ByHand) {
            order.state = deletion::State::Delivered;
            order.last_ms = Some(context.clock.now().ms());
            order.answer = Some("stated by the user".to_owned());
        }
        request.keep(tool)?;
        close(tool, request)?;
    }
    Ok(requests)
}
