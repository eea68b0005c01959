//! What the program itself keeps, read back after anything has happened to it: the queue, progress, receipts and the small files.
//!
//! Promises: what reads back is written and read again as the same; a digest that does not fit its bytes is never taken for one that
//! does; an event is appended after any bytes and no whole line is lost by it. Absent: commands over such files (`tests/hostile`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use telemetry::actions::deletion::Deleting;
use telemetry::actions::ledger::Ledger;
use telemetry::consent::agreement::Agreement;
use telemetry::destination::backoff;
use telemetry::destination::keep::{Attempt, Writer};
use telemetry::destination::receipts::{self, Check, Receipt};
use telemetry::host::clock::Timestamp;
use telemetry::identity::ids::Id;
use telemetry::manifest::events::Value;
use telemetry::manifest::tool::Limits;
use telemetry::payload::digest::Digest;
use telemetry::payload::event::{Event, Who};
use telemetry::queue::append::Appender;
use telemetry::queue::drop::{self, Loss};
use telemetry::queue::entry::{Entries, Entry};
use telemetry::queue::sealed::{EventRef, Outcome, Request, Sealed};
use telemetry::queue::segment::{self, Lane};
use telemetry::queue::settle::Progress;

const NOW: Timestamp = Timestamp::from_ms(1_795_226_400_000);

thread_local! {
    /// One folder for all executions: making one costs more than all else here.
    static FOLDER: TempDir = tempfile::tempdir().expect("a temporary folder");
}

/// A path of this name in an empty folder `part`.
fn at(part: &str, name: &str) -> PathBuf {
    let folder = FOLDER.with(|folder| folder.path().join(part));
    fs::remove_dir_all(&folder).ok();
    fs::create_dir(&folder).expect("a folder");
    folder.join(name)
}

fn rest_of(path: &Path) -> &Path {
    path.parent().expect("a folder")
}

/// The entries of a text, and how many lines were none.
fn entries(bytes: &[u8]) -> (Vec<Entry>, u64) {
    let mut reader = Entries::new(bytes);
    let mut all = Vec::new();
    while let Some(entry) = reader.advance().expect("memory can be read") {
        all.push(entry);
    }
    (all, reader.torn + reader.newer)
}

/// A line of the queue: what reads as an event is written and read as the same one; every other line is counted.
pub fn entry(bytes: &[u8]) -> bool {
    let (all, torn) = entries(bytes);
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    let counted = all.len() as u64 + torn;
    assert_eq!(counted, lines as u64, "a line that is neither an event nor counted");
    // As a second reader sees what was taken, line by line.
    for (line, entry) in bytes.split(|byte| *byte == b'\n').filter_map(|line| Some((line, Entry::parse(line)?))) {
        // What stands at a key that is none of ours is passed over unread, broken text among it.
        let Ok(view) = serde_json::from_slice::<serde_json::Value>(line) else { continue };
        let text = |key: &str| view.get(key).and_then(serde_json::Value::as_str);
        assert_eq!((text("id"), text("event")), (Some(entry.event.id.as_str()), Some(entry.event.name.as_str())));
        assert_eq!(view.get("version").and_then(serde_json::Value::as_u64), Some(1));
        let pair = entry.event.pair.as_ref().map(|(phase, id)| (phase.as_str(), id.as_str()));
        assert_eq!((text("phase"), text("pair")), (pair.map(|(phase, _)| phase), pair.map(|(_, id)| id)));
        assert_eq!(view["destinations"].as_array().map(Vec::len), Some(entry.destinations.len()));
        assert_eq!(view["fields"].as_object().map(serde_json::Map::len), Some(entry.event.fields.len()));
    }
    for entry in &all {
        let line = format!("{{\"n\":1,{}\n", entry.to_rest());
        assert_eq!(line.matches('\n').count(), 1, "one line");
        assert_eq!(Entry::parse(line.as_bytes()).as_ref(), Some(entry), "written and read again");
        assert!(entry.event.pair.as_ref().is_none_or(|(_, id)| super::is_id(id.as_str())));
        assert!(!entry.event.fields.iter().any(|(_, value)| matches!(value, Value::Number(n) if !n.is_finite())));
        times(entry.event.time);
    }
    !all.is_empty()
}

/// Any moment can be printed.
fn times(at: Timestamp) {
    assert!(!at.rfc3339().is_empty() && !at.minute().is_empty() && !at.date().is_empty());
}

