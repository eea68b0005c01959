//! Several programs of one kind that were pointed at together: by what a person tells them apart.
//!
//! Promises: of one kind alone nothing is added; of several each has the file that stands for it. Absent: finding them (`pointed`).

use std::path::Path;

use crate::actions::context::Tool;

/// Says of each that is not the only one of its kind which one it is; paths below `here` are said from there.
pub fn tell_apart(parts: &mut [Tool], here: Option<&Path>) {
    let kinds: Vec<_> = parts.iter().map(kind).collect();
    for (part, own) in parts.iter_mut().zip(&kinds) {
        if kinds.iter().filter(|kind| *kind == own).count() > 1 {
            part.given.apart = Some(which(part, here));
        }
    }
}

fn kind(part: &Tool) -> (Option<String>, Option<String>) {
    (part.given.component.clone(), part.given.block.clone())
}

fn which(part: &Tool, here: Option<&Path>) -> String {
    let said = |path: &Path| {
        let from_here = here.and_then(|here| path.strip_prefix(here).ok());
        from_here.unwrap_or(path).display().to_string()
    };
    let file = part.given.paths.first().map(|(_, path)| said(path));
    let launcher = part.given.launcher.as_ref();
    let started = launcher.map(|launcher| format!("started by {} ({})", said(&launcher.path), launcher.name));
    file.into_iter().chain(started).collect::<Vec<_>>().join(", ")
}
