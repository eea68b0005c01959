//! What scripts go by, as complete lists: exit codes, commands, documents with all their keys, reasons for loss.
//!
//! Promises: whatever is added, changed or taken away here fails a test first. Absent: reasons of decisions (`reasons`).

use std::collections::BTreeSet;

use serde_json::Value;
use telemetry::cli::commands::COMMANDS;
use telemetry::cli::exit::{self, Exit};
use telemetry::queue::drop::Loss;

use crate::commands::given::{Acme, document};
use crate::sandbox::home::{Home, Ran};
use crate::sandbox::server::Answer;

#[test]
fn exit_codes() {
    let codes = Exit::ALL.map(|exit| format!("{} {}", exit.code(), exit.words()));
    let expected = [
        "0 done",
        "1 failed",
        "2 the command line was not understood",
        "3 not now: off (--exit-code), a destination in trouble, a request still open",
        "4 partly done",
        "5 nothing is known by that name",
    ];
    assert_eq!(codes, expected, "scripts go by the numbers");
    for line in expected {
        assert!(exit::table().contains(&line.replacen(' ', "  ", 1)), "{line}");
    }
}

#[test]
fn commands_and_their_other_words() {
    let words: Vec<String> = COMMANDS.iter().map(|entry| [&[entry.name], entry.aliases].concat().join("|")).collect();
    let expected = "status disable|off enable|on show-payload log export forget undo id list track run flush init manifest doctor tour completions man";
    assert_eq!(words.join(" "), expected);
}

