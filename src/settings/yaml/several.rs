//! Reading what stands at many places at once, and how many items a sequence has.
//!
//! Promises: the same bounds as for one place; a key that stands twice anywhere is an error.
//!
//! Deliberately absent: merge keys (`<<`): what is merged stands elsewhere, and is found there.

use crate::settings::tree;
use crate::settings::value::{ReadError, Scalar, Step};
use crate::settings::yaml::locate::lines_of;
use crate::settings::yaml::tree::{Duplicates, parse, text};

/// What stands at a path of which a step may be `*`, each with the line of its key or item. What is not there gives nothing.
pub fn gathered(source: &[u8], limit: usize, path: &[&str]) -> Result<Vec<(Scalar, Option<u32>)>, ReadError> {
    let found = tree::gathered(&parse(text(source, limit)?, Duplicates::Refused)?, path)?;
    let ways: Vec<&[Step]> = found.iter().map(|(_, way)| way.as_slice()).collect();
    let lines = lines_of(source, limit, &ways);
    Ok(found.into_iter().map(|(scalar, _)| scalar).zip(lines).collect())
}

/// How many items the sequence at `path` has; none where there is no sequence, or the text cannot be read.
pub fn length(source: &[u8], limit: usize, path: &[&str]) -> Option<usize> {
    let tree = parse(text(source, limit).ok()?, Duplicates::Refused).ok()?;
    tree::length(&tree, path)
}
