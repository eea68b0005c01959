//! `telemetry status` of other people's programs: what holds, who decides, what only looks like a no, and the keys of its documents.

use serde_json::{Value, json};

use crate::commands::disable_foreign::{grouparoo, meltano, piperider};
use crate::commands::given::document;
use crate::contracts::keys;
use crate::sandbox::home::{Home, Ran};

fn status(home: &Home, words: &[&str]) -> Value {
    document(&home.run([&["status"], words, &["--json"]].concat()), "foreign-tool-status")
}

/// The layer that decides.
fn winner(status: &Value) -> Value {
    let layers = status["layers"].as_array().expect("layers");
    layers.iter().find(|layer| layer["wins"] == json!(true)).cloned().unwrap_or(Value::Null)
}

#[test]
fn what_looks_like_a_no_and_is_none_is_told() {
    let home = meltano();
    home.write("work/meltano.yml", "project_id: my-project\ndisable_tracking: true\nsend_anonymous_usage_stats: false\nenv:\n  MELTANO_SEND_ANONYMOUS_USAGE_STATS: \"true\"\n");
    let told = status(&home, &["meltano"]);
    assert_eq!(told["state"], "on", "{told}");
    assert!(
        winner(&told)["place"]
            .as_str()
            .is_some_and(|place| place.ends_with("meltano.yml:5 env.MELTANO_SEND_ANONYMOUS_USAGE_STATS"))
    );
    assert!(told["believed_off"][0].as_str().is_some_and(|text| text.contains("meltano.yml:3")), "{told}");
    assert!(told["dead_switches"][0]["place"].as_str().is_some_and(|text| text.contains("meltano.yml:2")), "{told}");
    // The id that is really sent for a project of this name.
    let uuid = json!("17d4c8d8-943f-2418-0c76-cb17c5ed4610");
    assert!(
        told["ids"].as_array().expect("ids").iter().any(|id| id["id"] == uuid && id["can_be_guessed"] == true),
        "{told}"
    );
    let text = home.run(["status", "meltano"]).expect(0);
    assert!(text.stdout.starts_with("meltano: on, meltano.yml:5 "), "{}", text.stdout);
    assert!(text.stdout.lines().skip(1).all(|line| line.chars().count() <= 80), "{}", text.stdout);
}

#[test]
fn the_same_word_means_another_thing_in_another_version() {
    for (version, state) in [("0.8.1", "on"), ("0.9.0", "off")] {
        let home = grouparoo(version);
        home.write("work/.env", "GROUPAROO_TELEMETRY_ENABLED=no\n");
        let told = status(&home, &["grouparoo"]);
        assert_eq!((&told["state"], &told["tool_version"]), (&json!(state), &json!(version)), "{told}");
        assert_eq!(told["believed_off"].as_array().expect("a list").is_empty(), state == "off", "{told}");
        let other = if version == "0.9.0" { "0.8.1" } else { "0.9.0" };
        assert_ne!(status(&home, &["grouparoo", "--as", other])["state"], state);
    }
    // Where nobody knows the version, it is not called off.
    let home = Home::new();
    home.write("work/.local/user.json", "{}");
    home.write("work/.env", "GROUPAROO_TELEMETRY_ENABLED=no\n");
    let told = status(&home, &["grouparoo"]);
    assert_eq!((&told["state"], told["by_version"].as_array().map(Vec::len)), (&json!("unknown"), Some(2)), "{told}");
}

#[test]
fn a_value_that_stops_the_server_is_no_no() {
    let home = Home::new();
    home.write("work/.env", "ZO_TELEMETRY=0\n");
    let told = status(&home, &["openobserve"]);
    assert_eq!((&told["tool"], &told["state"]), (&json!("zincobserve"), &json!("crash")), "{told}");
    // A broken line hides what stands behind it.
    home.write("work/.env", "A B C\nZO_TELEMETRY=false\n");
    let told = status(&home, &["zincobserve"]);
    assert_eq!(told["state"], "on", "{told}");
    assert!(
        told["hidden_lines"][0].as_str().is_some_and(|text| text.contains(":1 ") && text.ends_with("line 2")),
        "{told}"
    );
}

#[test]
fn a_profile_without_an_id_is_on_whatever_it_says() {
    let home = piperider();
    home.write(".piperider/profile.yml", "anonymous_tracking: false\n");
    let told = status(&home, &["piperider"]);
    assert_eq!(told["state"], "on", "{told}");
    assert_eq!(told["waiting"][0]["events"], 2, "{told}");
    home.write(".piperider/profile.yml", "user_id: a\nanonymous_tracking: false\n");
    assert_eq!(status(&home, &["piperider"])["state"], "off");
    home.run(["status", "piperider", "--exit-code"]).expect(3);
    home.write(".piperider/profile.yml", "user_id: a\nuser_id: b\n");
    assert_ne!(status(&home, &["piperider"])["state"], "off");
}

