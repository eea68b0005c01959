//! A file of somebody else as it stands before it is changed: where its links lead, what is in it, its mode and its owner.
//!
//! Promises: what could not be put back as it was, or where somebody else could lead a write astray, is refused with words: a file in
//! a folder that others may write, a link in one, a read-only file, one with several names. Absent: writing (`swap`).

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::host::files::{FileError, acting_user, open_regular, surely_absent, whole};
use crate::host::stamps::{Stamp, stamp};

/// Most links that one path may go through, as Linux has it.
const LINKS: usize = 40;
/// Every user may write it.
const BY_ALL: u32 = 0o002;
/// Of a folder: what is in it is renamed or removed by its owner only.
const STICKY: u32 = 0o1000;

/// Why a file is not to be changed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read, is no regular file, is too large, or lies in a folder that others may write.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its owner may not write it.
    #[error("{}: it is read-only", .0.display())]
    ReadOnly(PathBuf),
    /// Replacing it would part it from its other names.
    #[error("{}: it has {names} names (hard links), which a change would part", path.display())]
    Names {
        /// The file.
        path: PathBuf,
        /// How many.
        names: u64,
    },
    /// Its path is relative, or no text, so that it cannot be kept.
    #[error("{}: not an absolute path in UTF-8", .0.display())]
    Path(PathBuf),
}

/// A file as it stands, or that nothing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The file itself, no link on the way to it.
    pub target: PathBuf,
    /// What it hangs on whether it is still the same.
    pub stamp: Stamp,
    /// What is there.
    pub content: Option<Content>,
}

/// What is in a file, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Its mode.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// Looks at the file that `path` leads to, of at most `limit` bytes.
///
/// # Errors
/// It is not to be changed.
pub fn look(path: &Path, limit: usize) -> Result<Standing, Refusal> {
    let target = resolve(path)?;
    let fail = |error| Refusal::File(FileError::system(&target, error));
    // Before the reading, so that what is written meanwhile shows.
    let stamp = stamp(&target);
    let Some(file) = open_regular(&target)? else {
        surely_absent(&target)?;
        return Ok(Standing { target, stamp, content: None });
    };
    let meta = file.metadata().map_err(fail)?;
    let bytes = whole(file, &meta, &target, limit)?;
    if meta.mode() & 0o200 == 0 {
        return Err(Refusal::ReadOnly(target));
    }
    if meta.nlink() > 1 {
        return Err(Refusal::Names { path: target, names: meta.nlink() });
    }
    let content = Content { bytes, mode: meta.mode() & 0o7777, uid: meta.uid(), gid: meta.gid() };
    Ok(Standing { target, stamp, content: Some(content) })
}

/// The path without links, whether or not something stands there; every link on the way was ours, or root's, to make.
fn resolve(path: &Path) -> Result<PathBuf, Refusal> {
    if !path.is_absolute() || path.to_str().is_none() {
        return Err(Refusal::Path(path.to_path_buf()));
    }
    let parts =
        |path: &Path| -> Vec<PathBuf> { path.components().rev().map(|part| PathBuf::from(part.as_os_str())).collect() };
    let (mut real, mut ahead, mut links) = (PathBuf::from("/"), parts(path), 0_usize);
    while let Some(part) = ahead.pop() {
        if part.as_os_str() == ".." {
            real.pop();
            continue;
        }
        // The root takes the place of all before it.
        let next = real.join(&part);
        match fs::symlink_metadata(&next) {
            Ok(meta) if meta.is_symlink() => {
                links = links.saturating_add(1);
                if links > LINKS {
                    let around = io::Error::other("its links lead around in a circle");
                    return Err(FileError::system(path, around).into());
                }
                link_is_ours(&real)?;
                ahead.extend(parts(&fs::read_link(&next).map_err(|error| FileError::system(&next, error))?));
            }
            Ok(_) => real = next,
            Err(error) if error.kind() == io::ErrorKind::NotFound => real = next,
            Err(error) => return Err(FileError::system(&next, error).into()),
        }
    }
    refuse_others(real.parent().unwrap_or(&real))?;
    if real.to_str().is_some() { Ok(real) } else { Err(Refusal::Path(real)) }
}

