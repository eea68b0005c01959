//! Lines of a file of ours, one after the other, with bounded memory: for who reads everything and keeps nothing.
//!
//! Promises: a line that is longer than the bound is passed over and said to be so; a last line without its newline is said to be
//! cut. Absent: what stands in a line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::host::files::{self, FileError};

/// Longest line that is given, bytes: a body of 500 kB, each byte escaped as six, and its request.
const LONGEST: usize = 4 * 1024 * 1024;

/// The lines of a file.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    source: BufReader<File>,
    line: Vec<u8>,
    number: u64,
}

/// A line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// Without its newline.
    Whole(&'a [u8]),
    /// The last one, which has no newline.
    Cut(&'a [u8]),
    /// It is longer than any of ours.
    TooLong,
}

impl Lines {
    /// The lines of the file at `path`; `None` when nothing stands there.
    ///
    /// # Errors
    /// It cannot be opened, or is no regular file.
    pub fn open(path: &Path) -> Result<Option<Self>, FileError> {
        let Some(file) = files::open_regular(path)? else { return Ok(None) };
        let source = BufReader::with_capacity(64 * 1024, file);
        Ok(Some(Self { path: path.to_path_buf(), source, line: Vec::new(), number: 0 }))
    }

    /// The next line that is not empty, and its number from 1.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn advance(&mut self) -> Result<Option<(u64, Line<'_>)>, FileError> {
        loop {
            if !self.read(LONGEST)? {
                return Ok(None);
            }
            self.number = self.number.saturating_add(1);
            let cut = self.line.last() != Some(&b'\n');
            if cut && self.line.len() >= LONGEST {
                self.skip()?;
                return Ok(Some((self.number, Line::TooLong)));
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let line = self.line.strip_suffix(b"\n");
        Ok(Some((self.number, line.map_or(Line::Cut(&self.line), Line::Whole))))
    }

    /// Reads up to a newline or so many bytes; `false` at the end.
    fn read(&mut self, most: usize) -> Result<bool, FileError> {
        self.line.clear();
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let read = (&mut self.source).take(most).read_until(b'\n', &mut self.line);
        Ok(read.map_err(|error| FileError::system(&self.path, error))? > 0)
    }

    fn skip(&mut self) -> Result<(), FileError> {
        while self.line.last() != Some(&b'\n') {
            if !self.read(64 * 1024)? {
                break;
            }
        }
        // A long line leaves no long room behind.
        self.line = Vec::new();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_cut_and_passed_over() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("lines");
        assert!(Lines::open(&path).expect("nothing there").is_none());
        let mut bytes = b"one\n\n".to_vec();
        bytes.extend(vec![b'x'; LONGEST + 1]);
        bytes.extend(b"\nfour\nfive");
        std::fs::write(&path, &bytes).expect("written");
        let mut lines = Lines::open(&path).expect("opened").expect("there");
        let mut found = Vec::new();
        while let Some((number, line)) = lines.advance().expect("read") {
            found.push(match line {
                Line::Whole(line) => format!("{number} {}", String::from_utf8_lossy(line)),
                Line::Cut(line) => format!("{number} cut {}", String::from_utf8_lossy(line)),
                Line::TooLong => format!("{number} too long"),
            });
        }
        assert_eq!(found, ["1 one", "3 too long", "4 four", "5 cut five"]);
        assert!(Lines::open(root.path()).is_err(), "a folder has no lines");
    }
}
