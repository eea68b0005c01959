//! Every parser against bytes that nobody meant: the corpus of `tests/fuzz`, texts grown at random, raw answers of a server.
//!
//! Promises: what libFuzzer found once is tried here for ever, by the same checks; each corpus holds what is read and what is
//! not. Absent: looking for new inputs with coverage (`.ci/fuzz`).

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};
use proptest::test_runner::{Config, TestRunner};

use telemetry::destination::http::{ANSWER_LIMIT, Budgets, Client, Method, Proxies, ProxySetting, Request, Trouble};

use crate::checks;
use crate::sandbox::source::repository;

/// Largest file of a corpus, bytes, and most files of one: it is read at every run of the tests.
const LARGEST: usize = 4096;
const MOST: usize = 60;

/// The inputs of each corpus, by the name of the target.
fn corpora() -> BTreeMap<String, Vec<(PathBuf, Vec<u8>)>> {
    let root = repository().join("tests/fixtures/fuzz");
    let mut all: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for target in fs::read_dir(root).expect("the corpora").map(|entry| entry.expect("an entry").path()) {
        let name = target.file_name().expect("a name").to_string_lossy().into_owned();
        for path in fs::read_dir(&target).expect("a corpus").map(|entry| entry.expect("an entry").path()) {
            let bytes = fs::read(&path).expect("an input");
            all.entry(name.clone()).or_default().push((path, bytes));
        }
    }
    all
}

#[test]
fn every_input_that_was_ever_found_holds() {
    let corpora = corpora();
    for (name, check) in checks::ALL {
        let inputs = corpora.get(*name).unwrap_or_else(|| panic!("no corpus of {name}"));
        assert!(inputs.len() <= MOST, "{name}: {} inputs: merge them", inputs.len());
        let mut read = 0;
        for (path, bytes) in inputs {
            assert!(bytes.len() <= LARGEST, "{}: {} bytes", path.display(), bytes.len());
            match std::panic::catch_unwind(|| check(bytes)) {
                Ok(taken) => read += usize::from(taken),
                Err(why) => panic!("{}: {:?}", path.display(), why.downcast_ref::<String>()),
            }
        }
        assert!(0 < read && read < inputs.len(), "{name}: {read} of {} are read", inputs.len());
    }
}

#[test]
fn every_check_has_a_target_and_a_corpus() {
    let names: Vec<String> = checks::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    let targets = fs::read_dir(repository().join("tests/fuzz/targets")).expect("the targets");
    let mut targets: Vec<String> = targets
        .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    targets.sort();
    assert_eq!(targets, names);
    assert_eq!(corpora().into_keys().collect::<Vec<_>>(), names);
    let manifest = fs::read_to_string(repository().join("tests/fuzz/Cargo.toml")).expect("a manifest");
    for name in &names {
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name} is not built");
    }
}

