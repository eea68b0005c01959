//! Which programs and packages are installed, and in which version: read off names of folders and files, nothing is run.
//!
//! Promises: a program is the one that a shell would start; what several places say differently, or none says, is not known, with the
//! reason. Every search is bounded. Absent: package managers, a version that only the program itself could tell.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Access, access};

use crate::host::env::{Env, PATH};
use crate::host::files::{self, FileError};

/// Most names of a folder that are looked at.
const NAMES: usize = 50_000;
/// Most bytes of a program's first lines.
const HEAD: u64 = 1024;
/// Most bytes of a `package.json`.
const PACKAGE: usize = 1 << 20;
/// Most folders above that are looked at.
const DEEPEST: usize = 64;

/// A program on PATH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Where PATH has it.
    pub found: PathBuf,
    /// Where it really is: links are followed.
    pub real: PathBuf,
}

/// Why a version is not known.
#[derive(Debug, thiserror::Error)]
pub enum NotKnown {
    /// No package of that name stands beside the program, as with scripts that start another one (pyenv).
    #[error("{} starts something that is kept elsewhere", .0.display())]
    Elsewhere(PathBuf),
    /// Several versions stand there.
    #[error("several versions are installed beside each other: {0}")]
    Several(String),
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// A package that does not say its version.
    #[error("{}: says no version", .0.display())]
    Silent(PathBuf),
}

/// A package with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its version, as its folder or file says.
    pub version: String,
    folder: PathBuf,
}

impl Package {
    /// A file of the package, by its path below the folder in which it is installed; `None` for a path that leads out of it.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<PathBuf> {
        let inside = !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        inside.then(|| self.folder.join(path))
    }
}

/// The program that a shell would start by `name`. Entries of PATH that depend on the working directory are passed over.
#[must_use]
pub fn program(env: &Env, name: &str) -> Option<Program> {
    if name.is_empty() || name.contains(['/', '\0']) {
        return None;
    }
    let found = std::env::split_paths(env.raw(PATH)?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| fs::metadata(path).is_ok_and(|meta| meta.is_file()) && access(path, Access::EXEC_OK).is_ok())?;
    let real = fs::canonicalize(&found).unwrap_or_else(|_| found.clone());
    Some(Program { found, real })
}

/// The Python distribution `name` that `program` belongs to: in `lib*/python*/{site,dist}-packages` below the folder above the program's
/// own, or below that of the Python that its first line names (which alone counts where that is a virtual environment).
///
/// # Errors
/// There is none there, or several of different versions, or a folder cannot be read.
pub fn python(program: &Program, name: &str) -> Result<Package, NotKnown> {
    let own = program.real.parent().and_then(Path::parent).map(Path::to_path_buf);
    let interpreter = interpreter(&program.real);
    let other = interpreter.as_deref().and_then(Path::parent).and_then(Path::parent).map(Path::to_path_buf);
    let places = match other {
        Some(other) if files::exists(&other.join("pyvenv.cfg"))? => vec![other],
        other => own.into_iter().chain(other).collect(),
    };
    // `python3.11` has packages of its own; `python3` may be any.
    let named = interpreter
        .as_deref()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str())
        .filter(|name| name.contains('.'));
    for place in places {
        let mut all = distributions(&place, name, named)?;
        if all.is_empty() && named.is_some() {
            all = distributions(&place, name, None)?;
        }
        let versions: BTreeSet<&str> = all.iter().map(|package| package.version.as_str()).collect();
        if versions.len() > 1 {
            return Err(NotKnown::Several(Vec::from_iter(versions).join(", ")));
        }
        if let Some(package) = all.pop() {
            return Ok(package);
        }
    }
    Err(NotKnown::Elsewhere(program.found.clone()))
}

/// The version of the Python that runs `program`, where it is one of a virtual environment, which says it.
#[must_use]
pub fn python_version(program: &Program) -> Option<String> {
    let starts = interpreter(&program.real);
    let of = |path: &Path| path.parent().and_then(Path::parent).and_then(crate::host::system::python_of);
    starts.as_deref().and_then(of).or_else(|| of(&program.real))
}

/// The Python that a script's first lines start: `#!/venv/bin/python`, or, where that would be too long or have a blank in it,
/// `#!/bin/sh` and `'''exec' "/a b/bin/python" "$0" "$@"`.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut head = Vec::new();
    files::open_regular(script).ok()??.take(HEAD).read_to_end(&mut head).ok()?;
    let text = String::from_utf8_lossy(&head);
    let mut lines = text.lines();
    let first = lines.next()?.strip_prefix("#!")?.trim();
    let path = match lines.next().and_then(|line| line.strip_prefix("'''exec' ")) {
        Some(exec) => match exec.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => exec.split(' ').next()?,
        },
        None => first.split([' ', '\t']).next()?,
    };
    let python = Path::new(path);
    let name = python.file_name()?.to_str()?;
    (python.is_absolute() && (name.starts_with("python") || name.starts_with("pypy"))).then(|| python.to_path_buf())
}

