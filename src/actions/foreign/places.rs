//! Where the files of a foreign tool lie, here and now.
//!
//! Promises: a variable that moves a file moves it here as it does for the tool; where nothing tells, the place is not guessed.
//! Absent: reading them (`look`).

use std::path::{Path, PathBuf};

use crate::actions::context::Context;
use crate::actions::foreign::given::Given;
use crate::actions::foreign::texts;
use crate::host::env::{Var, XDG_CONFIG_HOME};
use crate::host::files;
use crate::manifest::foreign::Foreign;
use crate::manifest::foreign::files::{Begin, ForeignFile, Kept};
use crate::manifest::foreign::truths::Seen;

/// Deepest working directory that is walked up, folders.
const DEEPEST: usize = 128;
/// Largest file of settings that is read, bytes: real ones have some kilobytes.
pub const LIMIT: usize = 1 << 20;

/// The project's folder: the variable's, else the nearest with a mark from the working directory upwards.
#[must_use]
pub fn project(context: &Context, foreign: &Foreign) -> Option<PathBuf> {
    let mark = foreign.project.as_ref()?;
    if let Some(folder) = mark.variable.as_deref().and_then(|name| given(context, name)) {
        return Some(below(context.directory.as_deref(), Path::new(&folder)));
    }
    let from = context.directory.as_deref()?;
    let holds = |folder: &Path, file: &str, key: &[String]| match files::read(&folder.join(file), LIMIT) {
        Ok(Some(source)) => !matches!(texts::seen(Kept::Json, &source, key), Seen::Absent | Seen::Under | Seen::Empty),
        Ok(None) => false,
        Err(_) => true,
    };
    let marked = |folder: &&Path| {
        mark.marks.iter().any(|one| files::exists(&folder.join(one)).unwrap_or(true))
            || mark.holds.iter().any(|(file, key)| holds(folder, file, key))
    };
    from.ancestors().take(DEEPEST).find(marked).map(Path::to_path_buf)
}

/// The path of `file`; `None` where it begins in a project and there is none, or in the working directory and that is gone.
#[must_use]
pub fn path(
    context: &Context,
    (foreign, given_files): (&Foreign, &Given),
    file: &ForeignFile,
    project: Option<&Path>,
) -> Option<PathBuf> {
    let here = context.directory.as_deref();
    // What was pointed at is what is meant, whatever a variable here names.
    if file.begin != Begin::Given
        && let Some(path) = file.variable.as_deref().and_then(|name| given(context, name))
    {
        // What a project's file is named is looked for in the project first.
        let within = project.filter(|_| file.begin == Begin::Project).map(|project| project.join(&path));
        let there = within.filter(|within| files::stands(within).unwrap_or(true));
        return Some(there.unwrap_or_else(|| below(here, Path::new(&path))));
    }
    let begin = match file.begin {
        Begin::Home => context.paths.home().to_path_buf(),
        Begin::Config => given(context, XDG_CONFIG_HOME)
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
            .unwrap_or_else(|| context.paths.home().join(".config")),
        Begin::Project => project?.to_path_buf(),
        Begin::Here => here?.to_path_buf(),
        Begin::Given => return given_files.path(&file.name).map(Path::to_path_buf),
        Begin::Beside => return Some(beside(given_files.folder()?, &file.path)),
        // It has no place of its own.
        Begin::Inside => return None,
        Begin::Above => {
            let above = here?.ancestors().take(DEEPEST);
            // One that cannot be asked for may be there: it is met when it is read.
            let mut there = above.filter(|folder| files::stands(&folder.join(&file.path)).unwrap_or(true));
            there.next().or(here)?.to_path_buf()
        }
    };
    let moved = file.moved.as_ref().and_then(|moved| {
        let said = given(context, &moved.variable).or_else(|| {
            let named = foreign.file(moved.file.as_deref()?)?;
            in_dotenv(&path(context, (foreign, given_files), named, project)?, named.kept, &moved.variable)
        });
        let rest = Path::new(&file.path).strip_prefix(&moved.path).ok()?;
        Some(begin.join(said?).join(rest))
    });
    Some(moved.unwrap_or_else(|| begin.join(&file.path)))
}

/// A path from a folder, each `../` at its beginning one folder up.
fn beside(folder: &Path, mut path: &str) -> PathBuf {
    let mut folder = folder.to_path_buf();
    while let Some(rest) = path.strip_prefix("../") {
        folder.pop();
        path = rest;
    }
    folder.join(path)
}

/// A variable that is set to something.
fn given(context: &Context, name: &str) -> Option<String> {
    match context.env.get(name) {
        Var::Text(text) if !text.is_empty() => Some(text.to_owned()),
        Var::Text(_) | Var::Unset | Var::NotText => None,
    }
}

fn in_dotenv(path: &Path, kept: Kept, name: &str) -> Option<String> {
    let source = files::read(path, LIMIT).ok()??;
    texts::seen(kept, &source, &[name.to_owned()]).text().filter(|text| !text.is_empty())
}

fn below(here: Option<&Path>, path: &Path) -> PathBuf {
    here.map_or_else(|| path.to_path_buf(), |here| here.join(path))
}
