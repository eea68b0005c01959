//! `telemetry id`: looking makes no id; a renewed or given one reaches what waits.

use serde_json::{Value, json};

use crate::commands::given::{Acme, document, files, first, refused, text};
use crate::sandbox::home::Home;
use crate::sandbox::server::Answer;

/// The user ids of the events that the server got.
fn user_ids(acme: &Acme) -> Vec<String> {
    let events =
        acme.received().into_iter().flat_map(|body| serde_json::from_slice::<Vec<Value>>(&body).expect("events"));
    events.map(|event| text(&event, "user_id").to_owned()).collect()
}

#[test]
fn looking_makes_no_id() {
    let acme = Acme::new([Answer::status(200)]);
    let before = files(&acme.home);
    let ran = acme.run(["id", "acme"]).expect(0);
    assert!(ran.stdout.contains("none yet") && ran.stderr.is_empty(), "{ran:?}");
    let tree = acme.json(&["id", "acme"], "id");
    let ids = ["user_id", "provided_id", "project_id", "project"].map(|key| &tree[key]);
    assert_eq!((text(&tree, "tool"), ids), ("acme", [&Value::Null; 4]));
    assert_eq!(tree["profile"], json!(acme.home.at(".acme/profile.yml")));
    assert_eq!(files(&acme.home), before);
}

