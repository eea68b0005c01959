//! From the text of a manifest to a checked [`Manifest`], or to every problem with its line.
//!
//! Promises: unknown keys, repeated keys, unknown types and references to what is not declared are problems, never passed
//! over; so is what looks like a promise and holds nothing. A version newer than ours is said as such. Absent: defaults that send
//! more than was declared; taste (`check`).

mod belonging;
mod deletion;
mod destinations;
mod documents;
mod events;
mod fields;
mod foreign;
mod limits;
mod receivers;
mod runs;
mod schedule;
mod sentry;
mod switches;

use std::sync::Arc;

use crate::identity::names::ToolName;
use crate::manifest::addresses::WebAddress;
use crate::manifest::destinations::Destination;
use crate::manifest::events::Event;
use crate::manifest::problem::Problems;
use crate::manifest::tool::{CiRule, Consent, Fact, IdKind, Manifest, NoticeRule};
use crate::manifest::written::{self, newer};

use crate::settings::yaml;

pub use crate::manifest::problem::Problem;
pub use crate::manifest::written::{LIMIT, VERSION, Written};

/// Reads the text of a manifest.
///
/// # Errors
/// Every problem that was found, at least one, in the order of lines.
pub fn manifest(source: &[u8]) -> Result<Manifest, Vec<Problem>> {
    let written = written::read(source).map_err(|problem| vec![problem])?;
    whole(&written).map_err(|problems| problems.in_text(source, LIMIT))
}

/// Reads a file that holds a manifest: it ends with YAML's end mark, so that one that was cut short, and may have lost a switch,
/// is no manifest.
///
/// # Errors
/// Every problem that was found, at least one, in the order of lines.
pub fn file(source: &[u8]) -> Result<Manifest, Vec<Problem>> {
    let manifest = manifest(source)?;
    if yaml::is_whole(source) {
        return Ok(manifest);
    }
    let what = "the last line is not the end mark `...`, so it may have been cut short: add it".to_owned();
    Err(vec![Problem { path: Vec::new(), line: None, what }])
}

/// Checks what is written.
///
/// # Errors
/// Every problem that was found, at least one, without lines.
pub fn check(written: &Written) -> Result<Manifest, Vec<Problem>> {
    whole(written).map_err(Problems::list)
}

fn whole(written: &Written) -> Result<Manifest, Problems> {
    let mut problems = Problems::default();
    if written.manifest != VERSION {
        let newer = (written.manifest > VERSION).then(|| newer(written.manifest));
        problems.say_at("manifest", newer.unwrap_or_else(|| "the first version is 1".to_owned()));
        return Err(problems);
    }
    match walk(&mut problems, written) {
        Some(manifest) if problems.is_empty() => Ok(manifest),
        _ => Err(problems),
    }
}

