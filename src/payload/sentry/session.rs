//! Items of type `session`: the usage counter.
//!
//! Promises: a pair is one session, counted by its start. Absent: persons, unless profiles are allowed.

use std::time::Duration;

use serde::Serialize;

use crate::manifest::forms::sentry::{Ended, SentryForm, SessionForm};
use crate::payload::event::Phase;
use crate::payload::protocol::Document;
use crate::payload::said::Said;
use crate::payload::sentry::envelope::{header, is_hex32, item};
use crate::payload::sentry::values::{field_of, plain, release, whole};

/// The document of an event that is a session.
pub(super) fn session(options: &SentryForm, said: Said<'_>) -> Document {
    let form = options.session(&said.event.name);
    let pair = said.event.pair.as_ref().filter(|(_, pair)| is_hex32(pair.as_str()));
    let ended = match said.event.pair {
        Some((Phase::Started, _)) => None,
        Some((Phase::Completed, _)) | None => Some(ended(said, form)),
    };
    let ms = form.and_then(|form| whole(said, form.duration.as_ref()?.as_str())).filter(|ms| *ms >= 0);
    let counted = form.and_then(|form| whole(said, form.errors.as_ref()?.as_str()));
    let counted = counted.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
    let session = Session {
        // The halves of a pair are one session: the first one counts it, the second one says how it ended.
        sid: pair.map_or(said.event.id.as_str(), |(_, pair)| pair.as_str()),
        did: said.user().filter(|_| options.profiles),
        init: !matches!(said.event.pair, Some((Phase::Completed, _))),
        started: said.event.time.plus_ms(ms.unwrap_or(0).saturating_neg()).rfc3339(),
        timestamp: said.event.time.rfc3339(),
        duration: ms.and_then(|ms| u64::try_from(ms).ok()).map(|ms| Duration::from_millis(ms).as_secs_f64()),
        status: match ended {
            None => "ok",
            Some(Ended::Exited | Ended::Errored) => "exited",
            Some(Ended::Crashed) => "crashed",
            Some(Ended::Abnormal) => "abnormal",
        },
        errors: counted.max(u64::from(matches!(ended, Some(Ended::Errored | Ended::Crashed)))),
        attrs: Attributes { release: release(options, said), environment: options.environment.as_deref() },
    };
    Document { shared: header(None), bytes: item("session", &session), alone: false }
}

fn ended(said: Said<'_>, form: Option<&SessionForm>) -> Ended {
    let value = form.and_then(|form| field_of(said, form.status.as_ref()?.as_str())).map(plain).unwrap_or_default();
    let means = form.and_then(|form| form.means.iter().find(|(one, _)| *one == value)).map(|(_, ended)| *ended);
    let word = || Ended::WORDS.iter().find(|(word, _)| *word == value).map(|(_, ended)| *ended);
    means.or_else(word).unwrap_or(Ended::Exited)
}

#[derive(Serialize)]
struct Session<'a> {
    sid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    did: Option<&'a str>,
    init: bool,
    started: String,
    /// When this was so; without it Sentry takes the time at which it came, which is later by as long as it waited.
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<f64>,
    status: &'static str,
    errors: u64,
    attrs: Attributes<'a>,
}

#[derive(Serialize)]
struct Attributes<'a> {
    release: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use crate::consent::answer::Withheld;
    use crate::manifest::events::Value;
    use crate::payload::event::{Event, Phase};
    use crate::payload::sentry::event::tests::{SESSIONS, body, event, half, manifest, text};

    #[test]
    fn a_pair_is_one_session_that_its_start_counts() {
        let manifest = manifest(SESSIONS);
        let outcome = [("took", Value::Integer(400)), ("result", text("bad"))];
        let events = [half(Phase::Started, &[]), half(Phase::Completed, &outcome)];
        assert_eq!(
            body(&manifest, &events, &Withheld::default()),
            concat!(
                "{}\n",
                r#"{"type":"session","length":182}"#,
                "\n",
                r#"{"sid":"7ac97fde8887456ab1f127f8744c04e5","init":true,"started":"2026-11-21T02:00:00.000Z","timestamp":"2026-11-21T02:00:00.000Z","status":"ok","errors":0,"attrs":{"release":"acme"}}"#,
                "\n",
                r#"{"type":"session","length":202}"#,
                "\n",
                r#"{"sid":"7ac97fde8887456ab1f127f8744c04e5","init":false,"started":"2026-11-21T01:59:59.600Z","timestamp":"2026-11-21T02:00:00.000Z","duration":0.4,"status":"exited","errors":1,"attrs":{"release":"acme"}}"#,
                "\n"
            )
        );
    }

    #[test]
    fn what_is_named_nowhere_is_a_session_that_names_nobody() {
        let plain = Event { name: "run".to_owned(), ..event("run", &[("result", text("abnormal"))]) };
        let expected = |did: &str, status: &str| {
            let session = format!(
                r#"{{"sid":"63da4e74-c000-4879-aa4f-0b58d1884301",{did}"init":true,"started":"2026-11-21T02:00:00.000Z","timestamp":"2026-11-21T02:00:00.000Z","status":"{status}","errors":0,"attrs":{{"release":"acme"}}}}"#
            );
            format!("{{}}\n{{\"type\":\"session\",\"length\":{}}}\n{session}\n", session.len())
        };
        let said = |rest| body(&manifest(rest), std::slice::from_ref(&plain), &Withheld::default());
        assert_eq!(said(""), expected("", "exited"));
        assert_eq!(said(SESSIONS), expected("", "abnormal"));
        assert_eq!(said("    allow: [profiles]\n"), expected("\"did\":\"0f3c2c9e\",", "exited"));
    }

    #[test]
    fn how_a_session_ended() {
        let manifest = manifest(SESSIONS);
        for (result, problems, status, errors) in [
            ("ok", None, "exited", 0),
            ("bad", None, "exited", 1),
            ("bad", Some(7), "exited", 7),
            ("bad", Some(0), "exited", 1),
            ("ok", Some(2), "exited", 2),
            ("ok", Some(-2), "exited", 0),
            ("broken", None, "crashed", 1),
            ("abnormal", None, "abnormal", 0),
            ("crashed", None, "crashed", 1),
        ] {
            let mut fields = vec![("result", text(result))];
            fields.extend(problems.map(|number| ("problems", Value::Integer(number))));
            let said = body(&manifest, &[half(Phase::Completed, &fields)], &Withheld::default());
            assert!(
                said.contains(&format!(r#""status":"{status}","errors":{errors},"#)),
                "{result} {problems:?}: {said}"
            );
        }
    }

    #[test]
    fn durations_that_are_none_move_no_start() {
        let manifest = manifest(SESSIONS);
        for took in [Value::Integer(-5), Value::Integer(i64::MIN), text("4"), Value::Bool(true)] {
            let said = body(&manifest, &[half(Phase::Completed, &[("took", took.clone())])], &Withheld::default());
            assert!(
                said.contains(
                    r#""started":"2026-11-21T02:00:00.000Z","timestamp":"2026-11-21T02:00:00.000Z","status""#
                ),
                "{took:?}: {said}"
            );
        }
    }
}
