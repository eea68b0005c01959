//! The operator's variables of OpenTelemetry: an address that they name is another destination, and what is secret in them stays there.
//!
//! Promises: each "nothing was sent" stands beside a request that was. Absent: how each variable is read (`manifest/follow.rs`).

use std::time::Duration;

use serde_json::{Value, json};

use crate::commands::given::{Acme, document, files, first, members, number, text};
use crate::protocols::otlp::{record, speaking, unpacked};
use crate::sandbox::acme::within;
use crate::sandbox::home::Ran;
use crate::sandbox::server::{Answer, Server};

const FOLLOWING: &str = "url: 'URL', protocol: otlp, follow: otel, headers: {x-key: abc}";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const SECRET: &str = "s3cret-value";

/// Runs the program with these variables.
fn with(acme: &Acme, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    variables.iter().fold(acme.command(arguments), |command, (name, value)| command.env(name, value)).run()
}

fn following() -> (Acme, Server) {
    (speaking(FOLLOWING, [Answer::status(200)]), Server::start([Answer::status(200)]))
}

#[test]
fn an_exported_variable_alone_sends_nothing_anywhere() {
    let (acme, other) = following();
    record(&acme, 1);
    let elsewhere = [(ENDPOINT, other.url(""))];
    let elsewhere: Vec<(&str, &str)> = elsewhere.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ran = with(&acme, &["flush", "acme", "--json"], &elsewhere).expect(0);
    let tree = document(&ran, "flushed");
    let web = first(&tree, "destinations");
    assert_eq!((number(web, "events"), number(web, "held"), number(&tree, "waiting")), (0, 1, 1));
    assert!(text(web, "why_held").contains(&other.url("/v1/logs")), "{tree:#}");
    assert_eq!(
        (acme.server.requests().len(), other.requests().len()),
        (0, 0),
        "neither there nor where it was declared"
    );
    // The baseline: without the variable it goes where it was declared.
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!((acme.at("/v1/logs").len(), other.requests().len()), (1, 0));
    assert_eq!(acme.at("/v1/logs")[0].header("x-key"), Some("abc"));

    // A new yes, with the variable, is a yes to that address and to no other.
    with(&acme, &["enable", "acme"], &elsewhere).expect(0);
    record(&acme, 1);
    acme.run(["flush", "acme"]).expect(0);
    assert_eq!(
        (acme.at("/v1/logs").len(), other.requests().len()),
        (1, 0),
        "held: the declared address is another one now"
    );
    with(&acme, &["flush", "acme"], &elsewhere).expect(0);
    assert_eq!((acme.at("/v1/logs").len(), other.requests().len()), (1, 1));
    assert_eq!(other.requests()[0].header("x-key"), None, "the author's header is for the author's receiver");
}

#[test]
fn without_follow_the_variables_mean_nothing() {
    let acme = speaking("url: 'URL', protocol: otlp", [Answer::status(200)]);
    let other = Server::start([Answer::status(200)]);
    record(&acme, 1);
    let url = other.url("");
    with(&acme, &["flush", "acme"], &[(ENDPOINT, &url), (HEADERS, "api-key=1"), ("OTEL_SDK_DISABLED", "true")])
        .expect(0);
    assert_eq!((acme.at("/v1/logs").len(), other.requests().len()), (1, 0));
    assert_eq!(acme.at("/v1/logs")[0].header("api-key"), None);
}

#[test]
fn a_secret_reaches_its_address_and_nothing_else() {
    let (acme, other) = following();
    let (url, headers) = (other.url("/base"), format!("api-key={SECRET}"));
    let variables = [(ENDPOINT, url.as_str()), (HEADERS, &headers), ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")];
    let mut printed = vec![with(&acme, &["enable", "acme"], &variables).expect(0)];
    record(&acme, 2);
    let shown = with(&acme, &["show-payload", "acme", "--json"], &variables).expect(0);
    let tree = document(&shown, "payload");
    let payload = first(&tree, "payloads");
    let pairs: Vec<(String, String)> = serde_json::from_value(payload["headers"].clone()).expect("pairs");
    assert!(pairs.contains(&("api-key".to_owned(), format!("${HEADERS}"))), "{pairs:?}");
    printed.push(shown);
    for arguments in [&["show-payload", "acme"][..], &["flush", "acme", "--dry-run"], &["flush", "acme", "--json"]] {
        printed.push(with(&acme, arguments, &variables).expect(0));
    }
    let request = other.requests().remove(0);
    assert_eq!((request.path.as_str(), request.header("api-key")), ("/base/v1/logs", Some(SECRET)));
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    let body: Value = serde_json::from_slice(&unpacked(&request.body)).expect("JSON");
    assert_eq!(body, payload["decoded"]);
    for arguments in
        [&["log", "acme", "--verify", "--bodies", "--json"][..], &["status", "acme", "--json"], &["export", "acme"]]
    {
        printed.push(with(&acme, arguments, &variables).expect(0));
    }
    let says = |ran: &Ran| format!("{}{}", ran.stdout, ran.stderr);
    assert!(printed.iter().all(|ran| !says(ran).contains(SECRET)), "{printed:?}");
    assert!(printed.iter().any(|ran| says(ran).contains(&format!("${HEADERS}"))), "the log shows where it stands");
    let kept = files(&acme.home);
    let holds = |needle: &str| kept.iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(needle));
    assert!(holds(&format!("${HEADERS}")) && !holds(SECRET));
}

