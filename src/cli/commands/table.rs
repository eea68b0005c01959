//! The table of commands.
//!
//! Promises: every command stands here once. Absent: their arguments (each in its own file).

use clap::{ArgMatches, Args, Command};

use crate::cli::commands::{
    completions, disable, doctor, enable, export, flush, forget, id, init, list, log, man, manifest, run, show_payload,
    status, tour, track, undo,
};
use crate::cli::exit::Exit;
use crate::cli::session::Session;

/// A command.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its word.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What it does, in a line.
    pub about: &'static str,
    /// Adds its arguments.
    pub build: fn(Command) -> Command,
    /// Runs it.
    pub run: fn(&Session, &ArgMatches) -> anyhow::Result<Exit>,
}

/// The command of this word or alias.
#[must_use]
pub fn named(word: &str) -> Option<&'static Entry> {
    COMMANDS.iter().find(|entry| entry.name == word || entry.aliases.contains(&word))
}

fn with<A: Args>(command: Command) -> Command {
    A::augment_args(command)
}

/// All commands, in the order of the help.
pub const COMMANDS: &[Entry] = &[
    Entry {
        name: "status",
        aliases: &[],
        about: "Show what is on, what is off, and why",
        build: with::<status::Arguments>,
        run: status::run,
    },
    Entry {
        name: "disable",
        aliases: &["off"],
        about: "Say no, for one tool or for all",
        build: with::<disable::Arguments>,
        run: disable::run,
    },
    Entry {
        name: "enable",
        aliases: &["on"],
        about: "Say yes for one tool, or withdraw the no for all",
        build: with::<enable::Arguments>,
        run: enable::run,
    },
    Entry {
        name: "show-payload",
        aliases: &[],
        about: "Show exactly what would be sent next, and send nothing",
        build: with::<show_payload::Arguments>,
        run: show_payload::run,
    },
    Entry {
        name: "log",
        aliases: &[],
        about: "Show the receipts of what was sent",
        build: with::<log::Arguments>,
        run: log::run,
    },
    Entry {
        name: "export",
        aliases: &[],
        about: "Print everything that is kept, and what waits",
        build: with::<export::Arguments>,
        run: export::run,
    },
    Entry {
        name: "forget",
        aliases: &[],
        about: "Ask for deletion of what was sent, and start anew",
        build: with::<forget::Arguments>,
        run: forget::run,
    },
    Entry {
        name: "undo",
        aliases: &[],
        about: "Put back the files that the latest change of a tool's settings touched",
        build: with::<undo::Arguments>,
        run: undo::run,
    },
    Entry {
        name: "id",
        aliases: &[],
        about: "Show or renew ids, or give one of your own",
        build: with::<id::Arguments>,
        run: id::run,
    },
    Entry {
        name: "list",
        aliases: &[],
        about: "List the tools that are known",
        build: with::<list::Arguments>,
        run: list::run,
    },
    Entry { name: "track", aliases: &[], about: "Record an event", build: with::<track::Arguments>, run: track::run },
    Entry {
        name: "run",
        aliases: &[],
        about: "Run a command, and record that it started and how it ended",
        build: with::<run::Arguments>,
        run: run::run,
    },
    Entry { name: "flush", aliases: &[], about: "Send what waits", build: with::<flush::Arguments>, run: flush::run },
    Entry {
        name: "init",
        aliases: &[],
        about: "Give the project here a telemetry id",
        build: with::<init::Arguments>,
        run: init::run,
    },
    Entry {
        name: "manifest",
        aliases: &[],
        about: "Check a manifest, or show its events as they look on the wire",
        build: with::<manifest::Arguments>,
        run: manifest::run,
    },
    Entry {
        name: "doctor",
        aliases: &[],
        about: "Check what somebody else's pipeline would store",
        build: with::<doctor::Arguments>,
        run: doctor::run,
    },
    Entry {
        name: "tour",
        aliases: &[],
        about: "Go the whole way once, in a home of its own",
        build: with::<tour::Arguments>,
        run: tour::run,
    },
    Entry {
        name: "completions",
        aliases: &[],
        about: "Print the completions of a shell",
        build: with::<completions::Arguments>,
        run: completions::run,
    },
    Entry { name: "man", aliases: &[], about: "Print a man page", build: with::<man::Arguments>, run: man::run },
];
