//! `telemetry undo`: what the latest change found is put back, as far as nobody changed it since, and an undo is undone likewise.

use std::fs;

use serde_json::{Value, json};

use telemetry::actions::foreign::change::{Change, FileChange, begin, carry_out};
use telemetry::identity::foreign_places::ForeignPlaces;
use telemetry::identity::names::ToolName;

use crate::commands::given::{document, text};
use crate::sandbox::home::Home;

const SETTING: &str = ".other/profile.yml";
pub(crate) const MIRROR: &str = ".other/mirror.json";
const ON: &str = "api_token: top-secret\nuser_id: a\nsend: true\n";
const OFF: &str = "api_token: top-secret\nuser_id: a\nsend: false\n";

fn files(home: &Home) -> Vec<FileChange> {
    let file = |name: &str, before: &str, after: &str| {
        FileChange::new(&home.at(name), Some(before.as_bytes().to_vec()), Some(after.as_bytes().to_vec()))
    };
    vec![file(SETTING, ON, OFF), file(MIRROR, "{\"send\": true}\n", "{\"send\": false}\n")]
}

fn tool() -> ToolName {
    ToolName::new("other").expect("a name")
}

/// A home in which a tool was disabled.
pub(crate) fn disabled() -> Home {
    let home = Home::new();
    home.write(SETTING, ON);
    home.write(MIRROR, "{\"send\": true}\n");
    carry_out(&home.context(), &Change::no(tool(), files(&home))).expect("changed");
    assert_eq!(home.read(SETTING), OFF);
    home
}

#[test]
fn an_undo_puts_back_and_is_undone_likewise() {
    let home = disabled();
    let ran = home.run(["undo", "other", "--yes"]).expect(0);
    assert_eq!((home.read(SETTING).as_str(), home.read(MIRROR).as_str()), (ON, "{\"send\": true}\n"));
    assert!(ran.stderr.contains("takes back a no") && ran.stderr.contains("2 files put back"), "{}", ran.stderr);
    assert!(ran.stdout.contains("-send: false\n+send: true"), "{}", ran.stdout);
    let again = home.run(["undo", "--yes"]).expect(0);
    assert_eq!(home.read(SETTING), OFF);
    assert!(!again.stderr.contains("takes back a no"), "{}", again.stderr);
    home.run(["undo", "--yes"]).expect(0);
    assert_eq!(home.read(SETTING), ON);
}