/// All distributions of that name below `place`, of one Python or of all.
fn distributions(place: &Path, name: &str, python: Option<&str>) -> Result<Vec<Package>, NotKnown> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for library in names(place)?.iter().filter(|name| name.starts_with("lib")) {
        let library = place.join(library);
        for version in names(&library)?.iter().filter(|name| name.starts_with("python") || name.starts_with("pypy")) {
            if python.is_some_and(|python| python != version) {
                continue;
            }
            for packages in ["site-packages", "dist-packages"].map(|name| library.join(version).join(name)) {
                // `lib64` is often a link to `lib`.
                let Ok(folder) = fs::canonicalize(&packages) else { continue };
                if seen.insert(folder.clone()) {
                    let versions = names(&folder)?.into_iter().filter_map(|entry| version_of(&entry, name));
                    all.extend(versions.map(|version| Package { version, folder: folder.clone() }));
                }
            }
        }
    }
    Ok(all)
}

/// The version in `NAME-VERSION.dist-info` or `NAME-VERSION-py3.11.egg-info`, where it is that distribution.
fn version_of(entry: &str, name: &str) -> Option<String> {
    let (is, version) = match (entry.strip_suffix(".dist-info"), entry.strip_suffix(".egg-info")) {
        (Some(stem), _) => stem.rsplit_once('-')?,
        (None, Some(stem)) => stem.split_once("-py").map_or(stem, |(stem, _)| stem).rsplit_once('-')?,
        (None, None) => return None,
    };
    (normal(is) == normal(name) && version.starts_with(|c: char| c.is_ascii_digit())).then(|| version.to_owned())
}

/// A distribution's name as PEP 503 compares it.
fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    Vec::from_iter(parts).join("-").to_ascii_lowercase()
}

/// The names in a folder, as many as are looked at; none where there is no such folder.
fn names(folder: &Path) -> Result<Vec<String>, FileError> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            Ok(entries.take(NAMES).flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
        }
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(FileError::system(folder, error)),
    }
}

