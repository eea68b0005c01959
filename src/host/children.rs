//! A command that runs in our place for somebody: its environment changed, its streams and signals as without us, its exit code kept.
//!
//! Promises: signals that a process sends to us reach the command, and we outlive it; what a terminal sends reaches it once, as both
//! are of one process group; a signal that was ignored when we started stays ignored; a command that ended is never signalled, whoever
//! has its number now. Absent: a process group of its own (a pipe, a shell's job control and reads from the terminal go on as they
//! would without us); whatever the command does.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, waitid, waitpid};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::exfiltrator::origin::Origin;
use signal_hook::iterator::{Handle, SignalsInfo};
use signal_hook::low_level::siginfo::Cause;

use crate::host::instead;

/// What is passed on: what people and supervisors send. What stops and continues a job reaches the group without us.
const PASSED_ON: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
/// By which of them somebody asks a program to end.
const ASKING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
/// Added to a signal's number, by the convention of shells.
const BY_SIGNAL: i32 = 128;
/// Stack of the thread that passes signals on, bytes: it calls nothing deep, and a process that may have little memory gets it.
const STACK: usize = 64 * 1024;

/// Where the command's standard output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// To ours.
    Ours,
    /// To our standard error, as our standard output is for something else.
    ToError,
}

/// A command to be run.
#[derive(Debug, Clone)]
pub struct Order {
    program: OsString,
    arguments: Vec<OsString>,
    changes: Vec<(OsString, Option<OsString>)>,
    output: Output,
    directory: Option<PathBuf>,
    gathers: bool,
    regardless: bool,
}

impl Order {
    /// This program with these arguments, in our environment.
    pub fn new<A: Into<OsString>>(program: impl Into<OsString>, arguments: impl IntoIterator<Item = A>) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            changes: Vec::new(),
            output: Output::Ours,
            directory: None,
            gathers: false,
            regardless: false,
        }
    }

    /// With a variable set.
    #[must_use]
    pub fn with(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.changes.push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// With a variable taken away.
    #[must_use]
    pub fn without(mut self, name: impl AsRef<OsStr>) -> Self {
        self.changes.push((name.as_ref().to_owned(), None));
        self
    }

    /// With its standard output there.
    #[must_use]
    pub const fn output(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// In this working directory.
    #[must_use]
    pub fn directory(mut self, folder: impl Into<PathBuf>) -> Self {
        self.directory = Some(folder.into());
        self
    }

    /// With the processes that it leaves behind becoming ours, so that [`Running::left`] knows of them. Linux only; elsewhere none
    /// are ever known. For a process that has no other children: it speaks for all of them.
    #[must_use]
    pub const fn gathering(mut self) -> Self {
        self.gathers = true;
        self
    }

    /// Started also where this process may have no thread that passes signals on: then they end it, and the command goes on.
    #[must_use]
    pub const fn regardless(mut self) -> Self {
        self.regardless = true;
        self
    }

    /// Starts it. From here on signals do not end this process.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(&self) -> io::Result<Running> {
        // Before the start: a signal that comes right after it waits for the thread.
        let ignored = ignored();
        if ignored & bit(SIGCHLD) != 0 {
            // The children of who ignores this are nobody's to wait for; whatever is done about it instead, they are.
            signal_hook::flag::register(SIGCHLD, Arc::default())?;
        }
        let (passing, handle) = match Passing::begin(ignored) {
            Ok((passing, handle)) => (Some(passing), Some(handle)),
            Err(_) if self.regardless => (None, None),
            Err(error) => return Err(error),
        };
        if self.gathers {
            gather();
        }
        let state = Arc::new(Mutex::new(State { runs: None, signal: None, asked: false }));
        let pid = self.spawn(&self.program, &self.arguments).or_else(|error| self.by_shell(error))?;
        state.lock().unwrap_or_else(PoisonError::into_inner).runs = Some(pid);
        let passing = passing.map(|passing| passing.go_on(&state));
        Ok(Running { pid, state, handle, passing, gathers: self.gathers })
    }

    /// A script whose first line does not say what runs it is the shell's, as it is with execvp(3).
    fn by_shell(&self, error: io::Error) -> io::Result<Pid> {
        match instead::on_path(&self.program) {
            Some(script) if error.raw_os_error() == Some(instead::NO_FORMAT.raw_os_error()) => {
                let words = [&[script.into_os_string()], self.arguments.as_slice()].concat();
                self.spawn(OsStr::new(instead::SHELL), &words)
            }
            Some(_) | None => Err(error),
        }
    }

    fn spawn(&self, program: &OsStr, arguments: &[OsString]) -> io::Result<Pid> {
        let mut command = Command::new(program);
        command.args(arguments);
        for (name, value) in &self.changes {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(folder) = &self.directory {
            command.current_dir(folder);
        }
        if self.output == Output::ToError {
            command.stdout(Stdio::from(rustix::io::dup(rustix::stdio::stderr())?));
        }
        Ok(Pid::from_child(&command.spawn()?))
    }
}

/// The thread that passes signals on, before there is somebody to pass them to.
struct Passing {
    thread: JoinHandle<()>,
    signals: SignalsInfo<WithOrigin>,
    give: Sender<(SignalsInfo<WithOrigin>, Arc<Mutex<State>>)>,
}

impl Passing {
    /// The thread comes first: where there is none, signals do what they did before.
    fn begin(ignored: u64) -> io::Result<(Self, Handle)> {
        let (give, take) = channel::<(SignalsInfo<WithOrigin>, Arc<Mutex<State>>)>();
        let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
            if let Ok((mut signals, state)) = take.recv() {
                signals.forever().for_each(|origin| pass_on(&state, &origin));
            }
        })?;
        let signals =
            SignalsInfo::<WithOrigin>::new(PASSED_ON.into_iter().filter(|signal| ignored & bit(*signal) == 0))?;
        let handle = signals.handle();
        Ok((Self { thread, signals, give }, handle))
    }

    fn go_on(self, state: &Arc<Mutex<State>>) -> JoinHandle<()> {
        self.give.send((self.signals, Arc::clone(state))).ok();
        self.thread
    }
}

