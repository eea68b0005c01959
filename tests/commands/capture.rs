//! `show-payload --capture`: a run of a stand-in for somebody else's program, what it sent, and its files afterwards.
//!
//! The stand-in is this binary again, which does what a variable says. Absent: the real programs (`interop`).

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use telemetry::payload::digest::Digest;

use crate::sandbox::home::{Home, Ran, Run};

/// What the stand-in does: lines of words.
const DOES: &str = "TELEMETRY_STAND_IN_DOES";

const MANIFEST: &str = "
manifest: 1
tool: standin
title: A stand-in
consent: opt-out
switches:
  project: {marker: [settings.yml]}
  version:
    - {file: settings, key: [version]}
    - {file: release, key: [version]}
  files:
    release: {project: release.json, format: json}
    settings: {project: settings.yml, format: yaml}
    state: {project: state/new/state.json, format: json}
    data: {project: data.sqlite, format: sqlite}
  truths:
    plain: {on: [true], off: [false], other: on}
  layers:
    - {file: settings, key: [telemetry], truth: plain, write: {scope: project, on: true, off: false}}
  residual:
    - {says: a greeting, when: always}
    - {says: a look for updates, when: always, stop: STAND_IN_QUIET=1}
  endpoint:
    - variable: STAND_IN_URL
      value: '{origin}/in'
      overridden:
        - {file: settings, key: [env, STAND_IN_URL]}
        - {variable: STAND_IN_OTHER_URL}
      not_with: [--elsewhere]
      with: {STAND_IN_QUIET: '1', STAND_IN_ADDRESS: '{address}'}
      answer: {status: 202, body: '{\"ok\": true}'}
      versions: '>=2'
...
";

/// A home with the manifest and a project at its working directory.
fn home(settings: &str) -> Home {
    let home = Home::new();
    home.manifest("standin", MANIFEST);
    let path = home.write("work/settings.yml", settings);
    fs::set_permissions(path, fs::Permissions::from_mode(0o640)).expect("a mode");
    home
}

fn stand_in() -> [OsString; 3] {
    let program = std::env::current_exe().expect("this binary").into_os_string();
    [program, "commands::capture::a_stand_in_does_as_it_is_told".into(), "--exact".into()]
}

/// A capture in which the stand-in does this.
fn capture(home: &Home, options: &[&str], does: &str) -> Run {
    let words = ["show-payload", "standin", "--capture"].iter().chain(options).map(OsString::from);
    home.command(words.chain(["--".into()]).chain(stand_in())).env(DOES, does)
}

/// A body sent to where the variable says; what is answered.
fn send(path: &str, body: &str) -> String {
    let url = std::env::var("STAND_IN_URL").expect("the variable");
    let address = std::env::var("STAND_IN_ADDRESS").expect("the variable");
    assert_eq!(url, format!("http://{address}/in"));
    let mut stream = TcpStream::connect(&address).expect("our receiver");
    let head =
        format!("POST /in{path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer abc\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).expect("sent");
    let mut said = String::new();
    stream.read_to_string(&mut said).expect("an answer");
    said
}

#[expect(clippy::exit, reason = "it has the exit code that it is told to have")]
#[test]
fn a_stand_in_does_as_it_is_told() {
    let Ok(does) = std::env::var(DOES) else { return };
    for line in does.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "send" => assert!(send(name, text).starts_with("HTTP/1.1 202 Accepted\r\nContent-Type: application/json")),
            "variable" => drop(send("/variable", &std::env::var(name).unwrap_or_else(|_| "none".to_owned()))),
            "write" => {
                fs::create_dir_all(Path::new(name).parent().expect("a folder")).expect("folders");
                fs::write(name, text).expect("a file");
            }
            "mode" => fs::set_permissions(name, fs::Permissions::from_mode(0o600)).expect("a mode"),
            "later" => {
                // A process that outlives this one, and sends when this one has ended: its pipe is closed then.
                let mut command = Command::new(&stand_in()[0]);
                command.args(&stand_in()[1..]).env(DOES, format!("end\nsend /late {rest}")).stdin(Stdio::piped());
                let child = command.stdout(Stdio::null()).spawn().expect("started");
                Box::leak(Box::new(child));
            }
            "end" => drop(std::io::stdin().read_to_end(&mut Vec::new()).expect("the end")),
            // Until a signal; a test in which none comes ends all the same.
            "hold" => std::thread::park_timeout(Duration::from_secs(20)),
            "exit" => std::process::exit(name.parse().expect("a number")),
            "kill" => kill_process(rustix::process::getpid(), Signal::KILL).expect("killed"),
            _ => panic!("{line}"),
        }
    }
}

