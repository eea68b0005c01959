//! Seen: since when a tool is here, in which version first, and on which day it was seen before.
//!
//! Promises: whoever comes first says so; what does not read as that says nothing, and is left as it is. Absent: asking whether it
//! may be kept (`track`).

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::identity::places::Places;
use crate::manifest::values;

/// When the tool was first seen here, and in which version.
#[derive(Debug, Serialize, Deserialize)]
pub struct First {
    version: u32,
    first_seen: String,
    #[serde(default)]
    initial_version: Option<String>,
}

impl First {
    /// The day.
    #[must_use]
    pub fn day(&self) -> &str {
        &self.first_seen
    }

    /// The version, where it was given.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.initial_version.as_deref()
    }
}

/// When the tool was first seen here: today and in this version, where nobody said so before.
///
/// # Errors
/// It cannot be read or written.
pub fn first(places: &Places, today: &str, version: Option<&str>) -> Result<Option<First>, FileError> {
    let path = places.first();
    if files::exists(&path)? {
        return read(&path);
    }
    let first = First { version: 1, first_seen: today.to_owned(), initial_version: version.map(str::to_owned) };
    writes::private_folder(places.telemetry())?;
    writes::create_durable(&path, &serde_json::to_vec(&first).unwrap_or_default(), PRIVATE_FILE)?;
    read(&path)
}

/// The day on which the tool was seen before; from now on that is today.
///
/// # Errors
/// It cannot be read or written.
pub fn last(places: &Places, today: &str) -> Result<String, FileError> {
    let path = places.last_seen();
    let date = |bytes: Vec<u8>| String::from_utf8(bytes).ok().filter(|text| is_date(text));
    let before = files::read(&path, 64)?.and_then(date);
    if before.as_deref() != Some(today) {
        writes::private_folder(places.telemetry())?;
        writes::write_whole(&path, today.as_bytes(), PRIVATE_FILE)?;
    }
    Ok(before.unwrap_or_else(|| today.to_owned()))
}

fn read(path: &Path) -> Result<Option<First>, FileError> {
    let first = files::read(path, 4096)?.and_then(|bytes| serde_json::from_slice::<First>(&bytes).ok());
    let version = |first: &First| first.version().is_none_or(values::is_version);
    Ok(first.filter(|first| first.version == 1 && is_date(&first.first_seen) && version(first)))
}

/// Whether a text is a day as we write it: ten digits and hyphens.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}