fn fresh(id: &str) -> Entry {
    let event = Event {
        id: id.to_owned(),
        name: "run".to_owned(),
        time: NOW,
        pair: None,
        fields: vec![("n".to_owned(), Value::Integer(1))],
        facts: Vec::new(),
    };
    Entry { event, project: None, destinations: vec!["main".to_owned()] }
}

/// A segment of these bytes: two events are appended, and they and every whole line of before are there.
pub fn segment(bytes: &[u8]) -> bool {
    let path = at("queue", Lane::Waiting.file());
    let queue = rest_of(&path).to_path_buf();
    fs::write(&path, bytes).expect("a segment");
    let (before, _) = entries(bytes);
    let losses = FOLDER.with(|folder| folder.path().join("losses.json"));
    let mut appender = Appender::new(queue.clone(), losses, Lane::Waiting, Limits::default());
    for id in ["63da4e74-c000-4879-aa4f-0b58d1884301", "63da4e74-c000-4879-aa4f-0b58d1884302"] {
        appender.append(&fresh(id), NOW).expect("appended");
    }
    let files = segment::kept(&queue).expect("listed").into_iter().map(|kept| kept.events()).chain([path]);
    let all: Vec<u8> = files.flat_map(|file| fs::read(file).expect("a segment")).collect();
    let (after, _) = entries(&all);
    assert_eq!(after.len(), before.len() + 2, "one lost or one too many");
    assert_eq!(
        after.split_at(before.len()),
        (
            before.as_slice(),
            [fresh("63da4e74-c000-4879-aa4f-0b58d1884301"), fresh("63da4e74-c000-4879-aa4f-0b58d1884302"),].as_slice()
        )
    );
    assert!(segment::waiting(&queue).expect("counted") >= 2);
    !before.is_empty()
}

/// A destination's progress: reading changes nothing, mending only what was cut; what is sealed has its digest; numbers are told apart.
pub fn progress(bytes: &[u8]) -> bool {
    let path = at("batch", "to-main.jsonl");
    fs::write(&path, bytes).expect("progress");
    let Ok(Some(read)) = Progress::read(&path) else {
        assert!(Progress::open(&path).is_err(), "of a newer version for both");
        assert_eq!(fs::read(&path).expect("there"), bytes, "what is newer is left as it is");
        return false;
    };
    assert_eq!(fs::read(&path).expect("there"), bytes, "reading writes nothing");
    let mut opened = Progress::open(&path).expect("what is read is opened");
    assert_eq!((read.unsettled(), read.next()), (opened.unsettled(), opened.next()));
    assert_eq!((read.mentioned(), read.open_events()), (opened.mentioned(), opened.open_events()));
    let mut numbers = BTreeSet::new();
    let mut whole = false;
    for open in opened.unsettled() {
        assert!(numbers.insert(open.number), "two payloads under one number: one answer would settle both");
        if let Some(sealed) = opened.sealed(&open).expect("readable") {
            assert_eq!(Digest::of(&sealed.body), sealed.digest, "the digest binds");
            assert_eq!(sealed.number, open.number);
            assert!(sealed.events.iter().all(|event| opened.has(&event.id)));
            whole = true;
        }
    }
    let new = payload(opened.next());
    assert!(!numbers.contains(&new.number), "a number that is taken");
    let before = opened.unsettled();
    let open = opened.seal(&new).expect("sealed");
    assert_eq!(opened.sealed(&open).expect("readable").as_ref(), Some(&new));
    let again = Progress::read(&path).expect("readable").expect("there");
    assert_eq!(again.unsettled(), opened.unsettled(), "what was appended is read as it was written");
    opened.tried(new.number, NOW).expect("tried");
    opened.settle(new.number, Outcome::Accepted, 0, NOW).expect("settled");
    let again = Progress::read(&path).expect("readable").expect("there");
    assert_eq!((again.unsettled(), opened.unsettled()), (before.clone(), before), "and nothing else is settled");
    whole
}

fn payload(number: u32) -> Sealed {
    let body = format!("{{\"payload\":{number}}}").into_bytes();
    Sealed {
        number,
        digest: Digest::of(&body),
        parent: None,
        basis: "b".to_owned(),
        oldest: NOW,
        project: None,
        told: None,
        events: vec![EventRef { id: "sealed-by-the-check".to_owned(), event: "run".to_owned() }],
        request: Request { method: "POST".to_owned(), address: "http://127.0.0.1/".to_owned(), headers: Vec::new() },
        body,
    }
}

