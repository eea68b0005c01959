//! Reading files and asking for them, bounded.
//!
//! Promises: "absent" is said only when it is sure (a folder that is a dangling link, a file in a folder's place or a
//! refused permission is an error, never an absence); nothing is waited for, a pipe neither. Absent: writing (`writes`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;
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

    /// Whether the disk or its rights are to blame, and not what stands there: it may go better the next time.
    #[must_use]
    pub fn is_the_systems(&self) -> bool {
        matches!(self, Self::System { source, .. } if source.raw_os_error().is_some())
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

/// Whether anything stands at `path`, whose folder was just looked at; a dangling link counts.
///
/// # Errors
/// It cannot be asked for.
pub fn stands(path: &Path) -> Result<bool, FileError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FileError::system(path, error)),
    }
}

/// Nothing at `path` is an absence only if the nearest thing above it that exists is a folder that can be entered.
pub(crate) fn surely_absent(path: &Path) -> Result<(), FileError> {
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
    let Some((file, meta, _)) = open(path)? else { return Ok(None) };
    whole(file, &meta, path, limit).map(Some)
}

/// The same of a file that others could not have written (see [`only_we_write`]).
///
/// # Errors
/// As [`read`], or others may write it.
pub fn read_ours(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, FileError> {
    let Some((file, meta, link)) = open(path)? else { return Ok(None) };
    if link {
        only_we_write(path)?;
    }
    refuse_others(&meta, path)?;
    whole(file, &meta, path, limit).map(Some)
}

/// Opens a regular file to read, and says whether a link led to it; `None` when it is surely absent.
fn open(path: &Path) -> Result<Option<(File, fs::Metadata, bool)>, FileError> {
    let fail = |error| FileError::system(path, error);
    let flags = OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let open = |flags: OFlags| OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    // Links are not followed at first: then a link to nothing is told from nothing at all in one call.
    let (file, link) = match open(flags | OFlags::NOFOLLOW) {
        Ok(file) => (file, false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return surely_absent(path).map(|()| None),
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => (open(flags).map_err(fail)?, true),
        Err(error) => return Err(fail(error)),
    };
    let meta = file.metadata().map_err(fail)?;
    if meta.is_file() { Ok(Some((file, meta, link))) } else { Err(FileError::NotAFile { path: path.to_path_buf() }) }
}

/// All of an open file.
pub(super) fn whole(mut file: File, meta: &fs::Metadata, path: &Path, limit: usize) -> Result<Vec<u8>, FileError> {
    let size = usize::try_from(meta.len()).unwrap_or(limit);
    let mut bytes = vec![0; size.min(limit).saturating_add(1)];
    let mut length = 0;
    loop {
        match file.read(bytes.get_mut(length..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(read) => length = length.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(FileError::system(path, error)),
        }
        if length > limit {
            return Err(FileError::TooLarge { path: path.to_path_buf(), limit });
        }
        // As many as it had when it was opened, and no more although there was room: that was the end.
        if length == size && length < bytes.len() {
            break;
        }
        if length == bytes.len() {
            bytes.resize(length.saturating_mul(2).max(4096).min(limit.saturating_add(1)), 0);
        }
    }
    bytes.truncate(length);
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
    let fail = |error| FileError::system(path, error);
    let meta = fs::symlink_metadata(path).map_err(fail)?;
    if !meta.is_symlink() {
        return refuse_others(&meta, path);
    }
    // Who may write the folder that a link leads into may put another file there.
    let target = fs::canonicalize(path).map_err(fail)?;
    only_we_write(target.parent().unwrap_or(&target))?;
    refuse_others(&fs::metadata(path).map_err(fail)?, path)
}

fn refuse_others(meta: &fs::Metadata, path: &Path) -> Result<(), FileError> {
    let ours = meta.uid() == acting_user() || meta.uid() == 0;
    let group = meta.mode() & 0o020 != 0 && meta.gid() != meta.uid();
    if !ours || meta.mode() & 0o002 != 0 || group {
        return Err(FileError::OthersMayWrite { path: path.to_path_buf() });
    }
    Ok(())
}

/// Whether a folder stands at `path` and not a link; `None` when nothing surely does.
///
/// # Errors
/// It cannot be asked for, or is neither.
pub fn is_own_folder(path: &Path) -> Result<Option<bool>, FileError> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() || meta.is_symlink() => Ok(Some(meta.is_dir())),
        Ok(_) => Err(FileError::NotAFolder { path: path.to_path_buf() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => surely_absent(path).map(|()| None),
        Err(error) => Err(FileError::system(path, error)),
    }
}

/// Whether a folder stands at `path`, links followed.
#[must_use]
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// What stands under a name in a folder: a link itself, not what it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A link, a pipe, a socket or a device.
    Other,
}

/// The names in a folder, sorted; none where there is no such folder. Names that are not text are left out.
///
/// # Errors
/// The folder is there and cannot be listed.
pub fn list(folder: &Path) -> Result<Vec<String>, FileError> {
    Ok(list_kinds(folder)?.into_iter().map(|(name, _)| name).collect())
}

/// The same with what stands there.
///
/// # Errors
/// The folder is there and cannot be listed.
pub fn list_kinds(folder: &Path) -> Result<Vec<(String, Kind)>, FileError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return surely_absent(folder).map(|()| Vec::new()),
        Err(error) => return Err(FileError::system(folder, error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| FileError::system(folder, error))?;
        let kind = match entry.file_type() {
            Ok(kind) if kind.is_file() => Kind::File,
            Ok(kind) if kind.is_dir() => Kind::Folder,
            Ok(_) => Kind::Other,
            // It went while we looked.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(FileError::system(folder, error)),
        };
        names.extend(entry.file_name().into_string().map(|name| (name, kind)));
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

/// The same, where a folder, a device or a pipe is an error.
///
/// # Errors
/// It is there and cannot be opened, or is no regular file.
pub fn open_regular(path: &Path) -> Result<Option<File>, FileError> {
    let Some(file) = open_read(path)? else { return Ok(None) };
    let meta = file.metadata().map_err(|error| FileError::system(path, error))?;
    if meta.is_file() { Ok(Some(file)) } else { Err(FileError::NotAFile { path: path.to_path_buf() }) }
}

/// Whether an open file is what stands at `path` now.
///
/// # Errors
/// The open file cannot be asked.
pub fn is_current(file: &File, path: &Path) -> Result<bool, FileError> {
    current_size(file, path).map(|size| size.is_some())
}

/// The size of an open file in bytes, where it is what stands at `path` now.
///
/// # Errors
/// The open file cannot be asked.
pub fn current_size(file: &File, path: &Path) -> Result<Option<u64>, FileError> {
    let open = file.metadata().map_err(|error| FileError::system(path, error))?;
    let same = |meta: fs::Metadata| meta.dev() == open.dev() && meta.ino() == open.ino();
    Ok(fs::symlink_metadata(path).is_ok_and(same).then_some(open.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

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
    fn what_others_may_write_is_refused() {
        let root = folder();
        let file = root.path().join("file");
        fs::write(&file, "x").expect("a file");
        only_we_write(&file).expect("ours");
        fs::set_permissions(&file, Permissions::from_mode(0o666)).expect("a mode");
        assert!(matches!(only_we_write(&file), Err(FileError::OthersMayWrite { .. })));
    }
}
