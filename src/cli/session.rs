//! What every command is given: the context, the printer, and how a tool is named.
//!
//! Promises: `TELEMETRY_TOOL` counts only where a command asks for it. Absent: commands.

use crate::actions::context::{Context, Tool};
use crate::actions::list;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::shell::of_manifest;
use crate::cli::ui::Ui;
use crate::host::env::TELEMETRY_TOOL;
use crate::identity::names::ToolName;
use crate::identity::places::Places;
use crate::manifest::catalog::{self, CatalogError};

/// What every command is given.
#[derive(Debug)]
pub struct Session {
    /// The context of actions.
    pub context: Context,
    /// The printer.
    pub ui: Ui,
}

impl Session {
    /// The tool that was named, or else the one that a named manifest declares.
    ///
    /// # Errors
    /// None was named, or there is no valid manifest of it.
    pub fn tool(&self, name: Option<&str>) -> anyhow::Result<Tool> {
        match (name, &self.context.manifest) {
            (Some(name), _) => Ok(self.context.tool(&tool_name(name)?)?),
            (None, Some(path)) => Ok(self.context.with_places(catalog::named(path)?)),
            (None, None) => Err(Failure::new(Exit::Usage, "no tool was named").hint("telemetry list").into()),
        }
    }

    /// A command about a tool as it works here: with the manifest that was named.
    #[must_use]
    pub fn command(&self, command: &str) -> String {
        of_manifest(command, self.context.manifest.as_deref())
    }

    /// The same, with `TELEMETRY_TOOL` for who named none.
    ///
    /// # Errors
    /// As [`Session::tool`].
    pub fn tool_or_variable(&self, name: Option<&str>) -> anyhow::Result<Tool> {
        // A manifest that was named names its tool.
        let variable = if self.context.manifest.is_none() { self.context.env.text(TELEMETRY_TOOL) } else { None };
        self.tool(name.or(variable))
    }
}

/// A tool that records through telemetry: what only such a tool has is asked for.
///
/// # Errors
/// It is somebody else's program.
pub fn native(tool: Tool) -> anyhow::Result<Tool> {
    if tool.manifest.foreign.is_none() {
        return Ok(tool);
    }
    let name = &tool.manifest.tool;
    let message = format!("{name} is somebody else's program: it records nothing through telemetry");
    // Of a family of programs the files are named as well.
    let path = if tool.manifest.foreign.is_some_and(|foreign| foreign.is_family()) { " PATH" } else { "" };
    Err(Failure::new(Exit::Failed, message).hint(format!("telemetry status {name}{path}")).into())
}

/// The tools of which something may be kept: the one that was named, or all that speak. No manifest is needed: it may be gone, or
/// broken.
///
/// # Errors
/// Nothing is known by the name, or the home cannot be listed.
pub fn kept_tools(session: &Session, name: Option<&str>) -> anyhow::Result<Vec<(ToolName, Places)>> {
    let at = |name: ToolName| {
        let places = Places::of(&session.context.paths, &name);
        (name, places)
    };
    match name {
        Some(name) => match (tool_name(name).map(at), session.tool(Some(name))) {
            (Ok(kept), Err(_)) if list::is_used(&kept.1) => Ok(vec![kept]),
            (_, found) => {
                let found = found?;
                Ok(vec![(found.manifest.tool, found.places)])
            }
        },
        None => {
            let speaking = list::speaking(&session.context)?.into_iter().map(|listed| match listed.tool {
                Ok(tool) => (listed.name, tool.places),
                Err(_) => at(listed.name),
            });
            let mut all: Vec<(ToolName, Places)> = speaking.chain(list::orphans(&session.context)?).collect();
            // A family of programs speaks where it is pointed at; what is kept of it is here.
            let others = list::list(&session.context)?.into_iter().filter_map(|listed| listed.tool.ok());
            for tool in others.filter(|tool| tool.manifest.foreign.is_some() && list::is_kept(&tool.places)) {
                if all.iter().all(|(name, _)| *name != tool.manifest.tool) {
                    all.push((tool.manifest.tool, tool.places));
                }
            }
            Ok(all)
        }
    }
}

/// Takes a tool's name.
///
/// # Errors
/// It is not of the form of one, so nothing is known by it.
pub fn tool_name(name: &str) -> anyhow::Result<ToolName> {
    ToolName::new(name).map_err(|error| Failure::new(Exit::Unknown, error.to_string()).hint("telemetry list").into())
}

/// Whether the error says that nothing is known by a name.
#[must_use]
pub fn is_unknown(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<CatalogError>(), Some(CatalogError::Unknown(_)))
}