/// What the threads know.
#[derive(Debug)]
struct State {
    /// The command, until it ended.
    runs: Option<Pid>,
    /// The last signal that came to us.
    signal: Option<i32>,
    /// Whether one of them asked for the end.
    asked: bool,
}

/// A command that was started.
#[derive(Debug)]
pub struct Running {
    pid: Pid,
    state: Arc<Mutex<State>>,
    handle: Option<Handle>,
    passing: Option<JoinHandle<()>>,
    gathers: bool,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl Ended {
    /// The exit code, by the convention of shells: 128 and the number of the signal.
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => BY_SIGNAL.saturating_add(signal),
        }
    }
}

impl Running {
    /// Waits for the command's end.
    ///
    /// # Errors
    /// Somebody else in this process waited for it.
    pub fn wait(&self) -> io::Result<Ended> {
        // It stays a zombie until nobody can signal it any more: its number is not given to another before.
        again(|| waitid(WaitId::Pid(self.pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT))?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = again(|| waitpid(Some(self.pid), WaitOptions::empty()))?;
        state.runs = None;
        drop(state);
        let status = ended.map(|(_, status)| status);
        Ok(match status.and_then(rustix::process::WaitStatus::terminating_signal) {
            Some(signal) => Ended::Signal(signal),
            None => Ended::Code(status.and_then(rustix::process::WaitStatus::exit_status).unwrap_or_default()),
        })
    }

    /// The last signal that came to us.
    #[must_use]
    pub fn signal(&self) -> Option<i32> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).signal
    }

    /// Whether a signal came to us by which somebody asks a program to end.
    #[must_use]
    pub fn was_asked_to_end(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).asked
    }

    /// Whether processes that the ended command left behind still run; `false` where they are not gathered. Once a signal came to us
    /// they are told to end, too: the shells' `&` makes them deaf to an interrupt, so that it is not the same signal.
    #[must_use]
    pub fn left(&self) -> bool {
        if !self.gathers {
            return false;
        }
        if self.signal().is_some() {
            // Ours until we wait for them, so their numbers are still their own.
            ours().into_iter().for_each(|pid| kill_process(pid, Signal::TERM).unwrap_or_default());
        }
        loop {
            match again(|| waitpid(None, WaitOptions::NOHANG)) {
                Ok(Some(_)) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(handle) = &self.handle {
            handle.close();
        }
        if let Some(passing) = self.passing.take() {
            passing.join().ok();
        }
    }
}

/// Gives a signal to the command, unless it has it already.
fn pass_on(state: &Mutex<State>, origin: &Origin) {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.signal = Some(origin.signal);
    state.asked |= ASKING.contains(&origin.signal);
    // A terminal's keys signal the whole group, and the system says of no process that it did.
    let keyboard = matches!(origin.signal, SIGINT | SIGQUIT);
    let everybodys = if keyboard { origin.process.is_none() } else { matches!(origin.cause, Cause::Kernel) };
    if let (false, Some(pid), Some(signal)) = (everybodys, state.runs, Signal::from_named_raw(origin.signal)) {
        kill_process(pid, signal).ok();
    }
}

/// Asks again when a signal came between.
fn again<T>(mut ask: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    loop {
        match ask() {
            Err(Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}

const fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// The signals that this process was started to ignore, as `nohup` and a shell's `&` do: their bits. Where the system does not tell, none.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let hex = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    hex.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or_default()
}

/// Makes this process the parent of those whose own parent ends.
fn gather() {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).ok();
}

/// This process's children.
fn ours() -> Vec<Pid> {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    let pids: Vec<String> = lists.flat_map(|list| list.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
    pids.iter().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Order {
        Order::new("sh", ["-c", script])
    }

    #[test]
    fn the_exit_code_is_the_commands_own() {
        assert_eq!(shell("exit 7").start().expect("sh").wait().expect("its end"), Ended::Code(7));
        let killed = shell("kill -9 $$").start().expect("sh").wait().expect("its end");
        assert_eq!((killed, killed.code()), (Ended::Signal(9), 137));
        assert!(Order::new("/nowhere/at/all", [] as [&str; 0]).start().is_err());
    }

    #[test]
    fn the_environment_is_changed_for_the_command_only() {
        // A variable that no shell sets by itself, as some do PATH.
        let gone = "CARGO_MANIFEST_DIR";
        let order = shell("test \"$A\" = b && test -z \"${CARGO_MANIFEST_DIR+x}\"").with("A", "b").without(gone);
        assert_eq!(order.start().expect("sh").wait().expect("its end"), Ended::Code(0));
        assert!(std::env::var_os("A").is_none() && std::env::var_os(gone).is_some());
    }

    #[test]
    fn bits_of_signals_are_the_systems() {
        assert_eq!((bit(SIGHUP), bit(SIGTERM)), (1, 0x4000));
    }
}
