//! The formats, and one way into each of them.
//!
//! Promises: what each format promises; a text that cannot be read is an error in every one of them. Paths are keys from the top
//! of the document.
//!
//! Deliberately absent: guessing a format from a name or a text.

use crate::settings::dotenv::{self, Dialect};
use crate::settings::json::{self, Grammar};
use crate::settings::value::{EditError, Fields, ReadError, Refusal, Root, Scalar, Value};
use crate::settings::{ini, toml, yaml};

/// How a file is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// JSON with comments, and with commas after the last item.
    Jsonc,
    /// TOML.
    Toml,
    /// INI.
    Ini,
    /// Lines of `NAME=value`, as this dialect reads them. A path is one name, and every value a text.
    Dotenv(Dialect),
}

impl Format {
    /// Most bytes of a file in this format that are read. Fewer may be changed.
    #[must_use]
    pub fn limit(self) -> usize {
        match self {
            Format::Yaml => yaml::LIMIT,
            Format::Json | Format::Jsonc => json::LIMIT,
            Format::Toml => toml::LIMIT,
            Format::Ini => ini::LIMIT,
            Format::Dotenv(_) => dotenv::LIMIT,
        }
    }

    /// What stands at each of the `wanted` paths.
    pub fn read(self, source: &[u8], wanted: &[&[&str]]) -> Result<Fields, ReadError> {
        match self {
            Format::Yaml => yaml::fields(source, yaml::LIMIT, wanted),
            Format::Json => json::fields(source, json::LIMIT, Grammar::Json, wanted),
            Format::Jsonc => json::fields(source, json::LIMIT, Grammar::Jsonc, wanted),
            Format::Toml => toml::fields(source, toml::LIMIT, wanted),
            Format::Ini => ini::fields(source, ini::LIMIT, wanted),
            Format::Dotenv(dialect) => dotenv_fields(source, dialect, wanted),
        }
    }

    /// The line, from 1, of the key at `path`. None if there is none, or the text cannot be read.
    #[must_use]
    pub fn line_of(self, source: &[u8], path: &[&str]) -> Option<u32> {
        match self {
            Format::Yaml => yaml::line_of(source, path),
            Format::Json => json::line_of(source, Grammar::Json, path),
            Format::Jsonc => json::line_of(source, Grammar::Jsonc, path),
            Format::Toml => toml::line_of(source, path),
            Format::Ini => ini::line_of(source, path),
            Format::Dotenv(dialect) => match path {
                [name] => dotenv::read(source, dialect, name).ok()?.line,
                _ => None,
            },
        }
    }

    /// `source` with the key at `path` set to `value`, and every other byte kept; missing parents are created. A source of no bytes is a
    /// new file.
    pub fn set(self, source: &[u8], path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
        match self {
            Format::Yaml => yaml::set(source, path, value),
            Format::Json => json::set(source, Grammar::Json, path, value),
            Format::Jsonc => json::set(source, Grammar::Jsonc, path, value),
            Format::Toml => toml::set(source, path, value),
            Format::Ini => ini::set(source, path, value),
            Format::Dotenv(dialect) => dotenv_set(source, dialect, path, value),
        }
    }

    /// `source` without the key at `path`, and every other byte kept; the source as it is if the key is not there.
    pub fn remove(self, source: &[u8], path: &[&str]) -> Result<Vec<u8>, EditError> {
        match self {
            Format::Yaml => yaml::remove(source, path),
            Format::Json => json::remove(source, Grammar::Json, path),
            Format::Jsonc => json::remove(source, Grammar::Jsonc, path),
            Format::Toml => toml::remove(source, path),
            Format::Ini => ini::remove(source, path),
            Format::Dotenv(dialect) => match path {
                [name] => dotenv::remove(source, dialect, name),
                _ => Ok(source.to_vec()),
            },
        }
    }

