//! From the bytes of a file of a foreign tool to what stands at a key.
//!
//! Promises: what cannot be parsed is said, and nothing of the file's content with it. Absent: the formats (`settings`).

use crate::manifest::foreign::files::Kept;
use crate::manifest::foreign::truths::Seen;
use crate::settings::value::{Field, Fields, Root, Scalar};
use crate::settings::yaml;

/// What stands at `key`.
#[must_use]
pub fn seen(kept: Kept, source: &[u8], key: &[String]) -> Seen {
    let wanted: Vec<&str> = key.iter().map(String::as_str).collect();
    match read(kept, source, &wanted) {
        Err(why) => Seen::Broken(why),
        Ok(fields) if fields.root() == Root::Empty => Seen::Empty,
        Ok(fields) => match fields.field(0) {
            Field::Absent => Seen::Absent,
            Field::UnderNull | Field::UnderOther => Seen::Under,
            Field::Present(Scalar::Null) => Seen::Null,
            Field::Present(value) => Seen::Value(value.clone()),
        },
    }
}

fn read(kept: Kept, source: &[u8], wanted: &[&str]) -> Result<Fields, String> {
    match kept {
        Kept::Yaml | Kept::Json => yaml::fields(source, yaml::LIMIT, &[wanted]).map_err(|error| {
            format!("it {}{}", error.kind, error.line.map(|line| format!(", line {line}")).unwrap_or_default())
        }),
        Kept::Jsonc | Kept::Toml | Kept::Ini | Kept::Dotenv(_) | Kept::Sqlite => {
            Err("it is of a form that cannot be read here".to_owned())
        }
    }
}

/// The line of `key`, where it is there.
#[must_use]
pub fn line(kept: Kept, source: &[u8], key: &[String]) -> Option<u32> {
    let wanted: Vec<&str> = key.iter().map(String::as_str).collect();
    match kept {
        Kept::Yaml | Kept::Json => yaml::line_of(source, &wanted),
        Kept::Jsonc | Kept::Toml | Kept::Ini | Kept::Dotenv(_) | Kept::Sqlite => None,
    }
}
