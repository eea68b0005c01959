//! The stored forms are what their documentation says, byte for byte: its examples are compared with what the program writes.
//!
//! Promises: an example that the writer would not write, or a reader not read, fails. Absent: old files (`formats`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use telemetry::actions::deletion::Deleting;
use telemetry::actions::foreign::journal::Journal;
use telemetry::actions::foreign::kept::{Index, Texts};
use telemetry::actions::ledger::Ledger;
use telemetry::consent::agreement::{Agreement, How};
use telemetry::destination::backoff;
use telemetry::destination::keep::{Attempt, Writer};
use telemetry::destination::receipts::{self, Check, Kind, Receipt};
use telemetry::destination::retention::{Removed, Retention};
use telemetry::destination::told::{self, Found, Known};
use telemetry::host::clock::Timestamp;
use telemetry::identity::ids::Id;
use telemetry::manifest::declaration::Declaration;
use telemetry::manifest::events::Value;
use telemetry::manifest::tool::Fact;
use telemetry::payload::digest::Digest;
use telemetry::payload::event::{Event, Phase, Who};
use telemetry::queue::drop::{self, Loss};
use telemetry::queue::entry::Entry;
use telemetry::queue::sealed::{EventRef, Outcome, Request, Sealed};
use telemetry::queue::settle::Progress;
use telemetry::queue::told::Told;

use crate::sandbox::home::Home;

/// The examples in the documentation of this module, in order, each with the newline that ends its last line.
fn examples(module: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(module);
    let source = fs::read_to_string(&path).expect("a source");
    let docs =
        source.lines().map_while(|line| line.strip_prefix("//!")).map(|line| line.strip_prefix(' ').unwrap_or(line));
    let (mut found, mut open) = (Vec::new(), None::<String>);
    for line in docs {
        match (&mut open, line) {
            (None, "```json") => open = Some(String::new()),
            (Some(text), "```") => {
                found.push(std::mem::take(text));
                open = None;
            }
            (Some(text), line) => *text += &format!("{line}\n"),
            (None, _) => {}
        }
    }
    assert!(!found.is_empty(), "{module} has no example");
    found
}

/// The one example of a module.
fn example(module: &str) -> String {
    let found = examples(module);
    assert_eq!(found.len(), 1, "{module}");
    found.concat()
}

/// Compares an example with what stands at `path`, which may lack the last newline.
#[track_caller]
fn same(example: &str, path: &Path) {
    let written = fs::read_to_string(path).expect("written");
    assert_eq!(written.trim_end_matches('\n'), example.trim_end_matches('\n'));
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().expect("a temporary folder");
    let path = root.path().to_path_buf();
    (root, path)
}

const URL: &str = "https://acme.example/v1";

