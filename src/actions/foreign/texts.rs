//! From the bytes of a file of a foreign tool to what stands at a key.
//!
//! Promises: what cannot be parsed is said, and nothing of the file's content with it. Absent: the formats (`settings`).

use crate::manifest::foreign::files::Kept;
use crate::manifest::foreign::truths::Seen;
use crate::settings::dotenv;
use crate::settings::format::Format;
use crate::settings::hcl::{Refers, blocks, look as look_at_hcl, number_text};
use crate::settings::hocon::{Told, look as look_at_hocon};
use crate::settings::value::{EVERY, Field, ReadError, Root, Scalar};

/// The format of a file that is a text.
#[must_use]
pub const fn format(kept: Kept) -> Option<Format> {
    match kept {
        Kept::Yaml => Some(Format::Yaml),
        Kept::Json => Some(Format::Json),
        Kept::Jsonc => Some(Format::Jsonc),
        Kept::Toml => Some(Format::Toml),
        Kept::Ini => Some(Format::Ini),
        Kept::Dotenv(dialect) => Some(Format::Dotenv(dialect)),
        Kept::Hcl => Some(Format::Hcl),
        Kept::Hocon => Some(Format::Hocon),
        Kept::Text | Kept::Sqlite => None,
    }
}

/// The keys as the formats take them.
fn path(key: &[String]) -> Vec<&str> {
    key.iter().map(String::as_str).collect()
}

/// What stands at `key`.
#[must_use]
pub fn seen(kept: Kept, source: &[u8], key: &[String]) -> Seen {
    if let (Kept::Text, [text]) = (kept, key) {
        return in_text(source, text);
    }
    if kept == Kept::Hocon {
        return in_hocon(source, key, &|_| Told::Unknown);
    }
    let Some(format) = format(kept) else { return Seen::Broken(NO_TEXT.to_owned()) };
    if let (Kept::Dotenv(dialect), [name]) = (kept, key)
        && let Ok(reading) = dotenv::read(source, dialect, name)
        && reading.value.is_some()
    {
        if reading.follows {
            return Seen::Broken("its value is made of other variables".to_owned());
        }
        if reading.differs {
            return Seen::Broken("releases of its reader read it differently".to_owned());
        }
    }
    match format.read(source, &[&path(key)]) {
        Err(error) => Seen::Broken(words(&error)),
        Ok(fields) if fields.root() == Root::Empty => Seen::Empty,
        Ok(fields) => match fields.field(0) {
            Field::Present(Scalar::Other) if kept == Kept::Hcl && computed(source, key) => {
                Seen::Broken("it is computed when it is read".to_owned())
            }
            Field::Present(Scalar::Text(text)) if kept == Kept::Hcl && text.contains(MARKS) => {
                Seen::Broken("its letters and their marks stand apart, and its program puts them together".to_owned())
            }
            Field::Present(Scalar::Number(written)) if kept == Kept::Hcl => match number_text(written) {
                Some(text) => Seen::Value(Scalar::Number(text)),
                None => Seen::Broken("it is a number of more digits than its program keeps".to_owned()),
            },
            field => of_field(field),
        },
    }
}

fn of_field(field: &Field) -> Seen {
    match field {
        Field::Absent => Seen::Absent,
        Field::UnderNull | Field::UnderOther => Seen::Under,
        Field::Present(Scalar::Null) => Seen::Null,
        Field::Present(value) => Seen::Value(value.clone()),
    }
}

/// What stands at `key` of HOCON, where `env` tells of the variables that it refers to.
#[must_use]
pub fn in_hocon(source: &[u8], key: &[String], env: &dyn Fn(&str) -> Told) -> Seen {
    if Format::Hocon.read(source, &[]).is_ok_and(|fields| fields.root() == Root::Empty) {
        return Seen::Empty;
    }
    // What keeps the program from starting says nothing of what stands elsewhere in the text.
    let looked =
        look_at_hocon(source, &path(key), env).or_else(|_| look_at_hocon(source, &path(key), &|_| Told::Unknown));
    match looked {
        Err(error) => Seen::Broken(words(&error)),
        Ok(looked) if looked.unknown => {
            let names: Vec<String> = looked.variables.iter().map(|name| format!("${name}")).collect();
            Seen::Broken(format!("it follows {}, and what starts the program decides", names.join(", ")))
        }
        Ok(looked) => match looked.includes.first() {
            Some(include) => Seen::Broken(format!("{}, which it includes, may say otherwise", include.name)),
            None => of_field(&looked.field),
        },
    }
}

/// Whether a value of HCL is an expression.
fn computed(source: &[u8], key: &[String]) -> bool {
    look_at_hcl(source, &path(key)).is_ok_and(|looked| looked.refers.is_some())
}

