//! One key of a foreign tool's file changed, in whichever format the file is kept.
//!
//! Promises: every other byte stays, or the edit is refused (`settings`). Absent: which key, and whether.

use crate::identity::shapes::Shape;
use crate::manifest::foreign::files::{DotenvReader, Kept};
use crate::manifest::foreign::ids::{Form, FormKind};
use crate::manifest::foreign::truths::Literal;
use crate::settings::dotenv::{self, Dialect, Reader, Wins};
use crate::settings::json::{self, Grammar};
use crate::settings::value::{EditError, Refusal, Value};
use crate::settings::{ini, toml, yaml};

/// How a program reads its dotenv file.
#[must_use]
pub const fn dialect(reader: DotenvReader) -> Dialect {
    match reader {
        DotenvReader::Dotenvy => Dialect { reader: Reader::Dotenvy, wins: Wins::First },
        DotenvReader::DotenvyOverride => Dialect { reader: Reader::Dotenvy, wins: Wins::Last },
        DotenvReader::PythonDotenv => Dialect { reader: Reader::Python, wins: Wins::Last },
        DotenvReader::NodeDotenv => Dialect { reader: Reader::Npm, wins: Wins::Last },
    }
}

/// `source` with `key` set to this value; a source of no bytes is a new file.
///
/// # Errors
/// It cannot be changed without touching something else.
pub fn set(kept: Kept, source: &[u8], key: &[String], value: &Literal) -> Result<Vec<u8>, EditError> {
    let path: Vec<&str> = key.iter().map(String::as_str).collect();
    let new = match value {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Text(text) => Value::Text(text),
        Literal::Number(text) => text.parse().map_or(Value::Text(text), Value::Number),
    };
    match (kept, path.as_slice()) {
        (Kept::Yaml, _) => yaml::set(source, &path, &new),
        (Kept::Json, _) => json::set(source, Grammar::Json, &path, &new),
        (Kept::Jsonc, _) => json::set(source, Grammar::Jsonc, &path, &new),
        (Kept::Toml, _) => toml::set(source, &path, &new),
        (Kept::Ini, _) => ini::set(source, &path, &new),
        (Kept::Dotenv(reader), [name]) => dotenv::set(source, dialect(reader), name, &text(value)),
        (Kept::Dotenv(_) | Kept::Sqlite, _) => Err(by_hand(&path)),
    }
}

/// `source` without `key`.
///
/// # Errors
/// As [`set`].
pub fn remove(kept: Kept, source: &[u8], key: &[String]) -> Result<Vec<u8>, EditError> {
    let path: Vec<&str> = key.iter().map(String::as_str).collect();
    match (kept, path.as_slice()) {
        (Kept::Yaml, _) => yaml::remove(source, &path),
        (Kept::Json, _) => json::remove(source, Grammar::Json, &path),
        (Kept::Jsonc, _) => json::remove(source, Grammar::Jsonc, &path),
        (Kept::Toml, _) => toml::remove(source, &path),
        (Kept::Ini, _) => ini::remove(source, &path),
        (Kept::Dotenv(reader), [name]) => dotenv::remove(source, dialect(reader), name),
        (Kept::Dotenv(_) | Kept::Sqlite, _) => Err(by_hand(&path)),
    }
}

fn by_hand(path: &[&str]) -> EditError {
    let by_hand = format!("change {} with the program's own tools", path.join("."));
    EditError::Refused { why: Refusal::Unwritable, line: None, by_hand }
}

/// A value as a text, as it stands after the `=` of a variable.
#[must_use]
pub fn text(value: &Literal) -> String {
    match value {
        Literal::Bool(value) => value.to_string(),
        Literal::Number(text) | Literal::Text(text) => text.clone(),
    }
}

/// A fresh id of this form.
#[must_use]
pub fn fresh(form: &Form) -> String {
    let shape = match form.kind {
        FormKind::Uuid => Shape::Uuid,
        FormKind::Hex32 => Shape::Hex32,
        FormKind::Snowflake => Shape::Snowflake,
        FormKind::Text => Shape::Text,
    };
    format!("{}{}", form.prefix, shape.fresh())
}

/// How many items the list at `key` has; none where that cannot be told.
#[must_use]
pub fn length(kept: Kept, source: &[u8], key: &[String]) -> Option<usize> {
    let path: Vec<&str> = key.iter().map(String::as_str).collect();
    match kept {
        Kept::Json => json::length(source, json::LIMIT, Grammar::Json, &path),
        Kept::Jsonc => json::length(source, json::LIMIT, Grammar::Jsonc, &path),
        Kept::Yaml | Kept::Toml | Kept::Ini | Kept::Dotenv(_) | Kept::Sqlite => None,
    }
}
