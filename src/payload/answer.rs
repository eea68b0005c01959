//! What a receiver answered, and what that means for each event of a body.
//!
//! Promises: *delivered* and *acknowledged* are never the same: a receiver that says yes to what it may drop later has only been
//! delivered to. Nothing of an answer is taken as an instruction. Absent: the statuses (`retries`), waiting.

/// What a server answered.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// Those of its headers that a protocol may read, names in lower case.
    pub headers: &'a [(String, String)],
    /// The beginning of its body.
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The header of this name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body, where it is a JSON document.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(self.body).ok()
    }
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The receiver named what it took, event by event or in sum.
    Acknowledged,
    /// The receiver has the bytes; what it makes of them it does not say.
    Delivered,
    /// Its events fare differently.
    Part,
    /// Not now: the same bytes again later, no sooner than the server asks.
    Later,
    /// Too large: two halves instead.
    Split,
    /// This payload is refused for good: it is set aside, and the next one goes out.
    Refused,
    /// The destination itself is wrong (an address, a key, a redirect): everything waits, and the user is told.
    Misconfigured,
}

impl Meaning {
    /// The word that receipts and tables use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Delivered => "delivered",
            Self::Part => "part",
            Self::Later => "later",
            Self::Split => "split",
            Self::Refused => "refused",
            Self::Misconfigured => "misconfigured",
        }
    }

    /// Whether the receiver has it, whatever it makes of it.
    #[must_use]
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Acknowledged | Self::Delivered)
    }
}

/// An answer, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it means for the whole.
    pub meaning: Meaning,
    /// What it means for single events, under [`Meaning::Part`].
    pub parts: Parts,
    /// Events that were taken and then rejected, where the receiver gives a number and no names.
    pub rejected: u64,
    /// How long it asks to be left alone, milliseconds, beside what `Retry-After` says.
    pub asked_ms: Option<i64>,
    /// How long to leave it alone where it asks for nothing itself, milliseconds.
    pub usual_ms: Option<i64>,
}

/// How the events of one body fare, by their places in it; what is in none of these was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Refused for good.
    pub refused: Vec<usize>,
    /// To be sent again at once, without the others.
    pub again: Vec<usize>,
    /// To be sent again later.
    pub later: Vec<usize>,
}

impl Reading {
    /// That it means this for all of it.
    #[must_use]
    pub fn of(meaning: Meaning) -> Self {
        Self { meaning, parts: Parts::default(), rejected: 0, asked_ms: None, usual_ms: None }
    }

    /// That its events fare differently.
    #[must_use]
    pub fn part(parts: Parts) -> Self {
        Self { parts, ..Self::of(Meaning::Part) }
    }

    /// The same for a body of so many events: where all of them fare alike, that is what it means, and what is put off goes out again
    /// as it was.
    #[must_use]
    pub fn of_events(self, events: usize) -> Self {
        // What cannot be halved is refused.
        if self.meaning == Meaning::Split && events <= 1 {
            return Self { meaning: Meaning::Refused, ..self };
        }
        if self.meaning != Meaning::Part {
            return self;
        }
        let has = |places: &[usize], place| places.contains(&place);
        let all = |is: &dyn Fn(usize) -> bool| events > 0 && (0..events).all(is);
        let Parts { refused, again, later } = &self.parts;
        let meaning = if all(&|place| has(refused, place)) {
            Meaning::Refused
        } else if all(&|place| has(later, place) && !has(refused, place)) {
            Meaning::Later
        } else if all(&|place| !has(refused, place) && !has(later, place) && !has(again, place)) {
            Meaning::Acknowledged
        } else {
            return self;
        };
        Self { meaning, parts: Parts::default(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_that_all_fare_alike_are_no_parts() {
        let of = |refused: &[usize], again: &[usize], later: &[usize]| {
            let parts = Parts { refused: refused.to_vec(), again: again.to_vec(), later: later.to_vec() };
            Reading { asked_ms: Some(9), ..Reading::part(parts) }.of_events(3)
        };
        for (reading, meaning) in [
            (of(&[0, 1, 2], &[1], &[]), Meaning::Refused),
            (of(&[], &[2], &[2, 1, 0, 7]), Meaning::Later),
            (of(&[3, 9], &[4], &[usize::MAX]), Meaning::Acknowledged),
            (of(&[], &[], &[]), Meaning::Acknowledged),
            (of(&[0], &[], &[1, 2]), Meaning::Part),
            (of(&[0, 1], &[], &[]), Meaning::Part),
            (of(&[], &[0, 1, 2], &[]), Meaning::Part),
        ] {
            assert_eq!(reading.meaning, meaning, "{reading:?}");
            assert_eq!(reading.asked_ms, Some(9));
            assert_eq!(reading.parts == Parts::default(), meaning != Meaning::Part);
        }
        assert_eq!(Reading::of(Meaning::Split).of_events(3), Reading::of(Meaning::Split));
        assert_eq!(Reading::of(Meaning::Split).of_events(1), Reading::of(Meaning::Refused));
    }
}
