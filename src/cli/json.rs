//! Documents for programs: every one begins with `version` and `kind`.
//!
//! Promises: the types here are the documents; a key that is there stays there within a version. Absent: domain types.

use serde::Serialize;

use crate::cli::ui::Ui;
use crate::host::hidden::in_json;

/// The version of all documents.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a, T: Serialize> {
    version: u32,
    kind: &'a str,
    #[serde(flatten)]
    content: &'a T,
}

/// Prints a document of this kind.
///
/// # Errors
/// It cannot be printed.
pub fn print<T: Serialize>(ui: &Ui, kind: &str, content: &T) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(&Document { version: VERSION, kind, content })?;
    Ok(ui.data(&in_json(text))?)
}