fn documents(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

#[test]
fn what_it_sends_is_shown_and_its_files_are_as_they_were() {
    let home = home("version: '2.1'\ntelemetry: true\n");
    let before = fs::metadata(home.at("work/settings.yml")).expect("there");
    let body = r#"{"n": 1.0, "odd": "\u001b[31m", "token": "geheim"}"#;
    let does = format!(
        "send ?a=1 {body}\nwrite ./settings.yml version: 3\nmode settings.yml\nwrite state/new/state.json {{}}\nsend /two plain"
    );
    let ran = capture(&home, &[], &does).run().expect(0);
    assert!(ran.stdout.starts_with("1. POST /in?a=1\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Authorization: Bearer (masked: 3 characters)"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\"n\": 1.0,\n  \"odd\": \"\\u001b[31m\""), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("{} bytes, digest {}\n", body.len(), Digest::of(body.as_bytes()))));
    assert!(ran.stdout.contains("\n2. POST /in/two\n") && !ran.stdout.contains("geheim"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("running 1 test") && ran.stderr.contains("running 1 test"), "{}", ran.stderr);
    assert!(ran.stderr.contains("standin: 2 requests, "), "{}", ran.stderr);
    assert!(ran.stderr.contains("a greeting") && !ran.stderr.contains("a look for updates"), "{}", ran.stderr);
    for name in ["settings.yml", "state/new/state.json"] {
        assert!(ran.stderr.contains(&format!("put back as it was: {}", "~/work/")), "{name}: {}", ran.stderr);
    }
    let after = fs::metadata(home.at("work/settings.yml")).expect("there");
    assert_eq!(home.read("work/settings.yml"), "version: '2.1'\ntelemetry: true\n");
    assert_eq!((after.mode(), after.mtime_nsec()), (before.mode(), before.mtime_nsec()));
    assert!(!home.at("work/state").exists(), "folders that were made for the file are gone with it");
    let raw = capture(&home, &["--raw", "--request", "1"], &does).run().expect(0);
    assert_eq!(raw.stdout, body);
    capture(&home, &["--raw"], &does).run().expect(1);
    capture(&home, &["--request", "3"], &does).run().expect(1);
    assert_eq!(
        home.list(),
        [".config/", ".config/telemetry/", ".config/telemetry/tools/", ".config/telemetry/tools/standin.yml"]
            .map(str::to_owned)
            .into_iter()
            .chain(["work/settings.yml".to_owned()])
            .collect::<Vec<_>>()
    );
}

#[test]
fn files_come_back_when_the_command_fails_or_is_killed() {
    for (end, words) in [("exit 7", "exit code 7"), ("kill", "signal 9")] {
        let home = home("version: 2\n");
        let ran = capture(&home, &["--json"], &format!("send / 1\nwrite ./settings.yml x: y\n{end}")).run().expect(4);
        assert!(ran.stderr.contains(words), "{end}: {}", ran.stderr);
        assert_eq!(documents(&ran)["requests"].as_array().map(Vec::len), Some(1), "{end}");
        assert_eq!(home.read("work/settings.yml"), "version: 2\n", "{end}");
    }
}

#[test]
fn a_signal_reaches_the_command_and_the_files_come_back() {
    for (signal, number) in [(Signal::TERM, 15), (Signal::INT, 2), (Signal::HUP, 1)] {
        let home = home("version: 2\n");
        let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
        command.args(["show-payload", "standin", "--capture", "--json", "--"]).args(stand_in()).env_clear();
        command.env("HOME", home.path()).env(DOES, "write ./settings.yml x: y\nsend / 1\nhold");
        command.current_dir(home.work()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = command.spawn().expect("started");
        // What is written before the request is there when the request is answered, and it holds then.
        let start = Instant::now();
        while home.read("work/settings.yml") == "version: 2\n" {
            assert!(start.elapsed() < Duration::from_secs(20), "it does not begin");
            std::thread::park_timeout(Duration::from_millis(1));
        }
        kill_process(Pid::from_child(&child), signal).expect("sent");
        let output = child.wait_with_output().expect("its end");
        assert_eq!(output.status.code(), Some(4));
        let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(document["exit_code"], 128 + number);
        assert_eq!(home.read("work/settings.yml"), "version: 2\n");
    }
}

#[test]
fn it_is_not_started_where_it_could_send_elsewhere() {
    let started = "write ./started yes";
    let cases = [
        (
            "version: 2\nenv:\n  STAND_IN_URL: x\n",
            "/work/settings.yml:3: env.STAND_IN_URL can beat the variable STAND_IN_URL",
        ),
        ("version: 2\nenv: [\n", "settings.yml"),
        ("version: 1.9\n", "version 1.9 asks for no variable"),
        ("telemetry: true\n", "which one is installed is not known"),
        ("", "which one is installed is not known"),
    ];
    for (settings, why) in cases {
        let home = home(settings);
        if settings.contains('[') {
            home.write("work/release.json", r#"{"version": "2"}"#);
        }
        let ran = capture(&home, &[], started).run().expect(1);
        assert!(ran.stderr.contains(why), "{settings}: {}", ran.stderr);
        assert!(!home.at("work/started").exists(), "{settings}");
    }
    let home = home("version: 2\n");
    for option in ["--elsewhere", "--elsewhere=x"] {
        let ran = capture(&home, &[], started).word(option).run().expect(1);
        assert!(ran.stderr.contains("with --elsewhere it reads other files"), "{}", ran.stderr);
        assert!(!home.at("work/started").exists());
    }
    capture(&home, &[], started).run().expect(0);
    assert!(home.at("work/started").exists(), "the stand-in works");
    let none = home.run(["show-payload", "standin", "--capture", "--", "/no/such/program"]).expect(1);
    assert!(none.stderr.contains("/no/such/program: it cannot be started"), "{}", none.stderr);
    let piperider = home.run(["show-payload", "piperider", "--capture", "--", "touch", "never"]).expect(1);
    assert!(piperider.stderr.contains("has no setting for the address"), "{}", piperider.stderr);
    assert!(piperider.stderr.contains("telemetry show-payload piperider"), "{}", piperider.stderr);
    home.run(["show-payload", "tool", "--capture", "--", "touch", "never"]).expect(1);
    assert!(!home.at("work/never").exists());
    home.run(["show-payload", "standin", "--capture"]).expect(2);
    home.run(["show-payload", "standin", "--", "true"]).expect(2);
}

#[test]
fn variables_that_lead_elsewhere_are_changed_for_the_run() {
    let home = home("version: 2\n");
    let does = "variable STAND_IN_OTHER_URL\nvariable NO_PROXY\nvariable STAND_IN_QUIET";
    let bodies = |run: Run| -> Vec<String> {
        let document = documents(&run.run().expect(0));
        let all = document["requests"].as_array().expect("requests").iter();
        all.map(|one| one["text"].as_str().map_or_else(|| one["decoded"].to_string(), str::to_owned)).collect()
    };
    assert_eq!(bodies(capture(&home, &["--json"], does)), ["none", "127.0.0.1,localhost", "1"]);
    let run = capture(&home, &["--json"], does).env("STAND_IN_OTHER_URL", "http://192.0.2.1/").env("STAND_IN_URL", "x");
    let run = run.env("http_proxy", "http://127.0.0.1:9").env("NO_PROXY", "a.example");
    assert_eq!(bodies(run), ["none", "a.example,127.0.0.1,localhost", "1"]);
}

#[test]
fn a_run_that_sends_nothing_says_why() {
    for (settings, why) in [("version: 2\ntelemetry: false\n", "telemetry is off"), ("version: 2\n", "telemetry is on")]
    {
        let ran = capture(&home(settings), &["--json"], "").run().expect(0);
        let document = documents(&ran);
        assert!(document["nothing"].as_str().is_some_and(|text| text.starts_with(why)), "{document}");
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
}

#[test]
fn a_no_that_was_said_meanwhile_is_not_taken_back() {
    let home = home("version: 2\ntelemetry: true\n");
    let ran =
        capture(&home, &[], "write ./settings.yml telemetry: false\nwrite state/new/state.json {}").run().expect(4);
    assert!(ran.stderr.contains("telemetry was switched off meanwhile"), "{}", ran.stderr);
    assert_eq!(home.read("work/settings.yml"), "telemetry: false");
    // The other way round it comes back.
    let home = self::home("version: 2\ntelemetry: false\n");
    let ran = capture(&home, &[], "write ./settings.yml telemetry: true").run().expect(0);
    assert!(ran.stderr.contains("put back as it was"), "{}", ran.stderr);
    assert_eq!(home.read("work/settings.yml"), "version: 2\ntelemetry: false\n");
}

#[test]
fn the_document_has_these_keys() {
    let home = home("version: 2\n");
    let document = documents(&capture(&home, &["--json"], "send ?a=1 {}\nwrite ./data.sqlite x").run().expect(4));
    let keys = |tree: &Value| tree.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ");
    let all = "version kind tool tool_version state variables exit_code complete requests not_requests nothing put_back \
               not_put_back beside";
    assert_eq!(keys(&document), all);
    let request = "number at method target headers size digest query decoded text masked notes breaks body_base64";
    assert_eq!(keys(&document["requests"][0]), request);
    assert_eq!(keys(&document["not_put_back"][0]), "path why");
    assert_eq!((&document["kind"], &document["tool_version"]), (&"capture".into(), &"2".into()));
    assert_eq!(document["requests"][0]["body_base64"], "e30=");
}

#[test]
fn a_database_is_left_and_told() {
    let home = home("version: 2\n");
    home.write("work/data.sqlite", "old");
    let ran = capture(&home, &[], "write ./data.sqlite new").run().expect(4);
    assert!(ran.stderr.contains("not put back: ~/work/data.sqlite: a database"), "{}", ran.stderr);
    assert_eq!(home.read("work/data.sqlite"), "new");
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_command_left_behind_is_waited_for() {
    let home = home("version: 2\n");
    let ran = capture(&home, &["--json"], "send /first 1\nlater 2").run().expect(0);
    let document = documents(&ran);
    let targets: Vec<&Value> =
        document["requests"].as_array().expect("requests").iter().map(|one| &one["target"]).collect();
    assert_eq!(targets, ["/in/first", "/in/late"]);
    assert_eq!(document["complete"], true);
}
