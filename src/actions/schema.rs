//! Schema: the schemas of a manifest as files, in the folder layout of a static Iglu registry.
//!
//! Promises: all of them are written, or none; a file that says something else is replaced only where that is asked for. Absent:
//! publishing, and what the schemas say (`manifest/schema.rs`).

use std::path::{Path, PathBuf};

use crate::host::files::{self, FileError, SHARED_FILE};
use crate::host::writes;
use crate::manifest::schema::Schema;

/// Largest file that is compared with ours, bytes: a manifest is smaller, and a schema is not much longer.
const LARGEST: usize = 4 * 1024 * 1024;

/// What stands where a schema is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// The same bytes.
    Same,
    /// Something else.
    Other,
}

/// A schema's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where it is to be.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// What stands there.
    pub found: Found,
}

/// The text of a schema's file.
#[must_use]
pub fn text(schema: &Schema) -> String {
    // A tree of texts and numbers, written into memory: it does not fail.
    format!("{}\n", serde_json::to_string_pretty(&schema.tree).unwrap_or_default())
}

/// Where a schema lies below the folder of a registry.
#[must_use]
pub fn relative(schema: &Schema) -> String {
    format!("schemas/{}", schema.address.path())
}

/// What writing these schemas into `folder` would meet.
///
/// # Errors
/// What stands at one of the places cannot be read.
pub fn look(folder: &Path, schemas: &[Schema]) -> Result<Vec<Place>, FileError> {
    let place = |schema: &Schema| {
        let (path, text) = (folder.join(relative(schema)), text(schema));
        let found = match files::read(&path, LARGEST) {
            Ok(None) => Found::Nothing,
            Ok(Some(bytes)) if bytes == text.as_bytes() => Found::Same,
            Ok(Some(_)) => Found::Other,
            Err(error) => return Err(error),
        };
        Ok(Place { path, text, found })
    };
    schemas.iter().map(place).collect()
}

/// Writes those that are not there as they are to be.
///
/// # Errors
/// A folder or a file cannot be written.
pub fn write(folder: &Path, places: &[Place]) -> Result<(), FileError> {
    for place in places.iter().filter(|place| place.found != Found::Same) {
        let above: Vec<&Path> = place.path.ancestors().skip(1).take_while(|above| *above != folder).collect();
        for above in above.into_iter().rev() {
            writes::shared_folder(above)?;
        }
        writes::write_durable(&place.path, place.text.as_bytes(), SHARED_FILE)?;
    }
    Ok(())
}
