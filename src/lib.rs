//! See, control and prove what the tools on a machine send home; add telemetry that people can trust.
//!
//! Three promises, in this order; everything else gives way to them:
//!
//! 1. **A "no" is never lost.** Unreadable, half-written, contradictory or unknown means no, with the reason.
//! 2. **What is shown is what is sent is what is kept**, byte for byte, with one digest.
//! 3. **The host program never feels it.**
//!
//! # The map
//!
//! Each room answers one question and uses only the rooms above it (`tests/layers.rs` reads the source and enforces it).
//!
//! | room | question |
//! |---|---|
//! | [`host`] | the machine: environment, clock, randomness, disk, locks, facts |
//! | [`settings`] | how files are kept: one key changed, every other byte kept |
//! | [`identity`] | who: names, ids, profile, project |
//! | [`manifest`] | what is declared; the manifest language, with two worked manifests |
//! | [`consent`] | may we: `decide`, which alone makes a `Permit` (pure) |
//! | [`payload`] | what is said, in eight protocols: the exact bytes, and what an answer to them means (pure) |
//! | [`queue`] | what waits: append, claim, seal, settle, drop |
//! | [`destination`] | where it goes: deliver, back-off, receipts |
#![cfg_attr(
    feature = "foreign",
    doc = "| [`receiver`] | what others say: a loopback receiver for the requests of a command |"
)]
//! | [`actions`] | do: one verb a file; prints nothing |
#![cfg_attr(feature = "cli", doc = "| [`cli`] | say: the command line |")]
//!
//! # Invariants, each held by a test
//!
//! * Nothing is delivered without a Permit. * What show-payload prints is the body that the server gets. * What cannot be
//!   read or parsed is a no. * A project's file can only say no. * An event that `track` acknowledged survives kill -9. * Two
//!   flushes at once deliver each event once, or the log says which may be twice. * A deletion order is a type of its own, needs
//!   no Permit and switches nothing on. * Unknown keys, comments and line ends in users' files survive our writes. * Completions,
//!   man pages and the compiled catalog are what the code says. * The README's commands run.
//!
//! # Formats
//!
//! Every stored form says its version and is specified to the byte where it is made; the examples there are compared with what the
//! program writes (`tests/specified.rs`), and files of version 1 are kept and opened by every later version (`tests/formats.rs`). A
//! newer version's file is never guessed at: where it says yes or no it means no, what waits in it waits, it is left as it is, and
//! it is told. What a disk keeps after a kill, a power cut, and on NFS: [`queue`].
//!
//! | file | specified in |
//! |---|---|
//! | `~/.TOOL/profile.yml` | [`identity::profile`] |
//! | `<project>/.TOOL/config.yml` | [`identity::project`] |
//! | `~/.TOOL/telemetry/no`, `~/.telemetry/no` | their existence is the no, also of an empty file, a folder or a link to nothing; the text is for people |
//! | `~/.telemetry/withdrawn` | when the no for all was withdrawn: a time of RFC 3339 and a newline; what is none holds back everything |
//! | `~/.TOOL/telemetry/agreement.json` | [`consent::agreement`] |
//! | `/etc/telemetry/policy.yml` | [`consent::policy`] |
//! | `queue/*.jsonl`: events | [`queue::entry`] |
//! | `queue/batch-*/to-DESTINATION.jsonl`: sealed payloads, progress | [`queue::sealed`] |
//! | `pairs/*.json`: started events | [`queue::entry`] |
//! | `receipts/*.jsonl` | [`destination::receipts`] |
//! | `receipts/retention.json`, `receipts/removed.json` | [`destination::retention`] |
//! | `backoff/*.json` | [`destination::backoff`] |
//! | `told/*.json` | [`destination::told`] |
//! | `schedule.json` | [`queue::schedule`] |
//! | `losses.json`, `losses-*.json` | [`queue::drop`] |
//! | `first.json`, `last-seen` | [`identity::places`] |
//! | `ledger.json` | [`actions::ledger`] |
//! | `deletion/*.json` | [`actions::deletion`] |
//! | `salt` | [`payload::pseudonym`] |
#![cfg_attr(
    feature = "foreign",
    doc = "| `~/.telemetry/foreign/TOOL/undo/*`: changes of other programs' files | [`actions::foreign::journal`] |"
)]
//! | manifests | [`manifest`] |
//!
//! # Embedding
//!
//! A program in Rust keeps an [`actions::track::Recorder`] for as long as it runs; recording costs microseconds and never
//! touches the network. Without the features `cli` and `http` neither clap nor reqwest is built. What was recorded is delivered by
//! whoever flushes: [`actions::start::flush_if_due`] starts that as a process of its own when the manifest's schedule says so, in
//! microseconds when it does not. A stream of events as lines goes through an [`actions::lines::LineRecorder`].
//!
//! ```no_run
//! use telemetry::actions::context::Context;
//! use telemetry::actions::track::{Recorded, Recorder};
//! use telemetry::identity::names::ToolName;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let context = Context::of_process()?;
//! let tool = context.tool(&ToolName::new("tool")?)?;
//! let mut recorder = Recorder::new(&context, &tool, Some("1.4.2"))?;
//! if let Recorded::Stored { pair: Some(pair), .. } = recorder.start("build", &[("crates".into(), "12".into())])? {
//!     // … the work …
//!     recorder.complete("build", &pair, &[("result".into(), "ok".into())])?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A server says that it starts, that it runs and that it ends by an [`actions::heartbeat::Heartbeat`], as the manifest's `heartbeat`
//! declares it; `telemetry run` does the same for a server in another language. It beats in a thread of its own, which asks for consent
//! with every beat; the server gives the notice itself ([`actions::notice`]).
//!
//! ```no_run
//! use telemetry::actions::context::Context;
//! use telemetry::actions::heartbeat::{Beats, Heartbeat};
//! use telemetry::actions::track::Recorder;
//! use telemetry::identity::names::ToolName;
//! use telemetry::manifest::runs::Outcome;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let context = Context::of_process()?;
//! let tool = context.tool(&ToolName::new("beacon")?)?;
//! let recorder = Recorder::new(&context, &tool, Some("1.4.2"))?;
//! // What is recorded leaves by a `telemetry` on this machine, when a flush is due.
//! let beats = Beats::declared(&tool.manifest)?.flushing("/usr/bin/telemetry".into(), Vec::new());
//! let heartbeat = Heartbeat::start(&context, recorder, beats)?;
//! // … the server's work, until somebody ends it …
//! let told = heartbeat.shutdown(Outcome::Completed);
//! # drop(told);
//! # Ok(())
//! # }
//! ```

pub mod host;
pub mod settings;

pub mod identity;
pub mod manifest;

pub mod consent;
pub mod payload;

pub mod queue;

pub mod destination;

#[cfg(feature = "foreign")]
pub mod receiver;

pub mod actions;

#[cfg(feature = "cli")]
pub mod cli;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
