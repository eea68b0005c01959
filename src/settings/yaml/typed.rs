//! From a tree into a type, for what can be read from a tree without a doubt.
//!
//! Promises: what is read is what the parser itself would have read from the text (only `-0` is taken as 0 where it refuses the
//! minus); all else is a [`Misfit`], and the text decides.
//! Absent: positions, tags, text made of numbers or booleans (their spelling is not in the tree).

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::settings::tree::Tree;

/// The tree does not say: ask the text.
#[derive(Debug)]
pub(crate) struct Misfit;

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("of another kind than expected")
    }
}

impl std::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'de> IntoDeserializer<'de, Misfit> for &'de Tree<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for &'de Tree<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(*value),
            Tree::Number(text) => number(text, visitor),
            Tree::Text(text) => visitor.visit_borrowed_str(text),
            Tree::Sequence(_) => self.deserialize_seq(visitor),
            Tree::Mapping(_) => self.deserialize_map(visitor),
            Tree::Tagged(..) => Err(Misfit),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Tree::Text(text) => visitor.visit_borrowed_str(text),
            _ => Err(Misfit),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let Tree::Sequence(items) = self else { return Err(Misfit) };
        let mut items = SeqDeserializer::new(items.iter());
        let value = visitor.visit_seq(&mut items)?;
        items.end().map(|()| value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let Tree::Mapping(entries) = self else { return Err(Misfit) };
        let mut entries = MapDeserializer::new(entries.iter().map(|(key, value)| (key, value)));
        let value = visitor.visit_map(&mut entries)?;
        entries.end().map(|()| value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_map(visitor)
    }

    // `0x1F` is a number and no real one to the parser.
    fn deserialize_f64<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Misfit> {
        Err(Misfit)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Misfit> {
        Err(Misfit)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Misfit> {
        Err(Misfit)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char bytes byte_buf unit unit_struct tuple tuple_struct ignored_any
    }
}

fn number<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Misfit> {
    if let Ok(value) = text.parse() {
        return visitor.visit_u64(value);
    }
    if let Ok(value) = text.parse() {
        return visitor.visit_i64(value);
    }
    // An integer that neither holds is not rounded.
    let real = text.parse().ok().filter(|_| !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'));
    real.map_or(Err(Misfit), |value| visitor.visit_f64(value))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use crate::settings::yaml::tree::{Duplicates, LIMIT, parse};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it reads is asked")]
    struct Shape {
        a: Option<String>,
        #[serde(default)]
        b: Vec<i64>,
    }

    /// Whether reading and the parser alone agree, where the text is within the bounds of the tree.
    fn agree<T: DeserializeOwned + Debug>(value: &str) {
        let source = format!("x: {value}\n");
        let read = crate::settings::yaml::read::<BTreeMap<String, T>>(source.as_bytes(), LIMIT);
        let alone: Option<BTreeMap<String, T>> = match parse(&source, Duplicates::Refused) {
            Ok(_) => serde_yaml::from_str(&source).ok(),
            Err(_) => None,
        };
        assert_eq!(format!("{:?}", read.ok()), format!("{alone:?}"), "{source}");
    }

    #[test]
    fn a_type_is_read_as_the_parser_reads_it() {
        const VALUES: &str = "~ | null | 'null' | true | False | no | 'true' | 0 | 1 | -1 | 007 | 0x1F | 0o7 | 1.5 | 1.50 | -1e3 | .inf | \
            .nan | 18446744073709551615 | 18446744073709551616 | -9223372036854775809 | 1e400 | text | '1' | \"a\\tb\" | [] | [1, 2] | \
            [a, 1, true, ~] | ['a', \"b\"] | {} | {a: b} | {a: 1} | {a: ~} | {a: b, b: [1]} | {a: b, b: ~} | {b: [1.0]} | {c: 1} | \
            {1: a} | {true: a} | {a: b, a: b} | [a, [1]] | !t a | &n a | !!str 1 | !!int 'a' | 2026-01-01 | [&n {a: b}, *n] | >-\n  a";
        for value in VALUES.split(" | ").chain(["", "|\n  a\n  b"]) {
            agree::<String>(value);
            agree::<Option<String>>(value);
            agree::<bool>(value);
            agree::<u64>(value);
            agree::<Option<u32>>(value);
            agree::<i64>(value);
            agree::<f64>(value);
            agree::<serde_json::Number>(value);
            agree::<serde_json::Value>(value);
            agree::<Vec<String>>(value);
            agree::<Vec<i64>>(value);
            agree::<(String, i64)>(value);
            agree::<BTreeMap<String, String>>(value);
            agree::<Shape>(value);
            agree::<Vec<Shape>>(value);
            agree::<()>(value);
        }
    }
}
