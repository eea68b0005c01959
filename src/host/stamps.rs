//! Stamps: whether a file changed, without reading it.
//!
//! Promises: one call to the system for a file, and for nothing. Absent: what is in it (`files`).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What a file's content hangs on: when two stamps are equal, the content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// Nothing stands there, or it could not be asked for (its error number).
    Nothing(i32),
    /// Device, inode, size, and change time in nanoseconds.
    File(u64, u64, u64, i64),
}

/// The stamp of what stands at `path`, links followed; of a link itself where it leads to nothing.
#[must_use]
pub fn stamp(path: &Path) -> Stamp {
    // Links are the exception: one call tells of a file, and of nothing.
    let meta = fs::symlink_metadata(path);
    match meta.map(|meta| if meta.is_symlink() { fs::metadata(path).unwrap_or(meta) } else { meta }) {
        Ok(meta) => Stamp::File(meta.dev(), meta.ino(), meta.len(), change_time(&meta)),
        Err(error) => Stamp::Nothing(error.raw_os_error().unwrap_or(-1)),
    }
}

fn change_time(meta: &fs::Metadata) -> i64 {
    meta.ctime().wrapping_mul(1_000_000_000).wrapping_add(meta.ctime_nsec())
}
