//! A process that outlives the one that starts it, and is felt by nobody: started here, and made its own here.
//!
//! Promises: who starts it waits for no more than the system's spawn; it holds no descriptor, no terminal, no working
//! directory and no process group of its starter, so that nobody who waits for their end waits for it. Absent: what it does;
//! how long it lives (it bounds itself).

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Priority of a process of its own: a host's work comes first.
const NICE: i32 = 10;
/// Where the system lists this process's open descriptors.
const DESCRIPTORS: &str = "/dev/fd";

/// This program's own file, to be started again.
///
/// # Errors
/// The system does not say.
pub fn program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Starts `program` with nothing on its standard streams. It becomes its own by [`leave`]; until then it has whatever
/// descriptors its starter inherited to it.
///
/// # Errors
/// The system cannot start it.
pub fn start<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn()
}

/// Makes this process its own: a session without a terminal, the root as its working directory, no descriptors but the standard
/// three, and a low priority. To be called before anything that is needed is opened.
///
/// # Errors
/// The working directory cannot be left, or the descriptors not be listed.
pub fn leave() -> io::Result<()> {
    // Refused where this process leads a group: then a shell started it in a group of its own, which is apart as well.
    rustix::process::setsid().ok();
    rustix::process::setpriority_process(None, NICE).ok();
    std::env::set_current_dir("/")?;
    let mut open: Vec<i32> = Vec::new();
    for entry in std::fs::read_dir(DESCRIPTORS)? {
        open.extend(entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2) {
        // The one that listed them is closed already.
        nix::unistd::close(descriptor).ok();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_none_is_an_error() {
        assert!(start("/nowhere/at/all", ["flush"]).is_err());
    }
}
