//! The program `telemetry`: arguments to `cli::run`, its exit code back.

use std::process::ExitCode;

fn main() -> ExitCode {
    telemetry::cli::run::run(std::env::args_os().collect()).leave()
}
