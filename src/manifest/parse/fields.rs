//! Fields and their closed types.
//!
//! Promises: a key that means nothing for a field's type is a problem: it would look like a promise and hold nothing. Absent:
//! values of fields (`manifest/events.rs`).

use serde_json::Number;

use crate::identity::names::{FieldName, Purpose};
use crate::manifest::events::{Algorithm, Field, Kind, LONGEST_TEXT, Pattern};
use crate::manifest::ordered::Ordered;
use crate::manifest::problem::Problems;
use crate::manifest::values::coarse_unit;
use crate::manifest::written::WrittenField;

/// Most values of an enum.
const MOST_VALUES: usize = 1024;
/// Longest value of an enum, characters.
const LONGEST_VALUE: usize = 128;
/// Most buckets.
const MOST_BUCKETS: usize = 100;
/// Longest pattern, bytes: what is longer is not read by people.
const LONGEST_PATTERN: usize = 500;

/// The fields at `key`.
pub(super) fn fields(problems: &mut Problems, key: &str, fields: &Ordered<WrittenField>) -> Vec<Field> {
    problems.at(key, |problems| {
        let all = fields.iter();
        all.filter_map(|(name, one)| problems.at(name, |problems| field(problems, name, one))).collect()
    })
}

fn field(problems: &mut Problems, name: &str, field: &WrittenField) -> Option<Field> {
    let description = problems.text("description", &field.description, 500);
    let name = problems.value(FieldName::new(name));
    let purpose = field.purpose.as_deref().and_then(|text| problems.value_at("purpose", Purpose::new(text)));
    let kind = kind(problems, field);
    Some(Field { name: name?, description, purpose, required: field.required.unwrap_or(false), kind: kind? })
}

fn kind(problems: &mut Problems, field: &WrittenField) -> Option<Kind> {
    const NAMES: &str = "boolean, integer, number, enum, version, duration, timestamp, hashed, text";
    let name = field.kind.as_str();
    let kind = match name {
        "boolean" => Some(Kind::Boolean),
        "integer" => integer(problems, field),
        "number" => number(problems, field),
        "enum" => Some(Kind::Enum { values: values(problems, field) }),
        "version" => Some(Kind::Version),
        "duration" => Some(Kind::Duration { buckets: buckets(problems, field, (0, i64::MAX)) }),
        "timestamp" => timestamp(problems, field),
        "hashed" => hashed(problems, field),
        "text" => text(problems, field),
        other => {
            problems.say_at("type", format!("{other:?} is not one of: {NAMES}"));
            return None;
        }
    };
    strangers(problems, field);
    kind
}

/// Keys that mean nothing for the field's type.
fn strangers(problems: &mut Problems, field: &WrittenField) {
    let kind = field.kind.as_str();
    let given = [
        ("values", field.values.is_some(), &["enum"][..]),
        ("min", field.min.is_some(), &["integer", "number"]),
        ("max", field.max.is_some(), &["integer", "number"]),
        ("buckets", field.buckets.is_some(), &["integer", "duration"]),
        ("coarse", field.coarse.is_some(), &["timestamp"]),
        ("algorithm", field.algorithm.is_some(), &["hashed"]),
        ("unsalted_because", field.unsalted_because.is_some(), &["hashed"]),
        ("pattern", field.pattern.is_some(), &["text"]),
        ("longest", field.longest.is_some(), &["text"]),
    ];
    for (key, _, kinds) in given.iter().filter(|(_, present, kinds)| *present && !kinds.contains(&kind)) {
        problems.say_at(key, format!("it means nothing for the type {kind}, only for: {}", kinds.join(", ")));
    }
}

fn integer(problems: &mut Problems, field: &WrittenField) -> Option<Kind> {
    let mut whole = |key: &str, number: &Option<Number>, open: i64| match number.as_ref().map(Number::as_i64) {
        None => Some(open),
        Some(Some(number)) => Some(number),
        Some(None) => {
            problems.say_at(key, "it is not a whole number of 64 bits");
            None
        }
    };
    let (low, high) = (whole("min", &field.min, i64::MIN), whole("max", &field.max, i64::MAX));
    let range = (low?, high?);
    rising(problems, range.0 <= range.1);
    Some(Kind::Integer { range, buckets: buckets(problems, field, range) })
}

