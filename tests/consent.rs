//! The rules of consent over the whole space of facts, held against a second, straight-line telling of them.
//!
//! Promises: every state of every source meets every other.
//! Absent: where facts come from (`consent_files`), and the words (`reasons`).

use std::collections::BTreeSet;
use std::path::Path;

use telemetry::consent::agreement::{Agreement, How, State};
use telemetry::consent::answer::Question;
use telemetry::consent::decide::{Decision, decide};
use telemetry::consent::facts::{Asked, DoNotTrack, Facts, Home, Shown};
use telemetry::consent::policy::{self, Policy};
use telemetry::consent::reason::{Effect, Reason, Source};
use telemetry::host::clock::Timestamp;
use telemetry::host::facts::Ci;
use telemetry::identity::ids::Id;
use telemetry::identity::names::ToolName;
use telemetry::identity::profile::{Contents, Profile, Tracking, Unreadable};
use telemetry::identity::project::{Project, Word};
use telemetry::manifest::declaration::Declaration;
use telemetry::manifest::parse;
use telemetry::manifest::switches::Said;
use telemetry::manifest::tool::Manifest;

/// Every state that each part of a question can be in.
const SPACE: [&str; 13] = [
    "no policy|allowed|other tools|other purposes|other destinations|broken policy",
    "DNT silent|DNT set",
    "no variable|on|off|undeclared|on and off",
    "no CI|CI",
    "ci: no|ci: tag",
    "no word for all|no for all|unknown for all",
    "no marker|marker|unknown marker",
    "no profile|true|false|other|silent profile|broken profile|true, local",
    "our home|another's home|unknown home",
    "no project|id|no id|broken project|gone",
    "no agreement|broken agreement|enable|variable|notice|log|enable, no event|enable, no purpose|\
     enable, no destination|enable, other address|notice, no event",
    "opt-in|opt-out",
    "the tool|an event|a destination|sending|recorded before|recorded since",
];