/// Receipts: every line is one or is counted; written again they are the same; forgotten they hold no bytes.
pub fn receipt(bytes: &[u8]) -> bool {
    let path = at("receipts", "receipts-0000000000001.jsonl");
    let folder = rest_of(&path);
    fs::write(&path, bytes).expect("receipts");
    let log = receipts::read(folder, usize::MAX).expect("readable");
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    assert_eq!(log.receipts.len() as u64 + log.unreadable, lines as u64, "a line that is neither");
    let copies = at("copies", "x");
    for receipt in &log.receipts {
        times(receipt.at);
        let fits = receipt.body.as_deref().map(|body| Digest::of(body) == receipt.digest);
        let wanted = match fits {
            Some(true) => Check::Verified,
            Some(false) => Check::Mismatch,
            None if receipt.again => Check::Mismatch,
            None => Check::Forgotten,
        };
        assert_eq!(receipt.check(), wanted);
    }
    // One writer and one file, as the age of a receipt decides about files that others came before.
    let mut writer = Writer::new(rest_of(&copies).to_path_buf());
    for receipt in &log.receipts {
        writer.write(receipt, Attempt::First).expect("written");
    }
    let copies = receipts::read(rest_of(&copies), usize::MAX).expect("readable");
    assert_eq!((&copies.receipts, copies.unreadable), (&log.receipts, 0), "written and read again");
    receipts::forget_bodies(folder).expect("forgotten");
    let bare = receipts::read(folder, usize::MAX).expect("readable");
    assert_eq!(bare.unreadable, 0, "what is no receipt may hold an id: it goes");
    assert_eq!(bare.receipts.len(), log.receipts.len());
    assert!(bare.receipts.iter().all(|receipt| receipt.check() == Check::Forgotten && receipt.answer.is_empty()));
    !log.receipts.is_empty() && log.receipts.iter().any(|receipt: &Receipt| receipt.check() == Check::Verified)
}

/// The small files, each of them made of the same bytes: what one of them takes is written and read as the same.
pub fn stored(bytes: &[u8]) -> bool {
    let path = at("small", "file.json");
    let put = || fs::write(&path, bytes).expect("a file");
    put();
    let mut taken = false;
    if let Ok(agreement) = Agreement::from_bytes(bytes) {
        assert_eq!(Agreement::from_bytes(&agreement.to_bytes()).as_ref(), Ok(&agreement));
        times(agreement.since);
        for cut in super::cuts(bytes.trim_ascii_end()) {
            assert!(Agreement::from_bytes(cut).is_err(), "cut to {} it is one", cut.len());
        }
        taken = true;
    }
    let losses = drop::losses(&path);
    assert!(losses.total() >= losses.counts.values().copied().max().unwrap_or_default());
    taken |= losses.since.is_some();
    drop::count(&path, Loss::Age, 1, NOW).expect("counted");
    let more = drop::losses(&path);
    assert_eq!(more.since, Some(losses.since.unwrap_or(NOW)));
    assert!(losses.counts.iter().all(|(loss, count)| more.counts.get(loss) >= Some(count)) && more.total() >= 1);
    put();
    if let Some(trouble) = backoff::read(&path) {
        times(trouble.not_before());
        backoff::keep(&path, &trouble).expect("kept");
        assert_eq!(backoff::read(&path).as_ref(), Some(&trouble));
        let next = backoff::after(Some(&trouble), NOW, None, false, "x", |below| below.saturating_sub(1));
        assert!(next.holds(NOW) && next.attempts() >= trouble.attempts());
        put();
        taken = true;
    }
    taken |= ledger(&path, bytes);
    if let Ok(request) = serde_json::from_slice::<Deleting>(bytes) {
        let again = serde_json::to_vec(&request).expect("written");
        assert_eq!(serde_json::from_slice::<Deleting>(&again).expect("read again"), request);
        let order = request.order();
        assert!(serde_json::from_slice::<serde_json::Value>(&order.body()).is_ok() && !order.letter().is_empty());
        taken = true;
    }
    taken
}

/// A ledger that cannot be read is not written over; one that can keeps every id.
fn ledger(path: &Path, bytes: &[u8]) -> bool {
    let Ok(mut ledger) = Ledger::read(path) else { return false };
    let before = ledger.sent().to_vec();
    ledger.write(path).expect("written");
    assert_eq!(Ledger::read(path).expect("readable").sent(), before);
    let who = Who { user: Some(Id::new("of-the-check").expect("an id")), ..Who::default() };
    ledger.note(&who, "file:x", |_| true, NOW);
    assert!(ledger.sent().len() >= before.len() && ledger.sent().iter().any(|sent| sent.id == "of-the-check"));
    fs::write(path, bytes).expect("a file");
    true
}
