//! What is given in JSON: the fields of an event, and a line that is a whole event.
//!
//! A line is one object: `event`, its name; `fields`, an object, may be left out; for one half of a pair, `phase`, `"started"` or
//! `"completed"`, and `pair`, 1 to 64 of `A-Z a-z 0-9 _ -`: what joins the two halves for who gives them, or the id that a start told.
//!
//! ```json
//! {"event":"command","fields":{"name":"build","ok":true}}
//! {"event":"job","phase":"started","pair":"1","fields":{"kind":"full"}}
//! {"event":"job","phase":"completed","pair":"1","fields":{"result":"ok"}}
//! ```
//!
//! Promises: a key that is not known, or stands twice, is an error; an error is short and repeats no value. Absent: what the manifest
//! makes of it (`event`).

use serde::Deserialize;
use serde_json::Value as Tree;
use serde_json::error::Category;

use crate::identity::ids::Id;
use crate::manifest::ordered::Ordered;
use crate::payload::event::{Phase, shortened};

/// Why it is none, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct GivenError(String);

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The event's name.
    pub event: String,
    /// Which half of which pair it is.
    pub pair: Option<(Phase, Id)>,
    /// Its fields.
    pub fields: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    event: Tree,
    #[serde(default)]
    phase: Tree,
    #[serde(default)]
    pair: Tree,
    #[serde(default)]
    fields: Option<Ordered<Tree>>,
}

/// The fields of an object, as texts: a `null` is none.
///
/// # Errors
/// A value is a list or an object.
pub fn fields(object: &Ordered<Tree>) -> Result<Vec<(String, String)>, GivenError> {
    let mut given = Vec::new();
    for (key, value) in object.iter() {
        let text = match value {
            Tree::String(text) => text.clone(),
            Tree::Bool(value) => value.to_string(),
            Tree::Number(value) => value.to_string(),
            Tree::Null => continue,
            Tree::Array(_) | Tree::Object(_) => {
                let key = shortened(key);
                let what = format!("the field {key:?} is a list or an object, and fields are single values");
                return Err(GivenError(what));
            }
        };
        given.push((key.to_owned(), text));
    }
    Ok(given)
}

/// Reads a line, with or without its newline.
///
/// # Errors
/// It is not of the form.
pub fn line(bytes: &[u8]) -> Result<Line, GivenError> {
    let no = |what: &str| GivenError(what.to_owned());
    let text = std::str::from_utf8(bytes).map_err(|_| no("it is not UTF-8"))?;
    if !text.trim_start().starts_with('{') {
        return Err(no("it is not a JSON object"));
    }
    let written: Written = serde_json::from_str(text).map_err(|error| not_read(&error))?;
    let Tree::String(event) = written.event else { return Err(no("event is not a text")) };
    let pair = match (written.phase, written.pair) {
        (Tree::Null, Tree::Null) => None,
        (Tree::String(phase), Tree::String(pair)) => {
            let phase = match phase.as_str() {
                "started" => Phase::Started,
                "completed" => Phase::Completed,
                _ => return Err(no("phase is not one of: started, completed")),
            };
            let pair = Id::new(&pair).map_err(|_| no("pair takes 1 to 64 of A-Z a-z 0-9 _ -"))?;
            Some((phase, pair))
        }
        _ => return Err(no("phase and pair are two texts, or neither is there")),
    };
    let fields = written.fields.as_ref().map(fields).transpose()?.unwrap_or_default();
    Ok(Line { event, pair, fields })
}

/// Why JSON is none of ours, without its values.
fn not_read(error: &serde_json::Error) -> GivenError {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    GivenError(match error.classify() {
        Category::Data if what.starts_with("invalid type") => "fields is not an object".to_owned(),
        // A key stands in it as it was written.
        Category::Data => what.chars().filter(|c| !c.is_control()).take(120).collect(),
        Category::Syntax | Category::Eof | Category::Io => {
            format!("it is not a JSON object: {what}, in column {}", error.column())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Line, String> {
        line(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_is_an_event() {
        let plain = of(r#" {"fields":{"name":"build","ok":true,"count":3,"x":1.5,"note":null},"event":"command"} "#);
        let fields = [("name", "build"), ("ok", "true"), ("count", "3"), ("x", "1.5")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        assert_eq!(plain, Ok(Line { event: "command".to_owned(), pair: None, fields }));
        let pair = Id::new("a-1").ok().map(|id| (Phase::Completed, id));
        let line = Line { event: "job".to_owned(), pair, fields: Vec::new() };
        assert_eq!(of(r#"{"event":"job","phase":"completed","pair":"a-1"}"#), Ok(line.clone()));
        assert_eq!(of(r#"{"event":"job","phase":"completed","pair":"a-1","fields":null}"#), Ok(line));
    }

    #[test]
    fn what_is_none_is_said_shortly_and_without_its_values() {
        for (text, what) in [
            ("zq", "it is not a JSON object"),
            (r#""zq""#, "it is not a JSON object"),
            ("[1]", "it is not a JSON object"),
            ("{", "it is not a JSON object: EOF while parsing an object, in column 1"),
            (r#"{"event":"zq""#, "it is not a JSON object: EOF while parsing an object, in column 13"),
            (r#"{"event":"e"} {"event":"e"}"#, "it is not a JSON object: trailing characters, in column 15"),
            ("{}", "missing field `event`"),
            (r#"{"event":1}"#, "event is not a text"),
            (r#"{"event":"e","event":"e"}"#, "duplicate field `event`"),
            (r#"{"event":"e","zq":1}"#, "unknown field `zq`, expected one of `event`, `phase`, `pair`, `fields`"),
            (r#"{"event":"e","fields":"zq"}"#, "fields is not an object"),
            (r#"{"event":"e","fields":["zq"]}"#, "fields is not an object"),
            (r#"{"event":"e","fields":{"a":1,"a":1}}"#, "the key \"a\" stands twice"),
            (
                r#"{"event":"e","fields":{"a":["zq"]}}"#,
                "the field \"a\" is a list or an object, and fields are single values",
            ),
            (r#"{"event":"e","phase":"started"}"#, "phase and pair are two texts, or neither is there"),
            (r#"{"event":"e","pair":"a"}"#, "phase and pair are two texts, or neither is there"),
            (r#"{"event":"e","phase":"started","pair":7}"#, "phase and pair are two texts, or neither is there"),
            (r#"{"event":"e","phase":"zq","pair":"a"}"#, "phase is not one of: started, completed"),
            (r#"{"event":"e","phase":"started","pair":"../zq"}"#, "pair takes 1 to 64 of A-Z a-z 0-9 _ -"),
        ] {
            assert_eq!(of(text), Err(what.to_owned()), "{text}");
        }
        assert_eq!(line(b"{\"event\":\"\xff\"}"), Err(GivenError("it is not UTF-8".to_owned())));
        for text in [
            format!(r#"{{"event":"e","{}":1}}"#, "k".repeat(100_000)),
            format!(r#"{{"event":"e","fields":{{"{}":[]}}}}"#, "k".repeat(100_000)),
            format!("{{\"event\":{}", "[".repeat(100_000)),
        ] {
            assert!(of(&text).expect_err("refused").len() < 200);
        }
    }
}
