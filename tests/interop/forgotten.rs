//! Other people's programs after our `forget`: silent, with other ids, and nothing that ties the new ones to the old.
//!
//! Promises: the old ids were sent before, and are looked for in all that is sent after. Absent: what a kill leaves (`forget`).

use serde_json::Value;

use crate::loops::Loop;
use crate::real::{Real, told};

/// Forgets, and gives the document; a request that is to be sent by hand is still open, and of Grouparoo nobody is known to ask.
#[track_caller]
fn forget(all: &Loop, more: &[&str]) -> Value {
    let exit = if all.real.tool == "grouparoo" { 0 } else { 3 };
    let words: Vec<&str> =
        ["forget", all.real.tool, "--yes", "--json"].into_iter().chain(more.iter().copied()).collect();
    let ran = all.ours(&words).expect(exit);
    let document: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    document["tools"][0].clone()
}

/// All that is sent, decoded, as one text.
fn text(said: &crate::real::Said, meltano: bool) -> String {
    let one = |request| {
        if meltano { format!("{:?}", told(request)) } else { String::from_utf8_lossy(&request.body).into_owned() }
    };
    said.requests.iter().map(one).collect()
}

#[test]
fn meltano_has_other_ids_after_our_forget_and_nothing_ties_them() {
    for real in Real::all("meltano") {
        for scope in [[].as_slice(), &["--project"]] {
            let all = Loop::start(real);
            let before = text(&all.heard(), true);
            let analytics =
                || serde_json::from_str::<Value>(&all.home.read("work/.meltano/analytics.json")).expect("JSON");
            let ids = |tree: &Value| {
                [&tree["client_id"], &tree["project_id"]].map(|id| id.as_str().expect("an id").to_owned())
            };
            let [client, project] = ids(&analytics());
            assert!(before.contains(&client) && before.contains(&project), "both were sent");
            let row = forget(&all, scope);
            assert!(row["ids"].to_string().contains(&client), "{}", row["ids"]);
            all.silent();
            let [new_client, new_project] = ids(&analytics());
            assert_ne!(new_client, client);
            assert_eq!(new_project != project, !scope.is_empty(), "{} {scope:?}", real.version);
            all.switched("enable", &[]);
            // Twice: in the first run the project id may be written back.
            for _ in 0..2 {
                let after = text(&all.heard(), true);
                assert!(!after.contains(&client), "the old client id");
                assert_eq!(
                    after.contains(&project),
                    scope.is_empty(),
                    "the project's is shared, and goes with --project"
                );
            }
        }
    }
}

#[test]
fn piperider_has_other_ids_after_our_forget_and_its_queue_is_empty() {
    for real in Real::all("piperider") {
        for scope in [[].as_slice(), &["--project"]] {
            let all = Loop::start(real);
            all.heard();
            assert_eq!(all.real.waiting(&all.home, &all.home.work()).len(), 1);
            let profile = || all.home.read(".piperider/profile.yml");
            let id = |text: &str| {
                let line = text.lines().find_map(|line| line.strip_prefix("user_id:")).expect("an id");
                line.trim().trim_matches('\'').to_owned()
            };
            let old = id(&profile());
            forget(&all, scope);
            assert_eq!(all.real.waiting(&all.home, &all.home.work()), [Value::Null; 0]);
            all.silent();
            let new = id(&profile());
            assert!(new != old && new.len() == 32 && profile().contains("anonymous_tracking: false"), "{}", profile());
            let run = all.said_by(&["run"]);
            assert!(run.events.iter().all(|event| ["nothing", "sentry"].contains(&event.as_str())), "{:?}", run.events);
            // The project is left out until somebody says otherwise.
            all.ours(&["enable", "piperider"]).expect(if scope.is_empty() { 0 } else { 4 });
            if !scope.is_empty() {
                all.switched("enable", scope);
            }
            all.heard();
            assert_eq!(id(&profile()), new, "it keeps the new one");
            let run = text(&all.said_by(&["run"]), false);
            assert!(!run.contains(&old), "the old user id");
            let known = "0f3c2c9e8c9d4d0e9a577a8f7d9a6f11";
            assert_eq!(run.contains(known), scope.is_empty(), "the project's is shared, and goes with --project");
        }
    }
}

#[test]
fn grouparoo_is_silent_after_our_forget_and_its_database_is_told_of() {
    let all = Loop::start(&Real::of("grouparoo", "0.9.0"));
    all.switched("enable", &[]);
    let said = all.said_by(&["run"]);
    let body: Value = serde_json::from_slice(&said.requests[0].body).expect("JSON");
    let old = body["id"].as_str().expect("an id").to_owned();
    all.home.write("work/.local/user.json", format!("{{\"customerId\": \"{old}\", \"email\": true}}\n"));
    let row = forget(&all, &[]);
    assert_eq!(row["foreign"]["renewed"][0]["old"], old.as_str(), "{row}");
    assert!(row.to_string().contains("UPDATE settings"), "the database keeps a copy: {row}");
    let own: Value = serde_json::from_str(&all.home.read("work/.local/user.json")).expect("JSON");
    assert!(
        own["email"] == true
            && own["customerId"] != old
            && own["customerId"].as_str().is_some_and(|id| id.starts_with("tcs_")),
        "{own}"
    );
    all.silent();
    assert_eq!(all.said_by(&["run"]).events, [""; 0]);
    // Enabled again, its run sends the database's id until the config mode was started once: that start writes the file's into it.
    all.switched("enable", &[]);
    let id = |said: &crate::real::Said| {
        let body: Value = serde_json::from_slice(&said.requests[0].body).expect("JSON");
        body["id"].as_str().expect("an id").to_owned()
    };
    assert_eq!(id(&all.said_by(&["run"])), old, "what the advice is for");
    let config = all.real.command(&all.home, &all.server, &[]).config_mode();
    let config = all.real.said(&all.home, &all.server, config, None);
    assert_eq!(config.events, ["cli_config"], "{:?}", config.ran);
    assert_eq!(id(&config), own["customerId"].as_str().expect("text"));
    assert_eq!(id(&all.said_by(&["run"])), own["customerId"].as_str().expect("text"));
}

#[test]
fn openobserve_is_silent_after_our_forget_and_told_how_to_get_another_id() {
    for real in Real::all("zincobserve") {
        let all = Loop::start(real);
        all.heard();
        let make = "import os, sqlite3\nos.makedirs('data/openobserve/db')\n\
            with sqlite3.connect('data/openobserve/db/metadata.sqlite') as data:\n    \
            data.execute('create table meta (id integer, module text, key1 text, key2 text, start_dt integer, value text)')\n    \
            data.execute(\"insert into meta values (1, 'instance', '', '', 0, '7043540325056503809')\")";
        all.home.program("python3", ["-c", make]).run().expect(0);
        let row = forget(&all, &[]);
        assert!(row["ids"].to_string().contains("7043540325056503809"), "{row}");
        assert!(row.to_string().contains("DELETE FROM meta"), "{row}");
        all.silent();
    }
}
