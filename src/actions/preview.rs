//! Preview: exactly what would be sent next, made by the very code that sends.
//!
//! Promises: no socket is opened, no id made, no consent changed; it works while off and on a read-only home, and says which of
//! four it shows. A sealed preview is the payload itself: its digest binds. Absent: masking: what is sent is shown.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::actions::ask::Asker;
use crate::actions::context::{Context, Tool};
use crate::actions::gate::{Gate, Verdict};
use crate::actions::gather::Where;
use crate::actions::losses;
use crate::actions::{facts, salt, track};
use crate::consent::answer::Withheld;
use crate::consent::reason::Reason;
use crate::host::clock::Timestamp;
use crate::host::files::FileError;
use crate::host::locks;
use crate::identity::ids::Id;
use crate::manifest::destinations::Destination;
use crate::manifest::events::Event as Declared;
use crate::manifest::tool::{IdKind, Manifest};
use crate::payload::digest::Digest;
use crate::payload::event::{Event, Phase, Who};
use crate::payload::protocol::Made;
use crate::payload::protocols;
use crate::payload::said::Said;
use crate::queue::claim;
use crate::queue::entry::Entry;
use crate::queue::limits::CLAIM_PATIENCE;
use crate::queue::seal::{Fate, Nothing, Sealer, request};
use crate::queue::sealed::{Request, Sealed};
use crate::queue::segment::{self, Kept, Lane};
use crate::queue::settle::Progress;

/// Which of four a preview is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Sealed: these bytes and no others will be sent.
    Sealed,
    /// Next: not sealed yet, so that what comes may still change it.
    Next,
    /// Withheld: it waits and may not go, for this reason.
    Withheld(Reason),
    /// Example: nothing waits; from the examples of the manifest.
    Example,
}

impl Which {
    /// In a word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Next => "next",
            Self::Withheld(_) => "withheld",
            Self::Example => "example",
        }
    }
}

/// What would be sent to one destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The destination.
    pub destination: String,
    /// Which of four it is.
    pub which: Which,
    /// Method, address and headers.
    pub request: Request,
    /// The body.
    pub body: Vec<u8>,
    /// The body as a person reads it: unpacked, and all that is coded within it opened; `None` where it cannot be.
    pub opened: Option<serde_json::Value>,
    /// Its digest.
    pub digest: Digest,
    /// How many events are in it.
    pub events: usize,
    /// What its events are collected for.
    pub collected: BTreeMap<String, Vec<String>>,
    /// What is left out of it, in words.
    pub withheld: Vec<String>,
}

/// Previews what would be sent next to `destination`.
///
/// # Errors
/// The queue is there and cannot be read.
pub fn preview(context: &Context, tool: &Tool, destination: &Destination) -> Result<Preview, FileError> {
    let mut gate = Gate::new(Asker::new(context, tool, &Where::Nowhere));
    let decision = gate.asker().decide(None, Some(destination));
    if let Some(reason) = decision.reason() {
        return withheld(context, tool, destination, &mut gate, reason.clone());
    }
    if let Some(sealed) = seal(context, tool, destination, &mut gate)? {
        let left_out = gate.left_out(destination, &sealed);
        return Ok(shown(tool, destination, Which::Sealed, sealed, &left_out));
    }
    let (now, mut held) = (context.clock.now(), None);
    let yes = gate.asker().facts().latest_yes();
    let next = look(tool, destination, yes, &mut |entry| {
        let Verdict { fate, reason } = gate.verdict(entry, destination, now);
        held = reason.or(held.take());
        fate
    })?;
    match (next, held) {
        (Some(sealed), _) => {
            let left_out = gate.left_out(destination, &sealed);
            Ok(shown(tool, destination, Which::Next, sealed, &left_out))
        }
        (None, Some(reason)) => withheld(context, tool, destination, &mut gate, reason),
        (None, None) => example(context, tool, destination),
    }
}

/// What waits and may not go, as it would go.
fn withheld(
    context: &Context,
    tool: &Tool,
    destination: &Destination,
    gate: &mut Gate,
    reason: Reason,
) -> Result<Preview, FileError> {
    let would =
        &mut |entry: &Entry| Fate::Send { who: gate.who(entry.project.as_deref()), withheld: Withheld::default() };
    match look(tool, destination, None, would)? {
        Some(sealed) => Ok(shown(tool, destination, Which::Withheld(reason), sealed, &[])),
        None => example(context, tool, destination),
    }
}

fn shown(tool: &Tool, destination: &Destination, which: Which, sealed: Sealed, withheld: &[String]) -> Preview {
    Preview {
        destination: destination.name.to_string(),
        which,
        collected: tool
            .manifest
            .collected(|event| sealed.events.iter().any(|sealed| sealed.event == event.name.as_str())),
        events: sealed.events.len(),
        request: sealed.request,
        opened: protocols::of(destination).opened(&sealed.body),
        body: sealed.body,
        digest: sealed.digest,
        withheld: withheld.to_vec(),
    }
}

