//! Facts about the machine that a manifest may ask for, and whether this is a CI run.
//!
//! Promises: no program is started and no network asked; nothing is gathered until a fact is asked for.
//! Absent: host names, user names and paths.

use crate::host::env::{Env, Var};

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
    fn the_machine_has_an_os_a_release_and_an_architecture() {
        assert!(["linux", "macos"].contains(&os()));
        assert!(!arch().is_empty() && !os_release().is_empty());
        assert!(ci_names().windows(2).all(|pair| pair.first() < pair.last()));
    }
}
