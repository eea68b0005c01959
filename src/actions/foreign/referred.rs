//! Where else a variable is used that a change gives another value, as `var.NAME` in the files of a folder.
//!
//! Promises: nothing is written; a place too many may be named, as in a comment within a line, and none is kept back. Absent: what the other
//! places make of it.

use std::path::{Path, PathBuf};

use crate::actions::foreign::change::FileChange;
use crate::actions::foreign::inputs::Place;
use crate::actions::foreign::look::Looked;
use crate::actions::foreign::places::LIMIT;
use crate::actions::foreign::texts;
use crate::host::files;
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::ids::IdSource;

/// A variable that is used in more than one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Its name.
    pub variable: String,
    /// The file in which its value is changed.
    pub changed: PathBuf,
    /// Where it is used: the file's name and the line.
    pub places: Vec<String>,
}

/// The variables behind this tool's switches and ids whose values these files change, and that are used in more than one place.
#[must_use]
pub fn shared(looked: &Looked, files: &[FileChange]) -> Vec<Shared> {
    let layers = looked.foreign.layers.iter().map(|layer| layer.source.clone());
    let ids = looked.foreign.ids.iter().filter_map(|id| match &id.source {
        IdSource::Key { file, key, .. } => Some(Source::Key { file: file.clone(), key: key.clone() }),
        IdSource::Items { .. }
        | IdSource::Started(_)
        | IdSource::Row { .. }
        | IdSource::Answer { .. }
        | IdSource::Of { .. }
        | IdSource::Given { .. }
        | IdSource::Template(_)
        | IdSource::GitRemote { .. } => None,
    });
    let mut all: Vec<Shared> = Vec::new();
    for source in layers.chain(ids) {
        let Source::Key { file, key } = &source else { continue };
        let (Some(bytes), Some(declared)) = (looked.bytes(file), looked.foreign.file(file)) else { continue };
        let Some((variable, _)) = texts::refers(declared.kept, bytes, key) else { continue };
        let Some((place, _)) = looked.elsewhere(&source) else { continue };
        if all.iter().any(|one| one.variable == variable) || !files.iter().any(|file| changes(file, &place)) {
            continue;
        }
        let places = looked.given.folder().map(|folder| places(folder, &variable)).unwrap_or_default();
        if places.len() > 1 {
            all.push(Shared { variable, changed: place.path, places });
        }
    }
    all
}

/// Whether a change of a file changes what stands at a place in it.
fn changes(file: &FileChange, place: &Place) -> bool {
    let seen = |text: &Option<Vec<u8>>| text.as_ref().map(|bytes| texts::seen(place.kept, bytes, &place.key));
    file.path == place.path && seen(&file.texts.before) != seen(&file.texts.after)
}

/// Where `var.NAME` stands in the files of a folder.
fn places(folder: &Path, variable: &str) -> Vec<String> {
    let names = files::list(folder).unwrap_or_default();
    let mut names: Vec<&String> =
        names.iter().filter(|name| name.ends_with(".tf") || name.ends_with(".tf.json")).collect();
    names.sort();
    let mut all = Vec::new();
    for name in names {
        let Ok(Some(bytes)) = files::read(&folder.join(name), LIMIT) else {
            all.push(format!("{name}, which cannot be read"));
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().enumerate().filter(|(_, line)| uses(line, variable));
        all.extend(lines.map(|(index, _)| format!("{name}:{}", index.saturating_add(1))));
    }
    all
}

fn uses(line: &str, variable: &str) -> bool {
    let comment = line.trim_start().starts_with(['#', '/']);
    let wanted = format!("var.{variable}");
    let part = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '-');
    !comment
        && line.match_indices(&wanted).any(|(at, _)| {
            let before = line.get(..at).and_then(|text| text.chars().next_back());
            let after = line.get(at.saturating_add(wanted.len())..).and_then(|text| text.chars().next());
            !before.is_some_and(|sign| part(sign) || sign == '.') && !after.is_some_and(part)
        })
}

#[cfg(test)]
mod tests {
    use crate::actions::foreign::referred::uses;

    #[test]
    fn a_variable_is_used_where_its_whole_name_stands() {
        for (line, used) in [
            ("count = var.t ? 1 : 0", true),
            ("x = \"${var.t}\"", true),
            ("x = !var.t", true),
            ("  # x = var.t", false),
            ("  // x = var.t", false),
            ("x = var.t2", false),
            ("x = var.t-2", false),
            ("x = var.tt", false),
            ("x = each.var.t", false),
            ("x = var.other", false),
            ("x = var.t2 || var.t", true),
        ] {
            assert_eq!(uses(line, "t"), used, "{line}");
        }
    }
}
