//! Mappings as they are written: in order, with every key once.
//!
//! Promises: a repeated key is an error, never a silent overwrite. Absent: look-up faster than a walk (manifests are small).

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// Most keys in one mapping.
pub const MOST: usize = 1024;

/// A mapping from names to values in the order of its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Ordered<V>(Vec<(String, V)>);

impl<V> Default for Ordered<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> FromIterator<(String, V)> for Ordered<V> {
    /// In this order; of a repeated key the first counts.
    fn from_iter<I: IntoIterator<Item = (String, V)>>(given: I) -> Self {
        let mut pairs: Vec<(String, V)> = Vec::new();
        for (key, value) in given {
            if !pairs.iter().any(|(there, _)| *there == key) {
                pairs.push((key, value));
            }
        }
        Self(pairs)
    }
}

impl<V> Ordered<V> {
    /// The pairs in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// These, and of `more` what is not among them.
    #[must_use]
    pub fn followed_by(&self, more: &Self) -> Self
    where
        V: Clone,
    {
        self.0.iter().chain(&more.0).cloned().collect()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value at `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Ordered<V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Pairs<V> {
            type Value = Ordered<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<V>, A::Error> {
                let mut pairs: Vec<(String, V)> = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    if pairs.len() >= MOST {
                        return Err(A::Error::custom(format_args!("more than {MOST} keys")));
                    }
                    if pairs.iter().any(|(there, _)| *there == key) {
                        return Err(A::Error::custom(format_args!("the key {key:?} stands twice")));
                    }
                    let value = map.next_value()?;
                    pairs.push((key, value));
                }
                Ok(Ordered(pairs))
            }
        }
        from.deserialize_map(Pairs(PhantomData))
    }
}

impl<V: Serialize> Serialize for Ordered<V> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
