//! A sign: a file whose existence is all that counts, such as the marker of a no.
//!
//! Promises: one that is there counts, whatever failed after it was made; it fits on a full disk where anything can be given up for it.
//! Absent: what it means.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use crate::host::files::{FileError, PRIVATE_FILE};
use crate::host::writes::{adopt, parent, sync_folder};

/// A file whose existence is all that counts is there.
#[derive(Debug)]
pub enum Signed {
    /// It survives a power cut.
    Durably,
    /// Everybody sees it, but the disk did not confirm it: a power cut may lose it.
    Unconfirmed(FileError),
}

/// Makes a file whose existence is all that counts, durably; `text` is for people and may be lost on a full disk. Where not even
/// an empty file fits, `instead` is given up for it: it is renamed. Once it is there it counts, whatever fails after that.
///
/// # Errors
/// It is not there.
pub fn create(path: &Path, text: &str, instead: Option<&Path>) -> Result<Signed, FileError> {
    let fail = |error| FileError::system(path, error);
    let mut written = Ok(());
    let flags = (OFlags::NOFOLLOW | OFlags::CLOEXEC).bits().cast_signed();
    match OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).custom_flags(flags).open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).ok();
            written = file.sync_all().map_err(fail).and_then(|()| adopt(path));
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => {
            let given_up = instead.is_some_and(|instead| fs::rename(instead, path).is_ok());
            if !given_up {
                return Err(fail(error));
            }
        }
    }
    Ok(written.and_then(|()| sync_folder(parent(path))).map_or_else(Signed::Unconfirmed, |()| Signed::Durably))
}
