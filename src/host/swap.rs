//! A file of somebody else changed in two steps: its new text is made beside it, and then put in its place.
//!
//! Promises: until it is put in place nothing of the other's is touched; mode and owner are the ones given; a text that was prepared
//! and never put bears a name that can be found again. Absent: what to change (`actions`).

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::host::files::{FileError, PRIVATE_FILE, acting_user};
use crate::host::writes::{adopt, parent, remove_empty_folder, sync_folder};

/// What a file is to be.
#[derive(Debug, Clone, Copy)]
pub struct Shall<'a> {
    /// Its text.
    pub bytes: &'a [u8],
    /// Its mode.
    pub mode: u32,
    /// Its owner and group; the folder's where none is given.
    pub owner: Option<(u32, u32)>,
}

/// A text beside its target, synced.
#[derive(Debug)]
pub struct Prepared {
    target: PathBuf,
    beside: PathBuf,
}

/// Makes the text beside `target` under this name, in the place of one that a kill left there.
///
/// # Errors
/// Any step failed; then nothing is left there.
pub fn prepare(target: &Path, name: &str, shall: Shall<'_>) -> Result<Prepared, FileError> {
    let beside = parent(target).join(name);
    fs::remove_file(&beside).ok();
    let made = make(&beside, shall);
    if made.is_err() {
        fs::remove_file(&beside).ok();
    }
    made.map_err(|error| FileError::system(target, error))?;
    Ok(Prepared { target: target.to_path_buf(), beside })
}

fn make(beside: &Path, shall: Shall<'_>) -> io::Result<()> {
    let flags = (OFlags::NOFOLLOW | OFlags::CLOEXEC).bits().cast_signed();
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).custom_flags(flags).open(beside)?;
    file.write_all(shall.bytes)?;
    match shall.owner {
        Some((uid, gid)) => {
            let now = std::os::unix::fs::MetadataExt::gid(&file.metadata()?);
            if uid != acting_user() || gid != now {
                fchown(&file, Some(uid), Some(gid))?;
            }
        }
        None => adopt(beside).map_err(io::Error::other)?,
    }
    // After the owner: giving a file away takes bits of its mode.
    file.set_permissions(Permissions::from_mode(shall.mode))?;
    file.sync_all()
}

impl Prepared {
    /// Puts it in place, whole.
    ///
    /// # Errors
    /// The system refused; then what stood there still stands.
    pub fn put(self) -> Result<(), FileError> {
        fs::rename(&self.beside, &self.target).map_err(|error| FileError::system(&self.target, error))
    }
}

/// Removes what was prepared beside `target` under this name, if it is there.
pub fn discard(target: &Path, name: &str) {
    fs::remove_file(parent(target).join(name)).ok();
}

/// Waits for the disk: what was put in the folder of `target`, or removed from it, survives a power cut.
///
/// # Errors
/// The disk did not confirm it.
pub fn confirm(target: &Path) -> Result<(), FileError> {
    sync_folder(parent(target))
}

/// Writes an open file anew from its start: for one whose program keeps it open, or locks it.
///
/// # Errors
/// The system refused; then it may be cut short.
pub fn write_over(mut file: &File, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let written = file.rewind().and_then(|()| file.set_len(0)).and_then(|()| file.write_all(bytes));
    written.map_err(|error| FileError::system(path, error))
}

/// How many folders are missing above `target`.
#[must_use]
pub fn missing_folders(target: &Path) -> usize {
    target.ancestors().skip(1).take_while(|above| fs::symlink_metadata(above).is_err()).count()
}

/// Makes the folders that are missing above `target`, with this mode.
///
/// # Errors
/// One cannot be made.
pub fn make_folders(target: &Path, mode: u32) -> Result<(), FileError> {
    let missing: Vec<&Path> = target.ancestors().skip(1).take(missing_folders(target)).collect();
    for folder in missing.into_iter().rev() {
        DirBuilder::new().mode(mode).create(folder).map_err(|error| FileError::system(folder, error))?;
        adopt(folder)?;
        sync_folder(parent(folder))?;
    }
    Ok(())
}

/// Removes so many folders above `target`, as far as they are empty.
pub fn remove_folders(target: &Path, number: usize) {
    for folder in target.ancestors().skip(1).take(number) {
        if !matches!(remove_empty_folder(folder), Ok(true)) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_text_is_seen_when_it_is_put_and_not_before() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let target = root.path().join("a/b/file");
        assert_eq!(missing_folders(&target), 2);
        make_folders(&target, 0o700).expect("made");
        let shall = Shall { bytes: b"new", mode: 0o640, owner: None };
        let prepared = prepare(&target, ".beside", shall).expect("prepared");
        assert!(!target.exists());
        // As a kill leaves it, it is made anew.
        drop(prepared);
        prepare(&target, ".beside", shall).expect("again").put().expect("put");
        assert_eq!(fs::read(&target).expect("text"), b"new");
        assert_eq!(fs::metadata(&target).expect("there").mode() & 0o7777, 0o640);
        assert!(!root.path().join("a/b/.beside").exists());
        remove_folders(&target, 2);
        assert!(target.exists(), "what is not empty stays");
        fs::remove_file(&target).expect("removed");
        remove_folders(&target, 2);
        assert!(!root.path().join("a").exists());
    }

    #[test]
    fn a_link_in_the_way_is_not_followed() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let other = root.path().join("other");
        fs::write(&other, "other").expect("a file");
        std::os::unix::fs::symlink(&other, root.path().join(".beside")).expect("a link");
        let shall = Shall { bytes: b"new", mode: 0o600, owner: None };
        prepare(&root.path().join("file"), ".beside", shall).expect("prepared").put().expect("put");
        assert_eq!(fs::read(&other).expect("text"), b"other");
    }

    #[test]
    fn a_file_that_is_held_is_written_over_from_its_start() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("queue");
        fs::write(&path, "a long text").expect("a file");
        let file = OpenOptions::new().read(true).write(true).open(&path).expect("open");
        io::Read::read_to_end(&mut &file, &mut Vec::new()).expect("read");
        write_over(&file, &path, b"[]").expect("written");
        assert_eq!(fs::read(&path).expect("text"), b"[]");
    }
}
