//! Writing files: durable, private, whole.
//!
//! Promises: a durable write is seen whole or not at all, also after a power cut; a link is resolved and its target replaced
//! beside itself, with its mode and owner kept; what root makes below somebody's home belongs to that somebody.
//! Absent: retries, backups, deletion of folders that we did not make.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;

use crate::host::files::{FileError, PRIVATE_FILE, PRIVATE_FOLDER, acting_user, list};

/// What files begin with that are being written.
const TEMPORARY: &str = ".telemetry-";

/// Makes `path`, and what is missing above it, as folders that only we may enter. What stands at `path` must be a folder
/// of its own: a link there is refused, so that nothing private lands where others may write.
///
/// # Errors
/// It cannot be made, or a link or a file stands there.
pub fn private_folder(path: &Path) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => return Ok(()),
        Ok(_) => return Err(FileError::NotAFolder { path: path.to_path_buf() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(FileError::system(path, error)),
    }
    if let Some(above) = path.parent()
        && !above.is_dir()
    {
        private_folder(above)?;
    }
    match DirBuilder::new().mode(PRIVATE_FOLDER).create(path) {
        Ok(()) => adopt(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => private_folder(path),
        Err(error) => Err(FileError::system(path, error)),
    }
}

/// Makes `path`, where it is missing, as a folder that all may enter and its owner may write, as a project's is.
///
/// # Errors
/// It cannot be made, or something else stands there.
pub fn shared_folder(path: &Path) -> Result<(), FileError> {
    match DirBuilder::new().mode(0o755).create(path) {
        Ok(()) => adopt(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(FileError::system(path, error)),
    }
}

/// Removes files of ours that a kill left half-written, once nobody can be writing them any more.
///
/// # Errors
/// The folder cannot be listed.
pub fn sweep(folder: &Path, older_than: Duration) -> Result<(), FileError> {
    for name in list(folder)?.iter().filter(|name| name.starts_with(TEMPORARY) && name.ends_with(".tmp")) {
        let path = folder.join(name);
        let age =
            fs::symlink_metadata(&path).and_then(|meta| meta.modified()).map(|at| at.elapsed().unwrap_or_default());
        if age.is_ok_and(|age| age >= older_than) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// A folder that goes when it is dropped, for what must touch nothing of the user's.
///
/// # Errors
/// It cannot be made.
pub fn temporary_folder(prefix: &str) -> Result<tempfile::TempDir, FileError> {
    tempfile::Builder::new().prefix(prefix).tempdir().map_err(|error| FileError::system(Path::new(prefix), error))
}

/// What root makes below somebody's home belongs to that somebody.
pub(super) fn adopt(path: &Path) -> Result<(), FileError> {
    if acting_user() != 0 {
        return Ok(());
    }
    let above = path.parent().unwrap_or(path);
    let meta = fs::metadata(above).map_err(|error| FileError::system(above, error))?;
    if meta.uid() == 0 {
        return Ok(());
    }
    std::os::unix::fs::lchown(path, Some(meta.uid()), Some(meta.gid())).map_err(|error| FileError::system(path, error))
}

/// Whether a new file was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// It is there now, with the bytes given.
    Now,
    /// Another was there first and was left as it is.
    Before,
}

/// Replaces `path` durably: a file beside it is written, synced and renamed, and the folder synced. A link is resolved; the
/// mode and owner of what stood there are kept, `mode` is for a new file.
///
/// # Errors
/// Any step failed; then what stood there still stands.
pub fn write_durable(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let target = resolve(path)?;
    replace(&target, bytes, mode, Durability::Synced)
}

/// Replaces `path` whole, without waiting for the disk: for what may be lost in a power cut and never seen half.
///
/// # Errors
/// Any step failed; then what stood there still stands.
pub fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    replace(path, bytes, mode, Durability::Kernel)
}

/// Writes a private file as `write` makes it, piece by piece, and puts it in place whole; what stood there is replaced.
///
/// # Errors
/// What `write` fails with; then what stood there still stands.
pub fn write_private<T, E: From<FileError>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<Option<T>, E> {
    let fail = |error| FileError::system(path, error);
    if fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_file()) {
        return Err(FileError::NotAFile { path: path.to_path_buf() }.into());
    }
    let folder = match parent(path) {
        folder if folder.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    let mut out = io::BufWriter::new(beside(folder, b"", PRIVATE_FILE).map_err(fail)?);
    let written = write(&mut out)?;
    let file = out.into_inner().map_err(|error| fail(error.into_error()))?;
    file.as_file().sync_all().map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(Some(written))
}

/// Makes `path` durably if nothing stands there: of many at once, one makes it.
///
/// # Errors
/// Any step failed.
pub fn create_durable(path: &Path, bytes: &[u8], mode: u32) -> Result<Made, FileError> {
    let (folder, fail) = (parent(path), |error| FileError::system(path, error));
    let file = beside(folder, bytes, mode).map_err(fail)?;
    file.as_file().sync_all().map_err(fail)?;
    let made = match file.persist_noclobber(path) {
        Ok(_) => Made::Now,
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Made::Before,
        Err(error) => return Err(FileError::system(path, error.error)),
    };
    adopt(path)?;
    sync_folder(folder)?;
    Ok(made)
}

/// Removes a file durably; it may be gone already.
///
/// # Errors
/// It is there and cannot be removed.
pub fn remove_durable(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(parent(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(FileError::system(path, error)),
    }
}

/// Removes a file that may be gone already, without waiting for the disk.
///
/// # Errors
/// It is there and cannot be removed.
pub fn remove(path: &Path) -> Result<(), FileError> {
    remove_if_there(path).map(drop)
}

/// The same; `true` when it was there: of many who remove it one counts.
///
/// # Errors
/// It is there and cannot be removed.
pub fn remove_if_there(path: &Path) -> Result<bool, FileError> {
    gone(fs::remove_file(path), path)
}

/// Removes a folder that is empty; `false` when it was gone already.
///
/// # Errors
/// It is there and cannot be removed, or something is in it.
pub fn remove_empty_folder(path: &Path) -> Result<bool, FileError> {
    gone(fs::remove_dir(path), path)
}

fn gone(result: io::Result<()>, path: &Path) -> Result<bool, FileError> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FileError::system(path, error)),
    }
}

