//! Exit codes: one closed table, in the help of every command and in the man pages.
//!
//! Promises: a code never changes its meaning; a command that was run is not translated. Absent: our own signals.

use std::process::ExitCode;

use crate::host::children::Ended;
use crate::host::instead;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Failed; the error says on what.
    Failed,
    /// The command line was not understood.
    Usage,
    /// Not now: off with `--exit-code`, a destination in trouble, a deletion request still open.
    NotNow,
    /// Partly done: the output says what is left.
    Partly,
    /// Nothing is known by that name.
    Unknown,
    /// As the command ended that `run` ran: its code, or what shells give for one that did not start.
    Commands(u8),
    /// As that command ended, by this signal.
    BySignal(i32),
}

impl Exit {
    /// All of our own, in order.
    pub const ALL: [Self; 6] = [Self::Done, Self::Failed, Self::Usage, Self::NotNow, Self::Partly, Self::Unknown];

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotNow => 3,
            Self::Partly => 4,
            Self::Unknown => 5,
            Self::Commands(code) => code,
            Self::BySignal(signal) => {
                let code = Ended::Signal(signal).code();
                if code < 256 { code.to_le_bytes()[0] } else { u8::MAX }
            }
        }
    }

    /// Leaves: as a process that a signal ended, where a command that was run was; otherwise comes back with the number.
    #[must_use]
    pub fn leave(self) -> ExitCode {
        if let Self::BySignal(signal) = self {
            instead::end_by(signal);
        }
        ExitCode::from(self.code())
    }

    /// What it means.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "the command line was not understood",
            Self::NotNow => "not now: off (--exit-code), a destination in trouble, a request still open",
            Self::Partly => "partly done",
            Self::Unknown => "nothing is known by that name",
            Self::Commands(_) | Self::BySignal(_) => "as the command that was run",
        }
    }
}

/// The same of `run`, whose codes are the command's.
#[must_use]
pub fn of_run() -> String {
    "Exit codes: those of COMMAND, and as a signal ended it; of our own:\n  2    the command line was not understood, and nothing was run\n  \
     126  COMMAND cannot be run\n  127  COMMAND is not found\nWhat is in the way of recording, such as a TOOL that nothing is known of, is one \
     line on standard error: COMMAND runs all the same."
        .to_owned()
}

/// The table as it stands at the end of every help but that of `run`.
#[must_use]
pub fn table() -> String {
    let lines: Vec<String> = Exit::ALL.iter().map(|exit| format!("  {}  {}", exit.code(), exit.words())).collect();
    format!("Exit codes:\n{}", lines.join("\n"))
}
