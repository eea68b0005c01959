//! Words for a shell: a path as one word, a command with the manifest that was named. Promises: what is shown can be pasted. Absent: running it.

use std::path::Path;

/// A command with the manifest that was named; what is no command of ours is left as it is.
#[must_use]
pub fn of_manifest(command: &str, manifest: Option<&Path>) -> String {
    match manifest {
        Some(path) if command.contains("telemetry ") => format!("{command} --manifest {}", in_shell(path)),
        Some(_) | None => command.to_owned(),
    }
}

/// A path as a shell takes it for one word.
#[must_use]
pub fn in_shell(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%~".contains(c);
    if !path.is_empty() && !path.starts_with('~') && path.chars().all(plain) {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}
