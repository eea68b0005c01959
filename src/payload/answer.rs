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
}