#[test]
fn all_tools_are_told_where_something_of_them_is() {
    let home = Home::new();
    let rows =
        |home: &Home| document(&home.run(["status", "--json"]), "status")["tools"].as_array().expect("tools").len();
    assert_eq!(rows(&home), 0);
    assert_eq!(rows(&piperider()), 1);
    assert_eq!(rows(&meltano()), 1);
}

/// The run of a command with a document whose `inner` parts have forms of their own.
fn without(ran: Ran, inner: &[&str]) -> Ran {
    let mut tree: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    for name in inner {
        assert!(tree[*name].is_array(), "{name}");
        tree[*name] = Value::Null;
    }
    Ran { stdout: tree.to_string(), ..ran }
}

#[test]
fn documents_have_their_keys() {
    let home = piperider();
    let told = "tool component title files started_by state why here tool_version tool_version_from program project by_version layers layers[].place layers[].value \
        layers[].says layers[].why layers[].versions layers[].wins usual believed_off dead_switches mirrors_that_differ \
        hidden_lines interrupted ids ids[].name ids[].id ids[].place ids[].shared ids[].can_be_guessed files_with_old_ids waiting \
        waiting[].file waiting[].events still_leaves still_leaves[].what still_leaves[].stop guessable unreadable after_a_change settings by_hand";
    keys("foreign-tool-status", &[home.run(["status", "piperider", "--json"])], told);
    home.write("work/.piperider/outputs/one/run.json", "{\"user_id\": \"before\", \"project_id\": \"abc\"}");
    let ids = "tool tool_version project ids ids[].name ids[].id ids[].unknown ids[].file ids[].key ids[].line ids[].derives_from \
        ids[].can_be_guessed ids[].shared ids[].made ids[].made_says ids[].when_removed ids[].advice old old[].name old[].id old[].files reports reports[].files \
        reports[].number reports[].more reports[].unreadable reports[].says";
    keys("foreign-id", &[home.run(["id", "piperider", "--json"])], ids);
    let payload = "tool component files tool_version tool_version_from state event events says method address address.value address.mark address.why headers \
        headers[].name headers[].value headers[].mark headers[].why elsewhere exact reconstructed unknown digest body breaks settings guessable decoded";
    let shown = home.run(["show-payload", "piperider", "--as", "0.41.0", "--json"]);
    keys("foreign-payload", &[without(shown, &["decoded"])], payload);
}

#[test]
fn a_project_is_where_its_own_file_says_so() {
    let home = Home::new();
    // Installed above, declared here: the nearer one is the project.
    home.write("work/node_modules/@grouparoo/core/package.json", "{\"version\": \"0.9.0\"}");
    home.write("work/app/package.json", "{\"dependencies\": {\"@grouparoo/core\": \"0.9.0\"}}");
    home.write("work/app/.env", "GROUPAROO_TELEMETRY_ENABLED=true\n");
    let told = document(
        &home.command(["status", "grouparoo", "--json"]).directory(home.at("work/app")).run(),
        "foreign-tool-status",
    );
    assert_eq!((&told["state"], &told["tool_version"]), (&json!("on"), &json!("0.9.0")), "{told}");
    home.command(["disable", "grouparoo"]).directory(home.at("work/app")).run().expect(0);
    assert_eq!(home.read("work/app/.env"), "GROUPAROO_TELEMETRY_ENABLED=false\n");
    // Without a project, what is usual is no word of its file.
    let told = status(&Home::new(), &["grouparoo", "--as", "0.9.0"]);
    assert_eq!(told["state"], "unknown", "{told}");
}

#[test]
fn who_logs_in_is_shown_nowhere() {
    let home = Home::new();
    home.write("work/.env", "ZO_TELEMETRY=\"https://u:hunter2@h\"\nZO_TELEMETRY_URL=https://u:hunter2@h.example\n");
    for words in [
        &["status", "openobserve"][..],
        &["status", "openobserve", "--json"],
        &["show-payload", "openobserve", "--as", "0.14.0"],
        &["show-payload", "openobserve", "--as", "0.14.0", "--json"],
    ] {
        let ran = home.run(words);
        assert!(!ran.stdout.contains("hunter2") && !ran.stderr.contains("hunter2"), "{words:?}: {ran:?}");
        assert!(ran.stdout.contains("***@h"), "{words:?}: {ran:?}");
    }
}

#[test]
fn a_named_manifest_is_told_in_the_overview_too() {
    let home = Home::new();
    let manifest = "manifest: 1\ntool: acme\ntitle: A\nconsent: opt-out\nswitches: {environment: [{name: ACME, on: ['1'], off: ['0']}]}\n...\n";
    let path = home.write("acme.yml", manifest).display().to_string();
    let told = document(&home.run(["status", "--json", "--manifest", &path]), "status");
    assert_eq!(told["tools"][0]["state"], "on", "{told}");
}
