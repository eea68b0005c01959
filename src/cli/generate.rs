//! Completions and man pages, made from the one tree of commands.
//!
//! Promises: the same program gives the same bytes; the committed files are compared with these. Absent: writing files.

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::commands::COMMANDS;
use crate::cli::run::root;

/// The shells, each with the name of its file in `completions/`.
pub const SHELLS: [(Shell, &str); 5] = [
    (Shell::Bash, "telemetry.bash"),
    (Shell::Zsh, "_telemetry"),
    (Shell::Fish, "telemetry.fish"),
    (Shell::PowerShell, "telemetry.ps1"),
    (Shell::Elvish, "telemetry.elv"),
];

/// The completions of a shell.
#[must_use]
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut root(COMMANDS), "telemetry", &mut bytes);
    bytes
}

/// Every man page: its file's name and its bytes.
///
/// # Errors
/// A page cannot be made.
pub fn man_pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut tree = root(COMMANDS);
    tree.build();
    let mut pages = vec![("telemetry.1".to_owned(), page(&tree)?)];
    for command in tree.get_subcommands() {
        let name = format!("telemetry-{}", command.get_name());
        let command = command.clone().display_name(name.clone()).bin_name(name.replacen('-', " ", 1));
        pages.push((format!("{name}.1"), page(&command)?));
    }
    Ok(pages)
}

fn page(command: &Command) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // Without a date: the page changes only when the command does.
    Man::new(command.clone()).date("").source(concat!("telemetry ", env!("CARGO_PKG_VERSION"))).render(&mut bytes)?;
    Ok(bytes)
}
