//! From arguments to an exit code.
//!
//! Promises: a command that is named first is the only one that is built, so that `track` pays for itself alone; the whole tree is
//! built for help, for errors and for the generated files. Absent: what commands do.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::actions::context::Context;
use crate::cli::commands::{self, COMMANDS, Entry};
use crate::cli::error;
use crate::cli::exit::{self, Exit};
use crate::cli::session::Session;
use crate::cli::ui::Ui;
use crate::host::env::{Env, TELEMETRY_TOOL};
use crate::identity::names::ToolName;

/// Runs the program with these arguments, the program's own name first.
#[must_use]
pub fn run(arguments: Vec<OsString>) -> Exit {
    let named = arguments.get(1).and_then(|first| first.to_str()).and_then(commands::named);
    // Global options may stand before the command.
    let first = arguments.iter().skip(1).filter_map(|word| word.to_str()).find_map(commands::named);
    let kind = named.or(first).map_or("", |entry| entry.name);
    let (kind_track, kind_run) = (kind == "track", kind == "run");
    let tree = match named {
        Some(entry) => root([entry]),
        None => root(COMMANDS),
    };
    let env = Env::of_process();
    // What stands behind `--` is somebody else's.
    let best_effort = arguments.iter().take_while(|word| *word != "--").any(|word| word == "--best-effort");
    // Who writes lines is not to be cut off while it writes, whatever becomes of them.
    let lines = kind_track && arguments.iter().any(|argument| argument == "--lines");
    let matches = match tree.try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(_) if best_effort && kind_track => return after_input(lines, Exit::Done),
        Err(error) if best_effort && kind_run => {
            return commands::run::after_dashes(&Ui::new(&env, false), &arguments).unwrap_or_else(|| usage(&error));
        }
        Err(error) => return usage(&error),
    };
    let ui = Ui::new(&env, matches.get_flag("quiet"));
    let context = match Context::of_process() {
        Ok(context) => context.with_manifest(matches.get_one::<PathBuf>("manifest").cloned()),
        // Without a home nothing can be known, so everything is off; and off is nothing to the host of `track`.
        Err(_) if kind_track => return after_input(lines, Exit::Done),
        Err(_) if kind_run => {
            return matches.subcommand().map_or(Exit::Usage, |(_, own)| commands::run::alone(&ui, own));
        }
        Err(error) => return error::say(&ui, &error.into(), None, None),
    };
    let ui = ui.at_home(context.paths.home());
    let session = Session { context, ui };
    match dispatch(&session, &matches) {
        Ok(exit) => exit,
        Err(_) if kind_track && best_effort => after_input(lines, Exit::Done),
        Err(error) => {
            let (tool, manifest) = (named_tool(&matches, &env), session.context.manifest.as_deref());
            after_input(lines, error::say(&session.ui, &error, tool.as_ref(), manifest))
        }
    }
}

/// The exit code, after `lines` that nobody takes were read to their end. Nobody has to end what they never began to type.
fn after_input(lines: bool, exit: Exit) -> Exit {
    let mut input = io::stdin().lock();
    if lines && !input.is_terminal() {
        io::copy(&mut input, &mut io::sink()).ok();
    }
    exit
}

fn dispatch(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    match matches.subcommand() {
        Some((name, arguments)) => match commands::named(name) {
            Some(entry) => (entry.run)(session, arguments),
            None => Ok(Exit::Usage),
        },
        None => commands::status::bare(session),
    }
}

/// The tool that these arguments name, as its own argument, as the first of `track`'s words, or by the variable.
fn named_tool(matches: &ArgMatches, env: &Env) -> Option<ToolName> {
    let (_, arguments) = matches.subcommand()?;
    let word = |id| arguments.try_get_many::<String>(id).ok().flatten();
    let named = word("tool").and_then(|mut words| words.next().cloned());
    let of_track = || {
        let words: Vec<&String> = word("words")?.filter(|word| !word.contains('=')).collect();
        if let [tool, _] = words.as_slice() { Some((*tool).clone()) } else { None }
    };
    let variable = || env.text(TELEMETRY_TOOL).map(str::to_owned);
    named.or_else(of_track).or_else(variable).and_then(|name| ToolName::new(&name).ok())
}

/// Help and version are data and done; everything else is a mistake of usage.
fn usage(error: &clap::Error) -> Exit {
    error.print().ok();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// The tree with these commands.
pub fn root<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Command {
    let quiet = Arg::new("quiet")
        .short('q')
        .long("quiet")
        .global(true)
        .action(ArgAction::SetTrue)
        .help("Say nothing but errors on stderr");
    let manifest = Arg::new("manifest")
        .long("manifest")
        .value_name("FILE")
        .global(true)
        .value_parser(value_parser!(PathBuf))
        .help("Use the manifest in this file");
    let mut tree = Command::new("telemetry")
        .version(env!("CARGO_PKG_VERSION"))
        .about("See, control and prove what the tools on this machine send home")
        .after_help(exit::table())
        .max_term_width(100)
        .disable_help_subcommand(true)
        .arg(quiet)
        .arg(manifest);
    for entry in entries {
        let command = (entry.build)(Command::new(entry.name));
        let exits = if entry.name == "run" { exit::of_run() } else { exit::table() };
        tree = tree.subcommand(command.about(entry.about).visible_aliases(entry.aliases).after_help(exits));
    }
    tree
}
