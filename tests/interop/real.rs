//! Other people's programs whose switches are read and changed, each in a home of its own, with its endpoint on loopback before it starts.
//!
//! Promises: nothing of this machine's environment is handed on; version checks are off; what a run said is told by the names of its
//! events, those that wait in its queue among them. Absent: what is expected of it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::Value;

use crate::python::{folder, python, script};
use crate::sandbox::home::{Home, Ran};
use crate::sandbox::server::{Answer, Recorded, Server};

/// A program at a version, and where `.ci/interop` put it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Real {
    /// Its manifest's name.
    pub(crate) tool: &'static str,
    /// Its version.
    pub(crate) version: &'static str,
    pub(crate) set: &'static str,
}

/// All of them. Of Grouparoo before 0.9.0 there is what reads the settings, of OpenObserve what it is made of for that and for sending.
pub(crate) const ALL: [Real; 15] = [
    Real { tool: "meltano", version: "2.20.0", set: "meltano-2.20" },
    Real { tool: "meltano", version: "3.9.1", set: "meltano-3.9" },
    Real { tool: "meltano", version: "4.4.1", set: "meltano-4.4" },
    Real { tool: "piperider", version: "0.26.0", set: "piperider-0.26" },
    Real { tool: "piperider", version: "0.41.0", set: "piperider-0.41" },
    Real { tool: "grouparoo", version: "0.1.22", set: "grouparoo" },
    Real { tool: "grouparoo", version: "0.2.12", set: "grouparoo" },
    Real { tool: "grouparoo", version: "0.3.3", set: "grouparoo" },
    Real { tool: "grouparoo", version: "0.4.3", set: "grouparoo" },
    Real { tool: "grouparoo", version: "0.5.1", set: "grouparoo" },
    Real { tool: "grouparoo", version: "0.8.1", set: "grouparoo" },
    Real { tool: "grouparoo", version: "0.9.0", set: "grouparoo" },
    Real { tool: "zincobserve", version: "0.1.7", set: "environment-wins-0.1" },
    Real { tool: "zincobserve", version: "0.10.6", set: "environment-wins" },
    Real { tool: "zincobserve", version: "0.14.0", set: "file-wins" },
];

/// A run to be, in an environment of nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    program: PathBuf,
    words: Vec<String>,
    variables: BTreeMap<String, String>,
    directory: PathBuf,
}

impl Asked {
    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Asked {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Grouparoo in its config mode, which begins with sending, and is then ended by the token that it lacks.
    pub(crate) fn config_mode(mut self) -> Asked {
        let core = folder("grouparoo").join("node_modules/@grouparoo/core");
        (self.program, self.words) = ("node".into(), vec!["dist/grouparoo.js".to_owned()]);
        self.directory(&core).env("GROUPAROO_RUN_MODE", "cli:config").env("SERVER_TOKEN", "")
    }

    /// Sets the working directory.
    pub(crate) fn directory(mut self, folder: &Path) -> Asked {
        self.directory = folder.to_owned();
        self
    }

    /// The same, started by another program with these words before it.
    pub(crate) fn through(self, program: &str, words: &[&str]) -> Asked {
        let own = std::iter::once(self.program.display().to_string()).chain(self.words);
        let words = words.iter().map(|word| (*word).to_owned()).chain(own).collect();
        Asked { program: program.into(), words, ..self }
    }

    /// It, run to its end.
    pub(crate) fn run(&self, home: &Home) -> Ran {
        let run = home.program(&self.program, &self.words).directory(&self.directory);
        self.variables.iter().fold(run, |run, (name, value)| run.env(name, value)).run()
    }
}

/// A Python program that is run again and again, a process a run, with other people's modules loaded before (`warm.py` says how).
pub(crate) struct Warm {
    python: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    output: tempfile::TempDir,
}

impl Warm {
    /// It, where it is one.
    pub(crate) fn start(real: &Real) -> Option<Warm> {
        let package = match real.tool {
            "meltano" => "meltano",
            "piperider" => "piperider_cli",
            _ => return None,
        };
        let mut command = python(real.set);
        command.arg(script("warm.py")).arg(real.programs().join(real.tool)).arg(package);
        let mut python = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python");
        let orders = python.stdin.take().expect("a pipe");
        let answers = BufReader::new(python.stdout.take().expect("a pipe")).lines();
        Some(Warm { python, orders, answers, output: tempfile::tempdir().expect("a temporary folder") })
    }

