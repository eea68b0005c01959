//! A local file as a destination: the body is appended as it is, with a newline where it has none at its end.
//!
//! Promises: a body is appended whole under a lock; a torn tail of before is ended first; the file is private when we make it; a
//! link is not followed. Absent: rotation: the file is the author's.

use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use crate::host::files::{self, FileError};
use crate::host::locks;
use crate::host::writes;

/// How long another who appends is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Appends `body` to the file at `path`.
///
/// # Errors
/// It cannot be opened, locked or written.
pub fn append(path: &Path, body: &[u8]) -> Result<(), FileError> {
    let fail = |error| FileError::system(path, error);
    if let Some(folder) = path.parent() {
        writes::private_folder(folder).or_else(|error| if files::is_folder(folder) { Ok(()) } else { Err(error) })?;
    }
    let Some(lock) = locks::lock(path, PATIENCE)? else { return Err(fail(std::io::ErrorKind::WouldBlock.into())) };
    let file = lock.file();
    let size = file.metadata().map_err(fail)?.len();
    let mut bytes = Vec::with_capacity(body.len().saturating_add(2));
    let mut last = [b'\n'];
    if size > 0 {
        file.read_exact_at(&mut last, size.saturating_sub(1)).map_err(fail)?;
    }
    if last != *b"\n" {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(body);
    if body.last() != Some(&b'\n') {
        bytes.push(b'\n');
    }
    if let Err(error) = (&mut &*file).write_all(&bytes) {
        file.set_len(size).ok();
        return Err(fail(error));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_appended_whole_and_a_torn_one_is_ended_first() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("deeper/out.jsonl");
        append(&path, b"{\"a\":1}\n").expect("appended");
        append(&path, b"[2]").expect("appended");
        std::fs::write(&path, "{\"a\":1}\n[2").expect("torn");
        append(&path, b"[3]").expect("appended");
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "{\"a\":1}\n[2\n[3]\n");
    }
}
