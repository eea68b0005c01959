//! Reading, asking for and writing files: bounded, durable, private.
//!
//! Promises: "absent" is said only when it is sure (a folder that is a dangling link, a file in a folder's place or a
//! refused permission is an error, never an absence); a durable write is seen whole or not at all, also after a power cut;
//! a link is resolved and its target replaced beside itself, with its mode and owner kept.
//! Absent: retries, backups, deletion of folders that we did not make.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;

/// Mode of a file that only its owner may read.
pub const PRIVATE_FILE: u32 = 0o600;
/// Mode of a folder that only its owner may enter.
pub const PRIVATE_FOLDER: u32 = 0o700;
/// Mode of a file that all may read and its owner may write.
pub const SHARED_FILE: u32 = 0o644;

/// What went wrong, at which path.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error("{}: {source}", path.display())]
    System {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// More bytes than the reader takes.
    #[error("{}: larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound, bytes.
        limit: usize,
    },
    /// A folder, a device, a pipe or a socket where a file should be.
    #[error("{}: not a regular file", path.display())]
    NotAFile {
        /// What stands there.
        path: PathBuf,
    },
    /// A link or a file where a folder of ours should be.
    #[error("{}: not a folder of its own (a link or a file stands there)", path.display())]
    NotAFolder {
        /// What stands there.
        path: PathBuf,
    },
    /// A file or folder that others could have written.
    #[error("{}: others may write it", path.display())]
    OthersMayWrite {
        /// The file or folder.
        path: PathBuf,
    },
}

impl FileError {
    /// Wraps what the system said about `path`.
    pub fn system(path: &Path, source: io::Error) -> Self {
        Self::System { path: path.to_path_buf(), source }
    }

    /// The file or folder that it is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::System { path, .. }
            | Self::TooLarge { path, .. }
            | Self::NotAFile { path }
            | Self::NotAFolder { path }
            | Self::OthersMayWrite { path } => path,
        }
    }
}

/// What a file's content hangs on: when two stamps are equal, the content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// Nothing stands there, or it could not be asked for (its error number).
    Nothing(i32),
    /// Device, inode, size, and change time in nanoseconds.
    File(u64, u64, u64, i64),
}

/// The stamp of what stands at `path`, links followed.
#[must_use]
pub fn stamp(path: &Path) -> Stamp {
    match fs::metadata(path) {
        Ok(meta) => Stamp::File(meta.dev(), meta.ino(), meta.len(), change_time(&meta)),
        Err(error) => Stamp::Nothing(error.raw_os_error().unwrap_or(-1)),
    }
}

fn change_time(meta: &fs::Metadata) -> i64 {
    meta.ctime().wrapping_mul(1_000_000_000).wrapping_add(meta.ctime_nsec())
}

/// Whether anything stands at `path`; a dangling link counts.
///
/// # Errors
/// It cannot be asked for.
pub fn exists(path: &Path) -> Result<bool, FileError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => surely_absent(path).map(|()| false),
        Err(error) => Err(FileError::system(path, error)),
    }
}

/// Nothing at `path` is an absence only if the nearest thing above it that exists is a folder that can be entered.
fn surely_absent(path: &Path) -> Result<(), FileError> {
    for above in path.ancestors().skip(1) {
        match fs::symlink_metadata(above) {
            Ok(meta) if meta.is_dir() => return Ok(()),
            Ok(_) => {
                return match fs::metadata(above) {
                    Ok(meta) if meta.is_dir() => Ok(()),
                    Ok(_) => Err(FileError::NotAFolder { path: above.to_path_buf() }),
                    Err(error) => Err(FileError::system(above, error)),
                };
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(FileError::system(above, error)),
        }
    }
    Ok(())
}

/// Reads a regular file of at most `limit` bytes; `None` when it is surely absent. Links are followed; a pipe is not waited for.
///
/// # Errors
/// It exists and cannot be read, is not a regular file, or is larger.
pub fn read(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, FileError> {
    let flags = (OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY).bits().cast_signed();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return if exists(path)? { Err(FileError::system(path, error)) } else { Ok(None) };
        }
        Err(error) => return Err(FileError::system(path, error)),
    };
    let meta = file.metadata().map_err(|error| FileError::system(path, error))?;
    if !meta.is_file() {
        return Err(FileError::NotAFile { path: path.to_path_buf() });
    }
    read_open(&file, path, limit).map(Some)
}

/// Reads the rest of an open file of at most `limit` bytes.
///
/// # Errors
/// It cannot be read, or is larger.
pub fn read_open(file: &File, path: &Path, limit: usize) -> Result<Vec<u8>, FileError> {
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    file.take(bound).read_to_end(&mut bytes).map_err(|error| FileError::system(path, error))?;
    if bytes.len() > limit {
        return Err(FileError::TooLarge { path: path.to_path_buf(), limit });
    }
    Ok(bytes)
}

/// The user id that owns what stands at `path`, links followed.
///
/// # Errors
/// It cannot be asked for.
pub fn owner(path: &Path) -> Result<u32, FileError> {
    fs::metadata(path).map(|meta| meta.uid()).map_err(|error| FileError::system(path, error))
}