fn request(method: &str, address: &str) -> Request {
    let headers = [("content-type", "application/json")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers = if method == "APPEND" { Vec::new() } else { headers.to_vec() };
    Request { method: method.to_owned(), address: address.to_owned(), headers }
}

#[test]
fn an_event() {
    let event = Event {
        id: "63da4e74-c000-4879-aa4f-0b58d1884301".to_owned(),
        name: "build".to_owned(),
        time: Timestamp::from_ms(1_795_237_731_379),
        pair: Some((Phase::Started, Id::new("7ac97fde8887456ab1f127f8744c04e5").expect("an id"))),
        fields: vec![
            ("ok".to_owned(), Value::Bool(true)),
            ("n".to_owned(), Value::Integer(-3)),
            ("x".to_owned(), Value::Number(0.5)),
            ("t".to_owned(), Value::Text("a\"b".to_owned())),
        ],
        facts: vec![(Fact::Os, "linux".to_owned())],
    };
    let entry = Entry { event, project: Some("/home/ada/work".into()), destinations: vec!["main".to_owned()] };
    let example = example("queue/entry.rs");
    assert_eq!(format!("{{\"n\":1,{}\n", entry.to_rest()), example);
    assert_eq!(Entry::parse(example.as_bytes()), Some(entry));
}

#[test]
fn progress() {
    let (_root, folder) = folder();
    let path = folder.join("to-main.jsonl");
    let at = Timestamp::from_ms;
    let payload = |number, body: &[u8], oldest, request, project: Option<&str>, events| Sealed {
        number,
        digest: Digest::of(body),
        parent: None,
        basis: "34645aae41e62405387eca1e3ef48315".to_owned(),
        oldest: at(oldest),
        project: project.map(PathBuf::from),
        told: None,
        events,
        request,
        body: body.to_vec(),
    };
    let event = EventRef { id: "0648bfa4-7185-4408-9726-1b59c3ed47f0".to_owned(), event: "run".to_owned() };
    let mut progress = Progress::open(&path).expect("begun");
    let web = request("POST", URL);
    let first = payload(0, b"[{}]", 1_795_237_731_339, web, Some("/home/ada/work"), vec![event]);
    progress.seal(&first).expect("sealed");
    progress.tried(0, at(1_795_237_731_400)).expect("tried");
    progress.later(0, at(1_795_237_731_401)).expect("later");
    progress.tried(0, at(1_795_237_761_400)).expect("tried");
    progress.settle(0, Outcome::Accepted, 0, at(1_795_237_761_401)).expect("settled");
    let aged = vec!["bad1ba4a-f4a0-4e74-945a-2d56b98ad9e0".to_owned()];
    progress.drop_events(aged, "queue.age", Loss::Age).expect("dropped");
    progress.count().expect("counted");
    let second = payload(1, b"\xff\x00", 1_795_237_731_354, request("APPEND", "/home/ada/out"), None, vec![]);
    let counts = BTreeMap::from([(Loss::Count, 2)]);
    let second = Sealed { told: Some(Told { since_ms: Some(1_795_237_731_000), counts }), ..second };
    progress.seal(&second).expect("sealed");
    progress.unseal(1, "consent, an id or the destination changed").expect("unsealed");
    same(&example("queue/sealed.rs"), &path);
}

#[test]
fn what_a_destination_was_told_of_losses() {
    let (_root, folder) = folder();
    let path = folder.join("told/main.json");
    let counts = BTreeMap::from([(Loss::Count, 2), (Loss::Age, 3), (Loss::Refused, 1)]);
    let told = Told { since_ms: Some(1_795_237_731_000), counts };
    let known = Known { at: Timestamp::from_ms(1_795_237_731_999), refused: 3, told };
    told::keep(&path, &known).expect("kept");
    same(&example("destination/told.rs"), &path);
    assert_eq!(told::read(&path), Found::Known(known));
    fs::write(&path, example("destination/told.rs").replace("\"version\":1", "\"version\":2")).expect("written");
    assert_eq!(told::read(&path), Found::Foreign);
    fs::write(&path, "{}").expect("written");
    assert_eq!(told::read(&path), Found::Nothing);
}

#[test]
fn receipts() {
    let (_root, folder) = folder();
    let mut writer = Writer::new(folder.clone());
    let receipt = |at, outcome: &str, status, answer: &str| Receipt {
        at: Timestamp::from_ms(at),
        kind: Kind::Events,
        destination: "main".to_owned(),
        method: "POST".to_owned(),
        address: URL.to_owned(),
        headers: request("POST", URL).headers,
        digest: Digest::of(b"[]"),
        parent: None,
        events: 1,
        outcome: outcome.to_owned(),
        status: Some(status),
        answer: answer.to_owned(),
        maybe_twice: false,
        again: false,
        body: Some((*b"[]").into()),
    };
    writer.write(&receipt(1_795_237_731_321, "later", 503, "busy"), Attempt::First).expect("written");
    writer.write(&receipt(1_795_237_761_321, "delivered", 200, ""), Attempt::Again).expect("written");
    same(&example("destination/receipts.rs"), &folder.join("receipts-1795237731321.jsonl"));
    let log = receipts::read(&folder, 9).expect("readable");
    assert!(log.receipts.iter().all(|one| one.check() == Check::Verified) && log.receipts.len() == 2);
}

#[test]
fn how_long_receipts_stay_and_what_went() {
    let (_root, folder) = folder();
    let [said, went] = &examples("destination/retention.rs")[..] else { panic!("two examples") };
    let path = folder.join("retention.json");
    Retention::new(Some(30), Some(5_000_000)).write(&path).expect("written");
    same(said, &path);
    let removed: Removed = serde_json::from_str(went).expect("the form");
    assert_eq!(serde_json::to_string(&removed).expect("JSON"), went.trim_end());
    assert_eq!((removed.age, removed.size, removed.newest().map(Timestamp::ms)), (12, 0, Some(1_787_461_731_321)));
}

#[test]
fn losses() {
    let (_root, folder) = folder();
    let path = folder.join("losses.json");
    let all = [
        (Loss::Forget, 1),
        (Loss::Bytes, 5),
        (Loss::Count, 2),
        (Loss::Age, 3),
        (Loss::Torn, 1),
        (Loss::No, 1),
        (Loss::BeforeYes, 4),
        (Loss::Undeclared, 1),
        (Loss::Refused, 2),
    ];
    for (loss, number) in all {
        drop::count(&path, loss, number, Timestamp::from_ms(1_795_237_731_000)).expect("counted");
    }
    same(&example("queue/drop.rs"), &path);
    assert_eq!(drop::losses(&path).counts, BTreeMap::from(all));
}

#[test]
fn troubles_and_the_schedule() {
    let (_root, folder) = folder();
    let path = folder.join("backoff/main.json");
    let now = Timestamp::from_ms(1_795_237_731_999 - 60_000);
    let before = backoff::after(None, now, None, false, "reset", |_| 0);
    backoff::keep(&path, &backoff::after(Some(&before), now, Some(60_000), false, "it answered 503", |_| 0))
        .expect("kept");
    same(&example("destination/backoff.rs"), &path);
    let path = folder.join("schedule.json");
    fs::write(&path, example("queue/schedule.rs")).expect("written");
    let next = telemetry::queue::schedule::read(&path).expect("readable");
    assert_eq!(format!("{next:?}"), "NotBefore(Timestamp(1795237731999))");
}

#[test]
fn the_agreement() {
    let text = |text: &str| text.to_owned();
    let fields = [("run/", "event"), ("run/n", "integer"), ("id:user", "id")];
    let declaration = Declaration {
        fields: fields.map(|(name, kind)| (text(name), text(kind))).into(),
        purposes: [text("product-improvement")].into(),
        destinations: [(text("main"), text(URL))].into(),
    };
    let agreement = Agreement { how: How::Enable, since: Timestamp::from_ms(1_795_237_731_246), declaration };
    let example = example("consent/agreement.rs");
    assert_eq!(String::from_utf8(agreement.to_bytes()).expect("text"), example);
    assert_eq!(Agreement::from_bytes(example.as_bytes()), Ok(agreement));
}

#[test]
fn the_ledger_and_a_deletion_request() {
    let (_root, folder) = folder();
    let path = folder.join("ledger.json");
    let mut ledger = Ledger::default();
    let who = Who { user: Some(Id::new("468d5a8ff8f0414a9dc8bdc308618363").expect("an id")), ..Who::default() };
    assert!(ledger.note(&who, URL, |_| true, Timestamp::from_ms(1_795_237_731_320)));
    ledger.write(&path).expect("written");
    same(&example("actions/ledger.rs"), &path);
    // Read and kept again, it is the same.
    let example = example("actions/deletion.rs");
    let request: Deleting = serde_json::from_str(&example).expect("a request");
    let home = Home::new();
    let tool = home.tool("tool");
    request.keep(&tool).expect("kept");
    same(&example, &tool.places.deletion().join("9dc1b92c-b8e6-49fa-b965-fa45e617391b.json"));
    assert_eq!(
        fs::read_to_string(tool.places.deletion().join(format!("{}.json", request.request_id))).expect("text"),
        example
    );
    // And where the order goes as an event: its bytes are kept as well.
    let example = self::example("actions/deletion/asked.rs");
    let request: Deleting = serde_json::from_str(&example).expect("a request");
    request.keep(&tool).expect("kept");
    same(&example, &tool.places.deletion().join("9dc1b92c-b8e6-49fa-b965-fa45e617391b.json"));
    let kept = request.orders[0].request(&request.order()).expect("bytes that have their digest");
    let said: serde_json::Value = serde_json::from_slice(kept.body()).expect("JSON");
    assert_eq!(said[0], serde_json::from_slice::<serde_json::Value>(&request.order().body()).expect("JSON"));
}

#[test]
fn a_change_of_another_programs_files() {
    let (_root, folder) = folder();
    let example = example("actions/foreign/journal.rs");
    let index: Index = serde_json::from_str(&example).expect("an index");
    let texts = [Texts { before: Some(b"before".to_vec()), after: Some(b"after".to_vec()) }];
    let journal = Journal::begin(&folder, index, &texts).expect("kept");
    assert_eq!(journal.folder(), folder.join("1795237731320-1"));
    same(&example, &journal.folder().join("index.json"));
    assert_eq!(fs::read(journal.folder().join("0.before")).expect("a copy"), b"before");
    assert_eq!(fs::read(journal.folder().join("0.after")).expect("a text"), b"after");
    assert_eq!(fs::read(journal.folder().join("begun")).expect("a sign"), b"");
    journal.close().expect("closed");
    assert_eq!(telemetry::host::files::list(journal.folder()).expect("names"), ["0.before", "index.json"]);
}

#[test]
fn the_first_day() {
    let home = Home::new();
    home.manifest(
        "acme",
        "manifest: 1\ntool: acme\ntitle: A\nconsent: opt-in\nfacts: [first_seen, last_seen]\nevents:\n  e: {description: E, purpose: p}\n\
         destinations:\n  d: {file: out.jsonl, batch: lines}\n",
    );
    home.run(["enable", "acme"]).expect(0);
    home.run(["track", "acme", "e", "--tool-version", "1.0.0"]).expect(0);
    let today = home.read(".acme/telemetry/last-seen");
    assert_eq!(today.len(), 10);
    let written = home.read(".acme/telemetry/first.json").replace(&today, "2026-11-21");
    assert_eq!(written, example("identity/places.rs").trim_end());
    let line = home.read(".acme/telemetry/queue/active.jsonl");
    assert!(line.starts_with("{\"n\":1,\"version\":1,\"id\":\"") && line.ends_with("}\n"), "{line}");
}