#[test]
fn every_help_fits_a_hundred_columns_and_has_the_exit_codes() {
    let home = Home::new();
    let help = |words: &[&str]| {
        let ran = home.command([words, &["--help"]].concat()).env("COLUMNS", "200").run().expect(0);
        assert_eq!(ran.stderr, "", "help that was asked for is data");
        for line in ran.stdout.lines() {
            assert!(line.chars().count() <= 100, "{words:?}: {line}");
        }
        let exits = if words == ["run"] { "127  COMMAND is not found".to_owned() } else { exit::table() };
        assert!(ran.stdout.contains(&exits) || words.len() == 2, "{words:?}: {}", ran.stdout);
        ran.stdout
    };
    let all = help(&[]);
    for entry in COMMANDS {
        assert!(all.contains(entry.about), "{}", entry.name);
        assert!(help(&[entry.name]).starts_with(entry.about), "{}", entry.name);
    }
    help(&["manifest", "check"]);
    let version = home.run(["--version"]).expect(0);
    assert_eq!(version.stdout, concat!("telemetry ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(home.list(), [""; 0]);
}

/// Every loss, found by going from each to the next: a new one does not compile before it stands here.
fn losses() -> Vec<Loss> {
    let next = |loss: &Loss| match loss {
        Loss::Bytes => Some(Loss::Count),
        Loss::Count => Some(Loss::Age),
        Loss::Age => Some(Loss::Torn),
        Loss::Torn => Some(Loss::No),
        Loss::No => Some(Loss::BeforeYes),
        Loss::BeforeYes => Some(Loss::Undeclared),
        Loss::Undeclared => Some(Loss::Refused),
        Loss::Refused => Some(Loss::Forget),
        Loss::Forget => None,
    };
    std::iter::successors(Some(Loss::Bytes), next).collect()
}

#[test]
fn reasons_for_loss_in_files_and_in_words() {
    let stored = |loss: &Loss| serde_json::to_value(loss).expect("a word").as_str().expect("a text").to_owned();
    let told: Vec<String> = losses().iter().map(|loss| format!("{}: {}", stored(loss), loss.words())).collect();
    let expected = [
        "bytes: the queue was full (bytes)",
        "count: the queue was full (events)",
        "age: waited for too long",
        "torn: could not be read",
        "no: somebody said no",
        "before-yes: recorded before the latest yes",
        "undeclared: no longer declared",
        "refused: refused by the destination",
        "forget: forgotten",
    ];
    assert_eq!(told, expected);
}

/// Every path in a document: `a.b` in a map, `a[].b` in the maps of a list.
fn walk(tree: &Value, at: &str, paths: &mut BTreeSet<String>) {
    match tree {
        Value::Object(pairs) => {
            for (key, value) in pairs {
                let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                walk(value, &path, paths);
                paths.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, &format!("{at}[]"), paths)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Fails unless the documents of these runs together have exactly these keys beside `version` and `kind`, which come first.
#[track_caller]
pub(crate) fn keys(kind: &str, runs: &[Ran], expected: &str) {
    let mut paths = BTreeSet::new();
    for ran in runs {
        let tree = document(ran, kind);
        let first: Vec<&String> = tree.as_object().expect("a map").keys().take(2).collect();
        assert_eq!(first, ["version", "kind"]);
        walk(&tree, "", &mut paths);
    }
    let expected: BTreeSet<String> =
        expected.split_whitespace().chain(["version", "kind"]).map(str::to_owned).collect();
    let (new, gone): (Vec<_>, Vec<_>) = (paths.difference(&expected).collect(), expected.difference(&paths).collect());
    assert!(new.is_empty() && gone.is_empty(), "{kind}: new {new:?}, gone {gone:?}");
}

/// A home where everything happened once: a project, ids, receipts, trouble, losses, a request.
fn lived_in() -> Acme {
    let acme = Acme::answering([Answer::status(400), Answer::status(200), Answer::status(200), Answer::status(503)]);
    acme.run(["init", "acme"]).expect(0);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(4);
    acme.track(1);
    acme.run(["flush", "acme"]).expect(0);
    acme.run(["forget", "acme", "--yes"]).expect(0);
    acme.run(["enable", "acme"]).expect(0);
    acme.run(["id", "acme", "--provide", "ada@example.org", "--yes"]).expect(0);
    acme.track(1);
    acme.run(["track", "acme", "job", "--start"]).expect(0);
    acme.run(["flush", "acme"]).expect(3);
    acme
}

#[test]
fn documents_of_what_stands() {
    let acme = lived_in();
    let json = |words: &[&str]| acme.run([words, &["--json"]].concat());
    keys(
        "status",
        &[json(&["status"])],
        "disabled_for_all tools tools[].tool tools[].state tools[].reason tools[].why tools[].waiting tools[].lost",
    );
    let status = "tool state reason why change consent collected_for collected_for[].purpose \
        collected_for[].what agreed agreed.how agreed.since beyond_agreement user_id provided_id \
        project project.config project.id profile queue queue.folder queue.waiting queue.local queue.lost queue.lost_since \
        queue.lost[].why queue.lost[].events queue.next_flush queue.not_before started started[].event started[].at started[].pair started[].runs destinations destinations[].name destinations[].address \
        destinations[].state destinations[].reason destinations[].why destinations[].waiting destinations[].trouble \
        destinations[].trouble.why destinations[].trouble.attempts destinations[].trouble.not_before \
        destinations[].last_receipt destinations[].last_receipt.at destinations[].last_receipt.outcome \
        destinations[].last_receipt.events destinations[].last_receipt.digest last_receipt last_receipt.at \
        last_receipt.outcome last_receipt.events last_receipt.digest deletion_requests deletion_requests[].request_id \
        deletion_requests[].created deletion_requests[].states unreadable";
    keys("tool-status", &[json(&["status", "acme"])], status);
    let explained = format!(
        "{status} sources sources[].source sources[].says sources[].reason sources[].sentence sources[].place sources[].wins"
    );
    keys("tool-status", &[json(&["status", "acme", "--explain"])], &explained);
    let id = "tool user_id provided_id project_id profile project";
    keys("id", &[json(&["id", "acme"])], id);
    keys("id", &[json(&["id", "acme", "renew"])], &format!("{id} old_user_id"));
    let log = "receipts receipts[].tool receipts[].at receipts[].what receipts[].destination receipts[].method \
        receipts[].address receipts[].events receipts[].outcome receipts[].status receipts[].answer \
        receipts[].maybe_twice receipts[].digest receipts[].parent unreadable kept kept[].tool kept[].days kept[].bytes \
        kept[].since kept[].removed kept[].removed_by_age kept[].removed_by_size kept[].removed_until kept[].unreadable";
    keys("log", &[json(&["log"])], log);
    let verified = format!(
        "{log} receipts[].check receipts[].body verified verified.verified verified.mismatched verified.forgotten"
    );
    keys("log", &[json(&["log", "acme", "--verify", "--bodies"])], &verified);
    let kept = "tool days bytes since removed removed_by_age removed_by_size removed_until unreadable";
    keys("kept", &[json(&["log", "acme", "--keep", "30d"])], kept);
    let exported = without_stored_forms(acme.run(["export"]).expect(0));
    keys("export", &[exported], EXPORT);
    let list = "tools tools[].tool tools[].title tools[].kind tools[].consent tools[].manifest tools[].path tools[].used \
        tools[].refused";
    keys("list", &[json(&["list"])], list);
}

/// What an export says itself; stored forms stand in it as they are, and `formats` has those.
const EXPORT: &str = "at program home no_for_all withdrawn tools tools[].tool tools[].folder tools[].no tools[].profile \
    tools[].profile.file tools[].profile.user_id tools[].profile.user_provided_id tools[].profile.anonymous_tracking \
    tools[].profile.local tools[].agreement tools[].from tools[].from.agreement tools[].from.receipts tools[].from.losses \
    tools[].receipts_kept tools[].receipts_kept.days tools[].receipts_kept.bytes tools[].receipts_kept.removed_by_age \
    tools[].receipts_kept.removed_by_size tools[].receipts_kept.removed_until tools[].receipts_removed tools[].first tools[].losses tools[].ledger tools[].schedule \
    tools[].losses_aside tools[].last_seen tools[].backoff tools[].backoff[].file tools[].backoff[].content tools[].told \
    tools[].deletion_requests tools[].deletion_requests[].file tools[].deletion_requests[].content tools[].waiting \
    tools[].waiting[].file tools[].waiting[].event tools[].local tools[].started tools[].started[].file tools[].started[].event tools[].sealed tools[].sealed[].file \
    tools[].sealed[].number tools[].sealed[].state tools[].sealed[].attempts tools[].sealed[].digest tools[].sealed[].parent \
    tools[].sealed[].basis tools[].sealed[].oldest_ms tools[].sealed[].project tools[].sealed[].events \
    tools[].sealed[].events[].id tools[].sealed[].events[].event tools[].sealed[].method tools[].sealed[].address \
    tools[].sealed[].headers tools[].sealed[].body tools[].progress tools[].progress[].file tools[].progress[].line \
    tools[].receipts tools[].receipts[].at tools[].receipts[].what tools[].receipts[].destination tools[].receipts[].method \
    tools[].receipts[].address tools[].receipts[].headers tools[].receipts[].events tools[].receipts[].outcome \
    tools[].receipts[].status tools[].receipts[].answer tools[].receipts[].maybe_twice tools[].receipts[].again \
    tools[].receipts[].digest tools[].receipts[].parent tools[].receipts[].check tools[].receipts[].body tools[].withheld \
    tools[].other_files tools[].unreadable unreadable complete";

fn without_stored_forms(ran: Ran) -> Ran {
    let mut tree = document(&ran, "export");
    for tool in tree["tools"].as_array_mut().expect("tools") {
        for key in ["agreement", "first", "losses", "ledger", "schedule"] {
            tool[key] = Value::Null;
        }
        let lists = [
            ("backoff", "content"),
            ("deletion_requests", "content"),
            ("waiting", "event"),
            ("started", "event"),
            ("progress", "line"),
        ];
        for (list, key) in lists {
            tool[list].as_array_mut().expect("a list").iter_mut().for_each(|one| one[key] = Value::Null);
        }
    }
    Ran { stdout: tree.to_string(), ..ran }
}

/// A decoded body is whatever the protocol makes, and has no keys of ours.
fn opened(ran: Ran) -> Ran {
    let mut tree: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    for payload in tree["payloads"].as_array_mut().expect("a list") {
        assert!(payload["decoded"].is_array(), "{payload}");
        payload["decoded"] = Value::Null;
    }
    Ran { stdout: tree.to_string(), ..ran }
}

#[test]
fn documents_of_what_is_done() {
    let acme = Acme::answering([Answer::status(503)]);
    let json = |words: &[&str]| acme.run([words, &["--json"]].concat());
    keys("init", &[json(&["init", "acme"])], "tool project_id config changed");
    let timer = "tool service_name service timer_name timer cron variables";
    keys("timer", &[json(&["init", "acme", "--timer"])], timer);
    acme.track(2);
    let payload = "tool payloads payloads[].destination payloads[].which payloads[].reason payloads[].why \
        payloads[].method payloads[].address payloads[].headers payloads[].events payloads[].collected_for \
        payloads[].collected_for[].purpose payloads[].collected_for[].what payloads[].withheld \
        payloads[].digest payloads[].body payloads[].decoded";
    keys("payload", &[opened(json(&["show-payload", "acme"]))], payload);
    let dry = "tool state waiting next next[].destination next[].address next[].which next[].events next[].digest";
    keys("flush-dry-run", &[json(&["flush", "acme", "--dry-run"])], dry);
    let flushed = "tool off why_off destinations destinations[].name destinations[].address destinations[].payloads \
        destinations[].events destinations[].acknowledged destinations[].refused destinations[].held destinations[].why_held \
        destinations[].trouble destinations[].not_before dropped dropped[].why dropped[].events waiting out_of_time \
        set_aside set_aside[].path set_aside[].why deletion_requests_open";
    acme.home.write("work/.acme/config.yml", "telemetry: {id: ''}\n");
    acme.home.write(".acme/telemetry/queue/batch-1795237731364-2-79b2c0b2", "a file in a folder's place");
    keys("flushed", &[json(&["flush", "acme"])], flushed);
    acme.home.write("work/.acme/config.yml", "telemetry: {id: abc}\n");
    keys("enabled", &[json(&["enable"]), json(&["enable", "acme"])], "tool state reason why withdrawn_no_for_all");
    let forget = "tools tools[].tool tools[].dry_run tools[].ids tools[].ids[].kind tools[].ids[].id \
        tools[].destinations tools[].waiting tools[].requests tools[].requests[].request_id tools[].requests[].created \
        tools[].requests[].purged tools[].requests[].still_in tools[].requests[].orders tools[].requests[].orders[].method \
        tools[].requests[].orders[].address tools[].requests[].orders[].state tools[].requests[].orders[].attempts \
        tools[].requests[].orders[].last tools[].requests[].orders[].answer tools[].requests[].orders[].digest \
        tools[].requests[].orders[].destination tools[].requests[].orders[].http_method tools[].requests[].orders[].headers \
        tools[].requests[].orders[].body tools[].requests[].orders[].decoded \
        tools[].project tools[].unreadable tools[].order";
    for words in
        [["forget", "acme", "--dry-run"].as_slice(), &["forget", "acme", "--yes"], &["forget", "acme", "--status"]]
    {
        keys("forget", &[json(words)], forget);
    }
    keys("disabled", &[json(&["disable", "acme"]), json(&["disable"])], "tool kept_in dropped under_way others");
    let good = acme.home.at(".config/telemetry/tools/acme.yml").display().to_string();
    let bad = acme.home.write("bad.yml", "manifest: 1\n").display().to_string();
    let check = "file valid tool problems problems[].line problems[].path problems[].what advice";
    let told = "file tool examples examples[].protocol examples[].stand_ins examples[].view_only examples[].problems \
        examples[].payload examples[].payload.destination examples[].payload.which examples[].payload.reason \
        examples[].payload.why examples[].payload.method examples[].payload.address examples[].payload.headers \
        examples[].payload.events examples[].payload.collected_for examples[].payload.collected_for[].purpose \
        examples[].payload.collected_for[].what examples[].payload.withheld examples[].payload.digest \
        examples[].payload.body examples[].payload.decoded";
    let example = json(&["manifest", "example", &good]);
    let mut tree: Value = serde_json::from_str(&example.stdout).expect("JSON");
    assert!(tree["examples"][0]["payload"]["decoded"].take().is_array());
    keys("manifest-example", &[Ran { stdout: tree.to_string(), ..example }], told);
    keys("manifest-check", &[json(&["manifest", "check", &good]), json(&["manifest", "check", &bad])], check);
    let schema = "file tool written schemas schemas[].address schemas[].of schemas[].path schemas[].found \
        schemas[].schema not_described";
    let folder = acme.home.work().display().to_string();
    let schemas = |words: &[&str]| {
        let ran = json(&[&["manifest", "schema", &good, "--vendor", "com.acme"], words].concat());
        let mut tree: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        for one in tree["schemas"].as_array_mut().expect("a list") {
            assert!(one["schema"]["self"].is_object(), "{one}");
            one["schema"] = Value::Null;
        }
        Ran { stdout: tree.to_string(), ..ran }
    };
    keys("manifest-schema", &[schemas(&[]), schemas(&["--into", &folder])], schema);
}

#[test]
fn documents_of_a_pipeline() {
    let home = crate::commands::doctor::home();
    let words = ["doctor", "--pseudonym", "ada", "--enrichment", "pii.json", "--event", "event.json", "--json"];
    let ran = home.run(words);
    let mut tree: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert!(tree["stored"].take().is_object());
    let pseudonyms = "hash enrichment enrichment.schema enrichment.enabled enrichment.anonymous_only \
        enrichment.emits_originals pseudonyms pseudonyms[].place pseudonyms[].schema pseudonyms[].json_path \
        pseudonyms[].before pseudonyms[].after kept kept[].field kept[].json_path kept[].why kept[].unknown stored says";
    keys("pseudonyms", &[Ran { stdout: tree.to_string(), ..ran }], pseudonyms);
}

#[test]
fn documents_of_changes() {
    let acme = Acme::on();
    let json = |words: &[&str]| acme.run([words, &["--json"]].concat());
    keys("change", &[json(&["init", "acme", "--dry-run"])], "tool file diff");
    keys("init", &[json(&["init", "acme"])], "tool project_id config changed");
    keys("change", &[json(&["disable", "acme", "--project", "--dry-run"])], "tool file diff");
    keys("disabled", &[json(&["disable", "acme", "--project"])], "tool kept_in dropped under_way others");
    let foreign = crate::commands::disable_foreign::piperider();
    foreign.write(crate::commands::disable_foreign::CONFIG, "telemetry: {id: ''}\n");
    let switched = |words: &[&str]| foreign.run([words, &["--json"]].concat());
    let keys_of_a_switch = "tool wanted done before after files files[].file files[].diff overrides error";
    keys("switched", &[switched(&["disable", "piperider"])], keys_of_a_switch);
    let overridden = format!("{keys_of_a_switch} overrides[].what overrides[].shell");
    keys("switched", &[switched(&["enable", "piperider"])], &overridden);
    foreign.write(crate::commands::disable_foreign::CONFIG, "telemetry: {id: a}\n");
    let others = "tool kept_in dropped under_way others others[].tool others[].wanted others[].done others[].before \
        others[].after others[].files others[].files[].file others[].files[].diff others[].overrides others[].error";
    keys("disabled", &[switched(&["disable"])], others);
    let undo = "tool undoes at done may_turn_on files left";
    keys("undo", &[json(&["undo"])], undo);
    let home = crate::commands::undo::disabled();
    home.write(crate::commands::undo::MIRROR, "{}");
    let json_there = |words: &[&str]| home.run([words, &["--json"]].concat());
    let left = format!("{undo} left[].file left[].why");
    keys("undo", &[json_there(&["undo", "--dry-run"])], &left);
    let fresh = crate::commands::undo::disabled();
    keys("undo", &[fresh.run(["undo", "--dry-run", "--json"])], &format!("{undo} files[].file files[].diff"));
    let changes = "changes changes[].tool changes[].verb changes[].at changes[].id changes[].undoes changes[].files \
        changes[].can_be_undone changes[].cut_off unreadable";
    keys("changes", &[json_there(&["undo", "--list"])], changes);
    keys("enabled", &[json(&["enable", "acme", "--project"])], "tool state reason why withdrawn_no_for_all");
}