/// Whether a text stands anywhere in a file of any text; what stands at its `{}`, where it has one: up to what comes next on that line.
fn in_text(source: &[u8], text: &str) -> Seen {
    let Some((before, after)) = text.split_once("{}") else {
        let there = source.windows(text.len().max(1)).any(|part| part == text.as_bytes());
        return if there { Seen::Value(Scalar::Text(text.to_owned())) } else { Seen::Absent };
    };
    let Ok(source) = std::str::from_utf8(source) else { return Seen::Broken("it is not UTF-8".to_owned()) };
    let found = source.lines().find_map(|line| line.split_once(before)?.1.split_once(after).map(|(value, _)| value));
    found.map_or(Seen::Absent, |value| Seen::Value(Scalar::Text(value.to_owned())))
}

/// Whether anything stands at `key`, whatever it is.
#[must_use]
pub fn stands(kept: Kept, source: &[u8], key: &[String]) -> bool {
    match (kept, key) {
        (Kept::Text, [text]) => in_text(source, text).is_there(),
        (Kept::Hocon, _) => look_at_hocon(source, &path(key), &|_| Told::Unknown)
            .is_ok_and(|looked| matches!(looked.field, Field::Present(_))),
        _ => format(kept).is_some_and(|format| {
            let fields = format.read(source, &[&path(key)]);
            fields.is_ok_and(|fields| matches!(fields.field(0), Field::Present(_)))
        }),
    }
}

/// All that stands at a `key` of which a step may be `*`; nothing where the text cannot be read.
#[must_use]
pub fn all(kept: Kept, source: &[u8], key: &[String]) -> Vec<Seen> {
    let gathered = format(kept).and_then(|format| format.gathered(source, &path(key)).ok());
    gathered.into_iter().flatten().map(|(value, _)| Seen::Value(value)).collect()
}

/// The line of `key`, where it is there.
#[must_use]
pub fn line(kept: Kept, source: &[u8], key: &[String]) -> Option<u32> {
    format(kept)?.line_of(source, &path(key))
}

/// The first labels of all blocks of HCL of this type, in their order.
#[must_use]
pub fn labels(source: &[u8], kind: &str) -> Vec<String> {
    let found = blocks(source, kind).unwrap_or_default();
    found.into_iter().filter_map(|block| block.labels.into_iter().next()).collect()
}

/// The texts at `key` of those items of a list of JSON in which `filter` holds.
///
/// # Errors
/// It cannot be read.
pub fn in_items(
    source: &[u8],
    each: &[String],
    filter: &[(String, String)],
    key: &[String],
) -> Result<Vec<String>, ReadError> {
    let mut list = path(each);
    list.push(EVERY);
    let mut all = Vec::new();
    for item in Format::Json.parts(source, &list)?.unwrap_or_default() {
        let holds = |(name, text): &(String, String)| {
            let fields = Format::Json.read(item, &[&[name.as_str()]]);
            fields.is_ok_and(|fields| *fields.field(0) == Field::Present(Scalar::Text(text.clone())))
        };
        if filter.iter().all(holds) {
            let found = Format::Json.gathered(item, &path(key))?;
            all.extend(found.into_iter().filter_map(|(value, _)| Seen::Value(value).text()));
        }
    }
    Ok(all)
}

/// The variable of HCL that the value at `key` is, and whether it is its contrary.
#[must_use]
pub fn refers(kept: Kept, source: &[u8], key: &[String]) -> Option<(String, bool)> {
    if kept != Kept::Hcl {
        return None;
    }
    match look_at_hcl(source, &path(key)).ok()?.refers? {
        Refers::Variable(name) => Some((name, false)),
        Refers::Not(name) => Some((name, true)),
        Refers::Expression => None,
    }
}

/// How many items the list at `key` has, where there is one.
#[must_use]
pub fn length(kept: Kept, source: &[u8], key: &[String]) -> Option<usize> {
    format(kept)?.length(source, &path(key))
}

/// Lines that look as if they set `key` and are never read, with the broken line that hides them.
#[must_use]
pub fn hidden(kept: Kept, source: &[u8], key: &[String]) -> Option<(u32, Vec<u32>)> {
    let (Kept::Dotenv(dialect), [name]) = (kept, key) else { return None };
    let reading = dotenv::read(source, dialect, name).ok()?;
    reading.stopped_at.filter(|_| !reading.hidden.is_empty()).map(|line| (line, reading.hidden))
}

/// Whether the text can be read, and is a mapping from keys.
#[must_use]
pub fn has_keys(kept: Kept, source: &[u8]) -> bool {
    format(kept).is_some_and(|format| format.read(source, &[]).is_ok_and(|fields| fields.root() == Root::Mapping))
}

/// Why the text cannot be read, where it cannot.
#[must_use]
pub fn fault(kept: Kept, source: &[u8]) -> Option<String> {
    format(kept)?.read(source, &[]).err().map(|error| words(&error))
}

/// What cannot be read, in words.
#[must_use]
pub fn words(error: &ReadError) -> String {
    match error.line {
        Some(line) => format!("it {}, line {line}", error.kind),
        None => format!("it {}", error.kind),
    }
}

/// Marks that stand behind their letters: HCL's library makes one sign of both (NFC), which is not made here.
const MARKS: fn(char) -> bool = |sign| matches!(sign, '\u{300}'..='\u{36f}');
/// What is said of a file that is no text of settings.
const NO_TEXT: &str = "it is no text of settings";
