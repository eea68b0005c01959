//! A destination's progress, cut short by a kill at any byte or damaged: each event of a payload that is divided goes on in one payload,
//! and none is forgotten.
//!
//! Promises: the file is cut at every byte. Absent: whole programs (`kill`).

use std::collections::BTreeMap;
use std::fs;

use telemetry::host::clock::Timestamp;
use telemetry::payload::digest::Digest;
use telemetry::queue::drop::Loss;
use telemetry::queue::sealed::{EventRef, Outcome, Request, Sealed};
use telemetry::queue::settle::Progress;

fn sealed(number: u32, parent: Option<&Sealed>, ids: &[&str]) -> Sealed {
    let body = format!("{{\"payload\":{number}}}").into_bytes();
    Sealed {
        number,
        digest: Digest::of(&body),
        parent: parent.map(|parent| parent.digest.clone()),
        basis: "b".to_owned(),
        oldest: Timestamp::from_ms(1),
        project: None,
        told: None,
        events: ids.iter().map(|id| EventRef { id: (*id).to_owned(), event: "e".to_owned() }).collect(),
        request: Request { method: "POST".to_owned(), address: "http://127.0.0.1/".to_owned(), headers: vec![] },
        body,
    }
}

/// Which payload each event is in that goes on.
fn open(progress: &Progress) -> BTreeMap<String, Vec<u32>> {
    let mut found: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for open in progress.unsettled() {
        for event in progress.sealed(&open).expect("readable").expect("whole").events {
            found.entry(event.id).or_default().push(open.number);
        }
    }
    found
}

#[test]
fn a_split_is_all_or_nothing_wherever_it_is_cut() {
    for tried in [false, true] {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("to-main.jsonl");
        let at = Timestamp::from_ms(9);
        let mut progress = Progress::open(&path).expect("begun");
        let parent = sealed(0, None, &["a", "b", "c", "d"]);
        progress.seal(&parent).expect("sealed");
        if tried {
            progress.tried(0, at).expect("tried");
        }
        let before = fs::read(&path).expect("bytes").len();
        let children = [sealed(1, Some(&parent), &["a"]), sealed(2, Some(&parent), &["b"])];
        let whole = progress.unsettled().remove(0);
        let lost = BTreeMap::from([(Loss::Refused, 1)]);
        progress.split(&whole, &children, (vec!["c".to_owned()], lost.clone()), at).expect("split");
        let bytes = fs::read(&path).expect("bytes");
        for length in before..=bytes.len() {
            fs::write(&path, &bytes[..length]).expect("cut");
            let mut cut = Progress::open(&path).expect("opens");
            let goes_on = open(&cut);
            let owed = cut.owed().map(|(_, lost)| lost);
            assert_eq!(owed, (length == bytes.len()).then(|| lost.clone()), "cut to {length}");
            if length == bytes.len() {
                assert_eq!(goes_on, [("a".to_owned(), vec![1]), ("b".to_owned(), vec![2])].into());
                // What may have arrived whole may arrive again in parts.
                assert!(cut.unsettled().iter().all(|open| open.tried == tried), "{:?}", cut.unsettled());
            } else {
                let all = ["a", "b", "c", "d"].map(|id| (id.to_owned(), vec![0]));
                assert_eq!(goes_on, all.into(), "cut to {length}");
                // The next flush divides it anew, under numbers of its own.
                let children = [1, 0].map(|n| sealed(cut.next() + 1 - n, Some(&parent), &[["b", "a"][n as usize]]));
                let whole = cut.unsettled().remove(0);
                cut.split(&whole, &children, (Vec::new(), BTreeMap::new()), at).expect("split");
                let again = Progress::read(&path).expect("readable").expect("there");
                assert_eq!(open(&again).values().map(Vec::len).collect::<Vec<_>>(), [1, 1], "cut to {length}");
                assert_eq!(open(&again), open(&cut), "cut to {length}");
            }
            assert!(["a", "b", "c", "d"].iter().all(|id| cut.has(id)), "cut to {length}");
        }
    }
}

#[test]
fn progress_survives_being_cut_anywhere() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let path = root.path().join("main.jsonl");
    let at = Timestamp::from_ms(9);
    let mut progress = Progress::open(&path).expect("begun");
    progress.seal(&sealed(0, None, &["a", "b"])).expect("sealed");
    progress.drop_events(vec!["c".to_owned()], "user.no", Loss::No).expect("dropped");
    progress.tried(0, at).expect("tried");
    progress.settle(0, Outcome::Accepted, 0, at).expect("settled");
    progress.seal(&sealed(1, None, &["d"])).expect("sealed");
    let whole = fs::read(&path).expect("bytes");
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).expect("cut");
        let mut cut = Progress::open(&path).expect("opens");
        for open in cut.unsettled() {
            assert!(cut.sealed(&open).expect("readable").is_some(), "cut to {length}");
        }
        let number = cut.next();
        let open = cut.seal(&sealed(number, None, &["z"])).expect("sealed after a cut");
        assert_eq!(cut.sealed(&open).expect("readable"), Some(sealed(number, None, &["z"])), "cut to {length}");
        let again = Progress::read(&path).expect("readable").expect("there");
        assert!(again.has("z"), "cut to {length}");
        assert_eq!(again.unsettled().len(), cut.unsettled().len(), "cut to {length}");
    }
}

#[test]
fn a_payload_whose_bytes_changed_is_not_what_was_sealed() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let path = root.path().join("main.jsonl");
    let mut progress = Progress::open(&path).expect("begun");
    let open = progress.seal(&sealed(0, None, &["a"])).expect("sealed");
    let text = fs::read_to_string(&path).expect("text");
    fs::write(&path, text.replace("payload", "Payload")).expect("changed");
    assert_eq!(Progress::open(&path).expect("opens").sealed(&open).expect("readable"), None);
}

#[test]
fn a_damaged_number_is_never_one_that_another_payload_has() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let path = root.path().join("main.jsonl");
    let mut progress = Progress::open(&path).expect("begun");
    progress.seal(&sealed(0, None, &["a"])).expect("sealed");
    progress.seal(&sealed(1, None, &["b"])).expect("sealed");
    let whole = fs::read_to_string(&path).expect("text");
    for wrong in ["0", "4294967295", "4294967294", "1073741824"] {
        let damaged = whole.replace("\"number\":1", &format!("\"number\":{wrong}"));
        fs::write(&path, damaged).expect("damaged");
        let mut progress = Progress::open(&path).expect("opens");
        assert!(progress.has("a") && !progress.has("b"), "{wrong}: what is passed over is sealed anew");
        progress.seal(&sealed(progress.next(), None, &["b"])).expect("sealed");
        progress.settle(0, Outcome::Accepted, 0, Timestamp::from_ms(9)).expect("settled");
        let again = Progress::read(&path).expect("readable").expect("there");
        let open = again.unsettled();
        assert_eq!(open.iter().map(|open| open.number).collect::<Vec<_>>(), [1], "{wrong}");
        assert!(again.has("b"), "{wrong}");
    }
}
