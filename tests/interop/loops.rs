//! Other people's programs switched by ours: heard before, silent after `disable`, heard again after `enable`, and no word about the change.
//!
//! Promises: a zero counts only beside a baseline of the same home that was not zero; each edit is also left half done once, and then it is
//! heard. Absent: what the programs make of files that nobody of us wrote (`traps`).

use std::fs;

use crate::PROGRAM;
use crate::real::{Real, Said, recorder};
use crate::sandbox::home::{Home, Ran};
use crate::sandbox::server::Server;

/// A real program in a home of its own.
pub(crate) struct Loop {
    pub(crate) real: Real,
    pub(crate) home: Home,
    pub(crate) server: Server,
}

impl Loop {
    /// It, as its owner would find it after the first steps.
    pub(crate) fn start(real: &Real) -> Loop {
        let home = Home::new();
        match real.tool {
            "meltano" => drop(home.write("work/meltano.yml", MELTANO)),
            "piperider" => {
                home.write("work/.piperider/config.yml", PIPERIDER);
                home.write("work/data.db", "");
                let table = "import sqlite3\nwith sqlite3.connect('data.db') as data:\n    data.execute('create table t (a integer)')";
                home.program(real.programs().join("python"), ["-c", table]).run().expect(0);
            }
            "grouparoo" => {
                home.write(
                    "work/.env",
                    "REDIS_URL=redis://mock\nDATABASE_URL=sqlite://data.sqlite\nSERVER_TOKEN=t\nWORKERS=1 # one\n",
                );
                home.write("work/package.json", GROUPAROO);
                if real.version == "0.9.0" {
                    home.link("work/node_modules", real.programs().parent().expect("node_modules"));
                } else {
                    let package = format!("{{\"name\": \"@grouparoo/core\", \"version\": \"{}\"}}", real.version);
                    home.write("work/node_modules/@grouparoo/core/package.json", package);
                }
            }
            _ => drop(home.write("work/.env", "ZO_ROOT_USER_EMAIL=a@acme.example\nZO_ROOT_USER_PASSWORD='secret#1'\n")),
        }
        Loop { real: *real, home, server: recorder() }
    }

    /// The usual command of the real program, started as a person would.
    #[track_caller]
    pub(crate) fn said(&self) -> Said {
        let said = self.real.said(&self.home, &self.server, self.real.usual(&self.home, &self.server), None);
        assert_eq!(said.ran.status, 0, "{said:?}");
        said
    }

    /// The same by its own arguments.
    pub(crate) fn said_by(&self, words: &[&str]) -> Said {
        self.real.said(&self.home, &self.server, self.real.command(&self.home, &self.server, words), None)
    }

    /// Our program beside it.
    pub(crate) fn ours(&self, words: &[&str]) -> Ran {
        let path = std::env::join_paths([self.real.programs(), "/usr/bin".into(), "/bin".into()]).expect("a PATH");
        self.home.program(PROGRAM, words).env("PATH", path).run()
    }

    /// Its state, as our program has it.
    #[track_caller]
    pub(crate) fn state(&self) -> String {
        let mut words = vec!["status", self.real.tool, "--json"];
        if self.real.tool == "zincobserve" {
            words.extend(["--as", self.real.version]);
        }
        let told = self.ours(&words).expect(0).stdout;
        let tree: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        assert!(
            self.real.tool == "zincobserve" || tree["tool_version"] == self.real.version,
            "the version is found: {}",
            tree["tool_version"]
        );
        tree["state"].as_str().expect("a state").to_owned()
    }

    /// Nothing at all is said, twice.
    #[track_caller]
    pub(crate) fn silent(&self) {
        assert_eq!(self.state(), "off");
        for _ in 0..2 {
            let said = self.said();
            assert_eq!(said.events, [""; 0], "{} {}", self.real.tool, self.real.version);
            assert!(said.requests.is_empty());
        }
    }

    /// What is said by the first of some runs that says something: a program gives its sending little time, and what a busy machine does
    /// not get out in it waits for the next run.
    pub(crate) fn said_at_last(&self) -> Said {
        let mut said = self.said();
        for _ in 0..2 {
            if said.events.is_empty() {
                said = self.said();
            }
        }
        said
    }

    /// Something is said, and nothing about a change.
    #[track_caller]
    pub(crate) fn heard(&self) -> Said {
        assert_eq!(self.state(), "on");
        let said = self.said_at_last();
        assert!(!said.events.is_empty(), "{} {} is heard", self.real.tool, self.real.version);
        assert!(!said.events.iter().any(|event| event.contains("state_change")), "{:?}", said.events);
        said
    }

    #[track_caller]
    pub(crate) fn switched(&self, word: &str, scope: &[&str]) {
        let words: Vec<&str> = [word, self.real.tool].into_iter().chain(scope.iter().copied()).collect();
        self.ours(&words).expect(0);
    }
}

const MELTANO: &str = "# The team's project.\ndefault_environment: dev\nproject_id: 01a1fbd1-aed9-7949-ace8-c3ba37c08849   # shared\nenvironments:\n- name: dev\n";
const GROUPAROO: &str = r#"{"name": "p", "version": "1.0.0", "dependencies": {"@grouparoo/core": "0.9.0", "@grouparoo/sqlite": "0.9.0"},
    "grouparoo": {"plugins": ["@grouparoo/sqlite"]}}"#;
