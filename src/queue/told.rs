//! Losses that a receiver is told of, and up to where it was.
//!
//! Promises: a no, an event from before the latest yes and what was forgotten are told to nobody. Absent: files (`destination/told.rs`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::payload::lost::{Lost, Why};
use crate::queue::drop::Loss;

/// Counts up to which a receiver was told, or is with the payload that they stand in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Since when the tool's losses are counted, milliseconds since 1970: another time is another count. None where nothing was lost yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<i64>,
    /// The counts; what was refused is what this receiver refused.
    pub counts: BTreeMap<Loss, u64>,
}

/// What a payload tells of losses, and the counts that it tells up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Told once it is taken.
    pub told: Told,
    /// What was lost since it was told last.
    pub lost: Lost,
}

/// As what a receiver is told of a loss; nothing of what a person decided.
#[must_use]
pub const fn why(loss: Loss) -> Option<Why> {
    match loss {
        Loss::Bytes | Loss::Count | Loss::Age => Some(Why::Full),
        Loss::Torn => Some(Why::Torn),
        Loss::Undeclared => Some(Why::Undeclared),
        Loss::Refused => Some(Why::Refused),
        Loss::No | Loss::BeforeYes | Loss::Forget => None,
    }
}

impl Told {
    /// What was lost beyond what was told `before`.
    #[must_use]
    pub fn beyond(&self, before: &Self) -> Lost {
        let mut lost = Lost::new();
        for (loss, number) in &self.counts {
            let more = number.saturating_sub(before.counts.get(loss).copied().unwrap_or(0));
            if let Some(why) = why(*loss).filter(|_| more > 0) {
                let sum = lost.entry(why).or_insert(0);
                *sum = sum.saturating_add(more);
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_came_since_is_told_and_no_decision_of_a_person() {
        let all = [
            Loss::Bytes,
            Loss::Count,
            Loss::Age,
            Loss::Torn,
            Loss::No,
            Loss::BeforeYes,
            Loss::Undeclared,
            Loss::Refused,
            Loss::Forget,
        ];
        let told = |number| Told { since_ms: None, counts: all.into_iter().map(|loss| (loss, number)).collect() };
        let wanted = [(Why::Full, 6), (Why::Torn, 2), (Why::Undeclared, 2), (Why::Refused, 2)];
        assert_eq!(told(3).beyond(&told(1)), Lost::from(wanted));
        assert_eq!(told(3).beyond(&told(3)), Lost::new());
        assert_eq!(told(1).beyond(&told(3)), Lost::new());
    }
}
