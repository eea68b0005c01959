//! The request lock: held from the check of consent to the answer of a request, and naming the request, so that `disable` can.
//!
//! Promises: a name is never seen half. Absent: waiting for whoever holds it (`flush::under_way`).

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use crate::host::files::FileError;
use crate::host::{locks, writes};
use crate::queue::limits::DISABLE_PATIENCE;

/// The lock of one flusher.
#[derive(Debug)]
pub struct RequestLock {
    file: File,
    path: PathBuf,
    /// How long the last name is.
    named: Option<usize>,
}

impl RequestLock {
    /// At `path`.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: PathBuf) -> Result<Self, FileError> {
        Ok(Self { file: writes::open_in_place(&path)?, path, named: None })
    }

    /// Takes it; `false` when an earlier request still holds it.
    ///
    /// # Errors
    /// The file system cannot lock.
    pub fn lock(&self) -> Result<bool, FileError> {
        locks::lock_open(&self.file, &self.path, DISABLE_PATIENCE)
    }

    /// Lets it go.
    ///
    /// # Errors
    /// The file system cannot unlock.
    pub fn unlock(&self) -> Result<(), FileError> {
        self.file.unlock().map_err(|error| FileError::system(&self.path, error))
    }

    /// Writes which request is under way. Most often the name takes the place of another of its length, in one call.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn name(&mut self, name: &str) -> Result<(), FileError> {
        let fail = |error| FileError::system(&self.path, error);
        if self.named != Some(name.len()) {
            self.file.set_len(0).map_err(fail)?;
        }
        self.file.write_all_at(name.as_bytes(), 0).map_err(fail)?;
        self.named = Some(name.len());
        Ok(())
    }
}
