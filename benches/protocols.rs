//! A flush in each protocol, beside the senders of others that do the same work, and a client that posts the same bytes.
//!
//! Ours is a whole process that takes events from the disk and writes receipts; theirs is in memory, from the first event to the last
//! answer, without its start. Bytes are those of whole requests. Promises: in each round every one is measured once, the medians
//! are compared. Absent: what is done per event in a host (`peers.rs`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::peers::{self, said};
use crate::sandbox::home::Home;
use crate::sandbox::server::{Server, post};
use crate::table::{self, median, per_second, times};

/// A protocol in one of its forms.
struct Case {
    name: &'static str,
    /// The destination; `SERVER` is where it listens.
    keys: &'static str,
    /// How many events we send.
    events: u64,
    /// The official sender in Python: its script, and the words after address and count.
    python: Option<&'static [&'static str]>,
    /// The crate and its program.
    built: Option<(&'static str, &'static str)>,
}

/// One without others beside it.
const fn alone(name: &'static str, keys: &'static str, events: u64) -> Case {
    Case { name, keys, events, python: None, built: None }
}

const MANY: u64 = 20_000;
const FEW: u64 = 2_000;

const CASES: [Case; 14] = [
    alone("json, array", "{url: http://SERVER/}", MANY),
    alone("json, lines", "{url: http://SERVER/, batch: lines}", MANY),
    alone("json, single", "{url: http://SERVER/, batch: single}", FEW),
    Case {
        python: Some(&["snowplow"]),
        built: Some(("snowplow_tracker", "snowplow")),
        ..alone(
            "snowplow",
            "{url: http://SERVER, protocol: snowplow, schemas: {command: 'iglu:com.example/command/jsonschema/1-0-0', build: 'iglu:com.example/build/jsonschema/1-0-0'}}",
            MANY,
        )
    },
    Case {
        python: Some(&["segment"]),
        ..alone("segment", "{url: http://SERVER, protocol: segment, key: WRITEKEY}", MANY)
    },
    Case {
        python: Some(&["amplitude"]),
        ..alone("amplitude", "{url: http://SERVER, protocol: amplitude, key: 0f3c2c9e8c9d4d0e9a577a8f7d9a6f11}", MANY)
    },
    Case {
        python: Some(&["posthog"]),
        built: Some(("posthog-rs", "posthog")),
        ..alone("posthog, batch", "{url: http://SERVER, protocol: posthog, key: phc_KEY}", MANY)
    },
    Case {
        python: Some(&["posthog", "v1"]),
        ..alone("posthog, events", "{url: http://SERVER, protocol: posthog, key: phc_KEY, form: events}", MANY)
    },
    Case {
        python: Some(&["sentry", "sessions"]),
        ..alone("sentry, sessions", "{dsn: 'http://KEY@SERVER/1', protocol: sentry}", MANY)
    },
    Case {
        python: Some(&["sentry", "errors"]),
        built: Some(("sentry", "sentry")),
        ..alone(
            "sentry, errors",
            "{dsn: 'http://KEY@SERVER/1', protocol: sentry, errors: {command: {message: missing key region}}}",
            FEW,
        )
    },
    Case { python: Some(&["otlp"]), ..alone("otlp", "{url: http://SERVER, protocol: otlp}", MANY) },
    Case {
        python: Some(&["otlp", "gzip"]),
        ..alone("otlp, gzip", "{url: http://SERVER, protocol: otlp, compression: gzip}", MANY)
    },
    alone("cloudevents, batched", "{url: http://SERVER/, protocol: cloudevents, batch: array}", MANY),
    alone("cloudevents, structured", "{url: http://SERVER/, protocol: cloudevents}", FEW),
];

/// What the others are given.
const THEIRS: u64 = 2_000;
const ROUNDS: usize = 3;

/// What was measured of one sender, a round after the other.
#[derive(Default)]
struct Rates {
    rates: Vec<f64>,
    bytes: f64,
    lost: u64,
}

impl Rates {
    #[expect(clippy::cast_precision_loss, reason = "a number of bytes")]
    fn add(&mut self, (sent, arrived, seconds, bytes): (u64, u64, f64, usize)) {
        self.rates.push(per_second(arrived, seconds));
        self.bytes = bytes as f64 / arrived as f64;
        self.lost += sent.saturating_sub(arrived);
    }