fn number(problems: &mut Problems, field: &WrittenField) -> Option<Kind> {
    let real = |number: &Option<Number>, open: f64| number.as_ref().map_or(Some(open), Number::as_f64);
    let range = (real(&field.min, f64::MIN)?, real(&field.max, f64::MAX)?);
    rising(problems, range.0 <= range.1);
    Some(Kind::Number { range })
}

fn rising(problems: &mut Problems, rises: bool) {
    if !rises {
        problems.say_at("min", "it is larger than max");
    }
}

/// Lower ends of buckets: what is sent, so they lie within `range` as any value does.
fn buckets(problems: &mut Problems, field: &WrittenField, range: (i64, i64)) -> Vec<i64> {
    let Some(buckets) = &field.buckets else { return Vec::new() };
    problems.at("buckets", |problems| {
        if !(1..=MOST_BUCKETS).contains(&buckets.len()) {
            problems.say(format!("there are 1 to {MOST_BUCKETS} buckets"));
        }
        for (index, (low, high)) in buckets.iter().zip(buckets.iter().skip(1)).enumerate() {
            if low >= high {
                problems
                    .at_item(index.saturating_add(1), |problems| problems.say("each bucket is above the one before"));
            }
        }
        for (index, _) in buckets.iter().enumerate().filter(|(_, low)| !(range.0..=range.1).contains(*low)) {
            problems.at_item(index, |problems| problems.say("it is sent, so it lies within min and max"));
        }
    });
    buckets.clone()
}

fn values(problems: &mut Problems, field: &WrittenField) -> Vec<String> {
    let values = field.values.clone().unwrap_or_default();
    problems.at("values", |problems| {
        if !(1..=MOST_VALUES).contains(&values.len()) {
            problems.say(format!("an enum lists 1 to {MOST_VALUES} values"));
        }
        problems.once(&values);
        for (index, value) in values.iter().enumerate() {
            problems.at_item(index, |problems| {
                if value.is_empty() {
                    problems.say("it is empty");
                }
                problems.plain(value, LONGEST_VALUE);
            });
        }
    });
    values
}

fn timestamp(problems: &mut Problems, field: &WrittenField) -> Option<Kind> {
    let Some(unit) = &field.coarse else { return Some(Kind::Timestamp { unit_ms: 1 }) };
    let unit_ms = coarse_unit(unit).ok_or_else(|| format!("{unit:?} is not one of: second, minute, hour, day"));
    Some(Kind::Timestamp { unit_ms: problems.value_at("coarse", unit_ms)? })
}

fn hashed(problems: &mut Problems, field: &WrittenField) -> Option<Kind> {
    if let Some(reason) = &field.unsalted_because {
        problems.text("unsalted_because", reason, 500);
    }
    let algorithm = field.algorithm.as_deref().unwrap_or("sha256");
    let algorithm = problems.choice("algorithm", algorithm, &[("sha256", Algorithm::Sha256), ("md5", Algorithm::Md5)]);
    Some(Kind::Hashed { algorithm: algorithm?, salted: field.unsalted_because.is_none() })
}

