//! Reseal: some events of a payload go on in payloads of their own, which name its digest.
//!
//! Promises: consent is asked anew for each event; what may no longer go is in none of them, and what is held is lost in none. Absent: sending them.

use std::collections::BTreeMap;

use crate::actions::context::Tool;
use crate::actions::gate::Gate;
use crate::consent::answer::Withheld;
use crate::host::clock::Timestamp;
use crate::host::files::FileError;
use crate::manifest::destinations::Destination;
use crate::payload::answer::Parts;
use crate::queue::drop::{Loss, tally};
use crate::queue::entry::Entry;
use crate::queue::seal::{Fate, Sealer, rebuild};
use crate::queue::sealed::{EventRef, Sealed};
use crate::queue::segment::Kept;

/// Events of one payload that go on.
#[derive(Debug, Default)]
pub struct Groups {
    /// Each in a payload of its own, sent at once.
    pub now: Vec<Vec<EventRef>>,
    /// In one that waits.
    pub later: Vec<EventRef>,
    /// Refused by name.
    pub refused: Vec<EventRef>,
}

impl Groups {
    /// The two halves of what was too large.
    #[must_use]
    pub fn halves(events: &[EventRef]) -> Self {
        let (front, back) = events.split_at_checked(events.len().div_ceil(2)).unwrap_or((events, &[]));
        Self { now: vec![front.to_vec(), back.to_vec()], ..Self::default() }
    }

    /// What the receiver named: refused wins over later, and later over again. A place that no event has is passed over.
    #[must_use]
    pub fn of(events: &[EventRef], parts: &Parts) -> Self {
        let mut groups = Self::default();
        let mut again = Vec::new();
        for (index, event) in events.iter().enumerate() {
            if parts.refused.contains(&index) {
                groups.refused.push(event.clone());
            } else if parts.later.contains(&index) {
                groups.later.push(event.clone());
            } else if parts.again.contains(&index) {
                again.push(event.clone());
            }
        }
        groups.now.push(again);
        groups
    }

    /// How many go on, and how many are refused.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let number = |events: usize| u64::try_from(events).unwrap_or(0);
        let wanted = self.now.iter().map(Vec::len).sum::<usize>().saturating_add(self.later.len());
        (number(wanted), number(self.refused.len()))
    }
}

/// Payloads made of some events of another one.
#[derive(Debug, Default)]
pub struct Children {
    /// Those to be sent at once.
    pub now: Vec<Sealed>,
    /// The one that waits.
    pub later: Option<Sealed>,
    /// Events that are in none of them: refused by name, or of those that may no longer go as of this very moment, by reason.
    pub lost: BTreeMap<Loss, u64>,
}

impl Children {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<Sealed> {
        self.now.iter().chain(&self.later).cloned().collect()
    }
}

/// Seals these groups of the events of `parent`, with numbers from `number` on.
///
/// # Errors
/// The batch cannot be read.
pub fn reseal(
    (tool, gate): (&Tool, &mut Gate),
    (destination, batch): (&Destination, &Kept),
    (parent, groups): (&Sealed, &Groups),
    mut number: u32,
    now: Timestamp,
) -> Result<Children, FileError> {
    let refused = groups.counts().1;
    let mut lost = BTreeMap::from_iter((refused > 0).then_some((Loss::Refused, refused)));
    let mut seal = |events: &[EventRef]| {
        if events.is_empty() {
            return Ok(None);
        }
        let own = tool.places.telemetry().to_path_buf();
        let mut sealer = Sealer::new(&tool.manifest, destination, batch, own)?;
        let fate = &mut |entry: &Entry| match gate.verdict(entry, destination, now).fate {
            // What is held is kept: it is asked about again before it goes, and sealed anew where that is not as it is here.
            Fate::Hold => Fate::Send { who: gate.who(entry.project.as_deref()), withheld: Withheld::default() },
            Fate::Drop(why, loss) => {
                tally(&mut lost, &BTreeMap::from([(loss, 1)]));
                Fate::Drop(why, loss)
            }
            fate @ Fate::Send { .. } => fate,
        };
        let child = rebuild(&mut sealer, events, &parent.digest, number, fate)?;
        number = number.saturating_add(u32::from(child.is_some()));
        Ok::<_, FileError>(child)
    };
    let mut children = Children::default();
    for group in &groups.now {
        children.now.extend(seal(group)?);
    }
    children.later = seal(&groups.later)?;
    children.lost = lost;
    Ok(children)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_receiver_names_is_taken_once_and_within_bounds() {
        let event = |id: &str| EventRef { id: id.to_owned(), event: "e".to_owned() };
        let events: Vec<_> = ["a", "b", "c", "d"].map(event).into();
        let parts = Parts { refused: vec![1, 9], again: vec![0, 1, 2, 0], later: vec![2, 1] };
        let groups = Groups::of(&events, &parts);
        assert_eq!((groups.refused, groups.later), (vec![event("b")], vec![event("c")]));
        assert_eq!(groups.now, [vec![event("a")]]);
    }
}