/// One state of each, in that order.
type Row = [&'static str; 13];

/// The space taken apart.
fn space() -> [Vec<&'static str>; 13] {
    SPACE.map(|states| states.split('|').collect())
}

/// The row of this number.
fn row(space: &[Vec<&'static str>; 13], mut number: usize) -> Row {
    space.each_ref().map(|states| {
        let (digit, rest) = (number % states.len(), number / states.len());
        number = rest;
        states.get(digit).copied().expect("a state")
    })
}

/// When the agreement dates from.
const SINCE: Timestamp = Timestamp::from_ms(1000);

const MANIFEST: &str = "manifest: 1\ntool: acme\ntitle: An example\nevents:\n  command:\n    description: A command ended\n    purpose: \
    product-improvement\n    fields: {ok: {type: boolean, description: Whether it succeeded}}\n    example: {ok: true}\n\
    destinations:\n  main: {url: 'https://t.acme.example/v1'}\n";

fn manifest(more: &str) -> Manifest {
    parse::manifest(format!("{MANIFEST}{more}").as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// What facts are made from, made once.
struct World {
    manifests: Vec<(&'static str, &'static str, Manifest)>,
    policies: Vec<(&'static str, Policy)>,
    agreements: Vec<(&'static str, State)>,
    tool: ToolName,
}

impl World {
    fn new() -> Self {
        let manifests: Vec<_> = ["opt-in", "opt-out"]
            .into_iter()
            .flat_map(|consent| [(consent, "ci: no"), (consent, "ci: tag")])
            .map(|(consent, ci)| (consent, ci, manifest(&format!("consent: {consent}\n{ci}\n"))))
            .collect();
        let allow = |tool: &str, purpose: &str, destination: &str| {
            let text = format!(
                "allow: {{tools: ['{tool}'], purposes: ['{purpose}'], destinations: ['{destination}']}}\n...\n"
            );
            policy::parse(text.as_bytes())
        };
        let policies = vec![
            ("no policy", Policy::Absent),
            ("allowed", allow("acme", "product-improvement", "https://t.acme.example")),
            ("other tools", allow("other", "*", "*")),
            ("other purposes", allow("*", "marketing", "*")),
            ("other destinations", allow("*", "*", "https://other.example")),
            ("broken policy", policy::parse(b"allow: {}")),
        ];
        let whole = Declaration::of(&manifests.first().expect("one").2);
        let given = |how, without: fn(&mut Declaration)| {
            let mut declaration = whole.clone();
            without(&mut declaration);
            State::Given(Agreement { how, since: SINCE, declaration })
        };
        let agreements = vec![
            ("no agreement", State::Absent),
            ("broken agreement", State::Unreadable("cut".to_owned())),
            ("enable", given(How::Enable, |_| {})),
            ("variable", given(How::Variable, |_| {})),
            ("notice", given(How::Notice, |_| {})),
            ("log", given(How::Log, |_| {})),
            ("enable, no event", given(How::Enable, |declaration| declaration.fields.clear())),
            ("enable, no purpose", given(How::Enable, |declaration| declaration.purposes.clear())),
            ("enable, no destination", given(How::Enable, |declaration| declaration.destinations.clear())),
            (
                "enable, other address",
                given(How::Enable, |declaration| {
                    declaration.destinations.insert("main".to_owned(), "https://other.example/".to_owned());
                }),
            ),
            ("notice, no event", given(How::Notice, |declaration| declaration.fields.clear())),
        ];
        Self { manifests, policies, agreements, tool: ToolName::new("acme").expect("a name") }
    }

    fn facts(&self, row: Row) -> Facts {
        let [policy, dnt, variables, ci, _, user, marker, profile, home, project, agreement, ..] = row;
        let said = |said| ("ACME".to_owned(), said);
        let asked = |state: &str| match state.split(' ').next() {
            Some("no") if state != "no for all" => Asked::Absent,
            Some("unknown") => Asked::Unknown("refused".to_owned()),
            _ => Asked::There,
        };
        let contents = |tracking, local| Profile::Present(Contents { user_id: None, tracking, local, provided: None });
        let at = Project::at(Path::new("/work"), &self.tool);
        Facts {
            withdrawn: None,
            policy: named(&self.policies, policy).clone(),
            do_not_track: if dnt == "DNT set" { DoNotTrack::Set } else { DoNotTrack::Silent },
            variables: match variables {
                "no variable" => vec![said(Said::Nothing)],
                "on" => vec![said(Said::On)],
                "off" => vec![said(Said::Off)],
                "undeclared" => vec![said(Said::Undeclared)],
                _ => vec![said(Said::On), ("NO_ACME".to_owned(), Said::Off)],
            },
            ci: (ci == "CI").then_some(Ci { name: "unnamed", variable: "CI" }),
            no_for_all: asked(user),
            marker: asked(marker),
            profile: match profile {
                "no profile" => Profile::Absent,
                "true" => contents(Tracking::True, false),
                "false" => contents(Tracking::False(Some(1)), false),
                "other" => contents(Tracking::Other(None), false),
                "silent profile" => contents(Tracking::Missing, false),
                "true, local" => contents(Tracking::True, true),
                _ => Profile::Unreadable(Unreadable { why: "empty".to_owned(), line: None }),
            },
            home: match home {
                "our home" => Home::Ours,
                "another's home" => Home::OfAnother,
                _ => Home::Unknown("refused".to_owned()),
            },
            project: match project {
                "no project" => None,
                "id" => Some((at, Word::Id(Id::new("xyz123").expect("an id")))),
                "no id" => Some((at, Word::NoId(Some(1)))),
                "gone" => Some((at, Word::Gone)),
                _ => Some((at, Word::Unreadable { why: "cut".to_owned(), line: None })),
            },
            agreement: named(&self.agreements, agreement).clone(),
            shown: Shown {
                policy: "/policy".into(),
                no_for_all: "/no".into(),
                home: "/home".into(),
                marker: "/marker".into(),
                profile: "/profile".into(),
                agreement: "/agreement".into(),
            },
        }
    }

    fn decide(&self, row: Row) -> Decision {
        let [.., rule, _, _, _, _, _, _, consent, question] = row;
        let manifest =
            self.manifests.iter().find(|(c, ci, _)| *c == consent && *ci == rule).map(|(.., m)| m).expect("a manifest");
        let (event, destination) = (manifest.event("command"), manifest.destinations.first());
        let recorded = match question {
            "recorded before" => Some(SINCE.plus_ms(-1)),
            "recorded since" => Some(SINCE),
            _ => None,
        };
        let event = event.filter(|_| asks_event(question));
        let destination = destination.filter(|_| asks_destination(question));
        decide(&self.facts(row), Question { manifest, event, destination, recorded })
    }
}

fn named<'a, T>(all: &'a [(&str, T)], name: &str) -> &'a T {
    all.iter().find(|(is, _)| *is == name).map(|(_, value)| value).expect("a state")
}

fn asks_event(question: &str) -> bool {
    !["the tool", "a destination"].contains(&question)
}

fn asks_destination(question: &str) -> bool {
    !["the tool", "an event"].contains(&question)
}

/// The rules told a second time: the codes of all noes, in the order of the sources.
fn noes(row: Row) -> Vec<&'static str> {
    let [policy, dnt, variables, ci, rule, user, marker, profile, home, project, agreement, consent, question] = row;
    let (event, sending) = (asks_event(question), asks_destination(question));
    let on = variables == "on" || variables == "on and off";
    let yes = on || agreement.starts_with("enable");
    let told = yes || agreement.starts_with("notice") || agreement == "log";
    let table = [
        (policy == "broken policy", "policy.unreadable"),
        (policy == "other tools", "policy.tool"),
        (policy == "other purposes" && event, "policy.purpose"),
        (policy == "other destinations" && sending, "policy.destination"),
        (dnt == "DNT set", "do-not-track.set"),
        (variables == "off" || variables == "on and off", "variable.off"),
        (variables == "undeclared", "variable.undeclared"),
        (ci == "CI" && rule == "ci: no", "ci.detected"),
        (user == "no for all", "user.no"),
        (user == "unknown for all", "user.unknown"),
        (marker == "marker", "marker.no"),
        (marker == "unknown marker", "marker.unknown"),
        // Whose home it is comes before what stands in it.
        (home == "another's home", "home.of-another"),
        (home == "unknown home", "home.unknown"),
        (home == "our home" && profile == "false", "profile.no"),
        (home == "our home" && profile == "other", "profile.not-true"),
        (home == "our home" && profile == "silent profile", "profile.silent"),
        (home == "our home" && profile == "broken profile", "profile.unreadable"),
        (home == "our home" && profile == "true, local" && sending, "mode.local"),
        (project == "no id", "project.no-id"),
        (project == "broken project", "project.unreadable"),
        (project == "gone", "project.gone"),
        // 9. Under opt-in a question takes the notice's place.
        (agreement == "broken agreement", "agreement.unreadable"),
        (agreement != "broken agreement" && !told && consent == "opt-out", "notice.pending"),
        (agreement != "broken agreement" && !told && consent == "opt-in", "consent.not-asked"),
        (agreement.ends_with(", no event") && event, "agreement.event"),
        (agreement.ends_with(", no purpose") && event, "agreement.purpose"),
        (agreement.ends_with(", no destination") && sending, "agreement.destination"),
        (agreement.ends_with(", other address") && sending, "agreement.destination"),
        (before_yes(agreement, question), "recorded.before-yes"),
        (consent == "opt-in" && !yes, "consent.not-asked"),
    ];
    table.into_iter().filter(|(no, _)| *no).map(|(_, code)| code).collect()
}

/// Nothing recorded before the latest yes is sent; each answers with one no, and what is not in the agreement at all comes first.
fn before_yes(agreement: &str, question: &str) -> bool {
    question == "recorded before" && ["enable", "variable", "notice", "log"].contains(&agreement)
}

/// The noes for which events that wait are dropped: of files, and what came before the yes. All others hold them.
pub(crate) const DROPPING: [&str; 7] = [
    "user.no",
    "marker.no",
    "profile.no",
    "profile.not-true",
    "profile.silent",
    "project.no-id",
    "recorded.before-yes",
];

#[track_caller]
fn check(world: &World, row: Row) {
    let (decision, noes) = (world.decide(row), noes(row));
    let codes: Vec<&str> = decision.reasons().map(Reason::code).collect();
    assert_eq!(codes, noes, "{row:?}");
    assert_eq!(decision.is_yes(), noes.is_empty(), "{row:?}");
    assert_eq!(decision.reason().map(Reason::code), noes.first().copied(), "{row:?}");
    assert_eq!(decision.deciding().is_none(), noes.is_empty(), "{row:?}");
    let [.., profile, _, _, _, _, question] = row;
    let permit = decision.permit().map(|permit| permit.destination().to_string());
    assert_eq!(permit.as_deref(), (noes.is_empty() && asks_destination(question)).then_some("main"), "{row:?}");
    let dropped = noes.iter().find(|code| DROPPING.contains(code)).copied();
    let effect = if dropped.is_some() { Effect::Drop } else { Effect::Hold };
    assert_eq!(decision.effect(), (!noes.is_empty()).then_some(effect), "{row:?}");
    assert_eq!(decision.dropping().map(Reason::code), dropped, "{row:?}");
    assert_eq!(decision.is_local(), profile == "true, local", "{row:?}");
    assert!(decision.answers().iter().map(|answer| answer.source).eq(Source::ALL), "{row:?}");
}

/// The parts that hang together: policy, variables, profile, home, agreement, consent and question. Their whole product, while
/// the other six are silent.
#[test]
fn what_hangs_together_is_decided_by_the_rules_in_every_row() {
    let world = World::new();
    let silent = ["DNT silent", "no CI", "ci: no", "no word for all", "no marker", "no project"];
    // Counts through the product without the rows in which any of the six says something.
    let mut rows: Vec<Row> = vec![[""; 13]];
    for (place, states) in space().iter().enumerate() {
        let kept: Vec<&str> = match states.iter().find(|state| silent.contains(state)) {
            Some(state) => vec![state],
            None => states.clone(),
        };
        rows = rows.iter().flat_map(|row| kept.iter().map(|state| with(*row, place, state))).collect();
    }
    assert_eq!(rows.len(), 6 * 5 * 7 * 3 * 11 * 2 * 6);
    for row in rows {
        check(&world, row);
    }
}

fn with(mut row: Row, place: usize, state: &'static str) -> Row {
    *row.get_mut(place).expect("a place") = state;
    row
}

/// Of all 29,937,600 rows every sixtieth or so, evenly (by the golden ratio, so that every few hundred of them are even, too),
/// as all would take minutes. That every two states meet is asserted.
#[test]
fn rows_of_the_whole_space_are_decided_by_the_rules() {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let (world, space) = (World::new(), space());
    let all: usize = space.iter().map(Vec::len).product();
    assert_eq!(all, 29_937_600);
    let mut met = BTreeSet::new();
    for number in 0..500_000_u64 {
        let place = (u128::from(number.wrapping_mul(STEP)) * 29_937_600) >> 64;
        let row = row(&space, usize::try_from(place).expect("below all"));
        check(&world, row);
        if number < 5_000 {
            met.extend(row.iter().flat_map(|one| row.iter().map(move |two| (*one, *two))));
        }
    }
    for (place, one) in space.iter().enumerate() {
        for two in space.iter().skip(place + 1) {
            assert!(one.iter().all(|one| two.iter().all(|two| met.contains(&(*one, *two)))), "{one:?} {two:?}");
        }
    }
}

/// Any one no, with a yes from everything that can say yes, is a no.
#[test]
fn any_no_wins() {
    let world = World::new();
    let yes: Row = [
        "allowed",
        "DNT silent",
        "on",
        "no CI",
        "ci: no",
        "no word for all",
        "no marker",
        "true",
        "our home",
        "id",
        "enable",
        "opt-out",
        "recorded since",
    ];
    assert!(world.decide(yes).permit().is_some());
    let mut nos = 0;
    for (place, states) in space().iter().enumerate().take(11) {
        for state in states {
            let row = with(yes, place, state);
            let no = !noes(row).is_empty();
            assert_eq!(world.decide(row).permit().is_none(), no, "{row:?}");
            nos += usize::from(no);
        }
    }
    assert_eq!(nos, 29, "states that say no by themselves");
}

#[test]
fn the_sources_are_asked_in_this_order() {
    let codes = Source::ALL.map(Source::code);
    let ten =
        ["policy", "do-not-track", "variables", "ci", "user", "marker", "profile", "project", "notice", "agreement"];
    assert_eq!(codes.split_last(), Some((&"consent", &ten[..])));
    assert!(Source::ALL.iter().all(|source| !source.words().is_empty()));
}
