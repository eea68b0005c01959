//! Facts about the machine that a manifest may ask for, and whether this is a CI run.
//!
//! Promises: no program is started and no network asked; nothing is gathered until a fact is asked for; the host's name cannot be
//! printed. Absent: user names and paths; the cloud (`cloud`) and the time zone (`time_zone`).

use std::path::Path;

use crate::host::env::{Env, Var};
use crate::host::files;

/// Largest `/proc/meminfo`, bytes; it has some 1,500.
const MEMINFO_LIMIT: usize = 64 * 1024;

/// The operating system's family: `linux`, `macos` (Rust's `std::env::consts::OS`).
#[must_use]
pub fn os() -> &'static str {
    std::env::consts::OS
}

/// The processor's architecture: `x86_64`, `aarch64` (Rust's `std::env::consts::ARCH`).
#[must_use]
pub fn arch() -> &'static str {
    std::env::consts::ARCH
}

/// The kernel's release as uname(2) gives it, such as `6.1.0-18-amd64`; letters, digits and `.-+_~` only, 64 at most.
#[must_use]
pub fn os_release() -> String {
    let name = rustix::system::uname();
    let text = name.release().to_string_lossy();
    text.chars().filter(|c| c.is_ascii_alphanumeric() || ".-+_~".contains(*c)).take(64).collect()
}

/// How many processors this process may use: those of its container or its affinity, where these give it fewer.
#[must_use]
pub fn cpu_count() -> Option<usize> {
    std::thread::available_parallelism().ok().map(std::num::NonZero::get)
}

/// The machine's memory in GiB, to the nearest power of two from 1 to 1024, as `/proc/meminfo` below `root` has it; `None` where there
/// is no such file (macOS).
#[must_use]
pub fn memory_gib(root: &Path) -> Option<u64> {
    let bytes = files::read(&root.join("proc/meminfo"), MEMINFO_LIMIT).ok()??;
    let text = String::from_utf8(bytes).ok()?;
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = total.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(nearest_gib(kib))
}

/// A power of two is what W3C's Device Memory gives browsers: the kernel keeps some of what was bought, and the exact number is
/// nearly a machine's own.
fn nearest_gib(kib: u64) -> u64 {
    let mib = kib >> 10;
    let up = mib.max(1).checked_next_power_of_two().unwrap_or(u64::MAX);
    let down = up >> 1;
    let nearest = if mib.saturating_sub(down) < up.saturating_sub(mib) { down } else { up };
    (nearest >> 10).clamp(1, 1024)
}

/// The host's name: to be hashed, or to be shown to a person who asks what another program sends of it; so it does not print by itself.
#[derive(Clone, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// The name itself, for a digest.
    #[must_use]
    pub fn to_hash(&self) -> &str {
        &self.0
    }

    /// The name itself, for a person who asks what another program sends of it.
    #[must_use]
    pub fn to_show(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for HostName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HostName(…)")
    }
}

/// The host's name as uname(2) gives it; `None` where it has none.
#[must_use]
pub fn host_name() -> Option<HostName> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(HostName(name))
}

/// How a variable tells of a CI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// Any value but the empty string, `0` and `false` (in any case).
    Truthy,
    /// Any value but the empty string.
    Present,
    /// This word in the value.
    Holds(&'static str),
}

/// Variables by which a CI is recognised, the vendors' own before the general ones, so that the name is the most exact one.
/// Source: the vendors' documentation as gathered by the `ci-info` table and AWS SAM's list; trials of both in
/// `CI=false`, Jenkins, CodeBuild and GitHub cases showed that neither is enough alone.
const SIGNS: &[(&str, Sign, &str)] = &[
    ("GITHUB_ACTIONS", Sign::Truthy, "github-actions"),
    ("GITLAB_CI", Sign::Truthy, "gitlab"),
    ("JENKINS_URL", Sign::Present, "jenkins"),
    ("CIRCLECI", Sign::Truthy, "circleci"),
    ("TRAVIS", Sign::Truthy, "travis"),
    ("BUILDKITE", Sign::Truthy, "buildkite"),
    ("TF_BUILD", Sign::Truthy, "azure-pipelines"),
    ("CODEBUILD_BUILD_ID", Sign::Present, "codebuild"),
    ("BITBUCKET_BUILD_NUMBER", Sign::Present, "bitbucket"),
    ("TEAMCITY_VERSION", Sign::Present, "teamcity"),
    ("APPVEYOR", Sign::Truthy, "appveyor"),
    ("DRONE", Sign::Truthy, "drone"),
    ("WOODPECKER", Sign::Truthy, "woodpecker"),
    ("SEMAPHORE", Sign::Truthy, "semaphore"),
    ("CIRRUS_CI", Sign::Truthy, "cirrus"),
    ("BUDDY", Sign::Truthy, "buddy"),
    ("bamboo_buildNumber", Sign::Present, "bamboo"),
    ("CI_NAME", Sign::Holds("codeship"), "codeship"),
    ("VERCEL", Sign::Truthy, "vercel"),
    ("NOW_BUILDER", Sign::Present, "vercel"),
    ("NETLIFY", Sign::Truthy, "netlify"),
    ("HEROKU_TEST_RUN_ID", Sign::Present, "heroku"),
    ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", Sign::Present, "azure-pipelines"),
    ("BUILD_TAG", Sign::Holds("jenkins"), "jenkins"),
    ("CI", Sign::Truthy, "unnamed"),
    ("CONTINUOUS_INTEGRATION", Sign::Truthy, "unnamed"),
];

