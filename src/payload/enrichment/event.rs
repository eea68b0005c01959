//! An enriched event as a JSON document, with its parts that describe themselves.
//!
//! Promises: what does not have the form is refused with its place; a part that came as text goes back as text. Absent: tab-separated
//! lines; events flattened for a warehouse.

use serde_json::{Map, Value};

use crate::payload::enrichment::settings::Part;

/// Why this is no enriched event.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    /// Not JSON.
    #[error("it is not valid JSON: {0}")]
    Json(String),
    /// Not an object.
    #[error("it is not a JSON object of an enriched event's fields")]
    NotAnObject,
    /// A part that does not describe itself.
    #[error("{0}: it is not of the form {{\"schema\": …, \"data\": …}}, as an object or as text")]
    Part(String),
}

/// Takes an event.
///
/// # Errors
/// It is no JSON object.
pub fn parse(text: &str) -> Result<Map<String, Value>, EventError> {
    match serde_json::from_str(text).map_err(|error| EventError::Json(error.to_string()))? {
        Value::Object(fields) => Ok(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(EventError::NotAnObject)
        }
    }
}

/// Gives each piece of data in the part, with its schema and its place, to `visit`; whether the event has the part.
///
/// # Errors
/// The part does not describe itself.
pub fn each(
    event: &mut Map<String, Value>,
    part: Part,
    visit: &mut dyn FnMut(&str, &str, &mut Value),
) -> Result<bool, EventError> {
    let field = part.field();
    let Some(at) = event.get_mut(field).filter(|at| !at.is_null()) else { return Ok(false) };
    let not = |place: &str| EventError::Part(place.to_owned());
    let mut tree = match &*at {
        Value::String(text) if text.is_empty() => return Ok(false),
        Value::String(text) => serde_json::from_str(text).map_err(|_| not(field))?,
        as_it_is => as_it_is.clone(),
    };
    let inner = tree.get_mut("data").ok_or_else(|| not(field))?;
    match (part, inner) {
        (Part::Event, inner) => one(inner, &format!("{field}.data"), visit)?,
        (Part::Contexts | Part::Derived, Value::Array(items)) => {
            for (index, item) in items.iter_mut().enumerate() {
                one(item, &format!("{field}.data[{index}]"), visit)?;
            }
        }
        (Part::Contexts | Part::Derived, _) => return Err(not(field)),
    }
    *at = if at.is_string() { Value::String(tree.to_string()) } else { tree };
    Ok(true)
}

fn one(at: &mut Value, place: &str, visit: &mut dyn FnMut(&str, &str, &mut Value)) -> Result<(), EventError> {
    let not = || EventError::Part(place.to_owned());
    let schema = at.get("schema").and_then(Value::as_str).ok_or_else(not)?.to_owned();
    // The real one makes an object of it before it looks.
    let data = at.get_mut("data").filter(|data| data.is_object()).ok_or_else(not)?;
    visit(&schema, &format!("{place}.data"), data);
    Ok(())
}
