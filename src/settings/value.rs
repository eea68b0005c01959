//! What is read from a file and written into it, in the words that all formats share.
//!
//! Promises: the text of a number is kept as it was written, so an identifier of digits is never rounded; errors and refusals say
//! kinds, lines and asked keys, so their `Display` is safe to print for any file.
//!
//! Deliberately absent: an opinion about what a value means (`no` is the text "no" here), and any format.

use std::fmt;

/// The class of a value, with its text where it is a scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// Null, by whatever name; in YAML also nothing at all.
    Null,
    /// A boolean of the format: an unquoted `true` or `false`.
    Bool(bool),
    /// A number: its text as written.
    Number(String),
    /// Any other scalar, quoted or plain, without its quotes.
    Text(String),
    /// A sequence, a mapping, or something that none of these can hold.
    Other,
}

/// What stands at a wanted path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// The key is absent, and all parents that are present are mappings.
    Absent,
    /// A parent is present but null, such as a bare `telemetry:`.
    UnderNull,
    /// A parent, or the document itself, is a scalar, a sequence or tagged.
    UnderOther,
    /// The key is present.
    Present(Scalar),
}

/// What the document as a whole is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// Nothing but blanks, comments and document marks.
    Empty,
    /// A mapping.
    Mapping,
    /// Anything else, an explicit null among it.
    Other,
}

/// What stands at each of some wanted paths, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    root: Root,
    values: Vec<Field>,
}

impl Fields {
    /// The answer of a reader.
    pub(super) fn new(root: Root, values: Vec<Field>) -> Self {
        Self { root, values }
    }

    /// What the document is.
    pub fn root(&self) -> Root {
        self.root
    }

    /// The field of the wanted path at `index`; absent if there is no such path.
    pub fn field(&self, index: usize) -> &Field {
        self.values.get(index).unwrap_or(&Field::Absent)
    }

    /// The scalar at the wanted path at `index`, if its key is present.
    pub fn scalar(&self, index: usize) -> Option<&Scalar> {
        match self.field(index) {
            Field::Present(scalar) => Some(scalar),
            Field::Absent | Field::UnderNull | Field::UnderOther => None,
        }
    }
}

/// One step on the way from the top of a document to a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into the value of this key.
    Key(String),
    /// Into the item at this place of a sequence, from 0.
    Item(usize),
}

/// The step of a path that stands for every item of a sequence or every value of a mapping.
pub const EVERY: &str = "*";

/// Most values that one path with such steps may give: people have some; a hostile file has as many as it has bytes.
pub const MOST: usize = 4096;

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// A text, quoted wherever a reader could take it for something else.
    Text(&'a str),
    /// A whole number.
    Number(i64),
    /// A list without items.
    EmptyList,
}

/// The languages that files are kept in, by the names people give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// YAML.
    Yaml,
    /// JSON, with or without comments.
    Json,
    /// TOML.
    Toml,
    /// INI.
    Ini,
    /// HCL.
    Hcl,
    /// A unit of systemd.
    Unit,
    /// Lines of `NAME=value`, in one of their dialects.
    Dotenv,
    /// HOCON.
    Hocon,
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::Yaml => "YAML",
            Language::Json => "JSON",
            Language::Toml => "TOML",
            Language::Ini => "INI",
            Language::Hcl => "HCL",
            Language::Unit => "systemd",
            Language::Dotenv => "dotenv",
            Language::Hocon => "HOCON",
        })
    }
}

/// What stopped a text from being read.
///
/// Its `Display` says the kind and the line only, so it is safe to print for any file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{}", .line.map(|line| format!(" (line {line})")).unwrap_or_default())]
pub struct ReadError {
    /// The class of the fault.
    pub kind: ReadErrorKind,
    /// The line, from 1, where known.
    pub line: Option<u32>,
    /// The column, from 1, where known.
    pub column: Option<u32>,
    /// The parser's own sentence. It may quote the file: print it for manifests only, never for a person's files.
    pub detail: String,
}

/// The classes of [`ReadError`]. The words complete the sentence "the file …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ReadErrorKind {
    /// More bytes than the limit.
    #[error("is larger than can be read")]
    TooLarge,
    /// Not UTF-8.
    #[error("is not UTF-8 text")]
    NotUtf8,
    /// NUL or another control character that the format does not allow.
    #[error("holds control characters")]
    Binary,
    /// Collections nested deeper than anybody writes.
    #[error("is nested too deeply")]
    TooDeep,
    /// Aliases that unfold into far more than was written, or more answers than anybody reads.
    #[error("repeats itself too often")]
    TooOften,
    /// Not what its format demands.
    #[error("is not valid {0}")]
    Syntax(Language),
    /// A directive says that values are spelled as in another version of the format.
    #[error("is written in another version of YAML than 1.2")]
    OtherVersion,
    /// What is followed is not there, leads to itself, or cannot be joined with what stands beside it.
    #[error("follows something that leads nowhere")]
    Unresolved,
    /// One mapping has the same key twice.
    #[error("has the same key twice")]
    DuplicateKey,
    /// More than one document.
    #[error("holds more than one document")]
    SeveralDocuments,
    /// Well-formed, but not what was expected at some place.
    #[error("has a value of another kind than expected")]
    Shape,
}

impl ReadErrorKind {
    /// An error of this kind at a line, without a sentence of the parser.
    pub(super) fn at(self, line: Option<u32>) -> ReadError {
        ReadError { kind: self, line, column: None, detail: self.to_string() }
    }
}

/// Why a file stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file cannot be read, so it cannot be changed with care.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// The change cannot be made without touching something else.
    #[error("{why}{}; change it by hand: {by_hand}", .line.map(|line| format!(" (line {line})")).unwrap_or_default())]
    Refused {
        /// The reason.
        why: Refusal,
        /// The line of the key, from 1, if it is there.
        line: Option<u32>,
        /// What to do, made of the asked key and value only.
        by_hand: String,
    },
}

/// The reasons of a refused edit. The words complete the sentence "the file …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The path is empty or too long, or the key or text has characters that cannot be written in this format.
    #[error("cannot hold this key or text")]
    Unwritable,
    /// Line breaks that some readers see and others do not.
    #[error("has line breaks that its readers disagree about")]
    LineBreaks,
    /// The document or a parent is not a mapping.
    #[error("has another value where a mapping is needed")]
    NotAMapping,
    /// The value is a collection or a scalar over several lines.
    #[error("has a value there that is more than one line or one scalar")]
    NotAScalar,
    /// The value has an anchor or a tag, or is an alias.
    #[error("has an anchor, an alias or a tag there")]
    Marked,
    /// The value is made from others.
    #[error("computes the value there")]
    Computed,
    /// No block or object is there to put it into.
    #[error("has no block or object there to hold it")]
    NoBlock,
    /// No way was found that leaves the rest alone.
    #[error("cannot be changed there without touching something else")]
    Entangled,
}