    fn said(&self) -> String {
        let lost = if self.lost > 0 { format!(", {} lost", self.lost) } else { String::new() };
        format!("{:.0}/s, {:.0} B{lost}", median(&self.rates), self.bytes)
    }
}

pub(crate) fn protocols() {
    table::group("protocols", "`flush`; others; a bare client that posts the same bytes");
    let python = senders();
    for case in &CASES {
        measure(case, &python);
    }
}

/// What one sender did: events that it was given and that arrived, the seconds, the bytes.
type Sent = Result<(u64, u64, f64, usize), String>;

/// One that is not ours: its name, how it sends, and what was measured, or why nothing was.
type Other<'a> = (String, Box<dyn Fn() -> Sent + 'a>, Result<Rates, String>);

fn measure(case: &Case, python: &Result<PathBuf, String>) {
    // OpenTelemetry's reads an answer as protobuf, unless there is none.
    let server = Server::answering(if case.name.starts_with("otlp") { "" } else { Server::YES });
    let home = Home::speaking(&case.keys.replace("SERVER", &server.socket.to_string()));
    let (mut ours, mut shares) = (Rates::default(), Vec::new());
    let mut others: Vec<Other<'_>> = Vec::new();
    if let Some(words) = case.python {
        let send = || script(&server, python.as_ref().map_err(Clone::clone)?, words);
        others.push(("official, Python".to_owned(), Box::new(send), Ok(Rates::default())));
    }
    if let Some((name, program)) = case.built {
        let (built, server) = (peers::build(program), &server);
        let send = move || peers::delivered(server, built.as_ref().map_err(Clone::clone)?, THEIRS);
        others.push((name.to_owned(), Box::new(send), Ok(Rates::default())));
    }
    for _ in 0..ROUNDS {
        home.fill(case.events);
        server.requests();
        let start = Instant::now();
        home.telemetry(["flush", "bench", "--budget", "60"]);
        let seconds = start.elapsed().as_secs_f64();
        let requests = server.requests();
        ours.add((case.events, case.events, seconds, requests.iter().map(Vec::len).sum()));
        let start = Instant::now();
        post(&server, &requests);
        shares.push(100.0 * start.elapsed().as_secs_f64() / seconds);
        for (_, send, rates) in &mut others {
            match (send(), &mut *rates) {
                (Ok(sent), Ok(rates)) => rates.add(sent),
                (Err(why), rates) => *rates = Err(why),
                (Ok(_), Err(_)) => {}
            }
        }
    }
    let share = median(&shares);
    table::shown(case.name, &ours.said());
    table::held("  share of the bare client", &format!("{share:.0} %"), ">= 80 %", share >= 80.0);
    for (name, _, rates) in &others {
        match rates {
            Err(why) => table::missing(&format!("  {name}"), why),
            Ok(rates) => {
                let ratio = median(&ours.rates) / median(&rates.rates);
                let what = format!("{}; ours {}", rates.said(), times(ratio));
                table::held(&format!("  {name}"), &what, ">= 5 x", ratio >= 5.0);
            }
        }
    }
}

/// An official sender's script, which says how many seconds it took.
fn script(server: &Server, python: &Path, words: &[&str]) -> Sent {
    let (name, mode) = words.split_first().expect("a script");
    let key = if *name == "sentry" { "KEY@" } else { "" };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/senders").join(name).with_extension("py");
    let mut command = Command::new(python);
    command.arg("-B").arg(path).args([format!("http://{key}{}", server.socket), THEIRS.to_string()]).args(mode);
    server.requests();
    let output = said(name, command.env_clear().env("no_proxy", "*").env("HOME", "/nonexistent"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let seconds = text.trim().parse().map_err(|error| format!("{name}: {error}: {text:?}"))?;
    Ok((THEIRS, THEIRS, seconds, server.requests().iter().map(Vec::len).sum()))
}

/// The Python that has the official senders, installed where it is not yet.
fn senders() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    said("python", Command::new(root.join(".ci/python")).arg("senders"))?;
    Ok(root.join("target/interop/senders/bin/python"))
}
