//! Files of somebody else that change together: cut off after every step, refused for every reason, two at once.
//!
//! Promises: after a kill a no is finished and a yes taken back, whichever step it fell on; what is refused leaves everything as it was.
//! Absent: kills between system calls (`interop`), the command (`commands::undo`).

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::PathBuf;
use std::sync::Barrier;

use telemetry::actions::context::Context;
use telemetry::actions::foreign::change::{Change, FileChange, Mode, begin, carry_out};
use telemetry::actions::foreign::journal;
use telemetry::actions::foreign::kept::{Interrupted, Verb};
use telemetry::actions::foreign::mend::mend;
use telemetry::actions::foreign::steps::{ChangeError, Direction, Work};
use telemetry::host::clock::{Clock, DAY_MS, Timestamp};
use telemetry::identity::foreign_places::ForeignPlaces;
use telemetry::identity::names::ToolName;

use crate::sandbox::home::Home;

const SETTING: &str = ".other/settings.yml";
const MIRROR: &str = "work/.mirror/analytics.json";
const NEW: &str = ".new/folder/profile.yml";
const GONE: &str = ".other/gone.json";
const QUEUE: &str = ".other/queue.json";

fn name() -> ToolName {
    ToolName::new("other").expect("a name")
}

fn places(home: &Home) -> ForeignPlaces {
    ForeignPlaces::of(&home.context().paths, &name())
}

fn mode(home: &Home, file: &str) -> u32 {
    fs::metadata(home.at(file)).expect("there").mode() & 0o7777
}

fn set_mode(home: &Home, file: &str, mode: u32) {
    fs::set_permissions(home.at(file), fs::Permissions::from_mode(mode)).expect("a mode");
}

/// A tool with a setting, a mirror of it, a file that is to go, one that is to come, and a queue.
fn laid() -> (Home, Vec<FileChange>) {
    let home = Home::new();
    let bytes = |text: &str| Some(text.as_bytes().to_vec());
    let files = [
        (SETTING, bytes("send: true # mine\n"), bytes("send: false # mine\n")),
        (MIRROR, bytes("{\"send\": true}"), bytes("{\"send\": false}")),
        (NEW, None, bytes("anonymous_tracking: false\n")),
        (GONE, bytes("{\"id\": \"old\"}"), None),
    ];
    let mut changes = Vec::new();
    for (file, before, after) in files {
        if let Some(before) = &before {
            home.write(file, before);
            set_mode(&home, file, 0o640);
        }
        changes.push(FileChange::new(&home.at(file), before, after));
    }
    home.write(QUEUE, "{\"unsend_events\": [1, 2, 3]}");
    let queue =
        FileChange::new(&home.at(QUEUE), bytes("{\"unsend_events\": [1, 2, 3]}"), bytes("{\"unsend_events\": []}"));
    changes.push(queue.in_place());
    (home, changes)
}

/// Everything outside of our own folder, with its content.
fn world(home: &Home) -> Vec<(String, Option<Vec<u8>>)> {
    let own = |name: &String| !name.starts_with(".telemetry/");
    home.list().into_iter().filter(own).map(|name| (name.clone(), fs::read(home.at(&name)).ok())).collect()
}

fn kept(home: &Home) -> Vec<journal::Journal> {
    journal::read(&places(home).undo()).expect("readable").known
}

#[test]
fn all_files_change_and_all_are_put_back() {
    let (home, files) = laid();
    let before = world(&home);
    let inode = fs::metadata(home.at(QUEUE)).expect("there").ino();
    let done = carry_out(&home.context(), &Change::no(name(), files.clone())).expect("changed");
    assert_eq!(done.files, files.iter().map(|file| file.path.clone()).collect::<Vec<_>>());
    assert_eq!(home.read(SETTING), "send: false # mine\n");
    assert_eq!(home.read(MIRROR), "{\"send\": false}");
    assert_eq!(home.read(NEW), "anonymous_tracking: false\n");
    assert_eq!(home.read(QUEUE), "{\"unsend_events\": []}");
    assert!(!home.at(GONE).exists());
    assert_eq!(fs::metadata(home.at(QUEUE)).expect("there").ino(), inode, "in place");
    assert_eq!((mode(&home, SETTING), mode(&home, NEW), mode(&home, ".new/folder")), (0o640, 0o600, 0o700));
    let folder = kept(&home).pop().expect("kept").folder().to_path_buf();
    for (place, wanted) in
        [(folder.clone(), 0o700), (folder.join("0.before"), 0o600), (folder.join("index.json"), 0o600)]
    {
        assert_eq!(fs::metadata(place).expect("there").mode() & 0o7777, wanted);
    }
    let names = |folder: &PathBuf| telemetry::host::files::list(folder).expect("names");
    assert_eq!(names(&folder), ["0.before", "1.before", "3.before", "4.before", "index.json"]);
    // Again nothing changes, and nothing is kept of that.
    let texts = |file: &FileChange| FileChange::new(&file.path, file.texts.after.clone(), file.texts.after.clone());
    let again = Change::no(name(), files.iter().map(texts).collect());
    assert_eq!(carry_out(&home.context(), &again).expect("nothing").id, None);
    assert_eq!(kept(&home).len(), 1);

    let plan = telemetry::actions::undo::plan(&home.context(), Some(&name()), None).expect("a plan");
    assert!(plan.may_turn_on() && plan.left.is_empty());
    carry_out(&home.context(), &plan.change).expect("undone");
    let folders = |world: Vec<(String, Option<Vec<u8>>)>| -> Vec<_> {
        world.into_iter().filter(|(name, _)| !name.starts_with(".new/")).collect()
    };
    assert_eq!(folders(world(&home)), before);
    assert_eq!((mode(&home, SETTING), mode(&home, GONE)), (0o640, 0o640));
    assert_eq!(kept(&home).pop().expect("kept").index.verb, Verb::Undo);
}

