//! The program under strace: its calls in their order, and runs in which one of them is the last, fails, or is where it is stopped.
//!
//! Promises: a fault hits one call, given by its name and how many of that name came before, so that a failure can be run again.
//! A kill falls before its call happens; as every call is tried, it falls after every other one too. Absent: what is expected.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::sandbox::home::Home;

const PROGRAM: &str = env!("CARGO_BIN_EXE_telemetry");

/// One call of a run.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Its name.
    pub(crate) name: String,
    /// How many of its name there were, with it, from the start of the program on.
    pub(crate) number: usize,
    /// As strace shows it.
    pub(crate) line: String,
}

/// What happens at a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// Killed before it.
    Kill,
    /// It does not happen and gives this error.
    Error(&'static str),
}

/// What came of a run with a fault.
#[derive(Debug)]
pub(crate) struct Faulted {
    /// Its exit code, unless it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The call that the fault hit, as strace shows it; none where the program never came so far.
    pub(crate) hit: Option<String>,
}

impl Call {
    /// Whether it may change what others see: the disk, a lock, the network. Between two such calls a kill is a kill anywhere.
    pub(crate) fn changes(&self) -> bool {
        const CHANGING: &str = " write pwrite64 writev rename renameat renameat2 link linkat unlink unlinkat rmdir mkdir mkdirat \
            ftruncate fallocate fsync fdatasync flock fchmod chmod fchown fchownat lchown symlink connect sendto sendmsg \
            recvfrom shutdown exit_group ";
        CHANGING.contains(&format!(" {} ", self.name)) || self.name == "openat" && self.line.contains("O_CREAT")
    }

    /// Whether it reads, asks or lists.
    pub(crate) fn looks(&self) -> bool {
        let looking =
            " openat read pread64 statx newfstatat fstat access faccessat2 readlink readlinkat getdents64 getcwd ";
        looking.contains(&format!(" {} ", self.name)) && !self.changes()
    }

    /// The errors that the system may answer it with.
    pub(crate) fn errors(&self) -> &'static [&'static str] {
        match self.name.as_str() {
            "openat" if self.changes() => &["EACCES", "ENOSPC", "EMFILE", "EROFS", "EIO"],
            "openat" => &["EACCES", "EMFILE", "EIO"],
            "write" | "pwrite64" if !self.line.contains("socket:") && !self.line.contains("anon_inode:") => {
                &["ENOSPC", "EIO"]
            }
            "read" | "pread64" | "getdents64" | "fsync" | "flock" | "getcwd" => &["EIO"],
            "statx" | "newfstatat" | "access" | "readlink" => &["EACCES", "EIO"],
            "ftruncate" | "fchmod" | "fchown" | "unlink" | "unlinkat" | "rmdir" => &["EROFS", "EACCES", "EIO"],
            "rename" | "renameat" | "renameat2" | "link" | "linkat" | "mkdir" => &["EROFS", "EACCES", "ENOSPC", "EIO"],
            "socket" | "epoll_create1" | "eventfd2" => &["EMFILE"],
            _ => &[],
        }
    }

    /// Where it stands among its like, in words.
    pub(crate) fn words(&self) -> String {
        format!("{}:when={} {}", self.name, self.number, self.line.chars().take(160).collect::<String>())
    }
}

impl Fault {
    fn words(self) -> String {
        match self {
            Self::Kill => "signal=SIGKILL".to_owned(),
            Self::Error(error) => format!("error={error}"),
        }
    }
}

/// Whether every call is to be tried with everything, and not only what differs, with `FULL=1`.
pub(crate) fn everything() -> bool {
    crate::sandbox::acme::full()
}

/// Where the trace of a run in this home lies.
pub(crate) fn trace(home: &Home) -> PathBuf {
    home.path().with_file_name("trace")
}

fn strace(home: &Home, options: &[&str], words: &[String]) -> Command {
    let mut command = Command::new("strace");
    command.args(["-qq", "-y", "-s", "96", "-o"]).arg(trace(home)).args(options).arg(PROGRAM).args(words);
    command.env_clear().current_dir(home.work()).env("HOME", home.path()).stdin(Stdio::null());
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command
}

/// Runs the program to its end and gives its calls from the first that touches the home on.
#[track_caller]
pub(crate) fn calls(home: &Home, words: &[String]) -> Vec<Call> {
    let output = strace(home, &[], words).output().expect("strace is needed: apt-get install strace");
    assert!(output.status.code().is_some_and(|code| code < 100), "{words:?}: {output:?}");
    let text = fs::read_to_string(trace(home)).expect("a trace");
    // In quotes it is an argument; the working directory stands beside every relative call.
    let own = format!("\"{}", home.path().display());
    let (mut numbers, mut calls, mut begun) = (HashMap::<&str, usize>::new(), Vec::new(), false);
    for line in text.lines() {
        let Some((name, _)) = line.split_once('(').filter(|(name, _)| !name.contains([' ', '<', '+'])) else {
            continue;
        };
        let number = numbers.entry(name).or_default();
        *number += 1;
        begun |= line.contains(&own) && name != "execve";
        if begun {
            calls.push(Call { name: name.to_owned(), number: *number, line: line.to_owned() });
        }
    }
    assert!(calls.len() > 20, "a trace of {words:?} that says nothing:\n{text}");
    calls
}

/// Runs the program with a fault at a call.
#[track_caller]
pub(crate) fn run(home: &Home, words: &[String], call: &Call, fault: Fault) -> Faulted {
    let inject = format!("inject={}:{}:when={}", call.name, fault.words(), call.number);
    let output = strace(home, &["-e", &format!("trace={}", call.name), "-e", &inject], words).output().expect("strace");
    let text = fs::read_to_string(trace(home)).expect("a trace");
    let hit = match fault {
        Fault::Error(_) => text.lines().find(|line| line.contains("(INJECTED)")).map(str::to_owned),
        Fault::Kill => output.status.code().is_none().then(|| text.lines().last().unwrap_or("").to_owned()),
    };
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Faulted { code: output.status.code(), stdout: said(&output.stdout), stderr: said(&output.stderr), hit }
}

/// Starts the program, which stops itself before a call.
pub(crate) fn start(home: &Home, words: &[String], call: &Call) -> Child {
    let inject = format!("inject={}:signal=SIGSTOP:when={}", call.name, call.number);
    let mut command = strace(home, &["-e", &format!("trace={}", call.name), "-e", &inject], words);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("strace")
}

/// Does `deed` with every item, a few at once, and gives what it says of them.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], deed: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let Some(item) = items.get(at) else { return done };
                done.push(deed(at, item));
            }
        };
        let workers: Vec<_> = (0..3).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    })
}
