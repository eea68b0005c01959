//! Files of earlier runs that keep ids of a foreign tool: reports, results.
//!
//! Promises: the search stays below the project, follows no link, and is bounded; what it left out is said. Absent: changing them
//! (`forget`).

use std::path::{Path, PathBuf};

use crate::host::files::{self, FileError, Kind};
use crate::manifest::foreign::ids::Trace;
use crate::settings::json::{self, Grammar};
use crate::settings::value::{Field, Scalar};

/// Most files that are looked at for one pattern, and most folders on the way.
pub const MOST: usize = 2000;

/// What one pattern of the manifest leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// The pattern.
    pub trace: Trace,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// Ids in them, each with its file, in order.
    pub ids: Vec<(PathBuf, String)>,
    /// Files that cannot be read, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Whether there is more than was looked at.
    pub more: bool,
}

/// Looks for the files of `trace` below `project`.
#[must_use]
pub fn find(project: &Path, trace: &Trace) -> Traced {
    let mut found =
        Traced { trace: trace.clone(), files: Vec::new(), ids: Vec::new(), unreadable: Vec::new(), more: false };
    let parts: Vec<&str> = trace.files.split('/').collect();
    let mut folders = vec![project.to_path_buf()];
    for (at, part) in parts.iter().enumerate() {
        let wanted = if at + 1 == parts.len() { Kind::File } else { Kind::Folder };
        let mut next = Vec::new();
        for folder in &folders {
            match list(folder, part, wanted) {
                Ok(all) => next.extend(all),
                Err(error) => found.unreadable.push((folder.clone(), error.to_string())),
            }
            if next.len() > MOST {
                next.truncate(MOST);
                found.more = true;
                break;
            }
        }
        folders = next;
    }
    if !trace.key.is_empty() {
        for file in &folders {
            match id_in(file, &trace.key) {
                Ok(id) => found.ids.extend(id.map(|id| (file.clone(), id))),
                Err(why) => found.unreadable.push((file.clone(), why)),
            }
        }
    }
    found.files = folders;
    found
}

fn list(folder: &Path, part: &str, wanted: Kind) -> Result<Vec<PathBuf>, FileError> {
    let all = files::list_kinds(folder)?.into_iter();
    Ok(all.filter(|(name, kind)| *kind == wanted && fits(part, name)).map(|(name, _)| folder.join(name)).collect())
}

/// Whether `name` is of the pattern, in which `*` stands for any characters.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        // What came before takes as little as it can; the very last has to stand at the end.
        if let Some(part) = last.replace(part) {
            let Some((_, after)) = rest.split_once(part) else { return false };
            rest = after;
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

fn id_in(file: &Path, key: &[String]) -> Result<Option<String>, String> {
    let Some(source) = files::read(file, json::LIMIT).map_err(|error| error.to_string())? else { return Ok(None) };
    let wanted: Vec<&str> = key.iter().map(String::as_str).collect();
    let fields =
        json::fields(&source, json::LIMIT, Grammar::Json, &[&wanted]).map_err(|error| format!("it {error}"))?;
    Ok(match fields.field(0) {
        Field::Present(Scalar::Text(text) | Scalar::Number(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_star_stands_for_any_characters_of_one_name() {
        for (pattern, name, does) in [
            ("run.json", "run.json", true),
            ("run.json", "run.json2", false),
            ("*", "anything", true),
            ("r*.json", "run.json", true),
            ("r*.json", "xrun.json", false),
            ("*a*b", "xaab", true),
            ("*a*b", "xb", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(fits(pattern, name), does, "{pattern} {name}");
        }
    }

    #[test]
    fn ids_of_earlier_runs_are_found_and_no_link_is_followed() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let put = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(&path, text).expect("a file");
            path
        };
        let one = put("outputs/a-1/run.json", "{\"user_id\": \"u1\", \"tables\": {}}");
        put("outputs/a-2/run.json", "{\"user_id\": null}");
        let broken = put("outputs/a-3/run.json", "{\"user_id\": ");
        put("outputs/run.json", "{\"user_id\": \"not below a folder\"}");
        symlink(root.path().join("outputs/a-1"), root.path().join("outputs/latest")).expect("a link");
        let trace = |key: &[&str]| Trace {
            files: "outputs/*/run.json".to_owned(),
            key: key.iter().map(|key| (*key).to_owned()).collect(),
            id: None,
            says: None,
        };
        let found = find(root.path(), &trace(&["user_id"]));
        assert_eq!(found.ids, [(one, "u1".to_owned())]);
        assert_eq!((found.files.len(), found.more), (3, false));
        assert_eq!(found.unreadable.iter().map(|(path, _)| path).collect::<Vec<_>>(), [&broken]);
        assert!(find(root.path(), &trace(&[])).ids.is_empty());
        assert!(find(&root.path().join("none"), &trace(&[])).files.is_empty());
    }

    #[test]
    fn the_search_is_bounded() {
        let root = tempfile::tempdir().expect("a temporary folder");
        for number in 0..=MOST {
            fs::write(root.path().join(number.to_string()), "").expect("a file");
        }
        let trace = Trace { files: "*".to_owned(), key: Vec::new(), id: None, says: None };
        let found = find(root.path(), &trace);
        assert_eq!((found.files.len(), found.more), (MOST, true));
    }
}