    fn run(&mut self, asked: &Asked) -> Ran {
        let output = self.output.path();
        let order = serde_json::json!({"words": asked.words, "variables": asked.variables, "directory": asked.directory,
            "output": output});
        writeln!(self.orders, "{order}").expect("it reads");
        let status = self.answers.next().expect("it answers").expect("text").parse().expect("an exit code");
        let read = |name: &str| std::fs::read_to_string(output.join(name)).expect("its output");
        Ran { status, stdout: read("stdout"), stderr: read("stderr") }
    }
}

impl Drop for Warm {
    fn drop(&mut self) {
        // Between two runs it does nothing. A test that failed must not fail again here.
        self.python.kill().ok();
        self.python.wait().ok();
    }
}

/// What one run said.
#[derive(Debug)]
pub(crate) struct Said {
    /// Its exit code and what it printed.
    pub(crate) ran: Ran,
    /// What it sent.
    pub(crate) requests: Vec<Recorded>,
    /// The events that it sent or put into its queue, by name; a request without any is `nothing`, an error of Sentry's is `sentry`.
    pub(crate) events: Vec<String>,
}

/// The recorder: it says what all of them want to hear.
pub(crate) fn recorder() -> Server {
    Server::start([Answer::status(200).header("Content-Type", "application/json").body("{}")])
}

/// That OpenObserve's, which is a number.
const INSTANCE: &str = "7043540325056503809";

impl Real {
    /// The one of this tool and version.
    pub(crate) fn of(tool: &str, version: &str) -> Real {
        let found = ALL.iter().find(|real| real.tool == tool && real.version == version);
        *found.unwrap_or_else(|| panic!("{tool} {version} is not installed"))
    }

    /// Every version of this tool.
    pub(crate) fn all(tool: &str) -> impl Iterator<Item = &'static Real> + use<'_> {
        ALL.iter().filter(move |real| real.tool == tool)
    }

    /// Where its programs are: what a person's PATH would name.
    pub(crate) fn programs(&self) -> PathBuf {
        match self.tool {
            "grouparoo" => folder(self.set).join("node_modules/.bin"),
            "zincobserve" => folder("openobserve").join("debug"),
            _ => folder(self.set).join("bin"),
        }
    }