#[test]
fn an_answer_that_repeats_a_secret_is_not_kept() {
    let echo = |text: &str| Answer::status(401).body(format!("no such token: {text}"));
    let acme = speaking(FOLLOWING, [Answer::status(200)]);
    let other = Server::start([echo("another"), echo(SECRET)]);
    let (url, headers) = (other.url(""), format!("authorization=Bearer%20{SECRET}"));
    let variables = [(ENDPOINT, url.as_str()), (HEADERS, &headers)];
    with(&acme, &["enable", "acme"], &variables).expect(0);
    let said = |answer: &str| {
        record(&acme, 1);
        with(&acme, &["flush", "acme"], &variables).expect(4);
        let log = document(&with(&acme, &["log", "acme", "--json"], &variables).expect(0), "log");
        let last = members(&log, "receipts").last().expect("a receipt").clone();
        assert_eq!((text(&last, "answer"), number(&last, "status")), (answer, 401));
    };
    said("no such token: another");
    said(&format!("not kept: it repeats what is secret in {HEADERS}"));
    assert_eq!(
        other.requests().pop().and_then(|one| one.header("authorization").map(str::to_owned)),
        Some(format!("Bearer {SECRET}"))
    );
    for (name, bytes) in files(&acme.home) {
        assert!(!String::from_utf8_lossy(&bytes).contains(SECRET), "{name}");
    }
}

#[test]
fn a_secret_stays_where_no_address_was_named_beside_it() {
    let (acme, _other) = following();
    record(&acme, 1);
    with(&acme, &["flush", "acme"], &[(HEADERS, &format!("api-key={SECRET}"))]).expect(0);
    let request = acme.at("/v1/logs").remove(0);
    assert_eq!((request.header("api-key"), request.header("x-key")), (None, Some("abc")));
}

#[test]
fn a_manifest_cannot_name_a_variable_to_have_its_value() {
    let keys = format!("url: 'URL', protocol: otlp, follow: otel, headers: {{api-key: '${HEADERS}'}}");
    let acme = speaking(&keys, [Answer::status(200)]);
    record(&acme, 1);
    with(&acme, &["flush", "acme"], &[(HEADERS, &format!("api-key={SECRET}"))]).expect(0);
    assert_eq!(acme.at("/v1/logs")[0].header("api-key"), Some(format!("${HEADERS}").as_str()));
}

#[test]
fn what_was_sealed_for_one_secret_is_sealed_anew_for_another() {
    let (acme, other) = following();
    let url = other.url("");
    let first_pair = [(ENDPOINT, url.as_str()), (HEADERS, "api-key=1")];
    with(&acme, &["enable", "acme"], &first_pair).expect(0);
    record(&acme, 1);
    with(&acme, &["show-payload", "acme"], &first_pair).expect(0);
    with(&acme, &["flush", "acme"], &[(ENDPOINT, url.as_str()), (HEADERS, "x-other=2")]).expect(0);
    let request = other.requests().remove(0);
    assert_eq!((request.header("api-key"), request.header("x-other")), (None, Some("2")));
}

#[test]
fn what_cannot_be_followed_holds_and_says_so() {
    let (acme, other) = following();
    let url = other.url("");
    let enabled = [(ENDPOINT, url.as_str())];
    with(&acme, &["enable", "acme"], &enabled).expect(0);
    record(&acme, 1);
    for (name, value, code) in [
        ("OTEL_SDK_DISABLED", "true", "variable.off"),
        ("OTEL_LOGS_EXPORTER", "none", "variable.off"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "variable.unfit"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://collector.example:4318", "variable.unfit"),
        (HEADERS, SECRET, "variable.unfit"),
    ] {
        let variables = [enabled[0], (name, value)];
        let tree = document(&with(&acme, &["flush", "acme", "--json"], &variables).expect(0), "flushed");
        let web = first(&tree, "destinations");
        assert_eq!((number(web, "held"), number(&tree, "waiting")), (1, 1), "{name}");
        let why = text(web, "why_held");
        assert!(why.contains(name) && !why.contains(SECRET), "{why}");
        let shown = document(&with(&acme, &["show-payload", "acme", "--json"], &variables).expect(0), "payload");
        let payload = first(&shown, "payloads");
        assert_eq!((&payload["which"], &payload["reason"]), (&json!("withheld"), &json!(code)), "{name}");
        // For people too, wherever it is told that nothing goes.
        for arguments in [&["status", "acme"][..], &["status", "acme", "--explain"], &["flush", "acme", "--dry-run"]] {
            let told = with(&acme, arguments, &variables).expect(0).stdout;
            assert!(told.contains(name) && !told.contains(SECRET), "{arguments:?}: {told}");
        }
    }
    assert_eq!((acme.server.requests().len(), other.requests().len()), (0, 0));
    with(&acme, &["flush", "acme"], &enabled).expect(0);
    assert_eq!((acme.server.requests().len(), other.requests().len()), (0, 1), "the baseline");
}

#[test]
fn an_answer_is_waited_for_no_longer_than_a_variable_says() {
    let (acme, other) = (speaking(FOLLOWING, [Answer::status(200)]), Server::start([Answer::stall()]));
    let url = other.url("");
    let variables = [(ENDPOINT, url.as_str()), ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000")];
    with(&acme, &["enable", "acme"], &variables).expect(0);
    record(&acme, 1);
    // Our own bound is ten seconds.
    let ran = within(Duration::from_secs(7), || with(&acme, &["flush", "acme"], &variables)).expect(3);
    assert!(ran.stdout.contains("did not answer in time") || ran.stderr.contains("did not answer in time"), "{ran:?}");
    assert_eq!(other.requests().len(), 1);
}
