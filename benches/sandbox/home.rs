//! A home of its own with a tool in it, the program run there, and queues of any depth.
//!
//! Promises: an environment of `HOME` alone; the folder goes with its `Home`. Absent: measuring.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use telemetry::actions::context::{Context, Tool};
use telemetry::actions::track::Recorder;
use telemetry::host::clock::Clock;
use telemetry::host::env::Env;
use telemetry::host::paths::Paths;
use telemetry::identity::names::ToolName;
use telemetry::queue::limits::SEGMENTS;
use telemetry::queue::segment::Kept;

use super::server::Server;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_telemetry");
/// The queue's cap in events: a little above the deepest queue, so that measuring does not drop.
const CAP: u64 = 1_100_000;

/// Nothing is flushed that nobody asks for, or after every event.
const NEVER: &str = "schedule: {interval: never}\n";
const AT_ONCE: &str = "schedule: {interval: 0s}\n";

/// A run, in the place of the word that it stands before.
const RUNS: &str = "  run:
    description: A command ran
    purpose: product-improvement
    lifecycle: true
    outcome:
      outcome: {type: enum, values: [completed, failed, aborted], description: How it ended, required: true}
      duration: {type: duration, description: How long it ran}
destinations:
";

/// One event as a command.
pub(crate) const TRACK: [&str; 6] = ["track", "bench", "command", "name=build", "ok=true", "duration=850ms"];

/// A command that is recorded, before the command.
pub(crate) const RUN: [&str; 4] = ["run", "bench", "--event", "run"];

/// The one that is repeated where many wait.
const FILLED: [&str; 8] =
    ["track", "bench", "command", "name=build", "ok=true", "duration=850ms", "--tool-version", "1.4.2"];

/// A home of its own, with manifests in the user's folder.
pub(crate) struct Home {
    root: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new(server: &Server, manifests: usize) -> Self {
        Self::at_address(&server.address(), "array", manifests)
    }

    pub(crate) fn at_address(address: &str, form: &str, manifests: usize) -> Self {
        Self::with(&webhook(address, form), manifests, "")
    }

    /// A home whose tool is on, names its user, and sends to this destination, a mapping's inside as it stands in a manifest.
    pub(crate) fn speaking(destination: &str) -> Self {
        let home = Self::with(destination, 1, "ids: [user]\n");
        home.telemetry(["enable", "bench"]);
        home
    }

    /// A home in which a flush is due after every event, and none was tried yet.
    pub(crate) fn due(address: &str) -> Self {
        let home = Self::with(&webhook(address, "array"), 1, NEVER);
        home.telemetry(["enable", "bench"]);
        // What the first event makes is there.
        home.track();
        let path = home.path().join(".config/telemetry/tools/bench.yml");
        fs::write(&path, manifest("bench", &webhook(address, "array"), AT_ONCE)).expect("a manifest");
        home
    }

    /// With this destination, and these lines more.
    fn with(destination: &str, manifests: usize, more: &str) -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let home = Self { root };
        let folder = home.path().join(".config/telemetry/tools");
        for folder in [&folder, &home.path().join("work")] {
            fs::create_dir_all(folder).expect("folders");
        }
        let names = (1..manifests).map(|number| format!("tool-{number}")).chain(["bench".to_owned()]);
        for name in names {
            let path = folder.join(format!("{name}.yml"));
            fs::write(&path, manifest(&name, destination, more)).expect("a manifest");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("a mode");
        home
    }

    /// A home whose tool is on and declares a run.
    pub(crate) fn running(server: &Server) -> Self {
        let home = Self::new(server, 1);
        let destination = webhook(&server.address(), "array");
        let declared = manifest("bench", &destination, "").replacen("destinations:\n", RUNS, 1);
        fs::write(home.path().join(".config/telemetry/tools/bench.yml"), declared).expect("a manifest");
        home.telemetry(["enable", "bench"]);
        home
    }

    /// A home in which so many events wait.
    pub(crate) fn deep(server: &Server, depth: u64) -> Self {
        let home = Self::new(server, 1);
        home.telemetry(["enable", "bench"]);
        home.fill(depth);
        home
    }

