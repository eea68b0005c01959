//! Every stored file cut short at every length: the queue mends itself, progress is never taken for more than it is.
//!
//! Promises: a whole line counts, a cut one never does. Absent: other damage (`stored`).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use telemetry::actions::context::Context;
use telemetry::actions::flush::flush;
use telemetry::actions::status::status;
use telemetry::actions::summary::{Options, Summary};
use telemetry::actions::track::Recorder;
use telemetry::destination::receipts::{self, Check};
use telemetry::queue::drop::Loss;

use crate::sandbox::acme::{self, STORED, fixture, ids, lay, record, record_one, sending, stored};
use crate::sandbox::home::Home;

const OUT: &str = ".acme/telemetry/out.jsonl";

fn flushed(home: &Home, context: &Context) -> Summary {
    let options = Options { budget: Duration::from_secs(20), anyway: true };
    flush(context, &home.tool("acme"), options).expect("flushed")
}

fn out(home: &Home) -> std::collections::BTreeMap<String, usize> {
    let bytes = fs::read(home.at(OUT)).unwrap_or_default();
    ids([bytes.as_slice()])
}

/// What lies below `folder`, taken along and laid anew.
fn anew(from: &Path, to: &Path) {
    fs::remove_dir_all(to).ok();
    fs::create_dir_all(to).expect("folders");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            anew(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

#[test]
fn a_yes_that_was_cut_short_is_none() {
    let home = stored();
    let (context, tool) = (home.context(), home.tool("acme"));
    for name in ["profile.yml", "config.yml", "agreement.json"] {
        let whole = fixture(&home, name);
        let (_, place) = STORED.iter().find(|(other, _)| *other == name).expect("stored");
        lay(&home);
        // The last newline may go: what is left says the same.
        for length in 0..whole.trim_end().len() {
            home.write(place, whole.get(..length).expect("a text of letters"));
            let status = status(&context, &tool).expect("readable");
            let says = match name {
                // A project's file can only say no: an id that was cut is another id, of the form.
                "config.yml" => {
                    status.ids.project.is_none_or(|(_, id)| id.is_none_or(|id| "xyz123".starts_with(id.as_str())))
                }
                _ => !status.decision.is_yes(),
            };
            assert!(says, "{name} cut to {length} is a yes");
        }
    }
    let (whole, manifest) = (fixture(&home, "acme.yml"), home.at(".config/telemetry/tools/acme.yml"));
    for length in 0..whole.trim_end().len() {
        fs::write(&manifest, whole.get(..length).expect("a text of letters")).expect("cut");
        assert!(context.tool(&tool.manifest.tool).is_err(), "a manifest cut to {length} is one");
    }
}

#[test]
fn nothing_that_was_cut_short_stops_status_or_is_thrown_away() {
    let home = stored();
    let (context, tool) = (home.context(), home.tool("acme"));
    // The manifest, and what `a_yes_that_was_cut_short_is_none` cuts, is not cut again.
    let elsewhere = ["acme.yml", "profile.yml", "config.yml", "agreement.json"];
    for (name, place) in STORED.iter().filter(|(name, _)| !elsewhere.contains(name)) {
        let whole = fixture(&home, name);
        lay(&home);
        for length in 0..whole.len() {
            let path = home.write(place, whole.get(..length).expect("a text of letters"));
            let read = match *name {
                "receipts.jsonl" => receipts::read(&tool.places.receipts(), 9).map(|log| {
                    let whole_lines = log.receipts.len() + usize::try_from(log.unreadable).expect("few");
                    assert!(whole_lines <= 4 && log.receipts.iter().all(|one| one.check() == Check::Verified));
                }),
                _ => status(&context, &tool).map(drop),
            };
            read.unwrap_or_else(|error| panic!("{name} cut to {length}: {error}"));
            assert_eq!(fs::read(&path).expect("there").len(), length, "{name}: status writes nothing");
        }
    }
}

#[test]
fn a_segment_cut_anywhere_loses_only_what_was_cut() {
    let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
    let context = home.context();
    let mut recorder = Recorder::new(&context, &home.tool("acme"), None).expect("a recorder");
    record_one(&mut recorder, 1);
    record_one(&mut recorder, 2);
    let active = home.at(".acme/telemetry/queue/active.jsonl");
    let whole = fs::read(&active).expect("two lines");
    for length in 0..whole.len() {
        let cut = whole.get(..length).expect("a part");
        fs::write(&active, cut).expect("cut");
        fs::remove_file(home.at(OUT)).ok();
        fs::remove_file(home.at(".acme/telemetry/losses.json")).ok();
        let new = record_one(&mut recorder, 3);
        let summary = flushed(&home, &context);
        let lines = cut.iter().filter(|byte| **byte == b'\n').count();
        // A line that lost its newline alone is whole, and is mended.
        let mended = usize::from(length > 0 && whole.get(length) == Some(&b'\n'));
        let torn = u64::from(length > 0 && cut.last() != Some(&b'\n') && mended == 0);
        let arrived = out(&home);
        assert_eq!((arrived.len(), arrived.get(&new)), (lines + mended + 1, Some(&1)), "cut to {length}");
        let lost: u64 = summary.dropped.iter().filter(|(loss, _)| *loss == Loss::Torn).map(|(_, number)| number).sum();
        assert_eq!((lost, summary.waiting), (torn, 0), "cut to {length}");
    }
}

#[test]
fn a_line_that_counts_wrongly_costs_nothing() {
    for wrong in ["0", "99999999999", "18446744073709551615", "-1", "x"] {
        let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
        let mut wanted = record(&home, 3);
        let active = home.at(".acme/telemetry/queue/active.jsonl");
        let text = fs::read_to_string(&active).expect("three lines");
        fs::write(&active, text.replace("{\"n\":3,", &format!("{{\"n\":{wrong},"))).expect("damaged");
        wanted.extend(record(&home, 1));
        let summary = flushed(&home, &home.context());
        // A number that is none makes its line one that cannot be read; the others are not touched by it.
        let arrived = out(&home);
        let lost = wanted.iter().filter(|id| !arrived.contains_key(*id)).count();
        let torn = usize::from(wrong == "x");
        assert_eq!((lost, summary.waiting), (torn, 0), "{wrong}: {summary:?}");
    }
}

#[test]
fn progress_cut_anywhere_sends_again_only_what_has_no_answer_and_says_so() {
    // The second destination cannot be written, so that the batch stays with the first one's progress.
    let home = sending(&["main: {file: out.jsonl, batch: lines}", "dead: {file: /proc/nobody/writes.jsonl}"]);
    let context = home.context();
    let wanted: BTreeSet<String> = record(&home, 2).into_iter().collect();
    flushed(&home, &context);
    let (queue, kept) = (home.at(".acme/telemetry/queue"), home.folder("kept"));
    anew(&queue, &kept);
    let batch = fs::read_dir(&kept).expect("listed").next().expect("a batch").expect("an entry").file_name();
    let progress = Path::new(&batch).join("to-main.jsonl");
    let whole = fs::read_to_string(kept.join(&progress)).expect("progress");
    assert_eq!(whole.lines().count(), 4, "begun, sealed, tried, settled: {whole}");
    for length in 0..whole.len() {
        let cut = whole.get(..length).expect("a text of letters");
        anew(&kept, &queue);
        fs::write(queue.join(&progress), cut).expect("cut");
        fs::remove_file(home.at(OUT)).ok();
        fs::remove_dir_all(home.at(".acme/telemetry/receipts")).ok();
        flushed(&home, &context);
        let log = receipts::read(&home.at(".acme/telemetry/receipts"), 9).expect("a log");
        let to_main: Vec<_> = log.receipts.iter().filter(|receipt| receipt.destination == "main").collect();
        let lines = cut.matches('\n').count();
        if lines == 4 {
            assert!(out(&home).is_empty() && to_main.is_empty(), "cut to {length}: settled is settled");
            continue;
        }
        let arrived = out(&home);
        assert!(arrived.values().all(|times| *times == 1), "cut to {length}: {arrived:?}");
        assert_eq!(arrived.into_keys().collect::<BTreeSet<_>>(), wanted, "cut to {length}");
        let twice: Vec<bool> = to_main.iter().map(|receipt| receipt.maybe_twice).collect();
        assert_eq!(twice, [lines == 3], "cut to {length}: only what was tried may be there already");
        flushed(&home, &context);
        assert!(
            out(&home).values().all(|times| *times == 1),
            "cut to {length}: what was mended is read as it was written"
        );
    }
}

#[test]
fn a_tail_of_zeros_costs_nothing_but_itself() {
    let home = sending(&["main: {file: out.jsonl, batch: lines}"]);
    let context = home.context();
    let active = home.at(".acme/telemetry/queue/active.jsonl");
    for zeros in [1, 4095, 4096, 262_143, 262_144, 700_000] {
        let first = acme::record(&home, 2);
        let mut bytes = fs::read(&active).expect("two lines");
        bytes.resize(bytes.len() + zeros, 0);
        fs::write(&active, &bytes).expect("zero-filled");
        let last = record(&home, 1);
        fs::remove_file(home.at(OUT)).ok();
        flushed(&home, &context);
        let wanted: BTreeSet<String> = first.into_iter().chain(last).collect();
        assert_eq!(out(&home).into_keys().collect::<BTreeSet<_>>(), wanted, "{zeros} zeros");
    }
}
