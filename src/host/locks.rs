//! Advisory locks on files that stay: released by the system when the holder ends, also when it is killed.
//!
//! Promises: nobody waits longer than asked. Absent: lock files whose existence is the lock.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use crate::host::files::FileError;
use crate::host::writes::open_append;

/// How long to wait between two looks at a lock that somebody holds: short beside the 10 ms that a host may wait.
const LOOK_AGAIN: Duration = Duration::from_micros(250);

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// The locked file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would not do: a child that was forked meanwhile holds the same open file until it ends or execs.
        self.file.unlock().ok();
    }
}

/// Locks an open file, waiting at most `patience`; `false` when somebody else still holds it.
///
/// # Errors
/// The file system cannot lock.
pub fn lock_open(file: &File, path: &Path, patience: Duration) -> Result<bool, FileError> {
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => {
                if start.elapsed() >= patience {
                    return Ok(false);
                }
                park_timeout(LOOK_AGAIN.min(patience));
            }
            Err(TryLockError::Error(error)) => return Err(FileError::system(path, error)),
        }
    }
}

/// Locks the file at `path`, making it where it is missing; `None` when somebody else held it for all of `patience`.
///
/// # Errors
/// It cannot be opened or locked.
pub fn lock(path: &Path, patience: Duration) -> Result<Option<Lock>, FileError> {
    let file = open_append(path)?;
    Ok(lock_open(&file, path, patience)?.then_some(Lock { file }))
}

/// Locks a file that is there, for as long as the value lives; `None` where it is gone, cannot be locked, or somebody else holds it
/// for all of `patience`. For who only says so that they are still at work.
#[must_use]
pub fn hold(path: &Path, patience: Duration) -> Option<Lock> {
    let file = File::open(path).ok()?;
    lock_open(&file, path, patience).ok()?.then_some(Lock { file })
}

/// Whether somebody holds this file.
#[must_use]
pub fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_is_waited_for_no_longer_than_asked() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("lock");
        let held = lock(&path, Duration::ZERO).expect("lockable").expect("free");
        let start = Instant::now();
        assert!(lock(&path, Duration::from_millis(5)).expect("lockable").is_none());
        assert!(start.elapsed() >= Duration::from_millis(5));
        drop(held);
        assert!(lock(&path, Duration::ZERO).expect("lockable").is_some());
    }

    #[test]
    fn a_lock_that_was_let_go_is_free_whoever_inherited_it() {
        use std::process::{Command, Stdio};
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("lock");
        let held = lock(&path, Duration::ZERO).expect("lockable").expect("free");
        // The child has the same open file, as one that was forked while we held the lock would.
        let same = held.file().try_clone().expect("the same open file");
        let mut child =
            Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(same).spawn().expect("a child");
        drop(held);
        assert!(lock(&path, Duration::ZERO).expect("lockable").is_some());
        drop(child.stdin.take());
        child.wait().expect("its end");
    }

    #[test]
    fn who_holds_a_file_is_known_to_others_until_they_end() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("pair.json");
        assert!(hold(&path, Duration::ZERO).is_none() && !is_held(&path) && !path.exists(), "nothing is made");
        std::fs::write(&path, "{}").expect("a file");
        let held = hold(&path, Duration::ZERO).expect("free");
        assert!(is_held(&path) && hold(&path, Duration::ZERO).is_none());
        drop(held);
        assert!(!is_held(&path));
    }
}
