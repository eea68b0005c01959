//! `telemetry disable` for other people's programs: their own files say no, together with all that belongs to it, or nothing changes.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use serde_json::json;

use crate::commands::given::{document, text};
use crate::sandbox::home::{Home, Ran};

const PROFILE: &str = ".piperider/profile.yml";
const QUEUE: &str = ".piperider/.unsend_events.json";
pub(crate) const CONFIG: &str = "work/.piperider/config.yml";
const MELTANO: &str = "work/meltano.yml";
const ANALYTICS: &str = "work/.meltano/analytics.json";
const DOTENV: &str = "work/.env";
const ID: &str = "468d5a8ff8f0414a9dc8bdc308618363";

pub(crate) fn mode(home: &Home, file: &str) -> u32 {
    fs::metadata(home.at(file)).expect("there").mode() & 0o7777
}

pub(crate) fn set_mode(home: &Home, file: &str, mode: u32) {
    fs::set_permissions(home.at(file), fs::Permissions::from_mode(mode)).expect("a mode");
}

/// A PipeRider that is on, with two events that wait.
pub(crate) fn piperider() -> Home {
    let home = Home::new();
    home.write(PROFILE, format!("# mine\nuser_id: {ID}\nanonymous_tracking: true # yes\napi_token: top-secret\n"));
    home.write(QUEUE, "{\"unsend_events\": [{\"a\": 1}, {\"a\": 2}]}");
    home.write(CONFIG, "dataSources: []\ntelemetry:\n  id: 'abc' # ours\n");
    home
}

/// A Meltano project that is on.
pub(crate) fn meltano() -> Home {
    let home = Home::new();
    home.write(MELTANO, "# ours\nversion: 1\nproject_id: 01a1fbd1-aed9-7949-ace8-c3ba37c08849\n");
    set_mode(&home, MELTANO, 0o600);
    home.write(ANALYTICS, "{\"client_id\": \"c\", \"project_id\": \"p\", \"send_anonymous_usage_stats\": true}");
    home
}

/// A Grouparoo project with this version.
pub(crate) fn grouparoo(version: &str) -> Home {
    let home = Home::new();
    home.write("work/node_modules/@grouparoo/core/package.json", format!("{{\"version\": \"{version}\"}}"));
    home
}

/// Everything outside of our own folder.
fn world(home: &Home) -> Vec<(String, Option<Vec<u8>>)> {
    let own = |name: &String| !name.starts_with(".telemetry/");
    home.list().into_iter().filter(own).map(|name| (name.clone(), fs::read(home.at(&name)).ok())).collect()
}

/// Nothing changed, and it is said why.
#[track_caller]
fn refused(home: &Home, arguments: &[&str], words: &str) -> Ran {
    let before = world(home);
    let ran = home.run(arguments).expect(1);
    assert!(ran.stderr.contains(words), "{}", ran.stderr);
    assert!(ran.stderr.contains("nothing was changed"), "{}", ran.stderr);
    assert_eq!(world(home), before);
    ran
}

#[test]
fn piperider_says_no_keeps_everything_else_and_sends_nothing_that_waits() {
    let home = piperider();
    let inode = fs::metadata(home.at(QUEUE)).expect("there").ino();
    let ran = home.run(["disable", "piperider"]).expect(0);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr.contains("piperider is off.") && ran.stderr.contains("telemetry undo piperider"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("Still leaves: run, init, compare"), "{}", ran.stderr);
    let wanted = format!("# mine\nuser_id: {ID}\nanonymous_tracking: false # yes\napi_token: top-secret\n");
    assert_eq!((home.read(PROFILE), home.read(QUEUE)), (wanted, "{\"unsend_events\": []}".to_owned()));
    assert_eq!(fs::metadata(home.at(QUEUE)).expect("there").ino(), inode, "as its program locks it");
    assert_eq!(mode(&home, PROFILE), 0o600, "it holds a token");
    assert_eq!(home.read(CONFIG), "dataSources: []\ntelemetry:\n  id: 'abc' # ours\n", "the project's is left");
    let again = home.run(["disable", "piperider"]).expect(0);
    assert!(again.stderr.contains("off already: nothing had to change"), "{}", again.stderr);
    assert!(!home.at(".piperider/telemetry").exists(), "nothing of ours in its folder");
    home.run(["undo", "piperider", "--yes"]).expect(0);
    assert_eq!(mode(&home, PROFILE), 0o644);
    assert!(home.read(PROFILE).contains("anonymous_tracking: true # yes") && home.read(QUEUE).contains("{\"a\": 2}"));
}

