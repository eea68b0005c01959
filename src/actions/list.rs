//! List: every tool that a manifest is found for.
//!
//! Promises: a manifest that is refused is listed as such, not left out. Absent: state (`status`).

use crate::actions::context::{Context, Tool};
use crate::host::files;
use crate::identity::names::ToolName;
use crate::identity::places::Places;
use crate::manifest::catalog::{self, CatalogError, Origin};

/// A tool of the list.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub name: ToolName,
    /// Where its manifest is.
    pub origin: Origin,
    /// The tool, or why its manifest is refused.
    pub tool: Result<Tool, CatalogError>,
    /// Whether anything of it stands in this home.
    pub used: bool,
}

/// All tools, in order of names.
///
/// # Errors
/// A folder of manifests cannot be listed.
pub fn list(context: &Context) -> Result<Vec<Listed>, CatalogError> {
    let names = match &context.manifest {
        None => catalog::names(&context.paths)?,
        Some(path) => {
            let found = catalog::named(path)?;
            vec![(found.manifest.tool.clone(), found.origin)]
        }
    };
    Ok(names
        .into_iter()
        .map(|(name, origin)| {
            let tool = context.tool(&name);
            let used = is_used(&Places::of(&context.paths, &name));
            Listed { name, origin, tool, used }
        })
        .collect())
}

/// The tools that speak in `status` without a TOOL: all but the built-in example, which does once it is used.
///
/// # Errors
/// A folder of manifests cannot be listed.
pub fn speaking(context: &Context) -> Result<Vec<Listed>, CatalogError> {
    let all = list(context)?;
    Ok(all.into_iter().filter(|listed| listed.used || listed.origin != Origin::BuiltIn).collect())
}

/// Whether anything of a tool stands in this home.
#[must_use]
pub fn is_used(places: &Places) -> bool {
    files::exists(places.telemetry()).unwrap_or(true) || files::exists(&places.profile()).unwrap_or(true)
}
