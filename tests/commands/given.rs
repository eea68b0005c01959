//! What the tests of commands are given: a tool `acme` that reports to a loopback server, and output as values.
//!
//! Promises: the manifest stands in the user's folder, so that it is found as a user's own is. Absent: what is expected.

use std::ffi::OsStr;

use serde_json::Value;

use crate::sandbox::home::{Home, Ran, Run};
use crate::sandbox::server::{Answer, Recorded, Server};

/// The manifest of `acme`, whose one destination `web` and whose deletion requests reach `server`.
pub(crate) fn manifest(server: &Server) -> String {
    format!("{EVENTS}destinations:\n  web:\n    url: {}\n{}", server.url("/events"), deletion(server))
}

/// The last part of that manifest: one endpoint takes deletion requests.
pub(crate) fn deletion(server: &Server) -> String {
    format!("deletion:\n  - endpoint: {}\n", server.url("/delete"))
}

/// The manifest up to its destinations.
pub(crate) const EVENTS: &str = "\
manifest: 1
tool: acme
title: Acme
controller: Acme Ltd
consent: opt-in
switches:
  environment:
    - {name: ACME_TELEMETRY, on: ['1'], off: ['0']}
facts: [first_seen]
ids: [user, project, provided]
events:
  command:
    description: A command ended
    purpose: product-improvement
    fields:
      name: {type: enum, values: [build, test], description: Which command, required: true}
      ok: {type: boolean, description: Whether it succeeded}
      count: {type: integer, description: How many}
      note: {type: text, pattern: '[a-z ]*', longest: 100, description: A note}
      host: {type: hashed, description: The host as a salted digest}
    example: {name: build}
  job:
    description: A job, from its start to its end
    purpose: product-improvement
    lifecycle: true
    fields:
      kind: {type: enum, values: [full, part], description: Which kind}
    outcome:
      result: {type: enum, values: [ok, failed], description: How it ended, required: true}
    example: {kind: full, result: ok}
";

/// A home that knows `acme`, and the server that it reports to.
pub(crate) struct Acme {
    pub(crate) home: Home,
    pub(crate) server: Server,
}

impl Acme {
    /// Nobody was asked yet; the server answers by this script.
    pub(crate) fn new(script: impl IntoIterator<Item = Answer>) -> Self {
        let (home, server) = (Home::new(), Server::start(script));
        home.manifest("acme", &manifest(&server));
        Self { home, server }
    }

    /// The user said yes; every request is accepted.
    pub(crate) fn on() -> Self {
        Self::answering([Answer::status(200)])
    }

    /// The user said yes; the server answers by this script.
    pub(crate) fn answering(script: impl IntoIterator<Item = Answer>) -> Self {
        let acme = Self::new(script);
        acme.run(["enable", "acme"]).expect(0);
        acme
    }

    /// Runs the program.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        self.home.run(arguments)
    }

    /// The same, to be given more first.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.home.command(arguments)
    }

    /// Records so many events of `acme`.
    pub(crate) fn track(&self, number: usize) {
        for _ in 0..number {
            assert_eq!(self.run(["track", "acme", "command", "name=build"]).expect(0), silence());
        }
    }

    /// Runs the program with `--json`, and gives the document of this kind.
    pub(crate) fn json(&self, arguments: &[&str], kind: &str) -> Value {
        self.json_at(0, arguments, kind)
    }

    /// The same, where it ends with this exit code.
    pub(crate) fn json_at(&self, status: i32, arguments: &[&str], kind: &str) -> Value {
        document(&self.run([arguments, &["--json"]].concat()).expect(status), kind)
    }

    /// The bodies that reached `/events`.
    pub(crate) fn received(&self) -> Vec<Vec<u8>> {
        self.at("/events").into_iter().map(|request| request.body).collect()
    }

    /// The requests that reached this path.
    pub(crate) fn at(&self, path: &str) -> Vec<Recorded> {
        self.server.requests().into_iter().filter(|request| request.path == path).collect()
    }
}

/// The document on stdout, which is of this kind and of version 1.
#[track_caller]
pub(crate) fn document(ran: &Ran, kind: &str) -> Value {
    let tree: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_eq!((number(&tree, "version"), text(&tree, "kind")), (1, kind), "{tree:#}");
    tree
}

/// A run that ended with 0 and said nothing.
pub(crate) fn silence() -> Ran {
    Ran { status: 0, stdout: String::new(), stderr: String::new() }
}

/// Fails unless it ended so, printed no data, said all of this on stderr, and in its last line this hint.
#[track_caller]
pub(crate) fn refused(ran: Ran, status: i32, says: &[&str], hint: Option<&str>) {
    let ran = ran.expect(status);
    assert_eq!(ran.stdout, "", "an error prints no data");
    for part in says {
        assert!(ran.stderr.contains(part), "{part:?} is not in {:?}", ran.stderr);
    }
    let last = ran.stderr.lines().last().unwrap_or_default();
    assert_eq!(last.strip_prefix("hint: "), hint, "{:?}", ran.stderr);
}

/// The number at this key.
#[track_caller]
pub(crate) fn number(tree: &Value, key: &str) -> u64 {
    tree.get(key).and_then(Value::as_u64).unwrap_or_else(|| panic!("{key} of {tree:#}"))
}

/// The text at this key.
#[track_caller]
pub(crate) fn text<'a>(tree: &'a Value, key: &str) -> &'a str {
    tree.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("{key} of {tree:#}"))
}

/// The members of the list at this key.
#[track_caller]
pub(crate) fn members<'a>(tree: &'a Value, key: &str) -> &'a [Value] {
    let list = tree.get(key).and_then(Value::as_array);
    list.unwrap_or_else(|| panic!("{key} of {tree:#}"))
}

/// The first member of the list at this key.
#[track_caller]
pub(crate) fn first<'a>(tree: &'a Value, key: &str) -> &'a Value {
    members(tree, key).first().unwrap_or_else(|| panic!("{key} is empty in {tree:#}"))
}

/// `sha256:` and the digest of these bytes, by another implementation than the program's callers see: the bytes alone count.
pub(crate) fn digest(bytes: &[u8]) -> String {
    use sha2::Digest;
    let digits: String = sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// Every file below the home with its bytes, in order: for "nothing was written".
pub(crate) fn files(home: &Home) -> Vec<(String, Vec<u8>)> {
    let file = |name: &String| home.at(name).is_file();
    home.list().into_iter().filter(file).map(|name| (name.clone(), read(home, &name))).collect()
}

/// The bytes of a file in the home.
pub(crate) fn read(home: &Home, name: &str) -> Vec<u8> {
    std::fs::read(home.at(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
