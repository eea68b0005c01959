//! `telemetry list`: the tools that a manifest is found for.

use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::list::{self, Listed};
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::manifest::catalog;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool; without it, all tools
    pub tool: Option<String>,
    /// Print the names alone, one a line
    #[arg(long, conflicts_with = "json")]
    pub names: bool,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Document {
    tools: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    tool: String,
    title: Option<String>,
    kind: &'static str,
    consent: Option<&'static str>,
    manifest: String,
    path: Option<String>,
    used: bool,
    refused: Option<String>,
}

/// Runs it.
///
/// # Errors
/// A folder of manifests cannot be listed.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    if arguments.names {
        let names: Vec<String> =
            catalog::names(&session.context.paths)?.into_iter().map(|(name, _)| name.to_string()).collect();
        session.ui.data(&names.join("\n"))?;
        return Ok(Exit::Done);
    }
    if let Some(name) = &arguments.tool {
        session.tool(Some(name))?;
    }
    let wanted = |listed: &&Listed| arguments.tool.as_deref().is_none_or(|name| listed.name.as_str() == name);
    let tools: Vec<Row> = list::list(&session.context)?.iter().filter(wanted).map(row).collect();
    if arguments.json {
        json::print(&session.ui, "list", &Document { tools })?;
        return Ok(Exit::Done);
    }
    let rows = tools.into_iter().map(|row| {
        let what = row.refused.map(|why| format!("refused: {why}")).or(row.title).unwrap_or_default();
        vec![row.tool, row.kind.to_owned(), row.manifest, what]
    });
    session.ui.data(&session.ui.table(&["TOOL", "KIND", "MANIFEST", "WHAT IT IS"], rows.collect()))?;
    Ok(Exit::Done)
}

fn row(listed: &Listed) -> Row {
    let manifest = listed.tool.as_ref().ok().map(|tool| &tool.manifest);
    Row {
        tool: listed.name.to_string(),
        title: manifest.map(|manifest| manifest.title.clone()),
        kind: match manifest.map(crate::manifest::tool::Manifest::is_native) {
            Some(true) => "native",
            Some(false) => "foreign",
            None => "-",
        },
        consent: manifest.map(|manifest| manifest.consent.as_str()),
        manifest: listed.origin.as_str().to_owned(),
        path: listed.origin.path().map(|path| path.display().to_string()),
        used: listed.used,
        refused: listed.tool.as_ref().err().map(ToString::to_string),
    }
}
