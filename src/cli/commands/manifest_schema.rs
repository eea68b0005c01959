//! `telemetry manifest schema FILE`: a JSON Schema for each event, in the folder layout of a static Iglu registry.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::actions::schema::{self, Found, Place};
use crate::cli::commands::manifest_file;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::host::files;
use crate::manifest::schema::{SchemaError, Schemas, schemas};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The manifest
    pub file: PathBuf,
    /// Write the schemas below this folder, as schemas/VENDOR/NAME/jsonschema/VERSION, instead of printing them
    #[arg(long, value_name = "FOLDER")]
    pub into: Option<PathBuf>,
    /// Whose schemas they are, such as com.acme, where no destination of the manifest speaks snowplow
    #[arg(long, value_name = "NAME")]
    pub vendor: Option<String>,
    /// Replace files that say something else: what is published and in use is better given a new version
    #[arg(long, requires = "into")]
    pub force: bool,
    /// Say what would be written and write nothing
    #[arg(long, requires = "into")]
    pub dry_run: bool,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Document {
    file: String,
    tool: String,
    written: bool,
    schemas: Vec<One>,
    not_described: Vec<String>,
}

#[derive(Serialize)]
struct One {
    address: String,
    of: String,
    path: String,
    found: Option<&'static str>,
    schema: serde_json::Value,
}

/// Runs it.
///
/// # Errors
/// The manifest is not valid or has no schemas, or a file is there already and says something else.
pub fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let file = &arguments.file;
    let manifest = manifest_file::valid(file, &manifest_file::source(file)?)?;
    let all = schemas(&manifest, arguments.vendor.as_deref()).map_err(|error| none(file, &error))?;
    let places = match &arguments.into {
        Some(folder) => Some(write(folder, &all, arguments)?),
        None => None,
    };
    if arguments.json {
        let document = document(manifest.tool.to_string(), arguments, all, places.as_deref());
        json::print(&session.ui, "manifest-schema", &document)?;
        return Ok(Exit::Done);
    }
    for (index, one) in all.all.iter().enumerate() {
        match places.as_ref().and_then(|places| places.get(index)) {
            Some(place) => {
                let path = clean(&place.path.display().to_string());
                session.ui.data(&format!("{path}: {} ({})", words(place.found, arguments.dry_run), one.of))?;
            }
            None => session.ui.data(&format!(
                "# {} ({})\n{}",
                schema::relative(one),
                one.of,
                clean_lines(&schema::text(one))
            ))?,
        }
    }
    for left in &all.left {
        session.ui.talk(&format!("{left} is not described: its data hold fields, which differ from event to event."));
    }
    if places.is_none() {
        session.ui.talk("To write them: the same with --into FOLDER");
    }
    Ok(Exit::Done)
}

/// A text of several lines for a terminal.
fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

fn none(file: &Path, error: &SchemaError) -> Failure {
    let failure = Failure::new(Exit::Failed, format!("{}: {error}", file.display()));
    match error {
        SchemaError::NoVendor => {
            let hint = format!("telemetry manifest schema '{}' --vendor com.acme", file.display());
            Failure { exit: Exit::Usage, ..failure }.hint(hint)
        }
        SchemaError::Vendor(_) | SchemaError::VendorGiven => Failure { exit: Exit::Usage, ..failure },
        SchemaError::NoEvents | SchemaError::Twice { .. } => failure,
    }
}

/// All of them, or none: what says something else is named.
fn write(folder: &Path, all: &Schemas, arguments: &Arguments) -> anyhow::Result<Vec<Place>> {
    if !files::exists(folder)? {
        let folder = folder.display();
        return Err(Failure::new(Exit::Failed, format!("there is no folder {folder}"))
            .hint(format!("mkdir -p '{folder}'"))
            .into());
    }
    let places = schema::look(folder, &all.all)?;
    let others: Vec<String> = places
        .iter()
        .filter(|place| place.found == Found::Other && !arguments.force)
        .map(|place| place.path.display().to_string())
        .collect();
    if !others.is_empty() {
        let message = format!(
            "there already, with something else in it: {}; nothing was written. A schema in use is given a new version in the manifest",
            others.join(", ")
        );
        let hint =
            format!("telemetry manifest schema '{}' --into '{}' --force", arguments.file.display(), folder.display());
        return Err(Failure::new(Exit::Failed, message).hint(hint).into());
    }
    if !arguments.dry_run {
        schema::write(folder, &places)?;
    }
    Ok(places)
}

const fn words(found: Found, dry_run: bool) -> &'static str {
    match (found, dry_run) {
        (Found::Same, _) => "unchanged",
        (Found::Nothing, false) => "written",
        (Found::Nothing, true) => "would be written",
        (Found::Other, false) => "replaced",
        (Found::Other, true) => "would be replaced",
    }
}

const fn code(found: Found) -> &'static str {
    match found {
        Found::Nothing => "new",
        Found::Same => "same",
        Found::Other => "other",
    }
}

fn document(tool: String, arguments: &Arguments, all: Schemas, places: Option<&[Place]>) -> Document {
    let one = |(index, one): (usize, crate::manifest::schema::Schema)| {
        let place = places.and_then(|places| places.get(index));
        One {
            address: one.address.to_string(),
            of: one.of.to_string(),
            path: place.map_or_else(|| schema::relative(&one), |place| place.path.display().to_string()),
            found: place.map(|place| code(place.found)),
            schema: one.tree,
        }
    };
    Document {
        file: arguments.file.display().to_string(),
        tool,
        written: places.is_some() && !arguments.dry_run,
        schemas: all.all.into_iter().enumerate().map(one).collect(),
        not_described: all.left.iter().map(ToString::to_string).collect(),
    }
}
