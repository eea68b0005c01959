//! What capture v1 says of each event of a body.
//!
//! Promises: only what it calls `ok` or `warning` was taken; only what it calls `retry` goes out again. Absent: statuses.

use serde_json::{Map, Value as Tree};

use crate::payload::answer::{Meaning, Parts, Reading};

/// What v1 says of each event; `None` where it names none of them. A result of another name ends the matter, as no result at all does.
#[must_use]
pub fn named(results: &Map<String, Tree>, events: &[&str]) -> Option<Reading> {
    let result =
        |id: &str| results.get(id).map(|result| result.get("result").and_then(Tree::as_str).unwrap_or_default());
    let said: Vec<Option<&str>> = events.iter().map(|id| result(id)).collect();
    if said.iter().all(Option::is_none) {
        return None;
    }
    let places = |wanted: fn(&str) -> bool| -> Vec<usize> {
        (0..).zip(&said).filter(|(_, result)| wanted(result.unwrap_or_default())).map(|(at, _)| at).collect()
    };
    let later = places(|result| result == "retry");
    let refused = places(|result| !matches!(result, "ok" | "warning" | "retry"));
    Some(match (refused.len(), later.len()) {
        (0, 0) => Reading::of(Meaning::Acknowledged),
        (_, all) if all == events.len() => Reading::of(Meaning::Later),
        (all, _) if all == events.len() => Reading::of(Meaning::Refused),
        (_, _) => Reading::part(Parts { refused, later, ..Parts::default() }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_each_event_what_became_of_it() {
        let part = |refused: &[usize], later: &[usize]| {
            Some(Reading::part(Parts { refused: refused.into(), later: later.into(), again: Vec::new() }))
        };
        let all = |meaning| Some(Reading::of(meaning));
        let (ok, drop, retry) = (json!({"result": "ok"}), json!({"result": "drop"}), json!({"result": "retry"}));
        for (results, reading) in [
            (json!({"e0": ok, "e1": {"result": "warning", "details": "x"}}), all(Meaning::Acknowledged)),
            (json!({"e1": retry, "e0": ok}), part(&[], &[1])),
            (json!({"e0": retry, "e1": drop}), part(&[1], &[0])),
            (json!({"e0": retry, "e1": retry}), all(Meaning::Later)),
            (json!({"e0": drop, "e1": drop}), all(Meaning::Refused)),
            // A result of another name, or none, ends the matter.
            (json!({"e0": ok, "e1": {"result": "maybe"}}), part(&[1], &[])),
            (json!({"e0": {"result": 7}, "e1": ok}), part(&[0], &[])),
            (json!({"e0": "ok", "e1": ok}), part(&[0], &[])),
            (json!({"e0": ok, "e9": retry}), part(&[1], &[])),
            // It names none of them.
            (json!({}), None),
            (json!({"e9": ok}), None),
        ] {
            let results = results.as_object().expect("a mapping");
            assert_eq!(named(results, &["e0", "e1"]), reading, "{results:?}");
        }
    }
}
