//! `run` and `heartbeat`: which events a command and a server are told by.
//!
//! Promises: an event that could not take what will be given is a problem here, and not at the end of a run. Absent: defaults
//! (`manifest/runs.rs`).

use crate::identity::names::{EventName, FieldName};
use crate::manifest::events::Event;
use crate::manifest::problem::Problems;
use crate::manifest::runs::{
    EVERY_MS, First, HeartbeatRule, Misfit, RunFields, RunRule, SHORTEST_MS, heartbeat_misfits, run_misfits,
};
use crate::manifest::schedule::LONGEST_MS;
use crate::manifest::values;
use crate::manifest::written::Written;

/// Which event says that a command ran.
pub(super) fn run(problems: &mut Problems, whole: &Written, events: &[Event]) -> Option<RunRule> {
    let written = whole.run.as_ref()?;
    let usual = RunFields::usual().ok()?;
    let fields = RunFields {
        outcome: field(problems, "outcome", written.outcome.as_deref()).unwrap_or(usual.outcome),
        duration: field(problems, "duration", written.duration.as_deref()).unwrap_or(usual.duration),
        exit_code: field(problems, "exit_code", written.exit_code.as_deref()),
    };
    let event = event(problems, &written.event, whole, events)?;
    say(problems, run_misfits(event, &fields));
    Some(RunRule { event: event.name.clone(), fields })
}

/// Which event says that a server runs, and how often.
pub(super) fn heartbeat(problems: &mut Problems, whole: &Written, events: &[Event]) -> Option<HeartbeatRule> {
    let written = whole.heartbeat.as_ref()?;
    let usual = HeartbeatRule::usual_kind().ok()?;
    let kind = field(problems, "kind", written.kind.as_deref()).unwrap_or(usual);
    let outcome = field(problems, "outcome", written.outcome.as_deref());
    let duration = field(problems, "duration", written.duration.as_deref());
    let first = match written.first.as_deref() {
        None | Some("start") => First::Start,
        Some("interval") => First::Interval,
        Some(text) => First::After(span(problems, "first", text, 0, "start, interval, or a span up to 168h")),
    };
    let bounds = "a span such as 15m or 1h, 1m at least and 168h at most";
    let every = written.every.as_deref();
    let every_ms = every.map_or(EVERY_MS, |text| span(problems, "every", text, SHORTEST_MS, bounds));
    let event = event(problems, &written.event, whole, events)?;
    let rule = HeartbeatRule { event: event.name.clone(), kind, outcome, duration, first, every_ms };
    say(problems, heartbeat_misfits(event, &rule));
    Some(rule)
}

fn field(problems: &mut Problems, key: &str, name: Option<&str>) -> Option<FieldName> {
    name.and_then(|name| problems.value_at(key, FieldName::new(name)))
}

fn span(problems: &mut Problems, key: &str, text: &str, shortest: i64, bounds: &str) -> i64 {
    match values::milliseconds(text) {
        Some(ms) if (shortest..=LONGEST_MS).contains(&ms) => ms,
        Some(_) | None => {
            problems.say_at(key, format!("it is {bounds}"));
            LONGEST_MS
        }
    }
}

/// The event of this name; one that is declared and has problems of its own has been told already.
fn event<'e>(problems: &mut Problems, name: &str, whole: &Written, events: &'e [Event]) -> Option<&'e Event> {
    let found = events.iter().find(|event| event.name.as_str() == name);
    if found.is_none() && whole.events.get(name).is_none() {
        let declared: Vec<&str> = whole.events.iter().map(|(name, _)| name).collect();
        match EventName::new(name) {
            Err(error) => problems.say_at("event", error.to_string()),
            Ok(_) => problems
                .say_at("event", format!("{name:?} is not a declared event; declared are: {}", declared.join(", "))),
        }
    }
    found
}

