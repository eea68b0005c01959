//! `telemetry tour`: the whole way once, by the program itself, in a home of its own.
//!
//! Its children have no environment but that home, so it works in CI and with telemetry off, and touches nothing of the user's.

use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use clap::{ArgMatches, Args, FromArgMatches};

use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::host::env::own_program;
use crate::host::writes;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Keep the home, and say where it is
    #[arg(long)]
    pub keep: bool,
}

/// A step: what is said before, the command, and the exit code that it has to end with.
struct Step(&'static str, &'static [&'static str], u8);

const STEPS: &[Step] = &[
    Step("A tool that nobody said yes to is off, and says why.", &["status", "tool"], 0),
    Step(
        "So an event goes nowhere: no error, no output, nothing written.",
        &["track", "tool", "command", "name=build"],
        0,
    ),
    Step("Before a yes, this is what an event would look like.", &["show-payload", "tool"], 0),
    Step("A yes.", &["enable", "tool"], 0),
    Step(
        "An event. What the manifest does not declare is refused.",
        &["track", "tool", "command", "name=build", "user=ada"],
        1,
    ),
    Step(
        "What it declares is on disk when the command ends; the host's name only as a salted digest.",
        &[
            "track",
            "tool",
            "command",
            "name=build",
            "ok=true",
            "duration=850ms",
            "host=my-laptop",
            "--tool-version",
            "1.2.3",
        ],
        0,
    ),
    Step("Exactly these bytes will be sent, and this is their digest.", &["show-payload", "tool"], 0),
    Step("They are sent (to a local file).", &["flush", "tool"], 0),
    Step("The receipt keeps the same bytes under the same digest.", &["log", "tool", "--verify"], 0),
    Step("A no. It is kept before anything else happens.", &["disable", "tool"], 0),
    Step("Every source that was asked, and which one won.", &["status", "tool", "--explain"], 0),
    Step("Deletion of what was sent is asked for, and followed up.", &["forget", "tool", "--yes"], 0),
    Step("The order has its receipt too; the events' bytes are digests now.", &["log", "tool", "--verify"], 0),
];

/// Runs it.
///
/// # Errors
/// A step did not end as it has to.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let home = writes::temporary_folder("telemetry-tour-")?;
    let program = own_program()?;
    let mut digests = Vec::new();
    for (number, step) in STEPS.iter().enumerate() {
        session.ui.data(&format!("\n{}. {}", number.saturating_add(1), session.ui.bold(step.0)))?;
        session.ui.data(&format!("$ telemetry {}", step.1.join(" ")))?;
        let (status, text) = child(&program, home.path(), step.1, session)?;
        session.ui.raw(text.as_bytes())?;
        if status.code() != Some(i32::from(step.2)) {
            let message = format!("step {} ended with {} instead of {}", number.saturating_add(1), status, step.2);
            return Err(Failure::new(Exit::Failed, message).into());
        }
        if matches!(step.1.first(), Some(&"show-payload" | &"log")) {
            digests.extend(digest(&text));
        }
    }
    proof(session, &digests)?;
    if arguments.keep {
        let kept = home.keep();
        session.ui.data(&format!("The tour's home: {}", kept.display()))?;
    }
    Ok(Exit::Done)
}

/// Runs the program in the tour's home; what it says and what it prints come through one pipe, in their order.
fn child(program: &Path, home: &Path, arguments: &[&str], session: &Session) -> anyhow::Result<(ExitStatus, String)> {
    let (mut reader, writer) = std::io::pipe()?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("HOME", home).env("TELEMETRY_HOME", home).current_dir(home);
    if let Some(columns) = session.context.env.text(crate::host::env::COLUMNS) {
        command.env(crate::host::env::COLUMNS, columns);
    }
    let mut child = command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).spawn()?;
    // The command holds ends of the pipe too: without them the reader sees its end.
    drop(command);
    let mut text = String::new();
    reader.read_to_string(&mut text)?;
    Ok((child.wait()?, text))
}

/// The first digest that stands in a text.
fn digest(text: &str) -> Option<String> {
    let word = text.split_whitespace().find(|word| word.starts_with("sha256:"))?;
    crate::payload::digest::Digest::parse(word).map(|digest| digest.to_string())
}

/// The promise of the tour, checked: the digest that was shown is the digest in the receipt.
fn proof(session: &Session, digests: &[String]) -> anyhow::Result<()> {
    // The example, the sealed payload, the receipt, and the receipts after forgetting.
    match digests {
        [_, shown, receipt, ..] if shown == receipt => {
            session.ui.data(&format!("\nShown, sent and kept are one: {shown}"))?;
            Ok(())
        }
        _ => Err(Failure::new(Exit::Failed, "the digest that was shown is not the digest in the receipt").into()),
    }
}
