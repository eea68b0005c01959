//! `telemetry forget` of other people's tools: off first, ids on record, renewed in the way that the tool does not undo, followed up.
//!
//! Promises: files as the real programs write them; what is left in the home is searched for the old ids. Absent: the programs
//! themselves (`tests/interop`).

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::{Value, json};

use crate::commands::given::{document, files, first, members, read, refused, text};
use crate::commands::id_foreign::{
    CLIENT, CUSTOMER, INSTANCE, OLD_USER, PIPE, PROJECT, REMOTE, USER, grouparoo, meltano, openobserve, piperider,
};
use crate::sandbox::home::Home;

/// The requests that are kept of a tool.
fn kept(home: &Home, tool: &str) -> Vec<(String, Value)> {
    let folder = format!(".telemetry/foreign/{tool}/deletion/");
    let names = home.list().into_iter().filter(|name| name.starts_with(&folder) && name.ends_with(".json"));
    names.map(|name| (name.clone(), serde_json::from_slice(&read(home, &name)).expect("JSON"))).collect()
}

/// The ids on record, in order.
fn on_record(request: &Value) -> Vec<&str> {
    members(request, "ids").iter().map(|named| text(named, "id")).collect()
}

/// Files that hold this text.
fn holding(home: &Home, wanted: &str) -> Vec<String> {
    let wanted = wanted.as_bytes();
    let holds = |bytes: &[u8]| bytes.windows(wanted.len()).any(|at| at == wanted);
    files(home).into_iter().filter(|(_, bytes)| holds(bytes)).map(|(name, _)| name).collect()
}

/// Forgets, and gives the part of the document that is about the tool's own files. A request by mail stays open.
#[track_caller]
fn forget(home: &Home, arguments: &[&str], status: i32) -> Value {
    let ran = home.run(["forget"].iter().chain(arguments).chain(&["--yes", "--json"])).expect(status);
    first(&document(&ran, "forget"), "tools").clone()
}

#[test]
fn meltano_forgets_its_client_and_is_off() {
    let home = meltano(PROJECT);
    let settings = home.read("work/meltano.yml");
    let tree = forget(&home, &["meltano"], 3);
    assert_eq!(tree["foreign"]["state"], "off");
    assert_eq!(home.read("work/.env"), "MELTANO_SEND_ANONYMOUS_USAGE_STATS=false\n");
    assert!(!home.at("work/.meltano/analytics.json").exists());
    assert_eq!(home.read("work/meltano.yml"), settings, "what everybody shares stays");
    assert!(text(first(&tree["foreign"], "left"), "why").contains("--project"));
    let requests = kept(&home, "meltano");
    let [(name, request)] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(on_record(request), [CLIENT, PROJECT]);
    assert_eq!(
        (text(request, "step"), first(request, "orders")["address"].clone()),
        ("rotated", json!("hello@meltano.com"))
    );
    assert_eq!(holding(&home, CLIENT), [name.as_str()], "the request alone still knows it");
    let mode = |name: &str| fs::metadata(home.at(name)).expect("there").mode() & 0o777;
    assert_eq!((mode(name), mode(".telemetry/foreign/meltano")), (0o600, 0o700));
}

#[test]
fn a_projects_id_goes_where_that_is_asked_for() {
    let home = meltano(PROJECT);
    forget(&home, &["meltano", "--project"], 3);
    assert_eq!(home.read("work/meltano.yml"), "version: 1\ndefault_environment: dev   # mine\n");
    assert!(!home.at("work/.meltano/analytics.json").exists(), "else Meltano would write the old one back");
    assert_eq!(holding(&home, PROJECT).len(), 1);

    // Asked for later, it still goes, and is asked for once.
    let home = meltano(PROJECT);
    forget(&home, &["meltano"], 3);
    forget(&home, &["meltano", "--project"], 3);
    assert!(!home.read("work/meltano.yml").contains("project_id"));
    assert_eq!(kept(&home, "meltano").len(), 1);

    let home = piperider();
    forget(&home, &["piperider", "--project"], 3);
    let settings = home.read("work/.piperider/config.yml");
    assert_eq!(settings, "dataSources: []\ntelemetry:\n  id: ''\n", "a key that is gone would be made anew");
}

