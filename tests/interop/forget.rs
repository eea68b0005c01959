//! Forget of another program, killed at every call: no old id is lost before it is on record, and the next forget is whole.
//!
//! Run for every call that changes something; with `FULL=1` for every call there is. Absent: power cuts, the programs themselves.

use std::fs;

use crate::sandbox::home::Home;
use crate::strace::{Call, Fault, calls, each, everything, run};

/// A tool with its files, the id that is to go, and what is true once it is forgotten.
struct Case {
    tool: &'static str,
    files: &'static [(&'static str, &'static str)],
    id: &'static str,
    is_off: fn(&Home) -> bool,
}

const CASES: [Case; 2] = [
    Case {
        tool: "piperider",
        files: &[
            (".piperider/profile.yml", "user_id: 468d5a8ff8f0414a9dc8bdc308618363\nanonymous_tracking: true # mine\n"),
            (".piperider/.unsend_events.json", "{\"unsend_events\": [{\"a\": 1}]}"),
        ],
        id: "468d5a8ff8f0414a9dc8bdc308618363",
        is_off: |home| {
            let profile = home.read(".piperider/profile.yml");
            profile.contains("anonymous_tracking: false # mine\n")
                && profile.starts_with("user_id: '")
                && home.read(".piperider/.unsend_events.json") == "{\"unsend_events\": []}"
        },
    },
    Case {
        tool: "meltano",
        files: &[
            ("work/meltano.yml", "project_id: 01a1fbd1-aed9-7949-ace8-c3ba37c08849\nversion: 1 # mine\n"),
            (
                "work/.meltano/analytics.json",
                "{\"client_id\": \"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\", \"project_id\": \
                 \"01a1fbd1-aed9-7949-ace8-c3ba37c08849\", \"send_anonymous_usage_stats\": true}",
            ),
        ],
        id: "01a1fbd1-aed9-7949-ace8-c3ba37c08849",
        is_off: |home| {
            home.read("work/meltano.yml") == "version: 1 # mine\n"
                && !home.at("work/.meltano/analytics.json").exists()
                && home.read("work/.env").contains("MELTANO_SEND_ANONYMOUS_USAGE_STATS=false")
        },
    },
];

fn laid(case: &Case) -> Home {
    let home = Home::new();
    case.files.iter().for_each(|(name, text)| drop(home.write(name, text)));
    home
}

fn words(case: &Case) -> Vec<String> {
    ["forget", case.tool, "--project", "--yes"].map(str::to_owned).to_vec()
}

/// The files that hold the id: those of the tool, requests, and copies of ours but for what a kill left half-written, which is swept.
fn holding(home: &Home, case: &Case) -> (usize, usize, usize) {
    let holds = |name: &&String| fs::read_to_string(home.at(name)).is_ok_and(|text| text.contains(case.id));
    let all: Vec<String> = home.list().iter().filter(holds).cloned().collect();
    let own = all.iter().filter(|name| !name.starts_with(".telemetry/")).count();
    let kept = all.iter().filter(|name| name.contains("/deletion/") && name.ends_with(".json")).count();
    let half = all.iter().filter(|name| name.ends_with(".tmp") && name.contains("/deletion/")).count();
    (own, kept, all.len() - own - kept - half)
}

#[test]
fn killed_at_every_call_no_id_is_lost_and_the_next_forget_is_whole() {
    for case in CASES {
        let traced = laid(&case);
        let all: Vec<Call> =
            calls(&traced, &words(&case)).into_iter().filter(|call| everything() || call.changes()).collect();
        assert!((case.is_off)(&traced), "{}", case.tool);
        assert_eq!(holding(&traced, &case), (0, 1, 0), "{}", case.tool);
        let seen = each(&all, |_, call| {
            let home = laid(&case);
            let ran = run(&home, &words(&case), call, Fault::Kill);
            let what = format!("{} killed at {}", case.tool, call.words());
            let (own, kept, _) = holding(&home, &case);
            assert!(own > 0 || kept > 0, "{what}: the id is nowhere");
            home.run(words(&case)).expect(3);
            assert!((case.is_off)(&home), "{what}: {:?}", home.list());
            let (own, kept_after, copies) = holding(&home, &case);
            assert_eq!((own, copies), (0, 0), "{what}: {:?}", home.list());
            assert!(kept_after >= 1, "{what}: the request lost the id");
            let beside = |name: &&String| name.ends_with(".tmp") && !name.starts_with(".telemetry/");
            assert_eq!(home.list().iter().filter(beside).count(), 0, "{what}");
            usize::from(ran.hit.is_some())
        });
        let hit: usize = seen.iter().sum();
        let recorded = calls_after_record(&case, &all);
        println!(
            "{}: killed at {hit} calls of {}, {recorded} of them after the ids were on record",
            case.tool,
            all.len()
        );
        assert!(hit > 20 && recorded > 5, "kills that fell on no step prove nothing");
    }
}

/// How many of the calls come after the request was put in place.
fn calls_after_record(case: &Case, all: &[Call]) -> usize {
    let at = all.iter().position(|call| call.words().contains("/deletion/"));
    at.map_or_else(|| panic!("no call of {} is about a request", case.tool), |at| all.len() - at)
}
