//! Facts of the machine as other programs tell them: exact, for a person who asks what such a program sends of this machine.
//!
//! Promises: no program is started and no network asked. Absent: what our own events carry (`facts`, coarser by design).

use std::path::Path;

use crate::host::files;

/// Largest file of facts, bytes.
const LIMIT: usize = 1 << 20;

/// What the kernel says of itself, as uname(2) gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    /// `Linux`, `Darwin`.
    pub name: String,
    /// Its release.
    pub release: String,
    /// Its version, such as `#1 SMP …`.
    pub version: String,
    /// The processor.
    pub machine: String,
}

/// The kernel.
#[must_use]
pub fn kernel() -> Kernel {
    let name = rustix::system::uname();
    let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    Kernel {
        name: text(name.sysname()),
        release: text(name.release()),
        version: text(name.version()),
        machine: text(name.machine()),
    }
}

fn text(path: &Path) -> Option<String> {
    files::read(path, LIMIT).ok()?.and_then(|bytes| String::from_utf8(bytes).ok())
}

/// The value of a key of the distribution (`ID`, `NAME`, …), as `/etc/os-release` below `root` has it, else `/usr/lib/os-release`.
#[must_use]
pub fn distribution(root: &Path, key: &str) -> Option<String> {
    let all = ["etc/os-release", "usr/lib/os-release"].into_iter().find_map(|path| text(&root.join(path)))?;
    let value = all.lines().find_map(|line| line.trim_start().strip_prefix(key)?.strip_prefix('='))?.trim();
    let inner = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    Some(inner('"').or_else(|| inner('\'')).unwrap_or(value).to_owned())
}

/// A line of `/proc/meminfo` below `root`, in KB: `MemTotal`, `MemFree`.
#[must_use]
pub fn memory_kb(root: &Path, line: &str) -> Option<u64> {
    let all = text(&root.join("proc/meminfo"))?;
    let rest = all.lines().find_map(|one| one.strip_prefix(line)?.strip_prefix(':'))?;
    rest.trim().strip_suffix("kB")?.trim_end().parse().ok()
}

/// The machine's processors that are switched on, as `/proc/cpuinfo` below `root` lists them.
#[must_use]
pub fn processors(root: &Path) -> Option<usize> {
    let all = text(&root.join("proc/cpuinfo"))?;
    let count = all.lines().filter(|line| line.starts_with("processor") && line.contains(':')).count();
    (count > 0).then_some(count)
}

/// The version of the Python of the virtual environment at `folder`, as its `pyvenv.cfg` says.
#[must_use]
pub fn python_of(folder: &Path) -> Option<String> {
    let all = text(&folder.join("pyvenv.cfg"))?;
    let version = all.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        matches!(key.trim(), "version" | "version_info").then(|| value.trim())
    })?;
    let numbers: Vec<&str> = version.split('.').take(3).collect();
    let plain = numbers.len() == 3 && numbers.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    plain.then(|| numbers.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_facts_are_read() {
        let root = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        };
        assert_eq!(distribution(root.path(), "ID"), None);
        assert_eq!((memory_kb(root.path(), "MemTotal"), processors(root.path())), (None, None));
        write("etc/os-release", "NAME=\"Debian GNU/Linux\"\nVERSION_ID='12'\nID=debian\n");
        write("proc/meminfo", "MemTotal:       24684092 kB\nMemFree:  17 kB\n");
        write("proc/cpuinfo", "processor\t: 0\nmodel : x\n\nprocessor\t: 1\n");
        write("v/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.7\n");
        write("w/pyvenv.cfg", "version_info = 3.12.1.final.0\n");
        let of = |key: &str| distribution(root.path(), key);
        assert_eq!(of("ID").as_deref(), Some("debian"));
        assert_eq!(of("NAME").as_deref(), Some("Debian GNU/Linux"));
        assert_eq!((of("VERSION_ID").as_deref(), of("ID_LIKE")), (Some("12"), None));
        assert_eq!(memory_kb(root.path(), "MemTotal"), Some(24_684_092));
        assert_eq!(memory_kb(root.path(), "MemFree"), Some(17));
        assert_eq!(processors(root.path()), Some(2));
        assert_eq!(python_of(&root.path().join("v")).as_deref(), Some("3.11.7"));
        assert_eq!(python_of(&root.path().join("w")).as_deref(), Some("3.12.1"));
        assert_eq!(python_of(root.path()), None);
        assert!(["Linux", "Darwin"].contains(&kernel().name.as_str()));
    }
}