/// A link leads where who may write its folder wants it to: it is followed only where that is we, or root.
fn link_is_ours(folder: &Path) -> Result<(), Refusal> {
    let meta = fs::metadata(folder).map_err(|error| FileError::system(folder, error))?;
    if meta.mode() & BY_ALL != 0 || (meta.uid() != acting_user() && meta.uid() != 0) {
        return Err(FileError::OthersMayWrite { path: folder.to_path_buf() }.into());
    }
    Ok(())
}

/// Refuses a folder in which everybody may put another file in place, or above which everybody may put another folder.
fn refuse_others(folder: &Path) -> Result<(), Refusal> {
    for above in folder.ancestors() {
        let meta = match fs::symlink_metadata(above) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(FileError::system(above, error).into()),
        };
        let sticky = meta.mode() & STICKY != 0 && above != folder;
        if meta.mode() & BY_ALL != 0 && !sticky {
            return Err(FileError::OthersMayWrite { path: above.to_path_buf() }.into());
        }
    }
    Ok(())
}

/// Where a path leads in the end, with every link followed; nothing where that cannot be told.
#[must_use]
pub fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    }

    fn root() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().canonicalize().expect("a folder");
        (root, path)
    }

    fn words(path: &Path) -> String {
        look(path, 100).expect_err("refused").to_string()
    }

    #[test]
    fn links_are_resolved_also_where_they_lead_to_nothing() {
        let (_root, root) = root();
        fs::create_dir(root.join("real")).expect("a folder");
        symlink("real", root.join("folder")).expect("a link");
        symlink("folder/file", root.join("link")).expect("a link");
        let nothing = look(&root.join("link"), 9).expect("nothing there");
        assert_eq!((nothing.target, nothing.content), (root.join("real/file"), None));
        fs::write(root.join("real/file"), "text").expect("a file");
        mode(&root.join("real/file"), 0o640);
        let there = look(&root.join("link"), 9).expect("a file");
        let content = there.content.expect("content");
        assert_eq!((there.target, content.bytes, content.mode), (root.join("real/file"), b"text".to_vec(), 0o640));
        assert_eq!(look(&root.join("not/yet/there"), 9).expect("nothing").target, root.join("not/yet/there"));
        symlink("around", root.join("around")).expect("a link");
        assert!(words(&root.join("around")).contains("circle"));
    }

    #[test]
    fn what_could_not_be_put_back_or_led_astray_is_refused() {
        let (_root, root) = root();
        let file = root.join("file");
        fs::write(&file, "x".repeat(101)).expect("a file");
        assert!(words(&file).contains("larger than 100 bytes"));
        fs::write(&file, "text").expect("a file");
        mode(&file, 0o444);
        assert!(words(&file).contains("read-only"));
        mode(&file, 0o644);
        fs::hard_link(&file, root.join("other")).expect("a name");
        assert!(words(&file).contains("2 names"));
        fs::create_dir(root.join("folder")).expect("a folder");
        assert!(words(&root.join("folder")).contains("not a regular file"));
        assert!(words(&file.join("below")).contains("file"), "{}", words(&file.join("below")));
        assert!(words(Path::new("relative")).contains("absolute"));
        let open = root.join("open");
        fs::create_dir(&open).expect("a folder");
        fs::write(open.join("file"), "text").expect("a file");
        symlink(&file, open.join("link")).expect("a link");
        fs::remove_file(root.join("other")).expect("removed");
        look(&open.join("link"), 9).expect("followed");
        mode(&open, 0o1777);
        assert!(words(&open.join("file")).contains("others may write"));
        assert!(words(&open.join("link")).contains("others may write"));
        fs::create_dir(open.join("own")).expect("a folder");
        look(&open.join("own/file"), 9).expect("what is sticky is taken away by nobody else");
        symlink("own", open.join("lent")).expect("a link");
        assert!(words(&open.join("lent/file")).contains("others may write"), "a link on the way");
        mode(&open, 0o777);
        assert!(words(&open.join("own/file")).contains("others may write"), "the folder may be another one");
    }
}
