//! Any sequence of yes, no, edits by hand, recording and sending, against a model that says which events may arrive at most.
//!
//! Promises: nothing recorded before the latest yes, and nothing that met a no, arrives; while the clock stands, what the model lets
//! through does arrive. Absent: two at once (`no`, `start`). `FULL` set in the environment multiplies the sequences by twenty.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use proptest::prelude::*;
use telemetry::actions::context::{Context, Tool};
use telemetry::actions::disable::{disable, disable_all};
use telemetry::actions::enable::{enable, enable_all};
use telemetry::actions::flush::flush;
use telemetry::actions::init;
use telemetry::actions::preview::preview;
use telemetry::actions::summary::Options;
use telemetry::actions::track::{Recorded, Recorder};
use telemetry::host::clock::Timestamp;
use telemetry::queue::drop::Loss;

use crate::sandbox::acme::{full, ids, manifest};
use crate::sandbox::home::Home;

const PROFILE: &str = ".acme/profile.yml";
const CONFIG: &str = "work/p/.acme/config.yml";
/// 1970, 2026 and 2100, in milliseconds.
const CLOCKS: [i64; 3] = [1_000, 1_795_226_400_000, 4_102_444_800_000];

#[derive(Debug, Clone, Copy)]
enum Deed {
    Track,
    TrackInProject,
    /// By a program that runs on through all.
    TrackOn,
    Seal,
    Flush,
    Disable,
    Enable,
    DisableAll,
    EnableAll,
    HandFalse,
    HandTrue,
    DeleteProfile,
    DamageProfile,
    LoseMarker,
    ProjectNo,
    ProjectYes,
    Init,
    Clock(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => Just(Deed::Track),
        3 => Just(Deed::TrackInProject),
        3 => Just(Deed::TrackOn),
        2 => Just(Deed::Seal),
        4 => Just(Deed::Flush),
        2 => Just(Deed::Disable),
        3 => Just(Deed::Enable),
        1 => Just(Deed::DisableAll),
        2 => Just(Deed::EnableAll),
        2 => Just(Deed::HandFalse),
        2 => Just(Deed::HandTrue),
        1 => Just(Deed::DeleteProfile),
        1 => Just(Deed::DamageProfile),
        1 => Just(Deed::LoseMarker),
        1 => Just(Deed::ProjectNo),
        1 => Just(Deed::ProjectYes),
        1 => Just(Deed::Init),
        1 => (0..CLOCKS.len()).prop_map(Deed::Clock),
    ]
}

/// What the profile says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// True, or it is not there.
    NotNo,
    False,
    Unreadable,
}

/// The rules of consent, told once more and without any file.
#[derive(Debug)]
struct Model {
    agreed: bool,
    marker: bool,
    all: bool,
    says: Says,
    project: bool,
    /// Events that may still arrive: their ids, and whether they were recorded in the project.
    waiting: Vec<(String, bool)>,
    /// Events that may have arrived.
    arrived: BTreeSet<String>,
    stepped: bool,
}

impl Model {
    const fn is_on(&self) -> bool {
        self.agreed && !self.marker && !self.all && matches!(self.says, Says::NotNo)
    }

    /// A no in files drops what waits as soon as anybody finds it.
    fn found(&mut self, in_project: bool) {
        if self.marker || self.all || self.says == Says::False {
            self.waiting.clear();
        } else if in_project && !self.project {
            self.waiting.retain(|(_, in_project)| !in_project);
        }
    }

    fn flush(&mut self) {
        if self.marker || self.all || self.says == Says::False {
            self.waiting.clear();
        } else if self.is_on() {
            let project = self.project;
            let going = self.waiting.drain(..).filter(|(_, in_project)| !in_project || project);
            self.arrived.extend(going.map(|(id, _)| id));
        }
    }
}

struct World {
    home: Home,
    now: Timestamp,
    runner: Recorder,
    model: Model,
}

impl World {
    fn new() -> Self {
        let home = Home::new();
        home.manifest("acme", &manifest(&["main: {file: out.jsonl, batch: lines}"]));
        home.write(CONFIG, "telemetry: {id: xyz123}\n");
        let now = Timestamp::from_ms(CLOCKS[1]);
        let tool = home.tool("acme");
        enable(&home.context_at(now), &tool, false).expect("a yes");
        let runner = Recorder::new(&home.context_at(now), &tool, None).expect("a recorder");
        let model = Model {
            agreed: true,
            marker: false,
            all: false,
            says: Says::NotNo,
            project: true,
            waiting: Vec::new(),
            arrived: BTreeSet::new(),
            stepped: false,
        };
        Self { home, now, runner, model }
    }

    fn context(&self) -> Context {
        self.home.context_at(self.now)
    }

    fn tool(&self) -> Tool {
        self.home.tool("acme")
    }

