//! `telemetry id` of other people's tools: every id with its place, what it hides and what it derives from; old ones; renewed ones.
//!
//! Promises: files as the real programs write them. Absent: the programs themselves (`tests/interop`).

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::commands::given::{document, files, members, refused, text};
use crate::sandbox::home::{Home, Ran};
use crate::sandbox::server::{Answer, Server};

pub(crate) const CLIENT: &str = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
pub(crate) const PROJECT: &str = "01a1fbd1-aed9-7949-ace8-c3ba37c08849";
pub(crate) const USER: &str = "468d5a8ff8f0414a9dc8bdc308618363";
pub(crate) const OLD_USER: &str = "aaaa5a8ff8f0414a9dc8bdc308618363";
pub(crate) const PIPE: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const CUSTOMER: &str = "tcs_63da4e74-c000-4879-aa4f-0b58d1884301";
pub(crate) const INSTANCE: &str = "7043454519337943041";
/// As PipeRider 0.41.0 derives it from the address below.
pub(crate) const REMOTE: &str = "ce848ae64091546b975ec03a8d134da9";
const ADDRESS: &str = "https://example.invalid/acme/secret-project.git";

/// A Meltano project in the working directory.
pub(crate) fn meltano(project_id: &str) -> Home {
    let home = Home::new();
    home.write(
        "work/meltano.yml",
        format!("version: 1\ndefault_environment: dev   # mine\nproject_id: {project_id}\n"),
    );
    let mirror = json!({"client_id": CLIENT, "project_id": PROJECT, "send_anonymous_usage_stats": true});
    home.write("work/.meltano/analytics.json", mirror.to_string());
    home
}

/// PipeRider with a profile, two waiting events, a project in a git repository and a report of an earlier user id.
pub(crate) fn piperider() -> Home {
    let home = Home::new();
    let profile = format!("# mine\nuser_id: {USER}\nanonymous_tracking: true\napi_token: s3cret  # keep\n");
    home.write(".piperider/profile.yml", profile);
    home.write(".piperider/.unsend_events.json", "{\"unsend_events\": [{\"a\": 1}, {\"a\": 2}]}");
    home.write("work/.piperider/config.yml", format!("dataSources: []\ntelemetry:\n  id: {PIPE}\n"));
    let report = format!("{{\"user_id\": \"{OLD_USER}\", \"project_id\": \"{PIPE}\",\n  \"tables\": {{}}}}\n");
    home.write("work/.piperider/outputs/run-1/run.json", report);
    home.write("work/.piperider/outputs/run-1/index.html", format!("<script>'{OLD_USER}'</script>"));
    home.write("work/.git/HEAD", "ref: refs/heads/main\n");
    home.write("work/.git/config", format!("[remote \"origin\"]\n\turl = {ADDRESS}\n"));
    home
}

/// A Grouparoo project in the working directory.
pub(crate) fn grouparoo() -> Home {
    let home = Home::new();
    home.write("work/node_modules/@grouparoo/core/package.json", "{\"version\": \"0.8.1\"}");
    home.write("work/.local/user.json", format!("{{\n  \"customerId\": \"{CUSTOMER}\",\n  \"email\": true\n}}\n"));
    home.write("work/.env", "REDIS_URL=redis://mock # mine\n");
    home
}

/// OpenObserve's database in the working directory, held open as by its server.
pub(crate) fn openobserve() -> (Home, Connection) {
    let home = Home::new();
    home.folder("work/data/openobserve/db");
    let path = home.at("work/data/openobserve/db/metadata.sqlite");
    let database = Connection::open(path).expect("a database");
    database.pragma_update(None, "journal_mode", "wal").expect("a journal");
    let table =
        "CREATE TABLE meta (id INTEGER PRIMARY KEY, module TEXT, key1 TEXT, key2 TEXT, start_dt INTEGER, value TEXT)";
    database.execute(table, []).expect("a table");
    let row = "INSERT INTO meta (module, key1, key2, start_dt, value) VALUES ('instance', '', '', 0, ?1)";
    database.execute(row, [INSTANCE]).expect("a row");
    (home, database)
}

/// What `id` says of a tool; nothing in the home changes by it.
#[track_caller]
fn ids(home: &Home, tool: &str) -> Value {
    let before = files(home);
    let tree = document(&home.run(["id", tool, "--json"]).expect(0), "foreign-id");
    assert!(files(home) == before, "looking changed something");
    tree
}

/// The id of this name.
#[track_caller]
fn of<'a>(tree: &'a Value, name: &str) -> &'a Value {
    let found = members(tree, "ids").iter().find(|id| text(id, "name") == name);
    found.unwrap_or_else(|| panic!("no {name} in {tree:#}"))
}

fn shown(home: &Home, tool: &str) -> Ran {
    home.run(["id", tool]).expect(0)
}

