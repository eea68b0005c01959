//! One key of a foreign tool's file changed, in whichever format the file is kept.
//!
//! Promises: every other byte stays, or the edit is refused (`settings`). Absent: which key, and whether.

use crate::actions::foreign::texts::format;
use crate::identity::shapes::Shape;
use crate::manifest::foreign::files::Kept;
use crate::manifest::foreign::ids::{Form, FormKind};
use crate::manifest::foreign::truths::Literal;
use crate::settings::format::Format;
use crate::settings::value::{EditError, Refusal, Root, Value};

/// `source` with `key` set to this value; a source of no bytes is a new file.
///
/// # Errors
/// It cannot be changed without touching something else.
pub fn set(kept: Kept, source: &[u8], key: &[String], value: &Literal) -> Result<Vec<u8>, EditError> {
    let path: Vec<&str> = key.iter().map(String::as_str).collect();
    let spelled = text(value);
    let new = match (kept, value) {
        // There all is text.
        (Kept::Dotenv(_), _) | (_, Literal::Text(_)) => Value::Text(&spelled),
        (_, Literal::Bool(value)) => Value::Bool(*value),
        (_, Literal::Number(text)) => text.parse().map_or(Value::Text(text), Value::Number),
    };
    format(kept).ok_or_else(|| by_hand(&path))?.set(source, &path, &new)
}

/// `source` without `key`.
///
/// # Errors
/// As [`set`].
pub fn remove(kept: Kept, source: &[u8], key: &[String]) -> Result<Vec<u8>, EditError> {
    let path: Vec<&str> = key.iter().map(String::as_str).collect();
    let format = format(kept).ok_or_else(|| by_hand(&path))?;
    format.remove(source, &path).map(|after| with_root(format, source, after))
}

/// A document whose last key was taken out is still a mapping: a program that finds nothing in its file may not start.
fn with_root(format: Format, before: &[u8], after: Vec<u8>) -> Vec<u8> {
    let root = |source: &[u8]| format.read(source, &[]).map(|fields| fields.root());
    if format == Format::Yaml && root(before) == Ok(Root::Mapping) && root(&after) == Ok(Root::Empty) {
        let gap: &[u8] = if after.is_empty() || after.ends_with(b"\n") { b"" } else { b"\n" };
        return [&after, gap, b"{}\n"].concat();
    }
    after
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

/// The shape of an id, without what stands before it.
#[must_use]
pub const fn shape(form: &Form) -> Shape {
    match form.kind {
        FormKind::Uuid => Shape::Uuid,
        FormKind::Hex32 => Shape::Hex32,
        FormKind::Snowflake => Shape::Snowflake,
        FormKind::Text => Shape::Text,
    }
}

/// A fresh id of this form.
#[must_use]
pub fn fresh(form: &Form) -> String {
    format!("{}{}", form.prefix, shape(form).fresh())
}