/// The npm package `name` that a program in `from` gets: the nearest `node_modules/NAME/package.json` in that folder and those above.
///
/// # Errors
/// It is there and cannot be read, or says no version: a farther one is not the one that is used.
pub fn npm(from: &Path, name: &str) -> Result<Option<Package>, NotKnown> {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b))
    };
    let (scope, bare) = name.strip_prefix('@').and_then(|rest| rest.split_once('/')).unwrap_or(("x", name));
    if !plain(scope) || !plain(bare) || !from.is_absolute() {
        return Ok(None);
    }
    for above in from.ancestors().take(DEEPEST).filter(|above| !above.ends_with("node_modules")) {
        let folder = above.join("node_modules").join(name);
        let file = folder.join("package.json");
        let Some(source) = files::read(&file, PACKAGE)? else { continue };
        let said: serde_json::Value = serde_json::from_slice(&source).unwrap_or_default();
        let Some(version) =
            said.get("version").and_then(serde_json::Value::as_str).filter(|version| !version.is_empty())
        else {
            return Err(NotKnown::Silent(file));
        };
        return Ok(Some(Package { version: version.to_owned(), folder }));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn put(root: &Path, name: &str, text: &str) -> PathBuf {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(&path, text).expect("a file");
        path
    }

    fn script(root: &Path, name: &str, text: &str) {
        let path = put(root, name, text);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
    }

    fn env(root: &Path, path: &str) -> Env {
        Env::of([("PATH", path.replace("ROOT", root.to_str().expect("text")))])
    }

    fn version(root: &Path, path: &str) -> Result<String, String> {
        let program = program(&env(root, path), "meltano").expect("on PATH");
        python(&program, "Meltano").map(|package| package.version).map_err(|error| error.to_string())
    }

    #[test]
    fn the_program_is_the_one_that_a_shell_would_start() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let root = fs::canonicalize(root.path()).expect("its real path");
        put(&root, "a/tool", "not to be run");
        fs::create_dir_all(root.join("b/tool")).expect("a folder of that name");
        script(&root, "real/bin/tool", "#!/bin/sh\n");
        fs::create_dir_all(root.join("c")).expect("a folder");
        symlink(root.join("gone"), root.join("a/dangling")).expect("a link");
        symlink(root.join("real/bin/tool"), root.join("c/tool")).expect("a link");
        let found = |path: &str, name: &str| program(&env(&root, path), name);
        let tool = Program { found: root.join("c/tool"), real: root.join("real/bin/tool") };
        assert_eq!(found("ROOT/none:ROOT/a:ROOT/b:ROOT/c:ROOT/real/bin", "tool"), Some(tool));
        for (path, name) in
            [("", "tool"), ("ROOT/a", "tool"), ("ROOT/a", "dangling"), ("ROOT/c", "../real/bin/tool"), ("ROOT/c", "")]
        {
            assert_eq!(found(path, name), None, "{path} {name}");
        }
        assert_eq!(program(&Env::default(), "tool"), None);
        // What lies in the working directory is somebody else's: this very file would be found below it.
        assert!(Path::new("Cargo.toml").is_file());
        for path in [":", ".", "target/debug/deps", ":ROOT/none:"] {
            let own = std::env::current_exe().expect("this program");
            let name = own.file_name().and_then(|name| name.to_str()).expect("a name");
            assert_eq!(found(path, name), None, "{path}");
        }
    }

    #[test]
    fn a_distribution_is_found_beside_its_program_however_it_was_installed() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let root = fs::canonicalize(root.path()).expect("its real path");
        let at = |name: &str| root.join(name).display().to_string();
        // A virtual environment, and the link to it that pipx and uv make.
        script(&root, "venv/bin/meltano", &format!("#!{}\n", at("venv/bin/python")));
        put(&root, "venv/pyvenv.cfg", "");
        put(&root, "venv/lib/python3.11/site-packages/meltano-4.4.1.dist-info/METADATA", "");
        put(&root, "venv/lib/python3.11/site-packages/meltano_sdk-9.dist-info/METADATA", "");
        put(&root, "venv/lib/python3.11/site-packages/~eltano-1.dist-info/METADATA", "");
        symlink("lib", root.join("venv/lib64")).expect("a link");
        fs::create_dir_all(root.join("local/bin")).expect("a folder");
        symlink(root.join("venv/bin/meltano"), root.join("local/bin/meltano")).expect("a link");
        put(&root, "local/lib/python3.11/site-packages/meltano-1.0.dist-info/METADATA", "");
        // A user's own, for the system's Python; and one for all, as Debian keeps it.
        script(&root, "user/bin/meltano", &format!("#!{}\n", at("system/bin/python3")));
        put(&root, "user/lib/python3.9/site-packages/Meltano-3.9.1.dist-info/METADATA", "");
        put(&root, "system/lib/python3/dist-packages/meltano-2.20.0.egg-info", "");
        script(&root, "system/bin/meltano", "\u{7f}ELF");
        // Scripts elsewhere that name their Python, the second in the form for blanks.
        script(&root, "odd/meltano", &format!("#!{} -E\n", at("venv/bin/python")));
        script(
            &root,
            "odd2/meltano",
            &format!("#!/bin/sh\n'''exec' \"{}\" \"$0\" \"$@\"\n' '''\n", at("venv/bin/python")),
        );
        for (path, wanted) in [
            ("ROOT/venv/bin", "4.4.1"),
            ("ROOT/local/bin", "4.4.1"),
            ("ROOT/user/bin", "3.9.1"),
            ("ROOT/system/bin", "2.20.0"),
            ("ROOT/odd", "4.4.1"),
            ("ROOT/odd2", "4.4.1"),
        ] {
            assert_eq!(version(&root, path).as_deref(), Ok(wanted), "{path}");
        }
    }

    #[test]
    fn a_version_that_is_not_sure_is_not_known() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let root = root.path();
        script(root, "shims/meltano", "#!/usr/bin/env bash\nexec pyenv exec meltano\n");
        assert!(version(root, "ROOT/shims").expect_err("a shim").contains("kept elsewhere"));
        script(root, "two/bin/meltano", &format!("#!{}\n", root.join("two/bin/python3").display()));
        put(root, "two/lib/python3.9/site-packages/meltano-1.0.dist-info/METADATA", "");
        put(root, "two/lib/python3.11/site-packages/meltano-2.0.dist-info/METADATA", "");
        assert!(version(root, "ROOT/two/bin").expect_err("two").contains("1.0, 2.0"));
        script(root, "two/bin/meltano", &format!("#!{}\n", root.join("two/bin/python3.9").display()));
        assert_eq!(version(root, "ROOT/two/bin").as_deref(), Ok("1.0"), "its first line says which Python");
    }

    #[test]
    fn a_file_of_a_distribution_stays_inside() {
        let package = Package { version: "1".to_owned(), folder: PathBuf::from("/p") };
        assert_eq!(package.file("piperider_cli/data/CONFIG"), Some(PathBuf::from("/p/piperider_cli/data/CONFIG")));
        for path in ["", "/etc/passwd", "../x", "a/../../x", "./a"] {
            assert_eq!(package.file(path), None, "{path}");
        }
    }

    #[test]
    fn an_npm_package_is_the_nearest() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let root = root.path();
        put(root, "node_modules/@grouparoo/core/package.json", "{\"version\": \"0.9.0\"}");
        put(root, "a/b/x", "");
        put(root, "c/node_modules/@grouparoo/core/package.json", "{\"version\": \"0.8.1\"}");
        put(root, "d/node_modules/@grouparoo/core/package.json", "{\"vers");
        let found = |from: &str| {
            npm(&root.join(from), "@grouparoo/core")
                .map(|package| package.map(|package| package.version))
                .map_err(|error| error.to_string())
        };
        assert_eq!(found("a/b"), Ok(Some("0.9.0".to_owned())));
        assert_eq!(found("c"), Ok(Some("0.8.1".to_owned())));
        assert!(found("d").is_err_and(|error| error.contains("says no version")));
        for name in ["grouparoo", "@grouparoo/../x", "../x", "", "@/x", "@grouparoo"] {
            assert!(npm(root, name).expect("readable").is_none(), "{name}");
        }
        assert!(npm(Path::new("c"), "@grouparoo/core").expect("relative").is_none());
    }
}
