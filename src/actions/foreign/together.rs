//! Several components of one family switched together: one change of all their files, or none.
//!
//! Promises: what one of them writes into a file the next one sees; a component that cannot be switched keeps none of the others back, and is
//! told; what was written is read back and weighed. Absent: finding them (`pointed`).

use std::path::PathBuf;

use crate::actions::context::{Context, Tool};
use crate::actions::foreign::change::{Change, Changed, FileChange, carry_out};
use crate::actions::foreign::look::{Looked, look_over};
use crate::actions::foreign::mend::{self, Mended};
use crate::actions::foreign::plan::{Plan, PlanError, Wish, plan};
use crate::actions::foreign::steps::ChangeError;
use crate::actions::foreign::switch::{AGAIN, SwitchError, allowed, landed};
use crate::identity::names::ToolName;

/// What would be done.
#[derive(Debug)]
pub struct Together {
    /// For each component what would be done for it, or why nothing can be.
    pub plans: Vec<Result<Plan, PlanError>>,
    /// The files of all.
    pub change: Change,
}

/// What was done.
#[derive(Debug)]
pub struct Done {
    /// What was planned.
    pub together: Together,
    /// Each as it is now.
    pub looked: Vec<Looked>,
    /// What was cut off before.
    pub mended: Vec<Mended>,
}

/// What would be done about all of `parts`, and nothing is.
///
/// # Errors
/// The machine's policy does not allow it, or there is nothing that is switched.
pub fn planned(context: &Context, parts: &[Tool], wish: Wish) -> Result<Together, SwitchError> {
    let Some(name) = parts.first().map(|part| part.manifest.tool.clone()) else {
        return Err(SwitchError::NoSwitch("nothing".to_owned()));
    };
    if wish.on {
        allowed(context, &name)?;
    }
    let (mut plans, mut files): (Vec<Result<Plan, PlanError>>, Vec<FileChange>) = (Vec::new(), Vec::new());
    for part in parts {
        let looked =
            look_over(context, part, None, &over(&files)).ok_or_else(|| SwitchError::NoSwitch(name.to_string()))?;
        let plan = plan(&looked, &name, wish);
        if let Ok(plan) = &plan {
            for file in &plan.change.files {
                add(&mut files, file);
            }
        }
        plans.push(plan);
    }
    Ok(Together { plans, change: change(wish, name, files) })
}

fn change(wish: Wish, name: ToolName, files: Vec<FileChange>) -> Change {
    if wish.on { Change::yes(name, files) } else { Change::no(name, files) }
}

/// The files as they would be.
#[must_use]
pub fn over(files: &[FileChange]) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    files.iter().map(|file| (file.path.clone(), file.texts.after.clone())).collect()
}

/// One file is changed once, from what stands there to what the last one wants.
pub fn add(files: &mut Vec<FileChange>, file: &FileChange) {
    match files.iter_mut().find(|one| one.path == file.path) {
        Some(one) => one.texts.after.clone_from(&file.texts.after),
        None => files.push(file.clone()),
    }
}

/// Switches all of `parts`.
///
/// # Errors
/// Nothing was changed, or what was written is not so.
pub fn switch(context: &Context, parts: &[Tool], wish: Wish) -> Result<Done, SwitchError> {
    let mut mended = match parts.first() {
        Some(part) => mend::mend(context, &part.manifest.tool)?,
        None => Vec::new(),
    };
    for again in 1.. {
        let together = planned(context, parts, wish)?;
        if !together.change.files.is_empty() {
            match carry_out(context, &together.change) {
                Ok(Changed { mended: also, .. }) => mended.extend(also),
                Err(ChangeError::Changed(_)) if again < AGAIN => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let looked = now(context, parts, &together)?;
        return Ok(Done { together, looked, mended });
    }
    Err(SwitchError::NoSwitch("nothing".to_owned()))
}

/// Each as it is now, as it was planned.
fn now(context: &Context, parts: &[Tool], together: &Together) -> Result<Vec<Looked>, SwitchError> {
    let mut all = Vec::new();
    for (part, plan) in parts.iter().zip(&together.plans) {
        let name = part.manifest.tool.as_str();
        let looked = look_over(context, part, None, &[]).ok_or_else(|| SwitchError::NoSwitch(name.to_owned()))?;
        if let Ok(plan) = plan {
            landed(plan, &looked, name)?;
        }
        all.push(looked);
    }
    Ok(all)
}