#[test]
fn the_request_is_written_followed_and_closed() {
    let home = meltano(PROJECT);
    let told = home.run(["forget", "meltano", "--yes"]).expect(3).stdout;
    for part in ["hello@meltano.com", "by hand", "Subject: Deletion request", CLIENT, PROJECT] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let open = home.run(["forget", "meltano", "--status"]).expect(3).stdout;
    assert!(open.contains("by hand") && open.contains(CLIENT), "{open}");
    assert!(home.run(["forget", "--status"]).expect(3).stdout.contains("meltano"), "without a tool, too");
    home.run(["forget", "meltano", "--status", "--sent"]).expect(0);
    assert_eq!(holding(&home, CLIENT), [""; 0], "a request that is final knows digests");
    assert!(text(first(&kept(&home, "meltano")[0].1, "ids"), "id").starts_with("sha256:"));
    home.run(["forget", "meltano", "--status"]).expect(0);

    let home = meltano(PROJECT);
    forget(&home, &["meltano", "--keep-evidence"], 3);
    home.run(["forget", "meltano", "--status", "--sent"]).expect(0);
    assert_eq!(holding(&home, CLIENT).len(), 1);
}

#[test]
fn piperider_gets_a_new_user_id_and_loses_its_queue() {
    let home = piperider();
    let queue = home.at(".piperider/.unsend_events.json");
    let inode = fs::metadata(&queue).expect("there").ino();
    let tree = forget(&home, &["piperider"], 3);
    let new = text(first(&tree["foreign"], "renewed"), "new");
    let profile = format!("# mine\nuser_id: '{new}'\nanonymous_tracking: false\napi_token: s3cret  # keep\n");
    assert_eq!(home.read(".piperider/profile.yml"), profile, "rotated in place, everything else kept");
    assert_eq!(home.read(".piperider/.unsend_events.json"), "{\"unsend_events\": []}");
    assert_eq!(fs::metadata(&queue).expect("there").ino(), inode, "its program may hold it open");
    let requests = kept(&home, "piperider");
    let [(name, request)] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(on_record(request), [USER, PIPE, REMOTE, &format!("{PIPE}_CI"), OLD_USER]);
    assert_eq!(request["purged"], 2);
    assert_eq!(holding(&home, USER), [name.as_str()]);
    assert_eq!(holding(&home, "s3cret"), [".piperider/profile.yml"], "no copy holds the secret");
    assert!(!tree.to_string().contains("s3cret"));
    // The reports were not asked for.
    assert!(holding(&home, OLD_USER).len() == 3, "{:?}", holding(&home, OLD_USER));
}

#[test]
fn reports_lose_their_ids_where_that_is_asked_for() {
    let home = piperider();
    home.write("work/.piperider/outputs/run-2/run.json", "{\"user_id\": ");
    forget(&home, &["piperider", "--reports"], 3);
    let report = home.read("work/.piperider/outputs/run-1/run.json");
    assert_eq!(report, "{\"user_id\": \"\", \"project_id\": \"\",\n  \"tables\": {}}\n", "every other byte is kept");
    assert_eq!(home.read("work/.piperider/outputs/run-2/run.json"), "{\"user_id\": ");
    assert!(home.read("work/.piperider/outputs/run-1/index.html").contains(OLD_USER), "a page is no settings");
}