/// The manifest, with the problems that there are; `None` only where there are some.
fn walk(problems: &mut Problems, written: &Written) -> Option<Manifest> {
    let tool = problems.value_at("tool", ToolName::new(&written.tool));
    let title = problems.text("title", &written.title, 200);
    let consent =
        problems.choice("consent", &written.consent, &[("opt-in", Consent::OptIn), ("opt-out", Consent::OptOut)]);
    let ci = written.ci.as_deref().unwrap_or("no");
    let ci = problems.choice("ci", ci, &[("no", CiRule::No), ("tag", CiRule::Tag)]);
    let notice = written.notice.as_deref().unwrap_or("terminal");
    let notice = problems.choice("notice", notice, &[("terminal", NoticeRule::Terminal), ("log", NoticeRule::Log)]);
    if (consent, notice) == (Some(Consent::OptIn), Some(NoticeRule::Log)) {
        problems.say_at("notice", "a notice in the log is for opt-out: under opt-in only a yes begins anything");
    }
    let controller = written.controller.as_deref().map(|text| problems.text("controller", text, 200));
    let privacy = written.privacy.as_deref().and_then(|text| problems.value_at("privacy", WebAddress::new(text)));
    let variables = problems.at("switches", |problems| switches::variables(problems, written.switches.as_ref()));
    let foreign = problems.at("switches", |problems| foreign::foreign(problems, written, &variables));
    let facts = words(problems, "facts", &written.facts, Fact::named, &Fact::ALL.map(Fact::as_str));
    let ids = match &written.ids {
        Some(ids) => words(problems, "ids", ids, IdKind::named, &IdKind::ALL.map(IdKind::as_str)),
        // What a person gives about themselves is asked for by name, or not at all.
        None => vec![IdKind::User, IdKind::Project],
    };
    let destinations: Vec<Destination> = problems.at("destinations", |problems| {
        let all = written.destinations.iter();
        all.filter_map(|(name, one)| {
            problems.at(name, |problems| destinations::destination(problems, &written.tool, name, one))
        })
        .collect()
    });
    let events: Vec<Event> = problems.at("events", |problems| {
        let all = written.events.iter();
        all.filter_map(|(name, one)| problems.at(name, |problems| events::event(problems, name, one, written)))
            .collect()
    });
    problems.at("destinations", |problems| documents::documents(problems, written));
    receivers::receivers(problems, written);
    sentry::sentry(problems, written);
    let deletion = problems.at("deletion", |problems| deletion::deletion(problems, written, &destinations));
    let limits = problems.at("limits", |problems| limits::limits(problems, written.limits.as_ref()));
    let schedule = problems.at("schedule", |problems| schedule::schedule(problems, written.schedule.as_ref()));
    let run = problems.at("run", |problems| runs::run(problems, written, &events));
    let heartbeat = problems.at("heartbeat", |problems| runs::heartbeat(problems, written, &events));
    belonging::parts(problems, written);
    belonging::files(problems, &destinations, &deletion);
    Some(Manifest {
        tool: tool?,
        title,
        controller,
        privacy: privacy.map(|address| address.as_str().to_owned()),
        consent: consent?,
        ci: ci?,
        notice: notice?,
        variables,
        foreign: foreign.map(Arc::new),
        facts,
        ids,
        events,
        destinations,
        deletion,
        limits,
        schedule,
        run,
        heartbeat,
    })
}

