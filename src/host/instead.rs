//! Another program in our place: the process becomes it, or ends just as it ended.
//!
//! Promises: who waits for us cannot tell the difference; a dump of a process that is not the one that failed is never written. Absent:
//! running beside it (`children`).

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, getpid, setrlimit};

/// What runs a script that does not say what runs it, by POSIX.
pub(super) const SHELL: &str = "/bin/sh";
/// The system's word for such a file (ENOEXEC).
pub(super) const NO_FORMAT: rustix::io::Errno = rustix::io::Errno::NOEXEC;

/// Makes this process the program. Comes back only with the reason why not.
#[must_use]
pub fn run(program: &OsStr, arguments: &[OsString]) -> io::Error {
    Command::new(program).args(arguments).exec()
}

/// Where the system finds a program that is named without a folder; `None` where it is nowhere on PATH.
pub(super) fn on_path(program: &OsStr) -> Option<PathBuf> {
    if program.as_encoded_bytes().contains(&b'/') {
        return Some(PathBuf::from(program));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Ends this process by the signal that ended another, as shells and supervisors look at more than the number: Ctrl-C stops a loop of
/// a shell only so. Comes back where that cannot be: a container's first process cannot be ended so.
pub fn end_by(signal: i32) {
    if getpid() == Pid::INIT {
        return;
    }
    // The dump that tells something is the other's.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).ok();
    signal_hook::low_level::emulate_default_handler(signal).ok();
}