#[test]
fn the_lock_of_the_targets_has_what_the_crate_needs() {
    let read = |name: &str| fs::read_to_string(repository().join(name)).expect("a file");
    let (manifest, lock) = (read("Cargo.toml"), read("tests/fuzz/Cargo.lock"));
    let mut needed = 0;
    let foreign = manifest.lines().find(|line| line.starts_with("foreign = ")).expect("the feature of the targets");
    for section in manifest.split("\n[").filter(|section| {
        section.lines().next().is_some_and(|head| head.ends_with("dependencies]") && !head.starts_with("dev-"))
    }) {
        for line in section.lines().skip(1).filter(|line| !line.starts_with('#')) {
            let Some((name, rest)) = line.split_once(" = ") else { continue };
            if rest.contains("optional = true") && !foreign.contains(&format!("\"dep:{name}\"")) {
                continue;
            }
            let package = rest.split_once("package = \"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or(name);
            assert!(
                lock.contains(&format!("name = \"{package}\"\n")),
                "{package}: cargo update --workspace in tests/fuzz"
            );
            needed += 1;
        }
    }
    assert!(needed > 10, "{needed} dependencies");
}

/// What becomes of an input: bytes are cut out, doubled, replaced, and parts of two inputs are put together.
#[derive(Debug, Clone)]
enum Change {
    Cut(prop::sample::Index, usize),
    Twice(prop::sample::Index, usize),
    Put(prop::sample::Index, Vec<u8>),
    Graft(prop::sample::Index, prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    let text = "[-:{}\\[\\],#&*!|>'\"%@`?~ \\n\\r\\ta01<.é\u{2028}\u{feff}]{1,6}".prop_map(String::into_bytes);
    let bytes = prop_oneof![text, prop::collection::vec(any::<u8>(), 1..4), Just(b"\n...\n".to_vec())];
    prop_oneof![
        (at(), 1..40_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        (at(), 1..40_usize).prop_map(|(at, length)| Change::Twice(at, length)),
        (at(), bytes).prop_map(|(at, bytes)| Change::Put(at, bytes)),
        (at(), at()).prop_map(|(at, other)| Change::Graft(at, other)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change], others: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
    for change in changes {
        let place = |index: &prop::sample::Index, length: usize| index.index(length + 1);
        let (from, to, new) = match change {
            Change::Cut(at, length) => {
                let from = place(at, bytes.len());
                (from, (from + length).min(bytes.len()), Vec::new())
            }
            Change::Twice(at, length) => {
                let from = place(at, bytes.len());
                (from, from, bytes[from..(from + length).min(bytes.len())].to_vec())
            }
            Change::Put(at, new) => {
                let from = place(at, bytes.len());
                (from, (from + new.len()).min(bytes.len()), new.clone())
            }
            Change::Graft(at, other) => {
                let (_, other) = other.get(others);
                let from = place(at, bytes.len());
                (from, bytes.len(), other.get(from.min(other.len())..).unwrap_or_default().to_vec())
            }
        };
        bytes.splice(from..to, new);
    }
    bytes.truncate(LARGEST);
    bytes
}

#[test]
fn every_parser_holds_against_what_grows_out_of_its_corpus() {
    let corpora = corpora();
    for (name, check) in checks::ALL {
        let inputs = &corpora[*name];
        let config = Config { cases: 128, failure_persistence: None, ..Config::default() };
        let strategy = (any::<prop::sample::Index>(), prop::collection::vec(change(), 1..6));
        let held = TestRunner::new(config).run(&strategy, |(seed, changes)| {
            check(&changed(seed.get(inputs).1.clone(), &changes, inputs));
            Ok(())
        });
        held.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// A server that gives each connection the next of these answers, byte for byte, and closes it.
fn raw_server(answers: Vec<Vec<u8>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut request = [0_u8; 4096];
            // The whole of it: closing with bytes unread resets the connection, and the answer may be lost.
            let mut length = 0;
            while !request[..length].ends_with(b"\r\n\r\n{}") {
                match stream.read(&mut request[length..]) {
                    Ok(0) | Err(_) => break,
                    Ok(read) => length += read,
                }
            }
            // It may have hung up already.
            stream.write_all(&answer).ok();
        }
    });
    address
}

/// An answer that begins like one of HTTP, or like nothing.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        (0..1200_u16).prop_map(|status| format!("HTTP/1.1 {status} x\r\n")),
        Just("HTTP/1.1 200 OK\r\n".to_owned()),
        Just("HTTP/1.0 204\r\n".to_owned()),
        Just("HTTP/2 200\r\n".to_owned()),
        Just("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 OK\r\n".to_owned()),
        "[ -~]{0,20}".prop_map(|text| text + "\r\n"),
    ];
    let header = prop_oneof![
        "[0-9]{0,22}".prop_map(|value| format!("retry-after: {value}\r\n")),
        "[ -~]{0,30}".prop_map(|value| format!("Retry-After:{value}\r\n")),
        "-?[0-9]{1,21}".prop_map(|value| format!("content-length: {value}\r\n")),
        Just("content-length: 3\r\n".to_owned()),
        Just("transfer-encoding: chunked\r\n".to_owned()),
        Just("connection: close\r\n".to_owned()),
        Just("content-encoding: gzip\r\n".to_owned()),
        Just("location: http://192.0.2.1/\r\n".to_owned()),
        "[ -~]{0,20}".prop_map(|text| text + "\r\n"),
    ];
    let body = prop_oneof![
        Just(b"abc".to_vec()),
        Just(b"3\r\nabc\r\n0\r\n\r\n".to_vec()),
        Just(b"ffffffffffffffff\r\nabc".to_vec()),
        Just(vec![b'x'; 2 * ANSWER_LIMIT]),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    (line, prop::collection::vec(header, 0..4), any::<bool>(), body).prop_map(|(line, headers, ends, body)| {
        [line.into_bytes(), headers.concat().into_bytes(), if ends { b"\r\n".to_vec() } else { vec![] }, body].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_of_a_server_breaks_the_client(answers in prop::collection::vec(answer(), 24)) {
        let long = Duration::from_secs(20);
        let url = format!("http://{}/", raw_server(answers.clone()));
        for answer in &answers {
            // A client each, so that each answer meets a connection of its own.
            let client = Client::new(Budgets { connect: long, request: long }, &Proxies::none()).expect("a client");
            let sent = client.send(&Request { method: Method::Post, url: &url, headers: &[], body: b"{}" }, long);
            let shown = String::from_utf8_lossy(&answer[..answer.len().min(200)]).into_owned();
            match sent {
                Ok(reply) => {
                    assert!(answer.starts_with(b"HTTP/1."), "{shown:?}");
                    let digits = format!(" {}", reply.status);
                    assert!(shown.contains(&digits) && (100..1000).contains(&reply.status), "{shown:?}");
                    assert!(reply.body.len() <= ANSWER_LIMIT, "{shown:?}");
                }
                Err(trouble) => assert!(!matches!(trouble, Trouble::Timeout | Trouble::Refused | Trouble::Resolve | Trouble::Tls), "{trouble}: {shown:?}"),
            }
        }
    }

    #[test]
    fn no_words_of_an_environment_break_the_proxies_or_show_a_password(
        value in "[ -~é]{0,40}", scheme in "(https?|socks5|)", bypass in "[ -~]{0,20}",
    ) {
        for value in [value.clone(), format!("{scheme}://ada:hunter2@{value}"), format!("ada:hunter2@proxy.example:{value}")] {
            let proxies = Proxies::from_lookup(|name| match name {
                "HTTPS_PROXY" => Some(value.clone()),
                "NO_PROXY" => Some(bypass.clone()),
                _ => None,
            });
            let shown = format!("{proxies:?}");
            let said = match proxies.setting() {
                ProxySetting::Through(address) => address.to_string(),
                ProxySetting::Direct | ProxySetting::Unusable(_) => String::new(),
            };
            assert!(!shown.contains("hunter2") && !said.contains("hunter2"), "{shown} {said}");
        }
    }
}