#[test]
fn grouparoo_gets_a_new_customer_id_and_nobody_is_asked() {
    let home = grouparoo();
    let tree = forget(&home, &["grouparoo"], 0);
    let new = text(first(&tree["foreign"], "renewed"), "new").to_owned();
    assert!(new.starts_with("tcs_") && new != CUSTOMER);
    assert_eq!(
        home.read("work/.local/user.json"),
        format!("{{\n  \"customerId\": \"{new}\",\n  \"email\": true\n}}\n")
    );
    assert_eq!(home.read("work/.env"), "REDIS_URL=redis://mock # mine\nGROUPAROO_TELEMETRY_ENABLED=false\n");
    assert_eq!(holding(&home, CUSTOMER), [""; 0], "nobody can be asked, so the request is final");
}

#[test]
fn openobserve_is_told_what_to_do_while_it_is_stopped() {
    let (home, _database) = openobserve();
    let database = read(&home, "work/data/openobserve/db/metadata.sqlite");
    let tree = forget(&home, &["zincobserve"], 3);
    let left = first(&tree["foreign"], "left");
    assert!(text(left, "advice").contains("DELETE FROM meta"), "{left:#}");
    assert_eq!(on_record(&kept(&home, "zincobserve")[0].1), [INSTANCE]);
    assert_eq!(home.read("work/.env"), "ZO_TELEMETRY=false\n");
    assert!(read(&home, "work/data/openobserve/db/metadata.sqlite") == database);
}