    /// It with these arguments, in this home's working directory.
    pub(crate) fn command(&self, home: &Home, server: &Server, words: &[&str]) -> Asked {
        let program = self.programs().join(self.tool.replace("zincobserve", "openobserve"));
        let path = std::env::join_paths([self.programs(), "/usr/bin".into(), "/bin".into()]).expect("a PATH");
        let asked = Asked {
            program,
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            variables: BTreeMap::new(),
            directory: home.work(),
        };
        // Whatever else they would like to reach is refused by a proxy that is none.
        let asked = asked.env("https_proxy", "http://127.0.0.1:1").env("no_proxy", "127.0.0.1");
        let asked = asked.env("HOME", &home.path().display().to_string()).env("PATH", path.to_str().expect("text"));
        let loopback = format!("127.0.0.1:{}", server.port());
        let (origin, project) = (format!("http://{loopback}"), home.work().display().to_string());
        match self.tool {
            "meltano" => asked
                .env("MELTANO_CLI_DISABLE_VERSION_CHECK", "1")
                .env("MELTANO_SNOWPLOW_COLLECTOR_ENDPOINTS", &format!("[\"{origin}\"]")),
            // dbt, which it is made with, has telemetry of its own.
            "piperider" => asked
                .env("LOOPBACK", &loopback)
                .env("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
                .env("PIPERIDER_API_SERVICE", "http://127.0.0.1:1"),
            "grouparoo" => asked
                .env("GROUPAROO_TELEMETRY_URL", &origin)
                .env("INIT_CWD", &project)
                .env("GROUPAROO_PARENT_PATH", &project),
            _ => asked.env("ZO_TELEMETRY_URL", &origin),
        }
    }

    /// The shortest that would send something, or, of Grouparoo, ask whether to.
    pub(crate) fn usual(&self, home: &Home, server: &Server) -> Asked {
        match self.tool {
            "meltano" => self.command(home, server, &["environment", "list"]),
            "piperider" => self.command(home, server, &["version"]),
            "grouparoo" => {
                let made = folder("grouparoo");
                let older = made.join("older").join(self.version);
                let core = if older.exists() { older } else { made.join("node_modules/@grouparoo/core") };
                let words = [script("grouparoo/asked.js"), core].map(|path| path.display().to_string());
                Asked { program: "node".into(), words: words.into(), ..self.command(home, server, &[]) }
            }
            _ => self.command(home, server, &[self.set, INSTANCE]),
        }
    }

    /// What a run says: one started as a person would, or one of those that are warm.
    pub(crate) fn said(&self, home: &Home, server: &Server, asked: Asked, warm: Option<&mut Warm>) -> Said {
        let directory = asked.directory.clone();
        let (sent, waiting) = (server.requests().len(), self.waiting(home, &directory));
        let ran = match warm {
            Some(warm) => warm.run(&asked),
            None => asked.run(home),
        };
        let requests = server.requests().split_off(sent);
        let mut events: Vec<String> = requests.iter().flat_map(events).collect();
        let waiting_now = self.waiting(home, &directory);
        events.extend(waiting_now.iter().filter(|event| !waiting.contains(event)).map(amplitude));
        if self.tool == "grouparoo" && ran.stdout.contains("\"enabled\":true") {
            events.push("asked".to_owned());
        }
        Said { ran, requests, events }
    }

    /// PipeRider's queue, empty for all others.
    pub(crate) fn waiting(&self, home: &Home, directory: &Path) -> Vec<Value> {
        let folder = match (self.tool, self.version) {
            // Of the working directory, whatever project that is in.
            ("piperider", "0.26.0") => directory.to_owned(),
            ("piperider", _) => home.path(),
            _ => return Vec::new(),
        };
        let text = std::fs::read_to_string(folder.join(".piperider/.unsend_events.json")).unwrap_or_default();
        let tree: Value = serde_json::from_str(&text).unwrap_or_default();
        tree["unsend_events"].as_array().cloned().unwrap_or_default()
    }
}

/// The names of a request's events.
pub(crate) fn events(request: &Recorded) -> Vec<String> {
    let path = request.path.as_str();
    if path.ends_with("/envelope/") {
        return vec!["sentry".to_owned()];
    }
    let tree: Value = serde_json::from_slice(&request.body).unwrap_or_else(|why| panic!("{path}: {why}"));
    let named: Vec<String> = match path {
        "/com.snowplowanalytics.snowplow/tp2" => told(request).iter().map(snowplow).collect(),
        "/2/httpapi" => tree["events"].as_array().expect("events").iter().map(amplitude).collect(),
        "/v1/track" => vec![text(&tree["event"])],
        "/api/v1/telemetry" => vec![text(&tree["trigger"])],
        other => panic!("nobody should call {other}"),
    };
    if named.is_empty() { vec!["nothing".to_owned()] } else { named }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn amplitude(event: &Value) -> String {
    let command = event["event_properties"]["command"].as_str().map(|command| format!(" {command}"));
    format!("{}{}", text(&event["event_type"]), command.unwrap_or_default())
}

/// As `cli_event started`.
fn snowplow(event: &Value) -> String {
    let data = &event["ue"]["data"];
    let schema = text(&data["schema"]);
    let name = schema.split('/').nth(1).unwrap_or_default().to_owned();
    data["data"]["event"].as_str().map_or(name.clone(), |what| format!("{name} {what}"))
}

/// The events of a request to a Snowplow collector, as `{"ue": …, "contexts": […], "fields": {…}}`.
pub(crate) fn told(request: &Recorded) -> Vec<Value> {
    let tree: Value = serde_json::from_slice(&request.body).expect("JSON");
    let decoded = |value: &Value| -> Value {
        let bytes = URL_SAFE.decode(value.as_str().expect("text")).expect("base64 for URLs");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let one = |event: &Value| {
        let mut fields: BTreeMap<String, Value> = serde_json::from_value(event.clone()).expect("fields");
        let (ue, contexts) = (fields.remove("ue_px"), fields.remove("cx"));
        serde_json::json!({
            "ue": ue.as_ref().map(decoded).unwrap_or_default(),
            "contexts": contexts.as_ref().map(decoded).map(|all| all["data"].clone()).unwrap_or_default(),
            "fields": fields,
        })
    };
    tree["data"].as_array().expect("events").iter().map(one).collect()
}