fn text(problems: &mut Problems, field: &WrittenField) -> Option<Kind> {
    let longest = field.longest.unwrap_or(0);
    if !(1..=LONGEST_TEXT).contains(&longest) {
        problems.say_at("longest", format!("a text has a longest length from 1 to {LONGEST_TEXT}"));
    }
    let Some(source) = field.pattern.as_deref().filter(|source| (1..=LONGEST_PATTERN).contains(&source.len())) else {
        problems.say_at("pattern", format!("a text has a pattern of 1 to {LONGEST_PATTERN} bytes"));
        return None;
    };
    let pattern = Pattern::new(source).map_err(|error| format!("it is not a pattern: {error}"));
    Some(Kind::Text { pattern: problems.value_at("pattern", pattern)?, longest })
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::tests::hold;

    #[test]
    fn problems_of_fields() {
        hold(&[
            (
                "      ratio:",
                "      Ratio:",
                &[
                    "line 31: events.run.fields.Ratio: \"Ratio\" is not a name of a field: it takes a lower-case letter or digit, then up to 63 of a-z 0-9 _ - .",
                ],
            ),
            (
                "type: integer",
                "type: whole",
                &[
                    "line 26: events.run.fields.count.type: \"whole\" is not one of: boolean, integer, number, enum, version, duration, timestamp, hashed, text",
                ],
            ),
            (
                "type: version",
                "type: boolean, values: [a], min: 1, longest: 1",
                &[
                    "line 38: events.run.fields.version.values: it means nothing for the type boolean, only for: enum",
                    "line 38: events.run.fields.version.min: it means nothing for the type boolean, only for: integer, number",
                    "line 38: events.run.fields.version.longest: it means nothing for the type boolean, only for: text",
                ],
            ),
            (
                "max: 100\n",
                "max: 1e99\n",
                &["line 29: events.run.fields.count.max: it is not a whole number of 64 bits"],
            ),
            (
                "min: 0\n",
                "min: 101\n",
                &[
                    "line 28: events.run.fields.count.min: it is larger than max",
                    "line 30: events.run.fields.count.buckets[0]: it is sent, so it lies within min and max",
                    "line 30: events.run.fields.count.buckets[1]: it is sent, so it lies within min and max",
                    "line 48: events.run.example.count: field \"count\": it takes a whole number from 101 to 100",
                ],
            ),
            ("max: 1.5", "max: -1", &["line 31: events.run.fields.ratio.min: it is larger than max"]),
            (
                "buckets: [0, 10]",
                "buckets: [0, 10,\n          10, 101]",
                &[
                    "line 31: events.run.fields.count.buckets[2]: each bucket is above the one before",
                    "line 31: events.run.fields.count.buckets[3]: it is sent, so it lies within min and max",
                ],
            ),
            (
                "buckets: [0, 100]",
                "buckets: []",
                &["line 39: events.run.fields.time.buckets: there are 1 to 100 buckets"],
            ),
            (
                "buckets: [0, 100]",
                "buckets: [-1, 100]",
                &["line 39: events.run.fields.time.buckets[0]: it is sent, so it lies within min and max"],
            ),
            (
                "          - build\n          - check\n",
                "",
                &[
                    "line 35: events.run.fields.command.values: an enum lists 1 to 1024 values",
                    "line 47: events.run.example.command: field \"command\": it takes one of: ",
                ],
            ),
            (
                "          - check\n",
                "          - check\n          - build\n          - ''\n          - \"\\t\"\n",
                &[
                    "line 38: events.run.fields.command.values[2]: \"build\" stands twice",
                    "line 39: events.run.fields.command.values[3]: it is empty",
                    "line 40: events.run.fields.command.values[4]: it has control characters",
                ],
            ),
            (
                "coarse: hour",
                "coarse: week",
                &["line 40: events.run.fields.at.coarse: \"week\" is not one of: second, minute, hour, day"],
            ),
            (
                "algorithm: md5",
                "algorithm: md4",
                &["line 41: events.run.fields.host.algorithm: \"md4\" is not one of: sha256, md5"],
            ),
            (
                "unsalted_because: It is public",
                "unsalted_because: ''",
                &["line 41: events.run.fields.host.unsalted_because: it is empty"],
            ),
            (
                "longest: 9",
                "longest: 257",
                &["line 42: events.run.fields.word.longest: a text has a longest length from 1 to 256"],
            ),
            (
                ", longest: 9",
                "",
                &["line 42: events.run.fields.word.longest: a text has a longest length from 1 to 256"],
            ),
            (
                "pattern: '[a-z]+', ",
                "",
                &["line 42: events.run.fields.word.pattern: a text has a pattern of 1 to 500 bytes"],
            ),
            (
                "'[a-z]+'",
                "'[a-z'",
                &["line 42: events.run.fields.word.pattern: it is not a pattern: found unclosed character class"],
            ),
            (
                "'[a-z]+'",
                "'a)|(.*'",
                &[
                    "line 42: events.run.fields.word.pattern: it is not a pattern: found closing ')' without matching '('",
                ],
            ),
        ]);
    }
}
