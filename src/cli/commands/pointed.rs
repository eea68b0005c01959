//! What a person points at: the files of a family of programs, as every command that takes them reads them.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::foreign::pointed::{self, PointedError};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::shell::in_shell;
use crate::host::files::{self, FileError};

/// The files, and what they are.
#[derive(Debug, Args)]
pub struct PointedArguments {
    /// Of a family of programs such as snowplow: their files, what starts them (units, compose files), or folders of these
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What PATH is, where that cannot be told from what stands in it
    #[arg(long, value_name = "NAME")]
    pub component: Option<String>,
}

/// The components that were pointed at.
#[derive(Debug)]
pub struct Parts {
    /// The tool, once for each.
    pub tools: Vec<Tool>,
    /// Paths that are nothing that is known: why.
    pub others: Vec<(PathBuf, String)>,
}

/// What was not looked at, in a document.
#[derive(Debug, Serialize)]
pub struct NotLookedAt {
    /// Where.
    pub file: String,
    /// Why.
    pub why: String,
}

/// Whether the tool is a family of programs.
#[must_use]
pub fn is_family(tool: &Tool) -> bool {
    tool.manifest.foreign.as_ref().is_some_and(|foreign| foreign.is_family())
}

/// What was pointed at and has a switch, of a tool that is a family; the tool itself of any other.
///
/// # Errors
/// There is nothing, or it is pointed at what has files of its own.
pub fn parts(session: &Session, tool: &Tool, arguments: &PointedArguments, verb: &str) -> anyhow::Result<Parts> {
    let mut all = all_parts(session, tool, arguments, verb)?;
    let switched = |part: &Tool| part.manifest.foreign.as_ref().is_some_and(|foreign| foreign.has_switch());
    if !all.tools.iter().any(switched) {
        let name = &tool.manifest.tool;
        let message = format!("what was named has ids of {name} and no switch");
        return Err(Failure::new(Exit::Failed, message).hint(format!("telemetry id {name} PATH")).into());
    }
    all.tools.retain(switched);
    Ok(all)
}

/// The same with what has ids only.
///
/// # Errors
/// There is nothing, or it is pointed at what has files of its own.
pub fn all_parts(session: &Session, tool: &Tool, arguments: &PointedArguments, verb: &str) -> anyhow::Result<Parts> {
    let name = &tool.manifest.tool;
    if !is_family(tool) {
        if arguments.paths.is_empty() {
            return Ok(Parts { tools: vec![tool.clone()], others: Vec::new() });
        }
        let message = format!("{name} is found by itself: it takes no PATH");
        return Err(Failure::new(Exit::Usage, message).hint(format!("telemetry {verb} {name}")).into());
    }
    if arguments.paths.is_empty() {
        let components = tool.manifest.foreign.iter().flat_map(|foreign| &foreign.components);
        let components: Vec<&str> = components.map(|component| component.name.as_str()).collect();
        let message = format!(
            "{name} is several programs, each with files of its own ({}): name those files, or a folder of them",
            components.join(", ")
        );
        let message = session.ui.prose(&format!("error: {message}"), &[]).replacen("error: ", "", 1);
        return Err(Failure::new(Exit::Usage, message).hint(format!("telemetry {verb} {name} PATH")).into());
    }
    let component = arguments.component.as_deref();
    let found = pointed::pointed(&session.context, tool, &arguments.paths, component).map_err(failure)?;
    if found.parts.is_empty() {
        let whys: Vec<String> = found.others.iter().map(|(path, why)| format!("{}: {why}", path.display())).collect();
        let paths: Vec<String> = arguments.paths.iter().map(|path| path.display().to_string()).collect();
        let message = match whys.is_empty() {
            true => format!("nothing of {name} is in {}", paths.join(", ")),
            false => whys.join("\n"),
        };
        let failure = Failure::new(Exit::Failed, message);
        // Said of a file that is read, what it is helps; one that is not there, or is not readable, stays so.
        let read = |(path, _): &(PathBuf, String)| {
            matches!(files::read(path, 1), Ok(Some(_)) | Err(FileError::TooLarge { .. }))
        };
        let may_help = component.is_none() && found.others.iter().any(read);
        return Err(match may_help {
            true => failure.hint(format!("telemetry {verb} {name} PATH --component NAME")),
            false => failure.hint(format!(
                "ls -ld {}",
                arguments.paths.iter().map(|path| in_shell(path)).collect::<Vec<_>>().join(" ")
            )),
        }
        .into());
    }
    Ok(Parts { tools: found.parts, others: found.others })
}

/// The same; a component that is named without a file is what is usual for it.
///
/// # Errors
/// As [`parts`].
pub fn parts_or_usual(
    session: &Session,
    tool: &Tool,
    arguments: &PointedArguments,
    verb: &str,
) -> anyhow::Result<Parts> {
    match &arguments.component {
        Some(component) if is_family(tool) && arguments.paths.is_empty() => {
            Ok(Parts { tools: vec![pointed::usual(tool, component).map_err(failure)?], others: Vec::new() })
        }
        Some(_) | None => parts(session, tool, arguments, verb),
    }
}

fn failure(error: PointedError) -> anyhow::Error {
    match error {
        PointedError::Component { .. } => Failure::new(Exit::Usage, error.to_string()).into(),
        PointedError::File(_) | PointedError::Missing(_) | PointedError::Many(_) => error.into(),
    }
}

impl Parts {
    /// Says what was not looked at.
    pub fn warn(&self, session: &Session) {
        for (path, why) in &self.others {
            session.ui.warn(&format!("{}: {why}", path.display()));
        }
    }

    /// The same, in a document.
    #[must_use]
    pub fn not_looked_at(&self) -> Vec<NotLookedAt> {
        let one = |(path, why): &(PathBuf, String)| NotLookedAt { file: path.display().to_string(), why: why.clone() };
        self.others.iter().map(one).collect()
    }

    /// At least this, where something was not looked at.
    #[must_use]
    pub fn exit(&self, exit: Exit) -> Exit {
        if self.others.is_empty() { exit } else { exit.max(Exit::Partly) }
    }
}

/// The component, with its block.
#[must_use]
pub fn component(tool: &Tool) -> Option<String> {
    let component = tool.given.component.as_ref()?;
    Some(tool.given.block.as_ref().map_or_else(|| component.clone(), |block| format!("{component} {block}")))
}

/// What starts it, where that was pointed at.
#[must_use]
pub fn started_by(tool: &Tool) -> Option<String> {
    tool.given.launcher.as_ref().map(|launcher| format!("{} ({})", launcher.path.display(), launcher.name))
}

/// The files of a component that were pointed at, and what starts it.
#[must_use]
pub fn named(tool: &Tool) -> Vec<String> {
    let files = tool.given.paths.iter().map(|(_, path)| path.display().to_string());
    files.chain(started_by(tool)).collect()
}

/// A tool for people: with its component, and that one's block.
#[must_use]
pub fn label(tool: &Tool) -> String {
    let name = tool.manifest.tool.as_str();
    let launcher = || tool.given.launcher.as_ref().map(|launcher| format!(" ({})", launcher.name));
    let by = tool.given.apart.as_ref().map(|apart| format!(" {apart}")).or_else(launcher).unwrap_or_default();
    component(tool).map_or_else(|| name.to_owned(), |component| format!("{name} {component}{by}"))
}