/// Removes a folder of ours with all that is in it; it may be gone already. Links in it are removed, not followed.
///
/// # Errors
/// It is there and cannot be removed.
pub fn remove_folder(path: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(FileError::system(path, error)),
    }
}

/// Renames within one folder or between two of the same disk.
///
/// # Errors
/// The system refused.
pub fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(|error| FileError::system(from, error))
}

/// The same for what somebody else may take away first; `false` when that is so.
///
/// # Errors
/// The system refused.
pub fn rename_if_there(from: &Path, to: &Path) -> Result<bool, FileError> {
    gone(fs::rename(from, to), from)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    Synced,
    Kernel,
}

fn replace(target: &Path, bytes: &[u8], mode: u32, durability: Durability) -> Result<(), FileError> {
    let (folder, fail) = (parent(target), |error| FileError::system(target, error));
    let old = fs::symlink_metadata(target).ok();
    if old.as_ref().is_some_and(|meta| !meta.is_file()) {
        return Err(FileError::NotAFile { path: target.to_path_buf() });
    }
    let mode = old.as_ref().map_or(mode, |meta| meta.mode() & 0o7777);
    let file = beside(folder, bytes, mode).map_err(fail)?;
    if let Some(meta) = old.as_ref().filter(|meta| meta.uid() != acting_user()) {
        std::os::unix::fs::fchown(file.as_file(), Some(meta.uid()), Some(meta.gid())).map_err(fail)?;
    }
    if durability == Durability::Synced {
        file.as_file().sync_all().map_err(fail)?;
    }
    file.persist(target).map_err(|error| FileError::system(target, error.error))?;
    if old.is_none() {
        adopt(target)?;
    }
    if durability == Durability::Synced {
        sync_folder(folder)?;
    }
    Ok(())
}