#[test]
fn meltanos_ids_have_their_places_and_their_times() {
    let home = meltano(PROJECT);
    let tree = ids(&home, "meltano");
    let client = of(&tree, "client id");
    assert_eq!(client["id"], CLIENT);
    assert_eq!(client["file"], json!(home.at("work/.meltano/analytics.json")));
    assert_eq!((&client["key"], &client["line"]), (&json!("client_id"), &json!(1)));
    assert_eq!(client["made"], "2022-02-22T19:22:22.000Z");
    assert_eq!(client["shared"], false);
    let project = of(&tree, "project id");
    assert_eq!((&project["id"], &project["line"], &project["shared"]), (&json!(PROJECT), &json!(3), &json!(true)));
    // A UUID is passed on as it is, with the time that it hides.
    let uuid = of(&tree, "project UUID");
    assert_eq!((&uuid["id"], &uuid["can_be_guessed"]), (&json!(PROJECT), &json!(false)));
    assert_eq!(uuid["made"], project["made"]);
    let told = shown(&home, "meltano").stdout;
    for part in [CLIENT, "2022-02-22T19:22:22.000Z", "UUID version 7", "everybody who works on the project"] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn an_id_that_derives_from_a_name_can_be_guessed() {
    let home = meltano("my-project");
    let tree = ids(&home, "meltano");
    let uuid = of(&tree, "project UUID");
    assert_eq!(uuid["id"], "17d4c8d8-943f-2418-0c76-cb17c5ed4610", "as Meltano 4.4.1 sends it");
    assert_eq!((&uuid["can_be_guessed"], &uuid["made"]), (&json!(true), &Value::Null));
    assert!(shown(&home, "meltano").stdout.contains("can be found by trying"));
}

#[test]
fn piperiders_ids_are_those_of_the_person_the_project_and_earlier_runs() {
    let home = piperider();
    let tree = ids(&home, "piperider");
    assert_eq!(of(&tree, "user id")["id"], USER);
    assert_eq!(of(&tree, "project id")["id"], PIPE);
    assert_eq!(of(&tree, "user id in CI")["id"], format!("{PIPE}_CI"));
    let remote = of(&tree, "id of the git repository");
    assert_eq!((&remote["id"], &remote["can_be_guessed"]), (&json!(REMOTE), &json!(true)));
    assert!(text(remote, "derives_from").contains(ADDRESS));
    let old =
        json!([{"name": "user id", "id": OLD_USER, "files": [home.at("work/.piperider/outputs/run-1/run.json")]}]);
    assert_eq!(tree["old"], old, "the id in use is none of an earlier run");
    let reports: Vec<&str> = members(&tree, "reports").iter().map(|report| text(report, "files")).collect();
    assert_eq!(reports, [".piperider/outputs/*/run.json", ".piperider/outputs/*/index.html"]);
    let ran = shown(&home, "piperider");
    assert!(ran.stdout.contains(OLD_USER) && !format!("{ran:?}").contains("s3cret"), "{ran:?}");
}

#[test]
fn a_password_in_the_address_of_a_repository_is_used_and_never_shown() {
    let home = piperider();
    let plain = text(of(&ids(&home, "piperider"), "id of the git repository"), "id").to_owned();
    home.write(
        "work/.git/config",
        "[remote \"origin\"]\n\turl = https://ada:hunter2@example.invalid/acme/secret-project.git\n",
    );
    let ran = home.run(["id", "piperider", "--json"]).expect(0);
    let tree = document(&ran, "foreign-id");
    let remote = of(&tree, "id of the git repository");
    assert_ne!(remote["id"], json!(plain), "it is hashed with the password");
    let shown = shown(&home, "piperider");
    let dry = home.run(["forget", "piperider", "--dry-run"]).expect(0);
    for ran in [ran, shown, dry] {
        assert!(!format!("{ran:?}").contains("hunter2") && !format!("{ran:?}").contains("ada:"), "{ran:?}");
        assert!(ran.stdout.contains(text(remote, "id")), "{ran:?}");
    }
}

#[test]
fn grouparoos_id_is_in_its_file_or_said_to_be_unreadable() {
    let home = grouparoo();
    let tree = ids(&home, "grouparoo");
    assert_eq!((&of(&tree, "customer id")["id"], &of(&tree, "customer id")["line"]), (&json!(CUSTOMER), &json!(2)));
    home.write("work/.local/user.json", "{\"customerId\": \"tcs_");
    let tree = ids(&home, "grouparoo");
    let broken = of(&tree, "customer id");
    assert_eq!(broken["id"], Value::Null);
    assert!(text(broken, "unknown").contains("not valid JSON"), "{broken:#}");
    std::fs::remove_file(home.at("work/.local/user.json")).expect("removed");
    let tree = ids(&home, "grouparoo");
    assert_eq!((&of(&tree, "customer id")["id"], &of(&tree, "customer id")["unknown"]), (&Value::Null, &Value::Null));
}

#[test]
fn openobserves_id_is_read_from_its_open_database() {
    let (home, database) = openobserve();
    for name in ["zincobserve", "openobserve"] {
        let tree = ids(&home, name);
        let instance = of(&tree, "instance id");
        assert_eq!(
            (&instance["id"], &instance["made"]),
            (&json!(INSTANCE), &json!("2023-03-20T05:33:38.467Z")),
            "{name}"
        );
        assert!(text(of(&tree, "instance id of the server that runs"), "unknown").contains("--url"));
    }
    database.execute("INSERT INTO meta (module, key1, value) VALUES ('instance', '', 'x')", []).expect("a row");
    assert!(text(of(&ids(&home, "zincobserve"), "instance id"), "unknown").contains("several rows"));
    drop(database);
    home.write("work/data/openobserve/db/metadata.sqlite", "no database at all, and long enough");
    assert!(text(of(&ids(&home, "zincobserve"), "instance id"), "unknown").contains("not an SQLite database"));
}

#[test]
fn a_server_is_asked_where_a_person_says_so() {
    let (home, _database) = openobserve();
    let body = json!({"version": "v0.10.0", "instance": "7043454519337943042", "telemetry_enabled": true}).to_string();
    let server = Server::start([Answer::status(200).body(body), Answer::status(500), Answer::status(200).body("no")]);
    let asked = |url: &str| document(&home.run(["id", "zincobserve", "--json", "--url", url]).expect(0), "foreign-id");
    let tree = asked(&server.url("/"));
    assert_eq!(of(&tree, "instance id of the server that runs")["id"], "7043454519337943042");
    assert_eq!((&of(&tree, "instance id")["id"], &tree["tool_version"]), (&json!(INSTANCE), &json!("0.10.0")));
    let unknown = |tree: &Value| text(of(tree, "instance id of the server that runs"), "unknown").to_owned();
    assert!(unknown(&asked(&server.url(""))).contains("500"));
    assert!(unknown(&asked(&server.url(""))).contains("not valid JSON"));
    let requests = server.requests();
    let heads: Vec<&str> = requests.iter().filter_map(|request| request.head.lines().next()).collect();
    assert_eq!(heads, ["GET /config HTTP/1.1"; 3], "one question a path");
    assert!(unknown(&asked("http://127.0.0.1:1")).contains("refused"));
    for url in [
        "http://192.0.2.1:5080",
        "https://example.invalid",
        "http://127.0.0.1:1/deeper",
        "127.0.0.1:1",
        "http://a@127.0.0.1:1",
    ] {
        refused(home.run(["id", "zincobserve", "--url", url]), 2, &["--url"], None);
    }
    refused(meltano(PROJECT).run(["id", "meltano", "--url", "http://127.0.0.1:1"]), 2, &["no server"], None);
}

#[test]
fn without_a_tool_all_that_are_here_are_shown() {
    let home = meltano(PROJECT);
    home.write(".piperider/profile.yml", format!("user_id: {USER}\nanonymous_tracking: true\n"));
    let tree = document(&home.run(["id", "--json"]).expect(0), "ids");
    let tools: Vec<&str> = members(&tree, "foreign").iter().map(|tool| text(tool, "tool")).collect();
    assert_eq!(tools, ["meltano", "piperider"]);
    let told = home.run(["id"]).expect(0).stdout;
    assert!(told.contains(USER) && told.contains("client id"), "{told}");
    assert!(home.run(["id", "piperider", "--provide", "a@b.example", "--yes"]).status != 0);
}

#[test]
fn a_renewed_id_stands_where_the_old_one_stood() {
    let home = piperider();
    let before = home.read(".piperider/profile.yml");
    let tree = document(&home.run(["id", "piperider", "renew", "--json"]).expect(0), "foreign-id");
    let renewed = members(&tree, "renewed");
    assert_eq!(renewed.len(), 1, "what a project shares stays: {tree:#}");
    let new = text(&renewed[0], "new");
    assert!(new.len() == 32 && new != USER, "{new}");
    // PipeRider takes an id without quotes for a number where it looks like one.
    assert_eq!(
        home.read(".piperider/profile.yml"),
        before.replace(USER, &format!("'{new}'")),
        "every other byte is kept"
    );
    assert_eq!(home.read("work/.piperider/config.yml"), format!("dataSources: []\ntelemetry:\n  id: {PIPE}\n"));
    assert_eq!(of(&tree, "user id")["id"], json!(new));

    let home = grouparoo();
    let tree = document(&home.run(["id", "grouparoo", "renew", "--json"]).expect(0), "foreign-id");
    let new = text(&members(&tree, "renewed")[0], "new").to_owned();
    assert!(new.starts_with("tcs_") && new.len() == CUSTOMER.len() && new != CUSTOMER, "{new}");
    let whole = format!("{{\n  \"customerId\": \"{new}\",\n  \"email\": true\n}}\n");
    assert_eq!(home.read("work/.local/user.json"), whole);

    let home = meltano(PROJECT);
    let settings = home.read("work/meltano.yml");
    home.run(["id", "meltano", "renew"]).expect(0);
    assert!(!home.at("work/.meltano/analytics.json").exists(), "Meltano makes another");
    assert_eq!(home.read("work/meltano.yml"), settings);
}
