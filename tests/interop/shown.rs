//! What our program shows of somebody else's request beside the request that the real program sends, field by field.
//!
//! Promises: what is shown as exact is what is sent, what is shown as unknown is a field that is there, and no field is sent that is not
//! shown; a path is one list for both. Absent: requests of versions of which only the settings can be run.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::Value;

use crate::loops::Loop;
use crate::real::Real;
use crate::sandbox::server::Recorded;

/// A shown value: it, and how sure it is.
type Shown = (Value, String);

/// What we show of this event.
#[track_caller]
fn shown(all: &Loop, more: &[&str]) -> (BTreeMap<String, Shown>, Value) {
    let words: Vec<&str> = ["show-payload", all.real.tool, "--json"].into_iter().chain(more.iter().copied()).collect();
    let document: Value = serde_json::from_str(&all.ours(&words).expect(0).stdout).expect("JSON");
    let rows = document["decoded"].as_array().expect("rows").iter().map(|row| {
        let text = |key: &str| row[key].as_str().expect("text").to_owned();
        (text("path"), (row["value"].clone(), text("mark")))
    });
    (rows.collect(), document)
}

/// Every value of a body by its path, what stands in base64 taken apart.
fn flat(value: &Value, path: &str, all: &mut BTreeMap<String, Value>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(index, item)| flat(item, &format!("{path}[{index}]"), all));
        }
        Value::Object(pairs) if !pairs.is_empty() => {
            pairs.iter().for_each(|(name, item)| match (name.as_str(), item) {
                ("ue_px" | "cx", Value::String(text)) => {
                    let bytes = URL_SAFE.decode(text).expect("base64 for URLs");
                    let tree: Value = serde_json::from_slice(&bytes).expect("JSON");
                    flat(&tree, &format!("{}.(base64)", below(name)), all);
                }
                _ => flat(item, &below(name), all),
            })
        }
        leaf => drop(all.insert(path.to_owned(), leaf.clone())),
    }
}

fn sent(request: &Recorded) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

/// Lays what is shown beside what is sent; `open` are lists of which one item stands for any number.
#[track_caller]
fn alike(name: &str, shown: &BTreeMap<String, Shown>, sent: &Value, open: &[&str]) {
    let mut real = BTreeMap::new();
    flat(sent, "", &mut real);
    let one = |path: &str| open.iter().any(|open| path.contains(open));
    let mut wrong = Vec::new();
    for (path, (value, mark)) in shown.iter().filter(|(path, _)| !one(path)) {
        // A whole mapping or list may be what is not known.
        let there = real.iter().any(|(other, _)| {
            other == path || other.starts_with(&format!("{path}.")) || other.starts_with(&format!("{path}["))
        });
        match (real.get(path), mark.as_str()) {
            (Some(is), "exact") if is == value || value == "***" => {}
            (Some(is), "exact") => wrong.push(format!("{path}: {value} is shown as exact, {is} is sent")),
            (_, "reconstructed" | "unknown") if there => {}
            _ => wrong.push(format!("{path}: {value} is shown as {mark}, and is not sent")),
        }
    }
    for (path, value) in real.iter().filter(|(path, _)| !one(path)) {
        let told = shown.keys().any(|other| {
            other == path || path.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']))
        });
        if !told {
            wrong.push(format!("{path}: {value} is sent, and not shown"));
        }
    }
    let exact = shown.values().filter(|(_, mark)| mark == "exact").count();
    assert!(exact > 3, "{name}: {exact} exact values");
    assert!(wrong.is_empty(), "{name}\n{}\n", wrong.join("\n"));
}

#[test]
fn what_is_shown_of_meltano_is_what_it_sends() {
    for real in Real::all("meltano") {
        let all = Loop::start(real);
        all.heard();
        let (shown, document) = shown(&all, &[]);
        let said = all.heard();
        let mut body = sent(&said.requests[0]);
        // The first of the events of its command is what is shown.
        body["data"].as_array_mut().expect("events").truncate(1);
        alike(real.version, &shown, &body, &["process_hierarchy["]);
        assert_eq!(document["address"]["value"], "https://sp.meltano.com/com.snowplowanalytics.snowplow/tp2");
    }
}

#[test]
fn what_is_shown_of_piperider_is_its_queue_and_what_it_adds() {
    for real in Real::all("piperider") {
        let all = Loop::start(real);
        all.heard();
        let waiting = all.real.waiting(&all.home, &all.home.work());
        let (_, queue) = shown(&all, &["--event", "queue"]);
        let body: Value = serde_json::from_str(queue["body"].as_str().expect("a body")).expect("JSON");
        assert_eq!(body["events"].as_array(), Some(&waiting), "what waits, as it is");
        let (usage, _) = shown(&all, &["--event", "usage"]);
        let added = serde_json::json!({"api_key": "k", "events": waiting});
        alike(real.version, &usage, &added, &[]);
        // And what waited is what the next flush sends first.
        let run = all.said_by(&["run"]);
        let post = run.requests.iter().find(|request| request.path == "/2/httpapi").expect("a flush");
        assert_eq!(sent(post)["events"][0], waiting[0]);
    }
}

/// The number of a metric in a path.
fn index(path: &str) -> Option<usize> {
    path.strip_prefix("metrics[")?.split_once(']')?.0.parse().ok()
}

/// Without metrics whose being there is a guess, and the rest counted as if they were not.
fn without_guesses(shown: &BTreeMap<String, Shown>) -> BTreeMap<String, Shown> {
    let guess = |at: &usize| shown.get(&format!("metrics[{at}].collection")).is_some_and(|(_, mark)| mark != "exact");
    let one = |(path, value): (&String, &Shown)| match index(path) {
        None => Some((path.clone(), value.clone())),
        Some(at) if guess(&at) => None,
        Some(at) => {
            let now = at - (0..at).filter(guess).count();
            Some((path.replacen(&format!("metrics[{at}]"), &format!("metrics[{now}]"), 1), value.clone()))
        }
    };
    shown.iter().filter_map(one).collect()
}

#[test]
fn what_is_shown_of_grouparoo_is_what_it_sends() {
    let all = Loop::start(&Real::of("grouparoo", "0.9.0"));
    all.switched("enable", &[]);
    let body = sent(&all.said_by(&["run"]).requests[0]);
    // The id is its database's until the file that its config mode writes says another.
    all.home.write("work/.local/user.json", format!("{{\"customerId\": {}}}", body["id"]));
    let (shown, _) = shown(&all, &[]);
    let certain = without_guesses(&shown);
    assert!(certain.len() < shown.len(), "a project without a source has no totals of it");
    alike("0.9.0", &certain, &body, &[]);
}

#[test]
fn what_is_shown_of_openobserve_is_laid_out_as_its_own_crate_does() {
    for real in Real::all("zincobserve") {
        let all = Loop::start(real);
        for event in ["start", "heartbeat"] {
            let (_, document) = shown(&all, &["--as", real.version, "--event", event]);
            let ours: Value = serde_json::from_str(document["body"].as_str().expect("a body")).expect("JSON");
            let words = [
                real.set,
                "7043540325056503809",
                ours["event"].as_str().expect("a name"),
                &ours["properties"].to_string(),
            ];
            let said = all.said_by(&words);
            let mut real = sent(&said.requests[0]);
            let keys = |value: &Value| value.as_object().expect("a mapping").keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&real), keys(&ours), "in this order");
            for key in ["timestamp", "userId"] {
                real[key] = ours[key].clone();
            }
            assert_eq!(real, ours);
            assert_eq!(said.requests[0].path, "/v1/track");
        }
    }
}
