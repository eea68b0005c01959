//! One value in a JSON text with the place where it stands, and those directly within it.
//!
//! Promises: the whole text was found to be JSON before; only what is asked for is looked into, and nothing below it is kept.
//!
//! Deliberately absent: trees.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::settings::text::line_at;
use crate::settings::value::{Language, ReadError, ReadErrorKind, Scalar};

/// A value, as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'t> {
    /// The whole text.
    text: &'t str,
    raw: &'t str,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    Null,
    Scalar,
}

/// What to do after an entry or item was seen.
pub(super) enum Next {
    More,
    Enough,
}

impl<'t> Part<'t> {
    /// The one value that the text is.
    pub(super) fn whole(text: &'t str) -> Result<Part<'t>, ReadError> {
        match serde_json::from_str::<&RawValue>(text) {
            Ok(raw) => Ok(Part { text, raw: raw.get() }),
            Err(error) => Err(ReadError {
                kind: ReadErrorKind::Syntax(Language::Json),
                line: u32::try_from(error.line()).ok().filter(|line| *line > 0),
                column: u32::try_from(error.column()).ok().filter(|column| *column > 0),
                detail: error.to_string(),
            }),
        }
    }

    fn part(&self, raw: &'t RawValue) -> Part<'t> {
        Part { text: self.text, raw: raw.get() }
    }

    /// Where it stands.
    pub(super) fn range(&self) -> Range<usize> {
        // It was lent by the parser out of the text itself.
        let start = (self.raw.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        start..start + self.raw.len()
    }

    /// The line, from 1, on which it begins.
    pub(super) fn line(&self) -> Option<u32> {
        line_at(self.text.as_bytes(), self.range().start)
    }

    pub(super) fn kind(&self) -> Kind {
        match self.raw.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'n') => Kind::Null,
            _ => Kind::Scalar,
        }
    }

    /// Its class, with its text. A string that is no text (half a surrogate pair) is something that cannot be held.
    pub(super) fn scalar(&self) -> Scalar {
        match self.raw.as_bytes().first() {
            Some(b'n') => Scalar::Null,
            Some(b't') => Scalar::Bool(true),
            Some(b'f') => Scalar::Bool(false),
            Some(b'"') => self.string().map_or(Scalar::Other, |text| Scalar::Text(text.into_owned())),
            Some(b'-' | b'0'..=b'9') => Scalar::Number(self.raw.to_owned()),
            _ => Scalar::Other,
        }
    }

    /// The text of a string.
    pub(super) fn string(&self) -> Option<Cow<'t, str>> {
        let lent = serde_json::from_str::<&str>(self.raw).map(Cow::Borrowed);
        lent.or_else(|_| serde_json::from_str::<String>(self.raw).map(Cow::Owned)).ok()
    }

    /// Shows each entry of an object, until it was enough; nothing of any other value.
    pub(super) fn entries(&self, see: impl FnMut(Part<'t>, Part<'t>) -> Next) {
        if self.kind() == Kind::Object {
            let seen = serde_json::Deserializer::from_str(self.raw).deserialize_map(Entries { whole: *self, see });
            // The only fault that is left is our own end.
            drop(seen);
        }
    }

    /// Shows each item of an array, until it was enough; nothing of any other value.
    pub(super) fn items(&self, see: impl FnMut(Part<'t>) -> Next) {
        if self.kind() == Kind::Array {
            let seen = serde_json::Deserializer::from_str(self.raw).deserialize_seq(Items { whole: *self, see });
            drop(seen);
        }
    }
}

struct Entries<'t, F> {
    whole: Part<'t>,
    see: F,
}

impl<'t, F: FnMut(Part<'t>, Part<'t>) -> Next> Visitor<'t> for Entries<'t, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while let Some((key, value)) = entries.next_entry::<&RawValue, &RawValue>()? {
            if let Next::Enough = (self.see)(self.whole.part(key), self.whole.part(value)) {
                return Err(A::Error::custom("enough"));
            }
        }
        Ok(())
    }
}

struct Items<'t, F> {
    whole: Part<'t>,
    see: F,
}

impl<'t, F: FnMut(Part<'t>) -> Next> Visitor<'t> for Items<'t, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'t>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&RawValue>()? {
            if let Next::Enough = (self.see)(self.whole.part(item)) {
                return Err(A::Error::custom("enough"));
            }
        }
        Ok(())
    }
}