    /// What stands at a path of which a step may be [`EVERY`](crate::settings::value::EVERY), in the order of the text, each with the line of
    /// its key or item where it is known. What is not there gives nothing; more than [`MOST`](crate::settings::value::MOST) are an error.
    pub fn gathered(self, source: &[u8], path: &[&str]) -> Result<Vec<(Scalar, Option<u32>)>, ReadError> {
        match self {
            Format::Yaml => yaml::gathered(source, yaml::LIMIT, path),
            Format::Json => json::gathered(source, json::LIMIT, Grammar::Json, path),
            Format::Jsonc => json::gathered(source, json::LIMIT, Grammar::Jsonc, path),
            Format::Toml => toml::gathered(source, toml::LIMIT, path),
            Format::Ini => ini::gathered(source, ini::LIMIT, path),
            Format::Dotenv(_) => {
                let fields = self.read(source, &[path])?;
                Ok(fields.scalar(0).map(|value| (value.clone(), self.line_of(source, path))).into_iter().collect())
            }
        }
    }

    /// How many items the sequence at `path` has; none where there is no sequence, or the text cannot be read.
    #[must_use]
    pub fn length(self, source: &[u8], path: &[&str]) -> Option<usize> {
        match self {
            Format::Yaml => yaml::length(source, yaml::LIMIT, path),
            Format::Json => json::length(source, json::LIMIT, Grammar::Json, path),
            Format::Jsonc => json::length(source, json::LIMIT, Grammar::Jsonc, path),
            Format::Toml => toml::length(source, toml::LIMIT, path),
            Format::Ini | Format::Dotenv(_) => None,
        }
    }

    /// The bytes, as they stand, of what is at a path of which a step may be [`EVERY`](crate::settings::value::EVERY); of JSON only, in
    /// which each part of a text is a text by itself. None for any other format.
    pub fn parts<'s>(self, source: &'s [u8], path: &[&str]) -> Result<Option<Vec<&'s [u8]>>, ReadError> {
        match self {
            Format::Json => json::parts(source, json::LIMIT, Grammar::Json, path).map(Some),
            Format::Jsonc => json::parts(source, json::LIMIT, Grammar::Jsonc, path).map(Some),
            Format::Yaml | Format::Toml | Format::Ini | Format::Dotenv(_) => Ok(None),
        }
    }
}

/// A path of more than one name stands nowhere in a dotenv file.
fn dotenv_fields(source: &[u8], dialect: Dialect, wanted: &[&[&str]]) -> Result<Fields, ReadError> {
    let names: Vec<&str> = wanted.iter().map(|path| if let [name] = path { name } else { "" }).collect();
    let values = dotenv::read_all(source, dialect, &names)?.iter().map(dotenv::Reading::field).collect();
    Ok(Fields::new(Root::Mapping, values))
}

