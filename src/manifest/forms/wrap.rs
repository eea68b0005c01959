//! What all protocols share: how many documents a body has, whether it is compressed, what a receiver is let use.
//!
//! Promises: nothing is allowed unless a manifest says so. Absent: what each protocol makes of it (`payload/`).

/// How many documents a body has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// One.
    Single,
    /// Many, as a JSON array.
    Array,
    /// Many, one a line.
    Lines,
}

impl Batch {
    /// The word in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Array => "array",
            Self::Lines => "lines",
        }
    }
}

/// How a body is packed on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As it is.
    None,
    /// gzip (RFC 1952).
    Gzip,
}

/// What a receiver is let do with what it sees beside the events; each is refused unless the manifest allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// To keep the address that a request comes from.
    Ip,
    /// To look up where that address is.
    Geo,
    /// To build a profile of the person behind an id.
    Profiles,
}

impl Allowance {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ip, Self::Geo, Self::Profiles];

    /// The word in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Geo => "geo",
            Self::Profiles => "profiles",
        }
    }
}

/// What an event says beside its fields, under these names, where a receiver takes one flat mapping: no field may have them.
pub const RESERVED: [&str; 5] = ["purpose", "phase", "pair", "project_id", "provided_id"];
/// The attribute in which `otlp` has an event's id.
pub const RECORD: &str = "log.record.uid";
/// What the name of a fact begins with there.
pub const FACT: &str = "fact_";