#[test]
fn cut_off_after_every_step_a_no_is_finished_and_a_yes_taken_back() {
    for interrupted in [Interrupted::Finish, Interrupted::TakeBack] {
        let (done, files) = laid();
        carry_out(&done.context(), &Change::no(name(), files.clone())).expect("changed");
        let after = world(&done);
        for steps in 0..=files.len() + 2 {
            for again in [false, true] {
                let (home, files) = laid();
                let before = world(&home);
                let change = Change { interrupted, ..Change::no(name(), files) };
                let (journal, texts) =
                    begin(&places(&home), home.context().clock.now(), &change).expect("kept").expect("a change");
                if steps == 1 {
                    drop(
                        Work::look(&journal, &texts, Direction::Forward).expect("looked").prepare().expect("prepared"),
                    );
                }
                if steps > 1 {
                    let work = Work::look(&journal, &texts, Direction::Forward).expect("looked");
                    let mut ready = work.prepare().expect("prepared");
                    for _ in 1..steps {
                        ready.put().expect("put");
                    }
                }
                // A kill while it was mended, too.
                if again {
                    let direction =
                        if interrupted == Interrupted::Finish { Direction::Forward } else { Direction::Back };
                    let mut ready =
                        Work::look(&journal, &texts, direction).expect("looked").prepare().expect("prepared");
                    ready.put().expect("put");
                }
                let what = format!("{interrupted:?}, cut off after {steps}, again {again}");
                let mended = mend(&home.context(), &name()).expect("mended");
                assert_eq!(mended.iter().map(|one| one.how).collect::<Vec<_>>(), [interrupted], "{what}");
                assert_eq!(mended.iter().flat_map(|one| &one.left).count(), 0, "{what}");
                match interrupted {
                    Interrupted::Finish => assert_eq!(world(&home), after, "{what}"),
                    Interrupted::TakeBack => assert_eq!(world(&home), before, "{what}"),
                }
                assert_eq!(kept(&home).len(), usize::from(interrupted == Interrupted::Finish), "{what}");
                assert_eq!(mend(&home.context(), &name()).expect("nothing to mend"), [], "{what}");
            }
        }
    }
}

#[test]
fn a_queue_that_was_cut_short_is_mended_and_what_somebody_changed_since_is_left() {
    for (text, left) in [("", 0), ("{\"unsend", 0), ("{\"unsend_events\": [9]}", 1)] {
        for interrupted in [Interrupted::Finish, Interrupted::TakeBack] {
            let (home, files) = laid();
            let change = Change { interrupted, ..Change::no(name(), files) };
            begin(&places(&home), home.context().clock.now(), &change).expect("kept").expect("a change");
            home.write(QUEUE, text);
            let mended = mend(&home.context(), &name()).expect("mended");
            assert_eq!(mended[0].left.len(), left, "{text} {interrupted:?}");
            let wanted = match (left, interrupted) {
                (1, _) => text,
                (_, Interrupted::Finish) => "{\"unsend_events\": []}",
                (_, Interrupted::TakeBack) => "{\"unsend_events\": [1, 2, 3]}",
            };
            assert_eq!(home.read(QUEUE), wanted);
            let setting =
                if interrupted == Interrupted::Finish { "send: false # mine\n" } else { "send: true # mine\n" };
            assert_eq!(home.read(SETTING), setting);
        }
    }
}