#[test]
fn nobody_who_was_not_asked_has_anything_changed() {
    let home = disabled();
    for arguments in [&["undo"][..], &["undo", "other", "--json"]] {
        let ran = home.run(arguments).expect(1);
        assert!(ran.stderr.contains("error: nobody could be asked, so nothing was changed"), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: telemetry undo other --yes"), "{}", ran.stderr);
        assert_eq!(home.read(SETTING), OFF);
    }
    let dry = home.run(["undo", "other", "--dry-run"]).expect(0);
    let path = home.at(SETTING).display().to_string();
    let wanted = format!("--- {path}\n+++ {path}\n@@ -3 +3 @@\n-send: false\n+send: true\n");
    assert!(dry.stdout.contains(&wanted), "{}", dry.stdout);
    assert!(!dry.stdout.contains("top-secret"));
    assert_eq!(home.read(SETTING), OFF);
}

#[test]
fn what_was_changed_since_is_left() {
    let home = disabled();
    let mine = format!("{OFF}# mine\n");
    home.write(SETTING, &mine);
    let ran = home.run(["undo", "other", "--yes"]).expect(4);
    assert!(ran.stderr.contains("profile.yml: it was changed since, and is left as it is."), "{}", ran.stderr);
    // A mirror that goes back without its switch would be heard.
    assert!(ran.stderr.contains("it changed together with what was changed since"), "{}", ran.stderr);
    assert_eq!((home.read(SETTING), home.read(MIRROR)), (mine.clone(), "{\"send\": false}\n".to_owned()));
    // And where nothing is left to put back, nothing is done.
    let home = disabled();
    home.write(SETTING, &mine);
    home.write(MIRROR, "{\"send\": true}\n");
    let ran = home.run(["undo", "other", "--yes"]).expect(4);
    assert!(ran.stderr.contains("stands already as it stood before"), "{}", ran.stderr);
    let list = document(&home.run(["undo", "--list", "--json"]).expect(0), "changes");
    assert_eq!(list["changes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_is_gone_keeps_nobody_from_the_older_changes() {
    let home = Home::new();
    for name in ["work/old/a", "work/new"] {
        home.write(name, ON);
        let file = FileChange::new(&home.at(name), Some(ON.into()), Some(OFF.into()));
        carry_out(&home.context(), &Change::no(tool(), vec![file])).expect("changed");
    }
    fs::remove_file(home.at("work/new")).expect("removed");
    let ran = home.run(["undo", "other", "--yes"]).expect(4);
    assert!(ran.stderr.contains("new: it is gone since, and is left as it is."), "{}", ran.stderr);
    assert!(ran.stderr.contains("telemetry undo other PATH"), "{}", ran.stderr);
    let ran = home.run(["undo", "other", "nothing", "--yes"]).expect(1);
    assert!(ran.stderr.contains("work/nothing is kept") && ran.stderr.contains("undo --list"), "{}", ran.stderr);
    let ran = home.run(["undo", "other", "old/a"]).expect(1);
    assert!(ran.stderr.contains("hint: telemetry undo other PATH --yes"), "{}", ran.stderr);
    // By the file, and again by its folder.
    for (path, wanted) in [("./old/a", ON), ("old", OFF)] {
        home.run(["undo", "other", path, "--yes"]).expect(0);
        assert_eq!(home.read("work/old/a"), wanted);
    }
    assert!(!home.at("work/new").exists());
}

#[test]
fn a_change_that_was_cut_off_is_mended_first() {
    let home = Home::new();
    home.write(SETTING, ON);
    home.write(MIRROR, "{\"send\": true}\n");
    let places = ForeignPlaces::of(&home.context().paths, &tool());
    let change = Change::no(tool(), files(&home));
    begin(&places, home.context().clock.now(), &change).expect("kept").expect("a change");
    let list = home.run(["undo", "--list"]).expect(0);
    assert!(list.stdout.contains("disable (cut off)"), "{}", list.stdout);
    assert_eq!(home.read(SETTING), ON, "a list changes nothing");
    let ran = home.run(["undo", "other"]).expect(1);
    assert!(ran.stderr.contains("an earlier disable had been cut off and was done to its end"), "{}", ran.stderr);
    assert_eq!(home.read(SETTING), OFF);
}

#[test]
fn the_list_and_the_documents() {
    let home = disabled();
    home.run(["undo", "--yes"]).expect(0);
    let list = document(&home.run(["undo", "--list", "--json"]).expect(0), "changes");
    let changes = list["changes"].as_array().expect("changes");
    let verbs: Vec<&str> = changes.iter().map(|change| text(change, "verb")).collect();
    assert_eq!(verbs, ["undo", "disable"]);
    assert_eq!((&changes[0]["undoes"], &changes[0]["can_be_undone"]), (&changes[1]["id"], &json!(true)));
    assert_eq!(changes[1]["files"], json!([home.at(SETTING), home.at(MIRROR)]));
    let table = home.run(["undo", "other", "--list"]).expect(0);
    assert!(table.stdout.lines().nth(1).expect("a row").contains(" other  undo "), "{}", table.stdout);
    let tree = document(&home.run(["undo", "--yes", "--json"]).expect(0), "undo");
    assert_eq!((text(&tree, "undoes"), &tree["done"], &tree["may_turn_on"]), ("undo", &json!(true), &json!(false)));
    assert!(text(&tree["files"][0], "diff").contains("+send: false"), "{tree:#}");
}

#[test]
fn where_nothing_is_kept_there_is_nothing_to_undo() {
    let home = Home::new();
    let ran = home.run(["undo"]).expect(0);
    assert!(ran.stderr.contains("nothing to undo"), "{}", ran.stderr);
    home.run(["undo", "tool"]).expect(0);
    home.run(["undo", "nobody-knows"]).expect(5);
    let tree = document(&home.run(["undo", "--json"]).expect(0), "undo");
    assert_eq!((&tree["done"], &tree["tool"]), (&json!(false), &Value::Null));
    assert_eq!(home.list(), [""; 0], "and nothing is made");
    let home = disabled();
    let folder = ForeignPlaces::of(&home.context().paths, &tool()).undo();
    let id = telemetry::host::files::list(&folder).expect("names").pop().expect("one");
    let index = folder.join(id).join("index.json");
    let newer = fs::read_to_string(&index).expect("text").replace("\"version\": 1", "\"version\": 2");
    fs::write(&index, &newer).expect("written");
    let ran = home.run(["undo", "other", "--list"]).expect(0);
    assert!(ran.stderr.contains("of version 2, which this program does not know"), "{}", ran.stderr);
    let ran = home.run(["undo", "other", "--yes"]).expect(4);
    assert!(ran.stderr.contains("of version 2, which this program does not know"), "{}", ran.stderr);
    assert_eq!((fs::read_to_string(&index).expect("text"), home.read(SETTING)), (newer, OFF.to_owned()));
}

#[test]
fn an_undo_that_cannot_be_whole_is_none() {
    let home = disabled();
    let folder = ForeignPlaces::of(&home.context().paths, &tool()).undo();
    let id = telemetry::host::files::list(&folder).expect("names").pop().expect("one");
    let copy = folder.join(id).join("1.before");
    fs::write(&copy, "{}").expect("damaged");
    let ran = home.run(["undo", "other", "--yes"]).expect(1);
    assert!(ran.stderr.contains("1.before: it is not the copy that was kept"), "{}", ran.stderr);
    assert_eq!((home.read(SETTING).as_str(), home.read(MIRROR).as_str()), (OFF, "{\"send\": false}\n"));
    fs::write(&copy, "{\"send\": true}\n").expect("mended");
    let read_only = |mode| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(home.at(MIRROR), mode).expect("a mode");
    };
    read_only(0o444);
    let ran = home.run(["undo", "other", "--yes"]).expect(1);
    assert!(ran.stderr.contains("mirror.json: it is read-only"), "{}", ran.stderr);
    assert_eq!(home.read(SETTING), OFF);
    read_only(0o644);
    home.run(["undo", "other", "--yes"]).expect(0);
    assert_eq!(home.read(SETTING), ON);
}
