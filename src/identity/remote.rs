//! The address of a project's git repository, from which some programs derive an id: read without running git.
//!
//! Promises: found as git finds it, from the project upwards, through the `.git` files of worktrees and submodules, with the
//! `insteadOf` of the user and the repository; name and password in the address are never shown, and there is no other way to
//! print it. Absent: files that `include` names (it is said that the address may be another one), `GIT_DIR`, remotes kept
//! outside of `config`.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::host::files::{self, FileError};
use crate::settings::git::{self, Entry, GitError};

/// Most folders above a project that are looked at.
const DEEPEST: usize = 64;
/// Longest `.git` file and `commondir`, bytes.
const LINK: usize = 4096;

/// The address of a remote.
#[derive(Clone, PartialEq, Eq)]
pub struct Remote {
    address: String,
    /// The file in which it stands.
    pub file: PathBuf,
    /// Whether a file that was not read may say another one.
    pub may_differ: bool,
}

impl Remote {
    /// The address as git gives it, for deriving an id: it may hold a password.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.address
    }

    /// Whether it holds something that lets others in.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.shown() != self.address
    }

    /// The address for people, without name and password, and without what follows a question mark.
    #[must_use]
    pub fn shown(&self) -> String {
        let (address, query) = match self.address.split_once(['?', '#']) {
            Some((address, _)) => (address, "?…"),
            None => (self.address.as_str(), ""),
        };
        let Some((scheme, rest)) = address.split_once("://") else {
            // `git@host:path`: a name, and only what is no plain one could be more than that.
            return match address.split_once('@') {
                Some((user, rest)) if user.contains([':', '/']) => format!("…@{rest}{query}"),
                Some(_) | None => format!("{address}{query}"),
            };
        };
        let (host, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len())).unwrap_or((rest, ""));
        // A password may hold an `@`, or, where somebody forgot to escape it, a `/`.
        match (host.rsplit_once('@'), path.rsplit_once('@')) {
            (_, Some((_, rest))) => format!("{scheme}://…@{rest}{query}"),
            (Some((user, host)), None) if scheme == "ssh" && !user.contains(':') => {
                format!("{scheme}://{user}@{host}{path}{query}")
            }
            (Some((_, host)), None) => format!("{scheme}://…@{host}{path}{query}"),
            (None, None) => format!("{scheme}://{rest}{query}"),
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.shown()).finish()
    }
}

/// A repository that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// A configuration that git refuses.
    #[error("{}: {source}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Where.
        #[source]
        source: GitError,
    },
    /// A `.git` file that leads nowhere.
    #[error("{}: names no folder of git", path.display())]
    Link {
        /// The file.
        path: PathBuf,
    },
}

/// The address of the remote `name` of the repository that `project` lies in; `None` where there is no repository, or it has no such
/// remote. `home` is where the user's configuration lies.
///
/// # Errors
/// The repository, or a configuration that could change the address, cannot be read.
pub fn find(project: &Path, home: &Path, name: &str) -> Result<Option<Remote>, RemoteError> {
    let Some(folder) = repository(project)? else { return Ok(None) };
    let file = folder.join("config");
    let own = read(&file)?;
    let own_tree = read(&folder.join("config.worktree"))?;
    let mut all: Vec<Entry> = Vec::new();
    for file in [PathBuf::from("/etc/gitconfig"), home.join(".config/git/config"), home.join(".gitconfig")] {
        all.extend(read(&file)?);
    }
    all.extend(own);
    all.extend(own_tree);
    let url = |entry: &&Entry| entry.section == "remote" && entry.sub == name && entry.key == "url";
    let Some(said) = all.iter().find(url).and_then(|entry| entry.value.clone()).filter(|said| !said.is_empty()) else {
        return Ok(None);
    };
    let may_differ = all.iter().any(|entry| entry.section == "include" || entry.section == "includeif");
    Ok(Some(Remote { address: instead(&all, said), file, may_differ }))
}

/// The longest beginning that another one stands for is exchanged.
fn instead(all: &[Entry], said: String) -> String {
    let rules = all.iter().filter(|entry| entry.section == "url" && entry.key == "insteadof");
    let fitting = rules.filter_map(|entry| {
        let rest = said.strip_prefix(entry.value.as_deref().filter(|begin| !begin.is_empty())?)?;
        Some((rest, entry.sub.as_str()))
    });
    match fitting.min_by_key(|(rest, _)| rest.len()) {
        Some((rest, begin)) => format!("{begin}{rest}"),
        None => said,
    }
}

fn read(path: &Path) -> Result<Vec<Entry>, RemoteError> {
    let source = files::read(path, git::LIMIT)?.unwrap_or_default();
    git::read(&source).map_err(|source| RemoteError::Config { path: path.to_path_buf(), source })
}

/// The folder with the configuration of the repository that `project` lies in.
fn repository(project: &Path) -> Result<Option<PathBuf>, RemoteError> {
    for above in project.ancestors().take(DEEPEST) {
        let git = above.join(".git");
        if files::is_folder(&git) {
            // A folder of that name without a configuration is none of git's.
            if files::exists(&git.join("HEAD"))? {
                return Ok(Some(git));
            }
        } else if let Some(text) = line(&git)? {
            let link = || RemoteError::Link { path: git.clone() };
            let own = above.join(text.strip_prefix("gitdir:").map(str::trim).ok_or_else(link)?);
            if !files::is_folder(&own) {
                return Err(link());
            }
            return Ok(Some(match line(&own.join("commondir"))? {
                Some(common) => own.join(common),
                None => own,
            }));
        }
    }
    Ok(None)
}