/// The CI that this environment belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ci {
    /// Its name, from a closed list.
    pub name: &'static str,
    /// The variable that told.
    pub variable: &'static str,
}

/// The CI that `env` tells of, if any. `CI=false`, `CI=0` and `CI=` tell of none; bytes that are not text tell of one.
#[must_use]
pub fn ci(env: &Env) -> Option<Ci> {
    SIGNS
        .iter()
        .find(|(variable, sign, _)| shows(env.get(variable), *sign))
        .map(|(variable, _, name)| Ci { name, variable })
}

/// The names that [`ci`] can give, without repeats.
#[must_use]
pub fn ci_names() -> Vec<&'static str> {
    let mut names: Vec<_> = SIGNS.iter().map(|(_, _, name)| *name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn shows(value: Var<'_>, sign: Sign) -> bool {
    match (value, sign) {
        (Var::Unset, _) => false,
        (Var::NotText, _) => true,
        (Var::Text(text), Sign::Truthy) => !(text.is_empty() || text == "0" || text.eq_ignore_ascii_case("false")),
        (Var::Text(text), Sign::Present) => !text.is_empty(),
        (Var::Text(text), Sign::Holds(word)) => text.contains(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ci_is_recognised_by_its_variables() {
        let name = |pairs: &[(&str, &str)]| ci(&Env::of(pairs.iter().copied())).map(|ci| ci.name);
        for (pairs, expected) in [
            (&[][..], None),
            (&[("CI", "false")], None),
            (&[("CI", "0")], None),
            (&[("CI", "")], None),
            (&[("CI", "1")], Some("unnamed")),
            (&[("CI", "true")], Some("unnamed")),
            (&[("CI", "true"), ("GITHUB_ACTIONS", "true")], Some("github-actions")),
            (&[("GITHUB_ACTIONS", "true")], Some("github-actions")),
            (&[("JENKINS_URL", "http://ci/")], Some("jenkins")),
            (&[("CODEBUILD_BUILD_ID", "a:b")], Some("codebuild")),
            (&[("CI_NAME", "codeship")], Some("codeship")),
            (&[("CI_NAME", "mine")], None),
        ] {
            assert_eq!(name(pairs), expected, "{pairs:?}");
        }
    }

    #[test]
    fn memory_is_told_as_the_nearest_power_of_two() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let of = |text: &str| {
            std::fs::create_dir_all(root.path().join("proc")).expect("a folder");
            std::fs::write(root.path().join("proc/meminfo"), text).expect("a file");
            memory_gib(root.path())
        };
        assert_eq!(of("MemTotal:       24684092 kB\nMemFree:  1 kB\n"), Some(16));
        for text in ["", "MemFree: 1 kB\n", "MemTotal: many kB\n", "MemTotal: 1 MB\n"] {
            assert_eq!(of(text), None, "{text:?}");
        }
        assert_eq!(memory_gib(&root.path().join("nothing")), None);
        let gib = |number: f64| nearest_gib((number * 1024.0 * 1024.0) as u64);
        for (bought, told) in [
            (0.0, 1),
            (0.4, 1),
            (0.96, 1),
            (1.9, 2),
            (3.8, 4),
            (7.7, 8),
            (11.7, 8),
            (12.1, 16),
            (15.5, 16),
            (23.5, 16),
            (62.7, 64),
        ] {
            assert_eq!(gib(bought), told, "{bought}");
        }
        assert_eq!((gib(3000.0), nearest_gib(u64::MAX)), (1024, 1024));
    }

    #[test]
    fn the_hosts_name_does_not_print() {
        let name = HostName("kitchen-laptop".to_owned());
        assert_eq!(format!("{name:?}"), "HostName(…)");
        assert!(host_name().is_some_and(|name| !name.to_hash().is_empty()));
    }

    #[test]
    fn the_machine_has_an_os_a_release_and_an_architecture() {
        assert!(["linux", "macos"].contains(&os()));
        assert!(!arch().is_empty() && !os_release().is_empty());
        assert!(cpu_count().is_some_and(|count| count > 0));
        assert!(ci_names().windows(2).all(|pair| pair.first() < pair.last()));
    }
}
