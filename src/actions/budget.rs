//! The time that a flush has, and how much of it one request may take.
//!
//! Promises: a destination that never answers leaves time for those after it. Absent: what is done with the time (`deliver`).

use std::time::{Duration, Instant};

use crate::queue::limits::{LEAST_REQUEST, REQUEST, is_too_late};

/// A span of time that began when this was made.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    start: Instant,
    whole: Duration,
}

impl Budget {
    /// From now on.
    #[must_use]
    pub fn new(whole: Duration) -> Self {
        Self { start: Instant::now(), whole }
    }

    /// What is left of it.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.whole.saturating_sub(self.start.elapsed())
    }

    /// Whether too little is left to begin a request.
    #[must_use]
    pub fn is_late(&self) -> bool {
        is_too_late(self.left(), self.whole)
    }

    /// How long an answer is waited for, with so many `others` to be asked afterwards.
    #[must_use]
    pub fn patience(&self, others: usize) -> Duration {
        let (left, shares) = (self.left(), u32::try_from(others).unwrap_or(u32::MAX).saturating_add(1));
        REQUEST.min(left / shares).max(LEAST_REQUEST).min(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_takes_a_share_and_no_more() {
        let seconds = Duration::from_secs;
        for (whole, others, most) in [
            (30, 0, seconds(10)),
            (30, 2, seconds(10)),
            (30, 9, seconds(3)),
            (3, 2, seconds(1)),
            (1, 99, LEAST_REQUEST),
        ] {
            let patience = Budget::new(seconds(whole)).patience(others);
            assert!(patience <= most && patience >= most.mul_f64(0.9), "{whole} s, {others} others: {patience:?}");
        }
        assert_eq!(Budget::new(Duration::ZERO).patience(0), Duration::ZERO);
        assert!(Budget::new(Duration::ZERO).is_late());
    }
}