#[test]
fn a_change_that_was_never_begun_is_no_change() {
    let (home, files) = laid();
    let before = world(&home);
    let change = Change::no(name(), files);
    let (journal, _) = begin(&places(&home), home.context().clock.now(), &change).expect("kept").expect("a change");
    // As a kill leaves it that falls before the index is written.
    fs::remove_file(journal.folder().join("index.json")).expect("removed");
    assert_eq!(mend(&home.context(), &name()).expect("nothing"), []);
    assert_eq!(world(&home), before);
    carry_out(&home.context(), &change).expect("changed");
    assert!(!journal.folder().exists(), "what it left is gone");
}

/// A change that must not happen, and what is said.
#[track_caller]
fn refused(home: &Home, files: &[FileChange], words: &str) {
    let before = world(home);
    let error = carry_out(&home.context(), &Change::no(name(), files.to_vec())).expect_err("refused");
    assert!(error.to_string().contains(words), "{error}");
    assert!(error.to_string().starts_with("nothing was changed: "), "{error}");
    assert_eq!(world(home), before);
    assert_eq!(kept(home), []);
}

#[test]
fn what_is_refused_leaves_everything_as_it_was() {
    type Spoil = (&'static str, &'static dyn Fn(&Home));
    let spoils: [Spoil; 12] = [
        ("changed since", &|home| drop(home.write(MIRROR, "{\"send\": true} "))),
        ("changed since", &|home| fs::remove_file(home.at(MIRROR)).expect("removed")),
        ("changed since", &|home| drop(home.write(NEW, "user_id: a\n"))),
        ("read-only", &|home| set_mode(home, MIRROR, 0o444)),
        ("others may write", &|home| set_mode(home, "work/.mirror", 0o777)),
        ("others may write", &|home| set_mode(home, "work/.mirror", 0o1777)),
        ("others may write", &|home| set_mode(home, "work", 0o777)),
        ("not a regular file", &|home| {
            fs::remove_file(home.at(MIRROR)).expect("removed");
            home.folder(MIRROR);
        }),
        ("hard links", &|home| fs::hard_link(home.at(MIRROR), home.at("work/other")).expect("a name")),
        ("larger than", &|home| drop(home.write(GONE, vec![b'x'; journal::LIMIT + 1]))),
        ("", &|home| {
            fs::rename(home.at(".other"), home.at(".real")).expect("renamed");
            home.link(".other", "nowhere");
        }),
        ("others may write", &|home| {
            home.folder("open");
            fs::rename(home.at(".other"), home.at("open/other")).expect("renamed");
            home.link("open/lent", "other");
            home.link(".other", "open/lent");
            set_mode(home, "open", 0o1777);
        }),
    ];
    for (words, spoil) in spoils {
        let (home, files) = laid();
        spoil(&home);
        refused(&home, &files, words);
    }
    let (home, files) = laid();
    let queue = fs::File::open(home.at(QUEUE)).expect("open");
    queue.lock().expect("locked");
    refused(&home, &files, "locked by its program");
    drop(queue);
    carry_out(&home.context(), &Change::no(name(), files)).expect("let go, it is changed");
}

