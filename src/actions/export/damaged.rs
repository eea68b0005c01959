//! What of an export cannot be read: named, with the reason, within the document.

use std::path::Path;

use serde::Serialize;

use crate::host::files::FileError;
use crate::identity::profile::error_words;

/// A file, or a line of one, that is not in the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damaged {
    /// The file.
    pub file: String,
    /// The line, from 1, where it is about one.
    pub line: Option<u64>,
    /// Why, in words.
    pub why: String,
}

/// All that was found so far.
#[derive(Debug, Default)]
pub struct All(Vec<Damaged>);

/// Most that are named: a file of garbage has a million lines, and the first ones say it all.
const MOST: usize = 1000;

impl All {
    /// Adds one.
    pub fn add(&mut self, file: &Path, line: Option<u64>, why: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(Damaged { file: file.display().to_string(), line, why: why.into() });
        }
    }

    /// Adds a file that cannot be read at all.
    pub fn file(&mut self, error: &FileError) {
        self.add(error.path(), None, error_words(error));
    }

    /// All of them.
    #[must_use]
    pub fn named(&self) -> &[Damaged] {
        &self.0
    }
}
