//! What a foreign tool sends: its requests, as documents with places in them that are filled from what is on the machine.
//!
//! Promises: what nobody here can know is declared as unknown, with words, and is never made up. Absent: filling (`payload/foreign`),
//! reading what fills (`actions/foreign/payload`).

use serde_json::Number;

use crate::manifest::foreign::files::Source;
use crate::manifest::versions::Versions;

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignRequest {
    /// The event that it carries, by its name.
    pub event: String,
    /// What people should know of it.
    pub says: Option<String>,
    /// In which versions.
    pub versions: Versions,
    /// The address.
    pub address: Filled,
    /// Headers, in order.
    pub headers: Vec<(String, Filled)>,
    /// How its program writes JSON.
    pub style: Style,
    /// The body.
    pub body: Filled,
}

/// Something that only a person can tell, and may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Its name.
    pub name: String,
    /// What it is.
    pub says: String,
    /// The pattern that it fits as a whole.
    pub form: String,
}

/// How a program writes JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without blanks, as JavaScript and serde_json do.
    Compact,
    /// Without blanks, with `<`, `>` and `&` escaped, as Go does.
    Escaped,
    /// With a blank behind each comma and colon and only ASCII, as Python does.
    Spaced,
}

impl Style {
    /// All, with their words.
    pub const ALL: [(&'static str, Self); 3] =
        [("compact", Self::Compact), ("escaped", Self::Escaped), ("spaced", Self::Spaced)];
}

/// A fact of the machine, as other programs tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineFact {
    /// `linux`, `darwin`.
    System,
    /// `Linux`, `Darwin`.
    SystemName,
    /// The kernel's release.
    SystemRelease,
    /// The kernel's version.
    SystemVersion,
    /// The processor, as the kernel names it.
    Machine,
    /// `ID` of the distribution.
    DistributionId,
    /// `ID_LIKE`.
    DistributionLike,
    /// `NAME`.
    DistributionName,
    /// `VERSION_ID`.
    DistributionVersion,
    /// The machine's processors.
    Cores,
    /// Those that a process may use.
    CoresAvailable,
    /// The memory in bytes.
    MemoryTotal,
    /// What of it nobody uses, in bytes.
    MemoryFree,
    /// The memory in KB.
    MemoryTotalKb,
    /// What of it nobody uses, in KB.
    MemoryFreeKb,
    /// The name of the time zone.
    TimeZone,
    /// Seconds east of UTC.
    UtcOffset,
    /// The host's name.
    HostName,
    /// The version of the Python that runs the program: `3.11.7`.
    Python,
    /// Its first two numbers: `3.11`.
    PythonShort,
}

impl MachineFact {
    /// All, with their words.
    pub const ALL: [(&'static str, Self); 20] = [
        ("system", Self::System),
        ("system-name", Self::SystemName),
        ("system-release", Self::SystemRelease),
        ("system-version", Self::SystemVersion),
        ("machine", Self::Machine),
        ("distribution-id", Self::DistributionId),
        ("distribution-like", Self::DistributionLike),
        ("distribution-name", Self::DistributionName),
        ("distribution-version", Self::DistributionVersion),
        ("cores", Self::Cores),
        ("cores-available", Self::CoresAvailable),
        ("memory-total", Self::MemoryTotal),
        ("memory-free", Self::MemoryFree),
        ("memory-total-kb", Self::MemoryTotalKb),
        ("memory-free-kb", Self::MemoryFreeKb),
        ("time-zone", Self::TimeZone),
        ("utc-offset", Self::UtcOffset),
        ("host-name", Self::HostName),
        ("python", Self::Python),
        ("python-short", Self::PythonShort),
    ];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, fact)| *fact == self).map_or("", |(word, _)| word)
    }
}

/// A digest that a program makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digested {
    /// SHA-256 in hexadecimal digits.
    Sha256,
    /// Every second of those digits, as a UUID.
    UuidOfSha256,
    /// The name-based UUID (version 5, URLs) as 32 hexadecimal digits.
    Uuid5Url,
}

impl Digested {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::UuidOfSha256 => "every second digit of the SHA-256, as a UUID,",
            Self::Uuid5Url => "UUID version 5",
        }
    }
}

/// A document with places to be filled.
#[derive(Debug, Clone, PartialEq)]
pub enum Filled {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list; what has no value is left out.
    List(Vec<Filled>),
    /// A mapping; what has no value is left out.
    Map(Vec<(String, Filled)>),
    /// `$version`: the tool's version.
    Version,
    /// `{$id: NAME}`: an id of the manifest.
    Id(String),
    /// `{$fact: WORD}`.
    Fact(MachineFact),
    /// `{$setting: {variable: …}}` or `{$setting: {file: …, key: […]}}`: what stands there, as a text.
    Setting(Source),
    /// `{$raw: {file: …, key: […]}}`: what stands there in a file of JSON, byte for byte.
    Raw {
        /// The file's name.
        file: String,
        /// The keys from the root.
        key: Vec<String>,
    },
    /// `{$flag: {any: […], of: [WORD…]}}`: whether any of these is one of the words.
    Flag {
        /// Values.
        any: Vec<Filled>,
        /// Words, in small letters.
        of: Vec<String>,
        /// Whether there is no value where none of them has one.
        omit: bool,
    },
    /// `{$winner: [WORD…], usual: WORD}`: a word for the layer that decides.
    Winner {
        /// A word for each layer.
        layers: Vec<String>,
        /// The word where no layer speaks.
        usual: String,
    },
    /// `$none`: no value at all.
    Nothing,
    /// `{$given: NAME}`: what a person tells.
    Given(String),
    /// `{$case: …, is: {TEXT: …}}`: the value for the first text that it is; a `*` in it stands for any text.
    Case {
        /// What is looked at.
        of: Box<Filled>,
        /// Texts and values.
        is: Vec<(String, Filled)>,
    },
    /// `{$first: […]}`: the first that has a value; an id that there is not yet gives way.
    First(Vec<Filled>),
    /// `{$is_uuid: …, then: [YES, NO, NONE]}`: a word for what a value is.
    IsUuid {
        /// The value.
        of: Box<Filled>,
        /// For a UUID, for another text, and where there is none.
        then: [String; 3],
    },
    /// `{$join: […]}`: texts one after the other.
    Join(Vec<Filled>),
    /// `{$sha256: …}` and others.
    Digest(Digested, Box<Filled>),
    /// `{$base64: …}`, `{$base64_url: …}`: of a text, or of a document's JSON.
    Base64 {
        /// With `-` and `_`.
        url: bool,
        /// What.
        of: Box<Filled>,
    },
    /// `{$guess: …, because: …}`: probably that.
    Guess {
        /// The value.
        value: Box<Filled>,
        /// Why it is not sure.
        because: String,
    },
    /// `{$unknown: …}`: what it is that nobody here can know.
    Unknown(String),
    /// `{$secret: …}`: never shown.
    Secret(Box<Filled>),
    /// `{$in: RANGE, value: …}`: only in these versions.
    In {
        /// The versions.
        versions: Versions,
        /// The value in them.
        value: Box<Filled>,
    },
}
