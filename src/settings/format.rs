//! The formats, and one way into each of them.
//!
//! Promises: what each format promises; a text that cannot be read is an error in every one of them. Paths are keys from the top
//! of the document.
//!
//! Deliberately absent: guessing a format from a name or a text.

use crate::settings::dotenv::{self, Dialect, Reading};
use crate::settings::json::{self, Grammar};
use crate::settings::value::{EditError, Fields, ReadError, Refusal, Root, Scalar, Value};
use crate::settings::{hcl, hocon, ini, toml, yaml};

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
    /// HCL.
    Hcl,
    /// HOCON.
    Hocon,
    /// Lines of `NAME=value`, as this reader reads them. A path is one name.
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
            Format::Hcl => hcl::LIMIT,
            Format::Hocon => hocon::LIMIT,
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
            Format::Hcl => hcl::fields(source, hcl::LIMIT, wanted),
            Format::Hocon => hocon::fields(source, hocon::LIMIT, wanted),
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
            Format::Hcl => hcl::line_of(source, path),
            Format::Hocon => hocon::line_of(source, path),
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
            Format::Hcl => hcl::set(source, path, value),
            Format::Hocon => hocon::set(source, path, value),
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
            Format::Hcl => hcl::remove(source, path),
            Format::Hocon => hocon::remove(source, path),
            Format::Dotenv(dialect) => match path {
                [name] => dotenv::remove(source, dialect, name),
                _ => dotenv::read_all(source, dialect, &[]).map(|_| source.to_vec()).map_err(EditError::from),
            },
        }
    }

    /// What stands at a path of which a step may be [`EVERY`](crate::settings::value::EVERY), in the order of the text, each with the line of
    /// its key or item where it is known. What is not there gives nothing; more than [`MOST`](crate::settings::value::MOST) are an error. A dotenv
    /// file is asked for one name.
    pub fn gathered(self, source: &[u8], path: &[&str]) -> Result<Vec<(Scalar, Option<u32>)>, ReadError> {
        match self {
            Format::Yaml => yaml::gathered(source, yaml::LIMIT, path),
            Format::Json => json::gathered(source, json::LIMIT, Grammar::Json, path),
            Format::Jsonc => json::gathered(source, json::LIMIT, Grammar::Jsonc, path),
            Format::Toml => toml::gathered(source, toml::LIMIT, path),
            Format::Ini => ini::gathered(source, ini::LIMIT, path),
            Format::Hcl => hcl::gathered(source, hcl::LIMIT, path),
            Format::Hocon => hocon::gathered(source, hocon::LIMIT, path),
            Format::Dotenv(dialect) => {
                let reading = dotenv::read(source, dialect, only(path))?;
                Ok(reading.value.map(|value| (Scalar::Text(value), reading.line)).into_iter().collect())
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
            Format::Hcl => hcl::length(source, hcl::LIMIT, path),
            Format::Hocon => hocon::length(source, hocon::LIMIT, path),
            Format::Ini | Format::Dotenv(_) => None,
        }
    }

    /// The bytes, as they stand, of what is at a path of which a step may be [`EVERY`](crate::settings::value::EVERY); of JSON only, in
    /// which each part of a text is a text by itself. None for any other format.
    pub fn parts<'s>(self, source: &'s [u8], path: &[&str]) -> Result<Option<Vec<&'s [u8]>>, ReadError> {
        match self {
            Format::Json => json::parts(source, json::LIMIT, Grammar::Json, path).map(Some),
            Format::Jsonc => json::parts(source, json::LIMIT, Grammar::Jsonc, path).map(Some),
            Format::Yaml | Format::Toml | Format::Ini | Format::Hcl | Format::Hocon | Format::Dotenv(_) => Ok(None),
        }
    }
}

/// The name that a path is; an empty one, which no file has, where it is more or less than one.
fn only<'n>(path: &[&'n str]) -> &'n str {
    path.first().filter(|_| path.len() == 1).copied().unwrap_or_default()
}

fn dotenv_fields(source: &[u8], dialect: Dialect, wanted: &[&[&str]]) -> Result<Fields, ReadError> {
    let names: Vec<&str> = wanted.iter().map(|path| only(path)).collect();
    let all = dotenv::read_all(source, dialect, &names)?;
    Ok(Fields::new(Root::Mapping, all.iter().map(Reading::field).collect()))
}