fn beside(folder: &Path, bytes: &[u8], mode: u32) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .suffix(".tmp")
        .permissions(Permissions::from_mode(PRIVATE_FILE))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    if mode != PRIVATE_FILE {
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(file)
}

fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_symlink() => fs::canonicalize(path).map_err(|error| FileError::system(path, error)),
        Ok(_) | Err(_) => Ok(path.to_path_buf()),
    }
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or_else(|| Path::new("/"))
}

pub(super) fn sync_folder(folder: &Path) -> Result<(), FileError> {
    File::open(folder).and_then(|open| open.sync_all()).map_err(|error| FileError::system(folder, error))
}

/// Opens a private file of ours to append to and to read, making it where it is missing. A link is not followed.
///
/// # Errors
/// It cannot be opened, or is not a regular file.
pub fn open_append(path: &Path) -> Result<File, FileError> {
    open_ours(path, true)
}

/// The same to write at places in it.
///
/// # Errors
/// It cannot be opened, or is not a regular file.
pub fn open_in_place(path: &Path) -> Result<File, FileError> {
    open_ours(path, false)
}

fn open_ours(path: &Path, append: bool) -> Result<File, FileError> {
    let mut options = ours();
    options.append(append).create(true).truncate(false).mode(PRIVATE_FILE);
    let file = options.open(path).map_err(|error| FileError::system(path, error))?;
    let meta = file.metadata().map_err(|error| FileError::system(path, error))?;
    if !meta.is_file() {
        return Err(FileError::NotAFile { path: path.to_path_buf() });
    }
    if meta.len() == 0 {
        adopt(path)?;
    }
    Ok(file)
}

/// The same where it is there; `None` where it is not. NFS locks only what is open to be written.
///
/// # Errors
/// It cannot be opened.
pub fn open_there(path: &Path) -> Result<Option<File>, FileError> {
    match ours().open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::system(path, error)),
    }
}

/// Of our files neither a link is followed nor a pipe waited for.
fn ours() -> OpenOptions {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits().cast_signed();
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(flags);
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    #[test]
    fn a_durable_write_keeps_mode_and_link() {
        let root = folder();
        let (target, link) = (root.path().join("target"), root.path().join("link"));
        fs::write(&target, "old").expect("a file");
        fs::set_permissions(&target, Permissions::from_mode(0o640)).expect("a mode");
        symlink(&target, &link).expect("a link");
        write_durable(&link, b"new", PRIVATE_FILE).expect("written");
        assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
        assert_eq!(fs::read(&target).expect("the target"), b"new");
        assert_eq!(fs::metadata(&target).expect("the target").mode() & 0o777, 0o640);
        assert_eq!(list(root.path()).expect("names"), ["link", "target"]);
    }

    #[test]
    fn of_many_makers_one_makes_it() {
        let root = folder();
        let path = root.path().join("id");
        assert_eq!(create_durable(&path, b"one", PRIVATE_FILE).expect("made"), Made::Now);
        assert_eq!(create_durable(&path, b"two", PRIVATE_FILE).expect("there"), Made::Before);
        assert_eq!(fs::read(&path).expect("the file"), b"one");
    }

    #[test]
    fn a_link_is_no_private_folder() {
        let root = folder();
        symlink(root.path(), root.path().join("link")).expect("a link");
        assert!(matches!(private_folder(&root.path().join("link")), Err(FileError::NotAFolder { .. })));
        private_folder(&root.path().join("a/b")).expect("made");
        assert_eq!(fs::metadata(root.path().join("a/b")).expect("there").mode() & 0o777, PRIVATE_FOLDER);
    }
}
