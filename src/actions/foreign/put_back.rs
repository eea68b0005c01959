//! The files of a foreign tool around a run of it: as they stood before, and back again.
//!
//! Promises: what a run switched off stays off: a no is never taken back, and then nothing is; what was not put back is named with the
//! reason. Absent: databases, of which a part cannot be put back; files that the manifest does not name.

use std::path::PathBuf;

use crate::actions::foreign::look::Looked;
use crate::consent::effective::Said;
use crate::host::before::{self, After, Back, Before};
use crate::manifest::foreign::files::Kept;
use crate::manifest::foreign::truths::Word;

/// Largest file that is kept, bytes: sixteen times what is read as settings.
const LIMIT: usize = 16 << 20;

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The file.
    pub path: PathBuf,
    /// Why it is not as it was before; `None` where it is put back.
    pub left: Option<String>,
}

/// The files as they stood.
#[derive(Debug)]
pub struct Files {
    known: Vec<Before>,
    /// Those that cannot be put back, and why.
    unknown: Vec<(PathBuf, String)>,
    databases: Vec<Before>,
}

/// Looks at all files.
#[must_use]
pub fn look(looked: &Looked) -> Files {
    let mut files = Files { known: Vec::new(), unknown: Vec::new(), databases: Vec::new() };
    let mut seen: Vec<&PathBuf> = Vec::new();
    for declared in &looked.foreign.files {
        let Some(path) = looked.file(&declared.name).and_then(|found| found.path.as_ref()) else { continue };
        // One file may have two names in a manifest.
        if seen.contains(&path) {
            continue;
        }
        seen.push(path);
        match before::look(path, LIMIT) {
            Ok(before) if declared.kept == Kept::Sqlite => files.databases.push(before),
            Ok(before) => files.known.push(before),
            Err(error) => files.unknown.push((path.clone(), error.to_string())),
        }
    }
    files
}

impl Files {
    /// What will not be put back, with the reason: known before the run.
    #[must_use]
    pub fn not_to_be(&self) -> Vec<Restored> {
        let left = |path: &PathBuf, why: &str| Restored { path: path.clone(), left: Some(why.to_owned()) };
        self.unknown.iter().map(|(path, why)| left(path, why)).collect()
    }

    /// Puts back what changed; `was` and `is` are the tool as it was found before and after.
    #[must_use]
    pub fn put_back(&self, was: &Looked, is: &Looked) -> Vec<Restored> {
        let said_no = switched_off(was, is);
        let known = self.known.iter().filter_map(|file| one(file, said_no));
        let databases = self.databases.iter().filter_map(|file| match file.after() {
            Ok(After::Same) => None,
            Ok(After::Changed(_)) => Some(left(file, "a database, of which no part is put back alone")),
            Err(error) => Some(left(file, &error.to_string())),
        });
        known.chain(databases).chain(self.not_to_be()).collect()
    }
}

fn left(file: &Before, why: &str) -> Restored {
    Restored { path: file.path().to_path_buf(), left: Some(why.to_owned()) }
}

fn one(file: &Before, said_no: bool) -> Option<Restored> {
    let stamp = match file.after() {
        Ok(After::Same) => return None,
        Ok(After::Changed(stamp)) => stamp,
        Err(error) => return Some(left(file, &error.to_string())),
    };
    if said_no {
        return Some(left(file, "telemetry was switched off meanwhile, which is not taken back"));
    }
    Some(match file.put_back(stamp) {
        Ok(Back::Done) => Restored { path: file.path().to_path_buf(), left: None },
        Ok(Back::ChangedAgain) => left(file, "it changed again after the command's end"),
        Err(error) => left(file, &error.to_string()),
    })
}

/// Whether any layer says off now that did not.
fn switched_off(was: &Looked, is: &Looked) -> bool {
    let pairs = was.effective.said.iter().zip(&is.effective.said);
    let off = Said::Word(Word::Off);
    pairs.into_iter().any(|(was, is)| *is == off && *was != off)
}