fn line(path: &Path) -> Result<Option<String>, RemoteError> {
    Ok(files::read(path, LINK)?.map(|bytes| String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn at(root: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = root.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, text).expect("a file");
        }
    }

    fn origin(root: &Path, project: &str) -> Result<Option<String>, RemoteError> {
        find(&root.join(project), &root.join("home"), "origin")
            .map(|found| found.map(|found| found.secret().to_owned()))
    }

    const ORIGIN: &str =
        "[remote \"origin\"]\n\turl = https://example.invalid/acme/secret-project.git\n\turl = second\n";
    const ADDRESS: &str = "https://example.invalid/acme/secret-project.git";

    #[test]
    fn the_address_is_found_from_below_through_worktrees_and_submodules() {
        let root = tempfile::tempdir().expect("a temporary folder");
        at(
            root.path(),
            &[
                ("p/.git/HEAD", ""),
                ("p/.git/config", ORIGIN),
                ("p/a/b/x", ""),
                ("p/.git/worktrees/w/commondir", "../..\n"),
                ("w/.git", "gitdir: ../p/.git/worktrees/w\n"),
                ("p/.git/modules/m/config", "[remote \"origin\"]\nurl = other\n"),
                ("p/m/.git", "gitdir: ../.git/modules/m\n"),
                ("none/x", ""),
                ("p/odd/.git/notes", ""),
            ],
        );
        for (project, address) in [
            ("p", Some(ADDRESS)),
            ("p/a/b", Some(ADDRESS)),
            ("w", Some(ADDRESS)),
            ("p/m", Some("other")),
            ("none", None),
            ("p/odd", Some(ADDRESS)),
        ] {
            assert_eq!(origin(root.path(), project).expect(project).as_deref(), address, "{project}");
        }
        assert!(find(&root.path().join("p"), root.path(), "upstream").expect("readable").is_none());
    }

    #[test]
    fn what_stands_for_a_beginning_is_exchanged_the_longest_first() {
        let root = tempfile::tempdir().expect("a temporary folder");
        at(
            root.path(),
            &[
                (
                    "home/.gitconfig",
                    "[url \"ssh://a/\"]\ninsteadOf = https://example.invalid/\n[url \"ssh://b/\"]\ninsteadof = https://example.invalid/acme/\n",
                ),
                ("p/.git/HEAD", ""),
                ("p/.git/config", ORIGIN),
            ],
        );
        assert_eq!(origin(root.path(), "p").expect("readable").as_deref(), Some("ssh://b/secret-project.git"));
        let found =
            |root: &Path| find(&root.join("p"), &root.join("home"), "origin").expect("readable").expect("there");
        assert!(!found(root.path()).may_differ);
        at(root.path(), &[("home/.gitconfig", "[includeIf \"gitdir:~/work/\"]\npath = x\n")]);
        assert!(found(root.path()).may_differ);
    }

    #[test]
    fn what_cannot_be_read_is_no_absence() {
        let root = tempfile::tempdir().expect("a temporary folder");
        at(
            root.path(),
            &[("p/.git/HEAD", ""), ("p/.git/config", "[remote"), ("w/.git", "gitdir: gone"), ("v/.git", "what")],
        );
        for project in ["p", "w", "v"] {
            assert!(origin(root.path(), project).is_err(), "{project}");
        }
        fs::remove_file(root.path().join("p/.git/config")).expect("removed");
        assert!(origin(root.path(), "p").expect("a repository without a configuration").is_none());
    }

    #[test]
    fn nothing_that_lets_others_in_is_shown() {
        for (address, shown) in [
            (ADDRESS, ADDRESS),
            ("https://ada:s3cret@example.invalid/a.git", "https://…@example.invalid/a.git"),
            ("https://s3cret@example.invalid/a.git", "https://…@example.invalid/a.git"),
            ("https://ada:s3/cr@et@example.invalid/a.git", "https://…@example.invalid/a.git"),
            ("https://ada:s3cr@et@example.invalid/a.git", "https://…@example.invalid/a.git"),
            ("https://example.invalid/a.git?token=s3cret", "https://example.invalid/a.git?…"),
            ("ssh://git@example.invalid/a.git", "ssh://git@example.invalid/a.git"),
            ("ssh://git:s3cret@example.invalid/a.git", "ssh://…@example.invalid/a.git"),
            ("git@example.invalid:a.git", "git@example.invalid:a.git"),
            ("ada:s3cret@example.invalid:a.git", "…@example.invalid:a.git"),
            ("/srv/a.git", "/srv/a.git"),
        ] {
            let remote = Remote { address: address.to_owned(), file: PathBuf::new(), may_differ: false };
            assert_eq!(remote.shown(), shown);
            assert_eq!(remote.has_secret(), address.contains("s3"), "{address}");
            assert!(!format!("{remote:?}").contains("s3"), "{remote:?}");
        }
    }
}
