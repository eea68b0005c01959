//! What people write by hand: the profile, a project's config, the policy, and edits of all of them.
//!
//! Promises: a yes is a yes for a second reader too; an edit changes one value and keeps every other line. Absent: files on disk.

use std::collections::BTreeMap;
use std::fmt::Formatter;

use serde::de::{EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_yaml::Value as Tree;

use telemetry::consent::policy::{self, Policy};
use telemetry::identity::profile::{self, Contents, Profile, Tracking};
use telemetry::identity::project::{self, Word};
use telemetry::settings::value::{EditError, Field, Scalar, Value};
use telemetry::settings::yaml::{self, LIMIT};

use super::{cuts, is_id};

const TRACKING: &[&str] = &["anonymous_tracking"];
const ID: &[&str] = &["telemetry", "id"];

/// The top level of a document as the YAML library itself reads it: the name and the value of every pair, repeated ones too.
struct Top(Vec<(Key, Option<Tree>)>);

/// A key: its text, where it is one.
struct Key(Option<String>);

struct Pairs;
struct Keys;

impl<'de> Deserialize<'de> for Top {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Pairs)
    }
}

impl<'de> Visitor<'de> for Pairs {
    type Value = Top;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Top, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key::<Key>()? {
            // Other values may be what the library has no type for, such as a number of a hundred digits.
            let value = match key.0.as_deref() {
                Some("anonymous_tracking") => Some(map.next_value()?),
                _ => map.next_value::<IgnoredAny>().map(|_| None)?,
            };
            pairs.push((key, value));
        }
        Ok(Top(pairs))
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Keys)
    }
}