/// The first payload that is sealed, or is sealed now; `None` where that cannot be: nothing waits, a flush is at work, the home
/// cannot be written.
fn seal(
    context: &Context,
    tool: &Tool,
    destination: &Destination,
    gate: &mut Gate,
) -> Result<Option<Sealed>, FileError> {
    let Ok(true) = crate::host::files::exists(&tool.places.queue()) else { return Ok(None) };
    let Ok(Some(_held)) = locks::lock(&tool.places.flush_lock(), Duration::ZERO) else { return Ok(None) };
    let Ok(batches) = claim::claim(&tool.places.queue(), context.clock.now(), CLAIM_PATIENCE) else { return Ok(None) };
    let mut report = losses::due(tool, destination, &batches, gate.asker().facts().latest_yes());
    for batch in batches {
        // As a flush does: what cannot be read or written is passed over.
        let Ok(mut progress) = Progress::open(&batch.progress(destination.name.as_str())) else { continue };
        for open in progress.unsettled() {
            match progress.sealed(&open)? {
                Some(sealed) if gate.permit(destination, &sealed, context.clock.now()).is_some() => {
                    return Ok(Some(sealed));
                }
                // What a flush would take back before sending, it is taken back now, so that what is shown is what is sent.
                Some(_) | None if !open.tried => {
                    progress.unseal(open.number, "consent, an id or the destination changed")?
                }
                Some(_) | None => {}
            }
        }
        let own = tool.places.telemetry().to_path_buf();
        let mut sealer = Sealer::new(&tool.manifest, destination, &batch, own)?;
        sealer.tell(report.take());
        let now = context.clock.now();
        // What would be dropped is left to the flush.
        let fate = &mut |entry: &Entry| match gate.verdict(entry, destination, now).fate {
            Fate::Drop(..) => Fate::Hold,
            fate @ (Fate::Send { .. } | Fate::Hold) => fate,
        };
        if let Some(sealed) = sealer.next(&progress, fate)? {
            progress.seal(&sealed)?;
            return Ok(Some(sealed));
        }
        report = sealer.untold();
    }
    Ok(None)
}

/// The first payload that would be made, without writing anything.
fn look(
    tool: &Tool,
    destination: &Destination,
    yes: Option<Timestamp>,
    fate: &mut dyn FnMut(&Entry) -> Fate,
) -> Result<Option<Sealed>, FileError> {
    let queue = tool.places.queue();
    let mut kept = segment::kept(&queue)?;
    let aside = [queue.join(Lane::Waiting.file())].into_iter().chain(segment::local(&queue)?);
    for path in aside {
        let since = Timestamp::from_ms(0);
        kept.extend(crate::host::files::size(&path)?.map(|_| Kept { path, since, count: 0, claimed: false }));
    }
    let mut report = losses::due(tool, destination, &kept, yes);
    for one in kept {
        let own = tool.places.telemetry().to_path_buf();
        let mut sealer = Sealer::new(&tool.manifest, destination, &one, own)?;
        sealer.tell(report.take());
        let progress = match one.claimed {
            true => match Progress::read(&one.progress(destination.name.as_str())) {
                Ok(progress) => progress,
                Err(_) => continue,
            },
            false => None,
        };
        if let Some(progress) = &progress
            && let Some(open) = progress.unsettled().first()
            && let Some(sealed) = progress.sealed(open)?
        {
            return Ok(Some(sealed));
        }
        let sealed = match &progress {
            Some(progress) => sealer.next(progress, fate)?,
            None => sealer.next(&Nothing, fate)?,
        };
        if sealed.is_some() {
            return Ok(sealed);
        }
        report = sealer.untold();
    }
    Ok(None)
}

/// The examples of the manifest as they would be sent: the user id and the salt that there are, else zeros.
fn example(context: &Context, tool: &Tool, destination: &Destination) -> Result<Preview, FileError> {
    let mut who = Asker::new(context, tool, &Where::Here).who(None);
    who.user = who.user.or_else(|| nobody(&tool.manifest).user);
    let salt = salt::read(tool)?;
    Ok(example_about(context, tool, destination, &who, salt.as_deref()))
}

/// Nobody: a user id of zeros, where the manifest has user ids at all.
#[must_use]
pub fn nobody(manifest: &Manifest) -> Who {
    let user = manifest.ids.contains(&IdKind::User).then(|| Id::new(&"0".repeat(32)).ok()).flatten();
    Who { user, ..Who::default() }
}

/// The examples of the manifest as they would be sent to `destination` about `who`, with their salt; without one nothing in them comes
/// from this machine's name.
#[must_use]
pub fn example_about(
    context: &Context,
    tool: &Tool,
    destination: &Destination,
    who: &Who,
    salt: Option<&str>,
) -> Preview {
    let protocol = protocols::of(destination);
    let mut documents = Vec::new();
    let going = tool.manifest.events.iter().filter(|event| event.destinations.contains(&destination.name));
    let mut shown = Vec::new();
    for declared in going.take(protocol.limits().documents) {
        let event = example_event(context, tool, declared, salt);
        let withheld = &Withheld::default();
        let document = protocol.document(Said { manifest: &tool.manifest, event: &event, who, withheld });
        let alone = document.alone;
        // One that stands in a body of its own is shown where it is the first.
        if !alone || documents.is_empty() {
            documents.push(document);
            shown.push(&declared.name);
        }
        if alone && documents.len() == 1 {
            break;
        }
    }
    let collected = tool.manifest.collected(|event| shown.contains(&&event.name));
    let body = protocol.body(&documents);
    let digest = Digest::of(&body);
    let made = Made { digest: &digest, newest: context.clock.now() };
    let request = request(destination, tool.places.telemetry(), made);
    let opened = protocol.opened(&body);
    let destination = destination.name.to_string();
    Preview {
        destination,
        which: Which::Example,
        request,
        body,
        opened,
        digest,
        events: documents.len(),
        collected,
        withheld: Vec::new(),
    }
}

/// The event of a declared example.
#[must_use]
pub fn example_event(context: &Context, tool: &Tool, declared: &Declared, salt: Option<&str>) -> Event {
    let time = context.clock.now();
    let pair = if declared.lifecycle { Id::new(&"0".repeat(32)).ok().map(|id| (Phase::Completed, id)) } else { None };
    Event {
        id: "00000000-0000-0000-0000-000000000000".to_owned(),
        name: declared.name.to_string(),
        time,
        pair,
        fields: track::example(declared, salt),
        facts: facts::example(context, tool, salt, time),
    }
}
