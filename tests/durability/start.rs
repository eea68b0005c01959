//! Many programs at once: one id, one salt, one first day, and every event exactly once, whoever flushes.
//!
//! Promises: the end is the same in whatever order things happen. Absent: kills (`kill`) and a no in between (`no`).

use std::collections::BTreeSet;
use std::fs;
use std::process::Child;
use std::time::Duration;

use telemetry::actions::notice::keep;
use telemetry::consent::agreement::{Agreement, How, State};
use telemetry::host::clock::Timestamp;

use crate::sandbox::acme::{bounded, ids, json, record, sending_to, start};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Answer, Server};

fn ends(children: Vec<Child>) -> Vec<Option<i32>> {
    children.into_iter().map(|mut child| child.wait().expect("its end").code()).collect()
}

#[test]
fn sixty_four_first_runs_make_one_of_everything() {
    let home = Home::new();
    let words = ["track", "tool", "command", "name=build", "host=a", "--tool-version", "1.2.3"];
    let children = (0..64).map(|_| start(&home, &words, &[("TOOL_TELEMETRY", "1")])).collect();
    assert_eq!(ends(children), [Some(0); 64]);
    let folder = ".tool/telemetry";
    let text = home.read(".tool/profile.yml");
    let id = text.lines().find_map(|line| line.strip_prefix("user_id: '")).and_then(|rest| rest.strip_suffix('\''));
    let id = id.expect("one id").to_owned();
    assert_eq!(text.matches("user_id").count(), 1, "{text}");
    assert_eq!(home.read(format!("{folder}/salt")).trim().len(), 64);
    let first: serde_json::Value = serde_json::from_str(&home.read(format!("{folder}/first.json"))).expect("JSON");
    assert_eq!((first["version"].as_u64(), first["initial_version"].as_str()), (Some(1), Some("1.2.3")));
    let temporary: Vec<String> = home.list().into_iter().filter(|name| name.ends_with(".tmp")).collect();
    assert!(temporary.is_empty(), "{temporary:?}");

    // None of the sixty-four was recorded "before the yes" of another: they all go out, about the one id, with the one salt.
    bounded(&home, &["flush", "tool"], &[("TOOL_TELEMETRY", "1")]).expect(0);
    let out = fs::read(home.at(format!("{folder}/outbox.jsonl"))).expect("sent");
    assert_eq!(ids([out.as_slice()]).len(), 64);
    let events: Vec<serde_json::Value> =
        serde_json::Deserializer::from_slice(&out).into_iter().collect::<Result<_, _>>().expect("JSON");
    let of = |key: &str| -> BTreeSet<String> { events.iter().map(|event| event[key].to_string()).collect() };
    assert_eq!(of("user_id"), BTreeSet::from([format!("\"{id}\"")]));
    let hosts: BTreeSet<String> = events.iter().map(|event| event["fields"]["host"].to_string()).collect();
    assert_eq!(hosts.len(), 1, "one salt");
    let status = json(&bounded(&home, &["status", "tool", "--json"], &[("TOOL_TELEMETRY", "1")]));
    assert_eq!(
        (status["queue"]["waiting"].as_u64(), status["queue"]["lost"].as_array().map(Vec::len)),
        (Some(0), Some(0))
    );
}

#[test]
fn of_two_first_runs_the_first_says_since_when() {
    // Both looked before either had said so: the second may not put what the first recorded "before the yes".
    let home = Home::new();
    let tool = home.tool("tool");
    for ms in [1_000, 2_000] {
        let context = home.context_at(Timestamp::from_ms(ms));
        keep(&context, &tool, How::Variable, &State::Absent).expect("kept");
    }
    let kept = Agreement::from_bytes(home.read(".tool/telemetry/agreement.json").as_bytes()).expect("an agreement");
    assert_eq!(kept.since, Timestamp::from_ms(1_000));
}

/// A process that starts the program two hundred times, one event each.
const MANY: &str = "n=0; while [ $n -lt 200 ]; do \"$0\" track acme run n=$n || exit 9; n=$((n+1)); done";

#[test]
fn two_flushers_beside_eight_writers_deliver_everything_once() {
    let server = Server::start([Answer::status(200)]);
    let home = sending_to(&server.url("/v1"));
    let program = env!("CARGO_BIN_EXE_telemetry");
    std::thread::scope(|scope| {
        // Beside programs that start for every event, two that run on and keep the queue open.
        let starters: Vec<_> =
            (0..8).map(|_| scope.spawn(|| home.program("sh", ["-c", MANY, program]).run().status)).collect();
        let runners: Vec<_> = (0..2).map(|_| scope.spawn(|| record(&home, 200).len())).collect();
        let flushers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let busy = |_: usize| bounded(&home, &["flush", "acme", "--now"], &[]).status;
                    (0..20).map(busy).collect::<Vec<_>>()
                })
            })
            .collect();
        for starter in starters {
            assert_eq!(starter.join().expect("a starter"), 0);
        }
        for runner in runners {
            assert_eq!(runner.join().expect("a runner"), 200);
        }
        for flusher in flushers {
            let codes = flusher.join().expect("a flusher");
            assert!(codes.iter().all(|code| matches!(code, 0 | 3)), "{codes:?}");
        }
    });
    bounded(&home, &["flush", "acme", "--now"], &[]).expect(0);
    let requests = server.wait_for(1, Duration::from_secs(5));
    let arrived = ids(requests.iter().map(|request| request.body.as_slice()));
    assert_eq!(arrived.len(), 10 * 200);
    assert!(arrived.values().all(|times| *times == 1), "{:?}", arrived.iter().find(|(_, times)| **times > 1));
}
