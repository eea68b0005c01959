//! `telemetry enable` for other people's programs: what said no says yes, and a project's no holds.

use serde_json::json;

use crate::commands::disable_foreign::{grouparoo, meltano, piperider};
use crate::commands::given::{document, text};
use crate::sandbox::home::Home;

const PROFILE: &str = ".piperider/profile.yml";
const QUEUE: &str = ".piperider/.unsend_events.json";
const CONFIG: &str = "work/.piperider/config.yml";
const MELTANO: &str = "work/meltano.yml";
const ANALYTICS: &str = "work/.meltano/analytics.json";
const DOTENV: &str = "work/.env";

#[test]
fn what_disable_did_is_taken_back_and_nothing_else() {
    let home = piperider();
    let before = home.read(PROFILE);
    home.run(["disable", "piperider"]).expect(0);
    let ran = home.run(["enable", "piperider"]).expect(0);
    assert!(ran.stderr.contains("piperider is on."), "{}", ran.stderr);
    assert_eq!((home.read(PROFILE), home.read(QUEUE)), (before, "{\"unsend_events\": []}".to_owned()));
    let home = meltano();
    home.run(["disable", "meltano"]).expect(0);
    home.run(["enable", "meltano"]).expect(0);
    assert_eq!(home.read(DOTENV), "MELTANO_SEND_ANONYMOUS_USAGE_STATS=true\n");
    assert!(home.read(ANALYTICS).contains("\"send_anonymous_usage_stats\": true"), "so that no event tells of it");
}

#[test]
fn what_is_on_already_needs_no_yes() {
    for (home, tool) in [(piperider(), "piperider"), (meltano(), "meltano"), (grouparoo("0.8.1"), "grouparoo")] {
        let before = home.list();
        let ran = home.run(["enable", tool]).expect(0);
        assert!(ran.stderr.contains("on already: nothing had to change"), "{}", ran.stderr);
        let list: Vec<String> = home.list().into_iter().filter(|name| !name.starts_with(".telemetry/")).collect();
        assert_eq!(list, before);
    }
    // Where it is off unless something says on, it is written.
    let home = grouparoo("0.9.0");
    home.run(["enable", "grouparoo"]).expect(0);
    assert_eq!(home.read(DOTENV), "GROUPAROO_TELEMETRY_ENABLED=true\n");
    for (before, after) in [("yes", "true"), ("no", "true"), ("1", "1")] {
        home.write(DOTENV, format!("GROUPAROO_TELEMETRY_ENABLED={before}\n"));
        home.run(["enable", "grouparoo"]).expect(0);
        assert_eq!(home.read(DOTENV), format!("GROUPAROO_TELEMETRY_ENABLED={after}\n"));
    }
}

#[test]
fn a_committed_no_of_a_project_holds() {
    let home = piperider();
    home.run(["disable", "piperider"]).expect(0);
    home.write(CONFIG, "telemetry: {id: ''}\n");
    let ran = home.run(["enable", "piperider"]).expect(4);
    assert!(ran.stderr.contains("is not surely on (off)"), "{}", ran.stderr);
    assert!(ran.stderr.contains("config.yml, line 1: telemetry.id says off"), "{}", ran.stderr);
    assert!(ran.stderr.contains("telemetry enable piperider --project"), "{}", ran.stderr);
    assert_eq!(home.read(CONFIG), "telemetry: {id: ''}\n");
    home.run(["enable", "piperider", "--project"]).expect(0);
    assert!(home.read(CONFIG).starts_with("telemetry: {id: '") && !home.read(CONFIG).contains("''"));
    // An id that is there stays.
    let config = home.read(CONFIG);
    home.run(["enable", "piperider", "--project"]).expect(0);
    assert_eq!(home.read(CONFIG), config);

    let home = meltano();
    home.write(MELTANO, "send_anonymous_usage_stats: false # ours\n");
    home.write(ANALYTICS, "{\"send_anonymous_usage_stats\": false}");
    let ran = home.run(["enable", "meltano"]).expect(4);
    assert!(ran.stderr.contains("meltano.yml, line 1: send_anonymous_usage_stats says off"), "{}", ran.stderr);
    assert!(!home.at(DOTENV).exists(), "there it would go over the project's no");
    assert_eq!(home.read(ANALYTICS), "{\"send_anonymous_usage_stats\": false}");
    home.run(["enable", "meltano", "--project"]).expect(0);
    assert_eq!(home.read(MELTANO), "send_anonymous_usage_stats: true # ours\n");
    assert_eq!(home.read(ANALYTICS), "{\"send_anonymous_usage_stats\": true}");
}

#[test]
fn a_variable_that_says_no_is_named_with_the_line_that_changes_it() {
    let home = meltano();
    let name = "MELTANO_SEND_ANONYMOUS_USAGE_STATS";
    let ran = home.command(["enable", "meltano"]).env(name, "0").run().expect(4);
    assert!(ran.stderr.contains(&format!("\n    export {name}=true\n")), "{}", ran.stderr);
    assert!(home.read(ANALYTICS).contains("\"send_anonymous_usage_stats\": false"), "the mirror says what holds");
    let tree = document(
        &home.command(["enable", "meltano", "--dry-run", "--json"]).env(name, "0").run().expect(4),
        "switched",
    );
    assert_eq!((text(&tree, "wanted"), text(&tree, "after"), &tree["done"]), ("on", "off", &json!(false)));
}

#[test]
fn a_profile_that_was_never_made_gets_an_id_with_the_yes() {
    let home = Home::new();
    home.run(["disable"]).expect(0);
    let ran = home.run(["enable", "piperider"]).expect(0);
    let profile = home.read(PROFILE);
    assert!(profile.contains("user_id: '") && profile.contains("anonymous_tracking: true\n"), "{profile}");
    assert!(ran.stderr.contains("You said no for all tools."), "{}", ran.stderr);
}

#[test]
fn what_the_machines_policy_does_not_allow_is_not_enabled_nor_undone() {
    use telemetry::actions::foreign::plan::Wish;
    use telemetry::actions::foreign::switch::{SwitchError, switch};
    use telemetry::actions::undo::{UndoError, plan};
    use telemetry::manifest::foreign::layers::Scope;
    let home = piperider();
    home.run(["disable", "piperider"]).expect(0);
    let wish = Wish { on: true, scope: Scope::User };
    for policy in ["allow: {tools: [acme], purposes: ['*'], destinations: ['*']}\n...\n", "allow: {"] {
        std::fs::write(home.policy(), policy).expect("a policy");
        let refused = switch(&home.context(), &home.tool("piperider"), wish);
        assert!(matches!(refused, Err(SwitchError::Policy { .. })), "{refused:?}");
        assert!(matches!(plan(&home.context(), None, None), Err(UndoError::Policy(_))));
        switch(&home.context(), &home.tool("piperider"), Wish { on: false, ..wish }).expect("a no is always allowed");
    }
    assert!(home.read(PROFILE).contains("anonymous_tracking: false"));
    std::fs::write(home.policy(), "allow: {tools: [piperider], purposes: [], destinations: []}\n...\n")
        .expect("a policy");
    switch(&home.context(), &home.tool("piperider"), wish).expect("allowed");
    assert!(home.read(PROFILE).contains("anonymous_tracking: true"));
}
