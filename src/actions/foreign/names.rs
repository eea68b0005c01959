//! Names of files in a folder that a person points at.
//!
//! Promises: a name alone says only what is passed over, and what is told when it cannot be read. Absent: what stands in the files (`pointed`).

use std::path::Path;

use crate::manifest::foreign::files::Kept;

/// Ends of names of copies that editors and people keep: in a folder they are nobody's settings.
const BACKUPS: [&str; 7] = ["~", ".bak", ".old", ".orig", ".rej", ".save", ".swp"];
/// Ends of names of files of settings: what cannot be read of them in a folder is said.
const SETTINGS: [&str; 6] = [".conf", ".hcl", ".hocon", ".service", ".tf", ".tfvars"];

/// Whether a file of this name may be kept in this way: what it is not is no fault of it.
#[must_use]
pub fn may_be(path: &Path, kept: Kept) -> bool {
    match path.extension().and_then(|end| end.to_str()) {
        Some("hocon" | "conf") => kept == Kept::Hocon,
        Some("hcl" | "tf" | "tfvars") => kept == Kept::Hcl,
        Some("json" | "tfstate") => matches!(kept, Kept::Json | Kept::Hocon),
        Some(_) | None => true,
    }
}

/// Whether a file is a copy by its name.
#[must_use]
pub fn is_copy(name: &str) -> bool {
    BACKUPS.iter().any(|end| name.ends_with(end))
}

/// Whether a file's name is one of settings.
#[must_use]
pub fn is_settings(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    SETTINGS.iter().any(|end| name.ends_with(end))
}