#[test]
fn a_file_that_changes_between_two_steps_stops_the_change() {
    let (home, files) = laid();
    let change = Change::no(name(), files);
    let (journal, texts) = begin(&places(&home), home.context().clock.now(), &change).expect("kept").expect("a change");
    let mut ready = Work::look(&journal, &texts, Direction::Forward).expect("looked").prepare().expect("prepared");
    assert!(ready.put().expect("put"));
    home.write(MIRROR, "{\"send\": true, \"more\": 1}");
    assert!(matches!(ready.put(), Err(ChangeError::Changed(path)) if path.ends_with("analytics.json")));
    ready.abandon();
    let left: Vec<String> = home.list().into_iter().filter(|name| name.ends_with(".tmp")).collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn links_lead_to_the_file_that_changes_and_secrets_become_private() {
    let home = Home::new();
    home.write("dotfiles/profile.yml", "api_token: abc\nsend: true\n");
    set_mode(&home, "dotfiles/profile.yml", 0o644);
    home.link(".other/profile.yml", "../dotfiles/profile.yml");
    let text = |text: &str| Some(text.as_bytes().to_vec());
    let path = home.at(".other/profile.yml");
    let file = FileChange::new(&path, text("api_token: abc\nsend: true\n"), text("api_token: abc\nsend: false\n"));
    carry_out(&home.context(), &Change::no(name(), vec![file.with_mode(Mode::Private)])).expect("changed");
    assert!(path.is_symlink());
    assert_eq!(home.read("dotfiles/profile.yml"), "api_token: abc\nsend: false\n");
    assert_eq!(mode(&home, "dotfiles/profile.yml"), 0o600);
    // A link that leads elsewhere now is not followed back.
    home.write("dotfiles/other.yml", "send: false\n");
    fs::remove_file(&path).expect("removed");
    symlink(home.at("dotfiles/other.yml"), &path).expect("a link");
    let plan = telemetry::actions::undo::plan(&home.context(), None, None).expect("a plan");
    assert!(plan.change.files.is_empty() && plan.left[0].why.as_ref().expect("why").contains("leads to"), "{plan:?}");
}

#[test]
fn an_owner_is_kept() {
    let (home, files) = laid();
    if chown(home.at(SETTING), Some(65534), Some(65534)).is_err() {
        println!("left out: giving a file away takes root");
        return;
    }
    carry_out(&home.context(), &Change::no(name(), files)).expect("changed");
    let owner = |home: &Home| fs::metadata(home.at(SETTING)).map(|meta| (meta.uid(), meta.gid())).expect("there");
    assert_eq!((owner(&home), mode(&home, SETTING)), ((65534, 65534), 0o640));
    fs::remove_file(home.at(SETTING)).expect("removed");
    home.write(SETTING, "send: false # mine\n");
    let plan = telemetry::actions::undo::plan(&home.context(), None, None).expect("a plan");
    carry_out(&home.context(), &plan.change).expect("undone");
    assert_eq!(home.read(SETTING), "send: true # mine\n");
}

#[test]
fn of_two_at_once_one_is_done() {
    for _ in 0..10 {
        let (home, files) = laid();
        let barrier = Barrier::new(4);
        let done = std::thread::scope(|scope| {
            let one = |_| {
                scope.spawn(|| {
                    barrier.wait();
                    carry_out(&home.context(), &Change::no(name(), files.clone())).is_ok()
                })
            };
            let threads: Vec<_> = (0..4).map(one).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).filter(|done| *done).count()
        });
        assert_eq!(done, 1, "the others find it changed");
        assert_eq!((kept(&home).len(), home.read(MIRROR).as_str()), (1, "{\"send\": false}"));
    }
}

#[test]
fn no_old_id_outlives_a_forget() {
    let (home, files) = laid();
    carry_out(&home.context(), &Change::no(name(), files[..1].to_vec())).expect("changed");
    assert_eq!(kept(&home).len(), 1);
    let finished = carry_out(&home.context(), &Change::forget(name(), files[1..].to_vec())).expect("forgotten");
    assert_eq!(finished.files.len(), 4);
    let all: Vec<_> = kept(&home).into_iter().map(|journal| journal.index.verb).collect();
    assert_eq!(all, [Verb::Forget]);
    for name in home.list().iter().filter(|name| !name.ends_with('/')) {
        let text = String::from_utf8_lossy(&fs::read(home.at(name)).expect("text")).into_owned();
        assert!(!text.contains("\"old\"") && !text.contains("[1, 2, 3]"), "{name}: {text}");
    }
    let error = telemetry::actions::undo::plan(&home.context(), None, None).expect_err("final");
    assert!(error.to_string().contains("cannot be undone"), "{error}");
    // Cut off, it is finished from what shall stand there alone.
    let (home, files) = laid();
    let forget = Change::forget(name(), files);
    let (journal, texts) = begin(&places(&home), home.context().clock.now(), &forget).expect("kept").expect("a change");
    Work::look(&journal, &texts, Direction::Forward).expect("looked").prepare().expect("prepared").put().expect("put");
    assert!(!journal.folder().join("1.before").exists());
    mend(&home.context(), &name()).expect("mended");
    assert_eq!((home.at(GONE).exists(), home.read(MIRROR)), (false, "{\"send\": false}".to_owned()));
}

#[test]
fn changes_are_kept_for_a_while() {
    let home = Home::new();
    let at = |ms| Context { clock: Clock::At(Timestamp::from_ms(ms)), ..home.context() };
    let change = |from: i64, to: i64| {
        let text = |number: i64| Some(format!("{number}").into_bytes());
        let before = if from == 0 { None } else { text(from) };
        Change::no(name(), vec![FileChange::new(&home.at(SETTING), before, text(to))])
    };
    let start = 1_795_237_731_320;
    for number in 0..25 {
        carry_out(&at(start), &change(number, number + 1)).expect("changed");
    }
    let ids: Vec<_> = kept(&home).into_iter().map(|journal| journal.id).collect();
    assert_eq!(ids, (6..=25).map(|number| format!("{start}-{number}")).collect::<Vec<_>>());
    // A clock that was put back does not make the latest change an earlier one.
    carry_out(&at(start - 5), &change(25, 26)).expect("changed");
    assert_eq!(kept(&home).pop().expect("kept").id, format!("{start}-26"));
    carry_out(&at(start + 91 * DAY_MS), &change(26, 27)).expect("changed");
    assert_eq!(kept(&home).len(), 1);
}