fn dotenv_set(source: &[u8], dialect: Dialect, path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    match (path, value) {
        ([name], Value::Bool(value)) => dotenv::set(source, dialect, name, &value.to_string()),
        ([name], Value::Number(number)) => dotenv::set(source, dialect, name, &number.to_string()),
        ([name], Value::Text(text)) => dotenv::set(source, dialect, name, text),
        _ => {
            let by_hand = "choose one name and a text".to_owned();
            Err(EditError::Refused { why: Refusal::Unwritable, line: None, by_hand })
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::dotenv::Dialect;
    use crate::settings::format::Format;
    use crate::settings::value::{Field, Scalar, Value};

    /// The same document in each format: `t.on` is true, `t.ids` a list, `e.*.id` two texts.
    const ALL: [(Format, &str); 7] = [
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
        (Format::Hcl, "t {\n  on = true\n  ids = [1, 2, 3]\n}\ne \"a\" { id = \"x\" }\ne \"b\" { id = \"y\" }\n"),
        (Format::Hocon, "t {\n  on = true, ids = [1, 2, 3] }\ne {\n  a.id = x # y\n  b.id = y }\n"),
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
            // Whether a missing parent would be a block, with labels or without, or an object, is not in a text of HCL.
            let made = format.set(b"", &["t", "on"], &Value::Bool(false)).is_ok();
            assert_eq!(made, format != Format::Hcl, "{format:?}");
            assert!(format.set(b"", &["on"], &Value::Bool(false)).is_ok() || format == Format::Ini, "{format:?}");
            let path: &[&str] = if format == Format::Ini { &["*", "id"] } else { &["e", "*", "id"] };
            let gathered = format.gathered(source, path).expect("readable");
            let texts = [Scalar::Text("x".into()), Scalar::Text("y".into())];
            assert_eq!(gathered.iter().map(|(value, _)| value.clone()).collect::<Vec<_>>(), texts, "{format:?}");
            let lines: Vec<_> = gathered.iter().filter_map(|(_, line)| *line).collect();
            let wanted = match format {
                Format::Yaml | Format::Toml | Format::Hcl => [5, 6],
                Format::Json | Format::Jsonc | Format::Hocon => [4, 5],
                Format::Ini | Format::Dotenv(_) => [5, 7],
            };
            assert_eq!(lines, wanted, "{format:?}");
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
    fn a_dotenv_file_has_names_and_texts() {
        let format = Format::Dotenv(Dialect::named("dotenvy").expect("known"));
        let source = b"# c\nA=yes\nB='x'\n";
        let found = format.read(source, &[&["B"], &["C"], &["A", "B"], &[]]).expect("readable");
        assert_eq!(found.field(0), &Field::Present(Scalar::Text("x".into())));
        assert_eq!((found.field(1), found.field(2), found.field(3)), (&Field::Absent, &Field::Absent, &Field::Absent));
        assert_eq!((format.line_of(source, &["B"]), format.line_of(source, &["A", "B"])), (Some(3), None));
        assert_eq!(format.gathered(source, &["A"]), Ok(vec![(Scalar::Text("yes".into()), Some(2))]));
        assert_eq!(format.gathered(source, &["C"]), Ok(Vec::new()));
        let changed = format.set(source, &["A"], &Value::Bool(false)).expect("changed");
        assert_eq!(
            format.read(&changed, &[&["A"]]).expect("readable").field(0),
            &Field::Present(Scalar::Text("false".into()))
        );
        assert_eq!(format.remove(source, &["A"]).as_deref(), Ok(&b"# c\nB='x'\n"[..]));
        assert_eq!(format.remove(source, &["A", "B"]).as_deref(), Ok(&source[..]));
        assert!(format.set(source, &["A", "B"], &Value::Bool(false)).is_err());
        assert!(format.set(source, &["A"], &Value::EmptyList).is_err());
        assert_eq!((format.length(source, &["A"]), format.parts(source, &["A"])), (None, Ok(None)));
    }

    #[test]
    fn what_cannot_be_read_has_no_parts() {
        for (format, broken) in [
            (Format::Yaml, "t: ["),
            (Format::Json, "{\"t\": 1,}"),
            (Format::Jsonc, "{\"t\": 1,,}"),
            (Format::Toml, "t = "),
            (Format::Ini, "[t"),
            (Format::Hcl, "t = "),
            (Format::Hocon, "t = {"),
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
