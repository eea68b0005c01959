//! dotenv files: what each reader sees, and edits of them.
//!
//! Promises: an edit lands for the reader that it is for, twice is once, every other name says what it said; what is told of a text stands
//! in it. Absent: the real readers (`tests/interop/dotenv.rs`).

use telemetry::settings::dotenv::{Dialect, Reading, read, read_all, remove, set};

const NAMES: [&str; 4] = ["X", "Y", "A", "ZO_TELEMETRY"];

/// A dotenv file in every dialect.
pub fn dotenv(bytes: &[u8]) -> bool {
    let mut landed = false;
    for (_, dialect) in Dialect::NAMED {
        let Ok(readings) = read_all(bytes, dialect, &NAMES) else {
            assert!(set(bytes, dialect, "X", "false").is_err() && remove(bytes, dialect, "X").is_err());
            continue;
        };
        let lines = u32::try_from(bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count()).expect("a bound");
        for reading in &readings {
            told(reading, lines);
        }
        for value in ["false", "it's # new", ""] {
            if let Ok(new) = set(bytes, dialect, "X", value) {
                landed = true;
                edited(&new, dialect, &readings, Some(value));
                assert_eq!(set(&new, dialect, "X", value).as_ref(), Ok(&new), "twice is once");
            }
        }
        if let Ok(new) = remove(bytes, dialect, "X") {
            edited(&new, dialect, &readings, None);
        }
    }
    landed
}

fn told(reading: &Reading, lines: u32) {
    let all = reading.line.iter().chain(&reading.duplicates).chain(&reading.stopped_at).chain(&reading.hidden);
    assert!(all.into_iter().all(|line| (1..=lines).contains(line)), "{reading:?} of {lines} lines");
    assert!(reading.value.is_none() || reading.line.is_some());
    let before = |hidden: &u32| reading.stopped_at.is_some_and(|stopped| stopped <= *hidden);
    assert!(reading.hidden.iter().all(before), "{reading:?}");
}

fn edited(new: &[u8], dialect: Dialect, before: &[Reading], wanted: Option<&str>) {
    let now = read(new, dialect, "X").expect("an edit leaves what can be read");
    assert_eq!(now.value.as_deref(), wanted);
    assert!(!now.follows && !now.differs, "{now:?}");
    let after = read_all(new, dialect, &NAMES).expect("an edit leaves what can be read");
    for (before, after) in before.iter().zip(&after).skip(1) {
        assert_eq!(before.value, after.value, "another name says something else");
    }
}
