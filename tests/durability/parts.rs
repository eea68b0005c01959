//! A payload that is divided, cut short by a kill at any byte: each of its events goes on in one payload, and none is forgotten.
//!
//! Promises: the file is cut at every byte. Absent: whole programs (`kill`).

use std::collections::BTreeMap;
use std::fs;

use telemetry::host::clock::Timestamp;
use telemetry::payload::digest::Digest;
use telemetry::queue::sealed::{EventRef, Request, Sealed};
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
        progress.split(&whole, &children, (vec!["c".to_owned()], "destination.refused"), at).expect("split");
        let bytes = fs::read(&path).expect("bytes");
        for length in before..=bytes.len() {
            fs::write(&path, &bytes[..length]).expect("cut");
            let mut cut = Progress::open(&path).expect("opens");
            let goes_on = open(&cut);
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
                cut.split(&whole, &children, (Vec::new(), ""), at).expect("split");
                let again = Progress::read(&path).expect("readable").expect("there");
                assert_eq!(open(&again).values().map(Vec::len).collect::<Vec<_>>(), [1, 1], "cut to {length}");
                assert_eq!(open(&again), open(&cut), "cut to {length}");
            }
            assert!(["a", "b", "c", "d"].iter().all(|id| cut.has(id)), "cut to {length}");
        }
    }
}