/// The user id that this process acts as.
#[must_use]
pub fn acting_user() -> u32 {
    geteuid().as_raw()
}

/// Refuses what others could have written: owned by neither the acting user nor root, writable by all, or writable by a
/// group that is not the owner's own (the convention of one group a user).
///
/// # Errors
/// Others may write it, or it cannot be asked for.
pub fn only_we_write(path: &Path) -> Result<(), FileError> {
    let meta = fs::metadata(path).map_err(|error| FileError::system(path, error))?;
    let ours = meta.uid() == acting_user() || meta.uid() == 0;
    let group = meta.mode() & 0o020 != 0 && meta.gid() != meta.uid();
    if !ours || meta.mode() & 0o002 != 0 || group {
        return Err(FileError::OthersMayWrite { path: path.to_path_buf() });
    }
    Ok(())
}

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

/// What root makes below somebody's home belongs to that somebody.
fn adopt(path: &Path) -> Result<(), FileError> {
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
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
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

/// The names in a folder, sorted; none where there is no such folder. Names that are not text are left out.
///
/// # Errors
/// The folder is there and cannot be listed.
pub fn list(folder: &Path) -> Result<Vec<String>, FileError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return surely_absent(folder).map(|()| Vec::new()),
        Err(error) => return Err(FileError::system(folder, error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| FileError::system(folder, error))?;
        names.extend(entry.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

/// The size of a file in bytes; `None` when nothing stands there.
///
/// # Errors
/// It cannot be asked for.
pub fn size(path: &Path) -> Result<Option<u64>, FileError> {
    match fs::symlink_metadata(path) {
        Ok(meta) => Ok(Some(meta.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::system(path, error)),
    }
}

/// Opens a private file of ours to append to and to read, making it where it is missing. A link is not followed.
///
/// # Errors
/// It cannot be opened, or is not a regular file.
pub fn open_append(path: &Path) -> Result<File, FileError> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits().cast_signed();
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(PRIVATE_FILE)
        .custom_flags(flags)
        .open(path)
        .map_err(|error| FileError::system(path, error))?;
    let meta = file.metadata().map_err(|error| FileError::system(path, error))?;
    if !meta.is_file() {
        return Err(FileError::NotAFile { path: path.to_path_buf() });
    }
    if meta.len() == 0 {
        adopt(path)?;
    }
    Ok(file)
}

/// Opens a regular file to read; `None` when nothing stands there. A link is not followed.
///
/// # Errors
/// It is there and cannot be opened.
pub fn open_read(path: &Path) -> Result<Option<File>, FileError> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits().cast_signed();
    match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::system(path, error)),
    }
}

/// Whether an open file is what stands at `path` now.
///
/// # Errors
/// The open file cannot be asked.
pub fn is_current(file: &File, path: &Path) -> Result<bool, FileError> {
    let open = file.metadata().map_err(|error| FileError::system(path, error))?;
    Ok(fs::symlink_metadata(path).is_ok_and(|meta| meta.dev() == open.dev() && meta.ino() == open.ino()))
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
        .prefix(".telemetry-")
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

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or_else(|| Path::new("/"))
}

fn sync_folder(folder: &Path) -> Result<(), FileError> {
    File::open(folder).and_then(|open| open.sync_all()).map_err(|error| FileError::system(folder, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    #[test]
    fn absent_is_said_only_when_it_is_sure() {
        let root = folder();
        let at = |name: &str| root.path().join(name);
        assert!(!exists(&at("none/deeper")).expect("nothing there"));
        symlink(at("gone"), at("link")).expect("a link");
        assert!(exists(&at("link")).expect("a dangling link is something"));
        assert!(exists(&at("link/no")).is_err(), "below a dangling link nothing can be asked for");
        assert!(read(&at("link"), 10).is_err());
        fs::write(at("file"), "x").expect("a file");
        assert!(exists(&at("file/no")).is_err(), "a file in a folder's place");
        assert!(matches!(read(&at("none"), 10), Ok(None)));
    }

    #[test]
    fn folders_pipes_and_large_files_are_not_read() {
        let root = folder();
        let file = root.path().join("large");
        fs::write(&file, [b'x'; 11]).expect("a file");
        assert!(matches!(read(&file, 10), Err(FileError::TooLarge { limit: 10, .. })));
        assert!(matches!(read(&file, 11), Ok(Some(bytes)) if bytes.len() == 11));
        assert!(matches!(read(root.path(), 10), Err(FileError::NotAFile { .. })));
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

    #[test]
    fn what_others_may_write_is_refused() {
        let root = folder();
        let file = root.path().join("file");
        fs::write(&file, "x").expect("a file");
        only_we_write(&file).expect("ours");
        fs::set_permissions(&file, Permissions::from_mode(0o666)).expect("a mode");
        assert!(matches!(only_we_write(&file), Err(FileError::OthersMayWrite { .. })));
    }
}