/// A list at `key` of words from a closed list, each once.
fn words<T: PartialEq + Copy>(
    problems: &mut Problems,
    key: &str,
    words: &[String],
    named: impl Fn(&str) -> Option<T>,
    all: &[&str],
) -> Vec<T> {
    problems.at(key, |problems| {
        problems.once(words);
        let mut known: Vec<T> = Vec::new();
        for (index, word) in words.iter().enumerate() {
            match named(word) {
                Some(value) => known.push(value),
                None => problems
                    .at_item(index, |problems| problems.say(format!("{word:?} is not one of: {}", all.join(", ")))),
            }
        }
        known
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::{ProptestConfig, any, prop, proptest};

    /// A valid manifest with one of everything.
    const WHOLE: &str = include_str!("parse/whole.yml");

    /// A change of [`WHOLE`], a text in it and what stands there instead, with the problems that follow.
    pub(crate) type Case = (&'static str, &'static str, &'static [&'static str]);

    /// Makes each change and compares the problems.
    pub(crate) fn hold(cases: &[Case]) {
        for (old, new, wanted) in cases {
            assert_eq!(WHOLE.matches(old).count(), 1, "{old:?} stands once in the manifest");
            let problems = problems(WHOLE.replace(old, new).as_bytes());
            assert_eq!(problems, *wanted, "{old:?} -> {new:?}");
        }
    }

    pub(crate) fn problems(source: &[u8]) -> Vec<String> {
        manifest(source).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn problems_of_the_whole() {
        hold(&[
            ("manifest: 1", "manifest: 1", &[]),
            ("manifest: 1", "manifest: 0", &["line 1: manifest: the first version is 1"]),
            (
                "tool: acme",
                "tool: Acme",
                &[
                    "line 2: tool: \"Acme\" is not a name of a tool: it takes a lower-case letter or digit, then up to 63 of a-z 0-9 _ -",
                ],
            ),
            ("title: Acme", "title: ' '", &["line 3: title: it is empty"]),
            ("title: Acme", "title:", &["line 3: title: it is empty"]),
            ("title: Acme", "title: \"A\\u202eb\"", &["line 3: title: it has control characters"]),
            ("Acme Ltd", "\"\\e[1m\"", &["line 4: controller: it has control characters"]),
            (
                "https://acme.example/privacy",
                "http://acme.example",
                &["line 5: privacy: it is neither https nor on a loopback address"],
            ),
            ("consent: opt-out", "consent: yes", &["line 6: consent: \"yes\" is not one of: opt-in, opt-out"]),
            (
                "consent: opt-out",
                "consent: opt-in",
                &["line 8: notice: a notice in the log is for opt-out: under opt-in only a yes begins anything"],
            ),
            ("ci: tag", "ci:", &["line 7: ci: \"\" is not one of: no, tag"]),
            ("notice: log", "notice: web", &["line 8: notice: \"web\" is not one of: terminal, log"]),
            (
                "facts: [os, arch]",
                "facts: [os,\n  os, moon]",
                &[
                    "line 17: facts[1]: \"os\" stands twice",
                    "line 17: facts[2]: \"moon\" is not one of: os, os_release, arch, cpu_count, memory_gib, time_zone, host_name, cloud, region, runtime, version, initial_version, first_seen, last_seen, ci",
                ],
            ),
            ("ids: [user]", "ids: [user, me]", &["line 17: ids[1]: \"me\" is not one of: user, project, provided"]),
            ("bytes: 10000", "bytes: 9999", &["line 72: limits.bytes: it lies from 10000 to 10000000000"]),
            ("events: 5", "events: 0", &["line 73: limits.events: it lies from 1 to 100000000"]),
            ("days: 3", "days: 3651", &["line 74: limits.days: it lies from 1 to 3650"]),
            ("file: deletion.jsonl", "file: events.jsonl", &["line 68: deletion[1]: it is the file of disk as well"]),
            (
                "    url: https://t.acme.example/v1\n    protocol: json\n    method: PUT\n    headers: {X-Key: abc}\n",
                "    file: events.jsonl\n",
                &["line 61: destinations.disk.file: it is the file of web as well"],
            ),
        ]);
    }

    #[test]
    fn parts_that_need_each_other() {
        let head = "manifest: 1\ntool: a\ntitle: A\nconsent: opt-in\n";
        let event = "events: {e: {description: E, purpose: p}}\n";
        for (rest, wanted) in [
            ("", &["it declares neither events nor switches"][..]),
            (event, &["it declares events and no destination"]),
            ("switches: {environment: [{name: A, off: ['0']}]}\n", &[]),
            (
                "facts: [os]\nids: []\ndestinations: {d: {file: d.jsonl}}\nlimits:\nswitches: {environment: [{name: A, off: [x]}]}\n",
                &[
                    "line 5: facts: it means nothing without events",
                    "line 6: ids: it means nothing without events",
                    "line 7: destinations: it means nothing without events",
                    "line 8: limits: it means nothing without events",
                ],
            ),
        ] {
            assert_eq!(problems(format!("{head}{rest}").as_bytes()), wanted, "{rest}");
        }
    }

    #[test]
    fn a_newer_version_is_all_that_is_said() {
        let wanted = [
            "line 2: manifest: it is of version 2 of the manifest language, and this program knows version 1: update telemetry",
        ];
        for rest in ["", "tool: [a]\n", "moon: 1\ntool: a\ntitle: ''\nconsent: opt-sideways\n"] {
            assert_eq!(problems(format!("# new\nmanifest: 2\n{rest}").as_bytes()), wanted, "{rest:?}");
        }
        let whole = problems(WHOLE.replace("manifest: 1", "# new\nmanifest: 2").as_bytes());
        assert_eq!(whole, wanted);
    }

    /// What does not hang on a manifest's meaning: the same before and after.
    fn said(source: &[u8]) -> Option<String> {
        manifest(source).ok().map(|manifest| format!("{manifest:?}"))
    }

    #[test]
    fn line_endings_and_a_byte_order_mark_change_nothing() {
        let plain = said(WHOLE.as_bytes()).expect("valid");
        let windows = WHOLE.replace('\n', "\r\n");
        for text in
            [format!("\u{feff}{WHOLE}"), windows.clone(), format!("\u{feff}{windows}"), format!("---\n{WHOLE}...\n")]
        {
            assert_eq!(said(text.as_bytes()).as_ref(), Some(&plain));
        }
        let wrong = format!("\u{feff}{}", windows.replace("days: 3", "days: 0"));
        assert_eq!(problems(wrong.as_bytes()), ["line 74: limits.days: it lies from 1 to 3650"]);
    }

    #[test]
    fn a_file_that_was_cut_short_is_no_manifest() {
        let text = format!("{}...\n", WHOLE.replace("notice: log\n", "notice: log\n# é\n"));
        let (acme, beacon) = (include_str!("examples/acme.yml"), include_str!("examples/beacon.yml"));
        for text in [&text, acme, beacon, include_str!("examples/server.yml")] {
            file(text.as_bytes()).expect("valid");
            for end in 0..text.len() - 1 {
                let cut = file(&text.as_bytes()[..end]);
                assert!(cut.is_err(), "cut at {end}");
            }
        }
    }

    #[test]
    fn an_example_has_its_fields_in_the_order_of_its_event() {
        let text = WHOLE.replace("      flag: true\n      count: 7\n", "      count: 7\n      flag: true\n");
        assert_ne!(text, WHOLE);
        assert_eq!(said(text.as_bytes()), said(WHOLE.as_bytes()));
    }

    #[test]
    fn large_manifests_end_soon() {
        let mut text = WHOLE.to_owned();
        text.push_str(&"#\n".repeat(150_000));
        assert_eq!(problems(text.as_bytes()), ["it is larger than can be read: the limit is 262144 bytes"]);
        // As many problems as fit, each with its line.
        let head = "manifest: 1\ntool: a\ntitle: A\nconsent: opt-in\nevents:\n  e: {description: E, purpose: p}\n";
        let destinations: String = (0..1000).map(|n| format!("  D{n}: {{file: /}}\n")).collect();
        let begun = std::time::Instant::now();
        let found = problems(format!("{head}destinations:\n{destinations}").as_bytes());
        assert_eq!(found.len(), 2000);
        assert!(
            found.last().is_some_and(|last| last.starts_with("line 1007: destinations.D999.file: ")),
            "{:?}",
            found.last()
        );
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn changes_of_a_valid_manifest_never_make_it_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, any::<prop::sample::Index>(), 0..40_usize), 1..6),
            bytes in prop::collection::vec(any::<u8>(), 0..4),
        ) {
            let mut text = WHOLE.as_bytes().to_vec();
            for (to, gone, from, length) in changes {
                let from = from.index(text.len());
                let copy: Vec<u8> = text.iter().skip(from).take(length).chain(&bytes).copied().collect();
                let to = to.index(text.len());
                let end = text.len().min(to + gone);
                text.splice(to..end, copy);
                text.extend(b"\n");
            }
            // Every byte that can end a line of YAML, or end the code of a character that does (NEL, LS, PS).
            let lines = text.iter().filter(|byte| matches!(**byte, b'\n' | b'\r' | 0x85 | 0xa8 | 0xa9)).count() + 1;
            if let Err(problems) = manifest(&text) {
                assert!(!problems.is_empty());
                for problem in problems {
                    assert!(problem.line.is_none_or(|line| (1..=lines).contains(&(line as usize))), "{problem}");
                }
            }
        }
    }
}