#[test]
fn a_profile_that_is_missing_empty_or_without_an_id_is_made_whole() {
    for before in [None, Some(""), Some("# only\n"), Some("anonymous_tracking: true\n"), Some("user_id:\n")] {
        let home = Home::new();
        before.iter().for_each(|text| drop(home.write(PROFILE, text)));
        home.run(["disable", "piperider"]).expect(0);
        let profile = home.read(PROFILE);
        assert!(profile.contains("anonymous_tracking: false\n"), "{before:?}: {profile}");
        let id = profile.split('\'').nth(1).expect("a quoted id");
        assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{profile}");
        assert!(before.is_some() || mode(&home, PROFILE) == 0o600, "made for its owner alone");
    }
}

#[test]
fn meltano_changes_the_setting_and_its_mirror_together() {
    let home = meltano();
    home.run(["disable", "meltano"]).expect(0);
    assert_eq!(home.read(DOTENV), "MELTANO_SEND_ANONYMOUS_USAGE_STATS=false\n");
    let mirror =
        |on: bool| format!("{{\"client_id\": \"c\", \"project_id\": \"p\", \"send_anonymous_usage_stats\": {on}}}");
    assert_eq!(home.read(ANALYTICS), mirror(false));
    assert!(!home.read(MELTANO).contains("send_anonymous"), "the project's file is shared");
    // With the folder moved by a variable, the mirror there.
    let home = meltano();
    home.write("moved/analytics.json", mirror(true));
    let moved = home.at("moved");
    home.command(["disable", "meltano"]).env("MELTANO_SYS_DIR_ROOT", moved).run().expect(0);
    assert_eq!((home.read("moved/analytics.json"), home.read(ANALYTICS)), (mirror(false), mirror(true)));
    // Where there is no mirror none is made, and one without the key is left.
    for text in [None, Some("{\"client_id\": \"c\"}")] {
        let home = meltano();
        fs::remove_file(home.at(ANALYTICS)).expect("removed");
        text.iter().for_each(|text| drop(home.write(ANALYTICS, text)));
        home.run(["disable", "meltano"]).expect(0);
        assert_eq!(fs::read_to_string(home.at(ANALYTICS)).ok().as_deref(), text);
    }
}

#[test]
fn with_project_the_committed_file_says_no_for_all() {
    let home = meltano();
    let below = home.folder("work/a/b");
    home.command(["disable", "meltano", "--project"]).directory(below).run().expect(0);
    assert!(home.read(MELTANO).ends_with("c08849\nsend_anonymous_usage_stats: false\n"), "{}", home.read(MELTANO));
    assert!(home.read(ANALYTICS).contains("\"send_anonymous_usage_stats\": false"));
    assert_eq!(mode(&home, MELTANO), 0o600);
    assert!(!home.at(DOTENV).exists());
    let home = piperider();
    home.run(["disable", "piperider", "--project"]).expect(0);
    assert_eq!(home.read(CONFIG), "dataSources: []\ntelemetry:\n  id: '' # ours\n");
    assert!(home.read(PROFILE).contains("anonymous_tracking: true"));
    // A bare key keeps the program from starting, before and never after.
    home.write(CONFIG, "dataSources: []\ntelemetry:\n");
    home.run(["disable", "piperider", "--project"]).expect(0);
    assert_eq!(home.read(CONFIG), "dataSources: []\ntelemetry:\n  id: ''\n");
}

