//! What has to hold after any fault: the next programs finish the work, and what was acknowledged arrives.
//!
//! Promises: everything is told as a list of what is wrong, so that a sweep shows all of it at once. Absent: faults.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use telemetry::destination::receipts;

use crate::sandbox::acme::{bounded, ids, json};
use crate::sandbox::home::Home;
use crate::sandbox::server::Server;

/// The field `n`, or the outcome `m`, of the event that is recorded under fault.
pub(crate) const UNDER_FAULT: u64 = 777;
/// The field `n` of the event that is recorded afterwards.
const AFTER: u64 = 888;

/// What was done before the recovery, and what of it may be seen.
#[derive(Debug, Default)]
pub(crate) struct Before {
    /// Ids of events that were acknowledged.
    pub(crate) acknowledged: Vec<String>,
    /// The event under fault was acknowledged.
    pub(crate) under_fault: bool,
    /// How often each event may have reached a server that did not take it.
    pub(crate) not_taken: usize,
    /// Lines that were torn before.
    pub(crate) torn: u64,
}

/// What a sweep saw.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub(crate) runs: usize,
    pub(crate) unreached: usize,
    pub(crate) acknowledged: usize,
    pub(crate) delivered: usize,
    pub(crate) lost: usize,
    pub(crate) twice_listed: usize,
    pub(crate) twice_unlisted: usize,
    pub(crate) wrong: Vec<String>,
}

impl Seen {
    pub(crate) fn add(mut self, other: Self) -> Self {
        self.runs += other.runs;
        self.unreached += other.unreached;
        self.acknowledged += other.acknowledged;
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.twice_listed += other.twice_listed;
        self.twice_unlisted += other.twice_unlisted;
        self.wrong.extend(other.wrong);
        self
    }

    /// Says the sums, and fails when anything was wrong.
    #[track_caller]
    #[expect(clippy::print_stdout, reason = "the figures of a sweep are wanted")]
    pub(crate) fn tell(&self, what: &str) {
        println!(
            "{what}: {} runs, {} not reached, {} acknowledged, {} delivered, {} lost, {} twice and listed, {} twice and unlisted",
            self.runs,
            self.unreached,
            self.acknowledged,
            self.delivered,
            self.lost,
            self.twice_listed,
            self.twice_unlisted
        );
        let first: Vec<&str> = self.wrong.iter().map(String::as_str).take(20).collect();
        assert!(first.is_empty(), "{what}: {} wrong, such as:\n{}", self.wrong.len(), first.join("\n"));
        assert!(self.runs > self.unreached * 2, "{what}: most faults never hit");
    }
}

/// Bodies that arrived, at the server or in the file.
fn bodies(home: &Home, server: &Server) -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = server.requests().into_iter().map(|request| request.body).collect();
    bodies.extend(fs::read(home.at(".acme/telemetry/out.jsonl")));
    bodies
}

/// The documents of each event, by its id.
fn documents(bodies: &[Vec<u8>]) -> BTreeMap<String, Vec<serde_json::Value>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for document in bodies.iter().flat_map(|body| serde_json::Deserializer::from_slice(body).into_iter()) {
        let document: serde_json::Value = document.expect("what arrives is whole");
        for event in document.as_array().cloned().unwrap_or_else(|| vec![document.clone()]) {
            found.entry(event["id"].as_str().expect("an id").to_owned()).or_default().push(event);
        }
    }
    found
}