/// Every value is written as the text that stands for it.
fn dotenv_set(source: &[u8], dialect: Dialect, path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let refused =
        |by_hand: &str| EditError::Refused { why: Refusal::Unwritable, line: None, by_hand: by_hand.to_owned() };
    let [name] = path else { return Err(refused("choose one name: a dotenv file has no names below names")) };
    match value {
        Value::Bool(value) => dotenv::set(source, dialect, name, &value.to_string()),
        Value::Number(number) => dotenv::set(source, dialect, name, &number.to_string()),
        Value::Text(text) => dotenv::set(source, dialect, name, text),
        Value::EmptyList => Err(refused("choose a text: a dotenv file has no lists")),
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::format::Format;
    use crate::settings::value::{Field, Scalar, Value};

    /// The same document in each format: `t.on` is true, `t.ids` a list, `e.*.id` two texts.
    const ALL: [(Format, &str); 5] = [
        (Format::Yaml, "t:\n  on: true\n  ids: [1, 2, 3]\ne:\n  a: {id: x}\n  b: {id: y}\n"),
        (
            Format::Json,
            "{\"t\": {\n\"on\": true, \"ids\": [1, 2, 3]},\n\"e\": {\n\"a\": {\"id\": \"x\"},\n\"b\": {\"id\": \"y\"}}}\n",
        ),
        (
            Format::Jsonc,
            "{\"t\": {\n\"on\": true, \"ids\": [1, 2, 3,]}, //\n\"e\": {\n\"a\": {\"id\": \"x\"},\n\"b\": {\"id\": \"y\"}}}\n",
        ),
        (Format::Toml, "[t]\non = true\nids = [1, 2, 3]\n[e]\na.id = 'x'\nb.id = 'y'\n"),
        (Format::Ini, "[t]\non = true\n\n[e]\nid = x\n[f]\nid = y\n"),
    ];

    #[test]
    fn each_format_reads_changes_and_gathers() {
        for (format, source) in ALL {
            let source = source.as_bytes();
            let on = if format == Format::Ini { Scalar::Text("true".into()) } else { Scalar::Bool(true) };
            let off = if format == Format::Ini { Scalar::Text("false".into()) } else { Scalar::Bool(false) };
            let read = |source: &[u8]| format.read(source, &[&["t", "on"]]).expect("readable").field(0).clone();
            assert_eq!(read(source), Field::Present(on), "{format:?}");
            assert_eq!(format.line_of(source, &["t", "on"]), Some(2), "{format:?}");
            let changed = format.set(source, &["t", "on"], &Value::Bool(false)).expect("changed");
            assert_eq!(read(&changed), Field::Present(off), "{format:?}");
            assert_eq!(changed.len(), source.len() + 1, "{format:?}");
            assert_eq!(format.set(&changed, &["t", "on"], &Value::Bool(true)).as_deref(), Ok(source), "{format:?}");
            assert_eq!(read(&format.remove(source, &["t", "on"]).expect("removed")), Field::Absent, "{format:?}");
            assert!(format.set(b"", &["t", "on"], &Value::Bool(false)).is_ok(), "{format:?}");
            let path: &[&str] = if format == Format::Ini { &["*", "id"] } else { &["e", "*", "id"] };
            let gathered = format.gathered(source, path).expect("readable");
            let texts = [Scalar::Text("x".into()), Scalar::Text("y".into())];
            assert_eq!(gathered.iter().map(|(value, _)| value.clone()).collect::<Vec<_>>(), texts, "{format:?}");
            let lines: Vec<_> = gathered.iter().filter_map(|(_, line)| *line).collect();
            assert_eq!(lines, if format == Format::Ini { [5, 7] } else { [5, 6] }, "{format:?}");
            let items = if format == Format::Ini { None } else { Some(3) };
            assert_eq!(format.length(source, &["t", "ids"]), items, "{format:?}");
            assert_eq!(format.length(source, &["t"]), None, "{format:?}");
            let parts = format.parts(source, &["e", "*"]).expect("readable");
            let json = matches!(format, Format::Json | Format::Jsonc);
            assert_eq!(parts, json.then(|| vec![&b"{\"id\": \"x\"}"[..], b"{\"id\": \"y\"}"]), "{format:?}");
            assert!(format.read(b"\xff", &[]).is_err() && format.limit() >= 64 * 1024, "{format:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_has_no_parts() {
        for (format, broken) in [
            (Format::Yaml, "t: ["),
            (Format::Json, "{\"t\": 1,}"),
            (Format::Jsonc, "{\"t\": 1,,}"),
            (Format::Toml, "t = "),
            (Format::Ini, "[t"),
        ] {
            let source = broken.as_bytes();
            assert!(format.gathered(source, &["t", "*"]).is_err(), "{format:?}");
            assert!(
                format.read(source, &[]).is_err() && format.set(source, &["t"], &Value::Bool(true)).is_err(),
                "{format:?}"
            );
            assert_eq!((format.length(source, &["t"]), format.line_of(source, &["t"])), (None, None), "{format:?}");
            let json = matches!(format, Format::Json | Format::Jsonc);
            assert_eq!(format.parts(source, &["t"]).is_err(), json, "{format:?}");
        }
    }
}
