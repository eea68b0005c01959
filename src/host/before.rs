//! A file as it stood before somebody's command ran, and how it is put back after it.
//!
//! Promises: bytes, mode, the time of its change and a link in its place come back; a file that nobody changed is not touched; what
//! changes again while it is put back is left as it is. Absent: attributes beyond these; folders, but those that were made for the file
//! and are empty without it; a power cut.

use std::fs::{self, File, FileTimes, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::host::files::{self, FileError, acting_user, exists};
use crate::host::stamps::{Stamp, stamp};

/// What stood there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    path: PathBuf,
    was: Was,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Was {
    /// Nothing, and this many folders above it were missing as well.
    Nothing(usize),
    /// A file.
    File(Box<Content>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    /// What the link in its place says, where one stands there.
    link: Option<PathBuf>,
    /// The file itself.
    target: PathBuf,
    bytes: Vec<u8>,
    mode: u32,
    owner: (u32, u32),
    modified: SystemTime,
    names: u64,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It stands as it stood.
    Same,
    /// It does not, and this is its stamp now.
    Changed(Stamp),
}

/// What putting back came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    /// It stands as it stood.
    Done,
    /// Somebody changed it since it was looked at: it is left.
    ChangedAgain,
}

/// Looks at a file of at most `limit` bytes.
///
/// # Errors
/// Something stands there that could not be put back: no regular file, a link to nothing, a file that cannot be read or is larger.
pub fn look(path: &Path, limit: usize) -> Result<Before, FileError> {
    let fail = |error| FileError::system(path, error);
    let was = if exists(path)? {
        let own = fs::symlink_metadata(path).map_err(fail)?;
        let link = own.is_symlink().then(|| fs::read_link(path)).transpose().map_err(fail)?;
        let target = fs::canonicalize(path).map_err(fail)?;
        let bytes = files::read(&target, limit)?.ok_or_else(|| fail(io::ErrorKind::NotFound.into()))?;
        let meta = fs::metadata(&target).map_err(fail)?;
        let (mode, owner, names) = (meta.mode() & 0o7777, (meta.uid(), meta.gid()), meta.nlink());
        let modified = meta.modified().map_err(fail)?;
        Was::File(Box::new(Content { link, target, bytes, mode, owner, modified, names }))
    } else {
        Was::Nothing(path.ancestors().skip(1).take_while(|folder| !folder.exists()).count())
    };
    Ok(Before { path: path.to_path_buf(), was })
}

impl Before {
    /// The path that was looked at.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What became of it.
    ///
    /// # Errors
    /// It cannot be asked for.
    pub fn after(&self) -> Result<After, FileError> {
        let now = stamp(&self.path);
        let same = match &self.was {
            Was::Nothing(_) => !exists(&self.path)?,
            Was::File(content) => content.stands(&self.path),
        };
        Ok(if same { After::Same } else { After::Changed(now) })
    }

    /// Puts it back, if it is as it was when [`Before::after`] looked at it.
    ///
    /// # Errors
    /// It cannot be put back.
    pub fn put_back(&self, seen: Stamp) -> Result<Back, FileError> {
        if stamp(&self.path) != seen {
            return Ok(Back::ChangedAgain);
        }
        let fail = |error| FileError::system(&self.path, error);
        match &self.was {
            Was::Nothing(folders) => {
                fs::remove_file(&self.path).map_err(fail)?;
                // Those that hold something else stay.
                let mut made = self.path.ancestors().skip(1).take(*folders);
                while made.next().is_some_and(|folder| fs::remove_dir(folder).is_ok()) {}
            }
            Was::File(content) => content.write(&self.path).map_err(fail)?,
        }
        Ok(Back::Done)
    }
}

impl Content {
    fn stands(&self, path: &Path) -> bool {
        let link = fs::read_link(path).ok();
        let meta = fs::metadata(&self.target);
        let same = |meta: &fs::Metadata| {
            meta.is_file()
                && meta.mode() & 0o7777 == self.mode
                && (meta.uid(), meta.gid()) == self.owner
                && meta.modified().is_ok_and(|modified| modified == self.modified)
                && meta.len() == self.bytes.len() as u64
        };
        link == self.link
            && meta.is_ok_and(|meta| same(&meta))
            && files::read(&self.target, self.bytes.len()).is_ok_and(|now| now.as_ref() == Some(&self.bytes))
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let folder = self.target.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)?;
        let same_bytes = files::read(&self.target, self.bytes.len()).is_ok_and(|now| now.as_ref() == Some(&self.bytes));
        if same_bytes || self.names > 1 {
            // Written over, as a file beside it would not have its other names; the bytes first, as they cost the time.
            let mut file = OpenOptions::new().write(true).create(true).truncate(!same_bytes).open(&self.target)?;
            if !same_bytes {
                file.write_all(&self.bytes)?;
            }
            self.dress(&file)?;
        } else {
            let mut beside = tempfile::Builder::new().prefix(".telemetry-").suffix(".tmp").tempfile_in(folder)?;
            beside.write_all(&self.bytes)?;
            self.dress(beside.as_file())?;
            beside.persist(&self.target).map_err(|error| error.error)?;
        }
        match &self.link {
            Some(link) if fs::read_link(path).ok().as_ref() != Some(link) => {
                match fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    Ok(()) | Err(_) => {}
                }
                symlink(link, path)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn dress(&self, file: &File) -> io::Result<()> {
        let meta = file.metadata()?;
        if (meta.uid(), meta.gid()) != self.owner && (acting_user() == 0 || meta.gid() != self.owner.1) {
            fchown(file, Some(self.owner.0), Some(self.owner.1))?;
        }
        file.set_permissions(Permissions::from_mode(self.mode))?;
        file.set_times(FileTimes::new().set_modified(self.modified))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1 << 20;

    fn back(before: &Before) -> Back {
        match before.after().expect("asked") {
            After::Same => panic!("{:?} is as it was", before.path),
            After::Changed(stamp) => before.put_back(stamp).expect("put back"),
        }
    }

    #[test]
    fn a_file_comes_back_as_it_stood() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("a.json");
        fs::write(&path, "one\r\n").expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("a mode");
        let old = SystemTime::UNIX_EPOCH + std::time::Duration::new(1_000_000_000, 123_456_789);
        File::open(&path).expect("a file").set_times(FileTimes::new().set_modified(old)).expect("a time");
        let before = look(&path, LIMIT).expect("there");
        assert_eq!(before.after().expect("asked"), After::Same);
        let changes: [&dyn Fn(); 5] = [
            &|| fs::write(&path, "two").expect("written"),
            &|| fs::write(&path, "one\r\n").expect("the same bytes at another time"),
            &|| fs::remove_file(&path).expect("removed"),
            &|| fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("a mode"),
            &|| {
                fs::remove_file(&path).expect("removed");
                symlink("elsewhere", &path).expect("a link");
            },
        ];
        for (number, change) in changes.iter().enumerate() {
            change();
            assert_eq!(back(&before), Back::Done, "{number}");
            let meta = fs::symlink_metadata(&path).expect("there");
            assert!(meta.is_file(), "{number}");
            assert_eq!(fs::read(&path).expect("there"), b"one\r\n", "{number}");
            assert_eq!((meta.mode() & 0o7777, meta.modified().expect("a time")), (0o640, old), "{number}");
            assert_eq!(before.after().expect("asked"), After::Same, "{number}");
        }
        assert_eq!(files::list(root.path()).expect("names"), ["a.json"]);
    }

    #[test]
    fn a_link_and_other_names_come_back() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let [target, link, other] = ["target", "link", "other"].map(|name| root.path().join(name));
        fs::write(&target, "one").expect("a file");
        symlink("target", &link).expect("a link");
        fs::hard_link(&target, &other).expect("another name");
        let before = look(&link, LIMIT).expect("there");
        // As a program does that writes a file beside it and renames it.
        fs::write(root.path().join("new"), "two").expect("a file");
        fs::rename(root.path().join("new"), &link).expect("renamed");
        assert_eq!(back(&before), Back::Done);
        assert_eq!(fs::read_link(&link).expect("a link"), Path::new("target"));
        fs::write(&other, "three").expect("written");
        assert_eq!(back(&before), Back::Done);
        assert_eq!(fs::read(&other).expect("there"), b"one");
    }

    #[test]
    fn what_was_not_there_is_not_there_again() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("a/b/c.json");
        let before = look(&path, LIMIT).expect("absent");
        assert_eq!(before.after().expect("asked"), After::Same);
        fs::create_dir_all(root.path().join("a/b")).expect("folders");
        fs::write(&path, "new").expect("a file");
        fs::write(root.path().join("a/stays"), "").expect("a file");
        assert_eq!(back(&before), Back::Done);
        assert_eq!(files::list(&root.path().join("a")).expect("names"), ["stays"]);
    }

    #[test]
    fn what_changes_again_is_left() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("a.json");
        fs::write(&path, "one").expect("a file");
        let before = look(&path, LIMIT).expect("there");
        fs::write(&path, "two").expect("written");
        let After::Changed(stamp) = before.after().expect("asked") else { panic!("changed") };
        fs::write(&path, "three!").expect("written");
        assert_eq!(before.put_back(stamp).expect("asked"), Back::ChangedAgain);
        assert_eq!(fs::read(&path).expect("there"), b"three!");
    }

    #[test]
    fn what_could_not_be_put_back_is_refused() {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::write(root.path().join("large"), "12345").expect("a file");
        symlink("nowhere", root.path().join("link")).expect("a link");
        for (name, limit) in [("large", 4), ("link", LIMIT), ("", LIMIT)] {
            assert!(look(&root.path().join(name), limit).is_err(), "{name}");
        }
    }
}