    fn in_project(&self) -> Context {
        Context { directory: Some(self.home.at("work/p")), ..self.context() }
    }

    fn tracked(&mut self, recorded: Recorded, in_project: bool) {
        let may = self.model.is_on() && (!in_project || self.model.project);
        match recorded {
            Recorded::Stored { id, .. } => {
                assert!(may, "recorded through a no: {:?}", self.model);
                self.model.waiting.push((id, in_project));
            }
            Recorded::Off(_) | Recorded::NoticeDue => {
                assert!(!may, "off through a yes: {:?}", self.model);
                self.model.found(in_project);
            }
        }
    }

    fn perform(&mut self, deed: Deed) {
        let (context, tool) = (self.context(), self.tool());
        match deed {
            Deed::Track | Deed::TrackInProject => {
                let in_project = matches!(deed, Deed::TrackInProject);
                let context = if in_project { self.in_project() } else { context };
                let mut recorder = Recorder::new(&context, &tool, None).expect("a recorder");
                let recorded = recorder.record("run", &[]).expect("recorded");
                self.tracked(recorded, in_project);
            }
            Deed::TrackOn => {
                let recorded = self.runner.record("run", &[]).expect("recorded");
                self.tracked(recorded, false);
            }
            Deed::Seal => {
                let destination = tool.manifest.destinations.first().expect("a destination");
                preview(&context, &tool, destination).expect("shown");
            }
            Deed::Flush => {
                let options = Options { budget: Duration::from_secs(20), anyway: true };
                flush(&context, &tool, options).expect("flushed");
                self.model.flush();
            }
            Deed::Disable => {
                disable(&context, &tool.manifest.tool, Some(&tool), Loss::No).expect("a no");
                self.model.waiting.clear();
                self.model.marker = true;
                self.model.agreed = false;
                self.model.says = if self.model.says == Says::Unreadable { Says::Unreadable } else { Says::False };
            }
            Deed::Enable => {
                let said = enable(&context, &tool, false);
                assert_eq!(said.is_ok(), self.model.says != Says::Unreadable, "{said:?}");
                if said.is_ok() {
                    self.model.waiting.clear();
                    self.model.agreed = true;
                    self.model.marker = false;
                    self.model.says = Says::NotNo;
                }
            }
            Deed::DisableAll => {
                disable_all(&context, &[tool]).expect("a no");
                self.model.waiting.clear();
                self.model.all = true;
            }
            Deed::EnableAll => {
                let there = enable_all(&context, &[tool]).expect("withdrawn");
                assert_eq!(there, self.model.all);
                if there {
                    self.model.waiting.clear();
                }
                self.model.all = false;
            }
            Deed::HandFalse | Deed::HandTrue | Deed::DamageProfile => {
                let (text, says) = match deed {
                    Deed::HandFalse => ("anonymous_tracking: false\n", Says::False),
                    Deed::HandTrue => ("anonymous_tracking: true\n", Says::NotNo),
                    _ => ("anonymous_tracking: true\nanony", Says::Unreadable),
                };
                self.home.write(PROFILE, text);
                self.model.says = says;
            }
            Deed::DeleteProfile => {
                fs::remove_file(self.home.at(PROFILE)).ok();
                self.model.says = Says::NotNo;
            }
            Deed::LoseMarker => {
                fs::remove_file(self.home.at(".acme/telemetry/no")).ok();
                self.model.marker = false;
            }
            Deed::ProjectNo | Deed::ProjectYes => {
                self.model.project = matches!(deed, Deed::ProjectYes);
                self.home
                    .write(CONFIG, if self.model.project { "telemetry: {id: xyz123}\n" } else { "telemetry: {}\n" });
            }
            Deed::Init => {
                if let init::Plan::Change(found, _, change) = init::plan(&self.in_project(), &tool).expect("a plan") {
                    init::apply(&context, &tool, &found, &change).expect("an id");
                    self.model.waiting.retain(|(_, in_project)| !in_project);
                }
                self.model.project = true;
            }
            Deed::Clock(which) => {
                let now = Timestamp::from_ms(CLOCKS[which]);
                self.model.stepped |= now != self.now;
                self.now = now;
            }
        }
    }

    /// Holds what arrived against the model.
    fn check(&self, deeds: &[Deed]) -> usize {
        let out = fs::read(self.home.at(".acme/telemetry/out.jsonl")).unwrap_or_default();
        let arrived = ids([out.as_slice()]);
        assert!(arrived.values().all(|times| *times == 1), "{deeds:?}: {arrived:?}");
        let ids: BTreeSet<String> = arrived.into_keys().collect();
        let more: Vec<_> = ids.difference(&self.model.arrived).collect();
        assert!(more.is_empty(), "{deeds:?}: {more:?} met a no and arrived");
        // A clock that steps may cost events (they are too old, or from before the yes), never a no.
        assert!(self.model.stepped || ids == self.model.arrived, "{deeds:?}: {:?} did not arrive", self.model.arrived);
        ids.len()
    }
}

