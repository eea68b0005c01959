//! Folders of Terraform that call each other as modules: `source = "./child"`.
//!
//! Promises: a folder that another one near it calls is said to be called; what cannot be read calls nothing here, for its own folder tells of it.
//! Absent: what a call passes; modules out of a registry or a repository, and who calls from there.

use std::path::{Component, Path, PathBuf};

use crate::actions::foreign::places::LIMIT;
use crate::actions::foreign::texts;
use crate::host::files::{self, Kind};
use crate::host::folders;
use crate::host::standing;
use crate::manifest::foreign::files::Kept;
use crate::manifest::foreign::truths::Seen;

/// How many folders up, and how many down from there, a caller is looked for.
const STEPS: usize = 3;

/// Most folders that are looked into for it.
const MOST: usize = 300;

/// The folders beside or below it that a file calls as modules.
#[must_use]
pub fn calls(path: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let key = ["module", "*", "source"].map(str::to_owned);
    let sources = match kept(path) {
        Some(kept) => texts::all(kept, bytes, &key),
        None => return Vec::new(),
    };
    let folder = path.parent().unwrap_or(path);
    let own = |seen: &Seen| seen.text().filter(|text| text.starts_with("./") || text.starts_with("../"));
    sources.iter().filter_map(own).map(|text| plain(&folder.join(text))).collect()
}

/// A file near a folder that calls it as a module.
#[must_use]
pub fn caller(folder: &Path) -> Option<PathBuf> {
    let wanted = standing::real(folder).unwrap_or_else(|| folder.to_path_buf());
    let mut left = MOST;
    let mut above = wanted.as_path();
    for _ in 0..STEPS {
        // What ends a project's own files ends the search, and so does a folder for everybody's.
        if files::exists(&above.join(".git")).unwrap_or(false) {
            return None;
        }
        above = above.parent()?;
        if above.parent().is_none() || folders::look(above).is_ok_and(|folder| folder.others_may_write) {
            return None;
        }
        let found = below(above, STEPS, &mut left, &|path, bytes| {
            calls(path, bytes).iter().any(|called| standing::real(called).as_deref() == Some(&wanted))
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The first file of Terraform in a folder, or below it, that is meant.
fn below(folder: &Path, steps: usize, left: &mut usize, meant: &dyn Fn(&Path, &[u8]) -> bool) -> Option<PathBuf> {
    *left = left.checked_sub(1)?;
    let mut entries = files::list_kinds(folder).ok()?;
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    for (name, _) in entries.iter().filter(|(name, kind)| *kind != Kind::Folder && kept(Path::new(name)).is_some()) {
        let path = folder.join(name);
        if files::read(&path, LIMIT).ok().flatten().is_some_and(|bytes| meant(&path, &bytes)) {
            return Some(path);
        }
    }
    let inner = entries.iter().filter(|(name, kind)| *kind == Kind::Folder && !name.starts_with('.'));
    let deeper = steps.checked_sub(1)?;
    inner.map(|(name, _)| folder.join(name)).find_map(|folder| below(&folder, deeper, left, meant))
}

/// Whether a file is one of Terraform's.
#[must_use]
pub fn is_module(path: &Path) -> bool {
    kept(path).is_some()
}

/// How a file of Terraform is kept.
fn kept(path: &Path) -> Option<Kept> {
    let name = path.file_name()?.to_str()?;
    match (name.ends_with(".tf"), name.ends_with(".tf.json")) {
        (true, _) => Some(Kept::Hcl),
        (false, true) => Some(Kept::Json),
        (false, false) => None,
    }
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => plain.push(part),
        }
    }
    plain
}
