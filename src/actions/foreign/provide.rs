//! The id that a person gives of their own, in the files of a family of programs: set, and withdrawn.
//!
//! Promises: it is written where one stands already, or else into the block that is there; withdrawn, no copy of ours keeps it. Absent:
//! asking; ids that nobody gives.

use std::path::PathBuf;

use crate::actions::context::{Context, Tool};
use crate::actions::foreign::change::{Change, FileChange, carry_out};
use crate::actions::foreign::edits;
use crate::actions::foreign::forget_ids::{ForgetError, let_go};
use crate::actions::foreign::ids::{self, Is};
use crate::actions::foreign::inputs::Place;
use crate::actions::foreign::journal;
use crate::actions::foreign::kept::{Copies, Verb};
use crate::actions::foreign::look::{Looked, look_over};
use crate::actions::foreign::mend;
use crate::actions::foreign::places::LIMIT;
use crate::actions::foreign::plan::PlanError;
use crate::actions::foreign::switch::SwitchError;
use crate::actions::foreign::texts;
use crate::actions::foreign::together::{add, over};
use crate::host::files;
use crate::identity::foreign_places::ForeignPlaces;
use crate::identity::ids::ProvidedId;
use crate::manifest::foreign::files::{Kept, Source};
use crate::manifest::foreign::ids::{ForeignId, Forgetting, IdSource};
use crate::manifest::foreign::truths::Literal;
use crate::settings::value::EditError;

/// What would change in the files of `parts`: `id` set, or what was given withdrawn.
///
/// # Errors
/// A file cannot be changed with care, or none takes such an id.
pub fn planned(context: &Context, parts: &[Tool], id: Option<&ProvidedId>) -> Result<Change, SwitchError> {
    let Some(name) = parts.first().map(|part| part.manifest.tool.clone()) else {
        return Err(SwitchError::NoSwitch("nothing".to_owned()));
    };
    let mut files: Vec<FileChange> = Vec::new();
    let mut taken = false;
    for part in parts {
        let looked =
            look_over(context, part, None, &over(&files)).ok_or_else(|| SwitchError::NoSwitch(name.to_string()))?;
        let slots = slots(&looked);
        taken |= !slots.is_empty();
        let there: Vec<&Slot<'_>> = slots.iter().filter(|slot| slot.there).collect();
        let chosen = match (id, there.is_empty()) {
            (_, false) => there,
            (Some(_), true) => slots.iter().max_by_key(|slot| slot.depth).into_iter().collect(),
            (None, true) => Vec::new(),
        };
        for slot in chosen {
            change(&mut files, slot, id)?;
        }
    }
    if !taken {
        let why = "nothing that was given takes an id of yours";
        let line = Some(format!("telemetry id {name} PATH"));
        return Err(PlanError::Nowhere { tool: name, why, line }.into());
    }
    files.retain(|file| file.texts.before != file.texts.after);
    Ok(match id {
        Some(_) => Change { verb: Verb::Provide, ..Change::yes(name, files) },
        None => Change { verb: Verb::Withdraw, copies: Copies::Withheld, ..Change::forget(name, files) },
    })
}

/// The same, done.
///
/// # Errors
/// As [`planned`], or it cannot be written.
pub fn provide(context: &Context, parts: &[Tool], id: Option<&ProvidedId>) -> Result<Change, ForgetError> {
    if let Some(part) = parts.first() {
        mend::mend(context, &part.manifest.tool)?;
    }
    let change = planned(context, parts, id)?;
    // What was given is read before it is gone: no copy of ours keeps it.
    let old: Vec<String> = match id {
        Some(_) => Vec::new(),
        None => parts.iter().flat_map(|part| given(context, part)).collect(),
    };
    if !change.files.is_empty() {
        carry_out(context, &change)?;
    }
    if let (Some(part), None) = (parts.first(), id) {
        let_go(context, part, &old)?;
        // What stood there before it was given is an id of the person's as well.
        let undo = ForeignPlaces::of(&context.paths, &part.manifest.tool).undo();
        for kept in journal::read(&undo)?.known.into_iter().filter(|kept| kept.index.verb == Verb::Provide) {
            kept.discard()?;
        }
    }
    Ok(change)
}