    /// Another home with the same in it.
    pub(crate) fn copy(&self) -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        copy(self.path(), root.path());
        Self { root }
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = self.run(Path::new(PROGRAM));
        command.args(arguments);
        command
    }

    /// A program of this home.
    pub(crate) fn run(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.path()).current_dir(self.path().join("work"));
        command
    }

    /// Whether a flush had trouble here.
    pub(crate) fn has_backed_off(&self) -> bool {
        fs::read_dir(self.path().join(".bench/telemetry/backoff")).is_ok_and(|mut entries| entries.next().is_some())
    }

    pub(crate) fn telemetry<const N: usize>(&self, arguments: [&str; N]) {
        let output = self.command(arguments).stdin(Stdio::null()).output().expect("it starts");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    /// Lets every tool have been used: its own folder stands in the home.
    pub(crate) fn touch_all(&self) {
        for entry in fs::read_dir(self.path().join(".config/telemetry/tools")).expect("manifests") {
            let name = entry.expect("an entry").path().with_extension("");
            let tool = name.file_name().and_then(OsStr::to_str).expect("a name").to_owned();
            fs::create_dir_all(self.path().join(format!(".{tool}/telemetry"))).expect("folders");
        }
    }

    /// Lets every tool be on.
    pub(crate) fn enable_all(&self) {
        for entry in fs::read_dir(self.path().join(".config/telemetry/tools")).expect("manifests") {
            let name = entry.expect("an entry").path().with_extension("");
            self.telemetry(["enable", name.file_name().and_then(OsStr::to_str).expect("a name")]);
        }
    }

    pub(crate) fn track(&self) {
        self.telemetry(TRACK);
    }

    fn context(&self) -> Context {
        let env = Env::of([("HOME", self.path())]);
        let paths = Paths::from_env(&env).expect("a home");
        Context { env, clock: Clock::System, paths, directory: Some(self.path().join("work")), manifest: None }
    }

    fn tool(&self) -> Tool {
        self.context().tool(&ToolName::new("bench").expect("a name")).expect("a manifest")
    }

    pub(crate) fn recorder(&self) -> Recorder {
        Recorder::new(&self.context(), &self.tool(), Some("1.2.3")).expect("a recorder")
    }

    /// Lets so many events wait, in segments as recording them one by one would leave them: one is recorded, and repeated under
    /// other ids.
    pub(crate) fn fill(&self, events: u64) {
        let queue = self.tool().places.queue();
        let active = queue.join("active.jsonl");
        if events == 0 {
            return;
        }
        self.telemetry(FILLED);
        let line = fs::read_to_string(&active).expect("an event");
        let (_, rest) = line.split_once(',').expect("a number first");
        let (before, after) = rest.split_once("\"id\":\"").expect("an id");
        let (_, after) = after.split_once('"').expect("an id's end");
        fs::remove_file(&active).expect("removed");
        let most = CAP.div_ceil(SEGMENTS);
        let mut left = events;
        while left > 0 {
            let count = left.min(most);
            let path = match left > most {
                true => queue.join(Kept::segment_name(Clock::System.now(), count)),
                false => active.clone(),
            };
            let mut text = String::new();
            for n in 1..=count {
                let id = format!("{:08x}-0000-4000-8000-{n:012x}", left);
                text.push_str(&format!("{{\"n\":{n},{before}\"id\":\"{id}\"{after}"));
            }
            fs::write(&path, text).expect("a segment");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
            left = left.saturating_sub(count);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::set_permissions(to, fs::metadata(from).expect("a folder").permissions()).expect("a mode");
    for entry in fs::read_dir(from).expect("a folder") {
        let (path, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).expect("an entry");
        if path.is_dir() {
            fs::create_dir(&to).expect("a folder");
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a file");
        }
    }
}

/// The destination that most homes have.
fn webhook(address: &str, form: &str) -> String {
    format!("url: {address}\n    batch: {form}")
}

fn manifest(tool: &str, destination: &str, more: &str) -> String {
    format!(
        r#"# A manifest of ordinary size.
manifest: 1
tool: {tool}
title: A tool to measure with
controller: Example
consent: opt-in
switches:
  environment:
    - name: BENCH_TELEMETRY
      on: ["1", "true"]
      off: ["0", "false"]
facts: [os, arch, version]
events:
  command:
    description: A command ended
    purpose: product-improvement
    fields:
      name:
        type: enum
        values: [build, check, run, test]
        description: Which command
        required: true
      ok:
        type: boolean
        description: Whether it succeeded
      duration:
        type: duration
        buckets: [0, 100, 1000, 10000, 60000]
        description: How long it took, rounded down
      version:
        type: version
        description: Which compiler
    example: {{name: build, ok: true, duration: 850ms}}
  build:
    description: A build, from its start to its end
    purpose: product-improvement
    lifecycle: true
    fields:
      crates:
        type: integer
        min: 0
        buckets: [0, 1, 10, 100]
        description: How many crates are built, rounded down
    outcome:
      result:
        type: enum
        values: [ok, failed, aborted]
        description: How it ended
        required: true
    example: {{crates: 12, result: ok}}
destinations:
  main:
    {destination}
deletion:
  - mail: privacy@example.com
limits:
  events: {CAP}
  bytes: 900000000
{more}...
"#
    )
}
