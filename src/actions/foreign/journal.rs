//! What is kept of each change of a foreign tool's files, in `~/.telemetry/foreign/TOOL/undo/TIME-N/`, private (0700 and 0600): first
//! so that a change that was cut off is mended, then so that it can be undone.
//!
//! `TIME` is milliseconds since 1970 and never before that of an earlier change, `N` counts from 1. In the folder: `index.json`,
//! version 1, one JSON object, two spaces of indentation, a newline at its end; `0.before`, `1.before`, … what stood in the files, in
//! their order (none where nothing stood there, and with `copies`: `none`); `0.after`, … what shall stand there, and `begun`, an
//! empty file: these until all files stand as they shall (first `begun` goes, which ends it). The index is written last: a folder without one was never begun.
//!
//! `verb`: `disable`, `enable`, `forget`, `undo`; `interrupted`: what is done about it after a kill, `finish` or `take-back`; `undoes`: the
//! change that an `undo` undid (left out otherwise). Of each file the `path` as it was named, and its `target` where links lead to
//! another; `way`: `replace` or `in-place`; `before` and `after`: digests, null where nothing stands there; `mode` (as a number) and
//! `owner` (user and group) before, left out where nothing stood there, and `mode_after`; `made`, how many folders above it were
//! made (left out where none); `secret`, keys whose values are not shown (left out where none).
//!
//! ```json
//! {
//!   "version": 1,
//!   "tool": "piperider",
//!   "verb": "disable",
//!   "time_ms": 1795237731320,
//!   "interrupted": "finish",
//!   "copies": "kept",
//!   "files": [
//!     {
//!       "path": "/home/ada/.piperider/profile.yml",
//!       "way": "replace",
//!       "before": "sha256:1f2a5a3b6d18ee6ea2e86d5b1ad0c4ad3d55ad2a5e9a4a1bfb92da58f2b48e69",
//!       "after": "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",
//!       "mode": 420,
//!       "owner": [
//!         1000,
//!         1000
//!       ],
//!       "mode_after": 384,
//!       "secret": [
//!         [
//!           "api_token"
//!         ]
//!       ]
//!     }
//!   ]
//! }
//! ```
//!
//! One that cannot be read, or is of another version, is left as it is and named.
//!
//! Promises: a change is kept before the first of its files is touched. Absent: changing them (`steps`).

use std::path::{Path, PathBuf};

use crate::actions::foreign::kept::{Copies, Index, Kept, Texts};
use crate::host::clock::{DAY_MS, Timestamp};
use crate::host::files::{self, FileError, Kind, PRIVATE_FILE};
use crate::host::writes;
use crate::payload::digest::Digest;

/// Largest file that is changed, bytes: PipeRider's queue, the largest known, holds at most 1000 events of some kilobytes.
pub const LIMIT: usize = 8 * 1024 * 1024;
/// Largest index, bytes.
const INDEX_LIMIT: usize = 1024 * 1024;
/// Changes of a tool that are kept: more than anybody goes back, and with files of some kilobytes less than a megabyte.
const MOST: usize = 20;
/// For how long: they hold old ids and, as the files do, secrets.
const DAYS: i64 = 90;

const INDEX: &str = "index.json";
const BEGUN: &str = "begun";

/// A change in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    folder: PathBuf,
    /// `TIME-N`.
    pub id: String,
    /// What is kept.
    pub index: Index,
}

/// All changes of a tool that are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journals {
    /// In the order in which they were made.
    pub known: Vec<Journal>,
    /// Folders whose index cannot be read, or is of another version; in words.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Folders that were never begun.
    pub never_begun: Vec<PathBuf>,
}

fn number(id: &str) -> Option<(i64, u64)> {
    let (time, number) = id.rsplit_once('-')?;
    Some((time.parse().ok()?, number.parse().ok()?))
}

/// Reads the changes that are kept in this folder.
///
/// # Errors
/// The disk does not give them.
pub fn read(undo: &Path) -> Result<Journals, FileError> {
    let mut all = Journals::default();
    let names = files::list_kinds(undo)?.into_iter().filter(|(_, kind)| *kind == Kind::Folder);
    let mut ids: Vec<_> = names.filter_map(|(name, _)| Some((number(&name)?, name))).collect();
    ids.sort_unstable();
    for (_, id) in ids {
        let folder = undo.join(&id);
        match files::read(&folder.join(INDEX), INDEX_LIMIT) {
            Ok(None) => all.never_begun.push(folder),
            Ok(Some(bytes)) => match Index::from_bytes(&bytes) {
                Ok(index) => all.known.push(Journal { folder, id, index }),
                Err(why) => all.unreadable.push((folder, why)),
            },
            // It may be open, and it may be a no: what the disk does not give is no guess.
            Err(error) if error.is_the_systems() => return Err(error),
            Err(error) => all.unreadable.push((folder, error.to_string())),
        }
    }
    Ok(all)
}