#[test]
fn it_shows_the_id_that_events_carry() {
    let acme = Acme::on();
    acme.run(["init", "acme"]).expect(0);
    acme.track(1);
    let tree = acme.json(&["id", "acme"], "id");
    let (user, project) = (text(&tree, "user_id"), text(&tree, "project_id"));
    for id in [user, project] {
        assert!(id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{id}");
    }
    assert!(acme.home.read(".acme/profile.yml").contains(&format!("user_id: '{user}'")), "quoted");
    assert_eq!(tree["project"], json!(acme.home.at("work/.acme/config.yml")));
    let told = acme.run(["id", "acme"]).expect(0).stdout;
    assert!(told.contains(user) && told.contains(project), "{told}");
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(user_ids(&acme), [user]);
}

#[test]
fn a_renewed_id_unseals_what_waits() {
    let acme = Acme::on();
    acme.track(2);
    let sealed = acme.json(&["show-payload", "acme"], "payload");
    assert_eq!(text(first(&sealed, "payloads"), "which"), "sealed");
    let old = text(&acme.json(&["id", "acme"], "id"), "user_id").to_owned();
    let tree = acme.json(&["id", "acme", "renew"], "id");
    let new = text(&tree, "user_id").to_owned();
    assert_eq!((text(&tree, "old_user_id"), new == old), (old.as_str(), false));
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(user_ids(&acme), [new.as_str(), new.as_str()], "the server sees the new one alone");
    assert!(acme.received().iter().all(|body| !String::from_utf8_lossy(body).contains(&old)));
    let told = acme.run(["id", "acme", "renew"]).expect(0);
    assert!(told.stderr.starts_with("The user id is ") && !told.stdout.contains(&new), "{told:?}");
}

#[test]
fn renewing_keeps_every_other_byte() {
    let home = Home::new();
    let profile =
        "# mine\r\nuser_id: '4b7c4b7c4b7c4b7c4b7c4b7c4b7c4b7c' # keep\r\nanonymous_tracking: false\r\napi_token: x\r\n";
    home.write(".tool/profile.yml", profile);
    let tree = document(&home.run(["id", "tool", "renew", "--json"]).expect(0), "id");
    let expected = profile.replace("4b7c4b7c4b7c4b7c4b7c4b7c4b7c4b7c", text(&tree, "user_id"));
    assert_eq!(home.read(".tool/profile.yml"), expected);
}

#[test]
fn what_is_not_there_cannot_be_renewed() {
    let home = Home::new();
    refused(home.run(["id", "tool", "renew"]), 1, &["there is no user id yet"], Some("telemetry enable tool"));
    home.write(".tool/profile.yml", "anonymous_tracking: true\n");
    refused(home.run(["id", "tool", "renew"]), 1, &["there is no user id yet"], Some("telemetry enable tool"));
    home.write(".tool/profile.yml", "user_id: [sekrit");
    let ran = home.run(["id", "tool", "renew"]).expect(1);
    assert!(!ran.stderr.contains("sekrit") && ran.stdout.is_empty(), "{ran:?}");
    assert!(home.run(["id", "tool"]).expect(0).stdout.contains("unreadable"));
}

#[test]
fn a_broken_profile_is_named() {
    let home = Home::new();
    let path = home.write(".tool/profile.yml", "user_id: [sekrit").display().to_string();
    assert!(home.run(["id", "tool", "renew"]).expect(1).stderr.contains(&path));
}

#[test]
fn what_a_person_gives_is_asked_for_first_and_can_be_withdrawn() {
    let acme = Acme::on();
    acme.track(1);
    let hint = Some("telemetry id acme --user-provided-id VALUE --yes");
    let nobody = acme.run(["id", "acme", "--provide", "ada@example.org"]);
    refused(nobody, 1, &["nobody could be asked, so nothing was changed"], hint);
    refused(acme.run(["id", "acme", "--provide", "ada", "--yes"]), 2, &["neither an e-mail address nor a UUID"], None);
    assert_eq!(acme.json(&["id", "acme"], "id")["provided_id"], Value::Null);

    let tree = acme.json(&["id", "acme", "--provide", "ada@example.org", "--yes"], "id");
    assert_eq!(text(&tree, "provided_id"), "ada@example.org");
    acme.track(1);
    acme.run(["id", "acme", "--withdraw"]).expect(0);
    assert_eq!(acme.json(&["id", "acme"], "id")["provided_id"], Value::Null);
    assert!(!acme.home.read(".acme/profile.yml").contains("ada@"));
    acme.run(["flush", "acme"]).expect(0);
    assert!(!String::from_utf8_lossy(&acme.received()[0]).contains("ada@"), "withdrawn before it went out");

    acme.run(["id", "acme", "--provide", "ada@example.org", "--yes"]).expect(0);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    assert!(String::from_utf8_lossy(&acme.received()[1]).contains(r#""provided_id":"ada@example.org""#));
}

#[test]
fn what_a_person_gives_goes_only_where_the_manifest_asks_for_it() {
    let acme = Acme::on();
    let text = acme.home.read(".config/telemetry/tools/acme.yml");
    acme.run(["id", "acme", "--provide", "ada@example.org", "--yes"]).expect(0);
    for ids in ["", "ids: [user]\n", "ids: []\n"] {
        acme.home.manifest("acme", &text.replace("ids: [user, project, provided]\n", ids));
        acme.track(1);
        let shown = acme.run(["show-payload", "acme", "--raw"]).expect(0).stdout;
        acme.run(["flush", "acme"]).expect(0);
        let sent = String::from_utf8(acme.received().pop().expect("a body")).expect("text");
        assert!(sent == shown && sent.contains("\"event\":\"command\"") && !sent.contains("ada@"), "{ids:?}: {sent}");
        let before = files(&acme.home);
        let ran = acme.run(["id", "acme", "--provide", "eve@example.org", "--yes"]);
        refused(ran, 1, &["acme takes nothing of the kind: its manifest does not list `provided`"], None);
        assert_eq!(files(&acme.home), before, "{ids:?}");
    }
    acme.run(["id", "acme", "--withdraw"]).expect(0);
    assert!(!acme.home.read(".acme/profile.yml").contains("ada@"), "it can be taken back all the same");
    // A manifest that begins to ask for it has what was given before only after another yes.
    acme.home.manifest("acme", &text.replace("ids: [user, project, provided]\n", ""));
    acme.run(["enable", "acme"]).expect(0);
    acme.home.manifest("acme", &text);
    acme.run(["id", "acme", "--provide", "ada@example.org", "--yes"]).expect(0);
    let sent = |acme: &Acme| {
        acme.track(1);
        acme.run(["flush", "acme"]).expect(0);
        String::from_utf8(acme.received().pop().expect("a body")).expect("text")
    };
    assert!(!sent(&acme).contains("ada@"));
    acme.run(["enable", "acme"]).expect(0);
    assert!(sent(&acme).contains("\"provided_id\":\"ada@example.org\""));
}

#[test]
fn good_and_bad_words() {
    let home = Home::new();
    refused(home.run(["id", "nobody"]), 5, &["nothing is known by the name nobody"], Some("telemetry list"));
    let wrong: [&[&str]; 4] = [
        &["id", "tool", "remove"],
        &["id", "tool", "renew", "--withdraw"],
        &["id", "tool", "--provide", "a@b.example", "--withdraw"],
        &["id", "tool", "--provide"],
    ];
    for arguments in wrong {
        let ran = home.run(arguments).expect(2);
        assert!(ran.stdout.is_empty() && ran.stderr.starts_with("error: "), "{ran:?}");
    }
    assert_eq!(home.list(), [""; 0]);
}
