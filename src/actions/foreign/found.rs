//! A file of a foreign tool as it was found.
//!
//! Promises: what cannot be read is not taken for what is not there. Absent: looking for it (`look`).

use std::path::PathBuf;

use crate::host::files::FileError;

/// What stands where a file should be.
#[derive(Debug)]
pub enum Content {
    /// Nothing, or nobody can say where it would be.
    Missing,
    /// These bytes.
    Bytes(Vec<u8>),
    /// A file that is no text of settings, such as a database; it is not read here.
    Other,
    /// Something that cannot be read.
    Unreadable(FileError),
    /// Something that is not seen from here; why.
    Unseen(String),
}

/// A file as it was found.
#[derive(Debug)]
pub struct Found {
    /// Its name in the manifest.
    pub name: String,
    /// Where it is, or would be.
    pub path: Option<PathBuf>,
    /// What stands there.
    pub content: Content,
}
