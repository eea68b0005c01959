//! The places that do not belong to one tool, as one small value that creates nothing.
//!
//! Promises: `TELEMETRY_HOME` moves the home and never the policy. Absent: places of a tool (`identity/places.rs`).

use std::path::{Path, PathBuf};

use crate::host::env::{Env, HOME, TELEMETRY_HOME, XDG_CONFIG_HOME, XDG_DATA_DIRS};

/// Where the administrator of a machine says what is allowed.
pub const POLICY: &str = "/etc/telemetry/policy.yml";

/// There is no home to keep consent in: nothing can be known, so everything is a no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HomeError {
    /// Neither the environment nor the system's user database names a home.
    #[error("no home directory: neither TELEMETRY_HOME nor HOME is set, and the system names none for this user")]
    Missing,
    /// A home that is not absolute depends on the working directory.
    #[error("the home directory {0:?} is not an absolute path")]
    Relative(PathBuf),
}

/// The user's and the machine's places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    home: PathBuf,
    tool_folders: Vec<PathBuf>,
    policy: PathBuf,
    root: PathBuf,
}

impl Paths {
    /// The places that `env` names.
    ///
    /// # Errors
    /// There is no home, or it is not absolute.
    pub fn from_env(env: &Env) -> Result<Self, HomeError> {
        let home = env
            .raw(TELEMETRY_HOME)
            .or_else(|| env.raw(HOME))
            .map(PathBuf::from)
            .or_else(dirs::home_dir)
            .ok_or(HomeError::Missing)?;
        if !home.is_absolute() {
            return Err(HomeError::Relative(home));
        }
        let absolute = |folder: &PathBuf| folder.is_absolute();
        let user = env.raw(XDG_CONFIG_HOME).map(PathBuf::from).filter(absolute).unwrap_or_else(|| home.join(".config"));
        let system = env.raw(XDG_DATA_DIRS).unwrap_or_else(|| "/usr/local/share:/usr/share".as_ref());
        let tool_folders = std::iter::once(user)
            .chain(std::env::split_paths(system).filter(absolute))
            .map(|folder| folder.join("telemetry/tools"))
            .collect();
        Ok(Self { home, tool_folders, policy: PathBuf::from(POLICY), root: PathBuf::from("/") })
    }

    /// The same places with another policy file: for tests, and for images that keep it elsewhere.
    #[must_use]
    pub fn with_policy(self, policy: PathBuf) -> Self {
        Self { policy, ..self }
    }

    /// The same places with the machine's own files below another folder: for tests, and for a system that is mounted there.
    #[must_use]
    pub fn with_root(self, root: PathBuf) -> Self {
        Self { root, ..self }
    }

    /// The home.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Folders of manifests, the user's before the system's.
    #[must_use]
    pub fn tool_folders(&self) -> &[PathBuf] {
        &self.tool_folders
    }

    /// The machine's policy.
    #[must_use]
    pub fn policy(&self) -> &Path {
        &self.policy
    }

    /// Below which the machine's own files lie that tell facts about it: `/`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// When the no for all tools was withdrawn last: nothing that was recorded before is ever sent.
    #[must_use]
    pub fn withdrawn(&self) -> PathBuf {
        self.home.join(".telemetry/withdrawn")
    }

    /// The user's no for all tools: its existence is the no.
    #[must_use]
    pub fn no_for_all(&self) -> PathBuf {
        self.home.join(".telemetry/no")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telemetry_home_moves_the_home_and_not_the_policy() {
        let paths = Paths::from_env(&Env::of([("HOME", "/home/a"), ("TELEMETRY_HOME", "/b")])).expect("a home");
        assert_eq!(paths.no_for_all(), Path::new("/b/.telemetry/no"));
        assert_eq!(paths.policy(), Path::new(POLICY));
        assert_eq!(paths.tool_folders().first().map(PathBuf::as_path), Some(Path::new("/b/.config/telemetry/tools")));
    }

    #[test]
    fn a_relative_home_is_none() {
        assert!(matches!(Paths::from_env(&Env::of([("HOME", "here")])), Err(HomeError::Relative(_))));
    }

    #[test]
    fn relative_folders_of_manifests_are_passed_over() {
        let env = Env::of([("HOME", "/h"), ("XDG_CONFIG_HOME", "x"), ("XDG_DATA_DIRS", "y:/z")]);
        let paths = Paths::from_env(&env).expect("a home");
        assert_eq!(
            paths.tool_folders(),
            [PathBuf::from("/h/.config/telemetry/tools"), PathBuf::from("/z/telemetry/tools")]
        );
    }
}