impl Journal {
    /// Keeps a change that is about to be made. From then on it is finished, or taken back, whatever happens.
    ///
    /// # Errors
    /// It cannot be kept; then nothing is left of it but a folder that was never begun.
    pub fn begin(undo: &Path, index: Index, texts: &[Texts]) -> Result<Self, FileError> {
        writes::private_folder(undo)?;
        let latest = files::list(undo)?.iter().filter_map(|name| number(name)).max();
        let time = index.time_ms.max(latest.map_or(0, |(time, _)| time)).max(0);
        let next = latest.filter(|(latest, _)| *latest == time).map_or(1, |(_, number)| number.saturating_add(1));
        let id = format!("{time}-{next}");
        let folder = undo.join(&id);
        writes::private_folder(&folder)?;
        for (number, text) in texts.iter().enumerate() {
            let before = text.before.as_ref().filter(|_| index.copies == Copies::Kept);
            for (side, bytes) in [("before", before), ("after", text.after.as_ref())] {
                if let Some(bytes) = bytes {
                    writes::write_durable(&folder.join(format!("{number}.{side}")), bytes, PRIVATE_FILE)?;
                }
            }
        }
        writes::write_durable(&folder.join(BEGUN), b"", PRIVATE_FILE)?;
        writes::write_durable(&folder.join(INDEX), &index.to_bytes(), PRIVATE_FILE)?;
        Ok(Self { folder, id, index })
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// When it was made.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        Timestamp::from_ms(self.index.time_ms)
    }

    /// Whether it was begun and not ended.
    ///
    /// # Errors
    /// It cannot be asked for.
    pub fn is_open(&self) -> Result<bool, FileError> {
        files::exists(&self.folder.join(BEGUN))
    }

    /// Under which name a text of this change is prepared beside its target.
    #[must_use]
    pub fn beside(&self, number: usize) -> String {
        format!(".telemetry-{}-{number}.tmp", self.id)
    }

    /// What stood in a file; none where nothing did.
    ///
    /// # Errors
    /// It is not what was kept.
    pub fn before(&self, number: usize) -> Result<Option<Vec<u8>>, FileError> {
        let file = self.index.files.get(number);
        self.copy(number, "before", file.and_then(|file| file.before.as_deref()))
    }

    /// The texts of an open change, as far as they are kept.
    ///
    /// # Errors
    /// One is not what was kept.
    pub fn texts(&self) -> Result<Vec<Texts>, FileError> {
        let both = |(number, file): (usize, &Kept)| {
            let before = match self.index.copies {
                Copies::Kept => self.before(number)?,
                Copies::None | Copies::Withheld => None,
            };
            Ok(Texts { before, after: self.copy(number, "after", file.after.as_deref())? })
        };
        self.index.files.iter().enumerate().map(both).collect()
    }

    fn copy(&self, number: usize, side: &str, digest: Option<&str>) -> Result<Option<Vec<u8>>, FileError> {
        let Some(digest) = digest else { return Ok(None) };
        let path = self.folder.join(format!("{number}.{side}"));
        let bytes = files::read(&path, LIMIT)?.filter(|bytes| Digest::of(bytes).as_str() == digest);
        let other = || FileError::system(&path, std::io::Error::other("it is not the copy that was kept"));
        bytes.ok_or_else(other).map(Some)
    }

    /// Says that all files stand as they shall. A tool of which no copies are kept loses those of earlier changes first.
    ///
    /// # Errors
    /// It stays open.
    pub fn close(&self) -> Result<(), FileError> {
        if self.index.copies == Copies::None {
            let undo = self.folder.parent().unwrap_or(&self.folder);
            for name in files::list(undo)?.iter().filter(|name| **name != self.id) {
                remove(&undo.join(name))?;
            }
        }
        writes::remove_durable(&self.folder.join(BEGUN))?;
        // Only now: one that is open needs them. What a kill leaves of them goes with the folder.
        (0..self.index.files.len()).try_for_each(|number| writes::remove(&self.folder.join(format!("{number}.after"))))
    }

    /// Takes it out of what is kept: nothing was changed.
    ///
    /// # Errors
    /// It is still there.
    pub fn discard(&self) -> Result<(), FileError> {
        remove(&self.folder)
    }
}

/// The index first: without one a folder is nothing.
fn remove(folder: &Path) -> Result<(), FileError> {
    writes::remove_durable(&folder.join(INDEX))?;
    writes::remove_folder(folder)
}

/// Lets go of what is too old or too much, of what was never begun, and never of what is still open.
///
/// # Errors
/// Something cannot be removed.
pub fn prune(undo: &Path, now: Timestamp) -> Result<(), FileError> {
    let all = read(undo)?;
    all.never_begun.iter().try_for_each(|folder| writes::remove_folder(folder))?;
    let surplus = all.known.len().saturating_sub(MOST);
    for (place, journal) in all.known.iter().enumerate() {
        let old = journal.index.time_ms < now.plus_ms(-DAYS.saturating_mul(DAY_MS)).ms();
        if (old || place < surplus) && !journal.is_open()? {
            journal.discard()?;
        }
    }
    Ok(())
}