#[test]
fn nothing_changes_before_somebody_says_yes() {
    for (home, tool) in [(meltano(PROJECT), "meltano"), (piperider(), "piperider"), (grouparoo(), "grouparoo")] {
        let before = files(&home);
        let told = home.run(["forget", tool, "--dry-run", "--reports", "--project"]).expect(0).stdout;
        assert!(told.contains("\n--- ") && told.contains("\n+++ "), "a diff of each file: {told}");
        home.run(["forget", tool, "--dry-run", "--json"]).expect(0);
        let ran = home.run(["forget", tool]).expect(1);
        assert!(ran.stderr.contains("nobody could be asked"), "{ran:?}");
        home.run(["forget", tool, "--status"]).expect(0);
        assert!(files(&home) == before, "{tool}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

#[test]
fn what_a_kill_cut_off_goes_on() {
    // On record, and nothing done: as it stands right after the first step.
    let home = piperider();
    let before = files(&home);
    forget(&home, &["piperider", "--reports", "--project"], 3);
    let (name, mut request) = kept(&home, "piperider").pop().expect("a request");
    let ids: Vec<String> = on_record(&request).into_iter().map(str::to_owned).collect();
    request["step"] = json!("recorded");
    home.write(&name, request.to_string());
    for (name, bytes) in &before {
        home.write(name, bytes);
    }
    home.run(["forget", "piperider", "--status"]).expect(3);
    assert_eq!(holding(&home, USER), [name.as_str()]);
    assert!(home.read("work/.piperider/config.yml").contains("id: ''"), "with what was asked for then");
    assert!(!home.read("work/.piperider/outputs/run-1/run.json").contains(OLD_USER));
    let request = kept(&home, "piperider").pop().expect("a request").1;
    assert_eq!((on_record(&request), text(&request, "step")), (ids.iter().map(String::as_str).collect(), "rotated"));

    // Renewed, and not noted: it is not renewed again.
    let after = home.read(".piperider/profile.yml");
    let mut request = request;
    request["step"] = json!("recorded");
    home.write(&name, request.to_string());
    home.run(["forget", "piperider", "--status"]).expect(3);
    assert_eq!(home.read(".piperider/profile.yml"), after);
    assert_eq!(text(&kept(&home, "piperider")[0].1, "step"), "rotated");
}

#[test]
fn what_was_begun_in_one_project_is_not_done_in_another() {
    let home = meltano(PROJECT);
    let analytics = "work/.meltano/analytics.json";
    let before = home.read(analytics);
    forget(&home, &["meltano", "--project"], 3);
    let (name, mut request) = kept(&home, "meltano").pop().expect("a request");
    request["step"] = json!("recorded");
    request["files"] = json!([home.at(analytics).display().to_string()]);
    home.write(&name, request.to_string());
    home.write(analytics, &before);
    // Another project, whose own id is shared and was not asked for.
    let (id, client) = ("01a1fbd1-aed9-7949-ace8-c3ba37c08850", "0b6e1d0e-5c5f-4c2e-9a5e-0d3a3f6f7a11");
    let shared = format!("version: 1\nproject_id: {id}\n");
    home.write("other/meltano.yml", &shared);
    home.write("other/.meltano/analytics.json", before.replace(CLIENT, client).replace(PROJECT, id));
    home.command(["forget", "meltano", "--yes"]).directory(home.at("other")).run().expect(3);
    assert_eq!(home.read("other/meltano.yml"), shared);
    assert!(home.at(analytics).exists() && !home.at("other/.meltano/analytics.json").exists());
    let steps =
        |home: &Home| kept(home, "meltano").iter().map(|(_, one)| text(one, "step").to_owned()).collect::<Vec<_>>();
    let mut told = steps(&home);
    told.sort();
    assert_eq!(told, ["recorded", "rotated"]);
    home.run(["forget", "meltano", "--status"]).expect(3);
    assert!(!home.at(analytics).exists());
    assert_eq!(steps(&home), ["rotated", "rotated"]);
}

#[test]
fn no_copy_of_an_earlier_change_brings_an_id_back() {
    let home = piperider();
    home.run(["disable", "piperider"]).expect(0);
    let copies = holding(&home, USER);
    assert!(copies.iter().any(|name| name.contains("/undo/")), "else there is nothing to let go of: {copies:?}");
    let tree = forget(&home, &["piperider"], 3);
    assert!(tree["foreign"]["undo_copies_removed"].as_u64() >= Some(1), "{tree:#}");
    assert_eq!(holding(&home, USER), [kept(&home, "piperider")[0].0.as_str()]);
    let profile = home.read(".piperider/profile.yml");
    assert_ne!(home.run(["undo", "piperider", "--yes"]).status, 0);
    assert_eq!(home.read(".piperider/profile.yml"), profile);
}

#[test]
fn what_still_says_on_is_said() {
    let home = meltano(PROJECT);
    let variable = |run: crate::sandbox::home::Run| run.env("MELTANO_SEND_ANONYMOUS_USAGE_STATS", "true");
    let ran = variable(home.command(["forget", "meltano", "--yes"])).run().expect(4);
    assert!(ran.stderr.contains("MELTANO_SEND_ANONYMOUS_USAGE_STATS"), "{ran:?}");
    assert_eq!(on_record(&kept(&home, "meltano")[0].1), [CLIENT, PROJECT]);
    assert!(!home.at("work/.meltano/analytics.json").exists());
}

#[test]
fn what_cannot_be_changed_with_care_is_left() {
    // A queue that its program holds; a profile that nobody can read.
    let home = piperider();
    let before = files(&home);
    let queue = fs::File::open(home.at(".piperider/.unsend_events.json")).expect("there");
    queue.lock().expect("held");
    let ran = home.run(["forget", "piperider", "--yes"]).expect(1);
    assert!(ran.stderr.contains("locked by its program"), "{ran:?}");
    let own =
        |home: &Home| files(home).into_iter().filter(|(name, _)| !name.starts_with(".telemetry/")).collect::<Vec<_>>();
    assert!(own(&home) == before);
    drop(queue);
    forget(&home, &["piperider"], 3);

    let home = piperider();
    home.write(".piperider/profile.yml", format!("user_id: {USER}\nuser_id: b\nanonymous_tracking: true\n"));
    let before = files(&home);
    refused(home.run(["forget", "piperider", "--yes"]), 1, &["the same key twice"], None);
    assert!(own(&home) == before);
}

#[test]
fn what_is_not_here_is_not_forgotten() {
    let home = Home::new();
    assert_ne!(home.run(["forget", "meltano", "--yes"]).status, 0);
    assert_eq!(home.list(), [""; 0]);
    home.run(["forget", "meltano", "--status"]).expect(0);
    assert_eq!(home.list(), [""; 0]);
}