const PIPERIDER: &str = "dataSources:\n- name: demo\n  type: sqlite\n  dbpath: data.db\ntelemetry:\n  id: 0f3c2c9e8c9d4d0e9a577a8f7d9a6f11\n";

#[test]
fn meltano_is_silent_after_our_no_and_heard_after_our_yes() {
    for real in Real::all("meltano") {
        for scope in [[].as_slice(), &["--project"]] {
            let all = Loop::start(real);
            all.heard();
            all.switched("disable", scope);
            all.silent();
            all.switched("enable", scope);
            all.heard();
            // Left half done: without its mirror the no would say farewell.
            let mirror = all.home.read("work/.meltano/analytics.json");
            all.switched("disable", scope);
            let changed = all.home.read("work/.meltano/analytics.json");
            assert_ne!(changed, mirror);
            all.home.write("work/.meltano/analytics.json", &mirror);
            let said = all.said().events;
            assert_eq!(said, ["telemetry_state_change_event"], "{} {scope:?}", real.version);
        }
    }
}

#[test]
fn piperider_is_silent_after_our_no_and_heard_after_our_yes() {
    for real in Real::all("piperider") {
        for scope in [[].as_slice(), &["--project"]] {
            let all = Loop::start(real);
            let said = all.heard();
            assert_eq!(
                (said.events.as_slice(), said.requests.len()),
                (["usage version".to_owned()].as_slice(), 0),
                "it waits"
            );
            let queue = if real.version == "0.26.0" {
                "work/.piperider/.unsend_events.json"
            } else {
                ".piperider/.unsend_events.json"
            };
            let waiting = all.home.read(queue);
            all.switched("disable", scope);
            all.silent();
            // What its manifest says still leaves: an empty request.
            let run = all.said_by(&["run"]);
            let left: Vec<&String> = run.events.iter().filter(|event| *event != "sentry").collect();
            assert_eq!(left, ["nothing"], "{:?}", run.ran);
            if scope.is_empty() {
                // Left half done: what waited would be sent by the next run.
                all.home.write(queue, &waiting);
                assert!(all.said_by(&["run"]).events.contains(&"usage version".to_owned()));
            }
            all.switched("enable", scope);
            all.heard();
            let run = all.said_by(&["run"]);
            assert!(run.events.contains(&"usage run".to_owned()), "{:?}", run.events);
        }
    }
}

#[test]
fn grouparoo_is_silent_after_our_no_and_heard_after_our_yes() {
    for real in Real::all("grouparoo") {
        let all = Loop::start(real);
        let (newest, before) = (real.version == "0.9.0", all.home.read("work/.env"));
        if newest {
            assert_eq!(all.state(), "off", "nothing says yes");
            all.switched("enable", &[]);
        }
        let heard = || {
            all.heard();
            if newest {
                let said = all.said_by(&["run"]);
                assert_eq!(said.events, ["cli_run"], "{:?}", said.ran);
            }
        };
        heard();
        all.switched("disable", &[]);
        all.silent();
        if newest {
            for _ in 0..2 {
                let said = all.said_by(&["run"]);
                assert_eq!((said.ran.status, said.events.as_slice()), (0, [].as_slice()), "{:?}", said.ran);
            }
        }
        assert!(all.home.read("work/.env").starts_with(&before), "every other line is as it was");
        all.switched("enable", &[]);
        heard();
    }
}

#[test]
fn openobserve_is_silent_after_our_no_and_heard_after_our_yes() {
    for real in Real::all("zincobserve") {
        let all = Loop::start(real);
        let before = all.home.read("work/.env");
        assert_eq!(all.heard().events, ["OpenObserve - Starting server"]);
        all.switched("disable", &[]);
        all.silent();
        assert!(all.home.read("work/.env").starts_with(&before), "every other line is as it was");
        all.switched("enable", &[]);
        all.heard();
        // Left half done: a value that the server does not take keeps it from starting, and says so.
        all.home.write("work/.env", "ZO_TELEMETRY=off\n");
        assert_eq!(all.state(), "crash");
    }
}

#[test]
fn a_capture_shows_what_meltano_really_sends_and_leaves_its_files_alone() {
    for real in Real::all("meltano") {
        let all = Loop::start(real);
        let said = all.heard();
        let before = all.home.read("work/.meltano/analytics.json");
        let command = ["show-payload", "meltano", "--capture", "--json", "--", "meltano", "environment", "list"];
        let told = all.ours(&command).expect(0).stdout;
        let tree: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!(tree["requests"].as_array().map(Vec::len), Some(said.requests.len()), "{told}");
        for schema in ["cli_event", "exit_event", "environment_context", "project_context"] {
            assert!(told.contains(&format!("iglu:com.meltano/{schema}/")), "{schema}: {told}");
        }
        assert_eq!(all.home.read("work/.meltano/analytics.json"), before);
        assert_eq!(fs::read_dir(all.home.work()).expect("a folder").count(), 2, "nothing new stands there");
        all.switched("disable", &[]);
        let told = all.ours(&command).expect(0).stdout;
        let tree: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!(tree["requests"].as_array().map(Vec::len), Some(0), "{told}");
    }
}
