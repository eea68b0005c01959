//! The environment as a value, and the one list of variables that `telemetry` itself reads.
//!
//! Promises: a variable that is not text is seen as such and never as absent. Absent: a way to change the environment of this
//! process.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Moves `~`: profiles, markers, queues and the user's no for all tools. Never the policy, never a project.
pub const TELEMETRY_HOME: &str = "TELEMETRY_HOME";
/// The tool of `track`, `run` and `flush` where none is named.
pub const TELEMETRY_TOOL: &str = "TELEMETRY_TOOL";
/// The convention that many tools share: set to anything but the empty string, `0` or `false` it is a no.
pub const DO_NOT_TRACK: &str = "DO_NOT_TRACK";
/// Colour is left out when it is set to anything (no-color.org).
pub const NO_COLOR: &str = "NO_COLOR";
/// The user's home, by POSIX.
pub const HOME: &str = "HOME";
/// Where programs are looked for, by POSIX.
pub const PATH: &str = "PATH";
/// Where the user's manifests stand (`telemetry/tools` below it), by the XDG base directory specification.
pub const XDG_CONFIG_HOME: &str = "XDG_CONFIG_HOME";
/// Where the system's manifests stand (`telemetry/tools` below each), by the XDG base directory specification.
pub const XDG_DATA_DIRS: &str = "XDG_DATA_DIRS";
/// The time zone, by POSIX: a name of the IANA database among other forms.
pub const TZ: &str = "TZ";
/// Of OpenTelemetry, as are all below, and asked only for destinations whose manifest says `follow: otel`: `true` means off.
pub const OTEL_SDK_DISABLED: &str = "OTEL_SDK_DISABLED";
/// Which exporters logs go through: a list without `otlp` means off.
pub const OTEL_LOGS_EXPORTER: &str = "OTEL_LOGS_EXPORTER";
/// Where logs go, as it is.
pub const OTEL_LOGS_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT";
/// Where all signals go: logs at `v1/logs` below it.
pub const OTEL_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// Headers of requests with logs, as `name=value,name=value` with percent signs: secrets.
pub const OTEL_LOGS_HEADERS: &str = "OTEL_EXPORTER_OTLP_LOGS_HEADERS";
/// Headers of all requests.
pub const OTEL_HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
/// How bodies with logs are packed: `gzip` or `none`.
pub const OTEL_LOGS_COMPRESSION: &str = "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION";
/// How all bodies are packed.
pub const OTEL_COMPRESSION: &str = "OTEL_EXPORTER_OTLP_COMPRESSION";
/// How long an answer to logs is waited for, milliseconds.
pub const OTEL_LOGS_TIMEOUT: &str = "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT";
/// How long any answer is waited for, milliseconds.
pub const OTEL_TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TIMEOUT";
/// What logs are spoken in; only `http/json` is.
pub const OTEL_LOGS_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL";
/// What all signals are spoken in.
pub const OTEL_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
/// The width of the terminal where it cannot be asked for.
pub const COLUMNS: &str = "COLUMNS";

/// Where the working directory is that the system does not tell: nothing can stand there, so asking there is refused.
const UNKNOWN: &str = "/\0";

/// The working directory of this process; `None` when it is gone. When the system does not tell it, it may lie in a project that
/// says no: it is given as a path at which every question is refused.
#[must_use]
pub fn working_directory() -> Option<PathBuf> {
    match std::env::current_dir() {
        Ok(path) => Some(path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(_) => Some(PathBuf::from(UNKNOWN)),
    }
}

/// The file of this program.
///
/// # Errors
/// The system does not say.
pub fn own_program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// What one variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Var<'a> {
    /// Not set.
    Unset,
    /// Set, also to the empty string.
    Text(&'a str),
    /// Set to bytes that are not UTF-8.
    NotText,
}

/// One environment.
#[derive(Debug, Clone, Default)]
pub struct Env {
    variables: HashMap<OsString, OsString>,
}

impl Env {
    /// The environment of this process, as it stands now.
    #[must_use]
    pub fn of_process() -> Self {
        Self { variables: std::env::vars_os().collect() }
    }

    /// An environment of just these variables.
    pub fn of<K: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// The same with this variable.
    #[must_use]
    pub fn with(&self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        let mut variables = self.variables.clone();
        variables.insert(name.into(), value.into());
        Self { variables }
    }

    /// What `name` holds.
    #[must_use]
    pub fn get(&self, name: &str) -> Var<'_> {
        match self.variables.get(OsStr::new(name)) {
            None => Var::Unset,
            Some(value) => value.to_str().map_or(Var::NotText, Var::Text),
        }
    }

    /// The text of `name`; `None` when it is unset, empty or not text. For places and widths, never for consent.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Var::Text(text) if !text.is_empty() => Some(text),
            Var::Text(_) | Var::Unset | Var::NotText => None,
        }
    }

    /// For each byte whether the name of a set variable begins with it.
    #[must_use]
    pub fn first_bytes(&self) -> [bool; 256] {
        let firsts = self.variables.keys().filter_map(|name| name.as_encoded_bytes().first());
        let mut all = [false; 256];
        for byte in firsts {
            if let Some(there) = all.get_mut(usize::from(*byte)) {
                *there = true;
            }
        }
        all
    }

    /// The raw value of `name`, for paths that need not be text.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    #[test]
    fn a_value_that_is_not_text_is_not_absent() {
        let env =
            Env::of([("A".into(), OsString::from_vec(vec![0xff])), ("B".into(), OsString::new())]
                as [(OsString, OsString); 2]);
        assert_eq!(env.get("A"), Var::NotText);
        assert_eq!(env.get("B"), Var::Text(""));
        assert_eq!(env.get("C"), Var::Unset);
        assert_eq!(env.text("B"), None);
    }
}
