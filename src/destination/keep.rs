//! Keep: a receipt is written after the answer, whole, into the newest file.
//!
//! Promises: the bytes of a payload that is tried again and again stand once in a file; a torn end is mended; a new file is begun
//! at 1 MB. Absent: letting go of old ones (`retention`).

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::destination::receipts::{Check, LIMIT, Receipt, files_of};
use crate::host::clock::Timestamp;
use crate::host::files::{self, FileError};
use crate::host::locks;
use crate::host::writes;
use crate::payload::digest::Digest;
use crate::queue::limits::RECEIPTS_FILE_BYTES;

/// How long another who writes is waited for.
const PATIENCE: Duration = Duration::from_millis(500);

/// Writes receipts, keeping the file open between them. Only for who holds the flush lock.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    size: u64,
    /// The digests whose bytes stand in it; looked up when a payload goes out again.
    bodies: Option<HashSet<Digest>>,
}

/// Whether a receipt is the first one of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It began a file: what is over the bounds can go.
    File,
    /// It stands among others.
    Nothing,
}

/// Whether the bytes of a receipt may stand in an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// They go out for the first time.
    First,
    /// They went out before.
    Again,
}

impl Attempt {
    /// The attempt after so many.
    #[must_use]
    pub const fn after(attempts: u32) -> Self {
        if attempts > 0 { Self::Again } else { Self::First }
    }
}

impl Writer {
    /// Into this folder.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder, open: None }
    }

    /// Writes one receipt.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, receipt: &Receipt, attempt: Attempt) -> Result<Begun, FileError> {
        let mut open = match self.open.take() {
            Some(open) if open.size < RECEIPTS_FILE_BYTES => open,
            Some(_) | None => self.newest(receipt.at)?,
        };
        let again = attempt == Attempt::Again && open.has(&receipt.digest)?;
        let line = if again { Receipt { again, ..receipt.clone() }.to_line() } else { receipt.to_line() };
        let (path, file) = (&open.path, &open.file);
        if !locks::lock_open(file, path, PATIENCE)? {
            return Err(FileError::system(path, std::io::ErrorKind::WouldBlock.into()));
        }
        let written = (&*file).write_all(&line).map_err(|error| FileError::system(path, error));
        if written.is_err() {
            // A full disk may have taken half of it: give the half back, or the next one mends it.
            file.set_len(open.size).ok();
        }
        file.unlock().map_err(|error| FileError::system(path, error))?;
        written?;
        let begun = if open.size == 0 { Begun::File } else { Begun::Nothing };
        open.size = open.size.saturating_add(u64::try_from(line.len()).unwrap_or(0));
        if let Some(bodies) = &mut open.bodies {
            bodies.insert(receipt.digest.clone());
        }
        self.open = Some(open);
        Ok(begun)
    }

    fn newest(&self, now: Timestamp) -> Result<Open, FileError> {
        writes::private_folder(&self.folder)?;
        let path = match files_of(&self.folder)?.pop() {
            Some((_, path)) if files::size(&path)?.unwrap_or(0) < RECEIPTS_FILE_BYTES => path,
            Some((last, _)) => self.folder.join(format!("receipts-{:013}.jsonl", now.ms().max(last.saturating_add(1)))),
            None => self.folder.join(format!("receipts-{:013}.jsonl", now.ms().max(0))),
        };
        let file = writes::open_append(&path)?;
        let mut size = file.metadata().map_err(|error| FileError::system(&path, error))?.len();
        if size > 0 {
            size = mend(&file, &path, size)?;
        }
        Ok(Open { path, file, size, bodies: None })
    }
}

impl Open {
    /// Whether the bytes of this digest stand in the file.
    fn has(&mut self, digest: &Digest) -> Result<bool, FileError> {
        let bodies = match self.bodies.take() {
            Some(bodies) => bodies,
            None => bodies_of(&self.path)?,
        };
        Ok(self.bodies.insert(bodies).contains(digest))
    }
}

fn bodies_of(path: &Path) -> Result<HashSet<Digest>, FileError> {
    let bytes = files::read(path, LIMIT)?.unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(Receipt::from_line);
    Ok(lines
        .filter(|receipt| receipt.body.is_some() && receipt.check() == Check::Verified)
        .map(|receipt| receipt.digest)
        .collect())
}

/// Ends a line that a kill cut short, and gives the size then.
fn mend(file: &File, path: &Path, size: u64) -> Result<u64, FileError> {
    let mut last = [0_u8];
    file.read_exact_at(&mut last, size.saturating_sub(1)).map_err(|error| FileError::system(path, error))?;
    if last == *b"\n" {
        return Ok(size);
    }
    (&mut &*file).write_all(b"\n").map_err(|error| FileError::system(path, error))?;
    Ok(size.saturating_add(1))
}