fn say(problems: &mut Problems, misfits: Vec<Misfit>) {
    for (key, what) in misfits {
        problems.say_at(key, what);
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::manifest;
    use crate::manifest::parse::tests::problems;
    use crate::manifest::runs::First;

    const HEAD: &str = "manifest: 1\ntool: a\ntitle: A\nconsent: opt-in\ndestinations: {d: {file: d.jsonl}}\n";
    const OUTCOME: &str = "{type: enum, values: [completed, failed, aborted, lost], description: O}";
    const BEAT: &str = "{type: enum, values: [startup, heartbeat, shutdown], description: K}";

    /// A manifest with a pair `e` with this outcome, and an event `b` with these fields.
    fn declared(outcome: &str, fields: &str, rest: &str) -> String {
        let event = format!("{{description: E, purpose: p, lifecycle: true, outcome: {{{outcome}}}}}");
        let beat = format!("{{description: B, purpose: p, fields: {{{fields}}}}}");
        format!("{HEAD}events:\n  e: {event}\n  b: {beat}\n{rest}\n")
    }

    fn fitting(rest: &str) -> String {
        let outcome = format!(
            "outcome: {OUTCOME}, duration: {{type: duration, description: D}}, code: {{type: integer, min: 0, max: 255, description: C}}"
        );
        declared(&outcome, &format!("kind: {BEAT}, how: {OUTCOME}, up: {{type: duration, description: U}}"), rest)
    }

    #[test]
    fn what_is_declared_and_what_is_usual() {
        let valid = |rest: &str| manifest(fitting(rest).as_bytes()).expect("valid");
        let run = valid("run: {event: e}").run.expect("declared");
        assert_eq!(
            (run.event.as_str(), run.fields.outcome.as_str(), run.fields.duration.as_str()),
            ("e", "outcome", "duration")
        );
        assert!(run.fields.exit_code.is_none());
        let run = valid("run: {event: e, exit_code: code}").run.expect("declared");
        assert_eq!(run.fields.exit_code.as_ref().map(|name| name.as_str()), Some("code"));
        for (rest, first, every_ms) in [
            ("", First::Start, 3_600_000),
            (", first: start, every: 1m", First::Start, 60_000),
            (", first: interval, every: 168h", First::Interval, 604_800_000),
            (", first: 15m", First::After(900_000), 3_600_000),
            (", first: 0s", First::After(0), 3_600_000),
        ] {
            let rule = valid(&format!("heartbeat: {{event: b{rest}}}")).heartbeat.expect("declared");
            assert_eq!((rule.kind.as_str(), rule.first, rule.every_ms), ("kind", first, every_ms), "{rest}");
            assert!(rule.outcome.is_none() && rule.duration.is_none());
        }
        assert!(valid("").run.is_none() && valid("").heartbeat.is_none(), "by an author's word only");
    }

    #[test]
    fn problems_of_runs_and_heartbeats() {
        for (rest, wanted) in [
            ("run: {event: b}", "line 9: run.event: the event b is no pair: it needs lifecycle: true"),
            ("run: {event: x}", "line 9: run.event: \"x\" is not a declared event; declared are: e, b"),
            (
                "run: {event: e, exit_code: outcome}",
                "line 9: run.exit_code: the event e has no field outcome among its outcome that is of type integer that takes 0 to 255",
            ),
            (
                "run: {event: e, duration: code}",
                "line 9: run.duration: the event e has no field code among its outcome that is of type duration",
            ),
            (
                "run: {event: e, outcome: duration}",
                "line 9: run.outcome: the event e has no field duration among its outcome that is of type enum with the values completed, failed, aborted",
            ),
            ("heartbeat: {event: e}", "line 9: heartbeat.event: the event e is a pair, and a beat is none"),
            (
                "heartbeat: {event: b, kind: how}",
                "line 9: heartbeat.kind: the event b has no field how among its fields that is of type enum with the values startup, heartbeat, shutdown",
            ),
            (
                "heartbeat: {event: b, outcome: up}",
                "line 9: heartbeat.outcome: the event b has no field up among its fields that is of type enum with the values completed, failed, aborted",
            ),
            (
                "heartbeat: {event: b, duration: kind}",
                "line 9: heartbeat.duration: the event b has no field kind among its fields that is of type duration",
            ),
            (
                "heartbeat: {event: b, first: soon}",
                "line 9: heartbeat.first: it is start, interval, or a span up to 168h",
            ),
            (
                "heartbeat: {event: b, every: 59s}",
                "line 9: heartbeat.every: it is a span such as 15m or 1h, 1m at least and 168h at most",
            ),
            (
                "heartbeat: {event: b, every: 169h}",
                "line 9: heartbeat.every: it is a span such as 15m or 1h, 1m at least and 168h at most",
            ),
        ] {
            assert_eq!(problems(fitting(rest).as_bytes()), [wanted], "{rest}");
        }
        let other = declared(
            &format!(
                "outcome: {OUTCOME}, duration: {{type: duration, description: D}}, files: {{type: integer, description: F, required: true}}"
            ),
            "",
            "run: {event: e}",
        );
        assert_eq!(
            problems(other.as_bytes()),
            ["line 9: run.event: the field files of e's outcome is required, and nobody gives it"]
        );
        let less =
            declared("outcome: {type: enum, values: [completed, failed], description: O}", "", "run: {event: e}");
        assert_eq!(problems(less.as_bytes()).len(), 2, "a word short, and no duration");
        let always = OUTCOME.replace("{type", "{required: true, type");
        let beats = declared("", &format!("kind: {BEAT}, how: {always}"), "heartbeat: {event: b, outcome: how}");
        assert_eq!(
            problems(beats.as_bytes()),
            ["line 9: heartbeat.outcome: the field how of b is required, and only shutdown has it"]
        );
        let idle = "manifest: 1\ntool: a\ntitle: A\nconsent: opt-in\nswitches: {environment: [{name: A, off: ['0']}]}\nrun: {event: e}\n";
        assert!(problems(idle.as_bytes()).contains(&"line 6: run: it means nothing without events".to_owned()));
    }
}