/// What a person gave, as far as it can be read.
fn given(context: &Context, part: &Tool) -> Vec<String> {
    let ids = provided(context, part).into_iter();
    ids.filter_map(|is| is.known().map(str::to_owned)).filter(|id| !id.is_empty()).collect()
}

/// Whether one of them may be there and cannot be read.
#[must_use]
pub fn is_unread(context: &Context, parts: &[Tool]) -> bool {
    parts.iter().flat_map(|part| provided(context, part)).any(|is| matches!(is, Is::Unknown(_)))
}

/// The ids that a person may give.
fn provided(context: &Context, part: &Tool) -> Vec<Is> {
    let Some(looked) = look_over(context, part, None, &[]) else { return Vec::new() };
    let ids = ids::read(context, &looked, None).ids.into_iter().filter(|found| found.declared.provided);
    ids.map(|found| found.is).collect()
}

/// A place for such an id.
struct Slot<'l> {
    declared: &'l ForeignId,
    path: PathBuf,
    kept: Kept,
    key: Vec<String>,
    bytes: Vec<u8>,
    /// Whether others may use the value as well: it is emptied, not taken away.
    shared: bool,
    there: bool,
    depth: usize,
}

fn slots(looked: &Looked) -> Vec<Slot<'_>> {
    let given = looked.foreign.ids.iter().filter(|id| id.provided && looked.installed.may_be_in(&id.versions));
    let slot = |declared: &'_ ForeignId| -> Option<(PathBuf, Kept)> {
        let IdSource::Key { file, .. } = &declared.source else { return None };
        Some((looked.file(file)?.path.clone()?, looked.foreign.file(file)?.kept))
    };
    let mut all = Vec::new();
    for declared in given {
        let (IdSource::Key { file, key }, Some((path, kept))) = (&declared.source, slot(declared)) else { continue };
        let Some(bytes) = looked.bytes(file) else { continue };
        let stands = |length: usize| key.get(..length).is_some_and(|keys| texts::stands(kept, bytes, keys));
        let depth = (1..=key.len()).take_while(|length| stands(*length)).count();
        let source = Source::Key { file: file.clone(), key: key.clone() };
        // A variable's value is changed where that one has it.
        if let Some((place, false)) = looked.elsewhere(&source)
            && let Ok(Some(bytes)) = files::read(&place.path, LIMIT)
        {
            let Place { path, kept, key } = place;
            all.push(Slot { declared, path, kept, key, bytes, shared: true, there: true, depth });
            continue;
        }
        let there = stands(key.len());
        all.push(Slot { declared, path, kept, key: key.clone(), bytes: bytes.to_vec(), shared: false, there, depth });
    }
    all
}

fn change(files: &mut Vec<FileChange>, slot: &Slot<'_>, id: Option<&ProvidedId>) -> Result<(), PlanError> {
    let edit = |result: Result<Vec<u8>, EditError>| {
        result.map_err(|source| PlanError::Edit { path: slot.path.clone(), source })
    };
    // What an earlier part changed in the same file is what is changed further.
    let before = files.iter().find(|file| file.path == slot.path).and_then(|file| file.texts.after.clone());
    let source = &before.unwrap_or_else(|| slot.bytes.clone());
    let after = match (id, slot.declared.forget) {
        (Some(id), _) => edits::set(slot.kept, source, &slot.key, &Literal::Text(id.as_str().to_owned())),
        (None, forget) if slot.shared || forget == Forgetting::Empty => {
            edits::set(slot.kept, source, &slot.key, &Literal::Text(String::new()))
        }
        (None, _) => edits::remove(slot.kept, source, &slot.key),
    };
    add(files, &FileChange::new(&slot.path, Some(slot.bytes.clone()), Some(edit(after)?)));
    Ok(())
}