/// Records once more, flushes until nothing waits, and checks that all came of it that had to.
pub(crate) fn recover(home: &Home, server: &Server, before: &Before, what: &str) -> Seen {
    let mut wrong = Vec::new();
    let mut expect = |words: &[&str]| {
        let ran = bounded(home, words, &[]);
        if ran.status != 0 {
            wrong.push(format!("{words:?} gave {}: {}{}", ran.status, ran.stdout, ran.stderr));
        }
        ran
    };
    let pairs = home.read(".config/telemetry/tools/acme.yml").contains("lifecycle: true");
    let after = format!("n={AFTER}");
    let mut track = vec!["track", "acme", "run", after.as_str()];
    track.extend(pairs.then_some("--start"));
    expect(&track);
    for _ in 0..before.not_taken {
        bounded(home, &["flush", "acme", "--now"], &[]);
    }
    expect(&["flush", "acme", "--now"]);
    let arrived = bodies(home, server);
    expect(&["flush", "acme", "--now"]);
    expect(&["log", "acme", "--verify"]);
    let status = json(&expect(&["status", "acme", "--json"]));
    if bodies(home, server) != arrived {
        wrong.push("a second flush sent something".to_owned());
    }
    let lost: u64 =
        status["queue"]["lost"].as_array().into_iter().flatten().filter_map(|one| one["events"].as_u64()).sum();
    if status["queue"]["waiting"] != 0 || lost != before.torn {
        wrong.push(format!("the queue is not empty, or counts losses: {}", status["queue"]));
    }
    let left: Vec<String> =
        home.list().into_iter().filter(|name| name.contains("queue/") && !name.ends_with("queue/")).collect();
    if left.iter().any(|name| !name.ends_with(".tmp")) {
        wrong.push(format!("left behind: {left:?}"));
    }
    let seen = compare(home, before, &documents(&arrived), &mut wrong);
    Seen { wrong: wrong.into_iter().map(|wrong| format!("{what}: {wrong}")).collect(), ..seen }
}

fn compare(
    home: &Home,
    before: &Before,
    arrived: &BTreeMap<String, Vec<serde_json::Value>>,
    wrong: &mut Vec<String>,
) -> Seen {
    let log = receipts::read(&home.at(".acme/telemetry/receipts"), 999).expect("a log").receipts;
    let flagged = log.iter().filter(|receipt| receipt.maybe_twice || receipt.outcome == "unanswered");
    let listed: BTreeSet<String> = ids(flagged.filter_map(|receipt| receipt.body.as_deref())).into_keys().collect();
    let taken =
        log.iter().filter(|receipt| receipt.outcome == "delivered").filter_map(|receipt| receipt.body.as_deref());
    let taken = ids(taken);
    let has = |event: &serde_json::Value, n: u64| event["fields"]["n"] == n || event["fields"]["m"] == n;
    let by_n = |n: u64| arrived.iter().find(|(_, all)| all.iter().any(|event| has(event, n)));
    let mut seen = Seen { runs: 1, ..Seen::default() };
    let mut wanted: Vec<(String, bool)> =
        before.acknowledged.iter().map(|id| (id.clone(), arrived.contains_key(id))).collect();
    wanted.push((format!("n={AFTER}"), by_n(AFTER).is_some()));
    if before.under_fault {
        wanted.push((format!("n={UNDER_FAULT}"), by_n(UNDER_FAULT).is_some()));
    }
    seen.acknowledged = wanted.len();
    for (id, there) in &wanted {
        seen.delivered += usize::from(*there);
        seen.lost += usize::from(!there);
        if !there {
            wrong.push(format!("{id} was acknowledged and is lost"));
        }
    }
    for (id, all) in arrived {
        let first = all.first().map(ToString::to_string).unwrap_or_default();
        // As text: two that are equal may be other bytes.
        if all.iter().map(ToString::to_string).any(|text| text != first) {
            wrong.push(format!("{id} came with other bytes: {all:?}"));
        }
        if all.len() > 1 + before.not_taken {
            let said = listed.contains(id);
            seen.twice_listed += usize::from(said);
            seen.twice_unlisted += usize::from(!said);
            if !said {
                wrong.push(format!("{id} came {} times, and the log does not say so", all.len()));
            }
        }
        if !taken.contains_key(id) {
            wrong.push(format!("{id} arrived, and no receipt says that it was taken"));
        }
    }
    seen
}
