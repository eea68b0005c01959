//! A temporary home, the library's context in it, and the built program run in it with nothing of this machine's environment.
//!
//! Promises: nothing outside the folder is read or written, but for the machine's own policy by the program; the folder goes
//! with its `Home`. Absent: a terminal: input is empty or given, output is caught.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use telemetry::actions::context::{Context, Tool};
use telemetry::host::clock::{Clock, Timestamp};
use telemetry::host::env::Env;
use telemetry::host::paths::Paths;
use telemetry::identity::names::ToolName;

/// A home of its own, removed when dropped.
#[derive(Debug)]
pub(crate) struct Home {
    root: tempfile::TempDir,
}

impl Home {
    /// A home with a working directory `work` in it and nothing else.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let home = Self { root };
        fs::create_dir_all(home.work()).expect("folders");
        home
    }

    /// The home.
    pub(crate) fn path(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// `name` in the home.
    pub(crate) fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    /// The working directory, below the home.
    pub(crate) fn work(&self) -> PathBuf {
        self.at("work")
    }

    /// Where [`Home::context`] looks for the machine's policy: beside the home.
    pub(crate) fn policy(&self) -> PathBuf {
        self.root.path().join("policy.yml")
    }

    /// Writes a file in the home, with the folders that it needs.
    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(&path, bytes).expect("a file");
        path
    }

    /// Reads a text in the home.
    pub(crate) fn read(&self, name: impl AsRef<Path>) -> String {
        let path = self.at(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Makes a folder in the home.
    pub(crate) fn folder(&self, name: impl AsRef<Path>) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(&path).expect("folders");
        path
    }

    /// Makes a link in the home that leads to `target`.
    pub(crate) fn link(&self, name: impl AsRef<Path>, target: impl AsRef<Path>) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        symlink(target, &path).expect("a link");
        path
    }

    /// Everything in the home but the working directory, sorted; folders end in `/`. For "nothing was written".
    pub(crate) fn list(&self) -> Vec<String> {
        let (mut names, mut folders) = (Vec::new(), vec![self.path()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.strip_prefix(self.path()).expect("in the home").display().to_string();
                if path.is_dir() && !path.is_symlink() {
                    names.extend((path != self.work()).then(|| format!("{name}/")));
                    folders.push(path);
                } else {
                    names.push(name);
                }
            }
        }
        names.sort();
        names
    }

    /// Writes a manifest, with its end mark, into the user's folder of manifests, readable by all and written by its owner only.
    pub(crate) fn manifest(&self, tool: &str, text: &str) -> PathBuf {
        let end = if text.trim_end().ends_with("...") { "" } else { "\n...\n" };
        let path = self.write(format!(".config/telemetry/tools/{tool}.yml"), format!("{}{end}", text.trim_end()));
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
        mode(&path, 0o644);
        mode(path.parent().expect("a folder"), 0o755);
        path
    }

    /// The library's context here: an environment of `HOME` alone, the machine's clock, a policy in the temporary folder.
    pub(crate) fn context(&self) -> Context {
        self.context_with([] as [(&str, &str); 0])
    }

    /// The same with these variables as well.
    pub(crate) fn context_with<K: Into<OsString>, V: Into<OsString>>(
        &self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Context {
        let given = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        let env = Env::of([("HOME".into(), self.path().into_os_string())].into_iter().chain(given));
        let paths = Paths::from_env(&env).expect("a home").with_policy(self.policy());
        Context { env, clock: Clock::System, paths, directory: Some(self.work()), manifest: None }
    }

    /// The same at a clock that stands still.
    pub(crate) fn context_at(&self, now: Timestamp) -> Context {
        Context { clock: Clock::At(now), ..self.context() }
    }

    /// The tool of this name, found as the program finds it.
    pub(crate) fn tool(&self, name: &str) -> Tool {
        self.context().tool(&ToolName::new(name).expect("a name")).expect("a manifest")
    }

    /// Runs the program with these arguments in the working directory, with an environment of `HOME` and `PATH`, and no input.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        self.command(arguments).run()
    }

    /// The same, to be given variables, another directory or input first.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.program(env!("CARGO_BIN_EXE_telemetry"), arguments)
    }

    /// The same for any program.
    pub(crate) fn program<S: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = S>,
    ) -> Run {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().current_dir(self.work()).env("HOME", self.path());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        Run { command, input: Vec::new() }
    }
}

/// A run to be.
#[derive(Debug)]
pub(crate) struct Run {
    command: Command,
    input: Vec<u8>,
}

impl Run {
    /// Sets a variable.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable away, `HOME` and `PATH` among them.
    pub(crate) fn without(mut self, name: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Adds a word.
    pub(crate) fn word(mut self, word: impl AsRef<OsStr>) -> Self {
        self.command.arg(word);
        self
    }

    /// Sets the working directory.
    pub(crate) fn directory(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets what comes over standard input.
    pub(crate) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self) -> Ran {
        let line = format!("{:?}", self.command);
        let pipes = self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap_or_else(|error| panic!("{line}: {error}"));
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = self.input;
        // Beside the reading, so that full pipes on both sides cannot lock; a program need not read all, or anything.
        let writer = std::thread::spawn(move || stdin.write_all(&input).ok());
        let output = child.wait_with_output().expect("its end");
        writer.join().expect("the writer");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_else(|_| panic!("{line}: not text"));
        let status = output.status.code().unwrap_or_else(|| panic!("{line}: {}", output.status));
        Ran { status, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) status: i32,
    /// All of standard output.
    pub(crate) stdout: String,
    /// All of standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// The same, when the exit code is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "\n--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr);
        self
    }
}

#[test]
fn a_run_sees_its_home_and_nothing_else() {
    let home = Home::new();
    let ran = home.program("env", [] as [&str; 0]).env("A", "b").without("PATH").run().expect(0);
    let mut lines: Vec<&str> = ran.stdout.lines().collect();
    lines.sort_unstable();
    let own = format!("HOME={}", home.path().display());
    assert_eq!(lines, ["A=b", own.as_str()]);
    assert_eq!(home.list(), [""; 0]);
}

#[test]
fn a_run_has_its_directory_its_input_and_its_exit_code() {
    let home = Home::new();
    let folder = home.folder("work/below").canonicalize().expect("a folder");
    let script = "pwd -P; cat; test -t 0 && echo terminal; echo talk >&2; exit 4";
    let ran = home.program("sh", ["-c", script]).directory(&folder).input("line\n").run();
    assert_eq!(ran, Ran { status: 4, stdout: format!("{}\nline\n", folder.display()), stderr: "talk\n".to_owned() });
    let long = home.program("sh", ["-c", "exit 0"]).input(vec![b'x'; 1 << 20]).run();
    assert_eq!(long.status, 0, "input need not be read");
}

#[test]
fn the_program_runs_in_the_home() {
    // Whatever it says about an option that is none, it ends, and leaves nothing behind.
    let home = Home::new();
    assert_ne!(home.run(["--no-such-option"]).status, 101, "no panic");
    assert_eq!(home.list(), [""; 0]);
}
