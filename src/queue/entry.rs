//! An event as it waits: the stored form, version 1, one JSON line.
//!
//! A segment is UTF-8. Each event is one JSON object on one line that ends in a newline, without spaces between its parts, in one
//! write; its keys in this order:
//!
//! | key | what | left out |
//! |---|---|---|
//! | `n` | the line's number in its segment, from 1 (the last one tells how many there are) | in `pairs/` |
//! | `version` | `1` | |
//! | `id` | a UUID of its own, in lower case with hyphens: the same on every attempt | |
//! | `event` | its name in the manifest | |
//! | `time_ms` | when it was recorded, milliseconds since 1970 | |
//! | `phase` | `"started"` or `"completed"` | where it is no pair |
//! | `pair` | the id that both events of a pair carry | where it is no pair |
//! | `fields` | the values by name, in the order of the manifest: boolean, integer, number or text | |
//! | `facts` | the facts by name, each a text | |
//! | `project` | the folder of its project, so that a later flush can ask it again; it never leaves the machine | where there is none |
//! | `destinations` | the names of where it goes | |
//!
//! ```json
//! {"n":1,"version":1,"id":"63da4e74-c000-4879-aa4f-0b58d1884301","event":"build","time_ms":1795237731379,"phase":"started","pair":"7ac97fde8887456ab1f127f8744c04e5","fields":{"ok":true,"n":-3,"x":0.5,"t":"a\"b"},"facts":{"os":"linux"},"project":"/home/ada/work","destinations":["main"]}
//! ```
//!
//! A started event stands in `pairs/PAIR.json` as well, without `n` and without a newline, until it is completed; the file is called
//! `PAIR.begins` until the start is queued, and `PAIR.ends` from when the end is about to be (`pairs`). `telemetry run` holds a lock
//! (flock) on that file for as long as it runs; one that nobody holds was killed, or is some other program's.
//!
//! A line that is not of this form is no event: the next append ends it with a newline where it was cut, and it is counted as
//! lost (`torn`) when its batch is done. So are zeros, which a power cut may leave at the end of a file; what lies under them is
//! one loss for every 256 KiB. A line of a newer version is left as it is: its batch stays, and what of it is ours goes out, once.
//! Empty lines and keys that are not known are passed over.
//!
//! Promises: what was written reads back. Absent: ids of a person (they are added when a body is made).

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::marker::PhantomData;
use std::path::PathBuf;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::host::clock::Timestamp;
use crate::identity::ids::Id;
use crate::manifest::events::Value;
use crate::manifest::tool::Fact;
use crate::payload::event::{Event, Phase};
use crate::payload::said::Scalar;
use crate::queue::limits::LONGEST_LINE;

/// The version of the stored form.
pub const VERSION: u32 = 1;

/// An event that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The event.
    pub event: Event,
    /// The folder of the project it was recorded in.
    pub project: Option<PathBuf>,
    /// Where it goes.
    pub destinations: Vec<String>,
}

/// Names and values in their order. Read without a tree of them: an event has many, and a flush reads many events.
#[derive(Debug, Default)]
struct Pairs<T>(Vec<(String, T)>);

/// A single value as it is stored.
#[derive(Debug)]
struct One(Value);

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    id: String,
    event: String,
    time_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pair: Option<String>,
    fields: Pairs<One>,
    facts: Pairs<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    destinations: Vec<String>,
}

impl Entry {
    /// The stored form without `n` and the brace before it: `"version":1,…}`.
    #[must_use]
    pub fn to_rest(&self) -> String {
        let Self { event, project, destinations } = self;
        let stored = Stored {
            version: VERSION,
            id: event.id.clone(),
            event: event.name.clone(),
            time_ms: event.time.ms(),
            phase: event.pair.as_ref().map(|(phase, _)| phase.as_str().to_owned()),
            pair: event.pair.as_ref().map(|(_, id)| id.to_string()),
            fields: Pairs(event.fields.iter().map(|(name, value)| (name.clone(), One(value.clone()))).collect()),
            facts: Pairs(event.facts.iter().map(|(fact, text)| (fact.as_str().to_owned(), text.clone())).collect()),
            project: project.as_ref().and_then(|path| path.to_str()).map(str::to_owned),
            destinations: destinations.clone(),
        };
        let line = serde_json::to_string(&stored).unwrap_or_default();
        line.strip_prefix('{').unwrap_or_default().to_owned()
    }

