//! Two senders' requests for one event, laid side by side, and the written list of where they are meant to differ.
//!
//! Promises: a difference that is not on the list fails, and so does a line of the list that nothing needs any more. Absent: what
//! the senders say (`senders`).

use serde_json::Value;

use crate::senders::{Flat, fits};

/// What one side says at a path.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    /// Nothing.
    Absent,
    /// This, as JSON.
    Is(&'static str),
    /// Something that is another one each time.
    Any,
}

/// A line of the list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Difference {
    /// The path; a `*` at the end stands for anything.
    pub(crate) path: &'static str,
    /// What ours says there.
    pub(crate) ours: Side,
    /// What theirs says there.
    pub(crate) theirs: Side,
    /// Why that is so.
    pub(crate) why: &'static str,
}

impl Side {
    fn is(self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Side::Absent, None) | (Side::Any, Some(_)) => true,
            (Side::Is(text), Some(value)) => serde_json::from_str::<Value>(text).is_ok_and(|meant| meant == *value),
            (Side::Absent, Some(_)) | (Side::Any | Side::Is(_), None) => false,
        }
    }
}

/// A line for what only theirs says.
pub(crate) const fn only_theirs(path: &'static str, why: &'static str) -> Difference {
    Difference { path, ours: Side::Absent, theirs: Side::Any, why }
}

/// A line for what only ours says.
pub(crate) const fn only_ours(path: &'static str, why: &'static str) -> Difference {
    Difference { path, ours: Side::Any, theirs: Side::Absent, why }
}

/// What is wrong between them: differences that are not listed, and lines that nothing needs.
pub(crate) fn unlisted(ours: &Flat, theirs: &Flat, listed: &[Difference]) -> Vec<String> {
    let mut used = vec![false; listed.len()];
    let mut wrong = Vec::new();
    let mut paths: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let (our, their) = (ours.get(path), theirs.get(path));
        if our == their {
            continue;
        }
        let line = listed.iter().position(|line| fits(line.path, path) && line.ours.is(our) && line.theirs.is(their));
        match line {
            Some(at) => used[at] = true,
            None => {
                let said = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
                wrong.push(format!("{path}: ours says {}, theirs {}", said(our), said(their)));
            }
        }
    }
    let unused = listed.iter().zip(used).filter(|(_, used)| !used);
    wrong.extend(unused.map(|(line, _)| format!("{}: strike it from the list ({})", line.path, line.why)));
    wrong
}

fn flat(tree: Value) -> Flat {
    tree.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[test]
fn a_difference_has_to_be_listed_and_a_line_has_to_be_needed() {
    let ours = flat(serde_json::json!({"id": "a", "time": 1, "agent": "telemetry", "ttm": "1"}));
    let theirs = flat(serde_json::json!({"id": "a", "time": 1, "agent": "python", "os.name": "x", "os.version": 2}));
    let agent = Difference { path: "agent", ours: Side::Is("\"telemetry\""), theirs: Side::Any, why: "each its own" };
    let listed = [agent, only_theirs("os.*", "not asked for"), only_ours("ttm", "the event's own time")];
    assert_eq!(unlisted(&ours, &theirs, &listed), [""; 0]);
    assert_eq!(unlisted(&ours, &theirs, &listed[1..]), ["agent: ours says \"telemetry\", theirs \"python\""]);
    // A line with another value than the one that is said covers nothing, and is itself not needed.
    let other = Difference { ours: Side::Is("\"t\""), ..agent };
    assert_eq!(unlisted(&ours, &theirs, &[other, listed[1], listed[2]]).len(), 2);
    let stale = Difference { path: "id", ..agent };
    let said = unlisted(&ours, &theirs, &[agent, listed[1], listed[2], stale]);
    assert_eq!(said, ["id: strike it from the list (each its own)"]);
    // What is on the list as theirs alone may not come from us.
    assert_eq!(unlisted(&theirs, &ours, &listed[1..2]).len(), 5);
}

#[test]
fn rudderstacks_sender_differs_from_segments_where_it_is_known_to() {
    use crate::senders::Sender;
    let other = |path, ours, theirs, why| Difference { path, ours: Side::Is(ours), theirs: Side::Is(theirs), why };
    let listed = [
        only_ours("writeKey", "RudderStack reads the key from the header alone"),
        only_theirs("header:content-encoding", "it compresses by itself"),
        only_theirs("batch.0.channel", "where an event was made: theirs says server"),
        only_theirs("batch.0.integrations.All", "theirs says outright that all destinations get it"),
        only_ours("batch.0.integrations", "Segment's says so by saying nothing"),
        other(
            "batch.0.timestamp",
            "\"2026-11-21T02:00:00.000+00:00\"",
            "\"2026-11-21T02:00:00+00:00\"",
            "milliseconds, where there are any",
        ),
        Difference { path: "sentAt", ours: Side::Any, theirs: Side::Any, why: "when it was sent" },
        Difference { path: "batch.0.context.library.version", ours: Side::Any, theirs: Side::Any, why: "their own" },
        Difference { path: "header:user-agent", ours: Side::Any, theirs: Side::Any, why: "their own" },
    ];
    let (segment, rudder) = (Sender::named("segment").said(), Sender::named("rudder").said());
    assert_eq!(unlisted(&segment, &rudder, &listed), [""; 0]);
}
