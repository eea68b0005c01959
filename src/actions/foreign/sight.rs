//! What a program sees of the disk: where the file lies that its start names.
//!
//! Promises: a path that a mount or a folder leads to is that one and no namesake; behind what may show it other files nothing is known.
//! Absent: reading what starts programs (`launchers`).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::actions::foreign::given::{Launcher, Start};
use crate::actions::foreign::places::LIMIT;
use crate::host::{files, standing};
use crate::settings::launch::Given;

/// Programs that start another one where it may see other files, or with other variables.
const THROUGH: [&str; 29] = [
    "apptainer",
    "bwrap",
    "chpst",
    "chroot",
    "crictl",
    "ctr",
    "docker",
    "doas",
    "fakechroot",
    "firejail",
    "flatpak",
    "incus",
    "kubectl",
    "lxc",
    "lxc-attach",
    "machinectl",
    "nerdctl",
    "nsenter",
    "podman",
    "proot",
    "runuser",
    "schroot",
    "singularity",
    "ssh",
    "su",
    "sudo",
    "systemd-nspawn",
    "systemd-run",
    "unshare",
];

/// The program through which this starts another one.
#[must_use]
pub fn through(launcher: &Launcher) -> Option<&str> {
    let base = |word| Path::new(word).file_name().and_then(OsStr::to_str);
    let mut names = launcher.launch.words.iter().filter_map(|word| word.text.set().and_then(base));
    names.find(|name| THROUGH.contains(name))
}

/// Why the file that a path is for the program may be another than the one here.
#[must_use]
pub fn hidden(launcher: &Launcher) -> Option<String> {
    if let Some(program) = through(launcher) {
        return Some(format!("{program} starts it, and may show it other files"));
    }
    launcher.launch.sight.by.as_ref().map(|by| format!("{by} may put another file there"))
}

/// Where a file lies that the program sees.
pub enum Lies {
    /// Here, where this machine is the one on which it runs.
    At(PathBuf),
    /// At a path of which only the name is known.
    Named(PathBuf),
}

/// Where the file lies that the program sees at this path.
#[must_use]
pub fn lies(start: &Start, path: &str) -> Lies {
    let sight = &start.launcher.launch.sight;
    let folder = match &sight.folder {
        Some(Given::Set(folder)) => Some(Path::new(folder.as_str())),
        Some(Given::Follows { .. } | Given::Unknown) => None,
        // Of an image it is its own.
        None => start.here.then_some(Path::new("/")),
    };
    let whole = folder.map_or_else(|| PathBuf::from(path), |folder| folder.join(path));
    if start.here {
        return if whole.is_absolute() { Lies::At(whole) } else { Lies::Named(whole) };
    }
    let within = |target: &str| whole.strip_prefix(if target.is_empty() { "/" } else { target }).ok();
    let mounts = sight.mounts.iter().filter_map(|mount| Some((mount, within(&mount.target)?)));
    let Some((mount, rest)) = mounts.max_by_key(|(mount, _)| mount.target.len()) else { return Lies::Named(whole) };
    let join = |source: &str| match rest.as_os_str().is_empty() {
        true => PathBuf::from(source),
        false => Path::new(source).join(rest),
    };
    source(start, &mount.source, join).unwrap_or(Lies::Named(whole))
}

/// Where something lies in what is mounted; nothing in a volume with a name.
fn source(start: &Start, source: &Given, join: impl Fn(&str) -> PathBuf) -> Option<Lies> {
    Some(match source {
        Given::Set(source) if source.starts_with('/') => Lies::At(join(source)),
        // Only Compose says from where.
        Given::Set(source) if source.starts_with('.') && by_compose(&start.launcher) => {
            let folder = start.launcher.path.parent().unwrap_or(Path::new("/"));
            Lies::At(folder.join(join(source)).components().collect())
        }
        Given::Set(source) | Given::Follows { written: source, .. } if source.contains('/') => {
            Lies::Named(join(source))
        }
        Given::Set(_) | Given::Follows { .. } | Given::Unknown => return None,
    })
}

/// Whether the program sees this file, by what is mounted.
fn shows(start: &Start, file: &Path) -> bool {
    let real = |path: &Path| standing::real(path).unwrap_or_else(|| path.to_path_buf());
    let mut mounts = start.launcher.launch.sight.mounts.iter();
    mounts.any(|mount| match source(start, &mount.source, |source| PathBuf::from(source)) {
        Some(Lies::At(folder)) => real(file).starts_with(real(&folder)),
        Some(Lies::Named(_)) | None => false,
    })
}

fn by_compose(launcher: &Launcher) -> bool {
    launcher.path.extension().is_some_and(|end| end == "yml" || end == "yaml")
}

/// Whether a file that was pointed at is the one that the program sees at this path, or a copy of it.
#[must_use]
pub fn is_it(start: &Start, path: &str, file: &Path) -> bool {
    match lies(start, path) {
        // A file of this machine that is another one; where there is none, a copy was pointed at.
        Lies::At(at) if files::exists(&at).unwrap_or(true) => {
            at == file || standing::real(&at).is_some_and(|real| standing::real(file) == Some(real))
        }
        Lies::At(at) => at.file_name() == file.file_name(),
        // One that it sees at another place is none that it looks for here.
        Lies::Named(_) if shows(start, file) => false,
        Lies::Named(at) => {
            at.file_name() == file.file_name() && (start.here || may_mount(&start.launcher, path, file.file_name()))
        }
    }
}

/// Whether the file that a container sees at `inside` may be the one of this name: nothing else is mounted there.
fn may_mount(launcher: &Launcher, inside: &str, name: Option<&OsStr>) -> bool {
    std::iter::once(&launcher.path).chain(&launcher.more).all(|file| match files::read(file, LIMIT) {
        Ok(Some(bytes)) => mounts_only(&String::from_utf8_lossy(&bytes), inside, name),
        Ok(None) | Err(_) => false,
    })
}

fn mounts_only(text: &str, inside: &str, name: Option<&OsStr>) -> bool {
    text.match_indices(inside).all(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        if before.trim_end().trim_end_matches(['"', '\'']).trim_end().ends_with("target:") {
            return false;
        }
        let Some(source) = before.strip_suffix(':') else { return true };
        let source = source.rsplit(['"', '\'', ' ', '\n', '=', '[', ',']).next().unwrap_or_default();
        Path::new(source).file_name() == name
    })
}