fn cases(few: u32) -> u32 {
    if full() { few * 20 } else { few }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(150), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_sends_what_met_a_no(deeds in prop::collection::vec(deed(), 1..24)) {
        let mut world = World::new();
        for (number, deed) in deeds.iter().enumerate() {
            world.perform(*deed);
            world.check(deeds.get(..=number).unwrap_or(&deeds));
        }
    }
}

/// Sequences that were thought of, each with how many events arrive: the baseline beside the zeros.
#[test]
fn sequences_that_were_thought_of() {
    use Deed::{
        Clock, DamageProfile, DeleteProfile, Disable, DisableAll, Enable, EnableAll, Flush, HandFalse, HandTrue, Init,
        LoseMarker, ProjectNo, ProjectYes, Seal, Track, TrackInProject, TrackOn,
    };
    let rows: &[(&[Deed], usize)] = &[
        (&[Track, TrackOn, TrackInProject, Flush], 3),
        (&[Track, Seal, Track, Flush], 2),
        (&[Track, Seal, Disable, Enable, Flush], 0),
        (&[Track, Seal, HandFalse, Flush, HandTrue, Flush], 0),
        (&[TrackOn, HandFalse, TrackOn, Flush, HandTrue, TrackOn, Flush], 1),
        (&[Track, Seal, HandFalse, Enable, Flush], 0),
        (&[Track, Seal, HandFalse, Track, HandTrue, Flush], 0),
        (&[TrackOn, HandFalse, TrackOn, HandTrue, TrackOn, Flush], 1),
        (&[Track, TrackInProject, ProjectNo, TrackInProject, ProjectYes, Flush], 1),
        (&[Track, DisableAll, EnableAll, Flush, Track, Flush], 1),
        (&[TrackInProject, Track, Seal, ProjectNo, Flush, ProjectYes, Flush], 1),
        (&[TrackInProject, ProjectNo, Init, Flush, TrackInProject, Flush], 1),
        (&[Track, Disable, LoseMarker, DeleteProfile, TrackOn, Flush], 0),
        (&[Track, DamageProfile, Flush, HandTrue, Flush], 1),
        (&[Track, DamageProfile, Disable, LoseMarker, HandTrue, Flush, Track, Flush], 0),
        // The clock was wrong while something was recorded, and was put right before the yes.
        (&[Clock(2), Track, Seal, Clock(1), Enable, Flush], 0),
        (&[Clock(2), Track, HandFalse, Clock(0), Enable, Flush, Track, Flush], 1),
        (&[Clock(2), TrackInProject, ProjectNo, Clock(0), Init, Flush], 0),
        (&[Clock(0), Disable, Clock(2), TrackOn, Track, Flush], 0),
    ];
    for (deeds, arrive) in rows {
        let mut world = World::new();
        deeds.iter().for_each(|deed| world.perform(*deed));
        assert_eq!(world.check(deeds), *arrive, "{deeds:?}");
    }
}

/// What was started before a no and is completed after the next yes would carry what the start recorded.
#[test]
fn what_started_before_the_latest_yes_is_not_completed_after_it() {
    for by_hand in [false, true] {
        let home = Home::new();
        home.manifest(
            "acme",
            &manifest(&["main: {file: out.jsonl, batch: lines}"])
                .replace("    fields:", "    lifecycle: true\n    fields:"),
        );
        let (tool, mut clock) = (home.tool("acme"), CLOCKS[1]);
        let mut at = || {
            clock += 1_000;
            home.context_at(Timestamp::from_ms(clock))
        };
        enable(&at(), &tool, false).expect("a yes");
        let recorder = |context: &Context| Recorder::new(context, &tool, None).expect("a recorder");
        let start = |context: &Context| match recorder(context).start("run", &[("n".to_owned(), "1".to_owned())]) {
            Ok(Recorded::Stored { pair: Some(pair), .. }) => pair,
            other => panic!("{other:?}"),
        };
        let pair = start(&at());
        recorder(&at()).complete("run", &pair, &[]).expect("completed, as long as nobody said no");
        let pair = start(&at());
        let kept = fs::read(home.at(format!(".acme/telemetry/pairs/{pair}.json"))).expect("a pair");
        enable(&at(), &tool, false).expect("another yes");
        if by_hand {
            // As if a flusher had been at work, so that nothing was dropped.
            home.write(format!(".acme/telemetry/pairs/{pair}.json"), kept);
        }
        let completed = recorder(&at()).complete("run", &pair, &[]);
        assert!(completed.is_err(), "{completed:?}");
    }
}
