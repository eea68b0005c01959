//! Other programs' files: reads and edits of JSON, JSON with comments, TOML, INI, HCL and HOCON.
//!
//! Promises: an edit lands, is stable, and is of what could be read; what many values are gathered from can be read. Absent: YAML,
//! which has checks of its own.

use telemetry::settings::format::Format;
use telemetry::settings::hocon::{self, Told};
use telemetry::settings::value::{EditError, Field, Scalar, Value};

const PATHS: [&[&str]; 4] = [&["a"], &["t", "a"], &["t", "in", "a"], &["b", "*"]];
const VALUES: [Value<'_>; 4] = [Value::Bool(true), Value::Text("it's \\ new"), Value::Number(-7), Value::EmptyList];

/// JSON with and without comments: plain JSON is what another reader reads, too.
pub fn json(bytes: &[u8]) -> bool {
    let loose = holds(Format::Jsonc, bytes);
    let strict = holds(Format::Json, bytes);
    assert!(loose || !strict || bytes.is_empty(), "what is JSON is JSON with comments, too");
    let tree = |bytes: &[u8]| {
        serde_json::from_slice::<serde_json::Value>(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)).ok()
    };
    if let (Some(old), Ok(new)) = (tree(bytes), Format::Json.set(bytes, &["a"], &Value::Bool(true))) {
        let new = tree(&new).expect("an edit leaves JSON");
        let mut wanted = old;
        wanted["a"] = serde_json::Value::Bool(true);
        assert_eq!(new, wanted);
    }
    if let Ok(parts) = Format::Json.parts(bytes, &["*"]) {
        for part in parts.expect("parts of JSON") {
            assert!(Format::Json.parts(part, &[]).is_ok(), "a part is a text by itself");
        }
    }
    strict
}

/// TOML.
pub fn toml(bytes: &[u8]) -> bool {
    holds(Format::Toml, bytes)
}

/// HCL: what it is made of is known of what can be read only.
pub fn hcl(bytes: &[u8]) -> bool {
    let read = Format::Hcl.read(bytes, &[]).is_ok();
    for path in PATHS {
        assert_eq!(telemetry::settings::hcl::look(bytes, path).is_ok(), read);
    }
    assert!(telemetry::settings::hcl::blocks(bytes, "t").is_ok() || !read || bytes.len() > 4096);
    holds(Format::Hcl, bytes)
}

/// INI.
pub fn ini(bytes: &[u8]) -> bool {
    holds(Format::Ini, bytes)
}

/// HOCON: whatever the environment holds, what is told without it is so.
pub fn hocon(bytes: &[u8]) -> bool {
    let landed = holds(Format::Hocon, bytes);
    for path in PATHS {
        let look = |env: &dyn Fn(&str) -> Told| hocon::look(bytes, path, env).ok();
        let Some(blind) = look(&|_| Told::Unknown) else { continue };
        assert!(!blind.unknown || blind.field == Field::Present(Scalar::Other));
        for told in [Told::Unset, Told::Set("x".to_owned())] {
            // Where it is not enough, nothing starts.
            let Some(found) = look(&|_| told.clone()) else { continue };
            assert!(!found.unknown || blind.unknown);
            assert!(blind.unknown || (found.field, found.includes) == (blind.field.clone(), blind.includes.clone()));
        }
    }
    landed
}

/// What holds in each of them. Whether something could be changed.
fn holds(format: Format, bytes: &[u8]) -> bool {
    let mut landed = false;
    for path in PATHS {
        let read = format.read(bytes, &[path]);
        assert_ne!(format.line_of(bytes, path), Some(0));
        assert!(format.length(bytes, path).is_none() || read.is_ok(), "what has items can be read");
        if let Ok(found) = format.gathered(bytes, path) {
            assert!(found.iter().all(|(_, line)| *line != Some(0)));
        }
        for value in &VALUES {
            match format.set(bytes, path, value) {
                Ok(new) => {
                    landed = true;
                    assert!(read.is_ok() || bytes.is_empty(), "what cannot be read is not changed");
                    lands(format, &new, path, value);
                }
                Err(EditError::Unreadable(error)) => assert_ne!(error.line, Some(0)),
                Err(EditError::Refused { line, by_hand, .. }) => assert!(line != Some(0) && !by_hand.is_empty()),
            }
        }
        if let Ok(new) = format.remove(bytes, path) {
            let left = format.read(&new, &[path]).expect("an edit leaves what can be read");
            // An include may have what is removed from here.
            let open = format == Format::Hocon && left.field(0) == &Field::Present(Scalar::Other);
            assert!(new == bytes || open || !matches!(left.field(0), Field::Present(_)), "{left:?}");
        }
    }
    landed
}

fn lands(format: Format, new: &[u8], path: &[&str], value: &Value<'_>) {
    let found = format.read(new, &[path]).expect("an edit leaves what can be read");
    let wanted = match value {
        Value::Bool(value) if format != Format::Ini => Scalar::Bool(*value),
        Value::Number(number) if format != Format::Ini => Scalar::Number(number.to_string()),
        Value::Bool(value) => Scalar::Text(value.to_string()),
        Value::Number(number) => Scalar::Text(number.to_string()),
        Value::Text(text) => Scalar::Text((*text).to_owned()),
        Value::EmptyList => Scalar::Other,
    };
    assert_eq!(found.field(0), &Field::Present(wanted));
    assert_eq!(format.set(new, path, value).as_deref(), Ok(new), "twice is once");
}