#[test]
fn what_still_overrides_is_said_and_nothing_is_called_off() {
    let home = meltano();
    home.write(MELTANO, "version: 1\nenv:\n  MELTANO_SEND_ANONYMOUS_USAGE_STATS: \"true\"\n");
    let ran = home.run(["disable", "meltano"]).expect(4);
    assert!(ran.stderr.contains("meltano is not surely off (on)"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("meltano.yml, line 3: env.MELTANO_SEND_ANONYMOUS_USAGE_STATS says on"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("telemetry disable meltano --project"), "{}", ran.stderr);
    assert_eq!(home.read(DOTENV), "MELTANO_SEND_ANONYMOUS_USAGE_STATS=false\n", "what could be done is done");
    assert!(home.read(ANALYTICS).contains("true"), "the mirror says what holds");
    home.run(["disable", "meltano", "--project"]).expect(0);
    assert!(home.read(MELTANO).contains("MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false'"), "{}", home.read(MELTANO));
    assert!(home.read(ANALYTICS).contains("\"send_anonymous_usage_stats\": false"));

    let home = meltano();
    let name = "MELTANO_SEND_ANONYMOUS_USAGE_STATS";
    let ran = home.command(["disable", "meltano"]).env(name, "Yes").run().expect(4);
    assert!(ran.stderr.contains(&format!("the variable {name}=Yes wins")), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("\n    export {name}=false\n")), "{}", ran.stderr);
    let tree = document(&home.command(["disable", "meltano", "--json"]).env(name, "Yes").run().expect(4), "switched");
    assert_eq!((text(&tree, "after"), &tree["overrides"][0]["shell"]), ("on", &json!(format!("export {name}=false"))));
    home.command(["disable", "meltano"]).env(name, "false").run().expect(0);
    // Outside of a project there is nothing to change, and the line for the shell is given.
    let ran = home.command(["disable", "meltano"]).directory(home.path()).run().expect(1);
    assert!(ran.stderr.contains(&format!("hint: export {name}=false")), "{}", ran.stderr);
}

#[test]
fn grouparoo_gets_the_spelling_that_every_version_takes() {
    for version in ["0.1.22", "0.8.1", "0.9.0"] {
        for before in [None, Some(""), Some("A=1"), Some("GROUPAROO_TELEMETRY_ENABLED=no\r\nA=1\r\n")] {
            let home = grouparoo(version);
            before.iter().for_each(|text| drop(home.write(DOTENV, text)));
            let ran = home.run(["disable", "grouparoo"]).expect(0);
            let wanted = match before {
                None | Some("") => "GROUPAROO_TELEMETRY_ENABLED=false\n",
                Some("A=1") => "A=1\nGROUPAROO_TELEMETRY_ENABLED=false\n",
                // From 0.8.2 on `no` is off, and is left.
                Some(text) if version == "0.9.0" => text,
                Some(_) => "GROUPAROO_TELEMETRY_ENABLED=false\r\nA=1\r\n",
            };
            assert_eq!(home.read(DOTENV).trim_end(), wanted.trim_end(), "{version} {before:?}: {}", ran.stderr);
            assert_eq!(home.read(DOTENV).contains('\r'), wanted.contains('\r'));
        }
    }
    let home = grouparoo("0.8.1");
    home.write("elsewhere/env", "GROUPAROO_TELEMETRY_ENABLED=true\n");
    let other = home.at("elsewhere/env");
    home.command(["disable", "grouparoo"]).env("GROUPAROO_ENV_CONFIG_FILE", other).run().expect(0);
    assert_eq!(home.read("elsewhere/env"), "GROUPAROO_TELEMETRY_ENABLED=false\n");
    assert!(!home.at(DOTENV).exists());
}

#[test]
fn openobserve_gets_false_on_every_line_and_never_a_shape_that_stops_it() {
    for (before, wanted) in [
        (
            "ZO_TELEMETRY=true\nZO_ROOT_USER_PASSWORD=pw\nZO_TELEMETRY=True\n",
            "ZO_TELEMETRY=false\nZO_ROOT_USER_PASSWORD=pw\nZO_TELEMETRY=false\n",
        ),
        ("ZO_TELEMETRY=0\n", "ZO_TELEMETRY=false\n"),
        ("export ZO_TELEMETRY=\"true\" # on\r\n", "false"),
    ] {
        let home = Home::new();
        home.write(DOTENV, before);
        set_mode(&home, DOTENV, 0o640);
        let below = home.folder("work/below");
        home.command(["disable", "zincobserve"]).directory(below).run().expect(0);
        let after = home.read(DOTENV);
        assert!(
            after == wanted || wanted == "false" && after.contains("false") && after.ends_with("\r\n"),
            "{after:?}"
        );
        assert_eq!(mode(&home, DOTENV), 0o640, "a server of another user may read it");
    }
    let home = Home::new();
    home.write(DOTENV, "ZO_TELEMETRY=false\n");
    let ran = home.command(["disable", "zincobserve"]).env("ZO_TELEMETRY", "0").run().expect(4);
    assert!(
        ran.stderr.contains("depends on the version") && ran.stderr.contains("export ZO_TELEMETRY=false"),
        "{}",
        ran.stderr
    );
}

#[test]
fn bad_files_are_refused_and_everything_stays() {
    let on = format!("user_id: {ID}\nanonymous_tracking: true\n");
    for (profile, words) in [
        ("a: [", "is not valid YAML"),
        ("anonymous_tracking: true\nanonymous_tracking: true\n", "same key twice"),
        ("- a\n", "mapping"),
        ("user_id: a\n---\nuser_id: b\n", "more than one document"),
        ("\u{0}", "control"),
    ] {
        let home = piperider();
        home.write(PROFILE, profile);
        refused(&home, &["disable", "piperider"], words);
    }
    let home = piperider();
    home.write(PROFILE, format!("{on}# {}\n", "x".repeat(9 << 20)));
    refused(&home, &["disable", "piperider"], "larger than");
    let home = piperider();
    set_mode(&home, PROFILE, 0o444);
    refused(&home, &["disable", "piperider"], "read-only");
    let home = piperider();
    set_mode(&home, ".piperider", 0o777);
    let ran = refused(&home, &["disable", "piperider"], "others may write");
    assert!(ran.stderr.contains("hint: chmod go-w"), "{}", ran.stderr);
    let home = piperider();
    fs::remove_file(home.at(PROFILE)).expect("removed");
    home.folder(PROFILE);
    refused(&home, &["disable", "piperider"], "not a regular file");
    // What belongs to a project and cannot be read may say yes: nothing is called off.
    let home = meltano();
    home.write(MELTANO, "version: [");
    let ran = home.run(["disable", "meltano"]).expect(4);
    assert!(ran.stderr.contains("meltano is not surely off (crash)"), "{}", ran.stderr);
    assert!(ran.stderr.contains("meltano.yml cannot be read: it is not valid YAML"), "{}", ran.stderr);
    assert_eq!(home.read(DOTENV), "MELTANO_SEND_ANONYMOUS_USAGE_STATS=false\n");
    assert!(home.read(ANALYTICS).contains("false"), "once the file is mended, nothing is heard");
    let home = meltano(); // Python would take the last.
    home.write(ANALYTICS, "{\"send_anonymous_usage_stats\": false, \"send_anonymous_usage_stats\": true}");
    refused(&home, &["disable", "meltano"], "which has to change together with the switch, cannot be read");
    // The second of two that belong together: the first is not changed either.
    let home = meltano();
    set_mode(&home, ANALYTICS, 0o444);
    refused(&home, &["disable", "meltano"], "read-only");
}

#[test]
fn a_queue_that_its_program_holds_is_waited_for_and_a_no_is_whole() {
    let home = piperider();
    let queue = fs::File::open(home.at(QUEUE)).expect("open");
    queue.lock().expect("locked");
    refused(&home, &["disable", "piperider"], "locked by its program");
    drop(queue);
    home.run(["disable", "piperider"]).expect(0);
    // What an older PipeRider left in the project goes as well, and what breaks the program is made whole.
    for text in ["[]", "null", "garbage", "{\"unsend_events\": [1"] {
        let home = piperider();
        home.write("work/.piperider/.unsend_events.json", "{\"unsend_events\": [{}]}");
        home.write(QUEUE, text);
        home.run(["disable", "piperider"]).expect(0);
        assert_eq!(home.read(QUEUE), "{\"unsend_events\": []}");
        assert_eq!(home.read("work/.piperider/.unsend_events.json"), "{\"unsend_events\": []}");
    }
    // What is something else is none.
    let home = piperider();
    home.write(QUEUE, "{\"precious\": 1}");
    home.run(["disable", "piperider"]).expect(0);
    assert_eq!(home.read(QUEUE), "{\"precious\": 1}");
    // A large one, too.
    let home = piperider();
    let events: Vec<String> = (0..1000).map(|n| format!("{{\"n\": {n}, \"x\": \"{}\"}}", "x".repeat(2000))).collect();
    home.write(QUEUE, format!("{{\"unsend_events\": [{}]}}", events.join(", ")));
    home.run(["disable", "piperider"]).expect(0);
    assert_eq!(home.read(QUEUE), "{\"unsend_events\": []}");
}

#[test]
fn links_are_kept_and_their_targets_changed() {
    let home = piperider();
    fs::rename(home.at(PROFILE), home.at("dotfile")).expect("moved");
    home.link(PROFILE, "../dotfile");
    home.run(["disable", "piperider"]).expect(0);
    assert!(home.at(PROFILE).is_symlink());
    assert!(home.read("dotfile").contains("anonymous_tracking: false # yes"));
}

#[test]
fn a_dry_run_shows_every_file_masks_secrets_and_writes_nothing() {
    let home = piperider();
    let before = world(&home);
    let ran = home.run(["disable", "piperider", "--dry-run"]).expect(0);
    assert!(ran.stdout.contains("-anonymous_tracking: true …\n+anonymous_tracking: false …\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("api_token") && !ran.stdout.contains("top-secret"), "{}", ran.stdout);
    assert!(ran.stdout.contains("-… \"unsend_events\": [{"), "{}", ran.stdout);
    assert_eq!(world(&home), before);
    assert!(!home.at(".telemetry").exists());
    let tree = document(&home.run(["disable", "piperider", "--dry-run", "--json"]).expect(0), "switched");
    assert_eq!((&tree["done"], text(&tree, "before"), text(&tree, "after")), (&json!(false), "on", "off"));
    assert_eq!(tree["files"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_no_for_all_leaves_other_programs_files_to_a_question() {
    let home = piperider();
    home.write(DOTENV, "");
    let before = home.read(PROFILE);
    let ran = home.run(["disable"]).expect(4);
    assert!(home.at(".telemetry/no").exists(), "the no itself needs no question");
    assert!(ran.stderr.contains("piperider") && ran.stderr.contains("telemetry disable --yes"), "{}", ran.stderr);
    assert!(ran.stdout.contains("+anonymous_tracking: false …"), "{}", ran.stdout);
    assert_eq!(home.read(PROFILE), before);
    let tree = document(&home.run(["disable", "--json"]).expect(4), "disabled");
    assert_eq!((&tree["others"][0]["tool"], &tree["others"][0]["done"]), (&json!("piperider"), &json!(false)));
    let tree = document(&home.run(["disable", "--yes", "--json"]).expect(0), "disabled");
    assert_eq!((&tree["others"][0]["done"], &tree["others"][0]["after"]), (&json!(true), &json!("off")));
    assert!(home.read(PROFILE).contains("anonymous_tracking: false"));
    // What is off already asks for nothing.
    let tree = document(&home.run(["disable", "--json"]).expect(0), "disabled");
    assert_eq!(tree["others"], json!([]));
    // One that cannot be changed is named, the others are done.
    let home = piperider();
    home.write(MELTANO, "version: 1\n");
    home.write(PROFILE, "a: [");
    let ran = home.run(["disable", "--yes"]).expect(4);
    assert!(
        ran.stderr.contains("piperider: nothing was changed") && ran.stderr.contains("meltano is off."),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_change_that_was_cut_off_is_mended_first() {
    use telemetry::actions::foreign::change::{Change, FileChange, begin};
    use telemetry::identity::foreign_places::ForeignPlaces;
    let home = piperider();
    let name = telemetry::identity::names::ToolName::new("piperider").expect("a name");
    let places = ForeignPlaces::of(&home.context().paths, &name);
    let before = home.read(PROFILE);
    let after = before.replace("true # yes", "'yes'");
    let file = FileChange::new(&home.at(PROFILE), Some(before.clone().into_bytes()), Some(after.clone().into_bytes()));
    begin(&places, home.context().clock.now(), &Change::yes(name, vec![file])).expect("kept").expect("a change");
    home.write(PROFILE, after);
    let ran = home.run(["disable", "piperider"]).expect(0);
    assert!(ran.stderr.contains("an earlier enable had been cut off and was taken back"), "{}", ran.stderr);
    assert_eq!(home.read(PROFILE), before.replace("true # yes", "false # yes"));
}

#[test]
fn options_that_mean_nothing_here_are_mistakes() {
    let home = piperider();
    for arguments in
        [&["enable", "piperider", "--local"][..], &["disable", "tool", "--dry-run"], &["disable", "--dry-run"]]
    {
        home.run(arguments).expect(2);
    }
}
