//! Folders: which one it is, and whether others may write it.
//!
//! Promises: links are followed. Absent: what is in them (`files`).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::host::files::FileError;

/// A folder as it was looked at: which one it is, and whether others may write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folder {
    device: u64,
    inode: u64,
    /// Whether every user may write it.
    pub others_may_write: bool,
}

impl Folder {
    /// Whether both are one.
    #[must_use]
    pub const fn same(&self, other: &Self) -> bool {
        self.device == other.device && self.inode == other.inode
    }
}

/// Looks at a folder, links followed.
///
/// # Errors
/// It cannot be asked for.
pub fn look(path: &Path) -> Result<Folder, FileError> {
    let meta = fs::metadata(path).map_err(|error| FileError::system(path, error))?;
    Ok(Folder { device: meta.dev(), inode: meta.ino(), others_may_write: meta.mode() & 0o002 != 0 })
}