impl<'de> Visitor<'de> for Keys {
    type Value = Key;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Key, E> {
        Ok(Key(Some(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Key, E> {
        Ok(Key(None))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Key, E> {
        Ok(Key(None))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Key, E> {
        Ok(Key(None))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Key, E> {
        Ok(Key(None))
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<Key, E> {
        Ok(Key(None))
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Key, E> {
        Ok(Key(None))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Key, E> {
        Ok(Key(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Key, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Key(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Key, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Key(None))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Key, A::Error> {
        let (_, inner) = tagged.variant::<IgnoredAny>()?;
        inner.newtype_variant::<IgnoredAny>().map(|_| Key(None))
    }
}

impl Top {
    /// `None` where the library cannot read it.
    fn read(bytes: &[u8]) -> Option<Self> {
        serde_yaml::from_slice(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)).ok()
    }

    fn of<'t>(&'t self, key: &'t str) -> impl Iterator<Item = Option<&'t Tree>> {
        self.0.iter().filter(move |(name, _)| name.0.as_deref() == Some(key)).map(|(_, value)| value.as_ref())
    }
}

fn has(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

/// What a merge key brings in stands elsewhere than at its key.
fn merges(bytes: &[u8]) -> bool {
    has(bytes, "<<") || has(bytes, "\\")
}

fn contents(bytes: &[u8]) -> Option<Contents> {
    match profile::parse(bytes) {
        Profile::Present(contents) => Some(contents),
        Profile::Absent => panic!("text that is there is not absent"),
        Profile::Unreadable(unreadable) => {
            assert!(!unreadable.why.is_empty() && unreadable.line != Some(0), "{unreadable:?}");
            None
        }
    }
}

/// A profile: only exactly `true` is a yes, and a no that is written lands.
pub fn profile(bytes: &[u8]) -> bool {
    let off = yaml::set(bytes, TRACKING, &Value::Bool(false));
    let Some(found) = contents(bytes) else {
        // What was unreadable does not become a yes by being edited.
        assert!(off.is_err() || off.is_ok_and(|new| contents(&new).is_none_or(|new| new.tracking != Tracking::True)));
        return false;
    };
    if found.tracking == Tracking::True {
        assert!(merges(bytes) || ["true", "True", "TRUE"].iter().any(|word| has(bytes, word)), "a yes out of nothing");
        let top = Top::read(bytes).expect("a yes is readable for others");
        let said: Vec<_> = top.of("anonymous_tracking").collect();
        assert!(said == [Some(&Tree::Bool(true))] || (said.is_empty() && merges(bytes)), "a yes that says {said:?}");
    }
    if let Some(id) = &found.user_id {
        assert!(is_id(id.as_str()), "{id}");
        assert!(merges(bytes) || has(bytes, id.as_str()), "an id of its own: {id}");
    }
    if let Some(provided) = &found.provided {
        assert!(provided.as_str().len() <= 254 && provided.as_str().bytes().all(|b| b.is_ascii_graphic()));
    }
    if let Ok(new) = off {
        let now = contents(&new).expect("an edit leaves a profile");
        assert!(matches!(now.tracking, Tracking::False(_)), "a no that did not land: {now:?}");
        assert_eq!((&now.user_id, now.local, &now.provided), (&found.user_id, found.local, &found.provided));
    }
    if let Ok(new) = yaml::set(bytes, TRACKING, &Value::Bool(true)) {
        let now = contents(&new).expect("an edit leaves a profile");
        assert_eq!(now, Contents { tracking: Tracking::True, ..found });
    }
    true
}

/// A project's config: an id is of its form and stands in the text, and both a no and an id that are written land.
pub fn config(bytes: &[u8]) -> bool {
    let word = project::parse(bytes);
    match &word {
        Word::Id(id) => {
            assert!(is_id(id.as_str()), "{id}");
            assert!(merges(bytes) || has(bytes, id.as_str()), "an id out of nothing: {id}");
            if !merges(bytes) {
                let top = Top::read(bytes).expect("an id is readable for others");
                assert_eq!(top.of("telemetry").count(), 1, "said once");
            }
        }
        Word::NoId(line) => assert_ne!(*line, Some(0)),
        Word::Unreadable { why, line } => assert!(!why.is_empty() && *line != Some(0)),
        Word::Gone => panic!("text that is there is not gone"),
    }
    for cut in cuts(bytes) {
        if let Word::Id(id) = project::parse(cut) {
            assert!(is_id(id.as_str()), "{id}");
        }
    }
    if let Ok(new) = yaml::set(bytes, ID, &Value::Text("")) {
        assert!(matches!(project::parse(&new), Word::NoId(_)), "a project's no that did not land");
    }
    if let Ok(new) = yaml::set(bytes, ID, &Value::Text("fresh-1")) {
        let lands = matches!(project::parse(&new), Word::Id(id) if id.as_str() == "fresh-1");
        assert!(lands, "a project's id that did not land");
    }
    matches!(word, Word::Id(_))
}

/// What may be a word of a list.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "[]{},'\"#".contains(c)).filter(|word| !word.is_empty())
}

#[derive(Deserialize)]
struct Lists {
    allow: BTreeMap<String, Vec<String>>,
}

/// A policy: it allows what a second reader finds in its lists and nothing else, and cut short never more.
pub fn policy(bytes: &[u8]) -> bool {
    let allowed = match policy::parse(bytes) {
        Policy::Allows(allowed) => allowed,
        Policy::Absent => panic!("text that is there is not absent"),
        Policy::Unreadable { why, line } => {
            assert!(!why.is_empty() && line != Some(0));
            return false;
        }
    };
    let text = std::str::from_utf8(bytes).expect("a policy is text");
    let probes = words(text).chain(["*", "acme", "nobody-wrote-this"]).take(200).collect::<Vec<_>>();
    if let Ok(lists) = serde_yaml::from_str::<Lists>(text.trim_start_matches('\u{feff}')) {
        let lists = |key: &str, word: &str| {
            lists.allow.get(key).is_some_and(|list| list.iter().any(|entry| entry == "*" || entry == word))
        };
        for word in &probes {
            assert_eq!(allowed.tool(word), lists("tools", word), "tool {word:?}");
            assert_eq!(allowed.purpose(word), lists("purposes", word), "purpose {word:?}");
            assert_eq!(allowed.destination(word, word), lists("destinations", word), "destination {word:?}");
        }
    }
    // A last newline may go; anything else that goes takes the end mark along.
    let body = text.trim_end();
    let tail = (0..body.len().min(40)).filter_map(|gone| bytes.get(..body.len() - gone));
    for cut in cuts(bytes).chain(tail) {
        if let Policy::Allows(less) = policy::parse(cut) {
            // What stood last may have become another word.
            let last = words(std::str::from_utf8(cut).expect("a policy is text")).last();
            for word in probes.iter().copied().chain(last) {
                assert!(!less.tool(word) || allowed.tool(word), "cut to {} it allows {word:?}", cut.len());
                assert!(!less.purpose(word) || allowed.purpose(word), "cut to {} it allows {word:?}", cut.len());
                let more = less.destination(word, word) && !allowed.destination(word, word);
                assert!(!more, "cut to {} it allows {word:?}", cut.len());
            }
        }
    }
    true
}

/// The lines of `old` that are not in `new`, those that both begin and end with aside; blank ones do not count.
fn lost<'t>(old: &'t str, new: &'t str) -> Vec<&'t str> {
    let lines = |text: &'t str| text.trim_start_matches('\u{feff}').lines().collect::<Vec<_>>();
    let (mut old, mut new) = (lines(old), lines(new));
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    (old, new) = (old.split_off(same), new.split_off(same));
    while old.last().is_some_and(|line| new.last() == Some(line)) {
        old.pop();
        new.pop();
    }
    old.retain(|line| !line.trim().is_empty());
    old
}

/// An edit of one key: it lands, it is stable, one line at most is another, and what cannot be read is not changed.
pub fn edit(bytes: &[u8]) -> bool {
    let paths: [&[&str]; 4] = [&["user_id"], ID, &["a"], &["a", "b"]];
    let values = [Value::Bool(true), Value::Text("it's # new"), Value::Bool(false), Value::Text("")];
    let readable = yaml::fields(bytes, LIMIT, &[]).is_ok();
    let mut landed = false;
    for (path, value) in paths.iter().zip(&values) {
        assert_ne!(yaml::line_of(bytes, path), Some(0));
        match yaml::set(bytes, path, value) {
            Ok(new) => {
                landed = true;
                assert!(readable, "what cannot be read is not changed");
                edited(bytes, &new, path, value);
            }
            Err(EditError::Unreadable(error)) => assert_ne!(error.line, Some(0)),
            Err(EditError::Refused { line, by_hand, .. }) => assert!(line != Some(0) && !by_hand.is_empty()),
        }
        if let Ok(new) = yaml::remove(bytes, path) {
            assert!(readable, "what cannot be read is not changed");
            let left = yaml::fields(&new, LIMIT, &[path]).expect("an edit leaves what can be read");
            assert!(
                new == bytes || matches!(left.field(0), Field::Absent | Field::UnderNull) || merges(bytes),
                "{left:?}"
            );
        }
    }
    landed
}

fn edited(bytes: &[u8], new: &[u8], path: &[&str], value: &Value<'_>) {
    let wanted = match value {
        Value::Bool(value) => Scalar::Bool(*value),
        Value::Text(text) => Scalar::Text((*text).to_owned()),
        Value::Number(number) => Scalar::Number(number.to_string()),
        Value::EmptyList => Scalar::Other,
    };
    let found = yaml::fields(new, LIMIT, &[path]).expect("an edit leaves what can be read");
    assert_eq!(found.field(0), &Field::Present(wanted));
    match yaml::set(new, path, value) {
        Ok(again) => assert_eq!(again, new, "twice is once"),
        // Where the second parser is lost, a text that may want its quotes is not looked at again.
        Err(refused) => assert!(matches!((value, &refused), (Value::Text(_), EditError::Refused { .. })), "{refused}"),
    }
    let (old, new) = (std::str::from_utf8(bytes).expect("text"), std::str::from_utf8(new).expect("text"));
    assert!(lost(old, new).len() <= 1, "{:?}", lost(old, new));
    assert_eq!(old.starts_with('\u{feff}'), new.starts_with('\u{feff}'));
}