    /// Reads one line; `None` when it is not an event of version 1.
    #[must_use]
    pub fn parse(line: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(line).ok()?;
        if stored.version != VERSION {
            return None;
        }
        let phase = match stored.phase.as_deref() {
            None => None,
            Some("started") => Some(Phase::Started),
            Some("completed") => Some(Phase::Completed),
            Some(_) => return None,
        };
        let pair = match (phase, stored.pair) {
            (None, None) => None,
            (Some(phase), Some(pair)) => Some((phase, Id::new(&pair).ok()?)),
            (None, Some(_)) | (Some(_), None) => return None,
        };
        let fields = stored.fields.0.into_iter().map(|(name, One(value))| (name, value)).collect();
        let fact = |(name, text): (String, String)| Some((Fact::named(&name)?, text));
        let facts = stored.facts.0.into_iter().map(fact).collect::<Option<_>>()?;
        let time = Timestamp::from_ms(stored.time_ms);
        let event = Event { id: stored.id, name: stored.event, time, pair, fields, facts };
        Some(Self { event, project: stored.project.map(PathBuf::from), destinations: stored.destinations })
    }
}

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs: Vec<(String, T)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, T>()? {
                    match pairs.iter_mut().find(|(there, _)| *there == name) {
                        // A line of ours has no name twice; of one that was changed by hand the last one counts.
                        Some(pair) => pair.1 = value,
                        None => pairs.push((name, value)),
                    }
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(InOrder(PhantomData))
    }
}

impl Serialize for One {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Scalar::of(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Single;
        impl Visitor<'_> for Single {
            type Value = One;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a single value")
            }

            fn visit_bool<E>(self, value: bool) -> Result<One, E> {
                Ok(One(Value::Bool(value)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<One, E> {
                Ok(One(Value::Integer(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<One, E> {
                #[expect(clippy::cast_precision_loss, reason = "above 64 bits of ours it is a number like any other")]
                let large = || Value::Number(value as f64);
                Ok(One(i64::try_from(value).map_or_else(|_| large(), Value::Integer)))
            }

            fn visit_f64<E>(self, value: f64) -> Result<One, E> {
                Ok(One(Value::Number(value)))
            }

            fn visit_str<E>(self, text: &str) -> Result<One, E> {
                Ok(One(Value::Text(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<One, E> {
                Ok(One(Value::Text(text)))
            }
        }
        from.deserialize_any(Single)
    }
}

/// The events of a segment, one after the other, with bounded memory.
pub struct Entries<R: Read> {
    lines: BufReader<R>,
    line: Vec<u8>,
    /// Lines that were no events.
    pub torn: u64,
    /// Lines that a newer version wrote: they wait for it.
    pub newer: u64,
}

#[derive(Deserialize)]
struct OnlyVersion {
    version: u32,
}

fn is_newer(line: &[u8]) -> bool {
    serde_json::from_slice::<OnlyVersion>(line).is_ok_and(|only| only.version > VERSION)
}

impl<R: Read> Entries<R> {
    /// Reads from `source`.
    pub fn new(source: R) -> Self {
        Self { lines: BufReader::with_capacity(64 * 1024, source), line: Vec::new(), torn: 0, newer: 0 }
    }

    /// The next event; lines that are none are counted and passed over.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn advance(&mut self) -> std::io::Result<Option<Entry>> {
        loop {
            self.line.clear();
            let most = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
            let read = (&mut self.lines).take(most).read_until(b'\n', &mut self.line)?;
            if read == 0 {
                return Ok(None);
            }
            if self.line.trim_ascii().is_empty() {
                continue;
            }
            match Entry::parse(&self.line) {
                Some(entry) => return Ok(Some(entry)),
                None if is_newer(&self.line) => self.newer = self.newer.saturating_add(1),
                None => self.torn = self.torn.saturating_add(1),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn entry() -> Entry {
        let event = Event {
            id: "63da4e74-c000-4879-aa4f-0b58d1884301".to_owned(),
            name: "build".to_owned(),
            time: Timestamp::from_ms(7),
            pair: Some((Phase::Started, Id::new("p1").expect("an id"))),
            fields: vec![
                ("ok".to_owned(), Value::Bool(true)),
                ("n".to_owned(), Value::Integer(-3)),
                ("x".to_owned(), Value::Number(0.5)),
                ("t".to_owned(), Value::Text("a\"b".to_owned())),
            ],
            facts: vec![(Fact::Os, "linux".to_owned())],
        };
        Entry { event, project: Some(PathBuf::from("/p")), destinations: vec!["main".to_owned()] }
    }

    #[test]
    fn an_entry_reads_back() {
        let line = format!("{{\"n\":1,{}\n", entry().to_rest());
        assert_eq!(Entry::parse(line.as_bytes()), Some(entry()));
    }

    #[test]
    fn lines_that_are_no_events_are_counted_and_passed_over() {
        let good = format!("{{\"n\":1,{}\n", entry().to_rest());
        let newer = good.replace("\"version\":1", "\"version\":2");
        let cut: String = good.chars().take(good.len() / 2).collect();
        let zeros = "\0".repeat(100);
        let source = format!("{cut}\n{good}{newer}{zeros}\n\n{good}garbage");
        let mut entries = Entries::new(source.as_bytes());
        let mut found = 0;
        while entries.advance().expect("readable").is_some() {
            found += 1;
        }
        assert_eq!((found, entries.torn, entries.newer), (2, 3, 1));
    }
}
