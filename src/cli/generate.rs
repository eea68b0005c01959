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
    String::from_utf8(bytes).map(|script| with_tools(shell, script)).unwrap_or_default().into_bytes()
}

/// The command whose output the names of tools are completed from.
const NAMES: &str = "telemetry list --names 2>/dev/null";

/// Names of tools, where a command takes one: clap's static scripts know only what the program knows when they are made.
fn with_tools(shell: Shell, mut script: String) -> String {
    let takes_tool = |command: &&Command| {
        command.get_positionals().any(|argument| ["tool", "words"].contains(&argument.get_id().as_str()))
    };
    let tree = root(COMMANDS);
    let commands: Vec<&str> = tree.get_subcommands().filter(takes_tool).map(Command::get_name).collect();
    match shell {
        Shell::Bash => {
            for name in commands {
                let label = format!("telemetry__subcmd__{})\n            opts=\"", name.replace('-', "__subcmd__"));
                script = script.replace(&label, &format!("{label}$({NAMES}) "));
            }
        }
        Shell::Zsh => {
            for (before, tools) in [(":tool -- ", ":_telemetry_tools'"), ("*::words -- ", ":_telemetry_tools'")] {
                let lines = script.lines().map(|line| {
                    if line.contains(before) { line.replace(":_default'", tools) } else { line.to_owned() }
                });
                script = lines.collect::<Vec<_>>().join("\n") + "\n";
            }
            let function = format!(
                "_telemetry_tools() {{\n    local -a tools; tools=(${{(f)\"$({NAMES})\"}})\n    _describe -t tools 'tool' tools\n}}\n\n"
            );
            script = script.replacen("_telemetry() {", &format!("{function}_telemetry() {{"), 1);
        }
        Shell::Fish => {
            for name in commands {
                script.push_str(&format!(
                    "complete -c telemetry -n \"__fish_telemetry_using_subcommand {name}\" -f -a \"({NAMES})\"\n"
                ));
            }
        }
        // Elvish and PowerShell complete commands and flags only.
        _ => {}
    }
    script
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
